//! What is wrong with a file of areas or places, said to the person who brought it.

use crate::wording::{Facts, Wording, say};
use dtm_model::Lang;

/// Something in a file of areas or places, or in an atlas, that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceProblem {
    /// Stable code, such as `orphan`.
    pub code: &'static str,
    /// What was met, by the names that the message uses (`pcode`, `parent`, `row`).
    pub facts: Facts,
}

impl PlaceProblem {
    pub(super) fn new(code: &'static str, facts: Facts) -> Self {
        Self { code, facts }
    }

    /// Says the problem in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        say(WORDINGS, self.code, &self.facts, lang)
    }
}

/// Why a file gave no areas at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceFileError {
    /// The name's ending and the content tell no known format.
    #[error("`{name}` is none of GeoJSON, TopoJSON, zipped Shapefile and CSV")]
    UnknownFormat {
        /// The file's name.
        name: String,
    },
    /// Larger, or with more points or areas, than any country's boundaries.
    #[error("`{name}` is too large ({what})")]
    TooLarge {
        /// The file's name.
        name: String,
        /// What there is too much of.
        what: String,
    },
    /// Not readable as what it is.
    #[error("`{name}` is not readable as {format} ({detail})")]
    Malformed {
        /// The file's name.
        name: String,
        /// The format expected.
        format: &'static str,
        /// What was met.
        detail: String,
    },
    /// No column or property could be told to be the p-code.
    #[error("`{name}` has no column or property with p-codes that could be told for certain")]
    NoPcodes {
        /// The file's name.
        name: String,
        /// The columns or properties there are.
        found: Vec<String>,
    },
}

impl PlaceFileError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            PlaceFileError::UnknownFormat { .. } => "unknown_format",
            PlaceFileError::TooLarge { .. } => "too_large",
            PlaceFileError::Malformed { .. } => "malformed",
            PlaceFileError::NoPcodes { .. } => "no_pcodes",
        }
    }

    /// Says the error, and what to do, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (PlaceFileError::UnknownFormat { name }, Lang::En) => {
                format!(
                    "{name} is none of GeoJSON, TopoJSON, zipped Shapefile and CSV; export the areas as one of these"
                )
            }
            (PlaceFileError::UnknownFormat { name }, Lang::Fr) => {
                format!(
                    "{name} n’est ni GeoJSON, ni TopoJSON, ni Shapefile zippé, ni CSV ; exportez les zones dans l’un de ces formats"
                )
            }
            (PlaceFileError::TooLarge { name, what }, Lang::En) => {
                format!("{name} is too large ({what}); simplify the boundaries or bring one country at a time")
            }
            (PlaceFileError::TooLarge { name, what }, Lang::Fr) => {
                format!("{name} est trop grand ({what}) ; simplifiez les limites ou apportez un pays à la fois")
            }
            (PlaceFileError::Malformed { name, format, detail }, Lang::En) => {
                format!("{name} is not readable as {format} ({detail}); export it again")
            }
            (PlaceFileError::Malformed { name, format, detail }, Lang::Fr) => {
                format!("{name} n’est pas lisible comme {format} ({detail}) ; exportez-le de nouveau")
            }
            (PlaceFileError::NoPcodes { name, found }, Lang::En) => {
                format!(
                    "{name} has no column of p-codes that could be told for certain; name it (there are: {})",
                    found.join(", ")
                )
            }
            (PlaceFileError::NoPcodes { name, found }, Lang::Fr) => {
                format!(
                    "{name} n’a pas de colonne de p-codes reconnaissable avec certitude ; nommez-la (il y a : {})",
                    found.join(", ")
                )
            }
        }
    }
}

