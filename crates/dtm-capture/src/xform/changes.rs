//! What changed between two versions of a form.
//!
//! Takes two XForms and returns their differences in the order of the newer form: fields that came, went, moved or changed
//! their type, choices, wordings in every language, and logic. A field is the same if its path is; one whose path is gone
//! counts as moved if exactly one new field has its name and type. What stands in a moved group moves with it without a
//! word. A list of choices that several questions offer is told at the first of them.

mod message;

use crate::xform::{Form, XFormError, list_id};
use crate::xml::{MAX_ELEMENTS, Tree};
use dtm_model::{Field, FieldKind, Text};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// The field, by its path in the newer form; for a field that is gone its old path; empty for the form itself.
    pub path: String,
    /// What happened to it.
    #[serde(flatten)]
    pub what: What,
}

/// What happened to a field or a form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    /// The form's id, title or version is another.
    Form {
        /// Which of them.
        part: &'static str,
        /// Before.
        old: String,
        /// Now.
        new: String,
    },
    /// A language came.
    LanguageAdded {
        /// Its code.
        language: String,
    },
    /// A language went.
    LanguageRemoved {
        /// Its code.
        language: String,
    },
    /// The field is new.
    Added {
        /// Its type.
        kind: FieldKind,
    },
    /// The field is gone.
    Removed {
        /// Its type.
        kind: FieldKind,
    },
    /// The field stands in another group.
    Moved {
        /// Its old path.
        from: String,
    },
    /// The field stands elsewhere among its neighbours.
    Reordered {
        /// The field before it now, if it is not the first.
        after: Option<String>,
    },
    /// The answer is of another type.
    Type {
        /// Before.
        old: FieldKind,
        /// Now.
        new: FieldKind,
    },
    /// A choice came.
    ChoiceAdded {
        /// Its name.
        choice: String,
        /// Its label.
        label: String,
    },
    /// A choice went.
    ChoiceRemoved {
        /// Its name.
        choice: String,
        /// Its label.
        label: String,
    },
    /// A text is worded otherwise, translated anew, or no longer there.
    Wording {
        /// Whose text.
        part: Part,
        /// In which language, `und` if the form does not say.
        language: String,
        /// Before, empty if there was none.
        old: String,
        /// Now, empty if there is none.
        new: String,
    },
    /// A rule is another.
    Logic {
        /// Which rule.
        rule: Rule,
        /// Before, empty if there was none.
        old: String,
        /// Now, empty if there is none.
        new: String,
    },
}

/// A text of a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The label.
    Label,
    /// The hint.
    Hint,
    /// What is said when the constraint does not hold.
    ConstraintMessage,
    /// What is said when there is no answer.
    RequiredMessage,
    /// The label of the choice of this name.
    Choice(String),
}

/// A rule of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// When it is asked.
    Relevant,
    /// What is allowed.
    Constraint,
    /// How it is computed.
    Calculate,
    /// Whether an answer is needed.
    Required,
    /// Whether the answer is fixed.
    Readonly,
    /// Which choices are offered.
    Choices,
    /// How often the group occurs.
    Count,
    /// How it is shown.
    Appearance,
    /// What it holds before it is asked.
    Default,
}

impl Change {
    /// Whether answers collected before cannot simply be read together with those to come.
    pub fn breaks_series(&self) -> bool {
        match &self.what {
            What::Removed { kind } => !matches!(kind, FieldKind::Group),
            What::Type { .. } | What::Moved { .. } | What::ChoiceRemoved { .. } => true,
            What::Form { part, .. } => *part == "id",
            _ => false,
        }
    }
}

