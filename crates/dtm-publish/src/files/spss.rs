//! SPSS's system file (.sav), compressed, written straight through.
//!
//! In: a dataset, the language. Out: variables with their labels, level of measurement and width; choices as integers
//! with value labels; days as SDATE10; texts of up to 32,767 bytes, those over 255 in segments; what the file says of
//! itself as the document of the file (`DISPLAY DOCUMENTS` shows it); UTF-8. An absent number is system-missing: the
//! column beside it tells whether it is hidden or was not collected. Layout: as PSPP's developers describe it («System
//! File Format»): records 2, 3, 4, 6, 7 (3, 4, 11, 13, 14, 16, 20) and 999, then the rows as bytecode.

use super::variables::{Holds, Variable, Variables, at_most, made_at, month};
use super::{About, Out, WriteError};
use crate::dataset::{Dataset, Datum, Kind, Role};
use chrono::{Datelike, NaiveDate, Timelike};
use std::io::{BufWriter, Write};

/// The formats of texts, numbers and days, by SPSS's names.
const A: usize = 1;
const F: usize = 5;
const SDATE: usize = 39;

/// The longest text of one variable record.
const LONGEST_PART: usize = 255;

/// The longest text there is.
const LONGEST: usize = 32_767;

/// A longer text is cut into parts that are declared as if each held so many bytes; each but the last holds 255.
const PART: usize = 252;

/// Added to small whole numbers so that they fit one byte.
const BIAS: f64 = 100.0;

/// Writes the dataset.
pub(super) fn write(dataset: &Dataset<'_>, about: &About, out: &mut dyn Out) -> Result<u64, WriteError> {
    let variables = Variables::survey(dataset);
    let layout = Layout::of(&variables);
    let mut bytes = Vec::new();
    header(&mut bytes, dataset, about, &variables, &layout);
    for field in &layout.fields {
        field.records(&mut bytes, about);
    }
    value_labels(&mut bytes, about, &layout);
    document(&mut bytes, dataset, about);
    extensions(&mut bytes, &variables, &layout);
    int(&mut bytes, 999);
    int(&mut bytes, 0);
    let mut out = BufWriter::with_capacity(1 << 16, out);
    out.write_all(&bytes)?;
    let mut rows = Bytecode::new(out);
    for row in dataset.rows() {
        for field in &layout.fields {
            match field.width {
                None => rows.number(field.value(&row.cells))?,
                Some(width) => rows.text(row.cells[field.variable.at].plain(field.variable.column).as_ref(), width)?,
            }
        }
    }
    rows.finish()?;
    Ok(variables.n_rows)
}

/// A variable in the file: the number of its first element, its short name, its width where it is text.
struct Field<'a> {
    variable: &'a Variable<'a>,
    /// Names of eight letters, one for each part.
    short: Vec<String>,
    /// Bytes of a text; none for a number.
    width: Option<usize>,
    /// The position of its first element, from 1.
    element: usize,
}

struct Layout<'a> {
    fields: Vec<Field<'a>>,
    /// How many elements of eight bytes a row has.
    n_elements: usize,
}

/// The width of each part of a text of this width.
fn parts(width: usize) -> Vec<usize> {
    if width <= LONGEST_PART {
        return vec![width];
    }
    let n = width.div_ceil(PART);
    (0..n).map(|part| if part + 1 < n { LONGEST_PART } else { width - PART * (n - 1) }).collect()
}

impl<'a> Layout<'a> {
    fn of(variables: &'a Variables<'_>) -> Layout<'a> {
        let (mut fields, mut element, mut n_names) = (Vec::new(), 1, 0);
        for variable in &variables.all {
            let width = match variable.holds {
                Holds::Text { width } => Some(width.clamp(1, LONGEST)),
                _ => None,
            };
            let parts = width.map_or_else(|| vec![0], parts);
            // Short names are never seen where long names are read, so they are only numbered.
            let short = parts.iter().map(|_| {
                n_names += 1;
                format!("V{n_names}")
            });
            let short: Vec<String> = short.collect();
            fields.push(Field { variable, short, width, element });
            element += parts.iter().map(|part| part.div_ceil(8).max(1)).sum::<usize>();
        }
        Layout { fields, n_elements: element - 1 }
    }
}

