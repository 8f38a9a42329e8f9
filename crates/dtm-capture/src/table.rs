//! Reads a sheet as a table of answers: headers of one or several rows, then one record a row.
//!
//! Takes a [`Workbook`] of text cells and returns named columns and typed rows. Three kinds of header rows are told apart
//! by what stands in them: sections (a title above several columns, carried rightwards), labels, and HXL hashtags
//! (sparse). Typing is by cell, but what a comma or `03/04/2024` means is decided by the column as a whole. Words that
//! stand for «nothing» leave the answer absent and are counted in a note. HXL: hxlstandard.org, 1.1.

mod cell;

use crate::workbook::{Workbook, column_letter};
use cell::{Style, is_missing};
use dtm_model::{
    Answer, Answers, BlobHash, Field, FieldKind, Finding, FormSchema, Lang, Record, RecordId, Severity, Source, Text,
};
use std::collections::{BTreeMap, HashMap};

/// How far down a header row is looked for.
const HEADER_SEARCH_ROWS: usize = 20;

/// How to read a sheet; the default looks for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// The sheet's name; the first sheet with a table if none is given.
    pub sheet: Option<String>,
    /// How many rows stand above the data; found by looking if none is given.
    pub header_rows: Option<u32>,
    /// Whether a comma stands before the fraction; judged column by column if nothing is given.
    pub decimal_comma: Option<bool>,
}

/// Why a sheet cannot be read as a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// No sheet has this name.
    #[error("no sheet `{name}`; the file has {}", .known.join(", "))]
    NoSheet {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// There is nothing in it.
    #[error("the sheet `{sheet}` is empty")]
    Empty {
        /// Its name.
        sheet: String,
    },
    /// Fewer rows than header rows.
    #[error("the sheet `{sheet}` has {rows} rows, fewer than its {header_rows} header rows")]
    HeaderTooLong {
        /// Its name.
        sheet: String,
        /// Rows there are.
        rows: usize,
        /// Header rows asked for.
        header_rows: u32,
    },
}

impl TableError {
    /// A stable word for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            TableError::NoSheet { .. } => "table_no_sheet",
            TableError::Empty { .. } => "table_empty",
            TableError::HeaderTooLong { .. } => "table_header_too_long",
        }
    }

    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            TableError::NoSheet { name, known } => {
                format!("pas de feuille `{name}` ; le fichier contient {}", known.join(", "))
            }
            TableError::Empty { sheet } => format!("la feuille `{sheet}` est vide"),
            TableError::HeaderTooLong { sheet, rows, header_rows } => {
                format!("la feuille `{sheet}` a {rows} lignes, moins que ses {header_rows} lignes d’en-tête")
            }
        }
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its position, from 0.
    pub index: usize,
    /// Its letter in a spreadsheet.
    pub letter: String,
    /// The title of the block of columns it stands in.
    pub section: Option<String>,
    /// Its own label, blanks folded; empty if it has none.
    pub label: String,
    /// Its HXL hashtag with attributes.
    pub hxl: Option<String>,
    /// What answers are kept under: the label, else the hashtag, else the letter; a repeated one is told apart by
    /// « (2)».
    pub name: String,
}

/// A row of data.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRow {
    /// As the spreadsheet numbers it, from 1.
    pub row: u32,
    /// Answers by column name; empty cells are absent.
    pub answers: Answers,
}

/// A sheet read as a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The sheet's name.
    pub sheet: String,
    /// How many rows stand above the data.
    pub header_rows: u32,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows that hold anything.
    pub rows: Vec<TableRow>,
    /// What was odd: `missing_value_word`, `ambiguous_number`, `ambiguous_date`, `error_value`, each with the facts
    /// `column`, `word` (the first met), `count` and `row` (the first).
    pub notes: Vec<Finding>,
}

