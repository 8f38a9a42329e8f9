//! What officers choose about checks, for programs: thresholds of an operation, roles of a form's questions. A choice
//! names the version it was made from, so that nobody undoes another's unseen.

use super::{JsonBody, form, operation};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::own_rules::{self, KeptSheet};
use crate::journey::{forms, quality};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use dtm_model::{FormSchema, Lang, Text};
use dtm_process::checks::{Roles, THRESHOLDS, Thresholds};
use dtm_store::{CheckSetting, ChosenSetting, StoreError};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/checks/thresholds", get(show_thresholds).put(set_thresholds))
        .route("/v1/projects/{project}/forms/{form}/checks/roles", get(show_roles).put(set_roles))
        .route("/v1/projects/{project}/forms/{form}/checks/rules", get(show_rules).put(put_rules))
}

/// The longest reason.
const LONGEST_REASON: usize = 1_000;

fn chosen_json(chosen: Option<&ChosenSetting>, name: &str, value: Value) -> Value {
    json!({
        "version": chosen.map_or(0, |chosen| chosen.version),
        "reason": chosen.map(|chosen| &chosen.reason),
        "chosenAt": chosen.map(|chosen| chosen.made_at.to_string()),
        name: value,
    })
}

/// Keeps a choice made from this version.
pub(super) async fn choose(
    app: &App,
    viewer: &Viewer,
    of: CheckSetting<'_>,
    (version, reason): (i64, &str),
    body: &str,
) -> Result<(), Problem> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(Problem::unexpected_value("reason", reason));
    }
    match app.store.choose_setting(of, version, body, reason, &viewer.stamp()).await {
        Ok(_) => Ok(()),
        Err(StoreError::Conflict { what: "check_setting" }) => Err(Problem::conflict(
            "chosen_since",
            409.43,
            "Somebody chose another version meanwhile; ask for what stands now and choose again.",
            "Quelqu’un a choisi une autre version entre-temps ; demandez ce qui vaut maintenant et choisissez à nouveau.",
        )),
        Err(error) => Err(error.into()),
    }
}

fn thresholds_json(chosen: Option<&ChosenSetting>) -> Value {
    let now = Thresholds::set(&quality::thresholds_in(chosen));
    let values: Map<String, Value> =
        THRESHOLDS.iter().map(|threshold| (threshold.key.to_owned(), threshold.of(&now).into())).collect();
    chosen_json(chosen, "thresholds", values.into())
}

async fn show_thresholds(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundRead, project).await?;
    let chosen = app.store.setting(CheckSetting::Thresholds(&operation.id)).await?;
    Ok(Json(thresholds_json(chosen.as_ref())))
}

#[derive(Deserialize)]
struct NewThresholds {
    #[serde(default)]
    version: i64,
    reason: String,
    thresholds: BTreeMap<String, f64>,
}

/// Sets thresholds; those that are not named are the usual ones.
async fn set_thresholds(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    JsonBody(new): JsonBody<NewThresholds>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    if let Some(refused) = Thresholds::refused(&new.thresholds) {
        let value = new.thresholds.get(refused).map(ToString::to_string).unwrap_or_default();
        return Err(Problem::unexpected_value(refused, &value));
    }
    let body = serde_json::to_string(&new.thresholds).map_err(Problem::internal)?;
    let setting = CheckSetting::Thresholds(&operation.id);
    choose(&app, &viewer, setting, (new.version, &new.reason), &body).await?;
    Ok(Json(thresholds_json(app.store.setting(setting).await?.as_ref())))
}

fn roles_json(schema: &FormSchema, chosen: Option<&ChosenSetting>) -> Result<Value, Problem> {
    let standing = quality::roles_in(chosen).map(|roles| roles.within(schema));
    let is_guessed = standing.is_none();
    let roles = serde_json::to_value(standing.unwrap_or_else(|| Roles::of(schema))).map_err(Problem::internal)?;
    let mut json = chosen_json(chosen, "roles", roles);
    json["guessed"] = is_guessed.into();
    Ok(json)
}

