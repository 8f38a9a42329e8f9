//! Who speaks of a place: the records of a round, and what was heard otherwise.
//!
//! Takes the observations of a round, what is known of the informants behind its records, and statements that officers
//! entered (a partner's figure, a registration list, a call); returns for every place its sources in the order they were
//! heard, each with its credibility and whether it has a voice of its own:
//!
//! - Of two by one informant only the later counts, and of two that say the same in every number on one day, by nobody
//!   knows whom, only one: it was sent twice.
//! - Records of which nothing is known are one voice, the latest, unless an exercise says that every record is a source: a
//!   place is most often reported again because the first report was wrong.
//! - A source that counted households alone speaks of persons through the average household.
//!
//! O(observations·log observations).

use super::{Credibility, HouseholdSize, Informant, VerificationRules, credibility};
use crate::codes::{IDP_HH, IDP_IND};
use crate::counts::{Count, sex_age_cells, total};
use chrono::NaiveDate;
use dtm_model::{Breakdown, Observation, RecordId, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What kind of source says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A key informant.
    KeyInformant,
    /// The team counted, or saw with its own eyes.
    Observation,
    /// A list of those registered.
    RegistrationList,
    /// A partner's figure.
    Partner,
    /// Somebody was called.
    Call,
    /// Something else.
    Other,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: [SourceKind; 6] = [
        SourceKind::KeyInformant,
        SourceKind::Observation,
        SourceKind::RegistrationList,
        SourceKind::Partner,
        SourceKind::Call,
        SourceKind::Other,
    ];

    /// The word used in mappings, addresses and words of pages.
    pub fn code(self) -> &'static str {
        match self {
            SourceKind::KeyInformant => "key_informant",
            SourceKind::Observation => "observation",
            SourceKind::RegistrationList => "registration_list",
            SourceKind::Partner => "partner",
            SourceKind::Call => "call",
            SourceKind::Other => "other",
        }
    }

    /// The kind of this word.
    pub fn from_code(code: &str) -> Option<SourceKind> {
        SourceKind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What a record tells of whom it is from.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Speaker {
    /// What kind of source; none where not asked.
    pub kind: Option<SourceKind>,
    /// What is known of the informant.
    pub informant: Informant,
}

impl Speaker {
    /// Whether anything is known that tells this source from another.
    pub fn is_known(&self) -> bool {
        *self != Speaker::default()
    }
}

/// What was heard of a place otherwise than by a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// What it is called: the id it is kept under.
    pub source: String,
    /// The place.
    pub place: Ssid,
    /// Who says it.
    pub speaker: Speaker,
    /// Persons; none where only households were told.
    pub persons: Option<f64>,
    /// Households.
    pub households: Option<f64>,
    /// What the source itself calls low and high.
    pub range: Option<(f64, f64)>,
    /// The day it speaks of.
    pub on: NaiveDate,
}

/// What became of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The figure rests on it.
    Counted,
    /// It disagrees with another, and nothing is decided between them.
    Disputed,
    /// It was heard, and the figure rests on others.
    SetAside,
    /// A later record of the place, or a later word of the informant, took its place.
    Replaced,
    /// It says what another says in every number, on the same day.
    Repeated,
}

impl Standing {
    /// The word used in answers and words of pages.
    pub fn code(self) -> &'static str {
        match self {
            Standing::Counted => "counted",
            Standing::Disputed => "disputed",
            Standing::SetAside => "set_aside",
            Standing::Replaced => "replaced",
            Standing::Repeated => "repeated",
        }
    }
}

/// A source of a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaceSource {
    /// The record's id, or that of the statement.
    pub source: String,
    /// Whether it is a record.
    pub is_record: bool,
    /// Who says it.
    pub speaker: Speaker,
    /// Persons.
    pub persons: f64,
    /// Households, where told.
    pub households: Option<f64>,
    /// Whether the persons are households times the average household.
    pub from_households: bool,
    /// What the source itself calls low and high.
    pub range: Option<(f64, f64)>,
    /// The day it speaks of.
    pub on: NaiveDate,
    /// How far its word goes, and why.
    pub credibility: Credibility,
    /// Its part in the figure, 0 to 1; 0 where the figure does not rest on it.
    pub weight: f64,
    /// What became of it.
    pub standing: Standing,
}

/// What the sources of a round are gathered from.
pub(super) struct Heard<'a> {
    pub(super) observations: &'a [Observation],
    pub(super) speakers: &'a BTreeMap<RecordId, Speaker>,
    pub(super) statements: &'a [Statement],
    pub(super) rules: &'a VerificationRules,
}

