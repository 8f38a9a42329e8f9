//! Operations and rounds: where each stands, what the checks noticed, what comes next.

use super::super::problem::Problem;
use dtm_store::Role;
use super::{App, Desk, Said, find_operation, find_round, round_address, said};
use crate::cli::Mistakes;
use crate::journey::{release, settle};
use crate::world;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dtm_model::{Exercise, Operation, Round, RoundState, Severity, Text};
use dtm_protect::Policy;
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use serde::Deserialize;

/// A round in a list.
struct RoundLine {
    label: String,
    href: String,
    dates: String,
    state: &'static str,
    submissions: String,
    records: String,
}

/// An exercise with its rounds, newest first.
struct ExerciseLines {
    name: String,
    rounds: Vec<RoundLine>,
}

/// An operation with its exercises.
struct OperationLines {
    name: String,
    country: String,
    slug: String,
    public: String,
    exercises: Vec<ExerciseLines>,
}

#[derive(Template)]
#[template(path = "office/home.html")]
struct HomeView {
    w: &'static Words,
    operations: Vec<OperationLines>,
}

async fn lines(app: &App, desk: &Desk, operation: &Operation, most: usize) -> Result<OperationLines, Problem> {
    let w = desk.words();
    let mut exercises = Vec::new();
    for exercise in app.store.exercises(&operation.id).await? {
        let mut rounds = Vec::new();
        for round in app.store.rounds(&exercise.id).await?.into_iter().rev().take(most) {
            rounds.push(RoundLine {
                label: round.label.to_string(),
                href: round_address(operation, &exercise, &round),
                dates: w.date_range(round.starts_on, round.ends_on),
                state: round.state.code(),
                submissions: match app.store.count_submissions(&round.id).await? {
                    0 => String::new(),
                    n => w.t_n("office-submissions-n", n as i64),
                },
                records: w.number(app.store.count_records(&round.id).await? as i64),
            });
        }
        exercises.push(ExerciseLines { name: w.text(&exercise.name).to_owned(), rounds });
    }
    Ok(OperationLines {
        name: w.text(&operation.name).to_owned(),
        country: w.text(&operation.country).to_owned(),
        slug: operation.slug.clone(),
        public: links::country(desk.lang, &operation.slug),
        exercises,
    })
}

pub(super) async fn home(State(app): State<App>, desk: Desk) -> Result<Response, Problem> {
    desk.must_be(Role::Viewer)?;
    let mut operations = Vec::new();
    for operation in app.store.operations().await? {
        operations.push(lines(&app, &desk, &operation, 3).await?);
    }
    let view = HomeView { w: desk.words(), operations };
    desk.page(&desk.words().t("office"), view.render())
}

#[derive(Template)]
#[template(path = "office/operation.html")]
struct OperationView {
    w: &'static Words,
    operation: OperationLines,
    officer: bool,
}

pub(super) async fn operation(State(app): State<App>, desk: Desk, Path(slug): Path<String>) -> Result<Response, Problem> {
    desk.must_be(Role::Viewer)?;
    let operation = find_operation(&app, &slug).await?;
    let operation = lines(&app, &desk, &operation, 200).await?;
    let title = operation.name.clone();
    let view = OperationView { w: desk.words(), operation, officer: desk.may(Role::Officer) };
    desk.page(&title, view.render())
}

/// One step of a round's progress.
struct Step {
    state: &'static str,
    done: bool,
    now: bool,
}

/// One number with its words.
struct Count {
    n: String,
    what: String,
}

/// One line of the comparison with the round before.
struct ChangeLine {
    what: String,
    before: String,
    now: String,
    change: String,
    strong: bool,
}

/// A release of the round.
struct ReleaseLine {
    version: String,
    audience: String,
    made: String,
    withdrawn: bool,
}

