//! Looks in the areas, places, rounds and datasets of every operation, and among the words.

use super::read_in_background;
use crate::http::App;
use crate::http::portal::html;
use crate::http::problem::Problem;
use crate::journey::edition::{self, Edition};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use dtm_model::Lang;
use dtm_protect::Release;
use dtm_publish::dataset::{self, Form};
use dtm_publish::page::{self, Searched};
use serde::Deserialize;
use std::sync::Arc;

/// The longest text that is looked for.
const LONGEST: usize = 100;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/{lang}/search", get(search))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sought {
    q: String,
}

fn plain(releases: &[Arc<Release>]) -> Vec<&Release> {
    releases.iter().map(Arc::as_ref).collect()
}

/// Names and titles of the datasets of an operation.
fn datasets(edition: &Edition, lang: Lang) -> Result<Vec<(String, String)>, Problem> {
    let releases = plain(&edition.all);
    let all = dataset::all(&releases, &edition.atlas, &Form::named(lang)).map_err(Problem::internal)?;
    Ok(all.iter().map(|one| (one.name().to_owned(), one.title().get(lang).to_owned())).collect())
}

async fn search(
    State(app): State<App>,
    Path(lang): Path<String>,
    Query(sought): Query<Sought>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = Lang::from_code(&lang).ok_or_else(Problem::not_found)?;
    let wanted: String = sought.q.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let editions = edition::of_all(&app, &app.store.operations().await?).await?;
    let page = read_in_background(move || {
        let mut parts = Vec::new();
        for edition in &editions {
            parts.push((plain(&edition.all), plain(&edition.main), datasets(edition, lang)?, &edition.atlas));
        }
        let searched =
            parts.iter().map(|(releases, rounds, datasets, atlas)| Searched { releases, rounds, datasets, atlas });
        Ok(page::search(&searched.collect::<Vec<_>>(), &wanted, lang))
    });
    Ok(html(&headers, page.await?))
}
