//! Stata's .dta, release 118, written straight through.
//!
//! In: a dataset, the language. Out: variables with their labels; choices as integers with value labels; days as `%td`;
//! a number that is absent is `.h` where it is hidden and `.n` where nothing was collected; texts longer than 2045 bytes
//! as `strL`; what the file says of itself as notes (`notes` in Stata shows them), the column's own name and its codes
//! as notes of the variable. Format: Stata's `help dta`, release 118, little-endian, UTF-8.
//!
//! Everything before the rows has a size known after one pass over them, so nothing is gone back to.

use super::variables::{Absent, Holds, Variable, Variables, at_most, made_at, month};
use super::{About, Out, WriteError};
use crate::dataset::{Dataset, Datum};
use chrono::{Datelike, NaiveDate, Timelike};
use std::io::{BufWriter, Write};

/// The longest text of fixed width.
const LONGEST_FIXED: usize = 2045;

/// The longest label of a variable or of the data, in characters.
const LONGEST_LABEL: usize = 80;

/// A variable's type on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Text(u16),
    LongText,
    Byte,
    Int,
    Long,
    Double,
}

impl Type {
    fn of(variable: &Variable<'_>) -> Type {
        match variable.holds {
            Holds::Text { width } if width > LONGEST_FIXED => Type::LongText,
            Holds::Text { width } => Type::Text(u16::try_from(width.max(1)).unwrap_or(u16::MAX)),
            Holds::Whole { least: -127.., most: ..=100 } => Type::Byte,
            Holds::Whole { least: -32_767.., most: ..=32_740 } => Type::Int,
            Holds::Whole { least: -2_147_483_647.., most: ..=2_147_483_620 } => Type::Long,
            Holds::Whole { .. } | Holds::Decimal => Type::Double,
            Holds::Day => Type::Long,
        }
    }

    fn code(self) -> u16 {
        match self {
            Type::Text(width) => width,
            Type::LongText => 32_768,
            Type::Double => 65_526,
            Type::Long => 65_528,
            Type::Int => 65_529,
            Type::Byte => 65_530,
        }
    }

    fn width(self) -> u64 {
        match self {
            Type::Text(width) => u64::from(width),
            Type::LongText | Type::Double => 8,
            Type::Long => 4,
            Type::Int => 2,
            Type::Byte => 1,
        }
    }

    fn format(self, variable: &Variable<'_>) -> String {
        match self {
            Type::Text(width) => format!("%-{}s", width.min(244)),
            Type::LongText => "%-9s".to_owned(),
            _ if variable.holds == Holds::Day => "%tdCCYY-NN-DD".to_owned(),
            _ if !variable.numbers.is_empty() => "%20.0g".to_owned(),
            Type::Byte | Type::Int => "%8.0g".to_owned(),
            Type::Long => "%12.0g".to_owned(),
            Type::Double if variable.holds == Holds::Decimal => "%10.0g".to_owned(),
            Type::Double => "%20.0f".to_owned(),
        }
    }
}

/// Writes the dataset.
pub(super) fn write(dataset: &Dataset<'_>, about: &About, out: &mut dyn Out) -> Result<u64, WriteError> {
    let variables = Variables::survey(dataset);
    let types: Vec<Type> = variables.all.iter().map(Type::of).collect();
    let before = before_map(dataset, about, &variables)?;
    let parts = parts(dataset, about, &variables, &types);
    let labels = value_labels(&variables, about);
    let map = map(&before, &parts, &variables, &types, labels.len());
    let mut out = BufWriter::with_capacity(1 << 16, out);
    out.write_all(&before)?;
    out.write_all(&map)?;
    for part in &parts {
        out.write_all(part)?;
    }
    out.write_all(b"<data>")?;
    let mut row_bytes = Vec::new();
    let mut n: u64 = 0;
    for row in dataset.rows() {
        n += 1;
        row_bytes.clear();
        for (at, (variable, kind)) in variables.all.iter().zip(&types).enumerate() {
            write_cell(&mut row_bytes, variable, *kind, &row.cells, dataset, (at, n));
        }
        out.write_all(&row_bytes)?;
    }
    out.write_all(b"</data><strls>")?;
    if types.contains(&Type::LongText) {
        write_long_texts(&mut out, dataset, &variables, &types)?;
    }
    out.write_all(b"</strls>")?;
    out.write_all(&labels)?;
    out.write_all(b"</stata_dta>")?;
    out.flush()?;
    Ok(n)
}

