//! How far the checks are with a round: since when they go over it, how many submissions they have done, what their last runs
//! changed, and which choices changed lately. They can be stopped after any portion and let go on.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::clock::{Clock, Moment};
use super::submissions::{Names, posted, value};
use super::{App, Desk, RoundHead, Said, said};
use crate::journey::check_runs::{Standing, sum};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dtm_model::{Instant, Operation, RoundState};
use dtm_process::checks::Check;
use dtm_publish::words::{Arg, Words};
use dtm_store::{CheckRun, CheckSetting, ChosenSetting};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/office/o/{operation}/{exercise}/{round}/checking", get(page).post(act))
}

/// Choices that are told, of each kind.
const CHOICES: u32 = 3;

/// What became of the findings of one check.
struct ChangeLine {
    title: String,
    new: String,
    gone: String,
}

/// A run that is over.
struct RunLine {
    at: Moment,
    by: String,
    done: String,
    is_ended: bool,
    new: String,
    gone: String,
    changes: Vec<ChangeLine>,
}

/// A choice about checks.
struct ChoiceLine {
    what: String,
    href: String,
    reason: String,
    by: String,
    at: Moment,
}

/// How far the run is that goes on.
struct Now {
    since: Moment,
    by: String,
    n_done: u64,
    n_all: u64,
    told: String,
}

#[derive(Template)]
#[template(path = "office/checking.html")]
struct CheckingView {
    w: &'static Words,
    said: String,
    place: RoundHead,
    here: String,
    /// Whether rounds in this state are checked by themselves.
    is_open: bool,
    may_stop: bool,
    /// Who stopped the checks, and when.
    stopped: Option<(String, Moment)>,
    now: Option<Now>,
    runs: Vec<RunLine>,
    choices: Vec<ChoiceLine>,
}

fn counted(w: &Words, run: &CheckRun) -> String {
    let args = [("n", Arg::from(w.number(run.n_done as i64))), ("all", Arg::from(w.number(run.n_all as i64)))];
    w.t_args("checking-done", &args)
}

fn change_lines(w: &Words, desk: &Desk, run: &CheckRun) -> Vec<ChangeLine> {
    let line = |(check, replaced): (&String, &dtm_store::Replaced)| ChangeLine {
        title: Check::by_id(check).map_or(check.clone(), |check| w.typeset(check.title.get(desk.lang))),
        new: w.number(replaced.new as i64),
        gone: w.number(replaced.gone as i64),
    };
    run.changes.iter().map(line).collect()
}

/// The last choices about the checks of an operation, the newest first.
async fn choices(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    (clock, names): (Clock, &mut Names<'_>),
) -> Result<Vec<ChoiceLine>, Problem> {
    let w = desk.words();
    let here = super::operation_address(operation);
    let mut found: Vec<(String, String, ChosenSetting)> = Vec::new();
    let thresholds = CheckSetting::Thresholds(&operation.id);
    for chosen in app.store.setting_versions(thresholds, CHOICES).await? {
        found.push((w.t("checks-thresholds-title"), format!("{here}/checks"), chosen));
    }
    for form in app.store.forms_of(&operation.id).await? {
        let address = super::form::address(operation, &form);
        let may_open = desk.can(Verb::FormUpdate, On::Project(&operation.id));
        for (of, name, page) in [
            (CheckSetting::Rules(&form.id), "rules-title", "rules"),
            (CheckSetting::Roles(&form.id), "checks-roles-title", "checks"),
        ] {
            for chosen in app.store.setting_versions(of, CHOICES).await? {
                let href = if may_open { format!("{address}/{page}") } else { String::new() };
                found.push((format!("{} – {}", form.name, w.t(name)), href, chosen));
            }
        }
    }
    found.sort_by_key(|(_, _, chosen)| std::cmp::Reverse(chosen.made_at));
    found.truncate(2 * CHOICES as usize);
    let mut lines = Vec::new();
    for (what, href, chosen) in found {
        let by = names.of(&chosen.made_by).await?;
        lines.push(ChoiceLine { what, href, reason: chosen.reason, by, at: clock.moment(chosen.made_at) });
    }
    Ok(lines)
}

async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::SubmissionRead, (&operation, &exercise, &round)).await?;
    let w = desk.words();
    let clock = Clock::of(w, &operation);
    let mut names = Names::new(&app);
    let standing = Standing::of(&app.store, &round.id).await?;
    let stopped = match &standing.stopped {
        Some((by, at)) => Some((names.of(by).await?, clock.moment(*at))),
        None => None,
    };
    let running = standing.running().map(|run| run.id.clone());
    let (mut now, mut runs) = (None, Vec::new());
    for run in &standing.runs {
        let by = match run.began_by.starts_with("job:") {
            true => w.t("checking-by-itself"),
            false => names.of(&run.began_by).await?,
        };
        let at = |at: Instant| clock.moment(at);
        if running.as_ref() == Some(&run.id) {
            let (since, told) = (at(run.began_at), counted(w, run));
            now = Some(Now { since, by, n_done: run.n_done, n_all: run.n_all.max(1), told });
            continue;
        }
        let all = sum(run);
        runs.push(RunLine {
            at: at(run.ended_at.unwrap_or(run.began_at)),
            by,
            done: counted(w, run),
            is_ended: run.ended_at.is_some(),
            new: w.number(all.new as i64),
            gone: w.number(all.gone as i64),
            changes: change_lines(w, &desk, run),
        });
    }
    let place = RoundHead::new(w, &operation, &exercise, &round);
    let view = CheckingView {
        w,
        said: told.sentence(w),
        here: format!("{}/checking", place.here),
        place,
        is_open: matches!(round.state, RoundState::Collecting | RoundState::Verifying),
        may_stop: desk.can(Verb::RoundUpdate, On::Project(&operation.id)),
        stopped,
        now,
        runs,
        choices: choices(&app, &desk, &operation, (clock, &mut names)).await?,
    };
    desk.page(&w.t("checking-title"), view.render())
}

/// Stops the checks of a round, or lets them go on.
async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundUpdate, (&operation, &exercise, &round)).await?;
    let fields = posted(&body);
    let is_stopped = match value(&fields, "act") {
        "stop" => true,
        "resume" => false,
        other => return Err(Problem::unexpected_value("act", other)),
    };
    app.store.stop_checks(&round.id, is_stopped, &desk.viewer()?.stamp()).await?;
    let here = format!("{}/checking", super::round_address(&operation, &exercise, &round));
    let what = if is_stopped { "checking-said-stopped" } else { "checking-said-resumed" };
    Ok(said(&here, what, &[]).into_response())
}
