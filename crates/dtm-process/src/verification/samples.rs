//! Demographic sample sheets of a round: households of which the members were counted by sex and age.
//!
//! Takes the sheets of a round's places and the figures that stand; lays a place's shares over its total, so that the cells
//! add up to it, where no cells of sex and age were reported. A sheet that is too small to speak for its place lends the
//! shares of the smallest area around it whose sheets together are large enough, weighted by people; where none are,
//! nothing is laid out.

use super::sources::persons;
use super::{
    Adequacy, PlaceShares, Reason, SampledHousehold, SexAgeRules, SexAgeSheet, SizeFrom, VerificationInput,
    VerifiedPlace, population_weighted, sex_age_sheet,
};
use crate::codes::{IDP_HH, IDP_IND};
use crate::counts::{sex_age_cells, total};
use dtm_model::{Figure, How, Pcode, RecordId, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The sample sheet of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct SampledSheet {
    /// The record.
    pub record: RecordId,
    /// The place.
    pub place: Ssid,
    /// The households, each with its members.
    pub households: Vec<SampledHousehold>,
    /// Households whose members are not as many as the household was said to have.
    pub n_off: u32,
}

/// What became of a place's sample sheet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SheetUsed {
    /// Households in it.
    pub n_households: u32,
    /// Persons in them.
    pub n_persons: u32,
    /// Households whose members are not as many as the household was said to have.
    pub n_off: u32,
    /// Whether it is large enough to speak for its place.
    pub adequacy: Adequacy,
    /// Whose shares were laid over the total; none where cells were reported, or no sheets were large enough.
    pub from: Option<SizeFrom>,
    /// Whether cells of sex and age were reported themselves.
    pub cells_reported: bool,
}

/// A place with its sheet.
struct Sheeted<'a> {
    place: &'a Ssid,
    area: Pcode,
    people: f64,
    sheet: SexAgeSheet,
    n_off: u32,
}

/// Lays the shares of sample sheets over the totals of their places.
pub(super) fn lay_out(
    figures: &mut Vec<Figure>,
    input: &VerificationInput<'_>,
    places: &mut BTreeMap<Ssid, VerifiedPlace>,
) {
    if input.samples.is_empty() {
        return;
    }
    let counted: BTreeSet<(&Ssid, &RecordId)> =
        input.observations.iter().map(|observation| (&observation.place, &observation.record)).collect();
    let mut sheets: BTreeMap<&Ssid, (Vec<SampledHousehold>, u32)> = BTreeMap::new();
    for sample in input.samples.iter().filter(|sample| counted.contains(&(&sample.place, &sample.record))) {
        let of_place = sheets.entry(&sample.place).or_default();
        of_place.0.extend(sample.households.iter().cloned());
        of_place.1 += sample.n_off;
    }
    let mut of_place: BTreeMap<&Ssid, Vec<&Figure>> = BTreeMap::new();
    for figure in figures.iter().filter(|figure| sheets.contains_key(&figure.place)) {
        of_place.entry(&figure.place).or_default().push(figure);
    }
    let rules = &input.rules.sex_age;
    let sheeted: Vec<Sheeted<'_>> = sheets
        .iter()
        .filter_map(|(place, (households, n_off))| {
            let figures = of_place.get(place)?;
            let present = total(figures, IDP_HH).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
            let sheet = sex_age_sheet(households, present, rules)?;
            let people = persons(figures).unwrap_or(0).max(0) as f64;
            Some(Sheeted { place, area: figures[0].area.clone(), people, sheet, n_off: *n_off })
        })
        .collect();
    let around = around(&sheeted, input, rules);
    let mut made = Vec::new();
    for one in &sheeted {
        let figures = &of_place[one.place];
        let cells_reported = !sex_age_cells(figures, IDP_IND).is_empty();
        let shares = match one.sheet.adequacy {
            Adequacy::Enough => Some((SizeFrom::Place, &one.sheet)),
            Adequacy::TooSmall => {
                around.iter().find_map(|(from, sheets)| Some((*from, sheets.get(&area_of(one, *from, input)?)?)))
            }
        };
        let shares = shares.filter(|_| !cells_reported && one.people > 0.0);
        let whole = figures.iter().find(|figure| figure.indicator == IDP_IND && figure.breakdown.is_everyone());
        if let Some(((_, sheet), whole)) = shares.zip(whole) {
            made.extend(sheet.apply(one.people as u64).into_iter().map(|(cell, n)| Figure {
                breakdown: cell.breakdown(),
                value: n as f64,
                how: match &whole.how {
                    How::Carried { from } => How::Carried { from: from.clone() },
                    _ => How::Estimated,
                },
                range: None,
                ..(*whole).clone()
            }));
        }
        let used = SheetUsed {
            n_households: one.sheet.n_households,
            n_persons: one.sheet.n_persons,
            n_off: one.n_off,
            adequacy: one.sheet.adequacy,
            from: shares.zip(whole).map(|((from, _), _)| from),
            cells_reported,
        };
        let known = places.entry(one.place.clone()).or_insert_with(|| VerifiedPlace {
            place: one.place.clone(),
            area: one.area.clone(),
            persons: whole.map(|_| one.people),
            range: None,
            how: whole.map_or(How::Reported, |whole| whole.how.clone()),
            reason: Reason::OneSource,
            sources: Vec::new(),
            call_back: None,
            apart: None,
            decision: None,
            size: None,
            sheet: None,
        });
        known.sheet = Some(used);
    }
    figures.extend(made);
}

/// The area that a step means for a place; the country is the empty code.
fn area_of(place: &Sheeted<'_>, from: SizeFrom, input: &VerificationInput<'_>) -> Option<Pcode> {
    let level = match from {
        SizeFrom::Place => return None,
        SizeFrom::Admin2 => 2,
        SizeFrom::Admin1 => 1,
        SizeFrom::Country => return Some(Pcode::from("")),
    };
    input.atlas.ancestor(&place.area, level).map(|area| area.pcode.clone())
}

/// The shares of areas whose sheets together are large enough, the smallest step first.
fn around(
    sheeted: &[Sheeted<'_>],
    input: &VerificationInput<'_>,
    rules: &SexAgeRules,
) -> Vec<(SizeFrom, BTreeMap<Pcode, SexAgeSheet>)> {
    let of_step = |from: SizeFrom| {
        let mut areas: BTreeMap<Pcode, Vec<PlaceShares<'_>>> = BTreeMap::new();
        for one in sheeted {
            if let Some(area) = area_of(one, from, input) {
                areas.entry(area).or_default().push(PlaceShares { people: one.people, sheet: &one.sheet });
            }
        }
        let together = areas.into_iter().filter_map(|(area, places)| Some((area, population_weighted(&places)?)));
        let enough = |sheet: &SexAgeSheet| {
            sheet.n_households >= rules.least_households && sheet.n_persons >= rules.least_persons
        };
        (from, together.filter(|(_, sheet)| enough(sheet)).collect())
    };
    [SizeFrom::Admin2, SizeFrom::Admin1, SizeFrom::Country].map(of_step).into()
}
