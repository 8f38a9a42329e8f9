use super::*;
use crate::codes::{ARRIVED_ON, IDP_HH, IDP_IND, POSITION};
use dtm_model::{
    Answers, Area, Boundary, Breakdown, ExerciseId, How, Instant, Lang, Pcode, PlaceKind, Point, RoundId, RoundLabel,
    RoundState, Setting, Sex, Source, SubmissionId, Text,
};
use expect_test::{Expect, expect};

/// What the enumerator wrote, beside the total of persons and of households.
#[derive(Default)]
struct Said<'a> {
    ind: Option<i64>,
    hh: Option<i64>,
    /// Sex and age cells, such as `f 18+ 20, m 18+ 10, f - 20`.
    cells: &'a str,
    reason: Option<&'a str>,
    origin: Option<&'a str>,
    assessed_on: &'a str,
    arrived_on: Option<&'a str>,
    position: Option<(f64, f64)>,
    /// The figure of the round before; none where there is no round before.
    before: Option<i64>,
    closed_on: Option<&'a str>,
    unregistered: bool,
    area: &'a str,
    unreadable: Option<&'a str>,
}

fn fine<'a>() -> Said<'a> {
    Said {
        ind: Some(500),
        hh: Some(100),
        reason: Some("conflict"),
        origin: Some("XS02"),
        assessed_on: "2024-03-05",
        area: "XS01",
        ..Said::default()
    }
}

