//! Nobody left where the round before counted people.

use super::{Check, Context, LooksAt, Words, people, people_before};
use crate::codes::IDP_IND;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "place_emptied",
    severity: Severity::Confirm,
    title: Words { en: "Place emptied", fr: "Lieu vidé" },
    why: Words {
        en: "People who left went somewhere: they return, move on, or are counted elsewhere now.",
        fr: "Ceux qui sont partis sont allés quelque part : retour, nouveau déplacement, ou comptés ailleurs.",
    },
    example: Words { en: "350 persons last round, 0 now", fr: "350 personnes au dernier cycle, 0 maintenant" },
    advice: Words {
        en: "Ask where they went and when, and close the site in the register if it is closed.",
        fr: "Demandez où et quand ils sont partis, et fermez le site dans le registre s’il est fermé.",
    },
    message: Words {
        en: "Nobody is there any more; the round before counted {before:n} persons",
        fr: "Il n’y a plus personne ; le cycle précédent comptait {before:n} personnes",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    let both = people(context).zip(people_before(context));
    if let Some((_, before)) = both.filter(|(now, before)| *now == 0 && *before > 0) {
        findings.push(context.find_at(&CHECK, IDP_IND, [("before", before.to_string())]));
    }
}
