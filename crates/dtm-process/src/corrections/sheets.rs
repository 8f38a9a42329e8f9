//! A cleaning log and whole sheets: raw and clean data as survey tools export them.
//!
//! [`apply_to_sheet`] makes the clean sheet of the raw one and a log; [`diff_sheets`] finds the log between the two, and
//! they cancel out. Values are the same if they read the same, or are the same number (`3e+05` and `300000`); blank and
//! `NA` are no answer. Beside a question with several choices stands a column a choice: with the form, changing one
//! changes the other, so that they cannot drift apart.

use super::log::LogLine;
use super::problem::LogProblem;
use crate::answers::clean_header;
use crate::wording::{Facts, facts};
use dtm_model::{Change, FieldKind, FormSchema};
use std::collections::{BTreeMap, HashMap};

/// Rows of cells under a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The cells; a row may be shorter than the header.
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    /// Takes a header and rows; the header loses the byte-order mark that a file began with.
    pub fn new(header: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        Self { header: header.iter().map(|name| clean_header(name).to_owned()).collect(), rows }
    }

    /// The column that names the records.
    pub fn uuid_column(&self) -> Option<usize> {
        ["uuid", "_uuid", "X_uuid", "instanceID", "meta/instanceID", "meta-instanceID", "KEY"]
            .iter()
            .find_map(|name| self.column(name))
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    fn cell(&self, row: usize, column: usize) -> &str {
        self.rows[row].get(column).map_or("", String::as_str)
    }

    fn put(&mut self, row: usize, column: usize, value: &str) {
        let cells = &mut self.rows[row];
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        cells[column] = value.to_owned();
    }

    fn rows_by_uuid(&self) -> Option<HashMap<&str, usize>> {
        let at = self.uuid_column()?;
        // Of two rows with one name the first counts.
        Some((0..self.rows.len()).rev().map(|row| (self.cell(row, at), row)).collect())
    }
}

/// What changed between a raw and a clean sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetDiff {
    /// One line for each answer changed and each record taken out, in the order of the raw sheet.
    pub lines: Vec<LogLine>,
    /// Columns that only the clean sheet has.
    pub added_columns: Vec<String>,
    /// Columns that only the raw sheet has.
    pub dropped_columns: Vec<String>,
    /// Records that only the clean sheet has.
    pub added_records: Vec<String>,
}

/// Finds what changed; none where a sheet has no column that names its records.
pub fn diff_sheets(raw: &Sheet, clean: &Sheet) -> Option<SheetDiff> {
    let (uuids, in_clean, in_raw) = (raw.uuid_column()?, clean.rows_by_uuid()?, raw.rows_by_uuid()?);
    let lacks = |sheet: &Sheet, other: &Sheet| -> Vec<String> {
        other.header.iter().filter(|name| sheet.column(name).is_none()).cloned().collect()
    };
    let mut diff =
        SheetDiff { added_columns: lacks(raw, clean), dropped_columns: lacks(clean, raw), ..SheetDiff::default() };
    let both: Vec<(usize, usize)> =
        raw.header.iter().enumerate().filter_map(|(at, name)| Some((at, clean.column(name)?))).collect();
    for row in 0..raw.rows.len() {
        let uuid = raw.cell(row, uuids);
        let Some(of_clean) = in_clean.get(uuid) else {
            diff.lines.push(LogLine::new(uuid, None, None, None, Change::RemoveSurvey));
            continue;
        };
        for (of_raw_column, of_clean_column) in &both {
            let (old, new) = (raw.cell(row, *of_raw_column), clean.cell(*of_clean, *of_clean_column));
            if same_value(old, new) {
                continue;
            }
            let change = if answered(new).is_some() { Change::ChangeResponse } else { Change::BlankResponse };
            let question = Some(raw.header[*of_raw_column].as_str());
            diff.lines.push(LogLine::new(uuid, question, answered(old), answered(new), change));
        }
    }
    let of_clean = clean.uuid_column()?;
    diff.added_records = (0..clean.rows.len())
        .map(|row| clean.cell(row, of_clean))
        .filter(|uuid| !in_raw.contains_key(uuid))
        .map(str::to_owned)
        .collect();
    Some(diff)
}

