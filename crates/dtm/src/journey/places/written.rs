//! What somebody says of a place, held against what is known before it is kept: everything that is wrong with it at once,
//! and what was probably meant.

use crate::cli::Mistakes;
use chrono::NaiveDate;
use dtm_model::{Atlas, Operation, Pcode, Place, Point, Ssid};
use dtm_process::places::{Country, Doubt, Doubted, Gazetteer, Lookup, areas_named, kind_code, kind_of};
use dtm_publish::words::{Arg, Words};
use dtm_store::{PlacesChanged, Stamp, Store, StoreError};

/// Areas that are offered where a name was written.
const OFFERED: usize = 12;

/// A place as somebody describes it, each fact as it was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    /// Left empty, an id is made from the code of the area.
    pub(crate) ssid: String,
    pub(crate) name: String,
    /// Several with semicolons between them.
    pub(crate) aliases: String,
    pub(crate) kind: String,
    /// A code, or a piece of a name.
    pub(crate) area: String,
    pub(crate) site_type: String,
    pub(crate) lat: String,
    pub(crate) lon: String,
    pub(crate) opened_on: String,
    pub(crate) closed_on: String,
    pub(crate) reason: String,
    /// Whether the position is meant though it lies outside the country.
    pub(crate) is_sure: bool,
}

/// Why what was written is not kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Wrong {
    /// What is wrong, each a sentence.
    pub(crate) lines: Vec<String>,
    /// Why the position can hardly be meant, and what was probably meant.
    pub(crate) doubted: Option<Doubted>,
    /// The areas that what was written may mean.
    pub(crate) areas: Vec<Pcode>,
}

/// Why a place is not as somebody wanted it.
#[derive(Debug)]
pub(crate) enum Unkept {
    Wrong(Wrong),
    Store(StoreError),
}

impl From<StoreError> for Unkept {
    fn from(error: StoreError) -> Self {
        Unkept::Store(error)
    }
}

impl From<Unkept> for anyhow::Error {
    fn from(unkept: Unkept) -> Self {
        match unkept {
            Unkept::Wrong(Wrong { lines, .. }) => Mistakes { lines }.into(),
            Unkept::Store(error) => error.into(),
        }
    }
}

/// The area that somebody wrote, or those it may mean. A name never settles it, as names repeat in a country.
pub(crate) fn area_meant(atlas: &Atlas, text: &str) -> Result<Pcode, Vec<Pcode>> {
    let stands = |pcode: &Pcode| atlas.area(pcode).is_some_and(|area| area.valid_to.is_none());
    match Gazetteer::new(atlas).lookup(text, None) {
        Lookup::Code(pcode) | Lookup::Repaired(pcode, _) | Lookup::Alias(pcode) if stands(&pcode) => Ok(pcode),
        Lookup::Code(pcode) | Lookup::Repaired(pcode, _) | Lookup::Alias(pcode) => {
            let became = atlas.area(&pcode).map(|area| area.became.clone()).unwrap_or_default();
            Err(became.into_iter().filter(stands).collect())
        }
        Lookup::Suggestions(like) => {
            let mut meant: Vec<Pcode> = areas_named(atlas, text).into_iter().map(|area| area.pcode.clone()).collect();
            for (pcode, ..) in like {
                if !meant.contains(&pcode) && atlas.area(&pcode).is_some_and(|area| area.level > 0) {
                    meant.push(pcode);
                }
            }
            meant.retain(stands);
            meant.truncate(OFFERED);
            Err(meant)
        }
    }
}

impl Written {
    pub(crate) fn of(place: &Place) -> Self {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        Self {
            ssid: place.ssid.to_string(),
            name: place.name.clone(),
            aliases: place.aliases.join("; "),
            kind: kind_code(place.kind).to_owned(),
            area: place.area.to_string(),
            site_type: place.site_type.clone().unwrap_or_default(),
            lat: place.position.map(|at| at.lat.to_string()).unwrap_or_default(),
            lon: place.position.map(|at| at.lon.to_string()).unwrap_or_default(),
            opened_on: day(place.opened_on),
            closed_on: day(place.closed_on),
            reason: String::new(),
            is_sure: false,
        }
    }

