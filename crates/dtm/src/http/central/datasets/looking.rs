//! Which entities a request looks for, and in which order: what of it an index can say becomes a condition of the database,
//! the rest is decided row by row.
//!
//! In: a filter, an order, and what somebody may have. Out: a [`Walk`] over the rows, of which none but a page is held.
//! A property that is not marked to be found by is looked for by reading the list, and only lists up to [`MOST_SORTED`]
//! are sorted by one.

use super::odata::{LABEL, PAGE, fact, unsortable};
use crate::http::{App, Problem};
use axum::http::StatusCode;
use dtm_capture::odata::{Comparison, Expression, Facts, Field, Moment, OrderBy, System, Value as Known};
use dtm_model::{EntityId, FieldKind, index_key, number_key};
use dtm_store::{Access, EntityColumn, EntityCondition, EntityFilter, EntityList, EntityOrder, EntityPlace, EntityRow};
use std::cmp::Ordering;

/// How many entities are sorted in memory at most.
const MOST_SORTED: usize = 50_000;
/// How many entities a condition holds at most that is worth collecting.
const RARE: u32 = 20_000;
/// The longest text that is looked up by its key.
const LONGEST_KEY: usize = 190;

/// What is looked for.
pub(super) struct Question {
    pub(super) filter: Option<Expression>,
    pub(super) order: Vec<OrderBy>,
    pub(super) access: Access,
    /// The moment of the request, milliseconds.
    pub(super) now: i64,
}

/// What the database is told, and what is left to decide row by row.
struct Told {
    filter: EntityFilter,
    rest: Vec<Expression>,
}

impl Question {
    /// Whether the request itself says which deleted rows it wants; others are not shown any.
    fn speaks_of_deleted(&self) -> bool {
        self.filter.as_ref().is_some_and(|filter| filter.fields().contains(&Field::System(System::DeletedAt)))
    }

    /// Tells the database what an index can say. Ranges, alternatives and times are found by collecting all they hold:
    /// that is done where they hold few, or all have to be found (`collect`); else they are looked at row by row, which
    /// soon fills a page.
    async fn told(&self, app: &App, list: &EntityList, collect: bool) -> Result<Told, Problem> {
        let filter = EntityFilter { access: self.access.clone(), ..EntityFilter::default() };
        let mut told = Told { filter, rest: Vec::new() };
        // Deleted entities are not found by their values.
        let with_trash = self.speaks_of_deleted();
        for expression in self.filter.clone().map(Expression::conditions).unwrap_or_default() {
            let said = if with_trash { None } else { say(list, &expression) };
            let Some((condition, is_exact)) = said else {
                told.rest.push(expression);
                continue;
            };
            let is_told = match &condition {
                EntityCondition::Key(_, "=", _) | EntityCondition::Says(..) => true,
                _ => collect || app.store.is_rare(list, &condition, RARE).await?,
            };
            if !is_told || !is_exact {
                told.rest.push(expression);
            }
            told.filter.conditions.extend(Some(condition).filter(|_| is_told));
        }
        Ok(told)
    }

    /// How many entities are wanted.
    pub(super) async fn count(&self, app: &App, list: &EntityList) -> Result<u64, Problem> {
        let Told { filter, rest } = self.told(app, list, true).await?;
        if rest.is_empty() {
            return Ok(app.store.count_entities(list, &filter).await?);
        }
        let with_trash = self.speaks_of_deleted();
        let mut walk = Walk::new(app, list, Told { filter, rest }, EntityOrder::Newest, self.now, with_trash);
        let mut n = 0;
        while let Some(rows) = walk.next().await? {
            n += rows.len() as u64;
        }
        Ok(n)
    }

    /// A walk over the rows that are wanted.
    pub(super) async fn walk(&self, app: &App, list: &EntityList) -> Result<Walk, Problem> {
        let with_trash = self.speaks_of_deleted();
        let told = self.told(app, list, false).await?;
        if let Some(order) = self.kept_order(list).filter(|order| !with_trash || *order == EntityOrder::Newest) {
            return Ok(Walk::new(app, list, told, order, self.now, with_trash));
        }
        let mut walk = Walk::new(app, list, told, EntityOrder::Newest, self.now, with_trash);
        let mut sorted: Vec<EntityRow> = Vec::new();
        while let Some(rows) = walk.next().await? {
            sorted.extend(rows);
            if sorted.len() > MOST_SORTED {
                return Err(unsortable(list));
            }
        }
        sorted.sort_by(|a, b| compare(list, &self.order, a, b));
        walk.sorted = Some(sorted.into_iter());
        Ok(walk)
    }

