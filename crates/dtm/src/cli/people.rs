//! People who sign in, and keys of the public API.

use super::{Absent, Caller, Mistakes, Report, say};
use crate::http::new_grant;
use crate::{secrets, world};
use anyhow::Result;
use dtm_model::{ApiKeyId, Grant, Held, Pcode, Role, Sees, UserId};
use dtm_store::{ApiKey, Product};
use serde_json::json;

/// People who sign in
#[derive(clap::Subcommand)]
pub(crate) enum UserCommand {
    /// Add a person; a one-time password is printed unless DTM_PASSWORD gives one
    Add {
        /// E-mail address
        email: String,
        /// Name shown to colleagues
        #[arg(long, default_value = "")]
        name: String,
        #[command(flatten)]
        role: Given,
    },
    /// Give a person a role, on everything or in an operation or on a form of it
    Grant {
        /// E-mail address
        email: String,
        #[command(flatten)]
        role: Given,
    },
    /// Take roles from a person: all they have at the place named
    Revoke {
        /// E-mail address
        email: String,
        /// The operation; everything where none is named
        #[arg(long, short)]
        operation: Option<String>,
        /// The form of it
        #[arg(long, requires = "operation")]
        form: Option<String>,
    },
    /// Remove a person; they can be restored
    Remove {
        /// E-mail address
        email: String,
    },
    /// Take a removed person back
    Restore {
        /// E-mail address
        email: String,
    },
    /// Give a person a new password and end their sessions
    Password {
        /// E-mail address
        email: String,
    },
    /// List the people
    List,
}

/// A role, where it holds, and what it is narrowed to.
#[derive(clap::Args)]
pub(crate) struct Given {
    /// viewer, reviewer, manager (an officer), collector or admin
    #[arg(long, default_value = "manager", value_parser = parse_role)]
    role: Role,
    /// The operation it holds in; everything where none is named
    #[arg(long, short)]
    operation: Option<String>,
    /// The form of the operation it holds on
    #[arg(long, requires = "operation")]
    form: Option<String>,
    /// P-codes it is narrowed to, each with all below
    #[arg(long, value_delimiter = ',')]
    areas: Vec<String>,
    /// The answers it shows: nothing, public, confidential, restricted or secret (all)
    #[arg(long, default_value = "secret", value_parser = parse_sees)]
    sees: Sees,
}

impl Given {
    async fn grant(&self, store: &dtm_store::Store, caller: &Caller) -> Result<impl FnOnce(&UserId) -> Grant> {
        let held = held(store, self.operation.as_deref(), self.form.as_deref()).await?;
        let areas = self.areas.iter().map(|code| Pcode::from(code.trim())).collect();
        let given = new_grant("", self.role, held, caller.stamp().at);
        let given = Grant { areas, sees: self.sees, ..given };
        if !given.is_sound() {
            return Err(Mistakes::one(caller.say(
                "an administrator is one on everything, without limits",
                "un administrateur l’est sur tout, sans restriction",
            )));
        }
        Ok(move |user: &UserId| Grant { actor: user.to_string(), ..given })
    }
}

/// The place that the command line names.
async fn held(store: &dtm_store::Store, operation: Option<&str>, form: Option<&str>) -> Result<Held> {
    let Some(operation) = operation else { return Ok(Held::Site) };
    let operation = super::process::find_operation(store, operation).await?;
    let Some(form) = form else { return Ok(Held::Project(operation.id)) };
    let found = store.form_by_xml_id(&operation.id, form).await?.ok_or_else(|| {
        Absent(say(
            format!("there is no form {form} in it"),
            format!("il n’y a pas de formulaire {form} dans cette opération"),
        ))
    })?;
    Ok(Held::Form(operation.id, found.id))
}

fn parse_role(code: &str) -> Result<Role, String> {
    let role = match code {
        "officer" => Some(Role::Manager),
        "collector" => Some(Role::Collector),
        code => Role::OF_PEOPLE.into_iter().find(|role| role.code() == code),
    };
    role.ok_or_else(|| "viewer, reviewer, manager (an officer), collector or admin".to_owned())
}

fn parse_sees(code: &str) -> Result<Sees, String> {
    Sees::from_code(code).ok_or_else(|| "nothing, public, confidential, restricted or secret".to_owned())
}

/// The person with this address, removed or not.
async fn find_user(store: &dtm_store::Store, email: &str) -> Result<dtm_store::User> {
    Ok(store.user_by_email(email).await?.ok_or_else(|| {
        Absent(say(format!("nobody signs in as {email}"), format!("personne ne se connecte comme {email}")))
    })?)
}

