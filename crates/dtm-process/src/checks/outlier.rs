//! A number far from those of the other records.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::patterns::outliers::{Outlier, numeric_columns, outliers};
use dtm_model::{FieldKind, Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "outlier",
    severity: Severity::Confirm,
    title: Words { en: "Number far from the others", fr: "Nombre loin des autres" },
    why: Words {
        en: "A zero too many, or an amount in another unit, moves a mean and a total more than a hundred honest answers.",
        fr: "Un zéro de trop, ou un montant dans une autre unité, déplace une moyenne et un total plus que cent réponses honnêtes.",
    },
    example: Words {
        en: "A household tank of 70,000 litres where others have 500 to 2,000",
        fr: "Un réservoir familial de 70 000 litres quand les autres en ont 500 à 2 000",
    },
    advice: Words {
        en: "Ask the enumerator; rare and true is possible. Correct only what somebody confirms.",
        fr: "Demandez à l’enquêteur ; rare et vrai est possible. Ne corrigez que ce que quelqu’un confirme.",
    },
    message: Words {
        en: "{question}: {value:n}; {from:n} to {to:n} is usual among {compared:n} records[; {proposed_new:n} would be]",
        fr: "{question} : {value:n} ; {from:n} à {to:n} est habituel parmi {compared:n} fiches[ ; {proposed_new:n} le serait]",
    },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    let columns = numeric_columns(context.table);
    for outlier in outliers(context.table, &columns, context.groups, &context.thresholds.outliers) {
        let column = &context.table.columns()[outlier.column];
        // Counts have no usual values below zero and no fractions.
        let is_count = column.kind == Some(FieldKind::Integer);
        let from = if is_count { outlier.usual_from.max(0.0).ceil() } else { outlier.usual_from };
        let to = if is_count { outlier.usual_to.floor() } else { outlier.usual_to };
        let facts = [
            ("value", short(outlier.value)),
            ("from", short(from)),
            ("to", short(to)),
            ("compared", outlier.compared_with.to_string()),
        ];
        let mut finding = context.find(&CHECK, outlier.row, Some(&column.question), facts);
        let mut put = |name: &str, fact: String| finding.facts.insert(name.to_owned(), fact);
        match wrong_zeros(&outlier, is_count) {
            Some(likely) => {
                put("proposed", "change_response".to_owned());
                put("proposed_old", column.text(outlier.row).unwrap_or_default().to_owned());
                put("proposed_new", short(likely));
            }
            None => drop(put("proposed", "ask".to_owned())),
        }
        findings.push(finding);
    }
}

/// The number with zeros added or taken away that would be usual: 70,000 for 7,000, 45 for 45,000.
fn wrong_zeros(outlier: &Outlier, is_count: bool) -> Option<f64> {
    let shifted = [0.1, 0.01, 0.001, 10.0, 100.0, 1_000.0].map(|times: f64| {
        // Divided where that is exact, so that 70,000 becomes 7,000 and not 7,000.000 000 1.
        if times < 1.0 { outlier.value / (1.0 / times).round() } else { outlier.value * times }
    });
    let usual = |number: &f64| (outlier.usual_from..=outlier.usual_to).contains(number);
    let possible = |number: &f64| *number > 0.0 && (!is_count || number.fract() == 0.0);
    shifted.into_iter().find(|number| usual(number) && possible(number))
}

fn short(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.2}") }
}
