//! The officers' own rules of a form: brought as a sheet, shown with what is wrong in it cell by cell, kept in versions.

use super::super::problem::Problem;
use super::checks::{VersionLine, history};
use super::findings::naming;
use super::submissions::{posted, value};
use super::upload::{File, Parts, Upload};
use super::{App, Desk, MAX_FORM, OperationHead, Said, form, said};
use crate::http::table_file;
use crate::journey::own_rules::{self, KeptSheet, SheetProblem, Tried};
use crate::journey::settle;
use crate::spreadsheet::{self, Kind, Table};
use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use dtm_capture::workbook::column_letter;
use dtm_model::{Finding, Operation};
use dtm_process::rule_sheet::{RULE_COLUMNS, SheetRule, read_rules};
use dtm_publish::words::Words;
use dtm_store::{CheckSetting, Form, StoreError};
use std::collections::BTreeMap;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/office/o/{operation}/forms/{form}/rules", get(page).post(bring).layer(DefaultBodyLimit::max(MAX_FORM)))
        .route("/office/o/{operation}/forms/{form}/rules/return", post(go_back))
        .route("/office/o/{operation}/forms/{form}/rules/{file}", get(file))
}

/// The longest reason, and rows with problems that are shown.
const LONGEST_REASON: usize = 1_000;
const ROWS: usize = 60;
const LETTERS: usize = 80;

/// A rule as the page lists it.
struct RuleLine {
    id: String,
    severity: &'static str,
    flag_when: String,
    question: String,
    label: String,
    why: String,
    action: String,
}

/// What a rule finds among real records.
struct TriedLine {
    label: String,
    id: String,
    n: String,
    /// The record's page and what is said of it.
    examples: Vec<(String, String)>,
}

/// What the rules of a sheet find, before they hold.
struct TriedView {
    /// On how many records they were tried.
    told: String,
    lines: Vec<TriedLine>,
}

/// A row of a sheet that is at fault: its number, its cells and whether each is to blame, what is said.
struct BadRow {
    row: usize,
    cells: Vec<(String, bool)>,
    notes: Vec<String>,
}

#[derive(Template)]
#[template(path = "office/rules.html")]
struct RulesView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    form: String,
    form_here: String,
    may_manage: bool,
    may_fill: bool,
    here: String,
    return_here: String,
    version: i64,
    name: String,
    rules: Vec<RuleLine>,
    letters: Vec<String>,
    heads: Vec<String>,
    bad: Vec<BadRow>,
    tried: Option<TriedView>,
    history: Vec<VersionLine>,
}

/// What was brought and not put: refused, or only tried.
#[derive(Default)]
struct Refused {
    tried: Option<TriedView>,
    mistake: Option<String>,
    rows: Vec<Vec<String>>,
    problems: Vec<SheetProblem>,
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn bad_rows(refused: &Refused, desk: &Desk) -> Vec<BadRow> {
    let mut by_row: BTreeMap<usize, Vec<&SheetProblem>> = BTreeMap::new();
    for problem in &refused.problems {
        by_row.entry(problem.row).or_default().push(problem);
    }
    let line = |(row, problems): (usize, Vec<&SheetProblem>)| {
        let cells = refused.rows.get(row.saturating_sub(1)).map_or(&[][..], Vec::as_slice);
        let is_bad = |at: usize| problems.iter().any(|problem| problem.column == Some(at));
        BadRow {
            row,
            cells: cells.iter().enumerate().map(|(at, cell)| (short(cell), is_bad(at))).collect(),
            notes: problems
                .iter()
                .map(|problem| {
                    let said = desk.words().typeset(problem.message(desk.lang));
                    match problem.column {
                        Some(column) => format!("{}{row} — {said}", column_letter(column)),
                        None => said,
                    }
                })
                .collect(),
        }
    };
    by_row.into_iter().take(ROWS).map(line).collect()
}

async fn show(
    app: &App,
    desk: &Desk,
    (operation, form): (&Operation, &Form),
    told: String,
    mut refused: Refused,
) -> Result<Response, Problem> {
    let w = desk.words();
    let tried = refused.tried.take();
    let setting = CheckSetting::Rules(&form.id);
    let chosen = app.store.setting(setting).await?;
    let sheet = own_rules::sheet_in(chosen.as_ref()).unwrap_or_default();
    let line = |rule: SheetRule| RuleLine {
        severity: settle::severity_code(rule.severity),
        label: rule.label.get(desk.lang).to_owned(),
        why: rule.why.get(desk.lang).to_owned(),
        action: w.label("rules-action", &rule.action.code().replace('_', "-")),
        id: rule.id,
        flag_when: rule.flag_when,
        question: rule.question.unwrap_or_default(),
    };
    let form_here = form::address(operation, form);
    let heads: Vec<String> = refused.rows.first().into_iter().flatten().map(|head| short(head)).collect();
    let view = RulesView {
        w,
        said: told,
        bad: bad_rows(&refused, desk),
        mistakes: refused.mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        form: form.name.clone(),
        here: format!("{form_here}/rules"),
        return_here: format!("{form_here}/rules/return"),
        form_here,
        may_manage: true,
        may_fill: false,
        version: chosen.as_ref().map_or(0, |chosen| chosen.version),
        name: sheet.name,
        rules: read_rules(&sheet.rows).rules.into_iter().map(line).collect(),
        letters: (0..heads.len()).map(column_letter).collect(),
        heads,
        tried,
        history: history(app, desk, operation, setting).await?,
    };
    desk.answer(&w.t("rules-title"), view.render(), view.mistakes.is_some())
}

async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, form) = form::find(&app, &desk, &slug, &id).await?;
    show(&app, &desk, (&operation, &form), told.sentence(desk.words()), Refused::default()).await
}

