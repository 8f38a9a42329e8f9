//! What a GIS opens with one click: QGIS projects and styles of an operation, in the reader's language.
//!
//! `qgis.qgs` reads the layers from this server, the newest each time; `qgis.zip` holds a project and its GeoPackage, for
//! where there is no network. Styles stand by themselves, too, one a layer.

use super::read_in_background;
use crate::http::App;
use crate::http::problem::Problem;
use crate::journey::maps::{Ground, looks, refs};
use crate::world;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dtm_model::Lang;
use dtm_publish::dataset::{self, Dataset, Form};
use dtm_publish::files::About;
use dtm_publish::files::geopackage::{Layer, Package};
use dtm_publish::maps::project::{self, Source};
use dtm_publish::maps::{self, LayerId, layers, qml};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/{lang}/{operation}/qgis.qgs", get(live))
        .route("/{lang}/{operation}/qgis.zip", get(packed))
        .route("/{lang}/{operation}/styles/{file}", get(style))
}

async fn asked(app: &App, lang: &str, operation: &str) -> Result<(Lang, Ground), Problem> {
    let lang = Lang::from_code(lang).ok_or_else(Problem::not_found)?;
    let ground = Ground::named(app, operation).await?.ok_or_else(Problem::not_found)?;
    Ok((lang, ground))
}

fn download(kind: &'static str, name: &str, content: Vec<u8>) -> Response {
    let about = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "public, no-cache".to_owned()),
    ];
    (about, content).into_response()
}

const QGIS: &str = "application/x-qgis-project";

/// Short names of operations hold letters, digits and hyphens, so they fit into names of files as they are.
fn name(ground: &Ground) -> String {
    format!("dtm-{}", ground.operation.slug)
}

fn title(ground: &Ground, lang: Lang) -> String {
    format!("{} – {}", ground.operation.country.get(lang), ground.operation.name.get(lang))
}

/// What the newest releases cover.
fn bounds(ground: &Ground) -> Option<[f64; 4]> {
    let all = ground.ids().into_iter().filter_map(|id| maps::bounds(&newest(ground, id)?));
    all.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
}

/// The rows of a layer in its newest release.
fn newest(ground: &Ground, id: LayerId) -> Option<Dataset<'_>> {
    let release = ground.shown(id, None)?;
    layers::rows(id, &[release.as_ref()], &ground.edition.atlas, &[]).ok().flatten()
}

async fn live(
    State(app): State<App>,
    Path((lang, operation)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (lang, ground) = asked(&app, &lang, &operation).await?;
    let root = format!("{}/ogc", app.base_url(&headers));
    read_in_background(move || {
        let source = Source::Ogc { root: &root, operation: &ground.operation.slug };
        let project = project::qgs(&looks(&ground), &title(&ground, lang), &source, bounds(&ground), lang);
        Ok(download(QGIS, &format!("{}-{}.qgs", name(&ground), lang.code()), project.into_bytes()))
    })
    .await
}

async fn packed(
    State(app): State<App>,
    Path((lang, operation)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (lang, ground) = asked(&app, &lang, &operation).await?;
    let address = format!("{}/{}/{operation}", app.base_url(&headers), lang.code());
    read_in_background(move || {
        let made = world::in_scratch_folder(|folder| pack(&ground, lang, &address, folder));
        let made = made.map_err(Problem::internal)??;
        Ok(download("application/zip", &format!("{}-{}-qgis.zip", name(&ground), lang.code()), made))
    })
    .await
}

/// The project and its package: the layers of the newest releases, and beside them their other tables.
fn pack(ground: &Ground, lang: Lang, address: &str, folder: &std::path::Path) -> Result<Vec<u8>, Problem> {
    let (name, looks) = (name(ground), looks(ground));
    let about = About::new(lang).at(address);
    let path = folder.join("layers.gpkg");
    let mut package = Package::create(&path, &about).map_err(Problem::internal)?;
    for look in &looks {
        let Some(rows) = newest(ground, look.id) else { continue };
        let (layer, style) = (look.id.name(), qml(&look.legend, lang));
        let title = look.id.title();
        let layer = Layer { name: &layer, title: title.get(lang), style: Some(&style) };
        package.add(&layer, &rows).map_err(Problem::internal)?;
    }
    let newest = [&ground.stocks, &ground.flows].map(|releases| refs(releases).pop());
    let newest: Vec<_> = newest.into_iter().flatten().collect();
    let tables = dataset::all(&newest, &ground.edition.atlas, &Form::named(lang)).map_err(Problem::internal)?;
    for table in tables.iter().filter(|table| !table.has_shapes()) {
        let layer = Layer { name: table.name(), title: table.title().get(lang), style: None };
        package.add(&layer, table).map_err(Problem::internal)?;
    }
    package.finish().map_err(Problem::internal)?;
    let file = format!("{name}.gpkg");
    let project = project::qgs(&looks, &title(ground, lang), &Source::GeoPackage(&file), bounds(ground), lang);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let mut put = |name: String, content: &[u8]| -> Result<(), std::io::Error> {
        zip.start_file(name, options)?;
        zip.write_all(content)
    };
    put(format!("{name}.qgs"), project.as_bytes()).map_err(Problem::internal)?;
    put(file, &std::fs::read(&path).map_err(Problem::internal)?).map_err(Problem::internal)?;
    Ok(zip.finish().map_err(Problem::internal)?.into_inner())
}

async fn style(
    State(app): State<App>,
    Path((lang, operation, file)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let (lang, ground) = asked(&app, &lang, &operation).await?;
    let id = file.strip_suffix(".qml").and_then(LayerId::from_name).ok_or_else(Problem::not_found)?;
    read_in_background(move || {
        let look = looks(&ground).into_iter().find(|look| look.id == id).ok_or_else(Problem::not_found)?;
        Ok(download("application/xml", &format!("{}.qml", id.name()), qml(&look.legend, lang).into_bytes()))
    })
    .await
}
