//! Finds the area around a position.

use dtm_model::{Atlas, Pcode, Point};
use geo::{BoundingRect, Contains, Rect};

/// Whether a position lies within the outline of an area; nothing where the atlas has none.
pub fn lies_in(atlas: &Atlas, area: &Pcode, at: Point) -> Option<bool> {
    let outline = &atlas.boundary(area)?.shape;
    Some(outline.contains(&geo::Point::new(at.lon, at.lat)))
}

/// The bounds of every outline, the smallest areas first, so that few outlines are looked at closely.
#[derive(Default)]
pub struct Locator {
    bounds: Vec<(u8, Pcode, Rect<f64>)>,
}

impl Locator {
    /// Prepares the outlines of an atlas.
    pub fn new(atlas: &Atlas) -> Self {
        let bounds = atlas.areas().filter_map(|area| {
            let rect = atlas.boundary(&area.pcode)?.shape.bounding_rect()?;
            Some((area.level, area.pcode.clone(), rect))
        });
        let mut bounds: Vec<_> = bounds.collect();
        bounds.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        Self { bounds }
    }

    /// The smallest area of the atlas in which the position lies; on a border, the first by code.
    pub fn area_at(&self, atlas: &Atlas, position: Point) -> Option<Pcode> {
        let point = geo::Point::new(position.lon, position.lat);
        let around = self.bounds.iter().filter(|(.., rect)| {
            let (min, max) = (rect.min(), rect.max());
            (min.x..=max.x).contains(&position.lon) && (min.y..=max.y).contains(&position.lat)
        });
        let mut around = around
            .filter(|(_, pcode, _)| atlas.boundary(pcode).is_some_and(|boundary| boundary.shape.contains(&point)));
        around.next().map(|(_, pcode, _)| pcode.clone())
    }
}
