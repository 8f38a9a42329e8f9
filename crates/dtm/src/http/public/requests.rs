//! A partner asks for what is not public, and follows what becomes of it.
//!
//! `/{lang}/{operation}/request` is where one asks; the secret address that follows shows the state, takes an answer where
//! more is asked, takes the request back, and has the files once there is an agreement. Whoever knows the address is the
//! partner; it is kept as a hash.

use super::download::{self, Sent};
use crate::http::App;
use crate::http::guard;
use crate::http::problem::Problem;
use crate::journey::sharing::{self, Offer, Source};
use crate::{secrets, world};
use askama::Template;
use axum::Router;
use axum::extract::{ConnectInfo, Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use dtm_model::{Lang, Operation};
use dtm_publish::files::Format;
use dtm_publish::page::{frame, links, public_nav};
use dtm_publish::words::Words;
use dtm_store::{Agreement, DataRequest, RequestState, Requester, Stamp, Wish};
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/{lang}/{operation}/request", get(page).post(ask))
        .route("/{lang}/request/{token}", get(state).post(act))
        .route("/{lang}/request/{token}/{file}", get(file))
}

/// The longest words a partner may write in one field.
const LONGEST: usize = 4000;
/// The longest name.
const LONGEST_NAME: usize = 200;

/// A field that can be ticked.
struct FieldLine {
    name: String,
    label: String,
    class: &'static str,
    class_name: String,
    /// Why it is given only in a special case; empty for most.
    note: String,
    is_ticked: bool,
}

/// What was typed.
#[derive(Clone, Default)]
struct Typed {
    source: String,
    name: String,
    organisation: String,
    email: String,
    purpose: String,
    legal_basis: String,
    areas: String,
    until: String,
    fields: Vec<String>,
}

#[derive(Template)]
#[template(path = "request/ask.html")]
struct AskView {
    w: &'static Words,
    operation: String,
    back: String,
    here: String,
    mistakes: Option<(String, Vec<String>)>,
    sources: Vec<(String, String, bool)>,
    lines: Vec<FieldLine>,
    typed: Typed,
}

/// A file that can be taken.
struct FileLine {
    title: String,
    formats: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "request/state.html")]
struct StateView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: String,
    back: String,
    here: String,
    number: String,
    state: &'static str,
    state_name: String,
    state_what: String,
    words: String,
    asked_on: String,
    dataset: String,
    purpose: String,
    n_fields: String,
    ends_on: String,
    left: String,
    files: Vec<FileLine>,
    is_open: bool,
    wants_more: bool,
    is_granted: bool,
}

fn language(code: &str) -> Result<Lang, Problem> {
    Lang::from_code(code).ok_or_else(Problem::not_found)
}

/// A page that is nobody's business but the reader's.
pub(super) fn private(lang: Lang, path: &str, title: &str, inner: askama::Result<String>) -> Result<Response, Problem> {
    let inner = inner.map_err(Problem::internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
    ];
    Ok((headers, frame(lang, title, &public_nav(lang, path, ""), &inner)).into_response())
}

/// An operation that has published something; another is not told to exist.
async fn published(app: &App, slug: &str) -> Result<Operation, Problem> {
    Ok(super::Published::now(app, slug).await?.operation)
}

fn source_name(source: &Source, w: &Words) -> String {
    let round = w.t_args("round", &[("label", source.round.label.as_str().into())]);
    format!("{} – {round} – {}", w.text(&source.exercise.name), source.form.name)
}

fn line(offer: &Offer, typed: &Typed, w: &Words) -> FieldLine {
    let class = sharing::class_code(offer.field.effective_class());
    FieldLine {
        name: offer.field.name.clone(),
        label: w.text(&offer.field.label).to_owned(),
        class,
        class_name: w.label("office-class", class),
        note: if offer.field.meaning.identifies() { w.t("request-field-identifies") } else { String::new() },
        is_ticked: typed.fields.contains(&offer.field.name),
    }
}

