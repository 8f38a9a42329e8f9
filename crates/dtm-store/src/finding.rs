//! Findings of checks and their resolution, and where the data of a settled round lie.

use crate::sql::{self, Columns, Val, json as to_json, list, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{BlobHash, Finding, FindingId, Instant, OperationId, RecordId, RoundId, Severity};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, HashMap};

/// A finding as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFinding {
    /// Its id, kept while the same finding recurs.
    pub id: FindingId,
    /// The finding.
    pub finding: Finding,
    /// When it was resolved; none while it is open.
    pub resolved_at: Option<Instant>,
    /// Who resolved it.
    pub resolved_by: Option<String>,
    /// How.
    pub resolution: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, body, resolved_at, resolved_by, resolution FROM findings ", $rest)
    };
}

fn read(row: &AnyRow) -> Result<StoredFinding> {
    Ok(StoredFinding {
        id: row.parsed(0)?,
        finding: row.json(1)?,
        resolved_at: row.maybe_instant(2)?,
        resolved_by: row.maybe_text(3)?,
        resolution: row.maybe_text(4)?,
    })
}

pub(crate) const INSERT: &str = "INSERT INTO findings (id, round_id, body, body_hash, record_id, weight, check_id)";

/// A finding as a row, and the hash by which it is known again: of what it is known by, else of its words.
pub(crate) fn row_of(
    id: &FindingId,
    round: &RoundId,
    finding: &Finding,
    known: Option<&Finding>,
) -> Result<(String, Vec<Val>)> {
    let body = to_json(finding)?;
    let hash = match known {
        Some(known) => BlobHash::of(to_json(known)?.as_bytes()),
        None => BlobHash::of(body.as_bytes()),
    };
    let hash = hash.to_string();
    let vals = vals![id, round, body, &hash, &finding.record, weight(finding.severity), &finding.check];
    Ok((hash, vals))
}

/// The number that stands for a severity.
fn weight(severity: Severity) -> i64 {
    match severity {
        Severity::Note => 1,
        Severity::Confirm => 2,
        Severity::Block => 3,
    }
}

fn severity(weight: i64) -> Severity {
    match weight {
        3 => Severity::Block,
        2 => Severity::Confirm,
        _ => Severity::Note,
    }
}

/// How many ids one look-up names at most.
const AT_ONCE: usize = 256;

/// How many findings there are of one severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingCount {
    /// The severity.
    pub severity: Severity,
    /// Those that are open.
    pub open: u64,
    /// Those that were resolved.
    pub resolved: u64,
}

/// How many findings one check made of one severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingKind {
    /// The check's id.
    pub check: String,
    /// How many.
    pub count: FindingCount,
}

/// Which findings of a round are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct WantedFindings<'a> {
    /// Those of one severity.
    pub severity: Option<Severity>,
    /// Those of one check.
    pub check: Option<&'a str>,
    /// Those that are resolved, or those that are open.
    pub resolved: Option<bool>,
}

