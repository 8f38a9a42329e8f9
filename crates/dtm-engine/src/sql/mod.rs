//! SQL by the PostgreSQL wire protocol, read-only.
//!
//! In: connections, and a [`Door`] that knows who may come in and what is on the [`Shelf`] now. Out: answers to `SELECT`,
//! `SHOW` and `SET`, and to the catalogue queries of `psql`, ODBC, R, Python, DuckDB and QGIS. Everything is bounded: connections
//! and those of one key, the length and depth of a statement, its time and memory, the rows and bytes of its answer, which
//! streams, the size of a message, and how long a client may say nothing or not listen. Protocol: `pgwire`; encoding of
//! rows: `arrow-pg`. Design: `docs/decisions/0037`.

mod bounded;
mod cancel;
mod clients;
mod connection;
mod errors;
mod extended;
mod session;
mod settings;
mod simple;
mod startup;
mod statements;
mod stream;

use crate::shelf::Shelf;
use async_trait::async_trait;
use cancel::Running;
pub use pgwire::tokio::TlsAcceptor;
pub use pgwire::tokio::tokio_rustls::rustls;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// Who came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The id of the key: connections and statements are counted by it.
    pub key: String,
    /// Its name, which the log may know.
    pub name: String,
}

/// Why somebody does not come in, or has to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The key is not known, was withdrawn, or opens something else.
    Key,
    /// Too many calls, or too many wrong keys: after so many seconds there are fewer.
    TooMany {
        /// Seconds to wait.
        seconds: u32,
    },
    /// Something of ours is out of order.
    Failed,
}

/// What stands around the protocol: keys, counting, and what is released now.
#[async_trait]
pub trait Door: Send + Sync + 'static {
    /// Whose key this is.
    async fn admit(&self, key: &str, from: SocketAddr) -> Result<Holder, Refusal>;
    /// Counts a statement that reads.
    async fn count(&self, holder: &Holder) -> Result<(), Refusal>;
    /// What may be read now.
    async fn shelf(&self) -> Result<Arc<Shelf>, Refusal>;
}

/// What clients may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Connections of one key at once.
    pub connections_of_key: usize,
    /// Statements that compute at once; others wait.
    pub at_once: usize,
    /// How long one statement may take, waiting and sending included.
    pub statement: Duration,
    /// How long a client may say nothing.
    pub idle: Duration,
    /// How long somebody may take to come in.
    pub startup: Duration,
    /// How long a client may not listen while it is told something.
    pub deaf: Duration,
    /// Rows of one answer.
    pub rows: u64,
    /// Bytes of one answer.
    pub bytes: u64,
    /// Prepared statements and cursors of one connection.
    pub prepared: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 40,
            connections_of_key: 10,
            at_once: 2,
            statement: Duration::from_secs(60),
            idle: Duration::from_secs(30 * 60),
            startup: Duration::from_secs(15),
            deaf: Duration::from_secs(60),
            rows: 5_000_000,
            bytes: 2 << 30,
            prepared: 100,
        }
    }
}

/// What all connections share.
pub(crate) struct Desk {
    door: Arc<dyn Door>,
    limits: Limits,
    tls: Option<TlsAcceptor>,
    seats: Arc<Semaphore>,
    computing: Arc<Semaphore>,
    /// Connections by key.
    seated: Mutex<HashMap<String, usize>>,
    running: Running,
}

impl Desk {
    /// Takes a seat for a key; none when it has too many.
    fn sit(self: &Arc<Self>, key: &str) -> Option<Seat> {
        let mut seated = self.seated.lock().unwrap_or_else(PoisonError::into_inner);
        let n = seated.entry(key.to_owned()).or_default();
        if *n >= self.limits.connections_of_key {
            return None;
        }
        *n += 1;
        Some(Seat { desk: self.clone(), key: key.to_owned() })
    }
}

/// A connection of a key, until it is dropped.
struct Seat {
    desk: Arc<Desk>,
    key: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seated = self.desk.seated.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n) = seated.get_mut(&self.key) {
            *n -= 1;
            if *n == 0 {
                seated.remove(&self.key);
            }
        }
    }
}

/// Serves connections until `stop` resolves; those that are open then are cut off. Without `tls`, keys are taken only
/// from this very machine.
pub async fn serve(
    listener: TcpListener,
    door: Arc<dyn Door>,
    limits: Limits,
    tls: Option<TlsAcceptor>,
    stop: impl Future<Output = ()> + Send,
) {
    let desk = Arc::new(Desk {
        door,
        limits,
        tls,
        seats: Arc::new(Semaphore::new(limits.connections)),
        computing: Arc::new(Semaphore::new(limits.at_once.max(1))),
        seated: Mutex::default(),
        running: Running::default(),
    });
    let (leaving, left) = watch::channel(());
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file handles, or a client gone already: the next may do better.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(seat) = desk.seats.clone().try_acquire_owned() else {
            tokio::spawn(connection::turn_away(stream));
            continue;
        };
        let (desk, mut left) = (desk.clone(), left.clone());
        tokio::spawn(async move {
            let _seat = seat;
            // A connection that breaks or dawdles is the client's affair.
            tokio::select! {
                () = connection::hold(stream, desk) => {}
                _ = left.changed() => {}
            }
        });
    }
    drop(left);
    let _ = leaving.send(());
}
