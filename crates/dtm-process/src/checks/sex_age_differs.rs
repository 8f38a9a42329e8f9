//! The cells by sex and age do not add up to the total.

use super::{Check, Context, LooksAt, Words};
use crate::codes::{IDP_IND, RETURNEE_IND};
use crate::counts::{Count, sex_age_cells};
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "sex_age_differs",
    severity: Severity::Confirm,
    title: Words { en: "Sex and age do not add up", fr: "Sexe et âge ne font pas le total" },
    why: Words {
        en: "Shares of women and children are computed from the cells, headlines from the total; both must be the same people.",
        fr: "Les parts de femmes et d’enfants viennent des cellules, les titres du total ; ce doivent être les mêmes personnes.",
    },
    example: Words { en: "Total 500, cells 480", fr: "Total 500, cellules 480" },
    advice: Words {
        en: "Ask which of the two was counted; estimated cells are adjusted to a counted total.",
        fr: "Demandez lequel des deux a été compté ; des cellules estimées s’ajustent au total compté.",
    },
    message: Words {
        en: "The cells by sex and age make {cells:n}, the total is {total:n}",
        fr: "Les cellules par sexe et âge font {cells:n}, le total est {total:n}",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    for indicator in [IDP_IND, RETURNEE_IND] {
        let cells = sex_age_cells(context.observations, indicator);
        // Two totals per sex and nothing else are looked at by their own check.
        if !cells.iter().any(|cell| cell.breakdown.age.is_some()) {
            continue;
        }
        let sum: i64 = cells.iter().map(|cell| cell.whole()).sum();
        if let Some(total) = context.total(indicator).filter(|total| *total != sum) {
            let facts = [("cells", sum.to_string()), ("total", total.to_string())];
            findings.push(context.find_at(&CHECK, indicator, facts));
        }
    }
}
