use super::sex_age::cluster_ratio;
use super::*;
use crate::codes::{IDP_HH, IDP_IND};
use crate::rounds::{RoundInput, consolidate};
use crate::sample::{atlas, close, day, lines, record, shared};
use dtm_model::{Breakdown, Figure, How, Lang, Observation, Pcode, RecordId, RoundLabel, Setting, Sex, Ssid};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn said(source: &str, value: f64, credibility: f64) -> SourceFigure {
    SourceFigure { source: source.into(), value, credibility, rounds_old: 0, range: None }
}

/// Rule of succession: (1 + 8)/(2 + 10) = 0.75. Marks: role casec .8 × 1, resident 1 × 1, count .9 × 2, record .75 × 1.5;
/// (0.8 + 1 + 1.8 + 1.125)/(1 + 1 + 2 + 1.5) = 4.725/5.5.
#[test]
fn an_informant_weighs_what_role_nearness_basis_and_record_say() {
    close(track_record(8, 2), 0.75, 1e-12);
    close(track_record(0, 0), 0.5, 1e-12);
    let informant = Informant {
        id: None,
        role: Some("casec".into()),
        proximity: Some(Proximity::Resident),
        balance: None,
        basis: Some(Basis::Count),
        reliability: None,
        agreed: 8,
        disagreed: 2,
    };
    let weighed = credibility(&informant, &CredibilityRules::default());
    close(weighed.value, 4.725 / 5.5, 1e-12);
    assert_eq!(
        weighed.marks.iter().map(|mark| mark.0.code()).collect::<Vec<_>>(),
        ["role", "proximity", "basis", "history"]
    );
    // An interviewer who found it little reliable: (4.725 + 0.3)/(5.5 + 1).
    let doubted = Informant { reliability: Some(Reliability::Low), ..informant.clone() };
    close(credibility(&doubted, &CredibilityRules::default()).value, 5.025 / 6.5, 1e-12);
    let hearsay = Informant { basis: Some(Basis::Hearsay), ..informant };
    assert!(credibility(&hearsay, &CredibilityRules::default()).value < weighed.value);
}

/// Equal credibility, 99 and 224 persons: logs of 100 and 225, mean ln 150, so 149 persons. s² = .0625 each: within
/// .0625/2. v = 16 each, Q = 2·16·(ln 1.5)² = 5.26088, τ² = (Q − 1)/(32 − 16) = .26630; between τ²/2.
#[test]
fn two_sources_are_combined_on_the_scale_of_proportions() {
    let combined = combine(&[said("a", 99.0, 0.8), said("b", 224.0, 0.8)], &CombineRules::default()).unwrap();
    close(combined.best, 149.0, 1e-9);
    close(combined.within, 0.03125, 1e-12);
    let tau2 = (32.0 * 1.5f64.ln().powi(2) - 1.0) / 16.0;
    close(tau2, 0.26630, 1e-5);
    close(combined.between, tau2 / 2.0, 1e-12);
    let reach = (1.28 * (0.03125 + tau2 / 2.0).sqrt()).exp();
    close(combined.high, 150.0 * reach - 1.0, 1e-9);
    close(combined.low, 150.0 / reach - 1.0, 1e-9);
}

/// The weight is the square of the credibility: (1·ln 100 + .25·ln 400)/1.25 = ln 100 + .2·ln 4.
#[test]
fn a_source_half_as_credible_weighs_a_quarter() {
    let combined = combine(&[said("a", 99.0, 1.0), said("b", 399.0, 0.5)], &CombineRules::default()).unwrap();
    close(combined.best, 100.0 * 4f64.powf(0.2) - 1.0, 1e-9);
}

