//! The indicators DTM knows: the built-in core, and an export of the whole dictionary that extends it.
//!
//! The core is the file `core.toml` beside this one, built into the program. [`from_rows`] reads the export of the DTM
//! Data Dictionary, a table of eighteen columns; [`extend`] lays it over the core: the export decides type, tag, class
//! and tools, the core keeps its French wording and what it says about counting.

mod export;

pub use export::{DictionaryProblem, from_rows};

use dtm_model::{Aggregation, Dictionary, Dissemination, Group, Indicator, Text, Unit, ValueKind};
use serde::Deserialize;
use std::collections::BTreeMap;

const CORE: &str = include_str!("core.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CoreFile {
    indicator: Vec<Entry>,
    answers: BTreeMap<String, Vec<[String; 3]>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: String,
    en: String,
    fr: String,
    kind: ValueKind,
    unit: Option<Unit>,
    group: Option<Group>,
    hxl: Option<String>,
    dissemination: Dissemination,
    aggregation: Aggregation,
    #[serde(default)]
    core_in: Vec<String>,
    answers: Option<String>,
}

/// The core indicators of the baseline, location, event and flow tools, in English and French.
pub fn builtin() -> Dictionary {
    let file: CoreFile = toml::from_str(CORE).expect("core.toml is part of the program and its test reads it");
    let choices = |list: &str| -> Vec<(String, Text)> {
        let answers = file.answers.get(list).into_iter().flatten();
        answers.map(|[code, en, fr]| (code.clone(), Text::both(en, fr))).collect()
    };
    Dictionary::new(file.indicator.iter().map(|entry| Indicator {
        code: entry.code.clone(),
        label: Text::both(&entry.en, &entry.fr),
        kind: entry.kind,
        unit: entry.unit,
        group: entry.group,
        hxl: entry.hxl.clone(),
        dissemination: entry.dissemination,
        aggregation: entry.aggregation,
        core_in: entry.core_in.clone(),
        choices: entry.answers.as_deref().map(choices).unwrap_or_default(),
    }))
}

/// The kinds of site that the dictionary knows, with their wording, in its order.
pub fn site_types(dictionary: &Dictionary) -> Vec<(String, Text)> {
    let mut types: Vec<(String, Text)> = Vec::new();
    for code in ["m3011_loc_site_type_single", "m0342_loc_site_type_multiple"] {
        let choices = dictionary.get(code).map(|indicator| indicator.choices.as_slice()).unwrap_or_default();
        for choice in choices {
            if !types.iter().any(|(known, _)| *known == choice.0) {
                types.push(choice.clone());
            }
        }
    }
    types
}

/// Lays the entries of an export over a dictionary. Where both know an entry, type, tag, class and tools are the
/// export's; wording, unit, group and aggregation stay, and so does the wording of answers both know.
pub fn extend(dictionary: &mut Dictionary, entries: impl IntoIterator<Item = Indicator>) {
    let merged: Vec<Indicator> = entries
        .into_iter()
        .map(|entry| match dictionary.get(&entry.code) {
            None => entry,
            Some(known) => merge(known, entry),
        })
        .collect();
    dictionary.extend(merged);
}

fn merge(known: &Indicator, entry: Indicator) -> Indicator {
    let words = |ours: &Text, theirs: &Text| {
        let theirs = theirs.iter().filter(|(lang, _)| !ours.iter().any(|(known, _)| known == *lang));
        theirs.fold(ours.clone(), |text, (lang, words)| text.with(lang, words))
    };
    let mut choices = known.choices.clone();
    for (code, label) in &entry.choices {
        match choices.iter_mut().find(|(known, _)| known == code) {
            Some((_, ours)) => *ours = words(ours, label),
            None => choices.push((code.clone(), label.clone())),
        }
    }
    let core_in = if entry.core_in.is_empty() { known.core_in.clone() } else { entry.core_in };
    Indicator {
        label: words(&known.label, &entry.label),
        unit: known.unit.or(entry.unit),
        group: known.group.or(entry.group),
        aggregation: if known.aggregation == Aggregation::None { entry.aggregation } else { known.aggregation },
        hxl: entry.hxl.or_else(|| known.hxl.clone()),
        core_in,
        choices,
        ..entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::shared;
    use dtm_model::Lang;

    #[test]
    fn the_core_is_worded_in_both_languages_and_counts_people_with_a_unit() {
        let core = builtin();
        assert!((60..=110).contains(&core.len()), "{}", core.len());
        for indicator in core.iter() {
            assert!(Lang::ALL.iter().all(|lang| indicator.label.has(*lang)), "{}", indicator.code);
            let counts = matches!(indicator.aggregation, Aggregation::StockSum | Aggregation::FlowSum);
            assert_eq!(counts, indicator.unit.is_some(), "{}", indicator.code);
            assert!(indicator.choices.iter().all(|(_, label)| Lang::ALL.iter().all(|lang| label.has(*lang))));
        }
        let idps = core.get("m0310_loc_num_idp_ind").unwrap();
        assert_eq!(idps.hxl.as_deref(), Some("#affected+idps+ind"));
        assert_eq!((idps.unit, idps.group), (Some(Unit::Persons), Some(Group::Idp)));
        assert_eq!(core.get("m0291_meta_ki_phone").unwrap().dissemination, Dissemination::Secret);
        assert_eq!(core.get("m0329_loc_reason_disp_idp").unwrap().choices[0].0, "conflict_displacement");
    }

    #[test]
    fn every_question_that_is_core_in_a_tool_we_carry_is_in_the_core_with_the_facts_of_the_export() {
        let Some(path) = shared("dtm-data-dictionary/dtm_questions.csv") else { return };
        let mut reader = csv::Reader::from_path(path).unwrap();
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows: Vec<Vec<String>> =
            reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        let (entries, problems) = from_rows(&header, &rows);
        assert_eq!(entries.len(), 1749);
        let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
        assert!(codes.len() < 20, "{:?}", problems.iter().map(|p| p.message(Lang::En)).collect::<Vec<_>>());
        let core = builtin();
        let ours = ["B1", "B2", "MSLA", "ETT", "FMR"];
        for entry in &entries {
            let core_here = entry.core_in.iter().any(|tool| ours.contains(&tool.as_str()));
            let known = core.get(&entry.code);
            assert!(!core_here || known.is_some(), "{} is core", entry.code);
            let Some(known) = known else { continue };
            assert_eq!((known.kind, known.dissemination), (entry.kind, entry.dissemination), "{}", known.code);
            assert_eq!(known.hxl, entry.hxl, "{}", known.code);
            let tools: Vec<_> = entry.core_in.iter().filter(|tool| ours.contains(&tool.as_str())).collect();
            assert_eq!(known.core_in.iter().collect::<Vec<_>>(), tools, "{}", known.code);
            for (code, _) in &known.choices {
                let added = code == "other";
                assert!(added || entry.choices.iter().any(|(theirs, _)| theirs == code), "{} {code}", known.code);
            }
        }
        let mut all = builtin();
        extend(&mut all, entries);
        assert_eq!(all.len(), 1749);
        let idps = all.get("m0310_loc_num_idp_ind").unwrap();
        assert_eq!(idps.label.get(Lang::Fr), "Personnes déplacées internes");
        assert_eq!(all.get("m0356_loc_num_idp_camp_ind").unwrap().aggregation, Aggregation::StockSum);
        let refugees = all.get("m0385_loc_num_refugee_camp_hh").unwrap();
        assert_eq!((refugees.unit, refugees.group), (Some(Unit::Households), None));
        assert_eq!(refugees.dissemination, Dissemination::Confidential);
    }
}
