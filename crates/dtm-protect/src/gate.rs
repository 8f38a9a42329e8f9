//! The gate between what is known and what is shown.
//!
//! In: a [`Candidate`], the figures of a round as processing settled them, and a [`Policy`]. Out: a [`Release`].
//! In order: areas below the smallest level named are left out; indicators above the audience's class are left out
//! with the columns that would give them away; numbers are hidden as [`crate::suppress`] decides and [`crate::audit`]
//! agrees ([`crate::needs`] has what is said of households' answers); low and high are shown where [`crate::ranges`] finds that they tell of no hidden number, and how much of a
//! number is carried where [`crate::carried`] does; places are listed as precisely as the policy says. Records leave under an agreement only ([`crate::records`]).
//!
//! What a reader may learn by comparing this release with an earlier version of the same round, or with the round
//! before, is not examined.

use crate::numbers::Numbers;
use crate::places::Ladder;
use crate::records::{self, RecordsCandidate};
use crate::release::{Heading, Hiding, Release, ReleasedCell, ReleasedRow, ReleasedTable, Value, Why};
use crate::suppress::{Exposed, suppress};
use crate::{Policy, carried, needs, places, ranges};
use dtm_model::{Cell, Dim, Dissemination, FigureTable, Instant, Measure, Place, ReleaseId, TOTAL, Text, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// What is to be released.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The id the release will have.
    pub id: ReleaseId,
    /// What it is about.
    pub heading: Heading,
    /// 1 for the first release of a round; each revision adds one.
    pub version: u32,
    /// Why this version exists; empty for the first.
    pub reason: Text,
    /// When it is made.
    pub made_at: Instant,
    /// The figures.
    pub tables: Vec<FigureTable>,
    /// The ids that rows of `displacement` already have in the public DTM API, by key.
    pub api_ids: BTreeMap<Vec<String>, i64>,
    /// The places the figures are about.
    pub places: Vec<Place>,
    /// The dissemination class of every indicator in the tables, by code.
    pub classes: BTreeMap<String, Dissemination>,
    /// Records, where a policy for them lets some leave.
    pub records: Option<RecordsCandidate>,
}

/// Why there is no release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtectError {
    /// A table contradicts itself.
    #[error("table `{table}`, row {key:?}: {what}")]
    Malformed {
        /// The table.
        table: String,
        /// The row's key.
        key: Vec<String>,
        /// What is wrong.
        what: &'static str,
    },
    /// Nobody said who may see this indicator.
    #[error("indicator `{indicator}` of `{measure}` in table `{table}` has no dissemination class")]
    Unclassified {
        /// The table.
        table: String,
        /// The measure.
        measure: String,
        /// The indicator's code.
        indicator: String,
    },
    /// It is not known how small this area is, so it cannot be said whether it may be named.
    #[error("area `{area}` of table `{table}` is not in the hierarchy of areas")]
    UnknownArea {
        /// The table.
        table: String,
        /// The area's code.
        area: String,
    },
    /// Records would leave under a policy that has no rules for them.
    #[error("the policy says nothing of records")]
    NoAgreement,
    /// Columns of records are not of one length.
    #[error("the columns of the records are not of one length")]
    UnevenRecords,
    /// A field is not for this partner.
    #[error("field `{field}` is {}, the clearance is {}", word(*.class), word(*.clearance))]
    AboveClearance {
        /// The field.
        field: String,
        /// Its class.
        class: Dissemination,
        /// How far the partner may see.
        clearance: Dissemination,
    },
    /// A field says who or where somebody is.
    #[error("field `{field}` identifies and the agreement does not name it")]
    Identifies {
        /// The field.
        field: String,
    },
    /// A key is no field.
    #[error("key `{key}` is not among the fields")]
    UnknownKey {
        /// The key.
        key: String,
    },
    /// There are too few records for any to hide among others.
    #[error("{n} records are fewer than the {k} that must share their keys")]
    TooFewRecords {
        /// The records.
        n: u64,
        /// How many must share their keys.
        k: u32,
    },
    /// The keys cannot be looked at together.
    #[error("the keys have too many values together")]
    TooManyKeys,
    /// A number stays recoverable whatever is hidden beside it.
    #[error("`{measure}` of {key:?} in table `{table}` cannot be protected: other figures give it away")]
    Exposed {
        /// The table.
        table: String,
        /// The row's key.
        key: Vec<String>,
        /// The measure.
        measure: String,
    },
}

