//! Reads a spreadsheet of any common kind into plain text cells.
//!
//! Takes the bytes of a file (.xlsx, .xlsm, .xls, .ods, .csv, .tsv, .md) and returns its sheets as rows of text:
//! dates in ISO form, whole numbers without a fraction, booleans as TRUE and FALSE. Row `i` of a sheet is the
//! spreadsheet's row `i + 1`, wherever the used range starts, so that a place in an error is the place a person sees.
//! The content decides which reader is used; the file name only tells the text kinds apart. Files come from
//! strangers: what a file may unpack to is measured before it is opened, and a crash of a reader is an error.

mod ods;
mod xls;

use calamine::{Data, DataRef, ExcelDateTime, Reader, SheetType, Xls, Xlsx};
use dtm_model::Lang;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a zipped workbook may unpack to.
const MAX_UNPACKED_BYTES: u64 = 200 * 1024 * 1024;
/// Above this size, a workbook that packs better than [`MAX_RATIO`] is no honest table.
const RATIO_COUNTS_FROM_BYTES: u64 = 20 * 1024 * 1024;
/// How much larger than the file its content may be.
const MAX_RATIO: u64 = 400;
/// Cells of all sheets together, the empty ones before a filled one included.
const MAX_CELLS: usize = 20_000_000;
/// Text of all cells together.
const MAX_TEXT_BYTES: usize = 400 * 1024 * 1024;
/// Sheets of a workbook.
const MAX_SHEETS: usize = 500;
/// Largest legacy .xls, whose content is not packed.
const MAX_XLS_BYTES: usize = 100 * 1024 * 1024;

/// The sheets of a spreadsheet file, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Workbook {
    /// The sheets; a text file has one.
    pub sheets: Vec<Sheet>,
}

/// One sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Sheet {
    /// The name on its tab.
    pub name: String,
    /// The cells as text; row `i` is spreadsheet row `i + 1`. Rows end at their last filled cell.
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    /// The text of a cell, empty where the sheet has none. Both positions start at 0.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        self.rows.get(row).and_then(|row| row.get(column)).map_or("", String::as_str)
    }
}

/// Why a file could not be read as a spreadsheet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkbookError {
    /// The file is of no kind that is read here.
    #[error("`{file_name}` is not a spreadsheet")]
    Unsupported {
        /// The name of the file.
        file_name: String,
    },
    /// The file says it is a spreadsheet, yet cannot be read as one.
    #[error("`{file_name}` is broken: {detail}")]
    Broken {
        /// The name of the file.
        file_name: String,
        /// What the reader says.
        detail: String,
    },
    /// The file is locked with a password.
    #[error("`{file_name}` is protected by a password")]
    PasswordProtected {
        /// The name of the file.
        file_name: String,
    },
    /// The content passes a limit.
    #[error("`{file_name}` is too large: more than {limit} {what}")]
    TooLarge {
        /// The name of the file.
        file_name: String,
        /// What there is too much of.
        what: Measure,
        /// How much is allowed.
        limit: u64,
    },
    /// A text file in another encoding than UTF-8.
    #[error("`{file_name}` is not UTF-8 text")]
    NotUtf8 {
        /// The name of the file.
        file_name: String,
    },
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Bytes after unpacking.
    UnpackedBytes,
    /// Times that the content is larger than the file.
    Ratio,
    /// Cells of all sheets.
    Cells,
    /// Bytes of text in all cells.
    TextBytes,
    /// Sheets.
    Sheets,
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words(Lang::En))
    }
}

impl Measure {
    fn words(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Measure::UnpackedBytes, Lang::En) => "bytes when unpacked",
            (Measure::UnpackedBytes, Lang::Fr) => "octets une fois décompressé",
            (Measure::Ratio, Lang::En) => "times its own size when unpacked",
            (Measure::Ratio, Lang::Fr) => "fois sa propre taille une fois décompressé",
            (Measure::Cells, Lang::En) => "cells",
            (Measure::Cells, Lang::Fr) => "cellules",
            (Measure::TextBytes, Lang::En) => "bytes of text",
            (Measure::TextBytes, Lang::Fr) => "octets de texte",
            (Measure::Sheets, Lang::En) => "sheets",
            (Measure::Sheets, Lang::Fr) => "feuilles",
        }
    }
}

