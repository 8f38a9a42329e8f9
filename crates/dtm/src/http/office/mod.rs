//! The back office: signed-in pages, whole without scripts. Every form posts, is checked, and leads back to a page that
//! says what became of it.

mod account;
mod analysis;
mod api_keys;
mod audit;
mod bring;
mod builder;
mod calls;
mod changes;
mod checking;
mod checks;
mod classes;
mod clock;
mod corrections;
mod data;
mod encryption;
mod event_rules;
mod events;
mod explain;
mod feedback;
mod findings;
mod form;
mod forms;
mod hooks;
mod lists;
mod mapping;
mod needs;
mod opened;
mod origins;
mod others;
mod outbox;
mod password;
mod people;
mod phones;
mod places;
mod points;
mod publisher;
mod qr;
mod readable;
mod record;
pub(super) mod records;
mod review;
mod reviewing;
mod rounds;
mod rules;
mod session;
mod sharing;
mod sheet;
mod stocks;
mod submissions;
mod supervision;
mod tabs;
mod teams;
mod upload;
mod verification;
mod visits;

pub(super) use corrections::must_be_open;

use super::problem::Problem;
use super::viewer::{On, Verb, Viewer, reached};
use super::{App, reader_language};
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use dtm_model::{Exercise, Lang, Operation, OperationId, Round, RoundLabel, RoundState, Tool};
use dtm_publish::page::{Nav, NavItem, frame, links};
use dtm_publish::words::{Arg, Words};

