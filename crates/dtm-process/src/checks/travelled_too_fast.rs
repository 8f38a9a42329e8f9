//! Two interviews too far apart for the time between them.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::patterns::durations::DurationFlag;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "travelled_too_fast",
    severity: Severity::Confirm,
    title: Words { en: "Too far in too little time", fr: "Trop loin en trop peu de temps" },
    why: Words {
        en: "Whoever is 40 km away ten minutes later was not at one of the two places.",
        fr: "Qui se trouve à 40 km dix minutes plus tard n’était pas à l’un des deux endroits.",
    },
    example: Words { en: "111 km in 10 minutes", fr: "111 km en 10 minutes" },
    advice: Words {
        en: "Look at both positions on the map; an old position that the phone kept is the commonest reason.",
        fr: "Regardez les deux positions sur la carte ; une ancienne position gardée par le téléphone est la cause la plus fréquente.",
    },
    message: Words {
        en: "{enumerator} was {km:n} km away {minutes:n} minutes before, at record {other}: {speed:n} km/h",
        fr: "{enumerator} était à {km:n} km {minutes:n} minutes plus tôt, à la fiche {other} : {speed:n} km/h",
    },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    for (row, flag) in context.duration_flags() {
        let DurationFlag::Speed { other, km, minutes, km_per_hour } = flag else { continue };
        let facts = [
            ("enumerator", context.enumerator_of(*row)),
            ("other", context.record(*other)),
            ("km", format!("{km:.1}")),
            ("minutes", format!("{minutes:.0}")),
            ("speed", format!("{km_per_hour:.0}")),
            ("proposed", "ask".to_owned()),
        ];
        findings.push(context.find(&CHECK, *row, None, facts));
    }
}
