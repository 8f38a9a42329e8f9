//! What places of a round lack, sector by sector, by rules that the sector experts of the operation own.
//!
//! The rules are a sheet, each upload a version; an operation without one of its own is judged by the standard sheet. Answers
//! are those of the records that count, corrections applied; of a place that reported several times the last report counts.
//! People are those of the settled figures. A question that nobody answered says nothing.

use super::{RoundOf, records, settle};
use crate::cli::Mistakes;
use crate::spreadsheet::{self, Kind, Table};
use anyhow::Result;
use dtm_model::{Answers, Atlas, Lang, Operation, Pcode, Place, Record, Ssid, Tool};
use dtm_process::checks::questions_of;
use dtm_process::codes::IDP_IND;
use dtm_process::mapping::{self, Mapping};
use dtm_process::needs::{
    AssessedPlace, HeatRow, HeatTable, ReadSheet, SectorMethod, SevereShare, heat_table, read_sheet, read_sheet_csv,
    severe_shares, standard_sheet,
};
use dtm_store::{Blobs, Stamp, Store, StoredSheet};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// How sectors are made of indicators, as addresses and words name it.
pub(crate) const METHODS: [(SectorMethod, &str); 3] =
    [(SectorMethod::WorseHalf, "worse-half"), (SectorMethod::Worst, "worst"), (SectorMethod::Median, "median")];

/// A method by its word; the usual one without.
pub(crate) fn method(word: Option<&str>) -> Option<SectorMethod> {
    let Some(word) = word else { return Some(SectorMethod::default()) };
    METHODS.into_iter().find(|(_, code)| *code == word).map(|(method, _)| method)
}

/// From which severity on conditions are called severe.
pub(crate) const SEVERE: u8 = 4;
/// The level of the areas that shares are told by.
pub(crate) const LEVEL: u8 = 1;

/// Whether rounds of a tool are judged: those that describe places.
pub(crate) fn describes_places(tool: Tool) -> bool {
    matches!(tool, Tool::B1 | Tool::B2 | Tool::Msla)
}

/// The rules in force.
pub(crate) struct Rules {
    /// The version of the operation; none where the standard sheet is in force.
    pub(crate) version: Option<StoredSheet>,
    pub(crate) read: ReadSheet,
}

/// The rules of an operation in force, or an earlier version of them.
pub(crate) async fn rules(store: &Store, operation: &Operation, version: Option<u32>, lang: Lang) -> Result<Rules> {
    let sheets = store.severity_sheets(&operation.id).await?;
    let wanted = sheets.into_iter().find(|sheet| version.is_none_or(|version| sheet.version == version));
    let read = match &wanted {
        Some(sheet) => read_sheet(&spreadsheet::read(sheet.body.as_bytes(), "severity.csv")?, None),
        None => read_sheet_csv(standard_sheet(lang).as_bytes(), None),
    };
    Ok(Rules { version: wanted, read })
}

