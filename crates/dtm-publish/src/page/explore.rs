//! The explorer: a measure by rows and columns, as a table and a drawing. All of it is in the address.
//!
//! One form, sent by GET; no script is needed. What must not be added up is refused, with the reason.

use super::figures::area_name;
use super::frame::{frame, public_nav, source_line};
use super::links;
use super::query::is_choosable;
use crate::dataset::{Column, Dataset, Pivot, Role, hna};
use crate::drawing::{
    self, Bar, Change, Choropleth, Frame, HeatTable, MapArea, Multiples, Panel, Stacked, StackedBar, Svg, Trend,
    TrendPoint,
};
use crate::words::{Arg, Words};
use askama::Template;
use chrono::NaiveDate;
use dtm_model::{Atlas, Lang, Pcode};
use dtm_protect::{Release, ReleasedCell, Value};
use std::collections::BTreeMap;

/// Rows and columns that a page shows at most.
pub const EXPLORED: (usize, usize) = (400, 40);
/// Bars, panels and rows that a drawing has at most.
const DRAWN: usize = 24;
/// Names of the columns that say a round.
const ROUNDS: [&str; 2] = ["round", "roundNumber"];

/// How a table is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Areas shaded by class.
    Map,
    /// A bar a row.
    Bars,
    /// A line over the rounds.
    Trend,
    /// A small line over the rounds for each row.
    Multiples,
    /// Bars of parts, a part a column.
    Stacked,
    /// The table in colours.
    Heat,
    /// What rose and what fell between the last two rounds.
    Change,
}

impl Picture {
    /// All of them, the one that fits best first.
    pub const ALL: [Picture; 7] = [
        Picture::Map,
        Picture::Trend,
        Picture::Multiples,
        Picture::Heat,
        Picture::Stacked,
        Picture::Change,
        Picture::Bars,
    ];

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Picture::Map => "map",
            Picture::Bars => "bars",
            Picture::Trend => "trend",
            Picture::Multiples => "multiples",
            Picture::Stacked => "stacked",
            Picture::Heat => "heat",
            Picture::Change => "change",
        }
    }
}

/// What is explored.
pub struct Explored<'a, 'd> {
    /// The address of this server as the reader reaches it, without a final slash.
    pub origin: &'a str,
    /// Short name of the operation.
    pub operation: &'a str,
    /// Every dataset of the operation: name and title.
    pub datasets: Vec<(String, String)>,
    /// The dataset, with codes only; its rows are those that were asked for.
    pub dataset: &'a Dataset<'d>,
    /// The column that rows are told apart by, the one for columns, and the measure.
    pub rows: &'a str,
    /// The column that columns are told apart by.
    pub columns: Option<&'a str>,
    /// The measure.
    pub measure: &'a str,
    /// The picture that was asked for.
    pub picture: Option<&'a str>,
    /// Conditions: column and value.
    pub conditions: &'a [(String, String)],
    /// The table, or why there is none.
    pub pivot: Result<Pivot, String>,
    /// Lower bounds of the classes of all rounds, so that what is drawn of one compares with another.
    pub breaks: Vec<i64>,
    /// The newest release that is shown, which is named as the source.
    pub newest: &'a Release,
    /// The areas.
    pub atlas: &'a Atlas,
    /// The reader's language.
    pub lang: Lang,
}

