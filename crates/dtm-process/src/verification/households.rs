//! Persons where only households were counted, in a whole round.
//!
//! Takes the figures of the round and of those before; a place that counted both households and persons, this time or
//! last, is a sample of the average household. Where a place has households and no persons, persons are households times
//! its average household, marked as estimated, in the parts (reasons, origins) that the households have.

use super::sources::persons;
use super::{
    HouseholdSize, HouseholdSizes, Reason, SizeFrom, SizeSample, SourceFigure, VerificationInput, VerifiedPlace,
    combine, household_sizes,
};
use crate::apportion;
use crate::codes::{IDP_HH, IDP_IND};
use crate::counts::{everyone, total};
use dtm_model::{Breakdown, Figure, How, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The average household that persons were computed with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeUsed {
    /// Persons a household.
    pub persons: f64,
    /// The smallest step that has households of its own.
    pub from: SizeFrom,
    /// How many households that step rests on.
    pub n_households: f64,
    /// The households of the place.
    pub households: Option<f64>,
}

impl SizeUsed {
    pub(super) fn new(size: HouseholdSize, households: Option<f64>) -> Self {
        Self { persons: size.persons, from: size.from, n_households: size.n_households, households }
    }
}

fn by_place<'f>(figures: impl IntoIterator<Item = &'f Figure>) -> BTreeMap<&'f Ssid, Vec<&'f Figure>> {
    let mut places: BTreeMap<&Ssid, Vec<&Figure>> = BTreeMap::new();
    for figure in figures.into_iter().filter(|figure| [IDP_IND, IDP_HH].contains(&figure.indicator.as_str())) {
        places.entry(&figure.place).or_default().push(figure);
    }
    places
}

/// The average households of a round: of every place the newest round in which both were counted there.
pub(super) fn of_round(input: &VerificationInput<'_>) -> Option<HouseholdSizes> {
    let rounds = [input.figures].into_iter().chain(input.earlier.iter().map(|(_, figures)| figures.as_slice()));
    let mut samples: BTreeMap<&Ssid, SizeSample> = BTreeMap::new();
    for figures in rounds {
        let counted = figures.iter().filter(|figure| !matches!(figure.how, How::Carried { .. } | How::Estimated));
        for (place, figures) in by_place(counted) {
            let (Some(households), Some(persons)) = (total(&figures, IDP_HH), persons(&figures)) else { continue };
            samples.entry(place).or_insert_with(|| SizeSample {
                place: place.clone(),
                area: figures[0].area.clone(),
                households: households as f64,
                persons: persons as f64,
            });
        }
    }
    let samples: Vec<SizeSample> = samples.into_values().collect();
    household_sizes(&samples, input.atlas, input.rules.household_weight)
}

/// Adds persons at places that have households and nothing else.
pub(super) fn estimate(
    figures: &mut Vec<Figure>,
    sizes: Option<&HouseholdSizes>,
    input: &VerificationInput<'_>,
    places: &mut BTreeMap<Ssid, VerifiedPlace>,
) {
    let Some(sizes) = sizes else { return };
    let mut made = Vec::new();
    for (place, figures) in by_place(figures.iter()) {
        let households = everyone(&figures, IDP_HH);
        let counted: Vec<f64> = households.iter().map(|figure| figure.value.max(0.0)).collect();
        let n_households: f64 = counted.iter().sum();
        let is_carried = households.iter().any(|figure| matches!(figure.how, How::Carried { .. }));
        if n_households <= 0.0 || is_carried || figures.iter().any(|figure| figure.indicator == IDP_IND) {
            continue;
        }
        let size = sizes.of(place, &figures[0].area, input.atlas);
        let persons = size.persons_in(n_households.round() as u64);
        let alone =
            SourceFigure { source: String::new(), value: persons as f64, credibility: 1.0, rounds_old: 0, range: None };
        let Some(range) = combine([&alone], &input.rules.triangulation.combine) else { continue };
        let share = |end: f64, part: u64| (end * part as f64 / (persons.max(1) as f64)).round();
        for (figure, part) in households.iter().zip(apportion(persons, &counted).unwrap_or_default()) {
            made.push(Figure {
                indicator: IDP_IND.to_owned(),
                breakdown: Breakdown { sex: None, age: None, ..figure.breakdown.clone() },
                value: part as f64,
                how: How::Estimated,
                range: Some((share(range.low, part), share(range.high, part))),
                ..(*figure).clone()
            });
        }
        places.entry(place.clone()).or_insert_with(|| VerifiedPlace {
            place: place.clone(),
            area: figures[0].area.clone(),
            persons: Some(persons as f64),
            range: Some((range.low.round(), range.high.round())),
            how: How::Estimated,
            reason: Reason::HouseholdsTimesSize,
            sources: Vec::new(),
            call_back: None,
            apart: None,
            decision: None,
            size: Some(SizeUsed::new(size, Some(n_households))),
            sheet: None,
        });
    }
    figures.extend(made);
}
