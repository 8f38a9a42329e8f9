//! The land: which cells of a fine lattice are dry, and to which area of each level they belong.
//!
//! A noisy oval with a gulf and an island is cut into third-level areas around seeds that lie closer together near the
//! capital; those are gathered into second-level areas and these into first-level ones. Borders wander because distances
//! are measured on a warped plane.

use crate::nearest::{Nearest, square};
use crate::noise::{fractal, hill, lattice, mix};
use crate::regions::{cluster, rank, reunite};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Width of a cell in kilometres.
pub(crate) const CELL_KM: f64 = 0.9;
/// Cells from west to east.
pub(crate) const COLUMNS: usize = 190;
/// Cells from south to north.
pub(crate) const ROWS: usize = 248;
const N_ADM1: usize = 10;
const N_ADM2: usize = 140;
const N_ADM3: usize = 570;
/// The label of a cell under water.
pub(crate) const SEA: u16 = 0;

/// The lattice with the area of each cell, per level. Labels count from 1 and follow the order of the p-codes.
pub(crate) struct Land {
    /// Labels of levels 0 to 3, one per cell, row by row from the south-west.
    pub(crate) labels: [Vec<u16>; 4],
    /// For levels 1 to 3 (index 0 to 2): the label of the parent, by label - 1.
    pub(crate) parent: [Vec<u16>; 3],
    /// For levels 1 to 3 (index 0 to 2): centre of the area's cells in km, by label - 1.
    pub(crate) centre: [Vec<(f64, f64)>; 3],
    /// First-level labels that share a border with the capital's.
    pub(crate) near_capital: Vec<u16>,
    /// The third-level label the capital's centre lies in.
    pub(crate) capital: u16,
}

/// Centre of a cell in kilometres from the middle of the lattice, x to the east, y to the north.
pub(crate) fn cell_centre(cell: usize) -> (f64, f64) {
    let (column, row) = (cell % COLUMNS, cell / COLUMNS);
    ((column as f64 + 0.5 - COLUMNS as f64 / 2.0) * CELL_KM, (row as f64 + 0.5 - ROWS as f64 / 2.0) * CELL_KM)
}

/// The cells that share a side with this one.
fn beside(cell: usize) -> impl Iterator<Item = usize> {
    let (column, row) = (cell % COLUMNS, cell / COLUMNS);
    [
        (column > 0).then(|| cell - 1),
        (column + 1 < COLUMNS).then_some(cell + 1),
        (row > 0).then(|| cell - COLUMNS),
        (row + 1 < ROWS).then_some(cell + COLUMNS),
    ]
    .into_iter()
    .flatten()
}

const GULF: (f64, f64) = (-56.0, -8.0);
const ISLAND: (f64, f64) = (54.0, -80.0);
const SECOND_ISLAND: (f64, f64) = (-62.0, 52.0);

impl Land {
    /// Raises the land of this seed.
    pub(crate) fn raise(seed: u64, rng: &mut ChaCha8Rng) -> Land {
        let mut dry = coast(seed);
        keep_large_pieces(&mut dry);
        let land: Vec<usize> = (0..dry.len()).filter(|cell| dry[*cell]).collect();
        let harbour =
            land.iter().copied().min_by(|a, b| square(cell_centre(*a), GULF).total_cmp(&square(cell_centre(*b), GULF)));
        let harbour = cell_centre(harbour.expect("the oval always leaves land"));
        let mut seeds = scatter(rng, &land, harbour);
        let warped: Vec<(f64, f64)> = land.iter().map(|cell| warp(seed, cell_centre(*cell))).collect();
        for _ in 0..2 {
            settle(&mut seeds, &warped);
        }
        let nearest = Nearest::new(&seeds);
        let mut labels = vec![SEA; dry.len()];
        for (cell, at) in land.iter().zip(&warped) {
            labels[*cell] = nearest.of(*at) as u16 + 1;
        }
        tidy(&mut labels);
        Land::gather(labels, rng, harbour)
    }

