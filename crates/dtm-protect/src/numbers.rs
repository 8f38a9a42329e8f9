//! The numbers of a release and the sums that bind them.
//!
//! In: the tables that are to be released. Out: one [`Number`] for every cell, where cells of several tables that show
//! the same number (the displaced in an area stand in `areas`, `sex_age` and `displacement`) are one and the same, so
//! that hiding it hides it everywhere; and one [`Line`] for every sum a reader can form: margins, areas and the areas in
//! them, places in areas, parts of a whole. A sum that does not hold in the data (sex not recorded everywhere) binds
//! nothing and is no line.

use crate::needs::{ASKED, WITH};
use crate::{Policy, Why, loss};
use dtm_model::{Dim, FigureTable, Place, PlaceKind, TOTAL, Unit};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The longest chain of parents followed; longer ones are cycles in bad data.
const MAX_DEPTH: usize = 8;

/// One number, wherever it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    pub(crate) value: i64,
    /// Fewer than this is not shown.
    pub(crate) minimum: i64,
    pub(crate) hidden: Option<Why>,
    /// How much readers miss it when it is not shown.
    pub(crate) loss: u64,
    /// The lines it stands in.
    pub(crate) lines: Vec<usize>,
}

/// A whole and its parts, which add up to it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) whole: usize,
    pub(crate) parts: Vec<usize>,
}

impl Line {
    pub(crate) fn members(&self) -> impl Iterator<Item = usize> + '_ {
        std::iter::once(self.whole).chain(self.parts.iter().copied())
    }
}

/// What makes two cells the same number: dimensions with their values, measure, and the number itself, so that tables
/// that disagree are not taken for each other.
type Same = (Vec<(Dim, u32)>, u32, i64);

/// All numbers of a release, and all sums between them.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) numbers: Vec<Number>,
    pub(crate) lines: Vec<Line>,
    /// Table, row, measure to the number; none where nothing was collected.
    pub(crate) at: Vec<Vec<Vec<Option<usize>>>>,
}

impl Numbers {
    /// Reads off the numbers and sums of these tables.
    pub(crate) fn of(tables: &[FigureTable], places: &[Place], policy: &Policy) -> Self {
        let mut numbers = Numbers::default();
        let areas = numbers.collect(tables, policy);
        for (table, at) in tables.iter().zip(numbers.at.clone()) {
            numbers.add_margins(table, &at);
            numbers.add_parts(table, &at);
            numbers.add_margins_elsewhere(table, &at, &areas);
            numbers.add_choices(table, &at);
        }
        numbers.add_places_in_areas(tables, places);
        numbers
    }

