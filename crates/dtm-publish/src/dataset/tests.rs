use super::*;
use crate::files::tests::{atlas, candidate, released};
use expect_test::{Expect, expect};

/// A column of these values.
pub(crate) fn column(name: &str, kind: Kind, role: Role) -> Column {
    Column::new(name, Text::both(format!("The {name}"), format!("Le {name} d’été")), "#meta", kind, role)
}

/// A dataset of these rows.
pub(crate) fn of_rows(columns: Vec<Column>, rows: Vec<Vec<Datum<'static>>>) -> Dataset<'static> {
    let release: &'static Release = Box::leak(Box::new(released()));
    let make = move |_| -> Rows<'static> {
        Box::new(rows.clone().into_iter().map(|cells| Row { cells, shape: None, release: 0 }))
    };
    let body = Body {
        name: "given".to_owned(),
        title: Text::both("Given rows", "Lignes données"),
        how_to_sum: Text::both("Do not.", "Non."),
        columns,
        has_head: false,
        has_shapes: false,
        rows: Box::new(make),
    };
    Dataset::new(body, vec![release], Filter::default()).unwrap()
}

/// The dataset as lines: names of columns, then rows, absent cells as a dot.
fn shown(name: &str, form: &Form) -> String {
    let (release, atlas) = (released(), atlas());
    let dataset = of(name, &[&release], &atlas, form).unwrap().unwrap();
    let names: Vec<&str> = dataset.columns().iter().skip(5).map(|column| column.name.as_str()).collect();
    let mut lines = vec![names.join(" | ")];
    for row in dataset.rows() {
        assert_eq!(row.cells.len(), dataset.columns().len());
        let cells = row.cells.iter().zip(dataset.columns()).skip(5).map(|(cell, column)| match cell {
            Datum::Nothing => ".".to_owned(),
            cell => cell.plain(column).into_owned(),
        });
        let place = row.shape.map_or("", |shape| match shape {
            Shape::Area(_) => " @outline",
            Shape::Point(_) => " @point",
        });
        lines.push(cells.collect::<Vec<_>>().join(" | ") + place);
    }
    lines.join("\n") + "\n"
}

fn check(name: &str, form: &Form, expected: Expect) {
    expected.assert_eq(&shown(name, form));
}

fn only(pairs: &[(&str, &str)]) -> Form {
    Form { labels: Labels::Codes, layout: Layout::Wide, filter: Filter::new(pairs.iter().copied()) }
}