impl WorkbookError {
    /// The stable code of the problem.
    pub fn code(&self) -> &'static str {
        match self {
            WorkbookError::Unsupported { .. } => "workbook_unsupported",
            WorkbookError::Broken { .. } => "workbook_broken",
            WorkbookError::PasswordProtected { .. } => "workbook_password",
            WorkbookError::TooLarge { .. } => "workbook_too_large",
            WorkbookError::NotUtf8 { .. } => "workbook_not_utf8",
        }
    }

    /// What is wrong and what to do, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (WorkbookError::Unsupported { file_name }, Lang::En) => {
                format!("“{file_name}” is not a spreadsheet. Send an .xlsx, .xls, .ods or .csv file.")
            }
            (WorkbookError::Unsupported { file_name }, Lang::Fr) => {
                format!("« {file_name} » n’est pas un classeur. Envoyez un fichier .xlsx, .xls, .ods ou .csv.")
            }
            (WorkbookError::Broken { file_name, detail }, Lang::En) => format!(
                "“{file_name}” cannot be read: {detail}. Open it in a spreadsheet program, save it again and resend it."
            ),
            (WorkbookError::Broken { file_name, detail }, Lang::Fr) => format!(
                "« {file_name} » est illisible : {detail}. Ouvrez-le dans un tableur, enregistrez-le à nouveau et renvoyez-le."
            ),
            (WorkbookError::PasswordProtected { file_name }, Lang::En) => {
                format!("“{file_name}” is protected by a password. Remove the password and send it again.")
            }
            (WorkbookError::PasswordProtected { file_name }, Lang::Fr) => {
                format!("« {file_name} » est protégé par un mot de passe. Retirez-le et renvoyez le fichier.")
            }
            (WorkbookError::TooLarge { file_name, what, limit }, Lang::En) => {
                format!(
                    "“{file_name}” holds more than {limit} {}. Split it, or remove empty formatted areas.",
                    what.words(lang)
                )
            }
            (WorkbookError::TooLarge { file_name, what, limit }, Lang::Fr) => format!(
                "« {file_name} » contient plus de {limit} {}. Divisez-le ou supprimez les zones vides mises en forme.",
                what.words(lang)
            ),
            (WorkbookError::NotUtf8 { file_name }, Lang::En) => {
                format!("“{file_name}” is not UTF-8 text. In Excel, save it as “CSV UTF-8”.")
            }
            (WorkbookError::NotUtf8 { file_name }, Lang::Fr) => {
                format!("« {file_name} » n’est pas un texte UTF-8. Dans Excel, enregistrez-le en « CSV UTF-8 ».")
            }
        }
    }
}

