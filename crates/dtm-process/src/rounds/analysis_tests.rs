use super::*;
use crate::codes::{IDP_HH, IDP_IND};
use crate::sample::{atlas, close, day, lines, record};
use dtm_model::{Breakdown, Figure, How, Lang, Pcode, Place, PlaceKind, Point, RoundLabel, Setting, Ssid};

/// One place a line: `place area households persons [origin]`; households `-` where not known, a `~` before the place
/// for a carried figure, an `h` after the area for a host community.
fn figures(text: &str) -> Vec<Figure> {
    let mut figures = Vec::new();
    for line in lines(text) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let how = if words[0].starts_with('~') { How::Carried { from: RoundLabel::from("0") } } else { How::Reported };
        let mut add = |indicator: &str, value: &str| {
            figures.push(Figure {
                place: Ssid::from(words[0].trim_start_matches('~')),
                area: Pcode::from(words[1].trim_end_matches('h')),
                setting: Some(if words[1].ends_with('h') { Setting::HostCommunity } else { Setting::Site }),
                indicator: indicator.to_owned(),
                breakdown: Breakdown { origin: words.get(4).map(|code| Pcode::from(*code)), ..Breakdown::default() },
                value: value.parse().unwrap(),
                how: how.clone(),
                observed_on: day("2024-03-05"),
                records: vec![record(1)],
                range: None,
            });
        };
        if words[2] != "-" {
            add(IDP_HH, words[2]);
        }
        add(IDP_IND, words[3]);
    }
    figures
}

/// One place a line: `place area lat lon name`.
fn places(text: &str) -> Vec<Place> {
    lines(text)
        .map(|line| {
            let words: Vec<&str> = line.splitn(5, ' ').collect();
            Place {
                ssid: Ssid::from(words[0]),
                kind: PlaceKind::Site,
                name: words[4].to_owned(),
                area: Pcode::from(words[1]),
                site_type: None,
                position: words[2].parse().ok().map(|lat| Point { lat, lon: words[3].parse().unwrap() }),
                opened_on: None,
                closed_on: None,
                aliases: Vec::new(),
                merged_into: None,
            }
        })
        .collect()
}

fn odd(now: &str, earlier: &[&str], at: &str) -> Vec<String> {
    let earlier: Vec<(RoundLabel, Vec<Figure>)> =
        earlier.iter().zip(1..).map(|(text, n)| (RoundLabel(format!("{}", 9 - n)), figures(text))).collect();
    let found = anomalies(&AnomalyInput {
        figures: &figures(now),
        earlier: &earlier,
        places: &places(at),
        atlas: &atlas(),
        rules: AnomalyRules::default(),
    });
    found
        .iter()
        .map(|anomaly| {
            let about = anomaly.place.as_ref().map_or(anomaly.area.as_str(), Ssid::as_str);
            format!("{} {about}: {}", anomaly.code(), anomaly.message(Lang::En))
        })
        .collect()
}

#[test]
fn places_that_jump_empty_fill_come_or_go_are_odd() {
    let before = "
        S1 XS0101 - 100
        S2 XS0101 - 60
        S3 XS0101 - 0
        S4 XS0101 - 400
        S5 XS0101 - 30
        S6 XS0101 - 90
        S7 XS0101 - 90";
    let now = "
        S1 XS0101 - 300
        S2 XS0101 - 0
        S3 XS0101 - 25
        S5 XS0101 - 75
        ~S6 XS0101 - 90
        S7 XS0101 - 110
        S8 XS0101 - 80";
    assert_eq!(
        odd(now, &[before], ""),
        [
            "big_change S1: From 100 to 300 persons, unlike its neighbours or more than double or half",
            "appeared S8: New, with 80 persons",
            "emptied S2: Nobody now, 60 persons before",
            "filled S3: 25 persons now, nobody before",
            "vanished S4: No figure any more, 400 persons before",
        ],
        "S5 more than doubled by fewer than fifty, S6 is carried"
    );
}

