//! The query builder: a dataset, which of its rows, rows or sums; and the address that gives just that, with its answer.
//!
//! One form, sent by GET, so that a query is an address that can be passed on. No script is needed.

use super::frame::{frame, public_nav};
use super::links;
use crate::dataset::{Column, Dataset, Kind, Role};
use crate::words::Words;
use askama::Template;
use dtm_model::Lang;

/// Rows of the answer that are shown.
pub const SHOWN: usize = 20;

/// What is asked for and what came back.
pub struct QueryPage<'a, 'd> {
    /// The address of this server as the reader reaches it, without a final slash.
    pub origin: &'a str,
    /// Short name of the operation.
    pub operation: &'a str,
    /// Every dataset of the operation: name and title.
    pub datasets: Vec<(String, String)>,
    /// The dataset that is asked, with codes only and no filter.
    pub dataset: &'a Dataset<'d>,
    /// Whether sums are asked for in place of rows.
    pub sums: bool,
    /// Conditions: column and value.
    pub conditions: &'a [(String, String)],
    /// Columns that sums are told apart by.
    pub per: &'a [String],
    /// The measure that is added up.
    pub measure: &'a str,
    /// The answer, or why there is none.
    pub answer: Result<Answer, String>,
    /// The reader's language.
    pub lang: Lang,
}

/// What came back.
pub struct Answer {
    /// Names of the columns, and whether they hold numbers.
    pub head: Vec<(String, bool)>,
    /// The first rows, as text.
    pub rows: Vec<Vec<String>>,
    /// Whether there are more.
    pub more: bool,
}

struct Choosable {
    name: String,
    label: String,
    /// Code, label, whether it is chosen; none where anything may be typed.
    options: Vec<(String, String, bool)>,
    typed: String,
}

#[derive(Template)]
#[template(path = "query.html")]
struct QueryView<'a> {
    w: &'static Words,
    here: String,
    back: String,
    datasets: Vec<(String, String, bool)>,
    sums: bool,
    conditions: Vec<Choosable>,
    per: Vec<(String, String, bool)>,
    measures: Vec<(String, String, bool)>,
    address: String,
    files: Vec<(String, String)>,
    curl: String,
    python: String,
    r: String,
    answer: &'a Result<Answer, String>,
    how_to_sum: String,
}

/// Columns that a row can be chosen by without knowing more than their codes.
pub(super) fn is_choosable(column: &Column) -> bool {
    let is_code = matches!(column.kind, Kind::Choice(_)) && column.role != Role::Mark;
    is_code
        || ["area", "area_level", "round", "exercise", "adminLevel", "admin2Pcode", "place"]
            .contains(&column.name.as_str())
}

/// The page as HTML.
pub fn query(page: &QueryPage<'_, '_>) -> String {
    let (w, set) = (Words::of(page.lang), page.dataset);
    let given = |name: &str| -> Vec<&str> {
        let of = page.conditions.iter().filter(|(column, _)| column == name);
        of.map(|(_, value)| value.as_str()).collect()
    };
    let rounds = || {
        let mut rounds: Vec<&str> = set.releases().iter().map(|release| release.heading().round.as_str()).collect();
        rounds.dedup();
        rounds
    };
    let choosable = |column: &Column| {
        let mut options: Vec<(String, String, bool)> = column
            .choices()
            .iter()
            .map(|choice| (choice.code.clone(), w.text(&choice.label).to_owned(), false))
            .collect();
        if column.name == "round" {
            options = rounds().into_iter().map(|round| (round.to_owned(), String::new(), false)).collect();
        }
        for (code, _, chosen) in &mut options {
            *chosen = given(&column.name).contains(&code.as_str());
        }
        Choosable {
            name: column.name.clone(),
            label: w.text(&column.label).to_owned(),
            options,
            typed: given(&column.name).first().copied().unwrap_or_default().to_owned(),
        }
    };
    let columns = set.columns();
    let named = |column: &Column, chosen: bool| (column.name.clone(), w.text(&column.label).to_owned(), chosen);
    let is_per = |column: &&Column| {
        (column.role == Role::Key
            && !["operation", "exercise", "round", "reported_on", "version"].contains(&column.name.as_str()))
            || column.name == "area_level"
    };
    let mut pairs: Vec<(&str, &str)> =
        page.conditions.iter().map(|(column, value)| (column.as_str(), value.as_str())).collect();
    let filters = links::with_query("", &pairs);
    let per = page.per.join(",");
    if page.sums {
        pairs.extend([("per", per.as_str()), ("measure", page.measure)]);
    }
    let end = if page.sums { "sums" } else { "rows" };
    let path = format!("/v1/published/{}/datasets/{}/{end}", links::encode(page.operation), set.name());
    let address = format!("{}{}", page.origin, links::with_query(&path, &pairs));
    let file =
        |format: &str| format!("{}{filters}", links::dataset_file(page.lang, page.operation, set.name(), format));
    let view = QueryView {
        w,
        here: links::query(page.lang, page.operation),
        back: links::datasets(page.lang, page.operation),
        datasets: page.datasets.iter().map(|(name, title)| (name.clone(), title.clone(), name == set.name())).collect(),
        sums: page.sums,
        conditions: columns.iter().filter(|column| is_choosable(column)).map(choosable).collect(),
        per: columns.iter().filter(is_per).map(|column| named(column, page.per.contains(&column.name))).collect(),
        measures: columns
            .iter()
            .filter(|column| column.adds_up())
            .map(|column| named(column, column.name == page.measure))
            .collect(),
        files: ["xlsx", "csv", "json"].map(|format| (format.to_uppercase(), file(format))).to_vec(),
        curl: format!("curl \"{address}\""),
        python: format!(
            "import pandas as pd, requests\n\nanswer = requests.get(\"{address}\").json()\nrows = pd.DataFrame(answer[\"rows\"])"
        ),
        r: format!("rows <- jsonlite::fromJSON(\"{address}\")$rows"),
        address,
        answer: &page.answer,
        how_to_sum: w.text(set.how_to_sum()).to_owned(),
    };
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    let path = format!("/{}/query", links::encode(page.operation));
    frame(page.lang, &w.t("query-title"), &public_nav(page.lang, &path, "api"), &inner)
}
