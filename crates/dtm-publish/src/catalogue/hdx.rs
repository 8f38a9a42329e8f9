//! What HDX is told: an entry ready for CKAN's `package_create`, and the settings of its quick charts.
//!
//! Fields and their fixed values are those of HDX (update frequencies, its vocabulary of tags, groups as ISO 3166-1
//! alpha-3 codes in small letters). Resources point to our own addresses, so the entry stays right when a round is added.

use super::Entry;
use crate::dataset::API_ROWS;
use crate::files::Format;
use dtm_model::Lang;
use serde_json::{Value, json};

/// HDX's list of how often data are expected, in days.
const FREQUENCIES: [i64; 11] = [1, 2, 7, 14, 30, 60, 90, 120, 180, 365, 730];

/// Never: nothing more is collected.
const NEVER: i64 = -1;

/// As needed: nothing can be said from a single round.
const AS_NEEDED: i64 = -2;

/// The vocabulary that HDX's tags are of.
const TAGS: &str = "b891512e-9516-4bf5-962a-7a289772a2a1";

/// Whom HDX is to show as owner and maintainer; its own ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The organisation.
    pub organisation: Option<String>,
    /// The person who looks after the entry.
    pub maintainer: Option<String>,
}

/// The short name of the operation's entry.
pub fn name(entry: &Entry<'_, '_>) -> String {
    let iso3 = entry.newest().map_or("", |release| &release.heading().iso3).to_lowercase();
    // Short names of operations often begin with the country's code; it is said once.
    let rest = entry.slug().strip_prefix(iso3.as_str()).unwrap_or(entry.slug()).trim_matches('-');
    let rest = if rest.is_empty() { String::new() } else { format!("-{rest}") };
    let whole = format!("dtm-{iso3}{rest}-displacement");
    let plain = whole.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    plain.take(100).collect()
}

/// The expected frequency of updates: the usual distance of rounds, as the nearest on HDX's list.
pub fn frequency(entry: &Entry<'_, '_>) -> i64 {
    if !entry.active {
        return NEVER;
    }
    let mut days: Vec<_> = entry.releases.iter().map(|release| release.heading().reported_on).collect();
    days.sort();
    days.dedup();
    let mut gaps: Vec<i64> = days.windows(2).map(|pair| (pair[1] - pair[0]).num_days()).collect();
    gaps.sort_unstable();
    match gaps.get(gaps.len() / 2) {
        None => AS_NEEDED,
        Some(gap) => FREQUENCIES.into_iter().min_by_key(|days| (days - gap).abs()).unwrap_or(AS_NEEDED),
    }
}

/// The entry for `package_create` and `package_update`.
pub fn package(entry: &Entry<'_, '_>, owner: &Owner) -> Value {
    let lang = Lang::En;
    let (first, last) = entry.period().unwrap_or_default();
    let iso3 = entry.newest().map_or("", |release| &release.heading().iso3).to_lowercase();
    let levels = entry.datasets.iter().any(|dataset| ["areas", API_ROWS].contains(&dataset.name()));
    let tag = |name: &str| json!({ "name": name, "vocabulary_id": TAGS });
    let mut package = json!({
        "name": name(entry),
        "title": format!("{} - Displacement [IOM DTM]", entry.name(lang).replace(" – ", " - ")),
        "notes": entry.notes(lang),
        "private": false,
        "dataset_source": entry.publisher.name,
        "dataset_date": format!("[{first}T00:00:00 TO {last}T23:59:59]"),
        "data_update_frequency": frequency(entry).to_string(),
        "methodology": "Other",
        "methodology_other": entry.methodology(lang),
        "caveats": entry.caveats(lang),
        "license_id": "hdx-other",
        "license_other": entry.publisher.licence.get(lang),
        "groups": [{ "name": iso3 }],
        "tags": [tag("displacement"), tag("hxl"), tag("internally displaced persons-idp")],
        "subnational": if levels { "1" } else { "0" },
        "resources": resources(entry),
    });
    let mut say = |field: &str, value: &Option<String>| {
        if let Some(value) = value {
            package[field] = json!(value);
        }
    };
    say("owner_org", &owner.organisation);
    say("maintainer", &owner.maintainer);
    package
}

