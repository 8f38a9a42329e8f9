//! How the reports of an operation are put together, and at which numbers somebody must hear of an event.

use super::super::problem::Problem;
use super::super::viewer::Verb;
use super::submissions::{posted, value};
use super::{App, Desk, OperationHead, Said, events, said};
use crate::journey::events::{AlertMail, Board, EventRules, alert, gather, rules};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{Lang, Operation, Pcode};
use dtm_process::events::{AlertMeasure, AlertRule, GroupingRules};
use dtm_publish::words::Words;
use std::collections::BTreeMap;

/// More steps of one rule are not kept.
const MOST_STEPS: usize = 20;
/// The longest word that a form gives here.
const LONGEST: usize = 100;

/// What may be measured, as forms and words name it.
const MEASURES: [&str; 5] = ["persons", "households", "places", "reports", "new_persons"];

fn measure_code(measure: AlertMeasure) -> &'static str {
    match measure {
        AlertMeasure::Persons => "persons",
        AlertMeasure::Households => "households",
        AlertMeasure::Places => "places",
        AlertMeasure::Reports => "reports",
        AlertMeasure::NewPersons { .. } => "new_persons",
    }
}

struct RuleLine {
    id: String,
    measure: &'static str,
    days: u32,
    cause: String,
    area: String,
    steps: String,
}

