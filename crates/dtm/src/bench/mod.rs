//! Measures this machine, and where a peer is named, the same work there in the same run.
//!
//! `load` fills a data folder, `entities` a list of entities; `forms` converts them. `arrivals` and `leaving` ask a server that runs as a process of its own over HTTP, so that
//! its processor time and its memory are its own, and then the peer, by the very same requests (`side`). `workload` says
//! what is sent.

pub(crate) mod arrivals;
pub(crate) mod entities;
pub(crate) mod forms;
pub(crate) mod leaving;
pub(crate) mod load;
pub(crate) mod side;
pub(crate) mod workload;

use serde_json::{Map, Value, json};

/// What was measured of one kind of work at one server.
struct Line {
    what: String,
    side: &'static str,
    /// Each figure with its name; nothing where it is not known.
    figures: Vec<(&'static str, Option<f64>)>,
}

impl Line {
    fn json(&self) -> Value {
        let figures: Map<String, Value> =
            self.figures.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure))).collect();
        json!({ "what": self.what, "side": self.side, "figures": figures })
    }
}

/// How ours stands to the peer, where both were measured.
fn ratio(lines: &[Line]) -> Option<Line> {
    let [ours, peer] = lines else { return None };
    let figures = ours.figures.iter().zip(&peer.figures).map(|((name, a), (_, b))| {
        let ratio = a.zip(*b).filter(|(_, b)| *b > 0.0).map(|(a, b)| a / b);
        (*name, ratio)
    });
    Some(Line { what: ours.what.clone(), side: "dtm/peer", figures: figures.collect() })
}

/// The lines as a table for people.
fn table(lines: &[Line]) -> String {
    let Some(first) = lines.first() else { return String::new() };
    let mut text = format!("{:<16} {:<9}", "", "");
    for (name, _) in &first.figures {
        text += &format!(" {name:>16}");
    }
    for line in lines {
        text += &format!("\n{:<16} {:<9}", line.what, line.side);
        for (_, figure) in &line.figures {
            text += &match figure {
                Some(figure) if *figure >= 100.0 => format!(" {figure:>16.0}"),
                Some(figure) => format!(" {figure:>16.2}"),
                None => format!(" {:>16}", "–"),
            };
        }
    }
    text
}
