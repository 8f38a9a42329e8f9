//! Needs: how severe the situation of a place is, sector by sector, by rules that sector experts own.
//!
//! [`read_sheet`] reads the rules from a sheet and says what is wrong with it, by row and column; [`severities`] holds the
//! answers of one place against them; [`heat_table`] sets places beside sectors; [`severe_shares`] says for every area how
//! many places and how many people live in severe conditions, both always, since ten small places can weigh less than
//! one large one. A question that was not answered says nothing: it is not a low severity.
//!
//! Households that were asked themselves tell needs in shares: [`needs_table`] makes the table that leaves with a release.

mod heat;
mod households;
mod sector;
mod severity;
mod sheet;
mod standard;

pub use heat::{AssessedPlace, HeatRow, HeatTable, SevereShare, heat_table, severe_shares};
pub use households::{GROUPS, Household, NEEDS, NeedQuestion, need_key, needs_table};
pub use sector::Sector;
pub use severity::{Driver, SectorMethod, SectorSeverity, severities};
pub use sheet::{MOST_RULES, ReadSheet, SeverityRule, SeveritySheet, SheetProblem, Test, read_sheet, read_sheet_csv};
pub use standard::standard_sheet;

#[cfg(test)]
mod tests;