/// Returns the letters of a column: 0 is `A`, 25 is `Z`, 26 is `AA`.
pub fn column_letter(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index as u64 + 1;
    while rest > 0 {
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.reverse();
    letters.into_iter().map(char::from).collect()
}

impl Workbook {
    /// Reads a spreadsheet; the name of the file is needed for text kinds and for messages.
    pub fn read(bytes: &[u8], file_name: &str) -> Result<Workbook, WorkbookError> {
        let name = file_name.to_owned();
        if bytes.starts_with(b"PK\x03\x04") {
            let kind = inspect_zip(bytes, file_name)?;
            return match kind {
                ZipKind::Xlsx => guarded(file_name, || read_xlsx(bytes, file_name)),
                ZipKind::Ods => read_ods(bytes, file_name),
                ZipKind::Other => Err(WorkbookError::Unsupported { file_name: name }),
            };
        }
        if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
            let encrypted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
            if contains(bytes, &encrypted) {
                return Err(WorkbookError::PasswordProtected { file_name: name });
            }
            if bytes.len() > MAX_XLS_BYTES {
                let limit = MAX_XLS_BYTES as u64;
                return Err(WorkbookError::TooLarge { file_name: name, what: Measure::UnpackedBytes, limit });
            }
            if xls::claimed_cells(bytes) > MAX_CELLS as u64 {
                let limit = MAX_CELLS as u64;
                return Err(WorkbookError::TooLarge { file_name: name, what: Measure::Cells, limit });
            }
            return guarded(file_name, || read_xls(open(bytes, file_name)?, file_name));
        }
        let (stem, extension) = file_name.rsplit_once('.').unwrap_or((file_name, ""));
        match extension.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "tab" | "txt" => {
                let sheet = read_csv(text_of(bytes, file_name)?, stem, file_name)?;
                Ok(Workbook { sheets: vec![sheet] })
            }
            "md" => Ok(Workbook::from_markdown(text_of(bytes, file_name)?)),
            "xlsx" | "xlsm" | "xls" | "ods" => Err(WorkbookError::Broken {
                file_name: name,
                detail: if bytes.is_empty() { "the file is empty" } else { "its content is of another kind" }
                    .to_owned(),
            }),
            _ => Err(WorkbookError::Unsupported { file_name: name }),
        }
    }

    /// Reads sheets written as Markdown tables, where a row with text in its first cell opens the sheet of that name.
    ///
    /// ```
    /// # use dtm_capture::workbook::Workbook;
    /// let workbook = Workbook::from_markdown("
    /// | survey  |         |      |
    /// |         | type    | name |
    /// |         | integer | idp  |
    /// ");
    /// assert_eq!(workbook.sheet("survey").map(|sheet| sheet.cell(1, 0)), Some("integer"));
    /// ```
    pub fn from_markdown(text: &str) -> Workbook {
        let mut sheets: Vec<Sheet> = Vec::new();
        for line in text.lines() {
            // A line is a row from its first bar to its last; what follows a `#` after that is a remark.
            let Some(inner) = line.trim_start().strip_prefix('|') else { continue };
            let Some((inner, _)) = inner.rsplit_once('|') else { continue };
            if !inner.is_empty() && inner.bytes().all(|byte| matches!(byte, b'|' | b'-')) {
                continue; // the rule below a Markdown header
            }
            let mut cells: Vec<String> = split_markdown(inner);
            if cells.iter().all(|cell| !cell.is_empty() && cell.bytes().all(|b| matches!(b, b'-' | b':'))) {
                continue;
            }
            let name = if cells.is_empty() { String::new() } else { cells.remove(0) };
            if !name.is_empty() {
                sheets.push(Sheet { name, rows: Vec::new() });
            }
            // Blank rows do not count.
            if let Some(sheet) = sheets.last_mut()
                && cells.iter().any(|cell| !cell.is_empty())
            {
                sheet.rows.push(cells);
            }
        }
        sheets.iter_mut().for_each(trim);
        Workbook { sheets }
    }

    /// The sheet of this name, letters of either case.
    pub fn sheet(&self, name: &str) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| sheet.name.trim().eq_ignore_ascii_case(name))
    }
}

fn split_markdown(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'|') => {
                chars.next();
                cells.last_mut().expect("starts with one cell").push('|');
            }
            '|' => cells.push(String::new()),
            _ => cells.last_mut().expect("starts with one cell").push(c),
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn broken(file_name: &str, detail: impl std::fmt::Display) -> WorkbookError {
    WorkbookError::Broken { file_name: file_name.to_owned(), detail: detail.to_string() }
}

/// Runs a third-party reader on untrusted bytes; its panic is our error.
fn guarded(file_name: &str, read: impl FnOnce() -> Result<Workbook, WorkbookError>) -> Result<Workbook, WorkbookError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(broken(file_name, "its structure makes no sense")))
}

