use super::*;
use crate::sample::atlas;
use dtm_model::{Answer, Answers, Lang, Pcode, Ssid};
use expect_test::{Expect, expect};
use std::collections::{BTreeMap, BTreeSet};

const SHEET: &str = "\
sector,indicator,test,value,severity,note
WASH,water_minutes,>,30,3,too far
WASH,water_minutes,>,60,4,
WASH,water_source,=,river | pond,5,
WASH,latrines,between,21..50,3,
Health,clinic,=,no,4,
Health,clinic_minutes,>=,\"120\",3,
";

fn answers(lines: &str) -> Answers {
    let typed = |text: &str| match text.parse() {
        Ok(number) => Answer::Integer(number),
        Err(_) if text.contains('+') => Answer::Choices(text.split('+').map(str::to_owned).collect()),
        Err(_) => Answer::Text(text.to_owned()),
    };
    let pairs = lines.split_whitespace().map(|pair| pair.split_once('=').unwrap());
    Answers { values: pairs.map(|(name, text)| (name.to_owned(), typed(text))).collect(), ..Answers::default() }
}

fn check(lines: &str, method: SectorMethod, expect: Expect) {
    let sheet = read_sheet_csv(SHEET.as_bytes(), None);
    assert!(sheet.problems.is_empty(), "{:?}", sheet.problems);
    let shown: String = severities(&sheet.sheet, &answers(lines), &BTreeMap::new(), method)
        .iter()
        .map(|sector| {
            let drivers: Vec<String> = sector
                .drivers
                .iter()
                .map(|driver| {
                    let row = driver.row.map_or(String::new(), |row| format!(" (row {row})"));
                    format!("{} {}{row}", driver.indicator, driver.severity)
                })
                .collect();
            let severity = sector.severity.map_or("–".to_owned(), |severity| severity.to_string());
            let (answered, of) = (sector.drivers.len(), sector.n_indicators);
            format!("{} {severity}, {answered} of {of}: {}\n", sector.sector, drivers.join(", "))
        })
        .collect();
    expect.assert_eq(&shown);
}

