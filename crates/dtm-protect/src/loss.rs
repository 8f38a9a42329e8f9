//! How much readers miss a number that is not shown.
//!
//! In: a cell and where it stands. Out: its loss, which [complementary suppression](crate::suppress) keeps small. The
//! country's figures are worth more than those of its first-level areas, these more than those of communes and places;
//! totals more than margins, margins more than detail, wholes more than their parts. The totals of the country and of
//! first-level areas are worth more than everything else together. Among equals the smaller number is the lesser loss.

use dtm_model::{Dim, FigureTable, Measure, TOTAL};

/// Totals of the country and of its first-level areas are a greater loss than this, all else a lesser.
pub(crate) const BELOW_GREAT_TOTALS: u64 = 1_000_000_000;

/// The loss of a detail cell of a commune; that of each other kind is a multiple.
const UNIT: u64 = 1_000;

/// A number counts itself up to here.
const MOST_FOR_SIZE: u64 = 30 * UNIT;

/// The longest chain of parents followed; longer ones are cycles in bad data.
const MAX_DEPTH: usize = 8;

/// The loss if this cell is not shown.
pub(crate) fn of(table: &FigureTable, key: &[String], measure: &Measure, value: i64) -> u64 {
    let mut level = 0;
    let (mut n_totals, mut n_others) = (0, 0);
    for (dim, part) in table.dims.iter().zip(key) {
        match dim {
            Dim::Area | Dim::Place => level = level.max(depth(table, *dim, part)),
            _ if part == TOTAL => n_totals += 1,
            _ => n_others += 1,
        }
    }
    let is_part = measure.part_of.is_some();
    let kind = match (n_others, n_totals) {
        (0, _) if !is_part => Kind::Total,
        (0, _) => Kind::Margin,
        (_, 0) => Kind::Detail,
        _ => Kind::Margin,
    };
    let loss = match (level, kind) {
        (0, Kind::Total) => 1_000_000_000,
        (1, Kind::Total) => 10_000_000,
        (0, Kind::Margin) => 20_000,
        (0, Kind::Detail) => 4_000,
        (1, Kind::Margin) => 2_000,
        (1, Kind::Detail) => 500,
        (2, Kind::Total) => 400,
        (2, Kind::Margin) => 150,
        (2, Kind::Detail) => 100,
        (_, Kind::Total) => 120,
        (_, Kind::Margin) => 90,
        (_, Kind::Detail) => 80,
    };
    let size = u64::try_from(value).unwrap_or(0).min(MOST_FOR_SIZE);
    loss * UNIT * if is_part { 4 } else { 5 } / 5 + size
}

#[derive(Clone, Copy)]
enum Kind {
    Total,
    Margin,
    Detail,
}

/// How many areas this one lies in; places lie in three at least.
fn depth(table: &FigureTable, dim: Dim, value: &str) -> usize {
    if value == TOTAL {
        return 0;
    }
    let (mut depth, mut value) = (0, value);
    while let Some(above) = table.parents.get(value).filter(|_| depth < MAX_DEPTH) {
        (depth, value) = (depth + 1, above);
    }
    if dim == Dim::Place { depth.max(3) } else { depth }
}
