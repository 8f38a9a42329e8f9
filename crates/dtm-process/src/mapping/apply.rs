//! Turns records into places, observations and findings, as a mapping says.
//!
//! An answered 0 is an observation of 0; a question without an answer yields none. A group that is said to be absent
//! yields nothing only where no number is answered. Where the same remark holds for many rows of a column (a spelling,
//! an untranslated value, a repaired code) it is made once, with the number of rows.

mod met;
pub(super) mod scope;
mod tally;

use super::values::{on_earth, read_date, read_position};
use super::voices;
use super::{Mapping, MeasureMapping, PositionMapping, Translation, WithoutSsid, households, notices::finding};
use crate::folding::plain;
use crate::needs::Household;
use crate::verification::{SampledSheet, Speaker};
use crate::wording::facts;
use chrono::NaiveDate;
use dtm_model::{
    Atlas, Breakdown, Dictionary, Finding, Observation, Pcode, Place, PlaceKind, Point, Record, RecordId, Setting, Ssid,
};
pub use met::{AnswerMet, Became, MetTable, values_met};
use scope::{Names, Reader, Scope};
use std::collections::BTreeMap;
use tally::Tally;

/// A record that speaks of a place: that it was reached, on which day, and which groups were said to be absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The record.
    pub record: RecordId,
    /// The place it speaks of.
    pub place: Ssid,
    /// The day of assessment.
    pub observed_on: NaiveDate,
    /// Groups of the mapping that are said to be absent and have no number.
    pub absent: Vec<String>,
}

/// What one record says.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Applied {
    /// The place it speaks of, where it can be told.
    pub place: Option<Place>,
    /// That the place was reached, even if nothing was counted there.
    pub visit: Option<Visit>,
    /// What was counted.
    pub observations: Vec<Observation>,
    /// Who speaks, where the mapping tells how that is known.
    pub speaker: Option<Speaker>,
    /// The demographic sample sheet.
    pub sample: Option<SampledSheet>,
    /// The household it is, where records are households.
    pub household: Option<Household>,
    /// What was noticed.
    pub findings: Vec<Finding>,
}

/// What all records say together.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AppliedAll {
    /// Every place spoken of, once, by its id; as the latest record describes it.
    pub places: Vec<Place>,
    /// Every record that speaks of a place, in the order of the records.
    pub visits: Vec<Visit>,
    /// What was counted, in the order of the records.
    pub observations: Vec<Observation>,
    /// Who speaks through a record, where that is known.
    pub speakers: BTreeMap<RecordId, Speaker>,
    /// The demographic sample sheets, in the order of the records.
    pub samples: Vec<SampledSheet>,
    /// The households, in the order of the records.
    pub households: Vec<Household>,
    /// What was noticed: first about single records, then about whole columns.
    pub findings: Vec<Finding>,
}

/// Reads one record.
pub fn apply(mapping: &Mapping, dictionary: &Dictionary, atlas: &Atlas, record: &Record) -> Applied {
    let mut tally = Tally::default();
    let names = Names::of(mapping, &[record]);
    let mut applied = read_record(mapping, dictionary, atlas, &names, record, &mut tally);
    applied.findings.extend(tally.into_findings());
    applied
}

/// Reads records together, so that remarks on a column are made once.
pub fn apply_all<'r>(
    mapping: &Mapping,
    dictionary: &Dictionary,
    atlas: &Atlas,
    records: impl IntoIterator<Item = &'r Record>,
) -> AppliedAll {
    let records: Vec<&Record> = records.into_iter().collect();
    let names = Names::of(mapping, &records);
    let mut tally = Tally::default();
    let mut all = AppliedAll::default();
    let mut places: BTreeMap<Ssid, (NaiveDate, Place)> = BTreeMap::new();
    for record in records {
        let applied = read_record(mapping, dictionary, atlas, &names, record, &mut tally);
        all.findings.extend(applied.findings);
        all.observations.extend(applied.observations);
        all.samples.extend(applied.sample);
        all.households.extend(applied.household);
        all.speakers.extend(applied.speaker.map(|speaker| (record.id.clone(), speaker)));
        if let (Some(place), Some(visit)) = (applied.place, applied.visit) {
            match places.get_mut(&place.ssid) {
                None => {
                    places.insert(place.ssid.clone(), (visit.observed_on, place));
                }
                Some((on, known)) => {
                    all.findings.extend(differs(known, &place, &visit.record));
                    if visit.observed_on >= *on {
                        (*on, *known) = (visit.observed_on, place);
                    }
                }
            }
            all.visits.push(visit);
        }
    }
    all.places = places.into_values().map(|(_, place)| place).collect();
    all.findings.extend(tally.into_findings());
    all
}

