//! Blobs: binary content under the name of its SHA-256, in a folder or a bucket, checked whenever it is read.
//!
//! In a folder a blob is written under another name, synced, renamed, and the folder synced: after `put` returns it
//! survives a power cut, and no reader ever sees half of it.

use crate::{Result, StoreError};
use bytes::Bytes;
use dtm_model::{BlobHash, Instant};
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

/// Where binary content lies. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Blobs(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Folder(PathBuf),
    Bucket { bucket: Arc<dyn ObjectStore>, prefix: String },
}

impl Blobs {
    /// Opens a folder (made when it does not exist; a path or a `file://` address) or `s3://bucket/prefix`. The options
    /// are those of S3 clients: `aws_access_key_id`, `aws_secret_access_key`, `aws_region`, `aws_endpoint`,
    /// `aws_allow_http`…
    pub async fn open(address: &str, options: &BTreeMap<String, String>) -> Result<Blobs> {
        if let Some(rest) = address.strip_prefix("s3://") {
            return Self::open_bucket(rest, options);
        }
        let folder = PathBuf::from(address.strip_prefix("file://").unwrap_or(address));
        let root = folder.clone();
        blocking(move || {
            fs::create_dir_all(root.join(UNFINISHED))?;
            sync_folder(&root)
        })
        .await?;
        Ok(Blobs(Arc::new(Kind::Folder(folder))))
    }

    /// Removes what a crash left half written before this moment, and says how many files that were. A bucket has none.
    pub async fn sweep_unfinished(&self, before: Instant) -> Result<u64> {
        let Kind::Folder(root) = &*self.0 else { return Ok(0) };
        let root = root.join(UNFINISHED);
        blocking(move || {
            let mut n_removed = 0;
            for entry in fs::read_dir(root)? {
                let entry = entry?;
                let written = entry.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
                if i64::try_from(written.as_millis()).is_ok_and(|millis| millis < before.as_millis()) {
                    fs::remove_file(entry.path())?;
                    n_removed += 1;
                }
            }
            Ok(n_removed)
        })
        .await
    }

