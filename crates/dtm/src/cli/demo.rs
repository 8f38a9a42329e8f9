//! `dtm demo`: a server with a complete operation of a fictional country.

use super::people::create_key;
use super::serve::{create_user, listen};
use super::{Caller, Report, capture};
use crate::http::{self, App, new_app_user};
use crate::journey::{demo, seal, trash};
use crate::vault::Vault;
use crate::world;
use anyhow::{Context, Result};
use dtm_model::{Lang, Operation};
use dtm_store::Store;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// A server with a complete operation of a fictional country
#[derive(clap::Args)]
pub(crate) struct Demo {
    /// Port on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Start again: empties the demo's data folder first
    #[arg(long)]
    fresh: bool,
    /// Multiplies the number of places
    #[arg(long, default_value_t = 1)]
    scale: u32,
    /// Seed of the generated world
    #[arg(long, default_value_t = 2026)]
    seed: u64,
}

/// The sign-in of every demo world. It opens generated data on this machine only.
const EMAIL: &str = "admin@example.org";
const PASSWORD: &str = "sorelia-demo";
/// Written when the world stands, with what to print on later starts.
const MARK: &str = "demo.json";

/// What a demo's data folder remembers of itself.
#[derive(serde::Serialize, serde::Deserialize)]
struct Access {
    key: String,
    phone: String,
    project: i64,
}

impl Demo {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let mut caller = caller.clone();
        // The demo keeps away from the folder of real data unless it is told where to go.
        if caller.place.data == Path::new("dtm-data") {
            caller.place.data = PathBuf::from("demo-data");
        }
        let data = caller.place.data.clone();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let listener = listen(address).await?;
        if self.fresh || is_half_built(&data) {
            empty(&data)?;
        }
        let (store, blobs) = caller.place.open().await?;
        let vault = caller.place.vault()?;
        let access = match read_mark(&data) {
            Some(access) => access,
            None => {
                let operation = demo::build(&store, &blobs, self.seed, self.scale, world::today(), caller.lang).await?;
                let access = give_access(&store, &vault, &operation, &caller).await?;
                std::fs::write(data.join(MARK), serde_json::to_vec_pretty(&access)?)
                    .context("cannot mark the demo as built")?;
                access
            }
        };
        let app = App::new(store, blobs, vault, None);
        seal::spawn(app.clone());
        crate::journey::feed::spawn::<crate::journey::current::Settling>(app.clone());
        crate::journey::feed::spawn::<crate::journey::events::Gathering>(app.clone());
        crate::journey::feed::spawn::<crate::journey::phone_list::Following>(app.clone());
        crate::journey::entities::spawn(app.clone());
        trash::spawn(app.clone());
        crate::journey::bring::spawn(app.clone());
        crate::journey::outbox::spawn(app.clone());
        crate::journey::sharing::spawn(app.clone());
        let lines = greeting(&access, self.port, &caller)?;
        announce(&lines);
        http::serve(app, listener).await?;
        Ok(Report::default())
    }
}

#[allow(clippy::print_stdout)]
fn announce(lines: &str) {
    println!("{lines}");
}

fn read_mark(data: &Path) -> Option<Access> {
    serde_json::from_slice(&std::fs::read(data.join(MARK)).ok()?).ok()
}

/// Whether a demo was being built here when it was interrupted.
fn is_half_built(data: &Path) -> bool {
    data.join("dtm.db").exists() && read_mark(data).is_none() && data.ends_with("demo-data")
}

/// Removes what the demo made, and nothing else that may lie in the folder.
fn empty(data: &Path) -> Result<()> {
    for name in ["dtm.db", "dtm.db-wal", "dtm.db-shm", MARK] {
        match std::fs::remove_file(data.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {name}"));
            }
            _ => {}
        }
    }
    match std::fs::remove_dir_all(data.join("blobs")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).context("cannot remove the files of the demo")
        }
        _ => Ok(()),
    }
}

async fn give_access(store: &Store, vault: &Vault, operation: &Operation, caller: &Caller) -> Result<Access> {
    let stamp = caller.stamp();
    create_user(store, EMAIL, "Demo officer", dtm_model::Role::Admin, PASSWORD, &stamp).await?;
    let (_, key) = create_key(store, "Demo", dtm_store::Product::Displacement, (None, None), &stamp).await?;
    let (_, phone) = new_app_user(store, vault, operation, "Demo phone", &stamp).await?;
    for mut team in store.teams(&operation.id).await? {
        let (access, _) = new_app_user(store, vault, operation, &format!("{} 1", team.name), &stamp).await?;
        team.phones.push(access.id);
        store.put_team(&team, &stamp).await?;
    }
    Ok(Access { key, phone, project: store.project_of(&operation.id).await?.unwrap_or(1) })
}

fn greeting(access: &Access, port: u16, caller: &Caller) -> Result<String> {
    let base = format!("http://127.0.0.1:{port}");
    let url = capture::phone_url(&base, &access.phone, access.project);
    let payload = dtm_capture::settings_qr::payload(&url, caller.say("Sorelia (demo)", "Sorélie (démo)").as_str());
    let qr = capture::terminal_qr(&payload)?;
    let call =
        format!("curl -H 'Ocp-Apim-Subscription-Key: {}' '{base}/v3/displacement/admin1?Admin0Pcode=XSO'", access.key);
    let (lang, phone) = (caller.lang.code(), &access.phone);
    Ok(match caller.lang {
        Lang::En => format!(
            "{qr}\n\
             ODK Collect: scan the code above (the phone must reach this machine)\n\
             Browser:     {base}/f/{phone}\n\
             Look:        {base}/{lang}/xso\n\
             Work:        {base}/office    sign in as {EMAIL} with {PASSWORD}\n\
             Ask:         {call}\n\
             Stop with Ctrl-C; a second start keeps what you did, --fresh begins again."
        ),
        Lang::Fr => format!(
            "{qr}\n\
             ODK Collect : scannez le code ci-dessus (le téléphone doit atteindre cette machine)\n\
             Navigateur :  {base}/f/{phone}\n\
             Regarder :    {base}/{lang}/xso\n\
             Travailler :  {base}/office    connectez-vous comme {EMAIL} avec {PASSWORD}\n\
             Interroger :  {call}\n\
             Arrêtez avec Ctrl-C ; un second démarrage garde ce que vous avez fait, --fresh recommence."
        ),
    })
}
