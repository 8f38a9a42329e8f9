//! The survey sheet: rows become the tree of a form.
//!
//! A row opens or closes a block, or asks a question. Everything a row says is checked here except its expressions,
//! which need all names first and are checked when the form is written.

use super::cells::{Cell, Grid, TextColumns, Vocabulary, is_xml_name};
use super::choices::{Choices, known_prefix};
use super::expression::{is_dynamic_default, mentions, scan_text, sole_reference};
use super::model::{Action, Choice, Items, Kind, MEDIA, Media, Node, Select, Text, Tree};
use super::parameters::Parameters;
use super::problem::{At, Problems, SheetId};
use super::question_type::{
    Block, CALCULATE, Control, NOTE, QuestionType, SelectKind, SelectType, TEXT, question_type, select_type, type_words,
};
use super::settings::{Settings, yes_no};
use crate::workbook::Sheet;
use std::collections::HashMap;

/// Groups inside of groups.
const MAX_DEPTH: usize = 40;
/// Repeats inside of repeats; each level writes the ones below it twice.
const MAX_REPEAT_DEPTH: usize = 8;
/// Longest name of a node.
const MAX_NAME: usize = 250;

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
                    problems.note("prefix_unknown", At::row(grid.id, 1).column(column.index), &name);
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
    names: HashMap<String, u32>,
    names_lower: HashMap<String, u32>,
    /// In a table-list: the list once its first question is met.
    table_list: Option<Option<String>>,
}

