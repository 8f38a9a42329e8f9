//! What is odd in the figures of a round beside those of the rounds before.
//!
//! Takes the figures of a round and of earlier ones, the places and the atlas; returns anomalies, each with a key that
//! stays the same when the round is looked at again, so that an explanation can be kept with it. A round is not cleared
//! while one is unexplained. Rules, with thresholds that an operation sets:
//!
//! - *Big change*: d = ln((now + 5)/(before + 5)). Each d is held against those of places in the same area of level 1
//!   and of like size, by the robust z of their median and median absolute deviation; a group of fewer than 20 is
//!   joined with all places of its size, then with all places. It is odd where |z| > 3.5 or the number more than doubled
//!   or halved (|d| > ln 2), and 50 persons or more are concerned.
//! - *Emptied*, *filled*, *appeared*, *vanished*: from people to none, from none to people, no figure before, none now.
//! - *Stale*: collected three rounds running, and the same every time.
//! - *Heaped*: of the figures collected in an area more are multiples of fifty than chance gives (a fiftieth; exact
//!   binomial tail below one in a thousand, five such figures at least): they are rough estimates.
//! - *Twin*: two places less than 2 km apart report the same households, persons and origin.
//!
//! Figures that are carried say nothing new: they take part in none of these, but for ending a place's history.
//! O(places·rounds + places·log places).

use crate::codes::{IDP_HH, IDP_IND};
use crate::near::near_pairs;
use crate::spread::Spread;
use crate::statistics::binomial_upper_tail;
use crate::wording::whole;
use dtm_model::{Atlas, Figure, How, Lang, Pcode, Place, Point, RoundLabel, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Thresholds of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnomalyRules {
    /// Robust z beyond which a change is odd among its like.
    pub z: f64,
    /// How many times a number may grow or shrink.
    pub times: f64,
    /// Persons below which a change is left alone.
    pub at_least: i64,
    /// Rounds running with the same number that are odd.
    pub stale_rounds: usize,
    /// Fewest places of a group to compare with.
    pub least_group: usize,
    /// Metres within which two places may be the same.
    pub near_m: f64,
    /// Numbers are heaped where they are multiples of this.
    pub heap: i64,
}

impl Default for AnomalyRules {
    fn default() -> Self {
        Self { z: 3.5, times: 2.0, at_least: 50, stale_rounds: 3, least_group: 20, near_m: 2000.0, heap: 50 }
    }
}

/// What anomalies are looked for in.
#[derive(Clone, Copy, Debug)]
pub struct AnomalyInput<'a> {
    /// The figures of the round.
    pub figures: &'a [Figure],
    /// Figures of earlier rounds, the newest first.
    pub earlier: &'a [(RoundLabel, Vec<Figure>)],
    /// The places, for their positions.
    pub places: &'a [Place],
    /// The areas.
    pub atlas: &'a Atlas,
    /// The thresholds.
    pub rules: AnomalyRules,
}

/// What kind of anomaly it is, with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Oddness {
    /// It changed more than its like.
    BigChange {
        /// Before.
        before: i64,
        /// Now.
        after: i64,
        /// Robust z among its like; none where they do not spread.
        z: Option<f64>,
        /// How many places it was held against.
        n_like: usize,
    },
    /// It had people and has none.
    Emptied {
        /// Before.
        before: i64,
    },
    /// It had none and has people.
    Filled {
        /// Now.
        after: i64,
    },
    /// It has a figure now and had none.
    Appeared {
        /// Now.
        after: i64,
    },
    /// It had a figure and has none now.
    Vanished {
        /// Before.
        before: i64,
    },
    /// The same number every time it was collected.
    Stale {
        /// The number.
        value: i64,
        /// How many rounds running.
        rounds: usize,
    },
    /// Too many round numbers in an area.
    Heaped {
        /// Figures collected there.
        n: usize,
        /// Those that are multiples of the heap.
        n_round: usize,
        /// The heap.
        heap: i64,
    },
    /// The same numbers as a place nearby.
    Twin {
        /// The other place.
        other: Ssid,
        /// How far away.
        distance_m: u32,
        /// The number of both.
        value: i64,
    },
}

/// Something odd.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anomaly {
    /// The place; none where it concerns an area.
    pub place: Option<Ssid>,
    /// The smallest area it concerns.
    pub area: Pcode,
    /// What is odd.
    pub oddness: Oddness,
}

