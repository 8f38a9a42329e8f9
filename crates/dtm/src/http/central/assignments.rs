//! Roles, and who holds which where: site-wide, on a project, on one form.
//!
//! As in ODK Central, with two additions under `restrictions` of an assignment: `areas` (p-codes, each with all below)
//! and `sees` (answers up to this dissemination class). A `POST` may carry them as its body.

use super::app_users::app_user;
use super::{Extended, form, number, operation};
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem};
use crate::world;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use dtm_model::{Grant, GrantId, Held, Instant, Pcode, Role, Sees, Text};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/roles", get(roles))
        .route("/v1/roles/{role}", get(role))
        .route("/v1/assignments", get(of_site))
        .route("/v1/assignments/{role}", get(of_site_with_role))
        .route("/v1/assignments/{role}/{actor}", post(give_site).delete(take_site))
        .route("/v1/projects/{project}/assignments", get(of_project))
        .route("/v1/projects/{project}/assignments/forms", get(of_forms))
        .route("/v1/projects/{project}/assignments/forms/{role}", get(of_forms_with_role))
        .route("/v1/projects/{project}/assignments/{role}", get(of_project_with_role))
        .route("/v1/projects/{project}/assignments/{role}/{actor}", post(give_project).delete(take_project))
        .route("/v1/projects/{project}/forms/{form}/assignments", get(of_form))
        .route("/v1/projects/{project}/forms/{form}/assignments/{role}", get(of_form_with_role))
        .route("/v1/projects/{project}/forms/{form}/assignments/{role}/{actor}", post(give_form).delete(take_form))
}

/// A role without limits, given now.
pub(crate) fn new_grant(actor: impl ToString, role: Role, held: Held, at: Instant) -> Grant {
    let actor = actor.to_string();
    Grant { id: world::fresh(GrantId::new), actor, role, held, areas: Vec::new(), sees: Sees::Secret, given_at: at }
}

fn role_json(role: Role) -> Value {
    let name = match role {
        Role::Admin => "Administrator",
        Role::Manager => "Project Manager",
        Role::Reviewer => "Reviewer",
        Role::Viewer => "Project Viewer",
        Role::Collector => "Data Collector",
        Role::AppUser => "App User",
        Role::PublicLink => "Public Link",
        Role::PasswordReset => "Password Reset Token",
    };
    let verbs: Vec<&str> = role.verbs().map(Verb::code).collect();
    json!({
        "id": role.number(), "name": name, "system": role.code(), "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": null, "verbs": verbs,
    })
}

async fn roles(_viewer: Viewer) -> Json<Value> {
    Json(Role::ALL.map(role_json).to_vec().into())
}

async fn role(_viewer: Viewer, Path(role): Path<String>) -> Result<Json<Value>, Problem> {
    Ok(Json(role_json(known(&role)?)))
}

/// The role that an address names by word or number.
fn known(role: &str) -> Result<Role, Problem> {
    Role::from_code(role).ok_or_else(Problem::not_found)
}

/// The limits of an assignment, where it has some.
fn restrictions(grant: &Grant) -> Value {
    if grant.areas.is_empty() && grant.sees == Sees::Secret {
        return Value::Null;
    }
    json!({ "areas": grant.areas, "sees": grant.sees })
}

/// Who holds what; the extended list has whole actors in place of their numbers.
async fn assignments(app: &App, grants: &[Grant], Extended(extended): Extended) -> Result<Json<Value>, Problem> {
    let mut lines = Vec::new();
    for grant in grants {
        let mut line = json!({ "roleId": grant.role.number(), "restrictions": restrictions(grant) });
        match extended {
            false => line["actorId"] = number(&grant.actor).into(),
            true => match actor_json(app, grant).await? {
                Some(actor) => line["actor"] = actor,
                None => continue,
            },
        }
        lines.push(line);
    }
    Ok(Json(lines.into()))
}