    /// The degrees that were written, wherever they lie.
    pub(crate) fn position(&self) -> Option<Point> {
        let degrees = |written: &str| written.parse::<f64>().ok().filter(|degrees| degrees.is_finite());
        let (lon, lat) = degrees(&self.lon).zip(degrees(&self.lat))?;
        (lat.abs() <= 90.0 && lon.abs() <= 180.0).then_some(Point { lon, lat })
    }

    /// The place it says, or everything that is wrong with it. `known` is the place as it was.
    pub(crate) fn read(&self, w: &Words, atlas: &Atlas, known: Option<&Place>) -> Result<Place, Wrong> {
        let mut wrong = Wrong::default();
        let kind = kind_of(&self.kind);
        if self.name.is_empty() {
            wrong.lines.push(w.t("place-no-name"));
        }
        if kind.is_none() {
            wrong.lines.push(w.t("place-no-kind"));
        }
        let area = match known.filter(|known| known.area.as_str() == self.area) {
            // Where it lay before, though that ended since.
            Some(known) => Some(known.area.clone()),
            None => self.area(w, atlas, &mut wrong),
        };
        let mut day = |written: &str, key: &str| match written.parse::<NaiveDate>() {
            Ok(day) => Some(day),
            Err(_) if written.is_empty() => None,
            Err(_) => {
                wrong.lines.push(w.pair(&w.label("place-fact", key), &w.t("place-no-day")));
                None
            }
        };
        let (opened_on, closed_on) = (day(&self.opened_on, "opened_on"), day(&self.closed_on, "closed_on"));
        if opened_on.zip(closed_on).is_some_and(|(opened, closed)| closed < opened) {
            wrong.lines.push(w.t("place-closed-first"));
        }
        let position = match known.and_then(|known| known.position).filter(|at| self.position() == Some(*at)) {
            Some(kept) => Some(kept),
            None => self.sound_position(w, atlas, area.as_ref(), &mut wrong),
        };
        let aliases = self.aliases.split(';').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        match (kind, area) {
            (Some(kind), Some(area)) if wrong.lines.is_empty() => Ok(Place {
                ssid: known.map_or_else(|| Ssid::from(self.ssid.as_str()), |known| known.ssid.clone()),
                kind,
                name: self.name.clone(),
                area,
                site_type: Some(self.site_type.clone()).filter(|text| !text.is_empty()),
                position,
                opened_on,
                closed_on,
                aliases: aliases.collect(),
                // A place that opens again is itself again.
                merged_into: known.and_then(|known| known.merged_into.clone()).filter(|_| closed_on.is_some()),
            }),
            _ => Err(wrong),
        }
    }

    fn area(&self, w: &Words, atlas: &Atlas, wrong: &mut Wrong) -> Option<Pcode> {
        match area_meant(atlas, &self.area) {
            Ok(pcode) => Some(pcode),
            Err(areas) => {
                wrong.lines.push(match (self.area.is_empty(), areas.is_empty()) {
                    (true, _) => w.t("place-area-missing"),
                    (false, true) => w.t_args("place-no-area", &[("area", Arg::from(self.area.as_str()))]),
                    (false, false) => w.t_args("place-area-which", &[("area", Arg::from(self.area.as_str()))]),
                });
                wrong.areas = areas;
                None
            }
        }
    }

