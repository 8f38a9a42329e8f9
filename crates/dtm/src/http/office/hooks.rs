//! The systems that an operation tells what happens in it: adding one, trying it, removing it.

use super::super::central::{add_hook, find_hook};
use super::super::problem::Problem;
use super::super::viewer::Verb;
use super::submissions::{posted, value, values};
use super::{App, Desk, OperationHead, Said, operation_address, said};
use crate::journey::outbox;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use dtm_model::Operation;
use dtm_publish::words::Words;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/office/o/{operation}/hooks", get(page).post(act))
}

/// A system in the list.
struct HookLine {
    id: String,
    name: String,
    /// Where it is called, without what may let in.
    host: String,
    events: String,
}

#[derive(Template)]
#[template(path = "office/hooks.html")]
struct HooksView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    hooks: Vec<HookLine>,
    events: Vec<(&'static str, String)>,
    /// The secret of a system that was just added, with its name.
    fresh: Option<(String, String)>,
    name: String,
    address: String,
}

/// What a page shows beside the list.
#[derive(Default)]
struct Shown {
    said: String,
    mistake: Option<String>,
    fresh: Option<(String, String)>,
    name: String,
    address: String,
}

fn event_words(w: &Words, event: &str) -> String {
    w.label("hooks-event", &event.replace('.', "-"))
}

async fn show(app: &App, desk: &Desk, operation: &Operation, shown: Shown) -> Result<Response, Problem> {
    let w = desk.words();
    let line = |hook: dtm_store::Hook| {
        let url = reqwest::Url::parse(&hook.address).ok();
        let events: Vec<String> = hook.events.iter().map(|event| event_words(w, event)).collect();
        HookLine {
            id: hook.id.to_string(),
            name: hook.name,
            host: url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default(),
            events: if events.is_empty() { w.t("hooks-all") } else { events.join(", ") },
        }
    };
    let view = HooksView {
        w,
        said: shown.said,
        mistakes: shown.mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        here: format!("{}/hooks", operation_address(operation)),
        hooks: app.store.hooks(&operation.id).await?.into_iter().map(line).collect(),
        events: outbox::EVENTS.iter().map(|event| (*event, event_words(w, event))).collect(),
        fresh: shown.fresh,
        name: shown.name,
        address: shown.address,
    };
    desk.answer(&w.t("hooks-title"), view.render(), view.mistakes.is_some())
}

async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let said = told.sentence(desk.words());
    show(&app, &desk, &operation, Shown { said, ..Shown::default() }).await
}

/// Adds a system, has it called to try it, or removes it.
async fn act(State(app): State<App>, desk: Desk, Path(slug): Path<String>, body: String) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let viewer = desk.viewer()?;
    let here = format!("{}/hooks", operation_address(&operation));
    let fields = posted(&body);
    let field = |wanted: &str| value(&fields, wanted);
    match field("act") {
        "test" => {
            let hook = find_hook(&app, &operation, field("hook")).await?;
            app.store.post(&[outbox::test_call(&operation, &hook)], &viewer.stamp()).await?;
            Ok(said(&here, "hooks-tested", &[]).into_response())
        }
        "remove" => {
            let hook = find_hook(&app, &operation, field("hook")).await?;
            app.store.remove_hook(&hook.id, &viewer.stamp()).await?;
            Ok(said(&here, "hooks-removed", &[]).into_response())
        }
        _ => {
            let (name, address) = (field("name").to_owned(), field("address").to_owned());
            let events = values(&fields, "event").map(str::to_owned).collect();
            match add_hook(&app, viewer, &operation, &name, &address, events).await {
                Ok((hook, secret)) => {
                    show(&app, &desk, &operation, Shown { fresh: Some((hook.name, secret)), ..Shown::default() }).await
                }
                Err(problem) if problem.status == StatusCode::BAD_REQUEST => {
                    let mistake = Some(problem.sentence(desk.lang));
                    show(&app, &desk, &operation, Shown { mistake, name, address, ..Shown::default() }).await
                }
                Err(other) => Err(other),
            }
        }
    }
}
