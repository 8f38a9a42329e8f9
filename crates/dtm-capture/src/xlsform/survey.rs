//! The survey sheet: rows become the tree of a form.
//!
//! A row opens or closes a block, or asks a question. Everything a row says is checked here except its expressions,
//! which need all names first and are checked when the form is written.

mod select;
mod typed;

use super::cells::{Cell, Grid, SheetTexts, TextColumns, Vocabulary, is_xml_name};
use super::choices::{Choices, known_prefix};
use super::expression::{is_dynamic_default, sole_reference};
use super::model::{Items, Kind, MEDIA, Media, Node, Select, Text, Tree};
use super::parameters::Parameters;
use super::problem::{At, Problems, SheetId};
use super::question_type::{Block, CALCULATE, Control, NOTE, QuestionType, question_type, select_type, type_words};
use super::settings::{Settings, yes_no};
use crate::workbook::Sheet;
use std::collections::{HashMap, HashSet};

/// Groups inside of groups.
const MAX_DEPTH: usize = 40;
/// Repeats inside of repeats; each level writes the ones below it twice.
const MAX_REPEAT_DEPTH: usize = 8;
/// Longest name of a node, and of all names down to a group together.
const MAX_NAME: usize = 250;
const MAX_PATH: usize = 3500;
/// Questions and groups of a form.
const MAX_NODES: usize = 100_000;

const VOCABULARY: Vocabulary = Vocabulary {
    columns: &[
        "type",
        "name",
        "label",
        "hint",
        "guidance_hint",
        "default",
        "trigger",
        "parameters",
        "choice_filter",
        "disabled",
        "intent",
        "bind",
        "control",
        "instance",
        "media",
        "hxl",
        "query",
        "sms_field",
    ],
    aliases: &[
        ("compact_tag", &["instance", "odk:tag"]),
        ("read_only", &["bind", "readonly"]),
        ("readonly", &["bind", "readonly"]),
        ("relevant", &["bind", "relevant"]),
        ("relevance", &["bind", "relevant"]),
        ("caption", &["label"]),
        ("appearance", &["control", "appearance"]),
        ("required", &["bind", "required"]),
        ("constraint", &["bind", "constraint"]),
        ("constraining_message", &["bind", "jr:constraintMsg"]),
        ("constraint_message", &["bind", "jr:constraintMsg"]),
        ("calculation", &["bind", "calculate"]),
        ("calculate", &["bind", "calculate"]),
        ("command", &["type"]),
        ("tag", &["name"]),
        ("value", &["name"]),
        ("image", &["media", "image"]),
        ("big-image", &["media", "big-image"]),
        ("audio", &["media", "audio"]),
        ("video", &["media", "video"]),
        ("count", &["control", "jr:count"]),
        ("repeat_count", &["control", "jr:count"]),
        ("jr:count", &["control", "jr:count"]),
        ("autoplay", &["control", "autoplay"]),
        ("rows", &["control", "rows"]),
        ("noapperrorstring", &["bind", "jr:noAppErrorString"]),
        ("no_app_error_string", &["bind", "jr:noAppErrorString"]),
        ("requiredmsg", &["bind", "jr:requiredMsg"]),
        ("required_message", &["bind", "jr:requiredMsg"]),
        ("body", &["control"]),
        ("save_to", &["bind", "entities:saveto"]),
    ],
};

/// The attributes of a bind that are texts.
const MESSAGES: [&str; 3] = ["jr:constraintMsg", "jr:requiredMsg", "jr:noAppErrorString"];

/// The columns of a survey, found once.
struct Columns {
    kind: Option<usize>,
    name: Option<usize>,
    label: TextColumns,
    hint: TextColumns,
    guidance: TextColumns,
    media: Vec<TextColumns>,
    messages: Vec<TextColumns>,
    bind: Vec<(String, usize)>,
    control: Vec<(String, usize)>,
    instance: Vec<(String, usize)>,
    default: Option<usize>,
    trigger: Option<usize>,
    parameters: Option<usize>,
    choice_filter: Option<usize>,
    disabled: Option<usize>,
    intent: Option<usize>,
}