/// Applies a log to a sheet. Lines that do not fit change nothing and are told. With the form, the columns of the single
/// choices follow the question they belong to, and the question follows them.
pub fn apply_to_sheet(raw: &Sheet, lines: &[LogLine], form: Option<&FormSchema>) -> (Sheet, Vec<LogProblem>) {
    let (mut clean, mut problems) = (raw.clone(), Vec::new());
    let by_uuid = raw.rows_by_uuid().unwrap_or_default();
    let mut is_out = vec![false; raw.rows.len()];
    let mut touched: BTreeMap<(usize, usize), Touched> = BTreeMap::new();
    let families = form.map(|form| Families::of(raw, form)).unwrap_or_default();
    for line in lines {
        let mut tell = |code, facts: Facts| problems.push(LogProblem { row: line.row, column: None, code, facts });
        let Some(&row) = by_uuid.get(line.uuid.as_str()) else {
            tell("unknown_uuid", facts([("value", &line.uuid)]));
            continue;
        };
        match line.change {
            Change::RemoveSurvey => is_out[row] = true,
            Change::RestoreSurvey => is_out[row] = false,
            Change::NoAction => {}
            Change::ChangeResponse | Change::BlankResponse => {
                let question = line.question.as_deref().unwrap_or_default();
                let Some(column) = clean.column(question) else {
                    tell("unknown_question", facts([("value", &question)]));
                    continue;
                };
                let found = clean.cell(row, column);
                if line.old.as_deref().is_some_and(|old| !same_value(old, found)) {
                    let old = line.old.as_deref().unwrap_or_default();
                    tell("old_differs", facts([("question", &question), ("old", &old), ("found", &found)]));
                    continue;
                }
                let new = line.new.as_deref().filter(|_| line.change == Change::ChangeResponse).unwrap_or_default();
                clean.put(row, column, new);
                families.touch(row, column, &mut touched);
            }
        }
    }
    for ((row, parent), what) in touched {
        families.settle(&mut clean, row, parent, what);
    }
    let mut row = 0;
    clean.rows.retain(|_| {
        row += 1;
        !is_out[row - 1]
    });
    (clean, problems)
}

/// A row in which a question with several choices and its single columns disagree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChoicesDisagree {
    /// The record.
    pub uuid: String,
    /// The question.
    pub question: String,
    /// The column of the single choice.
    pub column: String,
    /// Whether the question itself names the choice.
    pub chosen: bool,
}

/// The rows in which a question with several choices says something else than its single columns.
pub fn choices_that_disagree(sheet: &Sheet, form: &FormSchema) -> Vec<ChoicesDisagree> {
    let (families, mut found) = (Families::of(sheet, form), Vec::new());
    let uuids = sheet.uuid_column();
    for row in 0..sheet.rows.len() {
        for (parent, children) in &families.children {
            let said = sheet.cell(row, *parent);
            for (column, choice) in children {
                let chosen = said.split_whitespace().any(|name| name == choice);
                if truth(sheet.cell(row, *column)).is_some_and(|truth| truth != chosen) {
                    found.push(ChoicesDisagree {
                        uuid: uuids.map_or("", |at| sheet.cell(row, at)).to_owned(),
                        question: sheet.header[*parent].clone(),
                        column: sheet.header[*column].clone(),
                        chosen,
                    });
                }
            }
        }
    }
    found
}

/// Which of a question and its single choices a log changed.
#[derive(Clone, Debug, Default)]
struct Touched {
    parent: bool,
    children: Vec<usize>,
}

