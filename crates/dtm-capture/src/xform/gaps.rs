//! Which texts of a form are missing in which language.

use dtm_model::{Field, FormSchema, Text};
use std::collections::BTreeSet;

/// A language of a form, and what it lacks.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Gap {
    /// The language's code.
    pub language: String,
    /// How many texts there are to translate.
    pub of: usize,
    /// Questions without a label in it, by path, and choices, by path and name.
    pub missing: Vec<String>,
}

/// The languages of a form, each with what it lacks; none if the form is in one language.
pub fn gaps(schema: &FormSchema) -> Vec<Gap> {
    let mut texts: Vec<(String, &Text)> = Vec::new();
    let mut lists: BTreeSet<Vec<&str>> = BTreeSet::new();
    for Field { path, label, choices, .. } in &schema.fields {
        texts.push((path.clone(), label));
        // A list that many questions offer is told once.
        if lists.insert(choices.iter().map(|choice| choice.name.as_str()).collect()) {
            texts.extend(choices.iter().map(|choice| (format!("{path}={}", choice.name), &choice.label)));
        }
    }
    let is_said = |words: &str| !matches!(words.trim(), "" | "-");
    // What no language says, such as the label of a calculation, cannot be missing.
    texts.retain(|(_, text)| text.iter().any(|(code, words)| code != crate::language::UNNAMED && is_said(words)));
    let languages: BTreeSet<&str> = texts.iter().flat_map(|(_, text)| text.iter().map(|(code, _)| code)).collect();
    let of = texts.len();
    let gap = |language: &str| {
        let lacks = |text: &Text| !text.iter().any(|(code, words)| code == language && is_said(words));
        let missing = texts.iter().filter(|(_, text)| lacks(text)).map(|(place, _)| place.clone()).collect();
        Gap { language: language.to_owned(), of, missing }
    };
    languages.into_iter().map(gap).collect()
}
