//! The places of an operation and the areas they lie in: looked up, corrected, brought from lists, told apart.

mod area;
mod areas;
mod duplicates;
mod form;
mod history;
mod list;
mod picker;
mod place;
mod problems;
mod upload;

use super::{App, Desk, operation_address, said_with};
use crate::http::problem::Problem;
use crate::http::viewer::On;
use crate::journey::places::SiteTypes;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Redirect;
use axum::routing::{get, post};
use dtm_model::{Area, Atlas, Lang, Operation, Pcode, Place, PlaceKind, Ssid};
use dtm_process::places::{Difference, kind_code};
use dtm_publish::drawing::{Frame, Ground, Spot, Spots, spots};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::Stamp;
use std::sync::Arc;

/// The largest list of places and the largest file of boundaries that is taken here.
const MAX_FILE: usize = 100_000_000;
/// The longest name, reason or list of names.
const LONGEST: usize = 300;
/// Areas that one map draws at most.
const MOST_GROUND: usize = 600;

pub(super) fn routes() -> Router<App> {
    let large = || DefaultBodyLimit::max(MAX_FILE);
    Router::new()
        .route("/office/o/{operation}/places", get(list::page).post(list::act))
        .route("/office/o/{operation}/places/list.csv", get(list::download))
        .route("/office/o/{operation}/places/new", get(place::blank).post(place::add))
        .route("/office/o/{operation}/places/upload", post(upload::upload).layer(large()))
        .route("/office/o/{operation}/places/upload/{file}", get(upload::preview).post(upload::take))
        .route("/office/o/{operation}/places/duplicates", get(duplicates::page).post(duplicates::act))
        .route("/office/o/{operation}/place/{ssid}", get(place::page).post(place::act))
        .route("/office/o/{operation}/area/{area}", get(area::page).post(area::act))
        .route("/office/o/{operation}/areas", get(areas::page).post(areas::act))
        .route("/office/o/{operation}/areas/upload", post(areas::upload).layer(large()))
        .route("/office/o/{operation}/areas/upload/{file}", get(areas::preview).post(areas::take))
}

fn places_address(operation: &Operation) -> String {
    format!("{}/places", operation_address(operation))
}

fn place_address(operation: &Operation, ssid: &Ssid) -> String {
    format!("{}/place/{}", operation_address(operation), links::encode(ssid.as_str()))
}

fn areas_address(operation: &Operation) -> String {
    format!("{}/areas", operation_address(operation))
}

fn area_address(operation: &Operation, pcode: &Pcode) -> String {
    format!("{}/area/{}", operation_address(operation), links::encode(pcode.as_str()))
}

/// The places that the reader sees, with the areas.
async fn visible(app: &App, desk: &Desk, operation: &Operation) -> Result<(Vec<Place>, Arc<Atlas>), Problem> {
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let mut places = app.store.places(&operation.id).await?;
    if let Some(areas) = desk.viewer()?.areas_seen(On::Project(&operation.id)) {
        places.retain(|place| atlas.is_within(&place.area, &areas));
    }
    Ok((places, atlas))
}

/// A place that the reader sees, among all that they see.
async fn find(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    ssid: &str,
) -> Result<(Place, Vec<Place>, Arc<Atlas>), Problem> {
    let (places, atlas) = visible(app, desk, operation).await?;
    let place = places.iter().find(|place| place.ssid.as_str() == ssid).cloned().ok_or_else(Problem::not_found)?;
    Ok((place, places, atlas))
}

fn find_area<'a>(atlas: &'a Atlas, pcode: &Pcode) -> Result<&'a Area, Problem> {
    atlas.area(pcode).ok_or_else(Problem::not_found)
}

fn area_name(w: &Words, area: &Area) -> String {
    w.text(&area.name).to_owned()
}

/// An area with those above it, the smallest first; its code where nobody knows it.
fn whereabouts(w: &Words, atlas: &Atlas, place: &Place) -> String {
    let Some(area) = atlas.area(&place.area) else { return place.area.to_string() };
    let above = (1..area.level).rev().filter_map(|level| atlas.ancestor(&area.pcode, level));
    std::iter::once(area).chain(above).map(|area| area_name(w, area)).collect::<Vec<_>>().join(", ")
}

fn kind_name(w: &Words, kind: PlaceKind) -> String {
    w.label("place-kind", kind_code(kind))
}

/// A fact that is known of a place or an area: its name, its value, where that leads.
struct Fact {
    name: String,
    value: String,
    href: String,
}

