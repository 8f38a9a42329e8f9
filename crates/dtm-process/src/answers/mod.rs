//! Answers as a table: every question a column over all records, for methods that look at many records at once.
//!
//! In go records with the form they answer ([`TableBuilder::push`], one by one, so that a million need not lie in memory
//! as records), or the rows of a sheet ([`AnswerTable::of_sheet`]). Out comes an [`AnswerTable`]. Each column is kept as
//! codes into the list of its different answers: a category costs four bytes a record, and a number is read once for
//! each different way it was written. Code 0 is «not answered». What is asked in a repeat has no single answer for a
//! record and is left out.

mod moment;
mod sheet;

pub use moment::Moment;
pub use sheet::clean_header;

use dtm_model::{Answer, Answers, FieldKind, FormSchema, Lang, Point};
use std::borrow::Cow;
use std::collections::HashMap;

/// The answers of many records, by question.
#[derive(Clone, Debug, Default)]
pub struct AnswerTable {
    n_rows: usize,
    columns: Vec<Column>,
    by_question: HashMap<String, usize>,
}

impl AnswerTable {
    /// How many records there are.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The questions, in the order of the form or of the sheet.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of this question, by its path or, where only one has it, by its last name.
    pub fn column(&self, question: &str) -> Option<&Column> {
        self.position(question).map(|at| &self.columns[at])
    }

    /// Where the column of this question stands.
    pub fn position(&self, question: &str) -> Option<usize> {
        if let Some(at) = self.by_question.get(question) {
            return Some(*at);
        }
        let mut named = (0..self.columns.len()).filter(|at| self.columns[*at].name() == question);
        named.next().filter(|_| named.next().is_none())
    }

    /// The same questions with the answers of these rows only.
    pub fn of_rows(&self, rows: &[usize]) -> Self {
        let some = |column: &Column| Column {
            codes: rows.iter().map(|row| column.codes.get(*row).copied().unwrap_or_default()).collect(),
            ..column.clone()
        };
        let columns = self.columns.iter().map(some).collect();
        Self { n_rows: rows.len(), columns, by_question: self.by_question.clone() }
    }

    /// Where the columns stand that `wanted` wants.
    pub fn positions(&self, wanted: impl Fn(&Column) -> bool) -> Vec<usize> {
        (0..self.columns.len()).filter(|at| wanted(&self.columns[*at])).collect()
    }
}

/// One question's answers in all records.
#[derive(Clone, Debug)]
pub struct Column {
    /// The question: its path in the form, or the header of its column.
    pub question: String,
    /// What the form says it is; none for a column of a sheet that no question has.
    pub kind: Option<FieldKind>,
    /// Whether the form shows it to the enumerator, with words to read out.
    pub is_asked: bool,
    /// Where the question with several choices stands, one of whose choices this column of a sheet holds.
    pub child_of: Option<usize>,
    codes: Vec<u32>,
    words: Vec<Word>,
}

/// A way in which a question was answered.
#[derive(Clone, Debug)]
struct Word {
    text: Box<str>,
    /// Not a number where it is none.
    number: f64,
}

impl Column {
    /// The last part of the question's path.
    pub fn name(&self) -> &str {
        self.question.rsplit('/').next().unwrap_or(&self.question)
    }

    /// The codes of the answers, by record; 0 is «not answered».
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// How many codes there are, 0 included.
    pub fn n_codes(&self) -> usize {
        self.words.len()
    }

    /// What the code stands for.
    pub fn word(&self, code: u32) -> &str {
        self.words.get(code as usize).map_or("", |word| &word.text)
    }

    /// The number that the code stands for.
    pub fn number_of(&self, code: u32) -> Option<f64> {
        self.words.get(code as usize).map(|word| word.number).filter(|number| number.is_finite())
    }

    /// The answer in this record as it would be written in a table.
    pub fn text(&self, row: usize) -> Option<&str> {
        self.codes.get(row).filter(|code| **code > 0).map(|code| self.word(*code))
    }

    /// The number in this record.
    pub fn number(&self, row: usize) -> Option<f64> {
        self.codes.get(row).filter(|code| **code > 0).and_then(|code| self.number_of(*code))
    }

    /// The moment in this record.
    pub fn moment(&self, row: usize) -> Option<Moment> {
        self.text(row).and_then(Moment::read)
    }

    /// The position in this record.
    pub fn point(&self, row: usize) -> Option<Point> {
        let mut degrees = self.text(row)?.split_whitespace().map(|part| part.parse::<f64>().ok());
        let (lat, lon) = (degrees.next()??, degrees.next()??);
        (lat.abs() <= 90.0 && lon.abs() <= 180.0).then_some(Point { lon, lat })
    }

