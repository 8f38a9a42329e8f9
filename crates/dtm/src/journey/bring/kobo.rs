//! From a KoboToolbox server, through its API (v2): one project («asset») with its form, submissions and files.
//!
//! Kobo serves only its newest form as an XForm. Submissions that were filled on earlier versions keep the name of their
//! version; that version is kept here with the newest form's questions, and the report says so.

use super::remote::{Reach, Remote};
use super::{Attached, Brought, Come, Here, Shelf, Taken, moment};
use anyhow::{Context, Result};
use axum::body::Bytes;
use dtm_model::Instant;
use dtm_store::ReviewState;
use serde_json::Value;
use std::collections::BTreeSet;

/// Submissions asked for at once.
const PAGE: usize = 1000;

/// A project of a KoboToolbox server.
pub(crate) struct Kobo {
    remote: Remote,
    reach: Reach,
    asset: String,
}

impl Kobo {
    pub(crate) fn open(server: &str, reach: Reach, token: &str, asset: String) -> Result<Self> {
        let mut remote = Remote::new(server, reach)?;
        remote.authorize(format!("Token {token}"));
        Ok(Self { remote, reach, asset })
    }

    fn url(&self, parts: &[&str]) -> reqwest::Url {
        let all: Vec<&str> = ["api", "v2", "assets", &self.asset].into_iter().chain(parts.iter().copied()).collect();
        self.remote.at(&all)
    }

    /// Brings everything over.
    pub(crate) async fn bring(&self, here: &Here<'_>) -> Result<Brought> {
        let mut brought = Brought::default();
        let mut about = self.url(&[""]);
        about.query_pairs_mut().append_pair("format", "json");
        let about = self.remote.json(about).await?.context("there is no such project")?;
        let deployed = about["deployed_versions"]["results"].as_array().and_then(|list| list.first()).cloned();
        let published = deployed.as_ref().and_then(|version| version["date_deployed"].as_str().map(str::to_owned));
        let published = moment(published.as_deref().or(about["date_created"].as_str()), crate::world::now());
        let form_at = self.remote.at(&["api", "v2", "assets", &format!("{}.xml", self.asset)]);
        let (_, xform) = self.remote.bytes(form_at).await?.context("the form is not deployed")?;
        let was_here = self.is_here(here, &xform).await?;
        let (uploaded, is_new) = here.take_form(xform.clone(), &format!("{}.xml", self.asset), published).await?;
        brought.forms += u64::from(!was_here);
        brought.versions += u64::from(is_new);
        let form = uploaded.version.schema.xml_form_id.clone();
        let newest = uploaded.version.version.clone();
        (here.progress)(&form);
        let mut shelf = Shelf::default();
        let mut renamed: BTreeSet<String> = BTreeSet::new();
        let mut start = 0;
        loop {
            let mut url = self.url(&["data", ""]);
            let query = [("format", "json".to_owned()), ("limit", PAGE.to_string()), ("start", start.to_string())];
            url.query_pairs_mut().extend_pairs(query).append_pair("sort", "{\"_id\":1}");
            let page = self.remote.json(url).await?.context("the data are gone")?;
            let rows = page["results"].as_array().cloned().unwrap_or_default();
            for row in &rows {
                let named = row["_uuid"].as_str().unwrap_or_default().to_owned();
                let taken = self.submission(here, &mut shelf, row, &xform, (&form, &newest, published), &mut renamed);
                match taken.await {
                    Ok((come, instance)) => {
                        if let Err(error) = self.take(here, &mut shelf, row, come, &instance, &mut brought).await {
                            brought.trouble(format!("{named}: {error:#}"));
                        }
                    }
                    Err(error) => brought.trouble(format!("{named}: {error:#}")),
                }
            }
            start += rows.len();
            (here.progress)(&format!("{form}: {start}"));
            if rows.len() < PAGE {
                break;
            }
        }
        brought.versions += renamed.len() as u64;
        for version in &renamed {
            brought.trouble(here.say(
                format!("version {version} is kept with the questions of version {newest}: Kobo serves no earlier form"),
                format!("la version {version} est gardée avec les questions de la version {newest} : Kobo ne fournit pas les formulaires antérieurs"),
            ));
        }
        Ok(brought)
    }

