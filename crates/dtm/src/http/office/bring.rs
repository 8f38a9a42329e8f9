//! Bringing a project over from another server: its address and a token, which project, where to, how far it is, what came.

use super::super::problem::Problem;
use super::super::viewer::Verb;
use super::clock::{Clock, Moment};
use super::{App, Desk, OperationHead, operation_address};
use crate::journey::bring::{self, Brought, Ended, Incoming, Kind, MAX_ARCHIVE, Refused};
use crate::world;
use askama::Template;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use dtm_model::{BringRunId, Operation};
use dtm_publish::words::Words;
use dtm_store::{BringRun, BringState};
use serde::Deserialize;
use std::time::Duration;

/// How long another server may take to list its projects.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest address, and the longest token.
const LONGEST: usize = 2000;
/// The longest name of an archive.
const LONGEST_FILE: usize = 200;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/office/o/{operation}/bring", get(page).post(ask))
        .route(
            "/office/o/{operation}/bring/archive",
            post(upload).layer(DefaultBodyLimit::max(usize::try_from(MAX_ARCHIVE).unwrap_or(usize::MAX))),
        )
        .route("/office/o/{operation}/bring/{run}", get(run).post(act))
}

/// Whether an archive is uploaded there, which may be larger than anything else.
pub(crate) fn takes_archive(method: &Method, path: &str) -> bool {
    method == Method::POST && path.starts_with("/office/o/") && path.ends_with("/bring/archive")
}

/// A run in the list.
struct RunLine {
    href: String,
    name: String,
    since: Moment,
    state: String,
}

#[derive(Template)]
#[template(path = "office/bring.html")]
struct BringView {
    w: &'static Words,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    kind: &'static str,
    address: String,
    email: String,
    runs: Vec<RunLine>,
}

/// A part of a report.
struct Part {
    title: String,
    lines: Vec<String>,
}

#[derive(Template)]
#[template(path = "office/bring_run.html")]
struct RunView {
    w: &'static Words,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    above: String,
    here: String,
    name: String,
    address: String,
    state: &'static str,
    state_words: String,
    since: Moment,
    heard: Moment,
    said: String,
    is_central: bool,
    /// Whether it brings from an archive, and whether that is no longer kept.
    is_archive: bool,
    is_gone: bool,
    needs_secret: bool,
    forms: String,
    /// The projects to choose from.
    projects: Vec<(String, String)>,
    /// Where its forms and submissions may go.
    places: Vec<(String, String, bool)>,
    counts: Vec<(String, &'static str)>,
    cut_off: String,
    parts: Vec<Part>,
}

fn state_code(state: BringState) -> &'static str {
    match state {
        BringState::Choosing => "choosing",
        BringState::Running => "running",
        BringState::Stopping => "stopping",
        BringState::Stopped => "stopped",
        BringState::Done => "done",
    }
}

/// The name of a run: its project, else its server.
fn name_of(run: &BringRun) -> String {
    if run.project_name.is_empty() { run.address.clone() } else { run.project_name.clone() }
}

#[derive(Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    secret: String,
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    asked: Asked,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let here = format!("{}/bring", operation_address(operation));
    let clock = Clock::of(w, operation);
    let line = |run: BringRun| RunLine {
        href: format!("{here}/{}", run.id),
        name: name_of(&run),
        since: clock.moment(run.created_at),
        state: w.label("bring-state", state_code(run.state)),
    };
    let runs = app.store.bring_runs(&operation.id).await?.into_iter().map(line).collect();
    let view = BringView {
        w,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        here: here.clone(),
        kind: Kind::from_code(&asked.kind).unwrap_or(Kind::Central).code(),
        address: asked.address,
        email: asked.email,
        runs,
    };
    desk.answer(&w.t("bring-title"), view.render(), view.mistakes.is_some())
}

/// What was brought, and the way to bring more.
async fn page(State(app): State<App>, desk: Desk, Path(slug): Path<String>) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    show(&app, &desk, &operation, Asked::default(), None).await
}

