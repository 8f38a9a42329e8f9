//! The settings sheet: one row below the header.

use super::cells::{Cell, Grid, Page, Vocabulary, is_xml_name};
use super::problem::{At, Problems, SheetId};
use crate::workbook::Sheet;

pub(super) const VOCABULARY: Vocabulary = Vocabulary {
    columns: &[
        "title",
        "id_string",
        "version",
        "instance_name",
        "default_language",
        "style",
        "public_key",
        "submission_url",
        "auto_send",
        "auto_delete",
        "allow_choice_duplicates",
        "name",
        "namespaces",
        "client_editable",
        "omit_instanceID",
        "instance_xmlns",
        "delimiter",
        "clean_text_values",
        "attribute",
        "sms_keyword",
        "sms_separator",
        "sms_allow_media",
        "sms_date_format",
        "sms_datetime_format",
        "sms_response",
        "flat",
        "add_none_option",
    ],
    others: &["instance_id"],
    aliases: &[
        ("form_title", &["title"]),
        ("set_form_title", &["title"]),
        ("form_id", &["id_string"]),
        ("set_form_id", &["id_string"]),
        ("prefix", &["prefix"]),
    ],
};

/// What the settings sheet says.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) title: String,
    pub(super) form_id: String,
    pub(super) version: String,
    /// The name of the root element.
    pub(super) root: String,
    pub(super) default_language: String,
    /// Where the default language is set.
    pub(super) default_language_at: Option<At>,
    pub(super) instance_name: Option<Cell>,
    pub(super) style: Option<String>,
    pub(super) public_key: Option<String>,
    pub(super) submission_url: Option<String>,
    pub(super) auto_send: Option<String>,
    pub(super) auto_delete: Option<String>,
    pub(super) client_editable: bool,
    pub(super) allow_choice_duplicates: bool,
    pub(super) omit_instance_id: bool,
    /// How the instanceID comes about, `uid` as a rule.
    pub(super) instance_id: String,
    pub(super) instance_xmlns: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) delimiter: Option<String>,
    pub(super) clean_text: bool,
    /// Whether select_multiple questions are given the constraint that «none» goes with nothing else.
    pub(super) add_none_option: bool,
    /// Whether groups leave no trace in the record.
    pub(super) flat: bool,
    /// Declared besides the usual ones: prefix and address.
    pub(super) namespaces: Vec<(String, String)>,
    /// Attributes of the root element.
    pub(super) attributes: Vec<(String, Cell)>,
}

/// Reads a word for yes or no.
pub(super) fn yes_no(word: &str) -> Option<bool> {
    match word {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "true()" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "false()" => Some(false),
        _ => None,
    }
}

/// The sheet without its column `id_string`, and where that was, if it has a `form_id` as well.
fn form_ids(page: Page<'_>) -> Option<(Sheet, usize)> {
    let header = page.sheet.rows.iter().find(|row| !page.apart || row.iter().any(|cell| !cell.trim().is_empty()))?;
    let column = header.iter().position(|cell| cell.trim() == "id_string")?;
    header.iter().find(|cell| cell.trim() == "form_id")?;
    let mut sheet = page.sheet.clone();
    sheet.rows.iter_mut().filter_map(|row| row.get_mut(column)).for_each(String::clear);
    Some((sheet, column))
}

impl Settings {
    /// Reads the sheet, if there is one; the file's name stands in for what it does not say.
    pub(super) fn read(page: Option<Page<'_>>, file_stem: &str, problems: &mut Problems) -> Settings {
        let empty = Sheet::default();
        let page = page.unwrap_or(Page { sheet: &empty, apart: false });
        let both = form_ids(page);
        let without = both.as_ref().map(|(sheet, _)| Page { sheet, ..page }).unwrap_or(page);
        let grid = Grid::read(without, SheetId::Settings, &VOCABULARY, false, problems);
        let words: Vec<&str> = VOCABULARY.columns.iter().copied().filter(|word| *word != "attribute").collect();
        grid.check_headers(&[], &[], &words, problems);
        if let Some((_, column)) = both {
            problems.note("form_ids_both", grid.header_at().column(column), "id_string");
        }
        // One row counts: the first below the headers, in a text file the first that is filled.
        let row = grid.row_indexes().find(|row| !page.apart || !grid.is_blank(*row)).unwrap_or(1);

        let cell = |name: &str| grid.get(row, grid.column(name));
        let text = |name: &str| cell(name).map(|cell| cell.text);
        let yes = |name: &str| text(name).as_deref().and_then(yes_no);
        let form_id = text("id_string").unwrap_or_else(|| file_stem.to_owned());
        let mut settings = Settings {
            title: text("title").unwrap_or_else(|| form_id.clone()),
            form_id,
            version: text("version").unwrap_or_default(),
            root: "data".to_owned(),
            default_language: "default".to_owned(),
            default_language_at: None,
            instance_name: cell("instance_name"),
            style: text("style"),
            public_key: text("public_key"),
            submission_url: text("submission_url"),
            auto_send: text("auto_send"),
            auto_delete: text("auto_delete"),
            client_editable: yes("client_editable") == Some(true),
            allow_choice_duplicates: yes("allow_choice_duplicates") == Some(true),
            omit_instance_id: yes("omit_instanceID") == Some(true),
            instance_id: text("instance_id").unwrap_or_else(|| "uid".to_owned()),
            instance_xmlns: text("instance_xmlns"),
            prefix: text("prefix"),
            delimiter: text("delimiter"),
            clean_text: yes("clean_text_values") != Some(false),
            add_none_option: yes("add_none_option") == Some(true),
            flat: text("flat").is_some(),
            namespaces: Vec::new(),
            attributes: Vec::new(),
        };
        if let Some(language) = cell("default_language") {
            settings.default_language_at = Some(language.at);
            settings.default_language = language.text;
        }
        if let Some(name) = cell("name") {
            if is_xml_name(&name.text) && !name.text.contains(':') {
                settings.root = name.text;
            } else {
                problems.note("name_invalid", name.at, &name.text);
            }
        }
        if let (true, Some(_)) = (settings.omit_instance_id, &settings.public_key) {
            problems.note("omit_instance_id", grid.at(row), "");
        }
        for pair in text("namespaces").unwrap_or_default().split_whitespace() {
            if let Some((prefix, address)) = pair.split_once('=')
                && is_xml_name(prefix)
                && !prefix.contains(':')
            {
                let address = address.replace(['"', '\''], "");
                if !settings.namespaces.iter().any(|(known, _)| known == prefix) && !address.is_empty() {
                    settings.namespaces.push((prefix.to_owned(), address));
                }
            }
        }
        for column in &grid.columns {
            if column.path.len() == 2
                && column.path[0] == "attribute"
                && let Some(value) = grid.cell(row, column.index)
            {
                settings.attributes.push((column.path[1].clone(), value));
            }
        }
        settings
    }
}
