//! Chooses and sorts submissions by their answers, however many there are.
//!
//! Sealed answers are looked at column by column, only those that are asked about; what is not sealed yet, or was changed
//! since, is read from its XML. Columns are kept in memory while they are asked about, up to a limit. Where a condition
//! speaks of something else, every submission is read.

use super::export::{Rows, Sent, Source};
use crate::http::{App, Problem};
use dtm_capture::instance::{Instance, Shape};
use dtm_capture::odata::{Expression, Facts, Field, Moment, OrderBy, RowWriter, Selection, SkipToken, Value};
use dtm_engine::columns::{self, Cell, Columns};
use dtm_model::{BlobHash, FieldKind, RecordId};
use dtm_store::{ExportSource, Trash};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What is looked for.
#[derive(Clone)]
pub(crate) struct Looking {
    pub(crate) shape: Arc<Shape>,
    pub(crate) repeat: Option<usize>,
    /// What must hold, beside what the database says.
    pub(crate) rest: Vec<Expression>,
    pub(crate) order: Vec<OrderBy>,
    pub(crate) now: Moment,
    /// The row after which a page begins.
    pub(crate) token: Option<SkipToken>,
}

/// A row that was found: a submission, or a turn of a repeat in it.
#[derive(Clone)]
pub(crate) struct Found {
    keys: Vec<Value<'static>>,
    pub(crate) record: RecordId,
    pub(crate) turn: Option<usize>,
    pub(crate) is_token: bool,
}

impl Found {
    /// Which of two comes first.
    pub(crate) fn compare(&self, other: &Found, order: &[OrderBy]) -> Ordering {
        for (order, (a, b)) in order.iter().zip(self.keys.iter().zip(&other.keys)) {
            let by = a.sort(b);
            let by = if order.descending { by.reverse() } else { by };
            if by.is_ne() {
                return by;
            }
        }
        // Rows that are alike come in the direction of the first field, so that pages never overlap; the newest first
        // where no order is asked for.
        let by = (&self.record, self.turn).cmp(&(&other.record, other.turn));
        if order.first().is_none_or(|order| order.descending) { by.reverse() } else { by }
    }
}

/// Every row that is looked for, in order.
pub(crate) async fn found(
    app: &App,
    source: &Arc<Source>,
    from: ExportSource,
    looking: Looking,
) -> Result<Vec<Found>, Problem> {
    let order = looking.order.clone();
    let mut found = match by_columns(app, source, &from, &looking).await? {
        Some(found) => found,
        None => by_reading(source, Rows::Newest { source: from, before: None, skip: 0, limit: None }, &looking).await?,
    };
    found.sort_by(|a, b| a.compare(b, &order));
    Ok(found)
}

/// A page of submissions, and whether more follow.
pub(crate) async fn page(
    app: &App,
    source: &Arc<Source>,
    from: ExportSource,
    looking: Looking,
    skip: u64,
    top: u64,
) -> Result<(Vec<Sent>, bool), Problem> {
    let rows = if looking.rest.is_empty() && looking.order.is_empty() && source.shows_all() {
        Rows::Newest { source: from, before: None, skip, limit: Some(top + 1) }
    } else {
        let found = found(app, source, from, looking).await?;
        let page = found.into_iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).take(top as usize + 1);
        Rows::These(page.map(|found| found.record).collect())
    };
    let mut portions = source.read(rows);
    let mut sent = Vec::new();
    while let Some(portion) = portions.recv().await {
        sent.extend(portion?);
    }
    let more = sent.len() as u64 > top;
    sent.truncate(top as usize);
    Ok((sent, more))
}

/// Reads every submission and keeps what is looked for.
async fn by_reading(source: &Arc<Source>, rows: Rows, looking: &Looking) -> Result<Vec<Found>, Problem> {
    let mut portions = source.read(rows);
    let mut all = Vec::new();
    let mut instance = Instance::default();
    while let Some(portion) = portions.recv().await {
        let portion = portion?;
        let looking = looking.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let mut found = Vec::new();
            for one in &portion {
                look(one, &looking, &mut instance, &mut found);
            }
            (instance, found)
        });
        let (back, found) = looked.await.map_err(Problem::internal)?;
        instance = back;
        all.extend(found);
    }
    Ok(all)
}

fn look(one: &Sent, looking: &Looking, instance: &mut Instance, found: &mut Vec<Found>) {
    let shape = &looking.shape;
    let selection = Selection::all();
    let writer = RowWriter { shape, repeat: looking.repeat, wkt: false, expand: false, selection: &selection };
    let text = if one.system.status.is_none() { one.xml.as_str() } else { "<x/>" };
    if instance.read(text, shape).is_err() {
        return;
    }
    one.hide(instance, shape);
    for turn in writer.turns(instance) {
        let value = |field| writer.value(field, instance, &one.system, turn);
        if !looking.rest.iter().all(|part| part.wants(&Facts { value: &value, now: looking.now })) {
            continue;
        }
        let is_token = match &looking.token {
            Some(SkipToken::After { instance_id }) => *instance_id == one.system.instance_id,
            Some(SkipToken::AfterTurn { repeat_id, .. }) => {
                writer.id(instance, &one.system.instance_id, turn) == *repeat_id
            }
            None => false,
        };
        let keys = looking.order.iter().map(|order| value(order.field).into_owned()).collect();
        found.push(Found { keys, record: one.record.clone(), turn, is_token });
    }
}

