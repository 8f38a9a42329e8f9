//! From an ODK Central server (or another `dtm`), through its REST API.

use super::remote::{Reach, Remote};
use super::{Attached, Brought, Come, Here, Shelf, Taken, moment};
use anyhow::{Context, Result};
use axum::body::Bytes;
use dtm_model::{EntityId, EntityListId, FieldKind, Instant};
use dtm_store::{EntityError, FormMedia, FormState, NewEntity, ReviewState};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Entities asked for at once.
const PAGE: usize = 1000;

/// How to sign in there.
pub(crate) enum Login {
    Password { email: String, password: String },
    Token(String),
}

/// A project of a Central server.
pub(crate) struct Central {
    remote: Remote,
    project: String,
    /// Only these forms; all if empty.
    only: Vec<String>,
}

impl Central {
    /// Signs in.
    pub(crate) async fn open(
        server: &str,
        reach: Reach,
        login: Login,
        project: i64,
        only: Vec<String>,
    ) -> Result<Self> {
        let mut remote = Remote::new(server, reach)?;
        let token = match login {
            Login::Token(token) => token,
            Login::Password { email, password } => {
                let body = json!({ "email": email, "password": password });
                let answer = remote.post_json(remote.at(&["v1", "sessions"]), &body).await?;
                answer["token"].as_str().context("the server gave no session")?.to_owned()
            }
        };
        remote.authorize(format!("Bearer {token}"));
        Ok(Self { remote, project: project.to_string(), only })
    }

    async fn get(&self, parts: &[&str]) -> Result<Option<Value>> {
        self.remote.json(self.url(parts)).await
    }

    fn url(&self, parts: &[&str]) -> reqwest::Url {
        let all: Vec<&str> = ["v1", "projects", &self.project].into_iter().chain(parts.iter().copied()).collect();
        self.remote.at(&all)
    }

    async fn list(&self, parts: &[&str]) -> Result<Vec<Value>> {
        Ok(match self.get(parts).await? {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        })
    }

    async fn bytes(&self, parts: &[&str]) -> Result<Option<(String, Bytes)>> {
        self.remote.bytes(self.url(parts)).await
    }

    /// Brings everything over.
    pub(crate) async fn bring(&self, here: &Here<'_>) -> Result<Brought> {
        let mut brought = Brought::default();
        self.get(&[]).await?.with_context(|| format!("there is no project {}", self.project))?;
        // Lists first: forms name them, submissions change them.
        let lists = self.list(&["datasets"]).await?;
        let mut shelf = Shelf::default();
        for form in self.list(&["forms"]).await? {
            let Some(id) = form["xmlFormId"].as_str() else { continue };
            if (!self.only.is_empty() && !self.only.iter().any(|only| only == id)) || form["publishedAt"].is_null() {
                continue;
            }
            (here.progress)(id);
            match self.form(here, &form, id, &mut brought).await {
                Ok(()) => {}
                Err(error) => {
                    brought.trouble(format!("{id}: {error:#}"));
                    continue;
                }
            }
            shelf.renew();
            self.submissions(here, &mut shelf, id, &mut brought).await?;
            // Only now, so that submissions of a closed form could still be taken.
            self.state(here, &form, id).await?;
        }
        if self.only.is_empty() {
            for list in &lists {
                let Some(name) = list["name"].as_str() else { continue };
                if let Err(error) = self.entities(here, name, &mut brought).await {
                    brought.trouble(format!("{name}: {error:#}"));
                }
            }
        }
        Ok(brought)
    }

