//! People who sign in, and keys of the public API.

use super::{Absent, Caller, Mistakes, Report, say};
use crate::http::Role;
use crate::{secrets, world};
use anyhow::Result;
use dtm_model::ApiKeyId;
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
        /// viewer, reviewer, officer or admin
        #[arg(long, default_value = "officer", value_parser = parse_role)]
        role: Role,
    },
    /// Give a person a new password and end their sessions
    Password {
        /// E-mail address
        email: String,
    },
    /// List the people
    List,
}

fn parse_role(code: &str) -> Result<Role, String> {
    Role::from_code(code).ok_or_else(|| "viewer, reviewer, officer or admin".to_owned())
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
                let user = super::serve::create_user(&store, &email, &name, role, &password, &caller.stamp()).await?;
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
                let user = store.user_by_email(&email.to_lowercase()).await?.ok_or_else(|| {
                    Absent(say(format!("nobody signs in as {email}"), format!("personne ne se connecte comme {email}")))
                })?;
                let (password, given) = password()?;
                let secret = password.clone();
                let hash = tokio::task::spawn_blocking(move || secrets::hash_password(&secret)).await??;
                store.set_password(&user.id, &hash, &caller.stamp()).await?;
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
            UserCommand::List => {
                let users = store.users().await?;
                let text = users
                    .iter()
                    .map(|u| format!("{:<10} {:<32} {}", u.role.code(), u.email, u.name))
                    .collect::<Vec<_>>();
                let json: Vec<_> = users
                    .iter()
                    .map(|u| json!({ "id": u.id, "email": u.email, "name": u.name, "role": u.role }))
                    .collect();
                Ok(Report::new(text.join("\n"), json.into()))
            }
        }
    }
}

fn parse_product(word: &str) -> Result<Product, String> {
    serde_json::from_value(word.into()).map_err(|_| "displacement or hna".to_owned())
}

fn product_code(product: Product) -> String {
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
    },
    /// List the keys
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
    };
    store.create_api_key(&key, stamp).await?;
    Ok((key, secret))
}

impl KeyCommand {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, _) = caller.place.open().await?;
        match self {
            KeyCommand::Add { name, product } => {
                let (key, secret) = create_key(&store, &name, product, &caller.stamp()).await?;
                let text = caller.say(
                    format!("Key for {name}, shown once: {secret}\nSend it in the header Ocp-Apim-Subscription-Key."),
                    format!("Clé pour {name}, affichée une fois : {secret}\nEnvoyez-la dans l’en-tête Ocp-Apim-Subscription-Key."),
                );
                Ok(Report::new(text, json!({ "id": key.id, "key": secret, "product": product })))
            }
            KeyCommand::List => {
                let keys = store.api_keys().await?;
                let state = |key: &ApiKey| if key.revoked_at.is_some() { "revoked" } else { "active" };
                let text = keys
                    .iter()
                    .map(|k| format!("{} {:<8} {:<13} {}", k.id, state(k), product_code(k.product), k.name))
                    .collect::<Vec<_>>();
                let json: Vec<_> = keys
                    .iter()
                    .map(|k| json!({ "id": k.id, "name": k.name, "product": k.product, "state": state(k) }))
                    .collect();
                Ok(Report::new(text.join("\n"), json.into()))
            }
            KeyCommand::Revoke { id } => {
                store.revoke_api_key(&id, &caller.stamp()).await?;
                Ok(Report::new(caller.say("Key withdrawn.", "Clé retirée."), json!({ "id": id, "state": "revoked" })))
            }
        }
    }
}
