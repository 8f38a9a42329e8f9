//! The questions a mapping may speak of: the fields of a form or the columns of a table.

use crate::folding::nearest;
use dtm_model::{Field, FieldKind, FormSchema, Text};
use std::collections::BTreeMap;

/// One question or column.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Field path for forms, column name for tables; the key of its answer.
    pub name: String,
    /// Its wording; for a table the column label.
    pub label: Text,
    /// HXL tag, if any.
    pub hxl: Option<String>,
    /// Its type; none for a table column of mixed or unknown type.
    pub kind: Option<FieldKind>,
    /// The codes of the answers offered.
    pub choices: Vec<String>,
    /// The repeat it stands in, by path.
    pub repeat: Option<String>,
}

impl Question {
    /// A column of a table.
    pub fn column(name: impl Into<String>, hxl: Option<&str>, kind: Option<FieldKind>) -> Self {
        let name = name.into();
        let label = Text::new().with("und", name.clone());
        Self { name, label, hxl: hxl.map(str::to_owned), kind, choices: Vec::new(), repeat: None }
    }

    /// The last part of the path.
    pub fn short_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// How a name was found among the questions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Found<'a> {
    One(&'a Question),
    Several,
    Nothing,
}

/// All questions of a form version or columns of a table, in their order.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct QuestionSet {
    questions: Vec<Question>,
    by_name: BTreeMap<String, usize>,
    repeats: Vec<String>,
}

impl QuestionSet {
    /// Collects questions; of two with the same name the first stays.
    pub fn new(questions: impl IntoIterator<Item = Question>) -> Self {
        let mut set = Self::default();
        for question in questions {
            if let Some(repeat) = &question.repeat
                && !set.repeats.contains(repeat)
            {
                set.repeats.push(repeat.clone());
            }
            if !set.by_name.contains_key(&question.name) {
                set.by_name.insert(question.name.clone(), set.questions.len());
                set.questions.push(question);
            }
        }
        set
    }

    /// The questions of a form.
    pub fn of_form(form: &FormSchema) -> Self {
        let repeats: Vec<&str> = form
            .fields
            .iter()
            .filter(|field| field.kind == FieldKind::Repeat)
            .map(|field| field.path.as_str())
            .collect();
        let mut set = Self::new(
            form.fields
                .iter()
                .filter(|field| !matches!(field.kind, FieldKind::Group | FieldKind::Repeat))
                .map(|field| question_of(field, &repeats)),
        );
        set.repeats = repeats.into_iter().map(str::to_owned).collect();
        set
    }

    /// The columns of a table.
    pub fn of_columns(columns: impl IntoIterator<Item = Question>) -> Self {
        Self::new(columns)
    }

    /// All questions, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter()
    }

    /// The question of this name or path, or the only one whose path ends in it.
    pub fn get(&self, name: &str) -> Option<&Question> {
        match self.find(name) {
            Found::One(question) => Some(question),
            _ => None,
        }
    }

    pub(crate) fn find(&self, name: &str) -> Found<'_> {
        if let Some(at) = self.by_name.get(name) {
            return Found::One(&self.questions[*at]);
        }
        let mut named = self.questions.iter().filter(|question| question.short_name() == name);
        match (named.next(), named.next()) {
            (Some(question), None) => Found::One(question),
            (Some(_), Some(_)) => Found::Several,
            _ => Found::Nothing,
        }
    }

    /// The name most like this one.
    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.questions.iter().map(|question| question.name.as_str()))
    }

    pub(crate) fn repeats(&self, name: &str) -> bool {
        self.repeats.iter().any(|repeat| repeat == name || repeat.rsplit('/').next() == Some(name))
    }
}

fn question_of(field: &Field, repeats: &[&str]) -> Question {
    let inside = |repeat: &&&str| field.path.strip_prefix(**repeat).is_some_and(|rest| rest.starts_with('/'));
    Question {
        name: field.path.clone(),
        label: field.label.clone(),
        hxl: field.hxl.clone(),
        kind: Some(field.kind),
        choices: field.choices.iter().map(|choice| choice.name.clone()).collect(),
        // The innermost repeat is the longest path.
        repeat: repeats.iter().filter(inside).max_by_key(|repeat| repeat.len()).map(|repeat| (*repeat).to_owned()),
    }
}
