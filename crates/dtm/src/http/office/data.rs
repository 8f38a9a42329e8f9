//! The data of a form: its newest submissions in a table, chosen and sorted on the server, reviewed many at once;
//! downloads; and the addresses under which other programs find them.
//!
//! What is chosen stands in the address alone, so that a choice is kept as a bookmark or passed on to a colleague.

use super::super::central::named;
use super::super::problem::Problem;
use super::super::scope::Scope;
use super::super::viewer::{On, Verb, reached};
use super::clock::{self, Clock};
use super::submissions::state_name;
use super::{App, Desk, OperationHead, Pages, Said};
use crate::journey::choose::{self, Looking};
use crate::journey::export::{Source, taken_apart};
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use dtm_capture::instance::{Instance, Shape};
use dtm_capture::odata::{Expression, Field as Asked, Moment, OrderBy, Table, line, parse};
use dtm_model::{Field, FieldKind, FormSchema, Lang};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::{Form, ReviewState};
use serde::Deserialize;
use std::sync::Arc;

/// Submissions on one page.
const LINES: u64 = 50;
/// Questions that have a column.
const COLUMNS: usize = 8;

/// What the address asks for.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    how: String,
    v: String,
    q2: String,
    how2: String,
    v2: String,
    q3: String,
    how3: String,
    v3: String,
    state: String,
    from: String,
    to: String,
    sort: String,
    down: String,
    page: String,
    tick: String,
}

impl Wanted {
    /// The conditions on answers: question, how, value.
    fn conditions(&self) -> [[&String; 3]; 3] {
        [[&self.q, &self.how, &self.v], [&self.q2, &self.how2, &self.v2], [&self.q3, &self.how3, &self.v3]]
    }

    /// Every field that the address keeps, with its name.
    fn kept(&self) -> Vec<(&'static str, &String)> {
        let names = [["q", "how", "v"], ["q2", "how2", "v2"], ["q3", "how3", "v3"]];
        let mut kept = Vec::new();
        for (names, values) in names.into_iter().zip(self.conditions()) {
            // How answers are compared says nothing without a question.
            if !values[0].is_empty() {
                kept.extend(names.into_iter().zip(values));
            }
        }
        kept.extend([("state", &self.state), ("from", &self.from), ("to", &self.to)]);
        kept.extend([("sort", &self.sort), ("down", &self.down)]);
        kept.retain(|(_, value)| !value.is_empty());
        kept
    }
}

/// One condition as the page shows it.
struct Choice {
    /// What follows the names of its fields: nothing, 2, 3.
    n: &'static str,
    q: String,
    how: String,
    v: String,
}

struct Question {
    /// The path as filters name it.
    name: String,
    label: String,
    /// Whether the form words it; what phones fill in by themselves has a name only.
    worded: bool,
    node: usize,
    kind: FieldKind,
}

struct Column {
    label: String,
    number: bool,
}

struct Line {
    record: String,
    received: clock::Moment,
    sender: String,
    state: &'static str,
    state_name: String,
    cells: Vec<(String, bool)>,
}