fn id(n: u8) -> RecordId {
    RecordId::new(Instant::from_millis(i64::from(n)), [n; 10])
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn observations(n: u8, said: &Said) -> Vec<Observation> {
    let observation = |indicator: &str, breakdown: Breakdown, value: i64| Observation {
        record: id(n),
        place: Ssid::from("S1"),
        area: Pcode::from(said.area),
        setting: Some(Setting::Site),
        indicator: indicator.to_owned(),
        breakdown: Breakdown {
            reason: said.reason.map(str::to_owned),
            origin: said.origin.map(Pcode::from),
            ..breakdown
        },
        value: value as f64,
        observed_on: day(said.assessed_on),
    };
    let mut observed = Vec::new();
    observed.extend(said.ind.map(|value| observation(IDP_IND, Breakdown::default(), value)));
    observed.extend(said.hh.map(|value| observation(IDP_HH, Breakdown::default(), value)));
    for cell in said.cells.split(',').filter(|cell| !cell.trim().is_empty()) {
        let words: Vec<&str> = cell.split_whitespace().collect();
        let sex = match words[0] {
            "f" => Some(Sex::Female),
            "m" => Some(Sex::Male),
            _ => None,
        };
        let age = (words[1] != "-").then(|| words[1].to_owned());
        observed.push(observation(IDP_IND, Breakdown { sex, age, ..Breakdown::default() }, words[2].parse().unwrap()));
    }
    observed
}

fn record(n: u8, said: &Said) -> Record {
    let mut answers = Answers::default();
    if let Some(arrived) = said.arrived_on {
        answers.values.insert(ARRIVED_ON.to_owned(), Answer::Text(arrived.to_owned()));
    }
    if let Some((lat, lon)) = said.position {
        answers.values.insert(POSITION.to_owned(), Answer::Point(Point { lon, lat }));
    }
    if let Some(text) = said.unreadable {
        let turn =
            Answers { values: [("age".to_owned(), Answer::Unreadable(text.to_owned()))].into(), ..Answers::default() };
        answers.repeats.insert("member".to_owned(), vec![turn]);
    }
    Record { id: id(n), source: Source::Submission { id: SubmissionId::new(Instant::default(), [n; 10]) }, answers }
}

/// A square country from 18 to 19 degrees north and 73 to 72 degrees west, with one department in its south and one in its north.
fn atlas() -> Atlas {
    let area = |(code, level): (&str, u8)| Area {
        pcode: Pcode::from(code),
        level,
        parent: (level > 0).then(|| Pcode::from("XS")),
        name: Text::both(code, code),
        aliases: BTreeMap::new(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    };
    let square = |code: &str, south: f64, north: f64| {
        let corners = vec![(-73.0, south), (-72.0, south), (-72.0, north), (-73.0, north), (-73.0, south)];
        let shape = geo::MultiPolygon(vec![geo::Polygon::new(geo::LineString::from(corners), Vec::new())]);
        Boundary { pcode: Pcode::from(code), shape }
    };
    Atlas::new(
        [("XS", 0), ("XS01", 1), ("XS02", 1)].map(area),
        [square("XS", 18.0, 19.0), square("XS01", 18.0, 18.5), square("XS02", 18.6, 19.0)],
    )
}

fn round() -> Round {
    Round {
        id: RoundId::new(Instant::default(), [0; 10]),
        exercise: ExerciseId::new(Instant::default(), [0; 10]),
        label: RoundLabel::from("5.1"),
        starts_on: day("2024-03-01"),
        ends_on: day("2024-03-31"),
        reported_on: day("2024-03-31"),
        scope: Vec::new(),
        state: RoundState::Verifying,
    }
}

fn found(said: &[Said]) -> Vec<Finding> {
    let first = &said[0];
    let records: Vec<Record> = (1..).zip(said).map(|(n, said)| record(n, said)).collect();
    let observations: Vec<Observation> = (1..).zip(said).flat_map(|(n, said)| observations(n, said)).collect();
    let place = Place {
        ssid: Ssid::from("S1"),
        kind: PlaceKind::Site,
        name: "School".into(),
        area: Pcode::from(first.area),
        site_type: None,
        position: None,
        opened_on: None,
        closed_on: first.closed_on.map(day),
        aliases: Vec::new(),
        merged_into: None,
    };
    let places = if first.unregistered { vec![] } else { vec![place] };
    let before = |value: i64| Figure {
        place: Ssid::from("S1"),
        area: Pcode::from("XS01"),
        setting: Some(Setting::Site),
        indicator: IDP_IND.to_owned(),
        breakdown: Breakdown::default(),
        value: value as f64,
        how: How::Reported,
        observed_on: day("2023-12-05"),
        records: Vec::new(),
        range: None,
    };
    let previous: Option<Vec<Figure>> = first.before.map(|value| vec![before(value)]);
    run_round(&RoundContext {
        round: &round(),
        today: day("2024-04-02"),
        records: &records,
        observations: &observations,
        places: &places,
        atlas: &atlas(),
        previous: previous.as_deref(),
        questions: &BTreeMap::new(),
    })
}

fn check(said: Said, expect: Expect) {
    let lines = |lang| -> String {
        let said = found(std::slice::from_ref(&said)).into_iter();
        said.map(|finding| format!("{}: {}\n", finding.check, message(&finding, lang))).collect()
    };
    expect.assert_eq(&(lines(Lang::En) + &lines(Lang::Fr)));
}

#[test]
fn a_record_in_order_has_no_findings() {
    check(
        Said { cells: "f 18+ 260, m 18+ 240", before: Some(450), position: Some((18.2, -72.4)), ..fine() },
        expect![""],
    );
}

#[test]
fn more_households_than_persons() {
    check(
        Said { ind: Some(130), hh: Some(1500), ..fine() },
        expect![[r#"
        households_exceed_individuals: 1,500 households but only 130 persons
        households_exceed_individuals: 1 500 ménages mais seulement 130 personnes
    "#]],
    );
}

#[test]
fn a_household_of_twenty_is_unusual_and_of_twelve_is_not() {
    check(
        Said { ind: Some(400), hh: Some(20), ..fine() },
        expect![[r#"
        household_size: 400 persons in 20 households make 20.0 a household; 1.5 to 12 is usual
        household_size: 400 personnes dans 20 ménages font 20,0 par ménage ; 1,5 à 12 est habituel
    "#]],
    );
    check(Said { ind: Some(240), hh: Some(20), ..fine() }, expect![""]);
    check(Said { ind: Some(30), hh: Some(20), ..fine() }, expect![""]);
}

#[test]
fn cells_by_sex_and_age_must_make_the_total() {
    check(
        Said { cells: "f 18+ 260, m 18+ 220", ..fine() },
        expect![[r#"
        sex_age_differs: The cells by sex and age make 480, the total is 500
        sex_age_differs: Les cellules par sexe et âge font 480, le total est 500
    "#]],
    );
    check(Said { cells: "f 18+ 200, m 18+ 150, - 0-17 150", ..fine() }, expect![""]);
}

#[test]
fn males_and_females_must_make_the_total() {
    check(
        Said { cells: "f - 260, m - 220", ..fine() },
        expect![[r#"
        sexes_differ: 220 males and 260 females; the total is 500
        sexes_differ: 220 hommes et 260 femmes ; le total est 500
    "#]],
    );
}

#[test]
fn dates_out_of_order_are_named_with_their_days() {
    check(
        Said { assessed_on: "2024-11-15", ..fine() },
        expect![[r#"
        date_in_future: The date 15 November 2024 is still to come (today is 2 April 2024)
        date_in_future: La date du 15 novembre 2024 est encore à venir (nous sommes le 2 avril 2024)
    "#]],
    );
    check(
        Said { assessed_on: "2024-04-01", ..fine() },
        expect![[r#"
        assessed_outside_round: Assessed on 1 April 2024; the round runs from 1 March 2024 to 31 March 2024
        assessed_outside_round: Évalué le 1er avril 2024 ; le cycle va du 1er mars 2024 au 31 mars 2024
    "#]],
    );
    check(
        Said { arrived_on: Some("2024-03-30"), ..fine() },
        expect![[r#"
        arrival_after_assessment: People are said to have arrived on 30 March 2024, after the assessment of 5 March 2024
        arrival_after_assessment: Les gens seraient arrivés le 30 mars 2024, après l’évaluation du 5 mars 2024
    "#]],
    );
    check(Said { arrived_on: Some("2023-1"), ..fine() }, expect![""]);
}

#[test]
fn places_and_areas_that_are_not_known() {
    check(
        Said { unregistered: true, ..fine() },
        expect![[r#"
        place_not_known: Place S1 is not registered
        place_not_known: Le lieu S1 n’est pas enregistré
    "#]],
    );
    check(
        Said { area: "XS99", ..fine() },
        expect![[r#"
        area_not_known: Area XS99 of place S1 is not in the list of areas
        area_not_known: La zone XS99 du lieu S1 n’est pas dans la liste des zones
    "#]],
    );
}

/// One degree of latitude is 111.2 km: 18.7 lies 22.2 km north of the outline that ends at 18.5.
#[test]
fn a_position_outside_the_area_is_found_with_a_margin_of_a_kilometre() {
    check(
        Said { position: Some((18.7, -72.5)), ..fine() },
        expect![[r#"
        position_outside_area: The position lies 22.2 km outside XS01, in XS02
        position_outside_area: La position est à 22,2 km hors de XS01, dans XS02
    "#]],
    );
    check(
        Said { position: Some((17.8, -72.5)), ..fine() },
        expect![[r#"
            position_outside_area: The position lies 22.2 km outside XS01
            position_outside_area: La position est à 22,2 km hors de XS01
        "#]],
    );
    check(Said { position: Some((18.508, -72.5)), ..fine() }, expect![""]);
    check(
        Said { position: Some((-72.5, 18.2)), ..fine() },
        expect![[r#"
        coordinates_swapped: Latitude and longitude look exchanged: the other way round the position lies in XS01
        coordinates_swapped: Latitude et longitude semblent interverties : dans l’autre sens, la position est dans XS01
    "#]],
    );
}

#[test]
fn a_closed_site_cannot_have_people() {
    check(
        Said { closed_on: Some("2024-03-01"), ..fine() },
        expect![[r#"
        closed_site_reports_people: Place S1 closed on 1 March 2024 but reports 500 persons on 5 March 2024
        closed_site_reports_people: Le lieu S1, fermé le 1er mars 2024, déclare 500 personnes le 5 mars 2024
    "#]],
    );
    check(Said { closed_on: Some("2024-03-01"), ind: Some(0), hh: Some(0), ..fine() }, expect![""]);
}

/// The larger must be more than twice the smaller, and fifty persons apart: 250 to 500 is not, 249 to 500 is, 20 to 60 is not.
#[test]
fn a_change_is_big_beyond_double_and_fifty_persons() {
    check(Said { before: Some(250), ..fine() }, expect![""]);
    check(
        Said { before: Some(249), ..fine() },
        expect![[r#"
        big_change: 500 persons now, 249 in the round before
        big_change: 500 personnes maintenant, 249 au cycle précédent
    "#]],
    );
    check(
        Said { before: Some(1_287_593), ..fine() },
        expect![[r#"
        big_change: 500 persons now, 1,287,593 in the round before
        big_change: 500 personnes maintenant, 1 287 593 au cycle précédent
    "#]],
    );
    check(Said { before: Some(20), ind: Some(60), hh: Some(12), ..fine() }, expect![""]);
}

#[test]
fn places_appear_and_empty() {
    check(
        Said { before: Some(0), ..fine() },
        expect![[r#"
        place_appeared: 500 persons where the round before counted nobody
        place_appeared: 500 personnes là où le cycle précédent ne comptait personne
    "#]],
    );
    check(
        Said { before: Some(350), ind: Some(0), hh: Some(0), ..fine() },
        expect![[r#"
            place_emptied: Nobody is there any more; the round before counted 350 persons
            place_emptied: Il n’y a plus personne ; le cycle précédent comptait 350 personnes
        "#]],
    );
}

#[test]
fn people_without_reason_or_origin() {
    check(
        Said { reason: Some("not_reported"), origin: None, ..fine() },
        expect![[r#"
        origin_missing: 500 persons without a place of origin
        reason_missing: 500 persons without a reason of displacement
        origin_missing: 500 personnes sans lieu de provenance
        reason_missing: 500 personnes sans raison de déplacement
    "#]],
    );
    check(Said { ind: Some(0), hh: Some(0), reason: None, origin: None, ..fine() }, expect![""]);
}

#[test]
fn numbers_below_zero_and_answers_that_cannot_be_read() {
    check(
        Said { ind: Some(-99), hh: None, ..fine() },
        expect![[r#"
        negative_number: m0310_loc_num_idp_ind is −99; a count cannot be below zero
        negative_number: m0310_loc_num_idp_ind vaut −99 ; un effectif ne peut pas être négatif
    "#]],
    );
    check(
        Said { unreadable: Some("about 40"), ..fine() },
        expect![[r#"
        unreadable_answer: The answer «about 40» to member[1]/age cannot be read as the form asks
        unreadable_answer: La réponse « about 40 » à member[1]/age ne se lit pas comme le formulaire le demande
    "#]],
    );
}

#[test]
fn a_finding_names_the_question_that_the_mapping_reads() {
    let mapping = Mapping::from_toml(include_str!("../../../../tests/mappings/haiti-zmpp-r3.toml")).unwrap();
    let questions = questions_of(&mapping);
    assert_eq!(questions[IDP_IND], "Personnes déplacées internes (PDI)");
    assert_eq!(questions[codes::REASON], "Raison de déplacement de la majorité");
    assert_eq!(questions[codes::ASSESSED_ON], "Date évaluation");
    assert!(!questions.contains_key(POSITION), "the table has no positions");
}

#[test]
fn every_check_is_listed_once_in_order_and_speaks_both_languages() {
    assert!(CHECKS.is_sorted_by(|a, b| a.id < b.id));
    for check in CHECKS {
        for words in [check.title, check.why, check.example, check.advice, check.message] {
            assert!(!words.en.is_empty() && !words.fr.is_empty(), "{}", check.id);
        }
        let gaps = |text: &str| {
            let mut gaps: Vec<String> =
                text.split('{').skip(1).map(|gap| gap.split('}').next().unwrap().to_owned()).collect();
            gaps.sort();
            gaps
        };
        assert_eq!(gaps(check.message.en), gaps(check.message.fr), "{}", check.id);
    }
}

#[test]
fn what_nobody_worded_is_said_all_the_same() {
    let mut finding = CHECKS[0].finding(None, None, [("row", "7".to_owned())]);
    finding.check = "from_elsewhere".to_owned();
    assert_eq!(message(&finding, Lang::Fr), "from_elsewhere: row 7");
    finding.facts.clear();
    assert_eq!(message(&finding, Lang::Fr), "from_elsewhere");
}
