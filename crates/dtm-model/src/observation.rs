//! What one record says about one place.

use crate::{Pcode, RecordId, Ssid};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Sex of the people counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// Women and girls.
    Female,
    /// Men and boys.
    Male,
}

impl Sex {
    /// The word used in files and keys.
    pub fn code(self) -> &'static str {
        match self {
            Sex::Female => "female",
            Sex::Male => "male",
        }
    }
}

/// Where the people counted live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// On a site.
    Site,
    /// In a host community.
    HostCommunity,
}

impl Setting {
    /// The word used in files and keys.
    pub fn code(self) -> &'static str {
        match self {
            Setting::Site => "site",
            Setting::HostCommunity => "host_community",
        }
    }
}

/// Which of the people an observation or figure counts. An absent part means «all of them».
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub struct Breakdown {
    /// Sex.
    pub sex: Option<Sex>,
    /// Age group in completed years: `0`, `1-5`, `6-11`, `18-59`, `60+`.
    pub age: Option<String>,
    /// Reason of displacement: `conflict`, `insecurity`, `natural_disaster`, `other`, `not_reported`.
    pub reason: Option<String>,
    /// The area of first level most came from; absent where it is not known.
    pub origin: Option<Pcode>,
    /// Direction of a flow: `in`, `out`, `within`.
    pub direction: Option<String>,
}

impl Breakdown {
    /// Whether this counts the people of both sexes and all ages.
    pub fn is_everyone(&self) -> bool {
        self.sex.is_none() && self.age.is_none()
    }
}

/// One reported value: place × indicator × breakdown, from one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The record that says so.
    pub record: RecordId,
    /// The place it speaks of.
    pub place: Ssid,
    /// The area the place lies in, the smallest known.
    pub area: Pcode,
    /// Site or host community; none at a flow monitoring point.
    pub setting: Option<Setting>,
    /// The indicator's code.
    pub indicator: String,
    /// Which of the people.
    pub breakdown: Breakdown,
    /// The count, in the indicator's unit.
    pub value: f64,
    /// The day it was observed.
    pub observed_on: NaiveDate,
}
