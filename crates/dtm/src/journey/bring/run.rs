//! Runs asked for on a page, carried out by the server: one at a time, gone on with after a restart.

use super::{Brought, Central, Ended, Folder, Here, Kobo, Login, Watch};
use crate::http::App;
use crate::journey::reach::Reach;
use crate::world;
use anyhow::{Context, Result, bail};
use dtm_model::{Instant, Lang};
use dtm_store::{BringRun, BringState, Stamp};
use std::time::Duration;

/// How often the server looks for a run, and a run says what it does.
const EVERY: Duration = Duration::from_secs(2);
/// How long a run is held without a word.
const LEASE_MS: i64 = 60_000;

/// The kind of another server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Central,
    Kobo,
    /// No server: an archive that was uploaded.
    Archive,
}

impl Kind {
    pub(crate) const ALL: [Kind; 3] = [Kind::Central, Kind::Kobo, Kind::Archive];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Kind::Central => "central",
            Kind::Kobo => "kobo",
            Kind::Archive => "archive",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// The projects of another server that this token opens; with an address of mail, the token is a password, and what comes
/// back with the projects is the session that it opened.
pub(crate) async fn projects(
    kind: Kind,
    address: &str,
    reach: Reach,
    email: &str,
    secret: &str,
) -> Result<(Vec<(String, String)>, String)> {
    match kind {
        Kind::Archive => bail!("an archive has no projects"),
        Kind::Kobo => {
            let kobo = Kobo::open(address, reach, secret, String::new())?;
            Ok((kobo.projects().await?, secret.to_owned()))
        }
        Kind::Central => {
            let login = match email {
                "" => Login::Token(secret.to_owned()),
                email => Login::Password { email: email.to_owned(), password: secret.to_owned() },
            };
            let central = Central::open(address, reach, login, 0, Vec::new()).await?;
            Ok((central.projects().await?, central.token().to_owned()))
        }
    }
}

/// Starts the work in the background. Several servers may do so: a run is held by one.
pub(crate) fn spawn(app: App) {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            match next(&app).await {
                Ok(Some(run)) => carry_out(&app, run).await,
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "runs that bring data over could not be looked for"),
            }
        }
    });
}

fn lease() -> (Instant, Instant) {
    let now = world::now();
    (now, Instant::from_millis(now.as_millis() + LEASE_MS))
}

async fn next(app: &App) -> Result<Option<BringRun>> {
    let (now, until) = lease();
    Ok(app.store.take_bring_run(now, until).await?)
}

async fn carry_out(app: &App, run: BringRun) {
    let watch = Watch::default();
    if run.state == BringState::Stopping {
        watch.stop();
    }
    let brought = {
        let mut work = std::pin::pin!(bring(app, &run, &watch));
        loop {
            tokio::select! {
                done = &mut work => break done,
                () = tokio::time::sleep(EVERY) => {
                    let (now, until) = lease();
                    match app.store.tell_bring_run(&run.id, &watch.said(), now, until).await {
                        Ok(true) => {}
                        Ok(false) => watch.stop(),
                        Err(error) => tracing::warn!(%error, run = %run.id, "a run could not say what it does"),
                    }
                }
            }
        }
    };
    let brought = brought.unwrap_or_else(|error| Brought {
        // Errors of the wire are told without addresses or tokens.
        ended: Ended::CutOff(format!("{error:#}")),
        ..Brought::default()
    });
    let state = if brought.ended == Ended::Whole { BringState::Done } else { BringState::Stopped };
    let stamp = Stamp::new(world::now(), run.created_by.clone());
    let report = serde_json::to_string(&brought).unwrap_or_default();
    if let Err(error) = app.store.end_bring_run(&run.id, state, &report, &stamp).await {
        tracing::warn!(%error, run = %run.id, "the end of a run could not be kept; it is carried out again");
        return;
    }
    // An archive that came to its end is of no further use; one that was cut off can be gone on with.
    if state == BringState::Done
        && let Err(error) = super::upload::forget(app, &run.id).await
    {
        tracing::warn!(%error, run = %run.id, "the archive of a run could not be removed");
    }
}

async fn bring(app: &App, run: &BringRun, watch: &Watch) -> Result<Brought> {
    let say = |en: &str, fr: &str| if run.lang == Lang::Fr { fr.to_owned() } else { en.to_owned() };
    let kind = Kind::from_code(&run.kind).context("a server of no known kind")?;
    let kept = app.vault.open_for(&run.id, run.secret_sealed.as_deref());
    let secret = kept.or((kind == Kind::Archive).then(String::new)).with_context(|| {
        say(
            "the token is not kept here any more: enter it again",
            "le jeton n’est plus conservé ici : saisissez-le à nouveau",
        )
    })?;
    let exercise = run.exercise.as_ref().context("no exercise was chosen")?;
    let exercise = app.store.exercise(exercise).await?.context("the exercise is gone")?;
    let here = Here {
        round: run.round.clone(),
        by: format!("{} import {}", run.created_by, run.address),
        lang: run.lang,
        logics: app.logics.clone(),
        vault: app.vault.clone(),
        ..Here::new(&app.store, &app.blobs, &exercise, watch)
    };
    let project = run.project.clone().unwrap_or_default();
    match kind {
        Kind::Archive => Folder::archive(super::upload::archive_of(app, &run.id).await?)?.bring(&here).await,
        Kind::Kobo => Kobo::open(&run.address, app.outward.import, &secret, project)?.bring(&here).await,
        Kind::Central => {
            let number = project.parse().context("a project without a number")?;
            let central =
                Central::open(&run.address, app.outward.import, Login::Token(secret), number, run.forms.clone())
                    .await?;
            central.bring(&here).await
        }
    }
}
