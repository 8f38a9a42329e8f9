//! Areas, places, indicators and mappings.

use crate::{conflict, is_missing};
use dtm_model::{
    Aggregation, Boundary, Dissemination, Group, Indicator, Instant, MappingId, Pcode, Place, PlaceKind, Point, Ssid,
    Text, Unit, ValueKind,
};
use dtm_store::{AreasChanged, NewMapping, PlacesChanged, Stamp, StoreError};
use dtm_testkit::{area, draw, now, office, on_both_databases, place, stamp};

fn square(pcode: &str, hole: bool) -> Boundary {
    let ring =
        |from: f64, to: f64| geo::LineString::from(vec![[from, from], [to, from], [to, to], [from, to], [from, from]]);
    let holes = if hole { vec![ring(2.5, 3.5)] } else { vec![] };
    let polygons = vec![geo::Polygon::new(ring(1.0, 5.0), holes), geo::Polygon::new(ring(7.0, 7.25), vec![])];
    Boundary { pcode: pcode.into(), shape: geo::MultiPolygon(polygons) }
}

#[test]
fn an_atlas_comes_back_as_it_was_put_and_can_be_put_again() {
    on_both_databases(async |store| {
        let admin0 = Pcode::from("XS");
        let areas = [area("XS", "Sorelia"), area("XS01", "Bérane"), area("XS0101", "Nord"), area("XS0101", "Norte")];
        let boundaries = [square("XS01", true), square("XS0101", false)];
        store.put_areas(&admin0, &areas, &boundaries, &stamp()).await.unwrap();
        store.put_areas(&admin0, &[area("XS01", "Berane")], &[square("XS01", false)], &stamp()).await.unwrap();
        let alias = |pcode: &str| [(Pcode::from(pcode), "dtm-api".to_owned(), "BERANE".to_owned())];
        store.put_aliases(&admin0, &alias("XS01"), &stamp()).await.unwrap();
        assert!(is_missing(store.put_aliases(&admin0, &alias("XS99"), &stamp()).await));

        let atlas = store.atlas(&admin0).await.unwrap();
        assert_eq!(atlas.areas().count(), 3);
        let berane = atlas.area(&"XS01".into()).unwrap();
        assert_eq!(berane.name, Text::both("Berane", "Berane"));
        assert_eq!(berane.aliases["dtm-api"], "BERANE");
        assert_eq!(atlas.area(&"XS0101".into()).unwrap().name, Text::both("Norte", "Norte"));
        assert_eq!(atlas.boundary(&"XS01".into()), Some(&square("XS01", false)));
        assert_eq!(atlas.boundary(&"XS0101".into()), Some(&square("XS0101", false)));
        assert_eq!(store.atlas(&"XZ".into()).await.unwrap().areas().count(), 0);
    });
}

#[test]
fn an_area_remembers_who_changed_it_and_gets_its_name_and_outline_back() {
    on_both_databases(async |store| {
        let (admin0, code) = (Pcode::from("XS"), Pcode::from("XS01"));
        let at = |minute: i64, by: &str| Stamp::new(Instant::from_millis(now().as_millis() + minute * 60_000), by);
        store.put_areas(&admin0, &[area("XS01", "Berane")], &[square("XS01", true)], &at(0, "demo")).await.unwrap();
        let (named, drawn) = ([area("XS01", "Bérane")], [square("XS01", false)]);
        let changed = store.change_areas(&admin0, &named, &drawn, "decree 12", &at(1, "user:1")).await.unwrap();
        assert_eq!(changed, AreasChanged { n_new: 0, n_changed: 1 });
        let same = store.change_areas(&admin0, &named, &drawn, "again", &at(2, "user:1")).await.unwrap();
        assert_eq!(same, AreasChanged::default(), "nothing changed, nothing is kept");
        let both = [area("XS02", "Sud"), area("XS03", "Est")];
        store.change_areas(&admin0, &both, &[], "", &at(3, "user:1")).await.unwrap();

        let told = async || -> Vec<String> {
            let history = store.area_history(&admin0, &code, 9).await.unwrap();
            let name =
                |v: &dtm_store::AreaVersion| v.area.as_ref().map(|area| area.name.get(dtm_model::Lang::En).to_owned());
            history
                .iter()
                .map(|v| format!("{} {:?} {} {} {}", v.version, name(v), v.is_redrawn, v.by, v.reason))
                .collect()
        };
        assert_eq!(told().await, ["2 Some(\"Bérane\") true user:1 decree 12", "1 Some(\"Berane\") true demo "]);
        let undo =
            async |minute: i64, by: &str| store.undo_areas(&admin0, at(minute, by).at, "", &at(9, by)).await.unwrap();
        assert_eq!(undo(1, "user:2").await, 0, "what another did");
        assert_eq!(undo(1, "user:1").await, 1);
        let atlas = store.atlas(&admin0).await.unwrap();
        assert_eq!(atlas.area(&code).unwrap().name, Text::both("Berane", "Berane"));
        assert_eq!(atlas.boundary(&code), Some(&square("XS01", true)));
        assert_eq!(told().await[0], "3 Some(\"Berane\") true user:1 ");
        // A new area goes, unless a place lies in it by now.
        let office = office(&store).await;
        store.put_places(&office.operation.id, &[place("P", "XS02")], &stamp()).await.unwrap();
        assert_eq!(undo(3, "user:1").await, 1);
        let atlas = store.atlas(&admin0).await.unwrap();
        assert_eq!((atlas.area(&"XS02".into()).is_some(), atlas.area(&"XS03".into()).is_some()), (true, false));
    });
}

