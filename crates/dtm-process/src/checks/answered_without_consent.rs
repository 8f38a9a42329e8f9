//! An interview that went on although who was asked did not agree.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::answers::Column;
use crate::folding::plain;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "answered_without_consent",
    severity: Severity::Confirm,
    title: Words { en: "Answers without consent", fr: "Réponses sans consentement" },
    why: Words {
        en: "What somebody did not agree to tell may not be kept as their answer.",
        fr: "Ce que quelqu’un n’a pas accepté de dire ne peut être gardé comme sa réponse.",
    },
    example: Words {
        en: "Consent: no, and forty answers below it",
        fr: "Consentement : non, et quarante réponses en dessous",
    },
    advice: Words {
        en: "Ask the enumerator. Where nobody agreed, take the record out.",
        fr: "Demandez à l’enquêteur. Si personne n’a accepté, retirez la fiche.",
    },
    message: Words {
        en: "Consent is «{value}», and {answers:n} further questions are answered",
        fr: "Le consentement est « {value} » et {answers:n} autres questions ont une réponse",
    },
    looks_at: LooksAt::Answers(look),
};

/// Names of choices that refuse, in the shape in which names are compared.
const REFUSES: [&str; 8] = ["no", "non", "0", "n", "refused", "refus", "not given", "no consent"];
/// A few answers that the enumerator gives about the visit are none of who refused.
const FEW: usize = 3;

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    let Some(consent) = context.consent.as_deref().and_then(|question| context.table.position(question)) else {
        return;
    };
    let asked = context.table.positions(Column::is_substance);
    let column = &context.table.columns()[consent];
    for row in 0..context.table.n_rows() {
        let Some(said) = column.text(row).filter(|said| REFUSES.contains(&plain(said).as_str())) else { continue };
        // What stands before consent is asked belongs to the visit.
        let after = asked.iter().filter(|at| **at > consent);
        let n_answered = after.filter(|at| context.table.columns()[**at].is_answered(row)).count();
        if n_answered > FEW {
            let facts = [
                ("value", said.to_owned()),
                ("answers", n_answered.to_string()),
                ("proposed", "remove_survey".to_owned()),
            ];
            findings.push(context.find(&CHECK, row, Some(&column.question), facts));
        }
    }
}
