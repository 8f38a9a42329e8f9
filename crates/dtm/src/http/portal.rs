//! The public pages and the downloads behind them. Everything here is made from releases and nothing else.

use super::problem::Problem;
use super::public::version_number;
use super::viewer::{Anybody, On, Verb};
use super::{App, islands, reader_language};
use crate::journey::edition::{self, Edition};
use crate::world;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use dtm_model::{Lang, Operation, RoundLabel};
use dtm_protect::Release;
use dtm_publish::document::{self, Component, Document, Sources};
use dtm_publish::files::Format;
use dtm_publish::page::{
    self, ApiPage, CountryPage, HomePage, OperationCard, PlacesPage, ReportPage, RoundPage, Standing, Withdrawn,
};
use dtm_publish::{drawing, errata, files};
use serde::Deserialize;
use std::sync::Arc;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(choose_language))
        .route("/health", get(health))
        .route("/version.txt", get(version))
        .route("/assets/{file}", get(asset))
        .route("/{lang}", get(home))
        .route("/{lang}/api", get(api_docs))
        .route("/{lang}/method", get(method))
        .route("/{lang}/glossary", get(glossary))
        .route("/{lang}/{operation}", get(newest))
        .route("/{lang}/{operation}/{round}", get(round))
        .route("/{lang}/{operation}/{round}/{file}", get(file))
        .route("/{lang}/{operation}/places", get(places))
        .route("/{lang}/{operation}/places/{ssid}", get(place))
        .route("/{lang}/{operation}/places/{ssid}/{file}", get(profile))
        .route("/{lang}/{operation}/flows", get(newest_of_component))
        .route("/{lang}/{operation}/flows/{round}", get(round_of_component))
        .route("/{lang}/{operation}/flows/{round}/{file}", get(file_of_component))
        .route("/{lang}/{operation}/events", get(newest_of_component))
        .route("/{lang}/{operation}/events/{round}", get(round_of_component))
        .route("/{lang}/{operation}/events/{round}/{file}", get(file_of_component))
        .route("/{lang}/{operation}/needs", get(newest_of_component))
        .route("/{lang}/{operation}/needs/{round}", get(round_of_component))
        .route("/{lang}/{operation}/needs/{round}/{file}", get(file_of_component))
}

/// The component that an address of ours names after its operation.
fn component_in(uri: &Uri) -> Result<Component, Problem> {
    let slug = uri.path().split('/').nth(3).unwrap_or_default();
    Component::ALL.into_iter().find(|component| component.slug() == slug).ok_or_else(Problem::not_found)
}

async fn choose_language(headers: HeaderMap) -> Redirect {
    Redirect::to(&format!("/{}", reader_language(&headers).code()))
}

async fn health(State(app): State<App>) -> Result<&'static str, Problem> {
    app.store.ping().await?;
    Ok("ok\n")
}

/// The release of ODK Central whose API this server speaks.
const LIKE_CENTRAL: &str = "2026.2.0";

/// Our own version, and in the lines where scripts written for ODK Central look for it, the one whose API this is.
async fn version() -> String {
    let ours = env!("CARGO_PKG_VERSION");
    format!("versions:\ndtm (v{ours})\n client (v{LIKE_CENTRAL})\n server (v{LIKE_CENTRAL})\n")
}

async fn asset(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let style = page::stylesheet_path();
    if style.strip_prefix("/assets/") != Some(file.as_str()) {
        return islands::file(&file, &headers).ok_or_else(Problem::not_found);
    }
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, page::STYLESHEET).into_response())
}

fn language(code: &str) -> Result<Lang, Problem> {
    Lang::from_code(code).ok_or_else(Problem::not_found)
}

/// A page that may be shown again from a cache only after asking whether it changed.
pub(super) fn html(headers: &HeaderMap, body: String) -> Response {
    let tag = format!("W/\"{}\"", &dtm_model::BlobHash::of(body.as_bytes()).as_str()[..20]);
    let same = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let content = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::VARY, HeaderValue::from_static("Cookie")),
        (header::ETAG, HeaderValue::from_str(&tag).expect("hexadecimal digits and quotes make a header")),
    ];
    if same { (StatusCode::NOT_MODIFIED, content).into_response() } else { (content, body).into_response() }
}