#[derive(Template)]
#[template(path = "office/round.html")]
struct RoundView {
    w: &'static Words,
    said: String,
    operation: String,
    operation_href: String,
    exercise: String,
    label: String,
    dates: String,
    here: String,
    public: String,
    steps: Vec<Step>,
    submissions: String,
    records: String,
    settled: bool,
    coverage: Vec<Count>,
    blocks: String,
    confirms: String,
    notes: String,
    no_findings: bool,
    compared_with: Option<String>,
    changes: Vec<ChangeLine>,
    releases: Vec<ReleaseLine>,
    next: Option<&'static str>,
    back: Option<&'static str>,
    may_settle: bool,
    may_release: bool,
    needs_reason: bool,
    may_read: bool,
}

async fn view(app: &App, desk: &Desk, operation: &Operation, exercise: &Exercise, round: &Round, said: String) -> Result<RoundView, Problem> {
    let w = desk.words();
    let tables = settle::tables_of_round(&app.store, &app.blobs, round).await?;
    let findings = app.store.findings(&round.id).await?;
    let open = |severity: Severity| {
        findings.iter().filter(|stored| stored.finding.severity == severity && stored.resolved_at.is_none()).count() as i64
    };
    let count = |n: u32, key: &str| Count { n: w.number(i64::from(n)), what: w.t(key) };
    let coverage = match &tables {
        Some((_, c)) => vec![
            count(c.planned, "office-coverage-planned"),
            count(c.reached, "office-coverage-reached"),
            count(c.carried, "office-coverage-carried"),
            count(c.dropped, "office-coverage-dropped"),
            count(c.closed, "office-coverage-closed"),
        ],
        None => Vec::new(),
    };
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let comparison = settle::comparison(&app.store, &app.blobs, exercise, round, &atlas).await?;
    let number = |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| w.number(n));
    let line = |what: String, before: Option<i64>, now: Option<i64>, strong: bool| ChangeLine {
        what,
        before: number(before),
        now: number(now),
        change: match (before, now) {
            (Some(before), Some(now)) => w.difference(now - before),
            _ => "–".to_owned(),
        },
        strong,
    };
    let mut changes = Vec::new();
    if let Some((_, c)) = &comparison {
        changes.push(line(w.t("office-idps"), c.before, c.after, true));
        let like = w.t_n("office-like-for-like", i64::from(c.like_for_like.n_places));
        changes.push(line(like, Some(c.like_for_like.before), Some(c.like_for_like.after), false));
        for (pcode, area) in &c.areas {
            if let Some(known) = atlas.area(pcode).filter(|known| known.level == 1) {
                changes.push(line(w.text(&known.name).to_owned(), area.before, area.after, false));
            }
        }
    }
    let releases = app.store.releases_of(&round.id).await?;
    let officer = desk.may(Role::Officer);
    let at = RoundState::ALL.iter().position(|state| *state == round.state).unwrap_or(0);
    let movable = |to: Option<&RoundState>| {
        to.filter(|to| officer && **to != RoundState::Published && round.state.may_become(**to)).map(|to| to.code())
    };
    let n_records = app.store.count_records(&round.id).await?;
    let published_here = crate::journey::edition::of(app, operation).await?.round(&round.label).is_some();
    Ok(RoundView {
        w,
        said,
        operation: w.text(&operation.name).to_owned(),
        operation_href: format!("/office/o/{}", links::encode(&operation.slug)),
        exercise: w.text(&exercise.name).to_owned(),
        label: round.label.to_string(),
        dates: w.date_range(round.starts_on, round.ends_on),
        here: round_address(operation, exercise, round),
        public: if published_here { links::round(desk.lang, &operation.slug, &round.label) } else { String::new() },
        steps: RoundState::ALL
            .iter()
            .enumerate()
            .map(|(i, state)| Step { state: state.code(), done: i < at, now: i == at })
            .collect(),
        submissions: w.t_n("office-submissions-n", app.store.count_submissions(&round.id).await? as i64),
        records: w.t_n("office-records-n", n_records as i64),
        settled: tables.is_some(),
        coverage,
        no_findings: findings.iter().all(|stored| stored.resolved_at.is_some()),
        blocks: w.number(open(Severity::Block)),
        confirms: w.number(open(Severity::Confirm)),
        notes: w.number(open(Severity::Note)),
        compared_with: comparison.map(|(label, _)| label.to_string()),
        changes,
        needs_reason: !releases.is_empty(),
        releases: releases
            .iter()
            .map(|row| ReleaseLine {
                version: w.t_n("office-version", i64::from(row.version)),
                audience: row.audience.clone(),
                made: w.date(row.made_at.date()),
                withdrawn: row.withdrawn_at.is_some(),
            })
            .collect(),
        next: movable(RoundState::ALL.get(at + 1)),
        back: at.checked_sub(1).and_then(|before| movable(RoundState::ALL.get(before))),
        may_settle: officer && round.state >= RoundState::Collecting,
        may_release: officer && round.state >= RoundState::Cleared,
        may_read: n_records > 0 && desk.may(Role::Reviewer),
    })
}

