//! A round is verified: what its sources say of each place, what officers decided between them, and who signs for an area.
//!
//! In: the records of the round, the sources that officers added, their decisions, what the exercise chose. Out: figures
//! with low, best and high, made when the round is settled ([`super::settle`]), and [`Verification`], which says of every
//! place that has more to tell than one record how its figure came to be. [`act`] is what people do about it, [`sign`] who
//! vouches for the figures of an area and what becomes of that when they change.

mod act;
mod sign;
mod told;

pub(crate) use act::{NewDecision, NewSource, Wish, act, choose, settle_anew};
pub(crate) use sign::{SignedArea, sign, withdraw};
pub(crate) use told::{not_signed, report};

use super::{RoundOf, settle};
use anyhow::{Context, Result};
use chrono::NaiveDate;
use dtm_model::{Atlas, Exercise, Figure, Finding, How, Instant, Observation, Pcode, Place, Round, Ssid};
use dtm_process::places::counts_at;
use dtm_process::rounds::Coverage;
use dtm_process::verification::{
    Basis, Decision, Informant, Proximity, Reason, SourceKind, Speaker, State, Statement, VerificationRules,
    VerifiedPlace, VerifiedRound, area_standings, by_state, track_records as borne_out,
};
use dtm_store::{Blobs, CheckSetting, ChosenSetting, Signature, Store, VerificationEntry, VerificationKind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Under which name a settled round keeps its verified places.
pub(super) const KIND: &str = "verification";

/// How a place is asked about: what a source says of it, as it is kept. Who it is as a kind, a role and an organisation, never
/// the name of a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeptSource {
    /// What kind of source.
    pub(crate) kind: SourceKind,
    /// The organisation, or DTM's own id of an informant: whoever has the same is one voice, with one record of the past.
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) role: Option<String>,
    #[serde(default)]
    pub(crate) proximity: Option<Proximity>,
    #[serde(default)]
    pub(crate) basis: Option<Basis>,
    pub(crate) individuals: Option<f64>,
    #[serde(default)]
    pub(crate) households: Option<f64>,
    #[serde(default)]
    pub(crate) low: Option<f64>,
    #[serde(default)]
    pub(crate) high: Option<f64>,
    /// The day it speaks of.
    pub(crate) date: NaiveDate,
    #[serde(default)]
    pub(crate) note: String,
}

impl KeptSource {
    /// What the number rests on where nobody said: a list of those registered is a list, what a team saw was counted.
    fn basis(&self) -> Option<Basis> {
        self.basis.or(match self.kind {
            SourceKind::RegistrationList => Some(Basis::List),
            SourceKind::Observation => Some(Basis::Count),
            SourceKind::Call => Some(Basis::Estimate),
            SourceKind::KeyInformant | SourceKind::Partner | SourceKind::Other => None,
        })
    }

    fn statement(&self, source: String, place: Ssid) -> Statement {
        let id = Some(self.name.trim().to_lowercase()).filter(|name| !name.is_empty());
        let informant = Informant {
            id,
            role: self.role.clone(),
            proximity: self.proximity,
            basis: self.basis(),
            ..Informant::default()
        };
        Statement {
            source,
            place,
            speaker: Speaker { kind: Some(self.kind), informant },
            persons: self.individuals,
            households: self.households,
            range: self.low.zip(self.high),
            on: self.date,
        }
    }
}

/// What an entry says.
pub(crate) enum Said {
    Source(KeptSource),
    Decision(Decision),
}

/// Reads an entry.
pub(crate) fn read(entry: &VerificationEntry) -> Result<Said> {
    let said = match entry.kind {
        VerificationKind::Source => serde_json::from_str(&entry.body).map(Said::Source),
        VerificationKind::Decision => serde_json::from_str(&entry.body).map(Said::Decision),
    };
    said.with_context(|| format!("the verification entry {}", entry.id))
}

/// What was told about the places of a round beside its records.
pub(super) struct Told {
    pub(super) statements: Vec<Statement>,
    /// The last decision about each place that stands.
    pub(super) decisions: BTreeMap<Ssid, Decision>,
}

fn told_by(entries: &[VerificationEntry]) -> Result<Told> {
    let mut told = Told { statements: Vec::new(), decisions: BTreeMap::new() };
    for entry in entries.iter().filter(|entry| entry.undone.is_none()) {
        match read(entry)? {
            Said::Source(source) => {
                told.statements.push(source.statement(entry.id.to_string(), entry.place.clone()));
            }
            Said::Decision(decision) => {
                told.decisions.insert(entry.place.clone(), decision);
            }
        }
    }
    Ok(told)
}

