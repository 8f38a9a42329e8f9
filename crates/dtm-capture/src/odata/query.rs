//! The options of an OData request.

use super::expression::{Comparison, Expression, Field, System, Table, parse};
use super::problem::FilterError;
use crate::instance::Shape;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dtm_model::{FieldKind, Lang};
use serde_json::{Value as Json, json};
use std::collections::HashSet;

/// The options that are understood.
const KNOWN: [&str; 10] =
    ["$format", "$count", "$skip", "$top", "$filter", "$wkt", "$expand", "$select", "$skiptoken", "$orderby"];

/// Why the options of a request cannot be followed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// An option that is not known.
    #[error("the requested feature {0} is not supported by this server")]
    UnknownOption(String),
    /// The filter is wrong.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A sorting that cannot be.
    #[error("`$orderby` cannot be read: `{0}` (a field, then `asc` or `desc`)")]
    OrderBy(String),
    /// An expansion other than `*`.
    #[error("the given OData expand expression is not supported by this server: \"{0}\"; only \"$expand=*\" is")]
    Expand(String),
    /// A property that the table does not have.
    #[error("could not find a property named '{0}'")]
    UnknownProperty(String),
    /// A property inside a repeat, which is a table of its own.
    #[error("'{0}' stands in a repeat: add $expand=*, or ask the repeat's own table")]
    InsideRepeat(String),
    /// A `$skiptoken` that is none of ours.
    #[error("invalid $skiptoken")]
    SkipToken,
}

impl QueryError {
    /// A stable word for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            QueryError::UnknownOption(_) => "odata_unknown_option",
            QueryError::Filter(FilterError::UnknownField { .. }) => "odata_unknown_field",
            QueryError::Filter(FilterError::Unsupported { .. }) => "odata_unsupported",
            QueryError::Filter(_) => "odata_filter_unreadable",
            QueryError::OrderBy(_) => "odata_orderby_unreadable",
            QueryError::Expand(_) => "odata_expand",
            QueryError::UnknownProperty(_) => "odata_unknown_property",
            QueryError::InsideRepeat(_) => "odata_select_in_repeat",
            QueryError::SkipToken => "odata_skiptoken",
        }
    }

    /// The number under which ODK Central's clients know it.
    pub fn central(&self) -> f64 {
        match self {
            QueryError::UnknownOption(_) => 501.1,
            QueryError::Filter(FilterError::UnknownField { .. }) => 501.5,
            QueryError::Filter(FilterError::Unsupported { .. }) => 501.4,
            QueryError::Filter(_) => 400.18,
            QueryError::OrderBy(_) => 501.5,
            QueryError::Expand(_) => 501.6,
            QueryError::UnknownProperty(_) => 400.23,
            QueryError::InsideRepeat(_) => 400.24,
            QueryError::SkipToken => 400.35,
        }
    }

    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return match self {
                QueryError::Filter(FilterError::UnknownField { at, text }) => format!(
                    "The given OData filter expression references fields not supported by this server: {text} at {at}"
                ),
                QueryError::Filter(FilterError::Unsupported { at, text }) => format!(
                    "The given OData filter expression uses features not supported by this server: {text} at {at}"
                ),
                QueryError::Filter(reason) => {
                    format!("The OData filter expression you provided could not be parsed: {reason}")
                }
                other => {
                    let text = other.to_string();
                    let first = text.chars().next().map(|char| char.to_uppercase().to_string()).unwrap_or_default();
                    first + text.get(1..).unwrap_or_default()
                }
            };
        }
        match self {
            QueryError::UnknownOption(name) => format!("Ce serveur ne connaît pas l’option {name}."),
            QueryError::Filter(reason) => format!("Le filtre OData ne peut être suivi : {}", reason.message(lang)),
            QueryError::OrderBy(text) => {
                format!("`$orderby` ne peut être lu : `{text}` (un champ, puis `asc` ou `desc`)")
            }
            QueryError::Expand(text) => format!("`$expand={text}` n’est pas pris en charge ; seul `$expand=*` l’est."),
            QueryError::UnknownProperty(name) => format!("La table n’a pas de propriété « {name} »."),
            QueryError::InsideRepeat(name) => format!(
                "« {name} » se trouve dans un groupe répété : ajoutez $expand=*, ou demandez la table du groupe."
            ),
            QueryError::SkipToken => "Le jeton $skiptoken n’est pas valide.".to_owned(),
        }
    }
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipToken {
    /// After this submission.
    After {
        /// Its instanceID.
        instance_id: String,
    },
    /// After this turn of a repeat.
    AfterTurn {
        /// Its id.
        repeat_id: String,
        /// The submission it belongs to, where that is known.
        instance_id: Option<String>,
    },
}