pub(super) async fn round(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    desk.must_be(Role::Viewer)?;
    let (operation, exercise, round) = find_round(&app, &operation, &exercise, &round).await?;
    let title = desk.words().t_args("office-round", &[("label", Arg::from(round.label.as_str()))]);
    let view = view(&app, &desk, &operation, &exercise, &round, told.said).await?;
    desk.page(&title, view.render())
}

#[derive(Deserialize)]
pub(super) struct Act {
    act: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    reason_en: String,
    #[serde(default)]
    reason_fr: String,
}

/// What a person cannot do is said with every reason, as a problem that becomes a page.
fn refused(error: anyhow::Error) -> Problem {
    match error.downcast::<Mistakes>() {
        Ok(mistakes) => {
            let mut problem = Problem::new(
                StatusCode::CONFLICT,
                "not_yet",
                409.4,
                Text::both("This cannot be done yet.", "Cela ne peut pas encore se faire."),
            );
            problem.details = mistakes.lines.into_iter().map(serde_json::Value::from).collect();
            problem
        }
        Err(other) => other.into(),
    }
}

pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Form(act): Form<Act>,
) -> Result<Response, Problem> {
    let stamp = desk.must_be(Role::Officer)?.stamp();
    let w = desk.words();
    let (operation, exercise, round) = find_round(&app, &operation, &exercise, &round).await?;
    let (store, blobs) = (&app.store, &app.blobs);
    let told = match act.act.as_str() {
        "move" => {
            let to = RoundState::from_code(&act.to).ok_or_else(Problem::not_found)?;
            if to == RoundState::Published {
                return Err(Problem::forbidden());
            }
            settle::before_move(store, &round, to, desk.lang).await.map_err(refused)?;
            store.move_round(&round.id, round.state, to, "", &stamp).await?;
            w.t_args("office-moved", &[("state", Arg::from(w.t(&format!("office-state-{}", to.code()))))])
        }
        "settle" => {
            let settled = settle::settle(store, blobs, &operation, &exercise, &round, world::today(), &stamp).await.map_err(refused)?;
            let numbers = [("figures", Arg::from(settled.n_figures as i64)), ("findings", Arg::from(settled.findings.len() as i64))];
            w.t_args("office-settled", &numbers)
        }
        "release" => {
            let mut reason = Text::new();
            for (code, words) in [("en", &act.reason_en), ("fr", &act.reason_fr)] {
                if !words.trim().is_empty() {
                    reason = reason.with(code, words.trim());
                }
            }
            let release = release::make(store, blobs, &operation, &exercise, &round, &Policy::public(), reason, &stamp)
                .await
                .map_err(refused)?;
            let numbers =
                [("version", Arg::from(i64::from(release.version()))), ("hidden", Arg::from(release.hidden().len() as i64))];
            w.t_args("office-released", &numbers)
        }
        _ => return Err(Problem::not_found()),
    };
    Ok(said(&round_address(&operation, &exercise, &round), &told).into_response())
}
