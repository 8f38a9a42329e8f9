//! Reads the real data of Haiti, where they are, and tables as an import types them.

use dtm_model::{Answer, Answers, Area, Atlas, BlobHash, Instant, Record, RecordId, Source};
use dtm_process::places::{AreaOptions, read_areas};
use std::collections::HashMap;
use std::path::PathBuf;

// Tests may ask where the shared data lie.
#[allow(clippy::disallowed_methods)]
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var("DTM_SHARED").unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into());
    let found = Some(PathBuf::from(root).join(path)).filter(|path| path.exists());
    if found.is_none() {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), b"skipped: shared data not found\n");
    }
    found
}

/// The areas of a country, levels 0 to 3.
pub(crate) fn atlas(file: &str, country: &str) -> Option<Atlas> {
    let (mut areas, mut boundaries): (Vec<Area>, Vec<_>) = (Vec::new(), Vec::new());
    for level in [1, 2, 3] {
        let name = format!("{file}_adm{level}.topojson");
        let bytes = std::fs::read(shared(&format!("data/boundaries/{name}"))?).unwrap();
        let options = AreaOptions { level: Some(level), country: Some(country.into()), ..AreaOptions::default() };
        let read = read_areas(&bytes, &name, &options).unwrap();
        areas.extend(read.areas);
        boundaries.extend(read.boundaries);
    }
    areas.push(Area { pcode: country.into(), level: 0, parent: None, ..areas[0].clone() });
    Some(Atlas::new(areas, boundaries))
}

/// The 459 rows of the table of round 3: section, label and tag above the data.
pub(crate) fn records() -> Option<Vec<Record>> {
    Some(table("haiti-zmpp-r3/round-3-zmpp.csv", 1, 3)?.1)
}

/// The names of a table's columns and its rows, typed as an import types them. `label_row` and the number of rows
/// above the data count from 0; a label met again bears its number.
pub(crate) fn table(path: &str, label_row: usize, header_rows: usize) -> Option<(Vec<String>, Vec<Record>)> {
    let text = std::fs::read_to_string(shared(&format!("data/{path}"))?).unwrap();
    let bytes = text.trim_start_matches('\u{feff}').as_bytes();
    let rows: Vec<csv::StringRecord> =
        csv::ReaderBuilder::new().has_headers(false).from_reader(bytes).records().map(Result::unwrap).collect();
    let mut met: HashMap<String, u32> = HashMap::new();
    let columns: Vec<String> = rows[label_row]
        .iter()
        .zip(&rows[0])
        .map(|(label, section)| {
            let label = if label.trim().is_empty() { section } else { label };
            let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
            let n = met.entry(label.clone()).or_default();
            *n += 1;
            if *n == 1 { label } else { format!("{label} ({n})") }
        })
        .collect();
    let answer = |cell: &str| match (cell.parse(), cell.parse::<f64>(), cell.parse()) {
        (Ok(whole), _, _) => Answer::Integer(whole),
        (_, Ok(number), _) if number.is_finite() => Answer::Decimal(number),
        (_, _, Ok(day)) => Answer::Date(day),
        _ => Answer::Text(cell.to_owned()),
    };
    let file = BlobHash::of(bytes);
    let record = |(row, cells): (u32, &csv::StringRecord)| {
        let cells = columns.iter().zip(cells).filter(|(_, cell)| !cell.trim().is_empty());
        Record {
            id: RecordId::new(Instant::from_millis(i64::from(row)), [0; 10]),
            source: Source::Row { file: file.clone(), name: path.into(), sheet: String::new(), row },
            answers: Answers {
                values: cells.map(|(column, cell)| (column.clone(), answer(cell.trim()))).collect(),
                ..Answers::default()
            },
        }
    };
    let records = (1..).zip(&rows).skip(header_rows).map(record).collect();
    Some((columns, records))
}

/// The recorded answers of the public API, by level.
pub(crate) fn api_answers() -> Option<[Vec<u8>; 3]> {
    let answer = |level: u8| {
        shared(&format!("data/dtm-api/displacement-admin{level}-admin0pcode-hti.json"))
            .map(|path| std::fs::read(path).unwrap())
    };
    Some([answer(0)?, answer(1)?, answer(2)?])
}
