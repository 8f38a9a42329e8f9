//! Areas and places come in from files, are held against what is known before anything changes, and change together.

use crate::cli::Mistakes;
use crate::spreadsheet;
use anyhow::Result;
use chrono::NaiveDate;
use dtm_model::{Area, Atlas, Boundary, Lang, Operation, Pcode, Place, Ssid};
use dtm_process::places::{self, AreaOptions, Compared, PlaceProblem, Rehomed, Succession};
use dtm_store::{PlacesChanged, Stamp, Store};
use std::collections::{BTreeMap, BTreeSet};

/// A list of places as it was brought, held against those known.
pub(crate) struct ListRead {
    /// Each place of the list as it would stand.
    pub(crate) compared: Vec<Compared>,
    /// What is wrong with rows, or was repaired in them.
    pub(crate) problems: Vec<PlaceProblem>,
}

impl ListRead {
    /// How many would be new, other than they are, and the same.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        let n_new = self.compared.iter().filter(|one| one.is_new).count();
        let n_changed = self.compared.iter().filter(|one| !one.differences.is_empty()).count();
        (n_new, n_changed, self.compared.len() - n_new - n_changed)
    }
}

/// Rows as the text of one CSV file.
fn as_csv(rows: Vec<Vec<String>>) -> Result<String> {
    let mut text = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        text.write_record(row)?;
    }
    Ok(String::from_utf8(text.into_inner()?)?)
}

/// Reads a list of localities, sites and flow monitoring points, a CSV file or a spreadsheet. Nothing changes by it.
pub(crate) async fn read_list(
    store: &Store,
    operation: &Operation,
    bytes: Vec<u8>,
    file_name: &str,
    lang: Lang,
) -> Result<ListRead> {
    let atlas = store.atlas(&operation.admin0).await?;
    let known = store.places(&operation.id).await?;
    let name = file_name.to_owned();
    let rows = tokio::task::spawn_blocking(move || spreadsheet::read(&bytes, &name)).await?;
    let csv = as_csv(rows.map_err(|error| Mistakes::one(error.message(lang)))?)?;
    let compare = move || {
        let (file, problems) = places::read_places(&csv, &atlas);
        ListRead { compared: places::compare_places(&known, file), problems }
    };
    Ok(tokio::task::spawn_blocking(compare).await?)
}

/// Takes the places of a list over: those that are new and those that are otherwise than known.
pub(crate) async fn take_list(
    store: &Store,
    operation: &Operation,
    read: ListRead,
    reason: &str,
    stamp: &Stamp,
) -> Result<PlacesChanged> {
    let places: Vec<Place> = read.compared.into_iter().map(|one| one.place).collect();
    Ok(store.change_places(&operation.id, &places, reason, stamp).await?)
}

/// A file of areas and outlines as it was brought, held against those known.
pub(crate) struct AreasRead {
    pub(crate) before: Atlas,
    pub(crate) areas: Vec<Area>,
    pub(crate) boundaries: Vec<Boundary>,
    /// What it would change.
    pub(crate) succession: Succession,
    /// What somebody should look at.
    pub(crate) problems: Vec<PlaceProblem>,
}

impl AreasRead {
    /// The areas that would end, with what they became.
    fn ended(&self, ends: &BTreeSet<Pcode>) -> BTreeMap<Pcode, Vec<Pcode>> {
        let codes = |became: &[(Pcode, f64)]| became.iter().map(|(pcode, _)| pcode.clone()).collect();
        let ended = self.succession.ended().filter(|(pcode, _)| ends.contains(pcode));
        ended.map(|(pcode, became)| (pcode.clone(), codes(became))).collect()
    }

    fn outlines(&self) -> Atlas {
        Atlas::new(std::iter::empty(), self.boundaries.iter().cloned())
    }

    /// The places whose area would end, with the one they would lie in.
    pub(crate) fn rehomed(&self, known: &[Place], ends: &BTreeSet<Pcode>) -> Vec<Rehomed> {
        places::rehomed(known, &self.ended(ends), &self.outlines())
    }

    /// The areas below those that would end, in what these became.
    fn reparented(&self, ends: &BTreeSet<Pcode>) -> Vec<Area> {
        places::reparented(&self.before, &self.ended(ends), &self.areas, &self.outlines())
    }
}

/// Reads a file of areas. Nothing changes by it.
pub(crate) async fn read_areas(
    store: &Store,
    operation: &Operation,
    bytes: Vec<u8>,
    file_name: &str,
    mut options: AreaOptions,
    lang: Lang,
) -> Result<AreasRead> {
    let before = store.atlas(&operation.admin0).await?;
    options.country.get_or_insert_with(|| operation.admin0.0.clone());
    options.known = before.areas().map(|area| area.pcode.clone()).collect();
    let name = file_name.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let read = places::read_areas(&bytes, &name, &options)?;
        let mut areas = read.areas;
        areas.extend(read.parents.into_iter().filter(|parent| before.area(&parent.pcode).is_none()));
        let succession = places::succession(&before, &areas, &read.boundaries);
        Ok(AreasRead { before, areas, boundaries: read.boundaries, succession, problems: read.problems })
    });
    read.await?.map_err(|error: places::PlaceFileError| Mistakes::one(error.message(lang)))
}

/// From when a file of areas holds, and what ends with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct From {
    /// The first day of what is new; nothing where it is not known.
    pub(crate) day: Option<NaiveDate>,
    /// Areas that the file has no more and that ended the day before.
    pub(crate) ends: BTreeSet<Pcode>,
}

/// What taking a file of areas over gave.
pub(crate) struct AreasTaken {
    pub(crate) n_areas: usize,
    pub(crate) n_boundaries: usize,
    pub(crate) n_ended: usize,
    /// Places that lie in another area now.
    pub(crate) n_moved: usize,
    /// Places whose area ended and of which an officer must say where they lie.
    pub(crate) unplaced: Vec<Ssid>,
    /// What somebody should look at.
    pub(crate) problems: Vec<PlaceProblem>,
}

/// Takes a file of areas over, and the places of areas that end to those they became.
pub(crate) async fn take_areas(
    store: &Store,
    operation: &Operation,
    read: AreasRead,
    from: &From,
    reason: &str,
    stamp: &Stamp,
) -> Result<AreasTaken> {
    let known = store.places(&operation.id).await?;
    let rehomed = read.rehomed(&known, &from.ends);
    let mut areas = places::areas_from(&read.before, &read.areas, &read.succession, &from.ends, from.day);
    let below = read.reparented(&from.ends);
    let n_below = below.len();
    areas.extend(below);
    store.change_areas(&operation.admin0, &areas, &read.boundaries, reason, stamp).await?;
    let known: BTreeMap<&Ssid, &Place> = known.iter().map(|place| (&place.ssid, place)).collect();
    let moved: Vec<Place> = rehomed
        .iter()
        .filter_map(|one| Some(Place { area: one.to.clone()?, ..(*known.get(&one.ssid)?).clone() }))
        .collect();
    store.change_places(&operation.id, &moved, reason, stamp).await?;
    let mut problems = read.problems;
    problems.extend(places::check_hierarchy(&store.atlas(&operation.admin0).await?));
    let n_ended = areas.iter().filter(|area| from.ends.contains(&area.pcode)).count();
    Ok(AreasTaken {
        n_areas: areas.len() - n_ended - n_below,
        n_boundaries: read.boundaries.len(),
        n_ended,
        n_moved: moved.len(),
        unplaced: rehomed.into_iter().filter(|one| one.to.is_none()).map(|one| one.ssid).collect(),
        problems,
    })
}
