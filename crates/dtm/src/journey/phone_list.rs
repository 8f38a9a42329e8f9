//! The list of places that phones use: an entity list made of the operation's places, and kept as they are.
//!
//! Forms read it like any list (`select_one_from_file places.csv`). A place that stands is an entity, found again by its
//! `ssid`; one that closed or goes on in another leaves the list. Only what differs is written, so that phones fetch little.

use super::feed::Job;
use super::places::SiteTypes;
use crate::http::App;
use crate::world;
use anyhow::Result;
use dtm_model::{Atlas, EntityId, EntityListId, FieldKind, Lang, Operation, OperationId, Place};
use dtm_process::places::kind_code;
use dtm_publish::words::Words;
use dtm_store::{EntityFilter, EntityList, EntityPatch, EntityRow, NewEntity, Stamp, Store};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// What the list is called where the operation has none of this name.
pub(crate) const NAME: &str = "places";

/// What is told of each place, with its type. `adm1` to `adm4` are the codes of the areas around it, under the names that
/// the choice filters of our standard forms have, so that a form that asks for the first level first narrows the list by
/// it; `admin1` to `admin3` are their names. What has a code has its words beside it. `geometry` is where ODK Collect looks
/// for a place on the map.
const PROPERTIES: [(&str, FieldKind); 17] = [
    ("ssid", FieldKind::Text),
    ("name", FieldKind::Text),
    ("kind", FieldKind::Text),
    ("kind_en", FieldKind::Text),
    ("kind_fr", FieldKind::Text),
    ("area", FieldKind::Text),
    ("adm1", FieldKind::Text),
    ("adm2", FieldKind::Text),
    ("adm3", FieldKind::Text),
    ("adm4", FieldKind::Text),
    ("admin1", FieldKind::Text),
    ("admin2", FieldKind::Text),
    ("admin3", FieldKind::Text),
    ("site_type", FieldKind::Text),
    ("site_type_en", FieldKind::Text),
    ("site_type_fr", FieldKind::Text),
    ("geometry", FieldKind::Geopoint),
];
/// The property that finds a place again.
const SSID: &str = "ssid";
/// The property that says where it lies.
const AREA: &str = "area";

/// The list of an operation that follows its places.
pub(crate) async fn find(store: &Store, operation: &OperationId) -> Result<Option<EntityList>> {
    Ok(store.lists_of_places(Some(operation)).await?.into_iter().next())
}

/// Makes the list and fills it. Where the operation has a list of that name that somebody else fills, none is made.
pub(crate) async fn begin(store: &Store, operation: &Operation, stamp: &Stamp) -> Result<Option<EntityList>> {
    if let Some(list) = find(store, &operation.id).await? {
        return Ok(Some(list));
    }
    if store.similar_entity_list(&operation.id, NAME).await?.is_some() {
        return Ok(None);
    }
    store.create_entity_list(&world::fresh(EntityListId::new), &operation.id, NAME, [false, false], stamp).await?;
    let Some(list) = store.entity_list(&operation.id, NAME).await? else { return Ok(None) };
    add_properties(store, &list, stamp).await?;
    store.set_entity_area(&list, Some(AREA), stamp).await?;
    store.follow_places(&list, true, stamp).await?;
    let Some(list) = store.entity_list(&operation.id, NAME).await? else { return Ok(None) };
    follow(store, operation, &list).await?;
    Ok(Some(list))
}

/// Adds the properties that the list lacks: all of them to a new one, those that came later to one made before.
async fn add_properties(store: &Store, list: &EntityList, stamp: &Stamp) -> Result<()> {
    for (name, kind) in PROPERTIES {
        if !list.properties.iter().any(|property| property.name == name) {
            store.add_entity_property(list, name, kind, stamp).await?;
        }
    }
    Ok(())
}

/// The label and the values of an entity.
type Told = (String, BTreeMap<String, String>);

