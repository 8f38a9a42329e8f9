//! Findings that are made while a round is settled, and that are only worded here.

use super::{Check, LooksAt, Words};
use dtm_model::{Finding, RoundLabel, Severity, Ssid};

pub(super) const PLACE_CARRIED: Check = Check {
    id: "place_carried",
    severity: Severity::Note,
    title: Words { en: "Place not reached, figure carried", fr: "Lieu non atteint, chiffre reporté" },
    why: Words {
        en: "The total would fall for want of access and not for want of people.",
        fr: "Le total baisserait faute d’accès et non faute de personnes.",
    },
    example: Words {
        en: "A locality cut off by a flood keeps the 220 persons of round 6 in round 7",
        fr: "Une localité coupée par une crue garde au cycle 7 les 220 personnes du cycle 6",
    },
    advice: Words {
        en: "Try by telephone; a carried figure leaves the total after the rounds set for the exercise.",
        fr: "Essayez par téléphone ; un chiffre reporté quitte le total après le nombre de cycles fixé pour l’exercice.",
    },
    message: Words {
        en: "Place {place} was not reached; its figure of round {from} is carried",
        fr: "Le lieu {place} n’a pas été atteint ; son chiffre du cycle {from} est reporté",
    },
    looks_at: LooksAt::Elsewhere,
};

pub(super) const PLACE_LEFT_THE_TOTAL: Check = Check {
    id: "place_left_the_total",
    severity: Severity::Confirm,
    title: Words { en: "Place left the total", fr: "Lieu sorti du total" },
    why: Words {
        en: "Its last count is too old to stand for the people there, who have likely moved.",
        fr: "Son dernier comptage est trop ancien pour représenter des gens qui ont sans doute bougé.",
    },
    example: Words {
        en: "Last assessed in round 5, not reached in rounds 6, 7 and 8",
        fr: "Évalué la dernière fois au cycle 5, non atteint aux cycles 6, 7 et 8",
    },
    advice: Words {
        en: "Say in the method note how many people left the total this way.",
        fr: "Indiquez dans la note de méthode combien de personnes sont ainsi sorties du total.",
    },
    message: Words {
        en: "Place {place} was not reached again; its figure of round {from} no longer counts",
        fr: "Le lieu {place} n’a de nouveau pas été atteint ; son chiffre du cycle {from} ne compte plus",
    },
    looks_at: LooksAt::Elsewhere,
};

/// The finding that a place was not reached and keeps its figure of an earlier round.
pub(crate) fn place_carried(place: &Ssid, from: &RoundLabel) -> Finding {
    PLACE_CARRIED.finding(None, Some(place), [("from", from.to_string())])
}

/// The finding that a place was not reached for too long.
pub(crate) fn place_left_the_total(place: &Ssid, from: &RoundLabel) -> Finding {
    PLACE_LEFT_THE_TOTAL.finding(None, Some(place), [("from", from.to_string())])
}
