//! From where on something is odd, as an operation sets it.
//!
//! Every threshold is a number with a name, bounds and the value in use where nobody set another; [`THRESHOLDS`] lists
//! them all, and the page, the API and the method note are made from that list. What is set is a map from names to
//! numbers ([`Thresholds::set`]).

use super::words::Words;
use crate::patterns::durations::DurationOptions;
use crate::patterns::near_duplicates::NearOptions;
use crate::patterns::outliers::{Far, OutlierOptions, Scale};
use crate::patterns::positions::PositionOptions;
use std::collections::BTreeMap;

/// Thresholds of the checks of many records at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// Numbers far from the others.
    pub outliers: OutlierOptions,
    /// Durations, nights, overlaps and speeds.
    pub durations: DurationOptions,
    /// Interviews that hardly differ.
    pub near: NearOptions,
    /// Positions.
    pub positions: PositionOptions,
    /// So many standard deviations from the usual number of missing answers are unusual.
    pub missing_deviations: f64,
    /// So many false alarms about enumerators are borne with, as a share.
    pub dont_know_q: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            outliers: OutlierOptions::default(),
            durations: DurationOptions::default(),
            near: NearOptions::default(),
            positions: PositionOptions::default(),
            missing_deviations: 2.0,
            dont_know_q: 0.05,
        }
    }
}

/// One threshold.
#[derive(Clone, Copy, Debug)]
pub struct Threshold {
    /// Its name in files and addresses.
    pub key: &'static str,
    /// The check it belongs to.
    pub check: &'static str,
    /// What it says.
    pub words: Words,
    /// The least it can be.
    pub least: f64,
    /// The most it can be.
    pub most: f64,
    /// Whether it has no fractions.
    pub is_whole: bool,
    get: fn(&Thresholds) -> f64,
    put: fn(&mut Thresholds, f64),
}

impl Threshold {
    /// Its value here.
    pub fn of(&self, thresholds: &Thresholds) -> f64 {
        (self.get)(thresholds)
    }

    /// Whether it can have this value.
    pub fn takes(&self, value: f64) -> bool {
        (self.least..=self.most).contains(&value) && (!self.is_whole || value.fract() == 0.0)
    }
}

impl Thresholds {
    /// The thresholds with these values in place of the usual ones; unknown names and values out of bounds are passed over.
    pub fn set(values: &BTreeMap<String, f64>) -> Self {
        let mut thresholds = Self::default();
        for threshold in THRESHOLDS {
            if let Some(value) = values.get(threshold.key).filter(|value| threshold.takes(**value)) {
                (threshold.put)(&mut thresholds, *value);
            }
        }
        thresholds
    }

    /// The first name that is no threshold, or whose value it cannot have.
    pub fn refused(values: &BTreeMap<String, f64>) -> Option<&str> {
        let takes = |(key, value): &(&String, &f64)| {
            THRESHOLDS.iter().any(|threshold| threshold.key == *key && threshold.takes(**value))
        };
        values.iter().find(|pair| !takes(pair)).map(|(key, _)| key.as_str())
    }

    fn rule(&self, of: fn(&Far) -> Option<f64>) -> f64 {
        self.outliers.rules.iter().find_map(|(far, _)| of(far)).unwrap_or(0.0)
    }

    /// Puts a rule in place of those of its kind; zero takes it away.
    fn put_rule(&mut self, of: fn(&Far) -> Option<f64>, rules: &[(Far, Scale)]) {
        self.outliers.rules.retain(|(far, _)| of(far).is_none());
        self.outliers.rules.extend(rules.iter().filter(|(far, _)| of(far).is_some_and(|value| value > 0.0)));
    }
}

fn robust_z(far: &Far) -> Option<f64> {
    if let Far::RobustZ(z) = far { Some(*z) } else { None }
}

fn deviations(far: &Far) -> Option<f64> {
    if let Far::Deviations(times) = far { Some(*times) } else { None }
}

fn fences(far: &Far) -> Option<f64> {
    if let Far::Fences(times) = far { Some(*times) } else { None }
}

