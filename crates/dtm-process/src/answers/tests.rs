use super::*;
use dtm_model::{Field, Text};

fn field(path: &str, kind: FieldKind, label: &str) -> Field {
    let label = if label.is_empty() { Text::default() } else { Text::both(label, label) };
    Field { path: path.to_owned(), kind, label, hxl: None, choices: Vec::new() }
}

/// A form of these fields.
pub(crate) fn form_with(fields: Vec<Field>) -> FormSchema {
    FormSchema {
        xml_form_id: "f".into(),
        version: "1".into(),
        title: "F".into(),
        root: "data".into(),
        fields,
        media: Vec::new(),
        encrypted: false,
        client_editable: false,
        entities: None,
        on_arrival: None,
    }
}

/// A form that asks these questions.
pub(crate) fn form_of(questions: &[(&str, FieldKind)]) -> FormSchema {
    form_with(questions.iter().map(|(path, kind)| field(path, *kind, path)).collect())
}

fn form() -> FormSchema {
    form_with(vec![
        field("start", FieldKind::DateTime, ""),
        field("water", FieldKind::Group, "Water"),
        field("water/water", FieldKind::SelectMultiple, "Sources?"),
        field("water/litres", FieldKind::Integer, "Litres?"),
        field("member", FieldKind::Repeat, "Members"),
        field("member/age", FieldKind::Integer, "Age?"),
    ])
}

fn sheet(lines: &str) -> AnswerTable {
    let mut rows = lines.trim().lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = rows.next().unwrap();
    AnswerTable::of_sheet(&form(), &header, rows)
}

#[test]
fn a_sheet_is_read_with_the_form_and_its_first_header_without_the_mark() {
    let table = sheet(
        "
X.U.FEFF.start,water,water.tap,water.well,litres,_uuid
2021-07-05T10:58:34.147+03:00,tap well,1,1,1e+03,a
,tap,1,0,NA,b
",
    );
    let kinds: Vec<_> = table.columns().iter().map(|c| (c.question.as_str(), c.kind, c.child_of)).collect();
    assert_eq!(
        kinds,
        [
            ("start", Some(FieldKind::DateTime), None),
            ("water", Some(FieldKind::SelectMultiple), None),
            ("water.tap", None, Some(1)),
            ("water.well", None, Some(1)),
            ("litres", Some(FieldKind::Integer), None),
            ("_uuid", None, None),
        ]
    );
    assert_eq!(table.column("litres").unwrap().number(0), Some(1000.0));
    assert_eq!(table.column("litres").unwrap().text(1), None, "NA is no answer");
    assert_eq!(table.column("start").unwrap().moment(0).unwrap().time_of_day(), (10, 58));
    let substance = table.positions(Column::is_substance);
    assert_eq!(substance, [1, 4]);
}

#[test]
fn records_become_columns_and_repeats_stay_out() {
    let mut builder = TableBuilder::new(&form());
    let answers = |pairs: &[(&str, Answer)]| Answers {
        values: pairs.iter().map(|(key, answer)| ((*key).to_owned(), answer.clone())).collect(),
        ..Answers::default()
    };
    builder.push(&answers(&[("water/litres", Answer::Integer(20)), ("member/age", Answer::Integer(4))]));
    builder.push(&answers(&[("water/water", Answer::Choices(vec!["tap".into(), "well".into()]))]));
    builder.push(&answers(&[("water/litres", Answer::Unreadable("many".into()))]));
    let table = builder.finish();
    assert_eq!(table.n_rows(), 3);
    assert_eq!(table.column("age").map(|_| ()), None);
    let litres = table.column("litres").unwrap();
    assert_eq!((litres.codes(), litres.number(0), litres.number(2)), (&[1, 0, 2][..], Some(20.0), None));
    assert_eq!(table.column("water/water").unwrap().text(1), Some("tap well"));
}

#[test]
fn answers_that_differ_in_capitals_only_are_one_category() {
    let table = sheet("water,_uuid\nTap,a\ntap ,b\n,c\nwell,d");
    let (codes, n) = table.column("water").unwrap().folded_codes();
    assert_eq!((codes, n), (vec![1, 1, 0, 2], 3));
}
