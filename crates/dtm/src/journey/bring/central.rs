//! From an ODK Central server (or another `dtm`), through its REST API.

use super::remote::Remote;
use super::{Attached, Brought, Come, Here, Shelf, Taken, items, moment};
use crate::journey::reach::Reach;
use anyhow::{Context, Result};
use axum::body::Bytes;
use dtm_model::{Instant, RecordId};
use dtm_store::{FormState, FormVersion, ReviewState, SubmissionHead};
use serde_json::{Value, json};

/// How to sign in there.
pub(crate) enum Login {
    Password { email: String, password: String },
    Token(String),
}

/// A project of a Central server.
pub(crate) struct Central {
    pub(super) remote: Remote,
    token: String,
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
        Ok(Self { remote, token, project: project.to_string(), only })
    }

    /// The session that lets us in.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    pub(super) async fn get(&self, parts: &[&str]) -> Result<Option<Value>> {
        self.remote.json(self.url(parts)).await
    }

    pub(super) fn url(&self, parts: &[&str]) -> reqwest::Url {
        let all: Vec<&str> = ["v1", "projects", &self.project].into_iter().chain(parts.iter().copied()).collect();
        self.remote.at(&all)
    }

    pub(super) async fn list(&self, parts: &[&str]) -> Result<Vec<Value>> {
        Ok(match self.get(parts).await? {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        })
    }

    async fn bytes(&self, parts: &[&str]) -> Result<Option<(String, Bytes)>> {
        self.remote.bytes(self.url(parts)).await
    }

    /// The projects there: number and name.
    pub(super) async fn projects(&self) -> Result<Vec<(String, String)>> {
        let all = self.remote.json(self.remote.at(&["v1", "projects"])).await?.unwrap_or_default();
        let named = |project: &Value| Some((project["id"].to_string(), project["name"].as_str()?.to_owned()));
        Ok(items(&all).filter_map(named).collect())
    }

    /// Brings everything over.
    pub(crate) async fn bring(&self, here: &Here<'_>) -> Result<Brought> {
        let mut brought = Brought::default();
        self.get(&[]).await?.with_context(|| {
            here.say(
                format!("there is no project {}", self.project),
                format!("il n’y a pas de projet {}", self.project),
            )
        })?;
        let went = self.all(here, &mut brought).await;
        here.end(went, &mut brought).await;
        Ok(brought)
    }

    async fn all(&self, here: &Here<'_>, brought: &mut Brought) -> Result<()> {
        // Lists first: forms name them, submissions change them.
        let lists = self.list(&["datasets"]).await?;
        let mut shelf = Shelf::default();
        let mut n_links = 0;
        for form in self.list(&["forms"]).await? {
            let Some(id) = form["xmlFormId"].as_str() else { continue };
            if !self.only.is_empty() && !self.only.iter().any(|only| only == id) {
                continue;
            }
            here.go_on(id)?;
            let is_published = !form["publishedAt"].is_null();
            if is_published && let Err(error) = self.form(here, &form, id, brought).await {
                brought.trouble(format!("{id}: {error:#}"));
                continue;
            }
            if let Err(error) = self.draft(here, id, brought).await {
                brought.trouble(format!("{id}: {error:#}"));
            }
            if !is_published {
                continue;
            }
            shelf.renew();
            self.submissions(here, &mut shelf, id, brought).await?;
            // Only now, so that submissions of a closed form could still be taken.
            self.state(here, &form, id).await?;
            n_links += self.count(&["forms", id, "public-links"]).await;
        }
        if self.only.is_empty() {
            for list in &lists {
                let Some(name) = list["name"].as_str() else { continue };
                here.go_on(name)?;
                match self.entities(here, name, brought).await {
                    Err(error) if !error.is::<super::Stopped>() => brought.trouble(format!("{name}: {error:#}")),
                    went => went?,
                }
            }
        }
        self.left_behind(here, n_links, brought).await;
        Ok(())
    }

    /// How many there are; none where they may not be listed.
    async fn count(&self, parts: &[&str]) -> usize {
        self.list(parts).await.map_or(0, |list| list.len())
    }

    /// What lets people and phones in is theirs to get anew.
    async fn left_behind(&self, here: &Here<'_>, n_links: usize, brought: &mut Brought) {
        let mut say = |n: usize, en: &str, fr: &str| {
            if n > 0 {
                brought.left_behind.push(format!("{n} {}", here.say(en, fr)));
            }
        };
        say(
            self.count(&["app-users"]).await,
            "app users: make an access for each phone under «Phones» and scan its code",
            "utilisateurs d’application : créez un accès par téléphone sous « Téléphones » et scannez son code",
        );
        say(
            n_links,
            "public links: make new ones on the form's page and send them out",
            "liens publics : créez-en de nouveaux sur la page du formulaire et diffusez-les",
        );
        say(
            self.count(&["assignments"]).await,
            "roles of people: add them under «People»",
            "rôles de personnes : ajoutez-les sous « Personnes »",
        );
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
            let (kept, is_new) = here.take_form(xform, &format!("{id}.xml"), at).await?;
            brought.versions += u64::from(is_new);
            newest = Some(kept);
        }
        brought.forms += u64::from(!was_here && newest.is_some());
        let Some(newest) = newest else { return Ok(()) };
        self.form_files(here, &["forms", id, "attachments"], &newest, brought).await?;
        here.give_key(&newest, brought).await
    }

    /// The draft of a form, if there is one, with its files.
    async fn draft(&self, here: &Here<'_>, id: &str, brought: &mut Brought) -> Result<()> {
        if self.get(&["forms", id, "draft"]).await?.is_none() {
            return Ok(());
        }
        let Some((_, xform)) = self.bytes(&["forms", id, "draft.xml"]).await? else { return Ok(()) };
        match here.take_draft(xform, &format!("{id}.xml"), brought).await? {
            Some(draft) => self.form_files(here, &["forms", id, "draft", "attachments"], &draft, brought).await,
            None => Ok(()),
        }
    }

    /// The files of a version that are listed there: those that it lacks here.
    async fn form_files(
        &self,
        here: &Here<'_>,
        at: &[&str],
        version: &FormVersion,
        brought: &mut Brought,
    ) -> Result<()> {
        let known = here.store.form_media(&version.id).await?;
        for file in self.list(at).await? {
            let Some(name) = file["name"].as_str() else { continue };
            if file["datasetExists"] == true {
                let list = name.strip_suffix(".csv").unwrap_or(name);
                here.store.link_form_list(&version.id, name, list, &here.stamp(crate::world::now())).await?;
                continue;
            }
            if known.iter().any(|known| known.name == name) || file["exists"] == false {
                continue;
            }
            let Some((content_type, bytes)) = self.bytes(&[at, &[name]].concat()).await? else { continue };
            here.form_file(version, (name, content_type, bytes), brought).await?;
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
            here.go_on(format!("{id}: {}/{n}", at + 1))?;
            let Some(instance) = submission["instanceId"].as_str() else { continue };
            let newest = submission["currentVersion"]["instanceId"].as_str().unwrap_or(instance);
            let known = match &form {
                Some(form) => here.known(form, newest).await?,
                None => None,
            };
            let went = match known {
                Some(head) => self.complete(here, id, submission, &head, brought).await,
                None => self.submission(here, shelf, id, submission, brought).await,
            };
            if let Err(error) = went {
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
            let files = self.files(here, form, root, instance, None, brought).await?;
            let come = Come {
                device_id: version["deviceId"].as_str().map(str::to_owned),
                sender: version["submitter"]["displayName"].as_str().map(str::to_owned),
                root: Some(root.to_owned()),
                ..Come::sent(xml, files, moment(version["createdAt"].as_str(), created))
            };
            let (Taken::New(taken) | Taken::Known(taken)) = here.take(shelf, come, brought).await?;
            record = Some(taken);
        }
        match record {
            Some(record) => self.opinions(here, form, submission, &record, brought).await,
            None => Ok(()),
        }
    }

    /// What an earlier run did not get of a submission that is here.
    async fn complete(
        &self,
        here: &Here<'_>,
        form: &str,
        submission: &Value,
        head: &SubmissionHead,
        brought: &mut Brought,
    ) -> Result<()> {
        brought.known += 1;
        let lacking = here.lacking(head).await?;
        if !lacking.is_empty() {
            let root = submission["instanceId"].as_str().unwrap_or(&head.instance_id);
            for file in self.files(here, form, root, &head.instance_id, Some(&lacking), brought).await? {
                here.add_file(head, file, brought).await?;
            }
        }
        self.opinions(here, form, submission, &head.record, brought).await
    }

    /// What reviewers made of a submission, and said of it: who and when.
    async fn opinions(
        &self,
        here: &Here<'_>,
        form: &str,
        submission: &Value,
        record: &RecordId,
        brought: &mut Brought,
    ) -> Result<()> {
        let root = submission["instanceId"].as_str().context("a submission without a name")?;
        let created = moment(submission["createdAt"].as_str(), crate::world::now());
        let at = ["forms", form, "submissions", root];
        for comment in self.list(&[&at[..], &["comments"]].concat()).await? {
            let Some(body) = comment["body"].as_str() else { continue };
            let said = moment(comment["createdAt"].as_str(), created);
            let stamp = here.stamp_of(said, comment["actor"]["displayName"].as_str());
            here.comment(record, body, &stamp, brought).await?;
        }
        let state = submission["reviewState"].as_str().and_then(ReviewState::from_code);
        let Some(state) = state.filter(|state| *state != ReviewState::Edited) else { return Ok(()) };
        // The audit log knows who judged; those who may not read it still bring the judgement.
        let log = self.list(&[&at[..], &["audits"]].concat()).await.unwrap_or_default();
        let judged = log.iter().find(|entry| {
            entry["action"] == "submission.update" && entry["details"]["reviewState"] == submission["reviewState"]
        });
        let stamp = match judged {
            Some(entry) => {
                here.stamp_of(moment(entry["loggedAt"].as_str(), created), entry["actor"]["displayName"].as_str())
            }
            None => here.stamp(moment(submission["updatedAt"].as_str(), created)),
        };
        here.review(record, state, &stamp, brought).await
    }

    /// The files of a version: those wanted, or all.
    async fn files(
        &self,
        here: &Here<'_>,
        form: &str,
        root: &str,
        instance: &str,
        wanted: Option<&[String]>,
        brought: &mut Brought,
    ) -> Result<Vec<Attached>> {
        let base = ["forms", form, "submissions", root, "versions", instance, "attachments"];
        let mut files = Vec::new();
        for file in self.list(&base).await? {
            let Some(name) = file["name"].as_str().filter(|_| file["exists"] != false) else { continue };
            if wanted.is_some_and(|wanted| !wanted.iter().any(|wanted| wanted == name)) {
                continue;
            }
            let at: Vec<&str> = base.iter().copied().chain([name]).collect();
            match self.bytes(&at).await {
                Ok(Some((content_type, bytes))) => {
                    files.push(Attached { name: name.to_owned(), content_type, bytes });
                }
                Ok(None) => brought
                    .trouble(here.say(format!("{instance}: {name} is gone"), format!("{instance} : {name} a disparu"))),
                Err(error) => brought.trouble(format!("{instance}: {name}: {error:#}")),
            }
        }
        Ok(files)
    }
}
