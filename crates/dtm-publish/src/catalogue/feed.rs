//! News of releases as Atom (RFC 4287), one feed a language: published, corrected, withdrawn.
//!
//! An entry keeps its id for ever; the same piece of news has the same id in every feed of its language.

use dtm_model::{BlobHash, Instant, Lang, Publisher, ReleaseId, Text};
use std::fmt::Write;

/// What happened to a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A round was published for the first time.
    Published,
    /// A round has a new version, for this reason.
    Corrected(Text),
    /// A release was withdrawn, for this reason.
    Withdrawn(String),
}

/// A piece of news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The release.
    pub release: ReleaseId,
    /// When it happened.
    pub at: Instant,
    /// What happened.
    pub what: What,
    /// Country and operation.
    pub operation: Text,
    /// Short name of the operation in addresses.
    pub slug: String,
    /// Label of the round.
    pub round: String,
    /// Name of the exercise.
    pub exercise: String,
    /// Version of the round's release.
    pub version: u32,
}

impl News {
    fn title(&self, lang: Lang) -> String {
        let (operation, round, version) = (self.operation.get(lang), &self.round, self.version);
        let exercise = &self.exercise;
        match (lang, &self.what) {
            (Lang::En, What::Published) => format!("{operation}: round {round} of {exercise} is published"),
            (Lang::Fr, What::Published) => format!("{operation}\u{a0}: le cycle {round} de {exercise} est publié"),
            (Lang::En, What::Corrected(_)) => {
                format!("{operation}: round {round} of {exercise} has a new version, {version}")
            }
            (Lang::Fr, What::Corrected(_)) => {
                format!("{operation}\u{a0}: le cycle {round} de {exercise} a une nouvelle version, {version}")
            }
            (Lang::En, What::Withdrawn(_)) => {
                format!("{operation}: version {version} of round {round} of {exercise} is withdrawn")
            }
            (Lang::Fr, What::Withdrawn(_)) => {
                format!("{operation}\u{a0}: la version {version} du cycle {round} de {exercise} est retirée")
            }
        }
    }

    fn summary(&self, lang: Lang) -> Option<&str> {
        match &self.what {
            What::Published => None,
            What::Corrected(reason) => Some(reason.get(lang)),
            What::Withdrawn(reason) => Some(reason.as_str()),
        }
        .filter(|reason| !reason.is_empty())
    }

    fn word(&self) -> &'static str {
        match self.what {
            What::Published => "published",
            What::Corrected(_) => "corrected",
            What::Withdrawn(_) => "withdrawn",
        }
    }

    /// A name made from the release and what happened to it.
    fn id(&self, lang: Lang) -> String {
        let hash = BlobHash::of(format!("{}\u{1f}{}\u{1f}{}", self.release, self.word(), lang.code()).as_bytes());
        let digits = &hash.as_str()[..32];
        // Of version 8, whose bits are the maker's own.
        format!(
            "urn:uuid:{}-{}-8{}-8{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[13..16],
            &digits[17..20],
            &digits[20..]
        )
    }
}

/// What a feed says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Feed<'a> {
    /// What it is called.
    pub title: &'a str,
    /// Where it is.
    pub address: &'a str,
    /// The page that it is about.
    pub page: &'a str,
    /// Who publishes what it tells of; at least one.
    pub publishers: &'a [Publisher],
}

/// The feed with these news, newest first.
pub fn atom(feed: &Feed<'_>, news: &[News], base: &str, lang: Lang) -> String {
    let mut news: Vec<&News> = news.iter().collect();
    news.sort_by_key(|news| std::cmp::Reverse((news.at, news.id(lang))));
    let updated = news.first().map_or(Instant::from_millis(0), |news| news.at);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    _ = write!(
        out,
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n<id>{address}</id>\n<title>{}</title>\n<updated>{updated}</updated>\n{}<link rel=\"self\" type=\"application/atom+xml\" href=\"{address}\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"{page}\"/>\n",
        lang.code(),
        escaped(feed.title),
        feed.publishers.iter().map(author).collect::<String>(),
        address = escaped(feed.address),
        page = escaped(feed.page),
    );
    for one in news {
        let link = format!("{base}/{}/{}/{}", lang.code(), one.slug, one.round);
        _ = write!(
            out,
            "<entry>\n<id>{}</id>\n<title>{}</title>\n<updated>{at}</updated>\n<published>{at}</published>\n<category term=\"{}\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n",
            one.id(lang),
            escaped(&one.title(lang)),
            one.word(),
            escaped(&link),
            at = one.at,
        );
        let summary = one.summary(lang).map_or_else(|| one.title(lang), str::to_owned);
        _ = write!(out, "<summary>{}</summary>\n</entry>\n", escaped(&summary));
    }
    out + "</feed>\n"
}

fn author(publisher: &Publisher) -> String {
    let mail = publisher.contact.as_ref().map(|mail| format!("<email>{}</email>", escaped(mail)));
    let (name, home) = (escaped(&publisher.name), escaped(&publisher.homepage));
    format!("<author><name>{name}</name><uri>{home}</uri>{}</author>\n", mail.unwrap_or_default())
}

/// The text as XML may hold it: characters that XML has no way to write are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
