//! Compares a mapping with the form or table it is meant for, and with the dictionary.

use super::problem::MappingProblem;
use super::questions::{Found, QuestionSet};
use super::{Mapping, Wants, WithoutSsid};
use crate::folding::nearest;
use crate::wording::{Facts, facts};
use dtm_model::{Dictionary, FieldKind, ValueKind};
use std::collections::BTreeSet;

/// Says what in the mapping does not fit: questions the form does not have, indicators the dictionary does not have,
/// answers of the wrong type.
pub fn check(mapping: &Mapping, questions: &QuestionSet, dictionary: &Dictionary) -> Vec<MappingProblem> {
    let mut problems = Vec::new();
    let mut note = |code, facts: Facts| problems.push(MappingProblem { code, line: None, facts });
    for asked in mapping.asked() {
        let mut met = facts([("part", &asked.part), ("question", &asked.question)]);
        match questions.find(asked.question) {
            Found::One(question) => {
                if let Some(repeat) = question.repeat.as_deref().filter(|repeat| !is_path(repeat, asked.repeat)) {
                    let mut met = met.clone();
                    met.insert("repeat".into(), repeat.into());
                    note("question_in_repeat", met);
                }
                let Some((kind, expected)) = question.kind.and_then(|kind| unfit(kind, asked.wants)) else { continue };
                met.extend(facts([("kind", &kind), ("expected", &expected[0]), ("expected_fr", &expected[1])]));
                note("question_of_other_type", met);
            }
            Found::Several => note("ambiguous_question", met),
            Found::Nothing => {
                if let Some(near) = questions.nearest(asked.question) {
                    met.insert("nearest".into(), near.into());
                }
                note("unknown_question", met);
            }
        }
    }
    let place = &mapping.place;
    let counts = !mapping.is_of_households();
    for (part, missing) in [
        ("place.ssid", counts && place.ssid.is_empty() && place.without_ssid == WithoutSsid::Nothing),
        ("place.area", place.area.is_empty() && (place.position.is_none() || !counts)),
        ("date.question", counts && mapping.date.questions.is_empty() && mapping.date.otherwise.is_none()),
    ] {
        if missing {
            note("no_question", facts([("part", &part)]));
        }
    }
    if let Some(sample) = mapping.sample.as_ref().filter(|sample| !questions.repeats(&sample.repeat)) {
        note("unknown_repeat", facts([("group", &"sample"), ("repeat", &sample.repeat)]));
    }
    for need in mapping.households.iter().flat_map(|households| &households.needs) {
        if dictionary.get(&need.indicator).is_none() {
            note("unknown_indicator", facts([("indicator", &need.indicator)]));
        }
    }
    for (name, group) in &mapping.groups {
        if let Some(repeat) = group.repeat.as_deref().filter(|repeat| !questions.repeats(repeat)) {
            note("unknown_repeat", facts([("group", &name), ("repeat", &repeat)]));
        }
        let mut counted = BTreeSet::new();
        for measure in &group.measures {
            match dictionary.get(&measure.indicator) {
                None => {
                    let mut met = facts([("indicator", &measure.indicator)]);
                    let codes = dictionary.iter().map(|indicator| indicator.code.as_str());
                    if let Some(near) = nearest(&measure.indicator, codes) {
                        met.insert("nearest".into(), near.into());
                    }
                    note("unknown_indicator", met);
                }
                Some(indicator) => {
                    let number =
                        matches!(indicator.kind, ValueKind::Integer | ValueKind::Decimal | ValueKind::Calculate);
                    if !number {
                        note("not_a_count", facts([("indicator", &measure.indicator)]));
                    }
                }
            }
            if !counted.insert((&measure.indicator, &measure.question, measure.sex, &measure.age)) {
                let met = facts([("question", &measure.question), ("indicator", &measure.indicator)]);
                note("question_counted_twice", met);
            }
        }
    }
    problems
}

/// Whether the name given is this path or its last part.
fn is_path(path: &str, name: Option<&str>) -> bool {
    name.is_some_and(|name| path == name || path.rsplit('/').next() == Some(name))
}

/// The type as people say it, and what was wanted in both languages, where the two do not go together.
fn unfit(kind: FieldKind, wants: Wants) -> Option<(String, [&'static str; 2])> {
    use FieldKind::*;
    // Text may hold anything: what it holds is seen when records are read.
    let (fits, expected) = match wants {
        Wants::Anything => return None,
        Wants::Number => (matches!(kind, Integer | Decimal | Text), ["a number", "un nombre"]),
        Wants::Date => (matches!(kind, Date | DateTime | Text), ["a date", "une date"]),
        Wants::Position => (matches!(kind, Geopoint | Text), ["a position", "une position"]),
    };
    (!fits).then(|| (format!("{kind:?}").to_lowercase(), expected))
}
