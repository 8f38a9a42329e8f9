//! Records: the newest typed answers. Hot ones lie here; sealed ones lie in Parquet segments among the blobs.

use crate::sql::{self, Columns, Val, json as to_json, list, vals};
use crate::{Near, Result, ReviewState, Stamp, Store, StoreError};
use dtm_model::{Answer, Answers, BlobHash, FormVersionId, Instant, Record, RecordId, RoundId, Source};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, HashMap};

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
    /// Whether it came while its round did not collect.
    pub late: bool,
}

/// Answers of a form version, sealed into a Parquet file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The file among the blobs.
    pub hash: BlobHash,
    /// The form version.
    pub form_version: FormVersionId,
    /// The table: empty for the form itself, else the path of a repeat; [`ORDERED`] for the columns of the form's own
    /// table in order.
    pub table: String,
    /// Rows.
    pub n_rows: u64,
    /// When it was sealed.
    pub made_at: Instant,
    /// Between which records all of its rows lie, those that count for nothing included; none of a segment that an
    /// earlier version made.
    pub span: Option<Span>,
}

/// The table of a segment that has the columns of the form's own table once more, in order. No repeat has such a path.
pub const ORDERED: &str = "#ordered";

/// The first and the last of some records, by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: RecordId,
    /// The last.
    pub last: RecordId,
}

impl Span {
    /// The span of these records; none where there are none.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a RecordId>) -> Option<Span> {
        let mut records = records.into_iter();
        let first = records.next()?;
        let (first, last) = records.fold((first, first), |(first, last), id| (first.min(id), last.max(id)));
        Some(Span { first: first.clone(), last: last.clone() })
    }

    /// Whether this record lies in it.
    pub fn holds(&self, record: &RecordId) -> bool {
        (&self.first..=&self.last).contains(&record)
    }
}

impl Segment {
    /// Whether a row of one of these records may be in it.
    pub fn may_hold<'a>(&self, records: impl IntoIterator<Item = &'a RecordId>) -> bool {
        self.span.as_ref().is_none_or(|span| records.into_iter().any(|record| span.holds(record)))
    }
}

/// Where a page of a list begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageFrom {
    /// At the beginning.
    Start,
    /// With what follows this record.
    After(RecordId),
    /// So that it ends before this record.
    Before(RecordId),
}

/// A record on its way into a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealing {
    /// The record.
    pub record: RecordId,
    /// The edition that went into the segment.
    pub edition: i64,
    /// The area it speaks of, by its p-code, where that is known.
    pub area: Option<String>,
}

