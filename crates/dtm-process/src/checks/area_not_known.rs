//! The area of a record is in no atlas, so its people would be in no total below the country.

use super::{Check, Context, LooksAt, Words};
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "area_not_known",
    severity: Severity::Block,
    title: Words { en: "Area not known", fr: "Zone inconnue" },
    why: Words {
        en: "Figures are joined on p-codes. A code the atlas does not hold adds to no commune and no department.",
        fr: "Les chiffres sont joints par p-code. Un code absent de l’atlas n’entre dans aucune commune ni aucun département.",
    },
    example: Words {
        en: "XS0199, where the department XS01 ends with XS0114",
        fr: "XS0199, alors que le département XS01 s’arrête à XS0114",
    },
    advice: Words {
        en: "Look the place up on the map, correct the code, or import the newer list of areas.",
        fr: "Retrouvez le lieu sur la carte, corrigez le code ou importez la liste des zones à jour.",
    },
    message: Words {
        en: "Area {area} of place {place} is not in the list of areas",
        fr: "La zone {area} du lieu {place} n’est pas dans la liste des zones",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    let said = context.observations.first().map(|observation| &observation.area);
    if let Some(area) = said.or(context.area()).filter(|area| context.atlas.area(area).is_none()) {
        findings.push(context.find(&CHECK, [("area", area.to_string())]));
    }
}