/// 25 places of like size that grew by 8 to 12 %; one grew by 60 % and one shrank by 40 %, neither to double or half.
#[test]
fn a_change_unlike_that_of_its_like_is_odd_though_small() {
    let mut before = String::new();
    let mut now = String::new();
    for n in 0..25 {
        before.push_str(&format!("S{n:02} XS0101 - 300\n"));
        now.push_str(&format!("S{n:02} XS0101 - {}\n", 325 + n % 5 * 3));
    }
    before.push_str("T1 XS0102 - 300\nT2 XS0102 - 300");
    now.push_str("T1 XS0102 - 480\nT2 XS0102 - 180");
    let found = odd(&now, &[&before], "");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("big_change T1") && found[1].starts_with("big_change T2"));
    // Where all places grow alike nobody is odd.
    assert!(odd(&now.replace("480", "330").replace("180", "330"), &[&before], "").is_empty());
}

#[test]
fn the_same_number_three_rounds_running_is_stale_unless_it_was_carried() {
    let same = "S1 XS0101 - 120\nS2 XS0101 - 70";
    let carried = "S1 XS0101 - 120\n~S2 XS0101 - 70";
    assert_eq!(odd(same, &[same], ""), [""; 0]);
    assert_eq!(odd(same, &[carried, same], ""), ["stale S1: 120 persons in 3 rounds running"]);
}

/// Eight of ten figures in XS01 are multiples of fifty; chance gives a fiftieth.
#[test]
fn an_area_of_round_numbers_is_heaped() {
    let of_places = |numbers: &[i64]| -> String {
        numbers.iter().zip(0..).map(|(n, at)| format!("S{at} XS0101 - {n}\n")).collect()
    };
    assert_eq!(
        odd(&of_places(&[50, 100, 150, 200, 400, 1000, 250, 300, 87, 133]), &[], ""),
        ["heaped XS01: 8 of 10 figures are multiples of 50: they are rough estimates"]
    );
    assert!(odd(&of_places(&[51, 100, 153, 207, 401, 1009, 254, 300, 87, 133]), &[], "").is_empty());
}

const AT: &str = "
    S1 XS0101 18.50 -72.30 École Nationale
    S2 XS0101 18.51 -72.30 Place Boyer
    S3 XS0101 18.90 -72.30 Ecole nationale.
    S4 XS0201 18.505 -72.30 Stade
    S5 XS0101 - - Marché";

#[test]
fn two_places_nearby_that_report_the_same_are_twins() {
    let found = odd("S1 XS0101 20 103 XS02\nS2 XS0101 20 103 XS02\nS4 XS0201 20 103 XS01", &[], AT);
    assert_eq!(found, ["twin S1: The same 103 persons as S2, 1,112 m away"], "S4 came from elsewhere");
    assert!(odd("S1 XS0101 - 103\nS2 XS0101 - 103", &[], AT).is_empty(), "persons alone prove nothing");
}

#[test]
fn near_places_and_places_of_one_name_may_have_counted_the_same_people() {
    let of_round = figures(
        "S1 XS0101 40 200
         S2 XS0101h 41 205
         S3 XS0101 - 210
         S4 XS0201 80 400
         S5 XS0101 40 200",
    );
    let found = double_counts(&of_round, &places(AT), &atlas(), &DoubleCountRules::default());
    let shown: Vec<String> = found
        .iter()
        .map(|pair| {
            let near = pair.distance_m.map_or(String::new(), |metres| format!(", {metres} m apart"));
            let named = if pair.name_likeness.is_some() { ", of one name" } else { "" };
            let hosts = if pair.site_and_hosts { ", site and hosts" } else { "" };
            format!("{} and {}: {} at most{near}{named}{hosts}", pair.place, pair.other, pair.at_most())
        })
        .collect();
    assert_eq!(shown, ["S1 and S2: 200 at most, 1112 m apart, site and hosts", "S1 and S3: 200 at most, of one name"]);
}

