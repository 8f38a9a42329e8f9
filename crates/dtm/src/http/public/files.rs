//! Files of datasets at addresses that stay: `/{lang}/{operation}/data/{dataset}.{format}` for all rounds,
//! `/{lang}/{operation}/{round}/data/{dataset}.{format}` for one, `.sha256` behind either for its checksum.
//!
//! Columns are filters (`?area=HT01`), `names` and `layout` choose how rows look, `version` one version of a round; without it
//! the newest counts.

use super::catalogue::say;
use super::download::{self, Sent};
use super::rest::{Asked, misfit, wrong};
use super::{Published, read_in_background};
use crate::http::App;
use crate::http::portal::html;
use crate::http::problem::Problem;
use crate::journey::{PreparedFile, edition};
use crate::world;
use axum::Router;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dtm_model::{Lang, RoundLabel};
use dtm_protect::Release;
use dtm_publish::catalogue::{Sum, Sums, dcat};
use dtm_publish::dataset::{self, Form};
use dtm_publish::files::{About, Format};
use dtm_publish::page::{self, DatasetPage, DatasetsPage, links};
use dtm_publish::snippets::{self, Where};
use dtm_store::ReleaseRow;
use sha2::{Digest, Sha256};
use std::sync::Arc;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/{lang}/{operation}/data", get(all))
        .route("/{lang}/{operation}/data/{file}", get(of_all_rounds))
        .route("/{lang}/{operation}/{round}/data/{file}", get(of_round))
}

type Parameters = Query<Vec<(String, String)>>;

async fn of_all_rounds(
    State(app): State<App>,
    Path((lang, operation, file)): Path<(String, String, String)>,
    Query(parameters): Parameters,
    uri: OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = Lang::from_code(&lang).ok_or_else(Problem::not_found)?;
    let published = Published::now(&app, &operation).await?;
    if !file.contains('.') {
        let (origin, sql) = (app.base_url(&headers), app.sql_address(&headers));
        let sums = sums(&app, &published, &origin).await?;
        let page = read_in_background(move || {
            let sql = sql.as_ref().map(|(host, port)| (host.as_str(), *port));
            page_of(&published, &file, &sums, Where { origin: &origin, sql, lang })
        });
        let page = page.await?;
        return Ok(html(&headers, page));
    }
    answer(&app, published, None, (lang, &file), parameters, &uri, &headers).await
}

/// The page of all datasets.
async fn all(
    State(app): State<App>,
    Path((lang, operation)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = Lang::from_code(&lang).ok_or_else(Problem::not_found)?;
    let published = Published::now(&app, &operation).await?;
    let (origin, sql) = (app.base_url(&headers), app.sql_address(&headers));
    let page = read_in_background(move || {
        let sql = sql.as_ref().map(|(host, port)| (host.as_str(), *port));
        let datasets = dataset::all(&published.releases(), &published.edition.atlas, &Form::named(lang));
        let datasets = datasets.map_err(|problem| misfit(&problem))?;
        Ok(page::datasets(&DatasetsPage { datasets: &datasets, place: Where { origin: &origin, sql, lang } }))
    });
    Ok(html(&headers, page.await?))
}

/// The page of one dataset.
fn page_of(published: &Published, name: &str, sums: &Sums, place: Where<'_>) -> Result<String, Problem> {
    let Where { origin, lang, .. } = place;
    let dataset = dataset::of(name, &published.releases(), &published.edition.atlas, &Form::named(lang));
    let dataset = dataset.map_err(|problem| misfit(&problem))?.ok_or_else(Problem::not_found)?;
    let n_rows = dataset.rows().count() as u64;
    let linked = say(published, sums, origin, lang, |entry| dcat::schema_org(entry, &dataset, lang).to_string())?;
    let publisher = &published.edition.publisher;
    Ok(page::dataset(&DatasetPage { dataset: &dataset, n_rows, publisher, place, linked_data: Some(linked) }))
}

async fn of_round(
    State(app): State<App>,
    Path((lang, operation, round, file)): Path<(String, String, String, String)>,
    Query(mut parameters): Parameters,
    uri: OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = Lang::from_code(&lang).ok_or_else(Problem::not_found)?;
    let version = parameters.iter().position(|(name, _)| name == "version").map(|at| parameters.remove(at).1);
    let published = of_version(&app, &operation, &round, version.as_deref()).await?;
    answer(&app, published, Some(&round), (lang, &file), parameters, &uri, &headers).await
}

/// The number of a version, as an address gives it.
pub(crate) fn version_number(text: &str) -> Result<u32, Problem> {
    text.parse().map_err(|_| {
        wrong("version is the number of a version: 1, 2, …", "version est le numéro d’une version : 1, 2, …")
    })
}

/// What is published of a round: its newest version, or the one that is asked for; of one that was withdrawn, why.
async fn of_version(app: &App, operation: &str, round: &str, version: Option<&str>) -> Result<Published, Problem> {
    let version = version.map(version_number).transpose()?;
    let label = RoundLabel::from(round);
    let operation = app.store.operation_by_slug(operation).await?.ok_or_else(Problem::not_found)?;
    let releases: Vec<Arc<Release>> = match version {
        None => {
            let edition = edition::of(app, &operation).await?;
            edition.all.iter().filter(|release| release.heading().round == label).cloned().collect()
        }
        Some(_) => Vec::new(),
    };
    if !releases.is_empty() {
        return Published::of(app, operation, releases).await;
    }
    let of_version = |version: Option<u32>, row: &ReleaseRow| version.is_none_or(|version| row.version == version);
    let mut versions = edition::versions(app, &operation, &label).await?;
    versions.retain(|(row, _)| of_version(version, row));
    if let Some(why) = versions.iter().all(|(row, _)| row.withdrawn_at.is_some()).then(|| versions.pop()) {
        let (row, _) = why.ok_or_else(Problem::not_found)?;
        return Err(Problem::withdrawn(row.withdrawn_why.as_deref().unwrap_or_default()));
    }
    let standing = versions.into_iter().filter(|(row, _)| row.withdrawn_at.is_none());
    Published::of(app, operation, standing.map(|(_, release)| release).collect()).await
}

/// A name of a file without what would need quotes.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
}

