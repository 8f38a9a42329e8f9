//! How the layers of a map look, once for every program that draws them.
//!
//! In: the releases of all rounds, so that classes are the same on the maps of every round, or the rows of one file. Out: a
//! [`Look`] a layer, a [`Legend`] for rows, whose rules say which are drawn how, and the Mapbox style of the tiles. Zero, nothing and hidden look different
//! from each other and from every class, in the colours of [`crate::drawing`].

use super::layers::{self, LayerId, Shapes};
use crate::dataset::{Column, Dataset, Datum, Role, Row, Shape};
use crate::drawing::{Fill, MUTED, PRIMARY, SEQUENTIAL, class_breaks, class_label};
use crate::words::Words;
use dtm_model::{Atlas, Lang, Text};
use dtm_protect::Release;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// How a layer looks.
#[derive(Clone, Debug)]
pub struct Look {
    /// The layer.
    pub id: LayerId,
    /// How its rows look.
    pub legend: Legend,
}

/// How rows look, in whatever layer or file they stand.
#[derive(Clone, Debug)]
pub struct Legend {
    title: Text,
    pub(crate) shapes: Shapes,
    pub(crate) columns: Vec<Column>,
    /// The figure that is drawn, if there is one.
    measure: Option<String>,
    /// Lower bounds of all classes but the first.
    breaks: Vec<i64>,
    /// Which of its rows are drawn.
    pub(crate) drawn: Drawn,
}

/// Which rows are drawn, where several lie over each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// Of several exercises the one that has most figures.
    pub(crate) exercise: Option<String>,
    /// Of several rounds the newest.
    pub(crate) newest: bool,
    /// Of several levels of areas the finest of the round.
    pub(crate) finest: bool,
}

/// One rule of a legend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// What the legend says.
    pub(crate) label: String,
    /// Which features it is for.
    pub(crate) when: When,
    /// How they are filled.
    pub(crate) fill: Fill,
}

/// Which features a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Every one: the layer has no figure.
    Always,
    /// The number is hidden.
    Hidden,
    /// Nothing was collected.
    Nothing,
    /// The number is zero.
    Zero,
    /// The number is from this on, and below the other.
    From(i64, Option<i64>),
}

impl Look {
    /// The look of a layer in all rounds; none where no release has it.
    pub fn of(id: LayerId, releases: &[&Release], atlas: &Atlas) -> Option<Look> {
        let rows = layers::rows(id, releases, atlas, &[]).ok().flatten()?;
        Some(Look { id, legend: Legend::new(id.title(), id.shapes(), &rows, Drawn::default()) })
    }
}

impl Legend {
    /// How the rows of a dataset look when all of them are in one layer; none where they have no shapes.
    pub fn of(dataset: &Dataset<'_>) -> Option<Legend> {
        let shapes = match dataset.rows().find_map(|row| row.shape)? {
            Shape::Area(_) => Shapes::Areas,
            Shape::Point(_) => Shapes::Points,
        };
        let drawn = Drawn {
            exercise: main_exercise(dataset),
            newest: has_several(dataset, "reported_on"),
            finest: shapes == Shapes::Areas && has_several(dataset, "area_level"),
        };
        Some(Legend::new(dataset.title().clone(), shapes, dataset, drawn))
    }

    fn new(title: Text, shapes: Shapes, rows: &Dataset<'_>, drawn: Drawn) -> Legend {
        let columns = rows.columns().to_vec();
        let at = columns.iter().position(|column| column.role == Role::Measure);
        let level = rows.column("area_level").filter(|_| drawn.finest);
        let level_of = |row: &Row<'_>| level.and_then(|at| integer(&row.cells[at]));
        let finest = rows.rows().filter_map(|row| level_of(&row)).max();
        let numbers = |at: usize| {
            rows.rows().filter(move |row| level_of(row) == finest).filter_map(move |row| integer(&row.cells[at]))
        };
        let breaks = at.map(|at| class_breaks(numbers(at))).unwrap_or_default();
        let measure = at.map(|at| columns[at].name.clone());
        Legend { title, shapes, columns, measure, breaks, drawn }
    }

    /// The figure that is drawn.
    pub(crate) fn measure(&self) -> Option<&str> {
        self.measure.as_deref()
    }

    /// Its rules, in the order in which a legend has them; of a row exactly one holds.
    pub(crate) fn rules(&self, lang: Lang) -> Vec<Rule> {
        let words = Words::of(lang);
        if self.measure.is_none() {
            return vec![Rule { label: words.text(&self.title).to_owned(), when: When::Always, fill: Fill::Class(2) }];
        }
        let class = |class: usize| {
            let from = if class == 0 { 1 } else { self.breaks[class - 1] };
            let when = When::From(from, self.breaks.get(class).copied());
            Rule { label: class_label(words, &self.breaks, class), when, fill: Fill::Class(class) }
        };
        let mut rules: Vec<Rule> = (0..=self.breaks.len()).map(class).collect();
        for (when, fill, word) in [
            (When::Zero, Fill::Zero, "state-zero"),
            (When::Nothing, Fill::Nothing, "state-nothing"),
            (When::Hidden, Fill::Hidden, "state-hidden"),
        ] {
            rules.push(Rule { label: words.t(word), when, fill });
        }
        rules
    }
}

fn integer(cell: &Datum<'_>) -> Option<i64> {
    match cell {
        Datum::Integer(number) => Some(*number),
        _ => None,
    }
}

