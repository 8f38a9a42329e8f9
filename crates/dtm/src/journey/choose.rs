//! Chooses and sorts submissions by their answers, however many there are.
//!
//! Sealed answers are looked at column by column, only those that are asked about; what is not sealed yet, or was changed
//! since, is read from its XML. Columns are kept in memory while they are asked about, up to a limit. Where a condition
//! speaks of something else, every submission is read.

use super::export::{Rows, Sent, Source};
use crate::http::{App, Problem};
use dtm_capture::instance::{Instance, Shape};
use dtm_capture::odata::{Expression, Facts, Field, Moment, OrderBy, RowWriter, Selection, SkipToken, System, Value};
use dtm_engine::columns::{self, Cell, Columns};
use dtm_model::{BlobHash, Field as FormField, FieldKind, FormId, RecordId};
use dtm_store::{ExportSource, StoreError, Trash};
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};
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

/// The rows that are looked for, in order.
pub(crate) struct Chosen {
    /// All of them, or the first ones where no more were wanted.
    pub(crate) rows: Vec<Found>,
    /// How many there are in all.
    pub(crate) n_all: u64,
}

/// The rows that are looked for, in order; where `first` is said, only so many of them are kept.
pub(crate) async fn found(
    app: &App,
    source: &Arc<Source>,
    from: ExportSource,
    looking: Looking,
    first: Option<usize>,
) -> Result<Chosen, Problem> {
    let order = looking.order.clone();
    let mut found = match by_columns(app, source, &from, &looking, first).await {
        // Segments were put together on the way: the new ones are known now.
        Err(problem) if problem.code == GONE => by_columns(app, source, &from, &looking, first).await?,
        found => found?,
    };
    if found.is_none() {
        let newest = Rows::Newest { source: from, before: None, skip: 0, limit: None };
        let rows = by_reading(source, newest, &looking).await?;
        found = Some(Chosen { n_all: rows.len() as u64, rows });
    }
    let mut found = found.unwrap_or(Chosen { rows: Vec::new(), n_all: 0 });
    found.rows.sort_by(|a, b| a.compare(b, &order));
    found.rows.truncate(first.unwrap_or(usize::MAX));
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
        let first = usize::try_from(skip.saturating_add(top).saturating_add(1)).unwrap_or(usize::MAX);
        let found = found(app, source, from, looking, Some(first)).await?.rows;
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
    one.read(instance, shape);
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

/// The code of the problem that a segment is no longer there.
const GONE: &str = "segment_gone";

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
        let bytes = app.blobs.get(segment).await.map_err(|error| match error {
            StoreError::NotFound { .. } => Problem { code: GONE, ..Problem::from(error) },
            error => error.into(),
        })?;
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

/// When a record was made, which its id says.
fn made_at(id: u128) -> i64 {
    i64::try_from(id >> 80).unwrap_or(i64::MAX)
}

/// What a field is looked up in.
enum LookedUp<'a> {
    Column(Option<columns::Column<'a>>),
    MadeAt,
}

/// Looks at columns; nothing where something is asked that no column says.
async fn by_columns(
    app: &App,
    source: &Arc<Source>,
    from: &ExportSource,
    looking: &Looking,
    first: Option<usize>,
) -> Result<Option<Chosen>, Problem> {
    let of_sealed = from.trash == Trash::Without && !from.draft && looking.repeat.is_none();
    // Columns hold what everybody may read; who holds keys reads more.
    if !of_sealed || !source.shows_all() || !source.keys.is_empty() {
        return Ok(None);
    }
    let fields = looking.rest.iter().flat_map(Expression::fields).chain(looking.order.iter().map(|order| order.field));
    let mut paths: HashMap<usize, String> = HashMap::new();
    for field in fields {
        let node = match field {
            Field::Answer(node) => node,
            Field::System(System::SubmissionDate) => continue,
            _ => return Ok(None),
        };
        let known = looking.shape.node(node);
        if matches!(known.kind, FieldKind::Geopoint | FieldKind::Geotrace | FieldKind::Geoshape) {
            return Ok(None);
        }
        paths.insert(node, known.path.clone());
    }
    let token = match &looking.token {
        None => None,
        Some(SkipToken::After { instance_id }) => {
            let head = app.store.whole_submission(&source.form.id, false, instance_id).await?;
            head.map(|head| head.record)
        }
        Some(SkipToken::AfterTurn { .. }) => return Ok(None),
    };
    let mut names: Vec<String> = paths.values().cloned().collect();
    names.sort();
    let lying = app.store.lying(&source.form.id).await?;
    if lying.segments.is_empty() {
        return Ok(None);
    }
    // What does not stand in its segment as it is: its answers are elsewhere, or it lies in the trash.
    let mut elsewhere: HashMap<u128, Option<BlobHash>> = HashMap::new();
    let mut unsealed = Vec::new();
    for one in lying.unsettled {
        elsewhere.insert(number_of(&one.record), one.segment.clone().filter(|_| !one.deleted));
        if one.segment.is_none() && !one.deleted {
            unsealed.push(one.record);
        }
    }
    let mut gathered = Gathered::new(looking, from, first);
    gathered.add(by_reading(source, Rows::These(unsealed), looking).await?);
    let until = from.until.as_millis();
    let elsewhere = Arc::new(elsewhere);
    for segment in lying.segments {
        let columns = app.columns.of(app, &segment, &names).await?;
        let (looking, paths, elsewhere, token) = (looking.clone(), paths.clone(), elsewhere.clone(), token.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let mut found = Vec::new();
            let from = |field: Field| match field {
                Field::Answer(node) => LookedUp::Column(paths.get(&node).and_then(|path| columns.column(path))),
                _ => LookedUp::MadeAt,
            };
            // Looked up once, for there are many rows.
            let asked: Vec<(Field, LookedUp<'_>)> = looking
                .rest
                .iter()
                .flat_map(Expression::fields)
                .chain(looking.order.iter().map(|order| order.field))
                .map(|field| (field, from(field)))
                .collect();
            for (row, id) in columns.ids().iter().enumerate() {
                let value = |field| match asked.iter().find(|(known, _)| *known == field) {
                    Some((_, LookedUp::Column(Some(column)))) => of_cell(column.cell(row)),
                    Some((_, LookedUp::MadeAt)) => Value::Instant(made_at(*id)),
                    _ => Value::Null,
                };
                if !looking.rest.iter().all(|part| part.wants(&Facts { value: &value, now: looking.now })) {
                    continue;
                }
                let is_here = elsewhere.get(id).is_none_or(|now| now.as_ref() == Some(&segment));
                if !is_here || made_at(*id) > until {
                    continue;
                }
                let keys = looking.order.iter().map(|order| value(order.field).into_owned()).collect();
                if let Ok(record) = record_id(*id) {
                    let is_token = token.as_ref() == Some(&record);
                    found.push(Found { keys, record, turn: None, is_token });
                }
            }
            found
        });
        gathered.add(looked.await.map_err(Problem::internal)?);
    }
    Ok(Some(gathered.among(app, from).await?))
}

/// Rows that are gathered before those that are not wanted are let go.
const KEPT_ROWS: usize = 100_000;

/// Rows as they are found, one segment after the other.
struct Gathered {
    rows: Vec<Found>,
    order: Vec<OrderBy>,
    /// How many are wanted of them, at most.
    first: Option<usize>,
    /// Whether the database has still to say which of them count.
    is_asked: bool,
    n_all: u64,
    /// The same row may stand in two segments for a moment.
    seen: HashSet<RecordId>,
}

impl Gathered {
    fn new(looking: &Looking, from: &ExportSource, first: Option<usize>) -> Self {
        // A page that begins after a row needs all before it to find that row.
        let first = first.filter(|_| looking.token.is_none());
        let is_asked = !from.conditions.is_empty() || from.near.is_some();
        Self { rows: Vec::new(), order: looking.order.clone(), first, is_asked, n_all: 0, seen: HashSet::new() }
    }

    fn add(&mut self, found: Vec<Found>) {
        let (before, seen) = (self.rows.len(), &mut self.seen);
        self.rows.extend(found.into_iter().filter(|row| seen.insert(row.record.clone())));
        self.n_all += (self.rows.len() - before) as u64;
        if !self.is_asked && self.rows.len() > KEPT_ROWS {
            self.keep_first();
        }
    }

    /// Keeps the rows that come first, in no order yet, where no more are wanted.
    fn keep_first(&mut self) {
        if let Some(first) = self.first.filter(|first| *first > 0 && *first < self.rows.len()) {
            let order = &self.order;
            self.rows.select_nth_unstable_by(first - 1, |a, b| a.compare(b, order));
            self.rows.truncate(first);
        }
    }

    /// Those that are among what the database knows.
    async fn among(mut self, app: &App, from: &ExportSource) -> Result<Chosen, Problem> {
        if self.is_asked {
            let ids: Vec<RecordId> = self.rows.iter().map(|row| row.record.clone()).collect();
            let among = app.store.export_among(from, &ids).await?;
            self.rows.retain(|row| among.contains(&row.record));
            self.n_all = self.rows.len() as u64;
        }
        self.keep_first();
        Ok(Chosen { rows: self.rows, n_all: self.n_all })
    }
}

/// The submissions of a form that may have this answer to a question, the newest first: what the columns of the sealed ones
/// do not rule out, and all that is not settled. Nothing where no column says it.
pub(crate) async fn may_answer(
    app: &App,
    form: &FormId,
    question: &str,
    wanted: &str,
) -> Result<Option<Vec<RecordId>>, Problem> {
    match answering(app, form, question, wanted).await {
        // Segments were put together on the way.
        Err(problem) if problem.code == GONE => answering(app, form, question, wanted).await,
        found => found,
    }
}

async fn answering(app: &App, form: &FormId, question: &str, wanted: &str) -> Result<Option<Vec<RecordId>>, Problem> {
    let versions = app.store.form_versions(form).await?;
    let fields: Vec<&FormField> = versions.iter().flat_map(|version| &version.schema.fields).collect();
    let repeats: Vec<String> =
        fields.iter().filter(|field| field.kind == FieldKind::Repeat).map(|field| format!("{}/", field.path)).collect();
    let mut paths: Vec<String> = Vec::new();
    for field in fields {
        if field.path != question && field.path.rsplit('/').next() != Some(question) {
            continue;
        }
        let says = match field.kind {
            FieldKind::Text | FieldKind::SelectOne | FieldKind::SelectMultiple | FieldKind::File => true,
            // An answer that is no number is in no column.
            FieldKind::Integer | FieldKind::Decimal => wanted.trim().parse::<f64>().is_ok(),
            _ => false,
        };
        if !says || repeats.iter().any(|repeat| field.path.starts_with(repeat)) {
            return Ok(None);
        }
        if !paths.contains(&field.path) {
            paths.push(field.path.clone());
        }
    }
    let lying = app.store.lying(form).await?;
    if paths.is_empty() || lying.segments.is_empty() {
        return Ok(None);
    }
    let mut found: BTreeSet<u128> = lying.unsettled.iter().map(|one| number_of(&one.record)).collect();
    let wanted = wanted.trim().to_owned();
    for segment in lying.segments {
        let columns = app.columns.of(app, &segment, &paths).await?;
        let (paths, wanted) = (paths.clone(), wanted.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let number: Option<f64> = wanted.parse().ok();
            let asked: Vec<columns::Column<'_>> = paths.iter().filter_map(|path| columns.column(path)).collect();
            let fits = |cell: Cell<'_>| match cell {
                Cell::Empty => false,
                Cell::Int(n) => number == Some(n as f64),
                Cell::Number(n) => number == Some(n),
                Cell::Text(text) => text.trim().eq_ignore_ascii_case(&wanted),
                Cell::Choices(names) => names == wanted || names.split(' ').any(|name| name == wanted),
                Cell::Day(_) | Cell::Millis(_) => true,
            };
            let may = |row: usize| match wanted.is_empty() {
                true => asked.iter().all(|column| column.cell(row) == Cell::Empty),
                false => asked.iter().any(|column| fits(column.cell(row))),
            };
            let ids = columns.ids().iter().enumerate();
            ids.filter(|(row, _)| may(*row)).map(|(_, id)| *id).collect::<Vec<_>>()
        });
        found.extend(looked.await.map_err(Problem::internal)?);
    }
    Ok(Some(found.into_iter().rev().filter_map(|id| record_id(id).ok()).collect()))
}

fn number_of(record: &RecordId) -> u128 {
    u128::from_str_radix(&record.to_string().replace('-', ""), 16).unwrap_or_default()
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
