//! A place that more than doubled or halved since the last round, by fifty persons or more.

use super::{Check, Context, LooksAt, Words, people, people_before};
use crate::codes::IDP_IND;
use dtm_model::{Finding, Severity};

/// Changes smaller than this are left alone, however large they are in proportion.
const AT_LEAST: i64 = 50;

pub(super) const CHECK: Check = Check {
    id: "big_change",
    severity: Severity::Confirm,
    title: Words { en: "Big change since the last round", fr: "Fort changement depuis le dernier cycle" },
    why: Words {
        en: "Most places change slowly. A jump is either news that others must hear, or a slip of the finger.",
        fr: "La plupart des lieux changent lentement. Un saut est soit une nouvelle à partager, soit une faute de frappe.",
    },
    example: Words { en: "120 persons in round 5, 1,200 in round 6", fr: "120 personnes au cycle 5, 1 200 au cycle 6" },
    advice: Words {
        en: "Call the key informant and write down the event that explains it.",
        fr: "Appelez l’informateur clé et notez l’événement qui l’explique.",
    },
    message: Words {
        en: "{now:n} persons now, {before:n} in the round before",
        fr: "{now:n} personnes maintenant, {before:n} au cycle précédent",
    },
    looks_at: LooksAt::Record(look),
};

/// |ln(now/before)| > ln 2, in whole numbers: the larger is more than twice the smaller.
fn look(context: &Context, findings: &mut Vec<Finding>) {
    let Some((now, before)) = people(context).zip(people_before(context)) else { return };
    let (small, large) = (now.min(before), now.max(before));
    if small > 0 && large > small.saturating_mul(2) && large - small >= AT_LEAST {
        findings.push(context.find_at(&CHECK, IDP_IND, [("now", now.to_string()), ("before", before.to_string())]));
    }
}
