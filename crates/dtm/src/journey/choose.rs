//! Chooses and sorts submissions by their answers, however many there are.
//!
//! Answers are looked at in columns that lie in order ([`super::ordered`]), only those that are asked about; what is not
//! sealed yet is put in order for the moment. [`super::sift`] chooses their rows. Where a condition speaks of something that
//! no column says, every submission is read.

use super::export::{Rows, Sent, Source};
use super::ordered::{self, GONE, Ordered};
use super::sift::{self, MADE_AT, Sieve};
use crate::http::{App, Problem};
use dtm_capture::instance::{Instance, Shape};
use dtm_capture::odata::{Expression, Facts, Field, Moment, OrderBy, RowWriter, Selection, SkipToken, Value};
use dtm_engine::ordered::{Ids, Table, first_not, made_at};
use dtm_model::{Field as FormField, FieldKind, FormId, RecordId};
use dtm_store::{ExportSource, Trash, Unsettled};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

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
    /// Whether all that there are are to be counted.
    pub(crate) counts: bool,
}

impl Looking {
    /// The fields that are asked about.
    pub(super) fn fields(&self) -> impl Iterator<Item = Field> {
        let sorted_by = self.order.iter().map(|order| order.field);
        self.rest.iter().flat_map(Expression::fields).chain(sorted_by)
    }
}

/// A row that was found: a submission, or a turn of a repeat in it.
#[derive(Clone)]
pub(crate) struct Found {
    pub(super) keys: Vec<Value<'static>>,
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
#[derive(Default)]
pub(crate) struct Chosen {
    /// The first ones, from the row on after which they begin.
    pub(crate) rows: Vec<Found>,
    /// How many there are in all, where they were to be counted.
    pub(crate) n_all: u64,
}

/// The first `first` of the rows that are looked for, in order.
pub(crate) async fn found(
    app: &App,
    source: &Arc<Source>,
    from: ExportSource,
    looking: Looking,
    first: usize,
) -> Result<Chosen, Problem> {
    if let Some(found) = by_columns(app, source, &from, &looking, first).await? {
        return Ok(found);
    }
    let newest = Rows::Newest { source: from, before: None, skip: 0, limit: None };
    let mut rows = by_reading(source, newest, &looking).await?;
    let n_all = rows.len() as u64;
    rows.sort_by(|a, b| a.compare(b, &looking.order));
    match begin(app, source, &looking).await? {
        Begin::First => {}
        Begin::Nowhere => rows.clear(),
        Begin::After(record) if looking.order.is_empty() => rows.retain(|row| row.record < record),
        Begin::After(_) | Begin::AfterTurn => {
            let begin = rows.iter().position(|row| row.is_token).map_or(rows.len(), |at| at + 1);
            rows.drain(..begin);
        }
    }
    rows.truncate(first);
    Ok(Chosen { rows, n_all })
}

/// Where a page begins.
enum Begin {
    First,
    After(RecordId),
    AfterTurn,
    /// Nothing follows what is not there.
    Nowhere,
}

async fn begin(app: &App, source: &Source, looking: &Looking) -> Result<Begin, Problem> {
    Ok(match &looking.token {
        None => Begin::First,
        Some(SkipToken::AfterTurn { .. }) => Begin::AfterTurn,
        Some(SkipToken::After { instance_id }) => {
            let head = app.store.whole_submission(&source.form.id, source.all().draft, instance_id).await?;
            head.map_or(Begin::Nowhere, |head| Begin::After(head.record))
        }
    })
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
        let found = found(app, source, from, looking, first).await?.rows;
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

/// What stands in columns, at one moment.
struct Standing {
    tables: Vec<(Arc<Table>, Vec<bool>)>,
}

impl Standing {
    /// The columns of these questions of all real submissions of a form up to a moment, and which of their rows count;
    /// nothing where none is sealed.
    async fn of(app: &App, form: &FormId, paths: &[String], until: i64) -> Result<Option<Standing>, Problem> {
        match Self::at_once(app, form, paths, until).await {
            // Segments were put together on the way: the new ones are known now.
            Err(problem) if problem.code == GONE => Self::at_once(app, form, paths, until).await,
            standing => standing,
        }
    }

    async fn at_once(app: &App, form: &FormId, paths: &[String], until: i64) -> Result<Option<Standing>, Problem> {
        let lying = app.store.lying(form).await?;
        if lying.segments.is_empty() {
            return Ok(None);
        }
        let here = |one: &&Unsettled| one.segment.is_none() && !one.deleted;
        let unsealed: Vec<RecordId> = lying.unsettled.iter().filter(here).map(|one| one.record.clone()).collect();
        let sealed = Ordered::of(app, &lying.segments, paths).await?;
        let unsealed = ordered::of_unsealed(app, &unsealed, paths).await?;
        let marked = tokio::task::spawn_blocking(move || {
            let mut tables: Vec<(Arc<Table>, Vec<bool>)> = Vec::with_capacity(sealed.len() + unsealed.len());
            for (segment, table) in lying.segments.iter().zip(&sealed) {
                let mut live = arrived(table.ids(), until);
                for one in within(&lying.unsettled, table.ids()) {
                    // Its answers are elsewhere, or it lies in the trash.
                    if (one.deleted || one.segment.as_ref() != Some(&segment.hash))
                        && let Some(row) = table.ids().row(one.record.number())
                    {
                        live[row] = false;
                    }
                }
                // The same row may stand in two segments of a form version for a moment.
                for (earlier, (table_before, live_before)) in lying.segments.iter().zip(&tables) {
                    if earlier.version == segment.version {
                        once(table_before.ids(), live_before, table.ids(), &mut live);
                    }
                }
                tables.push((table.clone(), live));
            }
            tables.extend(unsealed.into_iter().map(|table| {
                let live = arrived(table.ids(), until);
                (table, live)
            }));
            tables
        });
        Ok(Some(Standing { tables: marked.await.map_err(Problem::internal)? }))
    }
}

/// Which of these were made by then.
fn arrived(ids: &Ids, until: i64) -> Vec<bool> {
    let n = first_not(ids.len(), |row| made_at(ids.at(row)) <= until);
    (0..ids.len()).map(|row| row < n).collect()
}

/// Those of the unsettled, which are sorted, that lie between the first and the last of these.
fn within<'a>(unsettled: &'a [Unsettled], ids: &Ids) -> &'a [Unsettled] {
    if ids.is_empty() {
        return &[];
    }
    let (first, last) = (ids.at(0), ids.at(ids.len() - 1));
    let from = unsettled.partition_point(|one| one.record.number() < first);
    let to = unsettled.partition_point(|one| one.record.number() <= last);
    &unsettled[from..to]
}

