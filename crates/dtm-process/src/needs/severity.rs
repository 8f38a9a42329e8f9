//! How severe one place is, sector by sector.
//!
//! Takes the answers of a place and the sheet of rules. An indicator is as severe as the most severe of its rules that
//! hold; where it was answered and none holds it is 1. A sector is made of its answered indicators in the way that the
//! exercise chose; where none was answered it has no severity. «Do not know» and «prefer not to answer» are no answers.

use super::{SeveritySheet, Test};
use dtm_model::{Answer, Answers};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a sector's severity is made of those of its indicators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum SectorMethod {
    /// The most severe indicator.
    Worst,
    /// The mean of the worse half of the indicators (of five the worst three), halves up: one bad answer alone does not
    /// decide, and good ones do not hide bad ones.
    #[default]
    WorseHalf,
    /// The middle one; of two in the middle the more severe.
    Median,
}

/// One indicator's part in a sector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Driver {
    /// The indicator.
    pub indicator: String,
    /// Its severity.
    pub severity: u8,
    /// The row of the sheet that says so; none where it was answered and no rule holds.
    pub row: Option<u32>,
}

/// One sector of one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectorSeverity {
    /// The sector.
    pub sector: String,
    /// 1 to 5; none where nothing was answered.
    pub severity: Option<u8>,
    /// How many indicators the sector has.
    pub n_indicators: u32,
    /// The answered ones, the most severe first, then by name.
    pub drivers: Vec<Driver>,
}

/// Answers that are none, in the dictionary's words.
const NO_ANSWER: [&str; 2] = ["dnk", "pnta"];

/// Holds the answers of a place against the sheet, sectors in its order. `questions` says which question feeds which
/// indicator; an indicator that is not in it is asked under its own name. O(rules).
pub fn severities(
    sheet: &SeveritySheet,
    answers: &Answers,
    questions: &BTreeMap<String, String>,
    method: SectorMethod,
) -> Vec<SectorSeverity> {
    let mut sectors: Vec<SectorSeverity> = Vec::new();
    for sector in sheet.sectors() {
        let mut indicators: BTreeMap<&str, Option<(u8, Option<u32>)>> = BTreeMap::new();
        for rule in sheet.rules.iter().filter(|rule| rule.sector == sector) {
            let question = questions.get(&rule.indicator).unwrap_or(&rule.indicator);
            let answer = answers.get(question).filter(|answer| is_answer(answer));
            let so_far = indicators.entry(&rule.indicator).or_insert(answer.map(|_| (1, None)));
            let (Some(answer), Some((severity, row))) = (answer, so_far) else { continue };
            if holds(&rule.test, answer) && (row.is_none() || rule.severity > *severity) {
                (*severity, *row) = (rule.severity, Some(rule.row));
            }
        }
        let mut drivers: Vec<Driver> = indicators
            .iter()
            .filter_map(|(indicator, found)| {
                found.map(|(severity, row)| Driver { indicator: (*indicator).to_owned(), severity, row })
            })
            .collect();
        drivers.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.indicator.cmp(&b.indicator)));
        sectors.push(SectorSeverity {
            sector: sector.to_owned(),
            severity: of_sector(&drivers, method),
            n_indicators: indicators.len() as u32,
            drivers,
        });
    }
    sectors
}

/// Drivers come the most severe first.
fn of_sector(drivers: &[Driver], method: SectorMethod) -> Option<u8> {
    let n = drivers.len();
    match method {
        _ if n == 0 => None,
        SectorMethod::Worst => drivers.first().map(|driver| driver.severity),
        SectorMethod::Median => drivers.get((n - 1) / 2).map(|driver| driver.severity),
        SectorMethod::WorseHalf => {
            let half = n.div_ceil(2);
            let sum: u32 = drivers[..half].iter().map(|driver| u32::from(driver.severity)).sum();
            // (sum/half) with halves up, in whole numbers.
            Some(((2 * sum + half as u32) / (2 * half as u32)) as u8)
        }
    }
}

fn is_answer(answer: &Answer) -> bool {
    match answer {
        Answer::Choices(names) => names.iter().any(|name| !NO_ANSWER.contains(&name.as_str())),
        Answer::Unreadable(_) => false,
        other => {
            let text = other.to_text();
            !text.trim().is_empty() && !NO_ANSWER.contains(&text.trim())
        }
    }
}

fn holds(test: &Test, answer: &Answer) -> bool {
    let is_one_of = |words: &[String]| match answer {
        Answer::Choices(names) => names.iter().any(|name| words.contains(name)),
        other => {
            let text = other.to_text();
            // `3` and `3.0` are one number, whichever way they are written.
            let same_number = |word: &str| other.number().is_some_and(|number| word.parse() == Ok(number));
            words.iter().any(|word| word == text.trim() || same_number(word))
        }
    };
    let number = answer.number();
    match test {
        Test::Is(words) => is_one_of(words),
        Test::IsNot(words) => !is_one_of(words),
        Test::Below(limit) => number.is_some_and(|number| number < *limit),
        Test::AtMost(limit) => number.is_some_and(|number| number <= *limit),
        Test::Above(limit) => number.is_some_and(|number| number > *limit),
        Test::AtLeast(limit) => number.is_some_and(|number| number >= *limit),
        Test::Between(least, most) => number.is_some_and(|number| (*least..=*most).contains(&number)),
    }
}
