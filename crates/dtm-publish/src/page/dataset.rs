//! The pages about data: the datasets of an operation, and one of them with its columns, its first rows, its files and how each
//! tool reads it.

use super::asked::{asked, below};
use super::frame::{frame, public_nav, publisher_facts, source_line};
use super::links;
use super::shown::Markup;
use crate::dataset::{Column, Dataset, Datum, Kind};
use crate::files::Format;
use crate::snippets::{self, Snippet, Where};
use crate::words::{Arg, Words};
use askama::Template;
use dtm_model::{Lang, Publisher};
use dtm_protect::Release;

/// Rows of the preview.
const PREVIEW: usize = 8;
/// Choices that are listed one by one.
const CHOICES: usize = 12;

/// What the page of all datasets is made from.
pub struct DatasetsPage<'a, 'd> {
    /// The datasets, at least one.
    pub datasets: &'a [Dataset<'d>],
    /// Where they can be read.
    pub place: Where<'a>,
}

/// What the page of one dataset is made from.
pub struct DatasetPage<'a, 'd> {
    /// The dataset, with names in the reader's language.
    pub dataset: &'a Dataset<'d>,
    /// How many rows it has.
    pub n_rows: u64,
    /// Who publishes, and under which licence.
    pub publisher: &'a Publisher,
    /// Where it can be read.
    pub place: Where<'a>,
    /// What machines read about it, as JSON-LD; none where there is none.
    pub linked_data: Option<String>,
}

struct Item {
    href: String,
    title: String,
    name: String,
    how_to_sum: String,
    gets: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "datasets.html")]
struct DatasetsView<'a> {
    w: &'static Words,
    kicker: String,
    back: String,
    items: Vec<Item>,
    odata: String,
    power_bi: String,
    rest: String,
    query: String,
    explore: String,
    /// What other catalogues read: what it is, and its address.
    catalogues: Vec<(&'static str, String)>,
    api: String,
    sql: Option<String>,
    ogc: &'a str,
    /// Where maps are read; none where nothing has a shape.
    map: Option<MapLinks>,
    source: String,
}

/// Addresses of an operation's map for other programs.
struct MapLinks {
    live: String,
    packed: String,
    tiles: String,
    style: String,
}

impl MapLinks {
    fn of(operation: &str, lang: Lang) -> MapLinks {
        let (country, tiles) = (links::country(lang, operation), format!("/tiles/{}", links::encode(operation)));
        MapLinks {
            live: format!("{country}/qgis.qgs"),
            packed: format!("{country}/qgis.zip"),
            style: format!("{tiles}/style.json?lang={}", lang.code()),
            tiles: format!("{tiles}.json"),
        }
    }
}

fn head(release: &Release, w: &Words) -> String {
    let heading = release.heading();
    format!("{} · {}", w.text(&heading.country), w.text(&heading.operation_name))
}

/// The datasets of an operation, and the doors programs read them by; the page «not found» where there is none.
pub fn datasets(page: &DatasetsPage<'_, '_>) -> String {
    let lang = page.place.lang;
    let w = Words::of(lang);
    let newest = page.datasets.iter().find_map(|dataset| dataset.releases().last());
    let Some(newest) = newest else { return super::not_found(lang) };
    let operation = &newest.heading().operation;
    let item = |dataset: &Dataset<'_>| Item {
        href: links::dataset(lang, operation, dataset.name()),
        title: w.text(dataset.title()).to_owned(),
        name: dataset.name().to_owned(),
        how_to_sum: w.text(dataset.how_to_sum()).to_owned(),
        gets: gets(dataset, operation, w),
    };
    let origin = page.place.origin;
    let ogc = format!("{origin}/ogc");
    let view = DatasetsView {
        w,
        kicker: head(newest, w),
        back: links::country(lang, operation),
        items: page.datasets.iter().map(item).collect(),
        odata: format!("{origin}/odata/{}", links::encode(operation)),
        power_bi: format!("/odata/{}/powerbi.pbids", links::encode(operation)),
        rest: format!("/v1/published/{}", links::encode(operation)),
        query: links::query(lang, operation),
        explore: links::explore(lang, operation),
        catalogues: [
            ("Atom", "feed.atom"),
            ("Frictionless", "datapackage.json"),
            ("HDX", "hdx.json"),
            ("HDX HAPI", "hapi.csv"),
        ]
        .into_iter()
        .map(|(name, file)| (name, format!("{}/{file}", links::country(lang, operation))))
        .chain([("DCAT", "/catalogue".to_owned())])
        .collect(),
        api: links::api(lang),
        sql: page.place.sql.map(|(host, port)| format!("postgresql://{host}:{port}/dtm")),
        ogc: &ogc,
        map: page.datasets.iter().any(Dataset::has_shapes).then(|| MapLinks::of(operation, lang)),
        source: source_line(newest, w),
    };
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    let title = format!("{} – {}", w.t("datasets-title"), w.text(&newest.heading().country));
    let path = format!("/{}/data", links::encode(operation));
    frame(lang, &title, &public_nav(lang, &path, "home"), &inner)
}

fn gets(dataset: &Dataset<'_>, operation: &str, w: &Words) -> Vec<(String, String)> {
    let get = |format: Format| {
        let href = links::dataset_file(w.lang(), operation, dataset.name(), format.extension());
        (w.text(&format.title()).to_owned(), href)
    };
    Format::of(dataset).map(get).collect()
}

struct ColumnRow {
    name: String,
    label: String,
    label_in_other: String,
    kind: String,
    unit: String,
    tag: String,
    choices: Vec<(String, String)>,
    more: String,
}

struct SnippetRow {
    id: &'static str,
    tool: &'static str,
    what: String,
    code: String,
}

