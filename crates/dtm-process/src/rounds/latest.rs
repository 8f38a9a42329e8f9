//! Which record speaks for a place, where several of one round do.
//!
//! The later assessment wins; on the same day the record that was made later. Flow monitoring points are left alone:
//! there every registry entry is another group of people.

use dtm_model::{Observation, RecordId, Ssid};
use std::cmp::Ordering;
use std::collections::HashMap;

/// A record that another record of the same place stands in for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Superseded<'o> {
    pub(crate) place: &'o Ssid,
    pub(crate) dropped: &'o Observation,
    pub(crate) kept: &'o Observation,
    /// Whether both say exactly the same.
    pub(crate) same_figures: bool,
}

/// Splits the observations of stocks by place, keeping one record for each. Places come in order.
pub(crate) fn latest_of_each_place<'o>(
    observations: impl IntoIterator<Item = &'o Observation>,
) -> (Vec<Vec<&'o Observation>>, Vec<Superseded<'o>>) {
    let mut places: HashMap<&Ssid, Vec<&Observation>> = HashMap::new();
    for observation in observations {
        places.entry(&observation.place).or_default().push(observation);
    }
    let mut places: Vec<_> = places.into_iter().collect();
    places.sort_by(|a, b| a.0.cmp(b.0));

    let mut kept = Vec::with_capacity(places.len());
    let mut superseded = Vec::new();
    for (place, observations) in places {
        let mut records = by_record(observations);
        // The newest first.
        records.sort_by(|a, b| newer(b[0], a[0]));
        let mut records = records.into_iter();
        let Some(newest) = records.next() else { continue };
        superseded.extend(records.map(|older| Superseded {
            place,
            dropped: older[0],
            kept: newest[0],
            same_figures: figures_of(&older) == figures_of(&newest),
        }));
        kept.push(newest);
    }
    (kept, superseded)
}

fn by_record(mut observations: Vec<&Observation>) -> Vec<Vec<&Observation>> {
    observations.sort_by(|a, b| {
        let key = |o: &Observation| (o.record.clone(), std::cmp::Reverse(o.observed_on));
        key(a).cmp(&key(b)).then_with(|| (&a.indicator, &a.breakdown).cmp(&(&b.indicator, &b.breakdown)))
    });
    observations.chunk_by(|a, b| a.record == b.record).map(<[_]>::to_vec).collect()
}

fn newer(a: &Observation, b: &Observation) -> Ordering {
    let key = |o: &Observation| -> (chrono::NaiveDate, RecordId) { (o.observed_on, o.record.clone()) };
    key(a).cmp(&key(b))
}

fn figures_of<'o>(observations: &[&'o Observation]) -> Vec<(&'o str, &'o dtm_model::Breakdown, i64)> {
    let mut figures: Vec<_> =
        observations.iter().map(|o| (o.indicator.as_str(), &o.breakdown, (o.value * 1000.0).round() as i64)).collect();
    figures.sort_unstable();
    figures
}
