//! What a form's own rules say against a submission, in words.

use dtm_model::{Lang, Text};

/// Something in a submission that the form's own rules would not have let pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogicFinding {
    /// The question, with the turn of each repeat around it: `household[2]/age`.
    pub path: String,
    /// What is wrong.
    pub kind: LogicKind,
}

/// Kinds of findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogicKind {
    /// An answer to a question that the form does not ask in this case.
    AnsweredButNotRelevant {
        /// The answer.
        answer: String,
    },
    /// An answer that the question's constraint refuses.
    ConstraintBroken {
        /// The answer.
        answer: String,
        /// The constraint as the form writes it.
        constraint: String,
        /// What the form says about it, where it says anything.
        words: Text,
    },
    /// A required question without an answer.
    RequiredMissing {
        /// What the form says about it, where it says anything.
        words: Text,
    },
    /// A calculated value that is not what the form calculates.
    CalculationDiffers {
        /// What the form calculates from the answers.
        expected: String,
        /// What was sent.
        actual: String,
    },
    /// A choice that the form does not offer in this case.
    ChoiceNotOffered {
        /// The choice.
        choice: String,
    },
    /// An answer that is not of the question's type.
    NotOfType {
        /// The answer.
        answer: String,
        /// The type as the form writes it.
        wanted: String,
    },
}

/// How much of an answer a finding repeats, in characters.
const MAX_ANSWER_CHARS: usize = 200;

/// The beginning of an answer.
pub(super) fn shortened(answer: &str) -> String {
    answer.trim().chars().take(MAX_ANSWER_CHARS).collect()
}

impl LogicFinding {
    /// A stable word for its kind.
    pub fn code(&self) -> &'static str {
        match self.kind {
            LogicKind::AnsweredButNotRelevant { .. } => "answered_not_relevant",
            LogicKind::ConstraintBroken { .. } => "constraint_broken",
            LogicKind::RequiredMissing { .. } => "required_missing",
            LogicKind::CalculationDiffers { .. } => "calculation_differs",
            LogicKind::ChoiceNotOffered { .. } => "choice_not_offered",
            LogicKind::NotOfType { .. } => "not_of_type",
        }
    }

    /// The path without the turns of repeats, as the form's schema names the question.
    pub fn question(&self) -> String {
        let mut question = String::with_capacity(self.path.len());
        let mut inside = false;
        for char in self.path.chars() {
            match char {
                '[' => inside = true,
                ']' => inside = false,
                char if !inside => question.push(char),
                _ => {}
            }
        }
        question
    }

    /// The finding in the reader's language, with the form's own words where it has some.
    pub fn message(&self, lang: Lang) -> String {
        let path = &self.path;
        let own = |words: &Text| match (words.get(lang), lang) {
            ("", _) => String::new(),
            (words, Lang::En) => format!(": “{words}”"),
            (words, Lang::Fr) => format!(" : « {words} »"),
        };
        match (&self.kind, lang) {
            (LogicKind::AnsweredButNotRelevant { answer }, Lang::En) => {
                format!("`{path}` is answered «{answer}» though the form does not ask it here")
            }
            (LogicKind::AnsweredButNotRelevant { answer }, Lang::Fr) => {
                format!("`{path}` a la réponse « {answer} » alors que le formulaire ne pose pas la question ici")
            }
            (LogicKind::ConstraintBroken { answer, constraint, words }, Lang::En) => {
                format!("«{answer}» in `{path}` breaks the form’s rule {constraint}{}", own(words))
            }
            (LogicKind::ConstraintBroken { answer, constraint, words }, Lang::Fr) => {
                format!("« {answer} » dans `{path}` enfreint la règle du formulaire {constraint}{}", own(words))
            }
            (LogicKind::RequiredMissing { words }, Lang::En) => {
                format!("`{path}` is required and has no answer{}", own(words))
            }
            (LogicKind::RequiredMissing { words }, Lang::Fr) => {
                format!("`{path}` est obligatoire et n’a pas de réponse{}", own(words))
            }
            (LogicKind::CalculationDiffers { expected, actual }, Lang::En) => {
                format!("`{path}` holds «{actual}» where the form calculates «{expected}»")
            }
            (LogicKind::CalculationDiffers { expected, actual }, Lang::Fr) => {
                format!("`{path}` contient « {actual} » alors que le formulaire calcule « {expected} »")
            }
            (LogicKind::ChoiceNotOffered { choice }, Lang::En) => {
                format!("«{choice}» is not among the choices that the form offers in `{path}` here")
            }
            (LogicKind::ChoiceNotOffered { choice }, Lang::Fr) => {
                format!("« {choice} » n’est pas parmi les choix que le formulaire offre ici dans `{path}`")
            }
            (LogicKind::NotOfType { answer, wanted }, Lang::En) => {
                format!("«{answer}» in `{path}` is not of the type {wanted}")
            }
            (LogicKind::NotOfType { answer, wanted }, Lang::Fr) => {
                format!("« {answer} » dans `{path}` n’est pas du type {wanted}")
            }
        }
    }
}
