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
mod itemsets;
mod itext;
mod model;
mod names;
mod parameters;
mod problem;
mod question_type;
mod references;
mod settings;
mod survey;
mod write;
mod xml;

pub use problem::{Problem, Severity};

use crate::workbook::{Sheet, Workbook};
use cells::{Grid, Page};
use choices::Choices;
use entities::Entities;
use itext::{Itext, check_languages};
use names::Names;
use problem::{At, Problems, SheetId, near_tab, nearest};
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
    /// The choices that the form looks up in a file `itemsets.csv`, which goes with it; none if it has no such question.
    pub itemsets: Option<String>,
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
    let sheets = Sheets::find(apart.as_ref().unwrap_or(workbook), apart.is_some(), &mut problems);
    let file_stem = cells::clean(file_stem, true);
    let mut settings = Settings::read(sheets.settings, &file_stem, &mut problems);
    let xform = sheets.survey.and_then(|survey| convert_survey(survey, &sheets, &mut settings, &mut problems));
    let xform = xform.filter(|_| !problems.are_fatal());
    let itemsets = match &xform {
        Some(xform) if xform.contains(" query=\"instance(") => sheets.external_choices.and_then(itemsets::write),
        _ => None,
    };
    let (xform, mended) = if problems.has_errors() { (None, xform) } else { (xform, None) };
    Conversion {
        xform,
        mended,
        itemsets,
        form_id: settings.form_id,
        version: settings.version,
        title: settings.title,
        problems: problems.into_sorted(),
    }
}

fn convert_survey(
    page: Page<'_>,
    sheets: &Sheets<'_>,
    settings: &mut Settings,
    problems: &mut Problems,
) -> Option<String> {
    let mut choices = Choices::read(sheets.choices, SheetId::Choices, settings, problems);
    let external = Choices::read(sheets.external_choices, SheetId::ExternalChoices, settings, problems);
    let osm = Choices::read(sheets.osm, SheetId::Osm, settings, problems);
    let entities = Entities::read(sheets.entities, problems);
    let others = survey::Others {
        settings,
        choices: &mut choices,
        external: &external,
        entities: &entities,
        tabs: &sheets.tabs,
    };
    let mut survey = survey::read(page, others, problems);
    sheets.check_references(&survey, settings, problems);
    for (key, value) in survey.settings.drain(..) {
        match key {
            "title" => settings.title = value,
            "id_string" => settings.form_id = value,
            _ => settings.prefix = Some(value),
        }
    }
    let entities_version = entities.place(&survey.rows, &mut survey.tree, problems);
    let mut names = Names::of(&survey.tree);
    let itext = Itext::collect(&survey.tree, &choices, &names.paths, settings);
    let texts: Vec<_> = choices.texts.iter().chain([&survey.texts]).collect();
    check_languages(&texts, survey.or_other, &itext, settings, problems);
    let parts =
        write::Parts { tree: &survey.tree, choices: &choices, osm: &osm, settings, itext: &itext, entities_version };
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
struct Sheets<'a> {
    survey: Option<Page<'a>>,
    choices: Option<Page<'a>>,
    settings: Option<Page<'a>>,
    external_choices: Option<Page<'a>>,
    entities: Option<Page<'a>>,
    osm: Option<Page<'a>>,
    /// The names of the tabs.
    tabs: Vec<String>,
}

impl<'a> Sheets<'a> {
    fn find(workbook: &'a Workbook, apart: bool, problems: &mut Problems) -> Sheets<'a> {
        let filled = |id: SheetId| {
            let mut named = workbook.sheets.iter().filter(|sheet| sheet.name.eq_ignore_ascii_case(id.name()));
            let page = Page { sheet: named.next_back()?, apart };
            // A sheet of headers alone says nothing, except that there is a survey.
            let rows = page.sheet.rows.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty()));
            (rows.count() > usize::from(id != SheetId::Survey)).then_some(page)
        };
        let mut sheets = Sheets {
            survey: filled(SheetId::Survey),
            choices: filled(SheetId::Choices),
            settings: filled(SheetId::Settings),
            external_choices: filled(SheetId::ExternalChoices),
            entities: filled(SheetId::Entities),
            osm: filled(SheetId::Osm),
            tabs: workbook.sheets.iter().map(|sheet| sheet.name.clone()).collect(),
        };
        // A workbook of one sheet is a survey, however it is named.
        if let ([only], None) = (workbook.sheets.as_slice(), sheets.survey)
            && !only.rows.is_empty()
            && !SheetId::ALL.iter().any(|id| only.name.eq_ignore_ascii_case(id.name()))
        {
            sheets.survey = Some(Page { sheet: only, apart });
            problems.survey_name = Some(only.name.clone());
        }
        if sheets.survey.is_none() {
            let suggestion = near_tab(SheetId::Survey, &sheets.tabs)
                .or_else(|| nearest("survey", sheets.tabs.iter().map(String::as_str)));
            problems.note_with("survey_missing", At::sheet(SheetId::Survey), "", "", suggestion);
            return sheets;
        }
        for (id, page) in [(SheetId::Settings, sheets.settings), (SheetId::Entities, sheets.entities)] {
            if page.is_none()
                && let Some(near) = near_tab(id, &sheets.tabs)
            {
                problems.note_with("sheet_near_miss", At::sheet(id), &near, "", Some(id.name().to_owned()));
            }
        }
        sheets
    }

    /// Notes the references of all sheets that name no row, or several.
    fn check_references(&self, survey: &survey::Survey, settings: &Settings, problems: &mut Problems) {
        if let Some(page) = self.settings {
            let grid = Grid::read(page, SheetId::Settings, &settings::VOCABULARY, false, problems);
            survey.given.check(&grid, |_| true, problems);
        }
        if let Some(page) = self.entities {
            let grid = Grid::read(page, SheetId::Entities, &entities::VOCABULARY, false, problems);
            let skipped = ["dataset", "repeat"];
            survey.given.check(&grid, |column| !skipped.contains(&column.path[0].as_str()), problems);
        }
        if let Some(page) = self.survey {
            let grid = Grid::read(page, SheetId::Survey, &survey::VOCABULARY, settings.clean_text, problems);
            let skipped = ["type", "name", "trigger"];
            survey.given.check(&grid, |column| !skipped.contains(&column.path[0].as_str()), problems);
        }
        if let Some(page) = self.choices {
            let grid = Grid::read(page, SheetId::Choices, &choices::VOCABULARY, false, problems);
            survey.given.check(&grid, |column| column.path[0] == "label", problems);
        }
    }
}
