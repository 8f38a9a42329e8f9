//! Every address the public pages use. Permanent: an address that was published once leads to the same thing for ever.

use crate::document::Component;
use dtm_model::{Lang, RoundLabel};
use dtm_protect::{Heading, Release};
use std::fmt::Write;

/// The list of operations.
pub fn home(lang: Lang) -> String {
    format!("/{}", lang.code())
}

/// The description of the API.
pub fn api(lang: Lang) -> String {
    format!("/{}/api", lang.code())
}

/// The search over everything published.
pub fn search(lang: Lang) -> String {
    format!("/{}/search", lang.code())
}

/// How figures are made.
pub fn method(lang: Lang) -> String {
    format!("/{}/method", lang.code())
}

/// The words used.
pub fn glossary(lang: Lang) -> String {
    format!("/{}/glossary", lang.code())
}

/// The newest round of an operation.
pub fn country(lang: Lang, operation: &str) -> String {
    format!("/{}/{}", lang.code(), encode(operation))
}

/// Where a partner asks for what is not public.
pub fn request(lang: Lang, operation: &str) -> String {
    format!("{}/request", country(lang, operation))
}

/// Where readers say what they think of what is published.
pub fn feedback(lang: Lang, operation: &str) -> String {
    format!("{}/feedback", country(lang, operation))
}

/// The places that are named, and with a code the profile of one.
pub fn places(lang: Lang, operation: &str, ssid: &str) -> String {
    let list = format!("{}/places", country(lang, operation));
    if ssid.is_empty() { list } else { format!("{list}/{}", encode(ssid)) }
}

/// The page of a round.
pub fn round(lang: Lang, operation: &str, round: &RoundLabel) -> String {
    format!("{}/{}", country(lang, operation), encode(round.as_str()))
}

/// How a round was made: coverage, method, versions.
pub fn about(lang: Lang, operation: &str, round: &RoundLabel) -> String {
    format!("{}/about", self::round(lang, operation, round))
}

/// The newest round of a component.
pub fn component(lang: Lang, operation: &str, component: Component) -> String {
    format!("{}/{}", country(lang, operation), component.slug())
}

/// Where everything of a release stands: its page or report, how it was made, its figures and files.
pub fn folder(lang: Lang, release: &Release) -> String {
    let Heading { operation, round, .. } = release.heading();
    match Component::of(release) {
        Some(of) => format!("{}/{}", component(lang, operation, of), encode(round.as_str())),
        None => self::round(lang, operation, round),
    }
}

/// The report of a release.
pub fn report(lang: Lang, release: &Release) -> String {
    let folder = folder(lang, release);
    // What has no other page has its report for one.
    if Component::of(release).is_some() { folder } else { format!("{folder}/report") }
}

/// An address of a round, of this version of it for ever.
pub fn of_version(address: &str, version: u32) -> String {
    format!("{address}?version={version}")
}

/// A figure or dataset of a round: `areas.csv`, `map.svg`, `data.xlsx`.
pub fn file(lang: Lang, operation: &str, round: &RoundLabel, name: &str) -> String {
    format!("{}/{name}", self::round(lang, operation, round))
}

/// The datasets of an operation.
pub fn datasets(lang: Lang, operation: &str) -> String {
    format!("{}/data", country(lang, operation))
}

/// The page of a dataset.
pub fn dataset(lang: Lang, operation: &str, name: &str) -> String {
    format!("{}/{name}", datasets(lang, operation))
}

/// A file of a dataset over all rounds.
pub fn dataset_file(lang: Lang, operation: &str, name: &str, extension: &str) -> String {
    format!("{}.{extension}", dataset(lang, operation, name))
}

/// The query builder of an operation.
pub fn query(lang: Lang, operation: &str) -> String {
    format!("{}/query", country(lang, operation))
}

/// The explorer of an operation.
pub fn explore(lang: Lang, operation: &str) -> String {
    format!("{}/explore", country(lang, operation))
}

/// A page of the office, in the language of the page that leads there.
pub fn office(lang: Lang, page: &str) -> String {
    format!("/office/language?to={}&next={}", lang.code(), encode(page))
}

/// Where a number comes from. The parts of the key are joined by `|`.
pub fn explain(lang: Lang, heading: &Heading, table: &str, key: &[&str], measure: &str) -> String {
    let page = format!(
        "/office/explain?operation={}&exercise={}&round={}&table={}&key={}&measure={}",
        encode(&heading.operation),
        encode(&heading.exercise),
        encode(heading.round.as_str()),
        encode(table),
        encode(&key.join("|")),
        encode(measure)
    );
    office(lang, &page)
}

/// An address with these pairs behind it; those without a value are left out.
pub fn with_query(address: &str, pairs: &[(&str, &str)]) -> String {
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> = given.map(|(name, value)| format!("{name}={}", encode(value))).collect();
    if query.is_empty() { address.to_owned() } else { format!("{address}?{}", query.join("&")) }
}

/// The text with all but unreserved characters percent-encoded.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            byte => write!(encoded, "%{byte:02X}").expect("writing to a String does not fail"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_chosen_is_not_in_the_address() {
        assert_eq!(with_query("/places", &[("q", ""), ("area", "")]), "/places");
        assert_eq!(
            with_query("/places", &[("q", "camp & co"), ("kind", ""), ("area", "XS")]),
            "/places?q=camp%20%26%20co&area=XS"
        );
    }

    #[test]
    fn a_round_of_any_name_has_an_address() {
        let label = RoundLabel::from("5.1 bis/é");
        assert_eq!(round(Lang::Fr, "xso", &label), "/fr/xso/5.1%20bis%2F%C3%A9");
    }
}
