//! What a round settles on for a place.

use crate::{Breakdown, Pcode, RecordId, RoundLabel, Setting, Ssid};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// How a figure was reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum How {
    /// Collected in this round.
    Reported,
    /// Settled between several sources of this round.
    Triangulated,
    /// The place was not reached; its last count stands.
    Carried {
        /// The round the count is from.
        from: RoundLabel,
    },
    /// Computed where nothing was counted.
    Estimated,
}

/// The value a round settles on for place × indicator × breakdown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The place.
    pub place: Ssid,
    /// The area it lies in, the smallest known.
    pub area: Pcode,
    /// Site or host community; none at a flow monitoring point.
    pub setting: Option<Setting>,
    /// The indicator's code.
    pub indicator: String,
    /// Which of the people.
    pub breakdown: Breakdown,
    /// The count, in the indicator's unit.
    pub value: f64,
    /// How it was reached.
    pub how: How,
    /// The day it was observed (for a carried figure, in its own round).
    pub observed_on: NaiveDate,
    /// The records it rests on.
    pub records: Vec<RecordId>,
    /// Low and high, where verification gave them: fewer than the low once in ten, more than the high once in ten.
    #[serde(default)]
    pub range: Option<(f64, f64)>,
}
