//! Requests for what is not public, and the agreements made on them.
//!
//! A request moves between states by an officer's hand, its own end, or the partner's word; an agreement is kept with its
//! policy, what protecting it took and where its release lies. Who asks is known until it is forgotten: the audit log has
//! numbers of requests, never names.

use crate::sql::{self, Columns, json as to_json, vals, word};
use crate::{NewMessage, Result, Stamp, Store, StoreError};
use dtm_model::{BlobHash, DataRequestId, Instant, Lang, OperationId, RoundId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// It came, and nobody looked at it yet.
    Asked,
    /// An officer looks at it.
    UnderReview,
    /// The officer wants to know more.
    MoreAsked,
    /// An agreement was made; its files can be had.
    Granted,
    /// It was refused.
    Refused,
    /// The agreement came to its end.
    Expired,
    /// The agreement was ended early, or whoever asked took the request back.
    Withdrawn,
}

impl RequestState {
    /// The word used in files and on the wire.
    pub fn code(self) -> &'static str {
        match self {
            RequestState::Asked => "asked",
            RequestState::UnderReview => "under_review",
            RequestState::MoreAsked => "more_asked",
            RequestState::Granted => "granted",
            RequestState::Refused => "refused",
            RequestState::Expired => "expired",
            RequestState::Withdrawn => "withdrawn",
        }
    }

    /// Whether a decision is still to come.
    pub fn is_open(self) -> bool {
        matches!(self, RequestState::Asked | RequestState::UnderReview | RequestState::MoreAsked)
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    /// Their name.
    pub name: String,
    /// The organisation they ask for.
    pub organisation: String,
    /// Where they are written to.
    pub email: String,
}

/// What is asked for, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The dataset: exercise, round and form.
    pub source: String,
    /// What it is needed for.
    pub purpose: String,
    /// What allows the partner to use it.
    pub legal_basis: String,
    /// The fields, by name.
    pub fields: Vec<String>,
    /// The areas, in words.
    #[serde(default)]
    pub areas: String,
    /// Until when it is to be used, as given.
    #[serde(default)]
    pub until: String,
    /// What the partner answered when asked for more.
    #[serde(default)]
    pub more: String,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataRequest {
    /// Its id.
    pub id: DataRequestId,
    /// The operation.
    pub operation: OperationId,
    /// The round whose data are asked for.
    pub round: RoundId,
    /// Counts the requests of an operation; the agreement has the same number.
    pub number: u32,
    /// The hash of the token that its address holds.
    pub token_hash: String,
    /// The language it was asked in.
    pub lang: Lang,
    /// How it stands.
    pub state: RequestState,
    /// Who asks; none once that was forgotten.
    pub person: Option<Requester>,
    /// What is asked for.
    pub wish: Wish,
    /// What the officer wrote last.
    pub words: String,
    /// When it came.
    pub asked_at: Instant,
    /// When its state changed last.
    pub changed_at: Instant,
}

/// An agreement.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// The request it answers.
    pub request: DataRequestId,
    /// The policy of its release.
    pub policy: Value,
    /// What protecting the records took.
    pub risk: Value,
    /// Where its release lies.
    pub blob: BlobHash,
    /// When it was made.
    pub granted_at: Instant,
    /// Who made it.
    pub granted_by: String,
    /// When it ends.
    pub ends_at: Instant,
    /// How many files can be taken.
    pub most_downloads: u32,
    /// How many were.
    pub n_downloads: u32,
    /// When the partner was reminded of its end.
    pub reminded_at: Option<Instant>,
    /// When it was ended early.
    pub closed_at: Option<Instant>,
}

impl Agreement {
    /// Whether files can be had at this moment.
    pub fn is_good(&self, now: Instant) -> bool {
        self.closed_at.is_none() && now < self.ends_at && self.n_downloads < self.most_downloads
    }
}