pub(crate) use bring::takes_archive;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/office", get(rounds::home).post(rounds::add_operation))
        .route("/office/sign-in", get(session::page).post(session::sign_in))
        .route("/office/sign-in/provider", get(session::to_provider))
        .route("/office/sign-in/callback", get(session::from_provider))
        .route("/office/account", get(account::page).post(account::act))
        .route("/office/people", get(people::page).post(people::act))
        .route("/office/people/{user}", get(people::person).post(people::act_on))
        .route("/office/audit", get(audit::page))
        .route("/office/sign-out", post(session::sign_out))
        .route("/office/language", get(session::language))
        .route("/office/explain", get(explain::page))
        .route("/office/records/{record}", get(record::page))
        .route("/office/records/{record}/corrections", post(record::correct))
        .route("/office/records/{record}/review", post(review::act))
        .route("/office/o/{operation}/forms/{form}/submissions", get(submissions::list).post(submissions::act))
        .route("/office/submissions/{file}", get(records::submission))
        .route("/office/submissions/{submission}/files/{name}", get(records::file))
        .route("/office/findings/{finding}", post(findings::resolve))
        .route("/office/o/{operation}", get(rounds::operation).post(rounds::plan))
        .route("/office/o/{operation}/checks", get(checks::thresholds).post(checks::choose_thresholds))
        .route("/office/o/{operation}/forms/{form}/checks", get(checks::roles).post(checks::choose_roles))
        .route("/office/o/{operation}/teams", get(teams::page).post(teams::act))
        .route("/office/o/{operation}/events", get(events::list).post(events::see))
        .route("/office/o/{operation}/events/rules", get(event_rules::page).post(event_rules::act))
        .route("/office/o/{operation}/events/{event}", get(events::page).post(events::act))
        .route("/office/o/{operation}/points", get(points::list))
        .route("/office/o/{operation}/points/plan", get(points::plan).post(points::set_plan))
        .route("/office/o/{operation}/points/{file}", get(points::download))
        .route("/office/o/{operation}/points/at/{ssid}", get(points::page).post(points::act))
        .route(
            "/office/o/{operation}/needs",
            get(needs::sheet).post(needs::upload).layer(DefaultBodyLimit::max(MAX_SHEET)),
        )
        .route("/office/o/{operation}/needs/{file}", get(needs::sheet_file))
        .route("/office/o/{operation}/{exercise}/{round}/needs", get(needs::page))
        .route("/office/o/{operation}/{exercise}/{round}/needs/{file}", get(needs::download))
        .route("/office/o/{operation}/phones", get(phones::page).post(phones::add))
        .route("/office/o/{operation}/phones/properties", post(phones::add_property))
        .route("/office/o/{operation}/phones/{phone}", post(phones::act))
        .route(
            "/office/o/{operation}/forms",
            get(forms::page).post(forms::upload).layer(DefaultBodyLimit::max(MAX_FORM)),
        )
        .route("/office/o/{operation}/forms/{form}/data", get(data::page))
        .route("/office/o/{operation}/encryption", get(encryption::page).post(encryption::act))
        .route("/office/o/{operation}/forms/{form}/readable", get(readable::page).post(readable::act))
        .route("/office/o/{operation}/forms/{form}/opened", get(opened::page).post(opened::act))
        .route("/office/o/{operation}/forms/new", get(builder::page).post(builder::make))
        .route("/office/o/{operation}/forms/{form}/restore", post(forms::restore))
        .merge(form::routes())
        .merge(lists::routes())
        .merge(mapping::routes())
        .merge(places::routes())
        .merge(bring::routes())
        .merge(hooks::routes())
        .merge(publisher::routes())
        .merge(feedback::routes())
        .merge(api_keys::routes())
        .merge(outbox::routes())
        .merge(password::routes())
        .merge(corrections::routes())
        .merge(rules::routes())
        .merge(checking::routes())
        .merge(supervision::routes())
        .merge(sharing::routes())
        .route("/office/o/{operation}/{exercise}/{round}/others", get(others::page).post(others::act))
        .route("/office/o/{operation}/{exercise}/{round}/calls", get(calls::page))
        .route("/office/o/{operation}/{exercise}/{round}/calls/{file}", get(calls::file))
        .route("/office/o/{operation}/{exercise}/{round}", get(rounds::round).post(rounds::act))
        .route("/office/o/{operation}/{exercise}/{round}/findings", get(findings::findings).post(findings::take))
        .route("/office/o/{operation}/{exercise}/{round}/analysis", get(analysis::page).post(analysis::act))
        .route("/office/o/{operation}/{exercise}/{round}/verification", get(verification::page).post(verification::act))
        .route("/office/o/{operation}/{exercise}/{round}/origins", get(origins::page))
        .route("/office/o/{operation}/{exercise}/{round}/origins/{file}", get(origins::file))
        .route("/office/o/{operation}/{exercise}/{round}/stocks", get(stocks::page).post(stocks::act))
        .route("/office/o/{operation}/{exercise}/{round}/places", get(visits::page).post(visits::act))
        .route("/office/o/{operation}/{exercise}/{round}/records", get(records::list))
        .route("/office/o/{operation}/{exercise}/{round}/review", get(reviewing::page).post(reviewing::act))
        .layer(DefaultBodyLimit::max(MAX_POST))
}

/// The largest workbook that is taken here.
const MAX_FORM: usize = 30_000_000;
/// The largest sheet of rules.
const MAX_SHEET: usize = 4 << 20;
/// The largest post of any other form on these pages.
const MAX_POST: usize = 256 << 10;

/// The cookie that keeps the chosen language. It holds nothing else.
const LANGUAGE: &str = "dtm-lang";

/// The language of the office: as chosen there, else as the browser asks.
pub(crate) fn chosen_language(headers: &HeaderMap) -> Lang {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix(LANGUAGE)?.strip_prefix('='))
        .find_map(Lang::from_code)
        .unwrap_or_else(|| reader_language(headers))
}

/// Where an office page stands, and who reads it.
struct Desk {
    viewer: Option<Viewer>,
    lang: Lang,
    /// The address of this page, to come back to after changing the language.
    here: String,
}

