//! The entry of an operation on HDX, or on any CKAN server.

use super::process::find_operation;
use super::{Absent, Caller, Mistakes, Report};
use crate::http::App;
use crate::journey::ckan::{Ckan, Pushed};
use crate::journey::edition;
use crate::journey::reach::Reach;
use crate::world;
use anyhow::Result;
use dtm_model::Lang;
use dtm_protect::Release;
use dtm_publish::catalogue::{Entry, Sums, hdx};
use dtm_publish::dataset::{self, Form};
use reqwest::Url;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Show the entry, or push it to a CKAN server.
#[derive(clap::Subcommand)]
pub(crate) enum Hdx {
    /// Print the entry as CKAN's package_create takes it
    Show {
        #[command(flatten)]
        about: About,
    },
    /// Make the entry on a CKAN server, or bring it up to date; the API token is read from DTM_HDX_TOKEN
    Push {
        /// Address of the server, such as https://data.humdata.org
        server: String,
        #[command(flatten)]
        about: About,
        /// Ask an address of the local network, and one without TLS
        #[arg(long)]
        local_network: bool,
    },
}

/// What the entry is about.
#[derive(clap::Args)]
pub(crate) struct About {
    /// Short name of the operation
    #[arg(long, short)]
    operation: String,
    /// Address the public reaches this server by: resources point to it
    #[arg(long, env = "DTM_PUBLIC_URL", value_name = "URL")]
    public_url: String,
    /// Id of the organisation that owns the entry there
    #[arg(long, value_name = "ID")]
    owner_org: Option<String>,
    /// Id of the person who looks after the entry there
    #[arg(long, value_name = "ID")]
    maintainer: Option<String>,
}

impl About {
    /// The entry.
    async fn package(self, caller: &Caller) -> Result<Value> {
        let (store, blobs) = caller.place.open().await?;
        let operation = find_operation(&store, &self.operation).await?;
        let app = App::new(store, blobs, caller.place.vault()?, None);
        let edition = edition::of(&app, &operation).await?;
        let releases: Vec<&Release> = edition.all.iter().map(Arc::as_ref).collect();
        if releases.is_empty() {
            let text = caller.say(
                format!("nothing of {} is released, and only releases are told of", self.operation),
                format!("rien n’est diffusé pour {}, et on ne parle que de diffusions", self.operation),
            );
            return Err(Absent(text).into());
        }
        let datasets = dataset::all(&releases, &edition.atlas, &Form::named(Lang::En))?;
        let entry = Entry {
            base: self.public_url.trim_end_matches('/'),
            releases: &releases,
            datasets: &datasets,
            active: operation.active,
            publisher: &edition.publisher,
            sums: &Sums::new(),
        };
        Ok(hdx::package(&entry, &hdx::Owner { organisation: self.owner_org, maintainer: self.maintainer }))
    }
}

impl Hdx {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        match self {
            Hdx::Show { about } => {
                let package = about.package(caller).await?;
                Ok(Report::new(format!("{package:#}\n"), package))
            }
            Hdx::Push { server, about, local_network } => {
                let reach = Reach::of(local_network);
                let url = Url::parse(&server).map_err(|_| no_address(caller, &server))?;
                if url.scheme() != "https" && !(url.scheme() == "http" && reach.allows_clear()) {
                    return Err(no_address(caller, &server));
                }
                reach.allows(&url)?;
                let token = world::env("DTM_HDX_TOKEN").ok_or_else(|| {
                    Mistakes::one(caller.say(
                        "the API token has to stand in DTM_HDX_TOKEN",
                        "le jeton d’API doit se trouver dans DTM_HDX_TOKEN",
                    ))
                })?;
                let package = about.package(caller).await?;
                let name = package["name"].as_str().unwrap_or_default().to_owned();
                let client = reach
                    .client()
                    .timeout(Duration::from_secs(120))
                    // A token goes to nobody else.
                    .redirect(reqwest::redirect::Policy::none())
                    .build()?;
                let ckan = Ckan { client, server: server.trim_end_matches('/').to_owned(), token };
                let (pushed, id) = ckan.push(package).await?;
                let (done, text) = match pushed {
                    Pushed::Created => ("created", caller.say(format!("{name} is made."), format!("{name} est créé."))),
                    Pushed::Updated => {
                        ("updated", caller.say(format!("{name} is up to date."), format!("{name} est à jour.")))
                    }
                };
                Ok(Report::new(text, json!({ "name": name, "id": id, "done": done })))
            }
        }
    }
}

fn no_address(caller: &Caller, server: &str) -> anyhow::Error {
    Mistakes::one(caller.say(
        format!("`{server}` is no address of a server with https"),
        format!("`{server}` n’est pas l’adresse d’un serveur avec https"),
    ))
}
