//! Operations, exercises and rounds.

use super::log::{self, Log};
use super::stocks::{self, Stocks};
use super::verification::{Sign, Sources};
use super::{Absent, Caller, Mistakes, Report, say, supervise};
use crate::journey::supervision::{Asked, Group, Within};
use crate::journey::{RoundOf, analysis, check_runs, plan, progress, settle, verify};
use crate::world;
use anyhow::Result;
use chrono::NaiveDate;
use dtm_model::{AssessmentType, Exercise, FindingId, Operation as Op, Pcode, Round, RoundState, Text, Tool};
use dtm_process::rounds::EXPLANATIONS;
use dtm_publish::words::Words;
use dtm_store::{FindingsTogether, Store};
use serde_json::json;
use std::path::PathBuf;

/// Findings of a round.
#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct FindingNames {
    /// Those of this check, by its id
    #[arg(long)]
    check: Option<String>,
    /// These, by their ids
    #[arg(long = "finding", value_name = "ID")]
    findings: Vec<FindingId>,
}

impl FindingNames {
    fn together(&self) -> FindingsTogether<'_> {
        match &self.check {
            Some(check) => FindingsTogether::Check(check),
            None => FindingsTogether::Named(&self.findings),
        }
    }
}

/// Which operation, exercise and round a command is about.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RoundName {
    /// Short name of the operation
    #[arg(long, short, value_name = "OPERATION")]
    pub(crate) operation: String,
    /// Short name of the exercise; may be left out where the operation has one
    #[arg(long, short, value_name = "EXERCISE")]
    pub(crate) exercise: Option<String>,
    /// Label of the round, such as 5.1
    #[arg(long, short, value_name = "LABEL")]
    pub(crate) round: String,
}

impl RoundName {
    pub(crate) async fn find(&self, store: &Store) -> Result<(Op, Exercise, Round)> {
        let operation = find_operation(store, &self.operation).await?;
        let exercise = find_exercise(store, &operation, self.exercise.as_deref()).await?;
        let rounds = store.rounds(&exercise.id).await?;
        let labels: Vec<&str> = rounds.iter().map(|round| round.label.as_str()).collect();
        let absent = Absent(say(
            format!("no round «{}» in {}; there are: {}", self.round, exercise.slug, labels.join(", ")),
            format!("pas de cycle « {} » dans {} ; il y a : {}", self.round, exercise.slug, labels.join(", ")),
        ));
        let round = rounds.into_iter().find(|round| round.label.as_str() == self.round).ok_or(absent)?;
        Ok((operation, exercise, round))
    }
}

pub(crate) async fn find_operation(store: &Store, slug: &str) -> Result<Op> {
    if let Some(operation) = store.operation_by_slug(slug).await? {
        return Ok(operation);
    }
    let known: Vec<String> = store.operations().await?.into_iter().map(|operation| operation.slug).collect();
    let known = if known.is_empty() { "–".to_owned() } else { known.join(", ") };
    let absent = say(
        format!("no operation «{slug}»; there are: {known}"),
        format!("pas d’opération « {slug} » ; il y a : {known}"),
    );
    Err(Absent(absent).into())
}

pub(crate) async fn find_exercise(store: &Store, operation: &Op, slug: Option<&str>) -> Result<Exercise> {
    let exercises = store.exercises(&operation.id).await?;
    let known = exercises.iter().map(|exercise| exercise.slug.as_str()).collect::<Vec<_>>().join(", ");
    match (slug, exercises.len()) {
        (None, 1) => Ok(exercises.into_iter().next().expect("there is one")),
        (None, _) => Err(Mistakes::one(say(
            format!("say which exercise with --exercise: {known}"),
            format!("dites quel exercice avec --exercise : {known}"),
        ))),
        (Some(slug), _) => exercises.into_iter().find(|exercise| exercise.slug == slug).ok_or_else(|| {
            let (en, fr) = (
                format!("no exercise «{slug}»; there are: {known}"),
                format!("pas d’exercice « {slug} » ; il y a : {known}"),
            );
            Absent(say(en, fr)).into()
        }),
    }
}

fn parse_lower<T: serde::de::DeserializeOwned>(word: &str) -> Result<T, String> {
    serde_json::from_value(word.into()).map_err(|error| error.to_string())
}