/// What changed between two XForms.
pub fn between(old: &str, new: &str) -> Result<Vec<Change>, XFormError> {
    let (old, new) = (Tree::read(old.as_bytes(), MAX_ELEMENTS)?, Tree::read(new.as_bytes(), MAX_ELEMENTS)?);
    let (old, new) = (Version::of(&old)?, Version::of(&new)?);
    let mut changes = Vec::new();
    let mut tell = |path: &str, what: What| changes.push(Change { path: path.to_owned(), what });
    let facts = |version: &Version| [version.id.clone(), version.title.clone(), version.version.clone()];
    for ((part, old), new) in ["id", "title", "version"].into_iter().zip(facts(&old)).zip(facts(&new)) {
        if old != new {
            tell("", What::Form { part, old, new });
        }
    }
    for language in new.languages.difference(&old.languages) {
        tell("", What::LanguageAdded { language: language.clone() });
    }
    for language in old.languages.difference(&new.languages) {
        tell("", What::LanguageRemoved { language: language.clone() });
    }
    let pairs = pairs(&old.fields, &new.fields);
    let stay: HashSet<usize> = pairs.iter().flatten().copied().collect();
    let leaving = old.fields.iter().enumerate().filter(|(index, _)| !stay.contains(index));
    for (_, field) in leaving {
        tell(&field.path, What::Removed { kind: field.kind });
    }
    let reordered = reordered(&old.fields, &new.fields, &pairs);
    let mut told: HashSet<Vec<What>> = HashSet::new();
    for (index, field) in new.fields.iter().enumerate() {
        let Some(before) = pairs[index].map(|before| &old.fields[before]) else {
            tell(&field.path, What::Added { kind: field.kind });
            continue;
        };
        let with_its_group = parent_pair(index, &new.fields, &pairs, &old.fields)
            .is_some_and(|above| joined(&above, name(&field.path)) == before.path);
        if before.path != field.path && !with_its_group {
            tell(&field.path, What::Moved { from: before.path.clone() });
        } else if let Some(after) = reordered.get(&index) {
            tell(&field.path, What::Reordered { after: after.clone() });
        }
        if before.kind != field.kind {
            tell(&field.path, What::Type { old: before.kind, new: field.kind });
        }
        let of_list = choices(before, field, &old, &new);
        if !of_list.is_empty() && told.insert(of_list.clone()) {
            of_list.into_iter().for_each(|what| tell(&field.path, what));
        }
        let (old_texts, new_texts) = (old.texts.get(&before.path), new.texts.get(&field.path));
        for (part, (old, new)) in joint(old_texts, new_texts) {
            let (old, new) = (old.cloned().unwrap_or_default(), new.cloned().unwrap_or_default());
            wordings(part, &old, &new).into_iter().for_each(|what| tell(&field.path, what));
        }
        for (rule, (old, new)) in joint(old.rules.get(&before.path), new.rules.get(&field.path)) {
            if old != new {
                let (old, new) = (old.cloned().unwrap_or_default(), new.cloned().unwrap_or_default());
                tell(&field.path, What::Logic { rule: *rule, old, new });
            }
        }
    }
    Ok(changes)
}

/// A form as far as it is compared.
struct Version {
    id: String,
    title: String,
    version: String,
    languages: BTreeSet<String>,
    fields: Vec<Field>,
    texts: HashMap<String, BTreeMap<Part, Text>>,
    rules: HashMap<String, BTreeMap<Rule, String>>,
}