fn word(class: Dissemination) -> &'static str {
    match class {
        Dissemination::Public => "public",
        Dissemination::Confidential => "confidential",
        Dissemination::Restricted => "restricted",
        Dissemination::Secret => "secret",
    }
}

/// Makes a release, in which every number may be shown to the policy's audience.
pub fn release(candidate: Candidate, policy: &Policy) -> Result<Release, ProtectError> {
    let Candidate { id, heading, version, reason, made_at, mut tables, api_ids, places, classes, records } = candidate;
    for table in &mut tables {
        put_in_order(table)?;
    }
    let records = records.map(|records| records::protect(records, policy, &heading.admin0)).transpose()?;
    let mut hidden = Vec::new();
    let ladder = Ladder::of(&tables, &heading);
    let mut numbers = Numbers::default();
    if policy.already_public.is_none() {
        for table in &mut tables {
            leave_out_small_areas(table, &ladder, policy)?;
            leave_out_classes(table, &classes, policy, &mut hidden)?;
        }
        let unlisted = |table: &FigureTable| table.rows.is_empty() && table.dims == [Dim::Place];
        tables.retain(|table| !table.measures.is_empty() && !unlisted(table));
        numbers = Numbers::of(&tables, &places, policy);
        hide_dominated(&tables, &mut numbers, policy);
        hide_households_of_few_persons(&tables, &mut numbers, policy);
        needs::hide_answers_of_few(&tables, &mut numbers);
        suppress(&mut numbers, policy).map_err(|Exposed(at)| name_of(&tables, &numbers, at))?;
    }
    ranges::cover(&mut tables, &numbers, policy);
    let withheld = carried::withheld(&tables, &numbers);
    let mut released = Vec::with_capacity(tables.len());
    for (i, table) in tables.into_iter().enumerate() {
        let is_share: Vec<bool> = table.measures.iter().map(|measure| measure.unit == Unit::Share).collect();
        let ids = if table.name == "displacement" { Some(&api_ids) } else { None };
        released.push(cover(
            table,
            |row, measure| {
                let cells = numbers.at.get(i).map(|rows| &rows[row])?;
                if is_share[measure] {
                    return needs::why_no_share(cells, &numbers);
                }
                cells[measure].and_then(|at| numbers.numbers[at].hidden)
            },
            |row, measure| {
                let number = numbers.at.get(i).and_then(|rows| rows[row][measure]);
                number.is_some_and(|at| withheld.contains(&at))
            },
            ids,
            &mut hidden,
        ));
    }
    let mut listed = places::list(places, &ladder, policy, &heading.admin0);
    if !policy.places.named {
        places::number(&mut listed, &mut released, &mut hidden);
    }
    hidden.sort_by(|a, b| (&a.table, &a.measure, &a.key).cmp(&(&b.table, &b.measure, &b.key)));
    let policy = policy.clone();
    let (tables, places) = (released, listed);
    Ok(Release { id, heading, version, reason, policy, classes, made_at, tables, places, hidden, records })
}

/// Sorts the rows and refuses what no rule could be applied to.
fn put_in_order(table: &mut FigureTable) -> Result<(), ProtectError> {
    table.rows.sort_by(|a, b| a.key.cmp(&b.key));
    let wrong =
        |key: &[String], what| Err(ProtectError::Malformed { table: table.name.clone(), key: key.to_vec(), what });
    for row in &table.rows {
        if row.key.len() != table.dims.len() {
            return wrong(&row.key, "the key does not have one part a dimension");
        }
        if row.cells.len() != table.measures.len() {
            return wrong(&row.key, "the row does not have one cell a measure");
        }
        if row.cells.iter().any(|cell| cell.value.is_some_and(|value| value < 0)) {
            return wrong(&row.key, "a count is negative");
        }
        let astray = |cell: &Cell| match (cell.range, cell.value) {
            (Some((low, high)), Some(value)) => low < 0 || low > value || value > high,
            (range, _) => range.is_some(),
        };
        if row.cells.iter().any(astray) {
            return wrong(&row.key, "a number does not lie between its low and high");
        }
    }
    match table.rows.windows(2).find(|pair| pair[0].key == pair[1].key) {
        Some(pair) => wrong(&pair[0].key, "the key occurs twice"),
        None => Ok(()),
    }
}