async fn answer(
    app: &App,
    published: Published,
    round: Option<&str>,
    (lang, file): (Lang, &str),
    parameters: Vec<(String, String)>,
    uri: &OriginalUri,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (file, checksum) = match file.strip_suffix(".sha256") {
        Some(file) => (file, true),
        None => (file, false),
    };
    let (name, extension) = file.split_once('.').ok_or_else(Problem::not_found)?;
    let format = Format::from_extension(extension).ok_or_else(Problem::not_found)?;
    let asked = Asked::read(&parameters, headers)?;
    // The language stands in the address.
    let form = Form { labels: asked.names_in(lang), ..asked.form };
    let of = match round {
        Some(round) => format!("{}-{}", published.operation.slug, plain(round)),
        None => published.operation.slug.clone(),
    };
    let kept_as = snippets::kept_as(&of, name, lang, extension);
    let changed_at =
        published.edition.all.iter().map(|release| release.made_at()).max().ok_or_else(Problem::not_found)?;
    let path = uri.path().strip_suffix(".sha256").unwrap_or(uri.path());
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let address = format!("{}{path}{query}", app.base_url(headers));
    let made = prepare(app, published, name.to_owned(), form, format, lang, address).await?;
    if checksum {
        let line = format!("{}  {kept_as}\n", hex::encode(made.sha256));
        return Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], line).into_response());
    }
    download::send(made, Sent { media_type: format.media_type(), name: kept_as, changed_at }, headers)
}

/// What a file is kept under: whatever changes its content changes this.
fn key(
    published: &Published,
    atlas_edition: i64,
    name: &str,
    form: &Form,
    format: Format,
    lang: Lang,
    address: &str,
) -> String {
    let ids = published.edition.all.iter().map(|release| release.id().to_string()).collect::<Vec<_>>().join(" ");
    let said = format!("{ids}\n{atlas_edition}\n{name}\n{form:?}\n{format:?}\n{}\n{address}", lang.code());
    hex::encode(Sha256::digest(said))
}

/// Sizes and checksums of an operation's files of all rounds, as far as they are ready to be sent; what was not asked for
/// yet has none.
pub(super) async fn sums(app: &App, published: &Published, base: &str) -> Result<Sums, Problem> {
    let atlas = app.store.atlas_edition(&published.operation.admin0).await?;
    let mut sums = Sums::new();
    for name in dataset::names(&published.releases()) {
        for (format, lang) in Format::ALL.into_iter().flat_map(|format| Lang::ALL.map(|lang| (format, lang))) {
            let path = links::dataset_file(lang, &published.operation.slug, &name, format.extension());
            let key = key(published, atlas, &name, &Form::named(lang), format, lang, &format!("{base}{path}"));
            if let Some(file) = app.prepared.ready(&key) {
                let sum = Sum { bytes: file.length, sha256: hex::encode(file.sha256) };
                sums.insert((name.clone(), format, lang), sum);
            }
        }
    }
    Ok(sums)
}

/// The file, made now or before.
async fn prepare(
    app: &App,
    published: Published,
    name: String,
    form: Form,
    format: Format,
    lang: Lang,
    address: String,
) -> Result<Arc<PreparedFile>, Problem> {
    // A dataset or a column that is not there is refused before anything is made.
    let (published, name, form) = read_in_background(move || {
        let dataset = dataset::of(&name, &published.releases(), &published.edition.atlas, &form);
        let dataset = dataset.map_err(|problem| misfit(&problem))?.ok_or_else(Problem::not_found)?;
        if format.needs_shapes() && !dataset.has_shapes() {
            return Err(Problem::not_found());
        }
        drop(dataset);
        Ok((published, name, form))
    })
    .await?;
    let atlas = app.store.atlas_edition(&published.operation.admin0).await?;
    let key = key(&published, atlas, &name, &form, format, lang, &address);
    let made = app.prepared.file(key, move |out| {
        let releases = published.releases();
        let dataset = dataset::of(&name, &releases, &published.edition.atlas, &form)?;
        let dataset = dataset.ok_or_else(|| anyhow::anyhow!("the dataset is gone"))?;
        world::in_scratch_folder(|scratch| format.write(&dataset, &About::new(lang).at(address), scratch, out))??;
        Ok(())
    });
    Ok(made.await?)
}
