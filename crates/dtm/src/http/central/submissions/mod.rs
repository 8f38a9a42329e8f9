//! Submissions, as ODK Central's clients know them, and what Central lacks: review of many at once, reviewers, filters
//! by any answer.
//!
//! Each address is there twice: below a form for what counts, below its draft for what only tries it out. A submission
//! goes by the instance id of its first version. Raw XML and files carry every answer, so they are refused to those who
//! may see only some of the answers. Shapes and codes: `CAPTURE.md` §3.2 and §3.5.

mod actors;
mod files;
mod list;
mod one;
mod opened;
mod review;
mod versions;

pub(crate) use actors::Actors;
pub(crate) use versions::of as differences_of;

use super::{Extended, number};
use crate::http::scope::Scope;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::records;
use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::routing::{get, post};
use dtm_model::Text;
use dtm_store::{Form, Submission, SubmissionHead};
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/forms/{form}/submissions", get(list::list).post(one::create))
        .route("/v1/projects/{project}/forms/{form}/submissions/keys", get(list::keys))
        .route("/v1/projects/{project}/forms/{form}/submissions/submitters", get(list::submitters))
        .route("/v1/projects/{project}/forms/{form}/submissions/review", post(review::review_many))
        .route(
            "/v1/projects/{project}/forms/{form}/submissions/{instance}",
            get(one::read).put(one::edit).patch(review::review).delete(one::delete),
        )
        .route("/v1/projects/{project}/forms/{form}/submissions/{instance}/edit", get(one::edit_page))
        .route("/v1/projects/{project}/forms/{form}/submissions/{instance}/restore", post(one::restore))
        .route("/v1/projects/{project}/forms/{form}/submissions/{instance}/reviewer", post(review::assign))
        .route(
            "/v1/projects/{project}/forms/{form}/submissions/{instance}/comments",
            get(review::comments).post(review::comment),
        )
        .route("/v1/projects/{project}/forms/{form}/submissions/{instance}/audits", get(review::audits))
        .route("/v1/projects/{project}/forms/{form}/submissions/{instance}/diffs", get(versions::diffs))
        .route("/v1/projects/{project}/forms/{form}/submissions/{instance}/versions", get(versions::list))
        .route("/v1/projects/{project}/forms/{form}/submissions/{instance}/versions/{version}", get(versions::read))
        .route(
            "/v1/projects/{project}/forms/{form}/submissions/{instance}/versions/{version}/attachments",
            get(files::list),
        )
        .route(
            "/v1/projects/{project}/forms/{form}/submissions/{instance}/versions/{version}/attachments/{name}",
            get(files::read),
        )
        .route("/v1/projects/{project}/forms/{form}/submissions/{instance}/attachments", get(files::list))
        .route(
            "/v1/projects/{project}/forms/{form}/submissions/{instance}/attachments/{name}",
            get(files::read).post(files::put).delete(files::clear),
        )
        .route("/v1/projects/{project}/forms/{form}/submissions/{instance}/opened.xml", get(opened::xml))
        .route("/v1/projects/{project}/forms/{form}/submissions/{instance}/opened/attachments", get(opened::list))
        .route(
            "/v1/projects/{project}/forms/{form}/submissions/{instance}/opened/attachments/{name}",
            get(opened::file),
        )
        .route("/v1/test/{token}/projects/{project}/forms/{form}/draft/submissions", post(one::try_out))
        .route("/v1/projects/{project}/forms/{form}/draft/submissions", get(list::list).post(one::create))
        .route("/v1/projects/{project}/forms/{form}/draft/submissions/keys", get(list::keys))
        .route("/v1/projects/{project}/forms/{form}/draft/submissions/submitters", get(list::submitters))
        .route("/v1/projects/{project}/forms/{form}/draft/submissions/{instance}", get(one::read).put(one::edit))
        .route("/v1/projects/{project}/forms/{form}/draft/submissions/{instance}/versions", get(versions::list))
        .route(
            "/v1/projects/{project}/forms/{form}/draft/submissions/{instance}/versions/{version}",
            get(versions::read),
        )
        .route("/v1/projects/{project}/forms/{form}/draft/submissions/{instance}/audits", get(review::audits))
        .route("/v1/projects/{project}/forms/{form}/draft/submissions/{instance}/diffs", get(versions::diffs))
        .route("/v1/projects/{project}/forms/{form}/draft/submissions/{instance}/attachments", get(files::list))
        .route(
            "/v1/projects/{project}/forms/{form}/draft/submissions/{instance}/attachments/{name}",
            get(files::read).post(files::put).delete(files::clear),
        )
}