    /// A form with all its published versions, oldest first, and the files of the newest.
    async fn form(&self, here: &Here<'_>, form: &Value, id: &str, brought: &mut Brought) -> Result<()> {
        let mut versions: Vec<(Instant, String)> = self
            .list(&["forms", id, "versions"])
            .await?
            .iter()
            .filter(|version| !version["publishedAt"].is_null())
            .map(|version| {
                let at = moment(version["publishedAt"].as_str(), crate::world::now());
                (at, version["version"].as_str().unwrap_or_default().to_owned())
            })
            .collect();
        if versions.is_empty() {
            let at = moment(form["publishedAt"].as_str(), crate::world::now());
            versions.push((at, form["version"].as_str().unwrap_or_default().to_owned()));
        }
        versions.sort();
        let mut newest = None;
        let was_here = here.store.form_by_xml_id(&here.exercise.operation, id).await?.is_some();
        for (at, version) in versions {
            let name = if version.is_empty() { "___" } else { &version };
            let file = format!("{name}.xml");
            let found = self.bytes(&["forms", id, "versions", &file]).await?;
            let Some((_, xform)) = found else {
                brought.trouble(
                    here.say(
                        format!("{id}: version {version} is gone"),
                        format!("{id} : la version {version} a disparu"),
                    ),
                );
                continue;
            };
            let (uploaded, is_new) = here.take_form(xform, &format!("{id}.xml"), at).await?;
            brought.versions += u64::from(is_new);
            newest = Some(uploaded);
        }
        brought.forms += u64::from(!was_here && newest.is_some());
        let Some(newest) = newest else { return Ok(()) };
        let known = here.store.form_media(&newest.version.id).await?;
        for file in self.list(&["forms", id, "attachments"]).await? {
            let Some(name) = file["name"].as_str() else { continue };
            if file["datasetExists"] == true {
                let list = name.strip_suffix(".csv").unwrap_or(name);
                here.store.link_form_list(&newest.version.id, name, list, &here.stamp(crate::world::now())).await?;
                continue;
            }
            if known.iter().any(|known| known.name == name) || file["exists"] == false {
                continue;
            }
            let Some((content_type, bytes)) = self.bytes(&["forms", id, "attachments", name]).await? else { continue };
            let media = FormMedia {
                name: name.to_owned(),
                size: bytes.len() as u64,
                md5: Some(dtm_capture::openrosa::md5(&bytes)),
                hash: here.blobs.put(bytes).await?,
                content_type,
            };
            here.store.put_form_media(&newest.version.id, &media, &here.stamp(crate::world::now())).await?;
            brought.form_files += 1;
        }
        Ok(())
    }

    async fn state(&self, here: &Here<'_>, form: &Value, id: &str) -> Result<()> {
        let state = match form["state"].as_str() {
            Some("closing") => FormState::Closing,
            Some("closed") => FormState::Closed,
            _ => return Ok(()),
        };
        let found = here.store.form_by_xml_id(&here.exercise.operation, id).await?;
        if let Some(found) = found.filter(|found| found.state != state) {
            here.store.set_form_state(&found.id, state, &here.stamp(crate::world::now())).await?;
        }
        Ok(())
    }

    async fn submissions(&self, here: &Here<'_>, shelf: &mut Shelf, id: &str, brought: &mut Brought) -> Result<()> {
        let mut all = self.list(&["forms", id, "submissions"]).await?;
        all.sort_by(|a, b| a["createdAt"].as_str().cmp(&b["createdAt"].as_str()));
        let n = all.len();
        let form = here.store.form_by_xml_id(&here.exercise.operation, id).await?;
        for (at, submission) in all.iter().enumerate() {
            if at % 100 == 99 {
                (here.progress)(&format!("{id}: {}/{n}", at + 1));
            }
            let Some(instance) = submission["instanceId"].as_str() else { continue };
            let newest = submission["currentVersion"]["instanceId"].as_str().unwrap_or(instance);
            if let Some(form) = &form
                && here.store.submission_by_instance(&form.id, false, newest).await?.is_some()
            {
                brought.known += 1;
                continue;
            }
            if let Err(error) = self.submission(here, shelf, id, submission, brought).await {
                brought.trouble(format!("{id} {instance}: {error:#}"));
            }
        }
        Ok(())
    }

    /// A submission with all its versions, oldest first, its review state and what was said about it.
    async fn submission(
        &self,
        here: &Here<'_>,
        shelf: &mut Shelf,
        form: &str,
        submission: &Value,
        brought: &mut Brought,
    ) -> Result<()> {
        let root = submission["instanceId"].as_str().context("a submission without a name")?;
        let created = moment(submission["createdAt"].as_str(), crate::world::now());
        let mut versions = self.list(&["forms", form, "submissions", root, "versions"]).await?;
        if versions.is_empty() {
            versions.push(submission.clone());
        }
        versions.sort_by(|a, b| a["createdAt"].as_str().cmp(&b["createdAt"].as_str()));
        let mut record = None;
        for version in &versions {
            let instance = version["instanceId"].as_str().unwrap_or(root);
            let file = format!("{instance}.xml");
            let found = self.bytes(&["forms", form, "submissions", root, "versions", &file]).await?;
            let found = match found {
                Some(found) => Some(found),
                None => self.bytes(&["forms", form, "submissions", &file]).await?,
            };
            let (_, xml) = found.context("its answers are gone")?;
            let files = self.files(form, root, instance).await?;
            let come = Come {
                xml,
                files,
                at: moment(version["createdAt"].as_str(), created),
                device_id: version["deviceId"].as_str().map(str::to_owned),
                sender: version["submitter"]["displayName"].as_str().map(str::to_owned),
            };
            record = Some(match here.take(shelf, come, brought).await? {
                Taken::New(record) | Taken::Known(record) => record,
            });
        }
        let Some(record) = record else { return Ok(()) };
        for comment in self.list(&["forms", form, "submissions", root, "comments"]).await? {
            let Some(body) = comment["body"].as_str() else { continue };
            let at = moment(comment["createdAt"].as_str(), created);
            let id = crate::world::fresh(dtm_model::CorrectionId::new).to_string();
            here.store.add_comment(&id, &record, body, &here.stamp(at)).await?;
            brought.comments += 1;
        }
        let state = submission["reviewState"].as_str().and_then(ReviewState::from_code);
        if let Some(state) = state.filter(|state| *state != ReviewState::Edited) {
            here.review(&record, state, moment(submission["updatedAt"].as_str(), created), brought).await?;
        }
        Ok(())
    }

