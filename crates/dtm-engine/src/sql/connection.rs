//! The life of one connection: it is encrypted, comes in, asks, and ends when it says so, is silent for too long, or breaks.

use super::Desk;
use super::bounded::{Bounded, Frames};
use super::cancel::Canceller;
use super::errors::fatal;
use super::extended::{Extended, Prepared};
use super::session::Session;
use futures::StreamExt;
use pgwire::api::{ClientInfo, NoopHandler, PgWireConnectionState};
use pgwire::error::ErrorInfo;
use pgwire::messages::response::ErrorResponse;
use pgwire::messages::{Message, PgWireFrontendMessage};
use pgwire::tokio::server::{PgWireMessageServerCodec, negotiate_tls, process_error, process_message};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_util::codec::{Framed, FramedParts};

/// How long somebody who does not come in may take to hear so.
const FAREWELL: Duration = Duration::from_secs(5);

/// Says that there is no seat left.
pub(super) async fn turn_away(mut stream: TcpStream) {
    let error: ErrorInfo = fatal("53300", "too many connections: try again later").into();
    let mut bytes = bytes::BytesMut::new();
    if ErrorResponse::from(error).encode(&mut bytes).is_ok() {
        let _ = tokio::time::timeout(FAREWELL, stream.write_all(&bytes)).await;
    }
}

/// Serves a connection to its end.
pub(super) async fn hold(stream: TcpStream, desk: Arc<Desk>) {
    let limits = desk.limits;
    let mut begins = std::pin::pin!(tokio::time::sleep(limits.startup));
    let negotiated = tokio::select! {
        () = &mut begins => return,
        negotiated = negotiate_tls::<Prepared>(stream, desk.tls.clone()) => negotiated,
    };
    let Ok(Some(socket)) = negotiated else { return };
    let old = socket.into_parts();
    let mut frames = Frames::new();
    // What was read already passes, too.
    if frames.pass(&old.read_buf).is_err() {
        return;
    }
    let mut parts: FramedParts<_, PgWireMessageServerCodec<Prepared>> =
        FramedParts::new(Bounded::new(old.io, frames, limits.deaf), old.codec);
    (parts.read_buf, parts.write_buf) = (old.read_buf, old.write_buf);
    let mut socket = Framed::from_parts(parts);
    let session = Session::new(desk.clone());
    let (extended, canceller) = (Arc::new(Extended(session.clone())), Arc::new(Canceller(desk.clone())));
    loop {
        let is_in = session.holder().is_some();
        let message = tokio::select! {
            () = &mut begins, if !is_in => break,
            () = tokio::time::sleep(limits.idle), if is_in => break,
            message = socket.next() => message,
        };
        let Some(Ok(message)) = message else { break };
        if matches!(message, PgWireFrontendMessage::Terminate(_) | PgWireFrontendMessage::CopyData(_)) {
            break;
        }
        let waits_for_sync = message.is_extended_query();
        let (startup, simple) = (session.clone(), session.clone());
        let copy = Arc::new(NoopHandler);
        let done =
            process_message(message, &mut socket, startup, simple, extended.clone(), copy, canceller.clone()).await;
        if let Err(problem) = done {
            let is_over = session.holder().is_none();
            if process_error(&mut socket, problem, waits_for_sync).await.is_err() || is_over {
                break;
            }
        }
        if matches!(socket.state(), PgWireConnectionState::CopyInProgress(_)) {
            break;
        }
    }
    if session.holder().is_some() {
        desk.running.remove(socket.pid_and_secret_key().0);
    }
}
