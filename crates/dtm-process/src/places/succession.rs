//! What new boundaries change, and where the places of areas that end come to lie.
//!
//! Takes the areas that are known and those of a file; returns what is new, what is named, placed or drawn otherwise, and
//! which areas ended, with what they became. An area ended where the file has its level within its parent and not it. What
//! it became is told by the ground: every area of the file that holds a tenth of it, with that share (polygon clipping;
//! areas on the ellipsoid, Karney 2013). Without outlines, an area of its name that is new under
//! its parent is the same under another code. O(areas·log areas) plus the clipping of those whose boxes touch.

use chrono::NaiveDate;
use dtm_model::{Area, Atlas, Boundary, Pcode, Place, Point, Ssid};
use geo::{BooleanOps, BoundingRect, GeodesicArea, InteriorPoint, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use std::collections::{BTreeMap, BTreeSet};

use super::differences::Difference;
use super::locate::lies_in;
use crate::folding::plain;

/// An area of the file that holds less than this of one that ended did not come out of it.
const SHARE: f64 = 0.1;
/// Outlines that agree to this share are drawn alike.
const SAME_GROUND: f64 = 0.99;

/// What becomes of one area.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaChange {
    /// The area: of the file, or the one that ended.
    pub pcode: Pcode,
    /// What becomes of it.
    pub becomes: Becomes,
}

/// What becomes of an area.
#[derive(Clone, Debug, PartialEq)]
pub enum Becomes {
    /// The file has it and nobody knew it.
    New,
    /// The facts in which it differs: `name`, `parent`, `level`, `outline` (square kilometres).
    Changed(Vec<Difference>),
    /// The file has it no more. What it became, with the share of its ground, the largest first; nothing where that
    /// cannot be told.
    Ended(Vec<(Pcode, f64)>),
}

/// How an area ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// It goes by another code.
    Recoded,
    /// It was split into several.
    Split,
    /// It was joined with others.
    Joined,
    /// What it became is not known.
    Unknown,
}

impl End {
    /// The word used in pages and keys.
    pub fn code(self) -> &'static str {
        match self {
            End::Recoded => "recoded",
            End::Split => "split",
            End::Joined => "joined",
            End::Unknown => "unknown",
        }
    }
}

/// What a file of boundaries changes, by code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Succession {
    /// Each area that becomes something; those that stay as they are, are left out.
    pub changes: Vec<AreaChange>,
}

impl Succession {
    /// How an area ended.
    pub fn end(&self, became: &[(Pcode, f64)]) -> End {
        match became {
            [] => End::Unknown,
            [(only, _)] => {
                let also = |change: &AreaChange| match &change.becomes {
                    Becomes::Ended(of) => of.iter().any(|(pcode, _)| pcode == only),
                    Becomes::New | Becomes::Changed(_) => false,
                };
                let is_new = self.changes.iter().any(|c| c.pcode == *only && c.becomes == Becomes::New);
                if is_new && self.changes.iter().filter(|change| also(change)).count() == 1 {
                    End::Recoded
                } else {
                    End::Joined
                }
            }
            _ => End::Split,
        }
    }

    /// The areas that ended, with what they became.
    pub fn ended(&self) -> impl Iterator<Item = (&Pcode, &[(Pcode, f64)])> {
        self.changes.iter().filter_map(|change| match &change.becomes {
            Becomes::Ended(became) => Some((&change.pcode, became.as_slice())),
            Becomes::New | Becomes::Changed(_) => None,
        })
    }
}

/// Outlines with their codes, found by where they lie.
struct Ground<'a> {
    shapes: BTreeMap<&'a Pcode, &'a MultiPolygon<f64>>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, &'a Pcode>>,
}

impl<'a> Ground<'a> {
    fn new(boundaries: impl Iterator<Item = &'a Boundary>) -> Self {
        let shapes: BTreeMap<&Pcode, &MultiPolygon<f64>> = boundaries.map(|one| (&one.pcode, &one.shape)).collect();
        let boxed = shapes.iter().filter_map(|(pcode, shape)| {
            let rect = shape.bounding_rect()?;
            let corners = ([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]);
            Some(GeomWithData::new(Rectangle::from_corners(corners.0, corners.1), *pcode))
        });
        let tree = RTree::bulk_load(boxed.collect());
        Self { shapes, tree }
    }

