//! The server: who may ask what, and where it is answered.

mod central;
mod connections;
mod dtm_api;
mod etag;
mod fill;
mod guard;
mod hna;
mod islands;
mod office;
mod oidc;
mod openapi;
mod openrosa;
mod password;
mod portal;
mod problem;
mod public;
mod samples;
mod scope;
mod sender;
mod sign_in;
mod sql;
mod supervised;
mod viewer;

pub(crate) use central::{fitted_json, looks_like_address, new_app_user, new_grant};
pub(crate) use guard::MAX_BODY;
pub(crate) use oidc::Provider;
pub(crate) use password::link as password_link;
pub(crate) use problem::Problem;
pub(crate) use samples::Samples;
pub(crate) use scope::{Classes, Origin, Scope};
pub(crate) use sql::{SqlPort, spawn as spawn_sql};

use crate::journey::outbox::Mail;
use crate::journey::reach::Reach;
use crate::spreadsheet::{Kind, Table};
use crate::vault::Vault;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use dtm_model::Lang;
use dtm_store::{Blobs, Store};
use guard::Limiter;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use tower::Layer;
use tower::util::MapRequestLayer;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// What handlers share.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

/// How far this server reaches out by itself.
#[derive(Clone)]
pub(crate) struct Outward {
    /// From which addresses data may be brought.
    pub(crate) import: Reach,
    /// Which addresses may be told what happens.
    pub(crate) hooks: Reach,
    /// How mail is sent, if it is.
    pub(crate) mail: Option<Mail>,
}

impl Default for Outward {
    fn default() -> Self {
        Self { import: Reach::Public, hooks: Reach::Public, mail: None }
    }
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    /// The address people reach the server by, when a proxy stands before it.
    pub(crate) public_url: Option<String>,
    pub(crate) editions: crate::journey::Editions,
    pub(crate) tiles: crate::journey::maps::TileStore,
    pub(crate) versions: crate::journey::intake::Versions,
    pub(crate) columns: crate::journey::ordered::Ordered,
    pub(crate) entity_sheets: crate::journey::entities::Sheets,
    pub(crate) logics: Arc<crate::journey::logic::Logics>,
    /// The registries of flow monitoring that were read.
    pub(crate) registries: crate::journey::registries::Registries,
    /// What is public, as tables for SQL.
    pub(crate) shelves: crate::journey::released::Shelves,
    /// Seals tokens that are shown again.
    pub(crate) vault: Vault,
    pub(crate) outward: Outward,
    /// Keys of encrypted forms that sessions have open.
    pub(crate) open_keys: crate::journey::keys::OpenKeys,
    /// Wrong sign-ins by address and account; another account or address does not wait for them.
    sign_ins: Limiter<(IpAddr, String)>,
    /// Files of datasets that were made.
    pub(crate) prepared: crate::journey::Prepared,
    /// Readers of what is public, by address.
    readers: Limiter<IpAddr>,
    /// Calls of the public API by key.
    calls: Limiter<String>,
    /// Wrong sign-ins by address, whatever the account.
    strangers: Limiter<IpAddr>,
    /// Wrong sign-ins by account, wherever from; and what each address may still try at one that is guessed at.
    besieged: Limiter<String>,
    few_tries: Limiter<(IpAddr, String)>,
    /// Where SQL clients are answered, if they are.
    sql: std::sync::OnceLock<std::net::SocketAddr>,
    /// The OpenID provider that people may sign in with.
    provider: std::sync::OnceLock<oidc::Provider>,
    /// Passwords sent with requests that were right a moment ago.
    remembered: sign_in::Remembered,
    /// Passphrases tried, by key and person.
    guesses: Limiter<(String, String)>,
    /// Kilobytes of memory that request bodies may still take.
    bodies: Arc<tokio::sync::Semaphore>,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    pub(crate) fn new(store: Store, blobs: Blobs, vault: Vault, public_url: Option<String>) -> Self {
        Self::reaching(store, blobs, vault, public_url, Outward::default())
    }

