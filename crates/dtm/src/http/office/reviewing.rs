//! The records of a round under review: a table, where they are, and the one that is looked at, side by side.
//!
//! Everything is a link or a form, so that it works without scripts, and each step has a key of the browser's own (access
//! keys j, k, a, i, r): the next and the previous record, approve, something to ask, reject. A decision about one record
//! leads on to the next.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::record::{self, Beside};
use super::records::{RecordPage, Scopes, glance, open_findings, page_from, page_of, reveal, title};
use super::review;
use super::submissions::{decide, posted, state_name, state_of, value};
use super::{App, Desk, Pages, RoundHead, Said, round_address};
use crate::http::islands::Island;
use crate::journey::records::RoundRecord;
use crate::journey::settle;
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use dtm_model::{Answer, Answers, Area, Atlas, Operation, Pcode, Point, RecordId, Round, Severity, UserId};
use dtm_process::places::Locator;
use dtm_publish::drawing::{Frame, Ground, Spot, SpotKind, Spots, spots};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::ReviewState;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Records on one page.
const LINES: usize = 40;

/// A record in the table.
struct Line {
    id: String,
    href: String,
    title: String,
    answers: String,
    state: &'static str,
    state_name: String,
    n_findings: usize,
    weight: &'static str,
    is_here: bool,
}

#[derive(Template)]
#[template(path = "office/reviewing.html")]
struct ReviewingView {
    w: &'static Words,
    said: String,
    undo: String,
    place: RoundHead,
    here: String,
    /// This page with its record, to come back to.
    back: String,
    /// When it was read.
    seen: i64,
    /// The states it can be narrowed to: address, name, whether it is.
    states: Vec<(String, String, bool)>,
    lines: Vec<Line>,
    map: String,
    /// The record that is looked at; empty where there is none.
    detail: String,
    previous: String,
    next: String,
    pages: Pages,
    may_review: bool,
    /// Whom records can be given to.
    people: Vec<(UserId, String)>,
    /// Who reads, and the scripts of the page.
    owner: String,
    scripts: Vec<(&'static str, &'static str)>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    /// The record that is looked at; the first where none is named.
    at: String,
    after: String,
    before: String,
    /// The word of a state of review.
    state: String,
}

impl Wanted {
    fn address(&self, here: &str, at: &str) -> String {
        let kept = [("after", self.after.as_str()), ("before", &self.before), ("state", &self.state), ("at", at)];
        links::with_query(here, &kept)
    }
}

/// The first position among the answers.
fn position(answers: &Answers) -> Option<Point> {
    answers.values.values().find_map(|answer| if let Answer::Point(point) = answer { Some(*point) } else { None })
}