async fn home(State(app): State<App>, Path(lang): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let mut operations = Vec::new();
    for operation in app.store.operations().await? {
        let edition = edition::of(&app, &operation).await?;
        if let Some(newest) = edition.main.last() {
            operations.push(OperationCard::of(newest, edition.main.len(), lang));
        }
    }
    Ok(html(&headers, page::home(&HomePage { operations, lang })))
}

async fn api_docs(State(app): State<App>, Path(lang): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let operation = app.store.operations().await?.into_iter().next();
    let atlas = match &operation {
        Some(operation) => app.editions.atlas(&app.store, &operation.admin0).await?,
        None => Arc::default(),
    };
    let first = |level| atlas.level(level).next().map(|area| area.pcode.to_string()).unwrap_or_default();
    let api = ApiPage {
        origin: app.base_url(&headers),
        iso3: operation.as_ref().map_or_else(|| "HTI".to_owned(), |o| o.iso3.clone()),
        operation: operation.as_ref().map_or_else(String::new, |o| o.name.get(Lang::En).to_owned()),
        country: operation.as_ref().map_or_else(String::new, |o| o.country.get(Lang::En).to_owned()),
        areas: (first(1), first(2)),
        lang,
    };
    Ok(html(&headers, page::api_docs(&api)))
}

async fn method(Path(lang): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(html(&headers, page::method(language(&lang)?)))
}

async fn glossary(Path(lang): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(html(&headers, page::glossary(language(&lang)?)))
}

async fn edition_of(app: &App, slug: &str) -> Result<(Operation, Edition), Problem> {
    let operation = app.store.operation_by_slug(slug).await?.ok_or_else(Problem::not_found)?;
    let edition = edition::of(app, &operation).await?;
    if edition.main.is_empty() { Err(Problem::not_found()) } else { Ok((operation, edition)) }
}

fn country_page(
    (operation, edition): &(Operation, Edition),
    current: &Arc<Release>,
    newer_version: Option<u32>,
    lang: Lang,
    viewer: &Anybody,
) -> String {
    let here = On::Project(&operation.id);
    let releases = edition.shown();
    page::country(&CountryPage {
        releases: &releases,
        current,
        atlas: &edition.atlas,
        publisher: &edition.publisher,
        lang,
        newer_version,
        components: &edition.components(),
        viewer_may_explain: viewer.0.as_ref().is_some_and(|viewer| viewer.can(Verb::SubmissionReview, here)),
    })
}

