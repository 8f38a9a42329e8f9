//! The officers' own rules of a form: brought as a sheet, shown with what is wrong in it cell by cell, kept in versions.

use super::super::problem::Problem;
use super::checks::{VersionLine, history};
use super::submissions::{posted, value};
use super::{App, Desk, MAX_FORM, OperationHead, Said, form, said};
use crate::journey::own_rules::{self, KeptSheet, SheetProblem};
use crate::journey::rows::{self, RowFile};
use crate::journey::settle;
use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use dtm_capture::workbook::column_letter;
use dtm_model::Operation;
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
    history: Vec<VersionLine>,
}

/// What was brought and refused.
#[derive(Default)]
struct Refused {
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
    refused: Refused,
) -> Result<Response, Problem> {
    let w = desk.words();
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
    let is_wrong = refused.mistake.is_some();
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
        history: history(app, desk, operation, setting).await?,
    };
    let mut page = desk.page(&w.t("rules-title"), view.render())?;
    if is_wrong {
        *page.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(page)
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
    parts: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response, Problem> {
    let (operation, form) = form::find(&app, &desk, &slug, &id).await?;
    let w = desk.words();
    let (mut file, mut reason, mut after) = (None, String::new(), 0_i64);
    if let Ok(mut parts) = parts {
        while let Some(part) = parts.next_field().await.map_err(|error| Problem::of_multipart(&error))? {
            let field = part.name().unwrap_or_default().to_owned();
            let name = part.file_name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(|error| Problem::of_multipart(&error))?;
            match field.as_str() {
                "reason" => reason = String::from_utf8_lossy(&bytes).trim().chars().take(LONGEST_REASON).collect(),
                "after" => after = String::from_utf8_lossy(&bytes).parse().unwrap_or(0),
                _ => file = file.or(Some((name, bytes)).filter(|(_, bytes)| !bytes.is_empty())),
            }
        }
    }
    let place = (&operation, &form);
    let refuse = |mistake: String| Refused { mistake: Some(mistake), ..Refused::default() };
    let Some((name, bytes)) = file else {
        return show(&app, &desk, place, String::new(), refuse(w.t("log-no-file"))).await;
    };
    if reason.is_empty() {
        return show(&app, &desk, place, String::new(), refuse(w.t("checks-no-reason"))).await;
    }
    let rows = match rows::read(&bytes, &name) {
        Ok(rows) => rows,
        Err(error) => {
            return show(&app, &desk, place, String::new(), refuse(w.typeset(&error.message(desk.lang)))).await;
        }
    };
    let logic = own_rules::logic_of(&app.store, &app.blobs, &form).await?.ok_or_else(Problem::not_found)?;
    let (_, problems) = own_rules::read(&rows, &logic);
    if !problems.is_empty() {
        let refused = Refused { mistake: Some(w.t("rules-refused")), rows, problems };
        return show(&app, &desk, place, String::new(), refused).await;
    }
    let body = serde_json::to_string(&KeptSheet { name, rows }).map_err(Problem::internal)?;
    put(&app, &desk, place, (after, &reason), &body).await
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
    let kind = RowFile::of(&file).ok_or_else(Problem::not_found)?;
    let rows = match file.split('.').next() {
        Some("template") => vec![RULE_COLUMNS.map(str::to_owned).to_vec()],
        Some("rules") => {
            let chosen = app.store.setting(CheckSetting::Rules(&form.id)).await?;
            own_rules::sheet_in(chosen.as_ref()).ok_or_else(Problem::not_found)?.rows
        }
        _ => return Err(Problem::not_found()),
    };
    let bytes = kind.write("rules", &rows).map_err(Problem::internal)?;
    let headers = [
        (header::CONTENT_TYPE, kind.content_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")),
    ];
    Ok((headers, bytes).into_response())
}
