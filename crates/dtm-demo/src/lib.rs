//! The demo world: a fictional country in displacement, made from a seed.
//!
//! Takes a seed, a scale and today's date; gives areas with outlines that tile exactly, places of assessment, rounds,
//! XLSForms, the submissions phones would have sent and the corrections an officer would have made. Nothing is copied
//! from a real country and nobody in it exists. The same arguments give the same world on every machine.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod calendar;
mod country;
mod flaws;
mod form;
mod forms;
mod households;
mod land;
mod mapping;
mod names;
mod nearest;
mod noise;
mod outline;
mod photo;
mod places;
mod regions;
mod story;
mod submissions;

pub use calendar::{DemoExercise, DemoOperation, DemoRound, ETT, FLOWS, HOUSEHOLDS, MOBILITY};
pub use flaws::Flaw;
pub use forms::DemoForm;
pub use rust_xlsxwriter::XlsxError;
pub use submissions::{DemoCorrection, DemoSubmission, DemoVisit, TEAMS};

use chrono::NaiveDate;
use country::Country;
use dtm_model::{Area, Atlas, Boundary, Place};
use form::Form;
use places::Spot;

/// A fictional country and its displacement crisis.
pub struct World {
    seed: u64,
    today: NaiveDate,
    country: Country,
    rounds: Vec<DemoRound>,
    /// Sites and localities, then flow monitoring points.
    places: Vec<Place>,
    /// What the story knows about each site and locality, in the order of `places`.
    spots: Vec<Spot>,
    forms: [(&'static str, Form); 4],
}

impl World {
    /// Makes the world of this seed as it stands today; `scale` multiplies the number of places.
    pub fn generate(seed: u64, scale: u32, today: NaiveDate) -> World {
        let country = Country::generate(seed);
        let rounds = calendar::rounds(today, &country);
        let (places, spots) = places::generate(seed, scale.max(1), &country, &rounds);
        let version = rounds[0].starts_on.format("%Y%m%d01").to_string();
        let forms = forms::all(&country, &places, &version);
        World { seed, today, country, rounds, places, spots, forms }
    }

    /// The day the world was made for.
    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// The operation.
    pub fn operation(&self) -> DemoOperation {
        calendar::operation()
    }

    /// Its exercises.
    pub fn exercises(&self) -> Vec<DemoExercise> {
        calendar::exercises()
    }

    /// Areas of levels 0 to 3, parents first.
    pub fn areas(&self) -> &[Area] {
        &self.country.areas
    }

    /// Outlines of all areas.
    pub fn boundaries(&self) -> &[Boundary] {
        &self.country.boundaries
    }

    /// Areas and outlines together.
    pub fn atlas(&self) -> Atlas {
        Atlas::new(self.country.areas.iter().cloned(), self.country.boundaries.iter().cloned())
    }

    /// Sites and localities by area, then flow monitoring points.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// All rounds: those of the baseline in order, then the flows', the emergency's and the households'.
    pub fn rounds(&self) -> &[DemoRound] {
        &self.rounds
    }

    /// The forms as XLSForm workbooks.
    pub fn xlsforms(&self) -> Result<Vec<DemoForm>, XlsxError> {
        self.forms
            .iter()
            .map(|(exercise, form)| {
                Ok(DemoForm {
                    exercise,
                    file_name: forms::file_name(exercise),
                    form_id: form.id,
                    version: form.version.clone(),
                    bytes: form.workbook(self.rounds[0].starts_on)?,
                })
            })
            .collect()
    }

    /// All submissions, round by round as they would arrive; made one by one as they are asked for.
    pub fn submissions(&self) -> impl Iterator<Item = DemoSubmission> + '_ {
        self.rounds.iter().flat_map(|round| self.round_submissions(round))
    }

    /// How many submissions there are, without making them.
    pub fn n_submissions(&self) -> usize {
        self.rounds.iter().map(|round| self.n_round_submissions(round)).sum()
    }

    /// All corrections the officer made, in the order of the submissions.
    pub fn corrections(&self) -> impl Iterator<Item = DemoCorrection> + '_ {
        self.submissions().flat_map(|submission| submission.corrections)
    }

    /// A ready mapping of an exercise's form, as the TOML text an officer would keep; none for an unknown exercise.
    pub fn mapping_toml(&self, exercise: &str) -> Option<String> {
        mapping::toml(exercise)
    }
}
