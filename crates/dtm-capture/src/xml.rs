//! Reads XML from people and phones we do not know, within bounds.
//!
//! In: bytes. Out: a flat tree in document order, or why the bytes are not XML that we take. Stricter than most
//! readers, since half a submission taken as whole is a loss nobody sees: everything must be closed, nothing may
//! follow the root, and only characters that XML 1.0 allows may stand in it. No document type, hence no entities.
//! Nothing recurses, so no depth of nesting can end the process. Rules: `TRUST.md` §1, W3C XML 1.0 §2.2.

use dtm_model::Lang;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// How deep elements may nest.
pub const MAX_DEPTH: usize = 64;
/// How many bytes the names from the root down to an element may hold together.
pub const MAX_PATH_BYTES: usize = 4000;
/// How many elements a document may hold.
pub const MAX_ELEMENTS: usize = 200_000;

/// Why bytes are not XML that we take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Some byte is not UTF-8.
    #[error("byte {at} is not UTF-8")]
    NotUtf8 {
        /// Bytes before it.
        at: usize,
    },
    /// Declares an encoding other than UTF-8.
    #[error("encoding `{0}` is not taken, only UTF-8")]
    Encoding(String),
    /// A character that XML does not allow, such as NUL.
    #[error("character U+{code:04X} at byte {at} is not allowed in XML")]
    Character {
        /// The code point.
        code: u32,
        /// Bytes before it.
        at: usize,
    },
    /// Has a document type, which could define entities.
    #[error("document type declarations are not taken")]
    DocumentType,
    /// Refers to an entity that XML does not know by itself.
    #[error("entity `&{0};` is not known")]
    Entity(String),
    /// Nests too deeply.
    #[error("elements nest deeper than {MAX_DEPTH}")]
    TooDeep,
    /// The names down to an element are too long together.
    #[error("the names of nested elements are longer than {MAX_PATH_BYTES} bytes")]
    LongPath,
    /// Holds too many elements.
    #[error("more than {0} elements")]
    TooMany(usize),
    /// Ends before everything is closed.
    #[error("the XML is cut off: `{open}` is not closed")]
    CutOff {
        /// The element left open, empty if there was none at all.
        open: String,
    },
    /// Something follows the root element.
    #[error("something follows the end of the document at byte {at}")]
    Trailing {
        /// Bytes before it.
        at: u64,
    },
    /// Not well-formed in some other way.
    #[error("not well-formed at byte {at}: {detail}")]
    Malformed {
        /// Bytes before it.
        at: u64,
        /// What the reader says.
        detail: String,
    },
}

impl XmlError {
    /// A stable word for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            XmlError::NotUtf8 { .. } => "xml_not_utf8",
            XmlError::Encoding(_) => "xml_encoding",
            XmlError::Character { .. } => "xml_character",
            XmlError::DocumentType => "xml_document_type",
            XmlError::Entity(_) => "xml_entity",
            XmlError::TooDeep => "xml_too_deep",
            XmlError::LongPath => "xml_long_path",
            XmlError::TooMany(_) => "xml_too_many_elements",
            XmlError::CutOff { .. } => "xml_cut_off",
            XmlError::Trailing { .. } => "xml_trailing",
            XmlError::Malformed { .. } => "xml_malformed",
        }
    }

    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            XmlError::NotUtf8 { at } => format!("l’octet {at} n’est pas de l’UTF-8"),
            XmlError::Encoding(name) => format!("l’encodage `{name}` n’est pas accepté, seulement UTF-8"),
            XmlError::Character { code, at } => {
                format!("le caractère U+{code:04X} à l’octet {at} n’est pas permis en XML")
            }
            XmlError::DocumentType => "les déclarations de type de document ne sont pas acceptées".to_owned(),
            XmlError::Entity(name) => format!("l’entité `&{name};` n’est pas connue"),
            XmlError::TooDeep => format!("plus de {MAX_DEPTH} niveaux d’éléments imbriqués"),
            XmlError::LongPath => format!("les noms d’éléments imbriqués dépassent {MAX_PATH_BYTES} octets"),
            XmlError::TooMany(limit) => format!("plus de {limit} éléments"),
            XmlError::CutOff { open } => format!("le XML est tronqué : `{open}` n’est pas fermé"),
            XmlError::Trailing { at } => format!("quelque chose suit la fin du document à l’octet {at}"),
            XmlError::Malformed { at, detail } => format!("XML mal formé à l’octet {at} : {detail}"),
        }
    }
}

