//! Mappings and records as short texts, what they yield as short texts.

use super::*;
use crate::dictionary::builtin;
use dtm_model::{
    Answer, Answers, Area, Atlas, BlobHash, Boundary, FieldKind, Instant, Lang, Pcode, Record, RecordId, Source, Text,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;

static CORE: std::sync::LazyLock<dtm_model::Dictionary> = std::sync::LazyLock::new(builtin);

fn atlas() -> Atlas {
    let area = |code: &str, level, parent: Option<&str>, name: &str| Area {
        pcode: code.into(),
        level,
        parent: parent.map(Pcode::from),
        name: Text::both(name, name),
        aliases: [("dtm-api".to_owned(), format!("{name} region"))].into(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    };
    let areas = [
        area("XS", 0, None, "Sorelia"),
        area("XS01", 1, Some("XS"), "Haute-Rive"),
        area("XS02", 1, Some("XS"), "Delta"),
        area("XS0101", 2, Some("XS01"), "Saint-Clair"),
        area("XS0201", 2, Some("XS02"), "Port-Noir"),
    ];
    let square = |x: f64| geo::Rect::new((x, 0.0), (x + 1.0, 1.0)).to_polygon();
    let outline = |code: &str, x| Boundary { pcode: code.into(), shape: square(x).into() };
    Atlas::new(areas, [outline("XS0101", 10.0), outline("XS0201", 11.0)])
}

pub(super) fn record(row: u32, answers: Answers) -> Record {
    Record {
        id: RecordId::new(Instant::from_millis(i64::from(row)), [0; 10]),
        source: Source::Row { file: BlobHash::of(b""), name: "t.csv".into(), sheet: String::new(), row },
        answers,
    }
}

/// Rows of cells apart by `|`, the header first; numbers are typed as the table reader does.
fn records(table: &str) -> Vec<Record> {
    let mut lines = table.trim().lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let answer = |cell: &str| cell.parse().map(Answer::Integer).unwrap_or_else(|_| Answer::Text(cell.to_owned()));
    let row = |cells: Vec<&str>| Answers {
        values: header
            .iter()
            .zip(cells)
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(name, cell)| ((*name).to_owned(), answer(cell)))
            .collect(),
        repeats: Default::default(),
    };
    lines.enumerate().map(|(at, cells)| record(at as u32 + 2, row(cells))).collect()
}

fn say(observation: &Observation) -> String {
    let Breakdown { sex, age, reason, origin, direction } = &observation.breakdown;
    let mut parts = vec![format!("{} {} {}", observation.place, observation.area, observation.indicator)];
    parts.extend(sex.map(|sex| sex.code().to_owned()));
    parts.extend([age, reason, direction].into_iter().flatten().cloned());
    parts.extend(origin.as_ref().map(|origin| format!("from {origin}")));
    format!("{} = {} on {}", parts.join(" "), observation.value, observation.observed_on)
}

use dtm_model::{Breakdown, Observation};

fn check_applied(mapping: &str, table: &str, expected: Expect) {
    let mapping = Mapping::from_toml(mapping).unwrap_or_else(|problems| panic!("{problems:?}"));
    let applied = apply_all(&mapping, &builtin(), &atlas(), &records(table));
    let mut said: Vec<String> = applied.observations.iter().map(say).collect();
    for finding in &applied.findings {
        let message = notice(&finding.check).unwrap().message(finding, Lang::En);
        assert!(!message.contains('?') || finding.facts.values().any(|fact| fact.contains('?')), "{message}");
        let whose = if finding.record.is_some() { "record" } else { "column" };
        said.push(format!("! {whose} {}: {message}", finding.check));
    }
    expected.assert_eq(&(said.join("\n") + "\n"));
}

const SMALL: &str = r#"
[place]
ssid = "id"
name = "name"
area = ["adm2", "adm1"]
[place.kind]
question = "kind"
otherwise = "host_community"
blank = "host_community"
[place.kind.values]
Site = "site"
[date]
question = "day"
[group.idp]
measures = [
    { indicator = "m0310_loc_num_idp_ind", question = "idps" },
    { indicator = "m0310_loc_num_idp_ind", question = "girls", sex = "female", age = "0-17" },
]
[group.idp.present]
question = "present"
fold = ["case"]
[group.idp.present.values]
oui = "yes"
non = "no"
[group.idp.reason]
question = "why"
fold = ["case", "accents", "blanks"]
blank = "not_reported"
otherwise = "other"
[group.idp.reason.values]
"Désastre" = "natural_disaster"
[group.idp.origin]
question = ["from2", "from1"]
"#;

#[test]
fn an_answered_zero_is_observed_and_an_absent_answer_is_not() {
    check_applied(
        SMALL,
        "
id | name  | adm2   | kind | day        | idps | girls | why      | from1
a  | Alpha | XS0101 | Site | 2023-02-14 | 0    |       | Désastre | XS02
b  | Bravo | XS0201 |      | 2023-02-15 |      | 3     |          |
",
        expect![[r#"
            a XS0101 m0310_loc_num_idp_ind natural_disaster from XS02 = 0 on 2023-02-14
            b XS0201 m0310_loc_num_idp_ind female 0-17 not_reported = 3 on 2023-02-15
        "#]],
    );
}

#[test]
fn a_group_said_to_be_absent_is_left_out_only_where_nothing_is_counted() {
    check_applied(
        SMALL,
        "
id | adm2   | day        | present | idps
a  | XS0101 | 2023-02-14 | non     |
b  | XS0101 | 2023-02-14 | non     | 12
c  | XS0101 | 2023-02-14 | Oui     | 5
",
        expect![[r#"
            b XS0101 m0310_loc_num_idp_ind not_reported = 12 on 2023-02-14
            c XS0101 m0310_loc_num_idp_ind not_reported = 5 on 2023-02-14
            ! record absent_with_numbers: «present» says that the group `idp` is not there, yet 12 are counted
            ! record mixed_spelling: «present» writes the same answer in several ways: oui (0) / Oui (1)
        "#]],
    );
}

#[test]
fn a_word_read_only_by_overlooking_its_spelling_and_a_word_unknown_are_said_once_a_column() {
    check_applied(
        SMALL,
        "
id | adm2   | day        | idps | why
a  | XS0101 | 2023-02-14 | 1    | Désastre
b  | XS0101 | 2023-02-14 | 2    | desastre
c  | XS0101 | 2023-02-14 | 3    | désastre
d  | XS0101 | 2023-02-14 | 4    | gangs
e  | XS0101 | 2023-02-14 | 5    | gangs
",
        expect![[r#"
            a XS0101 m0310_loc_num_idp_ind natural_disaster = 1 on 2023-02-14
            b XS0101 m0310_loc_num_idp_ind natural_disaster = 2 on 2023-02-14
            c XS0101 m0310_loc_num_idp_ind natural_disaster = 3 on 2023-02-14
            d XS0101 m0310_loc_num_idp_ind other = 4 on 2023-02-14
            e XS0101 m0310_loc_num_idp_ind other = 5 on 2023-02-14
            ! column mixed_spelling: «why» writes the same answer in several ways: Désastre (1) / desastre (1) / désastre (1)
            ! column value_not_in_mapping: «gangs» in «why» (rows: 2) is not translated by the mapping and became other
        "#]],
    );
}

#[test]
fn a_sentence_where_a_code_belongs_leaves_the_origin_unknown() {
    check_applied(
        SMALL,
        "
id | adm2   | day        | idps | from2  | from1
a  | XS0101 | 2023-02-14 | 1    | Le reste n'a pas été collecté |
b  | XS0101 | 2023-02-14 | 2    | XS0201 |
c  | XS0101 | 2023-02-14 | 3    | XS9999 | XS02
d  | XS0101 | 2023-02-14 | 4    | xs 02  |
e  | XS0101 | 2023-02-14 | 5    |        | Delta region
f  | XS0101 | 2023-02-14 | 6    |        | Port Noir
",
        expect![[r#"
            a XS0101 m0310_loc_num_idp_ind not_reported = 1 on 2023-02-14
            b XS0101 m0310_loc_num_idp_ind not_reported from XS02 = 2 on 2023-02-14
            c XS0101 m0310_loc_num_idp_ind not_reported from XS02 = 3 on 2023-02-14
            d XS0101 m0310_loc_num_idp_ind not_reported from XS02 = 4 on 2023-02-14
            e XS0101 m0310_loc_num_idp_ind not_reported from XS02 = 5 on 2023-02-14
            f XS0101 m0310_loc_num_idp_ind not_reported = 6 on 2023-02-14
            ! record not_a_pcode: «Le reste n'a pas été collecté» in «from2» is not a p-code; the area is taken as unknown
            ! record not_a_pcode: «Port Noir» in «from1» is not a p-code; the area is taken as unknown
            ! record unknown_pcode: «from2» holds p-codes that are not among the areas loaded: XS9999 (rows: 1)
            ! record alias_used: «Delta region» in «from1» is another spelling of XS02 (rows: 1)
            ! record pcode_repaired: the p-code «xs 02» in «from2» was read as XS02 (rows: 1)
        "#]],
    );
}

#[test]
fn a_record_that_cannot_be_placed_or_dated_is_said_and_nothing_is_guessed() {
    check_applied(
        SMALL,
        "
id | adm2   | adm1 | day        | idps
a  | XS0101 | XS02 | 2023-02-14 | many
b  |        |      | 2023-02-14 | 2
   | XS0101 |      | 2023-02-14 | 3
d  | XS0101 |      | 02/03/2023 | 4
e  |        | XS02 | 2022-6     | 5
",
        expect![[r#"
            e XS02 m0310_loc_num_idp_ind not_reported = 5 on 2022-06-01
            ! record areas_disagree: XS0101 in «adm2» does not lie in XS02, which the record also names
            ! record not_a_number: «many» in «idps» is not a number and was not counted
            ! record area_missing: the record names no area that is known; its numbers cannot be placed
            ! record place_missing: the record does not say which place it speaks of; its numbers do not count
            ! record unreadable_date: «02/03/2023» in «day» cannot be read as a date for certain
            ! record date_missing: the record has no day of assessment; its numbers do not count
        "#]],
    );
}

#[test]
fn leftovers_of_other_software_stand_for_nothing_and_a_name_stands_in_for_an_id() {
    let mapping = SMALL
        .replace("[place]\nssid", "[words]\nmissing = [\"NULL\"]\nnot_applicable = [\"n. a.\"]\n[place]\nwithout_ssid = \"area_and_name\"\nssid")
        .replace("name = \"name\"", "name = [\"name\", \"other name\"]");
    check_applied(
        &mapping,
        "
id    | name  | other name   | adm2   | day        | idps
NULL  | n. a. | Ti Kajou-Bas | XS0101 | 2023-02-14 | 1
n. a. | Beta  |              | XS0101 | 2023-02-14 | NULL
",
        expect![[r#"
            XS0101/ti-kajou-bas XS0101 m0310_loc_num_idp_ind not_reported = 1 on 2023-02-14
            ! record missing_word: «id» holds the word «NULL» where nothing was answered (rows: 1)
            ! record missing_word: «idps» holds the word «NULL» where nothing was answered (rows: 1)
            ! column place_without_ssid: records without an id of their place: 2; area and name stand in for it
        "#]],
    );
}

#[test]
fn a_position_tells_the_area_where_no_code_does() {
    let mapping = r#"
place = { ssid = "point", area = [], position = { question = "gps" }, kind = { always = "flow_point" } }
date = { otherwise = "2024-05-01" }
[group.travellers]
measures = [{ indicator = "m0701_fmr_num_nation_ind", question = "n" }]
direction = { question = "way", values = { entering = "in", leaving = "out" } }
"#;
    check_applied(
        mapping,
        "
point | gps          | n | way
P1    | 0.5 11.5 3 4 | 7 | entering
P2    | 0 0          | 8 | leaving
",
        expect![[r#"
            P1 XS0201 m0701_fmr_num_nation_ind in = 7 on 2024-05-01
            ! record unreadable_position: «gps» does not hold a position on earth
            ! record area_missing: the record names no area that is known; its numbers cannot be placed
        "#]],
    );
}

#[test]
fn the_turns_of_a_repeat_are_added_up_within_their_breakdown() {
    let mapping = Mapping::from_toml(
        r#"
place = { ssid = "point", area = "adm2", kind = { always = "flow_point" } }
date = { question = "day" }
[group.travellers]
repeat = "groups"
measures = [{ indicator = "m2589_fmr_num_men_enter", question = "men", sex = "male" }]
direction = { question = "way", values = { in = "in", out = "out" } }
"#,
    )
    .unwrap();
    let text = |word: &str| Answer::Text(word.into());
    let turn = |way: &str, men| Answers {
        values: [("groups/way".into(), text(way)), ("groups/men".into(), Answer::Integer(men))].into(),
        ..Answers::default()
    };
    let answers = Answers {
        values: [("point".into(), text("P1")), ("adm2".into(), text("XS0101")), ("day".into(), text("2024-05-01"))]
            .into(),
        repeats: [("groups".into(), vec![turn("in", 2), turn("out", 5), turn("in", 4)])].into(),
    };
    let applied = apply(&mapping, &builtin(), &atlas(), &record(2, answers));
    let said: Vec<String> = applied.observations.iter().map(say).collect();
    expect![[r#"
        P1 XS0101 m2589_fmr_num_men_enter male in = 6 on 2024-05-01
        P1 XS0101 m2589_fmr_num_men_enter male out = 5 on 2024-05-01"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn a_column_is_never_taken_for_the_choice_of_another() {
    let mapping = Mapping::from_toml(SMALL).unwrap();
    let rows =
        records("id | adm2 | day | idps | needs/idps\na | XS0101 | 2023-02-14 | 4 | 1\nb | XS0101 | 2023-02-14 | | 1");
    let applied = apply_all(&mapping, &builtin(), &atlas(), &rows);
    assert_eq!(applied.observations.iter().map(|o| o.value).collect::<Vec<_>>(), [4.0]);
    let rows = records("g/id | g/adm2 | g/day | g/idps\na | XS0101 | 2023-02-14 | 4");
    assert_eq!(apply_all(&mapping, &builtin(), &atlas(), &rows).observations.len(), 1);
}

#[test]
fn a_place_reached_without_counts_is_still_a_visit() {
    let mapping = Mapping::from_toml(SMALL).unwrap();
    let rows = records("id | adm2 | day | present\na | XS0101 | 2023-02-14 | non");
    let applied = apply_all(&mapping, &builtin(), &atlas(), &rows);
    assert_eq!(applied.visits.len(), 1);
    assert_eq!((applied.visits[0].absent.as_slice(), applied.observations.len()), (&["idp".to_owned()][..], 0));
}

#[test]
fn the_later_record_describes_a_place_that_is_described_twice() {
    let mapping = Mapping::from_toml(SMALL).unwrap();
    let rows = records(
        "id | name | adm2 | kind | day\na | Alpha | XS0101 | Site | 2023-02-20\na | Alfa | XS0201 | Site | 2023-02-14",
    );
    let applied = apply_all(&mapping, &builtin(), &atlas(), &rows);
    assert_eq!(applied.places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>(), ["Alpha"]);
    assert_eq!(applied.findings[0].check, "place_differs");
}

fn problems(text: &str) -> Vec<String> {
    Mapping::from_toml(text).err().unwrap_or_default().iter().map(|problem| problem.message(Lang::En)).collect()
}

#[test]
fn every_mistake_of_a_file_is_said_with_its_line() {
    let text = r#"[place]
ssid = 7
are = "x"
[place.kind]
question = "k"
[place.kind.values]
A = "sight"
[date]
otherwise = "soon"
[group.idp]
measures = [
    { indicator = "i", question = "q", age = "young", sex = "females" },
    { question = "q" },
]
reason = { question = "r", fold = ["accent"], values = { x = "war" } }
[group.empty]
"#;
    expect![[r#"
        line 2: `place` needs the key `area`
        line 2: `place.ssid` must be a text or a list of texts
        line 3: `place` has no key `are`; did you mean `area`?
        line 7: `sight` is not one of the words for `place.kind.values`: site, host_community, flow_point
        line 9: `soon` is not a date; write year-month-day
        line 12: `young` is not an age group; write `0`, `1-5` or `60+`
        line 12: `females` is not one of the words for `group.idp.measures.sex`: female, male; did you mean `female`?
        line 13: `group.idp.measures` needs the key `indicator`
        line 15: `war` is not one of the words for `group.idp.reason.values`: conflict, insecurity, natural_disaster, other, not_reported
        line 15: `accent` is not one of the words for `group.idp.reason.fold`: case, blanks, accents; did you mean `accents`?
        line 16: group `empty` counts nothing; add a line to its `measures`"#]]
    .assert_eq(&problems(text).join("\n"));
    assert_eq!(
        problems(""),
        ["`mapping` needs the key `place`", "the mapping counts nothing; add a group with its `measures`"]
    );
    assert!(problems("[place\nssid = 1")[0].starts_with("line 1: the file is not readable as TOML"));
}

#[test]
fn a_file_nested_without_end_is_refused_and_does_not_end_the_program() {
    let deep = format!("x = {}{}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(!problems(&deep).is_empty());
    let tables = format!("x = {}1{}", "{a=".repeat(50_000), "}".repeat(50_000));
    assert!(!problems(&tables).is_empty());
    assert!(!problems(&"a.".repeat(100_000)).is_empty());
}

fn columns(names: &[(&str, Option<FieldKind>)]) -> QuestionSet {
    QuestionSet::of_columns(names.iter().map(|(name, kind)| Question::column(*name, None, *kind)))
}

#[test]
fn a_mapping_is_compared_with_the_form_and_the_dictionary() {
    let mapping = Mapping::from_toml(
        &SMALL.replace("m0310_loc_num_idp_ind\", question = \"idps", "m0310_loc_num_idp_int\", question = \"idps"),
    )
    .unwrap();
    let known = ["id", "name", "adm2", "adm1", "kind", "present", "from2", "from1"].map(|name| (name, None));
    let mut known = known.to_vec();
    known.extend([
        ("day", Some(FieldKind::Integer)),
        ("idp", None),
        ("girls", Some(FieldKind::SelectOne)),
        ("why", None),
    ]);
    let said: Vec<String> =
        check(&mapping, &columns(&known), &builtin()).iter().map(|problem| problem.message(Lang::En)).collect();
    expect![[r#"
        `date.question` needs a date, but `day` is of type integer
        `group.idp.measures` asks for `idps`, which the form or table does not have; did you mean `idp`?
        `group.idp.measures` needs a number, but `girls` is of type selectone
        `m0310_loc_num_idp_int` is not in the dictionary; did you mean `m0310_loc_num_idp_ind`?"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn every_problem_and_notice_is_worded_in_both_languages() {
    let codes = [
        "not_toml",
        "unknown_key",
        "missing_key",
        "wrong_type",
        "unknown_word",
        "bad_age",
        "bad_date",
        "always_and_question",
        "no_question",
        "no_measures",
        "no_groups",
        "unknown_question",
        "ambiguous_question",
        "question_of_other_type",
        "question_in_repeat",
        "unknown_repeat",
        "unknown_indicator",
        "not_a_count",
        "question_counted_twice",
    ];
    for code in codes {
        assert!(problem::worded(code), "{code}");
    }
    for notice in NOTICES {
        assert_ne!(notice.advice(Lang::En), notice.advice(Lang::Fr), "{}", notice.id);
    }
    let french = Mapping::from_toml("[place]\nare = 1").unwrap_err();
    assert!(french.iter().any(|problem| problem.message(Lang::Fr)
        == "ligne 2 : « place » ne connaît pas la clé « are » ; vouliez-vous dire « area » ?"));
}

#[test]
fn a_draft_reads_dictionary_names_tags_and_labels_and_says_what_it_left() {
    let mut questions: Vec<Question> = [
        "m0304_meta_adm2_pcode",
        "m0445_site",
        "m0310_loc_num_idp_ind",
        "m2969_loc_num_women_idp",
        "m0329_loc_reason_disp_idp",
        "m0329_loc_reason_disp_idp_other",
        "shoe_size",
    ]
    .map(|name| Question::column(name, None, None))
    .into();
    questions.push(Question::column("Ménages", Some("#affected +hh +idps"), None));
    questions.push(Question::column("Jour de l’évaluation", None, None));
    let set = QuestionSet::of_columns(questions);
    let sample = Answers {
        values: [
            ("m0329_loc_reason_disp_idp".to_owned(), Answer::Text("climate_floods".into())),
            ("m0310_loc_num_idp_ind".to_owned(), Answer::Text("NULL".into())),
        ]
        .into(),
        ..Answers::default()
    };
    let Draft { mapping, coverage } = draft(&set, &builtin(), &[&sample]);
    expect![[r#"

        [words]
        missing = "NULL"

        [place]
        ssid = "m0445_site"
        area = "m0304_meta_adm2_pcode"

        [place.kind]
        always = "host_community"

        [date]
        question = "Jour de l’évaluation"

        [group.idp]
        measures = [
            { indicator = "m0309_loc_num_idp_hh", question = "Ménages" },
            { indicator = "m0310_loc_num_idp_ind", question = "m0310_loc_num_idp_ind" },
            { indicator = "m0310_loc_num_idp_ind", question = "m2969_loc_num_women_idp", sex = "female", age = "18+" },
        ]

        [group.idp.reason]
        question = "m0329_loc_reason_disp_idp"
        fold = ["case", "blanks"]
        otherwise = "other"
        blank = "not_reported"
        [group.idp.reason.values]
        "climate_floods" = "natural_disaster"
    "#]]
    .assert_eq(&mapping.to_toml());
    assert_eq!(coverage.unused, ["m0329_loc_reason_disp_idp_other", "shoe_size"]);
    let by = |question: &str| coverage.fed.iter().find(|feed| feed.question == question).map(|feed| feed.by);
    assert_eq!(by("Ménages"), Some(FedBy::Hxl));
    assert_eq!(by("Jour de l’évaluation"), Some(FedBy::Label));
    assert!(coverage.unfed.contains(&"m3391_loc_main_origin_adm2".to_owned()));
    assert_eq!(Mapping::from_toml(&mapping.to_toml()).unwrap(), mapping);
}

#[test]
fn a_draft_for_a_form_fits_the_form_it_is_for() {
    let field = |path: &str, kind, label: &str| dtm_model::Field {
        path: path.into(),
        kind,
        label: Text::new().with("en", label),
        hxl: None,
        choices: Vec::new(),
    };
    let form = dtm_model::FormSchema {
        xml_form_id: "f".into(),
        version: "1".into(),
        title: "F".into(),
        root: "data".into(),
        fields: vec![
            field("where", FieldKind::Group, ""),
            field("where/m0304_meta_adm2_pcode", FieldKind::SelectOne, "Commune"),
            field("where/m0445_loc_site_id_ssid", FieldKind::Text, "Place"),
            field("m1855_meta_assessment_date", FieldKind::Date, "Day"),
            field("m0310_loc_num_idp_ind", FieldKind::SelectOne, "Are there displaced people?"),
            field("people", FieldKind::Repeat, ""),
            field("people/m0309_loc_num_idp_hh", FieldKind::Integer, "Households"),
            field("people/m2589_fmr_num_men_enter", FieldKind::Integer, "Men"),
        ],
        media: Vec::new(),
        encrypted: false,
        client_editable: false,
        entities: None,
        on_arrival: None,
    };
    let set = QuestionSet::of_form(&form);
    let Draft { mapping, coverage } = draft(&set, &builtin(), &[]);
    assert_eq!(check(&mapping, &set, &builtin()), []);
    assert_eq!(mapping.groups["idp"].repeat.as_deref(), Some("people"));
    assert_eq!(mapping.place.area, ["where/m0304_meta_adm2_pcode"]);
    assert_eq!(coverage.unused, ["m0310_loc_num_idp_ind"]);
    let mut other = mapping.clone();
    other.groups.get_mut("idp").unwrap().repeat = None;
    let problem = &check(&other, &set, &builtin())[0];
    expect!["« people/m0309_loc_num_idp_hh » est demandé plusieurs fois dans « people » ; « group.idp.measures » ne le compte qu’avec « repeat = \"people\" »"].assert_eq(&problem.message(Lang::Fr));
}

#[test]
fn a_draft_adds_up_the_total_that_a_registry_does_not_ask_for() {
    let names = [
        "m0641_fmr_fmp_code",
        "m2589_fmr_num_men_enter",
        "m2590_fmr_num_women_enter",
        "m2591_fmr_num_boys_enter",
        "m2592_fmr_num_girls_enter",
        "m2704_meta_movement_direction",
    ];
    let set = QuestionSet::of_columns(names.map(|name| Question::column(name, None, None)));
    let Draft { mapping, .. } = draft(&set, &builtin(), &[]);
    let group = &mapping.groups["migrant"];
    let said: Vec<String> = group
        .measures
        .iter()
        .map(|m| {
            format!(
                "{} <- {} {} {}",
                m.indicator,
                m.question,
                m.sex.map_or("", Sex::code),
                m.age.as_deref().unwrap_or("")
            )
        })
        .collect();
    expect![[r#"
        m0701_fmr_num_nation_ind <- m2589_fmr_num_men_enter  
        m0701_fmr_num_nation_ind <- m2590_fmr_num_women_enter  
        m0701_fmr_num_nation_ind <- m2591_fmr_num_boys_enter  
        m0701_fmr_num_nation_ind <- m2592_fmr_num_girls_enter  
        m2589_fmr_num_men_enter <- m2589_fmr_num_men_enter male 18+
        m2590_fmr_num_women_enter <- m2590_fmr_num_women_enter female 18+
        m2591_fmr_num_boys_enter <- m2591_fmr_num_boys_enter male 0-17
        m2592_fmr_num_girls_enter <- m2592_fmr_num_girls_enter female 0-17"#]]
    .assert_eq(&said.join("\n"));
    assert_eq!(mapping.place.kind.always.as_deref(), Some("flow_point"));
    assert_eq!(group.direction.as_ref().unwrap().values["entering"], "in");
    let missing: Vec<_> = check(&mapping, &set, &builtin()).iter().map(|p| p.facts["part"].clone()).collect();
    assert_eq!(missing, ["place.area", "date.question"]);
}

prop_compose! {
    fn any_translation(words: &'static [&'static str])(
        questions in prop::collection::vec(".{1,12}", 1..3),
        values in prop::collection::btree_map(".{0,9}", prop::sample::select(words).prop_map(str::to_owned), 0..4),
        otherwise in prop::option::of(prop::sample::select(words).prop_map(str::to_owned)),
        fold in prop::sample::subsequence(Fold::ALL.to_vec(), 0..=3),
    ) -> Translation {
        Translation { always: None, questions, fold, otherwise, blank: None, values }
    }
}

prop_compose! {
    fn any_mapping()(
        name in ".{0,20}",
        missing in prop::collection::vec(".{0,6}", 0..3),
        kind in any_translation(&["site", "host_community"]),
        ssid in prop::collection::vec(".{0,12}", 0..3),
        area in prop::collection::vec("[a-z \"\\\\\n]{1,9}", 0..3),
        reason in prop::option::of(any_translation(&REASONS)),
        group in "[a-zé .]{1,8}",
        question in ".{0,12}",
        female in any::<bool>(),
        as_reported in any::<bool>(),
    ) -> Mapping {
        let measure = MeasureMapping {
            indicator: "m0310_loc_num_idp_ind".into(),
            question: question.clone(),
            sex: female.then_some(Sex::Female),
            age: Some("60+".into()),
        };
        let cell = CellMapping { question: question.clone(), sex: Sex::Male, age: "0-17".into() };
        let who = Translation { always: Some("key_informant".into()), ..Translation::default() };
        let group_mapping = GroupMapping { reason, measures: vec![measure], ..GroupMapping::default() };
        Mapping {
            name,
            words: Words { missing, ..Words::default() },
            place: PlaceMapping { kind, ssid, area, ..PlaceMapping::default() },
            date: DateMapping::default(),
            groups: [(group, group_mapping)].into(),
            tables: TablesMapping {
                males_females: if as_reported { MalesFemales::OnlyAsReported } else { MalesFemales::FromSexAge },
            },
            source: female.then(|| SourceMapping { id: vec!["ki".into()], kind: Some(who), ..SourceMapping::default() }),
            sample: as_reported.then(|| SampleMapping { repeat: "household".into(), size: None, cells: vec![cell] }),
            households: female.then(|| HouseholdMapping {
                group: Some(Translation { always: Some("idp".into()), ..Translation::default() }),
                weight: Some("weight".into()),
                needs: vec![NeedMapping { indicator: "m3181_hh_priority_needs".into(), question: "needs".into(), sector: "food".into() }],
            }),
        }
    }
}

proptest! {
    #[test]
    fn writing_and_reading_cancel_out(mapping in any_mapping()) {
        let text = mapping.to_toml();
        let read = Mapping::from_toml(&text).map_err(|problems| TestCaseError::fail(format!("{problems:?}\n{text}")))?;
        prop_assert_eq!(read, mapping);
    }

    #[test]
    fn every_number_answered_is_counted_once(
        rows in prop::collection::vec((prop::option::of(0i64..5_000), 0usize..4, 0usize..3), 0..40),
    ) {
        let mapping = Mapping::from_toml(SMALL).unwrap();
        let (dictionary, atlas) = (&*CORE, atlas());
        let text = |word: &str| Answer::Text(word.into());
        let made: Vec<Record> = rows.iter().enumerate().map(|(at, (number, why, from))| {
            let mut values: std::collections::BTreeMap<String, Answer> = [
                ("id".to_owned(), text(&format!("p{}", at / 2))),
                ("adm2".to_owned(), text("XS0101")),
                ("day".to_owned(), text("2023-02-14")),
                ("why".to_owned(), text(["", "desastre", "Désastre", "?"][*why])),
                ("from1".to_owned(), text(["XS01", "xs 2", "je ne sais pas"][*from])),
            ].into();
            values.extend(number.map(|number| ("idps".to_owned(), Answer::Integer(number))));
            record(at as u32, Answers { values, ..Answers::default() })
        }).collect();
        let applied = apply_all(&mapping, dictionary, &atlas, &made);
        let answered: Vec<i64> = rows.iter().filter_map(|(number, ..)| *number).collect();
        prop_assert_eq!(applied.observations.len(), answered.len());
        prop_assert_eq!(applied.observations.iter().map(|o| o.value).sum::<f64>(), answered.iter().sum::<i64>() as f64);
        // One by one, records say the same.
        let alone: Vec<Observation> =
            made.iter().flat_map(|record| apply(&mapping, dictionary, &atlas, record).observations).collect();
        prop_assert_eq!(alone, applied.observations);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}a-z=\".,\n#]{0,120}") {
        let _ = Mapping::from_toml(&text);
    }
}
