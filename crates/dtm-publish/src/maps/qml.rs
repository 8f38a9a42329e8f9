//! Looks as QGIS draws them: `.qml` styles, as they also stand in projects and GeoPackages.
//!
//! One rule a class; nothing is hatched, hidden is dotted, as on our own maps. Written for QGIS 3.16 and later.

use super::layers::Shapes;
use super::style::{Legend, Rule, When, colour, diameter_mm};
use crate::drawing::{Fill, MUTED, PRIMARY, escape};
use crate::words::Words;
use dtm_model::Lang;
use std::fmt::Write;

/// The style of a layer as a file of its own.
pub fn qml(legend: &Legend, lang: Lang) -> String {
    format!(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n\
         <qgis version=\"3.22.0\" styleCategories=\"Symbology|Fields|LayerConfiguration\">\n{}{}</qgis>\n",
        renderer(legend, lang),
        aliases(legend, lang)
    )
}

/// The element that says how features are drawn.
pub(super) fn renderer(legend: &Legend, lang: Lang) -> String {
    let rules = legend.rules(lang);
    let mut out = String::from(
        "<renderer-v2 type=\"RuleRenderer\" symbollevels=\"0\" enableorderby=\"0\" forceraster=\"0\">\n<rules key=\"dtm\">\n",
    );
    for (at, rule) in rules.iter().enumerate() {
        let filter = expression(legend, rule.when).map(|filter| format!(" filter=\"{}\"", escape(&filter)));
        let (label, filter) = (escape(&rule.label), filter.unwrap_or_default());
        let _ = writeln!(out, "<rule key=\"dtm-{at}\" symbol=\"{at}\" label=\"{label}\"{filter}/>");
    }
    out.push_str("</rules>\n<symbols>\n");
    for (at, rule) in rules.iter().enumerate() {
        symbol(&mut out, &at.to_string(), legend.shapes, rule);
    }
    out.push_str("</symbols>\n</renderer-v2>\n");
    out
}

/// The element that names columns in the reader's language.
pub(super) fn aliases(legend: &Legend, lang: Lang) -> String {
    let words = Words::of(lang);
    let mut out = String::from("<aliases>\n");
    for (at, column) in legend.columns.iter().enumerate() {
        let (field, name) = (escape(&column.name), escape(words.text(&column.label)));
        let _ = writeln!(out, "<alias field=\"{field}\" index=\"{at}\" name=\"{name}\"/>");
    }
    out.push_str("</aliases>\n");
    let wanted = match legend.shapes {
        Shapes::Areas => format!("area_name_{}", lang.code()),
        Shapes::Points => "place_name".to_owned(),
    };
    let has = |name: &str| legend.columns.iter().any(|column| column.name == name);
    let names = [wanted.as_str(), "area_name", "area"].into_iter().find(|name| has(name)).unwrap_or("fid");
    let _ = writeln!(out, "<previewExpression>\"{names}\"</previewExpression>");
    out
}

/// Which rows a rule is for, in QGIS's own language; none where it is for all. Where rounds or levels lie over each other, what
/// is drawn is the newest and the finest of those that the layer is filtered to, as QGIS finds them.
fn expression(legend: &Legend, when: When) -> Option<String> {
    let mut conditions = Vec::new();
    let exercise = legend.drawn.exercise.as_ref().map(|name| format!("\"exercise\" = '{}'", name.replace('\'', "''")));
    conditions.extend(exercise.clone());
    if legend.drawn.newest {
        let among = exercise.map(|exercise| format!(", filter:={exercise}")).unwrap_or_default();
        conditions.push(format!("\"reported_on\" = to_date(maximum(\"reported_on\"{among}))"));
    }
    if legend.drawn.finest {
        conditions.push("\"area_level\" = maximum(\"area_level\", \"reported_on\")".to_owned());
    }
    if let Some(measure) = legend.measure() {
        let state = |state: &str| format!("\"{measure}_state\" = '{state}'");
        conditions.extend(match when {
            When::Always => Vec::new(),
            When::Hidden => vec![state("hidden")],
            When::Nothing => vec![state("nothing")],
            When::Zero => vec![state("shown"), format!("\"{measure}\" <= 0")],
            When::From(from, None) => vec![state("shown"), format!("\"{measure}\" >= {from}")],
            When::From(from, Some(below)) => {
                vec![state("shown"), format!("\"{measure}\" >= {from}"), format!("\"{measure}\" < {below}")]
            }
        });
    }
    (!conditions.is_empty()).then(|| conditions.join(" AND "))
}

