//! Stocks and flows that must fit: who is here now is who was here, plus who came, less who left.
//!
//! Takes for one place and group the stock before and now and the flows between, each with its standard error where it
//! was measured; returns the residual of
//! `now = before + arrivals + births − departures − returns − deaths + reclassified`, which is always reported, and on
//! top of it, where asked, the numbers nearest to the measured ones that do fit. Nearest is least squares weighted by
//! 1/variance, and no number but the reclassified may be negative. Several places are reconciled together where a
//! departure of one is an arrival of the other ([`reconcile`] takes any identities).
//!
//! Method: minimise Σ(x − m)²/v under Σa·x = 0 and x ≥ 0 by its dual, one identity at a time (Hildreth 1957): for each,
//! x = max(0, m + v·Σλa) where the multiplier λ is found exactly on a piecewise line. One identity is done in one turn;
//! O(terms·log terms) a turn.

use dtm_model::MovementKind;
use serde::{Deserialize, Serialize};

/// A number that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Its standard error; zero where it is certain.
    pub sd: f64,
}

/// Standard errors in the half width of an interval that holds eight times in ten.
const HALF_WIDTH: f64 = 1.281_551_565_544_6;

impl Measured {
    /// A number that may be so much more or less, eight times in ten: the meaning of a figure's low and high.
    pub fn within(value: f64, margin: f64) -> Self {
        Self { value, sd: margin / HALF_WIDTH }
    }

    /// The sum of two that were measured apart: variances add up.
    pub fn and(self, other: Self) -> Self {
        Self { value: self.value + other.value, sd: self.sd.hypot(other.sd) }
    }
}

/// What is known of one place and group between two rounds. None where it was not measured; it then takes no part.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct StockFlow {
    /// Present in the round before.
    pub before: Option<Measured>,
    /// Arrived since.
    pub arrivals: Option<Measured>,
    /// Born since.
    pub births: Option<Measured>,
    /// Left for elsewhere.
    pub departures: Option<Measured>,
    /// Returned home.
    pub returns: Option<Measured>,
    /// Died.
    pub deaths: Option<Measured>,
    /// Counted to this group that was not before (plus) or no longer (minus): moved without moving.
    pub reclassified: Option<Measured>,
    /// Present now.
    pub after: Option<Measured>,
}

/// The terms of the identity, in order, with their signs.
pub const STOCK_FLOW_TERMS: [(&str, f64); 8] = [
    ("before", 1.0),
    ("arrivals", 1.0),
    ("births", 1.0),
    ("departures", -1.0),
    ("returns", -1.0),
    ("deaths", -1.0),
    ("reclassified", 1.0),
    ("after", -1.0),
];

/// A reconciled place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Balance {
    /// Who is here now less who should be, by the numbers as measured: what no flow explains.
    pub residual: f64,
    /// The residual in standard errors of the identity; none where all is said to be certain.
    pub residual_z: Option<f64>,
    /// The nearest numbers that fit, in the order of [`STOCK_FLOW_TERMS`]; none where a term was not measured.
    pub fitted: [Option<f64>; 8],
    /// Names of terms that were not measured: the residual holds them too.
    pub not_measured: Vec<&'static str>,
    /// Whether the fitted numbers fit; not where all that could give way is certain.
    pub fits: bool,
}

impl Balance {
    /// Whether the residual is more than the numbers' own uncertainty would give one time in five, as low and high are
    /// meant; none where all is said to be certain.
    pub fn is_beyond(&self) -> Option<bool> {
        self.residual_z.map(|z| z.abs() > HALF_WIDTH)
    }
}

impl StockFlow {
    /// Adds what is known of one kind of movement.
    pub fn add(&mut self, kind: MovementKind, moved: Measured) {
        let term = self.term(kind);
        *term = Some(term.map_or(moved, |known| known.and(moved)));
    }

    /// The number measured of a kind of movement.
    pub fn moved(mut self, kind: MovementKind) -> Option<Measured> {
        *self.term(kind)
    }

