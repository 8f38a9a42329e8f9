//! Forms and phones.

use super::process::{find_exercise, find_operation};
use super::standard::{Align, New};
use super::{Caller, Mistakes, Report, file_name, read_file};
use crate::http::new_app_user;
use crate::journey::forms;
use anyhow::{Context, Result};
use dtm_capture::xform;
use dtm_model::{AppUserId, Lang};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Forms
#[derive(clap::Subcommand)]
pub(crate) enum Form {
    /// Write a standard DTM form as an XLSForm to go on editing
    New(New),
    /// Say where a form departs from the data dictionary
    Align(Align),
    /// Print the XForm of an XLSForm; warnings go to standard error, and for a refused form every mistake
    Convert {
        /// Workbook (.xlsx, .xlsm, .xls, .ods, .csv) or Markdown tables (.md)
        file: PathBuf,
        /// Write the choices of the external_choices sheet here (pyxform calls the file itemsets.csv), if the form looks any up
        #[arg(long)]
        itemsets: Option<PathBuf>,
    },
    /// Convert and read a form, and say what it asks, what is wrong and what is not translated, without storing it
    Check {
        /// Workbook or XForm
        file: PathBuf,
    },
    /// Say what changed between two versions of a form
    Diff {
        /// The earlier version, workbook or XForm
        old: PathBuf,
        /// The later version
        new: PathBuf,
    },
    /// Store a form in an exercise, as a draft or published at once
    Upload {
        /// Workbook or XForm
        file: PathBuf,
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Short name of the exercise
        #[arg(long, short)]
        exercise: Option<String>,
        /// Offer it to phones at once
        #[arg(long)]
        publish: bool,
    },
    /// List the published forms of an operation
    List {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
    },
}

impl Form {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        match self {
            Form::New(command) => command.run(caller).await,
            Form::Align(command) => command.run(caller),
            Form::Convert { file, itemsets } => {
                let translated = forms::translate(&read_file(&file)?, &file_name(&file), caller.lang)?;
                let refused = !translated.errors.is_empty();
                let xform = if refused { None } else { Some(translated.xform) };
                let choices = translated.itemsets.filter(|_| !refused);
                if let (Some(path), Some(text)) = (&itemsets, &choices) {
                    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
                }
                let mut report = Report::new(
                    "",
                    json!({
                        "xform": xform,
                        "itemsets": choices,
                        "warnings": translated.warnings,
                        "errors": translated.errors,
                    }),
                );
                report.notes = remarks(&translated.errors, &translated.warnings);
                report.exit = if refused { 4 } else { 0 };
                report.bytes = xform.map(String::into_bytes);
                Ok(report)
            }
            Form::Check { file } => check(&file, caller),
            Form::Diff { old, new } => diff(&old, &new, caller),
            Form::Upload { file, operation, exercise, publish } => {
                let (store, blobs) = caller.place.open().await?;
                let operation = find_operation(&store, &operation).await?;
                let exercise = find_exercise(&store, &operation, exercise.as_deref()).await?;
                let name = file_name(&file);
                let upload = forms::Upload { file_name: &name, bytes: read_file(&file)?, publish, lang: caller.lang };
                let uploaded =
                    forms::upload(&store, &blobs, &caller.place.vault()?, &exercise, upload, caller.stamp()).await?;
                let schema = &uploaded.version.schema;
                let state = match (uploaded.version.published_at.is_some() || publish, caller.lang) {
                    (true, Lang::En) => "published",
                    (true, Lang::Fr) => "publié",
                    (false, Lang::En) => "a draft",
                    (false, Lang::Fr) => "un brouillon",
                };
                let mut text = caller.say(
                    format!("The form {} version {} is {state}.", schema.xml_form_id, schema.version),
                    format!("Le formulaire {} version {} est {state}.", schema.xml_form_id, schema.version),
                );
                for warning in &uploaded.warnings {
                    text += &format!("\n  {warning}");
                }
                Ok(Report::new(
                    text,
                    json!({ "form": uploaded.form, "xmlFormId": schema.xml_form_id, "version": schema.version, "warnings": uploaded.warnings }),
                ))
            }
            Form::List { operation } => {
                let (store, _) = caller.place.open().await?;
                let operation = find_operation(&store, &operation).await?;
                let forms = store.published_forms(&operation.id).await?;
                let state = |form: &dtm_store::PublishedForm| format!("{:?}", form.form.state).to_lowercase();
                let lines: Vec<String> = forms
                    .iter()
                    .map(|form| {
                        format!(
                            "{:<24} {:<12} {:<8} {}",
                            form.form.xml_form_id,
                            form.version.version,
                            state(form),
                            form.form.name
                        )
                    })
                    .collect();
                let json: Vec<_> = forms
                    .iter()
                    .map(|form| json!({ "xmlFormId": form.form.xml_form_id, "version": form.version.version, "state": form.form.state, "name": form.form.name }))
                    .collect();
                Ok(Report::new(lines.join("\n"), json.into()))
            }
        }
    }
}

/// Errors and warnings, a line each.
fn remarks(errors: &[String], warnings: &[String]) -> Vec<String> {
    let errors = errors.iter().map(|error| format!("error: {error}"));
    errors.chain(warnings.iter().map(|warning| format!("warning: {warning}"))).collect()
}

