//! The loop that takes connections: each has so long to send the head of a request, and is let finish when we stop.

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::{Service, ServiceExt};

/// The head of a request has this long to arrive, from when the connection is free for one.
const HEAD: Duration = Duration::from_secs(30);
/// Requests in flight have this long to finish after we are told to stop.
const FAREWELL: Duration = Duration::from_secs(25);
/// The largest head of a request.
const MAX_HEAD_BYTES: usize = 64 << 10;

/// Serves each connection until `stop` resolves, then lets requests in flight finish.
pub(super) async fn serve<S, F>(listener: TcpListener, service: S, stop: impl Future<Output = ()>)
where
    S: Service<Request, Response = Response, Error = Infallible, Future = F> + Clone + Send + 'static,
    F: Future<Output = Result<Response, Infallible>> + Send + 'static,
{
    let (leaving, left) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            // Out of file handles, or a client gone already: the next may do better.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let service = service.clone().map_request(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(address));
            request
        });
        let mut left = left.clone();
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_buf_size(MAX_HEAD_BYTES)
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
            let mut connection = pin!(connection);
            // A connection that breaks or dawdles is the client's affair.
            tokio::select! {
                _ = connection.as_mut() => return,
                _ = left.changed() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        });
    }
    drop((listener, left));
    let _ = leaving.send(());
    if tokio::time::timeout(FAREWELL, leaving.closed()).await.is_err() {
        tracing::warn!("some requests were still running and are cut off");
    }
}