#[test]
fn an_explained_anomaly_stays_explained_until_its_numbers_change() {
    let of_round = figures("S1 XS0101 - 0");
    let earlier = |text: &str| [(RoundLabel::from("1"), figures(text))];
    let atlas = atlas();
    let found = |before: &str| {
        let earlier = earlier(before);
        anomalies(&AnomalyInput {
            figures: &of_round,
            earlier: &earlier,
            places: &[],
            atlas: &atlas,
            rules: AnomalyRules::default(),
        })
    };
    let explained = found("S1 XS0101 - 60")[0].key();
    assert_eq!(explained, "emptied:S1:60>");
    assert!(unexplained(&found("S1 XS0101 - 60"), |key| key == explained).is_empty());
    assert_eq!(unexplained(&found("S1 XS0101 - 70"), |key| key == explained).len(), 1);
}

#[test]
fn origins_and_destinations_add_up_and_show_what_areas_lost_and_gained() {
    let of_round = figures(
        "S1 XS0101 - 100 XS01
         S2 XS0102 - 30 XS02
         S3 XS0201 - 70 XS01
         S4 XS0201 - 5",
    );
    let table = origin_table(&of_round, IDP_IND, &atlas(), 1);
    assert_eq!(table.origins, ["XS01", "XS02", "unknown"]);
    assert_eq!(table.people, [[100, 70], [30, 0], [0, 5]]);
    let balances = table.balances();
    assert_eq!(balances[&Pcode::from("XS01")], OriginBalance { from_elsewhere: 30, gone_elsewhere: 70, within: 100 });
    assert_eq!(balances[&Pcode::from("XS01")].net(), -40);
    assert_eq!(balances.values().map(OriginBalance::net).sum::<i64>(), 0, "who left somewhere came somewhere");
    let fitted = table.fit(&[180.0, 40.0, 5.0], &[145.0, 80.0], &FitOptions::default()).unwrap();
    assert!(fitted.converged && fitted.cells[1][1] == 0.0);
    close(fitted.cells[0].iter().sum(), 180.0, 1e-9);
}

/// Round 2: A assessed anew (100 → 150), B kept from round 1, C lost (40), D added (70): 200 → 280, +80 of which 70 − 40
/// by coverage and 50 anew; like for like +50 %.
#[test]
fn history_tells_coverage_from_change() {
    let round = |label: &str, areas: &[(&str, i64)], carried: &[&str]| HistoryRound {
        label: RoundLabel::from(label),
        reported_on: day("2024-01-31"),
        areas: areas.iter().map(|(area, people)| (Pcode::from(*area), *people)).collect(),
        carried: carried.iter().map(|area| (Pcode::from(*area), RoundLabel::from("1"))).collect(),
    };
    let rounds = [
        round("1", &[("A", 100), ("B", 60), ("C", 40)], &[]),
        round("2", &[("A", 150), ("B", 60), ("D", 70)], &["B"]),
        round("3", &[("A", 150), ("B", 90), ("D", 300)], &[]),
    ];
    let steps = history(&rounds, 0.5);
    assert_eq!(steps[0].parts, Decomposition { new_places: 70, lost_coverage: -40, reassessed: 50, carried: 0 });
    let said = |step: &HistoryStep, lang| {
        let notes = step.notes.iter().map(|note| note.message(lang));
        [step.message(lang)].into_iter().chain(notes).collect::<Vec<_>>()
    };
    assert_eq!(
        said(&steps[0], Lang::En),
        [
            "Round 1 to 2: 200 to 280 (+40%; +50% where both assessed)",
            "Covered for the first time or again: D",
            "No longer covered: C",
            "Not assessed, earlier figure kept: B (round 1)",
        ]
    );
    assert_eq!(
        said(&steps[1], Lang::Fr),
        [
            "Du cycle 2 au cycle 3 : de 280 à 540 (+93\u{202f}% ; +105\u{202f}% là où les deux ont évalué)",
            "Le total a changé de +93\u{202f}% : dites ce qui s’est passé, ou ce qui a été compté à neuf",
            "Exactement le chiffre du cycle précédent : A",
        ]
    );
    assert!(steps.iter().all(|step| step.parts.sum() == step.after - step.before));
}
