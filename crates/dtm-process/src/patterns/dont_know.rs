//! Enumerators who bring home «don't know» more often than the others do.
//!
//! For each enumerator, how many of the answers to questions that offer «don't know» or «prefer not to say» are that,
//! held against the share of all others by the exact binomial upper tail. As many enumerators are looked at, chances
//! are held together by the rule of Benjamini and Hochberg; below 0.05 it is worth a talk. Where the others never say
//! it, half an answer stands for none, so that one single «don't know» is no alarm.

use super::Share;
use crate::answers::AnswerTable;
use crate::folding::plain;
use crate::statistics::{benjamini_hochberg, binomial_upper_tail};
use dtm_model::FormSchema;
use std::collections::BTreeMap;

/// Names of choices that say that somebody does not know or will not say, in the shape in which names are compared.
const NO_ANSWER: [&str; 19] = [
    "dont know",
    "don t know",
    "do not know",
    "dnk",
    "dk",
    "idk",
    "dontknow",
    "pnta",
    "pna",
    "prefer not to answer",
    "prefer not answer",
    "prefer not to say",
    "refused",
    "refuse",
    "ne sait pas",
    "nsp",
    "ne sais pas",
    "refus",
    "no sabe",
];

/// Whether a choice of this name says that somebody does not know or will not say.
pub fn is_no_answer(name: &str) -> bool {
    NO_ANSWER.contains(&plain(name).as_str())
}

/// The columns and, by code, whether the answer says that somebody does not know: those where the form or an answer
/// offers it. `says_no` knows the names of choices that say so.
pub fn columns_with_no_answer(
    table: &AnswerTable,
    says_no: impl Fn(&str) -> bool,
    offered: impl Fn(usize) -> bool,
) -> Vec<(usize, Vec<bool>)> {
    let own = table.positions(|column| column.is_substance() && !column.is_number());
    own.into_iter()
        .filter_map(|at| {
            let column = &table.columns()[at];
            // Of several choices, only «don't know» alone is no answer.
            let by_code: Vec<bool> = (0..column.n_codes() as u32).map(|code| says_no(column.word(code))).collect();
            (by_code.contains(&true) || offered(at)).then_some((at, by_code))
        })
        .collect()
}

/// The same of a form whose choices of these names say so.
pub fn columns_of_form(table: &AnswerTable, form: &FormSchema, names: &[String]) -> Vec<(usize, Vec<bool>)> {
    let says_no = |name: &str| names.iter().any(|known| known == name);
    let offers = |at: usize| {
        let question = &table.columns()[at].question;
        let field = form.fields.iter().find(|field| field.path == *question);
        field.is_some_and(|field| field.choices.iter().any(|choice| says_no(&choice.name)))
    };
    columns_with_no_answer(table, says_no, offers)
}

/// One enumerator's share and what it means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoAnswerShare {
    /// The enumerator.
    pub enumerator: u32,
    /// «Don't know» and refusals among the answers to questions that offer them.
    pub own: Share,
    /// The same of all others.
    pub others: Share,
    /// The chance of as many or more, did the enumerator get them as often as the others.
    pub chance: f64,
    /// The chance, held together with those of the other enumerators.
    pub q: f64,
}

/// Counts «don't know» and refusals by enumerator. `enumerators` says who asked, by a number for each row.
pub fn no_answer_shares(
    table: &AnswerTable,
    columns: &[(usize, Vec<bool>)],
    enumerators: &[u32],
) -> Vec<NoAnswerShare> {
    let mut own: BTreeMap<u32, Share> = BTreeMap::new();
    for (at, says_nothing) in columns {
        for (code, enumerator) in table.columns()[*at].codes().iter().zip(enumerators) {
            let share = own.entry(*enumerator).or_default();
            share.of += u64::from(*code > 0);
            share.n += u64::from(says_nothing.get(*code as usize) == Some(&true));
        }
    }
    own.retain(|_, share| share.of > 0);
    compare(own)
}

/// The chance of as many or more, did one get them as often as the others. Where the others have none, half of one stands
/// for it.
pub(super) fn chance_among_others(own: Share, others: Share) -> f64 {
    let usual = if others.of == 0 { 1.0 } else { (others.n as f64).max(0.5) / others.of as f64 };
    binomial_upper_tail(own.n, own.of, usual.min(1.0))
}

/// Holds each enumerator's share against that of the others.
fn compare(own: BTreeMap<u32, Share>) -> Vec<NoAnswerShare> {
    let (n, of) = own.values().fold((0, 0), |(n, of), share| (n + share.n, of + share.of));
    let mut shares: Vec<NoAnswerShare> = own
        .into_iter()
        .map(|(enumerator, own)| {
            let others = Share { n: n - own.n, of: of - own.of };
            let chance = chance_among_others(own, others);
            NoAnswerShare { enumerator, own, others, chance, q: 1.0 }
        })
        .collect();
    let chances: Vec<f64> = shares.iter().map(|share| share.chance).collect();
    for (share, q) in shares.iter_mut().zip(benjamini_hochberg(&chances)) {
        share.q = q;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_asks_little_is_not_suspect_for_the_same_share() {
        let share = |n, of| Share { n, of };
        let shares = compare([(1, share(30, 300)), (2, share(3, 300)), (3, share(3, 300)), (4, share(1, 10))].into());
        let told: Vec<u32> = shares.iter().filter(|share| share.q < 0.05).map(|share| share.enumerator).collect();
        assert_eq!(told, [1]);
        assert_eq!(shares[0].others, share(7, 610));
        // Four of ten where the others say it in one of ten: 1 − (the chance of up to three) = 0.0128.
        let two = compare([(1, share(4, 10)), (2, share(100, 1_000))].into());
        assert!((two[0].chance - 0.012_795_198_4).abs() < 1e-9, "{}", two[0].chance);
        // Of two tests the smaller chance is doubled.
        assert!((two[0].q - 2.0 * two[0].chance).abs() < 1e-12);
    }

    #[test]
    fn where_the_others_never_say_it_one_is_no_alarm() {
        let shares = compare([(1, Share { n: 1, of: 50 }), (2, Share { n: 0, of: 50 })].into());
        assert!(shares.iter().all(|share| share.q > 0.05), "{shares:?}");
        assert_eq!(
            compare([(1, Share { n: 5, of: 50 })].into())[0].chance,
            1.0_f64.min(binomial_upper_tail(5, 50, 1.0))
        );
    }

    #[test]
    fn names_of_choices_are_told_in_two_languages() {
        for name in ["dont_know", "Don't know", "prefer_not_answer", "NSP", "ne_sait_pas"] {
            assert!(is_no_answer(name), "{name}");
        }
        assert!(!is_no_answer("no") && !is_no_answer("known"));
    }
}
