//! What an audience may see.
//!
//! A policy is a value: it is written in a TOML or JSON file, handed to [`crate::release`] and kept in the release it
//! made, so that a reader of any product can be told which rules its numbers went through.

use crate::records::RecordPolicy;
use dtm_model::{Dissemination, Unit};
use serde::{Deserialize, Serialize};

/// The rules of disclosure for one audience.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Short name, such as `public`.
    pub name: String,
    /// Whom the release is for, such as `public`.
    pub audience: String,
    /// Who published the figures before. Such figures pass as they are: hiding what is known protects nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub already_public: Option<String>,
    /// The highest dissemination class shown.
    pub highest_class: Dissemination,
    /// Fewer persons than this, and more than none, are not shown.
    #[serde(default = "five")]
    pub min_persons: u32,
    /// Fewer households than this, and more than none, are not shown.
    #[serde(default = "three")]
    pub min_households: u32,
    /// Where fewer households of a sample than this answered a question, nothing is said of their answers.
    #[serde(default = "ten")]
    pub min_sample: u32,
    /// How many values a number below the minimum must at least still be able to have, for a reader who combines
    /// everything that is shown.
    #[serde(default = "three")]
    pub min_possible: u32,
    /// Hides a number of which one place makes up more than this many percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dominance_percent: Option<u8>,
    /// Whether low and high are shown beside the numbers that have them.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub ranges: bool,
    /// The smallest level of area that tables name: 0 the country, 1 to 4 the levels below.
    #[serde(default = "second_level")]
    pub smallest_level: u8,
    /// The smallest level in the table of areas alone, where it goes further than the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smallest_level_in_areas: Option<u8>,
    /// How places of assessment are shown.
    pub places: PlacePolicy,
    /// The rules for records; without them none leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<RecordPolicy>,
}

/// How places of assessment are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacePolicy {
    /// Whether there is a list of places, and a table of their figures, at all.
    pub listed: bool,
    /// Whether they go by their names and identifiers; a running number stands for both otherwise.
    pub named: bool,
    /// How precisely they are located.
    pub position: Position,
}

/// How precisely a place is located.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Position {
    /// Not at all, beyond the smallest area named.
    Withheld,
    /// Rounded to this many decimals of a degree: 1 is about 11 km, 2 about 1.1 km. Always the same place on the same
    /// point, so that several rounds do not average out to the true one, as random displacement would.
    Coarsened {
        /// Decimals kept.
        decimals: u8,
    },
    /// As collected.
    Exact,
}

fn yes() -> bool {
    true
}

fn is_yes(answer: &bool) -> bool {
    *answer
}

fn five() -> u32 {
    5
}

fn three() -> u32 {
    3
}

fn ten() -> u32 {
    10
}

fn second_level() -> u8 {
    2
}

impl Policy {
    /// The policy for anybody: public indicators, at least five persons or three households, areas to the second level,
    /// places by name but only near where they are.
    pub fn public() -> Self {
        Self {
            name: "public".to_owned(),
            audience: "public".to_owned(),
            already_public: None,
            highest_class: Dissemination::Public,
            min_persons: five(),
            min_households: three(),
            min_sample: ten(),
            min_possible: three(),
            dominance_percent: None,
            ranges: yes(),
            smallest_level: second_level(),
            smallest_level_in_areas: None,
            places: PlacePolicy { listed: true, named: true, position: Position::Coarsened { decimals: 1 } },
            records: None,
        }
    }

    /// The policy for figures that `source` has published already, such as the answers of the public DTM API.
    pub fn already_public(source: impl Into<String>) -> Self {
        Self {
            name: "already-public".to_owned(),
            already_public: Some(source.into()),
            min_persons: 0,
            min_households: 0,
            min_sample: 0,
            min_possible: 0,
            ..Self::public()
        }
    }

    /// The smallest number of this unit that is shown, other than zero.
    pub fn minimum(&self, unit: Unit) -> i64 {
        match unit {
            Unit::Persons => i64::from(self.min_persons),
            Unit::Households => i64::from(self.min_households),
            Unit::Places | Unit::Share => 0,
        }
    }

    /// The smallest level of area that this table names.
    pub fn smallest_level_of(&self, table: &str) -> u8 {
        match (table, self.smallest_level_in_areas) {
            ("areas", Some(level)) => level,
            _ => self.smallest_level,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_file_needs_to_say_only_what_differs() {
        let text = r#"{"name":"partners","audience":"camp coordination","highest_class":"confidential",
            "places":{"listed":true,"named":true,"position":{"how":"coarsened","decimals":2}}}"#;
        let policy: Policy = serde_json::from_str(text).unwrap();
        assert_eq!((policy.min_persons, policy.min_households, policy.smallest_level), (5, 3, 2));
        assert!(serde_json::from_str::<Policy>(&text.replace("audience", "audiense")).is_err());
    }
}
