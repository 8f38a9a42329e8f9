//! An interview shorter than the form takes.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::patterns::durations::DurationFlag;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "interview_short",
    severity: Severity::Confirm,
    title: Words { en: "Interview too short", fr: "Entretien trop court" },
    why: Words {
        en: "Questions read out and answered take time. An interview of four minutes was filled in, not held.",
        fr: "Lire les questions et y répondre prend du temps. Un entretien de quatre minutes a été rempli, pas mené.",
    },
    example: Words {
        en: "4 minutes, 18 is the least that nineteen of twenty take",
        fr: "4 minutes, quand dix-neuf sur vingt en prennent au moins 18",
    },
    advice: Words {
        en: "See whether the answers skip sections; call the respondent back where the number is known.",
        fr: "Voyez si les réponses sautent des sections ; rappelez la personne si son numéro est connu.",
    },
    message: Words {
        en: "The interview took {minutes:n} minutes; {least:n} is the least that is usual",
        fr: "L’entretien a pris {minutes:n} minutes ; le moins habituel est {least:n}",
    },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    for (row, flag) in context.duration_flags() {
        let DurationFlag::Short { minutes, least } = flag else { continue };
        let facts =
            [("minutes", format!("{minutes:.1}")), ("least", format!("{least:.1}")), ("proposed", "ask".to_owned())];
        findings.push(context.find(&CHECK, *row, None, facts));
    }
}
