//! The public pages of a sample country: what must hold of every page, in both languages.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../examples/sample/mod.rs"]
mod sample;

use dtm_model::{Atlas, Lang, Publisher};
use dtm_protect::{Release, Value};
use dtm_publish::page::{self, CountryPage, FIGURES, RoundPage, Standing, figure_svg, figure_table};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::LazyLock;

struct World {
    atlas: Atlas,
    releases: Vec<Release>,
    event: Release,
}

static WORLD: LazyLock<World> =
    LazyLock::new(|| World { atlas: sample::atlas(), releases: sample::releases(), event: sample::emergency() });

fn all() -> Vec<&'static Release> {
    WORLD.releases.iter().chain([&WORLD.event]).collect()
}

fn country(round: usize, lang: Lang, viewer_may_explain: bool) -> String {
    let releases = all();
    let current = releases[round];
    page::country(&CountryPage {
        releases: &releases,
        current,
        atlas: &WORLD.atlas,
        publisher: &Publisher::default(),
        lang,
        newer_version: None,
        components: &[],
        viewer_may_explain,
    })
}

fn about(lang: Lang) -> String {
    let first = sample::release(7, 1);
    page::round(&RoundPage {
        versions: &[&first, &WORLD.releases[7]],
        withdrawn: &[],
        atlas: &WORLD.atlas,
        publisher: &Publisher::default(),
        lang,
    })
}

fn every_page() -> Vec<(&'static str, String)> {
    let mut pages = Vec::new();
    for lang in Lang::ALL {
        pages.push(("country", country(7, lang, false)));
        pages.push(("an earlier round", country(4, lang, false)));
        pages.push(("the first round", country(0, lang, true)));
        pages.push(("about", about(lang)));
        pages.push(("not found", page::not_found(lang)));
    }
    pages
}

/// The size after DEFLATE, which brotli is always below on pages like these.
fn compressed(text: &str) -> usize {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    archive.start_file("p", options).unwrap();
    archive.write_all(text.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner().len()
}

/// The tags of a page, in order.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).filter_map(|after| after.split_once('>')).map(|(tag, _)| tag)
}

#[test]
fn the_country_page_with_its_style_stays_under_thirty_kilobytes() {
    for lang in Lang::ALL {
        let bytes = compressed(&country(7, lang, false)) + compressed(page::STYLESHEET);
        println!("{} {bytes} bytes", lang.code());
        assert!(bytes < 30_000, "{bytes}");
    }
}

#[test]
fn no_page_needs_an_exception_from_a_strict_content_policy() {
    for (name, html) in every_page() {
        for tag in tags(&html) {
            assert!(!tag.starts_with("script") && !tag.starts_with("style"), "{name}: <{tag}>");
            let handler =
                tag.split(" on").skip(1).any(|after| after.trim_start_matches(char::is_alphabetic).starts_with('='));
            assert!(!tag.contains(" style=") && !handler, "{name}: <{tag}>");
            assert!(
                !tag.contains("=\"http") || tag.contains("xmlns=\"http://www.w3.org/2000/svg\""),
                "{name}: <{tag}>"
            );
        }
    }
}

#[test]
fn headings_go_down_one_level_at_a_time_and_there_is_one_title() {
    for (name, html) in every_page() {
        let levels: Vec<u8> = tags(&html).filter_map(|tag| tag.strip_prefix('h')?.get(..1)?.parse().ok()).collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{name}");
        assert_eq!(levels.first(), Some(&1), "{name}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
    }
}

#[test]
fn ids_are_unique_and_links_within_the_page_lead_somewhere() {
    for (name, html) in every_page() {
        let mut ids: BTreeMap<&str, u32> = BTreeMap::new();
        for after in html.split(" id=\"").skip(1) {
            *ids.entry(after.split('"').next().unwrap_or_default()).or_default() += 1;
        }
        let twice: Vec<_> = ids.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "{name}: {twice:?}");
        for after in html.split(" href=\"#").skip(1) {
            let target = after.split('"').next().unwrap_or_default();
            assert!(ids.contains_key(target), "{name}: #{target}");
        }
    }
}

#[test]
fn every_table_has_a_caption_and_its_head_cells_a_scope() {
    for (name, html) in every_page() {
        let count = |tag: &str| tags(&html).filter(|found| found.split(' ').next() == Some(tag)).count();
        assert_eq!(count("table"), count("caption"), "{name}");
        assert!(
            tags(&html).filter(|tag| tag.split(' ').next() == Some("th")).all(|tag| tag.contains("scope=")),
            "{name}"
        );
    }
}