/// One step through a document.
pub(crate) enum Step<'a> {
    /// An element opens; an empty element opens and closes.
    Open(&'a BytesStart<'a>),
    /// Text inside an element, entities resolved.
    Text(&'a str),
    /// The element opened last and not yet closed is closed.
    Close,
}

/// Walks a document from its first to its last byte, calling `visit` for each step. Returns once all of it was seen
/// and found whole.
pub(crate) fn walk<E: From<XmlError>>(
    bytes: &[u8],
    max_elements: usize,
    mut visit: impl FnMut(Step<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let text = text_of(bytes)?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut open: Vec<String> = Vec::new();
    let (mut n_elements, mut root_closed) = (0_usize, false);
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event().map_err(|error| {
            use quick_xml::errors::{Error, IllFormedError, SyntaxError};
            match error {
                Error::IllFormed(IllFormedError::MissingEndTag(name)) => XmlError::CutOff { open: name },
                Error::Syntax(SyntaxError::UnclosedDoctype) => XmlError::DocumentType,
                Error::Syntax(_) if open.last().is_some() => {
                    XmlError::CutOff { open: open.last().cloned().unwrap_or_default() }
                }
                other => XmlError::Malformed { at: reader.error_position(), detail: other.to_string() },
            }
        })?;
        match event {
            Event::Start(start) => {
                opens(&start, &open, root_closed, &mut n_elements, max_elements, at)?;
                open.push(start.name().0.to_owned());
                visit(Step::Open(&start))?;
            }
            Event::Empty(start) => {
                opens(&start, &open, root_closed, &mut n_elements, max_elements, at)?;
                root_closed |= open.is_empty();
                visit(Step::Open(&start))?;
                visit(Step::Close)?;
            }
            Event::End(_) => {
                open.pop();
                root_closed |= open.is_empty();
                visit(Step::Close)?;
            }
            Event::Text(text) => {
                if open.is_empty() {
                    blank_outside(&text, root_closed, at)?;
                } else {
                    visit(Step::Text(&text.xml10_content()))?;
                }
            }
            Event::CData(text) => {
                if open.is_empty() {
                    return Err(outside(root_closed, at).into());
                }
                visit(Step::Text(&text.xml10_content()))?;
            }
            Event::GeneralRef(reference) => {
                if open.is_empty() {
                    return Err(outside(root_closed, at).into());
                }
                let resolved = match reference.resolve_char_ref() {
                    Ok(Some(char)) => allowed(char, at as usize).map(|()| char.to_string())?,
                    Ok(None) => named(&reference)?.to_owned(),
                    Err(error) => return Err(XmlError::Malformed { at, detail: error.to_string() }.into()),
                };
                visit(Step::Text(&resolved))?;
            }
            Event::DocType(_) => return Err(XmlError::DocumentType.into()),
            Event::Decl(declaration) => {
                if at != 0 {
                    return Err(
                        XmlError::Malformed { at, detail: "XML declaration not at the start".to_owned() }.into()
                    );
                }
                declares_utf8(&declaration)?;
            }
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match open.pop() {
        Some(open) => Err(XmlError::CutOff { open }.into()),
        None if !root_closed => Err(XmlError::CutOff { open: String::new() }.into()),
        None => Ok(()),
    }
}

/// The bytes as text without the byte order mark, once all characters are known to be allowed.
fn text_of(bytes: &[u8]) -> Result<&str, XmlError> {
    let text = std::str::from_utf8(bytes).map_err(|error| XmlError::NotUtf8 { at: error.valid_up_to() })?;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r') {
            return Err(XmlError::Character { code: u32::from(*byte), at });
        }
        // U+FFFE and U+FFFF are the only others that UTF-8 can carry and XML cannot.
        if *byte == 0xEF && bytes.get(at + 1) == Some(&0xBF) && matches!(bytes.get(at + 2), Some(0xBE | 0xBF)) {
            let low = u32::from(bytes[at + 2]);
            return Err(XmlError::Character { code: 0xFFC0 | (low & 0x3F), at });
        }
    }
    Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text))
}

