//! Instants; field dates are `chrono::NaiveDate`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A moment, in milliseconds UTC since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Instant(i64);

impl Instant {
    /// The moment this many milliseconds after 1970 began, in UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds UTC since 1970.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The same moment as chrono writes it; moments no calendar has become 1970.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// The calendar day in UTC.
    pub fn date(self) -> chrono::NaiveDate {
        self.to_utc().date_naive()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}
