//! What officers choose about checks: thresholds of an operation, roles of a form's questions, their own rules.

use super::process::find_operation;
use super::{Absent, Caller, Mistakes, Report, file_name, read_file, say};
use crate::journey::own_rules::{self, KeptSheet};
use crate::journey::{forms, quality, settle};
use crate::spreadsheet;
use anyhow::Result;
use dtm_capture::workbook::column_letter;
use dtm_model::Operation;
use dtm_process::checks::{ROLES, Roles, THRESHOLDS, Thresholds};
use dtm_process::rule_sheet::read_rules;
use dtm_store::{Blobs, CheckSetting, Form, Store};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Checks: thresholds, and what the questions of a form stand for
#[derive(clap::Subcommand)]
pub(crate) enum Quality {
    /// Show the thresholds of an operation, or set some: outlierRobustZ=3 nightFrom=21
    Thresholds {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Thresholds to set; the others are the usual ones
        #[arg(value_parser = parse_number)]
        set: Vec<(String, f64)>,
        /// Why, for the history
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Show what the questions of a form stand for, or choose: enumerator=who id=code leastMinutes=20
    Roles {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Id of the form
        form: String,
        /// Roles to give; an empty question takes one away
        #[arg(value_parser = parse_pair)]
        set: Vec<(String, String)>,
        /// Why, for the history
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Show the officers' own rules of a form, or put those of a sheet
    Rules {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Id of the form
        form: String,
        /// The sheet (.xlsx, .xls, .ods or .csv): id, severity, flag_when, question, label, why, action, new_value
        sheet: Option<PathBuf>,
        /// Why, for the history
        #[arg(long, default_value = "")]
        reason: String,
    },
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned())).ok_or_else(|| "ROLE=QUESTION".to_owned())
}

fn parse_number(text: &str) -> Result<(String, f64), String> {
    let (name, number) = text.split_once('=').ok_or_else(|| "THRESHOLD=NUMBER".to_owned())?;
    Ok((name.to_owned(), number.parse().map_err(|_| "THRESHOLD=NUMBER".to_owned())?))
}

/// A form of an operation, by its id.
pub(super) async fn find_form(store: &Store, operation: &Operation, id: &str) -> Result<Form> {
    let found = store.form_by_xml_id(&operation.id, id).await?;
    found.ok_or_else(|| {
        Absent(say(
            format!("no form «{id}» in {}", operation.slug),
            format!("pas de formulaire « {id} » dans {}", operation.slug),
        ))
        .into()
    })
}

fn with_reason(reason: &str) -> Result<()> {
    if reason.trim().is_empty() {
        return Err(Mistakes::one(say(
            "say why with --reason: it stays in the history",
            "dites pourquoi avec --reason : cela reste dans l’historique",
        )));
    }
    Ok(())
}

impl Quality {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        match self {
            Quality::Thresholds { operation, set, reason } => {
                let operation = find_operation(&store, &operation).await?;
                thresholds(&store, &operation, set.into_iter().collect(), &reason, caller).await
            }
            Quality::Roles { operation, form, set, reason } => {
                let operation = find_operation(&store, &operation).await?;
                let form = find_form(&store, &operation, &form).await?;
                roles(&store, &form, set, &reason, caller).await
            }
            Quality::Rules { operation, form, sheet, reason } => {
                let operation = find_operation(&store, &operation).await?;
                let form = find_form(&store, &operation, &form).await?;
                rules(&store, &blobs, &form, sheet.as_deref(), &reason, caller).await
            }
        }
    }
}

async fn thresholds(
    store: &Store,
    operation: &Operation,
    set: BTreeMap<String, f64>,
    reason: &str,
    caller: &Caller,
) -> Result<Report> {
    let setting = CheckSetting::Thresholds(&operation.id);
    if !set.is_empty() {
        with_reason(reason)?;
        if let Some(refused) = Thresholds::refused(&set) {
            return Err(Mistakes::one(caller.say(
                format!("`{refused}` is no threshold, or cannot be that; `dtm quality thresholds` lists them"),
                format!(
                    "« {refused} » n’est pas un seuil, ou ne peut valoir cela ; `dtm quality thresholds` les liste"
                ),
            )));
        }
        let after = store.setting(setting).await?.map_or(0, |chosen| chosen.version);
        store.choose_setting(setting, after, &serde_json::to_string(&set)?, reason, &caller.stamp()).await?;
    }
    let chosen = store.setting(setting).await?;
    let now = Thresholds::set(&quality::thresholds_in(chosen.as_ref()));
    let values: BTreeMap<&str, f64> = THRESHOLDS.iter().map(|one| (one.key, one.of(&now))).collect();
    let line = |one: &dtm_process::checks::Threshold| {
        format!("{:<22} {:>10}  {}", one.key, one.of(&now), one.words.get(caller.lang))
    };
    let text: Vec<String> = THRESHOLDS.iter().map(line).collect();
    let json = json!({ "version": chosen.map_or(0, |chosen| chosen.version), "thresholds": values });
    Ok(Report::new(text.join("\n"), json))
}

