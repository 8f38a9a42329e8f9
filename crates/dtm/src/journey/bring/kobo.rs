//! From a KoboToolbox server, through its API (v2): one project («asset») with its form, submissions and files.
//!
//! Kobo names a deployed version by its number and date; submissions say that, and the version's id. Each version's form is
//! made from the content that Kobo keeps of it, as Kobo made it. Where that cannot be, the questions of another version
//! stand for it, and the report says so. Of an edited submission Kobo keeps the newest version alone.

use super::remote::Remote;
use super::{Attached, Brought, Come, Here, Shelf, Taken, items, moment};
use crate::journey::reach::Reach;
use anyhow::{Context, Result};
use axum::body::Bytes;
use dtm_capture::{kobo, submission, xlsform};
use dtm_model::Instant;
use dtm_store::ReviewState;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Submissions asked for at once. Servers may give fewer.
const PAGE: usize = 500;

/// A KoboToolbox server.
pub(crate) struct Kobo {
    remote: Remote,
    reach: Reach,
    asset: String,
}

/// A deployed version.
struct Deployed {
    id: String,
    at: Instant,
    /// What Kobo calls it if no submission says so.
    label: String,
    /// Whether its form is here.
    is_here: bool,
}

/// What is known of the project while it comes over.
struct Project {
    title: String,
    /// Oldest first.
    versions: Vec<Deployed>,
    /// What is beside the form.
    media: Vec<(String, String, Bytes)>,
    /// The form as the server makes it of the newest content.
    newest: Option<String>,
    /// instanceIDs met in this run, and whether they were here before.
    met: HashSet<String>,
}

impl Kobo {
    pub(crate) fn open(server: &str, reach: Reach, token: &str, asset: String) -> Result<Self> {
        let mut remote = Remote::new(server, reach)?;
        remote.authorize(format!("Token {token}"));
        Ok(Self { remote, reach, asset })
    }

    /// The projects that the token's owner may read: id and name.
    pub(super) async fn projects(&self) -> Result<Vec<(String, String)>> {
        let mut url = self.remote.at(&["api", "v2", "assets", ""]);
        url.query_pairs_mut().append_pair("format", "json").append_pair("q", "asset_type:survey");
        let all = self.remote.pages(url, self.reach).await?;
        let named = |asset: &Value| Some((asset["uid"].as_str()?.to_owned(), asset["name"].as_str()?.to_owned()));
        let deployed = all.iter().filter(|asset| asset["has_deployment"] != false);
        Ok(deployed.filter_map(named).collect())
    }

    fn url(&self, parts: &[&str]) -> reqwest::Url {
        let all: Vec<&str> = ["api", "v2", "assets", &self.asset].into_iter().chain(parts.iter().copied()).collect();
        self.remote.at(&all)
    }

    async fn json(&self, parts: &[&str], query: &[(&str, &str)]) -> Result<Option<Value>> {
        let mut url = self.url(parts);
        url.query_pairs_mut().append_pair("format", "json").extend_pairs(query);
        self.remote.json(url).await
    }

    /// Brings everything over.
    pub(crate) async fn bring(&self, here: &Here<'_>) -> Result<Brought> {
        let mut brought = Brought::default();
        let about = self.json(&[""], &[]).await?.context(here.say(
            "there is no such project, or the token may not read it",
            "ce projet n’existe pas, ou le jeton ne permet pas de le lire",
        ))?;
        let went = self.all(here, &about, &mut brought).await;
        here.end(went, &mut brought).await;
        Ok(brought)
    }

    async fn all(&self, here: &Here<'_>, about: &Value, brought: &mut Brought) -> Result<()> {
        let mut project = self.project(here, about, brought).await?;
        if project.versions.is_empty() {
            brought.trouble(here.say("the project was never deployed", "le projet n’a jamais été déployé"));
            return Ok(());
        }
        if let Some(form) = here.store.form_by_xml_id(&here.exercise.operation, &self.asset).await? {
            // An earlier run kept each under its day, whatever submissions call it.
            let known = here.store.form_versions(&form.id).await?;
            for version in &mut project.versions {
                version.is_here = known.iter().any(|known| known.published_at == Some(version.at));
            }
        }
        let mut shelf = Shelf::default();
        self.submissions(here, &mut project, &mut shelf, brought).await?;
        // Versions on which nobody filled anything.
        for at in 0..project.versions.len() {
            if !project.versions[at].is_here {
                let label = project.versions[at].label.clone();
                self.version(here, &mut project, at, &label, brought).await?;
            }
        }
        let newest = project.versions.last().map(|version| version.at);
        if let Some(form) = here.store.form_by_xml_id(&here.exercise.operation, &self.asset).await? {
            let known = here.store.form_versions(&form.id).await?;
            if let Some(newest) = known.iter().find(|known| known.published_at == newest) {
                here.give_key(newest, brought).await?;
            }
        }
        self.left_behind(here, about, brought);
        Ok(())
    }

