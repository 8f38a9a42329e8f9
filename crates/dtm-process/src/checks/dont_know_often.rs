//! An enumerator who brings home «don't know» more often than chance and the others explain.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::patterns::dont_know::{columns_of_form, no_answer_shares};
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "dont_know_often",
    severity: Severity::Note,
    title: Words { en: "«Don’t know» more often than others", fr: "« Ne sait pas » plus souvent que les autres" },
    why: Words {
        en: "«Don’t know» is quick to tick. It may also say that questions were not understood, or that people are afraid.",
        fr: "« Ne sait pas » se coche vite. Cela peut aussi dire que des questions ne sont pas comprises, ou que les gens ont peur.",
    },
    example: Words {
        en: "30 of 300 answers, where the others get 7 of 610",
        fr: "30 réponses sur 300, quand les autres en ont 7 sur 610",
    },
    advice: Words {
        en: "Sit in on an interview before asking why; the place may be harder than others.",
        fr: "Assistez à un entretien avant de demander pourquoi ; le lieu est peut-être plus difficile.",
    },
    message: Words {
        en: "Enumerator {enumerator}: {own:n} of {own_of:n} answers are «don’t know» or refusals; {others:n} of {others_of:n} among the others",
        fr: "Enquêteur {enumerator} : {own:n} réponses sur {own_of:n} sont « ne sait pas » ou des refus ; {others:n} sur {others_of:n} chez les autres",
    },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    if context.enumerators.is_empty() {
        return;
    }
    let columns = columns_of_form(context.table, context.form, &context.dont_know);
    for share in no_answer_shares(context.table, &columns, &context.enumerators) {
        if share.q < context.thresholds.dont_know_q && share.enumerator > 0 {
            let facts = [
                ("enumerator", context.enumerator(share.enumerator)),
                ("own", share.own.n.to_string()),
                ("own_of", share.own.of.to_string()),
                ("others", share.others.n.to_string()),
                ("others_of", share.others.of.to_string()),
                ("proposed", "ask".to_owned()),
            ];
            findings.push(CHECK.finding(None, None, facts));
        }
    }
}