/// The first characters of a text.
fn first(text: &str, n_chars: usize) -> &str {
    text.char_indices().nth(n_chars).map_or(text, |(end, _)| &text[..end])
}

/// Adds a text and zeros up to this width; one zero at least ends it.
fn push_fixed(bytes: &mut Vec<u8>, text: &str, width: usize) {
    let end = bytes.len() + width;
    bytes.extend_from_slice(at_most(text, width - 1).as_bytes());
    bytes.resize(end, 0);
}

fn before_map(dataset: &Dataset<'_>, about: &About, variables: &Variables<'_>) -> Result<Vec<u8>, WriteError> {
    let n_variables = u16::try_from(variables.all.len())
        .map_err(|_| WriteError::Format(format!("{} columns are too many", variables.all.len())))?;
    let title = about.title(dataset);
    let title = first(&title, LONGEST_LABEL);
    let mut bytes = b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder><K>".to_vec();
    bytes.extend(n_variables.to_le_bytes());
    bytes.extend(b"</K><N>");
    bytes.extend(variables.n_rows.to_le_bytes());
    bytes.extend(b"</N><label>");
    bytes.extend(u16::try_from(title.len()).unwrap_or_default().to_le_bytes());
    bytes.extend(title.as_bytes());
    bytes.extend(b"</label><timestamp>");
    let stamp = timestamp(dataset);
    bytes.push(u8::try_from(stamp.len()).unwrap_or_default());
    bytes.extend(stamp.as_bytes());
    bytes.extend(b"</timestamp></header>");
    Ok(bytes)
}

/// When the newest release was made: `01 Jan 2024 13:45`.
fn timestamp(dataset: &Dataset<'_>) -> String {
    let made = made_at(dataset);
    format!("{:02} {} {:04} {:02}:{:02}", made.day(), month(&made), made.year(), made.hour(), made.minute())
}

/// The parts between the map and the rows, in their order.
fn parts(dataset: &Dataset<'_>, about: &About, variables: &Variables<'_>, types: &[Type]) -> [Vec<u8>; 7] {
    let all = &variables.all;
    let part = |tag: &str, content: Vec<u8>| {
        [format!("<{tag}>").into_bytes(), content, format!("</{tag}>").into_bytes()].concat()
    };
    let fixed = |width: usize, texts: &mut dyn Iterator<Item = String>| {
        let mut bytes = Vec::new();
        texts.for_each(|text| push_fixed(&mut bytes, &text, width));
        bytes
    };
    let label = |variable: &Variable<'_>| first(&variable.label(about.lang()), LONGEST_LABEL).to_owned();
    [
        part("variable_types", types.iter().flat_map(|kind| kind.code().to_le_bytes()).collect()),
        part("varnames", fixed(129, &mut all.iter().map(|variable| variable.name.clone()))),
        part("sortlist", vec![0; 2 * (all.len() + 1)]),
        part("formats", fixed(57, &mut all.iter().zip(types).map(|(variable, kind)| kind.format(variable)))),
        part("value_label_names", fixed(129, &mut all.iter().map(set_name))),
        part("variable_labels", fixed(321, &mut all.iter().map(label))),
        part("characteristics", characteristics(dataset, about, all)),
    ]
}

