//! The words and numbers of a sheet, as the template reads them.

use super::Factsheet;
use super::typeset::FAMILY;
use crate::page::message::{self, Message};
use crate::page::{Facts, figure_svg, map_level};
use crate::words::{Arg, Words};
use chrono::Datelike;
use dtm_model::{Pcode, Tool};
use dtm_protect::{Release, ReleasedCell, ReleasedTable, Value};
use serde::Serialize;

/// Rows of the ranking.
const TOP: usize = 10;
/// Sentences under the title.
const POINTS: usize = 4;

/// A number in its state, ready to be set.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shown {
    text: String,
    state: &'static str,
    /// Low and high, where there are.
    range: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Key {
    label: String,
    cell: Shown,
    note: String,
    direction: &'static str,
    first: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Drawn {
    file: &'static str,
    heading: String,
    sub: String,
    alt: String,
    aspect: f64,
}

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
pub(super) struct Entry {
    term: String,
    text: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct State {
    cell: Shown,
    meaning: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Headings {
    keys: String,
    states: String,
    method: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Made {
    year: i32,
    month: u32,
    day: u32,
}

/// Everything the template sets.
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
    map: Option<Drawn>,
    ranking: Ranking,
    charts: Vec<Drawn>,
    states: Vec<State>,
    method: Vec<Entry>,
    source: String,
    disclaimer: String,
}

/// A drawing by its file name.
type Drawing = (&'static str, String);

/// Reads a sheet off the releases; the drawings come beside it.
pub(super) fn sheet(of: &Factsheet<'_>, w: &'static Words) -> (Sheet, Vec<Drawing>) {
    let before = round_before(of);
    let facts = Facts::of(of.current, before);
    let author = Author { of, w, before, facts };
    let mut drawings = Vec::new();
    let sheet = author.sheet(&mut drawings);
    (sheet, drawings)
}

/// The last round of the same exercise before this one.
fn round_before<'a>(of: &Factsheet<'a>) -> Option<&'a Release> {
    let heading = of.current.heading();
    let same = of.earlier.iter().copied().filter(|release| release.heading().exercise == heading.exercise);
    let before = same.filter(|release| release.heading().round < heading.round);
    before.max_by(|a, b| a.heading().round.cmp(&b.heading().round))
}

/// What the parts of a sheet are written with.
struct Author<'a> {
    of: &'a Factsheet<'a>,
    w: &'static Words,
    before: Option<&'a Release>,
    facts: Facts,
}

impl Author<'_> {
    fn sheet(&self, drawings: &mut Vec<Drawing>) -> Sheet {
        let (w, release) = (self.w, self.of.current);
        let heading = release.heading();
        let message = message::title(&self.facts, w);
        let country = w.text(&heading.country).to_owned();
        let made = release.made_at().date();
        let round = Arg::from(heading.round.as_str());
        let document_title = w.t_args(
            "factsheet-document",
            &[
                ("message", Arg::from(message.clone())),
                ("country", Arg::from(country.clone())),
                ("round", round.clone()),
            ],
        );
        let mut points = message::points(&self.facts, w, &|code| self.name(code));
        points.truncate(POINTS);
        Sheet {
            lang: w.lang().code(),
            document_title,
            keywords: vec!["DTM".to_owned(), country.clone(), heading.iso3.clone()],
            made: Made { year: made.year(), month: made.month(), day: made.day() },
            kind: w.t_args("factsheet-kind", &[("tool", Arg::from(self.tool()))]),
            country,
            operation: w.text(&heading.operation_name).to_owned(),
            round: w.t_args("round", &[("label", round)]),
            dates: w.t_args(
                "factsheet-dates",
                &[("collected", Arg::from(w.date_range(heading.starts_on, heading.ends_on)))],
            ),
            message,
            points,
            headings: Headings {
                keys: w.t("factsheet-keys"),
                states: w.t("factsheet-reading"),
                method: w.t("factsheet-method"),
            },
            keys: self.keys(),
            map: self.map(drawings),
            ranking: self.ranking(),
            charts: self.charts(drawings),
            states: self.states(),
            method: self.method(),
            source: self.source(),
            disclaimer: w.t("boundary-disclaimer"),
        }
    }

    /// The tool's name.
    fn tool(&self) -> String {
        self.w.label("tool", self.of.current.heading().tool.code())
    }

    /// The name of an area, its code where the atlas does not know it.
    fn name(&self, code: &str) -> String {
        if code == "unknown" {
            return self.w.t("origin-unknown");
        }
        let known = self.of.atlas.area(&Pcode::from(code)).map(|area| self.w.text(&area.name));
        known.filter(|name| !name.is_empty()).unwrap_or(code).to_owned()
    }

    fn shown(&self, cell: ReleasedCell) -> Shown {
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

    fn ranking(&self) -> Ranking {
        let w = self.w;
        let table = self.of.current.table("areas");
        let whole = self.facts.number("idp_ind");
        let before = self.before.and_then(|before| before.table("areas"));
        let rows = self.most(self.ranked_level()).into_iter().take(TOP).map(|(code, cell)| {
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
                within: parent.filter(|_| self.ranked_level() > 1).map(|parent| self.name(parent)).unwrap_or_default(),
                cell: self.shown(cell),
                change,
                direction,
                share: whole.map(|whole| w.percent(now, whole)).unwrap_or_default(),
            }
        });
        Ranking {
            heading: w.t("factsheet-ranking"),
            columns: [
                w.t("factsheet-column-area"),
                w.t("factsheet-column-people"),
                w.t("factsheet-column-change"),
                w.t("factsheet-column-share"),
            ],
            rows: rows.collect(),
        }
    }

    /// The releases the drawings compare, oldest first, this one last.
    fn releases(&self) -> Vec<&Release> {
        let heading = self.of.current.heading();
        let mut releases: Vec<&Release> = self.of.earlier.to_vec();
        releases.retain(|other| other.heading().exercise == heading.exercise && other.heading().round < heading.round);
        releases.push(self.of.current);
        releases.sort_by(|a, b| a.heading().round.cmp(&b.heading().round));
        releases
    }

    /// Draws a figure of the page in the sheet's type.
    fn drawing(&self, figure: &str, file: &'static str, drawings: &mut Vec<Drawing>) -> Option<f64> {
        let svg = figure_svg(figure, self.of.current, &self.releases(), self.of.atlas, self.w.lang(), false)?;
        let svg = with_family(svg.as_str());
        let aspect = aspect(&svg)?;
        drawings.push((file, svg));
        Some(aspect)
    }

    fn list(&self, named: &[(String, ReleasedCell)]) -> String {
        let said: Vec<String> =
            named.iter().take(6).map(|(name, cell)| format!("{name} {}", self.w.value(cell.value))).collect();
        said.join("; ")
    }

    fn map(&self, drawings: &mut Vec<Drawing>) -> Option<Drawn> {
        let level = map_level(self.of.current, self.of.atlas)?;
        let aspect = self.drawing("map", "map.svg", drawings)?;
        let most: Vec<_> =
            self.most(usize::from(level)).into_iter().map(|(code, cell)| (self.name(&code), cell)).collect();
        let alt = self.w.t_args("factsheet-map-alt", &[("list", Arg::from(self.list(&most)))]);
        Some(Drawn { file: "map.svg", heading: self.w.t("factsheet-map"), sub: String::new(), alt, aspect })
    }

    fn charts(&self, drawings: &mut Vec<Drawing>) -> Vec<Drawn> {
        let charts: [(&str, &'static str, &str, &[Message]); 5] = [
            ("trend", "trend.svg", "factsheet-trend", &[]),
            ("sex_age", "sex-age.svg", "factsheet-sex-age", &[Message::ManyChildren, Message::MoreFemales]),
            ("origins", "origins.svg", "factsheet-origins", &[Message::OneOrigin]),
            ("reasons", "reasons.svg", "factsheet-reasons", &[Message::OneReason]),
            ("flows", "flows.svg", "factsheet-flows", &[]),
        ];
        let mut drawn = Vec::new();
        for (figure, file, heading, messages) in charts {
            let Some(aspect) = self.drawing(figure, file, drawings) else { continue };
            let heading = self.w.t(heading);
            let said = messages.iter().find_map(|m| m.say(&self.facts, self.w, &|code| self.name(code)).ok());
            let alt = self.w.t_args(
                "factsheet-chart-alt",
                &[("heading", Arg::from(heading.clone())), ("list", Arg::from(self.told(figure)))],
            );
            drawn.push(Drawn { file, heading, sub: said.unwrap_or_default(), alt, aspect });
        }
        drawn
    }

    /// The numbers of a chart in words.
    fn told(&self, figure: &str) -> String {
        let w = self.w;
        let named = match figure {
            "trend" => self
                .releases()
                .iter()
                .rev()
                .map(|release| {
                    let heading = release.heading();
                    let table = release.table("areas");
                    let value = table.map_or(Value::Nothing, |t| t.value(&[heading.admin0.as_str()], "idp_ind"));
                    let round = w.t_args("round-short", &[("label", Arg::from(heading.round.as_str()))]);
                    (round, ReleasedCell::from(value))
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
            _ => Vec::new(),
        };
        self.list(&named)
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
            "factsheet-method-source-what",
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
        if release.has_ranges() {
            entries.push(("method-ranges", w.t("method-ranges-what")));
        }
        entries.push(("factsheet-method-limits", w.t("factsheet-method-limits-what")));
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

/// The drawing with the sheet's type in place of the reader's.
fn with_family(svg: &str) -> String {
    const ATTRIBUTE: &str = "font-family=\"";
    let Some(from) = svg.find(ATTRIBUTE).map(|at| at + ATTRIBUTE.len()) else { return svg.to_owned() };
    let Some(length) = svg[from..].find('"') else { return svg.to_owned() };
    format!("{}{FAMILY}{}", &svg[..from], &svg[from + length..])
}

/// Width over height of a drawing, by its view box.
fn aspect(svg: &str) -> Option<f64> {
    let from = svg.find("viewBox=\"")? + "viewBox=\"".len();
    let numbers: Vec<f64> = svg[from..].split('"').next()?.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    match numbers[..] {
        [_, _, width, height] if width > 0.0 && height > 0.0 => Some(width / height),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_is_set_in_the_type_of_the_sheet() {
        let svg = "<svg viewBox=\"0 0 360 240\" font-family=\"system-ui, sans-serif\" font-size=\"11\"><g/></svg>";
        let set = with_family(svg);
        assert!(set.contains(&format!("font-family=\"{FAMILY}\" font-size")), "{set}");
        assert_eq!(aspect(&set), Some(1.5));
        assert_eq!(aspect("<svg/>"), None);
    }
}
