//! A question whose name says that its answers tell who a person is.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::patterns::personal_columns::personal_columns;
use dtm_model::{Finding, Severity};

pub(super) const CHECK: Check = Check {
    id: "personal_question",
    severity: Severity::Note,
    title: Words { en: "Question about a person’s identity", fr: "Question sur l’identité d’une personne" },
    why: Words {
        en: "Names, telephones and positions lead to people. What is not needed is better not kept, and never shared by mistake.",
        fr: "Noms, téléphones et positions mènent aux personnes. Ce qui n’est pas nécessaire se garde mal et ne se partage jamais par erreur.",
    },
    example: Words { en: "consent_telephone_number", fr: "consent_telephone_number" },
    advice: Words {
        en: "Give the question the class «secret», and take it out of tables that are shared.",
        fr: "Donnez à la question la classe « secret », et retirez-la des tableaux partagés.",
    },
    message: Words {
        en: "The name of {question} says that its answers may tell who a person is or where to find them",
        fr: "Le nom de {question} indique que ses réponses peuvent dire qui est une personne ou où la trouver",
    },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    for (at, _) in personal_columns(context.table) {
        let column = &context.table.columns()[at];
        if column.n_answered() > 0 {
            findings.push(Finding { question: Some(column.question.clone()), ..CHECK.finding(None, None, []) });
        }
    }
}
