//! What households need: their answers by sector and group, with the range of each share.

use super::content::{Author, Parts, points_of};
use super::{Block, Column, Document, Key, Shown, Table};
use crate::dataset::{hna, names};
use crate::page::{cell, said_most, values_of};
use crate::words::Arg;
use dtm_model::{Dim, Need, TOTAL};
use dtm_protect::{ReleasedCell, ReleasedTable};
use std::collections::BTreeMap;

impl Author<'_> {
    pub(super) fn needs(&self) -> Document {
        let w = self.w;
        let table = self.of.current.table(hna::TABLE);
        let said = said_most(self.of.current, w);
        let title = said.as_ref().and_then(|(asked, answers)| first_clearly(answers).map(|at| (asked, at)));
        let title = match title {
            Some((asked, (answer, cell))) => w.t_args(
                "document-needs-title",
                &[
                    ("asked", Arg::from(asked.clone())),
                    ("answer", Arg::from(answer.clone())),
                    ("share", Arg::from(w.share(cell.value))),
                ],
            ),
            None => w.t("document-needs"),
        };
        let mut parts = Parts::new(w);
        parts.section("in-brief", points_of(vec![w.t("document-needs-read")]));
        if let Some(table) = table {
            parts.section("factsheet-keys", self.key_figures(self.households(table)));
            parts.section("document-needs", self.drawn(&["needs"]).chain(self.by_area(table)));
            parts.section("document-by-sector", self.by_sector(table));
        }
        self.document("document-kind-needs", title, parts)
    }

    fn share(&self, cell: ReleasedCell) -> Shown {
        let w = self.w;
        let range = cell.range.map(|(low, high)| {
            let end = |parts| w.share(dtm_protect::Value::Number(parts));
            format!("{}–{}", end(low), end(high))
        });
        Shown { text: w.share(cell.value), range: range.unwrap_or_default(), ..self.shown(cell) }
    }

    /// How many households were interviewed, of every group.
    fn households(&self, table: &ReleasedTable) -> Vec<Key> {
        let w = self.w;
        let admin0 = self.of.current.heading().admin0.as_str();
        // As many as answered the question that most answered.
        let asked = |group: &str| {
            let cells = table.needs.keys().map(|need| cell(Some(table), &[admin0, group, need], "asked_hh"));
            cells.max_by_key(|cell| cell.value.number())
        };
        let groups = std::iter::once(TOTAL).chain(values_of(Some(table), 1));
        let keys = groups.filter_map(|group| {
            Some(Key {
                label: if group == TOTAL { w.t("document-interviewed") } else { self.group(group) },
                cell: self.shown(asked(group)?),
                note: String::new(),
                direction: "",
                first: group == TOTAL,
            })
        });
        keys.collect()
    }

    fn group(&self, code: &str) -> String {
        names::value(Dim::Group, code, self.of.atlas, self.w.lang())
    }

    /// A table for every question, sector by sector: answers by group.
    fn by_sector(&self, table: &ReleasedTable) -> Vec<Block> {
        let w = self.w;
        let admin0 = self.of.current.heading().admin0.as_str();
        let groups = values_of(Some(table), 1);
        let mut questions: BTreeMap<(&str, &str), Vec<(&str, &Need)>> = BTreeMap::new();
        for (key, need) in &table.needs {
            questions.entry((need.sector.as_str(), need.indicator.as_str())).or_default().push((key, need));
        }
        let columns = || {
            let mut columns = vec![Column { label: w.t("document-answer"), numeric: false }];
            columns.push(Column { label: w.t("document-all-households"), numeric: true });
            columns.extend(groups.iter().map(|group| Column { label: self.group(group), numeric: true }));
            columns
        };
        let row = |(key, need): &(&str, &Need)| {
            let share = |group: &str| self.share(cell(Some(table), &[admin0, group, key], "share"));
            let mut cells = vec![Shown::plain(w.text(&need.answer)), share(TOTAL)];
            cells.extend(groups.iter().map(|group| share(group)));
            cells
        };
        let one = |((sector, _), needs): ((&str, &str), Vec<(&str, &Need)>)| {
            let asked = needs.first().map(|(_, need)| w.text(&need.asked)).unwrap_or_default();
            Block::Table(Table {
                caption: w.pair(w.text(&names::sector_name(sector)), asked),
                columns: columns(),
                rows: needs.iter().map(row).collect(),
                note: String::new(),
            })
        };
        questions.into_iter().map(one).collect()
    }

    /// The three answers most given, by area of the first level.
    fn by_area(&self, table: &ReleasedTable) -> Option<Block> {
        const FIRST: usize = 3;
        let w = self.w;
        let admin0 = self.of.current.heading().admin0.as_str();
        let question = {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            table.needs.values().for_each(|need| *counts.entry(need.indicator.as_str()).or_default() += 1);
            counts.into_iter().max_by_key(|(_, n)| *n)?.0
        };
        let mut answers: Vec<(&str, &Need)> = table.needs.iter().map(|(key, need)| (key.as_str(), need)).collect();
        answers.retain(|(_, need)| need.indicator == question);
        answers.sort_by_key(|(key, _)| {
            std::cmp::Reverse(cell(Some(table), &[admin0, TOTAL, key], "share").value.number())
        });
        answers.truncate(FIRST);
        let mut columns = vec![Column { label: w.t("factsheet-column-area"), numeric: false }];
        columns
            .extend(answers.iter().map(|(_, need)| Column { label: w.text(&need.answer).to_owned(), numeric: true }));
        let areas: Vec<&str> = values_of(Some(table), 0)
            .into_iter()
            .filter(|area| table.parents.get(*area).is_some_and(|above| above == admin0))
            .collect();
        let row = |area: &&str| {
            let mut cells = vec![Shown::plain(self.name(area))];
            cells.extend(answers.iter().map(|(key, _)| self.share(cell(Some(table), &[area, TOTAL, key], "share"))));
            cells
        };
        (!areas.is_empty()).then(|| {
            Block::Table(Table {
                caption: w.t("document-needs-by-area"),
                columns,
                rows: areas.iter().map(row).collect(),
                note: String::new(),
            })
        })
    }
}

/// The answer that more households gave than any other, where the ranges of the first two do not meet and no number is
/// missing.
fn first_clearly(answers: &[(String, ReleasedCell)]) -> Option<&(String, ReleasedCell)> {
    let all_shown = answers.iter().all(|(_, cell)| cell.value.number().is_some());
    let [first, second, ..] = answers else { return None };
    let low = first.1.range.map_or(first.1.value.number(), |(low, _)| Some(low))?;
    let high = second.1.range.map_or(second.1.value.number(), |(_, high)| Some(high))?;
    (all_shown && low > high).then_some(first)
}
