//! What somebody should look at in a file before it is taken: codes that were repaired as a table, everything else by kind.

use super::Teller;
use dtm_process::places::PlaceProblem;
use std::collections::BTreeMap;

/// How many lines of a kind are told.
const TOLD: usize = 200;
/// Kinds of no more lines than this are open from the first.
const FEW: usize = 5;

/// A code or spelling of the file, and the area it was read as.
pub(super) struct Repaired {
    pub(super) written: String,
    pub(super) meant: String,
    pub(super) how: String,
    /// How many rows have it, and the first of them.
    pub(super) n: i64,
    pub(super) row: String,
}

/// The problems of one kind.
pub(super) struct Kind {
    pub(super) title: String,
    pub(super) n: i64,
    pub(super) lines: Vec<String>,
    pub(super) n_more: i64,
    pub(super) is_open: bool,
}

/// What is told of a file.
pub(super) struct Problems {
    pub(super) n_repaired: i64,
    pub(super) repaired: Vec<Repaired>,
    pub(super) kinds: Vec<Kind>,
}

impl Problems {
    pub(super) fn new(teller: &Teller<'_>, all: &[PlaceProblem]) -> Self {
        let w = teller.w;
        let mut repaired: BTreeMap<(&str, &str), Repaired> = BTreeMap::new();
        let mut kinds: Vec<(&str, Vec<&PlaceProblem>)> = Vec::new();
        for problem in all {
            let fact = |name: &str| problem.facts.get(name).map_or("", String::as_str);
            if problem.code == "area_repaired" {
                let line = repaired.entry((fact("area"), fact("pcode"))).or_insert_with(|| Repaired {
                    written: fact("area").to_owned(),
                    meant: teller.area(fact("pcode")),
                    how: w.label("places-repair", fact("how")),
                    n: 0,
                    row: fact("row").to_owned(),
                });
                line.n += 1;
                continue;
            }
            match kinds.iter_mut().find(|(code, _)| *code == problem.code) {
                Some((_, of)) => of.push(problem),
                None => kinds.push((problem.code, vec![problem])),
            }
        }
        let kind = |(code, of): (&str, Vec<&PlaceProblem>)| Kind {
            title: w.label("places-problem", code),
            n: of.len() as i64,
            lines: of.iter().take(TOLD).map(|problem| w.typeset(&problem.message(teller.lang))).collect(),
            n_more: of.len().saturating_sub(TOLD) as i64,
            is_open: of.len() <= FEW,
        };
        Self {
            n_repaired: repaired.values().map(|line| line.n).sum(),
            repaired: repaired.into_values().collect(),
            kinds: kinds.into_iter().map(kind).collect(),
        }
    }
}
