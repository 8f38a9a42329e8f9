//! Records under an agreement: what is refused, what is made coarser, what is taken out. Reference values: sdcMicro 5.8.1.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;

use common::candidate;
use dtm_model::{Dissemination, Point, Text};
use dtm_protect::anonymity::Keys;
use dtm_protect::{
    Candidate, DatePrecision, Meaning, Policy, Position, RecordArea, RecordChoice, RecordColumn, RecordField,
    RecordPolicy, RecordsCandidate, Release, release,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::path::Path;

/// Records as text: the first line names the fields (`area`, `age`, `day`, `phone`, `note`, `spot` mean what they say, any
/// other is an answer), the others are records; `-` is no answer.
fn records(text: &str) -> RecordsCandidate {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let names: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split_whitespace().collect()).collect();
    let said = |at: usize| rows.iter().map(move |row| Some(row[at]).filter(|word| *word != "-"));
    let field = |name: &str| {
        let (meaning, class) = match name {
            "area" => (Meaning::Area, Dissemination::Public),
            "age" => (Meaning::Age, Dissemination::Public),
            "phone" => (Meaning::Identifier, Dissemination::Public),
            "note" => (Meaning::Words, Dissemination::Public),
            "spot" => (Meaning::Position, Dissemination::Public),
            "needs" => (Meaning::Answer, Dissemination::Confidential),
            "abuse" => (Meaning::Answer, Dissemination::Secret),
            _ => (Meaning::Answer, Dissemination::Public),
        };
        RecordField { name: name.to_owned(), label: Text::both(name, name), hxl: String::new(), class, meaning }
    };
    let column = |(at, name): (usize, &&str)| match *name {
        "age" => RecordColumn::Integer { values: said(at).map(|word| word.map(|w| w.parse().unwrap())).collect() },
        "day" => RecordColumn::Date { values: said(at).map(|word| word.map(|w| w.parse().unwrap())).collect() },
        "spot" => {
            let spot = |word: &str| {
                let (lat, lon) = word.split_once(',').unwrap();
                Point { lat: lat.parse().unwrap(), lon: lon.parse().unwrap() }
            };
            RecordColumn::Point { values: said(at).map(|word| word.map(spot)).collect() }
        }
        "sex" => {
            let choice = |code: &str| RecordChoice { code: code.to_owned(), label: Text::both(code, code) };
            let choices = vec![choice("female"), choice("male")];
            let values = said(at).map(|word| word.map(|w| u32::from(w == "male"))).collect();
            RecordColumn::Choice { choices, values }
        }
        _ => RecordColumn::Text { values: said(at).map(|word| word.map(str::to_owned)).collect() },
    };
    let area = |code: &str| RecordArea {
        code: code.to_owned(),
        parent: (code.len() > 2).then(|| code[..code.len() - 2].to_owned()),
        name: Text::both(code, code),
    };
    RecordsCandidate {
        fields: names.iter().map(|name| field(name)).collect(),
        columns: names.iter().enumerate().map(column).collect(),
        ids: (0..rows.len()).map(|at| format!("uuid:{at}")).collect(),
        areas: ["XS", "XS01", "XS02", "XS0101", "XS0102", "XS0201", "XS010101", "XS010102"].map(area).to_vec(),
        secret: [7; 32],
    }
}

fn of(records: RecordsCandidate) -> Candidate {
    Candidate { records: Some(records), ..candidate(Vec::new()) }
}

fn partner(k: u32, keys: &[&str]) -> Policy {
    let rules = RecordPolicy {
        agreement: "XSO-1".to_owned(),
        k,
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        dates: DatePrecision::Month,
        age_years: 5,
        identifying: Vec::new(),
    };
    Policy {
        name: "agreement".to_owned(),
        audience: "agreement XSO-1".to_owned(),
        highest_class: Dissemination::Confidential,
        records: Some(rules),
        ..Policy::public()
    }
}

