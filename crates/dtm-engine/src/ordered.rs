//! The answers of many records in order: of each question its distinct values, sorted, and which of them each record gave.
//!
//! A filter then asks once for each value and not for each record, records are sorted by comparing small numbers, and
//! counting is looking at a byte or two a record. The records themselves are in the order of their ids.
//!
//! [`write`] makes such columns of a segment's root table, as a second file beside it; [`Table::of`] makes them in
//! memory. A reader of the file takes its head and then only the columns that are asked about, each held against the
//! hash that the head has of it, and uses them as they are: nothing is decoded. The file can be made anew at any time.
//!
//! Format: [`MAGIC`], the length of the head (4 bytes, little endian), its SHA-256 (64 digits), the head as JSON, then
//! the ids (16 bytes each, big endian) and the columns one after the other. A column is its values (8 bytes each, little
//! endian; of text the ends of all values, 4 bytes each, then the text) and the codes of the records (1, 2 or 4 bytes
//! each, little endian): 0 is no answer, 1 the first value.

use crate::SegmentError;
use crate::columns::{self, Cell, Columns};
use bytes::Bytes;
use chrono::{NaiveDate, TimeDelta};
use dtm_model::BlobHash;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

/// How a file of ordered columns begins.
pub const MAGIC: &[u8; 8] = b"dtm-ord1";
/// Bytes before the head.
const BEFORE_HEAD: usize = MAGIC.len() + 4 + 64;
/// Columns that are read from a segment at once while its file is made.
const AT_ONCE: usize = 8;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Int,
    /// Numbers.
    Number,
    /// Text.
    Text,
    /// Calendar days.
    Day,
    /// Instants.
    Millis,
    /// Choices made.
    Choices,
}

const KINDS: [(Kind, &str); 6] = [
    (Kind::Int, "int"),
    (Kind::Number, "number"),
    (Kind::Text, "text"),
    (Kind::Day, "day"),
    (Kind::Millis, "millis"),
    (Kind::Choices, "choices"),
];

/// Ids of records, sorted.
#[derive(Clone, Debug)]
pub struct Ids(Bytes);

/// The answers to one question.
#[derive(Clone, Debug)]
pub struct Column {
    kind: Kind,
    n_values: usize,
    n_rows: usize,
    bytes: Bytes,
}

/// Records and some of their columns, all in the order of the ids.
#[derive(Clone, Debug)]
pub struct Table {
    ids: Ids,
    columns: HashMap<String, Column>,
}

impl Ids {
    fn of(sorted: impl Iterator<Item = u128>) -> Self {
        Self(sorted.flat_map(u128::to_be_bytes).collect())
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len() / 16
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The id of a row; `row` is less than [`Ids::len`].
    pub fn at(&self, row: usize) -> u128 {
        u128::from_be_bytes(self.0[row * 16..][..16].try_into().expect("sixteen bytes"))
    }

    /// How many are less than this one.
    pub fn below(&self, id: u128) -> usize {
        first_not(self.len(), |row| self.at(row) < id)
    }

    /// The row of this id.
    pub fn row(&self, id: u128) -> Option<usize> {
        let row = self.below(id);
        (row < self.len() && self.at(row) == id).then_some(row)
    }
}

/// The first of `n` that is not so, where all that are so come first.
pub fn first_not(n: usize, is_so: impl Fn(usize) -> bool) -> usize {
    let (mut from, mut to) = (0, n);
    while from < to {
        let middle = from + (to - from) / 2;
        if is_so(middle) { from = middle + 1 } else { to = middle }
    }
    from
}

impl Column {
    /// A column in which nobody answered.
    pub fn empty(n_rows: usize) -> Self {
        Self { kind: Kind::Text, n_values: 0, n_rows, bytes: Bytes::from(vec![0; 4 + n_rows]) }
    }

