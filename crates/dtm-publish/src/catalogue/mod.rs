//! What other catalogues and readers of news are told of published datasets.
//!
//! In: the releases of an operation, its datasets, the address the server is reached by, who publishes. Out: the entry
//! for HDX and its CKAN ([`hdx`]), the rows HDX HAPI makes of us ([`hapi`]), a Frictionless data package
//! ([`frictionless`]), DCAT-AP and schema.org as one graph in Turtle and JSON-LD ([`dcat`]), Atom ([`feed`]). All are
//! pure functions; addresses in them stay for ever.

pub mod dcat;
pub mod feed;
pub mod frictionless;
pub mod graph;
pub mod hapi;
pub mod hdx;

#[cfg(test)]
mod tests;

use crate::dataset::Dataset;
use crate::files::Format;
use dtm_model::{Instant, Lang};
use dtm_protect::Release;
use std::collections::BTreeMap;

pub use dtm_model::Publisher;

/// An operation as catalogues describe it.
pub struct Entry<'a, 'd> {
    /// The address the server is reached by, without a slash at its end.
    pub base: &'a str,
    /// The newest version of each published round, oldest first; at least one.
    pub releases: &'a [&'a Release],
    /// Its datasets.
    pub datasets: &'a [Dataset<'d>],
    /// Whether rounds are still collected.
    pub active: bool,
    /// Who publishes.
    pub publisher: &'a Publisher,
    /// Sums of files that were written, where they are known.
    pub sums: &'a Sums,
}

/// A file's size and checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
}

/// The sums of files by dataset, format and language.
pub type Sums = BTreeMap<(String, Format, Lang), Sum>;

impl Entry<'_, '_> {
    /// Short name of the operation in addresses.
    pub fn slug(&self) -> &str {
        self.newest().map_or("", |release| &release.heading().operation)
    }

    /// The newest release.
    fn newest(&self) -> Option<&Release> {
        self.releases.last().copied()
    }

    /// The page of the operation.
    pub fn page(&self, lang: Lang) -> String {
        format!("{}/{}/{}", self.base, lang.code(), self.slug())
    }

    /// Where a dataset's file is.
    pub fn file(&self, dataset: &str, format: Format, lang: Lang) -> String {
        format!("{}/data/{dataset}.{}", self.page(lang), format.extension())
    }

    /// Country and operation.
    pub fn name(&self, lang: Lang) -> String {
        let heading = self.newest().map(Release::heading);
        heading.map_or_else(String::new, |heading| {
            format!("{} – {}", heading.country.get(lang), heading.operation_name.get(lang))
        })
    }

    /// The first and the last day that anything was collected.
    fn period(&self) -> Option<(chrono::NaiveDate, chrono::NaiveDate)> {
        let first = self.releases.iter().map(|release| release.heading().starts_on).min()?;
        let last =
            self.releases.iter().map(|release| release.heading().reported_on.max(release.heading().ends_on)).max()?;
        Some((first, last))
    }

    /// When the newest release was made.
    fn made_at(&self) -> Instant {
        self.releases.iter().map(|release| release.made_at()).max().unwrap_or(Instant::from_millis(0))
    }

    fn issued_at(&self) -> Instant {
        self.releases.iter().map(|release| release.made_at()).min().unwrap_or(Instant::from_millis(0))
    }

    /// What the operation's data are, in a paragraph.
    pub fn notes(&self, lang: Lang) -> String {
        let Some(newest) = self.newest() else { return String::new() };
        let heading = newest.heading();
        let (n, round, reported_on) = (self.releases.len(), &heading.round, heading.reported_on);
        let country = heading.country.get(lang);
        match lang {
            Lang::En => format!(
                "Numbers of displaced and mobile people in {country}, as the Displacement Tracking Matrix counted or estimated them: {n} rounds, the newest of them round {round}, reported for {reported_on}. One row says of which round, area and group it is; numbers of one round may be added up, those of several rounds may not."
            ),
            Lang::Fr => format!(
                "Nombres de personnes déplacées et mobiles : {country}, comptées ou estimées par la Matrice de suivi des déplacements : {n} cycles, le plus récent étant le cycle {round}, chiffres au {reported_on}. Chaque ligne dit de quel cycle, de quelle zone et de quel groupe elle est ; on additionne les nombres d’un même cycle, jamais ceux de plusieurs cycles."
            ),
        }
    }

    /// How the figures were reached.
    pub fn methodology(&self, lang: Lang) -> String {
        let Some(heading) = self.newest().map(Release::heading) else { return String::new() };
        let (planned, reached, carried) =
            (heading.n_places_planned, heading.n_places_reached, heading.n_places_carried);
        match lang {
            Lang::En => format!(
                "Key informants and site registers, place by place, checked against other sources. In the newest round {reached} of {planned} places were assessed and {carried} carried from an earlier round; the columns ending in _carried say how much of a number that is."
            ),
            Lang::Fr => format!(
                "Informateurs clés et registres de sites, lieu par lieu, confrontés à d’autres sources. Au cycle le plus récent, {reached} lieux sur {planned} ont été évalués et {carried} reportés d’un cycle antérieur ; les colonnes terminées par _carried disent la part reportée d’un nombre."
            ),
        }
    }

    /// What a reader has to beware of.
    pub fn caveats(&self, lang: Lang) -> String {
        let Some(policy) = self.newest().map(Release::policy) else { return String::new() };
        let (persons, households) = (policy.min_persons, policy.min_households);
        match lang {
            Lang::En => format!(
                "Only numbers of groups are given, nothing about single persons. Numbers of fewer than {persons} persons or {households} households, and others that would give them away, are hidden; an empty cell is hidden or was not collected, as the column ending in _state says, and is not zero."
            ),
            Lang::Fr => format!(
                "Seuls des nombres de groupes sont donnés, rien sur des personnes. Les nombres de moins de {persons} personnes ou {households} ménages, et ceux qui les révéleraient, sont masqués ; une cellule vide est masquée ou non collectée, comme le dit la colonne terminée par _state, et n’est pas zéro."
            ),
        }
    }
}
