//! Reads the outlines that standard forms are made from.

use dtm_model::{Text, Tool};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The tools that have a standard form.
pub const TOOLS: [Tool; 8] =
    [Tool::B1, Tool::B2, Tool::Msla, Tool::Ett, Tool::Fmr, Tool::Fms, Tool::Registration, Tool::Intentions];

/// One standard form, before anybody chose.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// The tool.
    pub tool: Tool,
    /// The form id it gets unless told otherwise.
    pub id: String,
    /// The title.
    pub title: Text,
    /// How phones name a filled form.
    pub instance_name: String,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

/// A group of questions, or a repeat.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its name in the form.
    pub name: String,
    /// Its heading.
    pub title: Text,
    /// When it is asked, as an expression; always if empty.
    pub when: String,
    /// Whether its questions stand in the form without a group around them.
    pub bare: bool,
    /// Whether it can be answered several times.
    pub repeat: bool,
    /// How many times, as an expression; as often as wanted if empty.
    pub count: String,
    /// The questions.
    pub questions: Vec<Question>,
}

/// A question of an outline.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its code, of the dictionary where that has the question.
    pub code: String,
    /// The XLSForm type, where it is not the dictionary's.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// English wording.
    #[serde(default)]
    pub en: String,
    /// French wording.
    #[serde(default)]
    pub fr: String,
    /// A hint in English and French.
    #[serde(default)]
    pub hint: Vec<String>,
    /// Whether it must be answered.
    #[serde(default)]
    pub must: bool,
    /// When it is asked.
    #[serde(default)]
    pub when: String,
    /// What the answer keeps to.
    #[serde(default)]
    pub rule: Option<Rule>,
    /// A list of `shared.toml`.
    #[serde(default)]
    pub list: String,
    /// The dictionary entry whose answers are offered.
    #[serde(default)]
    pub list_of: String,
    /// The level of the areas offered.
    #[serde(default)]
    pub level: Option<u8>,
    /// The question that narrows the areas offered.
    #[serde(default)]
    pub under: String,
    /// `places` or `points` where the places of the operation are offered.
    #[serde(default)]
    pub places: String,
    /// Whether the countries of the world are offered.
    #[serde(default)]
    pub countries: bool,
    /// Appearance.
    #[serde(default)]
    pub look: String,
    /// Calculation.
    #[serde(default)]
    pub calc: String,
    /// Whether it is asked only on demand.
    #[serde(default)]
    pub offer: bool,
    /// Whether «other» asks for words.
    #[serde(default)]
    pub specify: bool,
    /// Whether it cannot be left out, beside what the dictionary says.
    #[serde(default)]
    pub core: bool,
}

/// A named rule, alone or with a condition of its own and its wording.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Rule {
    /// A rule of `shared.toml`.
    Named(String),
    /// The name of a rule, a further expression, and what to say in English and French.
    With([String; 4]),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutlineFile {
    id: String,
    en: String,
    fr: String,
    instance_name: String,
    section: Vec<SectionEntry>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SectionEntry {
    #[serde(rename = "use")]
    shared: String,
    name: String,
    en: String,
    fr: String,
    when: String,
    bare: bool,
    repeat: bool,
    count: String,
    /// Asked only on demand, all of it.
    offer: bool,
    /// Questions on demand that this form asks anyway.
    take: Vec<String>,
    /// Questions that this form does without.
    drop: Vec<String>,
    /// Questions that this form cannot do without.
    core: Vec<String>,
    questions: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shared {
    pub(super) rules: BTreeMap<String, [String; 3]>,
    pub(super) lists: BTreeMap<String, Vec<[String; 3]>>,
    sections: BTreeMap<String, SectionEntry>,
}

/// What the outlines share.
pub(super) fn shared() -> Shared {
    toml::from_str(include_str!("outlines/shared.toml")).expect("the file is part of the program and a test reads it")
}

/// The countries of the world: ISO 3166-1 alpha-3, English, French.
pub(super) fn countries() -> impl Iterator<Item = (&'static str, Text)> {
    include_str!("outlines/countries.txt").lines().filter_map(|line| {
        let mut parts = line.split('|');
        Some((parts.next()?, Text::both(parts.next()?, parts.next()?)))
    })
}

/// The outline of a tool's standard form; none for tools that have none.
pub fn outline(tool: Tool) -> Option<Outline> {
    let text = match tool {
        Tool::B1 => include_str!("outlines/b1.toml"),
        Tool::B2 => include_str!("outlines/b2.toml"),
        Tool::Msla => include_str!("outlines/msla.toml"),
        Tool::Ett => include_str!("outlines/ett.toml"),
        Tool::Fmr => include_str!("outlines/fmr.toml"),
        Tool::Fms => include_str!("outlines/fms.toml"),
        Tool::Registration => include_str!("outlines/registration.toml"),
        Tool::Intentions => include_str!("outlines/intentions.toml"),
        Tool::Survey => return None,
    };
    let file: OutlineFile = toml::from_str(text).expect("the file is part of the program and a test reads it");
    let shared = shared();
    Some(Outline {
        tool,
        id: file.id,
        title: Text::both(file.en, file.fr),
        instance_name: file.instance_name,
        sections: file.section.into_iter().map(|entry| section(entry, &shared)).collect(),
    })
}

/// A section as written, or as shared and then changed by what is written.
fn section(entry: SectionEntry, shared: &Shared) -> Section {
    let base = match entry.shared.is_empty() {
        true => entry.clone(),
        false => shared.sections.get(&entry.shared).cloned().expect("a test reads every outline"),
    };
    let or = |own: String, base: String| if own.is_empty() { base } else { own };
    let named = or(entry.name, or(base.name, entry.shared));
    let questions = base.questions.into_iter().filter(|question| !entry.drop.contains(&question.code));
    Section {
        name: named,
        title: Text::both(or(entry.en, base.en), or(entry.fr, base.fr)),
        when: or(entry.when, base.when),
        bare: base.bare,
        repeat: base.repeat,
        count: base.count,
        questions: questions
            .map(|mut question| {
                question.offer = (question.offer || entry.offer) && !entry.take.contains(&question.code);
                question.core |= entry.core.contains(&question.code);
                question
            })
            .collect(),
    }
}
