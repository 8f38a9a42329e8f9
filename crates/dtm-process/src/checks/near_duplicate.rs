//! An interview that hardly differs from another one.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::answers::Column;
use crate::patterns::near_duplicates::nearest;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "near_duplicate",
    severity: Severity::Confirm,
    title: Words { en: "Nearly the same answers twice", fr: "Presque les mêmes réponses deux fois" },
    why: Words {
        en: "Two households do not answer a hundred questions alike; a form sent twice, or filled in from another, does.",
        fr: "Deux ménages ne répondent pas de même à cent questions ; un formulaire envoyé deux fois, ou recopié, si.",
    },
    example: Words { en: "148 questions, 3 of them different", fr: "148 questions, dont 3 différentes" },
    advice: Words {
        en: "Open both side by side and ask the enumerators. Remove one only where it is the same interview.",
        fr: "Ouvrez les deux côte à côte et demandez aux enquêteurs. N’en retirez une que si c’est le même entretien.",
    },
    message: Words {
        en: "Nearly the same as record {other}: {different:n} of {compared:n} answers differ[; the same enumerator, {enumerator}, held both]",
        fr: "Presque la même que la fiche {other} : réponses différentes : {different:n} sur {compared:n}[ ; le même enquêteur, {enumerator}, a mené les deux]",
    },
    looks_at: LooksAt::Answers(look),
};

/// Of so many answers one may differ: in a short interview most answers are those that everybody gives.
const ONE_OF: u32 = 5;

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    let columns = context.table.positions(Column::is_substance);
    if columns.len() < context.thresholds.near.least_questions {
        return;
    }
    let who = Some(context.enumerators.as_slice()).filter(|who| !who.is_empty());
    let found = nearest(context.table, &columns, who, &context.thresholds.near);
    let few = |row: usize| (found.n_answered(row) as u32 / ONE_OF).min(context.thresholds.near.at_most);
    for (row, near) in found.nearest.iter().enumerate().filter_map(|(row, near)| Some((row, (*near)?))) {
        if near.n_different > few(row) {
            continue;
        }
        let facts = [
            ("different", near.n_different.to_string()),
            ("compared", columns.len().to_string()),
            ("other", context.record(near.row as usize)),
        ];
        let mut finding = context.find(&CHECK, row, None, facts);
        let own = who.filter(|who| who[row] == who[near.row as usize] && who[row] > 0).map(|who| who[row]);
        let enumerator = own.map(|own| ("enumerator".to_owned(), context.enumerator(own)));
        // Of two that are the same in all, the later may go.
        let goes = near.n_different == 0 && (near.row as usize) < row;
        let proposed = if goes { "remove_survey" } else { "ask" };
        finding.facts.extend(enumerator.into_iter().chain([("proposed".to_owned(), proposed.to_owned())]));
        findings.push(finding);
    }
}