/// A role as a list shows it: `reviewer xso/site (XS01,XS02; up to public)`.
fn grant_text(grant: &Grant, operations: &[dtm_model::Operation]) -> String {
    let slug =
        |id: &dtm_model::OperationId| operations.iter().find(|operation| operation.id == *id).map_or("?", |o| &o.slug);
    let mut text = grant.role.code().to_owned();
    match &grant.held {
        Held::Site => {}
        Held::Project(operation) => text += &format!("@{}", slug(operation)),
        Held::Form(operation, _) => text += &format!("@{}/form", slug(operation)),
    }
    let mut limits: Vec<&str> = grant.areas.iter().map(Pcode::as_str).collect();
    if grant.sees != Sees::Secret {
        limits.push(grant.sees.code());
    }
    if !limits.is_empty() {
        text += &format!(" ({})", limits.join(","));
    }
    text
}

/// A password of the environment that is not accepted.
pub(super) fn too_short(variable: &str) -> anyhow::Error {
    let least = secrets::MIN_PASSWORD;
    Mistakes::one(say(
        format!("{variable} is shorter than {least} characters"),
        format!("{variable} a moins de {least} caractères"),
    ))
}

/// The password the environment gives, or a fresh one to be printed.
fn password() -> Result<(String, bool)> {
    match world::env("DTM_PASSWORD") {
        Some(given) if given.chars().count() < secrets::MIN_PASSWORD => Err(too_short("DTM_PASSWORD")),
        Some(given) => Ok((given, true)),
        None => Ok((secrets::one_time_password(), false)),
    }
}

impl UserCommand {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, _) = caller.place.open().await?;
        match self {
            UserCommand::Add { email, name, role } => {
                if !email.contains('@') || email.chars().any(char::is_whitespace) {
                    return Err(Mistakes::one(caller.say(
                        format!("`{email}` is not an e-mail address"),
                        format!("`{email}` n’est pas une adresse électronique"),
                    )));
                }
                let (password, given) = password()?;
                let grant = role.grant(&store, caller).await?;
                let role = role.role;
                let (stamp, grants) = (caller.stamp(), |user: &UserId| vec![grant(user)]);
                let user = super::serve::create_user_with(&store, &email, &name, &password, &stamp, grants).await?;
                let shown = (!given).then_some(password);
                let mut text = caller.say(
                    format!("{} may sign in as {}.", user.email, role.code()),
                    format!("{} peut se connecter comme {}.", user.email, role.code()),
                );
                if let Some(password) = &shown {
                    text += &caller.say(
                        format!(" Password, shown once: {password}"),
                        format!(" Mot de passe, affiché une fois : {password}"),
                    );
                }
                Ok(Report::new(
                    text,
                    json!({ "id": user.id, "email": user.email, "role": role.code(), "password": shown }),
                ))
            }
            UserCommand::Password { email } => {
                let user = find_user(&store, &email).await?;
                let (password, given) = password()?;
                let secret = password.clone();
                let hash = tokio::task::spawn_blocking(move || secrets::hash_password(&secret)).await??;
                store.set_password(&user.id, &hash, !given, None, &[], &caller.stamp()).await?;
                let shown = (!given).then_some(password);
                let text = match &shown {
                    Some(password) => caller.say(
                        format!("New password, shown once: {password}"),
                        format!("Nouveau mot de passe, affiché une fois : {password}"),
                    ),
                    None => caller.say(
                        "Password changed; open sessions are ended.",
                        "Mot de passe changé ; les sessions ouvertes sont fermées.",
                    ),
                };
                Ok(Report::new(text, json!({ "id": user.id, "password": shown })))
            }
            UserCommand::Grant { email, role } => {
                let user = find_user(&store, &email).await?;
                let grant = role.grant(&store, caller).await?(&user.id);
                store.give(&grant, &caller.stamp()).await?;
                let text = caller.say(
                    format!("{email} is {} there now.", grant.role),
                    format!("{email} y est maintenant {}.", grant.role),
                );
                Ok(Report::new(text, json!({ "id": grant.id, "role": grant.role })))
            }
            UserCommand::Revoke { email, operation, form } => {
                let user = find_user(&store, &email).await?;
                let held = held(&store, operation.as_deref(), form.as_deref()).await?;
                let mut n = 0;
                for grant in store.grants_of(&user.id).await?.into_iter().filter(|grant| grant.held == held) {
                    store.take(&grant.id, &caller.stamp()).await?;
                    n += 1;
                }
                let text = caller.say(format!("{n} roles taken back."), format!("{n} rôles retirés."));
                Ok(Report::new(text, json!({ "taken": n })))
            }
            UserCommand::Remove { email } => {
                let user = find_user(&store, &email).await?;
                store.remove_user(&user.id, &caller.stamp()).await?;
                let text = caller.say(
                    format!("{email} can no longer sign in; `dtm user restore {email}` takes this back."),
                    format!("{email} ne peut plus se connecter ; `dtm user restore {email}` l’annule."),
                );
                Ok(Report::new(text, json!({ "id": user.id })))
            }
            UserCommand::Restore { email } => {
                let user = find_user(&store, &email).await?;
                store.restore_user(&user.id, &caller.stamp()).await?;
                let text =
                    caller.say(format!("{email} may sign in again."), format!("{email} peut de nouveau se connecter."));
                Ok(Report::new(text, json!({ "id": user.id })))
            }
            UserCommand::List => {
                let (users, operations) = (store.users().await?, store.operations().await?);
                let (mut text, mut json) = (Vec::new(), Vec::new());
                for user in users {
                    let grants = store.grants_of(&user.id).await?;
                    let roles: Vec<String> = grants.iter().map(|grant| grant_text(grant, &operations)).collect();
                    text.push(format!("{:<32} {:<24} {}", user.email, user.name, roles.join("; ")));
                    json.push(json!({ "id": user.id, "email": user.email, "name": user.name, "roles": roles }));
                }
                Ok(Report::new(text.join("\n"), json.into()))
            }
        }
    }
}

