//! From the rows of any format to areas: properties are recognised, parents derived, outlines checked.
//!
//! A parent that the file does not name is taken from the code: `HT0131-10` → `HT0131` → `HT01` → `HT`. Where areas of
//! the level above are known, a code that is among them wins. The part after the last dash goes, else as many digits as
//! administrative codes commonly spend on that level.

use super::problem::{PlaceFileError, PlaceProblem};
use super::properties::{Columns, recognise};
use super::raw::{AreaOptions, MAX_AREAS, MAX_BYTES, RawArea};
use super::shapes::shape_of;
use super::{geojson, shapes, table, topojson};
use crate::wording::facts;
use chrono::NaiveDate;
use dtm_model::{Area, Boundary, Pcode, Text};
use std::collections::{BTreeMap, BTreeSet};

const LONGEST_CODE: usize = 40;

/// What a file gave.
#[derive(Clone, Debug, Default)]
pub struct ReadAreas {
    /// The areas of the file, by code.
    pub areas: Vec<Area>,
    /// Areas of higher levels that the file names by the way, by code; without outlines.
    pub parents: Vec<Area>,
    /// The outlines, by code.
    pub boundaries: Vec<Boundary>,
    /// What somebody should look at.
    pub problems: Vec<PlaceProblem>,
}

/// Reads areas and their outlines from a GeoJSON, TopoJSON, zipped Shapefile or CSV file.
pub fn read_areas(bytes: &[u8], file_name: &str, options: &AreaOptions) -> Result<ReadAreas, PlaceFileError> {
    if bytes.len() > MAX_BYTES {
        let what = format!("{} bytes", bytes.len());
        return Err(PlaceFileError::TooLarge { name: file_name.to_owned(), what });
    }
    let ending = file_name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let rows = if body.starts_with(b"PK") {
        shapes::read_zip(body, file_name, options.level)?
    } else if body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{') {
        if topojson::is_topology(body) { topojson::read(body, file_name)? } else { geojson::read(body, file_name)? }
    } else if matches!(ending.as_str(), "csv" | "tsv" | "txt") {
        table::read(body, file_name)?
    } else {
        return Err(PlaceFileError::UnknownFormat { name: file_name.to_owned() });
    };
    gather(rows, file_name, options)
}

/// Reads areas from the two parts of a Shapefile; `encoding` is the text of its `.cpg` file, where there is one.
pub fn read_shapefile(
    shp: &[u8],
    dbf: &[u8],
    encoding: Option<&str>,
    options: &AreaOptions,
) -> Result<ReadAreas, PlaceFileError> {
    gather(shapes::read_parts(shp, dbf, encoding, "shapefile")?, "shapefile", options)
}

fn gather(rows: Vec<RawArea>, file_name: &str, options: &AreaOptions) -> Result<ReadAreas, PlaceFileError> {
    if rows.len() > MAX_AREAS {
        return Err(PlaceFileError::TooLarge { name: file_name.to_owned(), what: format!("{} areas", rows.len()) });
    }
    let mut read = Gathered { options, ..Gathered::new(options) };
    if let [only] = &rows[..]
        && options.level == Some(0)
        && let (Some(country), None) = (&options.country, recognise(&rows, options))
    {
        // The outline of a country often comes without any property.
        let code = Pcode(country.clone());
        let area = Area { name: Text::new().with("en", country.clone()), ..bare(code.clone(), 0, None) };
        read.outline(&code, only);
        read.areas.insert(code, (1, area));
        return Ok(read.finish());
    }
    let Some(columns) = recognise(&rows, options) else {
        let found: BTreeSet<String> =
            rows.iter().take(20).flat_map(|row| row.properties.iter().map(|(name, _)| name.clone())).collect();
        return Err(PlaceFileError::NoPcodes {
            name: file_name.to_owned(),
            found: found.into_iter().take(40).collect(),
        });
    };
    for row in &rows {
        read.row(row, &columns);
    }
    Ok(read.finish())
}