    async fn is_here(&self, here: &Here<'_>, xform: &[u8]) -> Result<bool> {
        let schema = dtm_capture::xform::read(&String::from_utf8_lossy(xform))
            .map_err(|error| anyhow::anyhow!("{}", error.message(here.lang)))?;
        Ok(here.store.form_by_xml_id(&here.exercise.operation, &schema.xml_form_id).await?.is_some())
    }

    /// The XML of a row, and its form version made known here if it is not.
    async fn submission(
        &self,
        here: &Here<'_>,
        shelf: &mut Shelf,
        row: &Value,
        xform: &[u8],
        (form, newest, published): (&str, &str, Instant),
        renamed: &mut BTreeSet<String>,
    ) -> Result<(Bytes, String)> {
        let id = row["_id"].as_i64().context("a row without a number")?;
        let (_, xml) =
            self.remote.bytes(self.url(&["data", &format!("{id}.xml")])).await?.context("its answers are gone")?;
        let envelope =
            dtm_capture::submission::open(&xml).map_err(|error| anyhow::anyhow!("{}", error.message(here.lang)))?;
        if shelf.find(here, form, &envelope.version).await?.is_none() && envelope.version != newest {
            let text = String::from_utf8_lossy(xform);
            let older = dtm_capture::xform::with_version(&text, &envelope.version)
                .map_err(|error| anyhow::anyhow!("{}", error.message(here.lang)))?;
            // Published before the newest, so that phones go on getting the newest.
            let before = Instant::from_millis(published.as_millis() - 1000);
            here.take_form(older.into_bytes().into(), &format!("{}.xml", self.asset), before).await?;
            shelf.renew();
            renamed.insert(envelope.version.clone());
        }
        Ok((xml, envelope.instance_id.unwrap_or_default()))
    }

    async fn take(
        &self,
        here: &Here<'_>,
        shelf: &mut Shelf,
        row: &Value,
        xml: Bytes,
        instance: &str,
        brought: &mut Brought,
    ) -> Result<()> {
        let at = moment(row["_submission_time"].as_str(), crate::world::now());
        let form = row["_xform_id_string"].as_str().unwrap_or_default();
        let found = here.store.form_by_xml_id(&here.exercise.operation, form).await?;
        if let Some(found) = found
            && here.store.submission_by_instance(&found.id, false, instance).await?.is_some()
        {
            brought.known += 1;
            return Ok(());
        }
        let mut files = Vec::new();
        for file in row["_attachments"].as_array().into_iter().flatten() {
            if file["is_deleted"] == true {
                continue;
            }
            let path = file["media_file_basename"].as_str().or(file["filename"].as_str()).unwrap_or_default();
            let name = path.rsplit('/').next().unwrap_or_default();
            let Some(address) = file["download_url"].as_str() else { continue };
            let url = self.remote.named(address, self.reach)?;
            if let Some((kind, bytes)) = self.remote.bytes(url).await? {
                let content_type = file["mimetype"].as_str().map_or(kind, str::to_owned);
                files.push(Attached { name: name.to_owned(), content_type, bytes });
            }
        }
        let sender = row["_submitted_by"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
        let device_id = row["deviceid"].as_str().map(str::to_owned);
        match here.take(shelf, Come { xml, files, at, device_id, sender }, brought).await? {
            Taken::Known(_) => brought.known += 1,
            Taken::New(record) => {
                let state = match row["_validation_status"]["uid"].as_str() {
                    Some("validation_status_approved") => Some(ReviewState::Approved),
                    Some("validation_status_not_approved") => Some(ReviewState::Rejected),
                    Some("validation_status_on_hold") => Some(ReviewState::HasIssues),
                    _ => None,
                };
                if let Some(state) = state {
                    here.review(&record, state, at, brought).await?;
                }
            }
        }
        Ok(())
    }
}
