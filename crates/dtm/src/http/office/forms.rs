//! Forms of an operation: what is published, and uploading another.

use super::super::problem::Problem;
use super::super::viewer::Verb;
use super::{App, Desk, OperationHead};
use crate::cli::Mistakes;
use crate::journey::forms;
use askama::Template;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use dtm_model::{Operation, Text};
use dtm_publish::words::{Arg, Words};

/// A form in the list.
struct FormLine {
    id: String,
    /// The id as addresses have it.
    encoded: String,
    name: String,
    version: String,
    exercise: String,
    submissions: String,
}

#[derive(Template)]
#[template(path = "office/forms.html")]
struct FormsView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    warnings: Vec<String>,
    operation: OperationHead,
    here: String,
    forms: Vec<FormLine>,
    /// Short name and name of each exercise.
    exercises: Vec<(String, String)>,
    chosen: String,
}

async fn view(app: &App, desk: &Desk, operation: &Operation) -> Result<FormsView, Problem> {
    let w = desk.words();
    let exercises = app.store.exercises(&operation.id).await?;
    let mut lines = Vec::new();
    for form in app.store.published_forms(&operation.id).await? {
        let exercise = exercises.iter().find(|exercise| exercise.id == form.form.exercise);
        lines.push(FormLine {
            submissions: w.number(app.store.count_form_submissions(&form.form.id).await? as i64),
            encoded: dtm_publish::page::links::encode(&form.form.xml_form_id).to_string(),
            id: form.form.xml_form_id,
            name: form.form.name,
            version: form.version.version,
            exercise: exercise.map(|exercise| w.text(&exercise.name).to_owned()).unwrap_or_default(),
        });
    }
    let operation = OperationHead::new(app, desk, operation).await?;
    Ok(FormsView {
        w,
        said: String::new(),
        mistakes: None,
        warnings: Vec::new(),
        here: format!("{}/forms", operation.here),
        operation,
        forms: lines,
        exercises: exercises.iter().map(|e| (e.slug.clone(), w.text(&e.name).to_owned())).collect(),
        chosen: String::new(),
    })
}

pub(super) async fn page(State(app): State<App>, desk: Desk, Path(slug): Path<String>) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::FormUpdate, &slug).await?;
    let view = view(&app, &desk, &operation).await?;
    desk.page(&desk.words().t("office-forms"), view.render())
}

/// What the upload form holds.
#[derive(Default)]
struct Upload {
    exercise: String,
    publish: bool,
    name: String,
    bytes: Vec<u8>,
}

impl Upload {
    async fn read(mut parts: Multipart) -> Result<Self, MultipartError> {
        let mut upload = Upload::default();
        while let Some(part) = parts.next_field().await? {
            match part.name() {
                Some("exercise") => upload.exercise = part.text().await?,
                Some("publish") => upload.publish = true,
                Some("file") => {
                    upload.name = part.file_name().unwrap_or("form.xlsx").to_owned();
                    upload.bytes = part.bytes().await?.to_vec();
                }
                _ => {}
            }
        }
        Ok(upload)
    }
}

/// Shows the page again with what was stored, or with every mistake of the file.
pub(super) async fn upload(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    parts: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::FormCreate, &slug).await?;
    let (w, stamp) = (desk.words(), desk.viewer()?.stamp());
    let unreadable =
        || Problem::bad_request("bad_upload", "The upload could not be read.", "Le téléversement n’a pas pu être lu.");
    let upload = Upload::read(parts.map_err(|_| unreadable())?).await.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "form_too_large",
            413.1,
            Text::both("A form may have 30 MB.", "Un formulaire peut avoir 30 Mo."),
        ),
        _ => unreadable(),
    })?;
    let exercise = app.store.exercise_by_slug(&operation.id, &upload.exercise).await?;
    let outcome = match exercise {
        _ if upload.bytes.is_empty() => Err((w.t("office-no-file"), Vec::new())),
        None => Err((w.t("office-no-exercise"), Vec::new())),
        Some(exercise) => {
            let Upload { name, bytes, publish, .. } = upload;
            let brought = forms::Upload { file_name: &name, bytes, publish, lang: desk.lang };
            match forms::upload(&app.store, &app.blobs, &exercise, brought, stamp).await {
                Ok(uploaded) => Ok(uploaded),
                Err(error) => match error.downcast::<Mistakes>() {
                    Ok(mistakes) => Err((w.t("office-form-mistakes"), mistakes.lines)),
                    Err(other) => return Err(other.into()),
                },
            }
        }
    };
    let mut view = view(&app, &desk, &operation).await?;
    view.chosen = upload.exercise;
    let mut status = StatusCode::OK;
    match outcome {
        Ok(uploaded) => {
            let names = [
                ("form", Arg::from(uploaded.version.schema.xml_form_id)),
                ("version", Arg::from(uploaded.version.version)),
            ];
            let key =
                if uploaded.version.published_at.is_some() { "office-form-offered" } else { "office-form-uploaded" };
            view.said = w.t_args(key, &names);
            view.warnings = uploaded.warnings;
        }
        Err(mistakes) => {
            status = StatusCode::BAD_REQUEST;
            view.mistakes = Some(mistakes);
        }
    }
    let mut response = desk.page(&w.t("office-forms"), view.render())?;
    *response.status_mut() = status;
    Ok(response)
}
