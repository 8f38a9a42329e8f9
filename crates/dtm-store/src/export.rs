//! Submissions as those read them who take many: newest first, page by page, with their XML.
//!
//! What can be said of a submission without its answers becomes a condition of the database; it reads the XML of a page in
//! portions of bounded size, each checked against its hash.

use crate::record::ORDERED;
use crate::review::Near;
use crate::sql::{self, Columns, Val, list, vals};
use crate::{Result, Store, StoreError, Submission};
use dtm_model::{BlobHash, FormId, FormVersionId, Instant, RecordId, SubmissionId};
use std::collections::{HashMap, HashSet};

/// Which submissions of the trash are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Trash {
    /// None.
    #[default]
    Without,
    /// These alone.
    Only,
    /// These, too.
    With,
}

/// What the store knows of a submission and can compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// When it arrived, milliseconds.
    CreatedAt,
    /// When it was changed last, milliseconds.
    UpdatedAt,
    /// When it was moved to the trash, milliseconds.
    DeletedAt,
    /// What the review came to.
    ReviewState,
    /// The phone.
    DeviceId,
    /// How often it was edited.
    Edits,
    /// The instanceID of its first version.
    InstanceId,
    /// Who sent it, by the last twelve digits of their id.
    SubmitterEnd,
}

impl Column {
    fn sql(self) -> &'static str {
        match self {
            Column::CreatedAt => "created_at",
            Column::UpdatedAt => "updated_at",
            Column::DeletedAt => "deleted_at",
            Column::ReviewState => "review_state",
            Column::DeviceId => "device_id",
            Column::Edits => "(edition - 1)",
            Column::InstanceId => "instance_id",
            Column::SubmitterEnd => "submitter",
        }
    }
}

/// Something that must hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// There is a value, or there is none.
    Known(Column, bool),
    /// A number stands so to another: `=`, `<>`, `<`, `<=`, `>`, `>=`. Nothing is unequal to every number.
    Number(Column, &'static str, i64),
    /// A text is this one, or is not. Nothing is unequal to every text.
    Text(Column, bool, String),
    /// One of these holds.
    Any(Vec<Condition>),
}

impl Condition {
    /// The condition in SQL; its value, if any, is added to `vals`.
    fn sql(&self, vals: &mut Vec<Val>) -> String {
        match self {
            Condition::Known(column, true) => format!("{} IS NOT NULL", column.sql()),
            Condition::Known(column, false) => format!("{} IS NULL", column.sql()),
            Condition::Number(column, how, number) => {
                vals.push((*number).into());
                let (column, how) = (column.sql(), comparison(how));
                let compared = format!("{column} {how} ${}", vals.len());
                if how == "<>" { format!("({compared} OR {column} IS NULL)") } else { compared }
            }
            Condition::Text(Column::SubmitterEnd, is, end) => {
                vals.push(format!("%{}", end.replace(['%', '_'], "")).into());
                let not = if *is { "" } else { "NOT " };
                format!("submitter {not}LIKE ${}", vals.len())
            }
            Condition::Text(column, true, text) => {
                vals.push(text.into());
                format!("{} = ${}", column.sql(), vals.len())
            }
            Condition::Text(column, false, text) => {
                vals.push(text.into());
                format!("({0} <> ${1} OR {0} IS NULL)", column.sql(), vals.len())
            }
            Condition::Any(conditions) => {
                let any: Vec<String> = conditions.iter().map(|condition| condition.sql(vals)).collect();
                if any.is_empty() { "1 = 0".to_owned() } else { format!("({})", any.join(" OR ")) }
            }
        }
    }
}

/// The operator, none of the caller's own text.
fn comparison(how: &str) -> &'static str {
    ["=", "<>", "<", "<=", ">", ">="].into_iter().find(|known| *known == how).unwrap_or("=")
}

/// The submissions of a form that are to be read.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportSource {
    /// The form.
    pub form: FormId,
    /// Those that try a draft out, instead of the real ones.
    pub draft: bool,
    /// Only those that were filled on this version.
    pub version: Option<FormVersionId>,
    /// What of the trash.
    pub trash: Trash,
    /// Those received after this are left aside, so that what arrives meanwhile does not come into half of an export.
    pub until: Instant,
    /// What must hold.
    pub conditions: Vec<Condition>,
    /// Only those that may be theirs who see some rows only; each is still to be looked at.
    pub near: Option<Near>,
}

/// Where the answers of a form lie at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lying {
    /// The segments of all its versions.
    pub segments: Vec<LyingSegment>,
    /// The real submissions that do not stand as they are in a segment: those not sealed, those sealed more than once,
    /// those in the trash.
    pub unsettled: Vec<Unsettled>,
}

/// A segment of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LyingSegment {
    /// The file of the form's own table.
    pub hash: BlobHash,
    /// The file that has its columns in order; none where they are still to be made.
    pub ordered: Option<BlobHash>,
    /// The form version.
    pub version: FormVersionId,
}

