//! Records (microdata) as a partner may have them under an agreement.
//!
//! In: columns of typed answers, what each of them means, and a [`RecordPolicy`]. Out: [`ReleasedRecords`]. In order:
//!
//! 1. A field above the partner's clearance refuses the release, and so does one that identifies by itself (names,
//!    telephones, free text, devices, places, positions) unless the agreement names it; such a field has at least the class that its
//!    kind asks for, whatever its question was classed.
//! 2. Areas, days, ages and positions are made as coarse as the policy says, in every row alike.
//! 3. Single answers are taken out until every combination of the keys stands in at least k records
//!    ([`super::anonymity`]). Areas, ages and days are keys always; the officer names the others.
//! 4. Rows get a name of their own, made from a secret of this release alone, and stand in the order of these names: nothing
//!    joins two agreements, the order tells nothing, and whose copy a file is can be told from either.
//!
//! What is not examined: answers that are rare but no key, and that all who share a combination may have given the same
//! answer.

pub mod anonymity;
mod coarsen;

use crate::places::Ladder;
use crate::{Policy, Position, ProtectError};
use anonymity::Keys;
use dtm_model::{BlobHash, Dissemination, Point, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a field tells of whom it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// An answer like others.
    Answer,
    /// The code of an area.
    Area,
    /// Years of age.
    Age,
    /// A name, a telephone, the id of a device: it identifies by itself.
    Identifier,
    /// The name or the id of a place of assessment.
    Place,
    /// Words in somebody's own hand; they may say anything.
    Words,
    /// Where something is.
    Position,
}

impl Meaning {
    /// The lowest class that such a field has.
    fn least_class(self) -> Dissemination {
        match self {
            Meaning::Answer | Meaning::Area | Meaning::Age => Dissemination::Public,
            Meaning::Place => Dissemination::Confidential,
            Meaning::Position => Dissemination::Restricted,
            Meaning::Identifier | Meaning::Words => Dissemination::Secret,
        }
    }

    /// Whether an agreement must name such a field.
    pub fn identifies(self) -> bool {
        !matches!(self, Meaning::Answer | Meaning::Area | Meaning::Age)
    }
}

/// A field of records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordField {
    /// Stable name: ASCII letters, digits and underscores.
    pub name: String,
    /// What was asked.
    pub label: Text,
    /// HXL tag with attributes; empty where there is none.
    #[serde(default)]
    pub hxl: String,
    /// Who may see it.
    pub class: Dissemination,
    /// What it tells.
    pub meaning: Meaning,
}

impl RecordField {
    /// The class that counts: the question's own, and at least what its meaning asks for.
    pub fn effective_class(&self) -> Dissemination {
        self.class.max(self.meaning.least_class())
    }
}

/// One answer that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordChoice {
    /// Its code.
    pub code: String,
    /// What it says.
    pub label: Text,
}

/// The answers to one field, one a record; none where it was not answered, or was taken out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecordColumn {
    /// Words or codes.
    Text {
        /// The answers.
        values: Vec<Option<String>>,
    },
    /// Whole numbers.
    Integer {
        /// The answers.
        values: Vec<Option<i64>>,
    },
    /// Numbers.
    Decimal {
        /// The answers.
        values: Vec<Option<f64>>,
    },
    /// Days.
    Date {
        /// The answers.
        values: Vec<Option<chrono::NaiveDate>>,
    },
    /// One choice of a list, by position.
    Choice {
        /// The list.
        choices: Vec<RecordChoice>,
        /// The answers.
        values: Vec<Option<u32>>,
    },
    /// Several choices of a list, by position.
    Choices {
        /// The list.
        choices: Vec<RecordChoice>,
        /// The answers.
        values: Vec<Option<Vec<u32>>>,
    },
    /// Positions.
    Point {
        /// The answers.
        values: Vec<Option<Point>>,
    },
}

impl RecordColumn {
    /// How many records it has.
    pub fn n_records(&self) -> usize {
        match self {
            RecordColumn::Text { values } => values.len(),
            RecordColumn::Integer { values } => values.len(),
            RecordColumn::Decimal { values } => values.len(),
            RecordColumn::Date { values } => values.len(),
            RecordColumn::Choice { values, .. } => values.len(),
            RecordColumn::Choices { values, .. } => values.len(),
            RecordColumn::Point { values } => values.len(),
        }
    }

    /// The answer of a record as plain text: codes of choices with blanks between, days as ISO 8601; empty where there is none.
    pub fn plain(&self, at: usize) -> String {
        let code = |choices: &[RecordChoice], at: u32| {
            choices.get(at as usize).map_or_else(String::new, |choice| choice.code.clone())
        };
        let said = match self {
            RecordColumn::Text { values } => values[at].clone(),
            RecordColumn::Integer { values } => values[at].map(|number| number.to_string()),
            RecordColumn::Decimal { values } => values[at].map(|number| number.to_string()),
            RecordColumn::Date { values } => values[at].map(|day| day.to_string()),
            RecordColumn::Choice { choices, values } => values[at].map(|at| code(choices, at)),
            RecordColumn::Choices { choices, values } => values[at]
                .as_ref()
                .map(|chosen| chosen.iter().map(|at| code(choices, *at)).collect::<Vec<_>>().join(" ")),
            RecordColumn::Point { values } => values[at].map(|point| format!("{} {}", point.lat, point.lon)),
        };
        said.unwrap_or_default()
    }

