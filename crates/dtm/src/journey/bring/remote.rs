//! Asks another server, within bounds: only it, only addresses that are public unless allowed, only so much at a time.

use crate::journey::reach::Reach;
use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect};
use serde_json::Value;
use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Duration;

/// The most bytes one answer may have.
const MAX_ANSWER: usize = 256 << 20;
/// Times a question is put when the server stumbles.
const TRIES: u32 = 4;
/// Times a server may ask us to wait for one question.
const WAITS: u32 = 20;
/// The longest that a server may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// What a failed question tells of another try.
enum Stumble {
    /// It may help, after this time if the server says so.
    Wait(Option<Duration>),
    /// It may help.
    Again,
    /// It will not.
    Over,
}

/// Another server.
pub(crate) struct Remote {
    client: Client,
    base: Url,
    /// The value of the Authorization header, once there is one.
    authorization: Option<String>,
}

impl Remote {
    /// A server at this address. Where only public addresses may be asked, passwords go over TLS only.
    pub(crate) fn new(address: &str, reach: Reach) -> Result<Self> {
        let base =
            Url::parse(address.trim_end_matches('/')).with_context(|| format!("`{address}` is not an address"))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            bail!("`{address}` is not the address of a server");
        }
        if !base.username().is_empty() || base.password().is_some() || base.query().is_some() {
            // Addresses are kept and shown; what lets in is not.
            bail!("give the address alone, without a name, a password or a question mark");
        }
        if base.scheme() == "http" && !reach.allows_clear() {
            bail!("`{address}` is not encrypted: use https, or allow the local network");
        }
        let host = base.host_str().unwrap_or_default().to_owned();
        // Whoever is asked may send us on, but only to itself.
        let onwards = redirect::Policy::custom(move |attempt| {
            let same = attempt.url().host_str() == Some(&host);
            if same && attempt.previous().len() < 5 { attempt.follow() } else { attempt.stop() }
        });
        reach.allows(&base)?;
        let client = reach.client().read_timeout(Duration::from_secs(120)).redirect(onwards).build()?;
        Ok(Self { client, base, authorization: None })
    }

    pub(crate) fn authorize(&mut self, value: String) {
        self.authorization = Some(value);
    }

    /// The address of something on this server; `parts` are encoded.
    pub(crate) fn at(&self, parts: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// An address that the server itself named, if it belongs to the same house.
    pub(crate) fn named(&self, address: &str, reach: Reach) -> Result<Url> {
        let mut url = self.base.join(address)?;
        // Behind a proxy, servers name themselves without the encryption they have.
        if url.host_str() == self.base.host_str() && url.scheme() == "http" && self.base.scheme() == "https" {
            let _ = url.set_scheme("https");
        }
        let house = |url: &Url| {
            let host = url.host_str().unwrap_or_default().to_owned();
            let parent = host.split_once('.').map(|(_, parent)| parent.to_owned());
            parent.filter(|parent| parent.contains('.') && host.parse::<IpAddr>().is_err()).unwrap_or(host)
        };
        if house(&url) != house(&self.base) || url.scheme() != self.base.scheme() {
            bail!("the server names an address of another: {}", url.host_str().unwrap_or_default());
        }
        reach.allows(&url)?;
        Ok(url)
    }

    pub(crate) async fn post_json(&self, url: Url, body: &Value) -> Result<Value> {
        let answer = self.ask(|| self.client.post(url.clone()).json(body), MAX_ANSWER).await?;
        let (_, bytes) = answer.with_context(|| format!("{} is not there", url.path()))?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// What JSON stands there; none where nothing is.
    pub(crate) async fn json(&self, url: Url) -> Result<Option<Value>> {
        let ask = || {
            let asked = self.client.get(url.clone()).header("Accept", "application/json");
            asked.header("X-Extended-Metadata", "true")
        };
        let Some((_, bytes)) = self.ask(ask, MAX_ANSWER).await? else { return Ok(None) };
        Ok(Some(serde_json::from_slice(&bytes).with_context(|| format!("{} does not answer JSON", url.path()))?))
    }

    /// A whole list of pages: `results` of each, following `next` as long as it leads on.
    pub(crate) async fn pages(&self, url: Url, reach: Reach) -> Result<Vec<Value>> {
        let (mut all, mut next, mut seen) = (Vec::new(), Some(url), HashSet::new());
        while let Some(url) = next.take() {
            if !seen.insert(url.clone()) {
                break;
            }
            let Some(page) = self.json(url).await? else { break };
            all.extend(page["results"].as_array().cloned().unwrap_or_default());
            next = page["next"].as_str().map(|next| self.named(next, reach)).transpose()?;
        }
        Ok(all)
    }

    /// Type and content of what stands there; none where nothing is.
    pub(crate) async fn bytes(&self, url: Url) -> Result<Option<(String, Bytes)>> {
        self.ask(|| self.client.get(url.clone()), crate::http::MAX_BODY).await
    }

    /// Puts a question, again when the server stumbles or asks to wait. 404 is none.
    async fn ask(&self, build: impl Fn() -> RequestBuilder, most: usize) -> Result<Option<(String, Bytes)>> {
        let mut wait = Duration::from_millis(500);
        let (mut tries, mut waits) = (0, 0);
        loop {
            let (told, error) = match self.once(build(), most).await {
                Ok(answer) => return Ok(answer),
                Err(stumbled) => stumbled,
            };
            match told {
                Stumble::Wait(told) if waits < WAITS => {
                    waits += 1;
                    tokio::time::sleep(told.unwrap_or(wait).min(LONGEST_WAIT)).await;
                }
                Stumble::Again if tries + 1 < TRIES => {
                    tries += 1;
                    tokio::time::sleep(wait).await;
                }
                _ => return Err(error),
            }
            wait = (wait * 3).min(LONGEST_WAIT);
        }
    }

    /// One try; the error says whether another may help.
    async fn once(
        &self,
        mut request: RequestBuilder,
        most: usize,
    ) -> Result<Option<(String, Bytes)>, (Stumble, anyhow::Error)> {
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let mut response = request.send().await.map_err(|error| (Stumble::Again, unnamed(error)))?;
        let status = response.status();
        let path = response.url().path().to_owned();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if !status.is_success() {
            let wait = || {
                let told = response.headers().get("retry-after")?.to_str().ok()?;
                told.trim().parse().ok().map(Duration::from_secs)
            };
            let told = match status {
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Stumble::Wait(wait()),
                status if status.is_server_error() => Stumble::Again,
                _ => Stumble::Over,
            };
            return Err((told, anyhow::anyhow!("{path}: the server answers {status}")));
        }
        let kind = response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("");
        let kind = kind.to_owned();
        let mut all = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| (Stumble::Again, unnamed(error)))? {
            if all.len() + piece.len() > most {
                return Err((Stumble::Over, anyhow::anyhow!("{path}: the answer is too large")));
            }
            all.extend_from_slice(&piece);
        }
        Ok(Some((kind, all.into())))
    }
}