    async fn files(&self, form: &str, root: &str, instance: &str) -> Result<Vec<Attached>> {
        let base = ["forms", form, "submissions", root, "versions", instance, "attachments"];
        let mut files = Vec::new();
        for file in self.list(&base).await? {
            let Some(name) = file["name"].as_str().filter(|_| file["exists"] != false) else { continue };
            let at: Vec<&str> = base.iter().copied().chain([name]).collect();
            if let Some((content_type, bytes)) = self.bytes(&at).await? {
                files.push(Attached { name: name.to_owned(), content_type, bytes });
            }
        }
        Ok(files)
    }

    /// A list of entities as they stand now; those that submissions made here already are left as they are.
    async fn entities(&self, here: &Here<'_>, name: &str, brought: &mut Brought) -> Result<()> {
        let about = self.get(&["datasets", name]).await?.context("the list is gone")?;
        let stamp = here.stamp(crate::world::now());
        let operation = &here.exercise.operation;
        if here.store.entity_list(operation, name).await?.is_none() {
            let id = crate::world::fresh(EntityListId::new);
            here.store.create_entity_list(&id, operation, name, [false, false], &stamp).await?;
            brought.entity_lists += 1;
        }
        let mut list = here.store.entity_list(operation, name).await?.context("the list was not kept")?;
        let properties: Vec<String> = about["properties"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|property| property["name"].as_str().map(str::to_owned))
            .collect();
        for property in &properties {
            if !list.properties.iter().any(|known| known.name == *property) {
                here.store.add_entity_property(&list, property, FieldKind::Text, &stamp).await?;
            }
        }
        list = here.store.entity_list(operation, name).await?.context("the list was not kept")?;
        let names: BTreeMap<String, String> = about["properties"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|p| Some((p["odataName"].as_str()?.to_owned(), p["name"].as_str()?.to_owned())))
            .collect();
        let mut url = self.url(&["datasets", &format!("{name}.svc"), "Entities"]);
        url.query_pairs_mut().append_pair("$top", &PAGE.to_string());
        let mut next = Some(url);
        let mut seen = BTreeSet::new();
        while let Some(url) = next.take() {
            let page = self.remote.json(url.clone()).await?.context("the entities are gone")?;
            let rows = page["value"].as_array().cloned().unwrap_or_default();
            let new: Vec<NewEntity> = rows
                .iter()
                .filter_map(|row| {
                    let id = row["__id"].as_str()?.parse().ok()?;
                    let value =
                        |(odata, name): (&String, &String)| Some((name.clone(), row[odata].as_str()?.to_owned()));
                    Some(NewEntity {
                        id,
                        label: row["label"].as_str().unwrap_or_default().to_owned(),
                        data: names.iter().filter_map(value).collect(),
                    })
                })
                .collect();
            brought.entities += here.add_entities(&list, new, &stamp).await?;
            let link = page["@odata.nextLink"].as_str().map(str::to_owned);
            // A server that names the same page for ever does not keep us for ever.
            next = match link.filter(|link| seen.insert(link.clone())) {
                Some(link) => {
                    let told = reqwest::Url::parse(&link)?;
                    let mut following = url;
                    following.set_query(told.query());
                    Some(following)
                }
                None => None,
            };
        }
        Ok(())
    }
}

impl Here<'_> {
    /// Adds the entities that are not here, and says how many those were.
    async fn add_entities(
        &self,
        list: &dtm_store::EntityList,
        mut new: Vec<NewEntity>,
        stamp: &dtm_store::Stamp,
    ) -> Result<u64> {
        let ids: Vec<EntityId> = new.iter().map(|entity| entity.id.clone()).collect();
        let known: BTreeSet<String> =
            self.store.entity_states(list, &ids).await?.iter().map(|state| state.id.clone()).collect();
        new.retain(|entity| !known.contains(entity.id.as_str()));
        if new.is_empty() {
            return Ok(0);
        }
        let source = json!({ "name": "import", "size": new.len() });
        match self.store.create_entities(list, &new, Some(source), None, stamp).await {
            Ok(()) => Ok(new.len() as u64),
            Err(EntityError::Store(error)) => Err(error.into()),
            Err(error) => Err(anyhow::anyhow!("{error}")),
        }
    }
}
