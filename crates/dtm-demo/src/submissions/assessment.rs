//! The baseline: one report for each place and round that was reached.

use super::{DAY_MS, DemoCorrection, DemoSubmission, midnight, moment, uuid};
use crate::World;
use crate::calendar::{DemoRound, LABELS, MOBILITY, OVER, before};
use crate::flaws::{Flaw, flaw};
use crate::form::{Filled, Form};
use crate::forms::{FEMALE, MALE};
use crate::noise::mix;
use crate::photo;
use crate::places::{Region, Spot};
use crate::story::{Count, Visit, dice, divide, visit};
use chrono::{Days, NaiveDate};
use dtm_model::{Change, Instant, Place, PlaceKind, RoundState, Text, WhyUnreached};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// A place that a round is to visit.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoVisit<'a> {
    /// The place.
    pub place: &'a Place,
    /// Who goes, as an index of [`TEAMS`].
    pub team: usize,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// Why it could not be reached, and what the team said.
    pub unreached: Option<(WhyUnreached, Text)>,
}

/// The teams that go out, in English and French.
pub const TEAMS: [(&str, &str); 3] = [("Capital", "Capitale"), ("Centre", "Centre"), ("Outer regions", "Régions")];

/// Why places were not reached.
const UNREACHED: [(WhyUnreached, &str, &str); 4] = [
    (WhyUnreached::NoRoad, "The bridge is under water.", "Le pont est sous l’eau."),
    (WhyUnreached::Insecurity, "Shots were heard on the road.", "Des tirs ont été entendus sur la route."),
    (WhyUnreached::NoInformant, "The site committee was away.", "Le comité du site était absent."),
    (WhyUnreached::AccessRefused, "", ""),
];

impl World {
    /// Which place is assessed on which day of the round, and whether for the second time; by day. Of a round that is
    /// being collected, what has arrived by midnight.
    pub(super) fn mobility_plan(&self, round: &DemoRound) -> Vec<(usize, usize, bool)> {
        let index = round_index(round);
        let days = (round.ends_on - round.starts_on).num_days().max(0) as usize;
        let mut plan: Vec<(usize, usize, bool)> = Vec::with_capacity(self.spots.len());
        for (place, day) in self.days_of(round) {
            if let Visit::Counted(count) = self.visit(place, index) {
                plan.push((day, place, false));
                if flaw(self.seed, place, index, &count) == Some(Flaw::ReportsTwice) {
                    plan.push(((day + 2).min(days), place, true));
                }
            }
        }
        plan.sort_unstable();
        if round.state == RoundState::Collecting {
            // A phone sends within a day and some hours.
            let over = (self.today - round.starts_on).num_days() - 2;
            plan.retain(|(day, ..)| *day as i64 <= over);
        }
        plan
    }

    /// The day of the round on which each place's turn comes: each region has its team, which goes through its places in
    /// order.
    fn days_of(&self, round: &DemoRound) -> Vec<(usize, usize)> {
        let days = (round.ends_on - round.starts_on).num_days().max(0) as usize;
        let mut of_region = vec![0usize; self.country.codes[0].len()];
        for spot in &self.spots {
            of_region[spot.adm1] += 1;
        }
        let mut done = vec![0usize; of_region.len()];
        let mut turns = Vec::with_capacity(self.spots.len());
        for (place, spot) in self.spots.iter().enumerate() {
            turns.push((place, done[spot.adm1] * days / of_region[spot.adm1].max(1)));
            done[spot.adm1] += 1;
        }
        turns
    }

    pub(super) fn mobility<'a>(&'a self, round: &'a DemoRound) -> impl Iterator<Item = DemoSubmission> + 'a {
        let (index, form) = (round_index(round), self.form(MOBILITY));
        let plan = self.mobility_plan(round);
        // Two phones of the round that is being verified had no line until it was over.
        let in_time = if round.state == RoundState::Verifying { plan.len().saturating_sub(2) } else { plan.len() };
        plan.into_iter().enumerate().map(move |(at, (day, place, again))| {
            let day = round.starts_on.checked_add_days(Days::new(day as u64)).unwrap_or(round.ends_on);
            let made = self.assessment(form, round, index, place, day, again);
            if at < in_time {
                return made;
            }
            let sent_at =
                Instant::from_millis(midnight(round.ends_on) + 2 * DAY_MS + 9 * 3_600_000 + at as i64 * 60_000);
            DemoSubmission { sent_at, is_late: true, corrections: Vec::new(), ..made }
        })
    }