/// Signs in at the other server, and keeps what lets us in, sealed, until the run is over.
async fn ask(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Form(asked): Form<Asked>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let (w, viewer) = (desk.words(), desk.viewer()?);
    let fits = |text: &str| !text.trim().is_empty() && text.len() <= LONGEST;
    let server = Kind::from_code(&asked.kind).filter(|kind| *kind != Kind::Archive);
    let Some(kind) = server.filter(|_| fits(&asked.address) && fits(&asked.secret)) else {
        return show(&app, &desk, &operation, asked, Some(w.t("bring-incomplete"))).await;
    };
    // Tries are counted, so that nobody finds passwords of another server from here.
    app.guess("bring", &viewer.user.id.to_string())?;
    let (address, email) = (asked.address.trim().to_owned(), asked.email.trim().to_owned());
    let session = match sign_in(&app, kind, &address, &email, &asked.secret).await {
        Ok((_, session)) => session,
        Err(error) => {
            let mistake = w.t_args("bring-no-answer", &[("why", format!("{error:#}").into())]);
            return show(&app, &desk, &operation, asked, Some(mistake)).await;
        }
    };
    let id = world::fresh(BringRunId::new);
    let Some(sealed) = app.vault.seal(&id, &session) else {
        return show(&app, &desk, &operation, asked, Some(w.t("bring-no-key"))).await;
    };
    let run = BringRun { id, secret_sealed: Some(sealed), ..fresh_run(&desk, &operation, kind, address)? };
    app.store.add_bring_run(&run, &[], &viewer.stamp()).await?;
    Ok(Redirect::to(&format!("{}/bring/{}", operation_address(&operation), run.id)).into_response())
}

/// A run of which nothing is chosen yet.
fn fresh_run(desk: &Desk, operation: &Operation, kind: Kind, address: String) -> Result<BringRun, Problem> {
    let stamp = desk.viewer()?.stamp();
    Ok(BringRun {
        id: world::fresh(BringRunId::new),
        operation: operation.id.clone(),
        kind: kind.code().to_owned(),
        address,
        project: None,
        project_name: String::new(),
        forms: Vec::new(),
        exercise: None,
        round: None,
        lang: desk.lang,
        state: BringState::Choosing,
        said: String::new(),
        report: None,
        secret_sealed: None,
        created_at: stamp.at,
        created_by: stamp.by,
        updated_at: stamp.at,
    })
}

/// Takes an archive piece by piece; where it goes is chosen on the page of its run.
async fn upload(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    parts: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let w = desk.words();
    let mut parts = parts.map_err(|_| {
        Problem::bad_request("bad_upload", "The upload could not be read.", "Le téléversement n’a pas pu être lu.")
    })?;
    let (mut incoming, mut name) = (Incoming::default(), String::new());
    while let Some(mut part) = parts.next_field().await.map_err(|error| Problem::of_multipart(&error))? {
        if part.name() != Some("file") {
            continue;
        }
        let given = part.file_name().unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
        name = given.chars().filter(|c| !c.is_control()).take(LONGEST_FILE).collect();
        while let Some(bytes) = part.chunk().await.map_err(|error| Problem::of_multipart(&error))? {
            incoming.take(&app, &bytes).await?;
        }
    }
    let pieces = match incoming.end(&app).await? {
        Ok(pieces) => pieces,
        Err(refused) => {
            let why = if refused == Refused::TooLarge { "bring-archive-large" } else { "bring-archive-none" };
            return show(&app, &desk, &operation, Asked::default(), Some(w.t(why))).await;
        }
    };
    let run = fresh_run(&desk, &operation, Kind::Archive, name)?;
    app.store.add_bring_run(&run, &pieces, &desk.viewer()?.stamp()).await?;
    Ok(Redirect::to(&format!("{}/bring/{}", operation_address(&operation), run.id)).into_response())
}

