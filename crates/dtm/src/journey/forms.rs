//! A form is brought: converted where it is a workbook, read, kept as a draft, tried out, published.

use crate::cli::Mistakes;
use crate::journey::keys;
use crate::vault::Vault;
use crate::world;
use anyhow::{Context, Result};
use dtm_capture::{workbook::Workbook, xform, xlsform};
use dtm_model::{
    AssessmentType, BlobHash, Exercise, ExerciseId, FieldKind, FormId, FormSchema, FormVersionId, Lang, OperationId,
    Text, Tool,
};
use dtm_store::{Blobs, Form, FormMedia, FormVersion, PublishedForm, Stamp, Store};
use md5::{Digest, Md5};
use std::collections::{HashMap, HashSet};

/// What became of an uploaded form.
pub(crate) struct Uploaded {
    pub(crate) form: FormId,
    pub(crate) version: FormVersion,
    /// Warnings, ready to read.
    pub(crate) warnings: Vec<String>,
}

/// A form converted or read; every mistake is listed, in the reader's language.
pub(crate) struct Translated {
    /// The XForm. Where there are errors it is a mended one, to look at, or empty if none can be made.
    pub(crate) xform: String,
    /// The choices that phones look up in a file of this name beside the form ([`ITEMSETS`]).
    pub(crate) itemsets: Option<String>,
    pub(crate) warnings: Vec<String>,
    /// What keeps the form from being used.
    pub(crate) errors: Vec<String>,
}

impl Translated {
    /// The XForm of a form without errors; else the errors.
    pub(crate) fn sound(self) -> Result<Translated> {
        match self.errors.is_empty() {
            true => Ok(self),
            false => Err(Mistakes { lines: self.errors }.into()),
        }
    }
}

/// Turns a workbook or an XForm into an XForm.
pub(crate) fn translate(bytes: &[u8], file_name: &str, lang: Lang) -> Result<Translated> {
    let is_xform = file_name.to_ascii_lowercase().ends_with(".xml") || bytes.trim_ascii_start().starts_with(b"<");
    if is_xform {
        let xform = String::from_utf8(bytes.to_vec()).map_err(|_| {
            Mistakes::one(match lang {
                Lang::En => "the XForm is not UTF-8 text",
                Lang::Fr => "le XForm n’est pas du texte UTF-8",
            })
        })?;
        return Ok(Translated { xform, itemsets: None, warnings: Vec::new(), errors: Vec::new() });
    }
    let workbook = Workbook::read(bytes, file_name).map_err(|error| Mistakes::one(error.message(lang)))?;
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let conversion = xlsform::convert(&workbook, stem);
    let line = |problem: &xlsform::Problem| format!("{}: {}", problem.location(), problem.message(lang));
    let of = |severity: xlsform::Severity| {
        conversion.problems.iter().filter(move |problem| problem.severity == severity).map(line).collect::<Vec<_>>()
    };
    let (warnings, errors) = (of(xlsform::Severity::Warning), of(xlsform::Severity::Error));
    let xform = conversion.xform.or(conversion.mended).unwrap_or_default();
    Ok(Translated { xform, itemsets: conversion.itemsets, warnings, errors })
}

/// A form as it is brought: a workbook or an XForm.
pub(crate) struct Upload<'a> {
    pub(crate) file_name: &'a str,
    pub(crate) bytes: Vec<u8>,
    /// Whether phones are offered it at once.
    pub(crate) publish: bool,
    /// The language mistakes are told in.
    pub(crate) lang: Lang,
}

/// A form that was read and may be stored.
pub(crate) struct Reading {
    pub(crate) xform: String,
    /// The choices that phones look up in a file beside it.
    pub(crate) itemsets: Option<String>,
    pub(crate) schema: FormSchema,
    /// Warnings, ready to read.
    pub(crate) warnings: Vec<String>,
    /// The file it came from.
    pub(crate) source: Vec<u8>,
    pub(crate) source_name: String,
}