    /// The order, if an index keeps it.
    fn kept_order(&self, list: &EntityList) -> Option<EntityOrder> {
        let [order] = self.order.as_slice() else { return self.order.is_empty().then_some(EntityOrder::Newest) };
        match order.field {
            Field::System(System::CreatedAt) => {
                Some(if order.descending { EntityOrder::Newest } else { EntityOrder::Oldest })
            }
            Field::Answer(at) => {
                let property = name_of(list, at)?;
                let kept = EntityOrder::By { property: property.to_owned(), descending: order.descending };
                list.finds_by(property).then_some(kept)
            }
            _ => None,
        }
    }
}

/// The name of a property, or of the label.
fn name_of(list: &EntityList, at: usize) -> Option<&str> {
    match at {
        LABEL => Some("label"),
        at => list.properties.get(at).map(|property| property.name.as_str()),
    }
}

/// Which of two comes first; the newer one where nothing tells them apart.
fn compare(list: &EntityList, order: &[OrderBy], a: &EntityRow, b: &EntityRow) -> Ordering {
    for OrderBy { field, descending } in order {
        let by = fact(list, a, *field).sort(&fact(list, b, *field));
        let by = if *descending { by.reverse() } else { by };
        if by.is_ne() {
            return by;
        }
    }
    b.seq.cmp(&a.seq)
}

