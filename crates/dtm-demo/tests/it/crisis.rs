//! The story the figures tell, and the mistakes in them.

use crate::{today, world};
use dtm_demo::{DemoSubmission, DemoVisit, ETT, FLOWS, Flaw, MOBILITY, TEAMS, World};
use dtm_model::{Change, Instant, RoundState};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The answers of a submission by question, read from its XML.
fn answers(submission: &DemoSubmission) -> BTreeMap<String, String> {
    let document = roxmltree::Document::parse(&submission.xml)
        .unwrap_or_else(|problem| panic!("{}: {problem}\n{}", submission.instance_id, submission.xml));
    let leaves =
        document.descendants().filter(|node| node.is_element() && !node.children().any(|child| child.is_element()));
    leaves.map(|leaf| (leaf.tag_name().name().to_owned(), leaf.text().unwrap_or("").to_owned())).collect()
}

fn number(answers: &BTreeMap<String, String>, name: &str) -> i64 {
    answers.get(name).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Answers with the officer's corrections laid over them.
fn corrected(submission: &DemoSubmission) -> BTreeMap<String, String> {
    let mut answers = answers(submission);
    for correction in &submission.corrections {
        let path = correction.question.as_deref().unwrap();
        let name = path.rsplit('/').next().unwrap().to_owned();
        assert_eq!(correction.change, Change::ChangeResponse);
        assert_eq!(answers.insert(name, correction.new_value.clone().unwrap()), correction.old_value, "{path}");
    }
    answers
}

fn cells(answers: &BTreeMap<String, String>) -> i64 {
    answers
        .iter()
        .filter(|(name, _)| name.starts_with("idp_f_") || name.starts_with("idp_m_"))
        .map(|(_, n)| n.parse::<i64>().unwrap())
        .sum()
}

/// Displaced people of each baseline round by region, taking the later of two reports of a place.
fn totals(world: &World) -> Vec<(String, i64, BTreeMap<String, i64>)> {
    let mut totals = Vec::new();
    for round in world.rounds().iter().filter(|round| round.exercise == MOBILITY) {
        let mut of_place: BTreeMap<String, (String, i64)> = BTreeMap::new();
        for submission in world.round_submissions(round) {
            let answers = corrected(&submission);
            let people = number(&answers, "m0310_loc_num_idp_ind");
            of_place
                .insert(answers["m0445_loc_site_id_ssid"].clone(), (answers["m0303_meta_adm1_pcode"].clone(), people));
        }
        let mut by_region: BTreeMap<String, i64> = BTreeMap::new();
        for (region, people) in of_place.into_values() {
            *by_region.entry(region).or_default() += people;
        }
        totals.push((round.label.to_string(), by_region.values().sum(), by_region));
    }
    totals
}

#[test]
fn the_rounds_tell_of_a_shock_of_violence_in_the_capital_and_of_first_returns() {
    let totals = totals(world());
    let labels: Vec<&str> = totals.iter().map(|(label, ..)| label.as_str()).collect();
    assert_eq!(labels, ["1", "2", "3", "4", "5", "5.1", "6", "7", "8"]);
    let all: Vec<i64> = totals.iter().map(|(_, all, _)| *all).collect();
    assert!(all[0] > 40_000 && all[6] > 200_000 && all[6] < 500_000, "{all:?}");
    assert!(all[3] * 10 > all[2] * 16, "the shock of round 4: {all:?}");
    assert!(all[7] * 100 < all[6] * 90, "returns in round 7: {all:?}");
    let capital = |round: usize| totals[round].2["XS01"];
    assert!(capital(5) * 100 > capital(4) * 120, "violence in the capital's region: {} {}", capital(4), capital(5));
    assert!(
        capital(7) * 3 > all[7] / 2,
        "the capital's region holds many of the displaced: {} of {}",
        capital(7),
        all[7]
    );
    assert!(
        !totals[4].2.contains_key("XS10") && totals[3].2.contains_key("XS10"),
        "round 5 leaves the last regions out"
    );
}

#[test]
fn the_same_arguments_give_the_same_world() {
    let hash = |seed: u64| {
        let world = World::generate(seed, 1, today());
        let mut hasher = DefaultHasher::new();
        for submission in world.submissions() {
            (submission.xml, submission.sent_at, submission.device_id, submission.files).hash(&mut hasher);
        }
        for form in world.xlsforms().unwrap() {
            form.bytes.hash(&mut hasher);
        }
        format!("{:?}{:?}", world.boundaries()[5], world.areas()[200]).hash(&mut hasher);
        hasher.finish()
    };
    assert_eq!(hash(7), hash(7));
    assert_ne!(hash(7), hash(8));
}

#[test]
fn every_report_is_well_formed_and_adds_up_unless_a_mistake_was_planted() {
    let (mut reports, mut flawed) = (0, BTreeMap::<String, usize>::new());
    for submission in world().submissions().filter(|submission| submission.exercise == MOBILITY) {
        reports += 1;
        let answers = answers(&submission);
        let (households, people) =
            (number(&answers, "m0309_loc_num_idp_hh"), number(&answers, "m0310_loc_num_idp_ind"));
        let day = &answers["m1855_meta_assessment_date"];
        let received = submission.sent_at.date().to_string();
        let latitude: f64 = answers["m1650_loc_gps_coords"].split(' ').next().unwrap().parse().unwrap();
        let wrong = (cells(&answers) != people, households > people, *day > received, latitude < 0.0);
        let expected = match submission.flaw {
            None | Some(Flaw::ReportsTwice) => (false, false, false, false),
            Some(Flaw::HouseholdsExceedIndividuals) => (true, true, false, false),
            Some(Flaw::SumDiffers | Flaw::TenTimes) => (true, false, false, false),
            Some(Flaw::FutureDate) => (false, false, true, false),
            Some(Flaw::SwappedCoordinates) => (false, false, false, true),
        };
        assert_eq!(wrong, expected, "{:?} {}", submission.flaw, submission.xml);
        if let Some(flaw) = submission.flaw {
            *flawed.entry(format!("{flaw:?}")).or_default() += 1;
        }
    }
    let share = flawed.values().sum::<usize>() as f64 / reports as f64;
    assert!((0.015..0.05).contains(&share), "{flawed:?} of {reports}");
    assert_eq!(flawed.len(), 6, "{flawed:?}");
}

#[test]
fn corrections_mend_what_was_wrong_and_say_why_in_both_languages() {
    let mut n_corrected = 0;
    for submission in world().submissions().filter(|submission| !submission.corrections.is_empty()) {
        n_corrected += 1;
        let answers = corrected(&submission);
        let people = number(&answers, "m0310_loc_num_idp_ind");
        assert_eq!(cells(&answers), people);
        assert!(number(&answers, "m0309_loc_num_idp_hh") <= people);
        assert!(answers["m1855_meta_assessment_date"] <= submission.sent_at.date().to_string());
        assert!(answers["m1650_loc_gps_coords"].starts_with(['1', '2']));
        for correction in &submission.corrections {
            assert!(correction.at > submission.sent_at, "corrected before it came");
            assert_eq!(correction.reason.iter().count(), 2);
        }
    }
    assert!(n_corrected > 30, "{n_corrected}");
}

#[test]
fn a_place_that_reports_twice_is_heard_twice_in_its_round() {
    let mut heard: BTreeMap<(String, String), usize> = BTreeMap::new();
    for submission in world().submissions().filter(|submission| submission.exercise == MOBILITY) {
        let ssid = answers(&submission)["m0445_loc_site_id_ssid"].clone();
        *heard.entry((submission.round.to_string(), ssid)).or_default() += 1;
    }
    assert!(heard.values().all(|times| *times <= 2));
    assert!(heard.values().filter(|times| **times == 2).count() >= 5);
}

#[test]
fn places_that_nobody_displaced_is_in_say_zero() {
    let zeros = world().submissions().filter(|submission| submission.exercise == MOBILITY).filter(|submission| {
        submission.xml.contains("<m0310_loc_num_idp_ind>0</m0310_loc_num_idp_ind>")
            && !submission.xml.contains("<sex_age>")
    });
    assert!(zeros.count() > 50);
}

#[test]
fn reports_arrive_after_they_were_made_and_before_today() {
    let midnight = Instant::from_millis(today().and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp_millis());
    let mut ids = BTreeSet::new();
    for submission in world().submissions() {
        let round = world()
            .rounds()
            .iter()
            .find(|round| round.exercise == submission.exercise && round.label == submission.round)
            .unwrap();
        assert!(submission.sent_at.date() >= round.starts_on && submission.sent_at < midnight);
        assert!((submission.sent_at.date() - round.ends_on).num_days() <= 3);
        assert!(ids.insert(submission.instance_id), "an instance id came twice");
    }
    assert_eq!(ids.len(), world().n_submissions());
}

#[test]
fn one_baseline_round_is_being_verified_one_is_being_collected_and_all_others_are_published() {
    for round in world().rounds() {
        let expected = match (round.exercise, round.label.as_str()) {
            (MOBILITY, "7") => RoundState::Verifying,
            (MOBILITY, "8") => RoundState::Collecting,
            _ => RoundState::Published,
        };
        assert_eq!(round.state, expected, "{round:?}");
        assert!(round.starts_on <= round.ends_on);
        assert_eq!(round.ends_on >= today(), expected == RoundState::Collecting, "{round:?}");
    }
    let rounds: Vec<_> = world().rounds().iter().filter(|round| round.exercise == MOBILITY).collect();
    assert!(rounds.windows(2).all(|pair| pair[0].ends_on < pair[1].starts_on));
}

#[test]
fn the_collecting_round_has_a_plan_of_which_some_is_done_some_missed_and_most_to_come() {
    let world = world();
    let round = world.rounds().iter().find(|round| round.state == RoundState::Collecting).unwrap();
    let visits = world.visits(round);
    assert_eq!(visits.iter().map(|visit| visit.team).collect::<BTreeSet<_>>().len(), TEAMS.len());
    let reached: BTreeSet<String> =
        world.round_submissions(round).map(|one| answers(&one)["m0445_loc_site_id_ssid"].clone()).collect();
    let is_reached = |visit: &&DemoVisit| reached.contains(&visit.place.ssid.0);
    let (done, open): (Vec<_>, Vec<_>) = visits.iter().partition(is_reached);
    assert_eq!(done.len(), reached.len(), "nothing was reached that was not planned");
    assert!(done.len() > 80 && open.len() > done.len(), "{} of {}", done.len(), visits.len());
    assert!(done.iter().all(|visit| visit.unreached.is_none()));
    let (said, missed): (Vec<_>, Vec<_>) = open
        .into_iter()
        .filter(|visit| visit.unreached.is_some() || visit.due_on < today())
        .partition(|visit| visit.unreached.is_some());
    assert!(said.len() >= 3 && !missed.is_empty() && missed.len() <= said.len(), "{said:?} {missed:?}");
    assert!(world.rounds().iter().filter(|other| *other != round).all(|other| world.visits(other).is_empty()));
}

#[test]
fn two_reports_of_the_round_that_is_being_verified_came_late() {
    let late: Vec<_> = world().submissions().filter(|submission| submission.is_late).collect();
    assert_eq!(late.iter().map(|one| one.round.as_str()).collect::<Vec<_>>(), ["7", "7"]);
}

#[test]
fn one_emergency_moves_several_hundred_households_out_of_one_commune() {
    let alerts: Vec<_> =
        world().submissions().filter(|submission| submission.exercise == ETT).map(|one| answers(&one)).collect();
    let from: BTreeSet<_> = alerts.iter().map(|alert| &alert["m3391_loc_main_origin_adm2"]).collect();
    assert_eq!(from.len(), 1);
    assert!(alerts.iter().all(|alert| !from.contains(&alert["m0304_meta_adm2_pcode"])));
    let households: i64 = alerts.iter().map(|alert| number(alert, "m0309_loc_num_idp_hh")).sum();
    assert!((300..1000).contains(&households), "{households}");
}

#[test]
fn flow_points_register_on_nearly_every_one_of_sixty_days() {
    let mut days: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for submission in world().submissions().filter(|submission| submission.exercise == FLOWS) {
        let answers = answers(&submission);
        let parts: i64 = [
            "m2589_fmr_num_men_enter",
            "m2590_fmr_num_women_enter",
            "m2591_fmr_num_boys_enter",
            "m2592_fmr_num_girls_enter",
        ]
        .iter()
        .map(|part| number(&answers, part))
        .sum();
        assert_eq!(parts, number(&answers, "fmr_total"));
        days.entry(answers["m0641_fmr_fmp_code"].clone())
            .or_default()
            .insert(answers["m1855_meta_assessment_date"].clone());
    }
    assert_eq!(days.len(), 6);
    assert!(days.values().all(|days| (50..=60).contains(&days.len())));
}
