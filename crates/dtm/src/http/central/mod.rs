//! The ODK Central REST API.
//!
//! A project is an operation, under its number. Where Central has no word (an operation runs several exercises), the
//! query parameter `exercise` names it; without one the operation's first exercise is meant.

mod app_users;
mod assignments;
mod audits;
mod datasets;
mod exports;
mod forms;
mod keys;
mod odata;
mod projects;
mod sessions;
mod submissions;
mod users;

pub(crate) use app_users::new_app_user;
pub(crate) use assignments::{kept_administrator, new_grant};
pub(crate) use datasets::{attachment, attachment_hash};
pub(crate) use submissions::differences_of;
pub(crate) use users::{add_person, make_token, one_time_password, replace_password};

use super::App;
use super::problem::Problem;
use super::scope::Scope;
use super::viewer::{On, Verb, Viewer};
use crate::cli::Mistakes;
use crate::journey::forms as form_journey;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use dtm_model::{Exercise, Instant, Operation, Text};
use dtm_store::Form;
use serde_json::Value;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(sessions::routes())
        .merge(projects::routes())
        .merge(forms::routes())
        .merge(keys::routes())
        .merge(submissions::routes())
        .merge(odata::routes())
        .merge(exports::routes())
        .merge(app_users::routes())
        .merge(assignments::routes())
        .merge(users::routes())
        .merge(audits::routes())
        .merge(datasets::routes())
}

/// Whether a client asks for more about each thing, with `X-Extended-Metadata: true`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extended(pub(crate) bool);

impl<S: Sync> FromRequestParts<S> for Extended {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let asked = parts.headers.get("x-extended-metadata").is_some_and(|value| value.as_bytes() == b"true");
        Ok(Self(asked))
    }
}

/// The part of a list that a client asks for with `limit` and `offset`; all of it without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) limit: Option<u32>,
    pub(crate) offset: u32,
}

impl Paging {
    /// The lines asked for, of a list that is short enough to be read whole.
    pub(crate) fn cut<T>(self, all: Vec<T>) -> Vec<T> {
        let limit = self.limit.map_or(usize::MAX, |limit| limit as usize);
        all.into_iter().skip(self.offset as usize).take(limit).collect()
    }

    fn of_query(query: &str) -> Result<Self, Problem> {
        let mut paging = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let number = || value.parse().map_err(|_| Problem::unexpected_value(name, value));
            match name {
                "limit" => paging.limit = Some(number()?),
                "offset" => paging.offset = number()?,
                _ => {}
            }
        }
        Ok(paging)
    }
}

impl<S: Sync> FromRequestParts<S> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of_query(parts.uri.query().unwrap_or(""))
    }
}

/// The number that stands for one of our ids where clients expect a whole number: its last 48 bits, which are random.
fn number(id: &impl std::fmt::Display) -> i64 {
    let text = id.to_string();
    i64::from_str_radix(text.rsplit('-').next().unwrap_or_default(), 16).unwrap_or_default()
}

/// When an id was made: its first 48 bits say.
pub(crate) fn made_at(id: &impl std::fmt::Display) -> Option<Instant> {
    let digits: String = id.to_string().chars().filter(|c| *c != '-').take(12).collect();
    i64::from_str_radix(&digits, 16).ok().map(Instant::from_millis)
}

/// The operation behind a project number, for those who may do this in it. Others are not told whether it exists.
async fn operation(app: &App, viewer: &Viewer, verb: Verb, project: i64) -> Result<Operation, Problem> {
    let found = app.store.operation_by_project(project).await?;
    viewer.may(app, verb, found.as_ref().map_or(On::Site, |operation| On::Project(&operation.id))).await?;
    found.ok_or_else(Problem::not_found)
}