fn open<'a, R>(bytes: &'a [u8], file_name: &str) -> Result<R, WorkbookError>
where
    R: Reader<Cursor<&'a [u8]>>,
    R::Error: std::fmt::Display,
{
    R::new(Cursor::new(bytes)).map_err(|error| broken(file_name, error))
}

enum ZipKind {
    Xlsx,
    Ods,
    Other,
}

/// Unpacks every part into nothing, counting: sizes written in a zip can lie.
fn inspect_zip(bytes: &[u8], file_name: &str) -> Result<ZipKind, WorkbookError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(file_name, error))?;
    let too_large = |what, limit| WorkbookError::TooLarge { file_name: file_name.to_owned(), what, limit };
    let (mut total, mut kind) = (0_u64, ZipKind::Other);
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| match error {
            zip::result::ZipError::InvalidPassword => {
                WorkbookError::PasswordProtected { file_name: file_name.to_owned() }
            }
            other => broken(file_name, other),
        })?;
        let name = part.name().map_err(|error| broken(file_name, error))?.to_ascii_lowercase();
        match name.replace('\\', "/").as_str() {
            "xl/workbook.xml" => kind = ZipKind::Xlsx,
            "content.xml" => kind = ZipKind::Ods,
            _ => {}
        }
        let left = MAX_UNPACKED_BYTES - total;
        let read = std::io::copy(&mut part.take(left + 1), &mut std::io::sink());
        total += read.map_err(|error| broken(file_name, error))?;
        if total > MAX_UNPACKED_BYTES {
            return Err(too_large(Measure::UnpackedBytes, MAX_UNPACKED_BYTES));
        }
        if total > RATIO_COUNTS_FROM_BYTES && total / MAX_RATIO > bytes.len() as u64 {
            return Err(too_large(Measure::Ratio, MAX_RATIO));
        }
    }
    Ok(kind)
}

/// Collects cells under the limits.
struct Collector<'a> {
    file_name: &'a str,
    cells: usize,
    text_bytes: usize,
    sheets: Vec<Sheet>,
}

impl<'a> Collector<'a> {
    fn new(file_name: &'a str) -> Self {
        Self { file_name, cells: 0, text_bytes: 0, sheets: Vec::new() }
    }

    fn too_large(&self, what: Measure, limit: usize) -> WorkbookError {
        WorkbookError::TooLarge { file_name: self.file_name.to_owned(), what, limit: limit as u64 }
    }

    fn open_sheet(&mut self, name: &str) -> Result<(), WorkbookError> {
        if self.sheets.len() >= MAX_SHEETS {
            return Err(self.too_large(Measure::Sheets, MAX_SHEETS));
        }
        self.sheets.push(Sheet { name: name.to_owned(), rows: Vec::new() });
        Ok(())
    }

    /// Refuses so many cells at once.
    fn allow(&self, cells: usize) -> Result<(), WorkbookError> {
        if self.cells.saturating_add(cells) > MAX_CELLS {
            return Err(self.too_large(Measure::Cells, MAX_CELLS));
        }
        Ok(())
    }

    fn put(&mut self, row: usize, column: usize, text: String) -> Result<(), WorkbookError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let sheet = self.sheets.last_mut().expect("a sheet is opened before its cells come");
        let new_rows = (row + 1).saturating_sub(sheet.rows.len());
        let width = sheet.rows.get(row).map_or(0, Vec::len);
        self.cells += new_rows + (column + 1).saturating_sub(width);
        self.text_bytes += text.len();
        if self.cells > MAX_CELLS {
            return Err(self.too_large(Measure::Cells, MAX_CELLS));
        }
        if self.text_bytes > MAX_TEXT_BYTES {
            return Err(self.too_large(Measure::TextBytes, MAX_TEXT_BYTES));
        }
        if new_rows > 0 {
            sheet.rows.resize_with(row + 1, Vec::new);
        }
        let cells = &mut sheet.rows[row];
        if cells.len() <= column {
            cells.resize_with(column + 1, String::new);
        }
        cells[column] = text;
        Ok(())
    }

    fn finish(self) -> Workbook {
        Workbook { sheets: self.sheets }
    }
}