async fn show_roles(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let form = form(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    let schema = forms::questions(&app.store, &form.id).await?.ok_or_else(Problem::not_found)?;
    let chosen = app.store.setting(CheckSetting::Roles(&form.id)).await?;
    Ok(Json(roles_json(&schema, chosen.as_ref())?))
}

#[derive(Deserialize)]
struct NewRoles {
    #[serde(default)]
    version: i64,
    reason: String,
    /// Null goes back to what the names of the questions tell.
    roles: Option<Roles>,
}

/// Chooses what the questions of a form stand for.
async fn set_roles(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
    JsonBody(new): JsonBody<NewRoles>,
) -> Result<Json<Value>, Problem> {
    let form = form(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    let schema = forms::questions(&app.store, &form.id).await?.ok_or_else(Problem::not_found)?;
    if let Some(roles) = &new.roles
        && roles.clone().within(&schema) != *roles
    {
        let told = serde_json::to_string(roles).map_err(Problem::internal)?;
        return Err(Problem::unexpected_value("roles", &told));
    }
    let body = serde_json::to_string(&new.roles).map_err(Problem::internal)?;
    let setting = CheckSetting::Roles(&form.id);
    choose(&app, &viewer, setting, (new.version, &new.reason), &body).await?;
    Ok(Json(roles_json(&schema, app.store.setting(setting).await?.as_ref())?))
}

fn rules_json(chosen: Option<&ChosenSetting>) -> Value {
    let sheet = own_rules::sheet_in(chosen).unwrap_or_default();
    let mut json = chosen_json(chosen, "rows", json!(sheet.rows));
    json["name"] = sheet.name.into();
    json
}

async fn show_rules(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let form = form(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    Ok(Json(rules_json(app.store.setting(CheckSetting::Rules(&form.id)).await?.as_ref())))
}

#[derive(Deserialize)]
struct NewRules {
    #[serde(default)]
    version: i64,
    reason: String,
    #[serde(default)]
    name: String,
    /// The sheet, its header first; no rows at all take the rules away.
    rows: Vec<Vec<String>>,
}

/// Puts the officers' own rules of a form, if all of the sheet makes sense.
async fn put_rules(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
    JsonBody(new): JsonBody<NewRules>,
) -> Result<Json<Value>, Problem> {
    let form = form(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    if !new.rows.is_empty() {
        let logic = own_rules::logic_of(&app.store, &app.blobs, &form).await?.ok_or_else(Problem::not_found)?;
        let (_, problems) = own_rules::read(&new.rows, &logic);
        if !problems.is_empty() {
            return Err(senseless(&problems));
        }
    }
    let sheet = KeptSheet { name: new.name.chars().take(200).collect(), rows: new.rows };
    let body = serde_json::to_string(&sheet).map_err(Problem::internal)?;
    let setting = CheckSetting::Rules(&form.id);
    choose(&app, &viewer, setting, (new.version, &new.reason), &body).await?;
    Ok(Json(rules_json(app.store.setting(setting).await?.as_ref())))
}

/// What is wrong in a sheet of rules, each place by row, column and word.
fn senseless(problems: &[own_rules::SheetProblem]) -> Problem {
    let told = |lang| {
        let lines = problems.iter().take(20).map(|problem| format!("{}: {}", problem.row, problem.message(lang)));
        lines.collect::<Vec<_>>().join("; ")
    };
    let message = Text::both(told(Lang::En), told(Lang::Fr));
    let mut problem = Problem::new(StatusCode::BAD_REQUEST, "rules_senseless", 400.43, message);
    let places: Vec<Value> = problems
        .iter()
        .map(|problem| {
            let column = problem.column.map(|column| column + 1);
            json!({ "row": problem.row, "column": column, "code": problem.code, "word": problem.word })
        })
        .collect();
    problem.facts = Some(Box::new(json!({ "problems": places })));
    problem
}
