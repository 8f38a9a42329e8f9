//! Outlines: checks the rings that every format yields, and reads the ones of a Shapefile.
//!
//! A Shapefile is several files of one name; `.shp` holds the rings, `.dbf` a table in the same order, `.cpg` the name
//! of the table's character set. They come together in a zip, from which the layer of the wanted level is taken.

use super::problem::PlaceFileError;
use super::raw::{MAX_BYTES, MAX_POINTS, RawArea, Rings};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use shapefile::{Shape, ShapeReader};
use std::io::{Cursor, Read};

/// Makes an outline of rings. Rings that are none are left out, and named by the code of the problem; an outline that
/// is not in degrees is refused as a whole.
pub(super) fn shape_of(polygons: &[Rings]) -> (MultiPolygon<f64>, Option<&'static str>) {
    let on_earth = |[lon, lat]: &[f64; 2]| lon.abs() <= 180.000_001 && lat.abs() <= 90.000_001;
    if !polygons.iter().flatten().flatten().all(on_earth) {
        return (MultiPolygon(Vec::new()), Some("outside_the_world"));
    }
    let mut trouble = None;
    let mut shape = Vec::new();
    for rings in polygons {
        let mut sound = Vec::new();
        for (at, ring) in rings.iter().enumerate() {
            let line = LineString(ring.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect());
            let corners = ring.iter().take(ring.len().saturating_sub(usize::from(ring.first() == ring.last())));
            if corners.count() >= 3 {
                sound.push(line);
            } else {
                trouble = Some("broken_outline");
                // Without its outer ring a polygon is none.
                if at == 0 {
                    sound.clear();
                    break;
                }
            }
        }
        let mut sound = sound.into_iter();
        if let Some(outer) = sound.next() {
            shape.push(Polygon::new(outer, sound.collect()));
        }
    }
    (MultiPolygon(shape), trouble)
}

fn malformed(name: &str, detail: impl ToString) -> PlaceFileError {
    PlaceFileError::Malformed { name: name.to_owned(), format: "Shapefile", detail: detail.to_string() }
}

/// Reads the layer of this level, or the only one, out of a zip.
pub(super) fn read_zip(bytes: &[u8], name: &str, level: Option<u8>) -> Result<Vec<RawArea>, PlaceFileError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| malformed(name, error))?;
    let inside: Vec<String> = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    let layers: Vec<&str> = inside.iter().filter_map(|file| stem(file, "shp")).collect();
    let wanted = level.map(|level| [format!("adm{level}"), format!("admin{level}")]);
    let of_level = |layer: &&&str| {
        let lower = layer.rsplit('/').next().unwrap_or(layer).to_lowercase();
        wanted.as_ref().is_some_and(|words| words.iter().any(|word| lower.contains(word)))
    };
    let named: Vec<&&str> = layers.iter().filter(of_level).collect();
    let layer = match (&layers[..], &named[..]) {
        ([only], _) => *only,
        (_, [only]) => **only,
        ([], _) => return Err(malformed(name, "the zip holds no .shp file")),
        _ => return Err(malformed(name, format!("the zip holds several layers: {}", layers.join(", ")))),
    };
    let mut part = |ending: &str| -> Result<Option<Vec<u8>>, PlaceFileError> {
        let found = inside.iter().find(|file| stem(file, ending).is_some_and(|stem| stem.eq_ignore_ascii_case(layer)));
        let Some(file) = found else { return Ok(None) };
        let file = archive.by_name(file).map_err(|error| malformed(name, error))?;
        let mut content = Vec::new();
        // What a zip says of its sizes is not to be trusted; what comes out is counted.
        let read = file.take(MAX_BYTES as u64 + 1).read_to_end(&mut content).map_err(|error| malformed(name, error))?;
        if read > MAX_BYTES {
            return Err(PlaceFileError::TooLarge { name: name.to_owned(), what: format!("over {MAX_BYTES} bytes") });
        }
        Ok(Some(content))
    };
    let shp = part("shp")?.ok_or_else(|| malformed(name, "no .shp file"))?;
    let dbf = part("dbf")?.ok_or_else(|| malformed(name, "no .dbf file beside the .shp file"))?;
    let cpg = part("cpg")?.map(|cpg| String::from_utf8_lossy(&cpg).into_owned());
    read_parts(&shp, &dbf, cpg.as_deref(), name)
}

fn stem<'f>(file: &'f str, ending: &str) -> Option<&'f str> {
    let (stem, found) = file.rsplit_once('.')?;
    // macOS adds files of its own to a zip.
    (found.eq_ignore_ascii_case(ending) && !file.starts_with("__MACOSX")).then_some(stem)
}

/// Reads rings and table, which are joined by their order.
pub(super) fn read_parts(
    shp: &[u8],
    dbf: &[u8],
    encoding: Option<&str>,
    name: &str,
) -> Result<Vec<RawArea>, PlaceFileError> {
    sizes_hold(shp).map_err(|detail| malformed(name, detail))?;
    let mut reader = ShapeReader::new(Cursor::new(shp)).map_err(|error| malformed(name, error))?;
    let table = read_dbf(dbf, encoding).map_err(|detail| malformed(name, detail))?;
    let mut points = 0;
    let mut rows = Vec::new();
    for (at, shape) in reader.iter_shapes().enumerate() {
        let shape = polygons(shape.map_err(|error| malformed(name, error))?);
        points += shape.iter().flatten().flatten().count();
        if points > MAX_POINTS {
            return Err(PlaceFileError::TooLarge { name: name.to_owned(), what: format!("over {MAX_POINTS} points") });
        }
        let Some(properties) = table.get(at) else {
            return Err(malformed(name, "the table has fewer rows than there are shapes"));
        };
        let shape = (!shape.is_empty()).then_some(shape);
        rows.push(RawArea { row: at + 1, properties: properties.clone().unwrap_or_default(), shape });
    }
    Ok(rows)
}

