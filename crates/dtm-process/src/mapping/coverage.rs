//! How far a mapping goes: which indicators are fed, by which question and why, and which questions nobody reads.

use super::Mapping;
use super::draft::{feeds, is_of_our_tools, measure};
use super::questions::QuestionSet;
use dtm_model::Dictionary;
use std::collections::BTreeSet;

/// What a mapping feeds and what it leaves.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Coverage {
    /// Indicators that a question feeds, by question.
    pub fed: Vec<Feed>,
    /// Questions the mapping does not read.
    pub unused: Vec<String>,
    /// Of these, the ones that bear an indicator's name: checks and needs find their answers by it.
    pub by_name: Vec<Feed>,
    /// Core indicators that no question feeds.
    pub unfed: Vec<String>,
}

/// One question that feeds an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The question.
    pub question: String,
    /// The indicator's code.
    pub indicator: String,
    /// What the two were told to be one by.
    pub by: FedBy,
}

/// What a question and an indicator were told to be one by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FedBy {
    /// The question bears the indicator's name or number.
    Name,
    /// The HXL tags are the same.
    Hxl,
    /// The labels are alike; to be looked at.
    Label,
    /// Somebody said so.
    Hand,
}

impl FedBy {
    /// The word used in files and keys.
    pub fn code(self) -> &'static str {
        match self {
            FedBy::Name => "name",
            FedBy::Hxl => "hxl",
            FedBy::Label => "label",
            FedBy::Hand => "hand",
        }
    }
}

/// Says how far a mapping goes with these questions.
pub fn coverage(mapping: &Mapping, questions: &QuestionSet, dictionary: &Dictionary) -> Coverage {
    let path = |name: &str| questions.get(name).map_or_else(|| name.to_owned(), |question| question.name.clone());
    let read: BTreeSet<String> = mapping.asked().iter().map(|asked| path(asked.question)).collect();
    let measured: BTreeSet<(String, &str)> =
        mapping.measured().map(|(question, indicator)| (path(question), indicator)).collect();
    let counts = |question: &str| measured.iter().any(|(measured, _)| measured == question);
    let told = feeds(questions, dictionary);
    let mut coverage = Coverage::default();
    let mut codes: BTreeSet<&str> = measured.iter().map(|(_, indicator)| *indicator).collect();
    for feed in &told {
        // A count of men is kept under the indicator of everybody.
        let kept_as = measure(feed, dictionary).map(|(_, measure)| measure.indicator);
        let is_kept = |kept: &String| measured.contains(&(feed.question.clone(), kept.as_str()));
        if !read.contains(&feed.question) {
            let name = questions.get(&feed.question).map_or("", |question| question.short_name());
            if feed.by == FedBy::Name && dictionary.get(name).is_some() {
                codes.insert(&feed.indicator);
                coverage.by_name.push(feed.clone());
            }
        } else if kept_as.as_ref().is_some_and(is_kept) || !counts(&feed.question) {
            codes.insert(&feed.indicator);
            coverage.fed.push(feed.clone());
        }
    }
    for (question, indicator) in &measured {
        if !coverage.fed.iter().any(|feed| feed.question == *question) {
            let (question, indicator) = (question.clone(), (*indicator).to_owned());
            coverage.fed.push(Feed { question, indicator, by: FedBy::Hand });
        }
    }
    coverage.unused =
        questions.iter().map(|question| question.name.clone()).filter(|name| !read.contains(name)).collect();
    let unfed = dictionary.iter().filter(|known| is_of_our_tools(known) && !codes.contains(known.code.as_str()));
    coverage.unfed = unfed.map(|indicator| indicator.code.clone()).collect();
    coverage
}

#[cfg(test)]
mod tests {
    use super::super::{GroupMapping, MeasureMapping, Question, draft};
    use super::*;
    use crate::dictionary::builtin;

    #[test]
    fn a_question_that_somebody_chose_feeds_its_indicator_and_one_of_an_indicators_name_is_found_without_a_mapping() {
        let names = ["m0310_loc_num_idp_ind", "m1727_loc_main_group_arrival_date", "how many", "shoe size"];
        let questions = QuestionSet::of_columns(names.map(|name| Question::column(name, None, None)));
        let drafted = draft(&questions, &builtin(), &[]);
        let said = |coverage: &Coverage| {
            let fed = coverage.fed.iter().map(|feed| format!("{} {}", feed.question, feed.by.code()));
            let named = coverage.by_name.iter().map(|feed| feed.question.as_str());
            [fed.collect::<Vec<_>>().join(", "), named.collect::<Vec<_>>().join(", "), coverage.unused.join(", ")]
        };
        assert_eq!(
            said(&drafted.coverage),
            [
                "m0310_loc_num_idp_ind name".to_owned(),
                "m1727_loc_main_group_arrival_date".to_owned(),
                "m1727_loc_main_group_arrival_date, how many, shoe size".to_owned()
            ]
        );
        let unfed = |coverage: &Coverage, code: &str| coverage.unfed.iter().any(|unfed| unfed == code);
        assert!(unfed(&drafted.coverage, "m0309_loc_num_idp_hh"));
        let mut mapping = drafted.mapping;
        let group: &mut GroupMapping = mapping.groups.entry("idp".to_owned()).or_default();
        group.measures = vec![MeasureMapping {
            indicator: "m0309_loc_num_idp_hh".to_owned(),
            question: "how many".to_owned(),
            sex: None,
            age: None,
        }];
        let now = coverage(&mapping, &questions, &builtin());
        assert_eq!(said(&now)[0], "how many hand");
        assert!(!unfed(&now, "m0309_loc_num_idp_hh"));
    }
}
