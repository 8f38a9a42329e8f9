//! OGC API – Features, part 1 (17-069r4): what is public and has a place on the map, for GDAL, QGIS, ArcGIS and R.
//!
//! One root, `/ogc`, with a collection for each layer of each operation: `xso.areas_2`. The newest round is shown;
//! `datetime`, `round` and `reported_on` reach every round. A feature's id names its exercise, round and code, and stays.

mod asked;
mod told;

use super::read_in_background;
use super::rest::{misfit, wrong};
use crate::http::problem::Problem;
use crate::http::{App, reader_language};
use crate::journey::maps::{Ground, refs};
use crate::world;
use asked::Asked;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use dtm_model::{BlobHash, Lang};
use dtm_protect::Release;
use dtm_publish::dataset::{Dataset, Row};
use dtm_publish::files::geojson;
use dtm_publish::maps::{LayerId, layers};
use futures::StreamExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/ogc", get(landing))
        .route("/ogc/", get(landing))
        .route("/ogc/conformance", get(conformance))
        .route("/ogc/api", get(api))
        .route("/ogc/collections", get(collections))
        .route("/ogc/collections/{collection}", get(collection))
        .route("/ogc/collections/{collection}/items", get(items))
        .route("/ogc/collections/{collection}/items/{feature}", get(item))
}

type Parameters = Query<Vec<(String, String)>>;

/// What an address that takes no other parameter than `f` is answered in.
fn written_in<'a>(given: &'a [(String, String)], offered: &[&str]) -> Result<Option<&'a str>, Problem> {
    if let Some((name, _)) = given.iter().find(|(name, _)| name != "f") {
        return Err(wrong(format!("There is no parameter {name}."), format!("Il n’y a pas de paramètre {name}.")));
    }
    match given.iter().find(|(_, value)| !offered.contains(&value.as_str())) {
        Some(_) => {
            let [en, fr] = ["or", "ou"].map(|word| offered.join(&format!(" {word} ")));
            Err(wrong(format!("f is {en}."), format!("f vaut {fr}.")))
        }
        None => Ok(given.first().map(|(_, value)| value.as_str())),
    }
}

/// Whether a reader rather has a page than JSON.
fn prefers_page(headers: &HeaderMap) -> bool {
    let takes = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let at = |kind: &str| takes.find(kind).unwrap_or(usize::MAX);
    at("text/html") < at("application/json").min(at("application/geo+json"))
}

/// Says in which language and form something is told, and that either may be asked for.
fn told(lang: Lang, answer: impl IntoResponse) -> Response {
    let about = [
        (header::CACHE_CONTROL, "public, no-cache"),
        (header::VARY, "accept, accept-language"),
        (header::CONTENT_LANGUAGE, lang.code()),
    ];
    (about, answer).into_response()
}

/// The address of our root as the client reaches it.
fn root(app: &App, headers: &HeaderMap) -> String {
    format!("{}/ogc", app.base_url(headers))
}

async fn landing(State(app): State<App>, Query(given): Parameters, headers: HeaderMap) -> Result<Response, Problem> {
    let lang = reader_language(&headers);
    let root = root(&app, &headers);
    let wants_page = match written_in(&given, &["json", "html"])? {
        Some(form) => form == "html",
        None => prefers_page(&headers),
    };
    if !wants_page {
        return Ok(told(lang, Json(told::landing(&root, lang))));
    }
    let mut grounds = Vec::new();
    for operation in app.store.operations().await? {
        grounds.extend(Ground::of(&app, operation).await?);
    }
    Ok(told(lang, axum::response::Html(told::landing_page(&root, &grounds, lang)?)))
}

async fn conformance(Query(given): Parameters, headers: HeaderMap) -> Result<Response, Problem> {
    written_in(&given, &["json"])?;
    Ok(told(reader_language(&headers), Json(told::conformance())))
}

async fn api(State(app): State<App>, Query(given): Parameters, headers: HeaderMap) -> Result<Response, Problem> {
    written_in(&given, &["json"])?;
    let lang = reader_language(&headers);
    let kind = [(header::CONTENT_TYPE, "application/vnd.oai.openapi+json;version=3.0")];
    Ok(told(lang, (kind, told::openapi(&root(&app, &headers), lang).to_string())))
}

