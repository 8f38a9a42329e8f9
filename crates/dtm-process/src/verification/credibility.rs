//! How far the word of a key informant goes: a number from 0 to 1.
//!
//! Takes what is known of an informant (role, how near they live, whether women and men, old and young were heard, what
//! the number rests on, how reliable the interviewer found it, and how often their earlier figures were borne out) and
//! returns the weighted mean of these marks, each shown with its weight. The marks of the basis are DTM's: a list 1, a count .9, an estimate .6, hearsay .3. The
//! record of the past is the mean of a Beta(1 + agreed, 1 + disagreed) distribution, the rule of succession: half where
//! nothing is known, towards 1 or 0 as verified figures come in. Marks of roles and the weights are proposals, kept as
//! data so that an operation sets its own.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a number rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A list of names or households that was seen.
    List,
    /// A count made at the place.
    Count,
    /// An estimate.
    Estimate,
    /// What others said.
    Hearsay,
}

impl Basis {
    /// Every basis, the firmest first.
    pub const ALL: [Basis; 4] = [Basis::List, Basis::Count, Basis::Estimate, Basis::Hearsay];

    /// The word used in mappings, addresses and words of pages.
    pub fn code(self) -> &'static str {
        match self {
            Basis::List => "list",
            Basis::Count => "count",
            Basis::Estimate => "estimate",
            Basis::Hearsay => "hearsay",
        }
    }

    /// The basis of this word.
    pub fn from_code(code: &str) -> Option<Basis> {
        Basis::ALL.into_iter().find(|basis| basis.code() == code)
    }
}

/// How near an informant lives to the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proximity {
    /// In the place.
    Resident,
    /// Elsewhere, but comes often.
    Visitor,
    /// In the same commune.
    Neighbouring,
    /// Farther away, or speaks by telephone only.
    Remote,
}

impl Proximity {
    /// Every distance, the nearest first.
    pub const ALL: [Proximity; 4] =
        [Proximity::Resident, Proximity::Visitor, Proximity::Neighbouring, Proximity::Remote];

    /// The word used in mappings, addresses and words of pages.
    pub fn code(self) -> &'static str {
        match self {
            Proximity::Resident => "resident",
            Proximity::Visitor => "visitor",
            Proximity::Neighbouring => "neighbouring",
            Proximity::Remote => "remote",
        }
    }

    /// The distance of this word.
    pub fn from_code(code: &str) -> Option<Proximity> {
        Proximity::ALL.into_iter().find(|proximity| proximity.code() == code)
    }
}

/// How reliable the interviewer found what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reliability {
    /// Little.
    Low,
    /// Somewhat.
    Medium,
    /// Very.
    High,
}

impl Reliability {
    /// Every degree, the lowest first.
    pub const ALL: [Reliability; 3] = [Reliability::Low, Reliability::Medium, Reliability::High];

    /// The word used in mappings, addresses and words of pages.
    pub fn code(self) -> &'static str {
        match self {
            Reliability::Low => "low",
            Reliability::Medium => "medium",
            Reliability::High => "high",
        }
    }

    /// The degree of this word.
    pub fn from_code(code: &str) -> Option<Reliability> {
        Reliability::ALL.into_iter().find(|reliability| reliability.code() == code)
    }
}

/// What is known of an informant.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Informant {
    /// DTM's own id of the informant, never a name: tells whether two records are of one person.
    pub id: Option<String>,
    /// The code of their role, such as `casec`; none where not asked.
    pub role: Option<String>,
    /// How near they live; none where not asked.
    pub proximity: Option<Proximity>,
    /// How balanced the group heard was by sex and age, 0 to 1: 1 where women and men, old and young were heard, 0
    /// where one of these alone was. None where one person spoke for themselves.
    pub balance: Option<f64>,
    /// What the number rests on; none where not asked.
    pub basis: Option<Basis>,
    /// How reliable the interviewer found it; none where not asked.
    pub reliability: Option<Reliability>,
    /// Earlier figures of theirs that verification bore out.
    pub agreed: u32,
    /// Earlier figures of theirs that verification overturned.
    pub disagreed: u32,
}

/// The marks and weights of an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CredibilityRules {
    /// Mark of each role, 0 to 1.
    pub roles: BTreeMap<String, f64>,
    /// Mark of a role that is not in the table, or was not asked.
    pub other_role: f64,
    /// Weight of the role.
    pub weight_role: f64,
    /// Weight of living near.
    pub weight_proximity: f64,
    /// Weight of a balanced group.
    pub weight_balance: f64,
    /// Weight of what the number rests on.
    pub weight_basis: f64,
    /// Weight of what the interviewer found.
    pub weight_reliability: f64,
    /// Weight of the record of the past.
    pub weight_history: f64,
}