async fn sign_in(
    app: &App,
    kind: Kind,
    address: &str,
    email: &str,
    secret: &str,
) -> anyhow::Result<(Vec<(String, String)>, String)> {
    let asked = bring::projects(kind, address, app.outward.import, email, secret);
    tokio::time::timeout(PATIENCE, asked).await.map_err(|_| anyhow::anyhow!("the server does not answer"))?
}

/// A run of the operation that an address names.
async fn found(app: &App, operation: &Operation, run: &str) -> Result<BringRun, Problem> {
    let id: BringRunId = run.parse().map_err(|_| Problem::not_found())?;
    app.store.bring_run(&operation.id, &id).await?.ok_or_else(Problem::not_found)
}

/// Where forms and submissions may go: each exercise, and each of its rounds.
async fn places(
    app: &App,
    w: &Words,
    operation: &Operation,
    run: &BringRun,
) -> Result<Vec<(String, String, bool)>, Problem> {
    let mut places = Vec::new();
    for exercise in app.store.exercises(&operation.id).await? {
        let is_chosen = run.exercise.as_ref() == Some(&exercise.id);
        let name = w.text(&exercise.name);
        let without = format!("{name} – {}", w.t("bring-no-round"));
        places.push((exercise.id.to_string(), without, is_chosen && run.round.is_none()));
        for round in app.store.rounds(&exercise.id).await? {
            let label = w.t_args("office-round", &[("label", round.label.as_str().into())]);
            let chosen = is_chosen && run.round.as_ref() == Some(&round.id);
            places.push((format!("{}/{}", exercise.id, round.id), format!("{name} – {label}"), chosen));
        }
    }
    Ok(places)
}

async fn show_run(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    run: BringRun,
    mut mistake: Option<String>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let kind = Kind::from_code(&run.kind).ok_or_else(Problem::not_found)?;
    let secret = app.vault.open_for(&run.id, run.secret_sealed.as_deref());
    let is_archive = kind == Kind::Archive;
    let is_gone = is_archive && app.store.bring_pieces(&run.id).await?.is_empty();
    let mut projects = Vec::new();
    if let (BringState::Choosing, Some(secret)) = (run.state, &secret) {
        match sign_in(app, kind, &run.address, "", secret).await {
            Ok((found, _)) => projects = found,
            Err(error) => mistake = Some(w.t_args("bring-no-answer", &[("why", format!("{error:#}").into())])),
        }
    }
    let brought: Option<Brought> = run.report.as_deref().and_then(|report| serde_json::from_str(report).ok());
    let clock = Clock::of(w, operation);
    let mut view = RunView {
        w,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        above: format!("{}/bring", operation_address(operation)),
        here: format!("{}/bring/{}", operation_address(operation), run.id),
        name: name_of(&run),
        address: run.address.clone(),
        state: state_code(run.state),
        state_words: w.label("bring-state", state_code(run.state)),
        since: clock.moment(run.created_at),
        heard: clock.moment(run.updated_at),
        said: run.said.clone(),
        is_central: kind == Kind::Central,
        is_archive,
        is_gone,
        needs_secret: !is_archive && secret.is_none(),
        forms: run.forms.join(", "),
        projects,
        places: places(app, w, operation, &run).await?,
        counts: Vec::new(),
        cut_off: String::new(),
        parts: Vec::new(),
    };
    if let Some(brought) = brought {
        view.counts = brought.counts(desk.lang).into_iter().map(|(n, words)| (w.number(n as i64), words)).collect();
        if let Ended::CutOff(why) = &brought.ended {
            view.cut_off = w.t_args("bring-cut-off", &[("why", why.as_str().into())]);
        }
        let parts =
            [("bring-problems", brought.problems), ("bring-notes", brought.notes), ("bring-left", brought.left_behind)];
        let told = parts.into_iter().filter(|(_, lines)| !lines.is_empty());
        view.parts = told.map(|(title, lines)| Part { title: w.t(title), lines }).collect();
    }
    let is_under_way = matches!(run.state, BringState::Running | BringState::Stopping);
    let mut response = desk.answer(&view.name, view.render(), view.mistakes.is_some())?;
    if is_under_way {
        // Without a script, the browser asks again by itself.
        response.headers_mut().insert(header::REFRESH, HeaderValue::from_static("5"));
    }
    Ok(response)
}

