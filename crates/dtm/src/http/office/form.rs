//! One form: its draft with the code to try it out, what it changes, its files, publishing, state and schedule, versions,
//! public links, the trash.

use super::super::central::{attachments, drafts, named, public_links};
use super::super::problem::Problem;
use super::super::viewer::{On, Verb, reached};
use super::changes::{self, Changes};
use super::clock::{Clock, Moment};
use super::upload::{Parts, Upload};
use super::{App, Desk, MAX_FORM, OperationHead, Said, classes, qr, said};
use crate::journey::forms;
use crate::world;
use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form as Posted, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use dtm_capture::openrosa::url_part;
use dtm_capture::xform;
use dtm_model::{FormSchema, Operation, PublicLinkId};
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use dtm_store::{Form, FormState, FormVersion, Schedule};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/office/o/{operation}/forms/{form}", get(page).post(act))
        .route("/office/o/{operation}/forms/{form}/changes", get(changes::page))
        .route("/office/o/{operation}/forms/{form}/classes", get(classes::page).post(classes::set))
        .route("/office/o/{operation}/forms/{form}/files", post(put_file).layer(DefaultBodyLimit::max(MAX_FORM)))
}

/// A file that a version needs, and what stands behind its name.
struct FileLine {
    name: String,
    /// What is there: the file's size, the entity list; empty where it is missing.
    there: String,
}

struct VersionLine {
    version: String,
    since: Moment,
    by: String,
    xml: String,
    workbook: String,
    current: bool,
}

struct LinkLine {
    id: String,
    name: String,
    since: String,
    ends: String,
    url: String,
    good: bool,
    once: bool,
}

/// A language of the form that lacks words.
pub(super) struct GapLine {
    pub(super) summary: String,
    pub(super) missing: Vec<String>,
}

/// Words shown of those that a language lacks.
const MISSING: usize = 200;

/// The languages of a form that lack words; nothing where each says everything.
pub(super) fn gaps(schema: &FormSchema, w: &Words) -> Vec<GapLine> {
    let line = |gap: xform::Gap| {
        let numbers = [
            ("n", Arg::from(gap.missing.len() as i64)),
            ("of", w.number(gap.of as i64).into()),
            ("lang", gap.language.as_str().into()),
        ];
        let summary = w.t_args("office-draft-gap", &numbers);
        GapLine { summary, missing: gap.missing.into_iter().take(MISSING).collect() }
    };
    xform::gaps(schema).into_iter().filter(|gap| !gap.missing.is_empty()).map(line).collect()
}

struct DraftView {
    version: String,
    since: String,
    tests: String,
    svg: String,
    url: String,
    files: Vec<FileLine>,
    /// What it would change, and since which version; none for a form that was never published.
    changes: Option<(String, Changes)>,
    gaps: Vec<GapLine>,
    suggested: String,
}

#[derive(Template)]
#[template(path = "office/form.html")]
struct FormView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    may_fill: bool,
    name: String,
    id: String,
    state: FormState,
    decided: FormState,
    submissions: String,
    last: Moment,
    opens_at: String,
    closes_at: String,
    /// The time zone in which moments are written.
    zone: String,
    version: String,
    files: Vec<FileLine>,
    versions: Vec<VersionLine>,
    draft: Option<DraftView>,
    links: Vec<LinkLine>,
    fresh: String,
    may_delete: bool,
}

/// The form that an address names, for those who may change it.
pub(super) async fn find(app: &App, desk: &Desk, slug: &str, id: &str) -> Result<(Operation, Form), Problem> {
    desk.viewer()?;
    let (operation, form) = named(app, app.store.operation_by_slug(slug).await?, id).await?;
    desk.must(Verb::FormUpdate, reached(operation.as_ref(), form.as_ref()))?;
    operation.zip(form).ok_or_else(Problem::not_found)
}

/// The form's page.
pub(super) fn address(operation: &Operation, form: &Form) -> String {
    format!("/office/o/{}/forms/{}", links::encode(&operation.slug), url_part(&form.xml_form_id))
}

async fn files(app: &App, w: &Words, version: &FormVersion) -> Result<Vec<FileLine>, Problem> {
    let known = app.store.form_files(&version.id).await?;
    let there = |name: &String| {
        let Some(file) = known.iter().find(|file| file.name == *name) else { return String::new() };
        match (&file.media, &file.list) {
            (Some(media), _) => {
                let kilobytes = media.size.div_ceil(1024) as i64;
                w.t_args("office-file-size", &[("kb", w.number(kilobytes).into())])
            }
            (None, Some(list)) => w.t_args("office-file-list", &[("list", list.as_str().into())]),
            (None, None) => String::new(),
        }
    };
    Ok(version.schema.media.iter().map(|name| FileLine { there: there(name), name: name.clone() }).collect())
}

