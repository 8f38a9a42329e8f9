//! An S3 bucket in this process, on a folder.

use axum::error_handling::HandleError;
use axum::http::StatusCode;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A bucket that lasts as long as this value.
pub struct S3Bucket {
    /// `s3://bucket/prefix`.
    pub address: String,
    /// Credentials and endpoint, as `Blobs::open` takes them.
    pub options: BTreeMap<String, String>,
    server: JoinHandle<()>,
    folder: TempDir,
}

impl S3Bucket {
    /// The folder in which the server keeps the bucket's objects.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }
}

impl Drop for S3Bucket {
    fn drop(&mut self) {
        self.server.abort();
    }
}

const BUCKET: &str = "dtm-test";

/// Starts a server on 127.0.0.1 with an empty bucket.
pub async fn s3_bucket() -> S3Bucket {
    let folder = tempfile::tempdir().expect("the temporary folder is writable");
    std::fs::create_dir(folder.path().join(BUCKET)).expect("the folder is ours");
    let files = s3s_fs::FileSystem::new(folder.path()).expect("the folder exists");
    let service = {
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single("key", "secret"));
        builder.build()
    };
    let service = HandleError::new(service, async |error: s3s::HttpError| {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}"))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("a bound socket has an address");
    let router = axum::Router::new().fallback_service(service);
    let server = tokio::spawn(async move {
        axum::serve(listener, router).await.expect("the server runs until it is stopped");
    });
    let options = [
        ("aws_endpoint", format!("http://{address}")),
        ("aws_access_key_id", "key".into()),
        ("aws_secret_access_key", "secret".into()),
        ("aws_region", "us-east-1".into()),
        ("aws_allow_http", "true".into()),
    ];
    let options = options.map(|(key, value)| (key.to_owned(), value)).into();
    S3Bucket { address: format!("s3://{BUCKET}/dtm"), options, server, folder }
}
