//! What emergency tracking found since the round shown, beside its figures and apart from them.
//!
//! In: the releases of an operation. Out: the newest event that was reported after the round shown began, where the
//! round shown is the newest: whatever came before it, the round has counted. Displacement by an event and the stock
//! of a round are different things, so they stand in different tables and the page says that they do not add up.

use super::facts::{areas_of_level, cell, ranked, values_of};
use super::figures::area_name;
use super::links;
use super::shown::{Markup, shown};
use crate::words::{Arg, Words};
use dtm_model::{Atlas, TOTAL, Tool};
use dtm_protect::{Release, ReleasedCell, ReleasedTable, Value};

/// Areas that are listed.
const LISTED: usize = 5;

/// One row of the table: name, persons, households.
pub(super) type EmergencyRow = (String, Markup, Markup);

/// An event as the page shows it.
pub(super) struct Emergency {
    /// The event in a sentence; empty where no number can be said.
    pub(super) point: String,
    /// When, and from how many places.
    pub(super) sub: String,
    /// Why people left.
    pub(super) reasons: String,
    /// All areas together.
    pub(super) total: EmergencyRow,
    /// The areas with most people displaced.
    pub(super) rows: Vec<EmergencyRow>,
    /// How many areas more there are.
    pub(super) more: String,
}

/// The event to show beside this round, if there is one.
pub(super) fn since<'a>(current: &Release, releases: &[&'a Release]) -> Option<&'a Release> {
    let heading = current.heading();
    let events = releases.iter().filter(|release| {
        let event = release.heading();
        event.tool == Tool::Ett && event.exercise != heading.exercise && event.reported_on > heading.starts_on
    });
    events.max_by_key(|release| release.heading().reported_on).copied()
}

impl Emergency {
    /// Reads the event off its release. With `explain` every number leads to where it comes from.
    pub(super) fn of(release: &Release, atlas: &Atlas, w: &Words, explain: bool) -> Option<Emergency> {
        let heading = release.heading();
        let admin0 = heading.admin0.as_str();
        let areas = release.table("areas")?;
        let name = |code: &str| area_name(atlas, w, code);
        let figure = |code: &str, measure: &str| {
            let cell = cell(Some(areas), &[code], measure);
            let leads = explain && cell.value != Value::Nothing;
            shown(w, cell, leads.then(|| links::explain(w.lang(), heading, "areas", &[code], measure)))
        };
        let row = |label: String, code: &str| (label, figure(code, "idp_ind"), figure(code, "idp_hh"));
        let below = match touched(areas, 2) {
            none if none.is_empty() => touched(areas, 1),
            below => below,
        };
        let dates = w.date_range(heading.starts_on, heading.ends_on);
        let places = cell(Some(areas), &[admin0], "places").value.number();
        let from = places.map(|places| w.t_n("emergency-places", places));
        let n_more = below.len().saturating_sub(LISTED) as i64;
        Some(Emergency {
            point: point(release, atlas, w).unwrap_or_default(),
            sub: [Some(dates), from].into_iter().flatten().collect::<Vec<_>>().join(" · "),
            reasons: reasons(release, w).unwrap_or_default(),
            total: row(w.t("emergency-total"), admin0),
            rows: below.iter().take(LISTED).map(|(code, _)| row(name(code), code)).collect(),
            more: if n_more > 0 { w.t_n("emergency-more", n_more) } else { String::new() },
        })
    }
}

/// Areas of a level in which people were counted or may have been, most people first.
fn touched(areas: &ReleasedTable, level: u8) -> Vec<(String, ReleasedCell)> {
    let cells = areas_of_level(areas, level).into_iter().map(|code| (code, cell(Some(areas), &[code], "idp_ind")));
    ranked(cells.filter(|(_, cell)| !matches!(cell.value, Value::Number(0) | Value::Nothing)))
}

/// The event in a sentence; none where no number can be said.
pub(crate) fn point(release: &Release, atlas: &Atlas, w: &Words) -> Option<String> {
    let heading = release.heading();
    let areas = release.table("areas")?;
    let whole = cell(Some(areas), &[heading.admin0.as_str()], "idp_ind").value.number().filter(|whole| *whole > 0)?;
    let place = match touched(areas, 1).as_slice() {
        [(only, _)] => area_name(atlas, w, only),
        more => w.t_n("emergency-areas", more.len() as i64),
    };
    let said = [
        ("dates", Arg::from(w.date_range(heading.starts_on, heading.ends_on))),
        ("n", Arg::from(w.number(whole))),
        ("scale", Arg::from(w.scale(whole))),
        ("place", Arg::from(place)),
    ];
    Some(w.t_args("emergency-point", &said))
}

/// «Reason: conflict (100%)», most people first; nothing where no reason has a number.
pub(crate) fn reasons(release: &Release, w: &Words) -> Option<String> {
    let table = release.table("displacement");
    let admin0 = release.heading().admin0.as_str();
    let codes = values_of(table, 1).into_iter();
    let cells = ranked(codes.map(|reason| (reason, cell(table, &[admin0, reason, TOTAL], "idp_ind"))));
    let whole = cell(table, &[admin0, TOTAL, TOTAL], "idp_ind").value.number().unwrap_or(0);
    let said: Vec<String> = cells
        .iter()
        .filter_map(|(code, cell)| {
            let part = cell.value.number().filter(|part| *part > 0)?;
            Some(format!("{} ({})", w.reason(code), w.percent(part, whole)))
        })
        .collect();
    (!said.is_empty()).then(|| w.pair(&w.t_n("emergency-reason", said.len() as i64), &said.join(", ")))
}
