//! The demo world walks the journey: forms are uploaded, phones send, the officer corrects, clears and releases.

use super::flows::FlowPlan;
use super::intake::{self, Arrival, Door, FilePart, MayEdit};
use super::verification::KeptSource;
use super::{RoundOf, analysis, forms, release, settle};
use crate::bench::workload;
use crate::vault::Vault;
use crate::world;
use anyhow::{Context, Result};
use chrono::{NaiveDate, Weekday};
use dtm_capture::submission;
use dtm_demo::{DemoExercise, DemoForm, DemoRound, World};
use dtm_model::{
    Area, Correction, CorrectionId, Exercise, ExerciseId, How, Instant, Lang, MappingId, Operation, OperationId,
    PlaceKind, RecordId, Round, RoundId, RoundLabel, RoundState, Ssid, Team, TeamId, TeamMessage, TeamMessageId, Text,
    Unreached, VerificationEntryId, Visit,
};
use dtm_process::checks::Roles;
use dtm_process::codes::IDP_IND;
use dtm_process::flows::{Leg, PlannedSlot};
use dtm_process::verification::SourceKind;
use dtm_protect::Policy;
use dtm_store::{Blobs, CheckSetting, FindingsTogether, FormVersion, NewSubmission, Stamp, Store, VerificationKind};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::{BTreeMap, HashMap};

/// Submissions in one commit.
const TOGETHER: usize = 250;

/// Who does what in the demo world, for the audit log.
const OFFICER: &str = "demo officer";

/// Builds the world in an empty store and returns its operation.
pub(crate) async fn build(
    store: &Store,
    blobs: &Blobs,
    seed: u64,
    scale: u32,
    today: NaiveDate,
    lang: Lang,
) -> Result<Operation> {
    let say = |en: &'static str, fr: &'static str| if lang == Lang::En { en } else { fr };
    let bar = ProgressBar::new(1);
    bar.set_style(
        ProgressStyle::with_template("{msg:34} {bar:40} {percent:>3} %")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.set_message(say("making a country", "création d’un pays"));
    let started = world::stopwatch();
    let world = tokio::task::spawn_blocking(move || World::generate(seed, scale, today)).await?;
    tracing::debug!(ms = crate::cli::millis(started), "generated");
    bar.set_length(world.n_submissions() as u64);
    let rounds = world.rounds().to_vec();
    let first_day = rounds.iter().map(|round| round.starts_on).min().unwrap_or(today);
    let stamp = Stamp::new(noon(first_day, -7), OFFICER);

    let operation = operation_of(&world);
    store.create_operation(&operation, &stamp).await?;
    store.put_areas(&operation.admin0, world.areas(), world.boundaries(), &stamp).await?;
    store.put_places(&operation.id, world.places(), &stamp).await?;
    let mut exercises: BTreeMap<&str, Exercise> = BTreeMap::new();
    for made in world.exercises() {
        let slug = made.slug;
        let exercise = exercise_of(&operation, made);
        store.create_exercise(&exercise, &stamp).await?;
        exercises.insert(slug, exercise);
    }
    bar.set_message(say("uploading the forms", "téléversement des formulaires"));
    for form in world.xlsforms()? {
        let mapping = world.mapping_toml(form.exercise);
        let exercise = exercises.get(form.exercise).context("a form of an exercise that is not there")?;
        let is_mobility = form.exercise == dtm_demo::MOBILITY;
        let uploaded = upload(store, blobs, exercise, form, &stamp).await?;
        if let Some(mapping) = mapping {
            let key = &uploaded.version.schema.xml_form_id;
            store.put_mapping(&world::fresh(MappingId::new), &exercise.id, key, &mapping, &stamp).await?;
        }
        if is_mobility {
            choose_roles(store, &uploaded, &stamp).await?;
        }
    }
    let mut teams = Vec::new();
    for (en, fr) in dtm_demo::TEAMS {
        let team = Team {
            id: world::fresh(TeamId::new),
            operation: operation.id.clone(),
            name: say(en, fr).to_owned(),
            phones: Vec::new(),
            addresses: Vec::new(),
        };
        store.put_team(&team, &stamp).await?;
        teams.push(team.id);
    }
    let stage = Stage { store, blobs, world: &world, operation: &operation, teams, today, lang, bar: &bar };
    for made in &rounds {
        let exercise = exercises.get(made.exercise).context("a round of an exercise that is not there")?;
        bar.set_message(match lang {
            Lang::En => format!("round {} of {}", made.label, exercise.slug),
            Lang::Fr => format!("cycle {} de {}", made.label, exercise.slug),
        });
        stage.one_round(exercise, made).await?;
    }
    let seen_at = Stamp::new(crate::world::now(), OFFICER);
    super::flows::keep_plan(store, &operation, &observation_plan(&world), &stamp).await?;
    super::events::gather(store, blobs, &operation, &seen_at).await?;
    bar.finish_and_clear();
    Ok(operation)
}

/// Says which questions note when an interview began and ended: names of the dictionary alone do not tell.
async fn choose_roles(store: &Store, uploaded: &forms::Uploaded, stamp: &Stamp) -> Result<()> {
    let schema = &uploaded.version.schema;
    let question = |name: &str| {
        let field = schema.fields.iter().find(|field| field.name() == name);
        field.map(|field| field.path.clone())
    };
    let (start, end) = (question("m2682_meta_date_auto"), question("m1844_meta_assessment_end"));
    let roles = Roles { start, end, ..Roles::of(schema) };
    let body = serde_json::to_string(&roles)?;
    store.choose_setting(CheckSetting::Roles(&uploaded.form), 0, &body, "as in the dictionary", stamp).await?;
    Ok(())
}

/// Every point is to be watched from Monday to Saturday, and the first two lie on one route.
fn observation_plan(world: &World) -> FlowPlan {
    let mut plan = FlowPlan::default();
    let points: Vec<_> = world.places().iter().filter(|place| place.kind == PlaceKind::FlowPoint).collect();
    let days = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat];
    for point in &points {
        for (slot, weekday) in plan.watch.slots.iter().flat_map(|slot| days.map(|day| (slot, day))) {
            plan.watch.planned.push(PlannedSlot { point: point.ssid.clone(), weekday, slot: slot.name.clone() });
        }
    }
    if let [first, second, ..] = points[..] {
        let (from, to) = (first.ssid.clone(), second.ssid.clone());
        plan.legs.push(Leg { from, to, minutes: 120, give_or_take: 45 });
    }
    plan
}