/// `#0F3D86` as QGIS writes colours.
fn rgba(hex: &str, opacity: u8) -> String {
    let part = |at: usize| hex.get(at..at + 2).and_then(|part| u8::from_str_radix(part, 16).ok()).unwrap_or(0);
    format!("{},{},{},{opacity}", part(1), part(3), part(5))
}

fn symbol(out: &mut String, name: &str, shapes: Shapes, rule: &Rule) {
    let kind = match shapes {
        Shapes::Areas => "fill",
        Shapes::Points => "marker",
    };
    let _ = writeln!(out, "<symbol type=\"{kind}\" name=\"{name}\" alpha=\"1\" clip_to_extent=\"1\" force_rhr=\"0\">");
    match shapes {
        Shapes::Areas => {
            layer(
                out,
                "SimpleFill",
                &[
                    ("color", &rgba(colour(rule.fill), 230)),
                    ("style", "solid"),
                    ("outline_color", &rgba("#9AA3B2", 255)),
                    ("outline_style", "solid"),
                    ("outline_width", "0.15"),
                    ("outline_width_unit", "MM"),
                ],
                None,
            );
            match rule.fill {
                Fill::Nothing => hatch(out, name),
                Fill::Hidden => dots(out, name),
                Fill::Zero | Fill::Class(_) => {}
            }
        }
        Shapes::Points => {
            let is_class = matches!(rule.fill, Fill::Class(_));
            let size = diameter_mm(rule.fill).to_string();
            let (paint, edge) = if is_class {
                (rgba(PRIMARY, 190), rgba("#FFFFFF", 255))
            } else {
                (rgba(colour(rule.fill), 255), rgba(MUTED, 255))
            };
            let mark = if rule.fill == Fill::Nothing { "cross2" } else { "circle" };
            let dash = if rule.fill == Fill::Hidden { "dot" } else { "solid" };
            layer(
                out,
                "SimpleMarker",
                &[
                    ("name", mark),
                    ("color", &paint),
                    ("size", &size),
                    ("size_unit", "MM"),
                    ("outline_color", &edge),
                    ("outline_style", dash),
                    ("outline_width", "0.25"),
                    ("outline_width_unit", "MM"),
                ],
                None,
            );
        }
    }
    out.push_str("</symbol>\n");
}

fn hatch(out: &mut String, name: &str) {
    let mut line = format!("<symbol type=\"line\" name=\"@{name}@1\" alpha=\"1\">\n");
    let ink = rgba("#9AA3B2", 255);
    layer(&mut line, "SimpleLine", &[("line_color", &ink), ("line_width", "0.25"), ("line_width_unit", "MM")], None);
    line.push_str("</symbol>\n");
    layer(out, "LinePatternFill", &[("angle", "45"), ("distance", "1.6"), ("distance_unit", "MM")], Some(&line));
}

fn dots(out: &mut String, name: &str) {
    let mut dot = format!("<symbol type=\"marker\" name=\"@{name}@1\" alpha=\"1\">\n");
    let ink = rgba(MUTED, 255);
    let mark: [(&str, &str); 5] =
        [("name", "circle"), ("color", &ink), ("size", "0.5"), ("size_unit", "MM"), ("outline_style", "no")];
    layer(&mut dot, "SimpleMarker", &mark, None);
    dot.push_str("</symbol>\n");
    let apart = [("distance_x", "1.6"), ("distance_x_unit", "MM"), ("distance_y", "1.6"), ("distance_y_unit", "MM")];
    layer(out, "PointPatternFill", &apart, Some(&dot));
}

fn layer(out: &mut String, class: &str, options: &[(&str, &str)], inner: Option<&str>) {
    let _ = writeln!(out, "<layer class=\"{class}\" enabled=\"1\" locked=\"0\" pass=\"0\">\n<Option type=\"Map\">");
    for (name, value) in options {
        let _ = writeln!(out, "<Option name=\"{name}\" type=\"QString\" value=\"{}\"/>", escape(value));
    }
    let _ = writeln!(out, "</Option>\n{}</layer>", inner.unwrap_or(""));
}
