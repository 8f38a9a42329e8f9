//! Records that are households of a survey: where each lives, of which group it is, what it stands for and what it chose.
//!
//! A mapping of households counts no places: its records are interviews, and become shares ([`crate::needs::needs_table`]).

use super::apply::scope::{Reader, Scope, choices_of};
use super::{Mapping, Translation};
use crate::needs::{Household, NeedQuestion, Sector};
use crate::wording::facts;
use dtm_model::{Dictionary, FormSchema, Record, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which questions tell the needs of a household.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct HouseholdMapping {
    /// The population group, one of [`crate::needs::GROUPS`].
    #[serde(default)]
    pub group: Option<Translation>,
    /// The question that holds the weight; without one every household weighs the same.
    #[serde(default)]
    pub weight: Option<String>,
    /// The questions.
    pub needs: Vec<NeedMapping>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeedMapping {
    /// The indicator's code.
    pub indicator: String,
    /// The question that holds the choices.
    pub question: String,
    /// The sector, a code of [`Sector`].
    pub sector: String,
}

impl Mapping {
    /// Whether its records are households, and no reports of places.
    pub fn is_of_households(&self) -> bool {
        self.households.is_some() && self.groups.is_empty()
    }
}

/// The household that a record is; none where it says not where it lives or what it stands for.
pub(super) fn household(
    mapping: &Mapping,
    dictionary: &Dictionary,
    reader: &mut Reader<'_>,
    scope: Scope<'_>,
    record: &Record,
) -> Option<Household> {
    let households = mapping.households.as_ref()?;
    let area = reader.area(&mapping.place.area, scope);
    if area.is_none() {
        reader.find("area_missing", mapping.place.area.first().map(String::as_str), BTreeMap::new());
    }
    let group = households.group.as_ref().and_then(|words| reader.translate(words, scope));
    let weight = match &households.weight {
        None => Some(1.0),
        Some(question) => {
            let weight = reader.number(question, scope).filter(|weight| *weight > 0.0);
            if weight.is_none() {
                reader.find("weight_missing", Some(question), facts([("question", &question)]));
            }
            weight
        }
    };
    let mut household =
        Household { record: record.id.clone(), area: area?, group, weight: weight?, chosen: BTreeMap::new() };
    for need in &households.needs {
        if dictionary.get(&need.indicator).is_none() {
            reader.unknown_indicator(&need.indicator);
            continue;
        }
        let Some(answer) = reader.answer(&need.question, scope) else { continue };
        let chosen = choices_of(answer).into_iter().filter(|choice| !choice.trim().is_empty()).collect::<Vec<_>>();
        if !chosen.is_empty() {
            household.chosen.entry(need.indicator.clone()).or_default().extend(chosen);
        }
    }
    Some(household)
}

/// The questions of a mapping in the words of the dictionary, else of the form; those that the dictionary does not know are
/// left out, as nobody said who may see their answers.
pub fn need_questions(mapping: &Mapping, dictionary: &Dictionary, form: Option<&FormSchema>) -> Vec<NeedQuestion> {
    let needs = mapping.households.iter().flat_map(|households| &households.needs);
    let known = needs.filter_map(|need| {
        let indicator = dictionary.get(&need.indicator)?;
        let field = form.and_then(|form| form.field(&need.question));
        let mut choices = indicator.choices.clone();
        for choice in field.iter().flat_map(|field| &field.choices) {
            if choices.iter().all(|(known, _)| *known != choice.name) {
                choices.push((choice.name.clone(), choice.label.clone()));
            }
        }
        let wording = |text: &Text| text.iter().any(|(_, words)| !words.trim().is_empty());
        let asked = if wording(&indicator.label) {
            indicator.label.clone()
        } else {
            field.map_or_else(Text::new, |field| field.label.clone())
        };
        let sector = Sector::from_code(&need.sector)?;
        Some(NeedQuestion { indicator: need.indicator.clone(), sector, asked, choices })
    });
    known.collect()
}
