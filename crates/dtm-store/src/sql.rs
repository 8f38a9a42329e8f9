//! Runs SQL: binds values, refuses NUL alike for both databases, reads rows.

use crate::{Result, StoreError};
use chrono::NaiveDate;
use dtm_model::Instant;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::str::FromStr;

/// How many rows one INSERT carries at most.
pub(crate) const ROWS_AT_ONCE: usize = 64;

/// A value to bind. PostgreSQL wants to know the type of nothing, too.
#[derive(Clone, Debug)]
pub(crate) enum Val {
    Text(Option<String>),
    Int(Option<i64>),
}

impl From<&str> for Val {
    fn from(text: &str) -> Self {
        Val::Text(Some(text.to_owned()))
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Val::Text(Some(text))
    }
}

impl From<&String> for Val {
    fn from(text: &String) -> Self {
        Val::Text(Some(text.clone()))
    }
}

impl From<Option<String>> for Val {
    fn from(text: Option<String>) -> Self {
        Val::Text(text)
    }
}

impl From<&Option<String>> for Val {
    fn from(text: &Option<String>) -> Self {
        Val::Text(text.clone())
    }
}

impl From<i64> for Val {
    fn from(number: i64) -> Self {
        Val::Int(Some(number))
    }
}

impl From<Option<i64>> for Val {
    fn from(number: Option<i64>) -> Self {
        Val::Int(number)
    }
}

impl From<u32> for Val {
    fn from(number: u32) -> Self {
        Val::Int(Some(number.into()))
    }
}

impl From<bool> for Val {
    fn from(flag: bool) -> Self {
        Val::Int(Some(flag.into()))
    }
}

impl From<Instant> for Val {
    fn from(at: Instant) -> Self {
        Val::Int(Some(at.as_millis()))
    }
}

impl From<Option<Instant>> for Val {
    fn from(at: Option<Instant>) -> Self {
        Val::Int(at.map(Instant::as_millis))
    }
}

impl From<NaiveDate> for Val {
    fn from(day: NaiveDate) -> Self {
        Val::Text(Some(day.to_string()))
    }
}

macro_rules! ids {
    ($($id:ident)*) => {$(
        impl From<&dtm_model::$id> for Val {
            fn from(id: &dtm_model::$id) -> Self {
                Val::Text(Some(id.to_string()))
            }
        }

        impl From<&Option<dtm_model::$id>> for Val {
            fn from(id: &Option<dtm_model::$id>) -> Self {
                Val::Text(id.as_ref().map(ToString::to_string))
            }
        }
    )*};
}

ids! {
    OperationId ExerciseId RoundId FormId FormVersionId SubmissionId RecordId FindingId CorrectionId BatchId DisputeId DataRequestId
    MappingId ReleaseId EntityListId UserId AppUserId ApiKeyId ApiTokenId PublicLinkId GrantId FormKeyId BringRunId
    CheckRunId TeamId TeamMessageId MovementId MessageId HookId EventDecisionId PointNoteId VerificationEntryId SignatureId BlobHash
    FeedbackId Pcode Ssid RoundLabel
}

/// The values of one statement or of one row.
macro_rules! vals {
    ($($value:expr),* $(,)?) => { vec![$($crate::sql::Val::from($value)),*] };
}
pub(crate) use vals;

fn bind(vals: Vec<Val>) -> Result<AnyArguments> {
    use sqlx::Arguments;
    let mut arguments = AnyArguments::default();
    arguments.reserve(vals.len(), 0);
    for val in vals {
        let bound = match val {
            Val::Text(text) => {
                if text.as_ref().is_some_and(|text| text.contains('\0')) {
                    return Err(StoreError::NulInText);
                }
                arguments.add(text)
            }
            Val::Int(number) => arguments.add(number),
        };
        bound.map_err(|error| StoreError::Other(error.into()))?;
    }
    Ok(arguments)
}

/// Runs a statement and says how many rows it touched.
pub(crate) async fn run(conn: &mut AnyConnection, sql: impl Into<Cow<'static, str>>, vals: Vec<Val>) -> Result<u64> {
    let query = sqlx::query_with::<Any, _>(AssertSqlSafe(sql.into()), bind(vals)?);
    Ok(query.execute(conn).await?.rows_affected())
}

/// All rows of a query.
pub(crate) async fn all(
    conn: &mut AnyConnection,
    sql: impl Into<Cow<'static, str>>,
    vals: Vec<Val>,
) -> Result<Vec<AnyRow>> {
    let query = sqlx::query_with::<Any, _>(AssertSqlSafe(sql.into()), bind(vals)?);
    Ok(query.fetch_all(conn).await?)
}

/// The only row of a query, if there is one.
pub(crate) async fn one(
    conn: &mut AnyConnection,
    sql: impl Into<Cow<'static, str>>,
    vals: Vec<Val>,
) -> Result<Option<AnyRow>> {
    let query = sqlx::query_with::<Any, _>(AssertSqlSafe(sql.into()), bind(vals)?);
    Ok(query.fetch_optional(conn).await?)
}