/// What may be sealed: `$1` is the form version. The plus sign, the empty text and the condition in brackets lead to the
/// index that holds the few records which are not settled, away from those that hold all.
pub(crate) const SEALABLE: &str = "form_id = (SELECT form_id FROM form_versions WHERE id = $1) AND +draft = 0 \
                        AND (segment IS NULL OR edition > 1 OR deleted_at IS NOT NULL) \
                        AND form_version_id || '' = $1 AND deleted_at IS NULL AND segment IS NULL";

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
    /// Where it came from.
    pub source: Source,
    /// The form version it was filled on; none for an imported row.
    pub form_version: Option<FormVersionId>,
    /// Whether a correction took it out.
    pub removed: bool,
    /// What the review made of its submission; none as received, and for an imported row.
    pub review_state: Option<ReviewState>,
    /// Whether its submission lies in the trash.
    pub deleted: bool,
    /// Whether it came while its round did not collect.
    pub late: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, source, answers, form_version_id, round_id, removed, edition, review_state, deleted_at, late FROM records ",
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
        late: row.flag(9)?,
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
        source: row.json(6)?,
        late: row.flag(7)?,
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

    /// Whether at least so many records of a form version wait to be sealed.
    pub async fn has_hot_records(&self, form_version: &FormVersionId, at_least: u32) -> Result<bool> {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM records WHERE {SEALABLE} LIMIT $2) waiting");
        let row = sql::one(&mut *self.read().await?, sql, vals![form_version, at_least.max(1)]).await?;
        Ok(row.ok_or_else(|| StoreError::corrupt("a count without a row"))?.count(0)? >= u64::from(at_least.max(1)))
    }

    /// The hot records of a form version by id, after `after`; those of test submissions and those in the trash left
    /// aside, for what is in the trash may have to go for good.
    pub async fn hot_records(
        &self,
        form_version: &FormVersionId,
        after: Option<&RecordId>,
        limit: u32,
    ) -> Result<Vec<StoredRecord>> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        let sql = format!("{} {SEALABLE} AND id > $2 ORDER BY id LIMIT $3", select!(""));
        let rows = sql::all(&mut *self.read().await?, sql, vals![form_version, after, limit]).await?;
        rows.iter().map(read).collect()
    }

    /// Makes a segment known, the tables of its repeats with it; the table of the records comes first. It holds nothing
    /// until records are sealed into it.
    pub async fn add_segment(&self, tables: &[Segment], stamp: &Stamp) -> Result<()> {
        let Some(first) = tables.first() else { return Err(StoreError::Conflict { what: "segment" }) };
        let mut write = self.write(stamp).await?;
        let rows = tables.iter().map(|segment| {
            let n_rows = i64::try_from(segment.n_rows).unwrap_or(i64::MAX);
            let (first, last) = segment.span.clone().map(|span| (span.first, span.last)).unzip();
            let root = &tables[0].hash;
            vals![root, &segment.hash, &segment.form_version, &segment.table, n_rows, segment.made_at, &first, &last]
        });
        let head = "INSERT INTO segments (root, hash, form_version_id, table_name, n_rows, made_at, first_record, last_record)";
        sql::insert(write.conn(), head, "", rows.collect()).await?;
        let hashes: Vec<&BlobHash> = tables.iter().map(|segment| &segment.hash).collect();
        write.note("segment.added", &first.form_version, json!({ "segments": hashes, "rows": first.n_rows }));
        write.commit().await
    }

    /// Seals records: the segment takes the place of their answers. A record that has changed since it went into the
    /// segment is left as it is; its row there counts for nothing. Returns how many were sealed. Phones wait while it
    /// writes, so this is for a thousand records, not for a whole segment.
    ///
    /// The areas of the records count only while those of their form rest on the same (`located_by`).
    pub async fn seal(
        &self,
        segment: &Segment,
        records: &[Sealing],
        located_by: Option<&str>,
        stamp: &Stamp,
    ) -> Result<u64> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT 1 FROM form_areas a JOIN form_versions v ON v.form_id = a.form_id WHERE v.id = $1 AND a.known_by = $2";
        let is_located = match located_by {
            Some(known_by) => sql::one(write.conn(), sql, vals![&segment.form_version, known_by]).await?.is_some(),
            None => false,
        };
        let mut n_sealed = 0;
        let mut alike: BTreeMap<(i64, Option<&str>), Vec<&RecordId>> = BTreeMap::new();
        for one in records {
            let area = one.area.as_deref().filter(|_| is_located);
            alike.entry((one.edition, area)).or_default().push(&one.record);
        }
        for ((edition, area), records) in alike {
            for records in records.chunks(AT_ONCE) {
                // The edition tells the form version, too. Named here, it would have the database walk the index of versions.
                let sql = format!(
                    "UPDATE records SET answers = NULL, segment = $1, area = $2 WHERE edition = $3 \
                     AND segment IS NULL AND deleted_at IS NULL AND id IN ({})",
                    list(4, records.len())
                );
                let mut vals = vals![&segment.hash, area.map(str::to_owned), edition];
                vals.extend(records.iter().map(|record| Val::from(*record)));
                n_sealed += sql::run(write.conn(), sql, vals).await?;
            }
        }
        write.note("records.sealed", &segment.form_version, json!({ "segment": segment.hash, "records": n_sealed }));
        write.commit().await?;
        Ok(n_sealed)
    }

    /// Which of these records lie in this segment, each with whether it is in the trash.
    pub async fn lying_in(&self, segment: &BlobHash, records: &[RecordId]) -> Result<BTreeMap<RecordId, bool>> {
        let (mut found, mut conn) = (BTreeMap::new(), self.read().await?);
        for ids in records.chunks(AT_ONCE) {
            let sql =
                format!("SELECT id, deleted_at FROM records WHERE segment = $1 AND id IN ({})", list(2, ids.len()));
            let mut vals = vals![segment];
            vals.extend(ids.iter().map(Val::from));
            for row in sql::all(&mut conn, sql, vals).await? {
                found.insert(row.parsed(0)?, row.maybe_int(1)?.is_some());
            }
        }
        Ok(found)
    }

    /// Moves records that lie in one segment into another that holds the same answers; those that have left it
    /// meanwhile, or went to the trash, are left as they are.
    pub async fn move_records(
        &self,
        from: &BlobHash,
        to: &Segment,
        records: &[RecordId],
        stamp: &Stamp,
    ) -> Result<u64> {
        let mut write = self.write(stamp).await?;
        let mut n_moved = 0;
        for ids in records.chunks(AT_ONCE) {
            let sql = format!(
                "UPDATE records SET segment = $1 WHERE segment = $2 AND deleted_at IS NULL AND id IN ({})",
                list(3, ids.len())
            );
            let mut vals = vals![&to.hash, from];
            vals.extend(ids.iter().map(Val::from));
            n_moved += sql::run(write.conn(), sql, vals).await?;
        }
        let detail = json!({ "from": from, "to": to.hash, "records": n_moved });
        write.note("records.moved", &to.form_version, detail);
        write.commit().await?;
        Ok(n_moved)
    }

    /// The segments of a form version, oldest first.
    pub async fn segments(&self, form_version: &FormVersionId) -> Result<Vec<Segment>> {
        let sql = "SELECT hash, form_version_id, table_name, n_rows, made_at, first_record, last_record FROM segments \
                   WHERE form_version_id = $1 ORDER BY made_at, table_name, hash";
        let rows = sql::all(&mut *self.read().await?, sql, vals![form_version]).await?;
        let read = |row: &AnyRow| {
            let span = row.maybe_parsed(5)?.zip(row.maybe_parsed(6)?);
            Ok(Segment {
                span: span.map(|(first, last)| Span { first, last }),
                hash: row.parsed(0)?,
                form_version: row.parsed(1)?,
                table: row.text(2)?,
                n_rows: row.count(3)?,
                made_at: row.instant(4)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The segments of a form version that have no columns in order yet.
    pub async fn unordered_segments(&self, form_version: &FormVersionId) -> Result<Vec<BlobHash>> {
        let sql = "SELECT s.hash FROM segments s LEFT JOIN segments o ON o.root = s.root AND o.table_name = $2 \
                   WHERE s.form_version_id = $1 AND s.table_name = '' AND o.root IS NULL ORDER BY s.made_at, s.hash";
        let rows = sql::all(&mut *self.read().await?, sql, vals![form_version, ORDERED]).await?;
        rows.iter().map(|row| row.parsed(0)).collect()
    }

    /// Adds a segment's columns in order to its tables, where it was made without; whether the segment is still there.
    pub async fn add_ordered(&self, segment: &BlobHash, ordered: &BlobHash, stamp: &Stamp) -> Result<bool> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO segments (root, hash, form_version_id, table_name, n_rows, made_at, first_record, last_record) \
                   SELECT root, $1, form_version_id, $2, n_rows, made_at, first_record, last_record FROM segments \
                   WHERE root = $3 AND table_name = '' ON CONFLICT (root, table_name) DO NOTHING";
        write.run(sql, vals![ordered, ORDERED, segment]).await?;
        let sql = "SELECT 1 FROM segments WHERE root = $1 AND table_name = ''";
        let is_there = sql::one(write.conn(), sql, vals![segment]).await?.is_some();
        if is_there {
            write.note("segment.ordered", segment, json!({ "columns": ordered }));
        }
        write.commit().await?;
        Ok(is_there)
    }

    /// Notes between which records those of a segment lie that an earlier version made.
    pub async fn note_span(&self, segment: &BlobHash, span: &Span, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE segments SET first_record = $1, last_record = $2 WHERE root = $3 AND table_name = ''";
        write.run(sql, vals![&span.first, &span.last, segment]).await?;
        write.note("segment.spanned", segment, json!({}));
        write.commit().await
    }

    /// The records of a round that lie in segments, by id.
    pub async fn sealed_records(&self, round: &RoundId) -> Result<Vec<SealedRecord>> {
        let sql = "SELECT id, segment, form_version_id, removed, review_state, deleted_at, source, late FROM records \
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
                    "SELECT id, segment, form_version_id, removed, review_state, deleted_at, source, late FROM records \
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

    /// The form versions that these records answer; rows of tables are left out.
    pub async fn form_versions_by_record(&self, ids: &[RecordId]) -> Result<HashMap<RecordId, FormVersionId>> {
        let (mut found, mut conn) = (HashMap::new(), self.read().await?);
        for ids in ids.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT id, form_version_id FROM records WHERE form_version_id IS NOT NULL AND id IN ({})",
                list(1, ids.len())
            );
            for row in sql::all(&mut conn, sql, ids.iter().map(Val::from).collect()).await? {
                found.insert(row.parsed(0)?, row.parsed(1)?);
            }
        }
        Ok(found)
    }

    /// The ids of a page of a round's records, by id: those after `after`, else the last ones before `before`, else the
    /// first ones; those taken out and those in the trash left aside. With `state`, those in it alone; `Some(None)` is
    /// for those nobody reviewed.
    pub async fn record_ids_page(
        &self,
        round: &RoundId,
        from: &PageFrom,
        (near, state): (Option<&Near>, Option<Option<ReviewState>>),
        limit: u32,
    ) -> Result<Vec<RecordId>> {
        let (edge, order, id) = match from {
            PageFrom::Start => ("AND id > $2", "id", String::new()),
            PageFrom::After(id) => ("AND id > $2", "id", id.to_string()),
            PageFrom::Before(id) => ("AND id < $2", "id DESC", id.to_string()),
        };
        let mut vals = vals![round, id, limit];
        let near = near.map(|near| format!("AND {}", near.sql(&mut vals))).unwrap_or_default();
        let state = match state {
            None => String::new(),
            Some(None) => "AND review_state IS NULL".to_owned(),
            Some(Some(state)) => {
                vals.push(Val::from(state.code()));
                format!("AND review_state = ${}", vals.len())
            }
        };
        let sql = format!(
            "SELECT id FROM records WHERE round_id = $1 AND removed = 0 AND deleted_at IS NULL {edge} {near} {state} \
             ORDER BY {order} LIMIT $3"
        );
        let rows = sql::all(&mut *self.read().await?, sql, vals).await?;
        let mut ids: Vec<RecordId> = rows.iter().map(|row| row.parsed(0)).collect::<Result<_>>()?;
        ids.sort();
        Ok(ids)
    }

    /// The ids of a page of the rows that tables brought into a round, by id.
    pub async fn imported_ids_page(&self, round: &RoundId, from: &PageFrom, limit: u32) -> Result<Vec<RecordId>> {
        let after = if let PageFrom::After(id) = from { id.to_string() } else { String::new() };
        let sql =
            "SELECT id FROM records WHERE round_id = $1 AND source_file IS NOT NULL AND id > $2 ORDER BY id LIMIT $3";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round, after, limit]).await?;
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
