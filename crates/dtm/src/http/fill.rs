//! Filling in forms in the browser.
//!
//! `/f/{token}` is for whoever holds a public link, the token of a draft or a phone's key; under `/office` somebody signed in fills in a form of an
//! operation. The page says where the form, its files and the way back are; the island of `web/src/fill` does the rest
//! and speaks OpenRosa like a phone. A link that leads to no form says why, and still shows what waits on the device.

use super::central::form_links;
use super::islands::{self, Island};
use super::problem::Problem;
use super::viewer::{On, Verb, Viewer};
use super::{App, office};
use crate::{secrets, world};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use dtm_capture::openrosa::url_part;
use dtm_model::{Lang, Operation, OperationId};
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use dtm_store::{Form, FormState, PublishedForm};
use serde::{Deserialize, Serialize};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/f/worker.js", get(|headers: HeaderMap| async move { islands::worker(&headers) }))
        .route("/f/{token}", get(by_link))
        .route("/f/{token}/{form}", get(by_link_of))
        .route("/office/form-links/{id}", get(by_form_link))
        .route("/office/o/{operation}/forms/{form}/fill", get(signed_in))
        .route("/office/o/{operation}/forms/{form}/edit/{instance}", get(edit))
}

/// What these pages may do more than others: the form's logic is WebAssembly, its pictures are shown before they are
/// sent. No style and no script stands in the page.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
    manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "fill/page.html")]
struct PageView {
    w: &'static Words,
    other: &'static Words,
    dir: &'static str,
    title: String,
    operation: String,
    /// Where a colleague came from.
    back: Option<(String, String)>,
    /// Why there is no form, and what to do.
    stopped: Option<(String, String)>,
    /// Forms to choose from.
    forms: Vec<(String, String)>,
    is_form: bool,
    scripts: Vec<(&'static str, &'static str)>,
    also: Vec<(&'static str, &'static str)>,
    styles: Vec<(&'static str, &'static str)>,
    settings: Settings,
}

/// What the island is told; `web/src/fill/page.ts` reads it.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Settings {
    owner: String,
    title: String,
    form_id: String,
    version: String,
    #[serde(flatten)]
    parts: Parts,
    signed: bool,
    once: bool,
    trial: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<Person>,
    /// The address of a stored submission that is to be changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    edit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worker: Option<Worker>,
}

/// Where the form, its files and the way back are.
#[derive(Serialize, Default)]
struct Parts {
    form: String,
    attachments: String,
    submission: String,
}

#[derive(Serialize)]
struct Person {
    name: String,
    email: String,
}

#[derive(Serialize)]
struct Worker {
    script: &'static str,
    scope: String,
}

impl std::fmt::Display for Settings {
    /// JSON that cannot end the element it stands in.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let json = serde_json::to_string(self).map_err(|_| std::fmt::Error)?;
        f.write_str(&json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
    }
}

// The JSON above has none of the characters that a template would escape.
impl askama::filters::HtmlSafe for Settings {}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    lang: String,
}

/// The page of one request: its language, and what goes around the form.
struct Page {
    lang: Lang,
    status: StatusCode,
    title: String,
    operation: String,
    back: Option<(String, String)>,
    stopped: Option<(String, String)>,
    forms: Vec<(String, String)>,
    settings: Settings,
}

impl Page {
    fn new(asked: &Asked, headers: &HeaderMap) -> Self {
        Self {
            lang: Lang::from_code(&asked.lang).unwrap_or_else(|| office::chosen_language(headers)),
            status: StatusCode::OK,
            title: String::new(),
            operation: String::new(),
            back: None,
            stopped: None,
            forms: Vec::new(),
            settings: Settings::default(),
        }
    }