/// Takes a sheet of rules, if all of it makes sense.
async fn bring(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    parts: Parts,
) -> Result<Response, Problem> {
    let (operation, form) = form::find(&app, &desk, &slug, &id).await?;
    let w = desk.words();
    let upload = Upload::read(parts).await?;
    let is_trial = upload.text("act") == "try";
    let reason: String = upload.text("reason").trim().chars().take(LONGEST_REASON).collect();
    let after = upload.text("after").parse().unwrap_or(0);
    let place = (&operation, &form);
    let refuse = |mistake: String| Refused { mistake: Some(mistake), ..Refused::default() };
    let Some(File { name, bytes, .. }) = upload.file else {
        return show(&app, &desk, place, String::new(), refuse(w.t("log-no-file"))).await;
    };
    if reason.is_empty() && !is_trial {
        return show(&app, &desk, place, String::new(), refuse(w.t("checks-no-reason"))).await;
    }
    let rows = match spreadsheet::read(&bytes, &name) {
        Ok(rows) => rows,
        Err(error) => {
            return show(&app, &desk, place, String::new(), refuse(w.typeset(&error.message(desk.lang)))).await;
        }
    };
    let logic = own_rules::logic_of(&app.store, &app.blobs, &form).await?.ok_or_else(Problem::not_found)?;
    let (running, problems) = own_rules::read(&rows, &logic);
    if !problems.is_empty() {
        let refused = Refused { mistake: Some(w.t("rules-refused")), rows, problems, tried: None };
        return show(&app, &desk, place, String::new(), refused).await;
    }
    if is_trial {
        let (n_tried, tried) = own_rules::try_on(&app.store, &form, running, logic).await?;
        let tried = Some(tried_view(&app, &desk, &operation, (n_tried, tried)).await?);
        return show(&app, &desk, place, String::new(), Refused { tried, ..Refused::default() }).await;
    }
    let body = serde_json::to_string(&KeptSheet { name, rows }).map_err(Problem::internal)?;
    put(&app, &desk, place, (after, &reason), &body).await
}

async fn tried_view(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    (n_tried, tried): (u64, Vec<Tried>),
) -> Result<TriedView, Problem> {
    let w = desk.words();
    let naming = naming(app, desk, &operation.id, tried.iter().flat_map(|one| &one.examples)).await?;
    let line = |one: &Tried| {
        let example = |found: &Finding| {
            let href = found.record.as_ref().map(|record| format!("/office/records/{record}")).unwrap_or_default();
            (href, w.typeset(&naming.message(found, desk.lang)))
        };
        TriedLine {
            label: one.rule.label.get(desk.lang).to_owned(),
            id: one.rule.id.clone(),
            n: w.t_n("rules-tried-found", one.n as i64),
            examples: one.examples.iter().map(example).collect(),
        }
    };
    Ok(TriedView { told: w.t_n("rules-tried-on", n_tried as i64), lines: tried.iter().map(line).collect() })
}

async fn put(
    app: &App,
    desk: &Desk,
    (operation, form): (&Operation, &Form),
    (after, reason): (i64, &str),
    body: &str,
) -> Result<Response, Problem> {
    let setting = CheckSetting::Rules(&form.id);
    match app.store.choose_setting(setting, after, body, reason, &desk.viewer()?.stamp()).await {
        Ok(_) => Ok(said(&format!("{}/rules", form::address(operation, form)), "rules-put", &[]).into_response()),
        Err(StoreError::Conflict { what: "check_setting" }) => {
            let mistake = Some(desk.words().t("checks-changed-since"));
            show(app, desk, (operation, form), String::new(), Refused { mistake, ..Refused::default() }).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns to an earlier sheet.
async fn go_back(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, form) = form::find(&app, &desk, &slug, &id).await?;
    let fields = posted(&body);
    let number = |name: &str| value(&fields, name).parse::<i64>().map_err(|_| Problem::not_found());
    let earlier = app.store.setting_version(CheckSetting::Rules(&form.id), number("version")?).await?;
    let earlier = earlier.ok_or_else(Problem::not_found)?;
    let reason: String = value(&fields, "reason").trim().chars().take(LONGEST_REASON).collect();
    put(&app, &desk, (&operation, &form), (number("after")?, &reason), &earlier.body).await
}

/// The sheet that stands, or an empty one to begin with.
async fn file(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id, file)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let (_, form) = form::find(&app, &desk, &slug, &id).await?;
    let (stem, _) = file.split_once('.').ok_or_else(Problem::not_found)?;
    let kind = Kind::asked(&file, stem).ok_or_else(Problem::not_found)?;
    let rows = match stem {
        "template" => vec![RULE_COLUMNS.map(str::to_owned).to_vec()],
        "rules" => {
            let chosen = app.store.setting(CheckSetting::Rules(&form.id)).await?;
            own_rules::sheet_in(chosen.as_ref()).ok_or_else(Problem::not_found)?.rows
        }
        _ => return Err(Problem::not_found()),
    };
    table_file(&Table::of_texts("rules", rows), kind, &file)
}
