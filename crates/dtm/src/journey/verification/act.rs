//! What officers do about the sources of a round: add one, decide between them, take that back, choose how it is done.

use super::{KeptSource, Said, Verification, of, read};
use crate::cli::Mistakes;
use crate::journey::{RoundOf, settle};
use crate::world;
use anyhow::Result;
use chrono::NaiveDate;
use dtm_model::{Exercise, Lang, RoundState, Ssid, VerificationEntryId};
use dtm_process::verification::{Basis, Decision, Proximity, SourceKind, VerificationRules};
use dtm_store::{Blobs, CheckSetting, Stamp, Store, StoreError, VerificationEntry, VerificationKind};
use serde::Deserialize;

/// The longest note, reason and name.
pub(super) const LONGEST_NOTE: usize = 1000;
const LONGEST_NAME: usize = 120;
/// More people than this are at no place.
const MOST: f64 = 10_000_000.0;
/// A round with more records is settled by the job, a moment later.
const MOST_RECORDS: u64 = 5_000;

/// A source as somebody describes it: in a form, as JSON, on the command line.
#[derive(Clone, Debug, Default, Deserialize, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NewSource {
    /// Id of the place
    #[arg(long = "place")]
    pub(crate) ssid: String,
    /// key_informant, observation, registration_list, partner, call, other
    #[arg(long)]
    pub(crate) kind: String,
    /// The organisation, or the id of an informant; never the name of a person
    #[arg(long = "who", default_value = "")]
    pub(crate) name: String,
    /// The informant's role
    #[arg(long, default_value = "")]
    pub(crate) role: String,
    /// resident, visitor, neighbouring, remote
    #[arg(long, default_value = "")]
    pub(crate) proximity: String,
    /// list, count, estimate, hearsay
    #[arg(long, default_value = "")]
    pub(crate) basis: String,
    /// Persons
    #[arg(long)]
    pub(crate) individuals: Option<f64>,
    /// Households
    #[arg(long)]
    pub(crate) households: Option<f64>,
    /// Low, as the source says
    #[arg(long)]
    pub(crate) low: Option<f64>,
    /// High, as the source says
    #[arg(long)]
    pub(crate) high: Option<f64>,
    /// The day it speaks of
    #[arg(long, required = true)]
    pub(crate) date: Option<NaiveDate>,
    /// More words
    #[arg(long, default_value = "")]
    pub(crate) note: String,
}

/// A decision as somebody describes it: in a form, as JSON, on the command line.
#[derive(Clone, Debug, Default, Deserialize, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NewDecision {
    /// Id of the place
    #[arg(long = "place")]
    pub(crate) ssid: String,
    /// take, combine, ask, enter
    pub(crate) decision: String,
    /// The source to take, as `list` names it
    #[arg(long, default_value = "")]
    pub(crate) source: String,
    /// Persons, where a figure is entered
    #[arg(long)]
    pub(crate) individuals: Option<f64>,
    /// Low
    #[arg(long)]
    pub(crate) low: Option<f64>,
    /// High
    #[arg(long)]
    pub(crate) high: Option<f64>,
    /// Why, where a figure is entered
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
}

/// What somebody wants.
pub(crate) enum Wish {
    Add(NewSource),
    Decide(NewDecision),
    Undo(VerificationEntryId),
}

pub(super) struct Speech(pub(super) Lang);

impl Speech {
    pub(super) fn say(&self, en: &str, fr: &str) -> String {
        if self.0 == Lang::En { en.to_owned() } else { fr.to_owned() }
    }
}

pub(super) fn cut(text: &str, most: usize) -> String {
    text.trim().chars().filter(|c| !c.is_control() || *c == '\n').take(most).collect()
}

