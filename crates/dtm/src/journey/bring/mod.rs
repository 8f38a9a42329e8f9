//! Data come over from another server: forms with their versions, submissions with files, reviews and comments, entities.
//!
//! Reads an ODK Central or KoboToolbox server through its API, or a folder of filled forms, and stores what it finds as
//! if it had arrived here at its own time. Run again it goes on where it stopped: what is here already is recognised by
//! form and version, instanceID or entity id, and left as it is. What cannot be taken is said, and nothing stops for it.

mod central;
mod folder;
mod kobo;
mod remote;

pub(crate) use central::{Central, Login};
pub(crate) use folder::Folder;
pub(crate) use kobo::Kobo;
pub(crate) use remote::Reach;

use crate::journey::{forms, intake};
use anyhow::{Context, Result};
use axum::body::Bytes;
use dtm_capture::submission;
use dtm_model::{Exercise, Instant, Lang, RecordId, RoundId};
use dtm_store::{Blobs, Form, FormVersion, Receipt, ReviewState, Stamp, Store};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// Where to put what comes.
pub(crate) struct Here<'a> {
    pub(crate) store: &'a Store,
    pub(crate) blobs: &'a Blobs,
    pub(crate) exercise: &'a Exercise,
    /// The round the submissions belong to, if any.
    pub(crate) round: Option<RoundId>,
    /// Who brings them, for the audit log.
    pub(crate) by: String,
    pub(crate) lang: Lang,
    /// Told what is going on, now and then.
    pub(crate) progress: &'a (dyn Fn(&str) + Sync),
}

/// What came over.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Brought {
    pub(crate) forms: u64,
    pub(crate) versions: u64,
    pub(crate) form_files: u64,
    pub(crate) submissions: u64,
    /// Later versions of submissions.
    pub(crate) edits: u64,
    /// Submissions that were here already.
    pub(crate) known: u64,
    pub(crate) files: u64,
    pub(crate) reviews: u64,
    pub(crate) comments: u64,
    pub(crate) entity_lists: u64,
    pub(crate) entities: u64,
    /// What could not be taken, in the reader's language.
    pub(crate) problems: Vec<String>,
}

/// More problems than this are only counted.
const PROBLEMS_TOLD: usize = 200;

impl Brought {
    pub(crate) fn trouble(&mut self, what: impl std::fmt::Display) {
        match self.problems.len() {
            n if n < PROBLEMS_TOLD => self.problems.push(what.to_string()),
            PROBLEMS_TOLD => self.problems.push("…".to_owned()),
            _ => {}
        }
    }

    /// A few lines for a person.
    pub(crate) fn text(&self, lang: Lang) -> String {
        let fr = lang == Lang::Fr;
        let words: [(u64, &str, &str); 9] = [
            (self.forms, "forms", "formulaires"),
            (self.versions, "versions of forms", "versions de formulaires"),
            (self.form_files, "files of forms", "fichiers de formulaires"),
            (self.submissions, "submissions", "soumissions"),
            (self.edits, "later versions of submissions", "versions ultérieures de soumissions"),
            (self.files, "files of submissions", "fichiers de soumissions"),
            (self.reviews, "review states", "états de révision"),
            (self.comments, "comments", "commentaires"),
            (self.entities, "entities", "entités"),
        ];
        let mut lines: Vec<String> = words
            .iter()
            .filter(|(n, _, _)| *n > 0)
            .map(|(n, en, french)| format!("{n:>9} {}", if fr { french } else { en }))
            .collect();
        if self.known > 0 {
            let here = if fr { "soumissions étaient déjà là" } else { "submissions were here already" };
            lines.push(format!("{:>9} {here}", self.known));
        }
        if lines.is_empty() {
            lines.push(if fr { "Rien de nouveau." } else { "Nothing new." }.to_owned());
        }
        lines.join("\n")
    }
}

/// A file that comes with a submission.
pub(crate) struct Attached {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

/// One version of a submission, as another server kept it.
pub(crate) struct Come {
    pub(crate) xml: Bytes,
    pub(crate) files: Vec<Attached>,
    pub(crate) at: Instant,
    pub(crate) device_id: Option<String>,
    /// Who sent it, as the other server names them.
    pub(crate) sender: Option<String>,
}

/// What became of one version of a submission.
pub(crate) enum Taken {
    New(RecordId),
    Known(RecordId),
}

/// A form and one version of it.
type OnShelf = (Form, Arc<FormVersion>);

/// The forms of the exercise as they are met.
#[derive(Default)]
pub(crate) struct Shelf {
    versions: HashMap<(String, String), Option<OnShelf>>,
}

impl Shelf {
    async fn find(&mut self, here: &Here<'_>, id: &str, version: &str) -> Result<Option<OnShelf>> {
        let key = (id.to_owned(), version.to_owned());
        if let Some(known) = self.versions.get(&key) {
            return Ok(known.clone());
        }
        let form = here.store.form_by_xml_id(&here.exercise.operation, id).await?;
        let read = here.store.form_version(&here.exercise.operation, id, version).await?;
        let found = form.zip(read.map(|read| Arc::new(read.version)));
        self.versions.insert(key, found.clone());
        Ok(found)
    }

