//! A round is settled: its records become findings, figures and tables. All of it is derived and can be made again.

use super::check_runs::Run;
use super::naming::Naming;
use super::quality::{self, FormChecks, Standing};
use super::{RoundOf, analysis, columns, progress, records, traces, verification};
use crate::cli::{Caller, Mistakes, Report};
use crate::world;
use anyhow::{Context, Result};
use bytes::Bytes;
use chrono::NaiveDate;
use dtm_engine::{Engine, batch, figures as figure_columns, segment};
use dtm_model::{
    Atlas, BlobHash, Dictionary, Exercise, Figure, FigureTable, Finding, FindingId, FormSchema, Lang, MappingId,
    Observation, Operation, Pcode, Place, PlaceKind, Record, RecordId, Round, RoundLabel, RoundState, Severity, Ssid,
};
use dtm_process::mapping::{self, Mapping, QuestionSet};
use dtm_process::needs::{Household, NeedQuestion, needs_table};
use dtm_process::patterns::audit::minutes;
use dtm_process::places::counts_at;
use dtm_process::rounds::{self, Comparison, RoundInput};
use dtm_process::tables::{MalesFemales, RangeInput, TableInput, TableOptions, tabulate};
use dtm_process::verification::{SampledSheet, VerificationInput, VerificationRules, VerifiedPlace, verify_round};
use dtm_process::{checks, codes, corrections};
use dtm_store::{Blobs, ReviewState, Stamp, Store, StoreError, StoredFinding, Trace};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

pub(crate) use dtm_process::rounds::Coverage;

/// Under which name the mapping of imported tables is kept.
pub(crate) const TABLE_FORM: &str = "table";

/// What is kept of a settled round for its release.
#[derive(serde::Serialize, serde::Deserialize)]
struct Sheet {
    coverage: Coverage,
    tables: Vec<FigureTable>,
    /// The choice of its mapping that the tables were made with, so that a number is walked back the way it was made.
    #[serde(default)]
    males_females: MalesFemales,
    /// What the exercise chose about verification when it was settled; none in rounds that were settled without.
    #[serde(default)]
    verification: Option<VerificationRules>,
    /// Whether the tables have low and high; those of rounds that were settled before tables had them do not.
    #[serde(default)]
    ranges: bool,
}

/// How a round is verified.
#[derive(Clone, Copy)]
pub(super) struct Verifying<'a> {
    /// What the exercise chose.
    pub(super) rules: &'a VerificationRules,
    /// Whether low and high are added up in the tables.
    pub(super) ranges: bool,
}

impl<'a> Verifying<'a> {
    /// As rounds are verified today.
    pub(super) fn by(rules: &'a VerificationRules) -> Self {
        Self { rules, ranges: true }
    }
}

/// What settling a round gave.
pub(crate) struct Settled {
    pub(crate) coverage: Coverage,
    pub(crate) n_records: usize,
    /// Records that a review keeps out of the figures: rejected, or not approved where only approved ones count or
    /// where they came late.
    pub(crate) n_held_back: usize,
    pub(crate) n_observations: usize,
    pub(crate) n_figures: usize,
    pub(crate) findings: Vec<Finding>,
    pub(crate) idps: Option<i64>,
}

impl Settled {
    pub(crate) fn report(&self, caller: &Caller) -> Report {
        let c = &self.coverage;
        let blocked = self.findings.iter().filter(|finding| finding.severity == Severity::Block).count();
        let idps = self.idps.map_or_else(|| "–".to_owned(), |n| n.to_string());
        let text = caller.say(
            format!(
                "{} records, {} observations, {} figures.\nPlaces: {} planned, {} reached, {} carried.\nDisplaced people: {idps}.\n{} findings, {blocked} of them blocking (`dtm round findings`).",
                self.n_records, self.n_observations, self.n_figures, c.planned, c.reached, c.carried, self.findings.len()
            ),
            format!(
                "{} enregistrements, {} observations, {} chiffres.\nLieux : {} prévus, {} atteints, {} reportés.\nPersonnes déplacées : {idps}.\n{} constats, dont {blocked} bloquants (`dtm round findings`).",
                self.n_records, self.n_observations, self.n_figures, c.planned, c.reached, c.carried, self.findings.len()
            ),
        );
        let held_back = match self.n_held_back {
            0 => String::new(),
            n => caller.say(
                format!("\n{n} records count nowhere yet: rejected, or waiting for a reviewer’s approval."),
                format!("\n{n} enregistrements ne comptent pas : rejetés, ou en attente d’approbation."),
            ),
        };
        let text = text + &held_back;
        let json = json!({
            "records": self.n_records, "heldBack": self.n_held_back, "observations": self.n_observations,
            "figures": self.n_figures, "coverage": c,
            "idps": self.idps, "findings": self.findings.len(), "blocking": blocked,
        });
        Report::new(text, json)
    }
}

