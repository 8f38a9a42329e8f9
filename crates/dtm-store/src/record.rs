//! Records: the newest typed answers. Hot ones lie here; sealed ones lie in Parquet segments among the blobs.

use crate::sql::{self, Columns, Val, json as to_json, list, vals};
use crate::{Result, ReviewState, Stamp, Store, StoreError};
use dtm_model::{Answer, Answers, BlobHash, FormVersionId, Instant, Record, RecordId, RoundId, Source};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// A record with its answers in the store.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRecord {
    /// The record.
    pub record: Record,
    /// The form version it was filled on; none for an imported row.
    pub form_version: Option<FormVersionId>,
    /// The round it belongs to.
    pub round: Option<RoundId>,
    /// Whether a correction took it out.
    pub removed: bool,
    /// Counts the versions of its submission, from 1.
    pub edition: i64,
    /// What the review made of its submission; none as received, and for an imported row.
    pub review_state: Option<ReviewState>,
    /// Whether its submission lies in the trash.
    pub deleted: bool,
}

/// Answers of a form version, sealed into a Parquet file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The file among the blobs.
    pub hash: BlobHash,
    /// The form version.
    pub form_version: FormVersionId,
    /// The table: empty for the form itself, else the path of a repeat.
    pub table: String,
    /// Rows.
    pub n_rows: u64,
    /// When it was sealed.
    pub made_at: Instant,
}

/// How deep repeats may lie in each other; JSON twice as deep could not be read back.
const DEEPEST: usize = 24;

/// Answers as they are stored. JSON has no word for numbers that are none: those are kept as unreadable text.
pub(crate) fn stored_answers(answers: &Answers) -> Result<String> {
    let (mut depth, mut mends, mut level) = (0, false, vec![answers]);
    while !level.is_empty() {
        if depth > DEEPEST {
            return Err(StoreError::Conflict { what: "answers_too_deep" });
        }
        mends |= level.iter().any(|turn| turn.values.values().any(|answer| unwritable(answer).is_some()));
        level = level.into_iter().flat_map(|turn| turn.repeats.values().flatten()).collect();
        depth += 1;
    }
    if !mends {
        return to_json(answers);
    }
    let mut answers = answers.clone();
    let mut level = vec![&mut answers];
    while let Some(turn) = level.pop() {
        for answer in turn.values.values_mut() {
            if let Some(text) = unwritable(answer) {
                *answer = Answer::Unreadable(text);
            }
        }
        level.extend(turn.repeats.values_mut().flatten());
    }
    to_json(&answers)
}

fn unwritable(answer: &Answer) -> Option<String> {
    let finite = match answer {
        Answer::Decimal(number) => number.is_finite(),
        Answer::Point(point) => point.lat.is_finite() && point.lon.is_finite(),
        _ => true,
    };
    (!finite).then(|| answer.to_text())
}

/// A record whose answers lie in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRecord {
    /// Its id.
    pub id: RecordId,
    /// The file that holds its answers.
    pub segment: BlobHash,
    /// The form version it was filled on; none for an imported row.
    pub form_version: Option<FormVersionId>,
    /// Whether a correction took it out.
    pub removed: bool,
    /// What the review made of its submission; none as received, and for an imported row.
    pub review_state: Option<ReviewState>,
    /// Whether its submission lies in the trash.
    pub deleted: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, source, answers, form_version_id, round_id, removed, edition, review_state, deleted_at FROM records ",
            "WHERE answers IS NOT NULL AND ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<StoredRecord> {
    let answers: Answers = row.json(2)?;
    Ok(StoredRecord {
        record: Record { id: row.parsed(0)?, source: row.json(1)?, answers },
        form_version: row.maybe_parsed(3)?,
        round: row.maybe_parsed(4)?,
        removed: row.flag(5)?,
        edition: row.int(6)?,
        review_state: review_state(row, 7)?,
        deleted: row.maybe_int(8)?.is_some(),
    })
}

fn read_sealed(row: &AnyRow) -> Result<SealedRecord> {
    Ok(SealedRecord {
        id: row.parsed(0)?,
        segment: row.parsed(1)?,
        form_version: row.maybe_parsed(2)?,
        removed: row.flag(3)?,
        review_state: review_state(row, 4)?,
        deleted: row.maybe_int(5)?.is_some(),
    })
}

/// How many ids one look-up names at most.
const AT_ONCE: usize = 256;

