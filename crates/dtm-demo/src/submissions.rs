//! What the phones send, in the order it would arrive, and what the officer corrects.

use crate::World;
use crate::calendar::{DemoRound, ETT, EVENT_DAYS_AGO, FLOW_DAYS, FLOWS, LABELS, MOBILITY, before};
use crate::flaws::{Flaw, flaw};
use crate::form::{Filled, Form};
use crate::forms::{FEMALE, MALE};
use crate::noise::mix;
use crate::photo;
use crate::places::{Spot, chain};
use crate::story::{Count, Visit, dice, divide, visit};
use chrono::{Datelike, Days, NaiveDate};
use dtm_model::{Change, Instant, Place, PlaceKind, Point, RoundLabel, Text};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// A submission as a phone sends it.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoSubmission {
    /// The exercise it belongs to.
    pub exercise: &'static str,
    /// The round it belongs to.
    pub round: RoundLabel,
    /// The form's id.
    pub form_id: &'static str,
    /// The form's version.
    pub version: String,
    /// The phone's own name for it, `uuid:…`.
    pub instance_id: String,
    /// The filled form.
    pub xml: String,
    /// The phone.
    pub device_id: String,
    /// When it arrived.
    pub sent_at: Instant,
    /// Attached files by name.
    pub files: Vec<(String, Vec<u8>)>,
    /// The mistake planted in it, for those who test the checks.
    pub flaw: Option<Flaw>,
    /// What the officer corrected in it.
    pub corrections: Vec<DemoCorrection>,
}

/// An entry of the officer's cleaning log.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoCorrection {
    /// The exercise of the submission.
    pub exercise: &'static str,
    /// The round of the submission.
    pub round: RoundLabel,
    /// The submission corrected.
    pub instance_id: String,
    /// The question by its path; none when the whole record is removed.
    pub question: Option<String>,
    /// What was answered.
    pub old_value: Option<String>,
    /// What stands now.
    pub new_value: Option<String>,
    /// What it does.
    pub change: Change,
    /// Why.
    pub reason: Text,
    /// When it was made.
    pub at: Instant,
}

const DAY_MS: i64 = 86_400_000;
/// Beyond the numbers of rounds of the baseline, for the dice of the other exercises.
const FLOW_DICE: usize = 100;
const ETT_DICE: usize = 101;

/// Midnight UTC of a day.
fn midnight(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce() - 719_163) * DAY_MS
}

fn uuid(rng: &mut ChaCha8Rng) -> String {
    format!("uuid:{}", uuid::Builder::from_random_bytes(rng.random()).into_uuid())
}

