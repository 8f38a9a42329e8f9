//! The figures of one round that sentences are made of.

use dtm_model::{Dim, RoundLabel, TOTAL};
use dtm_protect::{Release, ReleasedCell, ReleasedTable, Value};
use std::collections::BTreeMap;

/// A cell for what no table has.
pub(super) const NOTHING: ReleasedCell = ReleasedCell { value: Value::Nothing, carried: Some(0), range: None };

/// The cell of this key and measure, nothing where the table has none.
pub(crate) fn cell(table: Option<&ReleasedTable>, key: &[&str], measure: &str) -> ReleasedCell {
    let found = table.and_then(|table| Some((table.row(key)?, table.measure(measure)?)));
    found.and_then(|(row, at)| row.cells.get(at).copied()).unwrap_or(NOTHING)
}

/// The level of an area in a table, counted by its parents up to the country.
pub(super) fn level(table: &ReleasedTable, area: &str) -> u8 {
    let mut above = area;
    for steps in 0..6 {
        match table.parents.get(above) {
            Some(parent) if parent != above => above = parent,
            _ => return steps,
        }
    }
    // A longer chain is a cycle.
    u8::MAX
}

/// The areas of one level in a table whose first dimension is the area, by code.
pub(super) fn areas_of_level(table: &ReleasedTable, wanted: u8) -> Vec<&str> {
    if table.dims.first() != Some(&Dim::Area) {
        return Vec::new();
    }
    let mut codes: Vec<&str> = table.rows.iter().map(|row| row.key[0].as_str()).collect();
    codes.dedup();
    codes.retain(|code| *code != TOTAL && level(table, code) == wanted);
    codes
}

/// The round before, for comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    /// Its label.
    pub round: RoundLabel,
    /// Its figures of the whole country, by measure.
    pub country: BTreeMap<String, Value>,
}

/// What one round says of the whole country.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Cells of the whole country, by measure of the table of areas.
    pub country: BTreeMap<String, ReleasedCell>,
    /// The round before, if there is one.
    pub before: Option<Before>,
    /// Women and girls.
    pub females: Value,
    /// People of both sexes under 18, where the age groups allow to say.
    pub under_18: Value,
    /// People whose sex and age were recorded.
    pub of_known_age: Value,
    /// First-level areas by the displaced people in them, most first.
    pub areas: Vec<(String, ReleasedCell)>,
    /// Reasons, most people first.
    pub reasons: Vec<(String, ReleasedCell)>,
    /// First-level areas of origin, most people first.
    pub origins: Vec<(String, ReleasedCell)>,
    /// Places that were to be assessed, were, and were not but count with an earlier figure.
    pub n_planned: u32,
    /// Places assessed.
    pub n_reached: u32,
    /// Places carried.
    pub n_carried: u32,
}

impl Facts {
    /// Reads the facts off a release and the one before it.
    pub fn of(release: &Release, before: Option<&Release>) -> Facts {
        let heading = release.heading();
        let admin0 = heading.admin0.as_str();
        let areas = release.table("areas");
        let sex_age = release.table("sex_age");
        let displacement = release.table("displacement");
        let margin = |sex: &str, age: &str| cell(sex_age, &[admin0, sex, age], "idp_ind");
        let country = country_cells(release);
        let before = before.map(|before| Before {
            round: before.heading().round.clone(),
            country: country_cells(before).into_iter().map(|(name, cell)| (name, cell.value)).collect(),
        });
        Facts {
            country,
            before,
            females: margin("female", TOTAL).value,
            under_18: under_18(sex_age, admin0),
            of_known_age: margin(TOTAL, TOTAL).value,
            areas: ranked(areas.into_iter().flat_map(|table| {
                areas_of_level(table, 1).into_iter().map(|code| (code, cell(areas, &[code], "idp_ind")))
            })),
            reasons: ranked(
                values_of(displacement, 1)
                    .into_iter()
                    .map(|reason| (reason, cell(displacement, &[admin0, reason, TOTAL], "idp_ind"))),
            ),
            origins: ranked(
                values_of(displacement, 2)
                    .into_iter()
                    .map(|origin| (origin, cell(displacement, &[admin0, TOTAL, origin], "idp_ind"))),
            ),
            n_planned: heading.n_places_planned,
            n_reached: heading.n_places_reached,
            n_carried: heading.n_places_carried,
        }
    }