/// The built-in dictionary and what was added to it.
pub(crate) async fn dictionary(store: &Store) -> Result<Dictionary, StoreError> {
    let mut dictionary = dtm_process::dictionary::builtin();
    dictionary.extend(store.dictionary().await?.iter().cloned());
    Ok(dictionary)
}

/// A mapping that is tried: the form or table it is for, and the mapping in place of the one in force.
#[derive(Clone, Copy)]
pub(super) struct Trial<'a> {
    pub(super) key: &'a str,
    pub(super) mapping: &'a Mapping,
}

/// How many records a draft learns words from.
pub(super) const LEARNT_FROM: usize = 200;

/// The mapping of a form; drafted from its names where there is none yet, which is said.
async fn mapping_of(
    store: &Store,
    exercise: &Exercise,
    key: &str,
    questions: &QuestionSet,
    records: &[Record],
    dictionary: &Dictionary,
) -> Result<(Mapping, bool)> {
    if let Some((version, text)) = store.mapping(&exercise.id, key).await? {
        let mapping = Mapping::from_toml(&text).map_err(|problems| {
            let lines = problems.iter().map(|problem| problem.message(Lang::En)).collect::<Vec<_>>().join("; ");
            anyhow::anyhow!("mapping version {version} of {key} cannot be read: {lines}")
        })?;
        return Ok((mapping, false));
    }
    let sample: Vec<_> = records.iter().take(LEARNT_FROM).map(|record| &record.answers).collect();
    Ok((mapping::draft(questions, dictionary, &sample).mapping, true))
}

/// What the checks look at for one form.
struct OfForm {
    key: String,
    /// What it asks; none for imported tables.
    schema: Option<Arc<FormSchema>>,
    records: Vec<Record>,
    /// Which question feeds which indicator.
    questions: BTreeMap<String, String>,
    /// Where its observations stand among all.
    observations: std::ops::Range<usize>,
}

/// What a round gives, before any of it is kept.
pub(super) struct Derived {
    n_records: usize,
    n_held_back: usize,
    observations: Vec<Observation>,
    /// What came in about each place, as it is kept.
    arrived: Vec<u8>,
    pub(super) figures: Vec<Figure>,
    /// The places that have more to tell than one record.
    verified: Vec<VerifiedPlace>,
    findings: Vec<Finding>,
    sheet: Sheet,
    /// Places that records brought and nobody knew.
    new_places: Vec<Place>,
    /// Mappings that were drafted, by form.
    drafts: Vec<(String, Mapping)>,
}

impl Derived {
    /// The tables as they are kept.
    pub(super) fn tables(&self) -> &[FigureTable] {
        &self.sheet.tables
    }
}

/// Settles a round from its records and corrections.
pub(crate) async fn settle(
    store: &Store,
    blobs: &Blobs,
    operation: &Operation,
    exercise: &Exercise,
    round: &Round,
    today: NaiveDate,
    stamp: &Stamp,
) -> Result<Settled> {
    let rules = verification::rules(store, exercise).await?;
    let of = RoundOf { operation, exercise, round };
    let run = Run::begin(store, &round.id, stamp).await?;
    // All that is to be examined anew, portion by portion; what is computed below finds it done.
    let log = corrections::by_record(store.corrections(&round.id).await?);
    super::logic::of_round(store, blobs, &round.id, &log, Some(&run), stamp).await?;
    traces::make(store, blobs, &round.id, usize::MAX).await?;
    let derived = derive(store, blobs, of, Some(Verifying::by(&rules)), None, today, stamp).await?;
    let Derived {
        n_records,
        n_held_back,
        observations,
        arrived,
        figures,
        verified,
        findings,
        sheet,
        new_places,
        drafts,
    } = derived;
    for (key, mapping) in drafts {
        store.put_mapping(&world::fresh(MappingId::new), &exercise.id, &key, &mapping.to_toml(), stamp).await?;
    }
    if !new_places.is_empty() {
        store.put_places(&operation.id, &new_places, stamp).await?;
    }
    keep(store, blobs, round, "observations", segment::write(&[figure_columns::observations(&observations)])?, stamp)
        .await?;
    keep(store, blobs, round, progress::KIND, arrived.into(), stamp).await?;
    keep(store, blobs, round, "figures", segment::write(&[figure_columns::figures(&figures)])?, stamp).await?;
    keep(store, blobs, round, verification::KIND, serde_json::to_vec(&verified)?.into(), stamp).await?;
    keep(store, blobs, round, "tables", serde_json::to_vec(&sheet)?.into(), stamp).await?;
    let numbered = findings.iter().map(|finding| (world::fresh(FindingId::new), finding.clone())).collect();
    store.replace_findings(&round.id, numbered, checks::lasting, stamp).await?;
    run.end(store, &Stamp::new(world::now(), &stamp.by)).await?;
    Ok(Settled {
        coverage: sheet.coverage,
        n_records,
        n_held_back,
        n_observations: observations.len(),
        n_figures: figures.len(),
        idps: total_of(&sheet.tables, &operation.admin0.0),
        findings,
    })
}

