//! Flat sets of rows made from releases: what every file, API, table and tile is written from.
//!
//! In: releases of one operation, the atlas, a [`Form`] (labels, long or wide, a filter). Out: a [`Dataset`] with typed
//! columns that say their label, HXL tag and unit, and its rows, made one at a time. Each table of the releases is a
//! dataset (`areas`, `sex_age`, `displacement`, `flows`, …), so are the rows of the public DTM API (`idps`), the places
//! (`places`) and the records of an agreement (`records`). Every row begins with its operation, exercise, round, date and
//! version, so that rows of several rounds can stand below each other and nobody adds them up by mistake. Zero, nothing,
//! hidden and carried stay four different things: a number that is not shown is absent, and the column `…_state` tells why.

mod api_rows;
mod filter;
pub(crate) mod hna;
pub(crate) mod names;
mod pivot;
mod places;
mod records;
mod sum;
mod table;

#[cfg(test)]
pub(crate) mod tests;

pub use api_rows::NAME as API_ROWS;
use chrono::NaiveDate;
use dtm_model::{Atlas, Lang, Point, Text};
use dtm_protect::Release;
pub use filter::{Filter, FilterProblem};
pub use hna::{Surveyed, household_needs};
pub use pivot::{Pivot, PivotProblem, pivot};
use std::borrow::Cow;
pub use sum::{SumProblem, Summed, Sums, sum};

/// One value that a column may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its code, the same in every language.
    pub code: String,
    /// What it says.
    pub label: Text,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words or codes of an open list.
    Text,
    /// One of these, by position.
    Choice(Vec<Choice>),
    /// Whole numbers.
    Integer,
    /// Numbers.
    Decimal,
    /// Days.
    Date,
    /// Yes or no: 1 or 0 where a format has no such type.
    Flag,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Tells rows apart.
    Key,
    /// Describes the row, or names a code beside it.
    Attribute,
    /// A label in one language of the choice in the column before.
    LabelOfChoice,
    /// A number of the row.
    Measure,
    /// How a number stands: shown, hidden, nothing; or how much of it is carried; or its range.
    Mark,
}

/// A column of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Stable name: ASCII letters, digits and underscores.
    pub name: String,
    /// What it says.
    pub label: Text,
    /// HXL tag with attributes.
    pub tag: String,
    /// What its numbers count.
    pub unit: Option<Text>,
    /// What it holds.
    pub kind: Kind,
    /// What it is for.
    pub role: Role,
}

impl Column {
    fn new(name: impl Into<String>, label: Text, tag: impl Into<String>, kind: Kind, role: Role) -> Column {
        Column { name: name.into(), label, tag: tag.into(), unit: None, kind, role }
    }

    /// Whether it is a number of rows that may be added up; a share is none.
    pub fn adds_up(&self) -> bool {
        self.role == Role::Measure && self.kind == Kind::Integer
    }

    /// The choices, where the column has some.
    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            Kind::Choice(choices) => choices,
            _ => &[],
        }
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum<'a> {
    /// Absent.
    Nothing,
    /// Words, or a code of an open list.
    Text(Cow<'a, str>),
    /// The position of a choice in its column.
    Choice(usize),
    /// A whole number.
    Integer(i64),
    /// A number.
    Decimal(f64),
    /// A day.
    Date(NaiveDate),
    /// Yes or no.
    Flag(bool),
}

impl<'a> Datum<'a> {
    fn text(text: impl Into<Cow<'a, str>>) -> Datum<'a> {
        Datum::Text(text.into())
    }

    fn count(number: Option<i64>) -> Datum<'a> {
        number.map_or(Datum::Nothing, Datum::Integer)
    }

