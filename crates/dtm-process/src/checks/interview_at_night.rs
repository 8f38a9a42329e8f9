//! An interview begun at night.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::patterns::durations::DurationFlag;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "interview_at_night",
    severity: Severity::Note,
    title: Words { en: "Interview at night", fr: "Entretien de nuit" },
    why: Words {
        en: "People are not asked at night. Either the phone’s clock is wrong, or the form was filled in at home.",
        fr: "On n’interroge pas les gens la nuit. Soit l’horloge du téléphone est fausse, soit le formulaire a été rempli à la maison.",
    },
    example: Words { en: "Begun at 23:40", fr: "Commencé à 23 h 40" },
    advice: Words {
        en: "Look at the phone’s clock and zone first; then ask the enumerator.",
        fr: "Vérifiez d’abord l’heure et le fuseau du téléphone ; demandez ensuite à l’enquêteur.",
    },
    message: Words { en: "The interview began at {began}", fr: "L’entretien a commencé à {began}" },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    for (row, flag) in context.duration_flags() {
        let DurationFlag::Night { began } = flag else { continue };
        let facts = [("began", format!("{:02}:{:02}", began.0, began.1)), ("proposed", "ask".to_owned())];
        findings.push(context.find(&CHECK, *row, None, facts));
    }
}
