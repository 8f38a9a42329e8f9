//! An answer that is not of the type its question asks for.

use super::{Check, Context, LooksAt, Words};
use dtm_model::{Answer, Answers, Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "unreadable_answer",
    severity: Severity::Confirm,
    title: Words { en: "Answer cannot be read", fr: "Réponse illisible" },
    why: Words {
        en: "It is kept as it came but counts for nothing until it is corrected.",
        fr: "Elle est gardée telle quelle, mais ne compte pas tant qu’elle n’est pas corrigée.",
    },
    example: Words {
        en: "«about 40» where a number is asked for", fr: "« environ 40 » là où un nombre est demandé"
    },
    advice: Words {
        en: "Correct the answer to what was meant.", fr: "Corrigez la réponse selon ce qui était voulu."
    },
    message: Words {
        en: "The answer «{value}» to {question} cannot be read as the form asks",
        fr: "La réponse « {value} » à {question} ne se lit pas comme le formulaire le demande",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    // Repeats lie within repeats; a list of what is still to be read needs no deep stack.
    let mut waiting: Vec<(String, &Answers)> = vec![(String::new(), &context.record.answers)];
    while let Some((turn, answers)) = waiting.pop() {
        for (path, answer) in &answers.values {
            if let Answer::Unreadable(value) = answer {
                let mut finding = context.find(&CHECK, [("value", value.clone())]);
                finding.question = Some(format!("{turn}{path}"));
                findings.push(finding);
            }
        }
        for (path, turns) in &answers.repeats {
            waiting.extend(turns.iter().enumerate().map(|(at, turn)| (format!("{path}[{}]/", at + 1), turn)));
        }
    }
}
