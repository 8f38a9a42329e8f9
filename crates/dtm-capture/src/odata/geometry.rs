//! Positions, lines and areas as phones write them (`lat lon altitude accuracy; …`), turned into GeoJSON and WKT.

use super::value::number;
use dtm_model::FieldKind;
use std::fmt::Write as _;

/// One position of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fix {
    lon: f64,
    lat: f64,
    altitude: Option<f64>,
    accuracy: Option<f64>,
}

/// The positions of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct GeoText {
    kind: FieldKind,
    fixes: Vec<Fix>,
}

fn fix(text: &str) -> Option<Fix> {
    let mut numbers = text.split_whitespace();
    let mut next = || numbers.next().map(|word| word.parse::<f64>().ok().filter(|n| n.is_finite()));
    let (lat, lon) = (next()??, next()??);
    let (altitude, accuracy) = (next(), next());
    // What is said beside the position must be numbers, too.
    let sound = altitude != Some(None) && accuracy != Some(None) && numbers.next().is_none();
    let on_earth = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
    (sound && on_earth).then_some(Fix { lon, lat, altitude: altitude.flatten(), accuracy: accuracy.flatten() })
}

impl GeoText {
    /// Reads an answer; nothing where one of its positions is none.
    pub fn read(kind: FieldKind, text: &str) -> Option<GeoText> {
        let fixes = match kind {
            FieldKind::Geopoint => vec![fix(text)?],
            FieldKind::Geotrace | FieldKind::Geoshape => {
                let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
                parts.map(fix).collect::<Option<Vec<_>>>()?
            }
            _ => return None,
        };
        (!fixes.is_empty()).then_some(GeoText { kind, fixes })
    }

    /// Whether it is what it claims to be: a line has two positions, an area four of which the last is the first.
    pub fn is_sound(&self) -> bool {
        match self.kind {
            FieldKind::Geotrace => self.fixes.len() >= 2,
            FieldKind::Geoshape => {
                let ends = self.fixes.first().zip(self.fixes.last());
                self.fixes.len() >= 4 && ends.is_some_and(|(a, b)| (a.lon, a.lat) == (b.lon, b.lat))
            }
            _ => true,
        }
    }

    /// Writes the coordinates as GeoJSON nests them.
    fn write_coordinates(&self, out: &mut String) {
        let list = |out: &mut String| {
            out.push('[');
            for (at, fix) in self.fixes.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                fix.write(out);
            }
            out.push(']');
        };
        match self.kind {
            FieldKind::Geopoint => self.fixes[0].write(out),
            FieldKind::Geotrace => list(out),
            _ => {
                out.push('[');
                list(out);
                out.push(']');
            }
        }
    }

    /// The type of its GeoJSON geometry.
    pub fn geometry_type(&self) -> &'static str {
        match self.kind {
            FieldKind::Geopoint => "Point",
            FieldKind::Geotrace => "LineString",
            _ => "Polygon",
        }
    }

    /// Its coordinates as GeoJSON.
    pub fn coordinates(&self) -> String {
        let mut out = String::new();
        self.write_coordinates(&mut out);
        out
    }

    /// Its geometry as GeoJSON, without what was said of its accuracy.
    pub fn geometry(&self) -> String {
        format!("{{\"type\":\"{}\",\"coordinates\":{}}}", self.geometry_type(), self.coordinates())
    }
}

impl Fix {
    fn write(&self, out: &mut String) {
        out.push('[');
        out.push_str(&number(self.lon));
        out.push(',');
        out.push_str(&number(self.lat));
        if let Some(altitude) = self.altitude {
            out.push(',');
            out.push_str(&number(altitude));
        }
        out.push(']');
    }
}

/// The answer as OData writes geographies in JSON, its accuracy among the properties.
pub fn geojson(kind: FieldKind, text: &str) -> Option<String> {
    let geo = GeoText::read(kind, text)?;
    let mut out = geo.geometry();
    let accuracies: Vec<Option<f64>> = geo.fixes.iter().map(|fix| fix.accuracy).collect();
    if kind == FieldKind::Geopoint {
        if let Some(accuracy) = accuracies[0] {
            out.pop();
            let _ = write!(out, ",\"properties\":{{\"accuracy\":{}}}}}", number(accuracy));
        }
    } else if accuracies.iter().any(|accuracy| accuracy.is_some_and(|n| n != 0.0)) {
        // Along a line an accuracy of nought says nothing.
        let said = accuracies.iter().map(|accuracy| match accuracy {
            Some(n) if *n != 0.0 => number(*n),
            _ => "null".to_owned(),
        });
        let said: Vec<String> = said.collect();
        out.pop();
        let _ = write!(out, ",\"properties\":{{\"accuracies\":[{}]}}}}", said.join(","));
    }
    Some(out)
}

/// The answer as well-known text.
pub fn wkt(kind: FieldKind, text: &str) -> Option<String> {
    let geo = GeoText::read(kind, text)?;
    let one = |fix: &Fix| {
        let altitude = fix.altitude.map(|n| format!(" {}", number(n))).unwrap_or_default();
        format!("{} {}{altitude}", number(fix.lon), number(fix.lat))
    };
    let points: Vec<String> = geo.fixes.iter().map(one).collect();
    let points = points.join(",");
    Some(match kind {
        FieldKind::Geopoint => format!("POINT ({points})"),
        FieldKind::Geotrace => format!("LINESTRING ({points})"),
        _ => format!("POLYGON (({points}))"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use FieldKind::*;

    #[test]
    fn positions_lines_and_areas_are_written_longitude_first() {
        for (kind, text, json, words) in [
            (
                Geopoint,
                "18.54 -72.33 30 5",
                r#"{"type":"Point","coordinates":[-72.33,18.54,30],"properties":{"accuracy":5}}"#,
                "POINT (-72.33 18.54 30)",
            ),
            (Geopoint, "18.5 -72", r#"{"type":"Point","coordinates":[-72,18.5]}"#, "POINT (-72 18.5)"),
            (
                Geotrace,
                "1 2 3 4; 5 6 7 0;",
                r#"{"type":"LineString","coordinates":[[2,1,3],[6,5,7]],"properties":{"accuracies":[4,null]}}"#,
                "LINESTRING (2 1 3,6 5 7)",
            ),
            (
                Geoshape,
                "1 2;3 4;5 6;1 2",
                r#"{"type":"Polygon","coordinates":[[[2,1],[4,3],[6,5],[2,1]]]}"#,
                "POLYGON ((2 1,4 3,6 5,2 1))",
            ),
        ] {
            assert_eq!(geojson(kind, text).as_deref(), Some(json));
            assert_eq!(wkt(kind, text).as_deref(), Some(words));
        }
        for odd in ["", "1", "91 0", "1 181", "x y", "1 2 three", "1 2 3 4 5", "NaN 1", "1 2; 3"] {
            assert_eq!(geojson(Geopoint, odd), None, "{odd}");
        }
        assert_eq!(geojson(Geotrace, ";"), None);
        assert!(!GeoText::read(Geoshape, "1 2;3 4;5 6;7 8").unwrap().is_sound());
        assert!(!GeoText::read(Geotrace, "1 2").unwrap().is_sound());
    }
}
