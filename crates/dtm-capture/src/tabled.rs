//! Filled forms made again from a table: the spreadsheet or CSV that a server exports of its submissions.
//!
//! Takes a form's schema and the sheets of an export (ODK Central, Briefcase, KoboToolbox, or any table whose columns are
//! called as the questions) and returns one submission's XML for each line, repeats filled from the sheets that name their
//! parents. Columns are found by path, with any of `/ - . :` between the names, by name alone, or by label; choices by
//! name or by label, in one column or in one column each. What an export left out cannot come back: the XML says
//! that it was made from a table, and columns and values that found no place are told.

mod columns;
mod value;
mod write;

use crate::instance::Shape;
use crate::workbook::Sheet;
use columns::{Columns, Known, Target};
use dtm_model::FormSchema;
use std::collections::{BTreeMap, HashMap};

/// What stands in every XML that is made here.
pub const REMARK: &str = "<!-- made from a table -->";
/// Values told of one column that fit no choice.
const MAX_ODD: usize = 5;

/// The submissions of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tabled {
    /// One for each line of the submissions' sheet.
    pub rows: Vec<Row>,
    /// Columns that found no question: the sheet, the column.
    pub unmatched: Vec<(String, String)>,
    /// Questions that no column answers, by path.
    pub unanswered: Vec<String>,
    /// Values that are no choice of their question: the path, and some of them.
    pub odd: BTreeMap<String, Vec<String>>,
    /// Sheets that belong to nothing.
    pub unused: Vec<String>,
    /// Lines of repeats whose parent is not there.
    pub orphans: u64,
}

/// A submission made from a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The line as a spreadsheet numbers it.
    pub line: usize,
    /// Its name: the one the export gives, else one made of what the line says.
    pub instance_id: String,
    /// The submission.
    pub xml: String,
    /// The names of files it speaks of.
    pub files: Vec<String>,
    /// When it arrived at the other server, as the export writes it.
    pub submitted: String,
    /// Who sent it.
    pub sender: String,
    /// The phone.
    pub device: String,
    /// The state of its review, as the export calls it.
    pub review: String,
    /// What was noted about it.
    pub notes: String,
}

/// How well sheets fit a form: how many columns found a question, of how many.
pub fn fit(schema: &FormSchema, sheets: &[Sheet]) -> (usize, usize) {
    let shape = Shape::of(schema);
    let Some(root) = root_of(&shape, schema, sheets) else { return (0, 1) };
    let columns = Columns::find(&shape, schema, None, &sheets[root].rows[0]);
    let found = columns.targets.iter().filter(|target| target.is_answer()).count();
    let asked = columns.targets.iter().filter(|target| !matches!(target, Target::Known(_))).count();
    (found, asked.max(1))
}

/// The form version that the lines name, where all name the same.
pub fn version(schema: &FormSchema, sheets: &[Sheet]) -> Option<String> {
    let shape = Shape::of(schema);
    let sheet = &sheets[root_of(&shape, schema, sheets)?];
    let columns = Columns::find(&shape, schema, None, &sheet.rows[0]);
    let at = columns.targets.iter().position(|target| *target == Target::Known(Known::FormVersion))?;
    let mut versions: Vec<&str> = (1..sheet.rows.len()).map(|row| sheet.cell(row, at)).collect();
    versions.sort_unstable();
    versions.dedup();
    match versions[..] {
        [one] if !one.is_empty() => Some(one.to_owned()),
        _ => None,
    }
}

/// The sheet that holds the submissions: of those that name no parent, the one with most questions.
fn root_of(shape: &Shape, schema: &FormSchema, sheets: &[Sheet]) -> Option<usize> {
    let score = |sheet: &Sheet| {
        let header = sheet.rows.first()?;
        let columns = Columns::find(shape, schema, None, header);
        let is_child =
            columns.targets.iter().any(|target| matches!(target, Target::Known(Known::ParentKey | Known::ParentIndex)));
        let found = columns.targets.iter().filter(|target| target.is_answer()).count();
        (!is_child && found > 0).then_some(found)
    };
    let scored = sheets.iter().enumerate().filter_map(|(at, sheet)| Some((score(sheet)?, at)));
    // Of equals the first.
    scored.max_by_key(|(found, at)| (*found, usize::MAX - at)).map(|(_, at)| at)
}

/// Makes submissions of the lines. None where no sheet has a column of the form.
pub fn read(schema: &FormSchema, version: &str, sheets: &[Sheet]) -> Option<Tabled> {
    let shape = Shape::of(schema);
    let root = root_of(&shape, schema, sheets)?;
    let mut tabled = Tabled::default();
    let mut tables = vec![Table::of(&shape, schema, None, &sheets[root])];
    for (at, sheet) in sheets.iter().enumerate().filter(|(at, sheet)| *at != root && !sheet.rows.is_empty()) {
        match repeat_of(&shape, schema, &sheets[root].name, sheet) {
            Some(repeat) => tables.push(Table::of(&shape, schema, Some(repeat), sheet)),
            None if at != root => tabled.unused.push(sheet.name.clone()),
            None => {}
        }
    }
    for table in &tables {
        let lost = table.columns.unmatched.iter().map(|column| (table.sheet.name.clone(), column.clone()));
        tabled.unmatched.extend(lost);
    }
    let asked: Vec<usize> = (0..shape.nodes().len())
        .filter(|at| !shape.node(*at).is_structure() && !is_meta(&shape.node(*at).path))
        .filter(|at| !tables.iter().any(|table| table.columns.answers(*at)))
        .collect();
    tabled.unanswered = asked.into_iter().map(|at| shape.node(at).path.clone()).collect();
    let links = Links::of(&tables, &mut tabled.orphans);
    let mut seen: HashMap<String, u32> = HashMap::new();
    let body = write::Body { shape: &shape, schema, version, tables: &tables, links: &links };
    for line in tables[0].lines() {
        let mut row = body.row(line, &mut tabled.odd);
        if row.instance_id.is_empty() {
            // Lines that say the same are told apart by their order.
            let turn = seen.entry(row.xml.clone()).or_default();
            *turn += 1;
            row.instance_id = crate::submission::stand_in_instance_id(format!("{turn}{}", row.xml).as_bytes());
        }
        row.xml = write::named(&row.xml, &row.instance_id);
        tabled.rows.push(row);
    }
    Some(tabled)
}