async fn collections(
    State(app): State<App>,
    Query(given): Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    written_in(&given, &["json"])?;
    let (lang, root) = (reader_language(&headers), root(&app, &headers));
    let mut grounds = Vec::new();
    for operation in app.store.operations().await? {
        grounds.extend(Ground::of(&app, operation).await?);
    }
    let made = read_in_background(move || {
        let all: Vec<_> = grounds
            .iter()
            .flat_map(|ground| ground.ids().into_iter().map(move |id| (ground, id)))
            .map(|(ground, id)| told::collection(&root, ground, id, lang))
            .collect();
        let links = [told::link("self", "application/json", &format!("{root}/collections"))];
        Ok(json!({ "links": links, "collections": all }))
    });
    Ok(told(lang, Json(made.await?)))
}

async fn collection(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(given): Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    written_in(&given, &["json"])?;
    let (lang, root) = (reader_language(&headers), root(&app, &headers));
    let (ground, id) = find(&app, &name).await?;
    let made = read_in_background(move || Ok(told::collection(&root, &ground, id, lang)));
    Ok(told(lang, Json(made.await?)))
}

/// The ground and the layer of a collection: `xso.areas_2`.
async fn find(app: &App, name: &str) -> Result<(Ground, LayerId), Problem> {
    let (operation, layer) = name.rsplit_once('.').ok_or_else(Problem::not_found)?;
    let id = LayerId::from_name(layer).ok_or_else(Problem::not_found)?;
    let ground = Ground::named(app, operation).await?.ok_or_else(Problem::not_found)?;
    if ground.ids().contains(&id) { Ok((ground, id)) } else { Err(Problem::not_found()) }
}

/// A layer and what was asked of it.
struct Wanted {
    ground: Ground,
    id: LayerId,
    asked: Asked,
    root: String,
}

impl Wanted {
    /// The releases it is about, oldest first.
    fn releases(&self) -> Vec<&Release> {
        let all = refs(self.ground.releases(self.id));
        match self.asked.wants_all_rounds() {
            true => {
                let days = self.asked.days;
                let is_of_days = |release: &&Release| days.is_none_or(|days| days.hold(release.heading().reported_on));
                all.into_iter().filter(is_of_days).collect()
            }
            false => all.into_iter().next_back().into_iter().collect(),
        }
    }

    fn rows(&self) -> Result<Option<Dataset<'_>>, Problem> {
        let columns: Vec<(&str, &str)> =
            self.asked.columns.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let releases = self.releases();
        if releases.is_empty() {
            return Ok(None);
        }
        layers::rows(self.id, &releases, &self.ground.edition.atlas, &columns).map_err(|problem| misfit(&problem))
    }

    /// The features that are wanted, before any page is cut.
    fn features<'d, 'a>(&'d self, dataset: &'d Dataset<'a>) -> impl Iterator<Item = Row<'a>> + 'd {
        dataset.rows().filter(|row| self.asked.takes(row.shape))
    }

    fn address(&self) -> String {
        told::address(&self.root, &self.ground, self.id)
    }
}

async fn items(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(given): Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (lang, root) = (reader_language(&headers), root(&app, &headers));
    let (ground, id) = find(&app, &name).await?;
    let columns = layers::rows(id, &refs(ground.releases(id)), &ground.edition.atlas, &[]);
    let columns: Vec<String> = match columns.map_err(|problem| misfit(&problem))? {
        Some(dataset) => dataset.columns().iter().map(|column| column.name.clone()).collect(),
        None => return Err(Problem::not_found()),
    };
    let asked = Asked::read(&given, |name| columns.iter().any(|column| column == name))?;
    let stamp = ground.stamp(ground.releases(id));
    let said: Vec<String> = given.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let tag = BlobHash::of(format!("{stamp} {root} {} {}", said.join("&"), lang.code()).as_bytes());
    let wanted = Wanted { ground, id, asked, root };
    let (wanted, matched) = read_in_background(move || {
        let matched = match wanted.rows()? {
            Some(dataset) => wanted.features(&dataset).count(),
            None => 0,
        };
        Ok((wanted, matched))
    })
    .await?;
    let (head, tail) = around(&wanted, matched, &given);
    let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(8);
    tokio::task::spawn_blocking(move || {
        let sent = write(&wanted, head, &tail, &sender);
        if let Err(error) = sent {
            let _ = sender.blocking_send(Err(error));
        }
    });
    let body = futures::stream::unfold(receiver, |mut receiver| async move {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    });
    let about = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/geo+json")),
        (header::ETAG, HeaderValue::from_str(&format!("W/\"{}\"", &tag.as_str()[..20])).map_err(Problem::internal)?),
    ];
    // Whoever compresses the answer asks once more after its end.
    Ok(told(lang, (about, Body::from_stream(body.fuse()))))
}

