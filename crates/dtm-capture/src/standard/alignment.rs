//! Says where a form departs from the data dictionary.
//!
//! Takes what a form asks and the tool it is for, and returns every departure: a Core question that is missing, an
//! answer of another type, choices that the dictionary does not know, a code that it does not have though it looks like
//! one of its own, a tag of its own, and questions whose answers are secret and must not travel further. A form that
//! departs is no error: an operation may need more than the dictionary has.

use super::outline::{Outline, TOOLS, outline};
use dtm_model::{Dictionary, Dissemination, Field, FieldKind, FormSchema, Indicator, Lang, Severity, Tool, ValueKind};
use std::collections::{BTreeMap, BTreeSet};

/// How alike two codes must be to be taken for each other, 0 to 1.
const ALIKE: f64 = 0.8;

/// One place where a form departs.
#[derive(Clone, Debug, PartialEq)]
pub struct Departure {
    /// The question in the form; none where it is missing.
    pub field: Option<String>,
    /// The entry of the dictionary, if one is meant.
    pub code: Option<String>,
    /// What is different.
    pub what: What,
}

/// In what way a form departs.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A Core question of the tool is not asked.
    CoreMissing {
        /// What it asks.
        label: dtm_model::Text,
    },
    /// The answer has another type.
    Type {
        /// In the form.
        here: FieldKind,
        /// In the dictionary.
        there: ValueKind,
    },
    /// Choices that the dictionary does not know.
    UnknownChoices(Vec<String>),
    /// Choices of the dictionary that the form does not offer.
    FewerChoices(Vec<String>),
    /// A code in the dictionary's manner that it does not have.
    UnknownCode {
        /// The most similar one.
        nearest: Option<String>,
    },
    /// Another HXL tag.
    Tag {
        /// In the form.
        here: String,
        /// In the dictionary.
        there: String,
    },
    /// The answer is secret: it must not leave those who need it.
    Secret,
}

impl Departure {
    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match self.what {
            What::CoreMissing { .. } | What::Type { .. } => Severity::Block,
            What::UnknownChoices(_) | What::UnknownCode { nearest: Some(_) } => Severity::Confirm,
            What::UnknownCode { .. } | What::FewerChoices(_) | What::Tag { .. } | What::Secret => Severity::Note,
        }
    }

    /// The departure in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let field = self.field.as_deref().unwrap_or_default();
        let code = self.code.as_deref().unwrap_or_default();
        let fr = lang == Lang::Fr;
        match &self.what {
            What::CoreMissing { label } if fr => {
                format!("la question essentielle `{code}` («\u{a0}{}\u{a0}») n’est pas posée", label.get(lang))
            }
            What::CoreMissing { label } => format!("the Core question `{code}` (“{}”) is not asked", label.get(lang)),
            What::Type { here, there } if fr => {
                format!("`{field}` est de type {}, le dictionnaire attend {}", form_word(*here), word(*there))
            }
            What::Type { here, there } => {
                format!("`{field}` is of type {}, the dictionary expects {}", form_word(*here), word(*there))
            }
            What::UnknownChoices(names) if fr => {
                format!("`{field}` propose des choix inconnus du dictionnaire\u{a0}: {}", some(names))
            }
            What::UnknownChoices(names) => {
                format!("`{field}` offers choices that the dictionary does not know: {}", some(names))
            }
            What::FewerChoices(names) if fr => {
                format!("`{field}` ne propose pas tous les choix du dictionnaire\u{a0}: il manque {}", some(names))
            }
            What::FewerChoices(names) => {
                format!("`{field}` does not offer every choice of the dictionary: {} missing", some(names))
            }
            What::UnknownCode { nearest } => {
                let near = match (nearest, fr) {
                    (Some(near), true) => format!("\u{a0}; vouliez-vous dire `{near}`\u{a0}?"),
                    (Some(near), false) => format!("; did you mean `{near}`?"),
                    (None, _) => String::new(),
                };
                match fr {
                    true => format!("`{field}` ressemble à un code du dictionnaire, qui ne le connaît pas{near}"),
                    false => format!("`{field}` looks like a code of the dictionary, which does not have it{near}"),
                }
            }
            What::Tag { here, there } if fr => {
                format!("`{field}` porte l’étiquette HXL {here}, celle du dictionnaire est {there}")
            }
            What::Tag { here, there } => format!("`{field}` has the HXL tag {here}, the dictionary’s is {there}"),
            What::Secret if fr => {
                format!("`{field}` recueille une réponse secrète\u{a0}: chiffrez le formulaire et limitez qui la voit")
            }
            What::Secret => format!("`{field}` collects a secret answer: encrypt the form and limit who sees it"),
        }
    }
}

fn some(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown}, … ({})", names.len()) } else { shown }
}

/// The XLSForm word of a dictionary type.
fn word(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Integer => "integer",
        ValueKind::Decimal => "decimal",
        ValueKind::Text => "text",
        ValueKind::Date => "date",
        ValueKind::DateTime => "dateTime",
        ValueKind::Geopoint => "geopoint",
        ValueKind::SelectOne | ValueKind::SelectOneGis => "select_one",
        ValueKind::SelectMultiple => "select_multiple",
        ValueKind::Calculate => "calculate",
        ValueKind::Other => "other",
    }
}

