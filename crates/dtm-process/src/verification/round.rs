//! A whole round verified, place by place.
//!
//! Takes what the round's records say, what is known of the informants behind them and the figures of earlier rounds;
//! [`verify_places`] returns for every place that was reached the figure that stands, and [`with_settled`] puts it into the
//! figures of the round. Every record of a place is a source, heard on its day; of two by one informant only the later
//! counts, and of two that say the same in every number on one day, by nobody knows whom, only one: it was sent twice.
//!
//! Where the settled total differs from that of the record that spoke for the place, its parts (reasons, origins, sex and
//! age) keep their proportions and are shared out anew in whole persons, so that they add up. Places that were not
//! reached are not here: settling the round carries them. O(observations·log observations).

use super::{
    CredibilityRules, Informant, Previous, Settled, SourceFigure, TriangulationRules, credibility, triangulate,
};
use crate::apportion;
use crate::counts::{Count, sex_age_cells, total};
use chrono::NaiveDate;
use dtm_model::{Breakdown, Figure, How, Observation, RecordId, RoundLabel, Ssid};
use std::collections::{BTreeMap, BTreeSet};

/// What a round is verified from.
#[derive(Clone, Copy, Debug)]
pub struct VerificationInput<'a> {
    /// What the round's records say; those of blocked records left out.
    pub observations: &'a [Observation],
    /// What is known of the informant behind a record; a record without is of somebody nothing is known of.
    pub informants: &'a BTreeMap<RecordId, Informant>,
    /// Figures of earlier rounds, the newest first.
    pub earlier: &'a [(RoundLabel, Vec<Figure>)],
    /// The indicator that is verified.
    pub indicator: &'a str,
    /// How informants are weighed.
    pub credibility: &'a CredibilityRules,
    /// When sources agree.
    pub triangulation: &'a TriangulationRules,
}

/// Settles every place that was reached.
pub fn verify_places(input: &VerificationInput) -> BTreeMap<Ssid, Settled> {
    let nobody = Informant::default();
    let mut places: BTreeMap<&Ssid, BTreeMap<&RecordId, Vec<&Observation>>> = BTreeMap::new();
    for observation in input.observations.iter().filter(|observation| observation.setting.is_some()) {
        places.entry(&observation.place).or_default().entry(&observation.record).or_default().push(observation);
    }
    let previous = previous_figures(input);
    let settle = |(place, records): (&Ssid, BTreeMap<&RecordId, Vec<&Observation>>)| {
        let mut heard: Vec<Heard> = records
            .into_iter()
            .filter_map(|(record, said)| {
                let value = persons(&said, input.indicator)? as f64;
                let on = said.iter().map(|observation| observation.observed_on).max()?;
                let informant = input.informants.get(record).unwrap_or(&nobody);
                Some(Heard { record, informant, value, on, said })
            })
            .collect();
        heard.sort_by(|a, b| (a.on, a.record).cmp(&(b.on, b.record)));
        // From the last one back, so that the later word of an informant is the one kept.
        let mut met = BTreeSet::new();
        heard.reverse();
        heard.retain(|heard| met.insert(heard.who()));
        heard.reverse();
        let sources: Vec<SourceFigure> = heard
            .into_iter()
            .map(|heard| SourceFigure {
                source: heard.record.to_string(),
                value: heard.value,
                credibility: credibility(heard.informant, input.credibility).value,
                rounds_old: 0,
            })
            .collect();
        // A place about which nobody said a number was not reached, as far as this indicator goes.
        let settled =
            if sources.is_empty() { None } else { triangulate(&sources, previous.get(place), input.triangulation) };
        Some((place.clone(), settled?))
    };
    places.into_iter().filter_map(settle).collect()
}

/// What one record says of a place.
struct Heard<'a> {
    record: &'a RecordId,
    informant: &'a Informant,
    value: f64,
    on: NaiveDate,
    said: Vec<&'a Observation>,
}

/// Whose word it is: an informant's, or that of whoever said exactly these numbers that day.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Who<'a> {
    Known(&'a str),
    Unknown(NaiveDate, Vec<(&'a str, &'a Breakdown, i64)>),
}

