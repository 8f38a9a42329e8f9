//! The rows and answers of the public DTM API, version 3 and version 2.
//!
//! In: releases, the atlas, the parameters of a call. Out: what the clients of that API read: rows in its order of
//! fields and in its words, inside its envelope. The rows are those of table `displacement` without its margins, so a
//! total is the sum of rows; a row whose number is hidden is left out. Men and women add up to the total or are both
//! left open, except in rows that were public before and are served as they were.

use chrono::{Datelike, NaiveDate};
use dtm_model::{Atlas, BlobHash, Lang, Pcode, TOTAL};
use dtm_protect::{Heading, Release, ReleasedCell, ReleasedRow, Value};
use serde::Serialize;
use std::collections::BTreeMap;

/// What the API prints where an origin is not known.
const NOT_AVAILABLE: &str = "Not available";

/// The version of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Without reason, sex and origin.
    V2,
    /// With all fields.
    V3,
}

/// An area as the API names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    pcode: String,
    name: String,
}

/// One row of the API, whatever the version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    id: i64,
    operation: String,
    admin0: Named,
    admin1: Option<Named>,
    admin2: Option<Named>,
    num_present_idp_ind: i64,
    reported_on: NaiveDate,
    round: i64,
    reason: String,
    males: Option<i64>,
    females: Option<i64>,
    origin: Named,
    assessment: &'static str,
}

/// A row in the order and under the names of the API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    operation: &'a str,
    admin0_name: &'a str,
    admin0_pcode: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin1_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin1_pcode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin2_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin2_pcode: Option<&'a str>,
    num_present_idp_ind: i64,
    reporting_date: String,
    year_reporting_date: i32,
    month_reporting_date: u32,
    round_number: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    displacement_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_males: Option<Option<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_females: Option<Option<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idp_origin_admin1_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idp_origin_admin1_pcode: Option<&'a str>,
    assessment_type: &'a str,
}

impl Row {
    /// 0 for the country, 1 and 2 for the levels below.
    pub fn level(&self) -> u8 {
        u8::from(self.admin1.is_some()) + u8::from(self.admin2.is_some())
    }

    /// The row as this version of the API writes it. Version 3 gives the country's rows no id, version 2 does.
    pub fn json(&self, version: Version) -> serde_json::Value {
        let v3 = version == Version::V3;
        let fields = Fields {
            id: (!v3 || self.level() > 0).then_some(self.id),
            operation: &self.operation,
            admin0_name: &self.admin0.name,
            admin0_pcode: &self.admin0.pcode,
            admin1_name: self.admin1.as_ref().map(|area| area.name.as_str()),
            admin1_pcode: self.admin1.as_ref().map(|area| area.pcode.as_str()),
            admin2_name: self.admin2.as_ref().map(|area| area.name.as_str()),
            admin2_pcode: self.admin2.as_ref().map(|area| area.pcode.as_str()),
            num_present_idp_ind: self.num_present_idp_ind,
            reporting_date: self.reporting_date(),
            year_reporting_date: self.reported_on.year(),
            month_reporting_date: self.reported_on.month(),
            round_number: self.round,
            displacement_reason: v3.then_some(&self.reason),
            number_males: v3.then_some(self.males),
            number_females: v3.then_some(self.females),
            idp_origin_admin1_name: v3.then_some(&self.origin.name),
            idp_origin_admin1_pcode: v3.then_some(&self.origin.pcode),
            assessment_type: self.assessment,
        };
        serde_json::to_value(fields).expect("a row is made of strings and numbers")
    }

    /// The country's code.
    pub(crate) fn country(&self) -> &str {
        &self.admin0.pcode
    }

    /// The operation.
    pub(crate) fn operation(&self) -> &str {
        &self.operation
    }

