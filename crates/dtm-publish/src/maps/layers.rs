//! The layers of an operation's map: datasets with shapes, one layer a level of areas, one for places, one for the
//! points of flow monitoring.
//!
//! OGC API Features, tiles, GeoPackages and QGIS projects all have these layers under these names.

use crate::dataset::{self, Dataset, Filter, FilterProblem, Form, Labels, Layout};
use dtm_model::{Atlas, PlaceKind, Text};
use dtm_protect::Release;

/// What the shapes of a layer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shapes {
    /// Outlines of areas.
    Areas,
    /// Positions.
    Points,
}

/// What a layer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerId {
    /// Areas of this level with their figures.
    Areas(u8),
    /// Sites and host communities.
    Places,
    /// Flow monitoring points.
    FlowPoints,
}

impl LayerId {
    /// Its name in addresses and files.
    pub fn name(self) -> String {
        match self {
            LayerId::Areas(level) => format!("areas_{level}"),
            LayerId::Places => "places".to_owned(),
            LayerId::FlowPoints => "flow_points".to_owned(),
        }
    }

    /// The layer of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "places" => Some(LayerId::Places),
            "flow_points" => Some(LayerId::FlowPoints),
            name => {
                let level = name.strip_prefix("areas_")?;
                ["0", "1", "2", "3", "4"].iter().position(|known| *known == level).map(|at| LayerId::Areas(at as u8))
            }
        }
    }

    /// What people call it.
    pub fn title(self) -> Text {
        match self {
            LayerId::Areas(0) => Text::both("Country", "Pays"),
            LayerId::Areas(level) => Text::both(
                format!("Displaced persons by area, level {level}"),
                format!("Personnes déplacées par zone, niveau {level}"),
            ),
            LayerId::Places => Text::both("Places of assessment", "Lieux évalués"),
            LayerId::FlowPoints => Text::both("Flow monitoring points", "Points de suivi des flux"),
        }
    }

    /// What its shapes are.
    pub fn shapes(self) -> Shapes {
        match self {
            LayerId::Areas(_) => Shapes::Areas,
            LayerId::Places | LayerId::FlowPoints => Shapes::Points,
        }
    }

    /// The column whose values tell its rows apart within a round.
    pub fn key(self) -> &'static str {
        match self {
            LayerId::Areas(_) => "area",
            LayerId::Places | LayerId::FlowPoints => "place",
        }
    }

    fn dataset(self) -> &'static str {
        match self {
            LayerId::Areas(_) => "areas",
            LayerId::Places | LayerId::FlowPoints => "places",
        }
    }

    fn restriction(self) -> Vec<(&'static str, String)> {
        match self {
            LayerId::Areas(level) => vec![("area_level", level.to_string())],
            LayerId::Places => vec![("kind", "site".to_owned()), ("kind", "host_community".to_owned())],
            LayerId::FlowPoints => vec![("kind", "flow_point".to_owned())],
        }
    }
}

/// The layers that these releases have, coarse before fine: those of a stock and those of flow monitoring.
pub fn ids(stocks: &[&Release], flows: &[&Release], atlas: &Atlas) -> Vec<LayerId> {
    let mut levels = [false; 5];
    for row in stocks.iter().filter_map(|release| release.table("areas")).flat_map(|table| &table.rows) {
        let area = row.key.first().and_then(|code| atlas.area(&dtm_model::Pcode::from(code.as_str())));
        if let Some(known) = area.and_then(|area| levels.get_mut(usize::from(area.level))) {
            *known = true;
        }
    }
    let has = |releases: &[&Release], wanted: fn(PlaceKind) -> bool| {
        releases.iter().flat_map(|release| release.places()).any(|place| wanted(place.kind))
    };
    let mut ids: Vec<LayerId> = (0..5_u8).filter(|level| levels[usize::from(*level)]).map(LayerId::Areas).collect();
    if has(stocks, |kind| kind != PlaceKind::FlowPoint) {
        ids.push(LayerId::Places);
    }
    if has(flows, |kind| kind == PlaceKind::FlowPoint) {
        ids.push(LayerId::FlowPoints);
    }
    ids
}

/// The rows of a layer with names in every language, of these releases, and only those whose columns have these values.
/// None where no release has such rows.
///
/// # Errors
/// A filter that does not fit the layer's columns.
pub fn rows<'a>(
    id: LayerId,
    releases: &[&'a Release],
    atlas: &'a Atlas,
    wanted: &[(&str, &str)],
) -> Result<Option<Dataset<'a>>, FilterProblem> {
    let own = id.restriction();
    // What makes the layer stands; a client may ask for less within it, never for more.
    let own_pairs = own.iter().map(|(column, value)| (*column, value.as_str()));
    let asked = |column: &str| wanted.iter().any(|(asked, _)| *asked == column);
    let kept = wanted.iter().copied().filter(|(column, value)| {
        own.iter().all(|(own, _)| own != column) || own.iter().any(|(own, known)| own == column && known == value)
    });
    let pairs: Vec<(&str, &str)> = own_pairs.filter(|(column, _)| !asked(column)).chain(kept).collect();
    let asks_beyond = own.iter().any(|(column, _)| asked(column) && pairs.iter().all(|(kept, _)| kept != column));
    if asks_beyond {
        return Ok(None);
    }
    let form = Form { labels: Labels::Every, layout: Layout::Wide, filter: Filter::new(pairs) };
    dataset::of(id.dataset(), releases, atlas, &form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_is_found_by_its_name() {
        for id in [LayerId::Areas(0), LayerId::Areas(4), LayerId::Places, LayerId::FlowPoints] {
            assert_eq!(LayerId::from_name(&id.name()), Some(id));
        }
        for odd in ["areas", "areas_5", "areas_+1", "areas_01", "", "Places"] {
            assert_eq!(LayerId::from_name(odd), None, "{odd}");
        }
    }
}