    /// The country's cell of this measure.
    pub fn cell(&self, measure: &str) -> ReleasedCell {
        self.country.get(measure).copied().unwrap_or(NOTHING)
    }

    /// The country's number of this measure, where it is shown.
    pub fn number(&self, measure: &str) -> Option<i64> {
        self.cell(measure).value.number()
    }

    /// The round before and its number of this measure, where both rounds show one and so compare.
    pub fn earlier(&self, measure: &str) -> Option<(&RoundLabel, i64)> {
        self.number(measure)?;
        let before = self.before.as_ref()?;
        Some((&before.round, before.country.get(measure)?.number()?))
    }
}

fn country_cells(release: &Release) -> BTreeMap<String, ReleasedCell> {
    let Some(table) = release.table("areas") else { return BTreeMap::new() };
    let admin0 = release.heading().admin0.as_str();
    let measures = table.measures.iter().map(|measure| measure.name.as_str());
    measures.map(|name| (name.to_owned(), cell(Some(table), &[admin0], name))).collect()
}

/// The values of a dimension but its margin, sorted.
pub(crate) fn values_of(table: Option<&ReleasedTable>, dim: usize) -> Vec<&str> {
    let mut values: Vec<&str> = table
        .into_iter()
        .flat_map(|table| &table.rows)
        .filter_map(|row| row.key.get(dim))
        .map(String::as_str)
        .filter(|value| *value != TOTAL)
        .collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Cells with a key, most people first; what has no number comes last, by key.
pub(super) fn ranked<'a>(cells: impl Iterator<Item = (&'a str, ReleasedCell)>) -> Vec<(String, ReleasedCell)> {
    let mut cells: Vec<(String, ReleasedCell)> = cells.map(|(key, cell)| (key.to_owned(), cell)).collect();
    cells.sort_by(|a, b| {
        let order = |cell: &ReleasedCell| match cell.value {
            Value::Number(number) => (0, -number),
            Value::Hidden(_) => (1, 0),
            Value::Nothing => (2, 0),
        };
        order(&a.1).cmp(&order(&b.1)).then_with(|| a.0.cmp(&b.0))
    });
    cells
}

/// First and last completed year of an age group: `0`, `1-5`, `60+`.
pub(super) fn years(age: &str) -> Option<(u32, Option<u32>)> {
    if let Some(from) = age.strip_suffix('+') {
        return Some((from.parse().ok()?, None));
    }
    match age.split_once('-') {
        Some((from, to)) => Some((from.parse().ok()?, Some(to.parse().ok()?))),
        None => age.parse().ok().map(|year| (year, Some(year))),
    }
}

/// Everybody under 18, if every age group lies on one side of that birthday and every cell needed is shown.
fn under_18(table: Option<&ReleasedTable>, admin0: &str) -> Value {
    let mut sum = 0;
    let mut any = false;
    for age in values_of(table, 2) {
        match years(age) {
            Some((_, Some(to))) if to < 18 => {
                let Value::Number(number) = cell(table, &[admin0, TOTAL, age], "idp_ind").value else {
                    return Value::Nothing;
                };
                sum += number;
                any = true;
            }
            Some((from, _)) if from >= 18 => {}
            _ => return Value::Nothing,
        }
    }
    if any { Value::Number(sum) } else { Value::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_groups_say_their_years() {
        assert_eq!(years("0"), Some((0, Some(0))));
        assert_eq!(years("6-11"), Some((6, Some(11))));
        assert_eq!(years("60+"), Some((60, None)));
        assert_eq!(years("adults"), None);
    }
}
