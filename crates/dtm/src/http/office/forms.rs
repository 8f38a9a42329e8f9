//! Forms of an operation: the list, uploading another with its mistakes against the sheet, the trash.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::changes::{self, Changes};
use super::clock::{Clock, Moment};
use super::form::{GapLine, gaps};
use super::upload::{File, Parts, Upload};
use super::{App, Desk, OperationHead, Said, said, sheet};
use crate::cli::Mistakes;
use crate::journey::forms;
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dtm_model::{FormId, Operation, Text};
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use dtm_store::{Form, FormHead, StoreError};

/// A form in the list.
struct FormLine {
    id: String,
    /// The id as addresses have it.
    encoded: String,
    name: String,
    href: String,
    state: &'static str,
    published: bool,
    draft: bool,
    version: String,
    exercise: String,
    submissions: String,
    last: Moment,
}

/// A form in the trash.
struct TrashLine {
    key: String,
    id: String,
    name: String,
    since: String,
}

/// A form that was stored just now, beside what was there before.
struct Stored {
    href: String,
    name: String,
    draft: bool,
    /// The version it is compared with, and what changed; none for a form that was never published.
    changes: Option<(String, Changes)>,
    gaps: Vec<GapLine>,
}

#[derive(Template)]
#[template(path = "office/forms.html")]
struct FormsView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    warnings: Vec<String>,
    /// What became of the form that was brought.
    stored: Option<Stored>,
    operation: OperationHead,
    here: String,
    forms: Vec<FormLine>,
    trash: Vec<TrashLine>,
    /// What is wrong with the workbook that was brought, against its rows.
    sheets: Vec<sheet::Part>,
    /// Short name and name of each exercise.
    exercises: Vec<(String, String)>,
    chosen: String,
}

async fn view(app: &App, desk: &Desk, operation: &Operation) -> Result<FormsView, Problem> {
    let w = desk.words();
    let clock = Clock::of(w, operation);
    let exercises = app.store.exercises(&operation.id).await?;
    let mut lines = Vec::new();
    let here = format!("/office/o/{}/forms", links::encode(&operation.slug));
    for FormHead { form, published, draft } in app.store.form_heads(&operation.id).await? {
        let exercise = exercises.iter().find(|exercise| exercise.id == form.exercise);
        let activity = app.store.form_activity(&form.id).await?;
        lines.push(FormLine {
            encoded: links::encode(&form.xml_form_id).to_string(),
            href: format!("{here}/{}", dtm_capture::openrosa::url_part(&form.xml_form_id)),
            state: form.state_at(world::now()).code(),
            published: published.is_some(),
            draft: draft.is_some(),
            submissions: w.number(activity.submissions as i64),
            last: activity.last_submission.map(|at| clock.moment(at)).unwrap_or_default(),
            version: published.or(draft).map(|version| version.version).unwrap_or_default(),
            exercise: exercise.map(|exercise| w.text(&exercise.name).to_owned()).unwrap_or_default(),
            id: form.xml_form_id,
            name: form.name,
        });
    }
    let mut trash = Vec::new();
    if desk.can(Verb::FormRestore, On::Project(&operation.id)) {
        trash = app.store.trashed_forms(&operation.id).await?;
    }
    let trashed = |form: Form| TrashLine {
        key: form.id.to_string(),
        since: form.deleted_at.map(|at| clock.day(at)).unwrap_or_default(),
        id: form.xml_form_id,
        name: form.name,
    };
    let operation = OperationHead::new(app, desk, operation).await?;
    Ok(FormsView {
        w,
        said: String::new(),
        mistakes: None,
        warnings: Vec::new(),
        stored: None,
        here: format!("{}/forms", operation.here),
        operation,
        forms: lines,
        trash: trash.into_iter().map(trashed).collect(),
        sheets: Vec::new(),
        exercises: exercises.iter().map(|e| (e.slug.clone(), w.text(&e.name).to_owned())).collect(),
        chosen: String::new(),
    })
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::FormUpdate, &slug).await?;
    let mut view = view(&app, &desk, &operation).await?;
    view.said = told.sentence(desk.words());
    desk.page(&desk.words().t("office-forms"), view.render())
}