/// What is wrong with numbers of people.
fn number_mistakes(
    numbers: &[Option<f64>],
    range: (Option<f64>, Option<f64>),
    best: Option<f64>,
    s: &Speech,
) -> Vec<String> {
    let mut lines = Vec::new();
    if numbers.iter().flatten().any(|n| !n.is_finite() || *n < 0.0 || *n > MOST || n.fract() != 0.0) {
        lines.push(s.say("numbers are whole, from 0 to ten million", "les nombres sont entiers, de 0 à dix millions"));
    }
    let best = best.unwrap_or(f64::NAN);
    match range {
        (Some(low), Some(high)) if low > high || best < low || best > high => lines.push(s.say(
            "low, best and high come in this order",
            "le bas, le meilleur chiffre et le haut se suivent dans cet ordre",
        )),
        (Some(_), None) | (None, Some(_)) => {
            lines.push(s.say("low and high are given together", "le bas et le haut se donnent ensemble"));
        }
        _ => {}
    }
    lines
}

fn source(new: &NewSource, today: NaiveDate, s: &Speech) -> Result<KeptSource> {
    let mut lines = Vec::new();
    let kind = SourceKind::from_code(&new.kind);
    if kind.is_none() {
        lines.push(s.say("say what kind of source it is", "dites de quelle sorte de source il s’agit"));
    }
    if new.individuals.is_none() && new.households.is_none() {
        lines.push(s.say("say how many people or households", "dites combien de personnes ou de ménages"));
    }
    let best = new.individuals;
    lines.extend(number_mistakes(&[new.individuals, new.households, new.low, new.high], (new.low, new.high), best, s));
    let proximity = Proximity::from_code(&new.proximity);
    let basis = Basis::from_code(&new.basis);
    if (proximity.is_none() && !new.proximity.is_empty()) || (basis.is_none() && !new.basis.is_empty()) {
        lines.push(
            s.say("nearness and basis are words of the list", "la proximité et le fondement sont des mots de la liste"),
        );
    }
    let date = new.date.filter(|date| *date <= today);
    if date.is_none() {
        lines.push(s.say(
            "say of which day it speaks, today or before",
            "dites de quel jour elle parle, au plus tard aujourd’hui",
        ));
    }
    match (kind, date) {
        (Some(kind), Some(date)) if lines.is_empty() => Ok(KeptSource {
            kind,
            name: cut(&new.name, LONGEST_NAME),
            role: Some(cut(&new.role, LONGEST_NAME)).filter(|role| !role.is_empty()),
            proximity,
            basis,
            individuals: new.individuals,
            households: new.households,
            low: new.low,
            high: new.high,
            date,
            note: cut(&new.note, LONGEST_NOTE),
        }),
        _ => Err(Mistakes { lines }.into()),
    }
}

fn decision(new: &NewDecision, seen: Option<&Verification>, s: &Speech) -> Result<Decision> {
    let mistake = |en: &str, fr: &str| Err(Mistakes::one(s.say(en, fr)));
    match new.decision.as_str() {
        "combine" => Ok(Decision::Combine),
        "ask" => Ok(Decision::Ask),
        "take" => {
            let place = seen.and_then(|seen| seen.places.iter().find(|place| place.place.as_str() == new.ssid));
            let known = place.is_some_and(|place| place.sources.iter().any(|source| source.source == new.source));
            if !known {
                return mistake("choose one of the place’s sources", "choisissez l’une des sources du lieu");
            }
            Ok(Decision::Take { source: new.source.clone() })
        }
        "enter" => {
            let why = cut(&new.reason, LONGEST_NOTE);
            let mut lines =
                number_mistakes(&[new.individuals, new.low, new.high], (new.low, new.high), new.individuals, s);
            if why.is_empty() {
                lines.push(s.say("say why the figure is entered", "dites pourquoi le chiffre est saisi"));
            }
            match new.individuals {
                Some(persons) if lines.is_empty() => Ok(Decision::Enter { persons, range: new.low.zip(new.high), why }),
                Some(_) => Err(Mistakes { lines }.into()),
                None => mistake("say how many people", "dites combien de personnes"),
            }
        }
        _ => mistake("a decision is take, combine, ask or enter", "une décision est take, combine, ask ou enter"),
    }
}

pub(super) fn must_be_open(of: RoundOf<'_>, s: &Speech) -> Result<()> {
    if of.round.state >= RoundState::Cleared {
        return Err(Mistakes::one(s.say(
            "the round is cleared; move it back first, with a reason",
            "le cycle est validé ; faites-le d’abord revenir en arrière, avec un motif",
        )));
    }
    Ok(())
}

