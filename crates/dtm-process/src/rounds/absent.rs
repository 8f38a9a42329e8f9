//! «Nobody here» is a count of zero.
//!
//! A place that was visited and said to have no displaced people is reached, and its figure is zero: it must neither
//! keep its figure of the round before nor look as if nothing had been collected. In go the visits that the mapping
//! read; out come observations of zero for the totals of every group that was said to be absent. A visit in which the
//! question was left open gives nothing, and the place counts as not reached.

use crate::mapping::{Mapping, Visit};
use dtm_model::{Breakdown, Observation, Place, PlaceKind, Setting, Ssid};
use std::collections::{BTreeSet, HashMap};

/// Observations of zero for the groups that visits found absent. Join them to those the mapping read.
pub fn absent_as_zero(mapping: &Mapping, visits: &[Visit], places: &[Place]) -> Vec<Observation> {
    let places: HashMap<&Ssid, &Place> = places.iter().map(|place| (&place.ssid, place)).collect();
    let mut zeros = Vec::new();
    for visit in visits {
        let Some(place) = places.get(&visit.place) else { continue };
        let groups = visit.absent.iter().filter_map(|group| mapping.groups.get(group));
        let totals: BTreeSet<&str> = groups
            .flat_map(|group| &group.measures)
            .filter(|measure| measure.is_everyone())
            .map(|measure| measure.indicator.as_str())
            .collect();
        zeros.extend(totals.into_iter().map(|indicator| Observation {
            record: visit.record.clone(),
            place: visit.place.clone(),
            area: place.area.clone(),
            setting: match place.kind {
                PlaceKind::Site => Some(Setting::Site),
                PlaceKind::HostCommunity => Some(Setting::HostCommunity),
                PlaceKind::FlowPoint => None,
            },
            indicator: indicator.to_owned(),
            breakdown: Breakdown::default(),
            value: 0.0,
            observed_on: visit.observed_on,
        }));
    }
    zeros
}