    /// The instants at which the records with these ids were made, which the ids say.
    pub fn made_at(ids: &Ids) -> Self {
        let (mut values, mut codes): (Vec<i64>, Vec<u32>) = (Vec::new(), Vec::with_capacity(ids.len()));
        for at in (0..ids.len()).map(|row| made_at(ids.at(row))) {
            // The ids are sorted by it.
            if values.last() != Some(&at) {
                values.push(at);
            }
            codes.push(values.len() as u32);
        }
        Self::new(Kind::Millis, values.iter().flat_map(|value| value.to_le_bytes()).collect(), values.len(), &codes)
    }

    fn new(kind: Kind, mut bytes: Vec<u8>, n_values: usize, codes: &[u32]) -> Self {
        match width(n_values) {
            1 => bytes.extend(codes.iter().map(|code| *code as u8)),
            2 => bytes.extend(codes.iter().flat_map(|code| (*code as u16).to_le_bytes())),
            _ => bytes.extend(codes.iter().flat_map(|code| code.to_le_bytes())),
        }
        Self { kind, n_values, n_rows: codes.len(), bytes: bytes.into() }
    }

    fn of(column: columns::Column<'_>, rows: &[u32]) -> Self {
        let cells: Vec<Cell<'_>> = rows.iter().map(|row| column.cell(*row as usize)).collect();
        let kind = cells.iter().find_map(|cell| match cell {
            Cell::Empty => None,
            Cell::Int(_) => Some(Kind::Int),
            Cell::Number(_) => Some(Kind::Number),
            Cell::Text(_) => Some(Kind::Text),
            Cell::Day(_) => Some(Kind::Day),
            Cell::Millis(_) => Some(Kind::Millis),
            Cell::Choices(_) => Some(Kind::Choices),
        });
        match kind {
            None => Self::empty(rows.len()),
            Some(kind @ (Kind::Text | Kind::Choices)) => {
                let (values, codes) = coded(cells.iter().map(|cell| match cell {
                    Cell::Text(text) => Some(*text),
                    Cell::Choices(names) => Some(names.as_ref()),
                    _ => None,
                }));
                let mut end = 0_u32;
                let ends = values.iter().map(|text| {
                    end += text.len() as u32;
                    end
                });
                let mut bytes: Vec<u8> = [0].into_iter().chain(ends).flat_map(u32::to_le_bytes).collect();
                values.iter().for_each(|text| bytes.extend(text.as_bytes()));
                Self::new(kind, bytes, values.len(), &codes)
            }
            Some(Kind::Number) => {
                let (values, codes) = coded(cells.iter().map(|cell| match cell {
                    // Zero is zero, whatever its sign.
                    Cell::Number(n) => Some(sortable(*n + 0.0)),
                    _ => None,
                }));
                let bytes = values.iter().flat_map(|value| number_of(*value).to_le_bytes()).collect();
                Self::new(Kind::Number, bytes, values.len(), &codes)
            }
            Some(kind) => {
                let (values, codes) = coded(cells.iter().map(|cell| match cell {
                    Cell::Int(n) | Cell::Millis(n) => Some(*n),
                    Cell::Day(day) => Some((*day - NaiveDate::default()).num_days()),
                    _ => None,
                }));
                let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                Self::new(kind, bytes, values.len(), &codes)
            }
        }
    }

    /// What its values are.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How many distinct values it has.
    pub fn n_values(&self) -> usize {
        self.n_values
    }

    /// A distinct value, by its place among them, from 0; nothing beyond the last.
    pub fn value(&self, at: usize) -> Cell<'_> {
        if at >= self.n_values {
            return Cell::Empty;
        }
        let whole = || i64::from_le_bytes(self.eight(at));
        match self.kind {
            Kind::Int => Cell::Int(whole()),
            Kind::Millis => Cell::Millis(whole()),
            Kind::Number => Cell::Number(f64::from_le_bytes(self.eight(at))),
            Kind::Day => {
                let day = TimeDelta::try_days(whole()).and_then(|days| NaiveDate::default().checked_add_signed(days));
                day.map_or(Cell::Empty, Cell::Day)
            }
            Kind::Text => Cell::Text(self.text(at)),
            Kind::Choices => Cell::Choices(self.text(at).into()),
        }
    }

