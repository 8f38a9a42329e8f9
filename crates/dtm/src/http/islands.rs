//! The islands of script: files built from `web/` by the build script and carried in the program.
//!
//! Their names hold a hash of their content, so that a browser keeps them for good. Those who take brotli get what was
//! compressed once, as far as it goes; for others the compression of all answers sees to it.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

include!(concat!(env!("OUT_DIR"), "/islands.rs"));

/// What a page of this island loads: its scripts, what these load in turn, and its styles.
pub(super) struct Island {
    pub(super) scripts: Vec<(&'static str, &'static str)>,
    pub(super) also: Vec<(&'static str, &'static str)>,
    pub(super) styles: Vec<(&'static str, &'static str)>,
}

impl Island {
    pub(super) fn named(name: &str) -> Self {
        let of = |all: &[(&'static str, &'static str)]| all.iter().filter(|(of, _)| *of == name).copied().collect();
        Self { scripts: of(SCRIPTS), also: of(ALSO), styles: of(STYLES) }
    }
}

/// A built file, if there is one of this name.
pub(super) fn file(name: &str, headers: &HeaderMap) -> Option<Response> {
    let (_, whole, small) = FILES.iter().find(|(found, _, _)| *found == name)?;
    Some(answer(content_type(name), "public, max-age=31536000, immutable", whole, small, headers))
}

/// The service worker. It may look after more than its own folder; what it looks after, the page says.
pub(super) fn worker(headers: &HeaderMap) -> Response {
    let mut response = answer("text/javascript; charset=utf-8", "no-cache", WORKER.0, WORKER.1, headers);
    response.headers_mut().insert("service-worker-allowed", HeaderValue::from_static("/"));
    response
}

fn answer(
    kind: &'static str,
    keep: &'static str,
    whole: &'static [u8],
    small: &'static [u8],
    headers: &HeaderMap,
) -> Response {
    let mut response = if takes_brotli(headers) {
        ([(header::CONTENT_ENCODING, "br")], small).into_response()
    } else {
        whole.into_response()
    };
    let about = response.headers_mut();
    about.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    about.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    about.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).unwrap_or("1");
        named && weight.parse::<f32>().is_ok_and(|weight| weight > 0.0)
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_goes_only_to_those_who_take_it() {
        let takes = |line: &'static str| {
            takes_brotli(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(line))]))
        };
        assert!(takes("gzip, deflate, br, zstd"));
        assert!(takes("br;q=0.5"));
        assert!(!takes("gzip"));
        assert!(!takes("gzip, br;q=0"));
        assert!(!takes_brotli(&HeaderMap::new()));
    }

    #[test]
    fn the_page_of_a_form_finds_its_script_and_styles() {
        let island = Island::named("fill");
        let all = [island.scripts, island.also, island.styles];
        for (_, address) in all.iter().flatten() {
            let name = address.strip_prefix("assets/").unwrap();
            assert!(FILES.iter().any(|(found, _, _)| *found == name), "{address} was not built");
        }
        assert!(all.iter().all(|kind| !kind.is_empty()), "{all:?}");
        let script = |bytes: &'static [u8]| std::str::from_utf8(bytes).unwrap();
        for (name, whole, _) in FILES.iter().filter(|(name, _, _)| name.ends_with(".js")) {
            assert!(!script(whole).contains("eval("), "{name} runs text as code");
            assert!(!script(whole).contains("openstreetmap"), "{name} would tell another server where people are");
        }
    }
}