fn form_word(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Integer => "integer",
        FieldKind::Decimal => "decimal",
        FieldKind::Date => "date",
        FieldKind::Time => "time",
        FieldKind::DateTime => "dateTime",
        FieldKind::Geopoint => "geopoint",
        FieldKind::Geotrace => "geotrace",
        FieldKind::Geoshape => "geoshape",
        FieldKind::SelectOne => "select_one",
        FieldKind::SelectMultiple => "select_multiple",
        FieldKind::File => "file",
        FieldKind::Group => "group",
        FieldKind::Repeat => "repeat",
    }
}

/// Whether answers of the form's type can be read as the dictionary's.
fn fits(here: FieldKind, there: ValueKind) -> bool {
    use FieldKind as F;
    use ValueKind as V;
    match there {
        V::Integer => here == F::Integer,
        V::Decimal => matches!(here, F::Decimal | F::Integer),
        V::Date => matches!(here, F::Date | F::DateTime),
        V::DateTime => matches!(here, F::DateTime | F::Date),
        V::Geopoint => here == F::Geopoint,
        // A place list may be too long for a phone, or not be known yet: then its code is written.
        V::SelectOneGis => matches!(here, F::SelectOne | F::Text),
        V::SelectOne => here == F::SelectOne,
        V::SelectMultiple => here == F::SelectMultiple,
        // What is computed has whatever type its form gives it, and so have the rest.
        V::Text => matches!(here, F::Text | F::SelectOne),
        V::Calculate | V::Other => true,
    }
}

/// The entry's number and whether a name is written in the dictionary's manner: `m0310_…`, `s1534_…`.
fn number(name: &str) -> Option<&str> {
    let head = name.split('_').next()?;
    let digits = head.strip_prefix(['m', 's'])?;
    (digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(head)
}

/// The code most like this one, if any is like it at all.
pub(super) fn nearest<'a>(code: &str, all: impl Iterator<Item = &'a String>) -> Option<String> {
    let scored = all.map(|known| (strsim::normalized_damerau_levenshtein(code, known), known));
    let scored = scored.filter(|(score, _)| *score >= ALIKE);
    scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1))).map(|(_, known)| known.clone())
}

/// Compares a form with the dictionary: in the order of the form, then what is missing.
pub fn align(schema: &FormSchema, dictionary: &Dictionary, tool: Option<Tool>) -> Vec<Departure> {
    let by_number: BTreeMap<&str, &Indicator> =
        dictionary.iter().filter_map(|entry| Some((number(&entry.code)?, entry))).collect();
    let outlines: Vec<Outline> = TOOLS.into_iter().filter_map(outline).collect();
    let questions = outlines.iter().flat_map(|outline| &outline.sections).flat_map(|section| &section.questions);
    let standard: BTreeSet<&str> = questions.map(|question| question.code.as_str()).collect();
    let mut departures = Vec::new();
    let mut asked: Vec<&str> = Vec::new();
    for field in schema.fields.iter().filter(|field| !matches!(field.kind, FieldKind::Group | FieldKind::Repeat)) {
        let name = field.name();
        // A follow-up of a known question («…_other») asks something else.
        let number = number(name).filter(|_| !name.ends_with("_other"));
        let entry = dictionary.get(name).or_else(|| by_number.get(number?).copied());
        match entry {
            Some(entry) => {
                asked.push(&entry.code);
                compare(field, entry, &mut departures);
            }
            // The standard forms ask more than the built-in dictionary holds.
            None if number.is_some() && !standard.contains(name) => departures.push(Departure {
                field: Some(field.path.clone()),
                code: None,
                what: What::UnknownCode { nearest: nearest(name, dictionary.iter().map(|entry| &entry.code)) },
            }),
            None => {}
        }
    }
    if let Some(tool) = tool {
        let is_core = |entry: &&Indicator| entry.core_in.iter().any(|core| core.eq_ignore_ascii_case(tool.code()));
        let missing = dictionary.iter().filter(is_core).filter(|entry| !asked.contains(&entry.code.as_str()));
        departures.extend(missing.map(|entry| Departure {
            field: None,
            code: Some(entry.code.clone()),
            what: What::CoreMissing { label: entry.label.clone() },
        }));
    }
    departures
}

fn compare(field: &Field, entry: &Indicator, departures: &mut Vec<Departure>) {
    let mut depart =
        |what| departures.push(Departure { field: Some(field.path.clone()), code: Some(entry.code.clone()), what });
    // A list that each operation makes for itself may be too long for a phone: then its code is written.
    let is_own_list = entry.kind == ValueKind::SelectOne && entry.choices.is_empty() && field.kind == FieldKind::Text;
    if !fits(field.kind, entry.kind) && !is_own_list {
        depart(What::Type { here: field.kind, there: entry.kind });
    } else if !entry.choices.is_empty() && !field.choices.is_empty() {
        let known = |name: &String| entry.choices.iter().any(|(code, _)| code == name);
        let here: Vec<String> = field.choices.iter().map(|choice| choice.name.clone()).collect();
        let unknown: Vec<String> = here.iter().filter(|name| !known(name)).cloned().collect();
        let fewer: Vec<String> =
            entry.choices.iter().map(|(code, _)| code).filter(|code| !here.contains(code)).cloned().collect();
        if !unknown.is_empty() {
            depart(What::UnknownChoices(unknown));
        }
        if !fewer.is_empty() {
            depart(What::FewerChoices(fewer));
        }
    }
    if let (Some(here), Some(there)) = (&field.hxl, &entry.hxl)
        && here != there
    {
        depart(What::Tag { here: here.clone(), there: there.clone() });
    }
    if entry.dissemination == Dissemination::Secret {
        depart(What::Secret);
    }
}