impl SkipToken {
    /// The token as it stands in an address.
    pub fn write(&self) -> String {
        let said = match self {
            SkipToken::After { instance_id } => json!({ "instanceId": instance_id }),
            SkipToken::AfterTurn { repeat_id, instance_id: Some(instance_id) } => {
                json!({ "repeatId": repeat_id, "instanceId": instance_id })
            }
            SkipToken::AfterTurn { repeat_id, instance_id: None } => json!({ "repeatId": repeat_id }),
        };
        format!("01{}", STANDARD.encode(said.to_string()))
    }

    /// Reads a token.
    pub fn read(text: &str) -> Result<SkipToken, QueryError> {
        let coded = text.strip_prefix("01").filter(|coded| coded.len() < 4000).ok_or(QueryError::SkipToken)?;
        let bytes = STANDARD.decode(coded).map_err(|_| QueryError::SkipToken)?;
        let said: Json = serde_json::from_slice(&bytes).map_err(|_| QueryError::SkipToken)?;
        let text = |name: &str| said.get(name).and_then(Json::as_str).map(str::to_owned);
        match (text("repeatId"), text("instanceId")) {
            (Some(repeat_id), instance_id) => Ok(SkipToken::AfterTurn { repeat_id, instance_id }),
            (None, Some(instance_id)) => Ok(SkipToken::After { instance_id }),
            (None, None) => Err(QueryError::SkipToken),
        }
    }
}

/// One field to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderBy {
    /// The field.
    pub field: Field,
    /// Whether the largest come first.
    pub descending: bool,
}

/// What was asked for by `$select`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The nodes that are shown; none where all are.
    nodes: Option<HashSet<usize>>,
    /// Whether `__id` is shown.
    pub id: bool,
    /// Whether the id of what a turn stands in is shown.
    pub parent: bool,
    /// What of `__system` is shown.
    pub system: Vec<System>,
}

impl Selection {
    /// Everything.
    pub fn all() -> Self {
        let system = System::OF_SUBMISSION.iter().map(|(system, _)| *system).collect();
        Self { nodes: None, id: true, parent: true, system }
    }

    /// Whether a node is shown.
    pub fn holds(&self, node: usize) -> bool {
        self.nodes.as_ref().is_none_or(|nodes| nodes.contains(&node))
    }

    /// Whether something inside this node was asked for by its name.
    pub(super) fn below(&self, shape: &Shape, node: usize) -> bool {
        let Some(nodes) = &self.nodes else { return false };
        let inside =
            |at: usize| std::iter::successors(shape.node(at).parent, |at| shape.node(*at).parent).any(|at| at == node);
        nodes.iter().any(|at| inside(*at))
    }

    fn read(text: &str, table: &Table<'_>, expand: bool) -> Result<Self, QueryError> {
        let shape = table.shape;
        let mut selection = Self { nodes: None, id: false, parent: false, system: Vec::new() };
        let mut nodes = HashSet::new();
        let names: Vec<Vec<String>> = (0..shape.nodes().len()).map(|at| super::line(shape, at)).collect();
        let skip = table.repeat.map_or(0, |repeat| shape.line(repeat).len());
        for property in text.split(',').map(str::trim).filter(|property| !property.is_empty()) {
            match (property, table.repeat) {
                ("__id", _) => selection.id = true,
                ("__system", None) => selection.system = Selection::all().system,
                (name, Some(repeat)) if name == super::parent_property(shape, repeat) => selection.parent = true,
                (name, None) if name.starts_with("__system/") => {
                    let Some(Field::System(system)) = table.field(name) else {
                        return Err(QueryError::UnknownProperty(name.to_owned()));
                    };
                    selection.system.push(system);
                }
                (name, _) => {
                    let in_table = |at: &usize| match table.repeat {
                        Some(repeat) => shape.line(*at).contains(&repeat) && *at != repeat,
                        None => true,
                    };
                    let found = (0..names.len()).filter(in_table).find(|at| names[*at][skip..].join("/") == name);
                    let node = found.ok_or_else(|| QueryError::UnknownProperty(name.to_owned()))?;
                    if shape.node(node).repeat != table.repeat && !expand {
                        return Err(QueryError::InsideRepeat(name.to_owned()));
                    }
                    nodes.extend(shape.line(node));
                    // All of a group, but of the repeats in it only that there are turns.
                    let mut waiting = vec![node];
                    while let Some(at) = waiting.pop() {
                        nodes.insert(at);
                        if shape.node(at).kind == FieldKind::Group {
                            waiting.extend(&shape.node(at).children);
                        }
                    }
                }
            }
        }
        selection.nodes = Some(nodes);
        Ok(selection)
    }
}