impl Desk {
    fn words(&self) -> &'static Words {
        Words::of(self.lang)
    }

    /// Who reads, or the way to sign in.
    fn viewer(&self) -> Result<&Viewer, Problem> {
        let viewer = self.person()?;
        viewer.due.map_or(Ok(viewer), |due| Err(due.problem()))
    }

    /// Who reads, though something may be due from them first.
    fn person(&self) -> Result<&Viewer, Problem> {
        self.viewer.as_ref().ok_or_else(Problem::sign_in)
    }

    /// Refuses those not signed in, and those who may not do this there.
    fn must(&self, verb: Verb, on: On<'_>) -> Result<&Viewer, Problem> {
        let viewer = self.viewer()?;
        if viewer.can(verb, on) { Ok(viewer) } else { Err(Problem::forbidden()) }
    }

    /// Whether the reader may do this there, wholly.
    fn can(&self, verb: Verb, on: On<'_>) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.can(verb, on))
    }

    /// An operation as its address names it, for those who may do this in it. Others are not told whether it exists.
    async fn operation(&self, app: &App, verb: Verb, slug: &str) -> Result<Operation, Problem> {
        self.viewer()?;
        let found = app.store.operation_by_slug(slug).await?;
        self.must(verb, reached(found.as_ref(), None))?;
        found.ok_or_else(Problem::not_found)
    }

    /// A round as its address names it, for those who may do this in its operation.
    async fn round(
        &self,
        app: &App,
        verb: Verb,
        (operation, exercise, round): (&str, &str, &str),
    ) -> Result<(Operation, Exercise, Round), Problem> {
        let operation = self.operation(app, verb, operation).await?;
        let exercise = app
            .store
            .exercise_by_slug(&operation.id, exercise_named(exercise))
            .await?
            .ok_or_else(Problem::not_found)?;
        let round = app.store.round_by_label(&exercise.id, &RoundLabel::from(round)).await?;
        Ok((operation, exercise, round.ok_or_else(Problem::not_found)?))
    }

    /// The whole page around a part that was made and escaped by a template.
    fn page(&self, title: &str, inner: askama::Result<String>) -> Result<Response, Problem> {
        let w = self.words();
        let inner = inner.map_err(Problem::internal)?;
        let mut items = Vec::new();
        if let Some(viewer) = &self.viewer {
            let item = |label: &str, href: &str| NavItem {
                label: w.t(label),
                href: href.to_owned(),
                current: match href {
                    "/office" => {
                        !["/office/people", "/office/account", "/office/audit", "/office/keys", "/office/outbox"]
                            .iter()
                            .any(|part| self.here.starts_with(part))
                    }
                    href => self.here.starts_with(href),
                },
            };
            items.push(item("office", "/office"));
            if viewer.can(Verb::UserList, On::Site) || people::gives_somewhere(viewer) {
                items.push(item("people", "/office/people"));
            }
            if viewer.can(Verb::AuditRead, On::Site) {
                items.push(item("audit", "/office/audit"));
            }
            if viewer.can(Verb::ConfigRead, On::Site) {
                items.push(item("keys-title", "/office/keys"));
            }
            if viewer.can(Verb::OutboxRead, On::Site) {
                items.push(item("outbox", "/office/outbox"));
            }
            items.push(item("account", "/office/account"));
        }
        let end = match self.viewer {
            Some(_) => format!(
                "<form class=\"leave\" method=\"post\" action=\"/office/sign-out\"><button class=\"link\">{}</button></form>",
                w.t("office-sign-out")
            ),
            None => String::new(),
        };
        let other = w.other().code();
        let nav = Nav {
            home: links::home(self.lang),
            items,
            switch: Some(format!("/office/language?to={other}&next={}", links::encode(&self.here))),
            description: None,
            public: false,
            end,
        };
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        Ok((headers, frame(self.lang, title, &nav, &inner)).into_response())
    }

    /// A page that may answer a post: as a bad request where it says what could not be done.
    fn answer(&self, title: &str, inner: askama::Result<String>, is_wrong: bool) -> Result<Response, Problem> {
        let mut page = self.page(title, inner)?;
        if is_wrong {
            *page.status_mut() = StatusCode::BAD_REQUEST;
        }
        Ok(page)
    }
}

