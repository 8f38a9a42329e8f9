//! DCAT-AP for catalogues of open data, and schema.org for search engines.

use super::Entry;
use super::graph::{Node, Object, json_ld, turtle};
use crate::dataset::Dataset;
use crate::files::Format;
use dtm_model::{Instant, Lang, Publisher, Text};
use serde_json::{Value, json};

const EU: &str = "http://publications.europa.eu/resource/authority";

/// The catalogue of this server in Turtle.
pub fn catalogue_turtle(base: &str, entries: &[Entry<'_, '_>]) -> String {
    turtle(&nodes(base, entries))
}

/// The catalogue of this server in JSON-LD.
pub fn catalogue_json_ld(base: &str, entries: &[Entry<'_, '_>]) -> Value {
    json_ld(&nodes(base, entries))
}

fn in_all(text: &Text) -> Vec<Object> {
    Lang::ALL.into_iter().map(|lang| Object::Words(text.get(lang).to_owned(), lang.code())).collect()
}

fn said(words: impl Fn(Lang) -> String) -> Vec<Object> {
    Lang::ALL.into_iter().map(|lang| Object::Words(words(lang), lang.code())).collect()
}

fn at(moment: Instant) -> Object {
    Object::Value(moment.to_string(), "xsd:dateTime")
}

fn language(lang: Lang) -> Object {
    let code = match lang {
        Lang::En => "ENG",
        Lang::Fr => "FRA",
    };
    Object::Address(format!("{EU}/language/{code}"))
}

fn nodes(base: &str, entries: &[Entry<'_, '_>]) -> Vec<Node> {
    let title = Text::both("Displacement data", "Données sur les déplacements");
    let described = Text::both(
        "What this server publishes on displaced and mobile people: every dataset of every operation, in every format.",
        "Ce que ce serveur publie sur les personnes déplacées et mobiles : chaque jeu de données de chaque opération, dans chaque format.",
    );
    let mut catalogue = Node::new(Some(format!("{base}/catalogue")), &["dcat:Catalog"])
        .say_all("dct:title", in_all(&title))
        .say_all("dct:description", in_all(&described))
        .say("foaf:homepage", Object::Address(format!("{base}/")))
        .say_all("dct:language", Lang::ALL.map(language));
    if let Some(entry) = entries.first() {
        catalogue = catalogue.say("dct:publisher", publisher(entry));
    }
    if let Some(newest) = entries.iter().map(Entry::made_at).max() {
        catalogue = catalogue.say("dct:modified", at(newest));
    }
    let mut nodes = Vec::new();
    for entry in entries {
        for dataset in entry.datasets {
            let node = described_dataset(entry, dataset);
            catalogue = catalogue.say_all("dcat:dataset", node.id.clone().map(Object::Address));
            nodes.push(node);
            for format in Format::of(dataset) {
                nodes.extend(Lang::ALL.map(|lang| distribution(entry, dataset, format, lang)));
            }
        }
    }
    nodes.insert(0, catalogue);
    nodes
}

/// Whom to ask about the data.
fn contact(publisher: &Publisher) -> Object {
    Object::Thing(
        Node::new(None, &["vcard:Organization"])
            .say("vcard:fn", Object::Value(publisher.name.clone(), "xsd:string"))
            .say("vcard:hasURL", Object::Address(publisher.homepage.clone()))
            .say_all("vcard:hasEmail", publisher.contact.iter().map(|mail| Object::Address(format!("mailto:{mail}")))),
    )
}

fn publisher(entry: &Entry<'_, '_>) -> Object {
    let publisher = entry.publisher;
    Object::Thing(
        Node::new(None, &["foaf:Agent"])
            .say("foaf:name", Object::Words(publisher.name.clone(), "en"))
            .say("foaf:homepage", Object::Address(publisher.homepage.clone())),
    )
}

/// The name of a dataset for ever: the address of its page in no language.
fn id(entry: &Entry<'_, '_>, dataset: &Dataset<'_>) -> String {
    format!("{}/catalogue/{}/{}", entry.base, entry.slug(), dataset.name())
}

fn described_dataset(entry: &Entry<'_, '_>, dataset: &Dataset<'_>) -> Node {
    let title = |lang: Lang| format!("{} – {}", entry.name(lang), dataset.title().get(lang));
    let described = |lang: Lang| {
        let (notes, sum) = (entry.notes(lang), dataset.how_to_sum().get(lang));
        format!("{notes} {sum} {}", entry.caveats(lang))
    };
    let iso3 = entry.newest().map_or("", |release| &release.heading().iso3);
    let mut node = Node::new(Some(id(entry, dataset)), &["dcat:Dataset"])
        .say_all("dct:title", said(title))
        .say_all("dct:description", said(described))
        .say("dct:identifier", Object::Value(id(entry, dataset), "xsd:string"))
        .say("dct:issued", at(entry.issued_at()))
        .say("dct:modified", at(entry.made_at()))
        .say("dct:publisher", publisher(entry))
        .say("dcat:contactPoint", contact(entry.publisher))
        .say("dct:accessRights", Object::Address(format!("{EU}/access-right/PUBLIC")))
        .say("dct:accrualPeriodicity", Object::Address(format!("{EU}/frequency/{}", periodicity(entry))))
        .say("dcat:theme", Object::Address(format!("{EU}/data-theme/SOCI")))
        .say("dct:spatial", Object::Address(format!("{EU}/country/{iso3}")))
        .say_all("dct:language", Lang::ALL.map(language))
        .say_all("dcat:keyword", said(|lang| Text::both("displacement", "déplacement").get(lang).to_owned()))
        .say_all("dcat:landingPage", Lang::ALL.map(|lang| Object::Address(entry.page(lang))));
    if let Some(newest) = entry.newest() {
        let version = format!("{}.{}", newest.heading().round, newest.version());
        node = node.say("dcat:version", Object::Value(version, "xsd:string"));
    }
    if let Some((first, last)) = entry.period() {
        node = node.say(
            "dct:temporal",
            Object::Thing(
                Node::new(None, &["dct:PeriodOfTime"])
                    .say("dcat:startDate", Object::Value(first.to_string(), "xsd:date"))
                    .say("dcat:endDate", Object::Value(last.to_string(), "xsd:date")),
            ),
        );
    }
    let files = Format::of(dataset)
        .flat_map(|format| Lang::ALL.map(|lang| Object::Address(entry.file(dataset.name(), format, lang))));
    node.say_all("dcat:distribution", files)
}