/// DerSimonian and Laird on unequal errors: y = ln 100, ln 200 with s = .25 (now) and .5 (four rounds old), v = 16 and 4,
/// ȳ = ln 100 + .2 ln 2, Q = 3.2 (ln 2)², τ² = (Q − 1)/(20 − 272/20).
#[test]
fn what_is_older_is_less_sure() {
    let old = SourceFigure { rounds_old: 4, ..said("b", 199.0, 0.6) };
    let combined = combine([&said("a", 99.0, 0.6), &old], &CombineRules::default()).unwrap();
    close(combined.within, (0.0625 + 0.25) / 4.0, 1e-12);
    let tau2 = (3.2 * 2f64.ln().powi(2) - 1.0) / 6.4;
    close(combined.between, tau2 / 2.0, 1e-12);
    let alone = combine([&old], &CombineRules::default()).unwrap();
    close(alone.high, 200.0 * (1.28f64 * 0.5).exp() - 1.0, 1e-9);
}

fn check(sources: &[(&str, f64)], before: Option<f64>) -> String {
    let sources: Vec<SourceFigure> = sources.iter().map(|(name, value)| said(name, *value, 0.8)).collect();
    let previous = before.map(|value| Previous { value, round: RoundLabel::from("4"), rounds_old: 1 });
    let Some(settled) = triangulate(&sources, previous.as_ref(), &TriangulationRules::default()) else {
        return "nothing".into();
    };
    let how = match &settled.how {
        How::Carried { from } => format!("carried from {from}"),
        other => format!("{other:?}").to_lowercase(),
    };
    let call = settled.call_back.as_ref().map_or(String::new(), |call| {
        format!(
            "; call {} and {}, {:.0} apart ({:.0} %)",
            call.lowest,
            call.highest,
            call.apart,
            call.share_apart * 100.0
        )
    });
    let range = [settled.figure.low, settled.figure.best, settled.figure.high].map(|number| format!("{number:.0}"));
    format!("{} [{}]: {}{call}", how, range.join(" "), settled.reason.message(Lang::En))
}

#[test]
fn sources_agree_are_called_back_or_are_decided_by_the_last() {
    // exp(±1.28·.25) = 1.377 about one source.
    assert_eq!(check(&[("a", 400.0)], Some(380.0)), "reported [290 400 551]: One source");
    assert_eq!(check(&[("a", 400.0), ("b", 300.0)], None), "triangulated [276 346 435]: 2 sources agree");
    // 40 of 60 is much, but these are 40 persons.
    assert_eq!(check(&[("a", 20.0), ("b", 60.0)], None), "triangulated [17 35 70]: 2 sources agree");
    assert_eq!(
        check(&[("a", 400.0), ("b", 200.0)], Some(380.0)),
        "carried from 4 [276 380 524]: Sources disagree; the last verified figure is kept until they are called back; \
         call b and a, 200 apart (50 %)"
    );
    assert!(check(&[("a", 400.0), ("b", 200.0)], None).starts_with("estimated [181 283 441]: Sources disagree and no"));
    assert_eq!(
        check(&[("a", 400.0), ("b", 200.0), ("c", 380.0)], Some(100.0)),
        "triangulated [311 390 489]: Sources disagreed; the last one heard decided: 2 agree, 1 set aside"
    );
    assert!(
        check(&[("a", 900.0), ("b", 200.0), ("c", 450.0)], Some(380.0)).starts_with("carried from 4 [276 380 524]")
    );
    assert_eq!(
        check(&[], Some(380.0)),
        "carried from 4 [276 380 524]: Nobody could be heard; the last figure is carried"
    );
    assert_eq!(check(&[("a", f64::NAN)], None), "nothing");
}

proptest! {
    #[test]
    fn the_best_figure_lies_between_its_sources_and_within_its_range(
        values in prop::collection::vec((0.0f64..100_000.0, 0.0f64..1.0, 0u32..5), 1..8)
    ) {
        let sources: Vec<SourceFigure> = values
            .iter()
            .map(|(value, credibility, rounds_old)| SourceFigure {
                source: String::new(), value: *value, credibility: *credibility, rounds_old: *rounds_old, range: None,
            })
            .collect();
        let combined = combine(&sources, &CombineRules::default()).unwrap();
        let (least, most) = values.iter().fold((f64::MAX, 0f64), |(a, b), (v, ..)| (a.min(*v), b.max(*v)));
        prop_assert!(combined.best >= least - 1e-6 * (1.0 + least) && combined.best <= most * (1.0 + 1e-9) + 1e-6);
        prop_assert!(combined.low <= combined.best && combined.best <= combined.high);
    }
}

