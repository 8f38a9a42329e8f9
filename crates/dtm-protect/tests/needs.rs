//! What is said of households' answers, and what is not.
#![allow(clippy::unwrap_used)]

mod common;

use common::{candidate, table};
use dtm_model::{Dissemination, FigureTable, Need, Text};
use dtm_protect::{Candidate, Hiding, Policy, ProtectError, Why, release};
use expect_test::{Expect, expect};

/// A table of needs: keys `area/group/question.answer`, then households asked, with and without, and the share.
fn needs(text: &str) -> FigureTable {
    let header = "area/group/need asked_hh with_hh<asked_hh without_hh<asked_hh share\n";
    let mut table = table("needs", &format!("{header}{text}"));
    let keys: Vec<String> = table.rows.iter().map(|row| row.key[2].clone()).collect();
    table.needs = keys
        .into_iter()
        .map(|key| {
            let indicator = key.split('.').next().unwrap().to_owned();
            let said = Text::both(&key, &key);
            (key, Need { indicator, sector: "food".to_owned(), asked: said.clone(), answer: said })
        })
        .collect();
    table
}

fn with_classes(table: FigureTable, classes: &[(&str, Dissemination)]) -> Candidate {
    let mut candidate = candidate(vec![table]);
    candidate.classes = classes.iter().map(|(code, class)| ((*code).to_owned(), *class)).collect();
    candidate
}

fn check(text: &str, expect: Expect) {
    let release = release(with_classes(needs(text), &[("q", Dissemination::Public)]), &Policy::public()).unwrap();
    expect.assert_eq(&common::text(release.table("needs").unwrap()));
}

#[test]
fn two_households_of_many_are_hidden_with_their_share_and_cannot_be_computed() {
    // Two of thirty in XS0101: hidden, and with them the other commune, else 15 − 13 would tell.
    check(
        "
        XS/*/q.a     90 15 75 167
        XS0101/*/q.a 30  2 28  67
        XS0102/*/q.a 60 13 47 217
        ",
        expect![[r#"
            area/group/need  asked_hh   with_hh without_hh     share
            XS/*/q.a               90        15        75       167
            XS0101/*/q.a           30         *         x         *
            XS0102/*/q.a           60         x         x         x
        "#]],
    );
}

#[test]
fn nothing_is_said_of_the_answers_of_fewer_households_than_a_sample_needs() {
    check(
        "
        XS/*/q.a     69 38 31 551
        XS0101/*/q.a  9  5  4 556
        XS0102/*/q.a 30 13 17 433
        XS0103/*/q.a 30 20 10 667
        ",
        expect![[r#"
            area/group/need  asked_hh   with_hh without_hh     share
            XS/*/q.a               69        38        31       551
            XS0101/*/q.a            *         x         x         *
            XS0102/*/q.a            x         x         x         x
            XS0103/*/q.a           30        20        10       667
        "#]],
    );
}

#[test]
fn the_answers_to_one_question_add_up_and_none_is_what_the_others_leave() {
    // Of forty households two have no shelter; the others are 25 and 13, so one of these is hidden, too.
    check(
        "
        XS0101/*/q.none  40  2 38  50
        XS0101/*/q.tent  40 25 15 625
        XS0101/*/q.house 40 13 27 325
        ",
        expect![[r#"
            area/group/need   asked_hh   with_hh without_hh     share
            XS0101/*/q.house        40         x         x         x
            XS0101/*/q.none         40         *         x         *
            XS0101/*/q.tent         40        25        15       625
        "#]],
    );
}

#[test]
fn a_zero_is_shown_as_it_describes_no_household() {
    check(
        "XS0101/*/q.a 30 0 30 0",
        expect![[r#"
        area/group/need  asked_hh   with_hh without_hh     share
        XS0101/*/q.a           30         0        30         0
    "#]],
    );
}

#[test]
fn answers_that_are_not_for_this_audience_are_left_out_and_those_nobody_classed_stop_the_release() {
    let table = needs("XS0101/*/q.a 30 10 20 333\nXS0101/*/secret.a 30 10 20 333");
    let classes = [("q", Dissemination::Public), ("secret", Dissemination::Confidential)];
    let made = release(with_classes(table.clone(), &classes), &Policy::public()).unwrap();
    let shown = made.table("needs").unwrap();
    assert_eq!((shown.rows.len(), shown.needs.len()), (1, 1));
    let left_out = Hiding { table: "needs".into(), key: vec![], measure: "secret".into(), why: Why::Class };
    assert_eq!(made.hidden(), [left_out]);
    let refused = release(with_classes(table, &classes[..1]), &Policy::public()).unwrap_err();
    assert!(matches!(refused, ProtectError::Unclassified { indicator, .. } if indicator == "secret"));
}

#[test]
fn figures_that_others_published_pass_as_they_are() {
    let table = needs("XS0101/*/q.a 7 1 6 143");
    let policy = Policy::already_public("the ministry");
    let made = release(with_classes(table, &[("q", Dissemination::Public)]), &policy).unwrap();
    assert_eq!(made.table("needs").unwrap().rows[0].cells[3].value.number(), Some(143));
}
