//! A standard form is made to measure: the dictionary and the place lists known here, and what the officer chose.

use crate::cli::Mistakes;
use crate::journey::{load, settle};
use anyhow::Result;
use dtm_capture::standard::{self, Draft, OrderError};
use dtm_model::{Area, Dictionary, Lang, Operation, Place, Tool};
use dtm_store::Store;
use std::collections::BTreeMap;

/// What an officer chose.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) tool: Tool,
    /// BCP 47 codes, the first shown first.
    pub(crate) languages: Vec<String>,
    pub(crate) with: Vec<String>,
    pub(crate) without: Vec<String>,
    pub(crate) order: Vec<String>,
    pub(crate) wording: BTreeMap<(String, String), String>,
    pub(crate) form_id: String,
    pub(crate) title: String,
    pub(crate) version: String,
}

/// What the form is made from.
pub(crate) struct Material {
    pub(crate) dictionary: Dictionary,
    pub(crate) areas: Vec<Area>,
    pub(crate) places: Vec<Place>,
}

impl Material {
    /// The dictionary and the lists of an operation.
    pub(crate) async fn of(store: &Store, operation: &Operation) -> Result<Self> {
        let atlas = store.atlas(&operation.admin0).await?;
        Ok(Self {
            dictionary: settle::dictionary(store).await?,
            areas: atlas.areas().cloned().collect(),
            places: store.places(&operation.id).await?,
        })
    }

    /// The built-in dictionary, or that and an export of the whole one; no lists.
    pub(crate) fn without_lists(export: Option<(&[u8], &str)>, lang: Lang) -> Result<Self> {
        let mut dictionary = dtm_process::dictionary::builtin();
        if let Some((bytes, file_name)) = export {
            let (entries, _) = load::read_dictionary(bytes, file_name, lang)?;
            dtm_process::dictionary::extend(&mut dictionary, entries);
        }
        Ok(Self { dictionary, areas: Vec::new(), places: Vec::new() })
    }

    /// Makes the form.
    pub(crate) fn draft(&self, wish: &Wish) -> Result<Draft, OrderError> {
        standard::draft(&standard::Order {
            tool: wish.tool,
            dictionary: &self.dictionary,
            languages: &wish.languages,
            areas: &self.areas,
            places: &self.places,
            with: &wish.with,
            without: &wish.without,
            order: &wish.order,
            wording: &wish.wording,
            form_id: &wish.form_id,
            title: &wish.title,
            version: &wish.version,
        })
    }
}

/// The version a form gets unless told otherwise: the day, and 01 for the first of it.
pub(crate) fn version_of_today() -> String {
    format!("{}01", crate::world::now().date().format("%Y%m%d"))
}

/// The languages of a text such as `en,fr`.
pub(crate) fn languages(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split([',', ' ', ';']).map(str::trim).filter(|part| !part.is_empty()) {
        let code = dtm_capture::language::code(part);
        if !found.contains(&code) {
            found.push(code);
        }
    }
    found
}

/// The order as a mistake that a person can mend.
pub(crate) fn mistake(error: &OrderError, lang: Lang) -> anyhow::Error {
    Mistakes::one(error.message(lang))
}
