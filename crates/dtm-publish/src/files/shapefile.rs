//! Shapefile: `.shp`, `.shx`, `.dbf`, `.prj` and `.cpg` in one zip, with `columns.csv` and a README.
//!
//! Written by hand, as rows without a position are null shapes among the others. Names of columns have at most ten
//! characters in this format: `columns.csv` says which is which. Texts are UTF-8 and longer than 254 bytes are cut; what
//! is absent is blank. Formats: ESRI Shapefile Technical Description (1998); dBASE III.

use super::geojson::{Ring, rings};
use super::{About, Out, WriteError};
use crate::dataset::{Column, Dataset, Datum, Kind, Row, Shape};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;

/// WGS 84 as ESRI's programs write it.
const PRJ: &str = "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],\
    PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]";
/// The format counts in units of two bytes, in 31 bits.
const LONGEST: u64 = 2 * (i32::MAX as u64);

/// Writes the dataset.
pub(super) fn write(
    dataset: &Dataset<'_>,
    about: &About,
    scratch: &Path,
    out: &mut dyn Out,
) -> Result<u64, WriteError> {
    let name = dataset.name();
    let fields = Field::all(dataset);
    let parts = ["shp", "shx", "dbf"].map(|ending| scratch.join(format!("{name}.{ending}")));
    let written = three_files(dataset, &fields, &parts).and_then(|n| {
        let mut zip = zip::ZipWriter::new(out);
        let options = SimpleFileOptions::default().large_file(true);
        for (part, ending) in parts.iter().zip(["shp", "shx", "dbf"]) {
            zip.start_file(format!("{name}.{ending}"), options).map_err(std::io::Error::from)?;
            std::io::copy(&mut File::open(part)?, &mut zip)?;
        }
        let texts = [
            (format!("{name}.prj"), PRJ.to_owned()),
            (format!("{name}.cpg"), "UTF-8".to_owned()),
            ("columns.csv".to_owned(), mapping(dataset, &fields, about)?),
            ("README.txt".to_owned(), about.sentences(dataset).join("\n")),
        ];
        for (name, text) in texts {
            zip.start_file(name, options).map_err(std::io::Error::from)?;
            zip.write_all(text.as_bytes())?;
        }
        zip.finish().map_err(std::io::Error::from)?;
        Ok(n)
    });
    for part in &parts {
        match std::fs::remove_file(part) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound && written.is_ok() => return Err(error.into()),
            _ => {}
        }
    }
    written
}

fn three_files(dataset: &Dataset<'_>, fields: &[Field], parts: &[std::path::PathBuf; 3]) -> Result<u64, WriteError> {
    let [shp, shx, dbf] = parts;
    let mut shapes = Shapes::create(shp, shx, dataset)?;
    let mut table = BufWriter::with_capacity(1 << 16, File::create(dbf)?);
    table_head(&mut table, fields, 0, dataset)?;
    let mut n: u64 = 0;
    for row in dataset.rows() {
        shapes.add(&row)?;
        record(&mut table, fields, dataset.columns(), &row)?;
        n += 1;
    }
    table.write_all(&[0x1a])?;
    shapes.finish()?;
    let rows = u32::try_from(n).map_err(|_| WriteError::TooManyRows { rows: n, most: u64::from(u32::MAX) })?;
    table.seek(SeekFrom::Start(0))?;
    table_head(&mut table, fields, rows, dataset)?;
    table.flush()?;
    Ok(n)
}

/// A column as the table has it.
struct Field {
    name: String,
    kind: u8,
    width: u8,
    decimals: u8,
}

impl Field {
    fn all(dataset: &Dataset<'_>) -> Vec<Field> {
        let mut widths = vec![1_usize; dataset.columns().len()];
        for row in dataset.rows() {
            for ((cell, column), width) in row.cells.iter().zip(dataset.columns()).zip(&mut widths) {
                *width = (*width).max(cell.plain(column).len());
            }
        }
        let mut taken = BTreeSet::new();
        let fields = dataset.columns().iter().zip(widths).map(|(column, width)| {
            let (kind, width, decimals) = match column.kind {
                Kind::Text | Kind::Choice(_) => (b'C', width.min(254) as u8, 0),
                Kind::Integer => (b'N', width.clamp(1, 20) as u8, 0),
                Kind::Decimal => (b'N', 24, 10),
                Kind::Date => (b'D', 8, 0),
                Kind::Flag => (b'L', 1, 0),
            };
            Field { name: short_name(&column.name, &mut taken), kind, width, decimals }
        });
        fields.collect()
    }
}