/// The name of a variable's value labels; empty where it has none.
fn set_name(variable: &Variable<'_>) -> String {
    if has_labels(variable) { variable.name.clone() } else { String::new() }
}

fn has_labels(variable: &Variable<'_>) -> bool {
    !variable.numbers.is_empty() || variable.column.kind == crate::dataset::Kind::Flag
}

fn characteristics(dataset: &Dataset<'_>, about: &About, all: &[Variable<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut add = |of: &str, name: &str, text: &str| {
        // Stata holds 67,784 bytes of one.
        let text = at_most(text, 67_000);
        let length = u32::try_from(2 * 129 + text.len() + 1).unwrap_or_default();
        bytes.extend(b"<ch>");
        bytes.extend(length.to_le_bytes());
        push_fixed(&mut bytes, of, 129);
        push_fixed(&mut bytes, name, 129);
        bytes.extend(text.as_bytes());
        bytes.extend(b"\0</ch>");
    };
    let mut notes = |of: &str, notes: &[String]| {
        if !notes.is_empty() {
            add(of, "note0", &notes.len().to_string());
        }
        for (n, note) in (1..).zip(notes) {
            add(of, &format!("note{n}"), note);
        }
    };
    notes("_dta", &about.sentences(dataset));
    for variable in all {
        let mut said = Vec::new();
        if variable.name != variable.column.name {
            said.push(variable.column.name.clone());
        }
        if variable.label(about.lang()).chars().count() > LONGEST_LABEL {
            said.push(variable.label(about.lang()));
        }
        if !variable.numbers.is_empty() {
            said.push(variable.codes());
        }
        said.push(variable.column.tag.clone());
        notes(&variable.name, &said);
    }
    bytes
}

/// The sets of value labels, in their tags.
fn value_labels(variables: &Variables<'_>, about: &About) -> Vec<u8> {
    let mut bytes = b"<value_labels>".to_vec();
    for variable in variables.all.iter().filter(|variable| has_labels(variable)) {
        let mut labels = variable.labels(about.lang());
        labels.sort();
        let (mut offsets, mut texts) = (Vec::new(), Vec::new());
        for (_, label) in &labels {
            offsets.push(i32::try_from(texts.len()).unwrap_or_default());
            texts.extend(at_most(label, 32_000).as_bytes());
            texts.push(0);
        }
        let int = |n: usize| i32::try_from(n).unwrap_or_default().to_le_bytes();
        bytes.extend(b"<lbl>");
        bytes.extend(int(8 + 8 * labels.len() + texts.len()));
        push_fixed(&mut bytes, &variable.name, 129);
        bytes.extend([0; 3]);
        bytes.extend(int(labels.len()));
        bytes.extend(int(texts.len()));
        offsets.iter().for_each(|offset| bytes.extend(offset.to_le_bytes()));
        labels.iter().for_each(|(value, _)| bytes.extend(value.to_le_bytes()));
        bytes.extend(texts);
        bytes.extend(b"</lbl>");
    }
    bytes.extend(b"</value_labels>");
    bytes
}

/// Where each part begins.
fn map(before: &[u8], parts: &[Vec<u8>], variables: &Variables<'_>, types: &[Type], n_labels: usize) -> Vec<u8> {
    const MAP: usize = 5 + 14 * 8 + 6;
    let mut at = before.len() as u64;
    let mut offsets = vec![0, at];
    at += MAP as u64;
    for part in parts {
        offsets.push(at);
        at += part.len() as u64;
    }
    let row: u64 = types.iter().map(|kind| kind.width()).sum();
    let long_texts = variables.texts.iter().zip(types).filter(|(_, kind)| **kind == Type::LongText);
    // Each: GSO, variable, observation, type, length, the text and a zero.
    let long_texts: u64 = long_texts.map(|((n, n_bytes), _)| n_bytes + n * (3 + 4 + 8 + 1 + 4 + 1)).sum();
    let ends = [
        "<data></data>".len() as u64 + row * variables.n_rows,
        "<strls></strls>".len() as u64 + long_texts,
        n_labels as u64,
        "</stata_dta>".len() as u64,
    ];
    for end in ends {
        offsets.push(at);
        at += end;
    }
    offsets.push(at);
    let mut bytes = b"<map>".to_vec();
    offsets.into_iter().for_each(|offset| bytes.extend(offset.to_le_bytes()));
    bytes.extend(b"</map>");
    bytes
}

