//! Adds the figures of a round up to the agreed tables.
//!
//! In go the figures a round settled on and the atlas; out come the tables `areas`, `sex_age`, `displacement`, `places`
//! and, where there are flow monitoring points, `flows`, each with its margins. Rules: sums are whole numbers and exact;
//! an area without a place has *nothing*, an area whose places report zero has zero; what is carried from an earlier
//! round is told apart in every cell; `males` and `females` stand only where together they make up all the people of
//! the row. A place counts once in a cell, however many figures it brings, so that `n_places` and `largest` are about
//! places. Only places with people make rows of reasons and origins. `sex_age` adds up within itself: people counted
//! without sex and age are not in it, and stand in `areas` alone. Totals of areas and places have a low and a high where
//! the round weighed its sources ([`ranges`]); their parts have none of their own.

mod ranges;

use crate::codes::{ANY_DIRECTION, FLOW_PERSONS, IDP_HH, IDP_IND, RETURNEE_HH, RETURNEE_IND, UNKNOWN};
use crate::sheet::{Part, Sheet, for_each_place};
use dtm_model::{Atlas, Cell, Dim, Figure, FigureTable, Measure, Pcode, Setting, Sex, TOTAL, TableRow, Unit};
use std::collections::{BTreeMap, HashMap};

pub use crate::sheet::MalesFemales;
pub use ranges::RangeInput;
use ranges::{Ranges, Reach};

/// What the tables are made from.
#[derive(Clone, Copy, Debug)]
pub struct TableInput<'a> {
    /// The figures of the round, in any order (fastest when sorted by place).
    pub figures: &'a [Figure],
    /// The areas as they stood at the time of the round ([`Atlas::on`]).
    pub atlas: &'a Atlas,
    /// The area of level 0: every figure counts to it.
    pub country: &'a Pcode,
    /// Choices of the operation.
    pub options: TableOptions,
    /// How low and high add up; none where sources were not weighed.
    pub ranges: Option<RangeInput<'a>>,
}

/// Choices an operation makes about its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableOptions {
    /// Where `males` and `females` come from.
    pub males_females: MalesFemales,
    /// The deepest level of the table `areas`, 3 at most.
    pub areas_to: u8,
    /// The deepest level of `sex_age` and `displacement`, 3 at most.
    pub details_to: u8,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self { males_females: MalesFemales::default(), areas_to: 3, details_to: 2 }
    }
}

/// Adds the figures up.
pub fn tabulate(input: &TableInput) -> Vec<FigureTable> {
    let mut tables = Tables::new(input);
    let mut flows = Flows::default();
    // People at a flow monitoring point pass; they are no stock of the area.
    for_each_place(input.figures, |figure| figure.indicator != FLOW_PERSONS, |figures| tables.add_place(figures));
    for_each_place(input.figures, is_flow_total, |figures| flows.add_place(figures));
    let mut made = tables.finish();
    made.extend(flows.finish());
    made
}

/// Whether this figure is the whole flow of its place, day and direction.
pub(crate) fn is_flow_total(figure: &Figure) -> bool {
    figure.indicator == FLOW_PERSONS && figure.breakdown.is_everyone()
}

/// The direction of a flow as the key of a row.
pub(crate) fn direction_of(figure: &Figure) -> &str {
    figure.breakdown.direction.as_deref().unwrap_or(ANY_DIRECTION)
}

/// Adds the contribution of one more place to a cell.
fn add(cell: &mut Cell, sum: Sum) {
    if let Some(value) = sum.value {
        cell.value = Some(cell.value.unwrap_or(0) + value);
        cell.carried += sum.carried;
        cell.n_places += u32::from(value > 0);
        cell.largest = cell.largest.max(value);
    }
}

/// What one place brings to one cell.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    value: Option<i64>,
    carried: i64,
}

impl Sum {
    fn of(parts: &[Part]) -> Self {
        parts.iter().fold(Self::default(), Self::and)
    }

    fn and(self, part: &Part) -> Self {
        Self { value: Some(self.value.unwrap_or(0) + part.value()), carried: self.carried + part.carried() }
    }

    fn only_if(self, holds: bool) -> Self {
        if holds { self } else { Self { value: self.value.map(|_| 0), carried: 0 } }
    }
}

const AREA_MEASURES: usize = 7;
type AreaCells = [Cell; AREA_MEASURES];

/// The sums of one area.
#[derive(Clone, Copy, Debug, Default)]
struct AreaSums {
    cells: AreaCells,
    reaches: [Reach; AREA_MEASURES],
}
type DisplacementCells = [Cell; 4];

