//! Datasets of releases as files: which lies where.

use crate::releases::release;
use dtm_model::{BlobHash, RoundState};
use dtm_store::ReleasedDataset;
use dtm_testkit::{office, on_both_databases, stamp};

#[test]
fn datasets_of_a_release_are_put_in_place_of_those_before_and_are_known_to_the_check() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = dtm_model::Round { state: RoundState::Cleared, ..dtm_testkit::round(&office.exercise, "2") };
        store.create_round(&round, &stamp()).await.unwrap();
        let release = release(&office, &round, 1);
        store.put_release(&release, true, &[], &stamp()).await.unwrap();
        let dataset = |name: &str, content: &[u8]| ReleasedDataset {
            release: release.id.clone(),
            name: name.to_owned(),
            blob: BlobHash::of(content),
            n_rows: 3,
            n_bytes: content.len() as u64,
            atlas: 0,
            layout: 1,
        };
        let first = [dataset("areas", b"one"), dataset("sites", b"two")];
        // A job may run twice.
        for _ in 0..2 {
            store.put_released_datasets(&release.id, &first).await.unwrap();
        }
        assert_eq!(store.released_datasets(&office.operation.id).await.unwrap(), first);
        let second = [dataset("areas", b"three")];
        store.put_released_datasets(&release.id, &second).await.unwrap();
        assert_eq!(store.released_datasets(&office.operation.id).await.unwrap(), second);
        let named = store.files_of_evidence().await.unwrap();
        assert!(named.contains(&BlobHash::of(b"three")) && !named.contains(&BlobHash::of(b"two")));
    });
}
