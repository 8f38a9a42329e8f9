//! The description as a page: what can be called, by subject; no script.

use super::document::{meaning, problem_meaning, summary};
use super::shape::Record;
use super::table::{Operation, TABLE};
use crate::http::{App, Problem};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use dtm_model::Lang;
use dtm_publish::page;
use dtm_publish::words::Words;

#[derive(Template)]
#[template(path = "rest.html")]
struct View {
    w: &'static Words,
    origin: String,
    groups: Vec<Group>,
    shapes: Vec<&'static Record>,
    problems: Vec<(&'static str, String)>,
}

/// The operations about one subject.
struct Group {
    tag: &'static str,
    title: String,
    count: String,
    operations: Vec<Card>,
}

/// One operation.
struct Card {
    operation: &'static Operation,
    summary: String,
    parameters: Vec<Line>,
    bodies: Vec<Body>,
    gives: Option<Body>,
    problems: Vec<&'static str>,
}

struct Line {
    name: &'static str,
    kind: String,
    meaning: String,
}

/// A body: its media type, what it holds, and the shape to look at.
struct Body {
    media: &'static str,
    notation: String,
    shape: Option<&'static str>,
}

fn body(content: &'static super::table::Content) -> Body {
    Body {
        media: content.media,
        notation: content.shape.as_ref().map(super::shape::Shape::notation).unwrap_or_default(),
        shape: content.shape.as_ref().and_then(|shape| shape.names().first().copied()),
    }
}

fn card(w: &Words, operation: &'static Operation) -> Card {
    let line = |name: &'static str, kind: String| Line { name, kind, meaning: meaning(w, name).unwrap_or_default() };
    let mut parameters: Vec<Line> = operation.query.iter().map(|one| line(one.name, one.shape.notation())).collect();
    if operation.paging {
        parameters.extend(["limit", "offset"].map(|name| line(name, "integer".to_owned())));
    }
    parameters.extend(operation.headers.iter().map(|one| line(one.name, one.shape.notation())));
    if operation.extended {
        parameters.push(line("X-Extended-Metadata", "true".to_owned()));
    }
    Card {
        operation,
        summary: summary(w, operation),
        parameters,
        bodies: operation.bodies.iter().map(body).collect(),
        gives: operation.gives.as_ref().map(body),
        problems: operation.problems(),
    }
}

pub(super) async fn rest(
    State(app): State<App>,
    Path(lang): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = Lang::from_code(&lang).ok_or_else(Problem::not_found)?;
    let w = Words::of(lang);
    let mut groups: Vec<Group> = Vec::new();
    let mut problems: Vec<&'static str> = Vec::new();
    for operation in &TABLE.operations {
        problems.extend(operation.problems());
        if groups.last().is_none_or(|group| group.tag != operation.tag) {
            let title = w.t(&format!("rest-tag-{}", operation.tag));
            groups.push(Group { tag: operation.tag, title, count: String::new(), operations: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            group.operations.push(card(w, operation));
        }
    }
    for group in &mut groups {
        group.count = w.number(i64::try_from(group.operations.len()).unwrap_or(i64::MAX));
    }
    problems.sort_unstable();
    problems.dedup();
    let view = View {
        w,
        origin: app.base_url(&headers),
        groups,
        shapes: TABLE.records.iter().collect(),
        problems: problems.into_iter().map(|code| (code, problem_meaning(w, code))).collect(),
    };
    let inner = view.render().map_err(Problem::internal)?;
    let body = page::frame(lang, &w.t("rest-title"), &page::public_nav(lang, "/api/rest", "api"), &inner);
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response())
}
