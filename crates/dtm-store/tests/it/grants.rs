//! Roles given and taken back, and what the first migration makes of the roles there were.

use crate::{conflict, is_missing};
use dtm_model::{Dissemination, Grant, GrantId, Held, Pcode, Role, Sees, UserId};
use dtm_store::User;
use dtm_testkit::{app_user, draw, now, office, on_both_databases, stamp};

fn grant(actor: impl ToString, role: Role, held: Held) -> Grant {
    let id = GrantId::new(now(), draw());
    Grant { id, actor: actor.to_string(), role, held, areas: Vec::new(), sees: Sees::Secret, given_at: now() }
}

fn user(email: &str) -> User {
    User::new(UserId::new(now(), draw()), email, "Amina", "$argon2id$".to_owned(), now())
}

#[test]
fn a_role_is_given_once_at_a_place_and_read_back_as_it_was_given() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let (admin, amina) = (user("admin@example.org"), user("amina@example.org"));
        store.create_user(&admin, &[grant(&admin.id, Role::Admin, Held::Site)], &[], &stamp()).await.unwrap();
        let form = Held::Form(office.operation.id.clone(), office.form.clone());
        let narrow = Grant {
            areas: vec![Pcode::from("XS01"), Pcode::from("XS0203")],
            sees: Sees::Confidential,
            ..grant(&amina.id, Role::Reviewer, Held::Project(office.operation.id.clone()))
        };
        store.create_user(&amina, std::slice::from_ref(&narrow), &[], &stamp()).await.unwrap();
        let viewer = grant(&amina.id, Role::Viewer, form.clone());
        store.give(&viewer, &stamp()).await.unwrap();
        assert_eq!(store.grants_of(&amina.id).await.unwrap(), [narrow.clone(), viewer.clone()]);
        assert_eq!(store.grants_at(&form).await.unwrap(), std::slice::from_ref(&viewer));
        assert_eq!(store.grants_in(&office.operation.id).await.unwrap().len(), 2);
        assert_eq!(store.grants_at(&Held::Site).await.unwrap().len(), 1);
        assert_eq!(conflict(store.give(&grant(&amina.id, Role::Viewer, form), &stamp()).await), "grant");
        store.take(&viewer.id, &stamp()).await.unwrap();
        assert!(is_missing(store.take(&viewer.id, &stamp()).await));
        assert_eq!(store.grants().await.unwrap().len(), 2);
        let actions: Vec<String> =
            store.audit_of(&amina.id.to_string()).await.unwrap().into_iter().map(|entry| entry.action).collect();
        assert_eq!(actions, ["user.created", "grant.given", "grant.given", "grant.taken"]);
    });
}

#[test]
fn the_last_administrator_can_neither_be_removed_nor_lose_the_role() {
    on_both_databases(async |store| {
        let (one, two) = (user("one@example.org"), user("two@example.org"));
        let first = grant(&one.id, Role::Admin, Held::Site);
        store.create_user(&one, std::slice::from_ref(&first), &[], &stamp()).await.unwrap();
        assert_eq!(conflict(store.take(&first.id, &stamp()).await), "last_administrator");
        assert_eq!(conflict(store.remove_user(&one.id, &stamp()).await), "last_administrator");
        assert_eq!(store.grants_of(&one.id).await.unwrap().len(), 1, "nothing was done by halves");
        store.create_user(&two, &[grant(&two.id, Role::Admin, Held::Site)], &[], &stamp()).await.unwrap();
        store.open_session("t", &one.id, "", now(), &stamp()).await.unwrap();
        store.remove_user(&one.id, &stamp()).await.unwrap();
        assert_eq!(conflict(store.remove_user(&two.id, &stamp()).await), "last_administrator");
        assert!(is_missing(store.remove_user(&one.id, &stamp()).await));
        assert_eq!(store.users().await.unwrap().len(), 1);
        assert_eq!(store.removed_users().await.unwrap().len(), 1);
        store.restore_user(&one.id, &stamp()).await.unwrap();
        assert_eq!(store.grants_of(&one.id).await.unwrap(), [first], "what they were given waited");
    });
}

#[test]
fn a_phone_fills_what_it_was_given_and_no_more() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let form = store.form(&office.form).await.unwrap().unwrap();
        let phone = app_user(&office.operation.id, "hash");
        store.create_app_user(&phone, &stamp()).await.unwrap();
        assert!(!store.may_fill(&phone.id, &form).await.unwrap());
        assert!(!store.forms_to_fill(&phone.id).await.unwrap().holds(&form));
        let viewer = grant(&phone.id, Role::Viewer, Held::Site);
        store.give(&viewer, &stamp()).await.unwrap();
        assert!(!store.may_fill(&phone.id, &form).await.unwrap(), "no other role lets a phone fill");
        for held in [Held::Project(form.operation.clone()), Held::Form(form.operation.clone(), form.id.clone())] {
            let filling = grant(&phone.id, Role::AppUser, held);
            store.give(&filling, &stamp()).await.unwrap();
            assert!(store.may_fill(&phone.id, &form).await.unwrap());
            assert!(store.forms_to_fill(&phone.id).await.unwrap().holds(&form));
            store.take(&filling.id, &stamp()).await.unwrap();
            assert!(!store.may_fill(&phone.id, &form).await.unwrap());
        }
    });
}

#[test]
fn the_classes_of_questions_are_set_as_a_whole() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let classes = [("a/b".to_owned(), Dissemination::Secret), ("c".to_owned(), Dissemination::Public)].into();
        store.set_field_classes(&office.form, &classes, &stamp()).await.unwrap();
        assert_eq!(store.field_classes(&office.form).await.unwrap(), classes);
        store.set_field_classes(&office.form, &Default::default(), &stamp()).await.unwrap();
        assert!(store.field_classes(&office.form).await.unwrap().is_empty());
    });
}
