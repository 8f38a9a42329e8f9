use super::*;
use dtm_model::{Area, Breakdown, How, Instant, RecordId, RoundLabel, Ssid, Text};
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn atlas(codes: &[&str]) -> Atlas {
    fn parent(code: &str) -> Option<&str> {
        match code.len() {
            2 => None,
            4 => Some("XS"),
            6 => Some(&code[..4]),
            _ => Some(&code[..6]),
        }
    }
    let area = |code: &&str| Area {
        pcode: Pcode::from(*code),
        level: match code.len() {
            2 => 0,
            4 => 1,
            6 => 2,
            _ => 3,
        },
        parent: parent(code).map(Pcode::from),
        name: Text::both(*code, *code),
        aliases: BTreeMap::new(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    };
    Atlas::new(codes.iter().map(area), [])
}

fn sorelia() -> Atlas {
    atlas(&["XS", "XS01", "XS0101", "XS0101-01", "XS0102", "XS02", "XS0201", "XS03"])
}

/// One figure a line: `place area setting indicator sex age reason origin value [carried round]`; `-` for none.
fn figures(lines: &str) -> Vec<Figure> {
    let or_none = |word: &str| (word != "-").then(|| word.to_owned());
    lines
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            Figure {
                place: Ssid::from(words[0]),
                area: Pcode::from(words[1]),
                setting: match words[2] {
                    "site" => Some(Setting::Site),
                    "host" => Some(Setting::HostCommunity),
                    _ => None,
                },
                indicator: match words[3] {
                    "ind" => IDP_IND,
                    "hh" => IDP_HH,
                    "ret" => RETURNEE_IND,
                    "flow" => FLOW_PERSONS,
                    other => panic!("no indicator {other}"),
                }
                .to_owned(),
                breakdown: Breakdown {
                    sex: match words[4] {
                        "f" => Some(Sex::Female),
                        "m" => Some(Sex::Male),
                        _ => None,
                    },
                    age: or_none(words[5]),
                    reason: or_none(words[6]),
                    origin: or_none(words[7]).map(Pcode),
                    direction: None,
                },
                value: words[8].parse().unwrap(),
                how: words.get(9).map_or(How::Reported, |from| How::Carried { from: RoundLabel::from(*from) }),
                observed_on: "2024-03-05".parse().unwrap(),
                records: vec![RecordId::new(Instant::from_millis(1), [1; 10])],
                range: None,
            }
        })
        .collect()
}

fn tables(figures: &[Figure], atlas: &Atlas, options: TableOptions) -> Vec<FigureTable> {
    tabulate(&TableInput { figures, atlas, country: &Pcode::from("XS"), options, ranges: None })
}

/// A table as text: the key, then a value a measure; `-` nothing, `(c5)` five of it carried.
fn shown(table: &FigureTable) -> String {
    let cell = |cell: &Cell| match (cell.value, cell.carried) {
        (None, _) => "-".to_owned(),
        (Some(value), 0) => value.to_string(),
        (Some(value), carried) => format!("{value}(c{carried})"),
    };
    let row = |row: &TableRow| {
        let cells: Vec<String> = row.cells.iter().map(cell).collect();
        format!("{}: {}\n", row.key.join(" "), cells.join(" "))
    };
    table.rows.iter().map(row).collect()
}

fn check(name: &str, lines: &str, expect: Expect) {
    check_with(name, lines, TableOptions::default(), expect);
}

fn check_with(name: &str, lines: &str, options: TableOptions, expect: Expect) {
    let (figures, atlas) = (figures(lines), sorelia());
    let made = tables(&figures, &atlas, options);
    let table = made.iter().find(|table| table.name == name).unwrap();
    assert!(table.rows.is_sorted_by(|a, b| a.key < b.key), "rows are sorted and no key occurs twice");
    expect.assert_eq(&shown(table));
}

