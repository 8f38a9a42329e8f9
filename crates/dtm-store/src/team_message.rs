//! What officers write to their field teams about a round, and who sent the records of a round.

use crate::sql::{self, Columns, vals};
use crate::{NewMessage, Result, Stamp, Store};
use dtm_model::{Instant, RecordId, RoundId, TeamMessage, TeamMessageId};
use serde_json::json;
use sqlx::any::AnyRow;

/// Who sent a record, and when it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The record.
    pub record: RecordId,
    /// Who sent it first, such as `app-user:…`; empty for an imported row.
    pub by: String,
    /// When it came first; none for an imported row.
    pub at: Option<Instant>,
}

fn read(row: &AnyRow) -> Result<TeamMessage> {
    Ok(TeamMessage {
        id: row.parsed(0)?,
        round: row.parsed(1)?,
        team: row.maybe_parsed(2)?,
        text: row.text(3)?,
        by: row.text(4)?,
        at: row.instant(5)?,
        withdrawn: row.maybe_text(6)?.zip(row.maybe_instant(7)?),
    })
}

impl Store {
    /// Keeps what was written to a team, and has the mails sent that carry it.
    pub async fn write_to_team(&self, message: &TeamMessage, mails: &[NewMessage], stamp: &Stamp) -> Result<()> {
        let TeamMessage { id, round, team, text, by, at, withdrawn: _ } = message;
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO team_messages (id, round_id, team_id, body, written_by, written_at) \
                   VALUES ($1,$2,$3,$4,$5,$6)";
        write.run(sql, vals![id, round, team, text, by, *at]).await?;
        let detail = json!({ "message": id, "team": team, "mails": mails.len() });
        write.note("team_message.written", round, detail);
        write.post(mails).await?;
        write.commit().await
    }

    /// Withdraws what was written to teams, or lets it stand again. One that does so already is not to be found.
    pub async fn withdraw_team_message(
        &self,
        round: &RoundId,
        id: &TeamMessageId,
        is_withdrawn: bool,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        write.withdraw(("team_messages", "team message"), round, id, is_withdrawn, stamp).await?;
        let action = if is_withdrawn { "team_message.withdrawn" } else { "team_message.restored" };
        write.note(action, round, json!({ "message": id }));
        write.commit().await
    }

    /// What was written to the teams of a round, the newest first, what was withdrawn too.
    pub async fn team_messages(&self, round: &RoundId) -> Result<Vec<TeamMessage>> {
        let sql = "SELECT id, round_id, team_id, body, written_by, written_at, withdrawn_by, withdrawn_at \
                   FROM team_messages WHERE round_id = $1 ORDER BY id DESC";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        rows.iter().map(read).collect()
    }

    /// Who sent the newest records of a round, those that were taken out or lie in the trash left aside.
    pub async fn senders(&self, round: &RoundId, most: u32) -> Result<Vec<Sender>> {
        let sql = "SELECT id, submitter, created_at FROM records WHERE round_id = $1 AND removed = 0 \
                   AND deleted_at IS NULL ORDER BY id DESC LIMIT $2";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round, most]).await?;
        let read = |row: &AnyRow| {
            let by = row.maybe_text(1)?.unwrap_or_default();
            Ok(Sender { record: row.parsed(0)?, by, at: row.maybe_instant(2)? })
        };
        rows.iter().map(read).collect()
    }
}
