//! Recorded answers of the public DTM API become past rounds.
//!
//! In go answers of the v3 displacement endpoints for the levels 0, 1 and 2; out come past rounds with their tables, in
//! the shape in which a round of ours is released, so that they are served back equal, field by field. Rules:
//!
//! - One answer holds many rounds, and one round of an operation can have been assessed in two ways, or reported for
//!   two dates: operation × round × assessment × date make a past round of their own.
//! - The API's rows are the rows of the table `displacement`; the levels are taken as published, not added up again,
//!   and where they disagree a finding says so. Margins are sums of the rows.
//! - Reasons in the API's own words become our codes; any other words («conflit», «Conflict; Insecurity») pass through
//!   unchanged, since the serving side prints what it has no word for. The word «Not available» is our `unknown`.
//! - The country's own rows carry ISO3 while the areas below carry shorter codes (`HTI`, but `HT01`): the table speaks
//!   of the gazetteer's code, and [`PastRound::iso3`] keeps the published one.

use crate::checks::Words;
use crate::codes::{IDP_HH, IDP_IND, NOT_REPORTED, UNKNOWN};
use crate::tables::{measure, table};
use chrono::NaiveDate;
use dtm_model::{AssessmentType, Cell, Dim, FigureTable, Lang, Pcode, TOTAL, TableRow, Unit};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Why an answer could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ApiImportError {
    /// It is not JSON, or not the envelope of the API.
    #[error("not an answer of the DTM API")]
    NotAnAnswer(#[source] serde_json::Error),
    /// The API itself reports a failure.
    #[error("the answer reports a failure: {message}")]
    Failure {
        /// What it says.
        message: String,
    },
    /// A row lacks a field or has one of another type.
    #[error("row {row} of the answer cannot be read")]
    Row {
        /// The row, from 1.
        row: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A row of this level does not name its area, or gives a date that is none.
    #[error("row {row} of the answer has no usable `{field}`")]
    Field {
        /// The row, from 1.
        row: usize,
        /// The field.
        field: &'static str,
    },
}

impl ApiImportError {
    /// Says what is wrong, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let words = match self {
            Self::NotAnAnswer(_) => {
                Words { en: "This is not an answer of the DTM API", fr: "Ce n’est pas une réponse de l’API DTM" }
            }
            Self::Failure { .. } => Words { en: "The answer reports a failure", fr: "La réponse signale un échec" },
            Self::Row { .. } => Words { en: "Row {row} cannot be read", fr: "La ligne {row} ne peut pas être lue" },
            Self::Field { .. } => {
                Words { en: "Row {row} has no usable {field}", fr: "La ligne {row} n’a pas de {field} utilisable" }
            }
        };
        let said = words.get(lang);
        match self {
            Self::NotAnAnswer(_) => said.to_owned(),
            Self::Failure { message } => format!("{said}: {message}"),
            Self::Row { row, source } => format!("{}: {source}", said.replace("{row}", &row.to_string())),
            Self::Field { row, field } => said.replace("{row}", &row.to_string()).replace("{field}", field),
        }
    }
}

/// One row of the API, as published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiRow {
    /// The API's own id; absent at level 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Name of the operation.
    pub operation: String,
    /// Name of the country.
    pub admin0_name: String,
    /// ISO3 of the country.
    pub admin0_pcode: String,
    /// Name of the area of level 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin1_name: Option<String>,
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin1_pcode: Option<String>,
    /// Name of the area of level 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin2_name: Option<String>,
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin2_pcode: Option<String>,
    /// Internally displaced persons present.
    pub num_present_idp_ind: i64,
    /// The day reported for, `YYYY-MM-DDT00:00:00`.
    pub reporting_date: String,
    /// Round number.
    pub round_number: i64,
    /// Reason, in the API's words.
    pub displacement_reason: String,
    /// Males; none where not known.
    pub number_males: Option<i64>,
    /// Females; none where not known.
    pub number_females: Option<i64>,
    /// Name of the area of origin, or «Not available».
    pub idp_origin_admin1_name: String,
    /// Its code, or «Not available».
    pub idp_origin_admin1_pcode: String,
    /// `BA`, `SA` or `ETT`.
    pub assessment_type: AssessmentType,
    /// The level of the answer it comes from.
    #[serde(skip)]
    pub level: u8,
}