    fn open_bucket(rest: &str, options: &BTreeMap<String, String>) -> Result<Blobs> {
        let settings = |error: object_store::Error| StoreError::Settings { why: error.to_string() };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        // A phone waits for the answer: give up before it does.
        let retry = RetryConfig { max_retries: 4, retry_timeout: Duration::from_secs(20), ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new().with_bucket_name(bucket).with_retry(retry);
        for (key, value) in options {
            let key: AmazonS3ConfigKey = key.parse().map_err(settings)?;
            builder = builder.with_config(key, value);
        }
        let bucket = Arc::new(builder.build().map_err(settings)?);
        Ok(Blobs(Arc::new(Kind::Bucket { bucket, prefix: prefix.trim_matches('/').to_owned() })))
    }

    /// Everything as an object store, for who reads parts of files by their [`Blobs::location`]; nothing is held against its hash there.
    pub fn reader(&self) -> Result<Arc<dyn ObjectStore>> {
        let settings = |error: object_store::Error| StoreError::Settings { why: error.to_string() };
        Ok(match &*self.0 {
            Kind::Folder(root) => Arc::new(LocalFileSystem::new_with_prefix(root).map_err(settings)?),
            Kind::Bucket { bucket, .. } => bucket.clone(),
        })
    }

    /// Where content lies in the [`Blobs::reader`].
    pub fn location(&self, hash: &BlobHash) -> String {
        match &*self.0 {
            Kind::Folder(_) => key("", hash).to_string(),
            Kind::Bucket { prefix, .. } => key(prefix, hash).to_string(),
        }
    }

    /// Stores content, durably when this returns. The same content again is no error, and mends a damaged copy.
    pub async fn put(&self, content: impl Into<Bytes>) -> Result<BlobHash> {
        let content = content.into();
        let hash = BlobHash::of(&content);
        match &*self.0 {
            Kind::Folder(root) => {
                let (root, hash) = (root.clone(), hash.clone());
                blocking(move || put_in_folder(&root, &hash, &content)).await?;
            }
            Kind::Bucket { bucket, prefix } => {
                let put = bucket.put(&key(prefix, &hash), PutPayload::from_bytes(content)).await;
                put.map_err(|error| bucket_error(error, &hash))?;
            }
        }
        Ok(hash)
    }

    /// The content of this hash; [`StoreError::Corrupt`] names the hash when the content is another by now.
    pub async fn get(&self, hash: &BlobHash) -> Result<Bytes> {
        let content = match &*self.0 {
            Kind::Folder(root) => {
                let path = path(root, hash);
                match blocking(move || fs::read(path)).await {
                    Ok(content) => Bytes::from(content),
                    Err(StoreError::Other(source)) if is_not_found(&*source) => {
                        return Err(StoreError::not_found("blob", hash));
                    }
                    Err(error) => return Err(error),
                }
            }
            Kind::Bucket { bucket, prefix } => {
                let got = bucket.get(&key(prefix, hash)).await.map_err(|error| bucket_error(error, hash))?;
                got.bytes().await.map_err(|error| bucket_error(error, hash))?
            }
        };
        if BlobHash::of(&content) != *hash {
            return Err(StoreError::corrupt(format!("blob {hash}")));
        }
        Ok(content)
    }

    /// A part of the content of this hash, shorter where the content ends before it. It is not held against the hash, which
    /// is of the whole: who reads parts has hashes of them, too.
    pub async fn get_part(&self, hash: &BlobHash, part: Range<u64>) -> Result<Bytes> {
        match &*self.0 {
            Kind::Folder(root) => {
                let path = path(root, hash);
                match blocking(move || read_part(&path, part)).await {
                    Ok(content) => Ok(Bytes::from(content)),
                    Err(StoreError::Other(source)) if is_not_found(&*source) => {
                        Err(StoreError::not_found("blob", hash))
                    }
                    Err(error) => Err(error),
                }
            }
            Kind::Bucket { bucket, prefix } => {
                let got = bucket.get_range(&key(prefix, hash), part).await;
                got.map_err(|error| bucket_error(error, hash))
            }
        }
    }

    /// Whether there is content under this hash; says nothing about its state.
    pub async fn exists(&self, hash: &BlobHash) -> Result<bool> {
        match &*self.0 {
            Kind::Folder(root) => {
                let path = path(root, hash);
                blocking(move || path.try_exists()).await
            }
            Kind::Bucket { bucket, prefix } => match bucket.head(&key(prefix, hash)).await {
                Ok(_) => Ok(true),
                Err(object_store::Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(bucket_error(error, hash)),
            },
        }
    }

    /// Removes content for good. What is not there is removed already.
    pub async fn remove(&self, hash: &BlobHash) -> Result<()> {
        match &*self.0 {
            Kind::Folder(root) => {
                let path = path(root, hash);
                blocking(move || match fs::remove_file(&path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                    Err(error) => Err(error),
                    Ok(()) => sync_folder(path.parent().unwrap_or(&path)),
                })
                .await
            }
            Kind::Bucket { bucket, prefix } => match bucket.delete(&key(prefix, hash)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(bucket_error(error, hash)),
            },
        }
    }

    /// All hashes, sorted.
    pub async fn list(&self) -> Result<Vec<BlobHash>> {
        let mut hashes = match &*self.0 {
            Kind::Folder(root) => {
                let root = root.clone();
                blocking(move || list_folder(&root)).await?
            }
            Kind::Bucket { bucket, prefix } => {
                let under = (!prefix.is_empty()).then(|| object_store::path::Path::from(prefix.as_str()));
                let listed: Vec<_> = bucket
                    .list(under.as_ref())
                    .try_collect()
                    .await
                    .map_err(|error| StoreError::Unavailable(Arc::new(error)))?;
                let name = |location: &str| {
                    let mut parts = location.rsplit('/');
                    let (rest, start) = (parts.next()?, parts.next()?);
                    format!("{start}{rest}").parse().ok()
                };
                listed.iter().filter_map(|meta| name(meta.location.as_ref())).collect()
            }
        };
        hashes.sort();
        Ok(hashes)
    }

    /// Reads every blob, some at once, and returns those that are not what their name says. `seen` is told of each how many
    /// bytes it had.
    pub async fn scrub(&self, mut seen: impl FnMut(u64)) -> Result<Vec<BlobHash>> {
        let one = |hash: BlobHash| {
            let blobs = self.clone();
            tokio::spawn(async move {
                let size = blobs.get(&hash).await.map(|content| content.len() as u64);
                (hash, size)
            })
        };
        let mut bad = Vec::new();
        let mut read = futures::stream::iter(self.list().await?).map(one).buffered(SCRUBBED_AT_ONCE);
        while let Some(read) = read.next().await {
            match read.map_err(|error| StoreError::Other(Arc::new(error)))? {
                (_, Ok(size)) => seen(size),
                (hash, Err(StoreError::Corrupt { .. })) => {
                    seen(0);
                    bad.push(hash);
                }
                // Removed since it was listed.
                (_, Err(StoreError::NotFound { .. })) => seen(0),
                (_, Err(error)) => return Err(error),
            }
        }
        Ok(bad)
    }
}

/// Blobs that are read through at once.
const SCRUBBED_AT_ONCE: usize = 4;

/// Room that is made ahead for a part of a file, at most: whoever asks may be wrong about its length.
const MOST_AHEAD: usize = 64 << 20;

/// The folder for what is being written.
const UNFINISHED: &str = "unfinished";

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Other(Arc::new(error)))?;
    Ok(done?)
}

