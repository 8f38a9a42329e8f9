//! Tables that servers export, made into filled forms again.

use super::files::{Files, content_type};
use super::{Attached, Brought, Come, Here, Shelf, Taken, moment};
use anyhow::{Context, Result, bail};
use dtm_capture::tabled::{self, Row, Tabled};
use dtm_capture::workbook::{Sheet, Workbook};
use dtm_store::{PublishedForm, ReviewState};
use std::collections::HashMap;

/// The share of a table's columns that must be questions of a form, for the table to be taken as that form's.
const ENOUGH: f64 = 0.5;

/// The sheets of one export.
#[derive(Default)]
pub(super) struct Tables(Vec<Sheet>);

impl Tables {
    pub(super) fn add(&mut self, file: &str, workbook: Workbook) {
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let is_one = workbook.sheets.len() == 1;
        self.0.extend(workbook.sheets.into_iter().filter(|sheet| !sheet.rows.is_empty()).map(|mut sheet| {
            if is_one && file.to_ascii_lowercase().ends_with(".csv") {
                sheet.name = stem.to_owned();
                apart(&mut sheet);
            }
            sheet
        }));
    }

    pub(super) async fn bring(
        mut self,
        here: &Here<'_>,
        files: (&Files, &[String]),
        form: Option<&str>,
        shelf: &mut Shelf,
        name: &str,
        brought: &mut Brought,
    ) -> Result<()> {
        // A folder may hold the exports of several forms: each takes the sheets that its own tables name.
        let mut n_taken = 0;
        while let Some((form, of_form)) = self.next(here, form).await? {
            n_taken += 1;
            self.0.retain(|sheet| !of_form.iter().any(|taken| taken.name == sheet.name));
            one(here, files, shelf, (name, &of_form), &form, brought).await?;
        }
        if n_taken == 0 {
            bail!(here.say(
                "its columns are not the questions of a form here; bring the form first, or name it with --form",
                "ses colonnes ne sont pas les questions d’un formulaire d’ici ; apportez d’abord le formulaire, ou nommez-le avec --form",
            ));
        }
        Ok(())
    }

    /// The form that fits what is left best, with its sheets.
    async fn next(&self, here: &Here<'_>, named: Option<&str>) -> Result<Option<(PublishedForm, Vec<Sheet>)>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let forms = here.store.published_forms(&here.exercise.operation).await?;
        let mut best: Option<(f64, PublishedForm)> = None;
        for form in forms {
            if named.is_some_and(|named| named != form.form.xml_form_id) {
                continue;
            }
            let (found, all) = tabled::fit(&form.version.schema, &self.0);
            let share = if named.is_some() && found > 0 { 1.0 } else { found as f64 / all as f64 };
            if share >= ENOUGH && best.as_ref().is_none_or(|(other, _)| share > *other) {
                best = Some((share, form));
            }
        }
        let Some((_, form)) = best else { return Ok(None) };
        let Some(tabled) = tabled::read(&form.version.schema, "", &self.0) else { return Ok(None) };
        let sheets: Vec<Sheet> = self.0.iter().filter(|sheet| !tabled.unused.contains(&sheet.name)).cloned().collect();
        Ok((!sheets.is_empty()).then_some((form, sheets)))
    }
}

/// Kobo separates its CSV with semicolons, within quotes or not.
fn apart(sheet: &mut Sheet) {
    let is_apart = sheet.rows.iter().take(20).all(|row| row.len() == 1 && row[0].contains(';'));
    if !is_apart {
        return;
    }
    let text = sheet.rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>().join("\n");
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b';').has_headers(false).flexible(true).from_reader(text.as_bytes());
    let rows: Result<Vec<Vec<String>>, _> =
        reader.records().map(|record| Ok::<_, csv::Error>(record?.iter().map(str::to_owned).collect())).collect();
    if let Ok(rows) = rows {
        sheet.rows = rows;
    }
}

async fn one(
    here: &Here<'_>,
    (files, names): (&Files, &[String]),
    shelf: &mut Shelf,
    (name, sheets): (&str, &[Sheet]),
    form: &PublishedForm,
    brought: &mut Brought,
) -> Result<()> {
    let newest = &form.version;
    // The version that the lines name, if it is here; else the newest.
    let said = tabled::version(&newest.schema, sheets);
    let version = match &said {
        Some(said) => shelf.find(here, &form.form.xml_form_id, said).await?.map(|(_, version)| version),
        None => None,
    };
    let (schema, version) = match &version {
        Some(version) => (&version.schema, version.version.as_str()),
        None => (&newest.schema, newest.version.as_str()),
    };
    let (to_read, owned, label) = (schema.clone(), sheets.to_vec(), version.to_owned());
    let read = tokio::task::spawn_blocking(move || tabled::read(&to_read, &label, &owned)).await?;
    let tabled = read.with_context(|| {
        here.say("no sheet has the form's questions", "aucune feuille n’a les questions du formulaire")
    })?;
    tell(here, name, &form.form.xml_form_id, &tabled, brought);
    let mut by_name: HashMap<&str, Vec<&String>> = HashMap::new();
    for name in names {
        by_name.entry(name.rsplit('/').next().unwrap_or(name)).or_default().push(name);
    }
    let n = tabled.rows.len();
    for (at, row) in tabled.rows.into_iter().enumerate() {
        here.go_on(format!("{}: {}/{n}", form.form.xml_form_id, at + 1))?;
        let line = row.line;
        if let Err(error) = submission(here, (files, &by_name), shelf, form, row, brought).await {
            brought.trouble(
                here.say(format!("{name}, row {line}: {error:#}"), format!("{name}, ligne {line} : {error:#}")),
            );
        }
    }
    Ok(())
}

