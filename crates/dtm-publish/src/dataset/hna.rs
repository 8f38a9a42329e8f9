//! The rows of the HNA API (household needs assessment, version 1) as a dataset: one row an area of the second level and
//! population group, one column an answer.
//!
//! Columns of answers are named `pct_hh_`, the indicator's code, `_`, the choice, and hold percent of households; empty where
//! nothing is known or shown. A row of which nothing is shown is left out. Group and areas stand under the names that the
//! public API has for them, which are known for the second level and the group only; the others are named as in the API of
//! displacement.

use super::{Body, Column, Dataset, Datum, Filter, FilterProblem, Kind, Role, Row, Rows, names};
use chrono::Datelike;
use dtm_model::{Atlas, Dim, Lang, Need, Pcode, TOTAL, Text, Unit};
use dtm_protect::{Release, ReleasedTable};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The table that the rows come from.
pub(crate) const TABLE: &str = "needs";
/// What columns of answers begin with.
pub(crate) const PREFIX: &str = "pct_hh_";
/// The level of the rows.
const LEVEL: u8 = 2;

/// Our groups and the API's words for them.
pub(crate) const GROUPS: [(&str, &str); 6] = [
    ("idp", "IDP"),
    ("returnee_idp", "IDP returnee"),
    ("returnee_abroad", "Returnee from abroad"),
    ("migrant", "Migrant"),
    ("host_community", "Non-displaced"),
    ("unknown", "Not reported"),
];

/// A release and the areas of its country.
#[derive(Clone, Copy)]
pub struct Surveyed<'a> {
    /// The release.
    pub release: &'a Release,
    /// The areas.
    pub atlas: &'a Atlas,
}

impl<'a> Surveyed<'a> {
    /// Its table of needs, where it has one.
    pub(crate) fn table(self) -> Option<&'a ReleasedTable> {
        self.release.table(TABLE).filter(|table| table.dims == [Dim::Area, Dim::Group, Dim::Need])
    }

    /// The country's name, as the public API prints it.
    pub(crate) fn country(self) -> &'a str {
        let heading = self.release.heading();
        self.atlas.area(&heading.admin0).map_or_else(|| heading.country.get(Lang::En), |area| area.name.get(Lang::En))
    }
}

/// The answers that these releases tell, by their key; of two releases the later words count.
pub(crate) fn needs<'a>(releases: &[Surveyed<'a>]) -> BTreeMap<&'a str, &'a Need> {
    let tables = releases.iter().filter_map(|surveyed| surveyed.table());
    tables.flat_map(|table| table.needs.iter().map(|(key, need)| (key.as_str(), need))).collect()
}

/// The rows of these releases, groups of the given codes only where some are given.
///
/// # Errors
/// None in practice: there is no filter that could fail.
pub fn household_needs<'a>(releases: &[Surveyed<'a>], groups: &[&'static str]) -> Result<Dataset<'a>, FilterProblem> {
    let releases: Vec<Surveyed<'a>> = releases.iter().copied().filter(|one| one.table().is_some()).collect();
    let needs: Vec<(&'a str, &'a Need)> = needs(&releases).into_iter().collect();
    let keys: Arc<Vec<&'a str>> = Arc::new(needs.iter().map(|(key, _)| *key).collect());
    let wanted: BTreeSet<&'static str> = groups.iter().copied().collect();
    let of = releases.clone();
    let rows = move |at: usize| -> Rows<'a> {
        let (surveyed, keys, wanted) = (of[at], keys.clone(), wanted.clone());
        let rows = rows_of(surveyed, &keys, &wanted);
        Box::new(rows.into_iter().map(move |cells| Row { cells, shape: None, release: at }))
    };
    let body = Body {
        name: "household_needs".to_owned(),
        title: Text::both(
            "Needs of households by second-level area and population group, as in the public HNA API",
            "Besoins des ménages par zone de niveau 2 et groupe de population, comme dans l’API publique HNA",
        ),
        how_to_sum: Text::both(
            "Nothing in it may be added up: the columns are shares of households.",
            "Rien ne s’y additionne : les colonnes sont des parts de ménages.",
        ),
        columns: columns(&needs),
        has_head: false,
        has_shapes: false,
        rows: Box::new(rows),
    };
    Dataset::new(body, releases.iter().map(|surveyed| surveyed.release).collect(), Filter::default())
}

