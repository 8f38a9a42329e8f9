//! A submission arrives: read, matched to its form and round, stored whole, acknowledged.

use crate::http::Problem;
use crate::world;
use axum::body::Bytes;
use axum::http::StatusCode;
use dtm_capture::{entities, openrosa, submission};
use dtm_model::{
    AppUserId, ExerciseId, FormId, Instant, Lang, OperationId, Record, RecordId, RoundId, RoundState, Source,
    SubmissionId, Text,
};
use dtm_store::{Blobs, Form, FormState, FormVersion, NewSubmission, Receipt, Stamp, Store, SubmissionFile};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most files one request may bring.
pub(crate) const MAX_FILES: usize = 500;

/// A file beside the answers.
pub(crate) struct FilePart {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

/// What a phone sent.
pub(crate) struct Arrival {
    pub(crate) app_user: Option<AppUserId>,
    /// Who, for the audit log.
    pub(crate) by: String,
    pub(crate) device_id: Option<String>,
    pub(crate) xml: Bytes,
    pub(crate) files: Vec<FilePart>,
    pub(crate) at: Instant,
}

/// The way in for one form version and round: what is the same for every submission that takes it.
pub(crate) struct Door {
    pub(crate) version: Arc<FormVersion>,
    pub(crate) round: Option<RoundId>,
}

/// Form versions that phones fill, read once: a published version never changes.
#[derive(Default)]
pub(crate) struct Versions(Mutex<HashMap<(FormId, String), Arc<FormVersion>>>);

/// More versions than this are not in use at once; then they are read anew.
const VERSIONS_KEPT: usize = 200;

impl Versions {
    /// The form and the published version that a submission says it was filled on.
    pub(crate) async fn published(
        &self,
        store: &Store,
        operation: &OperationId,
        form: &str,
        version: &str,
    ) -> Result<(Form, Arc<FormVersion>), Problem> {
        let unknown = || unknown_form(form, version);
        let found = store.form_by_xml_id(operation, form).await?.ok_or_else(unknown)?;
        let key = (found.id.clone(), version.to_owned());
        if let Some(kept) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok((found, kept.clone()));
        }
        let read = store.form_version(operation, form, version).await?;
        let read = read.filter(|read| read.version.published_at.is_some()).ok_or_else(unknown)?;
        let read = Arc::new(read.version);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= VERSIONS_KEPT {
            kept.clear();
        }
        kept.insert(key, read.clone());
        Ok((found, read))
    }
}

/// A submission whose envelope was read: the form and the published version it says it was filled on.
pub(crate) struct Opened {
    pub(crate) envelope: submission::Envelope,
    pub(crate) form: Form,
    pub(crate) version: Arc<FormVersion>,
}

impl Opened {
    /// Reads the envelope, so that a submission cut off anywhere is refused, and finds its form. Whether the sender may
    /// fill that form is for the caller to ask.
    pub(crate) async fn read(
        store: &Store,
        versions: &Versions,
        operation: &OperationId,
        xml: &[u8],
    ) -> Result<Self, Problem> {
        let envelope = submission::open(xml).map_err(|error| unreadable(&error))?;
        let (form, version) = versions.published(store, operation, &envelope.form_id, &envelope.version).await?;
        Ok(Self { envelope, form, version })
    }
}

/// Stores a submission and returns its receipt once it is committed.
pub(crate) async fn receive(
    store: &Store,
    blobs: &Blobs,
    opened: Opened,
    arrival: Arrival,
) -> Result<Receipt, Problem> {
    let Opened { envelope, form, version } = opened;
    if form.state == FormState::Closed {
        return Err(closed_form(&envelope.form_id));
    }
    // A resend is recognised before anything else is asked of it: what was acknowledged once stays acknowledged.
    let instance_id = instance_id(&envelope, &arrival.xml);
    let known = store.submission_by_instance(&form.id, false, &instance_id).await?;
    let round = match &known {
        Some(known) => known.round.clone(),
        None => collecting_round(store, &form.exercise, arrival.at).await?,
    };
    let door = Door { version, round };
    match store.submit(enter(blobs, &door, envelope, arrival).await?).await? {
        Receipt::Differs(_) => Err(Problem::conflict(
            "instance_differs",
            409.1,
            "A submission with this instanceID and other answers is stored already. Nothing was changed.",
            "Une soumission avec ce même instanceID et d’autres réponses est déjà enregistrée. Rien n’a été modifié.",
        )),
        receipt => Ok(receipt),
    }
}

