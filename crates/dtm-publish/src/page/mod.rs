//! The public pages, server-rendered, whole without scripts.
//!
//! In: releases, the atlas and a language. Out: HTML as text, and the drawings and tables behind every figure of it.
//! Sentences with numbers are messages bound to a condition ([`message`]): one that does not hold is not said.
//! Addresses are made in one place ([`links`]). The style sheet is linked, never inlined, so that a strict content
//! policy needs no exception.

mod asked;
mod country;
mod data;
mod dataset;
mod emergency;
mod explore;
mod facts;
mod figures;
mod frame;
mod guide;
pub mod links;
pub mod message;
mod places;
mod query;
mod report;
mod round;
mod shown;
mod site;

pub use country::{CountryPage, country};
pub use data::{DataTable, Datum, figure_table};
pub use dataset::{DatasetPage, DatasetsPage, dataset, datasets};
pub(crate) use emergency::{point as emergency_point, reasons as reasons_said};
pub use explore::{EXPLORED, Explored, Picture, explore, explored_csv};
pub use facts::{Before, Facts};
pub(crate) use facts::{cell, values_of};
pub use figures::{FIGURES, Standing, figure_svg, map_level};
pub(crate) use figures::{points_of, pyramid_rows, said_most};
pub use frame::{Nav, NavItem, STYLESHEET, frame, public_nav, stylesheet_path};
pub use guide::{Searched, glossary, method, search};
pub use places::{PlacesPage, SHOWN as PLACES_SHOWN, places};
pub use query::{Answer, QueryPage, SHOWN as QUERY_SHOWN, query};
pub use report::{ReportPage, place, report};
pub use round::{RoundPage, Withdrawn, round};
pub use site::{ApiPage, HomePage, OperationCard, api_docs, home, not_found, problem};
