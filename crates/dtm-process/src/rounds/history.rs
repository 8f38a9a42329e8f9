//! A series of published rounds, looked at as history.
//!
//! Takes rounds with one number for every area of one level, and what is known of areas that a round did not assess but
//! kept; returns for every round after the first the raw change beside the change over areas assessed in both, what the
//! raw change is made of, and what is odd: a total that changed by more than half, areas that came, went, were carried
//! or did not move at all. Rounds published by others (the answers of the DTM API) come in through [`of_past_rounds`];
//! they do not say what was carried, so that an officer who knows it adds it. O(rounds·areas).

use super::{Decomposition, LikeForLike};
use crate::api_import::PastRound;
use crate::wording::{percent, whole};
use chrono::NaiveDate;
use dtm_model::{AssessmentType, Lang, Pcode, RoundLabel};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One round of the past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryRound {
    /// Its label.
    pub label: RoundLabel,
    /// The day it was reported for.
    pub reported_on: NaiveDate,
    /// People by area; an area that is absent has no figure.
    pub areas: BTreeMap<Pcode, i64>,
    /// Areas that were not assessed and keep an earlier figure, each with the round it is from.
    pub carried: BTreeMap<Pcode, RoundLabel>,
}

impl HistoryRound {
    /// All people.
    pub fn total(&self) -> i64 {
        self.areas.values().sum()
    }
}

/// Something odd in a round of the past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum HistoryNote {
    /// The total changed by more than the threshold.
    BigChange {
        /// The change as a share of the total before.
        share: f64,
    },
    /// Areas with a figure that had none.
    AreasAdded {
        /// The areas.
        areas: Vec<Pcode>,
    },
    /// Areas that had a figure and have none.
    AreasLost {
        /// The areas.
        areas: Vec<Pcode>,
    },
    /// Areas that were not assessed, but kept.
    AreasCarried {
        /// The areas, each with the round its figure is from.
        areas: BTreeMap<Pcode, RoundLabel>,
    },
    /// Areas said to be assessed whose figure did not move.
    AreasUnmoved {
        /// The areas.
        areas: Vec<Pcode>,
    },
}

impl HistoryNote {
    /// Says what is odd, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let list = |areas: &[Pcode]| areas.iter().map(Pcode::as_str).collect::<Vec<_>>().join(", ");
        match (self, lang) {
            (Self::BigChange { share }, Lang::En) => {
                format!("The total changed by {}: say what happened, or what was counted anew", signed(*share, lang))
            }
            (Self::BigChange { share }, Lang::Fr) => {
                format!(
                    "Le total a changé de {} : dites ce qui s’est passé, ou ce qui a été compté à neuf",
                    signed(*share, lang)
                )
            }
            (Self::AreasAdded { areas }, Lang::En) => format!("Covered for the first time or again: {}", list(areas)),
            (Self::AreasAdded { areas }, Lang::Fr) => {
                format!("Couvertes pour la première fois ou à nouveau : {}", list(areas))
            }
            (Self::AreasLost { areas }, Lang::En) => format!("No longer covered: {}", list(areas)),
            (Self::AreasLost { areas }, Lang::Fr) => format!("Ne sont plus couvertes : {}", list(areas)),
            (Self::AreasCarried { areas }, lang) => {
                let from = if lang == Lang::En { "round" } else { "cycle" };
                let areas: Vec<String> = areas.iter().map(|(area, round)| format!("{area} ({from} {round})")).collect();
                match lang {
                    Lang::En => format!("Not assessed, earlier figure kept: {}", areas.join(", ")),
                    Lang::Fr => format!("Non évaluées, chiffre antérieur gardé : {}", areas.join(", ")),
                }
            }
            (Self::AreasUnmoved { areas }, Lang::En) => {
                format!("Exactly the figure of the round before: {}", list(areas))
            }
            (Self::AreasUnmoved { areas }, Lang::Fr) => {
                format!("Exactement le chiffre du cycle précédent : {}", list(areas))
            }
        }
    }
}

fn signed(share: f64, lang: Lang) -> String {
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{}", percent(share, lang))
}

/// One step from round to round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryStep {
    /// The round before.
    pub from: RoundLabel,
    /// The round.
    pub to: RoundLabel,
    /// The total before.
    pub before: i64,
    /// The total now.
    pub after: i64,
    /// What the raw change is made of; the parts add up to it.
    pub parts: Decomposition,
    /// The change over areas assessed in both rounds.
    pub like_for_like: LikeForLike,
    /// What is odd.
    pub notes: Vec<HistoryNote>,
}

impl HistoryStep {
    /// The raw change as a share of the total before; none where nobody was there.
    pub fn raw_share(&self) -> Option<f64> {
        (self.before > 0).then(|| (self.after - self.before) as f64 / self.before as f64)
    }

    /// The change over areas assessed in both rounds, as a share.
    pub fn like_for_like_share(&self) -> Option<f64> {
        let LikeForLike { before, after, .. } = self.like_for_like;
        (before > 0).then(|| (after - before) as f64 / before as f64)
    }