#[derive(Template)]
#[template(path = "office/data.html")]
struct DataView {
    w: &'static Words,
    said: String,
    undo: String,
    operation: OperationHead,
    form: String,
    form_id: String,
    here: String,
    form_here: String,
    list: String,
    may_manage: bool,
    may_fill: bool,
    may_review: bool,
    ticked: bool,
    tick_all: String,
    /// Where this page is, with what is chosen, to come back to.
    back: String,
    states: Vec<(&'static str, String)>,
    choices: Vec<Choice>,
    /// Whether more than one condition is chosen.
    more_chosen: bool,
    /// The form's address below `/v1`, and the same from anywhere.
    api: String,
    address: String,
    project: i64,
    n_all: String,
    questions: Vec<Question>,
    hows: Vec<(&'static str, String)>,
    asked: Wanted,
    is_chosen: bool,
    filter: String,
    wrong: String,
    columns: Vec<Column>,
    lines: Vec<Line>,
    pages: Pages,
    languages: Vec<(String, String)>,
    has_places: bool,
    since: String,
    /// Whether answers may be encrypted, and whether this session has them open.
    encrypts: bool,
    is_open: bool,
}

/// The questions that can be chosen by: those asked once a submission.
fn questions(shape: &Shape, schema: &FormSchema, w: &Words) -> Vec<Question> {
    let mut questions = Vec::new();
    for (node, known) in shape.nodes().iter().enumerate() {
        let is_meta = known.path == "meta" || known.path.starts_with("meta/");
        if known.is_structure() || known.repeat.is_some() || is_meta {
            continue;
        }
        let field: Option<&Field> = schema.fields.iter().find(|field| field.path == known.path);
        let label = field.map(|field| w.text(&field.label).trim()).unwrap_or("");
        let worded = !label.is_empty();
        let label = if worded { label } else { known.name.as_str() };
        let label: String = label.chars().take(80).collect();
        questions.push(Question { name: line(shape, node).join("/"), label, worded, node, kind: known.kind });
    }
    questions
}

/// What is asked for as a filter; empty where nothing is.
fn filter_of(asked: &Wanted, questions: &[Question], clock: Clock) -> String {
    let mut parts: Vec<String> =
        asked.conditions().into_iter().map(|[q, how, v]| condition(q, how, v, questions)).collect();
    parts.push(match super::submissions::state_of(&asked.state) {
        None => String::new(),
        Some(None) => "__system/reviewState eq null".to_owned(),
        Some(Some(state)) => format!("__system/reviewState eq '{}'", state.code()),
    });
    // A day is one of the operation: it begins and ends where its people are.
    parts.extend(clock.bounds(&asked.from).map(|(first, _)| format!("__system/submissionDate ge {first}")));
    parts.extend(clock.bounds(&asked.to).map(|(_, last)| format!("__system/submissionDate le {last}")));
    parts.retain(|part| !part.is_empty());
    match parts.len() {
        1 => parts.remove(0),
        _ => parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(" and "),
    }
}

/// A condition on an answer as a filter; empty where none is asked for.
fn condition(question: &str, how: &str, value: &str, questions: &[Question]) -> String {
    let Some(question) = questions.iter().find(|known| known.name == question) else { return String::new() };
    let name = &question.name;
    let value = value.trim();
    let text = format!("'{}'", value.replace('\'', "''"));
    let literal = match question.kind {
        FieldKind::Integer | FieldKind::Decimal | FieldKind::Date | FieldKind::DateTime => value.replace(',', "."),
        _ => text.clone(),
    };
    match how {
        "empty" => format!("{name} eq null"),
        _ if value.is_empty() => String::new(),
        "contains" => format!("contains(tolower({name}),tolower({text}))"),
        "has" => format!("{name} has {text}"),
        how @ ("ne" | "gt" | "lt") => format!("{name} {how} {literal}"),
        _ => format!("{name} eq {literal}"),
    }
}

/// A form of an operation, and what of its submissions the reader may see.
pub(super) async fn form_of(
    app: &App,
    desk: &Desk,
    slug: &str,
    form: &str,
) -> Result<(dtm_model::Operation, Form, Scope), Problem> {
    let viewer = desk.viewer()?;
    let (operation, found) = named(app, app.store.operation_by_slug(slug).await?, form).await?;
    let absent = viewer.absent(Verb::SubmissionRead, reached(operation.as_ref(), None));
    let (operation, form) = operation.zip(found).ok_or(absent)?;
    let scope = viewer.scope(app, Verb::SubmissionRead, &form).await?;
    Ok((operation, form, scope))
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, form)): Path<(String, String)>,
    Query(asked): Query<Wanted>,
    Query(told): Query<Said>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (operation, form, scope) = form_of(&app, &desk, &slug, &form).await?;
    let w = desk.words();
    let keys = desk.viewer()?.keys(&app, &form, "data").await?;
    let source = Arc::new(Source::open(&app, &form, scope, keys, false, world::now()).await?);
    let schema = source.schemas.first().ok_or_else(Problem::not_found)?;
    let shape = Arc::new(Shape::of(schema));
    let questions = questions(&shape, schema, w);
    let clock = Clock::of(w, &operation);
    let filter = filter_of(&asked, &questions, clock);
    let table = Table { shape: &shape, repeat: None };
    let (mut wrong, mut expression): (String, Option<Expression>) = (String::new(), None);
    if !filter.is_empty() {
        match parse(&filter, &|path| table.field(path)) {
            Ok(read) => expression = Some(read),
            Err(error) => {
                wrong = w.t_args("office-data-wrong", &[("why", w.typeset(&error.message(desk.lang)).into())])
            }
        }
    }
    let sorted = questions.iter().find(|question| question.name == asked.sort);
    let order: Vec<OrderBy> = sorted
        .map(|question| OrderBy { field: Asked::Answer(question.node), descending: !asked.down.is_empty() })
        .into_iter()
        .collect();
    let taken = taken_apart(source.all(), expression.as_ref(), false);
    let now = Moment(world::now().as_millis());
    let looking =
        Looking { shape: shape.clone(), repeat: None, rest: taken.rest, order, now, token: None, counts: false };
    let number = asked.page.parse::<u64>().unwrap_or(1).clamp(1, 1_000_000);
    let skip = (number - 1) * LINES;
    let (sent, more) = choose::page(&app, &source, taken.source, looking, skip, LINES).await?;
    desk.viewer()?.saw(&app, format!("{}/data", form.id)).await;
    let mut shown: Vec<&Question> = questions.iter().filter(|question| question.kind != FieldKind::File).collect();
    // What is chosen and sorted by comes first, then what people were asked.
    let is_asked = |question: &Question| asked.kept().iter().any(|(_, value)| **value == question.name);
    shown.sort_by_key(|question| (!is_asked(question), !question.worded));
    shown.truncate(COLUMNS);
    let is_number = |question: &Question| matches!(question.kind, FieldKind::Integer | FieldKind::Decimal);
    let mut instance = Instance::default();
    let mut lines = Vec::with_capacity(sent.len());
    for one in &sent {
        one.read(&mut instance, &shape);
        let cell = |question: &&Question| {
            let text = instance.answer(question.node, None).unwrap_or("");
            (shortened(&labelled(schema, &shape, question, text, clock)), is_number(question))
        };
        let state = one.system.review_state.as_deref().and_then(ReviewState::from_code);
        lines.push(Line {
            record: one.record.to_string(),
            received: clock.moment(one.system.submission_date),
            sender: one.system.submitter_name.clone().unwrap_or_default(),
            state: state.map_or("", ReviewState::code),
            state_name: state_name(w, state),
            cells: shown.iter().map(cell).collect(),
        });
    }
    let project = app.store.project_of(&operation.id).await?.ok_or_else(Problem::not_found)?;
    let api = format!("/v1/projects/{project}/forms/{}", links::encode(&form.xml_form_id));
    let head = OperationHead::new(&app, &desk, &operation).await?;
    let on = On::Form(&form.operation, &form.id);
    let here = format!("{}/forms/{}/data", head.here, links::encode(&form.xml_form_id));
    let code = |lang: Lang| (lang.code().to_owned(), Words::of(lang).t("language-name"));
    let view = DataView {
        w,
        n_all: w.t_n("office-data-lead", app.store.count_form_submissions(&form.id).await? as i64),
        address: format!("{}{api}", app.base_url(&headers)),
        pages: Pages {
            previous: (number > 1).then(|| address(&here, &asked, number - 1)),
            next: more.then(|| address(&here, &asked, number + 1)),
            shown: w.number(number as i64),
        },
        columns: shown.iter().map(|q| Column { label: q.label.clone(), number: is_number(q) }).collect(),
        hows: ["eq", "ne", "gt", "lt", "contains", "has", "empty"]
            .map(|how| (how, w.label("office-data-how", how)))
            .into(),
        said: told.sentence(w),
        undo: told.undo("reviewed").to_owned(),
        form_here: format!("{}/forms/{}", head.here, links::encode(&form.xml_form_id)),
        list: super::submissions::address(&operation, &form),
        may_manage: desk.can(Verb::FormUpdate, on),
        may_fill: desk.can(Verb::SubmissionCreate, on),
        may_review: desk.viewer()?.can_partly(Verb::SubmissionReview, on),
        ticked: asked.tick == "all",
        tick_all: format!("{}&tick=all", address(&here, &asked, number)),
        back: address(&here, &asked, number),
        states: [None]
            .into_iter()
            .chain(ReviewState::ALL.map(Some))
            .map(|state| (state.map_or("received", ReviewState::code), state_name(w, state)))
            .collect(),
        more_chosen: !asked.q2.is_empty() || !asked.q3.is_empty(),
        choices: ["", "2", "3"]
            .into_iter()
            .zip(asked.conditions())
            .map(|(n, [q, how, v])| Choice { n, q: q.clone(), how: how.clone(), v: v.clone() })
            .collect(),
        is_chosen: !filter.is_empty() || !asked.sort.is_empty(),
        has_places: shape
            .nodes()
            .iter()
            .any(|node| matches!(node.kind, FieldKind::Geopoint | FieldKind::Geotrace | FieldKind::Geoshape)),
        languages: Lang::ALL.map(code).into(),
        since: format!("{}T00:00:00Z", world::today()),
        encrypts: source.encrypts,
        is_open: !source.keys.is_empty(),
        form: form.name.clone(),
        form_id: form.xml_form_id.clone(),
        operation: head,
        here,
        api,
        project,
        questions,
        filter: if wrong.is_empty() { filter } else { String::new() },
        wrong,
        lines,
        asked,
    };
    desk.page(&w.t("office-data"), view.render())
}

