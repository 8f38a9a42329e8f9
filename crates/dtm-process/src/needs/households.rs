//! Needs as households told them: for every area, population group and answer the share of households that gave it.
//!
//! In go households of a sample, each with its area, group, weight and choices; out comes the table `needs` with areas to the
//! second level and a margin over groups. Rules:
//!
//! - A share is Σw of the households that gave the answer over Σw of those that answered the question. «Do not know» and
//!   «prefer not to answer» are no answers. A household without an answer to a question is in no share of it.
//! - Counts are of households as interviewed, not weighted: protection decides by them.
//! - Low and high are Wilson's for a proportion, four times in five (z = 1.2816), with Kish's effective number of households
//!   n = (Σw)²/Σw² in the place of n. They are those of households drawn one by one: where clusters of neighbours were drawn
//!   they are too narrow. Sources: Wilson (1927), Kish (1965); Brown, Cai, DasGupta (2001) on why not p ± z·se.
//! - Only choices that the form or the dictionary lists are told; what somebody wrote in free words never is.
//!
//! O(households · answers · levels).

use super::Sector;
use crate::codes::UNKNOWN;
use crate::tables::{measure, table};
use dtm_model::{Atlas, Cell, Dim, FigureTable, Need, Pcode, RecordId, TOTAL, TableRow, Text, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// The name of the table.
pub const NEEDS: &str = "needs";
/// The population groups that households may be of.
pub const GROUPS: [&str; 5] = ["idp", "returnee_idp", "returnee_abroad", "migrant", "host_community"];
/// Answers that are none, in the dictionary's words.
const NO_ANSWER: [&str; 2] = ["dnk", "pnta"];
/// The deepest level of areas.
const DEEPEST: u8 = 2;
/// Four times in five.
const Z: f64 = 1.2816;

/// A household that was interviewed.
#[derive(Clone, Debug, PartialEq)]
pub struct Household {
    /// The record of the interview.
    pub record: RecordId,
    /// The smallest area it is known to live in.
    pub area: Pcode,
    /// Its population group, one of [`GROUPS`]; none where not reported.
    pub group: Option<String>,
    /// How many households it stands for, or in what proportion; above zero.
    pub weight: f64,
    /// What it chose, by indicator.
    pub chosen: BTreeMap<String, BTreeSet<String>>,
}

/// A question that was put to households.
#[derive(Clone, Debug, PartialEq)]
pub struct NeedQuestion {
    /// The indicator it feeds.
    pub indicator: String,
    /// The sector.
    pub sector: Sector,
    /// What is asked.
    pub asked: Text,
    /// The choices that are offered, with their wording.
    pub choices: Vec<(String, Text)>,
}

/// The households of one cell that answered a question.
#[derive(Clone, Copy, Debug, Default)]
struct Answered {
    n: i64,
    weight: f64,
    squares: f64,
}

impl Answered {
    fn add(&mut self, weight: f64) {
        self.n += 1;
        self.weight += weight;
        self.squares += weight * weight;
    }
}

/// The key of an answer: ASCII letters, digits and underscores.
pub fn need_key(indicator: &str, choice: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    format!("{indicator}_{}", choice.chars().map(plain).collect::<String>())
}

/// Adds households up; none where nobody answered any of the questions.
pub fn needs_table(
    households: &[Household],
    questions: &[NeedQuestion],
    atlas: &Atlas,
    country: &Pcode,
) -> Option<FigureTable> {
    let mut needs: BTreeMap<String, Need> = BTreeMap::new();
    let mut of_question: Vec<Vec<(String, &str)>> = Vec::new();
    for question in questions {
        let offered = question.choices.iter().filter(|(choice, _)| !NO_ANSWER.contains(&choice.as_str()));
        let mut keys = Vec::new();
        for (choice, answer) in offered {
            let key = need_key(&question.indicator, choice);
            needs.entry(key.clone()).or_insert_with(|| Need {
                indicator: question.indicator.clone(),
                sector: question.sector.code().to_owned(),
                asked: question.asked.clone(),
                answer: answer.clone(),
            });
            keys.push((key, choice.as_str()));
        }
        of_question.push(keys);
    }
    let mut in_order: Vec<&Household> = households.iter().collect();
    in_order.sort_by(|a, b| a.record.cmp(&b.record));
    let mut parents = BTreeMap::new();
    let mut cells: BTreeMap<(String, String), Vec<&Household>> = BTreeMap::new();
    for household in in_order {
        let group = household.group.as_deref().unwrap_or(UNKNOWN);
        let mut around = country.to_string();
        let within =
            (1..=DEEPEST).filter_map(|level| atlas.ancestor(&household.area, level)).map(|a| a.pcode.to_string());
        for area in std::iter::once(country.to_string()).chain(within) {
            if area != around {
                parents.insert(area.clone(), std::mem::replace(&mut around, area.clone()));
            }
            for group in [group, TOTAL] {
                cells.entry((area.clone(), group.to_owned())).or_default().push(household);
            }
        }
    }
    let mut rows: BTreeMap<Vec<String>, Vec<Cell>> = BTreeMap::new();
    let mut is_any = false;
    for ((area, group), households) in cells {
        for (question, keys) in questions.iter().zip(&of_question) {
            let mut all = Answered::default();
            let mut with: BTreeMap<&str, Answered> = BTreeMap::new();
            for household in &households {
                let Some(chosen) = household.chosen.get(&question.indicator) else { continue };
                if chosen.iter().all(|choice| NO_ANSWER.contains(&choice.as_str())) {
                    continue;
                }
                all.add(household.weight);
                // Two choices of one key are one answer of a household.
                let given: BTreeSet<&str> =
                    keys.iter().filter(|(_, choice)| chosen.contains(*choice)).map(|(key, _)| key.as_str()).collect();
                given.into_iter().for_each(|key| with.entry(key).or_default().add(household.weight));
            }
            is_any |= all.n > 0;
            for (key, _) in keys {
                let with = with.get(key.as_str()).copied().unwrap_or_default();
                rows.insert(vec![area.clone(), group.clone(), key.clone()], row_of(all, with));
            }
        }
    }
    let households = |name: &str, part_of| measure(name, "", Unit::Households, part_of);
    let measures = vec![
        households("asked_hh", None),
        households("with_hh", Some("asked_hh")),
        households("without_hh", Some("asked_hh")),
        measure("share", "", Unit::Share, None),
    ];
    let rows = rows.into_iter().map(|(key, cells)| TableRow { key, cells }).collect();
    let made = table(NEEDS, vec![Dim::Area, Dim::Group, Dim::Need], measures, parents, rows);
    is_any.then_some(FigureTable { needs, ..made })
}

fn row_of(all: Answered, with: Answered) -> Vec<Cell> {
    if all.n == 0 {
        return vec![Cell::default(); 4];
    }
    let counted = |n: i64| Cell { value: Some(n), ..Cell::default() };
    let share = with.weight / all.weight;
    let (low, high) = wilson(share, all.weight * all.weight / all.squares);
    let in_parts = |share: f64| share * 100.0 * Unit::Share.parts();
    let value = in_parts(share).round() as i64;
    let range = (value.min(in_parts(low).floor() as i64), value.max(in_parts(high).ceil() as i64));
    let share = Cell { value: Some(value), range: Some(range), ..Cell::default() };
    vec![counted(all.n), counted(with.n), counted(all.n - with.n), share]
}

/// Wilson's low and high of a proportion among `n`.
fn wilson(p: f64, n: f64) -> (f64, f64) {
    let z2 = Z * Z / n;
    let centre = (p + z2 / 2.0) / (1.0 + z2);
    let half = (Z / (1.0 + z2)) * (p * (1.0 - p) / n + z2 / (4.0 * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}