struct Tables<'a> {
    input: TableInput<'a>,
    areas: AreaIndex<'a>,
    ranges: Ranges<'a>,
    by_area: Vec<AreaSums>,
    sex_age: HashMap<(u32, &'a str, &'a str), Cell>,
    displacement: HashMap<(u32, &'a str, &'a str), DisplacementCells>,
    places: Vec<TableRow>,
    place_parents: BTreeMap<String, String>,
}

impl<'a> Tables<'a> {
    fn new(input: &TableInput<'a>) -> Self {
        let areas = AreaIndex::new(input);
        Self {
            by_area: vec![AreaSums::default(); areas.codes.len()],
            ranges: Ranges::of(input.figures, input.ranges),
            areas,
            input: *input,
            sex_age: HashMap::new(),
            displacement: HashMap::new(),
            places: Vec::new(),
            place_parents: BTreeMap::new(),
        }
    }

    /// Adds the figures of one place to every table.
    fn add_place(&mut self, figures: &[&'a Figure]) {
        let Some(first) = figures.first() else { return };
        let sheet = Sheet::of(figures, self.input.options.males_females);
        let (people, households) = (Sum::of(&sheet.idp_ind), Sum::of(&sheet.idp_hh));
        let (returnees, returned) = (Sum::of(&sheet.returnee_ind), Sum::of(&sheet.returnee_hh));
        if [people, households, returnees, returned].iter().all(|sum| sum.value.is_none()) {
            return;
        }
        let chain = self.areas.chain(&first.area);
        if self.by_area.len() < self.areas.codes.len() {
            self.by_area.resize(self.areas.codes.len(), AreaSums::default());
        }

        let present = people.value.or(households.value).map(|count| Sum {
            value: Some(i64::from(count > 0)),
            carried: i64::from(count > 0 && people.carried + households.carried > 0),
        });
        let contributions: [Sum; AREA_MEASURES] = [
            people,
            households,
            people.only_if(first.setting == Some(Setting::Site)),
            people.only_if(first.setting == Some(Setting::HostCommunity)),
            returnees,
            returned,
            present.unwrap_or_default(),
        ];
        let reach = self.ranges.of_place(&sheet.idp_ind);
        let reach_where = |setting| if first.setting == Some(setting) { reach } else { Reach::default() };
        let reaches: [Reach; AREA_MEASURES] = [
            reach,
            self.ranges.of_place(&sheet.idp_hh),
            reach_where(Setting::Site),
            reach_where(Setting::HostCommunity),
            self.ranges.of_place(&sheet.returnee_ind),
            self.ranges.of_place(&sheet.returnee_hh),
            Reach::default(),
        ];
        for area in chain.iter().flatten() {
            let AreaSums { cells, reaches: so_far } = &mut self.by_area[*area as usize];
            cells.iter_mut().zip(contributions).for_each(|(cell, sum)| add(cell, sum));
            so_far.iter_mut().zip(reaches).for_each(|(so_far, reach)| *so_far = so_far.and(reach));
        }

        let details = &chain[..=usize::from(self.input.options.details_to.min(3))];
        self.add_sex_age(details, &sheet);
        self.add_displacement(details, &sheet, people);
        if people.value.is_some() || households.value.is_some() {
            let mut cells = [Cell::default(); 2];
            add(&mut cells[0], people);
            add(&mut cells[1], households);
            for (cell, reach) in cells.iter_mut().zip(reaches) {
                cell.range = reach.around(cell.value);
            }
            let place = first.place.to_string();
            self.place_parents.insert(place.clone(), first.area.to_string());
            self.places.push(TableRow { key: vec![place], cells: cells.into() });
        }
    }

    fn add_sex_age(&mut self, chain: &[Option<u32>], sheet: &Sheet<'a>) {
        let mut local: Vec<((&'a str, &'a str), Sum)> = Vec::new();
        for part in &sheet.sex_age {
            let (sex, age) = (part.sex.map_or(UNKNOWN, Sex::code), part.age.unwrap_or(UNKNOWN));
            for key in [(sex, age), (sex, TOTAL), (TOTAL, age), (TOTAL, TOTAL)] {
                gather(&mut local, key, part);
            }
        }
        for (area, ((sex, age), sum)) in pairs(chain, &local) {
            add(self.sex_age.entry((area, sex, age)).or_default(), sum);
        }
    }

    fn add_displacement(&mut self, chain: &[Option<u32>], sheet: &Sheet<'a>, people: Sum) {
        let none: Vec<&Part> = Vec::new();
        let of_sex = |sex| sheet.sexes.iter().filter(|part| part.sex == Some(sex)).collect::<Vec<_>>();
        let measures: [Vec<&Part<'a>>; 4] =
            [sheet.idp_ind.iter().collect(), sheet.idp_hh.iter().collect(), of_sex(Sex::Male), of_sex(Sex::Female)];
        let detail = measures[..2].iter().flatten().any(|part| part.value() > 0);
        for (at, parts) in measures.iter().enumerate() {
            let mut local: Vec<((&'a str, &'a str), Sum)> = Vec::new();
            for part in if at == 0 && people.value.is_none() { &none } else { parts } {
                gather(&mut local, (TOTAL, TOTAL), part);
                // A place without people has no reason and no origin to show.
                if detail {
                    for key in [(part.reason, part.origin), (part.reason, TOTAL), (TOTAL, part.origin)] {
                        gather(&mut local, key, part);
                    }
                }
            }
            for (area, ((reason, origin), sum)) in pairs(chain, &local) {
                add(&mut self.displacement.entry((area, reason, origin)).or_default()[at], sum);
            }
        }
    }

    fn finish(self) -> Vec<FigureTable> {
        let level = |area: u32| self.areas.levels[area as usize];
        let code = |area: u32| self.areas.codes[area as usize].to_owned();
        let options = self.input.options;

        let by_area = (0u32..).zip(self.by_area.iter().copied());
        let areas = by_area
            .filter(|(area, _)| level(*area) <= options.areas_to)
            .map(|(area, sums)| TableRow { key: vec![code(area)], cells: split_by_setting(sums.with_ranges()).into() })
            .collect();
        let sex_age = self.sex_age.iter().map(|((area, sex, age), cell)| TableRow {
            key: vec![code(*area), (*sex).to_owned(), (*age).to_owned()],
            cells: vec![*cell],
        });
        let displacement = self.displacement.iter().map(|((area, reason, origin), cells)| TableRow {
            key: vec![code(*area), (*reason).to_owned(), (*origin).to_owned()],
            cells: balanced(*cells).into(),
        });
        let parents = |deepest: u8| self.areas.parents(deepest);
        let people = || measure("idp_ind", IDP_IND, Unit::Persons, None);
        let households = || measure("idp_hh", IDP_HH, Unit::Households, None);
        let of_people = |name| measure(name, IDP_IND, Unit::Persons, Some("idp_ind"));
        vec![
            table(
                "areas",
                vec![Dim::Area],
                vec![
                    people(),
                    households(),
                    of_people("in_sites"),
                    of_people("in_host"),
                    measure("returnee_ind", RETURNEE_IND, Unit::Persons, None),
                    measure("returnee_hh", RETURNEE_HH, Unit::Households, None),
                    measure("places", IDP_IND, Unit::Places, None),
                ],
                parents(options.areas_to),
                areas,
            ),
            table(
                "sex_age",
                vec![Dim::Area, Dim::Sex, Dim::Age],
                vec![people()],
                parents(options.details_to),
                sex_age.collect(),
            ),
            table(
                "displacement",
                vec![Dim::Area, Dim::Reason, Dim::Origin],
                vec![people(), households(), of_people("males"), of_people("females")],
                parents(options.details_to),
                displacement.collect(),
            ),
            table("places", vec![Dim::Place], vec![people(), households()], self.place_parents, self.places),
        ]
    }
}

impl AreaSums {
    fn with_ranges(self) -> AreaCells {
        let mut cells = self.cells;
        for (cell, reach) in cells.iter_mut().zip(self.reaches) {
            cell.range = reach.around(cell.value);
        }
        cells
    }
}

/// The parts of a whole are shown only where they make up the whole: a place whose setting is not known would be in
/// neither column.
fn split_by_setting(mut cells: AreaCells) -> AreaCells {
    if cells[2].value.zip(cells[3].value).map(|(sites, host)| sites + host) != cells[0].value {
        (cells[2], cells[3]) = (Cell::default(), Cell::default());
    }
    cells
}

/// Males and females are shown only where they make up all the people of the row.
fn balanced(mut cells: DisplacementCells) -> DisplacementCells {
    if cells[2].value.zip(cells[3].value).map(|(males, females)| males + females) != cells[0].value {
        (cells[2], cells[3]) = (Cell::default(), Cell::default());
    }
    cells
}

fn gather<K: PartialEq>(local: &mut Vec<(K, Sum)>, key: K, part: &Part) {
    match local.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => *sum = sum.and(part),
        None => local.push((key, Sum::default().and(part))),
    }
}

fn pairs<'l, T: Copy>(chain: &'l [Option<u32>], local: &'l [T]) -> impl Iterator<Item = (u32, T)> + 'l {
    chain.iter().flatten().flat_map(move |area| local.iter().map(move |item| (*area, *item)))
}

pub(crate) fn measure(name: &str, indicator: &str, unit: Unit, part_of: Option<&str>) -> Measure {
    Measure { name: name.into(), indicator: indicator.into(), unit, part_of: part_of.map(str::to_owned) }
}

pub(crate) fn table(
    name: &str,
    dims: Vec<Dim>,
    measures: Vec<Measure>,
    parents: BTreeMap<String, String>,
    mut rows: Vec<TableRow>,
) -> FigureTable {
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    FigureTable { name: name.into(), dims, measures, parents, rows, needs: BTreeMap::new() }
}

/// Areas by number, so that sums need no text.
struct AreaIndex<'a> {
    atlas: &'a Atlas,
    codes: Vec<&'a str>,
    levels: Vec<u8>,
    numbers: HashMap<&'a str, u32>,
    chains: HashMap<&'a Pcode, [Option<u32>; 4]>,
    country: &'a Pcode,
}