fn allowed(char: char, at: usize) -> Result<(), XmlError> {
    let ok = match char as u32 {
        code @ 0..0x20 => matches!(code, 0x9 | 0xA | 0xD),
        code => !matches!(code, 0xFFFE | 0xFFFF),
    };
    if ok { Ok(()) } else { Err(XmlError::Character { code: char as u32, at }) }
}

fn named(name: &str) -> Result<&'static str, XmlError> {
    quick_xml::escape::resolve_predefined_entity(name).ok_or_else(|| XmlError::Entity(name.chars().take(40).collect()))
}

fn declares_utf8(declaration: &quick_xml::events::BytesDecl<'_>) -> Result<(), XmlError> {
    match declaration.encoding() {
        Some(Ok(name)) if !matches!(name.to_ascii_lowercase().as_str(), "utf-8" | "utf8" | "us-ascii") => {
            Err(XmlError::Encoding(name.chars().take(40).collect()))
        }
        Some(Err(error)) => Err(XmlError::Malformed { at: 0, detail: error.to_string() }),
        _ => Ok(()),
    }
}

fn outside(root_closed: bool, at: u64) -> XmlError {
    if root_closed {
        XmlError::Trailing { at }
    } else {
        XmlError::Malformed { at, detail: "text before the root element".to_owned() }
    }
}

fn blank_outside(text: &str, root_closed: bool, at: u64) -> Result<(), XmlError> {
    if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() { Ok(()) } else { Err(outside(root_closed, at)) }
}

fn opens(
    start: &BytesStart<'_>,
    open: &[String],
    root_closed: bool,
    n_elements: &mut usize,
    max_elements: usize,
    at: u64,
) -> Result<(), XmlError> {
    if root_closed {
        return Err(XmlError::Trailing { at });
    }
    if open.len() >= MAX_DEPTH {
        return Err(XmlError::TooDeep);
    }
    *n_elements += 1;
    if *n_elements > max_elements {
        return Err(XmlError::TooMany(max_elements));
    }
    let name = start.name().0;
    if open.iter().map(String::len).sum::<usize>() + name.len() > MAX_PATH_BYTES {
        return Err(XmlError::LongPath);
    }
    if !is_name(name) {
        let detail = format!("`{}` is not a name", name.chars().take(40).collect::<String>());
        return Err(XmlError::Malformed { at, detail });
    }
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| XmlError::Malformed { at, detail: error.to_string() })?;
        if attribute.value.contains('<') {
            return Err(XmlError::Malformed { at, detail: "`<` inside an attribute".to_owned() });
        }
        attribute_value(&attribute, at)?;
    }
    Ok(())
}

/// Whether the text can name an element: letters and what may follow them, without judging every script's digits.
fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    let first = |char: char| char.is_alphabetic() || char == '_' || char == ':' || char as u32 > 0x2FF;
    let next =
        |char: char| first(char) || char.is_numeric() || matches!(char, '-' | '.' | '\u{B7}' | '\u{300}'..='\u{36F}');
    chars.next().is_some_and(first) && chars.all(next)
}

fn attribute_value(attribute: &quick_xml::events::attributes::Attribute<'_>, at: u64) -> Result<String, XmlError> {
    let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| match error {
        quick_xml::Error::Escape(quick_xml::escape::EscapeError::UnrecognizedEntity(range, name)) => {
            let _ = range;
            XmlError::Entity(name.chars().take(40).collect())
        }
        other => XmlError::Malformed { at, detail: other.to_string() },
    })?;
    for char in value.chars() {
        allowed(char, at as usize)?;
    }
    Ok(value.into_owned())
}

/// The value of the first attribute with this name, whatever its prefix.
pub(crate) fn attribute(start: &BytesStart<'_>, local: &str) -> Option<String> {
    let found = start.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == local)?;
    attribute_value(&found, 0).ok()
}

/// An element of a [`Tree`].
#[derive(Debug)]
pub(crate) struct Node {
    /// Name without prefix.
    pub(crate) name: String,
    /// Attributes with their full names, declarations of namespaces left out.
    pub(crate) attributes: Vec<(String, String)>,
    /// Text directly inside, joined.
    pub(crate) text: String,
    /// Positions of the elements directly inside.
    pub(crate) children: Vec<usize>,
}

