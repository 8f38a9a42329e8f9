//! Statements that are prepared, given parameters and then executed: what psycopg and most drivers send.
//!
//! A prepared statement is planned anew when something was released since: its rows are never those of yesterday.

use super::errors::{error, of_engine};
use super::session::{self, Session};
use super::simple::one_column;
use super::statements::Statement;
use super::stream::{self, Leave};
use crate::EngineError;
use crate::shelf::Shelf;
use arrow::datatypes::DataType;
use async_trait::async_trait;
use datafusion::logical_expr::LogicalPlan;
use datafusion_postgres::arrow_pg::datatypes::{arrow_schema_to_pg_fields, df, into_pg_type};
use futures::{Sink, SinkExt};
use pgwire::api::portal::{Format, Portal, PortalExecutionState};
use pgwire::api::query::{
    ExtendedQueryHandler, send_describe_response, send_execution_response, send_partial_query_response,
};
use pgwire::api::results::{DescribePortalResponse, FieldInfo, Response, Tag};
use pgwire::api::stmt::{QueryParser, StoredStatement};
use pgwire::api::store::{Entry, PortalStore};
use pgwire::api::{ClientInfo, ClientPortalStore, DEFAULT_NAME, PgWireConnectionState, Type};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::extendedquery::{
    Bind, BindComplete, Close, CloseComplete, Describe, Execute, Parse, ParseComplete, TARGET_TYPE_BYTE_PORTAL,
    TARGET_TYPE_BYTE_STATEMENT,
};
use pgwire::messages::response::EmptyQueryResponse;
use pgwire::types::format::FormatOptions;
use std::sync::Arc;

/// A statement that was prepared.
#[derive(Clone)]
pub(super) struct Prepared {
    statement: Statement,
    /// Of a query: its plan, and what it was planned on.
    planned: Option<(LogicalPlan, Arc<Shelf>)>,
}

/// Prepares statements for a connection.
pub(super) struct Preparer(pub(super) Arc<Session>);

#[async_trait]
impl QueryParser for Preparer {
    type Statement = Prepared;

    async fn parse_sql<C>(&self, _client: &C, sql: &str, _types: &[Option<Type>]) -> PgWireResult<Option<Prepared>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        let mut statements = self.0.read(sql).await?;
        let Some(statement) = statements.pop() else { return Ok(None) };
        if !statements.is_empty() {
            return Err(error("42601", "cannot insert multiple commands into a prepared statement"));
        }
        let Statement::Read(parsed) = &statement else { return Ok(Some(Prepared { statement, planned: None })) };
        let mut leave = Leave::new(&self.0);
        let (shelf, state) = self.0.shelf().await?;
        let plan = leave.within(session::plan(state, (**parsed).clone())).await?;
        parameters(&plan)?;
        Ok(Some(Prepared { statement, planned: Some((plan, shelf)) }))
    }

    fn get_parameter_types(&self, prepared: &Prepared) -> PgWireResult<Vec<Type>> {
        let Some((plan, _)) = &prepared.planned else { return Ok(Vec::new()) };
        parameters(plan)?.iter().map(|kind| kind.as_ref().map_or(Ok(Type::TEXT), into_pg_type)).collect()
    }

    fn get_result_schema(&self, prepared: &Prepared, format: Option<&Format>) -> PgWireResult<Vec<FieldInfo>> {
        let format = format.unwrap_or(&Format::UnifiedText);
        match (&prepared.planned, &prepared.statement) {
            (Some((plan, _)), _) => {
                let schema = plan.schema().as_arrow();
                stream::check_formats(format, schema.fields().len())?;
                arrow_schema_to_pg_fields(schema, format, None)
            }
            (None, Statement::Show(name)) => Ok(one_column(name)),
            (None, Statement::Fetch { name, .. }) => {
                Ok(self.0.cursors().get(name).map(|cursor| cursor.fields().to_vec()).unwrap_or_default())
            }
            (None, _) => Ok(Vec::new()),
        }
    }
}

