//! Hands one letter to the mail server that the settings name (RFC 5321), over TLS from the first byte (`smtps`), after
//! STARTTLS (`smtp`), or, where the settings say so, without.
//!
//! Why not a crate: the one that does this asks the TLS library for more than anything else here does (decision 0023). What
//! the server says beside its numbers is told nowhere: it repeats addresses.

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// How long one letter may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest reply: lines, and bytes of all of them.
const MOST_LINES: usize = 100;
const MOST_BYTES: u64 = 64 << 10;

/// How the conversation with the mail server is kept to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS once the server has been asked for it; without it nothing is sent.
    StartTls,
    /// None, for a server on this machine or in this room.
    Clear,
}

/// The mail server that letters are handed to.
#[derive(Clone)]
pub(crate) struct Relay {
    host: String,
    port: u16,
    security: Security,
    login: Option<(String, String)>,
}

/// Why a letter was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no conversation with the server.
    Unreachable,
    /// The server offers no TLS, or another's.
    NotPrivate,
    /// The server does not let us in; the number is its reply.
    NotLetIn(u16),
    /// The server cannot take the letter now.
    Later(u16),
    /// The server will not take the letter.
    Never(u16),
}

/// A letter ready to go: who sends, who gets, and the message as it goes over the wire.
pub(crate) struct Letter {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) message: Vec<u8>,
}

impl Relay {
    /// Reads `smtps://user:password@host`, `smtp://host:587` (STARTTLS) or `smtp://host:25?tls=none`.
    pub(crate) fn parse(address: &str) -> Result<Self> {
        // The address may hold a password: it is not repeated.
        let url = Url::parse(address).ok().context("the address of the mail server is malformed")?;
        let host = url.host_str().context("the address of the mail server names no host")?;
        let (security, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Security::Tls, 465),
            ("smtp", None | Some("tls=starttls")) => (Security::StartTls, 587),
            ("smtp", Some("tls=none")) => (Security::Clear, 25),
            _ => bail!(
                "the address of the mail server begins with smtps:// or smtp://, and `?tls=none` is all it may ask"
            ),
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned());
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (name, password) => Some((decoded(name)?, decoded(password.unwrap_or_default())?)),
        };
        ensure!(
            login.is_none() || security != Security::Clear,
            "a password for the mail server goes over TLS only: leave `?tls=none` out"
        );
        let host = host.trim_matches(['[', ']']).to_owned();
        Ok(Self { host, port: url.port().unwrap_or(port), security, login })
    }

    /// What people know it by.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Hands a letter over. `helo` is our own name.
    pub(crate) async fn send(&self, helo: &str, letter: &Letter) -> Result<(), Refusal> {
        tokio::time::timeout(PATIENCE, self.deliver(helo, letter)).await.unwrap_or(Err(Refusal::Unreachable))
    }

    async fn deliver(&self, helo: &str, letter: &Letter) -> Result<(), Refusal> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(|_| Refusal::Unreachable)?;
        match self.security {
            Security::Tls => {
                let mut talk = Talk::new(self.encrypted(stream).await?);
                talk.greeted().await?;
                self.go_on(&mut talk, helo, letter).await
            }
            Security::StartTls => {
                let mut talk = Talk::new(stream);
                talk.greeted().await?;
                let offers = talk.hello(helo).await?;
                if !offers.iter().any(|offer| offer == "STARTTLS") || talk.say("STARTTLS").await?.number != 220 {
                    return Err(Refusal::NotPrivate);
                }
                // What was said before TLS counts for nothing, whoever put it there.
                let stream = talk.into_unread().ok_or(Refusal::NotPrivate)?;
                let mut talk = Talk::new(self.encrypted(stream).await?);
                self.go_on(&mut talk, helo, letter).await
            }
            Security::Clear => {
                let mut talk = Talk::new(stream);
                talk.greeted().await?;
                self.go_on(&mut talk, helo, letter).await
            }
        }
    }

    async fn encrypted(&self, stream: TcpStream) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Refusal> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from(self.host.clone()).map_err(|_| Refusal::NotPrivate)?;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|_| Refusal::NotPrivate)
    }

    async fn go_on<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        talk: &mut Talk<S>,
        helo: &str,
        letter: &Letter,
    ) -> Result<(), Refusal> {
        let offers = talk.hello(helo).await?;
        if let Some((name, password)) = &self.login {
            talk.sign_in(&offers, name, password).await?;
        }
        talk.must(&format!("MAIL FROM:<{}>", letter.from)).await?;
        talk.must(&format!("RCPT TO:<{}>", letter.to)).await?;
        let ready = talk.say("DATA").await?;
        if ready.number != 354 {
            return Err(ready.refusal());
        }
        talk.write(&stuffed(&letter.message)).await?;
        talk.read().await?.must_be_good()?;
        // The letter is theirs now, whatever becomes of the goodbye.
        let _ = talk.say("QUIT").await;
        Ok(())
    }
}