fn operation_of(world: &World) -> Operation {
    let made = world.operation();
    Operation {
        id: crate::world::fresh(OperationId::new),
        slug: made.slug.to_owned(),
        name: made.name,
        admin0: made.admin0,
        iso3: made.iso3.to_owned(),
        country: made.country,
        active: true,
        time_zone: Some(made.time_zone.to_owned()),
    }
}

fn exercise_of(operation: &Operation, made: DemoExercise) -> Exercise {
    Exercise {
        id: crate::world::fresh(ExerciseId::new),
        operation: operation.id.clone(),
        slug: made.slug.to_owned(),
        name: made.name,
        tool: made.tool,
        assessment: made.assessment,
        carry_rounds: made.carry_rounds,
    }
}

/// Midday of a day, some days later.
fn noon(day: NaiveDate, later: i64) -> Instant {
    let days = (day - NaiveDate::default()).num_days() + later;
    Instant::from_millis((days * 24 + 12) * 3_600_000)
}

/// What others say of places in the round that is collected: who, how much of what was reported, and a note in English and
/// French.
const HEARD: [(SourceKind, &str, f64, [&str; 2]); 3] = [
    (SourceKind::Partner, "Sorelia Relief", 0.55, ["Counted before a distribution", "Compté avant une distribution"]),
    (SourceKind::RegistrationList, "Civil protection", 1.08, ["List of the shelter", "Liste de l’abri"]),
    (
        SourceKind::Call,
        "",
        1.6,
        ["The site manager speaks of new arrivals", "Le gestionnaire du site parle de nouvelles arrivées"],
    ),
];