impl Explored<'_, '_> {
    fn words(&self) -> &'static Words {
        Words::of(self.lang)
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.dataset.columns().iter().find(|column| column.name == name)
    }

    fn label(&self, name: &str) -> String {
        self.column(name).map_or_else(|| name.to_owned(), |column| short(self.words().text(&column.label)))
    }

    /// What a value of a column is called.
    fn named(&self, column: &str, value: &str) -> String {
        let w = self.words();
        if let Some(choice) =
            self.column(column).and_then(|column| column.choices().iter().find(|choice| choice.code == value))
        {
            return w.text(&choice.label).to_owned();
        }
        match column {
            "round" | "roundNumber" => w.t_args("round-short", &[("label", Arg::from(value))]),
            "area" | "admin1Pcode" | "admin2Pcode" | "origin" | "idpOriginAdmin1Pcode" => {
                area_name(self.atlas, w, value)
            }
            "need" => self.said(value).unwrap_or_else(|| value.to_owned()),
            _ => value.parse::<NaiveDate>().map_or_else(|_| value.to_owned(), |day| w.date(day)),
        }
    }

    /// What households said, with what they were asked; of two releases the later's words.
    fn said(&self, need: &str) -> Option<String> {
        let mut tables = self.dataset.releases().iter().rev().filter_map(|release| release.table(hna::TABLE));
        tables.find_map(|table| table.needs.get(need)).map(|need| hna::said(need, self.lang))
    }

    /// The day of a round.
    fn day_of(&self, round: &str) -> Option<NaiveDate> {
        let of_round = |release: &&&Release| release.heading().round.as_str() == round;
        self.dataset.releases().iter().find(of_round).map(|release| release.heading().reported_on)
    }

    fn is_by_round(&self, column: Option<&str>) -> bool {
        column.is_some_and(|column| ROUNDS.contains(&column))
    }

    /// The areas of the rows that have an outline.
    fn outlined<'p>(&'p self, pivot: &'p Pivot) -> impl Iterator<Item = MapArea<'p>> {
        pivot.rows.iter().zip(&pivot.cells).filter_map(|(code, cells)| {
            let area = self.atlas.area(&Pcode::from(code.as_str()))?;
            let boundary = self.atlas.boundary(&area.pcode)?;
            let group = if area.level > 1 { area.parent.as_ref().map_or(code.as_str(), Pcode::as_str) } else { code };
            let cell = cells.first().copied().flatten().unwrap_or(ReleasedCell::from(Value::Nothing));
            Some(MapArea { name: self.words().text(&area.name), shape: &boundary.shape, group, cell, href: None })
        })
    }

    /// The pictures that fit the table, the best first.
    pub fn pictures(&self) -> Vec<Picture> {
        let Ok(pivot) = &self.pivot else { return Vec::new() };
        if pivot.rows.is_empty() {
            return Vec::new();
        }
        let (n_rows, n_columns) = (pivot.rows.len(), pivot.columns.len());
        let fits = |picture: &Picture| match (picture, self.columns) {
            (Picture::Map, None) => self.outlined(pivot).nth(1).is_some(),
            (Picture::Trend, None) => self.is_by_round(Some(self.rows)),
            (Picture::Bars, None) => !self.is_by_round(Some(self.rows)) && n_rows <= DRAWN,
            (Picture::Multiples, columns) => self.is_by_round(columns) && n_rows <= DRAWN,
            (Picture::Heat, Some(_)) => n_rows <= DRAWN && n_columns <= 14,
            (Picture::Stacked, columns @ Some(_)) => {
                !self.is_by_round(columns) && n_rows <= DRAWN && (2..=7).contains(&n_columns)
            }
            (Picture::Change, columns) => self.is_by_round(columns) && n_rows <= DRAWN && n_columns > 1,
            _ => false,
        };
        Picture::ALL.into_iter().filter(fits).collect()
    }

    /// The picture that is shown: the one asked for where it fits, else the best.
    fn shown(&self) -> Option<Picture> {
        let fitting = self.pictures();
        let asked = fitting.iter().copied().find(|picture| Some(picture.name()) == self.picture);
        asked.or(fitting.first().copied())
    }

    /// What the table is of, in a line: «People by area and round».
    pub fn title(&self) -> String {
        let within = |name: &str| first_small(&self.label(name));
        let (measure, rows) = (self.label(self.measure), within(self.rows));
        let w = self.words();
        match self.columns {
            None => w.t_args("explore-of", &[("measure", Arg::from(measure)), ("rows", Arg::from(rows))]),
            Some(columns) => w.t_args(
                "explore-of-both",
                &[("measure", Arg::from(measure)), ("rows", Arg::from(rows)), ("columns", Arg::from(within(columns)))],
            ),
        }
    }

    /// The conditions in words.
    fn said_conditions(&self) -> String {
        let said =
            |(column, value): &(String, String)| self.words().pair(&self.label(column), &self.named(column, value));
        self.conditions.iter().map(said).collect::<Vec<_>>().join("; ")
    }

    /// The rows in the order of the page: rounds and choices as they come, anything else by size.
    fn order(&self, pivot: &Pivot) -> Vec<usize> {
        let mut order: Vec<usize> = (0..pivot.rows.len()).collect();
        let choices = self.column(self.rows).map_or(&[][..], Column::choices);
        if self.is_by_round(Some(self.rows)) {
            order.sort_by_key(|at| (self.day_of(&pivot.rows[*at]), *at));
        } else if !choices.is_empty() {
            order.sort_by_key(|at| choices.iter().position(|choice| choice.code == pivot.rows[*at]));
        } else {
            let people =
                |at: &usize| pivot.cells[*at].iter().flatten().filter_map(|cell| cell.value.number()).sum::<i64>();
            order.sort_by_key(|at| std::cmp::Reverse(people(at)));
        }
        order
    }

    /// The columns in the order of the page.
    fn across(&self, pivot: &Pivot) -> Vec<usize> {
        let mut order: Vec<usize> = (0..pivot.columns.len()).collect();
        if self.is_by_round(self.columns) {
            order.sort_by_key(|at| (self.day_of(&pivot.columns[*at]), *at));
        } else if let Some(column) = self.columns.and_then(|name| self.column(name)) {
            let choices = column.choices();
            order.sort_by_key(|at| choices.iter().position(|choice| choice.code == pivot.columns[*at]));
        }
        order
    }

    /// Draws the table; with `alone` the drawing carries its heading, its conditions and its source.
    pub fn drawn(&self, alone: bool) -> Option<Svg> {
        let (pivot, picture) = (self.pivot.as_ref().ok()?, self.shown()?);
        let w = self.words();
        let title = self.title();
        let (rows, columns) = (self.order(pivot), self.across(pivot));
        let mut source = source_line(self.newest, w);
        if !self.conditions.is_empty() {
            source = format!("{}. {source}", self.said_conditions());
        }
        if picture == Picture::Map {
            source = format!("{source} {}", w.t("boundary-disclaimer"));
        }
        let first: Vec<String> = rows
            .iter()
            .take(6)
            .filter_map(|at| {
                Some(w.pair(
                    &self.named(self.rows, &pivot.rows[*at]),
                    &w.value(pivot.cells[*at].iter().rev().flatten().next()?.value),
                ))
            })
            .collect();
        let first = first.join("; ");
        let frame = Frame::new("explored", &title, &first, self.lang).with_width(if alone { 560.0 } else { 380.0 });
        let frame = if alone { frame.with_caption(&title, &source) } else { frame };
        Some(self.draw(picture, frame, pivot, (&rows, &columns)))
    }

    fn draw(&self, picture: Picture, frame: Frame<'_>, pivot: &Pivot, (rows, columns): (&[usize], &[usize])) -> Svg {
        let w = self.words();
        let name = |row: usize| self.named(self.rows, &pivot.rows[row]);
        let across = |column: usize| self.named(self.columns.unwrap_or_default(), &pivot.columns[column]);
        let cell = |row: usize, column: usize| pivot.cells[row][column];
        let shown = |row: usize, column: usize| cell(row, column).unwrap_or(ReleasedCell::from(Value::Nothing));
        let only = |row: usize| shown(row, 0);
        let point = |label: String, round: &str, cell| {
            Some(TrendPoint { label, day: self.day_of(round)?, cell, partial: false })
        };
        match picture {
            Picture::Map => {
                let legend = self.label(self.measure);
                let areas: Vec<MapArea<'_>> = self.outlined(pivot).collect();
                let groups = areas.iter().filter_map(|area| {
                    let above = self.atlas.area(&Pcode::from(area.group))?;
                    Some((area.group, w.text(&above.name)))
                });
                let group_names: BTreeMap<&str, &str> = groups.collect();
                let breaks = self.breaks.clone();
                drawing::choropleth(&Choropleth { frame, areas, breaks, legend: &legend, group_names })
            }
            Picture::Bars => {
                let bars = rows.iter().map(|row| Bar { label: name(*row), cell: only(*row), colour: None }).collect();
                drawing::bars(&drawing::Bars { frame, bars, reading: drawing::Reading::Count })
            }
            Picture::Trend => {
                let points = rows.iter().filter_map(|row| point(name(*row), &pivot.rows[*row], only(*row)));
                drawing::trend(&Trend { frame, points: points.collect() })
            }
            Picture::Multiples => {
                let panels = rows.iter().map(|row| {
                    let points = columns
                        .iter()
                        .filter_map(|column| point(across(*column), &pivot.columns[*column], cell(*row, *column)?));
                    Panel { label: name(*row), points: points.collect() }
                });
                drawing::multiples(&Multiples { frame, panels: panels.collect() })
            }
            Picture::Stacked => {
                let names = columns.iter().map(|column| across(*column)).collect();
                let bars = rows.iter().map(|row| StackedBar {
                    label: name(*row),
                    parts: columns.iter().map(|column| cell(*row, *column)).collect(),
                });
                drawing::stacked(&Stacked { frame, names, bars: bars.collect(), shares: false })
            }
            Picture::Heat => {
                let titles = (self.label(self.rows), self.columns.map(|name| self.label(name)).unwrap_or_default());
                let table =
                    rows.iter().map(|row| (name(*row), columns.iter().map(|column| cell(*row, *column)).collect()));
                drawing::heat_table(&HeatTable {
                    frame,
                    titles: (&titles.0, &titles.1),
                    columns: columns.iter().map(|column| across(*column)).collect(),
                    rows: table.collect(),
                    breaks: self.breaks.clone(),
                })
            }
            Picture::Change => {
                let (now, before) = (columns[columns.len() - 1], columns[columns.len() - 2]);
                let changes = rows.iter().map(|row| Change {
                    label: name(*row),
                    before: shown(*row, before),
                    now: shown(*row, now),
                });
                drawing::diverging(&drawing::Diverging { frame, changes: changes.collect() })
            }
        }
    }
}

