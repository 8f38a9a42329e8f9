//! Requests of partners and their agreements on the command line.

use super::process::find_operation;
use super::{Absent, Caller, Mistakes, Report, read_file};
use crate::http::App;
use crate::journey::sharing;
use anyhow::{Context, Result};
use dtm_capture::workbook::Workbook;
use dtm_model::Operation;
use dtm_publish::words::Words;
use dtm_store::{DataRequest, RequestState, StoreError};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Requests of partners for what is not public, and agreements
#[derive(clap::Subcommand)]
pub(crate) enum SharingCommand {
    /// The requests of an operation, newest first
    List {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
    },
    /// One request with its agreement
    Show {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Its number
        number: u32,
    },
    /// End an agreement; its files can no longer be had
    End {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Its number
        number: u32,
        /// Why; the partner reads it
        #[arg(long)]
        reason: String,
    },
    /// Whose copy a file is that turned up somewhere
    Trace {
        /// The file: CSV or a workbook, whole or a part of it
        file: PathBuf,
    },
}

/// A request as programs read it. Who asks is shown on the page, to those who decide.
fn about(operation: &Operation, request: &DataRequest) -> Value {
    json!({
        "number": sharing::number(operation, request.number), "state": request.state.code(),
        "dataset": request.wish.source, "fields": request.wish.fields, "askedAt": request.asked_at.to_string(),
        "organisation": request.person.as_ref().map(|person| &person.organisation),
    })
}

fn line(operation: &Operation, request: &DataRequest, w: &Words) -> String {
    let organisation = request.person.as_ref().map_or("–", |person| person.organisation.as_str());
    let state = w.label("sharing-state", &request.state.code().replace('_', "-"));
    format!("{:<10} {state:<20} {organisation} · {}", sharing::number(operation, request.number), request.wish.source)
}

impl SharingCommand {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        let w = Words::of(caller.lang);
        let found = async |operation: &Operation, number: u32| -> Result<DataRequest> {
            let absent = || Absent(caller.say(format!("no request {number}"), format!("pas de demande {number}")));
            Ok(store.data_request(&operation.id, number).await?.ok_or_else(absent)?)
        };
        match self {
            SharingCommand::List { operation } => {
                let operation = find_operation(&store, &operation).await?;
                let requests = store.data_requests(&operation.id).await?;
                let lines: Vec<String> = requests.iter().map(|request| line(&operation, request, w)).collect();
                let json: Vec<Value> = requests.iter().map(|request| about(&operation, request)).collect();
                Ok(Report::new(lines.join("\n"), json!(json)))
            }
            SharingCommand::Show { operation, number } => {
                let operation = find_operation(&store, &operation).await?;
                let request = found(&operation, number).await?;
                let agreement = store.agreement(&request.id).await?;
                let mut text = line(&operation, &request, w);
                let mut json = about(&operation, &request);
                if let Some(agreement) = agreement {
                    let until = agreement.ends_at.date();
                    let (n, most) = (agreement.n_downloads, agreement.most_downloads);
                    text += &caller.say(
                        format!("\n{n} of {most} files taken, until {until}"),
                        format!("\n{n} fichiers sur {most} téléchargés, jusqu’au {until}"),
                    );
                    json["agreement"] = json!({
                        "policy": agreement.policy, "risk": agreement.risk, "endsAt": agreement.ends_at.to_string(),
                        "filesTaken": n, "filesGiven": most,
                    });
                }
                Ok(Report::new(text, json))
            }
            SharingCommand::End { operation, number, reason } => {
                let operation = find_operation(&store, &operation).await?;
                let request = found(&operation, number).await?;
                if request.state != RequestState::Granted {
                    return Err(Mistakes::one(caller.say("there is no agreement that lasts", "aucun accord en cours")));
                }
                let stamp = caller.stamp();
                let ended = store.move_data_request(&request, RequestState::Withdrawn, &reason, &[], &stamp);
                match ended.await {
                    Err(StoreError::Conflict { .. }) => return Err(Mistakes::one(w.t("sharing-moved"))),
                    other => other?,
                }
                let number = sharing::number(&operation, request.number);
                Ok(Report::new(
                    caller.say(format!("agreement {number} ended"), format!("accord {number} résilié")),
                    json!({ "number": number, "state": RequestState::Withdrawn.code() }),
                ))
            }
            SharingCommand::Trace { file } => {
                let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let book = Workbook::read(&read_file(&file)?, &name)
                    .map_err(|error| Mistakes::one(error.message(caller.lang)))?;
                let app = App::new(store.clone(), blobs, caller.place.vault()?, None);
                let mut best: Option<sharing::Traced> = None;
                for sheet in &book.sheets {
                    let traced = sharing::trace(&app, &sheet.rows).await?;
                    best = match (best, traced) {
                        (Some(best), Some(traced)) if best.n_rows >= traced.n_rows => Some(best),
                        (best, traced) => traced.or(best),
                    };
                }
                let Some(traced) = best else {
                    return Err(Absent(caller.say("no copy of ours", "aucune copie de nos données")).into());
                };
                let operation = store.operation(&traced.request.operation).await?.context("the operation is gone")?;
                let number = sharing::number(&operation, traced.request.number);
                let whose = traced.request.person.as_ref().map_or_else(
                    || w.t("sharing-forgotten"),
                    |person| format!("{}, {}", person.name, person.organisation),
                );
                let (n, on) = (traced.n_rows, traced.agreement.granted_at.date());
                let by = match traced.by {
                    "names" => caller.say("by the names of rows", "par les noms des lignes"),
                    _ => caller.say("by the order of rows", "par l’ordre des lignes"),
                };
                let text = caller.say(
                    format!("copy of {whose}: agreement {number} of {on} ({n} rows known {by})"),
                    format!("copie de {whose} : accord {number} du {on} ({n} lignes reconnues {by})"),
                );
                Ok(Report::new(text, json!({ "agreement": number, "recipient": whose, "rows": n, "by": traced.by })))
            }
        }
    }
}
