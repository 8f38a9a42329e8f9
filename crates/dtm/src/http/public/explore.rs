//! The explorer: a measure of a dataset by rows and columns, as page, drawing and CSV. The address says all of it.

use super::rest::misfit;
use super::{Published, read_in_background};
use crate::http::App;
use crate::http::portal::html;
use crate::http::problem::Problem;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dtm_model::Lang;
use dtm_protect::{Heading, Release};
use dtm_publish::dataset::{self, Column, Dataset, Filter, Form, Labels, Layout, Role};
use dtm_publish::drawing::class_breaks;
use dtm_publish::page::{self, Explored};

/// Parameters that are no conditions.
const OPTIONS: [&str; 5] = ["dataset", "rows", "columns", "measure", "as"];
/// Columns that say the round, and those that say the level of an area.
const ROUNDS: [&str; 2] = ["round", "roundNumber"];
const AREA: &str = "area";
/// Answers of households, which are looked at one by one: a household gives several.
const NEED: &str = "need";
const LEVEL: &str = "area_level";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/{lang}/{operation}/explore", get(explorer))
        .route("/{lang}/{operation}/explore.csv", get(csv))
        .route("/{lang}/{operation}/explore.svg", get(svg))
}

type Asked = (State<App>, Path<(String, String)>, Query<Vec<(String, String)>>);

/// What to make of what is explored.
async fn made<T: Send + 'static>(
    (State(app), Path((lang, operation)), Query(parameters)): Asked,
    headers: &HeaderMap,
    make: impl FnOnce(&Explored<'_, '_>) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let lang = Lang::from_code(&lang).ok_or_else(Problem::not_found)?;
    let published = Published::now(&app, &operation).await?;
    let origin = app.base_url(headers);
    read_in_background(move || explored(&published, &parameters, (&origin, lang), make)).await
}

async fn explorer(
    state: State<App>,
    path: Path<(String, String)>,
    parameters: Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let page = made((state, path, parameters), &headers, |explored| Ok(page::explore(explored))).await?;
    Ok(html(&headers, page))
}

async fn csv(
    state: State<App>,
    path: Path<(String, String)>,
    parameters: Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let text = made((state, path, parameters), &headers, |explored| {
        page::explored_csv(explored).map_err(|why| Problem::bad_request("not_added_up", why.clone(), why))
    });
    let kind = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"explored.csv\""),
    ];
    Ok((kind, text.await?).into_response())
}

async fn svg(
    state: State<App>,
    path: Path<(String, String)>,
    parameters: Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let drawn = made((state, path, parameters), &headers, |explored| {
        if let Err(why) = &explored.pivot {
            return Err(Problem::bad_request("not_added_up", why.clone(), why.clone()));
        }
        explored.drawn(true).ok_or_else(Problem::not_found)
    });
    let kind =
        [(header::CONTENT_TYPE, "image/svg+xml"), (header::CONTENT_DISPOSITION, "inline; filename=\"explored.svg\"")];
    Ok((kind, drawn.await?.0).into_response())
}

