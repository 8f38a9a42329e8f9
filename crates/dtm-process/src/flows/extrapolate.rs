//! How many may have passed a point in all: only when asked.
//!
//! Takes the passages of one point, the time observed, the slots of the plan and some days; returns an estimate over the
//! slots of the week that were watched at least once, with its variance. Day of the week × slot is a stratum of N slots
//! in these days, of which n were watched; total = ΣN·ȳ and V = ΣN²(1 − n/N)s²/n (Cochran 1977, ch. 5). A slot counts as
//! watched where nine tenths of its minutes were. A stratum watched once borrows s² from the others in proportion to its
//! mean, and is marked; strata that nobody ever watched stay out and are named, since no number speaks for them. What
//! was observed is always given beside the estimate. O(days·slots + passages).

use super::plan::{days, minute};
use super::{ObservedTime, Passage, Slot};
use chrono::{Datelike, NaiveDate, Weekday};
use dtm_model::{Lang, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Choices about the estimate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExtrapolationRules {
    /// Share of a slot's minutes from which on it counts as watched.
    pub least_watched: f64,
    /// Standard errors from the estimate to its low and high; 1.96 for nineteen times in twenty.
    pub z: f64,
}

impl Default for ExtrapolationRules {
    fn default() -> Self {
        Self { least_watched: 0.9, z: 1.96 }
    }
}

/// One slot of the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StratumEstimate {
    /// The day of the week.
    pub weekday: Weekday,
    /// The slot.
    pub slot: String,
    /// How many of them these days have.
    pub slots: u32,
    /// How many were watched.
    pub watched: u32,
    /// People in a watched one, on average; none where none was.
    pub mean: Option<f64>,
    /// Variance between watched ones; none where it is not known.
    pub variance: Option<f64>,
    /// Whether the variance is borrowed from other strata.
    pub borrowed: bool,
}

/// An estimate of all who passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extrapolation {
    /// The point.
    pub point: Ssid,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// People seen, in all.
    pub seen: u64,
    /// Of these, people in slots that count as watched: what the estimate rests on.
    pub seen_in_slots: u64,
    /// Minutes watched.
    pub observed_min: u32,
    /// The estimate over the strata watched at least once.
    pub estimate: f64,
    /// Its variance; none where too little was watched to know.
    pub variance: Option<f64>,
    /// Low, not below what was seen in the slots; none without a variance.
    pub low: Option<f64>,
    /// High; none without a variance.
    pub high: Option<f64>,
    /// Slots of these days that the estimate speaks for, as a share of all.
    pub covered: f64,
    /// The strata, by day of the week and slot.
    pub strata: Vec<StratumEstimate>,
}

impl Extrapolation {
    /// Strata that nobody watched: the estimate leaves them out.
    pub fn never_watched(&self) -> impl Iterator<Item = &StratumEstimate> {
        self.strata.iter().filter(|stratum| stratum.watched == 0)
    }
}

/// Why there is no estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtrapolationError {
    /// The days are none, or the plan has no slot.
    #[error("there is no slot in these days")]
    NoSlots,
    /// No slot was watched long enough.
    #[error("no slot was watched long enough")]
    NothingWatched,
}

impl ExtrapolationError {
    /// Says why, in the reader's language.
    pub fn message(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::NoSlots, Lang::En) => "The plan has no slot in these days",
            (Self::NoSlots, Lang::Fr) => "Le plan n’a pas de tranche dans ces jours",
            (Self::NothingWatched, Lang::En) => "No slot was watched long enough to estimate from",
            (Self::NothingWatched, Lang::Fr) => "Aucune tranche n’a été observée assez longtemps pour estimer",
        }
    }
}

#[derive(Default)]
struct Stratum {
    slots: u32,
    counts: Vec<f64>,
}

impl Stratum {
    fn mean(&self) -> Option<f64> {
        (!self.counts.is_empty()).then(|| self.counts.iter().sum::<f64>() / self.counts.len() as f64)
    }

    fn variance(&self) -> Option<f64> {
        let mean = self.mean()?;
        let n = self.counts.len() as f64;
        (n > 1.0).then(|| self.counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / (n - 1.0))
    }
}

