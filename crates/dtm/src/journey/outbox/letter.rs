//! Mails: how this server sends them, what they say, how they look on the wire.

use super::mime::{self, Mailbox};
use super::{Hindrance, Outcome};
use crate::http::App;
use crate::http::password_link;
use crate::smtp::{Letter, Relay};
use crate::world;
use anyhow::{Context, Result};
use dtm_model::Lang;
use dtm_publish::words::Words;
use dtm_store::{MessageKind, NewMessage, User};

/// How this server sends mail.
#[derive(Clone)]
pub(crate) struct Mail {
    relay: Relay,
    from: Mailbox,
}

impl Mail {
    /// Through this mail server, in this name: `DTM Sorelia <dtm@example.org>`.
    pub(crate) fn new(smtp_url: &str, from: &str) -> Result<Self> {
        let from = Mailbox::read(from).with_context(|| format!("`{from}` is not a mail address"))?;
        Ok(Self { relay: Relay::parse(smtp_url)?, from })
    }

    /// The mail server, as people know it.
    pub(crate) fn host(&self) -> &str {
        self.relay.host()
    }

    /// In whose name.
    pub(crate) fn from(&self) -> String {
        self.from.to_string()
    }
}

/// What a mail says.
struct Said {
    subject: String,
    body: String,
}

/// The person that mails with a link are for, if the address is somebody's.
async fn addressee(app: &App, message: &NewMessage) -> Result<Option<User>> {
    let user = app.store.user_by_email(&message.recipient).await?;
    Ok(user.filter(|user| user.removed_at.is_none()))
}

/// What a mail says; none where it is for nobody here.
async fn said(app: &App, message: &NewMessage) -> Result<Option<Said>> {
    let words = match message.kind {
        MessageKind::Reset => "reset",
        MessageKind::Invitation => "invitation",
        MessageKind::Mail | MessageKind::Hook => {
            return Ok(Some(Said { subject: message.subject.clone(), body: message.body.clone() }));
        }
    };
    let Some(user) = addressee(app, message).await? else { return Ok(None) };
    let lang: Lang = user.language.unwrap_or(message.lang);
    let w = Words::of(lang);
    let link = password_link(app, &user).await?;
    let name = if user.name.is_empty() { user.email.clone() } else { user.name.clone() };
    let host = app.public_url.clone().unwrap_or_default();
    let args = [("name", name.into()), ("link", link.into()), ("server", host.into())];
    Ok(Some(Said {
        subject: w.t_args(&format!("mail-{words}-subject"), &args),
        body: w.t_args(&format!("mail-{words}-body"), &args),
    }))
}

/// Hands a message over as a mail.
pub(super) async fn send(app: &App, message: &NewMessage) -> Result<Outcome> {
    let Some(mail) = &app.outward.mail else { return Ok(Outcome::Hindered(Hindrance::passing("no-mail"))) };
    let Some(said) = said(app, message).await? else { return Ok(Outcome::ForNobody) };
    let Some(letter) = on_the_wire(mail, message, &said) else {
        return Ok(Outcome::Hindered(Hindrance::lasting("address")));
    };
    Ok(mail.relay.send(mail.from.domain(), &letter).await.map_err(Hindrance::from).into())
}

fn on_the_wire(mail: &Mail, message: &NewMessage, said: &Said) -> Option<Letter> {
    let to = Mailbox::read(&message.recipient)?;
    let text = mime::Text {
        id: format!("{}@{}", message.id, mail.from.domain()),
        from: &mail.from,
        to: &to,
        at: world::now(),
        subject: &said.subject,
        body: &said.body,
    };
    Some(Letter { from: mail.from.address.clone(), to: to.address.clone(), message: text.on_the_wire() })
}
