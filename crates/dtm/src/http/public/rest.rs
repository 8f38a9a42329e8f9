//! Our own API of what is published: operations and their releases, datasets with their columns, rows a page at a time, sums.
//!
//! Everything is made from releases. Rows are paged by the key of the last one; a page goes on in the release it began in, or
//! says that there is a newer one. Filters are columns: `?area=HT01&reason=conflict`; what is not a column is refused.

use super::{Published, read_in_background};
use crate::http::problem::Problem;
use crate::http::{App, reader_language};
use crate::journey::PUBLIC;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use dtm_model::{Lang, Text};
use dtm_protect::Release;
use dtm_publish::dataset::{self, Column, Dataset, Datum, Filter, FilterProblem, Form, Kind, Labels, Layout, Role};
use serde_json::{Map, Value, json};

/// Rows of a page where the client does not say, and at most.
const PAGE: usize = 1_000;
const LARGEST_PAGE: usize = 10_000;
/// Parameters that are no columns.
const OPTIONS: [&str; 8] = ["lang", "names", "layout", "limit", "after", "release", "per", "measure"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/published", get(operations))
        .route("/v1/published/{operation}", get(operation))
        .route("/v1/published/{operation}/releases", get(releases))
        .route("/v1/published/{operation}/datasets/{dataset}", get(described))
        .route("/v1/published/{operation}/datasets/{dataset}/rows", get(rows))
        .route("/v1/published/{operation}/datasets/{dataset}/sums", get(sums))
}

/// The parameters of a request.
pub(super) struct Asked {
    pub(super) lang: Lang,
    pub(super) form: Form,
    limit: usize,
    after: Option<String>,
    release: Option<String>,
    by: Vec<String>,
    measure: Option<String>,
}

pub(super) fn wrong(en: impl Into<String>, fr: impl Into<String>) -> Problem {
    Problem::bad_request("bad_parameter", en, fr)
}

pub(super) fn misfit(problem: &FilterProblem) -> Problem {
    wrong(problem.message(Lang::En), problem.message(Lang::Fr))
}

impl Asked {
    pub(super) fn read(parameters: &[(String, String)], headers: &HeaderMap) -> Result<Asked, Problem> {
        let given = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let one_of =
            |name: &str, values: &str| wrong(format!("{name} is one of {values}."), format!("{name} vaut {values}."));
        let lang = match given("lang") {
            None => reader_language(headers),
            Some(code) => Lang::from_code(code).ok_or_else(|| one_of("lang", "en, fr"))?,
        };
        let labels = match given("names") {
            None | Some("one") => Labels::Named(lang),
            Some("none") => Labels::Codes,
            Some("every") => Labels::Every,
            Some(_) => return Err(one_of("names", "one, none, every")),
        };
        let layout = match given("layout") {
            None | Some("wide") => Layout::Wide,
            Some("long") => Layout::Long,
            Some(_) => return Err(one_of("layout", "wide, long")),
        };
        let limit = match given("limit").map(str::parse::<usize>) {
            None => PAGE,
            Some(Ok(limit)) if (1..=LARGEST_PAGE).contains(&limit) => limit,
            Some(_) => {
                return Err(wrong(
                    format!("limit is a whole number from 1 to {LARGEST_PAGE}."),
                    format!("limit est un nombre entier de 1 à {LARGEST_PAGE}."),
                ));
            }
        };
        let columns = parameters.iter().filter(|(name, _)| !OPTIONS.contains(&name.as_str()));
        let filter = Filter::new(columns.map(|(name, value)| (name.as_str(), value.as_str())));
        let by = given("per").into_iter().flat_map(|by| by.split(',')).map(str::trim).filter(|by| !by.is_empty());
        Ok(Asked {
            lang,
            form: Form { labels, layout, filter },
            limit,
            after: given("after").map(str::to_owned),
            release: given("release").map(str::to_owned),
            by: by.map(str::to_owned).collect(),
            measure: given("measure").map(str::to_owned),
        })
    }
}

