//! Sheets as rows of cells with places: what a column means, and what a cell says once cleaned.
//!
//! A header is split at `::` (or at `:` where the sheet has no `::`), and its first word is looked up among the
//! columns and their older names. Cells lose outer blanks, no-break blanks and curly quotes, as XLSForm tools do.

use super::problem::{At, Problems, SheetId, nearest};
use crate::workbook::Sheet;
use std::borrow::Cow;
use std::collections::HashMap;

/// More than this many empty columns in a row end the header, and more than this many empty rows the sheet.
const EMPTY_COLUMNS_END: usize = 20;
const EMPTY_ROWS_END: usize = 60;
/// Columns of a sheet that are read.
const MAX_COLUMNS: usize = 1000;

/// A filled cell: what it says, and where.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) at: At,
}

/// A column, by its path of words: `["label", "French (fr)"]`, `["bind", "relevant"]`, `["type"]`.
pub(super) struct Column {
    pub(super) index: usize,
    pub(super) path: Vec<String>,
}

/// The columns of a text by language; none is the column without one.
pub(super) type TextColumns = Vec<(Option<String>, usize)>;

/// Which texts a sheet has in which languages, for the check of translations.
#[derive(Debug)]
pub(super) struct SheetTexts {
    /// The place of the headers.
    pub(super) at: At,
    pub(super) texts: Vec<(&'static str, TextColumns)>,
}

/// A sheet as it was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page<'a> {
    pub(super) sheet: &'a Sheet,
    /// Whether it was one of several in a text file, where blank rows do not count and rows before it are another's.
    pub(super) apart: bool,
}

/// A sheet whose columns are understood.
pub(super) struct Grid<'a> {
    pub(super) id: SheetId,
    pub(super) columns: Vec<Column>,
    /// The row of the headers: the first.
    header: usize,
    /// The numbers that rows of a text file have among the filled ones.
    ordinals: Vec<u32>,
    rows: &'a [Vec<String>],
    /// Whether the column of this index has a header.
    headed: Vec<bool>,
    end: usize,
    collapse: bool,
}

/// What the first word of a header may be.
pub(super) struct Vocabulary {
    /// Words that are column names as they are.
    pub(super) columns: &'static [&'static str],
    /// Words that are column names only as they are written here.
    pub(super) others: &'static [&'static str],
    /// Other words, and the path that each stands for.
    pub(super) aliases: &'static [(&'static str, &'static [&'static str])],
}

