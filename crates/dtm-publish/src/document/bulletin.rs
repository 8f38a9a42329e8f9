//! The bulletin of flow monitoring: who was counted passing which points, day by day.

use super::content::{Author, Parts, points_of};
use super::{Block, Column, Document, Key, Shown, Table};
use crate::page::{cell, values_of};
use crate::words::Arg;
use dtm_model::TOTAL;
use dtm_protect::ReleasedCell;

impl Author<'_> {
    /// What was observed, where and when; never a total of all movements.
    pub(super) fn bulletin(&self) -> Document {
        let w = self.w;
        let table = self.of.current.table("flows");
        let days = values_of(table, 1);
        let points = self.points();
        let all = cell(table, &[TOTAL, TOTAL, TOTAL], "persons");
        let dates = match (days.first().and_then(|day| day.parse().ok()), days.last().and_then(|day| day.parse().ok()))
        {
            (Some(first), Some(last)) => w.date_range(first, last),
            _ => w.date_range(self.of.current.heading().starts_on, self.of.current.heading().ends_on),
        };
        let title = match all.value.number() {
            Some(persons) => w.t_args(
                "document-flows-title",
                &[
                    ("persons", Arg::from(w.number(persons))),
                    ("points", Arg::from(points.len() as i64)),
                    ("dates", Arg::from(dates)),
                ],
            ),
            None => w.t_args("document-flows-no-number", &[("dates", Arg::from(dates))]),
        };
        let a_day = |cell: ReleasedCell| {
            let number = cell.value.number().filter(|_| !days.is_empty())?;
            Some((number as f64 / days.len() as f64).round() as i64)
        };
        let mut said = vec![w.t("flows-caveat")];
        // That a point leads is only said where every point's number is shown.
        if let [(_, busiest, first), (_, _, second), ..] = points.as_slice()
            && let (Some(most), Some(next), Some(whole)) =
                (first.value.number(), second.value.number(), all.value.number())
            && most > next
            && points.iter().all(|(_, _, cell)| cell.value.number().is_some())
        {
            let share = w.percent(most, whole);
            said.push(
                w.t_args("document-busiest", &[("point", Arg::from(busiest.clone())), ("share", Arg::from(share))]),
            );
        }
        let directions = values_of(table, 2);
        let key = |label: String, cell: ReleasedCell, note: String, first: bool| Key {
            label,
            cell: self.shown(cell),
            note,
            direction: "",
            first,
        };
        let mut keys = vec![key(
            w.label("measure", "persons"),
            all,
            a_day(all).map(|n| w.t_n("flows-a-day", n)).unwrap_or_default(),
            true,
        )];
        for direction in &directions {
            let cell = cell(table, &[TOTAL, TOTAL, direction], "persons");
            let share = match (cell.value.number(), all.value.number()) {
                (Some(part), Some(whole)) if whole > 0 => {
                    w.t_args("document-share-of-observed", &[("share", Arg::from(w.percent(part, whole)))])
                }
                _ => String::new(),
            };
            keys.push(key(w.direction(direction), cell, share, false));
        }
        let numeric = |label: String| Column { label, numeric: true };
        let mut columns = vec![Column { label: w.t("document-point"), numeric: false }];
        columns.push(numeric(w.label("measure", "persons")));
        columns.push(numeric(w.t("document-a-day")));
        columns.extend(directions.iter().map(|direction| numeric(w.direction(direction))));
        let row = |(ssid, name, persons): &(String, String, ReleasedCell)| {
            let mut cells = vec![Shown::plain(name), self.shown(*persons)];
            cells.push(Shown::plain(a_day(*persons).map_or_else(|| w.value(persons.value), |n| w.number(n))));
            cells.extend(
                directions.iter().map(|direction| self.shown(cell(table, &[ssid, TOTAL, direction], "persons"))),
            );
            cells
        };
        let table = Block::Table(Table {
            caption: w.t("document-points"),
            columns,
            rows: points.iter().map(row).collect(),
            note: String::new(),
        });
        let mut parts = Parts::new(w);
        parts.section("in-brief", points_of(said));
        parts.section("factsheet-keys", self.key_figures(keys));
        parts.section("document-by-day", self.drawn(&["flows"]));
        parts.section("document-by-point", self.drawn(&["points"]).chain((!points.is_empty()).then_some(table)));
        self.document("document-kind-bulletin", title, parts)
    }

    /// The points with who was counted at them: code, name and number, the most first.
    pub(super) fn points(&self) -> Vec<(String, String, ReleasedCell)> {
        let table = self.of.current.table("flows");
        crate::page::points_of(self.of.current, table)
    }
}
