//! Which entities of a list are read, and in which order: what somebody may have, what they look for, and the query that
//! says both to the database.
//!
//! Every condition is met by an index, or by the rows of one page: nothing here reads a whole list to find a few.

use super::EntityList;
use crate::sql::{self, Columns, Val, vals};
use crate::{Result, Store};
use dtm_model::index_key;

/// Which entities of a list somebody may have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Access {
    /// Only those this one made.
    pub owner: Option<String>,
    /// Only those with these values.
    pub values: Vec<(String, String)>,
    /// Only those that lie in one of these areas.
    pub areas: Option<Vec<String>>,
    /// None at all: the rule asks for a property that the phone does not have.
    pub nothing: bool,
}

impl Access {
    /// Whether it is every entity.
    pub fn is_everything(&self) -> bool {
        *self == Access::default()
    }
}

/// Which entities to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityFilter {
    /// Those somebody may have.
    pub access: Access,
    /// Those whose label has words that begin so.
    pub search: Option<String>,
    /// Those that have this value of a property by which entities are found.
    pub value: Option<(String, String)>,
    /// Those of which all of this holds.
    pub conditions: Vec<EntityCondition>,
    /// Those that clash.
    pub conflict: bool,
    /// Those in the trash, instead of those that are there.
    pub deleted: bool,
}

/// What is known of every entity and can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityColumn {
    /// When it was made, milliseconds.
    CreatedAt,
    /// When it changed last, milliseconds.
    UpdatedAt,
    /// Its version.
    Version,
    /// How it clashes.
    Conflict,
}

impl EntityColumn {
    fn sql(self) -> &'static str {
        match self {
            EntityColumn::CreatedAt => "e.created_at",
            EntityColumn::UpdatedAt => "e.updated_at",
            EntityColumn::Version => "e.version",
            EntityColumn::Conflict => "e.conflict",
        }
    }
}

