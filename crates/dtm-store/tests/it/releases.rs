//! Releases and their versions.

use crate::{conflict, is_missing};
use dtm_model::{BlobHash, ReleaseId, Round, RoundState};
use dtm_store::ReleaseRow;
use dtm_testkit::{Office, draw, now, office, on_both_databases, round, stamp};
use serde_json::json;

pub(crate) fn release(office: &Office, round: &Round, version: u32) -> ReleaseRow {
    ReleaseRow {
        id: ReleaseId::new(now(), draw()),
        operation: office.operation.id.clone(),
        exercise: office.exercise.id.clone(),
        round: round.id.clone(),
        version,
        audience: "public".to_owned(),
        policy: json!({ "minimum": 10 }),
        blob: BlobHash::of(b"release"),
        reason: json!({ "en": "first" }),
        made_at: now(),
        withdrawn_at: None,
        withdrawn_why: None,
    }
}

#[test]
fn a_release_publishes_its_round_in_the_same_step() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round;
        let first = release(&office, round, 1);
        assert_eq!(conflict(store.put_release(&first, true, &[], &stamp()).await), "round_state");
        assert_eq!(store.release(&first.id).await.unwrap(), None);
        for (from, to) in
            [(RoundState::Collecting, RoundState::Verifying), (RoundState::Verifying, RoundState::Cleared)]
        {
            store.move_round(&round.id, from, to, "", &stamp()).await.unwrap();
        }
        store.put_release(&first, true, &[], &stamp()).await.unwrap();
        assert_eq!(store.round(&round.id).await.unwrap().unwrap().state, RoundState::Published);
        assert_eq!(store.release(&first.id).await.unwrap(), Some(first.clone()));
        assert_eq!(
            conflict(store.put_release(&release(&office, round, 1), true, &[], &stamp()).await),
            "release_version"
        );
        let partners = ReleaseRow { audience: "partners".to_owned(), ..release(&office, round, 1) };
        store.put_release(&partners, false, &[], &stamp()).await.unwrap();
        let second = release(&office, round, 2);
        store.put_release(&second, true, &[], &stamp()).await.unwrap();
        assert_eq!(store.releases_of(&round.id).await.unwrap().len(), 3);
        assert_eq!(store.releases(&office.operation.id).await.unwrap().len(), 3);
        assert_eq!(store.latest_releases(&office.operation.id, "public").await.unwrap(), [second]);
        assert_eq!(store.latest_releases(&office.operation.id, "partners").await.unwrap(), [partners]);
    });
}

#[test]
fn a_withdrawn_version_gives_way_to_the_one_before() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let second_round = Round { state: RoundState::Cleared, ..round(&office.exercise, "2") };
        store.create_round(&second_round, &stamp()).await.unwrap();
        let all = [
            release(&office, &office.round, 1),
            release(&office, &office.round, 2),
            release(&office, &second_round, 1),
        ];
        for one in &all {
            store.put_release(one, false, &[], &stamp()).await.unwrap();
        }
        let latest = async || {
            let mut latest = store.latest_releases(&office.operation.id, "public").await.unwrap();
            latest.sort_by(|a, b| a.id.cmp(&b.id));
            latest.into_iter().map(|one| one.id).collect::<Vec<_>>()
        };
        assert_eq!(latest().await, [all[1].id.clone(), all[2].id.clone()]);
        store.withdraw_release(&all[1].id, "a district was doubled", &[], &stamp()).await.unwrap();
        assert_eq!(latest().await, [all[0].id.clone(), all[2].id.clone()]);
        assert_eq!(conflict(store.withdraw_release(&all[1].id, "", &[], &stamp()).await), "release_withdrawn");
        assert!(is_missing(store.withdraw_release(&ReleaseId::new(now(), draw()), "", &[], &stamp()).await));
        let withdrawn = store.release(&all[1].id).await.unwrap().unwrap();
        assert_eq!(withdrawn.withdrawn_why.as_deref(), Some("a district was doubled"));
    });
}