#[test]
fn a_sector_is_as_severe_as_the_rules_that_hold() {
    // The most severe rule of an indicator holds; the worse half of 5, 4, 1 is 5 and 4: 4.5, halves up.
    check(
        "water_minutes=75 water_source=pond latrines=12 clinic=no",
        SectorMethod::WorseHalf,
        expect![[r#"
            WASH 5, 3 of 3: water_source 5 (row 4), water_minutes 4 (row 3), latrines 1
            Health 4, 1 of 2: clinic 4 (row 6)
        "#]],
    );
    check(
        "water_minutes=75 water_source=well latrines=50 clinic=yes clinic_minutes=119",
        SectorMethod::Median,
        expect![[r#"
            WASH 3, 3 of 3: water_minutes 4 (row 3), latrines 3 (row 5), water_source 1
            Health 1, 2 of 2: clinic 1, clinic_minutes 1
        "#]],
    );
}

#[test]
fn what_was_not_answered_is_nothing_and_not_a_low_severity() {
    check(
        "water_source=dnk latrines=pnta water_minutes=31 clinic=yes",
        SectorMethod::Worst,
        expect![[r#"
            WASH 3, 1 of 3: water_minutes 3 (row 2)
            Health 1, 1 of 2: clinic 1
        "#]],
    );
    check(
        "water_source=tap+river",
        SectorMethod::Worst,
        expect![[r#"
            WASH 5, 1 of 3: water_source 5 (row 4)
            Health –, 0 of 2: 
        "#]],
    );
}

#[test]
fn faults_of_a_sheet_are_named_with_their_cell_and_the_other_rules_stand() {
    let sheet = "\
Secteur;Indicateur;Test;Valeur;Gravité
EHA;eau;>;30;3
EHA;eau;plus que;30;3
EHA;eau;>;trente;3
EHA;eau;entre;50..21;3
EHA;eau;<;3,5;9
EHA;;<;3;2
EHA;eau;>;30;4
EHA;eau;>;30;3
EHA;air;=;oui;3
";
    let known = BTreeSet::from(["eau".to_owned()]);
    let read = read_sheet_csv(sheet.as_bytes(), Some(&known));
    assert_eq!(read.sheet.rules.len(), 1);
    let said = |lang| read.problems.iter().map(|problem| problem.message(lang) + "\n").collect::<String>();
    expect![[r#"
        cell C3: `plus que` is not a test; write =, !=, <, <=, >, >= or between
        cell D4: `trente` is not a number
        cell D5: `50..21` is not a range; write the smaller number, `..` and the larger, as 5..10
        cell E6: `9` is not a severity; write a whole number from 1 to 5
        cell B7: nothing is written here
        row 8: row 2 gives the same test another severity
        row 9: row 2 says the same
        cell B10: the form does not ask for `air`
    "#]]
    .assert_eq(&said(Lang::En));
    assert!(said(Lang::Fr).starts_with("cellule C3 : « plus que » n’est pas un test"));
    let missing = read_sheet_csv(b"sector,test\nWASH,=\n", None);
    let said: Vec<String> = missing.problems.iter().map(|problem| problem.message(Lang::En)).collect();
    assert_eq!(said.len(), 3);
    assert_eq!(said[0], "row 1: the sheet has no column `indicator`");
    assert_eq!(read_sheet(&[], None).problems[0].code, "empty");
    let thousands = read_sheet_csv(b"sector;indicator;test;value;severity\nEHA;eau;>;1,200;3\n", None);
    assert_eq!(thousands.problems[0].message(Lang::En), "cell D2: `1,200` is not a number", "1.2 or 1200?");
    let empty = read_sheet_csv(b"sector,indicator,test,value,severity\n", None);
    assert_eq!(empty.problems[0].message(Lang::Fr), "la feuille n’a pas de règles");
}

#[test]
fn a_table_shows_places_beside_sectors_and_shares_of_places_and_of_people() {
    let sheet = read_sheet_csv(SHEET.as_bytes(), None).sheet;
    let atlas = atlas();
    let in_area = Pcode::from("XS0101");
    let told = [
        ("S1", Some(900), "water_minutes=75 clinic=no"),
        ("S2", Some(50), "water_minutes=10 clinic=yes"),
        ("S3", Some(50), "water_minutes=10"),
        ("S4", None, "water_minutes=61"),
    ];
    let told: Vec<(Ssid, Option<u64>, Answers)> =
        told.iter().map(|(place, people, lines)| (Ssid::from(*place), *people, answers(lines))).collect();
    let places: Vec<AssessedPlace> = told
        .iter()
        .map(|(place, people, answers)| AssessedPlace { place, area: &in_area, people: *people, answers })
        .collect();
    let table = heat_table(&sheet, &places, &BTreeMap::new(), SectorMethod::Worst);
    assert_eq!(table.sectors, ["WASH", "Health"]);
    let cells: Vec<&[Option<u8>]> = table.rows.iter().map(|row| row.cells.as_slice()).collect();
    assert_eq!(cells, [[Some(4), Some(4)], [Some(1), Some(1)], [Some(1), None], [Some(4), None]]);
    assert_eq!(table.rows[0].n_severe(3), 2);
    let shares = severe_shares(&table, &atlas, 1);
    let water = &shares[0];
    assert_eq!((water.area.as_str(), water.places, water.people), ("XS01", [2, 0, 0, 2, 0], [100, 0, 0, 900, 0]));
    assert_eq!((water.of_places(3), water.of_people(3), water.people_unknown), (Some(0.5), Some(0.9), 1));
    let health = &shares[1];
    assert_eq!((health.of_places(3), health.of_people(3), health.places_without), (Some(0.5), Some(900.0 / 950.0), 2));
}

#[test]
fn the_sheet_to_begin_with_can_be_read_in_both_languages() {
    for lang in Lang::ALL {
        let read = read_sheet_csv(standard_sheet(lang).as_bytes(), None);
        assert_eq!(read.problems, [], "{lang:?}");
        assert_eq!(read.sheet.sectors().len(), 9);
    }
}

const QUESTIONS: [(&str, &str, Sector); 2] =
    [("q_needs", "none food water dnk", Sector::Priorities), ("q_soap", "yes no dnk", Sector::Sanitation)];

/// Households by lines: area, group (`-` not reported), weight, answers `question=choice+choice`.
fn households(lines: &str) -> Vec<Household> {
    let household = |(n, line): (usize, &str)| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let chosen = words[3..].iter().map(|word| {
            let (question, choices) = word.split_once('=').unwrap();
            (question.to_owned(), choices.split('+').map(str::to_owned).collect())
        });
        Household {
            record: crate::sample::record(n as u8),
            area: Pcode::from(words[0]),
            group: Some(words[1].to_owned()).filter(|group| group != "-"),
            weight: words[2].parse().unwrap(),
            chosen: chosen.collect(),
        }
    };
    crate::sample::lines(lines).enumerate().map(household).collect()
}

/// The table of these households: asked, with, without, share in percent with its low and high.
fn check_shares(lines: &str, keep: &str, expect: Expect) {
    let questions = QUESTIONS.map(|(indicator, choices, sector)| NeedQuestion {
        indicator: indicator.to_owned(),
        sector,
        asked: dtm_model::Text::both(indicator, indicator),
        choices: choices.split(' ').map(|choice| (choice.to_owned(), dtm_model::Text::both(choice, choice))).collect(),
    });
    let country = Pcode::from("XS");
    let table = needs_table(&households(lines), &questions, &atlas(), &country).unwrap();
    let percent = |parts: i64| format!("{:.1}", parts as f64 / 10.0);
    let mut shown = String::new();
    for row in table.rows.iter().filter(|row| row.key.join("/").contains(keep)) {
        let of = |at: usize| row.cells[at].value.map_or("–".to_owned(), |n| n.to_string());
        let share = match (row.cells[3].value, row.cells[3].range) {
            (Some(share), Some((low, high))) => format!("{} ({}–{})", percent(share), percent(low), percent(high)),
            _ => "–".to_owned(),
        };
        shown += &format!("{}: {} = {} + {}, {share}\n", row.key.join("/"), of(0), of(1), of(2));
    }
    expect.assert_eq(&shown);
}

const SURVEY: &str = "
    XS0101 idp            2 q_needs=food+water q_soap=yes
    XS0101 idp            1 q_needs=food       q_soap=no
    XS0101 idp            1 q_needs=none       q_soap=dnk
    XS0101 host_community 4 q_needs=dnk        q_soap=yes
    XS0201 idp            1 q_needs=water
";

#[test]
fn a_share_is_of_the_weights_of_those_that_answered() {
    // Food in XS0101: weights 2 + 1 of 2 + 1 + 1 = 75 %, of which the host household that did not know is no part. In the
    // country 3 of 5 = 60 %. Kish's n is 4²/6 = 2.67 and 5²/7 = 3.57. Low and high of 75 % among 2.67: z² / n = 0.616,
    // (0.75 + 0.308) / 1.616 ± 1.2816 / 1.616 · √(0.0703 + 0.0578) = 65.5 ± 28.4: 37.1 to 93.8, rounded outward.
    check_shares(
        SURVEY,
        "q_needs_food",
        expect![[r#"
        XS/*/q_needs_food: 4 = 2 + 2, 60.0 (29.1–84.6)
        XS/host_community/q_needs_food: – = – + –, –
        XS/idp/q_needs_food: 4 = 2 + 2, 60.0 (29.1–84.6)
        XS01/*/q_needs_food: 3 = 2 + 1, 75.0 (37.0–93.9)
        XS01/host_community/q_needs_food: – = – + –, –
        XS01/idp/q_needs_food: 3 = 2 + 1, 75.0 (37.0–93.9)
        XS0101/*/q_needs_food: 3 = 2 + 1, 75.0 (37.0–93.9)
        XS0101/host_community/q_needs_food: – = – + –, –
        XS0101/idp/q_needs_food: 3 = 2 + 1, 75.0 (37.0–93.9)
        XS02/*/q_needs_food: 1 = 0 + 1, 0.0 (0.0–62.2)
        XS02/idp/q_needs_food: 1 = 0 + 1, 0.0 (0.0–62.2)
        XS0201/*/q_needs_food: 1 = 0 + 1, 0.0 (0.0–62.2)
        XS0201/idp/q_needs_food: 1 = 0 + 1, 0.0 (0.0–62.2)
    "#]],
    );
}

#[test]
fn nobody_asked_is_nothing_and_nobody_who_said_so_is_zero() {
    check_shares(
        SURVEY,
        "q_soap",
        expect![[r#"
        XS/*/q_soap_no: 3 = 1 + 2, 14.3 (2.1–56.0)
        XS/*/q_soap_yes: 3 = 2 + 1, 85.7 (44.0–97.9)
        XS/host_community/q_soap_no: 1 = 0 + 1, 0.0 (0.0–62.2)
        XS/host_community/q_soap_yes: 1 = 1 + 0, 100.0 (37.8–100.0)
        XS/idp/q_soap_no: 2 = 1 + 1, 33.3 (7.7–74.9)
        XS/idp/q_soap_yes: 2 = 1 + 1, 66.7 (25.1–92.3)
        XS01/*/q_soap_no: 3 = 1 + 2, 14.3 (2.1–56.0)
        XS01/*/q_soap_yes: 3 = 2 + 1, 85.7 (44.0–97.9)
        XS01/host_community/q_soap_no: 1 = 0 + 1, 0.0 (0.0–62.2)
        XS01/host_community/q_soap_yes: 1 = 1 + 0, 100.0 (37.8–100.0)
        XS01/idp/q_soap_no: 2 = 1 + 1, 33.3 (7.7–74.9)
        XS01/idp/q_soap_yes: 2 = 1 + 1, 66.7 (25.1–92.3)
        XS0101/*/q_soap_no: 3 = 1 + 2, 14.3 (2.1–56.0)
        XS0101/*/q_soap_yes: 3 = 2 + 1, 85.7 (44.0–97.9)
        XS0101/host_community/q_soap_no: 1 = 0 + 1, 0.0 (0.0–62.2)
        XS0101/host_community/q_soap_yes: 1 = 1 + 0, 100.0 (37.8–100.0)
        XS0101/idp/q_soap_no: 2 = 1 + 1, 33.3 (7.7–74.9)
        XS0101/idp/q_soap_yes: 2 = 1 + 1, 66.7 (25.1–92.3)
        XS02/*/q_soap_no: – = – + –, –
        XS02/*/q_soap_yes: – = – + –, –
        XS02/idp/q_soap_no: – = – + –, –
        XS02/idp/q_soap_yes: – = – + –, –
        XS0201/*/q_soap_no: – = – + –, –
        XS0201/*/q_soap_yes: – = – + –, –
        XS0201/idp/q_soap_no: – = – + –, –
        XS0201/idp/q_soap_yes: – = – + –, –
    "#]],
    );
}

#[test]
fn an_answer_that_the_question_does_not_offer_is_not_told() {
    let lines = "XS0101 idp 1 q_needs=Jean-Baptiste+food\nXS0101 idp 1 q_needs=other";
    check_shares(
        lines,
        "XS0101/idp/q_needs",
        expect![[r#"
        XS0101/idp/q_needs_food: 2 = 1 + 1, 50.0 (16.4–83.6)
        XS0101/idp/q_needs_none: 2 = 0 + 2, 0.0 (0.0–45.1)
        XS0101/idp/q_needs_water: 2 = 0 + 2, 0.0 (0.0–45.1)
    "#]],
    );
}