    /// Code and name of the areas of the first and the second level, where the row has them.
    pub(crate) fn areas(&self) -> [Option<(&str, &str)>; 2] {
        [&self.admin1, &self.admin2].map(|area| area.as_ref().map(|area| (area.pcode.as_str(), area.name.as_str())))
    }

    /// The round as a number.
    pub(crate) fn round(&self) -> i64 {
        self.round
    }

    /// Persons present.
    pub(crate) fn people(&self) -> i64 {
        self.num_present_idp_ind
    }

    /// The code of the assessment.
    pub(crate) fn assessment(&self) -> &'static str {
        self.assessment
    }

    /// The date the row is reported for.
    pub(crate) fn reported_on(&self) -> NaiveDate {
        self.reported_on
    }

    fn reporting_date(&self) -> String {
        format!("{}T00:00:00", self.reported_on)
    }

    /// The cells of the row in the order of HDX's file, without the status of the operation.
    pub(crate) fn cells(&self) -> [Field; 20] {
        use Field::{Count, Nothing, Word};
        let word = |text: &str| Word(text.to_owned());
        let name = |area: &Option<Named>| area.as_ref().map_or(Nothing, |area| word(&area.name));
        let code = |area: &Option<Named>| area.as_ref().map_or(Nothing, |area| word(&area.pcode));
        let count = |number: Option<i64>| number.map_or(Nothing, Count);
        [
            if self.level() > 0 { Count(self.id) } else { Nothing },
            word(&self.operation),
            word(&self.admin0.name),
            word(&self.admin0.pcode),
            name(&self.admin1),
            code(&self.admin1),
            name(&self.admin2),
            code(&self.admin2),
            Count(i64::from(self.level())),
            Count(self.num_present_idp_ind),
            Word(self.reporting_date()),
            Count(i64::from(self.reported_on.year())),
            Count(i64::from(self.reported_on.month())),
            Count(self.round),
            word(&self.reason),
            count(self.males),
            count(self.females),
            word(&self.origin.name),
            word(&self.origin.pcode),
            word(self.assessment),
        ]
    }

    fn order(&self) -> impl Ord + use<> {
        let areas = (self.admin0.clone(), self.admin1.clone(), self.admin2.clone());
        let rest = (self.reason.clone(), self.origin.clone(), self.id);
        (self.reported_on, self.operation.clone(), self.round, self.assessment, areas, rest)
    }
}

/// A cell of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Word(String),
    Count(i64),
    Nothing,
}

/// The rows of one level of areas in this release.
pub fn rows(release: &Release, atlas: &Atlas, level: u8) -> Vec<Row> {
    let Some(table) = release.table("displacement") else { return Vec::new() };
    let Some(persons) = table.measure("idp_ind") else { return Vec::new() };
    let sexes = [table.measure("males"), table.measure("females")];
    let heading = release.heading();
    let country = Named { pcode: heading.iso3.clone(), name: country_name(heading, atlas) };
    let mut rows = Vec::new();
    for row in table.detail() {
        let (Some(total), [area, reason, origin]) = (row.cells[persons].value.number(), row.key.as_slice()) else {
            continue;
        };
        let Some([admin1, admin2]) = areas(area, level, heading, atlas) else { continue };
        let counts = sexes.map(|at| at.and_then(|at| row.cells.get(at)).and_then(shown));
        let balanced = matches!(counts, [Some(males), Some(females)] if males + females == total);
        let [males, females] = if balanced || release.already_public().is_some() { counts } else { [None, None] };
        rows.push(Row {
            id: row.api_id.unwrap_or_else(|| id_of(release, row)),
            operation: heading.operation_name.get(Lang::En).to_owned(),
            admin0: country.clone(),
            admin1,
            admin2,
            num_present_idp_ind: total,
            reported_on: heading.reported_on,
            round: heading.round.number(),
            reason: reason_word(reason).to_owned(),
            males,
            females,
            origin: origin_of(origin, atlas),
            assessment: heading.assessment.code(),
        });
    }
    rows.sort_by_cached_key(Row::order);
    rows
}

