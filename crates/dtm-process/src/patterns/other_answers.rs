//! What people said under «other, please specify», listed for recoding.

use crate::answers::AnswerTable;
use crate::corrections::OtherQuestion;
use crate::folding::plain;
use std::collections::BTreeMap;

/// One wording and who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherAnswer {
    /// Which question, as a position in the list given.
    pub about: usize,
    /// The wording, as the first one wrote it.
    pub text: String,
    /// The records that say it, capitals, accents and marks aside.
    pub rows: Vec<usize>,
}

/// What was said under «other», the most frequent wording of each question first.
pub fn other_answers(table: &AnswerTable, questions: &[OtherQuestion]) -> Vec<OtherAnswer> {
    let mut found = Vec::new();
    for (about, question) in questions.iter().enumerate() {
        let Some(column) = table.column(&question.text) else { continue };
        let mut said: BTreeMap<String, OtherAnswer> = BTreeMap::new();
        for row in 0..table.n_rows() {
            let Some(text) = column.text(row).map(str::trim).filter(|text| !text.is_empty()) else { continue };
            let new = || OtherAnswer { about, text: text.to_owned(), rows: Vec::new() };
            said.entry(plain(text)).or_insert_with(new).rows.push(row);
        }
        let mut said: Vec<OtherAnswer> = said.into_values().collect();
        said.sort_by(|a, b| b.rows.len().cmp(&a.rows.len()).then_with(|| a.text.cmp(&b.text)));
        found.append(&mut said);
    }
    found
}
