//! Emergency events, what people decided about them, the alerts they raised and the rules that raise them.
//!
//! What an event or a decision says is the caller's: kept here as JSON under its key.

use crate::sql::{self, Columns, vals};
use crate::{NewMessage, Result, Stamp, Store};
use dtm_model::{EventDecisionId, Instant, OperationId, RecordId};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// An event as it was last put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its key.
    pub key: RecordId,
    /// What is known of it, as JSON.
    pub body: String,
}

/// A decision about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDecision {
    /// Its id.
    pub id: EventDecisionId,
    /// What was decided, as JSON.
    pub body: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Who took it back, and when.
    pub undone: Option<(String, Instant)>,
}

/// An alert to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlert {
    /// What makes it one alert: the rule, the event and the step.
    pub key: String,
    /// The event.
    pub event: RecordId,
    /// What it says, as JSON.
    pub body: String,
}

/// An alert that was raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAlert {
    /// The alert.
    pub alert: NewAlert,
    /// When it was raised.
    pub raised_at: Instant,
    /// Who has seen to it, and when.
    pub seen: Option<(String, Instant)>,
}

fn somebody(row: &AnyRow, who: usize, when: usize) -> Result<Option<(String, Instant)>> {
    Ok(row.maybe_text(who)?.zip(row.maybe_instant(when)?))
}

fn read_decision(row: &AnyRow) -> Result<EventDecision> {
    let (by, at) = (row.text(2)?, row.instant(3)?);
    Ok(EventDecision { id: row.parsed(0)?, body: row.text(1)?, by, at, undone: somebody(row, 4, 5)? })
}

fn read_alert(row: &AnyRow) -> Result<StoredAlert> {
    let alert = NewAlert { key: row.text(0)?, event: row.parsed(1)?, body: row.text(2)? };
    Ok(StoredAlert { alert, raised_at: row.instant(3)?, seen: somebody(row, 4, 5)? })
}

impl Store {
    /// Keeps the events of an operation as they were put together now. Nothing is written where nothing changed.
    pub async fn replace_events(&self, operation: &OperationId, events: &[StoredEvent], stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT event, body FROM events WHERE operation_id = $1";
        let mut known: BTreeMap<RecordId, String> = BTreeMap::new();
        for row in sql::all(write.conn(), sql, vals![operation]).await? {
            known.insert(row.parsed(0)?, row.text(1)?);
        }
        let mut rows = Vec::new();
        for event in events {
            if known.remove(&event.key).as_ref() != Some(&event.body) {
                rows.push(vals![operation, &event.key, &event.body]);
            }
        }
        let (n_put, n_gone) = (rows.len(), known.len());
        if n_put + n_gone == 0 {
            return Ok(());
        }
        for gone in known.keys() {
            let sql = "DELETE FROM events WHERE operation_id = $1 AND event = $2";
            write.run(sql, vals![operation, gone]).await?;
        }
        let tail = "ON CONFLICT (operation_id, event) DO UPDATE SET body = excluded.body";
        sql::insert(write.conn(), "INSERT INTO events (operation_id, event, body)", tail, rows).await?;
        write.note("events.gathered", operation, json!({ "events": events.len(), "new": n_put, "gone": n_gone }));
        write.commit().await
    }

    /// The events of an operation, by key.
    pub async fn events(&self, operation: &OperationId) -> Result<Vec<StoredEvent>> {
        let sql = "SELECT event, body FROM events WHERE operation_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        sql::sorted(&rows, |row| Ok(StoredEvent { key: row.parsed(0)?, body: row.text(1)? }), |event| &event.key)
    }

    /// Keeps a decision about events; `kind` says in one word what was decided about which.
    pub async fn decide_event(
        &self,
        operation: &OperationId,
        (id, event): (&EventDecisionId, &RecordId),
        (kind, body): (&str, &str),
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO event_decisions (id, operation_id, body, made_by, made_at) VALUES ($1,$2,$3,$4,$5)";
        write.run(sql, vals![id, operation, body, &stamp.by, stamp.at]).await?;
        write.note("event.decided", event, json!({ "operation": operation, "decision": id, "did": kind }));
        write.commit().await
    }