/// Computes what a round gives from its records and corrections, verified where it is said how; with a mapping that is
/// tried where there is one.
pub(super) async fn derive(
    store: &Store,
    blobs: &Blobs,
    of: RoundOf<'_>,
    verifying: Option<Verifying<'_>>,
    trial: Option<Trial<'_>>,
    today: NaiveDate,
    stamp: &Stamp,
) -> Result<Derived> {
    let RoundOf { operation, exercise, round } = of;
    let dictionary = dictionary(store).await?;
    let atlas = store.atlas(&operation.admin0).await?;
    let log = corrections::by_record(store.corrections(&round.id).await?);
    let raw = records::of_round(store, blobs, &round.id).await?;
    // What a reviewer rejected counts nowhere; where an exercise says so, only what one approved does.
    let only_approved = store.counts_only_approved(&exercise.id).await?;
    let n_arrived = raw.len();
    let raw: Vec<_> = raw.into_iter().filter(|record| counts(record, only_approved)).collect();
    let n_held_back = n_arrived - raw.len();
    let n_records = raw.len();
    let mut by_form: BTreeMap<String, (Option<Arc<FormSchema>>, Vec<Record>)> = BTreeMap::new();
    for clean in records::corrected(raw, &log) {
        let of_form = by_form.entry(clean.form_key).or_insert_with(|| (clean.schema, Vec::new()));
        of_form.1.push(clean.record);
    }

    let known_places = store.places(&operation.id).await?;
    let mut places: BTreeMap<Ssid, Place> = known_places.into_iter().map(|place| (place.ssid.clone(), place)).collect();
    let carried = usize::from(exercise.carry_rounds) + 1;
    let earlier = earlier_figures(store, blobs, exercise, round, carried).await?;
    let mut observations = Vec::new();
    let mut findings = Vec::new();
    let (mut new_places, mut drafts) = (Vec::new(), Vec::new());
    let (mut speakers, mut samples) = (BTreeMap::new(), Vec::new());
    let (mut households, mut needs, mut counts_places) = (Vec::new(), Vec::new(), by_form.is_empty());
    let mut checked: Vec<OfForm> = Vec::new();
    let mut males_females = MalesFemales::default();
    for (key, (schema, records)) in by_form {
        let questions = match &schema {
            Some(schema) => QuestionSet::of_form(schema),
            None => columns::questions(store, blobs, round, &records).await?,
        };
        let (mapping, is_draft) = match trial.filter(|trial| trial.key == key) {
            Some(trial) => (trial.mapping.clone(), false),
            None => mapping_of(store, exercise, &key, &questions, &records, &dictionary).await?,
        };
        let applied = mapping::apply_all(&mapping, &dictionary, &atlas, &records);
        let first = observations.len();
        // A place that was reached and said to hold nobody counts as zero, not as unreached.
        observations.extend(rounds::absent_as_zero(&mapping, &applied.visits, &applied.places));
        observations.extend(applied.observations);
        findings.extend(applied.findings);
        speakers.extend(applied.speakers);
        let first_sample = samples.len();
        samples.extend(applied.samples);
        households.extend(applied.households.into_iter().map(|household| {
            let area = standing_area(&household.area, &atlas, round).unwrap_or_else(|| household.area.clone());
            Household { area, ..household }
        }));
        for question in mapping::need_questions(&mapping, &dictionary, schema.as_deref()) {
            let is_new = needs.iter().all(|known: &NeedQuestion| known.indicator != question.indicator);
            needs.extend(is_new.then_some(question));
        }
        counts_places |= !mapping.is_of_households();
        for place in applied.places {
            if !places.contains_key(&place.ssid) {
                new_places.push(place.clone());
                places.insert(place.ssid.clone(), place);
            }
        }
        for observation in &mut observations[first..] {
            rehome(observation, &places, &atlas, round);
        }
        rehome_samples(&mut samples[first_sample..], &observations[first..]);
        checked.push(OfForm {
            key: key.clone(),
            schema,
            records,
            questions: checks::questions_of(&mapping),
            observations: first..observations.len(),
        });
        // A draft that counts nothing is not kept: the form may yet be mapped by somebody who knows it.
        if is_draft && Mapping::from_toml(&mapping.to_toml()).is_ok() {
            drafts.push((key, mapping.clone()));
        }
        // Of several forms, the one that forbids taking the sexes from cells rules, as the columns stand for all.
        if mapping.tables.males_females == MalesFemales::OnlyAsReported {
            males_females = MalesFemales::OnlyAsReported;
        }
    }
    findings.extend(notes_of_imports(store, blobs, round).await?.into_values().flatten());
    // What is odd in one record was told when it arrived, and is told again below, beside the others.
    let by_form = super::logic::of_round(store, blobs, &round.id, &log, None, stamp).await?;
    let by_form = by_form.into_iter().filter(|finding| !quality::is_of_answers(&finding.check)).collect();
    findings.extend(checks::capped(by_form, quality::MOST_FINDINGS));
    let traces = store.traces(&round.id).await?;
    for of_form in &mut checked {
        let of_form_said = &observations[of_form.observations.clone()];
        findings.extend(beside_each_other(store, operation, of_form, of_form_said, (&places, &traces)).await?);
    }
    let told = match verifying {
        Some(_) => Some(verification::told(store, round, &places, &observations).await?),
        None => None,
    };
    let places: Vec<Place> = places.into_values().collect();
    // What was split or renamed since is what it was then.
    let of_the_day = atlas.on(round.ends_on);
    let atlas = &*of_the_day;
    let previous = earlier.first().map(|(_, figures)| figures.as_slice());
    for OfForm { records, questions, observations: of_form, .. } in &checked {
        findings.extend(checks::run_round(&checks::RoundContext {
            round,
            today,
            records,
            observations: &observations[of_form.clone()],
            places: &places,
            atlas,
            previous,
            questions,
        }));
    }
    // A blocked record does not count until it is corrected or the finding is resolved.
    let resolved = resolved_blocks(store, round).await?;
    let blocked: HashSet<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Block && !resolved.contains(&fingerprint(finding)))
        .filter_map(|finding| finding.record.clone())
        .collect();
    // A place of which only blocked records came is reached all the same.
    let arrived = progress::arrived(&observations, &findings)?;
    observations.retain(|observation| !blocked.contains(&observation.record));
    households.retain(|household| !blocked.contains(&household.record));

    // A round of households alone goes to no places of assessment.
    let planned: Vec<Place> = places.into_iter().filter(|place| counts_places && fits(place.kind, exercise)).collect();
    let consolidated = rounds::consolidate(&RoundInput {
        label: &round.label,
        starts_on: round.starts_on,
        ends_on: round.ends_on,
        scope: &round.scope,
        observations: &observations,
        places: &planned,
        atlas,
        earlier: &earlier,
        carry_rounds: exercise.carry_rounds,
    });
    let (mut figures, mut coverage) = (consolidated.figures, consolidated.coverage);
    let (mut settled, mut verified) = (consolidated.findings, Vec::new());
    if let Some((Verifying { rules, .. }, told)) = verifying.zip(told) {
        let track_records = verification::track_records(store, blobs, exercise, round, rules).await?;
        let outcome = verify_round(&VerificationInput {
            observations: &observations,
            figures: &figures,
            speakers: &speakers,
            track_records: &track_records,
            statements: &told.statements,
            decisions: &told.decisions,
            samples: &samples,
            places: &planned,
            atlas,
            earlier: &earlier,
            rules,
        });
        verification::told_otherwise(&outcome, &figures, &mut settled, &mut coverage);
        (figures, verified) = (outcome.figures, outcome.places);
    }
    if round.state == RoundState::Collecting {
        // Where nobody was yet somebody may still go: that is in the plan, and no finding.
        settled.retain(|finding| !["place_carried", "place_left_the_total"].contains(&finding.check.as_str()));
    }
    findings.extend(settled);
    let options = TableOptions { males_females, ..TableOptions::default() };
    let before: Vec<RoundLabel> = earlier.iter().map(|(label, _)| label.clone()).collect();
    let with_ranges = verifying.filter(|verifying| verifying.ranges);
    let ranges = with_ranges.map(|by| RangeInput { rules: &by.rules.triangulation.combine, earlier: &before });
    let input = TableInput { figures: &figures, atlas, country: &operation.admin0, options, ranges };
    let mut tables = tabulate(&input);
    tables.extend(needs_table(&households, &needs, atlas, &operation.admin0));
    let sheet = Sheet {
        coverage,
        tables,
        males_females,
        verification: verifying.map(|by| by.rules.clone()),
        ranges: with_ranges.is_some(),
    };
    Ok(Derived {
        n_records,
        n_held_back,
        observations,
        arrived,
        figures,
        verified,
        findings,
        sheet,
        new_places,
        drafts,
    })
}

