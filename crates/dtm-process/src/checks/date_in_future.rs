//! Nobody has assessed a place tomorrow.

use super::{Check, Context, LooksAt, Words};
use crate::codes::{ARRIVED_ON, ASSESSED_ON};
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "date_in_future",
    severity: Severity::Confirm,
    title: Words { en: "Date in the future", fr: "Date dans le futur" },
    why: Words {
        en: "The later assessment of a place wins; a date still to come would win over every later visit.",
        fr: "L’évaluation la plus récente d’un lieu l’emporte ; une date à venir l’emporterait sur toute visite suivante.",
    },
    example: Words {
        en: "A phone set to next year writes 15 November instead of last November",
        fr: "Un téléphone réglé sur l’année prochaine écrit le 15 novembre à venir au lieu du précédent",
    },
    advice: Words {
        en: "Correct the date from the moment the form was sent, and have the phone's clock set.",
        fr: "Corrigez la date d’après l’envoi du formulaire et faites régler l’horloge du téléphone.",
    },
    message: Words {
        en: "The date {date:d} is still to come (today is {today:d})",
        fr: "La date du {date:d} est encore à venir (nous sommes le {today:d})",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    for (indicator, day) in [(ASSESSED_ON, context.assessed_on()), (ARRIVED_ON, context.day(ARRIVED_ON))] {
        if let Some(day) = day.filter(|day| *day > context.today) {
            let facts = [("date", day.to_string()), ("today", context.today.to_string())];
            findings.push(context.find_at(&CHECK, indicator, facts));
        }
    }
}