/// The people, phones and links that hold a role there, as Central lists actors.
async fn actors(app: &App, grants: &[Grant]) -> Result<Value, Problem> {
    let mut actors = Vec::new();
    for grant in grants {
        if let Some(actor) = actor_json(app, grant).await? {
            actors.push(actor);
        }
    }
    Ok(actors.into())
}

async fn actor_json(app: &App, grant: &Grant) -> Result<Option<Value>, Problem> {
    if let Ok(id) = grant.actor.parse()
        && let Some(user) = app.store.user(&id).await?
    {
        return Ok(user.removed_at.is_none().then(|| super::users::actor_json(&user)));
    }
    if let Held::Project(operation) | Held::Form(operation, _) = &grant.held {
        let phones = app.store.app_users(operation).await?;
        let phone = phones.into_iter().find(|phone| phone.id.to_string() == grant.actor);
        return Ok(phone.map(|phone| {
            json!({
                "id": number(&phone.id), "type": "field_key", "displayName": phone.name,
                "createdAt": phone.created_at.to_string(), "updatedAt": null,
                "deletedAt": phone.revoked_at.map(|at| at.to_string()),
            })
        }));
    }
    Ok(None)
}

fn with_role(mut grants: Vec<Grant>, role: &str) -> Result<Vec<Grant>, Problem> {
    let role = known(role)?;
    grants.retain(|grant| grant.role == role);
    Ok(grants)
}

/// Roles held on everything, for those who may know.
async fn on_site(app: &App, viewer: &Viewer) -> Result<Vec<Grant>, Problem> {
    viewer.may(Verb::AssignmentList, On::Site)?;
    Ok(app.store.grants_at(&Held::Site).await?)
}

async fn of_site(State(app): State<App>, viewer: Viewer, extended: Extended) -> Result<Json<Value>, Problem> {
    assignments(&app, &on_site(&app, &viewer).await?, extended).await
}

async fn of_site_with_role(
    State(app): State<App>,
    viewer: Viewer,
    Path(role): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(actors(&app, &with_role(on_site(&app, &viewer).await?, &role)?).await?))
}

async fn of_project(
    State(app): State<App>,
    viewer: Viewer,
    extended: Extended,
    Path(project): Path<i64>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::AssignmentList, project).await?;
    assignments(&app, &app.store.grants_at(&Held::Project(operation.id)).await?, extended).await
}

async fn of_project_with_role(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, role)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::AssignmentList, project).await?;
    let grants = app.store.grants_at(&Held::Project(operation.id)).await?;
    Ok(Json(actors(&app, &with_role(grants, &role)?).await?))
}

/// Who fills which form: the answer names the form of each assignment.
async fn forms_of(app: &App, viewer: &Viewer, project: i64, role: Option<&str>) -> Result<Value, Problem> {
    let operation = operation(app, viewer, Verb::AssignmentList, project).await?;
    let role = role.map(known).transpose()?;
    let mut lines = Vec::new();
    for grant in app.store.grants_in(&operation.id).await? {
        let Held::Form(_, form) = &grant.held else { continue };
        if role.is_some_and(|role| role != grant.role) {
            continue;
        }
        let Some(form) = app.store.form(form).await? else { continue };
        lines.push(json!({
            "actorId": number(&grant.actor), "roleId": grant.role.number(), "xmlFormId": form.xml_form_id,
            "restrictions": restrictions(&grant),
        }));
    }
    Ok(lines.into())
}

async fn of_forms(State(app): State<App>, viewer: Viewer, Path(project): Path<i64>) -> Result<Json<Value>, Problem> {
    Ok(Json(forms_of(&app, &viewer, project, None).await?))
}

async fn of_forms_with_role(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, role)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(forms_of(&app, &viewer, project, Some(&role)).await?))
}

async fn on_form(app: &App, viewer: &Viewer, project: i64, xml_form_id: &str) -> Result<Vec<Grant>, Problem> {
    let form = form(app, viewer, Verb::AssignmentList, project, xml_form_id).await?;
    Ok(app.store.grants_at(&Held::Form(form.operation, form.id)).await?)
}

