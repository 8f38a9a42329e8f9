//! The country: areas with codes and names, outlines, and where in an area a place may stand.

use crate::land::{Land, SEA, cell_centre};
use crate::names::{self, Register};
use crate::noise::{lattice, mix};
use crate::outline::{degrees, outlines};
use dtm_model::{Area, Boundary, Pcode, Point};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Areas and outlines of one seed.
pub(crate) struct Country {
    pub(crate) areas: Vec<Area>,
    pub(crate) boundaries: Vec<Boundary>,
    /// Codes of levels 1 to 3 (index 0 to 2), by label - 1.
    pub(crate) codes: [Vec<Pcode>; 3],
    /// Parents of levels 1 to 3 (index 0 to 2), by label - 1, as index into the level above.
    pub(crate) parent: [Vec<usize>; 3],
    /// Indices of first-level areas beside the capital's (which is 0).
    pub(crate) near_capital: Vec<usize>,
    cells: Vec<Vec<u32>>,
    seed: u64,
}

impl Country {
    pub(crate) fn generate(seed: u64) -> Country {
        let mut rng = ChaCha8Rng::seed_from_u64(mix(seed ^ 0x5041_5953));
        let terrain = rng.random();
        let land = Land::raise(terrain, &mut rng);
        let parent: [Vec<usize>; 3] =
            land.parent.clone().map(|labels| labels.into_iter().map(|label| label as usize - 1).collect());
        let codes = codes(&parent);
        let areas = name_areas(&land, &codes, &parent, &mut rng);
        let mut boundaries = Vec::new();
        for level in 0..=3 {
            for (index, shape) in outlines(&land, terrain, level).into_iter().enumerate() {
                let pcode = if level == 0 { Pcode::from("XS") } else { codes[level - 1][index].clone() };
                boundaries.push(Boundary { pcode, shape });
            }
        }
        let mut cells = vec![Vec::new(); codes[2].len()];
        for (cell, label) in land.labels[3].iter().enumerate() {
            if *label != SEA {
                cells[*label as usize - 1].push(cell as u32);
            }
        }
        debug_assert_eq!(land.capital, 1);
        let near_capital = land.near_capital.iter().map(|label| *label as usize - 1).collect();
        Country { areas, boundaries, codes, parent, near_capital, cells, seed: terrain }
    }

    /// How many cells a third-level area has: about its size.
    pub(crate) fn size(&self, adm3: usize) -> usize {
        self.cells[adm3].len()
    }

    /// A position inside a third-level area, different for each number.
    pub(crate) fn position(&self, adm3: usize, number: u64) -> Point {
        let cells = &self.cells[adm3];
        let pick = |salt: u64| lattice(self.seed ^ mix(salt), number as i64, adm3 as i64);
        let (x, y) = cell_centre(cells[((pick(1) * cells.len() as f64) as usize).min(cells.len() - 1)] as usize);
        // Outlines cut the corners of cells only, so a point near the middle is inside.
        let (dx, dy) = ((pick(2) - 0.5) * 0.12, (pick(3) - 0.5) * 0.12);
        let at = degrees((x + dx, y + dy));
        Point { lon: at.x, lat: at.y }
    }
}

/// XS01, XS0103, XS0103-02: each number counts within its parent.
fn codes(parent: &[Vec<usize>; 3]) -> [Vec<Pcode>; 3] {
    let mut codes: [Vec<Pcode>; 3] = Default::default();
    for level in 0..3 {
        let mut last = vec![0; if level == 0 { 1 } else { codes[level - 1].len() }];
        for up in &parent[level] {
            last[*up] += 1;
            let number = last[*up];
            let code = match level {
                0 => format!("XS{number:02}"),
                1 => format!("{}{number:02}", codes[0][*up]),
                _ => format!("{}-{number:02}", codes[1][*up]),
            };
            codes[level].push(Pcode(code));
        }
    }
    codes
}

fn name_areas(land: &Land, codes: &[Vec<Pcode>; 3], parent: &[Vec<usize>; 3], rng: &mut ChaCha8Rng) -> Vec<Area> {
    let own = |(en, fr): (&str, &str)| (en.to_owned(), fr.to_owned());
    let mut areas = vec![names::area(Pcode::from("XS"), 0, None, own(("Sorelia", "Sorélie")))];
    let regions = name_regions(&land.centre[0], rng);
    for (code, name) in codes[0].iter().zip(regions) {
        areas.push(names::area(code.clone(), 1, Some(Pcode::from("XS")), name));
    }
    let mut register = Register::default();
    for (index, code) in codes[1].iter().enumerate() {
        let name = register.fresh(|| if index == 0 { own(names::CAPITAL) } else { names::commune(rng) });
        areas.push(names::area(code.clone(), 2, Some(codes[0][parent[1][index]].clone()), name));
    }
    // Sections may share a name with one in another commune, as they do in real countries.
    let mut registers: Vec<Register> = (0..codes[1].len()).map(|_| Register::default()).collect();
    for (index, code) in codes[2].iter().enumerate() {
        let name = registers[parent[2][index]].fresh(|| names::section(rng));
        areas.push(names::area(code.clone(), 3, Some(codes[1][parent[2][index]].clone()), name));
    }
    areas
}

/// Names of first-level areas: by bearing where they have one, else from the stock.
fn name_regions(centre: &[(f64, f64)], rng: &mut ChaCha8Rng) -> Vec<(String, String)> {
    let mut names: Vec<Option<(&str, &str)>> = vec![None; centre.len()];
    names[0] = Some(names::CAPITAL_REGION);
    let bearings: [fn((f64, f64)) -> f64; 4] = [|at| at.1, |at| -at.1, |at| at.0, |at| -at.0];
    for (bearing, name) in bearings.into_iter().zip(names::BEARINGS) {
        let free = (0..centre.len()).filter(|index| names[*index].is_none());
        let farthest = free.max_by(|a, b| bearing(centre[*a]).total_cmp(&bearing(centre[*b])));
        if let Some(index) = farthest {
            names[index] = Some(name);
        }
    }
    let mut stock = names::INLAND;
    stock.shuffle(rng);
    let mut stock = stock.into_iter();
    names
        .into_iter()
        .map(|name| name.or_else(|| stock.next()).unwrap_or(("Interior", "L’Intérieur")))
        .map(|(en, fr)| (en.to_owned(), fr.to_owned()))
        .collect()
}
