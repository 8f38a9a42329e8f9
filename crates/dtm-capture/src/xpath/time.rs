//! Dates and times as expressions see them: in the phone's own time.
//!
//! A [`LocalTime`] counts milliseconds from the start of 1970 in the phone's zone, which is taken to have one offset
//! throughout. A text with an offset of its own is turned into that zone.

use super::XPathError;
use chrono::{DateTime, Datelike, NaiveDate, Timelike};

const DAY_MS: i64 = 86_400_000;

/// A date and time of day in the phone's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LocalTime(i64);

impl LocalTime {
    /// From milliseconds since 1970 began in the phone's zone; none beyond the years that a calendar has.
    pub(crate) fn from_millis(millis: i64) -> Option<LocalTime> {
        let year = DateTime::from_timestamp_millis(millis)?.year();
        (-9999..=9999).contains(&year).then_some(LocalTime(millis))
    }

    /// From whole days since 1970.
    pub(crate) fn from_day(day: i64) -> Option<LocalTime> {
        LocalTime::from_millis(day.checked_mul(DAY_MS)?)
    }

    pub(crate) fn millis(self) -> i64 {
        self.0
    }

    /// Whole days since 1970.
    pub(crate) fn day(self) -> i64 {
        self.0.div_euclid(DAY_MS)
    }

    /// Days since 1970, with the time of day as a fraction.
    pub(crate) fn days(self) -> f64 {
        self.0 as f64 / DAY_MS as f64
    }

    /// The time of day as a fraction of a day.
    pub(crate) fn day_fraction(self) -> f64 {
        self.0.rem_euclid(DAY_MS) as f64 / DAY_MS as f64
    }

    /// The start of its day.
    pub(crate) fn midnight(self) -> LocalTime {
        LocalTime(self.day() * DAY_MS)
    }

    fn calendar(self) -> chrono::NaiveDateTime {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default().naive_utc()
    }

    /// `2024-02-29`
    pub(crate) fn date_text(self) -> String {
        self.calendar().format("%Y-%m-%d").to_string()
    }

    /// Writes it by a pattern of `%` letters.
    pub(crate) fn write(self, pattern: &str) -> Result<String, XPathError> {
        let time = self.calendar();
        let mut text = String::new();
        let mut chars = pattern.chars();
        while let Some(char) = chars.next() {
            if char != '%' {
                text.push(char);
                continue;
            }
            let letter = chars.next().ok_or_else(|| XPathError::Arguments("format-date".to_owned()))?;
            text += &match letter {
                '%' => "%".to_owned(),
                'Y' => format!("{:04}", time.year()),
                'y' => format!("{:02}", time.year().rem_euclid(100)),
                'm' => format!("{:02}", time.month()),
                'n' => time.month().to_string(),
                'b' => time.format("%b").to_string(),
                'd' => format!("{:02}", time.day()),
                'e' => time.day().to_string(),
                'H' => format!("{:02}", time.hour()),
                'h' => time.hour().to_string(),
                'M' => format!("{:02}", time.minute()),
                'S' => format!("{:02}", time.second()),
                '3' => format!("{:03}", time.and_utc().timestamp_subsec_millis()),
                'a' => time.format("%a").to_string(),
                'W' => time.iso_week().week().to_string(),
                other => return Err(XPathError::Unsupported(format!("%{other}"))),
            };
        }
        Ok(text)
    }
}

/// Reads `year-month-day`, perhaps with `Thh:mm[:ss[.fff]]` and an offset, into the zone of this offset in minutes.
pub(crate) fn read_time(text: &str, offset_minutes: i32) -> Option<LocalTime> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.splitn(4, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let number =
        |text: &str| if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse::<u32>().ok() } else { None };
    let day = NaiveDate::from_ymd_opt(i32::try_from(number(year)?).ok()?, number(month)?, number(day)?)?;
    let midnight = day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis();
    let Some(time) = time else { return LocalTime::from_millis(midnight) };
    let (millis, offset) = read_clock(time)?;
    let shift = offset.map_or(0, |offset| i64::from(offset_minutes - offset) * 60_000);
    LocalTime::from_millis(midnight + millis + shift)
}

/// Reads `hh:mm[:ss[.fff]]` with an optional offset: milliseconds of the day, and the offset in minutes.
pub(crate) fn read_clock(text: &str) -> Option<(i64, Option<i32>)> {
    let zone_at = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone_at);
    let offset = match zone.chars().next() {
        None => None,
        Some('Z') => Some(0),
        Some(sign) => {
            let (hours, minutes) = zone[1..].split_once(':').unwrap_or(match zone.len() {
                5 => (&zone[1..3], &zone[3..5]),
                _ => (&zone[1..], "0"),
            });
            let minutes = hours.parse::<i32>().ok()?.checked_mul(60)?.checked_add(minutes.parse().ok()?)?;
            if minutes > 24 * 60 {
                return None;
            }
            Some(if sign == '-' { -minutes } else { minutes })
        }
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (parts.next()?.parse::<i64>().ok()?, parts.next()?.parse::<i64>().ok()?);
    let seconds = parts.next().map_or(Some(0.0), |text| text.parse::<f64>().ok())?;
    if parts.next().is_some()
        || !(0..24).contains(&hour)
        || !(0..60).contains(&minute)
        || !(0.0..60.0).contains(&seconds)
    {
        return None;
    }
    Some(((hour * 60 + minute) * 60_000 + (seconds * 1000.0).round() as i64, offset))
}
