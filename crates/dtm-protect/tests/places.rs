//! Places of assessment as policies show them.
#![allow(clippy::unwrap_used)]

mod common;

use common::{candidate, table, text};
use dtm_model::{Pcode, Place, PlaceKind, Point, Ssid};
use dtm_protect::{PlacePolicy, Policy, Position, Release, release};
use expect_test::{Expect, expect};

fn place(ssid: &str, area: &str, kind: PlaceKind, lon: f64, lat: f64) -> Place {
    Place {
        ssid: Ssid::from(ssid),
        kind,
        name: format!("Place {ssid}"),
        area: Pcode::from(area),
        site_type: None,
        position: Some(Point { lon, lat }),
        opened_on: None,
        closed_on: None,
        aliases: Vec::new(),
        merged_into: None,
    }
}

fn released(places: PlacePolicy) -> Release {
    let areas = table(
        "areas",
        "
        area       idp_ind in_sites<idp_ind in_host<idp_ind
        XS             150               60              90
        XS01           150               60              90
        XS0101         150               60              90
        XS010101       150               60              90",
    );
    let listed = table(
        "places",
        "
        place         idp_ind
        XS010101-s3        60
        XS010101-h1        87
        XS010101-h2         3",
    );
    let mut candidate = candidate(vec![areas, listed]);
    candidate.places = vec![
        place("XS010101-s3", "XS010101", PlaceKind::Site, -72.3456, 18.5432),
        place("XS010101-h1", "XS010101", PlaceKind::HostCommunity, -0.04, 18.5),
        place("XS010101-h2", "XS999999", PlaceKind::HostCommunity, 1.05, 2.0),
    ];
    release(candidate, &Policy { places, ..Policy::public() }).unwrap()
}

fn check(policy: PlacePolicy, expected: Expect) {
    let release = released(policy);
    let mut out = String::new();
    for place in release.places() {
        let at = place.position.map_or("withheld".to_owned(), |at| format!("{},{}", at.lon, at.lat));
        out.push_str(&format!("{} «{}» {} {at} {}\n", place.ssid, place.name, place.area, place.coarsened));
    }
    for table in release.tables() {
        out.push_str(&text(table));
    }
    expected.assert_eq(&out);
}

#[test]
fn a_place_stands_near_where_it_is_in_the_smallest_area_named() {
    check(
        Policy::public().places,
        expect![[r#"
        XS010101-h1 «Place XS010101-h1» XS0101 0,18.5 true
        XS010101-h2 «Place XS010101-h2» XS 1.1,2 true
        XS010101-s3 «Place XS010101-s3» XS0101 -72.3,18.5 true
        area     idp_ind  in_sites   in_host
        XS           150        60        90
        XS01         150        60        90
        XS0101       150        60        90
        place         idp_ind
        XS010101-h1         x
        XS010101-h2         *
        XS010101-s3        60
    "#]],
    );
}

#[test]
fn a_place_without_a_name_has_a_number_that_tells_nothing() {
    let policy = PlacePolicy { listed: true, named: false, position: Position::Withheld };
    check(
        policy,
        expect![[r#"
        P1 «» XS withheld false
        P2 «» XS0101 withheld false
        P3 «» XS0101 withheld false
        area     idp_ind  in_sites   in_host
        XS           150        60        90
        XS01         150        60        90
        XS0101       150        60        90
        place   idp_ind
        P1            *
        P2            x
        P3           60
    "#]],
    );
    let stored = String::from_utf8(released(policy).to_bytes()).unwrap();
    assert!(!stored.contains("XS010101") && !stored.contains("Place"), "{stored}");
}

#[test]
fn places_that_are_not_listed_are_nowhere() {
    let policy = PlacePolicy { listed: false, named: true, position: Position::Exact };
    check(
        policy,
        expect![[r#"
        area     idp_ind  in_sites   in_host
        XS           150        60        90
        XS01         150        60        90
        XS0101       150        60        90
    "#]],
    );
    assert!(!String::from_utf8(released(policy).to_bytes()).unwrap().contains("-s3"));
}

#[test]
fn a_place_is_protected_with_the_smallest_area_in_any_table() {
    let areas = table("areas", "area idp_ind\nXS 150\nXS01 150\nXS0101 150\nXS010101 63\nXS010102 87");
    let listed = table("places", "place idp_ind\nXS010101-h1 60\nXS010101-h2 3\nXS010102-h3 47\nXS010102-h4 40");
    let mut candidate = candidate(vec![areas, listed]);
    for ssid in ["XS010101-h1", "XS010101-h2", "XS010102-h3", "XS010102-h4"] {
        candidate.places.push(place(ssid, &ssid[..8], PlaceKind::HostCommunity, 0.0, 0.0));
    }
    let policy = Policy { smallest_level_in_areas: Some(3), ..Policy::public() };
    let release = release(candidate, &policy).unwrap();
    let shown: String = release.tables().iter().map(text).collect();
    expect![[r#"
        area       idp_ind
        XS             150
        XS01           150
        XS0101         150
        XS010101        63
        XS010102        87
        place         idp_ind
        XS010101-h1         x
        XS010101-h2         *
        XS010102-h3        47
        XS010102-h4        40
    "#]]
    .assert_eq(&shown);
}