struct Choosable {
    name: String,
    label: String,
    options: Vec<(String, String, bool)>,
    typed: String,
}

struct Line {
    name: String,
    cells: Vec<String>,
}

#[derive(Template)]
#[template(path = "explore.html")]
struct ExploreView {
    w: &'static Words,
    here: String,
    title: String,
    conditions_said: String,
    datasets: Vec<(String, String, bool)>,
    measures: Vec<(String, String, bool)>,
    rows: Vec<(String, String, bool)>,
    columns: Vec<(String, String, bool)>,
    pictures: Vec<(&'static str, String, bool)>,
    conditions: Vec<Choosable>,
    drawing: Option<super::shown::Markup>,
    refused: Option<String>,
    head: Vec<String>,
    row_title: String,
    lines: Vec<Line>,
    left_out: Option<String>,
    has_gaps: bool,
    files: Vec<(&'static str, String)>,
    embed: Option<String>,
    dataset_page: String,
    query_page: String,
    how_to_sum: String,
    source: String,
}

/// A label without what follows it to explain: `Area: code` is the area.
fn short(label: &str) -> String {
    label.split([':', ';']).next().unwrap_or(label).trim_end_matches([' ', '\u{a0}', '\u{202f}']).to_owned()
}

/// A label as it stands within a sentence; an abbreviation stays as it is.
fn first_small(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), label.chars().nth(1)) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => label.to_owned(),
    }
}