/// Whole numbers of three digits and more that a reader sees, without separators.
fn numbers(html: &str) -> Vec<u64> {
    let mut seen = String::new();
    for part in html.split('<') {
        seen.push_str(part.split_once('>').map_or("", |(_, text)| text));
        seen.push(' ');
    }
    let chars: Vec<char> = seen.chars().collect();
    let mut plain = String::new();
    for (at, c) in chars.iter().enumerate() {
        let digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
        if matches!(c, ',' | '.' | '\u{202f}') && digit(at.checked_sub(1)) && digit(Some(at + 1)) {
            continue;
        }
        plain.push(*c);
    }
    let found = plain.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() >= 3);
    let mut numbers: Vec<u64> = found.filter_map(|run| run.parse().ok()).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn both_languages_say_the_same_figures() {
    // Drawings choose by width which labels they write, so figures are compared where all are written: in the tables.
    let tables = |html: String| -> Vec<u64> {
        html.split("<table")
            .skip(1)
            .flat_map(|table| numbers(table.split("</table>").next().unwrap_or_default()))
            .collect()
    };
    for round in [0, 4, 7] {
        let [en, fr] = Lang::ALL.map(|lang| tables(country(round, lang, false)));
        assert!(en.len() > 200, "{}", en.len());
        assert_eq!(en, fr);
    }
}

#[test]
fn a_number_leads_to_its_explanation_only_for_those_who_may_see_it() {
    assert!(!country(7, Lang::En, false).contains("explain"));
    let page = country(7, Lang::En, true);
    let explained = "/office/explain?operation=xso&exercise=mobility&round=7&table=areas&key=XS&measure=idp_ind";
    let href = format!("/office/language?to=en&amp;next={}", page::links::encode(explained));
    assert!(page.contains(&href), "{}", &page[..4000]);
}

#[test]
fn nobody_is_told_a_hidden_number() {
    let release = &WORLD.releases[7];
    let hidden = release.table("areas").unwrap().rows.iter().find(|row| matches!(row.cells[0].value, Value::Hidden(_)));
    let code = &hidden.expect("the sample has areas with fewer than five people").key[0];
    let page = country(7, Lang::En, false);
    let row = page.split(&format!("<tr id=\"{code}\">")).nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(row.contains("hidden"), "{row}");
    let table = figure_table("map", release, &all(), &WORLD.atlas, Lang::En).unwrap();
    let csv = table.csv();
    let line = csv.lines().find(|line| line.starts_with(code.as_str())).unwrap();
    assert!(line.contains(",,hidden,"), "{line}");
}

#[test]
fn every_figure_has_its_downloads() {
    let releases = all();
    let page = country(7, Lang::Fr, false);
    // Points and needs stand on pages of their own.
    let elsewhere = ["places", "points", "needs"];
    for (name, drawn) in FIGURES.into_iter().filter(|(name, _)| !elsewhere.contains(name)) {
        let current = if name == "emergency" { &WORLD.event } else { releases[7] };
        let table = figure_table(name, current, &releases, &WORLD.atlas, Lang::Fr);
        let table = table.unwrap_or_else(|| panic!("{name} has no table"));
        assert!(table.rows.len() > 3 && table.rows.iter().all(|row| row.len() == table.columns.len()), "{name}");
        assert!(table.json(releases[7]).starts_with("{\"figure\":"), "{name}");
        assert!(page.contains(&format!("/fr/xso/7/{name}.csv")), "{name}");
        if drawn {
            let svg = figure_svg(name, releases[7], &releases, &WORLD.atlas, Lang::Fr, Standing::Alone);
            assert!(svg.is_some_and(|svg| svg.as_str().contains("Source")), "{name}");
            assert!(page.contains(&format!("/fr/xso/7/{name}.svg")), "{name}");
        }
    }
}

#[test]
fn an_emergency_stands_beside_the_newest_round_and_apart_from_its_figures() {
    let page = country(7, Lang::En, true).replace('\u{a0}', " ");
    let card = page.split("id=\"emergency\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(card.contains("2–5 November 2026 · reported from 8 places"), "{card}");
    assert!(card.contains("3 more areas are in the data. Reason: Natural disaster (100%)."), "{card}");
    assert!(card.contains("not to be added"), "{card}");
    assert!(card.contains("exercise%3Devents%26round%3D1%26table%3Dareas"), "{card}");
    assert!(page.contains("<a href=\"#emergency\">Emergency, 2–5 November 2026: 3,713 people displaced ("), "{page}");
    // What came later is not on the page of an earlier round.
    for round in [0, 6] {
        assert!(!country(round, Lang::En, false).contains("emergency"), "{round}");
    }
}

#[test]
fn what_changed_between_versions_is_listed() {
    let page = about(Lang::En).replace('\u{a0}', " ");
    assert!(page.contains("What changed in version 2"), "{page}");
    assert!(page.contains("<td class=\"n\">+40</td>"), "{page}");
    assert!(page.contains("A late report from Karso was added."), "{page}");
}

#[test]
fn an_earlier_round_says_that_there_is_a_newer_one() {
    assert!(country(4, Lang::En, false).contains("There is a newer round: 7"));
    assert!(!country(7, Lang::En, false).contains("There is a newer round"));
}
