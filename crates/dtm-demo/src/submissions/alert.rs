//! The emergency: where people of one commune fled to within a few days.

use super::{DemoSubmission, midnight, moment, uuid};
use crate::World;
use crate::calendar::{DemoRound, ETT, EVENT_DAYS_AGO, OVER, before};
use crate::form::{Filled, Form};
use crate::noise::mix;
use crate::story::dice;
use chrono::{Days, NaiveDate};
use dtm_model::Instant;
use rand::Rng;

/// Beyond the numbers of rounds of the baseline, for the dice.
const ETT_DICE: usize = 101;

impl World {
    /// Where the emergency struck: a commune outside the capital's region.
    fn event_commune(&self) -> usize {
        let communes: Vec<usize> = (0..self.country.codes[1].len())
            .filter(|adm2| self.country.near_capital.contains(&self.country.parent[1][*adm2]))
            .collect();
        communes[(mix(self.seed ^ 0xE77) % communes.len() as u64) as usize]
    }

    /// Where people flee to: at most fifteen places in other communes of the region.
    pub(super) fn havens(&self) -> Vec<usize> {
        let commune = self.event_commune();
        let region = self.country.parent[1][commune];
        let mut havens: Vec<usize> = (0..self.spots.len())
            .filter(|place| {
                let spot = &self.spots[*place];
                spot.adm1 == region && spot.adm2 != commune && spot.closes.is_none() && spot.opens < OVER - 1
            })
            .collect();
        havens.sort_by_key(|place| mix(self.seed ^ *place as u64));
        havens.truncate(15);
        havens
    }

    pub(super) fn emergency<'a>(&'a self, round: &'a DemoRound) -> impl Iterator<Item = DemoSubmission> + 'a {
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
            is_late: false,
            files: Vec::new(),
            flaw: None,
            corrections: Vec::new(),
        }
    }
}
