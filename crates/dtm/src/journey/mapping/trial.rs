//! A changed mapping is tried on real records before it is kept: what comes out row by row, what is noticed, and which
//! figures of the round would be others. Nothing is kept.

use super::Workbench;
use crate::journey::settle::{self, Derived, Trial};
use crate::journey::{RoundOf, verification};
use crate::world;
use anyhow::Result;
use dtm_model::{
    Breakdown, Figure, Finding, Observation, Pcode, Place, Record, RecordId, Round, Setting, Severity, Sex,
};
use dtm_process::mapping::{self, AppliedAll, Mapping};
use dtm_store::{Blobs, Stamp, Store};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Figures of a larger round are not computed for a trial: that takes longer than a person waits.
const MOST_SETTLED: u64 = 20_000;
/// Rows that are shown.
const ROWS: usize = 12;

/// What a mapping would make of the records of a round.
pub(crate) struct Tried {
    pub(crate) round: Round,
    pub(crate) n_records: usize,
    /// Whether these are all records of the round.
    pub(crate) is_all: bool,
    /// How many records give other observations than with the mapping in force.
    pub(crate) n_changed: usize,
    /// Records whose place and day can be told, with the mapping in force and with this one.
    pub(crate) n_placed: [usize; 2],
    pub(crate) notices: Vec<NoticeLine>,
    pub(crate) rows: Vec<TriedRow>,
    /// Whether the figures are those that the round would settle on; else they are sums over the records tried.
    pub(crate) is_settled: bool,
    pub(crate) figures: Vec<FigureLine>,
}

/// What is noticed, with the mapping in force and with this one.
pub(crate) struct NoticeLine {
    pub(crate) check: String,
    pub(crate) severity: Severity,
    /// In how many records or columns.
    pub(crate) n: [usize; 2],
    /// One of those that are noticed now, or were.
    pub(crate) example: Finding,
}

/// A record, and what comes out of it.
pub(crate) struct TriedRow {
    pub(crate) record: RecordId,
    pub(crate) place: Option<Place>,
    /// The questions that the mapping reads, and their answers.
    pub(crate) answers: Vec<(String, String)>,
    pub(crate) before: Vec<Observation>,
    pub(crate) after: Vec<Observation>,
}

impl TriedRow {
    pub(crate) fn is_changed(&self) -> bool {
        counted(&self.before) != counted(&self.after)
    }
}

/// What is counted, without which record says so.
fn counted(observations: &[Observation]) -> BTreeSet<String> {
    let told =
        |one: &Observation| serde_json::to_string(&Observation { record: RecordId::of_number(0), ..one.clone() });
    observations.iter().filter_map(|one| told(one).ok()).collect()
}

/// Whom a figure is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dimension {
    Everyone,
    In(Setting),
    Reason(String),
    Origin(Option<Pcode>),
    Direction(String),
    People(Option<Sex>, Option<String>),
}

/// A figure with the mapping in force and with this one; none where nothing is counted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FigureLine {
    pub(crate) indicator: String,
    pub(crate) of: Dimension,
    pub(crate) before: Option<f64>,
    pub(crate) after: Option<f64>,
}

type Sums = BTreeMap<(String, Dimension), f64>;

fn sums<'a>(counts: impl Iterator<Item = (&'a str, &'a Breakdown, Option<Setting>, f64)>) -> Sums {
    let mut sums = Sums::new();
    for (indicator, breakdown, setting, value) in counts {
        let mut add = |of| *sums.entry((indicator.to_owned(), of)).or_default() += value;
        if !breakdown.is_everyone() {
            add(Dimension::People(breakdown.sex, breakdown.age.clone()));
            continue;
        }
        add(Dimension::Everyone);
        if let Some(setting) = setting {
            add(Dimension::In(setting));
        }
        if let Some(reason) = &breakdown.reason {
            add(Dimension::Reason(reason.clone()));
        }
        if let Some(direction) = &breakdown.direction {
            add(Dimension::Direction(direction.clone()));
        }
        add(Dimension::Origin(breakdown.origin.clone()));
    }
    sums
}

fn of_figures(figures: &[Figure]) -> Sums {
    sums(figures.iter().map(|one| (one.indicator.as_str(), &one.breakdown, one.setting, one.value)))
}

fn of_observations(observations: &[Observation]) -> Sums {
    sums(observations.iter().map(|one| (one.indicator.as_str(), &one.breakdown, one.setting, one.value)))
}

/// What everybody sums up to, changed or not, and every part that changes.
fn figure_lines(before: &Sums, after: &Sums) -> Vec<FigureLine> {
    let keys: BTreeSet<&(String, Dimension)> = before.keys().chain(after.keys()).collect();
    let line = |key: &&(String, Dimension)| FigureLine {
        indicator: key.0.clone(),
        of: key.1.clone(),
        before: before.get(*key).copied(),
        after: after.get(*key).copied(),
    };
    let lines = keys.iter().map(line);
    lines.filter(|line| line.of == Dimension::Everyone || line.before != line.after).collect()
}