/// Makes a submission ready to be stored: keeps its files and derives the typed record.
pub(crate) async fn enter(
    blobs: &Blobs,
    door: &Door,
    envelope: submission::Envelope,
    arrival: Arrival,
) -> Result<NewSubmission, Problem> {
    if envelope.deprecated_id.is_some() {
        return Err(Problem::conflict(
            "edit_from_phone",
            409.9,
            "This is an edited copy of a form that was sent before. Phones may not replace what they sent: ask the officer to correct it.",
            "Ceci est une copie modifiée d’un formulaire déjà envoyé. Un téléphone ne peut pas remplacer son envoi : demandez la correction à l’officier.",
        ));
    }
    let mut files = Vec::with_capacity(arrival.files.len());
    for file in arrival.files {
        let name = openrosa::safe_name(&file.name)
            .map_err(|error| Problem::bad_request(error.code(), error.message(Lang::En), error.message(Lang::Fr)))?;
        let size = file.bytes.len() as u64;
        let hash = blobs.put(file.bytes).await?;
        files.push(SubmissionFile { name, hash, size, content_type: file.content_type });
    }
    let xml = String::from_utf8(arrival.xml.to_vec()).expect("submission::open refuses what is not UTF-8");
    let id = SubmissionId::new(arrival.at, world::random());
    let reading = submission::answers(&xml, &door.version.schema).map_err(|error| unreadable(&error))?;
    let record = Record {
        id: RecordId::new(arrival.at, world::random()),
        source: Source::Submission { id: id.clone() },
        answers: reading.answers,
    };
    let entities = match &door.version.schema.entities {
        Some(form) => entities::changes(form, &xml).map_err(|error| unreadable(&error))?,
        None => Default::default(),
    };
    Ok(NewSubmission {
        id,
        form_version: door.version.id.clone(),
        round: door.round.clone(),
        instance_id: instance_id(&envelope, xml.as_bytes()),
        draft: false,
        deprecated_id: None,
        instance_name: envelope.instance_name.clone(),
        user_agent: None,
        device_id: arrival.device_id,
        app_user: arrival.app_user,
        xml,
        files,
        expected: reading.files,
        record,
        entities,
        stamp: Stamp::new(arrival.at, arrival.by),
    })
}

/// The phone's name for a submission, or the name its content gives it, so that a resend is recognised all the same.
fn instance_id(envelope: &submission::Envelope, xml: &[u8]) -> String {
    envelope.instance_id.clone().unwrap_or_else(|| submission::stand_in_instance_id(xml))
}

/// The round that takes new submissions of this exercise. An exercise that plans no rounds takes them without one.
async fn collecting_round(store: &Store, exercise: &ExerciseId, at: Instant) -> Result<Option<RoundId>, Problem> {
    let rounds = store.rounds(exercise).await?;
    let plans_none = rounds.is_empty();
    let mut open: Vec<_> = rounds.into_iter().filter(|round| round.state == RoundState::Collecting).collect();
    open.sort_by_key(|round| (round.starts_on <= at.date(), round.starts_on));
    match open.pop() {
        Some(round) => Ok(Some(round.id)),
        None if plans_none => Ok(None),
        None => Err(Problem::conflict(
            "round_closed",
            409.2,
            "No round of this form is collecting now. Your answers stay on the phone: ask the officer to open the round again, then send.",
            "Aucun cycle de ce formulaire n’est en collecte. Vos réponses restent sur le téléphone : demandez à l’officier de rouvrir le cycle, puis renvoyez.",
        )),
    }
}

fn unreadable(error: &submission::SubmissionError) -> Problem {
    let mut problem = Problem::new(
        StatusCode::BAD_REQUEST,
        error.code(),
        400.1,
        Text::both(error.message(dtm_model::Lang::En), error.message(dtm_model::Lang::Fr)),
    );
    problem.details.push(error.code().into());
    problem
}

fn unknown_form(form: &str, version: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown_form",
        404.1,
        Text::both(
            format!("The form «{form}» has no published version «{version}» here."),
            format!("Le formulaire « {form} » n’a pas de version publiée « {version} » ici."),
        ),
    )
}

fn closed_form(form: &str) -> Problem {
    Problem::conflict(
        "form_closed",
        409.2,
        format!("The form «{form}» is closed and takes no submissions."),
        format!("Le formulaire « {form} » est fermé et n’accepte plus d’envois."),
    )
}