/// The form that an address names, and whether its draft is meant.
pub(crate) struct Which {
    pub(crate) project: i64,
    pub(crate) form: String,
    pub(crate) draft: bool,
    /// The submission, where the address names one.
    instance: Option<String>,
    /// The version, where the address names one.
    version: Option<String>,
    /// The file, where the address names one.
    name: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Which {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(mut path) = Path::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::not_found())?;
        let project = path.get("project").and_then(|text| text.parse().ok()).ok_or_else(Problem::not_found)?;
        let matched = parts.extensions.get::<axum::extract::MatchedPath>();
        Ok(Self {
            project,
            form: path.remove("form").ok_or_else(Problem::not_found)?,
            draft: matched.is_some_and(|matched| matched.as_str().contains("/{form}/draft/")),
            instance: path.remove("instance"),
            version: path.remove("version"),
            name: path.remove("name"),
        })
    }
}

/// A form, and of its submissions what somebody may do something with.
struct Scene {
    form: Form,
    scope: Scope,
    draft: bool,
}

impl Scene {
    /// Whether a submission is theirs at all, and whether all its answers are.
    async fn share_of(&self, app: &App, whole: &Submission) -> Result<Option<bool>, Problem> {
        if self.scope.is_whole() {
            return Ok(Some(true));
        }
        let record = records::one(&app.store, &whole.record).await?;
        let share = self.scope.share(&whole.submitter, record.as_ref().map(|record| &record.answers));
        Ok(share.map(|share| share.is_whole()))
    }
}

impl Which {
    /// The form, with what this person may do this with of its submissions.
    async fn scene(&self, app: &App, viewer: &Viewer, verb: Verb) -> Result<Scene, Problem> {
        let (form, scope) = super::scoped(app, viewer, verb, self.project, &self.form).await?;
        Ok(Scene { form, scope, draft: self.draft })
    }

    /// The submission that the address names, in the trash or not, and whether all its answers are this person's.
    async fn found(&self, app: &App, scene: &Scene) -> Result<(Submission, bool), Problem> {
        let instance = self.instance.as_deref().unwrap_or_default();
        let instance = instance.strip_suffix(".xml").unwrap_or(instance);
        let found = app.store.whole_submission(&scene.form.id, scene.draft, instance).await?;
        let found = found.ok_or_else(Problem::not_found)?;
        let share = scene.share_of(app, &found).await?;
        Ok((found, share.ok_or_else(Problem::not_found)?))
    }

    /// The submission that the address names.
    async fn submission(&self, app: &App, scene: &Scene) -> Result<Submission, Problem> {
        let (found, _) = self.found(app, scene).await?;
        if found.deleted_at.is_none() { Ok(found) } else { Err(Problem::not_found()) }
    }

    /// The same for what carries every answer: refused to those who may see only some.
    async fn whole(&self, app: &App, scene: &Scene) -> Result<Submission, Problem> {
        match self.found(app, scene).await? {
            (found, _) if found.deleted_at.is_some() => Err(Problem::not_found()),
            (_, false) => Err(only_some_answers()),
            (found, true) => Ok(found),
        }
    }

    /// The version that the address names: the newest, where it names none.
    async fn head(&self, app: &App, whole: &Submission) -> Result<SubmissionHead, Problem> {
        let versions = app.store.submissions_of(&whole.record).await?;
        let wanted = self.version.as_deref().map(|version| version.strip_suffix(".xml").unwrap_or(version));
        let found = versions.into_iter().find(|head| match wanted {
            Some(wanted) => head.instance_id == wanted,
            None => head.id == whole.current,
        });
        found.ok_or_else(Problem::not_found)
    }
}

