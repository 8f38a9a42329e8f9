//! Reading answers by the name of their question: words, counts and days, where they can be read.

use crate::mapping::read_date;
use chrono::NaiveDate;
use dtm_model::Answers;

/// The answer as text without blanks at its ends; none where nothing was written.
pub(crate) fn word(answers: &Answers, question: &str) -> Option<String> {
    let text = answers.get(question)?.to_text();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The answer as a number of people or households; none where it is negative or more than `most`.
pub(crate) fn count(answers: &Answers, question: &str, most: u32) -> Option<u32> {
    let number = answers.get(question)?.number()?;
    (0.0..=f64::from(most)).contains(&number).then(|| number.round() as u32)
}

/// The answer as a day.
pub(crate) fn day(answers: &Answers, question: &str) -> Option<NaiveDate> {
    read_date(answers.get(question)?)
}
