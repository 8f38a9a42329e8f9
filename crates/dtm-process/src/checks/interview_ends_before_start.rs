//! An interview that ends before it begins: the phone’s clock was set back.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::patterns::durations::DurationFlag;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "interview_ends_before_start",
    severity: Severity::Confirm,
    title: Words { en: "Interview ends before it begins", fr: "Entretien terminé avant d’avoir commencé" },
    why: Words {
        en: "Somebody set the phone’s clock back, by chance or to hide when an interview was held.",
        fr: "Quelqu’un a reculé l’horloge du téléphone, par hasard ou pour cacher l’heure d’un entretien.",
    },
    example: Words { en: "Begun at 10:00, ended at 9:00", fr: "Commencé à 10 h 00, terminé à 9 h 00" },
    advice: Words {
        en: "Set the phone to network time, and compare with the moment at which the server received the form.",
        fr: "Réglez le téléphone sur l’heure du réseau et comparez avec l’heure de réception au serveur.",
    },
    message: Words {
        en: "The interview ends {minutes:n} minutes before it begins",
        fr: "L’entretien se termine {minutes:n} minutes avant de commencer",
    },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    for (row, flag) in context.duration_flags() {
        let DurationFlag::Negative { minutes } = flag else { continue };
        let facts = [("minutes", format!("{:.0}", -minutes)), ("proposed", "ask".to_owned())];
        findings.push(context.find(&CHECK, *row, None, facts));
    }
}
