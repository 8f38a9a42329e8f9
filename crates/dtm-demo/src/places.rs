//! Where displaced people are looked for: sites, host localities and flow monitoring points.

use crate::calendar::{DemoRound, OVER, before};
use crate::country::Country;
use crate::names;
use crate::noise::mix;
use dtm_model::{Pcode, Place, PlaceKind, Ssid};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const N_SITES: usize = 170;
const N_LOCALITIES: usize = 280;
const N_FLOW_POINTS: usize = 6;

/// How a region fares in the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    /// The capital's region, where most violence happens.
    Capital,
    /// Beside it.
    Near,
    /// The rest of the country.
    Far,
}

/// What the story knows about a place of assessment beside its public side.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub(crate) adm3: usize,
    pub(crate) adm2: usize,
    pub(crate) adm1: usize,
    pub(crate) region: Region,
    /// Households at the level of the first round.
    pub(crate) households: f64,
    /// The round (as index) in which it holds displaced people for the first time.
    pub(crate) opens: usize,
    /// The round in which it is found empty, after which it is no longer visited.
    pub(crate) closes: Option<usize>,
    /// Main reason of displacement, a choice of the form.
    pub(crate) reason: &'static str,
    /// First- and second-level area most came from; none where nobody could tell.
    pub(crate) origin: Option<(usize, usize)>,
    /// Share of its households that are returnees once return begins.
    pub(crate) returns: f64,
}

/// Sites and localities, sorted by area; then the flow monitoring points.
pub(crate) fn generate(seed: u64, scale: u32, country: &Country, rounds: &[DemoRound]) -> (Vec<Place>, Vec<Spot>) {
    let mut rng = ChaCha8Rng::seed_from_u64(mix(seed ^ 0x504C_4143));
    let region = |adm1: usize| match adm1 {
        0 => Region::Capital,
        other if country.near_capital.contains(&other) => Region::Near,
        _ => Region::Far,
    };
    let adm1_of = |adm3: usize| country.parent[1][country.parent[2][adm3]];
    // In the capital's region most crowd into its first communes.
    let crowd = |adm3: usize| match country.parent[2][adm3] {
        0 => 3.0,
        1..=4 => 1.6,
        _ => 1.0,
    };
    let weigh = |capital: f64, near: f64, far: f64| {
        Lottery::new((0..country.codes[2].len()).map(|adm3| match region(adm1_of(adm3)) {
            Region::Capital => capital * crowd(adm3),
            Region::Near => near,
            Region::Far => far,
        }))
    };
    let (for_sites, for_localities) = (weigh(5.2, 1.3, 0.7), weigh(1.9, 1.6, 0.9));
    let mut drawn: Vec<(usize, bool)> = Vec::new();
    for _ in 0..N_SITES * scale as usize {
        drawn.push((for_sites.draw(&mut rng), true));
    }
    // A few communes hold no locality that takes displaced people in; of every other one, at least one is known.
    let barren: Vec<bool> = (0..country.codes[1].len()).map(|adm2| adm2 > 4 && rng.random_bool(0.1)).collect();
    for (adm3, adm2) in first_sections(country) {
        if !barren[adm2] {
            drawn.push((adm3, false));
        }
    }
    while drawn.len() < (N_SITES + N_LOCALITIES) * scale as usize {
        let adm3 = for_localities.draw(&mut rng);
        if !barren[country.parent[2][adm3]] {
            drawn.push((adm3, false));
        }
    }
    drawn.retain(|(adm3, is_site)| *is_site || !barren[country.parent[2][*adm3]]);
    drawn.sort_unstable();

    let mut places = Vec::with_capacity(drawn.len() + N_FLOW_POINTS);
    let mut spots = Vec::with_capacity(drawn.len());
    let mut numbers = [0u32; 2];
    for (index, (adm3, is_site)) in drawn.into_iter().enumerate() {
        let adm2 = country.parent[2][adm3];
        let adm1 = country.parent[1][adm2];
        let spot = spot(&mut rng, country, (adm3, adm2, adm1), region(adm1), is_site);
        numbers[is_site as usize] += 1;
        let letter = if is_site { 'S' } else { 'L' };
        let site_type = if is_site { site_type(&mut rng) } else { "dispersed" };
        let first_day = rounds[spot.opens].starts_on;
        places.push(Place {
            ssid: Ssid(format!("XSO-{letter}{:05}", numbers[is_site as usize])),
            kind: if is_site { PlaceKind::Site } else { PlaceKind::HostCommunity },
            name: if is_site { names::site(&mut rng, site_type) } else { names::locality(&mut rng) },
            area: country.codes[2][adm3].clone(),
            site_type: Some(site_type.to_owned()),
            position: Some(country.position(adm3, index as u64)),
            // A locality that has always taken people in has no first day; one that began during the crisis has.
            opened_on: (is_site || spot.opens > 0).then(|| before(first_day, rng.random_range(3..40))),
            closed_on: spot.closes.map(|round| before(rounds[round].starts_on, rng.random_range(2..20))),
            aliases: Vec::new(),
            merged_into: None,
        });
        spots.push(spot);
    }
    places.extend(flow_points(&mut rng, country));
    (places, spots)
}

/// The first section of every commune.
fn first_sections(country: &Country) -> Vec<(usize, usize)> {
    let mut sections: Vec<(usize, usize)> = Vec::new();
    for (adm3, adm2) in country.parent[2].iter().enumerate() {
        if sections.last().is_none_or(|(_, last)| last != adm2) {
            sections.push((adm3, *adm2));
        }
    }
    sections
}