/// The types of a plan's parameters, in their order.
fn parameters(plan: &LogicalPlan) -> PgWireResult<Vec<Option<DataType>>> {
    let known = plan.get_parameter_types().map_err(|problem| of_engine(&EngineError::from(problem)))?;
    let number = |name: &str| name.trim_start_matches('$').parse::<usize>().ok();
    let most = known.keys().filter_map(|name| number(name)).max().unwrap_or_default();
    // Who names `$60000` alone does not get so many.
    if most > MOST_PARAMETERS {
        return Err(error("54023", format!("a statement takes at most {MOST_PARAMETERS} parameters")));
    }
    let mut kinds = vec![None; most];
    for (name, kind) in known {
        if let Some(at) = number(&name).and_then(|number| number.checked_sub(1)) {
            kinds[at] = kind;
        }
    }
    Ok(kinds)
}

const MOST_PARAMETERS: usize = 500;

impl Session {
    async fn execute(&self, portal: &Portal<Prepared>, options: FormatOptions) -> PgWireResult<Response> {
        let Prepared { statement: Statement::Read(parsed), planned: Some((plan, planned_on)) } =
            &portal.statement.statement
        else {
            return Err(error("XX000", "another statement went the way of a query"));
        };
        let mut leave = Leave::new(self);
        self.count().await?;
        let (shelf, state) = self.shelf().await?;
        let batches = leave
            .within(async {
                let plan = match Arc::ptr_eq(&shelf, planned_on) {
                    true => plan.clone(),
                    false => session::plan(state.clone(), (**parsed).clone()).await?,
                };
                let plan = with_parameters(plan, portal)?;
                session::run(shelf, state, plan).await
            })
            .await?;
        Ok(Response::Query(stream::answer(leave, batches, &portal.result_column_format, options)?))
    }
}

fn with_parameters(plan: LogicalPlan, portal: &Portal<Prepared>) -> PgWireResult<LogicalPlan> {
    let kinds = parameters(&plan)?;
    if kinds.len() != portal.parameter_len() {
        let words = format!("{} parameters were given, {} are asked for", portal.parameter_len(), kinds.len());
        return Err(error("08P01", words));
    }
    if kinds.is_empty() {
        return Ok(plan);
    }
    stream::check_formats(&portal.parameter_format, kinds.len())?;
    let on_wire: Vec<Type> =
        kinds.iter().map(|kind| kind.as_ref().map_or(Ok(Type::TEXT), into_pg_type)).collect::<PgWireResult<_>>()?;
    let kinds: Vec<Option<&DataType>> = kinds.iter().map(Option::as_ref).collect();
    let on_wire: Vec<Option<&Type>> = on_wire.iter().map(Some).collect();
    let values = df::deserialize_parameters_with_server_types(portal, &kinds, &on_wire)?;
    plan.replace_params_with_values(&values).map_err(|problem| of_engine(&EngineError::from(problem)))
}

/// The statements of a connection that are prepared.
pub(super) struct Extended(pub(super) Arc<Session>);

#[async_trait]
impl ExtendedQueryHandler for Extended {
    type Statement = Prepared;
    type QueryParser = Preparer;

    fn query_parser(&self) -> Arc<Preparer> {
        Arc::new(Preparer(self.0.clone()))
    }

