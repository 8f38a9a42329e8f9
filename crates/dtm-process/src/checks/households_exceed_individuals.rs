//! There cannot be more households than persons.

use super::{Check, Context, LooksAt, Words};
use crate::codes::{IDP_HH, IDP_IND, RETURNEE_HH, RETURNEE_IND};
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "households_exceed_individuals",
    severity: Severity::Confirm,
    title: Words { en: "More households than persons", fr: "Plus de ménages que de personnes" },
    why: Words {
        en: "The two numbers were exchanged, or one of them is wrong.",
        fr: "Les deux nombres ont été intervertis, ou l’un d’eux est faux.",
    },
    example: Words { en: "500 households, 130 individuals", fr: "500 ménages, 130 individus" },
    advice: Words { en: "Ask the enumerator which is which.", fr: "Demandez à l’enquêteur lequel est lequel." },
    message: Words {
        en: "{households:n} households but only {individuals:n} persons",
        fr: "{households:n} ménages mais seulement {individuals:n} personnes",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    for (ind, hh) in [(IDP_IND, IDP_HH), (RETURNEE_IND, RETURNEE_HH)] {
        let both = context.total(ind).zip(context.total(hh));
        if let Some((individuals, households)) = both.filter(|(individuals, households)| households > individuals) {
            let facts = [("individuals", individuals.to_string()), ("households", households.to_string())];
            findings.push(context.find_at(&CHECK, hh, facts));
        }
    }
}
