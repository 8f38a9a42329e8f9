//! What officers choose about checks: what the questions of a form stand for, and from where on something is odd in an
//! operation. Every choice has a reason, stays in the history, and can be returned to.

use super::super::problem::Problem;
use super::super::viewer::Verb;
use super::clock::{Clock, Moment};
use super::records::label;
use super::submissions::{Names, posted, value, values};
use super::{App, Desk, OperationHead, Said, form, operation_address, said};
use crate::journey::{forms, quality, settle};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{FieldKind, FormSchema, Operation};
use dtm_process::checks::{CHECKS, Check, ROLES, Roles, THRESHOLDS, Thresholds};
use dtm_process::corrections::{OtherQuestion, other_choice};
use dtm_publish::words::Words;
use dtm_store::{CheckSetting, ChosenSetting, Form, StoreError};
use std::collections::BTreeMap;

/// The longest reason.
const LONGEST_REASON: usize = 1_000;
/// Versions shown.
const SHOWN: u32 = 20;

/// A version of a choice, in its history.
pub(super) struct VersionLine {
    pub(super) version: i64,
    pub(super) reason: String,
    pub(super) by: String,
    pub(super) at: Moment,
    pub(super) is_current: bool,
}

/// The history of a choice, the newest version first.
pub(super) async fn history(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    of: CheckSetting<'_>,
) -> Result<Vec<VersionLine>, Problem> {
    let clock = Clock::of(desk.words(), operation);
    let mut names = Names::new(app);
    let mut lines = Vec::new();
    for (at, chosen) in app.store.setting_versions(of, SHOWN).await?.into_iter().enumerate() {
        lines.push(VersionLine {
            version: chosen.version,
            by: names.of(&chosen.made_by).await?,
            at: clock.moment(chosen.made_at),
            reason: chosen.reason,
            is_current: at == 0,
        });
    }
    Ok(lines)
}

/// A role and the questions that can have it: path, label, whether it is so now.
struct RoleLine {
    code: &'static str,
    name: String,
    questions: Vec<(String, String, bool)>,
    /// What the names suggest, where that is something else.
    guess: String,
}

/// A question with a choice «other», and the questions that may ask for its words: value, label, whether it is so now.
struct OtherLine {
    name: String,
    texts: Vec<(String, String, bool)>,
}

#[derive(Template)]
#[template(path = "office/roles.html")]
struct RolesView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    form: String,
    form_here: String,
    may_manage: bool,
    may_fill: bool,
    here: String,
    thresholds: String,
    version: i64,
    is_guessed: bool,
    roles: Vec<RoleLine>,
    others: Vec<OtherLine>,
    dont_know: String,
    least: String,
    most: String,
    history: Vec<VersionLine>,
}

fn other_lines(schema: &FormSchema, roles: &Roles, w: &Words) -> Vec<OtherLine> {
    let selects = schema.fields.iter().filter_map(|field| Some((field, other_choice(field)?)));
    let texts: Vec<_> = schema.fields.iter().filter(|field| field.kind == FieldKind::Text).collect();
    selects
        .map(|(select, other)| OtherLine {
            name: label(Some(schema), &select.path, w),
            texts: texts
                .iter()
                .map(|text| {
                    let pair =
                        OtherQuestion { select: select.path.clone(), other: other.clone(), text: text.path.clone() };
                    let value = format!("{}\t{}\t{}", pair.select, pair.other, pair.text);
                    let name = format!("{} ({})", label(Some(schema), &text.path, w), text.name());
                    (value, name, roles.others.contains(&pair))
                })
                .collect(),
        })
        .collect()
}

fn minutes(minutes: Option<f64>) -> String {
    minutes.map(|minutes| minutes.to_string()).unwrap_or_default()
}