/// The rows that left, sorted by what they say, and what protecting them took.
fn text(release: &Release) -> String {
    let records = release.records().unwrap();
    let names: Vec<&str> = records.fields.iter().map(|field| field.name.as_str()).collect();
    let mut rows: Vec<String> = (0..records.ids.len())
        .map(|at| {
            let words = records.columns.iter().map(|column| column.plain(at));
            words.map(|word| if word.is_empty() { "-".to_owned() } else { word }).collect::<Vec<_>>().join(" ")
        })
        .collect();
    rows.sort();
    let risk = &records.risk;
    let suppressed: Vec<String> = risk.suppressed.iter().map(|(field, n)| format!("{field} {n}")).collect();
    format!(
        "{}\n{}\nkeys {}; alone {} then {}; taken out: {}\n",
        names.join(" "),
        rows.join("\n"),
        risk.keys.join(" "),
        risk.before.n_unique,
        risk.after.n_unique,
        suppressed.join(", ")
    )
}

fn check(rows: &str, policy: &Policy, expected: Expect) -> Release {
    let made = release(of(records(rows)), policy).unwrap();
    expected.assert_eq(&text(&made));
    made
}

fn refused(rows: &str, policy: &Policy) -> String {
    release(of(records(rows)), policy).unwrap_err().to_string()
}

