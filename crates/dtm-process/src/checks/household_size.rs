//! Households of a size that hardly occurs: fewer than 1.5 or more than 12 persons on average.

use super::{Check, Context, LooksAt, Words};
use crate::codes::{IDP_HH, IDP_IND};
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "household_size",
    severity: Severity::Confirm,
    title: Words { en: "Unusual household size", fr: "Taille de ménage inhabituelle" },
    why: Words {
        en: "Households and individuals are often mixed up, or a digit is missing in one of them.",
        fr: "Ménages et individus sont souvent confondus, ou il manque un chiffre à l’un des deux.",
    },
    example: Words { en: "20 households, 400 individuals", fr: "20 ménages, 400 individus" },
    advice: Words {
        en: "Ask the key informant for both numbers again.",
        fr: "Redemandez les deux nombres à l’informateur clé.",
    },
    message: Words {
        en: "{individuals:n} persons in {households:n} households make {size:n} a household; 1.5 to 12 is usual",
        fr: "{individuals:n} personnes dans {households:n} ménages font {size:n} par ménage ; 1,5 à 12 est habituel",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    let Some((individuals, households)) = context.total(IDP_IND).zip(context.total(IDP_HH)) else { return };
    // Fewer persons than households is named by its own check.
    if households <= 0 || individuals < households {
        return;
    }
    let size = individuals as f64 / households as f64;
    if !(1.5..=12.0).contains(&size) {
        let facts = [
            ("individuals", individuals.to_string()),
            ("households", households.to_string()),
            ("size", format!("{size:.1}")),
        ];
        findings.push(context.find_at(&CHECK, IDP_IND, facts));
    }
}