    /// The value that a code stands for: nothing for 0.
    pub fn of_code(&self, code: usize) -> Cell<'_> {
        code.checked_sub(1).map_or(Cell::Empty, |at| self.value(at))
    }

    /// The code of a row: 0 where there is no answer, else the place of the value among the distinct ones, from 1.
    pub fn code(&self, row: usize) -> usize {
        let codes = self.codes();
        match width(self.n_values) {
            1 => usize::from(codes[row]),
            2 => usize::from(u16::from_le_bytes([codes[row * 2], codes[row * 2 + 1]])),
            _ => u32::from_le_bytes(codes[row * 4..][..4].try_into().expect("four bytes")) as usize,
        }
    }

    /// Calls `each` with the code of every row, in order.
    pub fn each_code(&self, mut each: impl FnMut(usize, usize)) {
        let codes = self.codes();
        match width(self.n_values) {
            1 => codes.iter().enumerate().for_each(|(row, code)| each(row, usize::from(*code))),
            2 => {
                let pairs = codes.as_chunks::<2>().0;
                pairs.iter().enumerate().for_each(|(row, code)| each(row, usize::from(u16::from_le_bytes(*code))));
            }
            _ => {
                let fours = codes.as_chunks::<4>().0;
                fours.iter().enumerate().for_each(|(row, code)| each(row, u32::from_le_bytes(*code) as usize));
            }
        }
    }

    fn eight(&self, at: usize) -> [u8; 8] {
        self.bytes[at * 8..][..8].try_into().expect("eight bytes")
    }

    fn end(&self, at: usize) -> usize {
        u32::from_le_bytes(self.bytes[at * 4..][..4].try_into().expect("four bytes")) as usize
    }

    fn text(&self, at: usize) -> &str {
        let texts = (self.n_values + 1) * 4;
        let bytes = self.bytes.get(texts + self.end(at)..texts + self.end(at + 1));
        bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    fn codes(&self) -> &[u8] {
        &self.bytes[self.bytes.len() - self.n_rows * width(self.n_values)..]
    }
}

/// Bytes of one code.
fn width(n_values: usize) -> usize {
    match n_values {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        _ => 4,
    }
}

/// The distinct values, sorted, and the code of each row.
fn coded<K: Copy + Ord + Hash>(values: impl Iterator<Item = Option<K>>) -> (Vec<K>, Vec<u32>) {
    let (mut distinct, mut seen, mut codes) = (Vec::new(), HashMap::new(), Vec::new());
    for value in values {
        codes.push(value.map_or(0, |value| {
            *seen.entry(value).or_insert_with(|| {
                distinct.push(value);
                distinct.len() as u32
            })
        }));
    }
    distinct.sort_unstable();
    let mut sorted = vec![0; distinct.len() + 1];
    for (at, value) in distinct.iter().enumerate() {
        sorted[seen[value] as usize] = at as u32 + 1;
    }
    codes.iter_mut().for_each(|code| *code = sorted[*code as usize]);
    (distinct, codes)
}

/// A number that sorts as the fraction does.
fn sortable(n: f64) -> u64 {
    let bits = n.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn number_of(sortable: u64) -> f64 {
    f64::from_bits(if sortable >> 63 == 1 { sortable & !(1 << 63) } else { !sortable })
}

/// When a record was made, which its id says.
pub fn made_at(id: u128) -> i64 {
    i64::try_from(id >> 80).unwrap_or(i64::MAX)
}

/// The rows in the order of their ids; of one that stands twice, the later one.
fn in_order(ids: &[u128]) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..ids.len() as u32).collect();
    rows.sort_by_key(|row| (ids[*row as usize], u32::MAX - row));
    rows.dedup_by_key(|row| ids[*row as usize]);
    rows
}