/// Cell by cell, so that one far-away cell does not claim the memory of the rectangle before it.
fn read_xlsx(bytes: &[u8], file_name: &str) -> Result<Workbook, WorkbookError> {
    let mut xlsx: Xlsx<_> = open(bytes, file_name)?;
    let mut collector = Collector::new(file_name);
    let sheets = xlsx.sheets_metadata().to_vec();
    for sheet in sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet) {
        collector.open_sheet(&sheet.name)?;
        let mut cells = xlsx.worksheet_cells_reader(&sheet.name).map_err(|error| broken(file_name, error))?;
        while let Some(cell) = cells.next_cell().map_err(|error| broken(file_name, error))? {
            let (row, column) = cell.get_position();
            let text = match cell.get_value() {
                DataRef::SharedString(text) => (*text).to_owned(),
                other => text_of_cell(&Data::from(other.clone())),
            };
            collector.put(row as usize, column as usize, text)?;
        }
    }
    Ok(collector.finish())
}

fn read_ods(bytes: &[u8], file_name: &str) -> Result<Workbook, WorkbookError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(file_name, error))?;
    let mut part = |name: &str| -> Result<Vec<u8>, WorkbookError> {
        let part = archive.by_name(name).map_err(|error| broken(file_name, error))?;
        let mut content = Vec::new();
        part.take(MAX_UNPACKED_BYTES).read_to_end(&mut content).map_err(|error| broken(file_name, error))?;
        Ok(content)
    };
    if part("META-INF/manifest.xml").is_ok_and(|manifest| contains(&manifest, b"encryption-data")) {
        return Err(WorkbookError::PasswordProtected { file_name: file_name.to_owned() });
    }
    let mut collector = Collector::new(file_name);
    ods::read(&part("content.xml")?, &mut collector)?;
    Ok(collector.finish())
}

fn read_xls(mut sheets: Xls<Cursor<&[u8]>>, file_name: &str) -> Result<Workbook, WorkbookError> {
    let mut collector = Collector::new(file_name);
    let metadata = sheets.sheets_metadata().to_vec();
    for sheet in metadata.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet) {
        collector.open_sheet(&sheet.name)?;
        let range = sheets.worksheet_range(&sheet.name).map_err(|error| broken(file_name, error))?;
        let (top, left) = range.start().unwrap_or((0, 0));
        for (row, column, value) in range.used_cells() {
            collector.put(top as usize + row, left as usize + column, text_of_cell(value))?;
        }
    }
    Ok(collector.finish())
}

fn text_of_cell(cell: &Data) -> String {
    match cell {
        Data::Int(number) => number.to_string(),
        Data::Float(number) => text_of_number(*number),
        Data::String(text) => text.clone(),
        Data::Bool(true) => "TRUE".to_owned(),
        Data::Bool(false) => "FALSE".to_owned(),
        Data::DateTime(instant) => text_of_instant(instant),
        Data::DateTimeIso(text) => text.strip_suffix("T00:00:00").unwrap_or(text).to_owned(),
        Data::DurationIso(text) => text_of_duration(text).unwrap_or_else(|| text.clone()),
        Data::Error(error) => error.to_string(),
        Data::Empty => String::new(),
    }
}

