//! The rows that HDX HAPI makes of DTM's data: internally displaced persons, one row an area, round and assessment.
//!
//! In: releases, the atlas. Out: rows in HAPI's columns, where the parts by reason and origin are added up. Columns that
//! only HDX can fill (whether a country has a response plan, the ids of its own entries) are empty.

use crate::files::dtm_api::{self, Row};
use dtm_model::{Atlas, Lang, Pcode};
use dtm_protect::Release;
use std::collections::BTreeMap;

/// HAPI's columns.
pub const COLUMNS: [&str; 20] = [
    "location_code",
    "has_hrp",
    "in_gho",
    "provider_admin1_name",
    "provider_admin2_name",
    "admin1_code",
    "admin1_name",
    "admin2_code",
    "admin2_name",
    "admin_level",
    "operation",
    "assessment_type",
    "population",
    "reporting_round",
    "reference_period_start",
    "reference_period_end",
    "dataset_hdx_id",
    "resource_hdx_id",
    "warning",
    "error",
];

/// The rows as CSV, in order of country, level, operation, area, date and round.
pub fn csv(releases: &[&Release], atlas: &Atlas) -> String {
    let mut people: BTreeMap<_, i64> = BTreeMap::new();
    for level in 0..=2 {
        for release in releases {
            for row in dtm_api::rows(release, atlas, level) {
                *people.entry((key(&row, atlas), row.round())).or_default() += row.people();
            }
        }
    }
    let mut lines = crate::files::lines(Vec::new());
    let written = lines.write_record(COLUMNS).and_then(|()| {
        people.into_iter().try_for_each(|((key, round), people)| {
            let Key { country, level, operation, areas, date, assessment } = key;
            let [(code1, named1, own1), (code2, named2, own2)] = areas;
            let (level, people, round, date) =
                (level.to_string(), people.to_string(), round.to_string(), date.to_string());
            let no = String::new;
            lines.write_record([
                country,
                no(),
                no(),
                named1,
                named2,
                code1,
                own1,
                code2,
                own2,
                level,
                operation,
                assessment,
                people,
                round,
                date.clone(),
                date,
                no(),
                no(),
                no(),
                no(),
            ])
        })
    });
    written.expect("memory takes every line");
    String::from_utf8(lines.into_inner().unwrap_or_default()).expect("lines of text are text")
}

/// What tells rows apart, in their order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    country: String,
    level: u8,
    operation: String,
    /// Code, name as the API has it, name of the gazetteer.
    areas: [(String, String, String); 2],
    date: chrono::NaiveDate,
    assessment: String,
}

fn key(row: &Row, atlas: &Atlas) -> Key {
    let areas = row.areas().map(|area| {
        area.map_or_else(Default::default, |(code, name)| {
            let own = atlas.area(&Pcode::from(code)).map_or(name, |area| area.name.get(Lang::En));
            (code.to_owned(), name.to_owned(), own.to_owned())
        })
    });
    Key {
        country: row.country().to_owned(),
        level: row.level(),
        operation: row.operation().to_owned(),
        areas,
        date: row.reported_on(),
        assessment: row.assessment().to_owned(),
    }
}
