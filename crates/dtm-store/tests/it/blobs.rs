//! Blobs in a folder and in a bucket.

use crate::is_missing;
use dtm_model::{BlobHash, Instant};
use dtm_store::{Blobs, StoreError};
use dtm_testkit::s3_bucket;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Runs the test on a folder and on a bucket; the path is where the files lie in the end.
async fn on_both_kinds(test: impl AsyncFn(Blobs, PathBuf)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blobs");
    let blobs = Blobs::open(path.to_str().unwrap(), &BTreeMap::new()).await.unwrap();
    test(blobs, path).await;
    let bucket = s3_bucket().await;
    let blobs = Blobs::open(&bucket.address, &bucket.options).await.unwrap();
    test(blobs, bucket.folder().join("dtm")).await;
}

fn file(root: &Path, hash: &BlobHash) -> PathBuf {
    root.join(&hash.as_str()[..2]).join(&hash.as_str()[2..])
}

#[tokio::test]
async fn content_is_found_under_its_hash() {
    on_both_kinds(async |blobs, root| {
        let content = b"PAR1 not really".to_vec();
        let hash = blobs.put(content.clone()).await.unwrap();
        assert_eq!(hash, BlobHash::of(&content));
        assert_eq!(blobs.put(content.clone()).await.unwrap(), hash);
        assert!(file(&root, &hash).is_file());
        assert_eq!(blobs.get(&hash).await.unwrap(), content);
        assert!(blobs.exists(&hash).await.unwrap());
        let empty = blobs.put(Vec::new()).await.unwrap();
        assert_eq!(blobs.get(&empty).await.unwrap().len(), 0);
        let absent = BlobHash::of(b"absent");
        assert!(!blobs.exists(&absent).await.unwrap());
        assert!(is_missing(blobs.get(&absent).await));
        assert_eq!(blobs.list().await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_part_of_content_is_read_alone_and_ends_where_the_content_does() {
    on_both_kinds(async |blobs, _| {
        let hash = blobs.put(b"head, ids, columns".to_vec()).await.unwrap();
        assert_eq!(blobs.get_part(&hash, 6..9).await.unwrap(), "ids");
        assert_eq!(blobs.get_part(&hash, 11..5000).await.unwrap(), "columns");
        assert!(is_missing(blobs.get_part(&BlobHash::of(b"absent"), 0..4).await));
    })
    .await;
}

#[tokio::test]
async fn a_flipped_bit_is_named_and_putting_the_content_again_mends_it() {
    on_both_kinds(async |blobs, root| {
        let good = blobs.put(b"whole".to_vec()).await.unwrap();
        let bad = blobs.put(b"soon damaged".to_vec()).await.unwrap();
        let path = file(&root, &bad);
        let mut content = std::fs::read(&path).unwrap();
        content[3] ^= 1;
        std::fs::write(&path, content).unwrap();
        let error = blobs.get(&bad).await.unwrap_err();
        assert!(matches!(&error, StoreError::Corrupt { what } if what.contains(bad.as_str())), "{error}");
        let mut n_seen = 0;
        assert_eq!(blobs.scrub(|_| n_seen += 1).await.unwrap(), std::slice::from_ref(&bad));
        assert_eq!(n_seen, 2);
        assert!(blobs.get(&good).await.is_ok());
        blobs.put(b"soon damaged".to_vec()).await.unwrap();
        assert_eq!(blobs.scrub(|_| ()).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_a_crash_left_half_written_is_swept_up() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path().to_str().unwrap(), &BTreeMap::new()).await.unwrap();
    let whole = blobs.put(b"whole".to_vec()).await.unwrap();
    std::fs::write(folder.path().join("unfinished/1-1"), b"ha").unwrap();
    assert_eq!(blobs.list().await.unwrap(), std::slice::from_ref(&whole));
    assert_eq!(blobs.sweep_unfinished(Instant::from_millis(0)).await.unwrap(), 0);
    assert_eq!(blobs.sweep_unfinished(Instant::from_millis(i64::MAX)).await.unwrap(), 1);
    assert_eq!(blobs.scrub(|_| ()).await.unwrap(), []);
}

#[tokio::test]
async fn many_writers_of_the_same_content_do_not_disturb_each_other() {
    on_both_kinds(async |blobs, _| {
        let writers = (0..20_u8).map(|n| {
            let blobs = blobs.clone();
            tokio::spawn(async move { blobs.put(vec![n % 4; 1000]).await })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap().unwrap();
        }
        assert_eq!(blobs.list().await.unwrap().len(), 4);
        assert_eq!(blobs.scrub(|_| ()).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_bucket_that_is_away_is_unavailable_and_a_wrong_option_is_refused() {
    let bucket = s3_bucket().await;
    let mut options = bucket.options.clone();
    options.insert("aws_colour".to_owned(), "red".to_owned());
    let refused = Blobs::open(&bucket.address, &options).await;
    assert!(matches!(refused, Err(StoreError::Settings { .. })));
    let options = bucket.options.clone().into_iter().map(|(key, value)| match key.as_str() {
        "aws_secret_access_key" => (key, "wrong".to_owned()),
        _ => (key, value),
    });
    let blobs = Blobs::open(&bucket.address, &options.collect()).await.unwrap();
    let refused = blobs.put(b"x".to_vec()).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
}
