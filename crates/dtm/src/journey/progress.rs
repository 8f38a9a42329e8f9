//! Where a round stands while it is collected: its plan, what came in and what the checks said, put together.

use super::analysis::Analysis;
use super::{RoundOf, settle};
use crate::cli::{Caller, Report};
use anyhow::Result;
use chrono::NaiveDate;
use dtm_model::{
    Atlas, Finding, Instant, Observation, Pcode, Place, RecordId, Round, RoundState, Severity, Ssid, Team, Ticked,
    Visit,
};
use dtm_process::rounds::{self, Counts, PlaceProgress, ProgressInput, Reached, Standing};
use dtm_publish::words::Words;
use dtm_store::{Blobs, Store};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Under which name a settled round keeps what came in about each place.
pub(super) const KIND: &str = "arrived";

/// What came in about a place, as it is kept beside the figures.
#[derive(serde::Serialize, serde::Deserialize)]
struct Arrived {
    n_records: u32,
    last_on: NaiveDate,
    /// The records about which a check wants an answer, so that each can be found among the findings open later.
    asked: Vec<RecordId>,
}

/// What came in about each place, for the next time somebody looks at the round.
pub(super) fn arrived(observations: &[Observation], findings: &[Finding]) -> Result<Vec<u8>> {
    let asked = findings.iter().filter(|finding| finding.severity >= Severity::Confirm);
    let asked: HashSet<&RecordId> = asked.filter_map(|finding| finding.record.as_ref()).collect();
    let mut places: BTreeMap<&Ssid, (HashSet<&RecordId>, NaiveDate)> = BTreeMap::new();
    for observation in observations {
        let (records, last_on) =
            places.entry(&observation.place).or_insert_with(|| (HashSet::new(), observation.observed_on));
        records.insert(&observation.record);
        *last_on = (*last_on).max(observation.observed_on);
    }
    let kept: BTreeMap<&Ssid, Arrived> = places
        .into_iter()
        .map(|(place, (records, last_on))| {
            let asked: BTreeSet<&RecordId> = records.iter().copied().filter(|record| asked.contains(record)).collect();
            let asked = asked.into_iter().cloned().collect();
            (place, Arrived { n_records: records.len() as u32, last_on, asked })
        })
        .collect();
    Ok(serde_json::to_vec(&kept)?)
}

/// A round with its places, its teams and what waits.
pub(crate) struct Progress {
    /// Every place of the round.
    pub(crate) places: Vec<PlaceProgress>,
    /// The places of the operation.
    pub(crate) known: HashMap<Ssid, Place>,
    /// The teams of the operation.
    pub(crate) teams: Vec<Team>,
    /// What was planned.
    pub(crate) visits: Vec<Visit>,
    /// Records that came late and wait for a reviewer.
    pub(crate) n_late: u64,
    /// When the records were last looked at; none while nobody did.
    pub(crate) as_of: Option<Instant>,
}

impl Progress {
    /// The same with the places in these areas only.
    pub(crate) fn within(mut self, areas: &[Pcode], atlas: &Atlas) -> Self {
        let known = &self.known;
        self.places.retain(|place| {
            let area = known.get(&place.place).map(|place| &place.area);
            area.is_some_and(|area| atlas.is_within(area, areas))
        });
        self
    }

    /// The area of second level, or the smallest above, that a place lies in; none for a place that nobody knows.
    pub(crate) fn area_of(&self, place: &Ssid, atlas: &Atlas) -> Option<Pcode> {
        let place = self.known.get(place)?;
        let above = [2, 1].into_iter().find_map(|level| atlas.ancestor(&place.area, level));
        Some(above.map_or_else(|| place.area.clone(), |area| area.pcode.clone()))
    }

    /// How many places stand where.
    pub(crate) fn counts(&self) -> Counts {
        rounds::count(&self.places)
    }
}

