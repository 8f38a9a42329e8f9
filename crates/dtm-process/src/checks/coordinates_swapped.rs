//! Latitude and longitude exchanged: the other way round the position fits.

use super::position_outside_area::far_outside;
use super::{Check, Context, LooksAt, Words};
use crate::codes::POSITION;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "coordinates_swapped",
    severity: Severity::Confirm,
    title: Words { en: "Coordinates exchanged", fr: "Coordonnées interverties" },
    why: Words {
        en: "The place would be drawn on another continent.",
        fr: "Le lieu serait dessiné sur un autre continent.",
    },
    example: Words {
        en: "Latitude −72.3, longitude 18.5 in Haiti", fr: "Latitude −72,3, longitude 18,5 en Haïti"
    },
    advice: Words {
        en: "Exchange the two numbers; look at the form or table they came from, as there will be more.",
        fr: "Intervertissez les deux nombres ; vérifiez le formulaire ou le tableau d’origine, il y en aura d’autres.",
    },
    message: Words {
        en: "Latitude and longitude look exchanged: the other way round the position lies in {area}",
        fr: "Latitude et longitude semblent interverties : dans l’autre sens, la position est dans {area}",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    if let Some((_, area)) = far_outside(context).filter(|(outside, _)| outside.swapped_fits) {
        findings.push(context.find_at(&CHECK, POSITION, [("area", area)]));
    }
}
