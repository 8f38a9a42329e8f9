//! What programs of the public read: releases and nothing else, without a key.
//!
//! One file a protocol. All of them speak of the same datasets (`dtm_publish::dataset`), so a number is the same in each.

mod catalogue;
mod download;
mod explore;
mod feedback;
mod files;
mod maps;
mod odata;
mod ogc;
mod query;
mod requests;
mod rest;
mod search;
mod tiles;

pub(super) use files::version_number;

use super::App;
use super::problem::Problem;
use crate::journey::edition::{self, Edition};
use crate::world;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
pub(super) use download::{Sent, send};
use dtm_model::Operation;
use dtm_protect::Release;
pub(super) use feedback::READERS;
use std::sync::Arc;

/// Routes that answer in the envelope of OData.
pub(super) fn odata_routes() -> Router<App> {
    odata::routes()
}

/// Routes of our own API, beside those of Central.
pub(super) fn rest_routes() -> Router<App> {
    rest::routes()
}

/// Files and catalogues at the addresses of pages, whose problems are pages, too.
pub(super) fn file_routes() -> Router<App> {
    files::routes()
        .merge(catalogue::routes())
        .merge(query::routes())
        .merge(explore::routes())
        .merge(requests::routes())
        .merge(feedback::routes())
        .merge(search::routes())
}

/// Routes of features on the map.
pub(super) fn map_routes() -> Router<App> {
    ogc::routes()
}

/// Routes of vector tiles: a map asks for many at once.
pub(super) fn tile_routes() -> Router<App> {
    tiles::routes()
}

/// Projects and styles, which people come by on pages.
pub(super) fn project_routes() -> Router<App> {
    maps::routes()
}

/// Lets the pages of other sites read what anybody may read.
pub(super) async fn open_to_all(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let anybody = axum::http::HeaderValue::from_static("*");
    response.headers_mut().insert(axum::http::header::ACCESS_CONTROL_ALLOW_ORIGIN, anybody);
    response
}

/// An operation and what is published of it.
pub(super) struct Published {
    pub(super) operation: Operation,
    pub(super) edition: Edition,
}

impl Published {
    /// What is published of the operation of this short name now; nothing is known of one that published nothing.
    pub(super) async fn now(app: &App, slug: &str) -> Result<Published, Problem> {
        let operation = app.store.operation_by_slug(slug).await?.ok_or_else(Problem::not_found)?;
        Published::of_operation(app, operation).await?.ok_or_else(Problem::not_found)
    }

    /// What is published of this operation now, if anything is.
    pub(super) async fn of_operation(app: &App, operation: Operation) -> Result<Option<Published>, Problem> {
        let edition = edition::of(app, &operation).await?;
        Ok((!edition.all.is_empty()).then_some(Published { operation, edition }))
    }

    /// These releases of an operation, in place of the newest of each round.
    pub(super) async fn of(app: &App, operation: Operation, releases: Vec<Arc<Release>>) -> Result<Published, Problem> {
        let edition = edition::of_these(app, &operation, releases).await?;
        Ok(Published { operation, edition })
    }

    /// Its releases, of every exercise, oldest first.
    pub(super) fn releases(&self) -> Vec<&Release> {
        self.edition.all.iter().map(Arc::as_ref).collect()
    }
}

/// Does what takes a while away from the threads that answer others.
pub(super) async fn read_in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)?
}

/// Lets pages of any site read what is public, and slows an address that asks too often.
pub(super) async fn slowed(
    axum::extract::State(app): axum::extract::State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let address = super::sign_in::address_of(&app, &parts);
    app.readers.count(&address, world::now()).map_err(Problem::slow_down)?;
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let read = HeaderValue::from_static("etag, content-range, repr-digest, retry-after, link, odata-version");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, read);
    Ok(response)
}