    /// Gathers third-level areas into second- and first-level ones and numbers all of them.
    fn gather(mut adm3: Vec<u16>, rng: &mut ChaCha8Rng, harbour: (f64, f64)) -> Land {
        compact(&mut adm3);
        let centre3 = centres(&adm3);
        let borders3 = borders(&adm3);
        let mut of3 = cluster(&centre3, N_ADM2, rng);
        reunite(&mut of3, &borders3);
        let adm2: Vec<u16> =
            adm3.iter().map(|label| if *label == SEA { SEA } else { of3[*label as usize - 1] }).collect();
        let centre2 = centres(&adm2);
        let borders2 = borders(&adm2);
        let mut of2 = cluster(&centre2, N_ADM1, rng);
        reunite(&mut of2, &borders2);

        // Numbers: the capital's areas come first, the others from north to south.
        let capital = (0..centre3.len())
            .min_by(|a, b| square(centre3[*a], harbour).total_cmp(&square(centre3[*b], harbour)))
            .expect("there are third-level areas");
        let (capital2, capital1) = (of3[capital], of2[of3[capital] as usize - 1]);
        let adm1: Vec<u16> =
            adm2.iter().map(|label| if *label == SEA { SEA } else { of2[*label as usize - 1] }).collect();
        let centre1 = centres(&adm1);
        let order1 = ordered(&centre1, |label| (label != capital1, 0));
        let order2 = ordered(&centre2, |label| (label != capital2, rank(&order1, of2[label as usize - 1])));
        let order3 = ordered(&centre3, |label| (label != capital as u16 + 1, rank(&order2, of3[label as usize - 1])));
        let renumber = |labels: &[u16], order: &[u16]| -> Vec<u16> {
            let mut number = vec![SEA; order.len() + 1];
            for (at, label) in order.iter().enumerate() {
                number[*label as usize] = at as u16 + 1;
            }
            labels.iter().map(|label| number[*label as usize]).collect()
        };
        let parent3 = order3.iter().map(|label| rank(&order2, of3[*label as usize - 1]) as u16 + 1).collect();
        let parent2: Vec<u16> = order2.iter().map(|label| rank(&order1, of2[*label as usize - 1]) as u16 + 1).collect();
        let parent1 = vec![1; order1.len()];
        let labels = [
            adm3.iter().map(|label| (*label != SEA) as u16).collect(),
            renumber(&adm1, &order1),
            renumber(&adm2, &order2),
            renumber(&adm3, &order3),
        ];
        let near_capital =
            borders(&labels[1]).into_iter().filter(|(pair, _)| pair.0 == 1).map(|(pair, _)| pair.1).collect();
        let centre = [centres(&labels[1]), centres(&labels[2]), centres(&labels[3])];
        Land { parent: [parent1, parent2, parent3], centre, near_capital, capital: 1, labels }
    }
}
/// Labels sorted by a key first, then from north to south and west to east.
fn ordered(centre: &[(f64, f64)], key: impl Fn(u16) -> (bool, usize)) -> Vec<u16> {
    let mut order: Vec<(usize, bool, i64, i64, u16)> = (1..=centre.len() as u16)
        .map(|label| {
            let (x, y) = centre[label as usize - 1];
            let (late, group) = key(label);
            (group, late, (-y / 8.0) as i64, (x * 100.0) as i64, label)
        })
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(.., label)| label).collect()
}

/// Which cells are dry before small pieces are removed.
fn coast(seed: u64) -> Vec<bool> {
    (0..COLUMNS * ROWS)
        .map(|cell| {
            let (x, y) = cell_centre(cell);
            let margin = 3;
            let (column, row) = (cell % COLUMNS, cell / COLUMNS);
            if column < margin || row < margin || column + margin >= COLUMNS || row + margin >= ROWS {
                return false;
            }
            // The oval leans by about 24 degrees.
            let (u, v) = (0.9135 * x + 0.4067 * y, -0.4067 * x + 0.9135 * y);
            let oval = 1.0 - (u * u / (60.0 * 60.0) + v * v / (92.0 * 92.0)).sqrt();
            // Islands and straits are bent, so that none is round.
            let bent = (
                x + 13.0 * fractal(seed ^ 0xBE57, x / 19.0, y / 19.0, 3),
                y + 13.0 * fractal(seed ^ 0xBE58, x / 19.0, y / 19.0, 3),
            );
            let height =
                oval + 0.40 * fractal(seed, x / 38.0, y / 38.0, 5) + 0.13 * fractal(seed ^ 0xC0A5, x / 8.0, y / 8.0, 3)
                    - 0.85 * hill((x, y), GULF, 46.0)
                    - 0.6 * hill((x, y), (44.0, 78.0), 40.0)
                    + 1.9 * hill(bent, ISLAND, 23.0)
                    - 1.1 * hill(bent, ISLAND, 42.0)
                    + 1.3 * hill(bent, SECOND_ISLAND, 14.0)
                    - 0.6 * hill(bent, SECOND_ISLAND, 27.0);
            height > 0.0
        })
        .collect()
}