/// Addresses may hold tokens: errors are told without.
fn unnamed(error: reqwest::Error) -> anyhow::Error {
    anyhow::Error::new(error.without_url()).context("the server could not be asked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_asked_by_a_plain_address_that_is_public_unless_allowed() {
        assert!(Remote::new("https://127.0.0.1", Reach::Public).is_err());
        assert!(Remote::new("https://[::1]:8080", Reach::Public).is_err());
        assert!(Remote::new("http://central.example.org", Reach::Public).is_err(), "a password would go in clear");
        assert!(Remote::new("http://127.0.0.1:8080", Reach::Anywhere).is_ok());
        assert!(Remote::new("https://awa:secret@central.example.org", Reach::Public).is_err());
        assert!(Remote::new("file:///etc/passwd", Reach::Anywhere).is_err());
    }

    #[test]
    fn a_server_may_name_its_own_house_only() {
        let kobo = Remote::new("https://kf.kobo.example.org", Reach::Public).unwrap();
        assert!(kobo.named("https://kc.kobo.example.org/attachment/1", Reach::Public).is_ok());
        assert!(kobo.named("/api/v2/x", Reach::Public).is_ok());
        assert_eq!(kobo.named("http://kf.kobo.example.org/x", Reach::Public).unwrap().scheme(), "https");
        assert!(kobo.named("https://evil.org/attachment/1", Reach::Public).is_err());
        assert!(kobo.named("http://kc.kobo.example.org/attachment/1", Reach::Public).is_err());
        assert_eq!(kobo.at(&["a b", "c/d.xml"]).as_str(), "https://kf.kobo.example.org/a%20b/c%2Fd.xml");
    }
}
