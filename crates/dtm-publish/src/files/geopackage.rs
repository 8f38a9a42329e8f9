//! GeoPackage 1.3 (OGC 12-128r17): one SQLite file that holds layers, tables, their descriptions and their styles.
//!
//! In: datasets, written one after the other with [`Package::add`]. Out: a file with a layer for each that has shapes and
//! a table for each that has none, an index of places (rtree), the names of columns in the reader's language, what the
//! data are about, and the QGIS style of a layer where one is given. What has no position that may be shown has none here.
//! The file says nothing of when it was written: dates are those of the releases.

use super::{About, Out, WriteError};
use crate::dataset::{Column, Dataset, Datum, Kind, Shape};
use crate::maps::{Legend, qml};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ToSql, params};
use std::fs::File;
use std::path::Path;

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        WriteError::Format(error.to_string())
    }
}

/// Writes one dataset as a package of its own.
pub(super) fn write(
    dataset: &Dataset<'_>,
    about: &About,
    scratch: &Path,
    out: &mut dyn Out,
) -> Result<u64, WriteError> {
    let path = scratch.join(format!("{}.gpkg", dataset.name()));
    let written = Package::create(&path, about).and_then(|mut package| {
        let style = Legend::of(dataset).map(|legend| qml(&legend, about.lang()));
        let title = dataset.title().get(about.lang());
        let layer = Layer { name: dataset.name(), title, style: style.as_deref() };
        let n = package.add(&layer, dataset)?;
        package.finish()?;
        std::io::copy(&mut File::open(&path)?, out)?;
        Ok(n)
    });
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound && written.is_ok() => Err(error.into()),
        _ => written,
    }
}

/// A layer or table of a package.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// Its name: ASCII letters, digits and underscores.
    pub name: &'a str,
    /// What people call it.
    pub title: &'a str,
    /// How QGIS draws it: a style as [`crate::maps::qml`] writes it.
    pub style: Option<&'a str>,
}

/// A GeoPackage that is being written.
pub struct Package<'a> {
    db: Connection,
    about: &'a About,
}

