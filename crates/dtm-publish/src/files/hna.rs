//! The answers of the HNA API, version 1: which countries and indicators there are, and pages of rows.
//!
//! In: releases with a table of needs, the parameters of a call. Out: what the client of that API reads, in the two envelopes
//! that its gateway puts around it. The rows are those of [`household_needs`].

use super::json::Object;
use crate::dataset::hna::{GROUPS, PREFIX, needs, said};
use crate::dataset::{Dataset, Datum, Surveyed, household_needs, names};
use chrono::Datelike;
use dtm_model::Lang;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rows of one page.
pub const PER_PAGE: usize = 50;

/// What a call asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// ISO 3166-1 alpha-3 code of the country.
    pub country: String,
    /// The year that figures are reported for.
    pub year: i32,
    /// The country's name, where it was given too.
    pub name: Option<String>,
    /// Codes of population groups; all where there is none.
    pub groups: Vec<&'static str>,
}

/// Why a call cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HnaProblem {
    /// A parameter is not given.
    #[error("{parameter} is required")]
    Missing {
        /// The parameter.
        parameter: &'static str,
    },
    /// A number is not one.
    #[error("{parameter} must be a whole number, not `{value}`")]
    Number {
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: String,
    },
    /// A group is not known.
    #[error("PopulationGroup has no `{value}`; the groups are {known}")]
    Group {
        /// What was given.
        value: String,
        /// The groups.
        known: String,
    },
}

impl HnaProblem {
    /// What to tell the caller.
    pub fn message(&self, lang: Lang) -> String {
        match (lang, self) {
            (Lang::En, problem) => problem.to_string(),
            (Lang::Fr, HnaProblem::Missing { parameter }) => format!("le paramètre {parameter} est nécessaire"),
            (Lang::Fr, HnaProblem::Number { parameter, value }) => {
                format!("{parameter} doit être un nombre entier, et non « {value} »")
            }
            (Lang::Fr, HnaProblem::Group { value, known }) => {
                format!("PopulationGroup ne connaît pas « {value} » ; les groupes sont {known}")
            }
        }
    }
}

/// The longest text that is said back to a caller.
const LONGEST_SAID: usize = 60;

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_SAID).collect()
}

impl Query {
    /// Reads the parameters of a call and the page; names in any case, unknown ones ignored.
    ///
    /// # Errors
    /// Country or year is not given, a number is none, a group is not known.
    pub fn parse<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<(Query, usize), HnaProblem> {
        let given: BTreeMap<String, &str> = pairs
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
            // The API's word for «not given» is 0.
            .filter(|(_, value)| !["", "0"].contains(value))
            .collect();
        let text = |parameter: &'static str| {
            let found = given.get(&parameter.to_ascii_lowercase()).copied();
            found.ok_or(HnaProblem::Missing { parameter })
        };
        let number = |parameter: &'static str, value: &str| -> Result<u32, HnaProblem> {
            let read = value.parse().ok().filter(|number| *number <= 1_000_000);
            read.ok_or_else(|| HnaProblem::Number { parameter, value: shortened(value) })
        };
        let (country, year) = (text("Admin0Pcode")?, number("Year", text("Year")?)?);
        let page = number("Page", text("Page").unwrap_or("1"))?.max(1) as usize;
        let mut groups = Vec::new();
        for word in
            text("PopulationGroup").unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty())
        {
            let same = |known: &str| known.eq_ignore_ascii_case(word);
            let known = GROUPS.iter().find(|(code, spelled)| same(code) || same(spelled));
            let (code, _) = known.ok_or_else(|| HnaProblem::Group {
                value: shortened(word),
                known: GROUPS.map(|(_, word)| word).join(", "),
            })?;
            if !groups.contains(code) {
                groups.push(*code);
            }
        }
        let name = text("Admin0Name").ok().map(str::to_owned);
        Ok((Query { country: country.to_ascii_uppercase(), year: year as i32, name, groups }, page))
    }

    /// The releases that it is about.
    pub fn chosen<'a>(&self, releases: &[Surveyed<'a>]) -> Vec<Surveyed<'a>> {
        let fits = |surveyed: &&Surveyed<'a>| {
            let heading = surveyed.release.heading();
            let name = self.name.as_ref();
            heading.iso3 == self.country
                && heading.reported_on.year() == self.year
                && name.is_none_or(|name| name.to_lowercase() == surveyed.country().to_lowercase())
        };
        releases.iter().filter(fits).copied().collect()
    }

    /// The rows that it is about.
    ///
    /// # Errors
    /// See [`household_needs`].
    pub fn rows<'a>(&self, releases: &[Surveyed<'a>]) -> Result<Dataset<'a>, crate::dataset::FilterProblem> {
        household_needs(&self.chosen(releases), &self.groups)
    }
}