/// Raw XML, files, differences and comments may tell any answer.
fn only_some_answers() -> Problem {
    Problem::new(
        axum::http::StatusCode::FORBIDDEN,
        "only_some_answers",
        403.1,
        Text::both(
            "Your role shows you only some of the answers of this form, and this would show all of them.",
            "Votre rôle ne vous montre que certaines réponses de ce formulaire, et ceci les montrerait toutes.",
        ),
    )
}

/// The number of whoever stands in the audit log under this name, as clients know them; 0 for what is not a person.
pub(crate) fn actor_number(by: &str) -> i64 {
    by.split_once(':').map_or(0, |(_, id)| number(&id))
}

/// A version, as clients read it.
fn version_json(head: &SubmissionHead, current: bool) -> Value {
    json!({
        "instanceId": head.instance_id, "instanceName": head.instance_name, "submitterId": actor_number(&head.received_by),
        "deviceId": head.device_id, "userAgent": head.user_agent, "createdAt": head.received_at.to_string(),
        "current": current,
    })
}

/// A submission, as clients read it. `id` pages through long lists.
fn submission_json(whole: &Submission, first_agent: Option<&str>, current: Option<&SubmissionHead>) -> Value {
    json!({
        "id": whole.record, "instanceId": whole.instance_id,
        "instanceName": current.and_then(|head| head.instance_name.as_deref()),
        "submitterId": actor_number(&whole.submitter), "deviceId": whole.device_id, "userAgent": first_agent,
        "createdAt": whole.created_at.to_string(), "updatedAt": whole.updated_at.map(|at| at.to_string()),
        "deletedAt": whole.deleted_at.map(|at| at.to_string()), "reviewState": whole.review_state,
        "edits": whole.edits, "reviewerId": whole.assigned_to.as_ref().map(number),
        "currentVersion": current.map(|head| version_json(head, true)),
    })
}

/// One submission with its newest version.
async fn whole_json(app: &App, whole: &Submission) -> Result<Value, Problem> {
    let versions = app.store.submissions_of(&whole.record).await?;
    let first_agent = versions.first().and_then(|head| head.user_agent.as_deref());
    Ok(submission_json(whole, first_agent, versions.iter().find(|head| head.id == whole.current)))
}

/// A form makes the name of an instance from answers, which are not everybody's.
fn hide_name(json: &mut Value) {
    json["instanceName"] = Value::Null;
    if !json["currentVersion"].is_null() {
        json["currentVersion"]["instanceName"] = Value::Null;
    }
}

/// One submission with its newest version, and with the people behind it where that is asked for.
async fn one_json(app: &App, scene: &Scene, whole: &Submission, extended: Extended) -> Result<Value, Problem> {
    let mut json = whole_json(app, whole).await?;
    if scene.share_of(app, whole).await? != Some(true) {
        hide_name(&mut json);
    }
    if extended.0 {
        let mut actors = Actors::new(app);
        json["submitter"] = actors.json(&whole.submitter).await?;
        let versions = app.store.submissions_of(&whole.record).await?;
        if let Some(head) = versions.iter().find(|head| head.id == whole.current) {
            json["currentVersion"]["submitter"] = actors.json(&head.received_by).await?;
        }
        let version = app.store.form_version_by_id(&whole.form_version).await?;
        json["currentVersion"]["formVersion"] = version.map(|version| version.version).into();
    }
    Ok(json)
}

/// A field of the body holds what it cannot be.
fn unexpected(field: &str, en: &str, fr: &str) -> Problem {
    let mut problem = Problem::bad_request("unexpected_value", format!("`{field}`: {en}"), format!("`{field}` : {fr}"));
    problem.facts = Some(Box::new(json!({ "field": field, "reason": en })));
    problem
}
