//! «Other, please specify» given its place: among the choices there are, or as a new one.
//!
//! In goes a record, the question with choices, the question with the words, and what somebody decided; out come the
//! changes to both answers, as entries of the cleaning log, so that «other» and its words never stay behind one without
//! the other. Which question holds the words of which is told by [`other_questions`].

use super::{Difference, answer_to};
use crate::folding::plain;
use dtm_model::{Answer, Change, Choice, FieldKind, FormSchema, Lang, Record, Text};

/// A question with choices and the one that asks for words where «other» is chosen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct OtherQuestion {
    /// The question with choices, by its path.
    pub select: String,
    /// The name of its choice «other».
    pub other: String,
    /// The question with the words, by its path.
    pub text: String,
}

/// What somebody decided about the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recode {
    /// They mean choices there are.
    Existing(Vec<String>),
    /// They mean something that shall become a choice, of this name.
    New(String),
    /// They mean nothing: words and «other» go.
    Invalid,
}

/// Why a decision cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecodeError {
    /// The question has no such choice.
    #[error("`{choice}` is no choice of `{question}`")]
    NoSuchChoice {
        /// The question.
        question: String,
        /// The choice.
        choice: String,
    },
    /// The name is taken, or is none.
    #[error("`{0}` cannot be the name of a new choice")]
    NotAName(String),
    /// A question with one choice cannot take several.
    #[error("`{0}` takes one choice")]
    OneOnly(String),
    /// The form has no such question.
    #[error("the form has no question `{0}`")]
    NoQuestion(String),
}

impl RecodeError {
    /// Says it in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (RecodeError::NoSuchChoice { question, choice }, Lang::En) => {
                format!("«{choice}» is no choice of {question}")
            }
            (RecodeError::NoSuchChoice { question, choice }, Lang::Fr) => {
                format!("« {choice} » n’est pas un choix de {question}")
            }
            (RecodeError::NotAName(name), Lang::En) => {
                format!("«{name}» cannot name a new choice: a name has no blanks and is not taken")
            }
            (RecodeError::NotAName(name), Lang::Fr) => {
                format!("« {name} » ne peut nommer un nouveau choix : un nom est sans espace et n’est pas pris")
            }
            (RecodeError::OneOnly(question), Lang::En) => format!("{question} takes one choice"),
            (RecodeError::OneOnly(question), Lang::Fr) => format!("{question} n’admet qu’un choix"),
            (RecodeError::NoQuestion(question), Lang::En) => format!("the form has no question {question}"),
            (RecodeError::NoQuestion(question), Lang::Fr) => format!("le formulaire n’a pas de question {question}"),
        }
    }
}

/// Words for «other» in names of choices and of questions.
const OTHER: [&str; 6] = ["other", "others", "autre", "autres", "otro", "lot"];

/// The questions with words and the questions with choices they belong to: by name (`shelter_other` beside `shelter`),
/// else the question with a choice «other» that stands before.
pub fn other_questions(form: &FormSchema) -> Vec<OtherQuestion> {
    let mut found: Vec<OtherQuestion> = Vec::new();
    for (at, text) in form.fields.iter().enumerate().filter(|(_, field)| field.kind == FieldKind::Text) {
        let words: Vec<String> = plain(text.name()).split(' ').map(str::to_owned).collect();
        let Some(first_other) = words.iter().position(|word| OTHER.contains(&word.as_str())) else { continue };
        let rest: Vec<&str> = words
            .iter()
            .enumerate()
            .filter(|(at, word)| {
                *at < first_other || !matches!(word.as_str(), "specify" | "text" | "preciser" | "precisez")
            })
            .map(|(_, word)| word.as_str())
            .filter(|word| !OTHER.contains(word))
            .collect();
        let rest = rest.join(" ");
        let offers = |field: &&dtm_model::Field| other_choice(field).is_some();
        let selects = || form.fields.iter().filter(offers);
        let by_name = selects().find(|field| plain(field.name()) == rest);
        let before = || form.fields[..at].iter().rev().take(2).find(offers);
        if let Some(select) = by_name.or_else(before)
            && let Some(other) = other_choice(select)
        {
            let (select, text) = (select.path.clone(), text.path.clone());
            found.push(OtherQuestion { select, other, text });
        }
    }
    found
}

/// The name of the choice «other» of a question, if it has one.
pub fn other_choice(field: &dtm_model::Field) -> Option<String> {
    let is_other = |name: &str| plain(name).split(' ').any(|word| OTHER.contains(&word));
    field.choices.iter().map(|choice| &choice.name).find(|name| is_other(name)).cloned()
}

/// What changes in this record; nothing where it has no words.
pub fn recode(
    record: &Record,
    form: &FormSchema,
    about: &OtherQuestion,
    decided: &Recode,
) -> Result<Vec<Difference>, RecodeError> {
    let no_question = || RecodeError::NoQuestion(about.select.clone());
    let field = form.fields.iter().find(|field| field.path == about.select).ok_or_else(no_question)?;
    let offers = |name: &str| field.choices.iter().any(|choice| choice.name == name);
    let meant: &[String] = match decided {
        Recode::Existing(names) => {
            if let Some(unknown) = names.iter().find(|name| !offers(name)) {
                return Err(RecodeError::NoSuchChoice { question: about.select.clone(), choice: unknown.clone() });
            }
            names
        }
        Recode::New(name) => {
            if name.is_empty() || name.chars().any(char::is_whitespace) || offers(name) {
                return Err(RecodeError::NotAName(name.clone()));
            }
            std::slice::from_ref(name)
        }
        Recode::Invalid => &[],
    };
    if field.kind == FieldKind::SelectOne && meant.len() > 1 {
        return Err(RecodeError::OneOnly(about.select.clone()));
    }
    let Some(words) = answer_to(record, &about.text).map(Answer::to_text) else { return Ok(Vec::new()) };
    let old = answer_to(record, &about.select).map(Answer::to_text).unwrap_or_default();
    let mut chosen: Vec<&str> = old.split_whitespace().filter(|name| *name != about.other).collect();
    for name in meant {
        if !chosen.contains(&name.as_str()) {
            chosen.push(name);
        }
    }
    let new = chosen.join(" ");
    let difference = |question: &str, old: &str, new: &str| Difference {
        record: record.id.clone(),
        question: Some(question.to_owned()),
        old: Some(old.to_owned()).filter(|old| !old.is_empty()),
        new: Some(new.to_owned()).filter(|new| !new.is_empty()),
        change: if new.is_empty() { Change::BlankResponse } else { Change::ChangeResponse },
    };
    let select = (new != old).then(|| difference(&about.select, &old, &new));
    Ok(select.into_iter().chain([difference(&about.text, &words, "")]).collect())
}

/// The new choice that a decision makes, to be added to the list of the form's next version.
pub fn new_choice(decided: &Recode, label: Text) -> Option<Choice> {
    match decided {
        Recode::New(name) => Some(Choice { name: name.clone(), label }),
        Recode::Existing(_) | Recode::Invalid => None,
    }
}
