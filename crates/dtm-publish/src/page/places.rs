//! The places that a round names, with who was counted there: a list to look into.

use super::country::beside;
use super::facts::cell;
use super::figures::area_name;
use super::frame::{frame, public_nav, source_line};
use super::links;
use super::shown::{Markup, shown};
use crate::document::Component;
use crate::words::Words;
use askama::Template;
use dtm_model::{Atlas, Lang};
use dtm_protect::{Release, ReleasedCell, ReleasedPlace, Value};

/// Places on one page.
pub const SHOWN: usize = 100;

/// What the list of places is made from.
#[derive(Clone, Copy)]
pub struct PlacesPage<'a> {
    /// The round, the newest that names places.
    pub current: &'a Release,
    /// Areas.
    pub atlas: &'a Atlas,
    /// What else is published.
    pub components: &'a [Component],
    /// What is looked for in names, codes and areas; empty for everything.
    pub wanted: &'a str,
    /// The page, from 1.
    pub page: usize,
    /// The reader's language.
    pub lang: Lang,
}

struct PlaceRow {
    href: String,
    name: String,
    code: String,
    area: String,
    idp: Markup,
}

#[derive(Template)]
#[template(path = "places.html")]
struct PlacesView<'a> {
    w: &'static Words,
    kicker: String,
    here: String,
    back: String,
    beside: Vec<(String, String)>,
    wanted: &'a str,
    rows: Vec<PlaceRow>,
    found: String,
    earlier: Option<String>,
    later: Option<String>,
    source: String,
}

/// The text in small letters without accents, as people type it.
pub(crate) fn folded(text: &str) -> String {
    let fold = |c: char| match c {
        'à' | 'â' | 'ä' | 'á' | 'ã' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' | 'í' | 'ì' => 'i',
        'ô' | 'ö' | 'ó' | 'ò' | 'õ' => 'o',
        'ù' | 'û' | 'ü' | 'ú' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        '-' | '’' | '\'' => ' ',
        c => c,
    };
    text.chars().flat_map(char::to_lowercase).map(fold).collect()
}

/// The places as HTML: those that are looked for, most people first.
pub fn places(page: &PlacesPage<'_>) -> String {
    let w = Words::of(page.lang);
    let heading = page.current.heading();
    let operation = &heading.operation;
    let wanted = folded(page.wanted);
    let table = page.current.table("places");
    let area = |place: &ReleasedPlace| area_name(page.atlas, w, place.area.as_str());
    let fits = |place: &&ReleasedPlace| {
        let texts = [place.name.clone(), place.ssid.to_string(), area(place), place.area.to_string()];
        wanted.is_empty() || texts.iter().any(|text| folded(text).contains(&wanted))
    };
    let counted = |place: &ReleasedPlace| cell(table, &[place.ssid.as_str()], "idp_ind");
    let mut found: Vec<(ReleasedCell, &ReleasedPlace)> =
        page.current.places().iter().filter(fits).map(|place| (counted(place), place)).collect();
    found.sort_by(|(a, place), (b, other)| {
        let order = |cell: &ReleasedCell| match cell.value {
            Value::Number(number) => (0, -number),
            Value::Hidden(_) => (1, 0),
            Value::Nothing => (2, 0),
        };
        order(a).cmp(&order(b)).then_with(|| place.name.cmp(&other.name))
    });
    let n_pages = found.len().div_ceil(SHOWN).max(1);
    let at = page.page.clamp(1, n_pages);
    let here = links::places(page.lang, operation, "");
    let to = |number: usize| {
        let number = number.to_string();
        links::with_query(&here, &[("q", page.wanted), ("page", &number)])
    };
    let row = |(cell, place): &(ReleasedCell, &ReleasedPlace)| PlaceRow {
        href: links::places(page.lang, operation, place.ssid.as_str()),
        name: place.name.clone(),
        code: place.ssid.to_string(),
        area: area(place),
        idp: shown(w, *cell, None),
    };
    let mut beside = beside(operation, page.components, page.lang);
    beside.retain(|(href, _)| *href != here);
    let view = PlacesView {
        w,
        kicker: format!("{} · {}", w.text(&heading.country), w.text(&heading.operation_name)),
        back: links::country(page.lang, operation),
        beside,
        wanted: page.wanted,
        rows: found.iter().skip((at - 1) * SHOWN).take(SHOWN).map(row).collect(),
        found: w.t_n("public-places-found", found.len() as i64),
        earlier: (at > 1).then(|| to(at - 1)),
        later: (at < n_pages).then(|| to(at + 1)),
        source: source_line(page.current, w),
        here: here.clone(),
    };
    let own = links::with_query(&format!("/{operation}/places"), &[("q", page.wanted)]);
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    frame(page.lang, &w.t("public-places-title"), &public_nav(page.lang, &own, "home"), &inner)
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn names_are_found_as_they_are_typed() {
        assert_eq!(folded("Pétion-Ville"), folded("petion ville"));
        assert_eq!(folded("Anse d’Hainault"), "anse d hainault");
    }
}