impl Columns {
    fn find(grid: &Grid<'_>, settings: &Settings, problems: &mut Problems) -> Columns {
        let mut attributes = |group: &str| -> Vec<(String, usize)> {
            let mut found = Vec::new();
            for column in grid.columns.iter().filter(|column| column.path.len() == 2 && column.path[0] == group) {
                let name = column.path[1].clone();
                if group == "bind" && MESSAGES.contains(&name.as_str()) {
                    continue;
                }
                let entity = name == "entities:saveto";
                if is_xml_name(&name) && (entity || known_prefix(&name, settings)) && name != "xmlns" {
                    found.push((name, column.index));
                } else {
                    problems.note("prefix_unknown", grid.header_at().column(column.index), &name);
                }
            }
            found
        };
        let (bind, control, mut instance) = (attributes("bind"), attributes("control"), attributes("instance"));
        instance.extend(grid.column("hxl").map(|column| ("hxl".to_owned(), column)));
        Columns {
            kind: grid.column("type"),
            name: grid.column("name"),
            label: grid.texts(&["label"]),
            hint: grid.texts(&["hint"]),
            guidance: grid.texts(&["guidance_hint"]),
            media: MEDIA.iter().map(|kind| grid.texts(&["media", kind])).collect(),
            messages: MESSAGES.iter().map(|key| grid.texts(&["bind", key])).collect(),
            bind,
            control,
            instance,
            default: grid.column("default"),
            trigger: grid.column("trigger"),
            parameters: grid.column("parameters"),
            choice_filter: grid.column("choice_filter"),
            disabled: grid.column("disabled"),
            intent: grid.column("intent"),
        }
    }

    fn text_columns(&self) -> Vec<(&'static str, TextColumns)> {
        let texts = [("label", &self.label), ("hint", &self.hint), ("guidance_hint", &self.guidance)];
        let messages = ["constraint_message", "required_message", "noAppErrorString"];
        let rest = MEDIA.into_iter().zip(&self.media).chain(messages.into_iter().zip(&self.messages));
        texts.into_iter().chain(rest).map(|(name, columns)| (name, columns.clone())).collect()
    }
}

/// A block that is open.
struct Open {
    node: usize,
    block: Option<Block>,
    at: At,
    word: String,
    /// Bytes of the names down to this block.
    path: usize,
    names: HashMap<String, u32>,
    names_lower: HashMap<String, u32>,
    /// In a table-list: the list once its first question is met.
    table_list: Option<Option<String>>,
}

/// What the survey sheet holds.
pub(super) struct Survey {
    pub(super) tree: Tree,
    /// The languages of the sheet.
    pub(super) texts: SheetTexts,
}

/// Reads the survey. Lists of choices may grow by an «other».
pub(super) fn read(
    sheet: &Sheet,
    settings: &Settings,
    choices: &mut Choices,
    external: &Choices,
    problems: &mut Problems,
) -> Survey {
    let grid = Grid::read(sheet, SheetId::Survey, &VOCABULARY, settings.clean_text, problems);
    let columns = Columns::find(&grid, settings, problems);
    if columns.kind.is_none() {
        problems.note("header_missing", grid.header_at(), "type");
    }
    if let Some(disabled) = columns.disabled {
        problems.note("column_disabled", grid.header_at().column(disabled), "");
    }
    let root_at = At::sheet(SheetId::Survey);
    let root = Open {
        node: 0,
        block: None,
        at: root_at,
        word: String::new(),
        path: settings.root.len(),
        names: HashMap::new(),
        names_lower: HashMap::new(),
        table_list: None,
    };
    let texts = SheetTexts { at: grid.header_at(), texts: columns.text_columns() };
    let mut reader = Reader {
        grid,
        columns,
        settings,
        choices,
        external,
        problems,
        tree: Tree::new(&settings.root, root_at),
        open: vec![root],
        meta: Vec::new(),
        repeats: HashMap::new(),
        with_other: HashSet::new(),
        without_blanks: HashSet::new(),
        skipped: 0,
    };
    for row in reader.grid.row_indexes() {
        if reader.tree.nodes.len() > MAX_NODES {
            let at = reader.grid.at(row);
            reader.problems.note_other("rows_many", at, "", &MAX_NODES.to_string());
            break;
        }
        reader.row(row);
    }
    reader.finish();
    Survey { tree: reader.tree, texts }
}