#[test]
fn an_outline_keeps_its_holes() {
    on_both_databases(async |store| {
        store.put_areas(&"XS".into(), &[area("XS01", "A")], &[square("XS01", true)], &stamp()).await.unwrap();
        let atlas = store.atlas(&"XS".into()).await.unwrap();
        assert_eq!(atlas.boundary(&"XS01".into()), Some(&square("XS01", true)));
    });
}

#[test]
fn a_position_that_is_no_number_is_refused() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let adrift = Place { position: Some(Point { lon: f64::NAN, lat: 1.0 }), ..place("XS-1", "XS01") };
        let refused = store.put_places(&office.operation.id, &[adrift], &stamp()).await;
        assert_eq!(conflict(refused), "place_position");
        let mut outline = square("XS01", false);
        outline.shape.0[0].exterior_mut(|line| line.0[1].x = f64::INFINITY);
        let refused = store.put_areas(&"XS".into(), &[area("XS01", "A")], &[outline], &stamp()).await;
        assert_eq!(conflict(refused), "boundary_coordinates");
    });
}

#[test]
fn a_place_put_again_is_replaced() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let id = &office.operation.id;
        let many: Vec<Place> = (0..150).map(|n| place(&format!("XS-{n:03}"), "XS0101")).collect();
        store.put_places(id, &many, &stamp()).await.unwrap();
        let moved = Place { kind: PlaceKind::HostCommunity, ..place("XS-007", "XS0102") };
        store.put_places(id, std::slice::from_ref(&moved), &stamp()).await.unwrap();
        let places = store.places(id).await.unwrap();
        assert_eq!(places.len(), 150);
        assert_eq!(places[7], moved);
        assert_eq!(places[8], many[8]);
        assert_eq!(store.place(id, &Ssid::from("XS-007")).await.unwrap(), Some(moved));
        assert_eq!(store.place(id, &Ssid::from("XS-999")).await.unwrap(), None);
    });
}

#[test]
fn a_dictionary_grows_and_changes() {
    on_both_databases(async |store| {
        let indicator = |code: &str, label: &str| Indicator {
            code: code.to_owned(),
            label: Text::both(label, label),
            kind: ValueKind::Integer,
            unit: Some(Unit::Persons),
            group: Some(Group::Idp),
            hxl: Some("#affected+idps+ind".to_owned()),
            dissemination: Dissemination::Public,
            aggregation: Aggregation::StockSum,
            core_in: vec!["B2".to_owned()],
            choices: vec![("yes".to_owned(), Text::both("Yes", "Oui"))],
        };
        store.put_indicators(&[indicator("a", "one"), indicator("b", "two")], &stamp()).await.unwrap();
        store.put_indicators(&[indicator("b", "deux"), indicator("c", "trois")], &stamp()).await.unwrap();
        let dictionary = store.dictionary().await.unwrap();
        assert_eq!(dictionary.len(), 3);
        assert_eq!(dictionary.get("b"), Some(&indicator("b", "deux")));
    });
}

#[test]
fn a_mapping_gets_a_version_only_when_it_changes() {
    on_both_databases(async |store| {
        let exercise = office(&store).await.exercise.id;
        let mut versions = Vec::new();
        for (key, text) in [("form", "a = 1"), ("form", "a = 1"), ("form", "a = 2"), ("table", "b = 1")] {
            let id = MappingId::new(now(), draw());
            versions.push(store.put_mapping(&id, &exercise, key, text, &stamp()).await.unwrap());
        }
        assert_eq!(versions, [1, 1, 2, 1]);
        assert_eq!(store.mapping(&exercise, "form").await.unwrap(), Some((2, "a = 2".to_owned())));
        assert_eq!(store.mapping(&exercise, "none").await.unwrap(), None);
        let all = store.mappings(&exercise).await.unwrap();
        let all: Vec<_> = all.iter().map(|one| (one.form_key.as_str(), one.version, one.text.as_str())).collect();
        assert_eq!(all, [("form", 2, "a = 2"), ("table", 1, "b = 1")]);
    });
}