/// Reads a sheet as a table.
pub fn read(workbook: &Workbook, options: &TableOptions) -> Result<Table, TableError> {
    let filled =
        |rows: &[Vec<String>]| rows.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).count();
    let sheet = match &options.sheet {
        Some(name) => workbook.sheets.iter().find(|sheet| sheet.name.trim() == name.trim()).ok_or_else(|| {
            let known = workbook.sheets.iter().map(|sheet| sheet.name.clone()).collect();
            TableError::NoSheet { name: name.clone(), known }
        })?,
        None => {
            let with_rows = workbook.sheets.iter().find(|sheet| filled(&sheet.rows) > 1).or(workbook.sheets.first());
            with_rows.ok_or_else(|| TableError::Empty { sheet: String::new() })?
        }
    };
    let header = match options.header_rows {
        Some(n) if n as usize > sheet.rows.len() => {
            return Err(TableError::HeaderTooLong {
                sheet: sheet.name.clone(),
                rows: sheet.rows.len(),
                header_rows: n,
            });
        }
        Some(n) => Header::within(&sheet.rows, n as usize),
        None => Header::detect(&sheet.rows),
    };
    let columns = columns(&sheet.rows, &header);
    if columns.is_empty() {
        return Err(TableError::Empty { sheet: sheet.name.clone() });
    }
    let data = &sheet.rows[header.data_from..];
    let styles = Style::of_columns(data, columns.len(), options.decimal_comma);
    let mut odd = OddCells::default();
    let mut rows = Vec::new();
    for (at, cells) in data.iter().enumerate() {
        let row = (header.data_from + at + 1) as u32;
        let mut answers = Answers::default();
        let mut any = false;
        for (column, text) in columns.iter().zip(cells) {
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            any = true;
            if is_missing(text) {
                odd.meet("missing_value_word", column.index, text, row);
                continue;
            }
            let read = styles[column.index].read(text);
            if let Some(check) = read.odd {
                odd.meet(check, column.index, text, row);
            }
            answers.values.insert(column.name.clone(), read.answer);
        }
        if any {
            rows.push(TableRow { row, answers });
        }
    }
    let notes = odd.into_notes(&columns);
    Ok(Table { sheet: sheet.name.clone(), header_rows: header.data_from as u32, columns, rows, notes })
}

impl Table {
    /// The column of this name, else of this label in any spacing and case, else of this hashtag, if there is only one.
    pub fn column(&self, name: &str) -> Option<&Column> {
        let wanted = fold(name);
        let only = |matches: &dyn Fn(&Column) -> bool| {
            let mut found = self.columns.iter().filter(|column| matches(column));
            found.next().filter(|_| found.next().is_none())
        };
        only(&|column| column.name == wanted)
            .or_else(|| only(&|column| column.name.to_lowercase() == wanted.to_lowercase()))
            .or_else(|| only(&|column| column.hxl.as_deref() == Some(hashtag(name).as_str())))
    }

    /// The table as a form would ask it, so that its rows can be kept in typed columns: a type stands where all
    /// answers of a column have it.
    pub fn schema(&self, xml_form_id: &str) -> FormSchema {
        let mut kinds: HashMap<&str, Option<FieldKind>> = HashMap::new();
        for (name, answer) in self.rows.iter().flat_map(|row| &row.answers.values) {
            let kind = match answer {
                Answer::Integer(_) => Some(FieldKind::Integer),
                Answer::Decimal(_) => Some(FieldKind::Decimal),
                Answer::Date(_) => Some(FieldKind::Date),
                Answer::DateTime(_) => Some(FieldKind::DateTime),
                _ => None,
            };
            let known = kinds.entry(name).or_insert(kind);
            *known = match (*known, kind) {
                (Some(FieldKind::Integer), Some(FieldKind::Decimal)) => Some(FieldKind::Decimal),
                (Some(FieldKind::Decimal), Some(FieldKind::Integer)) => Some(FieldKind::Decimal),
                (known, kind) if known == kind => known,
                _ => None,
            };
        }
        let field = |column: &Column| Field {
            path: column.name.clone(),
            kind: kinds.get(column.name.as_str()).copied().flatten().unwrap_or(FieldKind::Text),
            label: Text::new().with(crate::language::UNNAMED, column.label.clone()),
            hxl: column.hxl.clone(),
            choices: Vec::new(),
        };
        FormSchema {
            xml_form_id: xml_form_id.to_owned(),
            version: String::new(),
            title: self.sheet.clone(),
            root: "row".to_owned(),
            fields: self.columns.iter().map(field).collect(),
            media: Vec::new(),
            encrypted: false,
            client_editable: false,
            entities: None,
            on_arrival: None,
        }
    }
}

/// Turns rows into records that say which file, sheet and row they came from. `ids` gives the id for a row number.
pub fn to_records(
    table: &Table,
    file: &BlobHash,
    name: &str,
    sheet: &str,
    mut ids: impl FnMut(u32) -> RecordId,
) -> Vec<Record> {
    let record = |row: &TableRow| Record {
        id: ids(row.row),
        source: Source::Row { file: file.clone(), name: name.to_owned(), sheet: sheet.to_owned(), row: row.row },
        answers: row.answers.clone(),
    };
    table.rows.iter().map(record).collect()
}

