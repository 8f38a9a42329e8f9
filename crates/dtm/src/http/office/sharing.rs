//! Requests of partners for what is not public: what came, the terms of an agreement with what they would take out, the
//! decision, and the agreements that stand.

use super::super::problem::Problem;
use super::super::viewer::Verb;
use super::submissions::{posted, value, values};
use super::{App, Desk, OperationHead, Said, operation_address, said};
use crate::journey::sharing::{self, Offer, Refusal, Source, Terms};
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use dtm_model::{Dissemination, Operation, Pcode};
use dtm_protect::{DatePrecision, Exposure, Meaning, Risk};
use dtm_publish::words::Words;
use dtm_store::{Agreement, DataRequest, RequestState, Requester, StoreError};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/office/o/{operation}/sharing", get(list))
        .route("/office/o/{operation}/sharing/{number}", get(page).post(act))
}

/// The longest reason.
const LONGEST: usize = 4000;

/// A request in the list.
struct RequestLine {
    href: String,
    number: String,
    who: String,
    state: &'static str,
    state_name: String,
    asked_on: String,
    note: String,
}

#[derive(Template)]
#[template(path = "office/sharing.html")]
struct ListView {
    w: &'static Words,
    operation: OperationHead,
    ask: String,
    open: Vec<RequestLine>,
    decided: Vec<RequestLine>,
}

/// A field that can be granted.
struct FieldLine {
    name: String,
    label: String,
    class: &'static str,
    class_name: String,
    is_wished: bool,
    is_given: bool,
    is_key: bool,
    is_named: bool,
    identifies: bool,
    /// Areas, ages and days are keys whatever is ticked.
    is_always_key: bool,
}

/// One line of what protecting the records takes.
struct RiskLine {
    what: String,
    before: String,
    after: String,
}

/// What protecting the records takes.
struct RiskView {
    records: String,
    keys: String,
    lines: Vec<RiskLine>,
    taken: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "office/sharing_one.html")]
struct OneView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    number: String,
    state: &'static str,
    state_name: String,
    who: Vec<(String, String)>,
    wish: Vec<(String, String)>,
    words: String,
    fields: Vec<FieldLine>,
    classes: Vec<(&'static str, String, bool)>,
    levels: Vec<(u8, String, bool)>,
    dates: Vec<(&'static str, String, bool)>,
    k: u32,
    age_years: u32,
    areas: String,
    decimals: String,
    with_figures: bool,
    days: i64,
    downloads: u32,
    risk: Option<RiskView>,
    agreement: Vec<(String, String)>,
    is_open: bool,
    is_fresh: bool,
    is_granted: bool,
}

/// What the page holds beside the request.
struct Typed {
    terms: Terms,
    days: i64,
    downloads: u32,
    words: String,
}

fn who(person: Option<&Requester>, w: &Words) -> String {
    person.map_or_else(|| w.t("sharing-forgotten"), |person| format!("{} · {}", person.organisation, person.name))
}

fn state_code(state: RequestState) -> String {
    state.code().replace('_', "-")
}

async fn list(State(app): State<App>, desk: Desk, Path(slug): Path<String>) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ReleaseCreate, &slug).await?;
    let w = desk.words();
    let (mut open, mut decided) = (Vec::new(), Vec::new());
    for request in app.store.data_requests(&operation.id).await? {
        let agreement = app.store.agreement(&request.id).await?;
        let line = RequestLine {
            href: format!("{}/sharing/{}", operation_address(&operation), request.number),
            number: sharing::number(&operation, request.number),
            who: who(request.person.as_ref(), w),
            state: request.state.code(),
            state_name: w.label("sharing-state", &state_code(request.state)),
            asked_on: w.date(request.asked_at.date()),
            note: agreement.map(|one| ends(&one, w)).unwrap_or_default(),
        };
        if request.state.is_open() { open.push(line) } else { decided.push(line) }
    }
    let view = ListView {
        w,
        operation: OperationHead::new(&app, &desk, &operation).await?,
        ask: format!("{}/request", dtm_publish::page::links::country(desk.lang, &operation.slug)),
        open,
        decided,
    };
    desk.page(&w.t("sharing-title"), view.render())
}