    /// Takes a decision back. One that somebody took back before is no longer there to be found.
    pub async fn undo_event_decision(
        &self,
        operation: &OperationId,
        id: &EventDecisionId,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE event_decisions SET undone_by = $1, undone_at = $2 \
                   WHERE id = $3 AND operation_id = $4 AND undone_at IS NULL";
        write.must(sql, vals![&stamp.by, stamp.at, id, operation], "event decision", id).await?;
        write.note("event.undone", id, json!({ "operation": operation }));
        write.commit().await
    }

    /// The decisions about the events of an operation, the earliest first, those that were taken back too.
    pub async fn event_decisions(&self, operation: &OperationId) -> Result<Vec<EventDecision>> {
        let sql = "SELECT id, body, made_by, made_at, undone_by, undone_at FROM event_decisions \
                   WHERE operation_id = $1 ORDER BY made_at, id";
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(read_decision).collect()
    }

    /// Keeps alerts that were not raised before, and has the messages sent that carry them.
    pub async fn raise_alerts(
        &self,
        operation: &OperationId,
        alerts: Vec<(NewAlert, Vec<NewMessage>)>,
        stamp: &Stamp,
    ) -> Result<()> {
        if alerts.is_empty() {
            return Ok(());
        }
        let mut write = self.write(stamp).await?;
        let mut n_raised = 0;
        for (alert, messages) in alerts {
            let sql = "INSERT INTO event_alerts (operation_id, alert, event, body, raised_at) VALUES ($1,$2,$3,$4,$5) \
                       ON CONFLICT (operation_id, alert) DO NOTHING";
            let vals = vals![operation, &alert.key, &alert.event, &alert.body, stamp.at];
            if write.run(sql, vals).await? > 0 {
                n_raised += 1;
                write.note("event.alerted", &alert.event, json!({ "operation": operation, "alert": alert.key }));
                write.post(&messages).await?;
            }
        }
        if n_raised > 0 { write.commit().await } else { Ok(()) }
    }

    /// The alerts of an operation, the newest first.
    pub async fn event_alerts(&self, operation: &OperationId) -> Result<Vec<StoredAlert>> {
        let sql = "SELECT alert, event, body, raised_at, seen_by, seen_at FROM event_alerts \
                   WHERE operation_id = $1 ORDER BY raised_at DESC, alert";
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(read_alert).collect()
    }

    /// How many alerts of an operation nobody has seen to.
    pub async fn count_open_alerts(&self, operation: &OperationId) -> Result<u64> {
        let sql = "SELECT count(*) FROM event_alerts WHERE operation_id = $1 AND seen_at IS NULL";
        self.count(sql, vals![operation]).await
    }

    /// Says that somebody has seen to an alert, or that it is open again.
    pub async fn see_alert(&self, operation: &OperationId, key: &str, is_seen: bool, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let by = is_seen.then(|| stamp.by.clone());
        let at = is_seen.then_some(stamp.at);
        let sql = "UPDATE event_alerts SET seen_by = $1, seen_at = $2 WHERE operation_id = $3 AND alert = $4";
        write.must(sql, vals![by, at, operation, key], "alert", &key).await?;
        write.note("event.alert_seen", operation, json!({ "alert": key, "seen": is_seen }));
        write.commit().await
    }

    /// Sets how an operation's reports are put together and what raises an alert, as JSON.
    pub async fn put_event_rules(&self, operation: &OperationId, body: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO event_rules (operation_id, body) VALUES ($1,$2) \
                   ON CONFLICT (operation_id) DO UPDATE SET body = excluded.body";
        write.run(sql, vals![operation, body]).await?;
        write.note("event.rules_set", operation, json!({ "rules": body }));
        write.commit().await
    }

    /// The rules of an operation; none where it set none of its own.
    pub async fn event_rules(&self, operation: &OperationId) -> Result<Option<String>> {
        let sql = "SELECT body FROM event_rules WHERE operation_id = $1";
        let row = sql::one(&mut *self.read().await?, sql, vals![operation]).await?;
        row.map(|row| row.text(0)).transpose()
    }
}
