//! Entities where they lie, in the order of their values, and what of a list changed for whom.

use crate::entities::{add, entity, id, labels, pairs, sites, the};
use dtm_model::{Area, FieldKind, Pcode, Text};
use dtm_store::{
    Access, AccessFilter, EntityColumn, EntityCondition, EntityFilter, EntityList, EntityOrder, EntityPatch,
    EntityPlace, EntityProperty, Mark, Store,
};
use dtm_testkit::{office, on_both_databases, stamp};
use std::collections::BTreeMap;

fn area(pcode: &str, level: u8, parent: Option<&str>) -> Area {
    Area {
        pcode: pcode.into(),
        level,
        parent: parent.map(Pcode::from),
        name: Text::both(pcode, pcode),
        aliases: BTreeMap::new(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    }
}

/// The country, two regions, and two districts of the first.
fn country() -> Vec<Area> {
    vec![
        area("XS", 0, None),
        area("XS01", 1, Some("XS")),
        area("XS02", 1, Some("XS")),
        area("XS0101", 2, Some("XS01")),
        area("XS0102", 2, Some("XS01")),
    ]
}

fn within(areas: &[&str]) -> EntityFilter {
    let areas = Some(areas.iter().map(|area| (*area).to_owned()).collect());
    EntityFilter { access: Access { areas, ..Access::default() }, ..EntityFilter::default() }
}

async fn mark(store: &Store, list: &EntityList, area: &str) -> String {
    store.entity_list_mark(list, &within(&[area]).access).await.unwrap()
}

#[test]
fn people_who_were_given_areas_have_the_entities_that_lie_in_them() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation;
        store.put_areas(&operation.admin0, &country(), &[], &stamp()).await.unwrap();
        let list = sites(&store, &operation.id).await;
        assert_eq!(list.area_property, None, "nothing says that `area` is a p-code");
        let all = [
            entity(1, "A", "area=XS0101"),
            entity(2, "B", "area=XS0102"),
            entity(3, "C", "area=XS02"),
            entity(4, "D", "area=elsewhere"),
            entity(5, "E", ""),
        ];
        add(&store, &list, &all).await.unwrap();
        assert_eq!(labels(&store, &list, &within(&["XS"])).await, "");
        store.set_entity_area(&list, Some("area"), &stamp()).await.unwrap();
        let list = the(&store, &operation.id).await;
        for (areas, expected) in [
            (&["XS"][..], "C,B,A"),
            (&["XS01"], "B,A"),
            (&["XS0101"], "A"),
            (&["XS0101", "XS02"], "C,A"),
            (&["XS01", "XS0101"], "B,A"),
            (&["XS03"], ""),
            (&[], ""),
        ] {
            assert_eq!(labels(&store, &list, &within(areas)).await, expected, "{areas:?}");
            let n = expected.split(',').filter(|label| !label.is_empty()).count() as u64;
            assert_eq!(store.count_entities(&list, &within(areas)).await.unwrap(), n, "{areas:?}");
        }
        let access = within(&["XS0101"]).access;
        assert!(store.entity_for(&list, &id(1), false, &access).await.unwrap().is_some());
        assert!(store.entity_for(&list, &id(2), false, &access).await.unwrap().is_none());
        let known = store.entity_changes(&list, &access, Mark::default(), 100).await.unwrap();
        assert_eq!(known.rows.len(), 1);

        // What moves, goes and comes back is followed; what happens elsewhere is not news.
        let before = mark(&store, &list, "XS0101").await;
        let to = |area: &str| EntityPatch { data: pairs(&format!("area={area}")), ..EntityPatch::default() };
        store.update_entity(&list, &id(3), &to("XS0102"), &stamp()).await.unwrap();
        assert_eq!(mark(&store, &list, "XS0101").await, before);
        store.update_entity(&list, &id(1), &to("XS02"), &stamp()).await.unwrap();
        assert_ne!(mark(&store, &list, "XS0101").await, before);
        assert_eq!(labels(&store, &list, &within(&["XS01"])).await, "C,B");
        let delta = store.entity_changes(&list, &access, known.next, 100).await.unwrap();
        assert!(delta.rows.is_empty() && delta.gone.contains(&id(1).to_string()));
        store.delete_entities(&list, &[id(2), id(3)], &stamp()).await.unwrap();
        assert_eq!(labels(&store, &list, &within(&["XS01"])).await, "");
        store.restore_entities(&list, &[id(3)], &stamp()).await.unwrap();
        assert_eq!(labels(&store, &list, &within(&["XS01"])).await, "C");

        // A new area, and another one around an old one.
        let before = mark(&store, &list, "XS02").await;
        let new = [area("elsewhere", 2, Some("XS02")), area("XS0102", 2, Some("XS02"))];
        store.put_areas(&operation.admin0, &new, &[], &stamp()).await.unwrap();
        assert_ne!(mark(&store, &list, "XS02").await, before);
        assert_eq!(labels(&store, &list, &within(&["XS02"])).await, "D,C,A");
        assert_eq!(labels(&store, &list, &within(&["XS01"])).await, "");
        store.set_entity_area(&list, None, &stamp()).await.unwrap();
        assert_eq!(labels(&store, &list, &within(&["XS"])).await, "");
        assert_eq!(store.verify_audit().await.unwrap().broken_at, None);
    });
}

