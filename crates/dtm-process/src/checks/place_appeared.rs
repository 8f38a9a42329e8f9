//! People where the round before knew nobody.

use super::{Check, Context, LooksAt, Words, people, people_before};
use crate::codes::IDP_IND;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "place_appeared",
    severity: Severity::Note,
    title: Words { en: "Place appeared", fr: "Nouveau lieu" },
    why: Words {
        en: "New displacement, or a place that was always there and is now found: the message differs.",
        fr: "Nouveau déplacement, ou lieu qui existait déjà et qu’on découvre : le message n’est pas le même.",
    },
    example: Words {
        en: "A school with 600 persons that was empty last round",
        fr: "Une école avec 600 personnes, vide au dernier cycle",
    },
    advice: Words { en: "Note since when the people are there.", fr: "Notez depuis quand les gens y sont." },
    message: Words {
        en: "{now:n} persons where the round before counted nobody",
        fr: "{now:n} personnes là où le cycle précédent ne comptait personne",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    let both = people(context).zip(people_before(context));
    if let Some((now, _)) = both.filter(|(now, before)| *now > 0 && *before == 0) {
        findings.push(context.find_at(&CHECK, IDP_IND, [("now", now.to_string())]));
    }
}
