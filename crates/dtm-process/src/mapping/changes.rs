//! What is different between two mappings, in words that an officer understands.

use super::part::Part;
use super::{Mapping, Translation};
use crate::wording::{Facts, Wording, facts, say};
use dtm_model::{Dictionary, Lang};
use std::collections::{BTreeMap, BTreeSet};

/// One difference between two mappings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingChange {
    /// Stable code, such as `question_feeds`.
    pub code: &'static str,
    /// What it is about, by the names that the message uses.
    pub facts: Facts,
}

impl MappingChange {
    /// Says the change in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        say(WORDINGS, self.code, &self.facts, lang)
    }
}

const WORDINGS: &[Wording] = &[
    Wording {
        code: "question_feeds",
        en: "«{question}» is now read as: {part}",
        fr: "« {question} » est maintenant lu comme : {part_fr}",
    },
    Wording {
        code: "question_feeds_no_more",
        en: "«{question}» is no longer read as: {part}",
        fr: "« {question} » n’est plus lu comme : {part_fr}",
    },
    Wording {
        code: "questions_in_another_order",
        en: "questions are looked at in another order for: {part}",
        fr: "les questions sont lues dans un autre ordre pour : {part_fr}",
    },
    Wording {
        code: "word_translated",
        en: "{part}: «{answer}» now becomes {is}",
        fr: "{part_fr} : « {answer} » devient maintenant {is}",
    },
    Wording {
        code: "word_translated_otherwise",
        en: "{part}: «{answer}» becomes {is}, no longer {was}",
        fr: "{part_fr} : « {answer} » devient {is}, et non plus {was}",
    },
    Wording {
        code: "word_left_open",
        en: "{part}: «{answer}» is no longer translated (was {was})",
        fr: "{part_fr} : « {answer} » n’est plus traduit (était {was})",
    },
    Wording { code: "setting_made", en: "`{key}` is now {is}", fr: "« {key} » vaut maintenant {is}" },
    Wording {
        code: "setting_changed",
        en: "`{key}` is {is}, no longer {was}",
        fr: "« {key} » vaut {is}, et non plus {was}",
    },
    Wording {
        code: "setting_dropped",
        en: "`{key}` is no longer set (was {was})",
        fr: "« {key} » n’est plus réglé (était {was})",
    },
];

/// Everything that is otherwise in `after` than in `before`: what is read, how words translate, settings.
pub fn changes(before: &Mapping, after: &Mapping, dictionary: &Dictionary) -> Vec<MappingChange> {
    let mut changes = Vec::new();
    let mut note = |code, facts: Facts| changes.push(MappingChange { code, facts });
    let (was, is) = (before.parts(), after.parts());
    let named = |part: &Part| {
        let [en, fr] = [Lang::En, Lang::Fr].map(|lang| part.words(dictionary, lang));
        facts([("part", &en), ("part_fr", &fr)])
    };
    let with_question = |question: &str, part: &Part| {
        let mut met = named(part);
        met.insert("question".into(), question.to_owned());
        met
    };
    for (question, part) in was.iter().filter(|read| !is.contains(read)) {
        note("question_feeds_no_more", with_question(question, part));
    }
    for (question, part) in is.iter().filter(|read| !was.contains(read)) {
        note("question_feeds", with_question(question, part));
    }
    for part in is.iter().map(|(_, part)| part).collect::<BTreeSet<_>>() {
        let of = |parts: &[(&str, Part)]| -> Vec<String> {
            parts.iter().filter(|(_, known)| known == part).map(|(question, _)| (*question).to_owned()).collect()
        };
        let (was, is) = (of(&was), of(&is));
        if was != is && was.iter().collect::<BTreeSet<_>>() == is.iter().collect() {
            note("questions_in_another_order", named(part));
        }
    }
    let (was, is) = (before.words_by_part(), after.words_by_part());
    for (at, code, was, is) in differing(&was, &is, ["word_translated", "word_translated_otherwise", "word_left_open"])
    {
        let (part, answer) = at;
        let mut met = named(part);
        met.extend(facts([("answer", answer), ("was", &was), ("is", &is)]));
        note(code, met);
    }
    let (was, is) = (before.settings(), after.settings());
    for (key, code, was, is) in differing(&was, &is, ["setting_made", "setting_changed", "setting_dropped"]) {
        note(code, facts([("key", key), ("was", &was), ("is", &is)]));
    }
    changes
}