impl Field<'_> {
    /// The variable's records: one a part and one for each further eight bytes.
    fn records(&self, bytes: &mut Vec<u8>, about: &About) {
        let label = self.variable.label(about.lang());
        let label = at_most(&label, 255);
        let parts = self.width.map_or_else(|| vec![0], parts);
        for (n, (part, short)) in parts.iter().zip(&self.short).enumerate() {
            // The whole text is labelled by its first part.
            let label = if n == 0 { label } else { "" };
            let format = self.format(*part);
            int(bytes, 2);
            int(bytes, *part);
            int(bytes, usize::from(!label.is_empty()));
            int(bytes, 0);
            int(bytes, format);
            int(bytes, format);
            padded(bytes, short, 8);
            if !label.is_empty() {
                int(bytes, label.len());
                padded(bytes, label, label.len().next_multiple_of(4));
            }
            for _ in 1..part.div_ceil(8) {
                int(bytes, 2);
                bytes.extend((-1_i32).to_le_bytes());
                for _ in 0..4 {
                    int(bytes, 0);
                }
                padded(bytes, "", 8);
            }
        }
    }

    /// Kind, width and decimals of the print format in one number.
    fn format(&self, part: usize) -> usize {
        let (kind, width, decimals) = match self.variable.holds {
            Holds::Text { .. } => (A, part, 0),
            Holds::Day => (SDATE, 10, 0),
            Holds::Decimal => (F, 12, 6),
            Holds::Whole { least, most } => (F, least.to_string().len().max(most.to_string().len()).max(8), 0),
        };
        kind << 16 | width << 8 | decimals
    }

    /// The number of a row.
    fn value(&self, cells: &[Datum<'_>]) -> Option<f64> {
        match &cells[self.variable.at] {
            Datum::Decimal(number) => Some(*number).filter(|number| number.is_finite()),
            Datum::Date(day) => Some(seconds(*day)),
            _ => self.variable.number(cells).map(|number| number as f64),
        }
    }

    /// 1 nominal, 2 ordinal, 3 scale.
    fn measurement(&self) -> usize {
        match (&self.variable.column.kind, self.variable.column.role) {
            (Kind::Text | Kind::Choice(_) | Kind::Flag, _) => 1,
            (Kind::Integer, Role::Key | Role::Attribute | Role::LabelOfChoice) => 2,
            (Kind::Integer | Kind::Decimal | Kind::Date, _) => 3,
        }
    }
}

/// The seconds from the first day of the Gregorian calendar to this day.
fn seconds(day: NaiveDate) -> f64 {
    const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1582, 10, 14).expect("the calendar's eve exists");
    (day - FIRST).num_seconds() as f64
}

fn int(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend(i32::try_from(number).unwrap_or(i32::MAX).to_le_bytes());
}

/// The text, then spaces up to this width.
fn padded(bytes: &mut Vec<u8>, text: &str, width: usize) {
    let end = bytes.len() + width;
    bytes.extend_from_slice(at_most(text, width).as_bytes());
    bytes.resize(end, b' ');
}

fn header(bytes: &mut Vec<u8>, dataset: &Dataset<'_>, about: &About, variables: &Variables<'_>, layout: &Layout<'_>) {
    bytes.extend(b"$FL2");
    padded(bytes, "@(#) SPSS DATA FILE dtm", 60);
    int(bytes, 2);
    int(bytes, layout.n_elements);
    // Compressed; not weighted.
    int(bytes, 1);
    int(bytes, 0);
    match i32::try_from(variables.n_rows) {
        Ok(n_rows) => bytes.extend(n_rows.to_le_bytes()),
        Err(_) => bytes.extend((-1_i32).to_le_bytes()),
    }
    bytes.extend(BIAS.to_le_bytes());
    let made = made_at(dataset);
    padded(bytes, &format!("{:02} {} {:02}", made.day(), month(&made), made.year().rem_euclid(100)), 9);
    padded(bytes, &format!("{:02}:{:02}:{:02}", made.hour(), made.minute(), made.second()), 8);
    padded(bytes, &about.title(dataset), 64);
    bytes.extend([0; 3]);
}

/// The longest value label that SPSS shows.
const LONGEST_VALUE_LABEL: usize = 120;

fn value_labels(bytes: &mut Vec<u8>, about: &About, layout: &Layout<'_>) {
    for field in &layout.fields {
        let labels = field.variable.labels(about.lang());
        if labels.is_empty() {
            continue;
        }
        int(bytes, 3);
        int(bytes, labels.len());
        for (value, label) in &labels {
            let label = at_most(label, LONGEST_VALUE_LABEL);
            bytes.extend(f64::from(*value).to_le_bytes());
            bytes.push(u8::try_from(label.len()).unwrap_or_default());
            padded(bytes, label, (label.len() + 1).next_multiple_of(8) - 1);
        }
        int(bytes, 4);
        int(bytes, 1);
        int(bytes, field.element);
    }
}

/// What a line of the document begins with that goes on from the one before.
const INDENT: &str = "  ";

/// What the file says of itself, in lines of 80 bytes.
fn document(bytes: &mut Vec<u8>, dataset: &Dataset<'_>, about: &About) {
    const LINE: usize = 80;
    let mut lines: Vec<String> = Vec::new();
    for said in about.sentences(dataset) {
        let mut line = String::new();
        // A word longer than a line, such as an address, goes on in the next.
        let pieces = said.split(' ').flat_map(|word| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let piece = at_most(rest, LINE - INDENT.len() - 1);
                rest = &rest[piece.len()..];
                (!piece.is_empty()).then_some(piece)
            })
        });
        for piece in pieces {
            if line.len() + 1 + piece.len() > LINE {
                lines.push(std::mem::replace(&mut line, INDENT.to_owned()));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(piece);
        }
        lines.push(line);
    }
    int(bytes, 6);
    int(bytes, lines.len());
    lines.iter().for_each(|line| padded(bytes, line, LINE));
}