    fn term(&mut self, kind: MovementKind) -> &mut Option<Measured> {
        match kind {
            MovementKind::Arrivals => &mut self.arrivals,
            MovementKind::Births => &mut self.births,
            MovementKind::Departures => &mut self.departures,
            MovementKind::Returns => &mut self.returns,
            MovementKind::Deaths => &mut self.deaths,
            MovementKind::Reclassified => &mut self.reclassified,
        }
    }

    /// Who should be here by what is known; none where the stock before is not.
    pub fn expected(&self) -> Option<f64> {
        let moved = self.terms().into_iter().zip(STOCK_FLOW_TERMS).take(STOCK_FLOW_TERMS.len() - 1);
        self.before.map(|_| moved.filter_map(|(term, (_, sign))| Some(sign * term?.value)).sum())
    }

    fn terms(&self) -> [Option<Measured>; 8] {
        [
            self.before,
            self.arrivals,
            self.births,
            self.departures,
            self.returns,
            self.deaths,
            self.reclassified,
            self.after,
        ]
    }
}

/// Balances one place. None where one of the two stocks is not known, or a number is not finite.
pub fn balance(account: &StockFlow) -> Option<Balance> {
    account.before.and(account.after)?;
    let terms = account.terms();
    let quantities: Vec<Quantity> = terms
        .iter()
        .zip(STOCK_FLOW_TERMS)
        .map(|(term, (name, _))| Quantity {
            measured: term.unwrap_or(Measured { value: 0.0, sd: 0.0 }),
            may_be_negative: name == "reclassified",
        })
        .collect();
    let identity = Identity { terms: STOCK_FLOW_TERMS.iter().enumerate().map(|(at, (_, sign))| (at, *sign)).collect() };
    // The identity is what should be here less what is.
    let residual = 0.0 - identity.sum(|at| quantities[at].measured.value);
    let error = identity.terms.iter().map(|(at, _)| quantities[*at].measured.sd.powi(2)).sum::<f64>().sqrt();
    let reconciled = reconcile(&quantities, &[identity], 1);
    let mut fitted = [None; 8];
    for ((fitted, term), value) in fitted.iter_mut().zip(terms).zip(&reconciled.values) {
        *fitted = term.map(|_| *value);
    }
    let missing = terms.iter().zip(STOCK_FLOW_TERMS).filter(|(term, _)| term.is_none());
    residual.is_finite().then(|| Balance {
        residual,
        residual_z: (error > 0.0).then(|| residual / error),
        fitted,
        not_measured: missing.map(|(_, (name, _))| name).collect(),
        fits: reconciled.largest_residual
            <= 1e-6 * (1.0 + quantities.iter().map(|q| q.measured.value.abs()).sum::<f64>()),
    })
}

/// A number of a network of stocks and flows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    /// As measured.
    pub measured: Measured,
    /// Whether it may be below zero.
    pub may_be_negative: bool,
}

/// Numbers that must add up to zero, each with its sign.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// Position of the number, and its sign or factor.
    pub terms: Vec<(usize, f64)>,
}

impl Identity {
    fn sum(&self, value: impl Fn(usize) -> f64) -> f64 {
        self.terms.iter().map(|(at, factor)| factor * value(*at)).sum()
    }
}

/// Reconciled numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconciled {
    /// The numbers, in the order given.
    pub values: Vec<f64>,
    /// What the worst identity still lacks.
    pub largest_residual: f64,
    /// Turns taken.
    pub turns: u32,
}

