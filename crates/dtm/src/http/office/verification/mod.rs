//! The verification of a round: places whose sources disagree, each source beside the others, what an officer decides; the
//! household sizes and sample sheets that figures rest on; who signs for an area; what the exercise chose.

mod act;
mod areas;
mod places;

use super::checks::{VersionLine, history};
use super::clock::Clock;
use super::submissions::Names;
use super::{App, Desk, Pages, RoundHead, Said, round_address};
use crate::http::Problem;
use crate::http::viewer::{On, Verb};
use crate::journey::RoundOf;
use crate::journey::events::area_name;
use crate::journey::verification::{self, Verification};
use areas::AreaLine;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use dtm_model::{Atlas, Exercise, Operation, Pcode, Round, RoundState};
use dtm_process::verification::{Basis, Proximity, SourceKind, VerifiedPlace};
use dtm_publish::words::{Arg, Words};
use dtm_store::CheckSetting;
use places::{PlaceCard, SheetLine, SizeLine};
use serde::Deserialize;
use std::sync::Arc;

pub(super) use act::act;

/// Figures of single places, before anything is hidden: for those to whom every record is open, of their areas at least.
const READS: Verb = Verb::SubmissionList;
const DECIDES: Verb = Verb::RoundUpdate;
/// Places on one page.
const EACH: usize = 20;
/// Places that the field for a new source proposes.
const PROPOSED: usize = 3_000;
/// What the page can show.
const SHOWS: [&str; 6] = ["open", "settled", "households", "sheets", "areas", "rules"];

/// A state of figures with its places and people.
struct StateLine {
    code: &'static str,
    places: String,
    persons: String,
    share: String,
}

/// What the exercise chose, as the form holds it.
struct Choices {
    sign_off: bool,
    every_record: bool,
    households: bool,
    share: String,
    persons: String,
    level: u8,
}

#[derive(Template)]
#[template(path = "office/verification.html")]
struct VerificationView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    round: RoundHead,
    here: String,
    back: String,
    show: &'static str,
    tabs: Vec<(&'static str, String, bool)>,
    is_settled: bool,
    is_cleared: bool,
    states: Vec<StateLine>,
    /// Low and high of the whole, in words; empty where there are none.
    range: String,
    places: Vec<PlaceCard>,
    pages: Pages,
    sizes: Vec<SizeLine>,
    sheets: Vec<SheetLine>,
    areas: Vec<AreaLine>,
    any_signed: bool,
    wants_signatures: bool,
    choices: Choices,
    version: i64,
    history: Vec<VersionLine>,
    /// Id and name of the places a source can be added for.
    known: Vec<(String, String)>,
    kinds: Vec<&'static str>,
    nearness: Vec<&'static str>,
    bases: Vec<&'static str>,
    today: String,
    may_act: bool,
    may_sign: bool,
    may_choose: bool,
}

/// What the page is made with.
struct Reader<'a> {
    app: &'a App,
    w: &'static Words,
    operation: &'a Operation,
    seen: &'a Verification,
    atlas: Arc<Atlas>,
}

impl Reader<'_> {
    fn area(&self, pcode: &Pcode) -> String {
        area_name(&self.atlas, pcode, self.w.lang())
    }

    async fn by(&self, names: &mut Names<'_>, who: &str, at: dtm_model::Instant) -> Result<String, Problem> {
        let when = Clock::of(self.w, self.operation).text(at);
        let args = [("who", Arg::from(names.of(who).await?)), ("when", Arg::from(when))];
        Ok(self.w.t_args("round-step-by", &args))
    }

    fn persons(&self, n: f64) -> String {
        self.w.decimal(n, 0)
    }
}

/// What the page shows.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    show: String,
    page: String,
}

type Address = (String, String, String);