async fn show_roles(
    app: &App,
    desk: &Desk,
    (operation, form): (&Operation, &Form),
    told: String,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let schema = forms::questions(&app.store, &form.id).await?.ok_or_else(Problem::not_found)?;
    let setting = CheckSetting::Roles(&form.id);
    let chosen = app.store.setting(setting).await?;
    let guess = Roles::of(&schema);
    let standing = quality::roles_in(chosen.as_ref()).map(|roles| roles.within(&schema));
    let is_guessed = standing.is_none();
    let roles = standing.unwrap_or_else(|| guess.clone());
    let line = |role: &dtm_process::checks::Role| {
        let now = role.of(&roles);
        let suggested = role.of(&guess).filter(|suggested| Some(*suggested) != now);
        RoleLine {
            code: role.code,
            name: w.typeset(role.words.get(desk.lang)),
            questions: role
                .candidates(&schema)
                .into_iter()
                .map(|path| {
                    let words = label(Some(&schema), path, w);
                    let name = if words == path { words } else { format!("{words} ({path})") };
                    (path.to_owned(), name, Some(path) == now)
                })
                .collect(),
            guess: suggested.map(|path| label(Some(&schema), path, w)).unwrap_or_default(),
        }
    };
    let form_here = form::address(operation, form);
    let view = RolesView {
        w,
        said: told,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        form: form.name.clone(),
        here: format!("{form_here}/checks"),
        form_here,
        may_manage: true,
        may_fill: false,
        thresholds: format!("{}/checks", operation_address(operation)),
        version: chosen.as_ref().map_or(0, |chosen| chosen.version),
        is_guessed,
        roles: ROLES.iter().map(line).collect(),
        others: other_lines(&schema, &roles, w),
        dont_know: roles.dont_know.join(" "),
        least: minutes(roles.least_minutes),
        most: minutes(roles.most_minutes),
        history: history(app, desk, operation, setting).await?,
    };
    desk.answer(&w.t("checks-roles-title"), view.render(), view.mistakes.is_some())
}

pub(super) async fn roles(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, form) = form::find(&app, &desk, &slug, &id).await?;
    show_roles(&app, &desk, (&operation, &form), told.sentence(desk.words()), None).await
}

/// The roles that a posted form chooses.
fn chosen_roles(fields: &[(String, String)]) -> Roles {
    let mut roles = Roles::default();
    for role in ROLES {
        let question = value(fields, role.code).trim();
        role.give(&mut roles, Some(question.to_owned()).filter(|question| !question.is_empty()));
    }
    let minutes = |name: &str| value(fields, name).trim().replace(',', ".").parse().ok();
    roles.least_minutes = minutes("least");
    roles.most_minutes = minutes("most");
    let names = value(fields, "dont_know").split([' ', ',', ';']).map(str::trim).filter(|name| !name.is_empty());
    roles.dont_know = names.map(str::to_owned).collect();
    roles.others = values(fields, "other")
        .filter_map(|pair| {
            let mut parts = pair.split('\t').map(str::to_owned);
            Some(OtherQuestion { select: parts.next()?, other: parts.next()?, text: parts.next()? })
        })
        .collect();
    roles
}

/// What is to stand: an earlier version again, or what is posted. The key of what is missing where it cannot.
async fn wanted(
    app: &App,
    of: CheckSetting<'_>,
    fields: &[(String, String)],
    body: impl FnOnce() -> Result<String, &'static str>,
) -> Result<Result<String, &'static str>, Problem> {
    if value(fields, "reason").trim().is_empty() {
        return Ok(Err("checks-no-reason"));
    }
    if value(fields, "act") == "return" {
        let version = value(fields, "version").parse().map_err(|_| Problem::not_found())?;
        let earlier = app.store.setting_version(of, version).await?.ok_or_else(Problem::not_found)?;
        return Ok(Ok(earlier.body));
    }
    Ok(body())
}

/// Keeps a choice; the key of what is in the way where somebody else chose meanwhile.
async fn choose(
    app: &App,
    desk: &Desk,
    of: CheckSetting<'_>,
    fields: &[(String, String)],
    body: &str,
) -> Result<Option<&'static str>, Problem> {
    let after = value(fields, "after").parse().unwrap_or(0);
    let reason: String = value(fields, "reason").trim().chars().take(LONGEST_REASON).collect();
    match app.store.choose_setting(of, after, body, &reason, &desk.viewer()?.stamp()).await {
        Ok(_) => Ok(None),
        Err(StoreError::Conflict { what: "check_setting" }) => Ok(Some("checks-changed-since")),
        Err(error) => Err(error.into()),
    }
}

/// Chooses roles, returns to the guess or to an earlier choice.
pub(super) async fn choose_roles(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, form) = form::find(&app, &desk, &slug, &id).await?;
    let fields = posted(&body);
    let setting = CheckSetting::Roles(&form.id);
    let schema = forms::questions(&app.store, &form.id).await?.ok_or_else(Problem::not_found)?;
    let roles = || match value(&fields, "act") {
        "guess" => Ok("null".to_owned()),
        _ => serde_json::to_string(&chosen_roles(&fields).within(&schema)).map_err(|_| "checks-no-reason"),
    };
    let mistake = match wanted(&app, setting, &fields, roles).await? {
        Ok(body) => choose(&app, &desk, setting, &fields, &body).await?,
        Err(missing) => Some(missing),
    };
    match mistake {
        None => Ok(said(&format!("{}/checks", form::address(&operation, &form)), "checks-chosen", &[]).into_response()),
        Some(key) => show_roles(&app, &desk, (&operation, &form), String::new(), Some(desk.words().t(key))).await,
    }
}

