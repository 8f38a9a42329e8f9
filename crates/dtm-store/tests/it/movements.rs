//! Movements between two rounds: kept, withdrawn, restored.

use crate::is_missing;
use dtm_model::{Movement, MovementId, MovementKind};
use dtm_testkit::{draw, now, office, on_both_databases, stamp};

#[test]
fn a_movement_stands_until_it_is_withdrawn_and_stands_again_when_that_is_taken_back() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        let movement = |kind: MovementKind, persons: i64| Movement {
            id: MovementId::new(now(), draw()),
            round: round.clone(),
            area: "XS01".into(),
            kind,
            persons,
            margin: 40,
            source: "Displacement after the storm".to_owned(),
            by: "user:officer".to_owned(),
            at: now(),
            withdrawn: None,
        };
        let all =
            MovementKind::ALL.map(|kind| movement(kind, if kind == MovementKind::Reclassified { -20 } else { 300 }));
        for one in &all {
            store.add_movement(one, &stamp()).await.unwrap();
        }
        let mut kept = store.movements(round).await.unwrap();
        kept.sort_by_key(|one| one.kind);
        assert_eq!(kept, all);
        let first = &all[0].id;
        assert!(is_missing(store.withdraw_movement(round, first, false, &stamp()).await), "it stands already");
        store.withdraw_movement(round, first, true, &stamp()).await.unwrap();
        assert!(is_missing(store.withdraw_movement(round, first, true, &stamp()).await), "once is enough");
        let standing =
            async || store.movements(round).await.unwrap().iter().filter(|one| one.withdrawn.is_none()).count();
        assert_eq!(standing().await, all.len() - 1);
        store.withdraw_movement(round, first, false, &stamp()).await.unwrap();
        assert_eq!(standing().await, all.len());
    });
}
