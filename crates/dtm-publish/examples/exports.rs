//! Measures what leaves as maps and files, beside the programs that people have for it, in one run:
//! `cargo run --release -p dtm-publish --example exports -- FOLDER [PYTHON] [AREAS] [ROUNDS] [TURNS]`.
//!
//! Makes a country of so many areas (2,500 unless told otherwise, 200 corners each) in so many rounds (4), writes all rows as
//! GeoPackage, GeoParquet, CSV and Excel, and has `ogr2ogr` and pandas write the same rows from the same source, one after the
//! other; prints medians and the ratio. Then cuts tiles of the newest round, cold (nothing thinned yet) and warm, and has GDAL cut the same
//! zooms. Python needs pandas, openpyxl and duckdb; who is not there is left out.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use chrono::{Days, NaiveDate};
use dtm_model::*;
use dtm_protect::{Candidate, Heading, Policy, Release};
use dtm_publish::dataset::{self, Dataset, Form};
use dtm_publish::files::{About, Format};
use dtm_publish::maps::{LayerId, TileAt, Tiles, layers};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant as Clock};

/// Corners of one side of an area.
const CORNERS: usize = 50;
/// The zooms that tiles are cut for.
const ZOOMS: std::ops::RangeInclusive<u8> = 0..=9;

fn main() {
    let mut given = std::env::args().skip(1);
    let folder = given.next().unwrap_or_else(|| "exports".to_owned());
    let python = given.next().unwrap_or_else(|| "python3".to_owned());
    let mut number = |usual: usize| given.next().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (n_areas, n_rounds, turns) = (number(2_500), number(4), number(3));
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    let country = Country::of(n_areas);
    let atlas = country.atlas();
    let releases: Vec<Release> = (0..n_rounds).map(|round| country.release(round)).collect();
    let releases: Vec<&Release> = releases.iter().collect();
    let rows = dataset::of("areas", &releases, &atlas, &Form::every_language()).unwrap().unwrap();
    println!("{} rows of {} areas in {n_rounds} rounds", rows.rows().count(), country.side * country.side);
    files(&rows, folder, &python, turns);
    tiles(releases[releases.len() - 1], &atlas, folder, turns);
}

/// The median of several turns, in seconds.
fn median(turns: usize, mut work: impl FnMut()) -> f64 {
    let mut taken: Vec<Duration> = (0..turns)
        .map(|_| {
            let began = Clock::now();
            work();
            began.elapsed()
        })
        .collect();
    taken.sort();
    taken[taken.len() / 2].as_secs_f64()
}

/// Writes the rows in a format and says how long it takes.
fn ours(rows: &Dataset<'_>, format: Format, folder: &Path, turns: usize) -> f64 {
    let path = folder.join(format!("ours.{}", format.extension()));
    median(turns, || {
        let mut out = BufWriter::new(File::create(&path).unwrap());
        format.write(rows, &About::new(Lang::En), folder, &mut out).unwrap();
    })
}

/// How long a program takes; none where it is not there or fails.
fn theirs(turns: usize, program: &str, arguments: &[String]) -> Option<f64> {
    let mut fails = false;
    let taken = median(turns, || {
        let output = Command::new(program).args(arguments).output();
        fails |= !output.is_ok_and(|output| output.status.success());
    });
    (!fails).then_some(taken)
}

fn told(what: &str, peer: &str, ours: f64, theirs: Option<f64>) {
    match theirs {
        Some(theirs) => {
            println!("{what:<12} {ours:>8.3} s   {peer:<10} {theirs:>8.3} s   {:>6.2} × faster", theirs / ours)
        }
        None => println!("{what:<12} {ours:>8.3} s   {peer:<10} not here"),
    }
}

/// Each peer reads the rows from a file of the kind that it reads fastest, and writes them.
fn files(rows: &Dataset<'_>, folder: &Path, python: &str, turns: usize) {
    let at = |name: &str| folder.join(name).display().to_string();
    for format in [Format::FlatGeobuf, Format::GeoPackage, Format::Parquet, Format::Csv, Format::Xlsx] {
        let taken = ours(rows, format, folder, turns);
        let (peer, of_peer) = match format {
            // Its file is what GDAL reads from.
            Format::FlatGeobuf => continue,
            Format::GeoPackage => ("ogr2ogr", {
                let line = ["-q", "-overwrite", "-f", "GPKG", &at("theirs.gpkg"), &at("ours.fgb")];
                theirs(turns, "ogr2ogr", &line.map(str::to_owned))
            }),
            Format::Parquet => ("duckdb", {
                let (from, to) = (at("ours.parquet"), at("theirs.parquet"));
                let copy = format!(
                    "import duckdb; duckdb.sql(\"COPY (FROM '{from}') TO '{to}' (FORMAT parquet, COMPRESSION zstd)\")"
                );
                theirs(turns, python, &["-c".to_owned(), copy])
            }),
            _ => ("pandas", {
                let write = match format {
                    Format::Csv => format!("frame.to_csv('{}', index=False)", at("theirs.csv")),
                    _ => format!("frame.to_excel('{}', index=False)", at("theirs.xlsx")),
                };
                let script = format!("import pandas; frame = pandas.read_csv('{}'); {write}", at("ours.csv"));
                theirs(turns, python, &["-c".to_owned(), script])
            }),
        };
        told(format.extension(), peer, taken, of_peer);
    }
}