impl<'a> AreaIndex<'a> {
    /// Numbers the country and every area of levels 1 to 3 that lies in it.
    fn new(input: &TableInput<'a>) -> Self {
        let mut index = Self {
            atlas: input.atlas,
            codes: Vec::new(),
            levels: Vec::new(),
            numbers: HashMap::new(),
            chains: HashMap::new(),
            country: input.country,
        };
        index.number(input.country.as_str(), 0);
        for area in input.atlas.areas().filter(|area| matches!(area.level, 1..=3)) {
            if input.atlas.ancestor(&area.pcode, 0).is_none_or(|root| root.pcode == *input.country) {
                index.number(area.pcode.as_str(), area.level);
            }
        }
        index
    }

    fn number(&mut self, code: &'a str, level: u8) -> u32 {
        if let Some(number) = self.numbers.get(code) {
            return *number;
        }
        let number = self.codes.len() as u32;
        self.codes.push(code);
        self.levels.push(level);
        self.numbers.insert(code, number);
        number
    }

    /// The areas of levels 0 to 3 that hold this one. An area the atlas does not know counts to the country alone.
    fn chain(&mut self, area: &'a Pcode) -> [Option<u32>; 4] {
        if let Some(chain) = self.chains.get(area) {
            return *chain;
        }
        let mut chain = [self.numbers.get(self.country.as_str()).copied(), None, None, None];
        for level in 1..=3u8 {
            if let Some(above) = self.atlas.ancestor(area, level) {
                chain[usize::from(level)] = Some(self.number(above.pcode.as_str(), level));
            }
        }
        self.chains.insert(area, chain);
        chain
    }

