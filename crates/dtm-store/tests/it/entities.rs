//! Entity lists and entities: made by people and by submissions, clashing, waiting, deleted, delta by delta.

use crate::{conflict, is_missing};
use dtm_model::{
    EntityChange, EntityFeed, EntityForm, EntityId, EntityListId, EntityRefusal, EntityWishes, FieldKind, FormSchema,
    FormVersionId, Instant, OperationId, RefusedEntity, SaveTo,
};
use dtm_store::{
    Access, AccessFilter, EntityError, EntityFilter, EntityList, EntityPatch, EntityProperty, FormVersion, Mark,
    NewEntity, NewSubmission, ReviewState, Stamp, Store,
};
use dtm_testkit::{Office, draw, now, office, on_both_databases, stamp, submission};
use std::collections::BTreeMap;

pub(crate) fn id(n: u8) -> EntityId {
    EntityId::new([n; 16])
}

pub(crate) fn pairs(text: &str) -> BTreeMap<String, String> {
    text.split_whitespace().filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect()
}

pub(crate) fn entity(n: u8, label: &str, data: &str) -> NewEntity {
    NewEntity { id: id(n), label: label.to_owned(), data: pairs(data) }
}

/// A list `sites` with an area and a number of households.
pub(crate) async fn sites(store: &Store, operation: &OperationId) -> EntityList {
    let list = EntityListId::new(now(), draw());
    store.create_entity_list(&list, operation, "sites", [false, false], &stamp()).await.unwrap();
    let list = the(store, operation).await;
    store.add_entity_property(&list, "area", FieldKind::Text, &stamp()).await.unwrap();
    store.add_entity_property(&list, "hh", FieldKind::Integer, &stamp()).await.unwrap();
    the(store, operation).await
}

pub(crate) async fn the(store: &Store, operation: &OperationId) -> EntityList {
    store.entity_list(operation, "sites").await.unwrap().unwrap()
}

pub(crate) async fn add(store: &Store, list: &EntityList, entities: &[NewEntity]) -> Result<(), EntityError> {
    store.create_entities(list, entities, None, Some("test"), &stamp()).await
}

/// The labels of a page, newest first.
pub(crate) async fn labels(store: &Store, list: &EntityList, filter: &EntityFilter) -> String {
    let page = store.entities(list, filter, None, 50, 0).await.unwrap();
    page.iter().map(|one| one.version.label.as_str()).collect::<Vec<_>>().join(",")
}

/// Each version of an entity: number, base, values; then how it clashes.
async fn story(store: &Store, list: &EntityList, n: u8) -> String {
    let mut lines: Vec<String> = Vec::new();
    for version in store.entity_versions(list, &id(n)).await.unwrap() {
        let base = version.base_version.map_or(String::new(), |base| format!("<{base}"));
        let values: Vec<String> = version.data.iter().map(|(k, v)| format!("{k}={v}")).collect();
        lines.push(format!("{}{base} {} {}", version.number, version.label, values.join(" ")));
    }
    let clash = store.entity(list, &id(n), false).await.unwrap().and_then(|entity| entity.conflict);
    lines.extend(clash.map(|clash| format!("{clash:?}")));
    lines.join("; ")
}

fn change(n: u8, data: &str) -> EntityChange {
    EntityChange {
        list: "sites".to_owned(),
        id: id(n),
        create: false,
        update: true,
        label: None,
        base_version: None,
        trunk_version: None,
        branch: None,
        data: pairs(data),
    }
}

fn made(n: u8, label: &str, data: &str) -> EntityChange {
    EntityChange { create: true, update: false, label: Some(label.to_owned()), ..change(n, data) }
}

fn offline(n: u8, base: u32, data: &str) -> EntityChange {
    EntityChange { base_version: Some(base), branch: Some(id(99)), ..change(n, data) }
}

/// Sends a submission that wants these changes, and returns it.
async fn send(store: &Store, office: &Office, name: &str, changes: Vec<EntityChange>) -> NewSubmission {
    let entities = EntityWishes { changes, refused: Vec::new() };
    let new = NewSubmission { entities, ..submission(office, name, 1) };
    store.submit(new.clone()).await.unwrap();
    new
}