impl<'a> Heard<'a> {
    fn who(&self) -> Who<'a> {
        if let Some(id) = &self.informant.id {
            return Who::Known(id);
        }
        let number = |said: &&'a Observation| (said.indicator.as_str(), &said.breakdown, said.whole());
        let mut numbers: Vec<_> = self.said.iter().map(number).collect();
        numbers.sort_unstable();
        Who::Unknown(self.on, numbers)
    }
}

/// The total of a record; where it gives none, that of its cells.
fn persons(said: &[&Observation], indicator: &str) -> Option<i64> {
    total(said, indicator).or_else(|| {
        let cells = sex_age_cells(said, indicator);
        (!cells.is_empty()).then(|| cells.iter().map(|cell| cell.whole()).sum())
    })
}

/// The last figure of every place that was not carried.
fn previous_figures<'a>(input: &VerificationInput<'a>) -> BTreeMap<&'a Ssid, Previous> {
    let mut previous: BTreeMap<&Ssid, Previous> = BTreeMap::new();
    for ((round, figures), rounds_old) in input.earlier.iter().zip(1..) {
        let counts = |figure: &&Figure| {
            figure.indicator == input.indicator
                && figure.breakdown.is_everyone()
                && !matches!(figure.how, How::Carried { .. })
        };
        let mut totals: BTreeMap<&Ssid, f64> = BTreeMap::new();
        for figure in figures.iter().filter(counts) {
            *totals.entry(&figure.place).or_default() += figure.value;
        }
        for (place, value) in totals {
            previous.entry(place).or_insert_with(|| Previous { value, round: round.clone(), rounds_old });
        }
    }
    previous
}

/// The figures of a round with the settled totals of an indicator in them. Figures of other indicators, and of places
/// that are not among the settled, stay as they are.
pub fn with_settled(figures: &[Figure], settled: &BTreeMap<Ssid, Settled>, indicator: &str) -> Vec<Figure> {
    let mut of_place: BTreeMap<&Ssid, Vec<&Figure>> = BTreeMap::new();
    let (concerned, others): (Vec<&Figure>, Vec<&Figure>) =
        figures.iter().partition(|figure| figure.indicator == indicator && settled.contains_key(&figure.place));
    for figure in concerned {
        of_place.entry(&figure.place).or_default().push(figure);
    }
    let mut made: Vec<Figure> = others.into_iter().cloned().collect();
    for (place, figures) in of_place {
        if let Some(settled) = settled.get(place) {
            made.extend(resized(&figures, settled));
        }
    }
    made.sort_by(|a, b| {
        let key = |figure: &Figure| figure.observed_on;
        (&a.place, &a.indicator, &a.breakdown, key(a)).cmp(&(&b.place, &b.indicator, &b.breakdown, key(b)))
    });
    made
}

/// The figures of one place in proportion to a new total: everyone, each sex, each age and each cell by themselves.
fn resized(figures: &[&Figure], settled: &Settled) -> Vec<Figure> {
    let wanted = settled.figure.best.round().max(0.0);
    let whole = |figures: &[&Figure]| figures.iter().map(|figure| figure.whole().max(0)).sum::<i64>() as f64;
    let mut layers: BTreeMap<(bool, bool), Vec<&Figure>> = BTreeMap::new();
    for figure in figures {
        layers.entry((figure.breakdown.sex.is_some(), figure.breakdown.age.is_some())).or_default().push(figure);
    }
    let before = layers.get(&(false, false)).map_or_else(|| whole(figures), |everyone| whole(everyone));
    let records: Vec<RecordId> = settled.sources.iter().filter_map(|source| source.parse().ok()).collect();
    let mut made = Vec::with_capacity(figures.len());
    for ((sexes, ages), layer) in layers {
        let weights: Vec<f64> = layer.iter().map(|figure| figure.whole().max(0) as f64).collect();
        let target = if before > 0.0 { (wanted * whole(&layer) / before).round() } else { wanted };
        let parts = match apportion(target as u64, &weights) {
            Some(parts) => parts,
            // Nothing is known of the parts of a total that was zero: it stands alone, its parts are left out.
            None if sexes || ages => continue,
            None => (0..layer.len()).map(|at| if at == 0 { target as u64 } else { 0 }).collect(),
        };
        made.extend(layer.into_iter().zip(parts).map(|(figure, part)| Figure {
            value: part as f64,
            how: settled.how.clone(),
            records: if records.is_empty() { figure.records.clone() } else { records.clone() },
            ..figure.clone()
        }));
    }
    made
}
