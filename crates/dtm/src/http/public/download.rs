//! Sends prepared files: whole, a part of them, or only whether they changed (RFC 9110, 13 and 14; RFC 9530 for the digest).

use crate::http::problem::Problem;
use crate::journey::PreparedFile;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dtm_model::{Instant, Text};
use futures::stream;
use std::sync::Arc;

/// Bytes that are read and sent at a time.
const PORTION: usize = 256 << 10;

/// What a file is sent as.
pub(crate) struct Sent {
    pub(crate) media_type: &'static str,
    /// The name it is kept under.
    pub(crate) name: String,
    /// The newest release in it.
    pub(crate) changed_at: Instant,
}

/// The part of a file that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    From(u64, u64),
    Outside,
}

/// What `Range` asks for; several ranges, and what cannot be read, are answered with the whole file, as is allowed.
fn part(range: Option<&str>, length: u64) -> Part {
    let Some(range) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else { return Part::Whole };
    let Some((first, last)) = range.split_once('-').filter(|_| !range.contains(',')) else { return Part::Whole };
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), _) if first >= length => Part::Outside,
        (Ok(first), Ok(last)) if last >= first => Part::From(first, last.min(length - 1)),
        (Ok(first), Err(_)) if last.trim().is_empty() => Part::From(first, length - 1),
        (Err(_), Ok(0)) if first.trim().is_empty() => Part::Outside,
        (Err(_), Ok(last)) if first.trim().is_empty() && length > 0 => {
            Part::From(length.saturating_sub(last), length - 1)
        }
        _ => Part::Whole,
    }
}

/// Answers a request for a file.
pub(crate) fn send(file: Arc<PreparedFile>, sent: Sent, asked: &HeaderMap) -> Result<Response, Problem> {
    let tag = format!("\"{}\"", hex::encode(&file.sha256[..16]));
    let digest = format!("sha-256=:{}:", STANDARD.encode(file.sha256));
    let seconds = sent.changed_at.as_millis().div_euclid(1000);
    let changed = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let changed = changed.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let disposition = format!("attachment; filename=\"{}\"", sent.name);
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, sent.media_type);
    set(header::CONTENT_DISPOSITION, &disposition);
    set(header::ETAG, &tag);
    set(header::LAST_MODIFIED, &changed);
    set(header::ACCEPT_RANGES, "bytes");
    set(header::CACHE_CONTROL, "no-cache");
    set(HeaderName::from_static("repr-digest"), &digest);
    let text = |name: &HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    let names_tag =
        |known: &str| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*");
    let unchanged = match text(&header::IF_NONE_MATCH) {
        Some(known) => names_tag(known),
        None => text(&header::IF_MODIFIED_SINCE).is_some_and(|since| since == changed),
    };
    if unchanged {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    // A part fits only to the file whose beginning the client has.
    let same = text(&header::IF_RANGE).is_none_or(|known| known == tag || known == changed);
    let (status, first, length) = match part(text(&header::RANGE).filter(|_| same), file.length) {
        Part::Whole => (StatusCode::OK, 0, file.length),
        Part::From(first, last) => {
            let range = format!("bytes {first}-{last}/{}", file.length);
            headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(&range).map_err(Problem::internal)?);
            (StatusCode::PARTIAL_CONTENT, first, last - first + 1)
        }
        Part::Outside => {
            let mut problem = Problem::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "range_outside",
                416.1,
                Text::both("The file is shorter than that.", "Le fichier est plus court que cela."),
            )
            .into_response();
            let range = format!("bytes */{}", file.length);
            problem
                .headers_mut()
                .insert(header::CONTENT_RANGE, HeaderValue::from_str(&range).map_err(Problem::internal)?);
            return Ok(problem);
        }
    };
    headers.insert(header::CONTENT_LENGTH, length.into());
    Ok((status, headers, body(file, first, first + length)).into_response())
}

/// The bytes from one offset to another, read as they are sent.
fn body(file: Arc<PreparedFile>, first: u64, end: u64) -> Body {
    Body::from_stream(stream::try_unfold(first, move |at| {
        let file = file.clone();
        async move {
            if at >= end {
                return Ok(None);
            }
            let most = PORTION.min((end - at) as usize);
            let bytes =
                tokio::task::spawn_blocking(move || file.read(at, most)).await.map_err(std::io::Error::other)??;
            if bytes.is_empty() {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
            }
            let next = at + bytes.len() as u64;
            Ok(Some((bytes, next)))
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_the_part_it_names() {
        for (range, expected) in [
            ("bytes=0-9", Part::From(0, 9)),
            ("bytes=90-", Part::From(90, 99)),
            ("bytes=90-1000", Part::From(90, 99)),
            ("bytes=-10", Part::From(90, 99)),
            ("bytes=-1000", Part::From(0, 99)),
            ("bytes=100-", Part::Outside),
            ("bytes=-0", Part::Outside),
            ("bytes=9-3", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("bytes=a-b", Part::Whole),
        ] {
            assert_eq!(part(Some(range), 100), expected, "{range}");
        }
        assert_eq!(part(None, 100), Part::Whole);
    }
}