    /// Says the step in one line: both totals and both changes.
    pub fn message(&self, lang: Lang) -> String {
        let share = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), |share| signed(share, lang));
        let (before, after) = (whole(self.before, lang), whole(self.after, lang));
        let (raw, like) = (share(self.raw_share()), share(self.like_for_like_share()));
        match lang {
            Lang::En => {
                format!("Round {} to {}: {before} to {after} ({raw}; {like} where both assessed)", self.from, self.to)
            }
            Lang::Fr => format!(
                "Du cycle {} au cycle {} : de {before} à {after} ({raw} ; {like} là où les deux ont évalué)",
                self.from, self.to
            ),
        }
    }
}

/// A change of the total by more than this share is noted, unless an operation says otherwise: a proposal.
pub const BIG_CHANGE: f64 = 0.5;

/// Steps from round to round, rounds in the order given. `big_change` is the share of the total beyond which a change is
/// noted ([`BIG_CHANGE`]).
pub fn history(rounds: &[HistoryRound], big_change: f64) -> Vec<HistoryStep> {
    rounds.windows(2).map(|pair| step(&pair[0], &pair[1], big_change)).collect()
}

fn step(last: &HistoryRound, now: &HistoryRound, big_change: f64) -> HistoryStep {
    let mut step = HistoryStep {
        from: last.label.clone(),
        to: now.label.clone(),
        before: last.total(),
        after: now.total(),
        parts: Decomposition::default(),
        like_for_like: LikeForLike::default(),
        notes: Vec::new(),
    };
    let (mut added, mut lost, mut unmoved) = (Vec::new(), Vec::new(), Vec::new());
    let areas: BTreeSet<&Pcode> = last.areas.keys().chain(now.areas.keys()).collect();
    for area in areas {
        let carried = last.carried.contains_key(area) || now.carried.contains_key(area);
        match (last.areas.get(area).copied(), now.areas.get(area).copied()) {
            (None, Some(after)) if carried => step.parts.carried += after,
            (None, Some(after)) => {
                step.parts.new_places += after;
                added.push(area.clone());
            }
            (Some(before), None) => {
                step.parts.lost_coverage -= before;
                lost.push(area.clone());
            }
            (Some(before), Some(after)) if carried => step.parts.carried += after - before,
            (Some(before), Some(after)) => {
                step.parts.reassessed += after - before;
                step.like_for_like.n_places += 1;
                step.like_for_like.before += before;
                step.like_for_like.after += after;
                if before == after && after > 0 {
                    unmoved.push(area.clone());
                }
            }
            (None, None) => {}
        }
    }
    if let Some(share) = step.raw_share().filter(|share| share.abs() > big_change) {
        step.notes.push(HistoryNote::BigChange { share });
    }
    let noted = |areas: &Vec<Pcode>| !areas.is_empty();
    step.notes.extend(Some(added).filter(noted).map(|areas| HistoryNote::AreasAdded { areas }));
    step.notes.extend(Some(lost).filter(noted).map(|areas| HistoryNote::AreasLost { areas }));
    if !now.carried.is_empty() {
        step.notes.push(HistoryNote::AreasCarried { areas: now.carried.clone() });
    }
    step.notes.extend(Some(unmoved).filter(noted).map(|areas| HistoryNote::AreasUnmoved { areas }));
    step
}

/// The rounds of one operation among imported ones, by areas of one level (1 or 2), in order of their dates. Where a
/// round was assessed in several ways the first kind of `assessments` counts: they are never added up. Areas that a
/// round kept without assessing them are named in `carried`, by round number.
pub fn of_past_rounds(
    past: &[PastRound],
    operation: &str,
    assessments: &[AssessmentType],
    level: u8,
    carried: &BTreeMap<i64, BTreeMap<Pcode, RoundLabel>>,
) -> Vec<HistoryRound> {
    let mut rounds: BTreeMap<(NaiveDate, i64), HistoryRound> = BTreeMap::new();
    for wanted in assessments {
        let of_kind = past.iter().filter(|past| past.operation == operation && past.assessment == *wanted);
        for past in of_kind {
            rounds.entry((past.reported_on, past.round)).or_insert_with(|| HistoryRound {
                label: RoundLabel(past.round.to_string()),
                reported_on: past.reported_on,
                areas: people_by_area(past, level),
                carried: carried.get(&past.round).cloned().unwrap_or_default(),
            });
        }
    }
    rounds.into_values().collect()
}

fn people_by_area(past: &PastRound, level: u8) -> BTreeMap<Pcode, i64> {
    let Some(table) = past.table("areas") else { return BTreeMap::new() };
    let level_of = |area: &str| {
        let parents = std::iter::successors(table.parents.get(area), |parent| table.parents.get(*parent));
        // A chain longer than the five levels is a cycle in bad data.
        parents.take(5).count()
    };
    let of_level =
        table.rows.iter().filter(|row| row.key.first().is_some_and(|area| level_of(area) == usize::from(level)));
    of_level.filter_map(|row| Some((Pcode(row.key.first()?.clone()), row.cells.first()?.value?))).collect()
}