async fn show(
    app: &App,
    operation: &Operation,
    lang: Lang,
    typed: Typed,
    mistakes: Vec<String>,
) -> Result<Response, Problem> {
    let w = Words::of(lang);
    let sources = sharing::sources(app, operation).await?;
    let chosen = sources.iter().find(|source| source.code() == typed.source).or(sources.first());
    let lines = match chosen {
        Some(source) => sharing::offers(app, source).await?.iter().map(|offer| line(offer, &typed, w)).collect(),
        None => Vec::new(),
    };
    let code = chosen.map(Source::code).unwrap_or_default();
    let path = format!("/{}/request", links::encode(&operation.slug));
    let is_wrong = !mistakes.is_empty();
    let view = AskView {
        w,
        operation: w.text(&operation.name).to_owned(),
        back: links::country(lang, &operation.slug),
        here: format!("/{}{path}", lang.code()),
        mistakes: is_wrong.then(|| (w.t("request-mistakes"), mistakes)),
        sources: sources.iter().map(|one| (one.code(), source_name(one, w), one.code() == code)).collect(),
        lines,
        typed: Typed { source: code, ..typed },
    };
    let mut response = private(lang, &path, &w.t("request-title"), view.render())?;
    if is_wrong {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Chosen {
    source: String,
}

async fn page(
    State(app): State<App>,
    Path((lang, slug)): Path<(String, String)>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let operation = published(&app, &slug).await?;
    show(&app, &operation, lang, Typed { source: chosen.source, ..Typed::default() }, Vec::new()).await
}

/// Looks at what was typed; says what is missing.
fn mistakes(typed: &Typed, known: &[Offer], w: &Words) -> Vec<String> {
    let mut wrong = Vec::new();
    let needed = [
        (&typed.name, "request-name"),
        (&typed.organisation, "request-organisation"),
        (&typed.purpose, "request-purpose"),
        (&typed.legal_basis, "request-legal-basis"),
    ];
    for (text, label) in needed {
        if text.is_empty() {
            wrong.push(w.t_args("request-missing", &[("what", w.t(label).into())]));
        }
    }
    if !crate::http::looks_like_address(&typed.email) {
        wrong.push(w.t("request-bad-email"));
    }
    if typed.fields.is_empty() || typed.fields.iter().any(|name| !known.iter().any(|offer| offer.field.name == *name)) {
        wrong.push(w.t("request-no-fields"));
    }
    let names = [&typed.name, &typed.organisation, &typed.email, &typed.until];
    let texts = [&typed.purpose, &typed.legal_basis, &typed.areas];
    if names.iter().any(|text| text.chars().count() > LONGEST_NAME)
        || texts.iter().any(|text| text.chars().count() > LONGEST)
    {
        wrong.push(w.t("request-too-long"));
    }
    wrong
}

async fn ask(
    State(app): State<App>,
    Path((lang, slug)): Path<(String, String)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let operation = published(&app, &slug).await?;
    let one = |wanted: &str| {
        let found = fields.iter().find(|(name, _)| name == wanted);
        found.map_or_else(String::new, |(_, value)| value.trim().replace('\0', ""))
    };
    let typed = Typed {
        source: one("source"),
        name: one("name"),
        organisation: one("organisation"),
        email: one("email"),
        purpose: one("purpose"),
        legal_basis: one("legal_basis"),
        areas: one("areas"),
        until: one("until"),
        fields: fields.iter().filter(|(name, _)| name == "field").map(|(_, value)| value.clone()).collect(),
    };
    let w = Words::of(lang);
    let Some(source) = sharing::source(&app, &operation, &typed.source).await? else {
        return show(&app, &operation, lang, typed, vec![w.t("request-no-dataset")]).await;
    };
    let wrong = mistakes(&typed, &sharing::offers(&app, &source).await?, w);
    if !wrong.is_empty() {
        return show(&app, &operation, lang, typed, wrong).await;
    }
    let from = guard::client_address(&app, &headers, peer.ip());
    app.guess("data request", &from.to_string())?;
    let (token, now) = (secrets::token(), world::now());
    let request = DataRequest {
        id: sharing::fresh_id(),
        operation: operation.id.clone(),
        round: source.round.id.clone(),
        number: 0,
        token_hash: secrets::hash_token(&token),
        lang,
        state: RequestState::Asked,
        person: Some(Requester { name: typed.name, organisation: typed.organisation, email: typed.email }),
        wish: Wish {
            source: typed.source,
            purpose: typed.purpose,
            legal_basis: typed.legal_basis,
            fields: typed.fields,
            areas: typed.areas,
            until: typed.until,
            more: String::new(),
        },
        words: String::new(),
        asked_at: now,
        changed_at: now,
    };
    sharing::ask(&app, &request, &Stamp::new(now, "anybody")).await?;
    Ok(Redirect::to(&format!("{}?said=asked", address(lang, &token))).into_response())
}

/// The secret address of a request.
fn address(lang: Lang, token: &str) -> String {
    format!("/{}/request/{}", lang.code(), links::encode(token))
}

/// The request that a token names, with its operation and agreement.
async fn of_token(app: &App, token: &str) -> Result<(DataRequest, Operation, Option<Agreement>), Problem> {
    if !secrets::looks_like_token(token) {
        return Err(Problem::not_found());
    }
    let found = app.store.data_request_by_token(&secrets::hash_token(token)).await?;
    let request = found.ok_or_else(Problem::not_found)?;
    let operation = app.store.operation(&request.operation).await?.ok_or_else(Problem::not_found)?;
    let agreement = app.store.agreement(&request.id).await?;
    Ok((request, operation, agreement))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Said {
    said: String,
}

async fn state(
    State(app): State<App>,
    Path((lang, token)): Path<(String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let said = match told.said.as_str() {
        "asked" => "request-said-asked",
        "answered" => "request-said-answered",
        "withdrawn" => "request-said-withdrawn",
        _ => "",
    };
    let said = if said.is_empty() { String::new() } else { Words::of(lang).t(said) };
    show_state(&app, lang, &token, said, None).await
}

async fn show_state(
    app: &App,
    lang: Lang,
    token: &str,
    said: String,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let w = Words::of(lang);
    let (request, operation, agreement) = of_token(app, token).await?;
    let here = address(lang, token);
    let good = agreement.as_ref().filter(|one| one.is_good(world::now()) && request.state == RequestState::Granted);
    let mut files = Vec::new();
    if let Some(agreement) = good {
        let release = sharing::opened(app, agreement).await?;
        let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
        for (name, title, formats) in sharing::files(&release, &atlas, lang) {
            let formats = formats
                .iter()
                .map(|format| (w.text(&format.title()).to_owned(), format!("{here}/{name}.{}", format.extension())));
            files.push(FileLine { title: w.text(&title).to_owned(), formats: formats.collect() });
        }
    }
    let code = request.state.code().replace('_', "-");
    let round = app.store.round(&request.round).await?.ok_or_else(Problem::not_found)?;
    let left = agreement.as_ref().map(|one| i64::from(one.most_downloads.saturating_sub(one.n_downloads)));
    let is_wrong = mistake.is_some();
    let view = StateView {
        w,
        said,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: w.text(&operation.name).to_owned(),
        back: links::country(lang, &operation.slug),
        number: sharing::number(&operation, request.number),
        state: request.state.code(),
        state_name: w.label("sharing-state", &code),
        state_what: w.label("request-state", &code),
        words: request.words.clone(),
        asked_on: w.date(request.asked_at.date()),
        dataset: w.t_args("round", &[("label", round.label.as_str().into())]),
        purpose: request.wish.purpose.clone(),
        n_fields: w.number(request.wish.fields.len() as i64),
        ends_on: agreement.as_ref().map(|one| w.date(one.ends_at.date())).unwrap_or_default(),
        left: left.map(|left| w.t_n("request-left", left)).unwrap_or_default(),
        files,
        is_open: request.state.is_open(),
        wants_more: request.state == RequestState::MoreAsked,
        is_granted: good.is_some(),
        here,
    };
    let mut response =
        private(lang, &format!("/request/{}", links::encode(token)), &w.t("request-yours"), view.render())?;
    if is_wrong {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Act {
    act: String,
    more: String,
}

/// The partner answers what was asked, or takes the request back.
async fn act(
    State(app): State<App>,
    Path((lang, token)): Path<(String, String)>,
    Form(given): Form<Act>,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let w = Words::of(lang);
    let (request, ..) = of_token(&app, &token).await?;
    let stamp = Stamp::new(world::now(), "anybody");
    let here = address(lang, &token);
    match given.act.as_str() {
        "withdraw" if request.state.is_open() || request.state == RequestState::Granted => {
            app.store.move_data_request(&request, RequestState::Withdrawn, &request.words, &[], &stamp).await?;
            Ok(Redirect::to(&format!("{here}?said=withdrawn")).into_response())
        }
        "answer" if request.state == RequestState::MoreAsked => {
            let more = given.more.trim().replace('\0', "");
            if more.is_empty() || more.chars().count() > LONGEST {
                let mistake = w.t_args("request-missing", &[("what", w.t("request-answer").into())]);
                return show_state(&app, lang, &token, String::new(), Some(mistake)).await;
            }
            app.store.say_more(&request, &more, &stamp).await?;
            Ok(Redirect::to(&format!("{here}?said=answered")).into_response())
        }
        _ => show_state(&app, lang, &token, String::new(), Some(w.t("request-too-late"))).await,
    }
}

/// A name of a file without what would need quotes.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).take(40).collect()
}

/// A file of the agreement: counted, noted, marked.
async fn file(
    State(app): State<App>,
    Path((lang, token, file)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let lang = language(&lang)?;
    let (request, operation, agreement) = of_token(&app, &token).await?;
    let (name, extension) = file.split_once('.').ok_or_else(Problem::not_found)?;
    let format = Format::from_extension(extension).ok_or_else(Problem::not_found)?;
    let (Some(agreement), Some(person)) = (agreement, &request.person) else { return Err(Problem::not_found()) };
    if request.state != RequestState::Granted || !agreement.is_good(world::now()) {
        return Err(Problem::sharing_over());
    }
    let release = sharing::opened(&app, &agreement).await?;
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let offered = sharing::files(&release, &atlas, lang);
    if !offered.iter().any(|(known, _, formats)| known == name && formats.contains(&format)) {
        return Err(Problem::not_found());
    }
    let number = sharing::number(&operation, request.number);
    let mark = sharing::watermark(&number, person, agreement.granted_at, lang);
    let made_at = release.made_at();
    let made = sharing::file(&app, Arc::new(release), (name.to_owned(), format), mark, lang).await?;
    if !app.store.take_shared_file(&request.id, &file, &Stamp::new(world::now(), "partner")).await? {
        return Err(Problem::sharing_over());
    }
    let kept_as = format!("dtm-{}-{}-{name}-{}.{extension}", plain(&number), plain(&person.organisation), lang.code());
    let sent = Sent { media_type: format.media_type(), name: kept_as, changed_at: made_at };
    // Always whole: a part would be counted as a file.
    let mut response = download::send(made, sent, &HeaderMap::new())?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