/// What the records of a form say beside each other. To compare many takes long, so it is done aside.
async fn beside_each_other(
    store: &Store,
    operation: &Operation,
    of_form: &mut OfForm,
    observations: &[Observation],
    (places, traces): (&BTreeMap<Ssid, Place>, &HashMap<RecordId, Trace>),
) -> Result<Vec<Finding>> {
    let Some(schema) = of_form.schema.clone() else { return Ok(Vec::new()) };
    let form = store.form_by_xml_id(&operation.id, &of_form.key).await?;
    let checks = FormChecks::of(store, &operation.id, form.as_ref().map(|form| &form.id)).await?;
    let mut areas: BTreeMap<&str, u32> = BTreeMap::new();
    let mut standing: HashMap<RecordId, Standing> = HashMap::new();
    for observation in observations {
        let n_known = areas.len() as u32;
        let area = *areas.entry(observation.area.0.as_str()).or_insert(n_known);
        standing.entry(observation.record.clone()).or_insert_with(|| Standing {
            place: Some(observation.place.clone()),
            site: places.get(&observation.place).and_then(|place| place.position),
            area: Some(area),
            answering_minutes: None,
        });
    }
    for record in &of_form.records {
        if let Some(timing) = traces.get(&record.id).and_then(|trace| trace.timing) {
            standing.entry(record.id.clone()).or_default().answering_minutes = Some(minutes(timing.answering_ms));
        }
    }
    let records = std::mem::take(&mut of_form.records);
    let look = move || {
        let found = checks.of_many(&schema, &records, &standing);
        (records, found)
    };
    let (records, found) = tokio::task::spawn_blocking(look).await?;
    of_form.records = records;
    Ok(found)
}

