//! The frame around every page, public or of the back office, and the one style sheet.

use super::links;
use super::shown::Markup;
use crate::words::{Arg, Words};
use askama::Template;
use dtm_model::{Lang, Publisher};
use dtm_protect::Release;

/// The style sheet of all pages.
pub const STYLESHEET: &str = include_str!("style.css");

/// The address of the style sheet, which changes whenever its content does, so that it may be cached for ever.
pub fn stylesheet_path() -> String {
    // FNV-1a: a change of a byte must change the address, nothing more is asked of it.
    let hash = STYLESHEET
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("/assets/style.{:08x}.css", hash >> 32)
}

/// One entry of the navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavItem {
    /// What it says.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether this page belongs to it.
    pub current: bool,
}

/// The head of a page.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Nav {
    /// Where the name of the system leads.
    pub home: String,
    /// Entries.
    pub items: Vec<NavItem>,
    /// The same page in the other language.
    pub switch: Option<String>,
    /// A sentence for search engines and previews.
    pub description: Option<String>,
    /// Whether figures stand on it: then its foot says what they are, and whose boundaries the maps show.
    pub public: bool,
    /// Markup at the end of the head, made and escaped by the caller: a sign-out form.
    pub end: String,
}

#[derive(Template)]
#[template(path = "frame.html")]
struct FrameView<'a> {
    w: &'a Words,
    other: &'a Words,
    /// Where the foot leads: how figures are made, the words used.
    foot: [(String, String); 2],
    title: &'a str,
    nav: &'a Nav,
    style: String,
    end: Markup,
    inner: Markup,
}

/// A whole page: `inner_html` is what stands in `<main>`, made and escaped by the caller; wrap it in `.wrap`.
pub fn frame(lang: Lang, title: &str, nav: &Nav, inner_html: &str) -> String {
    let w = Words::of(lang);
    let view = FrameView {
        w,
        other: Words::of(w.other()),
        foot: [(links::method(lang), w.t("foot-method")), (links::glossary(lang), w.t("foot-glossary"))],
        title,
        nav,
        style: stylesheet_path(),
        end: Markup(nav.end.clone()),
        inner: Markup(inner_html.to_owned()),
    };
    view.render().expect("rendering to a String fails only where a template's value does")
}

/// The head of a public page. `path` is its address without the language: `/xso/8`, empty for the home page.
pub fn public_nav(lang: Lang, path: &str, current: &str) -> Nav {
    let w = Words::of(lang);
    let item = |label: String, href: String, name: &str| NavItem { label, href, current: name == current };
    Nav {
        home: links::home(lang),
        items: vec![
            item(w.t("nav-operations"), links::home(lang), "home"),
            item(w.t("nav-search"), links::search(lang), "search"),
            item(w.t("nav-api"), links::api(lang), "api"),
            item(w.t("nav-office"), links::office(lang, "/office"), "office"),
        ],
        switch: Some(format!("/{}{path}", w.other().code())),
        description: None,
        public: true,
        end: String::new(),
    }
}

/// Who answers for what a page shows, and what may be done with it: terms and what is said of them.
pub(super) fn publisher_facts(publisher: &Publisher, w: &Words) -> Vec<(String, String)> {
    let beside = |words: &str, more: &Option<String>| match more {
        Some(more) => format!("{words} ({more})"),
        None => words.to_owned(),
    };
    vec![
        (w.t("method-publisher"), beside(&publisher.name, &publisher.contact)),
        (w.t("method-licence"), beside(w.text(&publisher.licence), &publisher.licence_address)),
    ]
}

/// The source, date and version of a release in one line.
pub(super) fn source_line(release: &Release, w: &Words) -> String {
    let heading = release.heading();
    let operation = format!("{}, {}", w.text(&heading.country), w.text(&heading.operation_name));
    w.t_args(
        "source-line",
        &[
            ("operation", Arg::from(operation)),
            ("round", Arg::from(heading.round.as_str())),
            ("date", Arg::from(w.date(heading.reported_on))),
            ("version", Arg::from(i64::from(release.version()))),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_switch_keeps_the_page() {
        let page = frame(Lang::En, "Round 8", &public_nav(Lang::En, "/xso/8", "home"), "<p>inner</p>");
        assert!(page.contains("href=\"/fr/xso/8\" hreflang=\"fr\" lang=\"fr\""), "{page}");
        assert!(page.contains("<html lang=\"en\""), "{page}");
    }

    #[test]
    fn a_title_cannot_break_out_of_the_head() {
        let page = frame(Lang::Fr, "</title><script>", &public_nav(Lang::Fr, "", "home"), "");
        assert!(!page.contains("<script>"), "{page}");
    }
}