    fn words(&self) -> &'static Words {
        Words::of(self.lang)
    }

    /// A page that leads to no form; what waits on the device is shown below.
    fn stop(mut self, status: StatusCode, why: &str) -> Result<Response, Problem> {
        let w = self.words();
        self.status = status;
        self.title = w.t(why);
        self.stopped = Some((w.t(why), w.t(&format!("{why}-advice"))));
        self.answer()
    }

    fn answer(self) -> Result<Response, Problem> {
        let Page { lang, status, title, operation, back, stopped, forms, settings } = self;
        let w = Words::of(lang);
        let Island { scripts, also, styles } = Island::named("fill");
        let is_form = stopped.is_none() && forms.is_empty();
        let view = PageView {
            w,
            other: Words::of(w.other()),
            dir: "ltr",
            title,
            operation,
            back,
            stopped,
            forms,
            is_form,
            scripts,
            also,
            styles,
            settings,
        };
        let html = view.render().map_err(Problem::internal)?;
        let about = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::VARY, HeaderValue::from_static("Cookie, Accept-Language")),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
            (
                header::HeaderName::from_static("permissions-policy"),
                HeaderValue::from_static("geolocation=(self), camera=(), microphone=()"),
            ),
        ];
        Ok((status, about, html).into_response())
    }

    /// Names the operation on the page, and returns its project number.
    async fn in_operation(&mut self, app: &App, operation: &OperationId) -> Result<i64, Problem> {
        let operation = app.store.operation(operation).await?.ok_or_else(Problem::not_found)?;
        self.operation = self.words().text(&operation.name).to_owned();
        app.store.project_of(&operation.id).await?.ok_or_else(Problem::not_found)
    }

    /// The page of this form, with everything at addresses that begin with `base`.
    fn form(self, form: &PublishedForm, base: &str) -> Result<Response, Problem> {
        let id = url_part(&form.form.xml_form_id);
        let parts = Parts {
            form: format!("{base}/forms/{id}.xml"),
            attachments: format!("{base}/forms/{id}/attachments/"),
            submission: format!("{base}/submission"),
        };
        self.made_of(form, parts)
    }

    /// The page of this form, whose parts are at these addresses.
    fn made_of(mut self, form: &PublishedForm, parts: Parts) -> Result<Response, Problem> {
        let name = if form.form.name.is_empty() { &form.form.xml_form_id } else { &form.form.name };
        self.title = self.words().t_args("fill-title", &[("form", Arg::from(name.as_str()))]);
        self.settings.title = name.clone();
        self.settings.form_id = form.form.xml_form_id.clone();
        self.settings.version = form.version.version.clone();
        self.settings.parts = parts;
        self.answer()
    }
}

