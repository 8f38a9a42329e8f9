//! Which question or column feeds which indicator, and how its words translate.
//!
//! A [`Mapping`] is a small TOML file that an officer can read and edit; [`draft`] writes a first one from dictionary
//! names and HXL tags, [`check`] compares it with the form or table, and [`apply`] turns records into places,
//! observations and findings. What a record says and what the mapping cannot place are findings, never errors: the
//! number stays in the record, and the finding says which word, column or code is to be settled.
//!
//! Words are compared as written. Case, blanks or accents are overlooked only where a translation declares it
//! (`fold = ["case"]`), and a word that was understood only thanks to that is reported.

mod apply;
mod changes;
mod check;
mod coverage;
mod draft;
mod edit;
mod households;
mod notices;
mod part;
mod problem;
mod questions;
mod read;
mod values;
mod voices;
mod whereabouts;
mod write;

#[cfg(test)]
mod real_data;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use real_data::shared;

pub use crate::folding::Fold;
pub use crate::sheet::MalesFemales;
pub use apply::{AnswerMet, Applied, AppliedAll, Became, MetTable, Visit, apply, apply_all, values_met};
pub use changes::{MappingChange, changes};
pub use check::check;
pub use coverage::{Coverage, FedBy, Feed, coverage};
pub use draft::{Draft, draft};
pub use edit::Reading;
pub use households::{HouseholdMapping, NeedMapping, need_questions};
pub use notices::{NOTICES, Notice, notice};
pub use part::{DIRECTIONS, KINDS, PRESENCE, Part};
pub use problem::MappingProblem;
pub use questions::{Question, QuestionSet};
pub use values::is_age;
pub(crate) use values::read_date;
pub use voices::{CellMapping, SampleMapping, SourceMapping};
pub use whereabouts::Whereabouts;

use chrono::NaiveDate;
use dtm_model::{Dissemination, Sex};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The reasons of displacement that figures are kept by.
pub const REASONS: [&str; 5] = ["conflict", "insecurity", "natural_disaster", "other", "not_reported"];

/// How the records of a form version or table become places and observations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// What it maps, for people.
    #[serde(default)]
    pub name: String,
    /// Words that stand where an answer would, in any column.
    #[serde(default)]
    pub words: Words,
    /// How the place of a record is known.
    pub place: PlaceMapping,
    /// The day of assessment.
    #[serde(default)]
    pub date: DateMapping,
    /// Population groups by a name of the mapping's own (`idp`, `returnee`): counts that share a reason and an origin.
    #[serde(default, rename = "group")]
    pub groups: BTreeMap<String, GroupMapping>,
    /// How the tables of the round are made from its figures.
    #[serde(default)]
    pub tables: TablesMapping,
    /// Who speaks through a record, for verification.
    #[serde(default)]
    pub source: Option<SourceMapping>,
    /// The demographic sample sheet.
    #[serde(default)]
    pub sample: Option<SampleMapping>,
    /// What tells the needs of a household, where records are households of a survey.
    #[serde(default)]
    pub households: Option<HouseholdMapping>,
}

/// How the tables of the round are made from its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct TablesMapping {
    /// Where the columns `males` and `females`, and those of the public API, come from.
    #[serde(default)]
    pub males_females: MalesFemales,
}

/// Words that stand where an answer would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Words for «the question does not apply to this place»: as if nothing stood there.
    #[serde(default)]
    pub not_applicable: Vec<String>,
    /// Leftovers of other software (`NULL`, `NaT`): as if nothing stood there, and reported once a column.
    #[serde(default)]
    pub missing: Vec<String>,
}

/// How the place of a record is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct PlaceMapping {
    /// Site, host community or flow monitoring point.
    pub kind: Translation,
    /// Questions that hold the place's own id; the first that is answered counts.
    pub ssid: Vec<String>,
    /// What stands in where no id is answered.
    #[serde(default)]
    pub without_ssid: WithoutSsid,
    /// Questions that hold its name; the first that is answered counts.
    #[serde(default)]
    pub name: Vec<String>,
    /// Questions that hold p-codes, the smallest area first; the first known code counts. Where none does, the position
    /// tells the area.
    pub area: Vec<String>,
    /// Where it is.
    #[serde(default)]
    pub position: Option<PositionMapping>,
    /// The kind of site.
    #[serde(default)]
    pub site_type: Option<Translation>,
    /// Questions that hold the first day it held displaced people.
    #[serde(default)]
    pub opened_on: Vec<String>,
    /// Questions that hold the day it closed.
    #[serde(default)]
    pub closed_on: Vec<String>,
}