/// Walks over the records and sees that each lies within the file and holds the parts and points it announces, so that
/// no number in the file leads to a reservation of memory the file cannot fill.
fn sizes_hold(shp: &[u8]) -> Result<(), &'static str> {
    let big = |at: usize| shp.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let little = |at: usize| shp.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let mut at = 100;
    while at < shp.len() {
        let length = big(at + 4).and_then(|words| words.checked_mul(2)).ok_or("a record is cut off")?;
        let body = at + 8;
        let end = body.checked_add(length).filter(|end| *end <= shp.len()).ok_or("a record is cut off")?;
        let kind = little(body).ok_or("a record is cut off")?;
        if matches!(kind, 5 | 15 | 25) {
            let parts = little(body + 36).ok_or("a record is cut off")?;
            let points = little(body + 40).ok_or("a record is cut off")?;
            let needed = parts.checked_mul(4).zip(points.checked_mul(16)).and_then(|(a, b)| a.checked_add(b));
            let held = needed.and_then(|needed| needed.checked_add(44)).is_some_and(|needed| needed <= length);
            if !held || parts > points {
                return Err("a record announces more points than it holds");
            }
            let mut next = 0;
            for part in 0..parts {
                let start = little(body + 44 + 4 * part).ok_or("a record is cut off")?;
                if start < next || start >= points || (part == 0 && start != 0) {
                    return Err("the parts of a record are out of order");
                }
                next = start + 1;
            }
        }
        at = end;
    }
    Ok(())
}

fn polygons(shape: Shape) -> Vec<Rings> {
    use shapefile::record::polygon::PolygonRing;
    // Rings come in any order; a hole belongs to the outer ring around its first corner.
    fn sorted<P>(rings: Vec<PolygonRing<P>>, pair: impl Fn(&P) -> [f64; 2]) -> Vec<Rings> {
        let mut polygons: Vec<Rings> = Vec::new();
        let mut holes: Vec<Vec<[f64; 2]>> = Vec::new();
        for ring in rings {
            match ring {
                PolygonRing::Outer(points) => polygons.push(vec![points.iter().map(&pair).collect()]),
                PolygonRing::Inner(points) => holes.push(points.iter().map(&pair).collect()),
            }
        }
        for hole in holes {
            let around =
                polygons.iter().position(|polygon| hole.first().is_some_and(|corner| holds(&polygon[0], *corner)));
            match around.or_else(|| polygons.len().checked_sub(1)) {
                Some(at) => polygons[at].push(hole),
                None => polygons.push(vec![hole]),
            }
        }
        polygons
    }
    match shape {
        Shape::Polygon(polygon) => sorted(polygon.into_inner(), |p| [p.x, p.y]),
        Shape::PolygonM(polygon) => sorted(polygon.into_inner(), |p| [p.x, p.y]),
        Shape::PolygonZ(polygon) => sorted(polygon.into_inner(), |p| [p.x, p.y]),
        _ => Vec::new(),
    }
}

/// Whether a corner lies within a ring, by counting the borders to its right.
fn holds(ring: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let mut inside = false;
    for (a, b) in ring.iter().zip(ring.iter().skip(1)) {
        if (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0] {
            inside = !inside;
        }
    }
    inside
}

type Row = Vec<(String, String)>;

/// Reads the table: a header, a description of each column, then rows of fixed width. A row marked deleted is none.
fn read_dbf(dbf: &[u8], encoding: Option<&str>) -> Result<Vec<Option<Row>>, &'static str> {
    let short = |at: usize| dbf.get(at..at + 2).map(|b| usize::from(u16::from_le_bytes([b[0], b[1]])));
    let cut = "the table is cut off";
    let n = dbf.get(4..8).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize).ok_or(cut)?;
    let (header, width) = (short(8).ok_or(cut)?, short(10).ok_or(cut)?);
    if header > dbf.len() || width == 0 {
        return Err(cut);
    }
    let mut columns: Vec<(String, usize)> = Vec::new();
    let mut at = 32;
    while at + 32 <= header && dbf[at] != 0x0d {
        let name: Vec<u8> = dbf[at..at + 11].iter().copied().take_while(|b| *b != 0).collect();
        columns.push((String::from_utf8_lossy(&name).trim().to_owned(), usize::from(dbf[at + 16])));
        at += 32;
    }
    if columns.iter().map(|(_, width)| width).sum::<usize>() + 1 > width {
        return Err("the columns of the table are wider than its rows");
    }
    let latin = encoding.is_some_and(|name| {
        let name = name.trim().to_lowercase();
        ["1252", "8859-1", "8859_1", "latin1", "ansi"].iter().any(|word| name.contains(word))
    });
    let rows = dbf[header..].chunks_exact(width).take(n);
    Ok(rows
        .map(|row| {
            let mut from = 1;
            let read = columns.iter().map(|(name, width)| {
                let cell = &row[from..from + width];
                from += width;
                (name.clone(), decode(cell, latin).trim_matches([' ', '\0']).to_owned())
            });
            let read: Row = read.collect();
            (row[0] != b'*').then_some(read)
        })
        .collect())
}

/// Text is UTF-8 unless said or seen to be the Western European set.
fn decode(cell: &[u8], latin: bool) -> String {
    match std::str::from_utf8(cell) {
        Ok(text) if !latin => text.to_owned(),
        _ => cell.iter().map(|b| char::from(*b)).collect(),
    }
}
