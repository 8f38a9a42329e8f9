//! Where the records of a form lie, kept beside them so that who sees some areas only is not made to wait for the others.
//!
//! Whether a row is theirs is still asked of its answers, each time; what is kept only says which rows need not be asked.
//! It is kept for sealed records, while anybody is narrowed to areas, and found out anew when the mapping, the places or
//! the areas change. Until then every row is looked at.

use crate::world;
use anyhow::Result;
use dtm_engine::columns::{self, Cell, Columns};
use dtm_model::{Answer, Answers, Atlas, BlobHash, Exercise, FormId, Operation, Pcode, Place, Point, RecordId, Ssid};
use dtm_process::mapping::{Mapping, PositionMapping, Whereabouts};
use dtm_store::{Blobs, Form, Near, Stamp, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// More areas than this are not named to the database; then every row is looked at.
const MOST_AREAS: usize = 5000;
/// Records whose area is written in one transaction.
const TOGETHER: usize = 1000;

/// What tells the area of a form's records.
#[derive(Default)]
pub(crate) struct Bearings {
    pub(crate) mapping: Mapping,
    atlas: Arc<Atlas>,
    places: HashMap<Ssid, Pcode>,
    /// Changes when any of it changes.
    pub(crate) fingerprint: String,
}

impl Bearings {
    /// Those of records mapped by `text`, in an operation whose areas are these.
    pub(crate) async fn of(
        store: &Store,
        operation: &Operation,
        atlas: Arc<Atlas>,
        text: Option<String>,
        places: Vec<Place>,
    ) -> Result<Self, StoreError> {
        let atlas_edition = store.atlas_edition(&operation.admin0).await?;
        // A form without a mapping has rows that lie nowhere.
        let mapping = text.as_deref().and_then(|text| Mapping::from_toml(text).ok()).unwrap_or_default();
        let places: BTreeMap<Ssid, Pcode> = places.into_iter().map(|place| (place.ssid, place.area)).collect();
        let mut print = format!("{atlas_edition}\n{}\n", text.unwrap_or_default());
        for (ssid, area) in &places {
            print += &format!("{ssid}\t{area}\n");
        }
        let fingerprint = BlobHash::of(print.as_bytes()).to_string();
        Ok(Self { mapping, atlas, places: places.into_iter().collect(), fingerprint })
    }

    /// Tells the areas of records.
    pub(crate) fn whereabouts(&self) -> Whereabouts<'_> {
        Whereabouts::new(&self.mapping, &self.atlas, &self.places)
    }

    /// The p-codes of these areas and of all below them; none where they are too many to be named.
    pub(crate) fn near(&self, areas: &BTreeSet<&Pcode>) -> Option<Vec<String>> {
        let above = |pcode: &Pcode, level: u8| {
            (0..=level).any(|level| self.atlas.ancestor(pcode, level).is_some_and(|above| areas.contains(&above.pcode)))
        };
        let within = self.atlas.areas().filter(|area| above(&area.pcode, area.level)).map(|area| &area.pcode);
        let all: BTreeSet<String> = within.chain(areas.iter().copied()).map(ToString::to_string).collect();
        (all.len() <= MOST_AREAS).then(|| all.into_iter().collect())
    }
}

/// What narrows a list of a form to the rows that may be theirs who see these areas, and what they sent; none where
/// every row must be looked at.
pub(crate) async fn near(
    store: &Store,
    form: &FormId,
    bearings: Option<&Bearings>,
    areas: &BTreeSet<&Pcode>,
    sender: Option<String>,
) -> Result<Option<Near>, StoreError> {
    if areas.is_empty() {
        return Ok(Some(Near { areas: Vec::new(), sender }));
    }
    let Some(bearings) = bearings else { return Ok(None) };
    if store.areas_known_by(form).await?.as_ref() != Some(&bearings.fingerprint) {
        return Ok(None);
    }
    Ok(bearings.near(areas).map(|areas| Near { areas, sender }))
}

/// The areas of a form's records, as they are found out beside the sealing.
pub(crate) struct Located {
    form: FormId,
    bearings: Bearings,
    /// The columns that tell an area, in all versions of the form.
    columns: Vec<String>,
}

impl Located {
    pub(crate) async fn of(store: &Store, operation: &Operation, exercise: &Exercise, form: &Form) -> Result<Self> {
        let text = store.mapping(&exercise.id, &form.xml_form_id).await?.map(|(_, text)| text);
        let atlas = Arc::new(store.atlas(&operation.admin0).await?);
        let places = store.places(&operation.id).await?;
        let bearings = Bearings::of(store, operation, atlas, text, places).await?;
        let versions = store.form_versions(&form.id).await?;
        let fields = versions.iter().flat_map(|version| &version.schema.fields).map(|field| field.path.as_str());
        let columns = columns_of(&bearings.mapping, fields);
        Ok(Self { form: form.id.clone(), bearings, columns })
    }

