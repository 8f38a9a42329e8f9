//! The versions of a submission, and what changed from one to the next.

use super::{Actors, Which, version_json};
use crate::http::central::Extended;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dtm_capture::edits::{Difference, differences};
use dtm_capture::encrypted::readable_part;
use dtm_capture::submission::is_encrypted;
use dtm_model::FormSchema;
use dtm_store::{Submission, SubmissionHead};
use serde_json::{Map, Value};
use std::collections::HashMap;

pub(super) async fn list(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    extended: Extended,
) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionRead).await?;
    let whole = which.whole(&app, &scene).await?;
    let mut actors = Actors::new(&app);
    let mut list = Vec::new();
    for head in app.store.submissions_of(&whole.record).await?.iter().rev() {
        list.push(json_of(&app, &mut actors, head, &whole, extended).await?);
    }
    Ok(Json(list.into()))
}

async fn json_of(
    app: &App,
    actors: &mut Actors<'_>,
    head: &SubmissionHead,
    whole: &Submission,
    extended: Extended,
) -> Result<Value, Problem> {
    let mut json = version_json(head, head.id == whole.current);
    if extended.0 {
        json["submitter"] = actors.json(&head.received_by).await?;
        let version = app.store.form_version_by_id(&head.form_version).await?;
        json["formVersion"] = version.map(|version| version.version).into();
    }
    Ok(json)
}

/// A version, or with `.xml` at its end what was sent, byte for byte.
pub(super) async fn read(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    extended: Extended,
) -> Result<Response, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionRead).await?;
    let whole = which.whole(&app, &scene).await?;
    let head = which.head(&app, &whole).await?;
    if which.version.as_deref().is_some_and(|version| version.ends_with(".xml")) {
        return xml(&app, &viewer, &head).await;
    }
    Ok(Json(json_of(&app, &mut Actors::new(&app), &head, &whole, extended).await?).into_response())
}

/// The XML of a version as it came. That somebody read it stands in the audit log.
pub(super) async fn xml(app: &App, viewer: &Viewer, head: &SubmissionHead) -> Result<Response, Problem> {
    let stored = app.store.submission(&head.id).await?.ok_or_else(Problem::not_found)?;
    viewer.saw(app, &head.id).await;
    Ok(([(header::CONTENT_TYPE, "application/xml")], stored.xml).into_response())
}

/// What changed with each edit, by the instance id of the newer version.
pub(super) async fn diffs(State(app): State<App>, viewer: Viewer, which: Which) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionRead).await?;
    let whole = which.whole(&app, &scene).await?;
    let mut all = Map::new();
    for (head, changes) in of(&app, &whole).await? {
        all.insert(head.instance_id, changes.iter().map(Difference::to_json).collect::<Vec<_>>().into());
    }
    viewer.saw(&app, &whole.record).await;
    Ok(Json(all.into()))
}

/// The differences that each version but the first made, oldest first.
pub(crate) async fn of(app: &App, whole: &Submission) -> Result<Vec<(SubmissionHead, Vec<Difference>)>, Problem> {
    let heads = app.store.submissions_of(&whole.record).await?;
    let mut schemas: HashMap<dtm_model::FormVersionId, Option<FormSchema>> = HashMap::new();
    let mut all = Vec::new();
    let mut before: Option<String> = None;
    for head in heads {
        let stored = app.store.submission(&head.id).await?.ok_or_else(Problem::not_found)?;
        if !schemas.contains_key(&head.form_version) {
            let version = app.store.form_version_by_id(&head.form_version).await?;
            schemas.insert(head.form_version.clone(), version.map(|version| version.schema));
        }
        let schema = schemas.get(&head.form_version).and_then(Option::as_ref).ok_or_else(Problem::not_found)?;
        // Of what is encrypted only what stays readable can be compared.
        let xml = match is_encrypted(&stored.xml) {
            true => readable_part(&stored.xml).unwrap_or("<data/>").to_owned(),
            false => stored.xml,
        };
        if let Some(old) = before.replace(xml.clone()) {
            let changes = differences(&old, &xml, schema).map_err(Problem::internal)?;
            all.push((head, changes));
        }
    }
    Ok(all)
}
