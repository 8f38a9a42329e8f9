//! Bringing data over from other servers.

use super::process::{find_exercise, find_operation};
use super::{Caller, Mistakes, Report};
use crate::journey::bring::{Brought, Central, Folder, Here, Kobo, Login, Watch};
use crate::journey::reach::Reach;
use crate::world;
use anyhow::Result;
use dtm_model::RoundLabel;
use std::path::PathBuf;
use std::time::Duration;

/// Where what comes is put.
#[derive(clap::Args)]
pub(crate) struct Target {
    /// Short name of the operation
    #[arg(long, short)]
    operation: String,
    /// Short name of the exercise (else the operation's only one)
    #[arg(long, short)]
    exercise: Option<String>,
    /// Label of the round the submissions belong to; without one they stand by themselves
    #[arg(long)]
    round: Option<String>,
}

/// What `dtm import central` is told. The password stands in DTM_IMPORT_PASSWORD, or a token in DTM_IMPORT_TOKEN.
#[derive(clap::Args)]
pub(crate) struct FromCentral {
    /// Address of the server, such as https://central.example.org
    server: String,
    /// Number of the project there
    #[arg(long)]
    project: i64,
    /// E-mail address to sign in with there; the password is read from DTM_IMPORT_PASSWORD
    #[arg(long)]
    email: Option<String>,
    /// Only this form (may be given several times); all of them if not given
    #[arg(long)]
    form: Vec<String>,
    /// Ask an address of the local network, and one without TLS
    #[arg(long)]
    local_network: bool,
    #[command(flatten)]
    target: Target,
}

/// What `dtm import kobo` is told. The token stands in DTM_IMPORT_TOKEN.
#[derive(clap::Args)]
pub(crate) struct FromKobo {
    /// Address of the server, such as https://kf.example.org
    server: String,
    /// The project's id there, as its address shows it
    #[arg(long)]
    project: String,
    /// Ask an address of the local network, and one without TLS
    #[arg(long)]
    local_network: bool,
    #[command(flatten)]
    target: Target,
}

/// What `dtm import submissions` is told.
#[derive(clap::Args)]
pub(crate) struct FromFolder {
    /// A folder, an archive (.zip), or one table (.xlsx, .xls, .ods, .csv)
    path: PathBuf,
    /// Id of the form that tables belong to; without it the form whose questions their columns are
    #[arg(long)]
    form: Option<String>,
    #[command(flatten)]
    target: Target,
}

/// Where data come from.
enum From {
    Central(FromCentral),
    Kobo(FromKobo),
    Folder(FromFolder),
}

impl FromCentral {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        From::Central(self).run(caller).await
    }
}

impl FromKobo {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        From::Kobo(self).run(caller).await
    }
}

impl FromFolder {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        From::Folder(self).run(caller).await
    }
}

impl From {
    async fn run(self, caller: &Caller) -> Result<Report> {
        let (From::Central(FromCentral { target, .. })
        | From::Kobo(FromKobo { target, .. })
        | From::Folder(FromFolder { target, .. })) = &self;
        let (store, blobs) = caller.place.open().await?;
        let operation = find_operation(&store, &target.operation).await?;
        let exercise = find_exercise(&store, &operation, target.exercise.as_deref()).await?;
        let round = match &target.round {
            None => None,
            Some(label) => {
                let found = store.round_by_label(&exercise.id, &RoundLabel::from(label.as_str())).await?;
                let missing = || {
                    Mistakes::one(
                        caller.say(format!("there is no round {label}"), format!("il n’y a pas de cycle {label}")),
                    )
                };
                Some(found.ok_or_else(missing)?.id)
            }
        };
        let watch = Watch::default();
        let source = match &self {
            From::Central(FromCentral { server, .. }) | From::Kobo(FromKobo { server, .. }) => server.clone(),
            From::Folder(FromFolder { path, .. }) => path.display().to_string(),
        };
        let here = Here {
            round,
            by: format!("import {source}"),
            lang: caller.lang,
            vault: caller.place.vault()?,
            ..Here::new(&store, &blobs, &exercise, &watch)
        };
        let bar = indicatif::ProgressBar::new_spinner();
        let brought = {
            let mut work = std::pin::pin!(self.bring(&here, caller));
            loop {
                tokio::select! {
                    done = &mut work => break done,
                    () = tokio::time::sleep(Duration::from_millis(200)) => bar.set_message(watch.said()),
                    // What is here stays, and the next run goes on from it.
                    Ok(()) = tokio::signal::ctrl_c() => watch.stop(),
                }
                bar.tick();
            }
        };
        bar.finish_and_clear();
        store.close().await;
        let brought = brought?;
        let json = serde_json::to_value(&brought).unwrap_or_default();
        Ok(Report::new(brought.text(caller.lang), json).exit(if brought.is_smooth() { 0 } else { 5 }))
    }

    async fn bring(self, here: &Here<'_>, caller: &Caller) -> Result<Brought> {
        let missing = |name: &str| {
            Mistakes::one(caller.say(
                format!("set {name}: a password or token on the command line would be seen by others"),
                format!("renseignez {name} : un mot de passe ou jeton sur la ligne de commande serait vu par d’autres"),
            ))
        };
        match self {
            From::Central(from) => {
                let login = match (from.email, world::env("DTM_IMPORT_TOKEN")) {
                    (None, Some(token)) => Login::Token(token),
                    (None, None) => return Err(missing("DTM_IMPORT_TOKEN (or --email and DTM_IMPORT_PASSWORD)")),
                    (Some(email), _) => {
                        let password =
                            world::env("DTM_IMPORT_PASSWORD").ok_or_else(|| missing("DTM_IMPORT_PASSWORD"))?;
                        Login::Password { email, password }
                    }
                };
                Central::open(&from.server, Reach::of(from.local_network), login, from.project, from.form)
                    .await?
                    .bring(here)
                    .await
            }
            From::Kobo(from) => {
                let token = world::env("DTM_IMPORT_TOKEN").ok_or_else(|| missing("DTM_IMPORT_TOKEN"))?;
                Kobo::open(&from.server, Reach::of(from.local_network), &token, from.project)?.bring(here).await
            }
            From::Folder(from) => Folder::open(&from.path, from.form)?.bring(here).await,
        }
    }
}
