//! Which texts of a form live in `itext`, under which id, and in which languages.
//!
//! A text moves there when it is translated, when it carries media, or when it is a hint beside guidance. Every id
//! has every form in every language; what is not translated is shown as `-`, as XLSForm tools do.

use super::cells::{Cell, SheetTexts};
use super::choices::Choices;
use super::expression::mentions;
use super::model::{ChoiceList, MEDIA, Node, Text, Tree};
use super::problem::{At, Problems, SheetId, nearest};
use super::settings::Settings;
use std::collections::{HashMap, HashSet};

/// How a text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Words.
    Long,
    /// A file, by index in [`MEDIA`].
    Media(usize),
    /// Words for the training of enumerators.
    Guidance,
}

/// A text of one form in one language.
#[derive(Debug)]
pub(super) struct Wording<'a> {
    pub(super) form: Form,
    pub(super) language: usize,
    pub(super) cell: &'a Cell,
    /// The node whose place references are relative to; choices have none.
    pub(super) context: Option<usize>,
}

/// All wordings of one id, by form and language.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) id: String,
    pub(super) wordings: Vec<Wording<'a>>,
}

impl Entry<'_> {
    /// The forms that some language has, in a fixed order.
    pub(super) fn forms(&self) -> Vec<Form> {
        let mut forms: Vec<Form> = self.wordings.iter().map(|wording| wording.form).collect();
        forms.dedup();
        forms
    }

    /// The wording of a form in a language.
    pub(super) fn find(&self, form: Form, language: usize) -> Option<&Wording<'_>> {
        let at = self.wordings.partition_point(|wording| (wording.form, wording.language) < (form, language));
        self.wordings.get(at).filter(|wording| (wording.form, wording.language) == (form, language))
    }
}

/// The texts of a form.
#[derive(Debug, Default)]
pub(super) struct Itext<'a> {
    pub(super) languages: Vec<String>,
    by_language: HashMap<String, usize>,
    pub(super) entries: Vec<Entry<'a>>,
    by_id: HashMap<String, usize>,
}

impl<'a> Itext<'a> {
    /// Collects the texts of the choices, then those of the questions, then media.
    pub(super) fn collect(tree: &'a Tree, choices: &'a Choices, paths: &[String], settings: &Settings) -> Itext<'a> {
        let mut itext = Itext::default();
        let default = settings.default_language.as_str();
        for list in choices.lists.iter().filter(|list| needs_itext(list)) {
            for (index, choice) in list.choices.iter().enumerate() {
                let id = choice_id(&list.name, index);
                if let Some(label) = &choice.label {
                    itext.add(&id, Form::Long, label, None, default);
                }
                for (kind, text) in &choice.media {
                    itext.add(&id, Form::Media(*kind), text, None, default);
                }
            }
        }
        for (index, node) in tree.nodes.iter().enumerate() {
            let context = Some(index);
            let id = |suffix: &str| format!("{}:{suffix}", paths[index]);
            for (key, text) in &node.messages {
                if message_needs_itext(key, text) {
                    itext.add(&id(key), Form::Long, text, context, default);
                }
            }
            if let Some(label) = &node.label
                && label_needs_itext(node)
            {
                itext.add(&id("label"), Form::Long, label, context, default);
            }
            if let Some(hint) = &node.hint
                && hint_needs_itext(node)
            {
                itext.add(&id("hint"), Form::Long, hint, context, default);
            }
            if let Some(guidance) = &node.guidance {
                itext.add(&id("hint"), Form::Guidance, guidance, context, default);
            }
        }
        for (index, node) in tree.nodes.iter().enumerate() {
            for (kind, text) in &node.media {
                itext.add(&format!("{}:label", paths[index]), Form::Media(*kind), text, Some(index), default);
            }
        }
        for entry in &mut itext.entries {
            entry.wordings.sort_by_key(|wording| (wording.form, wording.language));
        }
        itext
    }

    fn add(&mut self, id: &str, form: Form, text: &'a Text, context: Option<usize>, default: &str) {
        let entry = match self.by_id.get(id) {
            Some(entry) => *entry,
            None => {
                self.entries.push(Entry { id: id.to_owned(), wordings: Vec::new() });
                self.by_id.insert(id.to_owned(), self.entries.len() - 1);
                self.entries.len() - 1
            }
        };
        match text {
            Text::Plain(cell) => {
                let language = self.language(default);
                self.entries[entry].wordings.push(Wording { form, language, cell, context });
            }
            Text::PerLanguage(cells) => {
                for (language, cell) in cells {
                    let language = self.language(language);
                    self.entries[entry].wordings.push(Wording { form, language, cell, context });
                }
            }
        }
    }

    fn language(&mut self, name: &str) -> usize {
        match self.by_language.get(name) {
            Some(index) => *index,
            None => {
                self.languages.push(name.to_owned());
                self.by_language.insert(name.to_owned(), self.languages.len() - 1);
                self.languages.len() - 1
            }
        }
    }
}

