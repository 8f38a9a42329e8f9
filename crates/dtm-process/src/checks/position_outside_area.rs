//! A position more than a kilometre outside the area of its place.

use super::outline::{MARGIN_M, holding, metres_outside, on_earth, smallest_outlined, swapped};
use super::{Check, Context, LooksAt, Words};
use crate::codes::POSITION;
use dtm_model::{Answer, Boundary, Finding, Point, Severity};

pub(super) const CHECK: Check = Check {
    id: "position_outside_area",
    severity: Severity::Confirm,
    title: Words { en: "Position outside the area", fr: "Position hors de la zone" },
    why: Words {
        en: "Either the place stands under the wrong area and its people count for a neighbour, or the position was taken elsewhere.",
        fr: "Soit le lieu est rattaché à la mauvaise zone et ses habitants comptent chez le voisin, soit la position a été prise ailleurs.",
    },
    example: Words {
        en: "Taken at the office in town for a village 40 km away",
        fr: "Prise au bureau en ville pour un village à 40 km",
    },
    advice: Words {
        en: "Compare with the position of the last round and with the map, then correct the area or the position.",
        fr: "Comparez avec la position du dernier cycle et avec la carte, puis corrigez la zone ou la position.",
    },
    message: Words {
        en: "The position lies {km:n} km outside {area}[, in {lies_in}]",
        fr: "La position est à {km:n} km hors de {area}[, dans {lies_in}]",
    },
    looks_at: LooksAt::Record(look),
};

fn look(context: &Context, findings: &mut Vec<Finding>) {
    let Some((outside, area)) = far_outside(context) else { return };
    if !outside.swapped_fits {
        let km = outside.metres.map_or("?".to_owned(), |metres| format!("{:.1}", metres / 1000.0));
        let mut finding = context.find_at(&CHECK, POSITION, [("km", km), ("area", area)]);
        finding.facts.extend(outside.lies_in.map(|area| ("lies_in".to_owned(), area)));
        findings.push(finding);
    }
}

/// A position that is not where its place should be.
pub(super) struct Outside {
    /// None where the numbers are no position on earth.
    metres: Option<f64>,
    /// The area of the same level that it lies in.
    lies_in: Option<String>,
    /// Whether latitude and longitude exchanged would be right.
    pub(super) swapped_fits: bool,
}

/// The record's position, where it lies outside the area of its place, and that area's code.
pub(super) fn far_outside(context: &Context) -> Option<(Outside, String)> {
    let point = position(context)?;
    let (area, boundary) = smallest_outlined(context.atlas, context.area()?)?;
    let fits = |boundary: &Boundary, point: Point| on_earth(point) && metres_outside(boundary, point) <= MARGIN_M;
    if fits(boundary, point) {
        return None;
    }
    let metres = on_earth(point).then(|| metres_outside(boundary, point)).filter(|metres| metres.is_finite());
    let lies_in = holding(context.atlas, area.level, point).map(|area| area.pcode.to_string());
    Some((Outside { metres, lies_in, swapped_fits: fits(boundary, swapped(point)) }, area.pcode.to_string()))
}

/// The answer to the question of position, else the only position in the record, else the one registered.
fn position(context: &Context) -> Option<Point> {
    if let Some(Answer::Point(point)) = context.answer(POSITION) {
        return Some(*point);
    }
    let mut points = context.record.answers.values.values().filter_map(|answer| match answer {
        Answer::Point(point) => Some(*point),
        _ => None,
    });
    let only = points.next().filter(|_| points.next().is_none());
    only.or(context.place.and_then(|place| place.position))
}