/// A submission that does not stand as it is in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// Its record.
    pub record: RecordId,
    /// The segment that holds its answers now; none while they are in the store.
    pub segment: Option<BlobHash>,
    /// Whether it lies in the trash.
    pub deleted: bool,
}

/// How many ids one look-up names at most.
const AT_ONCE: usize = 256;

impl ExportSource {
    fn sql(&self) -> (String, Vec<Val>) {
        let mut vals = vals![&self.form, self.until];
        // Written out, so that the index of what is real and not in the trash is found.
        let mut conditions = format!("form_id = $1 AND draft = {} AND created_at <= $2", i32::from(self.draft));
        match self.trash {
            Trash::Without => conditions += " AND deleted_at IS NULL",
            Trash::Only => conditions += " AND deleted_at IS NOT NULL",
            Trash::With => {}
        }
        if let Some(version) = &self.version {
            vals.push(version.into());
            conditions += &format!(" AND form_version_id = ${}", vals.len());
        }
        if let Some(near) = &self.near {
            conditions += " AND ";
            conditions += &near.sql(&mut vals);
        }
        for condition in &self.conditions {
            conditions += " AND ";
            conditions += &condition.sql(&mut vals);
        }
        (conditions, vals)
    }
}

impl Store {
    /// A page of submissions, the newest first: those before `before`, after `skip` of them.
    pub async fn export_page(
        &self,
        source: &ExportSource,
        before: Option<&RecordId>,
        skip: u64,
        limit: u32,
    ) -> Result<Vec<Submission>> {
        let (conditions, vals) = source.sql();
        self.newest(conditions, vals, before, skip, limit).await
    }

    /// How many submissions there are; `before` counts only those before this one.
    pub async fn export_count(&self, source: &ExportSource, before: Option<&RecordId>) -> Result<u64> {
        let (mut conditions, mut vals) = source.sql();
        if let Some(before) = before {
            vals.push(before.into());
            conditions += &format!(" AND id < ${}", vals.len());
        }
        let sql = format!("SELECT count(*) FROM records WHERE {conditions}");
        let row = sql::one(&mut *self.read().await?, sql, vals).await?;
        row.ok_or_else(|| StoreError::corrupt("a count without a row"))?.count(0)
    }

    /// Which of these records are among the submissions. Many are not named one by one: then all that are there are read.
    pub async fn export_among(&self, source: &ExportSource, records: &[RecordId]) -> Result<HashSet<RecordId>> {
        const NAMED: usize = 20_000;
        let (conditions, vals) = source.sql();
        let (mut found, mut conn) = (HashSet::new(), self.read().await?);
        if records.len() > NAMED {
            let sql = format!("SELECT id FROM records WHERE {conditions}");
            for row in sql::all(&mut conn, sql, vals).await? {
                found.insert(row.parsed(0)?);
            }
            return Ok(found);
        }
        for ids in records.chunks(AT_ONCE) {
            let mut vals = vals.clone();
            let sql =
                format!("SELECT id FROM records WHERE {conditions} AND id IN ({})", list(vals.len() + 1, ids.len()));
            vals.extend(ids.iter().map(Val::from));
            for row in sql::all(&mut conn, sql, vals).await? {
                found.insert(row.parsed(0)?);
            }
        }
        Ok(found)
    }

    /// The submissions, where they are no more than this; nothing where they are.
    pub async fn export_few(&self, source: &ExportSource, most: u32) -> Result<Option<HashSet<RecordId>>> {
        let (conditions, vals) = source.sql();
        self.few(&conditions, vals, most).await
    }

    /// Where the answers of a form lie. One statement sees the segments and the rest as they are at one moment, though
    /// records are sealed meanwhile.
    pub async fn lying(&self, form: &FormId) -> Result<Lying> {
        let sql = format!(
            "SELECT id, segment, CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END, NULL, NULL FROM records \
             WHERE form_id = $1 AND +draft = 0 AND (segment IS NULL OR edition > 1 OR deleted_at IS NOT NULL) \
             UNION ALL SELECT '', s.hash, 0, o.hash, s.form_version_id FROM segments s \
             JOIN form_versions v ON v.id = s.form_version_id LEFT JOIN segments o \
             ON o.root = s.root AND o.table_name = '{ORDERED}' \
             WHERE v.form_id = $1 AND s.table_name = '' ORDER BY 1, 2"
        );
        let mut lying = Lying::default();
        for row in sql::all(&mut *self.read().await?, sql, vals![form]).await? {
            if row.text(0)?.is_empty() {
                let (hash, ordered, version) = (row.parsed(1)?, row.maybe_parsed(3)?, row.parsed(4)?);
                lying.segments.push(LyingSegment { hash, ordered, version });
            } else {
                let segment = row.maybe_parsed(1)?;
                lying.unsettled.push(Unsettled { record: row.parsed(0)?, segment, deleted: row.flag(2)? });
            }
        }
        Ok(lying)
    }