/// Estimates who passed a point from the first to the last day, all day long as far as the slots reach.
pub fn extrapolate(
    point: &Ssid,
    passages: &[Passage],
    observed: &ObservedTime,
    slots: &[Slot],
    (from, to): (NaiveDate, NaiveDate),
    rules: &ExtrapolationRules,
) -> Result<Extrapolation, ExtrapolationError> {
    let of_point = |passage: &&Passage| passage.point == *point && (from..=to).contains(&passage.day);
    let mut by_day: BTreeMap<NaiveDate, Vec<&Passage>> = BTreeMap::new();
    for passage in passages.iter().filter(of_point) {
        by_day.entry(passage.day).or_default().push(passage);
    }
    let bounds: Vec<(u32, u32)> = slots.iter().map(Slot::minutes).collect();
    let mut strata: BTreeMap<(u32, usize), Stratum> = BTreeMap::new();
    let mut observed_min = 0;
    for day in days(from, to) {
        observed_min += observed.minutes(point, day).unwrap_or(0);
        let seen = by_day.get(&day).map_or(&[][..], Vec::as_slice);
        for (at, slot) in bounds.iter().enumerate().filter(|(_, (start, end))| end > start) {
            let stratum = strata.entry((day.weekday().num_days_from_monday(), at)).or_default();
            stratum.slots += 1;
            let watched = f64::from(observed.minutes_within(point, day, *slot));
            if watched >= rules.least_watched * f64::from(slot.1 - slot.0) {
                let within = |time: chrono::NaiveTime| (slot.0..slot.1).contains(&minute(time));
                let passing = seen.iter().filter(|passage| passage.time.is_some_and(within));
                stratum.counts.push(passing.map(|passage| f64::from(passage.persons)).sum());
            }
        }
    }
    if strata.is_empty() {
        return Err(ExtrapolationError::NoSlots);
    }
    if strata.values().all(|stratum| stratum.counts.is_empty()) {
        return Err(ExtrapolationError::NothingWatched);
    }
    let dispersion = dispersion(strata.values());
    let mut made = Extrapolation {
        point: point.clone(),
        from,
        to,
        seen: by_day.values().flatten().map(|passage| u64::from(passage.persons)).sum(),
        seen_in_slots: strata.values().flat_map(|stratum| &stratum.counts).sum::<f64>() as u64,
        observed_min,
        estimate: 0.0,
        variance: Some(0.0),
        low: None,
        high: None,
        covered: 0.0,
        strata: Vec::with_capacity(strata.len()),
    };
    let (mut slots_in_all, mut slots_covered) = (0.0, 0.0);
    for ((weekday, at), stratum) in &strata {
        let (n_all, n) = (f64::from(stratum.slots), stratum.counts.len() as f64);
        slots_in_all += n_all;
        let own = stratum.variance();
        let mean = stratum.mean();
        let borrowed = own.is_none() && mean.is_some();
        let variance = own.or_else(|| Some(dispersion? * mean?));
        if let Some(mean) = mean {
            slots_covered += n_all;
            made.estimate += n_all * mean;
            // Where every slot was watched there is nothing left to be unsure of.
            let part =
                if n < n_all { variance.map(|s2| n_all * n_all * (1.0 - n / n_all) * s2 / n) } else { Some(0.0) };
            made.variance = made.variance.zip(part).map(|(sum, part)| sum + part);
        }
        made.strata.push(StratumEstimate {
            weekday: Weekday::try_from(*weekday as u8).unwrap_or(Weekday::Mon),
            slot: slots[*at].name.clone(),
            slots: stratum.slots,
            watched: stratum.counts.len() as u32,
            mean,
            variance,
            borrowed,
        });
    }
    made.covered = slots_covered / slots_in_all;
    if let Some(variance) = made.variance {
        let reach = rules.z * variance.sqrt();
        made.low = Some((made.estimate - reach).max(made.seen_in_slots as f64));
        made.high = Some(made.estimate + reach);
    }
    Ok(made)
}

/// Variance for each person of the mean, over strata watched twice or more: Σ(n − 1)s² / Σ(n − 1)ȳ.
fn dispersion<'s>(strata: impl Iterator<Item = &'s Stratum>) -> Option<f64> {
    let (mut variances, mut means) = (0.0, 0.0);
    for stratum in strata {
        if let Some((variance, mean)) = stratum.variance().zip(stratum.mean()) {
            let weight = stratum.counts.len() as f64 - 1.0;
            variances += weight * variance;
            means += weight * mean;
        }
    }
    (means > 0.0).then(|| variances / means)
}