    fn word(text: Option<impl Into<Cow<'a, str>>>) -> Datum<'a> {
        text.map_or(Datum::Nothing, Datum::text)
    }

    /// The cell as plain text: codes of choices, days as ISO 8601, absent cells empty.
    pub fn plain<'b>(&'b self, column: &'b Column) -> Cow<'b, str> {
        match self {
            Datum::Nothing => Cow::Borrowed(""),
            Datum::Text(text) => Cow::Borrowed(text),
            Datum::Choice(at) => Cow::Borrowed(column.choices().get(*at).map_or("", |choice| &choice.code)),
            Datum::Integer(number) => Cow::Owned(number.to_string()),
            Datum::Decimal(number) => Cow::Owned(number.to_string()),
            Datum::Date(day) => Cow::Owned(day.to_string()),
            Datum::Flag(yes) => Cow::Borrowed(if *yes { "1" } else { "0" }),
        }
    }
}

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape<'a> {
    /// The outline of an area.
    Area(&'a geo::MultiPolygon<f64>),
    /// A position, as precise as the release says.
    Point(Point),
}

/// One row: a cell a column, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    /// The cells, in the order of the columns.
    pub cells: Vec<Datum<'a>>,
    /// Where it is; none where the dataset has no shapes, or this row has none.
    pub shape: Option<Shape<'a>>,
    /// The release it is of, by position.
    pub release: usize,
}

/// Which names stand beside codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// None.
    Codes,
    /// Those of one language.
    Named(Lang),
    /// Those of every language, in columns that end in its code.
    Every,
}

/// How measures stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Layout {
    /// One column each.
    #[default]
    Wide,
    /// One row each, with the columns `measure` and `value`.
    Long,
}

/// How a dataset is to look.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Names beside codes.
    pub labels: Labels,
    /// Measures as columns or as rows.
    pub layout: Layout,
    /// Rows that are wanted.
    pub filter: Filter,
}

impl Form {
    /// Everything, wide, with names in this language.
    pub fn named(lang: Lang) -> Form {
        Form { labels: Labels::Named(lang), layout: Layout::Wide, filter: Filter::default() }
    }

    /// Everything, wide, with names in every language.
    pub fn every_language() -> Form {
        Form { labels: Labels::Every, layout: Layout::Wide, filter: Filter::default() }
    }
}

type Rows<'a> = Box<dyn Iterator<Item = Row<'a>> + Send + 'a>;

/// A flat set of rows.
pub struct Dataset<'a> {
    name: String,
    title: Text,
    how_to_sum: Text,
    columns: Vec<Column>,
    has_key: bool,
    has_shapes: bool,
    releases: Vec<&'a Release>,
    filter: Filter,
    make: Box<dyn Fn() -> Rows<'a> + Send + Sync + 'a>,
}

/// A part of a dataset before the columns that all have are put in front.
struct Body<'a> {
    name: String,
    title: Text,
    how_to_sum: Text,
    columns: Vec<Column>,
    /// Whether the columns that most datasets begin with stand in front.
    has_head: bool,
    has_shapes: bool,
    /// The rows of the release at this position.
    rows: Box<dyn Fn(usize) -> Rows<'a> + Send + Sync + 'a>,
}

/// Every dataset of these releases, which are of one operation, oldest first.
///
/// # Errors
/// A filter that names a column which none of the datasets has.
pub fn all<'a>(releases: &[&'a Release], atlas: &'a Atlas, form: &Form) -> Result<Vec<Dataset<'a>>, FilterProblem> {
    names(releases).iter().filter_map(|name| of(name, releases, atlas, form).transpose()).collect()
}

/// The names of the datasets of these releases.
pub fn names(releases: &[&Release]) -> Vec<String> {
    let mut names = Vec::new();
    if releases.iter().any(|release| release.table("displacement").is_some()) {
        names.push(api_rows::NAME.to_owned());
    }
    for table in releases.iter().flat_map(|release| release.tables()) {
        if table.name != places::NAME && !names.contains(&table.name) {
            names.push(table.name.clone());
        }
    }
    if releases.iter().any(|release| !release.places().is_empty()) {
        names.push(places::NAME.to_owned());
    }
    if releases.iter().any(|release| release.records().is_some()) {
        names.push(records::NAME.to_owned());
    }
    names
}

