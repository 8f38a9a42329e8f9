use super::*;
use crate::sample::{day, lines, record};
use chrono::{NaiveTime, Weekday};
use dtm_model::{Answer, Answers, BlobHash, Lang, Record, Sex, Source, Ssid};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn time(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").unwrap()
}

fn entry(n: u8, answers: &[(&str, &str)], turns: &[(&str, i64)]) -> Record {
    let typed = |text: &str| match (text.parse(), text.parse()) {
        (Ok(number), _) => Answer::Integer(number),
        (_, Ok(day)) => Answer::Date(day),
        _ => Answer::Text(text.to_owned()),
    };
    let turn = |(nationality, persons): &(&str, i64)| Answers {
        values: BTreeMap::from([
            ("movement/nationality_count/nationality".to_owned(), Answer::Text((*nationality).to_owned())),
            ("movement/nationality_count/m0701_fmr_num_nation_ind".to_owned(), Answer::Integer(*persons)),
        ]),
        ..Answers::default()
    };
    Record {
        id: record(n),
        source: Source::Row { file: BlobHash::of(b"x"), name: "x".into(), sheet: String::new(), row: 1 },
        answers: Answers {
            values: answers.iter().map(|(name, text)| (format!("movement/{name}"), typed(text))).collect(),
            repeats: BTreeMap::from([("movement/nationality_count".to_owned(), turns.iter().map(turn).collect())]),
        },
    }
}

#[test]
fn entries_of_a_registry_become_groups_and_faulty_ones_are_named() {
    let records = [
        entry(
            1,
            &[
                ("m0641_fmr_fmp_code", "F1"),
                ("m1855_meta_assessment_date", "2024-03-04"),
                ("m2682_meta_date_auto", "2024-03-04T09:15:00.000-05:00"),
                ("fmr_direction", "out"),
                ("fmr_total", "7"),
                ("m2589_fmr_num_men_enter", "4"),
                ("m2592_fmr_num_girls_enter", "2"),
            ],
            &[("HTI", 5), ("DOM", 2)],
        ),
        entry(2, &[("m0641_fmr_fmp_code", "F1"), ("m1855_meta_assessment_date", "2024-03-04")], &[("HTI", 3)]),
        entry(3, &[("m1855_meta_assessment_date", "2024-03-04"), ("fmr_total", "7")], &[]),
        entry(4, &[("m0641_fmr_fmp_code", "F1"), ("fmr_total", "7")], &[]),
        entry(5, &[("m0641_fmr_fmp_code", "F1"), ("m1855_meta_assessment_date", "2024-03-04")], &[]),
        entry(
            6,
            &[
                ("m0641_fmr_fmp_code", "F1"),
                ("m1855_meta_assessment_date", "2024-03-05"),
                ("m2682_meta_date_auto", "2024-03-06T09:15:00.000-05:00"),
                ("fmr_total", "3"),
                ("m2589_fmr_num_men_enter", "4"),
            ],
            &[],
        ),
    ];
    let read = passages(&records, &PassageQuestions::default());
    let shown: Vec<(u32, Option<NaiveTime>, usize, usize)> = read
        .passages
        .iter()
        .map(|passage| (passage.persons, passage.time, passage.parts.len(), passage.nationalities.len()))
        .collect();
    assert_eq!(shown, [(3, None, 0, 1), (7, Some(time("09:15")), 2, 2), (3, None, 0, 0)]);
    use PassageFault::{NoDay, NoPersons, NoPoint, PartsExceedTotal};
    assert_eq!(
        read.faults,
        [(record(3), NoPoint), (record(4), NoDay), (record(5), NoPersons), (record(6), PartsExceedTotal)]
    );
    assert!(NoPoint.message(Lang::Fr).contains("suivi des flux"));
}

fn plan() -> ObservationPlan {
    let slot = |name: &str, from: &str, to: &str| Slot { name: name.into(), from: time(from), to: time(to) };
    let planned = |weekday, slot: &str| PlannedSlot { point: "F1".into(), weekday, slot: slot.into() };
    ObservationPlan {
        slots: vec![
            slot("morning", "06:00", "12:00"),
            slot("afternoon", "12:00", "18:00"),
            slot("night", "18:00", "00:00"),
        ],
        planned: vec![planned(Weekday::Mon, "morning"), planned(Weekday::Tue, "morning")],
    }
}

/// One shift a line: `point day from to`.
fn shifts(text: &str) -> ObservedTime {
    let shift = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        Shift { point: words[0].into(), day: day(words[1]), from: time(words[2]), to: time(words[3]) }
    };
    ObservedTime::of(&lines(text).map(shift).collect::<Vec<_>>())
}

