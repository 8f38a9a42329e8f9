//! What every request passes: security headers, the Origin check of cookie sessions, limits.

use super::problem::Problem;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

/// The largest request body, as OpenRosa clients are told.
pub(crate) const MAX_BODY: usize = 100_000_000;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'";

/// Adds the headers that keep a browser from doing what a page did not ask for.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let set = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "geolocation=(), camera=(), microphone=()"),
    ];
    for (name, value) in set {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Refuses unsafe methods that come with our cookie from another site. Requests without the cookie carry their own
/// proof (a token or key) and pass.
pub(crate) async fn same_origin(request: Request, next: Next) -> Response {
    if !request.method().is_safe() && super::viewer::has_session_cookie(request.headers()) && !is_ours(request.headers())
    {
        return Problem::forbidden().into_response();
    }
    next.run(request).await
}

fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match text(&HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin") => return true,
        Some(_) => return false,
        None => {}
    }
    let host = text(&header::HOST);
    let origin = text(&header::ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    host.is_some() && origin == host
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
        if *count > self.allowed {
            return Err(((self.window_ms - (now - *began)) / 1000).max(1) as u32);
        }
        Ok(())
    }

    /// Whether the key is over its allowance, without counting.
    pub(crate) fn is_over(&self, key: &K, now: dtm_model::Instant) -> Option<u32> {
        let seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (began, count) = seen.get(key)?;
        let age = now.as_millis() - began;
        (*count >= self.allowed && (0..self.window_ms).contains(&age)).then(|| ((self.window_ms - age) / 1000).max(1) as u32)
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
        assert!(is_ours(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(is_ours(&headers(&[("host", "dtm.org"), ("origin", "https://dtm.org")])));
        assert!(!is_ours(&headers(&[("sec-fetch-site", "cross-site"), ("host", "dtm.org"), ("origin", "https://dtm.org")])));
        assert!(!is_ours(&headers(&[("host", "dtm.org"), ("origin", "https://evil.org")])));
        assert!(!is_ours(&headers(&[("host", "dtm.org")])));
    }
}
