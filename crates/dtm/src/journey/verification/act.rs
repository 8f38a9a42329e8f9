//! What officers do about the sources of a round: add one, decide between them, take that back, sign for an area.

use super::{KeptSource, Said, Verification, of, read};
use crate::cli::Mistakes;
use crate::journey::{RoundOf, settle};
use crate::world;
use anyhow::Result;
use chrono::NaiveDate;
use dtm_model::{Atlas, Exercise, Lang, Pcode, RoundState, SignatureId, Ssid, VerificationEntryId};
use dtm_process::verification::{Basis, Decision, Proximity, SourceKind, VerificationRules};
use dtm_store::{Blobs, CheckSetting, NewSignature, Stamp, Store, StoreError, VerificationEntry, VerificationKind};
use serde::Deserialize;

/// The longest note, reason and name.
const LONGEST_NOTE: usize = 1000;
const LONGEST_NAME: usize = 120;
/// More people than this are at no place.
const MOST: f64 = 10_000_000.0;
/// A round with more records is settled by the job, a moment later.
const MOST_RECORDS: u64 = 5_000;

/// A source as somebody describes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NewSource {
    pub(crate) ssid: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) proximity: String,
    pub(crate) basis: String,
    pub(crate) individuals: Option<f64>,
    pub(crate) households: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) date: Option<NaiveDate>,
    pub(crate) note: String,
}

/// A decision as somebody describes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NewDecision {
    pub(crate) ssid: String,
    /// `take`, `combine`, `ask` or `enter`.
    pub(crate) decision: String,
    pub(crate) source: String,
    pub(crate) individuals: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) reason: String,
}

/// What somebody wants.
pub(crate) enum Wish {
    Add(NewSource),
    Decide(NewDecision),
    Undo(VerificationEntryId),
}

struct Speech(Lang);

impl Speech {
    fn say(&self, en: &str, fr: &str) -> String {
        if self.0 == Lang::En { en.to_owned() } else { fr.to_owned() }
    }
}

fn cut(text: &str, most: usize) -> String {
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

fn must_be_open(of: RoundOf<'_>, s: &Speech) -> Result<()> {
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
            let seen = of(store, blobs, round_of, &atlas).await?;
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

/// Signs for the figures of areas as they stand. An area with open questions wants a note. Returns how many were signed.
pub(crate) async fn sign(
    store: &Store,
    blobs: &Blobs,
    round_of: RoundOf<'_>,
    (atlas, areas, note): (&Atlas, &[Pcode], &str),
    lang: Lang,
    stamp: &Stamp,
) -> Result<usize> {
    let s = Speech(lang);
    must_be_open(round_of, &s)?;
    let Some(seen) = of(store, blobs, round_of, atlas).await? else {
        return Err(Mistakes::one(s.say(
            "the round has no figures yet: settle it first",
            "le cycle n’a pas encore de chiffres : consolidez-le d’abord",
        )));
    };
    let note = cut(note, LONGEST_NOTE);
    let mut lines = Vec::new();
    let mut signed = Vec::new();
    for pcode in areas {
        let Some(area) = seen.areas.iter().find(|area| area.standing.area == *pcode) else {
            lines.push(
                s.say(&format!("{pcode} has no figures to sign"), &format!("{pcode} n’a pas de chiffres à signer")),
            );
            continue;
        };
        let standing = &area.standing;
        if standing.n_open > 0 && note.is_empty() {
            lines.push(s.say(
                &format!("{pcode} has open questions: settle them, or say in a note why it is signed with them"),
                &format!("{pcode} a des questions ouvertes : réglez-les, ou dites dans une note pourquoi elle est signée avec elles"),
            ));
            continue;
        }
        if !area.is_signed() {
            signed.push(NewSignature {
                id: world::fresh(SignatureId::new),
                area: pcode.clone(),
                fingerprint: standing.fingerprint.clone(),
                n_places: standing.n_places,
                persons: standing.persons,
                note: note.clone(),
            });
        }
    }
    if areas.is_empty() {
        lines.push(s.say("choose an area", "choisissez une zone"));
    }
    if !lines.is_empty() {
        return Err(Mistakes { lines }.into());
    }
    store.sign_areas(&round_of.round.id, &signed, stamp).await?;
    Ok(signed.len())
}

/// Withdraws the signature of an area, with a reason. An area without one is not found.
pub(crate) async fn withdraw(
    store: &Store,
    round_of: RoundOf<'_>,
    (area, why): (&Pcode, &str),
    lang: Lang,
    stamp: &Stamp,
) -> Result<()> {
    let s = Speech(lang);
    must_be_open(round_of, &s)?;
    let why = cut(why, LONGEST_NOTE);
    if why.is_empty() {
        return Err(Mistakes::one(s.say(
            "say why the signature is withdrawn: it stays in the history",
            "dites pourquoi la signature est retirée : cela reste dans l’historique",
        )));
    }
    Ok(store.withdraw_signature(&round_of.round.id, area, &why, stamp).await?)
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
