//! People cannot have arrived after they were counted.

use super::{Check, Context, LooksAt, Words};
use crate::codes::ARRIVED_ON;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "arrival_after_assessment",
    severity: Severity::Confirm,
    title: Words { en: "Arrival after the assessment", fr: "Arrivée après l’évaluation" },
    why: Words {
        en: "The date of arrival tells recent displacement from old. One of the two dates is wrong.",
        fr: "La date d’arrivée distingue les déplacements récents des anciens. L’une des deux dates est fausse.",
    },
    example: Words {
        en: "Assessed on 3 May, most people arrived on 30 May of the same year",
        fr: "Évalué le 3 mai, la plupart des gens arrivés le 30 mai de la même année",
    },
    advice: Words {
        en: "Ask the enumerator; often day and month, or the year, are exchanged.",
        fr: "Demandez à l’enquêteur ; souvent le jour et le mois, ou l’année, sont intervertis.",
    },
    message: Words {
        en: "People are said to have arrived on {arrived:d}, after the assessment of {assessed:d}",
        fr: "Les gens seraient arrivés le {arrived:d}, après l’évaluation du {assessed:d}",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    if let Some((arrived, assessed)) = context.day(ARRIVED_ON).zip(context.assessed_on()).filter(|(a, b)| a > b) {
        let facts = [("arrived", arrived.to_string()), ("assessed", assessed.to_string())];
        findings.push(context.find_at(&CHECK, ARRIVED_ON, facts));
    }
}
