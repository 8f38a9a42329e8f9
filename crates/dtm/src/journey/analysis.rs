//! A round is looked at before it is cleared: what changed and why, what is odd and whether somebody has explained it, what
//! may have been counted twice.

use super::{RoundOf, settle};
use crate::cli::{Caller, Report};
use anyhow::Result;
use dtm_model::{Lang, Place, RoundLabel, Ssid};
use dtm_process::rounds::{self, Anomaly, AnomalyInput, AnomalyRules, Comparison, DoubleCount, DoubleCountRules};
use dtm_store::{Blobs, Explanation, Store};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// A settled round beside the rounds before.
pub(crate) struct Analysis {
    /// The round before with which it is compared.
    pub(crate) comparison: Option<(RoundLabel, Comparison)>,
    /// What is odd, the most people first.
    pub(crate) anomalies: Vec<Anomaly>,
    /// What was explained, by the key of what is odd.
    pub(crate) explained: BTreeMap<String, Explanation>,
    /// Pairs of places that may speak of the same people.
    pub(crate) double_counts: Vec<DoubleCount>,
    /// The places of the operation.
    pub(crate) places: HashMap<Ssid, Place>,
}

impl Analysis {
    /// What is odd and not explained yet.
    pub(crate) fn unexplained(&self) -> Vec<&Anomaly> {
        rounds::unexplained(&self.anomalies, |key| self.explained.contains_key(key))
    }

    /// The name of a place, or its id.
    pub(crate) fn name<'a>(&'a self, place: &'a Ssid) -> &'a str {
        self.places.get(place).map_or(place.as_str(), |known| known.name.as_str())
    }

    /// What is odd, in one line: where, and what.
    pub(crate) fn line(&self, anomaly: &Anomaly, lang: Lang) -> String {
        let place =
            anomaly.place.as_ref().map_or_else(|| anomaly.area.to_string(), |place| self.name(place).to_owned());
        format!("{place}: {}", anomaly.message(lang))
    }
}

/// Looks at a settled round; none where it was never settled.
pub(crate) async fn of(store: &Store, blobs: &Blobs, of: RoundOf<'_>) -> Result<Option<Analysis>> {
    let RoundOf { operation, exercise, round } = of;
    let Some(figures) = settle::figures_of_round(store, blobs, round).await? else { return Ok(None) };
    let rules = AnomalyRules::default();
    let earlier = settle::earlier_figures(store, blobs, exercise, round, rules.stale_rounds).await?;
    let atlas = store.atlas(&operation.admin0).await?;
    let places = store.places(&operation.id).await?;
    let input = AnomalyInput { figures: &figures, earlier: &earlier, places: &places, atlas: &atlas, rules };
    let mut anomalies = rounds::anomalies(&input);
    anomalies.sort_by_key(|anomaly| std::cmp::Reverse(anomaly.persons()));
    let double_counts = rounds::double_counts(&figures, &places, &atlas, &DoubleCountRules::default());
    let explained = store.explanations(&round.id).await?;
    Ok(Some(Analysis {
        comparison: settle::comparison(store, blobs, exercise, round, &atlas).await?,
        anomalies,
        explained: explained.into_iter().map(|one| (one.anomaly.clone(), one)).collect(),
        double_counts,
        places: places.into_iter().map(|place| (place.ssid.clone(), place)).collect(),
    }))
}

/// What a command says of a round: every anomaly with its key and whether it is explained.
pub(crate) async fn report(store: &Store, blobs: &Blobs, round: RoundOf<'_>, caller: &Caller) -> Result<Report> {
    let Some(seen) = of(store, blobs, round).await? else {
        let told = caller.say("The round was never settled.", "Le cycle n’a jamais été consolidé.");
        return Ok(Report::new(told, json!({ "settled": false })).exit(5));
    };
    let n_open = seen.unexplained().len();
    let mut lines = vec![caller.say(
        format!("Odd figures: {}, not explained: {n_open}.", seen.anomalies.len()),
        format!("Anomalies : {}, sans explication : {n_open}.", seen.anomalies.len()),
    )];
    let mut told = Vec::with_capacity(seen.anomalies.len());
    for anomaly in &seen.anomalies {
        let key = anomaly.key();
        let explained = seen.explained.get(&key);
        let done = if explained.is_some() { "✓" } else { " " };
        lines.push(format!("{done} {}  [{key}]", seen.line(anomaly, caller.lang)));
        told.push(json!({
            "key": key, "anomaly": anomaly, "message": anomaly.message(caller.lang),
            "explained": explained.map(|one| json!({ "why": one.why, "note": one.note, "by": one.by })),
        }));
    }
    for pair in &seen.double_counts {
        lines.push(caller.say(
            format!(
                "? {} and {}: at most {} persons counted twice",
                seen.name(&pair.place),
                seen.name(&pair.other),
                pair.at_most()
            ),
            format!(
                "? {} et {} : au plus {} personnes comptées deux fois",
                seen.name(&pair.place),
                seen.name(&pair.other),
                pair.at_most()
            ),
        ));
    }
    let movements = super::origins::of(store, blobs, round).await?;
    let json = json!({
        "settled": true, "movements": movements.as_ref().map(super::origins::json), "anomalies": told, "unexplained": n_open, "doubleCounts": seen.double_counts,
        "comparison": seen.comparison.as_ref().map(|(label, comparison)| json!({ "with": label, "comparison": comparison })),
    });
    Ok(Report::new(lines.join("\n"), json))
}