/// Leaves out areas smaller than the policy names, and places where there is no list of them.
fn leave_out_small_areas(table: &mut FigureTable, ladder: &Ladder, policy: &Policy) -> Result<(), ProtectError> {
    let smallest = policy.smallest_level_of(&table.name);
    for (at, dim) in table.dims.clone().into_iter().enumerate() {
        match dim {
            Dim::Area => {
                for row in table.rows.iter().filter(|row| row.key[at] != TOTAL) {
                    if ladder.level(&row.key[at]).is_none() {
                        return Err(ProtectError::UnknownArea { table: table.name.clone(), area: row.key[at].clone() });
                    }
                }
                table.rows.retain(|row| ladder.level(&row.key[at]).is_none_or(|level| level <= smallest));
            }
            Dim::Place if !policy.places.listed => table.rows.retain(|row| row.key[at] == TOTAL),
            _ => {}
        }
    }
    let shown: BTreeSet<&str> = table.rows.iter().flat_map(|row| row.key.iter().map(String::as_str)).collect();
    let mut parents = BTreeMap::new();
    for (value, above) in &table.parents {
        let above = match ladder.level(value) {
            Some(level) if level <= smallest => Some(above.as_str()),
            Some(_) => None,
            None if shown.contains(value.as_str()) => ladder.up_to(above, smallest),
            None => None,
        };
        if let Some(above) = above {
            parents.insert(value.clone(), above.to_owned());
        }
    }
    table.parents = parents;
    Ok(())
}

/// Leaves out the columns the audience may not see, and those that would give them away.
fn leave_out_classes(
    table: &mut FigureTable,
    classes: &BTreeMap<String, Dissemination>,
    policy: &Policy,
    hidden: &mut Vec<Hiding>,
) -> Result<(), ProtectError> {
    if table.dims.contains(&Dim::Need) {
        return needs::leave_out_classes(table, classes, policy, hidden);
    }
    let mut out: BTreeMap<String, Why> = BTreeMap::new();
    for Measure { name, indicator, unit, .. } in &table.measures {
        match classes.get(indicator) {
            Some(class) if *class > policy.highest_class => _ = out.insert(name.clone(), Why::Class),
            Some(_) => {}
            // How many places there are is no answer to a question.
            None if *unit == Unit::Places => {}
            None => {
                return Err(ProtectError::Unclassified {
                    table: table.name.clone(),
                    measure: name.clone(),
                    indicator: indicator.clone(),
                });
            }
        }
    }
    // A whole and all its parts but one give that one away.
    while let Some(more) = table.measures.iter().find_map(|whole| {
        let parts = table.measures.iter().filter(|part| part.part_of.as_ref() == Some(&whole.name));
        let members: Vec<&str> = parts.chain([whole]).map(|measure| measure.name.as_str()).collect();
        let n_out = members.iter().filter(|name| out.contains_key(**name)).count();
        let first = members.iter().find(|name| !out.contains_key(**name));
        first.filter(|_| n_out == 1 && members.len() > 1).map(|name| (*name).to_owned())
    }) {
        out.insert(more, Why::Complementary);
    }
    let kept: Vec<bool> = table.measures.iter().map(|measure| !out.contains_key(&measure.name)).collect();
    let mut keep = kept.iter();
    table.measures.retain(|_| keep.next().copied().unwrap_or(false));
    for row in &mut table.rows {
        let mut keep = kept.iter();
        row.cells.retain(|_| keep.next().copied().unwrap_or(false));
    }
    for measure in &mut table.measures {
        measure.part_of.take_if(|whole| out.contains_key(whole));
    }
    let columns = out.into_iter().map(|(measure, why)| Hiding { table: table.name.clone(), key: vec![], measure, why });
    hidden.extend(columns);
    Ok(())
}