/// Inserts many rows, several to a statement. `head` is everything before the values, `tail` what follows them.
pub(crate) async fn insert(
    conn: &mut AnyConnection,
    head: impl std::fmt::Display,
    tail: &'static str,
    mut rows: Vec<Vec<Val>>,
) -> Result<u64> {
    let mut n_touched = 0;
    let n_columns = rows.first().map_or(0, Vec::len);
    while !rows.is_empty() {
        // Whole groups share one prepared statement; what is left over goes in groups a quarter the size, then singly.
        let n = [ROWS_AT_ONCE, ROWS_AT_ONCE / 4, 1].into_iter().find(|n| *n <= rows.len()).unwrap_or(1);
        let rest = rows.split_off(n);
        let sql = format!("{head} VALUES {} {tail}", places(n, n_columns));
        n_touched += run(conn, sql, rows.into_iter().flatten().collect()).await?;
        rows = rest;
    }
    Ok(n_touched)
}

/// `($1,$2),($3,$4)`: places for `n_rows` rows of `n_columns` values.
fn places(n_rows: usize, n_columns: usize) -> String {
    let mut text = String::new();
    for row in 0..n_rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        push_places(&mut text, row * n_columns + 1, n_columns);
        text.push(')');
    }
    text
}

/// `$first,$…`: places for a list of `n` values.
pub(crate) fn list(first: usize, n: usize) -> String {
    let mut text = String::new();
    push_places(&mut text, first, n);
    text
}

fn push_places(text: &mut String, first: usize, n: usize) {
    for at in first..first + n {
        let comma = if at == first { "" } else { "," };
        write!(text, "{comma}${at}").expect("writing to a String does not fail");
    }
}

/// Reads columns by position; what cannot be read was damaged after it was written.
pub(crate) trait Columns {
    fn text(&self, at: usize) -> Result<String>;
    fn maybe_text(&self, at: usize) -> Result<Option<String>>;
    fn int(&self, at: usize) -> Result<i64>;
    fn maybe_int(&self, at: usize) -> Result<Option<i64>>;

    fn flag(&self, at: usize) -> Result<bool> {
        Ok(self.int(at)? != 0)
    }

    fn count(&self, at: usize) -> Result<u64> {
        let number = self.int(at)?;
        u64::try_from(number).map_err(|_| StoreError::corrupt(format!("count {number}")))
    }

    fn small(&self, at: usize) -> Result<u32> {
        let number = self.int(at)?;
        u32::try_from(number).map_err(|_| StoreError::corrupt(format!("number {number}")))
    }

    fn instant(&self, at: usize) -> Result<Instant> {
        Ok(Instant::from_millis(self.int(at)?))
    }

    fn maybe_instant(&self, at: usize) -> Result<Option<Instant>> {
        Ok(self.maybe_int(at)?.map(Instant::from_millis))
    }

    fn parsed<T: FromStr>(&self, at: usize) -> Result<T> {
        let text = self.text(at)?;
        text.parse().map_err(|_| StoreError::corrupt(format!("value `{text}`")))
    }

    fn maybe_parsed<T: FromStr>(&self, at: usize) -> Result<Option<T>> {
        let Some(text) = self.maybe_text(at)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| StoreError::corrupt(format!("value `{text}`")))
    }

    fn json<T: DeserializeOwned>(&self, at: usize) -> Result<T> {
        let text = self.text(at)?;
        serde_json::from_str(&text).map_err(|error| StoreError::corrupt(format!("stored JSON ({error})")))
    }

    /// An enum stored as its word.
    fn word<T: DeserializeOwned>(&self, at: usize) -> Result<T> {
        let text = self.text(at)?;
        serde_json::from_value(serde_json::Value::String(text.clone()))
            .map_err(|_| StoreError::corrupt(format!("word `{text}`")))
    }
}

impl Columns for AnyRow {
    fn text(&self, at: usize) -> Result<String> {
        Ok(self.try_get(at)?)
    }

    fn maybe_text(&self, at: usize) -> Result<Option<String>> {
        Ok(self.try_get(at)?)
    }

    fn int(&self, at: usize) -> Result<i64> {
        Ok(self.try_get(at)?)
    }

    fn maybe_int(&self, at: usize) -> Result<Option<i64>> {
        Ok(self.try_get(at)?)
    }
}

/// JSON as it is stored.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String> {
    Ok(serde_json::to_string(value)?)
}

/// The word of an enum, as it is stored.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("only enums without fields are stored as words, not {other:?}"),
    }
}

/// Reads rows and sorts them here, for PostgreSQL sorts text by the language of the database.
pub(crate) fn sorted<T, K: Ord + ?Sized>(
    rows: &[AnyRow],
    read: impl Fn(&AnyRow) -> Result<T>,
    key: impl Fn(&T) -> &K,
) -> Result<Vec<T>> {
    let mut values: Vec<T> = rows.iter().map(read).collect::<Result<_>>()?;
    values.sort_by(|a, b| key(a).cmp(key(b)));
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_through_all_rows() {
        assert_eq!(places(2, 3), "($1,$2,$3),($4,$5,$6)");
        assert_eq!(list(2, 2), "$2,$3");
    }
}