/// Reads a sheet from a file and keeps it as the next version. Nothing is kept where a row is wrong: every mistake is
/// named with its cell.
pub(crate) async fn upload(
    store: &Store,
    operation: &Operation,
    (file_name, bytes): (&str, &[u8]),
    lang: Lang,
    stamp: &Stamp,
) -> Result<u32> {
    let mut rows = spreadsheet::read(bytes, file_name).map_err(|error| Mistakes::one(error.message(lang)))?;
    let read = read_sheet(&rows, None);
    if !read.problems.is_empty() {
        return Err(Mistakes { lines: read.problems.iter().map(|problem| problem.message(lang)).collect() }.into());
    }
    rows.retain(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    // As whoever takes the sheet away opens it.
    let body = String::from_utf8(Table::of_texts("severity", rows).file(Kind::Csv)?)?;
    let name: String = file_name.chars().filter(|c| !c.is_control()).take(120).collect();
    Ok(store.put_severity_sheet(&operation.id, &name, &body, stamp).await?)
}

/// The needs of a round.
pub(crate) struct Needs {
    pub(crate) rules: Rules,
    /// The places that reported, beside the sectors.
    pub(crate) table: HeatTable,
    /// What share of each area is in severe conditions; the country first.
    pub(crate) shares: Vec<SevereShare>,
    pub(crate) places: HashMap<Ssid, Place>,
}

/// Judges the places of a round; `level` is that of the areas.
pub(crate) async fn of(
    store: &Store,
    blobs: &Blobs,
    of: RoundOf<'_>,
    rules: Rules,
    (atlas, level): (&Atlas, u8),
    method: SectorMethod,
) -> Result<Needs> {
    let RoundOf { operation, exercise, round } = of;
    let dictionary = settle::dictionary(store).await?;
    let only_approved = store.counts_only_approved(&exercise.id).await?;
    let counts = |record: &records::RoundRecord| settle::counts(record, only_approved);
    let mut by_form: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for record in records::clean(store, blobs, &round.id, counts).await? {
        by_form.entry(record.form_key).or_default().push(record.record);
    }
    let mut places: HashMap<Ssid, Place> =
        store.places(&operation.id).await?.into_iter().map(|place| (place.ssid.clone(), place)).collect();
    // The last report of a place, under the names that the sheet uses.
    let mut answers: BTreeMap<Ssid, Answers> = BTreeMap::new();
    for (key, records) in by_form {
        let mapping = store.mapping(&exercise.id, &key).await?;
        let mapping = mapping.and_then(|(_, text)| Mapping::from_toml(&text).ok()).unwrap_or_default();
        let applied = mapping::apply_all(&mapping, &dictionary, atlas, &records);
        let asked = questions_of(&mapping);
        let by_id: HashMap<_, &Record> = records.iter().map(|record| (&record.id, record)).collect();
        for visit in &applied.visits {
            if let Some(record) = by_id.get(&visit.record) {
                answers.insert(visit.place.clone(), renamed(&record.answers, &asked));
            }
        }
        for place in applied.places {
            places.entry(place.ssid.clone()).or_insert(place);
        }
    }
    let mut people: HashMap<Ssid, u64> = HashMap::new();
    for figure in settle::figures_of_round(store, blobs, round).await?.unwrap_or_default() {
        if figure.indicator == IDP_IND && figure.breakdown.is_everyone() {
            *people.entry(figure.place.clone()).or_default() += figure.value.max(0.0).round() as u64;
        }
    }
    let nowhere = Pcode::from("");
    let assessed: Vec<AssessedPlace> = answers
        .iter()
        .map(|(place, answers)| AssessedPlace {
            place,
            area: places.get(place).map_or(&nowhere, |place| &place.area),
            people: people.get(place).copied(),
            answers,
        })
        .collect();
    let table = heat_table(&rules.read.sheet, &assessed, &BTreeMap::new(), method);
    let mut shares = severe_shares(&table, atlas, 0);
    shares.extend(severe_shares(&table, atlas, level));
    Ok(Needs { rules, table, shares, places })
}

impl Needs {
    /// The needs as programs read them.
    pub(crate) fn json(&self) -> Value {
        let place = |row: &HeatRow| {
            let name = self.places.get(&row.place).map(|place| &place.name);
            json!({ "ssid": row.place, "name": name, "area": row.area, "people": row.people, "severities": row.cells })
        };
        let share = |share: &SevereShare| {
            json!({
                "area": share.area, "sector": share.sector, "placesBySeverity": share.places,
                "peopleBySeverity": share.people, "placesWithoutAnswer": share.places_without,
                "placesOfUnknownPeople": share.people_unknown, "severePlaces": share.of_places(SEVERE),
                "severePeople": share.of_people(SEVERE),
            })
        };
        json!({
            "version": self.rules.version.as_ref().map(|sheet| sheet.version), "sectors": self.table.sectors,
            "places": self.table.rows.iter().map(place).collect::<Vec<_>>(),
            "shares": self.shares.iter().map(share).collect::<Vec<_>>(),
        })
    }
}

/// The answers with those under an indicator's name, too, whose question feeds it.
fn renamed(answers: &Answers, asked: &BTreeMap<String, String>) -> Answers {
    let mut answers = answers.clone();
    for (indicator, question) in asked {
        if let Some(answer) = answers.get(question).cloned() {
            answers.values.entry(indicator.clone()).or_insert(answer);
        }
    }
    answers
}
