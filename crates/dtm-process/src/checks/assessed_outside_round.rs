//! An assessment belongs to the round in which it was made.

use super::{Check, Context, LooksAt, Words};
use crate::codes::ASSESSED_ON;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "assessed_outside_round",
    severity: Severity::Confirm,
    title: Words { en: "Assessed outside the round", fr: "Évalué hors du cycle" },
    why: Words {
        en: "A stock is a picture of one moment. A count from another time does not belong into it.",
        fr: "Un effectif est l’image d’un moment. Un comptage d’un autre moment n’y a pas sa place.",
    },
    example: Words {
        en: "The round runs from 14 February to 16 March, the place was assessed on 2 April",
        fr: "Le cycle va du 14 février au 16 mars, le lieu a été évalué le 2 avril",
    },
    advice: Words {
        en: "Correct the date, lengthen the round, or move the record to the round it belongs to.",
        fr: "Corrigez la date, prolongez le cycle ou rattachez la fiche au cycle auquel elle appartient.",
    },
    message: Words {
        en: "Assessed on {assessed:d}; the round runs from {starts:d} to {ends:d}",
        fr: "Évalué le {assessed:d} ; le cycle va du {starts:d} au {ends:d}",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    let Some(assessed) = context.assessed_on() else { return };
    // A day still to come is named by its own check.
    if assessed <= context.today && (assessed < context.round.starts_on || assessed > context.round.ends_on) {
        let facts = [
            ("assessed", assessed.to_string()),
            ("starts", context.round.starts_on.to_string()),
            ("ends", context.round.ends_on.to_string()),
        ];
        findings.push(context.find_at(&CHECK, ASSESSED_ON, facts));
    }
}