const ROUND: &str = "
    S1 XS0101-01 site ind - - conflict XS02 500
    S1 XS0101-01 site hh  - - -        -    100
    S1 XS0101-01 site ind f 0-17 conflict XS02 120
    S1 XS0101-01 site ind m 0-17 conflict XS02 110
    S1 XS0101-01 site ind f 18+  conflict XS02 140
    S1 XS0101-01 site ind m 18+  conflict XS02 130
    H1 XS0101 host ind - - natural_disaster - 80 6
    H2 XS0102 host ind - - -         -    0
    H3 XS0201 host ret - - -         -    40
";

#[test]
fn areas_are_the_sums_of_their_places_and_nothing_is_not_zero() {
    // XS0101: 500 + 80 = 580, of which 80 carried; XS0102 reports zero; XS03 has no place, so nothing.
    check(
        "areas",
        ROUND,
        expect![[r#"
        XS: 580(c80) 100 500 80(c80) 40 - 2(c1)
        XS01: 580(c80) 100 500 80(c80) - - 2(c1)
        XS0101: 580(c80) 100 500 80(c80) - - 2(c1)
        XS0101-01: 500 100 500 0 - - 1
        XS0102: 0 - 0 0 - - 0
        XS02: - - - - 40 - -
        XS0201: - - - - 40 - -
        XS03: - - - - - - -
    "#]],
    );
}

#[test]
fn reasons_and_origins_have_margins_and_places_without_people_have_neither() {
    check(
        "displacement",
        ROUND,
        expect![[r#"
        XS * *: 580(c80) 100 - -
        XS * XS02: 500 100 240 260
        XS * unknown: 80(c80) - - -
        XS conflict *: 500 100 240 260
        XS conflict XS02: 500 100 240 260
        XS natural_disaster *: 80(c80) - - -
        XS natural_disaster unknown: 80(c80) - - -
        XS01 * *: 580(c80) 100 - -
        XS01 * XS02: 500 100 240 260
        XS01 * unknown: 80(c80) - - -
        XS01 conflict *: 500 100 240 260
        XS01 conflict XS02: 500 100 240 260
        XS01 natural_disaster *: 80(c80) - - -
        XS01 natural_disaster unknown: 80(c80) - - -
        XS0101 * *: 580(c80) 100 - -
        XS0101 * XS02: 500 100 240 260
        XS0101 * unknown: 80(c80) - - -
        XS0101 conflict *: 500 100 240 260
        XS0101 conflict XS02: 500 100 240 260
        XS0101 natural_disaster *: 80(c80) - - -
        XS0101 natural_disaster unknown: 80(c80) - - -
        XS0102 * *: 0 - - -
    "#]],
    );
}

#[test]
fn males_and_females_stay_empty_unless_reported_where_the_operation_says_so() {
    let only_as_reported = TableOptions { males_females: MalesFemales::OnlyAsReported, ..TableOptions::default() };
    let lines = "
        S1 XS0102 site ind - - conflict XS02 10
        S1 XS0102 site ind f 18+ conflict XS02 6
        S1 XS0102 site ind m 18+ conflict XS02 4
        S2 XS0201 site ind - - conflict XS02 9
        S2 XS0201 site ind f - - - 5
        S2 XS0201 site ind m - - - 4";
    check_with(
        "displacement",
        lines,
        only_as_reported,
        expect![[r#"
        XS * *: 19 - - -
        XS * XS02: 19 - - -
        XS conflict *: 19 - - -
        XS conflict XS02: 19 - - -
        XS01 * *: 10 - - -
        XS01 * XS02: 10 - - -
        XS01 conflict *: 10 - - -
        XS01 conflict XS02: 10 - - -
        XS0102 * *: 10 - - -
        XS0102 * XS02: 10 - - -
        XS0102 conflict *: 10 - - -
        XS0102 conflict XS02: 10 - - -
        XS02 * *: 9 - 4 5
        XS02 * XS02: 9 - 4 5
        XS02 conflict *: 9 - 4 5
        XS02 conflict XS02: 9 - 4 5
        XS0201 * *: 9 - 4 5
        XS0201 * XS02: 9 - 4 5
        XS0201 conflict *: 9 - 4 5
        XS0201 conflict XS02: 9 - 4 5
    "#]],
    );
}

#[test]
fn sex_and_age_add_up_within_their_own_table() {
    check(
        "sex_age",
        ROUND,
        expect![[r#"
        XS * *: 500
        XS * 0-17: 230
        XS * 18+: 270
        XS female *: 260
        XS female 0-17: 120
        XS female 18+: 140
        XS male *: 240
        XS male 0-17: 110
        XS male 18+: 130
        XS01 * *: 500
        XS01 * 0-17: 230
        XS01 * 18+: 270
        XS01 female *: 260
        XS01 female 0-17: 120
        XS01 female 18+: 140
        XS01 male *: 240
        XS01 male 0-17: 110
        XS01 male 18+: 130
        XS0101 * *: 500
        XS0101 * 0-17: 230
        XS0101 * 18+: 270
        XS0101 female *: 260
        XS0101 female 0-17: 120
        XS0101 female 18+: 140
        XS0101 male *: 240
        XS0101 male 0-17: 110
        XS0101 male 18+: 130
    "#]],
    );
}

#[test]
fn men_women_and_children_of_unknown_sex_stand_under_unknown() {
    check(
        "sex_age",
        "
        L1 XS02 host ind - - - - 100
        L1 XS02 host ind m 18+ - - 30
        L1 XS02 host ind f 18+ - - 35
        L1 XS02 host ind - 0-17 - - 35",
        expect![[r#"
        XS * *: 100
        XS * 0-17: 35
        XS * 18+: 65
        XS female *: 35
        XS female 18+: 35
        XS male *: 30
        XS male 18+: 30
        XS unknown *: 35
        XS unknown 0-17: 35
        XS02 * *: 100
        XS02 * 0-17: 35
        XS02 * 18+: 65
        XS02 female *: 35
        XS02 female 18+: 35
        XS02 male *: 30
        XS02 male 18+: 30
        XS02 unknown *: 35
        XS02 unknown 0-17: 35
    "#]],
    );
}

#[test]
fn a_total_per_sex_and_its_ages_are_not_counted_twice() {
    check(
        "areas",
        "
        L1 XS03 host ind m - - - 40
        L1 XS03 host ind m 18+ - - 25
        L1 XS03 host ind m 0-17 - - 15
        L1 XS03 host ind f - - - 60",
        expect![[r#"
        XS: 100 - 0 100 - - 1
        XS01: - - - - - - -
        XS0101: - - - - - - -
        XS0101-01: - - - - - - -
        XS0102: - - - - - - -
        XS02: - - - - - - -
        XS0201: - - - - - - -
        XS03: 100 - 0 100 - - 1
    "#]],
    );
}

#[test]
fn the_largest_place_and_the_number_of_places_are_kept_for_protection() {
    let (figures, atlas) = (figures(ROUND), sorelia());
    let made = tables(&figures, &atlas, TableOptions::default());
    let cell = made[0].row(&["XS01"]).unwrap().cells[0];
    assert_eq!((cell.n_places, cell.largest), (2, 500));
    assert_eq!(made[0].parents["XS0101-01"], "XS0101");
    assert_eq!(made[3].parents["S1"], "XS0101-01");
}

#[test]
fn flows_have_margins_in_place_day_and_direction() {
    let mut passing = figures(
        "
        F1 XS0101 - flow - - - - 12
        F1 XS0101 - flow - - - - 3
        F2 XS02   - flow - - - - 5",
    );
    passing[0].breakdown.direction = Some("in".into());
    passing[1].breakdown.direction = Some("out".into());
    passing[2].breakdown.direction = Some("in".into());
    let made = tables(&passing, &sorelia(), TableOptions::default());
    assert_eq!(made[0].row(&["XS"]).unwrap().cells[0].value, None, "people who pass are no stock");
    expect![[r#"
        * * *: 20
        * * in: 17
        * * out: 3
        * 2024-03-05 *: 20
        * 2024-03-05 in: 17
        * 2024-03-05 out: 3
        F1 * *: 15
        F1 * in: 12
        F1 * out: 3
        F1 2024-03-05 *: 15
        F1 2024-03-05 in: 12
        F1 2024-03-05 out: 3
        F2 * *: 5
        F2 * in: 5
        F2 2024-03-05 *: 5
        F2 2024-03-05 in: 5
    "#]]
    .assert_eq(&shown(&made[4]));
}

fn any_round() -> impl Strategy<Value = Vec<Figure>> {
    let areas = ["XS0101", "XS0101-01", "XS0102", "XS0201"];
    let reasons = ["conflict", "other", "-"];
    let origins = ["XS01", "XS02", "-"];
    prop::collection::vec((0..12usize, 0..3usize, 0..3usize, 0..500i64, 0..500i64, any::<bool>()), 0..14).prop_map(
        move |places| {
            let lines: Vec<String> = places
                .into_iter()
                .map(|(place, reason, origin, males, females, carried)| {
                    let (area, reason, origin) = (areas[place % 4], reasons[reason], origins[origin]);
                    let carried = if carried { "4" } else { "" };
                    let setting = if place % 2 == 0 { "site" } else { "host" };
                    format!(
                        "P{place} {area} {setting} ind - - {reason} {origin} {} {carried}
                         P{place} {area} {setting} ind m 18+ {reason} {origin} {males} {carried}
                         P{place} {area} {setting} ind f 18+ {reason} {origin} {females} {carried}",
                        males + females
                    )
                })
                .collect();
            figures(&lines.join("\n"))
        },
    )
}

proptest! {
    #[test]
    fn every_level_and_every_margin_has_the_same_sum(round in any_round()) {
        let made = tables(&round, &sorelia(), TableOptions::default());
        let expected: i64 = round.iter().filter(|f| f.breakdown.is_everyone()).map(|f| f.value as i64).sum();
        let carried: i64 = round
            .iter()
            .filter(|f| f.breakdown.is_everyone() && f.how != How::Reported)
            .map(|f| f.value as i64)
            .sum();
        let of_level = |table: &FigureTable, level: usize, keep: &dyn Fn(&[String]) -> bool, of: &dyn Fn(&Cell) -> i64| -> i64 {
            let here = |row: &&TableRow| row.key[0].len() == [2, 4, 6, 9][level] && keep(&row.key[1..]);
            table.rows.iter().filter(here).map(|row| of(&row.cells[0])).sum()
        };
        let value = |cell: &Cell| cell.value.unwrap_or(0);
        for level in 0..=2 {
            prop_assert_eq!(of_level(&made[0], level, &|_| true, &value), expected);
            prop_assert_eq!(of_level(&made[0], level, &|_| true, &|cell| cell.carried), carried);
            for margins in [[false, false], [true, false], [false, true], [true, true]] {
                let kind = |key: &[String]| [key[0] == TOTAL, key[1] == TOTAL] == margins;
                prop_assert_eq!(of_level(&made[1], level, &kind, &value), expected, "sex and age, level {}", level);
                prop_assert_eq!(of_level(&made[2], level, &kind, &value), expected, "displacement, level {}", level);
            }
        }
        // Sites and host communities are the whole.
        for row in &made[0].rows {
            let of = |at: usize| row.cells[at].value;
            prop_assert_eq!(of(2).zip(of(3)).map(|(sites, host)| sites + host), of(0));
        }
        prop_assert!(made.iter().all(|table| table.rows.is_sorted_by(|a, b| a.key < b.key)));
    }

    #[test]
    fn the_order_of_figures_does_not_matter(round in any_round(), seed in any::<u64>()) {
        let mut mixed = round.clone();
        mixed.sort_by_key(|figure| (figure.value as u64 ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        prop_assert_eq!(
            tables(&mixed, &sorelia(), TableOptions::default()),
            tables(&round, &sorelia(), TableOptions::default())
        );
    }
}

/// Figures as above with low and high after the value (`100 80 130`), one round after rounds 4, 3, 2 and 1; the low and high
/// of every total in the tables of areas and places.
fn check_ranges(lines: &str, expected: Expect) {
    let mut round = Vec::new();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let range = (words.len() == 11).then(|| (words[9].parse().unwrap(), words[10].parse().unwrap()));
        if range.is_some() {
            words.truncate(9);
        }
        round.extend(figures(&words.join(" ")).into_iter().map(|figure| Figure { range, ..figure }));
    }
    let rules = crate::verification::CombineRules::default();
    let earlier = ["4", "3", "2", "1"].map(RoundLabel::from);
    let ranges = Some(RangeInput { rules: &rules, earlier: &earlier });
    let (atlas, country) = (sorelia(), Pcode::from("XS"));
    let input =
        TableInput { figures: &round, atlas: &atlas, country: &country, options: TableOptions::default(), ranges };
    let made = tabulate(&input);
    let mut shown = String::new();
    for table in &made {
        for row in &table.rows {
            for (measure, cell) in table.measures.iter().zip(&row.cells) {
                if let Some((low, high)) = cell.range {
                    let best = cell.value.unwrap();
                    shown += &format!("{} {} {}: {best} ({low}–{high})\n", table.name, row.key.join("/"), measure.name);
                }
            }
        }
    }
    expected.assert_eq(&shown);
}

#[test]
fn ranges_of_places_add_up_as_squares_and_parts_of_a_place_as_they_are() {
    // Alpha is 60 + 40 = 100, from 48 + 32 = 80 to 78 + 52 = 130. With Bravo the country is 400: √(20² + 40²) = 45 below and
    // √(30² + 60²) = 67 above. All lows and all highs would be 340 to 490.
    check_ranges(
        "Alpha XS0101 site ind - - conflict - 60 48 78
         Alpha XS0101 site ind - - disaster - 40 32 52
         Bravo XS0201 host ind - - conflict - 300 260 360
         Alpha XS0101 site hh - - - - 20",
        expect![[r#"
            areas XS idp_ind: 400 (355–467)
            areas XS in_sites: 100 (80–130)
            areas XS in_host: 300 (260–360)
            areas XS01 idp_ind: 100 (80–130)
            areas XS01 in_sites: 100 (80–130)
            areas XS0101 idp_ind: 100 (80–130)
            areas XS0101 in_sites: 100 (80–130)
            areas XS02 idp_ind: 300 (260–360)
            areas XS02 in_host: 300 (260–360)
            areas XS0201 idp_ind: 300 (260–360)
            areas XS0201 in_host: 300 (260–360)
            places Alpha idp_ind: 100 (80–130)
            places Bravo idp_ind: 300 (260–360)
        "#]],
    );
}

#[test]
fn a_place_that_nobody_weighed_errs_as_one_source_does_and_more_the_older_it_is() {
    // One source: 100 becomes e^(ln 101 ± 1.28 · 0.25) − 1, 72 to 138; after four rounds the error is twice that.
    check_ranges(
        "Alpha XS0101 site ind - - - - 100
         Bravo XS0201 site ind - - - - 100 1
         Delta XS0102 site ind - - - - 50 40 60",
        expect![[r#"
            areas XS idp_ind: 250 (194–349)
            areas XS in_sites: 250 (194–349)
            areas XS01 idp_ind: 150 (121–189)
            areas XS01 in_sites: 150 (121–189)
            areas XS0101 idp_ind: 100 (72–138)
            areas XS0101 in_sites: 100 (72–138)
            areas XS0102 idp_ind: 50 (40–60)
            areas XS0102 in_sites: 50 (40–60)
            areas XS02 idp_ind: 100 (52–191)
            areas XS02 in_sites: 100 (52–191)
            areas XS0201 idp_ind: 100 (52–191)
            areas XS0201 in_sites: 100 (52–191)
            places Alpha idp_ind: 100 (72–138)
            places Bravo idp_ind: 100 (52–191)
            places Delta idp_ind: 50 (40–60)
        "#]],
    );
}

#[test]
fn a_round_in_which_nothing_was_weighed_has_no_ranges() {
    check_ranges("Alpha XS0101 site ind - - - - 100", expect![""]);
}