impl Version {
    fn of(tree: &Tree) -> Result<Version, XFormError> {
        let form = Form::of(tree)?;
        let schema = form.schema();
        let mut texts: HashMap<String, BTreeMap<Part, Text>> = HashMap::new();
        let mut rules: HashMap<String, BTreeMap<Rule, String>> = HashMap::new();
        for (path, bind) in &form.binds {
            let found = [
                ("relevant", Rule::Relevant),
                ("constraint", Rule::Constraint),
                ("calculate", Rule::Calculate),
                ("required", Rule::Required),
                ("readonly", Rule::Readonly),
            ];
            for (attribute, rule) in found {
                if let Some(value) = bind.attribute(attribute).map(folded).filter(|value| value != "false()") {
                    rules.entry(path.clone()).or_default().insert(rule, value);
                }
            }
            let messages = [("constraintMsg", Part::ConstraintMessage), ("requiredMsg", Part::RequiredMessage)];
            for (attribute, part) in messages {
                if let Some(value) = bind.attribute(attribute) {
                    let id = value.trim().strip_prefix("jr:itext('").and_then(|rest| rest.strip_suffix("')"));
                    let text = match id {
                        Some(id) => form.texts.get(id).cloned().unwrap_or_default(),
                        None => Text::new().with(crate::language::UNNAMED, value),
                    };
                    texts.entry(path.clone()).or_default().insert(part, text);
                }
            }
        }
        for control in &form.controls {
            let of_path = rules.entry(control.path.clone()).or_default();
            for (attribute, rule) in [("count", Rule::Count), ("appearance", Rule::Appearance)] {
                if let Some(value) = control.node.attribute(attribute).map(folded) {
                    of_path.insert(rule, value);
                }
            }
            if let Some(nodeset) = control.itemset.and_then(|itemset| itemset.attribute("nodeset")) {
                let list = list_id(nodeset).map(|list| format!("instance('{list}')/root/item"));
                // A list without a filter is told by its choices.
                let plain = list.as_deref() == Some(nodeset.trim())
                    && form.instances.contains_key(list_id(nodeset).unwrap_or(""));
                if !plain {
                    of_path.insert(Rule::Choices, folded(nodeset));
                }
            }
            if let Some(hint) = tree.child(control.node, "hint") {
                texts.entry(control.path.clone()).or_default().insert(Part::Hint, form.text_of(hint));
            }
        }
        form.defaults(|path, value| {
            rules.entry(path.to_owned()).or_default().insert(Rule::Default, value);
        });
        for field in &schema.fields {
            texts.entry(field.path.clone()).or_default().insert(Part::Label, field.label.clone());
        }
        let said = schema.fields.iter().flat_map(|field| field.label.iter());
        let languages = said.map(|(code, _)| code.to_owned()).filter(|code| code != crate::language::UNNAMED).collect();
        let (id, title, version) = (schema.xml_form_id, schema.title, schema.version);
        Ok(Version { id, title, version, languages, fields: schema.fields, texts, rules })
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

fn joined(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") }
}

/// For each field of the newer form, its number in the older one.
fn pairs(old: &[Field], new: &[Field]) -> Vec<Option<usize>> {
    let by_path: HashMap<&str, usize> =
        old.iter().enumerate().map(|(index, field)| (field.path.as_str(), index)).collect();
    let mut pairs: Vec<Option<usize>> = new.iter().map(|field| by_path.get(field.path.as_str()).copied()).collect();
    let taken: HashSet<usize> = pairs.iter().flatten().copied().collect();
    let is_group = |kind: FieldKind| matches!(kind, FieldKind::Group | FieldKind::Repeat);
    let mut lost: HashMap<(&str, bool), Vec<usize>> = HashMap::new();
    for (index, field) in old.iter().enumerate().filter(|(index, _)| !taken.contains(index)) {
        lost.entry((name(&field.path), is_group(field.kind))).or_default().push(index);
    }
    let mut found: HashMap<(&str, bool), usize> = HashMap::new();
    for field in new.iter().zip(&pairs).filter(|(_, pair)| pair.is_none()).map(|(field, _)| field) {
        *found.entry((name(&field.path), is_group(field.kind))).or_default() += 1;
    }
    for (index, field) in new.iter().enumerate() {
        let key = (name(&field.path), is_group(field.kind));
        if pairs[index].is_none()
            && found.get(&key) == Some(&1)
            && let Some([only]) = lost.get(&key).map(Vec::as_slice)
        {
            pairs[index] = Some(*only);
        }
    }
    pairs
}

/// The old path of the group that a field of the newer form stands in; the form's root is the empty path.
fn parent_pair(index: usize, new: &[Field], pairs: &[Option<usize>], old: &[Field]) -> Option<String> {
    let group = above(&new[index].path);
    if group.is_empty() {
        return Some(String::new());
    }
    let parent = new[..index].iter().rposition(|field| field.path == group)?;
    pairs[parent].map(|parent| old[parent].path.clone())
}

/// Which fields changed places with neighbours that stayed, and what they stand behind now.
fn reordered(old: &[Field], new: &[Field], pairs: &[Option<usize>]) -> HashMap<usize, Option<String>> {
    let mut siblings: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, pair) in pairs.iter().enumerate() {
        if let Some(before) = pair {
            siblings.entry((above(&new[index].path), above(&old[*before].path))).or_default().push(index);
        }
    }
    let mut found = HashMap::new();
    for group in siblings.values() {
        let places: Vec<usize> = group.iter().filter_map(|index| pairs[*index]).collect();
        let kept: HashSet<usize> = longest_ascending(&places).into_iter().collect();
        for (position, index) in group.iter().enumerate().filter(|(position, _)| !kept.contains(position)) {
            let before = position.checked_sub(1).map(|before| new[group[before]].path.clone());
            found.insert(*index, before);
        }
    }
    found
}

/// The positions of a longest ascending run of these numbers, gaps allowed.
fn longest_ascending(numbers: &[usize]) -> Vec<usize> {
    let (mut ends, mut previous): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::with_capacity(numbers.len()));
    for (position, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        previous.push(length.checked_sub(1).map(|length| ends[length]));
        match ends.get_mut(length) {
            Some(end) => *end = position,
            None => ends.push(position),
        }
    }
    let mut run: Vec<usize> = std::iter::successors(ends.last().copied(), |position| previous[*position]).collect();
    run.reverse();
    run
}

