//! The same place with exactly the same figures twice: one assessment sent twice. Found when the round is settled.

use super::place_reports_twice;
use super::{Check, LooksAt, Words};
use crate::rounds::Superseded;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "duplicate_record",
    severity: Severity::Note,
    title: Words { en: "Same record twice", fr: "Même fiche deux fois" },
    why: Words {
        en: "A form filled twice, or a file imported twice, would count people twice. One of them counts.",
        fr: "Un formulaire rempli deux fois, ou un fichier importé deux fois, compterait les gens deux fois. Une seule fiche compte.",
    },
    example: Words {
        en: "Two submissions with different ids, the same site and the same figures",
        fr: "Deux envois aux identifiants différents, même site et mêmes chiffres",
    },
    advice: Words {
        en: "Remove the one that is too many, with the reason «duplicate».",
        fr: "Retirez la fiche en trop, avec le motif « doublon ».",
    },
    message: Words {
        en: "Place {place} says the same in record {kept}, which counts",
        fr: "Le lieu {place} dit la même chose dans la fiche {kept}, qui compte",
    },
    looks_at: LooksAt::Elsewhere,
};

/// The finding about a record that another one stands in for: a duplicate, or an earlier report of the same place.
pub(crate) fn several_records(superseded: &Superseded) -> Finding {
    let Superseded { place, dropped, kept, same_figures } = superseded;
    let check = if *same_figures { CHECK } else { place_reports_twice::CHECK };
    let facts = [
        ("kept", kept.record.to_string()),
        ("kept_on", kept.observed_on.to_string()),
        ("dropped_on", dropped.observed_on.to_string()),
    ];
    check.finding(Some(&dropped.record), Some(place), facts)
}