/// Finds the numbers nearest to the measured ones for which all identities hold, in at most so many turns. Terms with
/// positions that do not exist are left out; a number with standard error zero does not move.
pub fn reconcile(quantities: &[Quantity], identities: &[Identity], most_turns: u32) -> Reconciled {
    let mut pushed: Vec<f64> = vec![0.0; quantities.len()];
    let variance = |at: usize| quantities[at].measured.sd.powi(2);
    let value = |at: usize, push: f64| {
        let free = quantities[at].measured.value + variance(at) * push;
        if quantities[at].may_be_negative || variance(at) == 0.0 { free } else { free.max(0.0) }
    };
    let identities: Vec<Identity> = identities
        .iter()
        .map(|identity| Identity {
            terms: identity.terms.iter().copied().filter(|(at, _)| *at < quantities.len()).collect(),
        })
        .collect();
    let scale = 1.0 + quantities.iter().map(|quantity| quantity.measured.value.abs()).sum::<f64>();
    let mut turns = 0;
    let residual = |pushed: &[f64]| {
        identities.iter().map(|identity| identity.sum(|at| value(at, pushed[at])).abs()).fold(0.0, f64::max)
    };
    while turns < most_turns && residual(&pushed) > 1e-12 * scale {
        for identity in &identities {
            let step = step_to_zero(identity, &pushed, quantities, &value);
            identity.terms.iter().for_each(|(at, factor)| pushed[*at] += step * factor);
        }
        turns += 1;
    }
    Reconciled {
        largest_residual: residual(&pushed),
        values: (0..quantities.len()).map(|at| value(at, pushed[at])).collect(),
        turns,
    }
}