#[derive(Template)]
#[template(path = "dataset.html")]
struct DatasetView {
    w: &'static Words,
    kicker: String,
    title: String,
    name: String,
    how_to_sum: String,
    back: String,
    explore: String,
    facts: Vec<(String, String)>,
    gets: Vec<(String, String, String)>,
    columns: Vec<ColumnRow>,
    preview_head: Vec<(String, bool)>,
    preview: Vec<Vec<String>>,
    preview_caption: String,
    snippets: Vec<SnippetRow>,
    citation: String,
    address: String,
    source: String,
    linked_data: String,
    /// Asks whether the page serves.
    asked: Markup,
}

/// One dataset: what it holds, its columns, its files, how each tool reads it.
pub fn dataset(page: &DatasetPage<'_, '_>) -> String {
    let lang = page.place.lang;
    let (w, set) = (Words::of(lang), page.dataset);
    let Some(newest) = set.releases().last() else { return super::not_found(lang) };
    let heading = newest.heading();
    let title = w.text(set.title()).to_owned();
    let address = format!("{}{}", page.place.origin, links::dataset(lang, &heading.operation, set.name()));
    let mut rounds: Vec<&str> = set.releases().iter().map(|release| release.heading().round.as_str()).collect();
    rounds.dedup();
    let hidden: usize = set.releases().iter().map(|release| release.hidden().len()).sum();
    let fact = |key: &str, value: String| (w.t(key), value);
    let facts = vec![
        fact("dataset-rows", w.number(page.n_rows as i64)),
        fact("dataset-rounds", rounds.join(", ")),
        fact("dataset-newest", w.date(heading.reported_on)),
        fact("dataset-changed", w.date(newest.made_at().date())),
        fact("dataset-hidden", w.number(hidden as i64)),
    ];
    let facts = [facts, publisher_facts(page.publisher, w)].concat();
    let gets = gets(set, &heading.operation, w).into_iter().map(|(title, href)| {
        let checksum = format!("{href}.sha256");
        (title, href, checksum)
    });
    let preview: Vec<Vec<String>> =
        set.rows().take(PREVIEW).map(|row| previewed(&row.cells, set.columns(), w)).collect();
    let is_number = |column: &Column| matches!(column.kind, Kind::Integer | Kind::Decimal);
    let snippet = |snippet: Snippet| SnippetRow {
        id: snippet.id,
        tool: snippet.tool,
        what: w.t(snippet.words),
        code: snippet.code,
    };
    let view = DatasetView {
        w,
        asked: asked(
            lang,
            &heading.operation,
            below(&links::dataset(lang, &heading.operation, set.name()), lang, &heading.operation),
        ),
        kicker: head(newest, w),
        title: title.clone(),
        name: set.name().to_owned(),
        how_to_sum: w.text(set.how_to_sum()).to_owned(),
        back: links::datasets(lang, &heading.operation),
        explore: links::with_query(&links::explore(lang, &heading.operation), &[("dataset", set.name())]),
        facts,
        gets: gets.collect(),
        columns: set.columns().iter().map(|column| column_row(column, w)).collect(),
        preview_head: set.columns().iter().map(|column| (column.name.clone(), is_number(column))).collect(),
        preview_caption: w.t_n("dataset-preview-caption", preview.len() as i64),
        preview,
        snippets: snippets::of(set, page.place).into_iter().map(snippet).collect(),
        citation: w.t_args(
            "dataset-citation",
            &[
                ("operation", Arg::from(head(newest, w))),
                ("title", Arg::from(title.clone())),
                ("date", Arg::from(w.date(newest.made_at().date()))),
                ("address", Arg::from(address.clone())),
            ],
        ),
        address,
        source: source_line(newest, w),
        // A closing tag inside of a text would end the block.
        linked_data: page.linked_data.as_deref().unwrap_or_default().replace('<', "\\u003c"),
    };
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    let path = format!("/{}/data/{}", links::encode(&heading.operation), set.name());
    let mut nav = public_nav(lang, &path, "home");
    nav.description = Some(format!("{title}. {}", view.how_to_sum));
    frame(lang, &format!("{title} – {}", w.text(&heading.country)), &nav, &inner)
}

fn previewed(cells: &[Datum<'_>], columns: &[Column], w: &Words) -> Vec<String> {
    let cell = |(cell, column): (&Datum<'_>, &Column)| match cell {
        Datum::Nothing => String::new(),
        Datum::Integer(number) if column.unit.is_some() => w.number(*number),
        other => other.plain(column).into_owned(),
    };
    cells.iter().zip(columns).map(cell).collect()
}

fn column_row(column: &Column, w: &Words) -> ColumnRow {
    let kind = match column.kind {
        Kind::Text => "kind-text",
        Kind::Choice(_) => "kind-choice",
        Kind::Integer => "kind-integer",
        Kind::Decimal => "kind-decimal",
        Kind::Date => "kind-date",
        Kind::Flag => "kind-flag",
    };
    let choices = column.choices();
    let n_more = choices.len().saturating_sub(CHOICES);
    let other = match w.lang() {
        Lang::En => Lang::Fr,
        Lang::Fr => Lang::En,
    };
    ColumnRow {
        name: column.name.clone(),
        label: w.text(&column.label).to_owned(),
        label_in_other: column.label.get(other).to_owned(),
        kind: w.t(kind),
        unit: column.unit.as_ref().map_or_else(String::new, |unit| w.text(unit).to_owned()),
        tag: column.tag.clone(),
        choices: choices
            .iter()
            .take(CHOICES)
            .map(|choice| (choice.code.clone(), w.text(&choice.label).to_owned()))
            .collect(),
        more: if n_more > 0 { w.t_n("dataset-choices-more", n_more as i64) } else { String::new() },
    }
}
