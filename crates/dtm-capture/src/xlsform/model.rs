//! The checked form between the sheets and the XForm: a tree of nodes in document order, and lists of choices.

use super::cells::Cell;
use super::problem::At;
use super::question_type::{QuestionType, SelectKind};
use std::cell::OnceCell;

/// A text as the sheet gives it: in one language, or in several.
#[derive(Clone, Debug)]
pub(super) enum Text {
    /// From a column without a language.
    Plain(Cell),
    /// By language, in the order of the columns.
    PerLanguage(Vec<(String, Cell)>),
}

impl Text {
    /// Joins the cells of a text; the column without a language counts as the default language if there are others.
    /// In a column of its own (`label`, not `media::image`) the one without a language, if it comes last, stands for
    /// all of them, as XLSForm tools have it.
    pub(super) fn from_cells(
        cells: impl IntoIterator<Item = (Option<String>, Cell)>,
        default_language: &str,
        own_column: bool,
    ) -> Option<Text> {
        let mut text = None;
        for (language, cell) in cells {
            text = Some(match (text, language) {
                (None, None) => Text::Plain(cell),
                (None, Some(language)) => Text::PerLanguage(vec![(language, cell)]),
                (Some(_), None) if own_column => Text::Plain(cell),
                (Some(Text::Plain(_)), None) => Text::Plain(cell),
                (Some(Text::Plain(_)), Some(language)) if language == default_language => {
                    Text::PerLanguage(vec![(language, cell)])
                }
                (Some(Text::Plain(plain)), Some(language)) => {
                    Text::PerLanguage(vec![(default_language.to_owned(), plain), (language, cell)])
                }
                (Some(Text::PerLanguage(mut cells)), language) => {
                    let spare = language.is_none() && cells.iter().any(|(known, _)| known == default_language);
                    if !spare {
                        let language = language.unwrap_or_else(|| default_language.to_owned());
                        cells.retain(|(known, _)| *known != language);
                        cells.push((language, cell));
                    }
                    Text::PerLanguage(cells)
                }
            });
        }
        text
    }

    /// Whether it is in several languages.
    pub(super) fn is_translated(&self) -> bool {
        matches!(self, Text::PerLanguage(_))
    }

    /// Every wording.
    pub(super) fn cells(&self) -> impl Iterator<Item = &Cell> {
        let (one, many) = match self {
            Text::Plain(cell) => (Some(cell), [].as_slice()),
            Text::PerLanguage(cells) => (None, cells.as_slice()),
        };
        one.into_iter().chain(many.iter().map(|(_, cell)| cell))
    }
}

/// The kinds of media that a label may carry, by column.
pub(super) const MEDIA: [&str; 4] = ["image", "big-image", "audio", "video"];

/// The place of two of them in [`MEDIA`].
pub(super) const IMAGE: usize = 0;
pub(super) const BIG_IMAGE: usize = 1;

/// Media files of a label, by index in [`MEDIA`].
pub(super) type Media = Vec<(usize, Text)>;

/// One choice of a list.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) label: Option<Text>,
    pub(super) media: Media,
    /// Filled columns of one's own, by index in [`Choices::extra`].
    pub(super) extra: Vec<(usize, String)>,
}

/// A list of choices.
#[derive(Debug)]
pub(super) struct ChoiceList {
    pub(super) name: String,
    pub(super) choices: Vec<Choice>,
    /// Whether the labels are in itext, once somebody asked.
    pub(super) needs_itext: OnceCell<bool>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Root,
    Group,
    /// The group of meta data, which has no body.
    Meta,
    Repeat,
    Question(&'static QuestionType),
    /// What is saved to a list of entities.
    Entity,
    /// An attribute of an entity, which binds as if it were a node.
    Attribute,
    /// A file that only becomes an instance; its ending.
    ExternalFile(&'static str),
}

/// Where the items of a question come from.
#[derive(Clone, Debug)]
pub(super) enum Items {
    /// A list of the choices sheet.
    List(String),
    /// A file beside the form.
    File(String),
    /// Earlier answers: `${name}`.
    Answers(Cell),
    /// A list of the external_choices sheet.
    External(String),
    /// Shapes to choose from on a map: a list, a file or the answers of a repeat.
    Geometry(Cell),
}

/// The choices that a question offers.
#[derive(Clone, Debug)]
pub(super) struct Select {
    pub(super) kind: SelectKind,
    pub(super) items: Items,
    pub(super) filter: Option<Cell>,
    pub(super) randomize: bool,
    pub(super) seed: Option<Cell>,
    /// Names of the columns of a file, where they are not the usual ones.
    pub(super) value_column: Option<String>,
    pub(super) label_column: Option<String>,
    /// Whether the appearance calls `search(…)`, which wants the items in the body.
    pub(super) search: bool,
    /// The list that counts when lists are shared between questions with and without a search.
    pub(super) shared_list: Option<String>,
}

/// An action of the form itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Takes the position when the form opens.
    SetGeopoint,
    /// Records sound while the form is open, at this quality.
    RecordAudio(Option<String>),
}

/// A group, a repeat or a question.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) parent: usize,
    pub(super) depth: usize,
    pub(super) children: Vec<usize>,
    /// The row it comes from.
    pub(super) at: At,
    pub(super) label: Option<Text>,
    pub(super) hint: Option<Text>,
    pub(super) guidance: Option<Text>,
    pub(super) media: Media,
    /// Attributes of the bind, the expressions among them.
    pub(super) bind: Vec<(String, Cell)>,
    /// Messages of the bind, which may be translated.
    pub(super) messages: Vec<(&'static str, Text)>,
    /// Attributes of the body element.
    pub(super) control: Vec<(String, Cell)>,
    /// Attributes of the instance element.
    pub(super) instance: Vec<(String, Cell)>,
    pub(super) default: Option<Cell>,
    pub(super) dynamic_default: bool,
    /// Names of the questions whose change sets this value.
    pub(super) trigger: Vec<(String, At)>,
    pub(super) select: Option<Select>,
    pub(super) actions: Vec<Action>,
    /// The list of tags of an OpenStreetMap question.
    pub(super) tags: Option<String>,
    /// Whether its children stand in the record without it, as the old setting `flat` has it.
    pub(super) flat: bool,
}

impl Node {
    /// A node without any trait.
    pub(super) fn new(name: impl Into<String>, kind: Kind, at: At) -> Node {
        Node {
            name: name.into(),
            kind,
            parent: 0,
            depth: 0,
            children: Vec::new(),
            at,
            label: None,
            hint: None,
            guidance: None,
            media: Vec::new(),
            bind: Vec::new(),
            messages: Vec::new(),
            control: Vec::new(),
            instance: Vec::new(),
            default: None,
            dynamic_default: false,
            trigger: Vec::new(),
            select: None,
            actions: Vec::new(),
            tags: None,
            flat: false,
        }
    }