/// What a form asks, what is wrong with it, and how far it is translated.
fn check(file: &Path, caller: &Caller) -> Result<Report> {
    let translated = forms::translate(&read_file(file)?, &file_name(file), caller.lang)?;
    let (errors, mut warnings) = (translated.errors, translated.warnings);
    let schema = match translated.xform.is_empty() {
        true => None,
        false => {
            let of_xform = xform::check(&translated.xform, caller.lang);
            warnings.extend(of_xform.iter().map(|problem| problem.message(caller.lang)));
            Some(xform::read(&translated.xform).map_err(|error| Mistakes::one(error.message(caller.lang)))?)
        }
    };
    let mut lines = Vec::new();
    let mut gaps = Vec::new();
    if let Some(schema) = &schema {
        // What the form keeps about itself is not asked.
        let is_question = |field: &&dtm_model::Field| {
            !matches!(field.kind, dtm_model::FieldKind::Group | dtm_model::FieldKind::Repeat)
                && !field.path.starts_with("meta/")
        };
        let n = schema.fields.iter().filter(is_question).count();
        lines.push(caller.say(
            format!("{} (id {}, version {}): {n} questions", schema.title, schema.xml_form_id, schema.version),
            format!("{} (id {}, version {}) : {n} questions", schema.title, schema.xml_form_id, schema.version),
        ));
        gaps = xform::gaps(schema);
        for gap in &gaps {
            let some = gap.missing.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
            let (n, language) = (gap.missing.len(), &gap.language);
            lines.push(match n {
                0 => caller.say(format!("  {language}: complete"), format!("  {language} : complet")),
                _ => caller.say(
                    format!("  {language}: {n} of {} texts missing ({some} …)", gap.of),
                    format!("  {language} : {n} textes manquants sur {} ({some} …)", gap.of),
                ),
            });
        }
    }
    let (n_errors, n_warnings) = (errors.len(), warnings.len());
    lines.push(caller.say(
        format!("{n_errors} errors, {n_warnings} warnings"),
        format!("{n_errors} erreurs, {n_warnings} avertissements"),
    ));
    let mut report = Report::new(
        lines.join("\n"),
        json!({ "schema": schema, "errors": errors, "warnings": warnings, "translations": gaps }),
    );
    report.notes = remarks(&errors, &warnings);
    report.exit = if errors.is_empty() { 0 } else { 4 };
    Ok(report)
}

/// What changed between two versions of a form.
fn diff(old: &Path, new: &Path, caller: &Caller) -> Result<Report> {
    let read = |file: &Path| forms::translate(&read_file(file)?, &file_name(file), caller.lang)?.sound();
    let changes = xform::changes::between(&read(old)?.xform, &read(new)?.xform)
        .map_err(|error| Mistakes::one(error.message(caller.lang)))?;
    let lines: Vec<String> = changes.iter().map(|change| change.message(caller.lang)).collect();
    let text = match lines.is_empty() {
        true => caller.say("No difference.", "Aucune différence."),
        false => lines.join("\n"),
    };
    Ok(Report::new(text, json!({ "changes": changes, "messages": lines })))
}

/// Phones
#[derive(clap::Subcommand)]
pub(crate) enum Phone {
    /// Give a phone access to an operation's forms; prints the settings QR code for ODK Collect, once
    Add {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Whose phone
        name: String,
        /// Address of the server as the phone reaches it
        #[arg(long, env = "DTM_PUBLIC_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
        server: String,
    },
    /// List the phones of an operation
    List {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
    },
    /// Withdraw a phone's access
    Revoke {
        /// Its id, as `dtm phone list` shows it
        id: AppUserId,
    },
}

/// The address a phone is set up with.
pub(crate) fn phone_url(server: &str, token: &str, project: i64) -> String {
    format!("{}/v1/key/{token}/projects/{project}", server.trim_end_matches('/'))
}

/// A QR code for the terminal, two modules a character.
pub(crate) fn terminal_qr(payload: &str) -> Result<String> {
    let code = qrcode::QrCode::with_error_correction_level(payload.as_bytes(), qrcode::EcLevel::L)?;
    Ok(code.render::<qrcode::render::unicode::Dense1x2>().quiet_zone(true).build())
}

impl Phone {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, _) = caller.place.open().await?;
        match self {
            Phone::Add { operation, name, server } => {
                let operation = find_operation(&store, &operation).await?;
                let (user, token) =
                    new_app_user(&store, &caller.place.vault()?, &operation, &name, &caller.stamp()).await?;
                let url = phone_url(&server, &token, store.project_of(&operation.id).await?.unwrap_or(0));
                let payload = dtm_capture::settings_qr::payload(&url, operation.name.get(caller.lang));
                let text = format!(
                    "{}\n{}\n{url}",
                    terminal_qr(&payload)?,
                    caller.say(
                        "Scan this with ODK Collect. It is shown only this once: whoever has it can send as this phone.",
                        "À scanner avec ODK Collect. Affiché une seule fois : qui l’a peut envoyer comme ce téléphone.",
                    )
                );
                Ok(Report::new(text, json!({ "id": user.id, "serverUrl": url, "settings": payload })))
            }
            Phone::List { operation } => {
                let operation = find_operation(&store, &operation).await?;
                let phones = store.app_users(&operation.id).await?;
                let state = |revoked: bool| if revoked { "revoked" } else { "active" };
                let lines: Vec<String> = phones
                    .iter()
                    .map(|phone| format!("{} {:<8} {}", phone.id, state(phone.revoked_at.is_some()), phone.name))
                    .collect();
                let json: Vec<_> = phones
                    .iter()
                    .map(|phone| json!({ "id": phone.id, "name": phone.name, "state": state(phone.revoked_at.is_some()) }))
                    .collect();
                Ok(Report::new(lines.join("\n"), json.into()))
            }
            Phone::Revoke { id } => {
                store.revoke_app_user(&id, &caller.stamp()).await?;
                Ok(Report::new(
                    caller.say("Access withdrawn.", "Accès retiré."),
                    json!({ "id": id, "state": "revoked" }),
                ))
            }
        }
    }
}
