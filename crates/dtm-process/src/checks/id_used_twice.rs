//! Two records under the code of one household, person or site.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::patterns::exact_duplicates::exact_duplicates;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "id_used_twice",
    severity: Severity::Confirm,
    title: Words { en: "Code used twice", fr: "Code utilisé deux fois" },
    why: Words {
        en: "Either somebody was asked twice, and is counted twice, or one of two codes is mistyped.",
        fr: "Soit quelqu’un a été interrogé deux fois, et compte deux fois, soit l’un des deux codes est mal saisi.",
    },
    example: Words { en: "Household HH-0412 in two records", fr: "Ménage HH-0412 dans deux fiches" },
    advice: Words {
        en: "Compare both records; correct the code, or take out the one that is too many.",
        fr: "Comparez les deux fiches ; corrigez le code ou retirez celle qui est de trop.",
    },
    message: Words {
        en: "{question} is «{value}», as in record {other}",
        fr: "{question} vaut « {value} », comme dans la fiche {other}",
    },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    let Some(code) = context.id.as_deref().and_then(|question| context.table.position(question)) else { return };
    let column = &context.table.columns()[code];
    for duplicate in exact_duplicates(context.table, &[code]) {
        let facts = [
            ("value", column.text(duplicate.row).unwrap_or_default().to_owned()),
            ("other", context.record(duplicate.first)),
            ("proposed", "ask".to_owned()),
        ];
        findings.push(context.find(&CHECK, duplicate.row, Some(&column.question), facts));
    }
}