async fn troubles(store: &Store, list: &EntityList) -> Vec<EntityRefusal> {
    store.entity_troubles(list, 10).await.unwrap().into_iter().map(|trouble| trouble.why).collect()
}

#[test]
fn a_list_has_a_name_of_its_own_and_typed_properties() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        let list = sites(&store, &operation).await;
        let again = EntityListId::new(now(), draw());
        let twin = store.create_entity_list(&again, &operation, "Sites", [false, false], &stamp()).await;
        assert_eq!(conflict(twin), "entity_list_name");
        assert_eq!(
            store.similar_entity_list(&operation, "SITES").await.unwrap().map(|list| list.name),
            Some("sites".into())
        );
        assert_eq!(
            conflict(store.add_entity_property(&list, "HH", FieldKind::Text, &stamp()).await),
            "entity_property_name"
        );
        let names: Vec<_> = list.properties.iter().map(|property| (property.name.as_str(), property.kind)).collect();
        assert_eq!(names, [("area", FieldKind::Text), ("hh", FieldKind::Integer)]);
        store.set_entity_list(&list, [true, true], &stamp()).await.unwrap();
        let changed = the(&store, &operation).await;
        assert!(changed.approval_required && changed.owner_only && changed.changes > list.changes);
        store.delete_entity_property(&list, "hh", &stamp()).await.unwrap();
        assert!(is_missing(store.delete_entity_property(&list, "hh", &stamp()).await));
        store.delete_entity_list(&list, &stamp()).await.unwrap();
        assert!(store.entity_list(&operation, "sites").await.unwrap().is_none());
        assert_eq!(store.entity_lists(&operation, true).await.unwrap().len(), 1);
        store.create_entity_list(&again, &operation, "Sites", [false, false], &stamp()).await.unwrap();
    });
}

#[test]
fn an_entity_keeps_every_version_and_refuses_an_outdated_one() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        let list = sites(&store, &operation).await;
        add(&store, &list, &[entity(1, "Camp A", "area=XS01 hh=10")]).await.unwrap();
        let patch = |data: &str, base| EntityPatch { data: pairs(data), base_version: base, ..EntityPatch::default() };
        store.update_entity(&list, &id(1), &patch("hh=12", Some(1)), &stamp()).await.unwrap();
        let outdated = store.update_entity(&list, &id(1), &patch("hh=13", Some(1)), &stamp()).await;
        assert!(matches!(outdated, Err(EntityError::Version { current: 2 })));
        let forced = EntityPatch { label: Some("Camp Alpha".to_owned()), ..patch("hh=14", None) };
        store.update_entity(&list, &id(1), &forced, &stamp()).await.unwrap();
        assert_eq!(
            story(&store, &list, 1).await,
            "1 Camp A area=XS01 hh=10; 2<1 Camp A area=XS01 hh=12; 3<2 Camp Alpha area=XS01 hh=14"
        );
        let again = add(&store, &list, &[entity(1, "Camp A", "")]).await;
        assert!(matches!(again, Err(EntityError::Exists(ids)) if ids == [id(1)]));
        let nobody = store.update_entity(&list, &id(7), &patch("hh=1", None), &stamp()).await;
        assert!(matches!(nobody, Err(EntityError::Store(_))));
    });
}

