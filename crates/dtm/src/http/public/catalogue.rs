//! What other catalogues and readers of news fetch: the entry for HDX with its CSV, its charts and HAPI's rows, the data package,
//! DCAT in Turtle or JSON-LD by what is accepted, Atom.
//!
//! Answers carry the hash of what they say as ETag and the time of the newest release; a client that has them is told 304.

use super::{Published, files, read_in_background};
use crate::http::App;
use crate::http::problem::Problem;
use crate::journey::news;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dtm_model::{Instant, Lang, Operation, Publisher};
use dtm_publish::catalogue::feed::Feed;
use dtm_publish::catalogue::{Entry, Sums, dcat, feed, frictionless, hapi, hdx};
use dtm_publish::dataset::{self, Dataset, Form};
use dtm_publish::files::hxl;
use serde_json::Value;
use sha2::{Digest, Sha256};

const JSON: &str = "application/json";
const JSON_LD: &str = "application/ld+json";
const TURTLE: &str = "text/turtle; charset=utf-8";
const ATOM: &str = "application/atom+xml; charset=utf-8";
const CSV: &str = "text/csv; charset=utf-8";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/catalogue", get(catalogue))
        .route("/catalogue.ttl", get(turtle))
        .route("/catalogue.jsonld", get(json_ld))
        .route("/{lang}/feed.atom", get(feed_of_all))
        .route("/{lang}/{operation}/feed.atom", get(feed_of_one))
        .route("/{lang}/{operation}/datapackage.json", get(package))
        .route("/{lang}/{operation}/hdx.json", get(for_hdx))
        .route("/{lang}/{operation}/hdx.csv", get(as_on_hdx))
        .route("/{lang}/{operation}/quickcharts.json", get(charts))
        .route("/{lang}/{operation}/hapi.csv", get(for_hapi))
}

/// A document and when it last changed, for a client that may have it already.
fn sent(media_type: &'static str, text: String, changed_at: Instant, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(text.as_bytes())[..16]));
    let seconds = changed_at.as_millis().div_euclid(1000);
    let changed = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let changed = changed.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    for (name, value) in [(header::ETAG, &tag), (header::LAST_MODIFIED, &changed)] {
        headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
    }
    let said = |name| asked.get(name).and_then(|value| value.to_str().ok());
    let has_it = match said(header::IF_NONE_MATCH) {
        Some(known) => known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*"),
        None => said(header::IF_MODIFIED_SINCE).is_some_and(|since| since == changed),
    };
    if has_it { (StatusCode::NOT_MODIFIED, headers).into_response() } else { (headers, text).into_response() }
}

fn language(code: &str) -> Result<Lang, Problem> {
    Lang::from_code(code).ok_or_else(Problem::not_found)
}

/// When anything of it was last released.
fn changed_at(published: &Published) -> Instant {
    let made = published.edition.all.iter().map(|release| release.made_at());
    made.max().unwrap_or(Instant::from_millis(0))
}

/// Says something of an operation's datasets.
pub(super) fn say<T>(
    published: &Published,
    sums: &Sums,
    base: &str,
    lang: Lang,
    say: impl FnOnce(&Entry<'_, '_>) -> T,
) -> Result<T, Problem> {
    let releases = published.releases();
    let datasets = dataset::all(&releases, &published.edition.atlas, &Form::named(lang)).map_err(Problem::internal)?;
    let entry = Entry {
        base,
        releases: &releases,
        datasets: &datasets,
        active: published.operation.active,
        publisher: &published.edition.publisher,
        sums,
    };
    Ok(say(&entry))
}

/// One operation's document.
async fn of_one(
    app: App,
    (lang, operation): (String, String),
    headers: HeaderMap,
    media_type: &'static str,
    document: impl FnOnce(&Published, &Sums, &str, Lang) -> Result<String, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let published = Published::now(&app, &operation).await?;
    let (base, changed) = (app.base_url(&headers), changed_at(&published));
    let sums = files::sums(&app, &published, &base).await?;
    let text = read_in_background(move || document(&published, &sums, &base, lang)).await?;
    Ok(sent(media_type, text, changed, &headers))
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

async fn package(
    State(app): State<App>,
    Path(of): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    of_one(app, of, headers, JSON, |published, sums, base, lang| {
        say(published, sums, base, lang, |entry| {
            let path = |dataset: &Dataset<'_>, format| entry.file(dataset.name(), format, lang);
            pretty(&frictionless::package(entry, lang, &path))
        })
    })
    .await
}

async fn for_hdx(
    State(app): State<App>,
    Path(of): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    of_one(app, of, headers, JSON, |published, sums, base, _| {
        say(published, sums, base, Lang::En, |entry| pretty(&hdx::package(entry, &hdx::Owner::default())))
    })
    .await
}

async fn as_on_hdx(
    State(app): State<App>,
    Path(of): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    of_one(app, of, headers, CSV, |published, _, _, _| {
        let active = published.operation.active;
        Ok(hxl::csv(&published.releases(), &published.edition.atlas, |_| active))
    })
    .await
}

async fn charts(
    State(app): State<App>,
    Path(of): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    of_one(app, of, headers, JSON, |published, sums, base, _| {
        say(published, sums, base, Lang::En, |entry| pretty(&hdx::quick_charts(entry)))
    })
    .await
}

async fn for_hapi(
    State(app): State<App>,
    Path(of): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    of_one(app, of, headers, CSV, |published, _, _, _| Ok(hapi::csv(&published.releases(), &published.edition.atlas)))
        .await
}

/// Everything published, as Turtle or, where that is accepted rather, as JSON-LD.
async fn catalogue(state: State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    if prefers_json(accepted) { json_ld(state, headers).await } else { turtle(state, headers).await }
}

/// Whether JSON is accepted with more weight than Turtle.
fn prefers_json(accepted: &str) -> bool {
    let weight = |kinds: &[&str]| {
        let weights = accepted.split(',').filter_map(|part| {
            let mut parameters = part.split(';').map(str::trim);
            let named = parameters.next().is_some_and(|kind| kinds.contains(&kind));
            let q = parameters.find_map(|parameter| parameter.strip_prefix("q="));
            named.then(|| q.map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0)))
        });
        weights.fold(0.0, f32::max)
    };
    weight(&["application/ld+json", "application/json"]) > weight(&["text/turtle"])
}

