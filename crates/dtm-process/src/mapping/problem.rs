//! What is wrong with a mapping file, said to the officer who edits it.

use crate::wording::{Facts, Wording, say};
use dtm_model::Lang;

/// Something in a mapping that must be mended before it can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingProblem {
    /// Stable code, such as `unknown_question`.
    pub code: &'static str,
    /// The line of the file, from 1, where there is a file.
    pub line: Option<usize>,
    /// What was met, by the names that the message uses.
    pub facts: Facts,
}

impl MappingProblem {
    /// Says the problem in the reader's language, with the line where one is known.
    pub fn message(&self, lang: Lang) -> String {
        let said = say(WORDINGS, self.code, &self.facts, lang);
        let mut said = match self.facts.get("nearest") {
            Some(nearest) => match lang {
                Lang::En => format!("{said}; did you mean `{nearest}`?"),
                Lang::Fr => format!("{said} ; vouliez-vous dire « {nearest} » ?"),
            },
            None => said,
        };
        if let Some(line) = self.line {
            said = match lang {
                Lang::En => format!("line {line}: {said}"),
                Lang::Fr => format!("ligne {line} : {said}"),
            };
        }
        said
    }
}

const WORDINGS: &[Wording] = &[
    Wording {
        code: "not_toml",
        en: "the file is not readable as TOML ({detail})",
        fr: "le fichier n’est pas lisible comme TOML ({detail})",
    },
    Wording {
        code: "unknown_key",
        en: "`{part}` has no key `{key}`",
        fr: "« {part} » ne connaît pas la clé « {key} »",
    },
    Wording {
        code: "missing_key",
        en: "`{part}` needs the key `{key}`",
        fr: "« {part} » a besoin de la clé « {key} »",
    },
    Wording { code: "wrong_type", en: "`{key}` must be {expected}", fr: "« {key} » doit être {expected_fr}" },
    Wording {
        code: "unknown_word",
        en: "`{word}` is not one of the words for `{part}`: {expected}",
        fr: "« {word} » n’est pas un des mots prévus pour « {part} » : {expected}",
    },
    Wording {
        code: "bad_age",
        en: "`{age}` is not an age group; write `0`, `1-5` or `60+`",
        fr: "« {age} » n’est pas un groupe d’âge ; écrivez « 0 », « 1-5 » ou « 60+ »",
    },
    Wording {
        code: "bad_date",
        en: "`{value}` is not a date; write year-month-day",
        fr: "« {value} » n’est pas une date ; écrivez année-mois-jour",
    },
    Wording {
        code: "always_and_question",
        en: "`{part}` says both `always` and `question`; keep one",
        fr: "« {part} » indique à la fois « always » et « question » ; gardez l’un des deux",
    },
    Wording { code: "no_question", en: "`{part}` names no question", fr: "« {part} » ne nomme aucune question" },
    Wording {
        code: "no_measures",
        en: "group `{group}` counts nothing; add a line to its `measures`",
        fr: "le groupe « {group} » ne compte rien ; ajoutez une ligne à ses « measures »",
    },
    Wording {
        code: "no_groups",
        en: "the mapping counts nothing; add a group with its `measures`",
        fr: "la correspondance ne compte rien ; ajoutez un groupe avec ses « measures »",
    },
    Wording {
        code: "unknown_question",
        en: "`{part}` asks for `{question}`, which the form or table does not have",
        fr: "« {part} » demande « {question} », que le formulaire ou le tableau n’a pas",
    },
    Wording {
        code: "ambiguous_question",
        en: "`{part}` asks for `{question}`, a name that several questions bear; write the whole path",
        fr: "« {part} » demande « {question} », un nom que plusieurs questions portent ; écrivez le chemin entier",
    },
    Wording {
        code: "question_of_other_type",
        en: "`{part}` needs {expected}, but `{question}` is of type {kind}",
        fr: "« {part} » attend {expected_fr}, mais « {question} » est de type {kind}",
    },
    Wording {
        code: "question_in_repeat",
        en: "`{question}` is asked again and again in `{repeat}`; `{part}` counts it only with `repeat = \"{repeat}\"`",
        fr: "« {question} » est demandé plusieurs fois dans « {repeat} » ; « {part} » ne le compte qu’avec « repeat = \"{repeat}\" »",
    },
    Wording {
        code: "unknown_repeat",
        en: "group `{group}` counts the turns of `{repeat}`, which the form does not repeat",
        fr: "le groupe « {group} » compte les tours de « {repeat} », que le formulaire ne répète pas",
    },
    Wording {
        code: "unknown_indicator",
        en: "`{indicator}` is not in the dictionary",
        fr: "« {indicator} » n’est pas dans le dictionnaire",
    },
    Wording {
        code: "not_a_count",
        en: "`{indicator}` is not a number in the dictionary and cannot be counted",
        fr: "« {indicator} » n’est pas un nombre dans le dictionnaire et ne peut être compté",
    },
    Wording {
        code: "question_counted_twice",
        en: "`{question}` feeds `{indicator}` twice with the same breakdown",
        fr: "« {question} » alimente deux fois « {indicator} » avec la même ventilation",
    },
];

#[cfg(test)]
pub(crate) fn worded(code: &str) -> bool {
    WORDINGS.iter().any(|wording| wording.code == code)
}
