//! Whatever a dataset holds comes back from Stata's and SPSS's files as it went in.

use super::{About, Format};
use crate::dataset::tests::{column, of_rows};
use crate::dataset::{Choice, Dataset, Datum, Kind, Role};
use chrono::NaiveDate;
use dta::stata::dta::dta_reader::DtaReader;
use dta::stata::dta::long_string_table::LongStringTable;
use dta::stata::dta::value::Value;
use dta::stata::dta::value_label_table::ValueLabelTable;
use dtm_model::{Lang, Text};
use proptest::prelude::*;
use std::io::Cursor;

fn dataset(rows: Vec<Vec<Datum<'static>>>) -> Dataset<'static> {
    let choice = |code: &str| Choice { code: code.to_owned(), label: Text::both(code, format!("{code} é")) };
    let reasons = Kind::Choice(["conflict", "flood", "other"].map(choice).into());
    let states = Kind::Choice(["shown", "nothing", "hidden"].map(choice).into());
    let columns = vec![
        column("note", Kind::Text, Role::Attribute),
        column("reason", reasons, Role::Key),
        column("people", Kind::Integer, Role::Measure),
        column("people_state", states, Role::Mark),
        column("degrees", Kind::Decimal, Role::Attribute),
        column("reported_on", Kind::Date, Role::Key),
        column("coarse", Kind::Flag, Role::Mark),
    ];
    of_rows(columns, rows)
}

fn row() -> impl Strategy<Value = Vec<Datum<'static>>> {
    let text = prop_oneof![
        4 => "[a-zé’ŋ =+,\"]{0,20}",
        1 => (1_usize..12, "[a-z]{240,260}").prop_map(|(n, part)| part.repeat(n)),
        1 => Just(String::new()),
    ];
    // A space at the end is padding to SPSS.
    let text = text.prop_map(|text| Datum::Text(text.trim_end().to_owned().into()));
    let number = prop_oneof![-200_i64..400, -40_000_i64..40_000, -3_000_000_000_i64..3_000_000_000];
    let people = (prop::option::weighted(0.7, number), 1_usize..3).prop_map(|(number, state)| match number {
        Some(number) => [Datum::Integer(number), Datum::Choice(0)],
        None => [Datum::Nothing, Datum::Choice(state)],
    });
    let degrees = prop_oneof![(-180.0..180.0).prop_map(Datum::Decimal), Just(Datum::Nothing)];
    let day = (-20_000_i32..800_000)
        .prop_map(|days| Datum::Date(NaiveDate::from_num_days_from_ce_opt(700_000 + days).unwrap_or_default()));
    (text, 0_usize..3, people, degrees, day, any::<bool>()).prop_map(
        |(text, reason, [people, state], degrees, day, flag)| {
            vec![text, Datum::Choice(reason), people, state, degrees, day, Datum::Flag(flag)]
        },
    )
}

fn file(dataset: &Dataset<'_>, format: Format) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    format.write(dataset, &About::new(Lang::Fr), std::path::Path::new(""), &mut out).unwrap();
    out.into_inner()
}

/// A cell in words that both programs can say.
fn said(dataset: &Dataset<'_>) -> Vec<Vec<String>> {
    let numbers = [[1, 101, 4], [1, 2, 3]];
    let cell = |at: usize, cell: &Datum<'_>, cells: &[Datum<'_>]| match cell {
        Datum::Nothing if at == 2 => format!("missing {}", if cells[3] == Datum::Choice(2) { "h" } else { "n" }),
        Datum::Nothing => "missing".to_owned(),
        Datum::Choice(choice) => numbers[usize::from(at == 3)][*choice].to_string(),
        Datum::Date(day) => day.to_string(),
        cell => cell.plain(&dataset.columns()[at]).into_owned(),
    };
    dataset
        .rows()
        .map(|row| row.cells.iter().enumerate().map(|(at, one)| cell(at, one, &row.cells)).collect())
        .collect()
}