fn ends(agreement: &Agreement, w: &Words) -> String {
    let taken = [
        ("n", i64::from(agreement.n_downloads).into()),
        ("most", i64::from(agreement.most_downloads).into()),
        ("date", w.date(agreement.ends_at.date()).into()),
    ];
    w.t_args("sharing-taken", &taken)
}

/// The request of this number and what it is about; the source is gone where its round or form no longer is.
async fn find(
    app: &App,
    desk: &Desk,
    (slug, number): (&str, &str),
) -> Result<(Operation, DataRequest, Option<Source>), Problem> {
    let operation = desk.operation(app, Verb::ReleaseCreate, slug).await?;
    let number = number.parse::<u32>().map_err(|_| Problem::not_found())?;
    let request = app.store.data_request(&operation.id, number).await?.ok_or_else(Problem::not_found)?;
    let source = sharing::source(app, &operation, &request.wish.source).await?;
    Ok((operation, request, source))
}

/// What an officer begins from: what was asked for as far as it neither identifies nor is above the confidential, five
/// records to a combination, second-level areas, months.
fn begin(request: &DataRequest, offers: &[Offer]) -> Typed {
    let clearance = Dissemination::Confidential;
    let given = |offer: &&Offer| {
        request.wish.fields.contains(&offer.field.name)
            && offer.field.effective_class() <= clearance
            && !offer.field.meaning.identifies()
    };
    let terms = Terms {
        fields: offers.iter().filter(given).map(|offer| offer.field.name.clone()).collect(),
        identifying: Vec::new(),
        keys: Vec::new(),
        clearance,
        level: 2,
        dates: DatePrecision::Month,
        age_years: 5,
        k: 5,
        areas: Vec::new(),
        decimals: None,
        with_figures: false,
    };
    Typed { terms, days: 90, downloads: 20, words: String::new() }
}

fn read(body: &str) -> Typed {
    let fields = posted(body);
    let one = |wanted: &str| value(&fields, wanted).trim().to_owned();
    let all = |wanted: &str| values(&fields, wanted).map(str::to_owned).collect::<Vec<_>>();
    let class = |code: &str| match code {
        "public" => Dissemination::Public,
        "restricted" => Dissemination::Restricted,
        "secret" => Dissemination::Secret,
        _ => Dissemination::Confidential,
    };
    let given = all("field");
    let among = |names: Vec<String>| names.into_iter().filter(|name| given.contains(name)).collect();
    let terms = Terms {
        identifying: among(all("named")),
        keys: among(all("key")),
        clearance: class(&one("clearance")),
        level: one("level").parse().unwrap_or(2).min(4),
        dates: match one("dates").as_str() {
            "day" => DatePrecision::Day,
            "year" => DatePrecision::Year,
            _ => DatePrecision::Month,
        },
        age_years: one("age_years").parse().unwrap_or(5).clamp(1, 40),
        k: one("k").parse().unwrap_or(5).clamp(1, 1000),
        areas: one("areas").split([' ', ',', ';']).filter(|code| !code.is_empty()).map(Pcode::from).collect(),
        decimals: one("decimals").parse().ok().map(|decimals: u8| decimals.min(5)),
        with_figures: one("figures") == "yes",
        fields: given,
    };
    Typed {
        terms,
        days: one("days").parse().unwrap_or(0),
        downloads: one("downloads").parse().unwrap_or(0),
        words: one("words").replace('\0', ""),
    }
}

fn lines(offers: &[Offer], request: &DataRequest, terms: &Terms, w: &Words) -> Vec<FieldLine> {
    let line = |offer: &Offer| {
        let field = &offer.field;
        let class = sharing::class_code(field.effective_class());
        FieldLine {
            label: w.text(&field.label).to_owned(),
            class,
            class_name: w.label("office-class", class),
            is_wished: request.wish.fields.contains(&field.name),
            is_given: terms.fields.contains(&field.name),
            is_key: terms.keys.contains(&field.name),
            is_named: terms.identifying.contains(&field.name),
            identifies: field.meaning.identifies(),
            is_always_key: matches!(field.meaning, Meaning::Area | Meaning::Age),
            name: field.name.clone(),
        }
    };
    let mut lines: Vec<FieldLine> = offers.iter().map(line).collect();
    lines.sort_by_key(|line| !line.is_wished);
    lines
}