#[test]
fn an_entity_in_the_trash_comes_back_or_goes_for_good() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        let list = sites(&store, &operation).await;
        add(&store, &list, &[entity(1, "A", ""), entity(2, "B", ""), entity(3, "C", "")]).await.unwrap();
        assert_eq!(store.delete_entities(&list, &[id(1), id(2), id(9)], &stamp()).await.unwrap(), [id(1), id(2)]);
        assert_eq!(labels(&store, &list, &EntityFilter::default()).await, "C");
        let trash = EntityFilter { deleted: true, ..EntityFilter::default() };
        assert_eq!(labels(&store, &list, &trash).await, "B,A");
        assert_eq!(store.restore_entities(&list, &[id(1), id(3)], &stamp()).await.unwrap(), [id(1)]);
        let later = Instant::from_millis(now().as_millis() + 1);
        assert_eq!(store.purge_entities(later, &stamp()).await.unwrap(), 1);
        assert_eq!(store.purge_entities(later, &stamp()).await.unwrap(), 0);
        assert_eq!(labels(&store, &list, &trash).await, "");
        let again = add(&store, &list, &[entity(2, "B", "")]).await;
        assert!(matches!(again, Err(EntityError::Deleted(ids)) if ids == [id(2)]));
        let states = store.entity_states(&list, &[id(1), id(2), id(9)]).await.unwrap();
        let mut deleted: Vec<_> = states.iter().map(|state| (state.id == id(2).as_str(), state.deleted)).collect();
        deleted.sort_unstable();
        assert_eq!(deleted, [(false, false), (true, true)]);
        assert_eq!(the(&store, &operation).await.n_entities, 2);
        assert_eq!(store.verify_audit().await.unwrap().broken_at, None);
    });
}

#[test]
fn a_large_upload_is_seen_whole_or_not_at_all() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        let list = sites(&store, &operation).await;
        store
            .set_entity_property(&list, &EntityProperty { unique: true, ..list.properties[1].clone() }, &stamp())
            .await
            .unwrap();
        let list = the(&store, &operation).await;
        let many = |n: u32, last: &str| -> Vec<NewEntity> {
            let one = |n: u32| {
                let mut random = [7; 16];
                random[..4].copy_from_slice(&n.to_be_bytes());
                NewEntity { id: EntityId::new(random), label: format!("Site {n}"), data: pairs(&format!("hh={n}")) }
            };
            let mut all: Vec<_> = (0..n).map(one).collect();
            all.push(NewEntity { data: pairs(last), ..one(n) });
            all
        };
        let source = || Some(serde_json::json!({ "name": "sites.csv" }));
        let twice = store.create_entities(&list, &many(9000, "hh=007"), source(), None, &stamp()).await;
        assert!(matches!(twice, Err(EntityError::NotUnique { property, .. }) if property == "hh"));
        assert_eq!(store.count_entities(&the(&store, &operation).await, &EntityFilter::default()).await.unwrap(), 0);
        assert_eq!(labels(&store, &list, &EntityFilter::default()).await, "");
        // What was given up left nothing in the way.
        store.create_entities(&list, &many(9000, "hh="), source(), None, &stamp()).await.unwrap();
        let list = the(&store, &operation).await;
        assert_eq!(list.n_entities, 9001);
        let search = |text: &str| EntityFilter { search: Some(text.to_owned()), ..EntityFilter::default() };
        assert_eq!(labels(&store, &list, &search("site 12")).await.split(',').count(), 50);
        assert_eq!(labels(&store, &list, &search("7")).await.split(',').next_back(), Some("Site 7950"));
        assert_eq!(labels(&store, &list, &search("0 site")).await, "Site 0");
        let by_number = EntityFilter { value: Some(("hh".to_owned(), " 0042".to_owned())), ..EntityFilter::default() };
        assert_eq!(labels(&store, &list, &by_number).await, "Site 42");
        let delta = store.entity_changes(&list, &Access::default(), Mark::default(), 5000).await.unwrap();
        assert!(delta.more && delta.rows.len() == 5000);
        let rest = store.entity_changes(&list, &Access::default(), delta.next, 5000).await.unwrap();
        assert!(!rest.more && rest.rows.len() == 4001);
    });
}

