//! Second factors, tickets, identities, tokens of programs, and the pages of the audit.

use crate::{conflict, is_missing};
use dtm_model::{ApiTokenId, Instant, UserId};
use dtm_store::{ApiToken, AuditFilter, MOST_PREFERENCES, Preference, Store, User};
use dtm_testkit::{draw, now, on_both_databases, operation, stamp};

async fn amina(store: &Store) -> User {
    let user = User::new(UserId::new(now(), draw()), "amina@example.org", "Amina", String::new(), now());
    store.create_user(&user, &[], &[], &stamp()).await.unwrap();
    user
}

fn later(seconds: i64) -> Instant {
    Instant::from_millis(now().as_millis() + seconds * 1000)
}

#[test]
fn a_second_factor_is_set_up_confirmed_and_no_code_of_it_is_good_twice() {
    on_both_databases(async |store| {
        let user = amina(&store).await;
        assert_eq!(conflict(store.confirm_totp(&user.id, 1, &[], &stamp()).await), "second_factor");
        store.begin_totp(&user.id, "FIRST", &stamp()).await.unwrap();
        store.begin_totp(&user.id, "SECRET", &stamp()).await.unwrap();
        assert_eq!(
            store.user(&user.id).await.unwrap().unwrap().totp_since,
            None,
            "not asked for before it is confirmed"
        );
        let codes = ["one".to_owned(), "two".to_owned()];
        store.confirm_totp(&user.id, 100, &codes, &stamp()).await.unwrap();
        assert_eq!(conflict(store.begin_totp(&user.id, "OTHER", &stamp()).await), "second_factor");
        assert_eq!(store.totp(&user.id).await.unwrap().unwrap().secret, "SECRET");
        assert!(!store.use_totp_step(&user.id, 100).await.unwrap());
        assert!(store.use_totp_step(&user.id, 101).await.unwrap());
        assert!(!store.use_totp_step(&user.id, 101).await.unwrap());
        assert!(!store.use_recovery_code(&user.id, "three", &stamp()).await.unwrap());
        assert!(store.use_recovery_code(&user.id, "one", &stamp()).await.unwrap());
        assert!(!store.use_recovery_code(&user.id, "one", &stamp()).await.unwrap());
        assert_eq!(store.count_recovery_codes(&user.id).await.unwrap(), 1);
        store.drop_totp(&user.id, &stamp()).await.unwrap();
        assert_eq!(store.totp(&user.id).await.unwrap(), None);
    });
}

#[test]
fn a_ticket_is_used_once_and_grows_old() {
    on_both_databases(async |store| {
        let user = amina(&store).await;
        store.begin_sign_in("t", Some(&user.id), "{}", now()).await.unwrap();
        assert!(store.pending_sign_in("t", now()).await.unwrap().is_none(), "too old");
        let pending = store.pending_sign_in("t", later(-600)).await.unwrap().unwrap();
        assert_eq!((pending.user, pending.body.as_str()), (Some(user.id.clone()), "{}"));
        assert!(store.use_ticket("t").await.unwrap());
        assert!(!store.use_ticket("t").await.unwrap());
        store.begin_sign_in("old", None, "{}", now()).await.unwrap();
        store.begin_sign_in("new", None, "{}", later(86_401)).await.unwrap();
        assert!(!store.use_ticket("old").await.unwrap(), "yesterday's are dropped");
        store.begin_sign_in("mine", Some(&user.id), "{}", later(86_402)).await.unwrap();
        store.set_password(&user.id, "$argon2id$new", false, None, &[], &stamp()).await.unwrap();
        assert!(!store.use_ticket("mine").await.unwrap(), "a new password ends what was begun with the old one");
    });
}

#[test]
fn a_provider_knows_a_person_by_one_subject() {
    on_both_databases(async |store| {
        let user = amina(&store).await;
        assert_eq!(store.user_of_identity("https://id", "7").await.unwrap(), None);
        store.link_identity("https://id", "7", &user.id, &stamp()).await.unwrap();
        assert_eq!(store.user_of_identity("https://id", "7").await.unwrap(), Some(user.id.clone()));
        assert_eq!(store.user_of_identity("https://other", "7").await.unwrap(), None);
        assert!(store.link_identity("https://id", "7", &user.id, &stamp()).await.is_err());
    });
}