impl FromRequestParts<App> for Desk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let lang = chosen_language(&parts.headers);
        let query = parts.uri.query().unwrap_or("");
        let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_told(pair)).collect();
        let joint = if kept.is_empty() { "" } else { "?" };
        // After a refused post the page of the same address is the way back.
        let here = format!("{}{joint}{}", parts.uri.path(), kept.join("&"));
        let viewer = match Viewer::from_request_parts(parts, app).await {
            Ok(viewer) => Some(viewer),
            Err(problem) if problem.code == "sign_in_required" => None,
            Err(other) => return Err(other),
        };
        Ok(Self { viewer, lang, here })
    }
}

/// The address of an operation's page.
fn operation_address(operation: &Operation) -> String {
    format!("/office/o/{}", links::encode(&operation.slug))
}

/// The address of a round's page.
fn round_address(operation: &Operation, exercise: &Exercise, round: &Round) -> String {
    format!(
        "{}/{}/{}",
        operation_address(operation),
        exercise_segment(&exercise.slug),
        links::encode(round.label.as_str())
    )
}

/// Stands behind the short name of an exercise that was made before such names were refused, so that no page of its
/// operation has the same address. No short name has it.
const APART: char = '~';

/// How an address names an exercise.
fn exercise_segment(slug: &str) -> String {
    let mut segment = links::encode(slug);
    if Exercise::is_reserved(slug) {
        segment.push(APART);
    }
    segment
}

/// The short name that an address gives an exercise by.
fn exercise_named(segment: &str) -> &str {
    segment.strip_suffix(APART).unwrap_or(segment)
}

/// An operation as the head of a page names it.
struct OperationHead {
    name: String,
    here: String,
    /// Its public page, empty before anything is published.
    public: String,
    officer: bool,
    releaser: bool,
    /// The pages about what it tracks that this reader may open: `events`, `flows`, `needs`.
    tracks: Vec<&'static str>,
}

impl OperationHead {
    async fn new(app: &App, desk: &Desk, operation: &Operation) -> Result<Self, Problem> {
        Ok(Self {
            name: desk.words().text(&operation.name).to_owned(),
            here: format!("/office/o/{}", links::encode(&operation.slug)),
            public: public_page(app, desk, operation).await?,
            officer: desk.can(Verb::FormUpdate, On::Project(&operation.id)),
            releaser: desk.can(Verb::ReleaseCreate, On::Project(&operation.id)),
            tracks: match desk.can(Verb::SubmissionList, On::Project(&operation.id)) {
                true => app
                    .store
                    .exercises(&operation.id)
                    .await?
                    .iter()
                    .filter_map(|exercise| tracked(exercise.tool))
                    .collect(),
                false => Vec::new(),
            },
        })
    }
}

/// The page about what a tool tracks, where it has one beside those of its rounds.
fn tracked(tool: Tool) -> Option<&'static str> {
    match tool {
        Tool::Ett => Some("events"),
        Tool::Fmr => Some("flows"),
        tool if crate::journey::needs::describes_places(tool) => Some("needs"),
        _ => None,
    }
}

/// The public page of an operation, empty before anything is published.
async fn public_page(app: &App, desk: &Desk, operation: &Operation) -> Result<String, Problem> {
    let published = !crate::journey::edition::of(app, operation).await?.main.is_empty();
    Ok(if published { links::country(desk.lang, &operation.slug) } else { String::new() })
}

/// A round as the head of a page below it names it.
struct RoundHead {
    operation_id: OperationId,
    operation: String,
    operation_href: String,
    exercise: String,
    round: String,
    here: String,
}

impl RoundHead {
    /// The head of a page about what belongs to no round.
    fn without_round(w: &Words, operation: &Operation, exercise: &Exercise) -> Self {
        Self {
            operation_id: operation.id.clone(),
            operation: w.text(&operation.name).to_owned(),
            operation_href: format!("/office/o/{}", links::encode(&operation.slug)),
            exercise: w.text(&exercise.name).to_owned(),
            round: String::new(),
            here: format!("/office/o/{}", links::encode(&operation.slug)),
        }
    }

