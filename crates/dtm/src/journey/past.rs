//! Rounds that were published before, as the public DTM API tells them, become rounds and releases here.
//!
//! They are public already, so nothing is hidden in them; the policy of the release says so and names the source.

use super::settle::Coverage;
use super::{RoundOf, release};
use crate::cli::Mistakes;
use crate::world;
use anyhow::Result;
use dtm_model::{
    Area, AssessmentType, Exercise, ExerciseId, Lang, Operation, OperationId, Pcode, ReleaseId, Round, RoundId,
    RoundLabel, RoundState, Text, Tool,
};
use dtm_process::api_import::{self, ApiRow, PastRound};
use dtm_protect::{Candidate, Policy};
use dtm_store::{Blobs, Stamp, Store};
use std::collections::{BTreeMap, BTreeSet};

/// The key under which the public API's spelling of a name is kept.
const API_SPELLING: &str = "dtm-api";

/// What importing past rounds gave.
pub(crate) struct PastLoaded {
    pub(crate) operations: Vec<String>,
    pub(crate) n_rounds: usize,
    pub(crate) n_known: usize,
    pub(crate) remarks: Vec<String>,
}

/// The answers of the three levels; each file says by its rows which level it is.
pub(crate) fn read_answers(files: &[(String, Vec<u8>)], lang: Lang) -> Result<[Vec<ApiRow>; 3]> {
    let mut levels: [Vec<ApiRow>; 3] = Default::default();
    for (name, bytes) in files {
        let level = level_of(bytes);
        let rows = api_import::read(bytes, level)
            .map_err(|error| Mistakes::one(format!("{name}: {}", error.message(lang))))?;
        levels[usize::from(level)].extend(rows);
    }
    Ok(levels)
}

/// The deepest level whose code the first row of an answer has.
fn level_of(bytes: &[u8]) -> u8 {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    if head.contains("\"admin2Pcode\"") {
        2
    } else if head.contains("\"admin1Pcode\"") {
        1
    } else {
        0
    }
}

/// Brings recorded answers of the public API in as published rounds. What is here already stays.
pub(crate) async fn rounds(
    store: &Store,
    blobs: &Blobs,
    levels: &[Vec<ApiRow>; 3],
    source: &str,
    lang: Lang,
    stamp: &Stamp,
) -> Result<PastLoaded> {
    let past = api_import::to_past_rounds(&levels[0], &levels[1], &levels[2]);
    let mut loaded = PastLoaded { operations: Vec::new(), n_rounds: 0, n_known: 0, remarks: Vec::new() };
    let mut operations: BTreeMap<(String, String), Operation> = BTreeMap::new();
    for operation in store.operations().await? {
        operations.insert((operation.iso3.clone(), operation.name.get(Lang::En).to_owned()), operation);
    }
    let policy = Policy::already_public(source);
    let mut named: BTreeSet<Pcode> = BTreeSet::new();
    for round in past {
        loaded.remarks.extend(
            round
                .oddities
                .iter()
                .map(|oddity| format!("{} {} {}: {}", round.iso3, round.operation, round.round, oddity.message(lang))),
        );
        let key = (round.iso3.clone(), round.operation.clone());
        let operation = match operations.get(&key) {
            Some(operation) => operation.clone(),
            None => {
                let operation = new_operation(store, &round, stamp).await?;
                operations.insert(key, operation.clone());
                operation
            }
        };
        if !loaded.operations.contains(&operation.slug) {
            loaded.operations.push(operation.slug.clone());
        }
        name_areas(store, &round, &mut named, stamp).await?;
        let exercise = exercise(store, &operation, round.assessment, stamp).await?;
        if one_round(store, blobs, &operation, &exercise, round, &policy, stamp).await? {
            loaded.n_rounds += 1;
        } else {
            loaded.n_known += 1;
        }
    }
    Ok(loaded)
}

async fn new_operation(store: &Store, past: &PastRound, stamp: &Stamp) -> Result<Operation> {
    let base = past.iso3.to_lowercase();
    let taken: BTreeSet<String> = store.operations().await?.into_iter().map(|operation| operation.slug).collect();
    let words: String =
        past.operation.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words = words.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    let long = format!("{base}-{}", words.chars().take(34).collect::<String>().trim_end_matches('-'));
    let mut slug = long.clone();
    for n in 2.. {
        if !taken.contains(&slug) {
            break;
        }
        slug = format!("{long}-{n}");
    }
    let operation = Operation {
        id: world::fresh(OperationId::new),
        slug,
        name: Text::new().with("en", &past.operation),
        admin0: past.admin0.clone(),
        iso3: past.iso3.clone(),
        country: Text::new().with("en", &past.country),
        active: true,
        time_zone: None,
    };
    store.create_operation(&operation, stamp).await?;
    Ok(operation)
}

