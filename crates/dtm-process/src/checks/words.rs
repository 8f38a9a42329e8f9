//! What findings say, in the reader's language.

use super::Check;
use crate::mapping::notice;
use chrono::{Datelike, NaiveDate};
use dtm_model::{Finding, Lang};

/// The same words in both languages of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// French.
    pub fr: &'static str,
}

impl Words {
    /// The words of this language.
    pub fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Fr => self.fr,
        }
    }
}

/// Says a finding in a sentence. A finding nobody worded says its id and its facts, so that nothing is lost.
pub fn message(finding: &Finding, lang: Lang) -> String {
    match (Check::by_id(&finding.check), notice(&finding.check)) {
        (Some(check), _) => fill(check.message.get(lang), finding, lang),
        (None, Some(notice)) => notice.message(finding, lang),
        (None, None) => {
            let facts: Vec<String> =
                finding.facts.iter().map(|(name, value)| format!("{name} {}", isolate(value))).collect();
            [finding.check.clone(), facts.join(", ")].join(": ").trim_end_matches(": ").to_owned()
        }
    }
}

/// Puts the facts where the sentence names them. `{place}` and `{question}` are known of every finding that has them. A
/// part in square brackets is said only where its facts are known. A fact may be written once for each language, under
/// `words_en` and `words_fr` for `{words}`.
fn fill(sentence: &str, finding: &Finding, lang: Lang) -> String {
    let Some((before, rest)) = sentence.split_once('[') else { return fill_gaps(sentence, finding, lang) };
    let (part, after) = rest.split_once(']').unwrap_or((rest, ""));
    let gaps = part.split('{').skip(1).filter_map(|gap| gap.split(['}', ':']).next());
    let known = gaps.into_iter().all(|gap| fact_of(finding, gap, lang).is_some());
    let part = if known { fill_gaps(part, finding, lang) } else { String::new() };
    [fill_gaps(before, finding, lang), part, fill(after, finding, lang)].concat()
}

fn fact_of<'a>(finding: &'a Finding, name: &str, lang: Lang) -> Option<&'a str> {
    let of_language = || finding.facts.get(&format!("{name}_{}", lang.code()));
    finding.facts.get(name).or_else(of_language).map(String::as_str)
}

fn fill_gaps(sentence: &str, finding: &Finding, lang: Lang) -> String {
    let mut said = String::with_capacity(sentence.len() + 32);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((gap, tail)) = after.split_once('}') else { break };
        said.push_str(before);
        let (name, form) = gap.split_once(':').unwrap_or((gap, ""));
        let fact = match (fact_of(finding, name, lang), name) {
            (Some(fact), _) => Some(fact),
            (None, "place") => finding.place.as_ref().map(|place| place.as_str()),
            (None, "question") => finding.question.as_deref(),
            _ => None,
        };
        match (fact, form) {
            (None, _) => said.push('?'),
            (Some(fact), "n") => said.push_str(&number(fact, lang)),
            (Some(fact), "d") => said.push_str(&day(fact, lang)),
            (Some(fact), _) => said.push_str(&isolate(fact)),
        }
        rest = tail;
    }
    said.push_str(rest);
    said
}

/// Keeps what people typed to one short line.
fn isolate(text: &str) -> String {
    let mut line: String = text.chars().take(80).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if text.chars().nth(80).is_some() {
        line.push('…');
    }
    line
}

/// Writes a number as the language does: `1,287.5` and `1 287,5` with a narrow no-break space.
pub(crate) fn number(text: &str, lang: Lang) -> String {
    let (group, point) = match lang {
        Lang::En => (",", "."),
        Lang::Fr => ("\u{202f}", ","),
    };
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("−", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit() || digit == b'.') {
        return isolate(text);
    }
    let mut written = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            written.push_str(group);
        }
        written.push(digit);
    }
    if !fraction.is_empty() {
        written.push_str(point);
        written.push_str(fraction);
    }
    written
}

/// Writes a day in words: `1 March 2023`, `1er mars 2023`.
fn day(text: &str, lang: Lang) -> String {
    const EN: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const FR: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let Ok(day) = text.parse::<NaiveDate>() else { return isolate(text) };
    let month = day.month0() as usize;
    match lang {
        Lang::En => format!("{} {} {}", day.day(), EN[month], day.year()),
        Lang::Fr => {
            let first = if day.day() == 1 { "er" } else { "" };
            format!("{}{first} {} {}", day.day(), FR[month], day.year())
        }
    }
}