/// The options of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The most rows of one page.
    pub top: Option<u64>,
    /// Rows to pass over.
    pub skip: u64,
    /// Where the page begins.
    pub skip_token: Option<SkipToken>,
    /// Whether to count all rows.
    pub count: bool,
    /// Whether to write repeats out.
    pub expand: bool,
    /// Whether positions are well-known text.
    pub wkt: bool,
    /// Which rows are wanted.
    pub filter: Option<Expression>,
    /// How they are sorted.
    pub order_by: Vec<OrderBy>,
    /// Which properties are wanted.
    pub selection: Selection,
}

/// Whether a parameter says yes.
pub fn boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

impl Options {
    /// Reads the parameters of a request. Those that do not begin with `$` are no business of OData.
    pub fn read(parameters: &[(String, String)], table: &Table<'_>) -> Result<Options, QueryError> {
        let unknown = parameters.iter().find(|(name, _)| name.starts_with('$') && !KNOWN.contains(&name.as_str()));
        if let Some((name, _)) = unknown {
            return Err(QueryError::UnknownOption(name.chars().take(60).collect()));
        }
        let text = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let given = |name: &str| text(name).filter(|value| !value.trim().is_empty());
        // As in Central, a number that is none is no number given, and one below nought is nought.
        let whole =
            |name: &str| given(name).and_then(|value| value.trim().parse::<i64>().ok()).map(|n| n.max(0) as u64);
        let expand = match given("$expand") {
            None => false,
            Some("*") => true,
            Some(other) => return Err(QueryError::Expand(other.chars().take(100).collect())),
        };
        let find = |path: &str| table.field(path);
        let filter = given("$filter").map(|filter| parse(filter, &find)).transpose()?;
        let skip_token = given("$skiptoken").map(SkipToken::read).transpose()?;
        let selection = match given("$select") {
            None | Some("*") => Selection::all(),
            Some(names) => Selection::read(names, table, expand)?,
        };
        Ok(Options {
            top: whole("$top"),
            skip: if skip_token.is_some() { 0 } else { whole("$skip").unwrap_or(0) },
            skip_token,
            count: given("$count").is_some_and(boolean),
            expand,
            wkt: given("$wkt").is_some_and(boolean),
            filter,
            order_by: given("$orderby").map_or(Ok(Vec::new()), |text| order_by(text, &find))?,
            selection,
        })
    }

    /// Whether the request itself says which deleted rows it wants; others are not shown any.
    pub fn speaks_of_deleted(&self) -> bool {
        self.filter.as_ref().is_some_and(|filter| filter.fields().contains(&Field::System(System::DeletedAt)))
    }
}

/// Reads `a/b desc, c`.
fn order_by(text: &str, find: &dyn Fn(&str) -> Option<Field>) -> Result<Vec<OrderBy>, QueryError> {
    let read = |part: &str| {
        let wrong = || QueryError::OrderBy(part.chars().take(100).collect());
        let mut words = part.split_whitespace();
        let field = words.next().and_then(find).ok_or_else(wrong)?;
        let descending = match words.next() {
            None => false,
            Some(word) if word.eq_ignore_ascii_case("asc") => false,
            Some(word) if word.eq_ignore_ascii_case("desc") => true,
            Some(_) => return Err(wrong()),
        };
        if words.next().is_some() { Err(wrong()) } else { Ok(OrderBy { field, descending }) }
    };
    let parts: Vec<&str> = text.split(',').collect();
    if parts.len() > 20 {
        return Err(QueryError::OrderBy(text.chars().take(100).collect()));
    }
    parts.into_iter().map(read).collect()
}

impl Comparison {
    /// The comparison in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Comparison::Eq => "=",
            Comparison::Ne => "<>",
            Comparison::Lt => "<",
            Comparison::Le => "<=",
            Comparison::Gt => ">",
            Comparison::Ge => ">=",
        }
    }
}
