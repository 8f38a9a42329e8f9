//! Standard forms, and where a form departs from the data dictionary.

use super::process::find_operation;
use super::{Caller, Mistakes, Report, file_name, read_file};
use crate::journey::forms;
use crate::journey::standard::{Material, Wish, languages, mistake, version_of_today};
use anyhow::{Context, Result};
use dtm_capture::standard::{TOOLS, align};
use dtm_model::{Severity, Tool};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What `dtm form new` is told.
#[derive(clap::Args)]
pub(crate) struct New {
    /// The tool: b1, b2, msla, ett, fmr, fms, registration, intentions
    #[arg(long, value_parser = tool)]
    tool: Tool,
    /// Short name of the operation whose areas and places are offered
    #[arg(long, short)]
    operation: Option<String>,
    /// Codes of questions to add, of the form's own on demand or of the dictionary
    #[arg(long, value_delimiter = ',', value_name = "CODES")]
    with: Vec<String>,
    /// Codes of questions to leave out; Core ones stay
    #[arg(long, value_delimiter = ',', value_name = "CODES")]
    without: Vec<String>,
    /// Form id
    #[arg(long, default_value = "")]
    id: String,
    /// Title
    #[arg(long, default_value = "")]
    title: String,
    /// Version; the day if not given
    #[arg(long)]
    version: Option<String>,
    /// Where to write the workbook; `-` is standard output, the form id with .xlsx if not given
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

/// What `dtm form align` is told.
#[derive(clap::Args)]
pub(crate) struct Align {
    /// Workbook or XForm
    file: PathBuf,
    /// The tool whose Core questions must be asked
    #[arg(long, value_parser = tool)]
    tool: Option<Tool>,
    /// An export of the whole data dictionary (.xlsx or .csv), beside what is built in
    #[arg(long, value_name = "FILE")]
    dictionary: Option<PathBuf>,
}

fn tool(text: &str) -> Result<Tool, String> {
    let known = || TOOLS.map(Tool::code).join(", ");
    Tool::from_code(&text.to_lowercase()).filter(|tool| TOOLS.contains(tool)).ok_or_else(known)
}

impl New {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let material = match &self.operation {
            None => Material::without_lists(None, caller.lang)?,
            Some(slug) => {
                let (store, _) = caller.place.open().await?;
                Material::of(&store, &find_operation(&store, slug).await?).await?
            }
        };
        let wish = Wish {
            tool: self.tool,
            languages: languages(caller.languages.as_deref().unwrap_or("en,fr")),
            with: self.with,
            without: self.without,
            order: Vec::new(),
            wording: BTreeMap::new(),
            form_id: self.id,
            title: self.title,
            version: self.version.unwrap_or_else(version_of_today),
        };
        let draft = material.draft(&wish).map_err(|error| mistake(&error, caller.lang))?;
        let bytes = draft.workbook()?;
        let n = draft.rows.iter().filter(|row| row.need.is_some()).count();
        let untranslated = draft.untranslated();
        let notes = untranslated.iter().map(|(lang, n)| {
            format!(
                "warning: {}",
                caller.say(
                    format!("{n} texts have no wording in {lang} yet; the workbook has their empty cells"),
                    format!("{n} textes n’ont pas encore de libellé en {lang} ; le classeur a leurs cellules vides"),
                )
            )
        });
        let notes: Vec<String> = notes.collect();
        let json =
            json!({ "formId": draft.form_id, "version": draft.version, "questions": n, "untranslated": untranslated });
        let path = self.output.unwrap_or_else(|| PathBuf::from(format!("{}.xlsx", draft.form_id)));
        if path.as_os_str() == "-" {
            return Ok(Report { bytes: Some(bytes), notes, ..Report::new("", json) });
        }
        if path.exists() && !self.force {
            let name = path.display();
            return Err(Mistakes::one(caller.say(
                format!("{name} exists already; --force replaces it"),
                format!("{name} existe déjà ; --force le remplace"),
            )));
        }
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        let text = caller.say(
            format!("{}: {n} questions, version {}.", path.display(), draft.version),
            format!("{} : {n} questions, version {}.", path.display(), draft.version),
        );
        Ok(Report { notes, ..Report::new(text, json) })
    }
}

impl Align {
    pub(crate) fn run(self, caller: &Caller) -> Result<Report> {
        let export = self.dictionary.as_ref().map(|path| Ok::<_, anyhow::Error>((read_file(path)?, file_name(path))));
        let export = export.transpose()?;
        let material =
            Material::without_lists(export.as_ref().map(|(bytes, name)| (&bytes[..], &name[..])), caller.lang)?;
        let translated = forms::translate(&read_file(&self.file)?, &file_name(&self.file), caller.lang)?;
        let schema =
            dtm_capture::xform::read(&translated.xform).map_err(|error| Mistakes::one(error.message(caller.lang)))?;
        let departures = align(&schema, &material.dictionary, self.tool);
        let word = |severity| match severity {
            Severity::Block => caller.say("must change", "à changer"),
            Severity::Confirm => caller.say("look at", "à vérifier"),
            Severity::Note => caller.say("note", "note"),
        };
        let lines: Vec<String> = departures
            .iter()
            .map(|departure| format!("{}: {}", word(departure.severity()), departure.message(caller.lang)))
            .collect();
        let n = lines.len();
        let head = match n {
            0 => caller.say("The form keeps to the dictionary.", "Le formulaire suit le dictionnaire."),
            1 => caller.say("1 departure from the dictionary.", "1 écart au dictionnaire."),
            _ => caller.say(format!("{n} departures from the dictionary."), format!("{n} écarts au dictionnaire.")),
        };
        let json: Vec<_> = departures
            .iter()
            .map(|departure| {
                json!({
                    "field": departure.field, "code": departure.code, "severity": departure.severity(),
                    "message": departure.message(caller.lang),
                })
            })
            .collect();
        let is_serious = departures.iter().any(|departure| departure.severity() == Severity::Block);
        let text = std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n");
        Ok(Report::new(text, json!({ "departures": json })).exit(if is_serious { 5 } else { 0 }))
    }
}
