//! Invented place names, in French as people there write them and in English as foreigners do.

use dtm_model::{Area, Pcode, Text};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

const ONSETS: [&str; 28] = [
    "Ba", "Bré", "Ca", "Cha", "Cor", "Da", "Dou", "Fé", "Ga", "Gri", "Jo", "La", "Li", "Ma", "Mi", "Mon", "Na", "Or",
    "Pa", "Plé", "Qui", "Ra", "Ro", "Sa", "Té", "Tou", "Va", "Vi",
];
const MIDDLES: [&str; 20] =
    ["", "", "", "ba", "bi", "di", "la", "li", "lo", "ma", "mé", "na", "ni", "ra", "ri", "ro", "sa", "ti", "va", "zé"];
const ENDINGS: [&str; 26] = [
    "belle", "blanc", "bois", "court", "din", "doux", "drine", "gny", "landes", "lier", "lune", "mare", "mont", "ndre",
    "nelle", "nier", "quet", "rac", "relle", "rois", "ssade", "tal", "thier", "ville", "villon", "zay",
];
const SAINTS: [&str; 18] = [
    "Aurèle",
    "Bastien",
    "Cyprien",
    "Fulgence",
    "Gatien",
    "Honorat",
    "Lambert",
    "Léonce",
    "Maxence",
    "Norbert",
    "Philémon",
    "Romaric",
    "Rustique",
    "Sébald",
    "Servais",
    "Valéry",
    "Vivien",
    "Zénon",
];

/// A stem such as «Maribelle».
fn stem(rng: &mut ChaCha8Rng) -> String {
    let pick = |rng: &mut ChaCha8Rng, stock: &[&'static str]| *stock.choose(rng).expect("the stocks are not empty");
    format!("{}{}{}", pick(rng, &ONSETS), pick(rng, &MIDDLES), pick(rng, &ENDINGS))
}

/// Leaves out the accents, as a foreigner's map does.
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .map(|letter| match letter {
            'à' | 'â' => 'a',
            'ç' => 'c',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' => 'o',
            'ù' | 'û' => 'u',
            'À' | 'Â' => 'A',
            'É' | 'È' | 'Ê' => 'E',
            'Î' => 'I',
            'Ô' => 'O',
            '’' => '\'',
            other => other,
        })
        .collect()
}

/// The spelling of the public API: no accents, no hyphens.
fn api_spelling(french: &str) -> String {
    plain(french).replace(['-', '\''], " ")
}

/// A commune's name, English and French.
pub(crate) fn commune(rng: &mut ChaCha8Rng) -> (String, String) {
    let stem = stem(rng);
    let foreign = plain(&stem);
    match rng.random_range(0..16) {
        0 => (format!("{foreign} River"), format!("Rivière-{stem}")),
        1 => (format!("Cape {foreign}"), format!("Cap-{stem}")),
        2 => (format!("{foreign} Point"), format!("Pointe-{stem}")),
        3 => (format!("{foreign} Cove"), format!("Anse-{stem}")),
        4 => (format!("Great {foreign}"), format!("Grand-{stem}")),
        5 => (format!("Little {foreign}"), format!("Petit-{stem}")),
        6 | 7 => {
            let saint = *SAINTS.choose(rng).expect("there are saints");
            (format!("Saint-{}", plain(saint)), format!("Saint-{saint}"))
        }
        8 => (format!("Morne-{foreign}"), format!("Morne-{stem}")),
        9 => (format!("Port-{foreign}"), format!("Port-{stem}")),
        _ => (foreign, stem),
    }
}

/// A communal section's name, English and French; the French one may carry its article.
pub(crate) fn section(rng: &mut ChaCha8Rng) -> (String, String) {
    let stem = stem(rng);
    let foreign = plain(&stem);
    let vowel = matches!(stem.chars().next(), Some('O' | 'A' | 'E' | 'É' | 'I' | 'U'));
    match rng.random_range(0..14) {
        0 if vowel => (foreign, format!("L’{stem}")),
        0 => (foreign, format!("La {stem}")),
        1 => (format!("{foreign} Heights"), format!("Les Hauts de {stem}")),
        2 => (format!("{foreign} Wood"), format!("Bois-{stem}")),
        3 => (format!("{foreign} Valley"), format!("Fond-{stem}")),
        4 => (format!("{foreign} Plain"), format!("Plaine de {stem}")),
        5 => (format!("{foreign} Ravine"), format!("Ravine-{stem}")),
        6 => (format!("Upper {foreign}"), format!("Haut-{stem}")),
        7 => (format!("Lower {foreign}"), format!("Bas-{stem}")),
        _ => (foreign, stem),
    }
}

