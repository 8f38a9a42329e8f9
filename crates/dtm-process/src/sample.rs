//! What the tests of several modules share: a small country, days and records by number, and the reference values.

use chrono::NaiveDate;
use dtm_model::{Area, Atlas, Instant, Pcode, RecordId, Text};
use std::collections::BTreeMap;

/// A country of two departments with three communes.
pub(crate) fn atlas() -> Atlas {
    let area = |(code, level): (&str, u8)| Area {
        pcode: Pcode::from(code),
        level,
        parent: (level > 0).then(|| Pcode::from(&code[..code.len() - 2])),
        name: Text::both(code, code),
        aliases: BTreeMap::new(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    };
    Atlas::new([("XS", 0), ("XS01", 1), ("XS02", 1), ("XS0101", 2), ("XS0102", 2), ("XS0201", 2)].map(area), [])
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The record of this number; records of larger numbers were made later.
pub(crate) fn record(n: u8) -> RecordId {
    RecordId::new(Instant::from_millis(i64::from(n)), [n; 10])
}

pub(crate) fn close(a: f64, b: f64, within: f64) {
    assert!((a - b).abs() <= within, "{a} is not {b}");
}

/// The lines of a text that have something on them.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// A file of the data and reference values beside the project; none, with a word about it, where they are absent.
#[allow(clippy::disallowed_methods)] // Tests may ask where the shared data lie.
pub(crate) fn shared(path: &str) -> Option<String> {
    let root = std::env::var("DTM_SHARED").unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into());
    let found = std::fs::read_to_string(std::path::Path::new(&root).join(path)).ok();
    if found.is_none() {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), b"skipped: shared data not found\n");
    }
    found
}

/// Values computed with R for the methods about rounds.
pub(crate) fn reference() -> Option<serde_json::Value> {
    Some(serde_json::from_str(&shared("reference/rounds/expected.json")?).unwrap())
}