impl Default for CredibilityRules {
    fn default() -> Self {
        let roles = [
            ("site_manager", 0.9),
            ("site_committee", 0.8),
            ("casec", 0.8),
            ("asec", 0.8),
            ("magistrate", 0.7),
            ("civil_protection", 0.8),
            ("health_worker", 0.7),
            ("teacher", 0.6),
            ("religious_leader", 0.6),
            ("displaced_person", 0.6),
        ];
        Self {
            roles: roles.into_iter().map(|(role, mark)| (role.to_owned(), mark)).collect(),
            other_role: 0.5,
            weight_role: 1.0,
            weight_proximity: 1.0,
            weight_balance: 0.5,
            weight_basis: 2.0,
            weight_reliability: 1.0,
            weight_history: 1.5,
        }
    }
}

/// What is marked of an informant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marked {
    /// Their role.
    Role,
    /// How near they live.
    Proximity,
    /// How balanced the group heard was.
    Balance,
    /// What the number rests on.
    Basis,
    /// How reliable the interviewer found it.
    Reliability,
    /// How often their earlier figures were borne out.
    History,
}

impl Marked {
    /// The word used in addresses and words of pages.
    pub fn code(self) -> &'static str {
        match self {
            Marked::Role => "role",
            Marked::Proximity => "proximity",
            Marked::Balance => "balance",
            Marked::Basis => "basis",
            Marked::Reliability => "reliability",
            Marked::History => "history",
        }
    }
}

/// The credibility of an informant and the marks it is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credibility {
    /// From 0 to 1.
    pub value: f64,
    /// What was marked, the mark and its weight. What was not asked is left out, except role and record.
    pub marks: Vec<(Marked, f64, f64)>,
}

/// Weighs an informant. Marks outside 0 to 1 are brought back to its ends; where all weights are zero it is one half.
pub fn credibility(informant: &Informant, rules: &CredibilityRules) -> Credibility {
    let role = informant.role.as_ref().and_then(|role| rules.roles.get(role)).copied().unwrap_or(rules.other_role);
    let all = [
        (Marked::Role, Some(role), rules.weight_role),
        (Marked::Proximity, informant.proximity.map(proximity_mark), rules.weight_proximity),
        (Marked::Balance, informant.balance, rules.weight_balance),
        (Marked::Basis, informant.basis.map(basis_mark), rules.weight_basis),
        (Marked::Reliability, informant.reliability.map(reliability_mark), rules.weight_reliability),
        (Marked::History, Some(track_record(informant.agreed, informant.disagreed)), rules.weight_history),
    ];
    let usable = |weight: f64| weight.is_finite() && weight > 0.0;
    let marks: Vec<(Marked, f64, f64)> = all
        .into_iter()
        .filter_map(|(what, mark, weight)| Some((what, mark.filter(|mark| mark.is_finite())?.clamp(0.0, 1.0), weight)))
        .filter(|(.., weight)| usable(*weight))
        .collect();
    let weights: f64 = marks.iter().map(|(.., weight)| weight).sum();
    let value = match weights > 0.0 {
        true => marks.iter().map(|(_, mark, weight)| mark * weight).sum::<f64>() / weights,
        false => 0.5,
    };
    Credibility { value, marks }
}

/// The mean of Beta(1 + agreed, 1 + disagreed): how likely the next figure is borne out.
pub fn track_record(agreed: u32, disagreed: u32) -> f64 {
    (1.0 + f64::from(agreed)) / (2.0 + f64::from(agreed) + f64::from(disagreed))
}

fn basis_mark(basis: Basis) -> f64 {
    match basis {
        Basis::List => 1.0,
        Basis::Count => 0.9,
        Basis::Estimate => 0.6,
        Basis::Hearsay => 0.3,
    }
}

fn reliability_mark(reliability: Reliability) -> f64 {
    match reliability {
        Reliability::Low => 0.3,
        Reliability::Medium => 0.6,
        Reliability::High => 0.9,
    }
}

fn proximity_mark(proximity: Proximity) -> f64 {
    match proximity {
        Proximity::Resident => 1.0,
        Proximity::Visitor => 0.8,
        Proximity::Neighbouring => 0.6,
        Proximity::Remote => 0.4,
    }
}
