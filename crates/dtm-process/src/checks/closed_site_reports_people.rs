//! A site that is closed has nobody left.

use super::{Check, Context, LooksAt, Words, people};
use crate::codes::IDP_IND;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "closed_site_reports_people",
    severity: Severity::Confirm,
    title: Words { en: "Closed site reports people", fr: "Site fermé avec des personnes" },
    why: Words {
        en: "Either the site is open again, or its people are counted where they no longer are.",
        fr: "Soit le site a rouvert, soit ses habitants sont comptés là où ils ne sont plus.",
    },
    example: Words {
        en: "Closed on 1 June, 240 persons on 15 June",
        fr: "Fermé le 1er juin, 240 personnes le 15 juin",
    },
    advice: Words {
        en: "Reopen the place in the register or correct the number to zero.",
        fr: "Rouvrez le lieu dans le registre ou corrigez le nombre à zéro.",
    },
    message: Words {
        en: "Place {place} closed on {closed:d} but reports {people:n} persons on {assessed:d}",
        fr: "Le lieu {place}, fermé le {closed:d}, déclare {people:n} personnes le {assessed:d}",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    let closed = context.place.and_then(|place| place.closed_on);
    let Some((closed, assessed)) = closed.zip(context.assessed_on()).filter(|(closed, day)| closed <= day) else {
        return;
    };
    if let Some(people) = people(context).filter(|people| *people > 0) {
        let facts =
            [("closed", closed.to_string()), ("people", people.to_string()), ("assessed", assessed.to_string())];
        findings.push(context.find_at(&CHECK, IDP_IND, facts));
    }
}