impl ApiRow {
    /// The area of the row's level, its name and code as published.
    fn area(&self) -> Option<(&str, &str)> {
        let (name, code) = match self.level {
            0 => (Some(&self.admin0_name), Some(&self.admin0_pcode)),
            1 => (self.admin1_name.as_ref(), self.admin1_pcode.as_ref()),
            _ => (self.admin2_name.as_ref(), self.admin2_pcode.as_ref()),
        };
        Some((name?.as_str(), code?.as_str()))
    }

    fn reported_on(&self) -> Option<NaiveDate> {
        self.reporting_date.get(..10)?.parse().ok()
    }
}

/// What the API prints where it does not know the origin.
pub const NOT_AVAILABLE: &str = "Not available";

/// The API's words for reasons, each with our code.
pub const API_REASONS: [(&str, &str); 5] = [
    ("Conflict", "conflict"),
    ("Insecurity", "insecurity"),
    ("Natural disaster", "natural_disaster"),
    ("Other reason", "other"),
    ("No reason for displacement reported", NOT_REPORTED),
];

/// Reads one answer of `/v3/displacement/admin{level}`.
pub fn read(answer: &[u8], level: u8) -> Result<Vec<ApiRow>, ApiImportError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Envelope {
        #[serde(default)]
        result: Option<Vec<serde_json::Value>>,
        #[serde(default)]
        is_success: Option<bool>,
        #[serde(default)]
        error_messages: Option<Vec<String>>,
    }
    let envelope: Envelope = serde_json::from_slice(answer).map_err(ApiImportError::NotAnAnswer)?;
    let rows = match (envelope.is_success, envelope.result) {
        (Some(true), Some(rows)) => rows,
        (_, _) => {
            let message = envelope.error_messages.unwrap_or_default().join("; ");
            return Err(ApiImportError::Failure { message });
        }
    };
    let mut read = Vec::with_capacity(rows.len());
    for (row, value) in (1..).zip(rows) {
        let mut parsed: ApiRow = serde_json::from_value(value).map_err(|source| ApiImportError::Row { row, source })?;
        parsed.level = level;
        if parsed.area().is_none() || (level == 2 && parsed.admin1_pcode.is_none()) {
            let field = if level == 1 { "admin1Pcode" } else { "admin2Pcode" };
            return Err(ApiImportError::Field { row, field });
        }
        if parsed.reported_on().is_none() {
            return Err(ApiImportError::Field { row, field: "reportingDate" });
        }
        read.push(parsed);
    }
    Ok(read)
}

/// A round that was published before, as the API tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct PastRound {
    /// Name of the operation.
    pub operation: String,
    /// How it was assessed.
    pub assessment: AssessmentType,
    /// Round number.
    pub round: i64,
    /// The day it was reported for.
    pub reported_on: NaiveDate,
    /// Name of the country.
    pub country: String,
    /// ISO3 of the country, which the API prints for level 0.
    pub iso3: String,
    /// The country's code in the gazetteer, which the tables use.
    pub admin0: Pcode,
    /// `areas` (displaced persons only) and `displacement`.
    pub tables: Vec<FigureTable>,
    /// The API's id of each row of `displacement`, by key.
    pub api_ids: BTreeMap<Vec<String>, i64>,
    /// Names of areas as published, by code.
    pub names: BTreeMap<Pcode, String>,
    /// What was odd in the rows.
    pub oddities: Vec<Oddity>,
}

impl PastRound {
    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&FigureTable> {
        self.tables.iter().find(|table| table.name == name)
    }
}

/// Something odd in published rows. They are kept as published all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Two rows have the same area, reason and origin; their people were added.
    RowRepeats {
        /// The key.
        key: Vec<String>,
    },
    /// The levels do not add up to the same number of people.
    LevelsDisagree {
        /// People by level, for the levels that have rows.
        people: BTreeMap<u8, i64>,
    },
    /// One code is published under two names; the first is kept.
    TwoNames {
        /// The code.
        code: String,
        /// The name kept.
        kept: String,
        /// The other name.
        other: String,
    },
    /// A reason is published in words that are the same as a code of ours («conflict»): it is served in the API's own.
    ReasonRespelled {
        /// The words published.
        published: String,
        /// The words served.
        served: String,
    },
}

