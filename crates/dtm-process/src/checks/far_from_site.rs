//! An interview held far from the site it speaks of.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::patterns::distances::metres_between;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "far_from_site",
    severity: Severity::Confirm,
    title: Words { en: "Held far from the site", fr: "Mené loin du site" },
    why: Words {
        en: "Who asks about a site from elsewhere has not seen it, or stood at another one of the same name.",
        fr: "Qui parle d’un site depuis ailleurs ne l’a pas vu, ou se trouvait à un autre du même nom.",
    },
    example: Words {
        en: "The phone was 12 km from the point given for the interview",
        fr: "Le téléphone était à 12 km du point prévu pour l’entretien",
    },
    advice: Words {
        en: "Ask how the site was assessed; by telephone is an answer, and belongs in the form.",
        fr: "Demandez comment le site a été évalué ; « par téléphone » est une réponse, à noter dans le formulaire.",
    },
    message: Words {
        en: "The interview was held {km:n} km from its site; up to {most:n} km is usual",
        fr: "L’entretien a été mené à {km:n} km de son site ; jusqu’à {most:n} km est habituel",
    },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    let most = context.thresholds.positions.far_m;
    for (row, (interview, site)) in context.interviews.iter().zip(context.sites).enumerate() {
        let Some(metres) = interview.position.zip(*site).map(|(held, site)| metres_between(held, site)) else {
            continue;
        };
        if metres > most {
            let km = |metres: f64| format!("{:.1}", metres / 1_000.0);
            let facts = [("km", km(metres)), ("most", km(most)), ("proposed", "ask".to_owned())];
            findings.push(context.find(&CHECK, row, None, facts));
        }
    }
}