impl Asked {
    /// The names that are wanted, where an address says the language.
    pub(super) fn names_in(&self, lang: Lang) -> Labels {
        match self.form.labels {
            Labels::Named(_) => Labels::Named(lang),
            other => other,
        }
    }
}

type Parameters = Query<Vec<(String, String)>>;

/// Every operation with something published.
async fn operations(
    State(app): State<App>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Result<Json<Vec<Value>>, Problem> {
    let lang = Asked::read(&parameters, &headers)?.lang;
    let mut all = Vec::new();
    for operation in app.store.operations().await? {
        let edition = crate::journey::edition::of(&app, &operation).await?;
        let Some(newest) = edition.all.last() else { continue };
        all.push(json!({
            "operation": operation.slug,
            "name": operation.name.get(lang),
            "country": operation.country.get(lang),
            "iso3": operation.iso3,
            "active": operation.active,
            "releases": edition.all.len(),
            "newest": about(newest, lang),
        }));
    }
    Ok(Json(all))
}

/// What a release is about.
fn about(release: &Release, lang: Lang) -> Value {
    let heading = release.heading();
    json!({
        "release": release.id().to_string(),
        "exercise": heading.exercise,
        "tool": heading.tool.code(),
        "round": heading.round.as_str(),
        "reportedOn": heading.reported_on.to_string(),
        "startsOn": heading.starts_on.to_string(),
        "endsOn": heading.ends_on.to_string(),
        "version": release.version(),
        "reason": release.reason().get(lang),
        "madeAt": release.made_at().to_string(),
        "placesPlanned": heading.n_places_planned,
        "placesReached": heading.n_places_reached,
        "placesCarried": heading.n_places_carried,
        "numbersHidden": release.hidden().len(),
        "policy": release.policy().name,
    })
}

/// An operation: its releases and datasets.
async fn operation(
    State(app): State<App>,
    Path(operation): Path<String>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let lang = Asked::read(&parameters, &headers)?.lang;
    let published = Published::now(&app, &operation).await?;
    let datasets = dataset::all(&published.releases(), &published.edition.atlas, &Form::named(lang));
    let datasets = datasets.map_err(|problem| misfit(&problem))?;
    let datasets: Vec<Value> = datasets.iter().map(|dataset| summary(dataset, lang)).collect();
    let releases: Vec<Value> = published.releases().iter().rev().map(|release| about(release, lang)).collect();
    let operation = &published.operation;
    Ok(Json(json!({
        "operation": operation.slug,
        "name": operation.name.get(lang),
        "country": operation.country.get(lang),
        "iso3": operation.iso3,
        "active": operation.active,
        "datasets": datasets,
        "releases": releases,
    })))
}

fn summary(dataset: &Dataset<'_>, lang: Lang) -> Value {
    json!({
        "name": dataset.name(),
        "title": dataset.title().get(lang),
        "howToSum": dataset.how_to_sum().get(lang),
        "shapes": dataset.has_shapes(),
    })
}

/// Every release there ever was, newest first; of one that was withdrawn what is left is when and why.
async fn releases(
    State(app): State<App>,
    Path(operation): Path<String>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Result<Json<Vec<Value>>, Problem> {
    let lang = Asked::read(&parameters, &headers)?.lang;
    let operation = app.store.operation_by_slug(&operation).await?.ok_or_else(Problem::not_found)?;
    let rows = app.store.releases(&operation.id).await?;
    let mut all = Vec::new();
    for row in rows.iter().filter(|row| row.audience == PUBLIC) {
        let release = app.editions.open(&app.blobs, row).await?;
        let mut told = match row.withdrawn_at {
            None => about(&release, lang),
            // A tombstone: that there was something, and why it is no more.
            Some(at) => json!({
                "release": row.id.to_string(),
                "exercise": release.heading().exercise,
                "round": release.heading().round.as_str(),
                "version": row.version,
                "madeAt": row.made_at.to_string(),
                "withdrawnAt": at.to_string(),
                "withdrawnWhy": row.withdrawn_why,
            }),
        };
        let newer = rows.iter().any(|other| {
            other.round == row.round
                && other.audience == PUBLIC
                && other.withdrawn_at.is_none()
                && other.version > row.version
        });
        told["newest"] = (!newer && row.withdrawn_at.is_none()).into();
        all.push(told);
    }
    if all.is_empty() { Err(Problem::not_found()) } else { Ok(Json(all)) }
}

/// The releases a request is about: the newest of each round, or one by its id, whatever its version.
pub(super) async fn chosen(app: &App, operation: &str, release: Option<&str>) -> Result<Published, Problem> {
    let Some(wanted) = release else { return Published::now(app, operation).await };
    let found = app.store.operation_by_slug(operation).await?.ok_or_else(Problem::not_found)?;
    let rows = app.store.releases(&found.id).await?;
    let row = rows.iter().find(|row| row.audience == PUBLIC && row.id.to_string() == wanted);
    let row = row.ok_or_else(Problem::not_found)?;
    if row.withdrawn_at.is_some() {
        return Err(Problem::withdrawn(row.withdrawn_why.as_deref().unwrap_or_default()));
    }
    let release = app.editions.open(&app.blobs, row).await?;
    Published::of(app, found, vec![release]).await
}

/// A dataset: what it holds, column by column.
async fn described(
    State(app): State<App>,
    Path((operation, name)): Path<(String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let asked = Asked::read(&parameters, &headers)?;
    let published = chosen(&app, &operation, asked.release.as_deref()).await?;
    let dataset = found(&published, &name, &asked.form)?;
    let mut told = summary(&dataset, asked.lang);
    told["columns"] = dataset.columns().iter().map(|column| column_told(column, asked.lang)).collect();
    Ok(Json(told))
}

fn found<'a>(published: &'a Published, name: &str, form: &Form) -> Result<Dataset<'a>, Problem> {
    let dataset = dataset::of(name, &published.releases(), &published.edition.atlas, form);
    dataset.map_err(|problem| misfit(&problem))?.ok_or_else(Problem::not_found)
}

fn column_told(column: &Column, lang: Lang) -> Value {
    let kind = match column.kind {
        Kind::Text => "text",
        Kind::Choice(_) => "choice",
        Kind::Integer => "integer",
        Kind::Decimal => "decimal",
        Kind::Date => "date",
        Kind::Flag => "flag",
    };
    let role = match column.role {
        Role::Key => "key",
        Role::Attribute | Role::LabelOfChoice => "attribute",
        Role::Measure => "measure",
        Role::Mark => "mark",
    };
    let choices = column.choices().iter().map(|choice| json!({ "code": choice.code, "label": choice.label.get(lang) }));
    json!({
        "name": column.name,
        "label": column.label.get(lang),
        "hxl": column.tag,
        "unit": column.unit.as_ref().map(|unit| unit.get(lang)),
        "kind": kind,
        "role": role,
        "choices": choices.collect::<Vec<_>>(),
    })
}

/// A cell as JSON.
fn cell(datum: &Datum<'_>, column: &Column) -> Value {
    match datum {
        Datum::Nothing => Value::Null,
        Datum::Integer(number) => (*number).into(),
        Datum::Decimal(number) => (*number).into(),
        Datum::Flag(yes) => (*yes).into(),
        other => other.plain(column).into(),
    }
}

/// Rows, a page at a time.
async fn rows(
    State(app): State<App>,
    Path((operation, name)): Path<(String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked::read(&parameters, &headers)?;
    let published = chosen(&app, &operation, asked.release.as_deref()).await?;
    read_in_background(move || page(&published, &name, &asked)).await
}

fn page(published: &Published, name: &str, asked: &Asked) -> Result<Response, Problem> {
    let dataset = found(published, name, &asked.form)?;
    let columns = dataset.columns();
    let ids: Vec<String> = dataset.releases().iter().map(|release| release.id().to_string()).collect();
    // Where the page begins: after this row of this release.
    let begin = match &asked.after {
        None => None,
        Some(after) => {
            let (release, number) = after
                .rsplit_once('.')
                .and_then(|(release, number)| Some((release, number.parse::<usize>().ok()?)))
                .ok_or_else(|| {
                    wrong(
                        "after is the key of a row, as `next` gave it.",
                        "after est la clé d’une ligne, telle que donnée par `next`.",
                    )
                })?;
            let at = ids.iter().position(|id| id == release).ok_or_else(|| {
                Problem::new(
                    StatusCode::GONE,
                    "page_gone",
                    410.1,
                    Text::both(
                        "A newer version took the place of the rows you were reading: begin again.",
                        "Une version plus récente a remplacé les lignes que vous lisiez : recommencez.",
                    ),
                )
            })?;
            Some((at, number))
        }
    };
    let mut rows = Vec::new();
    let mut last = (usize::MAX, 0);
    let mut next = None;
    for row in dataset.rows() {
        last = if last.0 == row.release { (last.0, last.1 + 1) } else { (row.release, 0) };
        if begin.is_some_and(|begin| last <= begin) {
            continue;
        }
        if rows.len() == asked.limit {
            next = rows.last().and_then(|row: &Value| row["_id"].as_str()).map(str::to_owned);
            break;
        }
        let mut object = Map::with_capacity(columns.len() + 1);
        object.insert("_id".to_owned(), format!("{}.{}", ids[last.0], last.1).into());
        for (datum, column) in row.cells.iter().zip(columns) {
            object.insert(column.name.clone(), cell(datum, column));
        }
        rows.push(Value::Object(object));
    }
    let body = json!({
        "dataset": dataset.name(),
        "filter": dataset.filter().line(),
        "rows": rows,
        "next": next,
    });
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(body)).into_response())
}

