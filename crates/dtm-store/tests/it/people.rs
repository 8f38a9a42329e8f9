//! People, phones and keys.

use crate::{conflict, is_missing};
use dtm_model::{ApiKeyId, Instant, UserId};
use dtm_store::{ApiKey, AppUser, Product, StoreError, User};
use dtm_testkit::{app_user, day, draw, now, on_both_databases, operation, stamp};

fn user(email: &str) -> User {
    User {
        email: email.to_owned(),
        ..User::new(UserId::new(now(), draw()), "", "Amina", "$argon2id$".to_owned(), now())
    }
}

fn later(seconds: i64) -> Instant {
    Instant::from_millis(now().as_millis() + seconds * 1000)
}

#[test]
fn an_address_signs_in_whatever_its_case() {
    on_both_databases(async |store| {
        let amina = user("Amina@Example.org");
        store.create_user(&amina, &[], &[], &stamp()).await.unwrap();
        let known = User { email: "amina@example.org".to_owned(), ..amina.clone() };
        assert_eq!(store.user_by_email(" AMINA@example.org ").await.unwrap(), Some(known.clone()));
        assert_eq!(store.user(&amina.id).await.unwrap(), Some(known));
        assert_eq!(conflict(store.create_user(&user("amina@example.ORG"), &[], &[], &stamp()).await), "user_email");
        assert_eq!(store.count_users().await.unwrap(), 1);
        assert_eq!(store.users().await.unwrap().len(), 1);
    });
}

#[test]
fn sessions_end_by_time_by_hand_and_by_a_new_password() {
    on_both_databases(async |store| {
        let amina = user("amina@example.org");
        store.create_user(&amina, &[], &[], &stamp()).await.unwrap();
        for token in ["t1", "t2", "t3"] {
            store.open_session(token, &amina.id, "Firefox", later(60), &stamp()).await.unwrap();
        }
        assert!(store.session("t1", later(59)).await.unwrap().is_some());
        assert!(store.session("t1", later(60)).await.unwrap().is_none());
        store.close_session("t1", &stamp()).await.unwrap();
        store.close_session("t1", &stamp()).await.unwrap();
        assert!(store.session("t1", now()).await.unwrap().is_none());
        assert!(store.session("t2", now()).await.unwrap().is_some());
        store.set_password(&amina.id, "$argon2id$new", false, None, &[], &stamp()).await.unwrap();
        assert!(store.session("t2", now()).await.unwrap().is_none());
        assert!(is_missing(store.set_password(&user("x").id, "y", false, None, &[], &stamp()).await));
    });
}

#[test]
fn a_revoked_phone_is_known_as_revoked() {
    on_both_databases(async |store| {
        let operation = operation("xso");
        store.create_operation(&operation, &stamp()).await.unwrap();
        let phone = AppUser { token_sealed: Some("sealed".to_owned()), ..app_user(&operation.id, "hash") };
        store.create_app_user(&phone, &stamp()).await.unwrap();
        assert_eq!(store.app_user_by_token("hash").await.unwrap(), Some(phone.clone()));
        store.revoke_app_user(&phone.id, &stamp()).await.unwrap();
        assert_eq!(conflict(store.revoke_app_user(&phone.id, &stamp()).await), "app_user_revoked");
        let revoked = AppUser { revoked_at: Some(now()), ..phone };
        assert_eq!(store.app_user_by_token("hash").await.unwrap(), Some(revoked.clone()));
        assert_eq!(store.app_users(&operation.id).await.unwrap(), [revoked]);
        assert_eq!(store.app_user_by_token("other").await.unwrap(), None);
    });
}

#[test]
fn the_uses_of_a_key_are_counted_by_day() {
    on_both_databases(async |store| {
        let key = ApiKey {
            per_minute: Some(60),
            per_day: None,
            id: ApiKeyId::new(now(), draw()),
            name: "Partner".to_owned(),
            product: Product::Displacement,
            key_hash: "hash".to_owned(),
            created_at: now(),
            revoked_at: None,
        };
        store.create_api_key(&key, &stamp()).await.unwrap();
        assert_eq!(store.api_key_by_hash("hash").await.unwrap(), Some(key.clone()));
        assert_eq!(store.count_use(&key.id, day("2026-01-15")).await.unwrap(), 1);
        assert_eq!(store.count_use(&key.id, day("2026-01-15")).await.unwrap(), 2);
        assert_eq!(store.count_use(&key.id, day("2026-01-16")).await.unwrap(), 1);
        let uses = store.api_key_uses(&key.id).await.unwrap();
        assert_eq!(uses, [(day("2026-01-15"), 2), (day("2026-01-16"), 1)]);
        store.revoke_api_key(&key.id, &stamp()).await.unwrap();
        assert_eq!(conflict(store.revoke_api_key(&key.id, &stamp()).await), "api_key_revoked");
        assert_eq!(store.api_keys().await.unwrap()[0].revoked_at, Some(now()));
    });
}

#[test]
fn nul_is_refused_alike_in_what_is_stored_and_in_what_is_sought() {
    on_both_databases(async |store| {
        let refused = store.create_user(&user("amina\0@example.org"), &[], &[], &stamp()).await;
        assert!(matches!(refused, Err(StoreError::NulInText)));
        let refused = store.user_by_email("amina\0@example.org").await;
        assert!(matches!(refused, Err(StoreError::NulInText)));
        let refused = store.create_operation(&operation("x\0so"), &stamp()).await;
        assert!(matches!(refused, Err(StoreError::NulInText)));
        assert_eq!(store.count_users().await.unwrap(), 0);
    });
}

#[test]
fn an_access_is_kept_to_the_first_phone_that_uses_it_and_ends_when_it_should() {
    on_both_databases(async |store| {
        let operation = operation("xso");
        store.create_operation(&operation, &stamp()).await.unwrap();
        let end = dtm_model::Instant::from_millis(now().as_millis() + 1000);
        let phone = AppUser { expires_at: Some(end), binds: true, ..app_user(&operation.id, "hash") };
        store.create_app_user(&phone, &stamp()).await.unwrap();
        assert!(phone.is_good(now()) && !phone.is_good(end));
        let bind = async |device: &str| store.bind_app_user(&phone.id, device, &stamp()).await.unwrap();
        assert_eq!(bind("collect:one").await.as_deref(), Some("collect:one"));
        assert_eq!(bind("collect:two").await.as_deref(), Some("collect:one"), "the first one keeps it");
        store.limit_app_user(&phone.id, None, false, &stamp()).await.unwrap();
        let free = store.app_user_by_token("hash").await.unwrap().unwrap();
        assert_eq!((free.expires_at, free.binds, free.device_id.clone()), (None, false, None));
        assert_eq!(bind("collect:two").await, None, "an access that is not kept to a phone is bound to none");
        store.app_user_seen(&free, now()).await.unwrap();
        let seen = store.app_user_by_token("hash").await.unwrap().unwrap();
        assert_eq!(seen.seen_at, Some(now()));
        store.app_user_seen(&seen, end).await.unwrap();
        assert_eq!(store.app_users(&operation.id).await.unwrap()[0].seen_at, Some(now()), "once an hour is enough");
    });
}