/// What was told about the places of a round beside its records, where its people are: what is said of a place that was
/// merged counts at the one that remains, from the day it closed. A decision about a place of which nobody says anything any
/// more is one between sources that now stand beside others: it does not hold until the merge is undone.
pub(super) async fn told(
    store: &Store,
    round: &Round,
    places: &BTreeMap<Ssid, Place>,
    observations: &[Observation],
) -> Result<Told> {
    let mut told = told_by(&store.verification_entries(&round.id).await?)?;
    for statement in &mut told.statements {
        statement.place = counts_at(places, &statement.place, statement.on).clone();
    }
    let spoken_of: BTreeSet<&Ssid> = observations
        .iter()
        .map(|observation| &observation.place)
        .chain(told.statements.iter().map(|statement| &statement.place))
        .collect();
    told.decisions.retain(|place, _| spoken_of.contains(place) || counts_at(places, place, round.ends_on) == place);
    Ok(told)
}

/// The version in force of what an exercise chose, and what it says; what is proposed where nobody chose.
pub(crate) async fn chosen(store: &Store, exercise: &Exercise) -> Result<(Option<ChosenSetting>, VerificationRules)> {
    let chosen = store.setting(CheckSetting::Verification(&exercise.id)).await?;
    let rules = match &chosen {
        Some(chosen) => serde_json::from_str(&chosen.body).context("the choices about verification")?,
        None => VerificationRules::default(),
    };
    Ok((chosen, rules))
}

/// What an exercise chose about verification.
pub(crate) async fn rules(store: &Store, exercise: &Exercise) -> Result<VerificationRules> {
    Ok(chosen(store, exercise).await?.1)
}

/// The verified places that a settled round keeps; none where it was settled without.
async fn kept_places(store: &Store, blobs: &Blobs, round: &Round) -> Result<Vec<VerifiedPlace>> {
    match settle::kept(store, blobs, round, KIND).await? {
        Some(bytes) => serde_json::from_slice(&bytes).context("the kept verification"),
        None => Ok(Vec::new()),
    }
}

/// Rounds of before whose verified places tell how far an informant's word goes.
const ROUNDS_REMEMBERED: usize = 6;

/// How often the figures of each informant were borne out in the rounds before.
pub(super) async fn track_records(
    store: &Store,
    blobs: &Blobs,
    exercise: &Exercise,
    round: &Round,
    rules: &VerificationRules,
) -> Result<BTreeMap<String, (u32, u32)>> {
    let mut before = Vec::new();
    for earlier in settle::earlier_rounds(store, exercise, round).await?.into_iter().take(ROUNDS_REMEMBERED) {
        before.push(kept_places(store, blobs, &earlier).await?);
    }
    Ok(borne_out(before.iter().map(Vec::as_slice), rules))
}

/// Corrects what settling noticed before the places were verified: where several sources were weighed no record was left
/// out for a later one, and a place that somebody spoke for is not carried.
pub(super) fn told_otherwise(
    outcome: &VerifiedRound,
    before: &[Figure],
    findings: &mut Vec<Finding>,
    coverage: &mut Coverage,
) {
    let weighed: BTreeSet<&Ssid> = outcome
        .places
        .iter()
        .filter(|place| !place.sources.is_empty() && !matches!(place.reason, Reason::LatestRecord { .. }))
        .map(|place| &place.place)
        .collect();
    let is_carried = |figure: &&Figure| matches!(figure.how, How::Carried { .. });
    let carried: BTreeSet<&Ssid> = before.iter().filter(is_carried).map(|figure| &figure.place).collect();
    let stays: BTreeSet<&Ssid> = outcome
        .places
        .iter()
        .filter(|place| matches!(place.how, How::Carried { .. }))
        .map(|place| &place.place)
        .collect();
    let spoken_for: BTreeSet<&Ssid> =
        carried.into_iter().filter(|place| weighed.contains(place) && !stays.contains(place)).collect();
    findings.retain(|finding| match (&finding.place, finding.check.as_str()) {
        (Some(place), "place_reports_twice") => !weighed.contains(place),
        (Some(place), "place_carried") => !spoken_for.contains(place),
        _ => true,
    });
    coverage.carried = coverage.carried.saturating_sub(spoken_for.len() as u32);
    coverage.reached += spoken_for.len() as u32;
}

/// A settled round as its officers verify it.
pub(crate) struct Verification {
    pub(crate) rules: VerificationRules,
    /// The places that have more to tell than one record.
    pub(crate) places: Vec<VerifiedPlace>,
    /// How many places, and how many people, are in each state.
    pub(crate) states: Vec<(State, u32, i64)>,
    pub(crate) areas: Vec<SignedArea>,
    /// Sources and decisions, the earliest first.
    pub(crate) entries: Vec<VerificationEntry>,
    pub(crate) signatures: Vec<Signature>,
    /// The places of the operation.
    pub(crate) known: BTreeMap<Ssid, Place>,
    /// The last day of the round.
    ends_on: NaiveDate,
    /// Low and high of all that is seen, where the round's sources were weighed and all of it is.
    pub(crate) range: Option<(i64, i64)>,
    /// When the round was settled.
    pub(crate) as_of: Option<Instant>,
}

