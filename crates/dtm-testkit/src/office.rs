//! Small pieces of an operation, with ids from a counter and one fixed moment.

use chrono::NaiveDate;
use dtm_model::{
    Answer, Answers, AppUserId, Area, AssessmentType, Exercise, ExerciseId, FormId, FormSchema, FormVersionId, Instant,
    Operation, OperationId, Pcode, Place, PlaceKind, Record, RecordId, Round, RoundId, RoundState, Source,
    SubmissionId, Text, Tool,
};
use dtm_store::{AppUser, FormVersion, NewSubmission, Stamp, Store};
use std::sync::atomic::{AtomicU64, Ordering};

/// 15 January 2026, 08:00 UTC.
pub fn now() -> Instant {
    Instant::from_millis(1_768_464_000_000)
}

/// The officer, now.
pub fn stamp() -> Stamp {
    Stamp::new(now(), "officer@example.org")
}

/// Ten bytes for an id: each call counts one up, so that ids sort in the order they were drawn.
pub fn draw() -> [u8; 10] {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&(COUNT.fetch_add(1, Ordering::Relaxed) << 8).to_be_bytes());
    bytes
}

/// A day, ISO 8601.
pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("tests write days correctly")
}

/// An operation of this short name.
pub fn operation(slug: &str) -> Operation {
    Operation {
        id: OperationId::new(now(), draw()),
        slug: slug.to_owned(),
        name: Text::both("Sorelia crisis", "Crise en Sorélie"),
        admin0: Pcode::from("XS"),
        iso3: "XSO".to_owned(),
        country: Text::both("Sorelia", "Sorélie"),
        active: true,
        time_zone: None,
    }
}

/// A site assessment of this operation.
pub fn exercise(operation: &Operation, slug: &str) -> Exercise {
    Exercise {
        id: ExerciseId::new(now(), draw()),
        operation: operation.id.clone(),
        slug: slug.to_owned(),
        name: Text::both("Mobility tracking", "Suivi de la mobilité"),
        tool: Tool::Msla,
        assessment: AssessmentType::Sa,
        carry_rounds: 2,
    }
}

/// A planned round of January 2026.
pub fn round(exercise: &Exercise, label: &str) -> Round {
    Round {
        id: RoundId::new(now(), draw()),
        exercise: exercise.id.clone(),
        label: label.into(),
        starts_on: day("2026-01-05"),
        ends_on: day("2026-01-20"),
        reported_on: day("2026-01-20"),
        scope: Vec::new(),
        state: RoundState::Planned,
    }
}

/// An area; its level follows from the length of its code (`XS`, `XS01`, `XS0103`, `XS0103-02`).
pub fn area(pcode: &str, name: &str) -> Area {
    let level = match pcode.len() {
        0..=2 => 0,
        3..=4 => 1,
        5..=6 => 2,
        _ => 3,
    };
    let parent = [0, 2, 4, 6][usize::from(level)];
    Area {
        pcode: Pcode::from(pcode),
        level,
        parent: (level > 0).then(|| Pcode::from(&pcode[..parent])),
        name: Text::both(name, name),
        aliases: Default::default(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    }
}

/// A site in this area.
pub fn place(ssid: &str, area: &str) -> Place {
    Place {
        ssid: ssid.into(),
        kind: PlaceKind::Site,
        name: format!("Site {ssid}"),
        area: area.into(),
        site_type: Some("camp".to_owned()),
        position: None,
        opened_on: None,
        closed_on: None,
        aliases: Vec::new(),
        merged_into: None,
    }
}

/// A record of this source with one number: `idp_ind`.
pub fn record(source: Source, idp_ind: i64) -> Record {
    let mut answers = Answers::default();
    answers.values.insert("idp_ind".to_owned(), Answer::Integer(idp_ind));
    Record { id: RecordId::new(now(), draw()), source, answers }
}

/// An operation with an exercise, a round and a published form, all in the store.
pub struct Office {
    /// The operation `xso`.
    pub operation: Operation,
    /// Its exercise `mobility`.
    pub exercise: Exercise,
    /// Its round 1, collecting.
    pub round: Round,
    /// The form `site_assessment`.
    pub form: FormId,
    /// Its version `2026011501`, published.
    pub version: FormVersionId,
}

/// Sets an office up in this store.
pub async fn office(store: &Store) -> Office {
    let stamp = stamp();
    let operation = operation("xso");
    store.create_operation(&operation, &stamp).await.expect("a new operation");
    let exercise = exercise(&operation, "mobility");
    store.create_exercise(&exercise, &stamp).await.expect("a new exercise");
    let round = Round { state: RoundState::Collecting, ..round(&exercise, "1") };
    store.create_round(&round, &stamp).await.expect("a new round");
    let form = FormId::new(now(), draw());
    let made = store.create_form(&form, &exercise.id, "site_assessment", "Site assessment", &stamp).await;
    made.expect("a new form");
    let version = FormVersion {
        id: FormVersionId::new(now(), draw()),
        form: form.clone(),
        version: "2026011501".to_owned(),
        xform: "<h:html/>".to_owned(),
        xform_hash: "c715eca0d5372c12583041b8bc1e3f09".to_owned(),
        source: None,
        source_name: None,
        schema: FormSchema {
            xml_form_id: "site_assessment".to_owned(),
            version: "2026011501".to_owned(),
            title: "Site assessment".to_owned(),
            root: "data".to_owned(),
            fields: Vec::new(),
            media: Vec::new(),
            encrypted: false,
            client_editable: false,
            entities: None,
            on_arrival: None,
        },
        created_at: now(),
        published_at: Some(now()),
        published_by: Some(stamp.by.clone()),
    };
    store.add_form_version(&version, &stamp).await.expect("a new version");
    Office { operation, exercise, round, form, version: version.id }
}

/// The access of a phone in this operation, found by this hash of its token.
pub fn app_user(operation: &OperationId, token_hash: &str) -> AppUser {
    AppUser {
        id: AppUserId::new(now(), draw()),
        operation: operation.clone(),
        name: "Phone 1".to_owned(),
        token_hash: token_hash.to_owned(),
        token_sealed: None,
        created_at: now(),
        created_by: Some(stamp().by),
        revoked_at: None,
        expires_at: None,
        binds: false,
        device_id: None,
        seen_at: None,
    }
}

/// A submission of the office's form and round that says how many people there are.
pub fn submission(office: &Office, instance_id: &str, idp_ind: i64) -> NewSubmission {
    let id = SubmissionId::new(now(), draw());
    NewSubmission {
        id: id.clone(),
        form_version: office.version.clone(),
        round: Some(office.round.id.clone()),
        late: false,
        draft: false,
        instance_id: instance_id.to_owned(),
        deprecated_id: None,
        instance_name: None,
        user_agent: None,
        device_id: Some("collect:test".to_owned()),
        app_user: None,
        xml: format!("<data><meta><instanceID>{instance_id}</instanceID></meta><idp_ind>{idp_ind}</idp_ind></data>"),
        mark: None,
        salt: id.to_string(),
        files: Vec::new(),
        expected: Vec::new(),
        record: record(Source::Submission { id }, idp_ind),
        entities: Default::default(),
        stamp: stamp(),
    }
}
