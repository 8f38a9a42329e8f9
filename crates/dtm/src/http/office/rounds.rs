//! Operations and rounds: where each stands, what the checks noticed, what comes next.

use super::super::problem::Problem;
use super::super::scope::places_of_round;
use super::super::viewer::{On, Verb};
use super::clock::Clock;
use super::mapping;
use super::submissions::Names;
use super::visits::{self, CountLine};
use super::{App, Desk, OperationHead, Said, round_address, said};
use crate::cli::Mistakes;
use crate::journey::analysis::{self, Analysis};
use crate::journey::progress::{self, Progress, Step, StepState};
use crate::journey::{RoundOf, plan, release, settle, verification};
use crate::journey::{events, needs};
use crate::world;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dtm_model::{Atlas, Exercise, Operation, Pcode, Round, RoundState, Text, Ticked, Tool};
use dtm_process::events::AreaReconciliation;
use dtm_process::rounds::Standing;
use dtm_protect::Policy;
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use dtm_store::Stamp;
use serde::Deserialize;

/// A round in a list.
struct RoundLine {
    label: String,
    href: String,
    dates: String,
    state: &'static str,
    records: String,
}

/// An exercise with its rounds, newest first.
struct ExerciseLines {
    name: String,
    rounds: Vec<RoundLine>,
}

/// An operation with its exercises.
struct OperationLines {
    head: OperationHead,
    country: String,
    exercises: Vec<ExerciseLines>,
}

#[derive(Template)]
#[template(path = "office/home.html")]
struct HomeView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operations: Vec<OperationLines>,
    may_add: bool,
    given: NewOperation,
}

/// What the form for an operation holds.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct NewOperation {
    slug: String,
    name_en: String,
    name_fr: String,
    country_en: String,
    country_fr: String,
    iso3: String,
    admin0: String,
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
                records: w.number(app.store.count_records(&round.id).await? as i64),
            });
        }
        exercises.push(ExerciseLines { name: w.text(&exercise.name).to_owned(), rounds });
    }
    let head = OperationHead::new(app, desk, operation).await?;
    Ok(OperationLines { head, country: w.text(&operation.country).to_owned(), exercises })
}

async fn home_page(
    app: &App,
    desk: &Desk,
    told: String,
    mistakes: Option<(String, Vec<String>)>,
    given: NewOperation,
) -> Result<Response, Problem> {
    desk.viewer()?;
    let mut operations = Vec::new();
    for operation in app.store.operations().await? {
        if !desk.can(Verb::RoundRead, On::Project(&operation.id)) {
            continue;
        }
        operations.push(lines(app, desk, &operation, 3).await?);
    }
    let may_add = desk.can(Verb::ProjectCreate, On::Site);
    let view = HomeView { w: desk.words(), said: told, mistakes, operations, may_add, given };
    desk.answer(&desk.words().t("office"), view.render(), view.mistakes.is_some())
}

pub(super) async fn home(State(app): State<App>, desk: Desk, Query(told): Query<Said>) -> Result<Response, Problem> {
    home_page(&app, &desk, told.sentence(desk.words()), None, NewOperation::default()).await
}

/// Adds an operation.
pub(super) async fn add_operation(
    State(app): State<App>,
    desk: Desk,
    Form(given): Form<NewOperation>,
) -> Result<Response, Problem> {
    let viewer = desk.must(Verb::ProjectCreate, On::Site)?;
    let both = |en: &str, fr: &str| Text::both(en.trim(), if fr.trim().is_empty() { en.trim() } else { fr.trim() });
    let new = plan::NewOperation {
        slug: given.slug.trim().to_owned(),
        name: both(&given.name_en, &given.name_fr),
        country: both(&given.country_en, &given.country_fr),
        iso3: given.iso3.trim().to_ascii_uppercase(),
        admin0: given.admin0.clone(),
    };
    match plan::operation(&app.store, new, desk.lang, &viewer.stamp()).await {
        Ok(operation) => Ok(said(&super::operation_address(&operation), "office-operation-added", &[]).into_response()),
        Err(error) => home_page(&app, &desk, String::new(), Some(mistakes_in(error, &desk)?), given).await,
    }
}