/// The expression as a condition of the database, and whether it says exactly the same; else it holds for more rows.
fn say(list: &EntityList, expression: &Expression) -> Option<(EntityCondition, bool)> {
    if let Some(alternatives) = expression.alternatives() {
        let said: Vec<(EntityCondition, bool)> =
            alternatives.iter().map(|one| say(list, one)).collect::<Option<_>>()?;
        let is_exact = said.iter().all(|(_, is_exact)| *is_exact);
        return Some((EntityCondition::Any(said.into_iter().map(|(condition, _)| condition).collect()), is_exact));
    }
    let (field, how, literal) = expression.comparison()?;
    match field {
        Field::System(system) => of_system(system, how, literal),
        Field::Answer(at) => {
            let name = name_of(list, at)?;
            let kind = list.property(name).map_or(FieldKind::Text, |property| property.kind);
            if list.finds_by(name) {
                let (how, key) = key(kind, how, literal)?;
                return Some((EntityCondition::Key(name.to_owned(), how, key), true));
            }
            // What the property says stands in the row as it was sent: what does not name it at all is not read.
            match (how, literal) {
                (Comparison::Eq, Known::Text(text)) if !text.trim().is_empty() => {
                    Some((EntityCondition::Says(name.to_owned(), text.trim().to_owned()), false))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn of_system(system: System, how: Comparison, literal: &Known<'_>) -> Option<(EntityCondition, bool)> {
    let column = match system {
        System::CreatedAt => EntityColumn::CreatedAt,
        System::UpdatedAt => EntityColumn::UpdatedAt,
        System::Version | System::Updates => EntityColumn::Version,
        System::Conflict => EntityColumn::Conflict,
        _ => return None,
    };
    match (literal, how) {
        (Known::Null, Comparison::Eq) => Some((EntityCondition::Known(column, false), true)),
        (Known::Null, Comparison::Ne) => Some((EntityCondition::Known(column, true), true)),
        (Known::Text(_), Comparison::Eq) if system == System::Conflict => {
            Some((EntityCondition::Known(column, true), false))
        }
        (Known::Instant(at), _) if matches!(system, System::CreatedAt | System::UpdatedAt) => {
            Some((EntityCondition::Number(column, word(how)?, *at), true))
        }
        (Known::Int(n), _) if system == System::Version => {
            Some((EntityCondition::Number(column, word(how)?, *n), true))
        }
        (Known::Int(n), _) if system == System::Updates => {
            Some((EntityCondition::Number(column, word(how)?, n.checked_add(1)?), true))
        }
        _ => None,
    }
}

/// The operator of the database; none where nothing and something are told apart in another way.
fn word(how: Comparison) -> Option<&'static str> {
    match how {
        Comparison::Eq => Some("="),
        Comparison::Lt => Some("<"),
        Comparison::Le => Some("<="),
        Comparison::Gt => Some(">"),
        Comparison::Ge => Some(">="),
        Comparison::Ne => None,
    }
}

/// The comparison of a value's key that is the same as the comparison of the value.
fn key(kind: FieldKind, how: Comparison, literal: &Known<'_>) -> Option<(&'static str, String)> {
    let is_number = matches!(kind, FieldKind::Integer | FieldKind::Decimal);
    match (literal, how) {
        (Known::Null, Comparison::Eq) => Some(("=", String::new())),
        (Known::Null, Comparison::Ne) => Some((">", String::new())),
        (Known::Int(n), _) if is_number => Some((word(how)?, number_key(*n as f64))),
        (Known::Number(n), _) if is_number && n.is_finite() => Some((word(how)?, number_key(*n))),
        (Known::Text(text), _) if !is_number => {
            let is_plain = !text.is_empty() && text.trim() == text.as_ref() && text.len() < LONGEST_KEY;
            // A longer value shares its key with others that begin alike.
            let how = word(how).filter(|how| is_plain && matches!(*how, "=" | "<" | ">="))?;
            Some((how, index_key(kind, text)?))
        }
        _ => None,
    }
}

/// A walk over the rows that are wanted.
pub(super) struct Walk {
    pub(super) app: App,
    pub(super) list: EntityList,
    told: Told,
    order: EntityOrder,
    now: i64,
    after: Option<EntityPlace>,
    /// Whether those in the trash are read now, and whether they are to be.
    in_trash: bool,
    with_trash: bool,
    to_skip: u64,
    /// How many rows are wanted still.
    pub(super) left: u64,
    is_done: bool,
    /// The rows, where they had to be sorted here.
    sorted: Option<std::vec::IntoIter<EntityRow>>,
}

impl Walk {
    fn new(app: &App, list: &EntityList, told: Told, order: EntityOrder, now: i64, with_trash: bool) -> Walk {
        Walk {
            app: app.clone(),
            list: list.clone(),
            told,
            order,
            now,
            after: None,
            in_trash: false,
            with_trash,
            to_skip: 0,
            left: u64::MAX,
            is_done: false,
            sorted: None,
        }
    }

    /// Begins behind this entity.
    pub(super) async fn go_behind(&mut self, id: &EntityId) -> Result<(), Problem> {
        let unknown = || {
            let mut problem = Problem::not_found();
            problem.central = 400.34;
            problem.status = StatusCode::BAD_REQUEST;
            problem
        };
        if let Some(sorted) = &mut self.sorted {
            return if sorted.any(|row| row.id == id.as_str()) { Ok(()) } else { Err(unknown()) };
        }
        let place = self.app.store.entity_place(&self.list, id, &self.order).await?;
        self.after = Some(place.ok_or_else(unknown)?);
        Ok(())
    }

    /// Passes over this many rows.
    pub(super) async fn skip(&mut self, n: u64) -> Result<(), Problem> {
        let by_index = self.told.rest.is_empty() && self.order == EntityOrder::Newest && !self.with_trash;
        if n == 0 || self.sorted.is_some() || !by_index {
            self.to_skip = n;
            return Ok(());
        }
        let seq = self.app.store.entity_at(&self.list, &self.told.filter, n - 1).await?;
        self.after = seq.map(|seq| EntityPlace { seq, key: String::new() });
        self.is_done = self.after.is_none();
        Ok(())
    }

    fn wants(&self, row: &EntityRow) -> bool {
        let value = |field| fact(&self.list, row, field);
        self.told.rest.iter().all(|part| part.wants(&Facts { value: &value, now: Moment(self.now) }))
    }

    /// The next rows, none at the end; some pages may be empty.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<EntityRow>>, Problem> {
        if self.left == 0 || (self.is_done && self.sorted.is_none()) {
            return Ok(None);
        }
        if let Some(sorted) = &mut self.sorted {
            let to_skip = usize::try_from(std::mem::take(&mut self.to_skip)).unwrap_or(usize::MAX);
            let left = usize::try_from(self.left).unwrap_or(usize::MAX);
            let page: Vec<EntityRow> = sorted.skip(to_skip).take(left.min(PAGE as usize)).collect();
            self.left -= page.len() as u64;
            return Ok((!page.is_empty()).then_some(page));
        }
        let filter = EntityFilter { deleted: self.in_trash, ..self.told.filter.clone() };
        let wanted = self.left.saturating_add(self.to_skip);
        let most = match self.told.rest.is_empty() {
            true => PAGE.min(u32::try_from(wanted).unwrap_or(PAGE)),
            false => PAGE,
        };
        let rows = self.app.store.entity_rows_by(&self.list, &filter, &self.order, self.after.as_ref(), most).await?;
        if rows.len() < most as usize {
            self.is_done = self.in_trash || !self.with_trash;
            self.in_trash = true;
            self.after = None;
        } else {
            self.after = rows.last().map(|(place, _)| place.clone());
        }
        let mut page = Vec::new();
        for (_, row) in rows {
            if self.left == 0 {
                break;
            }
            if !self.wants(&row) {
                continue;
            }
            if self.to_skip > 0 {
                self.to_skip -= 1;
                continue;
            }
            self.left -= 1;
            page.push(row);
        }
        Ok(Some(page))
    }
}
