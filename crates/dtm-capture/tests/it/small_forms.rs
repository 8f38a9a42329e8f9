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
        expect![[r#"
            <?xml version="1.0"?>
            <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:ev="http://www.w3.org/2001/xml-events" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms" xmlns:odk="http://www.opendatakit.org/xforms">
            <h:head>
            <h:title>Baseline</h:title>
            <model odk:xforms-version="1.0.0">
            <itext>
            <translation lang="English (en)" default="true()">
            <text id="kind-0"><value>Camp</value></text>
            <text id="kind-1"><value>Host community</value></text>
            <text id="/data/site:label"><value>Site</value></text>
            <text id="/data/site/kind:label"><value>Kind of site</value></text>
            <text id="/data/site/idp_hh:label"><value>Displaced households</value></text>
            </translation>
            <translation lang="French (fr)">
            <text id="kind-0"><value>Camp</value></text>
            <text id="kind-1"><value>-</value></text>
            <text id="/data/site:label"><value>Site</value></text>
            <text id="/data/site/kind:label"><value>Type de site</value></text>
            <text id="/data/site/idp_hh:label"><value>Ménages déplacés</value></text>
            </translation>
            </itext>
            <instance>
            <data id="b2" version="3">
            <site>
            <kind/>
            <idp_hh/>
            </site>
            <meta>
            <instanceID/>
            </meta>
            </data>
            </instance>
            <instance id="kind"><root>
            <item><itextId>kind-0</itextId><name>camp</name></item>
            <item><itextId>kind-1</itextId><name>host</name></item>
            </root></instance>
            <bind nodeset="/data/site/kind" type="string" required="true()"/>
            <bind nodeset="/data/site/idp_hh" type="int"/>
            <bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/>
            </model>
            </h:head>
            <h:body>
            <group ref="/data/site"><label ref="jr:itext('/data/site:label')"/>
            <select1 ref="/data/site/kind"><label ref="jr:itext('/data/site/kind:label')"/><itemset nodeset="instance('kind')/root/item"><value ref="name"/><label ref="jr:itext(itextId)"/></itemset></select1>
            <input ref="/data/site/idp_hh"><label ref="jr:itext('/data/site/idp_hh:label')"/></input>
            </group>
            </h:body>
            </h:html>
        "#]],
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
        expect![[r#"
            <bind nodeset="/data/limit" type="int"/>
            <bind nodeset="/data/person/age" type="int"/>
            <bind nodeset="/data/person/school" relevant=" ../age  &lt;  /data/limit "/>
            <bind nodeset="/data/person/school/kind" type="string" relevant=" ../../age  &gt; 5"/>
            <bind nodeset="/data/first" type="string" calculate="indexed-repeat( /data/person/age ,  /data/person , 1)"/>
            <bind nodeset="/data/sum" type="string" calculate="sum( /data/person/age )"/>
            <bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/>
            <select1 ref="/data/person/school/kind"><label>Kind</label><itemset nodeset="instance('k')/root/item[level =  current()/../../age ]"><value ref="name"/><label ref="label"/></itemset></select1>
        "#]],
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
        expect![[r#"
            <item><name>XS01</name><label>North</label></item>
            <item><name>XS0101</name><label>Coast</label><admin1>XS01</admin1></item>
            <select1 ref="/data/admin1"><label>A1</label><itemset nodeset="instance('admin1')/root/item"><value ref="name"/><label ref="label"/></itemset></select1>
            <select1 ref="/data/admin2"><label>A2</label><itemset nodeset="instance('admin2')/root/item[admin1 =  /data/admin1 ]"><value ref="name"/><label ref="label"/></itemset></select1>
        "#]],
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
        expect![[r#"
            <h:title>&lt;&amp;&gt;</h:title>
            <data id="a&quot;b" version="1">
            <bind nodeset="/data/a" type="string" constraint=". &lt; 5 and . != &quot;x&quot;"/>
            <input ref="/data/a"><label>&lt;/label&gt; &amp; "quotes" &lt;b&gt; ]]&gt;</label></input>
            <input ref="/data/b"><label>You said <output value=" /data/a "/> &amp; more</label></input>
        "#]],
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
        expect![[r#"
            <why_other/>
            <hh_count/>
            <hh jr:template="">
            </hh>
            <hh>
            </hh>
            <item><name>other</name><label>Other</label></item>
            <bind nodeset="/data/why_other" type="string" relevant="selected(../why, 'other')"/>
            <bind nodeset="/data/hh_count" type="string" readonly="true()" calculate=" /data/n  + 1"/>
            <bind nodeset="/data/hh/day" type="date"/>
            <setvalue ref="/data/hh/day" event="odk-instance-first-load" value="today()"/>
            <input ref="/data/why_other"><label>Specify other.</label></input>
            <group ref="/data/hh"><label>HH</label>
            <repeat nodeset="/data/hh" jr:count=" /data/hh_count ">
            <input ref="/data/hh/day"><label>Day</label></input>
            <setvalue ref="/data/hh/day" event="odk-new-repeat" value="today()"/>
            </repeat></group>
            <input ref="/data/n"><label>N</label><setvalue ref="/data/stamp" event="xforms-value-changed" value="now()"/>
        "#]],
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
    check_problems(
        FAULTY,
        Lang::En,
        expect![[r#"
            Error type_unknown survey!A2: “interger” is not a question type. Did you mean “integer”?
            Error name_invalid survey!B3: “b b” is no valid name: begin with a letter or _, then letters, digits, - _ and full stops, no blanks.
            Error reference_unknown survey!D3: There is no question named “hhs”. Did you mean “hh”?
            Error list_unknown survey!A4: There is no list “kinds” in the choices. Did you mean “kind”?
            Error label_missing survey!5: “mute” has no label and no hint.
            Error begin_unclosed survey!A6: “begin_group” is never closed.
            Error parenthesis_unbalanced survey!E7: “(${hh} = 1, 2” has no partner in this expression.
            Error reference_ambiguous survey!E7: Several questions are named “hh” (rows 2, 8), so that the reference is not clear.
            warning function_unknown survey!D8: There is no function “selcted”. Did you mean “selected”?
            Error quote_unclosed survey!D8: A quoted text that begins with 'x) does not end.
            Error end_unmatched survey!A9: “end_repeat” closes nothing that is open here (open: group).
            Error choice_name_duplicate choices!B3: The choice “a” is already in row 2 of this list. If that is meant, set allow_choice_duplicates to yes in settings.
            Error choice_name_duplicate choices!B4: The choice “a” is already in row 2 of this list. If that is meant, set allow_choice_duplicates to yes in settings.
        "#]],
    );
}

#[test]
fn the_same_faults_in_french() {
    check_problems(
        FAULTY,
        Lang::Fr,
        expect![[r#"
            Error type_unknown survey!A2: « interger » n’est pas un type de question. Vouliez-vous dire « integer » ?
            Error name_invalid survey!B3: « b b » n’est pas un nom valide : une lettre ou _, puis lettres, chiffres, - _ et points, sans espace.
            Error reference_unknown survey!D3: Il n’y a pas de question nommée « hhs ». Vouliez-vous dire « hh » ?
            Error list_unknown survey!A4: Il n’y a pas de liste « kinds » dans les choix. Vouliez-vous dire « kind » ?
            Error label_missing survey!5: « mute » n’a ni libellé ni indication.
            Error begin_unclosed survey!A6: « begin_group » n’est jamais fermé.
            Error parenthesis_unbalanced survey!E7: « (${hh} = 1, 2 » n’a pas de pendant dans cette expression.
            Error reference_ambiguous survey!E7: Plusieurs questions s’appellent « hh » (lignes 2, 8) ; la référence est ambiguë.
            warning function_unknown survey!D8: Il n’y a pas de fonction « selcted ». Vouliez-vous dire « selected » ?
            Error quote_unclosed survey!D8: Un texte entre guillemets qui commence par 'x) n’a pas de fin.
            Error end_unmatched survey!A9: « end_repeat » ne ferme rien d’ouvert ici (ouvert : group).
            Error choice_name_duplicate choices!B3: Le choix « a » est déjà à la ligne 2 de cette liste. Si c’est voulu, mettez allow_choice_duplicates à yes dans settings.
            Error choice_name_duplicate choices!B4: Le choix « a » est déjà à la ligne 2 de cette liste. Si c’est voulu, mettez allow_choice_duplicates à yes dans settings.
        "#]],
    );
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
        expect![[r#"
            Error survey_missing survey: The workbook has no “survey” sheet. Did you mean “surveys”?
        "#]],
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
    for (kind, n) in [("group", 41), ("group", 10_000), ("repeat", 9), ("repeat", 10_000)] {
        let conversion = rows(kind, n);
        assert!(conversion.xform.is_none() && conversion.mended.is_none(), "{n} {kind}s");
        assert!(conversion.problems.iter().any(|problem| problem.code == "too_deep"), "{n} {kind}s");
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
            let message = problem.message(Lang::En);
            prop_assert!(!message.contains("{word}") && !message.contains("{other}"), "{}", message);
            prop_assert!(!problem.message(Lang::Fr).is_empty() && !problem.location().is_empty());
        }
        prop_assert_eq!(&conversion.xform, &convert(&workbook, "any form").xform);
        if let Some(xform) = conversion.xform.or(conversion.mended) {
            let parsed = roxmltree::Document::parse(&xform);
            prop_assert!(parsed.is_ok(), "{:?}\n{}", parsed.err(), xform);
        }
    }
}

#[test]
fn a_form_in_one_csv_file_is_taken_apart_and_keeps_its_places() {
    let csv =
        "survey,,,\n,type,name,label\n,select_one k,kind,Kind\n,texte,a,A\nchoices,,,\n,list_name,name,label\n,k,x,\n";
    let conversion = convert(&Workbook::read(csv.as_bytes(), "form.csv").unwrap(), "form");
    let said: Vec<String> = conversion.problems.iter().map(|problem| problem.location()).collect();
    assert_eq!(said, ["survey!B4", "choices!C7"]);
}
