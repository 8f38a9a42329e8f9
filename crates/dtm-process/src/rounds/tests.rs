use super::*;
use crate::checks::message;
use crate::codes::{FLOW_PERSONS, IDP_HH, IDP_IND};
use crate::sample::{atlas, day, lines, record};
use crate::tables::{MalesFemales, TableInput, TableOptions, tabulate};
use dtm_model::{
    Breakdown, Figure, How, Lang, Observation, Pcode, Place, PlaceKind, RoundLabel, Setting, Sex, Ssid, TOTAL,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;

/// One observation of displaced persons a line: `place area record day value`.
fn observations(text: &str) -> Vec<Observation> {
    lines(text)
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            Observation {
                place: Ssid::from(words[0]),
                area: Pcode::from(words[1]),
                record: record(words[2].parse().unwrap()),
                observed_on: day(words[3]),
                value: words[4].parse().unwrap(),
                setting: Some(Setting::Site),
                indicator: IDP_IND.to_owned(),
                breakdown: Breakdown::default(),
            }
        })
        .collect()
}

fn place(ssid: &str, area: &str, closed_on: Option<&str>) -> Place {
    Place {
        ssid: Ssid::from(ssid),
        kind: PlaceKind::Site,
        name: ssid.to_owned(),
        area: Pcode::from(area),
        site_type: None,
        position: None,
        opened_on: None,
        closed_on: closed_on.map(day),
        aliases: Vec::new(),
        merged_into: None,
    }
}

#[derive(Default)]
struct Country {
    places: Vec<Place>,
    rounds: Vec<(RoundLabel, Vec<Figure>)>,
}

impl Country {
    /// Settles one more round, carrying counts for two rounds, and shows it.
    fn round(&mut self, label: &str, scope: &[&str], lines: &str) -> String {
        let settled = self.settle(label, scope, &observations(lines), 2);
        let mut shown: String = settled
            .figures
            .iter()
            .map(|figure| match &figure.how {
                How::Carried { from } => format!("{} {} (carried from {from})\n", figure.place, figure.value),
                How::Triangulated => format!("{} {} (closed)\n", figure.place, figure.value),
                _ => format!("{} {}\n", figure.place, figure.value),
            })
            .collect();
        for finding in &settled.findings {
            shown.push_str(&format!("! {}\n", message(finding, Lang::En)));
        }
        let Coverage { planned, reached, carried, dropped, closed } = settled.coverage;
        shown + &format!("planned {planned} reached {reached} carried {carried} dropped {dropped} closed {closed}\n")
    }

    fn settle(&mut self, label: &str, scope: &[&str], observations: &[Observation], carry_rounds: u8) -> Consolidated {
        let scope: Vec<Pcode> = scope.iter().map(|code| Pcode::from(*code)).collect();
        let label = RoundLabel::from(label);
        let settled = consolidate(&RoundInput {
            label: &label,
            starts_on: day("2024-03-01"),
            ends_on: day("2024-03-31"),
            scope: &scope,
            observations,
            places: &self.places,
            atlas: &atlas(),
            earlier: &self.rounds,
            carry_rounds,
        });
        self.rounds.insert(0, (label, settled.figures.clone()));
        settled
    }
}

fn check(shown: String, expect: Expect) {
    expect.assert_eq(&shown);
}

