//! Reports of an event tracking form.
//!
//! Takes records, the names of the questions, the places and the atlas; returns one report for each record that says
//! when something happened, and where people are. The people arrived at a registered place, or in an area; the event
//! happened in an area that the form asks for, else in the area they left. O(records·log places).

use crate::asked::{count, day, word};
use crate::codes::{IDP_HH, IDP_IND, REASON};
use chrono::NaiveDate;
use dtm_model::{Answer, Atlas, Lang, Pcode, Place, Point, Record, RecordId, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Names of the questions. Those of the dictionary by default; an empty name is not asked. Where several names are given,
/// the first that was answered counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventQuestions {
    /// The day it happened.
    pub happened_on: String,
    /// What happened.
    pub cause: Vec<String>,
    /// How it is known.
    pub source: String,
    /// The area it happened in, the smallest first.
    pub happened_in: Vec<String>,
    /// The day of the report.
    pub reported_on: String,
    /// The place people arrived at: the id of a registered one, or any name.
    pub place: String,
    /// The area they arrived in, the smallest first.
    pub area: Vec<String>,
    /// The area they left, the smallest first.
    pub origin: Vec<String>,
    /// The position of the place.
    pub position: String,
    /// Households displaced.
    pub households: String,
    /// Persons displaced.
    pub persons: String,
}

impl Default for EventQuestions {
    fn default() -> Self {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            happened_on: "m3202_event_date".into(),
            cause: list(&["event_type", REASON]),
            source: "event_source".into(),
            happened_in: list(&["m3214_ttt_event_location_admin2", "m3213_ttt_event_location_admin1"]),
            reported_on: "m1855_meta_assessment_date".into(),
            place: "m0445_loc_site_id_ssid".into(),
            area: list(&["m0304_meta_adm2_pcode", "m0303_meta_adm1_pcode"]),
            origin: list(&["m3391_loc_main_origin_adm2", "m3390_loc_main_origin_adm1"]),
            position: "m1650_loc_gps_coords".into(),
            households: IDP_HH.into(),
            persons: IDP_IND.into(),
        }
    }
}

impl EventQuestions {
    /// The same for a form whose own questions feed these indicators.
    pub fn fed_by(mut self, questions: &BTreeMap<String, String>) -> Self {
        let fed = |name: &mut String| {
            if let Some(question) = questions.get(name.as_str()) {
                name.clone_from(question);
            }
        };
        let one = [&mut self.reported_on, &mut self.position, &mut self.households, &mut self.persons];
        one.into_iter().chain(&mut self.cause).for_each(fed);
        self
    }
}

/// One report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventReport {
    /// The record that says so.
    pub record: RecordId,
    /// What happened, by its code; empty where not asked.
    pub cause: String,
    /// How it is known, by its code.
    #[serde(default)]
    pub source: Option<String>,
    /// Whether somebody checked it; the caller says so.
    #[serde(default)]
    pub checked: bool,
    /// The day it happened.
    pub happened_on: NaiveDate,
    /// The area it happened in.
    pub happened_in: Pcode,
    /// The day of the report.
    pub reported_on: NaiveDate,
    /// The registered place people arrived at; none where it is not registered.
    pub place: Option<Ssid>,
    /// What a place is called that is not registered; none where only the area is known.
    pub place_name: Option<String>,
    /// The area they arrived in.
    pub area: Pcode,
    /// The area they left.
    pub origin: Option<Pcode>,
    /// Where they are.
    pub position: Option<Point>,
    /// Persons displaced, as known by this report; zero where it says so or counts nobody.
    pub persons: u64,
    /// Households displaced.
    pub households: Option<u64>,
}

/// Why a record is no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportFault {
    /// No readable day of the event and none of the report.
    NoDay,
    /// Neither a place nor an area that is known.
    NoArea,
}

impl ReportFault {
    /// Says why, in the reader's language.
    pub fn message(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::NoDay, Lang::En) => "No readable day: the report belongs to no event",
            (Self::NoDay, Lang::Fr) => "Pas de jour lisible : le rapport n’appartient à aucun événement",
            (Self::NoArea, Lang::En) => "No known place or area: the report belongs to no event",
            (Self::NoArea, Lang::Fr) => "Ni lieu ni zone connus : le rapport n’appartient à aucun événement",
        }
    }
}

/// Reports and what was wrong with the other records.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct EventReports {
    /// The reports, by day of the event, then by record.
    pub reports: Vec<EventReport>,
    /// Records that are no reports.
    pub faults: Vec<(RecordId, ReportFault)>,
}

/// More persons are not displaced by one report.
const MOST_PERSONS: u32 = 10_000_000;

/// Reads the reports.
pub fn event_reports(records: &[Record], questions: &EventQuestions, places: &[Place], atlas: &Atlas) -> EventReports {
    let places: HashMap<&str, &Place> = places.iter().map(|place| (place.ssid.as_str(), place)).collect();
    let mut read = EventReports::default();
    for record in records {
        match report(record, questions, &places, atlas) {
            Ok(report) => read.reports.push(report),
            Err(fault) => read.faults.push((record.id.clone(), fault)),
        }
    }
    read.reports.sort_by(|a, b| (a.happened_on, &a.record).cmp(&(b.happened_on, &b.record)));
    read
}

fn report(
    record: &Record,
    questions: &EventQuestions,
    places: &HashMap<&str, &Place>,
    atlas: &Atlas,
) -> Result<EventReport, ReportFault> {
    let answers = &record.answers;
    let area_of = |questions: &[String]| {
        let codes = questions.iter().filter_map(|question| word(answers, question)).map(Pcode);
        codes.into_iter().find(|code| atlas.area(code).is_some())
    };
    let days = (day(answers, &questions.happened_on), day(answers, &questions.reported_on));
    let (happened_on, reported_on) = match days {
        (Some(happened), Some(reported)) => (happened, reported),
        (Some(day), None) | (None, Some(day)) => (day, day),
        (None, None) => return Err(ReportFault::NoDay),
    };
    let written = word(answers, &questions.place);
    let place = written.as_ref().and_then(|ssid| places.get(ssid.as_str()).copied());
    let area = place.map(|place| place.area.clone()).or_else(|| area_of(&questions.area)).ok_or(ReportFault::NoArea)?;
    let origin = area_of(&questions.origin);
    let position = match answers.get(&questions.position) {
        Some(Answer::Point(point)) => Some(*point),
        _ => place.and_then(|place| place.position),
    };
    Ok(EventReport {
        record: record.id.clone(),
        cause: questions.cause.iter().find_map(|question| word(answers, question)).unwrap_or_default(),
        source: word(answers, &questions.source),
        checked: false,
        happened_on,
        happened_in: area_of(&questions.happened_in).or_else(|| origin.clone()).unwrap_or_else(|| area.clone()),
        reported_on,
        place: place.map(|place| place.ssid.clone()),
        place_name: written.filter(|_| place.is_none()),
        area,
        origin,
        position,
        persons: count(answers, &questions.persons, MOST_PERSONS).map(u64::from).unwrap_or(0),
        households: count(answers, &questions.households, MOST_PERSONS).map(u64::from),
    })
}
