//! Finds the area a text means: by its code first, by another spelling kept with an area, by name only as a suggestion.
//!
//! Codes are repaired where exactly one known code can be meant: case and blanks (`ht01 11`), the country's letters
//! (`TD07` for `TCD07`, `HTI` for `HT`) and a zero more or less before the first level (`HT1` for `HT01`). A repair is
//! told to the caller, who reports it. Names are compared without accents, hyphens and capitals by Jaro-Winkler
//! similarity (Winkler 1990); a name never settles an area by itself, as names repeat across a country.

use crate::folding::plain;
use dtm_model::{Area, Atlas, Pcode};
use std::collections::BTreeSet;

/// What a text was found to mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// The code of an area, as it stands.
    Code(Pcode),
    /// The code of an area, written otherwise.
    Repaired(Pcode, Repair),
    /// Another spelling kept with an area.
    Alias(Pcode),
    /// Areas of a like name with their likeness from 0 to 1, the likest first; possibly none.
    Suggestions(Vec<(Pcode, String, f64)>),
}

/// How a code had to be repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Case, blanks or the dash between the parts.
    Writing,
    /// The country's letters, or a zero more or less.
    Length,
}

impl Repair {
    /// The word used in keys.
    pub fn code(self) -> &'static str {
        match self {
            Repair::Writing => "writing",
            Repair::Length => "length",
        }
    }
}

/// Names less alike than this are not suggested.
const LIKE: f64 = 0.84;
const MOST_SUGGESTIONS: usize = 5;
/// Longer texts are sentences, not names.
const LONGEST_NAME: usize = 80;

/// Finds the area that `text` means, of this level where one is given.
pub fn lookup(atlas: &Atlas, text: &str, level: Option<u8>) -> Lookup {
    Gazetteer::new(atlas).lookup(text, level)
}

/// An atlas ready for many look-ups.
pub struct Gazetteer<'a> {
    atlas: &'a Atlas,
    /// Letters that the atlas's codes begin with.
    prefixes: BTreeSet<String>,
}

impl<'a> Gazetteer<'a> {
    /// Prepares an atlas.
    pub fn new(atlas: &'a Atlas) -> Self {
        let prefixes = atlas.areas().map(|area| letters(area.pcode.as_str()).to_owned()).collect();
        Self { atlas, prefixes }
    }

    /// Finds the area that `text` means, of this level where one is given.
    pub fn lookup(&self, text: &str, level: Option<u8>) -> Lookup {
        let text = text.trim();
        if let Some(area) = self.known(text, level) {
            return Lookup::Code(area.pcode.clone());
        }
        if text.len() <= 24
            && let Some((pcode, repair)) = self.repaired(text, level)
        {
            return Lookup::Repaired(pcode, repair);
        }
        let wanted = plain(text);
        if wanted.is_empty() || wanted.len() > LONGEST_NAME {
            return Lookup::Suggestions(Vec::new());
        }
        let mut aliased = self.of_level(level).filter(|area| area.aliases.values().any(|alias| plain(alias) == wanted));
        if let (Some(area), None) = (aliased.next(), aliased.next()) {
            return Lookup::Alias(area.pcode.clone());
        }
        Lookup::Suggestions(self.suggestions(&wanted, level))
    }