/// A threshold on its page.
struct ThresholdLine {
    key: &'static str,
    name: String,
    value: String,
    usual: String,
    least: f64,
    most: f64,
    step: &'static str,
    is_changed: bool,
}

/// One check, with its thresholds if it has any.
struct CheckLine {
    id: &'static str,
    severity: &'static str,
    title: String,
    why: String,
    example: String,
    advice: String,
    thresholds: Vec<ThresholdLine>,
}

#[derive(Template)]
#[template(path = "office/thresholds.html")]
struct ThresholdsView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    may_choose: bool,
    version: i64,
    checks: Vec<CheckLine>,
    others: Vec<CheckLine>,
    history: Vec<VersionLine>,
}

/// Every check by its name, those with thresholds apart from those without.
fn check_lines(chosen: Option<&ChosenSetting>, desk: &Desk) -> (Vec<CheckLine>, Vec<CheckLine>) {
    let w = desk.words();
    let (now, usual) = (Thresholds::set(&quality::thresholds_in(chosen)), Thresholds::default());
    let threshold_line = |threshold: &dtm_process::checks::Threshold| {
        let (value, standard) = (threshold.of(&now), threshold.of(&usual));
        ThresholdLine {
            key: threshold.key,
            name: w.typeset(threshold.words.get(desk.lang)),
            value: value.to_string(),
            usual: standard.to_string(),
            least: threshold.least,
            most: threshold.most,
            step: if threshold.is_whole { "1" } else { "any" },
            is_changed: value != standard,
        }
    };
    let line = |check: &Check| CheckLine {
        id: check.id,
        severity: settle::severity_code(check.severity),
        title: w.typeset(check.title.get(desk.lang)),
        why: w.typeset(check.why.get(desk.lang)),
        example: w.typeset(check.example.get(desk.lang)),
        advice: w.typeset(check.advice.get(desk.lang)),
        thresholds: THRESHOLDS.iter().filter(|threshold| threshold.check == check.id).map(threshold_line).collect(),
    };
    let mut lines: Vec<CheckLine> = CHECKS.iter().map(line).collect();
    lines.sort_by(|a, b| a.title.cmp(&b.title));
    lines.into_iter().partition(|check| !check.thresholds.is_empty())
}

async fn show_thresholds(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    told: String,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let setting = CheckSetting::Thresholds(&operation.id);
    let chosen = app.store.setting(setting).await?;
    let (checks, others) = check_lines(chosen.as_ref(), desk);
    let view = ThresholdsView {
        w: desk.words(),
        said: told,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        here: format!("{}/checks", operation_address(operation)),
        may_choose: desk.can(Verb::RoundUpdate, super::On::Project(&operation.id)),
        version: chosen.as_ref().map_or(0, |chosen| chosen.version),
        checks,
        others,
        history: history(app, desk, operation, setting).await?,
    };
    desk.answer(&desk.words().t("checks-all-title"), view.render(), view.mistakes.is_some())
}

pub(super) async fn thresholds(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundRead, &slug).await?;
    show_thresholds(&app, &desk, &operation, told.sentence(desk.words()), None).await
}

/// The thresholds that a posted form sets: those that differ from the usual ones.
fn chosen_thresholds(fields: &[(String, String)]) -> Result<String, &'static str> {
    let usual = Thresholds::default();
    let mut set: BTreeMap<String, f64> = BTreeMap::new();
    for threshold in THRESHOLDS {
        let text = value(fields, threshold.key).trim().replace(',', ".");
        if text.is_empty() {
            continue;
        }
        let number: f64 = text.parse().map_err(|_| "checks-bad-number")?;
        if !threshold.takes(number) {
            return Err("checks-bad-number");
        }
        if number != threshold.of(&usual) {
            set.insert(threshold.key.to_owned(), number);
        }
    }
    serde_json::to_string(&set).map_err(|_| "checks-bad-number")
}

/// Sets thresholds, or returns to an earlier choice.
pub(super) async fn choose_thresholds(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    let fields = posted(&body);
    let setting = CheckSetting::Thresholds(&operation.id);
    let mistake = match wanted(&app, setting, &fields, || chosen_thresholds(&fields)).await? {
        Ok(body) => choose(&app, &desk, setting, &fields, &body).await?,
        Err(missing) => Some(missing),
    };
    match mistake {
        None => Ok(said(&format!("{}/checks", operation_address(&operation)), "checks-chosen", &[]).into_response()),
        Some(key) => show_thresholds(&app, &desk, &operation, String::new(), Some(desk.words().t(key))).await,
    }
}