impl Fact {
    /// Those of these facts that have a value, under the names that begin so.
    fn known(w: &Words, names: &str, facts: impl IntoIterator<Item = (&'static str, String, String)>) -> Vec<Fact> {
        let known = facts.into_iter().filter(|(_, value, _)| !value.is_empty());
        known.map(|(fact, value, href)| Fact { name: w.label(names, fact), value, href }).collect()
    }
}

/// What says in words how places and areas changed.
struct Teller<'a> {
    w: &'static Words,
    lang: Lang,
    atlas: &'a Atlas,
    types: &'a SiteTypes,
}

impl Teller<'_> {
    fn site_type(&self, code: &str) -> String {
        self.types.name(self.lang, code)
    }

    /// An area by name and code; its code where nobody knows it.
    fn area(&self, code: &str) -> String {
        let area = self.atlas.area(&Pcode::from(code));
        area.map_or_else(|| code.to_owned(), |area| format!("{} ({code})", area_name(self.w, area)))
    }

    /// A fact's value in words.
    fn value(&self, fact: &str, value: &str) -> String {
        match fact {
            _ if value.is_empty() => "—".to_owned(),
            "kind" => self.w.label("place-kind", value),
            "site_type" => self.site_type(value),
            "area" | "parent" => self.area(value),
            "became" => value.split("; ").map(|code| self.area(code)).collect::<Vec<_>>().join("; "),
            fact if fact.ends_with("_on") || fact.starts_with("valid_") => {
                value.parse().map_or_else(|_| value.to_owned(), |day| self.w.date(day))
            }
            _ => value.to_owned(),
        }
    }

    /// What differs in a place, fact by fact.
    fn told(&self, differences: &[Difference]) -> Vec<String> {
        self.told_of("place-fact", differences)
    }

    /// What differs, its facts named by the words that begin so.
    fn told_of(&self, facts: &str, differences: &[Difference]) -> Vec<String> {
        let line = |one: &Difference| {
            let (old, new) = (self.value(one.fact, &one.old), self.value(one.fact, &one.new));
            self.w.pair(&self.w.label(facts, one.fact), &format!("{old} → {new}"))
        };
        differences.iter().map(line).collect()
    }
}

/// The areas of a level below one (or of the country), to draw places on.
fn ground<'a>(w: &'a Words, atlas: &'a Atlas, operation: &Operation, within: Option<&Area>) -> Vec<Ground<'a>> {
    let standing = |area: &&Area| area.valid_to.is_none() && atlas.boundary(&area.pcode).is_some();
    let of = |area: &'a Area| {
        let shape = &atlas.boundary(&area.pcode)?.shape;
        let href = format!("{}?area={}", places_address(operation), links::encode(area.pcode.as_str()));
        Some(Ground { name: w.text(&area.name), shape, href: Some(href) })
    };
    let below = |area: &Area| -> Vec<Ground<'a>> {
        let inside = atlas.level(area.level + 1).filter(standing);
        inside.filter(|below| below.parent.as_ref() == Some(&area.pcode)).filter_map(of).collect()
    };
    match within {
        Some(area) => {
            let parts = below(area);
            if !parts.is_empty() && parts.len() <= MOST_GROUND {
                return parts;
            }
            atlas.area(&area.pcode).and_then(of).into_iter().collect()
        }
        None => {
            let levels = [2, 1, 0].into_iter().map(|level| atlas.level(level).filter(standing).collect::<Vec<_>>());
            let fitting = levels.into_iter().find(|areas| !areas.is_empty() && areas.len() <= MOST_GROUND);
            fitting.unwrap_or_default().into_iter().filter_map(of).collect()
        }
    }
}

/// A place as a map shows it; none where it has no position.
fn spot(operation: &Operation, place: &Place, meant: Option<&Ssid>) -> Option<Spot> {
    Some(Spot {
        name: format!("{} ({})", place.name, place.ssid),
        at: place.position?,
        kind: place.kind.into(),
        is_closed: place.closed_on.is_some(),
        is_meant: meant == Some(&place.ssid),
        href: Some(place_address(operation, &place.ssid)),
    })
}

/// A map of places for a page; empty where there is nothing to draw.
fn map(w: &Words, desk: &Desk, ground: Vec<Ground<'_>>, spots_of: Vec<Spot>) -> String {
    if spots_of.is_empty() && ground.is_empty() {
        return String::new();
    }
    let (title, desc) = (w.t("places-map"), w.t_n("places-map-desc", spots_of.len() as i64));
    let frame = Frame::new("places", &title, &desc, desk.lang).with_width(520.0);
    spots(&Spots { frame, ground, spots: spots_of }).0
}

/// Leads to a page that says what became of places, with the way to take it back.
fn changed(address: &str, n: usize, stamp: &Stamp) -> Redirect {
    said_with(address, "places-changed", &[("n", n as i64), ("undo", stamp.at.as_millis())])
}

/// A text of a form, without what no name holds and no longer than it may be.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>().trim().to_owned()
}
