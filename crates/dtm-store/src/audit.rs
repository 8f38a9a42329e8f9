//! The audit: who did what when, each entry chained to the one before by its hash.
//!
//! The hash of an entry is the SHA-256 of a JSON array of its number, moment, actor, action, subject, detail and the
//! hash before it. Whoever changes, removes or inserts an entry later breaks the chain from there on, and the end of the
//! chain is kept beside it, so that cutting it short shows as well.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store};
use dtm_model::{BlobHash, Instant};
use serde_json::{Value, json};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

/// One entry of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// What was done, such as `round.moved`.
    pub action: String,
    /// On what: an id, mostly.
    pub subject: String,
    /// Facts, as JSON.
    pub detail: String,
    /// The hash of the entry before.
    pub prev_hash: String,
    /// Its own hash.
    pub hash: String,
}

/// Where the facts of an entry hold what was said about the act: inside, so that the hash covers it.
const NOTES: &str = "notes";

/// Which entries are wanted.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only these acts; none for all.
    pub actions: Option<Vec<&'static str>>,
    /// Only by this actor.
    pub actor: Option<String>,
    /// Not before.
    pub start: Option<Instant>,
    /// Not after.
    pub end: Option<Instant>,
}

/// What a walk along the chain found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainCheck {
    /// How many entries were read.
    pub n_entries: i64,
    /// The number of the first entry that is not what was written, if any.
    pub broken_at: Option<i64>,
}

impl AuditEntry {
    /// What is known of the act, and what whoever did it said about it.
    pub fn facts(&self) -> (Value, Option<String>) {
        let mut facts = serde_json::from_str(&self.detail).unwrap_or(Value::Null);
        let notes = match &mut facts {
            Value::Object(facts) => facts.remove(NOTES).and_then(|notes| notes.as_str().map(str::to_owned)),
            _ => None,
        };
        (facts, notes)
    }

    fn expected_hash(&self) -> String {
        let canonical: Value =
            json!([self.seq, self.at.as_millis(), self.actor, self.action, self.subject, self.detail, self.prev_hash]);
        BlobHash::of(canonical.to_string().as_bytes()).as_str().to_owned()
    }

    fn read(row: &AnyRow) -> Result<Self> {
        Ok(Self {
            seq: row.int(0)?,
            at: row.instant(1)?,
            actor: row.text(2)?,
            action: row.text(3)?,
            subject: row.text(4)?,
            detail: row.text(5)?,
            prev_hash: row.text(6)?,
            hash: row.text(7)?,
        })
    }
}

/// The end of the chain while a transaction adds to it.
pub(crate) struct Chain {
    seq: i64,
    hash: String,
    entries: Vec<AuditEntry>,
}

impl Chain {
    pub(crate) fn new(seq: i64, hash: String) -> Self {
        Self { seq, hash, entries: Vec::new() }
    }

    pub(crate) fn push(&mut self, stamp: &Stamp, action: &str, subject: String, mut detail: Value) {
        if let (Some(notes), Value::Object(facts)) = (&stamp.notes, &mut detail) {
            facts.insert(NOTES.to_owned(), notes.as_ref().into());
        }
        let mut entry = AuditEntry {
            seq: self.seq + 1,
            at: stamp.at,
            actor: stamp.by.clone(),
            action: action.to_owned(),
            subject,
            detail: detail.to_string(),
            prev_hash: self.hash.clone(),
            hash: String::new(),
        };
        entry.hash = entry.expected_hash();
        self.seq = entry.seq;
        self.hash.clone_from(&entry.hash);
        self.entries.push(entry);
    }

    pub(crate) async fn save(&mut self, conn: &mut AnyConnection) -> Result<()> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.entries).into_iter().map(|entry| {
            let AuditEntry { seq, at, actor, action, subject, detail, prev_hash, hash } = entry;
            vals![seq, at, actor, action, subject, detail, prev_hash, hash]
        });
        let head = "INSERT INTO audit (seq, at, actor, action, subject, detail, prev_hash, hash)";
        sql::insert(conn, head, "", rows.collect()).await?;
        sql::run(conn, "UPDATE audit_head SET seq = $1, hash = $2 WHERE one = 1", vals![self.seq, &self.hash]).await?;
        Ok(())
    }
}