    fn new(w: &Words, operation: &Operation, exercise: &Exercise, round: &Round) -> Self {
        Self {
            operation_id: operation.id.clone(),
            operation: w.text(&operation.name).to_owned(),
            operation_href: format!("/office/o/{}", links::encode(&operation.slug)),
            exercise: w.text(&exercise.name).to_owned(),
            round: w.t_args("office-round", &[("label", Arg::from(round.label.as_str()))]),
            here: round_address(operation, exercise, round),
        }
    }
}

/// The pages of a long list.
struct Pages {
    previous: Option<String>,
    next: Option<String>,
    shown: String,
}

impl Pages {
    /// The lines of the page an address asks for, and the addresses of its neighbours.
    fn cut(w: &Words, address: &str, wanted: &str, n_all: usize, each: usize) -> (Self, std::ops::Range<usize>) {
        let last = n_all.saturating_sub(1) / each;
        let page = wanted.parse::<usize>().unwrap_or(1).saturating_sub(1).min(last);
        let lines = page * each..n_all.min((page + 1) * each);
        let joint = if address.contains('?') { '&' } else { '?' };
        let of = |page: usize| format!("{address}{joint}page={}", page + 1);
        let number = |n: usize| Arg::from(w.number(n as i64));
        let shown = [("from", number(lines.start + 1)), ("to", number(lines.end)), ("all", number(n_all))];
        let pages = Self {
            previous: (page > 0).then(|| of(page - 1)),
            next: (page < last).then(|| of(page + 1)),
            shown: w.t_args("office-page-shown", &shown),
        };
        (pages, lines)
    }
}

/// Only addresses of the office are followed: another site's would be an open redirect.
fn local(address: &str) -> &str {
    let below = address.strip_prefix("/office").is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    if below && !address.contains(['\\', '\r', '\n', '\t']) { address } else { "/office" }
}

/// The office page that a request came from, as the browser says.
pub(crate) fn came_from(headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or("");
    let path = referer.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or("");
    local(path).to_owned()
}

/// Leads back to a page that says what became of a form: one of the sentences of [`Said`], with its numbers.
fn said(address: &str, what: &str, numbers: &[i64]) -> Redirect {
    let named: Vec<(&str, i64)> = ["n", "m"].into_iter().zip(numbers.iter().copied()).collect();
    said_with(address, what, &named)
}

/// The same, with numbers of these names.
fn said_with(address: &str, what: &str, numbers: &[(&str, i64)]) -> Redirect {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_told(pair)).collect();
    let numbers = numbers.iter().map(|(name, number)| format!("&{name}={number}")).collect::<String>();
    let joint = if kept.is_empty() { "" } else { "&" };
    Redirect::to(&format!("{path}?{}{joint}said={what}{numbers}", kept.join("&")))
}

/// Whether a part of an address belongs to what the page before wanted said.
fn is_told(pair: &str) -> bool {
    ["said=", "n=", "m=", "undo=", "tick="].iter().any(|name| pair.starts_with(name))
}

/// What a page is told to say by the redirect that led to it. The address only picks a sentence and its numbers, so
/// that a link cannot put words into our mouth.
#[derive(serde::Deserialize, Default)]
struct Said {
    #[serde(default)]
    said: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    m: String,
    /// The moment of what can be taken back.
    #[serde(default)]
    undo: String,
}