    async fn project(&self, here: &Here<'_>, about: &Value, brought: &mut Brought) -> Result<Project> {
        let mut url = self.url(&["versions", ""]);
        url.query_pairs_mut().append_pair("format", "json").append_pair("deployed", "true");
        let mut listed = self.remote.pages(url, self.reach).await?;
        if listed.is_empty() {
            listed = items(&about["deployed_versions"]["results"]).cloned().collect();
        }
        let mut versions: Vec<Deployed> = listed
            .iter()
            .filter(|version| version["date_deployed"].is_string())
            .filter_map(|version| {
                let at = moment(version["date_deployed"].as_str(), crate::world::now());
                Some(Deployed { id: version["uid"].as_str()?.to_owned(), at, label: String::new(), is_here: false })
            })
            .collect();
        versions.sort_by_key(|version| version.at);
        for (number, version) in versions.iter_mut().enumerate() {
            let at = chrono::DateTime::from_timestamp_millis(version.at.as_millis()).unwrap_or_default();
            version.label = format!("{} ({})", number + 1, at.format("%Y-%m-%d %H:%M:%S"));
        }
        let mut url = self.url(&["files", ""]);
        url.query_pairs_mut().append_pair("format", "json").append_pair("file_type", "form_media");
        let mut media = Vec::new();
        for file in self.remote.pages(url, self.reach).await? {
            let Some(name) = file["metadata"]["filename"].as_str() else { continue };
            match self.content(&file["content"]).await {
                Ok(Some((kind, bytes))) => media.push((name.to_owned(), kind, bytes)),
                Ok(None) => brought.trouble(here.say(format!("{name} is gone"), format!("{name} a disparu"))),
                Err(error) => brought.trouble(format!("{name}: {error:#}")),
            }
        }
        let title = about["name"].as_str().unwrap_or(&self.asset).to_owned();
        Ok(Project { title, versions, media, newest: None, met: HashSet::new() })
    }

    /// What stands at an address that the server names.
    async fn content(&self, address: &Value) -> Result<Option<(String, Bytes)>> {
        let Some(address) = address.as_str() else { return Ok(None) };
        self.remote.bytes(self.remote.named(address, self.reach)?).await
    }

    /// Makes the form of a version known here, under this label.
    async fn version(
        &self,
        here: &Here<'_>,
        project: &mut Project,
        at: usize,
        label: &str,
        brought: &mut Brought,
    ) -> Result<()> {
        let (id, deployed_at) = (project.versions[at].id.clone(), project.versions[at].at);
        let content = self.json(&["versions", &id, ""], &[]).await?;
        let deployed = kobo::Deployed { asset: &self.asset, title: &project.title, label, version: &id };
        let made = content.as_ref().map(|version| kobo::workbook(&version["content"], &deployed));
        let conversion = made.map(|workbook| xlsform::convert(&workbook, &self.asset));
        let xform = match conversion.and_then(|conversion| conversion.xform.or(conversion.mended)) {
            Some(xform) => xform,
            None => {
                brought.note(here.say(
                    format!("version {label} is kept with the questions of the newest form: its own could not be made again"),
                    format!("la version {label} est gardée avec les questions du formulaire le plus récent : les siennes n’ont pu être reconstituées"),
                ));
                self.newest(project, label).await?
            }
        };
        let was_here = here.store.form_by_xml_id(&here.exercise.operation, &self.asset).await?.is_some();
        brought.forms += u64::from(!was_here);
        let file = format!("{}.xml", self.asset);
        let (kept, is_new) = here.take_form(xform.into(), &file, deployed_at).await?;
        brought.versions += u64::from(is_new);
        let known = here.store.form_media(&kept.id).await?;
        for (name, kind, bytes) in &project.media {
            if !known.iter().any(|known| known.name == *name) {
                here.form_file(&kept, (name, kind.clone(), bytes.clone()), brought).await?;
            }
        }
        project.versions[at].is_here = true;
        Ok(())
    }

