//! Reading one answer as a day, a position or an age group, as field data write them.

use chrono::NaiveDate;
use dtm_model::{Answer, Point};

/// Reads a day. Understands `2023-02-14`, `2023-02-14 00:00:00`, a month alone (`2022-6`, its first day), and day and
/// month in either order only where one of them cannot be a month.
pub(crate) fn read_date(answer: &Answer) -> Option<NaiveDate> {
    match answer {
        Answer::Date(date) => Some(*date),
        Answer::Text(text) | Answer::DateTime(text) | Answer::Unreadable(text) => read_date_text(text),
        _ => None,
    }
}

pub(super) fn read_date_text(text: &str) -> Option<NaiveDate> {
    let day = text.trim().split(['T', ' ']).next()?;
    let parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    if parts.iter().any(|part| part.is_empty() || part.len() > 4 || !part.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let number = |part: &str| part.parse::<u32>().ok();
    let of = |year: &str, month: u32, day: u32| {
        let year: i32 = (year.len() == 4).then(|| year.parse().ok())??;
        (1900..=2199).contains(&year).then(|| NaiveDate::from_ymd_opt(year, month, day))?
    };
    match parts[..] {
        [year, month] if year.len() == 4 => of(year, number(month)?, 1),
        [month, year] if year.len() == 4 => of(year, number(month)?, 1),
        [year, month, day] if year.len() == 4 => of(year, number(month)?, number(day)?),
        [first, second, year] if year.len() == 4 => {
            let (first, second) = (number(first)?, number(second)?);
            match (first > 12, second > 12) {
                (true, false) => of(year, second, first),
                (false, true) => of(year, first, second),
                _ if first == second => of(year, first, second),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Reads a position: a point, or text «latitude longitude [altitude accuracy]».
pub(super) fn read_position(answer: &Answer) -> Option<Point> {
    match answer {
        Answer::Point(point) => on_earth(point.lat, point.lon),
        Answer::Text(text) | Answer::Unreadable(text) => {
            let mut numbers = text.split_whitespace().map(str::parse::<f64>);
            let (lat, lon) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
            on_earth(lat, lon)
        }
        _ => None,
    }
}

/// The position, if it is one on earth; latitude and longitude both exactly zero are a receiver without a fix.
pub(super) fn on_earth(lat: f64, lon: f64) -> Option<Point> {
    let sound = lat.abs() <= 90.0 && lon.abs() <= 180.0 && (lat != 0.0 || lon != 0.0);
    sound.then_some(Point { lon, lat })
}

/// Whether this is an age group in completed years: `0`, `1-5`, `60+`.
pub fn is_age(age: &str) -> bool {
    let year = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let years = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
    if let Some(from) = age.strip_suffix('+') {
        return year(from);
    }
    match age.split_once('-') {
        Some((from, to)) => year(from) && year(to) && years(from) <= years(to),
        None => year(age),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_field_data_write_them_and_never_guessed() {
        let read = |text: &str| read_date_text(text).map(|date| date.to_string());
        assert_eq!(read("2023-02-14").as_deref(), Some("2023-02-14"));
        assert_eq!(read("2024-11-15 00:00:00.000000").as_deref(), Some("2024-11-15"));
        assert_eq!(read("2024-12-04T10:46:52.000+02:00").as_deref(), Some("2024-12-04"));
        assert_eq!(read("2022-6").as_deref(), Some("2022-06-01"));
        assert_eq!(read("06/2022").as_deref(), Some("2022-06-01"));
        assert_eq!(read("14/02/2023").as_deref(), Some("2023-02-14"));
        assert_eq!(read("02/14/2023").as_deref(), Some("2023-02-14"));
        assert_eq!(read("02/03/2023"), None, "day or month cannot be told apart");
        for odd in ["", "hier", "2023-13-01", "2023-02-30", "20230-1-1", "-", "99999999999-1-1"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_receiver_without_a_fix_has_no_position() {
        assert_eq!(read_position(&Answer::Text("0 0 0 0".into())), None);
        assert_eq!(read_position(&Answer::Text("-15.43 34.81 0 0".into())), Some(Point { lon: 34.81, lat: -15.43 }));
        assert_eq!(read_position(&Answer::Text("NaN 3".into())), None);
        assert_eq!(read_position(&Answer::Text("95 3".into())), None);
    }

    #[test]
    fn age_groups_are_years_ranges_and_open_ends() {
        for age in ["0", "1-5", "18-59", "60+"] {
            assert!(is_age(age), "{age}");
        }
        for age in ["", "-", "adult", "5-1", "60-", "1 - 5", "1000"] {
            assert!(!is_age(age), "{age}");
        }
    }
}
