//! The flow monitoring registry: groups that pass a point, day by day.

use super::{DemoSubmission, geopoint, midnight, moment, uuid};
use crate::World;
use crate::calendar::{DemoRound, EVENT_DAYS_AGO, FLOW_DAYS, FLOWS};
use crate::form::{Filled, Form};
use crate::noise::mix;
use crate::story::dice;
use chrono::{Datelike, Days, NaiveDate};
use dtm_model::{Instant, Place, PlaceKind};
use rand::Rng;
use std::collections::BTreeMap;

/// Beyond the numbers of rounds of the baseline, for the dice.
const FLOW_DICE: usize = 100;

impl World {
    fn flow_points(&self) -> impl Iterator<Item = &Place> {
        self.places[self.spots.len()..].iter().filter(|place| place.kind == PlaceKind::FlowPoint)
    }

    /// How many groups are registered in the round.
    pub(super) fn n_passages(&self, round: &DemoRound) -> usize {
        let n_points = self.flow_points().count();
        (0..FLOW_DAYS as usize * n_points)
            .map(|turn| groups_passing(self.seed, turn % n_points, turn / n_points, round.starts_on))
            .sum()
    }

    pub(super) fn flows<'a>(&'a self, round: &'a DemoRound) -> impl Iterator<Item = DemoSubmission> + 'a {
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
        // The teams watch from six to six.
        filled.set("observed_from", "06:00:00.000Z");
        filled.set("observed_to", "18:00:00.000Z");
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
        let mut turns = vec![BTreeMap::from([
            ("nationality", "XSO".to_owned()),
            ("m0701_fmr_num_nation_ind", (size - others).to_string()),
        ])];
        if others > 0 {
            turns.push(BTreeMap::from([
                ("nationality", "other".to_owned()),
                ("m0701_fmr_num_nation_ind", others.to_string()),
            ]));
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
            is_late: false,
            files: Vec::new(),
            flaw: None,
            corrections: Vec::new(),
        }
    }
}

/// How many groups are registered at a point on a day: more on market days (Wednesday, Saturday), now and then none.
fn groups_passing(seed: u64, point: usize, day: usize, starts_on: NaiveDate) -> usize {
    let mut rng = dice(seed, point, FLOW_DICE, day as u64);
    let on = starts_on.checked_add_days(Days::new(day as u64)).unwrap_or(starts_on);
    let market = matches!(on.weekday(), chrono::Weekday::Wed | chrono::Weekday::Sat);
    if rng.random_bool(0.03) { 0 } else { rng.random_range(2..=3) + market as usize }
}
