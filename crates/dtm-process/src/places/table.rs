//! Reads a CSV of areas, with or without a row of HXL tags under the header.

use super::problem::PlaceFileError;
use super::raw::{MAX_AREAS, RawArea};

/// Reads the rows; the columns are told apart later.
pub(super) fn read(bytes: &[u8], name: &str) -> Result<Vec<RawArea>, PlaceFileError> {
    let malformed = |detail: String| PlaceFileError::Malformed { name: name.to_owned(), format: "CSV", detail };
    let head: Vec<u8> = bytes.iter().copied().take_while(|b| *b != b'\n').collect();
    let count = |delimiter: u8| head.iter().filter(|b| **b == delimiter).count();
    let delimiter = [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(bytes);
    let header: Vec<String> = match reader.byte_headers() {
        Ok(header) => header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect(),
        Err(error) => return Err(malformed(error.to_string())),
    };
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| malformed(error.to_string()))? {
        let row = record.position().map_or(0, |at| at.line() as usize);
        let cells = record.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned());
        let properties: Vec<(String, String)> = header.iter().cloned().zip(cells).collect();
        let tags = properties.iter().filter(|(_, cell)| cell.starts_with('#')).count();
        if rows.is_empty() && tags > 0 && properties.iter().all(|(_, cell)| cell.is_empty() || cell.starts_with('#')) {
            continue;
        }
        if properties.iter().all(|(_, cell)| cell.is_empty()) {
            continue;
        }
        rows.push(RawArea { row, properties, shape: None });
        if rows.len() > MAX_AREAS {
            return Err(PlaceFileError::TooLarge { name: name.to_owned(), what: format!("over {MAX_AREAS} rows") });
        }
    }
    Ok(rows)
}