/// One page of rows, from 1, with where it stands among all.
pub fn page(dataset: &Dataset<'_>, page: usize) -> Value {
    let before = page.saturating_sub(1).saturating_mul(PER_PAGE);
    let (mut data, mut total) = (Vec::new(), 0usize);
    for (at, row) in dataset.rows().enumerate() {
        total = at + 1;
        if at < before || data.len() == PER_PAGE {
            continue;
        }
        let mut object = json!(Object { cells: &row.cells, columns: dataset.columns() });
        for (column, cell) in dataset.columns().iter().zip(&row.cells) {
            if let Datum::Date(day) = cell {
                object[&column.name] = json!(format!("{day}T00:00:00"));
            }
        }
        data.push(object);
    }
    let pages = total.div_ceil(PER_PAGE);
    json!({
        "data": data,
        "pagination": {
            "currentPage": page, "pageSize": PER_PAGE, "totalCount": total, "totalPages": pages,
            "hasPreviousPage": page > 1, "hasNextPage": page < pages,
        },
    })
}

/// The countries with needs, by name.
pub fn country_list(releases: &[Surveyed<'_>]) -> Value {
    let surveyed = releases.iter().filter(|surveyed| surveyed.table().is_some());
    let countries: BTreeMap<&str, &str> =
        surveyed.map(|surveyed| (surveyed.country(), surveyed.release.heading().iso3.as_str())).collect();
    countries.into_iter().map(|(name, iso3)| json!({ "admin0Name": name, "admin0Pcode": iso3 })).collect()
}

/// The indicators, by sector and name: the columns that rows may have.
pub fn catalog(releases: &[Surveyed<'_>], lang: Lang) -> Value {
    let mut rows: Vec<(String, String, String)> = needs(releases)
        .into_iter()
        .map(|(key, need)| {
            let category = names::sector_name(&need.sector).get(lang).to_owned();
            (category, format!("{PREFIX}{key}"), said(need, lang))
        })
        .collect();
    rows.sort();
    let row = |(category, name, description)| {
        json!({
            "indicator_category": category, "indicator_name": name, "description": description,
            "data_type": "decimal",
        })
    };
    rows.into_iter().map(row).collect()
}

/// An answer in its envelopes. The outer one is what the public service's gateway writes of a task that ran to its end (5).
pub fn envelope(result: &Value) -> Value {
    json!({
        "result": { "result": result, "isSuccess": true, "errorMessages": [] },
        "id": 1, "exception": null, "status": 5,
    })
}

/// The envelopes where there is no answer; the client shows the message.
pub fn failure(message: &str) -> Value {
    json!({
        "result": { "result": null, "isSuccess": false, "errorMessages": [message] },
        "id": 1, "exception": null, "status": 5,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_names_country_and_year_and_groups_in_the_words_of_the_api() {
        let parse = |pairs: &[(&str, &str)]| Query::parse(pairs.iter().copied());
        let (query, page) = parse(&[
            ("admin0pcode", "xso"),
            ("Year", "2026"),
            ("PopulationGroup", "IDP, idp returnee,IDP"),
            ("Page", "3"),
        ])
        .unwrap();
        assert_eq!((query.country.as_str(), query.year, page), ("XSO", 2026, 3));
        assert_eq!(query.groups, ["idp", "returnee_idp"]);
        let said = |pairs: &[(&str, &str)]| parse(pairs).unwrap_err().message(Lang::En);
        assert_eq!(said(&[("Year", "2026")]), "Admin0Pcode is required");
        assert_eq!(said(&[("Admin0Pcode", "XSO"), ("Year", "")]), "Year is required");
        assert_eq!(said(&[("Admin0Pcode", "XSO"), ("Year", "0")]), "Year is required");
        let (all, first) =
            parse(&[("Admin0Pcode", "XSO"), ("Year", "2026"), ("PopulationGroup", "0"), ("Page", "0")]).unwrap();
        assert_eq!((all.groups.len(), first), (0, 1));
        assert_eq!(said(&[("Admin0Pcode", "XSO"), ("Year", "soon")]), "Year must be a whole number, not `soon`");
        let odd = said(&[("Admin0Pcode", "XSO"), ("Year", "2026"), ("PopulationGroup", "IDPs")]);
        assert!(odd.starts_with("PopulationGroup has no `IDPs`; the groups are IDP, IDP returnee,"), "{odd}");
    }
}