/// Two descriptions of one place that cannot both be right.
fn differs(known: &Place, other: &Place, record: &RecordId) -> Option<Finding> {
    if known.area == other.area && known.kind == other.kind {
        return None;
    }
    let describe = |place: &Place| format!("{} ({}, {})", place.name, kind_code(place.kind), place.area);
    let facts = facts([("place", &known.ssid), ("was", &describe(known)), ("is", &describe(other))]);
    Some(finding("place_differs", Some(record), Some(&known.ssid), None, facts))
}

fn kind_code(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::Site => "site",
        PlaceKind::HostCommunity => "host_community",
        PlaceKind::FlowPoint => "flow_point",
    }
}

fn read_record(
    mapping: &Mapping,
    dictionary: &Dictionary,
    atlas: &Atlas,
    names: &Names,
    record: &Record,
    tally: &mut Tally,
) -> Applied {
    let mut reader = Reader { names, words: &mapping.words, atlas, record: &record.id, tally, findings: Vec::new() };
    let scope = Scope { turn: None, record: &record.answers };
    let household = households::household(mapping, dictionary, &mut reader, scope, record);
    if mapping.is_of_households() {
        return Applied { household, findings: reader.findings, ..Applied::default() };
    }
    let place = read_place(mapping, &mut reader, scope);
    let observed_on = read_day(mapping, &mut reader, scope);
    let (Some(place), Some(observed_on)) = (place, observed_on) else {
        return Applied { household, findings: reader.findings, ..Applied::default() };
    };
    let mut observations = Vec::new();
    let mut absent = Vec::new();
    for (name, group) in &mapping.groups {
        let present = group.present.as_ref().and_then(|present| reader.translate(present, scope));
        let mut counts: BTreeMap<(&str, Breakdown), f64> = BTreeMap::new();
        for scope in scope.turns(group.repeat.as_deref()) {
            let reason = group.reason.as_ref();
            let reason = reason.map(|words| reader.translate(words, scope).unwrap_or_else(|| "not_reported".into()));
            let origin = group.origin.as_ref().and_then(|origin| reader.origin(origin, scope));
            let direction = group.direction.as_ref().and_then(|words| reader.translate(words, scope));
            for measure in &group.measures {
                let Some(number) = reader.number(&measure.question, scope) else { continue };
                if dictionary.get(&measure.indicator).is_none() {
                    reader.tally.unknown_indicator(&measure.indicator, reader.record);
                    continue;
                }
                let breakdown = Breakdown {
                    sex: measure.sex,
                    age: measure.age.clone(),
                    reason: reason.clone(),
                    origin: origin.clone(),
                    direction: direction.clone(),
                };
                *counts.entry((measure.indicator.as_str(), breakdown)).or_insert(0.0) += number;
            }
        }
        if present.as_deref() == Some("no") {
            if counts.is_empty() {
                absent.push(name.clone());
            } else if let Some(finding) =
                absent_with_numbers(group.present.as_ref(), name, &counts, record, &place.ssid)
            {
                reader.findings.push(finding);
            }
        }
        observations.extend(counts.into_iter().map(|((indicator, breakdown), value)| Observation {
            record: record.id.clone(),
            place: place.ssid.clone(),
            area: place.area.clone(),
            setting: setting(place.kind),
            indicator: indicator.to_owned(),
            breakdown,
            value,
            observed_on,
        }));
    }
    let speaker = voices::speaker(mapping, &mut reader, scope);
    let sample = voices::sample(mapping, &mut reader, scope, (&record.id, &place.ssid));
    for finding in &mut reader.findings {
        finding.place.get_or_insert_with(|| place.ssid.clone());
    }
    let visit = Visit { record: record.id.clone(), place: place.ssid.clone(), observed_on, absent };
    Applied {
        place: Some(place),
        visit: Some(visit),
        observations,
        speaker,
        sample,
        household,
        findings: reader.findings,
    }
}

fn setting(kind: PlaceKind) -> Option<Setting> {
    match kind {
        PlaceKind::Site => Some(Setting::Site),
        PlaceKind::HostCommunity => Some(Setting::HostCommunity),
        PlaceKind::FlowPoint => None,
    }
}

