//! What is not public, for partners who ask: a request becomes an agreement, the agreement a release of its own, the release
//! files that say whose copy they are.
//!
//! The release is made by [`dtm_protect`] under a policy that holds what the officer chose ([`Terms`]); it is kept sealed in a
//! blob and stands in no list of releases. Its rows are named and ordered by a secret that is used once and kept nowhere, so
//! that two agreements cannot be joined and a copy that was passed on can be recognised ([`trace`]).

mod fields;
mod letters;
mod time;
mod trace;

pub(crate) use fields::{Offer, Source, class_code, offers, source, sources};
pub(crate) use letters::told;
pub(crate) use time::spawn;
pub(crate) use trace::{Traced, trace};

use super::{records, release, settle};
use crate::http::App;
use crate::world;
use anyhow::{Context, Result};
use dtm_model::{
    DataRequestId, Dissemination, FieldKind, Instant, Lang, Operation, Pcode, Point, ReleaseId, Ssid, Text,
};
use dtm_process::mapping::{Mapping, Whereabouts};
use dtm_protect::{
    Candidate, DatePrecision, PlacePolicy, Policy, Position, ProtectError, RecordArea, RecordColumn, RecordPolicy,
    RecordsCandidate, Release,
};
use dtm_publish::dataset::{self, Form as Shape};
use dtm_publish::files::{About, Format};
use dtm_publish::words::Words;
use dtm_store::{Agreement, DataRequest, NewMessage, Requester, Stamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// What an officer grants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// The fields, by name.
    pub(crate) fields: Vec<String>,
    /// Of these, the ones that identify and are given all the same.
    #[serde(default)]
    pub(crate) identifying: Vec<String>,
    /// Fields that are keys beside areas, ages and days.
    #[serde(default)]
    pub(crate) keys: Vec<String>,
    /// The highest class the partner may see.
    pub(crate) clearance: Dissemination,
    /// The smallest level of area.
    pub(crate) level: u8,
    /// How precisely days are told.
    #[serde(default)]
    pub(crate) dates: DatePrecision,
    /// How many years of age stand together.
    pub(crate) age_years: u32,
    /// In how many records every combination of keys must stand.
    pub(crate) k: u32,
    /// The areas whose records are given; all of them if empty.
    #[serde(default)]
    pub(crate) areas: Vec<Pcode>,
    /// Decimals of a degree that positions keep; none to withhold them.
    #[serde(default)]
    pub(crate) decimals: Option<u8>,
    /// Whether the figures of the round are given too, with places by name.
    #[serde(default)]
    pub(crate) with_figures: bool,
}

/// How long an agreement may last, in days.
pub(crate) const LONGEST_DAYS: i64 = 730;

/// The number of an agreement as people write it.
pub(crate) fn number(operation: &Operation, number: u32) -> String {
    format!("{}-{number}", operation.slug.to_uppercase())
}

/// The policy that holds these terms.
pub(crate) fn policy(agreement: &str, terms: &Terms) -> Policy {
    let rules = RecordPolicy {
        agreement: agreement.to_owned(),
        k: terms.k,
        keys: terms.keys.clone(),
        dates: terms.dates,
        age_years: terms.age_years,
        identifying: terms.identifying.clone(),
    };
    let position = terms.decimals.map_or(Position::Withheld, |decimals| Position::Coarsened { decimals });
    Policy {
        name: format!("agreement {agreement}"),
        audience: format!("agreement {agreement}"),
        highest_class: terms.clearance,
        smallest_level: terms.level,
        places: PlacePolicy { listed: terms.with_figures, named: true, position },
        records: Some(rules),
        ..Policy::public()
    }
}

