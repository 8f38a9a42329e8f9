//! Rounds: from observations to settled figures, and from one round to the next.
//!
//! [`consolidate`] settles the figures of a round, [`compare`] sets two rounds side by side, [`explain`] walks one cell
//! of a table back to its figures, observations and records. [`absent_as_zero`] turns «nobody here» into counts of zero
//! before a round is settled; [`progress`] says where its places stand meanwhile.
//!
//! Before a round is cleared it is looked at beside what is known: [`anomalies`] against earlier rounds, [`double_counts`]
//! between places, [`balance`] of stocks and flows, the [`origin_table`] and its [`fit`] to margins, where a series
//! changes its level ([`segment`], [`pelt`], [`Cusum`]), how many there are when several lists each miss some
//! ([`chapman`], [`log_linear`]), and the [`history`] of published rounds.

mod absent;
mod anomalies;
mod change_points;
mod compare;
mod consolidate;
mod double_counts;
mod explain;
mod history;
mod latest;
mod margins;
mod origins;
mod progress;
mod several_lists;
mod stock_flow;

pub use absent::absent_as_zero;
pub use anomalies::{Anomaly, AnomalyInput, AnomalyRules, EXPLANATIONS, Oddness, anomalies, unexplained};
pub use change_points::{Alarm, Cusum, Segmentation, Segmentations, SeriesError, pelt, segment};
pub use compare::{Comparison, Decomposition, LikeForLike, PlaceChange, PlaceMove, compare};
pub use consolidate::{Consolidated, Coverage, RoundInput, consolidate};
pub use double_counts::{DoubleCount, DoubleCountRules, double_counts};
pub use explain::{Explained, Query, explain};
pub use history::{BIG_CHANGE, HistoryNote, HistoryRound, HistoryStep, history, of_past_rounds};
pub(crate) use latest::Superseded;
use latest::latest_of_each_place;
pub use margins::{Fit, FitError, FitOptions, fit};
pub use origins::{OriginBalance, OriginTable, origin_table};
pub use progress::{Counts, PlaceProgress, ProgressInput, Reached, Standing, count, progress};
pub use several_lists::{ListsError, Model, SeveralLists, TwoLists, chapman, log_linear};
pub use stock_flow::{
    Balance, Identity, Measured, Quantity, Reconciled, STOCK_FLOW_TERMS, StockFlow, balance, reconcile,
};

#[cfg(test)]
mod analysis_tests;
#[cfg(test)]
mod tests;