/// The CSV with tags first, as HDX shows and charts it; then each dataset as CSV and workbook.
fn resources(entry: &Entry<'_, '_>) -> Vec<Value> {
    let lang = Lang::En;
    let mut resources = Vec::new();
    if entry.datasets.iter().any(|dataset| dataset.name() == API_ROWS) {
        resources.push(json!({
            "name": "Displaced persons by area, reason and origin (CSV, HXL)",
            "description": "One row an area, round, reason and origin; add up rows of one round and one level only.",
            "format": "csv",
            "url": charted(entry),
            "url_type": "api",
            "resource_type": "api",
            "p_coded": true,
        }));
    }
    for dataset in entry.datasets {
        let is_coded =
            dataset.columns().iter().any(|column| column.tag.contains("#adm") && column.tag.contains("+code"));
        for (format, name) in [(Format::HxlCsv, "CSV"), (Format::Xlsx, "XLSX")] {
            let mut resource = json!({
                "name": format!("{} ({name}, HXL)", dataset.title().get(lang)),
                "description": dataset.how_to_sum().get(lang),
                "format": name.to_lowercase(),
                "url": entry.file(dataset.name(), format, lang),
                "url_type": "api",
                "resource_type": "api",
                "p_coded": is_coded,
            });
            if let Some(sum) = entry.sums.get(&(dataset.name().to_owned(), format, lang)) {
                resource["size"] = json!(sum.bytes);
                resource["hash"] = json!(sum.sha256);
            }
            resources.push(resource);
        }
    }
    resources
}

/// The CSV that HDX shows and charts: the first resource.
fn charted(entry: &Entry<'_, '_>) -> String {
    format!("{}/hdx.csv", entry.page(Lang::En))
}

/// The settings of the quick charts: the newest figure of the country, its course, and its areas.
///
/// Each looks only at the rows of one level of areas, since HDX's charts add up what they are given.
pub fn quick_charts(entry: &Entry<'_, '_>) -> Value {
    let address = charted(entry);
    let newest = entry.newest().map_or_else(String::new, |release| release.heading().round.number().to_string());
    let source = entry.publisher.name.as_str();
    let recipe = |level: &str, rounds: Option<&str>| {
        let mut recipe = vec![json!({ "filter": "with_rows", "queries": [format!("#adm+level={level}")] })];
        recipe
            .extend(rounds.map(|round| json!({ "filter": "with_rows", "queries": [format!("#round+code={round}")] })));
        json!(recipe)
    };
    let bite = |kind: &str, id: &str, title: &str, by: Option<&str>, date: Option<&str>, recipe: Value| {
        json!({
            "type": kind,
            "init": true,
            "filteredValues": [],
            "errorMsg": null,
            "ingredient": {
                "aggregateColumn": by, "valueColumn": "#affected+idps", "aggregateFunction": "sum", "dateColumn": date,
                "comparisonValueColumn": null, "comparisonOperator": null, "filters": { "recipe": recipe },
                "title": title, "description": null,
            },
            "uiProperties": { "swapAxis": true, "showGrid": true, "color": "#1ebfb3", "dataTitle": "Displaced persons", "title": title },
            "displayCategory": "Displacement", "hashCode": id,
        })
    };
    json!({
        "configVersion": 5,
        "title": entry.name(Lang::En),
        "cookbookName": "dtm",
        "source": source,
        "url": address,
        "bites": [
            bite("key figure", "displaced-now", "Displaced persons, newest round", None, None, recipe("0", Some(&newest))),
            bite("timeseries", "displaced-by-date", "Displaced persons by date", None, Some("#date+reported"), recipe("0", None)),
            bite("chart", "displaced-by-area", "Displaced persons by first-level area, newest round", Some("#adm1+name"), None, recipe("1", Some(&newest))),
        ],
    })
}