fn is_meta(path: &str) -> bool {
    path == "meta" || path.starts_with("meta/")
}

/// The repeat that a sheet is about: by its name, else the one whose questions it has.
fn repeat_of(shape: &Shape, schema: &FormSchema, root: &str, sheet: &Sheet) -> Option<usize> {
    // Names of sheets end after 31 letters, names of files may begin with the form's.
    let name = sheet.name.trim();
    let tail = name.strip_prefix(root).map_or(name, |rest| rest.trim_start_matches(['-', '_', '.']));
    let tail = tail.split('~').next().unwrap_or(tail);
    let called = |at: &usize| {
        let of = shape.node(*at).name.as_str();
        of.eq_ignore_ascii_case(name)
            || of.eq_ignore_ascii_case(tail)
            || (name.chars().count() == 31 && of.starts_with(name))
            || name.ends_with(&format!("-{of}"))
    };
    let found = |at: usize| {
        let columns = Columns::find(shape, schema, Some(at), &sheet.rows[0]);
        let links =
            columns.targets.iter().any(|target| matches!(target, Target::Known(Known::ParentKey | Known::ParentIndex)));
        let answers = columns.targets.iter().filter(|target| target.is_answer()).count();
        if links { answers } else { 0 }
    };
    let by_name = shape.repeats().filter(called).max_by_key(|at| found(*at)).filter(|at| found(*at) > 0);
    by_name.or_else(|| shape.repeats().max_by_key(|at| found(*at)).filter(|at| found(*at) > 0))
}

/// A sheet with the places of its columns.
struct Table<'a> {
    repeat: Option<usize>,
    sheet: &'a Sheet,
    columns: Columns,
}

impl<'a> Table<'a> {
    fn of(shape: &Shape, schema: &FormSchema, repeat: Option<usize>, sheet: &'a Sheet) -> Self {
        Self { repeat, sheet, columns: Columns::find(shape, schema, repeat, &sheet.rows[0]) }
    }

    /// The rows that hold answers: neither blank nor HXL tags.
    fn lines(&self) -> impl Iterator<Item = usize> + '_ {
        (1..self.sheet.rows.len()).filter(|row| {
            let mut filled = self.sheet.rows[*row].iter().filter(|cell| !cell.trim().is_empty()).peekable();
            filled.peek().is_some() && !filled.all(|cell| cell.trim_start().starts_with('#'))
        })
    }

    fn known(&self, row: usize, what: Known) -> &'a str {
        let at = self.columns.targets.iter().position(|target| *target == Target::Known(what));
        at.map_or("", |at| self.sheet.cell(row, at).trim())
    }
}

/// Which lines of repeats stand in which line: (table, row) of the parent to the rows of the child's table.
struct Links(HashMap<(usize, usize, usize), Vec<usize>>);

impl Links {
    fn of(tables: &[Table<'_>], orphans: &mut u64) -> Self {
        // A key names a line of one table only; an index is told apart by the parent's table.
        let mut keys: HashMap<&str, (usize, usize)> = HashMap::new();
        let mut indexes: HashMap<(&str, &str), (usize, usize)> = HashMap::new();
        for (at, table) in tables.iter().enumerate() {
            for row in table.lines() {
                keys.entry(table.known(row, Known::Key)).or_insert((at, row));
                indexes.insert((table.sheet.name.as_str(), table.known(row, Known::Index)), (at, row));
            }
        }
        let mut links: HashMap<(usize, usize, usize), Vec<usize>> = HashMap::new();
        for (at, table) in tables.iter().enumerate().skip(1) {
            for row in table.lines() {
                let (key, index) = (table.known(row, Known::ParentKey), table.known(row, Known::ParentIndex));
                let above = table.known(row, Known::ParentTable);
                let above = if above.is_empty() { tables[0].sheet.name.as_str() } else { above };
                let by_key = keys.get(key).filter(|_| !key.is_empty());
                let parent = by_key.or_else(|| indexes.get(&(above, index)).filter(|_| !index.is_empty()));
                match parent {
                    Some((table, line)) => links.entry((*table, *line, at)).or_default().push(row),
                    None => *orphans += 1,
                }
            }
        }
        Self(links)
    }

    fn rows(&self, parent: (usize, usize), table: usize) -> &[usize] {
        self.0.get(&(parent.0, parent.1, table)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests;
