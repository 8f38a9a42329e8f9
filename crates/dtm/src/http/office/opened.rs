//! Holds all encrypted records of a form against its rules, for somebody whose session has the key open.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::findings::{FindingLine, naming, said_of};
use super::{App, Desk, OperationHead, data, form};
use crate::journey::export::Source;
use crate::journey::opening::Keyring;
use crate::journey::{recheck, settle};
use crate::world;
use askama::Template;
use axum::Form as Posted;
use axum::extract::{Path, State};
use axum::response::Response;
use dtm_model::Operation;
use dtm_process::checks::Check;
use dtm_publish::words::Words;
use dtm_store::Form;
use serde::Deserialize;
use std::sync::Arc;

/// How often a rule was broken at a question.
struct RuleLine {
    rule: String,
    severity: &'static str,
    question: String,
    n: String,
}

/// What one go over the records found.
struct Report {
    summary: String,
    rules: Vec<RuleLine>,
    findings: Vec<FindingLine>,
    /// Where the next go begins; empty at the end.
    next: String,
}

#[derive(Template)]
#[template(path = "office/opened.html")]
struct OpenedView {
    w: &'static Words,
    operation: OperationHead,
    form: String,
    form_href: String,
    here: String,
    /// Whether this session has a key of the form open.
    is_open: bool,
    report: Option<Report>,
}

/// A form all of whose answers the reader may open.
async fn find(app: &App, desk: &Desk, slug: &str, id: &str) -> Result<(Operation, Form, crate::http::Scope), Problem> {
    let (operation, form, scope) = data::form_of(app, desk, slug, id).await?;
    desk.must(Verb::SubmissionUnlock, On::Form(&form.operation, &form.id))?;
    if scope.is_whole() { Ok((operation, form, scope)) } else { Err(Problem::forbidden()) }
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    form: &Form,
    report: Option<Report>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let form_href = form::address(operation, form);
    let keys = Keyring::of_session(app, &form.id, &desk.viewer()?.token_hash).await?;
    let view = OpenedView {
        w,
        operation: OperationHead::new(app, desk, operation).await?,
        form: form.name.clone(),
        here: format!("{form_href}/opened"),
        form_href,
        is_open: !keys.is_empty(),
        report,
    };
    desk.page(&w.t("opened-title"), view.render())
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (operation, form, _) = find(&app, &desk, &slug, &id).await?;
    show(&app, &desk, &operation, &form, None).await
}

#[derive(Deserialize, Default)]
pub(super) struct Wanted {
    /// The record after which to go on.
    #[serde(default)]
    before: String,
}

/// Looks at records, and tells what the rules say.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    Posted(wanted): Posted<Wanted>,
) -> Result<Response, Problem> {
    let (operation, form, scope) = find(&app, &desk, &slug, &id).await?;
    let (w, viewer) = (desk.words(), desk.viewer()?);
    let keys = viewer.keys(&app, &form, "opened").await?;
    if keys.is_empty() {
        return show(&app, &desk, &operation, &form, None).await;
    }
    let source = Arc::new(Source::open(&app, &form, scope, keys, false, world::now()).await?);
    let found = recheck::some(&app, &source, wanted.before.parse().ok(), &viewer.stamp()).await;
    let found = found.map_err(Problem::internal)?;
    viewer.saw(&app, format!("{}/opened", form.id)).await;
    let mut summary = w.t_n("opened-summary", found.n_opened as i64);
    if found.n_passed > 0 {
        summary = format!("{summary} {}", w.t_n("opened-passed", found.n_passed as i64));
    }
    let rules = found.by_rule.into_iter().map(|((check, question), (n, first))| RuleLine {
        rule: Check::by_id(&check).map_or(check.clone(), |check| w.typeset(check.title.get(desk.lang))),
        severity: settle::severity_code(first.severity),
        question,
        n: w.number(n as i64),
    });
    let naming = naming(&app, &desk, &operation.id, found.findings.iter()).await?;
    let report = Report {
        summary,
        rules: rules.collect(),
        findings: found.findings.iter().map(|finding| said_of(finding, &naming, &desk)).collect(),
        next: found.next.map(|next| next.to_string()).unwrap_or_default(),
    };
    show(&app, &desk, &operation, &form, Some(report)).await
}