/// Sentences that are said under their own key.
const SAID: &[&str] = &[
    "office-operation-added",
    "office-exercise-added",
    "office-round-planned",
    "office-zone-set",
    "account-saved",
    "account-password-changed",
    "account-factor-dropped",
    "account-sessions-ended",
    "account-token-withdrawn",
    "people-given",
    "people-invited",
    "people-reset-mailed",
    "people-taken",
    "people-factor-off",
    "people-removed",
    "people-restored",
    "people-policy-set",
    "events-said-named",
    "events-said-merged",
    "events-said-split",
    "events-said-closed",
    "events-said-reopened",
    "events-said-undone",
    "events-said-seen",
    "events-said-unseen",
    "events-said-rules",
    "keys-withdrawn",
    "outbox-dropped",
    "outbox-test-written",
    "hooks-tested",
    "hooks-removed",
    "feedback-said-answered",
    "publisher-said-set",
    "publisher-said-usual",
    "password-link-mailed",
    "password-set",
    "flows-said-shift",
    "flows-said-removed",
    "flows-said-restored",
    "flows-said-state",
    "flows-said-planned",
    "verify-said-added",
    "verify-said-decided",
    "verify-said-undone",
    "verify-said-withdrawn",
    "verify-said-chosen",
    "checking-said-stopped",
    "checking-said-resumed",
    "sharing-said-review",
    "sharing-said-more",
    "sharing-said-refused",
    "sharing-said-granted",
    "sharing-said-ended",
];

impl Said {
    /// The word that picks the sentence.
    fn word(&self) -> &str {
        &self.said
    }

    /// The moment of what was just done, if it is this and can be taken back; else empty.
    fn undo(&self, what: &str) -> &str {
        if self.said == what && self.undo.parse::<i64>().is_ok() { &self.undo } else { "" }
    }

