//! Remarks that hold for many rows of a column, counted and made once.

use crate::mapping::notices::finding;
use crate::places::{Locator, Lookup};
use crate::wording::facts;
use dtm_model::{Finding, Pcode, RecordId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How often something was met, and the record where it was met first.
#[derive(Default)]
struct Met {
    n: usize,
    first: Option<RecordId>,
}

impl Met {
    fn once_more(&mut self, record: &RecordId) {
        self.n += 1;
        if self.first.is_none() {
            self.first = Some(record.clone());
        }
    }

    /// The record, where it is the only one.
    fn only(&self) -> Option<&RecordId> {
        self.first.as_ref().filter(|_| self.n == 1)
    }
}

/// What was met so far.
#[derive(Default)]
pub(super) struct Tally {
    /// By question and declared word: each spelling met.
    spelled: BTreeMap<String, BTreeMap<String, BTreeMap<String, Met>>>,
    /// By question and value, with what it became.
    unmapped: BTreeMap<(String, String), (Option<String>, Met)>,
    missing: BTreeMap<(String, String), Met>,
    /// By question: the codes that are not among the areas.
    unknown: BTreeMap<String, (BTreeSet<String>, Met)>,
    read_as: BTreeMap<(&'static str, String, String, Pcode), Met>,
    unknown_indicators: BTreeMap<String, Met>,
    without_ssid: Met,
    by_position: Met,
    /// Where a position lies, once the first was asked for.
    pub(super) locator: Option<Locator>,
    /// Texts of area columns that are no exact code, looked up once.
    pub(super) lookups: HashMap<String, Lookup>,
}

impl Tally {
    pub(super) fn spelled(&mut self, question: &str, declared: &str, given: &str, record: &RecordId) {
        // The common case allocates nothing.
        if let Some(met) =
            self.spelled.get_mut(question).and_then(|words| words.get_mut(declared)).and_then(|met| met.get_mut(given))
        {
            return met.once_more(record);
        }
        let words = self.spelled.entry(question.to_owned()).or_default().entry(declared.to_owned()).or_default();
        words.entry(given.to_owned()).or_default().once_more(record);
    }

    pub(super) fn unmapped(&mut self, question: &str, value: &str, became: Option<&str>, record: &RecordId) {
        let key = (question.to_owned(), value.to_owned());
        let (_, met) = self.unmapped.entry(key).or_insert_with(|| (became.map(str::to_owned), Met::default()));
        met.once_more(record);
    }

    pub(super) fn missing(&mut self, question: &str, word: &str, record: &RecordId) {
        self.missing.entry((question.to_owned(), word.to_owned())).or_default().once_more(record);
    }

    pub(super) fn unknown_code(&mut self, question: &str, code: &str, record: &RecordId) {
        let (codes, met) = self.unknown.entry(question.to_owned()).or_default();
        codes.insert(code.to_owned());
        met.once_more(record);
    }

    pub(super) fn read_as(&mut self, id: &'static str, question: &str, text: &str, pcode: &Pcode, record: &RecordId) {
        let key = (id, question.to_owned(), text.to_owned(), pcode.clone());
        self.read_as.entry(key).or_default().once_more(record);
    }

    pub(super) fn unknown_indicator(&mut self, indicator: &str, record: &RecordId) {
        self.unknown_indicators.entry(indicator.to_owned()).or_default().once_more(record);
    }

    pub(super) fn without_ssid(&mut self, record: &RecordId) {
        self.without_ssid.once_more(record);
    }

    pub(super) fn by_position(&mut self, record: &RecordId) {
        self.by_position.once_more(record);
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (question, words) in &self.spelled {
            findings.extend(mixed_spelling(question, words));
        }
        for ((question, value), (became, met)) in &self.unmapped {
            let facts = facts([
                ("question", question),
                ("value", &shortened(value)),
                ("n", &met.n),
                ("became", &became.as_deref().unwrap_or("—")),
            ]);
            findings.push(finding("value_not_in_mapping", met.only(), None, Some(question), facts));
        }
        for ((question, word), met) in &self.missing {
            let facts = facts([("question", question), ("word", word), ("n", &met.n)]);
            findings.push(finding("missing_word", met.only(), None, Some(question), facts));
        }
        for (question, (codes, met)) in &self.unknown {
            let mut value = codes.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            if codes.len() > 5 {
                value.push_str(", …");
            }
            let facts = facts([("question", question), ("value", &value), ("n", &met.n), ("n_codes", &codes.len())]);
            findings.push(finding("unknown_pcode", met.only(), None, Some(question), facts));
        }
        for ((id, question, text, pcode), met) in &self.read_as {
            let facts = facts([("question", question), ("value", &shortened(text)), ("pcode", pcode), ("n", &met.n)]);
            findings.push(finding(id, met.only(), None, Some(question), facts));
        }
        for (indicator, met) in &self.unknown_indicators {
            let facts = facts([("indicator", indicator), ("n", &met.n)]);
            findings.push(finding("indicator_not_in_dictionary", met.only(), None, None, facts));
        }
        for (id, met) in [("place_without_ssid", &self.without_ssid), ("area_by_position", &self.by_position)] {
            if met.n > 0 {
                findings.push(finding(id, met.only(), None, None, facts([("n", &met.n)])));
            }
        }
        findings
    }
}

/// One finding for a column in which a word was understood only by overlooking how it is written.
fn mixed_spelling(question: &str, words: &BTreeMap<String, BTreeMap<String, Met>>) -> Option<Finding> {
    let mut said = Vec::new();
    let mut odd = Met::default();
    for (declared, spellings) in words {
        if spellings.keys().all(|given| given == declared) {
            continue;
        }
        let declared_n = spellings.get(declared).map_or(0, |met| met.n);
        let mut parts = vec![format!("{declared} ({declared_n})")];
        for (given, met) in spellings.iter().filter(|(given, _)| *given != declared) {
            parts.push(format!("{given} ({})", met.n));
            odd.n += met.n;
            odd.first = odd.first.or_else(|| met.first.clone());
        }
        said.push(parts.join(" / "));
    }
    let facts = facts([("question", &question), ("spellings", &said.join("; ")), ("n", &odd.n)]);
    (!said.is_empty()).then(|| finding("mixed_spelling", odd.only(), None, Some(question), facts))
}

/// A text short enough to stand in a message.
pub(super) fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 120 {
        return line;
    }
    line.chars().take(119).chain(['…']).collect()
}
