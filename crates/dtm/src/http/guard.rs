//! What every request passes: security headers, the Origin check of cookie sessions, limits.

use super::problem::Problem;
use super::{App, office};
use crate::journey::bring::MAX_ARCHIVE;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The largest request body, as OpenRosa clients are told.
pub(crate) const MAX_BODY: usize = 100_000_000;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'";

/// Adds the headers that keep a browser from doing what a page did not ask for.
pub(crate) async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let set = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "geolocation=(), camera=(), microphone=()"),
    ];
    for (name, value) in set {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if app.is_secure() {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().entry(header::STRICT_TRANSPORT_SECURITY).or_insert(year);
    }
    response
}

/// Refuses unsafe methods that another site makes a browser send: with our cookie the request must show that it is
/// ours; without, it carries its own proof (a token, a key, a password) and must only not show that it is another's.
pub(crate) async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let refused = match origin(headers, app.public_url.as_deref()) {
        _ if request.method().is_safe() => false,
        Origin::Ours => false,
        Origin::Theirs => true,
        // No other site can make a browser add a token; programs send one and keep our cookie besides.
        Origin::Untold => super::viewer::has_session_cookie(headers) && !super::viewer::has_bearer(headers),
    };
    if refused {
        return Problem::other_site().into_response();
    }
    next.run(request).await
}

/// Which site a browser says it sends from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Ours,
    Theirs,
    /// No browser, or one that does not say.
    Untold,
}

fn origin(headers: &HeaderMap, public_url: Option<&str>) -> Origin {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match text(&HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin") => return Origin::Ours,
        Some(_) => return Origin::Theirs,
        None => {}
    }
    let Some(told) = text(&header::ORIGIN) else { return Origin::Untold };
    if public_url.is_some_and(|ours| ours == told || ours.strip_prefix(told).is_some_and(|path| path.starts_with('/')))
    {
        return Origin::Ours;
    }
    let host = told.split_once("://").map(|(_, host)| host);
    if host.is_some() && host == text(&header::HOST) { Origin::Ours } else { Origin::Theirs }
}

