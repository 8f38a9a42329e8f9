//! Writes the checked form as an XForm.
//!
//! The head holds texts, the empty record, the lists, then a bind for each node; the body holds what is shown.
//! Expressions meet their names here for the first time, so their problems are noted here. Blocks are nested no
//! deeper than the survey allows, so that walking them cannot exhaust the stack.

use super::cells::Cell;
use super::choices::Choices;
use super::expression::{Reference, instance_paths, mentions, scan_text, sole_reference};
use super::itext::{
    Form, Itext, choice_id, hint_needs_itext, is_labelled, label_needs_itext, media_folder, message_needs_itext,
    needs_itext,
};
use super::model::{Action, BIG_IMAGE, IMAGE, Items, Kind, MEDIA, Node, Select, Text, Tree};
use super::names::{Context, Names, Reading};
use super::problem::{At, Problems, SheetId};
use super::question_type::{Control, SelectKind};
use super::settings::{Settings, yes_no};
use super::survey::stem;
use super::xml::Xml;
use crate::xform::READABLE;
use std::collections::{HashMap, HashSet};

/// Largest XForm; phones give up long before.
const MAX_BYTES: usize = 100 * 1024 * 1024;

/// The binds whose value is an expression.
const EXPRESSIONS: [&str; 5] = ["relevant", "constraint", "calculate", "required", "readonly"];

/// Everything that goes into a form.
pub(super) struct Parts<'a> {
    pub(super) tree: &'a Tree,
    pub(super) choices: &'a Choices,
    /// The tags of OpenStreetMap questions.
    pub(super) osm: &'a Choices,
    pub(super) settings: &'a Settings,
    pub(super) itext: &'a Itext<'a>,
    /// The version of the entities specification, if the form feeds a list.
    pub(super) entities_version: Option<&'static str>,
}

/// Writes the XForm and notes the problems of its expressions.
pub(super) fn write(parts: &Parts<'_>, names: &mut Names<'_>, problems: &mut Problems) -> String {
    let shown = shown_nodes(parts.tree, problems);
    let mut writer = Writer { parts, names, problems, xml: Xml::default(), triggered: HashMap::new(), shown };
    writer.gather_triggers();
    writer.form();
    writer.xml.finish()
}

/// What a change of a question sets.
struct Triggered {
    target: usize,
    takes_position: bool,
}

struct Writer<'a, 'n> {
    parts: &'a Parts<'a>,
    names: &'a mut Names<'n>,
    problems: &'a mut Problems,
    xml: Xml,
    triggered: HashMap<usize, Vec<Triggered>>,
    shown: Vec<bool>,
}

