//! Reading the answers of one record, or of one turn of a repeat, as the mapping's parts ask for them.

use super::tally::{Tally, shortened};
use crate::folding::fold;
use crate::mapping::notices::finding;
use crate::mapping::{Mapping, OriginMapping, Translation, Words};
use crate::places::{Locator, Lookup, lookup};
use crate::wording::{Facts, facts};
use dtm_model::{Answer, Answers, Atlas, Finding, Pcode, Point, Record, RecordId};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Where answers are looked for: in the turn of a repeat, then in the record.
#[derive(Clone, Copy)]
pub(in crate::mapping) struct Scope<'a> {
    pub(super) turn: Option<&'a Answers>,
    pub(super) record: &'a Answers,
}

impl<'a> Scope<'a> {
    fn get(self, question: &str, names: &Names) -> Option<&'a Answer> {
        let find = |answers: &'a Answers, paths: &HashMap<String, String>| {
            answers.values.get(paths.get(question).map_or(question, String::as_str))
        };
        self.turn.and_then(|turn| find(turn, &names.turn)).or_else(|| find(self.record, &names.record))
    }

    /// The turns of this repeat, each with the record behind it; without a repeat, the record itself.
    pub(in crate::mapping) fn turns(self, repeat: Option<&str>) -> Vec<Scope<'a>> {
        let Some(repeat) = repeat else { return vec![self] };
        turns_of(self.record, repeat).into_iter().map(|turn| Scope { turn: Some(turn), record: self.record }).collect()
    }
}

fn turns_of<'a>(record: &'a Answers, repeat: &str) -> Vec<&'a Answers> {
    let named = |path: &str| path == repeat || path.rsplit('/').next() == Some(repeat);
    record.repeats.iter().filter(|(path, _)| named(path)).flat_map(|(_, turns)| turns).collect()
}

/// Paths of the questions that a mapping calls by the last part of their path, found once for all records. A name that
/// some record answers as it stands is never taken for the end of another path.
pub(super) struct Names {
    record: HashMap<String, String>,
    turn: HashMap<String, String>,
}

impl Names {
    pub(super) fn of(mapping: &Mapping, records: &[&Record]) -> Self {
        let wanted: HashSet<&str> = mapping.asked().into_iter().map(|asked| asked.question).collect();
        let repeats: BTreeSet<&str> = mapping
            .groups
            .values()
            .filter_map(|group| group.repeat.as_deref())
            .chain(mapping.sample.as_ref().map(|sample| sample.repeat.as_str()))
            .collect();
        let mut turns: Vec<&Answers> = Vec::new();
        for record in records {
            turns.extend(repeats.iter().flat_map(|repeat| turns_of(&record.answers, repeat)));
        }
        Self {
            record: paths(wanted.clone(), || records.iter().map(|record| &record.answers)),
            turn: paths(wanted, || turns.iter().copied()),
        }
    }
}

fn paths<'a, I: Iterator<Item = &'a Answers>>(
    mut wanted: HashSet<&str>,
    answers: impl Fn() -> I,
) -> HashMap<String, String> {
    for one in answers() {
        wanted.retain(|question| !one.values.contains_key(*question));
        if wanted.is_empty() {
            return HashMap::new();
        }
    }
    let mut found: HashMap<&str, Option<&str>> = HashMap::new();
    for path in answers().flat_map(|one| one.values.keys()) {
        let Some((_, last)) = path.rsplit_once('/') else { continue };
        if wanted.contains(last) {
            // Two paths of one end leave open which is meant.
            let known = found.entry(last).or_insert(Some(path));
            *known = known.filter(|known| known == path);
        }
    }
    found.into_iter().filter_map(|(last, path)| Some((last.to_owned(), path?.to_owned()))).collect()
}

/// What was chosen, one by one; any other answer stands for itself.
pub(in crate::mapping) fn choices_of(answer: &Answer) -> Vec<String> {
    match answer {
        Answer::Choices(names) => names.clone(),
        other => vec![other.to_text()],
    }
}