fn shown(cell: &ReleasedCell) -> Option<i64> {
    match cell.value {
        Value::Number(number) => Some(number),
        Value::Nothing | Value::Hidden(_) => None,
    }
}

fn country_name(heading: &Heading, atlas: &Atlas) -> String {
    let published = atlas.area(&heading.admin0).and_then(|area| area.aliases.get("dtm-api"));
    published.map_or_else(|| heading.country.get(Lang::En).to_owned(), Clone::clone)
}

/// The first- and second-level area of a row, if the row is of this level.
fn areas(area: &str, level: u8, heading: &Heading, atlas: &Atlas) -> Option<[Option<Named>; 2]> {
    if area == heading.admin0.as_str() {
        return (level == 0).then_some([None, None]);
    }
    let pcode = Pcode::from(area);
    if atlas.area(&pcode)?.level != level {
        return None;
    }
    let at = |above: u8| (above <= level).then(|| atlas.ancestor(&pcode, above).map(|area| named(&area.pcode, atlas)));
    match [at(1), at(2)] {
        // Without the area around it the row would have a hole.
        [Some(None), _] | [_, Some(None)] => None,
        [first, second] => Some([first.flatten(), second.flatten()]),
    }
}

/// The area under the spelling the API has always had for it.
fn named(pcode: &Pcode, atlas: &Atlas) -> Named {
    let name = atlas.area(pcode).map(|area| match area.aliases.get("dtm-api") {
        Some(published) => published.as_str(),
        None => area.name.get(Lang::En),
    });
    Named { pcode: pcode.0.clone(), name: name.unwrap_or(pcode.as_str()).to_owned() }
}

fn origin_of(origin: &str, atlas: &Atlas) -> Named {
    match origin {
        "unknown" | TOTAL | "" => Named { pcode: NOT_AVAILABLE.to_owned(), name: NOT_AVAILABLE.to_owned() },
        code => named(&Pcode::from(code), atlas),
    }
}

/// The API's word for a reason; a word we do not know is the API's own already.
fn reason_word(reason: &str) -> &str {
    match reason {
        "conflict" => "Conflict",
        "insecurity" => "Insecurity",
        "natural_disaster" => "Natural disaster",
        "other" => "Other reason",
        "not_reported" => "No reason for displacement reported",
        known => known,
    }
}

/// An id that stays the same as long as the row is about the same: 31 bits of the hash of its key.
fn id_of(release: &Release, row: &ReleasedRow) -> i64 {
    let heading = release.heading();
    let mut parts = vec![heading.operation.as_str(), heading.exercise.as_str(), heading.round.as_str()];
    parts.extend(row.key.iter().map(String::as_str));
    let hash = BlobHash::of(parts.join("\u{1f}").as_bytes());
    let bits = hash
        .as_str()
        .bytes()
        .take(8)
        .fold(0, |bits, digit| bits * 16 + i64::from(char::from(digit).to_digit(16).unwrap_or(0)));
    (bits & 0x7fff_ffff).max(1)
}

/// What a call asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    operation: Option<String>,
    country: Option<String>,
    admin0_pcode: Option<String>,
    admin1_name: Option<String>,
    admin1_pcode: Option<String>,
    admin2_name: Option<String>,
    admin2_pcode: Option<String>,
    from_date: Option<NaiveDate>,
    to_date: Option<NaiveDate>,
    from_round: Option<i64>,
    to_round: Option<i64>,
}

/// Why a call cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiProblem {
    /// Neither operation nor country is given.
    #[error("one of Operation, CountryName, Admin0Pcode is required")]
    NoPlace,
    /// A date is not one.
    #[error("{parameter} must be a date in the form YYYY-MM-DD, not `{value}`")]
    Date {
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: String,
    },
    /// A round number is not one.
    #[error("{parameter} must be a whole number, 0 or larger, not `{value}`")]
    Number {
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: String,
    },
    /// The end comes before the start.
    #[error("{from} must not be after {to}")]
    Range {
        /// The parameter that starts the range.
        from: &'static str,
        /// The parameter that ends it.
        to: &'static str,
    },
}