    /// The codes of a key: equal answers have equal codes, 0 is none.
    fn codes(&self) -> Vec<u32> {
        if let RecordColumn::Choice { values, .. } = self {
            return values.iter().map(|value| value.map_or(0, |at| at + 1)).collect();
        }
        let said: Vec<String> = (0..self.n_records()).map(|at| self.plain(at)).collect();
        let mut distinct: BTreeMap<&str, u32> =
            said.iter().filter(|s| !s.is_empty()).map(|s| (s.as_str(), 0)).collect();
        for (at, code) in distinct.values_mut().enumerate() {
            *code = at as u32 + 1;
        }
        said.iter().map(|s| distinct.get(s.as_str()).copied().unwrap_or(0)).collect()
    }

    fn take_out(&mut self, at: usize) {
        match self {
            RecordColumn::Text { values } => values[at] = None,
            RecordColumn::Integer { values } => values[at] = None,
            RecordColumn::Decimal { values } => values[at] = None,
            RecordColumn::Date { values } => values[at] = None,
            RecordColumn::Choice { values, .. } => values[at] = None,
            RecordColumn::Choices { values, .. } => values[at] = None,
            RecordColumn::Point { values } => values[at] = None,
        }
    }

    /// The same answers in another order.
    fn ordered(self, order: &[usize]) -> RecordColumn {
        fn put<T: Clone>(values: &[Option<T>], order: &[usize]) -> Vec<Option<T>> {
            order.iter().map(|at| values[*at].clone()).collect()
        }
        match self {
            RecordColumn::Text { values } => RecordColumn::Text { values: put(&values, order) },
            RecordColumn::Integer { values } => RecordColumn::Integer { values: put(&values, order) },
            RecordColumn::Decimal { values } => RecordColumn::Decimal { values: put(&values, order) },
            RecordColumn::Date { values } => RecordColumn::Date { values: put(&values, order) },
            RecordColumn::Choice { choices, values } => RecordColumn::Choice { choices, values: put(&values, order) },
            RecordColumn::Choices { choices, values } => RecordColumn::Choices { choices, values: put(&values, order) },
            RecordColumn::Point { values } => RecordColumn::Point { values: put(&values, order) },
        }
    }
}

/// An area that records may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordArea {
    /// Its code.
    pub code: String,
    /// The code of the area around it.
    pub parent: Option<String>,
    /// Its name.
    pub name: Text,
}

/// The records that are to be released.
#[derive(Clone, PartialEq)]
pub struct RecordsCandidate {
    /// The fields the partner asked for and nobody refused.
    pub fields: Vec<RecordField>,
    /// The answers, a column a field.
    pub columns: Vec<RecordColumn>,
    /// What each record is known by here; never shown.
    pub ids: Vec<String>,
    /// The areas that are known.
    pub areas: Vec<RecordArea>,
    /// Makes the names of the rows. It is used once and kept nowhere.
    pub secret: [u8; 32],
}

impl std::fmt::Debug for RecordsCandidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} records of {} fields", self.ids.len(), self.fields.len())
    }
}

/// How precisely days are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatePrecision {
    /// The day.
    Day,
    /// The month.
    #[default]
    Month,
    /// The year.
    Year,
}

/// The rules for records under one agreement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordPolicy {
    /// The number of the agreement.
    pub agreement: String,
    /// In how many records every combination of keys must stand at least.
    #[serde(default = "five")]
    pub k: u32,
    /// Fields that are keys beside areas, ages and days; what matters most to the partner comes first.
    #[serde(default)]
    pub keys: Vec<String>,
    /// How precisely days are told.
    #[serde(default)]
    pub dates: DatePrecision,
    /// How many years of age stand together; 1 is every year.
    #[serde(default = "five")]
    pub age_years: u32,
    /// Fields that identify and that the agreement speaks of by name.
    #[serde(default)]
    pub identifying: Vec<String>,
}

fn five() -> u32 {
    5
}

/// How far records stand out by their keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exposure {
    /// Records that are alone with their keys.
    pub n_unique: u64,
    /// Records that share their keys with fewer than so many, themselves counted.
    pub n_below: BTreeMap<u32, u64>,
    /// How many would be found by somebody who knows the keys of all and guesses among those who share them.
    pub expected_found: f64,
}

/// What protecting records took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Risk {
    /// Records.
    pub n_records: u64,
    /// The keys, in the order in which they matter.
    pub keys: Vec<String>,
    /// As they are known here, with areas, days and ages made coarser.
    pub before: Exposure,
    /// As they leave.
    pub after: Exposure,
    /// Answers taken out, by field.
    pub suppressed: BTreeMap<String, u64>,
}

