//! Pages that explain, and the search over what is published: how figures are made, the words used.

use super::frame::{frame, public_nav};
use super::links;
use super::places::folded;
use crate::words::{Arg, Words};
use askama::Template;
use dtm_model::{Atlas, Lang};
use dtm_protect::Release;

/// What the page on the method tells, in its order.
const METHOD: [&str; 12] = [
    "counts",
    "rounds",
    "people",
    "checks",
    "settled",
    "carried",
    "protected",
    "versions",
    "flows",
    "events",
    "needs",
    "limits",
];
/// The words that are explained, in their order.
const GLOSSARY: [&str; 22] = [
    "operation",
    "exercise",
    "round",
    "area",
    "pcode",
    "place",
    "site",
    "host",
    "idp",
    "returnee",
    "household",
    "origin",
    "carried",
    "hidden",
    "nothing",
    "range",
    "fmp",
    "event",
    "release",
    "version",
    "dataset",
    "hxl",
];
/// Results of one kind on a page.
const SHOWN: usize = 12;

#[derive(Template)]
#[template(path = "guide.html")]
struct GuideView {
    title: String,
    lead: String,
    /// Id, heading and words of each entry.
    entries: Vec<(&'static str, String, String)>,
    /// Whether the entries are words, not sections.
    are_words: bool,
}

fn guide(lang: Lang, name: &str, keys: &[&'static str], prefix: &str) -> String {
    let w = Words::of(lang);
    let entry = |key: &&'static str| (*key, w.t(&format!("{prefix}-{key}")), w.t(&format!("{prefix}-{key}-what")));
    let title = w.t(&format!("guide-{name}-title"));
    let view = GuideView {
        title: title.clone(),
        lead: w.t(&format!("guide-{name}-lead")),
        entries: keys.iter().map(entry).collect(),
        are_words: name == "glossary",
    };
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    frame(lang, &title, &public_nav(lang, &format!("/{name}"), name), &inner)
}

/// How figures are made, for who reads them.
pub fn method(lang: Lang) -> String {
    guide(lang, "method", &METHOD, "how")
}

/// The words used.
pub fn glossary(lang: Lang) -> String {
    guide(lang, "glossary", &GLOSSARY, "gloss")
}

/// An operation that is searched.
#[derive(Clone, Copy)]
pub struct Searched<'a> {
    /// Its newest releases, of every exercise, oldest first; of the last with places these are found.
    pub releases: &'a [&'a Release],
    /// Rounds with a page, oldest first.
    pub rounds: &'a [&'a Release],
    /// Names and titles of its datasets.
    pub datasets: &'a [(String, String)],
    /// Its areas.
    pub atlas: &'a Atlas,
}

/// Something found: where it is, its name, and what tells it from others.
type Found = (String, String, String);

#[derive(Template)]
#[template(path = "search.html")]
struct SearchView<'a> {
    w: &'static Words,
    here: String,
    wanted: &'a str,
    said: String,
    /// Heading, results, whether there are more.
    groups: Vec<(String, Vec<Found>, bool)>,
}

/// The search as HTML. An empty text finds nothing and asks for one.
pub fn search(operations: &[Searched<'_>], wanted: &str, lang: Lang) -> String {
    let w = Words::of(lang);
    let folded_wanted = folded(wanted);
    let fits = |texts: &[&str]| texts.iter().any(|text| folded(text).contains(&folded_wanted));
    let mut groups: [(&str, Vec<Found>); 5] =
        ["areas", "places", "rounds", "datasets", "words"].map(|name| (name, vec![]));
    if !folded_wanted.is_empty() {
        for of in operations {
            let Some(newest) = of.releases.last() else { continue };
            let operation = newest.heading().operation.as_str();
            let within = w.text(&newest.heading().country).to_owned();
            for area in (0..=2).flat_map(|level| of.atlas.level(level)) {
                let code = area.pcode.as_str();
                let names = [area.name.get(Lang::En), area.name.get(Lang::Fr), code];
                let is_shown = of
                    .rounds
                    .last()
                    .is_some_and(|round| round.table("areas").is_some_and(|table| table.row(&[code]).is_some()));
                if is_shown && fits(&names) {
                    let level = format!("{within} · admin {} · {code}", area.level);
                    let href = match area.level {
                        0 => links::country(lang, operation),
                        _ => format!("{}#{code}", links::country(lang, operation)),
                    };
                    groups[0].1.push((href, w.text(&area.name).to_owned(), level));
                }
            }
            if let Some(round) = of.rounds.last() {
                for place in round.places().iter().filter(|place| fits(&[&place.name, place.ssid.as_str()])) {
                    let href = links::places(lang, operation, place.ssid.as_str());
                    groups[1].1.push((href, place.name.clone(), format!("{within} · {}", place.ssid)));
                }
            }
            for round in of.rounds.iter().rev() {
                let heading = round.heading();
                let name = w.t_args("round", &[("label", Arg::from(heading.round.as_str()))]);
                let operation_name = w.text(&heading.operation_name);
                if fits(&[&name, operation_name, &within]) {
                    let dates = w.date_range(heading.starts_on, heading.ends_on);
                    groups[2].1.push((
                        links::round(lang, operation, &heading.round),
                        format!("{operation_name}, {name}"),
                        format!("{within} · {dates}"),
                    ));
                }
            }
            for (name, title) in of.datasets.iter().filter(|(name, title)| fits(&[name, title])) {
                groups[3].1.push((links::dataset(lang, operation, name), title.clone(), format!("{within} · {name}")));
            }
        }
        for key in GLOSSARY {
            let (word, what) = (w.t(&format!("gloss-{key}")), w.t(&format!("gloss-{key}-what")));
            if fits(&[&word]) {
                groups[4].1.push((format!("{}#{key}", links::glossary(lang)), word, what));
            }
        }
    }
    let n: usize = groups.iter().map(|(_, found)| found.len()).sum();
    let said = match (folded_wanted.is_empty(), n) {
        (true, _) => String::new(),
        (false, 0) => w.t_args("search-none", &[("q", Arg::from(wanted))]),
        (false, n) => w.t_args("search-found", &[("q", Arg::from(wanted)), ("n", Arg::from(n as i64))]),
    };
    let group = |(name, mut found): (&str, Vec<Found>)| {
        let is_more = found.len() > SHOWN;
        found.truncate(SHOWN);
        (!found.is_empty()).then(|| (w.t(&format!("search-{name}")), found, is_more))
    };
    let here = links::search(lang);
    let view = SearchView { w, here, wanted, said, groups: groups.into_iter().filter_map(group).collect() };
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    let own = links::with_query("/search", &[("q", wanted)]);
    frame(lang, &w.t("search-title"), &public_nav(lang, &own, "search"), &inner)
}