    fn sound_position(&self, w: &Words, atlas: &Atlas, area: Option<&Pcode>, wrong: &mut Wrong) -> Option<Point> {
        if self.lat.is_empty() && self.lon.is_empty() {
            return None;
        }
        let degrees = |written: &str| written.parse::<f64>().unwrap_or(f64::NAN);
        let (lat, lon) = (degrees(&self.lat), degrees(&self.lon));
        let doubted = Country::new(atlas).doubt(area, lat, lon);
        let Some(doubted) = doubted.filter(|one| one.doubt != Doubt::Elsewhere || !self.is_sure) else {
            return Some(Point { lon, lat });
        };
        wrong.lines.push(match (doubted.doubt, doubted.meant) {
            (Doubt::Zero, _) => w.t("place-position-zero"),
            (Doubt::NoPosition, None) => w.t("place-no-position"),
            (Doubt::Elsewhere, None) => w.t("place-position-elsewhere"),
            (_, Some(at)) => w.t_args(
                "place-position-meant",
                &[("lat", Arg::from(at.lat.to_string())), ("lon", Arg::from(at.lon.to_string()))],
            ),
        });
        wrong.doubted = Some(doubted);
        None
    }
}

/// Adds a place. Without an id it gets one that is made of its area's code.
pub(crate) async fn add(
    store: &Store,
    operation: &Operation,
    atlas: &Atlas,
    written: &Written,
    w: &Words,
    stamp: &Stamp,
) -> Result<Place, Unkept> {
    let known = store.places(&operation.id).await?;
    let is_taken = |ssid: &str| known.iter().any(|place| place.ssid.as_str() == ssid);
    let mut read = written.read(w, atlas, None);
    match &mut read {
        Ok(place) if place.ssid.as_str().is_empty() => {
            let mut ids = (1..).map(|n| format!("{}-S{n:03}", place.area));
            place.ssid = Ssid(ids.find(|ssid| !is_taken(ssid)).unwrap_or_default());
        }
        _ if is_taken(&written.ssid) => {
            let mut wrong = read.err().unwrap_or_default();
            wrong.lines.push(w.t_args("place-taken", &[("ssid", Arg::from(written.ssid.as_str()))]));
            read = Err(wrong);
        }
        _ => {}
    }
    let place = read.map_err(Unkept::Wrong)?;
    store.change_places(&operation.id, std::slice::from_ref(&place), &written.reason, stamp).await?;
    Ok(place)
}

/// Changes a place to what is written of it.
pub(crate) async fn change(
    store: &Store,
    operation: &Operation,
    (atlas, known): (&Atlas, &Place),
    written: &Written,
    w: &Words,
    stamp: &Stamp,
) -> Result<PlacesChanged, Unkept> {
    let place = written.read(w, atlas, Some(known)).map_err(Unkept::Wrong)?;
    Ok(store.change_places(&operation.id, &[place], &written.reason, stamp).await?)
}

/// What one place becomes part of, from when, and why.
pub(crate) struct Merge<'a> {
    pub(crate) into: &'a Place,
    pub(crate) on: NaiveDate,
    pub(crate) reason: &'a str,
}

/// Merges a place into another from a day on: its names go over, what is said of it from then on counts there.
pub(crate) async fn merge(
    store: &Store,
    operation: &Operation,
    gone: &Place,
    Merge { into, on, reason }: Merge<'_>,
    w: &Words,
    stamp: &Stamp,
) -> Result<PlacesChanged, Unkept> {
    let refused = |line: String| Err(Unkept::Wrong(Wrong { lines: vec![line], ..Wrong::default() }));
    if into.ssid == gone.ssid || into.merged_into.is_some() || into.closed_on.is_some() {
        return refused(w.t_args("place-no-other", &[("ssid", Arg::from(into.ssid.as_str()))]));
    }
    if gone.opened_on.is_some_and(|opened| on < opened) {
        return refused(w.t("place-closed-first"));
    }
    let mut kept = into.clone();
    for name in std::iter::once(&gone.name).chain(&gone.aliases) {
        if *name != kept.name && !kept.aliases.contains(name) {
            kept.aliases.push(name.clone());
        }
    }
    kept.position = kept.position.or(gone.position);
    let gone = Place { closed_on: Some(on), merged_into: Some(kept.ssid.clone()), ..gone.clone() };
    Ok(store.change_places(&operation.id, &[gone, kept], reason, stamp).await?)
}
