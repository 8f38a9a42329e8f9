//! Who fetches forms and sends submissions: a phone by the key in its address, or a person who signed in.
//!
//! One extractor for every address of capture, whatever its protocol. It says in which operation the sender is, which
//! forms they may fill, under which name the audit log keeps what they send, and where their addresses begin.

use super::App;
use super::problem::Problem;
use super::viewer::{On, Verb, Viewer};
use crate::{secrets, world};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use dtm_model::{AppUserId, Operation, Text};
use dtm_store::{AppUser, Form};
use std::collections::HashMap;

/// Whose request it is.
pub(crate) enum Who {
    /// A phone with a key of its own.
    Phone(AppUser),
    /// Somebody who signed in.
    Person(Viewer),
}

/// A sender, in the operation that the address names.
pub(crate) struct Sender {
    pub(crate) who: Who,
    pub(crate) operation: Operation,
    /// Where this sender's addresses begin: `http://host/v1/key/…/projects/1`.
    pub(crate) base: String,
    /// The phone, as it names itself.
    pub(crate) device_id: Option<String>,
}

impl Sender {
    /// Whether this sender may fetch and fill this form of the operation.
    pub(crate) async fn may_fill(&self, app: &App, form: &Form) -> Result<bool, Problem> {
        match &self.who {
            Who::Phone(phone) => Ok(app.store.may_fill(&phone.id, form).await?),
            Who::Person(viewer) => {
                match viewer.may(app, Verb::SubmissionCreate, On::Form(&form.operation, &form.id)).await {
                    Ok(()) => Ok(true),
                    Err(problem) if problem.status == StatusCode::FORBIDDEN => Ok(false),
                    Err(other) => Err(other),
                }
            }
        }
    }

    /// Whether this sender may put a new version in the place of what was sent. A phone's key gives no right to that:
    /// it is in many hands.
    pub(crate) async fn may_edit(&self, app: &App, form: &Form) -> Result<bool, Problem> {
        let Who::Person(viewer) = &self.who else { return Ok(false) };
        match viewer.may(app, Verb::SubmissionUpdate, On::Form(&form.operation, &form.id)).await {
            Ok(()) => Ok(true),
            Err(problem) if problem.status == StatusCode::FORBIDDEN => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Refuses a form that this sender may not fill: a phone is told that it is not there.
    pub(crate) async fn must_fill(&self, app: &App, form: &Form) -> Result<(), Problem> {
        match (self.may_fill(app, form).await?, &self.who) {
            (true, _) => Ok(()),
            (false, Who::Person(_)) => Err(Problem::forbidden()),
            (false, _) => Err(Problem::not_found()),
        }
    }

    /// The name under which the audit log keeps what this sender does.
    pub(crate) fn by(&self) -> String {
        match &self.who {
            Who::Phone(phone) => format!("app-user:{}", phone.id),
            Who::Person(viewer) => format!("user:{}", viewer.user.id),
        }
    }

    /// The phone's access, if it is one.
    pub(crate) fn app_user(&self) -> Option<&AppUserId> {
        match &self.who {
            Who::Phone(phone) => Some(&phone.id),
            Who::Person(_) => None,
        }
    }
}

impl FromRequestParts<App> for Sender {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Path(path) =
            Path::<HashMap<String, String>>::from_request_parts(parts, app).await.map_err(|_| Problem::not_found())?;
        let Query(mut query) =
            Query::<HashMap<String, String>>::from_request_parts(parts, app).await.map_err(|_| {
                Problem::bad_request("bad_query", "The address is not readable.", "L’adresse est illisible.")
            })?;
        let device_id = query.remove("deviceID").filter(|device| !device.is_empty());
        let project: i64 = path.get("project").and_then(|text| text.parse().ok()).ok_or_else(Problem::not_found)?;
        let home = app.base_url(&parts.headers);
        let key = path.get("token").cloned();
        let (who, base) = match &key {
            Some(key) => (key_holder(app, key).await?, format!("{home}/v1/key/{key}/projects/{project}")),
            None => {
                let viewer = Viewer::from_request_parts(parts, app).await?;
                (Who::Person(viewer), format!("{home}/v1/projects/{project}"))
            }
        };
        let operation = app.store.operation_by_project(project).await?.ok_or_else(Problem::not_found)?;
        if matches!(&who, Who::Phone(phone) if phone.operation != operation.id) {
            return Err(unknown_key());
        }
        Ok(Self { who, operation, base, device_id })
    }
}

/// The access behind the key of an address.
async fn key_holder(app: &App, key: &str) -> Result<Who, Problem> {
    if !secrets::looks_like_token(key) {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "bad_key",
            401.2,
            Text::both("The key in the address is not well formed.", "La clé dans l’adresse est mal formée."),
        ));
    }
    let phone = app.store.app_user_by_token(&secrets::hash_token(key)).await?.ok_or_else(unknown_key)?;
    if phone.revoked_at.is_some_and(|at| at <= world::now()) {
        return Err(unknown_key());
    }
    Ok(Who::Phone(phone))
}

/// Never 401, which would make a phone ask for a password.
fn unknown_key() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "unknown_key",
        403.1,
        Text::both(
            "This phone’s access is not known or was withdrawn. Ask your supervisor for a new QR code.",
            "L’accès de ce téléphone est inconnu ou a été retiré. Demandez un nouveau code QR à votre superviseur.",
        ),
    )
}