impl<'a> Writer<'a, '_> {
    fn node(&self, index: usize) -> &'a Node {
        &self.parts.tree.nodes[index]
    }

    fn path(&self, index: usize) -> String {
        self.names.paths[index].clone()
    }

    /// Whether the form has outgrown its limit; what is left is then left out, as there will be no form.
    fn is_full(&mut self) -> bool {
        let full = self.xml.len() > MAX_BYTES || self.names.overflowed;
        if full {
            self.too_large();
        }
        full
    }

    fn too_large(&mut self) {
        self.problems.note_other("form_too_large", At::sheet(SheetId::Survey), "", &MAX_BYTES.to_string());
    }

    fn gather_triggers(&mut self) {
        let mut questions: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, node) in self.parts.tree.nodes.iter().enumerate() {
            if matches!(node.kind, Kind::Question(_)) {
                questions.entry(&node.name).or_default().push(index);
            }
        }
        for (index, node) in self.parts.tree.nodes.iter().enumerate() {
            let takes_position = matches!(node.kind, Kind::Question(known) if known.name == "background-geopoint");
            for (name, at) in &node.trigger {
                let sources = questions.get(name.as_str()).map_or(&[][..], Vec::as_slice);
                for source in sources {
                    let known = self.node(*source);
                    if is_computed(known) && !takes_position {
                        self.problems.note("trigger_invisible", *at, name);
                    } else if !is_shown(known) {
                        self.problems.note("trigger_silent", *at, name);
                    } else {
                        let target = Cell { text: node.name.clone(), at: *at };
                        self.names.find(&node.name, &target, self.problems);
                    }
                    self.triggered.entry(*source).or_default().push(Triggered { target: index, takes_position });
                }
            }
        }
    }

    fn form(&mut self) {
        let settings = self.parts.settings;
        self.xml.declaration().open("h:html");
        for (prefix, address) in NAMESPACES {
            self.xml.attribute(prefix, address);
        }
        if self.parts.entities_version.is_some() {
            self.xml.attribute("xmlns:entities", "http://www.opendatakit.org/xforms/entities");
        }
        let keeps_readable = self.parts.tree.nodes.iter().any(|node| node.bind(READABLE).is_some());
        if keeps_readable && settings.namespaces.iter().all(|(prefix, _)| prefix != "dtm") {
            self.xml.attribute("xmlns:dtm", crate::xform::NAMESPACE);
        }
        for (prefix, address) in &settings.namespaces {
            if prefix == "entities" && self.parts.entities_version.is_some() {
                continue;
            }
            if !NAMESPACES.iter().any(|(known, _)| known.strip_prefix("xmlns:") == Some(prefix)) {
                self.xml.attribute(&format!("xmlns:{prefix}"), address);
            }
        }
        self.xml.line().open("h:head").line().leaf("h:title", &settings.title).line();
        self.xml.open("model").attribute("odk:xforms-version", "1.0.0");
        if let Some(version) = self.parts.entities_version {
            self.xml.attribute("entities:entities-version", version);
        }
        self.submission();
        self.itext();
        self.xml.line().open("instance").line();
        self.instance(0, false);
        self.xml.close();
        // The binds come after the lists, yet tell whether the last saved record is among them.
        let before = std::mem::take(&mut self.xml);
        let mut binds = self.binds();
        self.xml = before;
        self.instances();
        self.xml.line();
        for bind in binds.drain(..) {
            bind.write(&mut self.xml);
        }
        self.xml.close().line().close().line().open("h:body");
        if let Some(style) = &settings.style {
            self.xml.attribute("class", style);
        }
        self.xml.line();
        for child in &self.node(0).children {
            self.body(*child);
        }
        self.xml.close().line().close();
    }

    fn submission(&mut self) {
        let settings = self.parts.settings;
        let mut attributes: Vec<(&str, &str)> = Vec::new();
        if let Some(url) = &settings.submission_url {
            attributes.extend([("action", url.as_str()), ("method", "post")]);
        }
        attributes.extend(settings.public_key.as_deref().map(|key| ("base64RsaPublicKey", key)));
        attributes.extend(settings.auto_send.as_deref().map(|value| ("orx:auto-send", value)));
        attributes.extend(settings.auto_delete.as_deref().map(|value| ("orx:auto-delete", value)));
        if settings.client_editable {
            attributes.push(("odk:client-editable", "true"));
        }
        if !attributes.is_empty() {
            self.xml.line().open("submission");
            for (key, value) in attributes {
                self.xml.attribute(key, value);
            }
            self.xml.close();
        }
    }

    fn itext(&mut self) {
        let itext = self.parts.itext;
        if itext.languages.is_empty() {
            return;
        }
        self.xml.line().open("itext");
        let default = itext.languages.iter().position(|name| *name == self.parts.settings.default_language);
        for (language, name) in itext.languages.iter().enumerate() {
            self.xml.line().open("translation").attribute("lang", name);
            if Some(language) == default {
                self.xml.attribute("default", "true()");
            }
            for entry in &itext.entries {
                if self.is_full() {
                    break;
                }
                self.xml.line().open("text").attribute("id", &entry.id);
                for form in entry.forms() {
                    let mut wording = entry.find(form, language);
                    // Clients refuse a text of which the default language has nothing at all.
                    let alone = entry.forms().iter().all(|form| matches!(form, Form::Media(_)));
                    if wording.is_none() && alone && language == default.unwrap_or(0) {
                        wording = entry.wordings.iter().find(|w| w.form == form);
                    }
                    match (form, wording) {
                        (Form::Media(kind), Some(wording)) => {
                            self.xml.open("value").attribute("form", MEDIA[kind]);
                            self.xml.text(&format!("jr://{}/", media_folder(kind)));
                            self.words(wording.cell, wording.context);
                            self.xml.close();
                        }
                        (Form::Media(_), None) => {}
                        (form, wording) => {
                            self.xml.open("value");
                            if form == Form::Guidance {
                                self.xml.attribute("form", "guidance");
                            }
                            match wording {
                                Some(wording) => self.words(wording.cell, wording.context),
                                None => {
                                    self.xml.text("-");
                                }
                            }
                            self.xml.close();
                        }
                    }
                }
                self.xml.close();
            }
            self.xml.line().close();
        }
        self.xml.line().close();
    }

    /// Words of a label, in which references and paths into lists become outputs.
    fn words(&mut self, cell: &Cell, context: Option<usize>) {
        if !mentions(&cell.text) && !cell.text.contains("instance(") {
            self.xml.text(&cell.text);
            return;
        }
        let text = cell.text.as_str();
        let context = Context { node: context, ..Context::default() };
        let references = scan_text(cell, self.problems);
        let reading = Reading::of(text);
        let paths = instance_paths(text);
        let mut pieces: Vec<(std::ops::Range<usize>, Option<&Reference<'_>>)> = Vec::new();
        pieces.extend(paths.iter().cloned().map(|range| (range, None)));
        let mut path = paths.iter().peekable();
        for reference in &references {
            while path.peek().is_some_and(|path| path.end <= reference.range.start) {
                path.next();
            }
            // A reference inside of a path belongs to the path.
            if path.peek().is_none_or(|path| reference.range.start < path.start) {
                pieces.push((reference.range.clone(), Some(reference)));
            }
        }
        pieces.sort_by_key(|(range, _)| range.start);
        let mut from = 0;
        for (range, reference) in pieces {
            self.xml.text(&text[from..range.start]);
            let value = match reference {
                Some(reference) => self.names.path(reference, cell, &reading, context, self.problems),
                None => {
                    let path = Cell { text: text[range.clone()].to_owned(), at: cell.at };
                    self.names.expression(&path, context, self.problems)
                }
            };
            self.xml.open("output").attribute("value", &value).close();
            from = range.end;
        }
        self.xml.text(&text[from..]);
    }

    /// The record of a section, empty but for fixed defaults. A repeat is written twice: as template and as first
    /// occurrence; in the first occurrence the repeats within have no templates of their own.
    fn instance(&mut self, index: usize, in_occurrence: bool) {
        if self.is_full() {
            return;
        }
        let node = self.node(index);
        match node.kind {
            Kind::ExternalFile(_) | Kind::Attribute => return,
            _ if node.flat => {
                for child in &node.children {
                    self.instance(*child, true);
                }
                return;
            }
            Kind::Repeat if !in_occurrence => {
                self.template(index);
                self.occurrence(index, true);
            }
            _ if node.is_section() => self.occurrence(index, in_occurrence),
            _ => {
                self.xml.open(&node.name);
                self.instance_attributes(index);
                if let Some(default) = node.default.as_ref().filter(|_| !node.dynamic_default) {
                    self.xml.text(&default.text);
                }
                self.xml.close();
            }
        }
        self.xml.line();
    }

    fn occurrence(&mut self, index: usize, in_occurrence: bool) {
        let node = self.node(index);
        self.xml.open(&node.name);
        if index == 0 {
            self.root_attributes();
        }
        self.instance_attributes(index);
        self.xml.line();
        for child in &node.children {
            self.instance(*child, in_occurrence);
        }
        self.xml.close();
    }

    fn template(&mut self, index: usize) {
        let node = self.node(index);
        self.xml.open(&node.name).attribute("jr:template", "").line();
        for child in &node.children {
            match self.node(*child).kind {
                Kind::Repeat => self.template(*child),
                _ => self.instance(*child, false),
            }
        }
        self.xml.close().line();
    }

    fn root_attributes(&mut self) {
        let settings = self.parts.settings;
        let own = ["id", "version", "xmlns", "odk:prefix", "odk:delimiter"];
        let mut seen = HashSet::new();
        for (key, value) in &settings.attributes {
            let valid = super::cells::is_xml_name(key) && super::choices::known_prefix(key, settings);
            if !valid {
                self.problems.note("prefix_unknown", At { row: 1, ..value.at }, key);
            } else if !own.contains(&key.as_str()) && seen.insert(key) {
                self.xml.attribute(key, &value.text);
            }
        }
        self.xml.attribute("id", &settings.form_id);
        let rest = [
            ("xmlns", settings.instance_xmlns.as_deref()),
            ("version", Some(settings.version.as_str()).filter(|version| !version.is_empty())),
            ("odk:prefix", settings.prefix.as_deref()),
            ("odk:delimiter", settings.delimiter.as_deref()),
        ];
        for (key, value) in rest {
            if let Some(value) = value {
                self.xml.attribute(key, value);
            }
        }
    }

    fn instance_attributes(&mut self, index: usize) {
        for (key, cell) in &self.node(index).instance {
            let value = self.names.text(cell, Context::of(index), self.problems);
            self.xml.attribute(key, &value);
        }
    }

    /// The lists and files that the form looks into.
    fn instances(&mut self) {
        let mut seen: HashMap<String, Option<String>> = HashMap::new();
        let mut files: HashSet<&str> = HashSet::new();
        for index in self.parts.tree.in_order() {
            let node = self.node(index);
            if matches!(node.kind, Kind::ExternalFile(_)) && !files.insert(&node.name) {
                self.problems.note("instance_conflict", node.at, &node.name);
            }
            for (id, source, at) in external_instances(node) {
                self.file_instance(id, source, at, &mut seen);
            }
        }
        let looks_back = |cell: &Cell| cell.text.contains("${last-saved#");
        let asks = |node: &Node| {
            let filter = node.select.as_ref().and_then(|select| select.filter.as_ref());
            let formulas = EXPRESSIONS.iter().filter_map(|key| node.bind(key));
            formulas.chain(filter).chain(&node.default).any(looks_back)
        };
        if self.names.last_saved || self.parts.tree.nodes.iter().any(asks) {
            let source = "jr://instance/last-saved".to_owned();
            self.file_instance("__last-saved".to_owned(), source, At::sheet(SheetId::Survey), &mut seen);
        }
        let searched = self.searched_lists();
        for list in &self.parts.choices.lists {
            if searched.contains(list.name.as_str()) || self.is_full() {
                continue;
            }
            if seen.contains_key(&list.name) {
                let at = list.choices.first().map_or(At::sheet(SheetId::Choices), |choice| choice.at);
                self.problems.note("instance_conflict", at, &list.name);
                continue;
            }
            let translated = needs_itext(list);
            self.xml.line().open("instance").attribute("id", &list.name).open("root");
            for (index, choice) in list.choices.iter().enumerate() {
                self.xml.line().open("item");
                if translated {
                    self.xml.leaf("itextId", &choice_id(&list.name, index));
                }
                self.xml.leaf("name", &choice.name);
                match &choice.label {
                    _ if translated => {}
                    Some(Text::Plain(label)) => drop(self.xml.leaf("label", &label.text)),
                    // Clients refuse a choice without words, so its name is shown.
                    _ => drop(self.xml.leaf("label", &choice.name)),
                }
                for (column, value) in &choice.extra {
                    self.xml.leaf(&self.parts.choices.extra[*column], value);
                }
                self.xml.close();
            }
            self.xml.line().close().close();
        }
    }

    fn file_instance(&mut self, id: String, source: String, at: At, seen: &mut HashMap<String, Option<String>>) {
        match seen.get(&id) {
            Some(Some(known)) if *known == source => {}
            Some(_) => self.problems.note("instance_conflict", at, &id),
            None => {
                self.xml.line().open("instance").attribute("id", &id).attribute("src", &source).close();
                seen.insert(id, Some(source));
            }
        }
    }

    fn searched_lists(&self) -> HashSet<&'a str> {
        let selects = self.parts.tree.nodes.iter().filter_map(|node| node.select.as_ref());
        selects
            .filter_map(|select| match &select.items {
                Items::List(list) if select.search => Some(list.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The binds and the actions of the model, in document order.
    fn binds(&mut self) -> Vec<Element> {
        let (mut elements, mut size) = (Vec::new(), 0);
        for index in self.parts.tree.in_order() {
            if size > MAX_BYTES {
                self.too_large();
                break;
            }
            let node = self.node(index);
            let path = self.path(index);
            if !node.flat && (!node.bind.is_empty() || !node.messages.is_empty()) {
                let mut bind = Element { name: "bind", attributes: vec![("nodeset".to_owned(), path.clone())] };
                for (key, cell) in &node.bind {
                    if key == "calculate" && !node.trigger.is_empty() {
                        continue;
                    }
                    let yes = yes_no(&cell.text);
                    let value = match EXPRESSIONS.contains(&key.as_str()) {
                        true if yes.is_some() => if yes == Some(true) { "true()" } else { "false()" }.to_owned(),
                        true => self.names.expression(cell, Context::of(index), self.problems),
                        false => self.names.text(cell, Context::of(index), self.problems),
                    };
                    size += key.len() + value.len();
                    bind.attributes.push((key.clone(), value));
                }
                for (key, text) in &node.messages {
                    let value = match text {
                        Text::Plain(cell) if !message_needs_itext(key, text) => {
                            self.names.text(cell, Context::of(index), self.problems)
                        }
                        _ => format!("jr:itext('{path}:{key}')"),
                    };
                    bind.attributes.push(((*key).to_owned(), value));
                }
                elements.push(bind);
            }
            elements.extend(self.default_action(index, "odk-instance-first-load"));
            for action in &node.actions {
                let (name, event) = match action {
                    Action::SetGeopoint => ("odk:setgeopoint", "odk-instance-first-load"),
                    Action::RecordAudio(_) => ("odk:recordaudio", "odk-instance-load"),
                };
                let mut element = Element::action(name, &path, event);
                if let Action::RecordAudio(Some(quality)) = action {
                    element.attributes.push(("odk:quality".to_owned(), quality.clone()));
                }
                elements.push(element);
            }
        }
        elements
    }

    /// Sets a computed default when something is opened.
    fn default_action(&mut self, index: usize, event: &str) -> Option<Element> {
        let node = self.node(index);
        let default = node.default.as_ref().filter(|_| node.dynamic_default)?;
        let mut element = Element::action("setvalue", &self.path(index), event);
        let value = self.names.expression(default, Context::of(index), self.problems);
        element.attributes.push(("value".to_owned(), value));
        Some(element)
    }

    fn body(&mut self, index: usize) {
        if self.is_full() {
            return;
        }
        let node = self.node(index);
        match node.kind {
            Kind::Group if self.shown[index] => {
                self.xml.open("group");
                self.control_attributes(index);
                if !node.flat {
                    let path = self.path(index);
                    self.xml.attribute("ref", &path);
                }
                if node.label.is_some() || node.appearance() == "label" {
                    self.label(index);
                }
                self.xml.line();
                for child in &node.children {
                    self.body(*child);
                }
                self.xml.close().line();
            }
            Kind::Repeat => self.repeat(index),
            Kind::Question(known) if is_shown(node) => self.question(index, known.control),
            _ => {}
        }
    }

    fn repeat(&mut self, index: usize) {
        let path = self.path(index);
        self.xml.open("group").attribute("ref", &path);
        self.label(index);
        self.xml.line().open("repeat").attribute("nodeset", &path);
        self.control_attributes(index);
        self.xml.line();
        for child in &self.node(index).children {
            self.body(*child);
        }
        // Computed defaults of each new occurrence; repeats within see to their own.
        let mut inside: Vec<usize> = self.node(index).children.iter().rev().copied().collect();
        while let Some(child) = inside.pop() {
            let node = self.node(child);
            if node.is_section() && node.kind != Kind::Repeat {
                inside.extend(node.children.iter().rev());
            }
            if let Some(action) = self.default_action(child, "odk-new-repeat") {
                action.write(&mut self.xml);
            }
        }
        self.xml.close().close().line();
    }

    fn question(&mut self, index: usize, control: Control) {
        let node = self.node(index);
        let tag = match control {
            Control::None => return,
            Control::Input => "input",
            Control::Trigger => "trigger",
            Control::Upload(_) => "upload",
            Control::SelectOne => "select1",
            Control::SelectMultiple => "select",
            Control::Rank => "odk:rank",
            Control::Range => "range",
        };
        // What only shows the labels of its choices needs none of its own.
        let is_header = node.appearance() == "label";
        if !is_labelled(node) && !is_header {
            self.problems.note("label_missing", node.at, &node.name);
        }
        let has_media = |kind: usize| node.media.iter().find(|(known, _)| *known == kind);
        if let (Some((_, text)), None) = (has_media(BIG_IMAGE), has_media(IMAGE)) {
            let at = text.cells().next().map_or(node.at, |cell| cell.at);
            self.problems.note("big_image_alone", at, "");
        }
        let path = self.path(index);
        self.xml.open(tag).attribute("ref", &path);
        self.control_attributes(index);
        if let Some(Select { items: Items::External(list), filter: Some(filter), .. }) = &node.select {
            let context = Context { is_predicate: true, ..Context::of(index) };
            let filter = self.names.expression(filter, context, self.problems);
            self.xml.attribute("query", &format!("instance('{list}')/root/item[{filter}]"));
        }
        if is_header || is_labelled(node) || node.guidance.is_some() {
            self.label(index);
        }
        if node.hint.is_some() || node.guidance.is_some() {
            self.xml.open("hint");
            match &node.hint {
                Some(Text::Plain(hint)) if !hint_needs_itext(node) => self.words(hint, Some(index)),
                _ => {
                    let reference = format!("jr:itext('{}:hint')", self.path(index));
                    self.xml.attribute("ref", &reference);
                }
            }
            self.xml.close();
        }
        if let Some(select) = &node.select
            && select.kind != SelectKind::External
        {
            self.items(index, select);
        }
        if let Some(tags) = node.tags.as_ref().and_then(|tags| self.parts.osm.get(tags)) {
            for tag in &tags.choices {
                self.xml.open("tag").attribute("key", &tag.name).open("label");
                if let Some(label) = tag.label.as_ref().and_then(|label| label.cells().next()) {
                    self.words(label, Some(index));
                }
                self.xml.close().close();
            }
        }
        for action in self.triggered.remove(&index).unwrap_or_default() {
            let path = self.path(action.target);
            let name = if action.takes_position { "odk:setgeopoint" } else { "setvalue" };
            let mut element = Element::action(name, &path, "xforms-value-changed");
            if let (Some(formula), false) = (self.node(action.target).bind("calculate"), action.takes_position) {
                let value = self.names.expression(formula, Context::of(index), self.problems);
                element.attributes.push(("value".to_owned(), value));
            }
            element.write(&mut self.xml);
        }
        self.xml.close().line();
    }

    fn control_attributes(&mut self, index: usize) {
        for (key, cell) in &self.node(index).control {
            self.names.missed = false;
            let is_look = key == "appearance" && self.node(index).kind == Kind::Group;
            let value = match is_look {
                true => cell.text.clone(),
                false => self.names.text(cell, Context::of(index), self.problems),
            };
            if !self.names.missed && !matches!(key.as_str(), "ref" | "nodeset" | "query") {
                self.xml.attribute(key, &value);
            }
        }
    }

    fn label(&mut self, index: usize) {
        let node = self.node(index);
        self.xml.open("label");
        match &node.label {
            _ if label_needs_itext(node) => {
                let reference = format!("jr:itext('{}:label')", self.path(index));
                self.xml.attribute("ref", &reference);
            }
            Some(Text::Plain(label)) => self.words(label, Some(index)),
            _ => {}
        }
        self.xml.close();
    }

    fn items(&mut self, index: usize, select: &Select) {
        if let (Items::List(list), true) = (&select.items, select.search) {
            self.inline_items(list, self.node(index).label.is_some());
            return;
        }
        let context = Context::of(index);
        let (mut value, mut label) = ("name".to_owned(), "label".to_owned());
        let mut filter = None;
        let mut all = context;
        let mut nodeset = match &select.items {
            Items::List(list) => {
                if self.parts.choices.get(list).is_some_and(needs_itext) {
                    label = "jr:itext(itextId)".to_owned();
                }
                format!("instance('{list}')/root/item")
            }
            Items::File(file) => {
                if file.ends_with(".geojson") {
                    (value, label) = ("id".to_owned(), "title".to_owned());
                }
                value = select.value_column.clone().unwrap_or(value);
                label = select.label_column.clone().unwrap_or(label);
                format!("instance('{}')/root/item", stem(file))
            }
            Items::Answers(cell) => {
                all.all_occurrences = true;
                if sole_reference(&cell.text).and_then(|name| self.names.find(name, cell, self.problems)).is_none() {
                    self.problems.note("list_unknown", cell.at, &cell.text);
                    return;
                }
                let path = self.names.text(cell, all, self.problems);
                let (above, last) = path.trim().rsplit_once('/').unwrap_or(("", path.trim()));
                (value, label) = (last.to_owned(), last.to_owned());
                filter = Some(format!("./{last} != ''"));
                above.to_owned()
            }
            Items::Geometry(cell) if mentions(&cell.text) => {
                all.all_occurrences = true;
                if sole_reference(&cell.text).and_then(|name| self.names.find(name, cell, self.problems)).is_none() {
                    self.problems.note("list_unknown", cell.at, &cell.text);
                    return;
                }
                (value, label) = ("geometry".to_owned(), "geometry".to_owned());
                filter = Some("./geometry != ''".to_owned());
                self.names.text(cell, all, self.problems).trim().to_owned()
            }
            Items::Geometry(cell) => {
                if self.parts.choices.get(&cell.text).is_some_and(needs_itext) {
                    label = "jr:itext(itextId)".to_owned();
                }
                format!("instance('{}')/root/item", stem(&cell.text))
            }
            Items::External(_) => return,
        };
        if let Some(cell) = &select.filter {
            let context = Context { is_predicate: true, ..all };
            let mut own = self.names.expression(cell, context, self.problems);
            if all.all_occurrences && !nodeset.is_empty() {
                own = own.replace(&format!("current()/{nodeset}"), ".").replace(&nodeset, ".");
            }
            filter = Some(own);
        }
        if let Some(filter) = filter {
            nodeset = format!("{nodeset}[{filter}]");
        }
        if select.randomize {
            nodeset = match &select.seed {
                Some(seed) => {
                    let seed = self.names.text(seed, context, self.problems);
                    format!("randomize({nodeset}, {})", seed.trim())
                }
                None => format!("randomize({nodeset})"),
            };
        }
        self.xml.open("itemset").attribute("nodeset", &nodeset);
        self.xml.open("value").attribute("ref", &value).close();
        self.xml.open("label").attribute("ref", &label).close();
        self.xml.close();
    }

    /// Items in the body, for lists that a search fills.
    fn inline_items(&mut self, list: &str, labelled: bool) {
        let Some(list) = self.parts.choices.get(list) else { return };
        let translated = needs_itext(list);
        for (position, choice) in list.choices.iter().enumerate() {
            self.xml.open("item").open("label");
            match &choice.label {
                _ if translated => {
                    let reference = format!("jr:itext('{}')", choice_id(&list.name, position));
                    self.xml.attribute("ref", &reference);
                }
                Some(Text::Plain(label)) if labelled => self.words(label, None),
                _ => drop(self.xml.text(&choice.name)),
            }
            self.xml.close().leaf("value", &choice.name).close();
        }
    }
}

/// Whether a question has an element in the body.
fn is_shown(node: &Node) -> bool {
    matches!(node.kind, Kind::Question(known) if known.control != Control::None) && !is_computed(node)
}

/// Whether a question is a calculation, which the enumerator does not see.
fn is_computed(node: &Node) -> bool {
    let Kind::Question(known) = node.kind else { return false };
    let computed = node.bind("calculate").is_some() || !node.trigger.is_empty();
    let is_header = node.appearance() == "label";
    known.name == "calculate" || computed && node.label.is_none() && node.hint.is_none() && !is_header
}

/// Which nodes have an element in the body. Clients refuse a group that shows nothing, so such a group has none.
fn shown_nodes(tree: &Tree, problems: &mut Problems) -> Vec<bool> {
    let mut shown: Vec<bool> = tree.nodes.iter().map(|node| node.kind == Kind::Repeat || is_shown(node)).collect();
    // Children come after their parents.
    for (index, node) in tree.nodes.iter().enumerate().rev() {
        if shown[index] {
            shown[node.parent] = true;
        } else if node.kind == Kind::Group {
            problems.note("group_shows_nothing", node.at, &node.name);
        }
    }
    shown
}

/// An element without content.
struct Element {
    name: &'static str,
    attributes: Vec<(String, String)>,
}

impl Element {
    fn action(name: &'static str, path: &str, event: &str) -> Element {
        Element { name, attributes: vec![("ref".to_owned(), path.to_owned()), ("event".to_owned(), event.to_owned())] }
    }

    fn write(&self, xml: &mut Xml) {
        xml.open(self.name);
        for (key, value) in &self.attributes {
            xml.attribute(key, value);
        }
        xml.close().line();
    }
}

/// The files that a node looks into: as an external file, by `pulldata(…)`, as a select from a file.
fn external_instances(node: &Node) -> Vec<(String, String, At)> {
    let mut found = Vec::new();
    if let Kind::ExternalFile(ending) = node.kind {
        let folder = if ending == "csv" { "file-csv" } else { "file" };
        found.push((node.name.clone(), format!("jr://{folder}/{}.{ending}", node.name), node.at));
    }
    let binds = EXPRESSIONS.iter().filter_map(|key| node.bind(key));
    let filter = node.select.as_ref().and_then(|select| select.filter.as_ref());
    for cell in binds.chain(filter).chain(node.default.as_ref()) {
        for id in pulled_files(&cell.text) {
            let source = format!("jr://file-csv/{id}.csv");
            found.push((id, source, cell.at));
        }
    }
    let file = match node.select.as_ref().map(|select| &select.items) {
        Some(Items::File(file)) => Some(file.as_str()),
        Some(Items::Geometry(cell)) => Some(cell.text.as_str()).filter(|text| stem(text) != *text),
        _ => None,
    };
    if let Some(file) = file {
        let folder = if file.ends_with(".csv") { "file-csv" } else { "file" };
        found.push((stem(file).to_owned(), format!("jr://{folder}/{file}"), node.at));
    }
    found
}

/// The first arguments of the calls of `pulldata`.
fn pulled_files(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for call in text.split("pulldata").skip(1) {
        let argument = call.trim_start().strip_prefix('(').and_then(|rest| rest.split_once(','));
        if let Some((argument, _)) = argument {
            let file: String = argument.chars().filter(|c| !matches!(c, '\'' | '"')).collect();
            found.push(file.trim().to_owned());
        }
    }
    found
}

const NAMESPACES: [(&str, &str); 7] = [
    ("xmlns", "http://www.w3.org/2002/xforms"),
    ("xmlns:h", "http://www.w3.org/1999/xhtml"),
    ("xmlns:ev", "http://www.w3.org/2001/xml-events"),
    ("xmlns:xsd", "http://www.w3.org/2001/XMLSchema"),
    ("xmlns:jr", "http://openrosa.org/javarosa"),
    ("xmlns:orx", "http://openrosa.org/xforms"),
    ("xmlns:odk", "http://www.opendatakit.org/xforms"),
];