/// Lets an observation count where its place's people are: at the place that took it in, and in the area that stands in
/// the round. An area that was split is told by the place.
fn rehome(observation: &mut Observation, places: &BTreeMap<Ssid, Place>, atlas: &Atlas, round: &Round) {
    let at = counts_at(places, &observation.place, observation.observed_on);
    if *at != observation.place {
        if let Some(place) = places.get(at) {
            observation.area = place.area.clone();
        }
        observation.place = at.clone();
    }
    if atlas.area(&observation.area).is_some_and(|area| !area.stands_on(round.ends_on)) {
        let of_place = places.get(&observation.place).map(|place| place.area.clone());
        if let Some(area) = standing_area(&observation.area, atlas, round).or(of_place) {
            observation.area = area;
        }
    }
}

/// The one area that an area which ended went on in, by the end of the round.
fn standing_area(area: &Pcode, atlas: &Atlas, round: &Round) -> Option<Pcode> {
    let ended = atlas.area(area).filter(|area| !area.stands_on(round.ends_on))?;
    Some(atlas.heir(&ended.pcode, round.ends_on)?.pcode.clone())
}

/// Lets a sample sheet speak for the place that its record's numbers count at.
fn rehome_samples(samples: &mut [SampledSheet], observations: &[Observation]) {
    if samples.is_empty() {
        return;
    }
    let places: HashMap<&RecordId, &Ssid> =
        observations.iter().map(|observation| (&observation.record, &observation.place)).collect();
    for sample in samples {
        if let Some(place) = places.get(&sample.record) {
            sample.place = (*place).clone();
        }
    }
}

/// Whether a record counts in figures. A row of an imported table was checked before it came; what came late, while its
/// round did not collect, waits for a reviewer.
pub(super) fn counts(record: &records::RoundRecord, only_approved: bool) -> bool {
    let is_row = matches!(record.record.source, dtm_model::Source::Row { .. });
    match record.review_state {
        Some(ReviewState::Rejected) => false,
        Some(ReviewState::Approved) => true,
        _ => is_row || !(only_approved || record.late),
    }
}

/// Flow monitoring points belong to registries, all other places to the other tools.
pub(super) fn fits(kind: PlaceKind, exercise: &Exercise) -> bool {
    (kind == PlaceKind::FlowPoint) == (exercise.tool == dtm_model::Tool::Fmr)
}

fn fingerprint(finding: &Finding) -> String {
    serde_json::to_string(finding).unwrap_or_default()
}

/// Blocking findings that somebody has looked at and let pass.
async fn resolved_blocks(store: &Store, round: &Round) -> Result<BTreeSet<String>> {
    let findings = store.findings(&round.id).await?;
    Ok(findings
        .iter()
        .filter(|stored| stored.resolved_at.is_some() && stored.finding.severity == Severity::Block)
        .map(|stored| fingerprint(&stored.finding))
        .collect())
}

fn total_of(tables: &[FigureTable], country: &str) -> Option<i64> {
    let areas = tables.iter().find(|table| table.name == "areas")?;
    let at = areas.measure("idp_ind")?;
    areas.row(&[country])?.cells[at].value
}

pub(super) async fn keep(
    store: &Store,
    blobs: &Blobs,
    round: &Round,
    kind: &str,
    bytes: Bytes,
    stamp: &Stamp,
) -> Result<()> {
    let hash = blobs.put(bytes).await?;
    let version = match store.round_data(&round.id, kind).await? {
        Some((version, known)) if known == hash => version,
        Some((version, _)) => version + 1,
        None => 1,
    };
    Ok(store.put_round_data(&round.id, kind, version, &hash, stamp).await?)
}

pub(super) async fn kept(store: &Store, blobs: &Blobs, round: &Round, kind: &str) -> Result<Option<Bytes>> {
    match store.round_data(&round.id, kind).await? {
        Some((_, hash)) => Ok(Some(blobs.get(&hash).await?)),
        None => Ok(None),
    }
}