async fn newest(
    State(app): State<App>,
    viewer: Anybody,
    Path((lang, operation)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let edition = edition_of(&app, &operation).await?;
    let current = edition.1.main.last().ok_or_else(Problem::not_found)?;
    Ok(html(&headers, country_page(&edition, current, None, lang, &viewer)))
}

#[derive(Deserialize)]
struct Wanted {
    version: Option<String>,
}

/// The edition that a round was found in, the version of it to show, and the number of the newest where it is another.
type Found = ((Operation, Edition), Arc<Release>, Option<u32>);

/// A round as an address names it: the edition with the version asked for in its place, that version, and the number of
/// the newest where it is another. Of what was withdrawn the reader is told when and why.
async fn round_of(
    app: &App,
    operation: &str,
    (component, label): (Option<Component>, RoundLabel),
    wanted: &Wanted,
) -> Result<Found, Problem> {
    let version = wanted.version.as_deref().map(version_number).transpose()?;
    let operation = app.store.operation_by_slug(operation).await?.ok_or_else(Problem::not_found)?;
    let edition = edition::of(app, &operation).await?;
    let newest = match component {
        None => edition.round(&label),
        Some(component) => edition.of(component).rev().find(|release| release.heading().round == label),
    };
    let newest = newest.cloned();
    if let Some(newest) = newest.clone().filter(|newest| version.is_none_or(|version| version == newest.version())) {
        return Ok(((operation, edition), newest, None));
    }
    let mut versions = edition::versions(app, &operation, &label).await?;
    if let Some(newest) = &newest {
        versions.retain(|(_, release)| release.heading().exercise == newest.heading().exercise);
    }
    versions.retain(|(_, release)| component.is_none_or(|component| Component::of(release) == Some(component)));
    versions.retain(|(row, _)| version.is_none_or(|version| row.version == version));
    let (row, release) = versions.pop().ok_or_else(Problem::not_found)?;
    match row.withdrawn_at {
        Some(_) => Err(Problem::withdrawn(row.withdrawn_why.as_deref().unwrap_or_default())),
        None => Ok(((operation, edition.showing(&release)), release, newest.map(|newest| newest.version()))),
    }
}

async fn round(
    State(app): State<App>,
    viewer: Anybody,
    Path((lang, operation, round)): Path<(String, String, String)>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let (edition, current, newer) = round_of(&app, &operation, (None, RoundLabel(round)), &wanted).await?;
    Ok(html(&headers, country_page(&edition, &current, newer, lang, &viewer)))
}

async fn file(
    State(app): State<App>,
    Path((lang, operation, round, file)): Path<(String, String, String, String)>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = round_of(&app, &operation, (None, RoundLabel(round)), &wanted).await?;
    behind(&app, language(&lang)?, found, file, headers).await
}

/// The newest round of a component: its report.
async fn newest_of_component(
    State(app): State<App>,
    uri: Uri,
    Path((lang, operation)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (lang, component) = (language(&lang)?, component_in(&uri)?);
    let operation = app.store.operation_by_slug(&operation).await?.ok_or_else(Problem::not_found)?;
    let edition = edition::of(&app, &operation).await?;
    let newest = edition.of(component).next_back().cloned().ok_or_else(Problem::not_found)?;
    Ok(html(&headers, report_page(&((operation, edition), newest, None), lang)))
}

async fn round_of_component(
    State(app): State<App>,
    uri: Uri,
    Path((lang, operation, round)): Path<(String, String, String)>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (lang, component) = (language(&lang)?, component_in(&uri)?);
    let found = round_of(&app, &operation, (Some(component), RoundLabel(round)), &wanted).await?;
    Ok(html(&headers, report_page(&found, lang)))
}

async fn file_of_component(
    State(app): State<App>,
    uri: Uri,
    Path((lang, operation, round, file)): Path<(String, String, String, String)>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (lang, component) = (language(&lang)?, component_in(&uri)?);
    let found = round_of(&app, &operation, (Some(component), RoundLabel(round)), &wanted).await?;
    behind(&app, lang, found, file, headers).await
}

/// What is looked for among places.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sought {
    q: String,
    page: String,
}

/// The longest text that is looked for.
const LONGEST_SOUGHT: usize = 100;

async fn places(
    State(app): State<App>,
    Path((lang, operation)): Path<(String, String)>,
    Query(sought): Query<Sought>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let (_, edition) = edition_of(&app, &operation).await?;
    let wanted: String = sought.q.trim().chars().take(LONGEST_SOUGHT).collect();
    let page = PlacesPage {
        current: edition.main.last().ok_or_else(Problem::not_found)?,
        atlas: &edition.atlas,
        components: &edition.components(),
        wanted: &wanted,
        page: sought.page.parse().unwrap_or(1),
        lang,
    };
    Ok(html(&headers, page::places(&page)))
}

/// The edition with the newest round that names a place.
async fn naming(app: &App, operation: &str, ssid: &str) -> Result<(Edition, Arc<Release>), Problem> {
    let (_, edition) = edition_of(app, operation).await?;
    let names = |release: &&Arc<Release>| release.places().iter().any(|place| place.ssid.as_str() == ssid);
    let newest = edition.main.iter().rev().find(names).cloned().ok_or_else(Problem::not_found)?;
    Ok((edition, newest))
}

async fn place(
    State(app): State<App>,
    Path((lang, operation, ssid)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let (edition, current) = naming(&app, &operation, &ssid).await?;
    let page = ReportPage {
        current: &current,
        earlier: &edition.before(&current),
        rounds: &edition.rounds_of(&current),
        atlas: &edition.atlas,
        lang,
        newer_version: None,
    };
    Ok(html(&headers, page::place(&page, &ssid).ok_or_else(Problem::not_found)?))
}

/// The profile of a place as a document.
async fn profile(
    State(app): State<App>,
    Path((lang, operation, ssid, file)): Path<(String, String, String, String)>,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let extension = file.strip_prefix("profile.").ok_or_else(Problem::not_found)?.to_owned();
    let (edition, current) = naming(&app, &operation, &ssid).await?;
    let made = tokio::task::spawn_blocking(move || {
        let before = edition.before(&current);
        let sources = Sources { current: &current, earlier: &before, atlas: &edition.atlas, lang };
        let document = document::site_profile(&sources, &ssid).ok_or_else(Problem::not_found)?;
        let name = format!("dtm-{}-{}-{}", plain(&current.heading().operation), plain(&ssid), lang.code());
        written(&document, &extension, &name)
    });
    Ok(made.await.map_err(Problem::internal)??.ok_or_else(Problem::not_found)?.into_response())
}

/// A document as a file with this ending; none where no document has it.
fn written(document: &Document, extension: &str, name: &str) -> Result<Option<Made>, Problem> {
    let (content_type, bytes) = match extension {
        "pdf" => ("application/pdf", document::pdf(document).map_err(Problem::internal)?),
        "docx" => (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            document::word(document).map_err(Problem::internal)?,
        ),
        "pptx" => (
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            document::slides(document).map_err(Problem::internal)?,
        ),
        _ => return Ok(None),
    };
    Ok(Some(Made { content_type, name: Some(format!("{name}.{extension}")), bytes }))
}

fn report_page(((_, edition), current, newer_version): &Found, lang: Lang) -> String {
    page::report(&ReportPage {
        current,
        earlier: &edition.before(current),
        rounds: &edition.rounds_of(current),
        atlas: &edition.atlas,
        lang,
        newer_version: *newer_version,
    })
}

/// What is behind a page: the note on its making, its report, its datasets and drawings, its factsheet.
async fn behind(app: &App, lang: Lang, found: Found, file: String, headers: HeaderMap) -> Result<Response, Problem> {
    if file == "report" {
        return Ok(html(&headers, report_page(&found, lang)));
    }
    let ((operation, edition), current, _) = found;
    if file == "about" || file == "changes.csv" {
        let mut versions = edition::versions(app, &operation, &current.heading().round).await?;
        versions.retain(|(_, release)| release.heading().exercise == current.heading().exercise);
        let standing = versions.iter().filter(|(row, _)| row.withdrawn_at.is_none());
        let standing: Vec<&Release> = standing.map(|(_, release)| release.as_ref()).collect();
        if file == "changes.csv" {
            return errata_file(&standing, &current);
        }
        let withdrawn = versions.iter().filter_map(|(row, _)| {
            Some(Withdrawn {
                version: row.version,
                made_on: row.made_at.date(),
                withdrawn_on: row.withdrawn_at?.date(),
                why: row.withdrawn_why.clone().unwrap_or_default(),
            })
        });
        let withdrawn: Vec<Withdrawn> = withdrawn.collect();
        let page = RoundPage {
            versions: &standing,
            withdrawn: &withdrawn,
            atlas: &edition.atlas,
            publisher: &edition.publisher,
            lang,
        };
        return Ok(html(&headers, page::round(&page)));
    }
    let made = tokio::task::spawn_blocking(move || make(&edition, &current, &file, lang))
        .await
        .map_err(Problem::internal)??;
    Ok(made.ok_or_else(Problem::not_found)?.into_response())
}

/// What changed from the version before to this one.
fn errata_file(versions: &[&Release], current: &Release) -> Result<Response, Problem> {
    let at = versions.iter().position(|version| version.id() == current.id());
    let before = at.and_then(|at| at.checked_sub(1)).map(|at| versions[at]).ok_or_else(Problem::not_found)?;
    let mut bytes = Vec::new();
    errata::csv(before, current, &mut bytes).map_err(Problem::internal)?;
    let name = format!("dtm-{}-changes-v{}.csv", plain(&current.heading().operation), current.version());
    Ok(Made { content_type: "text/csv; charset=utf-8", name: Some(name), bytes }.into_response())
}

/// Short names of operations and labels of rounds hold no quotes; whatever else they hold is made a hyphen.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
}

/// A file ready to be sent.
struct Made {
    content_type: &'static str,
    name: Option<String>,
    bytes: Vec<u8>,
}

impl IntoResponse for Made {
    fn into_response(self) -> Response {
        let mut response = (
            [
                (header::CONTENT_TYPE, HeaderValue::from_static(self.content_type)),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            ],
            self.bytes,
        )
            .into_response();
        if let Some(name) = self.name
            && let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }
}

fn make(edition: &Edition, current: &Release, file: &str, lang: Lang) -> Result<Option<Made>, Problem> {
    let releases = edition.rounds_of(current);
    let heading = current.heading();
    let download =
        |name: &str| Some(format!("dtm-{}-{}-{name}", plain(&heading.operation), plain(heading.round.as_str())));
    let made = |content_type, name, bytes| Ok(Some(Made { content_type, name, bytes }));
    let atlas = &edition.atlas;
    let sources = Sources { current, earlier: &edition.before(current), atlas, lang };
    match file {
        "data.csv" => made(
            "text/csv; charset=utf-8",
            download("hxl.csv"),
            files::hxl::csv(&[current], atlas, |_| edition.active).into_bytes(),
        ),
        "data.xlsx" => {
            let mut out = std::io::Cursor::new(Vec::new());
            files::xlsx::workbook(current, atlas, lang, &world::scratch_place(), &mut out)
                .map_err(Problem::internal)?;
            made(
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                download(&format!("{}.xlsx", lang.code())),
                out.into_inner(),
            )
        }
        "areas.geojson" | "places.geojson" => {
            let name = file.trim_end_matches(".geojson");
            let Some(bytes) = files::one_round::features(current, name, atlas, lang).map_err(Problem::internal)? else {
                return Ok(None);
            };
            made(Format::GeoJson.media_type(), download(file), bytes)
        }
        "factsheet.pdf" => {
            let bytes = document::factsheet(&sources).map_err(Problem::internal)?;
            made("application/pdf", download(&format!("{}.pdf", lang.code())), bytes)
        }
        "report.pdf" | "report.docx" | "report.pptx" => {
            let extension = file.trim_start_matches("report.");
            let name = format!("dtm-{}-{}-report", plain(&heading.operation), plain(heading.round.as_str()));
            written(&document::report(&sources), extension, &format!("{name}-{}", lang.code()))
        }
        _ => {
            let Some((name, extension)) = file.rsplit_once('.') else { return Ok(None) };
            let of = match name {
                // The page of a round shows beside its own what was observed lately.
                "flows" if Component::of(current).is_none() => edition.flows.as_deref().unwrap_or(current),
                "emergency" if Component::of(current).is_none() => edition.emergency.as_deref().unwrap_or(current),
                _ => current,
            };
            match extension {
                "svg" => match page::figure_svg(name, of, &releases, atlas, lang, Standing::Alone) {
                    Some(svg) => made("image/svg+xml", None, svg.0.into_bytes()),
                    None => Ok(None),
                },
                "png" => match page::figure_svg(name, of, &releases, atlas, lang, Standing::Alone) {
                    Some(svg) => made("image/png", download(file), drawing::png(&svg, 3.0).map_err(Problem::internal)?),
                    None => Ok(None),
                },
                "csv" => {
                    let text = match page::figure_table(name, of, &releases, atlas, lang) {
                        Some(view) => Some(view.csv().into_bytes()),
                        None => files::one_round::table(of, name, atlas, lang, Format::CsvForSpreadsheets)
                            .map_err(Problem::internal)?,
                    };
                    text.map_or(Ok(None), |text| made("text/csv; charset=utf-8", download(file), text))
                }
                "json" => {
                    let text = match page::figure_table(name, of, &releases, atlas, lang) {
                        Some(view) => Some(view.json(of).into_bytes()),
                        None => {
                            files::one_round::table(of, name, atlas, lang, Format::Json).map_err(Problem::internal)?
                        }
                    };
                    text.map_or(Ok(None), |text| made("application/json; charset=utf-8", None, text))
                }
                _ => Ok(None),
            }
        }
    }
}
