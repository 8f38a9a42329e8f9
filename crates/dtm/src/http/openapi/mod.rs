//! The description of our own REST API: as an OpenAPI document for programs, as a page for people.
//!
//! Both are made from one table ([`table`]), which a test holds against the routers and against every answer that the tests
//! of the program get: an address that is not described, a field that is not, a status or problem that is not, fails.

mod document;
mod page;
mod shape;
mod table;

use super::{App, Problem, reader_language};
use axum::Router;
use axum::extract::Query;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use dtm_model::Lang;
use serde::Deserialize;

/// The document, which belongs to the API.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/openapi.json", get(openapi))
}

/// The pages about it.
pub(super) fn pages() -> Router<App> {
    Router::new().route("/api", get(choose_language)).route("/{lang}/api/rest", get(page::rest))
}

#[derive(Deserialize)]
struct Wanted {
    lang: Option<String>,
}

async fn openapi(headers: HeaderMap, Query(wanted): Query<Wanted>) -> Result<Response, Problem> {
    let lang = match &wanted.lang {
        Some(code) => Lang::from_code(code).ok_or_else(|| Problem::unexpected_value("lang", code))?,
        None => reader_language(&headers),
    };
    let about = [(header::CONTENT_TYPE, "application/json"), (header::VARY, "Accept-Language")];
    Ok((about, document::in_language(lang)).into_response())
}

async fn choose_language(headers: HeaderMap) -> Redirect {
    Redirect::to(&format!("/{}/api/rest", reader_language(&headers).code()))
}