/// Keeps what was noticed while a table was read, for every settling of its round.
pub(crate) async fn keep_notes(
    store: &Store,
    blobs: &Blobs,
    round: &Round,
    file: &BlobHash,
    notes: &[Finding],
    stamp: &Stamp,
) -> Result<()> {
    let mut known = notes_of_imports(store, blobs, round).await?;
    if known.get(file).map_or(&[][..], Vec::as_slice) == notes {
        return Ok(());
    }
    known.insert(file.clone(), notes.to_vec());
    keep(store, blobs, round, "import_notes", serde_json::to_vec(&known)?.into(), stamp).await
}

/// What was noticed while the tables of a round were read, by file.
async fn notes_of_imports(store: &Store, blobs: &Blobs, round: &Round) -> Result<BTreeMap<BlobHash, Vec<Finding>>> {
    match kept(store, blobs, round, "import_notes").await? {
        Some(bytes) => serde_json::from_slice(&bytes).context("the kept notes of imports"),
        None => Ok(BTreeMap::new()),
    }
}

/// The figures a round was settled on.
pub(crate) async fn figures_of_round(store: &Store, blobs: &Blobs, round: &Round) -> Result<Option<Vec<Figure>>> {
    let Some(bytes) = kept(store, blobs, round, "figures").await? else { return Ok(None) };
    Ok(Some(figure_columns::figures_back(&segment::read(&bytes)?)?))
}

/// The observations a round was settled from.
pub(crate) async fn observations_of_round(store: &Store, blobs: &Blobs, round: &Round) -> Result<Vec<Observation>> {
    match kept(store, blobs, round, "observations").await? {
        Some(bytes) => Ok(figure_columns::observations_back(&segment::read(&bytes)?)?),
        None => Ok(Vec::new()),
    }
}

/// The tables of a round and how many places stand behind them.
pub(crate) async fn tables_of_round(
    store: &Store,
    blobs: &Blobs,
    round: &Round,
) -> Result<Option<(Vec<FigureTable>, Coverage)>> {
    Ok(sheet_of_round(store, blobs, round).await?.map(|sheet| (sheet.tables, sheet.coverage)))
}

/// The tables of a round, and where their males and females come from.
pub(crate) async fn tables_to_explain(
    store: &Store,
    blobs: &Blobs,
    round: &Round,
) -> Result<Option<(Vec<FigureTable>, MalesFemales)>> {
    Ok(sheet_of_round(store, blobs, round).await?.map(|sheet| (sheet.tables, sheet.males_females)))
}

/// What the exercise chose about verification when a round was settled, and whether its tables have low and high; none
/// where it was settled without.
pub(super) async fn verified_by(
    store: &Store,
    blobs: &Blobs,
    round: &Round,
) -> Result<Option<(VerificationRules, bool)>> {
    let sheet = sheet_of_round(store, blobs, round).await?;
    Ok(sheet.and_then(|sheet| Some((sheet.verification?, sheet.ranges))))
}

async fn sheet_of_round(store: &Store, blobs: &Blobs, round: &Round) -> Result<Option<Sheet>> {
    let Some(bytes) = kept(store, blobs, round, "tables").await? else { return Ok(None) };
    Ok(Some(serde_json::from_slice(&bytes).context("the kept tables")?))
}

/// The rounds of the exercise before this one, newest first, as far back as figures may be carried.
pub(super) async fn earlier_rounds(store: &Store, exercise: &Exercise, round: &Round) -> Result<Vec<Round>> {
    let mut rounds: Vec<Round> =
        store.rounds(&exercise.id).await?.into_iter().filter(|other| other.label < round.label).collect();
    rounds.sort_by(|a, b| b.label.cmp(&a.label));
    Ok(rounds)
}

/// The figures of the rounds before that have any, at most so many, the newest first.
pub(super) async fn earlier_figures(
    store: &Store,
    blobs: &Blobs,
    exercise: &Exercise,
    round: &Round,
    at_most: usize,
) -> Result<Vec<(RoundLabel, Vec<Figure>)>> {
    let mut earlier = Vec::new();
    for before in earlier_rounds(store, exercise, round).await? {
        if earlier.len() >= at_most {
            break;
        }
        if let Some(figures) = figures_of_round(store, blobs, &before).await? {
            earlier.push((before.label, figures));
        }
    }
    Ok(earlier)
}

/// How many odd figures are named to somebody who wants to clear a round.
const ODD_NAMED: usize = 20;