/// Findings of a round that are resolved or reopened together.
#[derive(Clone, Copy, Debug)]
pub enum FindingsTogether<'a> {
    /// These.
    Named(&'a [FindingId]),
    /// Those of one check.
    Check(&'a str),
    /// Those that the same person resolved at this moment.
    ResolvedAt(Instant),
}

impl Store {
    /// How many findings each check made in a round: those first that weigh most, and then those of which most are open.
    pub async fn finding_kinds(&self, round: &RoundId) -> Result<Vec<FindingKind>> {
        let sql = "SELECT check_id, weight, count(*), count(resolved_at) FROM findings WHERE round_id = $1 \
                   AND check_id <> '' GROUP BY check_id, weight ORDER BY weight DESC, count(*) - count(resolved_at) DESC, \
                   check_id";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        let read = |row: &AnyRow| {
            let resolved = row.count(3)?;
            let count = FindingCount { severity: severity(row.int(1)?), open: row.count(2)? - resolved, resolved };
            Ok(FindingKind { check: row.text(0)?, count })
        };
        rows.iter().map(read).collect()
    }

    /// How many findings a round has, those first that weigh most.
    pub async fn count_findings(&self, round: &RoundId) -> Result<[FindingCount; 3]> {
        let sql = "SELECT weight, count(*), count(resolved_at) FROM findings WHERE round_id = $1 GROUP BY weight";
        let mut counts = [Severity::Block, Severity::Confirm, Severity::Note].map(|severity| FindingCount {
            severity,
            open: 0,
            resolved: 0,
        });
        for row in sql::all(&mut *self.read().await?, sql, vals![round]).await? {
            let here = row.int(0)?;
            for count in counts.iter_mut().filter(|count| weight(count.severity) == here) {
                count.resolved = row.count(2)?;
                count.open = row.count(1)? - count.resolved;
            }
        }
        Ok(counts)
    }

    /// A page of a round's findings: the open ones first, those that weigh most first among them.
    pub async fn findings_page(
        &self,
        round: &RoundId,
        wanted: WantedFindings<'_>,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<StoredFinding>> {
        let (least, most) = wanted.severity.map_or((1, 3), |severity| (weight(severity), weight(severity)));
        let resolved = wanted.resolved.map_or(-1, i64::from);
        let sql = select!(
            "WHERE id IN (SELECT id FROM findings WHERE round_id = $1 AND weight BETWEEN $2 AND $3 \
             AND ($6 = '' OR check_id = $6) \
             AND ($7 = -1 OR CASE WHEN resolved_at IS NULL THEN 0 ELSE 1 END = $7) ORDER BY CASE WHEN resolved_at IS NULL THEN 0 ELSE 1 END, weight DESC, id LIMIT $4 OFFSET $5) \
             ORDER BY CASE WHEN resolved_at IS NULL THEN 0 ELSE 1 END, weight DESC, id"
        );
        let rows = sql::all(
            &mut *self.read().await?,
            sql,
            vals![round, least, most, limit, skip, wanted.check.unwrap_or_default(), resolved],
        )
        .await?;
        rows.iter().map(read).collect()
    }

    /// The findings about these records, by id.
    pub async fn findings_about(&self, records: &[RecordId]) -> Result<Vec<StoredFinding>> {
        let (mut found, mut conn) = (Vec::new(), self.read().await?);
        for ids in records.chunks(AT_ONCE) {
            let sql = format!("{}WHERE record_id IN ({}) ORDER BY id", select!(""), list(1, ids.len()));
            for row in sql::all(&mut conn, sql, ids.iter().map(Val::from).collect()).await? {
                found.push(read(&row)?);
            }
        }
        Ok(found)
    }

    /// Puts what the checks found in place of what they found before. A finding that recurs keeps its id and its
    /// resolution: where `lasting` names what it is known by, in the words it has now, else word for word.
    pub async fn replace_findings(
        &self,
        round: &RoundId,
        findings: Vec<(FindingId, Finding)>,
        lasting: impl Fn(&Finding) -> Option<Finding>,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut found = BTreeMap::new();
        for (id, finding) in &findings {
            let known = lasting(finding);
            let row = row_of(id, round, finding, known.as_ref())?;
            found.entry(row.0).or_insert((row.1, finding, known.is_some()));
        }
        let n_found = found.len();
        let mut write = self.write(stamp).await?;
        let sql = "SELECT body_hash, check_id FROM findings WHERE round_id = $1";
        let (mut gone, mut moved) = (Vec::new(), Vec::new());
        for row in sql::all(write.conn(), sql, vals![round]).await? {
            let (hash, check) = (row.text(0)?, row.text(1)?);
            match found.remove(&hash) {
                // What was found before findings kept the name of their check has none.
                Some((_, finding, may_move)) if may_move || check.is_empty() => moved.push((hash, finding)),
                Some(_) => {}
                None => gone.push(hash),
            }
        }
        for (hash, finding) in &moved {
            let sql = "UPDATE findings SET check_id = $1, body = $2 WHERE round_id = $3 AND body_hash = $4 \
                       AND (check_id <> $1 OR body <> $2)";
            sql::run(write.conn(), sql, vals![&finding.check, to_json(finding)?, round, hash]).await?;
        }
        let n_gone = gone.len();
        for gone in gone.chunks(256) {
            let sql = format!("DELETE FROM findings WHERE round_id = $1 AND body_hash IN ({})", list(2, gone.len()));
            let mut vals = vals![round];
            vals.extend(gone.iter().map(Val::from));
            sql::run(write.conn(), sql, vals).await?;
        }
        let rows: Vec<_> = found.into_values().map(|(row, ..)| row).collect();
        let n_new = rows.len();
        sql::insert(write.conn(), INSERT, "", rows).await?;
        write.note("findings.replaced", round, json!({ "findings": n_found, "new": n_new, "gone": n_gone }));
        write.commit().await
    }

    /// The checks of a round's findings, each by what it is about: a number that moved makes no other finding.
    pub async fn finding_subjects(&self, round: &RoundId) -> Result<HashMap<String, String>> {
        let sql = "SELECT body FROM findings WHERE round_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        let subject = |row: &AnyRow| {
            let Finding { check, record, place, question, .. } = row.json(0)?;
            Ok((to_json(&(&check, record, place, question))?, check))
        };
        rows.iter().map(subject).collect()
    }

    /// All findings of a round, by id: for the work of settling, not for a page.
    pub async fn findings(&self, round: &RoundId) -> Result<Vec<StoredFinding>> {
        let rows = sql::all(&mut *self.read().await?, select!("WHERE round_id = $1 ORDER BY id"), vals![round]).await?;
        rows.iter().map(read).collect()
    }

    /// The finding with this id.
    pub async fn finding(&self, id: &FindingId) -> Result<Option<StoredFinding>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE id = $1"), vals![id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The round that a finding belongs to.
    pub async fn round_of_finding(&self, id: &FindingId) -> Result<Option<RoundId>> {
        let row = sql::one(&mut *self.read().await?, "SELECT round_id FROM findings WHERE id = $1", vals![id]).await?;
        row.map(|row| row.parsed(0)).transpose()
    }

    /// The operation that a finding belongs to.
    pub async fn operation_of_finding(&self, id: &FindingId) -> Result<Option<OperationId>> {
        let sql = "SELECT e.operation_id FROM findings f JOIN rounds r ON r.id = f.round_id \
                   JOIN exercises e ON e.id = r.exercise_id WHERE f.id = $1";
        let row = sql::one(&mut *self.read().await?, sql, vals![id]).await?;
        row.map(|row| row.parsed(0)).transpose()
    }

    /// Says how findings were resolved that were open. Returns how many they were.
    pub async fn resolve_findings(
        &self,
        round: &RoundId,
        which: FindingsTogether<'_>,
        note: &str,
        stamp: &Stamp,
    ) -> Result<u64> {
        let set =
            "UPDATE findings SET resolved_at = $1, resolved_by = $2, resolution = $3 WHERE resolved_at IS NULL AND";
        let vals = || vals![stamp.at, &stamp.by, note];
        self.turn_findings(round, which, ("findings.resolved", set, &vals, note), stamp).await
    }

    /// Has findings stand open again that were resolved. Returns how many they were.
    pub async fn reopen_findings(&self, round: &RoundId, which: FindingsTogether<'_>, stamp: &Stamp) -> Result<u64> {
        let set =
            "UPDATE findings SET resolved_at = $1, resolved_by = $2, resolution = $3 WHERE resolved_at IS NOT NULL AND";
        let vals = || vals![None::<Instant>, None::<String>, None::<String>];
        self.turn_findings(round, which, ("findings.reopened", set, &vals, ""), stamp).await
    }

    /// Changes the findings meant, and notes it. The first three values are those of `set`.
    async fn turn_findings(
        &self,
        round: &RoundId,
        which: FindingsTogether<'_>,
        (action, set, first, note): (&'static str, &str, &(dyn Fn() -> Vec<Val> + Sync), &str),
        stamp: &Stamp,
    ) -> Result<u64> {
        let mut write = self.write(stamp).await?;
        let (mut n, mut detail) = (0, json!({ "note": note }));
        let with = |more: Vec<Val>| first().into_iter().chain(vals![round]).chain(more).collect::<Vec<Val>>();
        match which {
            FindingsTogether::Named(ids) => {
                for ids in ids.chunks(AT_ONCE) {
                    let sql = format!("{set} round_id = $4 AND id IN ({})", list(5, ids.len()));
                    n += sql::run(write.conn(), sql, with(ids.iter().map(Val::from).collect())).await?;
                }
                detail["findings"] = json!(ids);
            }
            FindingsTogether::Check(check) => {
                n = sql::run(write.conn(), format!("{set} round_id = $4 AND check_id = $5"), with(vals![check]))
                    .await?;
                detail["check"] = json!(check);
            }
            FindingsTogether::ResolvedAt(at) => {
                let sql = format!("{set} round_id = $4 AND resolved_at = $5 AND resolved_by = $6");
                n = sql::run(write.conn(), sql, with(vals![at, &stamp.by])).await?;
            }
        }
        if n > 0 {
            detail["n"] = json!(n);
            write.note(action, round, detail);
        }
        write.commit().await?;
        Ok(n)
    }

    /// Says where a version of a round's observations, figures or tables lies.
    pub async fn put_round_data(
        &self,
        round: &RoundId,
        kind: &str,
        version: u32,
        hash: &BlobHash,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO round_data (round_id, kind, version, hash, made_at) VALUES ($1,$2,$3,$4,$5) \
                   ON CONFLICT (round_id, kind, version) DO UPDATE SET hash = excluded.hash, made_at = excluded.made_at";
        write.run(sql, vals![round, kind, version, hash, stamp.at]).await?;
        write.note("round_data.put", round, json!({ "kind": kind, "version": version, "hash": hash }));
        write.commit().await
    }

    /// The newest version of a round's observations, figures or tables.
    pub async fn round_data(&self, round: &RoundId, kind: &str) -> Result<Option<(u32, BlobHash)>> {
        Ok(self.round_data_made(round, kind).await?.map(|(version, hash, _)| (version, hash)))
    }

    /// The same, with the moment it was put.
    pub async fn round_data_made(&self, round: &RoundId, kind: &str) -> Result<Option<(u32, BlobHash, Instant)>> {
        let sql = "SELECT version, hash, made_at FROM round_data WHERE round_id = $1 AND kind = $2 \
                   ORDER BY version DESC LIMIT 1";
        let row = sql::one(&mut *self.read().await?, sql, vals![round, kind]).await?;
        row.map(|row| {
            let made_at = row.maybe_instant(2)?.ok_or_else(|| StoreError::corrupt("when a round was settled"))?;
            Ok((row.small(0)?, row.parsed(1)?, made_at))
        })
        .transpose()
    }
}
