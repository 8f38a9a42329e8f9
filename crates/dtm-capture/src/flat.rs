//! Flat tables of submissions as CSV: one for the form, one for each repeat.
//!
//! Takes a form's [`Shape`] and how the tables shall look, and returns their layouts; with these, submissions become lines.
//! The plain form is that of ODK Central to the byte: a position fills four columns, what was sent stands there as it was
//! sent, `KEY` names a row and `PARENT_KEY` the row it belongs to. Beside it there is a form for people: labels in place
//! of names, and nothing that a spreadsheet would run as a formula.

mod client_audit;
mod line;

pub use client_audit::ClientAudits;
pub use line::{LineWriter, neutral, write_cell};

use crate::instance::{Instance, Shape};
use crate::language::UNNAMED;
use crate::odata::SystemValues;
use dtm_model::{FieldKind, FormSchema, Text};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How the tables shall look.
#[derive(Clone, Debug)]
pub struct Look {
    /// Whether a column is called by its whole path, and not by its name alone.
    pub group_paths: bool,
    /// The choices that get a column of their own, by the node of their question; none where they get none.
    pub split: Option<Choices>,
    /// The language of the labels that stand for names of questions and choices; none for the names themselves.
    pub labels: Option<String>,
    /// Whether what a spreadsheet would run is neutralised, and a mark says that the text is UTF-8.
    pub for_people: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { group_paths: true, split: None, labels: None, for_people: false }
    }
}

/// The choices that were made of each question that takes several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(BTreeMap<usize, BTreeSet<String>>);

/// The most choices of one question that get a column.
const MOST_CHOICES: usize = 1000;

impl Choices {
    /// Notes the choices that a submission makes.
    pub fn note(&mut self, shape: &Shape, instance: &Instance) {
        for (at, item) in instance.items().iter().enumerate() {
            if shape.node(item.node).kind != FieldKind::SelectMultiple {
                continue;
            }
            let names = self.0.entry(item.node).or_default();
            for name in instance.text(at).split_whitespace() {
                if names.len() < MOST_CHOICES && !names.contains(name) {
                    names.insert(name.to_owned());
                }
            }
        }
    }

    fn of(&self, node: usize) -> impl Iterator<Item = &str> {
        self.0.get(&node).into_iter().flatten().map(String::as_str)
    }
}

/// One table.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The repeat whose turns are the lines; none for the submissions.
    pub repeat: Option<usize>,
    /// What the file is called after the form's id: nothing, or `-name` of the repeat.
    pub suffix: String,
    /// Names of the columns.
    pub header: Vec<String>,
    /// Where a question's first column is.
    pub(crate) places: HashMap<usize, usize>,
    /// Where the column of a choice is.
    pub(crate) choices: HashMap<usize, HashMap<String, usize>>,
    /// Columns of choices, which hold 0 or 1.
    pub(crate) flags: Vec<usize>,
    /// Where the keys begin: `KEY` and what follows of the submissions, `PARENT_KEY` of a repeat.
    pub(crate) keys: usize,
}

/// The columns of the submissions after their answers.
const KNOWN: [&str; 10] = [
    "KEY",
    "SubmitterID",
    "SubmitterName",
    "AttachmentsPresent",
    "AttachmentsExpected",
    "Status",
    "ReviewState",
    "DeviceID",
    "Edits",
    "FormVersion",
];

/// The tables of a form, the submissions first, then the repeats in the order of the form.
pub fn layouts(shape: &Shape, schema: &FormSchema, look: &Look) -> Vec<Layout> {
    let labels: HashMap<&str, &Text> = match look.labels {
        Some(_) => schema.fields.iter().map(|field| (field.path.as_str(), &field.label)).collect(),
        None => HashMap::new(),
    };
    let mut tables = vec![layout(shape, None, look, &labels)];
    let repeats = in_order(shape, None).into_iter().filter(|at| shape.node(*at).kind == FieldKind::Repeat);
    tables.extend(repeats.map(|repeat| layout(shape, Some(repeat), look, &labels)));
    // Repeats of one name are told apart by a number.
    let name_of = |table: &Layout| table.repeat.map(|repeat| shape.node(repeat).name.clone()).unwrap_or_default();
    let mut totals: HashMap<String, usize> = HashMap::new();
    tables.iter().skip(1).for_each(|table| *totals.entry(name_of(table)).or_default() += 1);
    let mut counts: HashMap<String, usize> = HashMap::new();
    for table in tables.iter_mut().skip(1) {
        let name = name_of(table);
        table.suffix = match totals[&name] {
            1 => format!("-{name}"),
            _ => {
                let count = counts.entry(name.clone()).or_default();
                *count += 1;
                format!("-{name}~{count}")
            }
        };
    }
    tables
}