fn explored<T>(
    published: &Published,
    parameters: &[(String, String)],
    (origin, lang): (&str, Lang),
    make: impl FnOnce(&Explored<'_, '_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let given = |name: &str| {
        let found = parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    };
    let (releases, atlas) = (published.releases(), &published.edition.atlas);
    let of = |name: &str, filter: Filter| {
        let form = Form { labels: Labels::Codes, layout: Layout::Wide, filter };
        dataset::of(name, &releases, atlas, &form)
    };
    let whole_of =
        |name: &str| of(name, Filter::default()).map_err(|problem| misfit(&problem))?.ok_or_else(Problem::not_found);
    let all = dataset::all(&releases, atlas, &Form::named(lang)).map_err(|problem| misfit(&problem))?;
    // What has no measure has nothing to explore.
    let counts = |set: &&Dataset<'_>| set.columns().iter().any(Column::adds_up);
    let datasets: Vec<(String, String)> =
        all.iter().filter(counts).map(|set| (set.name().to_owned(), set.title().get(lang).to_owned())).collect();
    let first =
        datasets.iter().find(|(name, _)| name == "areas").or(datasets.first()).ok_or_else(Problem::not_found)?;
    let name = given("dataset").unwrap_or(&first.0).to_owned();
    let whole = whole_of(&name)?;
    let known = |name: &&str| whole.column(name).is_some();
    let measures = || whole.columns().iter().filter(|column| column.adds_up());
    let measure = given("measure").filter(|name| measures().any(|column| column.name == *name));
    // Of households, what they answered says more than that they did.
    let usual = measures().find(|column| column.name == "with_hh").or(measures().next());
    let measure = measure.or(usual.map(|column| column.name.as_str())).ok_or_else(Problem::not_found)?;
    let is_key = |name: &&str| whole.columns().iter().any(|column| column.name == **name && column.role == Role::Key);
    let usual = [NEED, AREA, "admin1Pcode", "round", "roundNumber"].into_iter().find(|name| known(name));
    let rows = given("rows").filter(is_key).or(usual).ok_or_else(Problem::not_found)?;
    let columns = given("columns").filter(is_key).filter(|name| *name != rows);
    let newest = newest_of(published, &whole).ok_or_else(Problem::not_found)?;
    let conditions = conditions(&whole, newest.heading(), parameters, (rows, columns));
    let filter = Filter::new(conditions.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let (chosen, refused) = match of(&name, filter) {
        Ok(chosen) => (chosen.ok_or_else(Problem::not_found)?, None),
        Err(problem) => (whole_of(&name)?, Some(problem.message(lang))),
    };
    let pivot = match refused {
        Some(why) => Err(why),
        None => dataset::pivot(&chosen, rows, columns, measure).map_err(|problem| problem.message(lang)),
    };
    // Classes are those of all rounds, so that what is drawn of one compares with the next.
    let every_round: Vec<(&str, &str)> = conditions
        .iter()
        .filter(|(name, _)| !ROUNDS.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let round = ROUNDS.into_iter().find(|name| known(name) && columns.is_none() && *name != rows);
    let breaks = match (&pivot, round) {
        (Ok(_), Some(round)) => {
            let wide = of(&name, Filter::new(every_round)).ok().flatten();
            wide.and_then(|wide| dataset::pivot(&wide, rows, Some(round), measure).ok())
        }
        (Ok(pivot), None) => Some(pivot.clone()),
        (Err(_), _) => None,
    };
    let numbers =
        breaks.iter().flat_map(|pivot| pivot.cells.iter().flatten().flatten().filter_map(|cell| cell.value.number()));
    let breaks = class_breaks(numbers);
    make(&Explored {
        origin,
        operation: &published.operation.slug,
        datasets,
        dataset: &chosen,
        rows,
        columns,
        measure,
        picture: given("as"),
        conditions: &conditions,
        pivot,
        breaks,
        newest,
        atlas,
        lang,
    })
}

/// The newest round that the dataset has something of, one of the main exercise before those of others.
fn newest_of<'a>(published: &Published, whole: &Dataset<'a>) -> Option<&'a Release> {
    let main = published.edition.main.last().map(|release| &release.heading().exercise);
    let of_main = |release: &&&Release| Some(&release.heading().exercise) == main;
    let newest = whole.releases().iter().rev().find(of_main).or(whole.releases().last());
    newest.copied()
}

/// The conditions asked for, and those without which nothing could be said: the newest round where rounds are neither rows nor
/// columns, one level where areas are.
fn conditions(
    whole: &Dataset<'_>,
    newest: &Heading,
    parameters: &[(String, String)],
    (rows, columns): (&str, Option<&str>),
) -> Vec<(String, String)> {
    let is_told_apart = |name: &str| name == rows || Some(name) == columns;
    // A condition of another dataset is left behind when the dataset is changed.
    let mut conditions: Vec<(String, String)> = parameters
        .iter()
        .filter(|(name, value)| !OPTIONS.contains(&name.as_str()) && !value.trim().is_empty())
        .filter(|(name, _)| whole.column(name).is_some() && !is_told_apart(name))
        .map(|(name, value)| (name.clone(), value.trim().to_owned()))
        .collect();
    let exercises = whole.releases().iter().map(|release| &release.heading().exercise);
    let mut add = |name: &str, value: &str| {
        let is_known = whole.column(name).is_some();
        if is_known && !is_told_apart(name) && !conditions.iter().any(|(known, _)| known == name) {
            conditions.push((name.to_owned(), value.to_owned()));
        }
    };
    if !ROUNDS.iter().any(|name| is_told_apart(name)) {
        for name in ROUNDS {
            add(name, newest.round.as_str());
        }
    }
    if exercises.into_iter().any(|exercise| *exercise != newest.exercise) {
        add("exercise", &newest.exercise);
    }
    if is_told_apart(AREA) {
        add(LEVEL, "1");
    }
    conditions
}