/// One run: the projects to choose from, how far it is, or what came.
async fn run(
    State(app): State<App>,
    desk: Desk,
    Path((slug, run)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let run = found(&app, &operation, &run).await?;
    show_run(&app, &desk, &operation, run, None).await
}

#[derive(Deserialize, Default)]
pub(super) struct Act {
    #[serde(default)]
    act: String,
    #[serde(default)]
    project: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    forms: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    secret: String,
}

/// Starts a run, stops it, or has it go on.
async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((slug, run)): Path<(String, String)>,
    Form(given): Form<Act>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let (w, viewer) = (desk.words(), desk.viewer()?);
    let mut run = found(&app, &operation, &run).await?;
    let here = format!("{}/bring/{}", operation_address(&operation), run.id);
    match given.act.as_str() {
        "stop" => {
            app.store.stop_bring_run(&run.id, &viewer.stamp()).await?;
            if run.state == BringState::Choosing {
                bring::forget(&app, &run.id).await?;
            }
        }
        "forget" if run.state == BringState::Stopped => bring::forget(&app, &run.id).await?,
        "start" => {
            let kind = Kind::from_code(&run.kind).ok_or_else(Problem::not_found)?;
            let mut secret = app.vault.open_for(&run.id, run.secret_sealed.as_deref());
            let is_archive = kind == Kind::Archive;
            if is_archive && app.store.bring_pieces(&run.id).await?.is_empty() {
                return show_run(&app, &desk, &operation, run, Some(w.t("bring-archive-gone"))).await;
            }
            if secret.is_none() && !is_archive {
                app.guess("bring", &viewer.user.id.to_string())?;
                match sign_in(&app, kind, &run.address, given.email.trim(), &given.secret).await {
                    Ok((_, session)) => secret = Some(session),
                    Err(error) => {
                        let mistake = w.t_args("bring-no-answer", &[("why", format!("{error:#}").into())]);
                        return show_run(&app, &desk, &operation, run, Some(mistake)).await;
                    }
                }
            }
            if run.project.is_none() && !is_archive {
                // What a choice sends is the project's id and its name.
                let (project, name) = given.project.split_once('|').unwrap_or((given.project.as_str(), ""));
                let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
                if project.is_empty() || project.len() > 100 || !project.chars().all(allowed) {
                    return show_run(&app, &desk, &operation, run, Some(w.t("bring-no-project"))).await;
                }
                run.project = Some(project.to_owned());
                run.project_name = name.chars().take(200).collect();
            }
            let (exercise, round) = given.place.split_once('/').unwrap_or((given.place.as_str(), ""));
            let exercises = app.store.exercises(&operation.id).await?;
            let Some(exercise) = exercises.into_iter().find(|known| known.id.to_string() == exercise) else {
                return show_run(&app, &desk, &operation, run, Some(w.t("bring-no-place"))).await;
            };
            let rounds = app.store.rounds(&exercise.id).await?;
            run.round = rounds.into_iter().find(|known| known.id.to_string() == round).map(|round| round.id);
            run.exercise = Some(exercise.id);
            let named = given.forms.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty());
            run.forms = named.map(str::to_owned).take(1000).collect();
            run.secret_sealed = secret.and_then(|secret| app.vault.seal(&run.id, &secret));
            app.store.start_bring_run(&run, &viewer.stamp()).await?;
        }
        _ => return Err(Problem::not_found()),
    }
    Ok(Redirect::to(&here).into_response())
}