async fn rules(
    store: &Store,
    blobs: &Blobs,
    form: &Form,
    sheet: Option<&Path>,
    reason: &str,
    caller: &Caller,
) -> Result<Report> {
    let setting = CheckSetting::Rules(&form.id);
    if let Some(file) = sheet {
        with_reason(reason)?;
        let lines = spreadsheet::read(&read_file(file)?, &file_name(file))
            .map_err(|error| Mistakes::one(error.message(caller.lang)))?;
        let logic = own_rules::logic_of(store, blobs, form).await?.ok_or_else(|| {
            Absent(caller.say("the form has no version yet", "le formulaire n’a pas encore de version"))
        })?;
        let (_, problems) = own_rules::read(&lines, &logic);
        if !problems.is_empty() {
            let line = |problem: &own_rules::SheetProblem| {
                let column = problem.column.map(column_letter).unwrap_or_default();
                format!("{column}{}: {}", problem.row, problem.message(caller.lang))
            };
            return Err(Mistakes { lines: problems.iter().map(line).collect() }.into());
        }
        let after = store.setting(setting).await?.map_or(0, |chosen| chosen.version);
        let body = serde_json::to_string(&KeptSheet { name: file_name(file), rows: lines })?;
        store.choose_setting(setting, after, &body, reason, &caller.stamp()).await?;
    }
    let chosen = store.setting(setting).await?;
    let kept = own_rules::sheet_in(chosen.as_ref()).unwrap_or_default();
    let rules = read_rules(&kept.rows).rules;
    let line = |rule: &dtm_process::rule_sheet::SheetRule| {
        format!("{:<8} {:<16} {}", settle::severity_code(rule.severity), rule.id, rule.label.get(caller.lang))
    };
    let text: Vec<String> = rules.iter().map(line).collect();
    let json = json!({ "version": chosen.map_or(0, |chosen| chosen.version), "rules": rules.len(), "rows": kept.rows });
    Ok(Report::new(text.join("\n"), json))
}

async fn roles(
    store: &Store,
    form: &Form,
    set: Vec<(String, String)>,
    reason: &str,
    caller: &Caller,
) -> Result<Report> {
    let setting = CheckSetting::Roles(&form.id);
    let schema = forms::questions(store, &form.id)
        .await?
        .ok_or_else(|| Absent(caller.say("the form has no version yet", "le formulaire n’a pas encore de version")))?;
    let chosen = store.setting(setting).await?;
    let standing = |chosen: Option<&dtm_store::ChosenSetting>| {
        quality::roles_in(chosen).map_or_else(|| Roles::of(&schema), |roles| roles.within(&schema))
    };
    let mut now = standing(chosen.as_ref());
    if !set.is_empty() {
        with_reason(reason)?;
        for (name, value) in set {
            give(&mut now, &name, &value, caller)?;
        }
        if now.clone().within(&schema) != now {
            return Err(Mistakes::one(caller.say(
                "the form has no such question, or none of that kind",
                "le formulaire n’a pas cette question, ou pas de ce type",
            )));
        }
        let after = chosen.map_or(0, |chosen| chosen.version);
        store.choose_setting(setting, after, &serde_json::to_string(&now)?, reason, &caller.stamp()).await?;
    }
    let line = |role: &dtm_process::checks::Role| {
        format!("{:<12} {:<30} {}", role.code, role.of(&now).unwrap_or("–"), role.words.get(caller.lang))
    };
    let mut lines: Vec<String> = ROLES.iter().map(line).collect();
    lines.push(format!("{:<12} {}", "dontKnow", now.dont_know.join(" ")));
    lines.extend(
        now.others.iter().map(|other| format!("{:<12} {} {} → {}", "other", other.select, other.other, other.text)),
    );
    Ok(Report::new(lines.join("\n"), json!(now)))
}

/// Gives a role that the command line names.
fn give(roles: &mut Roles, name: &str, value: &str, caller: &Caller) -> Result<()> {
    let unknown = || {
        let known: Vec<&str> = ROLES.iter().map(|role| role.code).collect();
        let known = known.join(", ");
        Mistakes::one(caller.say(
            format!("`{name}={value}` is no role; there are: {known}, dontKnow, leastMinutes, mostMinutes"),
            format!("« {name}={value} » n’est pas un rôle ; il y a : {known}, dontKnow, leastMinutes, mostMinutes"),
        ))
    };
    let minutes = || match value {
        "" => Ok(None),
        value => value.parse().map(Some).map_err(|_| unknown()),
    };
    match name {
        "leastMinutes" => roles.least_minutes = minutes()?,
        "mostMinutes" => roles.most_minutes = minutes()?,
        "dontKnow" => roles.dont_know = value.split_whitespace().map(str::to_owned).collect(),
        name => {
            let role = ROLES.iter().find(|role| role.code == name).ok_or_else(unknown)?;
            role.give(roles, Some(value.to_owned()).filter(|value| !value.is_empty()));
        }
    }
    Ok(())
}
