//! The rows of the public DTM API as a dataset, under the names, tags and in the order that HDX's files have.

use super::{Body, Choice, Column, Datum, Kind, Role, Row, Rows};
use crate::files::dtm_api::{self, Field};
use crate::files::hxl::COLUMNS;
use dtm_model::{Atlas, Text};
use dtm_protect::Release;
use std::borrow::Cow;

/// The name of the dataset with the rows of the public DTM API.
pub const NAME: &str = "idps";

/// What the columns say.
const LABELS: [(&str, &str); 20] = [
    ("Identifier of the row", "Identifiant de la ligne"),
    ("Operation", "Opération"),
    ("Country", "Pays"),
    ("Country: ISO 3166-1 alpha-3 code", "Pays : code ISO 3166-1 alpha-3"),
    ("First-level area: name", "Zone de niveau 1 : nom"),
    ("First-level area: code", "Zone de niveau 1 : code"),
    ("Second-level area: name", "Zone de niveau 2 : nom"),
    ("Second-level area: code", "Zone de niveau 2 : code"),
    (
        "Level of the row: 0, 1 or 2; add up rows of one level only",
        "Niveau de la ligne : 0, 1 ou 2 ; n’additionner que des lignes d’un même niveau",
    ),
    ("Internally displaced persons present", "Personnes déplacées internes présentes"),
    ("Date the figures are reported for", "Date à laquelle se rapportent les chiffres"),
    ("Year of that date", "Année de cette date"),
    ("Month of that date", "Mois de cette date"),
    ("Round; add up rows of one round only", "Cycle ; n’additionner que des lignes d’un même cycle"),
    ("Reason of displacement", "Raison du déplacement"),
    ("Displaced men and boys, where known for all", "Hommes et garçons déplacés, si connus pour tous"),
    ("Displaced women and girls, where known for all", "Femmes et filles déplacées, si connues pour toutes"),
    ("First-level area of origin: name", "Zone d’origine de niveau 1 : nom"),
    ("First-level area of origin: code", "Zone d’origine de niveau 1 : code"),
    (
        "Assessment: BA baseline, SA site or location, ETT emergency tracking",
        "Évaluation : BA base, SA site ou localité, ETT suivi d’urgence",
    ),
];

/// The dataset, if any release has reasons and origins.
pub(super) fn body<'a>(releases: &[&'a Release], atlas: &'a Atlas) -> Option<Body<'a>> {
    if releases.iter().all(|release| release.table("displacement").is_none()) {
        return None;
    }
    let releases = releases.to_vec();
    let rows = move |at: usize| -> Rows<'a> {
        let release = releases[at];
        let rows = (0..=2).flat_map(move |level| dtm_api::rows(release, atlas, level));
        Box::new(rows.map(move |row| Row { cells: cells(&row), shape: None, release: at }))
    };
    Some(Body {
        name: NAME.to_owned(),
        title: Text::both(
            "Displaced persons by area, reason and origin, as in the public DTM API",
            "Personnes déplacées par zone, raison et origine, comme dans l’API publique de la DTM",
        ),
        how_to_sum: Text::both(
            "A number is the sum of the rows of one round, one level and one assessment; never add up rounds or levels.",
            "Un nombre est la somme des lignes d’un même cycle, d’un même niveau et d’une même évaluation ; n’additionnez jamais ni cycles ni niveaux.",
        ),
        columns: columns(),
        has_head: false,
        has_shapes: false,
        rows: Box::new(rows),
    })
}

fn assessments() -> Vec<Choice> {
    let one = |code: &str, en: &str, fr: &str| Choice { code: code.to_owned(), label: Text::both(en, fr) };
    vec![
        one("BA", "Baseline assessment", "Évaluation de base"),
        one("SA", "Site or location assessment", "Évaluation de site ou de localité"),
        one("ETT", "Emergency tracking", "Suivi d’urgence"),
    ]
}

fn columns() -> Vec<Column> {
    let described = COLUMNS.iter().zip(LABELS).map(|((name, tag), (en, fr))| {
        let (kind, role) = match *name {
            "assessmentType" => (Kind::Choice(assessments()), Role::Key),
            "numPresentIdpInd" | "numberMales" | "numberFemales" => (Kind::Integer, Role::Measure),
            "id" | "yearReportingDate" | "monthReportingDate" => (Kind::Integer, Role::Attribute),
            "adminLevel" | "roundNumber" => (Kind::Integer, Role::Key),
            "reportingDate" => (Kind::Date, Role::Key),
            name if name.ends_with("Name") => (Kind::Text, Role::Attribute),
            _ => (Kind::Text, Role::Key),
        };
        let unit = (role == Role::Measure).then(|| Text::both("persons", "personnes"));
        Column { unit, ..Column::new(*name, Text::both(en, fr), *tag, kind, role) }
    });
    described.collect()
}

fn cells(row: &dtm_api::Row) -> Vec<Datum<'static>> {
    let cells = COLUMNS.iter().zip(row.cells()).map(|((name, _), field)| match field {
        Field::Nothing => Datum::Nothing,
        Field::Count(count) => Datum::Integer(count),
        Field::Word(_) if *name == "reportingDate" => Datum::Date(row.reported_on()),
        Field::Word(word) if *name == "assessmentType" => {
            let at = assessments().iter().position(|choice| choice.code == word);
            at.map_or(Datum::Nothing, Datum::Choice)
        }
        Field::Word(word) => Datum::Text(Cow::Owned(word)),
    });
    cells.collect()
}
