//! How a round was made: what it covers, what is carried and hidden, its versions and what changed between them.

use super::country::{hiding, method};
use super::facts::{areas_of_level, cell};
use super::figures::area_name;
use super::frame::{frame, public_nav, publisher_facts, source_line};
use super::links;
use super::shown::{Markup, bar, shown};
use crate::errata;
use crate::words::{Arg, Words};
use askama::Template;
use chrono::NaiveDate;
use dtm_model::{Atlas, Lang, Publisher};
use dtm_protect::{Release, ReleasedCell};

/// Changed figures listed one by one.
const LISTED: usize = 40;

/// What the page about a round is made from.
#[derive(Clone, Copy)]
pub struct RoundPage<'a> {
    /// All versions of the round's release, oldest first; at least one.
    pub versions: &'a [&'a Release],
    /// Versions that were withdrawn, oldest first.
    pub withdrawn: &'a [Withdrawn],
    /// Areas.
    pub atlas: &'a Atlas,
    /// Who publishes, and under which licence.
    pub publisher: &'a Publisher,
    /// The reader's language.
    pub lang: Lang,
}

/// What is left of a version that was withdrawn.
#[derive(Clone, Debug)]
pub struct Withdrawn {
    /// The version.
    pub version: u32,
    /// When it was made.
    pub made_on: NaiveDate,
    /// When it was withdrawn.
    pub withdrawn_on: NaiveDate,
    /// Why, as it was given.
    pub why: String,
}

struct Version {
    number: u32,
    made_on: String,
    reason: String,
    n_changed: String,
    /// Where it can be read; nowhere if it was withdrawn.
    href: Option<String>,
}

struct ChangeRow {
    area: String,
    measure: String,
    before: Markup,
    after: Markup,
    difference: String,
}

struct Changes {
    heading: String,
    caption: String,
    rows: Vec<ChangeRow>,
    more: String,
    /// All of it as a file.
    get: String,
}

#[derive(Template)]
#[template(path = "round.html")]
struct RoundView {
    w: &'static Words,
    kicker: String,
    heading: String,
    back: String,
    coverage: Vec<(String, String, Markup)>,
    carried: Vec<(String, Markup, String)>,
    method: Vec<(String, String)>,
    publisher: Vec<(String, String)>,
    hiding: Vec<String>,
    versions: Vec<Version>,
    changes: Vec<Changes>,
    source: String,
}

/// The page about a round as HTML; the page «not found» where there is no version at all.
pub fn round(page: &RoundPage<'_>) -> String {
    let w = Words::of(page.lang);
    let Some(newest) = page.versions.last() else { return super::not_found(page.lang) };
    let heading = newest.heading();
    let title = w.t_args("about-title", &[("round", Arg::from(heading.round.as_str()))]);
    let mut versions = Vec::new();
    let mut changes = Vec::new();
    for (at, release) in page.versions.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| page.versions[before]);
        let changed = before.map(|before| changed(before, release, page.atlas, w));
        versions.push(Version {
            number: release.version(),
            made_on: w.date(release.made_at().date()),
            reason: match before {
                None if w.text(release.reason()).is_empty() => w.t("about-first"),
                _ => w.text(release.reason()).to_owned(),
            },
            n_changed: changed.as_ref().map(|rows| w.number(rows.len() as i64)).unwrap_or_default(),
            href: Some(links::of_version(
                &links::round(page.lang, &heading.operation, &heading.round),
                release.version(),
            )),
        });
        if let (Some(mut rows), Some(before)) = (changed, before) {
            let n_more = rows.len().saturating_sub(LISTED);
            rows.truncate(LISTED);
            changes.push(Changes {
                heading: w.t_args("about-changes", &[("version", Arg::from(i64::from(release.version())))]),
                caption: w.t_args("about-changes-caption", &[("version", Arg::from(i64::from(before.version())))]),
                rows,
                more: if n_more > 0 { w.t_n("about-changes-more", n_more as i64) } else { String::new() },
                get: links::of_version(
                    &links::file(page.lang, &heading.operation, &heading.round, "changes.csv"),
                    release.version(),
                ),
            });
        }
    }
    versions.extend(page.withdrawn.iter().map(|tombstone| Version {
        number: tombstone.version,
        made_on: w.date(tombstone.made_on),
        reason: w.t_args(
            "about-withdrawn",
            &[("date", Arg::from(w.date(tombstone.withdrawn_on))), ("reason", Arg::from(tombstone.why.clone()))],
        ),
        n_changed: String::new(),
        href: None,
    }));
    versions.sort_by_key(|version| version.number);
    versions.reverse();
    changes.reverse();
    let view = RoundView {
        w,
        kicker: format!("{} · {}", w.text(&heading.country), w.text(&heading.operation_name)),
        heading: title.clone(),
        back: links::round(page.lang, &heading.operation, &heading.round),
        coverage: coverage(newest, w),
        carried: carried(newest, page.atlas, w),
        method: method(newest, w),
        publisher: publisher_facts(page.publisher, w),
        hiding: hiding(newest, w),
        versions,
        changes,
        source: source_line(newest, w),
    };
    let path = format!("/{}/{}/about", links::encode(&heading.operation), links::encode(heading.round.as_str()));
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    frame(page.lang, &format!("{title} – {}", w.text(&heading.country)), &public_nav(page.lang, &path, "home"), &inner)
}

