//! What a request for features asks: a window, days, rounds, columns and their values, a page. What is not known is
//! refused, as the standard wants.

use super::super::rest::wrong;
use crate::http::problem::Problem;
use chrono::{DateTime, NaiveDate};
use dtm_model::Point;
use dtm_publish::dataset::Shape;
use geo::{Intersects, Rect};

/// Features of a page where the client does not say, and at most; more than that is answered with the most.
pub(super) const PAGE: usize = 1_000;
pub(super) const LARGEST_PAGE: usize = 10_000;

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// A request for features, read.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) limit: usize,
    pub(super) offset: usize,
    window: Option<Window>,
    pub(super) days: Option<Days>,
    /// Columns and the values wanted of them.
    pub(super) columns: Vec<(String, String)>,
}

/// A window in degrees; over the date line, west is the greater.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Window {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

/// Days from the first to the last, either of which may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

impl Days {
    pub(super) fn hold(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

impl Asked {
    /// Reads the parameters of a request; `has_column` knows the columns of the collection.
    pub(super) fn read(given: &[(String, String)], has_column: impl Fn(&str) -> bool) -> Result<Asked, Problem> {
        let mut asked = Asked { limit: PAGE, offset: 0, window: None, days: None, columns: Vec::new() };
        for (name, value) in given {
            match name.as_str() {
                "limit" => {
                    let limit: usize = value.parse().ok().filter(|limit| *limit > 0).ok_or_else(|| {
                        wrong("limit is a whole number from 1 on.", "limit est un nombre entier à partir de 1.")
                    })?;
                    asked.limit = limit.min(LARGEST_PAGE);
                }
                "offset" => {
                    asked.offset = value.parse().map_err(|_| {
                        wrong("offset is a whole number from 0 on.", "offset est un nombre entier à partir de 0.")
                    })?;
                }
                "bbox" => asked.window = Some(window(value)?),
                "bbox-crs" | "crs" if value == CRS84 => {}
                "bbox-crs" | "crs" => {
                    return Err(wrong(
                        format!("{name} can only be {CRS84}."),
                        format!("{name} ne peut être que {CRS84}."),
                    ));
                }
                "datetime" => asked.days = Some(days(value)?),
                "f" if ["json", "geojson"].contains(&value.as_str()) => {}
                "f" => return Err(wrong("f is json.", "f vaut json.")),
                name if has_column(name) => asked.columns.push((name.to_owned(), value.clone())),
                name => {
                    return Err(wrong(
                        format!("There is no parameter or column {name}."),
                        format!("Il n’y a ni paramètre ni colonne {name}."),
                    ));
                }
            }
        }
        Ok(asked)
    }

    /// Whether rounds before the newest are wanted, too.
    pub(super) fn wants_all_rounds(&self) -> bool {
        self.days.is_some() || self.columns.iter().any(|(name, _)| ["round", "reported_on"].contains(&name.as_str()))
    }

    /// Whether a row that is there lies in the window. What has no position lies in none.
    pub(super) fn takes(&self, shape: Option<Shape<'_>>) -> bool {
        let Some(window) = self.window else { return true };
        match shape {
            None => false,
            Some(Shape::Point(at)) => window.holds(at),
            Some(Shape::Area(outline)) => window.parts().any(|part| part.intersects(outline)),
        }
    }
}

impl Window {
    fn parts(self) -> impl Iterator<Item = Rect<f64>> {
        let part = move |west: f64, east: f64| Rect::new((west, self.south), (east, self.north));
        let parts = match self.west <= self.east {
            true => [Some(part(self.west, self.east)), None],
            false => [Some(part(self.west, 180.0)), Some(part(-180.0, self.east))],
        };
        parts.into_iter().flatten()
    }

    fn holds(self, at: Point) -> bool {
        let between = match self.west <= self.east {
            true => self.west <= at.lon && at.lon <= self.east,
            false => at.lon >= self.west || at.lon <= self.east,
        };
        between && self.south <= at.lat && at.lat <= self.north
    }
}

/// `west,south,east,north`, or with heights, which nothing here has.
fn window(text: &str) -> Result<Window, Problem> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    let window = match numbers.as_deref() {
        Some(&[west, south, east, north]) | Some(&[west, south, _, east, north, _]) => {
            Some(Window { west, south, east, north })
        }
        _ => None,
    };
    let is_sound = |window: &Window| {
        [window.west, window.south, window.east, window.north].iter().all(|side| side.is_finite())
            && window.south <= window.north
    };
    window.filter(is_sound).ok_or_else(|| {
        wrong(
            "bbox is four numbers, west,south,east,north, in degrees, south not above north.",
            "bbox est formé de quatre nombres, ouest,sud,est,nord, en degrés, le sud pas au-dessus du nord.",
        )
    })
}

/// An instant, a day, or two of them with `/` between, of which one may be open: `..` or nothing.
fn days(text: &str) -> Result<Days, Problem> {
    let refused = || {
        wrong(
            "datetime is a day or an instant (2026-01-05, 2026-01-05T00:00:00Z), or two with / between, either of which may be ..",
            "datetime est un jour ou un instant (2026-01-05, 2026-01-05T00:00:00Z), ou deux séparés par /, l’un pouvant être ..",
        )
    };
    let day = |text: &str| -> Result<NaiveDate, Problem> {
        let of_instant = || DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc().date_naive());
        text.parse().ok().or_else(of_instant).ok_or_else(refused)
    };
    let end = |text: &str| if ["", ".."].contains(&text) { Ok(None) } else { day(text).map(Some) };
    let Some((from, to)) = text.split_once('/') else {
        let day = day(text)?;
        return Ok(Days { from: Some(day), to: Some(day) });
    };
    let days = Days { from: end(from)?, to: end(to)? };
    let is_sound = match (days.from, days.to) {
        (Some(from), Some(to)) => from <= to,
        (None, None) => false,
        _ => true,
    };
    if is_sound { Ok(days) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Asked, String> {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let given: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Asked::read(&given, |name| name == "area").map_err(|problem| problem.code.to_owned())
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for odd in [
            "limit=0",
            "limit=-1",
            "limit=ten",
            "limit=",
            "offset=-1",
            "bbox=1,2,3",
            "bbox=1,2,3,4,5",
            "bbox=a,b,c,d",
            "bbox=0,2,1,1",
            "bbox=0,0,NaN,1",
            "bbox=0,0,inf,1",
            "bbox-crs=EPSG:4326",
            "datetime=",
            "datetime=yesterday",
            "datetime=2026-13-01",
            "datetime=../..",
            "datetime=/",
            "datetime=2026-02-01/2026-01-01",
            "datetime=2026-01-01/2026-01-02/2026-01-03",
            "f=xml",
            "colour=red",
        ] {
            assert_eq!(read(odd).unwrap_err(), "bad_parameter", "{odd}");
        }
    }

    #[test]
    fn a_page_that_is_too_long_is_the_longest_there_is() {
        assert_eq!(read("limit=1000000").unwrap().limit, LARGEST_PAGE);
        assert_eq!(read("area=HT01").unwrap().columns, [("area".to_owned(), "HT01".to_owned())]);
    }

    #[test]
    fn days_may_be_open_at_either_end() {
        let holds =
            |text: &str, day: &str| read(&format!("datetime={text}")).unwrap().days.unwrap().hold(day.parse().unwrap());
        assert!(holds("2026-01-05", "2026-01-05") && !holds("2026-01-05", "2026-01-06"));
        assert!(holds("2026-01-05T12:00:00Z", "2026-01-05"));
        assert!(holds("2026-01-05/..", "2027-01-01") && !holds("2026-01-05/", "2026-01-04"));
        assert!(holds("/2026-01-05", "2020-01-01") && !holds("../2026-01-05", "2026-01-06"));
    }

    #[test]
    fn a_window_over_the_date_line_has_two_parts() {
        let takes = |bbox: &str, lon: f64, lat: f64| {
            read(&format!("bbox={bbox}")).unwrap().takes(Some(Shape::Point(Point { lon, lat })))
        };
        assert!(takes("170,-30,-170,0", 178.0, -18.0) && takes("170,-30,-170,0", -175.0, -18.0));
        assert!(!takes("170,-30,-170,0", 0.0, -18.0));
        assert!(takes("-73,18,-72,19", -72.3, 18.5) && !takes("-73,18,-72,19", -72.3, 19.5));
        assert!(takes("-73,18,0,-72,19,100", -72.3, 18.5));
        assert!(!read("bbox=-73,18,-72,19").unwrap().takes(None) && read("").unwrap().takes(None));
    }
}