/// Both sides of two maps, by key.
fn joint<'a, K: Ord, V>(
    old: Option<&'a BTreeMap<K, V>>,
    new: Option<&'a BTreeMap<K, V>>,
) -> BTreeMap<&'a K, (Option<&'a V>, Option<&'a V>)> {
    let mut both: BTreeMap<&K, (Option<&V>, Option<&V>)> = BTreeMap::new();
    old.into_iter().flatten().for_each(|(key, value)| both.entry(key).or_default().0 = Some(value));
    new.into_iter().flatten().for_each(|(key, value)| both.entry(key).or_default().1 = Some(value));
    both
}

fn wordings(part: &Part, old: &Text, new: &Text) -> Vec<What> {
    let said = |text: &Text| -> BTreeMap<String, String> {
        let said = text.iter().map(|(code, words)| (code.to_owned(), folded(words)));
        said.filter(|(_, words)| !matches!(words.as_str(), "" | "-")).collect()
    };
    let (old, new) = (said(old), said(new));
    let differing = joint(Some(&old), Some(&new)).into_iter().filter(|(_, (old, new))| old != new);
    differing
        .map(|(language, (old, new))| What::Wording {
            part: part.clone(),
            language: language.clone(),
            old: old.cloned().unwrap_or_default(),
            new: new.cloned().unwrap_or_default(),
        })
        .collect()
}

fn choices(before: &Field, field: &Field, old_form: &Version, new_form: &Version) -> Vec<What> {
    let by_name = |field: &'_ Field| -> BTreeMap<String, Text> {
        field.choices.iter().map(|choice| (choice.name.clone(), choice.label.clone())).collect()
    };
    let (old, new) = (by_name(before), by_name(field));
    // In a language that came or went as a whole, every text differs; that is told once, of the form.
    let both: BTreeSet<&String> = old_form.languages.intersection(&new_form.languages).collect();
    let first = |text: &Text| text.iter().next().map(|(_, words)| folded(words)).unwrap_or_default();
    let mut found = Vec::new();
    for (choice, sides) in joint(Some(&old), Some(&new)) {
        match sides {
            (None, Some(label)) => found.push(What::ChoiceAdded { choice: choice.clone(), label: first(label) }),
            (Some(label), None) => found.push(What::ChoiceRemoved { choice: choice.clone(), label: first(label) }),
            (Some(old), Some(new)) => found.extend(wordings(&Part::Choice(choice.clone()), old, new).into_iter().filter(
                |what| matches!(what, What::Wording { language, .. } if both.contains(language) || language == crate::language::UNNAMED),
            )),
            (None, None) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests;
