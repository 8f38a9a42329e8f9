//! Vector tiles of what is public: `/tiles/{operation}/{layer}/{z}/{x}/{y}.mvt`, their TileJSON and their style.
//!
//! The layer `all` has every layer in one tile. `?round=` shows an earlier round than the newest. The addresses in the
//! TileJSON carry the stamp of what they show (`?v=`): a tile asked for with the stamp that is right today may be kept
//! by caches for good, any other is to be asked about again.

use crate::http::problem::Problem;
use crate::http::{App, reader_language};
use crate::journey::maps::Ground;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dtm_model::{Lang, RoundLabel};
use dtm_publish::maps::{LayerId, TileAt, style};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::io::Read;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/tiles/{operation}", get(described))
        .route("/tiles/{operation}/style.json", get(drawn))
        .route("/tiles/{operation}/{layer}/{z}/{x}/{y}", get(tile))
}

/// The name of all layers in one tile.
const ALL: &str = "all";

/// What may stand after an address of a tile.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    round: Option<String>,
    v: Option<String>,
}

impl Asked {
    fn round(&self) -> Option<RoundLabel> {
        self.round.clone().map(RoundLabel)
    }
}

/// The ground of an operation, of a round that it has.
async fn ground(app: &App, operation: &str, round: Option<&RoundLabel>) -> Result<Ground, Problem> {
    let ground = Ground::named(app, operation).await?.ok_or_else(Problem::not_found)?;
    match round {
        Some(round) if !ground.has_round(round) => Err(Problem::not_found()),
        _ => Ok(ground),
    }
}

/// A layer by its name in addresses; none for all of them.
fn layer(name: &str, ground: &Ground) -> Result<Option<LayerId>, Problem> {
    if name == ALL {
        return Ok(None);
    }
    let id = LayerId::from_name(name).filter(|id| ground.ids().contains(id));
    id.map(Some).ok_or_else(Problem::not_found)
}

async fn tile(
    State(app): State<App>,
    Path((operation, name, zoom, x, file)): Path<(String, String, u8, u32, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let y = [".mvt", ".pbf"].iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or(&file);
    let y: u32 = y.parse().map_err(|_| Problem::not_found())?;
    let at = TileAt::new(zoom, x, y).ok_or_else(Problem::not_found)?;
    let round = asked.round();
    let ground = ground(&app, &operation, round.as_ref()).await?;
    let layer = layer(&name, &ground)?;
    let is_todays = asked.v == Some(app.tiles.stamp(&ground, round.as_ref()));
    let tiles = app.tiles.cut(ground, round).await?;
    let tile = app.tiles.tile(tiles, layer, at).await?;
    let takes = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let takes_gzip = takes.split(',').any(|one| one.trim().starts_with("gzip") && !one.contains("q=0"));
    // The same content in another encoding is another representation, with a strong tag of its own.
    let tag = format!("\"{}{}\"", tile.tag, if takes_gzip { "" } else { "-plain" });
    let kept = if is_todays { "public, max-age=604800, immutable" } else { "public, no-cache" };
    let about = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.mapbox-vector-tile")),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (header::ETAG, HeaderValue::from_str(&tag).map_err(Problem::internal)?),
    ];
    if tile.gzipped.is_empty() {
        return Ok((StatusCode::NO_CONTENT, about).into_response());
    }
    if takes_gzip {
        let encoded = [(header::CONTENT_ENCODING, "gzip")];
        return Ok((about, encoded, tile.gzipped.clone()).into_response());
    }
    let mut plain = Vec::new();
    GzDecoder::new(tile.gzipped.as_slice()).read_to_end(&mut plain).map_err(Problem::internal)?;
    // The layer that compresses answers must not do it again for who does not take it.
    Ok((about, plain).into_response())
}

/// TileJSON 3.0.0 of an operation: `/tiles/{operation}.json`, of one layer with `?layer=`.
async fn described(
    State(app): State<App>,
    Path(file): Path<String>,
    Query(asked): Query<AskedDescription>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let operation = file.strip_suffix(".json").ok_or_else(Problem::not_found)?;
    let round = asked.round.clone().map(RoundLabel);
    let ground = ground(&app, operation, round.as_ref()).await?;
    let name = asked.layer.as_deref().unwrap_or(ALL);
    let only = layer(name, &ground)?;
    let lang = reader_language(&headers);
    let heading = ground.stocks.iter().chain(&ground.flows).next_back().map(|release| release.heading().clone());
    let heading = heading.ok_or_else(Problem::not_found)?;
    let origin = app.base_url(&headers);
    let mut address = format!("{origin}/tiles/{operation}/{name}/{{z}}/{{x}}/{{y}}.mvt");
    address.push_str(&format!("?v={}", app.tiles.stamp(&ground, round.as_ref())));
    if let Some(round) = &round {
        let round = percent_encoding::utf8_percent_encode(round.as_str(), percent_encoding::NON_ALPHANUMERIC);
        address.push_str(&format!("&round={round}"));
    }
    let (_, tiles) = app.tiles.cut(ground, round).await?;
    let mut about = serde_json::Map::new();
    about.insert("tilejson".to_owned(), json!("3.0.0"));
    about.insert("name".to_owned(), json!(heading.operation_name.get(lang)));
    about.insert("description".to_owned(), json!(heading.country.get(lang)));
    about.insert("attribution".to_owned(), json!(format!("DTM, {}", heading.country.get(lang))));
    about.insert("scheme".to_owned(), json!("xyz"));
    about.insert("tiles".to_owned(), json!([address]));
    about.extend(tiles.described(only));
    Ok(told(Json::Object(about)))
}

/// What may be asked of a description.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedDescription {
    round: Option<String>,
    layer: Option<String>,
}

/// The Mapbox style of an operation's tiles, for OpenLayers, MapLibre and QGIS.
async fn drawn(
    State(app): State<App>,
    Path(operation): Path<String>,
    Query(asked): Query<AskedStyle>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = match asked.lang.as_deref() {
        Some(code) => Lang::from_code(code).ok_or_else(Problem::not_found)?,
        None => reader_language(&headers),
    };
    let ground = ground(&app, &operation, None).await?;
    let looks = crate::journey::maps::looks(&ground);
    let source = format!("{}/tiles/{operation}.json", app.base_url(&headers));
    let name = ground.operation.name.get(lang).to_owned();
    Ok(told(style::mapbox(&looks, &name, &source, lang)))
}

/// What may be asked of a style.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedStyle {
    lang: Option<String>,
}

fn told(json: Json) -> Response {
    let about = [(header::CACHE_CONTROL, "public, no-cache"), (header::VARY, "accept-language")];
    (about, axum::Json(json)).into_response()
}
