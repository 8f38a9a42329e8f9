//! The few lines that read a dataset in each tool an analyst uses, with its real address filled in.
//!
//! In: a dataset, the address of this server, a language. Out: one snippet a tool. What is written here is run by the tests
//! where the tool can be installed: a snippet that does not work is a bug.

use crate::dataset::{Dataset, Role};
use crate::page::links;
use dtm_model::Lang;

/// The lines for one tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Stable name: `r`, `python`, `stata`, `spss`, `sql`, `powerbi`, `excel`, `qgis`, `curl`.
    pub id: &'static str,
    /// What the tool is called.
    pub tool: &'static str,
    /// The lines; for tools without lines what to type where.
    pub code: String,
    /// The key of the words that say what to do with it.
    pub words: &'static str,
}

/// Where a dataset can be read.
#[derive(Clone, Copy, Debug)]
pub struct Where<'a> {
    /// The address of this server as the reader reaches it, without a final slash.
    pub origin: &'a str,
    /// The host and port that SQL clients reach, where there is such a door.
    pub sql: Option<(&'a str, u16)>,
    /// The language of labels and names.
    pub lang: Lang,
}

/// The snippets for a dataset.
pub fn of(dataset: &Dataset<'_>, place: Where<'_>) -> Vec<Snippet> {
    let Some(operation) = dataset.releases().last().map(|release| release.heading().operation.as_str()) else {
        return Vec::new();
    };
    let name = dataset.name();
    let file = |format: &str| format!("{}{}", place.origin, links::dataset_file(place.lang, operation, name, format));
    let odata = format!("{}/odata/{}", place.origin, links::encode(operation));
    let measure = dataset.columns().iter().find(|column| column.role == Role::Measure);
    let measure = measure.map_or("*", |measure| measure.name.as_str());
    let (csv, dta, sav) = (file("csv"), file("dta"), file("sav"));
    let snippet = |id, tool, words, code: String| Snippet { id, tool, code, words };
    let mut all = vec![
        snippet(
            "python",
            "Python",
            "snippet-python",
            format!("import pandas as pd\n\n{name} = pd.read_csv(\"{csv}\")\nprint({name}.head())"),
        ),
        snippet("r", "R", "snippet-r", format!("{name} <- read.csv(\"{csv}\", encoding = \"UTF-8\")\nhead({name})")),
        snippet("stata", "Stata", "snippet-stata", format!("use \"{dta}\", clear\ndescribe")),
        snippet(
            "spss",
            "SPSS",
            "snippet-spss",
            format!("* {sav}\nGET FILE='{}'.\nDISPLAY DICTIONARY.", kept_as(operation, name, place.lang, "sav")),
        ),
    ];
    if let Some((host, port)) = place.sql {
        all.push(snippet(
            "sql",
            "SQL",
            "snippet-sql",
            format!("psql \"host={host} port={port} dbname=dtm user=dtm password=$DTM_KEY\" \\\n  -c 'select * from \"{operation}\".\"{name}\" limit 5'"),
        ));
    }
    all.extend([
        snippet("duckdb", "DuckDB", "snippet-duckdb", format!("select round, sum({measure})\nfrom read_parquet('{}')\ngroup by round;", file("parquet"))),
        snippet("powerbi", "Power BI", "snippet-powerbi", format!("let\n    Source = OData.Feed(\"{odata}\", null, [Implementation = \"2.0\"]),\n    {name} = Source{{[Name = \"{name}\", Signature = \"table\"]}}[Data]\nin\n    {name}")),
        snippet("excel", "Excel", "snippet-excel", odata.clone()),
        snippet("curl", "curl", "snippet-curl", format!("curl -f -C - -o {} \"{csv}\"", kept_as(operation, name, place.lang, "csv"))),
    ]);
    if dataset.has_shapes() {
        all.push(snippet("qgis", "QGIS", "snippet-qgis", format!("{}/ogc", place.origin)));
    }
    all
}

/// The name a file of a dataset over all rounds is kept under.
pub fn kept_as(operation: &str, dataset: &str, lang: Lang, extension: &str) -> String {
    let plain = |text: &str| {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect::<String>()
    };
    format!("dtm-{}-{dataset}-{}.{extension}", plain(operation), lang.code())
}
