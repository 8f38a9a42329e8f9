//! The places of releases as a dataset: what the policy says of each, with its numbers where the release has them.
//!
//! A place stands where the release says, which may be coarser than where it is, or nowhere.

use super::table::{Measures, languages, name_columns, named};
use super::{Body, Choice, Column, Datum, Form, Kind, Role, Row, Rows, Shape, names};
use dtm_model::{Atlas, Dim, PlaceKind, Text};
use dtm_protect::{Release, ReleasedPlace, ReleasedTable};
use std::collections::HashMap;
use std::sync::Arc;

/// The dataset's name.
pub(super) const NAME: &str = "places";

/// The dataset, if any release names places.
pub(super) fn body<'a>(releases: &[&'a Release], atlas: &'a Atlas, form: &Form) -> Option<Body<'a>> {
    if releases.iter().all(|release| release.places().is_empty()) {
        return None;
    }
    let tables: Vec<Option<&'a ReleasedTable>> =
        releases.iter().map(|release| release.table(NAME).filter(|table| table.dims == [Dim::Place])).collect();
    let measures = Arc::new(Measures::of(&tables));
    let labels = form.labels;
    let releases = releases.to_vec();
    let area = Text::both("Smallest area that is named", "Plus petite zone nommée");
    let mut columns = vec![
        Column::new("place", Text::both("Place: code", "Lieu : code"), "#loc+code", Kind::Text, Role::Key),
        Column::new("place_name", Text::both("Place: name", "Lieu : nom"), "#loc+name", Kind::Text, Role::Attribute),
        Column::new(
            "kind",
            Text::both("Kind of place", "Sorte de lieu"),
            "#loc+type",
            Kind::Choice(kinds()),
            Role::Attribute,
        ),
        Column::new(
            "site_type",
            Text::both("Type of site", "Type de site"),
            "#loc+type+site",
            Kind::Text,
            Role::Attribute,
        ),
        Column::new("area", area.clone(), "#adm+code", Kind::Text, Role::Attribute),
    ];
    name_columns(&mut columns, labels, "area", &area, "#adm+name", Role::Attribute);
    let degrees = |name: &str, en: &str, fr: &str, tag: &str| {
        let unit = Some(Text::both("degrees, WGS 84", "degrés, WGS 84"));
        Column { unit, ..Column::new(name, Text::both(en, fr), tag, Kind::Decimal, Role::Attribute) }
    };
    columns.extend([
        degrees("longitude", "Longitude", "Longitude", "#geo+lon"),
        degrees("latitude", "Latitude", "Latitude", "#geo+lat"),
        Column::new(
            "position_coarsened",
            Text::both("Position made coarser for protection", "Position rendue moins précise par protection"),
            "#geo+precision",
            Kind::Flag,
            Role::Mark,
        ),
    ]);
    columns.extend(measures.columns());
    let rows = move |at: usize| -> Rows<'a> {
        let (table, measures, release) = (tables[at], measures.clone(), releases[at]);
        Box::new(release.places().iter().map(move |place| {
            let mut cells = about(place);
            for &lang in languages(labels) {
                cells.push(Datum::Text(named(Dim::Area, place.area.as_str(), &HashMap::new(), atlas, lang)));
            }
            let degrees = |degrees: Option<f64>| degrees.map_or(Datum::Nothing, Datum::Decimal);
            cells.extend([
                degrees(place.position.map(|at| at.lon)),
                degrees(place.position.map(|at| at.lat)),
                Datum::Flag(place.coarsened),
            ]);
            let row = table.and_then(|table| table.row(&[place.ssid.as_str()]));
            cells.extend(measures.cells(row, at));
            Row { cells, shape: place.position.map(Shape::Point), release: at }
        }))
    };
    Some(Body {
        name: NAME.to_owned(),
        title: names::table(NAME),
        how_to_sum: Text::both(
            "Add up rows of one round only; places that are not named here are in the numbers of their area.",
            "N’additionnez que des lignes d’un même cycle ; les lieux qui ne sont pas nommés ici sont comptés dans leur zone.",
        ),
        columns,
        has_head: true,
        has_shapes: true,
        rows: Box::new(rows),
    })
}

fn kinds() -> Vec<Choice> {
    let kind = |code: &str, en: &str, fr: &str| Choice { code: code.to_owned(), label: Text::both(en, fr) };
    vec![
        kind("site", "Site", "Site"),
        kind("host_community", "Host community", "Communauté d’accueil"),
        kind("flow_point", "Flow monitoring point", "Point de suivi des flux"),
    ]
}

fn about(place: &ReleasedPlace) -> Vec<Datum<'_>> {
    let kind = match place.kind {
        PlaceKind::Site => 0,
        PlaceKind::HostCommunity => 1,
        PlaceKind::FlowPoint => 2,
    };
    vec![
        Datum::text(place.ssid.as_str()),
        Datum::word(Some(place.name.as_str()).filter(|name| !name.is_empty())),
        Datum::Choice(kind),
        Datum::word(place.site_type.as_deref()),
        Datum::text(place.area.as_str()),
    ]
}
