//! A document as a page: the same content as its PDF, Word and slides.

use super::asked::{asked, below};
use super::frame::{frame, public_nav};
use super::links;
use super::shown::Markup;
use crate::document::{self, Block, Component, Document, Sources, Table};
use crate::words::{Arg, Words};
use askama::Template;
use dtm_model::{Atlas, Lang};
use dtm_protect::Release;

/// What the report of a round is made from.
#[derive(Clone, Copy)]
pub struct ReportPage<'a> {
    /// The round it is about.
    pub current: &'a Release,
    /// The rounds before it.
    pub earlier: &'a [&'a Release],
    /// Areas and outlines.
    pub atlas: &'a Atlas,
    /// The reader's language.
    pub lang: Lang,
    /// The number of the round's newest version, where `current` is an older one.
    pub newer_version: Option<u32>,
    /// All rounds of the exercise, oldest first.
    pub rounds: &'a [&'a Release],
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportView<'a> {
    w: &'static Words,
    d: &'a Document,
    /// Where newer figures are.
    newer: Option<(String, String)>,
    gets: Vec<(&'static str, String)>,
    back: String,
    about: String,
    /// The other rounds, the newest first.
    others: Vec<(String, String)>,
    /// Asks whether the page serves.
    asked: Markup,
    page: &'a ReportPage<'a>,
}

impl ReportView<'_> {
    fn numeric(&self, table: &Table, at: &usize) -> bool {
        table.columns.get(*at).is_some_and(|column| column.numeric)
    }

    /// The files of a figure.
    fn files(&self, name: &str) -> Vec<(&'static str, String)> {
        [("CSV", "csv"), ("JSON", "json"), ("SVG", "svg"), ("PNG", "png")]
            .map(|(format, extension)| (format, self.page.file(&format!("{name}.{extension}"))))
            .to_vec()
    }
}

impl ReportPage<'_> {
    fn sources(&self) -> Sources<'_> {
        Sources { current: self.current, earlier: self.earlier, atlas: self.atlas, lang: self.lang }
    }

    fn file(&self, name: &str) -> String {
        self.of_version(format!("{}/{name}", links::folder(self.lang, self.current)))
    }

    /// The address, of the version that is shown where a newer one exists.
    fn of_version(&self, address: String) -> String {
        match self.newer_version {
            Some(_) => links::of_version(&address, self.current.version()),
            None => address,
        }
    }
}

/// Where the parts of a page lead.
struct Ways {
    here: String,
    back: String,
    newer: Option<(String, String)>,
    others: Vec<(String, String)>,
    gets: Vec<(&'static str, String)>,
}

/// The report of a round as HTML.
pub fn report(page: &ReportPage<'_>) -> String {
    let w = Words::of(page.lang);
    let current = page.current;
    let named = |release: &Release| w.t_args("round", &[("label", Arg::from(release.heading().round.as_str()))]);
    let newer_version = page.newer_version.map(|number| {
        let words = w.t_args("newer-version", &[("version", Arg::from(i64::from(number)))]);
        (links::report(page.lang, current), words)
    });
    let newest = page.rounds.last().filter(|newest| newest.heading().round != current.heading().round);
    let newer_round = newest.map(|newest| {
        let label = newest.heading().round.as_str();
        (links::report(page.lang, newest), w.t_args("newer-round", &[("round", Arg::from(label))]))
    });
    let others = page.rounds.iter().rev().filter(|other| other.heading().round != current.heading().round);
    let files = [("PDF", "report.pdf"), ("Word", "report.docx"), ("PowerPoint", "report.pptx"), ("Excel", "data.xlsx")];
    let ways = Ways {
        here: page.of_version(links::report(page.lang, current)),
        back: match Component::of(current) {
            Some(_) => links::country(page.lang, &current.heading().operation),
            None => links::folder(page.lang, current),
        },
        newer: newer_version.or(newer_round),
        others: others.map(|other| (links::report(page.lang, other), named(other))).collect(),
        gets: files.map(|(format, name)| (format, page.file(name))).to_vec(),
    };
    shown(page, &document::report(&page.sources()), ways)
}

/// The profile of a place that the round names as HTML; nothing for another place.
pub fn place(page: &ReportPage<'_>, ssid: &str) -> Option<String> {
    let document = document::site_profile(&page.sources(), ssid)?;
    let here = links::places(page.lang, &page.current.heading().operation, ssid);
    let files = [("PDF", "profile.pdf"), ("Word", "profile.docx"), ("PowerPoint", "profile.pptx")];
    let ways = Ways {
        back: links::places(page.lang, &page.current.heading().operation, ""),
        newer: None,
        others: Vec::new(),
        gets: files.map(|(format, name)| (format, format!("{here}/{name}"))).to_vec(),
        here,
    };
    Some(shown(page, &document, ways))
}

fn shown(page: &ReportPage<'_>, document: &Document, ways: Ways) -> String {
    let w = Words::of(page.lang);
    let operation = &page.current.heading().operation;
    let mut nav = public_nav(page.lang, ways.here.strip_prefix(&links::home(page.lang)).unwrap_or_default(), "home");
    nav.description = Some(format!("{}: {}", document.country, document.title));
    let view = ReportView {
        w,
        d: document,
        newer: ways.newer,
        gets: ways.gets,
        back: ways.back,
        about: page.file("about"),
        others: ways.others,
        asked: asked(page.lang, operation, below(&ways.here, page.lang, operation)),
        page,
    };
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    frame(page.lang, &format!("{} – {}", document.document_title, document.kind), &nav, &inner)
}
