//! The formats a dataset is written in: what each is called in addresses, how it is sent, what it needs.

use super::{
    About, Out, WriteError, columnar, csv, flat_geobuf, geojson, geopackage, json, shapefile, spss, stata, xlsx,
};
use crate::dataset::Dataset;
use dtm_model::Text;
use std::path::Path;

/// A format of dataset files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// CSV for programs: names, then rows.
    Csv,
    /// CSV with a row of HXL tags under the names.
    HxlCsv,
    /// CSV that a spreadsheet opens without harm.
    CsvForSpreadsheets,
    /// JSON: what it is, the columns, the rows as objects.
    Json,
    /// Excel workbook with what it is, rows and dictionary.
    Xlsx,
    /// Stata, release 118.
    Stata,
    /// SPSS system file.
    Spss,
    /// GeoJSON, RFC 7946.
    GeoJson,
    /// GeoPackage 1.3.
    GeoPackage,
    /// A zipped Shapefile.
    Shapefile,
    /// FlatGeobuf.
    FlatGeobuf,
    /// Parquet with typed columns, GeoParquet where the dataset has shapes.
    Parquet,
}

/// What is known of a format.
struct Facts {
    /// As addresses end, without the dot.
    extension: &'static str,
    media_type: &'static str,
    needs_shapes: bool,
    title: [&'static str; 2],
}

impl Format {
    /// Every format, in the order they are offered.
    pub const ALL: [Format; 12] = [
        Format::Xlsx,
        Format::CsvForSpreadsheets,
        Format::Csv,
        Format::HxlCsv,
        Format::Json,
        Format::Stata,
        Format::Spss,
        Format::GeoPackage,
        Format::GeoJson,
        Format::Shapefile,
        Format::FlatGeobuf,
        Format::Parquet,
    ];

    const fn facts(self) -> Facts {
        let (extension, media_type, needs_shapes, title) = match self {
            Format::Csv => ("csv", "text/csv; charset=utf-8; header=present", false, ["CSV", "CSV"]),
            Format::HxlCsv => (
                "hxl.csv",
                "text/csv; charset=utf-8; header=present",
                false,
                ["CSV with HXL tags", "CSV avec étiquettes HXL"],
            ),
            Format::CsvForSpreadsheets => (
                "sheet.csv",
                "text/csv; charset=utf-8; header=present",
                false,
                ["CSV for spreadsheets", "CSV pour tableurs"],
            ),
            Format::Json => ("json", "application/json", false, ["JSON", "JSON"]),
            Format::Xlsx => {
                ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", false, ["Excel", "Excel"])
            }
            Format::Stata => ("dta", "application/x-stata-dta", false, ["Stata", "Stata"]),
            Format::Spss => ("sav", "application/x-spss-sav", false, ["SPSS", "SPSS"]),
            Format::GeoPackage => ("gpkg", "application/geopackage+sqlite3", true, ["GeoPackage", "GeoPackage"]),
            Format::GeoJson => ("geojson", "application/geo+json", true, ["GeoJSON", "GeoJSON"]),
            Format::Shapefile => ("shp.zip", "application/zip", true, ["Shapefile, zipped", "Shapefile compressé"]),
            Format::FlatGeobuf => ("fgb", "application/vnd.flatgeobuf", true, ["FlatGeobuf", "FlatGeobuf"]),
            Format::Parquet => {
                ("parquet", "application/vnd.apache.parquet", false, ["Parquet, GeoParquet", "Parquet, GeoParquet"])
            }
        };
        Facts { extension, media_type, needs_shapes, title }
    }

    /// How names of files and addresses end, without the dot.
    pub fn extension(self) -> &'static str {
        self.facts().extension
    }

    /// The media type it is sent under.
    pub fn media_type(self) -> &'static str {
        self.facts().media_type
    }

    /// Whether it can only hold datasets whose rows have shapes.
    pub fn needs_shapes(self) -> bool {
        self.facts().needs_shapes
    }

    /// What it is called.
    pub fn title(self) -> Text {
        let [en, fr] = self.facts().title;
        Text::both(en, fr)
    }

    /// The format of this extension.
    pub fn from_extension(extension: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.extension() == extension)
    }

    /// The formats this dataset can be had in.
    pub fn of(dataset: &Dataset<'_>) -> impl Iterator<Item = Format> {
        let has_shapes = dataset.has_shapes();
        Format::ALL.into_iter().filter(move |format| has_shapes || !format.needs_shapes())
    }

    /// Writes the dataset row by row and says how many rows it wrote.
    ///
    /// `scratch` is a folder for what a format cannot write straight through; nothing stays there.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn write(
        self,
        dataset: &Dataset<'_>,
        about: &About,
        scratch: &Path,
        out: &mut dyn Out,
    ) -> Result<u64, WriteError> {
        if self.needs_shapes() && !dataset.has_shapes() {
            return Err(WriteError::NoShapes { dataset: dataset.name().to_owned() });
        }
        match self {
            Format::Csv => csv::write(dataset, csv::Kind::Exact, out),
            Format::HxlCsv => csv::write(dataset, csv::Kind::Tagged, out),
            Format::CsvForSpreadsheets => csv::write(dataset, csv::Kind::ForSpreadsheets, out),
            Format::Json => json::write(dataset, about, out),
            Format::Xlsx => xlsx::write(dataset, about, scratch, out),
            Format::Stata => stata::write(dataset, about, out),
            Format::Spss => spss::write(dataset, about, out),
            Format::GeoJson => geojson::write(dataset, about, out),
            Format::GeoPackage => geopackage::write(dataset, about, scratch, out),
            Format::Shapefile => shapefile::write(dataset, about, scratch, out),
            Format::FlatGeobuf => flat_geobuf::write(dataset, about, out),
            Format::Parquet => columnar::write(dataset, about, out),
        }
    }
}