/// Components of equal value; sea and land alike. Returns the component of each cell and the size of each component.
fn components<T: PartialEq>(field: &[T]) -> (Vec<usize>, Vec<usize>) {
    let mut component = vec![usize::MAX; field.len()];
    let mut sizes = Vec::new();
    let mut open = Vec::new();
    for start in 0..field.len() {
        if component[start] != usize::MAX {
            continue;
        }
        let name = sizes.len();
        sizes.push(0);
        component[start] = name;
        open.push(start);
        while let Some(cell) = open.pop() {
            sizes[name] += 1;
            for next in beside(cell) {
                if component[next] == usize::MAX && field[next] == field[cell] {
                    component[next] = name;
                    open.push(next);
                }
            }
        }
    }
    (component, sizes)
}

/// Drowns rocks, and dries up lakes, which no area of ours would own.
fn keep_large_pieces(dry: &mut [bool]) {
    let (component, sizes) = components(dry);
    let ocean = component[0];
    for cell in 0..dry.len() {
        if dry[cell] {
            dry[cell] = sizes[component[cell]] >= 40;
        } else {
            dry[cell] = component[cell] != ocean;
        }
    }
}

/// Chooses the seeds of third-level areas, closer together near the capital.
fn scatter(rng: &mut ChaCha8Rng, land: &[usize], harbour: (f64, f64)) -> Vec<(f64, f64)> {
    let mut order: Vec<(f64, f64)> = land.iter().map(|cell| cell_centre(*cell)).collect();
    order.shuffle(rng);
    let area_km2 = land.len() as f64 * CELL_KM * CELL_KM;
    let mut spacing = (area_km2 / N_ADM3 as f64).sqrt() * 1.25;
    loop {
        let mut seeds: Vec<(f64, f64)> = Vec::new();
        let bucket_km = spacing;
        let across = (COLUMNS as f64 * CELL_KM / bucket_km) as usize + 3;
        let bucket_of = |(x, y): (f64, f64)| {
            let column = ((x + COLUMNS as f64 * CELL_KM / 2.0) / bucket_km) as usize + 1;
            let row = ((y + ROWS as f64 * CELL_KM / 2.0) / bucket_km) as usize + 1;
            row * across + column
        };
        let mut buckets: Vec<Vec<(f64, f64)>> =
            vec![Vec::new(); across * ((ROWS as f64 * CELL_KM / bucket_km) as usize + 4)];
        for at in &order {
            let apart = spacing * (1.0 - 0.55 * hill(*at, harbour, 26.0));
            let here = bucket_of(*at);
            let crowded = [here - across, here, here + across]
                .into_iter()
                .any(|row| buckets[row - 1..=row + 1].iter().flatten().any(|seed| square(*seed, *at) < apart * apart));
            if !crowded {
                seeds.push(*at);
                buckets[here].push(*at);
            }
        }
        if seeds.len() >= N_ADM3 {
            seeds.truncate(N_ADM3);
            return seeds;
        }
        spacing *= 0.96;
    }
}

/// Where a point lies on the warped plane.
fn warp(seed: u64, (x, y): (f64, f64)) -> (f64, f64) {
    (x + 3.4 * fractal(seed ^ 0x57A1, x / 9.0, y / 9.0, 3), y + 3.4 * fractal(seed ^ 0x57A2, x / 9.0, y / 9.0, 3))
}
/// Moves each seed to the middle of the cells nearest to it (one step of Lloyd's method).
fn settle(seeds: &mut [(f64, f64)], cells: &[(f64, f64)]) {
    let mut sums = vec![(0.0, 0.0, 0.0); seeds.len()];
    let nearest = Nearest::new(seeds);
    for cell in cells {
        let sum = &mut sums[nearest.of(*cell)];
        *sum = (sum.0 + cell.0, sum.1 + cell.1, sum.2 + 1.0);
    }
    for (seed, sum) in seeds.iter_mut().zip(sums) {
        if sum.2 > 0.0 {
            *seed = (sum.0 / sum.2, sum.1 / sum.2);
        }
    }
}

/// Makes every area one piece of land, and lets at most three of them meet in a point.
fn tidy(labels: &mut [u16]) {
    for _ in 0..40 {
        let moved = absorb_fragments(labels);
        let crossed = part_crossings(labels);
        if !moved && !crossed {
            return;
        }
    }
}

