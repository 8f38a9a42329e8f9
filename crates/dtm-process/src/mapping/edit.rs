//! Changes a mapping question by question and word by word, as an officer chooses on a page.
//!
//! What is taken away may leave a mapping unfinished (a group that counts nothing); it is written and read all the same,
//! and [`Mapping::read`] says what it lacks.

use super::draft::voices;
use super::draft::{SITE_KINDS, direction, measure, reason};
use super::part::Part;
use super::{
    CellMapping, FedBy, Feed, Fold, GroupMapping, Mapping, MeasureMapping, OriginMapping, PositionMapping, QuestionSet,
    SampleMapping, SourceMapping, Translation,
};
use dtm_model::{Answers, Dictionary};
use std::collections::BTreeMap;

/// How the answers to a part are read, beside the words for single answers.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reading {
    /// One word for every record.
    pub always: Option<String>,
    /// Our word for answers that are not translated.
    pub otherwise: Option<String>,
    /// Our word where nothing is answered.
    pub blank: Option<String>,
    /// What is overlooked when words are compared.
    pub fold: Vec<Fold>,
}

impl Mapping {
    /// The group that an indicator is usually counted in.
    pub fn usual_group(indicator: &str, dictionary: &Dictionary) -> &'static str {
        let feed = Feed { question: String::new(), indicator: indicator.to_owned(), by: FedBy::Hand };
        measure(&feed, dictionary).map_or("other", |(group, _)| group)
    }

    /// Lets a part read a question. Words that are known are translated at once.
    pub fn give(&mut self, part: &Part, question: &str, questions: &QuestionSet, sample: &[&Answers]) {
        let place = &mut self.place;
        match part {
            Part::Ssid => add(&mut place.ssid, question),
            Part::PlaceName => add(&mut place.name, question),
            Part::Kind => {
                if place.kind.always.take().is_some() || place.kind == Translation::default() {
                    let values = SITE_KINDS.map(|(code, kind)| (code.to_owned(), kind.to_owned()));
                    let offered = questions.get(question).map(|known| known.choices.as_slice()).unwrap_or_default();
                    place.kind.values = values.into_iter().filter(|(code, _)| offered.contains(code)).collect();
                }
                add(&mut place.kind.questions, question);
            }
            Part::SiteType => add(&mut place.site_type.get_or_insert_default().questions, question),
            Part::Area => add(&mut place.area, question),
            Part::Position => place.position = Some(PositionMapping::One { question: question.to_owned() }),
            Part::Latitude | Part::Longitude => {
                let (mut lat, mut lon) = match place.position.take() {
                    Some(PositionMapping::Two { lat, lon }) => (lat, lon),
                    _ => (String::new(), String::new()),
                };
                *(if *part == Part::Latitude { &mut lat } else { &mut lon }) = question.to_owned();
                place.position = Some(PositionMapping::Two { lat, lon });
            }
            Part::OpenedOn => add(&mut place.opened_on, question),
            Part::ClosedOn => add(&mut place.closed_on, question),
            Part::Day => add(&mut self.date.questions, question),
            Part::Present(group) => {
                self.translate_with(group, |group| &mut group.present, question, Translation::default)
            }
            Part::Reason(group) => {
                self.translate_with(group, |group| &mut group.reason, question, || reason(question, questions, sample));
            }
            Part::Direction(group) => {
                let drafted = || direction(question, questions, sample);
                self.translate_with(group, |group| &mut group.direction, question, drafted);
            }
            Part::Origin(group) => {
                let group = self.groups.entry(group.clone()).or_default();
                add(&mut group.origin.get_or_insert_with(OriginMapping::default).questions, question);
            }
            Part::Source(key) => {
                let source = self.source.get_or_insert_default();
                match source.slot(key) {
                    Some(words) => {
                        let drafted = || voices::translated(vec![question.to_owned()], voices::known(key), questions);
                        let words = words.get_or_insert_with(drafted);
                        words.always = None;
                        add(&mut words.questions, question);
                    }
                    None => add(&mut source.id, question),
                }
            }
            Part::Sample { sex, age } => {
                // One turn a household: what stands in no repeat, or in another, is no part of the sheet.
                let Some(repeat) = questions.get(question).and_then(|known| known.repeat.clone()) else { return };
                let sample = self.sample.get_or_insert_with(|| SampleMapping {
                    repeat: repeat.clone(),
                    size: None,
                    cells: Vec::new(),
                });
                if sample.cells.is_empty() {
                    sample.repeat.clone_from(&repeat);
                }
                if sample.repeat.rsplit('/').next() != repeat.rsplit('/').next() {
                    return;
                }
                match sex.zip(age.clone()) {
                    Some((sex, age)) => {
                        let question = question.to_owned();
                        sample.cells.retain(|cell| (cell.sex, &cell.age) != (sex, &age));
                        sample.cells.push(CellMapping { question, sex, age });
                    }
                    None => sample.size = Some(question.to_owned()),
                }
            }
            Part::Count { group, indicator, sex, age } => {
                let repeat = questions.get(question).and_then(|known| known.repeat.clone());
                let group = self.groups.entry(group.clone()).or_default();
                if group.measures.is_empty() {
                    group.repeat = repeat;
                }
                let (sex, age) = (*sex, age.clone());
                let measure = MeasureMapping { indicator: indicator.clone(), question: question.to_owned(), sex, age };
                if !group.measures.contains(&measure) {
                    group.measures.push(measure);
                }
            }
        }
    }

    fn translate_with(
        &mut self,
        group: &str,
        slot: impl Fn(&mut GroupMapping) -> &mut Option<Translation>,
        question: &str,
        drafted: impl Fn() -> Translation,
    ) {
        let group = self.groups.entry(group.to_owned()).or_default();
        let words = slot(group).get_or_insert_with(drafted);
        words.always = None;
        add(&mut words.questions, question);
    }

    /// Lets a part read a question, named as the mapping names it, no more.
    pub fn take(&mut self, part: &Part, question: &str) {
        let place = &mut self.place;
        let drop = |questions: &mut Vec<String>| questions.retain(|known| known != question);
        match part {
            Part::Ssid => drop(&mut place.ssid),
            Part::PlaceName => drop(&mut place.name),
            Part::Kind => drop(&mut place.kind.questions),
            Part::SiteType => without(&mut place.site_type, question),
            Part::Area => drop(&mut place.area),
            Part::Position => place.position = None,
            Part::Latitude | Part::Longitude => {
                place.position = match place.position.take() {
                    Some(PositionMapping::Two { lat, .. }) if *part == Part::Longitude && !lat.is_empty() => {
                        Some(PositionMapping::Two { lat, lon: String::new() })
                    }
                    Some(PositionMapping::Two { lon, .. }) if *part == Part::Latitude && !lon.is_empty() => {
                        Some(PositionMapping::Two { lat: String::new(), lon })
                    }
                    Some(one @ PositionMapping::One { .. }) => Some(one),
                    _ => None,
                };
            }
            Part::OpenedOn => drop(&mut place.opened_on),
            Part::ClosedOn => drop(&mut place.closed_on),
            Part::Day => drop(&mut self.date.questions),
            Part::Present(name) | Part::Reason(name) | Part::Origin(name) | Part::Direction(name) => {
                let Some(group) = self.groups.get_mut(name) else { return };
                match part {
                    Part::Present(_) => without(&mut group.present, question),
                    Part::Reason(_) => without(&mut group.reason, question),
                    Part::Direction(_) => without(&mut group.direction, question),
                    _ => {
                        if let Some(origin) = &mut group.origin {
                            drop(&mut origin.questions);
                        }
                        group.origin.take_if(|origin| origin.questions.is_empty());
                    }
                }
            }
            Part::Source(key) => {
                let Some(source) = &mut self.source else { return };
                match source.slot(key) {
                    Some(words) => without(words, question),
                    None => drop(&mut source.id),
                }
                self.source.take_if(|source| *source == SourceMapping::default());
            }
            Part::Sample { .. } => {
                let Some(sample) = &mut self.sample else { return };
                sample.size.take_if(|size| size == question);
                sample.cells.retain(|cell| cell.question != question);
                self.sample.take_if(|sample| sample.cells.is_empty() && sample.size.is_none());
            }
            Part::Count { group: name, indicator, sex, age } => {
                let Some(group) = self.groups.get_mut(name) else { return };
                let is_it = |measure: &MeasureMapping| {
                    measure.question == question
                        && measure.indicator == *indicator
                        && measure.sex == *sex
                        && measure.age == *age
                };
                group.measures.retain(|measure| !is_it(measure));
            }
        }
        // A group of which nothing is left was never there.
        let is_left = |group: &GroupMapping| GroupMapping { repeat: None, ..group.clone() } != GroupMapping::default();
        self.groups.retain(|_, group| is_left(group));
    }

    fn translation_mut(&mut self, part: &Part) -> Option<&mut Translation> {
        match part {
            Part::Kind => Some(&mut self.place.kind),
            Part::SiteType => self.place.site_type.as_mut(),
            Part::Present(name) => self.groups.get_mut(name)?.present.as_mut(),
            Part::Reason(name) => self.groups.get_mut(name)?.reason.as_mut(),
            Part::Direction(name) => self.groups.get_mut(name)?.direction.as_mut(),
            Part::Source(key) => self.source.as_mut()?.slot(key)?.as_mut(),
            _ => None,
        }
    }

    /// How the answers to a part are read, where they are translated.
    pub fn reading(&self, part: &Part) -> Option<Reading> {
        let words = self.translations().into_iter().find(|(known, _)| known == part).map(|(_, words)| words)?;
        let Translation { always, otherwise, blank, fold, .. } = words.clone();
        Some(Reading { always, otherwise, blank, fold })
    }

    /// Says how the answers to a part are read.
    pub fn set_reading(&mut self, part: &Part, reading: Reading) {
        if let Some(words) = self.translation_mut(part) {
            let Reading { always, otherwise, blank, fold } = reading;
            words.always = always.filter(|_| words.questions.is_empty());
            (words.otherwise, words.blank) = (otherwise, blank);
            if fold.len() != words.fold.len() || fold.iter().any(|fold| !words.fold.contains(fold)) {
                words.fold = fold;
            }
        }
    }

    /// What answers to a part become, where they are translated one by one.
    pub fn declared(&self, part: &Part) -> BTreeMap<String, String> {
        let words = match part {
            Part::Origin(name) => {
                self.groups.get(name).and_then(|group| group.origin.as_ref()).map(|origin| &origin.values)
            }
            part => self.translations().into_iter().find(|(known, _)| known == part).map(|(_, words)| &words.values),
        };
        words.cloned().unwrap_or_default()
    }

    /// Says what an answer to a part becomes: a word of ours, or the p-code of an area of origin; none leaves it open.
    pub fn translate(&mut self, part: &Part, answer: &str, word: Option<&str>) {
        let values = match part {
            Part::Origin(name) => {
                self.groups.get_mut(name).and_then(|group| group.origin.as_mut()).map(|origin| &mut origin.values)
            }
            part => self.translation_mut(part).map(|words| &mut words.values),
        };
        let Some(values) = values else { return };
        match word {
            Some(word) => values.insert(answer.to_owned(), word.to_owned()),
            None => values.remove(answer),
        };
    }
}