/// What the survey sheet holds.
pub(super) struct Survey {
    pub(super) tree: Tree,
    /// Text columns and their languages, for the check of translations.
    pub(super) text_columns: Vec<(&'static str, TextColumns)>,
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
        problems.note("header_missing", At::row(SheetId::Survey, 1), "type");
    }
    if let Some(disabled) = columns.disabled {
        problems.note("column_disabled", At::row(SheetId::Survey, 1).column(disabled), "");
    }
    let root_at = At::sheet(SheetId::Survey);
    let root = Open {
        node: 0,
        block: None,
        at: root_at,
        word: String::new(),
        names: HashMap::new(),
        names_lower: HashMap::new(),
        table_list: None,
    };
    let text_columns = columns.text_columns();
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
        skipped: 0,
    };
    for row in reader.grid.row_indexes() {
        reader.row(row);
    }
    reader.finish();
    Survey { tree: reader.tree, text_columns }
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
        if self.skipped > 0 || self.open.len() > MAX_DEPTH || repeats_around >= MAX_REPEAT_DEPTH {
            let limit = if self.open.len() > MAX_DEPTH { MAX_DEPTH } else { MAX_REPEAT_DEPTH };
            self.problems.note_other("too_deep", kind.at, "", &limit.to_string());
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

    /// What the parameters of a type other than a select mean.
    fn typed(&mut self, node: &mut Node, known: &QuestionType, parameters: &Parameters, row: usize) {
        let problems = &mut *self.problems;
        let whole = |number: f64| number.fract() == 0.0;
        match known.name {
            "text" => {
                parameters.allow(&["rows"], problems);
                if let Some((rows, _)) = parameters.number("rows", "1, 2, 3 …", whole, problems) {
                    node.set_control("rows", rows.clone());
                }
            }
            "image" => {
                parameters.allow(&["app", "max-pixels"], problems);
                match parameters.number("max-pixels", "1024", whole, problems) {
                    Some((pixels, _)) => node.set_bind("orx:max-pixels", pixels.clone()),
                    None if parameters.get("max-pixels").is_none() => {
                        problems.note("max_pixels_missing", node.at, "");
                    }
                    None => {}
                }
                if let Some(app) = parameters.get("app")
                    && matches!(node.appearance(), "" | "annotate")
                {
                    let valid = app.text.split('.').count() > 1
                        && app.text.split('.').all(|part| part.starts_with(|c: char| c.is_ascii_alphabetic()))
                        && app.text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
                    match valid {
                        true => node.set_control("intent", app.clone()),
                        false => problems.note_other("parameter_value", app.at, &app.text, "org.example.app"),
                    }
                }
                if let Some(default) = &mut node.default
                    && !node.dynamic_default
                    && !default.text.contains("jr://images/")
                {
                    default.text.insert_str(0, "jr://images/");
                }
            }
            "audio" => {
                parameters.allow(&["quality"], problems);
                let words = ["voice-only", "low", "normal", "external"];
                if let Some(quality) = parameters.word("quality", &words, problems) {
                    node.set_bind("odk:quality", quality.clone());
                }
            }
            "background-audio" => {
                parameters.allow(&["quality"], problems);
                let quality = parameters.word("quality", &["voice-only", "low", "normal"], problems);
                node.actions.push(Action::RecordAudio(quality.map(|cell| cell.text.clone())));
            }
            "start-geopoint" => node.actions.push(Action::SetGeopoint),
            "background-geopoint" if node.trigger.is_empty() || node.bind("calculate").is_some() => {
                problems.note("trigger_missing", node.at, &node.name);
            }
            "geopoint" | "geotrace" | "geoshape" => geography(node, known, parameters, problems),
            "range" => self.range(node, parameters, row),
            _ => {}
        }
    }

    fn range(&mut self, node: &mut Node, parameters: &Parameters, row: usize) {
        let names = ["start", "end", "step", "tick_interval", "placeholder", "tick_labelset"];
        parameters.allow(&names, self.problems);
        let mut read = |key: &str, default: Option<f64>| {
            let read = parameters.number(key, "1, 2.5, -3 …", |_| true, self.problems);
            read.map(|(_, number)| number).or(default)
        };
        let (start, end) = (read("start", Some(1.0)).unwrap_or(1.0), read("end", Some(10.0)).unwrap_or(10.0));
        let step = read("step", Some(1.0)).unwrap_or(1.0);
        let (interval, placeholder) = (read("tick_interval", None), read("placeholder", None));
        let width = (end - start).abs();
        let at = |key: &str| parameters.get(key).map_or(At::row(SheetId::Survey, row as u32 + 1), |cell| cell.at);
        let (low, high) = (start.min(end), start.max(end));
        for (key, number) in [("step", Some(step)), ("tick_interval", interval)] {
            if let Some(number) = number
                && (number == 0.0 || number > width)
            {
                let word = format!("{key}={number}");
                self.problems.note_other("parameter_value", at(key), &word, &format!("0 < {key} <= {width}"));
            }
        }
        let multiple = |number: f64, of: f64| of == 0.0 || ((number / of) - (number / of).round()).abs() < 1e-9;
        let fits = interval.is_none_or(|interval| multiple(interval, step));
        if !fits {
            self.problems.note_other("parameter_value", at("tick_interval"), "tick_interval", &format!("n × {step}"));
        }
        if let Some(placeholder) = placeholder
            && !((low..=high).contains(&placeholder) && multiple(placeholder - start, step))
        {
            let word = format!("placeholder={placeholder}");
            self.problems.note_other("parameter_value", at("placeholder"), &word, &format!("{low} … {high}"));
        }
        let place = at("start");
        for (key, parameter, default) in [("start", "start", "1"), ("end", "end", "10"), ("step", "step", "1")] {
            let text = parameters.get(parameter).map_or(default, |cell| &cell.text).to_owned();
            node.set_control(key, Cell { text, at: place });
        }
        for (key, parameter) in [("odk:tick-interval", "tick_interval"), ("odk:placeholder", "placeholder")] {
            if let Some(cell) = parameters.get(parameter) {
                node.set_control(key, cell.clone());
            }
        }
        let all = [Some(start), Some(end), Some(step), interval, placeholder];
        if all.into_iter().flatten().any(|number| number.fract() != 0.0) {
            node.set_bind("type", Cell { text: "decimal".to_owned(), at: place });
        }
        if let Some(list) = parameters.get("tick_labelset") {
            if self.choices.get(&list.text).is_none() {
                let suggestion = self.problems.suggest(&list.text, self.choices.names());
                self.problems.note_with("list_unknown", list.at, &list.text, "", suggestion);
            }
            node.select = Some(plain_select(SelectKind::One, Items::List(list.text.clone())));
        }
    }

    fn select(
        &mut self,
        row: usize,
        mut node: Node,
        select: &SelectType<'_>,
        kind: &Cell,
        parameters: &Parameters,
        parent: usize,
    ) {
        let filter = self.grid.get(row, self.columns.choice_filter);
        let items = self.items(select, kind);
        if select.from_file {
            parameters.allow(&["label", "randomize", "seed", "value"], self.problems);
        } else {
            parameters.allow(&["randomize", "seed"], self.problems);
        }
        let randomize = parameters.word("randomize", &["true", "false"], self.problems);
        let randomize = randomize.is_some_and(|cell| cell.text == "true");
        let seed = parameters.get("seed").filter(|seed| {
            let valid = sole_reference(&seed.text).is_some() || seed.text.parse::<f64>().is_ok();
            if !valid || parameters.get("randomize").is_none() {
                self.problems.note_other("parameter_value", seed.at, &seed.text, "randomize=true seed=1.5");
            }
            valid
        });
        for key in ["value", "label"] {
            if let Some(cell) = parameters.get(key)
                && !is_xml_name(&cell.text)
            {
                self.problems.note_other("parameter_value", cell.at, &cell.text, "column_name");
            }
        }
        if select.kind == SelectKind::Multiple
            && let Items::List(list) = &items
            && let Some(list) = self.choices.get(list)
        {
            for choice in list.choices.iter().filter(|choice| choice.name.contains(' ')) {
                self.problems.note("choice_name_blank", choice.at, &choice.name);
            }
        }
        if select.or_other {
            match &filter {
                Some(filter) => self.problems.note("or_other_filter", filter.at, ""),
                None => self.offer_other(&items, node.at),
            }
        }
        self.table_list_question(&mut node, select, &items, filter.as_ref(), row, parent);
        let text = |key: &str| parameters.get(key).map(|cell| cell.text.clone());
        let search = node.appearance().find("search(").is_some_and(|at| node.appearance()[at..].contains(')'));
        node.select = Some(Select {
            kind: select.kind,
            items,
            filter,
            randomize,
            seed: seed.cloned(),
            value_column: text("value"),
            label_column: text("label"),
            search,
        });
        let (name, at) = (node.name.clone(), node.at);
        self.tree.add(parent, node);
        if select.or_other {
            let mut other = Node::new(format!("{name}_other"), Kind::Question(&TEXT), at);
            apply_type(&mut other, &TEXT);
            other.label = Some(Text::Plain(Cell { text: "Specify other.".to_owned(), at }));
            other.set_bind("relevant", Cell { text: format!("selected(../{name}, 'other')"), at });
            self.tree.add(parent, other);
        }
    }

    /// Where the choices of a select come from.
    fn items(&mut self, select: &SelectType<'_>, kind: &Cell) -> Items {
        let list = select.list;
        let from = |text: &str| Cell { text: text.to_owned(), at: kind.at };
        let is_file = [".csv", ".xml", ".geojson"].iter().any(|ending| list.ends_with(ending));
        if list.contains(['\'', '"']) {
            self.problems.note("list_name_invalid", kind.at, list);
        }
        if select.kind == SelectKind::External {
            if !self.external.present {
                self.problems.note("external_choices_missing", kind.at, "");
            } else if self.external.get(list).is_none() {
                let suggestion = self.problems.suggest(list, self.external.names());
                self.problems.note_with("list_unknown", kind.at, list, "", suggestion);
            }
            return Items::External(list.to_owned());
        }
        if mentions(list) {
            return Items::Answers(from(list));
        }
        if select.from_file && !is_file {
            self.problems.note("file_kind", kind.at, list);
        }
        if is_file && self.choices.get(list).is_none() {
            return Items::File(list.to_owned());
        }
        if self.choices.get(list).is_none() && !select.from_file {
            if !self.choices.present {
                self.problems.note("choices_missing", At::sheet(SheetId::Choices), "");
            } else {
                let suggestion = self.problems.suggest(list, self.choices.names());
                self.problems.note_with("list_unknown", kind.at, list, "", suggestion);
            }
        }
        Items::List(list.to_owned())
    }

    /// Adds the choice «other» to a list that has none.
    fn offer_other(&mut self, items: &Items, at: At) {
        let Items::List(name) = items else { return };
        let Some(list) = self.choices.get_mut(name) else { return };
        if list.choices.iter().any(|choice| choice.name == "other") {
            return;
        }
        let other = || Cell { text: "Other".to_owned(), at };
        let mut languages: Vec<&String> = Vec::new();
        for choice in &list.choices {
            if let Some(Text::PerLanguage(texts)) = &choice.label {
                for (language, _) in texts {
                    if !languages.contains(&language) {
                        languages.push(language);
                    }
                }
            }
        }
        let label = match languages.is_empty() {
            true => Text::Plain(other()),
            false => Text::PerLanguage(languages.into_iter().map(|language| (language.clone(), other())).collect()),
        };
        let choice = Choice { name: "other".to_owned(), at, label: Some(label), media: Vec::new(), extra: Vec::new() };
        list.choices.push(choice);
    }

    /// In a table-list all questions share a list; the first is preceded by a row of labels.
    fn table_list_question(
        &mut self,
        node: &mut Node,
        select: &SelectType<'_>,
        items: &Items,
        filter: Option<&Cell>,
        row: usize,
        parent: usize,
    ) {
        let (Some(table), Items::List(list)) = (self.here().table_list.clone(), items) else { return };
        let at = node.at;
        match table {
            Some(first) if first != *list => {
                self.problems.note_other("table_list_mixed", at, list, &first);
            }
            Some(_) => {}
            None => {
                self.here().table_list = Some(Some(list.clone()));
                if let Some(filter) = filter {
                    self.problems.note("or_other_filter", filter.at, "");
                }
                let known = select.kind.question_type();
                let name = format!("reserved_name_for_field_list_labels_{}", row + 1);
                let mut header = Node::new(name, Kind::Question(known), at);
                apply_type(&mut header, known);
                header.set_control("appearance", Cell { text: "label".to_owned(), at });
                header.select = Some(plain_select(select.kind, items.clone()));
                self.tree.add(parent, header);
            }
        }
        node.set_control("appearance", Cell { text: "list-nolabel".to_owned(), at });
    }

    fn audit(&mut self, row: usize, name: Option<Cell>, known: &'static QuestionType) {
        if let Some(name) = name.filter(|name| name.text != "audit") {
            self.problems.note("audit_name", name.at, &name.text);
        }
        let mut node = Node::new("audit", Kind::Question(known), self.grid.at(row));
        apply_type(&mut node, known);
        self.fill(&mut node, row);
        let parameters = Parameters::read(self.grid.get(row, self.columns.parameters), self.problems);
        let location = ["location-priority", "location-min-interval", "location-max-age"];
        let flags = ["track-changes", "track-changes-reasons", "identify-user"];
        let known_names: Vec<&str> = location.into_iter().chain(flags).collect();
        parameters.allow(&known_names, self.problems);
        for (key, words) in [
            ("track-changes", ["true", "false"].as_slice()),
            ("track-changes-reasons", &["on-form-edit"]),
            ("identify-user", &["true", "false"]),
            ("location-priority", &["no-power", "low-power", "balanced", "high-accuracy"]),
        ] {
            if let Some(cell) = parameters.word(key, words, self.problems) {
                node.set_bind(&format!("odk:{key}"), cell.clone());
            }
        }
        let whole = |number: f64| number >= 0.0 && number.fract() == 0.0;
        let mut seconds = Vec::new();
        for key in ["location-min-interval", "location-max-age"] {
            if let Some((cell, number)) = parameters.number(key, "0, 60, 120 …", whole, self.problems) {
                seconds.push(number);
                node.set_bind(&format!("odk:{key}"), cell.clone());
            }
        }
        if let Some(some) = location.iter().find_map(|key| parameters.get(key))
            && location.iter().any(|key| parameters.get(key).is_none())
        {
            self.problems.note_other("parameter_value", some.at, &some.text, &location.join(", "));
        } else if let (&[interval, age], Some(cell)) = (seconds.as_slice(), parameters.get("location-max-age"))
            && age < interval
        {
            self.problems.note_other("parameter_value", cell.at, &cell.text, &format!(">= {interval}"));
        }
        self.meta.push(node);
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

fn plain_select(kind: SelectKind, items: Items) -> Select {
    Select {
        kind,
        items,
        filter: None,
        randomize: false,
        seed: None,
        value_column: None,
        label_column: None,
        search: false,
    }
}

fn geography(node: &mut Node, known: &QuestionType, parameters: &Parameters, problems: &mut Problems) {
    let is_point = known.name == "geopoint";
    let names: &[&str] = match is_point {
        true => &["allow-mock-accuracy", "capture-accuracy", "reference-geometry", "warning-accuracy"],
        false => &["allow-mock-accuracy", "incremental", "reference-geometry"],
    };
    parameters.allow(names, problems);
    if is_point {
        for (key, attribute) in
            [("capture-accuracy", "accuracyThreshold"), ("warning-accuracy", "unacceptableAccuracyThreshold")]
        {
            if let Some((cell, _)) = parameters.number(key, "5, 10.5 …", |_| true, problems) {
                node.set_control(attribute, cell.clone());
            }
        }
    } else if let Some(cell) = parameters.word("incremental", &["true", "yes"], problems) {
        node.set_control("incremental", Cell { text: "true".to_owned(), at: cell.at });
    }
    if let Some(cell) = parameters.word("allow-mock-accuracy", &["true", "false"], problems) {
        node.set_bind("odk:allow-mock-accuracy", cell.clone());
    }
    if let Some(cell) = parameters.get("reference-geometry") {
        if mentions(&cell.text) {
            scan_text(cell, problems);
        }
        node.select = Some(plain_select(SelectKind::One, Items::Geometry(cell.clone())));
    }
}
