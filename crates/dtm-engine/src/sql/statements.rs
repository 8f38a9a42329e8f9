//! What a client may say: each statement is one of these, anything else writes or reaches further than it may.

use super::clients::reworded;
use crate::EngineError;
use crate::statement::bounded;
use datafusion::sql::sqlparser::ast;
use datafusion::sql::sqlparser::ast::{CloseCursor, FetchDirection, Set, Statement as Ast};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion_postgres::datafusion_pg_catalog::sql::PostgresCompatibilityParser;

/// What `psql \\d+` asks of storage options, which nothing here has, in words that the engine cannot plan.
const STORAGE_OPTIONS: &str = "pg_catalog.array_to_string(c.reloptions || array(select 'toast.' || x from \
                               pg_catalog.unnest(tc.reloptions) x), ', ')";

/// Statements of one text at most.
const MOST_TOGETHER: usize = 50;

/// One statement.
#[derive(Clone, Debug)]
pub(super) enum Statement {
    /// A query.
    Read(Box<Ast>),
    /// Sets something for this connection.
    Set { name: String, value: String },
    /// Asks what is set.
    Show(String),
    /// Begins what clients call a transaction; nothing is locked by it.
    Begin,
    /// Ends it.
    Commit,
    /// Ends it too.
    Rollback,
    /// Done by saying so.
    Nothing(&'static str),
    /// Opens a cursor.
    Declare { name: String, binary: bool, query: Box<Ast> },
    /// Reads on; everything that is left where no number is given.
    Fetch { name: String, most: Option<u64> },
    /// Closes a cursor, or all.
    Close(Option<String>),
    /// Forgets a prepared statement, or all.
    Deallocate(String),
}

impl Statement {
    /// Reads the statements of a text.
    pub(super) fn read(parser: &PostgresCompatibilityParser, sql: &str) -> Result<Vec<Statement>, EngineError> {
        bounded(sql, &PostgreSqlDialect {})?;
        let parsed = parser
            .parse(&sql.replace(STORAGE_OPTIONS, "''"))
            .map_err(|error| EngineError::Query { detail: error.to_string() })?;
        if parsed.len() > MOST_TOGETHER {
            return Err(EngineError::TooDeep { limit: MOST_TOGETHER });
        }
        parsed.into_iter().map(|parsed| Statement::of(reworded(parsed)).ok_or(EngineError::NotAQuery)).collect()
    }

    fn of(parsed: Ast) -> Option<Statement> {
        Some(match parsed {
            Ast::Query(query) => Statement::Read(Box::new(Ast::Query(query))),
            Ast::Set(set) => of_set(set)?,
            Ast::ShowVariable { variable } => {
                let words: Vec<String> = variable.into_iter().map(|word| word.value.to_lowercase()).collect();
                Statement::Show(words.join(" "))
            }
            Ast::StartTransaction { .. } => Statement::Begin,
            Ast::Commit { .. } => Statement::Commit,
            Ast::Rollback { savepoint: None, .. } => Statement::Rollback,
            Ast::Rollback { .. } => Statement::Nothing("ROLLBACK"),
            Ast::Savepoint { .. } => Statement::Nothing("SAVEPOINT"),
            Ast::ReleaseSavepoint { .. } => Statement::Nothing("RELEASE"),
            Ast::Discard { .. } => Statement::Nothing("DISCARD ALL"),
            Ast::Reset { .. } => Statement::Nothing("RESET"),
            Ast::Deallocate { name, .. } => Statement::Deallocate(name.value),
            Ast::Close { cursor: CloseCursor::All } => Statement::Close(None),
            Ast::Close { cursor: CloseCursor::Specific { name } } => Statement::Close(Some(name.value)),
            Ast::Declare { stmts } => of_declare(stmts)?,
            Ast::Fetch { name, direction, into: None, .. } => {
                Statement::Fetch { name: name.value, most: forward(&direction)? }
            }
            _ => return None,
        })
    }
}

fn of_set(set: Set) -> Option<Statement> {
    let (name, value) = match set {
        Set::SingleAssignment { variable, values, .. } => {
            let values: Vec<String> = values.iter().map(|value| unquoted(&value.to_string())).collect();
            (variable.to_string().to_lowercase(), values.join(", "))
        }
        Set::SetTimeZone { value, .. } => ("timezone".to_owned(), unquoted(&value.to_string())),
        Set::SetNames { charset_name, .. } => ("client_encoding".to_owned(), charset_name.value),
        Set::SetTransaction { .. } | Set::SetSessionParam(_) => return Some(Statement::Nothing("SET")),
        _ => return None,
    };
    Some(Statement::Set { name, value })
}

fn unquoted(value: &str) -> String {
    value.trim_matches(|quote| matches!(quote, '\'' | '"')).to_owned()
}

fn of_declare(stmts: Vec<ast::Declare>) -> Option<Statement> {
    let [declare] = <[ast::Declare; 1]>::try_from(stmts).ok()?;
    let query = declare.for_query?;
    let name = declare.names.first()?.value.clone();
    Some(Statement::Declare { name, binary: declare.binary == Some(true), query: Box::new(Ast::Query(query)) })
}

/// How many rows forward; a cursor cannot go back.
fn forward(direction: &FetchDirection) -> Option<Option<u64>> {
    match direction {
        FetchDirection::Next | FetchDirection::Forward { limit: None } => Some(Some(1)),
        FetchDirection::Count { limit } | FetchDirection::Forward { limit: Some(limit) } => {
            Some(Some(limit.to_string().parse().ok()?))
        }
        FetchDirection::All | FetchDirection::ForwardAll => Some(None),
        _ => None,
    }
}
