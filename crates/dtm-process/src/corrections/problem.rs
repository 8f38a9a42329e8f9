//! What does not fit in a cleaning log, said to the person who brought it.

use crate::wording::{Facts, Wording, say};
use dtm_model::Lang;

/// What a column of a log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Part {
    Uuid,
    Question,
    Old,
    New,
    Change,
    Issue,
    Check,
    Reason,
    By,
    At,
    Source,
}

/// A line of a log that somebody has to look at; it changes nothing until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProblem {
    /// The row as a spreadsheet numbers it, from 1; 0 where the line comes from no sheet.
    pub row: usize,
    /// The column that is to blame, counted from 0.
    pub column: Option<usize>,
    /// Stable code, such as `unknown_uuid`.
    pub code: &'static str,
    /// What was met, by the names that the message uses (`value`, `old`, `found`, `question`).
    pub facts: Facts,
}

impl LogProblem {
    /// Says the problem in the reader's language, with the cell where there is one.
    pub fn message(&self, lang: Lang) -> String {
        let said = say(WORDINGS, self.code, &self.facts, lang);
        match (self.row, self.column, lang) {
            (0, _, _) => said,
            (row, Some(column), Lang::En) => format!("cell {}{row}: {said}", letters(column)),
            (row, Some(column), Lang::Fr) => format!("cellule {}{row} : {said}", letters(column)),
            (row, None, Lang::En) => format!("row {row}: {said}"),
            (row, None, Lang::Fr) => format!("ligne {row} : {said}"),
        }
    }
}

/// A column as a spreadsheet names it: A to Z, then AA.
fn letters(column: usize) -> String {
    let (mut left, mut name) = (column + 1, Vec::new());
    while left > 0 {
        name.push(char::from(b'A' + ((left - 1) % 26) as u8));
        left = (left - 1) / 26;
    }
    name.iter().rev().collect()
}

const WORDINGS: &[Wording] = &[
    Wording {
        code: "unknown_change",
        en: "«{value}» is no type of change; change_response, blank_response, remove_survey and no_action are",
        fr: "« {value} » n’est pas un type de changement ; ce sont change_response, blank_response, remove_survey et no_action",
    },
    Wording { code: "no_uuid", en: "the line names no record", fr: "la ligne ne nomme aucune fiche" },
    Wording { code: "no_question", en: "the line names no question", fr: "la ligne ne nomme aucune question" },
    Wording {
        code: "no_new_value",
        en: "there is no new value for {value}; write blank_response to empty it",
        fr: "il n’y a pas de nouvelle valeur pour {value} ; écrivez blank_response pour la vider",
    },
    Wording { code: "unknown_uuid", en: "no record is named {value}", fr: "aucune fiche ne s’appelle {value}" },
    Wording { code: "removed", en: "record {value} has been taken out", fr: "la fiche {value} a été retirée" },
    Wording { code: "unknown_question", en: "there is no question {value}", fr: "il n’y a pas de question {value}" },
    Wording {
        code: "old_differs",
        en: "the log says that {question} is «{old}», but it is «{found}»",
        fr: "le journal dit que {question} vaut « {old} », mais c’est « {found} »",
    },
    Wording {
        code: "unknown_choice",
        en: "«{value}» is no choice of {question}",
        fr: "« {value} » n’est pas un choix de {question}",
    },
    Wording {
        code: "unknown_choice_like",
        en: "«{value}» is no choice of {question}; «{like}» is",
        fr: "« {value} » n’est pas un choix de {question} ; « {like} » en est un",
    },
    Wording {
        code: "not_of_its_type",
        en: "«{value}» cannot be an answer to {question}: {wanted_en} is asked for",
        fr: "« {value} » ne peut pas répondre à {question} : il faut {wanted_fr}",
    },
    Wording {
        code: "not_yes_or_no",
        en: "«{value}» says neither that {question} was chosen nor that it was not; write TRUE or FALSE",
        fr: "« {value} » ne dit pas si {question} a été choisi ou non ; écrivez TRUE ou FALSE",
    },
    Wording {
        code: "choices_disagree",
        en: "the choices of {question} changed one by one give «{found}», and another line puts «{value}»",
        fr: "les choix de {question} changés un à un donnent « {found} », et une autre ligne met « {value} »",
    },
    Wording {
        code: "changed_twice",
        en: "another line changes {question} of the same record to «{value}»",
        fr: "une autre ligne change {question} de la même fiche en « {value} »",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wording::facts;

    #[test]
    fn a_problem_names_its_cell_in_both_languages() {
        let problem = LogProblem { row: 12, column: Some(27), code: "unknown_uuid", facts: facts([("value", &"u7")]) };
        assert_eq!(problem.message(Lang::En), "cell AB12: no record is named u7");
        assert_eq!(problem.message(Lang::Fr), "cellule AB12 : aucune fiche ne s’appelle u7");
    }
}
