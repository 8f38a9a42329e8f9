use super::sex_age::cluster_ratio;
use super::*;
use crate::codes::IDP_IND;
use crate::rounds::{RoundInput, consolidate};
use crate::sample::{atlas, close, day, lines, record, shared};
use dtm_model::{Breakdown, How, Lang, Observation, Pcode, RoundLabel, Setting, Sex, Ssid};
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
        agreed: 8,
        disagreed: 2,
    };
    let weighed = credibility(&informant, &CredibilityRules::default());
    close(weighed.value, 4.725 / 5.5, 1e-12);
    assert_eq!(weighed.marks.iter().map(|mark| mark.0.code()).collect::<Vec<_>>(), ["role", "proximity", "basis", "history"]);
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

/// One count a line: `place record day value [sex age]`.
fn observations(text: &str) -> Vec<Observation> {
    lines(text)
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let sex = words.get(4).map(|sex| if *sex == "f" { Sex::Female } else { Sex::Male });
            Observation {
                record: record(words[1].parse().unwrap()),
                place: words[0].into(),
                area: "XS0101".into(),
                setting: Some(Setting::Site),
                indicator: IDP_IND.to_owned(),
                breakdown: Breakdown { sex, age: words.get(5).map(|age| (*age).to_owned()), ..Breakdown::default() },
                value: words[3].parse().unwrap(),
                observed_on: day(&format!("2024-03-{}", words[2])),
            }
        })
        .collect()
}

#[test]
fn a_round_is_verified_place_by_place_and_its_cells_still_add_up() {
    // S1: two that agree; S2: two that do not, with a figure of before; S3: one informant, heard twice; S4: cells only,
    // sent twice.
    let observations = observations(
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
         S4 9 05 22 m 18+",
    );
    let of = |id: &str| Informant { id: Some(id.into()), ..Informant::default() };
    let informants = BTreeMap::from([(record(5), of("ki-5")), (record(6), of("ki-5"))]);
    let atlas = atlas();
    let round = |label: &RoundLabel, observations: &[Observation]| {
        let no_earlier = [];
        consolidate(&RoundInput {
            label,
            starts_on: day("2024-03-01"),
            ends_on: day("2024-03-31"),
            scope: &[],
            observations,
            places: &[],
            atlas: &atlas,
            earlier: &no_earlier,
            carry_rounds: 2,
        })
        .figures
    };
    let before = self::observations("S2 8 01 380");
    let earlier = [(RoundLabel::from("4"), round(&RoundLabel::from("4"), &before))];
    let settled = verify_places(&VerificationInput {
        observations: &observations,
        informants: &informants,
        earlier: &earlier,
        indicator: IDP_IND,
        credibility: &CredibilityRules::default(),
        triangulation: &TriangulationRules::default(),
    });
    let shown: Vec<String> = settled
        .iter()
        .map(|(place, settled)| {
            let call = if settled.call_back.is_some() { ", call back" } else { "" };
            format!("{place} {:.0} {:?} of {}{call}", settled.figure.best, settled.reason, settled.sources.len())
        })
        .collect();
    assert_eq!(
        shown,
        [
            "S1 346 SourcesAgree { n: 2 } of 2",
            "S2 380 DisputedKeptPrevious of 0, call back",
            "S3 300 OneSource of 1",
            "S4 42 OneSource of 1",
        ]
    );
    // Settling keeps the later record of S1, of 300 in cells of 100, 80 and 120; 346 in their proportions.
    let figures = with_settled(&round(&RoundLabel::from("5"), &observations), &settled, IDP_IND);
    let of_place = |place: &str| -> Vec<(f64, How, usize)> {
        let of_place = figures.iter().filter(|figure| figure.place.as_str() == place);
        of_place.map(|figure| (figure.value, figure.how.clone(), figure.records.len())).collect()
    };
    assert_eq!(of_place("S1"), [346.0, 139.0, 115.0, 92.0].map(|value| (value, How::Triangulated, 2)));
    assert_eq!(of_place("S2"), [(380.0, How::Carried { from: RoundLabel::from("4") }, 1)]);
    assert_eq!(of_place("S4"), [(20.0, How::Reported, 1), (22.0, How::Reported, 1)]);
}
