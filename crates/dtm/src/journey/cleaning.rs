//! The cleaning log of a round goes out as a sheet and comes back filled.
//!
//! Out: what the log comes to, one line for each answer that is another now (`dtm_process::corrections::net_lines`), or
//! every entry. In: a sheet is held against the records as they are now ([`fit`]); what fits is applied as one batch that
//! can be taken back; what somebody else changed meanwhile becomes a dispute, in which both are seen until an officer
//! chooses; what does not fit is told by row and column. A portion of the records at a time is in memory.

use super::quality::FormChecks;
use super::records::{self, RoundRecord};
use super::{RoundOf, settle};
use crate::world;
use anyhow::Result;
use dtm_model::{
    Answer, BatchId, Change, Correction, CorrectionId, DisputeId, FieldKind, FormSchema, Lang, Record, RecordId,
};
use dtm_process::corrections::{
    self, CleaningLog, FittedEntry, Known, LogLine, LogProblem, Sheet, answer_to, apply, fit_log, net_lines,
};
use dtm_store::{Batch, BatchKind, Entering, Stamp, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Records looked at together.
const AT_ONCE: usize = 500;
/// How often a portion is fitted anew because somebody changed its records while it was.
const TRIES: usize = 5;

/// A log held against a round.
#[derive(Default)]
pub(crate) struct Fitted {
    pub(crate) entries: Vec<FittedEntry>,
    /// What somebody else changed meanwhile.
    pub(crate) overtaken: Vec<FittedEntry>,
    pub(crate) n_already_so: usize,
    pub(crate) n_undecided: usize,
    /// Columns that the clean data have and the raw data lack.
    pub(crate) added_columns: Vec<String>,
    pub(crate) problems: Vec<LogProblem>,
    /// Of each record that is changed, how many entries it has.
    seen: BTreeMap<RecordId, u64>,
}

impl Fitted {
    fn add(&mut self, other: Fitted) {
        self.entries.extend(other.entries);
        self.overtaken.extend(other.overtaken);
        self.n_already_so += other.n_already_so;
        self.problems.extend(other.problems);
        self.seen.extend(other.seen);
    }

    /// How many entries do what, in the order of their words.
    pub(crate) fn by_change(&self) -> BTreeMap<Change, usize> {
        let mut counts = BTreeMap::new();
        self.entries.iter().for_each(|entry| *counts.entry(entry.change).or_default() += 1);
        counts
    }
}

/// What applying a log did.
pub(crate) struct Applied {
    pub(crate) batch: BatchId,
    pub(crate) fitted: Fitted,
}

/// The names of records as phones and files gave them.
pub(crate) async fn names_of(store: &Store, of: RoundOf<'_>, ids: &[RecordId]) -> Result<HashMap<RecordId, String>> {
    let mut names: HashMap<RecordId, String> = HashMap::new();
    for whole in store.submissions_of_records(ids).await? {
        names.insert(whole.record, bare(&whole.instance_id).to_owned());
    }
    let rows: Vec<RecordId> = ids.iter().filter(|id| !names.contains_key(*id)).cloned().collect();
    if !rows.is_empty() {
        let uuid = uuid_of_tables(store, of).await?;
        for record in records::several(store, &rows).await? {
            let named = uuid.as_deref().and_then(|uuid| answer_to(&record, uuid)).map(Answer::to_text);
            let named = named.or_else(|| name_in(&record)).unwrap_or_else(|| record.id.to_string());
            names.insert(record.id, named);
        }
    }
    Ok(names)
}

/// A name without what phones write before it.
fn bare(name: &str) -> &str {
    name.strip_prefix("uuid:").unwrap_or(name)
}

/// The column of imported tables that names records, where somebody chose one.
async fn uuid_of_tables(store: &Store, of: RoundOf<'_>) -> Result<Option<String>> {
    let form = store.form_by_xml_id(&of.operation.id, settle::TABLE_FORM).await?;
    let checks = FormChecks::of(store, &of.operation.id, form.as_ref().map(|form| &form.id)).await?;
    Ok(checks.uuid())
}

/// The name that a row of a table gives its record.
fn name_in(record: &Record) -> Option<String> {
    let columns = ["uuid", "_uuid", "X_uuid", "instanceID", "KEY"];
    columns.iter().find_map(|name| record.answers.values.get(*name)).map(Answer::to_text)
}

/// The lines of the log: what it comes to, or every entry of it.
pub(crate) async fn lines(store: &Store, of: RoundOf<'_>, every_entry: bool) -> Result<Vec<LogLine>> {
    let log = store.corrections(&of.round.id).await?;
    let by_record = corrections::by_record(log);
    let ids: Vec<RecordId> = by_record.keys().cloned().collect();
    let mut lines = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let names = names_of(store, of, ids).await?;
        let raw: HashMap<RecordId, Record> = match every_entry {
            true => HashMap::new(),
            false => records::several(store, ids).await?.into_iter().map(|one| (one.id.clone(), one)).collect(),
        };
        for id in ids {
            let (name, log) = (names.get(id).map_or("", String::as_str), &by_record[id]);
            match raw.get(id) {
                Some(raw) => lines.extend(net_lines(raw, log, name)),
                None => lines.extend(log.iter().map(|entry| LogLine::of(entry, name))),
            }
        }
    }
    Ok(lines)
}