#[test]
fn a_value_that_must_be_unique_is_given_once() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let list = sites(&store, &office.operation.id).await;
        add(&store, &list, &[entity(1, "A", "area=XS01"), entity(2, "B", "area=XS01")]).await.unwrap();
        let unique = EntityProperty { unique: true, ..list.properties[0].clone() };
        let refused = store.set_entity_property(&list, &unique, &stamp()).await;
        assert_eq!(conflict(refused), "entity_property_not_unique");
        store.delete_entities(&list, &[id(2)], &stamp()).await.unwrap();
        store.set_entity_property(&list, &unique, &stamp()).await.unwrap();
        let clash = add(&store, &list, &[entity(3, "C", "area=XS02"), entity(4, "D", "area=XS02")]).await;
        assert!(matches!(clash, Err(EntityError::NotUnique { id: which, .. }) if which == id(4)));
        assert!(matches!(store.restore_entities(&list, &[id(2)], &stamp()).await, Err(EntityError::NotUnique { .. })));
        send(&store, &office, "uuid:1", vec![made(5, "E", "area=XS01")]).await;
        assert_eq!(troubles(&store, &list).await, [EntityRefusal::NotUnique { property: "area".to_owned() }]);
        assert_eq!(labels(&store, &list, &EntityFilter::default()).await, "A");
    });
}

#[test]
fn submissions_make_and_change_entities_and_are_stored_whatever_they_say() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let list = sites(&store, &office.operation.id).await;
        let first = send(&store, &office, "uuid:1", vec![made(1, "Camp A", "area=XS01 hh=10")]).await;
        send(&store, &office, "uuid:2", vec![EntityChange { base_version: Some(1), ..change(1, "hh=11") }]).await;
        send(&store, &office, "uuid:3", vec![EntityChange { base_version: Some(1), ..change(1, "hh=12") }]).await;
        send(&store, &office, "uuid:4", vec![EntityChange { base_version: Some(4), ..change(2, "") }]).await;
        send(&store, &office, "uuid:5", vec![EntityChange { list: "tents".to_owned(), ..made(3, "T", "") }]).await;
        assert_eq!(
            story(&store, &list, 1).await,
            "1 Camp A area=XS01 hh=10; 2<1 Camp A area=XS01 hh=11; 3<1 Camp A area=XS01 hh=12; Hard"
        );
        let versions = store.entity_versions(&list, &id(1)).await.unwrap();
        assert_eq!(versions[2].conflicting, ["hh"]);
        assert_eq!(
            versions[0].source,
            dtm_store::EntitySource::Submission { id: first.id.clone(), record: first.record.id.clone() }
        );
        assert_eq!(troubles(&store, &list).await, [EntityRefusal::UnknownEntity]);
        assert_eq!(store.count_submissions(&office.round.id).await.unwrap(), 5);
        let now = the(&store, &office.operation.id).await;
        assert_eq!((now.n_entities, now.n_conflicts), (1, 1));
        let resolve = EntityPatch { resolve: true, ..EntityPatch::default() };
        store.update_entity(&list, &id(1), &resolve, &stamp()).await.unwrap();
        assert!(matches!(store.update_entity(&list, &id(1), &resolve, &stamp()).await, Err(EntityError::NoConflict)));
        assert_eq!(the(&store, &office.operation.id).await.n_conflicts, 0);
        // Sent again, nothing happens twice.
        store.submit(first).await.unwrap();
        assert_eq!(store.entity_versions(&list, &id(1)).await.unwrap().len(), 3);
    });
}

#[test]
fn a_block_that_cannot_be_read_is_a_trouble_of_its_list() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let list = sites(&store, &office.operation.id).await;
        let refused = RefusedEntity { list: "sites".to_owned(), id: "site-4".to_owned(), why: EntityRefusal::BadId };
        let entities = EntityWishes { changes: vec![made(1, "A", "")], refused: vec![refused] };
        store.submit(NewSubmission { entities, ..submission(&office, "uuid:1", 1) }).await.unwrap();
        assert_eq!(troubles(&store, &list).await, [EntityRefusal::BadId]);
        assert_eq!(labels(&store, &list, &EntityFilter::default()).await, "A");
    });
}

