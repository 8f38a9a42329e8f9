//! OData 4.0 of a form's submissions, as ODK Central gives it and its clients expect it.
//!
//! Takes a form's [`Shape`], the options of a request and submissions, and gives the service document, the `$metadata`
//! document and rows as JSON. A form is one table and one more for each repeat; names are made identifiers; what an answer
//! of the wrong type would say is null. Beyond Central, `$filter` and `$orderby` take any answer, and `$select` goes
//! together with `$expand`. Source: OASIS OData 4.01 parts 1 and 2, and what Central's clients send.

mod evaluate;
mod expression;
mod geometry;
mod lexer;
mod metadata;
mod problem;
mod query;
mod row;
mod value;

pub use evaluate::{Facts, Moment, Verdict};
pub use expression::{Comparison, Expression, Field, System, Table, parse};
pub use geometry::{GeoText, geojson, wkt};
pub use metadata::{entities_metadata, metadata, service_document};
pub use problem::FilterError;
pub use query::{Options, OrderBy, QueryError, Selection, SkipToken, boolean};
pub use row::{RowWriter, SystemValues};
pub use value::Value;

use crate::instance::Shape;

/// The table of a form's submissions.
pub const SUBMISSIONS: &str = "Submissions";

/// The name as an OData identifier.
pub fn identifier(name: &str) -> String {
    let mut made = String::with_capacity(name.len() + 1);
    if name.chars().next().is_some_and(|first| !(first.is_ascii_alphabetic() || first == '_')) {
        made.push('_');
    }
    let mut replacing = false;
    for char in name.chars() {
        let sound = char.is_ascii_alphanumeric() || char == '_';
        if sound {
            made.push(char);
        } else if !replacing {
            made.push('_');
        }
        replacing = !sound;
    }
    made
}

/// The names from the top down to this node, as identifiers.
pub fn line(shape: &Shape, node: usize) -> Vec<String> {
    shape.line(node).into_iter().map(|at| identifier(&shape.node(at).name)).collect()
}

/// The name of a repeat's table.
pub fn table_name(shape: &Shape, repeat: usize) -> String {
    format!("{SUBMISSIONS}.{}", line(shape, repeat).join("."))
}

/// The repeat whose table has this name: none for the submissions themselves, nothing where no table has it.
pub fn table(shape: &Shape, name: &str) -> Option<Option<usize>> {
    if name == SUBMISSIONS {
        return Some(None);
    }
    shape.repeats().find(|repeat| table_name(shape, *repeat) == name).map(Some)
}

/// The property by which a turn of a repeat names what it stands in.
pub fn parent_property(shape: &Shape, repeat: usize) -> String {
    match shape.node(repeat).repeat {
        Some(above) => format!("__{SUBMISSIONS}-{}-id", line(shape, above).join("-")),
        None => format!("__{SUBMISSIONS}-id"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::tests::schema;

    #[test]
    fn names_become_identifiers() {
        for (name, expected) in [
            ("idp_ind", "idp_ind"),
            ("a-b", "a_b"),
            ("q1.8-test", "q1_8_test"),
            ("1st", "_1st"),
            ("é", "__"),
            ("a--b..c", "a_b_c"),
            ("", ""),
        ] {
            assert_eq!(identifier(name), expected, "{name}");
        }
    }

    #[test]
    fn each_repeat_is_a_table_that_names_what_it_stands_in() {
        let shape = Shape::of(&schema(
            "children group\nchildren/child repeat\nchildren/child/toys group\nchildren/child/toys/toy repeat\nchildren/child/toys/toy/name",
        ));
        let toy = table(&shape, "Submissions.children.child.toys.toy").unwrap().unwrap();
        assert_eq!(parent_property(&shape, toy), "__Submissions-children-child-id");
        let child = table(&shape, "Submissions.children.child").unwrap().unwrap();
        assert_eq!(parent_property(&shape, child), "__Submissions-id");
        assert_eq!(table(&shape, "Submissions"), Some(None));
        assert_eq!(table(&shape, "Submissions.children"), None);
    }
}
