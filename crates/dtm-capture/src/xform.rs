//! Reads an XForm: what it asks, of which type, in which words.
//!
//! Takes the XML that phones are served and returns its [`FormSchema`], the stored truth about a form whatever its way
//! in. Types come from the binds and the controls, repeats from the body, words from itext in every language, choices
//! from the items of a control or from secondary instances. [`check`] lists what a person should know before the form
//! is taken. Bounded like every XML reader here. Source: ODK XForms specification (getodk.github.io/xforms-spec).

mod check;
mod entities;
mod gaps;
mod on_arrival;
mod rewrite;

pub mod changes;

pub use check::{Problem, check};
pub use entities::{EntityFormError, entities, knows_offline};
pub use gaps::{Gap, gaps};
pub use on_arrival::NAMESPACE;
pub(crate) use on_arrival::READABLE;
pub use rewrite::{
    RewriteError, arrival_key, public_key, with_arrival_key, with_public_key, with_readable, with_version,
};

use crate::language;
use crate::xml::{MAX_ELEMENTS, Node, Tree, XmlError};
use dtm_model::{Choice, Field, FieldKind, FormSchema, Lang, Text};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Choices of all questions together; questions past this have none listed.
const MAX_CHOICES: usize = 500_000;

/// Why an XForm cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XFormError {
    /// It is not whole, well-formed XML.
    #[error("the form is not whole, well-formed XML: {0}")]
    Xml(#[from] XmlError),
    /// There is no model.
    #[error("the form has no `model` in its head")]
    NoModel,
    /// There is no primary instance.
    #[error("the form's model has no instance with a root element")]
    NoInstance,
    /// The primary instance has no id.
    #[error("the root of the form's instance, `{root}`, has no `id`")]
    NoId {
        /// Name of the root element.
        root: String,
    },
}

impl XFormError {
    /// A stable word for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            XFormError::Xml(error) => error.code(),
            XFormError::NoModel => "xform_no_model",
            XFormError::NoInstance => "xform_no_instance",
            XFormError::NoId { .. } => "xform_no_id",
        }
    }

    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            XFormError::Xml(error) => {
                format!("le formulaire n’est pas un XML entier et bien formé : {}", error.message(lang))
            }
            XFormError::NoModel => "le formulaire n’a pas de `model` dans son en-tête".to_owned(),
            XFormError::NoInstance => "le modèle du formulaire n’a pas d’instance avec un élément racine".to_owned(),
            XFormError::NoId { root } => format!("la racine de l’instance du formulaire, `{root}`, n’a pas d’`id`"),
        }
    }
}

/// Reads the schema of an XForm.
pub fn read(xml: &str) -> Result<FormSchema, XFormError> {
    let tree = Tree::read(xml.as_bytes(), MAX_ELEMENTS)?;
    Ok(Form::of(&tree)?.schema())
}

/// A question, group or repeat of the body.
pub(crate) struct Control<'a> {
    pub(crate) element: &'a str,
    pub(crate) path: String,
    label: Option<&'a Node>,
    pub(crate) itemset: Option<&'a Node>,
    pub(crate) node: &'a Node,
}

/// A form taken apart once; everything borrows from its tree.
pub(crate) struct Form<'a> {
    pub(crate) tree: &'a Tree,
    title: Option<String>,
    pub(crate) model: &'a Node,
    pub(crate) root: &'a Node,
    /// Bound paths below the root, in document order.
    pub(crate) binds: Vec<(String, &'a Node)>,
    /// Secondary instances by id.
    pub(crate) instances: HashMap<&'a str, &'a Node>,
    /// Texts of itext by id.
    pub(crate) texts: HashMap<&'a str, Text>,
    body: Option<&'a Node>,
    pub(crate) controls: Vec<Control<'a>>,
}