/// A form of a project, for those who may do this with it.
async fn form(app: &App, viewer: &Viewer, verb: Verb, project: i64, xml_form_id: &str) -> Result<Form, Problem> {
    let operation = app.store.operation_by_project(project).await?;
    let found = match &operation {
        Some(operation) => app.store.form_by_xml_id(&operation.id, xml_form_id).await?,
        None => None,
    };
    let on = match (&operation, &found) {
        (_, Some(form)) => On::Form(&form.operation, &form.id),
        (Some(operation), None) => On::Project(&operation.id),
        (None, None) => On::Site,
    };
    viewer.may(app, verb, on).await?;
    found.ok_or_else(Problem::not_found)
}

/// A form of a project with its published version, for those who may do this with it.
async fn published(
    app: &App,
    viewer: &Viewer,
    verb: Verb,
    project: i64,
    xml_form_id: &str,
) -> Result<dtm_store::PublishedForm, Problem> {
    let form = form(app, viewer, verb, project, xml_form_id).await?;
    form_journey::published(&app.store, &form.operation, xml_form_id).await?.ok_or_else(Problem::not_found)
}

/// A form of a project, with the rows and answers of it that this person may do this with. Handlers that show rows ask
/// here rather than [`form`], which turns everybody away whose role is narrowed.
async fn scoped(
    app: &App,
    viewer: &Viewer,
    verb: Verb,
    project: i64,
    xml_form_id: &str,
) -> Result<(Form, Scope), Problem> {
    let operation = app.store.operation_by_project(project).await?;
    let found = match &operation {
        Some(operation) => app.store.form_by_xml_id(&operation.id, xml_form_id).await?,
        None => None,
    };
    match (&operation, found) {
        (_, Some(form)) => {
            let scope = viewer.scope(app, verb, &form).await?;
            Ok((form, scope))
        }
        (Some(operation), None) if viewer.can_partly(verb, On::Project(&operation.id)) => Err(Problem::not_found()),
        (None, None) if viewer.can_partly(verb, On::Site) => Err(Problem::not_found()),
        _ => Err(Problem::forbidden()),
    }
}

/// The exercise a request means: the one it names, else the operation's first.
async fn exercise(app: &App, operation: &Operation, slug: Option<&str>) -> Result<Exercise, Problem> {
    let exercises = app.store.exercises(&operation.id).await?;
    let found = match slug {
        Some(slug) => exercises.into_iter().find(|exercise| exercise.slug == slug),
        None => exercises.into_iter().next(),
    };
    found.ok_or_else(|| {
        Problem::bad_request("no_exercise", "The operation has no such exercise.", "L’opération n’a pas cet exercice.")
    })
}

/// A problem that lists every mistake of an uploaded file.
pub(crate) fn rejected(code: &'static str, central: f64, error: anyhow::Error) -> Problem {
    match error.downcast::<Mistakes>() {
        Ok(mistakes) => {
            let mut problem = Problem::new(
                StatusCode::BAD_REQUEST,
                code,
                central,
                Text::both(
                    "The file has mistakes; nothing was stored. Each is listed below.",
                    "Le fichier contient des erreurs ; rien n’a été enregistré. Elles sont toutes listées ci-dessous.",
                ),
            );
            problem.details = mistakes.lines.into_iter().map(Value::from).collect();
            problem
        }
        Err(other) => match other.downcast_ref::<dtm_capture::entities::EntityFormError>() {
            Some(entities) => crate::journey::entities::invalid_form(entities),
            None => other.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_lines_a_client_asks_for() {
        let page = |query: &str| Paging::of_query(query).map(|paging| paging.cut(vec!["a", "b", "c", "d"]));
        assert_eq!(page("").unwrap(), ["a", "b", "c", "d"]);
        assert_eq!(page("limit=2").unwrap(), ["a", "b"]);
        assert_eq!(page("x=1&offset=1&limit=2").unwrap(), ["b", "c"]);
        assert_eq!(page("offset=9").unwrap(), Vec::<&str>::new());
        assert_eq!(page("limit=-1").unwrap_err().central, 400.8);
        assert_eq!(page("offset=two").unwrap_err().code, "unexpected_value");
    }
}
