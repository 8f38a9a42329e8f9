//! The map: it tiles, it is coded, it is named.

use crate::{today, world};
use dtm_demo::World;
use dtm_model::{Lang, Pcode, PlaceKind};
use geo::{Area as _, BoundingRect, Contains};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_country_has_ten_regions_about_140_communes_and_about_570_sections() {
    for seed in 1..=6 {
        let world = World::generate(seed, 1, today());
        let n = |level: u8| world.areas().iter().filter(|area| area.level == level).count();
        assert_eq!((n(0), n(1)), (1, 10), "seed {seed}");
        assert!((135..=140).contains(&n(2)), "seed {seed}: {} communes", n(2));
        assert!((555..=570).contains(&n(3)), "seed {seed}: {} sections", n(3));
        assert_eq!(world.boundaries().len(), world.areas().len(), "every area has its outline");
    }
}

#[test]
fn no_code_is_given_twice_and_each_begins_with_its_parents() {
    let mut seen = BTreeSet::new();
    for area in world().areas() {
        assert!(seen.insert(&area.pcode), "{} twice", area.pcode);
        let code = area.pcode.as_str();
        let length = [2, 4, 6, 9][area.level as usize];
        assert_eq!(code.len(), length, "{code}");
        if let Some(parent) = &area.parent {
            assert!(code.starts_with(parent.as_str()) && seen.contains(parent), "{code} under {parent}");
        }
    }
}

#[test]
fn the_children_of_an_area_fill_it_exactly() {
    for seed in [1, 2, 3] {
        let world = World::generate(seed, 1, today());
        let size: BTreeMap<&Pcode, f64> =
            world.boundaries().iter().map(|boundary| (&boundary.pcode, boundary.shape.unsigned_area())).collect();
        let mut filled: BTreeMap<&Pcode, f64> = BTreeMap::new();
        for area in world.areas() {
            if let Some(parent) = &area.parent {
                *filled.entry(parent).or_default() += size[&area.pcode];
            }
        }
        for (parent, sum) in filled {
            assert!((sum - size[parent]).abs() < 1e-9, "seed {seed}: {parent} {sum} {}", size[parent]);
        }
    }
}

#[test]
fn an_area_has_exactly_the_corners_of_its_childrens_outer_sides() {
    let corners = |boundary: &dtm_model::Boundary| -> BTreeSet<(i64, i64)> {
        let rings =
            boundary.shape.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
        rings
            .flat_map(|ring| ring.0.iter().map(|at| ((at.x * 1e5).round() as i64, (at.y * 1e5).round() as i64)))
            .collect()
    };
    let mut of_children: BTreeMap<Pcode, BTreeSet<(i64, i64)>> = BTreeMap::new();
    let by_code: BTreeMap<_, _> = world().boundaries().iter().map(|boundary| (&boundary.pcode, boundary)).collect();
    for area in world().areas() {
        if let Some(parent) = &area.parent {
            of_children.entry(parent.clone()).or_default().extend(corners(by_code[&area.pcode]));
        }
    }
    for (parent, children) in of_children {
        assert!(corners(by_code[&parent]).is_subset(&children), "{parent} has corners of its own");
    }
}

#[test]
fn outlines_run_counter_clockwise_and_lie_in_the_open_atlantic() {
    for boundary in world().boundaries() {
        assert!(boundary.shape.signed_area() > 0.0, "{}", boundary.pcode);
    }
    let country = world().boundaries()[0].shape.bounding_rect().unwrap();
    assert!(country.min().x > -31.2 && country.max().x < -29.1 && country.min().y > 18.6 && country.max().y < 21.0);
    let area_km2 = world().boundaries()[0].shape.unsigned_area() * 104.8 * 110.69;
    assert!((9_000.0..22_000.0).contains(&area_km2), "{area_km2} km²");
}

#[test]
fn every_place_lies_inside_its_section() {
    for seed in [1, 4] {
        let world = World::generate(seed, 3, today());
        let atlas = world.atlas();
        for place in world.places() {
            let at = place.position.unwrap();
            let section = &atlas.boundary(&place.area).unwrap().shape;
            assert!(
                section.contains(&geo::Point::new(at.lon, at.lat)),
                "seed {seed}: {} outside {}",
                place.ssid,
                place.area
            );
        }
    }
}

#[test]
fn some_450_places_and_six_flow_points_have_ids_of_their_own() {
    let places = world().places();
    let ids: BTreeSet<_> = places.iter().map(|place| &place.ssid).collect();
    assert_eq!(ids.len(), places.len());
    assert_eq!(places.iter().filter(|place| place.kind == PlaceKind::FlowPoint).count(), 6);
    assert!((440..=470).contains(&places.len()), "{}", places.len());
    assert!(World::generate(1, 20, today()).places().len() > 8_000, "the scale multiplies places");
}

#[test]
fn every_area_is_named_in_both_languages_and_for_the_public_api() {
    let mut communes = BTreeSet::new();
    for area in world().areas() {
        assert!(area.name.has(Lang::En) && area.name.has(Lang::Fr), "{}", area.pcode);
        let api = &area.aliases["dtm-api"];
        assert!(api.is_ascii() && !api.contains('-'), "{api}");
        assert!(area.level != 2 || communes.insert(area.name.get(Lang::Fr)), "{} twice", area.name.get(Lang::Fr));
    }
    assert_eq!(world().areas()[0].name.get(Lang::Fr), "Sorélie");
    assert!(communes.contains("Port-Calaune"));
}