impl Anomaly {
    /// What kind it is: `big_change`, `emptied`, `filled`, `appeared`, `vanished`, `stale`, `heaped`, `twin`.
    pub fn code(&self) -> &'static str {
        match self.oddness {
            Oddness::BigChange { .. } => "big_change",
            Oddness::Emptied { .. } => "emptied",
            Oddness::Filled { .. } => "filled",
            Oddness::Appeared { .. } => "appeared",
            Oddness::Vanished { .. } => "vanished",
            Oddness::Stale { .. } => "stale",
            Oddness::Heaped { .. } => "heaped",
            Oddness::Twin { .. } => "twin",
        }
    }

    /// What an explanation is kept under: the same as long as the same is odd, with the same numbers.
    pub fn key(&self) -> String {
        let about = self.place.as_ref().map_or(self.area.as_str(), |place| place.as_str());
        let numbers = match &self.oddness {
            Oddness::BigChange { before, after, .. } => format!("{before}>{after}"),
            Oddness::Emptied { before } | Oddness::Vanished { before } => format!("{before}>"),
            Oddness::Filled { after } | Oddness::Appeared { after } => format!(">{after}"),
            Oddness::Stale { value, rounds } => format!("{value}x{rounds}"),
            Oddness::Heaped { n, n_round, .. } => format!("{n_round}/{n}"),
            Oddness::Twin { other, value, .. } => format!("{other}={value}"),
        };
        format!("{}:{about}:{numbers}", self.code())
    }

    /// How many persons are concerned, to put the weightiest first.
    pub fn persons(&self) -> i64 {
        match &self.oddness {
            Oddness::BigChange { before, after, .. } => (after - before).abs(),
            Oddness::Emptied { before } | Oddness::Vanished { before } => *before,
            Oddness::Filled { after } | Oddness::Appeared { after } => *after,
            Oddness::Stale { value, .. } | Oddness::Twin { value, .. } => *value,
            Oddness::Heaped { .. } => 0,
        }
    }

    /// Says what is odd, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let n = |number: &i64| whole(*number, lang);
        match (&self.oddness, lang) {
            (Oddness::BigChange { before, after, .. }, Lang::En) => {
                format!("From {} to {} persons, unlike its neighbours or more than double or half", n(before), n(after))
            }
            (Oddness::BigChange { before, after, .. }, Lang::Fr) => format!(
                "De {} à {} personnes, autrement que ses voisins, ou plus du double ou de la moitié",
                n(before),
                n(after)
            ),
            (Oddness::Emptied { before }, Lang::En) => format!("Nobody now, {} persons before", n(before)),
            (Oddness::Emptied { before }, Lang::Fr) => format!("Plus personne, {} personnes auparavant", n(before)),
            (Oddness::Filled { after }, Lang::En) => format!("{} persons now, nobody before", n(after)),
            (Oddness::Filled { after }, Lang::Fr) => format!("{} personnes, personne auparavant", n(after)),
            (Oddness::Appeared { after }, Lang::En) => format!("New, with {} persons", n(after)),
            (Oddness::Appeared { after }, Lang::Fr) => format!("Nouveau, avec {} personnes", n(after)),
            (Oddness::Vanished { before }, Lang::En) => format!("No figure any more, {} persons before", n(before)),
            (Oddness::Vanished { before }, Lang::Fr) => format!("Plus de chiffre, {} personnes auparavant", n(before)),
            (Oddness::Stale { value, rounds }, Lang::En) => {
                format!("{} persons in {rounds} rounds running", n(value))
            }
            (Oddness::Stale { value, rounds }, Lang::Fr) => {
                format!("{} personnes {rounds} cycles de suite", n(value))
            }
            (Oddness::Heaped { n, n_round, heap }, Lang::En) => {
                format!("{n_round} of {n} figures are multiples of {heap}: they are rough estimates")
            }
            (Oddness::Heaped { n, n_round, heap }, Lang::Fr) => {
                format!("{n_round} chiffres sur {n} sont des multiples de {heap} : ce sont des estimations grossières")
            }
            (Oddness::Twin { other, distance_m, value }, Lang::En) => {
                format!("The same {} persons as {other}, {} m away", n(value), whole(i64::from(*distance_m), lang))
            }
            (Oddness::Twin { other, distance_m, value }, Lang::Fr) => {
                format!("Les mêmes {} personnes que {other}, à {} m", n(value), whole(i64::from(*distance_m), lang))
            }
        }
    }
}

/// Explanations an anomaly can be given, each with its words in English and French. A free text goes with them.
pub const EXPLANATIONS: [(&str, &str, &str); 9] = [
    ("new_displacement", "New displacement", "Nouveaux déplacements"),
    ("return", "Returned home", "Retour au foyer"),
    ("moved_on", "Moved to another place", "Départ vers un autre lieu"),
    ("place_opened", "Place opened", "Ouverture du lieu"),
    ("place_closed", "Place closed", "Fermeture du lieu"),
    ("access", "Access gained or lost", "Accès gagné ou perdu"),
    ("better_count", "Counted better than before", "Mieux compté qu’auparavant"),
    ("earlier_error", "The earlier figure was wrong", "Le chiffre précédent était faux"),
    ("confirmed", "Confirmed, cause not known", "Confirmé, cause inconnue"),
];