impl Table {
    /// These columns, in order.
    pub fn of(columns: &Columns) -> Self {
        let rows = in_order(columns.ids());
        let ids = Ids::of(rows.iter().map(|row| columns.ids()[*row as usize]));
        let ordered = columns.all().map(|(path, column)| (path.to_owned(), Column::of(column, &rows)));
        Self { ids, columns: ordered.collect() }
    }

    /// Records with columns that were read.
    pub fn new(ids: Ids, columns: HashMap<String, Column>) -> Self {
        Self { ids, columns }
    }

    /// The ids.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// The answers to a question, where they were read.
    pub fn column(&self, path: &str) -> Option<&Column> {
        self.columns.get(path)
    }

    /// This table with further columns of the same records.
    pub fn with(mut self, other: &Table) -> Self {
        self.columns.extend(other.columns.iter().map(|(path, column)| (path.clone(), column.clone())));
        self
    }

    /// About how many bytes of memory it takes.
    pub fn size(&self) -> usize {
        self.ids.0.len() + self.columns.values().map(|column| column.bytes.len()).sum::<usize>()
    }
}

/// Where something lies in a file, and the hash it has.
#[derive(Clone, Debug)]
struct Section {
    range: Range<u64>,
    check: BlobHash,
}

impl Section {
    fn take(&self, bytes: Bytes) -> Result<Bytes, SegmentError> {
        match BlobHash::of(&bytes) == self.check {
            true => Ok(bytes),
            false => Err(SegmentError::Damaged(format!("bytes {} to {}", self.range.start, self.range.end))),
        }
    }
}

/// What a file of ordered columns says of itself.
#[derive(Clone, Debug)]
pub struct Head {
    n_rows: usize,
    ids: Section,
    columns: HashMap<String, (Kind, usize, Section)>,
}

/// Writes the columns of these questions of a root table, in order.
pub fn write(segment: &Bytes, paths: &[String]) -> Result<Bytes, SegmentError> {
    let (mut sections, mut heads, mut ids) = (Vec::new(), Vec::new(), None);
    // Without questions the ids are read all the same.
    let groups = if paths.is_empty() { vec![paths] } else { paths.chunks(AT_ONCE).collect() };
    for some in groups {
        let mut table = Table::of(&columns::read(segment, some)?);
        for path in some {
            let Some(column) = table.columns.remove(path) else { continue };
            let (kind, check) = (KINDS.iter().find(|(kind, _)| *kind == column.kind), BlobHash::of(&column.bytes));
            let kind = kind.map(|(_, name)| *name).unwrap_or_default();
            heads.push(json!([path, kind, column.n_values, column.bytes.len(), check]));
            sections.push(column.bytes);
        }
        ids.get_or_insert(table.ids);
    }
    let ids = ids.map(|ids| ids.0).unwrap_or_default();
    let head = json!({ "rows": ids.len() / 16, "ids": BlobHash::of(&ids), "columns": heads }).to_string();
    let mut file = MAGIC.to_vec();
    file.extend((head.len() as u32).to_le_bytes());
    file.extend(BlobHash::of(head.as_bytes()).as_str().bytes());
    file.extend(head.bytes());
    file.extend(&ids);
    sections.iter().for_each(|section| file.extend(section));
    Ok(file.into())
}

impl Head {
    /// How long the beginning of a file is that has the whole head; `start` has its first bytes, at least 76.
    pub fn reaches_to(start: &[u8]) -> Result<usize, SegmentError> {
        let damaged = || SegmentError::Damaged("the beginning".to_owned());
        let rest = start.strip_prefix(MAGIC).ok_or_else(damaged)?;
        let length = rest.first_chunk::<4>().ok_or_else(damaged)?;
        Ok(BEFORE_HEAD + u32::from_le_bytes(*length) as usize)
    }