/// The values of a column that has few, where it is no closed list: rounds and exercises of the releases, levels of areas.
fn closed_values(page: &Explored<'_, '_>, column: &str) -> Vec<String> {
    let of_releases = |value: fn(&Release) -> &str| {
        let mut values: Vec<String> = Vec::new();
        for release in page.dataset.releases() {
            if !values.iter().any(|known| known == value(release)) {
                values.push(value(release).to_owned());
            }
        }
        values
    };
    match column {
        "round" | "roundNumber" => of_releases(|release| release.heading().round.as_str()),
        "exercise" => of_releases(|release| &release.heading().exercise),
        "area_level" | "adminLevel" => {
            let standing = (0..=4_u8).filter(|level| page.atlas.level(*level).next().is_some());
            standing.map(|level| level.to_string()).collect()
        }
        _ => Vec::new(),
    }
}

/// Columns by which rows of a pivot can be told apart.
fn is_dimension(column: &Column) -> bool {
    let is_series =
        ["operation", "version", "reported_on", "exercise", "reportingDate"].contains(&column.name.as_str());
    column.role == Role::Key && !is_series
}

/// The page as HTML.
pub fn explore(page: &Explored<'_, '_>) -> String {
    let w = page.words();
    let set = page.dataset;
    let given = |name: &str| page.conditions.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let entry = |column: &Column, chosen: bool| (column.name.clone(), short(w.text(&column.label)), chosen);
    let dimensions: Vec<&Column> = set.columns().iter().filter(|column| is_dimension(column)).collect();
    let choosable = |column: &Column| {
        let chosen = given(&column.name);
        let mut options: Vec<(String, String, bool)> = column
            .choices()
            .iter()
            .map(|choice| (choice.code.clone(), w.text(&choice.label).to_owned(), Some(choice.code.as_str()) == chosen))
            .collect();
        let closed = closed_values(page, &column.name);
        options.extend(closed.into_iter().map(|value| {
            let chosen = Some(value.as_str()) == chosen;
            (value.clone(), page.named(&column.name, &value), chosen)
        }));
        let typed = chosen.unwrap_or_default().to_owned();
        Choosable { name: column.name.clone(), label: short(w.text(&column.label)), options, typed }
    };
    let mut pairs: Vec<(&str, &str)> = vec![("dataset", set.name()), ("rows", page.rows), ("measure", page.measure)];
    pairs.extend(page.columns.map(|columns| ("columns", columns)));
    pairs.extend(page.conditions.iter().map(|(column, value)| (column.as_str(), value.as_str())));
    let shown = page.shown();
    pairs.extend(shown.map(|picture| ("as", picture.name())));
    let here = links::explore(page.lang, page.operation);
    let file = |extension: &str| links::with_query(&format!("{here}.{extension}"), &pairs);
    let (head, lines, n_left_out) = table(page);
    let embed = shown.map(|_| embedded(page, &links::with_query(&here, &pairs), &file("svg")));
    let mut files = vec![("CSV", file("csv"))];
    if shown.is_some() {
        files.push(("SVG", file("svg")));
    }
    let view = ExploreView {
        w,
        title: page.title(),
        conditions_said: page.said_conditions(),
        datasets: page.datasets.iter().map(|(name, title)| (name.clone(), title.clone(), name == set.name())).collect(),
        measures: set
            .columns()
            .iter()
            .filter(|column| column.adds_up())
            .map(|column| entry(column, column.name == page.measure))
            .collect(),
        rows: dimensions.iter().map(|column| entry(column, column.name == page.rows)).collect(),
        columns: dimensions.iter().map(|column| entry(column, Some(column.name.as_str()) == page.columns)).collect(),
        pictures: page
            .pictures()
            .into_iter()
            .map(|picture| (picture.name(), w.t(&format!("explore-{}", picture.name())), Some(picture) == shown))
            .collect(),
        conditions: set
            .columns()
            .iter()
            .filter(|column| {
                is_choosable(column) && column.name != page.rows && Some(column.name.as_str()) != page.columns
            })
            .map(choosable)
            .collect(),
        drawing: page.drawn(false).map(|svg| super::shown::Markup(svg.0)),
        refused: page.pivot.as_ref().err().cloned(),
        head,
        row_title: page.label(page.rows),
        lines,
        has_gaps: page.pivot.as_ref().is_ok_and(|pivot| pivot.cells.iter().flatten().any(Option::is_none)),
        left_out: (n_left_out > 0).then(|| w.t_n("explore-left-out", n_left_out as i64)),
        files,
        embed,
        dataset_page: links::dataset(page.lang, page.operation, set.name()),
        query_page: links::query(page.lang, page.operation),
        how_to_sum: w.text(set.how_to_sum()).to_owned(),
        source: source_line(page.newest, w),
        here,
    };
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    let path = links::with_query(&format!("/{}/explore", links::encode(page.operation)), &pairs);
    frame(page.lang, &w.t("explore-title"), &public_nav(page.lang, &path, "home"), &inner)
}