fn notice_lines(before: &[Finding], after: &[Finding]) -> Vec<NoticeLine> {
    let mut lines: BTreeMap<&str, NoticeLine> = BTreeMap::new();
    for (at, findings) in [after, before].into_iter().enumerate() {
        for finding in findings {
            let line = lines.entry(&finding.check).or_insert_with(|| NoticeLine {
                check: finding.check.clone(),
                severity: finding.severity,
                n: [0, 0],
                example: finding.clone(),
            });
            line.n[1 - at] += 1;
        }
    }
    let mut lines: Vec<NoticeLine> = lines.into_values().collect();
    lines.sort_by_key(|line| (std::cmp::Reverse(line.severity), std::cmp::Reverse(line.n[1])));
    lines
}

/// The answers of a record to what a mapping reads.
fn answers_read(record: &Record, read: &[String]) -> Vec<(String, String)> {
    let mut answers: Vec<(String, String)> = Vec::new();
    for question in read {
        if let Some(answer) = record.answers.get(question)
            && !answers.iter().any(|(known, _)| known == question)
        {
            answers.push((question.clone(), answer.to_text()));
        }
    }
    answers
}

fn by_record(observations: &[Observation]) -> HashMap<&RecordId, Vec<&Observation>> {
    let mut by_record: HashMap<&RecordId, Vec<&Observation>> = HashMap::new();
    for observation in observations {
        by_record.entry(&observation.record).or_default().push(observation);
    }
    by_record
}

fn rows(records: &[Record], mapping: &Mapping, before: &AppliedAll, after: &AppliedAll) -> (usize, Vec<TriedRow>) {
    let read: Vec<String> = mapping.parts().into_iter().map(|(question, _)| question.to_owned()).collect();
    let places: HashMap<_, &Place> = after.places.iter().map(|place| (&place.ssid, place)).collect();
    let at: HashMap<_, _> = after.visits.iter().map(|visit| (&visit.record, &visit.place)).collect();
    let (was, is) = (by_record(&before.observations), by_record(&after.observations));
    let of = |by: &HashMap<&RecordId, Vec<&Observation>>, id: &RecordId| -> Vec<Observation> {
        by.get(id).into_iter().flatten().map(|one| (*one).clone()).collect()
    };
    let (mut changed, mut same, mut n_changed) = (Vec::new(), Vec::new(), 0);
    for record in records {
        let (before, after) = (of(&was, &record.id), of(&is, &record.id));
        let is_changed = counted(&before) != counted(&after);
        n_changed += usize::from(is_changed);
        let shown = if is_changed { &mut changed } else { &mut same };
        if shown.len() < ROWS {
            shown.push(TriedRow {
                record: record.id.clone(),
                place: at.get(&record.id).and_then(|ssid| places.get(ssid)).map(|place| (*place).clone()),
                answers: answers_read(record, &read),
                before,
                after,
            });
        }
    }
    // What counts nothing says least about a mapping.
    same.sort_by_key(|row: &TriedRow| row.after.is_empty());
    changed.extend(same);
    changed.truncate(ROWS);
    (n_changed, changed)
}

/// Tries a mapping on the records of the workbench; nothing where there are none.
pub(crate) async fn try_it(
    store: &Store,
    blobs: &Blobs,
    bench: &Workbench,
    mapping: &Mapping,
    stamp: &Stamp,
) -> Result<Option<Tried>> {
    let Some(round) = bench.sample.round.clone() else { return Ok(None) };
    // What cannot be read any more is as good as nothing to compare with.
    let in_force = Mapping::read(&bench.text()).map(|(mapping, _)| mapping).unwrap_or_default();
    let (dictionary, atlas) = (bench.dictionary.clone(), bench.atlas.clone());
    let (records, tried) = (bench.sample.records.clone(), mapping.clone());
    let applied = tokio::task::spawn_blocking(move || {
        let before = mapping::apply_all(&in_force, &dictionary, &atlas, &records);
        let after = mapping::apply_all(&tried, &dictionary, &atlas, &records);
        let (n_changed, rows) = rows(&records, &tried, &before, &after);
        (before, after, n_changed, rows)
    });
    let (before, after, n_changed, rows) = applied.await?;
    let is_settled = store.count_records(&round.id).await? <= MOST_SETTLED;
    let figures = if is_settled {
        let of = RoundOf { operation: &bench.mapped.operation, exercise: &bench.mapped.exercise, round: &round };
        let trial = Trial { key: &bench.mapped.key, mapping };
        let rules = verification::rules(store, &bench.mapped.exercise).await?;
        let verifying = Some(settle::Verifying::by(&rules));
        let was = settle::derive(store, blobs, of, verifying, None, world::today(), stamp).await?;
        let is = settle::derive(store, blobs, of, verifying, Some(trial), world::today(), stamp).await?;
        let sums = |derived: &Derived| of_figures(&derived.figures);
        figure_lines(&sums(&was), &sums(&is))
    } else {
        figure_lines(&of_observations(&before.observations), &of_observations(&after.observations))
    };
    Ok(Some(Tried {
        n_records: bench.sample.records.len(),
        is_all: bench.sample.is_all,
        n_changed,
        n_placed: [before.visits.len(), after.visits.len()],
        notices: notice_lines(&before.findings, &after.findings),
        rows,
        is_settled,
        figures,
        round,
    }))
}