/// One group a line: `point day time persons [origin destination nationality]`.
fn groups(text: &str) -> Vec<Passage> {
    lines(text)
        .zip(1..)
        .map(|(line, n)| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let persons = words[3].parse().unwrap();
            let word = |at: usize| words.get(at).map(|word| (*word).to_owned());
            Passage {
                record: record(n),
                point: words[0].into(),
                day: day(words[1]),
                time: (words[2] != "-").then(|| time(words[2])),
                some_time_after: false,
                direction: None,
                origin: word(4),
                destination: word(5),
                mode: None,
                reason: None,
                persons,
                parts: vec![(Sex::Female, "18+".into(), persons / 2)],
                nationalities: word(6).map(|nationality| (nationality, persons)).into_iter().collect(),
            }
        })
        .collect()
}

/// Monday 6:00–10:00 and 9:00–13:00 are seven hours, six of them in the morning; a night from 22:00 to 2:00 counts two
/// hours on either day.
#[test]
fn hours_are_joined_and_set_beside_the_plan() {
    let observed = shifts(
        "F1 2024-03-04 06:00 10:00
         F1 2024-03-04 09:00 13:00
         F1 2024-03-06 22:00 02:00
         F2 2024-03-04 08:00 09:30",
    );
    let hours = point_hours(&plan(), &observed, day("2024-03-04"), day("2024-03-10"));
    let shown: Vec<(&str, u32, u32, u32, u32)> = hours
        .iter()
        .map(|row| (row.point.as_str(), row.planned_min, row.kept_min, row.observed_min, row.days_observed))
        .collect();
    assert_eq!(shown, [("F1", 720, 360, 660, 3), ("F2", 0, 0, 90, 1)]);
    assert_eq!((hours[0].kept_share(), hours[1].kept_share()), (Some(0.5), None));
    assert_eq!(observed.minutes(&Ssid::from("F1"), day("2024-03-07")), Some(120));
}

#[test]
fn a_plan_that_cannot_be_kept_is_refused_with_reasons() {
    let mut faulty = plan();
    assert!(plan_problems(&faulty).is_empty());
    faulty.slots.push(Slot { name: "late".into(), from: time("22:00"), to: time("02:00") });
    faulty.slots.push(Slot { name: "noon".into(), from: time("11:00"), to: time("13:00") });
    faulty.planned.push(PlannedSlot { point: "F9".into(), weekday: Weekday::Sun, slot: "dawn".into() });
    let said: Vec<String> = plan_problems(&faulty).iter().map(|problem| problem.message(Lang::En)).collect();
    assert_eq!(
        said,
        [
            "“late” ends before it begins; cut a night in two at midnight",
            "“morning” and “noon” overlap",
            "Point F9 is planned for “dawn”, which is not a slot of this plan",
        ]
    );
}

#[test]
fn people_add_up_by_day_and_week_with_the_hours_observed() {
    let passed = groups(
        "F1 2024-03-04 07:00 10 A B HTI
         F1 2024-03-04 08:00 5 A C
         F1 2024-03-06 08:00 2 C B DOM
         F2 2024-03-11 08:00 4 A B HTI",
    );
    let observed = shifts("F1 2024-03-04 06:00 12:00\nF1 2024-03-05 06:00 12:00\nF1 2024-03-06 06:00 09:00");
    let shown = |period, by| -> Vec<String> {
        let rows = flows(&passed, &observed, period, by);
        let line = |row: &FlowRow| {
            let minutes = row.observed_min.map_or("no shift".to_owned(), |minutes| format!("{minutes} min"));
            format!("{} {} {} {} in {}, {minutes}", row.point, row.starts_on, row.value, row.persons, row.groups)
        };
        rows.iter().map(line).collect()
    };
    assert_eq!(
        shown(Period::Day, By::All),
        [
            "F1 2024-03-04 * 15 in 2, 360 min",
            "F1 2024-03-05 * 0 in 0, 360 min",
            "F1 2024-03-06 * 2 in 1, 180 min",
            "F2 2024-03-11 * 4 in 1, no shift",
        ]
    );
    assert_eq!(
        shown(Period::Week, By::Nationality),
        [
            "F1 2024-03-04 DOM 2 in 1, 900 min",
            "F1 2024-03-04 HTI 10 in 1, 900 min",
            "F1 2024-03-04 unknown 5 in 1, 900 min",
            "F2 2024-03-11 HTI 4 in 1, no shift",
        ]
    );
    assert_eq!(shown(Period::Week, By::SexAge)[0], "F1 2024-03-04 female 18+ 8 in 3, 900 min");
    let rows = flows(&passed, &observed, Period::Week, By::All);
    assert_eq!((rows[0].per_hour(), rows[1].per_hour()), (Some(17.0 * 60.0 / 900.0), None));
}

