//! What an exercise chooses about verification. What is not chosen stands as it is proposed here.

use super::{CredibilityRules, SexAgeRules, TriangulationRules};
use dtm_model::Lang;
use serde::{Deserialize, Serialize};

/// The choices of an exercise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VerificationRules {
    /// Whether every record of a place is a source of its own. Else several records of which nothing tells that they come
    /// from several sources are one voice, and the latest speaks.
    pub every_record: bool,
    /// Whether persons are estimated from households where households alone were counted.
    pub estimate_from_households: bool,
    /// Whether a round is cleared only once every area is signed.
    pub sign_off: bool,
    /// The level of the areas that are signed.
    pub sign_level: u8,
    /// When sources agree.
    pub triangulation: TriangulationRules,
    /// How informants are weighed.
    pub credibility: CredibilityRules,
    /// How many households the size of the area above weighs.
    pub household_weight: f64,
    /// How large a sample sheet must be.
    pub sex_age: SexAgeRules,
}

impl Default for VerificationRules {
    fn default() -> Self {
        Self {
            every_record: false,
            estimate_from_households: true,
            sign_off: false,
            sign_level: 1,
            triangulation: TriangulationRules::default(),
            credibility: CredibilityRules::default(),
            household_weight: 10.0,
            sex_age: SexAgeRules::default(),
        }
    }
}

impl VerificationRules {
    /// What cannot be meant, in the reader's language; empty where all can.
    pub fn problems(&self, lang: Lang) -> Vec<String> {
        let marks = self.credibility.roles.values().chain([&self.credibility.other_role]);
        let share = |value: f64| value.is_finite() && (0.0..=1.0).contains(&value);
        let amount = |value: f64| value.is_finite() && value >= 0.0;
        let c = &self.credibility;
        let weights = [
            c.weight_role,
            c.weight_proximity,
            c.weight_balance,
            c.weight_basis,
            c.weight_reliability,
            c.weight_history,
        ];
        let told = [
            (
                share(self.triangulation.share_apart),
                "the share at which sources disagree lies between 0 and 1",
                "la part à partir de laquelle des sources divergent est comprise entre 0 et 1",
            ),
            (
                amount(self.triangulation.persons_apart),
                "the number of persons at which sources disagree is zero or more",
                "le nombre de personnes à partir duquel des sources divergent est zéro ou plus",
            ),
            (
                amount(self.household_weight) && amount(self.triangulation.combine.floor_sd),
                "weights and errors are zero or more",
                "les poids et les erreurs sont zéro ou plus",
            ),
            (
                marks.copied().all(share) && weights.into_iter().all(amount) && share(self.sex_age.least_share),
                "marks and shares lie between 0 and 1, weights are zero or more",
                "les notes et les parts sont comprises entre 0 et 1, les poids sont zéro ou plus",
            ),
            (
                (1..=3).contains(&self.sign_level),
                "areas of level 1, 2 or 3 are signed",
                "les zones signées sont de niveau 1, 2 ou 3",
            ),
        ];
        told.into_iter()
            .filter(|(sound, ..)| !sound)
            .map(|(_, en, fr)| if lang == Lang::En { en } else { fr }.to_owned())
            .collect()
    }
}
