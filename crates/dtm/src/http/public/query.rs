//! The query builder: builds an address of our own API and shows what it answers, from what is really published.

use super::rest::misfit;
use super::{Published, read_in_background};
use crate::http::App;
use crate::http::portal::html;
use crate::http::problem::Problem;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use dtm_model::Lang;
use dtm_publish::dataset::{self, Column, Dataset, Filter, Form, Kind, Labels, Layout};
use dtm_publish::page::{self, Answer, QUERY_SHOWN, QueryPage};

/// Parameters that are no conditions.
const OPTIONS: [&str; 4] = ["dataset", "show", "measure", "per"];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/{lang}/{operation}/query", get(builder))
}

async fn builder(
    State(app): State<App>,
    Path((lang, operation)): Path<(String, String)>,
    Query(parameters): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = Lang::from_code(&lang).ok_or_else(Problem::not_found)?;
    let published = Published::now(&app, &operation).await?;
    let origin = app.base_url(&headers);
    let page = read_in_background(move || built(&published, &parameters, &origin, lang)).await?;
    Ok(html(&headers, page))
}

fn built(published: &Published, parameters: &[(String, String)], origin: &str, lang: Lang) -> Result<String, Problem> {
    let given = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let (releases, atlas) = (published.releases(), &published.edition.atlas);
    let all = dataset::all(&releases, atlas, &Form::named(lang)).map_err(|problem| misfit(&problem))?;
    let datasets: Vec<_> = all.iter().map(|set| (set.name().to_owned(), set.title().get(lang).to_owned())).collect();
    let first = all.iter().find(|set| set.name() == "areas").or(all.first()).ok_or_else(Problem::not_found)?;
    let name = given("dataset").unwrap_or(first.name());
    let plain = Form { labels: Labels::Codes, layout: Layout::Wide, filter: Filter::default() };
    let set = dataset::of(name, &releases, atlas, &plain).map_err(|problem| misfit(&problem))?;
    let set = set.ok_or_else(Problem::not_found)?;
    let is_measure = |column: &&Column| column.adds_up();
    let measures: Vec<&Column> = set.columns().iter().filter(is_measure).collect();
    let measure = given("measure").filter(|name| measures.iter().any(|column| column.name == *name));
    let measure = measure.or(measures.first().map(|column| column.name.as_str())).unwrap_or_default().to_owned();
    let per: Vec<String> =
        parameters.iter().filter(|(name, _)| name == "per").map(|(_, value)| value.clone()).collect();
    // A condition of another dataset is left behind when the dataset is changed.
    let conditions: Vec<(String, String)> = parameters
        .iter()
        .filter(|(name, value)| !OPTIONS.contains(&name.as_str()) && !value.trim().is_empty())
        .filter(|(name, _)| set.column(name).is_some())
        .map(|(name, value)| (name.clone(), value.trim().to_owned()))
        .collect();
    let per: Vec<String> = per.into_iter().filter(|name| set.column(name).is_some()).collect();
    let sums = given("show") == Some("sums");
    let filter = Filter::new(conditions.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let answer = match dataset::of(name, &releases, atlas, &Form { filter, ..plain }) {
        Err(problem) => Err(problem.message(lang)),
        Ok(None) => return Err(Problem::not_found()),
        Ok(Some(chosen)) if sums => summed(&chosen, &per, &measure, lang),
        Ok(Some(chosen)) => Ok(listed(&chosen)),
    };
    Ok(page::query(&QueryPage {
        origin,
        operation: &published.operation.slug,
        datasets,
        dataset: &set,
        sums,
        conditions: &conditions,
        per: &per,
        measure: &measure,
        answer,
        lang,
    }))
}

fn listed(set: &Dataset<'_>) -> Answer {
    let is_number = |column: &Column| matches!(column.kind, Kind::Integer | Kind::Decimal);
    let mut rows: Vec<Vec<String>> = set
        .rows()
        .take(QUERY_SHOWN + 1)
        .map(|row| row.cells.iter().zip(set.columns()).map(|(cell, column)| cell.plain(column).into_owned()).collect())
        .collect();
    let more = rows.len() > QUERY_SHOWN;
    rows.truncate(QUERY_SHOWN);
    Answer { head: set.columns().iter().map(|column| (column.name.clone(), is_number(column))).collect(), rows, more }
}

fn summed(set: &Dataset<'_>, per: &[String], measure: &str, lang: Lang) -> Result<Answer, String> {
    let per: Vec<&str> = per.iter().map(String::as_str).collect();
    let sums = dataset::sum(set, &per, measure).map_err(|problem| problem.message(lang))?;
    let more = sums.rows.len() > QUERY_SHOWN;
    let rows = sums.rows.into_iter().take(QUERY_SHOWN).map(|row| {
        let state = if row.hidden {
            "hidden"
        } else if row.value.is_some() {
            "shown"
        } else {
            "nothing"
        };
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        let counted = [number(row.value), state.to_owned(), row.at_least.to_string()];
        row.key.into_iter().chain(counted).collect()
    });
    let counted = [("value", true), ("state", false), ("atLeast", true)].map(|(name, is)| (name.to_owned(), is));
    let head = sums.by.into_iter().map(|name| (name, false)).chain(counted).collect();
    Ok(Answer { head, rows: rows.collect(), more })
}
