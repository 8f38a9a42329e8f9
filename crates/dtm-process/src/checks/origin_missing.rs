//! People are present but nobody noted where they came from.

use super::{Check, Context, LooksAt, Words, people};
use crate::codes::{IDP_IND, ORIGIN};
use crate::counts::everyone;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "origin_missing",
    severity: Severity::Note,
    title: Words { en: "Origin missing", fr: "Provenance manquante" },
    why: Words {
        en: "Without it these people are absent from the picture of where displacement starts.",
        fr: "Sans elle, ces personnes manquent dans l’image des lieux d’où part le déplacement.",
    },
    example: Words { en: "310 persons, place of origin left empty", fr: "310 personnes, provenance laissée vide" },
    advice: Words {
        en: "Ask where most of them lived before; «not known» is an answer too.",
        fr: "Demandez où vivait la plupart d’entre eux ; « inconnu » est aussi une réponse.",
    },
    message: Words {
        en: "{people:n} persons without a place of origin",
        fr: "{people:n} personnes sans lieu de provenance",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    if context.is_flow() || !context.asks(ORIGIN) || people(context).is_none_or(|people| people <= 0) {
        return;
    }
    let without = everyone(context.observations, IDP_IND);
    let without = without.iter().filter(|count| count.breakdown.origin.is_none() && count.value > 0.0);
    let people: f64 = without.map(|count| count.value).sum();
    if people > 0.0 {
        findings.push(context.find_at(&CHECK, ORIGIN, [("people", people.to_string())]));
    }
}