/// The days from Stata's first to this one.
fn days(day: NaiveDate) -> i32 {
    const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1960, 1, 1).expect("the first of January exists");
    i32::try_from((day - FIRST).num_days()).unwrap_or_default()
}

/// Which of the missing values `.`, `.a` to `.z` an absent number is.
fn letter(absent: Absent) -> u8 {
    match absent {
        Absent::Plain => 0,
        Absent::Hidden => 1 + b'h' - b'a',
        Absent::Nothing => 1 + b'n' - b'a',
    }
}

fn write_cell(
    bytes: &mut Vec<u8>,
    variable: &Variable<'_>,
    kind: Type,
    cells: &[Datum<'_>],
    dataset: &Dataset<'_>,
    (at, row): (usize, u64),
) {
    let cell = &cells[variable.at];
    match kind {
        Type::Text(width) => {
            let end = bytes.len() + usize::from(width);
            bytes.extend_from_slice(cell.plain(variable.column).as_bytes());
            bytes.resize(end, 0);
        }
        Type::LongText => match cell.plain(variable.column).as_ref() {
            "" => bytes.extend([0; 8]),
            // Where the text first stands; each stands for itself.
            _ => {
                bytes.extend(u16::try_from(at + 1).unwrap_or_default().to_le_bytes());
                bytes.extend(&row.to_le_bytes()[..6]);
            }
        },
        Type::Byte | Type::Int | Type::Long => {
            let number = match cell {
                Datum::Date(day) => Some(i64::from(days(*day))),
                _ => variable.number(cells),
            };
            let missing = i32::from(letter(variable.absent(cells, dataset.columns())));
            match kind {
                Type::Byte => bytes.push(number.map_or(101 + missing, |n| n as i32) as u8),
                Type::Int => bytes.extend((number.map_or(32_741 + missing, |n| n as i32) as i16).to_le_bytes()),
                _ => bytes.extend(number.map_or(2_147_483_621 + missing, |n| n as i32).to_le_bytes()),
            }
        }
        Type::Double => {
            let number = match cell {
                Datum::Decimal(number) => Some(*number).filter(|number| number.is_finite()),
                _ => variable.number(cells).map(|number| number as f64),
            };
            let missing = u64::from(letter(variable.absent(cells, dataset.columns())));
            let bits = number.map_or(0x7fe0_0000_0000_0000 + (missing << 40), f64::to_bits);
            bytes.extend(bits.to_le_bytes());
        }
    }
}

/// The long texts: a second pass over the rows.
fn write_long_texts(
    out: &mut impl Write,
    dataset: &Dataset<'_>,
    variables: &Variables<'_>,
    types: &[Type],
) -> Result<(), WriteError> {
    for (n, row) in (1_u64..).zip(dataset.rows()) {
        for (at, variable) in variables.all.iter().enumerate().filter(|(at, _)| types[*at] == Type::LongText) {
            let text = row.cells[variable.at].plain(variable.column);
            if text.is_empty() {
                continue;
            }
            out.write_all(b"GSO")?;
            out.write_all(&u32::try_from(at + 1).unwrap_or_default().to_le_bytes())?;
            out.write_all(&n.to_le_bytes())?;
            out.write_all(&[130])?;
            out.write_all(&u32::try_from(text.len() + 1).unwrap_or_default().to_le_bytes())?;
            out.write_all(text.as_bytes())?;
            out.write_all(&[0])?;
        }
    }
    Ok(())
}