    /// Whether the record has an answer.
    pub fn is_answered(&self, row: usize) -> bool {
        self.codes.get(row).is_some_and(|code| *code > 0)
    }

    /// In how many records it is answered.
    pub fn n_answered(&self) -> usize {
        self.codes.iter().filter(|code| **code > 0).count()
    }

    /// Whether its answers are numbers: as the form says, or, where no form says anything, because all can be read so.
    pub fn is_number(&self) -> bool {
        match self.kind {
            Some(kind) => matches!(kind, FieldKind::Integer | FieldKind::Decimal),
            None => self.words.len() > 1 && self.words[1..].iter().all(|word| word.number.is_finite()),
        }
    }

    /// Whether it is a question of its own, with a choice, a number or words for an answer: not when, where or by which
    /// telephone it was answered, and not one choice of another question.
    pub fn is_substance(&self) -> bool {
        let of_substance = matches!(
            self.kind,
            Some(
                FieldKind::SelectOne
                    | FieldKind::SelectMultiple
                    | FieldKind::Integer
                    | FieldKind::Decimal
                    | FieldKind::Text
            )
        );
        self.is_asked && of_substance && self.child_of.is_none()
    }

    /// Codes under which answers that differ only in capitals and blanks at the ends are one, and how many there are.
    pub fn folded_codes(&self) -> (Vec<u32>, usize) {
        let mut seen: HashMap<String, u32> = HashMap::new();
        let folded: Vec<u32> = self
            .words
            .iter()
            .map(|word| {
                let fresh = seen.len() as u32;
                *seen.entry(word.text.trim().to_lowercase()).or_insert(fresh)
            })
            .collect();
        let n_codes = folded.iter().max().map_or(0, |most| *most as usize + 1);
        (self.codes.iter().map(|code| folded[*code as usize]).collect(), n_codes)
    }
}

/// Takes records one by one and makes the table of their answers.
#[derive(Debug)]
pub struct TableBuilder {
    filling: Vec<Filling>,
    n_rows: usize,
}

#[derive(Debug)]
struct Filling {
    column: Column,
    known: HashMap<Box<str>, u32>,
}

impl Filling {
    fn new(question: String, kind: Option<FieldKind>, is_asked: bool, child_of: Option<usize>) -> Self {
        let blank = Word { text: "".into(), number: f64::NAN };
        let column = Column { question, kind, is_asked, child_of, codes: Vec::new(), words: vec![blank] };
        Self { column, known: HashMap::new() }
    }

    fn push(&mut self, text: &str) {
        let code = match self.known.get(text) {
            _ if text.is_empty() => 0,
            Some(code) => *code,
            None => {
                let code = self.column.words.len() as u32;
                let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
                self.column.words.push(Word { text: text.into(), number: number.unwrap_or(f64::NAN) });
                self.known.insert(text.into(), code);
                code
            }
        };
        self.column.codes.push(code);
    }
}

impl TableBuilder {
    /// A table with a column for every question of the form that stands in no repeat.
    pub fn new(schema: &FormSchema) -> Self {
        let repeats: Vec<String> = schema
            .fields
            .iter()
            .filter(|field| field.kind == FieldKind::Repeat)
            .map(|repeat| format!("{}/", repeat.path))
            .collect();
        let is_question = |kind| !matches!(kind, FieldKind::Group | FieldKind::Repeat);
        let fields = schema.fields.iter().filter(|field| is_question(field.kind));
        let once = fields.filter(|field| !repeats.iter().any(|repeat| field.path.starts_with(repeat)));
        let filling = once
            .map(|field| {
                Filling::new(field.path.clone(), Some(field.kind), !field.label.get(Lang::En).is_empty(), None)
            })
            .collect();
        Self { filling, n_rows: 0 }
    }

    /// Adds a record.
    pub fn push(&mut self, answers: &Answers) {
        for filling in &mut self.filling {
            let text = answers.values.get(&filling.column.question).map_or(Cow::Borrowed(""), text_of);
            filling.push(&text);
        }
        self.n_rows += 1;
    }

    /// The table.
    pub fn finish(self) -> AnswerTable {
        let columns: Vec<Column> = self.filling.into_iter().map(|filling| filling.column).collect();
        let by_question = columns.iter().enumerate().map(|(at, column)| (column.question.clone(), at)).collect();
        AnswerTable { n_rows: self.n_rows, columns, by_question }
    }
}

fn text_of(answer: &Answer) -> Cow<'_, str> {
    match answer {
        Answer::Text(text) | Answer::DateTime(text) | Answer::Unreadable(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_text()),
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{form_of, form_with};