    fn sentence(&self, w: &Words) -> String {
        let number = |text: &str| Arg::from(text.parse::<i64>().unwrap_or(0));
        let two = |key: &str, a: &str, b: &str| w.t_args(key, &[(a, number(&self.n)), (b, number(&self.m))]);
        match self.said.as_str() {
            "corrected" => w.t("office-correct-saved"),
            "undone" => w.t("office-undone"),
            "resolved" => w.t_n("office-resolved-done", self.n.parse().unwrap_or(0)),
            "reopened" => w.t_n("findings-said-reopened", self.n.parse().unwrap_or(0)),
            "reviewed" => {
                let done = w.t_n("office-sub-reviewed", self.n.parse().unwrap_or(0));
                match self.m.parse().unwrap_or(0) {
                    0 => done,
                    m => format!("{done} {}", w.t_n("reviewing-overtaken", m)),
                }
            }
            "places-changed" => w.t_n("places-said-changed", self.n.parse().unwrap_or(0)),
            "places-undone" => w.t_n("places-said-undone", self.n.parse().unwrap_or(0)),
            "places-same" => w.t("places-said-same"),
            "places-distinct" => w.t("places-said-distinct"),
            "places-phones-begun" => w.t("places-said-phones"),
            "places-phones-ended" => w.t("places-said-no-phones"),
            "areas-taken" => two("areas-said-taken", "n", "m"),
            "areas-changed" => w.t_n("areas-said-changed", self.n.parse().unwrap_or(0)),
            "areas-undone" => two("areas-said-undone", "n", "m"),
            "visits-planned" => w.t_n("visits-said-planned", self.n.parse().unwrap_or(0)),
            "visits-dropped" => w.t_n("visits-said-dropped", self.n.parse().unwrap_or(0)),
            "visits-unreached" => w.t_n("visits-said-unreached", self.n.parse().unwrap_or(0)),
            "visits-reachable" => w.t_n("visits-said-reachable", self.n.parse().unwrap_or(0)),
            "verify-signed" => w.t_n("verify-said-signed", self.n.parse().unwrap_or(0)),
            "explained" => w.t_n("analysis-said-explained", self.n.parse().unwrap_or(0)),
            "unexplained" => w.t("analysis-said-unexplained"),
            "outbox-retried" => w.t_n("outbox-retried", self.n.parse().unwrap_or(0)),
            "needs-kept" => w.t_args("needs-said-kept", &[("n", number(&self.n))]),
            "message-written" => w.t_n("supervise-said-written", self.n.parse().unwrap_or(0)),
            "message-withdrawn" => w.t("supervise-said-withdrawn"),
            "message-restored" => w.t("supervise-said-restored"),
            "movements-taken" => w.t_n("stocks-said-taken", self.n.parse().unwrap_or(0)),
            "movement-added" => w.t("stocks-said-added"),
            "movement-withdrawn" => w.t("stocks-said-withdrawn"),
            "movement-restored" => w.t("stocks-said-restored"),
            "teams-saved" => w.t("teams-said-saved"),
            "teams-removed" => w.t("teams-said-removed"),
            "recoded" => w.t_n("others-said", self.n.parse().unwrap_or(0)),
            "taken" => two("findings-said-taken", "n", "m"),
            "rules-put" => w.t("rules-said-put"),
            "mapping-kept" => w.t_args("mapping-said-kept", &[("n", number(&self.n))]),
            "mapping-same" => w.t("mapping-said-same"),
            "log-applied" => two("log-said-applied", "n", "m"),
            "log-undone" => two("log-said-undone", "n", "m"),
            "log-dropped" => w.t("log-said-dropped"),
            "log-settled" => w.t("log-said-settled"),
            "checks-chosen" => w.t("checks-said-chosen"),
            "ticked" => w.t("round-said-ticked"),
            "unticked" => w.t("round-said-unticked"),
            "none-ticked" => w.t("office-sub-none-ticked"),
            "review-undone" => w.t_n("office-sub-review-undone", self.n.parse().unwrap_or(0)),
            "classes-set" => w.t_n("office-classes-set", self.n.parse().unwrap_or(0)),
            "assigned" => w.t("office-sub-assigned"),
            "commented" => w.t("office-sub-commented"),
            "no-comment" => w.t("office-sub-no-comment"),
            "trashed" => w.t("office-sub-trashed"),
            "restored" => w.t("office-sub-restored"),
            "rule" => w.t("office-sub-rule-saved"),
            "withdrawn" => w.t("office-phone-withdrawn"),
            "list-saved" => w.t("office-list-saved"),
            "list-added" => w.t_n("office-list-added", self.n.parse().unwrap_or(0)),
            "entity-saved" => w.t("office-entity-saved"),
            "entity-settled" => w.t("office-entity-settled"),
            "entity-deleted" => w.t("office-entity-deleted"),
            "entity-restored" => w.t("office-entity-restored"),
            "phone-limited" => w.t("office-phone-limited"),
            "phone-properties" => w.t("office-phone-properties-saved"),
            "phone-property-added" => w.t("office-phone-property-added"),
            "draft-made" => w.t("office-draft-made"),
            "draft-gone" => w.t("office-draft-discarded"),
            "published" => w.t("office-form-published"),
            "readable" => w.t("readable-said"),
            "form-state" => w.t("office-form-state-saved"),
            "link-gone" => w.t("office-link-withdrawn"),
            "file-kept" => w.t("office-file-kept"),
            "form-trashed" => w.t("office-form-trashed"),
            "form-restored" => w.t("office-form-restored"),
            "form-id-taken" => w.t("office-form-id-taken"),
            "settled" => two("office-settled", "figures", "findings"),
            "released" => two("office-released", "version", "hidden"),
            "release-withdrawn" => w.t_args("office-release-withdrawn", &[("version", number(&self.n))]),
            known if SAID.contains(&known) => w.t(known),
            other => match other.strip_prefix("moved-").and_then(RoundState::from_code) {
                Some(state) => w.t_args("office-moved", &[("state", w.label("office-state", state.code()).into())]),
                None => String::new(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_form_nobody_is_led_to_another_site() {
        for ours in ["/office", "/office/o/xso", "/office?said=undone"] {
            assert_eq!(local(ours), ours);
        }
        let elsewhere = [
            "https://evil.org",
            "//evil.org/office",
            "/\\evil.org",
            "/office\r\nX: y",
            "javascript:alert(1)",
            "",
            "/officer",
            "/office\\@evil.org",
        ];
        for address in elsewhere {
            assert_eq!(local(address), "/office");
        }
    }

    #[test]
    fn an_exercise_that_bears_the_name_of_a_page_has_an_address_of_its_own() {
        assert_eq!((exercise_segment("sites").as_str(), exercise_segment("events").as_str()), ("sites", "events~"));
        assert_eq!((exercise_named("sites"), exercise_named("events~")), ("sites", "events"));
    }

    #[test]
    fn a_link_cannot_put_words_into_our_mouth() {
        let told = |said: &str| {
            Said { said: said.to_owned(), n: "7".to_owned(), m: "<b>".to_owned(), ..Said::default() }
                .sentence(Words::of(Lang::En))
        };
        assert_eq!(told("settled"), "Settled: 7 figures, 0 findings.");
        assert_eq!(told("moved-cleared"), "The round is now “cleared”.");
        assert_eq!(told("Your password is needed at evil.org"), "");
        assert_eq!(told("moved-nowhere"), "");
    }

    #[test]
    fn a_round_says_one_thing_at_a_time() {
        let address =
            |redirect: Redirect| redirect.into_response().headers()[header::LOCATION].to_str().unwrap().to_owned();
        assert_eq!(
            address(said("/office/x?severity=note&said=undone&n=1", "resolved", &[])),
            "/office/x?severity=note&said=resolved"
        );
        assert_eq!(address(said("/office/x", "settled", &[3, 4])), "/office/x?said=settled&n=3&m=4");
    }

    #[test]
    fn every_word_of_these_pages_exists_and_every_word_kept_for_them_is_used() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut text = String::new();
        let mut waiting: Vec<_> = ["src", "templates"].iter().map(|folder| root.join(folder)).collect();
        while let Some(path) = waiting.pop() {
            match std::fs::read_dir(&path) {
                Ok(entries) => waiting.extend(entries.map(|entry| entry.unwrap().path())),
                Err(_) => text += &std::fs::read_to_string(&path).unwrap(),
            }
        }
        let is_key = |word: &&str| {
            word.starts_with("office-")
                && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
                && !word.ends_with('-')
        };
        let said: std::collections::BTreeSet<&str> = text.split('"').filter(is_key).collect();
        // These are said with the code of a state, a weight or an audience at their end.
        let begun = [
            "office-state",
            "office-severity",
            "office-audience",
            "office-form-state",
            "office-form-state-long",
            "office-changes",
            "office-class",
            "office-class-what",
            "office-class-why",
        ];
        let missing: Vec<_> = said.iter().filter(|key| !begun.contains(key) && !Words::of(Lang::En).has(key)).collect();
        assert!(missing.is_empty(), "no such words: {missing:?}");
        let kept = include_str!("../../../../dtm-publish/locales/en/office.ftl")
            .lines()
            .filter_map(|line| line.split_once(" =").map(|(key, _)| key));
        let unused: Vec<_> = kept
            .filter(|key| key.starts_with("office"))
            .filter(|key| !said.contains(key) && *key != "office" && !begun.iter().any(|word| key.starts_with(word)))
            .collect();
        assert!(unused.is_empty(), "said nowhere: {unused:?}");
    }

    #[test]
    fn a_list_is_cut_into_pages_and_an_odd_page_is_brought_back_into_it() {
        let cut = |wanted: &str, n_all| Pages::cut(Words::of(Lang::En), "/office/x", wanted, n_all, 50);
        let (pages, lines) = cut("2", 120);
        assert_eq!((lines, pages.shown.as_str()), (50..100, "51–100 of 120"));
        assert_eq!(
            (pages.previous.as_deref(), pages.next.as_deref()),
            (Some("/office/x?page=1"), Some("/office/x?page=3"))
        );
        assert_eq!(cut("99", 120).1, 100..120);
        assert_eq!(cut("-1", 120).1, 0..50);
        let (pages, lines) = cut("", 0);
        assert!(lines.is_empty() && pages.previous.is_none() && pages.next.is_none());
    }
}