/// What stands before the features of a page and after them.
fn around(wanted: &Wanted, matched: usize, given: &[(String, String)]) -> (Vec<u8>, String) {
    let Asked { limit, offset, .. } = wanted.asked;
    let returned = matched.saturating_sub(offset).min(limit);
    let address = format!("{}/items", wanted.address());
    let page = |offset: usize| {
        let kept = given.iter().filter(|(name, _)| !["offset", "limit"].contains(&name.as_str()));
        let mut pairs: Vec<(String, String)> = kept.cloned().collect();
        pairs.push(("limit".to_owned(), limit.to_string()));
        pairs.push(("offset".to_owned(), offset.to_string()));
        let coded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", coded(name), coded(value))).collect();
        format!("{address}?{}", pairs.join("&"))
    };
    let kind = "application/geo+json";
    let mut links = vec![told::link("self", kind, &page(offset))];
    if offset + returned < matched && returned > 0 {
        links.push(told::link("next", kind, &page(offset + returned)));
    }
    if offset > 0 {
        links.push(told::link("prev", kind, &page(offset.saturating_sub(limit))));
    }
    links.push(told::link("collection", "application/json", &wanted.address()));
    let stamp = world::now().to_utc().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let after = json!({ "numberMatched": matched, "numberReturned": returned, "timeStamp": stamp, "links": links });
    let after = after.to_string();
    let tail = format!("],{}", after.strip_prefix('{').unwrap_or_default());
    (b"{\"type\":\"FeatureCollection\",\"features\":[".to_vec(), tail)
}

/// Writes a page in pieces; ends early where nobody listens any more.
fn write(
    wanted: &Wanted,
    head: Vec<u8>,
    tail: &str,
    sender: &mpsc::Sender<Result<Bytes, std::io::Error>>,
) -> Result<(), std::io::Error> {
    let mut piece = head;
    let dataset = wanted.rows().map_err(|problem| std::io::Error::other(problem.code))?;
    if let Some(dataset) = &dataset {
        let page = wanted.features(dataset).skip(wanted.asked.offset).take(wanted.asked.limit);
        for (at, row) in page.enumerate() {
            if at > 0 {
                piece.push(b',');
            }
            geojson::feature(dataset.columns(), &row, &mut piece)?;
            if piece.len() > 1 << 16 && sender.blocking_send(Ok(std::mem::take(&mut piece).into())).is_err() {
                return Ok(());
            }
        }
    }
    piece.extend_from_slice(tail.as_bytes());
    let _ = sender.blocking_send(Ok(piece.into()));
    Ok(())
}

async fn item(
    State(app): State<App>,
    Path((name, feature)): Path<(String, String)>,
    Query(given): Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    written_in(&given, &["json", "geojson"])?;
    let (lang, root) = (reader_language(&headers), root(&app, &headers));
    let (ground, id) = find(&app, &name).await?;
    let address = told::address(&root, &ground, id);
    let found = read_in_background(move || {
        let releases: Vec<&Release> = ground.releases(id).iter().map(Arc::as_ref).collect();
        // The newest first: most ask for what they have just seen.
        for release in releases.iter().rev() {
            let rows = layers::rows(id, &[release], &ground.edition.atlas, &[]).map_err(|problem| misfit(&problem))?;
            let Some(dataset) = rows else { continue };
            let row = dataset.rows().find(|row| geojson::feature_id(dataset.columns(), row) == feature);
            if let Some(row) = row {
                let mut piece = Vec::new();
                geojson::feature(dataset.columns(), &row, &mut piece).map_err(Problem::internal)?;
                let here = format!("{address}/items/{}", utf8_percent_encode(&feature, NON_ALPHANUMERIC));
                let links = json!([
                    told::link("self", "application/geo+json", &here),
                    told::link("collection", "application/json", &address),
                ]);
                // A feature ends in a brace; its links go before that.
                piece.pop();
                piece.extend_from_slice(format!(",\"links\":{links}}}").as_bytes());
                return Ok(Some(piece));
            }
        }
        Ok(None)
    });
    let piece = found.await?.ok_or_else(Problem::not_found)?;
    Ok(told(lang, ([(header::CONTENT_TYPE, "application/geo+json")], piece)))
}
