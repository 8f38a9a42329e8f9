//! Signing in with an OpenID provider: authorisation code with PKCE, state and nonce.
//!
//! What a sign-in needs waits in the store under the hash of its state, and the state is bound to the browser by a
//! cookie, so that nobody can be signed in to another's account by a link. An account is found by the provider's issuer
//! and subject; the first time by an e-mail address that the provider says it has verified, among people an administrator
//! has added. Nobody is added by signing in.

use super::App;
use super::problem::Problem;
use crate::{secrets, world};
use axum::http::StatusCode;
use dtm_model::{Instant, Text};
use dtm_store::{Stamp, User};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl,
    Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The provider that people may sign in with.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<String>,
}

/// What waits for the provider's answer.
#[derive(Serialize, Deserialize)]
struct Waiting {
    nonce: String,
    verifier: String,
    next: String,
}

/// How long a sign-in may take at the provider.
const WAIT_MS: i64 = 10 * 60_000;

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

fn failed(error: impl std::fmt::Debug) -> Problem {
    tracing::warn!(?error, "the OpenID provider does not answer as it should");
    Problem::new(
        StatusCode::BAD_GATEWAY,
        "provider_failed",
        502.1,
        Text::both(
            "The sign-in service does not answer as it should. Please try again, or sign in with your password.",
            "Le service de connexion ne répond pas comme il faut. Réessayez, ou connectez-vous avec votre mot de passe.",
        ),
    )
}

fn unknown() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "no_account",
        401.2,
        Text::both(
            "Nobody here has a verified e-mail address of that account. Ask an administrator to add you.",
            "Personne ici n’a d’adresse électronique vérifiée de ce compte. Demandez à un administrateur de vous ajouter.",
        ),
    )
}

/// A client that follows no redirect, so that a provider cannot lead us into our own network.
fn http() -> Result<reqwest::Client, Problem> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(15))
        .build()
        .map_err(Problem::internal)
}

impl Provider {
    async fn client(&self, http: &reqwest::Client, base: &str) -> Result<Client, Problem> {
        let issuer = IssuerUrl::new(self.issuer.clone()).map_err(failed)?;
        let metadata = CoreProviderMetadata::discover_async(issuer, http).await.map_err(failed)?;
        let secret = self.client_secret.clone().map(ClientSecret::new);
        let back = RedirectUrl::new(format!("{base}/office/sign-in/callback")).map_err(Problem::internal)?;
        let client = CoreClient::from_provider_metadata(metadata, ClientId::new(self.client_id.clone()), secret);
        Ok(client.set_redirect_uri(back))
    }

    /// Begins a sign-in: the provider's address to go to, and the state to bind to the browser.
    pub(crate) async fn begin(&self, app: &App, base: &str, next: &str) -> Result<(String, String), Problem> {
        let client = self.client(&http()?, base).await?;
        let state = secrets::token();
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let told = state.clone();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (address, _, nonce) = client
            .authorize_url(flow, move || CsrfToken::new(told), Nonce::new_random)
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        let waiting =
            Waiting { nonce: nonce.secret().clone(), verifier: verifier.secret().clone(), next: next.to_owned() };
        let body = serde_json::to_string(&waiting).map_err(Problem::internal)?;
        app.store.begin_sign_in(&secrets::hash_token(&state), None, &body, world::now()).await?;
        Ok((address.to_string(), state))
    }

    /// Ends a sign-in: who it is, and where they wanted to go.
    pub(crate) async fn end(
        &self,
        app: &App,
        base: &str,
        state: &str,
        code: String,
    ) -> Result<(User, String), Problem> {
        let now = world::now();
        let hash = secrets::hash_token(state);
        let since = Instant::from_millis(now.as_millis() - WAIT_MS);
        let pending = app.store.pending_sign_in(&hash, since).await?.ok_or_else(Problem::sign_in_over)?;
        let waiting: Waiting = serde_json::from_str(&pending.body).map_err(|_| Problem::sign_in_over())?;
        if !app.store.use_ticket(&hash).await? {
            return Err(Problem::sign_in_over());
        }
        let http = http()?;
        let client = self.client(&http, base).await?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(failed)?
            .set_pkce_verifier(PkceCodeVerifier::new(waiting.verifier))
            .request_async(&http)
            .await
            .map_err(|error| match error {
                // The answer itself may hold tokens.
                openidconnect::RequestTokenError::Parse(..) => failed("the answer with the tokens is malformed"),
                other => failed(other),
            })?;
        let id_token = answer.id_token().ok_or_else(|| failed("no id token"))?;
        let claims = id_token.claims(&client.id_token_verifier(), &Nonce::new(waiting.nonce)).map_err(failed)?;
        let subject = claims.subject().as_str();
        if let Some(known) = app.store.user_of_identity(&self.issuer, subject).await? {
            let user = app.store.user(&known).await?.filter(|user| user.removed_at.is_none());
            return Ok((user.ok_or_else(unknown)?, waiting.next));
        }
        let email = claims.email().filter(|_| claims.email_verified() == Some(true)).ok_or_else(unknown)?;
        let user = app.store.user_by_email(email.as_str()).await?.filter(|user| user.removed_at.is_none());
        let user = user.ok_or_else(unknown)?;
        let stamp = Stamp::new(now, format!("user:{}", user.id));
        app.store.link_identity(&self.issuer, subject, &user.id, &stamp).await?;
        Ok((user, waiting.next))
    }
}
