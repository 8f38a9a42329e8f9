//! Movements between two rounds that somebody knows of.

use crate::{Instant, MovementId, Pcode, RoundId};
use serde::{Deserialize, Serialize};

/// What moved a number of people into or out of a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// Came from elsewhere.
    Arrivals,
    /// Were born.
    Births,
    /// Left for elsewhere.
    Departures,
    /// Went home.
    Returns,
    /// Died.
    Deaths,
    /// Are counted that were not before, or no longer: moved without moving. May be below zero.
    Reclassified,
}

impl MovementKind {
    /// Every kind, in the order of the account.
    pub const ALL: [MovementKind; 6] = [
        MovementKind::Arrivals,
        MovementKind::Births,
        MovementKind::Departures,
        MovementKind::Returns,
        MovementKind::Deaths,
        MovementKind::Reclassified,
    ];

    /// The word used in files, addresses and the store.
    pub fn code(self) -> &'static str {
        match self {
            MovementKind::Arrivals => "arrivals",
            MovementKind::Births => "births",
            MovementKind::Departures => "departures",
            MovementKind::Returns => "returns",
            MovementKind::Deaths => "deaths",
            MovementKind::Reclassified => "reclassified",
        }
    }

    /// The kind of this word.
    pub fn from_code(code: &str) -> Option<MovementKind> {
        MovementKind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Something known of an area between the round before and a round. It stands beside the figures and is never added to
/// them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// Its id.
    pub id: MovementId,
    /// The round that comes after it.
    pub round: RoundId,
    /// Where the people were counted or are.
    pub area: Pcode,
    /// What it was.
    pub kind: MovementKind,
    /// How many persons.
    pub persons: i64,
    /// So many more or fewer it may have been, eight times in ten; zero where it is certain.
    pub margin: i64,
    /// Who or what says so: an event, a register, an agency; never a person's name.
    pub source: String,
    /// Who wrote it, as audit entries name them.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Who withdrew it, and when.
    pub withdrawn: Option<(String, Instant)>,
}