    /// Forgets what was not there, after a version was added.
    fn renew(&mut self) {
        self.versions.retain(|_, found| found.is_some());
    }
}

impl Here<'_> {
    pub(crate) fn say(&self, en: impl Into<String>, fr: impl Into<String>) -> String {
        match self.lang {
            Lang::En => en.into(),
            Lang::Fr => fr.into(),
        }
    }

    fn stamp(&self, at: Instant) -> Stamp {
        Stamp::new(at, self.by.clone())
    }

    /// Stores a version of a form as it was published elsewhere. Whether it is new here.
    async fn take_form(&self, xform: Bytes, file_name: &str, at: Instant) -> Result<(forms::Uploaded, bool)> {
        let schema = dtm_capture::xform::read(&String::from_utf8_lossy(&xform))
            .map_err(|error| anyhow::anyhow!("{}", error.message(self.lang)))?;
        let operation = &self.exercise.operation;
        let is_new = self.store.form_version(operation, &schema.xml_form_id, &schema.version).await?.is_none();
        let upload = forms::Upload { file_name, bytes: xform.to_vec(), publish: true, lang: self.lang };
        let uploaded = forms::upload(
            self.store,
            self.blobs,
            &crate::vault::Vault::without_key(),
            self.exercise,
            upload,
            self.stamp(at),
        )
        .await?;
        Ok((uploaded, is_new))
    }

    /// Stores one version of a submission; its form must be here.
    async fn take(&self, shelf: &mut Shelf, come: Come, brought: &mut Brought) -> Result<Taken> {
        let mut envelope =
            submission::open(&come.xml).map_err(|error| anyhow::anyhow!("{}", error.message(self.lang)))?;
        let found = shelf.find(self, &envelope.form_id, &envelope.version).await?;
        let (form, version) = found.with_context(|| {
            self.say(
                format!("the form {} version {} is not here", envelope.form_id, envelope.version),
                format!("le formulaire {} version {} n’est pas ici", envelope.form_id, envelope.version),
            )
        })?;
        if let Some(instance) = &envelope.instance_id
            && let Some(known) = self.store.submission_by_instance(&form.id, false, instance).await?
        {
            return Ok(Taken::Known(known.record));
        }
        let deprecated = envelope.deprecated_id.take();
        let files = come.files.into_iter().map(|file| intake::FilePart {
            name: file.name,
            content_type: file.content_type,
            bytes: file.bytes,
        });
        let arrival = intake::Arrival {
            app_user: None,
            by: come.sender.map_or(self.by.clone(), |sender| format!("{} ({sender})", self.by)),
            device_id: come.device_id,
            user_agent: None,
            may_edit: true,
            xml: come.xml,
            files: files.collect(),
            at: come.at,
        };
        let n_files = arrival.files.len() as u64;
        let is_edit = deprecated.is_some();
        let door = intake::Door { version, round: self.round.clone() };
        let mut new = intake::enter(self.blobs, &door, envelope, arrival)
            .await
            .map_err(|problem| anyhow::anyhow!("{}", problem.message.get(self.lang)))?;
        new.deprecated_id = deprecated;
        // Entities come over as they stand there now; what made them is not done a second time.
        new.entities = Default::default();
        let record = new.record.id.clone();
        match self.store.submit(new).await? {
            Receipt::New(id) => {
                brought.files += n_files;
                if is_edit {
                    brought.edits += 1;
                } else {
                    brought.submissions += 1;
                }
                let stored = self.store.submission(&id).await?;
                Ok(Taken::New(stored.map_or(record, |stored| stored.head.record)))
            }
            Receipt::Again(id) => {
                let stored = self.store.submission(&id).await?;
                Ok(Taken::Known(stored.map_or(record, |stored| stored.head.record)))
            }
            other => Err(anyhow::anyhow!(self.say(
                format!("a submission of this name with other answers is here already ({})", other.id()),
                format!("une soumission de ce nom avec d’autres réponses est déjà ici ({})", other.id()),
            ))),
        }
    }

    /// Gives a submission the review state it had.
    async fn review(&self, record: &RecordId, state: ReviewState, at: Instant, brought: &mut Brought) -> Result<()> {
        brought.reviews += self.store.review(std::slice::from_ref(record), Some(state), &self.stamp(at)).await?;
        Ok(())
    }
}

/// The moment an API writes, or the one given.
fn moment(text: Option<&str>, or: Instant) -> Instant {
    let text = text.unwrap_or_default();
    let zoned = chrono::DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis());
    // Kobo writes UTC without saying so.
    let bare = || {
        chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|at| at.and_utc().timestamp_millis())
    };
    zoned.or_else(|_| bare()).map_or(or, Instant::from_millis)
}