async fn submission(
    here: &Here<'_>,
    (files, by_name): (&Files, &HashMap<&str, Vec<&String>>),
    shelf: &mut Shelf,
    form: &PublishedForm,
    row: Row,
    brought: &mut Brought,
) -> Result<()> {
    if here.known(&form.form, &row.instance_id).await?.is_some() {
        brought.known += 1;
        return Ok(());
    }
    let at = moment(Some(&row.submitted), crate::world::now());
    let bare = row.instance_id.trim_start_matches("uuid:");
    let mut attached = Vec::new();
    for name in &row.files {
        let Some(paths) = by_name.get(name.as_str()) else { continue };
        // Files of one name are told apart by the submission that their folder names.
        let path = paths.iter().find(|path| path.contains(bare)).or(paths.first().filter(|_| paths.len() == 1));
        let Some(path) = path else { continue };
        let bytes = files.whole(here, path)?;
        attached.push(Attached { name: name.clone(), content_type: content_type(name).to_owned(), bytes });
    }
    let come = Come {
        device_id: Some(row.device).filter(|device| !device.is_empty()),
        sender: Some(row.sender),
        program: Some(concat!("dtm/", env!("CARGO_PKG_VERSION"), " (table)").to_owned()),
        ..Come::sent(row.xml.into(), attached, at)
    };
    let (Taken::New(record) | Taken::Known(record)) = here.take(shelf, come, brought).await?;
    if let Some(state) = state_of(&row.review) {
        here.review(&record, state, &here.stamp(at), brought).await?;
    }
    if !row.notes.is_empty() {
        here.comment(&record, &row.notes, &here.stamp(at), brought).await?;
    }
    Ok(())
}

/// A review state as exports write it: Central's words, Kobo's ids and labels in English and French.
fn state_of(text: &str) -> Option<ReviewState> {
    match text.trim().trim_start_matches("validation_status_").to_lowercase().replace([' ', '-'], "_").as_str() {
        "approved" | "approuvé" => Some(ReviewState::Approved),
        "not_approved" | "rejected" | "non_approuvé" => Some(ReviewState::Rejected),
        "on_hold" | "hasissues" | "en_attente" => Some(ReviewState::HasIssues),
        _ => None,
    }
}

/// What did not come along.
fn tell(here: &Here<'_>, name: &str, form: &str, tabled: &Tabled, brought: &mut Brought) {
    brought.note(here.say(
        format!("{name}: read as answers to {form}; their XML was made from the table"),
        format!("{name} : lu comme réponses à {form} ; leur XML a été fait à partir du tableau"),
    ));
    let lost: Vec<String> = tabled.unmatched.iter().map(|(sheet, column)| format!("{sheet}/{column}")).collect();
    let mut list = |en: &str, fr: &str, told: &[String]| {
        if !told.is_empty() {
            let (shown, more) =
                (told.iter().take(20).cloned().collect::<Vec<_>>().join(", "), told.len().saturating_sub(20));
            let more = if more > 0 { format!(", … +{more}") } else { String::new() };
            brought.note(here.say(format!("{name}: {en}: {shown}{more}"), format!("{name} : {fr} : {shown}{more}")));
        }
    };
    list("columns that are no questions", "colonnes qui ne sont pas des questions", &lost);
    list("questions without a column", "questions sans colonne", &tabled.unanswered);
    list("sheets that belong to nothing", "feuilles sans rattachement", &tabled.unused);
    let odd: Vec<String> = tabled.odd.iter().map(|(path, values)| format!("{path} = {}", values.join(" / "))).collect();
    list("values that are no choice, kept as they are", "valeurs hors des choix, gardées telles quelles", &odd);
    if tabled.orphans > 0 {
        let n = tabled.orphans;
        brought.note(here.say(
            format!("{name}: {n} rows of repeats name no submission of the table"),
            format!("{name} : {n} lignes de répétitions ne nomment aucune soumission du tableau"),
        ));
    }
}
