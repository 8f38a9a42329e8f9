//! The data dictionary: what may be measured, for whom it may be shown, how it adds up.

use crate::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who may see an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dissemination {
    /// Anybody.
    Public,
    /// Inside the humanitarian response, on request.
    Confidential,
    /// Inside the organisation.
    Restricted,
    /// Those who need it to do their task.
    Secret,
}

/// How values of an indicator become the value of a larger area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// A stock at a date: adds up over places, never over rounds.
    StockSum,
    /// A flow over a period: adds up over places and days observed.
    FlowSum,
    /// The share of places that answered so.
    ShareOfPlaces,
    /// The share of places, each weighted by its people.
    PopulationWeightedShare,
    /// The middle value of the places.
    Median,
    /// The newest value.
    Latest,
    /// Not aggregated (codes, dates, consent).
    None,
}

/// The population group an indicator counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Internally displaced persons.
    Idp,
    /// Returnees who were internally displaced.
    ReturneeIdp,
    /// Returnees from abroad.
    ReturneeAbroad,
    /// Migrants and travellers.
    Migrant,
    /// Residents who host, or do not.
    HostCommunity,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Persons.
    Persons,
    /// Households.
    Households,
    /// Places of assessment.
    Places,
    /// A share of households, in tenths of a percent.
    Share,
}

impl Unit {
    /// How many of what is kept make one of what people read: shares are read in percent.
    pub fn parts(self) -> f64 {
        match self {
            Unit::Persons | Unit::Households | Unit::Places => 1.0,
            Unit::Share => 10.0,
        }
    }
}

/// The type of an answer, in the words of XLSForm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// Whole number.
    Integer,
    /// Number with a fraction.
    Decimal,
    /// Free text.
    Text,
    /// Calendar day.
    Date,
    /// Instant with a zone.
    DateTime,
    /// Position.
    Geopoint,
    /// One of a list.
    SelectOne,
    /// Several of a list.
    SelectMultiple,
    /// A p-code chosen from the areas.
    SelectOneGis,
    /// Something computed by the form.
    Calculate,
    /// Anything else the dictionary lists (media, notes, groups).
    Other,
}

/// One entry of the data dictionary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// Stable name, such as `m0310_loc_num_idp_ind`.
    pub code: String,
    /// Wording per language.
    pub label: Text,
    /// Type of the answer.
    pub kind: ValueKind,
    /// What is counted, where it is a count.
    pub unit: Option<Unit>,
    /// Whom it counts, where it is a count of people.
    pub group: Option<Group>,
    /// HXL tag with its attributes, such as `#affected+idps+ind`.
    pub hxl: Option<String>,
    /// Who may see it.
    pub dissemination: Dissemination,
    /// How it adds up.
    pub aggregation: Aggregation,
    /// The tools in which it is a Core question (`B1`, `B2`, `MSLA`, `ETT`, `FMR`, …).
    #[serde(default)]
    pub core_in: Vec<String>,
    /// Codes of the answers and their wording.
    #[serde(default)]
    pub choices: Vec<(String, Text)>,
}

/// The indicators an operation knows, by code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Dictionary(BTreeMap<String, Indicator>);

impl Dictionary {
    /// Collects entries; a later entry of the same code replaces the earlier.
    pub fn new(entries: impl IntoIterator<Item = Indicator>) -> Self {
        Self(entries.into_iter().map(|entry| (entry.code.clone(), entry)).collect())
    }

    /// The entry of this code.
    pub fn get(&self, code: &str) -> Option<&Indicator> {
        self.0.get(code)
    }

    /// All entries, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Indicator> {
        self.0.values()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds or replaces entries.
    pub fn extend(&mut self, entries: impl IntoIterator<Item = Indicator>) {
        self.0.extend(entries.into_iter().map(|entry| (entry.code.clone(), entry)));
    }
}
