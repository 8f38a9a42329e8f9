//! Submissions as those read them who take many: newest first, page by page, with their XML.
//!
//! What can be said of a submission without its answers becomes a condition of the database; it reads the XML of a page in
//! portions of bounded size, each checked against its hash.

use crate::review::{WHOLE, read};
use crate::sql::{self, Columns, Val, list, vals};
use crate::{Result, Store, StoreError, Submission};
use dtm_model::{BlobHash, FormId, FormVersionId, Instant, RecordId, SubmissionId};
use sqlx::any::AnyRow;
use std::collections::HashMap;

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
        let mut vals = vals![&self.form, self.draft, self.until];
        let mut conditions =
            "form_id = $1 AND draft = $2 AND created_at <= $3 AND submission_id IS NOT NULL".to_owned();
        match self.trash {
            Trash::Without => conditions += " AND deleted_at IS NULL",
            Trash::Only => conditions += " AND deleted_at IS NOT NULL",
            Trash::With => {}
        }
        if let Some(version) = &self.version {
            vals.push(version.into());
            conditions += &format!(" AND form_version_id = ${}", vals.len());
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
        let (mut conditions, mut vals) = source.sql();
        if let Some(before) = before {
            vals.push(before.into());
            conditions += &format!(" AND id < ${}", vals.len());
        }
        vals.extend(vals![limit, i64::try_from(skip).unwrap_or(i64::MAX)]);
        let (limit, offset) = (vals.len() - 1, vals.len());
        let sql = format!("{WHOLE} WHERE {conditions} ORDER BY id DESC LIMIT ${limit} OFFSET ${offset}");
        let rows = sql::all(&mut *self.read().await?, sql, vals).await?;
        rows.iter().map(read).collect()
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

    /// The real submissions of a form that do not stand as they are in a segment: those not sealed, those sealed more than
    /// once, those in the trash.
    pub async fn unsettled(&self, form: &FormId) -> Result<Vec<Unsettled>> {
        let sql = "SELECT id, segment, deleted_at FROM records WHERE form_id = $1 AND draft = 0 \
                   AND (segment IS NULL OR edition > 1 OR deleted_at IS NOT NULL) AND submission_id IS NOT NULL ORDER BY id";
        let rows = sql::all(&mut *self.read().await?, sql, vals![form]).await?;
        let read = |row: &AnyRow| {
            Ok(Unsettled {
                record: row.parsed(0)?,
                segment: row.maybe_parsed(1)?,
                deleted: row.maybe_int(2)?.is_some(),
            })
        };
        rows.iter().map(read).collect()
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