async fn who(app: &App, by: Option<&str>) -> Result<String, Problem> {
    let Some(id) = by.and_then(|by| by.strip_prefix("user:")).and_then(|id| id.parse().ok()) else {
        return Ok(String::new());
    };
    let user = app.store.user(&id).await?;
    Ok(user.map(|user| if user.name.is_empty() { user.email } else { user.name }).unwrap_or_default())
}

/// What the page says above the form: a sentence, or mistakes.
#[derive(Default)]
struct Told {
    said: String,
    mistake: Option<String>,
    fresh: String,
}

async fn show(
    app: &App,
    desk: &Desk,
    headers: &HeaderMap,
    operation: &Operation,
    form: Form,
    told: Told,
) -> Result<Response, Problem> {
    let clock = Clock::of(desk.words(), operation);
    let (w, now, base) = (desk.words(), world::now(), app.base_url(headers));
    let project = app.store.project_of(&operation.id).await?.ok_or_else(Problem::not_found)?;
    let activity = app.store.form_activity(&form.id).await?;
    let current = app.store.current_version(&form.id).await?;
    let api = format!("/v1/projects/{project}/forms/{}", url_part(&form.xml_form_id));
    let mut versions = Vec::new();
    let mut all = app.store.form_versions(&form.id).await?;
    all.sort_by_key(|version| std::cmp::Reverse(version.published_at));
    for version in all {
        let Some(at) = version.published_at else { continue };
        let ending = version.source_name.as_deref().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending);
        let named = if version.version.is_empty() { "___".to_owned() } else { url_part(&version.version) };
        versions.push(VersionLine {
            since: clock.moment(at),
            by: who(app, version.published_by.as_deref()).await?,
            xml: format!("{api}/versions/{named}.xml"),
            workbook: match ending {
                Some(ending @ ("xlsx" | "xls")) => format!("{api}/versions/{named}.{ending}"),
                _ => String::new(),
            },
            current: current.as_ref().is_some_and(|current| current.id == version.id),
            version: version.version,
        });
    }
    let draft = match app.store.draft(&form.id).await? {
        None => None,
        Some(draft) => {
            let draft = draft.version;
            let token = drafts::token(app, &form).await?;
            let url = token.map(|token| {
                format!("{base}/v1/test/{token}/projects/{project}/forms/{}/draft", url_part(&form.xml_form_id))
            });
            let name = format!("[Draft] {}", draft.schema.title);
            let changes = match &current {
                Some(before) => Some((changes::version_name(before, clock), Changes::of(before, &draft, w).await?)),
                None => None,
            };
            let is_taken = versions.iter().any(|version| version.version == draft.version);
            Some(DraftView {
                since: clock.text(draft.created_at),
                tests: w.number(app.store.count_tests(&draft.id).await? as i64),
                svg: match &url {
                    Some(url) => qr::svg(&dtm_capture::settings_qr::payload(url, &name))?,
                    None => String::new(),
                },
                url: url.unwrap_or_default(),
                files: files(app, w, &draft).await?,
                gaps: gaps(&draft.schema, w),
                changes,
                suggested: if is_taken { now.to_utc().format("%Y%m%d%H%M").to_string() } else { draft.version.clone() },
                version: draft.version,
            })
        }
    };
    let mut lines = Vec::new();
    for link in app.store.public_links(&form.id).await? {
        let token = public_links::token(app, &link);
        lines.push(LinkLine {
            id: link.id.to_string(),
            since: clock.day(link.created_at),
            ends: link.expires_at.map(|at| clock.text(at)).unwrap_or_default(),
            url: token.map(|token| format!("{base}/f/{token}")).unwrap_or_default(),
            good: link.is_good(now),
            once: link.once,
            name: link.name,
        });
    }
    let view = FormView {
        w,
        said: told.said,
        mistakes: told.mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        here: address(operation, &form),
        may_fill: desk.can(Verb::SubmissionCreate, On::Form(&form.operation, &form.id)),
        name: form.name.clone(),
        state: form.state_at(now),
        decided: form.state,
        submissions: w.number(activity.submissions as i64),
        last: activity.last_submission.map(|at| clock.moment(at)).unwrap_or_default(),
        zone: clock.zone_name(),
        opens_at: clock.field(form.schedule.opens_at),
        closes_at: clock.field(form.schedule.closes_at),
        version: current.as_ref().map(|version| version.version.clone()).unwrap_or_default(),
        files: match &current {
            Some(version) => files(app, w, version).await?,
            None => Vec::new(),
        },
        versions,
        draft,
        links: lines,
        fresh: told.fresh,
        may_delete: desk.can(Verb::FormDelete, On::Form(&form.operation, &form.id)),
        id: form.xml_form_id,
    };
    desk.answer(&view.name, view.render(), view.mistakes.is_some())
}

