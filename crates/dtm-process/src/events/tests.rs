use super::*;
use crate::codes::IDP_IND;
use crate::sample::{atlas, day, lines, record};
use dtm_model::{
    Answer, Answers, BlobHash, Breakdown, Figure, How, Lang, Pcode, Place, PlaceKind, Point, Record, RecordId,
    RoundLabel, Setting, Source, Ssid,
};
use expect_test::{Expect, expect};
use std::collections::BTreeMap;

/// One report a line: `n cause happened_on happened_in reported_on place area persons [latitude] [checked]`; a place that is not
/// registered begins with a question mark.
fn reports(text: &str) -> Vec<EventReport> {
    lines(text)
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            EventReport {
                record: record(words[0].parse().unwrap()),
                cause: words[1].to_owned(),
                source: None,
                checked: words.contains(&"checked"),
                happened_on: day(&format!("2024-03-{}", words[2])),
                happened_in: words[3].into(),
                reported_on: day(&format!("2024-03-{}", words[4])),
                place: words[5].starts_with('S').then(|| words[5].into()),
                place_name: words[5].strip_prefix('?').map(str::to_owned),
                area: words[6].into(),
                origin: None,
                position: words
                    .get(8)
                    .filter(|word| **word != "checked")
                    .map(|lat| Point { lat: lat.parse().unwrap(), lon: -72.0 }),
                persons: words[7].parse().unwrap(),
                households: None,
            }
        })
        .collect()
}

fn number(key: &RecordId) -> u8 {
    (1..100).find(|n| record(*n) == *key).unwrap()
}

fn shown(events: &[Event]) -> String {
    events
        .iter()
        .map(|event| {
            let places: Vec<String> = event
                .places
                .iter()
                .map(|place| {
                    let named = place.place.as_ref().map(Ssid::as_str).or(place.name.as_deref());
                    format!("{} {}", named.unwrap_or(place.area.as_str()), place.persons)
                })
                .collect();
            let days: Vec<String> = event
                .timeline
                .iter()
                .map(|day| format!("{} {} in {}", day.on.format("%d"), day.persons, day.places))
                .collect();
            let areas: Vec<&str> = event.areas.iter().map(Pcode::as_str).collect();
            format!(
                "{} {} in {}, {} to {}: {} ({}); {}\n",
                number(&event.key),
                event.cause,
                areas.join(" "),
                event.first_on.format("%d"),
                event.last_on.format("%d"),
                event.persons(),
                places.join(", "),
                days.join(", ")
            )
        })
        .collect()
}

fn check(lines: &str, expect: Expect) {
    let mut reports = reports(lines);
    let grouped = |reports: &[EventReport]| {
        shown(&group_events(reports, &atlas(), &GroupingRules::default(), &Earlier::default()))
    };
    let first = grouped(&reports);
    reports.reverse();
    reports.push(reports[0].clone());
    assert_eq!(first, grouped(&reports), "neither order nor copies matter");
    expect.assert_eq(&first);
}