/// Where the world is played: everything but the round.
struct Stage<'a> {
    store: &'a Store,
    blobs: &'a Blobs,
    world: &'a World,
    operation: &'a Operation,
    /// In the order of [`dtm_demo::TEAMS`].
    teams: Vec<TeamId>,
    today: NaiveDate,
    lang: Lang,
    bar: &'a ProgressBar,
}

impl Stage<'_> {
    async fn one_round(&self, exercise: &Exercise, made: &DemoRound) -> Result<()> {
        let Stage { store, blobs, operation, today, .. } = *self;
        let at = |day, later| Stamp::new(noon(day, later).min(crate::world::now()), OFFICER);
        let mut round = Round {
            id: world::fresh(RoundId::new),
            exercise: exercise.id.clone(),
            label: made.label.clone(),
            starts_on: made.starts_on,
            ends_on: made.ends_on,
            reported_on: made.reported_on,
            scope: made.scope.clone(),
            state: RoundState::Planned,
        };
        store.create_round(&round, &at(made.starts_on, -3)).await?;
        if made.state == RoundState::Planned {
            return Ok(());
        }
        self.plan(&round, made, &at(made.starts_on, -1)).await?;
        step(store, &mut round, RoundState::Collecting, &at(made.starts_on, 0)).await?;
        let started = crate::world::stopwatch();
        let corrections = self.send(&round, made).await?;
        tracing::debug!(round = %round.label, ms = crate::cli::millis(started), "sent");
        let closing = at(made.ends_on, 1);
        store.add_corrections(&round.id, corrections, &closing).await?;
        if made.state == RoundState::Collecting {
            self.write_to_teams(&round, &closing).await?;
            settle::settle(store, blobs, operation, exercise, &round, today, &closing).await?;
            if exercise.slug == dtm_demo::MOBILITY {
                self.hear_others(&round, &closing).await?;
                settle::settle(store, blobs, operation, exercise, &round, today, &closing).await?;
            }
            return Ok(());
        }
        step(store, &mut round, RoundState::Verifying, &closing).await?;
        let day = made.ends_on.min(today);
        let started = crate::world::stopwatch();
        settle::settle(store, blobs, operation, exercise, &round, day, &closing).await?;
        tracing::debug!(round = %round.label, ms = crate::cli::millis(started), "settled");
        if made.state >= RoundState::Cleared {
            // What blocks is looked at by the officer, who leaves the record out and says so.
            let seen_at = at(made.ends_on, 5);
            let findings = store.findings(&round.id).await?;
            let blocking = findings.into_iter().filter(|stored| stored.finding.severity == dtm_model::Severity::Block);
            let blocking: Vec<_> = blocking.map(|stored| stored.id).collect();
            let together = FindingsTogether::Named(&blocking);
            store.resolve_findings(&round.id, together, "looked at with the enumerator", &seen_at).await?;
            let of = RoundOf { operation, exercise, round: &round };
            if let Some(seen) = analysis::of(store, blobs, of).await? {
                let open: Vec<String> = seen.unexplained().into_iter().map(|anomaly| anomaly.key()).collect();
                store.explain_anomalies(&round.id, &open, "confirmed", "called back", &seen_at).await?;
            }
            settle::before_move(store, blobs, of, RoundState::Cleared, "", Lang::En).await?;
            step(store, &mut round, RoundState::Cleared, &seen_at).await?;
        }
        if made.state == RoundState::Published {
            let released = at(made.ends_on, 9);
            let started = crate::world::stopwatch();
            let of = RoundOf { operation, exercise, round: &round };
            release::make(store, blobs, of, &Policy::public(), Text::new(), Lang::En, &released).await?;
            tracing::debug!(round = %round.label, ms = crate::cli::millis(started), "released");
        }
        Ok(())
    }

    /// What the officer asks of the teams of a round.
    async fn write_to_teams(&self, round: &Round, stamp: &Stamp) -> Result<()> {
        let text = match self.lang {
            Lang::En => "Ask at every site how households were counted: from a list, one by one, or by estimate.",
            Lang::Fr => {
                "Demandez dans chaque site comment les ménages ont été comptés : d’une liste, un à un, ou par estimation."
            }
        };
        let message = TeamMessage {
            id: world::fresh(TeamMessageId::new),
            round: round.id.clone(),
            team: None,
            text: text.to_owned(),
            by: OFFICER.to_owned(),
            at: stamp.at,
            withdrawn: None,
        };
        Ok(self.store.write_to_team(&message, &[], stamp).await?)
    }

    /// Plans whom the teams of a round visit, with what they said of places that they did not reach.
    async fn plan(&self, round: &Round, made: &DemoRound, stamp: &Stamp) -> Result<()> {
        let visits: Vec<Visit> = self
            .world
            .visits(made)
            .into_iter()
            .map(|visit| Visit {
                place: visit.place.ssid.clone(),
                team: self.teams.get(visit.team).cloned(),
                due_on: Some(visit.due_on),
                unreached: visit.unreached.map(|(why, note)| Unreached {
                    why,
                    note: note.get(self.lang).to_owned(),
                    by: OFFICER.to_owned(),
                    at: noon(visit.due_on, 0),
                }),
            })
            .collect();
        if !visits.is_empty() {
            self.store.plan_visits(&round.id, &visits, stamp).await?;
        }
        Ok(())
    }

    /// Adds what others say of some places of a round: two disagree with what was reported, one bears it out.
    async fn hear_others(&self, round: &Round, stamp: &Stamp) -> Result<()> {
        let Stage { store, blobs, today, lang, .. } = *self;
        let figures = settle::figures_of_round(store, blobs, round).await?.unwrap_or_default();
        let mut reported: BTreeMap<Ssid, f64> = BTreeMap::new();
        for figure in figures.iter().filter(|figure| figure.indicator == IDP_IND && figure.how == How::Reported) {
            if figure.breakdown.is_everyone() {
                *reported.entry(figure.place.clone()).or_default() += figure.value;
            }
        }
        let large = reported.into_iter().filter(|(_, persons)| *persons >= 200.0);
        for ((place, persons), (kind, name, share, note)) in large.zip(HEARD) {
            let kept = KeptSource {
                kind,
                name: name.to_owned(),
                role: None,
                proximity: None,
                basis: None,
                individuals: Some((persons * share).round()),
                households: None,
                low: None,
                high: None,
                date: today,
                note: note[usize::from(lang == Lang::Fr)].to_owned(),
            };
            let id = world::fresh(VerificationEntryId::new);
            let body = serde_json::to_string(&kept)?;
            let said = (VerificationKind::Source, kind.code(), body.as_str());
            store.add_verification(&round.id, (&id, &place), said, stamp).await?;
        }
        Ok(())
    }

    /// Sends a round's submissions through the same door as phones, and returns what the officer corrected in them.
    async fn send(&self, round: &Round, made: &DemoRound) -> Result<Vec<Correction>> {
        let Stage { store, blobs, world, operation, bar, .. } = *self;
        let mut corrections = Vec::new();
        let mut doors: HashMap<(String, bool), Door> = HashMap::new();
        let mut waiting: Vec<NewSubmission> = Vec::with_capacity(TOGETHER);
        for sent in world.round_submissions(made) {
            let envelope = submission::open(sent.xml.as_bytes())?;
            let way = (envelope.form_id.clone(), sent.is_late);
            if !doors.contains_key(&way) {
                let (_, version) = intake::Versions::default()
                    .published(store, &operation.id, &envelope.form_id, &envelope.version)
                    .await
                    .map_err(|problem| anyhow::anyhow!("{}", problem.message.get(Lang::En)))?;
                let door = Door { version, round: Some(round.id.clone()), late: sent.is_late };
                doors.insert(way.clone(), door);
            }
            let door = &doors[&way];
            let arrival = Arrival {
                app_user: None,
                stamp: Stamp::new(sent.sent_at, format!("phone:{}", sent.device_id)),
                device_id: Some(sent.device_id),
                user_agent: None,
                may_edit: MayEdit::Nothing,
                mark: String::new(),
                xml: sent.xml.into_bytes().into(),
                files: sent
                    .files
                    .into_iter()
                    .map(|(name, bytes)| FilePart { name, content_type: "image/png".to_owned(), bytes: bytes.into() })
                    .collect(),
            };
            let new = intake::enter(blobs, door, envelope, arrival)
                .await
                .map_err(|problem| anyhow::anyhow!("{}", problem.message.get(Lang::En)))?;
            let record: RecordId = new.record.id.clone();
            corrections.extend(sent.corrections.into_iter().map(|made| Correction {
                id: world::fresh(CorrectionId::new),
                record: record.clone(),
                question: made.question,
                old: made.old_value,
                new: made.new_value,
                change: made.change,
                issue: String::new(),
                reason: made.reason.get(Lang::En).to_owned(),
                check: None,
                by: OFFICER.to_owned(),
                at: made.at,
                source: None,
            }));
            waiting.push(new);
            if waiting.len() == TOGETHER {
                bar.inc(TOGETHER as u64);
                store.submit_many(std::mem::take(&mut waiting)).await?;
            }
        }
        bar.inc(waiting.len() as u64);
        store.submit_many(waiting).await?;
        Ok(corrections)
    }
}

