//! What rounds expect: teams, planned visits, steps that were ticked; and which rounds something happened to.

use crate::sql::{self, Columns, Val, json as to_json, list, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{AppUserId, OperationId, RecordId, RoundId, Ssid, Team, TeamId, Ticked, Unreached, Visit};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How many ids one statement names at most.
const AT_ONCE: usize = 256;
/// How many audit entries are read at once.
const ENTRIES: u32 = 2000;

impl Store {
    /// Adds a team, or gives the team of this id another name and other phones. A phone leaves the team it was in.
    pub async fn put_team(&self, team: &Team, stamp: &Stamp) -> Result<()> {
        let Team { id, operation, name, phones, addresses } = team;
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO teams (id, operation_id, name, addresses) VALUES ($1,$2,$3,$4) \
                   ON CONFLICT (id) DO UPDATE SET name = excluded.name, addresses = excluded.addresses";
        write.run(sql, vals![id, operation, name, addresses.join(" ")]).await?;
        write.run("DELETE FROM team_phones WHERE team_id = $1", vals![id]).await?;
        for phone in phones {
            let sql = "INSERT INTO team_phones (app_user_id, team_id) \
                       SELECT id, $2 FROM app_users WHERE id = $1 AND operation_id = $3 \
                       ON CONFLICT (app_user_id) DO UPDATE SET team_id = excluded.team_id";
            if write.run(sql, vals![phone, id, operation]).await? == 0 {
                return Err(StoreError::not_found("app user", phone));
            }
        }
        write.note(
            "team.put",
            id,
            json!({ "operation": operation, "name": name, "phones": phones, "addresses": addresses.len() }),
        );
        write.commit().await
    }

    /// Removes a team. Visits it was to make have none then; what its phones sent stays.
    pub async fn remove_team(&self, id: &TeamId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        write.must("DELETE FROM teams WHERE id = $1", vals![id], "team", id).await?;
        write.note("team.removed", id, json!({}));
        write.commit().await
    }

    /// The teams of an operation with their phones, by name.
    pub async fn teams(&self, operation: &OperationId) -> Result<Vec<Team>> {
        let mut read = self.read().await?;
        let sql = "SELECT p.team_id, p.app_user_id FROM team_phones p JOIN teams t ON t.id = p.team_id \
                   WHERE t.operation_id = $1 ORDER BY p.app_user_id";
        let mut phones: BTreeMap<TeamId, Vec<AppUserId>> = BTreeMap::new();
        for row in sql::all(&mut read, sql, vals![operation]).await? {
            phones.entry(row.parsed(0)?).or_default().push(row.parsed(1)?);
        }
        let sql = "SELECT id, name, addresses FROM teams WHERE operation_id = $1 ORDER BY name, id";
        let rows = sql::all(&mut read, sql, vals![operation]).await?;
        rows.iter()
            .map(|row| {
                let id: TeamId = row.parsed(0)?;
                let phones = phones.remove(&id).unwrap_or_default();
                let addresses = row.text(2)?.split_whitespace().map(str::to_owned).collect();
                Ok(Team { id, operation: operation.clone(), name: row.text(1)?, phones, addresses })
            })
            .collect()
    }

    /// Plans visits of a round. A place that is planned already gets the new team and day, and keeps its reason.
    pub async fn plan_visits(&self, round: &RoundId, visits: &[Visit], stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let mut rows = Vec::with_capacity(visits.len());
        for Visit { place, team, due_on, unreached } in visits {
            let unreached = unreached.as_ref().map(to_json).transpose()?;
            rows.push(vals![round, place, team, due_on.map(|day| day.to_string()), unreached]);
        }
        let head = "INSERT INTO visits (round_id, ssid, team_id, due_on, unreached)";
        let tail = "ON CONFLICT (round_id, ssid) DO UPDATE SET team_id = excluded.team_id, due_on = excluded.due_on";
        sql::insert(write.conn(), head, tail, rows).await?;
        write.note("visits.planned", round, json!({ "visits": visits.len() }));
        write.commit().await
    }

    /// Takes places off the plan of a round. Returns how many stood on it.
    pub async fn drop_visits(&self, round: &RoundId, places: &[Ssid], stamp: &Stamp) -> Result<u64> {
        let mut write = self.write(stamp).await?;
        let mut n = 0;
        for places in places.chunks(AT_ONCE) {
            let sql = format!("DELETE FROM visits WHERE round_id = $1 AND ssid IN ({})", list(2, places.len()));
            let mut vals = vals![round];
            vals.extend(places.iter().map(Val::from));
            n += sql::run(write.conn(), sql, vals).await?;
        }
        write.note("visits.dropped", round, json!({ "visits": n }));
        write.commit().await?;
        Ok(n)
    }

    /// Says why a place was not reached in a round, or takes that back. The place gets onto the plan if it was not on it.
    pub async fn set_unreached(
        &self,
        round: &RoundId,
        place: &Ssid,
        unreached: Option<&Unreached>,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let told = unreached.map(to_json).transpose()?;
        let sql = "INSERT INTO visits (round_id, ssid, unreached) VALUES ($1,$2,$3) \
                   ON CONFLICT (round_id, ssid) DO UPDATE SET unreached = excluded.unreached";
        write.run(sql, vals![round, place, told]).await?;
        let detail = json!({ "place": place, "why": unreached.map(|unreached| unreached.why) });
        write.note("visit.unreached", round, detail);
        write.commit().await
    }

    /// The planned visits of a round, by place.
    pub async fn visits(&self, round: &RoundId) -> Result<Vec<Visit>> {
        let sql = "SELECT ssid, team_id, due_on, unreached FROM visits WHERE round_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        let read = |row: &sqlx::any::AnyRow| -> Result<Visit> {
            let unreached = row.maybe_text(3)?.map(|text| serde_json::from_str(&text));
            Ok(Visit {
                place: Ssid(row.text(0)?),
                team: row.maybe_parsed(1)?,
                due_on: row.maybe_parsed(2)?,
                unreached: unreached.transpose().map_err(|_| StoreError::corrupt("why a place was not reached"))?,
            })
        };
        sql::sorted(&rows, read, |visit| &visit.place)
    }

    /// Ticks a step of a round's checklist, or takes the tick away.
    pub async fn tick(&self, ticked: &Ticked, is_done: bool, stamp: &Stamp) -> Result<()> {
        let Ticked { round, step, note, by, at } = ticked;
        let mut write = self.write(stamp).await?;
        if is_done {
            let sql = "INSERT INTO round_ticks (round_id, step, note, ticked_by, ticked_at) VALUES ($1,$2,$3,$4,$5) \
                       ON CONFLICT (round_id, step) DO UPDATE SET note = excluded.note, \
                       ticked_by = excluded.ticked_by, ticked_at = excluded.ticked_at";
            write.run(sql, vals![round, step, note, by, *at]).await?;
        } else {
            write.run("DELETE FROM round_ticks WHERE round_id = $1 AND step = $2", vals![round, step]).await?;
        }
        write.note("round.ticked", round, json!({ "step": step, "done": is_done }));
        write.commit().await
    }

    /// The steps of a round that were ticked, by step.
    pub async fn ticked(&self, round: &RoundId) -> Result<Vec<Ticked>> {
        let sql = "SELECT step, note, ticked_by, ticked_at FROM round_ticks WHERE round_id = $1 ORDER BY step";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        let read = |row: &sqlx::any::AnyRow| {
            let at = row.maybe_instant(3)?.ok_or_else(|| StoreError::corrupt("when a step was ticked"))?;
            Ok(Ticked { round: round.clone(), step: row.text(0)?, note: row.text(1)?, by: row.text(2)?, at })
        };
        rows.iter().map(read).collect()
    }

    /// How many records came while their round did not collect, and wait for a reviewer.
    pub async fn count_late(&self, round: &RoundId) -> Result<u64> {
        let sql = "SELECT count(*) FROM records WHERE round_id = $1 AND late = 1 AND removed = 0 \
                   AND deleted_at IS NULL AND (review_state IS NULL OR review_state NOT IN ('approved', 'rejected'))";
        self.count(sql, vals![round]).await
    }

    /// The number of the newest audit entry.
    pub async fn audit_end(&self) -> Result<i64> {
        let row = sql::one(&mut *self.read().await?, "SELECT seq FROM audit_head WHERE one = 1", vals![]).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// The rounds whose records, corrections, reviews or mapping changed after this audit entry, and the entry up to which
    /// that was looked for. At most some thousand entries are looked at; the caller asks again from there.
    pub async fn rounds_touched(&self, after_seq: i64) -> Result<(i64, BTreeSet<RoundId>)> {
        let entries = self.audit(after_seq, ENTRIES).await?;
        let end = entries.last().map_or(after_seq, |entry| entry.seq);
        let mut named: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let mut rounds = BTreeSet::new();
        for entry in entries {
            let detail = |name: &str| -> Option<String> {
                let facts: Value = serde_json::from_str(&entry.detail).ok()?;
                facts.get(name)?.as_str().map(str::to_owned)
            };
            let (select, id) = match entry.action.as_str() {
                "submission.received" | "submission.edited" => (SUBMISSIONS, Some(entry.subject)),
                "submission.reviewed" | "submission.deleted" | "submission.restored" => (RECORDS, Some(entry.subject)),
                "correction.added" => (RECORDS, detail("record")),
                "places.changed" => (OPERATIONS, Some(entry.subject)),
                "mapping.put" => (EXERCISES, detail("exercise")),
                "checks.roles_chosen" | "checks.rules_put" => (FORMS, Some(entry.subject)),
                "checks.thresholds_chosen" => (OPERATIONS, Some(entry.subject)),
                "checks.verification_chosen" => (EXERCISES, Some(entry.subject)),
                "verification.source_added" | "verification.decided" | "verification.undone" => {
                    (ROUNDS, Some(entry.subject))
                }
                "table.imported" | "round.moved" | "checks.resumed" | "findings.resolved" | "findings.reopened" => {
                    (ROUNDS, Some(entry.subject))
                }
                _ => continue,
            };
            named.entry(select).or_default().extend(id);
        }
        let mut read = self.read().await?;
        for (select, ids) in named {
            let ids: Vec<String> = ids.into_iter().collect();
            for ids in ids.chunks(AT_ONCE) {
                let sql = format!("{select} IN ({})", list(1, ids.len()));
                for row in sql::all(&mut read, sql, ids.iter().map(Val::from).collect()).await? {
                    rounds.extend(row.maybe_parsed::<RoundId>(0)?);
                }
            }
        }
        Ok((end, rounds))
    }

    /// The records of a round that came late and wait for a reviewer, newest first, at most `limit`.
    pub async fn late_records(&self, round: &RoundId, limit: u32) -> Result<Vec<RecordId>> {
        let sql = "SELECT id FROM records WHERE round_id = $1 AND late = 1 AND removed = 0 AND deleted_at IS NULL \
                   AND (review_state IS NULL OR review_state NOT IN ('approved', 'rejected')) ORDER BY id DESC LIMIT $2";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round, limit]).await?;
        rows.iter().map(|row| row.parsed(0)).collect()
    }
}

const SUBMISSIONS: &str = "SELECT DISTINCT round_id FROM submissions WHERE id";
const RECORDS: &str = "SELECT DISTINCT round_id FROM records WHERE id";
const FORMS: &str = "SELECT r.id FROM rounds r JOIN forms f ON f.exercise_id = r.exercise_id WHERE f.id";
const OPERATIONS: &str = "SELECT r.id FROM rounds r JOIN exercises e ON e.id = r.exercise_id WHERE e.operation_id";
const ROUNDS: &str = "SELECT id FROM rounds WHERE id";
const EXERCISES: &str = "SELECT id FROM rounds WHERE exercise_id";