impl Oddity {
    /// Says what is odd, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::RowRepeats { key }, Lang::En) => format!("Two rows for {}; added up", key.join(", ")),
            (Self::RowRepeats { key }, Lang::Fr) => format!("Deux lignes pour {} ; additionnées", key.join(", ")),
            (Self::LevelsDisagree { people }, lang) => {
                let sums: Vec<String> = people.iter().map(|(level, people)| format!("{level}: {people}")).collect();
                let words =
                    Words { en: "The levels have different totals", fr: "Les niveaux ont des totaux différents" };
                format!("{} ({})", words.get(lang), sums.join(", "))
            }
            (Self::TwoNames { code, kept, other }, Lang::En) => format!("{code} is named {kept} and {other}"),
            (Self::TwoNames { code, kept, other }, Lang::Fr) => format!("{code} s’appelle {kept} et {other}"),
            (Self::ReasonRespelled { published, served }, Lang::En) => format!("«{published}» is served as «{served}»"),
            (Self::ReasonRespelled { published, served }, Lang::Fr) => {
                format!("« {published} » est servi comme « {served} »")
            }
        }
    }
}

/// Makes past rounds of the rows of the three levels, in order of operation, date, round and assessment.
pub fn to_past_rounds(admin0: &[ApiRow], admin1: &[ApiRow], admin2: &[ApiRow]) -> Vec<PastRound> {
    let codes = country_codes(admin1.iter().chain(admin2));
    let mut rounds: BTreeMap<(&str, &str, NaiveDate, i64, AssessmentType), Vec<&ApiRow>> = BTreeMap::new();
    for row in admin0.iter().chain(admin1).chain(admin2) {
        let Some(reported_on) = row.reported_on() else { continue };
        let key =
            (row.admin0_pcode.as_str(), row.operation.as_str(), reported_on, row.round_number, row.assessment_type);
        rounds.entry(key).or_default().push(row);
    }
    rounds
        .into_iter()
        .map(|((iso3, operation, reported_on, round, assessment), rows)| {
            let admin0 = codes.get(iso3).map_or_else(|| Pcode::from(iso3), |code| Pcode((*code).to_owned()));
            let mut past = PastRound {
                operation: operation.to_owned(),
                assessment,
                round,
                reported_on,
                country: rows.first().map(|row| row.admin0_name.clone()).unwrap_or_default(),
                iso3: iso3.to_owned(),
                admin0,
                tables: Vec::new(),
                api_ids: BTreeMap::new(),
                names: BTreeMap::new(),
                oddities: Vec::new(),
            };
            past.fill(&rows);
            past
        })
        .collect()
}

/// The letters that all codes of a country's areas begin with, by ISO3.
fn country_codes<'r>(rows: impl Iterator<Item = &'r ApiRow>) -> HashMap<&'r str, &'r str> {
    let mut codes: HashMap<&str, &str> = HashMap::new();
    for row in rows {
        let Some(code) = row.admin1_pcode.as_deref() else { continue };
        let letters = &code[..code.bytes().take_while(u8::is_ascii_alphabetic).count()];
        codes
            .entry(&row.admin0_pcode)
            .and_modify(|known| {
                let same = known.bytes().zip(letters.bytes()).take_while(|(a, b)| a == b).count();
                *known = &known[..same];
            })
            .or_insert(letters);
    }
    codes.retain(|_, code| !code.is_empty());
    codes
}

impl PastRound {
    fn fill(&mut self, rows: &[&ApiRow]) {
        let mut cells: BTreeMap<Vec<String>, Detail> = BTreeMap::new();
        let mut parents = BTreeMap::new();
        let mut people: BTreeMap<u8, i64> = BTreeMap::new();
        for row in rows {
            let Some((name, code)) = row.area() else { continue };
            let code = if row.level == 0 { self.admin0.to_string() } else { code.to_owned() };
            self.name(&code, name);
            match (row.level, &row.admin1_name, &row.admin1_pcode) {
                (2, Some(above), Some(parent)) => {
                    self.name(parent, above);
                    parents.insert(code.clone(), parent.clone());
                    parents.insert(parent.clone(), self.admin0.to_string());
                }
                (1, _, _) => {
                    parents.insert(code.clone(), self.admin0.to_string());
                }
                _ => {}
            }
            let origin = match row.idp_origin_admin1_pcode.as_str() {
                NOT_AVAILABLE => UNKNOWN.to_owned(),
                origin => {
                    self.name(origin, &row.idp_origin_admin1_name);
                    origin.to_owned()
                }
            };
            if let Some((served, _)) = API_REASONS.iter().find(|(_, code)| *code == row.displacement_reason) {
                let (published, served) = (row.displacement_reason.clone(), (*served).to_owned());
                self.notice(Oddity::ReasonRespelled { published, served });
            }
            *people.entry(row.level).or_default() += row.num_present_idp_ind;
            let key = vec![code, reason_key(&row.displacement_reason).to_owned(), origin];
            if let Some(id) = row.id {
                self.api_ids.entry(key.clone()).or_insert(id);
            }
            let cell = cells.entry(key.clone()).or_default();
            cell.add(row);
            if cell.n_rows > 1 {
                self.oddities.push(Oddity::RowRepeats { key });
            }
        }
        if people.values().any(|sum| Some(sum) != people.values().next()) {
            self.oddities.push(Oddity::LevelsDisagree { people });
        }
        self.tables = tables_of(cells, parents);
    }