/// The records that lines name: by phone's name with or without what stands before it, by our id, by the row's own name.
async fn named(store: &Store, of: RoundOf<'_>, log: &CleaningLog) -> Result<HashMap<String, RecordId>> {
    let wanted: BTreeSet<&str> = log.lines.iter().map(|line| line.uuid.as_str()).collect();
    let mut found: HashMap<String, RecordId> = HashMap::new();
    let either: Vec<String> =
        wanted.iter().flat_map(|name| [format!("uuid:{}", bare(name)), bare(name).to_owned()]).collect();
    for form in store.forms(&of.exercise.id).await? {
        for (name, record) in store.records_named(&of.round.id, &form.id, &either).await? {
            found.insert(bare(&name).to_owned(), record);
        }
    }
    let mut by_name: HashMap<String, RecordId> = HashMap::new();
    let mut unknown: Vec<&str> = Vec::new();
    for name in wanted {
        match found.get(bare(name)) {
            Some(record) => drop(by_name.insert(name.to_owned(), record.clone())),
            None => unknown.push(name),
        }
    }
    if unknown.is_empty() {
        return Ok(by_name);
    }
    // Rows of tables have their names among their answers.
    let mut after = dtm_store::PageFrom::Start;
    let uuid = uuid_of_tables(store, of).await?;
    let unknown: BTreeSet<&str> = unknown.into_iter().collect();
    loop {
        let ids = store.imported_ids_page(&of.round.id, &after, AT_ONCE as u32).await?;
        let Some(last) = ids.last().cloned() else { return Ok(by_name) };
        for record in records::several(store, &ids).await? {
            let own = uuid.as_deref().and_then(|uuid| answer_to(&record, uuid)).map(Answer::to_text);
            let names = [own, name_in(&record), Some(record.id.to_string())];
            for name in names.into_iter().flatten().filter(|name| unknown.contains(name.as_str())) {
                by_name.entry(name).or_insert_with(|| record.id.clone());
            }
        }
        after = dtm_store::PageFrom::After(last);
    }
}

/// The questions whose answers may be written in clear: of what is encrypted, those that stay readable.
fn correctable(record: &RoundRecord, alike: &FormSchema) -> FormSchema {
    let mut schema = record.schema.as_deref().unwrap_or(alike).clone();
    let sealing = schema.encrypted || schema.on_arrival.is_some();
    if sealing {
        let readable = schema.on_arrival.clone().unwrap_or_default().readable;
        schema.fields.retain(|field| {
            readable.contains(&field.path) || matches!(field.kind, FieldKind::Group | FieldKind::Repeat)
        });
    }
    schema
}

/// Whether this question of a record may be corrected in clear.
pub(crate) fn may_correct(record: &RoundRecord, question: &str) -> bool {
    let Some(schema) = record.schema.as_deref() else { return true };
    let is_sealed = schema.encrypted || schema.on_arrival.is_some();
    let path = corrections::path_of(question);
    !is_sealed || schema.on_arrival.as_ref().is_some_and(|on_arrival| on_arrival.readable.contains(&path))
}

