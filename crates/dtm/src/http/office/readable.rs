//! Which questions of a form stay readable while the rest is encrypted. What is chosen becomes a draft of the form, to be
//! tried out and published like any other.

use super::super::problem::Problem;
use super::{App, Desk, OperationHead, form, said};
use crate::journey::forms;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use dtm_capture::xform;
use dtm_model::{FieldKind, FormSchema, Operation};
use dtm_publish::words::Words;
use dtm_store::{Form, FormVersion};
use std::collections::BTreeSet;

/// A question, or the heading of a group.
struct Line {
    path: String,
    label: String,
    is_heading: bool,
    is_readable: bool,
    /// Whether its answer is written to an entity list, which is not encrypted.
    is_saved: bool,
}

#[derive(Template)]
#[template(path = "office/readable.html")]
struct ReadableView {
    w: &'static Words,
    operation: OperationHead,
    here: String,
    form: String,
    form_href: String,
    lines: Vec<Line>,
    n_readable: String,
    has_draft: bool,
}

/// The form that an address names, for those who may change it, and its draft or what is published.
async fn find(app: &App, desk: &Desk, slug: &str, id: &str) -> Result<(Operation, Form, FormVersion, bool), Problem> {
    let (operation, form) = form::find(app, desk, slug, id).await?;
    let draft = app.store.draft(&form.id).await?.map(|draft| draft.version);
    let has_draft = draft.is_some();
    let version = match draft {
        Some(draft) => Some(draft),
        None => app.store.current_version(&form.id).await?,
    };
    Ok((operation, form, version.ok_or_else(Problem::not_found)?, has_draft))
}

/// The questions that can be chosen, with the groups they stand in.
fn lines(schema: &FormSchema, w: &Words) -> Vec<Line> {
    let readable = schema.on_arrival.as_ref().map(|on_arrival| &on_arrival.readable);
    let saves = schema.entities.iter().flat_map(|form| &form.feeds).flat_map(|feed| &feed.saves);
    let saved: BTreeSet<&str> = saves.map(|save| save.path.as_str()).collect();
    let fields = schema.fields.iter().filter(|field| field.path != "meta" && !field.path.starts_with("meta/"));
    let line = |field: &dtm_model::Field| {
        let label = w.text(&field.label).trim();
        Line {
            label: if label.is_empty() { field.name().to_owned() } else { label.chars().take(200).collect() },
            is_heading: matches!(field.kind, FieldKind::Group | FieldKind::Repeat),
            is_readable: readable.is_some_and(|readable| readable.contains(&field.path)),
            is_saved: saved.contains(field.path.as_str()),
            path: field.path.clone(),
        }
    };
    fields.map(line).collect()
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let (operation, form, version, has_draft) = find(&app, &desk, &slug, &id).await?;
    let lines = lines(&version.schema, w);
    let form_href = form::address(&operation, &form);
    let view = ReadableView {
        w,
        operation: OperationHead::new(&app, &desk, &operation).await?,
        here: format!("{form_href}/readable"),
        form: version.schema.title.clone(),
        form_href,
        n_readable: w.t_n("readable-n", lines.iter().filter(|line| line.is_readable).count() as i64),
        lines,
        has_draft,
    };
    desk.page(&w.t("readable-title"), view.render())
}

/// Makes a draft of the form in which these questions stay readable.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, form, mut version, _) = find(&app, &desk, &slug, &id).await?;
    let known: BTreeSet<&str> = version.schema.fields.iter().map(|field| field.path.as_str()).collect();
    let chosen = super::submissions::posted(&body).into_iter().filter(|(name, _)| name == "readable");
    let chosen: BTreeSet<String> = chosen.map(|(_, path)| path).filter(|path| known.contains(path.as_str())).collect();
    let mut now = version.schema.on_arrival.clone().unwrap_or_default().readable;
    now.retain(|path| !path.starts_with("meta/"));
    if chosen != now {
        let told = xform::with_readable(&version.xform, &version.schema.root, &chosen).map_err(Problem::internal)?;
        version.schema = xform::read(&told).map_err(Problem::internal)?;
        version.xform_hash = dtm_capture::openrosa::md5(told.as_bytes());
        version.xform = told;
        forms::copy_draft(&app.store, &app.vault, version, &desk.viewer()?.stamp()).await?;
    }
    Ok(said(&form::address(&operation, &form), "readable", &[]).into_response())
}