/// What an independent reader finds in a .dta file.
fn read_stata(bytes: &[u8]) -> (Vec<Vec<String>>, Vec<String>) {
    let schema = DtaReader::new().from_reader(Cursor::new(bytes)).read_header().unwrap();
    let mut notes = schema.read_schema().unwrap();
    let mut said = Vec::new();
    while let Some(note) = notes.read_characteristic().unwrap() {
        said.push(note.value().to_owned());
    }
    let mut records = notes.into_record_reader().unwrap();
    let number = |present: Option<f64>, missing: String| present.map_or(missing, |number| number.to_string());
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut long = Vec::new();
    while let Some(record) = records.read_record().unwrap() {
        let mut cells = Vec::new();
        for value in record.values() {
            let missing = |text: String| match text.to_lowercase().as_str() {
                text if text.contains("(h)") => "missing h".to_owned(),
                text if text.contains("(n)") => "missing n".to_owned(),
                _ => "missing".to_owned(),
            };
            cells.push(match value {
                Value::Byte(value) => number(value.present().map(f64::from), missing(format!("{value:?}"))),
                Value::Int(value) => number(value.present().map(f64::from), missing(format!("{value:?}"))),
                Value::Long(value) => number(value.present().map(f64::from), missing(format!("{value:?}"))),
                Value::Double(value) => number(value.present(), missing(format!("{value:?}"))),
                Value::Float(_) => unreachable!("floats are not written"),
                Value::String(text) => text.to_string(),
                Value::LongStringRef(place) => {
                    long.push((rows.len(), cells.len(), *place));
                    String::new()
                }
            });
        }
        let days: i64 = cells[5].parse().unwrap();
        cells[5] = (NaiveDate::from_ymd_opt(1960, 1, 1).unwrap() + chrono::Duration::days(days)).to_string();
        rows.push(cells);
    }
    let mut texts = LongStringTable::for_reading();
    let mut reader = records.into_long_string_reader().unwrap();
    reader.read_remaining_into(&mut texts).unwrap();
    for (row, at, place) in long {
        if let Some(text) = texts.get(&place) {
            // The zero that ends a text is no part of it.
            rows[row][at] = String::from_utf8(text.data().to_vec()).unwrap().trim_end_matches('\0').to_owned();
        }
    }
    let mut labels = ValueLabelTable::new();
    reader.into_value_label_reader().unwrap().read_remaining_into(&mut labels).unwrap();
    assert_eq!(labels.get("reason").unwrap().label_for(101), Some("flood é"));
    assert_eq!(labels.get("coarse").unwrap().label_for(1), Some("Oui"));
    (rows, said)
}

/// Reads a .sav file by its own account of itself.
struct Sav<'a> {
    rest: &'a [u8],
}

impl<'a> Sav<'a> {
    fn take(&mut self, n: usize) -> &'a [u8] {
        let (head, rest) = self.rest.split_at(n);
        self.rest = rest;
        head
    }

    fn int(&mut self) -> i32 {
        i32::from_le_bytes(self.take(4).try_into().unwrap())
    }

    fn n(&mut self) -> usize {
        self.int() as usize
    }
}

