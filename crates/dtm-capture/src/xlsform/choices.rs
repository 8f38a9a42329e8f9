//! The choices sheet: lists of choices, by list name.
//!
//! Columns of one's own are kept, for choice filters. A name that occurs twice in a list is an error, unless the settings
//! allow it (docs/decisions/0004); in the mended form a choice that repeats another word for word is left out.

use super::cells::{Grid, Page, SheetTexts, Vocabulary, is_xml_name};
use super::model::{Choice, ChoiceList, MEDIA, Media, Text};
use super::problem::{At, Problems, SheetId};
use super::settings::Settings;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

pub(super) const VOCABULARY: Vocabulary = Vocabulary {
    columns: &["list_name", "name", "label", "media", "sms_option"],
    others: &[],
    aliases: &[
        ("caption", &["label"]),
        ("value", &["name"]),
        ("image", &["media", "image"]),
        ("big-image", &["media", "big-image"]),
        ("audio", &["media", "audio"]),
        ("video", &["media", "video"]),
    ],
};

/// All lists of a sheet.
#[derive(Debug, Default)]
pub(super) struct Choices {
    pub(super) lists: Vec<ChoiceList>,
    by_name: HashMap<String, usize>,
    /// Names of the columns of one's own.
    pub(super) extra: Vec<String>,
    /// Whether there is a sheet at all.
    pub(super) present: bool,
    /// The place of the headers, if none of them is `list_name`.
    pub(super) no_list_column: Option<At>,
    /// The languages of the sheet.
    pub(super) texts: Option<SheetTexts>,
}

impl Choices {
    /// The list of this name.
    pub(super) fn get(&self, name: &str) -> Option<&ChoiceList> {
        self.by_name.get(name).map(|index| &self.lists[*index])
    }

    /// The list of this name, to be added to.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut ChoiceList> {
        self.by_name.get(name).map(|index| &mut self.lists[*index])
    }

    /// The names of all lists.
    pub(super) fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.lists.iter().map(|list| list.name.as_str())
    }

    /// Reads the sheet, if there is one.
    pub(super) fn read(page: Option<Page<'_>>, id: SheetId, settings: &Settings, problems: &mut Problems) -> Choices {
        let Some(page) = page else { return Choices::default() };
        let grid = Grid::read(page, id, &VOCABULARY, false, problems);
        grid.check_headers(&[&["label"], &["media"]], &[], &["list_name", "name"], problems);
        let (list_column, name_column) = (grid.column("list_name"), grid.column("name"));
        let mut choices = Choices { present: true, ..Choices::default() };
        if grid.row_indexes().all(|row| grid.is_blank(row)) {
            return choices;
        }
        if name_column.is_none() && id == SheetId::Choices {
            problems.note("header_missing", grid.header_at(), "name");
        }
        choices.no_list_column = list_column.is_none().then(|| grid.header_at());
        let labels = grid.texts(&["label"]);
        let media_columns: Vec<_> = MEDIA.iter().map(|kind| grid.texts(&["media", kind])).collect();
        let mut extra_columns = Vec::new();
        let is_own = |word: &str| !matches!(word, "list_name" | "name" | "label" | "media" | "sms_option");
        let mut own: Vec<_> = grid.columns.iter().filter(|column| is_own(&column.path[0])).collect();
        own.extend(grid.columns.iter().filter(|column| column.path[0] == "sms_option"));
        for column in own {
            let (word, at) = (column.path[0].as_str(), grid.header_at().column(column.index));
            if word.is_empty() || word.contains(' ') {
                problems.note("choice_header_blank", at, word);
            } else if column.path.len() > 1 || !is_xml_name(word) || !known_prefix(word, settings) {
                problems.note("choice_header_invalid", at, word);
            } else {
                extra_columns.push((choices.extra.len(), column.index));
                choices.extra.push(word.to_owned());
            }
        }
        let media = MEDIA.into_iter().zip(media_columns.iter().cloned());
        let all = std::iter::once(("label", labels.clone())).chain(media).collect();
        choices.texts = Some(SheetTexts { at: grid.header_at(), texts: all });
        let mut seen: HashMap<(usize, String), Vec<usize>> = HashMap::new();
        for row in grid.row_indexes() {
            let Some(list) = grid.get(row, list_column) else { continue };
            let texts = |columns: &[(Option<String>, usize)]| {
                let cells = columns.iter().filter_map(|(l, c)| grid.cell(row, *c).map(|cell| (l.clone(), cell)));
                Text::from_cells(cells, &settings.default_language, false)
            };
            let label = {
                let cells = labels.iter().filter_map(|(l, c)| grid.cell(row, *c).map(|cell| (l.clone(), cell)));
                Text::from_cells(cells, &settings.default_language, true)
            };
            let media: Media =
                media_columns.iter().enumerate().filter_map(|(kind, c)| Some((kind, texts(c)?))).collect();
            let extra = extra_columns
                .iter()
                .filter_map(|(index, column)| Some((*index, grid.cell(row, *column)?.text)))
                .collect();
            let Some(name) = grid.get(row, name_column) else {
                if name_column.is_some() && id == SheetId::Choices {
                    problems.note("choice_name_missing", grid.at(row), "");
                }
                continue;
            };
            let choice = Choice { name: name.text, at: name.at, label, media, extra };
            if choice.label.is_none() && id == SheetId::Choices {
                problems.note("choice_label_missing", choice.at, &choice.name);
            }
            let index = match choices.by_name.entry(list.text) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    choices.lists.push(ChoiceList {
                        name: entry.key().clone(),
                        choices: Vec::new(),
                        needs_itext: OnceCell::new(),
                    });
                    *entry.insert(choices.lists.len() - 1)
                }
            };
            let list = &mut choices.lists[index];
            let twins = seen.entry((index, choice.name.clone())).or_default();
            if let Some(first) = twins.first()
                && !settings.allow_choice_duplicates
                && id == SheetId::Choices
            {
                let row = list.choices[*first].at.row.to_string();
                problems.note_other("choice_name_duplicate", choice.at, &choice.name, &row);
                // A name with thousands of twins is compared with a few of them only.
                if twins.iter().take(20).any(|twin| same(&list.choices[*twin], &choice)) {
                    continue;
                }
            }
            twins.push(list.choices.len());
            list.choices.push(choice);
        }
        choices
    }
}

/// Whether a choice says the same as another, in every column.
fn same(a: &Choice, b: &Choice) -> bool {
    let texts = |choice: &Choice| -> Vec<String> {
        let media = choice.media.iter().flat_map(|(_, text)| text.cells());
        let cells = choice.label.iter().flat_map(Text::cells).chain(media);
        cells.map(|cell| format!("{:?} {}", cell.at.column, cell.text)).collect()
    };
    a.extra == b.extra && texts(a) == texts(b)
}

/// Whether the prefix of a name is declared.
pub(super) fn known_prefix(name: &str, settings: &Settings) -> bool {
    match name.split_once(':') {
        Some((prefix, _)) => {
            matches!(prefix, "h" | "ev" | "xsd" | "jr" | "orx" | "odk" | "xml")
                || settings.namespaces.iter().any(|(known, _)| known == prefix)
        }
        None => true,
    }
}