/// Lets those count once that count in both.
fn once(before: &Ids, live_before: &[bool], ids: &Ids, live: &mut [bool]) {
    if before.is_empty() || ids.is_empty() {
        return;
    }
    let common = |a: &Ids, b: &Ids| a.below(b.at(0))..a.below(b.at(b.len() - 1).saturating_add(1));
    let (theirs, ours) = (common(before, ids), common(ids, before));
    let twice: Vec<(usize, usize)> = match theirs.len() < ours.len() {
        true => theirs.filter_map(|row| Some((row, ids.row(before.at(row))?))).collect(),
        false => ours.filter_map(|row| Some((before.row(ids.at(row))?, row))).collect(),
    };
    for (theirs, ours) in twice {
        live[ours] &= !live_before[theirs];
    }
}

/// Looks at columns; nothing where something is asked that no column says.
async fn by_columns(
    app: &App,
    source: &Arc<Source>,
    from: &ExportSource,
    looking: &Looking,
    first: usize,
) -> Result<Option<Chosen>, Problem> {
    let of_sealed = from.trash == Trash::Without && !from.draft && looking.repeat.is_none();
    // Columns hold what everybody may read; who holds keys reads more.
    if !of_sealed || !source.shows_all() || !source.keys.is_empty() {
        return Ok(None);
    }
    let mut paths: HashMap<usize, String> = HashMap::new();
    for field in looking.fields() {
        let node = match field {
            Field::Answer(node) => node,
            MADE_AT => continue,
            _ => return Ok(None),
        };
        let known = looking.shape.node(node);
        if matches!(known.kind, FieldKind::Geopoint | FieldKind::Geotrace | FieldKind::Geoshape) {
            return Ok(None);
        }
        paths.insert(node, known.path.clone());
    }
    let mut names: Vec<String> = paths.values().cloned().collect();
    names.sort();
    let Some(standing) = Standing::of(app, &source.form.id, &names, from.until.as_millis()).await? else {
        return Ok(None);
    };
    let sifting = looking.clone();
    let sifted = tokio::task::spawn_blocking(move || {
        let sieves = standing.tables.into_iter().map(|(table, live)| Sieve::new(table, &paths, &sifting, live));
        sieves.collect::<Vec<_>>()
    });
    let sifted = Sifted { sieves: sifted.await.map_err(Problem::internal)?, looking };
    let (mut edge, mut n) = (None, first);
    match begin(app, source, looking).await? {
        Begin::First => {}
        // The newest come first, so that the id alone says what follows.
        Begin::After(record) if looking.order.is_empty() => {
            edge = Some(Found { keys: Vec::new(), record, turn: None, is_token: true });
        }
        Begin::After(record) => {
            let is_known = !app.store.export_among(from, std::slice::from_ref(&record)).await?.is_empty();
            edge = sifted.find(&record).filter(|_| is_known);
            n = if edge.is_some() { first } else { 0 };
        }
        Begin::AfterTurn | Begin::Nowhere => n = 0,
    }
    let asks = !from.conditions.is_empty() || from.near.is_some();
    Ok(Some(match asks {
        true => sifted.among(app, from, edge, n).await?,
        false => Chosen { rows: sifted.first(n, edge.as_ref()), n_all: sifted.n_rows() },
    }))
}