    /// The same, for a server that reaches out so far.
    pub(crate) fn reaching(
        store: Store,
        blobs: Blobs,
        vault: Vault,
        public_url: Option<String>,
        outward: Outward,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            blobs,
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            editions: crate::journey::Editions::default(),
            tiles: crate::journey::maps::TileStore::default(),
            versions: crate::journey::intake::Versions::default(),
            columns: crate::journey::ordered::Ordered::default(),
            entity_sheets: crate::journey::entities::Sheets::default(),
            logics: Arc::default(),
            registries: crate::journey::registries::Registries::default(),
            shelves: crate::journey::released::Shelves::default(),
            vault,
            outward,
            open_keys: crate::journey::keys::OpenKeys::default(),
            guesses: Limiter::new(10, 15 * 60_000),
            sign_ins: Limiter::new(10, 15 * 60_000),
            prepared: crate::journey::Prepared::default(),
            readers: Limiter::new(1_200, 60_000),
            calls: Limiter::new(dtm_api::PER_MINUTE, 60_000),
            strangers: Limiter::new(100, 15 * 60_000),
            besieged: Limiter::new(10, 15 * 60_000),
            few_tries: Limiter::new(2, 15 * 60_000),
            sql: std::sync::OnceLock::new(),
            provider: std::sync::OnceLock::new(),
            remembered: sign_in::Remembered::default(),
            bodies: Arc::new(tokio::sync::Semaphore::new(guard::BODIES_KB)),
        }))
    }

    /// Lets people sign in with an OpenID provider.
    pub(crate) fn sign_in_with(&self, provider: Provider) {
        if self.provider.set(provider).is_err() {
            tracing::warn!("an OpenID provider was set already");
        }
    }

    /// Lets pages say where SQL clients are answered.
    pub(crate) fn answers_sql_on(&self, address: std::net::SocketAddr) {
        if self.sql.set(address).is_err() {
            tracing::warn!("SQL was answered already");
        }
    }

    /// The host and port that a reader's SQL client goes to. Where we listen on this machine only, that is the end of the reader's
    /// own tunnel; else it is the host of our pages.
    fn sql_address(&self, headers: &HeaderMap) -> Option<(String, u16)> {
        let address = self.sql.get()?;
        if address.ip().is_loopback() {
            return Some((address.ip().to_string(), address.port()));
        }
        let pages = reqwest::Url::parse(&self.base_url(headers)).ok()?;
        Some((pages.host_str()?.trim_matches(['[', ']']).to_owned(), address.port()))
    }

    fn provider(&self) -> Option<&Provider> {
        self.provider.get()
    }

    /// Counts one try of a secret; too many have to wait.
    fn guess(&self, secret: &str, who: &str) -> Result<(), Problem> {
        let key = (secret.to_owned(), who.to_owned());
        self.guesses.count(&key, crate::world::now()).map_err(Problem::slow_down)
    }

    /// Forgets the tries of a secret, after the right one.
    fn guessed(&self, secret: &str, who: &str) {
        self.guesses.forget(&(secret.to_owned(), who.to_owned()));
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

/// A table as a file to keep under this name.
fn table_file(table: &Table, kind: Kind, name: &str) -> Result<Response, Problem> {
    let about = [
        (header::CONTENT_TYPE, kind.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((about, table.file(kind)?).into_response())
}

/// The language a request asks for most, English where it does not say.
pub(crate) fn reader_language(headers: &HeaderMap) -> Lang {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let weighed = wanted.split(',').filter_map(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok()?;
        let lang = Lang::from_code(name.split('-').next()?.trim())?;
        (weight > 0.0).then_some((lang, weight))
    });
    // Of those wanted alike the first counts.
    weighed.reduce(|most, next| if next.1 > most.1 { next } else { most }).map(|(lang, _)| lang).unwrap_or_default()
}

/// The program that asks, as it calls itself, within bounds.
pub(crate) fn user_agent(headers: &HeaderMap) -> Option<String> {
    const LONGEST: usize = 255;
    let named = headers.get(header::USER_AGENT)?.to_str().ok()?.trim();
    (!named.is_empty()).then(|| named.chars().take(LONGEST).collect())
}

/// The language an address names in its first part.
fn path_language(path: &str) -> Option<Lang> {
    Lang::from_code(path.trim_start_matches('/').split('/').next().unwrap_or(""))
}

/// All routes.
pub(crate) fn router(app: App) -> Router {
    // Each family answers in its own envelope, whatever goes wrong: a limit, a foreign site, a panic.
    let guarded = |routes: Router<App>| {
        routes
            .layer(DefaultBodyLimit::max(guard::MAX_BODY))
            .layer(CatchPanicLayer::new())
            .layer(from_fn_with_state(app.clone(), guard::bodies))
            .layer(from_fn_with_state(app.clone(), guard::same_origin))
    };
    let files = public::file_routes().layer(from_fn_with_state(app.clone(), public::slowed));
    let pages = portal::routes()
        .merge(files)
        .merge(public::project_routes())
        .merge(openapi::pages())
        .merge(office::routes())
        .merge(fill::routes())
        .merge(central::form_links::pages())
        .fallback(|| async { Problem::not_found() });
    let legacy = dtm_api::legacy_routes().layer(from_fn_with_state(app.clone(), public::slowed));
    let linked = hna::file_routes().layer(from_fn_with_state(app.clone(), public::slowed));
    let published = public::rest_routes().layer(from_fn_with_state(app.clone(), public::slowed));
    Router::new()
        .merge(guarded(openrosa::routes()).layer(from_fn(problem::as_openrosa)).layer(from_fn(etag::weak)))
        .merge(
            guarded(central::routes().merge(openapi::routes()).merge(published))
                .layer(from_fn(problem::as_json))
                .layer(from_fn(etag::weak)),
        )
        .merge(guarded(dtm_api::routes().merge(legacy)).layer(from_fn(problem::as_dtm_api)))
        .merge(guarded(hna::routes().merge(linked)).layer(from_fn(problem::as_hna)))
        .merge(
            guarded(public::odata_routes().layer(from_fn_with_state(app.clone(), public::slowed)))
                .layer(from_fn(problem::as_odata)),
        )
        .merge(
            guarded(
                public::map_routes()
                    .layer(from_fn_with_state(app.clone(), public::slowed))
                    .merge(public::tile_routes()),
            )
            .layer(from_fn(public::open_to_all))
            .layer(from_fn(problem::as_json))
            .layer(from_fn(etag::weak)),
        )
        .merge(guarded(pages).layer(from_fn(problem::as_page)))
        .layer(from_fn_with_state(app.clone(), guard::headers))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(6)))
        .with_state(app)
}

/// Serves until it is told to stop, then lets requests in flight finish.
pub(crate) async fn serve(app: App, listener: tokio::net::TcpListener) -> anyhow::Result<()> {
    let service = MapRequestLayer::new(dtm_api::in_any_case).layer(router(app));
    connections::serve(listener, service, told_to_stop()).await;
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