fn add(questions: &mut Vec<String>, question: &str) {
    if !questions.iter().any(|known| known == question) {
        questions.push(question.to_owned());
    }
}

/// A translation that reads this question no more; none where it reads nothing then.
fn without(words: &mut Option<Translation>, question: &str) {
    if let Some(words) = words {
        words.questions.retain(|known| known != question);
    }
    words.take_if(|words| words.questions.is_empty() && words.always.is_none());
}

#[cfg(test)]
mod tests {
    use super::super::{Question, changes, check};
    use super::*;
    use crate::dictionary::builtin;
    use dtm_model::{Lang, Sex};
    use expect_test::{Expect, expect};

    const COLUMNS: [&str; 6] = ["code", "commune", "jour", "pourquoi", "PDI", "femmes"];

    fn count(indicator: &str, sex: Option<Sex>, age: Option<&str>) -> Part {
        Part::Count { group: "idp".into(), indicator: indicator.into(), sex, age: age.map(str::to_owned) }
    }

    /// Maps the columns of a table from nothing, then does more, and shows the file and the changes in words.
    fn check_edit(more: impl Fn(&mut Mapping), expected: Expect) {
        let questions = QuestionSet::of_columns(COLUMNS.map(|name| Question::column(name, None, None)));
        let mut mapping = Mapping::default();
        mapping.place.kind.always = Some("site".to_owned());
        let sample = Answers {
            values: [("pourquoi".to_owned(), dtm_model::Answer::Text("conflict".into()))].into(),
            ..Answers::default()
        };
        let steps = [
            (Part::Ssid, "code"),
            (Part::Area, "commune"),
            (Part::Day, "jour"),
            (count("m0310_loc_num_idp_ind", None, None), "PDI"),
            (Part::Reason("idp".into()), "pourquoi"),
        ];
        for (part, question) in &steps {
            mapping.give(part, question, &questions, &[&sample]);
        }
        assert_eq!(check(&mapping, &questions, &builtin()), []);
        let before = mapping.clone();
        more(&mut mapping);
        let mut said = mapping.to_toml();
        let read = Mapping::read(&said).unwrap();
        assert_eq!(read.0, mapping, "what is not finished is kept, too");
        for gap in read.1 {
            said += &format!("! {}\n", gap.message(Lang::En));
        }
        for change in changes(&before, &mapping, &builtin()) {
            said += &format!("+ {}\n", change.message(Lang::En));
        }
        expected.assert_eq(&said);
    }