/// All nodes below this one, each before what stands in it, in the order of the form.
fn in_order(shape: &Shape, below: Option<usize>) -> Vec<usize> {
    let mut ordered = Vec::new();
    let mut waiting: Vec<usize> = shape.children(below).iter().rev().copied().collect();
    while let Some(at) = waiting.pop() {
        ordered.push(at);
        waiting.extend(shape.node(at).children.iter().rev());
    }
    ordered
}

fn layout(shape: &Shape, repeat: Option<usize>, look: &Look, labels: &HashMap<&str, &Text>) -> Layout {
    let mut header: Vec<String> = Vec::new();
    if repeat.is_none() {
        header.push("SubmissionDate".to_owned());
    }
    let (mut places, mut choices, mut flags) = (HashMap::new(), HashMap::new(), Vec::new());
    let above = repeat.map_or(0, |repeat| shape.node(repeat).path.len() + 1);
    for at in in_order(shape, repeat) {
        let node = shape.node(at);
        if node.is_structure() || node.repeat != repeat {
            continue;
        }
        let name = if look.group_paths { node.path[above..].replace('/', "-") } else { node.name.clone() };
        let label = look.labels.as_ref().and_then(|lang| words(labels.get(node.path.as_str())?, lang));
        let name = label.unwrap_or(name);
        places.insert(at, header.len());
        match (node.kind, &look.split) {
            (FieldKind::Geopoint, _) => {
                header.extend(["Latitude", "Longitude", "Altitude", "Accuracy"].map(|part| format!("{name}-{part}")));
            }
            (FieldKind::SelectMultiple, Some(split)) => {
                header.push(name.clone());
                let mut columns = HashMap::new();
                for choice in split.of(at) {
                    columns.insert(choice.to_owned(), header.len());
                    flags.push(header.len());
                    header.push(format!("{name}/{choice}"));
                }
                choices.insert(at, columns);
            }
            _ => header.push(name),
        }
    }
    let keys = header.len();
    match repeat {
        Some(_) => header.extend(["PARENT_KEY", "KEY"].map(str::to_owned)),
        None => header.extend(KNOWN.map(str::to_owned)),
    }
    Layout { repeat, suffix: String::new(), header, places, choices, flags, keys }
}

/// The wording in this language, else the one without a language, else any.
fn words(text: &Text, lang: &str) -> Option<String> {
    let of = |wanted: &str| text.iter().find(|(code, _)| *code == wanted);
    let (_, words) = of(lang).or_else(|| of(UNNAMED)).or_else(|| of("en")).or_else(|| text.iter().next())?;
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}

/// The labels of a form's choices, by the node of the question and the name of the choice.
pub(crate) fn choice_labels(shape: &Shape, schema: &FormSchema, lang: &str) -> HashMap<usize, HashMap<String, String>> {
    let mut labels = HashMap::new();
    for field in schema.fields.iter().filter(|field| !field.choices.is_empty()) {
        let Some(at) = shape.at(&field.path) else { continue };
        let of_field =
            field.choices.iter().filter_map(|choice| Some((choice.name.clone(), words(&choice.label, lang)?)));
        labels.insert(at, of_field.collect());
    }
    labels
}

/// What CSV calls the state of answers that cannot be read.
pub(crate) fn status(system: &SystemValues) -> &'static str {
    match system.status {
        None => "",
        Some("missingEncryptedFormData") => "missing encrypted form data",
        Some(_) => "not decrypted",
    }
}