    /// Sets an attribute of the bind, over what the type says.
    pub(super) fn set_bind(&mut self, key: &str, cell: Cell) {
        set(&mut self.bind, key, cell);
    }

    /// Sets an attribute of the body element.
    pub(super) fn set_control(&mut self, key: &str, cell: Cell) {
        set(&mut self.control, key, cell);
    }

    /// An attribute of the bind.
    pub(super) fn bind(&self, key: &str) -> Option<&Cell> {
        self.bind.iter().find(|(name, _)| name == key).map(|(_, cell)| cell)
    }

    /// The appearance, empty if there is none.
    pub(super) fn appearance(&self) -> &str {
        self.control.iter().find(|(name, _)| name == "appearance").map_or("", |(_, cell)| &cell.text)
    }

    /// Whether it is a group or a repeat.
    pub(super) fn is_section(&self) -> bool {
        matches!(self.kind, Kind::Root | Kind::Group | Kind::Meta | Kind::Repeat | Kind::Entity)
    }
}

fn set(attributes: &mut Vec<(String, Cell)>, key: &str, cell: Cell) {
    match attributes.iter_mut().find(|(name, _)| name == key) {
        Some((_, old)) => *old = cell,
        None => attributes.push((key.to_owned(), cell)),
    }
}

/// The nodes of a form; the root is the first, and a node comes after its parent and, entities apart, before its later
/// siblings.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

impl Tree {
    /// A tree of a root.
    pub(super) fn new(root: &str, at: At) -> Tree {
        Tree { nodes: vec![Node::new(root, Kind::Root, at)] }
    }

    /// Adds a node as the last child of another and returns its number.
    pub(super) fn add(&mut self, parent: usize, mut node: Node) -> usize {
        let index = self.nodes.len();
        node.parent = parent;
        node.depth = self.nodes[parent].depth + 1;
        self.nodes.push(node);
        self.nodes[parent].children.push(index);
        index
    }

    /// Adds a node like [`Tree::add`], before the other children of its parent.
    pub(super) fn add_first(&mut self, parent: usize, node: Node) -> usize {
        let index = self.add(parent, node);
        self.nodes[parent].children.rotate_right(1);
        index
    }

    /// All nodes in the order of the record.
    pub(super) fn in_order(&self) -> Vec<usize> {
        let (mut order, mut ahead) = (Vec::with_capacity(self.nodes.len()), vec![0]);
        while let Some(node) = ahead.pop() {
            order.push(node);
            ahead.extend(self.nodes[node].children.iter().rev());
        }
        order
    }

    /// The parent, unless it is the root that is asked.
    pub(super) fn parent(&self, node: usize) -> Option<usize> {
        (node != 0).then(|| self.nodes[node].parent)
    }

    /// The sections around a node, from the nearest to the root.
    pub(super) fn ancestors(&self, node: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parent(node), |node| self.parent(*node))
    }

    /// The nearest repeat around a node.
    pub(super) fn repeat_of(&self, node: usize) -> Option<usize> {
        self.ancestors(node).find(|above| self.nodes[*above].kind == Kind::Repeat)
    }

    /// The nearest section around both nodes, of this kind if one is given.
    pub(super) fn common_section(&self, a: usize, b: usize, repeats_only: bool) -> Option<usize> {
        let (mut x, mut y) = (self.parent(a)?, self.parent(b)?);
        while x != y {
            match self.nodes[x].depth >= self.nodes[y].depth {
                true => x = self.parent(x)?,
                false => y = self.parent(y)?,
            }
        }
        while repeats_only && self.nodes[x].kind != Kind::Repeat {
            x = self.parent(x)?;
        }
        (x != 0).then_some(x)
    }
}
