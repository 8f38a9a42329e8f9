//! What somebody says of an area: a name, spellings, from when to when it held and what it became; and a new code from a
//! day on, with its places.

use super::written::Unkept;
use super::{Wrong, area_meant};
use chrono::NaiveDate;
use dtm_model::{Area, Atlas, Boundary, Instant, Lang, Operation, Pcode, Place, Text};
use dtm_publish::words::{Arg, Words};
use dtm_store::{AreasChanged, Stamp, Store, StoreError};
use std::collections::BTreeMap;

/// The key of a spelling that was added by hand, with a number behind it.
const BY_HAND: &str = "office-";

/// An area as somebody describes it, each fact as it was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct WrittenArea {
    pub(crate) name_en: String,
    pub(crate) name_fr: String,
    /// Several with semicolons between them.
    pub(crate) aliases: String,
    pub(crate) parent: String,
    pub(crate) valid_from: String,
    pub(crate) valid_to: String,
    /// Codes, several with semicolons between them.
    pub(crate) became: String,
    pub(crate) reason: String,
}

fn several(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty())
}

/// The other spellings of an area, each once, without its own names.
pub(crate) fn spellings(area: &Area) -> Vec<&str> {
    let mut spellings: Vec<&str> = Vec::new();
    for spelling in area.aliases.values() {
        if !spellings.contains(&spelling.as_str()) && !area.name.iter().any(|(_, name)| name == spelling) {
            spellings.push(spelling);
        }
    }
    spellings
}

impl WrittenArea {
    pub(crate) fn of(area: &Area) -> Self {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let in_words =
            |lang: Lang| area.name.iter().find(|(of, _)| *of == lang.code()).map_or("", |(_, name)| name).to_owned();
        Self {
            name_en: in_words(Lang::En),
            name_fr: in_words(Lang::Fr),
            aliases: spellings(area).join("; "),
            parent: area.parent.as_ref().map(ToString::to_string).unwrap_or_default(),
            valid_from: day(area.valid_from),
            valid_to: day(area.valid_to),
            became: area.became.iter().map(Pcode::as_str).collect::<Vec<_>>().join("; "),
            reason: String::new(),
        }
    }

    /// The area it says, or everything that is wrong with it.
    pub(crate) fn read(&self, w: &Words, atlas: &Atlas, known: &Area) -> Result<Area, Wrong> {
        let mut lines = Vec::new();
        let mut name = Text::new();
        for (lang, text) in known.name.iter().filter(|(lang, _)| ![Lang::En.code(), Lang::Fr.code()].contains(lang)) {
            name = name.with(lang, text);
        }
        for (lang, text) in [(Lang::En, &self.name_en), (Lang::Fr, &self.name_fr)] {
            if !text.is_empty() {
                name = name.with(lang.code(), text);
            }
        }
        if name.iter().next().is_none() {
            lines.push(w.t("area-no-name"));
        }
        let mut day = |written: &str, key: &str| match written.parse::<NaiveDate>() {
            Ok(day) => Some(day),
            Err(_) if written.is_empty() => None,
            Err(_) => {
                lines.push(w.pair(&w.label("area-fact", key), &w.t("place-no-day")));
                None
            }
        };
        let (valid_from, valid_to) = (day(&self.valid_from, "valid_from"), day(&self.valid_to, "valid_to"));
        if valid_from.zip(valid_to).is_some_and(|(from, to)| to < from) {
            lines.push(w.t("area-ended-first"));
        }
        let parent = known.parent.as_ref().filter(|parent| parent.as_str() == self.parent).cloned();
        let parent = parent.or_else(|| area_meant(atlas, &self.parent).ok());
        let holds = |parent: &Pcode| atlas.area(parent).is_some_and(|above| above.level + 1 == known.level);
        if known.level > 0 && !parent.as_ref().is_some_and(holds) {
            lines.push(w.t_args("area-no-parent", &[("area", Arg::from(self.parent.as_str()))]));
        }
        let mut became = Vec::new();
        for code in several(&self.became) {
            match area_meant(atlas, code) {
                Ok(heir) if heir != known.pcode => became.push(heir),
                _ => lines.push(w.t_args("place-no-area", &[("area", Arg::from(code))])),
            }
        }
        if valid_to.is_none() && !became.is_empty() {
            lines.push(w.t("area-became-what"));
        }
        if !lines.is_empty() {
            return Err(Wrong { lines, ..Wrong::default() });
        }
        Ok(Area {
            name,
            aliases: self.spelled(known),
            parent: if known.level > 0 { parent } else { None },
            valid_from,
            valid_to,
            became,
            ..known.clone()
        })
    }