/// What is made, changed and dropped between two maps, each with the code for it, in the order of the keys.
fn differing<'a, K: Ord>(
    was: &'a BTreeMap<K, String>,
    is: &'a BTreeMap<K, String>,
    [made, changed, dropped]: [&'static str; 3],
) -> Vec<(&'a K, &'static str, &'a str, &'a str)> {
    let keys: BTreeSet<&K> = was.keys().chain(is.keys()).collect();
    let one = |key| match (was.get(key), is.get(key)) {
        (None, Some(is)) => Some((key, made, "", is.as_str())),
        (Some(was), None) => Some((key, dropped, was.as_str(), "")),
        (Some(was), Some(is)) if was != is => Some((key, changed, was.as_str(), is.as_str())),
        _ => None,
    };
    keys.into_iter().filter_map(one).collect()
}

impl Mapping {
    /// Each part that translates words, with its translation.
    pub(super) fn translations(&self) -> Vec<(Part, &Translation)> {
        let mut all = vec![(Part::Kind, &self.place.kind)];
        all.extend(self.place.site_type.as_ref().map(|words| (Part::SiteType, words)));
        for (name, group) in &self.groups {
            let words = [
                (Part::Present(name.clone()), &group.present),
                (Part::Reason(name.clone()), &group.reason),
                (Part::Direction(name.clone()), &group.direction),
            ];
            all.extend(words.into_iter().filter_map(|(part, words)| Some((part, words.as_ref()?))));
        }
        for (key, words) in self.source.iter().flat_map(|source| source.words()) {
            all.extend(words.as_ref().map(|words| (Part::Source(key.to_owned()), words)));
        }
        all
    }

    /// What each answer becomes.
    fn words_by_part(&self) -> BTreeMap<(Part, String), String> {
        let translated = self.translations().into_iter().map(|(part, words)| (part, &words.values));
        let origins = self.groups.iter().filter_map(|(name, group)| {
            group.origin.as_ref().map(|origin| (Part::Origin(name.clone()), &origin.values))
        });
        let mut all = BTreeMap::new();
        for (part, values) in translated.chain(origins) {
            all.extend(values.iter().map(|(answer, word)| ((part.clone(), answer.clone()), word.clone())));
        }
        all
    }

    /// What is set beside questions and words, by its keys in the file.
    fn settings(&self) -> BTreeMap<String, String> {
        let place = serde_json::to_value(self.place.without_ssid).unwrap_or_default();
        let tables = serde_json::to_value(self.tables.males_females).unwrap_or_default();
        let mut all = BTreeMap::from([
            ("name".to_owned(), self.name.clone()),
            ("words.not_applicable".to_owned(), self.words.not_applicable.join(", ")),
            ("words.missing".to_owned(), self.words.missing.join(", ")),
            ("place.without_ssid".to_owned(), place.as_str().unwrap_or_default().to_owned()),
            ("date.otherwise".to_owned(), self.date.otherwise.map(|day| day.to_string()).unwrap_or_default()),
            ("tables.males_females".to_owned(), tables.as_str().unwrap_or_default().to_owned()),
        ]);
        for (part, words) in self.translations() {
            let code = part.code();
            let fold: Vec<&str> = words.fold.iter().map(|fold| fold.code()).collect();
            all.insert(format!("{code}.always"), words.always.clone().unwrap_or_default());
            all.insert(format!("{code}.otherwise"), words.otherwise.clone().unwrap_or_default());
            all.insert(format!("{code}.blank"), words.blank.clone().unwrap_or_default());
            all.insert(format!("{code}.fold"), fold.join(", "));
        }
        for (name, group) in &self.groups {
            all.insert(format!("group.{name}.repeat"), group.repeat.clone().unwrap_or_default());
            let level = group.origin.as_ref().map(|origin| origin.level.to_string());
            all.insert(format!("group.{name}.origin.level"), level.unwrap_or_default());
        }
        all.retain(|_, value| !value.is_empty());
        all
    }
}