fn text_of_number(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

/// A serial day number under 1 is a time of day; a duration format is one whatever its length.
fn text_of_instant(instant: &ExcelDateTime) -> String {
    let serial = instant.as_f64();
    if !serial.is_finite() || !(0.0..2_958_466.0).contains(&serial) {
        return text_of_number(serial);
    }
    if instant.is_duration() || serial < 1.0 {
        let seconds = (serial * 86_400.0).round() as u64;
        return format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    let Some(moment) = instant.as_datetime() else { return text_of_number(serial) };
    let format = match (moment.time() == chrono::NaiveTime::MIN, moment.and_utc().timestamp_subsec_millis()) {
        (true, _) => "%Y-%m-%d",
        (false, 0) => "%Y-%m-%dT%H:%M:%S",
        (false, _) => "%Y-%m-%dT%H:%M:%S%.3f",
    };
    moment.format(format).to_string()
}

/// Turns `PT10H05M00S` into `10:05:00`.
fn text_of_duration(iso: &str) -> Option<String> {
    let (hours, rest) = iso.strip_prefix("PT")?.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?;
    let (hours, minutes) = (hours.parse::<u64>().ok()?, minutes.parse::<u64>().ok()?);
    let seconds = seconds.split(['.', ',']).next()?.parse::<u64>().ok()?;
    Some(format!("{hours:02}:{minutes:02}:{seconds:02}"))
}

fn text_of<'a>(bytes: &'a [u8], file_name: &str) -> Result<&'a str, WorkbookError> {
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(WorkbookError::NotUtf8 { file_name: file_name.to_owned() }),
    }
}

fn read_csv(text: &str, sheet_name: &str, file_name: &str) -> Result<Sheet, WorkbookError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(sniff_delimiter(text))
        .from_reader(text.as_bytes());
    let mut collector = Collector::new(file_name);
    collector.open_sheet(sheet_name)?;
    let (mut record, mut row) = (csv::StringRecord::new(), 0_usize);
    while reader.read_record(&mut record).map_err(|error| broken(file_name, error))? {
        row += blank_lines_at(text, record.position().map_or(0, csv::Position::byte) as usize);
        for (column, cell) in record.iter().enumerate() {
            collector.put(row, column, cell.to_owned())?;
        }
        row += 1;
    }
    Ok(collector.finish().sheets.remove(0))
}

/// Counts the blank lines that the reader skips from here on, so that rows keep their numbers.
fn blank_lines_at(text: &str, byte: usize) -> usize {
    let (before, rest) = text.as_bytes().split_at(byte.min(text.len()));
    // A record may end between the two characters of one line end.
    let rest = if before.last() == Some(&b'\r') { rest.strip_prefix(b"\n").unwrap_or(rest) } else { rest };
    let run = &rest[..rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()];
    run.iter().enumerate().filter(|&(at, &byte)| byte == b'\r' || at == 0 || run[at - 1] != b'\r').count()
}

/// The separator that occurs most often outside of quotes in the first filled line.
fn sniff_delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.trim_start_matches(['\r', '\n']).bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(delimiter, _)| *delimiter == byte).for_each(|(_, count)| *count += 1),
        }
    }
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