/// First-level names for the capital's region, then for the regions that lie farthest to the north, south, east and west.
pub(crate) const CAPITAL_REGION: (&str, &str) = ("Calaune Bay", "Baie-de-Calaune");
/// By bearing: north, south, east, west.
pub(crate) const BEARINGS: [(&str, &str); 4] = [
    ("North Cape", "Cap-Nord"),
    ("Southern Isles", "Îles-du-Sud"),
    ("Windward Shore", "Côte-au-Vent"),
    ("Leeward Shore", "Côte-sous-le-Vent"),
];
/// For the regions in between.
pub(crate) const INLAND: [(&str, &str); 8] = [
    ("Upper Miranne", "Haute-Miranne"),
    ("Lower Miranne", "Basse-Miranne"),
    ("Great Savanna", "Grande-Savane"),
    ("Ebrelle", "L’Ébrelle"),
    ("Serac Heights", "Hauts-de-Sérac"),
    ("Saltmarsh", "Marais-Salants"),
    ("Three Rivers", "Trois-Rivières-d’Orval"),
    ("Plateau", "Le Plateau"),
];
/// The capital, a commune of its region.
pub(crate) const CAPITAL: (&str, &str) = ("Port-Calaune", "Port-Calaune");

/// Hands out names so that no two areas of one level and parent share one.
#[derive(Default)]
pub(crate) struct Register {
    used: BTreeSet<String>,
}

impl Register {
    /// A name that was not given out yet.
    pub(crate) fn fresh(&mut self, mut draw: impl FnMut() -> (String, String)) -> (String, String) {
        loop {
            let name = draw();
            if self.used.insert(name.1.clone()) {
                return name;
            }
        }
    }
}

/// An area with its names and the spelling the public API would use.
pub(crate) fn area(pcode: Pcode, level: u8, parent: Option<Pcode>, (en, fr): (String, String)) -> Area {
    let mut aliases = BTreeMap::from([("dtm-api".to_owned(), api_spelling(&fr))]);
    if plain(&fr) != fr {
        aliases.insert("ascii".to_owned(), plain(&fr));
    }
    Area {
        pcode,
        level,
        parent,
        name: Text::both(en, fr),
        aliases,
        valid_from: chrono::NaiveDate::from_ymd_opt(2015, 1, 1),
        valid_to: None,
        became: Vec::new(),
    }
}

/// What a site is called by those who live there, given its type.
pub(crate) fn site(rng: &mut ChaCha8Rng, site_type: &str) -> String {
    let stem = stem(rng);
    let kinds: &[&str] = match site_type {
        "collective_centre" => {
            &["École nationale", "Lycée", "Gymnase", "Église", "Centre communal", "Théâtre", "Collège"]
        }
        "camp" => &["Camp", "Village provisoire", "Camp"],
        _ => &["Terrain de football", "Place", "Cour", "Marché", "Ancienne usine", "Stade"],
    };
    let kind = kinds.choose(rng).expect("every type has kinds");
    let joint = match *kind {
        "Terrain de football" | "École nationale" | "Marché" | "Gymnase" | "Théâtre" | "Stade" => {
            if stem.starts_with('O') { " d’" } else { " de " }
        }
        _ => " ",
    };
    format!("{kind}{joint}{stem}")
}

/// What a host locality is called.
pub(crate) fn locality(rng: &mut ChaCha8Rng) -> String {
    let stem = stem(rng);
    match rng.random_range(0..10) {
        0 => format!("Cité {stem}"),
        1 => format!("Ravine {stem}"),
        2 => format!("Haut {stem}"),
        3 => format!("Bas {stem}"),
        4 => format!("Carrefour {stem}"),
        5 => format!("Nan {stem}"),
        _ => stem,
    }
}