    fn known(&self, code: &str, level: Option<u8>) -> Option<&'a Area> {
        self.atlas.area(&Pcode(code.to_owned())).filter(|area| level.is_none_or(|level| area.level == level))
    }

    fn of_level(&self, level: Option<u8>) -> impl Iterator<Item = &'a Area> {
        self.atlas.areas().filter(move |area| level.is_none_or(|level| area.level == level))
    }

    fn repaired(&self, text: &str, level: Option<u8>) -> Option<(Pcode, Repair)> {
        let tidy: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
        let tidy = tidy.replace(['–', '—', '_'], "-");
        if let Some(area) = self.known(&tidy, level) {
            return Some((area.pcode.clone(), Repair::Writing));
        }
        let prefix = letters(&tidy);
        let rest = &tidy[prefix.len()..];
        let sound = rest.chars().all(|c| c.is_ascii_digit() || c == '-');
        if !(2..=3).contains(&prefix.len()) || !sound {
            return None;
        }
        let mut meant: BTreeSet<Pcode> = BTreeSet::new();
        let zero_less = rest.strip_prefix('0').map(str::to_owned);
        for known in self.prefixes.iter().filter(|known| same_country(prefix, known)) {
            for rest in [Some(rest.to_owned()), Some(format!("0{rest}")), zero_less.clone()].into_iter().flatten() {
                // A zero more never turns a country into a first level.
                if rest.len() == 1 && rest == "0" {
                    continue;
                }
                meant.extend(self.known(&format!("{known}{rest}"), level).map(|area| area.pcode.clone()));
            }
        }
        let (first, more) = (meant.pop_first()?, !meant.is_empty());
        (!more).then_some((first, Repair::Length))
    }

    fn suggestions(&self, wanted: &str, level: Option<u8>) -> Vec<(Pcode, String, f64)> {
        let mut like: Vec<(Pcode, String, f64)> = Vec::new();
        for area in self.of_level(level) {
            let names = area.name.iter().map(|(_, name)| name).chain(area.aliases.values().map(String::as_str));
            let best =
                names.map(|name| (strsim::jaro_winkler(wanted, &plain(name)), name)).max_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((score, name)) = best.filter(|(score, _)| *score >= LIKE) {
                like.push((area.pcode.clone(), name.to_owned(), score));
            }
        }
        like.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
        like.truncate(MOST_SUGGESTIONS);
        like
    }
}

/// The letters a code begins with.
fn letters(code: &str) -> &str {
    &code[..code.bytes().take_while(u8::is_ascii_alphabetic).count()]
}

/// Whether one is the other with a letter left out, as the two- and three-letter codes of most countries are.
pub(super) fn same_country(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short == long {
        return true;
    }
    let mut left = long.bytes();
    short.len() + 1 == long.len()
        && short.bytes().next() == long.bytes().next()
        && short.bytes().all(|b| left.any(|l| l == b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Text;

    fn area(code: &str, level: u8, parent: Option<&str>, name: &str, alias: Option<&str>) -> Area {
        Area {
            pcode: code.into(),
            level,
            parent: parent.map(Pcode::from),
            name: Text::new().with("fr", name),
            aliases: alias.map(|alias| ("dtm-api".to_owned(), alias.to_owned())).into_iter().collect(),
            valid_from: None,
            valid_to: None,
            became: Vec::new(),
        }
    }

    fn atlas() -> Atlas {
        let areas = [
            area("XS", 0, None, "Sorélie", None),
            area("XS01", 1, Some("XS"), "Haute-Rive", Some("Upper Bank")),
            area("XS11", 1, Some("XS"), "Val d'Or", None),
            area("XS0101", 2, Some("XS01"), "Saint-Étienne", None),
            area("XS0102", 2, Some("XS01"), "Saint-Étienne-le-Bas", None),
            area("TCD07", 1, None, "Lac", None),
        ];
        Atlas::new(areas, [])
    }

    fn code(text: &str, level: Option<u8>) -> String {
        match lookup(&atlas(), text, level) {
            Lookup::Code(pcode) => format!("{pcode}"),
            Lookup::Repaired(pcode, repair) => format!("{pcode} {repair:?}"),
            Lookup::Alias(pcode) => format!("alias {pcode}"),
            Lookup::Suggestions(near) => {
                near.iter().map(|(pcode, ..)| format!("?{pcode}")).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn a_code_is_found_as_it_stands_and_repaired_where_one_code_can_be_meant() {
        assert_eq!(code("XS0101", None), "XS0101");
        assert_eq!(code(" xs 01 01", None), "XS0101 Writing");
        assert_eq!(code("TD07", None), "TCD07 Length");
        assert_eq!(code("XSO", None), "XS Length");
        assert_eq!(code("XS1", Some(1)), "XS01 Length");
        assert_eq!(code("XSO0101", Some(2)), "XS0101 Length");
        assert_eq!(code("XS0101", Some(1)), "", "the level asked for is kept to");
        assert_eq!(code("XS99", None), "");
    }

    #[test]
    fn an_alias_is_found_and_a_name_is_only_suggested() {
        assert_eq!(code("upper  bank", None), "alias XS01");
        assert_eq!(code("saint etienne", None), "?XS0101 ?XS0102");
        assert_eq!(code("SAINT-ETIENNE", Some(2)), "?XS0101 ?XS0102");
        assert_eq!(code("", None), "");
        assert_eq!(code("Le reste n'a pas été collecté parce que le téléphone ne répondait plus ce jour-là", None), "");
    }
}