struct Reader<'a> {
    grid: Grid<'a>,
    columns: Columns,
    settings: &'a Settings,
    choices: &'a mut Choices,
    external: &'a Choices,
    problems: &'a mut Problems,
    tree: Tree,
    open: Vec<Open>,
    /// Nodes of the meta group that rows ask for.
    meta: Vec<Node>,
    /// Repeats by name, which must differ in the whole form.
    repeats: HashMap<String, u32>,
    /// Lists that have been looked through for an «other», and for names with blanks.
    with_other: HashSet<String>,
    without_blanks: HashSet<String>,
    /// Blocks too deep to be kept, whose ends are awaited.
    skipped: usize,
}

impl Reader<'_> {
    fn row(&mut self, row: usize) {
        if self.grid.is_blank(row) {
            return;
        }
        if let Some(disabled) = self.grid.get(row, self.columns.disabled)
            && yes_no(&disabled.text) == Some(true)
        {
            return;
        }
        let name = self.grid.get(row, self.columns.name);
        let Some(kind) = self.grid.get(row, self.columns.kind) else {
            let at = self.grid.at(row);
            let labelled = self.columns.label.iter().any(|(_, column)| self.grid.cell(row, *column).is_some());
            if self.columns.kind.is_some() {
                match name.is_some() || labelled {
                    true => self.problems.note("type_missing", at, ""),
                    false => self.problems.note("row_skipped", at, ""),
                }
            }
            return;
        };
        let word = kind.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(block) = Block::closed_by(&word) {
            self.close(block, &kind);
        } else if let Some(block) = Block::opened_by(&word) {
            self.begin(row, block, &kind, name);
        } else {
            self.question(row, &word, &kind, name);
        }
    }

    fn here(&mut self) -> &mut Open {
        self.open.last_mut().expect("the root stays open")
    }

    fn close(&mut self, block: Block, kind: &Cell) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        match self.open.iter().rposition(|open| open.block == Some(block)) {
            // A block left open inside closes with the one around it, so that one slip is one problem.
            Some(position) => {
                for left in self.open.drain(position..).skip(1) {
                    self.problems.note("begin_unclosed", left.at, &left.word);
                }
            }
            None => self.problems.note("end_unmatched", kind.at, &kind.text),
        }
    }

    fn begin(&mut self, row: usize, block: Block, kind: &Cell, name: Option<Cell>) {
        let repeats_around = self.open.iter().filter(|open| open.block == Some(Block::Repeat)).count();
        let path = self.here().path + 1 + name.as_ref().map_or(0, |name| name.text.len());
        let limit = match block {
            _ if self.open.len() > MAX_DEPTH => Some(MAX_DEPTH),
            Block::Repeat if repeats_around >= MAX_REPEAT_DEPTH => Some(MAX_REPEAT_DEPTH),
            _ if path > MAX_PATH => Some(self.open.len()),
            _ => None,
        };
        if self.skipped > 0 || limit.is_some() {
            self.problems.note_other("too_deep", kind.at, "", &limit.unwrap_or(MAX_DEPTH).to_string());
            self.skipped += 1;
            return;
        }
        if block == Block::Loop {
            self.problems.note("loop_unsupported", kind.at, &kind.text);
        }
        let name = match name {
            Some(name) => self.claim(name),
            None => {
                self.problems.note("name_missing", self.grid.at(row), "");
                format!("unnamed_{}", row + 1)
            }
        };
        let is_repeat = block == Block::Repeat;
        let mut node = Node::new(name.clone(), if is_repeat { Kind::Repeat } else { Kind::Group }, self.grid.at(row));
        self.fill(&mut node, row);
        node.control.extend(self.grid.get(row, self.columns.intent).map(|cell| ("intent".to_owned(), cell)));
        let parent = self.here().node;
        if is_repeat {
            if let Some(first) = self.repeats.insert(name.clone(), row as u32 + 1) {
                self.problems.note_other("repeat_name_duplicate", node.at, &name, &first.to_string());
            } else if name == self.settings.root {
                self.problems.note("name_reserved", node.at, &name);
            }
            if node.label.is_none() && node.media.is_empty() {
                self.problems.note("repeat_label_missing", node.at, &name);
            }
        }
        if let Some((_, count)) = node.control.iter_mut().find(|(key, _)| key == "jr:count")
            && sole_reference(&count.text).is_none()
        {
            let counter = format!("{name}_count");
            let mut calculated = Node::new(counter.clone(), Kind::Question(&CALCULATE), self.grid.at(row));
            calculated.set_bind("type", Cell { text: "string".to_owned(), at: count.at });
            calculated.set_bind("readonly", Cell { text: "true()".to_owned(), at: count.at });
            calculated.set_bind("calculate", count.clone());
            count.text = format!("${{{counter}}}");
            self.tree.add(parent, calculated);
        }
        let table_list = self.table_list(&mut node, row);
        let node = self.tree.add(parent, node);
        let table_list = table_list.map(|note| {
            if let Some(note) = note {
                self.tree.add(node, note);
            }
            None
        });
        self.open.push(Open {
            node,
            block: Some(block),
            at: kind.at,
            word: kind.text.clone(),
            path,
            names: HashMap::new(),
            names_lower: HashMap::new(),
            table_list,
        });
    }

    /// Turns the appearance `table-list` into a field list; its label moves into a note so that it shows.
    fn table_list(&mut self, node: &mut Node, row: usize) -> Option<Option<Node>> {
        if !node.appearance().split(' ').any(|word| word == "table-list") {
            return None;
        }
        let kept: Vec<&str> = node.appearance().split(' ').filter(|word| *word != "table-list").collect();
        let text = std::iter::once("field-list").chain(kept).collect::<Vec<_>>().join(" ");
        let at = node.at;
        node.set_control("appearance", Cell { text, at });
        if node.label.is_none() && node.hint.is_none() {
            return Some(None);
        }
        let mut note = Node::new(format!("generated_table_list_label_{}", row + 1), Kind::Question(&NOTE), at);
        apply_type(&mut note, &NOTE);
        note.label = node.label.take();
        note.hint = node.hint.take();
        Some(Some(note))
    }

    /// Checks a name among its siblings; a second row of the same name gets a number, as Kobo gives it.
    fn claim(&mut self, name: Cell) -> String {
        if !is_xml_name(&name.text) || name.text.len() > MAX_NAME || name.text.contains(':') {
            self.problems.note("name_invalid", name.at, &name.text);
            // Something that can be written, so that the rest is checked too.
            return format!("invalid_{}", name.at.row);
        }
        if name.text == "meta" {
            self.problems.note("name_reserved", name.at, &name.text);
        }
        let (at, row) = (name.at, name.at.row);
        let siblings = self.open.last_mut().expect("the root stays open");
        if let Some(first) = siblings.names.get(&name.text) {
            let first = first.to_string();
            self.problems.note_other("name_duplicate", at, &name.text, &first);
            // The count of namesakes is kept under a word that no name can be.
            let key = format!("{} ", name.text);
            let mut counter = siblings.names.get(&key).copied().unwrap_or(0);
            let numbered = loop {
                counter += 1;
                let candidate = format!("{}_{counter:03}", name.text);
                if !siblings.names.contains_key(&candidate) {
                    break candidate;
                }
            };
            siblings.names.insert(key, counter);
            siblings.names.insert(numbered.clone(), row);
            return numbered;
        }
        if let Some(first) = siblings.names_lower.insert(name.text.to_lowercase(), row) {
            self.problems.note_other("name_differs_by_case", at, &name.text, &first.to_string());
        }
        siblings.names.insert(name.text.clone(), row);
        name.text
    }

    fn question(&mut self, row: usize, word: &str, kind: &Cell, name: Option<Cell>) {
        let at = self.grid.at(row);
        let select = match select_type(word) {
            Some(Ok(select)) => Some(select),
            Some(Err(())) => {
                self.problems.note("list_missing", kind.at, word);
                return;
            }
            None => None,
        };
        let known = match &select {
            Some(select) => Some(select.kind.question_type()),
            None => question_type(word.strip_prefix("osm ").map_or(word, |_| "osm")),
        };
        let Some(known) = known else {
            let first = word.split(' ').next().unwrap_or(word);
            let words = type_words();
            let suggestion = self
                .problems
                .suggest(&word.replace(' ', "_"), words.iter().copied())
                .or_else(|| self.problems.suggest(first, words.iter().copied()));
            self.problems.note_with("type_unknown", kind.at, word, "", suggestion);
            if let Some(name) = name {
                // The name counts, or every reference to it would be a problem of its own.
                let name = self.claim(name);
                let parent = self.here().node;
                self.tree.add(parent, Node::new(name, Kind::Question(&CALCULATE), at));
            }
            return;
        };
        if known.name == "audit" {
            self.audit(row, name, known);
            return;
        }
        let name = match name {
            Some(name) => self.claim(name),
            None if known.name == "note" => format!("generated_note_name_{}", row + 1),
            None => {
                self.problems.note("name_missing", at, "");
                return;
            }
        };
        let parent = self.here().node;
        if let "csv-external" | "xml-external" = known.name {
            let ending = if known.name == "csv-external" { "csv" } else { "xml" };
            self.tree.add(parent, Node::new(name, Kind::ExternalFile(ending), at));
            return;
        }
        let mut node = Node::new(name, Kind::Question(known), at);
        apply_type(&mut node, known);
        self.fill(&mut node, row);
        self.defaults_and_triggers(&mut node, known, row);
        let parameters = Parameters::read(self.grid.get(row, self.columns.parameters), self.problems);
        match select {
            Some(select) => self.select(row, node, &select, kind, &parameters, parent),
            None => {
                self.typed(&mut node, known, &parameters, row);
                self.tree.add(parent, node);
            }
        }
    }

    fn texts(&self, row: usize, columns: &TextColumns) -> Option<Text> {
        let cells = columns.iter().filter_map(|(l, c)| self.grid.cell(row, *c).map(|cell| (l.clone(), cell)));
        Text::from_cells(cells, &self.settings.default_language)
    }

    /// What every kind of row may say.
    fn fill(&mut self, node: &mut Node, row: usize) {
        node.label = self.texts(row, &self.columns.label);
        node.hint = self.texts(row, &self.columns.hint).or_else(|| node.hint.take());
        node.guidance = self.texts(row, &self.columns.guidance);
        let media: Media =
            (0..MEDIA.len()).filter_map(|kind| Some((kind, self.texts(row, &self.columns.media[kind])?))).collect();
        if let (Some((_, text)), false) =
            (media.iter().find(|(kind, _)| MEDIA[*kind] == "big-image"), media.iter().any(|(kind, _)| *kind == 0))
        {
            let at = text.cells().next().map_or(node.at, |cell| cell.at);
            self.problems.note("big_image_alone", at, "");
        }
        node.media = media;
        for (key, columns) in MESSAGES.iter().zip(&self.columns.messages) {
            node.messages.extend(self.texts(row, columns).map(|text| (*key, text)));
        }
        for (key, column) in &self.columns.bind {
            if let Some(mut cell) = self.grid.cell(row, *column) {
                if matches!(key.as_str(), "readonly" | "required" | "relevant" | "constraint" | "calculate")
                    && let Some(yes) = yes_no(&cell.text)
                {
                    cell.text = if yes { "true()" } else { "false()" }.to_owned();
                }
                node.set_bind(key, cell);
            }
        }
        for (key, column) in &self.columns.control {
            if let Some(cell) = self.grid.cell(row, *column) {
                node.set_control(key, cell);
            }
        }
        for (key, column) in &self.columns.instance {
            node.instance.extend(self.grid.cell(row, *column).map(|cell| (key.clone(), cell)));
        }
    }

    fn defaults_and_triggers(&mut self, node: &mut Node, known: &QuestionType, row: usize) {
        if let Some(default) = self.grid.get(row, self.columns.default) {
            let plain_hyphen = matches!(known.name, "date" | "dateTime" | "geopoint" | "geotrace" | "geoshape");
            node.dynamic_default = is_dynamic_default(&default.text, plain_hyphen);
            node.default = Some(default);
        }
        if let Some(trigger) = self.grid.get(row, self.columns.trigger) {
            let names = trigger.text.split(',').map(|part| sole_reference(part.trim()));
            match names.collect::<Option<Vec<_>>>() {
                Some(names) => node.trigger = names.into_iter().map(|name| (name.to_owned(), trigger.at)).collect(),
                None => self.problems.note("trigger_malformed", trigger.at, &trigger.text),
            }
        }
        if known.name == "calculate" && node.bind("calculate").is_none() && !node.dynamic_default {
            self.problems.note("calculation_missing", node.at, &node.name);
        }
        if matches!(known.name, "subscriberid" | "simserial") {
            self.problems.note("device_field_old", node.at, known.name);
        }
    }

    /// Closes what is open and adds the meta group.
    fn finish(&mut self) {
        for left in self.open.drain(1..) {
            self.problems.note("begin_unclosed", left.at, &left.word);
        }
        if self.tree.nodes.len() == 1 {
            self.problems.note("survey_empty", At::sheet(SheetId::Survey), "");
        }
        let at = At::sheet(SheetId::Settings);
        let mut meta = std::mem::take(&mut self.meta);
        let cell = |text: &str| Cell { text: text.to_owned(), at };
        if !self.settings.omit_instance_id {
            let mut node = Node::new("instanceID", Kind::Question(&CALCULATE), at);
            apply_type(&mut node, &CALCULATE);
            node.set_bind("readonly", cell("true()"));
            node.set_bind("jr:preload", cell(&self.settings.instance_id));
            meta.push(node);
        }
        if let Some(formula) = &self.settings.instance_name {
            let mut node = Node::new("instanceName", Kind::Question(&CALCULATE), at);
            apply_type(&mut node, &CALCULATE);
            node.set_bind("calculate", formula.clone());
            meta.push(node);
        }
        if !meta.is_empty() {
            let group = self.tree.add(0, Node::new("meta", Kind::Meta, at));
            for node in meta {
                self.tree.add(group, node);
            }
        }
        self.check_shared_lists();
    }

    /// Items of a search stand in the body, so a list cannot serve a search and an itemset.
    fn check_shared_lists(&mut self) {
        let mut plain: HashMap<&str, At> = HashMap::new();
        let lists = |search: bool| {
            self.tree.nodes.iter().filter_map(move |node| match &node.select {
                Some(Select { items: Items::List(list), search: s, .. }) if *s == search => Some((list, node.at)),
                _ => None,
            })
        };
        plain.extend(lists(false).map(|(list, at)| (list.as_str(), at)));
        for (list, at) in lists(true).filter(|(list, _)| plain.contains_key(list.as_str())) {
            self.problems.note("search_shared_list", at, list);
        }
    }
}

/// Puts what the type says into the bind and the hint of a node.
fn apply_type(node: &mut Node, known: &'static QuestionType) {
    let at = node.at;
    for (key, value) in known.bind {
        node.set_bind(key, Cell { text: (*value).to_owned(), at });
    }
    if !known.hint.is_empty() {
        node.hint = Some(Text::Plain(Cell { text: known.hint.to_owned(), at }));
    }
    if let Control::Upload(media) = known.control {
        node.set_control("mediatype", Cell { text: media.to_owned(), at });
    }
}
