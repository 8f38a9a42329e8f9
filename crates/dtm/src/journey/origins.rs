//! Where the people of a round came from, and how their number went over the rounds: what an officer looks at beside the
//! changes of single places before a round is cleared.

use super::{RoundOf, settle};
use crate::cli::Report;
use crate::spreadsheet::{Cell, Table};
use anyhow::Result;
use dtm_model::{Atlas, Figure, Pcode, RoundLabel};
use dtm_process::codes::{IDP_IND, UNKNOWN};
use dtm_process::rounds::{
    Fit, FitError, FitOptions, OriginBalance, OriginTable, Segmentations, origin_table, segment,
};
use dtm_publish::words::{Arg, Words};
use dtm_store::{Blobs, Store};
use std::collections::BTreeMap;

/// The level of the areas that people are in.
const LEVEL: u8 = 1;
/// The least share of a series between two of its breaks, and the most breaks that are looked for.
const BETWEEN_BREAKS: f64 = 0.15;
const MOST_BREAKS: usize = 3;

/// What the settled figures of a round say of origins, and all rounds up to it of the number of people.
pub(crate) struct Movements {
    pub(crate) table: OriginTable,
    pub(crate) atlas: Atlas,
    /// Displaced people by round, the oldest first.
    pub(crate) series: Vec<(RoundLabel, i64)>,
}

fn persons(figures: &[Figure]) -> i64 {
    let of = |figure: &&Figure| figure.indicator == IDP_IND && figure.breakdown.is_everyone();
    figures.iter().filter(of).map(|figure| figure.value).sum::<f64>().round() as i64
}

/// Reads a round and those before it; none where it was never settled.
pub(crate) async fn of(store: &Store, blobs: &Blobs, of: RoundOf<'_>) -> Result<Option<Movements>> {
    let RoundOf { operation, exercise, round } = of;
    let Some(figures) = settle::figures_of_round(store, blobs, round).await? else { return Ok(None) };
    let atlas = store.atlas(&operation.admin0).await?;
    let earlier = settle::earlier_figures(store, blobs, exercise, round, usize::MAX).await?;
    let before = earlier.into_iter().rev().map(|(label, figures)| (label, persons(&figures)));
    let series = before.chain([(round.label.clone(), persons(&figures))]).collect();
    Ok(Some(Movements { table: origin_table(&figures, IDP_IND, &atlas, LEVEL), atlas, series }))
}

impl Movements {
    /// The name of an area, or what was reported in its place; none where nobody said.
    pub(crate) fn name<'a>(&'a self, code: &'a str, lang: dtm_model::Lang) -> Option<&'a str> {
        if code == UNKNOWN {
            return None;
        }
        Some(self.atlas.area(&Pcode::from(code)).map_or(code, |area| area.name.get(lang)))
    }

    /// The same in words, where nobody said too.
    pub(crate) fn title(&self, code: &str, w: &Words) -> String {
        self.name(code, w.lang()).map_or_else(|| w.t("origins-unknown"), str::to_owned)
    }

    /// What the levels say, in a sentence.
    pub(crate) fn levels_told(&self, w: &Words) -> String {
        match self.levels().map(|levels| levels.by_breaks[levels.best].breaks.len()) {
            Err(_) => w.t("origins-too-few"),
            Ok(0) => w.t("origins-one-level"),
            Ok(n) => w.t_n("origins-levels", n as i64),
        }
    }

    /// Where the number of people changed its level; an error where the rounds are too few to say.
    pub(crate) fn levels(&self) -> Result<Segmentations, dtm_process::rounds::SeriesError> {
        let values: Vec<f64> = self.series.iter().map(|(_, persons)| *persons as f64).collect();
        segment(&values, BETWEEN_BREAKS, MOST_BREAKS)
    }

    /// The table fitted to what is known from elsewhere: how many left each origin, and how many arrived at each area.
    pub(crate) fn fitted(&self, left: &Margin, arrived: &Margin) -> Result<Fit, Unfit> {
        let rows = left.in_order(self.table.origins.iter().map(String::as_str))?;
        let columns = arrived.in_order(self.table.destinations.iter().map(Pcode::as_str))?;
        self.table.fit(&rows, &columns, &FitOptions::default()).map_err(Unfit::Fit)
    }
}

/// Known sums by area.
#[derive(Debug, Default)]
pub(crate) struct Margin(BTreeMap<String, f64>);

/// Why margins cannot be used.
#[derive(Debug, PartialEq)]
pub(crate) enum Unfit {
    /// This line is not a code and a number.
    Line(String),
    /// Areas of the table of which nothing is said.
    Missing(Vec<String>),
    /// Areas that are not in the table.
    Unknown(Vec<String>),
    Fit(FitError),
}