    /// Which places the round that is being collected is to visit, by whom and until when; nothing for another round.
    pub fn visits(&self, round: &DemoRound) -> Vec<DemoVisit<'_>> {
        if round.exercise != MOBILITY || round.state != RoundState::Collecting {
            return Vec::new();
        }
        let index = round_index(round);
        let mut n_unreached = 0;
        let mut visits = Vec::new();
        for (place, day) in self.days_of(round) {
            let found = self.visit(place, index);
            if found == Visit::NotPlanned {
                continue;
            }
            let day = round.starts_on.checked_add_days(Days::new(day as u64)).unwrap_or(round.ends_on);
            let due_on = day.checked_add_days(Days::new(2)).unwrap_or(day).min(round.ends_on);
            let is_missed = found == Visit::NotReached && due_on < self.today;
            n_unreached += usize::from(is_missed);
            // Of every three that were missed, one has not been asked about yet.
            let unreached = UNREACHED.get(n_unreached % (UNREACHED.len() + UNREACHED.len() / 2)).filter(|_| is_missed);
            let team = match self.spots[place].region {
                Region::Capital => 0,
                Region::Near => 1,
                Region::Far => 2,
            };
            let unreached = unreached.map(|(why, en, fr)| (*why, Text::both(*en, *fr)));
            visits.push(DemoVisit { place: &self.places[place], team, due_on, unreached });
        }
        visits
    }

    fn visit(&self, place: usize, round: usize) -> Visit {
        visit(self.seed, place, &self.spots[place], round, self.country.codes[0].len())
    }

    fn assessment(
        &self,
        form: &Form,
        round: &DemoRound,
        index: usize,
        place: usize,
        day: NaiveDate,
        again: bool,
    ) -> DemoSubmission {
        let (spot, public) = (&self.spots[place], &self.places[place]);
        let Visit::Counted(mut count) = self.visit(place, index) else {
            unreachable!("only places that were counted are in the plan")
        };
        let flaw = flaw(self.seed, place, index, &count);
        let mut rng = dice(self.seed, place, index, 3 + again as u64);
        if again {
            count.individuals += rng.random_range(1..=6);
            count.cells = divide(&mut rng, count.individuals);
        }
        let instance_id = uuid(&mut rng);
        let start = midnight(day) + rng.random_range(8 * 60..16 * 60) * 60_000 + rng.random_range(0..60_000);
        let end = start + rng.random_range(11 * 60_000..48 * 60_000);
        let team = format!("{}-{}", &self.country.codes[0][spot.adm1].0[2..], rng.random_range(1..=4));
        let device_id = format!(
            "collect:{:012x}",
            mix(self.seed ^ mix(team.bytes().map(u64::from).fold(7, |a, b| a * 31 + b))) >> 16
        );
        let mut filled = Filled::default();
        // A phone whose clock runs a year ahead dates everything a year ahead.
        let ahead = if flaw == Some(Flaw::FutureDate) { 365 } else { 0 };
        let dated = day.checked_add_days(Days::new(ahead)).unwrap_or(day);
        filled.set("m2682_meta_date_auto", moment(start + ahead as i64 * DAY_MS));
        filled.set("m1844_meta_assessment_end", moment(end + ahead as i64 * DAY_MS));
        filled.set("deviceid", &device_id);
        filled.set("m3085_ki_consent", "yes");
        filled.set("m0489_meta_survey_round", &round.label);
        filled.set("m1855_meta_assessment_date", dated);
        filled.set(
            "m1725_meta_interview_type",
            if rng.random_bool(if index == 5 { 0.4 } else { 0.12 }) { "phone" } else { "inperson_mobile" },
        );
        filled.set("m0981_meta_enum_name", format!("E-{team}"));
        self.fill_place(&mut filled, spot, public, &mut rng);
        filled.set("m0448_loc_site_name", &public.name);
        filled.set("s1534_loc_loc_access", if rng.random_bool(0.12) { "limited_access" } else { "yes" });
        fill_informants(&mut filled, place, &mut rng);
        self.fill_count(&mut filled, spot, &count, round, index, &mut rng);
        fill_needs(&mut filled, public, &mut rng);
        let mut files = Vec::new();
        if public.kind == PlaceKind::Site && rng.random_bool(0.03) {
            let name = format!("{start}.png");
            filled.set("site_photo", &name);
            files.push((name, photo::png(rng.random())));
        }
        let changes = spoil(&mut filled, flaw.filter(|_| !again), &count, day, &mut rng);
        let sent_at = Instant::from_millis(end + rng.random_range(2 * 60_000..26 * 3_600_000));
        // In the round still being verified the officer has not come to the end of the list.
        // Before a round is published every wrong count is corrected; a wrong day or position may stay.
        let last = index + 1 == OVER;
        let counts_are_wrong =
            matches!(flaw, Some(Flaw::HouseholdsExceedIndividuals | Flaw::SumDiffers | Flaw::TenTimes));
        let seen = rng.random_bool(if last { 0.4 } else { 0.8 }) || (counts_are_wrong && !last);
        let changes = if seen && round.state != RoundState::Collecting { changes } else { Vec::new() };
        let corrections = changes
            .into_iter()
            .map(|(question, old, new, reason)| DemoCorrection {
                exercise: MOBILITY,
                round: round.label.clone(),
                instance_id: instance_id.clone(),
                question: form.path(question),
                old_value: Some(old),
                new_value: Some(new),
                change: Change::ChangeResponse,
                reason,
                at: Instant::from_millis(
                    midnight(round.ends_on) + 3 * DAY_MS + 9 * 3_600_000 + (place as i64 % 400) * 60_000,
                ),
            })
            .collect();
        DemoSubmission {
            exercise: MOBILITY,
            round: round.label.clone(),
            form_id: form.id,
            version: form.version.clone(),
            xml: form.fill(&filled, &instance_id, &format!("{} R{}", public.ssid, round.label)),
            instance_id,
            device_id,
            sent_at,
            is_late: false,
            files,
            flaw,
            corrections,
        }
    }

    fn fill_count(
        &self,
        filled: &mut Filled,
        spot: &Spot,
        count: &Count,
        round: &DemoRound,
        index: usize,
        rng: &mut ChaCha8Rng,
    ) {
        let mut groups = vec!["non_disp_hc"];
        if count.individuals > 0 {
            groups.insert(0, "idp");
        }
        if count.returnees > 0 {
            groups.push("solutions_returnee_idp");
        }
        filled.set("m2515_loc_popgroup_present", groups.join(" "));
        filled.set("m0309_loc_num_idp_hh", count.households);
        filled.set("m0310_loc_num_idp_ind", count.individuals);
        filled.set("m0847_loc_num_return_idp_hh", count.returnee_households);
        filled.set("m0851_loc_num_return_idp_ind", count.returnees);
        filled.skipped.insert("sex_age_note");
        if count.individuals == 0 {
            filled.skipped.extend(["sex_age", "cause"]);
            return;
        }
        for (names, row) in [FEMALE, MALE].into_iter().zip(count.cells) {
            for (name, value) in names.into_iter().zip(row) {
                filled.set(name, value);
            }
        }
        filled.set("sex_age_total", count.individuals);
        filled.set("m0329_loc_reason_disp_idp", count.reason);
        if let Some((adm1, adm2)) = spot.origin {
            filled.set("m3390_loc_main_origin_adm1", &self.country.codes[0][adm1]);
            filled.set("m3391_loc_main_origin_adm2", &self.country.codes[1][adm2]);
        }
        // Most came with the round in which the place filled, or shortly before the round.
        let back = if index == spot.opens { rng.random_range(5..60) } else { rng.random_range(60..400) };
        filled.set("m1727_loc_main_group_arrival_date", before(round.starts_on, back));
    }
}