async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    Query(told): Query<Said>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (operation, form) = find(&app, &desk, &slug, &id).await?;
    let told = Told { said: told.sentence(desk.words()), ..Told::default() };
    show(&app, &desk, &headers, &operation, form, told).await
}

/// What is done to the form.
#[derive(Deserialize)]
struct Act {
    act: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    opens_at: String,
    #[serde(default)]
    closes_at: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    once: String,
    #[serde(default)]
    link: String,
    #[serde(default)]
    sure: String,
}

async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    headers: HeaderMap,
    Posted(act): Posted<Act>,
) -> Result<Response, Problem> {
    let (operation, form) = find(&app, &desk, &slug, &id).await?;
    let (w, stamp, here) = (desk.words(), desk.viewer()?.stamp(), address(&operation, &form));
    let clock = Clock::of(w, &operation);
    let done = |what: &str| Ok(said(&here, what, &[]).into_response());
    let on = On::Form(&form.operation, &form.id);
    match act.act.as_str() {
        "copy" => {
            let current = app.store.current_version(&form.id).await?.ok_or_else(Problem::not_found)?;
            forms::copy_draft(&app.store, &app.vault, current, &stamp).await?;
            done("draft-made")
        }
        "publish" => {
            let draft = app.store.draft(&form.id).await?.ok_or_else(Problem::not_found)?;
            match drafts::publish_draft(&app, draft.version, Some(act.version.trim()), &stamp).await {
                Ok(_) => done("published"),
                Err(problem) if problem.status.is_client_error() => {
                    let told = Told { mistake: Some(problem.sentence(desk.lang)), ..Told::default() };
                    show(&app, &desk, &headers, &operation, form, told).await
                }
                Err(other) => Err(other),
            }
        }
        "discard" => {
            app.store.discard_draft(&form.id, &stamp).await?;
            done("draft-gone")
        }
        "state" => {
            let state = FormState::from_code(&act.state).ok_or_else(Problem::not_found)?;
            let schedule = Schedule {
                opens_at: clock.read("opensAt", &act.opens_at)?,
                closes_at: clock.read("closesAt", &act.closes_at)?,
            };
            if schedule.opens_at.zip(schedule.closes_at).is_some_and(|(opens, closes)| closes <= opens) {
                let told = Told { mistake: Some(w.t("office-form-schedule-bad")), ..Told::default() };
                return show(&app, &desk, &headers, &operation, form, told).await;
            }
            if state != form.state {
                app.store.set_form_state(&form.id, state, &stamp).await?;
            }
            app.store.schedule_form(&form.id, schedule, &stamp).await?;
            done("form-state")
        }
        "link" => {
            desk.must(Verb::PublicLinkCreate, on)?;
            let ends = clock.read("expiresAt", &act.closes_at)?;
            match public_links::new_link(&app, &form, &act.name, !act.once.is_empty(), ends, &stamp).await {
                Ok((_, token)) => {
                    let fresh = format!("{}/f/{token}", app.base_url(&headers));
                    show(&app, &desk, &headers, &operation, form, Told { fresh, ..Told::default() }).await
                }
                Err(problem) if problem.code == "bad_name" => {
                    let told = Told { mistake: Some(problem.sentence(desk.lang)), ..Told::default() };
                    show(&app, &desk, &headers, &operation, form, told).await
                }
                Err(other) => Err(other),
            }
        }
        "unlink" => {
            desk.must(Verb::PublicLinkDelete, on)?;
            let link: PublicLinkId = act.link.parse().map_err(|_| Problem::not_found())?;
            let known = app.store.public_link(&link).await?.filter(|link| link.form == form.id);
            app.store.revoke_public_link(&known.ok_or_else(Problem::not_found)?.id, &stamp).await?;
            done("link-gone")
        }
        "trash" if act.sure == "yes" => {
            desk.must(Verb::FormDelete, on)?;
            app.store.trash_form(&form.id, &stamp).await?;
            Ok(said(&format!("/office/o/{}/forms", links::encode(&slug)), "form-trashed", &[]).into_response())
        }
        _ => Err(Problem::not_found()),
    }
}

/// Keeps a file with the draft.
async fn put_file(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    parts: Parts,
) -> Result<Response, Problem> {
    let (operation, form) = find(&app, &desk, &slug, &id).await?;
    let stamp = desk.viewer()?.stamp();
    let draft = app.store.draft(&form.id).await?.ok_or_else(Problem::not_found)?.version;
    let upload = Upload::read(parts).await?;
    let name = upload.text("name");
    let is_needed = draft.schema.media.iter().any(|needed| needed == name);
    let file = upload.file.as_ref().filter(|_| is_needed).ok_or_else(Upload::unreadable)?;
    attachments::keep(&app, &draft, name, &file.media_type, file.bytes.clone(), &stamp).await?;
    Ok(said(&address(&operation, &form), "file-kept", &[]).into_response())
}
