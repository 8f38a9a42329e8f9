//! The mappings of an exercise: of each form, and of the tables that are imported. Looked at beside real records, changed,
//! tried, kept in versions that stay.
//!
//! In: a form or the tables of an exercise, and a mapping as text, which may be unfinished. Out: a [`Look`] at it (what
//! is fed, what is unused, which answers nobody translated), what it would make of real records ([`try_it`]), or a
//! new version. Whoever keeps one names the version that they changed; what another kept meanwhile is never overwritten
//! unseen.

mod sample;
mod told;
mod trial;

pub(crate) use sample::{Answered, LOOKED_AT, MOST_RECORDS, Sample};
pub(crate) use told::{changes_json, dimension, look_json, problems_json, tried_json, version_json};
pub(crate) use trial::{Dimension, FigureLine, NoticeLine, Tried, TriedRow, try_it};

use super::settle::{self, LEARNT_FROM, TABLE_FORM};
use super::{columns, forms};
use crate::cli::Mistakes;
use crate::world;
use anyhow::Result;
use dtm_model::{Answers, Atlas, Dictionary, Exercise, FormSchema, Lang, MappingId, Operation};
use dtm_process::mapping::{
    self, Coverage, Draft, Mapping, MappingChange, MappingProblem, MetTable, QuestionSet, changes, coverage, values_met,
};
use dtm_store::{Blobs, Form, NewMapping, Stamp, Store, StoreError, StoredMapping};
use std::sync::Arc;

/// The longest reason.
pub(crate) const LONGEST_REASON: usize = 1_000;
/// Versions that are listed.
pub(crate) const VERSIONS: u32 = 100;

/// What a mapping is for: a form of an exercise, or the tables imported into it.
#[derive(Clone, Debug)]
pub(crate) struct Mapped {
    pub(crate) operation: Operation,
    pub(crate) exercise: Exercise,
    /// The form's id, or the word that stands for imported tables.
    pub(crate) key: String,
    /// None for imported tables.
    pub(crate) form: Option<Form>,
}

/// The forms of an exercise and, where any came or are mapped, its imported tables.
pub(crate) async fn all(store: &Store, operation: &Operation, exercise: &Exercise) -> Result<Vec<Mapped>> {
    let mut all: Vec<Mapped> = Vec::new();
    for form in store.forms(&exercise.id).await? {
        all.push(Mapped {
            operation: operation.clone(),
            exercise: exercise.clone(),
            key: form.xml_form_id.clone(),
            form: Some(form),
        });
    }
    let tables = of_tables(operation, exercise);
    if tables.is_there(store).await? {
        all.push(tables);
    }
    Ok(all)
}

/// What the mapping of imported tables is for.
pub(crate) fn of_tables(operation: &Operation, exercise: &Exercise) -> Mapped {
    Mapped { operation: operation.clone(), exercise: exercise.clone(), key: TABLE_FORM.to_owned(), form: None }
}

/// What a mapping of this form is for.
pub(crate) async fn of_form(store: &Store, operation: &Operation, form: Form) -> Result<Option<Mapped>> {
    let Some(exercise) = store.exercise(&form.exercise).await? else { return Ok(None) };
    Ok(Some(Mapped { operation: operation.clone(), exercise, key: form.xml_form_id.clone(), form: Some(form) }))
}

/// The form of this id in an exercise, or its tables.
pub(crate) async fn named(
    store: &Store,
    operation: &Operation,
    exercise: &Exercise,
    key: &str,
) -> Result<Option<Mapped>> {
    if key == TABLE_FORM {
        return Ok(Some(of_tables(operation, exercise)));
    }
    let form = store.form_by_xml_id(&operation.id, key).await?.filter(|form| form.exercise == exercise.id);
    Ok(form
        .map(|form| Mapped { form: Some(form), ..of_tables(operation, exercise) })
        .map(|mapped| Mapped { key: key.to_owned(), ..mapped }))
}