proptest! {
    #[test]
    fn every_breakdown_adds_up_to_all_people(
        passed in prop::collection::vec((0u8..3, 0u8..20, 1u32..40, 0u8..3), 0..40)
    ) {
        let text: String = passed
            .iter()
            .map(|(point, on, persons, kind)| {
                let what = ["", " A B HTI", " C B"][usize::from(*kind)];
                format!("F{point} 2024-03-{:02} 08:00 {persons}{what}\n", on + 1)
            })
            .collect();
        let passed = groups(&text);
        let all: u64 = passed.iter().map(|passage| u64::from(passage.persons)).sum();
        for by in [By::All, By::Direction, By::Origin, By::Destination, By::Nationality, By::SexAge, By::Mode, By::Reason] {
            for period in [Period::Day, Period::Week] {
                let rows = flows(&passed, &ObservedTime::default(), period, by);
                prop_assert_eq!(rows.iter().map(|row| row.persons).sum::<u64>(), all);
            }
        }
    }
}

/// Four Mondays. Mornings were watched twice, with 10 and 14 people: mean 12, s² 8, total 48, V = 16·(1 − ½)·8/2 = 32.
/// Afternoons once, with 6: total 24, s² borrowed at 8/12 a person, 4: V = 16·(1 − ¼)·4 = 48. Nights never.
#[test]
fn an_extrapolation_is_made_of_watched_slots_and_names_the_others() {
    let point = Ssid::from("F1");
    let passed = groups(
        "F1 2024-03-04 07:00 10
         F1 2024-03-11 07:00 9
         F1 2024-03-11 11:00 5
         F1 2024-03-11 13:00 6
         F1 2024-03-18 07:00 99
         F1 2024-03-11 - 3
         F2 2024-03-11 07:00 50",
    );
    // On the 18th the morning was watched for an hour only.
    let observed = shifts(
        "F1 2024-03-04 06:00 12:00
         F1 2024-03-11 06:00 18:00
         F1 2024-03-18 06:30 07:30",
    );
    let mondays = |from: &str, to: &str| {
        extrapolate(&point, &passed, &observed, &plan().slots, (day(from), day(to)), &ExtrapolationRules::default())
    };
    let made = mondays("2024-03-04", "2024-03-25").unwrap();
    let shown: Vec<String> = made
        .strata
        .iter()
        .filter(|stratum| stratum.weekday == Weekday::Mon)
        .map(|stratum| {
            let borrowed = if stratum.borrowed { " borrowed" } else { "" };
            let (mean, variance) = (stratum.mean, stratum.variance);
            format!("{} of {}: mean {mean:?}, s² {variance:?}{borrowed}", stratum.watched, stratum.slots)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "2 of 4: mean Some(12.0), s² Some(8.0)",
            "1 of 4: mean Some(6.0), s² Some(4.0) borrowed",
            "0 of 4: mean None, s² None",
        ]
    );
    assert_eq!((made.estimate, made.seen, made.seen_in_slots, made.observed_min), (72.0, 132, 30, 1140));
    assert!((made.variance.unwrap() - 80.0).abs() < 1e-9);
    assert!((made.high.unwrap() - (72.0 + 1.96 * 80f64.sqrt())).abs() < 1e-9);
    // 22 days of three slots: 4 + 4 of 66 are spoken for; 19 strata nobody watched.
    assert!((made.covered - 8.0 / 66.0).abs() < 1e-12);
    assert_eq!(made.never_watched().count(), 19);
    // A single day watched from end to end is no estimate any more.
    let whole = mondays("2024-03-11", "2024-03-11").unwrap();
    assert_eq!((whole.estimate, whole.variance), (20.0, Some(0.0)));
    assert_eq!(mondays("2024-03-05", "2024-03-06").unwrap_err(), ExtrapolationError::NothingWatched);
    assert_eq!(mondays("2024-03-05", "2024-03-04").unwrap_err(), ExtrapolationError::NoSlots);
}