async fn of_form(
    State(app): State<App>,
    viewer: Viewer,
    extended: Extended,
    Path((project, form)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    assignments(&app, &on_form(&app, &viewer, project, &form).await?, extended).await
}

async fn of_form_with_role(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form, role)): Path<(i64, String, String)>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(actors(&app, &with_role(on_form(&app, &viewer, project, &form).await?, &role)?).await?))
}

/// The limits that a request gives a role.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Limits {
    #[serde(default)]
    areas: Vec<String>,
    #[serde(default)]
    sees: Option<Sees>,
}

/// More areas than this are a list that should be a larger area.
const MOST_AREAS: usize = 500;

impl Limits {
    fn read(body: &[u8]) -> Result<Self, Problem> {
        // Clients of Central send nothing here, or an empty object.
        if body.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        let limits: Limits = serde_json::from_slice(body).map_err(|_| bad_limits())?;
        let sound = |code: &String| !code.trim().is_empty() && code.len() <= 40;
        if limits.areas.len() > MOST_AREAS || !limits.areas.iter().all(sound) {
            return Err(bad_limits());
        }
        Ok(limits)
    }
}

fn bad_limits() -> Problem {
    Problem::bad_request(
        "bad_restrictions",
        "The restrictions are `areas` (a list of p-codes) and `sees` (nothing, public, confidential, restricted, secret).",
        "Les restrictions sont `areas` (une liste de p-codes) et `sees` (nothing, public, confidential, restricted, secret).",
    )
}

/// Whoever an address names: a person by number, id or e-mail address, or a phone of the operation.
async fn actor(app: &App, held: &Held, named: &str) -> Result<String, Problem> {
    if let Held::Project(id) | Held::Form(id, _) = held
        && let Some(operation) = app.store.operation(id).await?
        && let Ok(phone) = app_user(app, &operation, named).await
    {
        return Ok(phone.to_string());
    }
    Ok(super::users::find(app, named).await?.id.to_string())
}

/// Gives a role. Nobody gives more than they hold themselves: what a manager of an operation gives ends with it.
async fn give(
    app: &App,
    viewer: &Viewer,
    held: Held,
    (role, named): (&str, &str),
    body: &[u8],
) -> Result<Json<Value>, Problem> {
    let limits = Limits::read(body)?;
    let actor = actor(app, &held, named).await?;
    let is_person = app.store.user(&actor.parse().map_err(|_| Problem::not_found())?).await?.is_some();
    let role = known(role)?;
    let stamp = viewer.stamp();
    let areas = limits.areas.iter().map(|code| Pcode::from(code.trim())).collect();
    let grant = Grant { areas, sees: limits.sees.unwrap_or(Sees::Secret), ..new_grant(actor, role, held, stamp.at) };
    let fits = if is_person { Role::OF_PEOPLE.contains(&role) } else { role == Role::AppUser };
    if !fits || !grant.is_sound() {
        return Err(Problem::bad_request(
            "role_does_not_fit",
            "This role cannot be given to this actor here.",
            "Ce rôle ne peut pas être donné ici à cet acteur.",
        ));
    }
    // The same role again changes its limits, and is no mistake without any.
    let before = app.store.grants_at(&grant.held).await?;
    if let Some(before) = before.into_iter().find(|one| one.actor == grant.actor && one.role == grant.role) {
        if before.areas == grant.areas && before.sees == grant.sees {
            return Ok(Json(json!({ "success": true })));
        }
        app.store.change_grant(&before.id, &grant.areas, grant.sees, &stamp).await?;
    } else {
        app.store.give(&grant, &stamp).await?;
    }
    Ok(Json(json!({ "success": true })))
}

/// Who is to hold what on a form, as a client says it anew.
pub(super) struct Wanted(Vec<(String, Role)>);