fn parse_product(word: &str) -> Result<Product, String> {
    serde_json::from_value(word.into()).map_err(|_| "displacement or hna".to_owned())
}

/// The word of a product.
pub(crate) fn product_code(product: Product) -> String {
    serde_json::to_value(product).ok().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Keys of the public API
#[derive(clap::Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key; it is printed once
    Add {
        /// Whose key it is
        name: String,
        /// displacement or hna
        #[arg(long, default_value = "displacement", value_parser = parse_product)]
        product: Product,
        /// Calls allowed in a minute (else 600)
        #[arg(long)]
        per_minute: Option<u32>,
        /// Calls allowed in a day (else 100,000)
        #[arg(long)]
        per_day: Option<u32>,
    },
    /// List the keys and how much each is used
    List,
    /// Withdraw a key
    Revoke {
        /// Its id, as `dtm key list` shows it
        id: ApiKeyId,
    },
}

/// Makes a key of the public API and returns its secret.
pub(crate) async fn create_key(
    store: &dtm_store::Store,
    name: &str,
    product: Product,
    (per_minute, per_day): (Option<u32>, Option<u32>),
    stamp: &dtm_store::Stamp,
) -> Result<(ApiKey, String)> {
    let secret = hex::encode(world::random::<16>());
    let key = ApiKey {
        id: world::fresh(ApiKeyId::new),
        name: name.to_owned(),
        product,
        key_hash: secrets::hash_token(&secret),
        created_at: stamp.at,
        revoked_at: None,
        per_minute,
        per_day,
    };
    store.create_api_key(&key, stamp).await?;
    Ok((key, secret))
}

impl KeyCommand {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, _) = caller.place.open().await?;
        match self {
            KeyCommand::Add { name, product, per_minute, per_day } => {
                let allowed = (per_minute, per_day);
                let (key, secret) = create_key(&store, &name, product, allowed, &caller.stamp()).await?;
                let text = caller.say(
                    format!("Key for {name}, shown once: {secret}\nSend it in the header Ocp-Apim-Subscription-Key."),
                    format!("Clé pour {name}, affichée une fois : {secret}\nEnvoyez-la dans l’en-tête Ocp-Apim-Subscription-Key."),
                );
                Ok(Report::new(text, json!({ "id": key.id, "key": secret, "product": product })))
            }
            KeyCommand::List => {
                let keys = store.api_keys().await?;
                let state = |key: &ApiKey| if key.revoked_at.is_some() { "revoked" } else { "active" };
                let (mut text, mut json) = (Vec::new(), Vec::new());
                for k in &keys {
                    let uses = store.api_key_uses(&k.id).await?;
                    let total: u64 = uses.iter().map(|(_, n)| n).sum();
                    let last = uses.last().map(|(day, _)| day.to_string());
                    text.push(format!(
                        "{} {:<8} {:<13} {total:>9} {:<10} {}",
                        k.id,
                        state(k),
                        product_code(k.product),
                        last.as_deref().unwrap_or("–"),
                        k.name
                    ));
                    json.push(json!({
                        "id": k.id, "name": k.name, "product": k.product, "state": state(k), "uses": total,
                        "last_used_on": last, "per_minute": k.per_minute, "per_day": k.per_day,
                    }));
                }
                Ok(Report::new(text.join("\n"), json.into()))
            }
            KeyCommand::Revoke { id } => {
                store.revoke_api_key(&id, &caller.stamp()).await?;
                Ok(Report::new(caller.say("Key withdrawn.", "Clé retirée."), json!({ "id": id, "state": "revoked" })))
            }
        }
    }
}
