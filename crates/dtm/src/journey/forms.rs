//! A form is uploaded: converted where it is a workbook, read, kept as a draft, published.

use crate::cli::Mistakes;
use crate::world;
use anyhow::Result;
use dtm_capture::{workbook::Workbook, xform, xlsform};
use dtm_model::{Exercise, FormId, FormVersionId, Lang};
use dtm_store::{Blobs, FormVersion, PublishedForm, Stamp, Store};
use md5::{Digest, Md5};

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
        return Ok(Translated { xform, warnings: Vec::new(), errors: Vec::new() });
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
    Ok(Translated { xform, warnings, errors })
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

/// Stores a new version of a form as a draft, or published at once.
pub(crate) async fn upload(
    store: &Store,
    blobs: &Blobs,
    exercise: &Exercise,
    upload: Upload<'_>,
    stamp: Stamp,
) -> Result<Uploaded> {
    let Upload { file_name, bytes, publish, lang } = upload;
    let source_name = file_name.to_owned();
    let (translated, bytes) =
        tokio::task::spawn_blocking(move || (translate(&bytes, &source_name, lang), bytes)).await?;
    let translated = translated?.sound()?;
    let schema = xform::read(&translated.xform).map_err(|error| Mistakes::one(error.message(lang)))?;
    xform::entities(&translated.xform)?;
    let existing = store.form_by_xml_id(&exercise.operation, &schema.xml_form_id).await?;
    let form = match existing {
        Some(form) => form.id,
        None => {
            let form = world::fresh(FormId::new);
            store.create_form(&form, &exercise.id, &schema.xml_form_id, &schema.title, &stamp).await?;
            form
        }
    };
    if let Some(same) = store.form_versions(&form).await?.into_iter().find(|version| version.version == schema.version)
    {
        if same.xform != translated.xform {
            return Err(Mistakes::one(match lang {
                Lang::En => format!(
                    "version «{}» of the form «{}» exists already with other contents: change `version` in the settings sheet",
                    schema.version, schema.xml_form_id
                ),
                Lang::Fr => format!(
                    "la version « {} » du formulaire « {} » existe déjà avec un autre contenu : changez `version` dans la feuille settings",
                    schema.version, schema.xml_form_id
                ),
            }));
        }
        if publish && same.published_at.is_none() {
            store.publish_form_version(&same.id, &stamp).await?;
        }
        return Ok(Uploaded { form, version: same, warnings: translated.warnings });
    }
    let source = blobs.put(bytes).await?;
    let version = FormVersion {
        id: world::fresh(FormVersionId::new),
        form: form.clone(),
        version: schema.version.clone(),
        xform_hash: hex::encode(Md5::digest(translated.xform.as_bytes())),
        xform: translated.xform,
        source: Some(source),
        source_name: Some(file_name.to_owned()),
        schema,
        created_at: stamp.at,
        published_at: publish.then_some(stamp.at),
        published_by: None,
    };
    store.add_form_version(&version, &stamp).await?;
    Ok(Uploaded { form, version, warnings: translated.warnings })
}

/// The published form of this id in an operation.
pub(crate) async fn published(
    store: &Store,
    operation: &dtm_model::OperationId,
    xml_form_id: &str,
) -> Result<Option<PublishedForm>> {
    Ok(store.published_forms(operation).await?.into_iter().find(|form| form.form.xml_form_id == xml_form_id))
}