#[test]
fn offline_updates_wait_for_what_they_are_based_on_and_are_forced_in_the_end() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let list = sites(&store, &office.operation.id).await;
        send(&store, &office, "uuid:3", vec![offline(1, 2, "hh=3")]).await;
        send(&store, &office, "uuid:2", vec![offline(1, 1, "hh=2 area=XS02")]).await;
        assert_eq!(store.count_held_entities(&list).await.unwrap(), 2);
        assert_eq!(store.force_entities(now(), &stamp()).await.unwrap(), 0);
        send(&store, &office, "uuid:1", vec![made(1, "Camp A", "hh=1 area=XS01")]).await;
        assert_eq!(
            story(&store, &list, 1).await,
            "1 Camp A area=XS01 hh=1; 2<1 Camp A area=XS02 hh=2; 3<2 Camp A area=XS02 hh=3"
        );
        assert_eq!(store.count_held_entities(&list).await.unwrap(), 0);

        send(&store, &office, "uuid:6", vec![offline(2, 2, "hh=6")]).await;
        send(&store, &office, "uuid:5", vec![offline(2, 1, "hh=5")]).await;
        let later = Instant::from_millis(now().as_millis() + 5 * 86_400_000);
        store.force_entities(later, &Stamp::new(later, "job:backlog")).await.unwrap();
        send(&store, &office, "uuid:4", vec![made(2, "Camp B", "hh=4 area=XS03")]).await;
        assert_eq!(
            story(&store, &list, 2).await,
            "1 auto generated hh=5; 2<1 auto generated hh=6; 3<2 Camp B area=XS03 hh=6"
        );
        assert_eq!(store.verify_audit().await.unwrap().broken_at, None);
    });
}

#[test]
fn a_list_that_asks_for_approval_makes_entities_when_it_is_given() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let list = sites(&store, &office.operation.id).await;
        store.set_entity_list(&list, [true, false], &stamp()).await.unwrap();
        let first = send(&store, &office, "uuid:1", vec![made(1, "A", "hh=1")]).await;
        let second = send(&store, &office, "uuid:2", vec![made(2, "B", "hh=2")]).await;
        let third = send(&store, &office, "uuid:3", vec![made(3, "C", "hh=3")]).await;
        assert_eq!(store.count_pending_entities(&list).await.unwrap(), 3);
        store.review(std::slice::from_ref(&first.record.id), Some(ReviewState::Approved), &stamp()).await.unwrap();
        store.review(&[first.record.id], Some(ReviewState::Approved), &stamp()).await.unwrap();
        store.review(&[second.record.id], Some(ReviewState::Rejected), &stamp()).await.unwrap();
        assert_eq!(labels(&store, &list, &EntityFilter::default()).await, "A");
        assert_eq!(store.count_pending_entities(&list).await.unwrap(), 1);
        let edit = NewSubmission {
            deprecated_id: Some(third.instance_id),
            entities: EntityWishes { changes: vec![made(3, "C edited", "hh=4")], refused: Vec::new() },
            ..submission(&office, "uuid:4", 1)
        };
        store.submit(edit).await.unwrap();
        store.set_entity_list(&list, [false, false], &stamp()).await.unwrap();
        assert_eq!(store.convert_pending_entities(&list, &stamp()).await.unwrap(), 1);
        assert_eq!(labels(&store, &list, &EntityFilter::default()).await, "C edited,A");
    });
}