    fn name(&mut self, code: &str, name: &str) {
        let kept = self.names.entry(Pcode::from(code)).or_insert_with(|| name.to_owned());
        if kept != name {
            let oddity = Oddity::TwoNames { code: code.to_owned(), kept: kept.clone(), other: name.to_owned() };
            self.notice(oddity);
        }
    }

    fn notice(&mut self, oddity: Oddity) {
        if !self.oddities.contains(&oddity) {
            self.oddities.push(oddity);
        }
    }
}

/// Our code for a reason in the API's words; other words unchanged.
fn reason_key(words: &str) -> &str {
    API_REASONS.iter().find(|(known, _)| *known == words).map_or(words, |(_, code)| code)
}

/// The numbers of one row, or the sums of a margin.
#[derive(Clone, Copy, Default)]
struct Detail {
    n_rows: u32,
    people: i64,
    /// None where one of the rows does not know them.
    males: Option<i64>,
    females: Option<i64>,
}

impl Detail {
    fn add(&mut self, row: &ApiRow) {
        self.join(&Detail {
            n_rows: 1,
            people: row.num_present_idp_ind,
            males: row.number_males,
            females: row.number_females,
        });
    }

    fn join(&mut self, other: &Detail) {
        let sum = |sum: Option<i64>, value: Option<i64>| match self.n_rows {
            0 => value,
            _ => sum.zip(value).map(|(sum, value)| sum + value),
        };
        (self.males, self.females) = (sum(self.males, other.males), sum(self.females, other.females));
        self.people += other.people;
        self.n_rows += other.n_rows;
    }
}

fn tables_of(rows: BTreeMap<Vec<String>, Detail>, parents: BTreeMap<String, String>) -> Vec<FigureTable> {
    let mut all = rows.clone();
    let mut areas: BTreeMap<String, i64> = BTreeMap::new();
    for (key, detail) in &rows {
        let [area, reason, origin] = [&key[0], &key[1], &key[2]];
        *areas.entry(area.clone()).or_default() += detail.people;
        for (reason, origin) in [(reason.as_str(), TOTAL), (TOTAL, origin.as_str()), (TOTAL, TOTAL)] {
            let margin = vec![area.clone(), reason.to_owned(), origin.to_owned()];
            all.entry(margin).or_default().join(detail);
        }
    }
    // What a place contributed is not published, so the cells know of no places.
    let cell = |value: Option<i64>| Cell { value, ..Cell::default() };
    let displacement = all.into_iter().map(|(key, detail)| TableRow {
        key,
        cells: vec![cell(Some(detail.people)), cell(None), cell(detail.males), cell(detail.females)],
    });
    let areas = areas.into_iter().map(|(area, people)| TableRow { key: vec![area], cells: vec![cell(Some(people))] });
    let people = || measure("idp_ind", IDP_IND, Unit::Persons, None);
    let of_sex = |name| measure(name, IDP_IND, Unit::Persons, Some("idp_ind"));
    let households = measure("idp_hh", IDP_HH, Unit::Households, None);
    vec![
        table("areas", vec![Dim::Area], vec![people()], parents.clone(), areas.collect()),
        table(
            "displacement",
            vec![Dim::Area, Dim::Reason, Dim::Origin],
            vec![people(), households, of_sex("males"), of_sex("females")],
            parents,
            displacement.collect(),
        ),
    ]
}

#[cfg(test)]
mod tests;