fn hide_dominated(tables: &[FigureTable], numbers: &mut Numbers, policy: &Policy) {
    let Some(percent) = policy.dominance_percent else { return };
    for (i, table) in tables.iter().enumerate() {
        for (r, row) in table.rows.iter().enumerate() {
            for (m, cell) in row.cells.iter().enumerate() {
                let Some(at) = numbers.at[i][r][m] else { continue };
                let number = &mut numbers.numbers[at];
                let dominated = i128::from(cell.largest) * 100 > i128::from(number.value) * i128::from(percent);
                // A place is not dominated by itself.
                if dominated && number.value >= number.minimum && !table.dims.contains(&Dim::Place) {
                    number.hidden = Some(Why::Dominated);
                }
            }
        }
    }
}

/// A few persons live in fewer households still: `x_hh` is hidden with `x_ind`.
fn hide_households_of_few_persons(tables: &[FigureTable], numbers: &mut Numbers, policy: &Policy) {
    for (i, table) in tables.iter().enumerate() {
        for (m, measure) in table.measures.iter().enumerate() {
            let Some(stem) = measure.name.strip_suffix("_ind") else { continue };
            let Some(n) = table.measure(&format!("{stem}_hh")) else { continue };
            for row in 0..table.rows.len() {
                let (Some(persons), Some(households)) = (numbers.at[i][row][m], numbers.at[i][row][n]) else {
                    continue;
                };
                let few = numbers.numbers[persons].value < policy.minimum(Unit::Persons);
                let number = &mut numbers.numbers[households];
                if few && number.value > 0 && numbers.numbers[persons].value > 0 {
                    let number = &mut numbers.numbers[households];
                    let below = number.value < number.minimum;
                    number.hidden = Some(if below { Why::FewerThanMinimum } else { Why::Complementary });
                }
            }
        }
    }
}

/// Turns a table into what is shown of it.
fn cover(
    table: FigureTable,
    why: impl Fn(usize, usize) -> Option<Why>,
    is_carried_withheld: impl Fn(usize, usize) -> bool,
    ids: Option<&BTreeMap<Vec<String>, i64>>,
    hidden: &mut Vec<Hiding>,
) -> ReleasedTable {
    let mut rows = Vec::with_capacity(table.rows.len());
    for (r, row) in table.rows.into_iter().enumerate() {
        let mut cells = Vec::with_capacity(row.cells.len());
        for (m, cell) in row.cells.into_iter().enumerate() {
            cells.push(match (cell.value, why(r, m)) {
                (None, _) => ReleasedCell::from(Value::Nothing),
                (Some(number), None) => {
                    let carried = (!is_carried_withheld(r, m)).then_some(cell.carried);
                    ReleasedCell { value: Value::Number(number), carried, range: cell.range }
                }
                (Some(_), Some(why)) => {
                    let measure = table.measures[m].name.clone();
                    hidden.push(Hiding { table: table.name.clone(), key: row.key.clone(), measure, why });
                    ReleasedCell::from(Value::Hidden(why))
                }
            });
        }
        let api_id = ids.and_then(|ids| ids.get(&row.key).copied());
        rows.push(ReleasedRow { key: row.key, cells, api_id });
    }
    let FigureTable { name, dims, measures, parents, needs, .. } = table;
    ReleasedTable { name, dims, measures, parents, rows, needs }
}

fn name_of(tables: &[FigureTable], numbers: &Numbers, at: usize) -> ProtectError {
    for (table, rows) in tables.iter().zip(&numbers.at) {
        for (row, cells) in table.rows.iter().zip(rows) {
            if let Some(measure) = cells.iter().position(|number| *number == Some(at)) {
                let measure = table.measures[measure].name.clone();
                return ProtectError::Exposed { table: table.name.clone(), key: row.key.clone(), measure };
            }
        }
    }
    ProtectError::Exposed { table: String::new(), key: Vec::new(), measure: String::new() }
}