    pub(crate) fn fingerprint(&self) -> &str {
        &self.bearings.fingerprint
    }

    /// The area of each of these answers, empty where they lie nowhere.
    pub(crate) fn areas_of<'a>(&self, answers: impl Iterator<Item = &'a Answers>) -> Vec<String> {
        let whereabouts = self.bearings.whereabouts();
        answers.map(|answers| area_in(&whereabouts, answers)).collect()
    }

    /// Finds out anew where the sealed records lie, if what that rests on has changed.
    pub(crate) async fn bring_up_to_date(&self, store: &Store, blobs: &Blobs) -> Result<()> {
        let fingerprint = self.fingerprint();
        if store.areas_known_by(&self.form).await?.as_deref() == Some(fingerprint) {
            return Ok(());
        }
        let stamp = Stamp::new(world::now(), "job:locate");
        let work = format!("work:{}", hex::encode(world::random::<8>()));
        store.begin_locating(&self.form, &work, &stamp).await?;
        for segment in store.lying(&self.form).await?.segments {
            let bytes = blobs.get(&segment.hash).await?;
            let asked = self.columns.clone();
            let columns = tokio::task::spawn_blocking(move || columns::read(&bytes, &asked)).await??;
            for areas in self.areas_in(&columns)?.chunks(TOGETHER) {
                match store.locate(&self.form, &work, &segment.hash, areas, &stamp).await {
                    Ok(()) => {}
                    // Another server does it, from what it knows later.
                    Err(StoreError::Conflict { what: "locating_overtaken" }) => return Ok(()),
                    Err(error) => return Err(error.into()),
                }
            }
        }
        match store.end_locating(&self.form, &work, fingerprint, &stamp).await {
            Ok(()) | Err(StoreError::Conflict { what: "locating_overtaken" }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn areas_in(&self, columns: &Columns) -> Result<Vec<(RecordId, String)>> {
        let whereabouts = self.bearings.whereabouts();
        let mut areas = Vec::with_capacity(columns.ids().len());
        for (row, id) in columns.ids().iter().enumerate() {
            let mut answers = Answers::default();
            for column in &self.columns {
                let answer = match columns.cell(column, row) {
                    Cell::Text(text) => Answer::Text(text.to_owned()),
                    Cell::Int(n) => Answer::Integer(n),
                    // A position has two columns.
                    Cell::Number(lat) if column.ends_with(LAT) => {
                        let path = column.trim_end_matches(LAT);
                        let Cell::Number(lon) = columns.cell(&format!("{path}{LON}"), row) else { continue };
                        answers.values.insert(path.to_owned(), Answer::Point(Point { lat, lon }));
                        continue;
                    }
                    Cell::Number(n) => Answer::Decimal(n),
                    _ => continue,
                };
                answers.values.insert(column.clone(), answer);
            }
            areas.push((RecordId::of_number(*id), area_in(&whereabouts, &answers)));
        }
        Ok(areas)
    }
}

/// How the columns of a position end.
const LAT: &str = ".lat";
const LON: &str = ".lon";

/// The columns of the questions that a mapping asks for a place; it may name them by their last part.
fn columns_of<'a>(mapping: &Mapping, paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let place = &mapping.place;
    let mut plain: Vec<&String> = place.ssid.iter().chain(&place.area).collect();
    let mut point = None;
    match &place.position {
        Some(PositionMapping::One { question }) => point = Some(question),
        Some(PositionMapping::Two { lat, lon }) => plain.extend([lat, lon]),
        None => {}
    }
    let is = |path: &str, question: &String| path == question || path.rsplit('/').next() == Some(question.as_str());
    let mut columns = BTreeSet::new();
    for path in paths {
        if plain.iter().any(|question| is(path, question)) {
            columns.insert(path.to_owned());
        }
        if point.is_some_and(|question| is(path, question)) {
            // As text where an earlier version of the form asked for text.
            columns.extend([path.to_owned(), format!("{path}{LAT}"), format!("{path}{LON}")]);
        }
    }
    columns.into_iter().collect()
}

fn area_in(whereabouts: &Whereabouts<'_>, answers: &Answers) -> String {
    whereabouts.area_of(answers).map(|area| area.to_string()).unwrap_or_default()
}
