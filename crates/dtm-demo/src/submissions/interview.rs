//! Interviews of households: in twenty communes, of three population groups, some two dozen each.

use super::{DemoSubmission, midnight, moment, uuid};
use crate::World;
use crate::calendar::{DemoRound, HOUSEHOLDS};
use crate::form::{Filled, Form};
use crate::households::{NEEDED, PRIORITIES, STRATA, WEIGHT, YES_OR_NO};
use crate::noise::{lattice, mix};
use crate::story::dice;
use chrono::Days;
use dtm_model::Instant;
use rand::Rng;

/// Beyond the numbers of rounds of the baseline, for the dice.
const NEEDS_DICE: usize = 102;
/// Communes that were drawn.
const N_COMMUNES: usize = 20;
/// Households of a commune and group.
const N_HOUSEHOLDS: usize = 26;
/// How likely a displaced household says yes to each question, or names each need.
const LIKELY_YES: [f64; YES_OR_NO.len()] = [0.42, 0.55, 0.5, 0.3, 0.35];
const LIKELY_NEEDED: [f64; NEEDED.len() - 1] = [0.65, 0.5, 0.42, 0.3, 0.4, 0.28, 0.55];

impl World {
    fn drawn_communes(&self) -> Vec<usize> {
        let mut communes: Vec<usize> = (0..self.country.codes[1].len()).collect();
        communes.sort_by_key(|commune| mix(self.seed ^ mix(0x4E41 + *commune as u64)));
        communes.truncate(N_COMMUNES);
        communes.sort_unstable();
        communes
    }

    /// How many households are interviewed.
    pub(super) fn n_interviews(&self) -> usize {
        self.drawn_communes().len() * STRATA.len() * N_HOUSEHOLDS
    }

    pub(super) fn interviews<'a>(&'a self, round: &'a DemoRound) -> impl Iterator<Item = DemoSubmission> + 'a {
        let form = self.form(HOUSEHOLDS);
        let of_commune = move |commune: usize| {
            let each = (0..STRATA.len()).flat_map(|stratum| (0..N_HOUSEHOLDS).map(move |n| (stratum, n)));
            each.map(move |(stratum, n)| self.interview(form, round, commune, stratum, n))
        };
        self.drawn_communes().into_iter().flat_map(of_commune)
    }

    fn interview(&self, form: &Form, round: &DemoRound, commune: usize, stratum: usize, n: usize) -> DemoSubmission {
        let mut rng = dice(self.seed, commune, NEEDS_DICE, (stratum * 1000 + n) as u64);
        let instance_id = uuid(&mut rng);
        let device_id = format!("collect:{:012x}", mix(self.seed ^ mix(0x4E4 + (n % 6) as u64)) >> 16);
        let days = (round.ends_on - round.starts_on).num_days().max(0) as usize;
        let day = round.starts_on.checked_add_days(Days::new((n % (days + 1)) as u64)).unwrap_or(round.ends_on);
        let start = midnight(day) + rng.random_range(7 * 60..17 * 60) * 60_000;
        // Displaced households lack most, residents least, and some communes more than others.
        let harder = 0.25 * (lattice(self.seed, commune as i64, 7) - 0.5);
        let eased = [0.0, 0.1, 0.2][stratum];
        let adm1 = self.country.parent[1][commune];
        let mut filled = Filled::default();
        filled.set("m2682_meta_date_auto", moment(start));
        filled.set("m1844_meta_assessment_end", moment(start + rng.random_range(18..40) * 60_000));
        filled.set("deviceid", &device_id);
        filled.set("m3085_ki_consent", "yes");
        filled.set("m1855_meta_assessment_date", day);
        filled.set("m0303_meta_adm1_pcode", &self.country.codes[0][adm1]);
        filled.set("m0304_meta_adm2_pcode", &self.country.codes[1][commune]);
        filled.set("m2788_loc_assessment_strata", STRATA[stratum].0);
        // An interview stands for as many households of its commune and group as were not drawn.
        let households = 200.0 + 900.0 * lattice(self.seed, commune as i64, stratum as i64);
        filled.set(WEIGHT, format!("{:.2}", households / N_HOUSEHOLDS as f64));
        let mut said = |likely: f64| rng.random::<f64>() < (likely + harder - eased).clamp(0.05, 0.95);
        let needed = NEEDED.iter().zip(LIKELY_NEEDED).filter(|(_, likely)| said(*likely)).map(|((name, ..), _)| *name);
        let needed: Vec<&str> = needed.take(3).collect();
        filled.set(PRIORITIES, if needed.is_empty() { "none".to_owned() } else { needed.join(" ") });
        for ((name, ..), likely) in YES_OR_NO.into_iter().zip(LIKELY_YES) {
            let answer = if said(likely) { "yes" } else { "no" };
            filled.set(name, if said(0.03 + eased - harder) { "dnk" } else { answer });
        }
        DemoSubmission {
            exercise: HOUSEHOLDS,
            round: round.label.clone(),
            form_id: form.id,
            version: form.version.clone(),
            xml: form.fill(&filled, &instance_id, &format!("{} {day}", self.country.codes[1][commune])),
            instance_id,
            device_id,
            sent_at: Instant::from_millis(start + rng.random_range(1_500_000..7_200_000)),
            is_late: false,
            files: Vec::new(),
            flaw: None,
            corrections: Vec::new(),
        }
    }
}