fn review_state(row: &AnyRow, at: usize) -> Result<Option<ReviewState>> {
    let Some(code) = row.maybe_text(at)? else { return Ok(None) };
    ReviewState::from_code(&code).map(Some).ok_or_else(|| StoreError::corrupt(format!("review state `{code}`")))
}

impl Store {
    /// Stores the rows of a table. A row of the same file, sheet and number is kept as it was first read, so that an
    /// import can be repeated. Returns how many rows are new.
    pub async fn put_imported(
        &self,
        round: &RoundId,
        file: &BlobHash,
        name: &str,
        records: &[Record],
        stamp: &Stamp,
    ) -> Result<u64> {
        let mut rows = Vec::with_capacity(records.len());
        for record in records {
            let Source::Row { sheet, row, .. } = &record.source else {
                return Err(StoreError::Conflict { what: "record_source" });
            };
            let (source, answers) = (to_json(&record.source)?, stored_answers(&record.answers)?);
            rows.push(vals![&record.id, round, source, file, sheet, *row, answers, false, 1_i64]);
        }
        let mut write = self.write(stamp).await?;
        let head = "INSERT INTO records (id, round_id, source, source_file, source_sheet, source_row, answers, removed, edition)";
        let tail = "ON CONFLICT (round_id, source_file, source_sheet, source_row) DO NOTHING";
        let n_new = sql::insert(write.conn(), head, tail, rows).await?;
        let detail = json!({ "file": file, "name": name, "rows": records.len(), "new": n_new });
        write.note("table.imported", round, detail);
        write.commit().await?;
        Ok(n_new)
    }

    /// The hot records of a round, by id; those taken out are marked.
    pub async fn records(&self, round: &RoundId) -> Result<Vec<StoredRecord>> {
        let rows = sql::all(&mut *self.read().await?, select!("round_id = $1 ORDER BY id"), vals![round]).await?;
        rows.iter().map(read).collect()
    }

