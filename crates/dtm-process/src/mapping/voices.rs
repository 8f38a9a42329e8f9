//! Who speaks through a record, and the households it sampled.
//!
//! A mapping may name the questions that tell the kind of source, the informant's role, how near they live and what the
//! number rests on; then every record is a source of its own for verification. It may name the repeat of a demographic
//! sample sheet: one turn a household, one question for each cell of sex and age. No name of a person is ever read.

use super::apply::scope::{Reader, Scope};
use super::{Mapping, Translation};
use crate::verification::{
    Basis, Informant, Proximity, Reliability, SampledHousehold, SampledSheet, SexAgeCell, SourceKind, Speaker,
};
use dtm_model::{RecordId, Sex, Ssid};
use serde::{Deserialize, Serialize};

/// Which questions tell who speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct SourceMapping {
    /// Questions that hold DTM's own id of the informant, never a name; the first that is answered counts.
    #[serde(default)]
    pub id: Vec<String>,
    /// The kind of source, a code of [`SourceKind`].
    #[serde(default)]
    pub kind: Option<Translation>,
    /// The informant's role.
    #[serde(default)]
    pub role: Option<Translation>,
    /// How near they live, a code of [`Proximity`].
    #[serde(default)]
    pub proximity: Option<Translation>,
    /// What the number rests on, a code of [`Basis`].
    #[serde(default)]
    pub basis: Option<Translation>,
    /// How reliable the interviewer found it, a code of [`Reliability`].
    #[serde(default)]
    pub reliability: Option<Translation>,
}

impl SourceMapping {
    /// Its translations by the keys of the file.
    pub fn words(&self) -> [(&'static str, &Option<Translation>); 5] {
        [
            ("kind", &self.kind),
            ("role", &self.role),
            ("proximity", &self.proximity),
            ("basis", &self.basis),
            ("reliability", &self.reliability),
        ]
    }

    /// What translates this about who speaks; none for their id, which is no word of ours.
    pub(super) fn slot(&mut self, key: &str) -> Option<&mut Option<Translation>> {
        match key {
            "kind" => Some(&mut self.kind),
            "role" => Some(&mut self.role),
            "proximity" => Some(&mut self.proximity),
            "basis" => Some(&mut self.basis),
            "reliability" => Some(&mut self.reliability),
            _ => None,
        }
    }
}

/// Where the demographic sample sheet is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct SampleMapping {
    /// The repeat with one turn a household.
    pub repeat: String,
    /// The question that holds how many persons the household has, to be held against its cells.
    #[serde(default)]
    pub size: Option<String>,
    /// The cells.
    pub cells: Vec<CellMapping>,
}

/// One cell of a sample sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellMapping {
    /// The question that holds how many members of the household are in it.
    pub question: String,
    /// Their sex.
    pub sex: Sex,
    /// Their ages in completed years.
    pub age: String,
}

/// The most households that are read of one sheet, and the most members of a cell: more is a slip of the pen.
const MOST_HOUSEHOLDS: usize = 10_000;
const MOST_MEMBERS: f64 = 1_000.0;

/// Who speaks through a record; none where the mapping does not say how that is known.
pub(super) fn speaker(mapping: &Mapping, reader: &mut Reader<'_>, scope: Scope<'_>) -> Option<Speaker> {
    let source = mapping.source.as_ref()?;
    let mut word = |words: &Option<Translation>| words.as_ref().and_then(|words| reader.translate(words, scope));
    let (kind, role) = (word(&source.kind), word(&source.role));
    let (proximity, basis) = (word(&source.proximity), word(&source.basis));
    let reliability = word(&source.reliability);
    let id = reader.first_text(&source.id, scope).map(|(_, id)| id);
    let speaker = Speaker {
        kind: kind.as_deref().and_then(SourceKind::from_code),
        informant: Informant {
            id,
            role,
            proximity: proximity.as_deref().and_then(Proximity::from_code),
            basis: basis.as_deref().and_then(Basis::from_code),
            reliability: reliability.as_deref().and_then(Reliability::from_code),
            ..Informant::default()
        },
    };
    speaker.is_known().then_some(speaker)
}

/// The sample sheet of a record; none where no household was sampled.
pub(super) fn sample(
    mapping: &Mapping,
    reader: &mut Reader<'_>,
    scope: Scope<'_>,
    (record, place): (&RecordId, &Ssid),
) -> Option<SampledSheet> {
    let sample = mapping.sample.as_ref()?;
    let mut sheet = SampledSheet { record: record.clone(), place: place.clone(), households: Vec::new(), n_off: 0 };
    for turn in scope.turns(Some(&sample.repeat)).into_iter().take(MOST_HOUSEHOLDS) {
        let mut household = SampledHousehold::default();
        for cell in &sample.cells {
            let counted = reader.number(&cell.question, turn).filter(|n| (1.0..=MOST_MEMBERS).contains(n));
            if let Some(n) = counted {
                let key = SexAgeCell { sex: cell.sex, age: cell.age.clone() };
                *household.members.entry(key).or_default() += n.round() as u32;
            }
        }
        let members: u32 = household.members.values().sum();
        let size = sample.size.as_ref().and_then(|question| reader.number(question, turn));
        if members == 0 && size.is_none() {
            continue;
        }
        sheet.n_off += u32::from(size.is_some_and(|size| size.round() != f64::from(members)));
        sheet.households.push(household);
    }
    (!sheet.households.is_empty()).then_some(sheet)
}