impl ApiProblem {
    /// What to tell the caller.
    pub fn message(&self, lang: Lang) -> String {
        match (lang, self) {
            (Lang::En, problem) => problem.to_string(),
            (Lang::Fr, ApiProblem::NoPlace) => {
                "un des paramètres Operation, CountryName, Admin0Pcode est nécessaire".to_owned()
            }
            (Lang::Fr, ApiProblem::Date { parameter, value }) => {
                format!("{parameter} doit être une date sous la forme AAAA-MM-JJ, et non « {value} »")
            }
            (Lang::Fr, ApiProblem::Number { parameter, value }) => {
                format!("{parameter} doit être un nombre entier, 0 ou plus, et non « {value} »")
            }
            (Lang::Fr, ApiProblem::Range { from, to }) => format!("{from} ne peut pas être après {to}"),
        }
    }
}

impl Query {
    /// Reads the parameters of a call; names in any case, empty and `0` not given, unknown ones ignored.
    pub fn parse<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Query, ApiProblem> {
        let given: BTreeMap<String, &str> = pairs
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
            .filter(|(_, value)| !value.is_empty() && *value != "0")
            .collect();
        let text = |name: &str| given.get(&name.to_ascii_lowercase()).map(|value| (*value).to_owned());
        let query = Query {
            operation: text("Operation"),
            country: text("CountryName"),
            admin0_pcode: text("Admin0Pcode"),
            admin1_name: text("Admin1Name"),
            admin1_pcode: text("Admin1Pcode"),
            admin2_name: text("Admin2Name"),
            admin2_pcode: text("Admin2Pcode"),
            from_date: text("FromReportingDate").map(|value| date("FromReportingDate", value)).transpose()?,
            to_date: text("ToReportingDate").map(|value| date("ToReportingDate", value)).transpose()?,
            from_round: text("FromRoundNumber").map(|value| number("FromRoundNumber", value)).transpose()?,
            to_round: text("ToRoundNumber").map(|value| number("ToRoundNumber", value)).transpose()?,
        };
        if query.operation.is_none() && query.country.is_none() && query.admin0_pcode.is_none() {
            return Err(ApiProblem::NoPlace);
        }
        if matches!((query.from_date, query.to_date), (Some(from), Some(to)) if from > to) {
            return Err(ApiProblem::Range { from: "FromReportingDate", to: "ToReportingDate" });
        }
        if matches!((query.from_round, query.to_round), (Some(from), Some(to)) if from > to) {
            return Err(ApiProblem::Range { from: "FromRoundNumber", to: "ToRoundNumber" });
        }
        Ok(query)
    }

    /// Whether rows of a release with this heading can be among the answer, so that others need not be opened.
    pub fn concerns(&self, heading: &Heading) -> bool {
        let operation = heading.operation_name.get(Lang::En);
        same(&self.operation, operation)
            && same(&self.admin0_pcode, &heading.iso3)
            && self.in_range(heading.reported_on, heading.round.number())
    }

    /// Whether this row is asked for.
    pub fn selects(&self, row: &Row) -> bool {
        let name = |area: &Option<Named>| area.as_ref().map(|area| area.name.clone());
        let code = |area: &Option<Named>| area.as_ref().map(|area| area.pcode.clone());
        // A parameter of a level the rows do not have does not apply.
        let fits = |asked: &Option<String>, has: Option<String>| has.is_none_or(|has| same(asked, &has));
        same(&self.operation, &row.operation)
            && same(&self.country, &row.admin0.name)
            && same(&self.admin0_pcode, &row.admin0.pcode)
            && fits(&self.admin1_name, name(&row.admin1))
            && fits(&self.admin1_pcode, code(&row.admin1))
            && fits(&self.admin2_name, name(&row.admin2))
            && fits(&self.admin2_pcode, code(&row.admin2))
            && self.in_range(row.reported_on, row.round)
    }