#[test]
fn areas_have_names_levels_outlines_and_say_how_a_number_stands() {
    check(
        "areas",
        &Form::named(Lang::Fr),
        expect![[r#"
        area | area_name | area_level | area_parent | idp_ind | idp_ind_state | idp_ind_carried
        XS | Sorélie | 0 | . | 463 | shown | 0
        XS01 | Nord | 1 | XS | 83 | shown | 0 @outline
        XS0101 | Bel-Air | 2 | XS01 | . | nothing | .
        XS02 | Sud | 1 | XS | 380 | shown | 0
        XS0201 | Gué | 2 | XS02 | 0 | shown | 0
    "#]],
    );
}

#[test]
fn every_language_gives_a_name_of_its_own() {
    let form = Form { filter: Filter::new([("area_level", "1")]), ..Form::every_language() };
    check(
        "areas",
        &form,
        expect![[r#"
        area | area_name_en | area_name_fr | area_level | area_parent | idp_ind | idp_ind_state | idp_ind_carried
        XS01 | North | Nord | 1 | XS | 83 | shown | 0 @outline
        XS02 | =South | Sud | 1 | XS | 380 | shown | 0
    "#]],
    );
}

#[test]
fn a_filter_takes_alternatives_of_one_column_and_all_columns_together() {
    check(
        "displacement",
        &only(&[("area", "XS"), ("reason", "conflict"), ("reason", "other")]),
        expect![[r#"
        area | area_level | area_parent | reason | origin | idp_ind | idp_ind_state | idp_ind_carried | males | males_state | males_carried | females | females_state | females_carried
        XS | 0 | . | conflict | XS01 | 60 | shown | 0 | 20 | shown | 0 | 40 | shown | 0
        XS | 0 | . | other | unknown | . | hidden | . | 0 | shown | 0 | . | hidden | .
    "#]],
    );
}

#[test]
fn in_the_long_layout_each_measure_has_its_row() {
    let form = Form { layout: Layout::Long, ..only(&[("area", "XS0201")]) };
    check(
        "displacement",
        &form,
        expect![[r#"
        area | area_level | area_parent | reason | origin | measure | value | state | carried
        XS0201 | 2 | XS02 | natural_disaster | unknown | idp_ind | 380 | shown | 0
        XS0201 | 2 | XS02 | natural_disaster | unknown | males | 183 | shown | 0
        XS0201 | 2 | XS02 | natural_disaster | unknown | females | . | nothing | .
    "#]],
    );
}

#[test]
fn places_stand_where_the_policy_lets_them() {
    check(
        "places",
        &Form::named(Lang::En),
        expect![[r#"
        place | place_name | kind | site_type | area | area_name | longitude | latitude | position_coarsened
        XS0101-001 | Lycée =1+1 | site | camp | XS0101 | Bel-Air | -72.3 | 18.5 | 1 @point
    "#]],
    );
}

#[test]
fn rows_begin_with_their_round_so_that_nobody_adds_up_rounds_by_mistake() {
    let (release, atlas) = (released(), atlas());
    let dataset = of("areas", &[&release], &atlas, &only(&[])).unwrap().unwrap();
    let first: Vec<&str> = dataset.columns().iter().take(5).map(|column| column.name.as_str()).collect();
    assert_eq!(first, ["operation", "exercise", "round", "reported_on", "version"]);
    assert_eq!(names(&[&release]), ["idps", "areas", "displacement", "places"]);
}

#[test]
fn a_filter_that_fits_nothing_says_what_there_is() {
    let problem = |pairs: &[(&str, &str)]| {
        let (release, atlas) = (released(), atlas());
        of("displacement", &[&release], &atlas, &only(pairs)).err().map(|problem| problem.message(Lang::Fr))
    };
    expect![[r#"
        Some(
            "il n’y a pas de colonne `sexe` : les colonnes sont operation, exercise, round, reported_on, version, area, area_level, area_parent, reason, origin, idp_ind, idp_ind_state, idp_ind_carried, males, males_state, males_carried, females, females_state, females_carried",
        )
    "#]].assert_debug_eq(&problem(&[("sexe", "female")]));
    expect![[r#"
        Some(
            "`reason` ne peut pas valoir `conflit` : valeurs possibles : *, conflict, insecurity, natural_disaster, other",
        )
    "#]].assert_debug_eq(&problem(&[("reason", "conflit")]));
}

/// The sums as lines: the key without what is never added up, the sum or why there is none.
fn check_sum(name: &str, by: &[&str], measure: &str, expected: Expect) {
    let (release, atlas) = (released(), atlas());
    let dataset = of(name, &[&release], &atlas, &only(&[])).unwrap().unwrap();
    let sums = sum(&dataset, by, measure).unwrap();
    let lines = sums.rows.iter().map(|row| {
        let key: Vec<&str> = row
            .key
            .iter()
            .zip(&sums.by)
            .filter(|(_, by_)| by.contains(&by_.as_str()))
            .map(|(key, _)| key.as_str())
            .collect();
        let value = match (row.value, row.hidden) {
            (Some(value), _) => value.to_string(),
            (None, true) => format!("hidden, at least {}", row.at_least),
            (None, false) => "nothing".to_owned(),
        };
        format!("{}: {value}\n", key.join(" "))
    });
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn a_sum_is_the_margin_where_the_release_has_it() {
    check_sum(
        "displacement",
        &[],
        "idp_ind",
        expect![[r#"
        : 463
    "#]],
    );
    check_sum(
        "areas",
        &["area"],
        "idp_ind",
        expect![[r#"
        XS: 463
        XS01: 83
        XS0101: nothing
        XS02: 380
        XS0201: 0
    "#]],
    );
    check_sum(
        "areas",
        &["area_level"],
        "idp_ind",
        expect![[r#"
        0: 463
        1: 463
        2: 0
    "#]],
    );
}

#[test]
fn a_sum_with_a_hidden_part_is_hidden_and_says_what_it_is_at_least() {
    check_sum(
        "displacement",
        &["area"],
        "idp_ind",
        expect![[r#"
        XS: 463
        XS0101: 60
        XS0201: 380
    "#]],
    );
    check_sum(
        "displacement",
        &["reason"],
        "idp_ind",
        expect![[r#"
        conflict: 60
        insecurity: hidden, at least 0
        natural_disaster: 380
        other: hidden, at least 0
    "#]],
    );
    check_sum(
        "idps",
        &["admin2Pcode"],
        "numPresentIdpInd",
        expect![[r#"
        XS0101: 60
        XS0201: 380
    "#]],
    );
}

#[test]
fn what_cannot_be_added_up_is_refused_with_what_can() {
    let (release, atlas) = (released(), atlas());
    let dataset = of("areas", &[&release], &atlas, &only(&[])).unwrap().unwrap();
    let refused = |by: &[&str], measure: &str| sum(&dataset, by, measure).unwrap_err().message(Lang::En);
    assert_eq!(
        refused(&["sex"], "idp_ind"),
        "`sex` does not tell rows apart: sums are by operation, exercise, round, reported_on, version, area, area_level"
    );
    assert_eq!(refused(&[], "idp_ind_carried"), "`idp_ind_carried` cannot be added up: measures are idp_ind");
}

/// The table of a pivot as lines: a row a line, columns in their order.
fn shown_pivot(table: &Pivot) -> String {
    let said = |row: usize, column: usize| match (
        table.cells[row][column].map(|cell| cell.value),
        table.at_least.get(&(row, column)),
    ) {
        (None, _) => "-".to_owned(),
        (Some(dtm_protect::Value::Number(number)), _) => number.to_string(),
        (Some(dtm_protect::Value::Hidden(_)), Some(at_least)) => format!("≥{at_least}"),
        (Some(dtm_protect::Value::Hidden(_)), None) => "hidden".to_owned(),
        (Some(dtm_protect::Value::Nothing), _) => ".".to_owned(),
    };
    let mut lines = vec![format!(" | {}", table.columns.join(" | "))];
    for (at, row) in table.rows.iter().enumerate() {
        let cells: Vec<String> = (0..table.columns.len()).map(|column| said(at, column)).collect();
        lines.push(format!("{row} | {}", cells.join(" | ")));
    }
    lines.join("\n") + "\n"
}

#[test]
fn a_pivot_shows_sums_and_what_is_hidden_stays_hidden_in_it() {
    let (release, atlas) = (released(), atlas());
    let dataset = of("displacement", &[&release], &atlas, &only(&[("area", "XS")])).unwrap().unwrap();
    let table = pivot(&dataset, "reason", Some("origin"), "idp_ind").unwrap();
    expect![[r#"
         | XS01 | unknown
        conflict | 60 | -
        insecurity | - | hidden
        natural_disaster | - | 380
        other | - | hidden
    "#]]
    .assert_eq(&shown_pivot(&table));
}

#[test]
fn a_pivot_never_adds_up_rounds() {
    let (first, atlas) = (released(), atlas());
    let mut later = candidate();
    later.heading.round = dtm_model::RoundLabel::from("6");
    later.heading.reported_on = NaiveDate::from_ymd_opt(2024, 8, 31).unwrap();
    let later = dtm_protect::release(later, &dtm_protect::Policy::public()).unwrap();
    let dataset = of("areas", &[&first, &later], &atlas, &only(&[("area_level", "1")])).unwrap().unwrap();
    let refused = pivot(&dataset, "area", None, "idp_ind").unwrap_err();
    assert_eq!(
        refused.message(Lang::En),
        "people are counted again in each `round`, so 5.1, 6… are not added up: put `round` in rows or columns, or choose one"
    );
    let table = pivot(&dataset, "area", Some("round"), "idp_ind").unwrap();
    expect![[r#"
         | 5.1 | 6
        XS01 | 83 | 83
        XS02 | 380 | 380
    "#]]
    .assert_eq(&shown_pivot(&table));
}