const TABLES: &str = "
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA application_id = 0x47504B47;
PRAGMA user_version = 10300;
BEGIN;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
  ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],AXIS[\"Latitude\",NORTH],AXIS[\"Longitude\",EAST],AUTHORITY[\"EPSG\",\"4326\"]]', 'longitude and latitude in degrees');
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,
  description TEXT, mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT,
  min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL,
  md_parent_id INTEGER, CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
INSERT INTO gpkg_extensions VALUES
  ('gpkg_data_columns', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec130/#extension_schema', 'read-write'),
  ('gpkg_data_column_constraints', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec130/#extension_schema', 'read-write'),
  ('gpkg_metadata', NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec130/#extension_metadata', 'read-write'),
  ('gpkg_metadata_reference', NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec130/#extension_metadata', 'read-write');
";

const STYLES: &str = "
CREATE TABLE IF NOT EXISTS layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
  styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME);
";

impl<'a> Package<'a> {
    /// Begins a package at this path, where nothing may be yet.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn create(path: &Path, about: &'a About) -> Result<Self, WriteError> {
        let db = Connection::open(path)?;
        db.execute_batch(TABLES)?;
        Ok(Self { db, about })
    }

    /// Writes the rows of a dataset as a layer, or as a table where they have no shapes, and says how many there are.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn add(&mut self, layer: &Layer<'_>, dataset: &Dataset<'_>) -> Result<u64, WriteError> {
        let name = layer.name;
        let made_at = dataset.releases().iter().map(|release| release.made_at()).max();
        let made_at = made_at.map(|at| at.to_utc().format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()).unwrap_or_default();
        let geometry = dataset.has_shapes().then(|| geometry_type(dataset));
        let insert = self.create_table(name, geometry, dataset.columns())?;
        let mut bounds = Bounds::default();
        let n = {
            let mut insert = self.db.prepare(&insert)?;
            let mut index = match geometry {
                Some(_) => {
                    Some(self.db.prepare(&format!("INSERT INTO \"rtree_{name}_geom\" VALUES (?1,?2,?3,?4,?5)"))?)
                }
                None => None,
            };
            let mut n: i64 = 0;
            for row in dataset.rows() {
                n += 1;
                let mut at = 1;
                insert.raw_bind_parameter(at, n)?;
                if geometry.is_some() {
                    at += 1;
                    let shape = row.shape.map(blob);
                    insert.raw_bind_parameter(at, shape.as_ref().map(|(blob, _)| blob.as_slice()))?;
                    if let (Some((_, around)), Some(index)) = (&shape, &mut index)
                        && !around.is_empty()
                    {
                        index.execute(params![n, around.west, around.east, around.south, around.north])?;
                        bounds.reach(around.west, around.south);
                        bounds.reach(around.east, around.north);
                    }
                }
                for (cell, column) in row.cells.iter().zip(dataset.columns()) {
                    at += 1;
                    insert.raw_bind_parameter(at, Cell { cell, column })?;
                }
                insert.raw_execute()?;
            }
            n
        };
        let kind = if geometry.is_some() { "features" } else { "attributes" };
        let reference = geometry.map(|_| 4326);
        let side = |side: f64| (!bounds.is_empty()).then_some(side);
        self.db.execute(
            "INSERT INTO gpkg_contents VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
            params![
                name,
                kind,
                layer.title,
                self.about.title(dataset),
                made_at,
                side(bounds.west),
                side(bounds.south),
                side(bounds.east),
                side(bounds.north),
                reference
            ],
        )?;
        if let Some(kind) = geometry {
            self.db.execute(
                "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', ?2, 4326, 0, 0)",
                params![name, kind],
            )?;
            self.db.execute(
                "INSERT INTO gpkg_extensions VALUES (?1, 'geom', 'gpkg_rtree_index', \
                 'http://www.geopackage.org/spec130/#extension_rtree', 'write-only')",
                params![name],
            )?;
            self.db.execute_batch(&triggers(name))?;
        }
        self.describe(name, dataset, &made_at)?;
        if let Some(style) = layer.style {
            self.db.execute_batch(STYLES)?;
            self.db.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, \
                 styleQML, styleSLD, useAsDefault, description, owner, update_time) \
                 VALUES ('', '', ?1, 'geom', ?1, ?2, '', 1, ?3, '', ?4)",
                params![name, style, layer.title, made_at],
            )?;
            self.db.execute(
                "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier, last_change) \
                 VALUES ('layer_styles', 'attributes', 'layer_styles', ?1)",
                params![made_at],
            )?;
        }
        Ok(u64::try_from(n).unwrap_or_default())
    }

    /// Makes the table and its index, and gives the statement that fills it.
    fn create_table(&self, name: &str, geometry: Option<&str>, columns: &[Column]) -> Result<String, WriteError> {
        let mut made = "\"fid\" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL".to_owned();
        if let Some(kind) = geometry {
            made.push_str(&format!(", \"geom\" {kind}"));
        }
        for column in columns {
            let kind = match column.kind {
                Kind::Text | Kind::Choice(_) => "TEXT",
                Kind::Integer => "INTEGER",
                Kind::Decimal => "REAL",
                Kind::Date => "DATE",
                Kind::Flag => "BOOLEAN",
            };
            made.push_str(&format!(", \"{}\" {kind}", column.name));
        }
        self.db.execute_batch(&format!("CREATE TABLE \"{name}\" ({made});"))?;
        if geometry.is_some() {
            self.db.execute_batch(&format!(
                "CREATE VIRTUAL TABLE \"rtree_{name}_geom\" USING rtree(id, minx, maxx, miny, maxy);"
            ))?;
        }
        let n = 1 + usize::from(geometry.is_some()) + columns.len();
        let marks: Vec<String> = (1..=n).map(|at| format!("?{at}")).collect();
        Ok(format!("INSERT INTO \"{name}\" VALUES ({})", marks.join(",")))
    }

    /// Says what the columns are and what the data are about.
    fn describe(&self, name: &str, dataset: &Dataset<'_>, made_at: &str) -> Result<(), WriteError> {
        let mut column = self.db.prepare(
            "INSERT INTO gpkg_data_columns (table_name, column_name, name, title, description) VALUES (?1,?2,?2,?3,?4)",
        )?;
        for one in dataset.columns() {
            column.execute(params![name, one.name, one.label.get(self.about.lang()), one.tag])?;
        }
        self.db.execute(
            "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata) \
             VALUES ('dataset', 'https://schema.org/Dataset', 'text/plain', ?1)",
            params![self.about.sentences(dataset).join("\n")],
        )?;
        self.db.execute(
            "INSERT INTO gpkg_metadata_reference (reference_scope, table_name, timestamp, md_file_id) \
             VALUES ('table', ?1, ?2, ?3)",
            params![name, made_at, self.db.last_insert_rowid()],
        )?;
        Ok(())
    }

    /// Ends the package: it is whole.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn finish(self) -> Result<(), WriteError> {
        self.db.execute_batch("COMMIT;")?;
        self.db.close().map_err(|(_, error)| error.into())
    }
}