/// What another site puts into its page: a picture that leads here. No script, no cookie, nothing that follows a reader.
fn embedded(page: &Explored<'_, '_>, address: &str, picture: &str) -> String {
    let text = |text: &str| drawing::escape(text);
    let (origin, said) = (page.origin, page.said_conditions());
    let alt = if said.is_empty() { page.title() } else { format!("{} ({said})", page.title()) };
    format!(
        "<a href=\"{}\"><img src=\"{}\" alt=\"{}\" width=\"584\" loading=\"lazy\"></a>",
        text(&format!("{origin}{address}")),
        text(&format!("{origin}{picture}")),
        text(&alt)
    )
}

/// The head and the lines of the table as the page shows them, and how many rows are left out.
fn table(page: &Explored<'_, '_>) -> (Vec<String>, Vec<Line>, usize) {
    let w = page.words();
    let Ok(pivot) = &page.pivot else { return (Vec::new(), Vec::new(), 0) };
    let (order, across) = (page.order(pivot), page.across(pivot));
    let across = &across[across.len().saturating_sub(EXPLORED.1)..];
    let head = across.iter().map(|at| match page.columns {
        Some(column) => page.named(column, &pivot.columns[*at]),
        None => page.label(page.measure),
    });
    let said = |row: usize, column: usize| match pivot.at_least.get(&(row, column)) {
        Some(at_least) => format!("≥ {}", w.number(*at_least)),
        None => pivot.cells[row][column].map_or_else(|| "–".to_owned(), |cell| w.value(cell.value)),
    };
    let lines = order.iter().take(EXPLORED.0).map(|row| Line {
        name: page.named(page.rows, &pivot.rows[*row]),
        cells: across.iter().map(|column| said(*row, *column)).collect(),
    });
    (head.collect(), lines.collect(), order.len().saturating_sub(EXPLORED.0))
}