/// Of several exercises the one that has most figures; none where there is one only.
fn main_exercise(dataset: &Dataset<'_>) -> Option<String> {
    let exercise = dataset.column("exercise").filter(|_| has_several(dataset, "exercise"))?;
    let measure = dataset.columns().iter().position(|column| column.role == Role::Measure);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in dataset.rows() {
        let has_figure = measure.is_none_or(|at| integer(&row.cells[at]).is_some());
        let name = row.cells[exercise].plain(&dataset.columns()[exercise]).into_owned();
        *counts.entry(name).or_default() += usize::from(has_figure);
    }
    counts.into_iter().rev().max_by_key(|(_, n)| *n).map(|(name, _)| name)
}

/// Whether a column has more than one value.
fn has_several(dataset: &Dataset<'_>, name: &str) -> bool {
    let Some(at) = dataset.column(name) else { return false };
    let mut rows = dataset.rows();
    let first = rows.next().map(|row| row.cells[at].clone());
    rows.any(|row| Some(&row.cells[at]) != first.as_ref())
}

/// The colour of a fill where there are no patterns.
pub(crate) fn colour(fill: Fill) -> &'static str {
    match fill {
        Fill::Zero => "#FFFFFF",
        Fill::Class(class) => SEQUENTIAL[class.min(SEQUENTIAL.len() - 1)],
        Fill::Nothing => "#EEEEEE",
        Fill::Hidden => "#D5DAE3",
    }
}

/// The diameter of a point's circle in millimetres.
pub(crate) fn diameter_mm(fill: Fill) -> f64 {
    match fill {
        Fill::Class(class) => [2.2, 3.2, 4.6, 6.4, 9.0][class.min(4)],
        Fill::Zero | Fill::Nothing | Fill::Hidden => 2.2,
    }
}

/// The Mapbox style of the tiles described at `source`. It has no patterns, which would need pictures: nothing is pale
/// with a dashed edge, hidden is grey with a dotted one.
pub fn mapbox(looks: &[Look], name: &str, source: &str, lang: Lang) -> Json {
    let mut drawn = vec![json!({ "id": "ground", "type": "background", "paint": { "background-color": "#F5F7FA" } })];
    let shown = shown_level(looks);
    for look in looks {
        let layer = look.id.name();
        for (at, rule) in look.legend.rules(lang).iter().enumerate() {
            let visible = !matches!(look.id, LayerId::Areas(_)) || Some(look.id) == shown;
            let visibility = json!({ "visibility": if visible { "visible" } else { "none" } });
            let about = |kind: &str, what: &str, paint: Json| {
                let mut one = json!({ "id": format!("{layer}-{at}-{what}"), "type": kind, "source": "dtm",
                    "source-layer": layer, "layout": visibility, "paint": paint,
                    "metadata": { "dtm:label": rule.label } });
                if let (Some(filter), Some(all)) = (filter(&look.legend, rule.when), one.as_object_mut()) {
                    all.insert("filter".to_owned(), filter);
                }
                one
            };
            match look.legend.shapes {
                Shapes::Areas => {
                    drawn.push(about("fill", "fill", json!({ "fill-color": colour(rule.fill), "fill-opacity": 0.9 })));
                    let edge = match rule.fill {
                        Fill::Nothing => json!({ "line-color": MUTED, "line-width": 0.8, "line-dasharray": [4, 2] }),
                        Fill::Hidden => json!({ "line-color": MUTED, "line-width": 1.2, "line-dasharray": [1, 2] }),
                        Fill::Zero | Fill::Class(_) => json!({ "line-color": "#9AA3B2", "line-width": 0.6 }),
                    };
                    drawn.push(about("line", "edge", edge));
                }
                Shapes::Points => {
                    let is_class = matches!(rule.fill, Fill::Class(_));
                    let paint = json!({ "circle-radius": diameter_mm(rule.fill) * 96.0 / 25.4 / 2.0,
                        "circle-color": if is_class { PRIMARY } else { colour(rule.fill) },
                        "circle-opacity": if is_class { 0.75 } else { 1.0 },
                        "circle-stroke-color": if is_class { "#FFFFFF" } else { MUTED }, "circle-stroke-width": 1 });
                    drawn.push(about("circle", "circle", paint));
                }
            }
        }
    }
    json!({ "version": 8, "name": name, "sources": { "dtm": { "type": "vector", "url": source } }, "layers": drawn })
}

/// The level of areas that a map shows at first: the second where there is one, else the deepest above.
pub(crate) fn shown_level(looks: &[Look]) -> Option<LayerId> {
    let levels = looks.iter().map(|look| look.id).filter(|id| matches!(id, LayerId::Areas(0..=2)));
    levels.max().or_else(|| looks.iter().map(|look| look.id).find(|id| matches!(id, LayerId::Areas(_))))
}

fn filter(legend: &Legend, when: When) -> Option<Json> {
    let measure = legend.measure()?;
    let state = |word: &str| json!(["==", ["get", format!("{measure}_state")], word]);
    Some(match when {
        When::Always => return None,
        When::Hidden => state("hidden"),
        When::Nothing => state("nothing"),
        When::Zero => json!(["all", state("shown"), ["<=", ["get", measure], 0]]),
        When::From(from, None) => json!(["all", state("shown"), [">=", ["get", measure], from]]),
        When::From(from, Some(below)) => {
            json!(["all", state("shown"), [">=", ["get", measure], from], ["<", ["get", measure], below]])
        }
    })
}