fn trim(sheet: &mut Sheet) {
    for row in &mut sheet.rows {
        while row.last().is_some_and(|cell| cell.trim().is_empty()) {
            row.pop();
        }
    }
    while sheet.rows.last().is_some_and(Vec::is_empty) {
        sheet.rows.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn csv_rows(text: &str) -> Vec<Vec<String>> {
        Workbook::read(text.as_bytes(), "places.csv").unwrap().sheets.remove(0).rows
    }

    #[test]
    fn columns_are_named_as_a_spreadsheet_names_them() {
        let letters: Vec<String> = [0, 25, 26, 51, 701, 702, 16_383].map(column_letter).into();
        assert_eq!(letters, ["A", "Z", "AA", "AZ", "ZZ", "AAA", "XFD"]);
    }

    #[test]
    fn a_csv_is_read_whatever_its_separator_and_mark() {
        let expected = vec![vec!["site", "idp"], vec!["Camp, nord", "12,5"]];
        for text in [
            "site,idp\n\"Camp, nord\",\"12,5\"\n",
            "\u{feff}site;idp\r\nCamp, nord;12,5\r\n",
            "site\tidp\nCamp, nord\t12,5",
        ] {
            assert_eq!(csv_rows(text), expected, "{text}");
        }
    }

    #[test]
    fn a_csv_row_keeps_its_number_after_blank_lines_and_trailing_blanks_go() {
        assert_eq!(csv_rows("a,b,,\n\n\nc,, \n,,\n"), vec![vec!["a", "b"], vec![], vec![], vec!["c"]]);
    }

    #[test]
    fn latin_1_text_is_refused_with_advice() {
        let error = Workbook::read(b"commune\nGona\xefves\n", "places.csv").unwrap_err();
        assert_eq!(error.code(), "workbook_not_utf8");
        assert!(error.message(Lang::Fr).contains("CSV UTF-8"));
    }

    #[test]
    fn a_file_that_is_no_spreadsheet_is_named_as_such() {
        assert_eq!(Workbook::read(b"%PDF-1.7", "a.pdf").unwrap_err().code(), "workbook_unsupported");
        assert_eq!(Workbook::read(b"hello", "a.xlsx").unwrap_err().code(), "workbook_broken");
        assert_eq!(Workbook::read(b"", "a.xls").unwrap_err().code(), "workbook_broken");
        assert_eq!(Workbook::read(b"PK\x03\x04 and then nothing", "a.xlsx").unwrap_err().code(), "workbook_broken");
        let mut cfb = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        cfb.extend([0xFF; 2000]);
        assert_eq!(Workbook::read(&cfb, "a.xls").unwrap_err().code(), "workbook_broken");
    }

    pub(super) fn zip_of(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn xlsx_of(sheet: &str) -> Vec<u8> {
        let rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        zip_of(&[
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{rels}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                )
                .as_bytes(),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{main}\" xmlns:r=\"{rels}\"><sheets><sheet name=\"data\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
                )
                .as_bytes(),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{rels}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{rels}/styles\" Target=\"styles.xml\"/></Relationships>"
                )
                .as_bytes(),
            ),
            (
                "xl/styles.xml",
                format!("<styleSheet xmlns=\"{main}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>").as_bytes(),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!("<worksheet xmlns=\"{main}\"><sheetData>{sheet}</sheetData></worksheet>").as_bytes(),
            ),
        ])
    }

    #[test]
    fn cells_become_text_and_rows_keep_their_numbers() {
        let xlsx = xlsx_of(
            r#"<row r="3"><c r="B3"><v>12</v></c><c r="C3"><v>0.5</v></c><c r="D3" t="b"><v>1</v></c>
               <c r="E3" s="1"><v>44977</v></c><c r="F3" s="1"><v>44977.416666666664</v></c><c r="G3" t="str"><v> </v></c></row>"#,
        );
        let workbook = Workbook::read(&xlsx, "a.xlsx").unwrap();
        let rows = &workbook.sheet("DATA").unwrap().rows;
        assert_eq!(rows, &vec![vec![], vec![], vec!["", "12", "0.5", "TRUE", "2023-02-20", "2023-02-20T10:00:00"]]);
    }

    #[test]
    fn a_far_away_cell_does_not_claim_the_rectangle_before_it() {
        let xlsx =
            xlsx_of(r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>"#);
        assert_eq!(Workbook::read(&xlsx, "a.xlsx").unwrap().sheets[0].rows.len(), 1_048_576);
    }

    #[test]
    fn a_zip_bomb_is_refused_before_it_is_opened() {
        let bomb = zip_of(&[("xl/workbook.xml", b"<workbook/>"), ("xl/a.xml", &vec![b' '; 210 * 1024 * 1024])]);
        let error = Workbook::read(&bomb, "bomb.xlsx").unwrap_err();
        assert_eq!(error.code(), "workbook_too_large");
    }

    proptest::proptest! {
        #[test]
        fn broken_files_never_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600), kind in 0..3_usize) {
            let start: &[u8] = [&b"PK\x03\x04"[..], &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], b""][kind];
            let _ = Workbook::read(&[start, &bytes].concat(), "a.csv");
        }
    }
}