fn path(root: &Path, hash: &BlobHash) -> PathBuf {
    let (start, rest) = hash.as_str().split_at(2);
    root.join(start).join(rest)
}

fn key(prefix: &str, hash: &BlobHash) -> object_store::path::Path {
    let (start, rest) = hash.as_str().split_at(2);
    object_store::path::Path::from(format!("{prefix}/{start}/{rest}"))
}

fn put_in_folder(root: &Path, hash: &BlobHash, content: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let path = path(root, hash);
    let folder = path.parent().unwrap_or(root);
    if !fs::read(&path).is_ok_and(|stored| stored == content) {
        let name = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let unfinished = root.join(UNFINISHED).join(name);
        let written = write_synced(&unfinished, content).and_then(|()| {
            if !folder.is_dir() {
                fs::create_dir_all(folder)?;
                sync_folder(root)?;
            }
            fs::rename(&unfinished, &path)
        });
        if let Err(error) = written {
            // The disk may be full: what is half written must not stay.
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
    }
    // Also when it was there: whoever put it there may not have come this far yet.
    sync_folder(folder)
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn read_part(path: &Path, part: Range<u64>) -> io::Result<Vec<u8>> {
    let mut file = fs::File::open(path)?;
    file.seek(SeekFrom::Start(part.start))?;
    let mut content = Vec::with_capacity(usize::try_from(part.end - part.start).unwrap_or_default().min(MOST_AHEAD));
    file.take(part.end - part.start).read_to_end(&mut content)?;
    Ok(content)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    // Only Unix opens folders; elsewhere the file system keeps renames in order by itself.
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

fn list_folder(root: &Path) -> io::Result<Vec<BlobHash>> {
    let mut hashes = Vec::new();
    for folder in fs::read_dir(root)? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        let start = folder.file_name().to_string_lossy().into_owned();
        for file in fs::read_dir(folder.path())? {
            let rest = file?.file_name();
            hashes.extend(format!("{start}{}", rest.to_string_lossy()).parse::<BlobHash>());
        }
    }
    Ok(hashes)
}

fn is_not_found(source: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    source.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn bucket_error(error: object_store::Error, hash: &BlobHash) -> StoreError {
    match error {
        object_store::Error::NotFound { .. } => StoreError::not_found("blob", hash),
        error @ (object_store::Error::Generic { .. }
        | object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. }) => StoreError::Unavailable(Arc::new(error)),
        error => StoreError::Other(Arc::new(error)),
    }
}
