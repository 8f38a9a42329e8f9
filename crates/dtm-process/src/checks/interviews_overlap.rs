//! Two interviews of one enumerator at the same time.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::patterns::durations::DurationFlag;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "interviews_overlap",
    severity: Severity::Confirm,
    title: Words { en: "Two interviews at once", fr: "Deux entretiens à la fois" },
    why: Words {
        en: "Nobody holds two interviews at once. One was filled in later, or two people share one name.",
        fr: "Personne ne mène deux entretiens à la fois. L’un a été rempli plus tard, ou deux personnes partagent un nom.",
    },
    example: Words {
        en: "One from 9:00 to 9:40, another from 9:30",
        fr: "L’un de 9 h 00 à 9 h 40, un autre dès 9 h 30",
    },
    advice: Words {
        en: "Ask who held which; give everybody who asks a name of their own.",
        fr: "Demandez qui a mené lequel ; donnez à chacun son propre nom.",
    },
    message: Words {
        en: "{enumerator} held this interview and that of record {other} at the same time, for {minutes:n} minutes",
        fr: "{enumerator} a mené cet entretien et celui de la fiche {other} en même temps, pendant {minutes:n} minutes",
    },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    for (row, flag) in context.duration_flags() {
        let DurationFlag::Overlap { other, minutes } = flag else { continue };
        let facts = [
            ("enumerator", context.enumerator_of(*row)),
            ("other", context.record(*other)),
            ("minutes", format!("{minutes:.0}")),
            ("proposed", "ask".to_owned()),
        ];
        findings.push(context.find(&CHECK, *row, None, facts));
    }
}
