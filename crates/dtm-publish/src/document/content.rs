//! The words and numbers of a round, as documents show them.

use super::{Block, Chart, Column, Component, Document, Drawn, Entry, Key, Made, Shape, Shown, Sources, State, Table};
use crate::drawing::Reading;
use crate::page::message::{self, Message};
use crate::page::{Facts, Standing, cell, figure_svg, map_level, pyramid_rows, values_of};
use crate::page::{emergency_point, reasons_said};
use crate::words::{Arg, Words};
use dtm_model::{Pcode, TOTAL, Tool, Unit};
use dtm_protect::{Release, ReleasedCell, ReleasedTable, Value};
use serde::Serialize;

/// Rows of the ranking.
const TOP: usize = 10;
/// Sentences under the title.
const POINTS: usize = 4;

/// Rows of tables of areas in a report.
const LISTED: usize = 40;

#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    name: String,
    within: String,
    cell: Shown,
    change: String,
    direction: &'static str,
    share: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Ranking {
    heading: String,
    columns: [String; 4],
    rows: Vec<Row>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Headings {
    keys: String,
    states: String,
    method: String,
}

/// Everything the template of the factsheet sets.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Sheet {
    lang: &'static str,
    document_title: String,
    keywords: Vec<String>,
    made: Made,
    kind: String,
    country: String,
    operation: String,
    round: String,
    dates: String,
    message: String,
    points: Vec<String>,
    headings: Headings,
    keys: Vec<Key>,
    pub(super) map: Option<Drawn>,
    ranking: Ranking,
    pub(super) charts: Vec<Drawn>,
    states: Vec<State>,
    method: Vec<Entry>,
    source: String,
    disclaimer: String,
}

/// The factsheet of a round.
pub(super) fn sheet(of: &Sources<'_>, w: &'static Words) -> Sheet {
    Author::of(of, w).sheet()
}

/// The report of a round: what its page shows, in an order to be read. Movements, emergencies and surveys of households
/// have reports of their own.
pub fn report(of: &Sources<'_>) -> Document {
    let author = Author::of(of, Words::of(of.lang));
    match Component::of(of.current) {
        Some(Component::Flows) => author.bulletin(),
        Some(Component::Events) => author.alert(),
        Some(Component::Needs) => author.needs(),
        None => author.round_report(),
    }
}

/// The last round of the same exercise before this one.
fn round_before<'a>(of: &Sources<'a>) -> Option<&'a Release> {
    let heading = of.current.heading();
    let same = of.earlier.iter().copied().filter(|release| release.heading().exercise == heading.exercise);
    let before = same.filter(|release| release.heading().round < heading.round);
    before.max_by(|a, b| a.heading().round.cmp(&b.heading().round))
}

/// What the parts of a document are written with.
pub(super) struct Author<'a> {
    pub(super) of: &'a Sources<'a>,
    pub(super) w: &'static Words,
    before: Option<&'a Release>,
    facts: Facts,
}