fn parse_tool(word: &str) -> Result<Tool, String> {
    parse_lower(&word.to_ascii_lowercase())
}

fn parse_assessment(word: &str) -> Result<AssessmentType, String> {
    parse_lower(&word.to_ascii_uppercase())
}

/// Operations and their exercises
#[derive(clap::Subcommand)]
pub(crate) enum Operation {
    /// Add an operation
    Add {
        /// Short name in addresses: lower-case letters, digits and hyphens
        slug: String,
        /// Name in English, as the public API prints it
        #[arg(long)]
        name: String,
        /// Name in French
        #[arg(long)]
        name_fr: Option<String>,
        /// The country's name in English
        #[arg(long)]
        country: String,
        /// The country's name in French
        #[arg(long)]
        country_fr: Option<String>,
        /// ISO 3166-1 alpha-3 code
        #[arg(long)]
        iso3: String,
        /// The country's code in the gazetteer (HT)
        #[arg(long)]
        admin0: String,
    },
    /// Add an exercise to an operation
    Exercise {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Short name in addresses
        slug: String,
        /// Name in English
        #[arg(long)]
        name: String,
        /// Name in French
        #[arg(long)]
        name_fr: Option<String>,
        /// b1, b2, msla, ett or fmr
        #[arg(long, value_parser = parse_tool)]
        tool: Tool,
        /// BA, SA or ETT, as the public API names the assessment
        #[arg(long, value_parser = parse_assessment, default_value = "BA")]
        assessment: AssessmentType,
        /// Rounds for which the last count of a place that cannot be reached is kept
        #[arg(long, default_value_t = 2)]
        carry_rounds: u8,
    },
    /// Set the time zone in which an operation's people read moments, and in which days begin and end
    Zone {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Name in the zone table (America/Port-au-Prince); UTC where none is given
        zone: Option<String>,
    },
    /// List operations and exercises
    List,
}

impl Operation {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, _) = caller.place.open().await?;
        match self {
            Operation::Add { slug, name, name_fr, country, country_fr, iso3, admin0 } => {
                let new = plan::NewOperation {
                    slug,
                    name: Text::both(&name, name_fr.as_deref().unwrap_or(&name)),
                    country: Text::both(&country, country_fr.as_deref().unwrap_or(&country)),
                    iso3,
                    admin0,
                };
                let operation = plan::operation(&store, new, caller.lang, &caller.stamp()).await?;
                Ok(Report::new(
                    caller.say(
                        format!("Operation {} added.", operation.slug),
                        format!("Opération {} ajoutée.", operation.slug),
                    ),
                    json!(operation),
                ))
            }
            Operation::Exercise { operation, slug, name, name_fr, tool, assessment, carry_rounds } => {
                let operation = find_operation(&store, &operation).await?;
                let name = Text::both(&name, name_fr.as_deref().unwrap_or(&name));
                let new = plan::NewExercise { slug, name, tool, assessment, carry_rounds };
                let exercise = plan::exercise(&store, &operation, new, caller.lang, &caller.stamp()).await?;
                Ok(Report::new(
                    caller.say(
                        format!("Exercise {} added.", exercise.slug),
                        format!("Exercice {} ajouté.", exercise.slug),
                    ),
                    json!(exercise),
                ))
            }
            Operation::Zone { operation, zone } => {
                let operation = find_operation(&store, &operation).await?;
                let zone = zone.unwrap_or_default();
                let operation = plan::set_time_zone(&store, &operation, &zone, caller.lang, &caller.stamp()).await?;
                let named = operation.time_zone.as_deref().unwrap_or("UTC");
                Ok(Report::new(
                    caller.say(
                        format!("{} reads moments in {named}.", operation.slug),
                        format!("{} lit les moments à l’heure de {named}.", operation.slug),
                    ),
                    json!(operation),
                ))
            }
            Operation::List => {
                let mut lines = Vec::new();
                let mut all = Vec::new();
                for operation in store.operations().await? {
                    let exercises = store.exercises(&operation.id).await?;
                    lines.push(format!(
                        "{:<16} {} {}",
                        operation.slug,
                        operation.iso3,
                        operation.name.get(caller.lang)
                    ));
                    lines.extend(
                        exercises.iter().map(|e| format!("  {:<14} {:?} {}", e.slug, e.tool, e.name.get(caller.lang))),
                    );
                    all.push(json!({ "operation": operation, "exercises": exercises }));
                }
                Ok(Report::new(lines.join("\n"), all.into()))
            }
        }
    }
}

