//! Languages, and texts that exist in several of them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A language the interface is complete in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

impl Lang {
    /// Every language the interface is complete in.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::Fr];

    /// The two-letter code of BCP 47.
    pub fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Fr => "fr",
        }
    }

    /// The language of this two-letter code, if the interface has it.
    pub fn from_code(code: &str) -> Option<Lang> {
        Lang::ALL.into_iter().find(|lang| lang.code() == code)
    }
}

/// A text in one or more languages, by BCP 47 code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Text(BTreeMap<String, String>);

impl Text {
    /// A text with no words yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same words in English and in French.
    pub fn both(en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self::new().with("en", en).with("fr", fr)
    }

    /// Adds the wording of one language.
    pub fn with(mut self, code: impl Into<String>, words: impl Into<String>) -> Self {
        self.0.insert(code.into(), words.into());
        self
    }

    /// The wording in this language, else in English, else in whichever comes first, else nothing.
    pub fn get(&self, lang: Lang) -> &str {
        self.0
            .get(lang.code())
            .or_else(|| self.0.get("en"))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }

    /// Whether the wording exists in this very language.
    pub fn has(&self, lang: Lang) -> bool {
        self.0.contains_key(lang.code())
    }

    /// All wordings, by language code.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(code, words)| (code.as_str(), words.as_str()))
    }
}
