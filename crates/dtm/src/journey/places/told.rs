//! Places and areas as programs are told of them, over the REST API and on the command line.

use super::{SiteTypes, spellings};
use dtm_model::{Area, Atlas, Lang, Place};
use dtm_process::places::{Difference, area_differences, differences, kind_code};
use dtm_store::{AreaVersion, PlaceVersion};
use serde_json::{Value, json};

/// A place with the names of what has a code.
pub(crate) fn place_json(place: &Place, atlas: &Atlas, types: &SiteTypes, lang: Lang) -> Value {
    let around = (1..=4).filter_map(|level| atlas.ancestor(&place.area, level));
    let around: Vec<Value> = around.map(|area| json!({ "pcode": area.pcode, "name": area.name.get(lang) })).collect();
    json!({
        "ssid": place.ssid, "name": place.name, "aliases": place.aliases, "kind": kind_code(place.kind),
        "siteType": place.site_type, "siteTypeName": place.site_type.as_deref().map(|code| types.name(lang, code)),
        "area": place.area, "areas": around,
        "position": place.position.map(|at| json!({ "lat": at.lat, "lon": at.lon })),
        "openedOn": place.opened_on, "closedOn": place.closed_on, "mergedInto": place.merged_into,
    })
}

fn told(differences: &[Difference]) -> Vec<Value> {
    differences.iter().map(|one| json!({ "fact": one.fact, "old": one.old, "new": one.new })).collect()
}

fn past_json(
    what: &'static str,
    (version, by, at, reason): (i64, &str, dtm_model::Instant, &str),
    changes: &[Difference],
) -> Value {
    let is_known = at.as_millis() > 0;
    json!({
        "version": version, "what": what, "changes": told(changes), "reason": reason, "by": by,
        "at": is_known.then(|| at.to_string()), "change": is_known.then(|| at.as_millis()),
    })
}

/// What was done to a place, newest first.
pub(crate) fn place_past_json(versions: &[PlaceVersion]) -> Vec<Value> {
    let line = |(at, version): (usize, &PlaceVersion)| {
        let before = versions.get(at + 1).and_then(|before| before.place.as_ref());
        let (what, changes) = match (before, &version.place) {
            (Some(before), Some(place)) => ("changed", differences(before, place)),
            (None, Some(_)) => ("added", Vec::new()),
            (_, None) => ("takenBack", Vec::new()),
        };
        past_json(what, (version.version, &version.by, version.at, &version.reason), &changes)
    };
    versions.iter().enumerate().map(line).collect()
}

/// An area with the codes of what it lies in and became.
pub(crate) fn area_json(area: &Area, n_places: usize) -> Value {
    json!({
        "pcode": area.pcode, "level": area.level, "parent": area.parent, "name": area.name,
        "aliases": spellings(area), "validFrom": area.valid_from, "validTo": area.valid_to, "became": area.became,
        "places": n_places,
    })
}

/// What was done to an area, newest first.
pub(crate) fn area_past_json(versions: &[AreaVersion]) -> Vec<Value> {
    let line = |(at, version): (usize, &AreaVersion)| {
        let before = versions.get(at + 1).and_then(|before| before.area.as_ref());
        let (what, mut changes) = match (before, &version.area) {
            (Some(before), Some(area)) => ("changed", area_differences(before, area)),
            (None, Some(_)) => ("added", Vec::new()),
            (_, None) => ("takenBack", Vec::new()),
        };
        if version.is_redrawn && what == "changed" {
            changes.push(Difference { fact: "outline", old: String::new(), new: String::new() });
        }
        past_json(what, (version.version, &version.by, version.at, &version.reason), &changes)
    };
    versions.iter().enumerate().map(line).collect()
}