/// The exercise that stands for one kind of assessment.
async fn exercise(store: &Store, operation: &Operation, assessment: AssessmentType, stamp: &Stamp) -> Result<Exercise> {
    let known = store.exercises(&operation.id).await?;
    if let Some(exercise) =
        known.into_iter().find(|exercise| exercise.assessment == assessment && exercise.tool != Tool::Fmr)
    {
        return Ok(exercise);
    }
    let (slug, tool, en, fr) = match assessment {
        AssessmentType::Ba => ("baseline", Tool::B2, "Baseline assessment", "Évaluation de base"),
        AssessmentType::Sa => ("sites", Tool::Msla, "Site assessment", "Évaluation des sites"),
        AssessmentType::Ett => ("emergencies", Tool::Ett, "Emergency tracking", "Suivi des urgences"),
    };
    let exercise = Exercise {
        id: world::fresh(ExerciseId::new),
        operation: operation.id.clone(),
        slug: slug.to_owned(),
        name: Text::both(en, fr),
        tool,
        assessment,
        carry_rounds: 2,
    };
    store.create_exercise(&exercise, stamp).await?;
    Ok(exercise)
}

/// Adds the areas the rows name, where the gazetteer lacks them, and the spelling the public API uses.
async fn name_areas(store: &Store, past: &PastRound, named: &mut BTreeSet<Pcode>, stamp: &Stamp) -> Result<()> {
    let fresh: Vec<(&Pcode, &String)> = past.names.iter().filter(|(pcode, _)| !named.contains(*pcode)).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let atlas = store.atlas(&past.admin0).await?;
    let parents: BTreeMap<&str, &str> = past
        .tables
        .iter()
        .flat_map(|table| &table.parents)
        .map(|(child, parent)| (child.as_str(), parent.as_str()))
        .collect();
    let mut missing = Vec::new();
    let mut spelled = Vec::new();
    for (pcode, name) in fresh {
        if atlas.area(pcode).is_some() {
            spelled.push((pcode.clone(), API_SPELLING.to_owned(), name.clone()));
        } else {
            // An area that is named only as the origin of people has no row of its own; origins are of the first level.
            let country = past.admin0.as_str();
            let above = |code: &str| match parents.get(code) {
                Some(parent) => Some(*parent),
                None => (code != country && code.starts_with(country)).then_some(country),
            };
            let (mut level, mut at) =
                (u8::from(pcode != &past.admin0 && above(pcode.as_str()).is_none()), pcode.as_str());
            while let Some(parent) = above(at).filter(|_| level < 4) {
                (at, level) = (parent, level + 1);
            }
            missing.push(Area {
                pcode: pcode.clone(),
                level,
                parent: above(pcode.as_str()).map(Pcode::from),
                name: Text::new().with("en", name),
                aliases: BTreeMap::from([(API_SPELLING.to_owned(), name.clone())]),
                valid_from: None,
                valid_to: None,
                became: Vec::new(),
            });
        }
        named.insert(pcode.clone());
    }
    store.put_areas(&past.admin0, &missing, &[], stamp).await?;
    Ok(store.put_aliases(&past.admin0, &spelled, stamp).await?)
}

/// Keeps one past round and its release; false when it is here already.
async fn one_round(
    store: &Store,
    blobs: &Blobs,
    operation: &Operation,
    exercise: &Exercise,
    past: PastRound,
    policy: &Policy,
    stamp: &Stamp,
) -> Result<bool> {
    let known = store.rounds(&exercise.id).await?;
    let number = past.round.to_string();
    if known.iter().any(|round| round.label.number() == past.round && round.reported_on == past.reported_on) {
        return Ok(false);
    }
    // Two dates under one number are two collections; the second carries its date in the label.
    let label = if known.iter().any(|round| round.label.as_str() == number) {
        RoundLabel(format!("{number} ({})", past.reported_on))
    } else {
        RoundLabel(number)
    };
    let round = Round {
        id: world::fresh(RoundId::new),
        exercise: exercise.id.clone(),
        label,
        starts_on: past.reported_on,
        ends_on: past.reported_on,
        reported_on: past.reported_on,
        scope: Vec::new(),
        state: RoundState::Cleared,
    };
    store.create_round(&round, stamp).await?;
    let classes = super::settle::dictionary(store).await?;
    let candidate = Candidate {
        records: None,
        id: world::fresh(ReleaseId::new),
        heading: release::heading(operation, exercise, &round, Coverage::default()),
        version: 1,
        reason: Text::new(),
        made_at: stamp.at,
        tables: past.tables,
        api_ids: past.api_ids,
        places: Vec::new(),
        classes: classes.iter().map(|entry| (entry.code.clone(), entry.dissemination)).collect(),
    };
    release::keep(store, blobs, RoundOf { operation, exercise, round: &round }, candidate, policy, stamp).await?;
    Ok(true)
}
