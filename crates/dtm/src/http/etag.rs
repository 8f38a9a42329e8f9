//! Answers that a client has already are not sent again.
//!
//! A layer over the protocols under `/v1`: every whole answer to a GET carries a weak ETag of its content, and a client
//! that names it in `If-None-Match` is told 304. Streams are passed on as they are; a handler that knows a cheaper ETag
//! than the hash of its content sets its own, and is compared alike. RFC 9110, 8.8 and 13.1.2.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// Longer answers are not held up for a hash.
const LONGEST: u64 = 16 << 20;

/// Adds weak ETags to answers of JSON and XML, and answers 304 where the client has the same already.
pub(crate) async fn weak(request: Request, next: Next) -> Response {
    let reads = request.method() == Method::GET;
    let held = request.headers().get_all(header::IF_NONE_MATCH).iter().cloned().collect::<Vec<_>>();
    let response = next.run(request).await;
    if !reads || response.status() != StatusCode::OK {
        return response;
    }
    let mut response = if response.headers().contains_key(header::ETAG) { response } else { tagged(response).await };
    let Some(tag) = response.headers().get(header::ETAG).cloned() else { return response };
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    if !held.iter().any(|held| names(held, &tag)) {
        return response;
    }
    let mut unchanged = StatusCode::NOT_MODIFIED.into_response();
    for name in [header::ETAG, header::CACHE_CONTROL, header::VARY, header::CONTENT_LANGUAGE] {
        if let Some(value) = response.headers_mut().remove(&name) {
            unchanged.headers_mut().insert(name, value);
        }
    }
    unchanged
}

/// The answer with the weak ETag of its content, where it is whole and of a kind that has one.
async fn tagged(response: Response) -> Response {
    let size = response.body().size_hint().exact();
    if !is_text(response.headers()) || size.is_none_or(|size| size > LONGEST) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST as usize).await else {
        return super::Problem::internal("an answer of known length could not be read").into_response();
    };
    let tag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&bytes)[..16]));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, tag);
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    ["application/json", "application/xml", "text/xml", "application/geo+json"].contains(&kind)
}

/// Whether a line of `If-None-Match` names this tag; weak and strong count alike.
fn names(held: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(held), Ok(tag)) = (held.to_str(), tag.to_str()) else { return false };
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let tag = bare(tag);
    held.split(',').any(|held| held.trim() == "*" || bare(held) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_names_the_tag_in_any_of_its_ways_has_the_answer() {
        let has =
            |held: &str, tag: &str| names(&HeaderValue::from_str(held).unwrap(), &HeaderValue::from_str(tag).unwrap());
        assert!(has("W/\"a\"", "W/\"a\""));
        assert!(has("\"a\"", "W/\"a\""));
        assert!(has("\"b\", W/\"a\"", "\"a\""));
        assert!(has("*", "\"a\""));
        assert!(!has("\"b\"", "\"a\""));
        assert!(!has("", "\"a\""));
    }
}