/// The name of the frequency in the list that the European portals share.
fn periodicity(entry: &Entry<'_, '_>) -> &'static str {
    match super::hdx::frequency(entry) {
        -1 => "NEVER",
        1 => "DAILY",
        2 => "OTHER",
        7 => "WEEKLY",
        14 => "BIWEEKLY",
        30 => "MONTHLY",
        60 => "BIMONTHLY",
        90 => "QUARTERLY",
        120 => "ANNUAL_3",
        180 => "ANNUAL_2",
        365 => "ANNUAL",
        730 => "BIENNIAL",
        _ => "IRREG",
    }
}

fn distribution(entry: &Entry<'_, '_>, dataset: &Dataset<'_>, format: Format, lang: Lang) -> Node {
    let address = entry.file(dataset.name(), format, lang);
    let media_type = format.media_type().split(';').next().unwrap_or_default();
    let mut node = Node::new(Some(address.clone()), &["dcat:Distribution"])
        .say_all("dct:title", in_all(&format.title()))
        .say("dcat:accessURL", Object::Address(entry.page(lang)))
        .say("dcat:downloadURL", Object::Address(address))
        .say("dcat:mediaType", Object::Address(format!("https://www.iana.org/assignments/media-types/{media_type}")))
        .say("dct:language", language(lang))
        .say("dct:modified", at(entry.made_at()));
    let licence = &entry.publisher.licence;
    node = match &entry.publisher.licence_address {
        Some(address) => node.say("dct:license", Object::Address(address.clone())),
        None => node.say(
            "dct:license",
            Object::Thing(Node::new(None, &["dct:LicenseDocument"]).say_all("dct:title", in_all(licence))),
        ),
    };
    if let Some(sum) = entry.sums.get(&(dataset.name().to_owned(), format, lang)) {
        node = node.say("dcat:byteSize", Object::Value(sum.bytes.to_string(), "xsd:nonNegativeInteger")).say(
            "spdx:checksum",
            Object::Thing(
                Node::new(None, &["spdx:Checksum"])
                    .say(
                        "spdx:algorithm",
                        Object::Address("http://spdx.org/rdf/terms#checksumAlgorithm_sha256".to_owned()),
                    )
                    .say("spdx:checksumValue", Object::Value(sum.sha256.clone(), "xsd:hexBinary")),
            ),
        );
    }
    node
}

/// A dataset as schema.org describes it, for the page about it.
pub fn schema_org(entry: &Entry<'_, '_>, dataset: &Dataset<'_>, lang: Lang) -> Value {
    let mut publisher =
        json!({ "@type": "Organization", "name": entry.publisher.name, "url": entry.publisher.homepage });
    if let Some(mail) = &entry.publisher.contact {
        publisher["email"] = json!(mail);
    }
    let files: Vec<Value> = Format::of(dataset)
        .map(|format| {
            let address = entry.file(dataset.name(), format, lang);
            let media_type = format.media_type().split(';').next();
            let mut file = json!({
                "@type": "DataDownload", "contentUrl": address, "encodingFormat": media_type,
                "name": format.title().get(lang),
            });
            if let Some(sum) = entry.sums.get(&(dataset.name().to_owned(), format, lang)) {
                file["contentSize"] = json!(sum.bytes.to_string());
                file["sha256"] = json!(sum.sha256);
            }
            file
        })
        .collect();
    let measured: Vec<Value> = dataset
        .columns()
        .iter()
        .filter(|column| column.unit.is_some())
        .map(|column| {
            let unit = column.unit.as_ref().map(|unit| unit.get(lang));
            json!({ "@type": "PropertyValue", "name": column.name, "description": column.label.get(lang), "unitText": unit })
        })
        .collect();
    let (first, last) = entry.period().unwrap_or_default();
    json!({
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": id(entry, dataset),
        "name": format!("{} – {}", entry.name(lang), dataset.title().get(lang)),
        "description": format!("{} {}", entry.notes(lang), dataset.how_to_sum().get(lang)),
        "url": entry.page(lang),
        "identifier": id(entry, dataset),
        "inLanguage": lang.code(),
        "isAccessibleForFree": true,
        "license": entry.publisher.licence_address.clone().unwrap_or_else(|| entry.page(lang)),
        "creator": publisher, "publisher": publisher,
        "dateModified": entry.made_at().to_string(),
        "datePublished": entry.issued_at().to_string(),
        "temporalCoverage": format!("{first}/{last}"),
        "spatialCoverage": entry.newest().map(|release| release.heading().country.get(lang)),
        "variableMeasured": measured,
        "distribution": files,
    })
}