impl Progress {
    /// What a command says of it: the counts, and every place that needs somebody.
    pub(crate) fn report(&self, caller: &Caller) -> Report {
        let counts = self.counts();
        let percent = counts.percent_done().map_or_else(|| "–".to_owned(), |percent| percent.to_string());
        let mut lines = vec![caller.say(
            format!("{percent} % of {} places accounted for.", counts.planned + counts.found),
            format!("{percent} % de {} lieux évalués ou expliqués.", counts.planned + counts.found),
        )];
        let words = Words::of(caller.lang);
        for standing in Standing::ALL {
            lines.push(format!("{:>6}  {}", counts.of(standing), words.label("visits-standing", standing.code())));
        }
        let name = |place: &Ssid| self.known.get(place).map_or("", |place| place.name.as_str());
        for place in self.places.iter().filter(|place| place.standing <= Standing::Flagged) {
            let standing = words.label("visits-standing", place.standing.code());
            lines.push(format!("{}  {}  {standing}", place.place, name(&place.place)));
        }
        Report::new(lines.join("\n"), json!({ "counts": counts, "late": self.n_late, "places": self.places }))
    }
}

/// Where a round stands on this day.
pub(crate) async fn of(
    store: &Store,
    blobs: &Blobs,
    of: RoundOf<'_>,
    atlas: &Atlas,
    today: NaiveDate,
) -> Result<Progress> {
    let RoundOf { operation, exercise, round } = of;
    let visits = store.visits(&round.id).await?;
    let known = store.places(&operation.id).await?;
    let expected: Vec<Place> = known.iter().filter(|place| settle::fits(place.kind, exercise)).cloned().collect();
    let (reached, as_of) = reached(store, blobs, round).await?;
    let places = rounds::progress(&ProgressInput {
        days: (round.starts_on, round.ends_on),
        today,
        scope: &round.scope,
        visits: &visits,
        places: &expected,
        atlas,
        reached: &reached,
    });
    Ok(Progress {
        places,
        known: known.into_iter().map(|place| (place.ssid.clone(), place)).collect(),
        teams: store.teams(&operation.id).await?,
        visits,
        n_late: store.count_late(&round.id).await?,
        as_of,
    })
}

/// What came in about each place when the round was last settled, and the findings about it that are open now.
async fn reached(store: &Store, blobs: &Blobs, round: &Round) -> Result<(BTreeMap<Ssid, Reached>, Option<Instant>)> {
    let Some((_, hash, made_at)) = store.round_data_made(&round.id, KIND).await? else {
        return Ok((BTreeMap::new(), None));
    };
    // What another version of the program kept may look otherwise; it is made anew when the round is settled.
    let Ok(arrived) = serde_json::from_slice::<BTreeMap<Ssid, Arrived>>(&blobs.get(&hash).await?) else {
        return Ok((BTreeMap::new(), None));
    };
    let mut by_record: HashMap<&RecordId, &Ssid> = HashMap::new();
    for (place, one) in &arrived {
        by_record.extend(one.asked.iter().map(|record| (record, place)));
    }
    let mut findings: HashMap<Ssid, u32> = HashMap::new();
    for stored in store.findings(&round.id).await? {
        if stored.resolved_at.is_some() || stored.finding.severity < Severity::Confirm {
            continue;
        }
        let by_record = || stored.finding.record.as_ref().and_then(|record| by_record.get(record).copied());
        if let Some(place) = stored.finding.place.as_ref().or_else(by_record) {
            *findings.entry(place.clone()).or_default() += 1;
        }
    }
    let reached = arrived
        .into_iter()
        .map(|(place, one)| {
            let findings = findings.get(&place).copied().unwrap_or_default();
            let reached = Reached { records: one.n_records, last_on: Some(one.last_on), findings };
            (place, reached)
        })
        .collect();
    Ok((reached, Some(made_at)))
}

/// A step of a round's checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A form is published that phones can fill.
    Form,
    /// Phones or public links can send.
    Phones,
    /// The visits are planned.
    Visits,
    /// The enumerators were trained and have tried the form.
    Training,
    /// Who decides in the areas knows of the round.
    Announced,
    /// Every place is ready, or somebody said why not.
    Places,
    /// No blocking finding is open.
    Findings,
    /// What came late was looked at.
    Late,
    /// What is odd beside the rounds before is explained.
    Compared,
    /// Every area is signed, where the exercise wants that.
    Signed,
    /// The government's partner agrees with the figures.
    Agreed,
}