fn extension(bytes: &mut Vec<u8>, subtype: usize, size: usize, content: &[u8]) {
    for number in [7, subtype, size, content.len() / size] {
        int(bytes, number);
    }
    bytes.extend_from_slice(content);
}

fn extensions(bytes: &mut Vec<u8>, variables: &Variables<'_>, layout: &Layout<'_>) {
    let ints = |numbers: &[i32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    // Version 26, IEEE 754, compression code 1, little-endian, UTF-8.
    extension(bytes, 3, 4, &ints(&[26, 0, 0, -1, 1, 1, 2, 65_001]));
    let least = f64::from_bits((-f64::MAX).to_bits() - 1);
    extension(bytes, 4, 8, &[-f64::MAX, f64::MAX, least].map(f64::to_le_bytes).concat());
    let shown = layout.fields.iter().flat_map(|field| {
        let (width, alignment) = match field.width {
            Some(width) => (width.min(40), 0),
            None => (12, 1),
        };
        field.short.iter().flat_map(move |_| [field.measurement(), width, alignment])
    });
    let shown: Vec<u8> = shown.flat_map(|number| i32::try_from(number).unwrap_or_default().to_le_bytes()).collect();
    extension(bytes, 11, 4, &shown);
    let names: Vec<String> =
        layout.fields.iter().map(|field| format!("{}={}", field.short[0], field.variable.name)).collect();
    extension(bytes, 13, 1, names.join("\t").as_bytes());
    let long = layout
        .fields
        .iter()
        .filter_map(|field| field.width.filter(|width| *width > LONGEST_PART).map(|width| (field, width)));
    let long: String = long.map(|(field, width)| format!("{}={width:05}\0\t", field.short[0])).collect();
    if !long.is_empty() {
        extension(bytes, 14, 1, long.as_bytes());
    }
    extension(bytes, 16, 8, &[1_u64.to_le_bytes(), variables.n_rows.to_le_bytes()].concat());
    extension(bytes, 20, 1, b"UTF-8");
}

/// The rows as bytecode: eight codes, then what they could not say in a byte.
struct Bytecode<W> {
    out: W,
    codes: [u8; 8],
    n_codes: usize,
    spelled: Vec<u8>,
}

/// Nothing more comes.
const END: u8 = 252;
/// The value stands after the codes.
const SPELLED: u8 = 253;
/// Eight spaces.
const SPACES: u8 = 254;
/// Missing.
const MISSING: u8 = 255;

impl<W: Write> Bytecode<W> {
    fn new(out: W) -> Bytecode<W> {
        Bytecode { out, codes: [0; 8], n_codes: 0, spelled: Vec::with_capacity(64) }
    }

    fn code(&mut self, code: u8) -> std::io::Result<()> {
        self.codes[self.n_codes] = code;
        self.n_codes += 1;
        if self.n_codes == self.codes.len() { self.flush() } else { Ok(()) }
    }

    fn spell(&mut self, value: [u8; 8]) -> std::io::Result<()> {
        self.spelled.extend_from_slice(&value);
        self.code(SPELLED)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.write_all(&self.codes)?;
        self.out.write_all(&self.spelled)?;
        (self.codes, self.n_codes) = ([0; 8], 0);
        self.spelled.clear();
        Ok(())
    }

    fn number(&mut self, number: Option<f64>) -> std::io::Result<()> {
        let Some(number) = number else { return self.code(MISSING) };
        let small = number + BIAS;
        // A minus zero is spelled, so that it stays one.
        if number.fract() == 0.0 && (1.0..=251.0).contains(&small) && !(number == 0.0 && number.is_sign_negative()) {
            self.code(small as u8)
        } else {
            self.spell(number.to_le_bytes())
        }
    }

    /// A text of this declared width: parts of 255 bytes, each filled with spaces to whole elements.
    fn text(&mut self, text: &str, width: usize) -> std::io::Result<()> {
        let mut rest = at_most(text, width).as_bytes();
        for part in parts(width) {
            let (mut held, after) = rest.split_at(part.min(rest.len()));
            rest = after;
            for _ in 0..part.div_ceil(8) {
                let n = held.len().min(8);
                let mut element = [b' '; 8];
                element[..n].copy_from_slice(&held[..n]);
                held = &held[n..];
                if element == [b' '; 8] { self.code(SPACES)? } else { self.spell(element)? }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> std::io::Result<()> {
        self.code(END)?;
        if self.n_codes > 0 {
            self.flush()?;
        }
        self.out.flush()
    }
}