impl Node {
    /// The attribute of this name, whatever its prefix; one without a prefix goes first.
    pub(crate) fn attribute(&self, local: &str) -> Option<&str> {
        let exact = self.attributes.iter().find(|(name, _)| name == local);
        let local = || self.attributes.iter().find(|(name, _)| name.rsplit(':').next() == Some(local));
        exact.or_else(local).map(|(_, value)| value.as_str())
    }
}

/// A document as a list of elements, the root first, each before those inside it.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// Reads a whole document.
    pub(crate) fn read(bytes: &[u8], max_elements: usize) -> Result<Tree, XmlError> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        walk(bytes, max_elements, |step| {
            match step {
                Step::Open(start) => {
                    let at = nodes.len();
                    nodes.push(Node {
                        name: start.local_name().as_ref().to_owned(),
                        attributes: attributes(start),
                        text: String::new(),
                        children: Vec::new(),
                    });
                    if let Some(parent) = open.last() {
                        nodes[*parent].children.push(at);
                    }
                    open.push(at);
                }
                Step::Text(text) => {
                    if let Some(inside) = open.last() {
                        nodes[*inside].text.push_str(text);
                    }
                }
                Step::Close => {
                    open.pop();
                }
            }
            Ok::<(), XmlError>(())
        })?;
        Ok(Tree { nodes })
    }

    /// The outermost element.
    pub(crate) fn root(&self) -> &Node {
        &self.nodes[0] // a document without a root is refused by `walk`
    }

    /// The element at this position.
    pub(crate) fn node(&self, at: usize) -> &Node {
        &self.nodes[at]
    }

    /// The elements directly inside.
    pub(crate) fn children<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Node> {
        node.children.iter().map(|at| &self.nodes[*at])
    }

    /// The first element of this name directly inside.
    pub(crate) fn child<'a>(&'a self, node: &'a Node, name: &str) -> Option<&'a Node> {
        self.children(node).find(|child| child.name == name)
    }
}

fn attributes(start: &BytesStart<'_>) -> Vec<(String, String)> {
    let known = start.attributes().flatten().filter(|attribute| attribute.key.as_namespace_binding().is_none());
    known.filter_map(|attribute| Some((attribute.key.0.to_owned(), attribute_value(&attribute, 0).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(xml: &str, code: &str) {
        let read = Tree::read(xml.as_bytes(), 1000);
        assert_eq!(read.as_ref().err().map_or("taken", XmlError::code), code, "{read:?}");
    }

    #[test]
    fn whole_documents_are_taken() {
        check("<a/>", "taken");
        check(
            "\u{FEFF}<?xml version='1.0' encoding='UTF-8'?>\n<a b='&lt;1&#233;'>x &amp; <![CDATA[<y>]]></a>\n<!-- end -->",
            "taken",
        );
        let tree = Tree::read("<a b='&lt;é'>x &amp; <![CDATA[<y>]]></a>".as_bytes(), 10).unwrap();
        assert_eq!((tree.root().attribute("b"), tree.root().text.as_str()), (Some("<é"), "x & <y>"));
    }

    #[test]
    fn anything_cut_off_or_added_is_refused() {
        for cut in ["<a>", "<a><b></b>", "<a", "<a b='", "<a><!-- ", "<a><![CDATA[x"] {
            check(cut, if cut.starts_with("<a>") { "xml_cut_off" } else { "xml_malformed" });
        }
        check("", "xml_cut_off");
        check("<a/><b/>", "xml_trailing");
        check("<a/>x", "xml_trailing");
        check("x<a/>", "xml_malformed");
        check("<a></b>", "xml_malformed");
        check("<a b='1' b='2'/>", "xml_malformed");
        check("<1a/>", "xml_malformed");
    }

    #[test]
    fn bombs_and_forbidden_characters_are_refused() {
        check("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "xml_document_type");
        check("<a>&b;</a>", "xml_entity");
        check("<a b='&c;'/>", "xml_entity");
        check("<a>\0</a>", "xml_character");
        check("<a>&#0;</a>", "xml_malformed");
        check("<a>&#11;</a>", "xml_character");
        check("<a>\u{FFFF}</a>", "xml_character");
        check("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "xml_encoding");
        check(&"<a>".repeat(100_000), "xml_too_deep");
        check(&format!("<{}/>", "a".repeat(5000)), "xml_long_path");
        check(&format!("<a>{}</a>", "<b/>".repeat(1000)), "xml_too_many_elements");
    }
}