async fn step(store: &Store, round: &mut Round, to: RoundState, stamp: &Stamp) -> Result<()> {
    store.move_round(&round.id, round.state, to, "", stamp).await?;
    round.state = to;
    Ok(())
}

/// Uploads and publishes a form of the world.
async fn upload(
    store: &Store,
    blobs: &Blobs,
    exercise: &Exercise,
    form: DemoForm,
    stamp: &Stamp,
) -> Result<forms::Uploaded> {
    let brought = forms::Upload { file_name: form.file_name, bytes: form.bytes, publish: true, lang: Lang::En };
    forms::upload(store, blobs, &Vault::without_key(), exercise, brought, stamp.clone()).await
}

/// Where the submissions of a measurement go.
pub(crate) struct Ground {
    pub(crate) operation: Operation,
    pub(crate) version: FormVersion,
    pub(crate) round: RoundId,
    /// The areas of the country.
    pub(crate) areas: Vec<Area>,
}

/// Sets up the operation of the demo with its areas, one collecting round, and the form of the bench.
pub(crate) async fn ground(store: &Store, blobs: &Blobs) -> Result<Ground> {
    let today = world::today();
    let world = tokio::task::spawn_blocking(move || World::generate(1, 1, today)).await?;
    let stamp = Stamp::new(crate::world::now(), "bench");
    let operation = operation_of(&world);
    store.create_operation(&operation, &stamp).await?;
    store.put_areas(&operation.admin0, world.areas(), world.boundaries(), &stamp).await?;
    let made = world.exercises().into_iter().find(|made| made.slug == dtm_demo::MOBILITY).context("no baseline")?;
    let exercise = exercise_of(&operation, made);
    store.create_exercise(&exercise, &stamp).await?;
    let bytes = workload::workbook(workload::FORM, 0).into_bytes();
    let brought = forms::Upload { file_name: "site.md", bytes, publish: true, lang: Lang::En };
    let version = forms::upload(store, blobs, &Vault::without_key(), &exercise, brought, stamp.clone()).await?.version;
    let id = world::fresh(MappingId::new);
    store.put_mapping(&id, &exercise.id, workload::FORM, workload::MAPPING, &stamp).await?;
    let mut round = Round {
        id: crate::world::fresh(RoundId::new),
        exercise: exercise.id.clone(),
        label: RoundLabel::from("1"),
        starts_on: today,
        ends_on: today,
        reported_on: today,
        scope: Vec::new(),
        state: RoundState::Planned,
    };
    store.create_round(&round, &stamp).await?;
    step(store, &mut round, RoundState::Collecting, &stamp).await?;
    Ok(Ground { operation, version, round: round.id, areas: world.areas().to_vec() })
}