#[test]
fn a_site_that_reports_twice_keeps_the_later_report() {
    check(
        Country::default().round(
            "1",
            &[],
            "
            S1 XS0101 1 2024-03-09 395
            S1 XS0101 2 2024-03-03 410",
        ),
        expect![[r#"
            S1 395
            ! Place S1 was assessed again on 9 March 2024; this record of 3 March 2024 does not count
            planned 1 reached 1 carried 0 dropped 0 closed 0
        "#]],
    );
}

#[test]
fn the_same_assessment_sent_twice_counts_once() {
    check(
        Country::default().round(
            "1",
            &[],
            "
            S1 XS0101 1 2024-03-09 395
            S1 XS0101 2 2024-03-09 395",
        ),
        expect![[r#"
            S1 395
            ! Place S1 says the same in record 00000000-0002-7202-8202-020202020202, which counts
            planned 1 reached 1 carried 0 dropped 0 closed 0
        "#]],
    );
}

#[test]
fn a_place_cut_off_is_carried_for_two_rounds_and_then_leaves_the_total() {
    let mut country =
        Country { places: vec![place("S1", "XS0101", None), place("S2", "XS0201", None)], ..Country::default() };
    country.round("5", &[], "S1 XS0101 1 2024-03-09 300\nS2 XS0201 2 2024-03-09 50");
    check(
        country.round("5.1", &[], "S2 XS0201 3 2024-03-09 60"),
        expect![[r#"
        S1 300 (carried from 5)
        S2 60
        ! Place S1 was not reached; its figure of round 5 is carried
        planned 2 reached 1 carried 1 dropped 0 closed 0
    "#]],
    );
    check(
        country.round("6", &[], "S2 XS0201 4 2024-03-09 70"),
        expect![[r#"
        S1 300 (carried from 5)
        S2 70
        ! Place S1 was not reached; its figure of round 5 is carried
        planned 2 reached 1 carried 1 dropped 0 closed 0
    "#]],
    );
    check(
        country.round("7", &[], "S2 XS0201 5 2024-03-09 80"),
        expect![[r#"
        S2 80
        ! Place S1 was not reached again; its figure of round 5 no longer counts
        planned 2 reached 1 carried 0 dropped 1 closed 0
    "#]],
    );
    check(
        country.round("8", &[], "S2 XS0201 6 2024-03-09 80"),
        expect![[r#"
        S2 80
        planned 2 reached 1 carried 0 dropped 0 closed 0
    "#]],
    );
}

#[test]
fn a_place_reached_again_counts_anew() {
    let mut country = Country::default();
    country.round("5", &[], "S1 XS0101 1 2024-03-09 300");
    country.round("6", &[], "");
    country.round("7", &[], "S1 XS0101 2 2024-03-09 280");
    check(
        country.round("8", &[], ""),
        expect![[r#"
        S1 280 (carried from 7)
        ! Place S1 was not reached; its figure of round 7 is carried
        planned 0 reached 0 carried 1 dropped 0 closed 0
    "#]],
    );
}

#[test]
fn a_round_of_one_department_carries_the_others() {
    let mut country =
        Country { places: vec![place("S1", "XS0101", None), place("S2", "XS0201", None)], ..Country::default() };
    country.round("4", &[], "S1 XS0101 1 2024-03-09 300\nS2 XS0201 2 2024-03-09 50");
    check(
        country.round("5", &["XS01"], "S1 XS0101 3 2024-03-09 310"),
        expect![[r#"
        S1 310
        S2 50 (carried from 4)
        ! Place S2 was not reached; its figure of round 4 is carried
        planned 1 reached 1 carried 1 dropped 0 closed 0
    "#]],
    );
}

#[test]
fn a_site_that_closed_is_zero_once_and_then_gone() {
    let mut country = Country { places: vec![place("S1", "XS0101", None)], ..Country::default() };
    country.round("1", &[], "S1 XS0101 1 2024-03-09 300");
    country.places = vec![place("S1", "XS0101", Some("2024-03-20"))];
    check(
        country.round("2", &[], ""),
        expect![[r#"
        S1 0 (closed)
        planned 1 reached 0 carried 0 dropped 0 closed 1
    "#]],
    );
    check(
        country.round("3", &[], ""),
        expect![[r#"
        planned 1 reached 0 carried 0 dropped 0 closed 0
    "#]],
    );
}

#[test]
fn a_place_said_to_have_nobody_is_zero_and_not_carried() {
    let mapping = crate::mapping::Mapping::from_toml(
        r#"
[place]
ssid = "site"
area = "area"
kind = { always = "site" }
[date]
question = "day"
[group.idp]
measures = [
    { indicator = "m0309_loc_num_idp_hh", question = "hh" },
    { indicator = "m0310_loc_num_idp_ind", question = "ind" },
    { indicator = "m0310_loc_num_idp_ind", question = "women", sex = "female", age = "18+" },
]
"#,
    )
    .unwrap();
    let visit = |place: &str, absent: &[&str]| crate::mapping::Visit {
        record: record(9),
        place: Ssid::from(place),
        observed_on: day("2024-03-09"),
        absent: absent.iter().map(|group| (*group).to_owned()).collect(),
    };
    // S1 is said to be empty; in S2 nobody answered the question.
    let visits = [visit("S1", &["idp"]), visit("S2", &[])];
    let mut country =
        Country { places: vec![place("S1", "XS0101", None), place("S2", "XS0201", None)], ..Country::default() };
    country.round("1", &[], "S1 XS0101 1 2024-03-09 300\nS2 XS0201 2 2024-03-09 50");
    let zeros = absent_as_zero(&mapping, &visits, &country.places);
    assert_eq!(zeros.len(), 2, "persons and households, but no cells");
    let settled = country.settle("2", &[], &zeros, 2);
    let people: Vec<(&str, f64, bool)> = settled
        .figures
        .iter()
        .filter(|figure| figure.indicator == IDP_IND)
        .map(|figure| (figure.place.as_str(), figure.value, figure.how == How::Reported))
        .collect();
    assert_eq!(people, [("S1", 0.0, true), ("S2", 50.0, false)]);
}

#[test]
fn flow_monitoring_points_are_planned_in_rounds_of_a_registry() {
    let point = Place { kind: PlaceKind::FlowPoint, ..place("F1", "XS0101", None) };
    let other = Place { kind: PlaceKind::FlowPoint, ..place("F2", "XS0101", None) };
    let mut country = Country { places: vec![point, other, place("S1", "XS0101", None)], ..Country::default() };
    let stock = country.settle("1", &[], &observations("S1 XS0101 1 2024-03-09 30"), 2).coverage;
    assert_eq!((stock.planned, stock.reached), (1, 1));
    let mut passing = observations("F1 XS0101 1 2024-03-09 30");
    (passing[0].setting, passing[0].indicator) = (None, FLOW_PERSONS.to_owned());
    let flow = country.settle("2", &[], &passing, 0).coverage;
    assert_eq!((flow.planned, flow.reached), (2, 1));
}

#[test]
fn registry_entries_of_a_flow_monitoring_point_add_up_by_day() {
    let entry = |n: u8, on: &str, indicator: &str, sex, value: f64| Observation {
        record: record(n),
        place: Ssid::from("F1"),
        area: Pcode::from("XS01"),
        setting: None,
        indicator: indicator.to_owned(),
        breakdown: Breakdown { sex, direction: Some("in".into()), ..Breakdown::default() },
        value,
        observed_on: day(on),
    };
    // Day one: 4 + (2 men + 3 women) = 9; day two: 7.
    let settled = Country::default().settle(
        "1",
        &[],
        &[
            entry(1, "2024-03-01", FLOW_PERSONS, None, 4.0),
            entry(2, "2024-03-01", "m2589_fmr_num_men_enter", Some(Sex::Male), 2.0),
            entry(2, "2024-03-01", "m2590_fmr_num_women_enter", Some(Sex::Female), 3.0),
            entry(3, "2024-03-02", FLOW_PERSONS, None, 7.0),
        ],
        2,
    );
    let totals: Vec<(f64, usize)> = settled
        .figures
        .iter()
        .filter(|figure| figure.indicator == FLOW_PERSONS)
        .map(|figure| (figure.value, figure.records.len()))
        .collect();
    assert_eq!(totals, [(9.0, 2), (7.0, 1)]);
    assert!(settled.findings.is_empty());
}

fn figure(place: &str, area: &str, value: i64, how: How) -> Figure {
    Figure {
        place: Ssid::from(place),
        area: Pcode::from(area),
        setting: Some(Setting::Site),
        indicator: IDP_IND.to_owned(),
        breakdown: Breakdown::default(),
        value: value as f64,
        how,
        observed_on: day("2024-03-05"),
        records: vec![record(1)],
        range: None,
    }
}

/// Before: 100 + 200 + 50 + 30 = 380. Now: 150 + 200 carried + 40 new + 0 emptied = 390. The raw change of +10 is
/// +40 new, −50 lost, +50 −30 = +20 counted both times, 0 carried.
#[test]
fn the_raw_change_is_taken_apart_and_like_for_like_stands_beside_it() {
    let previous = [
        figure("S1", "XS0101", 100, How::Reported),
        figure("S2", "XS0101", 200, How::Reported),
        figure("S3", "XS0201", 50, How::Reported),
        figure("S5", "XS0201", 30, How::Reported),
    ];
    let current = [
        figure("S1", "XS0101", 150, How::Reported),
        figure("S2", "XS0101", 200, How::Carried { from: RoundLabel::from("4") }),
        figure("S4", "XS0201", 40, How::Reported),
        figure("S5", "XS0201", 0, How::Reported),
    ];
    let compared = compare(&previous, &current, IDP_IND, &atlas());
    assert_eq!(compared.raw_change(), 10);
    assert_eq!(compared.parts, Decomposition { new_places: 40, lost_coverage: -50, reassessed: 20, carried: 0 });
    assert_eq!(compared.like_for_like, LikeForLike { n_places: 2, before: 130, after: 150 });
    let moves: Vec<PlaceMove> = compared.places.iter().map(|change| change.moved).collect();
    use PlaceMove::{Carried, Emptied, New, Up, Vanished};
    assert_eq!(moves, [Up, Carried, Vanished, New, Emptied]);
    assert_eq!(compared.areas[&Pcode::from("XS02")].raw_change(), -40);
}

fn any_figures() -> impl Strategy<Value = Vec<Figure>> {
    prop::collection::btree_map(0..20u8, (0..1000i64, any::<bool>()), 0..20).prop_map(|places| {
        places
            .into_iter()
            .map(|(n, (value, carried))| {
                let area = if n % 3 == 0 { "XS0101" } else { "XS0201" };
                let how = if carried { How::Carried { from: RoundLabel::from("0") } } else { How::Reported };
                figure(&format!("S{n:02}"), area, value, how)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn the_parts_of_a_change_add_up_and_areas_to_the_country(previous in any_figures(), current in any_figures()) {
        let compared = compare(&previous, &current, IDP_IND, &atlas());
        let sum = |figures: &[Figure]| figures.iter().map(|figure| figure.value as i64).sum::<i64>();
        prop_assert_eq!(compared.raw_change(), sum(&current) - sum(&previous));
        prop_assert_eq!(compared.parts.sum(), compared.raw_change());
        prop_assert_eq!(compared.like_for_like.after - compared.like_for_like.before, compared.parts.reassessed);
        let mut of_areas = Decomposition::default();
        for (code, area) in &compared.areas {
            prop_assert_eq!(area.parts.sum(), area.raw_change());
            if code.as_str().len() == 4 {
                of_areas.new_places += area.parts.new_places;
                of_areas.lost_coverage += area.parts.lost_coverage;
                of_areas.reassessed += area.parts.reassessed;
                of_areas.carried += area.parts.carried;
            }
        }
        prop_assert_eq!(of_areas, compared.parts);
    }

    /// Losing access changes nothing like for like, and nothing in the total while counts are carried.
    #[test]
    fn carrying_keeps_the_total(previous in any_figures(), reached in any::<u32>()) {
        let previous: Vec<Figure> = previous.into_iter().map(|f| Figure { how: How::Reported, ..f }).collect();
        let mut country = Country { rounds: vec![(RoundLabel::from("1"), previous.clone())], ..Country::default() };
        let again: Vec<Observation> = previous
            .iter()
            .zip(0u32..)
            .filter(|(_, n)| reached >> n & 1 == 1)
            .map(|(f, n)| Observation {
                record: record(n as u8 + 2), place: f.place.clone(), area: f.area.clone(), setting: f.setting,
                indicator: f.indicator.clone(), breakdown: f.breakdown.clone(), value: f.value, observed_on: f.observed_on,
            })
            .collect();
        let settled = country.settle("2", &[], &again, 1);
        let compared = compare(&previous, &settled.figures, IDP_IND, &atlas());
        prop_assert_eq!(compared.raw_change(), 0);
        prop_assert_eq!(compared.parts, Decomposition::default());
        prop_assert_eq!(compared.like_for_like.n_places as usize, again.len());
        prop_assert_eq!((settled.coverage.reached + settled.coverage.carried) as usize, previous.len());
    }
}

#[test]
fn every_cell_of_every_table_can_be_walked_back_to_its_number() {
    let breakdown = |sex, age: Option<&str>, reason: Option<&str>, origin: Option<&str>| Breakdown {
        sex,
        age: age.map(str::to_owned),
        reason: reason.map(str::to_owned),
        origin: origin.map(Pcode::from),
        direction: None,
    };
    let mut figures = Vec::new();
    let everyone = [
        ("S1", "XS0101", 60, "conflict", Some("XS02")),
        ("S2", "XS0101", 30, "other", None),
        ("S3", "XS0201", 10, "conflict", None),
    ];
    for (n, (place, area, value, reason, origin)) in (1u8..).zip(everyone) {
        let mut add = |breakdown, indicator: &str, value: i64| {
            figures.push(Figure {
                breakdown,
                indicator: indicator.to_owned(),
                records: vec![record(n)],
                setting: Some(if n == 2 { Setting::HostCommunity } else { Setting::Site }),
                ..figure(place, area, value, if n == 3 { How::Carried { from: "1".into() } } else { How::Reported })
            });
        };
        add(breakdown(None, None, Some(reason), origin), IDP_IND, value);
        add(breakdown(None, None, None, None), IDP_HH, value / 5);
        add(breakdown(Some(Sex::Female), Some("18+"), None, None), IDP_IND, value / 2);
        add(breakdown(Some(Sex::Male), Some("18+"), None, None), IDP_IND, value - value / 2);
    }
    let observed = |figure: &Figure| Observation {
        record: figure.records[0].clone(),
        place: figure.place.clone(),
        area: figure.area.clone(),
        setting: figure.setting,
        indicator: figure.indicator.clone(),
        breakdown: figure.breakdown.clone(),
        value: figure.value,
        observed_on: figure.observed_on,
    };
    let observations: Vec<Observation> = figures.iter().map(observed).collect();
    let (atlas, country) = (atlas(), Pcode::from("XS"));
    let options = TableOptions::default();
    let mut cells = 0;
    for table in tabulate(&TableInput { figures: &figures, atlas: &atlas, country: &country, options, ranges: None }) {
        for row in &table.rows {
            for (measure, cell) in table.measures.iter().zip(&row.cells) {
                let key: Vec<&str> = row.key.iter().map(String::as_str).collect();
                let males_females = MalesFemales::FromSexAge;
                let query = Query { dims: &table.dims, key: &key, measure: &measure.name, males_females };
                let explained = explain(&figures, &observations, &atlas, &country, &query);
                assert_eq!(
                    (explained.total, explained.carried),
                    (cell.value, cell.carried),
                    "{} {key:?} {}",
                    table.name,
                    measure.name
                );
                assert_eq!(explained.observations.len(), explained.figures.len());
                cells += 1;
            }
        }
    }
    assert!(cells > 100, "{cells} cells were walked back");
    let key = ["XS01", "conflict", TOTAL];
    let dims = [dtm_model::Dim::Area, dtm_model::Dim::Reason, dtm_model::Dim::Origin];
    let query = Query { dims: &dims, key: &key, measure: "idp_ind", males_females: MalesFemales::FromSexAge };
    let explained = explain(&figures, &observations, &atlas, &country, &query);
    assert_eq!(explained.records, [record(1)]);
    assert_eq!(explained.places, [Ssid::from("S1")]);
}
