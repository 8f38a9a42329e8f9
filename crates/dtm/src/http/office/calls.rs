//! Whom to call back: records with something to be confirmed, what to ask, and the number, for those who may see it.
//!
//! A telephone number is an answer like any other: it is shown to those whose role reaches answers of its class, and that
//! they saw it stays in the audit log. Who sees some answers only is told which check asks, not what it met.

use super::super::central::log_file;
use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::findings;
use super::records::{Scopes, title};
use super::{App, Desk, RoundHead, round_address};
use crate::journey::naming::Naming;
use crate::journey::{RoundOf, cleaning, explain, records as kept, settle, verification};
use crate::spreadsheet::Kind;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use dtm_model::{Answers, Exercise, Finding, Operation, RecordId, Round, Severity};
use dtm_process::checks::Check;
use dtm_process::patterns::personal_columns::is_telephone;
use dtm_publish::page::links;
use dtm_publish::words::Words;
use std::collections::BTreeMap;

/// Records on the list.
const MOST: usize = 500;
/// Records looked at together.
const AT_ONCE: usize = 200;

/// One record to call about.
struct CallLine {
    href: String,
    name: String,
    title: String,
    /// Empty where there is none, or none that the reader may see.
    telephone: String,
    asks: Vec<String>,
    severity: &'static str,
}

#[derive(Template)]
#[template(path = "office/calls.html")]
struct CallsView {
    w: &'static Words,
    place: RoundHead,
    lines: Vec<CallLine>,
    is_more: bool,
}

/// The telephone numbers among answers.
pub(super) fn telephones(answers: &Answers) -> String {
    let numbers = answers.values.iter().filter(|(path, answer)| is_telephone(path, &answer.to_text()));
    let numbers: Vec<String> = numbers.map(|(_, answer)| answer.to_text()).collect();
    numbers.join(", ")
}

/// What a finding asks; which check asks, for those who do not see every answer.
pub(super) fn ask(finding: &Finding, naming: &Naming, is_whole: bool, desk: &Desk) -> String {
    let w = desk.words();
    match Check::by_id(&finding.check).filter(|_| !is_whole) {
        Some(check) => w.typeset(check.title.get(desk.lang)),
        None if is_whole => w.typeset(&naming.message(finding, desk.lang)),
        None => finding.check.clone(),
    }
}

type Address = (String, String, String);

async fn lines(
    app: &App,
    desk: &Desk,
    (operation, exercise, round): (&Operation, &Exercise, &Round),
) -> Result<(Vec<CallLine>, bool), Problem> {
    let viewer = desk.viewer()?;
    let mut about: BTreeMap<RecordId, Vec<Finding>> = BTreeMap::new();
    for stored in app.store.findings(&round.id).await? {
        let is_open = stored.resolved_at.is_none() && stored.finding.severity >= Severity::Confirm;
        if let Some(record) = stored.finding.record.clone().filter(|_| is_open) {
            about.entry(record).or_default().push(stored.finding);
        }
    }
    // What keeps a record out of the figures is asked first.
    let mut ids: Vec<&RecordId> = about.keys().collect();
    let weight = |id: &RecordId| about[id].iter().map(|finding| finding.severity).max();
    ids.sort_by_key(|id| (std::cmp::Reverse(weight(id)), (*id).clone()));
    let naming = findings::naming(app, desk, &operation.id, about.values().flatten()).await?;
    let is_more = ids.len() > MOST;
    let ids: Vec<RecordId> = ids.into_iter().take(MOST).cloned().collect();
    let of = RoundOf { operation, exercise, round };
    let mut scopes = Scopes::new(app, viewer, operation, exercise);
    let mut lines = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let names = cleaning::names_of(&app.store, of, ids).await?;
        for record in kept::these(&app.store, ids).await? {
            let Some((record, is_whole)) = scopes.seen_and_whole(record).await? else { continue };
            let id = record.record.id.clone();
            let findings = &about[&id];
            let mut asks: Vec<String> = findings.iter().map(|finding| ask(finding, &naming, is_whole, desk)).collect();
            asks.dedup();
            lines.push(CallLine {
                name: names.get(&id).cloned().unwrap_or_default(),
                title: title(&record.record, desk.words()),
                telephone: telephones(&record.record.answers),
                asks,
                severity: weight(&id).map_or("note", settle::severity_code),
                href: format!("/office/records/{id}"),
            });
        }
    }
    // Places whose sources disagree, or that an officer wants asked again, come before single answers.
    let mut places = places_to_ask(app, desk, of, &mut scopes).await?;
    places.extend(lines);
    viewer.saw(app, format!("{}/calls", round.id)).await;
    Ok((places, is_more))
}

/// The places about which verification wants somebody asked, with the numbers in the records of their sources.
async fn places_to_ask(
    app: &App,
    desk: &Desk,
    of: RoundOf<'_>,
    scopes: &mut Scopes<'_>,
) -> Result<Vec<CallLine>, Problem> {
    if !desk.can(Verb::SubmissionList, On::Project(&of.operation.id)) {
        return Ok(Vec::new());
    }
    let w = desk.words();
    let atlas = app.editions.atlas(&app.store, &of.operation.admin0).await?;
    let Some(seen) = verification::of(&app.store, &app.blobs, of, &atlas, None).await? else { return Ok(Vec::new()) };
    let here = round_address(of.operation, of.exercise, of.round);
    let mut lines = Vec::new();
    for place in seen.open().into_iter().take(MOST) {
        let records = place.sources.iter().filter(|source| source.is_record);
        let records: Vec<RecordId> = records.filter_map(|source| source.source.parse().ok()).collect();
        let mut numbers = Vec::new();
        for record in kept::these(&app.store, &records).await? {
            if let Some((record, _)) = scopes.seen_and_whole(record).await? {
                numbers.push(telephones(&record.record.answers));
            }
        }
        numbers.retain(|number| !number.is_empty());
        numbers.dedup();
        lines.push(CallLine {
            href: format!("{here}/verification#{}", links::encode(place.place.as_str())),
            name: place.place.to_string(),
            title: seen.name(&place.place).to_owned(),
            telephone: numbers.join(", "),
            asks: std::iter::once(w.typeset(&place.reason.message(desk.lang)))
                .chain(place.sources.iter().map(|source| explain::heard(source, desk.lang)))
                .collect(),
            severity: settle::severity_code(Severity::Confirm),
        });
    }
    Ok(lines)
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<Address>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let (lines, is_more) = lines(&app, &desk, (&operation, &exercise, &round)).await?;
    let place = RoundHead::new(desk.words(), &operation, &exercise, &round);
    let view = CallsView { w: desk.words(), place, lines, is_more };
    desk.page(&desk.words().t("calls-title"), view.render())
}

pub(super) async fn file(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round, file)): Path<(String, String, String, String)>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let kind = Kind::asked(&file, "call-back").ok_or_else(Problem::not_found)?;
    let (lines, _) = lines(&app, &desk, (&operation, &exercise, &round)).await?;
    let w = desk.words();
    let header = ["office-record", "calls-who", "calls-telephone", "calls-weight", "calls-ask", "calls-answer"];
    let mut rows = vec![header.map(|key| w.t(key)).to_vec()];
    rows.extend(lines.into_iter().map(|line| {
        let weight = w.label("office-severity", line.severity);
        vec![line.name, line.title, line.telephone, weight, line.asks.join("\n"), String::new()]
    }));
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    log_file(of, kind, rows, "call-back")
}