fn risk_view(risk: &Risk, w: &Words) -> RiskView {
    let count = |n: u64| w.number(i64::try_from(n).unwrap_or(i64::MAX));
    let both = |what: String, of: &dyn Fn(&Exposure) -> String| RiskLine {
        what,
        before: of(&risk.before),
        after: of(&risk.after),
    };
    let mut lines = vec![both(w.t("sharing-risk-unique"), &|one| count(one.n_unique))];
    for k in risk.after.n_below.keys().filter(|k| **k > 2) {
        let what = w.t_args("sharing-risk-below", &[("k", i64::from(*k).into())]);
        lines.push(both(what, &|one| count(one.n_below.get(k).copied().unwrap_or_default())));
    }
    lines.push(both(w.t("sharing-risk-found"), &|one| w.number(one.expected_found.round() as i64)));
    RiskView {
        records: count(risk.n_records),
        keys: if risk.keys.is_empty() { w.t("sharing-risk-no-keys") } else { risk.keys.join(", ") },
        lines,
        taken: risk.suppressed.iter().map(|(field, n)| (field.clone(), count(*n))).collect(),
    }
}

async fn show(
    app: &App,
    desk: &Desk,
    (operation, request, source): &(Operation, DataRequest, Option<Source>),
    typed: Option<Typed>,
    risk: Option<&Risk>,
    (said, mistake): (String, Option<String>),
) -> Result<Response, Problem> {
    let w = desk.words();
    let offers = match source {
        Some(source) => sharing::offers(app, source).await?,
        None => Vec::new(),
    };
    let Typed { terms, days, downloads, words } = typed.unwrap_or_else(|| begin(request, &offers));
    let agreement = app.store.agreement(&request.id).await?;
    let kept: Option<Risk> = agreement.as_ref().and_then(|one| serde_json::from_value(one.risk.clone()).ok());
    let row = |key: &str, text: &str| (!text.is_empty()).then(|| (w.t(key), text.to_owned()));
    let person = request.person.as_ref();
    let wish = &request.wish;
    let classes =
        [Dissemination::Public, Dissemination::Confidential, Dissemination::Restricted, Dissemination::Secret];
    let class = |class: Dissemination| {
        let code = sharing::class_code(class);
        (code, w.label("office-class", code), class == terms.clearance)
    };
    let dates = [("day", DatePrecision::Day), ("month", DatePrecision::Month), ("year", DatePrecision::Year)];
    let view = OneView {
        w,
        said,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        here: format!("{}/sharing/{}", operation_address(operation), request.number),
        number: sharing::number(operation, request.number),
        state: request.state.code(),
        state_name: w.label("sharing-state", &state_code(request.state)),
        who: match person {
            Some(Requester { name, organisation, email }) => {
                let rows = [("request-name", name), ("request-organisation", organisation), ("request-email", email)];
                rows.into_iter().filter_map(|(key, text)| row(key, text)).collect()
            }
            None => vec![(w.t("request-name"), w.t("sharing-forgotten"))],
        },
        wish: [
            row("request-asked-on", &w.date(request.asked_at.date())),
            row("request-dataset", &wish.source),
            row("request-purpose", &wish.purpose),
            row("request-legal-basis", &wish.legal_basis),
            row("request-areas", &wish.areas),
            row("request-until", &wish.until),
            row("request-answer", &wish.more),
        ]
        .into_iter()
        .flatten()
        .collect(),
        words: if words.is_empty() { request.words.clone() } else { words },
        fields: lines(&offers, request, &terms, w),
        classes: classes.map(class).to_vec(),
        levels: (0..=3).map(|level| (level, w.t(&format!("level-{level}")), level == terms.level)).collect(),
        dates: dates.map(|(code, one)| (code, w.label("sharing-dates", code), one == terms.dates)).to_vec(),
        k: terms.k,
        age_years: terms.age_years,
        areas: terms.areas.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        decimals: terms.decimals.map(|decimals| decimals.to_string()).unwrap_or_default(),
        with_figures: terms.with_figures,
        days,
        downloads,
        risk: risk.or(kept.as_ref()).map(|risk| risk_view(risk, w)),
        agreement: agreement.iter().flat_map(|one| facts(one, w)).collect(),
        is_open: request.state.is_open() && source.is_some(),
        is_fresh: request.state == RequestState::Asked,
        is_granted: request.state == RequestState::Granted,
    };
    desk.answer(&view.number, view.render(), view.mistakes.is_some())
}

