//! A Frictionless data package: the datasets as CSV, each with the schema of its columns.

use super::Entry;
use crate::dataset::{Column, Dataset, Kind};
use crate::files::Format;
use dtm_model::Lang;
use serde_json::{Map, Value, json};

/// How the package says where a file is.
pub type Path<'a> = &'a dyn Fn(&Dataset<'_>, Format) -> String;

/// The package; each dataset as CSV in this language, at the paths given.
pub fn package(entry: &Entry<'_, '_>, lang: Lang, path: Path<'_>) -> Value {
    let (first, last) = entry.period().unwrap_or_default();
    let versions = entry.releases.iter().map(|release| {
        let heading = release.heading();
        json!({
            "exercise": heading.exercise, "round": heading.round.as_str(), "version": release.version(),
            "release": release.id().to_string(), "reported_on": heading.reported_on.to_string(),
        })
    });
    let mut licence = json!({ "name": "other-attribution", "title": entry.publisher.licence.get(lang) });
    if let Some(address) = &entry.publisher.licence_address {
        licence["path"] = json!(address);
    }
    let mut contributor =
        json!({ "title": entry.publisher.name, "path": entry.publisher.homepage, "role": "publisher" });
    if let Some(mail) = &entry.publisher.contact {
        contributor["email"] = json!(mail);
    }
    json!({
        "$schema": "https://datapackage.org/profiles/1.0/datapackage.json",
        "profile": "tabular-data-package",
        "name": format!("dtm-{}", entry.slug().to_lowercase()),
        "id": entry.page(lang),
        "title": entry.name(lang),
        "description": entry.notes(lang),
        "homepage": entry.page(lang),
        "created": entry.made_at().to_string(),
        "sources": [{ "title": entry.publisher.name, "path": entry.publisher.homepage }],
        "contributors": [contributor],
        "licenses": [licence],
        "keywords": ["displacement", "internally displaced persons", "DTM"],
        "temporal": { "start": first.to_string(), "end": last.to_string() },
        "releases": versions.collect::<Vec<_>>(),
        "resources": entry.datasets.iter().map(|dataset| resource(entry, dataset, lang, path)).collect::<Vec<_>>(),
    })
}

fn resource(entry: &Entry<'_, '_>, dataset: &Dataset<'_>, lang: Lang, path: Path<'_>) -> Value {
    let mut resource = json!({
        "profile": "tabular-data-resource",
        "name": dataset.name().to_lowercase().replace('_', "-"),
        "title": dataset.title().get(lang),
        "description": dataset.how_to_sum().get(lang),
        "path": path(dataset, Format::Csv),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": { "delimiter": ",", "quoteChar": "\"", "doubleQuote": true, "lineTerminator": "\r\n", "header": true },
        "schema": {
            "fields": dataset.columns().iter().map(|column| field(column, lang)).collect::<Vec<_>>(),
            "missingValues": [""],
        },
    });
    if let Some(sum) = entry.sums.get(&(dataset.name().to_owned(), Format::Csv, lang)) {
        resource["bytes"] = json!(sum.bytes);
        resource["hash"] = json!(format!("sha256:{}", sum.sha256));
    }
    resource
}

fn field(column: &Column, lang: Lang) -> Value {
    let mut field = Map::new();
    let mut say = |name: &str, value: Value| _ = field.insert(name.to_owned(), value);
    say("name", json!(column.name));
    say("title", json!(column.label.get(lang)));
    say("hxl", json!(column.tag));
    if let Some(unit) = &column.unit {
        say("unit", json!(unit.get(lang)));
    }
    match &column.kind {
        Kind::Text => say("type", json!("string")),
        Kind::Integer => say("type", json!("integer")),
        Kind::Decimal => say("type", json!("number")),
        Kind::Date => say("type", json!("date")),
        Kind::Flag => {
            say("type", json!("boolean"));
            say("trueValues", json!(["1"]));
            say("falseValues", json!(["0"]));
        }
        Kind::Choice(choices) => {
            say("type", json!("string"));
            say("constraints", json!({ "enum": choices.iter().map(|choice| &choice.code).collect::<Vec<_>>() }));
            let labels = choices.iter().map(|choice| (choice.code.clone(), json!(choice.label.get(lang))));
            say("labels", Value::Object(labels.collect()));
        }
    }
    Value::Object(field)
}