impl Mapped {
    async fn is_there(&self, store: &Store) -> Result<bool> {
        if self.stands(store).await?.is_some() {
            return Ok(true);
        }
        for round in store.rounds(&self.exercise.id).await? {
            if !store.imported_ids_page(&round.id, &dtm_store::PageFrom::Start, 1).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The version in force.
    pub(crate) async fn stands(&self, store: &Store) -> Result<Option<StoredMapping>> {
        Ok(store.mapping_versions(&self.exercise.id, &self.key, 1).await?.pop())
    }

    /// A version of it.
    pub(crate) async fn version(&self, store: &Store, version: u32) -> Result<Option<StoredMapping>> {
        Ok(store.mapping_version(&self.exercise.id, &self.key, version).await?)
    }

    /// The last versions, the newest first.
    pub(crate) async fn versions(&self, store: &Store) -> Result<Vec<StoredMapping>> {
        Ok(store.mapping_versions(&self.exercise.id, &self.key, VERSIONS).await?)
    }

    /// What the form asks; nothing for tables, whose columns their rows tell.
    async fn schema(&self, store: &Store) -> Result<Option<FormSchema>> {
        match &self.form {
            Some(form) => forms::questions(store, &form.id).await,
            None => Ok(None),
        }
    }
}

/// A mapping that is to be kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeping<'a> {
    pub(crate) text: &'a str,
    pub(crate) reason: &'a str,
    /// The version that was changed, 0 where there was none; none follows whatever stands.
    pub(crate) after: Option<u32>,
}

/// What became of a mapping that was to be kept.
#[derive(Debug)]
pub(crate) enum Kept {
    /// It is this version.
    Version(u32),
    /// Somebody kept another one meanwhile.
    Since(Box<StoredMapping>),
}

/// Keeps a mapping as a new version, if it makes sense and fits its form.
pub(crate) async fn keep(
    store: &Store,
    mapped: &Mapped,
    keeping: Keeping<'_>,
    lang: Lang,
    stamp: &Stamp,
) -> Result<Kept> {
    let Keeping { text, reason, after } = keeping;
    let refuse = |problems: Vec<MappingProblem>| -> anyhow::Error {
        Mistakes { lines: problems.iter().map(|problem| problem.message(lang)).collect() }.into()
    };
    let mapping = Mapping::from_toml(text).map_err(refuse)?;
    let mut problems = Vec::new();
    // The next table may have other columns than the last one: what they are is told when they are there.
    if let Some(schema) = mapped.schema(store).await? {
        problems = mapping::check(&mapping, &QuestionSet::of_form(&schema), &settle::dictionary(store).await?);
    }
    if !problems.is_empty() {
        return Err(refuse(problems));
    }
    let reason: String = reason.trim().chars().take(LONGEST_REASON).collect();
    let new = NewMapping { exercise: &mapped.exercise.id, form_key: &mapped.key, text, reason: &reason, after };
    match store.add_mapping(&world::fresh(MappingId::new), new, stamp).await {
        Ok(version) => Ok(Kept::Version(version)),
        Err(StoreError::Conflict { what: "mapping" }) => match mapped.stands(store).await? {
            Some(newer) => Ok(Kept::Since(Box::new(newer))),
            None => Err(StoreError::Conflict { what: "mapping" }.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// What is otherwise in one text than in another; nothing where one of them cannot be read.
pub(crate) fn differences(before: &str, after: &str, dictionary: &Dictionary) -> Vec<MappingChange> {
    match (Mapping::read(before), Mapping::read(after)) {
        (Ok((before, _)), Ok((after, _))) => changes(&before, &after, dictionary),
        _ => Vec::new(),
    }
}

/// What somebody who looks at a mapping has before them: questions, real records, the version in force, a fresh draft.
pub(crate) struct Workbench {
    pub(crate) mapped: Mapped,
    pub(crate) schema: Option<FormSchema>,
    pub(crate) questions: QuestionSet,
    pub(crate) dictionary: Dictionary,
    pub(crate) atlas: Arc<Atlas>,
    pub(crate) sample: Sample,
    pub(crate) stands: Option<StoredMapping>,
    pub(crate) draft: Draft,
}

impl Workbench {
    /// Lays out what there is, with at most so many records.
    pub(crate) async fn of(
        store: &Store,
        blobs: &Blobs,
        mapped: Mapped,
        atlas: Arc<Atlas>,
        at_most: usize,
    ) -> Result<Self> {
        let sample = sample::newest(store, &mapped, at_most).await?;
        let schema = mapped.schema(store).await?;
        let questions = match (&schema, &sample.round) {
            (Some(schema), _) => QuestionSet::of_form(schema),
            (None, Some(round)) => columns::questions(store, blobs, round, sample.records.iter()).await?,
            (None, None) => QuestionSet::default(),
        };
        let dictionary = settle::dictionary(store).await?;
        let stands = mapped.stands(store).await?;
        let learnt_from: Vec<&Answers> =
            sample.records.iter().take(LEARNT_FROM).map(|record| &record.answers).collect();
        let draft = mapping::draft(&questions, &dictionary, &learnt_from);
        Ok(Self { mapped, schema, questions, dictionary, atlas, sample, stands, draft })
    }

    /// The version in force, 0 where there is none.
    pub(crate) fn version(&self) -> u32 {
        self.stands.as_ref().map_or(0, |stands| stands.version)
    }

    /// The mapping in force; the draft where there is none.
    pub(crate) fn text(&self) -> String {
        self.stands.as_ref().map_or_else(|| self.draft.mapping.to_toml(), |stands| stands.text.clone())
    }

    /// The whole path of a question as a mapping names it.
    pub(crate) fn path(&self, name: &str) -> String {
        self.questions.get(name).map_or_else(|| name.to_owned(), |question| question.name.clone())
    }

    /// The answers that words are learnt from.
    pub(crate) fn learnt_from(&self) -> Vec<&Answers> {
        self.sample.records.iter().take(LEARNT_FROM).map(|record| &record.answers).collect()
    }

    /// Looks at a mapping.
    pub(crate) fn look(&self, text: &str) -> Look {
        let (mapping, mut problems) = match Mapping::read(text) {
            Ok((mapping, gaps)) => (mapping, gaps),
            Err(problems) => return Look { problems, ..Look::default() },
        };
        // Without a record nobody knows the columns of a table.
        if self.questions.iter().next().is_some() {
            problems.extend(mapping::check(&mapping, &self.questions, &self.dictionary));
        }
        // What a gap in the file says, the check says again.
        let mut told = std::collections::BTreeSet::new();
        problems.retain(|problem| told.insert((problem.code, problem.facts.clone())));
        let records: Vec<_> = self.sample.records.iter().collect();
        let tables = values_met(&mapping, &self.atlas, &records);
        let coverage = coverage(&mapping, &self.questions, &self.dictionary);
        Look { mapping: Some(mapping), problems, coverage, tables }
    }
}

/// What a mapping makes of the questions and of the answers that came.
#[derive(Default)]
pub(crate) struct Look {
    /// None where the text cannot be read.
    pub(crate) mapping: Option<Mapping>,
    pub(crate) problems: Vec<MappingProblem>,
    pub(crate) coverage: Coverage,
    pub(crate) tables: Vec<MetTable>,
}

impl Look {
    /// How many records or turns answered something that nobody translated.
    pub(crate) fn n_open(&self) -> usize {
        self.tables.iter().flat_map(MetTable::open).map(|met| met.n).sum()
    }

    /// How many indicators are fed.
    pub(crate) fn n_fed(&self) -> usize {
        let codes: std::collections::BTreeSet<_> = self.coverage.fed.iter().map(|feed| &feed.indicator).collect();
        codes.len()
    }
}
