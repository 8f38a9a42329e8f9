//! The form of a place: what was written, what it may mean where that is not clear, and the map to show where it is.

use super::picker::{self, Asked, Picker};
use super::{area_name, short};
use crate::http::office::submissions::{posted, value};
use crate::journey::places::{SiteTypes, Written, Wrong, area_meant};
use dtm_model::{Atlas, Lang, Operation, Pcode, Place, Point};
use dtm_process::places::{Country, Doubt, Doubted, KINDS, Locator, kind_code};
use dtm_publish::words::{Arg, Words};

/// The form as it came back.
pub(super) struct Posted {
    pub(super) written: Written,
    pub(super) act: String,
    asked: Asked,
    window: String,
    /// The area that a click before this one filled in.
    area_of_click: String,
}

impl Posted {
    pub(super) fn read(body: &str, lang: Lang) -> Self {
        let fields = posted(body);
        let field = |name: &str| short(value(&fields, name));
        let chosen = field("area_code");
        let written = Written {
            ssid: field("ssid"),
            name: field("name"),
            aliases: field("aliases"),
            kind: field("kind"),
            area: if chosen.is_empty() { field("area") } else { chosen },
            site_type: field("site_type"),
            lat: field("lat").replace(',', "."),
            lon: field("lon").replace(',', "."),
            opened_on: field("opened_on"),
            closed_on: field("closed_on"),
            reason: field("reason"),
            is_sure: field("act") == "sure",
        };
        let (act, window) = (field("act"), field("window"));
        let number = |name: &str| value(&fields, name).parse::<f64>().ok();
        let asked = picker::asked(lang, &act, number, &window);
        Self { asked, area_of_click: field("area_of_click"), written, act, window }
    }

    /// Whether the form only asks for something to be shown: the map nearer, areas of a name, the position meant. Then it is
    /// shown again and nothing is saved.
    pub(super) fn only_asks(&self) -> bool {
        !matches!(self.asked, Asked::Nothing) || ["find", "meant"].contains(&self.act.as_str())
    }

    /// Takes over what was clicked or proposed. A place of which nobody said the area lies in the one that was clicked.
    pub(super) fn take_over(&mut self, w: &Words, atlas: &Atlas) {
        if let Asked::Clicked(Some(at)) = self.asked {
            // Five decimals are a metre.
            (self.written.lat, self.written.lon) = (format!("{:.5}", at.lat), format!("{:.5}", at.lon));
            if self.written.area.is_empty() || self.written.area == self.area_of_click {
                let area = Locator::new(atlas).area_at(atlas, at);
                self.written.area = area.map(|area| area.to_string()).unwrap_or_default();
                self.area_of_click = self.written.area.clone();
            }
        }
        if self.act == "meant"
            && let Err(Wrong { doubted: Some(Doubted { meant: Some(at), .. }), .. }) = self.written.read(w, atlas, None)
        {
            (self.written.lat, self.written.lon) = (at.lat.to_string(), at.lon.to_string());
        }
    }
}

/// The form of a place, for a new one and for one that is known.
pub(super) struct PlaceForm {
    pub(super) given: Written,
    /// Code, name and whether it is chosen.
    pub(super) kinds: Vec<(&'static str, String, bool)>,
    pub(super) site_types: Vec<(String, String, bool)>,
    /// The area that is written, with those above it; empty where it is none.
    pub(super) area: String,
    /// Codes and names of the areas that what is written may mean.
    pub(super) areas: Vec<(String, String)>,
    /// The area that a click filled in, to follow the next click.
    pub(super) area_of_click: String,
    pub(super) is_new: bool,
    /// What was probably meant as a position.
    pub(super) meant: String,
    /// Whether the position can be kept as it is.
    pub(super) can_be_sure: bool,
    pub(super) picker: Option<Picker>,
}

/// What the form needs to know of the operation.
pub(super) struct Around<'a> {
    pub(super) operation: &'a Operation,
    pub(super) atlas: &'a Atlas,
    pub(super) places: &'a [Place],
    /// The place that is known; none for a new one.
    pub(super) known: Option<&'a Place>,
    pub(super) types: &'a SiteTypes,
}

/// An area with those above it, the smallest first.
pub(super) fn in_full(w: &Words, atlas: &Atlas, pcode: &Pcode) -> Option<String> {
    let area = atlas.area(pcode)?;
    let above = (1..area.level).rev().filter_map(|level| atlas.ancestor(pcode, level));
    let names: Vec<String> = std::iter::once(area).chain(above).map(|area| area_name(w, area)).collect();
    Some(format!("{} ({pcode})", names.join(", ")))
}

impl PlaceForm {
    pub(super) fn new(w: &Words, lang: Lang, around: &Around<'_>, posted: Posted, wrong: Option<&Wrong>) -> Self {
        let Around { operation, atlas, places, known, types } = *around;
        let Posted { written: given, act, asked, window, area_of_click } = posted;
        let mut site_types: Vec<(String, String, bool)> =
            types.iter(lang).map(|(code, name)| (code.to_owned(), name.to_owned(), code == given.site_type)).collect();
        if !given.site_type.is_empty() && !site_types.iter().any(|(.., chosen)| *chosen) {
            site_types.push((given.site_type.clone(), given.site_type.clone(), true));
        }
        let offered = match wrong {
            Some(wrong) => wrong.areas.clone(),
            None if act == "find" => area_meant(atlas, &given.area).err().unwrap_or_default(),
            None => Vec::new(),
        };
        let areas = offered.into_iter().filter_map(|pcode| Some((pcode.to_string(), in_full(w, atlas, &pcode)?)));
        let doubted = wrong.and_then(|wrong| wrong.doubted);
        let degrees = |at: Point| {
            w.t_args("place-at", &[("lat", Arg::from(at.lat.to_string())), ("lon", Arg::from(at.lon.to_string()))])
        };
        let at = given.position();
        // Where a position can hardly be meant, the map does not go there.
        let near = at.filter(|at| Country::new(atlas).doubt(None, at.lat, at.lon).is_none());
        let seen = picker::seen(atlas, &given.area, near, &asked, &window);
        Self {
            kinds: KINDS.map(kind_code).map(|code| (code, w.label("place-kind", code), code == given.kind)).to_vec(),
            site_types,
            area: area_meant(atlas, &given.area).ok().and_then(|pcode| in_full(w, atlas, &pcode)).unwrap_or_default(),
            areas: areas.collect(),
            area_of_click,
            is_new: known.is_none(),
            meant: doubted.and_then(|one| one.meant).map(degrees).unwrap_or_default(),
            can_be_sure: doubted.is_some_and(|one| one.doubt == Doubt::Elsewhere),
            picker: Picker::new(w, lang, (operation, atlas), (places, known), (seen, at)),
            given,
        }
    }

    /// The form with what is known.
    pub(super) fn of(w: &Words, lang: Lang, around: &Around<'_>, written: Written) -> Self {
        let (act, window, area_of_click) = Default::default();
        let posted = Posted { written, act, asked: Asked::Nothing, window, area_of_click };
        Self::new(w, lang, around, posted, None)
    }
}
