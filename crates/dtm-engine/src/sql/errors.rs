//! What clients are told when something is not done: a code of PostgreSQL, and plain words.

use super::Refusal;
use crate::EngineError;
use pgwire::error::{ErrorInfo, PgWireError};

/// An error that ends the statement.
pub(super) fn error(code: &str, words: impl Into<String>) -> PgWireError {
    PgWireError::UserError(Box::new(ErrorInfo::new("ERROR".to_owned(), code.to_owned(), words.into())))
}

/// An error that ends the connection.
pub(super) fn fatal(code: &str, words: impl Into<String>) -> PgWireError {
    PgWireError::UserError(Box::new(ErrorInfo::new("FATAL".to_owned(), code.to_owned(), words.into())))
}

/// Somebody who does not come in.
pub(super) fn turned_away(refusal: &Refusal) -> PgWireError {
    match refusal {
        Refusal::Key => fatal(
            "28P01",
            "this key is not known, was withdrawn, or is for another product: give a key of the DTM API as the password",
        ),
        Refusal::TooMany { seconds } => fatal("53400", too_many(*seconds)),
        Refusal::Failed => fatal("58000", "the server cannot look the key up now: try again"),
    }
}

/// A statement that is not taken.
pub(super) fn refused(refusal: &Refusal) -> PgWireError {
    match refusal {
        Refusal::Key => fatal("28P01", "the key was withdrawn"),
        Refusal::TooMany { seconds } => error("53400", too_many(*seconds)),
        Refusal::Failed => error("58000", "what is released cannot be read now: try again"),
    }
}

fn too_many(seconds: u32) -> String {
    format!("this key asks too often: try again in {seconds} seconds")
}

/// A statement that writes, or is of another kind than those that are taken.
pub(super) fn read_only() -> PgWireError {
    error("25006", "only SELECT, SHOW and SET are taken here: released figures cannot be changed")
}

/// A statement that took too long.
pub(super) fn too_slow(seconds: u64) -> PgWireError {
    error("57014", format!("the statement took longer than {seconds} seconds: ask for less, or for fewer columns"))
}

/// A statement that somebody stopped.
pub(super) fn stopped() -> PgWireError {
    error("57014", "the statement was stopped at the user's request")
}

/// What the engine says.
pub(super) fn of_engine(problem: &EngineError) -> PgWireError {
    let code = match problem {
        EngineError::NotAQuery => return read_only(),
        EngineError::TooLong { .. } | EngineError::TooDeep { .. } => "54001",
        EngineError::Memory => "53200",
        EngineError::Query { detail } => code_of(detail),
        EngineError::NoFiles(_) | EngineError::Engine(_) => "XX000",
    };
    error(code, problem.to_string())
}

/// The code that PostgreSQL would give, by what the engine says in words: its own errors carry none.
fn code_of(detail: &str) -> &'static str {
    let detail = detail.to_lowercase();
    let says = |words: &str| detail.contains(words);
    match () {
        () if says("table") && says("not found")
            || says("failed to resolve schema")
            || says("failed to resolve catalog") =>
        {
            "42P01"
        }
        () if says("no field named") => "42703",
        () if says("invalid function") || says("function") && says("not found") => "42883",
        () if says("ambiguous") => "42702",
        () if says("parser") || says("expected:") || says("tokenizer") || says("unterminated") => "42601",
        () if says("divide by zero") => "22012",
        () if says("overflow") => "22003",
        () if says("cast") || says("parse") => "22P02",
        () if says("not implemented") || says("not supported") || says("unsupported") => "0A000",
        () if says("must appear in the group by") => "42803",
        () => "42000",
    }
}