#[test]
fn a_token_of_a_program_is_good_until_it_ends_or_is_withdrawn() {
    on_both_databases(async |store| {
        let user = amina(&store).await;
        let operation = operation("xso");
        let token = ApiToken {
            id: ApiTokenId::new(now(), draw()),
            user: user.id.clone(),
            name: "Power BI".to_owned(),
            token_hash: "hash".to_owned(),
            verbs: vec!["read".to_owned()],
            operations: vec![operation.id],
            created_at: now(),
            expires_at: later(60),
            used_at: None,
            revoked_at: None,
        };
        store.create_api_token(&token, &stamp()).await.unwrap();
        assert_eq!(store.api_token("hash", later(59)).await.unwrap(), Some(token.clone()));
        assert_eq!(store.api_token("hash", later(60)).await.unwrap(), None);
        store.used_api_token(&token.id, later(5)).await.unwrap();
        assert_eq!(store.api_tokens(&user.id).await.unwrap()[0].used_at, Some(later(5)));
        let stranger = UserId::new(now(), draw());
        assert!(is_missing(store.revoke_api_token(&token.id, &stranger, &stamp()).await));
        store.revoke_api_token(&token.id, &user.id, &stamp()).await.unwrap();
        assert_eq!(store.api_token("hash", now()).await.unwrap(), None);
    });
}

#[test]
fn the_audit_is_read_newest_first_by_act_actor_and_time() {
    on_both_databases(async |store| {
        let user = amina(&store).await;
        store.set_policy("second_factor", "managers", &stamp()).await.unwrap();
        store.set_policy("second_factor", "nobody", &stamp()).await.unwrap();
        assert_eq!(store.policies().await.unwrap()["second_factor"], "nobody");
        let page = async |filter: AuditFilter, offset, limit| {
            let entries = store.audit_page(&filter, offset, limit).await.unwrap();
            entries.into_iter().map(|entry| entry.action).collect::<Vec<_>>()
        };
        assert_eq!(page(AuditFilter::default(), 0, 2).await, ["policy.set", "policy.set"]);
        assert_eq!(page(AuditFilter::default(), 2, 1).await, ["user.created"]);
        let acts = |actions: &[&'static str]| AuditFilter { actions: Some(actions.to_vec()), ..AuditFilter::default() };
        assert_eq!(page(acts(&["user.created", "grant.given"]), 0, 9).await, ["user.created"]);
        assert!(page(acts(&[]), 0, 9).await.is_empty());
        let after = AuditFilter { start: Some(later(1)), ..AuditFilter::default() };
        assert!(page(after, 0, 9).await.is_empty());
        let until = AuditFilter { end: Some(now()), actor: Some(stamp().by), ..AuditFilter::default() };
        assert_eq!(page(until, 0, 9).await.len(), 3);
        store.remove_user(&user.id, &stamp()).await.unwrap_err();
    });
}

#[test]
fn what_a_client_remembers_for_a_person_is_kept_by_project_and_name() {
    on_both_databases(async |store| {
        let user = amina(&store).await;
        let preference =
            |project, name: &str, value: &str| Preference { project, name: name.to_owned(), value: value.to_owned() };
        for one in
            [preference(None, "columns", "3"), preference(Some(1), "columns", "4"), preference(None, "columns", "5")]
        {
            assert!(store.set_preference(&user.id, &one, &stamp()).await.unwrap());
        }
        let kept = store.preferences(&user.id).await.unwrap();
        assert_eq!(kept, [preference(None, "columns", "5"), preference(Some(1), "columns", "4")]);
        assert!(store.forget_preference(&user.id, Some(1), "columns", &stamp()).await.unwrap());
        assert!(!store.forget_preference(&user.id, Some(1), "columns", &stamp()).await.unwrap());
        for n in 1..MOST_PREFERENCES {
            assert!(store.set_preference(&user.id, &preference(Some(n), "x", "0"), &stamp()).await.unwrap());
        }
        assert!(!store.set_preference(&user.id, &preference(None, "one too many", "0"), &stamp()).await.unwrap());
    });
}