/// Country 5.0 (100 households, 500 persons); XS01: (45·4 + 10·5)/55 with its 45 households of 4; XS0101 the same
/// households; S1 with 5 households of 4.
#[test]
fn household_size_falls_back_from_site_to_country_and_is_drawn_to_the_level_above() {
    let sample = |place: &str, area: &str, households: f64, persons: f64| SizeSample {
        place: Ssid::from(place),
        area: Pcode::from(area),
        households,
        persons,
    };
    let samples = [
        sample("S1", "XS0101", 5.0, 20.0),
        sample("S2", "XS0101", 40.0, 160.0),
        sample("S3", "XS0201", 55.0, 320.0),
        sample("S4", "XS0201", 9.0, 3.0),
    ];
    let sizes = household_sizes(&samples, &atlas(), 10.0).unwrap();
    let of = |place: &str, area: &str| sizes.of(&Ssid::from(place), &Pcode::from(area), &atlas());
    let admin1 = (180.0 + 10.0 * 5.0) / 55.0;
    let admin2 = (180.0 + 10.0 * admin1) / 55.0;
    let site = (20.0 + 10.0 * admin2) / 15.0;
    close(of("S1", "XS0101").persons, site, 1e-12);
    close(of("S9", "XS0101").persons, admin2, 1e-12);
    close(of("S9", "XS0102").persons, admin1, 1e-12);
    close(of("S9", "XS").persons, 5.0, 1e-12);
    let froms = [("S1", "XS0101"), ("S9", "XS0101"), ("S9", "XS0102"), ("S9", "??")].map(|(p, a)| of(p, a).from);
    assert_eq!(froms, [SizeFrom::Place, SizeFrom::Admin2, SizeFrom::Admin1, SizeFrom::Country]);
    assert_eq!(of("S9", "XS").persons_in(31), 155);
    assert!(household_sizes(&samples[3..], &atlas(), 10.0).is_none(), "fewer persons than households");
}

fn household(girls: u32, boys: u32, women: u32, men: u32) -> SampledHousehold {
    let cell = |sex, age: &str| SexAgeCell { sex, age: age.into() };
    let members = [
        (cell(Sex::Female, "0-17"), girls),
        (cell(Sex::Female, "18+"), women),
        (cell(Sex::Male, "0-17"), boys),
        (cell(Sex::Male, "18+"), men),
    ];
    SampledHousehold { members: members.into_iter().filter(|(_, n)| *n > 0).collect() }
}

/// Girls 2, 0, 1 in households of 4, 4, 2: p = .3, residuals .8, −1.2, .4 over 10, squares .0064 + .0144 + .0016 = .0224;
/// n/(n − 1) = 1.5; with 3 of 30 households (1 − .1): se = √(.9 · 1.5 · .0224) = √.03024.
#[test]
fn a_sheet_of_households_gives_shares_with_errors_and_cells_that_add_up() {
    let households = [household(2, 0, 1, 1), household(0, 2, 1, 1), household(1, 0, 1, 0)];
    let sheet = sex_age_sheet(&households, Some(30), &SexAgeRules::default()).unwrap();
    let girls = &sheet.shares[0];
    close(girls.share, 0.3, 1e-12);
    close(girls.se.unwrap(), 0.03024f64.sqrt(), 1e-12);
    assert_eq!((sheet.n_households, sheet.n_persons, sheet.adequacy), (3, 10, Adequacy::TooSmall));
    // Quotas of 101: 30.3, 30.3, 20.2, 20.2; the one left goes to the first of the largest remainders.
    let cells: Vec<u64> = sheet.apply(101).into_iter().map(|(_, n)| n).collect();
    assert_eq!(cells, [31, 30, 20, 20]);
    assert!(sex_age_sheet(&[household(0, 0, 0, 0)], None, &SexAgeRules::default()).is_none());
    let one = sex_age_sheet(&households[..1], None, &SexAgeRules::default()).unwrap();
    assert_eq!(one.shares[0].se, None);
}