/// The address of another page of what is asked for.
fn address(here: &str, asked: &Wanted, page: u64) -> String {
    let kept = asked.kept();
    let kept: String = kept.iter().map(|(name, value)| format!("{name}={}&", links::encode(value))).collect();
    format!("{here}?{kept}page={page}")
}

/// An answer as people read it: with the labels of the choices made, a moment in words.
fn labelled(schema: &FormSchema, shape: &Shape, question: &Question, text: &str, clock: Clock) -> String {
    let w = clock.words();
    if question.kind == FieldKind::DateTime
        && let Ok(at) = chrono::DateTime::parse_from_rfc3339(text)
    {
        return clock.text(dtm_model::Instant::from_millis(at.timestamp_millis()));
    }
    if !matches!(question.kind, FieldKind::SelectOne | FieldKind::SelectMultiple) {
        return text.to_owned();
    }
    let path = &shape.node(question.node).path;
    let Some(field) = schema.fields.iter().find(|field| field.path == *path) else { return text.to_owned() };
    let label = |name: &str| {
        let choice = field.choices.iter().find(|choice| choice.name == name);
        choice.map(|choice| w.text(&choice.label).trim()).filter(|label| !label.is_empty()).unwrap_or(name).to_owned()
    };
    text.split_whitespace().map(label).collect::<Vec<_>>().join(", ")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_asks_for_becomes_a_filter_and_nothing_else() {
        let question =
            |name: &str, kind| Question { name: name.to_owned(), label: String::new(), worded: true, node: 0, kind };
        let questions = [question("site/name", FieldKind::Text), question("idp_ind", FieldKind::Integer)];
        let clock = Clock::utc(Words::of(Lang::En));
        for (q, how, v, expected) in [
            ("site/name", "eq", "Camp d'Espoir", "site/name eq 'Camp d''Espoir'"),
            ("site/name", "contains", "' or true or '", "contains(tolower(site/name),tolower(''' or true or '''))"),
            ("idp_ind", "gt", "100", "idp_ind gt 100"),
            ("idp_ind", "empty", "", "idp_ind eq null"),
            ("idp_ind", "gt", "", ""),
            ("nothing", "eq", "1", ""),
            ("site/name", "has) or (true", "x", "site/name eq 'x'"),
        ] {
            let asked = Wanted { q: q.to_owned(), how: how.to_owned(), v: v.to_owned(), ..Wanted::default() };
            assert_eq!(filter_of(&asked, &questions, clock), expected);
        }
        let asked = |pairs: &[(&str, &str)]| {
            let mut asked = Wanted::default();
            for (name, value) in pairs {
                let field = match *name {
                    "q" => &mut asked.q,
                    "v" => &mut asked.v,
                    "q2" => &mut asked.q2,
                    "how2" => &mut asked.how2,
                    "state" => &mut asked.state,
                    _ => &mut asked.from,
                };
                *field = (*value).to_owned();
            }
            filter_of(&asked, &questions, clock)
        };
        assert_eq!(
            asked(&[("q", "idp_ind"), ("v", "40"), ("q2", "site/name"), ("how2", "empty")]),
            "(idp_ind eq 40) and (site/name eq null)"
        );
        assert_eq!(asked(&[("state", "received")]), "__system/reviewState eq null");
        assert_eq!(
            asked(&[("state", "hasIssues"), ("from", "2026-01-05")]),
            "(__system/reviewState eq 'hasIssues') and (__system/submissionDate ge 2026-01-05T00:00:00.000Z)"
        );
        assert_eq!(asked(&[("state", "' or true"), ("from", "yesterday")]), "");
    }
}
