//! Forms of an operation: what is published, and uploading another.

use super::super::central::rejected;
use super::super::problem::Problem;
use dtm_store::Role;
use super::{App, Desk, Said, find_operation, said};
use crate::journey::forms;
use askama::Template;
use axum::extract::{Multipart, Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};

/// A form in the list.
struct FormLine {
    id: String,
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
    operation: String,
    here: String,
    forms: Vec<FormLine>,
    /// Short name and name of each exercise.
    exercises: Vec<(String, String)>,
}

pub(super) async fn page(State(app): State<App>, desk: Desk, Path(slug): Path<String>, Query(told): Query<Said>) -> Result<Response, Problem> {
    desk.must_be(Role::Officer)?;
    let w = desk.words();
    let operation = find_operation(&app, &slug).await?;
    let exercises = app.store.exercises(&operation.id).await?;
    let mut lines = Vec::new();
    for form in app.store.published_forms(&operation.id).await? {
        let exercise = exercises.iter().find(|exercise| exercise.id == form.form.exercise);
        lines.push(FormLine {
            submissions: w.number(app.store.count_form_submissions(&form.form.id).await? as i64),
            id: form.form.xml_form_id,
            name: form.form.name,
            version: form.version.version,
            exercise: exercise.map(|exercise| w.text(&exercise.name).to_owned()).unwrap_or_default(),
        });
    }
    let view = FormsView {
        w,
        said: told.said,
        operation: w.text(&operation.name).to_owned(),
        here: format!("/office/o/{}/forms", links::encode(&slug)),
        forms: lines,
        exercises: exercises.iter().map(|e| (e.slug.clone(), w.text(&e.name).to_owned())).collect(),
    };
    desk.page(&w.t("office-forms"), view.render())
}

pub(super) async fn upload(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    mut parts: Multipart,
) -> Result<Response, Problem> {
    let stamp = desk.must_be(Role::Officer)?.stamp();
    let operation = find_operation(&app, &slug).await?;
    let unreadable = |_| Problem::bad_request("bad_upload", "The upload could not be read.", "Le téléversement n’a pas pu être lu.");
    let (mut exercise, mut publish, mut file) = (String::new(), false, None);
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        match part.name() {
            Some("exercise") => exercise = part.text().await.map_err(unreadable)?,
            Some("publish") => publish = true,
            Some("file") => {
                let name = part.file_name().unwrap_or("form.xlsx").to_owned();
                file = Some((name, part.bytes().await.map_err(unreadable)?));
            }
            _ => {}
        }
    }
    let Some((name, bytes)) = file.filter(|(_, bytes)| !bytes.is_empty()) else {
        return Err(Problem::bad_request("no_file", "Choose a file first.", "Choisissez d’abord un fichier."));
    };
    let exercise = app.store.exercise_by_slug(&operation.id, &exercise).await?.ok_or_else(Problem::not_found)?;
    let uploaded = forms::upload(&app.store, &app.blobs, &exercise, &name, bytes.to_vec(), publish, desk.lang, stamp)
        .await
        .map_err(|error| rejected("form_invalid", 400.15, error))?;
    let names = [
        ("form", Arg::from(uploaded.version.schema.xml_form_id.clone())),
        ("version", Arg::from(uploaded.version.version.clone())),
    ];
    let told = desk.words().t_args("office-form-uploaded", &names);
    Ok(said(&format!("/office/o/{}/forms", links::encode(&slug)), &told).into_response())
}
