//! A settled round is computed anew and held against what was kept: the same records, corrections, places and mapping give
//! the same figures on any machine, and where they do not, the differences are named.

use super::{RoundOf, settle};
use crate::cli::{Caller, Report};
use crate::world;
use anyhow::Result;
use dtm_model::{Breakdown, Exercise, Figure, How, Operation, Round, Ssid};
use dtm_store::{Blobs, Store};
use serde_json::json;
use std::collections::BTreeMap;

/// More differences than this are counted only.
const NAMED: usize = 200;

/// A figure that comes out otherwise than it was kept.
#[derive(Debug, PartialEq, serde::Serialize)]
struct Difference {
    place: Ssid,
    indicator: String,
    breakdown: Breakdown,
    /// The value kept, and how it was reached; none where there was none.
    kept: Option<(f64, How)>,
    /// The value it has now.
    now: Option<(f64, How)>,
}

/// Computes a round anew and says where it differs from what was kept.
pub(crate) async fn report(
    store: &Store,
    blobs: &Blobs,
    operation: &Operation,
    exercise: &Exercise,
    round: &Round,
    caller: &Caller,
) -> Result<Report> {
    let Some(kept) = settle::figures_of_round(store, blobs, round).await? else {
        let told = caller.say("The round was never settled.", "Le cycle n’a jamais été consolidé.");
        return Ok(Report::new(told, json!({ "settled": false })).exit(5));
    };
    let of = RoundOf { operation, exercise, round };
    let verified = settle::verified_by(store, blobs, round).await?;
    let verifying = verified.as_ref().map(|(rules, ranges)| settle::Verifying { rules, ranges: *ranges });
    let now = settle::derive(store, blobs, of, verifying, None, world::today(), &caller.stamp()).await?;
    let mut differences = differences(&kept, &now.figures);
    let n_different = differences.len();
    let same_tables = settle::tables_of_round(store, blobs, round).await?.is_some_and(|(kept, _)| kept == now.tables());
    differences.truncate(NAMED);
    let mut lines = vec![if n_different == 0 && same_tables {
        caller.say(
            format!("{} figures, computed anew, are as they were kept.", kept.len()),
            format!("{} chiffres, recalculés, sont tels qu’ils ont été conservés.", kept.len()),
        )
    } else {
        caller.say(
            format!("{n_different} of {} figures come out otherwise than they were kept.", kept.len()),
            format!("{n_different} chiffres sur {} diffèrent de ce qui a été conservé.", kept.len()),
        )
    }];
    let value =
        |side: &Option<(f64, How)>| side.as_ref().map_or_else(|| "–".to_owned(), |(value, _)| value.to_string());
    for one in &differences {
        lines.push(format!("  {}  {}  {} → {}", one.place, one.indicator, value(&one.kept), value(&one.now)));
    }
    let json = json!({
        "settled": true, "figures": kept.len(), "different": n_different, "sameTables": same_tables,
        "differences": differences,
    });
    Ok(Report::new(lines.join("\n"), json).exit(if n_different == 0 && same_tables { 0 } else { 5 }))
}

type Sides<'a> = (Option<&'a Figure>, Option<&'a Figure>);

/// The figures that differ, by place, indicator and breakdown. O(n log n).
fn differences(kept: &[Figure], now: &[Figure]) -> Vec<Difference> {
    let mut both: BTreeMap<_, Sides<'_>> = BTreeMap::new();
    for figure in kept {
        both.entry(key(figure)).or_default().0 = Some(figure);
    }
    for figure in now {
        both.entry(key(figure)).or_default().1 = Some(figure);
    }
    let told = |figure: &Figure| (figure.value, figure.how.clone());
    both.into_iter()
        .filter(|(_, (kept, now))| kept.map(told) != now.map(told))
        .map(|((place, indicator, breakdown, _), (kept, now))| Difference {
            place: place.clone(),
            indicator: indicator.to_owned(),
            breakdown: breakdown.clone(),
            kept: kept.map(told),
            now: now.map(told),
        })
        .collect()
}

fn key(figure: &Figure) -> (&Ssid, &str, &Breakdown, chrono::NaiveDate) {
    (&figure.place, &figure.indicator, &figure.breakdown, figure.observed_on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Pcode;

    fn figure(place: &str, value: f64) -> Figure {
        Figure {
            place: Ssid::from(place),
            area: Pcode::from("XS01"),
            setting: None,
            indicator: "idp_ind".to_owned(),
            breakdown: Breakdown::default(),
            value,
            how: How::Reported,
            observed_on: chrono::NaiveDate::from_ymd_opt(2026, 1, 5).unwrap(),
            records: Vec::new(),
            range: None,
        }
    }

    #[test]
    fn what_changed_came_or_went_is_named_and_what_stayed_is_not() {
        let kept = [figure("a", 10.0), figure("b", 20.0), figure("c", 30.0)];
        let carried = Figure { how: How::Carried { from: "1".into() }, ..figure("b", 20.0) };
        let now = [figure("a", 10.0), carried, figure("d", 40.0)];
        let told: Vec<_> = differences(&kept, &now)
            .into_iter()
            .map(|one| format!("{} {:?} {:?}", one.place, one.kept.map(|(v, _)| v), one.now.map(|(v, _)| v)))
            .collect();
        assert_eq!(told, ["b Some(20.0) Some(20.0)", "c Some(30.0) None", "d None Some(40.0)"]);
        assert!(differences(&kept, &kept).is_empty());
    }
}