    async fn on_bind<C>(&self, client: &mut C, message: Bind) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let of = message.statement_name.as_deref().unwrap_or(DEFAULT_NAME);
        let name = message.portal_name.as_deref().unwrap_or(DEFAULT_NAME);
        match client.portal_store().get_statement(of) {
            Some(Entry::Value(statement)) => {
                self.0.keep(&format!("portal {name}"))?;
                client.portal_store().put_portal(Arc::new(Portal::try_new(&message, statement)?));
            }
            Some(Entry::Empty) => client.portal_store().put_empty_portal(name),
            None => return Err(PgWireError::StatementNotFound(of.to_owned())),
        }
        client.send(PgWireBackendMessage::BindComplete(BindComplete::new())).await?;
        Ok(())
    }

    async fn on_close<C>(&self, client: &mut C, message: Close) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME);
        if message.target_type == TARGET_TYPE_BYTE_STATEMENT {
            client.portal_store().rm_statement(name);
            self.0.forget(name);
        } else {
            client.portal_store().rm_portal(name);
            self.0.forget(&format!("portal {name}"));
        }
        client.send(PgWireBackendMessage::CloseComplete(CloseComplete::new())).await?;
        Ok(())
    }

    async fn on_parse<C>(&self, client: &mut C, message: Parse) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME).to_owned();
        self.0.keep(&name)?;
        match StoredStatement::parse(client, &message, self.query_parser()).await? {
            Some(statement) => client.portal_store().put_statement(Arc::new(statement)),
            None => client.portal_store().put_empty_statement(&name),
        }
        client.send(PgWireBackendMessage::ParseComplete(ParseComplete::new())).await?;
        Ok(())
    }

    /// Describes a statement or a portal; a cursor that `DECLARE` opened is a portal too.
    async fn on_describe<C>(&self, client: &mut C, message: Describe) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let cursor = match message.target_type == TARGET_TYPE_BYTE_PORTAL {
            true => message.name.as_deref().and_then(|name| self.0.cursors().get(name).cloned()),
            false => None,
        };
        match cursor {
            Some(cursor) => {
                let columns = DescribePortalResponse::new(cursor.fields().to_vec());
                send_describe_response(client, &columns).await
            }
            None => self._on_describe(client, message).await,
        }
    }

    /// Executes a portal: its rows are sent as they are made, however many the client asks for.
    async fn on_execute<C>(&self, client: &mut C, message: Execute) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        if !matches!(client.state(), PgWireConnectionState::ReadyForQuery) {
            return Err(PgWireError::NotReadyForQuery);
        }
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME);
        let most = usize::try_from(message.max_rows).unwrap_or_default();
        let portal = match client.portal_store().get_portal(name) {
            Some(Entry::Value(portal)) => portal,
            Some(Entry::Empty) => {
                client.feed(PgWireBackendMessage::EmptyQueryResponse(EmptyQueryResponse::new())).await?;
                return Ok(());
            }
            None => return Err(PgWireError::PortalNotFound(name.to_owned())),
        };
        let state = portal.state();
        let mut state = state.lock().await;
        if matches!(*state, PortalExecutionState::Initial) {
            match self.do_query(client, &portal, most).await? {
                Response::Query(rows) => *state = PortalExecutionState::Suspended(rows),
                Response::TransactionStart(tag) => {
                    send_execution_response(client, tag).await?;
                    client.set_transaction_status(client.transaction_status().to_in_transaction_state());
                    return Ok(());
                }
                Response::TransactionEnd(tag) => {
                    send_execution_response(client, tag).await?;
                    client.set_transaction_status(client.transaction_status().to_idle_state());
                    return Ok(());
                }
                Response::Execution(tag) => return send_execution_response(client, tag).await,
                _ => return Err(error("XX000", "an answer of an unknown kind")),
            }
        }
        let has_more = match &mut *state {
            PortalExecutionState::Suspended(rows) => send_partial_query_response(client, rows, most).await?,
            _ => return send_execution_response(client, Tag::new("SELECT").with_rows(0)).await,
        };
        if !has_more {
            *state = PortalExecutionState::Finished;
        }
        Ok(())
    }

    async fn do_query<C>(&self, client: &mut C, portal: &Portal<Prepared>, _most: usize) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match &portal.statement.statement.statement {
            Statement::Read(_) => {
                let options = FormatOptions::from_client_metadata(client.metadata());
                self.0.execute(portal, options).await
            }
            other => self.0.other(client, other.clone()).await,
        }
    }
}