/// The id of a choice's text.
pub(super) fn choice_id(list: &str, index: usize) -> String {
    format!("{list}-{index}")
}

/// Whether the labels of a list are in itext: one that is translated, has media or a reference moves them all.
pub(super) fn needs_itext(list: &ChoiceList) -> bool {
    *list.needs_itext.get_or_init(|| {
        list.choices.iter().any(|choice| {
            !choice.media.is_empty()
                || match &choice.label {
                    Some(Text::PerLanguage(_)) => true,
                    Some(Text::Plain(cell)) => mentions(&cell.text),
                    None => false,
                }
        })
    })
}

/// Whether a node's label is a reference to itext.
pub(super) fn label_needs_itext(node: &Node) -> bool {
    node.label.as_ref().is_some_and(Text::is_translated) || !node.media.is_empty()
}

/// Whether a node's hint is a reference to itext.
pub(super) fn hint_needs_itext(node: &Node) -> bool {
    node.hint.as_ref().is_some_and(Text::is_translated) || node.guidance.is_some()
}

/// Whether a message of a bind is a reference to itext.
pub(super) fn message_needs_itext(key: &str, text: &Text) -> bool {
    match text {
        Text::PerLanguage(_) => true,
        Text::Plain(cell) => key != "jr:noAppErrorString" && mentions(&cell.text),
    }
}

/// Notes languages without a code, columns that lack a language, and a default language that nobody writes.
pub(super) fn check_languages(
    sheets: &[&SheetTexts],
    or_other: bool,
    itext: &Itext<'_>,
    settings: &Settings,
    problems: &mut Problems,
) {
    for language in itext.languages.iter().filter(|language| *language != "default" && language.chars().count() > 2) {
        if !has_code(language) {
            let columns = |sheet: &SheetTexts| {
                let mut columns = sheet.texts.iter().flat_map(|(_, columns)| columns);
                let (_, column) = columns.find(|(name, _)| name.as_ref() == Some(language))?;
                Some(sheet.at.column(*column))
            };
            let at = sheets.iter().rev().find_map(|sheet| columns(sheet)).or(settings.default_language_at);
            problems.note("language_without_code", at.unwrap_or(At::sheet(SheetId::Survey)), language);
        }
    }
    let mut translated = false;
    for sheet in sheets {
        let (mut languages, mut known): (Vec<&str>, HashSet<&str>) = Default::default();
        for (language, _) in sheet.texts.iter().flat_map(|(_, columns)| columns) {
            let language = language.as_deref().unwrap_or("default");
            if known.insert(language) {
                languages.push(language);
            }
        }
        if languages.iter().all(|language| *language == "default") {
            continue;
        }
        translated = true;
        for (name, columns) in &sheet.texts {
            let Some((_, first)) = columns.first() else { continue };
            let present: HashSet<&str> = columns.iter().map(|(l, _)| l.as_deref().unwrap_or("default")).collect();
            let missing: Vec<&str> =
                languages.iter().copied().filter(|language| !present.contains(language)).take(20).collect();
            if !missing.is_empty() {
                problems.note_other("translation_missing", sheet.at.column(*first), name, &missing.join(", "));
            }
        }
    }
    if let (true, true, Some(sheet)) = (or_other, translated, sheets.last()) {
        problems.note("or_other_untranslated", sheet.at, "");
    }
    if let Some(at) = settings.default_language_at
        && !itext.languages.is_empty()
        && !itext.languages.contains(&settings.default_language)
    {
        let suggestion = nearest(&settings.default_language, itext.languages.iter().map(String::as_str));
        problems.note_with("default_language_unused", at, &settings.default_language, "", suggestion);
    }
}

/// Whether a language ends with a code of the registry in parentheses.
fn has_code(language: &str) -> bool {
    let code = language.strip_suffix(')').and_then(|rest| rest.split_once('(')).map(|(_, code)| code);
    code.is_some_and(crate::language::is_registered)
}

/// The folder that a kind of media lies in on a phone.
pub(super) fn media_folder(kind: usize) -> &'static str {
    match MEDIA[kind] {
        "audio" => "audio",
        "video" => "video",
        _ => "images",
    }
}

/// Whether a question has anything to show for itself; guidance alone may stay hidden.
pub(super) fn is_labelled(node: &Node) -> bool {
    node.label.is_some() || node.hint.is_some() || !node.media.is_empty()
}
