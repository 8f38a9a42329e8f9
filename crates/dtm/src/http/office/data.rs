//! The data of a form: its newest submissions in a table, chosen and sorted on the server; downloads; and the addresses
//! under which other programs find them.

use super::super::problem::Problem;
use super::super::scope::Scope;
use super::super::viewer::{On, Verb};
use super::{App, Desk, OperationHead, Pages, moment};
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
use dtm_store::Form;
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
    sort: String,
    down: String,
    page: String,
}

struct Question {
    /// The path as filters name it.
    name: String,
    label: String,
    node: usize,
    kind: FieldKind,
}

struct Column {
    label: String,
    number: bool,
}

struct Line {
    record: String,
    received: String,
    sender: String,
    state: String,
    cells: Vec<(String, bool)>,
}

#[derive(Template)]
#[template(path = "office/data.html")]
struct DataView {
    w: &'static Words,
    operation: OperationHead,
    form: String,
    form_id: String,
    here: String,
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
        let label = if label.is_empty() { known.name.as_str() } else { label };
        let label: String = label.chars().take(80).collect();
        questions.push(Question { name: line(shape, node).join("/"), label, node, kind: known.kind });
    }
    questions
}

/// The condition as a filter; empty where none is asked for.
fn filter_of(asked: &Wanted, questions: &[Question]) -> String {
    let Some(question) = questions.iter().find(|question| question.name == asked.q) else { return String::new() };
    let name = &question.name;
    let value = asked.v.trim();
    let text = format!("'{}'", value.replace('\'', "''"));
    let literal = match question.kind {
        FieldKind::Integer | FieldKind::Decimal | FieldKind::Date | FieldKind::DateTime => value.replace(',', "."),
        _ => text.clone(),
    };
    match asked.how.as_str() {
        "empty" => format!("{name} eq null"),
        _ if value.is_empty() => String::new(),
        "contains" => format!("contains(tolower({name}),tolower({text}))"),
        "has" => format!("{name} has {text}"),
        how @ ("ne" | "gt" | "lt") => format!("{name} {how} {literal}"),
        _ => format!("{name} eq {literal}"),
    }
}

/// A form of an operation, and what of its submissions the reader may see.
async fn form_of(
    app: &App,
    desk: &Desk,
    slug: &str,
    form: &str,
) -> Result<(dtm_model::Operation, Form, Scope), Problem> {
    let viewer = desk.viewer()?;
    let operation = app.store.operation_by_slug(slug).await?;
    let found = match &operation {
        Some(operation) => app.store.form_by_xml_id(&operation.id, form).await?,
        None => None,
    };
    match (operation, found) {
        (Some(operation), Some(form)) => {
            let scope = viewer.scope(app, Verb::SubmissionRead, &form).await?;
            Ok((operation, form, scope))
        }
        (Some(operation), None) if viewer.can_partly(Verb::SubmissionRead, On::Project(&operation.id)) => {
            Err(Problem::not_found())
        }
        _ => Err(viewer.absent(Verb::SubmissionRead)),
    }
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, form)): Path<(String, String)>,
    Query(asked): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (operation, form, scope) = form_of(&app, &desk, &slug, &form).await?;
    let w = desk.words();
    let source = Arc::new(Source::open(&app, &form, scope, false, world::now()).await?);
    let schema = source.schemas.first().ok_or_else(Problem::not_found)?;
    let shape = Arc::new(Shape::of(schema));
    let questions = questions(&shape, schema, w);
    let filter = filter_of(&asked, &questions);
    let table = Table { shape: &shape, repeat: None };
    let (mut wrong, mut expression): (String, Option<Expression>) = (String::new(), None);
    if !filter.is_empty() {
        match parse(&filter, &|path| table.field(path)) {
            Ok(read) => expression = Some(read),
            Err(error) => wrong = w.t_args("office-data-wrong", &[("why", error.message(desk.lang).into())]),
        }
    }
    let sorted = questions.iter().find(|question| question.name == asked.sort);
    let order: Vec<OrderBy> = sorted
        .map(|question| OrderBy { field: Asked::Answer(question.node), descending: !asked.down.is_empty() })
        .into_iter()
        .collect();
    let taken = taken_apart(source.all(), expression.as_ref(), false);
    let now = Moment(world::now().as_millis());
    let looking = Looking { shape: shape.clone(), repeat: None, rest: taken.rest, order, now, token: None };
    let number = asked.page.parse::<u64>().unwrap_or(1).clamp(1, 1_000_000);
    let skip = (number - 1) * LINES;
    let (sent, more) = choose::page(&app, &source, taken.source, looking, skip, LINES).await?;
    desk.viewer()?.saw(&app, format!("{}/data", form.id)).await;
    let shown: Vec<&Question> =
        questions.iter().filter(|question| question.kind != FieldKind::File).take(COLUMNS).collect();
    let is_number = |question: &Question| matches!(question.kind, FieldKind::Integer | FieldKind::Decimal);
    let mut instance = Instance::default();
    let mut lines = Vec::with_capacity(sent.len());
    for one in &sent {
        let text = if one.system.status.is_none() { one.xml.as_str() } else { "<x/>" };
        if instance.read(text, &shape).is_err() {
            continue;
        }
        one.hide(&mut instance, &shape);
        let cell = |question: &&Question| {
            let text = instance.answer(question.node, None).unwrap_or("");
            (shortened(&labelled(schema, &shape, question, text, w)), is_number(question))
        };
        lines.push(Line {
            record: one.record.to_string(),
            received: moment(w, one.system.submission_date),
            sender: one.system.submitter_name.clone().unwrap_or_default(),
            state: one.system.review_state.clone().unwrap_or_default(),
            cells: shown.iter().map(cell).collect(),
        });
    }
    let project = app.store.project_of(&operation.id).await?.ok_or_else(Problem::not_found)?;
    let api = format!("/v1/projects/{project}/forms/{}", links::encode(&form.xml_form_id));
    let head = OperationHead::new(&app, &desk, &operation).await?;
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
        is_chosen: !filter.is_empty() || !asked.sort.is_empty(),
        has_places: shape
            .nodes()
            .iter()
            .any(|node| matches!(node.kind, FieldKind::Geopoint | FieldKind::Geotrace | FieldKind::Geoshape)),
        languages: Lang::ALL.map(code).into(),
        since: format!("{}T00:00:00Z", world::today()),
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
    let pairs = [("q", &asked.q), ("how", &asked.how), ("v", &asked.v), ("sort", &asked.sort), ("down", &asked.down)];
    let kept = pairs.iter().filter(|(_, value)| !value.is_empty());
    let kept: String = kept.map(|(name, value)| format!("{name}={}&", links::encode(value))).collect();
    format!("{here}?{kept}page={page}")
}

/// An answer with the labels of the choices made.
fn labelled(schema: &FormSchema, shape: &Shape, question: &Question, text: &str, w: &Words) -> String {
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
        let question = |name: &str, kind| Question { name: name.to_owned(), label: String::new(), node: 0, kind };
        let questions = [question("site/name", FieldKind::Text), question("idp_ind", FieldKind::Integer)];
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
            assert_eq!(filter_of(&asked, &questions), expected);
        }
    }
}