fn facts(agreement: &Agreement, w: &Words) -> Vec<(String, String)> {
    let policy: Option<dtm_protect::Policy> = serde_json::from_value(agreement.policy.clone()).ok();
    let mut facts = vec![
        (w.t("sharing-granted-on"), w.date(agreement.granted_at.date())),
        (w.t("sharing-files-taken"), ends(agreement, w)),
    ];
    if let Some(policy) = policy {
        facts.push((w.t("sharing-clearance"), w.label("office-class", sharing::class_code(policy.highest_class))));
        facts.push((w.t("sharing-level"), w.t(&format!("level-{}", policy.smallest_level.min(3)))));
        if let Some(rules) = policy.records {
            facts.push((w.t("sharing-k"), w.number(i64::from(rules.k))));
        }
    }
    facts
}

async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, number)): Path<(String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let found = find(&app, &desk, (&slug, &number)).await?;
    let said = told.sentence(desk.words());
    show(&app, &desk, &found, None, None, (said, None)).await
}

/// Looks what terms would take out, or decides.
async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((slug, number)): Path<(String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let found = find(&app, &desk, (&slug, &number)).await?;
    let (operation, request, source) = &found;
    let (viewer, w) = (desk.viewer()?, desk.words());
    let typed = read(&body);
    let here = format!("{}/sharing/{}", operation_address(operation), request.number);
    let fields = posted(&body);
    let act = value(&fields, "act");
    let wrong =
        |typed: Typed, mistake: String| show(&app, &desk, &found, Some(typed), None, (String::new(), Some(mistake)));
    if typed.words.chars().count() > LONGEST {
        return wrong(typed, w.t("request-too-long")).await;
    }
    let needs_words = matches!(act, "more" | "refuse" | "end" | "grant");
    if needs_words && typed.words.is_empty() {
        return wrong(typed, w.t("sharing-needs-words")).await;
    }
    let (to, letter, told) = match act {
        "preview" | "grant" => {
            let Some(source) = source.as_ref().filter(|_| request.state.is_open()) else {
                return wrong(typed, w.t("sharing-moved")).await;
            };
            let made: Result<_, Refusal> = if act == "grant" {
                let (period, stamp) = ((typed.days, typed.downloads), viewer.stamp());
                sharing::grant(&app, request, source, &typed.terms, period, &typed.words, &stamp).await
            } else {
                sharing::make(&app, source, &sharing::number(operation, request.number), &typed.terms).await
            };
            return match made {
                Ok(_) if act == "grant" => Ok(said(&here, "sharing-said-granted", &[]).into_response()),
                Ok(release) => {
                    let risk = release.records().map(|records| records.risk.clone());
                    show(&app, &desk, &found, Some(typed), risk.as_ref(), (String::new(), None)).await
                }
                Err(Refusal::Failed(error)) => Err(Problem::internal(error)),
                Err(refusal) => wrong(typed, sharing::sentence(&refusal, w)).await,
            };
        }
        "review" => (RequestState::UnderReview, "", "sharing-said-review"),
        "more" => (RequestState::MoreAsked, "more", "sharing-said-more"),
        "refuse" => (RequestState::Refused, "refused", "sharing-said-refused"),
        "end" => (RequestState::Withdrawn, "ended", "sharing-said-ended"),
        _ => return Err(Problem::not_found()),
    };
    let fits = if act == "end" { request.state == RequestState::Granted } else { request.state.is_open() };
    if !fits {
        return wrong(typed, w.t("sharing-moved")).await;
    }
    let mails = if letter.is_empty() { Vec::new() } else { sharing::told(&app, operation, request, letter) };
    let stamp = dtm_store::Stamp::new(world::now(), viewer.actor());
    match app.store.move_data_request(request, to, &typed.words, &mails, &stamp).await {
        Ok(()) => Ok(said(&here, told, &[]).into_response()),
        Err(StoreError::Conflict { .. }) => wrong(typed, w.t("sharing-moved")).await,
        Err(other) => Err(other.into()),
    }
}