fn columns(needs: &[(&str, &Need)]) -> Vec<Column> {
    let one =
        |name: &str, en: &str, fr: &str, tag: &str, kind, role| Column::new(name, Text::both(en, fr), tag, kind, role);
    let words = |name: &str, en: &str, fr: &str, tag: &str, role| one(name, en, fr, tag, Kind::Text, role);
    let mut columns = vec![
        words("operation", "Operation", "Opération", "#operation+name", Role::Key),
        words("round", "Round", "Cycle", "#round+code", Role::Key),
        one(
            "reportingDate",
            "Date the figures are reported for",
            "Date à laquelle se rapportent les chiffres",
            "#date+reported",
            Kind::Date,
            Role::Key,
        ),
        one("year", "Year of that date", "Année de cette date", "#date+year+reported", Kind::Integer, Role::Attribute),
        words("admin0Name", "Country", "Pays", "#country+name", Role::Attribute),
        words(
            "admin0Pcode",
            "Country: ISO 3166-1 alpha-3 code",
            "Pays : code ISO 3166-1 alpha-3",
            "#country+code",
            Role::Key,
        ),
        words("admin1Name", "First-level area: name", "Zone de niveau 1 : nom", "#adm1+name", Role::Attribute),
        words(
            "m0303_meta_adm1_pcode",
            "First-level area: code",
            "Zone de niveau 1 : code",
            "#adm1+code",
            Role::Attribute,
        ),
        words(
            "m3695_meta_adm2_name",
            "Second-level area: name",
            "Zone de niveau 2 : nom",
            "#adm2+name",
            Role::Attribute,
        ),
        words("m0304_meta_adm2_pcode", "Second-level area: code", "Zone de niveau 2 : code", "#adm2+code", Role::Key),
        words("m2788_loc_assessment_strata", "Population group", "Groupe de population", "#population+type", Role::Key),
    ];
    let households = Text::both(
        "Interviewed households: as many as answered the question that most answered",
        "Ménages interrogés : autant que de réponses à la question la plus répondue",
    );
    columns.push(Column {
        unit: Some(names::unit(Unit::Households)),
        ..Column::new("numHouseholds", households, "#indicator+asked+hh", Kind::Integer, Role::Measure)
    });
    columns.extend(needs.iter().map(|(key, need)| {
        let label = Lang::ALL.into_iter().fold(Text::new(), |text, lang| text.with(lang.code(), said(need, lang)));
        let column = Column::new(format!("{PREFIX}{key}"), label, "#indicator+value+pct", Kind::Decimal, Role::Measure);
        Column { unit: Some(names::unit(Unit::Share)), ..column }
    }));
    columns
}

/// What an answer says, with what was asked.
pub(crate) fn said(need: &Need, lang: Lang) -> String {
    let colon = if lang == Lang::Fr { "\u{a0}: " } else { ": " };
    format!("{}{colon}{}", need.asked.get(lang), need.answer.get(lang))
}

/// How many households answered, and the percent that gave each answer.
type Told<'a> = (Option<i64>, HashMap<&'a str, f64>);

fn rows_of<'a>(surveyed: Surveyed<'a>, keys: &[&'a str], wanted: &BTreeSet<&'static str>) -> Vec<Vec<Datum<'a>>> {
    let Some(table) = surveyed.table() else { return Vec::new() };
    let (Some(asked), Some(share)) = (table.measure("asked_hh"), table.measure("share")) else { return Vec::new() };
    let is_second = |code: &str| surveyed.atlas.area(&Pcode::from(code)).is_some_and(|area| area.level == LEVEL);
    let mut found: BTreeMap<(&'a str, &'a str), Told<'a>> = BTreeMap::new();
    for row in &table.rows {
        let [area, group, need] = [0, 1, 2].map(|at| row.key[at].as_str());
        let is_asked_for = group != TOTAL && (wanted.is_empty() || wanted.contains(group));
        if !is_asked_for || !is_second(area) {
            continue;
        }
        let Some(parts) = row.cells[share].value.number() else { continue };
        let (households, shares) = found.entry((area, group)).or_default();
        *households = (*households).max(row.cells[asked].value.number());
        shares.insert(need, parts as f64 / Unit::Share.parts());
    }
    let mut rows = Vec::with_capacity(found.len());
    for ((area, group), (households, shares)) in found {
        let mut cells = about(surveyed, area, group);
        cells.push(Datum::count(households));
        cells.extend(keys.iter().map(|key| shares.get(key).map_or(Datum::Nothing, |share| Datum::Decimal(*share))));
        rows.push(cells);
    }
    rows
}

/// The cells that say of when, where and whom a row is.
fn about<'a>(surveyed: Surveyed<'a>, area: &'a str, group: &'a str) -> Vec<Datum<'a>> {
    let (heading, atlas) = (surveyed.release.heading(), surveyed.atlas);
    let code = Pcode::from(area);
    let name = |pcode: &Pcode| atlas.area(pcode).map(|area| Cow::Borrowed(area.name.get(Lang::En)));
    let above = atlas.ancestor(&code, 1).map(|area| &area.pcode);
    let word = GROUPS.iter().find(|(ours, _)| *ours == group).map_or(group, |(_, word)| word);
    vec![
        Datum::text(heading.operation_name.get(Lang::En)),
        Datum::text(heading.round.as_str()),
        Datum::Date(heading.reported_on),
        Datum::Integer(i64::from(heading.reported_on.year())),
        Datum::text(surveyed.country()),
        Datum::text(heading.iso3.as_str()),
        Datum::word(above.and_then(name)),
        Datum::word(above.map(|above| above.to_string())),
        Datum::word(name(&code)),
        Datum::text(area),
        Datum::text(word),
    ]
}