/// Something that must hold of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntityCondition {
    /// There is a value, or there is none.
    Known(EntityColumn, bool),
    /// A number stands so to another: `=`, `<`, `<=`, `>`, `>=`. Nothing stands in no such relation.
    Number(EntityColumn, &'static str, i64),
    /// The value of a property by which entities are found, or the label, stands so to another value of its kind, both
    /// as [`dtm_model::index_key`] writes them. The empty key is that of blank values.
    Key(String, &'static str, String),
    /// Somewhere behind the name of the property stands this text: what holds for every entity that is looked for and
    /// for some more, where the property is not one by which entities are found.
    Says(String, String),
    /// One of these holds.
    Any(Vec<EntityCondition>),
}

impl EntityCondition {
    /// The condition in SQL; its values are added.
    fn sql(&self, asked: &mut Asked) -> String {
        match self {
            EntityCondition::Known(column, is) => {
                format!("{} IS {}NULL", column.sql(), if *is { "NOT " } else { "" })
            }
            EntityCondition::Number(column, how, number) => {
                format!("{} {} {}", column.sql(), comparison(how), asked.place(*number))
            }
            EntityCondition::Key(property, how, key) => {
                format!("e.seq IN (SELECT seq FROM entity_values WHERE {})", of_key(property, how, key, asked))
            }
            EntityCondition::Says(property, text) => {
                let json = |text: &str| serde_json::Value::from(text).to_string();
                let mut pattern = String::new();
                // Whatever stands before the text in its quotes, for blanks around it do not count.
                let (property, text) = (json(property), json(text));
                for (part, end) in [(format!("{property}:\""), "%"), (text[1..text.len() - 1].to_owned(), "%")] {
                    for c in part.chars() {
                        if matches!(c, '%' | '_' | '~') {
                            pattern.push('~');
                        }
                        pattern.push(c);
                    }
                    pattern.push_str(end);
                }
                format!("e.data LIKE {} ESCAPE '~'", asked.place(format!("%{pattern}")))
            }
            EntityCondition::Any(conditions) => {
                let any: Vec<String> = conditions.iter().map(|condition| condition.sql(asked)).collect();
                if any.is_empty() { "1 = 0".to_owned() } else { format!("({})", any.join(" OR ")) }
            }
        }
    }
}

impl Store {
    /// Whether no more than this many entities can meet a condition, as far as an index tells without counting them all.
    /// Such a condition is worth collecting what it holds; another is better looked at entity by entity.
    pub async fn is_rare(&self, list: &EntityList, condition: &EntityCondition, most: u32) -> Result<bool> {
        let mut waiting = vec![condition];
        let mut conn = self.read().await?;
        while let Some(condition) = waiting.pop() {
            let mut asked = Asked::new(list, &EntityFilter::default());
            let from = match condition {
                EntityCondition::Any(conditions) => {
                    waiting.extend(conditions);
                    continue;
                }
                EntityCondition::Key(property, how, key) => {
                    format!("FROM entity_values WHERE {}", of_key(property, how, key, &mut asked))
                }
                EntityCondition::Number(EntityColumn::CreatedAt | EntityColumn::UpdatedAt, ..)
                | EntityCondition::Known(EntityColumn::UpdatedAt | EntityColumn::Conflict, true) => {
                    format!("FROM entities e WHERE e.list = $1 AND {}", condition.sql(&mut asked))
                }
                _ => return Ok(false),
            };
            let limit = asked.place(most.saturating_add(1));
            let sql = format!("SELECT count(*) FROM (SELECT seq {from} LIMIT {limit}) met");
            let row = sql::one(&mut conn, sql, asked.vals).await?;
            if row.map_or(Ok(0), |row| row.int(0))? > i64::from(most) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The values of a property that stand so to a key.
fn of_key(property: &str, how: &str, key: &str, asked: &mut Asked) -> String {
    // Numbers are compared with numbers and text with text: the first digit of a key tells.
    let kind = key.get(..1).unwrap_or_default();
    let (property, how, key) = (asked.place(property), comparison(how), asked.place(key));
    let mut sql = format!("list = $1 AND property = {property} AND value {how} {key}");
    if how != "=" {
        let (from, to) = (asked.place(kind), asked.place(if kind == "1" { "2" } else { "3" }));
        sql.push_str(&format!(" AND value > {from} AND value < {to}"));
    }
    sql
}

/// The operator, none of the caller's own text.
fn comparison(how: &str) -> &'static str {
    ["=", "<", "<=", ">", ">="].into_iter().find(|known| *known == how).unwrap_or("=")
}

/// The order in which entities are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EntityOrder {
    /// The one that came last first.
    #[default]
    Newest,
    /// The one that came first first.
    Oldest,
    /// By a property by which entities are found, or the label; blank ones before all others, or after them when the
    /// largest come first.
    By {
        /// The property, or `label`.
        property: String,
        /// Whether the largest come first.
        descending: bool,
    },
}

/// A place in an order, after which reading goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityPlace {
    /// The entity's place in the list.
    pub seq: i64,
    /// Its key, where the order is one of values.
    pub key: String,
}

/// A query over the entities of a list, put together from a filter.
pub(super) struct Asked {
    pub(super) from: String,
    pub(super) conditions: String,
    pub(super) vals: Vec<Val>,
    /// The column of the entities' places that an index gives in order.
    seq: &'static str,
}

impl Asked {
    pub(super) fn new(list: &EntityList, filter: &EntityFilter) -> Asked {
        let state = if filter.deleted { "e.deleted_at > 0" } else { "e.deleted_at IS NULL" };
        let mut asked = Asked {
            from: "FROM entities e".to_owned(),
            conditions: format!("WHERE e.list = $1 AND {state}"),
            vals: vals![list.number],
            seq: "e.seq",
        };
        let Access { owner, values, areas, nothing } = &filter.access;
        if filter.conflict {
            asked.conditions.push_str(" AND e.conflict IS NOT NULL");
        }
        if *nothing || areas.as_ref().is_some_and(Vec::is_empty) {
            asked.conditions.push_str(" AND 1 = 0");
        }
        if let Some(owner) = owner {
            let place = asked.place(owner);
            asked.conditions.push_str(&format!(" AND e.created_by = {place}"));
        }
        match areas.as_deref() {
            None | Some([]) => {}
            Some([area]) => {
                let area = asked.place(area);
                asked.from.push_str(&format!(
                    " JOIN entity_areas g ON g.list = e.list AND g.seq = e.seq AND g.list = $1 AND g.area = {area}"
                ));
                asked.seq = "g.seq";
            }
            Some(areas) => {
                let places: Vec<String> = areas.iter().map(|area| asked.place(area)).collect();
                let places = places.join(",");
                asked.conditions.push_str(&format!(
                    " AND e.seq IN (SELECT seq FROM entity_areas WHERE list = $1 AND area IN ({places}))"
                ));
            }
        }
        let kind = |name: &str| list.property(name).map_or(dtm_model::FieldKind::Text, |property| property.kind);
        let values = values.iter().chain(&filter.value);
        let mut keys: Vec<(String, String)> =
            values.map(|(name, value)| (name.clone(), index_key(kind(name), value).unwrap_or_default())).collect();
        // Nobody shares, or looks for, what is blank.
        if keys.iter().any(|(_, key)| key.is_empty()) {
            asked.conditions.push_str(" AND 1 = 0");
        }
        for condition in &filter.conditions {
            match condition {
                EntityCondition::Key(name, "=", key) => keys.push((name.clone(), key.clone())),
                other => {
                    let sql = other.sql(&mut asked);
                    asked.conditions.push_str(&format!(" AND {sql}"));
                }
            }
        }
        for (n, (property, key)) in keys.into_iter().enumerate() {
            let (property, key) = (asked.place(property), asked.place(key));
            asked.from.push_str(&format!(
                " JOIN entity_values x{n} ON x{n}.list = e.list AND x{n}.seq = e.seq AND x{n}.list = $1 \
                 AND x{n}.property = {property} AND x{n}.value = {key}"
            ));
            if n == 0 && asked.seq == "e.seq" {
                asked.seq = "x0.seq";
            }
        }
        asked
    }

    pub(super) fn place(&mut self, value: impl Into<Val>) -> String {
        self.vals.push(value.into());
        format!("${}", self.vals.len())
    }

    /// Newest first, before this place.
    pub(super) fn page(mut self, columns: &str, before: Option<i64>, limit: u32, offset: u64) -> (String, Vec<Val>) {
        let seq = self.seq;
        if let Some(before) = before {
            let place = self.place(before);
            self.conditions.push_str(&format!(" AND {seq} < {place}"));
        }
        let (limit, offset) = (self.place(limit), self.place(i64::try_from(offset).unwrap_or(i64::MAX)));
        let Asked { from, conditions, vals, .. } = self;
        (format!("SELECT {columns} {from} {conditions} ORDER BY {seq} DESC LIMIT {limit} OFFSET {offset}"), vals)
    }

    /// In an order, after this place. The key stands behind the columns.
    pub(super) fn ordered(
        mut self,
        columns: &str,
        order: &EntityOrder,
        after: Option<&EntityPlace>,
        limit: u32,
    ) -> (String, Vec<Val>) {
        let (key, seq, descending) = match order {
            EntityOrder::Newest => ("''", self.seq, true),
            EntityOrder::Oldest => ("''", self.seq, false),
            EntityOrder::By { property, descending } => {
                let property = self.place(property);
                self.from.push_str(&format!(
                    " JOIN entity_values o ON o.list = e.list AND o.seq = e.seq AND o.list = $1 AND o.property = {property}"
                ));
                ("o.value", "o.seq", *descending)
            }
        };
        let (further, way) = if descending { ("<", "DESC") } else { (">", "ASC") };
        let is_by_key = matches!(order, EntityOrder::By { .. });
        if let Some(after) = after {
            let place = self.place(after.seq);
            let condition = match is_by_key {
                true => format!(" AND (o.value, o.seq) {further} ({}, {place})", self.place(&after.key)),
                false => format!(" AND {seq} {further} {place}"),
            };
            self.conditions.push_str(&condition);
        }
        let limit = self.place(limit);
        let order = if is_by_key { format!("o.value {way}, o.seq {way}") } else { format!("{seq} {way}") };
        let Asked { from, conditions, vals, .. } = self;
        (format!("SELECT {columns}, {key} {from} {conditions} ORDER BY {order} LIMIT {limit}"), vals)
    }
}