impl<'a> Grid<'a> {
    /// Reads the header of a sheet. `collapse` folds inner blanks of the cells.
    pub(super) fn read(
        page: Page<'a>,
        id: SheetId,
        vocabulary: &Vocabulary,
        collapse: bool,
        problems: &mut Problems,
    ) -> Grid<'a> {
        let is_blank = |row: &Vec<String>| row.iter().all(|cell| cell.trim().is_empty());
        let Page { sheet, apart } = page;
        let first = sheet.rows.iter().position(|row| !is_blank(row)).unwrap_or(0);
        let header_row = if apart { first } else { 0 };
        let header: &[String] = sheet.rows.get(header_row).map_or(&[], Vec::as_slice);
        let double_colon = header.iter().any(|text| text.contains("::"));
        let (mut columns, mut seen, mut empty): (Vec<Column>, HashMap<Vec<String>, String>, usize) = Default::default();
        for (index, raw) in header.iter().enumerate() {
            let raw = clean(raw, true);
            if raw.is_empty() {
                empty += 1;
                if empty > EMPTY_COLUMNS_END {
                    break;
                }
                continue;
            }
            empty = 0;
            let (path, known, renamed) = split(&raw, double_colon, vocabulary);
            let at = At::row(id, header_row as u32 + 1).column(index);
            if let Some(other) = seen.insert(path.clone(), raw.to_string())
                && (renamed || other == raw)
            {
                problems.note_other("header_duplicate", at, &raw, &other);
                continue;
            }
            if !known && id != SheetId::Choices && id != SheetId::ExternalChoices {
                let words = vocabulary.columns.iter().chain(vocabulary.aliases.iter().map(|(alias, _)| alias));
                let near = (path[0].chars().count() > 5).then(|| nearest(&path[0], words.copied())).flatten();
                if let Some(near) = near {
                    problems.note_with("header_near_miss", at, &raw, "", Some(near));
                }
            }
            if columns.len() >= MAX_COLUMNS {
                problems.note_other("columns_many", at, "", &MAX_COLUMNS.to_string());
                break;
            }
            columns.push(Column { index, path });
        }
        let (mut end, mut gap) = (sheet.rows.len(), 0);
        for (row, cells) in sheet.rows.iter().enumerate().skip(header_row + 1) {
            gap = if is_blank(cells) { gap + 1 } else { 0 };
            if gap > EMPTY_ROWS_END && !apart {
                end = row;
                problems.note("rows_after_gap", At::row(id, row as u32 + 1), "");
                break;
            }
        }
        let filled = |row: &Vec<String>| u32::from(!is_blank(row));
        let count = |n: &mut u32, row| {
            *n += filled(row);
            Some(*n)
        };
        let ordinals = if apart { sheet.rows.iter().scan(0, count).collect() } else { Vec::new() };
        let mut headed = vec![false; columns.last().map_or(0, |column: &Column| column.index + 1)];
        columns.iter().for_each(|column| headed[column.index] = true);
        Grid { id, columns, header: header_row, ordinals, rows: &sheet.rows[..end], headed, end, collapse }
    }

    /// Refuses filled columns that carry a language and hold no text, and those that name a family of attributes and none of
    /// it: what they say would be lost. `texts` may have languages, `families` one word more, `words` neither.
    pub(super) fn check_headers(&self, texts: &[&[&str]], families: &[&str], words: &[&str], problems: &mut Problems) {
        for column in &self.columns {
            let path: Vec<&str> = column.path.iter().map(String::as_str).collect();
            if texts.iter().any(|text| path.starts_with(text)) {
                continue;
            }
            let problem = match (families.contains(&path[0]), path.len()) {
                (true, 1) => "header_incomplete",
                (true, 3..) => "header_language",
                (false, 2..) if words.contains(&path[0]) => "header_language",
                _ => continue,
            };
            if self.row_indexes().any(|row| self.cell(row, column.index).is_some()) {
                problems.note(problem, self.header_at().column(column.index), &path.join("::"));
            }
        }
    }

    /// The rows below the header, by index; the number that a person sees is one more.
    pub(super) fn row_indexes(&self) -> std::ops::Range<usize> {
        self.header + 1..self.end.max(self.header + 1)
    }

    /// The number of a row as names made from it have it: 1 is the header.
    pub(super) fn ordinal(&self, row: usize) -> u32 {
        self.ordinals.get(row).copied().unwrap_or(row as u32 + 1)
    }

    /// The place of the headers.
    pub(super) fn header_at(&self) -> At {
        self.at(self.header)
    }

    /// The place of a row.
    pub(super) fn at(&self, row: usize) -> At {
        At::row(self.id, row as u32 + 1)
    }

    /// A cell, unless it is empty.
    pub(super) fn cell(&self, row: usize, column: usize) -> Option<Cell> {
        let raw = self.rows.get(row)?.get(column)?;
        let text = clean(raw, self.collapse);
        (!text.is_empty()).then(|| Cell { text: text.into_owned(), at: self.at(row).column(column) })
    }

    /// A cell of a column that the sheet may not have.
    pub(super) fn get(&self, row: usize, column: Option<usize>) -> Option<Cell> {
        self.cell(row, column?)
    }

    /// Whether every cell below a known or unknown header is empty.
    pub(super) fn is_blank(&self, row: usize) -> bool {
        let cells = self.rows.get(row).map_or(&[][..], Vec::as_slice);
        cells.iter().zip(&self.headed).all(|(cell, headed)| !headed || cell.trim().is_empty())
    }

    /// The column of this one-word path.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().find(|column| column.path.len() == 1 && column.path[0] == name).map(|column| column.index)
    }

    /// The languages and columns of a text: `label` and `label::French (fr)`.
    pub(super) fn texts(&self, path: &[&str]) -> TextColumns {
        let depth = path.len();
        let mut found = Vec::new();
        for column in &self.columns {
            if column.path.len() >= depth && column.path.iter().zip(path).all(|(word, wanted)| word == wanted) {
                match column.path.len() - depth {
                    0 => found.push((None, column.index)),
                    1 => found.push((Some(column.path[depth].clone()), column.index)),
                    _ => {}
                }
            }
        }
        found
    }
}