    /// The areas that hold some of this shape, with the share of it.
    fn shares(&self, of: &MultiPolygon<f64>) -> Vec<(Pcode, f64)> {
        let Some(rect) = of.bounding_rect() else { return Vec::new() };
        let whole = square_metres(of);
        let envelope = AABB::from_corners([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]);
        let near = self.tree.locate_in_envelope_intersecting(&envelope);
        let mut shares: Vec<(Pcode, f64)> = near
            .filter_map(|near| {
                let other = *self.shapes.get(near.data)?;
                let share = square_metres(&of.intersection(other)) / whole;
                (share >= SHARE).then(|| (near.data.clone(), share.min(1.0)))
            })
            .collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        shares
    }
}

fn square_metres(shape: &MultiPolygon<f64>) -> f64 {
    shape.geodesic_area_unsigned()
}

/// Holds the areas and outlines of a file against those known. Areas that ended before are not asked.
pub fn succession(before: &Atlas, areas: &[Area], boundaries: &[Boundary]) -> Succession {
    let file: BTreeMap<&Pcode, &Area> = areas.iter().map(|area| (&area.pcode, area)).collect();
    let outlines: BTreeMap<&Pcode, &Boundary> = boundaries.iter().map(|one| (&one.pcode, one)).collect();
    let mut changes: Vec<AreaChange> = Vec::new();
    for (pcode, area) in &file {
        let becomes = match before.area(pcode) {
            None => Some(Becomes::New),
            Some(known) => {
                let outline = before.boundary(pcode).zip(outlines.get(pcode).copied());
                let differences = told_by_file(known, area, outline);
                (!differences.is_empty()).then_some(Becomes::Changed(differences))
            }
        };
        changes.extend(becomes.map(|becomes| AreaChange { pcode: (*pcode).clone(), becomes }));
    }
    // A file of one department says nothing of the others.
    let spoken_of: BTreeSet<(u8, Option<&Pcode>)> =
        file.values().map(|area| (area.level, area.parent.as_ref())).collect();
    let ended = before.areas().filter(|area| {
        area.valid_to.is_none()
            && !file.contains_key(&area.pcode)
            && spoken_of.contains(&(area.level, area.parent.as_ref()))
    });
    let mut ground: BTreeMap<u8, Ground<'_>> = BTreeMap::new();
    for area in ended {
        let ground = ground.entry(area.level).or_insert_with(|| {
            let of_level = |one: &&Boundary| file.get(&one.pcode).is_some_and(|of| of.level == area.level);
            Ground::new(boundaries.iter().filter(of_level))
        });
        let mut became = before.boundary(&area.pcode).map(|own| ground.shares(&own.shape)).unwrap_or_default();
        if became.is_empty() {
            became.extend(of_its_name(area, &file, before).map(|pcode| (pcode, 1.0)));
        }
        changes.push(AreaChange { pcode: area.pcode.clone(), becomes: Becomes::Ended(became) });
    }
    changes.sort_by(|a, b| a.pcode.cmp(&b.pcode));
    Succession { changes }
}

/// The one new area of the same level and parent that bears a name of this one.
fn of_its_name(area: &Area, file: &BTreeMap<&Pcode, &Area>, before: &Atlas) -> Option<Pcode> {
    let names = |area: &Area| -> BTreeSet<String> {
        area.name.iter().map(|(_, name)| name).chain(area.aliases.values().map(String::as_str)).map(plain).collect()
    };
    let own = names(area);
    let mut like = file.values().filter(|new| {
        new.level == area.level
            && new.parent == area.parent
            && before.area(&new.pcode).is_none()
            && !own.is_disjoint(&names(new))
    });
    match (like.next(), like.next()) {
        (Some(only), None) => Some(only.pcode.clone()),
        _ => None,
    }
}

