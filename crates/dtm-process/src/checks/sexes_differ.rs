//! Males and females do not add up to the total.

use super::{Check, Context, LooksAt, Words};
use crate::codes::{IDP_IND, RETURNEE_IND};
use crate::counts::{Count, sex_totals};
use dtm_model::{Finding, Severity, Sex};

pub(super) const CHECK: Check = Check {
    id: "sexes_differ",
    severity: Severity::Confirm,
    title: Words { en: "Males and females do not add up", fr: "Hommes et femmes ne font pas le total" },
    why: Words {
        en: "A published row must balance; where it does not, both columns stay empty.",
        fr: "Une ligne publiée doit être équilibrée ; sinon les deux colonnes restent vides.",
    },
    example: Words { en: "Total 100, males 40, females 55", fr: "Total 100, hommes 40, femmes 55" },
    advice: Words {
        en: "Ask for the missing people, or whether some were of unknown sex.",
        fr: "Demandez où sont les personnes manquantes, ou si le sexe de certaines est inconnu.",
    },
    message: Words {
        en: "{males:n} males and {females:n} females; the total is {total:n}",
        fr: "{males:n} hommes et {females:n} femmes ; le total est {total:n}",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    for indicator in [IDP_IND, RETURNEE_IND] {
        let totals = sex_totals(context.observations, indicator);
        let of = |sex: Sex| {
            let mut counts = totals.iter().filter(|count| count.breakdown.sex == Some(sex)).peekable();
            counts.peek().is_some().then(|| counts.map(|count| count.whole()).sum::<i64>())
        };
        let Some((males, females)) = of(Sex::Male).zip(of(Sex::Female)) else { continue };
        if let Some(total) = context.total(indicator).filter(|total| *total != males + females) {
            let facts = [("males", males.to_string()), ("females", females.to_string()), ("total", total.to_string())];
            findings.push(context.find_at(&CHECK, indicator, facts));
        }
    }
}
