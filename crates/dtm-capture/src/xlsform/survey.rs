//! The survey sheet: rows become the tree of a form.
//!
//! A row opens or closes a block, or asks a question. Everything a row says is checked here except its expressions,
//! which need all names first and are checked when the form is written.

mod blocks;
mod finish;
mod loops;
mod range;
mod select;
mod typed;

use super::cells::{Cell, Grid, Page, SheetTexts, TextColumns, Vocabulary, is_xml_name};
use super::choices::{Choices, known_prefix};
use super::entities::{Entities, SAVE_TO};
use super::expression::{is_dynamic_default, mentions, scan_text};
use super::model::{Kind, MEDIA, Media, Node, Text, Tree};
use super::parameters::Parameters;
use super::problem::{At, Problems, SheetId};
use super::question_type::{
    Block, CALCULATE, Control, QuestionType, exact_name, question_type, select_type, type_words,
};
use super::references::Given;
use super::settings::{Settings, yes_no};
use crate::xform::READABLE;
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

pub(super) const VOCABULARY: Vocabulary = Vocabulary {
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
        "bind",
        "control",
        "instance",
        "media",
        "query",
        "sms_field",
    ],
    others: &["disabled", "intent", "hxl", "notes", "note", "comments"],
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
        ("readable", &["bind", READABLE]),
    ],
};

/// The attributes of a bind that are texts.
const MESSAGES: [&str; 3] = ["jr:constraintMsg", "jr:requiredMsg", "jr:noAppErrorString"];

