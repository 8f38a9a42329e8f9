//! Coming in: a key of the public API as the password, in clear only where nobody can listen.

use super::errors::{fatal, turned_away};
use super::session::Session;
use crate::catalog::VERSION;
use async_trait::async_trait;
use futures::{Sink, SinkExt};
use pgwire::api::auth::{
    DefaultServerParameterProvider, StartupHandler, finish_authentication, protocol_negotiation,
    save_startup_parameters_to_metadata,
};
use pgwire::api::{ClientInfo, PgWireConnectionState, PidSecretKeyGenerator, RandomPidSecretKeyGenerator};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::startup::Authentication;
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use std::sync::LazyLock;

static NUMBERS: LazyLock<RandomPidSecretKeyGenerator> = LazyLock::new(RandomPidSecretKeyGenerator::default);

#[async_trait]
impl StartupHandler for Session {
    async fn on_startup<C>(&self, client: &mut C, message: PgWireFrontendMessage) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match message {
            PgWireFrontendMessage::Startup(ref startup) => {
                protocol_negotiation(client, startup).await?;
                if !client.is_secure() && !client.socket_addr().ip().to_canonical().is_loopback() {
                    let words = "the key would travel in clear: connect with TLS (sslmode=require)";
                    return Err(fatal("28000", words));
                }
                save_startup_parameters_to_metadata(client, startup);
                for name in ["application_name", "search_path", "datestyle", "extra_float_digits"] {
                    if let Some(value) = client.metadata().get(name) {
                        let _ = self.settings().set(name, value);
                    }
                }
                client.set_state(PgWireConnectionState::AuthenticationInProgress);
                let ask = PgWireBackendMessage::Authentication(Authentication::CleartextPassword);
                client.send(ask).await?;
            }
            PgWireFrontendMessage::PasswordMessageFamily(password) => {
                let key = password.into_password()?.password;
                let holder = self.desk.door.admit(&key, client.socket_addr()).await;
                let holder = holder.map_err(|refusal| turned_away(&refusal))?;
                let Some(seat) = self.desk.sit(&holder.key) else {
                    return Err(fatal("53300", "this key has too many connections open: close some"));
                };
                self.sit(holder, seat);
                let (pid, secret) = NUMBERS.generate(client);
                client.set_pid_and_secret_key(pid, secret.clone());
                self.desk.running.add(pid, secret, self.stop.clone());
                let mut server = DefaultServerParameterProvider::default();
                server.server_version = VERSION.to_owned();
                server.is_superuser = false;
                server.default_transaction_read_only = true;
                finish_authentication(client, &server).await?;
            }
            _ => return Err(fatal("08P01", "the password was expected")),
        }
        Ok(())
    }
}