/// Columns of segments that were asked about lately.
#[derive(Default)]
pub(crate) struct ColumnsKept(Mutex<HashMap<BlobHash, Arc<Columns>>>);

/// Bytes of columns that are kept.
const KEPT_BYTES: usize = 128 << 20;

impl ColumnsKept {
    async fn of(&self, app: &App, segment: &BlobHash, paths: &[String]) -> Result<Arc<Columns>, Problem> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(segment).cloned();
        let missing: Vec<String> = match &kept {
            Some(kept) => paths.iter().filter(|path| !kept.has(path)).cloned().collect(),
            None => paths.to_vec(),
        };
        if let Some(kept) = kept.as_ref().filter(|_| missing.is_empty()) {
            return Ok(kept.clone());
        }
        let bytes = app.blobs.get(segment).await?;
        let read = tokio::task::spawn_blocking(move || columns::read(&bytes, &missing)).await;
        let mut read = read.map_err(Problem::internal)?.map_err(Problem::internal)?;
        if let Some(kept) = kept {
            read = read.with(&kept);
        }
        let read = Arc::new(read);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.values().map(|columns| columns.size()).sum::<usize>() + read.size() > KEPT_BYTES {
            all.clear();
        }
        all.insert(segment.clone(), read.clone());
        Ok(read)
    }
}

/// Looks at columns; nothing where something is asked that no column says.
async fn by_columns(
    app: &App,
    source: &Arc<Source>,
    from: &ExportSource,
    looking: &Looking,
) -> Result<Option<Vec<Found>>, Problem> {
    let plain = from.conditions.is_empty() && from.trash == Trash::Without && !from.draft && looking.repeat.is_none();
    if !plain || !source.shows_all() || looking.token.is_some() {
        return Ok(None);
    }
    let fields = looking.rest.iter().flat_map(Expression::fields).chain(looking.order.iter().map(|order| order.field));
    let mut paths: HashMap<usize, String> = HashMap::new();
    for field in fields {
        let Field::Answer(node) = field else { return Ok(None) };
        let known = looking.shape.node(node);
        if matches!(known.kind, FieldKind::Geopoint | FieldKind::Geotrace | FieldKind::Geoshape) {
            return Ok(None);
        }
        paths.insert(node, known.path.clone());
    }
    let mut names: Vec<String> = paths.values().cloned().collect();
    names.sort();
    let mut segments: Vec<BlobHash> = Vec::new();
    for version in source.version_ids() {
        let of_version = app.store.segments(version).await?;
        segments.extend(of_version.into_iter().filter(|segment| segment.table.is_empty()).map(|segment| segment.hash));
    }
    if segments.is_empty() {
        return Ok(None);
    }
    // What does not stand in its segment as it is: its answers are elsewhere, or it lies in the trash.
    let mut elsewhere: HashMap<u128, Option<BlobHash>> = HashMap::new();
    let mut unsealed = Vec::new();
    for one in app.store.unsettled(&source.form.id).await? {
        let id = u128::from_str_radix(&one.record.to_string().replace('-', ""), 16).unwrap_or_default();
        elsewhere.insert(id, one.segment.clone().filter(|_| !one.deleted));
        if one.segment.is_none() && !one.deleted {
            unsealed.push(one.record);
        }
    }
    let mut all = by_reading(source, Rows::These(unsealed), looking).await?;
    let elsewhere = Arc::new(elsewhere);
    for segment in segments {
        let columns = app.columns.of(app, &segment, &names).await?;
        let (looking, paths, elsewhere) = (looking.clone(), paths.clone(), elsewhere.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let mut found = Vec::new();
            for (row, id) in columns.ids().iter().enumerate() {
                let value = |field| match field {
                    Field::Answer(node) => {
                        paths.get(&node).map_or(Value::Null, |path| of_cell(columns.cell(path, row)))
                    }
                    _ => Value::Null,
                };
                if !looking.rest.iter().all(|part| part.wants(&Facts { value: &value, now: looking.now })) {
                    continue;
                }
                if elsewhere.get(id).is_some_and(|now| now.as_ref() != Some(&segment)) {
                    continue;
                }
                let keys = looking.order.iter().map(|order| value(order.field).into_owned()).collect();
                if let Ok(record) = record_id(*id) {
                    found.push(Found { keys, record, turn: None, is_token: false });
                }
            }
            found
        });
        all.extend(looked.await.map_err(Problem::internal)?);
    }
    Ok(Some(all))
}

fn of_cell(cell: Cell<'_>) -> Value<'_> {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Int(n) => Value::Int(n),
        Cell::Number(n) => Value::Number(n),
        Cell::Text(text) => Value::text(text),
        Cell::Day(day) => Value::Date(day),
        Cell::Millis(at) => Value::Instant(at),
        Cell::Choices(names) => Value::text(names),
    }
}

/// The id that this number stands for.
pub(crate) fn record_id(number: u128) -> Result<RecordId, dtm_model::ParseIdError> {
    let digits = format!("{number:032x}");
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-").parse()
}