async fn by_link(
    state: State<App>,
    Path(token): Path<String>,
    query: Query<Asked>,
    link: Query<form_links::Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // As newer clients of ODK Central write it: the form's id, and the token beside it.
    if !secrets::looks_like_token(&token)
        && let Some(way) = form_links::way(&token, &link)
    {
        return Ok(Redirect::to(&way).into_response());
    }
    by_token(state, token, None, query, headers).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Linked {
    instance: String,
}

/// From the id that a link names a form by to the page where somebody signed in fills it in, or edits what was sent.
async fn by_form_link(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(linked): Query<Linked>,
) -> Result<Redirect, Problem> {
    let absent = || viewer.absent(Verb::SubmissionCreate, On::Site);
    let form = form_links::linked(&app, &id).await?.ok_or_else(absent)?;
    viewer.may(Verb::SubmissionCreate, On::Form(&form.operation, &form.id))?;
    let operation = app.store.operation(&form.operation).await?.ok_or_else(Problem::not_found)?;
    let here = format!("/office/o/{}/forms/{}", links::encode(&operation.slug), links::encode(&form.xml_form_id));
    Ok(Redirect::to(&match linked.instance.as_str() {
        "" => format!("{here}/fill"),
        instance => format!("{here}/edit/{}", links::encode(instance)),
    }))
}

async fn by_link_of(
    state: State<App>,
    Path((token, form)): Path<(String, String)>,
    query: Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    by_token(state, token, Some(form), query, headers).await
}

/// Who holds a public link fills in its form, the token of a draft opens the draft, and a phone's key the forms that the
/// phone may fill.
async fn by_token(
    State(app): State<App>,
    token: String,
    wanted: Option<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut page = Page::new(&asked, &headers);
    if !secrets::looks_like_token(&token) {
        return page.stop(StatusCode::NOT_FOUND, "fill-link-unknown");
    }
    let hash = secrets::hash_token(&token);
    page.settings.owner = hash[..20].to_owned();
    page.settings.worker = Some(Worker { script: "/f/worker.js", scope: "/f/".to_owned() });
    let now = world::now();
    if let Some(link) = app.store.public_link_by_token(&hash).await? {
        if !link.is_good(now) {
            let why = if link.revoked_at.is_some() { "fill-link-unknown" } else { "fill-link-expired" };
            return page.stop(StatusCode::GONE, why);
        }
        page.settings.once = link.once;
        let form = app.store.form(&link.form).await?.ok_or_else(Problem::not_found)?;
        let project = page.in_operation(&app, &form.operation).await?;
        let forms = app.store.published_forms(&form.operation).await?;
        return match forms.into_iter().find(|found| found.form.id == form.id) {
            Some(form) if wanted.is_none() && form.form.state_at(now) == FormState::Open => {
                page.form(&form, &format!("/v1/key/{token}/projects/{project}"))
            }
            Some(_) if wanted.is_none() => page.stop(StatusCode::GONE, "fill-closed"),
            _ => page.stop(StatusCode::NOT_FOUND, "fill-link-unknown"),
        };
    }
    if let Some(version) = app.store.draft_by_token(&hash).await? {
        let form = app.store.form(&version.form).await?.ok_or_else(Problem::not_found)?;
        let project = page.in_operation(&app, &form.operation).await?;
        page.settings.trial = true;
        let base = format!("/v1/test/{token}/projects/{project}/forms/{}/draft", url_part(&form.xml_form_id));
        let parts = Parts {
            form: format!("{base}.xml"),
            attachments: format!("{base}/attachments/"),
            submission: format!("{base}/submission"),
        };
        return page.made_of(&PublishedForm { form, version }, parts);
    }
    let Some(phone) = app.store.app_user_by_token(&hash).await?.filter(|phone| phone.revoked_at.is_none()) else {
        return page.stop(StatusCode::NOT_FOUND, "fill-link-unknown");
    };
    if !phone.is_good(now) {
        return page.stop(StatusCode::GONE, "fill-link-expired");
    }
    let project = page.in_operation(&app, &phone.operation).await?;
    let mut forms = Vec::new();
    for form in app.store.published_forms(&phone.operation).await? {
        if app.store.may_fill(&phone.id, &form.form).await? {
            forms.push(form);
        }
    }
    if let Some(wanted) = wanted {
        return match forms.into_iter().find(|form| form.form.xml_form_id == wanted) {
            Some(form) if form.form.state_at(now) == FormState::Open => {
                page.form(&form, &format!("/v1/key/{token}/projects/{project}"))
            }
            Some(_) => page.stop(StatusCode::GONE, "fill-closed"),
            None => page.stop(StatusCode::NOT_FOUND, "fill-link-unknown"),
        };
    }
    forms.retain(|form| form.form.state_at(now) == FormState::Open);
    if forms.is_empty() {
        return page.stop(StatusCode::OK, "fill-forms-none");
    }
    page.title = page.words().t("fill-forms");
    page.forms = forms.into_iter().map(|form| (address_of(&token, &form), name_of(form))).collect();
    page.answer()
}

fn address_of(token: &str, form: &PublishedForm) -> String {
    format!("/f/{token}/{}", url_part(&form.form.xml_form_id))
}

fn name_of(form: PublishedForm) -> String {
    if form.form.name.is_empty() { form.form.xml_form_id } else { form.form.name }
}

/// A form of an operation, for somebody signed in who may do this with it; and the page around it.
async fn of_colleague(
    app: &App,
    viewer: &Viewer,
    verb: Verb,
    (slug, form): (&str, &str),
    mut page: Page,
) -> Result<(Page, PublishedForm, String), Problem> {
    let absent = || viewer.absent(verb, On::Site);
    let operation = app.store.operation_by_slug(slug).await?.ok_or_else(absent)?;
    let forms = app.store.published_forms(&operation.id).await?;
    let found = forms.into_iter().find(|found| found.form.xml_form_id == form).ok_or_else(absent)?;
    viewer.may(verb, On::Form(&operation.id, &found.form.id))?;
    let project = app.store.project_of(&operation.id).await?.ok_or_else(Problem::not_found)?;
    page.settings.owner = secrets::hash_token(&viewer.user.id.to_string())[..20].to_owned();
    page.settings.signed = true;
    page.settings.person = Some(Person { name: viewer.user.name.clone(), email: viewer.user.email.clone() });
    page.back =
        Some((format!("/office/o/{}/forms", links::encode(slug)), page.words().text(&operation.name).to_owned()));
    Ok((page, found, format!("/v1/projects/{project}")))
}

/// Somebody signed in fills in a form, and the cookie goes with what is sent.
async fn signed_in(
    State(app): State<App>,
    viewer: Viewer,
    Path((slug, form)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let page = Page::new(&asked, &headers);
    let (mut page, found, base) = of_colleague(&app, &viewer, Verb::SubmissionCreate, (&slug, &form), page).await?;
    let scope = format!("/office/o/{}/forms/{}/fill", links::encode(&slug), links::encode(&form));
    page.settings.worker = Some(Worker { script: "/f/worker.js", scope });
    if found.form.state_at(world::now()) != FormState::Open {
        return page.stop(StatusCode::GONE, "fill-closed");
    }
    page.form(&found, &base)
}

/// Where somebody signed in changes a submission.
pub(super) fn edit_address(operation: &Operation, form: &Form, instance: &str) -> String {
    let [slug, form, instance] = [&operation.slug, &form.xml_form_id, instance].map(links::encode);
    format!("/office/o/{slug}/forms/{form}/edit/{instance}")
}

/// Somebody signed in changes what was sent; it becomes a new version of the submission. Nothing of it is kept for a
/// time without a line.
async fn edit(
    State(app): State<App>,
    viewer: Viewer,
    Path((slug, form, instance)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let page = Page::new(&asked, &headers);
    let (mut page, found, base) = of_colleague(&app, &viewer, Verb::SubmissionUpdate, (&slug, &form), page).await?;
    let id = url_part(&found.form.xml_form_id);
    if let Some(whole) = app.store.whole_submission(&found.form.id, false, &instance).await? {
        page.back = Some((format!("/office/records/{}", whole.record), page.words().t("fill-to-record")));
    }
    let mut stored = format!("{base}/forms/{id}/submissions/{}", url_part(&instance));
    if is_sealed(&app, &found.form, &instance).await? {
        // What is encrypted can be changed by a session that can read it.
        if viewer.keys(&app, &found.form, "edit").await?.is_empty() {
            return page.stop(StatusCode::FORBIDDEN, "fill-encrypted");
        }
        stored += "/opened";
    }
    page.settings.edit = Some(stored);
    page.form(&found, &base)
}

/// Whether the newest version of a submission is encrypted.
async fn is_sealed(app: &App, form: &Form, instance: &str) -> Result<bool, Problem> {
    let Some(whole) = app.store.whole_submission(&form.id, false, instance).await? else { return Ok(false) };
    let xml = app.store.xml_of(std::slice::from_ref(&whole.current)).await?;
    Ok(xml.values().any(|xml| dtm_capture::submission::is_encrypted(xml)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_form_cannot_end_the_settings_it_stands_in() {
        let settings = Settings { title: "</script><script>alert(1)</script>&".to_owned(), ..Settings::default() };
        let json = settings.to_string();
        assert!(!json.contains(['<', '>', '&']), "{json}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["title"], "</script><script>alert(1)</script>&");
    }

    /// The text of every file below these folders.
    fn sources(folders: &[&str]) -> String {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut waiting: Vec<_> = folders.iter().map(|folder| root.join(folder)).collect();
        let mut text = String::new();
        while let Some(path) = waiting.pop() {
            match std::fs::read_dir(&path) {
                Ok(entries) => waiting.extend(entries.map(|entry| entry.unwrap().path())),
                Err(_) => text += &std::fs::read_to_string(&path).unwrap(),
            }
        }
        text
    }

    #[test]
    fn every_word_of_these_pages_exists_and_every_word_kept_for_them_is_used() {
        let text = sources(&["web/src", "web/build", "crates/dtm/templates", "crates/dtm/src/http/fill.rs"]);
        let kept: Vec<&str> = include_str!("../../../dtm-publish/locales/en/fill.ftl")
            .lines()
            .filter(|line| line.starts_with("fill-"))
            .filter_map(|line| line.split_once(" =").map(|(key, _)| key))
            .collect();
        let said = |key: &str| text.contains(&format!("\"{key}\""));
        // Some are put together: a control's name, what became of a form, why a link leads nowhere.
        let is_used = |key: &&str| {
            let what = key.strip_prefix("fill-").unwrap_or(key);
            said(key)
                || what.strip_prefix("control-").is_some_and(said)
                || said(what.trim_end_matches("-more"))
                || key.strip_suffix("-advice").is_some_and(said)
        };
        let unused: Vec<_> = kept.iter().filter(|key| !is_used(key)).collect();
        assert!(unused.is_empty(), "said nowhere: {unused:?}");
        for call in ["say(\"", ".t(\"", ".t_args(\"", "button(\""] {
            for after in text.split(call).skip(1) {
                let key = after.split('"').next().unwrap_or_default();
                let known = !key.starts_with("fill-") || kept.contains(&key) || key.ends_with('-');
                assert!(known, "no such words: {key}");
            }
        }
    }
}