/// The sources of every place that somebody said a number about, in the order they were heard. `size` tells the average
/// household of a place.
pub(super) fn sources(
    heard: &Heard<'_>,
    size: impl Fn(&Ssid) -> Option<HouseholdSize>,
) -> BTreeMap<Ssid, Vec<PlaceSource>> {
    let nobody = Speaker::default();
    let mut records: BTreeMap<(&Ssid, &RecordId), Vec<&Observation>> = BTreeMap::new();
    for observation in heard.observations.iter().filter(|observation| observation.setting.is_some()) {
        records.entry((&observation.place, &observation.record)).or_default().push(observation);
    }
    let mut places: BTreeMap<Ssid, Vec<(PlaceSource, Who<'_>)>> = BTreeMap::new();
    for ((place, record), said) in records {
        let Some(on) = said.iter().map(|observation| observation.observed_on).max() else { continue };
        let households = total(&said, IDP_HH).map(|n| n as f64);
        let persons = persons(&said).map(|n| n as f64);
        let speaker = heard.speakers.get(record).unwrap_or(&nobody);
        let numbers = Numbers { persons, households, range: None };
        let who = Who::of_record(speaker, on, &said);
        if let Some(source) = source(record.to_string(), true, speaker, numbers, on, heard.rules, || size(place)) {
            places.entry(place.clone()).or_default().push((source, who));
        }
    }
    for told in heard.statements {
        let numbers = Numbers { persons: told.persons, households: told.households, range: told.range };
        let id = told.source.clone();
        let made = source(id, false, &told.speaker, numbers, told.on, heard.rules, || size(&told.place));
        if let Some(source) = made {
            let who = told.speaker.informant.id.as_deref().map_or(Who::Statement(&told.source), Who::Known);
            places.entry(told.place.clone()).or_default().push((source, who));
        }
    }
    places.into_iter().map(|(place, heard_there)| (place, voices(heard_there, heard.rules))).collect()
}

struct Numbers {
    persons: Option<f64>,
    households: Option<f64>,
    range: Option<(f64, f64)>,
}

fn source(
    source: String,
    is_record: bool,
    speaker: &Speaker,
    numbers: Numbers,
    on: NaiveDate,
    rules: &VerificationRules,
    size: impl FnOnce() -> Option<HouseholdSize>,
) -> Option<PlaceSource> {
    let sound = |n: &f64| n.is_finite() && *n >= 0.0;
    let households = numbers.households.filter(sound);
    let from_households = numbers.persons.filter(sound).is_none();
    let persons = match numbers.persons.filter(sound) {
        Some(persons) => persons,
        None if rules.estimate_from_households => size()?.persons_in(households?.round() as u64) as f64,
        None => return None,
    };
    Some(PlaceSource {
        source,
        is_record,
        credibility: credibility(&speaker.informant, &rules.credibility),
        speaker: speaker.clone(),
        persons,
        households,
        from_households,
        range: numbers.range,
        on,
        weight: 0.0,
        standing: Standing::Counted,
    })
}

/// Orders the sources of a place as they were heard, and marks those that have no voice of their own.
fn voices(mut heard: Vec<(PlaceSource, Who<'_>)>, rules: &VerificationRules) -> Vec<PlaceSource> {
    heard.sort_by(|(a, _), (b, _)| (a.on, !a.is_record, &a.source).cmp(&(b.on, !b.is_record, &b.source)));
    // From the last one back, so that the later word of an informant is the one kept.
    let mut met = BTreeSet::new();
    let mut has_unknown = false;
    for (source, who) in heard.iter_mut().rev() {
        let is_unknown = matches!(who, Who::Unknown(..));
        if is_unknown && source.is_record && !source.speaker.is_known() && !rules.every_record {
            let repeats = !met.insert(&*who);
            if std::mem::replace(&mut has_unknown, true) {
                source.standing = if repeats { Standing::Repeated } else { Standing::Replaced };
            }
        } else if !met.insert(&*who) {
            source.standing = if is_unknown { Standing::Repeated } else { Standing::Replaced };
        }
    }
    heard.into_iter().map(|(source, _)| source).collect()
}

/// Whose word it is: an informant's, that of whoever said exactly these numbers that day, or a statement's own.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Who<'a> {
    Known(&'a str),
    Unknown(NaiveDate, Vec<(&'a str, &'a Breakdown, i64)>),
    Statement(&'a str),
}

impl<'a> Who<'a> {
    fn of_record(speaker: &'a Speaker, on: NaiveDate, said: &[&'a Observation]) -> Self {
        if let Some(id) = &speaker.informant.id {
            return Who::Known(id);
        }
        let number = |said: &&'a Observation| (said.indicator.as_str(), &said.breakdown, said.whole());
        let mut numbers: Vec<_> = said.iter().map(number).collect();
        numbers.sort_unstable();
        Who::Unknown(on, numbers)
    }
}

/// The total of a record; where it gives none, that of its cells.
pub(super) fn persons<C: Count>(said: &[&C]) -> Option<i64> {
    total(said, IDP_IND).or_else(|| {
        let cells = sex_age_cells(said, IDP_IND);
        (!cells.is_empty()).then(|| cells.iter().map(|cell| cell.whole()).sum())
    })
}
