//! Lets through only what reads: one `SELECT`, with or without `WITH`.
//!
//! Takes SQL text from a person and returns the one query in it, or why it is refused. Planning and evaluation walk
//! expressions by recursion, so their depth is bounded here, before anything is planned: a stack that overflows would
//! end the whole process. Rule: `TRUST.md` §1, Rust's own.

use crate::EngineError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SQLOptions;
use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast;
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

/// The longest query taken, in bytes.
pub(crate) const MAX_SQL_BYTES: usize = 64 * 1024;
/// How many operators a query may hold: a chain of them nests as deeply as it is long.
pub(crate) const MAX_OPERATORS: usize = 250;

/// Refuses a text that is too long, or nests too deeply, before anything walks over it.
pub(crate) fn bounded(sql: &str, dialect: &dyn Dialect) -> Result<(), EngineError> {
    if sql.len() > MAX_SQL_BYTES {
        return Err(EngineError::TooLong { limit: MAX_SQL_BYTES });
    }
    let tokens = Tokenizer::new(dialect, sql).tokenize().map_err(|error| unreadable(&error))?;
    match tokens.iter().filter(|token| deepens(token)).count() {
        n if n > MAX_OPERATORS => Err(EngineError::TooDeep { limit: MAX_OPERATORS }),
        _ => Ok(()),
    }
}

fn unreadable(error: &impl ToString) -> EngineError {
    EngineError::Query { detail: error.to_string() }
}

/// Refuses a plan that does anything but read.
pub(crate) fn only_reads(plan: &LogicalPlan) -> Result<(), EngineError> {
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    options.verify_plan(plan).map_err(|_| EngineError::NotAQuery)
}

/// Reads the one query in the text.
pub(crate) fn read(sql: &str) -> Result<Statement, EngineError> {
    bounded(sql, &GenericDialect {})?;
    let mut statements = DFParser::parse_sql(sql).map_err(|error| unreadable(&error))?;
    match (statements.pop_front(), statements.pop_front()) {
        (Some(Statement::Statement(statement)), None) if matches!(*statement, ast::Statement::Query(_)) => {
            Ok(Statement::Statement(statement))
        }
        _ => Err(EngineError::NotAQuery),
    }
}

/// Whether the token can make an expression or a plan one level deeper.
fn deepens(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::XOR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::LIKE
                | Keyword::ILIKE
                | Keyword::BETWEEN
                | Keyword::IN
                | Keyword::COLLATE
                | Keyword::AT
                | Keyword::UNION
                | Keyword::EXCEPT
                | Keyword::INTERSECT
                | Keyword::JOIN
                | Keyword::CASE
                | Keyword::WITH
                | Keyword::DIV
        ),
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::Comma
        | Token::Period
        | Token::SemiColon
        | Token::RParen
        | Token::RBracket
        | Token::Whitespace(_) => false,
        Token::LParen => false, // the parser bounds parentheses itself
        _ => true,
    }
}
