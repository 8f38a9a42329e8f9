//! A count of people below zero.

use super::{Check, Context, LooksAt, Words};
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "negative_number",
    severity: Severity::Block,
    title: Words { en: "Number below zero", fr: "Nombre négatif" },
    why: Words {
        en: "It would be taken away from the total of the area.",
        fr: "Il serait retranché du total de la zone.",
    },
    example: Words { en: "−99 typed for «do not know»", fr: "−99 saisi pour « ne sait pas »" },
    advice: Words {
        en: "Empty the answer where −99 stood for «do not know»; else correct the number.",
        fr: "Videz la réponse si −99 voulait dire « ne sait pas » ; sinon corrigez le nombre.",
    },
    message: Words {
        en: "{indicator} is {value:n}; a count cannot be below zero",
        fr: "{indicator} vaut {value:n} ; un effectif ne peut pas être négatif",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    for observation in context.observations.iter().filter(|observation| observation.value < 0.0) {
        let facts = [("indicator", observation.indicator.clone()), ("value", observation.value.to_string())];
        findings.push(context.find_at(&CHECK, &observation.indicator, facts));
    }
}