/// Trims a cell, makes no-break blanks and curly quotes plain, drops what XML may not hold, and folds runs of blanks
/// if asked to.
pub(super) fn clean(raw: &str, collapse: bool) -> Cow<'_, str> {
    let text = raw.trim();
    let odd =
        |c: char| is_forbidden(c) || matches!(c, '\u{a0}' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '\r');
    if !(text.contains(odd) || collapse && text.contains("  ")) {
        return Cow::Borrowed(text);
    }
    let (mut out, mut blank) = (String::with_capacity(text.len()), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let c = match c {
            '\u{a0}' => ' ',
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            c if is_forbidden(c) => continue,
            '\r' if chars.peek() == Some(&'\n') => continue,
            '\r' => '\n',
            other => other,
        };
        if !(c == ' ' && blank && collapse) {
            out.push(c);
        }
        blank = c == ' ';
    }
    Cow::Owned(out)
}

fn is_forbidden(c: char) -> bool {
    (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn snake_case(word: &str) -> String {
    word.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase()
}

/// Reads a header: its path, whether its first word is known, and whether it is another way to write the path.
fn split(raw: &str, double_colon: bool, vocabulary: &Vocabulary) -> (Vec<String>, bool, bool) {
    let is_column =
        |word: &str| vocabulary.columns.contains(&word) && !vocabulary.aliases.iter().any(|(alias, _)| *alias == word);
    if is_column(raw) {
        return (vec![raw.to_owned()], true, false);
    }
    let whole = snake_case(raw);
    if is_column(&whole) {
        return (vec![whole], true, true);
    }
    let mut words: Vec<String> = if double_colon || raw.contains("::") {
        raw.split("::").map(|word| word.trim().to_owned()).collect()
    } else {
        raw.split(':').map(|word| word.trim().to_owned()).collect()
    };
    // With single colons the prefix of `jr:count` came apart.
    if let Some(jr) = words.iter().position(|word| word == "jr")
        && jr + 1 < words.len()
    {
        let joined = format!("jr:{}", words.remove(jr + 1));
        words[jr] = joined;
    }
    let first = snake_case(&words[0]);
    if let Some((_, path)) = vocabulary.aliases.iter().find(|(alias, _)| *alias == first) {
        words.splice(0..1, path.iter().map(|word| (*word).to_owned()));
        let renamed = *path != [raw];
        (words, true, renamed)
    } else if vocabulary.columns.contains(&first.as_str()) {
        words[0] = first;
        (words, true, true)
    } else if words.len() == 1 {
        // Columns of one's own keep their name: choice filters use it.
        let known = vocabulary.others.contains(&raw);
        (vec![raw.to_owned()], known, false)
    } else {
        (words, false, false)
    }
}

/// Whether a word can name an element; a prefix is allowed.
pub(super) fn is_xml_name(word: &str) -> bool {
    let mut parts = word.split(':');
    let valid = |part: &str| {
        let mut chars = part.chars();
        chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
    };
    match (parts.next(), parts.next(), parts.next()) {
        (Some(local), None, _) => valid(local),
        (Some(prefix), Some(local), None) => valid(prefix) && valid(local),
        _ => false,
    }
}

/// Capital letters with an accent (À to Ö) may begin an XML name, yet XLSForm tools refuse them, and a form should
/// work with all of them.
pub(super) fn is_name_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | '_' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

pub(super) fn is_name_char(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_cleaned_as_xlsform_tools_do() {
        assert_eq!(clean("  l\u{2019}eau\u{a0}\u{a0}propre ", true), "l'eau propre");
        assert_eq!(clean("a  b", false), "a  b");
        assert_eq!(clean("a\r\nb", false), "a\nb");
    }

    #[test]
    fn names_follow_xml() {
        for good in ["idp_hh", "éclair", "_1", "a.b-c", "orx:meta"] {
            assert!(is_xml_name(good), "{good}");
        }
        for bad in ["", "1a", "a b", "a:b:c", ":a", "a/b", "<x"] {
            assert!(!is_xml_name(bad), "{bad}");
        }
    }
}
