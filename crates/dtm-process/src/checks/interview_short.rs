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
        en: "4 minutes, when the interview in the middle takes 20 and nineteen of twenty at least 9",
        fr: "4 minutes, quand l’entretien du milieu en prend 20 et dix-neuf sur vingt au moins 9",
    },
    advice: Words {
        en: "See whether the answers skip sections; call the respondent back where the number is known.",
        fr: "Voyez si les réponses sautent des sections ; rappelez la personne si son numéro est connu.",
    },
    message: Words {
        en: "The interview took {minutes:n} minutes; below {least:n} is unusual here",
        fr: "L’entretien a pris {minutes:n} minutes ; moins de {least:n} est inhabituel ici",
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
