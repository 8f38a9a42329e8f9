//! One submission: made, read, edited, moved to the trash and taken back.

use super::{Which, one_json, unexpected, versions, whole_json};
use crate::http::central::Extended;
use crate::http::sender::Sender;
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem, user_agent};
use crate::journey::intake::{self, Arrival, MayEdit, Opened};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use dtm_model::Text;
use dtm_store::{Form, Receipt, Stamp, Submission};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct Device {
    #[serde(rename = "deviceID")]
    device_id: Option<String>,
}

/// Reads what was sent, and refuses what answers another form than the address names.
async fn opened(app: &App, which: &Which, form: &Form, xml: &[u8]) -> Result<Opened, Problem> {
    let opened = match which.draft {
        false => Opened::read(&app.store, &app.versions, &form.operation, xml).await?,
        true => Opened::of_draft(&app.store, form, xml).await?,
    };
    if opened.envelope.form_id != form.xml_form_id {
        return Err(unexpected(
            "form id",
            "the submission answers another form than the address names",
            "l’envoi répond à un autre formulaire que celui de l’adresse",
        ));
    }
    Ok(opened)
}

fn arrival(app: &App, stamp: Stamp, headers: &HeaderMap, device: Device, xml: Bytes, may_edit: MayEdit) -> Arrival {
    Arrival {
        app_user: None,
        stamp,
        device_id: device.device_id.filter(|device| !device.is_empty()),
        user_agent: user_agent(headers),
        may_edit,
        mark: app.vault.mark(&xml),
        xml,
        files: Vec::new(),
    }
}

/// Takes what arrived. A submission that is here already is a conflict, also when it is the very same.
async fn taken(app: &App, opened: Opened, arrival: Arrival) -> Result<Submission, Problem> {
    let (form, draft) = (opened.form.clone(), opened.version.published_at.is_none());
    let in_clear = opened.in_clear(&arrival.xml);
    let receipt = intake::take(&app.store, &app.blobs, opened, arrival).await?;
    app.logics.examine_soon(&app.store, &app.blobs, &receipt, in_clear);
    match receipt {
        Receipt::New(id) => {
            let head = app.store.submission(&id).await?.ok_or_else(Problem::not_found)?.head;
            app.store.submission_of_record(&head.record).await?.ok_or_else(Problem::not_found)
        }
        Receipt::Again(_) | Receipt::Differs(_) => Err(exists(&form, draft)),
    }
}

/// Takes a new submission.
pub(super) async fn create(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    extended: Extended,
    Query(device): Query<Device>,
    headers: HeaderMap,
    xml: Bytes,
) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionCreate).await?;
    let form = &scene.form;
    let opened = opened(&app, &which, form, &xml).await?;
    let can_edit = viewer.can(Verb::SubmissionUpdate, On::Form(&form.operation, &form.id));
    let may_edit = if can_edit { MayEdit::All } else { MayEdit::Nothing };
    let arrival = arrival(&app, viewer.stamp(), &headers, device, xml, may_edit);
    let whole = taken(&app, opened, arrival).await?;
    Ok(Json(one_json(&app, &scene, &whole, extended).await?))
}

/// Takes a submission from who holds the token of a draft, to try it out.
pub(super) async fn try_out(
    State(app): State<App>,
    sender: Sender,
    Query(device): Query<Device>,
    headers: HeaderMap,
    xml: Bytes,
) -> Result<Json<Value>, Problem> {
    let (form, draft) = sender.draft.as_ref().ok_or_else(Problem::not_found)?;
    let opened = Opened::on_draft(form, draft, &xml)?;
    let arrival = arrival(&app, sender.stamp(), &headers, device, xml, MayEdit::Nothing);
    let whole = taken(&app, opened, arrival).await?;
    Ok(Json(whole_json(&app, &whole).await?))
}

