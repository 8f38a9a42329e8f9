//! XLSForm to XForm, in the shape of a compiler.
//!
//! Takes a workbook and returns the XForm with everything that is wrong, all at once, each problem with its sheet,
//! row, column, the offending word and what was probably meant. Sheets become rows with places, rows a checked tree,
//! the tree an XForm. The rules are those of <https://xlsform.org> and the ODK XForms specification; where they are
//! silent, forms that other converters accept come out the same. The same workbook gives the same bytes.

mod cells;
mod choices;
mod entities;
mod expression;
mod itext;
mod model;
mod names;
mod parameters;
mod problem;
mod question_type;
mod settings;
mod survey;
mod write;
mod xml;

pub use problem::{Problem, Severity};

use crate::workbook::{Sheet, Workbook};
use choices::Choices;
use entities::Entities;
use itext::{Itext, check_languages};
use names::Names;
use problem::{At, Problems, SheetId, nearest};
use settings::Settings;

/// What became of an XLSForm.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// The XForm; none if there is an error among the problems.
    pub xform: Option<String>,
    /// The XForm as it can be made in spite of errors, if the only errors are references to questions that are not
    /// there or are there twice: the first has no answer, the second means the first of the two. For looking at, and
    /// for forms of others that lost a row; a form that people are sent out with has an [`Conversion::xform`].
    pub mended: Option<String>,
    /// The form's id.
    pub form_id: String,
    /// Its version, empty if the form gives none.
    pub version: String,
    /// Its title.
    pub title: String,
    /// Everything that is wrong, in the order of its places.
    pub problems: Vec<Problem>,
}

/// Converts a workbook; the file's name without ending stands in for a form id.
pub fn convert(workbook: &Workbook, file_stem: &str) -> Conversion {
    let mut problems = Problems::default();
    let apart = in_one_sheet(workbook);
    let workbook = apart.as_ref().unwrap_or(workbook);
    let sheets = Sheets::find(workbook, &mut problems);
    let file_stem = cells::clean(file_stem, true);
    let settings = Settings::read(sheets.settings, &file_stem, &mut problems);
    let xform = sheets.survey.and_then(|survey| convert_survey(survey, &sheets, &settings, &mut problems));
    let xform = xform.filter(|_| !problems.are_fatal());
    let (xform, mended) = if problems.has_errors() { (None, xform) } else { (xform, None) };
    Conversion {
        xform,
        mended,
        form_id: settings.form_id,
        version: settings.version,
        title: settings.title,
        problems: problems.into_sorted(),
    }
}

fn convert_survey(survey: &Sheet, sheets: &Sheets<'_>, settings: &Settings, problems: &mut Problems) -> Option<String> {
    let mut choices = Choices::read(sheets.choices, SheetId::Choices, settings, problems);
    let external = Choices::read(sheets.external_choices, SheetId::ExternalChoices, settings, problems);
    let mut survey = survey::read(survey, settings, &mut choices, &external, problems);
    let entities_version = Entities::read(sheets.entities, problems).place(&mut survey.tree, problems);
    let mut names = Names::of(&survey.tree);
    let itext = Itext::collect(&survey.tree, &choices, &names.paths, settings);
    let texts: Vec<_> = choices.texts.iter().chain([&survey.texts]).collect();
    check_languages(&texts, &itext, settings, problems);
    let parts = write::Parts { tree: &survey.tree, choices: &choices, settings, itext: &itext, entities_version };
    Some(write::write(&parts, &mut names, problems))
}

/// Takes a lone sheet apart whose first column names the sheets, as a form in a CSV file has it. Cells keep their rows
/// and columns, so that their places stay those of the file.
fn in_one_sheet(workbook: &Workbook) -> Option<Workbook> {
    let [only] = workbook.sheets.as_slice() else { return None };
    let is_name = |word: &str| SheetId::ALL.iter().any(|id| id.name().eq_ignore_ascii_case(word.trim()));
    if !only.rows.iter().find(|row| !row.is_empty()).and_then(|row| row.first()).is_some_and(|word| is_name(word)) {
        return None;
    }
    let (mut apart, mut current) = (Workbook::default(), None);
    for (index, row) in only.rows.iter().enumerate() {
        let name = row.first().map_or("", |word| word.trim());
        if !name.is_empty() {
            // Other sheets, and a sheet named again, are passed over.
            current = (is_name(name) && apart.sheet(name).is_none()).then_some(apart.sheets.len());
            if current.is_some() {
                apart.sheets.push(Sheet { name: name.to_owned(), rows: vec![Vec::new(); index] });
            }
        }
        if let Some(current) = current {
            let rest = std::iter::once(String::new()).chain(row.iter().skip(1).cloned()).collect();
            apart.sheets[current].rows.push(rest);
        }
    }
    Some(apart)
}

/// The sheets of a workbook that make a form.
#[derive(Default)]
struct Sheets<'a> {
    survey: Option<&'a Sheet>,
    choices: Option<&'a Sheet>,
    settings: Option<&'a Sheet>,
    external_choices: Option<&'a Sheet>,
    entities: Option<&'a Sheet>,
}

impl<'a> Sheets<'a> {
    fn find(workbook: &'a Workbook, problems: &mut Problems) -> Sheets<'a> {
        let filled = |name: &str| workbook.sheet(name).filter(|sheet| !sheet.rows.is_empty());
        let mut sheets = Sheets {
            survey: filled("survey"),
            choices: filled("choices"),
            settings: filled("settings"),
            external_choices: filled("external_choices"),
            entities: filled("entities"),
        };
        // A workbook of one sheet is a survey, however it is named.
        if let ([only], None) = (workbook.sheets.as_slice(), sheets.survey)
            && !only.rows.is_empty()
        {
            sheets.survey = Some(only);
            problems.survey_name = Some(only.name.clone());
            return sheets;
        }
        let names = || workbook.sheets.iter().map(|sheet| sheet.name.as_str());
        if sheets.survey.is_none() {
            let suggestion = nearest("survey", names());
            problems.note_with("survey_missing", At::sheet(SheetId::Survey), "", "", suggestion);
        }
        for (id, missing) in [
            (SheetId::Choices, sheets.choices.is_none()),
            (SheetId::Settings, sheets.settings.is_none()),
            (SheetId::ExternalChoices, sheets.external_choices.is_none()),
            (SheetId::Entities, sheets.entities.is_none()),
        ] {
            // A leading underscore says that the likeness is meant.
            let strangers = names().filter(|name| {
                !name.starts_with('_') && SheetId::ALL.iter().all(|id| !name.trim().eq_ignore_ascii_case(id.name()))
            });
            if missing && let Some(near) = nearest(id.name(), strangers) {
                problems.note_with("sheet_near_miss", At::sheet(id), &near, "", Some(id.name().to_owned()));
            }
        }
        sheets
    }
}