/// 300 people at .3 ± .1 and 100 people at .5 ± .2: (90 + 50)/400 = .35; √(30² + 20²)/400.
#[test]
fn the_pyramid_of_an_area_is_weighted_by_people() {
    let sheet = |share: f64, se: f64| SexAgeSheet {
        shares: vec![
            CellShare { cell: SexAgeCell { sex: Sex::Female, age: "all".into() }, share, se: Some(se) },
            CellShare { cell: SexAgeCell { sex: Sex::Male, age: "all".into() }, share: 1.0 - share, se: Some(se) },
        ],
        n_households: 20,
        n_persons: 90,
        adequacy: Adequacy::Enough,
    };
    let (a, b) = (sheet(0.3, 0.1), sheet(0.5, 0.2));
    let area = population_weighted(&[
        PlaceShares { people: 300.0, sheet: &a },
        PlaceShares { people: 100.0, sheet: &b },
        PlaceShares { people: 0.0, sheet: &b },
    ])
    .unwrap();
    close(area.shares[0].share, 0.35, 1e-12);
    close(area.shares[0].se.unwrap(), 1300f64.sqrt() / 400.0, 1e-12);
    assert_eq!((area.n_households, area.adequacy), (40, Adequacy::Enough));
}

/// R's survey package on its data set apiclus1: schools in 15 of 757 districts, the ratio of two years' scores.
#[test]
fn the_cluster_ratio_is_that_of_the_reference_with_and_without_its_finite_population() {
    let (Some(table), Some(expected)) =
        (shared("reference/survey/apiclus1.csv"), shared("reference/survey/expected.json"))
    else {
        return;
    };
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let at = |name: &str, headers: &csv::StringRecord| headers.iter().position(|header| header == name).unwrap();
    let headers = reader.headers().unwrap().clone();
    let (district, y, x) = (at("dnum", &headers), at("api00", &headers), at("api99", &headers));
    let mut clusters: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        let sum = clusters.entry(row[district].to_owned()).or_default();
        sum.0 += row[y].parse::<f64>().unwrap();
        sum.1 += row[x].parse::<f64>().unwrap();
    }
    let clusters: Vec<(f64, f64)> = clusters.into_values().collect();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    for (design, of) in [("apiclus1", Some(757)), ("apiclus1_nofpc", None)] {
        let reference = &expected[design]["ratio_api00_api99"];
        let (ratio, se) = cluster_ratio(&clusters, of);
        close(ratio, reference["estimate"].as_f64().unwrap(), 1e-12);
        close(se.unwrap(), reference["se"].as_f64().unwrap(), 1e-12);
    }
}

/// One count a line: `place record day value [sex age]`; a value with `hh` counts households.
fn observations(text: &str) -> Vec<Observation> {
    lines(text)
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let households = words[3].strip_suffix("hh");
            let sex = words.get(4).map(|sex| if *sex == "f" { Sex::Female } else { Sex::Male });
            Observation {
                record: record(words[1].parse().unwrap()),
                place: words[0].into(),
                area: "XS0101".into(),
                setting: Some(Setting::Site),
                indicator: if households.is_some() { IDP_HH } else { IDP_IND }.to_owned(),
                breakdown: Breakdown { sex, age: words.get(5).map(|age| (*age).to_owned()), ..Breakdown::default() },
                value: households.unwrap_or(words[3]).parse().unwrap(),
                observed_on: day(&format!("2024-03-{}", words[2])),
            }
        })
        .collect()
}