/// Questions with several choices and the columns of their single choices.
#[derive(Debug, Default)]
struct Families {
    /// By the question's column: each choice's column and name.
    children: BTreeMap<usize, Vec<(usize, String)>>,
    parent_of: HashMap<usize, usize>,
}

impl Families {
    fn of(sheet: &Sheet, form: &FormSchema) -> Self {
        let mut families = Self::default();
        for field in form.fields.iter().filter(|field| field.kind == FieldKind::SelectMultiple) {
            let Some(parent) = sheet.column(&field.path).or_else(|| sheet.column(field.name())) else { continue };
            let question = sheet.header[parent].as_str();
            for (at, name) in sheet.header.iter().enumerate() {
                let choice = name.strip_prefix(question).and_then(|below| below.strip_prefix(['/', '.']));
                if let Some(choice) = choice.filter(|choice| !choice.is_empty()) {
                    families.children.entry(parent).or_default().push((at, choice.to_owned()));
                    families.parent_of.insert(at, parent);
                }
            }
        }
        families
    }

    fn touch(&self, row: usize, column: usize, touched: &mut BTreeMap<(usize, usize), Touched>) {
        if self.children.contains_key(&column) {
            touched.entry((row, column)).or_default().parent = true;
        }
        if let Some(parent) = self.parent_of.get(&column) {
            touched.entry((row, *parent)).or_default().children.push(column);
        }
    }

    /// Makes a question and its single choices agree again. What a log says of the single choices comes last.
    fn settle(&self, sheet: &mut Sheet, row: usize, parent: usize, touched: Touched) {
        let children = &self.children[&parent];
        let mut chosen: Vec<String> = sheet.cell(row, parent).split_whitespace().map(str::to_owned).collect();
        for (column, choice) in children.iter().filter(|(column, _)| touched.children.contains(column)) {
            let at = chosen.iter().position(|name| name == choice);
            match (truth(sheet.cell(row, *column)), at) {
                (Some(true), None) => chosen.push(choice.clone()),
                (Some(false) | None, Some(at)) => drop(chosen.remove(at)),
                _ => {}
            }
        }
        if !touched.children.is_empty() {
            sheet.put(row, parent, &chosen.join(" "));
        }
        let (yes, no) = style(sheet, children);
        for (column, choice) in children {
            let is_chosen = chosen.contains(choice);
            let value = if chosen.is_empty() { "" } else { if is_chosen { yes } else { no } };
            let keeps = !value.is_empty() && truth(sheet.cell(row, *column)) == Some(is_chosen);
            if !keeps {
                sheet.put(row, *column, value);
            }
        }
    }
}

/// How the sheet writes yes and no.
fn style(sheet: &Sheet, children: &[(usize, String)]) -> (&'static str, &'static str) {
    let mut cells = (0..sheet.rows.len()).flat_map(|row| children.iter().map(move |(at, _)| sheet.cell(row, *at)));
    match cells.find(|cell| truth(cell).is_some()) {
        Some("1" | "0") => ("1", "0"),
        Some("True" | "False") => ("True", "False"),
        Some("1.0" | "0.0") => ("1.0", "0.0"),
        _ => ("TRUE", "FALSE"),
    }
}

/// Whether a cell of a single choice says yes or no.
pub(super) fn truth(cell: &str) -> Option<bool> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "1.0" | "yes" => Some(true),
        "false" | "0" | "0.0" | "no" => Some(false),
        _ => None,
    }
}

fn answered(cell: &str) -> Option<&str> {
    Some(cell).filter(|cell| !cell.is_empty() && *cell != "NA")
}

/// Whether two values are the same: as written, or as numbers.
pub(super) fn same_value(a: &str, b: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    match (answered(a), answered(b)) {
        (Some(a), Some(b)) => a == b || number(a).is_some_and(|a| number(b) == Some(a)),
        (a, b) => a.is_none() && b.is_none(),
    }
}