/// Where the header rows are, by position.
#[derive(Debug, Default, PartialEq)]
struct Header {
    section: Option<usize>,
    label: Option<usize>,
    hxl: Option<usize>,
    data_from: usize,
}

impl Header {
    fn detect(rows: &[Vec<String>]) -> Header {
        let near = &rows[..rows.len().min(HEADER_SEARCH_ROWS)];
        if let Some(hxl) = near.iter().position(|row| is_hxl(row)) {
            return Header::within(rows, hxl + 1);
        }
        let Some(first) = near.iter().position(|row| n_filled(row) > 0) else { return Header::default() };
        let n = if is_section_row(rows, first) { first + 2 } else { first + 1 };
        Header::within(rows, n)
    }

    /// The last filled row that is no hashtag row holds the labels, the filled one above it the sections.
    fn within(rows: &[Vec<String>], n: usize) -> Header {
        let head = &rows[..n.min(rows.len())];
        let hxl = head.iter().rposition(|row| is_hxl(row));
        let above = |end: usize| (0..end).rev().find(|at| Some(*at) != hxl && n_filled(&head[*at]) > 0);
        let label = above(head.len());
        Header { section: label.and_then(above), label, hxl, data_from: head.len() }
    }
}

fn n_filled(row: &[String]) -> usize {
    row.iter().filter(|cell| !cell.trim().is_empty()).count()
}

/// Whether most of what stands in the row are hashtags.
fn is_hxl(row: &[String]) -> bool {
    let is_tag = |cell: &&String| {
        let mut chars = cell.trim().chars();
        chars.next() == Some('#') && chars.find(|char| *char != ' ').is_some_and(|char| char.is_ascii_alphabetic())
    };
    let n_tags = row.iter().filter(is_tag).count();
    n_tags > 0 && n_tags * 2 > n_filled(row)
}

/// Whether the row only groups the labels of the row below: it has gaps, the next row fills them with words, and data
/// with numbers or dates begin after that.
fn is_section_row(rows: &[Vec<String>], at: usize) -> bool {
    let (Some(row), Some(below), Some(data)) = (rows.get(at), rows.get(at + 1), rows.get(at + 2)) else { return false };
    let cell = |row: &[String], column: usize| row.get(column).map_or("", |cell| cell.trim()).to_owned();
    let gaps =
        (0..below.len()).filter(|column| cell(row, *column).is_empty() && !cell(below, *column).is_empty()).count();
    let is_value = |text: &String| !matches!(Style::default().read(text.trim()).answer, Answer::Text(_));
    let words_only = !below.iter().any(is_value);
    gaps * 3 > below.len() && n_filled(below) > n_filled(row) && words_only && data.iter().any(is_value)
}

fn columns(rows: &[Vec<String>], header: &Header) -> Vec<Column> {
    let width =
        rows.iter().map(|row| row.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |at| at + 1)).max();
    let at =
        |row: Option<usize>, column: usize| fold(row.and_then(|row| rows[row].get(column)).map_or("", String::as_str));
    let mut taken: HashMap<String, u32> = HashMap::new();
    let mut section = String::new();
    let mut columns = Vec::new();
    for index in 0..width.unwrap_or(0) {
        let letter = column_letter(index);
        let own = at(header.section, index);
        if !own.is_empty() {
            section = own.clone();
        }
        let label = at(header.label, index);
        // A title over a column without a label of its own is that label, merged downwards.
        let (label, section) = match label.is_empty() {
            true => (own, None),
            false => (label, Some(section.clone()).filter(|section| !section.is_empty())),
        };
        let hxl = Some(hashtag(&at(header.hxl, index))).filter(|tag| tag.len() > 1);
        let base = [label.as_str(), hxl.as_deref().unwrap_or("")].into_iter().find(|text| !text.is_empty());
        let name = unique(base.unwrap_or(&letter), &mut taken);
        columns.push(Column { index, letter, section, label, hxl, name });
    }
    columns
}