    /// The server's own XForm of the newest content, named as this version.
    async fn newest(&self, project: &mut Project, label: &str) -> Result<String> {
        if project.newest.is_none() {
            let at = self.remote.at(&["api", "v2", "assets", &format!("{}.xml", self.asset)]);
            let (_, xform) = self.remote.bytes(at).await?.context("the server has no form of the project")?;
            project.newest = Some(String::from_utf8(xform.to_vec()).context("the form is not UTF-8 text")?);
        }
        let xform = project.newest.as_deref().unwrap_or_default();
        Ok(dtm_capture::xform::with_version(xform, label)?)
    }

    async fn submissions(
        &self,
        here: &Here<'_>,
        project: &mut Project,
        shelf: &mut Shelf,
        brought: &mut Brought,
    ) -> Result<()> {
        let (mut start, mut n_all) = (0, None);
        loop {
            let limit = PAGE.to_string();
            let query = [("limit", limit.as_str()), ("start", &start.to_string()), ("sort", "{\"_id\":1}")];
            let page = self.json(&["data", ""], &query).await?.context("the data are gone")?;
            n_all = page["count"].as_u64().or(n_all);
            let rows: Vec<&Value> = items(&page["results"]).collect();
            if rows.is_empty() {
                return Ok(());
            }
            for (at, row) in rows.iter().enumerate() {
                let of = n_all.map(|n| format!("/{n}")).unwrap_or_default();
                here.go_on(format!("{}: {}{of}", project.title, start + at + 1))?;
                if let Err(error) = self.submission(here, project, shelf, row, brought).await {
                    let named = row["_uuid"].as_str().unwrap_or_default();
                    brought.trouble(format!("{named}: {error:#}"));
                }
            }
            start += rows.len();
            // The page may be shorter than what was asked for, and still not the last.
            if n_all.is_none_or(|n| start as u64 >= n) && page["next"].is_null() {
                return Ok(());
            }
        }
    }

    async fn submission(
        &self,
        here: &Here<'_>,
        project: &mut Project,
        shelf: &mut Shelf,
        row: &Value,
        brought: &mut Brought,
    ) -> Result<()> {
        let instance = instance_of(row);
        let form = here.store.form_by_xml_id(&here.exercise.operation, &self.asset).await?;
        let is_first = project.met.insert(instance.clone());
        if let Some(form) = &form
            && is_first
            && let Some(head) = here.known(form, &instance).await?
        {
            brought.known += 1;
            let lacking = here.lacking(&head).await?;
            for file in self.files(here, row, |name| lacking.iter().any(|lacking| lacking == name), brought).await {
                here.add_file(&head, file, brought).await?;
            }
            return self.opinions(here, &head.record, row, brought).await;
        }
        let id = row["_id"].as_i64().context("a row without a number")?;
        let (_, xml) =
            self.remote.bytes(self.url(&["data", &format!("{id}.xml")])).await?.context("its answers are gone")?;
        let envelope = submission::open(&xml).map_err(|error| anyhow::anyhow!("{}", error.message(here.lang)))?;
        if shelf.find(here, &self.asset, &envelope.version).await?.is_none() {
            let at = version_of(row, &envelope.version, &project.versions);
            self.version(here, project, at, &envelope.version, brought).await?;
            shelf.renew();
        }
        let at = moment(row["_submission_time"].as_str(), crate::world::now());
        let come = Come {
            files: self.files(here, row, |_| true, brought).await,
            device_id: row["deviceid"].as_str().map(str::to_owned),
            sender: row["_submitted_by"].as_str().map(str::to_owned),
            root: row["meta/rootUuid"].as_str().map(with_prefix),
            ..Come::sent(xml, Vec::new(), at)
        };
        let (Taken::New(record) | Taken::Known(record)) = here.take(shelf, come, brought).await?;
        self.opinions(here, &record, row, brought).await
    }

    /// The files of a row that are wanted; those that cannot be had are told.
    async fn files(
        &self,
        here: &Here<'_>,
        row: &Value,
        wanted: impl Fn(&str) -> bool,
        brought: &mut Brought,
    ) -> Vec<Attached> {
        let mut files = Vec::new();
        for file in items(&row["_attachments"]).filter(|file| file["is_deleted"] != true) {
            let path = file["media_file_basename"].as_str().or(file["filename"].as_str()).unwrap_or_default();
            let name = path.rsplit('/').next().unwrap_or_default();
            if name.is_empty() || !wanted(name) {
                continue;
            }
            let of = row["_uuid"].as_str().unwrap_or_default();
            match self.content(&file["download_url"]).await {
                Ok(Some((kind, bytes))) => {
                    let content_type = file["mimetype"].as_str().map_or(kind, str::to_owned);
                    files.push(Attached { name: name.to_owned(), content_type, bytes });
                }
                Ok(None) => {
                    brought.trouble(here.say(format!("{of}: {name} is gone"), format!("{of} : {name} a disparu")));
                }
                Err(error) => brought.trouble(format!("{of}: {name}: {error:#}")),
            }
        }
        files
    }

