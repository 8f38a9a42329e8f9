use super::*;
use crate::answers::{AnswerTable, Column, form_of};
use dtm_model::FieldKind;
use proptest::prelude::*;

/// One interview a line, one letter an answer.
fn table(lines: &[String]) -> AnswerTable {
    let n = lines.first().map_or(0, String::len);
    let names: Vec<String> = (0..n).map(|at| format!("q{at}")).collect();
    let questions: Vec<(&str, FieldKind)> = names.iter().map(|name| (name.as_str(), FieldKind::SelectOne)).collect();
    let rows = lines.iter().map(|line| line.chars().map(|letter| letter.to_string()).collect::<Vec<_>>());
    AnswerTable::of_sheet(&form_of(&questions), &names, rows)
}

fn found(lines: &[String], enumerators: Option<&[u32]>, options: &NearOptions) -> NearFound {
    let table = table(lines);
    nearest(&table, &table.positions(Column::is_substance), enumerators, options)
}

fn in_blocks(at_most: u32) -> NearOptions {
    NearOptions { at_most, every_pair_up_to: 0, most_in_block: 2_000, ..NearOptions::default() }
}

#[test]
fn the_nearest_of_several_as_near_is_the_first() {
    let lines = ["aaaa", "aaab", "aaac", "zzzz"].map(str::to_owned);
    let near = found(&lines, Some(&[1, 2, 1, 1]), &NearOptions::default());
    let rows: Vec<_> = near.nearest.iter().map(|near| near.map(|near| (near.row, near.n_different))).collect();
    assert_eq!(rows, [Some((1, 1)), Some((0, 1)), Some((0, 1)), Some((0, 4))]);
    assert_eq!(near.nearest_own[1], None, "the second asked once");
    assert_eq!(near.nearest_own[2], Some(Near { n_different: 1, row: 0 }));
}

#[test]
fn capitals_are_no_difference() {
    let near = found(&["aB".to_owned(), "Ab".to_owned()], None, &NearOptions::default());
    assert_eq!(near.nearest[0], Some(Near { n_different: 0, row: 1 }));
}

#[test]
fn a_block_too_large_is_compared_in_part_and_says_what_was_left_out() {
    // A hundred interviews that agree in most and differ in a number of three digits.
    let lines: Vec<String> = (0..100).map(|n| format!("aaaaaaaaaaaa{n:03}")).collect();
    let near = found(&lines, None, &NearOptions { most_in_block: 10, ..in_blocks(3) });
    assert!(near.n_left_out > 0);
    assert!(
        near.nearest.iter().all(|near| near.is_some_and(|near| near.n_different == 1)),
        "the nearest is a neighbour"
    );
    assert_eq!(found(&lines, None, &in_blocks(3)).n_left_out, 0);
}

#[test]
fn one_who_makes_interviews_up_is_more_like_themselves_than_others_are_like_each_other() {
    // Enumerators 0 to 8 get answers of their respondents; enumerator 9 repeats one interview with a change.
    let mut lines = Vec::new();
    let mut enumerators = Vec::new();
    let mut seed = 7u64;
    for enumerator in 0..10u32 {
        for n in 0..12u8 {
            let line = (0..30).map(|at| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let free = (seed >> 33) % 4;
                let made_up = if at == usize::from(n) { 1 } else { 0 };
                char::from(b'a' + if enumerator == 9 { made_up } else { free as u8 })
            });
            lines.push(line.collect::<String>());
            enumerators.push(enumerator);
        }
    }
    let table = table(&lines);
    let rows = Rows::of(&table, &table.positions(Column::is_substance));
    let own = alike_to_own(&rows, &enumerators, &OwnOptions::default());
    for (row, own) in own.iter().enumerate() {
        let own = own.unwrap();
        assert_eq!(own.n_compared, 11);
        assert_eq!(own.percentile < 0.01, enumerators[row] == 9, "{row} {own:?}");
    }
}

proptest! {
    #[test]
    fn blocks_lose_no_pair_that_differs_in_so_few_questions(
        lines in prop::collection::vec("[ab]{12}", 0..60),
        at_most in 1u32..5,
        who in prop::collection::vec(0u32..4, 60),
    ) {
        let enumerators = &who[..lines.len()];
        let every_pair = found(&lines, Some(enumerators), &NearOptions::default());
        let blocks = found(&lines, Some(enumerators), &in_blocks(at_most));
        prop_assert_eq!(blocks.n_left_out, 0);
        for (of_blocks, of_all) in [(&blocks.nearest, &every_pair.nearest), (&blocks.nearest_own, &every_pair.nearest_own)] {
            for (of_blocks, of_all) in of_blocks.iter().zip(of_all) {
                let known = of_all.filter(|near| near.n_different <= at_most).map(|near| near.n_different);
                prop_assert_eq!(of_blocks.map(|near| near.n_different), known);
            }
        }
    }
}