#[test]
fn a_form_makes_the_lists_it_feeds_and_adds_what_they_lack() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let list = sites(&store, &office.operation.id).await;
        let save = |property: &str| SaveTo {
            path: property.to_owned(),
            property: property.to_owned(),
            kind: FieldKind::Decimal,
        };
        let feed = |name: &str, saves: Vec<SaveTo>| EntityFeed {
            list: name.to_owned(),
            path: String::new(),
            in_repeat: false,
            creates: true,
            updates: false,
            saves,
        };
        let form = EntityForm {
            spec: "2025.1.0".to_owned(),
            feeds: vec![feed("sites", vec![save("hh"), save("share")]), feed("tents", vec![])],
        };
        let operation = &office.operation.id;
        let first = store.form_version_by_id(&office.version).await.unwrap().unwrap();
        let version = |number: &str, form: EntityForm, published: bool| FormVersion {
            id: FormVersionId::new(now(), draw()),
            version: number.to_owned(),
            schema: FormSchema { entities: Some(form), ..first.schema.clone() },
            published_at: published.then(|| Instant::from_millis(now().as_millis() + 1)),
            ..first.clone()
        };
        let draft = version("2", form.clone(), false);
        store.add_form_version(&draft, &stamp()).await.unwrap();
        assert!(store.entity_list(operation, "tents").await.unwrap().is_none());
        store.publish_form_version(&draft.id, &stamp()).await.unwrap();
        store.add_form_version(&version("3", form.clone(), true), &stamp()).await.unwrap();
        let names: Vec<_> = the(&store, operation).await.properties.into_iter().map(|p| (p.name, p.kind)).collect();
        let named = |name: &str, kind| (name.to_owned(), kind);
        assert_eq!(
            names,
            [named("area", FieldKind::Text), named("hh", FieldKind::Integer), named("share", FieldKind::Decimal)]
        );
        let feeds = store.entity_feeds(&list).await.unwrap();
        assert_eq!(feeds.iter().map(|feed| feed.current).collect::<Vec<_>>(), [true, false]);
        assert_eq!(feeds[0].xml_form_id, "site_assessment");
        assert!(store.entity_list(operation, "tents").await.unwrap().is_some());
        let clash = EntityForm { feeds: vec![feed("Sites", vec![])], ..form };
        let refused = store.add_form_version(&version("4", clash, true), &stamp()).await;
        assert_eq!(conflict(refused), "entity_list_name");
    });
}

#[test]
fn a_phone_gets_what_its_own_properties_give_it_and_the_changes_since() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        let list = sites(&store, &operation).await;
        let filter = AccessFilter { property: "area".to_owned(), actor_property: "pcode".to_owned() };
        assert!(is_missing(store.set_access_filter(&list, Some(&filter), &stamp()).await));
        store.add_actor_property(&operation, "pcode", &stamp()).await.unwrap();
        add(&store, &list, &[entity(1, "A", "area=XS01"), entity(2, "B", "area=XS02")]).await.unwrap();
        store.set_access_filter(&list, Some(&filter), &stamp()).await.unwrap();
        store.set_actor_properties(&operation, "phone", &pairs("pcode=XS01"), &stamp()).await.unwrap();
        assert_eq!(store.actor_property_values("phone").await.unwrap(), pairs("pcode=XS01"));
        let list = the(&store, &operation).await;
        assert_eq!(list.filters, [filter]);
        let access = Access { values: vec![("area".to_owned(), "XS01".to_owned())], ..Access::default() };
        let mine = EntityFilter { access: access.clone(), ..EntityFilter::default() };
        assert_eq!(labels(&store, &list, &mine).await, "A");
        let mark = store.entity_list_mark(&list, &access).await.unwrap();
        let known = store.entity_changes(&list, &access, Mark::default(), 100).await.unwrap();
        assert_eq!((known.rows.len(), known.gone.len()), (1, 1));
        // What happens elsewhere is not news to this phone.
        add(&store, &list, &[entity(3, "C", "area=XS02")]).await.unwrap();
        assert_eq!(store.entity_list_mark(&list, &access).await.unwrap(), mark);
        let moved = EntityPatch { data: pairs("area=XS09"), ..EntityPatch::default() };
        store.update_entity(&list, &id(1), &moved, &stamp()).await.unwrap();
        assert_ne!(store.entity_list_mark(&list, &access).await.unwrap(), mark);
        let delta = store.entity_changes(&list, &access, known.next, 100).await.unwrap();
        assert_eq!(delta.rows, []);
        assert!(delta.gone.contains(&id(1).to_string()));
        let nothing = Access { nothing: true, ..Access::default() };
        assert_eq!(labels(&store, &list, &EntityFilter { access: nothing, ..EntityFilter::default() }).await, "");
        let own = Access { owner: Some("somebody else".to_owned()), ..Access::default() };
        assert_eq!(labels(&store, &list, &EntityFilter { access: own, ..EntityFilter::default() }).await, "");
    });
}