/// Sums of a measure by some columns.
async fn sums(
    State(app): State<App>,
    Path((operation, name)): Path<(String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked::read(&parameters, &headers)?;
    let published = chosen(&app, &operation, asked.release.as_deref()).await?;
    read_in_background(move || {
        let form = Form { labels: Labels::Codes, layout: Layout::Wide, filter: asked.form.filter.clone() };
        let dataset = found(&published, &name, &form)?;
        let first = dataset.columns().iter().find(|column| column.adds_up());
        let measure = asked.measure.clone().or_else(|| first.map(|column| column.name.clone())).unwrap_or_default();
        let by: Vec<&str> = asked.by.iter().map(String::as_str).collect();
        let sums = dataset::sum(&dataset, &by, &measure)
            .map_err(|problem| wrong(problem.message(Lang::En), problem.message(Lang::Fr)))?;
        let rows: Vec<Value> = sums
            .rows
            .iter()
            .map(|row| {
                let mut object: Map<String, Value> =
                    sums.by.iter().cloned().zip(row.key.iter().map(|key| Value::from(key.as_str()))).collect();
                let state = if row.hidden {
                    "hidden"
                } else if row.value.is_some() {
                    "shown"
                } else {
                    "nothing"
                };
                object.insert("value".to_owned(), row.value.into());
                object.insert("state".to_owned(), state.into());
                object.insert("atLeast".to_owned(), row.at_least.into());
                object.insert("carried".to_owned(), row.carried.into());
                Value::Object(object)
            })
            .collect();
        let body = json!({
            "dataset": dataset.name(),
            "measure": measure,
            "by": sums.by,
            "filter": dataset.filter().line(),
            "howToSum": dataset.how_to_sum().get(asked.lang),
            "rows": rows,
        });
        Ok(([(header::CACHE_CONTROL, "no-cache")], Json(body)).into_response())
    })
    .await
}