/// The facts of an area as text, in the order they are shown.
fn facts(area: &Area) -> [(&'static str, String); 7] {
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let mut names: Vec<&str> = area.name.iter().map(|(_, name)| name).collect();
    names.dedup();
    let aliases: BTreeSet<&str> = area.aliases.values().map(String::as_str).collect();
    let became: Vec<&str> = area.became.iter().map(Pcode::as_str).collect();
    [
        ("name", names.join(" / ")),
        ("parent", area.parent.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("level", area.level.to_string()),
        ("aliases", aliases.into_iter().collect::<Vec<_>>().join("; ")),
        ("valid_from", day(area.valid_from)),
        ("valid_to", day(area.valid_to)),
        ("became", became.join("; ")),
    ]
}

/// In what two states of an area differ: `name`, `parent`, `level`, `aliases`, `valid_from`, `valid_to`, `became`.
pub fn area_differences(old: &Area, new: &Area) -> Vec<Difference> {
    let pairs = facts(old).into_iter().zip(facts(new));
    pairs
        .filter(|((_, old), (_, new))| old != new)
        .map(|((fact, old), (_, new))| Difference { fact, old, new })
        .collect()
}

/// In what an area of a file differs from the one known. A file says nothing of spellings and days.
fn told_by_file(known: &Area, new: &Area, outline: Option<(&Boundary, &Boundary)>) -> Vec<Difference> {
    let mut differences = area_differences(known, new);
    differences.retain(|one| ["name", "parent", "level"].contains(&one.fact));
    if let Some((old, new)) = outline.filter(|(old, new)| old.shape != new.shape) {
        let (was, is) = (square_metres(&old.shape), square_metres(&new.shape));
        let shared = square_metres(&old.shape.intersection(&new.shape));
        if shared < SAME_GROUND * was.max(is) {
            let km2 = |metres: f64| format!("{:.1} km²", metres / 1e6);
            differences.push(Difference { fact: "outline", old: km2(was), new: km2(is) });
        }
    }
    differences
}

/// The areas of a file as they are to be kept from a day on, with those that ended: new ones begin on that day, those
/// that ended have the day before as their last and what they became beside it. Spellings kept with an area stay.
/// `ends` are the codes of those that are to end.
pub fn areas_from(
    before: &Atlas,
    file: &[Area],
    succession: &Succession,
    ends: &BTreeSet<Pcode>,
    day: Option<NaiveDate>,
) -> Vec<Area> {
    let mut areas: Vec<Area> = Vec::with_capacity(file.len());
    for area in file {
        let mut area = area.clone();
        match before.area(&area.pcode) {
            Some(known) => {
                for (key, spelling) in &known.aliases {
                    area.aliases.entry(key.clone()).or_insert_with(|| spelling.clone());
                }
                area.valid_from = area.valid_from.or(known.valid_from);
            }
            // Where nothing was known before, nothing begins.
            None if before.level(area.level).next().is_some() => area.valid_from = area.valid_from.or(day),
            None => {}
        }
        areas.push(area);
    }
    for (pcode, became) in succession.ended().filter(|(pcode, _)| ends.contains(pcode)) {
        if let Some(known) = before.area(pcode) {
            areas.push(Area {
                valid_to: day.and_then(|day| day.pred_opt()).or(known.valid_to),
                became: became.iter().map(|(pcode, _)| pcode.clone()).collect(),
                ..known.clone()
            });
        }
    }
    areas
}

/// A place whose area ended, and the one it lies in now; none where an officer must say.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehomed {
    /// The place.
    pub ssid: Ssid,
    /// The area that ended.
    pub from: Pcode,
    /// The area it lies in now.
    pub to: Option<Pcode>,
}

/// Finds the new areas of the places whose area ended: the one it became, or of several the one that holds the place's
/// position. In order of the places.
pub fn rehomed(places: &[Place], ended: &BTreeMap<Pcode, Vec<Pcode>>, outlines: &Atlas) -> Vec<Rehomed> {
    let new_area = |place: &Place, became: &[Pcode]| match became {
        [only] => Some(only.clone()),
        several => {
            let at = place.position?;
            several.iter().find(|pcode| lies_in(outlines, pcode, at) == Some(true)).cloned()
        }
    };
    places
        .iter()
        .filter_map(|place| {
            let became = ended.get(&place.area)?;
            Some(Rehomed { ssid: place.ssid.clone(), from: place.area.clone(), to: new_area(place, became) })
        })
        .collect()
}

/// The areas of which the file says nothing and that lie in one that ends, in what it became: its only heir, or of several
/// the one that holds a point of their ground. Those of which that cannot be told stay where they are.
pub fn reparented(before: &Atlas, ended: &BTreeMap<Pcode, Vec<Pcode>>, file: &[Area], outlines: &Atlas) -> Vec<Area> {
    let told: BTreeSet<&Pcode> = file.iter().map(|area| &area.pcode).collect();
    let heir = |area: &Area, became: &[Pcode]| match became {
        [only] => Some(only.clone()),
        several => {
            let point = before.boundary(&area.pcode)?.shape.interior_point()?;
            let at = Point { lon: point.x(), lat: point.y() };
            several.iter().find(|pcode| lies_in(outlines, pcode, at) == Some(true)).cloned()
        }
    };
    let standing = before.areas().filter(|area| area.valid_to.is_none() && !told.contains(&area.pcode));
    standing
        .filter_map(|area| {
            let became = ended.get(area.parent.as_ref()?)?;
            Some(Area { parent: Some(heir(area, became)?), ..area.clone() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{PlaceKind, Text};
    use expect_test::{Expect, expect};
    use geo::{LineString, Polygon};

    /// Lines of `code level parent name | west south east north`, the box in degrees; without it there is no outline.
    fn read(text: &str) -> (Vec<Area>, Vec<Boundary>) {
        let (mut areas, mut boundaries) = (Vec::new(), Vec::new());
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (facts, corners) = line.split_once('|').unwrap_or((line, ""));
            let mut words = facts.split_whitespace();
            let mut next = || words.next().unwrap_or_default();
            let (pcode, level, parent) = (next(), next(), next());
            areas.push(Area {
                pcode: pcode.into(),
                level: level.parse().unwrap(),
                parent: (parent != "-").then(|| parent.into()),
                name: Text::new().with("fr", words.collect::<Vec<_>>().join(" ")),
                aliases: BTreeMap::new(),
                valid_from: None,
                valid_to: None,
                became: Vec::new(),
            });
            let corners: Vec<f64> = corners.split_whitespace().map(|n| n.parse().unwrap()).collect();
            if let [w, s, e, n] = corners[..] {
                let ring = LineString::from(vec![(w, s), (e, s), (e, n), (w, n), (w, s)]);
                let shape = MultiPolygon(vec![Polygon::new(ring, Vec::new())]);
                boundaries.push(Boundary { pcode: pcode.into(), shape });
            }
        }
        (areas, boundaries)
    }

    fn check(before: &str, file: &str, expected: Expect) -> Succession {
        let (areas, boundaries) = read(before);
        let atlas = Atlas::new(areas, boundaries);
        let (areas, boundaries) = read(file);
        let found = succession(&atlas, &areas, &boundaries);
        let lines = found.changes.iter().map(|change| match &change.becomes {
            Becomes::New => format!("{} new\n", change.pcode),
            Becomes::Changed(differences) => {
                let told = differences.iter().map(|d| format!("{} {} → {}", d.fact, d.old, d.new));
                format!("{} {}\n", change.pcode, told.collect::<Vec<_>>().join(", "))
            }
            Becomes::Ended(became) => {
                let told = became.iter().map(|(pcode, share)| format!(" {pcode} {:.0} %", share * 100.0));
                format!("{} {}{}\n", change.pcode, found.end(became).code(), told.collect::<String>())
            }
        });
        expected.assert_eq(&lines.collect::<String>());
        found
    }

    const BEFORE: &str = "
        XS 0 - Sorélie
        XS01 1 XS Haute-Rive | 0 0 2 1
        XS02 1 XS Basse-Rive | 2 0 4 1
        XS0101 2 XS01 Nord | 0 0 1 1
        XS0102 2 XS01 Sud | 1 0 2 1
        XS0201 2 XS02 Port | 2 0 4 1";

    #[test]
    fn a_commune_that_was_split_is_told_with_the_shares_of_its_ground() {
        check(
            BEFORE,
            "XS0101 2 XS01 Nord | 0 0 1 1
             XS0103 2 XS01 Sud-Est | 1 0 1.75 1
             XS0104 2 XS01 Sud-Ouest | 1.75 0 2 1",
            expect![[r#"
                XS0102 split XS0103 75 % XS0104 25 %
                XS0103 new
                XS0104 new
            "#]],
        );
    }

    #[test]
    fn a_new_code_two_joined_and_a_renaming_are_three_things() {
        check(
            BEFORE,
            "XS0111 2 XS01 Nord | 0 0 1 1
             XS0102 2 XS01 Sud-les-Bains | 1 0 2 1",
            expect![[r#"
                XS0101 recoded XS0111 100 %
                XS0102 name Sud → Sud-les-Bains
                XS0111 new
            "#]],
        );
        check(
            BEFORE,
            "XS0109 2 XS01 Haute | 0 0 2 1",
            expect![[r#"
                XS0101 joined XS0109 100 %
                XS0102 joined XS0109 100 %
                XS0109 new
            "#]],
        );
        check(
            BEFORE,
            "XS0101 2 XS01 Nord | 0 0 2 1",
            expect![[r#"
                XS0101 outline 12308.8 km² → 24619.4 km²
                XS0102 joined XS0101 100 %
            "#]],
        );
    }

    #[test]
    fn a_file_of_one_department_without_outlines_says_nothing_of_the_others() {
        check(
            BEFORE,
            "XS0111 2 XS01 nord
             XS0102 2 XS01 Sud",
            expect![[r#"
                XS0101 recoded XS0111 100 %
                XS0111 new
            "#]],
        );
        check(
            BEFORE,
            "XS0102 2 XS01 Sud",
            expect![[r#"
            XS0101 unknown
        "#]],
        );
    }

    #[test]
    fn sections_of_a_split_commune_go_with_the_half_they_lie_in_unless_the_file_says_where() {
        let parts = "
            XS010201 3 XS0102 Un | 1 0 1.5 1
            XS010202 3 XS0102 Deux | 1.8 0 2 1
            XS010203 3 XS0102 Trois
            XS010204 3 XS0102 Quatre | 1 0 1.5 1
            XS010101 3 XS0101 Cinq";
        let (areas, boundaries) = read(&format!("{BEFORE}{parts}"));
        let before = Atlas::new(areas, boundaries);
        let file = "
            XS0103 2 XS01 Est | 1 0 1.75 1
            XS0104 2 XS01 Ouest | 1.75 0 2 1
            XS010204 3 XS0104 Quatre";
        let (file, boundaries) = read(file);
        let outlines = Atlas::new(std::iter::empty(), boundaries);
        let ended = BTreeMap::from([
            ("XS0102".into(), vec!["XS0103".into(), "XS0104".into()]),
            ("XS0101".into(), vec!["XS0111".into()]),
        ]);
        let told: Vec<String> = reparented(&before, &ended, &file, &outlines)
            .iter()
            .map(|area| format!("{} {}", area.pcode, area.parent.as_ref().map_or("?", Pcode::as_str)))
            .collect();
        assert_eq!(told, ["XS010101 XS0111", "XS010201 XS0103", "XS010202 XS0104"]);
    }

    #[test]
    fn places_of_a_split_commune_go_where_they_lie_and_the_officer_is_asked_for_the_others() {
        let (areas, boundaries) = read("XS0103 2 XS01 Est | 1 0 1.75 1\nXS0104 2 XS01 Ouest | 1.75 0 2 1");
        let atlas = Atlas::new(areas, boundaries);
        let place = |ssid: &str, area: &str, lon: Option<f64>| Place {
            ssid: ssid.into(),
            kind: PlaceKind::Site,
            name: ssid.to_owned(),
            area: area.into(),
            site_type: None,
            position: lon.map(|lon| Point { lon, lat: 0.5 }),
            opened_on: None,
            closed_on: None,
            aliases: Vec::new(),
            merged_into: None,
        };
        let places = [
            place("A", "XS0102", Some(1.1)),
            place("B", "XS0102", Some(1.9)),
            place("C", "XS0102", None),
            place("D", "XS0101", Some(1.9)),
            place("E", "XS0109", None),
        ];
        let ended = BTreeMap::from([
            ("XS0102".into(), vec!["XS0103".into(), "XS0104".into()]),
            ("XS0109".into(), vec!["XS0111".into()]),
        ]);
        let told: Vec<String> = rehomed(&places, &ended, &atlas)
            .iter()
            .map(|one| format!("{} {}", one.ssid, one.to.as_ref().map_or("?", Pcode::as_str)))
            .collect();
        assert_eq!(told, ["A XS0103", "B XS0104", "C ?", "E XS0111"]);
    }

    #[test]
    fn what_ended_keeps_its_last_day_and_what_it_became() {
        let (areas, boundaries) = read(BEFORE);
        let before = Atlas::new(areas, boundaries);
        let (areas, boundaries) = read("XS0111 2 XS01 Nord | 0 0 1 1\nXS0102 2 XS01 Sud | 1 0 2 1");
        let found = succession(&before, &areas, &boundaries);
        let day = "2026-07-01".parse().ok();
        let kept = areas_from(&before, &areas, &found, &BTreeSet::from(["XS0101".into()]), day);
        let told: Vec<String> = kept
            .iter()
            .map(|area| {
                let day = |day: Option<NaiveDate>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
                let became: Vec<&str> = area.became.iter().map(Pcode::as_str).collect();
                format!("{} {} {} {}", area.pcode, day(area.valid_from), day(area.valid_to), became.join(" "))
            })
            .collect();
        assert_eq!(told, ["XS0111 2026-07-01 - ", "XS0102 - - ", "XS0101 - 2026-06-30 XS0111"]);
    }
}