/// The name in ten characters that no column before has.
fn short_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    const SHORTER: [(&str, &str); 11] = [
        ("position_coarsened", "coarsened"),
        ("reported_on", "reported"),
        ("longitude", "lon"),
        ("latitude", "lat"),
        ("returnee", "ret"),
        ("_state", "_st"),
        ("_carried", "_ca"),
        ("_name", "_nm"),
        ("_level", "_lvl"),
        ("_parent", "_par"),
        ("_high", "_hi"),
    ];
    let short = match name.len() {
        0..=10 => name.to_owned(),
        _ => SHORTER.iter().fold(name.to_owned(), |name, (long, short)| name.replace(long, short)),
    };
    let cut = |length: usize| short.chars().filter(char::is_ascii).take(length).collect::<String>();
    let mut candidate = cut(10);
    let mut nth = 1;
    while !taken.insert(candidate.to_ascii_lowercase()) {
        nth += 1;
        let ending = format!("_{nth}");
        candidate = cut(10 - ending.len()) + &ending;
    }
    candidate
}

fn mapping(dataset: &Dataset<'_>, fields: &[Field], about: &About) -> Result<String, WriteError> {
    let mut csv = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    csv.write_record(["field", "column", "label", "hxl"])?;
    for (field, column) in fields.iter().zip(dataset.columns()) {
        csv.write_record([&field.name, &column.name, column.label.get(about.lang()), &column.tag])?;
    }
    let bytes = csv.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn table_head(out: &mut impl Write, fields: &[Field], rows: u32, dataset: &Dataset<'_>) -> Result<(), WriteError> {
    use chrono::Datelike;
    let made_on = dataset.releases().last().map(|release| release.made_at().date()).unwrap_or_default();
    let year = (made_on.year() - 1900).clamp(0, 255) as u8;
    let width = 1 + fields.iter().map(|field| usize::from(field.width)).sum::<usize>();
    let too_wide = |_| WriteError::Format("more columns than a Shapefile can have".to_owned());
    out.write_all(&[0x03, year, made_on.month() as u8, made_on.day() as u8])?;
    out.write_all(&rows.to_le_bytes())?;
    out.write_all(&u16::try_from(33 + 32 * fields.len()).map_err(too_wide)?.to_le_bytes())?;
    out.write_all(&u16::try_from(width).map_err(too_wide)?.to_le_bytes())?;
    out.write_all(&[0; 20])?;
    for field in fields {
        let mut name = [0_u8; 11];
        name[..field.name.len()].copy_from_slice(field.name.as_bytes());
        out.write_all(&name)?;
        out.write_all(&[field.kind, 0, 0, 0, 0, field.width, field.decimals])?;
        out.write_all(&[0; 14])?;
    }
    out.write_all(&[0x0d])?;
    Ok(())
}

fn record(out: &mut impl Write, fields: &[Field], columns: &[Column], row: &Row<'_>) -> Result<(), WriteError> {
    out.write_all(b" ")?;
    for ((field, column), cell) in fields.iter().zip(columns).zip(&row.cells) {
        let width = usize::from(field.width);
        match cell {
            Datum::Integer(number) => write!(out, "{number:>width$}")?,
            Datum::Decimal(number) => write!(out, "{number:>width$.*}", usize::from(field.decimals))?,
            Datum::Date(day) => write!(out, "{}", day.format("%Y%m%d"))?,
            Datum::Flag(yes) => out.write_all(if *yes { b"T" } else { b"F" })?,
            Datum::Nothing if field.kind == b'L' => out.write_all(b"?")?,
            Datum::Nothing => write!(out, "{:width$}", "")?,
            Datum::Text(_) | Datum::Choice(_) => {
                let text = cell.plain(column);
                let mut end = text.len().min(width);
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                out.write_all(&text.as_bytes()[..end])?;
                out.write_all(&vec![b' '; width - end])?;
            }
        }
    }
    Ok(())
}

/// The files of shapes and of where each one begins.
struct Shapes {
    shp: BufWriter<File>,
    shx: BufWriter<File>,
    kind: i32,
    length: u64,
    n: u32,
    /// West, south, east, north.
    bounds: [f64; 4],
}

const POINT: i32 = 1;
const POLYGON: i32 = 5;

impl Shapes {
    fn create(shp: &Path, shx: &Path, dataset: &Dataset<'_>) -> Result<Self, WriteError> {
        let is_of_points =
            dataset.rows().find_map(|row| row.shape).is_some_and(|shape| matches!(shape, Shape::Point(_)));
        let mut shapes = Self {
            shp: BufWriter::with_capacity(1 << 16, File::create(shp)?),
            shx: BufWriter::with_capacity(1 << 16, File::create(shx)?),
            kind: if is_of_points { POINT } else { POLYGON },
            length: 100,
            n: 0,
            bounds: [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY],
        };
        shapes.shp.write_all(&[0; 100])?;
        shapes.shx.write_all(&[0; 100])?;
        Ok(shapes)
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), WriteError> {
        let mut content = Vec::new();
        match row.shape {
            Some(Shape::Point(at)) if self.kind == POINT => {
                content.extend(POINT.to_le_bytes());
                content.extend(at.lon.to_le_bytes());
                content.extend(at.lat.to_le_bytes());
                reach(&mut self.bounds, at.lon, at.lat);
            }
            Some(Shape::Area(outline)) if self.kind == POLYGON => self.outline(outline, &mut content)?,
            _ => content.extend(0_i32.to_le_bytes()),
        }
        let words = (content.len() / 2) as i32;
        let at = (self.length / 2) as i32;
        self.n += 1;
        self.length += 8 + content.len() as u64;
        if self.length > LONGEST {
            return Err(WriteError::Format("more than a Shapefile can hold".to_owned()));
        }
        self.shp.write_all(&self.n.to_be_bytes())?;
        self.shp.write_all(&words.to_be_bytes())?;
        self.shp.write_all(&content)?;
        self.shx.write_all(&at.to_be_bytes())?;
        self.shx.write_all(&words.to_be_bytes())?;
        Ok(())
    }

    fn outline(&mut self, outline: &geo::MultiPolygon<f64>, content: &mut Vec<u8>) -> Result<(), WriteError> {
        let all: Vec<(bool, Ring<'_>)> =
            outline.iter().flat_map(|polygon| rings(polygon).enumerate().map(|(nth, ring)| (nth == 0, ring))).collect();
        let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        let mut points = Vec::new();
        let mut starts = Vec::new();
        let mut n: i32 = 0;
        for (is_outer, ring) in &all {
            starts.extend(n.to_le_bytes());
            // Outer rings run clockwise in this format, holes against the clock.
            ring.points(*is_outer, |x, y| {
                points.extend(x.to_le_bytes());
                points.extend(y.to_le_bytes());
                reach(&mut bounds, x, y);
                n += 1;
                Ok::<(), WriteError>(())
            })?;
        }
        content.extend(POLYGON.to_le_bytes());
        bounds.iter().for_each(|side| content.extend(side.to_le_bytes()));
        content.extend((all.len() as i32).to_le_bytes());
        content.extend(n.to_le_bytes());
        content.extend(starts);
        content.extend(points);
        reach(&mut self.bounds, bounds[0], bounds[1]);
        reach(&mut self.bounds, bounds[2], bounds[3]);
        Ok(())
    }

    fn finish(mut self) -> Result<(), WriteError> {
        let bounds = if self.bounds[0].is_finite() { self.bounds } else { [0.0; 4] };
        let index_length = 100 + 8 * u64::from(self.n);
        for (file, length) in [(&mut self.shp, self.length), (&mut self.shx, index_length)] {
            let mut head = Vec::with_capacity(100);
            head.extend(9994_i32.to_be_bytes());
            head.extend([0; 20]);
            head.extend(((length / 2) as i32).to_be_bytes());
            head.extend(1000_i32.to_le_bytes());
            head.extend(self.kind.to_le_bytes());
            bounds.iter().for_each(|side| head.extend(side.to_le_bytes()));
            head.extend([0; 32]);
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&head)?;
            file.flush()?;
        }
        Ok(())
    }
}

fn reach(bounds: &mut [f64; 4], x: f64, y: f64) {
    *bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_to_ten_letters_and_stay_apart() {
        let mut taken = BTreeSet::new();
        let names = ["area", "area_name_en", "area_name_fr", "returnee_ind", "returnee_ind_state", "returnee_hh"];
        let short = names.map(|name| short_name(name, &mut taken));
        assert_eq!(short, ["area", "area_nm_en", "area_nm_fr", "ret_ind", "ret_ind_st", "ret_hh"].map(str::to_owned));
        let long = ["infants_vaccinated_a", "infants_vaccinated_b"].map(|name| short_name(name, &mut taken));
        assert_eq!(long, ["infants_va", "infants__2"].map(str::to_owned));
    }
}