#[test]
fn of_two_who_change_a_mapping_at_once_the_second_is_told_and_every_version_stays_with_its_reason() {
    on_both_databases(async |store| {
        let exercise = office(&store).await.exercise.id;
        let put = async |text: &str, reason: &str, after| {
            let new = NewMapping { exercise: &exercise, form_key: "form", text, reason, after };
            store.add_mapping(&MappingId::new(now(), draw()), new, &stamp()).await
        };
        assert_eq!(put("a = 1", "drafted", Some(0)).await.unwrap(), 1);
        assert_eq!(put("a = 2", "gangs are insecurity", Some(1)).await.unwrap(), 2);
        let late = put("a = 3", "made from version 1", Some(1)).await;
        assert!(matches!(late, Err(StoreError::Conflict { what: "mapping" })), "{late:?}");
        assert_eq!(put("a = 2", "the same again", Some(1)).await.unwrap(), 2, "nothing was to change");
        assert_eq!(put("a = 1", "as it was", Some(2)).await.unwrap(), 3);
        let told = store.mapping_versions(&exercise, "form", 2).await.unwrap();
        let told: Vec<_> = told.iter().map(|one| (one.version, one.text.as_str(), one.reason.as_str())).collect();
        assert_eq!(told, [(3, "a = 1", "as it was"), (2, "a = 2", "gangs are insecurity")]);
        let first = store.mapping_version(&exercise, "form", 1).await.unwrap().unwrap();
        assert_eq!((first.reason.as_str(), first.made_by), ("drafted", stamp().by));
        assert_eq!(store.mapping_version(&exercise, "form", 9).await.unwrap(), None);
    });
}

#[test]
fn every_state_of_a_place_is_kept_and_the_last_change_can_be_taken_back() {
    on_both_databases(async |store| {
        let operation = &office(&store).await.operation.id;
        let stamp_at = |ms: i64, by: &str| Stamp { at: Instant::from_millis(ms), by: by.to_owned(), notes: None };
        let golf = place("XS-1", "XS01");
        let renamed = Place { name: "Terrain Golf".to_owned(), ..golf.clone() };
        store.put_places(operation, &[golf.clone(), place("XS-2", "XS01")], &stamp_at(1, "job:settle")).await.unwrap();
        let both = [renamed.clone(), place("XS-2", "XS01"), place("XS-3", "XS02")];
        let changed = store.change_places(operation, &both, "as its people say", &stamp_at(2, "ana")).await.unwrap();
        assert_eq!(changed, PlacesChanged { n_new: 1, n_changed: 1 });
        let again = store.change_places(operation, &both, "", &stamp_at(3, "ana")).await.unwrap();
        assert_eq!(again, PlacesChanged::default());

        let told = async |ssid: &str| -> Vec<(i64, String, String)> {
            let history = store.place_history(operation, &ssid.into(), 10).await.unwrap();
            let name = |place: Option<Place>| place.map_or_else(|| "-".to_owned(), |place| place.name);
            history.into_iter().map(|one| (one.version, name(one.place), one.reason)).collect()
        };
        let first = (1, golf.name.clone(), String::new());
        let second = (2, "Terrain Golf".to_owned(), "as its people say".to_owned());
        assert_eq!(told("XS-1").await, [second.clone(), first.clone()]);
        assert_eq!(told("XS-2").await.len(), 1);

        let undo = async |at: i64, by: &str| {
            store.undo_places(operation, Instant::from_millis(at), "back", &stamp_at(9, by)).await.unwrap()
        };
        assert_eq!(undo(2, "ben").await, 0, "somebody else's change");
        assert_eq!(undo(2, "ana").await, 2);
        assert_eq!(undo(2, "ana").await, 0, "it is taken back already");
        assert_eq!(store.places(operation).await.unwrap(), [golf.clone(), place("XS-2", "XS01")]);
        assert_eq!(told("XS-1").await, [(3, golf.name.clone(), "back".to_owned()), second, first]);
        assert_eq!(told("XS-3").await[0].1, "-");
        // It may come again, and is then new.
        let changed = store.change_places(operation, &both[2..], "", &stamp_at(10, "ana")).await.unwrap();
        assert_eq!(changed, PlacesChanged { n_new: 1, n_changed: 0 });
        assert_eq!(store.place(operation, &"XS-3".into()).await.unwrap(), Some(both[2].clone()));
        assert_eq!(undo(10, "ana").await, 1);
        assert_eq!(store.place(operation, &"XS-3".into()).await.unwrap(), None);
    });
}

#[test]
fn two_places_are_two_in_whatever_order_they_are_named() {
    on_both_databases(async |store| {
        let operation = &office(&store).await.operation.id;
        let (a, b) = (Ssid::from("XS-1"), Ssid::from("XS-2"));
        store.set_distinct(operation, (&b, &a), true, &stamp()).await.unwrap();
        store.set_distinct(operation, (&a, &b), true, &stamp()).await.unwrap();
        let pairs = store.distinct_places(operation).await.unwrap();
        assert_eq!(pairs.into_iter().collect::<Vec<_>>(), [(a.clone(), b.clone())]);
        store.set_distinct(operation, (&b, &a), false, &stamp()).await.unwrap();
        assert!(store.distinct_places(operation).await.unwrap().is_empty());
    });
}