/// The columns that may carry a language, those that name an attribute, and those that are one thing for the whole form.
const TEXTS: [&[&str]; 7] = [
    &["label"],
    &["hint"],
    &["guidance_hint"],
    &["media"],
    &["bind", "jr:constraintMsg"],
    &["bind", "jr:requiredMsg"],
    &["bind", "jr:noAppErrorString"],
];
const FAMILIES: [&str; 3] = ["bind", "control", "instance"];
const WORDS: [&str; 7] = ["type", "name", "default", "trigger", "parameters", "choice_filter", "disabled"];

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
        for column in grid.columns.iter().filter(|column| column.path.len() > 1 && column.path[0] == "media") {
            if !MEDIA.contains(&column.path[1].as_str()) {
                let filled = grid.row_indexes().find_map(|row| grid.cell(row, column.index));
                filled.into_iter().for_each(|cell| problems.note("media_kind", cell.at, &column.path[1]));
            }
        }
        let mut attributes = |group: &str| -> Vec<(String, usize)> {
            let mut found = Vec::new();
            for column in grid.columns.iter().filter(|column| column.path.len() == 2 && column.path[0] == group) {
                let name = column.path[1].clone();
                if group == "bind" && MESSAGES.contains(&name.as_str()) {
                    continue;
                }
                let is_ours = name == "entities:saveto" || name == READABLE;
                if is_xml_name(&name) && (is_ours || known_prefix(&name, settings)) && name != "xmlns" {
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
        let messages = ["constraint_message", "required_message"];
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
    /// The list of a loop.
    list: Option<Cell>,
}

/// A row as other sheets may speak of it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) at: At,
    /// Its name; a row that closes a block has none.
    pub(super) name: Option<String>,
    pub(super) node: Option<usize>,
    /// The section it stands in.
    pub(super) section: usize,
    /// Whether it opens or closes a block.
    pub(super) is_block: bool,
    /// The property of an entity that it is saved to.
    pub(super) save_to: Option<Cell>,
}

/// What the survey sheet holds.
pub(super) struct Survey {
    pub(super) tree: Tree,
    /// The languages of the sheet.
    pub(super) texts: SheetTexts,
    pub(super) rows: Vec<Row>,
    /// The names that may be referred to.
    pub(super) given: Given,
    /// Settings that stand among the rows: which, and what.
    pub(super) settings: Vec<(&'static str, String)>,
    /// Whether a question takes an `or_other`.
    pub(super) or_other: bool,
}

/// The other sheets, as far as the rows of a survey need them.
pub(super) struct Others<'a> {
    pub(super) settings: &'a Settings,
    /// May grow by an «other».
    pub(super) choices: &'a mut Choices,
    pub(super) external: &'a Choices,
    pub(super) entities: &'a Entities,
    /// The names of the tabs, for those who look for a sheet.
    pub(super) tabs: &'a [String],
}

/// Reads the survey.
pub(super) fn read(page: Page<'_>, others: Others<'_>, problems: &mut Problems) -> Survey {
    let settings = others.settings;
    let grid = Grid::read(page, SheetId::Survey, &VOCABULARY, settings.clean_text, problems);
    grid.check_headers(&TEXTS, &FAMILIES, &WORDS, problems);
    let columns = Columns::find(&grid, settings, problems);
    if columns.kind.is_none() {
        problems.note("header_missing", grid.header_at(), "type");
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
        list: None,
    };
    let texts = SheetTexts { at: grid.header_at(), texts: columns.text_columns() };
    let mut reader = Reader {
        grid,
        columns,
        others,
        settings,
        problems,
        tree: Tree::new(&settings.root, root_at),
        open: vec![root],
        meta: Vec::new(),
        repeats: HashMap::new(),
        with_other: HashSet::new(),
        without_blanks: HashSet::new(),
        with_none: HashSet::new(),
        skipped: 0,
        table_list: None,
        rows: Vec::new(),
        given: Given::default(),
        among_rows: Vec::new(),
        geometries: Vec::new(),
        instances: HashSet::new(),
        triggers: Vec::new(),
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
    Survey {
        tree: reader.tree,
        texts,
        rows: reader.rows,
        given: reader.given,
        settings: reader.among_rows,
        or_other: !reader.with_other.is_empty(),
    }
}

struct Reader<'a> {
    grid: Grid<'a>,
    columns: Columns,
    others: Others<'a>,
    settings: &'a Settings,
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
    /// Lists that have been given the constraint on «none».
    with_none: HashSet<String>,
    /// Blocks too deep to be kept, whose ends are awaited.
    skipped: usize,
    /// In a table-list: the list once its first question is met.
    table_list: Option<Option<String>>,
    rows: Vec<Row>,
    given: Given,
    among_rows: Vec<(&'static str, String)>,
    /// What `reference-geometry` names.
    geometries: Vec<Cell>,
    /// Names of the files and lists that questions look into.
    instances: HashSet<String>,
    /// Names that the trigger column holds.
    triggers: Vec<Cell>,
}

/// Words of the type column that are settings, the name column being their value.
const SETTINGS: [(&str, &str); 5] = [
    ("form_title", "title"),
    ("set_form_title", "title"),
    ("form_id", "id_string"),
    ("set_form_id", "id_string"),
    ("prefix", "prefix"),
];

impl Reader<'_> {
    fn row(&mut self, row: usize) {
        if self.grid.is_blank(row) {
            return;
        }
        if let Some(disabled) = self.grid.get(row, self.columns.disabled) {
            self.problems.note("row_disabled", disabled.at, "");
            if yes_no(&disabled.text) == Some(true) {
                return;
            }
        }
        let name = self.grid.get(row, self.columns.name);
        let Some(kind) = self.grid.get(row, self.columns.kind) else {
            let at = self.grid.at(row);
            let labelled = self.columns.label.iter().any(|(_, column)| self.grid.cell(row, *column).is_some());
            if self.columns.kind.is_some() {
                match name.is_some() || labelled {
                    true => self.problems.note("type_missing", at, ""),
                    false if self.only_disabled(row) => {}
                    false => self.problems.note("row_skipped", at, ""),
                }
            }
            return;
        };
        let word = kind.text.as_str();
        if let Some((_, setting)) = SETTINGS.iter().find(|(known, _)| *known == word) {
            self.among_rows.push((setting, name.map_or_else(|| "None".to_owned(), |name| name.text)));
        } else if let Some(block) = Block::closed_by(word) {
            self.parameters(row);
            self.trigger(row);
            self.remember(row, None, None, true);
            self.close(block, &kind);
        } else if let Some((block, list)) = Block::opened_by(word) {
            let list = list.map(|list| Cell { text: list.to_owned(), at: kind.at });
            self.begin(row, block, &kind, list, name);
        } else {
            self.question(row, word, &kind, name);
        }
    }

    /// Whether a row says nothing but that it is not disabled.
    fn only_disabled(&self, row: usize) -> bool {
        let mut filled = self.grid.columns.iter().filter(|column| self.grid.cell(row, column.index).is_some());
        filled.all(|column| Some(column.index) == self.columns.disabled)
    }

    /// Keeps what other sheets need of a row.
    fn remember(&mut self, row: usize, name: Option<&Cell>, node: Option<usize>, is_block: bool) {
        let section = match (is_block, node) {
            (_, Some(node)) => self.tree.nodes[node].parent,
            _ => self.here().node,
        };
        let save_to = self.columns.bind.iter().find(|(key, _)| key == SAVE_TO).map(|(_, column)| *column);
        let name = name.map(|name| name.text.clone());
        if let Some(name) = &name {
            self.given.add(name, row as u32 + 1);
        }
        let save_to = self.grid.get(row, save_to);
        self.rows.push(Row { at: self.grid.at(row), name, node, section, is_block, save_to });
    }

    fn here(&mut self) -> &mut Open {
        self.open.last_mut().expect("the root stays open")
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
        let select = select_type(word);
        let known = match &select {
            Some(Ok(select)) => Some(select.kind.question_type()),
            Some(Err(())) => None,
            None => question_type(if osm_list(word).is_some() { "osm" } else { word }),
        };
        if word == "audit" {
            if let Some(known) = known {
                self.audit(row, name, known);
            }
            return;
        }
        let given = name.clone();
        let name = match name {
            Some(name) => self.claim(name),
            None if word == "note" => format!("generated_note_name_{}", self.grid.ordinal(row)),
            None => {
                self.problems.note("name_missing", at, "");
                format!("unnamed_{}", row + 1)
            }
        };
        let given = given.or_else(|| (word == "note").then(|| Cell { text: name.clone(), at }));
        let parent = self.here().node;
        let trigger = self.trigger(row);
        let parameters = self.parameters(row);
        let Some(known) = known else {
            match select {
                Some(_) => self.problems.note("list_missing", kind.at, word),
                None => self.unknown_type(word, kind.at),
            }
            // The name counts, or every reference to it would be a problem of its own.
            let node = self.tree.add(parent, Node::new(name, Kind::Question(&CALCULATE), at));
            self.remember(row, given.as_ref(), Some(node), false);
            return;
        };
        if let "csv-external" | "xml-external" = known.name {
            let ending = if known.name == "csv-external" { "csv" } else { "xml" };
            self.instances.insert(stem(&name).to_owned());
            let node = self.tree.add(parent, Node::new(name, Kind::ExternalFile(ending), at));
            self.remember(row, given.as_ref(), Some(node), false);
            return;
        }
        let exact = exact_name(known, word);
        let mut node = Node::new(name, Kind::Question(known), at);
        apply_type(&mut node, known);
        self.fill(&mut node, row);
        node.trigger = trigger;
        self.defaults(&mut node, exact, row);
        let index = match select {
            Some(Ok(select)) => self.select(row, node, &select, kind, &parameters, parent),
            _ => {
                self.typed(&mut node, exact, &parameters);
                node.tags = osm_list(word).map(str::to_owned);
                self.tree.add(parent, node)
            }
        };
        self.remember(row, given.as_ref(), Some(index), false);
    }

    fn unknown_type(&mut self, word: &str, at: At) {
        let first = word.split(' ').next().unwrap_or(word);
        let words = type_words();
        let suggestion = self
            .problems
            .suggest(&word.replace(' ', "_"), words.iter().copied())
            .or_else(|| self.problems.suggest(first, words.iter().copied()));
        self.problems.note_with("type_unknown", at, word, "", suggestion);
    }

    /// The parameters of a row.
    fn parameters(&mut self, row: usize) -> Parameters {
        Parameters::read(self.grid.get(row, self.columns.parameters), self.problems)
    }

    fn texts(&self, row: usize, columns: &TextColumns, own_column: bool) -> Option<Text> {
        let cells = columns.iter().filter_map(|(l, c)| self.grid.cell(row, *c).map(|cell| (l.clone(), cell)));
        Text::from_cells(cells, &self.settings.default_language, own_column)
    }

    /// What every kind of row may say.
    fn fill(&mut self, node: &mut Node, row: usize) {
        node.label = self.texts(row, &self.columns.label, true);
        node.hint = self.texts(row, &self.columns.hint, true).or_else(|| node.hint.take());
        node.guidance = self.texts(row, &self.columns.guidance, true);
        let media: Media = (0..MEDIA.len())
            .filter_map(|kind| Some((kind, self.texts(row, &self.columns.media[kind], false)?)))
            .collect();
        node.media = media;
        for (key, columns) in MESSAGES.iter().zip(&self.columns.messages) {
            node.messages.extend(self.texts(row, columns, false).map(|text| (*key, text)));
        }
        for (key, column) in &self.columns.bind {
            if let Some(cell) = self.grid.cell(row, *column) {
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

    /// What a question holds before it is asked; `exact` is its type's own name.
    fn defaults(&mut self, node: &mut Node, exact: &str, row: usize) {
        if let Some(default) = self.grid.get(row, self.columns.default) {
            let plain_hyphen = matches!(exact, "date" | "dateTime" | "geopoint" | "geotrace" | "geoshape");
            node.dynamic_default = is_dynamic_default(&default.text, plain_hyphen);
            node.default = Some(default);
        }
        if exact == "calculate" && node.bind("calculate").is_none() && !node.dynamic_default {
            self.problems.note("calculation_missing", node.at, &node.name);
        }
        if matches!(exact, "subscriberid" | "simserial") {
            self.problems.note("device_field_old", node.at, exact);
        }
    }

    /// The questions whose change sets a value: references with commas between.
    fn trigger(&mut self, row: usize) -> Vec<(String, At)> {
        let Some(cell) = self.grid.get(row, self.columns.trigger) else { return Vec::new() };
        let mut names: Vec<(String, At)> = Vec::new();
        for part in cell.text.split(',') {
            let part = Cell { text: part.to_owned(), at: cell.at };
            let found = scan_text(&part, self.problems);
            if found.len() > 1 {
                self.problems.note("trigger_malformed", cell.at, &cell.text);
            }
            names.extend(found.iter().map(|reference| (reference.name.to_owned(), cell.at)));
        }
        if !mentions(&cell.text) {
            self.problems.note("trigger_malformed", cell.at, &cell.text);
        }
        let at = cell.at;
        self.triggers.extend(names.iter().map(|(name, _)| Cell { text: name.clone(), at }));
        names
    }
}

/// The list of tags of a type such as `osm building`.
fn osm_list(word: &str) -> Option<&str> {
    let (_, rest) = word.split_once("osm ")?;
    rest.split(char::is_whitespace).next().filter(|list| !list.is_empty())
}

/// The name of a file without its ending.
pub(super) fn stem(file: &str) -> &str {
    match file.rfind('.') {
        Some(dot) if file[..dot].chars().any(|c| c != '.') => &file[..dot],
        _ => file,
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