fn moment(millis: i64) -> String {
    Instant::from_millis(millis).to_utc().format("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}

fn geopoint(at: Point, rng: &mut ChaCha8Rng) -> String {
    format!("{:.6} {:.6} {} {:.1}", at.lat, at.lon, rng.random_range(3..420), 3.0 + 6.0 * rng.random::<f64>())
}

impl World {
    /// The submissions of one round, as they would arrive; made one by one as they are asked for.
    pub fn round_submissions<'a>(&'a self, round: &'a DemoRound) -> Box<dyn Iterator<Item = DemoSubmission> + 'a> {
        match round.exercise {
            MOBILITY => Box::new(self.mobility(round)),
            FLOWS => Box::new(self.flows(round)),
            _ => Box::new(self.emergency(round)),
        }
    }

    fn form(&self, exercise: &str) -> &Form {
        &self.forms.iter().find(|(name, _)| *name == exercise).expect("each exercise has its form").1
    }

    /// How many submissions a round has, without making them.
    pub(crate) fn n_round_submissions(&self, round: &DemoRound) -> usize {
        match round.exercise {
            MOBILITY => self.mobility_plan(round).len(),
            FLOWS => {
                let n_points = self.flow_points().count();
                (0..FLOW_DAYS as usize * n_points)
                    .map(|turn| groups_passing(self.seed, turn % n_points, turn / n_points, round.starts_on))
                    .sum()
            }
            _ => self.havens().len(),
        }
    }

    /// Which place is assessed on which day of the round, and whether for the second time; by day.
    fn mobility_plan(&self, round: &DemoRound) -> Vec<(usize, usize, bool)> {
        let index = round_index(round);
        let days = (round.ends_on - round.starts_on).num_days().max(0) as usize;
        // Each region has its team, which goes through its places in order.
        let mut of_region = vec![0usize; self.country.codes[0].len()];
        for spot in &self.spots {
            of_region[spot.adm1] += 1;
        }
        let mut done = vec![0usize; of_region.len()];
        let mut plan: Vec<(usize, usize, bool)> = Vec::with_capacity(self.spots.len());
        for (place, spot) in self.spots.iter().enumerate() {
            let day = done[spot.adm1] * days / of_region[spot.adm1].max(1);
            done[spot.adm1] += 1;
            if let Visit::Counted(count) = self.visit(place, index) {
                plan.push((day, place, false));
                if flaw(self.seed, place, index, &count) == Some(Flaw::ReportsTwice) {
                    plan.push(((day + 2).min(days), place, true));
                }
            }
        }
        plan.sort_unstable();
        plan
    }

    fn mobility<'a>(&'a self, round: &'a DemoRound) -> impl Iterator<Item = DemoSubmission> + 'a {
        let (index, form) = (round_index(round), self.form(MOBILITY));
        self.mobility_plan(round).into_iter().map(move |(day, place, again)| {
            let day = round.starts_on.checked_add_days(Days::new(day as u64)).unwrap_or(round.ends_on);
            self.assessment(form, round, index, place, day, again)
        })
    }

    pub(crate) fn visit(&self, place: usize, round: usize) -> Visit {
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
        let looked_at = if index + 1 == LABELS.len() { 0.4 } else { 0.92 };
        let changes = if rng.random_bool(looked_at) { changes } else { Vec::new() };
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
            files,
            flaw,
            corrections,
        }
    }

    fn fill_place(&self, filled: &mut Filled, spot: &Spot, public: &Place, rng: &mut ChaCha8Rng) {
        let [adm1, adm2, adm3] = chain(&self.country, spot);
        filled.set("m0303_meta_adm1_pcode", adm1);
        filled.set("m0304_meta_adm2_pcode", adm2);
        filled.set("m0305_meta_adm3_pcode", adm3);
        filled.set("m0445_loc_site_id_ssid", &public.ssid);
        filled.set("m3011_loc_site_type_single", public.site_type.as_deref().unwrap_or("other"));
        if let Some(at) = public.position {
            // A phone stands a few metres from where the place is registered.
            let near = |degrees: f64, rng: &mut ChaCha8Rng| degrees + (rng.random::<f64>() - 0.5) * 0.0003;
            let at = Point { lon: near(at.lon, rng), lat: near(at.lat, rng) };
            let text = geopoint(at, rng);
            filled.set("m1650_loc_gps_coords", text);
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

    fn flow_points(&self) -> impl Iterator<Item = &Place> {
        self.places[self.spots.len()..].iter().filter(|place| place.kind == PlaceKind::FlowPoint)
    }

    fn flows<'a>(&'a self, round: &'a DemoRound) -> impl Iterator<Item = DemoSubmission> + 'a {
        let form = self.form(FLOWS);
        let points: Vec<&Place> = self.flow_points().collect();
        let n_points = points.len();
        (0..FLOW_DAYS as usize * n_points).flat_map(move |turn| {
            let (day, point) = (turn / n_points, turn % n_points);
            let place = points[point];
            let on = round.starts_on.checked_add_days(Days::new(day as u64)).unwrap_or(round.ends_on);
            let groups = groups_passing(self.seed, point, day, round.starts_on);
            (0..groups).map(move |group| self.passage(form, round, (place, point), on, group))
        })
    }

    fn passage(
        &self,
        form: &Form,
        round: &DemoRound,
        (place, point): (&Place, usize),
        day: NaiveDate,
        group: usize,
    ) -> DemoSubmission {
        let mut rng = dice(self.seed, point, FLOW_DICE, 1000 + group as u64 + day.num_days_from_ce() as u64 * 16);
        let instance_id = uuid(&mut rng);
        let device_id = format!("collect:{:012x}", mix(self.seed ^ mix(0xF10 + point as u64)) >> 16);
        let start = midnight(day) + rng.random_range(6 * 60..18 * 60) * 60_000;
        let mut filled = Filled::default();
        filled.set("m2682_meta_date_auto", moment(start));
        filled.set("m1844_meta_assessment_end", moment(start + 240_000));
        filled.set("deviceid", &device_id);
        filled.set("m3085_ki_consent", "yes");
        filled.set("m0641_fmr_fmp_code", &place.ssid);
        filled.set("m1855_meta_assessment_date", day);
        if let Some(at) = place.position {
            let text = geopoint(at, &mut rng);
            filled.set("m1650_loc_gps_coords", text);
        }
        let direction = match rng.random_range(0..100) {
            0..48 => "out",
            48..82 => "in",
            _ => "within",
        };
        filled.set("fmr_direction", direction);
        let by_sea = matches!(point, 1 | 4);
        let transport = match rng.random_range(0..100) {
            _ if by_sea => "boat",
            0..14 => "foot",
            14..34 => "motorbike",
            34..44 => "car",
            44..80 => "bus",
            _ => "truck",
        };
        filled.set("m0646_fmr_mode_transport", transport);
        let n_regions = self.country.codes[0].len();
        filled.set(
            "fmr_origin_adm1",
            &self.country.codes[0][if direction == "in" { rng.random_range(0..n_regions) } else { 0 }],
        );
        filled.set("fmr_destination_adm1", &self.country.codes[0][rng.random_range(0..n_regions)]);
        let reasons = ["conflict", "conflict", "economic", "economic", "family", "return", "other"];
        filled.set("fmr_reason", reasons[rng.random_range(0..reasons.len())]);
        let size = match transport {
            "bus" | "boat" | "truck" => rng.random_range(14..58),
            "foot" => rng.random_range(4..24),
            _ => rng.random_range(2..9),
        };
        // The last nine days carry those who flee the emergency.
        let fleeing = (self.today - day).num_days() <= EVENT_DAYS_AGO as i64 && direction == "out";
        let size: i64 = if fleeing { size * 8 / 5 } else { size };
        let women = size * rng.random_range(28..38) / 100;
        let (boys, girls) = (size * rng.random_range(11..19) / 100, size * rng.random_range(12..20) / 100);
        filled.set("m2589_fmr_num_men_enter", size - women - boys - girls);
        filled.set("m2590_fmr_num_women_enter", women);
        filled.set("m2591_fmr_num_boys_enter", boys);
        filled.set("m2592_fmr_num_girls_enter", girls);
        filled.set("fmr_total", size);
        let others = if rng.random_bool(0.15) { (size / 10).max(1) } else { 0 };
        let mut turns =
            vec![turn([("nationality", "XSO".to_owned()), ("m0701_fmr_num_nation_ind", (size - others).to_string())])];
        if others > 0 {
            turns.push(turn([("nationality", "other".to_owned()), ("m0701_fmr_num_nation_ind", others.to_string())]));
        }
        filled.set("m2551_fmr_nationalities_group", if others > 0 { "XSO other" } else { "XSO" });
        filled.set("m2567_fmr_num_nationality", turns.len());
        filled.repeats.insert("nationality_count", turns);
        DemoSubmission {
            exercise: FLOWS,
            round: round.label.clone(),
            form_id: form.id,
            version: form.version.clone(),
            xml: form.fill(&filled, &instance_id, &format!("{} {day}", place.ssid)),
            instance_id,
            device_id,
            sent_at: Instant::from_millis(midnight(day) + 19 * 3_600_000 + rng.random_range(0..9_000_000)),
            files: Vec::new(),
            flaw: None,
            corrections: Vec::new(),
        }
    }

    /// Where the emergency struck: a commune outside the capital's region.
    pub(crate) fn event_commune(&self) -> usize {
        let communes: Vec<usize> = (0..self.country.codes[1].len())
            .filter(|adm2| self.country.near_capital.contains(&self.country.parent[1][*adm2]))
            .collect();
        communes[(mix(self.seed ^ 0xE77) % communes.len() as u64) as usize]
    }

    /// Where people flee to: at most fifteen places in other communes of the region.
    fn havens(&self) -> Vec<usize> {
        let commune = self.event_commune();
        let region = self.country.parent[1][commune];
        let mut havens: Vec<usize> = (0..self.spots.len())
            .filter(|place| {
                let spot = &self.spots[*place];
                spot.adm1 == region && spot.adm2 != commune && spot.closes.is_none() && spot.opens < LABELS.len() - 1
            })
            .collect();
        havens.sort_by_key(|place| mix(self.seed ^ *place as u64));
        havens.truncate(15);
        havens
    }

    fn emergency<'a>(&'a self, round: &'a DemoRound) -> impl Iterator<Item = DemoSubmission> + 'a {
        let form = self.form(ETT);
        let commune = self.event_commune();
        let region = self.country.parent[1][commune];
        let havens = self.havens();
        let days = (round.ends_on - round.starts_on).num_days().max(0) as usize;
        let n_havens = havens.len().max(1);
        havens.into_iter().enumerate().map(move |(rank, place)| {
            let day = round
                .starts_on
                .checked_add_days(Days::new((rank * (days + 1) / n_havens) as u64))
                .unwrap_or(round.ends_on);
            self.alert(form, round, (region, commune), place, day)
        })
    }

    fn alert(
        &self,
        form: &Form,
        round: &DemoRound,
        (region, commune): (usize, usize),
        place: usize,
        day: NaiveDate,
    ) -> DemoSubmission {
        let (spot, public) = (&self.spots[place], &self.places[place]);
        let mut rng = dice(self.seed, place, ETT_DICE, 1);
        let instance_id = uuid(&mut rng);
        let device_id = format!("collect:{:012x}", mix(self.seed ^ mix(0xE77 + place as u64 % 3)) >> 16);
        let start = midnight(day) + rng.random_range(7 * 60..17 * 60) * 60_000;
        let struck_on = before(self.today, EVENT_DAYS_AGO);
        let mut filled = Filled::default();
        filled.set("m2682_meta_date_auto", moment(start));
        filled.set("m1844_meta_assessment_end", moment(start + 900_000));
        filled.set("deviceid", &device_id);
        filled.set("m3085_ki_consent", "yes");
        filled.set("m3202_event_date", struck_on);
        filled.set("event_type", "armed_clashes");
        filled.set("m3213_ttt_event_location_admin1", &self.country.codes[0][region]);
        filled.set("m3214_ttt_event_location_admin2", &self.country.codes[1][commune]);
        filled.set("m3216_ttt_event_cause_disp", "yes");
        filled.set("m1855_meta_assessment_date", day);
        self.fill_place(&mut filled, spot, public, &mut rng);
        let households: i64 = rng.random_range(14..74);
        filled.set("m0309_loc_num_idp_hh", households);
        filled.set("m0310_loc_num_idp_ind", households * rng.random_range(44..54) / 10);
        filled.set("m0329_loc_reason_disp_idp", "conflict_displacement");
        filled.set("m3390_loc_main_origin_adm1", &self.country.codes[0][region]);
        filled.set("m3391_loc_main_origin_adm2", &self.country.codes[1][commune]);
        filled.set("m1727_loc_main_group_arrival_date", struck_on.checked_add_days(Days::new(1)).unwrap_or(struck_on));
        filled.set(
            "first_needs",
            ["food water shelter", "food shelter", "food water health", "shelter protection"][rng.random_range(0..4)],
        );
        DemoSubmission {
            exercise: ETT,
            round: round.label.clone(),
            form_id: form.id,
            version: form.version.clone(),
            xml: form.fill(&filled, &instance_id, &format!("{} {day}", public.ssid)),
            instance_id,
            device_id,
            sent_at: Instant::from_millis(start + rng.random_range(1_200_000..7_200_000)),
            files: Vec::new(),
            flaw: None,
            corrections: Vec::new(),
        }
    }
}

/// Position of a baseline round among its labels.
fn round_index(round: &DemoRound) -> usize {
    LABELS.iter().position(|label| *label == round.label.as_str()).expect("rounds are made from the labels")
}

/// How many groups are registered at a point on a day: more on market days (Wednesday, Saturday), now and then none.
fn groups_passing(seed: u64, point: usize, day: usize, starts_on: NaiveDate) -> usize {
    let mut rng = dice(seed, point, FLOW_DICE, day as u64);
    let on = starts_on.checked_add_days(Days::new(day as u64)).unwrap_or(starts_on);
    let market = matches!(on.weekday(), chrono::Weekday::Wed | chrono::Weekday::Sat);
    if rng.random_bool(0.03) { 0 } else { rng.random_range(2..=3) + market as usize }
}

fn turn<const N: usize>(answers: [(&'static str, String); N]) -> BTreeMap<&'static str, String> {
    answers.into_iter().collect()
}

fn fill_informants(filled: &mut Filled, place: usize, rng: &mut ChaCha8Rng) {
    const ROLES: [&str; 5] = ["government", "teacher", "health_social", "business", "other"];
    let informants = (0..rng.random_range(1..=3))
        .map(|number| {
            turn([
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
