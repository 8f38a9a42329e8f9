//! Movements of people between two rounds that somebody knows of.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store};
use dtm_model::{Movement, MovementId, RoundId};
use serde_json::json;
use sqlx::any::AnyRow;

fn read(row: &AnyRow) -> Result<Movement> {
    Ok(Movement {
        id: row.parsed(0)?,
        round: row.parsed(1)?,
        area: row.text(2)?.as_str().into(),
        kind: row.word(3)?,
        persons: row.int(4)?,
        margin: row.int(5)?,
        source: row.text(6)?,
        by: row.text(7)?,
        at: row.instant(8)?,
        withdrawn: row.maybe_text(9)?.zip(row.maybe_instant(10)?),
    })
}

impl Store {
    /// Keeps a movement.
    pub async fn add_movement(&self, movement: &Movement, stamp: &Stamp) -> Result<()> {
        let Movement { id, round, area, kind, persons, margin, source, by, at, withdrawn: _ } = movement;
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO movements (id, round_id, area, kind, persons, margin, source, written_by, written_at) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)";
        write.run(sql, vals![id, round, area, kind.code(), *persons, *margin, source, by, *at]).await?;
        let detail = json!({ "movement": id, "area": area, "kind": kind, "persons": persons, "margin": margin });
        write.note("movement.added", round, detail);
        write.commit().await
    }

    /// Withdraws a movement, or lets it stand again. One that does so already is not to be found.
    pub async fn withdraw_movement(
        &self,
        round: &RoundId,
        id: &MovementId,
        is_withdrawn: bool,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        write.withdraw(("movements", "movement"), round, id, is_withdrawn, stamp).await?;
        let action = if is_withdrawn { "movement.withdrawn" } else { "movement.restored" };
        write.note(action, round, json!({ "movement": id }));
        write.commit().await
    }

    /// The movements before a round, in the order they were written, what was withdrawn too.
    pub async fn movements(&self, round: &RoundId) -> Result<Vec<Movement>> {
        let sql = "SELECT id, round_id, area, kind, persons, margin, source, written_by, written_at, withdrawn_by, \
                   withdrawn_at FROM movements WHERE round_id = $1 ORDER BY id";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        rows.iter().map(read).collect()
    }
}
