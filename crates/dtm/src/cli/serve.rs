//! `dtm serve`: the server on your own data.

use super::{Caller, Report};
use crate::http::{self, App, Outward, Provider, SqlPort, new_grant};
use crate::journey::outbox::Mail;
use crate::journey::reach::Reach;
use crate::{secrets, world};
use anyhow::{Context, Result};
use dtm_model::{Grant, Held, Role, UserId};
use dtm_store::{Stamp, Store, User};
use std::net::SocketAddr;
use std::path::PathBuf;

/// The server, on your own data
#[derive(clap::Args)]
pub(crate) struct Serve {
    /// Address and port to listen on
    #[arg(long, env = "DTM_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    listen: SocketAddr,
    /// The address people reach the server by, when a proxy stands before it (https://dtm.example.org)
    #[arg(long, env = "DTM_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Let projects be brought over from servers of the local network too, and without TLS
    #[arg(long, env = "DTM_IMPORT_LOCAL_NETWORK", default_value_t = false)]
    import_local_network: bool,
    /// Let systems of the local network be told what happens too, and without TLS
    #[arg(long, env = "DTM_HOOKS_LOCAL_NETWORK", default_value_t = false)]
    hooks_local_network: bool,
    #[command(flatten)]
    sql: Sql,
    #[command(flatten)]
    mail: MailServer,
    #[command(flatten)]
    provider: OpenId,
}

/// SQL for analysts, read-only, with the PostgreSQL wire protocol
#[derive(clap::Args)]
struct Sql {
    /// Address and port on which SQL clients (psql, R, Power BI, QGIS) read what is public, with a key as the password
    #[arg(long, env = "DTM_SQL_LISTEN", value_name = "ADDR")]
    sql_listen: Option<SocketAddr>,
    /// Certificate chain (PEM) for SQL clients that are not on this machine
    #[arg(long, env = "DTM_SQL_CERTIFICATE", value_name = "FILE", requires = "sql_certificate_key")]
    sql_certificate: Option<PathBuf>,
    /// Key of that certificate (PEM)
    #[arg(long, env = "DTM_SQL_CERTIFICATE_KEY", value_name = "FILE", requires = "sql_certificate")]
    sql_certificate_key: Option<PathBuf>,
}

impl Sql {
    fn port(self) -> Option<SqlPort> {
        let certificate = self.sql_certificate.zip(self.sql_certificate_key);
        self.sql_listen.map(|listen| SqlPort { listen, certificate })
    }
}

/// The mail server that letters are handed to
#[derive(clap::Args)]
pub(crate) struct MailServer {
    /// Mail server: smtps://user:password@host, smtp://user:password@host (STARTTLS) or smtp://host?tls=none
    #[arg(long, env = "DTM_SMTP_URL", value_name = "URL", hide_env_values = true, requires_all = ["mail_from", "public_url"])]
    smtp_url: Option<String>,
    /// In whose name mail is sent («DTM Sorelia <dtm@example.org>»)
    #[arg(long, env = "DTM_MAIL_FROM", value_name = "ADDRESS")]
    mail_from: Option<String>,
}

impl MailServer {
    /// How mail is sent; none where no server was named.
    pub(super) fn mail(self) -> Result<Option<Mail>> {
        self.smtp_url.zip(self.mail_from).map(|(url, from)| Mail::new(&url, &from)).transpose()
    }
}

/// An OpenID provider that people may sign in with, besides their password
#[derive(clap::Args)]
struct OpenId {
    /// Address of the OpenID provider (https://login.example.org); people sign in there, linked by verified e-mail
    #[arg(long, env = "DTM_OIDC_ISSUER", value_name = "URL", requires = "oidc_client_id")]
    oidc_issuer: Option<String>,
    /// Name of this server at the provider
    #[arg(long, env = "DTM_OIDC_CLIENT_ID", value_name = "ID")]
    oidc_client_id: Option<String>,
    /// Secret of this server at the provider
    #[arg(long, env = "DTM_OIDC_CLIENT_SECRET", value_name = "SECRET", hide_env_values = true)]
    oidc_client_secret: Option<String>,
}