/// What must hold before a round moves: clearing needs figures, no open blocking finding and nothing odd that nobody
/// explained; going back needs a reason.
pub(crate) async fn before_move(
    store: &Store,
    blobs: &Blobs,
    of: RoundOf<'_>,
    to: RoundState,
    reason: &str,
    lang: Lang,
) -> Result<()> {
    let round = of.round;
    let say = |en: &str, fr: &str| if lang == Lang::En { en.to_owned() } else { fr.to_owned() };
    if to < round.state && reason.trim().is_empty() {
        return Err(Mistakes::one(say(
            "say why the round goes back: it stays in its history",
            "dites pourquoi le cycle revient en arrière : cela reste dans son historique",
        )));
    }
    if to != RoundState::Cleared {
        return Ok(());
    }
    if store.round_data(&round.id, "figures").await?.is_none() {
        return Err(Mistakes::one(say(
            "the round has no figures yet: settle it first",
            "le cycle n’a pas encore de chiffres : consolidez-le d’abord",
        )));
    }
    let mut blocks = store.findings(&round.id).await?;
    blocks.retain(|stored| stored.finding.severity == Severity::Block && stored.resolved_at.is_none());
    let naming = Naming::of(store, &of.operation.id, blocks.iter().map(|stored| &stored.finding)).await?;
    let mut lines: Vec<String> = blocks.iter().map(|stored| naming.message(&stored.finding, lang)).collect();
    if let Some(seen) = analysis::of(store, blobs, of).await? {
        let open = seen.unexplained();
        lines.extend(open.iter().take(ODD_NAMED).map(|anomaly| seen.line(anomaly, lang)));
        if let Some(more) = open.len().checked_sub(ODD_NAMED).filter(|more| *more > 0) {
            lines.push(say(
                &format!("and {more} more that nobody explained"),
                &format!("et {more} autres sans explication"),
            ));
        }
    }
    lines.extend(verification::not_signed(store, blobs, of, lang).await?);
    if lines.is_empty() { Ok(()) } else { Err(Mistakes { lines }.into()) }
}

/// Says a finding, whichever stage noticed it; with the names of what it speaks of where [`Naming`] says it.
pub(crate) fn message(finding: &Finding, lang: Lang) -> String {
    match mapping::notice(&finding.check) {
        Some(notice) => notice.message(finding, lang),
        None => checks::message(finding, lang),
    }
}

/// The name of what makes findings, and why it matters; the word itself where it is not known any more.
pub(crate) fn kind_of(check: &str, lang: Lang) -> (String, &'static str) {
    match (mapping::notice(check), checks::Check::by_id(check)) {
        (Some(notice), _) => (notice.title(lang).to_owned(), ""),
        (None, Some(known)) => (known.title.get(lang).to_owned(), known.why.get(lang)),
        (None, None) => (check.to_owned(), ""),
    }
}

/// What to do about a finding.
pub(crate) fn advice(finding: &Finding, lang: Lang) -> &'static str {
    match mapping::notice(&finding.check) {
        Some(notice) => notice.advice(lang),
        None => checks::Check::by_id(&finding.check).map_or("", |check| check.advice.get(lang)),
    }
}

pub(crate) async fn findings_report(
    store: &Store,
    operation: &Operation,
    round: &Round,
    caller: &Caller,
) -> Result<Report> {
    let mut findings = store.findings(&round.id).await?;
    // What weighs most comes first, and what is alike stands together.
    findings.sort_by(|a, b| {
        let order = |f: &Finding| (std::cmp::Reverse(f.severity), f.check.clone(), f.place.clone(), f.question.clone());
        order(&a.finding).cmp(&order(&b.finding))
    });
    let naming = Naming::of(store, &operation.id, findings.iter().map(|stored| &stored.finding)).await?;
    let line = |stored: &StoredFinding| {
        let done = if stored.resolved_at.is_some() { "✓" } else { " " };
        let severity = severity_code(stored.finding.severity);
        let place = stored.finding.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
        format!("{done} {severity:<8} {place}{}", naming.message(&stored.finding, caller.lang))
    };
    let lines: Vec<String> = findings.iter().map(line).collect();
    let json = findings.iter().map(|stored| finding_json(stored, &naming, caller.lang)).collect();
    Ok(Report::new(lines.join("\n"), json))
}

/// A finding as programs read it.
pub(crate) fn finding_json(stored: &StoredFinding, naming: &Naming, lang: Lang) -> Value {
    json!({
        "id": stored.id, "finding": stored.finding, "message": naming.message(&stored.finding, lang),
        "advice": advice(&stored.finding, lang), "resolved": stored.resolved_at.map(|at| at.to_string()),
        "resolvedBy": stored.resolved_by, "note": stored.resolution,
    })
}

/// The severity of this word.
pub(crate) fn severity_of(code: &str) -> Option<Severity> {
    [Severity::Note, Severity::Confirm, Severity::Block].into_iter().find(|severity| severity_code(*severity) == code)
}

pub(crate) fn severity_code(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Confirm => "confirm",
        Severity::Block => "block",
    }
}