/// An answer as the translation writes it, and its word.
pub(super) fn declared<'w>(words: &'w Translation, given: &str) -> Option<(&'w str, &'w str)> {
    let known = words.values.get_key_value(given).or_else(|| {
        let wanted = fold(given, &words.fold);
        words.values.iter().find(|(declared, _)| fold(declared, &words.fold) == wanted)
    });
    known.map(|(declared, word)| (declared.as_str(), word.as_str()))
}

/// Reads answers and keeps what was noticed.
pub(in crate::mapping) struct Reader<'a> {
    pub(super) names: &'a Names,
    pub(super) words: &'a Words,
    pub(super) atlas: &'a Atlas,
    pub(super) record: &'a RecordId,
    pub(super) tally: &'a mut Tally,
    pub(super) findings: Vec<Finding>,
}

/// What a text in an area column is.
enum Code {
    Known(Pcode),
    /// Shaped like a code, yet not among the areas.
    Unknown,
    Words,
}

impl Reader<'_> {
    pub(in crate::mapping) fn find(&mut self, id: &'static str, question: Option<&str>, facts: Facts) {
        self.findings.push(finding(id, Some(self.record), None, question, facts));
    }

    /// Notes an indicator that the dictionary does not have.
    pub(in crate::mapping) fn unknown_indicator(&mut self, indicator: &str) {
        self.tally.unknown_indicator(indicator, self.record);
    }

    /// The answer, unless nothing stands there or only a word that stands for nothing.
    pub(in crate::mapping) fn answer<'s>(&mut self, question: &str, scope: Scope<'s>) -> Option<&'s Answer> {
        let answer = scope.get(question, self.names)?;
        if let Answer::Text(text) | Answer::Unreadable(text) = answer {
            let text = text.trim();
            if text.is_empty() || self.words.not_applicable.iter().any(|word| word == text) {
                return None;
            }
            if self.words.missing.iter().any(|word| word == text) {
                self.tally.missing(question, text, self.record);
                return None;
            }
        }
        Some(answer)
    }

    /// The first answer to any of these questions, as text, with the question.
    pub(in crate::mapping) fn first_text<'q>(
        &mut self,
        questions: &'q [String],
        scope: Scope<'_>,
    ) -> Option<(&'q str, String)> {
        for question in questions {
            if let Some(answer) = self.answer(question, scope) {
                let text = answer.to_text();
                let text = text.trim();
                if !text.is_empty() {
                    return Some((question, text.to_owned()));
                }
            }
        }
        None
    }

    /// The number answered; what is no number is a finding.
    pub(in crate::mapping) fn number(&mut self, question: &str, scope: Scope<'_>) -> Option<f64> {
        let answer = self.answer(question, scope)?;
        let number = answer.number().filter(|number| number.is_finite());
        if number.is_none() {
            let value = shortened(&answer.to_text());
            self.find("not_a_number", Some(question), facts([("question", &question), ("value", &value)]));
        }
        number
    }

    /// Our word for what was answered.
    pub(in crate::mapping) fn translate(&mut self, words: &Translation, scope: Scope<'_>) -> Option<String> {
        if let Some(word) = &words.always {
            return Some(word.clone());
        }
        for question in &words.questions {
            let Some(answer) = self.answer(question, scope) else { continue };
            let given = choices_of(answer);
            for given in &given {
                if let Some(word) = self.translate_word(words, question, given) {
                    return Some(word);
                }
            }
            // An empty list of choices is no answer.
            let Some(first) = given.first() else { continue };
            let became = words.otherwise.as_deref();
            self.tally.unmapped(question, first, became, self.record);
            return words.otherwise.clone();
        }
        words.blank.clone()
    }

    fn translate_word(&mut self, words: &Translation, question: &str, given: &str) -> Option<String> {
        let (declared, word) = declared(words, given)?;
        self.tally.spelled(question, declared, given, self.record);
        Some(word.to_owned())
    }

    /// The area that a text is the code or a name of.
    pub(super) fn known_code(&mut self, question: &str, text: &str) -> Option<Pcode> {
        match self.code(question, text) {
            Code::Known(pcode) => Some(pcode),
            _ => None,
        }
    }

    /// The area of the first question that holds a known code; the smallest area stands first.
    pub(in crate::mapping) fn area(&mut self, questions: &[String], scope: Scope<'_>) -> Option<Pcode> {
        let mut smallest: Option<(Pcode, &str)> = None;
        for question in questions {
            let Some((_, text)) = self.first_text(std::slice::from_ref(question), scope) else { continue };
            match (&smallest, self.code(question, &text)) {
                (None, Code::Known(pcode)) => smallest = Some((pcode, question)),
                (Some((smaller, at)), Code::Known(larger)) => {
                    let level = self.atlas.area(&larger).map_or(0, |area| area.level);
                    let holds = self.atlas.ancestor(smaller, level).is_some_and(|area| area.pcode == larger);
                    if !holds && self.atlas.area(smaller).is_some_and(|area| area.level > level) {
                        let facts = facts([("question", at), ("smaller", smaller), ("larger", &larger)]);
                        let at = *at;
                        self.find("areas_disagree", Some(at), facts);
                    }
                }
                (_, Code::Unknown) => {}
                (_, Code::Words) => self.not_a_pcode(question, &text),
            }
        }
        smallest.map(|(pcode, _)| pcode)
    }

    /// The smallest area around a position; worth a remark where the record should have named it.
    pub(super) fn area_of(&mut self, position: Point, should_be_named: bool) -> Option<Pcode> {
        let atlas = self.atlas;
        let pcode = self.tally.locator.get_or_insert_with(|| Locator::new(atlas)).area_at(atlas, position)?;
        if should_be_named {
            self.tally.by_position(self.record);
        }
        Some(pcode)
    }

    /// The area most of the people came from, at the level it is kept at.
    pub(super) fn origin(&mut self, origin: &OriginMapping, scope: Scope<'_>) -> Option<Pcode> {
        for question in &origin.questions {
            let Some((_, text)) = self.first_text(std::slice::from_ref(question), scope) else { continue };
            let pcode = match origin.values.get(&text) {
                Some(code) => Pcode(code.clone()),
                None => match self.code(question, &text) {
                    Code::Known(pcode) => pcode,
                    Code::Unknown => continue,
                    Code::Words => {
                        self.not_a_pcode(question, &text);
                        continue;
                    }
                },
            };
            if let Some(area) = self.atlas.ancestor(&pcode, origin.level) {
                return Some(area.pcode.clone());
            }
        }
        None
    }

    fn code(&mut self, question: &str, text: &str) -> Code {
        let exact = Pcode(text.to_owned());
        if self.atlas.area(&exact).is_some() {
            return Code::Known(exact);
        }
        match self.tally.lookups.entry(text.to_owned()).or_insert_with(|| lookup(self.atlas, text, None)) {
            Lookup::Code(pcode) => Code::Known(pcode.clone()),
            Lookup::Repaired(pcode, _) => {
                let pcode = pcode.clone();
                self.tally.read_as("pcode_repaired", question, text, &pcode, self.record);
                Code::Known(pcode)
            }
            Lookup::Alias(pcode) => {
                let pcode = pcode.clone();
                self.tally.read_as("alias_used", question, text, &pcode, self.record);
                Code::Known(pcode)
            }
            Lookup::Suggestions(_) if looks_like_code(text) => {
                self.tally.unknown_code(question, text, self.record);
                Code::Unknown
            }
            Lookup::Suggestions(_) => Code::Words,
        }
    }

    fn not_a_pcode(&mut self, question: &str, text: &str) {
        let mut facts = facts([("question", &question), ("value", &shortened(text))]);
        if let Some(Lookup::Suggestions(near)) = self.tally.lookups.get(text)
            && let Some((pcode, name, _)) = near.first()
        {
            facts.insert("nearest".into(), format!("{pcode} {name}"));
        }
        self.find("not_a_pcode", Some(question), facts);
    }
}

/// Codes are short, without blanks, and hold a digit.
fn looks_like_code(text: &str) -> bool {
    text.len() <= 24
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
