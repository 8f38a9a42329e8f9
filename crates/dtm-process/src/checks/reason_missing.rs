//! People are present but nobody noted why they left.

use super::{Check, Context, LooksAt, Words, people};
use crate::codes::{IDP_IND, NOT_REPORTED, REASON};
use crate::counts::everyone;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "reason_missing",
    severity: Severity::Note,
    title: Words { en: "Reason missing", fr: "Raison manquante" },
    why: Words {
        en: "Published rows are split by reason; these people end up under «not reported».",
        fr: "Les lignes publiées sont ventilées par raison ; ces personnes finissent sous « non déclarée ».",
    },
    example: Words { en: "310 persons, reason left empty", fr: "310 personnes, raison laissée vide" },
    advice: Words {
        en: "Ask for the main reason, or say in the mapping which word stands for it.",
        fr: "Demandez la raison principale, ou indiquez dans la correspondance quel mot la désigne.",
    },
    message: Words {
        en: "{people:n} persons without a reason of displacement",
        fr: "{people:n} personnes sans raison de déplacement",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    if context.is_flow() || !context.asks(REASON) || people(context).is_none_or(|people| people <= 0) {
        return;
    }
    let counts = everyone(context.observations, IDP_IND);
    let without = counts.iter().filter(|count| {
        count.breakdown.reason.as_deref().is_none_or(|reason| reason == NOT_REPORTED) && count.value > 0.0
    });
    let people: f64 = without.map(|count| count.value).sum();
    if people > 0.0 {
        findings.push(context.find_at(&CHECK, REASON, [("people", people.to_string())]));
    }
}
