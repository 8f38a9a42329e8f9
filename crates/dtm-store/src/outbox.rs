//! Messages to the outside. They are written in the transaction of what causes them ([`Write::post`]), and a job sends them:
//! whoever takes a message holds it until its next hour comes, so that a message may go out twice and is never lost.
//!
//! A message that was sent keeps no text. The list says to whom and when for a while, then [`Store::sweep_outbox`] drops it.

use crate::open::Write;
use crate::sql::{self, Columns, vals, word};
use crate::{Result, Stamp, Store};
use dtm_model::{Instant, Lang, MessageId, OperationId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageKind {
    /// A mail whose subject and text stand in the message.
    Mail,
    /// A mail with a link to set a password, to whoever has this address here; nobody may have it.
    Reset,
    /// A mail with a link to set the first password, to somebody who was added.
    Invitation,
    /// A call of another system; the recipient is its [`Hook`](crate::Hook).
    Hook,
}

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id; a system that is called twice with it was told the same thing.
    pub id: MessageId,
    /// What it is.
    pub kind: MessageKind,
    /// The operation it is about, if one.
    pub operation: Option<OperationId>,
    /// A mail address, or the id of a hook.
    pub recipient: String,
    /// The language it is written in.
    pub lang: Lang,
    /// What stands over it: the subject of a mail, the event a hook is told of.
    pub subject: String,
    /// What it says: plain text, or JSON. Never a password, a token or an answer.
    pub body: String,
}

/// A message and how it fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What is to be sent; without its text once it was.
    pub message: NewMessage,
    /// When it was written.
    pub created_at: Instant,
    /// By whom.
    pub created_by: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next; none once it was sent or given up.
    pub next_at: Option<Instant>,
    /// When it went out.
    pub sent_at: Option<Instant>,
    /// When it was given up.
    pub given_up_at: Option<Instant>,
    /// What hindered it last, as a stable word.
    pub problem: Option<String>,
    /// The number that the other side answered with, if it did.
    pub answer: Option<i64>,
}

/// How many messages wait, went out and were given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// To be sent.
    pub n_waiting: u64,
    /// Sent, as long as the list remembers.
    pub n_sent: u64,
    /// Given up.
    pub n_given_up: u64,
}

/// Which messages of the outbox are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// To be sent.
    Waiting,
    /// Sent.
    Sent,
    /// Given up.
    GivenUp,
}

impl Posted {
    fn condition(self) -> &'static str {
        match self {
            Posted::Waiting => "next_at IS NOT NULL",
            Posted::Sent => "sent_at IS NOT NULL",
            Posted::GivenUp => "given_up_at IS NOT NULL",
        }
    }
}

const COLUMNS: &str = "id, kind, operation_id, recipient, lang, subject, body, created_at, created_by, tries, next_at, \
                       sent_at, given_up_at, problem, answer";

fn read(row: &AnyRow) -> Result<Message> {
    Ok(Message {
        message: NewMessage {
            id: row.parsed(0)?,
            kind: row.word(1)?,
            operation: row.maybe_parsed(2)?,
            recipient: row.text(3)?,
            lang: row.word(4)?,
            subject: row.text(5)?,
            body: row.text(6)?,
        },
        created_at: row.instant(7)?,
        created_by: row.text(8)?,
        tries: row.small(9)?,
        next_at: row.maybe_instant(10)?,
        sent_at: row.maybe_instant(11)?,
        given_up_at: row.maybe_instant(12)?,
        problem: row.maybe_text(13)?,
        answer: row.maybe_int(14)?,
    })
}

impl Write {
    /// Has messages sent, if this transaction is committed.
    pub(crate) async fn post(&mut self, messages: &[NewMessage]) -> Result<()> {
        let (at, by) = (self.at(), self.by().to_owned());
        let rows = messages.iter().map(|message| {
            let NewMessage { id, kind, operation, recipient, lang, subject, body } = message;
            let mut row = vals![id, word(kind), operation, recipient, word(lang), subject, body, at, &by];
            row.extend(vals![0_i64, at]);
            row
        });
        let head = "INSERT INTO outbox (id, kind, operation_id, recipient, lang, subject, body, created_at, created_by, \
                    tries, next_at)";
        sql::insert(self.conn(), head, "", rows.collect()).await?;
        for NewMessage { id, kind, operation, .. } in messages {
            self.note("message.posted", id, json!({ "kind": kind, "operation": operation }));
        }
        Ok(())
    }
}

