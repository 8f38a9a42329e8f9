//! Which question each column of an export answers.

use crate::instance::Shape;
use dtm_model::{FieldKind, FormSchema};
use std::collections::HashMap;

/// What a column is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A question's whole answer.
    Whole(usize),
    /// Whether this choice of a question was taken.
    Choice(usize, usize),
    /// A part of a position: latitude, longitude, altitude, accuracy.
    Part(usize, usize),
    /// Something the server wrote.
    Known(Known),
    /// Nothing that the form asks.
    Nothing,
}

impl Target {
    pub(super) fn is_answer(self) -> bool {
        matches!(self, Target::Whole(_) | Target::Choice(..) | Target::Part(..))
    }
}

/// Columns that servers add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Known {
    Key,
    Index,
    ParentKey,
    ParentIndex,
    ParentTable,
    Submitted,
    Sender,
    Device,
    FormVersion,
    Review,
    Notes,
    /// Read by nobody.
    Other,
}

/// The columns of ODK Central, Briefcase and KoboToolbox that are no questions.
const KNOWN: [(&str, Known); 47] = [
    ("KEY", Known::Key),
    ("_uuid", Known::Key),
    ("meta/instanceID", Known::Key),
    ("instanceID", Known::Key),
    ("_index", Known::Index),
    ("PARENT_KEY", Known::ParentKey),
    ("_parent_index", Known::ParentIndex),
    ("_parent_table_name", Known::ParentTable),
    ("SubmissionDate", Known::Submitted),
    ("_submission_time", Known::Submitted),
    ("SubmitterName", Known::Sender),
    ("_submitted_by", Known::Sender),
    ("DeviceID", Known::Device),
    ("FormVersion", Known::FormVersion),
    ("ReviewState", Known::Review),
    ("_validation_status", Known::Review),
    ("_notes", Known::Notes),
    ("SubmitterID", Known::Other),
    ("AttachmentsPresent", Known::Other),
    ("AttachmentsExpected", Known::Other),
    ("Status", Known::Other),
    ("Edits", Known::Other),
    ("_id", Known::Other),
    ("_status", Known::Other),
    ("_tags", Known::Other),
    ("_geolocation", Known::Other),
    ("_attachments", Known::Other),
    ("_xform_id_string", Known::Other),
    ("_bamboo_dataset_id", Known::Other),
    ("_version_", Known::Other),
    ("_version__001", Known::Other),
    ("__version__", Known::Other),
    ("formhub/uuid", Known::Other),
    ("meta/instanceName", Known::Other),
    ("meta/rootUuid", Known::Other),
    ("meta/deprecatedID", Known::Other),
    ("_submission__id", Known::Other),
    ("_submission__uuid", Known::Other),
    ("_submission__submission_time", Known::Other),
    ("_submission__validation_status", Known::Other),
    ("_submission__notes", Known::Other),
    ("_submission__status", Known::Other),
    ("_submission__submitted_by", Known::Other),
    ("_submission___version__", Known::Other),
    ("_submission__tags", Known::Other),
    ("_submission_id", Known::Other),
    ("is_encrypted", Known::Other),
];

const PARTS: [&str; 4] = ["Latitude", "Longitude", "Altitude", "Accuracy"];
/// Kobo's words for the same.
const LOWER_PARTS: [&str; 4] = ["latitude", "longitude", "altitude", "precision"];

/// What the columns of one sheet are about.
pub(super) struct Columns {
    /// One for each column.
    pub(super) targets: Vec<Target>,
    pub(super) unmatched: Vec<String>,
    /// The columns of each question.
    pub(super) of: HashMap<usize, Vec<usize>>,
}

/// Names by which columns are found, the surest first.
#[derive(Default)]
struct Names {
    tiers: [HashMap<String, Vec<Target>>; 4],
}