#[test]
fn areas_days_and_ages_are_made_coarser_and_are_keys_by_themselves() {
    check(
        "
        area      age  day         needs
        XS010101  31   2024-05-02  water
        XS010102  34   2024-05-19  food
        XS0102    3    2024-05-03  water
        XS0102    4    2024-05-30  shelter
        XS0999    95   2024-06-01  food
        XS0201    88   2024-06-07  food
        ",
        &partner(2, &[]),
        expect![[r#"
            area age day needs
            - 80+ 2024-06 food
            XS0101 30-34 2024-05 food
            XS0101 30-34 2024-05 water
            XS0102 0-4 2024-05 shelter
            XS0102 0-4 2024-05 water
            XS0201 80+ 2024-06 food
            keys area age day; alone 0 then 0; taken out: 
        "#]],
    );
}

#[test]
fn the_answer_is_taken_out_whose_loss_hides_most_others() {
    check(
        "
        sex     roof   needs
        female  tin    water
        female  tin    food
        female  straw  food
        male    tin    water
        male    tin    water
        male    straw  food
        ",
        &partner(2, &["sex", "roof"]),
        expect![[r#"
            sex roof needs
            - straw food
            female tin food
            female tin water
            male straw food
            male tin water
            male tin water
            keys sex roof; alone 2 then 0; taken out: sex 1
        "#]],
    );
}

#[test]
fn what_is_above_the_clearance_does_not_leave() {
    let rows = "sex abuse\nfemale yes\nmale no\nfemale yes";
    assert_eq!(refused(rows, &partner(1, &[])), "field `abuse` is secret, the clearance is confidential");
    let restricted = Policy { highest_class: Dissemination::Restricted, ..partner(1, &[]) };
    assert_eq!(refused(rows, &restricted), "field `abuse` is secret, the clearance is restricted");
}

#[test]
fn what_identifies_leaves_only_where_the_agreement_names_it_and_the_clearance_reaches_so_far() {
    let rows = "sex phone\nfemale 5550101\nmale 5550102";
    // The question was classed public; a telephone is secret all the same.
    assert_eq!(refused(rows, &partner(1, &[])), "field `phone` is secret, the clearance is confidential");
    let mut policy = Policy { highest_class: Dissemination::Secret, ..partner(1, &[]) };
    assert_eq!(refused(rows, &policy), "field `phone` identifies and the agreement does not name it");
    policy.records.as_mut().unwrap().identifying = vec!["phone".to_owned()];
    assert!(release(of(records(rows)), &policy).is_ok());
    policy.highest_class = Dissemination::Confidential;
    assert_eq!(refused(rows, &policy), "field `phone` is secret, the clearance is confidential");
}

#[test]
fn whatever_is_tried_nothing_above_the_clearance_is_in_what_leaves() {
    let rows = "area age day needs abuse phone note spot\nXS0101 31 2024-05-02 water yes 5550101 lives-here 8.12,1.34";
    let classes =
        [Dissemination::Public, Dissemination::Confidential, Dissemination::Restricted, Dissemination::Secret];
    let names = ["area", "age", "day", "needs", "abuse", "phone", "note", "spot"];
    let mut n_made = 0;
    for clearance in classes {
        for wanted in 1_u32..256 {
            for named in [0, wanted] {
                let all = records(rows);
                let keep = |at: &usize| wanted & (1 << at) != 0;
                let kept: Vec<usize> = (0..8).filter(keep).collect();
                let some = RecordsCandidate {
                    fields: kept.iter().map(|at| all.fields[*at].clone()).collect(),
                    columns: kept.iter().map(|at| all.columns[*at].clone()).collect(),
                    ..all
                };
                let mut policy = Policy { highest_class: clearance, ..partner(1, &[]) };
                policy.places.position = Position::Coarsened { decimals: 1 };
                policy.records.as_mut().unwrap().identifying =
                    (0..8).filter(|at| named & (1 << at) != 0).map(|at| names[at].to_owned()).collect();
                let Ok(made) = release(of(some), &policy) else { continue };
                n_made += 1;
                let told = String::from_utf8(made.to_bytes()).unwrap();
                let secrets = [
                    ("yes", Dissemination::Secret),
                    ("5550101", Dissemination::Secret),
                    ("lives-here", Dissemination::Secret),
                    ("water", Dissemination::Confidential),
                ];
                for (word, class) in secrets {
                    assert!(class <= clearance || !told.contains(word), "{word} left under {clearance:?}");
                }
                let identifying = ["5550101", "lives-here", "8.1"];
                assert!(named != 0 || identifying.iter().all(|word| !told.contains(word)), "{told}");
                assert!(!told.contains("8.12") && !told.contains("2024-05-02") && !told.contains("uuid:"), "{told}");
                assert!(made.records().unwrap().fields.iter().all(|field| field.class <= clearance));
            }
        }
    }
    assert!(n_made > 100, "{n_made}");
}

#[test]
fn rows_of_two_agreements_cannot_be_joined_and_their_order_tells_nothing() {
    let rows: String = (0..200).map(|at| format!("{}\n", if at < 100 { "female" } else { "male" })).collect();
    let rows = format!("sex\n{rows}");
    let made = |number: &str, secret: u8| {
        let mut policy = partner(2, &[]);
        policy.records.as_mut().unwrap().agreement = number.to_owned();
        release(of(RecordsCandidate { secret: [secret; 32], ..records(&rows) }), &policy).unwrap()
    };
    let (one, other) = (made("XSO-1", 1), made("XSO-2", 2));
    let (one, other) = (one.records().unwrap(), other.records().unwrap());
    assert!(one.ids.iter().all(|id| !other.ids.contains(id)));
    assert!(one.ids.is_sorted() && one.ids.len() == 200);
    let first_half = (0..100).filter(|at| one.columns[0].plain(*at) == "female").count();
    assert!((30..70).contains(&first_half), "{first_half} of the first hundred came in the order they were sent");
    assert_ne!(one.columns, other.columns, "whose copy it is can be told from the order");
}

#[test]
fn a_release_with_records_is_sealed_and_read_back_and_a_release_for_the_public_has_none() {
    let made = release(of(records("sex\nfemale\nmale\nmale")), &partner(1, &["sex"])).unwrap();
    assert_eq!(Release::reopen(&made.to_bytes()).unwrap(), made);
    assert_eq!(refused("sex\nfemale", &Policy::public()), "the policy says nothing of records");
    let none = release(candidate(Vec::new()), &Policy::public()).unwrap();
    assert!(!String::from_utf8(none.to_bytes()).unwrap().contains("\"records\""));
}

#[test]
fn fewer_records_than_any_may_share_their_keys_do_not_leave() {
    assert_eq!(
        refused("sex\nfemale\nmale", &partner(5, &[])),
        "2 records are fewer than the 5 that must share their keys"
    );
}

/// The columns of a reference file by name, with 0 for what is missing.
fn reference(file: &str) -> Option<impl Fn(&str) -> Vec<f64>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/sdc").join(file);
    let path = if path.exists() { path } else { Path::new("/work/shared/reference/sdc").join(file) };
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: {file} is not here");
        return None;
    };
    Some(move |name: &str| {
        let mut lines = text.lines();
        let at = lines.next().unwrap().split(',').position(|column| column.trim_matches('"') == name).unwrap();
        lines.map(|line| line.split(',').nth(at).unwrap().parse().unwrap_or(0.0)).collect()
    })
}

fn expected() -> serde_json::Value {
    let text = std::fs::read_to_string("/work/shared/reference/sdc/expected.json").unwrap();
    serde_json::from_str(&text).unwrap()
}

fn keys(column: &impl Fn(&str) -> Vec<f64>, names: &[&str]) -> Keys {
    let codes: Vec<Vec<u32>> =
        names.iter().map(|name| column(name).iter().map(|code| *code as u32).collect()).collect();
    Keys::new(&codes).unwrap()
}

#[test]
fn frequencies_of_keys_are_those_of_sdcmicro() {
    for (file, of, names, weight) in [
        ("francdat.csv", "francdat", &["Key1", "Key2", "Key3", "Key4"][..], "w"),
        ("testdata.csv", "testdata_5keys", &["urbrur", "roof", "walls", "water", "sex"][..], "sampling_weight"),
    ] {
        let Some(column) = reference(file) else { return };
        let expected = &expected()[of];
        let numbers = |name: &str| -> Vec<f64> {
            expected[name].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
        };
        let keys = keys(&column, names);
        let found = keys.frequencies(None);
        assert_eq!(found, numbers("fk"), "{of}");
        let weighted = keys.frequencies(Some(&column(weight)));
        assert!(weighted.iter().zip(numbers("Fk")).all(|(ours, theirs)| (ours - theirs).abs() < 1e-6), "{of}");
        for k in [2, 3, 5, 10] {
            let below = found.iter().filter(|n| **n < f64::from(k)).count() as u64;
            assert_eq!(below, expected[&format!("violate_{k}_anonymity")].as_u64().unwrap(), "{of} {k}");
        }
    }
}

#[test]
fn three_anonymity_takes_no_more_out_than_sdcmicro_does() {
    let Some(column) = reference("testdata.csv") else { return };
    let names = ["urbrur", "roof", "walls", "water", "sex"];
    let before = keys(&column, &names);
    let after = before.suppress(3);
    assert!(after.frequencies(None).iter().all(|n| *n >= 3.0));
    let n_records = column("sex").len();
    let cells = (0..n_records).flat_map(|record| (0..names.len()).map(move |key| (record, key)));
    let n_out = cells.filter(|&(record, key)| before.code(record, key) != after.code(record, key)).count() as u64;
    let theirs = expected()["kAnon3"]["total"].as_u64().unwrap();
    assert!(n_out <= theirs, "{n_out} against {theirs}");
    assert_eq!(n_out, 16);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Counted by hand, pair by pair: every combination that is left occurs k times, nothing was changed but taken out, and the
    /// same goes in as comes out a second time.
    #[test]
    fn every_combination_that_is_left_occurs_often_enough(
        rows in prop::collection::vec(prop::collection::vec(0_u32..4, 4), 6..60), k in 2_u32..6,
    ) {
        let columns: Vec<Vec<u32>> = (0..4).map(|key| rows.iter().map(|row| row[key]).collect()).collect();
        let before = Keys::new(&columns).unwrap();
        let after = before.suppress(k);
        let left: Vec<Vec<u32>> = (0..rows.len()).map(|at| (0..4).map(|key| after.code(at, key)).collect()).collect();
        let fits = |a: &[u32], b: &[u32]| a.iter().zip(b).all(|(a, b)| *a == 0 || *b == 0 || a == b);
        let by_hand = |rows: &[Vec<u32>]| -> Vec<f64> {
            rows.iter().map(|row| rows.iter().filter(|other| fits(row, other)).count() as f64).collect()
        };
        prop_assert_eq!(before.frequencies(None), by_hand(&rows));
        prop_assert_eq!(after.frequencies(None), by_hand(&left));
        prop_assert!(by_hand(&left).iter().all(|n| *n >= f64::from(k)));
        for (row, left) in rows.iter().zip(&left) {
            prop_assert!(row.iter().zip(left).all(|(code, left)| *left == 0 || left == code));
        }
        let again: Vec<Vec<u32>> = (0..rows.len()).map(|at| {
            let twice = after.suppress(k);
            (0..4).map(|key| twice.code(at, key)).collect()
        }).collect();
        prop_assert_eq!(again, left);
    }
}