/// Records as their recipient may have them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleasedRecords {
    /// The agreement they are for.
    pub agreement: String,
    /// The names of the rows, in their order.
    pub ids: Vec<String>,
    /// The fields.
    pub fields: Vec<RecordField>,
    /// The answers, a column a field.
    pub columns: Vec<RecordColumn>,
    /// What protecting them took.
    pub risk: Risk,
}

/// The numbers of records sharing their keys that a risk report asks after.
const ASKED: [u32; 4] = [2, 3, 5, 10];

fn exposure(keys: &Keys, k: u32) -> Exposure {
    let found = keys.frequencies(None);
    let below = |k: u32| found.iter().filter(|n| **n < f64::from(k)).count() as u64;
    Exposure {
        n_unique: below(2),
        n_below: ASKED.into_iter().chain([k]).map(|k| (k, below(k))).collect(),
        expected_found: found.iter().map(|n| 1.0 / n).sum(),
    }
}

/// Protects records, or says why they cannot leave.
pub(crate) fn protect(
    candidate: RecordsCandidate,
    policy: &Policy,
    country: &dtm_model::Pcode,
) -> Result<ReleasedRecords, ProtectError> {
    let rules = policy.records.as_ref().ok_or(ProtectError::NoAgreement)?;
    let RecordsCandidate { mut fields, mut columns, ids, areas, secret } = candidate;
    let n = ids.len();
    if fields.len() != columns.len() || columns.iter().any(|column| column.n_records() != n) {
        return Err(ProtectError::UnevenRecords);
    }
    for field in &fields {
        let class = field.effective_class();
        if class > policy.highest_class {
            return Err(ProtectError::AboveClearance {
                field: field.name.clone(),
                class,
                clearance: policy.highest_class,
            });
        }
        if field.meaning.identifies() && !rules.identifying.contains(&field.name) {
            return Err(ProtectError::Identifies { field: field.name.clone() });
        }
    }
    if let Some(key) = rules.keys.iter().find(|key| !fields.iter().any(|field| field.name == **key)) {
        return Err(ProtectError::UnknownKey { key: key.clone() });
    }
    if (n as u64) < u64::from(rules.k) {
        return Err(ProtectError::TooFewRecords { n: n as u64, k: rules.k });
    }
    let ladder = Ladder::of_areas(&areas, country);
    let is_day: Vec<bool> = columns.iter().map(|column| matches!(column, RecordColumn::Date { .. })).collect();
    if policy.places.position == Position::Withheld
        && let Some(field) = fields.iter().find(|field| field.meaning == Meaning::Position)
    {
        return Err(ProtectError::Identifies { field: field.name.clone() });
    }
    for (field, column) in fields.iter().zip(&mut columns) {
        coarsen::coarsen(field, column, policy, rules, (&ladder, &areas));
    }
    let is_key = |at: &usize| {
        let field = &fields[*at];
        is_day[*at] || matches!(field.meaning, Meaning::Area | Meaning::Age) || rules.keys.contains(&field.name)
    };
    let mut keys: Vec<usize> = (0..fields.len()).filter(is_key).collect();
    keys.sort_by_key(|at| rules.keys.iter().position(|key| *key == fields[*at].name).unwrap_or(usize::MAX));
    let codes: Vec<Vec<u32>> = keys.iter().map(|at| columns[*at].codes()).collect();
    let mut risk =
        Risk { n_records: n as u64, keys: keys.iter().map(|at| fields[*at].name.clone()).collect(), ..Risk::default() };
    if !keys.is_empty() {
        let before = Keys::new(&codes).map_err(|_| ProtectError::TooManyKeys)?;
        let after = before.suppress(rules.k);
        risk.before = exposure(&before, rules.k);
        risk.after = exposure(&after, rules.k);
        for (key, field) in keys.iter().enumerate() {
            for record in (0..n).filter(|record| codes[key][*record] != 0 && after.code(*record, key) == 0) {
                columns[*field].take_out(record);
                *risk.suppressed.entry(fields[*field].name.clone()).or_default() += 1;
            }
        }
    }
    let mut order: Vec<(String, usize)> =
        ids.iter().enumerate().map(|(at, id)| (row_name(&secret, &rules.agreement, id), at)).collect();
    order.sort();
    let (ids, order): (Vec<String>, Vec<usize>) = order.into_iter().unzip();
    let columns = columns.into_iter().map(|column| column.ordered(&order)).collect();
    for field in &mut fields {
        field.class = field.effective_class();
    }
    Ok(ReleasedRecords { agreement: rules.agreement.clone(), ids, fields, columns, risk })
}

/// The name of a row: nobody without the secret can say which record it is.
fn row_name(secret: &[u8; 32], agreement: &str, id: &str) -> String {
    let mut text = secret.to_vec();
    text.extend(agreement.as_bytes());
    text.push(0);
    text.extend(id.as_bytes());
    format!("r{}", &BlobHash::of(&text).as_str()[..16])
}