/// Rounds
#[derive(clap::Subcommand)]
pub(crate) enum RoundCommand {
    /// Plan a round
    Add {
        #[command(flatten)]
        name: RoundName,
        /// First day of collection
        #[arg(long)]
        starts: NaiveDate,
        /// Last day of collection
        #[arg(long)]
        ends: NaiveDate,
        /// The date its figures are reported for (else the last day)
        #[arg(long)]
        reported: Option<NaiveDate>,
        /// P-codes of the areas it covers; none means the whole country
        #[arg(long, value_delimiter = ',')]
        scope: Vec<String>,
    },
    /// List the rounds of an exercise
    List {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Short name of the exercise
        #[arg(long, short)]
        exercise: Option<String>,
    },
    /// Move a round to its next state, or one back: planned, collecting, verifying, cleared
    Move {
        #[command(flatten)]
        name: RoundName,
        /// The state it becomes
        #[arg(value_parser = parse_state)]
        to: RoundState,
        /// Why, for the audit log
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Turn records and corrections into findings and figures
    Settle {
        #[command(flatten)]
        name: RoundName,
        /// The day that dates are checked against, for a round of the past (else today)
        #[arg(long)]
        as_of: Option<NaiveDate>,
    },
    /// What is odd beside the rounds before, and whether it is explained
    Analyse {
        #[command(flatten)]
        name: RoundName,
    },
    /// Explain what is odd, so that the round can be cleared
    Explain {
        #[command(flatten)]
        name: RoundName,
        /// What is explained, as `analyse` names it in brackets; everything that nobody explained, where none is named
        #[arg(long = "key")]
        keys: Vec<String>,
        /// new_displacement, return, moved_on, place_opened, place_closed, access, better_count, earlier_error, confirmed
        #[arg(long)]
        why: String,
        /// More words
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Compute a settled round anew and hold it against what was kept
    Verify {
        #[command(flatten)]
        name: RoundName,
    },
    /// Where each place of a round stands: late, to check, awaited, not reached, ready
    Progress {
        #[command(flatten)]
        name: RoundName,
    },
    /// How the work of each enumerator or team looks beside that of the others; every value with of how many it was taken
    Supervise {
        #[command(flatten)]
        name: RoundName,
        /// enumerator or team
        #[arg(long, default_value = "enumerator", value_parser = parse_group)]
        by: Group,
        /// round, week (the last seven days), day (the last one), or a date
        #[arg(long, default_value = "round", value_parser = parse_within)]
        days: Within,
        /// Id of the form; the one of which most came, where none is named
        #[arg(long)]
        form: Option<String>,
        /// Write the whole table to this file (.xlsx or .csv)
        #[arg(long)]
        table: Option<PathBuf>,
    },
    /// Planned places by team and area: visited, not visited and why, open
    Coverage {
        #[command(flatten)]
        name: RoundName,
    },
    /// What was written to the teams
    Messages {
        #[command(flatten)]
        name: RoundName,
    },
    /// Where the people came from and where they are, and the levels of their number over the rounds
    Origins {
        #[command(flatten)]
        name: RoundName,
        /// Write the table to this file (.xlsx or .csv)
        #[arg(long)]
        table: Option<PathBuf>,
    },
    #[command(subcommand)]
    Stocks(Stocks),
    /// Write to the teams, withdraw, restore
    #[command(subcommand)]
    Message(supervise::Message),
    /// How far the checks are with a round and what their last runs changed; stop them, let them go on
    Checking {
        #[command(flatten)]
        name: RoundName,
        /// Stop them; what they have done stays done
        #[arg(long, conflicts_with = "resume")]
        stop: bool,
        /// Let them go on
        #[arg(long)]
        resume: bool,
    },
    /// What the checks noticed
    Findings {
        #[command(flatten)]
        name: RoundName,
    },
    /// Say how findings were resolved: those of one check, or single ones
    Resolve {
        #[command(flatten)]
        name: RoundName,
        #[command(flatten)]
        which: FindingNames,
        /// How
        #[arg(long)]
        note: String,
    },
    /// Have findings stand open again that were resolved
    Reopen {
        #[command(flatten)]
        name: RoundName,
        #[command(flatten)]
        which: FindingNames,
    },
    /// What several sources say of places: low, best, high, and what is decided between them
    #[command(subcommand)]
    Sources(Sources),
    /// Sign for the figures of areas, or withdraw a signature
    #[command(subcommand)]
    Sign(Sign),
    /// The cleaning log: out as a sheet, in as a filled one
    #[command(subcommand)]
    Log(Log),
    /// Write the answers of a form's records with the cleaning log applied
    Answers {
        #[command(flatten)]
        name: RoundName,
        /// Id of the form
        #[arg(long)]
        form: String,
        /// As they arrived, without the log
        #[arg(long)]
        raw: bool,
        /// The file (.xlsx or .csv)
        file: PathBuf,
    },
    /// Compare with the round before
    Compare {
        #[command(flatten)]
        name: RoundName,
    },
}

fn parse_state(word: &str) -> Result<RoundState, String> {
    RoundState::from_code(word).ok_or_else(|| "planned, collecting, verifying or cleared".to_owned())
}

fn parse_group(word: &str) -> Result<Group, String> {
    Group::of(word).ok_or_else(|| "enumerator or team".to_owned())
}

fn parse_within(word: &str) -> Result<Within, String> {
    Within::of(word).ok_or_else(|| "round, week, day, or a date such as 2026-01-31".to_owned())
}

impl RoundCommand {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        match self {
            RoundCommand::Add { name, starts, ends, reported, scope } => {
                let operation = find_operation(&store, &name.operation).await?;
                let exercise = find_exercise(&store, &operation, name.exercise.as_deref()).await?;
                let new = plan::NewRound {
                    label: name.round,
                    starts_on: starts,
                    ends_on: ends,
                    reported_on: reported,
                    scope: scope.into_iter().map(Pcode).collect(),
                };
                let round = plan::round(&store, &operation, &exercise, new, caller.lang, &caller.stamp()).await?;
                Ok(Report::new(
                    caller.say(
                        format!("Round {} is planned.", round.label),
                        format!("Le cycle {} est planifié.", round.label),
                    ),
                    json!(round),
                ))
            }
            RoundCommand::List { operation, exercise } => {
                let operation = find_operation(&store, &operation).await?;
                let exercise = find_exercise(&store, &operation, exercise.as_deref()).await?;
                let rounds = store.rounds(&exercise.id).await?;
                let lines: Vec<String> = rounds
                    .iter()
                    .map(|r| format!("{:<6} {} – {}  {}", r.label.as_str(), r.starts_on, r.ends_on, r.state.code()))
                    .collect();
                Ok(Report::new(lines.join("\n"), json!(rounds)))
            }
            RoundCommand::Move { name, to, reason } => {
                let (operation, exercise, round) = name.find(&store).await?;
                if to == RoundState::Published {
                    return Err(Mistakes::one(caller.say(
                        "a round is published by a release: `dtm release make`",
                        "un cycle est publié par une diffusion : `dtm release make`",
                    )));
                }
                if !round.state.may_become(to) {
                    return Err(Mistakes::one(caller.say(
                        format!("round {} is {} and cannot become {}", round.label, round.state.code(), to.code()),
                        format!(
                            "le cycle {} est {} et ne peut pas devenir {}",
                            round.label,
                            round.state.code(),
                            to.code()
                        ),
                    )));
                }
                let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
                settle::before_move(&store, &blobs, of, to, &reason, caller.lang).await?;
                store.move_round(&round.id, round.state, to, &reason, &caller.stamp()).await?;
                Ok(Report::new(
                    caller.say(
                        format!("Round {} is {}.", round.label, to.code()),
                        format!("Le cycle {} est {}.", round.label, to.code()),
                    ),
                    json!({ "round": round.id, "state": to }),
                ))
            }
            RoundCommand::Settle { name, as_of } => {
                let (operation, exercise, round) = name.find(&store).await?;
                let today = as_of.unwrap_or_else(world::today);
                let settled =
                    settle::settle(&store, &blobs, &operation, &exercise, &round, today, &caller.stamp()).await?;
                Ok(settled.report(caller))
            }
            RoundCommand::Findings { name } => {
                let (operation, _, round) = name.find(&store).await?;
                settle::findings_report(&store, &operation, &round, caller).await
            }
            RoundCommand::Resolve { name, which, note } => {
                let (_, _, round) = name.find(&store).await?;
                let n = store.resolve_findings(&round.id, which.together(), note.trim(), &caller.stamp()).await?;
                let told = Words::of(caller.lang).t_n("office-resolved-done", n as i64);
                Ok(Report::new(told, json!({ "count": n })))
            }
            RoundCommand::Reopen { name, which } => {
                let (_, _, round) = name.find(&store).await?;
                let n = store.reopen_findings(&round.id, which.together(), &caller.stamp()).await?;
                let told = Words::of(caller.lang).t_n("findings-said-reopened", n as i64);
                Ok(Report::new(told, json!({ "count": n })))
            }
            RoundCommand::Analyse { name } => {
                let (operation, exercise, round) = name.find(&store).await?;
                let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
                analysis::report(&store, &blobs, of, caller).await
            }
            RoundCommand::Explain { name, keys, why, note } => {
                let (operation, exercise, round) = name.find(&store).await?;
                let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
                if !EXPLANATIONS.iter().any(|(code, ..)| *code == why) {
                    return Err(Mistakes::one(caller.say(
                        format!("`{why}` is no explanation that is known; see `dtm round explain --help`"),
                        format!("« {why} » n’est pas une explication connue ; voir `dtm round explain --help`"),
                    )));
                }
                let seen = analysis::of(&store, &blobs, of).await?;
                let known: Vec<String> = match &seen {
                    Some(seen) if keys.is_empty() => {
                        seen.unexplained().into_iter().map(|anomaly| anomaly.key()).collect()
                    }
                    Some(seen) => {
                        seen.anomalies.iter().map(|anomaly| anomaly.key()).filter(|key| keys.contains(key)).collect()
                    }
                    None => Vec::new(),
                };
                if let Some(unknown) = keys.iter().find(|key| !known.contains(key)) {
                    return Err(Mistakes::one(caller.say(
                        format!("nothing of the name `{unknown}` is odd in this round"),
                        format!("rien du nom de « {unknown} » n’est anormal dans ce cycle"),
                    )));
                }
                store.explain_anomalies(&round.id, &known, &why, &note, &caller.stamp()).await?;
                let text = caller.say(format!("{} explained.", known.len()), format!("{} expliqués.", known.len()));
                Ok(Report::new(text, json!({ "explained": known.len() })))
            }
            RoundCommand::Verify { name } => {
                let (operation, exercise, round) = name.find(&store).await?;
                verify::report(&store, &blobs, &operation, &exercise, &round, caller).await
            }
            RoundCommand::Progress { name } => {
                let (operation, exercise, round) = name.find(&store).await?;
                let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
                let atlas = store.atlas(&operation.admin0).await?;
                let now = progress::of(&store, &blobs, of, &atlas, world::today()).await?;
                Ok(now.report(caller))
            }
            RoundCommand::Supervise { name, by, days, form, table } => {
                supervise::supervise(&store, &blobs, &name, Asked { form, within: days, by }, table, caller).await
            }
            RoundCommand::Coverage { name } => supervise::coverage(&store, &blobs, &name, caller).await,
            RoundCommand::Messages { name } => supervise::messages(&store, &name, caller).await,
            RoundCommand::Origins { name, table } => stocks::origins(&store, &blobs, &name, table, caller).await,
            RoundCommand::Stocks(command) => command.run(&store, &blobs, caller).await,
            RoundCommand::Checking { name, stop, resume } => {
                let (_, _, round) = name.find(&store).await?;
                if stop || resume {
                    store.stop_checks(&round.id, stop, &caller.stamp()).await?;
                }
                Ok(check_runs::Standing::of(&store, &round.id).await?.report(caller))
            }
            RoundCommand::Message(command) => command.run(store, blobs, caller).await,
            RoundCommand::Log(command) => command.run(&store, caller).await,
            RoundCommand::Sources(command) => command.run(caller).await,
            RoundCommand::Sign(command) => command.run(caller).await,
            RoundCommand::Answers { name, form, raw, file } => {
                log::answers(&store, &blobs, (&name, &form, &file), !raw, caller).await
            }
            RoundCommand::Compare { name } => {
                let (operation, exercise, round) = name.find(&store).await?;
                settle::compare_report(&store, &blobs, &operation, &exercise, &round, caller).await
            }
        }
    }
}