/// What stands in for a place's id where none is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum WithoutSsid {
    /// Nothing: the record yields no observations.
    #[default]
    Nothing,
    /// The area's code and the place's name.
    AreaAndName,
}

/// Where a position is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PositionMapping {
    /// One question of type geopoint, or text «latitude longitude …».
    One {
        /// The question.
        question: String,
    },
    /// Two columns of degrees.
    Two {
        /// Degrees north.
        lat: String,
        /// Degrees east.
        lon: String,
    },
}

/// The day of assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct DateMapping {
    /// Questions that hold it; the first that is answered counts.
    #[serde(default, rename = "question")]
    pub questions: Vec<String>,
    /// The day that stands in where none is answered, such as the last day of the round.
    #[serde(default)]
    pub otherwise: Option<NaiveDate>,
}

/// How the answers of a question become words of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Translation {
    /// One word for every record; then there is no question.
    #[serde(default)]
    pub always: Option<String>,
    /// Questions; the first that is answered counts.
    #[serde(default, rename = "question")]
    pub questions: Vec<String>,
    /// What is overlooked when words are compared.
    #[serde(default)]
    pub fold: Vec<Fold>,
    /// Our word where the answer is none of `values`; such answers are reported all the same.
    #[serde(default)]
    pub otherwise: Option<String>,
    /// Our word where nothing is answered.
    #[serde(default)]
    pub blank: Option<String>,
    /// Our word for each answer.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// Where the people of a group came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginMapping {
    /// Questions that hold p-codes; the first known code counts.
    #[serde(rename = "question")]
    pub questions: Vec<String>,
    /// The level the origin is kept at.
    #[serde(default = "first_level")]
    pub level: u8,
    /// P-codes of answers that are names.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

fn first_level() -> u8 {
    1
}

impl Default for OriginMapping {
    fn default() -> Self {
        Self { questions: Vec::new(), level: 1, values: BTreeMap::new() }
    }
}

/// Counts that share a reason and an origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct GroupMapping {
    /// The repeat whose turns are counted one by one and added up; none where the record itself holds the counts.
    #[serde(default)]
    pub repeat: Option<String>,
    /// Whether the group is there at all (`yes`, `no`). A count that is answered counts whatever this says.
    #[serde(default)]
    pub present: Option<Translation>,
    /// Reason of displacement, one of [`REASONS`].
    #[serde(default)]
    pub reason: Option<Translation>,
    /// Where most of them came from.
    #[serde(default)]
    pub origin: Option<OriginMapping>,
    /// Direction of a flow: `in`, `out`, `within`.
    #[serde(default)]
    pub direction: Option<Translation>,
    /// The counts. Two counts of the same indicator and breakdown add up.
    pub measures: Vec<MeasureMapping>,
}

/// One count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureMapping {
    /// The indicator's code.
    pub indicator: String,
    /// The question that holds the number.
    pub question: String,
    /// The sex counted, where it is one.
    #[serde(default)]
    pub sex: Option<Sex>,
    /// The ages counted in completed years, where they are some: `0`, `1-5`, `60+`.
    #[serde(default)]
    pub age: Option<String>,
}

/// What a mapping expects of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    Anything,
    Number,
    Date,
    Position,
}

/// One question that a mapping reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked<'a> {
    pub(crate) question: &'a str,
    /// The part of the mapping that reads it, as its keys stand in the file.
    pub(crate) part: String,
    pub(crate) wants: Wants,
    /// The repeat it is looked for in.
    pub(crate) repeat: Option<&'a str>,
}