/// Position of a baseline round among its labels.
fn round_index(round: &DemoRound) -> usize {
    LABELS.iter().position(|label| *label == round.label.as_str()).expect("rounds are made from the labels")
}

fn fill_informants(filled: &mut Filled, place: usize, rng: &mut ChaCha8Rng) {
    const ROLES: [&str; 5] = ["government", "teacher", "health_social", "business", "other"];
    let informants = (0..rng.random_range(1..=3))
        .map(|number| {
            BTreeMap::from([
                ("m3017_loc_ki_dtm_id", format!("KI-{place:05}-{}", number + 1)),
                ("m0290_meta_ki_role", ROLES[rng.random_range(0..ROLES.len())].to_owned()),
                ("m1534_loc_ki_mobility_area_sex", if rng.random_bool(0.42) { "female" } else { "male" }.to_owned()),
                // +999 is no country's code.
                (
                    "m0291_meta_ki_phone",
                    format!("+999 55 {:02} {:04}", rng.random_range(0..100), rng.random_range(0..10_000)),
                ),
            ])
        })
        .collect();
    filled.repeats.insert("key_informant", informants);
}

fn fill_needs(filled: &mut Filled, public: &Place, rng: &mut ChaCha8Rng) {
    const DEGREES: [&str; 4] = ["low", "medium", "high", "very_high"];
    let floor = if public.kind == PlaceKind::Site { 1 } else { 0 };
    filled.set("m0436_loc_shelter_need", DEGREES[rng.random_range(floor..4)]);
    filled.set("m0442_loc_water_need", DEGREES[rng.random_range(floor..4)]);
    const REMARKS: [&str; 6] = [
        "Route coupée par la pluie, accès à moto.",
        "Le comité demande des bâches & des bidons.",
        "Plusieurs familles sont reparties la semaine passée.",
        "School reopens next month; families must move.",
        "Point d’eau en panne depuis > 10 jours.",
        "Liste du comité consultée.",
    ];
    if rng.random_bool(0.12) {
        filled.set("remarks", REMARKS[rng.random_range(0..REMARKS.len())]);
    }
}