/// What keeps the index of a layer right when its features are edited, as the extension prescribes.
fn triggers(table: &str) -> String {
    let t = format!("\"{table}\"");
    let r = format!("\"rtree_{table}_geom\"");
    let put = format!(
        "INSERT OR REPLACE INTO {r} VALUES (NEW.\"fid\", ST_MinX(NEW.\"geom\"), ST_MaxX(NEW.\"geom\"), \
         ST_MinY(NEW.\"geom\"), ST_MaxY(NEW.\"geom\"));"
    );
    let is = "NEW.\"geom\" NOTNULL AND NOT ST_IsEmpty(NEW.\"geom\")";
    let is_not = "(NEW.\"geom\" ISNULL OR ST_IsEmpty(NEW.\"geom\"))";
    let (same, other) = ("OLD.\"fid\" = NEW.\"fid\"", "OLD.\"fid\" != NEW.\"fid\"");
    let trigger = |ending: &str, when: &str, condition: &str, act: &str| {
        format!(
            "CREATE TRIGGER \"rtree_{table}_geom_{ending}\" AFTER {when} ON {t} WHEN {condition} BEGIN {act} END;\n"
        )
    };
    [
        trigger("insert", "INSERT", &format!("({is})"), &put),
        trigger("update1", "UPDATE OF \"geom\"", &format!("{same} AND ({is})"), &put),
        trigger(
            "update2",
            "UPDATE OF \"geom\"",
            &format!("{same} AND {is_not}"),
            &format!("DELETE FROM {r} WHERE id = OLD.\"fid\";"),
        ),
        trigger(
            "update3",
            "UPDATE",
            &format!("{other} AND ({is})"),
            &format!("DELETE FROM {r} WHERE id = OLD.\"fid\"; {put}"),
        ),
        trigger(
            "update4",
            "UPDATE",
            &format!("{other} AND {is_not}"),
            &format!("DELETE FROM {r} WHERE id IN (OLD.\"fid\", NEW.\"fid\");"),
        ),
        trigger("delete", "DELETE", "OLD.\"geom\" NOT NULL", &format!("DELETE FROM {r} WHERE id = OLD.\"fid\";")),
    ]
    .concat()
}

/// A cell as SQLite takes it.
struct Cell<'a> {
    cell: &'a Datum<'a>,
    column: &'a Column,
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.cell {
            Datum::Nothing => ToSqlOutput::Owned(Value::Null),
            Datum::Integer(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Datum::Decimal(number) => ToSqlOutput::Owned(Value::Real(*number)),
            Datum::Flag(yes) => ToSqlOutput::Owned(Value::Integer(i64::from(*yes))),
            Datum::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Datum::Choice(at) => {
                let code = self.column.choices().get(*at).map_or("", |choice| choice.code.as_str());
                ToSqlOutput::Borrowed(ValueRef::Text(code.as_bytes()))
            }
            Datum::Date(day) => ToSqlOutput::Owned(Value::Text(day.to_string())),
        })
    }
}

fn geometry_type(dataset: &Dataset<'_>) -> &'static str {
    match dataset.rows().find_map(|row| row.shape) {
        Some(Shape::Point(_)) => "POINT",
        Some(Shape::Area(_)) => "MULTIPOLYGON",
        None => "GEOMETRY",
    }
}

/// What a shape covers.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { west: f64::INFINITY, south: f64::INFINITY, east: f64::NEG_INFINITY, north: f64::NEG_INFINITY }
    }
}

impl Bounds {
    fn reach(&mut self, x: f64, y: f64) {
        (self.west, self.east) = (self.west.min(x), self.east.max(x));
        (self.south, self.north) = (self.south.min(y), self.north.max(y));
    }

    fn is_empty(&self) -> bool {
        self.west > self.east
    }
}

/// A shape as the format wants it: a head with what it covers, then well-known binary, all little-endian.
fn blob(shape: Shape<'_>) -> (Vec<u8>, Bounds) {
    let mut bounds = Bounds::default();
    // Version 0; little-endian.
    let mut blob = vec![b'G', b'P', 0, 0b0000_0001];
    blob.extend(4326_i32.to_le_bytes());
    match shape {
        Shape::Point(at) => {
            bounds.reach(at.lon, at.lat);
            blob.push(1);
            blob.extend(1_u32.to_le_bytes());
            blob.extend(at.lon.to_le_bytes());
            blob.extend(at.lat.to_le_bytes());
        }
        Shape::Area(outline) => {
            let mut wkb = vec![1];
            wkb.extend(6_u32.to_le_bytes());
            wkb.extend((outline.0.len() as u32).to_le_bytes());
            for polygon in outline {
                wkb.push(1);
                wkb.extend(3_u32.to_le_bytes());
                wkb.extend((1 + polygon.interiors().len() as u32).to_le_bytes());
                for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                    wkb.extend((ring.0.len() as u32).to_le_bytes());
                    for point in ring {
                        bounds.reach(point.x, point.y);
                        wkb.extend(point.x.to_le_bytes());
                        wkb.extend(point.y.to_le_bytes());
                    }
                }
            }
            // With an envelope of x and y; empty where there is nothing to cover.
            match bounds.is_empty() {
                true => blob[3] |= 0b0001_0000,
                false => {
                    blob[3] |= 0b0000_0010;
                    for side in [bounds.west, bounds.east, bounds.south, bounds.north] {
                        blob.extend(side.to_le_bytes());
                    }
                }
            }
            blob.extend(wkb);
        }
    }
    (blob, bounds)
}