/// A small round: what is observed, and everything else that its verification is made of.
#[derive(Default)]
struct Told {
    observations: Vec<Observation>,
    before: Vec<Observation>,
    speakers: BTreeMap<RecordId, Speaker>,
    statements: Vec<Statement>,
    decisions: BTreeMap<Ssid, Decision>,
    samples: Vec<SampledSheet>,
    rules: VerificationRules,
}

impl Told {
    fn of(text: &str) -> Self {
        Self { observations: observations(text), ..Self::default() }
    }

    fn verified(&self) -> VerifiedRound {
        let (atlas, now, before) = (atlas(), RoundLabel::from("5"), RoundLabel::from("4"));
        let round = |label: &RoundLabel, observations: &[Observation], earlier: &[(RoundLabel, Vec<Figure>)]| {
            consolidate(&RoundInput {
                label,
                starts_on: day("2024-03-01"),
                ends_on: day("2024-03-31"),
                scope: &[],
                observations,
                places: &[],
                atlas: &atlas,
                earlier,
                carry_rounds: 2,
            })
            .figures
        };
        let earlier = [(before.clone(), round(&before, &self.before, &[]))];
        verify_round(&VerificationInput {
            observations: &self.observations,
            figures: &round(&now, &self.observations, &earlier),
            speakers: &self.speakers,
            track_records: &BTreeMap::new(),
            statements: &self.statements,
            decisions: &self.decisions,
            samples: &self.samples,
            places: &[],
            atlas: &atlas,
            earlier: &earlier,
            rules: &self.rules,
        })
    }

    /// Every place that has more to tell than one record, a line each.
    fn places(&self) -> Vec<String> {
        let line = |place: VerifiedPlace| {
            let how = format!("{:?}", State::of(&place.how)).to_lowercase();
            let range = place.range.map_or(String::new(), |(low, high)| format!(" [{low}–{high}]"));
            let standings: Vec<&str> = place.sources.iter().map(|source| source.standing.code()).collect();
            let open = if place.is_open() { ", call back" } else { "" };
            let persons = place.persons.unwrap_or(-1.0);
            format!("{} {persons}{range} {how} {}{open}", place.place, standings.join("+"))
        };
        self.verified().places.into_iter().map(line).collect()
    }
}

fn informant(id: &str) -> Speaker {
    let informant = Informant { id: Some(id.into()), ..Informant::default() };
    Speaker { kind: Some(SourceKind::KeyInformant), informant }
}

fn partner(source: &str, place: &str, on: &str, persons: Option<f64>, households: Option<f64>) -> Statement {
    let speaker = Speaker { kind: Some(SourceKind::Partner), ..Speaker::default() };
    Statement { source: source.into(), place: place.into(), speaker, persons, households, range: None, on: day(on) }
}

#[test]
fn a_round_is_verified_place_by_place_and_its_cells_still_add_up() {
    // S1: two that agree; S2: two that do not, with a figure of before; S3: one informant, heard twice; S4: cells only,
    // sent twice; S5: one record.
    let mut told = Told::of(
        "S1 1 04 400
         S1 2 05 300
         S1 2 05 100 f 18+
         S1 2 05 80 m 18+
         S1 2 05 120 f 0-17
         S2 3 04 400
         S2 4 05 200
         S3 5 04 90
         S3 6 05 300
         S4 7 05 20 f 18+
         S4 7 05 22 m 18+
         S4 9 05 20 f 18+
         S4 9 05 22 m 18+
         S5 10 05 70",
    );
    told.before = observations("S2 8 01 380");
    told.speakers = BTreeMap::from([(record(5), informant("ki-5")), (record(6), informant("ki-5"))]);
    told.rules.every_record = true;
    assert_eq!(
        told.places(),
        [
            "S1 346 [276–435] triangulated counted+counted",
            "S2 380 [276–524] carried disputed+disputed, call back",
            "S3 300 reported replaced+counted",
            "S4 42 reported repeated+counted",
        ]
    );
    // Settling keeps the later record of S1, of 300 in cells of 100, 80 and 120; 346 in their proportions.
    let figures = told.verified().figures;
    let of_place = |place: &str| -> Vec<(f64, How, usize)> {
        let of_place = figures.iter().filter(|figure| figure.place.as_str() == place);
        of_place.map(|figure| (figure.value, figure.how.clone(), figure.records.len())).collect()
    };
    assert_eq!(of_place("S1"), [346.0, 139.0, 115.0, 92.0].map(|value| (value, How::Triangulated, 2)));
    assert_eq!(of_place("S2"), [(380.0, How::Carried { from: RoundLabel::from("4") }, 1)]);
    assert_eq!(of_place("S4"), [(20.0, How::Reported, 1), (22.0, How::Reported, 1)]);
    assert_eq!(of_place("S5"), [(70.0, How::Reported, 1)]);
}