    /// Each area down to this level and the area it is part of.
    fn parents(&self, deepest: u8) -> BTreeMap<String, String> {
        let below = self.codes.iter().zip(&self.levels).filter(|(_, level)| (1..=deepest).contains(*level));
        below
            .map(|(code, level)| {
                let pcode = Pcode((*code).to_owned());
                let parent = match level {
                    1 => self.country.to_string(),
                    level => self
                        .atlas
                        .ancestor(&pcode, level - 1)
                        .map_or_else(|| self.country.to_string(), |parent| parent.pcode.to_string()),
                };
                ((*code).to_owned(), parent)
            })
            .collect()
    }
}

type FlowKey<'a> = (&'a str, Option<chrono::NaiveDate>, &'a str);

/// Flows by place, day and direction with all margins.
#[derive(Default)]
struct Flows<'a> {
    cells: HashMap<FlowKey<'a>, Cell>,
}

impl<'a> Flows<'a> {
    fn add_place(&mut self, figures: &[&'a Figure]) {
        let mut local: HashMap<(Option<chrono::NaiveDate>, &'a str), Sum> = HashMap::new();
        for figure in figures {
            let part = Part { figure, reason: TOTAL, origin: TOTAL, sex: None, age: None };
            for day in [Some(figure.observed_on), None] {
                for direction in [direction_of(figure), TOTAL] {
                    let sum = local.entry((day, direction)).or_default();
                    *sum = sum.and(&part);
                }
            }
        }
        for ((day, direction), sum) in local {
            for place in [figures[0].place.as_str(), TOTAL] {
                add(self.cells.entry((place, day, direction)).or_default(), sum);
            }
        }
    }

    fn finish(self) -> Option<FigureTable> {
        let row = |((place, day, direction), cell): (FlowKey, Cell)| TableRow {
            key: vec![place.to_owned(), day.map_or(TOTAL.to_owned(), |day| day.to_string()), direction.to_owned()],
            cells: vec![cell],
        };
        let rows: Vec<TableRow> = self.cells.into_iter().map(row).collect();
        let persons = measure("persons", FLOW_PERSONS, Unit::Persons, None);
        let dims = vec![Dim::Place, Dim::Day, Dim::Direction];
        (!rows.is_empty()).then(|| table("flows", dims, vec![persons], BTreeMap::new(), rows))
    }
}

#[cfg(test)]
mod tests;