#[test]
fn a_property_that_is_called_a_p_code_says_where_entities_lie_until_somebody_says_otherwise() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation;
        store.put_areas(&operation.admin0, &country(), &[], &stamp()).await.unwrap();
        let list = sites(&store, &operation.id).await;
        store.add_entity_property(&list, "adm2_pcode", FieldKind::Text, &stamp()).await.unwrap();
        store.add_entity_property(&list, "pcode", FieldKind::Text, &stamp()).await.unwrap();
        let list = the(&store, &operation.id).await;
        assert_eq!(list.area_property.as_deref(), Some("adm2_pcode"));
        add(&store, &list, &[entity(1, "A", "adm2_pcode=XS0101 pcode=XS02")]).await.unwrap();
        assert_eq!(labels(&store, &list, &within(&["XS01"])).await, "A");
        store.set_entity_area(&list, Some("pcode"), &stamp()).await.unwrap();
        assert_eq!(labels(&store, &list, &within(&["XS02"])).await, "A");
        let list = the(&store, &operation.id).await;
        store.delete_entity_property(&list, "pcode", &stamp()).await.unwrap();
        assert_eq!(the(&store, &operation.id).await.area_property, None);
        assert_eq!(labels(&store, &list, &within(&["XS"])).await, "");
    });
}

/// The labels in an order, read two by two.
async fn ordered(store: &Store, list: &EntityList, filter: &EntityFilter, order: &EntityOrder) -> String {
    let (mut labels, mut after): (Vec<String>, Option<EntityPlace>) = (Vec::new(), None);
    loop {
        let page = store.entity_rows_by(list, filter, order, after.as_ref(), 2).await.unwrap();
        let Some((place, _)) = page.last() else { return labels.join(",") };
        after = Some(place.clone());
        labels.extend(page.into_iter().map(|(_, row)| row.label));
    }
}