impl Serve {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        if let Some(lines) = first_administrator(&store, caller).await? {
            eprintln_lines(&lines);
        }
        let mail = self.mail.mail()?;
        let (import, hooks) = (Reach::of(self.import_local_network), Reach::of(self.hooks_local_network));
        let outward = Outward { import, hooks, mail };
        let app = App::reaching(store, blobs, caller.place.vault()?, self.public_url, outward);
        let OpenId { oidc_issuer, oidc_client_id, oidc_client_secret } = self.provider;
        if let (Some(issuer), Some(client_id)) = (oidc_issuer, oidc_client_id) {
            app.sign_in_with(Provider { issuer, client_id, client_secret: oidc_client_secret });
        }
        let listener = listen(self.listen).await?;
        let address = listener.local_addr()?;
        tracing::info!(%address, "dtm serves on http://{address}");
        if let Some(port) = self.sql.port() {
            let address = http::spawn_sql(app.clone(), port).await?;
            app.answers_sql_on(address);
            tracing::info!(%address, "dtm answers SQL on {address}");
        }
        crate::journey::seal::spawn(app.clone());
        crate::journey::purge::spawn(app.clone());
        crate::journey::feed::spawn::<crate::journey::current::Settling>(app.clone());
        crate::journey::feed::spawn::<crate::journey::events::Gathering>(app.clone());
        crate::journey::feed::spawn::<crate::journey::phone_list::Following>(app.clone());
        crate::journey::feed::spawn::<crate::journey::released::Shelving>(app.clone());
        crate::journey::entities::spawn(app.clone());
        crate::journey::trash::spawn(app.clone());
        crate::journey::scrub::spawn(app.clone());
        crate::journey::bring::spawn(app.clone());
        crate::journey::outbox::spawn(app.clone());
        crate::journey::sharing::spawn(app.clone());
        http::serve(app, listener).await?;
        Ok(Report::default())
    }
}

/// Opens the port, or says what to do when it is taken.
pub(crate) async fn listen(address: SocketAddr) -> Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: is another program using the port? Choose another with --listen or --port")
    })
}

#[allow(clippy::print_stderr)]
fn eprintln_lines(lines: &str) {
    eprintln!("{lines}");
}

/// On the first start, makes the administrator from the environment, or with a password printed once.
async fn first_administrator(store: &Store, caller: &Caller) -> Result<Option<String>> {
    if store.count_users().await? > 0 {
        return Ok(None);
    }
    let email = world::env("DTM_ADMIN_EMAIL");
    let password = world::env("DTM_ADMIN_PASSWORD");
    let given = password.is_some();
    if let Some(password) = &password
        && password.chars().count() < secrets::MIN_PASSWORD
    {
        return Err(super::people::too_short("DTM_ADMIN_PASSWORD"));
    }
    let email = email.unwrap_or_else(|| "admin@localhost".to_owned());
    let password = password.unwrap_or_else(secrets::one_time_password);
    create_user(store, &email, "Administrator", Role::Admin, &password, &caller.stamp()).await?;
    Ok((!given).then(|| {
        caller.say(
            format!("First start. Sign in as {email} with the password {password}\nIt is shown only this once; change it with `dtm user password {email}`."),
            format!("Premier démarrage. Connectez-vous comme {email} avec le mot de passe {password}\nIl n’est affiché qu’une fois ; changez-le avec `dtm user password {email}`."),
        )
    }))
}

/// Adds a person who signs in, with a role on everything.
pub(crate) async fn create_user(
    store: &Store,
    email: &str,
    name: &str,
    role: Role,
    password: &str,
    stamp: &Stamp,
) -> Result<User> {
    create_user_with(store, email, name, password, stamp, |user| vec![new_grant(user, role, Held::Site, stamp.at)])
        .await
}

/// Adds a person who signs in, with these roles.
pub(crate) async fn create_user_with(
    store: &Store,
    email: &str,
    name: &str,
    password: &str,
    stamp: &Stamp,
    grants: impl FnOnce(&UserId) -> Vec<Grant>,
) -> Result<User> {
    let secret = password.to_owned();
    let password_hash = tokio::task::spawn_blocking(move || secrets::hash_password(&secret)).await??;
    let user = User::new(world::fresh(UserId::new), email, name, password_hash, stamp.at);
    store.create_user(&user, &grants(&user.id), &[], stamp).await?;
    Ok(user)
}
