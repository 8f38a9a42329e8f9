//! The ODK Central REST API.
//!
//! A project is an operation, under its number. Where Central has no word (an operation runs several exercises), the
//! query parameter `exercise` names it; without one the operation's first exercise is meant.

mod analytics;
pub(crate) mod app_users;
mod assignments;
pub(crate) mod attachments;
mod audits;
mod body;
mod checking;
mod checks;
mod config;
mod corrections;
mod datasets;
pub(crate) mod drafts;
mod events;
mod exports;
mod findings;
mod flows;
pub(crate) mod form_links;
mod forms;
mod hooks;
mod keys;
mod mappings;
mod needs;
mod odata;
mod places;
mod preferences;
mod projects;
pub(crate) mod public_links;
mod rounds;
mod sessions;
mod stocks;
mod submissions;
mod supervision;
mod users;
mod verification;
mod versions;

pub(crate) use app_users::new_app_user;
pub(crate) use assignments::{kept_administrator, new_grant};
pub(crate) use body::JsonBody;
pub(crate) use config::Appearance;
pub(crate) use corrections::{fitted_json, log_file};
pub(crate) use datasets::{attachment, attachment_hash, is_actor_property_name};
pub(crate) use hooks::{add_hook, find_hook};
pub(crate) use submissions::differences_of;
pub(crate) use users::{
    Welcome, add_person, hashed, looks_like_address, make_token, one_time_password, replace_password,
};

use super::App;
use super::problem::Problem;
use super::scope::Scope;
use super::sender::Sender;
use super::viewer::{Verb, Viewer, reached};
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
        .merge(places::routes())
        .merge(projects::routes())
        .merge(forms::routes())
        .merge(keys::routes())
        .merge(drafts::routes())
        .merge(versions::routes())
        .merge(attachments::routes())
        .merge(public_links::routes())
        .merge(submissions::routes())
        .merge(odata::routes())
        .merge(exports::routes())
        .merge(app_users::routes())
        .merge(assignments::routes())
        .merge(users::routes())
        .merge(audits::routes())
        .merge(analytics::routes())
        .merge(config::routes())
        .merge(form_links::routes())
        .merge(hooks::routes())
        .merge(preferences::routes())
        .merge(rounds::routes())
        .merge(events::routes())
        .merge(checks::routes())
        .merge(corrections::routes())
        .merge(flows::routes())
        .merge(needs::routes())
        .merge(verification::routes())
        .merge(findings::routes())
        .merge(stocks::routes())
        .merge(supervision::routes())
        .merge(checking::routes())
        .merge(mappings::routes())
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

/// Who reads a form's definition or a file of it: somebody signed in, or the holder of a public link (`?st=`).
pub(crate) enum FormReader {
    Person(Box<Viewer>),
    Link(Box<Sender>),
}

impl FromRequestParts<App> for FormReader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let by_link = parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("st=")));
        match by_link {
            true => Ok(Self::Link(Box::new(Sender::from_request_parts(parts, app).await?))),
            false => Ok(Self::Person(Box::new(Viewer::from_request_parts(parts, app).await?))),
        }
    }
}

impl FormReader {
    /// The form that an address names, if this reader may do this with it; a link, if it leads there.
    async fn form(&self, app: &App, verb: Verb, project: i64, xml_form_id: &str) -> Result<Form, Problem> {
        match self {
            Self::Person(viewer) => form(app, viewer, verb, project, xml_form_id).await,
            Self::Link(sender) => {
                let found = app.store.form_by_xml_id(&sender.operation.id, xml_form_id).await?;
                let found = found.ok_or_else(Problem::not_found)?;
                sender.must_fill(app, &found).await?;
                Ok(found)
            }
        }
    }
}

/// The person who made something, as Central's `Actor`; null where it was a command or nobody noted it.
async fn created_by(app: &App, by: Option<&str>) -> Result<Value, Problem> {
    let Some(id) = by.and_then(|by| by.strip_prefix("user:")).and_then(|id| id.parse().ok()) else {
        return Ok(Value::Null);
    };
    Ok(app.store.user(&id).await?.map_or(Value::Null, |user| users::actor_json(&user)))
}

/// Tells a field that is null from one that is not there.
fn given<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    serde::Deserialize::deserialize(value).map(Some)
}

/// A moment as a client writes it (ISO 8601, a day alone means its beginning in UTC); where none is given, what it was.
pub(crate) fn moment(
    name: &str,
    given: Option<Option<String>>,
    before: Option<Instant>,
) -> Result<Option<Instant>, Problem> {
    let Some(given) = given else { return Ok(before) };
    let Some(text) = given.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let text = text.trim();
    let exact = chrono::DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis());
    let local = || {
        ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
            .iter()
            .find_map(|form| chrono::NaiveDateTime::parse_from_str(text, form).ok())
            .or_else(|| text.parse::<chrono::NaiveDate>().ok()?.and_hms_opt(0, 0, 0))
            .map(|at| at.and_utc().timestamp_millis())
    };
    let millis = exact.ok().or_else(local).ok_or_else(|| Problem::unexpected_value(name, text))?;
    Ok(Some(Instant::from_millis(millis)))
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
    viewer.may(verb, reached(found.as_ref(), None))?;
    found.ok_or_else(Problem::not_found)
}

/// What an address names of an operation and its form, as far as it is there.
pub(crate) async fn named(
    app: &App,
    operation: Option<Operation>,
    xml_form_id: &str,
) -> Result<(Option<Operation>, Option<Form>), Problem> {
    let form = match &operation {
        Some(operation) => app.store.form_by_xml_id(&operation.id, xml_form_id).await?,
        None => None,
    };
    Ok((operation, form))
}

/// A form of a project, for those who may do this with it.
async fn form(app: &App, viewer: &Viewer, verb: Verb, project: i64, xml_form_id: &str) -> Result<Form, Problem> {
    let (operation, found) = named(app, app.store.operation_by_project(project).await?, xml_form_id).await?;
    viewer.may(verb, reached(operation.as_ref(), found.as_ref()))?;
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
    let (operation, found) = named(app, app.store.operation_by_project(project).await?, xml_form_id).await?;
    match found {
        Some(form) => {
            let scope = viewer.scope(app, verb, &form).await?;
            Ok((form, scope))
        }
        None => Err(viewer.absent(verb, reached(operation.as_ref(), None))),
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
