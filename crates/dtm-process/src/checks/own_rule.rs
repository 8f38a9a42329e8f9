//! What an officer's own rule finds. The rule stands in a sheet of the form ([`crate::rule_sheet`]) and brings its own words.

use super::{Check, LooksAt, Words};
use dtm_model::Severity;

pub(super) const CHECK: Check = Check {
    id: Check::OWN_RULE,
    severity: Severity::Confirm,
    title: Words { en: "Officers’ own rule", fr: "Règle des responsables" },
    why: Words {
        en: "Who knows the place and the form knows what cannot be; they wrote it down.",
        fr: "Qui connaît le lieu et le formulaire sait ce qui ne peut être ; c’est écrit.",
    },
    example: Words { en: "More wells than households", fr: "Plus de puits que de ménages" },
    advice: Words {
        en: "The rule says why it matters. Ask, or correct what is wrong.",
        fr: "La règle dit pourquoi cela compte. Demandez, ou corrigez ce qui est faux.",
    },
    message: Words { en: "{words}[: «{value}»][. {why}]", fr: "{words}[ : « {value} »][. {why}]" },
    looks_at: LooksAt::Elsewhere,
};