impl<'a> Author<'a> {
    pub(super) fn of(of: &'a Sources<'a>, w: &'static Words) -> Author<'a> {
        let before = round_before(of);
        Author { of, w, before, facts: Facts::of(of.current, before) }
    }

    /// «A message – country, round»: the name of a document among others.
    fn document_title(&self, message: &str) -> String {
        let heading = self.of.current.heading();
        let said = [
            ("message", Arg::from(message)),
            ("country", Arg::from(self.w.text(&heading.country))),
            ("round", Arg::from(heading.round.as_str())),
        ];
        self.w.t_args("factsheet-document", &said)
    }

    fn keywords(&self) -> Vec<String> {
        let heading = self.of.current.heading();
        vec!["DTM".to_owned(), self.w.text(&heading.country).to_owned(), heading.iso3.clone()]
    }

    fn round(&self) -> String {
        self.w.t_args("round", &[("label", Arg::from(self.of.current.heading().round.as_str()))])
    }

    fn dates(&self) -> String {
        let heading = self.of.current.heading();
        let collected = self.w.date_range(heading.starts_on, heading.ends_on);
        self.w.t_args("factsheet-dates", &[("collected", Arg::from(collected))])
    }

    fn sheet(&self) -> Sheet {
        let (w, release) = (self.w, self.of.current);
        let heading = release.heading();
        let message = message::title(&self.facts, w);
        let mut points = message::points(&self.facts, w, &|code| self.name(code));
        points.truncate(POINTS);
        Sheet {
            lang: w.lang().code(),
            document_title: self.document_title(&message),
            keywords: self.keywords(),
            made: Made::at(release.made_at()),
            kind: w.t_args("factsheet-kind", &[("tool", Arg::from(self.tool()))]),
            country: w.text(&heading.country).to_owned(),
            operation: w.text(&heading.operation_name).to_owned(),
            round: self.round(),
            dates: self.dates(),
            message,
            points,
            headings: Headings {
                keys: w.t("factsheet-keys"),
                states: w.t("factsheet-reading"),
                method: w.t("factsheet-method"),
            },
            keys: self.keys(),
            map: self.map(),
            ranking: self.ranking(),
            charts: self.charts(),
            states: self.states(),
            method: self.method(),
            source: self.source(),
            disclaimer: w.t("boundary-disclaimer"),
        }
    }

    fn round_report(&self) -> Document {
        let w = self.w;
        let title = message::title(&self.facts, w);
        let points = message::points(&self.facts, w, &|code| self.name(code));
        let mut parts = Parts::new(w);
        parts.section("in-brief", points_of(points));
        parts.section("factsheet-keys", self.key_figures(self.keys()));
        parts.section("document-where", self.where_people_are());
        parts.section("document-time", self.drawn(&["trend"]).chain([self.rounds()]));
        parts.section("document-why", self.drawn(&["reasons", "origins"]));
        parts.section("document-who", self.drawn(&["sex_age"]));
        let caveat = Block::Text { text: w.t("flows-caveat") };
        let movements = self.drawn(&["flows"]).flat_map(|drawings| [caveat.clone(), drawings]);
        parts.section("document-movements", movements.collect::<Vec<_>>());
        self.document("document-kind-report", title, parts)
    }

    /// An emergency: who was counted where and why, as known on its day.
    fn alert(&self) -> Document {
        let (w, of) = (self.w, self.of);
        let title = emergency_point(of.current, of.atlas, w).unwrap_or_else(|| message::title(&self.facts, w));
        let mut parts = Parts::new(w);
        let mut points = vec![w.t("emergency-caveat")];
        points.extend(reasons_said(of.current, w));
        parts.section("in-brief", points_of(points));
        parts.section("factsheet-keys", self.key_figures(self.keys()));
        parts.section("document-where", self.where_people_are());
        parts.section("document-why", self.drawn(&["reasons", "origins"]));
        // One update is no line.
        let line = (self.releases().len() > 1).then(|| self.drawn(&["trend"])).into_iter().flatten();
        parts.section("document-updates", line.chain([self.rounds()]));
        self.document("document-kind-alert", title, parts)
    }

    /// Key figures, for those who read a table of them.
    pub(super) fn key_figures(&self, items: Vec<Key>) -> Option<Block> {
        let columns = ["document-figure", "document-number", "document-note"].map(|key| self.w.t(key));
        (!items.is_empty()).then_some(Block::Keys { columns, items })
    }

    /// The drawings of these names that the release has, side by side.
    pub(super) fn drawn(&self, names: &[&str]) -> impl Iterator<Item = Block> {
        let items: Vec<Drawn> = names.iter().filter_map(|name| self.chart(name)).collect();
        (!items.is_empty()).then_some(Block::Figures { items }).into_iter()
    }

    /// The map, and the tables of areas, of the highest level first.
    fn where_people_are(&self) -> Vec<Block> {
        let map = self.map().map(|map| Block::Figures { items: vec![map] });
        let levels = if self.ranked_level() == 2 { vec![1, 2] } else { vec![1] };
        map.into_iter().chain(levels.into_iter().filter_map(|level| self.areas(level))).collect()
    }

    /// A document of these parts, with how to read it and how it was made below them.
    pub(super) fn document(&self, kind: &str, title: String, mut parts: Parts) -> Document {
        let (w, release) = (self.w, self.of.current);
        let heading = release.heading();
        parts.section("factsheet-reading", [Block::States { items: self.states() }]);
        parts.section("factsheet-method", [Block::Facts { items: self.method() }]);
        Document {
            lang: w.lang(),
            kind: w.t_args(kind, &[("tool", Arg::from(self.tool()))]),
            document_title: self.document_title(&title),
            title,
            keywords: self.keywords(),
            country: w.text(&heading.country).to_owned(),
            operation: w.text(&heading.operation_name).to_owned(),
            round: self.round(),
            dates: self.dates(),
            blocks: parts.blocks,
            source: self.source(),
            disclaimer: w.t("boundary-disclaimer"),
            made: Made::at(release.made_at()),
            made_at: release.made_at(),
            ident: format!("{}/report/{}", release.id(), w.lang().code()),
        }
    }

    /// Areas of a level, most people first, each with what changed.
    fn areas(&self, level: usize) -> Option<Block> {
        let w = self.w;
        let rows = self.rows(level);
        if rows.is_empty() {
            return None;
        }
        let n_more = rows.len().saturating_sub(LISTED) as i64;
        let with_parent = level > 1;
        let texts = [
            ("factsheet-column-area", false),
            ("document-within", false),
            ("factsheet-column-people", true),
            ("factsheet-column-change", true),
            ("factsheet-column-share", true),
        ];
        let columns = texts.into_iter().filter(|(key, _)| with_parent || *key != "document-within");
        let cells = |row: Row| {
            let within = with_parent.then(|| Shown::plain(row.within));
            let mut cells = vec![Shown::plain(row.name)];
            cells.extend(within);
            cells.extend([row.cell, Shown::plain(row.change), Shown::plain(row.share)]);
            cells
        };
        Some(Block::Table(Table {
            caption: w.t_args("document-areas", &[("level", Arg::from(level as i64))]),
            note: if n_more > 0 { w.t_n("document-areas-more", n_more) } else { String::new() },
            columns: columns.map(|(key, numeric)| Column { label: w.t(key), numeric }).collect(),
            rows: rows.into_iter().take(LISTED).map(cells).collect(),
        }))
    }

    /// The rounds up to this one, the newest first.
    pub(super) fn rounds(&self) -> Block {
        let w = self.w;
        let row = |release: &&Release| {
            let heading = release.heading();
            let idp = cell(release.table("areas"), &[heading.admin0.as_str()], "idp_ind");
            let (reached, planned) = (i64::from(heading.n_places_reached), i64::from(heading.n_places_planned));
            vec![
                Shown::plain(w.t_args("round", &[("label", Arg::from(heading.round.as_str()))])),
                Shown::plain(w.date_range(heading.starts_on, heading.ends_on)),
                self.shown(idp),
                Shown::plain(if planned > 0 { w.percent(reached, planned) } else { w.t("value-nothing") }),
            ]
        };
        Block::Table(Table {
            caption: w.t("document-rounds"),
            note: String::new(),
            columns: [("col-round", false), ("col-collected", false), ("col-idp", true), ("col-reached", true)]
                .map(|(key, numeric)| Column { label: w.t(key), numeric })
                .to_vec(),
            rows: self.releases().iter().rev().map(row).collect(),
        })
    }

    /// The tool's name.
    fn tool(&self) -> String {
        self.w.label("tool", self.of.current.heading().tool.code())
    }

    /// The name of an area, its code where the atlas does not know it.
    pub(super) fn name(&self, code: &str) -> String {
        if code == "unknown" {
            return self.w.t("origin-unknown");
        }
        let known = self.of.atlas.area(&Pcode::from(code)).map(|area| self.w.text(&area.name));
        known.filter(|name| !name.is_empty()).unwrap_or(code).to_owned()
    }

    pub(super) fn shown(&self, cell: ReleasedCell) -> Shown {
        let state = match cell.value {
            Value::Number(number) if cell.known_carried() > 0 && cell.known_carried().saturating_mul(2) >= number => {
                "carried"
            }
            Value::Number(_) => "number",
            Value::Nothing => "nothing",
            Value::Hidden(_) => "hidden",
        };
        let range = cell.range.map(|range| self.w.range(range)).unwrap_or_default();
        Shown { text: self.w.value(cell.value), state, range }
    }

    /// «+22% since R7» and its direction; empty where the rounds do not compare.
    fn since(&self, measure: &str) -> (String, &'static str) {
        let (Some(now), Some((round, before))) = (self.facts.number(measure), self.facts.earlier(measure)) else {
            return (String::new(), "");
        };
        let round = self.w.t_args("round-short", &[("label", Arg::from(round.as_str()))]);
        let change = self.w.change(before, now).unwrap_or_else(|| self.w.difference(now - before));
        let note = self.w.t_args("factsheet-since", &[("change", Arg::from(change)), ("round", Arg::from(round))]);
        (note, direction(before, now))
    }

    fn keys(&self) -> Vec<Key> {
        let w = self.w;
        let mut keys = Vec::new();
        for measure in ["idp_ind", "idp_hh", "returnee_ind"] {
            let cell = self.facts.cell(measure);
            // What a tool does not ask about has no tile; the number of displaced people always has one.
            if cell.value != Value::Nothing || measure == "idp_ind" {
                let (note, direction) = self.since(measure);
                keys.push(Key {
                    label: w.label("measure", measure),
                    cell: self.shown(cell),
                    note,
                    // That more people returned is neither good nor bad news by itself.
                    direction: if measure == "returnee_ind" { "" } else { direction },
                    first: measure == "idp_ind",
                });
            }
        }
        let cell = self.facts.cell("in_sites");
        if cell.value != Value::Nothing {
            let note = match (cell.value.number(), self.facts.number("idp_ind")) {
                (Some(part), Some(whole)) if whole > 0 => {
                    w.t_args("factsheet-share-of-displaced", &[("share", Arg::from(w.percent(part, whole)))])
                }
                _ => String::new(),
            };
            keys.push(Key {
                label: w.label("measure", "in_sites"),
                cell: self.shown(cell),
                note,
                direction: "",
                first: false,
            });
        }
        let (reached, planned) = (i64::from(self.facts.n_reached), i64::from(self.facts.n_planned));
        if planned > 0 {
            keys.push(Key {
                label: w.t("factsheet-reached"),
                cell: Shown { text: w.number(reached), state: "number", range: String::new() },
                // An emergency is tracked where people arrive; there is no plan to measure it by.
                note: match self.of.current.heading().tool {
                    Tool::Ett => String::new(),
                    _ => w.t_args(
                        "factsheet-reached-of",
                        &[("planned", Arg::from(planned)), ("share", Arg::from(w.percent(reached, planned)))],
                    ),
                },
                direction: "",
                first: false,
            });
        }
        keys
    }

    /// Areas of a level with their cells, most people first; those without a number are left out.
    fn most(&self, level: usize) -> Vec<(String, ReleasedCell)> {
        let Some(table) = self.of.current.table("areas") else { return Vec::new() };
        let Some(at) = table.measure("idp_ind") else { return Vec::new() };
        let mut most: Vec<(i64, String, ReleasedCell)> = table
            .rows
            .iter()
            .filter(|row| depth(table, &row.key[0]) == level)
            .filter_map(|row| Some((row.cells[at].value.number()?, row.key[0].clone(), row.cells[at])))
            .collect();
        most.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        most.into_iter().map(|(_, code, cell)| (code, cell)).collect()
    }

    /// The level that is ranked: the second where there is one.
    fn ranked_level(&self) -> usize {
        if self.most(2).is_empty() { 1 } else { 2 }
    }

    /// Areas of a level that have a number, most people first.
    fn rows(&self, level: usize) -> Vec<Row> {
        let w = self.w;
        let table = self.of.current.table("areas");
        let whole = self.facts.number("idp_ind");
        let before = self.before.and_then(|before| before.table("areas"));
        let rows = self.most(level).into_iter().map(|(code, cell)| {
            let now = cell.value.number().unwrap_or(0);
            let earlier = before.map_or(Value::Nothing, |table| table.value(&[&code], "idp_ind"));
            let (change, direction) = match earlier {
                Value::Number(earlier) => match w.change(earlier, now) {
                    Some(change) => (change, direction(earlier, now)),
                    None if now == 0 => ("0".to_owned(), ""),
                    None => (w.t("factsheet-new"), "up"),
                },
                _ => ("–".to_owned(), ""),
            };
            let parent = table.and_then(|table| table.parents.get(&code));
            Row {
                name: self.name(&code),
                within: parent.filter(|_| level > 1).map(|parent| self.name(parent)).unwrap_or_default(),
                cell: self.shown(cell),
                change,
                direction,
                share: whole.map(|whole| w.percent(now, whole)).unwrap_or_default(),
            }
        });
        rows.collect()
    }

    fn ranking(&self) -> Ranking {
        let w = self.w;
        let mut rows = self.rows(self.ranked_level());
        rows.truncate(TOP);
        Ranking {
            heading: w.t("factsheet-ranking"),
            columns: [
                w.t("factsheet-column-area"),
                w.t("factsheet-column-people"),
                w.t("factsheet-column-change"),
                w.t("factsheet-column-share"),
            ],
            rows,
        }
    }

    /// The releases the drawings compare, oldest first, this one last.
    pub(super) fn releases(&self) -> Vec<&Release> {
        let heading = self.of.current.heading();
        let mut releases: Vec<&Release> = self.of.earlier.to_vec();
        releases.retain(|other| other.heading().exercise == heading.exercise && other.heading().round < heading.round);
        releases.push(self.of.current);
        releases.sort_by(|a, b| a.heading().round.cmp(&b.heading().round));
        releases
    }

    /// Draws a figure of the page.
    pub(super) fn drawing(
        &self,
        name: &'static str,
        file: &'static str,
        heading: String,
        alt: String,
    ) -> Option<Drawn> {
        let svg =
            figure_svg(name, self.of.current, &self.releases(), self.of.atlas, self.w.lang(), Standing::InDocument)?;
        let aspect = svg.aspect()?;
        Some(Drawn { name, file, heading, sub: String::new(), alt, aspect, svg, chart: None })
    }

    pub(super) fn list(&self, named: &[(String, ReleasedCell)]) -> String {
        let said: Vec<String> =
            named.iter().take(6).map(|(name, cell)| format!("{name} {}", self.w.value(cell.value))).collect();
        said.join("; ")
    }

    fn map(&self) -> Option<Drawn> {
        let level = map_level(self.of.current, self.of.atlas)?;
        let most: Vec<_> =
            self.most(usize::from(level)).into_iter().map(|(code, cell)| (self.name(&code), cell)).collect();
        let alt = self.w.t_args("factsheet-map-alt", &[("list", Arg::from(self.list(&most)))]);
        self.drawing("map", "map.svg", self.w.t("factsheet-map"), alt)
    }

    fn charts(&self) -> Vec<Drawn> {
        ["trend", "sex_age", "origins", "reasons", "flows"].into_iter().filter_map(|name| self.chart(name)).collect()
    }

    /// A drawing of this name with what it says, and the numbers behind it.
    fn chart(&self, name: &str) -> Option<Drawn> {
        let (name, file, heading, messages): (_, _, _, &[Message]) = match name {
            "trend" => ("trend", "trend.svg", "factsheet-trend", &[]),
            "sex_age" => {
                ("sex_age", "sex-age.svg", "factsheet-sex-age", &[Message::ManyChildren, Message::MoreFemales])
            }
            "origins" => ("origins", "origins.svg", "factsheet-origins", &[Message::OneOrigin]),
            "reasons" => ("reasons", "reasons.svg", "factsheet-reasons", &[Message::OneReason]),
            "points" => ("points", "points.svg", "document-points", &[]),
            "needs" => ("needs", "needs.svg", "document-needs", &[]),
            _ => ("flows", "flows.svg", "factsheet-flows", &[]),
        };
        let heading = self.w.t(heading);
        let named = self.named(name);
        let list = match name {
            "needs" => {
                let said = named.iter().take(6).map(|(name, cell)| format!("{name} {}", self.w.share(cell.value)));
                said.collect::<Vec<_>>().join("; ")
            }
            _ => self.list(&named),
        };
        let said = [("heading", Arg::from(heading.clone())), ("list", Arg::from(list))];
        let mut drawn = self.drawing(name, file, heading, self.w.t_args("factsheet-chart-alt", &said))?;
        let message = messages.iter().find_map(|m| m.say(&self.facts, self.w, &|code| self.name(code)).ok());
        drawn.sub = message.unwrap_or_default();
        drawn.chart = self.numbers(name, named);
        Some(drawn)
    }

    /// The numbers of a chart, for a program that draws it itself.
    fn numbers(&self, name: &str, mut named: Vec<(String, ReleasedCell)>) -> Option<Chart> {
        let w = self.w;
        if name == "sex_age" {
            let rows = pyramid_rows(self.of.current, w)?;
            let ages = rows.iter().map(|row| row.label.clone()).collect();
            let female = (w.sex("female"), rows.iter().map(|row| row.female).collect());
            let male = (w.sex("male"), rows.iter().map(|row| row.male).collect());
            return Some(self.chart_of(Shape::Bars, Reading::Count, ages, vec![female, male]));
        }
        let (shape, reading, what) = match name {
            "trend" => (Shape::Line, Reading::Count, w.label("measure", "idp_ind")),
            "flows" => (Shape::Columns, Reading::Count, w.label("measure", "persons")),
            "points" => (Shape::Bars, Reading::Count, w.label("measure", "persons")),
            "needs" => (Shape::Bars, Reading::Share, w.t("document-all-households")),
            _ => (Shape::Bars, Reading::Count, w.label("measure", "idp_ind")),
        };
        if name == "trend" {
            named.reverse();
        }
        let (categories, cells): (Vec<String>, Vec<ReleasedCell>) = named.into_iter().unzip();
        (!categories.is_empty()).then(|| self.chart_of(shape, reading, categories, vec![(what, cells)]))
    }

    /// A line of displaced people over rounds, oldest first.
    pub(super) fn line_of(&self, named: Vec<(String, ReleasedCell)>) -> Option<Chart> {
        let (categories, cells): (Vec<String>, Vec<ReleasedCell>) = named.into_iter().unzip();
        let series = vec![(self.w.label("measure", "idp_ind"), cells)];
        (!categories.is_empty()).then(|| self.chart_of(Shape::Line, Reading::Count, categories, series))
    }

    fn chart_of(
        &self,
        shape: Shape,
        reading: Reading,
        categories: Vec<String>,
        series: Vec<(String, Vec<ReleasedCell>)>,
    ) -> Chart {
        let w = self.w;
        let several = series.len() > 1;
        let mut absent = Vec::new();
        for (name, cells) in &series {
            for (category, cell) in categories.iter().zip(cells).filter(|(_, cell)| cell.value.number().is_none()) {
                let of = if several { format!("{category}, {name}") } else { category.clone() };
                absent.push(w.pair(&of, &w.value(cell.value)));
            }
        }
        let parts = if reading == Reading::Share { 100.0 * Unit::Share.parts() } else { 1.0 };
        let number = |cell: &ReleasedCell| cell.value.number().map(|number| number as f64 / parts);
        let series = series.into_iter().map(|(name, cells)| (name, cells.iter().map(number).collect())).collect();
        Chart { shape, categories, series, reading, absent }
    }

    /// The numbers of a chart by their names.
    fn named(&self, figure: &str) -> Vec<(String, ReleasedCell)> {
        let w = self.w;
        match figure {
            "trend" => self
                .releases()
                .iter()
                .rev()
                .map(|release| {
                    let heading = release.heading();
                    let round = w.t_args("round-short", &[("label", Arg::from(heading.round.as_str()))]);
                    (round, cell(release.table("areas"), &[heading.admin0.as_str()], "idp_ind"))
                })
                .collect(),
            "sex_age" => {
                let males = match (self.facts.of_known_age, self.facts.females) {
                    (Value::Number(all), Value::Number(females)) => Value::Number(all - females),
                    (_, other) => other,
                };
                [("female", self.facts.females), ("male", males)]
                    .map(|(sex, value)| (w.sex(sex), ReleasedCell::from(value)))
                    .to_vec()
            }
            "origins" => self.facts.origins.iter().map(|(code, cell)| (self.name(code), *cell)).collect(),
            "reasons" => self.facts.reasons.iter().map(|(code, cell)| (w.reason(code), *cell)).collect(),
            "flows" => {
                let table = self.of.current.table("flows");
                let named = |day: &str| {
                    let label = day.parse().map_or_else(|_| day.to_owned(), |date| w.date(date));
                    (label, cell(table, &[TOTAL, day, TOTAL], "persons"))
                };
                values_of(table, 1).into_iter().map(named).collect()
            }
            "points" => self.points().into_iter().map(|(_, name, cell)| (name, cell)).collect(),
            "needs" => crate::page::said_most(self.of.current, w).map(|(_, said)| said).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// The four states, each as it looks in the sheet.
    fn states(&self) -> Vec<State> {
        let w = self.w;
        let states = [
            (w.number(0), "number", "state-zero"),
            (w.t("value-nothing"), "nothing", "state-nothing"),
            (w.t("value-hidden"), "hidden", "state-hidden"),
            (w.number(1204), "carried", "state-carried"),
        ];
        let with_ranges = self.of.current.has_ranges().then(|| (w.range((980, 1_610)), "number", "state-range"));
        let state = |(text, state, key): (String, &'static str, &str)| State {
            cell: Shown { text, state, range: String::new() },
            meaning: w.t(key),
        };
        states.into_iter().chain(with_ranges).map(state).collect()
    }

    fn method(&self) -> Vec<Entry> {
        let (w, release) = (self.w, self.of.current);
        let heading = release.heading();
        let source = w.t_args(
            match Component::of(release) {
                Some(Component::Flows) => "document-source-flows",
                Some(Component::Needs) => "document-source-needs",
                _ => "factsheet-method-source-what",
            },
            &[
                ("tool", Arg::from(self.tool())),
                ("reached", Arg::from(i64::from(heading.n_places_reached))),
                ("plan", Arg::from(if heading.tool == Tool::Ett { "none" } else { "some" })),
                ("planned", Arg::from(i64::from(heading.n_places_planned))),
                ("from", Arg::from(w.date(heading.starts_on))),
                ("to", Arg::from(w.date(heading.ends_on))),
            ],
        );
        let protection = match release.already_public() {
            Some(source) => w.t_args("factsheet-method-public", &[("source", Arg::from(source.to_owned()))]),
            None => w.t_args(
                "factsheet-method-protection-what",
                &[
                    ("persons", Arg::from(i64::from(release.policy().min_persons))),
                    ("households", Arg::from(i64::from(release.policy().min_households))),
                    ("hidden", Arg::from(release.hidden().len() as i64)),
                ],
            ),
        };
        let version = w.t_args(
            "factsheet-method-version-what",
            &[
                ("version", Arg::from(i64::from(release.version()))),
                ("date", Arg::from(w.date(release.made_at().date()))),
                ("reason", Arg::from(w.text(release.reason()).to_owned())),
            ],
        );
        let carried = w.t_n("factsheet-method-carried-what", i64::from(heading.n_places_carried));
        let mut entries = vec![
            ("factsheet-method-source", source),
            ("factsheet-method-carried", carried),
            ("factsheet-method-protection", protection),
        ];
        // Only numbers of places are carried.
        if matches!(Component::of(release), Some(Component::Flows | Component::Needs)) {
            entries.remove(1);
        }
        if release.has_ranges() {
            entries.push(("method-ranges", w.t("method-ranges-what")));
        }
        let limits = match Component::of(release) {
            Some(Component::Flows) => "document-limits-flows",
            Some(Component::Needs) => "document-limits-needs",
            _ => "factsheet-method-limits-what",
        };
        entries.push(("factsheet-method-limits", w.t(limits)));
        entries.push(("factsheet-method-version", version.trim_end().to_owned()));
        entries.into_iter().map(|(term, text)| Entry { term: w.t(term), text }).collect()
    }

    fn source(&self) -> String {
        let (w, release) = (self.w, self.of.current);
        let heading = release.heading();
        w.t_args(
            "source-line",
            &[
                ("operation", Arg::from(w.text(&heading.operation_name))),
                ("round", Arg::from(heading.round.as_str())),
                ("date", Arg::from(w.date(heading.reported_on))),
                ("version", Arg::from(i64::from(release.version()))),
            ],
        )
    }
}

fn direction(before: i64, now: i64) -> &'static str {
    match now.cmp(&before) {
        std::cmp::Ordering::Greater => "up",
        std::cmp::Ordering::Less => "down",
        std::cmp::Ordering::Equal => "",
    }
}

/// How many parents an area of a table has.
fn depth(table: &ReleasedTable, area: &str) -> usize {
    let mut above = area;
    for depth in 0..6 {
        match table.parents.get(above) {
            Some(parent) if parent != above => above = parent,
            _ => return depth,
        }
    }
    // A longer chain is a cycle.
    usize::MAX
}

/// The blocks of a document in the making.
pub(super) struct Parts {
    w: &'static Words,
    blocks: Vec<Block>,
}

impl Parts {
    pub(super) fn new(w: &'static Words) -> Parts {
        Parts { w, blocks: Vec::new() }
    }

    /// A section with this heading; none where there is nothing to say.
    pub(super) fn section(&mut self, heading: &str, blocks: impl IntoIterator<Item = Block>) {
        let mut blocks = blocks.into_iter().peekable();
        if blocks.peek().is_some() {
            self.blocks.push(Block::Heading { text: self.w.t(heading) });
            self.blocks.extend(blocks);
        }
    }
}

pub(super) fn points_of(items: Vec<String>) -> Option<Block> {
    (!items.is_empty()).then_some(Block::Points { items })
}