/// Every threshold, in the order of a page.
pub const THRESHOLDS: &[Threshold] = &[
    Threshold {
        key: "outlierRobustZ",
        check: "outlier",
        words: Words {
            en: "Robust z above which a number is an outlier (0: not used)",
            fr: "z robuste au-delà duquel un nombre est aberrant (0 : non utilisé)",
        },
        least: 0.0,
        most: 100.0,
        is_whole: false,
        get: |all| all.rule(robust_z),
        put: |all, z| all.put_rule(robust_z, &[(Far::RobustZ(z), Scale::LogForCounts)]),
    },
    Threshold {
        key: "outlierDeviations",
        check: "outlier",
        words: Words {
            en: "Standard deviations from the mean, as answered and as logarithm (0: not used)",
            fr: "Écarts-types à la moyenne, tel que répondu et en logarithme (0 : non utilisé)",
        },
        least: 0.0,
        most: 100.0,
        is_whole: false,
        get: |all| all.rule(deviations),
        put: |all, times| {
            let far = Far::Deviations(times);
            all.put_rule(deviations, &[(far, Scale::AsIs), (far, Scale::Log)]);
        },
    },
    Threshold {
        key: "outlierFences",
        check: "outlier",
        words: Words {
            en: "Box lengths beyond the box of the box plot (0: not used)",
            fr: "Longueurs de boîte au-delà de la boîte à moustaches (0 : non utilisé)",
        },
        least: 0.0,
        most: 100.0,
        is_whole: false,
        get: |all| all.rule(fences),
        put: |all, times| all.put_rule(fences, &[(Far::Fences(times), Scale::LogForCounts)]),
    },
    Threshold {
        key: "outlierLeastDifferent",
        check: "outlier",
        words: Words {
            en: "Different numbers that a question needs before it can have outliers",
            fr: "Nombres différents qu’il faut à une question pour avoir des valeurs aberrantes",
        },
        least: 0.0,
        most: 1_000.0,
        is_whole: true,
        get: |all| all.outliers.least_different as f64,
        put: |all, n| all.outliers.least_different = n as usize,
    },
    Threshold {
        key: "outlierLeastInGroup",
        check: "outlier",
        words: Words {
            en: "Records an area needs for its numbers to be compared within it",
            fr: "Fiches qu’il faut à une zone pour comparer ses nombres en son sein",
        },
        least: 2.0,
        most: 100_000.0,
        is_whole: true,
        get: |all| all.outliers.least_in_group as f64,
        put: |all, n| all.outliers.least_in_group = n as usize,
    },
    Threshold {
        key: "nearDuplicateAtMost",
        check: "near_duplicate",
        words: Words {
            en: "Different answers up to which two records are near duplicates",
            fr: "Réponses différentes jusqu’auxquelles deux fiches sont de quasi-doublons",
        },
        least: 0.0,
        most: 50.0,
        is_whole: true,
        get: |all| f64::from(all.near.at_most),
        put: |all, n| all.near.at_most = n as u32,
    },
    Threshold {
        key: "nearDuplicateLeastQuestions",
        check: "near_duplicate",
        words: Words {
            en: "Questions that a form needs before its records can be near duplicates",
            fr: "Questions qu’il faut à un formulaire pour avoir des quasi-doublons",
        },
        least: 5.0,
        most: 1_000.0,
        is_whole: true,
        get: |all| all.near.least_questions as f64,
        put: |all, n| all.near.least_questions = n as usize,
    },
    Threshold {
        key: "missingDeviations",
        check: "much_missing",
        words: Words {
            en: "Standard deviations from the usual number of missing answers",
            fr: "Écarts-types au nombre habituel de réponses manquantes",
        },
        least: 0.5,
        most: 100.0,
        is_whole: false,
        get: |all| all.missing_deviations,
        put: |all, times| all.missing_deviations = times,
    },
    Threshold {
        key: "dontKnowFalseAlarms",
        check: "dont_know_often",
        words: Words {
            en: "Share of false alarms borne with about enumerators",
            fr: "Part de fausses alertes admise sur les enquêteurs",
        },
        least: 0.000_1,
        most: 0.5,
        is_whole: false,
        get: |all| all.dont_know_q,
        put: |all, q| all.dont_know_q = q,
    },
    Threshold {
        key: "shortShare",
        check: "interview_short",
        words: Words {
            en: "Share of all interviews below which one is short",
            fr: "Part des entretiens en dessous de laquelle un entretien est court",
        },
        least: 0.0,
        most: 0.5,
        is_whole: false,
        get: |all| all.durations.short_share,
        put: |all, share| all.durations.short_share = share,
    },
    Threshold {
        key: "shortOfMedian",
        check: "interview_short",
        words: Words {
            en: "Share of the median below which one of these is told",
            fr: "Part de la médiane en dessous de laquelle l’un d’eux est signalé",
        },
        least: 0.0,
        most: 1.0,
        is_whole: false,
        get: |all| all.durations.short_of_median,
        put: |all, share| all.durations.short_of_median = share,
    },
    Threshold {
        key: "longTimes",
        check: "interview_long",
        words: Words {
            en: "Times the 95th percentile above which an interview is long",
            fr: "Multiple du 95e centile au-delà duquel un entretien est long",
        },
        least: 1.0,
        most: 100.0,
        is_whole: false,
        get: |all| all.durations.long_times,
        put: |all, times| all.durations.long_times = times,
    },
    Threshold {
        key: "nightFrom",
        check: "interview_at_night",
        words: Words { en: "Hour at which night begins", fr: "Heure à laquelle la nuit commence" },
        least: 0.0,
        most: 24.0,
        is_whole: true,
        get: |all| f64::from(all.durations.night_from),
        put: |all, hour| all.durations.night_from = hour as u32,
    },
    Threshold {
        key: "nightTo",
        check: "interview_at_night",
        words: Words { en: "Hour at which night ends", fr: "Heure à laquelle la nuit finit" },
        least: 0.0,
        most: 24.0,
        is_whole: true,
        get: |all| f64::from(all.durations.night_to),
        put: |all, hour| all.durations.night_to = hour as u32,
    },
    Threshold {
        key: "mostKmPerHour",
        check: "travelled_too_fast",
        words: Words {
            en: "Kilometres an hour that nobody travels from one interview to the next",
            fr: "Kilomètres à l’heure que personne ne parcourt d’un entretien au suivant",
        },
        least: 1.0,
        most: 2_000.0,
        is_whole: false,
        get: |all| all.durations.most_km_per_hour,
        put: |all, speed| all.durations.most_km_per_hour = speed,
    },
    Threshold {
        key: "farFromSiteMetres",
        check: "far_from_site",
        words: Words {
            en: "Metres from its site above which an interview is far",
            fr: "Mètres de son site au-delà desquels un entretien est loin",
        },
        least: 1.0,
        most: 1_000_000.0,
        is_whole: false,
        get: |all| all.positions.far_m,
        put: |all, metres| all.positions.far_m = metres,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_threshold_keeps_the_value_it_is_given_and_changes_no_other() {
        let usual = Thresholds::default();
        for threshold in THRESHOLDS {
            assert!(threshold.takes(threshold.of(&usual)), "{}", threshold.key);
            let value =
                threshold.least + if threshold.is_whole { 1.0 } else { (threshold.most - threshold.least) / 4.0 };
            let set = Thresholds::set(&[(threshold.key.to_owned(), value)].into());
            for other in THRESHOLDS {
                let expected = if other.key == threshold.key { value } else { other.of(&usual) };
                assert_eq!(other.of(&set), expected, "{} after {}", other.key, threshold.key);
            }
        }
    }

    #[test]
    fn a_value_out_of_bounds_and_an_unknown_name_are_told() {
        let told = |key: &str, value: f64| Thresholds::refused(&[(key.to_owned(), value)].into()).is_some();
        assert!(told("nightFrom", 25.0) && told("nightFrom", 22.5) && told("nightfall", 1.0));
        assert!(!told("nightFrom", 21.0));
    }
}
