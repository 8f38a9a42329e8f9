//! Where the people of a round came from and where they are; the same fitted to sums known from elsewhere; and where their
//! number changed its level over the rounds.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::{App, Desk, RoundHead, round_address};
use crate::http::table_file;
use crate::journey::RoundOf;
use crate::journey::origins::{self, Margin, Movements, Unfit};
use crate::spreadsheet::Kind;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use dtm_model::Pcode;
use dtm_publish::words::{Arg, Words};
use serde::Deserialize;

/// The longest list of known sums.
const LONGEST: usize = 6000;

/// An origin with the people in each area and in all.
struct Row {
    name: String,
    cells: Vec<String>,
    sum: String,
}

/// What an area lost and gained.
struct Balance {
    name: String,
    within: String,
    gone: String,
    come: String,
    net: String,
}

/// A round with its number of people, and the level of the stretch it lies in.
struct Step {
    label: String,
    persons: String,
    level: String,
    /// Whether a new level begins here.
    is_new: bool,
}

#[derive(Template)]
#[template(path = "office/origins.html")]
struct OriginsView {
    w: &'static Words,
    mistakes: Option<(String, Vec<String>)>,
    round: RoundHead,
    here: String,
    is_settled: bool,
    destinations: Vec<String>,
    rows: Vec<Row>,
    balances: Vec<Balance>,
    /// Lines of codes, to be filled in.
    left: String,
    arrived: String,
    fitted: Vec<Row>,
    /// How the fit went.
    told: String,
    steps: Vec<Step>,
    /// What the levels say, in a sentence.
    levels: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    left: String,
    arrived: String,
}

/// The rows of a table; the numbers are whole.
fn rows(w: &Words, seen: &Movements, cells: &[Vec<f64>]) -> Vec<Row> {
    let number = |n: f64| if n == 0.0 { "–".to_owned() } else { w.number(n.round() as i64) };
    let row = |(code, cells): (&String, &Vec<f64>)| Row {
        name: seen.title(code, w),
        cells: cells.iter().map(|n| number(*n)).collect(),
        sum: number(cells.iter().sum()),
    };
    seen.table.origins.iter().zip(cells).map(row).collect()
}

/// Why known sums cannot be used, in words.
fn why(w: &Words, unfit: &Unfit) -> String {
    let list = |key: &str, codes: &[String]| w.t_args(key, &[("codes", Arg::from(codes.join(", ").as_str()))]);
    match unfit {
        Unfit::Line(line) => w.t_args("origins-bad-line", &[("line", Arg::from(line.as_str()))]),
        Unfit::Missing(codes) => list("origins-missing", codes),
        Unfit::Unknown(codes) => list("origins-not-here", codes),
        Unfit::Fit(error) => w.typeset(&error.message(w.lang())),
    }
}

/// The codes of areas, a line each, to write sums beside.
fn blank<'a>(codes: impl Iterator<Item = &'a str>) -> String {
    codes.map(|code| format!("{code} ")).collect::<Vec<_>>().join("\n")
}

fn steps(w: &Words, seen: &Movements) -> Vec<Step> {
    let cut = seen.levels();
    let best = cut.as_ref().ok().map(|cut| &cut.by_breaks[cut.best]);
    let at = |n: usize| best.map(|best| best.breaks.iter().filter(|last| n >= **last).count());
    let step = |(n, (label, persons)): (usize, &(dtm_model::RoundLabel, i64))| Step {
        label: label.as_str().to_owned(),
        persons: w.number(*persons),
        level: at(n)
            .and_then(|of| best?.means.get(of).copied())
            .map(|mean| w.number(mean.round() as i64))
            .unwrap_or_default(),
        is_new: best.is_some_and(|best| best.breaks.contains(&n)),
    };
    seen.series.iter().enumerate().map(step).collect()
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    // Figures before anything is hidden: for those to whom every record is open.
    desk.must(Verb::SubmissionList, On::Project(&operation.id))?;
    let w = desk.words();
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let seen = origins::of(&app.store, &app.blobs, of).await?;
    let mut view = OriginsView {
        w,
        mistakes: None,
        round: RoundHead::new(w, &operation, &exercise, &round),
        here: format!("{}/origins", round_address(&operation, &exercise, &round)),
        is_settled: seen.is_some(),
        destinations: Vec::new(),
        rows: Vec::new(),
        balances: Vec::new(),
        left: asked.left.chars().take(LONGEST).collect(),
        arrived: asked.arrived.chars().take(LONGEST).collect(),
        fitted: Vec::new(),
        told: String::new(),
        steps: Vec::new(),
        levels: String::new(),
    };
    if let Some(seen) = &seen {
        fill(&mut view, w, seen);
    }
    desk.answer(&w.t("origins-title"), view.render(), view.mistakes.is_some())
}

/// The origin table as a file.
pub(super) async fn file(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round, file)): Path<(String, String, String, String)>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    desk.must(Verb::SubmissionList, On::Project(&operation.id))?;
    let kind = Kind::asked(&file, "origins").ok_or_else(Problem::not_found)?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let seen = origins::of(&app.store, &app.blobs, of).await?.ok_or_else(Problem::not_found)?;
    table_file(&origins::table(&seen, desk.words()), kind, &file)
}

fn fill(view: &mut OriginsView, w: &'static Words, seen: &Movements) {
    let whole: Vec<Vec<f64>> =
        seen.table.people.iter().map(|row| row.iter().map(|people| *people as f64).collect()).collect();
    view.destinations = seen.table.destinations.iter().map(|code| seen.title(code.as_str(), w)).collect();
    view.rows = rows(w, seen, &whole);
    let balance = |(area, balance): (Pcode, dtm_process::rounds::OriginBalance)| Balance {
        name: seen.title(area.as_str(), w),
        within: w.number(balance.within),
        gone: w.number(balance.gone_elsewhere),
        come: w.number(balance.from_elsewhere),
        net: w.difference(balance.net()),
    };
    view.balances = seen.table.balances().into_iter().map(balance).collect();
    (view.steps, view.levels) = (steps(w, seen), seen.levels_told(w));
    if view.left.trim().is_empty() && view.arrived.trim().is_empty() {
        view.left = blank(seen.table.origins.iter().map(String::as_str));
        view.arrived = blank(seen.table.destinations.iter().map(Pcode::as_str));
        return;
    }
    let read = Margin::read(&view.left).and_then(|left| Ok((left, Margin::read(&view.arrived)?)));
    match read.and_then(|(left, arrived)| seen.fitted(&left, &arrived)) {
        Ok(fit) => {
            let numbers =
                [("turns", Arg::from(i64::from(fit.turns))), ("error", Arg::from(w.decimal(fit.largest_error, 1)))];
            view.told = w.t_args(if fit.converged { "origins-fitted" } else { "origins-not-fitted" }, &numbers);
            view.fitted = rows(w, seen, &fit.cells);
        }
        Err(unfit) => view.mistakes = Some((w.t("origins-unfit"), vec![why(w, &unfit)])),
    }
}