/// What a person typed wrong; other failures stay failures.
fn mistakes_in(error: anyhow::Error, desk: &Desk) -> Result<(String, Vec<String>), Problem> {
    let mistakes = error.downcast::<Mistakes>()?;
    let w = desk.words();
    Ok((w.t("office-plan-mistakes"), mistakes.lines.iter().map(|line| w.typeset(line)).collect()))
}

/// What the forms for an exercise and a round hold.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Planned {
    act: String,
    slug: String,
    name_en: String,
    name_fr: String,
    tool: String,
    exercise: String,
    label: String,
    starts: String,
    ends: String,
    scope: String,
    zone: String,
}

#[derive(Template)]
#[template(path = "office/operation.html")]
struct OperationView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    country: String,
    exercise_lines: Vec<ExerciseLines>,
    /// Alerts of events that nobody has seen to.
    open_alerts: i64,
    may_plan: bool,
    may_add: bool,
    tools: Vec<(&'static str, String)>,
    /// Short name and name of each exercise.
    exercises: Vec<(String, String)>,
    /// The time zone of the operation by its name in the zone table, and all that there are.
    zone: String,
    zones: Vec<&'static str>,
    given: Planned,
}

async fn operation_page(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    told: String,
    mistakes: Option<(String, Vec<String>)>,
    given: Planned,
) -> Result<Response, Problem> {
    let w = desk.words();
    let exercises = app.store.exercises(&operation.id).await?;
    let on = On::Project(&operation.id);
    let OperationLines { head, country, exercises: exercise_lines } = lines(app, desk, operation, 200).await?;
    let view = OperationView {
        w,
        said: told,
        mistakes,
        open_alerts: match desk.can(Verb::SubmissionList, on) {
            true => app.store.count_open_alerts(&operation.id).await? as i64,
            false => 0,
        },
        may_plan: desk.can(Verb::RoundUpdate, on) && !exercises.is_empty(),
        may_add: desk.can(Verb::ProjectUpdate, on),
        tools: Tool::ALL.iter().map(|tool| (tool.code(), w.label("tool", tool.code()))).collect(),
        exercises: exercises.into_iter().map(|one| (one.slug, w.text(&one.name).to_owned())).collect(),
        zone: match given.act.as_str() {
            "zone" => given.zone.clone(),
            _ => operation.time_zone.clone().unwrap_or_default(),
        },
        zones: if desk.can(Verb::ProjectUpdate, on) { plan::zone_names().collect() } else { Vec::new() },
        operation: head,
        country,
        exercise_lines,
        given,
    };
    desk.answer(&view.operation.name, view.render(), view.mistakes.is_some())
}

pub(super) async fn operation(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundRead, &slug).await?;
    operation_page(&app, &desk, &operation, told.sentence(desk.words()), None, Planned::default()).await
}

/// Adds an exercise, or plans a round.
pub(super) async fn plan(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Form(given): Form<Planned>,
) -> Result<Response, Problem> {
    let verb = if ["exercise", "zone"].contains(&given.act.as_str()) { Verb::ProjectUpdate } else { Verb::RoundUpdate };
    let operation = desk.operation(&app, verb, &slug).await?;
    let (here, stamp) = (super::operation_address(&operation), desk.viewer()?.stamp());
    let outcome = match given.act.as_str() {
        "exercise" => add_exercise(&app, &desk, &operation, &given, &stamp).await.map(|()| "office-exercise-added"),
        "round" => plan_round(&app, &desk, &operation, &given, &stamp).await.map(|()| "office-round-planned"),
        "zone" => {
            plan::set_time_zone(&app.store, &operation, &given.zone, desk.lang, &stamp).await.map(|_| "office-zone-set")
        }
        other => return Err(Problem::unexpected_value("act", other)),
    };
    match outcome {
        Ok(what) => Ok(said(&here, what, &[]).into_response()),
        Err(error) => {
            let mistakes = mistakes_in(error, &desk)?;
            operation_page(&app, &desk, &operation, String::new(), Some(mistakes), given).await
        }
    }
}

