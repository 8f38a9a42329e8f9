//! Why something odd in a round's figures is right all the same.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{Instant, RoundId};
use serde_json::json;
use sqlx::any::AnyRow;

/// An explanation as it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The key of what is odd.
    pub anomaly: String,
    /// The reason's word.
    pub why: String,
    /// More words.
    pub note: String,
    /// Who gave it.
    pub by: String,
    /// When.
    pub at: Instant,
}

fn read(row: &AnyRow) -> Result<Explanation> {
    let at = row.maybe_instant(4)?.ok_or_else(|| StoreError::corrupt("when an anomaly was explained"))?;
    Ok(Explanation { anomaly: row.text(0)?, why: row.text(1)?, note: row.text(2)?, by: row.text(3)?, at })
}

impl Store {
    /// Explains what is odd in a round, all of it with the same words; a later explanation takes the place of an earlier.
    pub async fn explain_anomalies(
        &self,
        round: &RoundId,
        anomalies: &[String],
        why: &str,
        note: &str,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let rows = anomalies.iter().map(|key| vals![round, key, why, note, &stamp.by, stamp.at]).collect();
        let head = "INSERT INTO anomaly_explanations (round_id, anomaly, why, note, said_by, said_at)";
        let tail = "ON CONFLICT (round_id, anomaly) DO UPDATE SET why = excluded.why, note = excluded.note, \
                    said_by = excluded.said_by, said_at = excluded.said_at";
        sql::insert(write.conn(), head, tail, rows).await?;
        write.note("anomalies.explained", round, json!({ "anomalies": anomalies.len(), "why": why }));
        write.commit().await
    }

    /// Takes an explanation back; false where there was none.
    pub async fn drop_explanation(&self, round: &RoundId, anomaly: &str, stamp: &Stamp) -> Result<bool> {
        let mut write = self.write(stamp).await?;
        let sql = "DELETE FROM anomaly_explanations WHERE round_id = $1 AND anomaly = $2";
        let dropped = write.run(sql, vals![round, anomaly]).await? > 0;
        write.note("anomalies.unexplained", round, json!({ "dropped": dropped }));
        write.commit().await?;
        Ok(dropped)
    }

    /// The explanations given in a round, by what they explain.
    pub async fn explanations(&self, round: &RoundId) -> Result<Vec<Explanation>> {
        let sql = "SELECT anomaly, why, note, said_by, said_at FROM anomaly_explanations WHERE round_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        sql::sorted(&rows, read, |explanation| &explanation.anomaly)
    }
}