/// Converts and reads a form; [`Mistakes`] lists all that keeps it from being stored.
pub(crate) async fn read(file_name: &str, bytes: Vec<u8>, lang: Lang) -> Result<Reading> {
    let source_name = file_name.to_owned();
    tokio::task::spawn_blocking(move || {
        let translated = translate(&bytes, &source_name, lang)?.sound()?;
        let schema = xform::read(&translated.xform).map_err(|error| Mistakes::one(error.message(lang)))?;
        xform::entities(&translated.xform)?;
        let Translated { xform, itemsets, warnings, .. } = translated;
        Ok(Reading { xform, itemsets, schema, warnings, source: bytes, source_name })
    })
    .await?
}

/// Stores a new version of a form as its draft, or published at once; the form is made when there is none.
pub(crate) async fn upload(
    store: &Store,
    blobs: &Blobs,
    vault: &Vault,
    exercise: &Exercise,
    upload: Upload<'_>,
    stamp: Stamp,
) -> Result<Uploaded> {
    let Upload { file_name, bytes, publish, lang } = upload;
    let reading = read(file_name, bytes, lang).await?;
    let warnings = reading.warnings.clone();
    let form = match store.form_by_xml_id(&exercise.operation, &reading.schema.xml_form_id).await? {
        Some(form) => form,
        None => create(store, exercise, &reading.schema, &stamp).await?,
    };
    if let Some(same) = same_version(store, &form, &reading, lang).await? {
        put_itemsets(store, blobs, &same, &reading, &stamp).await?;
        if publish && same.published_at.is_none() {
            self::publish(store, same.clone(), None, &stamp).await?;
        }
        let same = store.form_version_by_id(&same.id).await?.unwrap_or(same);
        return Ok(Uploaded { form: form.id, version: same, warnings });
    }
    let version = put_draft(store, blobs, vault, &form, reading, &stamp).await?;
    let version = if publish { self::publish(store, version, None, &stamp).await? } else { version };
    Ok(Uploaded { form: form.id, version, warnings })
}

/// The version of a form with this very text, draft or not. A published one of the same name with another text is a
/// mistake.
async fn same_version(store: &Store, form: &Form, reading: &Reading, lang: Lang) -> Result<Option<FormVersion>> {
    let wanted = &reading.schema.version;
    let mut versions = store.form_versions(&form.id).await?;
    versions.retain(|version| version.version == *wanted);
    if let Some(published) = versions.iter().find(|version| version.published_at.is_some()) {
        let file = itemsets_file(reading);
        let media = store.form_media(&published.id).await?;
        let known = file.as_ref().is_none_or(|file| media.iter().any(|known| known.hash == file.hash));
        if published.xform != reading.xform || !known {
            return Err(Mistakes::one(match lang {
                Lang::En => format!(
                    "version «{wanted}» of the form «{}» exists already with other contents: change `version` in the settings sheet",
                    form.xml_form_id
                ),
                Lang::Fr => format!(
                    "la version « {wanted} » du formulaire « {} » existe déjà avec un autre contenu : changez `version` dans la feuille settings",
                    form.xml_form_id
                ),
            }));
        }
    }
    versions.sort_by_key(|version| version.published_at.is_none());
    Ok(versions.into_iter().find(|version| version.xform == reading.xform))
}

/// Stores a version of a form that was published elsewhere, at that moment: its name and its text stay as they are, so
/// that its submissions find it, and whatever key the operation has. A draft that is here stays, unless it is this one.
pub(crate) async fn keep_published(
    store: &Store,
    blobs: &Blobs,
    exercise: &Exercise,
    reading: Reading,
    lang: Lang,
    stamp: &Stamp,
) -> Result<FormVersion> {
    let form = match store.form_by_xml_id(&exercise.operation, &reading.schema.xml_form_id).await? {
        Some(form) => form,
        None => create(store, exercise, &reading.schema, stamp).await?,
    };
    let version = match same_version(store, &form, &reading, lang).await? {
        Some(same) => {
            if same.published_at.is_none() {
                store.publish_draft(&same, stamp).await?;
            }
            same
        }
        None => {
            let version = version_of(blobs, &form, &reading, stamp).await?;
            let published_by = Some(stamp.by.clone());
            let version = FormVersion { published_at: Some(stamp.at), published_by, ..version };
            store.add_form_version(&version, stamp).await?;
            version
        }
    };
    put_itemsets(store, blobs, &version, &reading, stamp).await?;
    if let Some(key) = keys::carried(store, &exercise.operation, &version.xform, stamp).await? {
        store.set_version_key(&version.id, &key, stamp).await?;
    }
    Ok(store.form_version_by_id(&version.id).await?.unwrap_or(version))
}