async fn add_exercise(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    given: &Planned,
    stamp: &Stamp,
) -> anyhow::Result<()> {
    let w = desk.words();
    let tool = Tool::from_code(&given.tool).ok_or_else(|| Mistakes::one(w.t("office-plan-tool")))?;
    let french = if given.name_fr.trim().is_empty() { &given.name_en } else { &given.name_fr };
    let new = plan::NewExercise {
        slug: given.slug.trim().to_owned(),
        name: Text::both(given.name_en.trim(), french.trim()),
        tool,
        assessment: tool.assessment(),
        carry_rounds: 2,
    };
    plan::exercise(&app.store, operation, new, desk.lang, stamp).await.map(|_| ())
}

async fn plan_round(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    given: &Planned,
    stamp: &Stamp,
) -> anyhow::Result<()> {
    let w = desk.words();
    let exercise = app.store.exercise_by_slug(&operation.id, &given.exercise).await?;
    let exercise = exercise.ok_or_else(|| Mistakes::one(w.t("office-no-exercise")))?;
    let day = |text: &str| {
        chrono::NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").map_err(|_| Mistakes::one(w.t("office-plan-day")))
    };
    let codes = given.scope.split([',', ';', ' ', '\n']).map(str::trim).filter(|code| !code.is_empty());
    let new = plan::NewRound {
        label: given.label.trim().to_owned(),
        starts_on: day(&given.starts)?,
        ends_on: day(&given.ends)?,
        reported_on: None,
        scope: codes.map(Pcode::from).collect(),
    };
    plan::round(&app.store, operation, &exercise, new, desk.lang, stamp).await.map(|_| ())
}