/// The address a request comes from: the connection's, or what the proxy before us says when there is one.
pub(crate) fn client_address(app: &App, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
    let is_near = match peer {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local(),
    };
    if app.public_url.is_none() || !is_near {
        return peer;
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    last.and_then(|line| line.rsplit(',').next()?.trim().parse().ok()).unwrap_or(peer)
}

/// How long a request may work once all of it has arrived.
const WORK: Duration = Duration::from_secs(120);
/// How long a body may pause.
const PAUSE: Duration = Duration::from_secs(30);
/// How long a body may take before its speed is looked at.
const START: Duration = Duration::from_secs(60);
/// The speed below which a body is given up: a thin line is welcome, a drip is not.
const SLOWEST_BYTES_PER_S: u64 = 500;

/// Memory that bodies may take at once, in kilobytes.
pub(crate) const BODIES_KB: usize = 400 << 10;

/// How a body fares on its way in.
#[derive(Default)]
struct Arrival {
    /// What it holds of the memory for bodies, given back when the request is answered.
    held: Vec<OwnedSemaphorePermit>,
    bytes: u64,
    is_whole: bool,
    failed: Option<Problem>,
}

/// Lets a body in piece by piece: it must keep coming, and all bodies together may only take so much memory. What a
/// client claims to send costs nothing, so that nobody waits for one that stalls.
pub(crate) async fn bodies(State(app): State<App>, request: Request, next: Next) -> Response {
    use axum::body::HttpBody as _;
    // An archive goes to the disk as it comes, and takes no memory.
    let is_archive = office::takes_archive(request.method(), request.uri().path());
    let most = if is_archive { MAX_ARCHIVE } else { MAX_BODY as u64 };
    if request.body().size_hint().lower() > most {
        return Problem::too_large().into_response();
    }
    let arrival = Arc::new(Mutex::new(Arrival {
        is_whole: request.body().is_end_stream() || request.method().is_safe(),
        ..Arrival::default()
    }));
    let (parts, body) = request.into_parts();
    let body =
        if body.is_end_stream() { body } else { watched(body, app.bodies.clone(), arrival.clone(), !is_archive) };
    let mut work = std::pin::pin!(next.run(Request::from_parts(parts, body)));
    let response = loop {
        match tokio::time::timeout(WORK, &mut work).await {
            Ok(response) => break response,
            Err(_) if !lock(&arrival).is_whole => {}
            Err(_) => return Problem::took_too_long().into_response(),
        }
    };
    let failed = lock(&arrival).failed.take();
    failed.map_or(response, IntoResponse::into_response)
}

fn lock(arrival: &Mutex<Arrival>) -> MutexGuard<'_, Arrival> {
    arrival.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `stays` says whether what came stays in memory until the request is answered.
fn watched(body: Body, memory: Arc<Semaphore>, arrival: Arc<Mutex<Arrival>>, stays: bool) -> Body {
    let began = crate::world::stopwatch();
    let pieces = body.into_data_stream();
    Body::from_stream(futures::stream::unfold((pieces, false), move |(mut pieces, over)| {
        let (memory, arrival) = (memory.clone(), arrival.clone());
        async move {
            if over {
                return None;
            }
            let earned = START + Duration::from_secs(lock(&arrival).bytes / SLOWEST_BYTES_PER_S);
            let left = earned.saturating_sub(began.elapsed()).min(PAUSE);
            let piece = tokio::time::timeout(left, pieces.next()).await;
            let mut arrival = lock(&arrival);
            let failed = match piece {
                Ok(None) => {
                    arrival.is_whole = true;
                    return None;
                }
                Ok(Some(Ok(piece))) => {
                    arrival.bytes += piece.len() as u64;
                    match memory.try_acquire_many_owned(piece.len().div_ceil(1024) as u32) {
                        Ok(held) => {
                            arrival.held.extend(stays.then_some(held));
                            return Some((Ok(piece), (pieces, false)));
                        }
                        Err(_) => Problem::busy(),
                    }
                }
                Ok(Some(Err(_))) => Problem::cut_off(),
                Err(_) => Problem::too_slow(),
            };
            arrival.is_whole = true;
            arrival.failed = Some(failed);
            Some((Err(std::io::Error::other("the body did not arrive whole")), (pieces, true)))
        }
    }))
}

/// Counts attempts by key within a window, with bounded memory.
#[derive(Debug)]
pub(crate) struct Limiter<K> {
    allowed: u32,
    window_ms: i64,
    seen: Mutex<HashMap<K, (i64, u32)>>,
}

impl<K: Eq + Hash + Clone> Limiter<K> {
    pub(crate) fn new(allowed: u32, window_ms: i64) -> Self {
        Self { allowed, window_ms, seen: Mutex::new(HashMap::new()) }
    }

    /// Counts one attempt; the seconds to wait if it is one too many.
    pub(crate) fn count(&self, key: &K, now: dtm_model::Instant) -> Result<(), u32> {
        self.count_to(key, self.allowed, now)
    }

    /// Counts one attempt against an allowance of its own.
    pub(crate) fn count_to(&self, key: &K, allowed: u32, now: dtm_model::Instant) -> Result<(), u32> {
        const REMEMBERED: usize = 100_000;
        let now = now.as_millis();
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if seen.len() >= REMEMBERED {
            seen.retain(|_, (began, _)| now - *began < self.window_ms);
        }
        let (began, count) = seen.entry(key.clone()).or_insert((now, 0));
        if now - *began >= self.window_ms || now < *began {
            (*began, *count) = (now, 0);
        }
        *count += 1;
        if *count > allowed {
            return Err(((self.window_ms - (now - *began)) / 1000).max(1) as u32);
        }
        Ok(())
    }

    /// Whether the key is over its allowance, without counting.
    pub(crate) fn is_over(&self, key: &K, now: dtm_model::Instant) -> Option<u32> {
        let seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (began, count) = seen.get(key)?;
        let age = now.as_millis() - began;
        (*count >= self.allowed && (0..self.window_ms).contains(&age))
            .then(|| ((self.window_ms - age) / 1000).max(1) as u32)
    }

    /// Forgets a key, after a success.
    pub(crate) fn forget(&self, key: &K) {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Instant;

    #[test]
    fn the_eleventh_guess_within_the_window_waits() {
        let limiter = Limiter::new(10, 60_000);
        let at = |s: i64| Instant::from_millis(s * 1000);
        for second in 0..10 {
            assert_eq!(limiter.count(&"a", at(second)), Ok(()));
        }
        assert_eq!(limiter.count(&"a", at(20)), Err(40));
        assert_eq!(limiter.count(&"b", at(20)), Ok(()), "others do not wait");
        assert_eq!(limiter.count(&"a", at(61)), Ok(()), "the window passes");
    }

    #[test]
    fn a_form_posted_from_another_site_is_not_ours() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v))).collect::<HeaderMap>()
        };
        let of = |pairs: &[(&'static str, &'static str)]| origin(&headers(pairs), Some("https://dtm.org"));
        assert_eq!(of(&[("sec-fetch-site", "same-origin")]), Origin::Ours);
        assert_eq!(
            of(&[("host", "10.0.0.2:8080"), ("origin", "https://dtm.org")]),
            Origin::Ours,
            "a proxy may rename us"
        );
        assert_eq!(of(&[("host", "laptop:8080"), ("origin", "http://laptop:8080")]), Origin::Ours);
        assert_eq!(of(&[("sec-fetch-site", "same-site"), ("origin", "https://dtm.org")]), Origin::Theirs);
        assert_eq!(of(&[("host", "dtm.org"), ("origin", "https://evil.org")]), Origin::Theirs);
        assert_eq!(of(&[("host", "dtm.org"), ("origin", "https://dtm.org.evil.org")]), Origin::Theirs);
        assert_eq!(of(&[("host", "dtm.org"), ("origin", "https://dtm.or")]), Origin::Theirs);
        assert_eq!(of(&[("host", "null"), ("origin", "null")]), Origin::Theirs);
        assert_eq!(of(&[("host", "dtm.org")]), Origin::Untold);
    }

    #[tokio::test]
    async fn bodies_together_take_only_so_much_memory_and_give_it_back() {
        let memory = Arc::new(Semaphore::new(5));
        let arriving = |kilobytes: usize, stays: bool| {
            let arrival = Arc::new(Mutex::new(Arrival::default()));
            (watched(Body::from(vec![0; kilobytes << 10]), memory.clone(), arrival.clone(), stays), arrival)
        };
        let arrive = |kilobytes: usize| arriving(kilobytes, true);
        // What goes to the disk as it comes holds none of it.
        let (passing, _) = arriving(4, false);
        assert_eq!(axum::body::to_bytes(passing, usize::MAX).await.unwrap().len(), 4 << 10);
        assert_eq!(memory.available_permits(), 5);
        let (first, held) = arrive(4);
        assert_eq!(axum::body::to_bytes(first, usize::MAX).await.unwrap().len(), 4 << 10);
        assert!(lock(&held).is_whole);
        let (second, arrival) = arrive(2);
        assert!(axum::body::to_bytes(second, usize::MAX).await.is_err());
        assert_eq!(lock(&arrival).failed.as_ref().map(|problem| problem.code), Some("busy"));
        drop(held);
        let (third, _arrival) = arrive(2);
        assert!(axum::body::to_bytes(third, usize::MAX).await.is_ok(), "what was answered takes no memory");
    }
}