    #[test]
    fn a_mapping_is_made_question_by_question() {
        check_edit(
            |mapping| {
                let questions = QuestionSet::default();
                mapping.give(
                    &count("m0310_loc_num_idp_ind", Some(Sex::Female), Some("18+")),
                    "femmes",
                    &questions,
                    &[],
                );
                mapping.translate(&Part::Reason("idp".into()), "Gangs", Some("insecurity"));
            },
            expect![[r#"

                [place]
                ssid = "code"
                area = "commune"

                [place.kind]
                always = "site"

                [date]
                question = "jour"

                [group.idp]
                measures = [
                    { indicator = "m0310_loc_num_idp_ind", question = "PDI" },
                    { indicator = "m0310_loc_num_idp_ind", question = "femmes", sex = "female", age = "18+" },
                ]

                [group.idp.reason]
                question = "pourquoi"
                fold = ["case", "blanks"]
                otherwise = "other"
                blank = "not_reported"
                [group.idp.reason.values]
                "Gangs" = "insecurity"
                "conflict" = "conflict"
                + «femmes» is now read as: Internally displaced persons, women and girls, aged 18+ (idp)
                + reason of displacement (idp): «Gangs» now becomes insecurity
            "#]],
        );
    }

    #[test]
    fn what_is_taken_away_may_leave_a_gap_that_is_told() {
        check_edit(
            |mapping| {
                mapping.take(&count("m0310_loc_num_idp_ind", None, None), "PDI");
                mapping
                    .set_reading(&Part::Kind, Reading { always: Some("host_community".into()), ..Reading::default() });
                mapping.give(&Part::Latitude, "femmes", &QuestionSet::default(), &[]);
            },
            expect![[r#"

                [place]
                ssid = "code"
                area = "commune"
                position = { lat = "femmes", lon = "" }

                [place.kind]
                always = "host_community"

                [date]
                question = "jour"

                [group.idp]
                measures = [
                ]

                [group.idp.reason]
                question = "pourquoi"
                fold = ["case", "blanks"]
                otherwise = "other"
                blank = "not_reported"
                [group.idp.reason.values]
                "conflict" = "conflict"
                ! line 13: group `idp` counts nothing; add a line to its `measures`
                + «PDI» is no longer read as: Internally displaced persons (idp)
                + «femmes» is now read as: latitude
                + `place.kind.always` is host_community, no longer site
            "#]],
        );
        check_edit(
            |mapping| {
                mapping.take(&count("m0310_loc_num_idp_ind", None, None), "PDI");
                mapping.take(&Part::Reason("idp".into()), "pourquoi");
                mapping.take(&Part::Ssid, "code");
            },
            expect![[r#"

                [place]
                ssid = []
                area = "commune"

                [place.kind]
                always = "site"

                [date]
                question = "jour"
                ! the mapping counts nothing; add a group with its `measures`
                + «code» is no longer read as: id of the place
                + «pourquoi» is no longer read as: reason of displacement (idp)
                + «PDI» is no longer read as: Internally displaced persons (idp)
                + reason of displacement (idp): «conflict» is no longer translated (was conflict)
                + `group.idp.reason.blank` is no longer set (was not_reported)
                + `group.idp.reason.fold` is no longer set (was case, blanks)
                + `group.idp.reason.otherwise` is no longer set (was other)
            "#]],
        );
    }

    #[test]
    fn an_indicator_has_a_usual_group() {
        let groups = ["m0310_loc_num_idp_ind", "m0851_loc_num_return_idp_ind", "m0442_loc_water_need"];
        let groups = groups.map(|code| Mapping::usual_group(code, &builtin()));
        assert_eq!(groups, ["idp", "returnee", "other"]);
    }

    #[test]
    fn who_speaks_and_the_cells_of_a_sample_sheet_are_given_question_by_question() {
        let in_repeat = |name: &str| Question {
            repeat: Some("hh".to_owned()),
            ..Question::column(format!("hh/{name}"), None, Some(dtm_model::FieldKind::Integer))
        };
        let basis = Question { choices: vec!["some".into(), "all".into()], ..Question::column("lists", None, None) };
        let questions = QuestionSet::new([
            Question::column("ki", None, None),
            basis,
            in_repeat("members"),
            in_repeat("girls_5_17"),
            in_repeat("other"),
        ]);
        let mut mapping = Mapping::default();
        let girls = questions.get("hh/girls_5_17").unwrap();
        let offered = Part::of_sample(girls, &mapping);
        assert_eq!(offered[0].words(&builtin(), Lang::En), "sample of households, women and girls, aged 5-17");
        assert!(Part::of_sample(questions.get("ki").unwrap(), &mapping).is_empty(), "what is asked once is no sample");
        let steps = [
            (Part::Source("id".into()), "ki"),
            (Part::Source("basis".into()), "lists"),
            (offered[0].clone(), "hh/girls_5_17"),
            (Part::Sample { sex: None, age: None }, "hh/members"),
            (Part::Sample { sex: Some(Sex::Male), age: Some("5-17".into()) }, "ki"),
        ];
        for (part, question) in &steps {
            mapping.give(part, question, &questions, &[]);
        }
        let sample = mapping.sample.clone().unwrap();
        assert_eq!((sample.repeat.as_str(), sample.size.as_deref(), sample.cells.len()), ("hh", Some("hh/members"), 1));
        let declared = mapping.declared(&Part::Source("basis".into()));
        assert_eq!(
            declared.into_iter().collect::<Vec<_>>(),
            [("all".to_owned(), "list".to_owned()), ("some".to_owned(), "estimate".to_owned())]
        );
        mapping.take(&offered[0], "hh/girls_5_17");
        assert!(mapping.sample.is_some(), "the size of the household still stands");
        mapping.take(&Part::Sample { sex: None, age: None }, "hh/members");
        assert_eq!(mapping.sample, None);
    }
}