/// Why nothing can be granted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Protection says no.
    #[error(transparent)]
    Protection(#[from] ProtectError),
    /// The terms themselves do not fit.
    #[error("{0}")]
    Terms(&'static str),
    /// Something failed.
    #[error("the release could not be made")]
    Failed(#[source] anyhow::Error),
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Refusal::Failed(error)
    }
}

/// What to tell the officer.
pub(crate) fn sentence(refusal: &Refusal, w: &Words) -> String {
    let with = |key: &str, pairs: &[(&str, String)]| {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
        w.t_args(key, &pairs)
    };
    match refusal {
        Refusal::Protection(ProtectError::AboveClearance { field, class, clearance }) => {
            let class = w.label("office-class", fields::class_code(*class));
            let clearance = w.label("office-class", fields::class_code(*clearance));
            with("sharing-above", &[("field", field.clone()), ("class", class), ("clearance", clearance)])
        }
        Refusal::Protection(ProtectError::Identifies { field }) => {
            with("sharing-identifies", &[("field", field.clone())])
        }
        Refusal::Protection(ProtectError::TooFewRecords { n, k }) => {
            with("sharing-too-few", &[("n", n.to_string()), ("k", k.to_string())])
        }
        Refusal::Protection(ProtectError::TooManyKeys) => w.t("sharing-too-many-keys"),
        Refusal::Protection(other) => with("sharing-protection", &[("why", other.to_string())]),
        Refusal::Terms(key) => w.t(key),
        Refusal::Failed(_) => w.t("sharing-failed"),
    }
}

/// Makes the release that these terms give. Nothing is kept.
pub(crate) async fn make(app: &App, source: &Source, agreement: &str, terms: &Terms) -> Result<Release, Refusal> {
    let Source { operation, exercise, round, form, schema } = source;
    let (store, blobs) = (&app.store, &app.blobs);
    let known = offers(app, source).await?;
    if terms.fields.is_empty() {
        return Err(Refusal::Terms("sharing-no-fields"));
    }
    let wanted: Option<Vec<&Offer>> =
        terms.fields.iter().map(|name| known.iter().find(|offer| offer.field.name == *name)).collect();
    let wanted = wanted.ok_or(Refusal::Terms("sharing-unknown-field"))?;
    let only_approved = store.counts_only_approved(&exercise.id).await.map_err(anyhow::Error::from)?;
    let counts =
        |record: &records::RoundRecord| settle::counts(record, only_approved) && record.form_key == form.xml_form_id;
    let clean = records::clean(store, blobs, &round.id, counts).await?;
    let atlas = app.editions.atlas(store, &operation.admin0).await?;
    let places = store.places(&operation.id).await.map_err(anyhow::Error::from)?;
    let places: HashMap<Ssid, Pcode> = places.into_iter().map(|place| (place.ssid, place.area)).collect();
    let text = store.mapping(&exercise.id, &form.xml_form_id).await.map_err(anyhow::Error::from)?;
    let mapping = text.and_then(|(_, text)| Mapping::from_toml(&text).ok()).unwrap_or_default();
    let draft = release::draft(store, blobs, operation, round).await?;
    let release = {
        let fields: Vec<_> = wanted.iter().map(|offer| (*offer).clone()).collect();
        let (terms, agreement, schema) = (terms.clone(), agreement.to_owned(), schema.clone());
        let coverage = draft.as_ref().map(|draft| draft.coverage).unwrap_or_default();
        let heading = release::heading(operation, exercise, round, coverage);
        let now = world::now();
        let secret = world::random::<32>();
        tokio::task::spawn_blocking(move || {
            let whereabouts = Whereabouts::new(&mapping, &atlas, &places);
            let answers: Vec<_> = clean
                .iter()
                .filter(|one| terms.areas.is_empty() || whereabouts.is_within(&one.record.answers, &terms.areas))
                .collect();
            let areas = atlas.areas().map(|area| RecordArea {
                code: area.pcode.to_string(),
                parent: area.parent.as_ref().map(ToString::to_string),
                name: area.name.clone(),
            });
            let column = |offer: &Offer| column(offer, &answers, &whereabouts, &schema);
            let records = RecordsCandidate {
                columns: fields.iter().map(column).collect(),
                fields: fields.iter().map(|offer| offer.field.clone()).collect(),
                ids: answers.iter().map(|one| one.record.id.to_string()).collect(),
                areas: areas.collect(),
                secret,
            };
            let draft = draft.filter(|_| terms.with_figures);
            let (tables, places, classes) =
                draft.map(|draft| (draft.tables, draft.places, draft.classes)).unwrap_or_default();
            let candidate = Candidate {
                id: world::fresh(ReleaseId::new),
                heading,
                version: 1,
                reason: Text::new(),
                made_at: now,
                tables,
                api_ids: std::collections::BTreeMap::new(),
                places,
                classes,
                records: Some(records),
            };
            dtm_protect::release(candidate, &policy(&agreement, &terms))
        })
    };
    Ok(release.await.map_err(anyhow::Error::from)??)
}

/// The answers to one field.
fn column(
    offer: &Offer,
    records: &[&records::RoundRecord],
    whereabouts: &Whereabouts<'_>,
    schema: &dtm_model::FormSchema,
) -> RecordColumn {
    use dtm_model::Answer;
    if offer.path.is_empty() {
        let area = |one: &&records::RoundRecord| whereabouts.area_of(&one.record.answers).map(|area| area.to_string());
        return RecordColumn::Text { values: records.iter().map(area).collect() };
    }
    let said = || records.iter().map(|one| one.record.answers.get(&offer.path));
    let kind = schema.field(&offer.path).map_or(FieldKind::Text, |field| field.kind);
    let at = |code: &str| offer.choices.iter().position(|choice| choice.code == code).map(|at| at as u32);
    let day = |answer: &Answer| match answer {
        Answer::Date(day) => Some(*day),
        other => other.to_text().get(..10).and_then(|text| text.parse().ok()),
    };
    let point = |answer: &Answer| match answer {
        Answer::Point(point) => Some(Point { lon: point.lon, lat: point.lat }),
        _ => None,
    };
    match kind {
        FieldKind::Integer => {
            let whole = |answer: &Answer| answer.number().map(|number| number as i64);
            RecordColumn::Integer { values: said().map(|answer| answer.and_then(whole)).collect() }
        }
        FieldKind::Decimal => {
            RecordColumn::Decimal { values: said().map(|answer| answer.and_then(Answer::number)).collect() }
        }
        FieldKind::Date | FieldKind::DateTime => {
            RecordColumn::Date { values: said().map(|answer| answer.and_then(day)).collect() }
        }
        FieldKind::Geopoint => RecordColumn::Point { values: said().map(|answer| answer.and_then(point)).collect() },
        FieldKind::SelectOne if !offer.choices.is_empty() => RecordColumn::Choice {
            choices: offer.choices.clone(),
            values: said().map(|answer| answer.and_then(|answer| at(&answer.to_text()))).collect(),
        },
        FieldKind::SelectMultiple if !offer.choices.is_empty() => {
            let several = |answer: &Answer| {
                let mut chosen: Vec<u32> = answer.to_text().split_whitespace().filter_map(at).collect();
                chosen.sort_unstable();
                chosen
            };
            let values = said().map(|answer| answer.map(several)).collect();
            RecordColumn::Choices { choices: offer.choices.clone(), values }
        }
        _ => RecordColumn::Text { values: said().map(|answer| answer.map(Answer::to_text)).collect() },
    }
}

/// Grants a request: makes the release, keeps it, and tells the partner.
pub(crate) async fn grant(
    app: &App,
    request: &DataRequest,
    source: &Source,
    terms: &Terms,
    (days, most_downloads): (i64, u32),
    words: &str,
    stamp: &Stamp,
) -> Result<Release, Refusal> {
    if !(1..=LONGEST_DAYS).contains(&days) || !(1..=1000).contains(&most_downloads) {
        return Err(Refusal::Terms("sharing-bad-period"));
    }
    let number = number(&source.operation, request.number);
    let release = make(app, source, &number, terms).await?;
    let blob = app.blobs.put(release.to_bytes()).await.map_err(anyhow::Error::from)?;
    let policy = serde_json::to_value(release.policy()).map_err(anyhow::Error::from)?;
    let risk = release.records().map(|records| &records.risk);
    let agreement = Agreement {
        request: request.id.clone(),
        policy,
        risk: serde_json::to_value(risk).map_err(anyhow::Error::from)?,
        blob,
        granted_at: stamp.at,
        granted_by: stamp.by.clone(),
        ends_at: Instant::from_millis(stamp.at.as_millis() + days * 86_400_000),
        most_downloads,
        n_downloads: 0,
        reminded_at: None,
        closed_at: None,
    };
    let mails = told(app, &source.operation, request, "granted");
    match app.store.grant_data(request, &agreement, words, &mails, stamp).await {
        Err(dtm_store::StoreError::Conflict { .. }) => Err(Refusal::Terms("sharing-moved")),
        other => other.map(|()| release).map_err(|error| Refusal::Failed(error.into())),
    }
}

/// The release of an agreement.
pub(crate) async fn opened(app: &App, agreement: &Agreement) -> Result<Release> {
    let bytes = app.blobs.get(&agreement.blob).await?;
    Release::reopen(&bytes).context("the release of an agreement")
}

/// What every copy says of whom it was made for.
pub(crate) fn watermark(number: &str, person: &Requester, granted_at: Instant, lang: Lang) -> String {
    let args = [
        ("name", person.name.as_str().into()),
        ("organisation", person.organisation.as_str().into()),
        ("number", number.into()),
        ("date", granted_at.date().to_string().into()),
    ];
    Words::of(lang).t_args("sharing-watermark", &args)
}

/// The formats that are offered for what an agreement gave, by dataset.
pub(crate) fn files(release: &Release, atlas: &dtm_model::Atlas, lang: Lang) -> Vec<(String, Text, Vec<Format>)> {
    let all = dataset::all(&[release], atlas, &Shape::named(lang)).unwrap_or_default();
    all.iter().map(|one| (one.name().to_owned(), one.title().clone(), Format::of(one).collect())).collect()
}

/// A file of an agreement, written row by row, with the mark of its recipient.
pub(crate) async fn file(
    app: &App,
    release: Arc<Release>,
    (name, format): (String, Format),
    mark: String,
    lang: Lang,
) -> Result<Arc<super::PreparedFile>> {
    let atlas = app.editions.atlas(&app.store, &release.heading().admin0).await?;
    let key = format!("{} {name} {format:?} {} {mark}", release.id(), lang.code());
    app.prepared
        .file(dtm_model::BlobHash::of(key.as_bytes()).to_string(), move |out| {
            let releases = [release.as_ref()];
            let dataset = dataset::of(&name, &releases, &atlas, &Shape::named(lang))?;
            let dataset = dataset.context("the dataset is gone")?;
            world::in_scratch_folder(|scratch| format.write(&dataset, &About::new(lang).marked(mark), scratch, out))??;
            Ok(())
        })
        .await
}

/// Keeps a request, and tells nobody but the officers' page.
pub(crate) async fn ask(app: &App, request: &DataRequest, stamp: &Stamp) -> Result<u32> {
    let mails: Vec<NewMessage> = Vec::new();
    Ok(app.store.ask_for_data(request, &mails, stamp).await?)
}

/// A new id.
pub(crate) fn fresh_id() -> DataRequestId {
    world::fresh(DataRequestId::new)
}
