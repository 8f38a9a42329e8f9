//! One enumerator's measures beside those of the round: what is usual there, and what is worth a look.
//!
//! Nobody is compared who asked fewer than ten, nor where fewer than five asked ten or more. Usual is the median of those.
//! A value is worth a look 2.5 spreads away from it (robust z), and much more or less than usual from 3.5 on, where it is a
//! fifth of the usual value apart at least. A share must be beyond chance as well: the exact binomial tail against all
//! others, held together over the enumerators by the rule of Benjamini and Hochberg, below 0.05, as with «don't know».
//! The measures are told one by one and never added up: a hard district, a new enumerator and an invented interview can
//! look the same from here.

use super::measure::{Measure, Side, Unit};
use super::{Part, Profile};
use crate::patterns::Share;
use crate::patterns::dont_know::chance_among_others;
use crate::spread::Spread;
use crate::statistics::benjamini_hochberg;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whoever asked fewer is measured, but not compared.
pub const LEAST_INTERVIEWS: u64 = 10;
/// Fewer enumerators to compare with say nothing.
pub const LEAST_ENUMERATORS: usize = 5;
/// The number of those of whom it is not known who asked: they are nobody's work, and not compared.
pub const NOBODY: u32 = 0;

/// Spreads from the usual value from which on it is worth a look, and is far.
const WORTH_A_LOOK: f64 = 2.5;
const FAR: f64 = 3.5;
/// The part of the usual value that a difference is at least.
const LEAST_APART: f64 = 0.2;
/// The share of false alarms borne with.
const FALSE_ALARMS: f64 = 0.05;

/// How a value stands beside what is usual in the round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// Too few interviews to say anything.
    #[default]
    TooFew,
    /// Too few others to compare with.
    FewOthers,
    /// As usual.
    Usual,
    /// More.
    More,
    /// Much more.
    MuchMore,
    /// Less.
    Less,
    /// Much less.
    MuchLess,
}

impl Beside {
    /// Whether it is worth a look.
    pub fn is_unusual(self) -> bool {
        matches!(self, Beside::More | Beside::MuchMore | Beside::Less | Beside::MuchLess)
    }

    /// The word used in files and words of pages.
    pub fn code(self) -> &'static str {
        match self {
            Beside::TooFew => "too_few",
            Beside::FewOthers => "few_others",
            Beside::Usual => "usual",
            Beside::More => "more",
            Beside::MuchMore => "much_more",
            Beside::Less => "less",
            Beside::MuchLess => "much_less",
        }
    }
}

/// What is usual of one measure.
struct Usual {
    spread: Spread,
    n_compared: usize,
    /// All of it together, where it is a share.
    all: Share,
    /// By enumerator.
    own: BTreeMap<u32, Share>,
}

fn is_compared(profile: &Profile) -> bool {
    profile.enumerator != NOBODY && profile.n_interviews >= LEAST_INTERVIEWS
}

fn share_of(part: &Part) -> Share {
    Share { n: part.n.unwrap_or_default(), of: part.of }
}

fn usual_of(measure: Measure, round: &[Profile]) -> Option<Usual> {
    let compared: Vec<f64> =
        round.iter().filter(|one| is_compared(one)).filter_map(|one| Some(one.part(measure)?.value)).collect();
    let own: BTreeMap<u32, Share> =
        round.iter().filter_map(|one| Some((one.enumerator, share_of(one.part(measure)?)))).collect();
    let all = own.values().fold(Share::default(), |all, own| Share { n: all.n + own.n, of: all.of + own.of });
    Some(Usual { spread: Spread::of(&compared)?, n_compared: compared.len(), all, own })
}

/// How far apart counts as more or less.
fn stands(value: f64, usual: &Usual, side: Side) -> (Beside, Option<f64>) {
    let z = usual.spread.z(value);
    let apart = value - usual.spread.median;
    let far = match z {
        _ if apart.abs() < LEAST_APART * usual.spread.median.abs() || apart == 0.0 => 0.0,
        Some(z) => z,
        // All others are equal, and this one is not.
        None => FAR.copysign(apart),
    };
    let beside = match side {
        Side::High | Side::Both if far >= FAR => Beside::MuchMore,
        Side::High | Side::Both if far >= WORTH_A_LOOK => Beside::More,
        Side::Low | Side::Both if far <= -FAR => Beside::MuchLess,
        Side::Low | Side::Both if far <= -WORTH_A_LOOK => Beside::Less,
        _ => Beside::Usual,
    };
    (beside, z)
}

/// Puts each part of these profiles beside what is usual in the round. `round` are the profiles of the whole round; the
/// others may be of some of its days.
pub fn put_beside(profiles: &mut [Profile], round: &[Profile]) {
    for measure in Measure::ALL {
        let Some(usual) = usual_of(measure, round) else { continue };
        let is_share = measure.unit() == Unit::Share;
        let parts: Vec<(u32, &mut Part)> = profiles
            .iter_mut()
            .filter(|profile| is_compared(profile))
            .filter_map(|profile| Some((profile.enumerator, profile.part_mut(measure)?)))
            .collect();
        let chance = |(enumerator, part): &(u32, &mut Part)| {
            let own = usual.own.get(enumerator).copied().unwrap_or_default();
            let others = Share { n: usual.all.n.saturating_sub(own.n), of: usual.all.of.saturating_sub(own.of) };
            chance_among_others(share_of(part), others)
        };
        let q = match is_share {
            true => benjamini_hochberg(&parts.iter().map(chance).collect::<Vec<_>>()),
            false => vec![0.0; parts.len()],
        };
        for ((_, part), q) in parts.into_iter().zip(q) {
            let (beside, z) = stands(part.value, &usual, measure.side());
            part.z = z;
            part.beside = match beside {
                _ if usual.n_compared < LEAST_ENUMERATORS => Beside::FewOthers,
                beside if beside.is_unusual() && q >= FALSE_ALARMS => Beside::Usual,
                beside => beside,
            };
        }
        for part in profiles.iter_mut().filter_map(|profile| profile.part_mut(measure)) {
            part.usual = Some(usual.spread.median);
        }
    }
}
