//! FlatGeobuf, version 3, with its index: what a program can read over the network a window at a time.
//!
//! Rows are put in the order of the index, as the format wants. What has no position that may be shown has an empty point
//! or an outline without rings.

use super::geojson::rings;
use super::{About, Out, WriteError};
use crate::dataset::{Column, Dataset, Datum, Kind, Row, Shape};
use flatgeobuf::geozero::{ColumnValue, FeatureProcessor, GeomProcessor, PropertyProcessor, error::GeozeroError};
use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};

impl From<flatgeobuf::Error> for WriteError {
    fn from(error: flatgeobuf::Error) -> Self {
        WriteError::Format(error.to_string())
    }
}

impl From<GeozeroError> for WriteError {
    fn from(error: GeozeroError) -> Self {
        WriteError::Format(error.to_string())
    }
}

/// Writes the dataset.
pub(super) fn write(dataset: &Dataset<'_>, about: &About, out: &mut dyn Out) -> Result<u64, WriteError> {
    let is_of_points = dataset.rows().find_map(|row| row.shape).is_some_and(|shape| matches!(shape, Shape::Point(_)));
    let kind = if is_of_points { GeometryType::Point } else { GeometryType::MultiPolygon };
    let (title, description) = (about.title(dataset), about.sentences(dataset).join("\n"));
    let options = FgbWriterOptions {
        crs: FgbCrs { org: Some("EPSG"), code: 4326, name: Some("WGS 84"), ..FgbCrs::default() },
        title: Some(&title),
        description: Some(&description),
        ..FgbWriterOptions::default()
    };
    let mut writer = FgbWriter::create_with_options(dataset.name(), kind, options)?;
    for column in dataset.columns() {
        let label = column.label.get(about.lang());
        writer.add_column(&column.name, column_type(column), |text, made| {
            made.title = Some(text.create_string(label));
        });
    }
    let mut n = 0;
    for row in dataset.rows() {
        shape(&row, is_of_points, &mut writer)?;
        for (at, (column, cell)) in dataset.columns().iter().zip(&row.cells).enumerate() {
            property(at, column, cell, &mut writer)?;
        }
        writer.feature_end(n)?;
        n += 1;
    }
    writer.write(std::io::BufWriter::with_capacity(1 << 16, out))?;
    Ok(n)
}

fn column_type(column: &Column) -> ColumnType {
    match column.kind {
        Kind::Text | Kind::Choice(_) => ColumnType::String,
        Kind::Integer => ColumnType::Long,
        Kind::Decimal => ColumnType::Double,
        Kind::Date => ColumnType::DateTime,
        Kind::Flag => ColumnType::Bool,
    }
}

fn property(at: usize, column: &Column, cell: &Datum<'_>, writer: &mut FgbWriter<'_>) -> Result<(), GeozeroError> {
    let plain;
    let value = match cell {
        Datum::Nothing => return Ok(()),
        Datum::Integer(number) => ColumnValue::Long(*number),
        Datum::Decimal(number) => ColumnValue::Double(*number),
        Datum::Flag(yes) => ColumnValue::Bool(*yes),
        Datum::Date(_) => {
            plain = cell.plain(column);
            ColumnValue::DateTime(&plain)
        }
        Datum::Text(_) | Datum::Choice(_) => {
            plain = cell.plain(column);
            ColumnValue::String(&plain)
        }
    };
    writer.property(at, &column.name, &value).map(|_| ())
}

fn shape(row: &Row<'_>, is_of_points: bool, writer: &mut FgbWriter<'_>) -> Result<(), GeozeroError> {
    match row.shape {
        Some(Shape::Point(at)) => {
            writer.point_begin(0)?;
            writer.xy(at.lon, at.lat, 0)?;
            writer.point_end(0)
        }
        None if is_of_points => {
            writer.point_begin(0)?;
            writer.point_end(0)
        }
        // GDAL ends at an outline without parts, and reads one part without corners.
        None => {
            writer.multipolygon_begin(1, 0)?;
            writer.polygon_begin(false, 1, 0)?;
            writer.linestring_begin(false, 0, 0)?;
            writer.linestring_end(false, 0)?;
            writer.polygon_end(false, 0)?;
            writer.multipolygon_end(0)
        }
        Some(Shape::Area(outline)) => {
            writer.multipolygon_begin(outline.0.len(), 0)?;
            for (at, polygon) in outline.iter().enumerate() {
                writer.polygon_begin(false, 1 + polygon.interiors().len(), at)?;
                for (nth, ring) in rings(polygon).enumerate() {
                    writer.linestring_begin(false, ring.len(), nth)?;
                    ring.points(nth > 0, |x, y| writer.xy(x, y, 0))?;
                    writer.linestring_end(false, nth)?;
                }
                writer.polygon_end(false, at)?;
            }
            writer.multipolygon_end(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::dataset::{self, Form};
    use crate::files::tests::{atlas, released};
    use crate::files::{About, Format};
    use dtm_model::Lang;
    use flatgeobuf::{FallibleStreamingIterator, FgbReader};

    /// GDAL ends at an outline without parts and reads nothing after it.
    #[test]
    fn an_area_without_outline_ends_no_reader() {
        let (release, atlas) = (released(), atlas());
        let releases = [&release];
        let areas = dataset::of("areas", &releases, &atlas, &Form::named(Lang::En)).unwrap().unwrap();
        assert!(areas.rows().any(|row| row.shape.is_none()) && areas.rows().any(|row| row.shape.is_some()));
        let mut bytes = std::io::Cursor::new(Vec::new());
        let n_rows =
            Format::FlatGeobuf.write(&areas, &About::new(Lang::En), &std::env::temp_dir(), &mut bytes).unwrap();
        let mut features = FgbReader::open(bytes.get_ref().as_slice()).unwrap().select_all_seq().unwrap();
        let mut n_read = 0;
        while let Some(feature) = features.next().unwrap() {
            assert!(feature.geometry().is_some_and(|outline| outline.parts().is_some_and(|parts| !parts.is_empty())));
            n_read += 1;
        }
        assert_eq!(n_read, n_rows);
    }
}