impl Store {
    /// Notes that somebody looked at what is about people: a record, a submission, a file. Nothing else changes.
    pub async fn note_seen(&self, subject: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        write.note("seen", subject, json!({}));
        write.commit().await
    }

    /// The entries after this number, oldest first.
    pub async fn audit(&self, after_seq: i64, limit: u32) -> Result<Vec<AuditEntry>> {
        let sql = "SELECT seq, at, actor, action, subject, detail, prev_hash, hash FROM audit WHERE seq > $1 \
                   ORDER BY seq LIMIT $2";
        let rows = sql::all(&mut *self.read().await?, sql, vals![after_seq, limit]).await?;
        rows.iter().map(AuditEntry::read).collect()
    }

    /// A page of the entries wanted, newest first.
    pub async fn audit_page(&self, wanted: &AuditFilter, offset: u32, limit: u32) -> Result<Vec<AuditEntry>> {
        let (mut conditions, mut vals) = (vec!["1 = 1".to_owned()], vals![]);
        if let Some(actions) = &wanted.actions {
            if actions.is_empty() {
                return Ok(Vec::new());
            }
            conditions.push(format!("action IN ({})", sql::list(1, actions.len())));
            vals.extend(actions.iter().map(|action| sql::Val::from(*action)));
        }
        if let Some(actor) = &wanted.actor {
            vals.push(actor.into());
            conditions.push(format!("actor = ${}", vals.len()));
        }
        for (at, compared) in [(wanted.start, ">="), (wanted.end, "<=")] {
            if let Some(at) = at {
                vals.push(at.into());
                conditions.push(format!("at {compared} ${}", vals.len()));
            }
        }
        vals.extend(vals![limit, offset]);
        let sql = format!(
            "SELECT seq, at, actor, action, subject, detail, prev_hash, hash FROM audit WHERE {} \
             ORDER BY seq DESC LIMIT ${} OFFSET ${}",
            conditions.join(" AND "),
            vals.len() - 1,
            vals.len()
        );
        let rows = sql::all(&mut *self.read().await?, sql, vals).await?;
        rows.iter().map(AuditEntry::read).collect()
    }

    /// The entries about one subject, oldest first.
    pub async fn audit_of(&self, subject: &str) -> Result<Vec<AuditEntry>> {
        let sql = "SELECT seq, at, actor, action, subject, detail, prev_hash, hash FROM audit WHERE subject = $1 \
                   ORDER BY seq";
        let rows = sql::all(&mut *self.read().await?, sql, vals![subject]).await?;
        rows.iter().map(AuditEntry::read).collect()
    }

    /// Walks the whole chain and says where it is broken, if it is.
    pub async fn verify_audit(&self) -> Result<ChainCheck> {
        // The end first: what is added meanwhile lies beyond it.
        let head =
            sql::one(&mut *self.read().await?, "SELECT seq, hash FROM audit_head WHERE one = 1", vals![]).await?;
        let Some(head) = head else { return Ok(ChainCheck { n_entries: 0, broken_at: Some(0) }) };
        let (last, last_hash) = (head.int(0)?, head.text(1)?);
        let (mut seq, mut hash) = (0, String::new());
        while seq < last {
            let before = seq;
            let page = self.audit(seq, 1000).await?;
            for entry in page.iter().take_while(|entry| entry.seq <= last) {
                let whole = entry.seq == seq + 1 && entry.prev_hash == hash && entry.hash == entry.expected_hash();
                if !whole {
                    return Ok(ChainCheck { n_entries: seq, broken_at: Some(seq + 1) });
                }
                seq = entry.seq;
                hash.clone_from(&entry.hash);
            }
            if seq == before {
                return Ok(ChainCheck { n_entries: seq, broken_at: Some(seq + 1) });
            }
        }
        let broken_at = (hash != last_hash).then_some(last);
        Ok(ChainCheck { n_entries: seq, broken_at })
    }
}