impl Verification {
    /// The name of a place, or its id.
    pub(crate) fn name<'a>(&'a self, place: &'a Ssid) -> &'a str {
        self.known.get(place).map_or(place.as_str(), |known| known.name.as_str())
    }

    /// The places about which somebody is to be asked, those farthest apart first.
    pub(crate) fn open(&self) -> Vec<&VerifiedPlace> {
        let mut open: Vec<&VerifiedPlace> = self.places.iter().filter(|place| place.is_open()).collect();
        let apart = |place: &VerifiedPlace| place.call_back.as_ref().map_or(0.0, |call| call.apart);
        open.sort_by(|a, b| apart(b).total_cmp(&apart(a)).then_with(|| a.place.cmp(&b.place)));
        open
    }

    /// The areas that nobody signed for as they stand.
    pub(crate) fn unsigned(&self) -> impl Iterator<Item = &SignedArea> {
        self.areas.iter().filter(|area| !area.is_signed())
    }

    /// The entries about a place and about those that were merged into it, the earliest first.
    pub(crate) fn entries_of<'a>(&'a self, place: &'a Ssid) -> impl Iterator<Item = &'a VerificationEntry> {
        let here = move |entry: &Ssid| entry == place || counts_at(&self.known, entry, self.ends_on) == place;
        self.entries.iter().filter(move |entry| here(&entry.place))
    }

    /// The source that was added under this id.
    pub(crate) fn source(&self, id: &str) -> Option<(&VerificationEntry, KeptSource)> {
        let entry = self.entries.iter().find(|entry| entry.id.to_string() == id)?;
        match read(entry) {
            Ok(Said::Source(source)) => Some((entry, source)),
            _ => None,
        }
    }

    /// The area of the level that is signed in which a place lies.
    pub(crate) fn area_of(&self, place: &VerifiedPlace, atlas: &Atlas) -> Pcode {
        let above = atlas.ancestor(&place.area, self.rules.sign_level);
        above.map_or_else(|| place.area.clone(), |area| area.pcode.clone())
    }
}

/// How a settled round was verified, in these areas alone where some are given; none where it was never settled.
pub(crate) async fn of(
    store: &Store,
    blobs: &Blobs,
    of: RoundOf<'_>,
    atlas: &Atlas,
    within: Option<&[Pcode]>,
) -> Result<Option<Verification>> {
    let RoundOf { operation, exercise, round } = of;
    let Some(mut figures) = settle::figures_of_round(store, blobs, round).await? else { return Ok(None) };
    let rules = rules(store, exercise).await?;
    let mut places = kept_places(store, blobs, round).await?;
    let mut signatures = store.signatures(&round.id).await?;
    let mut entries = store.verification_entries(&round.id).await?;
    let mut known: BTreeMap<Ssid, Place> =
        store.places(&operation.id).await?.into_iter().map(|place| (place.ssid.clone(), place)).collect();
    let of_the_day = atlas.on(round.ends_on);
    if let Some(areas) = within {
        let here = |area: &Pcode| of_the_day.is_within(area, areas);
        figures.retain(|figure| here(&figure.area));
        places.retain(|place| here(&place.area));
        signatures.retain(|signature| here(&signature.signed.area));
        known.retain(|_, place| here(&place.area));
        entries.retain(|entry| known.contains_key(&entry.place));
    }
    let tables = settle::tables_of_round(store, blobs, round).await?;
    let ranges = tables.map(|(tables, _)| sign::ranges(&tables)).unwrap_or_default();
    let standings = area_standings(&figures, &places, &of_the_day, rules.sign_level);
    let areas = standings.into_iter().map(|standing| SignedArea::new(standing, &signatures, &ranges));
    Ok(Some(Verification {
        areas: areas.collect(),
        states: by_state(&figures),
        rules,
        places,
        entries,
        signatures,
        known,
        ends_on: round.ends_on,
        range: ranges.get(operation.admin0.as_str()).copied().filter(|_| within.is_none()),
        as_of: store.round_data_made(&round.id, KIND).await?.map(|(_, _, at)| at),
    }))
}

/// What verification says of some places of a settled round, for walking a number back.
pub(super) async fn of_places(
    store: &Store,
    blobs: &Blobs,
    round: &Round,
    places: &[Ssid],
) -> Result<BTreeMap<Ssid, VerifiedPlace>> {
    let kept = kept_places(store, blobs, round).await?.into_iter();
    Ok(kept.filter(|place| places.contains(&place.place)).map(|place| (place.place.clone(), place)).collect())
}