/// The dataset of this name; none if no release has it.
///
/// # Errors
/// A filter that names a column which the dataset does not have, or a value that a closed list does not hold.
pub fn of<'a>(
    name: &str,
    releases: &[&'a Release],
    atlas: &'a Atlas,
    form: &Form,
) -> Result<Option<Dataset<'a>>, FilterProblem> {
    let has = |release: &&Release| match name {
        api_rows::NAME => release.table("displacement").is_some(),
        places::NAME => !release.places().is_empty(),
        records::NAME => release.records().is_some(),
        table => release.table(table).is_some(),
    };
    let releases: Vec<&Release> = releases.iter().copied().filter(has).collect();
    let body = match name {
        api_rows::NAME => api_rows::body(&releases, atlas),
        places::NAME => places::body(&releases, atlas, form),
        records::NAME => records::body(&releases, form),
        name => table::body(name, &releases, atlas, form),
    };
    body.map(|body| Dataset::new(body, releases, form.filter.clone())).transpose()
}

impl<'a> Dataset<'a> {
    fn new(body: Body<'a>, releases: Vec<&'a Release>, filter: Filter) -> Result<Dataset<'a>, FilterProblem> {
        let has_head = body.has_head;
        let head = if has_head { table::head() } else { Vec::new() };
        let columns: Vec<Column> = head.into_iter().chain(body.columns).collect();
        let wanted = filter.bind(&columns)?;
        let (of, rows, keep) = (releases.clone(), body.rows, columns.clone());
        // Columns and the filter are shared by all passes over the rows.
        let (keep, wanted) = (std::sync::Arc::new(keep), std::sync::Arc::new(wanted));
        let rows = std::sync::Arc::new(rows);
        let make = move || -> Rows<'a> {
            let (keep, wanted, rows) = (keep.clone(), wanted.clone(), rows.clone());
            let all = of.clone().into_iter().enumerate().flat_map(move |(at, release)| {
                let head = if has_head { table::head_cells(release) } else { Vec::new() };
                rows(at).map(move |row| {
                    let cells = head.iter().cloned().chain(row.cells).collect();
                    Row { cells, ..row }
                })
            });
            Box::new(all.filter(move |row| wanted.takes(row, &keep)))
        };
        Ok(Dataset {
            name: body.name,
            title: body.title,
            how_to_sum: body.how_to_sum,
            columns,
            has_key: has_head,
            has_shapes: body.has_shapes,
            releases,
            filter,
            make: Box::new(make),
        })
    }

    /// The same rows with only some of the columns.
    #[must_use]
    pub fn only(self, keep: impl Fn(&Column) -> bool) -> Dataset<'a> {
        let positions: Vec<usize> = (0..self.columns.len()).filter(|at| keep(&self.columns[*at])).collect();
        let columns = positions.iter().map(|at| self.columns[*at].clone()).collect();
        let (make, positions) = (self.make, std::sync::Arc::new(positions));
        let make = move || -> Rows<'a> {
            let positions = positions.clone();
            Box::new(make().map(move |mut row| {
                let cells = positions.iter().map(|at| std::mem::replace(&mut row.cells[*at], Datum::Nothing)).collect();
                Row { cells, ..row }
            }))
        };
        Dataset { columns, make: Box::new(make), ..self }
    }

    /// The columns that together tell any two rows apart and are never absent; none in the rows of the DTM API, where codes
    /// of areas are absent at higher levels.
    pub fn key(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| self.has_key && column.role == Role::Key)
    }

    /// Stable name in addresses: ASCII letters, digits and underscores.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it holds.
    pub fn title(&self) -> &Text {
        &self.title
    }

    /// Which of its rows may be added up.
    pub fn how_to_sum(&self) -> &Text {
        &self.how_to_sum
    }

    /// Its columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The position of this column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Whether rows have shapes.
    pub fn has_shapes(&self) -> bool {
        self.has_shapes
    }

    /// The releases it is made from: those that have something of it.
    pub fn releases(&self) -> &[&'a Release] {
        &self.releases
    }

    /// Which rows were asked for.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The rows, made one at a time, in the order of the releases and their keys; the same at every call.
    pub fn rows(&self) -> impl Iterator<Item = Row<'a>> + Send + use<'a> {
        (self.make)()
    }
}