/// So many rows are asked the database about by name, and so many of those that it wants are held against rows.
const NAMED: usize = 5_000;
const FEW: u32 = 20_000;
/// Rows in order that the database is asked about first, and how often more are asked about.
const FIRST_ASKED: usize = 512;
const TIMES_ASKED: u32 = 3;

/// The rows that were found, in the order of each table.
struct Sifted<'a> {
    sieves: Vec<Sieve>,
    looking: &'a Looking,
}

impl Sifted<'_> {
    fn n_rows(&self) -> u64 {
        self.sieves.iter().map(|sieve| sieve.rows.len() as u64).sum()
    }

    fn find(&self, record: &RecordId) -> Option<Found> {
        self.sieves.iter().find_map(|sieve| sieve.find(record, &self.looking.order))
    }

    /// The first rows in order, or the first after one.
    fn first(&self, n: usize, edge: Option<&Found>) -> Vec<Found> {
        let order = &self.looking.order;
        let mut rows: Vec<Found> = self.sieves.iter().flat_map(|sieve| sieve.first(n, order, edge)).collect();
        rows.sort_by(|a, b| a.compare(b, order));
        rows.truncate(n);
        rows
    }

    fn keep(&mut self, wanted: &HashSet<RecordId>) {
        for sieve in &mut self.sieves {
            sieve.keep(wanted);
        }
    }

    /// Of the rows those that are among what the database knows.
    async fn among(mut self, app: &App, from: &ExportSource, edge: Option<Found>, n: usize) -> Result<Chosen, Problem> {
        let few = match self.n_rows() as usize <= NAMED {
            true => Some(app.store.export_among(from, &self.records()).await?),
            false => app.store.export_few(from, FEW).await?,
        };
        let wanted = match few {
            Some(few) => few,
            None => {
                if !self.looking.counts
                    && let Some(rows) = self.in_turns(app, from, edge.as_ref(), n).await?
                {
                    return Ok(Chosen { n_all: rows.len() as u64, rows });
                }
                app.store.export_among(from, &self.records()).await?
            }
        };
        self.keep(&wanted);
        Ok(Chosen { rows: self.first(n, edge.as_ref()), n_all: self.n_rows() })
    }

    /// The first rows, of which the database is asked about some at a time; nothing where that takes too long.
    async fn in_turns(
        &self,
        app: &App,
        from: &ExportSource,
        edge: Option<&Found>,
        n: usize,
    ) -> Result<Option<Vec<Found>>, Problem> {
        let (mut rows, mut edge, mut n_asked) = (Vec::new(), edge.cloned(), n.max(FIRST_ASKED));
        for _ in 0..TIMES_ASKED {
            let some = self.first(n_asked, edge.as_ref());
            let is_last = some.len() < n_asked;
            edge = some.last().cloned();
            let ids: Vec<RecordId> = some.iter().map(|row| row.record.clone()).collect();
            let wanted = app.store.export_among(from, &ids).await?;
            rows.extend(some.into_iter().filter(|row| wanted.contains(&row.record)));
            if is_last || rows.len() >= n {
                rows.truncate(n);
                return Ok(Some(rows));
            }
            n_asked = n_asked.saturating_mul(4);
        }
        Ok(None)
    }

    fn records(&self) -> Vec<RecordId> {
        self.sieves.iter().flat_map(|sieve| sieve.rows.iter().map(|row| sieve.record(*row))).collect()
    }
}

/// The submissions of a form that may have this answer to a question, the newest first: what the columns do not rule out.
/// Nothing where no column says it.
pub(crate) async fn may_answer(
    app: &App,
    form: &FormId,
    question: &str,
    wanted: &str,
) -> Result<Option<Vec<RecordId>>, Problem> {
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
    if paths.is_empty() {
        return Ok(None);
    }
    let Some(standing) = Standing::of(app, form, &paths, i64::MAX).await? else { return Ok(None) };
    let wanted = wanted.trim().to_owned();
    let looked = tokio::task::spawn_blocking(move || {
        let mut found: Vec<RecordId> = Vec::new();
        for (table, live) in &standing.tables {
            let columns = paths.iter().filter_map(|path| table.column(path));
            let rows = sift::answering(columns, &wanted, live);
            found.extend(rows.map(|row| RecordId::of_number(table.ids().at(row))));
        }
        found.sort();
        found.reverse();
        found
    });
    Ok(Some(looked.await.map_err(Problem::internal)?))
}
