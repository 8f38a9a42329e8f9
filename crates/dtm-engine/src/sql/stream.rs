//! Rows on their way to a client: encoded one by one, within the limits of a statement.

use super::Desk;
use super::cancel::Stop;
use super::errors::{error, of_engine, stopped, too_slow};
use super::session::Session;
use crate::EngineError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion_postgres::arrow_pg::datatypes::arrow_schema_to_pg_fields;
use datafusion_postgres::arrow_pg::row_encoder::RowEncoder;
use futures::StreamExt;
use pgwire::api::portal::Format;
use pgwire::api::results::{FieldInfo, QueryResponse};
use pgwire::error::PgWireResult;
use pgwire::messages::data::DataRow;
use pgwire::types::format::FormatOptions;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Sleep;

/// A statement's right to go on.
pub(super) struct Leave {
    desk: Arc<Desk>,
    until: Pin<Box<Sleep>>,
    patience: Duration,
    stop: watch::Receiver<u64>,
    /// Keeps the sender, so that waiting for it never ends by itself.
    _stop: Arc<Stop>,
}

impl Leave {
    pub(super) fn new(session: &Session) -> Leave {
        let patience = session.settings().patience(session.desk.limits.statement);
        Leave {
            desk: session.desk.clone(),
            until: Box::pin(tokio::time::sleep(patience)),
            patience,
            stop: session.stop.subscribe(),
            _stop: session.stop.clone(),
        }
    }

    /// Does a piece of work when it is its turn, unless time is over or somebody says stop.
    pub(super) async fn within<T>(&mut self, work: impl Future<Output = PgWireResult<T>>) -> PgWireResult<T> {
        let computing = self.desk.computing.clone();
        let work = async move {
            let _turn = computing.acquire().await;
            work.await
        };
        tokio::select! {
            biased;
            _ = self.stop.changed() => Err(stopped()),
            () = &mut self.until => Err(too_slow(self.patience.as_secs())),
            done = work => done,
        }
    }

    /// Time starts again, for a cursor that is read on.
    fn renew(&mut self) {
        self.until = Box::pin(tokio::time::sleep(self.patience));
        self.stop.mark_unchanged();
    }
}

/// Rows of an answer.
struct Rows {
    batches: SendableRecordBatchStream,
    fields: Arc<Vec<FieldInfo>>,
    batch: Option<RowEncoder>,
    leave: Leave,
    rows_left: u64,
    bytes_left: u64,
}

impl Rows {
    fn new(
        leave: Leave,
        batches: SendableRecordBatchStream,
        format: &Format,
        options: FormatOptions,
    ) -> PgWireResult<Rows> {
        let schema = batches.schema();
        check_formats(format, schema.fields().len())?;
        let fields = Arc::new(arrow_schema_to_pg_fields(&schema, format, Some(Arc::new(options)))?);
        let limits = leave.desk.limits;
        Ok(Rows { batches, fields, batch: None, leave, rows_left: limits.rows, bytes_left: limits.bytes })
    }

    async fn next(&mut self) -> PgWireResult<Option<DataRow>> {
        loop {
            if let Some(batch) = &mut self.batch {
                if let Some(row) = batch.next_row() {
                    let row = row?;
                    return self.within_limits(&row).map(|()| Some(row));
                }
                self.batch = None;
            }
            let batches = &mut self.batches;
            let next = self.leave.within(async { Ok(batches.next().await) }).await?;
            let Some(batch) = next else { return Ok(None) };
            let batch = batch.map_err(|problem| of_engine(&EngineError::from(problem)))?;
            self.batch = Some(RowEncoder::new(batch, self.fields.clone()));
        }
    }

    fn within_limits(&mut self, row: &DataRow) -> PgWireResult<()> {
        let n_bytes = row.data.len() as u64;
        if self.rows_left == 0 || n_bytes > self.bytes_left {
            let words = "the answer is larger than one statement may fetch: ask for a part (WHERE, LIMIT), or download the file";
            return Err(error("54000", words));
        }
        self.rows_left -= 1;
        self.bytes_left -= n_bytes;
        Ok(())
    }
}

/// Makes an answer of batches, encoded while it is sent.
pub(super) fn answer(
    leave: Leave,
    batches: SendableRecordBatchStream,
    format: &Format,
    options: FormatOptions,
) -> PgWireResult<QueryResponse> {
    let rows = Rows::new(leave, batches, format, options)?;
    let fields = rows.fields.clone();
    let rows = futures::stream::unfold(Some(rows), |rows| async move {
        let mut rows = rows?;
        match rows.next().await {
            Ok(Some(row)) => Some((Ok(row), Some(rows))),
            Ok(None) => None,
            Err(problem) => Some((Err(problem), None)),
        }
    });
    Ok(QueryResponse::new(fields, rows))
}

/// A client says the format of each column, of all at once, or nothing.
pub(super) fn check_formats(format: &Format, n_columns: usize) -> PgWireResult<()> {
    match format {
        Format::Individual(codes) if codes.len() != n_columns => {
            Err(error("08P01", format!("{} formats were given for {n_columns} columns", codes.len())))
        }
        _ => Ok(()),
    }
}

/// An answer that is fetched in pieces.
#[derive(Clone)]
pub(super) struct Cursor {
    fields: Arc<Vec<FieldInfo>>,
    rows: Arc<tokio::sync::Mutex<Option<Rows>>>,
}

impl Cursor {
    /// The columns.
    pub(super) fn fields(&self) -> &[FieldInfo] {
        &self.fields
    }

    pub(super) fn new(
        leave: Leave,
        batches: SendableRecordBatchStream,
        format: &Format,
        options: FormatOptions,
    ) -> PgWireResult<Cursor> {
        let rows = Rows::new(leave, batches, format, options)?;
        let fields = rows.fields.clone();
        Ok(Cursor { fields, rows: Arc::new(tokio::sync::Mutex::new(Some(rows))) })
    }

    /// The next rows, at most so many.
    pub(super) async fn fetch(&self, most: Option<u64>) -> QueryResponse {
        if let Some(rows) = &mut *self.rows.lock().await {
            rows.leave.renew();
        }
        let rows = self.rows.clone();
        let fetched = futures::stream::unfold((rows, most), |(cursor, left)| async move {
            if left == Some(0) {
                return None;
            }
            let mut fetched = cursor.lock().await;
            let next = match &mut *fetched {
                Some(rows) => rows.next().await,
                None => Ok(None),
            };
            let row = match next {
                Ok(Some(row)) => Ok(row),
                Ok(None) => {
                    *fetched = None;
                    return None;
                }
                Err(problem) => {
                    *fetched = None;
                    Err(problem)
                }
            };
            drop(fetched);
            Some((row, (cursor, left.map(|left| left - 1))))
        });
        let mut response = QueryResponse::new(self.fields.clone(), Box::pin(fetched));
        response.set_command_tag("FETCH");
        response
    }
}
