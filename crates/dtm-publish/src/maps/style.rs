//! How the layers of a map look, once for every program that draws them.
//!
//! In: the releases of all rounds, so that classes are the same on the maps of every round. Out: a [`Look`] a layer, whose
//! rules say which features are drawn how, and the Mapbox style of the tiles. Zero, nothing and hidden look different
//! from each other and from every class, in the colours of [`crate::drawing`].

use super::layers::{self, LayerId, Shapes};
use crate::dataset::{Column, Datum, Role};
use crate::drawing::{Fill, MUTED, PRIMARY, SEQUENTIAL, class_breaks, class_label};
use crate::words::Words;
use dtm_model::{Atlas, Lang};
use dtm_protect::Release;
use serde_json::{Value as Json, json};

/// How a layer looks.
#[derive(Clone, Debug)]
pub struct Look {
    /// The layer.
    pub id: LayerId,
    /// Its columns.
    pub columns: Vec<Column>,
    /// The figure that is drawn, if there is one.
    measure: Option<String>,
    /// Lower bounds of all classes but the first.
    breaks: Vec<i64>,
}

/// One rule of a look.
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
        let columns = rows.columns().to_vec();
        let at = columns.iter().position(|column| column.role == Role::Measure);
        let numbers = |at: usize| {
            rows.rows().filter_map(move |row| match row.cells[at] {
                Datum::Integer(number) => Some(number),
                _ => None,
            })
        };
        let breaks = at.map(|at| class_breaks(numbers(at))).unwrap_or_default();
        let measure = at.map(|at| columns[at].name.clone());
        Some(Look { id, columns, measure, breaks })
    }

    /// The figure that is drawn.
    pub(crate) fn measure(&self) -> Option<&str> {
        self.measure.as_deref()
    }

    /// Its rules, in the order of the legend; of a feature exactly one holds.
    pub(crate) fn rules(&self, lang: Lang) -> Vec<Rule> {
        let words = Words::of(lang);
        if self.measure.is_none() {
            return vec![Rule {
                label: words.text(&self.id.title()).to_owned(),
                when: When::Always,
                fill: Fill::Class(2),
            }];
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
        for (at, rule) in look.rules(lang).iter().enumerate() {
            let visible = !matches!(look.id, LayerId::Areas(_)) || Some(look.id) == shown;
            let visibility = json!({ "visibility": if visible { "visible" } else { "none" } });
            let about = |kind: &str, what: &str, paint: Json| {
                let mut one = json!({ "id": format!("{layer}-{at}-{what}"), "type": kind, "source": "dtm",
                    "source-layer": layer, "layout": visibility, "paint": paint,
                    "metadata": { "dtm:label": rule.label } });
                if let (Some(filter), Some(all)) = (filter(look, rule.when), one.as_object_mut()) {
                    all.insert("filter".to_owned(), filter);
                }
                one
            };
            match look.id.shapes() {
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

fn filter(look: &Look, when: When) -> Option<Json> {
    let measure = look.measure()?;
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
