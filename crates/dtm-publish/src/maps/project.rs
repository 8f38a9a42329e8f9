//! A QGIS project that opens with the layers of an operation, named and styled in one language.
//!
//! In: the looks of the layers and where each one's features are. Out: the text of a `.qgs` file. Areas of the level shown
//! on our pages are switched on, those of other levels wait in the list.

use super::layers::{LayerId, Shapes};
use super::qml;
use super::style::{Look, shown_level};
use super::world::in_world;
use crate::drawing::escape;
use crate::words::Words;
use dtm_model::Lang;
use std::f64::consts::PI;
use std::fmt::Write;

/// Where QGIS finds the features of a project's layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// In the collections of this OGC API, whose names begin with the operation's.
    Ogc {
        /// Address of its landing page.
        root: &'a str,
        /// Short name of the operation.
        operation: &'a str,
    },
    /// In the layers of a GeoPackage of this name beside the project.
    GeoPackage(&'a str),
}

impl Source<'_> {
    fn provider(&self) -> &'static str {
        match self {
            Source::Ogc { .. } => "OAPIF",
            Source::GeoPackage(_) => "ogr",
        }
    }

    fn of(&self, id: LayerId) -> String {
        match self {
            Source::Ogc { root, operation } => format!(
                "pagingEnabled='true' restrictToRequestBBOX='1' srsname='OGC:CRS84' typename='{operation}.{}' \
                 url='{root}' version='OGC_API_FEATURES'",
                id.name()
            ),
            Source::GeoPackage(file) => format!("./{file}|layername={}", id.name()),
        }
    }
}

/// The project; `bounds` is west, south, east, north in degrees.
pub fn qgs(looks: &[Look], title: &str, source: &Source<'_>, bounds: Option<[f64; 4]>, lang: Lang) -> String {
    let words = Words::of(lang);
    let shown = shown_level(looks);
    let title = escape(title);
    let mut tree = String::new();
    let mut layers = String::new();
    // Points lie above areas, the finest areas above the coarser.
    for look in looks.iter().rev() {
        let id = format!("dtm_{}", look.id.name());
        let name = escape(words.text(&look.id.title()));
        let is_on = !matches!(look.id, LayerId::Areas(_)) || Some(look.id) == shown;
        let (checked, from) = (if is_on { "Qt::Checked" } else { "Qt::Unchecked" }, escape(&source.of(look.id)));
        let provider = source.provider();
        let _ = writeln!(
            tree,
            "<layer-tree-layer id=\"{id}\" name=\"{name}\" checked=\"{checked}\" expanded=\"{}\" \
             providerKey=\"{provider}\" source=\"{from}\"/>",
            u8::from(is_on)
        );
        let (geometry, wkb) = match look.id.shapes() {
            Shapes::Areas => ("Polygon", "MultiPolygon"),
            Shapes::Points => ("Point", "Point"),
        };
        let _ = writeln!(
            layers,
            "<maplayer type=\"vector\" geometry=\"{geometry}\" wkbType=\"{wkb}\" readOnly=\"1\" autoRefreshEnabled=\"0\">\n\
             <id>{id}</id>\n<datasource>{from}</datasource>\n<layername>{name}</layername>\n{}\
             <provider encoding=\"UTF-8\">{provider}</provider>\n{}{}</maplayer>",
            reference_system("srs", "EPSG:4326"),
            qml::renderer(&look.legend, lang),
            qml::aliases(&look.legend, lang)
        );
    }
    format!(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n\
         <qgis projectname=\"{title}\" version=\"3.22.0\">\n<homePath path=\"\"/>\n<title>{title}</title>\n{crs}\
         <layer-tree-group>\n{tree}</layer-tree-group>\n{canvas}<projectlayers>\n{layers}</projectlayers>\n\
         <properties><Paths><Absolute type=\"bool\">false</Absolute></Paths></properties>\n</qgis>\n",
        crs = reference_system("projectCrs", "EPSG:3857"),
        canvas = canvas(bounds),
    )
}

fn reference_system(element: &str, code: &str) -> String {
    format!("<{element}><spatialrefsys><authid>{code}</authid></spatialrefsys></{element}>\n")
}

/// What the project shows when it opens: the bounds in metres of web maps.
fn canvas(bounds: Option<[f64; 4]>) -> String {
    let metres = |lon: f64, lat: f64| {
        let (x, y) = in_world(lon, lat)?;
        let around = 2.0 * PI * 6_378_137.0;
        Some(((x - 0.5) * around, (0.5 - y) * around))
    };
    let corners = bounds.and_then(|[west, south, east, north]| Some((metres(west, south)?, metres(east, north)?)));
    let Some(((west, south), (east, north))) = corners else { return String::new() };
    format!(
        "<mapcanvas name=\"theMapCanvas\"><units>meters</units><extent><xmin>{west:.0}</xmin><ymin>{south:.0}</ymin>\
         <xmax>{east:.0}</xmax><ymax>{north:.0}</ymax></extent>{}</mapcanvas>\n",
        reference_system("destinationsrs", "EPSG:3857")
    )
}