    /// The state of a row's validation, its notes and tags.
    async fn opinions(
        &self,
        here: &Here<'_>,
        record: &dtm_model::RecordId,
        row: &Value,
        brought: &mut Brought,
    ) -> Result<()> {
        let arrived = moment(row["_submission_time"].as_str(), crate::world::now());
        let status = &row["_validation_status"];
        let state = match status["uid"].as_str() {
            Some("validation_status_approved") => Some(ReviewState::Approved),
            Some("validation_status_not_approved") => Some(ReviewState::Rejected),
            Some("validation_status_on_hold") => Some(ReviewState::HasIssues),
            _ => None,
        };
        if let Some(state) = state {
            let at = status["timestamp"].as_i64().map_or(arrived, |seconds| Instant::from_millis(seconds * 1000));
            here.review(record, state, &here.stamp_of(at, status["by_whom"].as_str()), brought).await?;
        }
        for note in items(&row["_notes"]) {
            let Some(body) = note.as_str().or(note["note"].as_str()) else { continue };
            let at = moment(note["date_created"].as_str(), arrived);
            here.comment(record, body, &here.stamp(at), brought).await?;
        }
        let tags: Vec<&str> = items(&row["_tags"]).filter_map(Value::as_str).collect();
        if !tags.is_empty() {
            let body = here.say(format!("Tags: {}", tags.join(", ")), format!("Étiquettes : {}", tags.join(", ")));
            here.comment(record, &body, &here.stamp(arrived), brought).await?;
        }
        Ok(())
    }

    fn left_behind(&self, here: &Here<'_>, about: &Value, brought: &mut Brought) {
        let people: HashSet<&str> = items(&about["permissions"]).filter_map(|given| given["user"].as_str()).collect();
        if people.len() > 1 {
            brought.left_behind.push(here.say(
                format!(
                    "the project is shared with {} people: add them under «People», each with a role",
                    people.len() - 1
                ),
                format!(
                    "le projet est partagé avec {} personnes : ajoutez-les sous « Personnes », chacune avec un rôle",
                    people.len() - 1
                ),
            ));
        }
        brought.left_behind.push(here.say(
            "KoboCollect on the phones still sends to the old server: make an access under «Phones» and scan its code",
            "KoboCollect envoie encore à l’ancien serveur : créez un accès sous « Téléphones » et scannez son code",
        ));
        if about["deployment__active"] == true {
            brought.left_behind.push(here.say(
                "the project still takes submissions there: archive it, or run this again for what came meanwhile",
                "le projet y reçoit encore des soumissions : archivez-le, ou relancez ceci pour celles arrivées entre-temps",
            ));
        }
        if items(&about["hooks"]).next().is_some() || about["hooks_count"].as_u64().unwrap_or(0) > 0 {
            brought.left_behind.push(here.say("REST services are not brought", "les services REST ne sont pas repris"));
        }
    }
}

/// An id of Kobo's as phones write it.
fn with_prefix(id: &str) -> String {
    if id.contains(':') { id.to_owned() } else { format!("uuid:{id}") }
}

/// The instanceID of a row.
fn instance_of(row: &Value) -> String {
    match row["meta/instanceID"].as_str() {
        Some(id) => id.to_owned(),
        None => with_prefix(row["_uuid"].as_str().unwrap_or_default()),
    }
}

/// The version a row was filled on: by its id, which the last of the fields that are called so says, else by the number that
/// its label begins with, else the newest.
fn version_of(row: &Value, label: &str, versions: &[Deployed]) -> usize {
    let says = |name: &str| name == "__version__" || name == "_version_" || name.starts_with("_version__");
    let named: HashMap<&str, usize> =
        versions.iter().enumerate().map(|(at, version)| (version.id.as_str(), at)).collect();
    let fields = row.as_object().into_iter().flatten().filter(|(name, _)| says(name));
    let by_id = fields.filter_map(|(_, id)| named.get(id.as_str()?).copied()).max();
    let by_number = || {
        let number: usize = label.split_whitespace().next()?.parse().ok()?;
        (1..=versions.len()).contains(&number).then(|| number - 1)
    };
    by_id.or_else(by_number).unwrap_or(versions.len() - 1)
}