#[test]
fn records_of_nobody_knows_whom_are_one_voice_and_known_sources_are_several() {
    let mut told = Told::of("S1 1 04 400\nS1 2 05 200");
    // A place that is reported again is most often corrected: the later record speaks, to the letter.
    assert_eq!(told.places(), ["S1 200 reported replaced+counted"]);
    assert_eq!(told.verified().figures[0].range, None);
    told.speakers = BTreeMap::from([(record(1), informant("a")), (record(2), informant("b"))]);
    assert_eq!(told.places(), ["S1 283 [181–441] estimated disputed+disputed, call back"]);
    // A third source decides: the call that the officer made.
    let mut call = partner("call", "S1", "2024-03-09", Some(380.0), None);
    call.speaker.kind = Some(SourceKind::Call);
    told.statements.push(call);
    assert_eq!(told.places(), ["S1 390 [311–489] triangulated counted+set_aside+counted"]);
}

#[test]
fn what_an_officer_decides_stands_and_says_so() {
    let mut told = Told::of("S1 1 04 400\nS1 2 05 200\nS2 3 05 80");
    let mut decided = |place: &str, decision: Decision| {
        told.decisions = BTreeMap::from([(Ssid::from(place), decision)]);
        told.places()
    };
    let first = record(1).to_string();
    assert_eq!(decided("S1", Decision::Take { source: first })[0], "S1 400 [290–551] triangulated counted+set_aside");
    assert_eq!(decided("S1", Decision::Combine)[0], "S1 283 [181–441] triangulated counted+counted");
    let enter = |range| Decision::Enter { persons: 350.0, range, why: "seen from the air".into() };
    assert_eq!(decided("S1", enter(Some((300.0, 420.0))))[0], "S1 350 [300–420] estimated replaced+set_aside");
    // One source only, and the officer wants to hear more.
    assert_eq!(decided("S2", Decision::Ask)[1], "S2 80 reported counted, call back");
    // The source that was taken is no more: what the sources say counts again.
    let gone = Decision::Take { source: record(9).to_string() };
    assert_eq!(decided("S1", gone)[0], "S1 200 reported replaced+counted");
}

#[test]
fn a_partner_speaks_for_a_place_that_nobody_reached() {
    let told = Told {
        before: observations("S2 8 01 380"),
        statements: vec![partner("p", "S2", "2024-03-10", Some(300.0), None)],
        ..Told::default()
    };
    let figures = told.verified().figures;
    assert_eq!(told.places(), ["S2 300 [218–414] reported counted"]);
    assert_eq!(
        (figures[0].value, figures[0].how.clone(), figures[0].observed_on),
        (300.0, How::Reported, day("2024-03-10"))
    );
}

