//! The kinds of site by their words.

use crate::journey::settle;
use dtm_model::{Lang, Text};
use dtm_process::dictionary;
use dtm_store::{Store, StoreError};

/// The kinds of site that the dictionary of this server knows.
#[derive(Default)]
pub(crate) struct SiteTypes(Vec<(String, Text)>);

impl SiteTypes {
    pub(crate) async fn known(store: &Store) -> Result<Self, StoreError> {
        Ok(Self(dictionary::site_types(&settle::dictionary(store).await?)))
    }

    /// The words of a code; the code itself where nobody worded it.
    pub(crate) fn name(&self, lang: Lang, code: &str) -> String {
        let known = self.0.iter().find(|(known, _)| known == code);
        known.map_or(code, |(_, words)| words.get(lang)).to_owned()
    }

    /// Codes and words, in the dictionary's order.
    pub(crate) fn iter(&self, lang: Lang) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(move |(code, words)| (code.as_str(), words.get(lang)))
    }
}