/// A group said to be absent with a count above zero; a counted zero agrees with it.
fn absent_with_numbers(
    present: Option<&Translation>,
    group: &str,
    counts: &BTreeMap<(&str, Breakdown), f64>,
    record: &Record,
    place: &Ssid,
) -> Option<Finding> {
    let total = counts.iter().map(|((_, breakdown), n)| if breakdown.is_everyone() { *n } else { 0.0 });
    let total = total.fold(0.0, f64::max);
    let question = present?.questions.first()?;
    (total > 0.0).then(|| {
        let facts = facts([("question", question), ("group", &group), ("total", &total)]);
        finding("absent_with_numbers", Some(&record.id), Some(place), Some(question), facts)
    })
}

fn read_place(mapping: &Mapping, reader: &mut Reader<'_>, scope: Scope<'_>) -> Option<Place> {
    let place = &mapping.place;
    let kind = match reader.translate(&place.kind, scope).as_deref() {
        Some("site") => Some(PlaceKind::Site),
        Some("host_community") => Some(PlaceKind::HostCommunity),
        Some("flow_point") => Some(PlaceKind::FlowPoint),
        _ => {
            reader.find("kind_missing", place.kind.questions.first().map(String::as_str), BTreeMap::new());
            None
        }
    };
    let position = place.position.as_ref().and_then(|position| read_point(position, reader, scope));
    let area = reader.area(&place.area, scope).or_else(|| reader.area_of(position?, !place.area.is_empty()));
    if area.is_none() {
        reader.find("area_missing", place.area.first().map(String::as_str), BTreeMap::new());
    }
    let name = reader.first_text(&place.name, scope).map(|(_, name)| name);
    let ssid = reader.first_text(&place.ssid, scope).map(|(_, ssid)| Ssid(ssid));
    let ssid = match (ssid, &area, &name, place.without_ssid) {
        (Some(ssid), ..) => Some(ssid),
        (None, Some(area), Some(name), WithoutSsid::AreaAndName) if !plain(name).is_empty() => {
            reader.tally.without_ssid(reader.record);
            Some(Ssid(format!("{area}/{}", plain(name).replace(' ', "-"))))
        }
        _ => {
            reader.find("place_missing", place.ssid.first().map(String::as_str), BTreeMap::new());
            None
        }
    };
    let site_type = place.site_type.as_ref().and_then(|words| reader.translate(words, scope));
    let opened_on = reader.date(&place.opened_on, scope);
    let closed_on = reader.date(&place.closed_on, scope);
    let (kind, area, ssid): (PlaceKind, Pcode, Ssid) = (kind?, area?, ssid?);
    let name = name.unwrap_or_else(|| ssid.0.clone());
    // A host community has no site type, whatever the column says about it.
    let site_type = site_type.filter(|_| kind == PlaceKind::Site);
    Some(Place {
        ssid,
        kind,
        name,
        area,
        site_type,
        position,
        opened_on,
        closed_on,
        aliases: Vec::new(),
        merged_into: None,
    })
}

fn read_day(mapping: &Mapping, reader: &mut Reader<'_>, scope: Scope<'_>) -> Option<NaiveDate> {
    let day = reader.date(&mapping.date.questions, scope).or(mapping.date.otherwise);
    if day.is_none() {
        reader.find("date_missing", mapping.date.questions.first().map(String::as_str), BTreeMap::new());
    }
    day
}

fn read_point(position: &PositionMapping, reader: &mut Reader<'_>, scope: Scope<'_>) -> Option<Point> {
    let (question, read) = match position {
        PositionMapping::One { question } => {
            let answer = reader.answer(question, scope)?;
            (question, read_position(answer))
        }
        PositionMapping::Two { lat, lon } => {
            let (north, east) = (reader.answer(lat, scope)?, reader.answer(lon, scope)?);
            (lat, north.number().zip(east.number()).and_then(|(lat, lon)| on_earth(lat, lon)))
        }
    };
    if read.is_none() {
        reader.find("unreadable_position", Some(question), facts([("question", question)]));
    }
    read
}

impl Reader<'_> {
    fn date(&mut self, questions: &[String], scope: Scope<'_>) -> Option<NaiveDate> {
        for question in questions {
            let Some(answer) = self.answer(question, scope) else { continue };
            if let Some(day) = read_date(answer) {
                return Some(day);
            }
            let value = tally::shortened(&answer.to_text());
            self.find("unreadable_date", Some(question), facts([("question", question), ("value", &value)]));
        }
        None
    }
}

impl MeasureMapping {
    /// Whether this counts everybody of the group.
    pub fn is_everyone(&self) -> bool {
        self.sex.is_none() && self.age.is_none()
    }
}