impl Wanted {
    /// Reads `roleId` and `actorIds`; whoever is not known there refuses the whole.
    pub(super) async fn read(app: &App, held: &Held, roles: &[(Value, Vec<i64>)]) -> Result<Self, Problem> {
        let mut wanted = Vec::new();
        for (role, actors) in roles {
            let named = role.as_str().map_or_else(|| role.to_string(), str::to_owned);
            let role = Role::from_code(&named).ok_or_else(|| Problem::unexpected_value("roleId", &named))?;
            for number in actors {
                let actor = actor(app, held, &number.to_string()).await;
                wanted.push((actor.map_err(|_| Problem::unexpected_value("actorIds", &number.to_string()))?, role));
            }
        }
        Ok(Self(wanted))
    }

    /// Gives what is missing there and takes what is not wanted.
    pub(super) async fn settle(self, app: &App, viewer: &Viewer, held: &Held) -> Result<(), Problem> {
        let stamp = viewer.stamp();
        let before = app.store.grants_at(held).await?;
        for grant in before.iter().filter(|grant| !self.0.contains(&(grant.actor.clone(), grant.role))) {
            app.store.take(&grant.id, &stamp).await?;
        }
        for (actor, role) in self.0 {
            if before.iter().any(|grant| grant.actor == actor && grant.role == role) {
                continue;
            }
            let Json(_) = give(app, viewer, held.clone(), (role.code(), &actor), b"").await?;
        }
        Ok(())
    }
}

async fn take(app: &App, viewer: &Viewer, held: Held, (role, named): (&str, &str)) -> Result<Json<Value>, Problem> {
    let actor = actor(app, &held, named).await?;
    let role = known(role)?;
    let grants = app.store.grants_at(&held).await?;
    let grant = grants.into_iter().find(|grant| grant.actor == actor && grant.role == role);
    let grant = grant.ok_or_else(Problem::not_found)?;
    app.store.take(&grant.id, &viewer.stamp()).await.map_err(kept_administrator)?;
    Ok(Json(json!({ "success": true })))
}

/// The last administrator stays, and is told why.
pub(crate) fn kept_administrator(error: dtm_store::StoreError) -> Problem {
    match error {
        dtm_store::StoreError::Conflict { what: "last_administrator" } => Problem::new(
            axum::http::StatusCode::CONFLICT,
            "last_administrator",
            409.3,
            Text::both(
                "Somebody has to remain administrator. Make another person one first.",
                "Il faut qu’il reste un administrateur. Donnez d’abord ce rôle à une autre personne.",
            ),
        ),
        other => other.into(),
    }
}

async fn give_site(
    State(app): State<App>,
    viewer: Viewer,
    Path((role, actor)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::AssignmentCreate, On::Site)?;
    viewer.may(Verb::UserUpdate, On::Site)?;
    give(&app, &viewer, Held::Site, (&role, &actor), &body).await
}

async fn take_site(
    State(app): State<App>,
    viewer: Viewer,
    Path((role, actor)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::AssignmentDelete, On::Site)?;
    viewer.may(Verb::UserUpdate, On::Site)?;
    take(&app, &viewer, Held::Site, (&role, &actor)).await
}

async fn give_project(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, role, actor)): Path<(i64, String, String)>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::AssignmentCreate, project).await?;
    give(&app, &viewer, Held::Project(operation.id), (&role, &actor), &body).await
}

async fn take_project(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, role, actor)): Path<(i64, String, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::AssignmentDelete, project).await?;
    take(&app, &viewer, Held::Project(operation.id), (&role, &actor)).await
}

async fn give_form(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form_id, role, actor)): Path<(i64, String, String, String)>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let form = form(&app, &viewer, Verb::AssignmentCreate, project, &form_id).await?;
    give(&app, &viewer, Held::Form(form.operation, form.id), (&role, &actor), &body).await
}

async fn take_form(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form_id, role, actor)): Path<(i64, String, String, String)>,
) -> Result<Json<Value>, Problem> {
    let form = form(&app, &viewer, Verb::AssignmentDelete, project, &form_id).await?;
    take(&app, &viewer, Held::Form(form.operation, form.id), (&role, &actor)).await
}