/// Holds a log against the records of a round.
pub(crate) async fn fit(store: &Store, of: RoundOf<'_>, log: &CleaningLog) -> Result<Fitted> {
    let names = named(store, of, log).await?;
    let mut fitted =
        Fitted { n_undecided: log.undecided.len(), added_columns: log.added_columns.clone(), ..Fitted::default() };
    let (known, unknown): (Vec<&LogLine>, Vec<&LogLine>) =
        log.lines.iter().partition(|line| names.contains_key(&line.uuid));
    // What could not be read, and what names nobody, is told by the same rules as everything else.
    let rest = log.with_lines(unknown.into_iter().cloned().collect());
    fitted.problems.clone_from(&log.problems);
    fitted.problems.extend(fit_log(&rest, &records::schema_of(&[]), |_| None).problems);
    let mut of_record: BTreeMap<&RecordId, Vec<&LogLine>> = BTreeMap::new();
    for line in known {
        of_record.entry(&names[&line.uuid]).or_default().push(line);
    }
    let ids: Vec<&RecordId> = of_record.keys().copied().collect();
    for ids in ids.chunks(AT_ONCE) {
        let portion: BTreeMap<RecordId, Vec<LogLine>> =
            ids.iter().map(|id| ((*id).clone(), of_record[*id].iter().map(|line| (*line).clone()).collect())).collect();
        fitted.add(fit_some(store, log, &portion).await?);
    }
    fitted.entries.sort_by_key(|entry| entry.line.row);
    fitted.overtaken.sort_by_key(|entry| entry.line.row);
    fitted.problems.sort_by_key(|problem| problem.row);
    Ok(fitted)
}

/// Holds the lines about some records against them as they are now.
async fn fit_some(store: &Store, log: &CleaningLog, lines: &BTreeMap<RecordId, Vec<LogLine>>) -> Result<Fitted> {
    let ids: Vec<RecordId> = lines.keys().cloned().collect();
    let entries = corrections::by_record(store.corrections_of_records(&ids).await?);
    let raw = records::these(store, &ids).await?;
    let rows: Vec<Record> = raw.iter().filter(|one| one.schema.is_none()).map(|one| one.record.clone()).collect();
    let alike = records::schema_of(&rows);
    let mut by_form: BTreeMap<&str, Vec<&RoundRecord>> = BTreeMap::new();
    for record in &raw {
        by_form.entry(&record.form_key).or_default().push(record);
    }
    let none = Vec::new();
    let mut fitted = Fitted::default();
    for of_form in by_form.into_values() {
        let Some(first) = of_form.first() else { continue };
        let schema = correctable(first, &alike);
        let mut uuids: HashMap<&str, (&RoundRecord, Option<Record>)> = HashMap::new();
        let mut about = Vec::new();
        for record in &of_form {
            let id = &record.record.id;
            let clean = apply(&record.record, entries.get(id).unwrap_or(&none));
            for line in &lines[id] {
                uuids.entry(&line.uuid).or_insert_with(|| (record, clean.clone()));
                about.push(line.clone());
            }
            fitted.seen.insert(id.clone(), entries.get(id).map_or(0, |entries| entries.len() as u64));
        }
        about.sort_by_key(|line| line.row);
        let of_these = log.with_lines(about);
        let found = fit_log(&of_these, &schema, |uuid| {
            let (raw, clean) = uuids.get(uuid)?;
            Some(Known { record: clean.as_ref().unwrap_or(&raw.record), is_out: clean.is_none() })
        });
        fitted.n_already_so += found.n_already_so;
        let mut problems = found.problems;
        let log_of = |entry: &FittedEntry| entries.get(&entry.record).unwrap_or(&none);
        for entry in found.overtaken {
            let raw = of_form.iter().find(|one| one.record.id == entry.record);
            if raw.is_some_and(|raw| somebody_changed(&raw.record, log_of(&entry), &entry)) {
                problems.retain(|problem| problem.row != entry.line.row);
                fitted.overtaken.push(entry);
            }
        }
        for entry in found.entries {
            // A line that does not say what it saw does not undo what somebody else decided.
            let blind = entry.line.old.is_none() && spoke_last(log_of(&entry), &entry).is_some();
            let changes = matches!(entry.change, Change::ChangeResponse | Change::BlankResponse);
            if blind && changes { fitted.overtaken.push(entry) } else { fitted.entries.push(entry) }
        }
        fitted.problems.extend(problems);
    }
    Ok(fitted)
}