impl<'a> Form<'a> {
    pub(crate) fn of(tree: &'a Tree) -> Result<Form<'a>, XFormError> {
        let html = tree.root();
        let head = tree.child(html, "head").unwrap_or(html);
        let model = tree.child(head, "model").ok_or(XFormError::NoModel)?;
        let mut instances = tree.children(model).filter(|child| child.name == "instance");
        let primary = instances.next().ok_or(XFormError::NoInstance)?;
        let root = primary.children.first().map(|at| tree.node(*at)).ok_or(XFormError::NoInstance)?;
        if root.attribute("id").is_none_or(|id| id.trim().is_empty()) {
            return Err(XFormError::NoId { root: root.name.clone() });
        }
        let title = tree.child(head, "title").map(|title| folded(&title.text)).filter(|title| !title.is_empty());
        let mut form = Form {
            tree,
            title,
            model,
            root,
            binds: Vec::new(),
            instances: instances.filter_map(|instance| Some((instance.attribute("id")?, instance))).collect(),
            texts: texts(tree, model),
            body: tree.child(html, "body"),
            controls: Vec::new(),
        };
        let binds = tree.children(model).filter(|child| child.name == "bind");
        form.binds = binds.filter_map(|bind| Some((form.path(bind.attribute("nodeset")?, ""), bind))).collect();
        form.controls = form.controls_of_body();
        Ok(form)
    }

    /// The path below the root that a reference means, read from inside `context`.
    pub(crate) fn path(&self, reference: &str, context: &str) -> String {
        let reference = reference.trim();
        if let Some(absolute) = reference.strip_prefix('/') {
            let below = absolute.split_once('/').filter(|(first, _)| local(first) == self.root.name);
            return join(below.map_or(absolute, |(_, below)| below).split('/'));
        }
        let mut steps: Vec<&str> = context.split('/').filter(|step| !step.is_empty()).collect();
        for step in reference.split('/') {
            match step {
                "." | "" => {}
                ".." => {
                    steps.pop();
                }
                step => steps.push(step),
            }
        }
        join(steps.into_iter())
    }

    fn controls_of_body(&self) -> Vec<Control<'a>> {
        let mut controls = Vec::new();
        // (element, the path it is read from), taken in document order
        let mut queue: Vec<(&'a Node, String)> = Vec::new();
        if let Some(body) = self.body {
            queue.extend(body.children.iter().rev().map(|at| (self.tree.node(*at), String::new())));
        }
        while let Some((node, context)) = queue.pop() {
            let reference = match node.attribute("bind").filter(|_| node.name != "bind") {
                Some(id) => {
                    let bind = self.binds.iter().find(|(_, bind)| bind.attribute("id") == Some(id));
                    bind.map(|(path, _)| path.clone())
                }
                None => node.attribute("ref").or(node.attribute("nodeset")).map(|text| self.path(text, &context)),
            };
            let inner =
                matches!(node.name.as_str(), "label" | "hint" | "itemset" | "item" | "value" | "output" | "copy");
            if inner || matches!(node.name.as_str(), "setvalue" | "setgeopoint" | "recordaudio") {
                continue;
            }
            if let Some(path) = reference.clone().filter(|path| !path.is_empty()) {
                // A repeat's wording stands on the group around it.
                let label = self.tree.child(node, "label");
                let itemset = self.tree.child(node, "itemset");
                controls.push(Control { element: &node.name, path, label, itemset, node });
            }
            let context = reference.unwrap_or(context);
            queue.extend(node.children.iter().rev().map(|at| (self.tree.node(*at), context.clone())));
        }
        controls
    }

    pub(crate) fn schema(&self) -> FormSchema {
        let xml_form_id = self.root.attribute("id").unwrap_or_default().trim().to_owned();
        let fields = self.fields();
        FormSchema {
            // A declaration that cannot be followed is told where the form is taken in.
            entities: self.entities(&fields).unwrap_or_default(),
            version: self.root.attribute("version").unwrap_or_default().to_owned(),
            title: self.title.clone().unwrap_or_else(|| xml_form_id.clone()),
            xml_form_id,
            root: self.root.name.clone(),
            on_arrival: self.on_arrival(&fields),
            fields,
            media: self.media(),
            encrypted: self.submission("base64RsaPublicKey").is_some_and(|key| !key.trim().is_empty()),
            client_editable: self.submission("client-editable").is_some_and(|value| value.trim() == "true"),
        }
    }

    /// What the form says about sending, under the attribute's local name.
    fn submission(&self, attribute: &str) -> Option<&str> {
        self.tree.child(self.model, "submission").and_then(|node| node.attribute(attribute))
    }

    fn fields(&self) -> Vec<Field> {
        let mut binds: HashMap<&str, &Node> = HashMap::new();
        for (path, bind) in &self.binds {
            binds.entry(path).or_insert(bind);
        }
        let mut controls: HashMap<&str, Vec<&Control<'_>>> = HashMap::new();
        for control in &self.controls {
            controls.entry(&control.path).or_default().push(control);
        }
        let none = Vec::new();
        let mut fields = Vec::new();
        let mut n_choices = 0;
        for (path, node) in self.instance_nodes() {
            let (bind, controls) = (binds.get(path.as_str()).copied(), controls.get(path.as_str()).unwrap_or(&none));
            let kind = kind(node, bind, controls);
            let label = controls.iter().find_map(|control| control.label).map(|label| self.text_of(label));
            let hxl = bind.and_then(|bind| bind.attribute("hxl")).or(node.attribute("hxl"));
            let chooser = controls.iter().find(|control| is_select(control.element));
            let mut choices = chooser.map(|control| self.choices(control)).unwrap_or_default();
            n_choices += choices.len();
            if n_choices > MAX_CHOICES {
                choices = Vec::new();
            }
            let hxl = hxl.map(|tag| tag.trim().to_owned()).filter(|tag| tag.starts_with('#'));
            fields.push(Field { kind, label: label.unwrap_or_default(), hxl, choices, path });
        }
        fields
    }

    /// Every path of the primary instance once, in document order: a repeat's template and its first turn are one.
    fn instance_nodes(&self) -> Vec<(String, &'a Node)> {
        let mut seen = HashSet::new();
        let mut nodes = Vec::new();
        self.walk_instance(|path, node| {
            if seen.insert(path.to_owned()) {
                nodes.push((path.to_owned(), node));
            }
        });
        nodes
    }

    /// What fields hold before they are asked, by path: fixed values and computed ones.
    pub(crate) fn defaults(&self, mut visit: impl FnMut(&str, String)) {
        self.walk_instance(|path, node| {
            let value = node.text.trim();
            if node.children.is_empty() && !value.is_empty() {
                visit(path, value.to_owned());
            }
        });
        for action in self.tree.children(self.model).filter(|node| node.name == "setvalue") {
            if let (Some(target), Some(value)) = (action.attribute("ref"), action.attribute("value")) {
                visit(&self.path(target, ""), folded(value));
            }
        }
    }

    fn walk_instance(&self, mut visit: impl FnMut(&str, &'a Node)) {
        let mut queue: Vec<(String, &'a Node)> = Vec::new();
        let below = |path: &str, node: &'a Node, queue: &mut Vec<(String, &'a Node)>| {
            for child in node.children.iter().rev().map(|at| self.tree.node(*at)) {
                let path = if path.is_empty() { child.name.clone() } else { format!("{path}/{}", child.name) };
                queue.push((path, child));
            }
        };
        below("", self.root, &mut queue);
        while let Some((path, node)) = queue.pop() {
            visit(&path, node);
            below(&path, node, &mut queue);
        }
    }

    /// The wording of a label: a text of itext, or the words inside.
    pub(crate) fn text_of(&self, label: &Node) -> Text {
        if let Some(id) = label.attribute("ref").and_then(itext_id) {
            return self.texts.get(id).cloned().unwrap_or_default();
        }
        unnamed(&self.words(label))
    }

    fn words(&self, label: &Node) -> String {
        let outputs = self.tree.children(label).filter(|child| child.name == "output").count();
        let words = folded(&label.text);
        if outputs > 0 && words.is_empty() { "…".to_owned() } else { words }
    }

    fn choices(&self, control: &Control<'_>) -> Vec<Choice> {
        let items = self.tree.children(control.node).filter(|child| child.name == "item");
        let mut choices: Vec<Choice> = items
            .filter_map(|item| {
                let name = self.tree.child(item, "value")?.text.trim().to_owned();
                let label = self.tree.child(item, "label").map(|label| self.text_of(label)).unwrap_or_default();
                Some(Choice { name, label })
            })
            .collect();
        if let Some(itemset) = control.itemset {
            choices.extend(self.listed(itemset));
        }
        let mut seen = HashSet::new();
        choices.retain(|choice| !choice.name.is_empty() && seen.insert(choice.name.clone()));
        choices
    }

    /// The choices of a secondary instance.
    fn listed(&self, itemset: &Node) -> Vec<Choice> {
        let Some(instance) = itemset.attribute("nodeset").and_then(list_id).and_then(|id| self.instances.get(id))
        else {
            return Vec::new();
        };
        let reference = |name| self.tree.child(itemset, name).and_then(|node| node.attribute("ref"));
        let value = reference("value").map_or("name", local);
        let label = reference("label").unwrap_or("label");
        let (translated, label) = match label.trim().strip_prefix("jr:itext(") {
            Some(inner) => (true, local(inner.trim_end_matches(')').trim())),
            None => (false, local(label)),
        };
        let items = self.tree.children(instance).flat_map(|root| self.tree.children(root));
        items
            .filter_map(|item| {
                let name = self.tree.child(item, value)?.text.trim().to_owned();
                let words = self.tree.child(item, label).map(|node| node.text.trim()).unwrap_or_default();
                let label = if translated {
                    self.texts.get(words).cloned().unwrap_or_default()
                } else {
                    unnamed(&folded(words))
                };
                Some(Choice { name, label })
            })
            .collect()
    }

    /// Files the form needs beside it: lists it reads, and pictures, sounds and films it shows.
    fn media(&self) -> Vec<String> {
        let mut names = BTreeSet::new();
        for instance in self.instances.values() {
            names.extend(instance.attribute("src").and_then(media_name));
        }
        let mut queue: Vec<&Node> = self.tree.child(self.model, "itext").into_iter().collect();
        while let Some(node) = queue.pop() {
            if node.name == "value" && node.attribute("form").is_some() {
                names.extend(media_name(node.text.trim()));
            }
            queue.extend(self.tree.children(node));
        }
        for (_, bind) in &self.binds {
            names.extend(bind.attributes.iter().flat_map(|(_, value)| lookups(value, "pulldata(")));
        }
        for control in &self.controls {
            if let Some(appearance) = control.node.attribute("appearance") {
                names.extend(lookups(appearance, "search("));
            }
            if control.node.attribute("query").is_some_and(|query| query.contains("instance(")) {
                names.insert("itemsets.csv".to_owned());
            }
        }
        names.into_iter().collect()
    }
}

/// The texts of itext: by id, then by language.
fn texts<'a>(tree: &'a Tree, model: &'a Node) -> HashMap<&'a str, Text> {
    let mut texts: HashMap<&str, Text> = HashMap::new();
    let Some(itext) = tree.child(model, "itext") else { return texts };
    for translation in tree.children(itext).filter(|child| child.name == "translation") {
        let code = language::code(translation.attribute("lang").unwrap_or_default());
        for text in tree.children(translation).filter(|child| child.name == "text") {
            let Some(id) = text.attribute("id") else { continue };
            let entry = texts.entry(id).or_default();
            let values = || tree.children(text).filter(|child| child.name == "value");
            let of_form = |form: &str| values().find(|value| value.attribute("form") == Some(form));
            let plain = values().find(|value| value.attribute("form").is_none());
            let words = plain.or_else(|| of_form("long")).or_else(|| of_form("short")).map(|value| folded(&value.text));
            // Converters write `-` where a translation is missing.
            if let Some(words) = words.filter(|words| !words.is_empty() && words != "-") {
                *entry = std::mem::take(entry).with(code.as_str(), words);
            }
        }
    }
    texts
}

fn kind(node: &Node, bind: Option<&Node>, controls: &[&Control<'_>]) -> FieldKind {
    let has = |element: &str| controls.iter().any(|control| control.element == element);
    let named = bind.and_then(|bind| bind.attribute("type")).and_then(kind_of_type);
    if has("repeat") {
        FieldKind::Repeat
    } else if !node.children.is_empty() {
        FieldKind::Group
    } else if has("select") || has("rank") {
        FieldKind::SelectMultiple
    } else if has("select1") {
        FieldKind::SelectOne
    } else if has("upload") {
        FieldKind::File
    } else if named.is_none() && bind.is_none() && has("group") {
        FieldKind::Group
    } else {
        named.unwrap_or(FieldKind::Text)
    }
}

/// The kind of a bind's type; none if the type is not known.
fn kind_of_type(name: &str) -> Option<FieldKind> {
    Some(match local(name.trim()) {
        "string" | "barcode" | "boolean" | "anyURI" | "intent" | "" => FieldKind::Text,
        "int" | "integer" | "long" | "short" | "nonNegativeInteger" | "positiveInteger" => FieldKind::Integer,
        "decimal" | "double" | "float" => FieldKind::Decimal,
        "date" => FieldKind::Date,
        "time" => FieldKind::Time,
        "dateTime" => FieldKind::DateTime,
        "geopoint" => FieldKind::Geopoint,
        "geotrace" => FieldKind::Geotrace,
        "geoshape" => FieldKind::Geoshape,
        "binary" => FieldKind::File,
        "select1" => FieldKind::SelectOne,
        "select" | "rank" => FieldKind::SelectMultiple,
        _ => return None,
    })
}

fn is_select(element: &str) -> bool {
    matches!(element, "select" | "select1" | "rank")
}

fn unnamed(words: &str) -> Text {
    if words.is_empty() { Text::new() } else { Text::new().with(language::UNNAMED, words) }
}

/// A name or the last step of a reference, without its prefix.
fn local(name: &str) -> &str {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.rsplit(':').next().unwrap_or(last).trim()
}

fn join<'s>(steps: impl Iterator<Item = &'s str>) -> String {
    steps
        .map(|step| step.rsplit(':').next().unwrap_or(step))
        .filter(|step| !step.is_empty())
        .collect::<Vec<_>>()
        .join("/")
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The id in `jr:itext('…')`.
pub(crate) fn itext_id(reference: &str) -> Option<&str> {
    quoted(reference.trim().strip_prefix("jr:itext(")?)
}

/// The id of the list in `instance('…')/root/item[…]`, perhaps inside `randomize(…)`.
pub(crate) fn list_id(nodeset: &str) -> Option<&str> {
    quoted(&nodeset[nodeset.find("instance(")? + "instance(".len()..])
}

/// The text between the quotes that the expression starts with.
fn quoted(expression: &str) -> Option<&str> {
    let expression = expression.trim_start();
    let quote = expression.chars().next().filter(|char| matches!(char, '\'' | '"'))?;
    expression[1..].split(quote).next().filter(|text| !text.is_empty())
}

/// The lists that calls of this function read, as file names.
fn lookups(expression: &str, call: &str) -> Vec<String> {
    let calls = expression.match_indices(call).filter_map(|(at, _)| quoted(&expression[at + call.len()..]));
    calls.map(|list| if list.ends_with(".csv") { list.to_owned() } else { format!("{list}.csv") }).collect()
}

/// The name of the file that an address of the form means; none for what is no file.
pub(crate) fn media_name(address: &str) -> Option<String> {
    let (folder, name) = address.strip_prefix("jr://")?.split_once('/')?;
    (folder != "instance" && !name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    const FORM: &str = r##"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa"
        xmlns:orx="http://openrosa.org/xforms">
<h:head><h:title>Baseline</h:title><model>
  <itext>
    <translation lang="English (en)" default="true()">
      <text id="/data/site/idp_hh:label"><value>Displaced households</value></text>
      <text id="reasons-0"><value>Conflict</value><value form="image">jr://images/conflict.png</value></text>
      <text id="reasons-1"><value>Flood</value></text>
      <text id="household"><value>Household</value></text>
    </translation>
    <translation lang="Français">
      <text id="/data/site/idp_hh:label"><value>Ménages déplacés</value></text>
      <text id="reasons-0"><value>Conflit</value></text><text id="reasons-1"><value>-</value></text>
    </translation>
  </itext>
  <instance><data id="b2" version="2024.1">
    <start/><site><where/><idp_hh hxl="#affected+idps+hh"/></site><reason/><other/><photo/>
    <household jr:template=""><head/><member><age/></member></household>
    <household><head/><member><age/></member></household>
    <meta><instanceID/></meta></data></instance>
  <instance id="reasons"><root>
    <item><itextId>reasons-0</itextId><name>conflict</name></item><item><itextId>reasons-1</itextId><name>flood</name></item>
  </root></instance>
  <instance id="sites" src="jr://file-csv/sites.csv"/>
  <instance id="last" src="jr://instance/last-saved"/>
  <bind nodeset="/data/start" type="xsd:dateTime" jr:preload="timestamp"/>
  <bind nodeset="/data/site/where" type="geopoint"/><bind nodeset="/data/site/idp_hh" type="int"/>
  <bind nodeset="/data/reason" type="string"/><bind nodeset="/data/photo" type="binary"/>
  <bind nodeset="/data/other" type="string" calculate="pulldata('areas', 'name', 'code', 1)"/>
  <bind nodeset="/data/household/member/age" type="int"/>
  <bind nodeset="/data/meta/instanceID" type="string" readonly="true()"/>
  <bind nodeset="/data/meta/entity/@id" type="string" readonly="true()"/>
  <submission base64RsaPublicKey="MIIB"/>
</model></h:head>
<h:body>
  <group ref="/data/site"><label>Place</label><input ref="/data/site/where"><label>Where?</label></input>
    <input ref="/data/site/idp_hh"><label ref="jr:itext('/data/site/idp_hh:label')"/></input></group>
  <select1 ref="/data/reason"><label>Why?</label><itemset nodeset="randomize(instance('reasons')/root/item[true()])">
    <value ref="name"/><label ref="jr:itext(itextId)"/></itemset></select1>
  <select ref="/data/other"><item><label>A</label><value>a</value></item></select>
  <upload ref="/data/photo" mediatype="image/*"/>
  <group ref="/data/household"><label ref="jr:itext('household')"/><repeat nodeset="/data/household">
    <input ref="/data/household/head"/><repeat nodeset="/data/household/member"><input ref="/data/household/member/age"/></repeat>
  </repeat></group>
</h:body></h:html>"##;

    fn check_schema(xml: &str, expected: Expect) {
        let schema = read(xml).unwrap();
        let mut text =
            format!("{} {} «{}» encrypted {}\n", schema.xml_form_id, schema.version, schema.title, schema.encrypted);
        let words = |text: &Text| text.iter().map(|(code, words)| format!(" {code}:{words}")).collect::<String>();
        for field in &schema.fields {
            text += &format!(
                "{} {:?}{}{}\n",
                field.path,
                field.kind,
                words(&field.label),
                field.hxl.as_deref().unwrap_or("")
            );
            field.choices.iter().for_each(|choice| text += &format!("  - {}{}\n", choice.name, words(&choice.label)));
        }
        text += &format!("media {}\n", schema.media.join(" "));
        expected.assert_eq(&text);
    }

    fn check_problems(xml: &str, expected: Expect) {
        let line = |problem: &Problem| {
            format!(
                "{}{} | {}\n",
                if problem.blocking { "! " } else { "" },
                problem.message(Lang::En),
                problem.message(Lang::Fr)
            )
        };
        expected.assert_eq(&check(xml, Lang::En).iter().map(line).collect::<String>());
    }

    #[test]
    fn a_form_says_what_it_asks_of_which_type_in_which_words() {
        check_schema(
            FORM,
            expect![[r##"
                b2 2024.1 «Baseline» encrypted true
                start DateTime
                site Group und:Place
                site/where Geopoint und:Where?
                site/idp_hh Integer en:Displaced households fr:Ménages déplacés#affected+idps+hh
                reason SelectOne und:Why?
                  - conflict en:Conflict fr:Conflit
                  - flood en:Flood
                other SelectMultiple
                  - a und:A
                photo File
                household Repeat en:Household
                household/head Text
                household/member Repeat
                household/member/age Integer
                meta Group
                meta/instanceID Text
                media areas.csv conflict.png sites.csv
            "##]],
        );
    }

    #[test]
    fn a_sound_form_has_no_problems() {
        check_problems(FORM, expect![""]);
    }

    #[test]
    fn each_problem_names_what_it_is_about() {
        let xml = "<html><head><model><instance><data id='b 2'><a/><a/></data></instance>
            <bind nodeset='/data/a' type='int'/><bind nodeset='/data/a' type='colour'/><bind nodeset='/data/gone'/></model></head>
            <body><input ref='/data/lost'><label ref=\"jr:itext('x')\"/></input>
            <select1 ref='/data/a'><itemset nodeset=\"instance('none')/root/item\"><value ref='name'/></itemset></select1></body></html>";
        check_problems(
            xml,
            expect![[r#"
            ! the form id `b 2` holds blanks or control characters | l’identifiant de formulaire `b 2` contient des espaces ou des caractères de contrôle
            ! `a` has more than one bind | `a` a plus d’un bind
            ! a bind speaks of `gone`, which is not in the instance | un bind parle de `gone`, qui n’est pas dans l’instance
            ! a question or group speaks of `lost`, which is not in the instance | une question ou un groupe parle de `lost`, qui n’est pas dans l’instance
            ! the list `none` is not in the form | la liste `none` n’est pas dans le formulaire
            ! `a` stands twice in the instance and is not a repeat | `a` figure deux fois dans l’instance sans être une répétition
            the form has no title; its id is shown instead | le formulaire n’a pas de titre ; son identifiant est affiché à la place
            the form has no version, so changes to it cannot be told apart | le formulaire n’a pas de version : ses modifications ne pourront pas être distinguées
            the form has no `meta/instanceID`, so repeated submissions are recognised by their content only | le formulaire n’a pas de `meta/instanceID` : les envois répétés ne seront reconnus que par leur contenu
            type `colour` is not known; its answers are kept as text | le type `colour` n’est pas connu ; ses réponses sont gardées comme texte
            the text `x` is not in the form | le texte `x` n’est pas dans le formulaire
        "#]],
        );
    }

    #[test]
    fn a_form_without_its_parts_is_refused() {
        let code = |xml: &str| read(xml).err().map(|error| error.code());
        assert_eq!(code("<html><head/></html>"), Some("xform_no_model"));
        assert_eq!(code("<html><head><model/></head></html>"), Some("xform_no_instance"));
        assert_eq!(code("<html><head><model><instance/></model></head></html>"), Some("xform_no_instance"));
        assert_eq!(code("<html><head><model><instance><d/></instance></model></head></html>"), Some("xform_no_id"));
        assert_eq!(code("<html>"), Some("xml_cut_off"));
        assert_eq!(code("<!DOCTYPE html [<!ENTITY a 'b'>]><html/>"), Some("xml_document_type"));
    }

    proptest! {
        #[test]
        fn no_form_brings_the_reader_down(at in 0..FORM.len(), with in "\\PC{0,8}") {
            if let Some((before, after)) = FORM.split_at_checked(at) {
                let xml = format!("{before}{with}{after}");
                let _ = read(&xml);
                let _ = check(&xml, Lang::Fr);
            }
        }
    }
}
