//! What a reader of the public release sees, and does not.
#![allow(clippy::unwrap_used)]

mod common;

use common::{candidate, table, text};
use dtm_model::Dissemination;
use dtm_protect::{Policy, ProtectError, Why, release};
use expect_test::{Expect, expect};

fn check(tables: &[(&str, &str)], expected: Expect) {
    let tables = tables.iter().map(|(name, text)| table(name, text)).collect();
    let release = release(candidate(tables), &Policy::public()).unwrap();
    let shown: Vec<String> = release.tables().iter().map(text).collect();
    expected.assert_eq(&shown.join("\n"));
}

#[test]
fn a_hidden_number_cannot_be_recovered_from_the_total() {
    check(
        &[(
            "sex_age",
            "
            area/sex      idp_ind
            XS/*              99
            XS/female         28
            XS/male           71
            XS01/*            43
            XS01/female        3
            XS01/male         40
            XS02/*            56
            XS02/female       25
            XS02/male         31",
        )],
        expect![[r#"
            area/sex      idp_ind
            XS/*               99
            XS/female          28
            XS/male            71
            XS01/*             43
            XS01/female         *
            XS01/male           x
            XS02/*             56
            XS02/female         x
            XS02/male           x
        "#]],
    );
}

#[test]
fn zero_stays_zero_and_nothing_stays_nothing() {
    check(
        &[(
            "areas",
            "
            area    idp_ind idp_hh
            XS          120     30
            XS01        120     30
            XS02          0      0
            XS03          -      -",
        )],
        expect![[r#"
            area   idp_ind    idp_hh
            XS         120        30
            XS01       120        30
            XS02         0         0
            XS03         -         -
        "#]],
    );
}

#[test]
fn a_number_is_hidden_in_every_table_that_has_it() {
    check(
        &[
            (
                "areas",
                "
                area    idp_ind
                XS          150
                XS01          4
                XS02         60
                XS03         86",
            ),
            (
                "sex_age",
                "
                area/sex/age    idp_ind
                XS/*/*              150
                XS01/*/*              4
                XS02/*/*             60
                XS03/*/*             86",
            ),
            (
                "displacement",
                "
                area/reason/origin    idp_ind
                XS/*/*                    150
                XS/conflict/unknown       150
                XS01/*/*                    4
                XS01/conflict/unknown       4
                XS02/*/*                   60
                XS02/conflict/unknown      60
                XS03/*/*                   86
                XS03/conflict/unknown      86",
            ),
        ],
        expect![[r#"
            area   idp_ind
            XS         150
            XS01         *
            XS02         x
            XS03        86

            area/sex/age   idp_ind
            XS/*/*             150
            XS01/*/*             *
            XS02/*/*             x
            XS03/*/*            86

            area/reason/origin      idp_ind
            XS/*/*                      150
            XS/conflict/unknown         150
            XS01/*/*                      *
            XS01/conflict/unknown         *
            XS02/*/*                      x
            XS02/conflict/unknown         x
            XS03/*/*                     86
            XS03/conflict/unknown        86
        "#]],
    );
}

#[test]
fn men_among_the_displaced_are_the_displaced_who_are_male() {
    check(
        &[
            (
                "sex_age",
                "
                area/sex/age     idp_ind
                XS/*/*               100
                XS/female/*           98
                XS/male/*              2",
            ),
            (
                "displacement",
                "
                area/reason/origin    idp_ind  males<idp_ind females<idp_ind
                XS/*/*                    100              2              98
                XS/conflict/unknown       100              2              98",
            ),
        ],
        expect![[r#"
            area/sex/age   idp_ind
            XS/*/*             100
            XS/female/*          x
            XS/male/*            *

            area/reason/origin    idp_ind     males   females
            XS/*/*                    100         *         x
            XS/conflict/unknown       100         *         x
        "#]],
    );
}

#[test]
fn a_hidden_part_takes_another_part_with_it() {
    check(
        &[(
            "areas",
            "
            area    idp_ind in_sites<idp_ind in_host<idp_ind places
            XS          300              204              96      9
            XS01        100              100               0      2
            XS02        100                4              96      3
            XS03        100              100               0      4",
        )],
        expect![[r#"
            area   idp_ind  in_sites   in_host    places
            XS         300         x         x         9
            XS01       100       100         0         2
            XS02       100         *         x         3
            XS03       100       100         0         4
        "#]],
    );
}

#[test]
fn the_published_reason_does_not_give_the_number_away() {
    // 6 less a number hidden for the other's sake, so 5 at least, would be 1.
    check(
        &[(
            "areas",
            "
            area    idp_ind
            XS           56
            XS01          1
            XS02          5
            XS03         50",
        )],
        expect![[r#"
            area   idp_ind
            XS          56
            XS01         *
            XS02         5
            XS03         x
        "#]],
    );
}

#[test]
fn two_small_numbers_with_a_small_sum_need_a_third() {
    check(
        &[(
            "areas",
            "
            area    idp_ind
            XS           62
            XS01          1
            XS02          1
            XS03         60",
        )],
        expect![[r#"
            area   idp_ind
            XS          62
            XS01         *
            XS02         *
            XS03         x
        "#]],
    );
}

#[test]
fn a_lone_small_community_is_hidden_up_to_the_country() {
    check(
        &[(
            "areas",
            "
            area      idp_ind  idp_hh
            XS              4       3
            XS01            4       3
            XS0101          4       3",
        )],
        expect![[r#"
            area     idp_ind    idp_hh
            XS             *         x
            XS01           *         x
            XS0101         *         x
        "#]],
    );
}

#[test]
fn four_single_persons_are_not_given_away_by_their_reasons() {
    check(
        &[(
            "areas",
            "
            area      idp_ind
            XS              4
            XS01            1
            XS02            1
            XS03            1
            XS04            1",
        )],
        expect![[r#"
            area   idp_ind
            XS           x
            XS01         x
            XS02         x
            XS03         x
            XS04         x
        "#]],
    );
}

#[test]
fn households_of_few_persons_are_hidden_with_them() {
    check(
        &[(
            "areas",
            "
            area    idp_ind  idp_hh
            XS           94      28
            XS01          4       4
            XS02         40      12
            XS03         50      12",
        )],
        expect![[r#"
            area   idp_ind    idp_hh
            XS          94        28
            XS01         *         x
            XS02         x         x
            XS03        50        12
        "#]],
    );
}

#[test]
fn places_in_an_area_are_protected_with_the_area() {
    check(
        &[
            (
                "areas",
                "
                area    idp_ind
                XS          143
                XS01        143",
            ),
            (
                "places",
                "
                place     idp_ind
                XS01-s1         3
                XS01-s2        60
                XS01-s3        80",
            ),
        ],
        expect![[r#"
            area   idp_ind
            XS         143
            XS01       143

            place     idp_ind
            XS01-s1         *
            XS01-s2         x
            XS01-s3        80
        "#]],
    );
}

#[test]
fn smaller_areas_than_the_policy_names_are_left_out() {
    check(
        &[(
            "areas",
            "
            area      idp_ind
            XS             90
            XS01           90
            XS0101         90
            XS010101       89
            XS010102        1",
        )],
        expect![[r#"
            area     idp_ind
            XS            90
            XS01          90
            XS0101        90
        "#]],
    );
}

#[test]
fn an_indicator_above_the_audience_goes_with_the_column_that_gives_it_away() {
    let text_of = "
        area    idp_ind in_sites<idp_ind in_host<idp_ind
        XS          300              204              96";
    let mut candidate = candidate(vec![table("areas", text_of)]);
    candidate.classes.insert("i_in_host".to_owned(), Dissemination::Confidential);
    let release = release(candidate, &Policy::public()).unwrap();
    let names: Vec<&str> = release.tables()[0].measures.iter().map(|measure| measure.name.as_str()).collect();
    assert_eq!(names, ["idp_ind"]);
    let out: Vec<(&str, Why)> = release.hidden().iter().map(|hiding| (hiding.measure.as_str(), hiding.why)).collect();
    assert_eq!(out, [("in_host", Why::Class), ("in_sites", Why::Complementary)]);
}

#[test]
fn an_indicator_nobody_classified_is_not_released() {
    let mut candidate = candidate(vec![table("areas", "area idp_ind\nXS 300")]);
    candidate.classes.clear();
    let problem = release(candidate, &Policy::public()).unwrap_err();
    assert_eq!(problem.to_string(), "indicator `i_idp_ind` of `idp_ind` in table `areas` has no dissemination class");
}

#[test]
fn an_area_of_unknown_size_is_not_named() {
    let mut candidate = candidate(vec![table("areas", "area idp_ind\nXS 300\nXS01 300")]);
    candidate.tables[0].parents.clear();
    let problem = release(candidate, &Policy::public()).unwrap_err();
    assert_eq!(problem, ProtectError::UnknownArea { table: "areas".to_owned(), area: "XS01".to_owned() });
}

#[test]
fn a_table_with_a_row_twice_is_refused() {
    let problem = release(candidate(vec![table("areas", "area idp_ind\nXS 30\nXS 30")]), &Policy::public());
    assert_eq!(problem.unwrap_err().to_string(), "table `areas`, row [\"XS\"]: the key occurs twice");
}

#[test]
fn figures_published_before_pass_as_they_are() {
    let tables = vec![table("displacement", "area/reason/origin idp_ind\nXS0101/conflict/unknown 1")];
    let mut candidate = candidate(tables);
    candidate.api_ids.insert(vec!["XS0101".into(), "conflict".into(), "unknown".into()], 33176);
    let release = release(candidate, &Policy::already_public("IOM DTM API v3")).unwrap();
    let row = &release.tables()[0].rows[0];
    assert_eq!((row.cells[0].value.number(), row.api_id), (Some(1), Some(33176)));
    assert_eq!(release.already_public(), Some("IOM DTM API v3"));
    assert!(release.hidden().is_empty());
}

#[test]
fn one_large_place_is_not_read_off_its_area_where_the_policy_says_so() {
    let mut candidate = candidate(vec![table("areas", "area idp_ind\nXS 600\nXS01 100\nXS02 200\nXS03 300")]);
    candidate.tables[0].rows[1].cells[0].largest = 95;
    let policy = Policy { dominance_percent: Some(90), ..Policy::public() };
    let release = release(candidate, &policy).unwrap();
    expect![[r#"
        area   idp_ind
        XS         600
        XS01         d
        XS02         x
        XS03       300
    "#]]
    .assert_eq(&text(&release.tables()[0]));
}

#[test]
fn what_is_carried_is_told_for_what_is_shown_only() {
    check(
        &[(
            "areas",
            "
            area    idp_ind
            XS        104c44
            XS01        4c4
            XS02       40c40
            XS03       60",
        )],
        expect![[r#"
            area   idp_ind
            XS      104c44
            XS01         *
            XS02         x
            XS03        60
        "#]],
    );
}

#[test]
fn a_total_is_protected_without_the_margins_between() {
    check(
        &[(
            "displacement",
            "
            area/reason/origin             idp_ind
            XS/*/*                             443
            XS/conflict/XS01                    60
            XS/natural_disaster/unknown        380
            XS/other/unknown                     3",
        )],
        expect![[r#"
            area/reason/origin            idp_ind
            XS/*/*                            443
            XS/conflict/XS01                    x
            XS/natural_disaster/unknown       380
            XS/other/unknown                    *
        "#]],
    );
}

#[test]
fn a_total_in_another_table_is_a_total() {
    check(
        &[
            ("areas", "area idp_ind\nXS 443"),
            (
                "displacement",
                "
                area/reason/origin             idp_ind
                XS/conflict/XS01                    60
                XS/natural_disaster/unknown        380
                XS/other/unknown                     3",
            ),
        ],
        expect![[r#"
            area   idp_ind
            XS         443

            area/reason/origin            idp_ind
            XS/conflict/XS01                    x
            XS/natural_disaster/unknown       380
            XS/other/unknown                    *
        "#]],
    );
}