    /// Every sum as a reader has it who has moved all that is shown to one side: the whole, if it is hidden, and the
    /// hidden parts.
    pub(crate) fn unknown_sums(&self) -> impl Iterator<Item = (Option<usize>, Vec<usize>)> + '_ {
        let is_hidden = |at: &usize| self.numbers[*at].hidden.is_some();
        self.lines.iter().map(move |line| {
            let parts = line.parts.iter().copied().filter(is_hidden).collect();
            (Some(line.whole).filter(is_hidden), parts)
        })
    }

    /// Gives every cell its number; returns those of whole areas by area, measure and value.
    fn collect(&mut self, tables: &[FigureTable], policy: &Policy) -> HashMap<(String, String, i64), usize> {
        let mut areas = HashMap::new();
        let mut words: HashMap<&str, u32> = HashMap::new();
        let mut known: HashMap<Same, usize> = HashMap::new();
        for table in tables {
            let mut rows = Vec::with_capacity(table.rows.len());
            for row in &table.rows {
                let mut place: Vec<(Dim, u32)> = Vec::with_capacity(row.key.len() + 1);
                for (&dim, part) in table.dims.iter().zip(&row.key).filter(|(_, part)| *part != TOTAL) {
                    place.push((dim, word(&mut words, part)));
                }
                place.sort_unstable();
                let mut cells = Vec::with_capacity(row.cells.len());
                for (measure, cell) in table.measures.iter().zip(&row.cells) {
                    // A share is no sum; it is shown with the counts of its row.
                    let Some(value) = cell.value.filter(|_| measure.unit != Unit::Share) else {
                        cells.push(None);
                        continue;
                    };
                    // The men among the displaced are the same number as the displaced who are male.
                    let (name, sex) = match (measure.name.as_str(), measure.part_of.as_deref()) {
                        ("males", Some(whole)) => (whole, Some("male")),
                        ("females", Some(whole)) => (whole, Some("female")),
                        (name, _) => (name, None),
                    };
                    let mut place = place.clone();
                    if let Some(sex) = sex {
                        place.push((Dim::Sex, word(&mut words, sex)));
                        place.sort_unstable();
                    }
                    // As many households as answered are one number, whatever was asked: a reader would take them for one.
                    let is_asked = name == ASKED && table.dims.contains(&Dim::Need);
                    if is_asked {
                        place.retain(|(dim, _)| *dim != Dim::Need);
                    }
                    let name = word(&mut words, name);
                    let number = *known.entry((place, name, value)).or_insert_with(|| {
                        let of_sample = if is_asked { i64::from(policy.min_sample) } else { 0 };
                        let minimum = policy.minimum(measure.unit).max(of_sample);
                        self.numbers.push(Number { value, minimum, hidden: None, loss: 0, lines: Vec::new() });
                        self.numbers.len() - 1
                    });
                    let loss = loss::of(table, &row.key, measure, value);
                    self.numbers[number].loss = self.numbers[number].loss.max(loss);
                    if let ([Dim::Area], [area]) = (table.dims.as_slice(), row.key.as_slice()) {
                        areas.insert((area.clone(), measure.name.clone(), value), number);
                    }
                    cells.push(Some(number));
                }
                rows.push(cells);
            }
            self.at.push(rows);
        }
        areas
    }

    /// Margins of every dimension, and areas with the areas in them.
    fn add_margins(&mut self, table: &FigureTable, at: &[Vec<Option<usize>>]) {
        let mut summed = BTreeSet::new();
        for dim in 0..table.dims.len() {
            let mut groups: BTreeMap<Vec<&str>, BTreeMap<&str, usize>> = BTreeMap::new();
            for (row, line) in table.rows.iter().enumerate() {
                groups.entry(without(&line.key, &[dim])).or_default().insert(&line.key[dim], row);
            }
            for rows in groups.values() {
                let mut below: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
                for (&value, &row) in rows.iter().filter(|(value, _)| **value != TOTAL) {
                    let above = match nearest(&table.parents, value, |area| rows.contains_key(area)) {
                        Some(area) => rows.get(area),
                        None => rows.get(TOTAL),
                    };
                    if let Some(&above) = above {
                        below.entry(above).or_default().push(row);
                    }
                }
                for (whole, parts) in below {
                    for (measure, &number) in at[whole].iter().enumerate() {
                        let parts: Vec<usize> = parts.iter().filter_map(|&row| at[row][measure]).collect();
                        // How many answered is the same sum in the rows of every answer.
                        if table.dims.contains(&Dim::Need) && self.is_line(number, &parts) {
                            continue;
                        }
                        if self.add_line(number, parts) && table.rows[whole].key[dim] == TOTAL {
                            summed.insert((whole, measure));
                        }
                    }
                }
            }
        }
        self.add_far_margins(table, at, &summed);
    }

    /// Margins of several dimensions at once, where the margins between them and the detail are not in the table: a
    /// reader adds up the detail all the same.
    fn add_far_margins(&mut self, table: &FigureTable, at: &[Vec<Option<usize>>], summed: &BTreeSet<(usize, usize)>) {
        let dims = table.dims.len();
        let totals = |key: &[String]| (0..dims).filter(|&dim| key[dim] == TOTAL).collect::<Vec<usize>>();
        let mut wholes: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        for (row, line) in table.rows.iter().enumerate() {
            let totals = totals(&line.key);
            if totals.len() > 1 && (0..table.measures.len()).any(|measure| !summed.contains(&(row, measure))) {
                wholes.entry(totals).or_default().push(row);
            }
        }
        for (over, wholes) in wholes {
            let known: Vec<BTreeSet<&str>> =
                over.iter().map(|&dim| table.rows.iter().map(|row| row.key[dim].as_str()).collect()).collect();
            let mut detail: BTreeMap<Vec<&str>, Vec<usize>> = BTreeMap::new();
            for (row, line) in table.rows.iter().enumerate() {
                let top = |(&dim, known): (&usize, &BTreeSet<&str>)| {
                    let value = line.key[dim].as_str();
                    value != TOTAL && nearest(&table.parents, value, |area| known.contains(area)).is_none()
                };
                if over.iter().zip(&known).all(top) {
                    detail.entry(without(&line.key, &over)).or_default().push(row);
                }
            }
            for whole in wholes {
                let Some(parts) = detail.get(&without(&table.rows[whole].key, &over)) else { continue };
                for measure in (0..table.measures.len()).filter(|&measure| !summed.contains(&(whole, measure))) {
                    self.add_line(at[whole][measure], parts.iter().filter_map(|&row| at[row][measure]));
                }
            }
        }
    }

    /// Areas broken down in a table that has no margin for them, while another table has the total.
    fn add_margins_elsewhere(
        &mut self,
        table: &FigureTable,
        at: &[Vec<Option<usize>>],
        areas: &HashMap<(String, String, i64), usize>,
    ) {
        let Some(dim) = table.dims.iter().position(|dim| *dim == Dim::Area).filter(|_| table.dims.len() > 1) else {
            return;
        };
        let mut detail: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut with_margin: BTreeSet<&str> = BTreeSet::new();
        for (row, line) in table.rows.iter().enumerate() {
            let others = without(&line.key, &[dim]);
            if others.iter().all(|part| *part == TOTAL) {
                with_margin.insert(&line.key[dim]);
            } else if !others.contains(&TOTAL) {
                detail.entry(&line.key[dim]).or_default().push(row);
            }
        }
        for (area, rows) in detail.into_iter().filter(|(area, _)| !with_margin.contains(area)) {
            for (measure, name) in table.measures.iter().map(|measure| &measure.name).enumerate() {
                let parts: Vec<usize> = rows.iter().filter_map(|&row| at[row][measure]).collect();
                let sum = parts.iter().map(|&part| self.numbers[part].value).fold(0, i64::saturating_add);
                let whole = areas.get(&(area.to_owned(), name.clone(), sum)).copied();
                self.add_line(whole, parts);
            }
        }
    }

    /// Parts of a whole within each row.
    fn add_parts(&mut self, table: &FigureTable, at: &[Vec<Option<usize>>]) {
        for (whole, measure) in table.measures.iter().enumerate() {
            let is_part = |&part: &usize| table.measures[part].part_of.as_deref() == Some(measure.name.as_str());
            let parts: Vec<usize> = (0..table.measures.len()).filter(is_part).collect();
            if parts.is_empty() {
                continue;
            }
            for row in at {
                self.add_line(row[whole], parts.iter().filter_map(|&part| row[part]));
            }
        }
    }

    /// The answers to a question with one choice, which add up to all households that answered.
    fn add_choices(&mut self, table: &FigureTable, at: &[Vec<Option<usize>>]) {
        let Some(need) = table.dims.iter().position(|dim| *dim == Dim::Need) else { return };
        let (Some(asked), Some(with)) = (table.measure(ASKED), table.measure(WITH)) else { return };
        let mut questions: BTreeMap<(Vec<&str>, &str), Vec<usize>> = BTreeMap::new();
        for (row, line) in table.rows.iter().enumerate() {
            let Some(about) = table.needs.get(&line.key[need]) else { continue };
            questions.entry((without(&line.key, &[need]), about.indicator.as_str())).or_default().push(row);
        }
        for rows in questions.values() {
            let whole = rows.first().and_then(|&row| at[row][asked]);
            self.add_line(whole, rows.iter().filter_map(|&row| at[row][with]));
        }
    }

    /// Areas and the places in them, across two tables; in sites and in host communities alike.
    fn add_places_in_areas(&mut self, tables: &[FigureTable], places: &[Place]) {
        let places: HashMap<&str, &Place> = places.iter().map(|place| (place.ssid.as_str(), place)).collect();
        let of_dim = |dim: Dim| tables.iter().enumerate().filter(move |(_, table)| table.dims == [dim]);
        let mut lines = Vec::new();
        for (i, areas) in of_dim(Dim::Area) {
            let rows: HashMap<&str, usize> =
                areas.rows.iter().enumerate().map(|(row, line)| (line.key[0].as_str(), row)).collect();
            let is_row = |area: &str| rows.contains_key(area);
            for (j, listed) in of_dim(Dim::Place) {
                let parents: BTreeMap<String, String> =
                    areas.parents.iter().chain(&listed.parents).map(|(a, b)| (a.clone(), b.clone())).collect();
                let mut below: BTreeMap<usize, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
                for (row, line) in listed.rows.iter().enumerate() {
                    // Where a place really is, a reader may know better than the table says.
                    let own = places.get(line.key[0].as_str()).map(|place| place.area.as_str());
                    let above = own.filter(|area| is_row(area)).or_else(|| nearest(&parents, &line.key[0], is_row));
                    if let Some(above) = above {
                        below.entry(rows[above]).or_default().1.push(row);
                    }
                }
                for (row, line) in areas.rows.iter().enumerate() {
                    let above = nearest(&parents, &line.key[0], is_row);
                    if let Some(entry) = above.and_then(|above| below.get_mut(&rows[above])) {
                        entry.0.push(row);
                    }
                }
                for (m, measure) in areas.measures.iter().enumerate() {
                    let (name, kind) = match measure.name.as_str() {
                        "in_sites" => ("idp_ind", Some(PlaceKind::Site)),
                        "in_host" => ("idp_ind", Some(PlaceKind::HostCommunity)),
                        name => (name, None),
                    };
                    let Some(n) = listed.measure(name) else { continue };
                    for (&whole, (within, inside)) in &below {
                        let fits = |row: &&usize| {
                            kind.is_none()
                                || places.get(listed.rows[**row].key[0].as_str()).map(|place| place.kind) == kind
                        };
                        let inner = within.iter().filter_map(|&row| self.at[i][row][m]);
                        let placed = inside.iter().filter(fits).filter_map(|&row| self.at[j][row][n]);
                        lines.push((self.at[i][whole][m], inner.chain(placed).collect::<Vec<_>>()));
                    }
                }
            }
        }
        for (whole, parts) in lines {
            self.add_line(whole, parts);
        }
    }

    /// Whether these numbers are bound already.
    fn is_line(&self, whole: Option<usize>, parts: &[usize]) -> bool {
        let lines = whole.map(|whole| &self.numbers[whole].lines);
        lines
            .into_iter()
            .flatten()
            .any(|&line| Some(self.lines[line].whole) == whole && self.lines[line].parts == parts)
    }

    /// Binds these numbers, if they do add up.
    fn add_line(&mut self, whole: Option<usize>, parts: impl IntoIterator<Item = usize>) -> bool {
        let Some(whole) = whole else { return false };
        let parts: Vec<usize> = parts.into_iter().collect();
        let sum: i128 = parts.iter().map(|&part| i128::from(self.numbers[part].value)).sum();
        if parts.is_empty() || sum != i128::from(self.numbers[whole].value) || parts.contains(&whole) {
            return false;
        }
        for number in std::iter::once(whole).chain(parts.iter().copied()) {
            self.numbers[number].lines.push(self.lines.len());
        }
        self.lines.push(Line { whole, parts });
        true
    }
}

/// The parts of a key but these.
fn without<'a>(key: &'a [String], dims: &[usize]) -> Vec<&'a str> {
    key.iter().enumerate().filter(|(dim, _)| !dims.contains(dim)).map(|(_, part)| part.as_str()).collect()
}

/// The nearest value above this one that is present.
fn nearest<'a>(parents: &'a BTreeMap<String, String>, value: &str, present: impl Fn(&str) -> bool) -> Option<&'a str> {
    let mut above = parents.get(value)?;
    for _ in 0..MAX_DEPTH {
        if present(above) && above != value {
            return Some(above);
        }
        above = parents.get(above)?;
    }
    None
}

fn word<'a>(words: &mut HashMap<&'a str, u32>, text: &'a str) -> u32 {
    let next = words.len() as u32;
    *words.entry(text).or_insert(next)
}