impl Step {
    /// Every step, in the order of a round.
    pub(crate) const ALL: [Step; 11] = [
        Step::Form,
        Step::Phones,
        Step::Training,
        Step::Announced,
        Step::Visits,
        Step::Places,
        Step::Findings,
        Step::Late,
        Step::Compared,
        Step::Signed,
        Step::Agreed,
    ];

    /// The word used in the store, addresses and words of pages.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Step::Form => "form",
            Step::Phones => "phones",
            Step::Training => "training",
            Step::Announced => "announced",
            Step::Visits => "visits",
            Step::Places => "places",
            Step::Findings => "findings",
            Step::Late => "late",
            Step::Compared => "compared",
            Step::Signed => "signed",
            Step::Agreed => "agreed",
        }
    }

    /// The step of this word that people tick; the others are seen by the program.
    pub(crate) fn by_hand(code: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.is_by_hand() && step.code() == code)
    }

    /// Whether a person ticks it.
    pub(crate) fn is_by_hand(self) -> bool {
        matches!(self, Step::Training | Step::Announced | Step::Agreed)
    }

    /// The state of a round from which on the step should be done.
    pub(crate) fn due(self) -> RoundState {
        match self {
            Step::Form | Step::Phones | Step::Training | Step::Announced | Step::Visits => RoundState::Collecting,
            Step::Places => RoundState::Verifying,
            Step::Findings | Step::Late | Step::Compared | Step::Signed | Step::Agreed => RoundState::Cleared,
        }
    }
}

/// Where a step of the checklist stands.
pub(crate) struct StepState {
    pub(crate) step: Step,
    pub(crate) is_done: bool,
    /// How many things are in the way, where that can be counted.
    pub(crate) n_open: u64,
    /// Who ticked it, when, with which words.
    pub(crate) ticked: Option<Ticked>,
}

/// The checklist of a round. `to_sign` is how many areas nobody signed for, where the exercise wants signatures.
pub(crate) async fn checklist(
    store: &Store,
    of: RoundOf<'_>,
    progress: &Progress,
    (analysis, to_sign): (Option<&Analysis>, Option<u64>),
    now: Instant,
) -> Result<Vec<StepState>> {
    let RoundOf { operation, exercise, round } = of;
    let mut ticked: BTreeMap<String, Ticked> =
        store.ticked(&round.id).await?.into_iter().map(|ticked| (ticked.step.clone(), ticked)).collect();
    let mut has_form = false;
    for form in store.forms(&exercise.id).await? {
        let versions = store.form_versions(&form.id).await?;
        has_form |= versions.iter().any(|version| version.published_at.is_some());
    }
    let has_phone = store.app_users(&operation.id).await?.iter().any(|phone| phone.is_good(now));
    let counts = progress.counts();
    let blocking = store.count_findings(&round.id).await?;
    let n_blocking = blocking.iter().filter(|count| count.severity == Severity::Block).map(|count| count.open).sum();
    let n_unanswered = u64::from(counts.of(Standing::Late) + counts.of(Standing::Waiting));
    let stands = |step: Step| match step {
        Step::Form => (has_form, 0),
        Step::Phones => (has_phone, 0),
        Step::Visits => (!progress.visits.is_empty() || counts.planned > 0, 0),
        Step::Places => (n_unanswered == 0 && progress.as_of.is_some(), n_unanswered),
        Step::Findings => (n_blocking == 0 && progress.as_of.is_some(), n_blocking),
        Step::Late => (progress.n_late == 0, progress.n_late),
        Step::Compared => {
            let n_open = analysis.map_or(0, |analysis| analysis.unexplained().len() as u64);
            (n_open == 0 && analysis.is_some(), n_open)
        }
        Step::Signed => (to_sign == Some(0), to_sign.unwrap_or(0)),
        _ => (false, 0),
    };
    Ok(Step::ALL
        .into_iter()
        .filter(|step| *step != Step::Signed || to_sign.is_some())
        .map(|step| {
            let ticked = ticked.remove(step.code()).filter(|_| step.is_by_hand());
            let (is_seen, n_open) = stands(step);
            StepState { step, is_done: is_seen || ticked.is_some(), n_open, ticked }
        })
        .collect())
}