/// The areas of the first two levels that records lie in, those of the second where any are known; none where they lie
/// in no outline.
fn ground<'a>(w: &'a Words, atlas: &'a Atlas, drawn: &[Spot]) -> Vec<Ground<'a>> {
    let locator = Locator::new(atlas);
    let mut areas: BTreeMap<&Pcode, &Area> = BTreeMap::new();
    for spot in drawn {
        let Some(pcode) = locator.area_at(atlas, spot.at) else { continue };
        let area = atlas.ancestor(&pcode, 2).or_else(|| atlas.ancestor(&pcode, 1));
        areas.extend(area.map(|area| (&area.pcode, area)));
    }
    let outlined = areas.into_values().filter_map(|area| {
        Some(Ground { name: w.text(&area.name), shape: &atlas.boundary(&area.pcode)?.shape, href: None })
    });
    outlined.collect()
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(wanted): Query<Wanted>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let (w, viewer, seen) = (desk.words(), desk.viewer()?, world::now());
    let on = On::Project(&operation.id);
    if !viewer.can_partly(Verb::SubmissionRead, on) {
        return Err(Problem::forbidden());
    }
    let scopes = (!viewer.can(Verb::SubmissionList, on)).then(|| Scopes::new(&app, viewer, &operation, &exercise));
    let from = page_from(&wanted.after, &wanted.before);
    let state = state_of(&wanted.state);
    let RecordPage { mut records, previous, next } = page_of(&app, &round.id, (&from, state, LINES), scopes).await?;
    reveal(&app, viewer, (&operation, &exercise), &mut records).await?;
    let open = open_findings(&app, &records).await?;
    let place = RoundHead::new(w, &operation, &exercise, &round);
    let here = format!("{}/review", place.here);
    let at = records.iter().position(|one| one.record.id.to_string() == wanted.at);
    let at = at.or((wanted.at.is_empty() && !records.is_empty()).then_some(0));
    let lines: Vec<Line> = records
        .iter()
        .enumerate()
        .map(|(n, one)| {
            let found = open.get(&one.record.id).copied();
            Line {
                id: one.record.id.to_string(),
                href: wanted.address(&here, &one.record.id.to_string()),
                title: title(&one.record, w),
                answers: glance(&one.record.answers, one.schema.as_deref(), w),
                state: one.review_state.map_or("", ReviewState::code),
                state_name: state_name(w, one.review_state),
                n_findings: found.map_or(0, |(n, _)| n),
                weight: found.map_or("", |(_, severity)| settle::severity_code(severity)),
                is_here: Some(n) == at,
            }
        })
        .collect();
    let href = |n: Option<usize>| n.and_then(|n| lines.get(n)).map(|line| line.href.clone()).unwrap_or_default();
    let (before, following) = match at {
        Some(at) => (href(at.checked_sub(1)), href(Some(at + 1))),
        None => (String::new(), href(Some(0))),
    };
    let spot = |(line, one): (&Line, &RoundRecord)| {
        Some(Spot {
            name: line.title.clone(),
            at: position(&one.record.answers)?,
            kind: match open.get(&one.record.id) {
                Some((_, Severity::Block)) => SpotKind::Blocking,
                Some((_, Severity::Confirm)) => SpotKind::ToConfirm,
                _ => SpotKind::Record,
            },
            is_closed: false,
            is_meant: line.is_here,
            href: Some(line.href.clone()),
        })
    };
    let drawn: Vec<Spot> = lines.iter().zip(&records).filter_map(spot).collect();
    let chosen = at.map_or_else(|| wanted.at.clone(), |at| lines[at].id.clone());
    let back = wanted.address(&here, &chosen);
    let detail = match chosen.is_empty() {
        true => String::new(),
        false => detail(&app, &desk, &round, &chosen, (back.clone(), following.clone())).await?,
    };
    let may_review = viewer.can_partly(Verb::SubmissionReview, on);
    let people = if may_review { review::people(&app, on).await? } else { Vec::new() };
    let states = std::iter::once((String::new(), w.t("reviewing-every-state")))
        .chain(std::iter::once(("received".to_owned(), state_name(w, None))))
        .chain(ReviewState::ALL.map(|state| (state.code().to_owned(), state_name(w, Some(state)))));
    let page_at = |name: &str, id: RecordId| {
        links::with_query(&here, &[(name, id.to_string().as_str()), ("state", &wanted.state)])
    };
    let view = ReviewingView {
        w,
        said: told.sentence(w),
        undo: told.undo("reviewed").to_owned(),
        seen: seen.as_millis(),
        states: states
            .map(|(code, name)| (links::with_query(&here, &[("state", &code)]), name, code == wanted.state))
            .collect(),
        map: map(&app, &desk, &operation, drawn).await?,
        pages: Pages {
            previous: previous.map(|id| page_at("before", id)),
            next: next.map(|id| page_at("after", id)),
            shown: String::new(),
        },
        previous: before,
        next: following,
        lines,
        detail,
        may_review,
        people,
        owner: viewer.actor(),
        scripts: Island::named("review").scripts,
        back,
        here,
        place,
    };
    let mut page = desk.page(&w.t("reviewing-title"), view.render())?;
    // What was encrypted and is open in this session stays on the server.
    if !app.open_keys.any(&viewer.token_hash, seen) {
        record::may_keep(&mut page);
    }
    Ok(page)
}

/// The record that is looked at, if it belongs to the round and the reader may see it.
async fn detail(
    app: &App,
    desk: &Desk,
    round: &Round,
    id: &str,
    (here, next): (String, String),
) -> Result<String, Problem> {
    let found = record::find(app, desk, Verb::SubmissionRead, id).await?;
    if found.round.as_ref().map(|of| &of.id) != Some(&round.id) {
        return Err(Problem::not_found());
    }
    desk.viewer()?.saw(app, id).await;
    record::part(app, desk, found, Beside { here, next }).await
}

/// Where the records of the page are; empty where none says so.
async fn map(app: &App, desk: &Desk, operation: &Operation, drawn: Vec<Spot>) -> Result<String, Problem> {
    if drawn.is_empty() {
        return Ok(String::new());
    }
    let w = desk.words();
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let (title, desc) = (w.t("reviewing-map"), w.t_n("reviewing-map-desc", drawn.len() as i64));
    let frame = Frame::new("review", &title, &desc, desk.lang).with_width(420.0);
    let ground = ground(w, &atlas, &drawn);
    Ok(spots(&Spots { frame, ground, spots: drawn }).0)
}

/// Reviews, assigns or takes back: one record, or those that are ticked.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let viewer = desk.viewer()?;
    if !viewer.can_partly(Verb::SubmissionReview, On::Project(&operation.id)) {
        return Err(Problem::forbidden());
    }
    let fields = posted(&body);
    let here = format!("{}/review", round_address(&operation, &exercise, &round));
    let back = Some(value(&fields, "back")).filter(|back| back.starts_with(here.as_str())).unwrap_or(&here).to_owned();
    decide(&app, viewer, On::Project(&operation.id), &fields, &back, |whole| whole.round.as_ref() == Some(&round.id))
        .await
}
