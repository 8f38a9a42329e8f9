//! Maps for other programs: layers, vector tiles, and the styles and projects that draw them.
//!
//! In: releases of one operation and the atlas. Out: the layers that every geographic format and protocol has alike
//! ([`layers`]), vector tiles ([`Tiles`]), looks ([`style`]) as Mapbox styles, as QGIS styles ([`qml`](fn@qml)) and in a
//! project that opens with all layers ([`project`]). Nothing is on a map that is not in a release: layers are
//! [datasets](crate::dataset).

pub mod layers;
mod mvt;
pub mod project;
mod qml;
pub mod style;
mod tiles;
mod world;

pub use layers::{LayerId, Shapes};
pub use qml::qml;
pub use style::{Legend, Look};
pub use tiles::{LARGEST, Tiles, bounds};
pub use world::{MAX_ZOOM, TileAt};