fn exists(form: &Form, draft: bool) -> Problem {
    let mut problem = Problem::conflict(
        "submission_exists",
        409.3,
        "A submission with this instanceID is here already. Nothing was stored.",
        "Un envoi avec cet instanceID est déjà ici. Rien n’a été enregistré.",
    );
    let values = json!([form.xml_form_id, null, draft]);
    problem.facts = Some(Box::new(json!({ "fields": ["formId", "instanceId", "draft"], "values": values })));
    problem
}

/// A submission, or with `.xml` at its end what was sent, byte for byte.
pub(super) async fn read(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    extended: Extended,
) -> Result<Response, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionRead).await?;
    if which.instance.as_deref().is_some_and(|instance| instance.ends_with(".xml")) {
        let whole = which.whole(&app, &scene).await?;
        let head = which.head(&app, &whole).await?;
        return versions::xml(&app, &viewer, &head).await;
    }
    let whole = which.submission(&app, &scene).await?;
    Ok(Json(one_json(&app, &scene, &whole, extended).await?).into_response())
}

/// Puts a new version in the place of the newest one, which it must name.
pub(super) async fn edit(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    extended: Extended,
    Query(device): Query<Device>,
    headers: HeaderMap,
    xml: Bytes,
) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionUpdate).await?;
    let whole = which.whole(&app, &scene).await?;
    let form = &scene.form;
    let opened = opened(&app, &which, form, &xml).await?;
    let deprecated = opened.envelope.deprecated_id.clone().ok_or_else(no_deprecated_id)?;
    let replaced = app.store.submission_by_instance(&form.id, which.draft, &deprecated).await?;
    if replaced.is_some_and(|replaced| replaced.record != whole.record) {
        return Err(intake::outdated_edit(&deprecated));
    }
    let arrival = arrival(&app, viewer.stamp(), &headers, device, xml, MayEdit::All);
    let in_clear = opened.in_clear(&arrival.xml);
    let receipt = intake::take(&app.store, &app.blobs, opened, arrival).await?;
    app.logics.examine_soon(&app.store, &app.blobs, &receipt, in_clear);
    match receipt {
        Receipt::New(_) | Receipt::Again(_) => {
            let whole = app.store.submission_of_record(&whole.record).await?.ok_or_else(Problem::not_found)?;
            Ok(Json(one_json(&app, &scene, &whole, extended).await?))
        }
        Receipt::Differs(_) => Err(Problem::conflict(
            "instance_exists",
            409.8,
            "This edit has the instanceID of a submission that is here already: give it a new one.",
            "Cette modification porte l’instanceID d’un envoi déjà présent : donnez-lui-en un nouveau.",
        )),
    }
}

fn no_deprecated_id() -> Problem {
    let text = Text::both(
        "An edit names the version that it replaces in meta/deprecatedID.",
        "Une modification nomme dans meta/deprecatedID la version qu’elle remplace.",
    );
    Problem::new(StatusCode::BAD_REQUEST, "no_deprecated_id", 400.19, text)
}

/// Moves a submission to the trash, from where it can be taken back for 30 days.
pub(super) async fn delete(State(app): State<App>, viewer: Viewer, which: Which) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionDelete).await?;
    let whole = which.whole(&app, &scene).await?;
    app.store.trash_submission(&whole.record, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

pub(super) async fn restore(State(app): State<App>, viewer: Viewer, which: Which) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionRestore).await?;
    let (whole, _) = which.found(&app, &scene).await?;
    app.store.restore_submission(&whole.record, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

/// Leads to the page where a submission is edited.
pub(super) async fn edit_page(State(app): State<App>, viewer: Viewer, which: Which) -> Result<Redirect, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionUpdate).await?;
    let whole = which.whole(&app, &scene).await?;
    let operation = app.store.operation(&scene.form.operation).await?.ok_or_else(Problem::not_found)?;
    Ok(Redirect::to(&match which.instance.as_deref().filter(|_| !which.draft) {
        Some(instance) => crate::http::fill::edit_address(&operation, &scene.form, instance),
        None => format!("/office/records/{}", whole.record),
    }))
}