const WORDINGS: &[Wording] = &[
    Wording {
        code: "position_meant",
        en: "row {row} ({ssid}): the latitude and longitude {written} do not lie in the country and were left out; {meant} would, so check whether they were swapped or a minus sign is missing",
        fr: "ligne {row} ({ssid}) : la latitude et la longitude {written} sont hors du pays et ont été laissées de côté ; {meant} y serait, vérifiez si elles ont été interverties ou s’il manque un signe moins",
    },
    Wording {
        code: "position_elsewhere",
        en: "row {row} ({ssid}): the latitude and longitude {written} do not lie in the country and were left out",
        fr: "ligne {row} ({ssid}) : la latitude et la longitude {written} sont hors du pays et ont été laissées de côté",
    },
    Wording {
        code: "no_pcode",
        en: "row {row} has no p-code and was left out",
        fr: "la ligne {row} n’a pas de p-code et a été laissée de côté",
    },
    Wording {
        code: "odd_pcode",
        en: "row {row}: «{pcode}» is no usable p-code and was left out",
        fr: "ligne {row} : « {pcode} » n’est pas un p-code utilisable et a été laissé de côté",
    },
    Wording { code: "no_name", en: "{pcode} has no name", fr: "{pcode} n’a pas de nom" },
    Wording {
        code: "foreign_code",
        en: "{pcode} does not begin with the country's letters {country}",
        fr: "{pcode} ne commence pas par les lettres du pays {country}",
    },
    Wording {
        code: "duplicate_code",
        en: "{pcode} occurs {n} times; names are taken from the first, outlines were put together",
        fr: "{pcode} apparaît {n} fois ; les noms viennent de la première, les contours ont été réunis",
    },
    Wording {
        code: "alike_codes",
        en: "{pcode} and {other} differ only in how they are written",
        fr: "{pcode} et {other} ne diffèrent que par la graphie",
    },
    Wording {
        code: "odd_level",
        en: "row {row}: «{level}» is not a level from 0 to 4",
        fr: "ligne {row} : « {level} » n’est pas un niveau de 0 à 4",
    },
    Wording {
        code: "outside_the_world",
        en: "the outline of {pcode} holds positions that are not degrees; transform the file to WGS 84",
        fr: "le contour de {pcode} contient des positions qui ne sont pas des degrés ; convertissez le fichier en WGS 84",
    },
    Wording {
        code: "broken_outline",
        en: "the outline of {pcode} has a ring of fewer than three corners, which was left out",
        fr: "le contour de {pcode} a un anneau de moins de trois sommets, qui a été laissé de côté",
    },
    Wording {
        code: "no_outline_in_file",
        en: "{pcode} has no outline in the file",
        fr: "{pcode} n’a pas de contour dans le fichier",
    },
    Wording {
        code: "orphan",
        en: "{pcode} {name} lies in {parent}, which is not among the areas",
        fr: "{pcode} {name} se trouve dans {parent}, absent des zones",
    },
    Wording {
        code: "no_parent",
        en: "{pcode} {name} names no area it lies in",
        fr: "{pcode} {name} ne nomme aucune zone qui la contienne",
    },
    Wording {
        code: "cycle",
        en: "{pcode} {name} lies in itself by way of {parent}",
        fr: "{pcode} {name} se contient elle-même en passant par {parent}",
    },
    Wording {
        code: "level_jump",
        en: "{pcode} {name} is of level {level}, but {parent} in which it lies is of level {parent_level}",
        fr: "{pcode} {name} est de niveau {level}, mais {parent} qui la contient est de niveau {parent_level}",
    },
    Wording {
        code: "not_under_parents_code",
        en: "the code {pcode} does not begin with that of {parent}, in which it lies",
        fr: "le code {pcode} ne commence pas par celui de {parent}, qui la contient",
    },
    Wording {
        code: "outline_missing",
        en: "{pcode} {name} has no outline, though other areas of level {level} have one",
        fr: "{pcode} {name} n’a pas de contour, alors que d’autres zones de niveau {level} en ont un",
    },
    Wording {
        code: "outline_outside_parent",
        en: "the outline of {pcode} {name} lies mostly outside {parent}",
        fr: "le contour de {pcode} {name} est en grande partie hors de {parent}",
    },
    Wording {
        code: "missing_column",
        en: "the list has no column `{column}`",
        fr: "la liste n’a pas de colonne « {column} »",
    },
    Wording {
        code: "unreadable_row",
        en: "row {row} cannot be read ({detail})",
        fr: "la ligne {row} ne peut être lue ({detail})",
    },
    Wording {
        code: "no_ssid",
        en: "row {row} has no id (SSID) and was left out",
        fr: "la ligne {row} n’a pas d’identifiant (SSID) et a été laissée de côté",
    },
    Wording {
        code: "duplicate_ssid",
        en: "row {row}: the id {ssid} stands already in row {first}; the first one counts",
        fr: "ligne {row} : l’identifiant {ssid} figure déjà à la ligne {first} ; le premier compte",
    },
    Wording {
        code: "unknown_area",
        en: "row {row}: «{area}» is not the p-code of an area that is loaded; {ssid} was left out",
        fr: "ligne {row} : « {area} » n’est pas le p-code d’une zone chargée ; {ssid} a été laissé de côté",
    },
    Wording {
        code: "unknown_area_name",
        en: "row {row}: «{area}» is not a p-code; is it {nearest}? {ssid} was left out",
        fr: "ligne {row} : « {area} » n’est pas un p-code ; s’agit-il de {nearest} ? {ssid} a été laissé de côté",
    },
    Wording {
        code: "area_repaired",
        en: "row {row}: «{area}» was read as {pcode}",
        fr: "ligne {row} : « {area} » a été lu comme {pcode}",
    },
    Wording {
        code: "unknown_kind",
        en: "row {row}: «{kind}» is not a kind of place (site, host_community, flow_point); {ssid} was left out",
        fr: "ligne {row} : « {kind} » n’est pas un genre de lieu (site, host_community, flow_point) ; {ssid} a été laissé de côté",
    },
    Wording {
        code: "odd_position",
        en: "row {row}: {ssid} has no position on earth; it is kept without one",
        fr: "ligne {row} : {ssid} n’a pas de position sur terre ; il est gardé sans position",
    },
    Wording {
        code: "position_outside_area",
        en: "row {row}: the position of {ssid} lies outside {area}",
        fr: "ligne {row} : la position de {ssid} est hors de {area}",
    },
    Wording {
        code: "odd_date",
        en: "row {row}: «{value}» is not a date; {ssid} is kept without it",
        fr: "ligne {row} : « {value} » n’est pas une date ; {ssid} est gardé sans elle",
    },
    Wording {
        code: "closed_before_opened",
        en: "row {row}: {ssid} closed on {closed_on}, before it opened on {opened_on}",
        fr: "ligne {row} : {ssid} a fermé le {closed_on}, avant son ouverture le {opened_on}",
    },
];

#[cfg(test)]
pub(super) fn worded(code: &str) -> bool {
    WORDINGS.iter().any(|wording| wording.code == code)
}