/// The round compared with the one before it, where there is one with figures.
pub(crate) async fn comparison(
    store: &Store,
    blobs: &Blobs,
    exercise: &Exercise,
    round: &Round,
    atlas: &Atlas,
) -> Result<Option<(RoundLabel, Comparison)>> {
    let Some(current) = figures_of_round(store, blobs, round).await? else { return Ok(None) };
    for before in earlier_rounds(store, exercise, round).await? {
        if let Some(previous) = figures_of_round(store, blobs, &before).await? {
            let comparison = rounds::compare(&previous, &current, codes::IDP_IND, atlas);
            return Ok(Some((before.label, comparison)));
        }
    }
    Ok(None)
}

pub(crate) async fn compare_report(
    store: &Store,
    blobs: &Blobs,
    operation: &Operation,
    exercise: &Exercise,
    round: &Round,
    caller: &Caller,
) -> Result<Report> {
    let atlas = store.atlas(&operation.admin0).await?;
    let Some((label, comparison)) = comparison(store, blobs, exercise, round, &atlas).await? else {
        let text =
            caller.say("There is no earlier round with figures.", "Il n’y a pas de cycle antérieur avec des chiffres.");
        return Ok(Report::new(text, Value::Null));
    };
    let number = |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| n.to_string());
    let p = &comparison.parts;
    let mut text = caller.say(
        format!(
            "Displaced people, round {} against {label}: {} → {} ({:+})",
            round.label,
            number(comparison.before),
            number(comparison.after),
            comparison.raw_change()
        ),
        format!(
            "Personnes déplacées, cycle {} face au {label} : {} → {} ({:+})",
            round.label,
            number(comparison.before),
            number(comparison.after),
            comparison.raw_change()
        ),
    );
    text += &format!("\n  {p:?}\n  {:?}", comparison.like_for_like);
    for (pcode, area) in
        comparison.areas.iter().filter(|(pcode, _)| atlas.area(pcode).is_some_and(|area| area.level == 1))
    {
        let name = atlas.area(pcode).map_or("", |area| area.name.get(caller.lang));
        text += &format!(
            "\n  {pcode} {name:<24} {:>9} → {:>9} ({:+})",
            number(area.before),
            number(area.after),
            area.raw_change()
        );
    }
    Ok(Report::new(text, json!({ "with": label, "comparison": comparison })))
}

/// An engine that sees a round: its observations, figures, areas, and its records by form.
pub(crate) async fn engine_of_round(
    store: &Store,
    blobs: &Blobs,
    operation: &Operation,
    round: &Round,
) -> Result<Engine> {
    let engine = Engine::new(512 << 20, 2)?;
    for kind in ["observations", "figures"] {
        if let Some(bytes) = kept(store, blobs, round, kind).await? {
            engine.register_parquet(kind, vec![bytes]).await?;
        }
    }
    engine.register_batches("areas", vec![figure_columns::areas(&store.atlas(&operation.admin0).await?)])?;
    let mut by_form: BTreeMap<String, (Option<Arc<FormSchema>>, Vec<Record>)> = BTreeMap::new();
    for record in records::of_round(store, blobs, &round.id).await? {
        by_form.entry(record.form_key).or_insert_with(|| (record.schema, Vec::new())).1.push(record.record);
    }
    for (key, (schema, records)) in by_form {
        let schema = schema.unwrap_or_else(|| Arc::new(records::schema_of(&records)));
        for (table, rows) in batch::records(&schema, &records) {
            let name = if table == batch::ROOT { key.clone() } else { format!("{key}.{table}") };
            engine.register_batches(&name, vec![rows])?;
        }
    }
    Ok(engine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{Instant, Source, SubmissionId};

    /// Which records count: as received, each state, and a row of an imported table.
    fn counted(only_approved: bool) -> String {
        let moment = Instant::from_millis(1);
        let sent = || Source::Submission { id: SubmissionId::new(moment, [1; 10]) };
        let row = Source::Row { file: BlobHash::of(b""), name: String::new(), sheet: String::new(), row: 2 };
        let states = [None].into_iter().chain(ReviewState::ALL.map(Some));
        let cases = states.map(|state| (state.map_or("received", ReviewState::code), state, sent()));
        let cases = cases.chain([("row", None, row)]);
        let kept = cases.filter(|(_, state, source)| {
            let id = RecordId::new(moment, [2; 10]);
            let record = Record { id, source: source.clone(), answers: dtm_model::Answers::default() };
            let form_key = TABLE_FORM.to_owned();
            counts(
                &records::RoundRecord {
                    record,
                    form_key,
                    schema: None,
                    review_state: *state,
                    late: false,
                    removed: false,
                },
                only_approved,
            )
        });
        kept.map(|(name, ..)| name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_a_reviewer_rejected_counts_nowhere_and_a_review_may_hold_back_what_is_not_approved() {
        assert_eq!(counted(false), "received hasIssues edited approved row");
        assert_eq!(counted(true), "approved row");
    }
}
