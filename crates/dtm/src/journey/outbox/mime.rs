//! A mail as it goes over the wire (RFC 5322): plain text in UTF-8, carried as base64, with headers that hold nothing but
//! ASCII (RFC 2047). Whatever a subject or a name holds, it begins no header of its own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use dtm_model::Instant;
use std::fmt;

/// Bytes of text in one encoded word, so that its line stays below 78 characters.
const WORD: usize = 39;
/// Bytes of text in one line of the body: 76 characters of base64.
const LINE: usize = 57;

/// Somebody's name and mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mailbox {
    pub(super) name: String,
    pub(crate) address: String,
}

impl Mailbox {
    /// Reads `awa@example.org` or `Awa Diop <awa@example.org>`; none where the address is not one that every mail server takes.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>') {
            Some(rest) => rest.rsplit_once('<')?,
            None => ("", text),
        };
        let (local, domain) = address.split_once('@')?;
        let plain = |part: &str, more: &str| {
            let dots = !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
            dots && !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        let sound =
            plain(local, ".!#$%&'*+-/=?^_`{|}~") && plain(domain, ".-") && local.len() <= 64 && domain.len() <= 255;
        let name = name.trim().trim_matches('"').trim().to_owned();
        (sound && !name.contains(char::is_control)).then(|| Self { name, address: address.to_owned() })
    }

    /// What stands after the at sign.
    pub(super) fn domain(&self) -> &str {
        self.address.split_once('@').map_or("localhost", |(_, domain)| domain)
    }

    fn header(&self) -> String {
        if self.name.is_empty() { self.address.clone() } else { format!("{} <{}>", encoded(&self.name), self.address) }
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => f.write_str(&self.address),
            name => write!(f, "{name} <{}>", self.address),
        }
    }
}

/// A mail.
pub(super) struct Text<'a> {
    pub(super) id: String,
    pub(super) from: &'a Mailbox,
    pub(super) to: &'a Mailbox,
    pub(super) at: Instant,
    pub(super) subject: &'a str,
    pub(super) body: &'a str,
}

impl Text<'_> {
    pub(super) fn on_the_wire(&self) -> Vec<u8> {
        let Self { id, from, to, at, subject, body } = self;
        let date = DateTime::from_timestamp_millis(at.as_millis()).unwrap_or_default().to_rfc2822();
        let mut wire = format!(
            "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {date}\r\nMessage-ID: <{id}>\r\n\
             Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n",
            from.header(),
            to.header(),
            encoded(subject)
        );
        // The lines of a text end with CRLF wherever it is read.
        let body = body.replace("\r\n", "\n").replace('\n', "\r\n");
        for line in body.as_bytes().chunks(LINE) {
            wire.push_str(&STANDARD.encode(line));
            wire.push_str("\r\n");
        }
        wire.into_bytes()
    }
}

/// Text in a header: as it is where it is short and plain, else in encoded words, each of whole characters.
fn encoded(text: &str) -> String {
    if text.len() <= WORD && text.chars().all(|c| c.is_ascii_alphanumeric() || " -'/".contains(c)) {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if words.last().is_some_and(|word| word.len() + c.len_utf8() > WORD) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    let words: Vec<String> = words.iter().map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word))).collect();
    words.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_that_every_mail_server_takes() {
        let read = |text: &str| Mailbox::read(text).map(|mailbox| (mailbox.name, mailbox.address));
        let awa = |name: &str| Some((name.to_owned(), "awa@example.org".to_owned()));
        assert_eq!(read("awa@example.org"), awa(""));
        assert_eq!(read(" Awa Diop <awa@example.org> "), awa("Awa Diop"));
        assert_eq!(read("\"DTM: Sorélie\" <awa@example.org>"), awa("DTM: Sorélie"));
        for odd in [
            "awa",
            "awa@",
            "@example.org",
            "awa@example.org\r\nBcc: all@example.org",
            "a>b@example.org",
            "a b@example.org",
            "awa@exa mple.org",
            "..@example.org",
            "é@example.org",
            "A\r\nX: y <awa@example.org>",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_letter_is_ascii_on_the_wire_and_its_subject_begins_no_header() {
        let (from, to) =
            (Mailbox::read("DTM Sorélie <dtm@example.org>").unwrap(), Mailbox::read("awa@example.org").unwrap());
        let subject = "Alerte\u{202f}: 240 ménages déplacés à Nord-Est\r\nBcc: all@example.org";
        let text = Text {
            id: "1@example.org".to_owned(),
            from: &from,
            to: &to,
            at: Instant::from_millis(1_767_600_000_000),
            subject,
            body: "Une ligne.\nUne autre, très longue : «\u{a0}éèà\u{a0}» et encore des mots pour qu’elle soit longue.\n.\n",
        };
        let wire = String::from_utf8(text.on_the_wire()).unwrap();
        assert!(wire.is_ascii() && wire.lines().all(|line| line.len() <= 78), "{wire}");
        let (head, body) = wire.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("\r\nBcc"), "{head}");
        assert!(head.contains("\r\nDate: Mon, 5 Jan 2026 08:00:00 +0000\r\n"), "{head}");
        let body = STANDARD.decode(body.replace("\r\n", "")).unwrap();
        assert_eq!(String::from_utf8(body).unwrap(), text.body.replace('\n', "\r\n"));
        assert_eq!(encoded("A short subject"), "A short subject");
    }
}
