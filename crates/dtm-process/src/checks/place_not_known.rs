//! The record speaks of a place that is not in the register.

use super::{Check, Context, LooksAt, Words};
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "place_not_known",
    severity: Severity::Confirm,
    title: Words { en: "Place not known", fr: "Lieu inconnu" },
    why: Words {
        en: "A place without a lasting id cannot be compared with the next round, and may be one we know under another id.",
        fr: "Un lieu sans identifiant durable ne peut être comparé au cycle suivant, et peut déjà exister sous un autre identifiant.",
    },
    example: Words {
        en: "A new site typed in by hand in the field",
        fr: "Un nouveau site saisi à la main sur le terrain",
    },
    advice: Words {
        en: "Look for it under its other names, then register it or correct the id.",
        fr: "Cherchez-le sous ses autres noms, puis enregistrez-le ou corrigez l’identifiant.",
    },
    message: Words { en: "Place {place} is not registered", fr: "Le lieu {place} n’est pas enregistré" },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    if context.place.is_none() && !context.observations.is_empty() {
        findings.push(context.find(&CHECK, []));
    }
}