macro_rules! requests {
    ($rest:literal) => {
        concat!(
            "SELECT id, operation_id, round_id, number, token_hash, lang, state, person, wish, words, asked_at, ",
            "changed_at FROM data_requests ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<DataRequest> {
    let person = match row.maybe_text(7)? {
        Some(text) => {
            Some(serde_json::from_str(&text).map_err(|_| StoreError::corrupt("who asks for data cannot be read"))?)
        }
        None => None,
    };
    Ok(DataRequest {
        id: row.parsed(0)?,
        operation: row.parsed(1)?,
        round: row.parsed(2)?,
        number: row.small(3)?,
        token_hash: row.text(4)?,
        lang: row.word(5)?,
        state: row.word(6)?,
        person,
        wish: row.json(8)?,
        words: row.text(9)?,
        asked_at: row.instant(10)?,
        changed_at: row.instant(11)?,
    })
}

macro_rules! agreements {
    ($rest:literal) => {
        concat!(
            "SELECT request_id, policy, risk, blob, granted_at, granted_by, ends_at, most_downloads, n_downloads, ",
            "reminded_at, closed_at FROM agreements ",
            $rest
        )
    };
}

fn read_agreement(row: &AnyRow) -> Result<Agreement> {
    Ok(Agreement {
        request: row.parsed(0)?,
        policy: row.json(1)?,
        risk: row.json(2)?,
        blob: row.parsed(3)?,
        granted_at: row.instant(4)?,
        granted_by: row.text(5)?,
        ends_at: row.instant(6)?,
        most_downloads: row.small(7)?,
        n_downloads: row.small(8)?,
        reminded_at: row.maybe_instant(9)?,
        closed_at: row.maybe_instant(10)?,
    })
}

impl Store {
    /// Keeps a request under the next number of its operation, which it returns.
    pub async fn ask_for_data(&self, request: &DataRequest, mails: &[NewMessage], stamp: &Stamp) -> Result<u32> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT COALESCE(MAX(number), 0) FROM data_requests WHERE operation_id = $1";
        let row = sql::one(write.conn(), sql, vals![&request.operation]).await?;
        let number = row.map_or(Ok(0), |row| row.small(0))? + 1;
        let DataRequest { id, operation, round, token_hash, lang, state, person, wish, words, .. } = request;
        let person = person.as_ref().map(to_json).transpose()?;
        let sql = "INSERT INTO data_requests (id, operation_id, round_id, number, token_hash, lang, state, person, wish, \
                   words, asked_at, changed_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)";
        let mut vals = vals![id, operation, round, number, token_hash, word(lang), word(state), person];
        vals.extend(vals![to_json(wish)?, words, stamp.at, stamp.at]);
        write.run(sql, vals).await?;
        write.note("data_request.asked", id, json!({ "operation": operation, "number": number, "round": round }));
        write.post(mails).await?;
        write.commit().await?;
        Ok(number)
    }

    /// The requests of an operation, newest first.
    pub async fn data_requests(&self, operation: &OperationId) -> Result<Vec<DataRequest>> {
        let sql = requests!("WHERE operation_id = $1 ORDER BY number DESC");
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(read).collect()
    }

    /// The request of this number.
    pub async fn data_request(&self, operation: &OperationId, number: u32) -> Result<Option<DataRequest>> {
        let sql = requests!("WHERE operation_id = $1 AND number = $2");
        let row = sql::one(&mut *self.read().await?, sql, vals![operation, number]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The request with this id.
    pub async fn data_request_by_id(&self, id: &DataRequestId) -> Result<Option<DataRequest>> {
        let row = sql::one(&mut *self.read().await?, requests!("WHERE id = $1"), vals![id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The request whose address holds this token.
    pub async fn data_request_by_token(&self, token_hash: &str) -> Result<Option<DataRequest>> {
        let row = sql::one(&mut *self.read().await?, requests!("WHERE token_hash = $1"), vals![token_hash]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Moves a request from the state it was seen in to another; if it moved meanwhile, that is the conflict
    /// `data_request_state`. An agreement on it ends when it is no longer granted.
    pub async fn move_data_request(
        &self,
        seen: &DataRequest,
        to: RequestState,
        words: &str,
        mails: &[NewMessage],
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE data_requests SET state = $1, words = $2, changed_at = $3 WHERE id = $4 AND state = $5";
        if write.run(sql, vals![word(&to), words, stamp.at, &seen.id, word(&seen.state)]).await? == 0 {
            return Err(StoreError::Conflict { what: "data_request_state" });
        }
        if seen.state == RequestState::Granted {
            let sql = "UPDATE agreements SET closed_at = $1 WHERE request_id = $2 AND closed_at IS NULL";
            write.run(sql, vals![stamp.at, &seen.id]).await?;
        }
        let detail = json!({ "number": seen.number, "from": seen.state, "to": to, "words": words });
        write.note("data_request.moved", &seen.id, detail);
        write.post(mails).await?;
        write.commit().await
    }

    /// Keeps what a partner answers when asked for more; the request waits for the officer again.
    pub async fn say_more(&self, seen: &DataRequest, more: &str, stamp: &Stamp) -> Result<()> {
        let wish = Wish { more: more.to_owned(), ..seen.wish.clone() };
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE data_requests SET state = $1, wish = $2, changed_at = $3 WHERE id = $4 AND state = $5";
        let (to, from) = (RequestState::UnderReview, RequestState::MoreAsked);
        if write.run(sql, vals![word(&to), to_json(&wish)?, stamp.at, &seen.id, word(&from)]).await? == 0 {
            return Err(StoreError::Conflict { what: "data_request_state" });
        }
        write.note("data_request.moved", &seen.id, json!({ "number": seen.number, "from": from, "to": to }));
        write.commit().await
    }

    /// Keeps an agreement on a request that is open; if it no longer is, that is the conflict `data_request_state`.
    pub async fn grant_data(
        &self,
        seen: &DataRequest,
        agreement: &Agreement,
        words: &str,
        mails: &[NewMessage],
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE data_requests SET state = $1, words = $2, changed_at = $3 WHERE id = $4 AND state = $5";
        let to = RequestState::Granted;
        let vals = vals![word(&to), words, stamp.at, &seen.id, word(&seen.state)];
        if !seen.state.is_open() || write.run(sql, vals).await? == 0 {
            return Err(StoreError::Conflict { what: "data_request_state" });
        }
        let Agreement { policy, risk, blob, granted_at, granted_by, ends_at, most_downloads, .. } = agreement;
        let sql = "INSERT INTO agreements (request_id, policy, risk, blob, granted_at, granted_by, ends_at, \
                   most_downloads) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)";
        let (told, took) = (policy.to_string(), risk.to_string());
        let vals = vals![&seen.id, told, took, blob, *granted_at, granted_by, *ends_at, *most_downloads];
        write.run(sql, vals).await?;
        let detail =
            json!({ "number": seen.number, "policy": policy, "blob": blob, "ends_at": ends_at, "words": words });
        write.note("agreement.made", &seen.id, detail);
        write.post(mails).await?;
        write.commit().await
    }

    /// The agreement on a request.
    pub async fn agreement(&self, request: &DataRequestId) -> Result<Option<Agreement>> {
        let row = sql::one(&mut *self.read().await?, agreements!("WHERE request_id = $1"), vals![request]).await?;
        row.as_ref().map(read_agreement).transpose()
    }

    /// Every agreement that was ever made, oldest first.
    pub async fn agreements(&self) -> Result<Vec<Agreement>> {
        let rows = sql::all(&mut *self.read().await?, agreements!("ORDER BY granted_at, request_id"), vals![]).await?;
        rows.iter().map(read_agreement).collect()
    }

    /// Counts a file that is taken under an agreement; false where it gives none any more.
    pub async fn take_shared_file(&self, request: &DataRequestId, file: &str, stamp: &Stamp) -> Result<bool> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE agreements SET n_downloads = n_downloads + 1 WHERE request_id = $1 AND closed_at IS NULL \
                   AND ends_at > $2 AND n_downloads < most_downloads";
        if write.run(sql, vals![request, stamp.at]).await? == 0 {
            return Ok(false);
        }
        write.note("agreement.file_taken", request, json!({ "file": file }));
        write.commit().await?;
        Ok(true)
    }

    /// Agreements that end before this moment and whose partners were not reminded yet.
    pub async fn agreements_to_remind(&self, before: Instant) -> Result<Vec<Agreement>> {
        let sql = agreements!("WHERE ends_at < $1 AND reminded_at IS NULL AND closed_at IS NULL ORDER BY ends_at");
        let rows = sql::all(&mut *self.read().await?, sql, vals![before]).await?;
        rows.iter().map(read_agreement).collect()
    }

    /// Notes that a partner was reminded, and has the mail sent; false where somebody else did so.
    pub async fn remind_of_end(&self, request: &DataRequestId, mails: &[NewMessage], stamp: &Stamp) -> Result<bool> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE agreements SET reminded_at = $1 WHERE request_id = $2 AND reminded_at IS NULL";
        if write.run(sql, vals![stamp.at, request]).await? == 0 {
            return Ok(false);
        }
        write.note("agreement.reminded", request, json!({ "mails": mails.len() }));
        write.post(mails).await?;
        write.commit().await?;
        Ok(true)
    }

    /// Granted requests whose agreement ended before this moment.
    pub async fn ended_agreements(&self, now: Instant) -> Result<Vec<DataRequest>> {
        let sql = requests!(
            "WHERE state = 'granted' AND id IN (SELECT request_id FROM agreements WHERE ends_at <= $1) ORDER BY id"
        );
        let rows = sql::all(&mut *self.read().await?, sql, vals![now]).await?;
        rows.iter().map(read).collect()
    }

    /// Forgets who asked, of requests that were refused, ended or withdrawn before this moment; says how many.
    pub async fn forget_requesters(&self, before: Instant, stamp: &Stamp) -> Result<u64> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE data_requests SET person = NULL WHERE person IS NOT NULL AND changed_at < $1 \
                   AND state IN ('refused','expired','withdrawn')";
        let n = write.run(sql, vals![before]).await?;
        if n == 0 {
            return Ok(0);
        }
        write.note("data_request.forgotten", "data requests", json!({ "requests": n }));
        write.commit().await?;
        Ok(n)
    }
}