impl Margin {
    /// Reads lines of a code and a number, whatever stands between them.
    pub(crate) fn read(text: &str) -> Result<Self, Unfit> {
        let mut sums = BTreeMap::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let bad = || Unfit::Line(line.to_owned());
            let (code, number) = line.split_once([';', ',', '\t', ' ', ':']).ok_or_else(bad)?;
            let digits: String = number.chars().filter(|letter| !letter.is_whitespace() && *letter != ';').collect();
            let number: f64 = digits.parse().map_err(|_| bad())?;
            *sums.entry(code.trim().to_owned()).or_insert(0.0) += number;
        }
        Ok(Self(sums))
    }

    fn in_order<'a>(&self, codes: impl Iterator<Item = &'a str>) -> Result<Vec<f64>, Unfit> {
        let codes: Vec<&str> = codes.collect();
        let named = |code: &&str| self.0.keys().any(|known| known == *code);
        let missing: Vec<String> = codes.iter().filter(|code| !named(code)).map(|code| (*code).to_owned()).collect();
        let unknown: Vec<String> = self.0.keys().filter(|known| !codes.contains(&known.as_str())).cloned().collect();
        match (missing.is_empty(), unknown.is_empty()) {
            (_, false) => Err(Unfit::Unknown(unknown)),
            (false, _) => Err(Unfit::Missing(missing)),
            _ => Ok(codes.iter().map(|code| self.0.get(*code).copied().unwrap_or_default()).collect()),
        }
    }
}

/// The origin table as a file, a row for each origin and area with people.
pub(crate) fn table(seen: &Movements, w: &Words) -> Table {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (origin, people) in seen.table.origins.iter().zip(&seen.table.people) {
        for (area, n) in seen.table.destinations.iter().zip(people).filter(|(_, n)| **n > 0) {
            let code = if origin == UNKNOWN { "" } else { origin };
            let (from, to) = (seen.title(origin, w), seen.title(area.as_str(), w));
            rows.push(vec![code.into(), from.into(), area.as_str().into(), to.into(), Cell::Number(*n as f64)]);
        }
    }
    let code = |key: &str| w.t_args("origins-code", &[("what", Arg::from(w.t(key)))]);
    let headings = vec![
        code("origins-from"),
        w.t("origins-from"),
        code("office-area"),
        w.t("office-area"),
        w.t("origins-persons"),
    ];
    Table { name: "origins", headings, rows }
}

/// What the command says: a line for each area, and what the levels say.
pub(crate) fn report(seen: &Movements, w: &Words) -> Report {
    let line = |(area, balance): (Pcode, OriginBalance)| {
        let args = [
            ("area", Arg::from(seen.name(area.as_str(), w.lang()).unwrap_or(area.as_str()))),
            ("within", Arg::from(w.number(balance.within))),
            ("gone", Arg::from(w.number(balance.gone_elsewhere))),
            ("come", Arg::from(w.number(balance.from_elsewhere))),
            ("net", Arg::from(w.difference(balance.net()))),
        ];
        w.t_args("origins-line", &args)
    };
    let mut lines: Vec<String> = seen.table.balances().into_iter().map(line).collect();
    lines.push(seen.levels_told(w));
    Report::new(lines.join("\n"), json(seen))
}

/// What programs are told of a round's movements.
pub(crate) fn json(seen: &Movements) -> serde_json::Value {
    let levels = seen.levels().ok().map(|levels| levels.by_breaks[levels.best].clone());
    serde_json::json!({
        "originTable": seen.table, "balances": seen.table.balances(),
        "series": seen.series.iter().map(|(label, persons)| serde_json::json!({ "round": label, "persons": persons })).collect::<Vec<_>>(),
        "levels": levels,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_sums_are_read_as_people_write_them_and_held_against_the_table() {
        let margin = Margin::read("HT01; 1 200\nHT02\t30\n\n HT03, 5").unwrap();
        assert_eq!(margin.in_order(["HT03", "HT01", "HT02"].into_iter()), Ok(vec![5.0, 1200.0, 30.0]));
        assert_eq!(
            margin.in_order(["HT01", "HT02", "HT03", "HT04"].into_iter()),
            Err(Unfit::Missing(vec!["HT04".into()]))
        );
        assert_eq!(margin.in_order(["HT01"].into_iter()), Err(Unfit::Unknown(vec!["HT02".into(), "HT03".into()])));
        assert_eq!(Margin::read("HT01").unwrap_err(), Unfit::Line("HT01".into()));
        assert_eq!(Margin::read("HT01 many").unwrap_err(), Unfit::Line("HT01 many".into()));
    }
}