fn bare(pcode: Pcode, level: u8, parent: Option<Pcode>) -> Area {
    Area {
        pcode,
        level,
        parent,
        name: Text::new(),
        aliases: BTreeMap::new(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    }
}

struct Gathered<'o> {
    options: &'o AreaOptions,
    known: BTreeSet<&'o str>,
    areas: BTreeMap<Pcode, (usize, Area)>,
    parents: BTreeMap<Pcode, Area>,
    boundaries: BTreeMap<Pcode, Boundary>,
    problems: Vec<PlaceProblem>,
}

impl<'o> Gathered<'o> {
    fn new(options: &'o AreaOptions) -> Self {
        Self {
            options,
            known: options.known.iter().map(Pcode::as_str).collect(),
            areas: BTreeMap::new(),
            parents: BTreeMap::new(),
            boundaries: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    fn note<const N: usize>(&mut self, code: &'static str, pairs: [(&str, &dyn std::fmt::Display); N]) {
        self.problems.push(PlaceProblem::new(code, facts(pairs)));
    }

    fn row(&mut self, row: &RawArea, columns: &Columns) {
        if let (Some(country), Some(location)) = (&self.options.country, columns.location.as_deref())
            && row.get(location).is_some_and(|location| !same_country(location, country))
        {
            return;
        }
        let level = match columns.level_column.as_deref().and_then(|column| row.get(column)) {
            None => columns.level,
            Some(written) => match written.parse::<u8>().ok().filter(|level| *level <= 4) {
                // A list of all levels, of which one is wanted.
                Some(level) if self.options.level.is_some_and(|wanted| wanted != level) => return,
                Some(level) => level,
                None => return self.note("odd_level", [("row", &row.row), ("level", &written)]),
            },
        };
        let Some(code) = row.get(&columns.pcode) else {
            return self.note("no_pcode", [("row", &row.row)]);
        };
        if code.chars().count() > LONGEST_CODE || code.chars().any(|c| c.is_control() || c.is_whitespace()) {
            let shown: String = code.chars().filter(|c| !c.is_control()).take(LONGEST_CODE).collect();
            return self.note("odd_pcode", [("row", &row.row), ("pcode", &shown)]);
        }
        let pcode = Pcode(code.to_owned());
        self.outline(&pcode, row);
        if let Some((n, _)) = self.areas.get_mut(&pcode) {
            *n += 1;
            return;
        }
        if let Some(country) = self.options.country.as_deref().filter(|country| !code.starts_with(*country)) {
            let country = country.to_owned();
            self.note("foreign_code", [("pcode", &pcode), ("country", &country)]);
        }
        let parent = self.parent(row, columns, &pcode, level);
        let area = Area {
            name: names(row, &columns.names),
            aliases: columns
                .aliases
                .iter()
                .filter_map(|(key, column)| Some((key.clone(), row.get(column)?.to_owned())))
                .collect(),
            valid_from: columns.valid_from.as_deref().and_then(|column| day(row.get(column)?)),
            valid_to: columns.valid_to.as_deref().and_then(|column| day(row.get(column)?)),
            ..bare(pcode.clone(), level, parent)
        };
        if area.name == Text::new() {
            self.note("no_name", [("pcode", &pcode)]);
        }
        self.named_above(row, columns, level);
        self.areas.insert(pcode, (1, area));
    }

    fn parent(&self, row: &RawArea, columns: &Columns, pcode: &Pcode, level: u8) -> Option<Pcode> {
        if level == 0 {
            return None;
        }
        if level == 1
            && let Some(country) = &self.options.country
        {
            return Some(Pcode(country.clone()));
        }
        let named = columns.parent.as_deref().and_then(|column| row.get(column));
        match named {
            Some(parent) => Some(Pcode(parent.to_owned())),
            None => {
                let read = parent_of_code(pcode, level);
                if read.as_ref().is_some_and(|parent| self.known.contains(parent.as_str())) {
                    return read;
                }
                let dashes = |code: &str| code.matches('-').count();
                let shorter = (1..pcode.0.len()).rev().filter_map(|end| pcode.0.get(..end));
                // `HT0131-1` is a sibling of `HT0131-10` and not its parent.
                let mut above =
                    shorter.filter(|code| dashes(pcode.as_str()) == 0 || dashes(code) < dashes(pcode.as_str()));
                above.find(|code| self.known.contains(code)).map(Pcode::from).or(read)
            }
        }
    }

    /// Keeps what the row says about the areas above it.
    fn named_above(&mut self, row: &RawArea, columns: &Columns, level: u8) {
        let mut parent: Option<Pcode> = None;
        for above in columns.above.iter().filter(|above| above.level < level) {
            let Some(code) = row.get(&above.pcode) else { continue };
            let pcode = Pcode(code.to_owned());
            if !self.parents.contains_key(&pcode) {
                let parent = match above.level {
                    0 => None,
                    1 if self.options.country.is_some() => self.options.country.clone().map(Pcode),
                    _ => parent.clone().or_else(|| parent_of_code(&pcode, above.level)),
                };
                let area = Area { name: names(row, &above.names), ..bare(pcode.clone(), above.level, parent) };
                self.parents.insert(pcode.clone(), area);
            }
            parent = Some(pcode);
        }
    }

    fn outline(&mut self, pcode: &Pcode, row: &RawArea) {
        let Some(rings) = &row.shape else { return };
        let (shape, trouble) = shape_of(rings);
        if let Some(code) = trouble {
            self.note(code, [("pcode", pcode)]);
        }
        if shape.0.is_empty() {
            return;
        }
        match self.boundaries.get_mut(pcode) {
            Some(boundary) => boundary.shape.0.extend(shape.0),
            None => {
                self.boundaries.insert(pcode.clone(), Boundary { pcode: pcode.clone(), shape });
            }
        }
    }

    fn finish(mut self) -> ReadAreas {
        let repeated: Vec<_> =
            self.areas.iter().filter(|(_, (n, _))| *n > 1).map(|(pcode, (n, _))| (pcode.clone(), *n)).collect();
        for (pcode, n) in repeated {
            self.note("duplicate_code", [("pcode", &pcode), ("n", &n)]);
        }
        if !self.boundaries.is_empty() {
            let bare: Vec<_> = self.areas.keys().filter(|code| !self.boundaries.contains_key(code)).cloned().collect();
            for pcode in bare {
                self.note("no_outline_in_file", [("pcode", &pcode)]);
            }
        }
        self.parents.retain(|pcode, _| !self.areas.contains_key(pcode));
        ReadAreas {
            areas: self.areas.into_values().map(|(_, area)| area).collect(),
            parents: self.parents.into_values().collect(),
            boundaries: self.boundaries.into_values().collect(),
            problems: self.problems,
        }
    }
}

fn names(row: &RawArea, columns: &[(String, String)]) -> Text {
    let named = columns.iter().filter_map(|(lang, column)| Some((lang, row.get(column)?)));
    named.fold(Text::new(), |text, (lang, name)| text.with(lang.clone(), name))
}

fn day(written: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(written.get(..10)?, "%Y-%m-%d").ok()
}

/// Whether two- and three-letter codes mean the same country.
fn same_country(a: &str, b: &str) -> bool {
    let letters = |text: &str| -> String { text.chars().take_while(char::is_ascii_alphabetic).collect() };
    let (a, b) = (letters(a), letters(b));
    a == b || super::lookup::same_country(&a, &b)
}

/// The code of the area above, read off the code itself.
pub(super) fn parent_of_code(pcode: &Pcode, level: u8) -> Option<Pcode> {
    let code = pcode.as_str();
    if level == 0 {
        return None;
    }
    if let Some((parent, _)) = code.rsplit_once('-')
        && level > 1
        && !parent.is_empty()
    {
        return Some(Pcode(parent.to_owned()));
    }
    let letters = code.bytes().take_while(u8::is_ascii_alphabetic).count();
    let digits = code.len() - letters;
    if letters == 0 || !code[letters..].bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // How many digits the last level has, by level and number of digits in all: Malawi spends 1, 2, 2 on its levels,
    // Haiti and Chad 2, 2, Sudan 2, 3.
    let last = match (level, digits) {
        (1, _) => digits,
        (2, 5 | 6) => 3,
        (3, 8 | 9) => 3,
        _ => 2,
    };
    (digits >= last && digits > 0).then(|| Pcode(code[..code.len() - last].to_owned()))
}