async fn turtle(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    whole(app, headers, TURTLE, dcat::catalogue_turtle).await
}

async fn json_ld(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    whole(app, headers, JSON_LD, |base, entries| pretty(&dcat::catalogue_json_ld(base, entries))).await
}

async fn whole(
    app: App,
    headers: HeaderMap,
    media_type: &'static str,
    document: fn(&str, &[Entry<'_, '_>]) -> String,
) -> Result<Response, Problem> {
    let base = app.base_url(&headers);
    let mut all = Vec::new();
    for operation in app.store.operations().await? {
        if let Some(published) = Published::of_operation(&app, operation).await? {
            let sums = files::sums(&app, &published, &base).await?;
            all.push((published, sums));
        }
    }
    let changed = all.iter().map(|(published, _)| changed_at(published)).max();
    let text = read_in_background(move || {
        let releases: Vec<_> = all.iter().map(|(published, _)| published.releases()).collect();
        let mut datasets = Vec::new();
        for ((published, _), releases) in all.iter().zip(&releases) {
            let form = Form::named(Lang::En);
            datasets.push(dataset::all(releases, &published.edition.atlas, &form).map_err(Problem::internal)?);
        }
        let entries = all.iter().zip(&releases).zip(&datasets).map(|(((published, sums), releases), datasets)| Entry {
            base: &base,
            releases,
            datasets,
            active: published.operation.active,
            publisher: &published.edition.publisher,
            sums,
        });
        Ok(document(&base, &entries.collect::<Vec<_>>()))
    })
    .await?;
    Ok(sent(media_type, text, changed.unwrap_or(Instant::from_millis(0)), &headers))
}

async fn feed_of_all(
    State(app): State<App>,
    Path(lang): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let operations = app.store.operations().await?;
    let news = news::of(&app, &operations).await?;
    let told_of: Vec<Operation> =
        operations.into_iter().filter(|one| news.iter().any(|news| news.slug == one.slug)).collect();
    let publishers = publishers(&app, &told_of).await?;
    let base = app.base_url(&headers);
    let (title, page) = match lang {
        Lang::En => ("Displacement data: what is new", format!("{base}/en")),
        Lang::Fr => ("Données sur les déplacements : les nouveautés", format!("{base}/fr")),
    };
    let address = format!("{page}/feed.atom");
    let feed = Feed { title, address: &address, page: &page, publishers: &publishers };
    Ok(news_of(&feed, &news, &base, lang, &headers))
}

async fn feed_of_one(
    State(app): State<App>,
    Path((lang, operation)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let operation = app.store.operation_by_slug(&operation).await?.ok_or_else(Problem::not_found)?;
    let news = news::of(&app, std::slice::from_ref(&operation)).await?;
    // An operation that published nothing is not known to the public.
    let newest = news.first().ok_or_else(Problem::not_found)?;
    let (base, title) = (app.base_url(&headers), newest.operation.get(lang).to_owned());
    let page = format!("{base}/{}/{}", lang.code(), operation.slug);
    let address = format!("{page}/feed.atom");
    let publishers = publishers(&app, std::slice::from_ref(&operation)).await?;
    let feed = Feed { title: &title, address: &address, page: &page, publishers: &publishers };
    Ok(news_of(&feed, &news, &base, lang, &headers))
}

/// Who publishes what is told of these operations, each once.
async fn publishers(app: &App, operations: &[Operation]) -> Result<Vec<Publisher>, Problem> {
    let mut publishers: Vec<Publisher> = Vec::new();
    for operation in operations {
        let publisher = app.store.publisher(&operation.id).await?.unwrap_or_default();
        if publishers.iter().all(|known| known.name != publisher.name) {
            publishers.push(publisher);
        }
    }
    // A server that published nothing yet has a feed, too, and a feed has an author.
    if publishers.is_empty() {
        publishers.push(Publisher::default());
    }
    Ok(publishers)
}

fn news_of(feed: &Feed<'_>, news: &[feed::News], base: &str, lang: Lang, headers: &HeaderMap) -> Response {
    let text = feed::atom(feed, news, base, lang);
    let changed = news.iter().map(|news| news.at).max().unwrap_or(Instant::from_millis(0));
    sent(ATOM, text, changed, headers)
}
