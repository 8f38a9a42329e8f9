//! What reviewers make of submissions: state, one by one or many at once; who reviews; what they write; what happened.

use super::{Actors, Which, actor_number, number, one_json, unexpected};
use crate::http::central::audits::central_action;
use crate::http::central::{Extended, JsonBody, Paging};
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::submissions;
use crate::world;
use axum::Json;
use axum::extract::State;
use dtm_model::{RecordId, SubmissionId};
use dtm_store::{AuditEntry, Form, LONGEST_COMMENT, ReviewState};
use serde::Deserialize;
use serde_json::{Value, json};

/// The most submissions that one request reviews.
const MOST: usize = 5000;

/// A state as a client says it: one of the words, or null (also the word) for «as received».
fn state_of(value: &Value) -> Result<Option<ReviewState>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::String(word) if word == "null" => Ok(None),
        Value::String(word) => {
            ReviewState::from_code(word).map(Some).ok_or_else(|| Problem::unexpected_value("reviewState", word))
        }
        other => Err(Problem::unexpected_value("reviewState", &other.to_string())),
    }
}

pub(super) async fn review(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    extended: Extended,
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionReview).await?;
    let whole = which.submission(&app, &scene).await?;
    if let Some(state) = body.get("reviewState") {
        let state = state_of(state)?;
        app.store.review(std::slice::from_ref(&whole.record), state, &viewer.stamp()).await?;
    }
    let whole = app.store.submission_of_record(&whole.record).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(one_json(&app, &scene, &whole, extended).await?))
}

/// Many submissions and what the review made of them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Many {
    instance_ids: Vec<String>,
    #[serde(default)]
    review_state: Option<Value>,
    /// Who shall review them: a person's number, or null for nobody.
    #[serde(default)]
    reviewer_id: Option<Value>,
}

/// Reviews many submissions at once: all of them, or none where one is not here.
pub(super) async fn review_many(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    JsonBody(many): JsonBody<Many>,
) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionReview).await?;
    if many.instance_ids.len() > MOST {
        return Err(unexpected("instanceIds", "5000 at once at most", "5000 à la fois au plus"));
    }
    let mut records: Vec<RecordId> = Vec::with_capacity(many.instance_ids.len());
    let mut unknown = Vec::new();
    for instance in &many.instance_ids {
        let found = app.store.whole_submission(&scene.form.id, scene.draft, instance).await?;
        match found.filter(|whole| whole.deleted_at.is_none()) {
            Some(whole) if scene.share_of(&app, &whole).await?.is_some() => records.push(whole.record),
            _ => unknown.push(Value::from(instance.clone())),
        }
    }
    if !unknown.is_empty() {
        let mut problem = Problem::not_found();
        problem.details = unknown;
        return Err(problem);
    }
    let mut n_changed = 0;
    if let Some(state) = &many.review_state {
        n_changed = app.store.review(&records, state_of(state)?, &viewer.stamp()).await?;
    }
    if let Some(person) = &many.reviewer_id {
        let person = person_of(&app, &scene.form, person).await?;
        n_changed = n_changed.max(app.store.assign_reviewer(&records, person.as_ref(), &viewer.stamp()).await?);
    }
    Ok(Json(json!({ "success": true, "count": n_changed })))
}

async fn person_of(app: &App, form: &Form, value: &Value) -> Result<Option<dtm_model::UserId>, Problem> {
    let Some(wanted) = value.as_i64() else {
        return if value.is_null() {
            Ok(None)
        } else {
            Err(Problem::unexpected_value("reviewerId", &value.to_string()))
        };
    };
    let people = submissions::reviewers(app, On::Form(&form.operation, &form.id)).await?;
    let person = people.into_iter().find(|person| number(&person.id) == wanted);
    Ok(Some(person.ok_or_else(|| Problem::unexpected_value("reviewerId", &wanted.to_string()))?.id))
}

/// Says who shall review a submission.
pub(super) async fn assign(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    extended: Extended,
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionReview).await?;
    let whole = which.submission(&app, &scene).await?;
    let person =
        person_of(&app, &scene.form, body.get("reviewerId").ok_or_else(|| Problem::missing("reviewerId"))?).await?;
    app.store.assign_reviewer(std::slice::from_ref(&whole.record), person.as_ref(), &viewer.stamp()).await?;
    let whole = app.store.submission_of_record(&whole.record).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(one_json(&app, &scene, &whole, extended).await?))
}

#[derive(Deserialize)]
pub(super) struct NewComment {
    body: Option<String>,
}

pub(super) async fn comment(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    JsonBody(given): JsonBody<NewComment>,
) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionReview).await?;
    let whole = which.submission(&app, &scene).await?;
    let body = given.body.filter(|body| !body.trim().is_empty()).ok_or_else(|| Problem::missing("body"))?;
    if body.len() > LONGEST_COMMENT {
        return Err(unexpected("body", "too long", "trop long"));
    }
    let stamp = viewer.stamp();
    let id = world::fresh(SubmissionId::new).to_string();
    app.store.add_comment(&id, &whole.record, &body, &stamp).await?;
    Ok(Json(json!({ "body": body, "actorId": actor_number(&stamp.by), "createdAt": stamp.at.to_string() })))
}

/// What was written about a submission, the newest first.
pub(super) async fn comments(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    extended: Extended,
) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionRead).await?;
    let whole = which.whole(&app, &scene).await?;
    let mut actors = Actors::new(&app);
    let mut list = Vec::new();
    for comment in app.store.comments(&whole.record).await? {
        let mut json = json!({
            "body": comment.body, "actorId": actor_number(&comment.actor), "createdAt": comment.at.to_string(),
        });
        if extended.0 {
            json["actor"] = actors.json(&comment.actor).await?;
        }
        list.push(json);
    }
    Ok(Json(list.into()))
}

fn audit_json(entry: &AuditEntry, instance: &str) -> Value {
    let (mut details, notes) = entry.facts();
    if let Value::Object(details) = &mut details {
        details.entry("instanceId").or_insert(instance.into());
    }
    json!({
        "actorId": actor_number(&entry.actor), "action": central_action(&entry.action), "acteeId": null,
        "details": details, "notes": notes, "loggedAt": entry.at.to_string(),
    })
}

/// What happened to a submission, the newest first.
pub(super) async fn audits(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    extended: Extended,
    paging: Paging,
) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionRead).await?;
    let whole = which.submission(&app, &scene).await?;
    let mut entries = crate::journey::submissions::history(&app, &whole).await?;
    // What the server worked out by itself is no act of anybody's.
    entries.retain(|entry| entry.action != "record.examined");
    entries.reverse();
    let mut actors = Actors::new(&app);
    let mut list = Vec::new();
    for entry in paging.cut(entries) {
        let mut json = audit_json(&entry, &whole.instance_id);
        if extended.0 {
            json["actor"] = actors.json(&entry.actor).await?;
        }
        list.push(json);
    }
    Ok(Json(list.into()))
}
