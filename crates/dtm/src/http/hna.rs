//! The HNA API (household needs assessment), version 1, so that its existing client works by changing a host.
//!
//! Paths and parameter names are matched in any case. A call needs a key for this product; one of displacement figures is refused, as
//! by the public service. `download` answers with a link that works without a key for ten minutes: its parameters and its end are
//! signed with the server's own key, and nothing of it is kept or logged.

use super::App;
use super::dtm_api::{admit, parameters};
use super::problem::Problem;
use super::public::{Sent, send};
use super::reader_language;
use crate::journey::PreparedFile;
use crate::journey::edition::{self, Edition};
use crate::vault::Vault;
use crate::world;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::SecondsFormat;
use dtm_model::{Instant, Lang, Text};
use dtm_publish::dataset::Surveyed;
use dtm_publish::files::hna::{self, Query};
use dtm_publish::files::{About, Format};
use dtm_store::Product;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// How long a link to a file works.
const LINK_MS: i64 = 10 * 60 * 1000;
/// Where links lead.
const FILES: &str = "/HNA/v1/files";

pub(super) fn routes() -> Router<App> {
    Router::new().route("/hna/v1/{endpoint}", get(answer))
}

/// The files that links lead to, which need no key.
pub(super) fn file_routes() -> Router<App> {
    Router::new().route("/hna/v1/files", get(file))
}

/// What is published of every operation.
struct Everything(Vec<Edition>);

impl Everything {
    async fn of(app: &App) -> Result<Everything, Problem> {
        Ok(Everything(edition::of_all(app, &app.store.operations().await?).await?))
    }

    fn surveyed(&self) -> Vec<Surveyed<'_>> {
        let mut all = Vec::new();
        for Edition { all: releases, atlas, .. } in &self.0 {
            all.extend(releases.iter().map(|release| Surveyed { release, atlas }));
        }
        all
    }
}

async fn answer(State(app): State<App>, Path(name): Path<String>, request: Request) -> Result<Response, Problem> {
    let given = parameters(request.uri());
    let headers = request.headers();
    let lang = reader_language(headers);
    let known = ["country-list", "catalog", "admin2", "download"].contains(&name.as_str());
    admit(&app, headers, &given, Product::Hna).await?;
    if !known {
        return Err(Problem::not_found());
    }
    if name == "download" {
        return link(&app, headers, &given);
    }
    let asked = if name == "admin2" { Some(read(&given)?) } else { None };
    let everything = Everything::of(&app).await?;
    // Wide rows take a while to make: not on the threads that answer others.
    let result = tokio::task::spawn_blocking(move || {
        let surveyed = everything.surveyed();
        match asked {
            Some((query, page)) => query.rows(&surveyed).map(|rows| hna::page(&rows, page)),
            None if name == "catalog" => Ok(hna::catalog(&surveyed, lang)),
            None => Ok(hna::country_list(&surveyed)),
        }
    });
    let result = result.await.map_err(Problem::internal)?.map_err(Problem::internal)?;
    Ok(Json(hna::envelope(&result)).into_response())
}

fn read(given: &[(String, String)]) -> Result<(Query, usize), Problem> {
    Query::parse(given.iter().map(|(name, value)| (name.as_str(), value.as_str())))
        .map_err(|problem| Problem::bad_request("bad_parameter", problem.message(Lang::En), problem.message(Lang::Fr)))
}

/// The parameters of a link and the moment it ends, as they are signed.
fn signed(query: &Query, ends_at: i64) -> Vec<(&'static str, String)> {
    let mut pairs = vec![("Admin0Pcode", query.country.clone()), ("Year", query.year.to_string())];
    pairs.extend(query.name.clone().map(|name| ("Admin0Name", name)));
    if !query.groups.is_empty() {
        pairs.push(("PopulationGroup", query.groups.join(",")));
    }
    pairs.push(("until", ends_at.to_string()));
    pairs
}

