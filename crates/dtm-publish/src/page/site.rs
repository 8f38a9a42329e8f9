//! The pages that belong to no round: the list of operations, problems, and how to call the API.

use super::facts::cell;
use super::frame::{frame, public_nav};
use super::links;
use super::shown::{Markup, shown};
use crate::words::{Arg, Words};
use askama::Template;
use dtm_model::Lang;
use dtm_protect::Release;

/// One operation in the list.
#[derive(Clone, Debug)]
pub struct OperationCard {
    href: String,
    country: String,
    name: String,
    idp: Markup,
    as_of: String,
    rounds: String,
}

impl OperationCard {
    /// The card of an operation, from its newest release and the number of its rounds.
    pub fn of(newest: &Release, n_rounds: usize, lang: Lang) -> OperationCard {
        let w = Words::of(lang);
        let heading = newest.heading();
        let idp = cell(newest.table("areas"), &[heading.admin0.as_str()], "idp_ind");
        OperationCard {
            href: links::country(lang, &heading.operation),
            country: w.text(&heading.country).to_owned(),
            name: w.text(&heading.operation_name).to_owned(),
            idp: shown(w, idp, None),
            as_of: w.t_args(
                "home-as-of",
                &[("round", Arg::from(heading.round.as_str())), ("date", Arg::from(w.date(heading.reported_on)))],
            ),
            rounds: w.t_n("home-rounds", n_rounds as i64),
        }
    }
}

/// What the home page is made from.
#[derive(Clone, Debug)]
pub struct HomePage {
    /// Operations with something published.
    pub operations: Vec<OperationCard>,
    /// The reader's language.
    pub lang: Lang,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomeView<'a> {
    w: &'static Words,
    operations: &'a [OperationCard],
    api: String,
}

/// The list of operations, what the figures are, and where the API is.
pub fn home(page: &HomePage) -> String {
    let w = Words::of(page.lang);
    let view = HomeView { w, operations: &page.operations, api: links::api(page.lang) };
    let mut nav = public_nav(page.lang, "", "home");
    nav.description = Some(w.t("home-lead"));
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    frame(page.lang, &w.t("brand"), &nav, &inner)
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemView<'a> {
    w: &'static Words,
    status: u16,
    title: &'a str,
    detail: &'a str,
    code: String,
    home: String,
}

/// A page that says what went wrong and what to do: the title names it, the detail advises, the code is for support.
pub fn problem(lang: Lang, status: u16, title: &str, detail: &str, code: &str) -> String {
    let w = Words::of(lang);
    let code = if code.is_empty() { String::new() } else { w.t_args("problem-code", &[("code", Arg::from(code))]) };
    let view = ProblemView { w, status, title, detail, code, home: links::home(lang) };
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    let mut nav = public_nav(lang, "", "");
    nav.switch = Some(links::home(w.other()));
    frame(lang, title, &nav, &inner)
}

/// The page for an address that leads nowhere.
pub fn not_found(lang: Lang) -> String {
    let w = Words::of(lang);
    problem(lang, 404, &w.t("not-found-title"), &w.t("not-found-what"), "not-found")
}

/// What the description of the API is made from.
#[derive(Clone, Debug)]
pub struct ApiPage {
    /// The address of this server as the reader reaches it, without a final slash.
    pub origin: String,
    /// A country that has figures, by ISO3 code, for the example.
    pub iso3: String,
    /// Name of one of its operations.
    pub operation: String,
    /// Name of the country as the API says it.
    pub country: String,
    /// Codes of one of its first-level areas and of a second-level area in it, for the examples.
    pub areas: (String, String),
    /// The reader's language.
    pub lang: Lang,
}

#[derive(Template)]
#[template(path = "api.html")]
struct ApiView<'a> {
    w: &'static Words,
    page: &'a ApiPage,
    endpoints: Vec<(String, String)>,
    parameters: Vec<(&'static str, String, String)>,
}

/// How to call the API: endpoints, key, an example with this server's address, parameters.
pub fn api_docs(page: &ApiPage) -> String {
    let w = Words::of(page.lang);
    let lists = [("country-list", "api-country-list"), ("operation-list", "api-operation-list")];
    let levels = [("admin0", "api-admin0"), ("admin1", "api-admin1"), ("admin2", "api-admin2")];
    let mut endpoints: Vec<(String, String)> = lists
        .into_iter()
        .chain(levels)
        .map(|(path, what)| (format!("/v3/displacement/{path}"), w.t_args(what, &[])))
        .collect();
    for path in ["CountryList", "OperationList", "IdpAdmin0Data", "IdpAdmin1Data", "IdpAdmin2Data"] {
        endpoints.push((format!("/v2/{path}"), w.t("api-v2-what")));
    }
    for path in ["country-list", "catalog", "admin2", "download"] {
        endpoints.push((format!("/HNA/v1/{path}"), w.t(&format!("api-hna-{path}"))));
    }
    let parameters = [
        ("Operation", "api-p-operation", page.operation.as_str()),
        ("CountryName", "api-p-country", page.country.as_str()),
        ("Admin0Pcode", "api-p-pcode0", page.iso3.as_str()),
        ("Admin1Pcode", "api-p-pcode1", page.areas.0.as_str()),
        ("Admin2Pcode", "api-p-pcode2", page.areas.1.as_str()),
        ("FromReportingDate", "api-p-from-date", "2025-01-01"),
        ("ToReportingDate", "api-p-to-date", "2025-12-31"),
        ("FromRoundNumber", "api-p-from-round", "1"),
        ("ToRoundNumber", "api-p-to-round", "8"),
    ]
    .into_iter()
    .map(|(name, key, example)| (name, w.t_args(key, &[]), example.to_owned()))
    .collect();
    let view = ApiView { w, page, endpoints, parameters };
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    frame(page.lang, &w.t("api-title"), &public_nav(page.lang, "/api", "api"), &inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_happened_in_the_readers_language() {
        let page = not_found(Lang::Fr);
        assert!(page.contains("Cette page n’existe pas") || page.contains("Cette page n&#39;existe pas"), "{page}");
        let page = problem(Lang::En, 409, "round <8> is closed", "ask the officer", "round-closed");
        assert!(page.contains("round &#60;8&#62; is closed"), "{page}");
    }

    #[test]
    fn the_api_page_shows_this_servers_address() {
        let page = api_docs(&ApiPage {
            origin: "http://127.0.0.1:8080".to_owned(),
            iso3: "XSO".to_owned(),
            operation: "Countrywide monitoring".to_owned(),
            country: "Sorelia".to_owned(),
            areas: ("XS01".to_owned(), "XS0103".to_owned()),
            lang: Lang::En,
        });
        assert!(page.contains("http://127.0.0.1:8080/v3/displacement/admin1?Admin0Pcode=XSO"), "{page}");
    }
}
