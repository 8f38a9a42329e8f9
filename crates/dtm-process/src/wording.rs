//! Sentences with gaps: a problem is a stable code and facts, and says itself in the reader's language.
//!
//! Each kind of problem keeps its sentences in one array of [`Wording`] beside the code that notices it; a gap is a
//! fact's name in braces. A fact that is missing leaves `?`, so that a message is never lost.

use dtm_model::Lang;
use std::collections::BTreeMap;

/// One problem's code and its sentence in both languages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wording {
    pub(crate) code: &'static str,
    pub(crate) en: &'static str,
    pub(crate) fr: &'static str,
}

/// Facts by name, in the shape findings and problems share.
pub(crate) type Facts = BTreeMap<String, String>;

/// Collects facts.
pub(crate) fn facts<const N: usize>(pairs: [(&str, &dyn std::fmt::Display); N]) -> Facts {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect()
}

/// Says the problem of this code; the code itself where nobody worded it.
pub(crate) fn say(wordings: &[Wording], code: &str, facts: &Facts, lang: Lang) -> String {
    let Some(wording) = wordings.iter().find(|wording| wording.code == code) else {
        return code.to_owned();
    };
    let sentence = match lang {
        Lang::En => wording.en,
        Lang::Fr => wording.fr,
    };
    fill(sentence, facts)
}

fn fill(sentence: &str, facts: &Facts) -> String {
    let mut said = String::with_capacity(sentence.len() + 32);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        said.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            said.push('{');
            rest = after;
            continue;
        };
        said.push_str(facts.get(name).map_or("?", String::as_str));
        rest = tail;
    }
    said.push_str(rest);
    said
}

/// Writes a whole number as the language does: `1,200`, `1 200`.
pub(crate) fn whole(number: i64, lang: Lang) -> String {
    crate::checks::number(&number.to_string(), lang)
}

/// Writes a number to the nearest whole one.
pub(crate) fn rounded(number: f64, lang: Lang) -> String {
    whole(number.round() as i64, lang)
}

/// Writes a share of one as whole percent: `25%`, `25 %`.
pub(crate) fn percent(share: f64, lang: Lang) -> String {
    let percent = whole((share * 100.0).round() as i64, lang);
    match lang {
        Lang::En => format!("{percent}%"),
        Lang::Fr => format!("{percent}\u{202f}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_with_facts_and_a_missing_fact_leaves_a_question_mark() {
        let facts = facts([("code", &"HT99")]);
        assert_eq!(fill("{code} lies in {parent}", &facts), "HT99 lies in ?");
    }
}
