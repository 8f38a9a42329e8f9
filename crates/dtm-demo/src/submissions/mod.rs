//! What the phones send, in the order it would arrive, and what the officer corrects.

mod alert;
mod assessment;
mod interview;
mod passage;

pub use assessment::{DemoVisit, TEAMS};

use crate::World;
use crate::calendar::{DemoRound, FLOWS, HOUSEHOLDS, MOBILITY};
use crate::flaws::Flaw;
use crate::form::{Filled, Form};
use crate::places::{Spot, chain};
use chrono::{Datelike, NaiveDate};
use dtm_model::{Change, Instant, Place, Point, RoundLabel, Text};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

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
    /// Whether its round no longer collected then.
    pub is_late: bool,
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
            HOUSEHOLDS => Box::new(self.interviews(round)),
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
            FLOWS => self.n_passages(round),
            HOUSEHOLDS => self.n_interviews(),
            _ => self.havens().len(),
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
}