fn line(pairs: &[(&'static str, String)]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

fn kept_as(query: &Query, made_at: Instant) -> String {
    let country: String = query.country.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    format!("Report_{country}_{}__{}.xlsx", query.year, made_at.to_utc().format("%Y%m%d%H%M%S"))
}

/// Where the file of these parameters is, signed.
fn path_of(vault: &Vault, line: &str) -> String {
    format!("{FILES}?{line}&token={}", vault.sign(line))
}

/// Answers with a link to a file, in no envelope.
fn link(app: &App, headers: &HeaderMap, given: &[(String, String)]) -> Result<Response, Problem> {
    let (query, _) = read(given)?;
    let now = world::now();
    let ends_at = Instant::from_millis(now.as_millis() + LINK_MS);
    let line = line(&signed(&query, ends_at.as_millis()));
    let body = json!({
        "downloadUrl": format!("{}{}", app.base_url(headers), path_of(&app.vault, &line)),
        "fileName": kept_as(&query, now),
        "expiresAt": ends_at.to_utc().to_rfc3339_opts(SecondsFormat::Millis, false),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// What a link asks for, if we wrote it and it still works.
fn opened(vault: &Vault, uri: &Uri, now: Instant) -> Result<(Query, Instant), Problem> {
    let given = parameters(uri);
    let value = |name: &str| given.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let changed = || {
        Problem::new(
            StatusCode::FORBIDDEN,
            "link_changed",
            403.1,
            Text::both(
                "This link is not as it was given out. Ask for a new one.",
                "Ce lien n’est pas tel qu’il a été donné. Demandez-en un nouveau.",
            ),
        )
    };
    if value("token").is_empty() {
        return Err(Problem::not_found());
    }
    let ends_at: i64 = value("until").parse().map_err(|_| changed())?;
    let (query, _) = read(&given).map_err(|_| changed())?;
    if !vault.has_signed(&line(&signed(&query, ends_at)), value("token")) {
        return Err(changed());
    }
    if now.as_millis() >= ends_at {
        return Err(Problem::new(
            StatusCode::GONE,
            "link_expired",
            410.4,
            Text::both(
                "This link worked for ten minutes and is over. Ask for a new one.",
                "Ce lien valait dix minutes et n’est plus valable. Demandez-en un nouveau.",
            ),
        ));
    }
    Ok((query, Instant::from_millis(ends_at - LINK_MS)))
}

async fn file(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let (query, made_at) = opened(&app.vault, &uri, world::now())?;
    let name = kept_as(&query, made_at);
    let everything = Everything::of(&app).await?;
    let (made, changed_at) = workbook(&app, query, everything, reader_language(&headers)).await?;
    send(made, Sent { media_type: Format::Xlsx.media_type(), name, changed_at }, &headers)
}

/// The workbook of these rows, made now or before, and when the newest of its releases was made.
async fn workbook(
    app: &App,
    query: Query,
    everything: Everything,
    lang: Lang,
) -> Result<(Arc<PreparedFile>, Instant), Problem> {
    let (key, changed_at) = {
        let chosen = query.chosen(&everything.surveyed());
        let mut hash = Sha256::new();
        hash.update(format!("hna\n{query:?}\n{}\n", lang.code()));
        for surveyed in &chosen {
            hash.update(format!("{}\n", surveyed.release.id()));
        }
        let newest = chosen.iter().map(|surveyed| surveyed.release.made_at()).max();
        (hex::encode(hash.finalize()), newest.unwrap_or(Instant::from_millis(0)))
    };
    let made = app.prepared.file(key, move |out| {
        let rows = query.rows(&everything.surveyed())?;
        world::in_scratch_folder(|scratch| Format::Xlsx.write(&rows, &About::new(lang), scratch, out))??;
        Ok(())
    });
    Ok((made.await?, changed_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_as_it_was_given_out_and_for_ten_minutes() {
        let vault = Vault::without_key();
        let pairs = [("Admin0Pcode", "XSO"), ("Year", "2026"), ("PopulationGroup", "IDP")];
        let (query, _) = Query::parse(pairs).unwrap();
        let path = path_of(&vault, &line(&signed(&query, LINK_MS)));
        let open = |path: &str, at: i64| {
            let opened = opened(&vault, &path.parse().unwrap(), Instant::from_millis(at));
            opened.map(|(query, made_at)| (query, made_at.as_millis())).map_err(|problem| problem.code.to_owned())
        };
        assert_eq!(open(&path, LINK_MS - 1), Ok((query.clone(), 0)));
        assert_eq!(open(&path, LINK_MS), Err("link_expired".to_owned()));
        for (from, to) in
            [("2026", "2025"), ("idp", "migrant"), ("until=600000", "until=900000"), ("token=", "token=0")]
        {
            assert!(path.contains(from), "{path}");
            assert_eq!(open(&path.replace(from, to), 1), Err("link_changed".to_owned()), "{to}");
        }
        assert_eq!(open(FILES, 1), Err(Problem::not_found().code.to_owned()));
        assert!(!Vault::without_key().has_signed("until=1", &vault.sign("until=1")), "another server's key");
    }
}
