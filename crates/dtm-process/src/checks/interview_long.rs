//! An interview far longer than the others: often a form left open.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::patterns::durations::DurationFlag;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "interview_long",
    severity: Severity::Note,
    title: Words { en: "Interview very long", fr: "Entretien très long" },
    why: Words {
        en: "A form left open overnight says nothing of the interview, and spoils the pace that the others are held against.",
        fr: "Un formulaire laissé ouvert la nuit ne dit rien de l’entretien et fausse le rythme auquel on compare les autres.",
    },
    example: Words { en: "Started at 9, saved at 15", fr: "Commencé à 9 h, enregistré à 15 h" },
    advice: Words {
        en: "Leave it as it is where the answers are sound; remind the enumerator to finish a form on the spot.",
        fr: "Laissez-le tel quel si les réponses sont bonnes ; rappelez à l’enquêteur de terminer sur place.",
    },
    message: Words {
        en: "The interview took {minutes:n} minutes; up to {most:n} is usual",
        fr: "L’entretien a pris {minutes:n} minutes ; jusqu’à {most:n} est habituel",
    },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    for (row, flag) in context.duration_flags() {
        let DurationFlag::Long { minutes, most } = flag else { continue };
        let facts =
            [("minutes", format!("{minutes:.0}")), ("most", format!("{most:.0}")), ("proposed", "ask".to_owned())];
        findings.push(context.find(&CHECK, *row, None, facts));
    }
}