impl Names {
    fn add(&mut self, tier: usize, name: &str, target: Target) {
        let targets = self.tiers[tier].entry(joined(name)).or_default();
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
}

/// A name with one kind of joint; blanks folded. What R makes of names on the way is taken off: the mark that a file
/// began with, spelled out, and the letter before a name that begins with a line.
fn joined(name: &str) -> String {
    let folded = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let bare = ["\u{feff}", "X.U.FEFF.", "ï.."].iter().find_map(|mark| folded.strip_prefix(mark)).unwrap_or(&folded);
    let bare = bare.strip_prefix('X').filter(|rest| rest.starts_with('_')).unwrap_or(bare);
    bare.trim_start_matches('/').replace(['-', '.', ':'], "/")
}

impl Columns {
    /// The places of these columns in the form, or in one turn of a repeat.
    pub(super) fn find(shape: &Shape, schema: &FormSchema, repeat: Option<usize>, header: &[String]) -> Self {
        let names = names(shape, schema, repeat);
        let known: HashMap<String, Known> = KNOWN.iter().map(|(name, known)| (joined(name), *known)).collect();
        // A name that occurs as often among the columns as among the questions means them in their order.
        let mut counts: HashMap<String, usize> = HashMap::new();
        for column in header {
            *counts.entry(joined(column)).or_default() += 1;
        }
        let mut turns: HashMap<String, usize> = HashMap::new();
        let mut columns = Self { targets: Vec::new(), unmatched: Vec::new(), of: HashMap::new() };
        let mut taken: Vec<Target> = Vec::new();
        for (at, column) in header.iter().enumerate() {
            let name = joined(column);
            let turn = turns.entry(name.clone()).or_default();
            let by_name = |tier: usize, name: &str| -> Option<Target> {
                let targets = names.tiers[tier].get(name)?;
                match targets[..] {
                    [one] => Some(one),
                    _ if counts.get(name) == Some(&targets.len()) => targets.get(*turn).copied(),
                    _ => None,
                }
            };
            let root = name.strip_prefix(&format!("{}/", joined(&schema.root)));
            let found = by_name(0, &name)
                .or_else(|| known.get(&name).copied().map(Target::Known))
                .or_else(|| by_name(0, root?))
                .or_else(|| by_name(1, &name.to_lowercase()))
                .or_else(|| by_name(2, &name))
                .or_else(|| by_name(3, &name))
                .or_else(|| is_made(column).then_some(Target::Known(Known::Other)))
                // A second column for the same is not another answer.
                .filter(|target| !target.is_answer() || !taken.contains(target));
            *turn += 1;
            let target = found.unwrap_or(Target::Nothing);
            match target {
                Target::Whole(node) | Target::Choice(node, _) | Target::Part(node, _) => {
                    taken.push(target);
                    columns.of.entry(node).or_default().push(at);
                }
                Target::Nothing if !column.trim().is_empty() => columns.unmatched.push(column.trim().to_owned()),
                _ => {}
            }
            columns.targets.push(target);
        }
        columns
    }

    pub(super) fn answers(&self, node: usize) -> bool {
        self.of.contains_key(&node)
    }
}

/// Columns that exports add beside those of questions.
fn is_made(column: &str) -> bool {
    column.starts_with("SET-OF-") || column.contains("/SET-OF-") || column.ends_with("_URL")
}

fn names(shape: &Shape, schema: &FormSchema, repeat: Option<usize>) -> Names {
    let mut names = Names::default();
    let fields: HashMap<&str, &dtm_model::Field> =
        schema.fields.iter().map(|field| (field.path.as_str(), field)).collect();
    let above = repeat.map_or(0, |repeat| shape.node(repeat).path.len() + 1);
    for (at, node) in shape.nodes().iter().enumerate() {
        if node.is_structure() || node.repeat != repeat || super::is_meta(&node.path) {
            continue;
        }
        let field = fields.get(node.path.as_str());
        let labels: Vec<&str> =
            field.map(|field| field.label.iter().map(|(_, text)| text).collect()).unwrap_or_default();
        let groups: Vec<String> = label_paths(shape, &fields, at, repeat);
        let mut called: Vec<(usize, String)> = vec![(0, node.path.clone()), (0, node.path[above..].to_owned())];
        called.push((2, node.name.clone()));
        called.extend(labels.iter().map(|label| (3, (*label).to_owned())));
        called.extend(groups.into_iter().map(|label| (3, label)));
        for (tier, name) in &called {
            names.add(*tier, name, Target::Whole(at));
            if *tier == 0 {
                names.add(1, &name.to_lowercase(), Target::Whole(at));
            }
            if node.kind == FieldKind::Geopoint {
                for (part, word) in PARTS.iter().enumerate() {
                    names.add(*tier, &format!("{name}-{word}"), Target::Part(at, part));
                }
                for (part, word) in LOWER_PARTS.iter().enumerate() {
                    let (group, last) =
                        name.rsplit_once('/').map_or(("", name.as_str()), |(group, last)| (group, last));
                    let joint = if group.is_empty() { "" } else { "/" };
                    names.add(*tier, &format!("{group}{joint}_{last}_{word}"), Target::Part(at, part));
                    names.add(*tier, &format!("_{name}_{word}"), Target::Part(at, part));
                }
            }
            if node.kind == FieldKind::SelectMultiple {
                for (number, choice) in field.iter().flat_map(|field| field.choices.iter().enumerate()) {
                    let target = Target::Choice(at, number);
                    names.add(*tier, &format!("{name}/{}", choice.name), target);
                    for (_, label) in choice.label.iter() {
                        names.add(*tier, &format!("{name}/{label}"), target);
                    }
                }
            }
        }
    }
    names
}

/// The labels of the groups around a question and its own, per language.
fn label_paths(
    shape: &Shape,
    fields: &HashMap<&str, &dtm_model::Field>,
    at: usize,
    repeat: Option<usize>,
) -> Vec<String> {
    let line = shape.line(at);
    let inside = line.iter().position(|node| Some(*node) == repeat).map_or(0, |at| at + 1);
    let line = &line[inside..];
    let Some(own) = fields.get(shape.node(at).path.as_str()) else { return Vec::new() };
    if line.len() < 2 {
        return Vec::new();
    }
    own.label
        .iter()
        .map(|(lang, _)| {
            let words = line.iter().map(|node| {
                let node = shape.node(*node);
                let label = fields.get(node.path.as_str());
                let label = label.and_then(|field| field.label.iter().find(|(code, _)| *code == lang));
                label.map_or(node.name.clone(), |(_, text)| text.to_owned())
            });
            words.collect::<Vec<_>>().join("/")
        })
        .collect()
}