/// The step of an identity's multiplier at which it holds. Its sum is a rising piecewise line in the step, with a bend
/// where a number reaches zero; without any number that can move the step is zero.
fn step_to_zero(
    identity: &Identity,
    pushed: &[f64],
    quantities: &[Quantity],
    value: &impl Fn(usize, f64) -> f64,
) -> f64 {
    let sum = |step: f64| -> f64 {
        identity.terms.iter().map(|(at, factor)| factor * value(*at, pushed[*at] + step * factor)).sum()
    };
    let bends = identity.terms.iter().filter_map(|(at, factor)| {
        let quantity = &quantities[*at];
        let variance = quantity.measured.sd.powi(2);
        let bends = !quantity.may_be_negative && variance > 0.0 && *factor != 0.0;
        bends.then(|| -(quantity.measured.value / variance + pushed[*at]) / factor)
    });
    let mut bends: Vec<f64> = bends.filter(|bend| bend.is_finite()).collect();
    bends.sort_by(f64::total_cmp);
    // Between two neighbouring bends the sum is a line; beyond the ends, too.
    let below = bends.partition_point(|bend| sum(*bend) <= 0.0);
    let (from, to) = match (below.checked_sub(1).map(|at| bends[at]), bends.get(below).copied()) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => (from, from + 1.0),
        (None, Some(to)) => (to - 1.0, to),
        (None, None) => (0.0, 1.0),
    };
    let (low, high) = (sum(from), sum(to));
    let slope = (high - low) / (to - from);
    if slope > 0.0 && slope.is_finite() { from - low / slope } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::close;
    use proptest::prelude::*;

    fn measured(value: f64, sd: f64) -> Option<Measured> {
        Some(Measured { value, sd })
    }

    /// 1000 + 300 − 150 = 1150 should be here, 1250 are: residual +100. Variances 100, 400, 400, 100 sum to 1000: every
    /// number gives way by its variance/1000 of the 100.
    #[test]
    fn what_no_flow_explains_is_shared_out_by_how_unsure_each_number_is() {
        let account = StockFlow {
            before: measured(1000.0, 10.0),
            arrivals: measured(300.0, 20.0),
            departures: measured(150.0, 20.0),
            after: measured(1250.0, 10.0),
            ..StockFlow::default()
        };
        let balanced = balance(&account).unwrap();
        close(balanced.residual, 100.0, 1e-9);
        close(balanced.residual_z.unwrap(), 100.0 / 1000f64.sqrt(), 1e-9);
        for (ours, theirs) in balanced.fitted.iter().flatten().zip([1010.0, 340.0, 110.0, 1240.0]) {
            close(*ours, theirs, 1e-6);
        }
        assert_eq!(balanced.not_measured, ["births", "returns", "deaths", "reclassified"]);
        assert!(balanced.fits);
    }

    /// Two reports of arrivals, 200 ± 30 and 100 ± 40: 300 ± 50, of which ± 50 in eight times of ten is an error of 39.
    #[test]
    fn reports_of_one_kind_add_up_and_so_do_their_variances() {
        let mut account = StockFlow { before: measured(1000.0, 0.0), ..StockFlow::default() };
        account.add(MovementKind::Arrivals, Measured::within(200.0, 30.0));
        account.add(MovementKind::Arrivals, Measured::within(100.0, 40.0));
        account.add(MovementKind::Returns, Measured::within(50.0, 0.0));
        let arrivals = account.moved(MovementKind::Arrivals).unwrap();
        assert_eq!(arrivals.value, 300.0);
        close(arrivals.sd, 39.0152, 1e-4);
        assert_eq!(account.expected(), Some(1250.0));
        assert_eq!(StockFlow::default().expected(), None);
    }

    /// 100 − 5 − 5 = 90, but 130 are here. Departures and returns would have to fall by 13.3 each and stop at zero: that
    /// gives 10 of the 40, the two stocks the other 30, half each.
    #[test]
    fn no_number_becomes_negative() {
        let account = StockFlow {
            before: measured(100.0, 10.0),
            departures: measured(5.0, 10.0),
            returns: measured(5.0, 10.0),
            after: measured(130.0, 10.0),
            ..StockFlow::default()
        };
        let balanced = balance(&account).unwrap();
        for (ours, theirs) in balanced.fitted.iter().flatten().zip([115.0, 0.0, 0.0, 115.0]) {
            close(*ours, theirs, 1e-6);
        }
        assert!(balanced.fits);
    }

    #[test]
    fn numbers_said_to_be_certain_do_not_move_and_a_stock_must_be_known() {
        let certain = StockFlow { before: measured(10.0, 0.0), after: measured(12.0, 0.0), ..StockFlow::default() };
        let balanced = balance(&certain).unwrap();
        assert_eq!((balanced.residual, balanced.residual_z, balanced.fits), (2.0, None, false));
        assert_eq!(balance(&StockFlow { after: None, ..certain }), None);
    }

    /// Two sites and the move from one to the other, measured at both ends: 40 left A, 60 came to B. The flow is one
    /// number with two measurements; here it is measured as 50 and the stocks give way.
    #[test]
    fn two_places_that_share_a_move_are_reconciled_together() {
        let quantity = |value: f64, sd: f64| Quantity { measured: Measured { value, sd }, may_be_negative: false };
        let quantities = [
            quantity(200.0, 5.0),
            quantity(160.0, 5.0),
            quantity(100.0, 5.0),
            quantity(160.0, 5.0),
            quantity(50.0, 10.0),
        ];
        let identities = [
            Identity { terms: vec![(0, 1.0), (4, -1.0), (1, -1.0)] },
            Identity { terms: vec![(2, 1.0), (4, 1.0), (3, -1.0)] },
        ];
        let reconciled = reconcile(&quantities, &identities, 500);
        assert!(reconciled.largest_residual < 1e-6, "{reconciled:?}");
        // By symmetry the move stays 50, and the stocks share 10 at each end.
        for (ours, theirs) in reconciled.values.iter().zip([205.0, 155.0, 105.0, 155.0, 50.0]) {
            close(*ours, theirs, 1e-4);
        }
    }

    proptest! {
        #[test]
        fn fitted_numbers_always_fit_and_are_never_negative(
            values in prop::collection::vec((0.0f64..1000.0, 1.0f64..50.0), 8)
        ) {
            let term = |at: usize| measured(values[at].0, values[at].1);
            let account = StockFlow {
                before: term(0), arrivals: term(1), births: term(2), departures: term(3), returns: term(4),
                deaths: term(5), reclassified: term(6), after: term(7),
            };
            let balanced = balance(&account).unwrap();
            prop_assert!(balanced.fits);
            for (value, (name, _)) in balanced.fitted.iter().flatten().zip(STOCK_FLOW_TERMS) {
                prop_assert!(name == "reclassified" || *value >= 0.0);
            }
        }
    }
}