impl Mapping {
    /// Every question that the mapping reads, in the order of the file.
    pub(crate) fn asked(&self) -> Vec<Asked<'_>> {
        let mut asked = AskedList(Vec::new());
        let place = &self.place;
        asked.add(&place.kind.questions, "place.kind", Wants::Anything, None);
        asked.add(&place.ssid, "place.ssid", Wants::Anything, None);
        asked.add(&place.name, "place.name", Wants::Anything, None);
        asked.add(&place.area, "place.area", Wants::Anything, None);
        match &place.position {
            Some(PositionMapping::One { question }) => {
                asked.add([question], "place.position", Wants::Position, None);
            }
            Some(PositionMapping::Two { lat, lon }) => {
                asked.add([lat, lon], "place.position", Wants::Number, None);
            }
            None => {}
        }
        if let Some(site_type) = &place.site_type {
            asked.add(&site_type.questions, "place.site_type", Wants::Anything, None);
        }
        asked.add(&place.opened_on, "place.opened_on", Wants::Date, None);
        asked.add(&place.closed_on, "place.closed_on", Wants::Date, None);
        asked.add(&self.date.questions, "date.question", Wants::Date, None);
        for (name, group) in &self.groups {
            let repeat = group.repeat.as_deref();
            let words = [("present", &group.present), ("reason", &group.reason), ("direction", &group.direction)];
            for (key, translation) in words {
                if let Some(translation) = translation {
                    let part = format!("group.{name}.{key}");
                    asked.add(&translation.questions, &part, Wants::Anything, repeat);
                }
            }
            if let Some(origin) = &group.origin {
                asked.add(&origin.questions, &format!("group.{name}.origin"), Wants::Anything, repeat);
            }
            let part = format!("group.{name}.measures");
            asked.add(group.measures.iter().map(|measure| &measure.question), &part, Wants::Number, repeat);
        }
        if let Some(source) = &self.source {
            asked.add(&source.id, "source.id", Wants::Anything, None);
            for (key, translation) in source.words() {
                if let Some(translation) = translation {
                    asked.add(&translation.questions, &format!("source.{key}"), Wants::Anything, None);
                }
            }
        }
        if let Some(sample) = &self.sample {
            let questions = sample.cells.iter().map(|cell| &cell.question).chain(&sample.size);
            asked.add(questions, "sample", Wants::Number, Some(&sample.repeat));
        }
        if let Some(households) = &self.households {
            if let Some(group) = &households.group {
                asked.add(&group.questions, "households.group", Wants::Anything, None);
            }
            asked.add(&households.weight, "households.weight", Wants::Number, None);
            let needs = households.needs.iter().map(|need| &need.question);
            asked.add(needs, "households.needs", Wants::Anything, None);
        }
        asked.0
    }
}

impl Mapping {
    /// The questions that feed an indicator, each with its code.
    pub fn measured(&self) -> impl Iterator<Item = (&str, &str)> {
        let measures = self.groups.values().flat_map(|group| &group.measures);
        let counts = measures.map(|measure| (measure.question.as_str(), measure.indicator.as_str()));
        let needs = self.households.iter().flat_map(|households| &households.needs);
        counts.chain(needs.map(|need| (need.question.as_str(), need.indicator.as_str())))
    }

    /// The class of what the mapping reads that is no indicator: the area, the kind of place and the day are as public
    /// as figures are, the place itself stays within the response, and where exactly it is within the organisation.
    pub fn described(&self) -> Vec<(&str, Dissemination)> {
        let place = &self.place;
        let mut classes: Vec<(&str, Dissemination)> = Vec::new();
        for (questions, class) in [
            (&place.area, Dissemination::Public),
            (&place.kind.questions, Dissemination::Public),
            (&self.date.questions, Dissemination::Public),
            (&place.ssid, Dissemination::Confidential),
            (&place.name, Dissemination::Confidential),
        ] {
            classes.extend(questions.iter().map(|question| (question.as_str(), class)));
        }
        if let Some(source) = &self.source {
            classes.extend(source.id.iter().map(|question| (question.as_str(), Dissemination::Restricted)));
            let words = source.words().into_iter().filter_map(|(_, words)| words.as_ref());
            let asked = words.flat_map(|words| &words.questions);
            classes.extend(asked.map(|question| (question.as_str(), Dissemination::Confidential)));
        }
        match &place.position {
            Some(PositionMapping::One { question }) => classes.push((question, Dissemination::Restricted)),
            Some(PositionMapping::Two { lat, lon }) => {
                classes.extend([lat, lon].map(|question| (question.as_str(), Dissemination::Restricted)));
            }
            None => {}
        }
        classes
    }
}

struct AskedList<'a>(Vec<Asked<'a>>);

impl<'a> AskedList<'a> {
    fn add(
        &mut self,
        questions: impl IntoIterator<Item = &'a String>,
        part: &str,
        wants: Wants,
        repeat: Option<&'a str>,
    ) {
        let asked = questions.into_iter().map(|question| Asked { question, part: part.to_owned(), wants, repeat });
        self.0.extend(asked);
    }
}