async fn view(
    app: &App,
    desk: &Desk,
    (operation, exercise, round): (&Operation, &Exercise, &Round),
    wanted: &Wanted,
) -> Result<VerificationView, Problem> {
    let w = desk.words();
    let on = On::Project(&operation.id);
    let viewer = desk.viewer()?;
    // Whose role is narrowed to areas reads these, and signs for these.
    let reads = viewer.areas(READS, on)?;
    let signs = viewer.areas(Verb::RoundSign, on).ok();
    let of = RoundOf { operation, exercise, round };
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let seen = verification::of(&app.store, &app.blobs, of, &atlas, reads.as_deref()).await?;
    let here = format!("{}/verification", round_address(operation, exercise, round));
    let show = SHOWS.into_iter().find(|known| *known == wanted.show).unwrap_or("open");
    let may_change = desk.can(DECIDES, on);
    let is_cleared = round.state >= RoundState::Cleared;
    let (chosen, rules) = verification::chosen(&app.store, exercise).await?;
    let setting = CheckSetting::Verification(&exercise.id);
    let mut view = VerificationView {
        w,
        said: String::new(),
        mistakes: None,
        round: RoundHead::new(w, operation, exercise, round),
        back: format!("{here}?show={show}"),
        show,
        tabs: Vec::new(),
        is_settled: seen.is_some(),
        is_cleared,
        states: Vec::new(),
        range: String::new(),
        places: Vec::new(),
        pages: Pages::cut(w, &here, "", 0, EACH).0,
        sizes: Vec::new(),
        sheets: Vec::new(),
        areas: Vec::new(),
        any_signed: false,
        wants_signatures: rules.sign_off,
        version: chosen.as_ref().map_or(0, |chosen| chosen.version),
        history: if show == "rules" { history(app, desk, operation, setting).await? } else { Vec::new() },
        choices: Choices {
            sign_off: rules.sign_off,
            every_record: rules.every_record,
            households: rules.estimate_from_households,
            share: w.decimal(rules.triangulation.share_apart * 100.0, 0),
            persons: format!("{:.0}", rules.triangulation.persons_apart),
            level: rules.sign_level,
        },
        known: Vec::new(),
        kinds: SourceKind::ALL.map(SourceKind::code).into(),
        nearness: Proximity::ALL.map(Proximity::code).into(),
        bases: Basis::ALL.map(Basis::code).into(),
        today: crate::world::today().to_string(),
        may_act: may_change && !is_cleared && seen.is_some(),
        may_sign: signs.is_some() && !is_cleared && seen.is_some(),
        may_choose: may_change,
        here,
    };
    let Some(seen) = &seen else { return Ok(view) };
    let reader = Reader { app, w, operation, seen, atlas };
    let open = seen.open();
    let settled: Vec<&VerifiedPlace> =
        seen.places.iter().filter(|place| !place.is_open() && !place.sources.is_empty()).collect();
    view.sizes = reader.sizes();
    view.sheets = reader.sheets();
    let counts = [open.len(), settled.len(), view.sizes.len(), view.sheets.len(), seen.unsigned().count()];
    let number = |n: usize| w.number(n as i64);
    view.tabs = SHOWS
        .into_iter()
        .zip(counts.into_iter().map(number).chain([String::new()]))
        .map(|(code, n)| (code, n, code == show))
        .collect();
    let all: i64 = seen.states.iter().map(|(_, _, persons)| persons).sum();
    let line = |(state, places, persons): &(dtm_process::verification::State, u32, i64)| StateLine {
        code: state.code(),
        places: w.number(i64::from(*places)),
        persons: w.number(*persons),
        share: w.percent(*persons, all),
    };
    view.states = seen.states.iter().map(line).collect();
    if let Some((low, high)) = seen.range {
        let args = [
            ("low", Arg::from(w.number(low))),
            ("best", Arg::from(w.number(all))),
            ("high", Arg::from(w.number(high))),
        ];
        view.range = w.t_args("verify-range", &args);
    }
    let listed = if show == "settled" { &settled } else { &open };
    if ["open", "settled"].contains(&show) {
        let (pages, lines) = Pages::cut(w, &view.back, &wanted.page, listed.len(), EACH);
        let mut names = Names::new(app);
        for (at, place) in listed[lines].iter().enumerate() {
            view.places.push(reader.card(&mut names, at, place).await?);
        }
        view.pages = pages;
        if view.may_act {
            let mut known: Vec<(String, String)> =
                seen.known.values().map(|place| (place.ssid.to_string(), place.name.clone())).collect();
            known.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
            known.truncate(PROPOSED);
            view.known = known;
        }
    }
    if show == "areas" {
        view.areas = reader.areas(signs.as_ref().map(Option::as_deref)).await?;
        view.any_signed = view.areas.iter().any(|area| area.has_signature);
    }
    Ok(view)
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<Address>,
    Query(wanted): Query<Wanted>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let mut view = view(&app, &desk, (&operation, &exercise, &round), &wanted).await?;
    view.said = told.sentence(desk.words());
    desk.page(&desk.words().t("verify-title"), view.render())
}
