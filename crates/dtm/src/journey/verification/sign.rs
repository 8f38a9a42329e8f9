//! Who vouches for the figures of an area. A signature is of the figures as they stood: once one of them is another it no
//! longer holds, and it is said which place changed, from what to what, and why it stands where it does now.

use super::act::{LONGEST_NOTE, Speech, cut, must_be_open};
use super::{Verification, of};
use crate::cli::Mistakes;
use crate::journey::RoundOf;
use crate::world;
use anyhow::Result;
use dtm_model::{Atlas, FigureTable, Lang, Pcode, SignatureId};
use dtm_process::codes::IDP_IND;
use dtm_process::verification::{AreaStanding, Change, PlaceStanding, changes};
use dtm_store::{Blobs, NewSignature, Signature, Stamp, Store};
use std::collections::BTreeMap;

/// How many changed places are named.
const PLACES_NAMED: usize = 3;

/// An area of a round, with its signature.
pub(crate) struct SignedArea {
    pub(crate) standing: AreaStanding,
    /// Low and high of its displaced persons, where the round's sources were weighed.
    pub(crate) range: Option<(i64, i64)>,
    /// The last signature that nobody withdrew.
    pub(crate) signature: Option<Signature>,
}

/// Low and high of displaced persons by area.
pub(super) fn ranges(tables: &[FigureTable]) -> BTreeMap<String, (i64, i64)> {
    let Some(areas) = tables.iter().find(|table| table.name == "areas") else { return BTreeMap::new() };
    let Some(at) = areas.measures.iter().position(|measure| measure.name == "idp_ind" && measure.indicator == IDP_IND)
    else {
        return BTreeMap::new();
    };
    areas.rows.iter().filter_map(|row| Some((row.key[0].clone(), row.cells[at].range?))).collect()
}

impl SignedArea {
    pub(super) fn new(
        standing: AreaStanding,
        signatures: &[Signature],
        ranges: &BTreeMap<String, (i64, i64)>,
    ) -> SignedArea {
        let stands = |one: &&Signature| one.signed.area == standing.area && one.withdrawn.is_none();
        let signature = signatures.iter().rev().find(stands).cloned();
        SignedArea { signature, range: ranges.get(standing.area.as_str()).copied(), standing }
    }

    /// Whether the figures changed since it was signed.
    pub(crate) fn is_stale(&self) -> bool {
        self.signature.as_ref().is_some_and(|signature| signature.signed.fingerprint != self.standing.fingerprint)
    }

    /// Whether somebody signed for the figures as they stand.
    pub(crate) fn is_signed(&self) -> bool {
        self.signature.is_some() && !self.is_stale()
    }

    /// The places that no longer stand at what was signed; none where the signature holds, or noted no places.
    pub(crate) fn changed(&self) -> Vec<Change> {
        let signed = self.signature.as_ref().filter(|_| self.is_stale()).and_then(|one| one.signed.places.as_deref());
        let signed: Option<BTreeMap<_, PlaceStanding>> = signed.and_then(|text| serde_json::from_str(text).ok());
        signed.map(|signed| changes(&signed, &self.standing.places)).unwrap_or_default()
    }
}

impl Verification {
    /// Why the signature of an area no longer holds, in the reader's language: the places that changed, or the totals where
    /// no places were noted. Empty where it holds.
    pub(crate) fn why_stale(&self, area: &SignedArea, lang: Lang) -> Vec<String> {
        let Some(signature) = area.signature.as_ref().filter(|_| area.is_stale()) else { return Vec::new() };
        let s = Speech(lang);
        let changed = area.changed();
        if changed.is_empty() {
            let (then, now) = (signature.signed.persons, area.standing.persons);
            return vec![s.say(
                &format!("{then} persons were signed, {now} stand now"),
                &format!("{then} personnes étaient signées, {now} valent maintenant"),
            )];
        }
        let mut lines: Vec<String> = changed.iter().take(PLACES_NAMED).map(|change| self.changed(change, &s)).collect();
        if let Some(more) = changed.len().checked_sub(PLACES_NAMED).filter(|more| *more > 0) {
            lines.push(s.say(&format!("and {more} more places"), &format!("et {more} autres lieux")));
        }
        lines
    }

    /// A place that changed: from what to what, and why.
    fn changed(&self, change: &Change, s: &Speech) -> String {
        let w = dtm_publish::words::Words::of(s.0);
        let persons = |standing: &Option<PlaceStanding>| match standing {
            Some(standing) => standing.persons.map_or_else(|| "–".to_owned(), |n| w.number(n)),
            None => s.say("not there", "absent"),
        };
        let (then, now) = (persons(&change.signed), persons(&change.now));
        let numbers = if then == now { s.say("other figures", "autres chiffres") } else { format!("{then} → {now}") };
        let told = w.pair(self.name(&change.place), &numbers);
        let verified = self.places.iter().find(|place| place.place == change.place);
        match verified.map(|place| w.typeset(&place.reason.message(s.0))) {
            Some(why) => format!("{told} ({why})"),
            None => told,
        }
    }
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
    let Some(seen) = of(store, blobs, round_of, atlas, None).await? else {
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
                places: Some(serde_json::to_string(&standing.places)?),
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