    fn in_range(&self, date: NaiveDate, round: i64) -> bool {
        self.from_date.is_none_or(|from| from <= date)
            && self.to_date.is_none_or(|to| date <= to)
            && self.from_round.is_none_or(|from| from <= round)
            && self.to_round.is_none_or(|to| round <= to)
    }

    /// The rows of one level that are asked for, in the order of the API.
    pub fn answer(&self, releases: &[&Release], atlas: &Atlas, level: u8) -> Vec<Row> {
        let concerned = releases.iter().filter(|release| self.concerns(release.heading()));
        let rows = concerned.flat_map(|release| rows(release, atlas, level));
        let mut rows: Vec<Row> = rows.filter(|row| self.selects(row)).collect();
        rows.sort_by_cached_key(Row::order);
        rows
    }
}

fn same(asked: &Option<String>, has: &str) -> bool {
    asked.as_ref().is_none_or(|asked| asked == has || asked.to_lowercase() == has.to_lowercase())
}

fn date(parameter: &'static str, value: String) -> Result<NaiveDate, ApiProblem> {
    let date = NaiveDate::parse_from_str(&value, "%Y-%m-%d").ok().filter(|_| value.len() == 10);
    date.ok_or(ApiProblem::Date { parameter, value })
}

fn number(parameter: &'static str, value: String) -> Result<i64, ApiProblem> {
    value.parse().ok().filter(|number| *number >= 0).ok_or(ApiProblem::Number { parameter, value })
}

/// What every answer comes in.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    result: Vec<serde_json::Value>,
    status_code: u16,
    is_success: bool,
    error_messages: Vec<String>,
    total_records_count: usize,
}

/// The answer with these rows.
pub fn envelope(result: Vec<serde_json::Value>) -> Envelope {
    let total_records_count = result.len();
    Envelope { result, status_code: 200, is_success: true, error_messages: Vec::new(), total_records_count }
}

/// The answer when there is none; clients show the first message and fail where there is no message.
pub fn failure(status_code: u16, messages: Vec<String>) -> Envelope {
    let error_messages =
        if messages.is_empty() { vec![format!("the call failed with status {status_code}")] } else { messages };
    Envelope { result: Vec::new(), status_code, is_success: false, error_messages, total_records_count: 0 }
}

/// The countries that have releases, by name.
pub fn country_list(releases: &[&Release], atlas: &Atlas) -> Vec<serde_json::Value> {
    let countries: BTreeMap<String, String> = releases
        .iter()
        .map(|release| (country_name(release.heading(), atlas), release.heading().iso3.clone()))
        .collect();
    let row = |(name, iso3)| serde_json::json!({ "admin0Name": name, "admin0Pcode": iso3 });
    countries.into_iter().map(row).collect()
}

/// The operations that have releases, by name; `is_active` is asked with the operation's short name.
pub fn operation_list(
    releases: &[&Release],
    atlas: &Atlas,
    is_active: impl Fn(&str) -> bool,
) -> Vec<serde_json::Value> {
    let mut operations = BTreeMap::new();
    for heading in releases.iter().map(|release| release.heading()) {
        let name = (heading.operation_name.get(Lang::En).to_owned(), country_name(heading, atlas));
        operations.insert(name, (status(is_active(&heading.operation)), heading.iso3.clone()));
    }
    let row = |((name, country), (status, iso3))| serde_json::json!({ "operation": name, "operationStatus": status, "admin0Name": country, "admin0Pcode": iso3 });
    operations.into_iter().map(row).collect()
}

pub(super) fn status(is_active: bool) -> &'static str {
    if is_active { "Active" } else { "Inactive" }
}