/// Makes a form without any version.
pub(crate) async fn create(store: &Store, exercise: &Exercise, schema: &FormSchema, stamp: &Stamp) -> Result<Form> {
    let id = world::fresh(FormId::new);
    store.create_form(&id, &exercise.id, &schema.xml_form_id, &schema.title, stamp).await?;
    store.form(&id).await?.context("a form vanished as it was made")
}

/// Stores what was read as the draft of a form.
pub(crate) async fn put_draft(
    store: &Store,
    blobs: &Blobs,
    vault: &Vault,
    form: &Form,
    reading: Reading,
    stamp: &Stamp,
) -> Result<FormVersion> {
    let version = version_of(blobs, form, &reading, stamp).await?;
    let version = add_draft(store, vault, version, stamp).await?;
    put_itemsets(store, blobs, &version, &reading, stamp).await?;
    Ok(version)
}

/// What was read as an unpublished version of a form.
async fn version_of(blobs: &Blobs, form: &Form, reading: &Reading, stamp: &Stamp) -> Result<FormVersion> {
    Ok(FormVersion {
        id: world::fresh(FormVersionId::new),
        form: form.id.clone(),
        version: reading.schema.version.clone(),
        xform_hash: md5_hex(&reading.xform),
        xform: reading.xform.clone(),
        source: Some(blobs.put(reading.source.clone()).await?),
        source_name: Some(reading.source_name.clone()),
        schema: reading.schema.clone(),
        created_at: stamp.at,
        published_at: None,
        published_by: None,
    })
}

/// The file that phones look choices up in, which a workbook brings as a sheet.
pub(crate) const ITEMSETS: &str = "itemsets.csv";

/// The file of choices that comes with a form.
fn itemsets_file(reading: &Reading) -> Option<FormMedia> {
    let bytes = reading.itemsets.as_ref()?.as_bytes();
    Some(FormMedia {
        name: ITEMSETS.to_owned(),
        hash: BlobHash::of(bytes),
        size: bytes.len() as u64,
        content_type: "text/csv".to_owned(),
        md5: Some(hex::encode(Md5::digest(bytes))),
    })
}

/// Keeps the choices that phones look up as a file of the version.
async fn put_itemsets(
    store: &Store,
    blobs: &Blobs,
    version: &FormVersion,
    reading: &Reading,
    stamp: &Stamp,
) -> Result<()> {
    let (Some(text), Some(media)) = (&reading.itemsets, itemsets_file(reading)) else { return Ok(()) };
    blobs.put(text.clone().into_bytes()).await?;
    Ok(store.put_form_media(&version.id, &media, stamp).await?)
}

/// Makes a draft of what is published, to change its files or to give it another version.
pub(crate) async fn copy_draft(
    store: &Store,
    vault: &Vault,
    published: FormVersion,
    stamp: &Stamp,
) -> Result<FormVersion> {
    let version = FormVersion {
        id: world::fresh(FormVersionId::new),
        created_at: stamp.at,
        published_at: None,
        published_by: None,
        ..published
    };
    add_draft(store, vault, version, stamp).await
}

async fn add_draft(store: &Store, vault: &Vault, version: FormVersion, stamp: &Stamp) -> Result<FormVersion> {
    // Testers go on with the token they have.
    let before = store.draft(&version.form).await?;
    let kept = before.and_then(|draft| Some((draft.token_hash?, draft.token_sealed)));
    let (hash, sealed) = kept.unwrap_or_else(|| {
        let fresh = vault.token(&version.form);
        (fresh.hash, fresh.sealed)
    });
    store.add_draft(&version, &hash, sealed.as_deref(), stamp).await?;
    Ok(version)
}