fn unique(base: &str, taken: &mut HashMap<String, u32>) -> String {
    let n = taken.entry(base.to_owned()).or_default();
    *n += 1;
    if *n == 1 {
        return base.to_owned();
    }
    let mut n = *n;
    loop {
        let name = format!("{base} ({n})");
        if !taken.contains_key(&name) {
            taken.insert(name.clone(), 1);
            return name;
        }
        n += 1;
    }
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A hashtag in the spelling that compares: no blanks, lower case.
fn hashtag(text: &str) -> String {
    text.split_whitespace().collect::<String>().to_lowercase()
}

/// Odd cells, counted by check and column.
#[derive(Default)]
struct OddCells(BTreeMap<(usize, &'static str, String), (u32, u32)>);

impl OddCells {
    fn meet(&mut self, check: &'static str, column: usize, text: &str, row: u32) {
        // Every word for «nothing» is counted by itself; of ambiguous values the first is the example.
        let word = if check == "missing_value_word" || check == "error_value" { text } else { "" };
        let key = (column, check, word.to_owned());
        self.0.entry(key).or_insert((0, row)).0 += 1;
    }

    fn into_notes(self, columns: &[Column]) -> Vec<Finding> {
        let note = |((column, check, word), (count, row)): ((usize, &str, String), (u32, u32))| {
            let name = columns[column].name.clone();
            let facts =
                [("column", name.clone()), ("word", word), ("count", count.to_string()), ("row", row.to_string())];
            Finding {
                check: check.to_owned(),
                severity: Severity::Note,
                record: None,
                place: None,
                question: Some(name),
                facts: facts
                    .into_iter()
                    .filter(|(_, fact)| !fact.is_empty())
                    .map(|(key, fact)| (key.to_owned(), fact))
                    .collect(),
            }
        };
        self.0.into_iter().map(note).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    /// Cells are split at `|`.
    fn workbook(text: &str) -> Workbook {
        let rows = text.trim_matches('\n').lines();
        let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
        Workbook { sheets: vec![crate::workbook::Sheet { name: "data".into(), rows: rows.map(cells).collect() }] }
    }

    fn check(text: &str, expected: Expect) {
        let table = read(&workbook(text), &TableOptions::default()).unwrap();
        let mut lines = Vec::new();
        for column in &table.columns {
            let section = column.section.as_deref().map(|section| format!(" [{section}]")).unwrap_or_default();
            lines.push(
                format!("{} {}{section} {}", column.letter, column.name, column.hxl.as_deref().unwrap_or(""))
                    .trim_end()
                    .to_owned(),
            );
        }
        for row in &table.rows {
            let answers = row.answers.values.iter().map(|(name, answer)| format!("{name}={answer:?}"));
            lines.push(format!("{}: {}", row.row, answers.collect::<Vec<_>>().join(" ")));
        }
        for note in &table.notes {
            lines.push(format!("{} {:?}", note.check, note.facts));
        }
        expected.assert_eq(&(lines.join("\n") + "\n"));
    }

    #[test]
    fn sections_labels_and_hashtags_are_told_apart() {
        check(
            "
            |            | Place  |       | Displaced people |
Date reported | Type |        | Name  | Households       | Persons
#date       |            | #adm1+code |  | #affected+hh  | #affected+ind
2024-03-01  | Site       | XS01   | Alpha | 20               | 101
            ",
            expect![[r#"
                A Date reported #date
                B Type
                C Place #adm1+code
                D Name [Place]
                E Households [Displaced people] #affected+hh
                F Persons [Displaced people] #affected+ind
                4: Date reported=Date(2024-03-01) Households=Integer(20) Name=Text("Alpha") Persons=Integer(101) Place=Text("XS01") Type=Text("Site")
            "#]],
        );
    }

    #[test]
    fn one_header_row_is_enough() {
        check(
            "place|idp_ind\nAlpha|12\n\nBravo|7\n",
            expect![[r#"
            A place
            B idp_ind
            2: idp_ind=Integer(12) place=Text("Alpha")
            4: idp_ind=Integer(7) place=Text("Bravo")
        "#]],
        );
    }

    #[test]
    fn hashtags_alone_name_the_columns() {
        check(
            "#adm1 +name|#affected+ind|#affected+ind\nAlpha|12|3\n",
            expect![[r#"
            A #adm1+name #adm1+name
            B #affected+ind #affected+ind
            C #affected+ind (2) #affected+ind
            2: #adm1+name=Text("Alpha") #affected+ind=Integer(12) #affected+ind (2)=Integer(3)
        "#]],
        );
    }

    #[test]
    fn a_comma_means_what_the_column_says_it_means() {
        check(
            "name|share|total|en|mixed|code\na|12,5|1 234|1,234.5|1,234|007\nb|1.234,75|12 000|2,000|5|12\nc|1.000|3|7|x|9\n",
            expect![[r#"
                A name
                B share
                C total
                D en
                E mixed
                F code
                2: code=Text("007") en=Decimal(1234.5) mixed=Text("1,234") name=Text("a") share=Decimal(12.5) total=Integer(1234)
                3: code=Integer(12) en=Integer(2000) mixed=Integer(5) name=Text("b") share=Decimal(1234.75) total=Integer(12000)
                4: code=Integer(9) en=Integer(7) mixed=Text("x") name=Text("c") share=Integer(1000) total=Integer(3)
                ambiguous_number {"column": "mixed", "count": "1", "row": "2"}
            "#]],
        );
    }

    #[test]
    fn a_coordinate_keeps_its_point_though_other_columns_write_commas() {
        check(
            "lat|share|sum\n18.543|3,5|1,234\n18.112|4,25|7\n",
            expect![[r#"
            A lat
            B share
            C sum
            2: lat=Decimal(18.543) share=Decimal(3.5) sum=Decimal(1.234)
            3: lat=Decimal(18.112) share=Decimal(4.25) sum=Integer(7)
        "#]],
        );
    }

    #[test]
    fn dates_are_read_when_the_column_decides_the_order() {
        check(
            "iso|fr|us|either|at\n2024-03-01 00:00:00.000|25/03/2024|03/25/2024|03/04/2024|2024-03-01 08:30:00\n\
               2024-03-02|01/02/2024|1/2/2024|05/06/2024|2024-13-01\n",
            expect![[r#"
                   A iso
                   B fr
                   C us
                   D either
                   E at
                   2: at=DateTime("2024-03-01T08:30:00") either=Text("03/04/2024") fr=Date(2024-03-25) iso=Date(2024-03-01) us=Date(2024-03-25)
                   3: at=Text("2024-13-01") either=Text("05/06/2024") fr=Date(2024-02-01) iso=Date(2024-03-02) us=Date(2024-01-02)
                   ambiguous_date {"column": "either", "count": "2", "row": "2"}
               "#]],
        );
    }

    #[test]
    fn words_for_nothing_leave_the_answer_absent_and_are_counted() {
        check(
            "place|idp_ind\nAlpha|NULL\nBravo|NA\nNaT|NULL\nDelta|#REF!\n",
            expect![[r##"
            A place
            B idp_ind
            2: place=Text("Alpha")
            3: place=Text("Bravo")
            4: 
            5: idp_ind=Unreadable("#REF!") place=Text("Delta")
            missing_value_word {"column": "place", "count": "1", "row": "4", "word": "NaT"}
            error_value {"column": "idp_ind", "count": "1", "row": "5", "word": "#REF!"}
            missing_value_word {"column": "idp_ind", "count": "1", "row": "3", "word": "NA"}
            missing_value_word {"column": "idp_ind", "count": "2", "row": "2", "word": "NULL"}
        "##]],
        );
    }

    #[test]
    fn a_sheet_that_is_not_there_is_named_with_those_that_are() {
        let options = TableOptions { sheet: Some("Round 3".into()), ..TableOptions::default() };
        let error = read(&workbook("a|b\n1|2"), &options).unwrap_err();
        assert_eq!(error.to_string(), "no sheet `Round 3`; the file has data");
        assert_eq!(error.message(Lang::Fr), "pas de feuille `Round 3` ; le fichier contient data");
        assert_eq!(read(&workbook(""), &TableOptions::default()).unwrap_err().code(), "table_empty");
    }

    #[test]
    fn records_say_which_row_they_came_from() {
        let table = read(&workbook("place|idp_ind\nAlpha|12\n"), &TableOptions::default()).unwrap();
        let hash = BlobHash::of(b"file");
        let id = |row| RecordId::new(dtm_model::Instant::from_millis(0), [row as u8; 10]);
        let records = to_records(&table, &hash, "r3.xlsx", "data", id);
        let source = Source::Row { file: hash, name: "r3.xlsx".into(), sheet: "data".into(), row: 2 };
        assert_eq!((records.len(), &records[0].source), (1, &source));
        assert_eq!(table.schema("t").field("idp_ind").map(|field| field.kind), Some(FieldKind::Integer));
    }

    proptest! {
        #[test]
        fn any_cells_make_a_table_or_an_error(rows in proptest::collection::vec(
            proptest::collection::vec("[#a-z0-9., /éN]{0,8}", 0..6), 0..8), header_rows in proptest::option::of(0..4u32))
        {
            let workbook = Workbook { sheets: vec![crate::workbook::Sheet { name: "s".into(), rows }] };
            let options = TableOptions { header_rows, ..TableOptions::default() };
            if let Ok(table) = read(&workbook, &options) {
                let mut names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
                names.sort_unstable();
                names.dedup();
                prop_assert_eq!(names.len(), table.columns.len());
            }
        }
    }
}