#[test]
fn a_list_comes_sorted_by_what_it_is_found_by_page_by_page() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation;
        let list = sites(&store, &operation.id).await;
        let all = [
            entity(1, "échelle", "hh=10"),
            entity(2, "Beta", "hh=-2"),
            entity(3, "alpha", ""),
            entity(4, "Alpha", "hh=9"),
            entity(5, "Beta", "hh=many"),
        ];
        add(&store, &list, &all).await.unwrap();
        let by = |property: &str, descending| EntityOrder::By { property: property.to_owned(), descending };
        let everything = EntityFilter::default();
        let sorted = async |list: &EntityList, order| ordered(&store, list, &everything, &order).await;
        assert_eq!(sorted(&list, EntityOrder::Newest).await, "Beta,Alpha,alpha,Beta,échelle");
        assert_eq!(sorted(&list, EntityOrder::Oldest).await, "échelle,Beta,alpha,Alpha,Beta");
        assert_eq!(sorted(&list, by("label", false)).await, "Alpha,Beta,Beta,alpha,échelle");
        assert!(list.finds_by("label") && !list.finds_by("hh"));
        let indexed = EntityProperty { indexed: true, ..list.property("hh").unwrap().clone() };
        store.set_entity_property(&list, &indexed, &stamp()).await.unwrap();
        let list = the(&store, &operation.id).await;
        assert_eq!(sorted(&list, by("hh", false)).await, "alpha,Beta,Alpha,échelle,Beta");
        assert_eq!(sorted(&list, by("hh", true)).await, "Beta,échelle,Alpha,Beta,alpha");
        let changed = EntityPatch { data: pairs("hh=99"), label: Some("Zulu".into()), ..EntityPatch::default() };
        store.update_entity(&list, &id(2), &changed, &stamp()).await.unwrap();
        assert_eq!(sorted(&list, by("hh", true)).await, "Beta,Zulu,échelle,Alpha,alpha");
        assert_eq!(sorted(&list, by("label", true)).await, "échelle,alpha,Zulu,Beta,Alpha");
        store.delete_entities(&list, &[id(1)], &stamp()).await.unwrap();
        assert_eq!(sorted(&list, by("hh", false)).await, "alpha,Alpha,Zulu,Beta");

        // Conditions: numbers are compared with numbers, blank is neither more nor less than anything.
        let key = |how, n: f64| EntityCondition::Key("hh".to_owned(), how, dtm_model::number_key(n));
        let blank = |how| EntityCondition::Key("hh".to_owned(), how, String::new());
        let find = async |conditions: Vec<EntityCondition>| {
            let filter = EntityFilter { conditions, ..EntityFilter::default() };
            let found = labels(&store, &list, &filter).await;
            let n = found.split(',').filter(|label| !label.is_empty()).count() as u64;
            assert_eq!(store.count_entities(&list, &filter).await.unwrap(), n);
            found
        };
        assert_eq!(find(vec![key(">", 9.0)]).await, "Zulu");
        assert_eq!(find(vec![key("<=", 9.0)]).await, "Alpha");
        assert_eq!(find(vec![key("=", 9.0)]).await, "Alpha");
        assert_eq!(find(vec![blank("=")]).await, "alpha");
        assert_eq!(find(vec![blank(">")]).await, "Beta,Alpha,Zulu");
        assert_eq!(find(vec![EntityCondition::Any(vec![key("=", 9.0), blank("=")])]).await, "Alpha,alpha");
        assert_eq!(find(vec![EntityCondition::Known(EntityColumn::UpdatedAt, true)]).await, "Zulu");
        assert_eq!(find(vec![EntityCondition::Number(EntityColumn::Version, "<", 2)]).await, "Beta,Alpha,alpha");
        assert_eq!(find(vec![EntityCondition::Says("hh".to_owned(), "9".to_owned())]).await, "Alpha,Zulu");
        assert_eq!(find(vec![EntityCondition::Says("hh".to_owned(), "%".to_owned())]).await, "");
    });
}

#[test]
fn a_phone_is_told_that_its_part_of_a_list_changed_and_of_no_other_part() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation;
        let list = sites(&store, &operation.id).await;
        store.add_actor_property(&operation.id, "pcode", &stamp()).await.unwrap();
        let rule = AccessFilter { property: "area".to_owned(), actor_property: "pcode".to_owned() };
        store.set_access_filter(&list, Some(&rule), &stamp()).await.unwrap();
        let list = the(&store, &operation.id).await;
        let access = |area: &str, owner: Option<&str>| Access {
            values: vec![("area".to_owned(), area.to_owned())],
            owner: owner.map(str::to_owned),
            ..Access::default()
        };
        let mark =
            async |area: &str, owner: Option<&str>| store.entity_list_mark(&list, &access(area, owner)).await.unwrap();
        let (nothing_yet, own) = (mark("XS01", None).await, mark("XS01", Some("awa")).await);
        add(&store, &list, &[entity(1, "A", "area=XS01"), entity(2, "B", "area=XS02")]).await.unwrap();
        let first = mark("XS01", None).await;
        assert_ne!(first, nothing_yet);
        assert_eq!(mark("XS01", Some("awa")).await, own, "somebody else made it");
        add(&store, &list, &[entity(3, "C", "area=XS02")]).await.unwrap();
        assert_eq!(mark("XS01", None).await, first);
        let moves = EntityPatch { data: pairs("area=XS01"), ..EntityPatch::default() };
        let other = mark("XS02", None).await;
        store.update_entity(&list, &id(3), &moves, &stamp()).await.unwrap();
        assert_ne!(mark("XS01", None).await, first);
        assert_ne!(mark("XS02", None).await, other);
        let before = mark("XS01", None).await;
        store.delete_entities(&list, &[id(1)], &stamp()).await.unwrap();
        assert_ne!(mark("XS01", None).await, before);
        // Another rule is another list to everybody.
        let before = mark("XS02", None).await;
        store.set_access_filter(&list, None, &stamp()).await.unwrap();
        store.set_access_filter(&list, Some(&rule), &stamp()).await.unwrap();
        assert_ne!(mark("XS02", None).await, before);
    });
}
