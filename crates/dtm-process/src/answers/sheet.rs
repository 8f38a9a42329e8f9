//! The rows of a sheet as a table of answers.
//!
//! Survey tools write one column a question, and beside a question with several choices one column a choice, named
//! `question/choice` or `question.choice`. What the way through several programs leaves on the first header, a byte-order
//! mark read as letters, is taken off.

use super::{AnswerTable, Filling, TableBuilder};
use dtm_model::{FieldKind, FormSchema, Lang};

/// What stands in a cell for no answer, besides nothing.
const NOT_ANSWERED: [&str; 3] = ["NA", "N/A", "NULL"];

impl AnswerTable {
    /// The rows of a sheet, whose columns the form explains where it knows them: by path or by last name.
    pub fn of_sheet<Row: AsRef<[String]>>(
        schema: &FormSchema,
        header: &[String],
        rows: impl IntoIterator<Item = Row>,
    ) -> AnswerTable {
        let mut filling: Vec<Filling> = Vec::with_capacity(header.len());
        for name in header.iter().map(|name| clean_header(name)) {
            let field = schema.field(name).filter(|field| !matches!(field.kind, FieldKind::Group | FieldKind::Repeat));
            let field = field.or_else(|| only_question(schema, name));
            let child_of = if field.is_some() { None } else { parent_of(&filling, name) };
            let is_asked = field.is_some_and(|field| !field.label.get(Lang::En).is_empty());
            filling.push(Filling::new(name.to_owned(), field.map(|field| field.kind), is_asked, child_of));
        }
        let mut builder = TableBuilder { filling, n_rows: 0 };
        for row in rows {
            for (at, filling) in builder.filling.iter_mut().enumerate() {
                let cell = row.as_ref().get(at).map_or("", String::as_str);
                filling.push(if NOT_ANSWERED.contains(&cell) { "" } else { cell });
            }
            builder.n_rows += 1;
        }
        builder.finish()
    }
}

/// The only question of this name where a group has the same.
fn only_question<'a>(schema: &'a FormSchema, name: &str) -> Option<&'a dtm_model::Field> {
    let is_question = |kind| !matches!(kind, FieldKind::Group | FieldKind::Repeat);
    let mut named = schema.fields.iter().filter(|field| field.name() == name && is_question(field.kind));
    named.next().filter(|_| named.next().is_none())
}

/// Where the question with several choices stands that `question/choice` or `question.choice` belongs to.
fn parent_of(filling: &[Filling], name: &str) -> Option<usize> {
    filling.iter().rposition(|earlier| {
        let below = name.strip_prefix(earlier.column.question.as_str());
        earlier.column.kind == Some(FieldKind::SelectMultiple)
            && below.is_some_and(|below| below.len() > 1 && below.starts_with(['/', '.']))
    })
}

/// A header without the byte-order mark that the file began with, in the shapes it takes on the way: as it is, read as
/// Latin letters, or spelled out by R.
pub fn clean_header(header: &str) -> &str {
    let header = header.trim();
    ["\u{feff}", "ï»¿", "X.U.FEFF.", "ï.."]
        .iter()
        .find_map(|mark| header.strip_prefix(mark))
        .unwrap_or(header)
        .trim_matches('"')
}