    /// The spellings under the keys they had; those that are new under keys of their own.
    fn spelled(&self, known: &Area) -> BTreeMap<String, String> {
        let wanted: Vec<&str> = several(&self.aliases).collect();
        let is_name = |spelling: &String| known.name.iter().any(|(_, name)| name == spelling);
        let stays = |spelling: &String| wanted.contains(&spelling.as_str()) || is_name(spelling);
        let mut kept = known.aliases.clone();
        kept.retain(|_, spelling| stays(spelling));
        for spelling in wanted {
            if !kept.values().any(|known| known == spelling) {
                let free = (1..).map(|n| format!("{BY_HAND}{n}")).find(|key| !kept.contains_key(key));
                kept.extend(free.map(|key| (key, spelling.to_owned())));
            }
        }
        kept
    }
}

/// Changes an area to what is written of it.
pub(crate) async fn change_area(
    store: &Store,
    operation: &Operation,
    (atlas, known): (&Atlas, &Area),
    written: &WrittenArea,
    w: &Words,
    stamp: &Stamp,
) -> Result<AreasChanged, Unkept> {
    let area = written.read(w, atlas, known).map_err(Unkept::Wrong)?;
    Ok(store.change_areas(&operation.admin0, &[area], &[], &written.reason, stamp).await?)
}

/// The code an area goes by from a day on, and why.
pub(crate) struct NewCode<'a> {
    pub(crate) code: &'a str,
    pub(crate) from: NaiveDate,
    pub(crate) reason: &'a str,
}

/// Gives an area a new code from a day on: the old one ends the day before and becomes the new, and the places in it go
/// along. Areas below it would need new codes, too: these come with a file of boundaries.
pub(crate) async fn recode_area(
    store: &Store,
    operation: &Operation,
    (atlas, known): (&Atlas, &Area),
    NewCode { code, from, reason }: NewCode<'_>,
    w: &Words,
    stamp: &Stamp,
) -> Result<Pcode, Unkept> {
    let mut lines = Vec::new();
    let pcode = Pcode::from(code);
    let is_sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if code.is_empty() || code.len() > 40 || !code.chars().all(is_sound) {
        lines.push(w.t_args("area-no-code", &[("code", Arg::from(code))]));
    } else if atlas.area(&pcode).is_some() {
        lines.push(w.t_args("area-code-taken", &[("code", Arg::from(code))]));
    }
    if known.valid_to.is_some() || known.level == 0 {
        lines.push(w.t("area-not-standing"));
    }
    if known.valid_from.is_some_and(|since| from <= since) {
        lines.push(w.t("area-ended-first"));
    }
    if atlas.children(&known.pcode).any(|below| below.valid_to.is_none()) {
        lines.push(w.t("area-has-parts"));
    }
    if !lines.is_empty() {
        return Err(Unkept::Wrong(Wrong { lines, ..Wrong::default() }));
    }
    let new =
        Area { pcode: pcode.clone(), valid_from: Some(from), valid_to: None, became: Vec::new(), ..known.clone() };
    let old = Area { valid_to: from.pred_opt(), became: vec![pcode.clone()], ..known.clone() };
    let outline = atlas.boundary(&known.pcode).map(|own| Boundary { pcode: pcode.clone(), shape: own.shape.clone() });
    let outlines: Vec<Boundary> = outline.into_iter().collect();
    store.change_areas(&operation.admin0, &[old, new], &outlines, reason, stamp).await?;
    let places = store.places(&operation.id).await?;
    let within = places.into_iter().filter(|place| place.area == known.pcode);
    let moved: Vec<Place> = within.map(|place| Place { area: pcode.clone(), ..place }).collect();
    store.change_places(&operation.id, &moved, reason, stamp).await?;
    Ok(pcode)
}

/// What was taken back.
pub(crate) struct AreasUndone {
    pub(crate) n_areas: usize,
    pub(crate) n_places: usize,
}

/// Takes back what this person did to areas at that moment, with the places of the operation that went along.
pub(crate) async fn undo_areas(
    store: &Store,
    operation: &Operation,
    at: Instant,
    stamp: &Stamp,
) -> Result<AreasUndone, StoreError> {
    let n_places = store.undo_places(&operation.id, at, "", stamp).await?;
    Ok(AreasUndone { n_areas: store.undo_areas(&operation.admin0, at, "", stamp).await?, n_places })
}
