//! What readers say of what was published.
//!
//! Nobody is asked who they are. An address that a reader left for an answer is forgotten with the answer, and the audit log
//! never has it.

use crate::sql::{self, Columns, vals, word};
use crate::{NewMessage, Result, Stamp, Store, StoreError};
use dtm_model::{FeedbackId, Instant, Lang, OperationId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::any::AnyRow;

/// What a reader says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackKind {
    /// It served.
    Useful,
    /// It served in part.
    Partly,
    /// It did not serve.
    NotUseful,
    /// Something in it is wrong.
    Correction,
}

impl FeedbackKind {
    /// All of them.
    pub const ALL: [FeedbackKind; 4] =
        [FeedbackKind::Useful, FeedbackKind::Partly, FeedbackKind::NotUseful, FeedbackKind::Correction];

    /// The word used in forms and files.
    pub fn code(self) -> &'static str {
        match self {
            FeedbackKind::Useful => "useful",
            FeedbackKind::Partly => "partly",
            FeedbackKind::NotUseful => "not_useful",
            FeedbackKind::Correction => "correction",
        }
    }

    /// The kind of this word.
    pub fn from_code(code: &str) -> Option<FeedbackKind> {
        FeedbackKind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What one reader said of one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// Its id.
    pub id: FeedbackId,
    /// The operation.
    pub operation: OperationId,
    /// The page below the operation, without its language; empty for the first.
    pub product: String,
    /// What is said.
    pub kind: FeedbackKind,
    /// Whom the reader works for, by the code of a word; empty where that was not told.
    pub reader: String,
    /// Why, or what is wrong; may be empty.
    pub words: String,
    /// Where an answer is wanted; forgotten with the answer.
    pub contact: Option<String>,
    /// The language it was said in.
    pub lang: Lang,
    /// When it was said.
    pub given_at: Instant,
    /// What was answered, when and by whom.
    pub answer: Option<FeedbackAnswer>,
}

/// What was answered to a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackAnswer {
    /// The words.
    pub words: String,
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: String,
}

const COLUMNS: &str = "id, operation_id, product, kind, reader, words, contact, lang, given_at, answer, answered_at, \
                       answered_by";

fn read(row: &AnyRow) -> Result<Feedback> {
    let answer = match (row.maybe_text(9)?, row.maybe_instant(10)?, row.maybe_text(11)?) {
        (Some(words), Some(at), Some(by)) => Some(FeedbackAnswer { words, at, by }),
        _ => None,
    };
    Ok(Feedback {
        id: row.parsed(0)?,
        operation: row.parsed(1)?,
        product: row.text(2)?,
        kind: row.word(3)?,
        reader: row.text(4)?,
        words: row.text(5)?,
        contact: row.maybe_text(6)?,
        lang: row.word(7)?,
        given_at: row.instant(8)?,
        answer,
    })
}

impl Store {
    /// Keeps what a reader says.
    pub async fn give_feedback(&self, feedback: &Feedback, stamp: &Stamp) -> Result<()> {
        let Feedback { id, operation, product, kind, reader, words, contact, lang, given_at, .. } = feedback;
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO feedback (id, operation_id, product, kind, reader, words, contact, lang, given_at) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)";
        let vals = vals![id, operation, product, word(kind), reader, words, contact, word(lang), *given_at];
        write.run(sql, vals).await?;
        write.note("feedback.given", id, json!({ "operation": operation, "product": product, "kind": kind }));
        write.commit().await
    }

    /// Adds to what was said why, by whom and where an answer is wanted, until it was answered. Words that stand already stay.
    pub async fn say_why(
        &self,
        id: &FeedbackId,
        reader: &str,
        words: &str,
        contact: Option<&str>,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE feedback SET reader = $1, words = $2, contact = $3 \
                   WHERE id = $4 AND words = '' AND answered_at IS NULL";
        let contact = contact.map(str::to_owned);
        if write.run(sql, vals![reader, words, contact, id]).await? == 0 {
            return Err(StoreError::Conflict { what: "feedback_state" });
        }
        write.note("feedback.explained", id, json!({ "reader": reader }));
        write.commit().await
    }

    /// Keeps an answer, and forgets where it went.
    pub async fn answer_feedback(
        &self,
        id: &FeedbackId,
        words: &str,
        mails: &[NewMessage],
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE feedback SET answer = $1, answered_at = $2, answered_by = $3, contact = NULL \
                   WHERE id = $4 AND answered_at IS NULL";
        if write.run(sql, vals![words, stamp.at, &stamp.by, id]).await? == 0 {
            return Err(StoreError::Conflict { what: "feedback_state" });
        }
        write.note("feedback.answered", id, json!({ "words": words }));
        write.post(mails).await?;
        write.commit().await
    }

    /// What readers said of an operation, newest first.
    pub async fn feedback(&self, operation: &OperationId) -> Result<Vec<Feedback>> {
        let sql = format!("SELECT {COLUMNS} FROM feedback WHERE operation_id = $1 ORDER BY given_at DESC, id DESC");
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(read).collect()
    }

    /// What was said under this id.
    pub async fn feedback_by_id(&self, id: &FeedbackId) -> Result<Option<Feedback>> {
        let sql = format!("SELECT {COLUMNS} FROM feedback WHERE id = $1");
        let row = sql::one(&mut *self.read().await?, sql, vals![id]).await?;
        row.as_ref().map(read).transpose()
    }
}