fn coverage(release: &Release, w: &Words) -> Vec<(String, String, Markup)> {
    let heading = release.heading();
    let planned = i64::from(heading.n_places_planned);
    let (reached, carried) = (i64::from(heading.n_places_reached), i64::from(heading.n_places_carried));
    let mut lines = vec![("about-planned", planned), ("about-reached", reached), ("about-carried", carried)];
    // Where more is carried than was missed, places outside the round's scope are among the carried: how many planned
    // places have no figure cannot be said then, and the carried are no part of the planned.
    let within = reached + carried <= planned;
    if within {
        lines.push(("about-missing", planned - reached - carried));
    }
    let line = |(key, count): (&str, i64)| {
        let part = planned > 0 && count != planned && (within || key != "about-carried");
        let share = if part { format!(" · {}", w.percent(count, planned)) } else { String::new() };
        let bar = if part || count == planned { bar(Some(count), planned) } else { Markup::default() };
        (w.t_args(key, &[]), format!("{}{share}", w.number(count)), bar)
    };
    lines.into_iter().map(line).collect()
}

/// First- and second-level areas part of whose figure is carried: name, figure, how much of it.
fn carried(release: &Release, atlas: &Atlas, w: &Words) -> Vec<(String, Markup, String)> {
    let Some(table) = release.table("areas") else { return Vec::new() };
    let level = if areas_of_level(table, 2).is_empty() { 1 } else { 2 };
    let mut rows: Vec<(&str, ReleasedCell)> = areas_of_level(table, level)
        .into_iter()
        .map(|code| (code, cell(Some(table), &[code], "idp_ind")))
        .filter(|(_, cell)| cell.carried.is_none_or(|carried| carried > 0))
        .collect();
    rows.sort_by(|a, b| b.1.known_carried().cmp(&a.1.known_carried()).then(a.0.cmp(b.0)));
    rows.into_iter()
        .map(|(code, cell)| {
            let part = cell.carried.map(|carried| {
                let whole = cell.value.number().unwrap_or(carried);
                format!("{} · {}", w.number(carried), w.percent(carried, whole))
            });
            let part = part.unwrap_or_else(|| w.t("value-withheld"));
            (area_name(atlas, w, code), shown(w, cell, None), part)
        })
        .collect()
}

/// The figures by area that differ between two versions, in the order of areas and measures.
fn changed(before: &Release, after: &Release, atlas: &Atlas, w: &Words) -> Vec<ChangeRow> {
    let changes = errata::changed("areas", before.table("areas"), after.table("areas"));
    let row = |change: errata::Change| ChangeRow {
        area: area_name(atlas, w, &change.key[0]),
        measure: w.label("measure", &change.measure),
        before: shown(w, change.before, None),
        after: shown(w, change.after, None),
        difference: change.difference().map_or_else(|| "–".to_owned(), |difference| w.difference(difference)),
    };
    changes.into_iter().map(row).collect()
}