/// What stands in a .sav file: the widths of the variables (0 a number), parts of long texts joined, and the rows.
fn read_spss(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut file = Sav { rest: bytes };
    assert_eq!(&file.take(4), b"$FL2");
    file.take(60);
    let (layout, n_elements, compressed, _weight, n_rows) = (file.n(), file.n(), file.n(), file.n(), file.n());
    assert_eq!((layout, compressed), (2, 1));
    assert_eq!(f64::from_le_bytes(file.take(8).try_into().unwrap()), 100.0);
    file.take(9 + 8 + 64 + 3);
    let (mut widths, mut n_seen, mut long, mut n_names) = (Vec::new(), 0, Vec::new(), 0);
    loop {
        match file.int() {
            2 => {
                n_seen += 1;
                let (width, has_label) = (file.int(), file.int());
                file.take(12 + 8);
                if has_label == 1 {
                    let n = file.n();
                    file.take(n.next_multiple_of(4));
                }
                if width >= 0 {
                    widths.push(width as usize);
                }
            }
            3 => {
                for _ in 0..file.n() {
                    file.take(8);
                    let n = usize::from(file.take(1)[0]);
                    file.take((n + 1).next_multiple_of(8) - 1);
                }
                assert_eq!((file.int(), file.int()), (4, 1));
                assert!((1..=n_elements).contains(&file.n()));
            }
            6 => {
                let n = file.n();
                file.take(80 * n);
            }
            7 => {
                let (subtype, size, n) = (file.int(), file.n(), file.n());
                let content = file.take(size * n);
                match subtype {
                    11 => assert_eq!(n, 3 * widths.len()),
                    13 => n_names = content.split(|byte| *byte == b'\t').count(),
                    14 => {
                        let entries = String::from_utf8(content.to_vec()).unwrap();
                        long = entries
                            .split_terminator("\0\t")
                            .map(|entry| entry.split_once('=').unwrap().1.parse::<usize>().unwrap())
                            .collect();
                    }
                    16 => assert_eq!(content[8..16], (n_rows as u64).to_le_bytes()),
                    20 => assert_eq!(content, b"UTF-8"),
                    _ => {}
                }
            }
            999 => break,
            other => panic!("record {other}"),
        }
    }
    file.take(4);
    assert_eq!(n_seen, n_elements, "each element of a row is declared once");
    let mut elements: Vec<Option<[u8; 8]>> = Vec::new();
    'all: loop {
        let codes: [u8; 8] = file.take(8).try_into().unwrap();
        for code in codes {
            match code {
                0 => {}
                252 => break 'all,
                253 => elements.push(Some(file.take(8).try_into().unwrap())),
                254 => elements.push(Some(*b"        ")),
                255 => elements.push(None),
                small => elements.push(Some((f64::from(small) - 100.0).to_le_bytes())),
            }
        }
    }
    assert!(file.rest.is_empty(), "nothing stands after the end");
    assert_eq!(elements.len(), n_rows * n_elements);
    let mut rows = Vec::new();
    for row in elements.chunks(n_elements.max(1)) {
        let (mut at, mut part, mut cells) = (0, 0, Vec::new());
        let (mut long, mut widths_left) = (long.iter(), widths.iter().peekable());
        while let Some(&width) = widths_left.next() {
            let mut parts = vec![width];
            // Only a text of 255 bytes and more than that is in parts here.
            if width == 255 && long.len() > 0 {
                let whole = *long.next().unwrap();
                while parts.len() < whole.div_ceil(252) {
                    parts.push(*widths_left.next().unwrap());
                }
            }
            part += 1;
            if width == 0 {
                cells.push(row[at].map_or("missing".to_owned(), |bits| f64::from_le_bytes(bits).to_string()));
                at += 1;
                continue;
            }
            let mut text = Vec::new();
            for part in parts {
                let n = part.div_ceil(8);
                let held: Vec<u8> = row[at..at + n].iter().flat_map(|element| element.unwrap()).collect();
                text.extend(&held[..part]);
                at += n;
            }
            cells.push(String::from_utf8(text).unwrap().trim_end().to_owned());
        }
        assert_eq!(part, n_names, "each variable has its name");
        let seconds: f64 = cells[5].parse().unwrap();
        let days = chrono::Duration::days((seconds / 86_400.0) as i64);
        cells[5] = (NaiveDate::from_ymd_opt(1582, 10, 14).unwrap() + days).to_string();
        rows.push(cells);
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn stata_reads_what_went_in(rows in prop::collection::vec(row(), 0..12)) {
        let dataset = dataset(rows);
        let (read, notes) = read_stata(&file(&dataset, Format::Stata));
        prop_assert_eq!(read, said(&dataset));
        prop_assert!(notes.iter().any(|note| note == "1 = conflict, 101 = flood, 4 = other"), "{notes:?}");
        prop_assert!(notes.iter().any(|note| note.starts_with("Opération\u{a0}: Suivi national")), "{notes:?}");
    }

    #[test]
    fn spss_reads_what_went_in(rows in prop::collection::vec(row(), 0..12)) {
        let dataset = dataset(rows);
        let mut expected = said(&dataset);
        // SPSS has one kind of missing number.
        expected.iter_mut().flatten().filter(|cell| cell.starts_with("missing")).for_each(|cell| cell.truncate(7));
        prop_assert_eq!(read_spss(&file(&dataset, Format::Spss)), expected);
    }
}
