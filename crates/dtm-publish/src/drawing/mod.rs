//! Draws figures as SVG: maps, lines, bars, pyramids and flows, for pages, downloads and documents alike.
//!
//! In: a [`Frame`] (size, language, title and description) and a spec of plain values. Out: an [`Svg`], the same bytes
//! for the same spec. A drawing holds no script, no style sheet and no reference to anything outside itself, so that it
//! looks the same in a page under a strict content policy, in a PDF and as a file on its own. Zero, nothing, hidden
//! and carried are drawn in four different ways everywhere; [`Fill`] is the one place that decides how.
//! Colours: a sequential blue and Okabe-Ito's set, told apart without colour vision.

mod bars;
mod canvas;
mod choropleth;
mod columns;
mod diverging;
mod heat;
mod multiples;
mod origin_destination;
mod outline;
mod palette;
mod pyramid;
mod ranges;
mod raster;
mod spots;
mod stacked;
mod states;
mod trend;
mod window;

pub use bars::{Bar, Bars, Reading, bars};
pub(crate) use canvas::escape;
pub use canvas::{Caption, FONT, Frame, Svg, text_width};
pub(crate) use choropleth::class_label;
pub use choropleth::{Choropleth, MapArea, choropleth, class_breaks};
pub use columns::{Column, Columns, columns};
pub use diverging::{Change, Diverging, diverging};
pub use heat::{HeatTable, heat_table};
pub use multiples::{Multiples, Panel, multiples};
pub use origin_destination::{OriginDestination, Stream, origin_destination};
pub use palette::Fill;
pub(crate) use palette::{MUTED, PRIMARY, SEQUENTIAL};
pub use pyramid::{Pyramid, PyramidRow, pyramid};
pub use ranges::{RangeMark, Ranges, Settled, ranges};
pub use raster::{RasterError, png};
pub use spots::{Ground, Spot, SpotKind, Spots, position_at, spots, spots_of};
pub use stacked::{Stacked, StackedBar, stacked};
pub use trend::{Trend, TrendPoint, trend};
pub use window::{Window, clicked, through};

#[cfg(test)]
mod tests;