/// Adds a source, decides, or takes one of these back; then the round is settled by it. False where there is no such
/// place or entry.
pub(crate) async fn act(
    store: &Store,
    blobs: &Blobs,
    round_of: RoundOf<'_>,
    wish: Wish,
    lang: Lang,
    stamp: &Stamp,
) -> Result<bool> {
    let RoundOf { operation, round, .. } = round_of;
    let s = Speech(lang);
    must_be_open(round_of, &s)?;
    let id = world::fresh(VerificationEntryId::new);
    match wish {
        Wish::Undo(entry) => {
            if !store.verification_entries(&round.id).await?.iter().any(|known| known.id == entry) {
                return Ok(false);
            }
            store.undo_verification(&round.id, &entry, stamp).await?;
        }
        Wish::Add(new) => {
            let place = Ssid(new.ssid.trim().to_owned());
            if !store.places(&operation.id).await?.iter().any(|known| known.ssid == place) {
                return Ok(false);
            }
            let kept = source(&new, world::today(), &s)?;
            let said = (VerificationKind::Source, kept.kind.code(), serde_json::to_string(&kept)?);
            store.add_verification(&round.id, (&id, &place), (said.0, said.1, &said.2), stamp).await?;
        }
        Wish::Decide(new) => {
            let place = Ssid(new.ssid.trim().to_owned());
            if !store.places(&operation.id).await?.iter().any(|known| known.ssid == place) {
                return Ok(false);
            }
            let atlas = store.atlas(&operation.admin0).await?;
            let seen = of(store, blobs, round_of, &atlas, None).await?;
            let decided = decision(&new, seen.as_ref(), &s)?;
            let body = serde_json::to_string(&decided)?;
            let said = (VerificationKind::Decision, decided.code(), body.as_str());
            store.add_verification(&round.id, (&id, &place), said, stamp).await?;
        }
    }
    settle_anew(store, blobs, round_of, stamp).await?;
    Ok(true)
}

/// Settles an open round of usual size at once, so that who acts sees what became of it; the job settles the others.
pub(crate) async fn settle_anew(store: &Store, blobs: &Blobs, of: RoundOf<'_>, stamp: &Stamp) -> Result<()> {
    let RoundOf { operation, exercise, round } = of;
    let is_open = matches!(round.state, RoundState::Collecting | RoundState::Verifying);
    if is_open && store.count_records(&round.id).await? <= MOST_RECORDS {
        settle::settle(store, blobs, operation, exercise, round, world::today(), stamp).await?;
    }
    Ok(())
}

/// Chooses how the rounds of an exercise are verified, with a reason, where nobody chose since version `after`. Returns the
/// new version.
pub(crate) async fn choose(
    store: &Store,
    exercise: &Exercise,
    (after, rules, reason): (i64, &VerificationRules, &str),
    lang: Lang,
    stamp: &Stamp,
) -> Result<i64> {
    let s = Speech(lang);
    let mut lines = rules.problems(lang);
    let reason = cut(reason, LONGEST_NOTE);
    if reason.is_empty() {
        lines.push(s.say("say why this is chosen", "dites pourquoi ce choix est fait"));
    }
    if !lines.is_empty() {
        return Err(Mistakes { lines }.into());
    }
    let body = serde_json::to_string(rules)?;
    match store.choose_setting(CheckSetting::Verification(&exercise.id), after, &body, &reason, stamp).await {
        Err(StoreError::Conflict { what: "check_setting" }) => Err(Mistakes::one(s.say(
            "somebody chose another version meanwhile; look at what stands now and choose again",
            "quelqu’un a choisi une autre version entre-temps ; regardez ce qui vaut maintenant et choisissez à nouveau",
        ))),
        other => Ok(other?),
    }
}

impl Verification {
    /// The decision about a place that stands, with its entry.
    pub(crate) fn decided(&self, place: &Ssid) -> Option<(&VerificationEntry, Decision)> {
        let of_place = |entry: &&VerificationEntry| entry.place == *place && entry.undone.is_none();
        self.entries.iter().rev().filter(of_place).find_map(|entry| match read(entry) {
            Ok(Said::Decision(decision)) => Some((entry, decision)),
            _ => None,
        })
    }
}