/// A place as phones have it.
fn told(place: &Place, atlas: &Atlas, types: &SiteTypes) -> Told {
    let above = |level: u8| {
        let area = atlas.ancestor(&place.area, level).map(|area| area.name.get(Lang::default()).to_owned());
        area.unwrap_or_default()
    };
    let code = |level: u8| atlas.ancestor(&place.area, level).map(|area| area.pcode.to_string()).unwrap_or_default();
    let site_type = place.site_type.clone().unwrap_or_default();
    let in_words = |lang: Lang| types.name(lang, &site_type);
    let kind = |lang: Lang| Words::of(lang).label("place-kind", kind_code(place.kind));
    let position = place.position.map(|at| format!("{} {} 0 0", at.lat, at.lon));
    let values = [
        (SSID, place.ssid.to_string()),
        ("name", place.name.clone()),
        ("kind", kind_code(place.kind).to_owned()),
        ("kind_en", kind(Lang::En)),
        ("kind_fr", kind(Lang::Fr)),
        (AREA, place.area.to_string()),
        ("adm1", code(1)),
        ("adm2", code(2)),
        ("adm3", code(3)),
        ("adm4", code(4)),
        ("admin1", above(1)),
        ("admin2", above(2)),
        ("admin3", above(3)),
        ("site_type_en", in_words(Lang::En)),
        ("site_type_fr", in_words(Lang::Fr)),
        ("site_type", site_type),
        ("geometry", position.unwrap_or_default()),
    ];
    let label = format!("{} ({})", place.name, place.ssid);
    (label, values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Who makes the entities, as the audit log names it.
const JOB: &str = "job:places";

/// An entity as the list has it.
#[derive(Clone)]
struct Known {
    id: EntityId,
    label: String,
    data: BTreeMap<String, String>,
    created_by: String,
}

/// What has to change in a list so that it is as the places are.
#[derive(Debug, Default)]
struct Changes {
    add: Vec<NewEntity>,
    patch: Vec<(EntityId, EntityPatch)>,
    delete: Vec<EntityId>,
}

/// Holds the entities of a list against the places. What a form registered and no round has made a place of yet stays.
fn changes(
    rows: Vec<Known>,
    places: &[Place],
    (atlas, types): (&Atlas, &SiteTypes),
    mut fresh: impl FnMut() -> EntityId,
) -> Changes {
    let stands = |place: &&Place| place.closed_on.is_none() && place.merged_into.is_none();
    let (standing, gone): (Vec<&Place>, Vec<&Place>) = places.iter().partition(stands);
    let gone: BTreeSet<&str> = gone.into_iter().map(|place| place.ssid.as_str()).collect();
    let mut wanted: BTreeMap<&str, Told> =
        standing.into_iter().map(|place| (place.ssid.as_str(), told(place, atlas, types))).collect();
    let mut changes = Changes::default();
    for row in rows {
        let Known { id, label: was, data: before, created_by } = row;
        let ssid = before.get(SSID).map_or("", String::as_str);
        let Some((label, values)) = wanted.remove(ssid) else {
            if created_by == JOB || gone.contains(ssid) {
                changes.delete.push(id);
            }
            continue;
        };
        let known = |name: &str| before.get(name).map_or("", String::as_str);
        let data: BTreeMap<String, String> = values.into_iter().filter(|(name, value)| known(name) != value).collect();
        let label = (was != label).then_some(label);
        if label.is_some() || !data.is_empty() {
            changes.patch.push((id, EntityPatch { label, data, ..EntityPatch::default() }));
        }
    }
    changes.add = wanted.into_values().map(|(label, data)| NewEntity { id: fresh(), label, data }).collect();
    changes
}

/// Entities read at once.
const PAGE: u32 = 2000;

/// Brings a list to what the places are.
async fn follow(store: &Store, operation: &Operation, list: &EntityList) -> Result<()> {
    let atlas = store.atlas(&operation.admin0).await?;
    let places = store.places(&operation.id).await?;
    let types = SiteTypes::known(store).await?;
    let (mut rows, mut before) = (Vec::new(), None);
    loop {
        let page = store.entity_rows(list, &EntityFilter::default(), before, PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        before = page.last().map(|row| row.seq);
        rows.extend(page.into_iter().filter_map(|row: EntityRow| {
            let EntityRow { id, label, data, created_by, .. } = row;
            Some(Known { id: id.parse().ok()?, label, data, created_by })
        }));
        if is_last {
            break;
        }
    }
    let Changes { add, patch, delete } = changes(rows, &places, (&atlas, &types), || EntityId::new(world::random()));
    let stamp = &Stamp::new(world::now(), JOB);
    add_properties(store, list, stamp).await?;
    if !add.is_empty() {
        let source = serde_json::json!({ "name": "places", "count": add.len() });
        store.create_entities(list, &add, Some(source), None, stamp).await?;
    }
    for (id, patch) in &patch {
        store.update_entity(list, id, patch, stamp).await?;
    }
    if !delete.is_empty() {
        store.delete_entities(list, &delete, stamp).await?;
    }
    Ok(())
}

/// Keeps the lists of all operations as their places are.
#[derive(Default)]
pub(crate) struct Following {
    /// As of which state of the places and areas each list is.
    marks: HashMap<OperationId, ((i64, i64), i64)>,
}

impl Job for Following {
    const EVERY: Duration = Duration::from_secs(10);
    const REST: u32 = 10;
    const UNDONE: &'static str = "the list of places for phones could not be brought up to date; it is tried again";

    async fn turn(&mut self, app: &App) -> Result<()> {
        for list in app.store.lists_of_places(None).await? {
            let Some(operation) = app.store.operation(&list.operation).await? else { continue };
            let mark = (app.store.places_mark(&operation.id).await?, app.store.atlas_edition(&operation.admin0).await?);
            if self.marks.get(&operation.id) != Some(&mark) {
                follow(&app.store, &operation, &list).await?;
                self.marks.insert(operation.id, mark);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{PlaceKind, Point};

    fn place(ssid: &str, name: &str) -> Place {
        Place {
            ssid: ssid.into(),
            kind: PlaceKind::Site,
            name: name.to_owned(),
            area: "XS0101".into(),
            site_type: None,
            position: Some(Point { lon: -72.5, lat: 18.5 }),
            opened_on: None,
            closed_on: None,
            aliases: Vec::new(),
            merged_into: None,
        }
    }

    fn known(entity: &NewEntity, created_by: &str) -> Known {
        let NewEntity { id, label, data } = entity.clone();
        Known { id, label, data, created_by: created_by.to_owned() }
    }

    #[test]
    fn a_list_follows_its_places_and_leaves_alone_what_a_form_registered() {
        let (atlas, types) = (Atlas::default(), SiteTypes::default());
        let of = (&atlas, &types);
        let mut number = 0_u8;
        let mut fresh = || {
            number += 1;
            EntityId::new([number; 16])
        };
        let (camp, school) = (place("S1", "Camp Lespwa"), place("S2", "School"));
        let first = changes(Vec::new(), &[camp.clone(), school.clone()], of, &mut fresh);
        assert_eq!((first.add.len(), first.add[0].label.as_str()), (2, "Camp Lespwa (S1)"));
        assert_eq!(first.add[0].data["geometry"], "18.5 -72.5 0 0");
        assert_eq!([&first.add[0].data["kind_en"], &first.add[0].data["kind_fr"]], ["Site", "Site"]);
        let mut rows: Vec<Known> = first.add.iter().map(|one| known(one, JOB)).collect();
        let mut registered = rows[0].clone();
        registered.id = EntityId::new([9; 16]);
        registered.created_by = "field-key:1".to_owned();
        registered.data.insert(SSID.to_owned(), "S9".to_owned());
        rows.push(registered);
        let same = changes(rows.clone(), &[camp.clone(), school.clone()], of, &mut fresh);
        assert!(same.add.is_empty() && same.patch.is_empty() && same.delete.is_empty(), "{same:?}");

        let renamed = Place { name: "Camp Espoir".to_owned(), ..camp };
        let closed = Place { closed_on: chrono::NaiveDate::from_ymd_opt(2026, 2, 1), ..school };
        let then = changes(rows, &[renamed, closed], of, &mut fresh);
        let [(id, patch)] = &then.patch[..] else { panic!("{then:?}") };
        assert_eq!((id, patch.label.as_deref()), (&first.add[0].id, Some("Camp Espoir (S1)")));
        assert_eq!(patch.data.keys().collect::<Vec<_>>(), ["name"]);
        assert_eq!((then.add.len(), &then.delete[..]), (0, &[first.add[1].id.clone()][..]));
    }
}