/// One step of a round's progress.
struct Stage {
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

/// Events since the round before, beside the change of the figures.
struct BesideLines {
    since: String,
    /// Address and title of the events.
    events: Vec<(String, String)>,
    areas: Vec<BesideLine>,
}

struct BesideLine {
    area: String,
    reported: String,
    change: String,
    /// Explained, residual and not found; none where the round counted nobody anew.
    parts: Option<[String; 3]>,
}

async fn beside_lines(app: &App, desk: &Desk, of: RoundOf<'_>, atlas: &Atlas) -> Result<Option<BesideLines>, Problem> {
    let w = desk.words();
    let Some(beside) = events::beside(&app.store, &app.blobs, of, atlas, desk.lang).await? else { return Ok(None) };
    let line = |row: &AreaReconciliation| BesideLine {
        area: events::area_name(atlas, &row.area, desk.lang),
        reported: w.number(row.reported),
        change: w.difference(row.change()),
        parts: row.explained.zip(row.residual()).zip(row.not_found()).map(|((explained, residual), not_found)| {
            [w.number(explained), w.difference(residual), w.number(not_found)]
        }),
    };
    let here = super::events::address(of.operation);
    Ok(Some(BesideLines {
        since: beside.since.to_string(),
        events: beside.events.into_iter().map(|(key, title)| (format!("{here}/{key}"), title)).collect(),
        areas: beside.areas.iter().map(line).collect(),
    }))
}

/// A release of the round.
struct ReleaseLine {
    id: String,
    version: String,
    audience: String,
    made: String,
    /// When it was withdrawn and why; empty while it stands.
    withdrawn: String,
}

#[derive(Template)]
#[template(path = "office/round.html")]
struct RoundView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: String,
    operation_href: String,
    exercise: String,
    label: String,
    dates: String,
    here: String,
    /// Where the mappings of the exercise are listed; empty for those who may not see them.
    mappings: String,
    public: String,
    steps: Vec<Stage>,
    records: String,
    settled: bool,
    coverage: Vec<Count>,
    /// Open findings of each weight.
    open: Vec<(&'static str, String)>,
    no_findings: bool,
    compared_with: Option<String>,
    changes: Vec<ChangeLine>,
    beside: Option<BesideLines>,
    may_see_needs: bool,
    may_verify: bool,
    releases: Vec<ReleaseLine>,
    next: Option<&'static str>,
    back: Option<&'static str>,
    may_settle: bool,
    may_release: bool,
    needs_reason: bool,
    may_read: bool,
    /// How long collection lasts yet; empty once it is over in the program, too.
    clock: String,
    progress: CountLine,
    /// The standings with their numbers, what needs somebody first.
    standings: Vec<(&'static str, u32)>,
    by_area: Vec<CountLine>,
    late: Option<i64>,
    checklist: Vec<ListStep>,
    may_tick: bool,
    history: Vec<HistoryLine>,
}

/// A step of the checklist as the page shows it.
struct ListStep {
    code: &'static str,
    is_done: bool,
    is_by_hand: bool,
    /// Whether the state the round is in wants it done.
    is_due: bool,
    n_open: String,
    by: String,
    note: String,
    /// Where what is in the way can be seen.
    href: String,
}

/// A move of the round from one state to another.
struct HistoryLine {
    state: String,
    by: String,
    when: String,
    reason: String,
}

async fn view(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    exercise: &Exercise,
    round: &Round,
) -> Result<RoundView, Problem> {
    let w = desk.words();
    let tables = settle::tables_of_round(&app.store, &app.blobs, round).await?;
    let findings = app.store.count_findings(&round.id).await?;
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
    let of = RoundOf { operation, exercise, round };
    let analysis = analysis::of(&app.store, &app.blobs, of).await?;
    let comparison = analysis.as_ref().and_then(|analysis| analysis.comparison.as_ref());
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
    // Those narrowed to some areas are not told how the others changed.
    let sees_areas = desk.viewer()?.sees_everywhere(On::Project(&operation.id));
    if let Some((_, c)) = comparison.filter(|_| sees_areas) {
        changes.push(line(w.t("office-idps"), c.before, c.after, true));
        let like = w.t_n("office-like-for-like", i64::from(c.like_for_like.n_places));
        changes.push(line(like, Some(c.like_for_like.before), Some(c.like_for_like.after), false));
        for (pcode, area) in &c.areas {
            if let Some(known) = atlas.area(pcode).filter(|known| known.level == 1) {
                changes.push(line(w.text(&known.name).to_owned(), area.before, area.after, false));
            }
        }
    }
    let (progress, _) = places_of_round(app, desk.viewer()?, of).await?;
    let progress = &progress;
    let here_address = round_address(operation, exercise, round);
    let places_href = format!("{here_address}/places");
    let counts = progress.counts();
    let late = (progress.n_late > 0 && sees_areas).then_some(progress.n_late as i64);
    let checklist = checklist(app, desk, of, progress, (analysis.as_ref().filter(|_| sees_areas), &atlas)).await?;
    let releases = app.store.releases_of(&round.id).await?;
    let here = On::Project(&operation.id);
    let moves = desk.can(Verb::RoundUpdate, here);
    let at = RoundState::ALL.iter().position(|state| *state == round.state).unwrap_or(0);
    let movable = |to: Option<&RoundState>| {
        to.filter(|to| moves && **to != RoundState::Published && round.state.may_become(**to)).map(|to| to.code())
    };
    let n_records = app.store.count_records(&round.id).await?;
    let published_here = crate::journey::edition::of(app, operation).await?.round(&round.label).is_some();
    Ok(RoundView {
        w,
        said: String::new(),
        mistakes: None,
        operation: w.text(&operation.name).to_owned(),
        operation_href: format!("/office/o/{}", links::encode(&operation.slug)),
        exercise: w.text(&exercise.name).to_owned(),
        label: round.label.to_string(),
        dates: w.date_range(round.starts_on, round.ends_on),
        here: round_address(operation, exercise, round),
        mappings: match desk.can(Verb::SubmissionReview, here) {
            true => format!("{}#{}", mapping::overview_address(operation), exercise.slug),
            false => String::new(),
        },
        public: if published_here { links::round(desk.lang, &operation.slug, &round.label) } else { String::new() },
        steps: RoundState::ALL
            .iter()
            .enumerate()
            .map(|(i, state)| Stage { state: state.code(), done: i < at, now: i == at })
            .collect(),
        records: w.t_n("office-records-n", n_records as i64),
        settled: tables.is_some(),
        coverage,
        no_findings: findings.iter().all(|count| count.open == 0),
        open: findings
            .iter()
            .map(|count| (settle::severity_code(count.severity), w.number(count.open as i64)))
            .collect(),
        beside: match desk.can(Verb::SubmissionList, here) {
            true => beside_lines(app, desk, of, &atlas).await?,
            false => None,
        },
        may_see_needs: desk.can(Verb::SubmissionList, here) && needs::describes_places(exercise.tool),
        may_verify: tables.is_some()
            && exercise.tool != Tool::Fmr
            && desk.viewer()?.areas(Verb::SubmissionList, here).is_ok(),
        compared_with: comparison.map(|(label, _)| label.to_string()),
        changes,
        needs_reason: !releases.is_empty(),
        releases: releases
            .iter()
            .map(|row| ReleaseLine {
                id: row.id.to_string(),
                version: w.t_args("office-version", &[("version", row.version.to_string().into())]),
                audience: row.audience.clone(),
                made: w.date(row.made_at.date()),
                withdrawn: row.withdrawn_at.map_or_else(String::new, |at| {
                    let why = row.withdrawn_why.clone().unwrap_or_default();
                    w.t_args("about-withdrawn", &[("date", w.date(at.date()).into()), ("reason", why.into())])
                }),
            })
            .collect(),
        next: movable(RoundState::ALL.get(at + 1)),
        back: at.checked_sub(1).and_then(|before| movable(RoundState::ALL.get(before))),
        may_settle: moves && round.state >= RoundState::Collecting,
        may_release: desk.can(Verb::ReleaseCreate, here) && round.state >= RoundState::Cleared,
        clock: time_left(w, round),
        standings: Standing::ALL.iter().map(|standing| (standing.code(), counts.of(*standing))).collect(),
        by_area: visits::Areas::new(progress, &atlas).counted(w, &places_href),
        progress: CountLine {
            above: None,
            name: String::new(),
            href: places_href,
            percent: counts.percent_done().unwrap_or(0),
            counts,
        },
        late,
        checklist,
        may_tick: moves,
        history: history(app, desk, operation, round).await?,
        may_read: n_records > 0 && desk.viewer()?.can_partly(Verb::SubmissionList, here),
    })
}

/// How long collection lasts yet.
fn time_left(w: &Words, round: &Round) -> String {
    let today = world::today();
    match round.state {
        RoundState::Planned if today < round.starts_on => {
            w.t_n("round-clock-before", (round.starts_on - today).num_days())
        }
        RoundState::Collecting if today <= round.ends_on => {
            w.t_n("round-clock-left", (round.ends_on - today).num_days())
        }
        RoundState::Collecting => w.t_n("round-clock-over", (today - round.ends_on).num_days()),
        _ => String::new(),
    }
}

/// How many areas nobody signed for; none where the exercise does not want signatures.
async fn to_sign(app: &App, of: RoundOf<'_>, atlas: &Atlas) -> Result<Option<u64>, Problem> {
    if !verification::rules(&app.store, of.exercise).await?.sign_off {
        return Ok(None);
    }
    let seen = verification::of(&app.store, &app.blobs, of, atlas, None).await?;
    Ok(seen.map(|seen| seen.unsigned().count() as u64))
}

/// The checklist of a round, each step with the way to what is missing.
async fn checklist(
    app: &App,
    desk: &Desk,
    of: RoundOf<'_>,
    progress: &Progress,
    (analysis, atlas): (Option<&Analysis>, &Atlas),
) -> Result<Vec<ListStep>, Problem> {
    let w = desk.words();
    let RoundOf { operation, exercise, round } = of;
    let clock = Clock::of(w, operation);
    let here = round_address(operation, exercise, round);
    let of_operation = super::operation_address(operation);
    let to_sign = to_sign(app, of, atlas).await?;
    let steps = progress::checklist(&app.store, of, progress, (analysis, to_sign), world::now()).await?;
    let (mut lines, mut names) = (Vec::with_capacity(steps.len()), Names::new(app));
    for StepState { step, is_done, n_open, ticked } in steps {
        let href = match step {
            Step::Form => format!("{of_operation}/forms"),
            Step::Phones => format!("{of_operation}/phones"),
            Step::Visits => format!("{here}/places"),
            Step::Places => format!("{here}/places?standing=late"),
            Step::Findings => format!("{here}/findings?severity=block"),
            Step::Late => format!("{here}/records?late=yes"),
            Step::Compared => format!("{here}/analysis"),
            Step::Signed => format!("{here}/verification?show=areas"),
            _ => String::new(),
        };
        let (by, note) = match ticked {
            Some(ticked) => {
                let who = names.of(&ticked.by).await?;
                let args = [("who", Arg::from(who)), ("when", Arg::from(clock.text(ticked.at)))];
                (w.t_args("round-step-by", &args), ticked.note)
            }
            None => Default::default(),
        };
        lines.push(ListStep {
            code: step.code(),
            is_done,
            is_by_hand: step.is_by_hand(),
            is_due: !is_done && round.state >= step.due(),
            n_open: if n_open > 0 { w.number(n_open as i64) } else { String::new() },
            by,
            note,
            href: if is_done { String::new() } else { href },
        });
    }
    Ok(lines)
}

/// The moves of a round, newest first.
async fn history(app: &App, desk: &Desk, operation: &Operation, round: &Round) -> Result<Vec<HistoryLine>, Problem> {
    let w = desk.words();
    let clock = Clock::of(w, operation);
    let (mut lines, mut names) = (Vec::new(), Names::new(app));
    for entry in app.store.audit_of(&round.id.to_string()).await?.into_iter().rev() {
        if entry.action != "round.moved" {
            continue;
        }
        let facts: serde_json::Value = serde_json::from_str(&entry.detail).unwrap_or_default();
        let fact = |name: &str| facts[name].as_str().unwrap_or_default().to_owned();
        lines.push(HistoryLine {
            state: w.label("office-state", &fact("to")),
            by: names.of(&entry.actor).await?,
            when: clock.text(entry.at),
            reason: fact("reason"),
        });
    }
    Ok(lines)
}

pub(super) async fn round(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let mut view = view(&app, &desk, &operation, &exercise, &round).await?;
    view.said = told.sentence(desk.words());
    desk.page(&desk.words().t_args("office-round", &[("label", Arg::from(round.label.as_str()))]), view.render())
}

#[derive(Deserialize)]
pub(super) struct Act {
    act: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    step: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    reason: String,
    /// The release that is withdrawn.
    #[serde(default)]
    release: String,
    #[serde(default)]
    reason_en: String,
    #[serde(default)]
    reason_fr: String,
    #[serde(default)]
    sure: String,
}

/// The longest reason and note.
const LONGEST_REASON: usize = 1000;

/// What became of an act: the sentence to say and its numbers.
type Done = (String, Vec<i64>);

pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Form(act): Form<Act>,
) -> Result<Response, Problem> {
    let verb =
        if ["release", "withdraw"].contains(&act.act.as_str()) { Verb::ReleaseCreate } else { Verb::RoundUpdate };
    let (operation, exercise, round) = desk.round(&app, verb, (&operation, &exercise, &round)).await?;
    let (w, stamp) = (desk.words(), desk.viewer()?.stamp());
    match perform(&app, &desk, &operation, &exercise, &round, &act, &stamp).await {
        Ok((what, numbers)) => Ok(said(&round_address(&operation, &exercise, &round), &what, &numbers).into_response()),
        // What a person cannot do yet is said with every reason, on the page they did it on.
        Err(error) if error.is::<Mistakes>() => {
            let Mistakes { lines } = error.downcast().map_err(Problem::from)?;
            let mut view = view(&app, &desk, &operation, &exercise, &round).await?;
            view.mistakes = Some((w.t("office-not-yet"), lines));
            let mut response = desk.page(&w.t("office-not-yet"), view.render())?;
            *response.status_mut() = StatusCode::CONFLICT;
            Ok(response)
        }
        Err(error) => Err(error.downcast::<Refused>().map_or_else(Problem::from, |Refused(problem)| *problem)),
    }
}

/// A problem on its way through code that speaks of errors.
#[derive(Debug, thiserror::Error)]
#[error("refused")]
struct Refused(Box<Problem>);

fn refused(problem: Problem) -> anyhow::Error {
    Refused(Box::new(problem)).into()
}

async fn perform(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    exercise: &Exercise,
    round: &Round,
    act: &Act,
    stamp: &Stamp,
) -> anyhow::Result<Done> {
    let (store, blobs) = (&app.store, &app.blobs);
    match act.act.as_str() {
        "move" => {
            let to = RoundState::from_code(&act.to).ok_or_else(|| refused(Problem::not_found()))?;
            if to == RoundState::Published {
                return Err(refused(Problem::forbidden()));
            }
            let reason: String = act.reason.trim().chars().take(LONGEST_REASON).collect();
            settle::before_move(store, blobs, RoundOf { operation, exercise, round }, to, &reason, desk.lang).await?;
            store.move_round(&round.id, round.state, to, &reason, stamp).await?;
            Ok((format!("moved-{}", to.code()), Vec::new()))
        }
        "tick" | "untick" => {
            let step = Step::by_hand(&act.step).ok_or_else(|| refused(Problem::not_found()))?;
            let note: String = act.note.trim().chars().take(LONGEST_REASON).collect();
            let (step, by) = (step.code().to_owned(), stamp.by.clone());
            let ticked = Ticked { round: round.id.clone(), step, note, by, at: stamp.at };
            store.tick(&ticked, act.act == "tick", stamp).await?;
            Ok((format!("{}ed", act.act), Vec::new()))
        }
        "settle" => {
            let settled = settle::settle(store, blobs, operation, exercise, round, world::today(), stamp).await?;
            Ok(("settled".to_owned(), vec![settled.n_figures as i64, settled.findings.len() as i64]))
        }
        "withdraw" => {
            let of_round = store.releases_of(&round.id).await?;
            let row = of_round.iter().find(|row| row.id.to_string() == act.release);
            let row = row.ok_or_else(|| refused(Problem::not_found()))?;
            let reason = act.reason.trim();
            if reason.is_empty() || reason.chars().count() > LONGEST_REASON || act.sure != "yes" {
                return Err(Mistakes::one(desk.words().t("office-withdraw-reason-needed")));
            }
            release::withdraw(store, blobs, row, reason, stamp).await?;
            Ok(("release-withdrawn".to_owned(), vec![i64::from(row.version)]))
        }
        "release" if act.sure != "yes" => Err(Mistakes::one(desk.words().t("office-release-sure"))),
        "release" => {
            let mut reason = Text::new();
            for (code, words) in [("en", &act.reason_en), ("fr", &act.reason_fr)] {
                if !words.trim().is_empty() {
                    reason = reason.with(code, words.trim());
                }
            }
            let release = release::make(
                store,
                blobs,
                RoundOf { operation, exercise, round },
                &Policy::public(),
                reason,
                desk.lang,
                stamp,
            )
            .await?;
            Ok(("released".to_owned(), vec![i64::from(release.version()), release.hidden().len() as i64]))
        }
        _ => Err(refused(Problem::not_found())),
    }
}
