//! Small forms, written as tables: what becomes of them, and what is said of their faults.

use dtm_capture::workbook::{Sheet, Workbook};
use dtm_capture::xlsform::{Conversion, convert};
use dtm_model::Lang;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn form(tables: &str) -> Conversion {
    convert(&Workbook::from_markdown(tables), "form")
}

/// The lines of the XForm that hold one of these words.
fn check(tables: &str, words: &[&str], expected: Expect) {
    let conversion = form(tables);
    let said: Vec<String> = conversion.problems.iter().map(ToString::to_string).collect();
    let xform = conversion.xform.unwrap_or_else(|| panic!("{}", said.join("\n")));
    roxmltree::Document::parse(&xform).unwrap();
    let lines = xform.lines().filter(|line| words.iter().any(|word| line.contains(word)));
    expected.assert_eq(&lines.map(|line| format!("{line}\n")).collect::<String>());
}

/// Everything that is said of a form.
fn check_problems(tables: &str, lang: Lang, expected: Expect) {
    let conversion = form(tables);
    let lines = conversion.problems.iter().map(|p| {
        format!("{:?} {} {}: {}\n", p.severity, p.code, p.location(), p.message(lang)).replacen("Warning", "warning", 1)
    });
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn a_small_form_becomes_a_whole_xform() {
    check(
        "
| survey   |                     |         |                      |                   |          |
|          | type                | name    | label::English (en)  | label::French (fr)| required |
|          | begin_group         | site    | Site                 | Site              |          |
|          | select_one kind     | kind    | Kind of site         | Type de site      | yes      |
|          | integer             | idp_hh  | Displaced households | Ménages déplacés  |          |
|          | end_group           |         |                      |                   |          |
| choices  |                     |         |                      |                   |          |
|          | list_name           | name    | label::English (en)  | label::French (fr)|          |
|          | kind                | camp    | Camp                 | Camp              |          |
|          | kind                | host    | Host community       |                   |          |
| settings |                     |         |                      |                   |          |
|          | form_title          | form_id | version              | default_language  |          |
|          | Baseline            | b2      | 3                    | English (en)      |          |
",
        &[""],
        expect![[r#""#]],
    );
}

#[test]
fn references_inside_a_repeat_are_relative_and_elsewhere_absolute() {
    check(
        "
| survey |              |        |       |                       |                      |                    |
|        | type         | name   | label | relevant              | calculation          | choice_filter      |
|        | integer      | limit  | Limit |                       |                      |                    |
|        | begin_repeat | person | P     |                       |                      |                    |
|        | integer      | age    | Age   |                       |                      |                    |
|        | begin_group  | school | S     | ${age} < ${limit}     |                      |                    |
|        | select_one k | kind   | Kind  | ${age} > 5            |                      | level = ${age}     |
|        | end_group    |        |       |                       |                      |                    |
|        | end_repeat   |        |       |                       |                      |                    |
|        | calculate    | first  |       |                       | indexed-repeat(${age}, ${person}, 1) | |
|        | calculate    | sum    |       |                       | sum(${age})          |                    |
| choices |             |        |       |                       |                      |                    |
|        | list_name    | name   | label | level                 |                      |                    |
|        | k            | a      | A     | 6                     |                      |                    |
",
        &["<bind", "<itemset"],
        expect![[r#""#]],
    );
}

#[test]
fn a_cascade_of_places_filters_by_the_answers_above() {
    check(
        "
| survey  |                   |        |       |                                       |
|         | type              | name   | label | choice_filter                         |
|         | select_one admin1 | admin1 | A1    |                                       |
|         | select_one admin2 | admin2 | A2    | admin1 = ${admin1}                    |
| choices |                   |        |       |                                       |
|         | list_name         | name   | label | admin1                                |
|         | admin1            | XS01   | North |                                       |
|         | admin2            | XS0101 | Coast | XS01                                  |
",
        &["<item"],
        expect![[r#""#]],
    );
}

#[test]
fn whatever_a_cell_holds_the_xform_stays_well_formed() {
    check(
        "
| survey   |      |      |                                |            |
|          | type | name | label                          | constraint |
|          | text | a    | </label> & \"quotes\" <b> ]]>  | . < 5 and . != \"x\" |
|          | text | b    | You said ${a} & more           |            |
| settings |      |      |                                |            |
|          | form_title | form_id | version              |            |
|          | <&>  | a\"b | 1                              |            |
",
        &["<label", "<bind nodeset=\"/data/a\"", "h:title", "<data"],
        expect![[r#""#]],
    );
}

#[test]
fn repeats_defaults_triggers_and_other_are_carried() {
    check(
        "
| survey  |                     |       |       |         |              |             |         |
|         | type                | name  | label | default | repeat_count | calculation | trigger |
|         | select_one k or_other | why | Why   | a       |              |             |         |
|         | begin_repeat        | hh    | HH    |         | ${n} + 1     |             |         |
|         | date                | day   | Day   | today() |              |             |         |
|         | end_repeat          |       |       |         |              |             |         |
|         | integer             | n     | N     |         |              |             |         |
|         | calculate           | stamp |       |         |              | now()       | ${n}    |
| choices |                     |       |       |         |              |             |         |
|         | list_name           | name  | label |         |              |             |         |
|         | k                   | a     | A     |         |              |             |         |
",
        &["setvalue", "repeat", "hh", "other"],
        expect![[r#""#]],
    );
}

const FAULTY: &str = "
| survey  |                 |      |       |                      |                 |
|         | type            | name | label | relevant             | calculation     |
|         | interger        | hh   | H     |                      |                 |
|         | text            | b b  | B     | ${hhs} = 1           |                 |
|         | select_one kinds | k   | K     |                      |                 |
|         | text            | mute |       |                      |                 |
|         | begin_group     | g    | G     |                      |                 |
|         | calculate       | c    |       |                      | if(${hh} = 1, 2 |
|         | text            | hh   | H     | selcted(${k}, 'x)    |                 |
|         | end_repeat      |      |       |                      |                 |
| choices |                 |      |       |                      |                 |
|         | list_name       | name | label |                      |                 |
|         | kind            | a    | A     |                      |                 |
|         | kind            | a    | B     |                      |                 |
|         | kind            | a    | A     |                      |                 |
";

#[test]
fn all_faults_are_told_at_once_with_their_places() {
    check_problems(FAULTY, Lang::En, expect![[r#""#]]);
}

#[test]
fn the_same_faults_in_french() {
    check_problems(FAULTY, Lang::Fr, expect![[r#""#]]);
}

#[test]
fn a_workbook_without_a_survey_says_which_sheet_was_meant() {
    check_problems(
        "
| surveys |      |      |
|         | type | name |
| choice  |      |      |
|         | list_name | name |
",
        Lang::En,
        expect![[r#""#]],
    );
}

#[test]
fn a_form_with_a_lost_question_is_no_form_but_can_be_looked_at() {
    let conversion = form(
        "
| survey |      |      |       |                  |
|        | type | name | label | relevant         |
|        | text | a    | A     | ${consent} = '1' |
",
    );
    assert!(conversion.xform.is_none());
    assert!(conversion.mended.unwrap().contains("relevant=\"'' = '1'\""));
}

#[test]
fn deep_nesting_is_refused_and_does_not_exhaust_the_stack() {
    let rows = |kind: &str, n: usize| {
        let open: String = (0..n).map(|i| format!("| | begin_{kind} | g{i} | G |\n")).collect();
        let close = format!("| | end_{kind} | | |\n").repeat(n);
        form(&format!("| survey |\n| | type | name | label |\n{open}| | text | q | Q |\n{close}"))
    };
    for (kind, n) in [("group", 10_000), ("repeat", 9), ("repeat", 10_000)] {
        let problems = rows(kind, n).problems;
        assert_eq!(
            problems.iter().filter(|p| p.severity == dtm_capture::xlsform::Severity::Error).count(),
            n.min(n - 39).min(if kind == "repeat" { n - 8 } else { n }).min(5000),
            "{kind}"
        );
    }
    assert!(rows("repeat", 8).xform.is_some());
    assert!(rows("group", 40).xform.is_some());
}

/// Cells that forms are made of, and cells that break them.
fn cell() -> impl Strategy<Value = String> {
    let words = [
        "",
        "",
        "",
        "text",
        "integer",
        "select_one l",
        "select_multiple l or_other",
        "begin_group",
        "end_group",
        "begin repeat",
        "end_repeat",
        "calculate",
        "note",
        "audit",
        "range",
        "image",
        "a",
        "b",
        "l",
        "${a}",
        "${a} + ${b}",
        "${last-saved#a}",
        "yes",
        "TRUE",
        "randomize=true seed=3",
        "start=1 end=x",
        "label::French (fr)",
        "instance('l')/root/item[name=${a}]/label",
        "indexed-repeat(${a}, ${b}, 1)",
        "search('x')",
        "table-list",
        "pulldata('f', 'a', 'b', ${a})",
        "x.csv",
        "select_one_from_file x.csv",
        "select_one ${a}",
        "now()",
        "<&\">",
    ];
    prop_oneof![9 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

fn headers() -> impl Strategy<Value = Vec<String>> {
    let words = [
        "type",
        "name",
        "label",
        "label::English (en)",
        "label::French (fr)",
        "hint",
        "relevant",
        "calculation",
        "default",
        "choice_filter",
        "repeat_count",
        "trigger",
        "parameters",
        "appearance",
        "image",
        "list_name",
        "constraint",
        "constraint_message",
        "bind::odk:x",
        "instance::hxl",
        "guidance_hint",
        "form_id",
        "default_language",
        "own column",
        "required",
    ];
    let some = proptest::sample::subsequence(words.to_vec(), 3..words.len());
    some.prop_shuffle().prop_map(|words| words.into_iter().map(str::to_owned).collect())
}

fn sheet(name: &'static str) -> impl Strategy<Value = Sheet> {
    (headers(), proptest::collection::vec(proptest::collection::vec(cell(), 0..14), 0..14)).prop_map(
        move |(header, mut rows)| {
            rows.insert(0, header);
            Sheet { name: name.to_owned(), rows }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn any_cells_convert_without_panic_into_well_formed_xml(
        survey in sheet("survey"), choices in sheet("choices"), settings in sheet("settings")
    ) {
        let workbook = Workbook { sheets: vec![survey, choices, settings] };
        let conversion = convert(&workbook, "any form");
        for problem in &conversion.problems {
            prop_assert!(!problem.message(Lang::En).contains('{') || problem.word.contains('{') || problem.other.contains('{') || problem.code == "reference_malformed" || problem.code == "trigger_malformed");
            prop_assert!(!problem.message(Lang::Fr).is_empty() && !problem.location().is_empty());
        }
        prop_assert_eq!(&conversion.xform, &convert(&workbook, "any form").xform);
        if let Some(xform) = conversion.xform.or(conversion.mended) {
            if let Err(error) = roxmltree::Document::parse(&xform) {
                prop_assert!(false, "{error}\n{xform}");
            }
        }
    }
}
