//! A record that leaves far more, or far fewer, questions without an answer than the others.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::answers::Column;
use crate::patterns::missing::{missing_shares, unusual};
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "much_missing",
    severity: Severity::Note,
    title: Words {
        en: "Unusual share of questions without an answer",
        fr: "Part inhabituelle de questions sans réponse",
    },
    why: Words {
        en: "An interview that takes the short way through the form saves time, not work: what was not asked is not known.",
        fr: "Un entretien qui prend le raccourci fait gagner du temps, pas du travail : ce qui n’est pas demandé n’est pas su.",
    },
    example: Words {
        en: "«No» to every question that would open a section: 80 of 100 questions empty, 45 is usual",
        fr: "« Non » à chaque question qui ouvrirait une section : 80 questions sur 100 vides, 45 d’habitude",
    },
    advice: Words {
        en: "Look at the answers that skip sections; call back where they do not fit the place.",
        fr: "Regardez les réponses qui sautent des sections ; rappelez si elles ne cadrent pas avec le lieu.",
    },
    message: Words {
        en: "{missing:n} of {asked:n} questions have no answer; {usual:n} is usual",
        fr: "{missing:n} questions sur {asked:n} sont sans réponse ; {usual:n} d’habitude",
    },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    let shares = missing_shares(context.table, &context.table.positions(Column::is_substance));
    let usual = shares.iter().map(|share| share.n as f64).sum::<f64>() / shares.len().max(1) as f64;
    for row in unusual(&shares, context.thresholds.missing_deviations) {
        let facts = [
            ("missing", shares[row].n.to_string()),
            ("asked", shares[row].of.to_string()),
            ("usual", format!("{usual:.0}")),
            ("proposed", "ask".to_owned()),
        ];
        findings.push(context.find(&CHECK, row, None, facts));
    }
}