/// A message as DATA wants it: lines end with CRLF, a point that begins one is doubled, a point alone ends it.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + 64);
    let lines = message.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    for line in lines {
        if line.starts_with(b".") {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}

/// What the server said: its number, and its lines without it.
struct Reply {
    number: u16,
    lines: Vec<String>,
}

impl Reply {
    fn refusal(&self) -> Refusal {
        match self.number {
            500.. => Refusal::Never(self.number),
            number => Refusal::Later(number),
        }
    }

    fn must_be_good(&self) -> Result<(), Refusal> {
        if (200..300).contains(&self.number) { Ok(()) } else { Err(self.refusal()) }
    }
}

/// A conversation.
struct Talk<S>(BufReader<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    fn new(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    /// The stream, unless something was sent that nobody has read.
    fn into_unread(self) -> Option<S> {
        self.0.buffer().is_empty().then(|| self.0.into_inner())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let stream = self.0.get_mut();
        stream.write_all(bytes).await.map_err(|_| Refusal::Unreachable)?;
        stream.flush().await.map_err(|_| Refusal::Unreachable)
    }

    async fn read(&mut self) -> Result<Reply, Refusal> {
        let mut lines = Vec::new();
        let mut left = (&mut self.0).take(MOST_BYTES);
        while lines.len() < MOST_LINES {
            let mut line = Vec::new();
            let n = left.read_until(b'\n', &mut line).await.map_err(|_| Refusal::Unreachable)?;
            let line = String::from_utf8_lossy(&line[..n]);
            let number = line.get(..3).and_then(|digits| digits.parse().ok()).ok_or(Refusal::Unreachable)?;
            lines.push(line[3..].trim_start_matches(['-', ' ']).trim_end().to_uppercase());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { number, lines });
            }
        }
        Err(Refusal::Unreachable)
    }

    async fn say(&mut self, command: &str) -> Result<Reply, Refusal> {
        self.write(format!("{command}\r\n").as_bytes()).await?;
        self.read().await
    }

    async fn must(&mut self, command: &str) -> Result<(), Refusal> {
        self.say(command).await?.must_be_good()
    }

    async fn greeted(&mut self) -> Result<(), Refusal> {
        self.read().await?.must_be_good()
    }

    /// Says who we are; what the server offers comes back.
    async fn hello(&mut self, helo: &str) -> Result<Vec<String>, Refusal> {
        let reply = self.say(&format!("EHLO {helo}")).await?;
        reply.must_be_good()?;
        Ok(reply.lines)
    }

    async fn sign_in(&mut self, offers: &[String], name: &str, password: &str) -> Result<(), Refusal> {
        let offered = |way: &str| {
            let mut ways = offers.iter().filter_map(|offer| offer.strip_prefix("AUTH")).flat_map(str::split_whitespace);
            ways.any(|offered| offered == way)
        };
        let reply = if offered("LOGIN") && !offered("PLAIN") {
            let mut reply = self.say("AUTH LOGIN").await?;
            for word in [name, password] {
                if reply.number != 334 {
                    break;
                }
                reply = self.say(&STANDARD.encode(word)).await?;
            }
            reply
        } else {
            self.say(&format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{name}\0{password}")))).await?
        };
        if reply.number == 235 { Ok(()) } else { Err(Refusal::NotLetIn(reply.number)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_told_by_an_address_and_a_password_never_goes_in_clear() {
        let read = |address: &str| Relay::parse(address).ok().map(|relay| (relay.host, relay.port, relay.security));
        assert_eq!(read("smtps://awa:p%40ss@mail.example.org"), Some(("mail.example.org".into(), 465, Security::Tls)));
        assert_eq!(read("smtp://mail.example.org"), Some(("mail.example.org".into(), 587, Security::StartTls)));
        assert_eq!(read("smtp://127.0.0.1:2525?tls=none"), Some(("127.0.0.1".into(), 2525, Security::Clear)));
        for odd in ["mail.example.org", "https://mail.example.org", "smtp://awa:x@localhost?tls=none", "smtps://h?x=1"]
        {
            assert_eq!(read(odd), None, "{odd}");
        }
        let login = Relay::parse("smtps://awa%40example.org:p%3Aq@mail.example.org").unwrap().login.unwrap();
        assert_eq!(login, ("awa@example.org".to_owned(), "p:q".to_owned()));
        let told = format!("{:#}", Relay::parse("smtp://awa:secret@[").err().unwrap());
        assert!(!told.contains("secret"), "{told}");
    }

    #[test]
    fn a_line_that_begins_with_a_point_does_not_end_the_letter() {
        let wire = |text: &str| String::from_utf8(stuffed(text.as_bytes())).unwrap();
        assert_eq!(wire("a\r\n.b\n..c"), "a\r\n..b\r\n...c\r\n.\r\n");
        assert_eq!(wire(".\r\n"), "..\r\n\r\n.\r\n");
    }

    /// What is said to a server that answers with these lines, and what became of the letter.
    async fn told(relay: &str, answers: &'static [&'static str]) -> (Vec<String>, Result<(), Refusal>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let (mut lines, mut said) = (BufReader::new(stream), Vec::new());
            for answer in answers {
                lines.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
                if answer.starts_with("354") {
                    while said.last().is_none_or(|line: &String| line != ".") {
                        let mut line = String::new();
                        lines.read_line(&mut line).await.unwrap();
                        said.push(line.trim_end().to_owned());
                    }
                    continue;
                }
                let mut line = String::new();
                lines.read_line(&mut line).await.unwrap();
                said.push(line.trim_end().to_owned());
            }
            said
        });
        let relay = Relay::parse(&relay.replace("PORT", &port.to_string())).unwrap();
        let letter = Letter {
            from: "dtm@example.org".to_owned(),
            to: "awa@example.org".to_owned(),
            message: b"Subject: x\r\n\r\nHello\r\n".to_vec(),
        };
        let sent = relay.send("dtm.example.org", &letter).await;
        (server.await.unwrap(), sent)
    }

    #[tokio::test]
    async fn a_server_that_offers_no_encryption_gets_neither_password_nor_letter() {
        let (said, sent) =
            told("smtp://awa:secret@127.0.0.1:PORT", &["220 hello", "250-mail.example.org\r\n250 AUTH PLAIN"]).await;
        assert_eq!(said, ["EHLO dtm.example.org", ""]);
        assert_eq!(sent, Err(Refusal::NotPrivate));
    }

    #[tokio::test]
    async fn what_a_server_refuses_for_ever_and_what_for_now_are_told_apart() {
        let clear = "smtp://127.0.0.1:PORT?tls=none";
        let (said, sent) = told(clear, &["220 hello", "250 x", "250 ok", "550 nobody of that name"]).await;
        assert_eq!(said[1..3], ["MAIL FROM:<dtm@example.org>", "RCPT TO:<awa@example.org>"]);
        assert_eq!(sent, Err(Refusal::Never(550)));
        assert_eq!(told(clear, &["220 hello", "250 x", "451 greylisted"]).await.1, Err(Refusal::Later(451)));
        assert_eq!(told(clear, &["220 hello", "250 x", "250 ok", "250 ok", "354 go on", "250 taken"]).await.1, Ok(()));
        assert_eq!(told(clear, &["220 hello", "not a number"]).await.1, Err(Refusal::Unreachable));
    }
}
