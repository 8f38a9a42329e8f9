//! Recognises the columns of a file of areas by the spellings that COD-AB and p-code lists use.
//!
//! `ADM2_PCODE`, `admin2Pcode`, `Admin 2 P-Code` are one name once case and punctuation are gone.

use super::raw::{AreaOptions, RawArea};
use std::collections::BTreeSet;

/// What each column holds.
pub(super) struct Columns {
    pub(super) level: u8,
    pub(super) level_column: Option<String>,
    pub(super) location: Option<String>,
    pub(super) pcode: String,
    pub(super) parent: Option<String>,
    /// Language and column.
    pub(super) names: Vec<(String, String)>,
    /// Key and column of other spellings.
    pub(super) aliases: Vec<(String, String)>,
    pub(super) valid_from: Option<String>,
    pub(super) valid_to: Option<String>,
    /// The levels above, from the country down.
    pub(super) above: Vec<Above>,
}

/// The columns that speak of an area above.
pub(super) struct Above {
    pub(super) level: u8,
    pub(super) pcode: String,
    pub(super) names: Vec<(String, String)>,
}

struct Names<'a> {
    columns: Vec<(String, &'a str)>,
    language: &'a str,
}

/// Tells the columns apart; none where no column of p-codes can be told.
pub(super) fn recognise(rows: &[RawArea], options: &AreaOptions) -> Option<Columns> {
    let all: BTreeSet<&str> =
        rows.iter().take(200).flat_map(|row| row.properties.iter().map(|(name, _)| name.as_str())).collect();
    let names = Names {
        columns: all.iter().map(|name| (key(name), *name)).collect(),
        language: options.language.as_deref().unwrap_or("en"),
    };
    let level_column = names.first(&["adminlevel", "admlevel", "level", "niveau"]);
    let deepest = (0..=4).rev().find(|level| names.pcode(*level).is_some());
    let level = options.level.or(deepest).unwrap_or(1);
    let plain = ["pcode", "admpcode", "adminpcode", "code"];
    let pcode = match &options.pcode {
        Some(column) => all.contains(column.as_str()).then(|| column.clone())?,
        None => names.pcode(level).or_else(|| names.first(&plain))?,
    };
    // Without a level said, a bare column of codes needs a column of levels beside it.
    if options.level.is_none() && options.pcode.is_none() && names.pcode(level).is_none() && level_column.is_none() {
        return None;
    }
    let parent = options.parent.clone().or_else(|| {
        let above = level.checked_sub(1).and_then(|above| names.pcode(above));
        names.first(&["parentpcode", "parentcode", "parent"]).or(above)
    });
    let mut above = Vec::new();
    for level in 0..level {
        if let Some(pcode) = names.pcode(level) {
            above.push(Above { level, pcode, names: names.of_level(level) });
        }
    }
    let mut own = names.of_level(level);
    if own.is_empty() {
        own = names.plain();
    }
    if !options.names.is_empty() {
        own = options.names.iter().map(|(lang, column)| (lang.clone(), column.clone())).collect();
    }
    Some(Columns {
        level,
        level_column,
        location: names.first(&["location", "iso3", "countrycode"]),
        pcode,
        parent,
        names: own,
        aliases: names.aliases(level),
        valid_from: names.first(&["validfromdate", "validfrom"]),
        valid_to: names.first(&["validto", "validtodate"]),
        above,
    })
}

/// A column's name without case and punctuation.
fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Names<'_> {
    fn first(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|wanted| {
            self.columns.iter().find(|(key, _)| key == wanted).map(|(_, column)| (*column).to_owned())
        })
    }

    fn pcode(&self, level: u8) -> Option<String> {
        let keys = ["adm{n}pcode", "admin{n}pcode", "adm{n}code", "admin{n}code"].map(|key| at(key, level));
        self.first(&keys.each_ref().map(String::as_str))
    }

    /// Columns of names of a level: `ADM2_FR`, `admin2Name_fr`, `adm2_name`.
    fn of_level(&self, level: u8) -> Vec<(String, String)> {
        let stems = ["admin{n}name", "adm{n}name", "admin{n}", "adm{n}"].map(|stem| at(stem, level));
        self.with_languages(&stems)
    }

    /// Columns of names that tell no level: `name`, `name_fr`, `nom`.
    fn plain(&self) -> Vec<(String, String)> {
        let mut names = self.with_languages(&["name".to_owned()]);
        if let Some(column) = self.first(&["nom"]) {
            names.push(("fr".to_owned(), column));
        }
        names
    }

    fn with_languages(&self, stems: &[String]) -> Vec<(String, String)> {
        let mut names: Vec<(String, String)> = Vec::new();
        for (key, column) in &self.columns {
            let language = stems.iter().find_map(|stem| match key.strip_prefix(stem.as_str()) {
                Some("") if stem.ends_with("name") => Some(self.language.to_owned()),
                // A code of two letters that is no language stands for an attribute.
                Some(rest) if rest.len() == 2 && rest.bytes().all(|b| b.is_ascii_lowercase()) && rest != "id" => {
                    Some(rest.to_owned())
                }
                _ => None,
            });
            if let Some(language) = language
                && !names.iter().any(|(known, _)| *known == language)
            {
                names.push((language, (*column).to_owned()));
            }
        }
        names
    }

    /// Columns of other spellings: `ADM2ALT1FR`.
    fn aliases(&self, level: u8) -> Vec<(String, String)> {
        let stem = at("adm{n}alt", level);
        let alias = |(key, column): &(String, &str)| {
            let rest = key.strip_prefix(&stem)?;
            (rest.len() <= 4 && !rest.is_empty()).then(|| (format!("alt{rest}"), (*column).to_owned()))
        };
        self.columns.iter().filter_map(alias).collect()
    }
}

fn at(key: &str, level: u8) -> String {
    key.replace("{n}", &level.to_string())
}