/// Counted both: 40 households of 5; commune (200 + 10·5)/50 = 5. S2: 12 households, 60 persons.
#[test]
fn where_only_households_were_counted_persons_are_estimated() {
    let mut told = Told::of("S1 1 04 200\nS1 1 04 40hh\nS2 2 04 12hh\nS3 3 04 0hh");
    assert_eq!(told.places(), ["S2 60 [43–83] estimated "]);
    let verified = told.verified();
    let s2: Vec<&Figure> = verified.figures.iter().filter(|figure| figure.place.as_str() == "S2").collect();
    assert_eq!(
        s2.iter().map(|figure| (figure.value, figure.how.clone())).collect::<Vec<_>>(),
        [(12.0, How::Reported), (60.0, How::Estimated)]
    );
    let size = verified.places[0].size.unwrap();
    assert_eq!((size.persons, size.from, size.households), (5.0, SizeFrom::Admin2, Some(12.0)));
    told.rules.estimate_from_households = false;
    assert!(told.places().is_empty());
}

#[test]
fn a_sample_sheet_is_laid_over_the_total_and_a_small_one_borrows_from_its_area() {
    let mut told = Told::of("S1 1 04 101\nS2 2 04 50\nS3 3 04 30\nS3 3 04 10 f 18+\nS3 3 04 20 m 18+");
    let sheet = |n: u8, place: &str, households: Vec<SampledHousehold>, n_off: u32| SampledSheet {
        record: record(n),
        place: place.into(),
        households,
        n_off,
    };
    let three = vec![household(2, 0, 1, 1), household(0, 2, 1, 1), household(1, 0, 1, 0)];
    told.samples = vec![
        sheet(1, "S1", three.iter().cloned().cycle().take(15).collect(), 0),
        sheet(2, "S2", vec![household(0, 0, 1, 1)], 1),
        sheet(3, "S3", three, 0),
    ];
    told.rules.sex_age.least_persons = 50;
    let verified = told.verified();
    let cells = |place: &str| -> Vec<f64> {
        let of_place = verified.figures.iter().filter(|figure| figure.place.as_str() == place);
        of_place.filter(|figure| figure.breakdown.sex.is_some()).map(|figure| figure.value).collect()
    };
    assert_eq!(cells("S1"), [31.0, 30.0, 20.0, 20.0]);
    assert_eq!(cells("S2").iter().sum::<f64>(), 50.0);
    assert_eq!(cells("S3"), [10.0, 20.0], "what was reported stays");
    let used: Vec<_> = verified.places.iter().map(|place| place.sheet.unwrap()).collect();
    assert_eq!(
        used.iter().map(|used| used.from).collect::<Vec<_>>(),
        [Some(SizeFrom::Place), Some(SizeFrom::Admin2), None]
    );
    assert_eq!(used.iter().map(|used| used.n_off).collect::<Vec<_>>(), [0, 1, 0]);
}

#[test]
fn an_informant_whose_figures_were_overturned_weighs_less_next_time() {
    let mut told = Told::of("S1 1 04 400\nS1 2 05 200");
    told.speakers = BTreeMap::from([(record(1), informant("a")), (record(2), informant("b"))]);
    told.decisions = BTreeMap::from([(Ssid::from("S1"), Decision::Take { source: record(1).to_string() })]);
    let known = track_records([told.verified().places.as_slice()], &told.rules);
    assert_eq!((known["a"], known["b"]), ((1, 0), (0, 1)));
}

#[test]
fn a_signature_is_of_figures_and_questions_are_counted_by_area() {
    let mut told = Told::of("S1 1 04 400\nS1 2 05 200\nS2 3 05 80");
    told.rules.every_record = true;
    let standings = |told: &Told| {
        let verified = told.verified();
        area_standings(&verified.figures, &verified.places, &atlas(), 1)
    };
    let before = standings(&told);
    assert_eq!((before[0].n_places, before[0].n_open, before[0].persons), (2, 1, 363));
    assert_eq!(standings(&told)[0].fingerprint, before[0].fingerprint);
    told.decisions = BTreeMap::from([(Ssid::from("S1"), Decision::Combine)]);
    let after = standings(&told);
    assert_eq!(after[0].n_open, 0);
    assert_ne!(after[0].fingerprint, before[0].fingerprint, "the same number, reached otherwise");
}
