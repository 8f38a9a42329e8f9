//! The server: who may ask what, and where it is answered.

mod central;
mod dtm_api;
mod guard;
mod office;
mod openrosa;
mod portal;
mod problem;
mod viewer;

pub(crate) use central::new_app_user;
pub(crate) use problem::Problem;
pub(crate) use dtm_store::Role;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use dtm_model::Lang;
use dtm_store::{Blobs, Store};
use guard::Limiter;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower::Layer;
use tower::util::MapRequestLayer;
use tower_http::timeout::TimeoutLayer;

/// What handlers share.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    /// The address people reach the server by, when a proxy stands before it.
    pub(crate) public_url: Option<String>,
    pub(crate) editions: crate::journey::Editions,
    /// Wrong sign-ins by address and account; another account or address does not wait for them.
    sign_ins: Limiter<(IpAddr, String)>,
    /// Calls of the public API by key.
    calls: Limiter<String>,
    /// Megabytes of request bodies held at once.
    bodies: tokio::sync::Semaphore,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    pub(crate) fn new(store: Store, blobs: Blobs, public_url: Option<String>) -> Self {
        Self(Arc::new(Inner {
            store,
            blobs,
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            editions: crate::journey::Editions::default(),
            sign_ins: Limiter::new(10, 15 * 60_000),
            calls: Limiter::new(600, 60_000),
            bodies: tokio::sync::Semaphore::new(400),
        }))
    }

    /// Whether cookies can be kept to TLS.
    fn is_secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The address this request came to, for links that leave the page (phones, API clients).
    fn base_url(&self, headers: &HeaderMap) -> String {
        if let Some(url) = &self.public_url {
            return url.clone();
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("http://{host}")
    }
}

/// The language a request asks for, English where it does not say.
pub(crate) fn reader_language(headers: &HeaderMap) -> Lang {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    wanted
        .split(',')
        .filter_map(|part| part.split([';', '-']).next().and_then(|code| Lang::from_code(code.trim())))
        .next()
        .unwrap_or_default()
}

/// The language an address names in its first part.
fn path_language(path: &str) -> Option<Lang> {
    Lang::from_code(path.trim_start_matches('/').split('/').next().unwrap_or(""))
}

/// All routes.
pub(crate) fn router(app: App) -> Router {
    let phones = openrosa::routes().layer(from_fn(problem::as_openrosa));
    let central = central::routes().layer(from_fn(problem::as_json));
    let api = dtm_api::routes().layer(from_fn(problem::as_dtm_api));
    let pages = portal::routes()
        .merge(office::routes())
        .fallback(|| async { Problem::not_found() })
        .layer(from_fn(problem::as_page));
    Router::new()
        .merge(phones)
        .merge(central)
        .merge(api)
        .merge(pages)
        .layer(DefaultBodyLimit::max(guard::MAX_BODY))
        .layer(from_fn_with_state(app.clone(), hold_body))
        .layer(from_fn(guard::same_origin))
        .layer(from_fn(guard::headers))
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(120)))
        .layer(CatchPanicLayer::new())
        .with_state(app)
}

/// Lets only so many megabytes of bodies in at once, so that many large uploads wait for each other and not for memory.
async fn hold_body(
    axum::extract::State(app): axum::extract::State<App>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    use axum::body::HttpBody;
    let megabytes = match request.body().size_hint().upper() {
        Some(bytes) => bytes.div_ceil(1 << 20).min(100) as u32,
        None => 100,
    };
    let _held = app.bodies.acquire_many(megabytes).await;
    next.run(request).await
}

/// Serves until it is told to stop, then lets requests in flight finish.
pub(crate) async fn serve(app: App, listener: tokio::net::TcpListener) -> anyhow::Result<()> {
    let service = MapRequestLayer::new(dtm_api::in_any_case).layer(router(app));
    let service = axum::ServiceExt::<axum::extract::Request>::into_make_service_with_connect_info::<std::net::SocketAddr>(service);
    axum::serve(listener, service).with_graceful_shutdown(told_to_stop()).await?;
    Ok(())
}

async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}