fn site_type(rng: &mut ChaCha8Rng) -> &'static str {
    match rng.random_range(0..100) {
        0..46 => "collective_centre",
        46..88 => "informal_settlement",
        _ => "camp",
    }
}

fn spot(
    rng: &mut ChaCha8Rng,
    country: &Country,
    (adm3, adm2, adm1): (usize, usize, usize),
    region: Region,
    is_site: bool,
) -> Spot {
    let size: f64 = rng.random();
    let cube = size * size * size;
    // Few places are large; one locality in twelve takes nobody in.
    let households = match is_site {
        true => 24.0 + 330.0 * cube,
        false if rng.random_bool(0.08) => 0.0,
        // Small, yet never so small that a commune's total would have to be hidden.
        false => 18.0 + 156.0 * cube * size,
    };
    let opens = match (is_site, rng.random_range(0..100)) {
        (true, 0..44) | (false, 0..78) => 0,
        (true, 44..50) => 1,
        (true, 50..57) => 2,
        (true, 57..78) | (false, 78..93) => 3,
        (true, 78..82) => 4,
        (true, 82..96) if region != Region::Far => 5,
        (true, _) => 6,
        (false, _) => 5,
    };
    let closes = (is_site && rng.random_bool(0.1)).then(|| rng.random_range(4..OVER).max(opens + 2));
    Spot {
        adm3,
        adm2,
        adm1,
        region,
        households,
        opens,
        closes: closes.filter(|round| *round < OVER),
        reason: reason(rng, region),
        origin: origin(rng, country, region, adm1),
        returns: if !is_site && region != Region::Far && rng.random_bool(0.6) {
            rng.random_range(0.3..1.7)
        } else {
            0.0
        },
    }
}

fn reason(rng: &mut ChaCha8Rng, region: Region) -> &'static str {
    let dice = rng.random_range(0..100);
    match (region, dice) {
        (_, 97..) => "",
        (Region::Capital, 0..58) | (Region::Near, 0..48) | (Region::Far, 0..36) => "conflict_displacement",
        (Region::Capital, 58..92) | (Region::Near, 48..86) | (Region::Far, 36..74) => "insecurity",
        (Region::Far, 74..91) | (Region::Near, 86..92) => "climate_disaster",
        (Region::Far, 91..93) => "nonclimate_disaster",
        (Region::Far, 93..95) => "environment_health",
        _ => "other",
    }
}

/// Most people come from the capital's region, the more so the nearer to it.
fn origin(rng: &mut ChaCha8Rng, country: &Country, region: Region, adm1: usize) -> Option<(usize, usize)> {
    let dice = rng.random_range(0..100);
    let from = match (region, dice) {
        (_, 97..) => return None,
        (Region::Capital, 0..94) | (Region::Near, 0..74) | (Region::Far, 0..57) => 0,
        (Region::Capital, _) | (Region::Near, 92..) | (Region::Far, 88..) => {
            rng.random_range(0..country.codes[0].len())
        }
        _ => adm1,
    };
    let communes: Vec<usize> = (0..country.codes[1].len()).filter(|adm2| country.parent[1][*adm2] == from).collect();
    // The first communes of the capital's region are its most violent ones.
    let reach = if from == 0 { communes.len().min(5) } else { communes.len() };
    Some((from, communes[rng.random_range(0..reach)]))
}

fn flow_points(rng: &mut ChaCha8Rng, country: &Country) -> Vec<Place> {
    const NAMES: [&str; N_FLOW_POINTS] = [
        "Gare routière du Nord",
        "Port de Calaune",
        "Pont-Miranne",
        "Carrefour Orval",
        "Embarcadère des Îles",
        "Barrière du Plateau",
    ];
    let n_regions = country.codes[0].len();
    NAMES
        .iter()
        .enumerate()
        .map(|(index, name)| {
            // The port lies in the capital, the others in regions spread over the country.
            let wanted = if index == 1 { 0 } else { (1 + index * 2) % n_regions };
            let of_region: Vec<usize> = (0..country.codes[2].len())
                .filter(|adm3| country.parent[1][country.parent[2][*adm3]] == wanted && country.size(*adm3) > 5)
                .collect();
            let adm3 = if index == 1 { 0 } else { of_region[rng.random_range(0..of_region.len())] };
            Place {
                ssid: Ssid(format!("XSO-F{:02}", index + 1)),
                kind: PlaceKind::FlowPoint,
                name: (*name).to_owned(),
                area: country.codes[2][adm3].clone(),
                site_type: None,
                position: Some(country.position(adm3, 900_000 + index as u64)),
                opened_on: None,
                closed_on: None,
                aliases: Vec::new(),
                merged_into: None,
            }
        })
        .collect()
}

/// Draws an index with a chance proportional to its weight.
struct Lottery {
    upto: Vec<f64>,
}

impl Lottery {
    fn new(weights: impl Iterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let upto = weights
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        Self { upto }
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> usize {
        let total = self.upto.last().copied().unwrap_or(0.0);
        let at = rng.random::<f64>() * total;
        self.upto.partition_point(|upto| *upto <= at).min(self.upto.len().saturating_sub(1))
    }
}

/// The codes of an area and of those above it, largest first.
pub(crate) fn chain<'a>(country: &'a Country, spot: &Spot) -> [&'a Pcode; 3] {
    [&country.codes[0][spot.adm1], &country.codes[1][spot.adm2], &country.codes[2][spot.adm3]]
}