/// The anomalies that nobody explained yet; a round with any is not cleared. `explained` holds keys of anomalies.
pub fn unexplained(anomalies: &[Anomaly], explained: impl Fn(&str) -> bool) -> Vec<&Anomaly> {
    anomalies.iter().filter(|anomaly| !explained(&anomaly.key())).collect()
}

/// Looks for anomalies in the numbers of displaced persons. They come by kind as listed above, then by place and area.
pub fn anomalies(input: &AnomalyInput) -> Vec<Anomaly> {
    let now = by_place(input.figures);
    let before: Vec<BTreeMap<&Ssid, OfPlace>> = input.earlier.iter().map(|(_, figures)| by_place(figures)).collect();
    let mut found = Vec::new();
    if let Some(last) = before.first() {
        changes(input, &now, last, &mut found);
        comings_and_goings(&now, last, &mut found);
    }
    stale(input, &now, &before, &mut found);
    heaped(input, &now, &mut found);
    twins(input, &now, &mut found);
    found
}

/// What a round says of a place.
#[derive(Clone, Copy)]
struct OfPlace<'f> {
    area: &'f Pcode,
    persons: i64,
    households: Option<i64>,
    origin: Option<&'f Pcode>,
    n_origins: usize,
    carried: bool,
}

fn by_place(figures: &[Figure]) -> BTreeMap<&Ssid, OfPlace<'_>> {
    let mut places: BTreeMap<&Ssid, OfPlace> = BTreeMap::new();
    let mut households: HashMap<&Ssid, i64> = HashMap::new();
    for figure in figures.iter().filter(|figure| figure.breakdown.is_everyone()) {
        let value = figure.value.round() as i64;
        if figure.indicator == IDP_HH {
            *households.entry(&figure.place).or_default() += value;
        } else if figure.indicator == IDP_IND {
            let place = places.entry(&figure.place).or_insert(OfPlace {
                area: &figure.area,
                persons: 0,
                households: None,
                origin: figure.breakdown.origin.as_ref(),
                n_origins: 0,
                carried: false,
            });
            place.persons += value;
            place.n_origins += 1;
            place.carried |= matches!(figure.how, How::Carried { .. });
        }
    }
    for (place, of_place) in &mut places {
        of_place.households = households.get(place).copied();
    }
    places
}

/// d = ln((now + 5)/(before + 5)): small numbers move much in proportion, five on both sides calm them.
fn log_change(before: i64, after: i64) -> f64 {
    ((after as f64 + 5.0) / (before as f64 + 5.0)).ln()
}

/// 0 below 50 persons, 1 below 200, 2 below 1,000, 3 from there on.
fn size_class(persons: i64) -> u8 {
    [50, 200, 1000].iter().filter(|limit| persons >= **limit).count() as u8
}

fn changes(
    input: &AnomalyInput,
    now: &BTreeMap<&Ssid, OfPlace>,
    last: &BTreeMap<&Ssid, OfPlace>,
    found: &mut Vec<Anomaly>,
) {
    type Group<'a> = (Option<&'a Pcode>, Option<u8>);
    let admin1 = |area: &Pcode| input.atlas.ancestor(area, 1).map(|area| &area.pcode);
    let counted: Vec<(&Ssid, &OfPlace, i64)> = now
        .iter()
        .filter(|(_, now)| !now.carried)
        .filter_map(|(place, now)| {
            let before = last.get(*place).filter(|before| !before.carried)?;
            (before.persons > 0 && now.persons > 0).then_some((*place, now, before.persons))
        })
        .collect();
    let mut groups: HashMap<Group, Vec<f64>> = HashMap::new();
    for (_, now, before) in &counted {
        let d = log_change(*before, now.persons);
        let class = Some(size_class(*before));
        for group in [(admin1(now.area), class), (None, class), (None, None)] {
            groups.entry(group).or_default().push(d);
        }
    }
    let spreads: HashMap<Group, (usize, Spread)> = groups
        .into_iter()
        .filter_map(|(group, changes)| Some((group, (changes.len(), Spread::of(&changes)?))))
        .collect();
    for (place, now, before) in counted {
        let d = log_change(before, now.persons);
        let class = Some(size_class(before));
        let like = [(admin1(now.area), class), (None, class), (None, None)]
            .iter()
            .filter_map(|group| spreads.get(group))
            .find(|(n, _)| *n >= input.rules.least_group);
        let z = like.and_then(|(_, spread)| spread.z(d));
        let odd = z.is_some_and(|z| z.abs() > input.rules.z) || d.abs() > input.rules.times.ln();
        if odd && (now.persons - before).abs() >= input.rules.at_least {
            let n_like = like.map_or(0, |(n, _)| *n);
            let oddness = Oddness::BigChange { before, after: now.persons, z, n_like };
            found.push(Anomaly { place: Some(place.clone()), area: now.area.clone(), oddness });
        }
    }
}

