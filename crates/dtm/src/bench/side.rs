//! A server that is measured: ours, as a process of its own on an empty data folder, or a peer. Both are set up by the same
//! requests, those of the ODK Central API, and asked the same afterwards.

use super::workload;
use crate::cli::Caller;
use crate::http::new_grant;
use crate::journey::forms;
use crate::secrets;
use crate::world::{self, Used};
use anyhow::{Context, Result, bail};
use dtm_model::{Held, Lang, Role, UserId};
use dtm_store::User;
use reqwest::{Client, Method, RequestBuilder, header};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::process::{Child, Command};

/// A server to measure ours against, on the same machine
#[derive(clap::Args, Clone)]
pub(crate) struct Peer {
    /// Address of an ODK Central server, such as http://127.0.0.1:8383
    #[arg(long, value_name = "URL")]
    peer: Option<String>,
    /// E-mail address of an administrator there
    #[arg(long, value_name = "EMAIL", requires = "peer")]
    peer_user: Option<String>,
    /// The administrator's password
    #[arg(long, env = "DTM_PEER_PASSWORD", hide_env_values = true, requires = "peer")]
    peer_password: Option<String>,
    /// Processes of the peer (server and database), for its processor time; those they started are counted with them
    #[arg(long, value_delimiter = ',', value_name = "PID")]
    peer_processes: Vec<u32>,
}

/// A server with the form of the workload, an app user for it, and somebody who may read all.
pub(crate) struct Side {
    pub(crate) name: &'static str,
    base: String,
    client: Client,
    /// The session of an administrator.
    session: String,
    /// Below `/v1`: the project, and the project as an app user reaches it.
    project: String,
    phone: String,
    processes: Vec<u32>,
    /// Ours lives as long as this.
    _server: Option<Child>,
}

/// Ours, and the peer where one is named.
pub(crate) async fn sides(caller: &Caller, peer: &Peer, form: &str, more: usize) -> Result<Vec<Side>> {
    let mut sides = vec![Side::ours(caller).await?];
    if let Some(address) = &peer.peer {
        let (user, password) = (peer.peer_user.as_deref(), peer.peer_password.as_deref());
        let (user, password) =
            (user.context("--peer-user is missing")?, password.context("--peer-password is missing")?);
        let base = address.trim_end_matches('/').to_owned();
        sides.push(Side::sign_in("peer", base, user, password, peer.peer_processes.clone(), None).await?);
    }
    let book = workload::workbook(form, more);
    let xform = forms::translate(book.as_bytes(), "workload.md", Lang::En)?.sound()?.xform;
    for side in &mut sides {
        side.set_up(form, &xform).await.with_context(|| format!("setting up {}", side.name))?;
    }
    Ok(sides)
}

impl Side {
    async fn ours(caller: &Caller) -> Result<Side> {
        let (store, _) = caller.place.open().await?;
        anyhow::ensure!(
            store.operations().await?.is_empty(),
            "the bench needs an empty data folder: name one with --data"
        );
        let (email, password) = ("bench@localhost", secrets::one_time_password());
        let stamp = caller.stamp();
        let hash = secrets::hash_password(&password)?;
        let user = User::new(world::fresh(UserId::new), email, "Bench", hash, stamp.at);
        store.create_user(&user, &[new_grant(&user.id, Role::Admin, Held::Site, stamp.at)], &[], &stamp).await?;
        store.close().await;
        // The port is free a moment later, too.
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(world::program()?);
        command.arg("serve").arg("--listen").arg(format!("127.0.0.1:{port}")).arg("--data").arg(&caller.place.data);
        if let Some(url) = &caller.place.database {
            command.env("DTM_DATABASE", url);
        }
        if let Some(url) = &caller.place.blobs {
            command.env("DTM_BLOBS", url);
        }
        let server = command.env("DTM_LOG", "warn").kill_on_drop(true).spawn().context("cannot start the server")?;
        let (base, pid) = (format!("http://127.0.0.1:{port}"), server.id());
        let client = Client::new();
        for _ in 0..600 {
            if client.get(format!("{base}/health")).send().await.is_ok() {
                return Self::sign_in("dtm", base, email, &password, pid.into_iter().collect(), Some(server)).await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the server did not answer within 30 s")
    }

    async fn sign_in(
        name: &'static str,
        base: String,
        email: &str,
        password: &str,
        processes: Vec<u32>,
        server: Option<Child>,
    ) -> Result<Side> {
        let client = Client::builder().tcp_nodelay(true).timeout(Duration::from_secs(3600)).build()?;
        let told = json!({ "email": email, "password": password }).to_string();
        let session = client.post(format!("{base}/v1/sessions")).header(header::CONTENT_TYPE, "application/json");
        let session: Value = session.body(told).send().await?.error_for_status()?.json().await?;
        let session = session["token"].as_str().context("the server gave no session")?.to_owned();
        let (project, phone) = (String::new(), String::new());
        Ok(Side { name, base, client, session, project, phone, processes, _server: server })
    }

    /// A project of its own with the form, published, and an app user who may fill it in.
    async fn set_up(&mut self, form: &str, xform: &str) -> Result<()> {
        let project = self.make("projects", &json!({ "name": format!("bench {}", world::now()) })).await?;
        self.project = format!("projects/{}", project["id"]);
        let path = format!("{}/forms?publish=true&ignoreWarnings=true", self.project);
        let sent = self.read(Method::POST, &path).header(header::CONTENT_TYPE, "application/xml");
        sent.body(xform.to_owned()).send().await?.error_for_status()?;
        let made = self.make(&format!("{}/app-users", self.project), &json!({ "displayName": "bench" })).await?;
        let path = format!("{}/forms/{form}/assignments/app-user/{}", self.project, made["id"]);
        self.read(Method::POST, &path).send().await?.error_for_status()?;
        let token = made["token"].as_str().context("the app user has no token")?;
        self.phone = format!("key/{token}/{}", self.project);
        Ok(())
    }

    async fn make(&self, path: &str, body: &Value) -> Result<Value> {
        let sent = self.read(Method::POST, path).header(header::CONTENT_TYPE, "application/json");
        Ok(sent.body(body.to_string()).send().await?.error_for_status()?.json().await?)
    }

    /// A request of the administrator, below `/v1`.
    fn read(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/v1/{path}", self.base)).bearer_auth(&self.session)
    }

    /// A request of the administrator below the project.
    pub(crate) fn of_project(&self, path: &str) -> RequestBuilder {
        self.read(Method::GET, &format!("{}/{path}", self.project))
    }

    /// A request of the phone below its project.
    pub(crate) fn of_phone(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}/v1/{}/{path}", self.base, self.phone));
        request.header("X-OpenRosa-Version", "1.0")
    }

    /// What its processes have used until now, where that is known.
    pub(crate) fn used(&self) -> Option<Used> {
        (!self.processes.is_empty()).then(|| world::used(&self.processes)).flatten()
    }
}