    /// Reads the head from the beginning of a file.
    pub fn read(start: &[u8]) -> Result<Head, SegmentError> {
        let damaged = || SegmentError::Damaged("the head".to_owned());
        let end = Self::reaches_to(start)?;
        let head = start.get(BEFORE_HEAD..end).ok_or_else(damaged)?;
        if BlobHash::of(head).as_str().as_bytes() != &start[MAGIC.len() + 4..BEFORE_HEAD] {
            return Err(damaged());
        }
        let head: Value = serde_json::from_slice(head).map_err(|_| damaged())?;
        let hash = |value: &Value| value.as_str().and_then(|text| text.parse::<BlobHash>().ok()).ok_or_else(damaged);
        let n = |value: &Value| value.as_u64().ok_or_else(damaged);
        let n_rows = n(&head["rows"])?;
        let mut at = end as u64 + n_rows * 16;
        let ids = Section { range: end as u64..at, check: hash(&head["ids"])? };
        let mut columns = HashMap::new();
        for one in head["columns"].as_array().ok_or_else(damaged)? {
            let path = one[0].as_str().ok_or_else(damaged)?;
            let kind = KINDS.iter().find(|(_, name)| one[1] == *name).ok_or_else(damaged)?.0;
            let (n_values, length) = (n(&one[2])? as usize, n(&one[3])?);
            let section = Section { range: at..at + length, check: hash(&one[4])? };
            columns.insert(path.to_owned(), (kind, n_values, section));
            at += length;
        }
        Ok(Head { n_rows: n_rows as usize, ids, columns })
    }

    /// Where the ids lie.
    pub fn range_of_ids(&self) -> Range<u64> {
        self.ids.range.clone()
    }

    /// Where the column of a question lies; nothing where it has none.
    pub fn range_of(&self, path: &str) -> Option<Range<u64>> {
        self.columns.get(path).map(|(.., section)| section.range.clone())
    }

    /// The ids, of the bytes that lie where they lie.
    pub fn ids(&self, bytes: Bytes) -> Result<Ids, SegmentError> {
        self.ids.take(bytes).map(Ids)
    }

    /// The column of a question, of the bytes that lie where it lies; without an answer where it has none.
    pub fn column(&self, path: &str, bytes: Bytes) -> Result<Column, SegmentError> {
        let Some((kind, n_values, section)) = self.columns.get(path) else { return Ok(Column::empty(self.n_rows)) };
        Ok(Column { kind: *kind, n_values: *n_values, n_rows: self.n_rows, bytes: section.take(bytes)? })
    }

    /// How many records there are.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_column_gives_back_what_went_in_and_its_codes_sort_as_the_values_do(
            numbers in proptest::collection::vec(proptest::option::of(-1e9_f64..1e9), 0..400)
        ) {
            let (values, codes) = coded(numbers.iter().map(|n| n.map(|n| sortable(n + 0.0))));
            let bytes = values.iter().flat_map(|value| number_of(*value).to_le_bytes()).collect();
            let column = Column::new(Kind::Number, bytes, values.len(), &codes);
            let back: Vec<Option<f64>> = (0..numbers.len())
                .map(|row| match column.of_code(column.code(row)) {
                    Cell::Number(n) => Some(n),
                    _ => None,
                })
                .collect();
            prop_assert_eq!(&back, &numbers);
            column.each_code(|row, code| assert_eq!(code, column.code(row)));
            for (a, b) in (1..numbers.len()).map(|row| (row - 1, row)) {
                prop_assert_eq!(column.code(a).cmp(&column.code(b)), numbers[a].partial_cmp(&numbers[b]).unwrap());
            }
        }
    }

    #[test]
    fn of_a_record_that_stands_twice_the_later_row_counts() {
        assert_eq!(in_order(&[7, 3, 7, 1]), [3, 1, 2]);
    }
}