/// Publishes a draft, under another version if one is given.
pub(crate) async fn publish(
    store: &Store,
    mut draft: FormVersion,
    version: Option<&str>,
    stamp: &Stamp,
) -> Result<FormVersion> {
    if let Some(version) = version.filter(|version| *version != draft.version) {
        draft.xform = xform::with_version(&draft.xform, version)?;
        draft.xform_hash = md5_hex(&draft.xform);
        draft.schema.version = version.to_owned();
        draft.version = version.to_owned();
    }
    let form = store.form(&draft.form).await?.context("a draft without a form")?;
    let (keyed, key) = keys::keyed(store, &form.operation, &draft.xform, stamp).await?;
    if let Some(xform) = keyed {
        draft.schema = xform::read(&xform)?;
        draft.xform_hash = md5_hex(&xform);
        draft.version = draft.schema.version.clone();
        draft.xform = xform;
    }
    store.publish_draft(&draft, stamp).await?;
    if let Some(key) = key {
        store.set_version_key(&draft.id, &key, stamp).await?;
    }
    Ok(FormVersion { published_at: Some(stamp.at), published_by: Some(stamp.by.clone()), ..draft })
}

fn md5_hex(text: &str) -> String {
    hex::encode(Md5::digest(text.as_bytes()))
}

/// A question whose answers would be stored under another type than before.
pub(crate) struct TypeChange {
    pub(crate) path: String,
    pub(crate) was: &'static str,
    pub(crate) is: &'static str,
}

/// The first question that changes its type from one version to the next.
pub(crate) fn type_change(before: &FormSchema, after: &FormSchema) -> Option<TypeChange> {
    let was: HashMap<&str, FieldKind> = before.fields.iter().map(|field| (field.path.as_str(), field.kind)).collect();
    after.fields.iter().find_map(|field| {
        let (was, is) = (type_name(*was.get(field.path.as_str())?), type_name(field.kind));
        (was != is).then(|| TypeChange { path: format!("/{}", field.path), was, is })
    })
}

/// The names of questions that the next version no longer has.
pub(crate) fn lost_fields(before: &FormSchema, after: &FormSchema) -> Vec<String> {
    let kept: HashSet<&str> = after.fields.iter().map(|field| field.path.as_str()).collect();
    let lost = before.fields.iter().filter(|field| !kept.contains(field.path.as_str()));
    lost.map(|field| field.name().to_owned()).collect()
}

/// The type of a field as ODK Central calls it: one choice and several are text to it.
pub(crate) fn type_name(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text | FieldKind::SelectOne | FieldKind::SelectMultiple => "string",
        FieldKind::Integer => "int",
        FieldKind::Decimal => "decimal",
        FieldKind::Date => "date",
        FieldKind::Time => "time",
        FieldKind::DateTime => "dateTime",
        FieldKind::Geopoint => "geopoint",
        FieldKind::Geotrace => "geotrace",
        FieldKind::Geoshape => "geoshape",
        FieldKind::File => "binary",
        FieldKind::Group => "structure",
        FieldKind::Repeat => "repeat",
    }
}

/// The exercise that new forms of an operation belong to: its first, or one made for them.
pub(crate) async fn home(store: &Store, operation: &OperationId, stamp: &Stamp) -> Result<Exercise> {
    if let Some(first) = store.exercises(operation).await?.into_iter().next() {
        return Ok(first);
    }
    let exercise = Exercise {
        id: world::fresh(ExerciseId::new),
        operation: operation.clone(),
        slug: "collection".to_owned(),
        name: Text::both("Forms", "Formulaires"),
        tool: Tool::Survey,
        assessment: AssessmentType::Sa,
        carry_rounds: 0,
    };
    store.create_exercise(&exercise, stamp).await?;
    Ok(exercise)
}

/// The published form of this id in an operation.
pub(crate) async fn published(
    store: &Store,
    operation: &OperationId,
    xml_form_id: &str,
) -> Result<Option<PublishedForm>> {
    let Some(form) = store.form_by_xml_id(operation, xml_form_id).await? else { return Ok(None) };
    let version = store.current_version(&form.id).await?;
    Ok(version.map(|version| PublishedForm { form, version }))
}

/// The questions of a form as they stand: of what is published, else of the draft.
pub(crate) async fn questions(store: &Store, form: &FormId) -> Result<Option<FormSchema>> {
    if let Some(version) = store.current_version(form).await? {
        return Ok(Some(version.schema));
    }
    Ok(store.draft(form).await?.map(|draft| draft.version.schema))
}
