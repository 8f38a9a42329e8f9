//! Flow monitoring: what passed a point while somebody watched.
//!
//! [`passages`] reads groups from the records of a registry; an [`ObservationPlan`] says which slots of the week are to
//! be watched and [`ObservedTime`] which were; [`flows`] adds people up by day or week and by direction, origin,
//! destination, nationality, sex and age, mode or reason, always with the time observed beside them. A flow is what was
//! seen, never all that passed: [`extrapolate`] estimates the latter only when asked, with its error and with the slots
//! nobody watched named. [`seen_twice`] estimates who was counted at two points of a route. [`entry_status`] keeps the
//! state of points of entry.

mod entry_points;
mod extrapolate;
mod plan;
mod registry;
mod route;
mod volume;

pub use entry_points::{
    EntryPointKind, EntryPointReport, EntryPointState, EntryStatus, EntrySummary, entry_spells, entry_status,
    entry_summary,
};
pub use extrapolate::{Extrapolation, ExtrapolationError, ExtrapolationRules, StratumEstimate, extrapolate};
pub use plan::{
    ObservationPlan, ObservedTime, PlanProblem, PlannedSlot, PointHours, Shift, Slot, plan_problems, point_hours,
};
pub use registry::{Passage, PassageFault, PassageQuestions, Passages, passages, shifts};
pub use route::{Leg, RouteRules, SeenTwice, seen_twice};
pub use volume::{By, FlowRow, Period, flows};

#[cfg(test)]
mod tests;
