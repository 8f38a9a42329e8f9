//! A moment as a phone writes it, with the zone it was written in.

use chrono::{DateTime, NaiveDate, Timelike};
use dtm_model::Instant;

/// A moment and the clock on the wall where it was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// The moment.
    pub at: Instant,
    /// How far the clock on the wall was ahead of UTC.
    pub offset_minutes: i32,
}

impl Moment {
    /// Reads `2021-07-05T10:58:34.147+03:00`; without a zone the moment is not known.
    pub fn read(text: &str) -> Option<Self> {
        let moment = DateTime::parse_from_rfc3339(text.trim())
            .or_else(|_| DateTime::parse_from_str(text.trim(), "%Y-%m-%dT%H:%M:%S%.f%z"))
            .ok()?;
        let offset_minutes = moment.offset().local_minus_utc() / 60;
        Some(Self { at: Instant::from_millis(moment.timestamp_millis()), offset_minutes })
    }

    /// Hour and minute on the wall.
    pub fn time_of_day(self) -> (u32, u32) {
        let local = self.local().to_utc();
        (local.hour(), local.minute())
    }

    /// The day on the wall.
    pub fn day(self) -> NaiveDate {
        self.local().date()
    }

    /// What UTC would have to be for its clock to show what the one on the wall shows.
    fn local(self) -> Instant {
        Instant::from_millis(self.at.as_millis().saturating_add(i64::from(self.offset_minutes) * 60_000))
    }

    /// Minutes from an earlier moment to this one.
    pub fn minutes_since(self, earlier: Self) -> f64 {
        (self.at.as_millis() - earlier.at.as_millis()) as f64 / 60_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_keeps_the_clock_on_the_wall() {
        let late = Moment::read("2021-07-05T23:58:34.147+03:00").unwrap();
        assert_eq!(late.time_of_day(), (23, 58));
        assert_eq!(late, Moment { at: Instant::from_millis(1_625_518_714_147), offset_minutes: 180 });
        assert_eq!(Moment::read("2021-07-05T23:58:34.147-0500").unwrap().time_of_day(), (23, 58));
        assert_eq!(Moment::read("2021-07-05T23:58:34"), None);
    }
}