/// F2 is two hours from F1. The group of 20 and the group of 9 come again on time, 9 as 10; the group of 30 comes too
/// late. The group of 8 that comes every day at one hour matches on every day: by chance it does so too.
#[test]
fn groups_seen_twice_are_those_that_match_beyond_chance() {
    let mut text = String::from(
        "F1 2024-03-06 08:00 20 A B HTI
         F2 2024-03-06 10:10 20 A B HTI
         F1 2024-03-06 09:00 9 C B HTI
         F2 2024-03-06 10:50 10 C B HTI
         F1 2024-03-06 09:30 30 C D HTI
         F2 2024-03-06 14:00 30 C D HTI
         F2 2024-03-06 - 7 C D HTI\n",
    );
    for on in 1..=20 {
        text.push_str(&format!("F1 2024-03-{on:02} 08:00 8 X Y HTI\nF2 2024-03-{on:02} 10:00 8 X Y HTI\n"));
    }
    let legs = [Leg { from: "F1".into(), to: "F2".into(), minutes: 120, give_or_take: 30 }];
    let twice = &seen_twice(&groups(&text), &legs, &RouteRules::default())[0];
    assert_eq!((twice.matched, twice.matched_groups, twice.persons_at_end), (20 + 9 + 160, 22, 60 + 160));
    // Off by one day 19 of the daily groups match, off by two 18: on average 18.5 · 8.
    assert_eq!((twice.by_chance, twice.expected()), (148.0, 41.0));
    assert!((twice.share().unwrap() - 41.0 / 220.0).abs() < 1e-12);
    let other_way = [Leg { from: "F2".into(), to: "F1".into(), minutes: 120, give_or_take: 30 }];
    assert_eq!(seen_twice(&groups("F1 2024-03-06 08:00 20 A B"), &other_way, &RouteRules::default())[0].matched, 0);
}

#[test]
fn points_of_entry_have_spells_and_reports_that_grow_old() {
    use EntryPointState::{Closed, Open};
    let report = |point: &str, on: &str, state| EntryPointReport {
        point: point.into(),
        kind: EntryPointKind::Land,
        on: day(on),
        state,
    };
    let reports = [
        report("P1", "2024-03-10", Closed),
        report("P1", "2024-03-01", Open),
        report("P1", "2024-03-05", Open),
        report("P1", "2024-03-12", Closed),
        report("P1", "2024-04-01", Open),
        report("P2", "2024-02-01", Open),
    ];
    let on = entry_status(&reports, day("2024-03-20"), 14);
    let shown: Vec<(&str, EntryPointState, String, bool)> =
        on.iter().map(|point| (point.point.as_str(), point.state, point.since.to_string(), point.old)).collect();
    assert_eq!(shown, [("P1", Closed, "2024-03-10".to_owned(), false), ("P2", Open, "2024-02-01".to_owned(), true)]);
    let spells = entry_spells(&reports, day("2024-04-30"));
    assert_eq!(spells.iter().map(|spell| spell.state).collect::<Vec<_>>(), [Open, Closed, Open, Open]);
    let counts = entry_summary(&on);
    assert_eq!(
        counts.iter().map(|count| (count.state, count.n, count.n_old)).collect::<Vec<_>>(),
        [(Open, 1, 1), (Closed, 1, 0)]
    );
    assert_eq!(Closed.words(Lang::Fr), "fermé");
}

/// The standard form asks from when to when somebody observed, and repeats its questions for every group.
#[test]
fn a_form_with_many_groups_gives_a_shift_and_a_passage_for_each() {
    let turn = |direction: &str, men: i64, nationalities: &str| Answers {
        values: BTreeMap::from([
            ("groups/m0630_ind_movement_type".to_owned(), Answer::Text(direction.to_owned())),
            ("groups/m2589_fmr_num_men_enter".to_owned(), Answer::Integer(men)),
            ("groups/group_size".to_owned(), Answer::Text(men.to_string())),
            ("groups/m2551_fmr_nationalities_group".to_owned(), Answer::Text(nationalities.to_owned())),
        ]),
        ..Answers::default()
    };
    let mut form = entry(
        1,
        &[
            ("m0641_fmr_fmp_code", "F1"),
            ("m1855_meta_assessment_date", "2024-03-04"),
            ("observed_from", "06:00:00.000-05:00"),
            ("observed_to", "14:30:00.000-05:00"),
        ],
        &[],
    );
    form.answers.repeats = BTreeMap::from([(
        "groups".to_owned(),
        vec![turn("exit", 4, "HTI"), turn("entry", 9, "HTI DOM"), turn("exit", 0, "")],
    )]);
    let questions = PassageQuestions::default();
    let read = passages(std::slice::from_ref(&form), &questions);
    let seen: Vec<_> = read
        .passages
        .iter()
        .map(|passage| (passage.direction.as_deref().unwrap(), passage.persons, passage.nationalities.len()))
        .collect();
    assert_eq!(seen, [("exit", 4, 1), ("entry", 9, 0)], "of two nationalities nobody knows how many have which");
    assert!(read.passages.iter().all(|passage| passage.time == Some(time("06:00")) && passage.some_time_after));
    assert_eq!(read.faults, [(record(1), PassageFault::NoPersons)]);
    let watched = ObservedTime::of(&super::shifts(std::slice::from_ref(&form), &questions));
    assert_eq!(watched.minutes(&Ssid::from("F1"), day("2024-03-04")), Some(510));
}