    /// How many bytes the XML of each of these versions has; those that were purged are left out.
    pub async fn xml_sizes(&self, ids: &[SubmissionId]) -> Result<HashMap<SubmissionId, u64>> {
        let (mut sizes, mut conn) = (HashMap::new(), self.read().await?);
        for ids in ids.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT id, octet_length(xml) FROM submissions WHERE purged_at IS NULL AND id IN ({})",
                list(1, ids.len())
            );
            for row in sql::all(&mut conn, sql, ids.iter().map(Val::from).collect()).await? {
                sizes.insert(row.parsed(0)?, row.count(1)?);
            }
        }
        Ok(sizes)
    }

    /// The XML of these versions, each checked against its hash; those that were purged are left out.
    pub async fn xml_of(&self, ids: &[SubmissionId]) -> Result<HashMap<SubmissionId, String>> {
        let (mut found, mut conn) = (HashMap::new(), self.read().await?);
        for ids in ids.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT id, xml, xml_hash FROM submissions WHERE purged_at IS NULL AND id IN ({})",
                list(1, ids.len())
            );
            for row in sql::all(&mut conn, sql, ids.iter().map(Val::from).collect()).await? {
                let (id, xml, hash): (SubmissionId, String, BlobHash) = (row.parsed(0)?, row.text(1)?, row.parsed(2)?);
                if BlobHash::of(xml.as_bytes()) != hash {
                    return Err(StoreError::corrupt(format!("the XML of submission {id}")));
                }
                found.insert(id, xml);
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::SEALABLE;
    use crate::{ReviewState, Wanted};

    /// How SQLite looks for what these conditions say.
    async fn plan(store: &Store, sql: String, vals: Vec<Val>) -> String {
        let rows = sql::all(&mut store.read().await.unwrap(), format!("EXPLAIN QUERY PLAN {sql}"), vals).await.unwrap();
        rows.iter().map(|row| row.text(3).unwrap()).collect::<Vec<_>>().join("; ")
    }

    #[tokio::test]
    async fn a_list_is_counted_narrowed_and_passed_over_in_the_index_and_what_is_not_settled_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/dtm.db", folder.path().display())).await.unwrap();
        let form = FormId::new(Instant::from_millis(0), [0; 10]);
        let round = Some(dtm_model::RoundId::new(Instant::from_millis(0), [0; 10]));
        let near = Some(Near { areas: vec!["XS01".to_owned()], sender: None });
        let of = |wanted: Wanted| wanted.conditions();
        let source = ExportSource {
            form: form.clone(),
            draft: false,
            version: None,
            trash: Trash::Without,
            until: Instant::from_millis(0),
            conditions: vec![Condition::Text(Column::ReviewState, true, "approved".to_owned())],
            near: near.clone(),
        };
        let some = Wanted { states: vec![None, Some(ReviewState::Approved)], round, near, ..Wanted::of(&form) };
        let one = Wanted { states: vec![Some(ReviewState::Rejected)], ..Wanted::of(&form) };
        let by_list = "records_form (form_id=? AND draft=?";
        let by_state = "records_state (form_id=? AND review_state=?";
        for ((conditions, vals), expected) in [
            (of(Wanted::of(&form)), by_list),
            (of(some), by_list),
            (of(one.clone()), by_state),
            (source.sql(), by_state),
        ] {
            let counted = plan(&store, format!("SELECT count(*) FROM records WHERE {conditions}"), vals).await;
            assert!(counted.contains(&format!("USING COVERING INDEX {expected}")), "{counted}");
        }
        let (conditions, vals) = of(one);
        let listed =
            plan(&store, format!("SELECT submission_id FROM records WHERE {conditions} ORDER BY id DESC"), vals);
        let listed = listed.await;
        assert!(listed.contains(by_state) && !listed.contains("TEMP"), "{listed}");
        let sql = "SELECT review_state, count(*), max(created_at) FROM records \
                   WHERE form_id = $1 AND draft = 0 AND deleted_at IS NULL GROUP BY review_state";
        let grouped = plan(&store, sql.to_owned(), vals![&form]).await;
        assert!(grouped.contains("COVERING INDEX records_state") && !grouped.contains("TEMP"), "{grouped}");
        let version = FormVersionId::new(Instant::from_millis(0), [0; 10]);
        let sql = format!("SELECT answers FROM records WHERE {SEALABLE} AND id > $2 ORDER BY id LIMIT 5");
        let hot = plan(&store, sql, vals![&version, ""]).await;
        assert!(hot.contains("USING INDEX records_unsettled (form_id=? AND id>?)") && !hot.contains("TEMP"), "{hot}");
        store.close().await;
    }
}