/// The tiles that the layers reach into, zoom after zoom.
fn reached(bounds: [f64; 4]) -> Vec<TileAt> {
    let [west, south, east, north] = bounds;
    let mut all = Vec::new();
    for zoom in ZOOMS {
        let n = f64::from(1_u32 << zoom);
        let column = |lon: f64| ((lon + 180.0) / 360.0 * n) as u32;
        let row = |lat: f64| ((1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * n) as u32;
        for x in column(west)..=column(east) {
            all.extend((row(north)..=row(south)).filter_map(|y| TileAt::new(zoom, x, y)));
        }
    }
    all
}

fn tiles(release: &Release, atlas: &Atlas, folder: &Path, turns: usize) {
    let id = LayerId::Areas(2);
    let rows = || layers::rows(id, &[release], atlas, &[]).unwrap().unwrap();
    let all = reached(dtm_publish::maps::bounds(&rows()).unwrap());
    let cut = |tiles: &Tiles| all.iter().map(|at| tiles.tile(None, *at).len()).collect::<Vec<_>>();
    let (mut cold, mut warm, mut largest) = (Vec::new(), Vec::new(), 0);
    for _ in 0..turns {
        let began = Clock::now();
        let tiles = Tiles::of(&[(id, rows())]);
        largest = cut(&tiles).into_iter().max().unwrap_or(0);
        cold.push(began.elapsed().as_secs_f64());
        let began = Clock::now();
        cut(&tiles);
        warm.push(began.elapsed().as_secs_f64());
    }
    let middle = |taken: &mut Vec<f64>| {
        taken.sort_by(f64::total_cmp);
        taken[taken.len() / 2]
    };
    let (cold, warm, n) = (middle(&mut cold), middle(&mut warm), all.len() as f64);
    println!("{n} tiles, the largest {largest} bytes: cold {:.0} a second, warm {:.0} a second", n / cold, n / warm);
    let source = folder.join("layer.fgb");
    let mut out = BufWriter::new(File::create(&source).unwrap());
    Format::FlatGeobuf.write(&rows(), &About::new(Lang::En), folder, &mut out).unwrap();
    drop(out);
    let made = folder.join("theirs.tiles");
    let zooms = [format!("MINZOOM={}", ZOOMS.start()), format!("MAXZOOM={}", ZOOMS.end())];
    let line = ["-q", "-f", "MVT", &made.display().to_string(), &source.display().to_string()].map(str::to_owned);
    let line: Vec<String> =
        line.into_iter().chain(zooms.into_iter().flat_map(|zoom| ["-dsco".to_owned(), zoom])).collect();
    let of_peer = median(turns, || {
        let _ = std::fs::remove_dir_all(&made);
        let _ = Command::new("ogr2ogr").args(&line).output();
    });
    told("tiles, cold", "ogr2ogr", cold, made.is_dir().then_some(of_peer));
}

/// A square country that nobody lives in: a grid of areas with rough borders, a hundred of them to a province.
struct Country {
    side: usize,
}

impl Country {
    fn of(n_areas: usize) -> Self {
        Self { side: (n_areas as f64).sqrt().ceil() as usize }
    }

    fn code(&self, at: usize) -> String {
        let (column, row) = (at % self.side, at / self.side);
        let province = row / 10 * self.side.div_ceil(10) + column / 10;
        format!("XS{province:03}{:02}", row % 10 * 10 + column % 10)
    }

    fn corner(&self, x: f64, y: f64) -> Coord {
        // Borders wander by a part of a step, alike for the areas on both sides.
        let (a, b) = ((x * 37.0 + y * 17.0).sin(), (x * 23.0 - y * 41.0).sin());
        let step = 8.0 / self.side as f64;
        Coord { x: 18.0 + step * (x + 0.12 * a), y: 8.0 + step * (y + 0.12 * b) }
    }

    fn outline(&self, at: usize) -> Polygon {
        let (x, y) = ((at % self.side) as f64, (at / self.side) as f64);
        let along = |nth: usize| (nth % CORNERS) as f64 / CORNERS as f64;
        let ring = (0..4 * CORNERS).map(|nth| match nth / CORNERS {
            0 => self.corner(x + along(nth), y),
            1 => self.corner(x + 1.0, y + along(nth)),
            2 => self.corner(x + 1.0 - along(nth), y + 1.0),
            _ => self.corner(x, y + 1.0 - along(nth)),
        });
        Polygon::new(LineString::new(ring.collect()), Vec::new())
    }

    fn atlas(&self) -> Atlas {
        let area = |code: &str, level, parent: Option<&str>| Area {
            pcode: code.into(),
            level,
            parent: parent.map(Pcode::from),
            name: Text::both(format!("Area {code}"), format!("Zone {code}")),
            aliases: BTreeMap::new(),
            valid_from: None,
            valid_to: None,
            became: Vec::new(),
        };
        let mut areas = vec![area("XS", 0, None)];
        let (mut boundaries, mut provinces) = (Vec::new(), BTreeMap::new());
        for at in 0..self.side * self.side {
            let code = self.code(at);
            provinces.insert(code[..5].to_owned(), ());
            areas.push(area(&code, 2, Some(&code[..5])));
            boundaries.push(Boundary { pcode: code.as_str().into(), shape: MultiPolygon(vec![self.outline(at)]) });
        }
        areas.extend(provinces.keys().map(|code| area(code, 1, Some("XS"))));
        Atlas::new(areas, boundaries)
    }

    fn release(&self, round: usize) -> Release {
        let cell = |number: i64| Cell { value: Some(number), n_places: 9, largest: number / 8, ..Cell::default() };
        let (mut rows, mut parents) = (BTreeMap::<String, [i64; 2]>::new(), BTreeMap::new());
        for at in 0..self.side * self.side {
            let code = self.code(at);
            parents.insert(code[..5].to_owned(), "XS".to_owned());
            parents.insert(code.clone(), code[..5].to_owned());
            let persons = (at * 7_919 + round * 104_729) as i64 % 9_000 + 400;
            for area in ["XS", &code[..5], &code] {
                let sums = rows.entry(area.to_owned()).or_default();
                *sums = [sums[0] + persons, sums[1] + persons / 5];
            }
        }
        let measure = |name: &str, indicator: &str, unit| Measure {
            name: name.into(),
            indicator: indicator.into(),
            unit,
            part_of: None,
        };
        let table = FigureTable {
            name: "areas".into(),
            dims: vec![Dim::Area],
            measures: vec![
                measure("idp_ind", "m0310_loc_num_idp_ind", Unit::Persons),
                measure("idp_hh", "m0309_loc_num_idp_hh", Unit::Households),
            ],
            parents,
            rows: rows
                .into_iter()
                .map(|(area, sums)| TableRow { key: vec![area], cells: sums.map(cell).into() })
                .collect(),
            needs: BTreeMap::new(),
        };
        let starts_on = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap() + Days::new(60 * round as u64);
        let ends_on = starts_on + Days::new(20);
        let made_at = Instant::from_millis(ends_on.and_hms_opt(9, 0, 0).unwrap().and_utc().timestamp_millis());
        let n_places = 9 * (self.side * self.side) as u32;
        let candidate = Candidate {
            id: ReleaseId::new(made_at, [0, 0, 0, 0, 0, 0, 0, 0, 0, round as u8]),
            heading: Heading {
                operation: "xso".into(),
                operation_name: Text::both("Countrywide monitoring", "Suivi national"),
                country: Text::both("Sorelia", "Sorélie"),
                iso3: "XSO".into(),
                admin0: "XS".into(),
                exercise: "mobility".into(),
                tool: Tool::B2,
                assessment: AssessmentType::Ba,
                round: RoundLabel((round + 1).to_string()),
                starts_on,
                ends_on,
                reported_on: ends_on,
                n_places_planned: n_places,
                n_places_reached: n_places,
                n_places_carried: 0,
            },
            version: 1,
            reason: Text::new(),
            made_at,
            tables: vec![table],
            api_ids: BTreeMap::new(),
            places: Vec::new(),
            classes: ["m0310_loc_num_idp_ind", "m0309_loc_num_idp_hh"]
                .map(|code| (code.to_owned(), Dissemination::Public))
                .into(),
            records: None,
        };
        dtm_protect::release(candidate, &Policy::public()).unwrap()
    }
}