/// Shows the page again with what was stored, or with every mistake of the file.
pub(super) async fn upload(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    parts: Parts,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::FormCreate, &slug).await?;
    let (w, stamp) = (desk.words(), desk.viewer()?.stamp());
    let upload = Upload::read(parts).await.map_err(|problem| match problem.status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "form_too_large",
            413.1,
            Text::both("A form may have 30 MB.", "Un formulaire peut avoir 30 Mo."),
        ),
        _ => problem,
    })?;
    let exercise = app.store.exercise_by_slug(&operation.id, upload.text("exercise")).await?;
    let mut brought_sheet = None;
    let outcome = match (&upload.file, exercise) {
        (None, _) => Err((w.t("office-no-file"), Vec::new())),
        (_, None) => Err((w.t("office-no-exercise"), Vec::new())),
        (Some(File { name, bytes, .. }), Some(exercise)) => {
            let bytes = bytes.to_vec();
            brought_sheet = Some((name.clone(), bytes.clone()));
            let brought = forms::Upload { file_name: name, bytes, publish: upload.has("publish"), lang: desk.lang };
            match forms::upload(&app.store, &app.blobs, &app.vault, &exercise, brought, stamp).await {
                Ok(uploaded) => Ok(uploaded),
                Err(error) => match error.downcast::<Mistakes>() {
                    Ok(mistakes) => {
                        Err((w.t("office-form-mistakes"), mistakes.lines.iter().map(|line| w.typeset(line)).collect()))
                    }
                    Err(other) => match other.downcast::<dtm_capture::entities::EntityFormError>() {
                        Ok(error) => Err((w.t("office-form-mistakes"), vec![w.typeset(&error.message(desk.lang))])),
                        Err(other) => return Err(other.into()),
                    },
                },
            }
        }
    };
    let mut view = view(&app, &desk, &operation).await?;
    view.chosen = upload.text("exercise").to_owned();
    let has_notes = outcome.as_ref().map_or(true, |uploaded| !uploaded.warnings.is_empty());
    if let Some((name, bytes)) = brought_sheet.filter(|_| has_notes) {
        let lang = desk.lang;
        let read = tokio::task::spawn_blocking(move || sheet::read(&bytes, &name, lang)).await;
        view.sheets = read.map_err(Problem::internal)?;
    }
    match outcome {
        Ok(uploaded) => {
            let before = changes::before(&app, &uploaded.version).await?;
            let stored = Stored {
                href: format!(
                    "{}/{}",
                    view.here,
                    dtm_capture::openrosa::url_part(&uploaded.version.schema.xml_form_id)
                ),
                name: uploaded.version.schema.title.clone(),
                draft: uploaded.version.published_at.is_none(),
                changes: match &before {
                    Some(before) => Some((
                        changes::version_name(before, Clock::of(w, &operation)),
                        Changes::of(before, &uploaded.version, w).await?,
                    )),
                    None => None,
                },
                gaps: gaps(&uploaded.version.schema, w),
            };
            let names = [
                ("form", Arg::from(uploaded.version.schema.xml_form_id)),
                ("version", Arg::from(uploaded.version.version)),
            ];
            let key =
                if uploaded.version.published_at.is_some() { "office-form-offered" } else { "office-form-uploaded" };
            view.said = w.t_args(key, &names);
            view.stored = Some(stored);
            if view.sheets.is_empty() {
                view.warnings = uploaded.warnings;
            }
        }
        Err((title, lines)) => {
            // Against the rows of the sheet a mistake says more than in a list.
            let shown = view.sheets.iter().any(|part| !part.rows.is_empty() || !part.notes.is_empty());
            view.mistakes = Some((title, if shown { Vec::new() } else { lines }));
        }
    }
    desk.answer(&w.t("office-forms"), view.render(), view.mistakes.is_some())
}

/// Takes a form back from the trash.
pub(super) async fn restore(
    State(app): State<App>,
    desk: Desk,
    Path((slug, form)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::FormRestore, &slug).await?;
    let id: FormId = form.parse().map_err(|_| Problem::not_found())?;
    let known = app.store.trashed_forms(&operation.id).await?.into_iter().any(|form| form.id == id);
    if !known {
        return Err(Problem::not_found());
    }
    let here = format!("/office/o/{}/forms", links::encode(&slug));
    match app.store.restore_form(&id, &desk.viewer()?.stamp()).await {
        Ok(()) => Ok(said(&here, "form-restored", &[]).into_response()),
        Err(StoreError::Conflict { what: "form_id" }) => Ok(said(&here, "form-id-taken", &[]).into_response()),
        Err(other) => Err(other.into()),
    }
}