/// The table as CSV, a row a figure: codes, names, the number and how it stands; the conditions stand in every row.
pub fn explored_csv(page: &Explored<'_, '_>) -> Result<String, String> {
    let pivot = page.pivot.as_ref().map_err(Clone::clone)?;
    let mut out = csv::Writer::from_writer(Vec::new());
    let conditions: Vec<&str> = page.conditions.iter().map(|(column, _)| column.as_str()).collect();
    let mut head: Vec<String> = conditions.iter().map(|column| (*column).to_owned()).collect();
    for dimension in std::iter::once(page.rows).chain(page.columns) {
        head.extend([dimension.to_owned(), format!("{dimension}_name")]);
    }
    head.extend([page.measure.to_owned(), format!("{}_state", page.measure), format!("{}_at_least", page.measure)]);
    let write =
        |out: &mut csv::Writer<Vec<u8>>, row: &[String]| out.write_record(row).map_err(|error| error.to_string());
    write(&mut out, &head)?;
    for row in page.order(pivot) {
        for column in page.across(pivot) {
            let mut line: Vec<String> = page.conditions.iter().map(|(_, value)| value.clone()).collect();
            line.extend([pivot.rows[row].clone(), page.named(page.rows, &pivot.rows[row])]);
            if let Some(name) = page.columns {
                line.extend([pivot.columns[column].clone(), page.named(name, &pivot.columns[column])]);
            }
            let (number, state) = match pivot.cells[row][column].map(|cell| cell.value) {
                Some(Value::Number(number)) => (number.to_string(), "shown"),
                Some(Value::Hidden(_)) => (String::new(), "hidden"),
                Some(Value::Nothing) => (String::new(), "nothing"),
                None => continue,
            };
            let at_least = pivot.at_least.get(&(row, column)).map(i64::to_string).unwrap_or_default();
            line.extend([number, state.to_owned(), at_least]);
            write(&mut out, &line)?;
        }
    }
    let bytes = out.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}
