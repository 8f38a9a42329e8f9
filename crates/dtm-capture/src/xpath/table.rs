//! What a form knows beside its instances: its version, its texts, labels of choices, and tables to look answers up in.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The largest file read.
pub(crate) const MAX_FILE_BYTES: usize = 64 << 20;

/// What a form knows beside its instances.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) version: String,
    /// Texts of itext, in the form's first language.
    pub(crate) texts: HashMap<String, String>,
    /// Labels of choices: by path of the question, then by choice.
    pub(crate) labels: HashMap<String, HashMap<String, String>>,
    /// Tables by name.
    pub(crate) tables: HashMap<String, Table>,
}

/// A table that answers are looked up in.
#[derive(Debug, Default)]
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    /// For each column that keys were looked for in: the row of each key.
    by_key: RwLock<HashMap<usize, Arc<HashMap<String, usize>>>>,
}

impl Table {
    pub(crate) fn read(bytes: &[u8]) -> Option<Table> {
        if bytes.len() > MAX_FILE_BYTES {
            return None;
        }
        let (header, rows) = csv_rows(bytes)?;
        Some(Table { header, rows, by_key: RwLock::default() })
    }

    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        let cells = self.rows.iter().flatten();
        cells.map(|cell| size_of::<String>() + cell.len()).sum()
    }

    /// The cell of a column in the first row whose key column holds the key; empty where there is none. None if the
    /// table has no such column.
    pub(crate) fn lookup(&self, column: &str, key_column: &str, key: &str) -> Option<String> {
        let column_of = |name: &str| self.header.iter().position(|known| known.eq_ignore_ascii_case(name.trim()));
        let (column, key_column) = (column_of(column)?, column_of(key_column)?);
        let known = self.by_key.read().unwrap_or_else(PoisonError::into_inner).get(&key_column).cloned();
        let index = known.unwrap_or_else(|| {
            let mut index = HashMap::new();
            for (at, row) in self.rows.iter().enumerate() {
                if let Some(key) = row.get(key_column) {
                    index.entry(key.clone()).or_insert(at);
                }
            }
            let index = Arc::new(index);
            self.by_key.write().unwrap_or_else(PoisonError::into_inner).insert(key_column, index.clone());
            index
        });
        let row = index.get(key).and_then(|at| self.rows.get(*at));
        Some(row.and_then(|row| row.get(column)).cloned().unwrap_or_default())
    }
}

type Rows = (Vec<String>, Vec<Vec<String>>);

/// The header and the rows of a CSV, with commas or semicolons between cells.
pub(crate) fn csv_rows(bytes: &[u8]) -> Option<Rows> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let n_of = |mark: u8| first.iter().filter(|byte| **byte == mark).count();
    let delimiter = if n_of(b';') > n_of(b',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(bytes);
    let cells =
        |record: &csv::ByteRecord| record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
    let header: Vec<String> = cells(reader.byte_headers().ok()?);
    let header = header.into_iter().map(|name| name.trim().to_owned()).collect();
    let rows =
        reader.byte_records().map(|record| record.ok().map(|record| cells(&record))).collect::<Option<Vec<_>>>()?;
    Some((header, rows))
}