/// The entry that spoke last of the question that another one speaks of.
pub(crate) fn spoke_last<'a>(log: &'a [Correction], about: &FittedEntry) -> Option<&'a Correction> {
    let changes = |entry: &&Correction| matches!(entry.change, Change::ChangeResponse | Change::BlankResponse);
    log.iter().filter(changes).rfind(|entry| entry.question == about.question)
}

/// Whether the answer was once what the line says it is, and somebody changed it since.
fn somebody_changed(raw: &Record, log: &[Correction], entry: &FittedEntry) -> bool {
    let said = entry.line.old.clone().unwrap_or_default();
    let of_question = || log.iter().filter(|known| known.question == entry.question);
    let arrived = entry.question.as_deref().and_then(|question| answer_to(raw, question)).map(Answer::to_text);
    let once = of_question().any(|known| known.old.as_ref() == Some(&said) || known.new.as_ref() == Some(&said));
    of_question().next().is_some() && (once || arrived == Some(said))
}

/// Applies a log: what fits comes into the cleaning log as one batch. A log cut off in the middle can be applied again.
pub(crate) async fn apply_log(
    store: &Store,
    of: RoundOf<'_>,
    batch: &Batch,
    log: &CleaningLog,
    (by, stamp): (&str, &Stamp),
) -> Result<Applied> {
    let mut fitted = fit(store, of, log).await?;
    let mut by_record: BTreeMap<RecordId, (Vec<FittedEntry>, Vec<FittedEntry>)> = BTreeMap::new();
    for entry in &fitted.entries {
        by_record.entry(entry.record.clone()).or_default().0.push(entry.clone());
    }
    for entry in &fitted.overtaken {
        by_record.entry(entry.record.clone()).or_default().1.push(entry.clone());
    }
    let ids: Vec<RecordId> = by_record.keys().cloned().collect();
    for ids in ids.chunks(AT_ONCE) {
        let mut portion = Portion::of(ids.iter().map(|id| (id.clone(), by_record[id].clone())), &fitted.seen);
        for attempt in 0.. {
            let entering = portion.entering(by, stamp, &batch.name);
            match store.enter_batch(batch, &entering, stamp).await {
                Ok(()) => break,
                Err(StoreError::Conflict { what: "corrections" }) if attempt < TRIES => {
                    // Somebody corrected one of these records just now: they are looked at again.
                    let lines = portion.lines();
                    let anew = fit_some(store, log, &lines).await?;
                    fitted.entries.retain(|entry| !lines.contains_key(&entry.record));
                    fitted.overtaken.retain(|entry| !lines.contains_key(&entry.record));
                    portion = Portion::of_fitted(&anew);
                    fitted.add(anew);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    store.end_batch(&batch.id, stamp).await?;
    Ok(Applied { batch: batch.id.clone(), fitted })
}

/// Entries of some records on their way into the log.
struct Portion {
    entries: Vec<FittedEntry>,
    overtaken: Vec<FittedEntry>,
    seen: BTreeMap<RecordId, u64>,
}

impl Portion {
    fn of(
        records: impl Iterator<Item = (RecordId, (Vec<FittedEntry>, Vec<FittedEntry>))>,
        seen: &BTreeMap<RecordId, u64>,
    ) -> Self {
        let mut portion = Self { entries: Vec::new(), overtaken: Vec::new(), seen: BTreeMap::new() };
        for (record, (entries, overtaken)) in records {
            portion.entries.extend(entries);
            portion.overtaken.extend(overtaken);
            portion.seen.insert(record.clone(), seen.get(&record).copied().unwrap_or(0));
        }
        portion
    }

    fn of_fitted(fitted: &Fitted) -> Self {
        Self { entries: fitted.entries.clone(), overtaken: fitted.overtaken.clone(), seen: fitted.seen.clone() }
    }

    /// The lines these came from, by record.
    fn lines(&self) -> BTreeMap<RecordId, Vec<LogLine>> {
        let mut lines: BTreeMap<RecordId, Vec<LogLine>> = self.seen.keys().map(|id| (id.clone(), Vec::new())).collect();
        for entry in self.entries.iter().chain(&self.overtaken) {
            lines.entry(entry.record.clone()).or_default().push(entry.line.clone());
        }
        lines
    }

    fn entering(&self, by: &str, stamp: &Stamp, name: &str) -> Entering {
        let signed = |entry: &FittedEntry| entry.signed(world::fresh(CorrectionId::new), by, stamp.at, name);
        let disputed = |entry: &FittedEntry| {
            // What they saw is kept, not what stands now.
            let wanted = Correction { old: entry.line.old.clone(), ..signed(entry) };
            (world::fresh(DisputeId::new), wanted)
        };
        Entering {
            entries: self.entries.iter().map(signed).collect(),
            disputes: self.overtaken.iter().map(disputed).collect(),
            seen: self.seen.clone(),
        }
    }
}

/// Takes a batch back: what still is as the batch left it goes back to what it was. Returns how many entries were undone
/// and how many stay because somebody spoke since.
pub(crate) async fn undo(
    store: &Store,
    batch: &Batch,
    (by, stamp): (&str, &Stamp),
    lang: Lang,
) -> Result<(usize, usize)> {
    let own = store.corrections_of_batch(&batch.id).await?;
    let ids: BTreeSet<RecordId> = own.iter().map(|entry| entry.record.clone()).collect();
    let all = corrections::by_record(store.corrections_of_records(&ids.into_iter().collect::<Vec<_>>()).await?);
    let is_own: BTreeSet<&CorrectionId> = own.iter().map(|entry| &entry.id).collect();
    let reason = match lang {
        Lang::En => format!("taken back: {}", batch.name),
        Lang::Fr => format!("repris : {}", batch.name),
    };
    let (mut undoing, mut n_stay) = (Vec::new(), 0);
    for entry in own.iter().filter(|entry| entry.change != Change::NoAction) {
        let same = |other: &&Correction| {
            other.question == entry.question
                && (entry.question.is_some() || matches!(other.change, Change::RemoveSurvey | Change::RestoreSurvey))
        };
        let last = all[&entry.record].iter().filter(same).max_by_key(|other| (other.at, &other.id));
        if !last.is_some_and(|last| is_own.contains(&last.id)) {
            n_stay += 1;
            continue;
        }
        let (change, new) = match entry.change {
            Change::RemoveSurvey => (Change::RestoreSurvey, None),
            Change::RestoreSurvey => (Change::RemoveSurvey, None),
            _ if entry.old.is_none() => (Change::BlankResponse, None),
            _ => (Change::ChangeResponse, entry.old.clone()),
        };
        undoing.push(Correction {
            id: world::fresh(CorrectionId::new),
            old: entry.new.clone(),
            new,
            change,
            issue: String::new(),
            reason: reason.clone(),
            check: entry.check.clone(),
            by: by.to_owned(),
            at: stamp.at,
            source: None,
            ..entry.clone()
        });
    }
    store.undo_batch(batch, &undoing, stamp).await?;
    Ok((undoing.len(), n_stay))
}

/// A batch that is about to be made.
pub(crate) fn new_batch(of: RoundOf<'_>, kind: BatchKind, name: &str, stamp: &Stamp) -> Batch {
    Batch {
        id: world::fresh(BatchId::new),
        round: of.round.id.clone(),
        kind,
        name: name.chars().take(200).collect(),
        sheet: None,
        n_entries: 0,
        made_by: stamp.by.clone(),
        made_at: stamp.at,
        applied_at: None,
        undone_at: None,
    }
}

/// The answers of a form's records of a round, as they arrived or with the corrections applied.
pub(crate) async fn answers(
    store: &Store,
    blobs: &dtm_store::Blobs,
    of: RoundOf<'_>,
    form: &str,
    is_clean: bool,
) -> Result<Option<Sheet>> {
    let log = if is_clean { corrections::by_record(store.corrections(&of.round.id).await?) } else { BTreeMap::new() };
    let all = records::of_round_with_removed(store, blobs, &of.round.id).await?;
    let of_form: Vec<RoundRecord> = all.into_iter().filter(|record| record.form_key == form).collect();
    let Some(schema) = of_form.iter().rev().find_map(|record| record.schema.clone()) else { return Ok(None) };
    let ids: Vec<RecordId> = of_form.iter().map(|record| record.record.id.clone()).collect();
    let mut names = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        names.extend(names_of(store, of, ids).await?);
    }
    let none = Vec::new();
    let kept: Vec<Record> = of_form
        .into_iter()
        .filter_map(|record| apply(&record.record, log.get(&record.record.id).unwrap_or(&none)))
        .collect();
    let named = kept.iter().map(|record| (names.get(&record.id).map_or("", String::as_str), record));
    Ok(Some(Sheet::of_records(&schema, named, "/")))
}
