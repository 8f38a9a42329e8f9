//! The operation, its exercises and its rounds, counted back from today.

use crate::country::Country;
use chrono::{Days, NaiveDate};
use dtm_model::{AssessmentType, Pcode, RoundLabel, RoundState, Text, Tool};

/// Short name of the baseline exercise.
pub const MOBILITY: &str = "mobility";
/// Short name of the flow monitoring exercise.
pub const FLOWS: &str = "flows";
/// Short name of the emergency tracking exercise.
pub const ETT: &str = "ett";
/// Short name of the household needs assessment.
pub const HOUSEHOLDS: &str = "households";

/// The operation that the demo world runs.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoOperation {
    /// Short name in addresses.
    pub slug: &'static str,
    /// Its name.
    pub name: Text,
    /// The country's name.
    pub country: Text,
    /// The country's area code.
    pub admin0: Pcode,
    /// A user-assigned ISO 3166-1 alpha-3 code.
    pub iso3: &'static str,
    /// The time zone of the waters it lies in.
    pub time_zone: &'static str,
}

/// One tool that the operation runs.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoExercise {
    /// Short name in addresses.
    pub slug: &'static str,
    /// Its name.
    pub name: Text,
    /// The tool.
    pub tool: Tool,
    /// How the public API names it.
    pub assessment: AssessmentType,
    /// Rounds a place's last count is carried.
    pub carry_rounds: u8,
}

/// One round as an officer would have planned it.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoRound {
    /// The exercise it belongs to.
    pub exercise: &'static str,
    /// Its label.
    pub label: RoundLabel,
    /// First day of collection.
    pub starts_on: NaiveDate,
    /// Last day of collection.
    pub ends_on: NaiveDate,
    /// The date its figures are reported for.
    pub reported_on: NaiveDate,
    /// The areas it covers; empty means the whole country.
    pub scope: Vec<Pcode>,
    /// Where it stands today.
    pub state: RoundState,
}

pub(crate) fn operation() -> DemoOperation {
    DemoOperation {
        slug: "xso",
        name: Text::both("Countrywide monitoring", "Suivi national des déplacements"),
        country: Text::both("Sorelia", "Sorélie"),
        admin0: Pcode::from("XS"),
        iso3: "XSO",
        time_zone: "Atlantic/Cape_Verde",
    }
}

pub(crate) fn exercises() -> Vec<DemoExercise> {
    vec![
        DemoExercise {
            slug: MOBILITY,
            name: Text::both("Baseline of localities and sites", "Évaluation de base des localités et des sites"),
            tool: Tool::B2,
            assessment: AssessmentType::Ba,
            carry_rounds: 2,
        },
        DemoExercise {
            slug: FLOWS,
            name: Text::both("Flow monitoring registry", "Registre du suivi des flux"),
            tool: Tool::Fmr,
            assessment: AssessmentType::Ba,
            carry_rounds: 0,
        },
        DemoExercise {
            slug: ETT,
            name: Text::both("Emergency tracking", "Suivi des urgences"),
            tool: Tool::Ett,
            assessment: AssessmentType::Ett,
            carry_rounds: 0,
        },
        DemoExercise {
            slug: HOUSEHOLDS,
            name: Text::both("Household needs assessment", "Évaluation des besoins des ménages"),
            tool: Tool::Survey,
            assessment: AssessmentType::Sa,
            carry_rounds: 0,
        },
    ]
}

/// Labels of the baseline's rounds, in order.
pub(crate) const LABELS: [&str; 9] = ["1", "2", "3", "4", "5", "5.1", "6", "7", "8"];
/// How many of them are over; the next is being collected.
pub(crate) const OVER: usize = 8;
/// Which of them covers only part of the country.
pub(crate) const PARTIAL: usize = 4;
/// Days from the first day of each round to today, and how many days it collects.
const TIMES: [(u64, u64); LABELS.len()] =
    [(648, 24), (557, 26), (466, 25), (368, 30), (276, 19), (214, 12), (132, 27), (38, 28), (8, 20)];
/// How many days of flow monitoring are kept.
pub(crate) const FLOW_DAYS: u64 = 60;
/// How many days ago the emergency struck.
pub(crate) const EVENT_DAYS_AGO: u64 = 9;

/// How many days ago households were first interviewed, and for how long.
const NEEDS_DAYS_AGO: u64 = 75;
const NEEDS_DAYS: u64 = 14;

pub(crate) fn before(today: NaiveDate, days: u64) -> NaiveDate {
    today.checked_sub_days(Days::new(days)).unwrap_or(today)
}

pub(crate) fn rounds(today: NaiveDate, country: &Country) -> Vec<DemoRound> {
    let mut rounds: Vec<DemoRound> = LABELS
        .iter()
        .zip(TIMES)
        .enumerate()
        .map(|(index, (label, (ago, length)))| {
            let starts_on = before(today, ago);
            let ends_on = starts_on.checked_add_days(Days::new(length - 1)).unwrap_or(starts_on);
            DemoRound {
                exercise: MOBILITY,
                label: RoundLabel::from(*label),
                starts_on,
                ends_on,
                reported_on: ends_on,
                scope: if index == PARTIAL { partial_scope(country) } else { Vec::new() },
                state: match index + 1 {
                    OVER => RoundState::Verifying,
                    past if past < OVER => RoundState::Published,
                    _ => RoundState::Collecting,
                },
            }
        })
        .collect();
    let yesterday = before(today, 1);
    rounds.push(DemoRound {
        exercise: FLOWS,
        label: RoundLabel::from("1"),
        starts_on: before(today, FLOW_DAYS),
        ends_on: yesterday,
        reported_on: yesterday,
        scope: Vec::new(),
        state: RoundState::Published,
    });
    let ends_on = before(today, EVENT_DAYS_AGO - 4);
    rounds.push(DemoRound {
        exercise: ETT,
        label: RoundLabel::from("1"),
        starts_on: before(today, EVENT_DAYS_AGO - 1),
        ends_on,
        reported_on: ends_on,
        scope: Vec::new(),
        state: RoundState::Published,
    });
    let starts_on = before(today, NEEDS_DAYS_AGO);
    let ends_on = starts_on.checked_add_days(Days::new(NEEDS_DAYS - 1)).unwrap_or(starts_on);
    rounds.push(DemoRound {
        exercise: HOUSEHOLDS,
        label: RoundLabel::from("1"),
        starts_on,
        ends_on,
        reported_on: ends_on,
        scope: Vec::new(),
        state: RoundState::Published,
    });
    rounds
}

/// Everything but the last three regions.
fn partial_scope(country: &Country) -> Vec<Pcode> {
    country.codes[0][..country.codes[0].len() - 3].to_vec()
}
