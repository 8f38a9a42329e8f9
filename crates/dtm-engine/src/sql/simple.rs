//! Statements as plain text: what `psql`, R and ODBC send.

use super::errors::error;
use super::session::{self, Session};
use super::statements::Statement;
use super::stream::{self, Cursor, Leave};
use async_trait::async_trait;
use datafusion::sql::sqlparser::ast::Statement as Ast;
use futures::Sink;
use pgwire::api::portal::Format;
use pgwire::api::query::SimpleQueryHandler;
use pgwire::api::results::{DataRowEncoder, FieldFormat, FieldInfo, QueryResponse, Response, Tag};
use pgwire::api::store::PortalStore;
use pgwire::api::{ClientInfo, ClientPortalStore, Type};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::response::TransactionStatus;
use pgwire::messages::startup::ParameterStatus;
use pgwire::types::format::FormatOptions;
use std::sync::Arc;

/// What clients want to be told of when it changes, under the name that they know.
const TOLD: [(&str, &str); 5] = [
    ("application_name", "application_name"),
    ("client_encoding", "client_encoding"),
    ("datestyle", "DateStyle"),
    ("intervalstyle", "IntervalStyle"),
    ("timezone", "TimeZone"),
];

#[async_trait]
impl SimpleQueryHandler for Session {
    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let statements = self.read(query).await?;
        if statements.is_empty() {
            return Ok(vec![Response::EmptyQuery]);
        }
        let mut responses = Vec::with_capacity(statements.len());
        for statement in statements {
            responses.push(match statement {
                Statement::Read(parsed) => {
                    let options = FormatOptions::from_client_metadata(client.metadata());
                    Response::Query(self.select(*parsed, options).await?)
                }
                other => self.other(client, other).await?,
            });
        }
        Ok(responses)
    }
}

impl Session {
    async fn select(&self, parsed: Ast, options: FormatOptions) -> PgWireResult<QueryResponse> {
        let mut leave = Leave::new(self);
        self.count().await?;
        let (shelf, state) = self.shelf().await?;
        let batches = leave
            .within(async {
                let plan = session::plan(state.clone(), parsed).await?;
                session::run(shelf, state, plan).await
            })
            .await?;
        stream::answer(leave, batches, &Format::UnifiedText, options)
    }

    /// Does what is not a query.
    pub(super) async fn other<C>(&self, client: &mut C, statement: Statement) -> PgWireResult<Response>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        Ok(match statement {
            // A query has a way of its own.
            Statement::Read(_) => return Err(error("XX000", "a query went the way of other statements")),
            Statement::Set { name, value } => {
                self.settings().set(&name, &value)?;
                let value = self.settings().show(&name).unwrap_or_default();
                if let Some((_, told)) = TOLD.iter().find(|(known, _)| *known == name) {
                    let status = ParameterStatus::new((*told).to_owned(), value.clone());
                    futures::SinkExt::feed(client, PgWireBackendMessage::ParameterStatus(status)).await?;
                }
                client.metadata_mut().insert(name, value);
                Response::Execution(Tag::new("SET"))
            }
            Statement::Show(name) => {
                let value = self.settings().show(&name)?;
                Response::Query(one_value(&name, &value)?)
            }
            Statement::Begin => match client.transaction_status() {
                TransactionStatus::Idle => Response::TransactionStart(Tag::new("BEGIN")),
                _ => Response::Execution(Tag::new("BEGIN")),
            },
            Statement::Commit => {
                self.cursors().clear();
                let failed = matches!(client.transaction_status(), TransactionStatus::Error);
                Response::TransactionEnd(Tag::new(if failed { "ROLLBACK" } else { "COMMIT" }))
            }
            Statement::Rollback => {
                self.cursors().clear();
                Response::TransactionEnd(Tag::new("ROLLBACK"))
            }
            Statement::Nothing(tag) => Response::Execution(Tag::new(tag)),
            Statement::Declare { name, binary, query } => {
                let format = if binary { Format::UnifiedBinary } else { Format::UnifiedText };
                let options = FormatOptions::from_client_metadata(client.metadata());
                self.declare(name, *query, &format, options).await?;
                Response::Execution(Tag::new("DECLARE CURSOR"))
            }
            Statement::Fetch { name, most } => {
                let cursor = self.cursors().get(&name).cloned();
                let cursor = cursor.ok_or_else(|| error("34000", format!("there is no cursor \"{name}\"")))?;
                Response::Query(cursor.fetch(most).await)
            }
            Statement::Close(Some(name)) => {
                self.cursors().remove(&name);
                Response::Execution(Tag::new("CLOSE CURSOR"))
            }
            Statement::Close(None) => {
                self.cursors().clear();
                Response::Execution(Tag::new("CLOSE CURSOR ALL"))
            }
            Statement::Deallocate(name) => {
                self.forget(&name);
                Response::Execution(Tag::new("DEALLOCATE"))
            }
        })
    }

    async fn declare(&self, name: String, query: Ast, format: &Format, options: FormatOptions) -> PgWireResult<()> {
        if self.cursors().len() >= self.desk.limits.prepared {
            return Err(error("53400", "too many cursors are open: close some"));
        }
        let mut leave = Leave::new(self);
        self.count().await?;
        let (shelf, state) = self.shelf().await?;
        let batches = leave
            .within(async {
                let plan = session::plan(state.clone(), query).await?;
                session::run(shelf, state, plan).await
            })
            .await?;
        let cursor = Cursor::new(leave, batches, format, options)?;
        self.cursors().insert(name, cursor);
        Ok(())
    }
}

/// The columns of an answer of one text.
pub(super) fn one_column(name: &str) -> Vec<FieldInfo> {
    vec![FieldInfo::new(name.to_owned(), None, None, Type::TEXT, FieldFormat::Text)]
}

fn one_value(name: &str, value: &str) -> PgWireResult<QueryResponse> {
    let fields = Arc::new(one_column(name));
    let mut row = DataRowEncoder::new(fields.clone());
    row.encode_field(&Some(value))?;
    let mut response = QueryResponse::new(fields, futures::stream::iter([Ok(row.take_row())]));
    response.set_command_tag("SHOW");
    Ok(response)
}