    /// A page of the hot records of a round by id, after `after`.
    pub async fn records_page(
        &self,
        round: &RoundId,
        after: Option<&RecordId>,
        limit: u32,
    ) -> Result<Vec<StoredRecord>> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        let sql = select!("round_id = $1 AND id > $2 ORDER BY id LIMIT $3");
        let rows = sql::all(&mut *self.read().await?, sql, vals![round, after, limit]).await?;
        rows.iter().map(read).collect()
    }

    /// The record with this id, while it is hot.
    pub async fn record(&self, id: &RecordId) -> Result<Option<StoredRecord>> {
        let row = sql::one(&mut *self.read().await?, select!("id = $1"), vals![id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// How many records a round has, hot and sealed, those taken out or in the trash left aside.
    pub async fn count_records(&self, round: &RoundId) -> Result<u64> {
        let sql = "SELECT count(*) FROM records WHERE round_id = $1 AND removed = 0 AND deleted_at IS NULL";
        self.count(sql, vals![round]).await
    }

    /// The hot records of a form version, by id; those of test submissions left aside.
    pub async fn hot_records(&self, form_version: &FormVersionId, limit: u32) -> Result<Vec<StoredRecord>> {
        let sql = select!("form_version_id = $1 AND draft = 0 AND segment IS NULL ORDER BY id LIMIT $2");
        let rows = sql::all(&mut *self.read().await?, sql, vals![form_version, limit]).await?;
        rows.iter().map(read).collect()
    }

    /// Seals records: the segment takes the place of their answers. `records` names each with the edition that went
    /// into the segment; one that has changed since is the conflict `record_changed`, and nothing is sealed.
    pub async fn seal(&self, segment: &Segment, records: &[(RecordId, i64)], stamp: &Stamp) -> Result<()> {
        self.seal_tables(std::slice::from_ref(segment), records, stamp).await
    }

    /// Seals records whose repeats lie in tables of their own.
    pub async fn seal_tables(&self, segments: &[Segment], records: &[(RecordId, i64)], stamp: &Stamp) -> Result<()> {
        let Some(first) = segments.first() else { return Err(StoreError::Conflict { what: "segment" }) };
        let mut write = self.write(stamp).await?;
        let rows = segments.iter().map(|segment| {
            let n_rows = i64::try_from(segment.n_rows).unwrap_or(i64::MAX);
            vals![&segment.hash, &segment.form_version, &segment.table, n_rows, segment.made_at]
        });
        let head = "INSERT INTO segments (hash, form_version_id, table_name, n_rows, made_at)";
        sql::insert(write.conn(), head, "", rows.collect()).await?;
        let mut editions: BTreeMap<i64, Vec<&RecordId>> = BTreeMap::new();
        for (record, edition) in records {
            editions.entry(*edition).or_default().push(record);
        }
        for (edition, records) in editions {
            for records in records.chunks(256) {
                let sql = format!(
                    "UPDATE records SET answers = NULL, segment = $1 \
                     WHERE edition = $2 AND form_version_id = $3 AND segment IS NULL AND id IN ({})",
                    list(4, records.len())
                );
                let mut vals = vals![&first.hash, edition, &first.form_version];
                vals.extend(records.iter().map(|record| Val::from(*record)));
                if sql::run(write.conn(), sql, vals).await? != records.len() as u64 {
                    return Err(StoreError::Conflict { what: "record_changed" });
                }
            }
        }
        let hashes: Vec<&BlobHash> = segments.iter().map(|segment| &segment.hash).collect();
        write.note("records.sealed", &first.form_version, json!({ "segments": hashes, "records": records.len() }));
        write.commit().await
    }

    /// The segments of a form version, oldest first.
    pub async fn segments(&self, form_version: &FormVersionId) -> Result<Vec<Segment>> {
        let sql = "SELECT hash, form_version_id, table_name, n_rows, made_at FROM segments WHERE form_version_id = $1 \
                   ORDER BY made_at, table_name, hash";
        let rows = sql::all(&mut *self.read().await?, sql, vals![form_version]).await?;
        let read = |row: &AnyRow| {
            Ok(Segment {
                hash: row.parsed(0)?,
                form_version: row.parsed(1)?,
                table: row.text(2)?,
                n_rows: row.count(3)?,
                made_at: row.instant(4)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The records of a round that lie in segments, by id.
    pub async fn sealed_records(&self, round: &RoundId) -> Result<Vec<SealedRecord>> {
        let sql = "SELECT id, segment, form_version_id, removed, review_state, deleted_at FROM records \
                   WHERE round_id = $1 AND segment IS NOT NULL ORDER BY id";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        rows.iter().map(read_sealed).collect()
    }

    /// These records, hot and sealed; unknown ones are left out.
    pub async fn records_by_id(&self, ids: &[RecordId]) -> Result<(Vec<StoredRecord>, Vec<SealedRecord>)> {
        let (mut hot, mut sealed, mut conn) = (Vec::new(), Vec::new(), self.read().await?);
        for ids in ids.chunks(AT_ONCE) {
            let vals = || ids.iter().map(Val::from).collect::<Vec<_>>();
            let sql = format!("{}id IN ({})", select!(""), list(1, ids.len()));
            for row in sql::all(&mut conn, sql, vals()).await? {
                hot.push(read(&row)?);
            }
            if hot.len() < ids.len() {
                let sql = format!(
                    "SELECT id, segment, form_version_id, removed, review_state, deleted_at FROM records \
                     WHERE segment IS NOT NULL AND id IN ({})",
                    list(1, ids.len())
                );
                for row in sql::all(&mut conn, sql, vals()).await? {
                    sealed.push(read_sealed(&row)?);
                }
            }
        }
        Ok((hot, sealed))
    }

    /// The ids of a page of a round's records, by id; those taken out and those in the trash left aside.
    pub async fn record_ids_page(&self, round: &RoundId, skip: u32, limit: u32) -> Result<Vec<RecordId>> {
        let sql = "SELECT id FROM records WHERE round_id = $1 AND removed = 0 AND deleted_at IS NULL \
                   ORDER BY id LIMIT $2 OFFSET $3";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round, limit, skip]).await?;
        rows.iter().map(|row| row.parsed(0)).collect()
    }

    /// The round a record belongs to, hot or sealed.
    pub async fn round_of_record(&self, record: &RecordId) -> Result<Option<RoundId>> {
        let row =
            sql::one(&mut *self.read().await?, "SELECT round_id FROM records WHERE id = $1", vals![record]).await?;
        row.map_or(Ok(None), |row| row.maybe_parsed(0))
    }

    /// The segment a sealed record lies in; none while it is hot.
    pub async fn segment_of(&self, record: &RecordId) -> Result<Option<BlobHash>> {
        let row =
            sql::one(&mut *self.read().await?, "SELECT segment FROM records WHERE id = $1", vals![record]).await?;
        row.ok_or_else(|| StoreError::not_found("record", record))?.maybe_parsed(0)
    }
}
