//! Says what does not fit in an atlas: areas without their parent, circles, leaps of level, codes and outlines that
//! contradict the parent.

use super::problem::PlaceProblem;
use crate::folding::plain;
use crate::wording::facts;
use dtm_model::{Area, Atlas, Lang};
use geo::{BoundingRect, Contains, Coord, MultiPolygon, Point};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// Coarsely drawn borders differ by this much without anything being wrong, in degrees (some five kilometres).
const BORDER_SLACK: f64 = 0.05;
/// So many corners of an outline tell whether it lies within another.
const SAMPLE: usize = 60;

/// Looks over all areas and returns what somebody should look at, in the order of the codes.
pub fn check_hierarchy(atlas: &Atlas) -> Vec<PlaceProblem> {
    let mut problems = Vec::new();
    let outlined: BTreeSet<u8> =
        atlas.areas().filter(|area| atlas.boundary(&area.pcode).is_some()).map(|area| area.level).collect();
    let mut written: BTreeMap<String, &Area> = BTreeMap::new();
    for area in atlas.areas() {
        let mut note = |code, more: &[(&str, &dyn Display)]| {
            let mut met = facts([("pcode", &area.pcode), ("name", &area.name.get(Lang::En)), ("level", &area.level)]);
            met.extend(more.iter().map(|(name, fact)| ((*name).to_owned(), fact.to_string())));
            problems.push(PlaceProblem::new(code, met));
        };
        let same = written.entry(plain(area.pcode.as_str()).replace(' ', "")).or_insert(area);
        if same.pcode != area.pcode {
            note("alike_codes", &[("other", &same.pcode)]);
        }
        if outlined.contains(&area.level) && atlas.boundary(&area.pcode).is_none() {
            note("outline_missing", &[]);
        }
        let Some(parent_code) = &area.parent else {
            if area.level > 0 {
                note("no_parent", &[]);
            }
            continue;
        };
        let Some(parent) = atlas.area(parent_code) else {
            note("orphan", &[("parent", parent_code)]);
            continue;
        };
        if returns_to_itself(atlas, area) {
            note("cycle", &[("parent", parent_code)]);
            continue;
        }
        if parent.level + 1 != area.level {
            note("level_jump", &[("parent", parent_code), ("parent_level", &parent.level)]);
        }
        // The country's own area may bear another kind of code (`HTI`).
        let under = area.pcode.as_str().starts_with(parent_code.as_str());
        if !under && parent.level > 0 {
            note("not_under_parents_code", &[("parent", parent_code)]);
        }
        if let (Some(own), Some(above)) = (atlas.boundary(&area.pcode), atlas.boundary(parent_code))
            && mostly_outside(&own.shape, &above.shape)
        {
            note("outline_outside_parent", &[("parent", parent_code)]);
        }
    }
    problems
}

fn returns_to_itself(atlas: &Atlas, area: &Area) -> bool {
    let mut above = area.parent.as_ref();
    // Longer than the levels there are, a chain goes round somewhere above, where it is reported.
    for _ in 0..8 {
        let Some(code) = above else { return false };
        if *code == area.pcode {
            return true;
        }
        above = atlas.area(code).and_then(|area| area.parent.as_ref());
    }
    false
}

/// Whether fewer than half of the corners lie within the other outline or near its border.
fn mostly_outside(own: &MultiPolygon<f64>, above: &MultiPolygon<f64>) -> bool {
    let (Some(small), Some(large)) = (own.bounding_rect(), above.bounding_rect()) else { return false };
    let apart = |a: Coord<f64>, b: Coord<f64>, c: Coord<f64>, d: Coord<f64>| {
        a.x > d.x + BORDER_SLACK || b.x < c.x - BORDER_SLACK || a.y > d.y + BORDER_SLACK || b.y < c.y - BORDER_SLACK
    };
    if apart(small.min(), small.max(), large.min(), large.max()) {
        return true;
    }
    let corners: Vec<Coord<f64>> = own.iter().flat_map(|polygon| polygon.exterior().coords().copied()).collect();
    let step = (corners.len() / SAMPLE).max(1);
    let sample: Vec<Coord<f64>> = corners.into_iter().step_by(step).collect();
    let inside = sample.iter().filter(|corner| near_or_in(**corner, above)).count();
    inside * 2 < sample.len()
}

fn near_or_in(corner: Coord<f64>, shape: &MultiPolygon<f64>) -> bool {
    // Near and far, as a narrow island lies between far steps.
    let steps = [0.0, BORDER_SLACK / 25.0, BORDER_SLACK / 5.0, BORDER_SLACK];
    steps.iter().any(|step| {
        let around = [(*step, 0.0), (-step, 0.0), (0.0, *step), (0.0, -step)];
        around.iter().any(|(dx, dy)| shape.contains(&Point::new(corner.x + dx, corner.y + dy)))
    })
}
