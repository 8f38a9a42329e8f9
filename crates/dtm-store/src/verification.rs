//! Verification of rounds: sources that officers add by hand, what they decide between sources, and who signs for an area.
//!
//! What a source or a decision says is the caller's: kept here as JSON. Nothing is changed once it is there; what was taken
//! back says by whom and when.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{Instant, Pcode, RoundId, SignatureId, Ssid, VerificationEntryId};
use serde_json::json;
use sqlx::any::AnyRow;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationKind {
    /// What was heard of a place otherwise than by a form.
    Source,
    /// What an officer decided about a place.
    Decision,
}

impl VerificationKind {
    fn code(self) -> &'static str {
        match self {
            VerificationKind::Source => "source",
            VerificationKind::Decision => "decision",
        }
    }
}

/// A source or a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationEntry {
    /// Its id.
    pub id: VerificationEntryId,
    /// The place.
    pub place: Ssid,
    /// What it is.
    pub kind: VerificationKind,
    /// What it says, as JSON.
    pub body: String,
    /// Who made it.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Who took it back, and when.
    pub undone: Option<(String, Instant)>,
}

/// What somebody signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSignature {
    /// Its id.
    pub id: SignatureId,
    /// The area.
    pub area: Pcode,
    /// The fingerprint of its figures.
    pub fingerprint: String,
    /// Places with figures.
    pub n_places: u32,
    /// Displaced persons.
    pub persons: i64,
    /// More words.
    pub note: String,
    /// What each place stands at, as JSON; none where nobody noted it.
    pub places: Option<String>,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// What was signed.
    pub signed: NewSignature,
    /// Who signed.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Who withdrew it, when and why.
    pub withdrawn: Option<(String, Instant, String)>,
}

fn read_entry(row: &AnyRow) -> Result<VerificationEntry> {
    let kind = match row.text(2)?.as_str() {
        "source" => VerificationKind::Source,
        "decision" => VerificationKind::Decision,
        _ => return Err(StoreError::corrupt("what a verification entry is")),
    };
    let undone = row.maybe_text(6)?.zip(row.maybe_instant(7)?);
    let (by, at) = (row.text(4)?, row.instant(5)?);
    Ok(VerificationEntry { id: row.parsed(0)?, place: Ssid(row.text(1)?), kind, body: row.text(3)?, by, at, undone })
}

fn read_signature(row: &AnyRow) -> Result<Signature> {
    let signed = NewSignature {
        id: row.parsed(0)?,
        area: Pcode(row.text(1)?),
        fingerprint: row.text(2)?,
        n_places: u32::try_from(row.int(3)?).map_err(|_| StoreError::corrupt("how many places were signed"))?,
        persons: row.int(4)?,
        note: row.text(5)?,
        places: row.maybe_text(11)?,
    };
    let withdrawn = row.maybe_text(8)?.zip(row.maybe_instant(9)?).zip(row.maybe_text(10)?);
    let withdrawn = withdrawn.map(|((by, at), why)| (by, at, why));
    Ok(Signature { signed, by: row.text(6)?, at: row.instant(7)?, withdrawn })
}

impl Store {
    /// Keeps a source or a decision about a place of a round; `did` says in one word which source, or what was decided.
    pub async fn add_verification(
        &self,
        round: &RoundId,
        (id, place): (&VerificationEntryId, &Ssid),
        (kind, did, body): (VerificationKind, &str, &str),
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO verification_entries (id, round_id, ssid, kind, body, made_by, made_at) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7)";
        write.run(sql, vals![id, round, place, kind.code(), body, &stamp.by, stamp.at]).await?;
        let action = match kind {
            VerificationKind::Source => "verification.source_added",
            VerificationKind::Decision => "verification.decided",
        };
        write.note(action, round, json!({ "entry": id, "place": place, "did": did }));
        write.commit().await
    }

    /// Takes a source or a decision back. One that somebody took back before is no longer there to be found.
    pub async fn undo_verification(&self, round: &RoundId, id: &VerificationEntryId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE verification_entries SET undone_by = $1, undone_at = $2 \
                   WHERE id = $3 AND round_id = $4 AND undone_at IS NULL";
        write.must(sql, vals![&stamp.by, stamp.at, id, round], "verification entry", id).await?;
        write.note("verification.undone", round, json!({ "entry": id }));
        write.commit().await
    }

    /// The sources and decisions of a round, the earliest first, those that were taken back too.
    pub async fn verification_entries(&self, round: &RoundId) -> Result<Vec<VerificationEntry>> {
        let sql = "SELECT id, ssid, kind, body, made_by, made_at, undone_by, undone_at FROM verification_entries \
                   WHERE round_id = $1 ORDER BY made_at, id";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        rows.iter().map(read_entry).collect()
    }

    /// Signs for the figures of areas.
    pub async fn sign_areas(&self, round: &RoundId, areas: &[NewSignature], stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        for NewSignature { id, area, fingerprint, n_places, persons, note, places } in areas {
            let sql = "INSERT INTO area_signatures \
                       (id, round_id, area, fingerprint, n_places, persons, note, signed_by, signed_at, places) \
                       VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)";
            let n_places = i64::from(*n_places);
            let vals = vals![id, round, area, fingerprint, n_places, *persons, note, &stamp.by, stamp.at, places];
            write.run(sql, vals).await?;
            write.note("area.signed", round, json!({ "signature": id, "area": area, "fingerprint": fingerprint }));
        }
        write.commit().await
    }

    /// Withdraws the signatures of an area that stand. Where there is none, it is not found.
    pub async fn withdraw_signature(&self, round: &RoundId, area: &Pcode, why: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE area_signatures SET withdrawn_by = $1, withdrawn_at = $2, withdrawn_why = $3 \
                   WHERE round_id = $4 AND area = $5 AND withdrawn_at IS NULL";
        if write.run(sql, vals![&stamp.by, stamp.at, why, round, area]).await? == 0 {
            return Err(StoreError::not_found("signature", area));
        }
        write.note("area.unsigned", round, json!({ "area": area, "reason": why }));
        write.commit().await
    }

    /// The signatures of a round, the earliest first, those that were withdrawn too.
    pub async fn signatures(&self, round: &RoundId) -> Result<Vec<Signature>> {
        let sql = "SELECT id, area, fingerprint, n_places, persons, note, signed_by, signed_at, \
                   withdrawn_by, withdrawn_at, withdrawn_why, places FROM area_signatures WHERE round_id = $1 \
                   ORDER BY signed_at, id";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        rows.iter().map(read_signature).collect()
    }
}