fn comings_and_goings(now: &BTreeMap<&Ssid, OfPlace>, last: &BTreeMap<&Ssid, OfPlace>, found: &mut Vec<Anomaly>) {
    let mut odd: Vec<Anomaly> = Vec::new();
    for (place, now) in now.iter().filter(|(_, now)| !now.carried) {
        let oddness = match last.get(*place) {
            None if now.persons > 0 => Oddness::Appeared { after: now.persons },
            Some(before) if before.persons > 0 && now.persons == 0 => Oddness::Emptied { before: before.persons },
            Some(before) if before.persons == 0 && now.persons > 0 => Oddness::Filled { after: now.persons },
            _ => continue,
        };
        odd.push(Anomaly { place: Some((*place).clone()), area: now.area.clone(), oddness });
    }
    for (place, before) in last.iter().filter(|(place, before)| before.persons > 0 && !now.contains_key(*place)) {
        let oddness = Oddness::Vanished { before: before.persons };
        odd.push(Anomaly { place: Some((*place).clone()), area: before.area.clone(), oddness });
    }
    odd.sort_by(|a, b| (a.code(), &a.place).cmp(&(b.code(), &b.place)));
    found.extend(odd);
}

fn stale(
    input: &AnomalyInput,
    now: &BTreeMap<&Ssid, OfPlace>,
    before: &[BTreeMap<&Ssid, OfPlace>],
    found: &mut Vec<Anomaly>,
) {
    for (place, now) in now.iter().filter(|(_, now)| !now.carried && now.persons > 0) {
        let history = before.iter().map_while(|round| round.get(*place));
        let same = history.filter(|before| !before.carried).take_while(|before| before.persons == now.persons).count();
        let rounds = same + 1;
        if rounds >= input.rules.stale_rounds.max(2) {
            let oddness = Oddness::Stale { value: now.persons, rounds };
            found.push(Anomaly { place: Some((*place).clone()), area: now.area.clone(), oddness });
        }
    }
}

/// Fewest round figures that are looked at.
const LEAST_ROUND_FIGURES: usize = 5;
/// How rarely chance may give as many round figures.
const HEAPED_BY_CHANCE: f64 = 0.001;

fn heaped(input: &AnomalyInput, now: &BTreeMap<&Ssid, OfPlace>, found: &mut Vec<Anomaly>) {
    let heap = input.rules.heap.max(2);
    let mut areas: BTreeMap<&Pcode, (usize, usize)> = BTreeMap::new();
    // A number below the heap cannot be one of its multiples.
    for now in now.values().filter(|now| !now.carried && now.persons >= heap) {
        let area = input.atlas.ancestor(now.area, 1).map_or(now.area, |area| &area.pcode);
        let (n, n_round) = areas.entry(area).or_default();
        *n += 1;
        *n_round += usize::from(now.persons % heap == 0);
    }
    for (area, (n, n_round)) in areas {
        if n_round >= LEAST_ROUND_FIGURES
            && binomial_upper_tail(n_round as u64, n as u64, 1.0 / heap as f64) < HEAPED_BY_CHANCE
        {
            let oddness = Oddness::Heaped { n, n_round, heap };
            found.push(Anomaly { place: None, area: area.clone(), oddness });
        }
    }
}

fn twins(input: &AnomalyInput, now: &BTreeMap<&Ssid, OfPlace>, found: &mut Vec<Anomaly>) {
    let positions: HashMap<&Ssid, Option<Point>> =
        input.places.iter().map(|place| (&place.ssid, place.position)).collect();
    let counted: Vec<(&Ssid, &OfPlace)> =
        now.iter().filter(|(_, now)| !now.carried && now.persons > 0).map(|(place, now)| (*place, now)).collect();
    let at: Vec<Option<Point>> = counted.iter().map(|(place, _)| positions.get(*place).copied().flatten()).collect();
    for (a, b, metres) in near_pairs(&at, input.rules.near_m) {
        let ((place, one), (other, two)) = (counted[a], counted[b]);
        let same = |one: &OfPlace, two: &OfPlace| {
            one.persons == two.persons
                && one.households.is_some()
                && one.households == two.households
                && (one.n_origins, one.origin) == (two.n_origins, two.origin)
        };
        if same(one, two) {
            let oddness = Oddness::Twin { other: other.clone(), distance_m: metres.round() as u32, value: one.persons };
            found.push(Anomaly { place: Some(place.clone()), area: one.area.clone(), oddness });
        }
    }
}
