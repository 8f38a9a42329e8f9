//! Who may ask by SQL: whoever holds a key of the DTM API, counted and slowed down as there.

use super::App;
use super::dtm_api;
use crate::journey::released;
use crate::world;
use anyhow::{Context, Result};
use async_trait::async_trait;
use dtm_engine::shelf::Shelf;
use dtm_engine::sql::{self, Door, Holder, Limits, Refusal, TlsAcceptor, rustls};
use dtm_store::Product;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Where SQL is listened for.
pub(crate) struct SqlPort {
    pub(crate) listen: SocketAddr,
    /// A certificate chain and its key, as PEM files.
    pub(crate) certificate: Option<(PathBuf, PathBuf)>,
}

/// Opens the port and serves it in the background.
pub(crate) async fn spawn(app: App, port: SqlPort) -> Result<SocketAddr> {
    let tls = port.certificate.map(|(certificate, key)| acceptor(&certificate, &key)).transpose()?;
    let listener = TcpListener::bind(port.listen).await.with_context(|| {
        format!("cannot listen for SQL on {}: choose another address with --sql-listen", port.listen)
    })?;
    let address = listener.local_addr()?;
    if tls.is_none() && !address.ip().is_loopback() {
        tracing::warn!(%address, "SQL has no certificate (--sql-certificate, --sql-certificate-key): only clients on this machine are let in");
    }
    tokio::spawn(sql::serve(listener, Arc::new(Keys(app)), Limits::default(), tls, std::future::pending()));
    Ok(address)
}

fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read the certificate {}", certificate.display()))?;
    let key = PrivateKeyDer::from_pem_file(key).with_context(|| format!("cannot read the key {}", key.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("the certificate and its key do not fit together")?;
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The keys of this server.
struct Keys(App);

#[async_trait]
impl Door for Keys {
    async fn admit(&self, key: &str, from: SocketAddr) -> Result<Holder, Refusal> {
        let Keys(app) = self;
        // Whoever guesses keys has to wait, whatever comes in between.
        if let Some(seconds) = app.strangers.is_over(&from.ip(), world::now()) {
            return Err(Refusal::TooMany { seconds });
        }
        match dtm_api::standing_key(app, key, Product::Displacement).await {
            Ok(Some(known)) => Ok(Holder { key: known.id.to_string(), name: known.name }),
            Ok(None) => {
                let _ = app.strangers.count(&from.ip(), world::now());
                Err(Refusal::Key)
            }
            Err(error) => {
                tracing::error!(%error, "a key could not be looked up");
                Err(Refusal::Failed)
            }
        }
    }

    async fn count(&self, holder: &Holder) -> Result<(), Refusal> {
        let Keys(app) = self;
        let key = holder.key.parse().map_err(|_| Refusal::Key)?;
        let counted = async {
            // A key that was withdrawn since ends here.
            let Some(key) = app.store.api_key(&key).await?.filter(|key| key.revoked_at.is_none()) else {
                return Ok(Err(Refusal::Key));
            };
            let wait = dtm_api::count_call(app, &key).await?;
            Ok::<_, dtm_store::StoreError>(wait.map_or(Ok(()), |seconds| Err(Refusal::TooMany { seconds })))
        };
        counted.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a statement could not be counted");
            Err(Refusal::Failed)
        })
    }

    async fn shelf(&self) -> Result<Arc<Shelf>, Refusal> {
        released::shelf(&self.0).await.map_err(|error| {
            tracing::error!(error = format!("{error:#}"), "what is released could not be put up for SQL");
            Refusal::Failed
        })
    }
}