type Changed = (&'static str, String, String, Text);

/// Puts the mistake into the answers; returns what would mend it: question, wrong value, right value, reason.
fn spoil(filled: &mut Filled, flaw: Option<Flaw>, count: &Count, day: NaiveDate, rng: &mut ChaCha8Rng) -> Vec<Changed> {
    let mut changes = Vec::new();
    let mut change = |filled: &mut Filled, name: &'static str, wrong: String, right: String, reason: &Text| {
        filled.set(name, &wrong);
        changes.push((name, wrong, right, reason.clone()));
    };
    match flaw {
        None | Some(Flaw::ReportsTwice) => {}
        Some(Flaw::HouseholdsExceedIndividuals) => {
            let reason = Text::both(
                "Households and individuals stood in each other’s field; confirmed by telephone",
                "Ménages et individus étaient inversés ; confirmé par téléphone",
            );
            change(
                filled,
                "m0309_loc_num_idp_hh",
                count.individuals.to_string(),
                count.households.to_string(),
                &reason,
            );
            change(
                filled,
                "m0310_loc_num_idp_ind",
                count.households.to_string(),
                count.individuals.to_string(),
                &reason,
            );
        }
        Some(Flaw::FutureDate) => {
            let reason = Text::both(
                "The phone’s clock ran a year ahead; day taken from the team’s diary",
                "L’horloge du téléphone avançait d’un an ; date reprise du carnet de l’équipe",
            );
            let wrong = filled.values.get("m1855_meta_assessment_date").cloned().unwrap_or_default();
            change(filled, "m1855_meta_assessment_date", wrong, day.to_string(), &reason);
        }
        Some(Flaw::SwappedCoordinates) => {
            let reason = Text::both(
                "Latitude and longitude were typed in the wrong order",
                "Latitude et longitude avaient été saisies dans le mauvais ordre",
            );
            let right = filled.values.get("m1650_loc_gps_coords").cloned().unwrap_or_default();
            let mut parts: Vec<&str> = right.split(' ').collect();
            if parts.len() > 1 {
                parts.swap(0, 1);
            }
            let wrong = parts.join(" ");
            change(filled, "m1650_loc_gps_coords", wrong, right, &reason);
        }
        Some(Flaw::SumDiffers) => {
            let reason = Text::both(
                "The cell was mistyped; the key informant’s list gives the smaller number",
                "Erreur de frappe ; la liste de l’informateur clé donne le nombre inférieur",
            );
            let excess = rng.random_range(2..=9) * 10;
            let right = count.cells[0][4];
            change(filled, FEMALE[4], (right + excess).to_string(), right.to_string(), &reason);
            filled.set("sex_age_total", count.individuals + excess);
            filled.skipped.remove("sex_age_note");
        }
        Some(Flaw::TenTimes) => {
            let reason = Text::both(
                "A zero too many; the last round and the households show it",
                "Un zéro de trop, au vu du round précédent et du nombre de ménages",
            );
            let (wrong, right) = ((count.individuals * 10).to_string(), count.individuals.to_string());
            change(filled, "m0310_loc_num_idp_ind", wrong, right, &reason);
            filled.skipped.remove("sex_age_note");
        }
    }
    changes
}
