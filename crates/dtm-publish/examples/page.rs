//! Writes every public page of the sample country, in English and French, into a folder:
//! `cargo run -p dtm-publish --example page -- FOLDER`, then open `FOLDER/country.en.html`.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod sample;

use dtm_model::{Lang, Publisher};
use dtm_publish::page::{self, ApiPage, CountryPage, HomePage, OperationCard, RoundPage};
use std::path::PathBuf;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "pages".to_owned()));
    std::fs::create_dir_all(&folder).unwrap();
    let atlas = sample::atlas();
    let (releases, event) = (sample::releases(), sample::emergency());
    let releases: Vec<_> = releases.iter().chain([&event]).collect();
    let (current, first) = (releases[7], sample::release(7, 1));
    let publisher = Publisher::default();
    for lang in Lang::ALL {
        let write = |name: &str, html: String| {
            // The pages link to the server's style sheet; on disk it stands beside them.
            let html = html.replace(&page::stylesheet_path(), "style.css");
            std::fs::write(folder.join(format!("{name}.{}.html", lang.code())), html).unwrap();
        };
        let country = CountryPage {
            releases: &releases,
            current,
            atlas: &atlas,
            publisher: &publisher,
            lang,
            newer_version: None,
            components: &[],
            viewer_may_explain: false,
        };
        write("country", page::country(&country));
        write("round5", page::country(&CountryPage { current: releases[4], ..country }));
        write("explain", page::country(&CountryPage { components: &[], viewer_may_explain: true, ..country }));
        write(
            "round",
            page::round(&RoundPage {
                versions: &[&first, current],
                withdrawn: &[],
                atlas: &atlas,
                publisher: &publisher,
                lang,
            }),
        );
        let card = OperationCard::of(current, releases.len() - 1, lang);
        write("home", page::home(&HomePage { operations: vec![card.clone(), card], lang }));
        write("not-found", page::not_found(lang));
        write(
            "api",
            page::api_docs(&ApiPage {
                origin: "http://127.0.0.1:8080".to_owned(),
                iso3: "XSO".to_owned(),
                operation: "Countrywide monitoring".to_owned(),
                country: "Sorelia".to_owned(),
                areas: ("XS01".to_owned(), "XS0103".to_owned()),
                lang,
            }),
        );
        for (name, drawn) in page::FIGURES {
            let drawing =
                page::figure_svg(name, current, &releases, &atlas, lang, page::Standing::Alone).filter(|_| drawn);
            if let Some(svg) = drawing {
                std::fs::write(folder.join(format!("{name}.{}.svg", lang.code())), svg.0).unwrap();
            }
        }
    }
    std::fs::write(folder.join("style.css"), page::STYLESHEET).unwrap();
    println!("written to {}", folder.display());
}
