//! Two assessments of one place in a round: the later one counts. Found when the round is settled.

use super::{Check, LooksAt, Words};
use dtm_model::Severity;

pub(super) const CHECK: Check = Check {
    id: "place_reports_twice",
    severity: Severity::Confirm,
    title: Words { en: "Place reports twice", fr: "Lieu évalué deux fois" },
    why: Words {
        en: "A round keeps one figure for a place. The later assessment counts, the earlier is set aside.",
        fr: "Un cycle garde un seul chiffre par lieu. L’évaluation la plus récente compte, l’autre est mise de côté.",
    },
    example: Words {
        en: "A site visited on 3 March with 410 persons and again on 9 March with 395",
        fr: "Un site visité le 3 mars avec 410 personnes, puis le 9 mars avec 395",
    },
    advice: Words {
        en: "If the two are different places, give one its own id; if the earlier one is right, remove the later.",
        fr: "S’il s’agit de deux lieux, donnez à l’un son propre identifiant ; si la première est juste, retirez la seconde.",
    },
    message: Words {
        en: "Place {place} was assessed again on {kept_on:d}; this record of {dropped_on:d} does not count",
        fr: "Le lieu {place} a été réévalué le {kept_on:d} ; cette fiche du {dropped_on:d} ne compte pas",
    },
    looks_at: LooksAt::Elsewhere,
};
