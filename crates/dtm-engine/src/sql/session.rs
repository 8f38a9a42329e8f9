//! One connection: who holds it, what it has set, and what it has open.

use super::cancel::Stop;
use super::errors::{error, refused};
use super::settings::Settings;
use super::statements::Statement;
use super::stream::Cursor;
use super::{Desk, Holder, Seat};
use crate::shelf::Shelf;
use crate::sql::errors::of_engine;
use crate::statement::only_reads;
use crate::{EngineError, deep};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::Statement as Ast;
use datafusion_postgres::datafusion_pg_catalog::sql::PostgresCompatibilityParser;
use pgwire::error::PgWireResult;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::watch;

static PARSER: LazyLock<PostgresCompatibilityParser> = LazyLock::new(PostgresCompatibilityParser::new);

/// One connection.
pub(super) struct Session {
    pub(super) desk: Arc<Desk>,
    seat: OnceLock<(Holder, Seat)>,
    settings: Mutex<Settings>,
    cursors: Mutex<BTreeMap<String, Cursor>>,
    prepared: Mutex<BTreeSet<String>>,
    pub(super) stop: Arc<Stop>,
}

impl Session {
    pub(super) fn new(desk: Arc<Desk>) -> Arc<Session> {
        Arc::new(Session {
            desk,
            seat: OnceLock::new(),
            settings: Mutex::default(),
            cursors: Mutex::default(),
            prepared: Mutex::default(),
            stop: Arc::new(watch::Sender::new(0)),
        })
    }

    /// Who holds the connection, once somebody does.
    pub(super) fn holder(&self) -> Option<&Holder> {
        self.seat.get().map(|(holder, _)| holder)
    }

    pub(super) fn sit(&self, holder: Holder, seat: Seat) {
        let _ = self.seat.set((holder, seat));
    }

    pub(super) fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn cursors(&self) -> MutexGuard<'_, BTreeMap<String, Cursor>> {
        self.cursors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a statement that the client wants kept under a name.
    pub(super) fn keep(&self, name: &str) -> PgWireResult<()> {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        prepared.insert(name.to_owned());
        match prepared.len() > self.desk.limits.prepared {
            true => Err(error("53400", "too many prepared statements: close some with DEALLOCATE")),
            false => Ok(()),
        }
    }

    /// Forgets a statement that was kept.
    pub(super) fn forget(&self, name: &str) {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// What is released now, and a state to plan with.
    pub(super) async fn shelf(&self) -> PgWireResult<(Arc<Shelf>, SessionState)> {
        let shelf = self.desk.door.shelf().await.map_err(|refusal| refused(&refusal))?;
        let path = self.settings().search_path();
        let schema = path.into_iter().find(|schema| shelf.has_schema(schema)).unwrap_or_else(|| "public".to_owned());
        let state = shelf.state(&schema);
        Ok((shelf, state))
    }

    /// Counts a statement that reads.
    pub(super) async fn count(&self) -> PgWireResult<()> {
        let Some(holder) = self.holder() else { return Err(error("28000", "nobody has come in yet")) };
        self.desk.door.count(holder).await.map_err(|refusal| refused(&refusal))
    }

    /// Reads the statements of a text, none for an empty one.
    pub(super) async fn read(&self, sql: &str) -> PgWireResult<Vec<Statement>> {
        let sql = sql.to_owned();
        let read = deep::down(async move { Statement::read(&PARSER, &sql) }).await;
        read.map_err(|problem| of_engine(&problem.into()))?.map_err(|problem| of_engine(&problem))
    }
}

/// Plans a query, where the stack is deep.
pub(super) async fn plan(state: SessionState, parsed: Ast) -> PgWireResult<LogicalPlan> {
    let planned = deep::down(async move {
        let plan = state.statement_to_plan(Parsed::Statement(Box::new(parsed))).await?;
        only_reads(&plan)?;
        Ok::<_, EngineError>(plan)
    });
    planned.await.map_err(|problem| of_engine(&problem.into()))?.map_err(|problem| of_engine(&problem))
}

/// Begins to answer a plan.
pub(super) async fn run(
    shelf: Arc<Shelf>,
    state: SessionState,
    plan: LogicalPlan,
) -> PgWireResult<SendableRecordBatchStream> {
    let begun = deep::down(async move { shelf.run(&state, &plan).await });
    begun.await.map_err(|problem| of_engine(&problem.into()))?.map_err(|problem| of_engine(&problem))
}
