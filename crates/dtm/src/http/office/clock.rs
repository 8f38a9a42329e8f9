//! Moments as the people of an operation read and write them: in its time zone, which is named. Beside what people read
//! stands UTC for machines. What belongs to no operation is told in UTC.

use super::super::central;
use super::super::problem::Problem;
use crate::journey::plan;
use askama::filters::HtmlSafe;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use dtm_model::{Instant, Operation};
use dtm_publish::words::Words;
use std::fmt;

/// Tells moments in one language and one time zone.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    w: &'static Words,
    zone: Tz,
}

/// A moment in markup; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    /// The moment for machines.
    utc: String,
    words: String,
}

impl Moment {
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The moment without markup, as an attribute takes it.
    pub(super) fn words(&self) -> &str {
        &self.words
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() { Ok(()) } else { write!(f, "<time datetime=\"{}\">{}</time>", self.utc, self.words) }
    }
}

// Dates, hours and the names of the zone table hold no markup.
impl HtmlSafe for Moment {}

impl Clock {
    /// The clock of an operation.
    pub(super) fn of(w: &'static Words, operation: &Operation) -> Self {
        Self { w, zone: operation.time_zone.as_deref().and_then(plan::zone).unwrap_or(Tz::UTC) }
    }

    /// The clock of what belongs to no operation.
    pub(super) fn utc(w: &'static Words) -> Self {
        Self { w, zone: Tz::UTC }
    }

    pub(super) fn words(self) -> &'static Words {
        self.w
    }

    /// The zone as people call it: by the city that stands for it.
    pub(super) fn zone_name(self) -> String {
        let name = self.zone.name();
        name.rsplit('/').next().unwrap_or(name).replace('_', " ")
    }

    fn local(self, at: Instant) -> NaiveDateTime {
        at.to_utc().with_timezone(&self.zone).naive_local()
    }

    /// The day of a moment, as people there have it.
    pub(super) fn day(self, at: Instant) -> String {
        self.w.date(self.local(at).date())
    }

    /// The first and the last moment of a day there; none where this is no day.
    pub(super) fn bounds(self, day: &str) -> Option<(Instant, Instant)> {
        let day = NaiveDate::parse_from_str(day.trim(), "%Y-%m-%d").ok()?;
        let begins = |day: NaiveDate| self.moment_of(day.and_time(NaiveTime::MIN)).map(Instant::as_millis);
        let (first, next) = (begins(day)?, begins(day.succ_opt()?)?);
        Some((Instant::from_millis(first), Instant::from_millis(next - 1)))
    }

    /// The moment that a clock there shows. An hour that it leaps over in spring is read as the one after it; of one that
    /// comes twice, the first.
    fn moment_of(self, local: NaiveDateTime) -> Option<Instant> {
        let found = self.zone.from_local_datetime(&local).earliest();
        let found = found.or_else(|| self.zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest());
        found.map(|found| Instant::from_millis(found.timestamp_millis()))
    }

    /// A moment as a sentence takes it.
    pub(super) fn text(self, at: Instant) -> String {
        let local = self.local(at);
        let (day, hour, zone) = (self.w.date(local.date()), local.format("%H:%M"), self.zone_name());
        if self.zone == Tz::UTC { format!("{day}, {hour} UTC") } else { format!("{day}, {hour} ({zone})") }
    }

    /// A moment as a page shows it.
    pub(super) fn moment(self, at: Instant) -> Moment {
        Moment { utc: at.to_string(), words: self.text(at) }
    }

    /// A moment as the field of a form takes it.
    pub(super) fn field(self, at: Option<Instant>) -> String {
        at.map(|at| self.local(at).format("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default()
    }

    /// What was written in such a field; none where it was left empty.
    pub(super) fn read(self, field: &str, text: &str) -> Result<Option<Instant>, Problem> {
        let written = central::moment(field, Some(Some(text.to_owned())), None)?;
        Ok(written.map(|at| self.moment_of(at.to_utc().naive_utc()).unwrap_or(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Lang;

    fn clock(zone_name: &str) -> Clock {
        Clock { w: Words::of(Lang::En), zone: plan::zone(zone_name).unwrap() }
    }

    #[test]
    fn a_moment_is_read_in_the_zone_of_the_operation_and_by_machines_in_utc() {
        let at = Instant::from_millis(1_768_447_800_000);
        let shown = clock("America/Port-au-Prince").moment(at).to_string();
        let day = "14\u{a0}January\u{a0}2026, 22:30 (Port-au-Prince)";
        assert_eq!(shown, format!("<time datetime=\"2026-01-15T03:30:00.000Z\">{day}</time>"));
        assert_eq!(clock("America/Port-au-Prince").moment(at).words(), day);
        assert_eq!(Moment::default().to_string(), "");
        assert_eq!(Clock::utc(Words::of(Lang::En)).text(at), "15\u{a0}January\u{a0}2026, 03:30 UTC");
    }

    #[test]
    fn what_a_person_writes_in_a_field_is_what_they_read_there() {
        let haiti = clock("America/Port-au-Prince");
        for text in ["2026-07-01T08:00", "2026-01-15T23:59"] {
            assert_eq!(haiti.field(haiti.read("opensAt", text).unwrap()), text);
        }
        assert_eq!(haiti.read("opensAt", " ").unwrap(), None);
        assert_eq!(haiti.field(haiti.read("opensAt", "2026-03-08T02:30").unwrap()), "2026-03-08T03:30");
        assert_eq!(haiti.read("opensAt", "soon").unwrap_err().central, 400.8);
    }

    #[test]
    fn a_day_begins_and_ends_where_the_operation_is() {
        let bounds =
            |zone: &str, day: &str| clock(zone).bounds(day).map(|(first, last)| (first.to_string(), last.to_string()));
        let day = |first: &str, last: &str| Some((first.to_owned(), last.to_owned()));
        let haiti = bounds("America/Port-au-Prince", "2026-01-15");
        assert_eq!(haiti, day("2026-01-15T05:00:00.000Z", "2026-01-16T04:59:59.999Z"));
        assert_eq!(bounds("UTC", "2026-01-15"), day("2026-01-15T00:00:00.000Z", "2026-01-15T23:59:59.999Z"));
        // The day on which the clock leaps has 23 hours.
        let leaps = bounds("America/Port-au-Prince", "2026-03-08");
        assert_eq!(leaps, day("2026-03-08T05:00:00.000Z", "2026-03-09T03:59:59.999Z"));
        assert_eq!(bounds("UTC", "today"), None);
        let late = Instant::from_millis(1_768_447_800_000);
        assert_eq!(clock("America/Port-au-Prince").day(late), "14\u{a0}January\u{a0}2026");
    }

    #[test]
    fn a_zone_goes_by_its_name_and_is_called_by_its_city() {
        assert_eq!(clock("Africa/Addis_Ababa").zone_name(), "Addis Ababa");
        assert!(plan::zone("Port-au-Prince").is_none() && plan::zone("America/<b>").is_none());
        let mut names = plan::zone_names();
        assert!(names.any(|name| name == "Africa/Ndjamena") && names.all(|name| plan::zone(name).is_some()));
    }
}