/// Gives a fragment cut off from the rest of its area to a neighbour; true if there was one.
fn absorb_fragments(labels: &mut [u16]) -> bool {
    let (component, sizes) = components(labels);
    let mut largest = vec![0usize; N_ADM3 + 2];
    for (cell, label) in labels.iter().enumerate() {
        largest[*label as usize] = largest[*label as usize].max(sizes[component[cell]]);
    }
    // Where a fragment goes: to the neighbour first met.
    let mut goes_to: Vec<Option<u16>> = vec![None; sizes.len()];
    let mut stays = vec![false; sizes.len()];
    let mut kept = vec![usize::MAX; N_ADM3 + 2];
    for (cell, label) in labels.iter().enumerate() {
        let (label, name) = (*label as usize, component[cell]);
        if sizes[name] == largest[label] && kept[label] == usize::MAX {
            kept[label] = name;
        }
        stays[name] = kept[label] == name && (label == SEA as usize || sizes[name] >= 3);
    }
    for cell in 0..labels.len() {
        if stays[component[cell]] || labels[cell] == SEA || goes_to[component[cell]].is_some() {
            continue;
        }
        goes_to[component[cell]] = beside(cell)
            .find(|next| labels[*next] != labels[cell] && labels[*next] != SEA && stays[component[*next]])
            .map(|next| labels[next]);
    }
    let mut moved = false;
    for cell in 0..labels.len() {
        if let Some(label) = goes_to[component[cell]] {
            labels[cell] = label;
            moved = true;
        }
    }
    moved
}

/// Mends points where four borders meet; true if there was one.
fn part_crossings(labels: &mut [u16]) -> bool {
    let mut mended = false;
    for row in 0..ROWS - 1 {
        for column in 0..COLUMNS - 1 {
            let cell = row * COLUMNS + column;
            let ring = [cell, cell + 1, cell + COLUMNS + 1, cell + COLUMNS];
            let label = ring.map(|cell| labels[cell]);
            if (0..4).all(|side| label[side] != label[(side + 1) % 4]) {
                let dry = (0..4).find(|side| label[*side] != SEA).expect("four sea cells do not differ");
                labels[ring[(dry + 1) % 4]] = label[dry];
                mended = true;
            }
        }
    }
    mended
}

/// Renames labels to 1, 2, 3 … without gaps.
fn compact(labels: &mut [u16]) {
    let mut names = vec![0u16; N_ADM3 + 2];
    let mut next = 0;
    for label in labels {
        if *label != SEA {
            if names[*label as usize] == 0 {
                next += 1;
                names[*label as usize] = next;
            }
            *label = names[*label as usize];
        }
    }
}

/// Middle of the cells of each label.
fn centres(labels: &[u16]) -> Vec<(f64, f64)> {
    let mut sums: Vec<(f64, f64, f64)> = vec![(0.0, 0.0, 0.0); labels.iter().copied().max().unwrap_or(0) as usize];
    for (cell, label) in labels.iter().enumerate() {
        if *label != SEA {
            let (x, y) = cell_centre(cell);
            let sum = &mut sums[*label as usize - 1];
            *sum = (sum.0 + x, sum.1 + y, sum.2 + 1.0);
        }
    }
    sums.into_iter().map(|(x, y, n)| if n > 0.0 { (x / n, y / n) } else { (0.0, 0.0) }).collect()
}

/// Pairs of neighbouring land labels, both ways round, and how many cell sides they share; sorted.
fn borders(labels: &[u16]) -> Vec<((u16, u16), usize)> {
    let mut sides = Vec::new();
    for cell in 0..labels.len() {
        for next in beside(cell) {
            if labels[cell] != labels[next] && labels[cell] != SEA && labels[next] != SEA {
                sides.push((labels[cell], labels[next]));
            }
        }
    }
    sides.sort_unstable();
    let mut borders: Vec<((u16, u16), usize)> = Vec::new();
    for pair in sides {
        match borders.last_mut() {
            Some((last, n)) if *last == pair => *n += 1,
            _ => borders.push((pair, 1)),
        }
    }
    borders
}
/// Where the corner of four cells lies, in kilometres: a little beside the straight lattice.
pub(crate) fn corner(seed: u64, column: usize, row: usize) -> (f64, f64) {
    let (c, r) = (column as i64, row as i64);
    let wander = |salt: u64| (lattice(seed ^ mix(salt), c, r) - 0.5) * 0.44;
    (
        (column as f64 + wander(11) - COLUMNS as f64 / 2.0) * CELL_KM,
        (row as f64 + wander(12) - ROWS as f64 / 2.0) * CELL_KM,
    )
}