impl Store {
    /// Has messages sent that nothing else here causes.
    pub async fn post(&self, messages: &[NewMessage], stamp: &Stamp) -> Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        let mut write = self.write(stamp).await?;
        write.post(messages).await?;
        write.commit().await
    }

    /// Takes messages whose hour has come, and holds them until `lease_until`: then they come again, unless somebody has said
    /// what became of them.
    pub async fn take_messages(&self, now: Instant, lease_until: Instant, most: u32) -> Result<Vec<Message>> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE next_at <= $1 ORDER BY next_at, id LIMIT $2");
        let due = sql::all(&mut *self.read().await?, sql.clone(), vals![now, most]).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let mut aside = self.aside().await?;
        let mut taken = Vec::new();
        for row in &due {
            let message = read(row)?;
            let sql = "UPDATE outbox SET next_at = $1, tries = tries + 1 WHERE id = $2 AND next_at = $3";
            // Another server may have been quicker.
            if sql::run(aside.conn(), sql, vals![lease_until, &message.message.id, message.next_at]).await? > 0 {
                taken.push(Message { tries: message.tries + 1, next_at: Some(lease_until), ..message });
            }
        }
        aside.commit().await?;
        Ok(taken)
    }

    /// Says that a message went out. Its text is not kept.
    pub async fn sent_message(&self, id: &MessageId, now: Instant) -> Result<()> {
        let mut aside = self.aside().await?;
        let sql = "UPDATE outbox SET sent_at = $1, next_at = NULL, given_up_at = NULL, problem = NULL, answer = NULL, \
                   body = '' WHERE id = $2";
        sql::run(aside.conn(), sql, vals![now, id]).await?;
        aside.commit().await
    }

    /// Says what hindered a message, and when to try again; without that it is given up, which the audit log tells.
    pub async fn hindered_message(
        &self,
        id: &MessageId,
        problem: &str,
        answer: Option<i64>,
        again_at: Option<Instant>,
        stamp: &Stamp,
    ) -> Result<()> {
        let sql = "UPDATE outbox SET problem = $1, answer = $2, next_at = $3, given_up_at = $4 \
                   WHERE id = $5 AND sent_at IS NULL";
        if again_at.is_some() {
            let mut aside = self.aside().await?;
            sql::run(aside.conn(), sql, vals![problem, answer, again_at, None::<Instant>, id]).await?;
            return aside.commit().await;
        }
        let mut write = self.write(stamp).await?;
        write.run(sql, vals![problem, answer, again_at, Some(stamp.at), id]).await?;
        write.note("message.given_up", id, json!({ "problem": problem, "answer": answer }));
        write.commit().await
    }

    /// Has messages that were given up tried anew; all of them where none is named. Returns how many.
    pub async fn retry_messages(&self, id: Option<&MessageId>, stamp: &Stamp) -> Result<u64> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE outbox SET tries = 0, next_at = $1, given_up_at = NULL \
                   WHERE given_up_at IS NOT NULL AND (id = $2 OR $2 IS NULL)";
        let n = write.run(sql, vals![stamp.at, &id.cloned()]).await?;
        if n > 0 {
            let subject = id.map_or_else(|| "outbox".to_owned(), ToString::to_string);
            write.note("message.retried", subject, json!({ "messages": n }));
        }
        write.commit().await?;
        Ok(n)
    }

    /// Drops a message that was not sent.
    pub async fn drop_message(&self, id: &MessageId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        write.must("DELETE FROM outbox WHERE id = $1 AND sent_at IS NULL", vals![id], "message", id).await?;
        write.note("message.dropped", id, Value::Null);
        write.commit().await
    }

    /// A message that nobody is to get: whoever it was for is not here. It leaves no trace in the list.
    pub async fn forget_message(&self, id: &MessageId) -> Result<()> {
        let mut aside = self.aside().await?;
        sql::run(aside.conn(), "DELETE FROM outbox WHERE id = $1", vals![id]).await?;
        aside.commit().await
    }

    /// Messages of the outbox, the newest first.
    pub async fn messages(&self, wanted: Posted, most: u32) -> Result<Vec<Message>> {
        let condition = wanted.condition();
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT $1");
        let rows = sql::all(&mut *self.read().await?, sql, vals![most]).await?;
        rows.iter().map(read).collect()
    }

    /// How many there are of each.
    pub async fn count_messages(&self) -> Result<OutboxCounts> {
        let sql = "SELECT count(next_at), count(sent_at), count(given_up_at) FROM outbox";
        let row = sql::one(&mut *self.read().await?, sql, vals![]).await?;
        let Some(row) = row else { return Ok(OutboxCounts::default()) };
        let count = |at| row.int(at).map(|n| n.unsigned_abs());
        Ok(OutboxCounts { n_waiting: count(0)?, n_sent: count(1)?, n_given_up: count(2)? })
    }

    /// Drops what was sent or given up before this moment. Returns how many.
    pub async fn sweep_outbox(&self, before: Instant) -> Result<u64> {
        let mut aside = self.aside().await?;
        let sql = "DELETE FROM outbox WHERE sent_at < $1 OR given_up_at < $1";
        let n = sql::run(aside.conn(), sql, vals![before]).await?;
        aside.commit().await?;
        Ok(n)
    }
}