#[derive(Template)]
#[template(path = "office/event_rules.html")]
struct RulesView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    events_href: String,
    here: String,
    /// The rules, and an empty one to add.
    rules: Vec<RuleLine>,
    measures: [&'static str; 5],
    causes: Vec<(String, String)>,
    areas: Vec<(String, String)>,
    /// Address and language of those who get alerts by mail.
    mails: Vec<(String, &'static str)>,
    /// Whether this server sends mail.
    sends_mail: bool,
    gap_days: u32,
    level: u8,
    near_m: i64,
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    told: String,
    mistakes: Option<(String, Vec<String>)>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let kept = rules(&app.store, &operation.id).await?;
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let board = Board::of(&app.store, &operation.id).await?;
    let causes: BTreeMap<String, String> = board
        .events
        .iter()
        .map(|kept| (kept.event.cause.clone(), w.text(&kept.cause).to_owned()))
        .filter(|(code, _)| !code.is_empty())
        .collect();
    let mut areas: Vec<(String, String)> = atlas
        .areas()
        .filter(|area| (1..=2).contains(&area.level))
        .map(|area| (area.pcode.to_string(), w.text(&area.name).to_owned()))
        .collect();
    areas.sort_by(|a, b| a.1.cmp(&b.1));
    let line = |rule: &AlertRule| RuleLine {
        id: rule.id.clone(),
        measure: measure_code(rule.measure),
        days: if let AlertMeasure::NewPersons { days } = rule.measure { days } else { 2 },
        cause: rule.cause.clone().unwrap_or_default(),
        area: rule.area.as_ref().map(ToString::to_string).unwrap_or_default(),
        steps: rule.steps.iter().map(u64::to_string).collect::<Vec<_>>().join(" "),
    };
    let fresh = RuleLine {
        id: String::new(),
        measure: MEASURES[0],
        days: 2,
        cause: String::new(),
        area: String::new(),
        steps: String::new(),
    };
    let view = RulesView {
        w,
        said: told,
        mistakes,
        operation: OperationHead::new(app, desk, operation).await?,
        events_href: events::address(operation),
        here: format!("{}/rules", events::address(operation)),
        rules: kept.alerts.iter().map(line).chain([fresh]).collect(),
        measures: MEASURES,
        causes: causes.into_iter().collect(),
        areas,
        mails: kept.mails.iter().map(|mail| (mail.address.clone(), mail.lang.code())).collect(),
        sends_mail: app.outward.mail.is_some(),
        gap_days: kept.grouping.gap_days,
        level: kept.grouping.level,
        near_m: kept.grouping.near_m as i64,
    };
    desk.answer(&w.t("events-rules"), view.render(), view.mistakes.is_some())
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    show(&app, &desk, &operation, told.sentence(desk.words()), None).await
}

/// A rule as a form gives it; what is wrong where it is none.
fn rule_of(fields: &[(String, String)], id: String, w: &Words) -> Result<AlertRule, String> {
    let field = |wanted: &str| value(fields, wanted).trim();
    let whole = |text: &str| text.parse::<u64>().map_err(|_| w.t("events-rule-number"));
    let words = field("steps").split([' ', ';', ',', '\u{202f}', '\u{a0}']).filter(|word| !word.is_empty());
    let steps: Vec<u64> = words.take(MOST_STEPS).map(whole).collect::<Result<_, _>>()?;
    let measure = match field("measure") {
        "persons" => AlertMeasure::Persons,
        "households" => AlertMeasure::Households,
        "places" => AlertMeasure::Places,
        "reports" => AlertMeasure::Reports,
        "new_persons" => {
            AlertMeasure::NewPersons { days: u32::try_from(whole(field("days"))?).unwrap_or(2).clamp(1, 90) }
        }
        _ => return Err(w.t("events-rule-measure")),
    };
    let short = |text: &str| Some(text.chars().take(LONGEST).collect::<String>()).filter(|text| !text.is_empty());
    Ok(AlertRule { id, cause: short(field("cause")), area: short(field("area")).map(Pcode), measure, steps })
}

/// The next id that no rule has or had: alerts that were raised name their rule.
fn next_id(rules: &[AlertRule], board: &Board) -> String {
    let used =
        |id: &str| rules.iter().any(|rule| rule.id == id) || board.alerts.iter().any(|(_, alert)| alert.rule == id);
    (1..).map(|n| format!("rule-{n}")).find(|id| !used(id)).unwrap_or_default()
}

/// Saves or drops a rule, sets how reports are put together, or goes back to the standard rules.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    let (w, stamp, fields) = (desk.words(), desk.viewer()?.stamp(), posted(&body));
    let mut kept = rules(&app.store, &operation.id).await?;
    let id = value(&fields, "rule").to_owned();
    let outcome = match value(&fields, "act") {
        "save" => {
            let board = Board::of(&app.store, &operation.id).await?;
            let is_new = id.is_empty();
            let id = if is_new { next_id(&kept.alerts, &board) } else { id };
            rule_of(&fields, id, w).map(|rule| match kept.alerts.iter_mut().find(|known| known.id == rule.id) {
                Some(known) => *known = rule,
                None => kept.alerts.push(rule),
            })
        }
        "drop" => {
            kept.alerts.retain(|rule| rule.id != id);
            Ok(())
        }
        "standard" => {
            kept.alerts = EventRules::default().alerts;
            Ok(())
        }
        "mail" => {
            let address = value(&fields, "address").trim().to_owned();
            kept.mails.retain(|known| known.address != address);
            kept.mails.push(AlertMail { address, lang: Lang::from_code(value(&fields, "lang")).unwrap_or_default() });
            Ok(())
        }
        "no-mail" => {
            kept.mails.retain(|known| known.address != value(&fields, "address"));
            Ok(())
        }
        "grouping" => grouping_of(&fields, w).map(|grouping| kept.grouping = grouping),
        other => return Err(Problem::unexpected_value("act", other)),
    };
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let mut lines: Vec<String> = outcome.err().into_iter().collect();
    lines.extend(kept.problems(&atlas, desk.lang).iter().map(|line| w.typeset(line)));
    if !lines.is_empty() {
        return show(&app, &desk, &operation, String::new(), Some((w.t("office-not-yet"), lines))).await;
    }
    let body = serde_json::to_string(&kept).map_err(Problem::internal)?;
    app.store.put_event_rules(&operation.id, &body, &stamp).await?;
    gather(&app.store, &app.blobs, &operation, &stamp).await?;
    alert(&app, &operation, &stamp).await?;
    Ok(said(&format!("{}/rules", events::address(&operation)), "events-said-rules", &[]).into_response())
}

fn grouping_of(fields: &[(String, String)], w: &Words) -> Result<GroupingRules, String> {
    let whole = |name: &str, most: u32| {
        value(fields, name).trim().parse::<u32>().ok().filter(|n| *n <= most).ok_or_else(|| w.t("events-rule-number"))
    };
    let level = u8::try_from(whole("level", 4)?).unwrap_or(2);
    Ok(GroupingRules { gap_days: whole("gap", 365)?, level, near_m: f64::from(whole("near", 200_000)?) })
}
