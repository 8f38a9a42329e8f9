//! Words of labels: how entities are found by what a person types.
//!
//! Each word of a label becomes a number made of its first seven bytes, so that a beginning is a range of numbers and
//! both databases order it alike. What such a range finds is compared with the label itself afterwards.

use super::folded;
use std::collections::BTreeSet;

/// How many bytes of a word count.
const BYTES: usize = 7;
/// How many words of a label can be searched by.
const WORDS: usize = 8;

fn words(text: &str) -> Vec<String> {
    let text = folded(text);
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// The first bytes of a word as a number, with this byte where the word has ended.
fn packed(word: &str, filler: u8) -> i64 {
    let bytes = word.bytes().chain(std::iter::repeat(filler)).take(BYTES);
    bytes.fold(0, |number, byte| number << 8 | i64::from(byte))
}

/// The numbers under which a label is found.
pub(super) fn keys(label: &str) -> BTreeSet<i64> {
    words(label).iter().take(WORDS).map(|word| packed(word, 0)).collect()
}

/// What a person looks for: each term begins a word of the label.
pub(super) struct Terms(Vec<String>);

impl Terms {
    /// The terms of what was typed, none if it holds no word.
    pub(super) fn of(text: &str) -> Option<Terms> {
        let mut terms = words(text);
        terms.truncate(WORDS);
        (!terms.is_empty()).then_some(Terms(terms))
    }

    /// For each term, the numbers between which it lies.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (i64, i64)> {
        self.0.iter().map(|term| (packed(term, 0), packed(term, 0xff)))
    }

    /// Whether a label is meant.
    pub(super) fn meet(&self, label: &str) -> bool {
        let words = words(label);
        self.0.iter().all(|term| words.iter().any(|word| word.starts_with(term.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_of_words_are_found_whatever_their_case_and_accents() {
        let label = "École Saint-Michel, Bérane 12";
        for term in ["ecole", "ÉCOLE", "sai ber", "12", "michel bérane"] {
            let terms = Terms::of(term).unwrap();
            assert!(terms.meet(label), "{term}");
            assert!(terms.ranges().all(|(from, to)| keys(label).range(from..=to).next().is_some()), "{term}");
        }
        for term in ["cole", "saints", "ecole 13"] {
            assert!(!Terms::of(term).unwrap().meet(label), "{term}");
        }
        assert!(Terms::of(" -- ").is_none());
    }

    #[test]
    fn a_longer_word_lies_within_the_range_of_its_beginning() {
        for (term, label) in [("displac", "Displacement"), ("displacements", "Displacements of May"), ("d", "d")] {
            let (from, to) = Terms::of(term).unwrap().ranges().next().unwrap();
            assert!(keys(label).range(from..=to).next().is_some(), "{term}");
        }
    }
}
