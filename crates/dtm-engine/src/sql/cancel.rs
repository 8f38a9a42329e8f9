//! Stopping a statement from another connection, as clients do when somebody presses Ctrl-C.

use async_trait::async_trait;
use pgwire::api::cancel::CancelHandler;
use pgwire::messages::cancel::CancelRequest;
use pgwire::messages::startup::SecretKey;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Tells the statements of one connection to stop. Each statement looks at what was said after it began.
pub(super) type Stop = watch::Sender<u64>;

/// The connections that can be told to stop.
#[derive(Default)]
pub(super) struct Running(Mutex<HashMap<i32, (SecretKey, Arc<Stop>)>>);

impl Running {
    pub(super) fn add(&self, pid: i32, secret: SecretKey, stop: Arc<Stop>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(pid, (secret, stop));
    }

    pub(super) fn remove(&self, pid: i32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&pid);
    }

    fn stop(&self, request: &CancelRequest) {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Who does not know the secret is not told that there is such a connection.
        if let Some((secret, stop)) = running.get(&request.pid)
            && *secret == request.secret_key
        {
            stop.send_modify(|n| *n += 1);
        }
    }
}

/// Takes requests to stop.
pub(super) struct Canceller(pub(super) Arc<super::Desk>);

#[async_trait]
impl CancelHandler for Canceller {
    async fn on_cancel_request(&self, request: CancelRequest) {
        self.0.running.stop(&request);
    }
}