#[test]
fn reports_of_one_cause_place_and_time_are_one_event_with_a_timeline() {
    check(
        "
        1 flood 01 XS0101 02 S1 XS0101 300
        2 flood 02 XS0101 04 S2 XS0102 150
        3 clash 02 XS0101 02 S1 XS0101 40
        4 flood 08 XS0101 09 S1 XS0101 420
        5 flood 20 XS0101 21 S1 XS0101 90
        6 flood 03 XS0201 04 - XS0201 70",
        expect![[r#"
            1 flood in XS0101, 01 to 08: 570 (S1 420, S2 150); 02 300 in 1, 04 450 in 2, 09 570 in 2
            3 clash in XS0101, 02 to 02: 40 (S1 40); 02 40 in 1
            6 flood in XS0201, 03 to 03: 70 (XS0201 70); 04 70 in 1
            5 flood in XS0101, 20 to 20: 90 (S1 90); 21 90 in 1
        "#]],
    );
}

#[test]
fn places_that_are_not_registered_go_by_their_name() {
    check(
        "
        1 flood 01 XS0101 02 ?École XS0101 30
        2 flood 01 XS0101 02 ?Église XS0101 20
        3 flood 01 XS0101 03 ?ecole XS0101 45",
        expect![[r#"
            1 flood in XS0101, 01 to 01: 65 (École 45, Église 20); 02 50 in 2, 03 65 in 2
        "#]],
    );
}

#[test]
fn people_near_each_other_in_two_areas_are_of_one_event() {
    // 0.02° are 2.2 km.
    check(
        "
        1 flood 01 XS0101 02 S1 XS0101 300 18.50
        2 flood 02 XS0102 02 S2 XS0102 100 18.52
        3 flood 02 XS0201 02 S3 XS0201 50 18.60",
        expect![[r#"
            1 flood in XS0101 XS0102, 01 to 02: 400 (S1 300, S2 100); 02 400 in 2
            3 flood in XS0201, 02 to 02: 50 (S3 50); 02 50 in 1
        "#]],
    );
}

#[test]
fn an_event_keeps_its_key_when_reports_come_late_or_events_become_one() {
    let rules = GroupingRules::default();
    let first = group_events(
        &reports("2 flood 02 XS0101 02 S1 XS0101 300\n5 flood 15 XS0101 15 S2 XS0101 80"),
        &atlas(),
        &rules,
        &Earlier::default(),
    );
    let known: BTreeMap<RecordId, RecordId> = first
        .iter()
        .flat_map(|event| {
            event.timeline.iter().flat_map(|day| &day.reports).map(|report| (report.clone(), event.key.clone()))
        })
        .collect();
    assert_eq!(first.iter().map(|event| number(&event.key)).collect::<Vec<_>>(), [2, 5]);
    let known = Earlier { known, ..Earlier::default() };
    // A report of the first day comes late, and one between the two.
    let late = reports(
        "1 flood 01 XS0101 01 S3 XS0101 20
         2 flood 02 XS0101 02 S1 XS0101 300
         3 flood 09 XS0101 09 S1 XS0101 310
         5 flood 15 XS0101 15 S2 XS0101 80",
    );
    let joined = group_events(&late, &atlas(), &rules, &known);
    assert_eq!(joined.len(), 1);
    assert_eq!((number(&joined[0].key), joined[0].absorbed.as_slice()), (2, &[record(5)][..]));
    // The one between is taken back: the larger part keeps the key.
    let known = known.known.into_keys().map(|report| (report, record(2))).collect();
    let known = Earlier { known, ..Earlier::default() };
    let apart = group_events(&[late[0].clone(), late[1].clone(), late[3].clone()], &atlas(), &rules, &known);
    assert_eq!(apart.iter().map(|event| number(&event.key)).collect::<Vec<_>>(), [2, 5]);
}

#[test]
fn records_of_the_form_become_reports() {
    let place = Place {
        ssid: Ssid::from("S1"),
        kind: PlaceKind::Site,
        name: "Stade".into(),
        area: Pcode::from("XS0102"),
        site_type: None,
        position: Some(Point { lat: 18.5, lon: -72.3 }),
        opened_on: None,
        closed_on: None,
        aliases: Vec::new(),
        merged_into: None,
    };
    let filled = |n: u8, answers: &[(&str, &str)]| Record {
        id: record(n),
        source: Source::Row { file: BlobHash::of(b"x"), name: "x".into(), sheet: String::new(), row: 1 },
        answers: Answers {
            values: answers
                .iter()
                .map(|(name, text)| {
                    let answer = text.parse().map_or_else(|_| Answer::Text((*text).to_owned()), Answer::Integer);
                    (format!("event/{name}"), answer)
                })
                .collect(),
            ..Answers::default()
        },
    };
    let records = [
        filled(
            1,
            &[
                ("m3202_event_date", "2024-03-01"),
                ("event_type", "flood"),
                ("m3214_ttt_event_location_admin2", "XS0101"),
                ("m1855_meta_assessment_date", "2024-03-02"),
                ("m0445_loc_site_id_ssid", "S1"),
                ("m0310_loc_num_idp_ind", "300"),
            ],
        ),
        filled(2, &[("m3202_event_date", "2024-03-01"), ("m0445_loc_site_id_ssid", "S9")]),
        filled(3, &[("m0304_meta_adm2_pcode", "XS0101")]),
        filled(
            4,
            &[
                ("m1855_meta_assessment_date", "2024-03-02"),
                ("m0304_meta_adm2_pcode", "XS0201"),
                ("m3390_loc_main_origin_adm1", "XS01"),
            ],
        ),
    ];
    let read = event_reports(&records, &EventQuestions::default(), &[place], &atlas());
    let known = &read.reports[0];
    assert_eq!(
        (known.happened_in.as_str(), known.area.as_str(), known.persons, known.position.is_some()),
        ("XS0101", "XS0102", 300, true)
    );
    assert_eq!((read.reports[1].happened_in.as_str(), read.reports[1].happened_on), ("XS01", day("2024-03-02")));
    assert_eq!(read.faults, [(record(2), ReportFault::NoArea), (record(3), ReportFault::NoDay)]);
    assert!(ReportFault::NoDay.message(Lang::Fr).starts_with("Pas de jour"));
}

#[test]
fn an_alert_is_raised_once_for_every_step() {
    let rules: Vec<AlertRule> = serde_json::from_str(
        r#"[
            {"id": "many", "measure": {"of": "persons"}, "steps": [500, 100, 1000]},
            {"id": "fast", "cause": "flood", "area": "XS01", "measure": {"of": "new_persons", "days": 3}, "steps": [150]},
            {"id": "south", "area": "XS02", "measure": {"of": "reports"}, "steps": [1]}
        ]"#,
    )
    .unwrap();
    assert!(alert_rule_problems(&rules, &atlas()).is_empty());
    let events = |lines: &str| group_events(&reports(lines), &atlas(), &GroupingRules::default(), &Earlier::default());
    let mut sent: Vec<String> = Vec::new();
    let mut raise = |lines: &str, today: &str| -> Vec<String> {
        let alerts =
            raise_alerts(&events(lines), &rules, &atlas(), day(today), |key| sent.iter().any(|known| known == key));
        sent.extend(alerts.iter().map(Alert::key));
        alerts.iter().map(|alert| format!("{}: {}", alert.rule, alert.message(Lang::En))).collect()
    };
    let one = "1 flood 01 XS0101 02 S1 XS0101 120\n";
    let two = "1 flood 01 XS0101 02 S1 XS0101 120\n2 flood 04 XS0101 06 S1 XS0101 620\n";
    assert_eq!(raise(one, "2024-03-02"), ["many: 120 persons displaced (100 reached)"]);
    assert!(raise(one, "2024-03-03").is_empty(), "sent before");
    assert_eq!(
        raise(two, "2024-03-06"),
        ["many: 620 persons displaced (500 reached)", "fast: 500 persons more in 3 days (150 reached)"]
    );
    assert!(raise(one, "2024-03-07").is_empty(), "a number that fell raises no lower step");
}

#[test]
fn rules_that_cannot_alert_are_named() {
    let rule = |id: &str, area: Option<&str>, steps: &[u64]| AlertRule {
        id: id.into(),
        cause: None,
        area: area.map(Pcode::from),
        measure: AlertMeasure::Places,
        steps: steps.into(),
    };
    let problems =
        alert_rule_problems(&[rule("a", None, &[5]), rule("a", None, &[0]), rule("b", Some("XS99"), &[1])], &atlas());
    let said: Vec<String> = problems.iter().map(|problem| problem.message(Lang::En)).collect();
    assert_eq!(
        said,
        [
            "Two rules are called “a”",
            "Rule “a” has no step above zero, so it never alerts",
            "Rule “b” is about area XS99, which is not known",
        ]
    );
}

/// XS0101: 500 more people, 420 by the event: 420 explained, 80 residual. XS0102: 30 more, 150 by the event: 30 explained,
/// 120 not found. XS0201 was not reached again: nothing can be said.
#[test]
fn events_explain_a_part_of_the_change_and_are_never_added() {
    let figure = |place: &str, area: &str, value: f64, carried: bool| Figure {
        place: place.into(),
        area: area.into(),
        setting: Some(Setting::Site),
        indicator: IDP_IND.to_owned(),
        breakdown: Breakdown::default(),
        value,
        how: if carried { How::Carried { from: RoundLabel::from("1") } } else { How::Reported },
        observed_on: day("2024-04-05"),
        records: Vec::new(),
        range: None,
    };
    let before = [
        figure("S1", "XS0101", 100.0, false),
        figure("S2", "XS0102", 50.0, false),
        figure("S4", "XS0201", 60.0, false),
    ];
    let after = [
        figure("S1", "XS0101", 480.0, false),
        figure("S3", "XS0101", 120.0, false),
        figure("S2", "XS0102", 80.0, false),
        figure("S4", "XS0201", 60.0, true),
    ];
    let events = group_events(
        &reports(
            "1 flood 01 XS0101 02 S1 XS0101 300
             2 flood 02 XS0101 04 S2 XS0102 150
             3 flood 04 XS0101 04 S1 XS0101 420
             4 flood 04 XS0201 04 - XS0201 70",
        ),
        &atlas(),
        &GroupingRules::default(),
        &Earlier::default(),
    );
    let rows = reconcile_events(&events, &before, &after, IDP_IND, &atlas(), 2);
    let shown: Vec<String> = rows
        .iter()
        .map(|row| {
            let parts = row.explained.map_or("nothing can be said".to_owned(), |explained| {
                let (residual, not_found) = (row.residual().unwrap(), row.not_found().unwrap());
                format!("{explained} explained, {residual} residual, {not_found} not found")
            });
            format!("{}: {} reported, change {}; {parts}", row.area, row.reported, row.change())
        })
        .collect();
    assert_eq!(
        shown,
        [
            "XS0101: 420 reported, change 500; 420 explained, 80 residual, 0 not found",
            "XS0102: 150 reported, change 30; 30 explained, 0 residual, 120 not found",
            "XS0201: 70 reported, change 0; nothing can be said",
        ]
    );
    assert_eq!((rows[0].places[0].before, rows[0].places[0].after), (Some(100), Some(480)));
    assert_eq!(rows[0].events, [EventPart { event: record(1), persons: 420 }]);
    assert_eq!(rows[2].carried, 60);
}

/// Two floods of one commune and week: the officer sets one of three reports apart, and later the two events are one again.
#[test]
fn what_a_person_decided_holds_for_reports_that_come_later() {
    let three = "1 flood 01 XS0101 01 S1 XS0101 300
         2 flood 02 XS0101 02 S2 XS0101 80
         3 flood 03 XS0101 03 S3 XS0101 40";
    let more = format!("{three}\n4 flood 04 XS0101 04 S4 XS0101 10");
    let grouped = |lines: &str, decided: &[Decided]| {
        let pinned = Decisions::replay(decided).pinned;
        let known = (1..=4).map(|n| (record(n), record(1))).collect();
        let events = group_events(&reports(lines), &atlas(), &GroupingRules::default(), &Earlier { known, pinned });
        shown(&events)
    };
    let split = Decided {
        event: record(1),
        decision: Decision::Split { to: record(9), moved: vec![record(2)], kept: vec![record(1), record(3)] },
    };
    expect![[r#"
        1 flood in XS0101, 01 to 04: 350 (S1 300, S3 40, S4 10); 01 300 in 1, 03 340 in 2, 04 350 in 3
        9 flood in XS0101, 02 to 02: 80 (S2 80); 02 80 in 1
    "#]]
    .assert_eq(&grouped(&more, std::slice::from_ref(&split)));
    let merged = Decided {
        event: record(9),
        decision: Decision::Merged { other: record(1), records: (1..=3).map(record).collect() },
    };
    expect![[r#"
        9 flood in XS0101, 01 to 04: 430 (S1 300, S2 80, S3 40, S4 10); 01 300 in 1, 02 380 in 2, 03 420 in 3, 04 430 in 4
    "#]]
    .assert_eq(&grouped(&more, &[split, merged]));
    let state = Decisions::replay(&[
        Decided { event: record(1), decision: Decision::Named { name: "Storm".into() } },
        Decided { event: record(1), decision: Decision::Closed { reason: "over".into() } },
        Decided { event: record(1), decision: Decision::Named { name: String::new() } },
        Decided { event: record(1), decision: Decision::Reopened { reason: String::new() } },
    ]);
    assert_eq!(state, Decisions::default(), "the last word counts");
}

/// S1 was checked at 300 and then reported at 420, later at 90; S2 was never checked.
#[test]
fn an_event_says_what_was_checked_and_how_far_reports_go() {
    let event = |lines: &str| {
        let events = group_events(&reports(lines), &atlas(), &GroupingRules::default(), &Earlier::default());
        (events[0].low(), events[0].persons(), events[0].high())
    };
    let two = "1 flood 01 XS0101 01 S1 XS0101 300 checked
         2 flood 01 XS0101 02 S1 XS0101 420
         3 flood 01 XS0101 02 S2 XS0101 70";
    assert_eq!(event(two), (300, 490, 490));
    assert_eq!(event(&format!("{two}\n4 flood 01 XS0101 05 S1 XS0101 90")), (90, 160, 490));
}
