//! Reads an export of the DTM Data Dictionary: one row a question, eighteen columns told by their names.
//!
//! How an entry is counted is not in the export. Unit, group and aggregation are read off the name where it leaves no
//! doubt (`m0310_loc_num_idp_ind`: a number of persons, displaced, at a place), and left open everywhere else.

use crate::wording::{Facts, Wording, facts, say};
use dtm_model::{Aggregation, Dissemination, Group, Indicator, Lang, Text, Unit, ValueKind};
use std::collections::BTreeSet;

/// Something in an export that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DictionaryProblem {
    /// Stable code, such as `unknown_kind`.
    pub code: &'static str,
    /// What was met, by the names that the message uses.
    pub facts: Facts,
}

impl DictionaryProblem {
    /// Says the problem in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        say(WORDINGS, self.code, &self.facts, lang)
    }
}

const WORDINGS: &[Wording] = &[
    Wording {
        code: "missing_column",
        en: "the table has no column `{column}`",
        fr: "le tableau n’a pas de colonne « {column} »",
    },
    Wording {
        code: "no_name",
        en: "row {row} has no field name and was left out",
        fr: "la ligne {row} n’a pas de nom de champ et a été laissée de côté",
    },
    Wording {
        code: "duplicate_name",
        en: "row {row}: `{name}` stands in an earlier row already; the first one counts",
        fr: "ligne {row} : « {name} » figure déjà dans une ligne précédente ; la première compte",
    },
    Wording {
        code: "unknown_kind",
        en: "row {row}: `{name}` is of the unknown type «{kind}» and is kept as another kind of answer",
        fr: "ligne {row} : « {name} » est du type inconnu « {kind} » et est gardé comme réponse d’un autre genre",
    },
    Wording {
        code: "unknown_dissemination",
        en: "row {row}: `{name}` has the unknown class «{class}» and is kept as secret",
        fr: "ligne {row} : « {name} » a la classe inconnue « {class} » et est gardé comme secret",
    },
    Wording {
        code: "odd_answers",
        en: "row {row}: the answers of `{name}` could not be read whole",
        fr: "ligne {row} : les réponses de « {name} » n’ont pu être lues entièrement",
    },
];

/// Reads the rows of an export. The English label is the export's; its row numbers count the header as row 1.
pub fn from_rows(header: &[String], rows: &[Vec<String>]) -> (Vec<Indicator>, Vec<DictionaryProblem>) {
    let mut problems = Vec::new();
    let column = |name: &str| header.iter().position(|cell| cell.trim().trim_start_matches('\u{feff}') == name);
    let names = ["FieldName", "QuestionAnswerType", "DisseminationCategory", "QuestionComponent"];
    let found = names.map(column);
    for (name, at) in names.iter().zip(found) {
        if at.is_none() {
            problems.push(DictionaryProblem { code: "missing_column", facts: facts([("column", name)]) });
        }
    }
    let [Some(name_at), Some(kind_at), Some(class_at), Some(tools_at)] = found else {
        return (Vec::new(), problems);
    };
    let (hxl_at, answers_at) = (column("HXLTag"), column("Answer"));
    let label_at = column("QuestionText(en)");
    let mut seen = BTreeSet::new();
    let mut entries = Vec::new();
    for (at, cells) in rows.iter().enumerate() {
        let row = at + 2;
        let cell = |at: usize| cells.get(at).map(|cell| cell.trim()).unwrap_or_default();
        let maybe = |at: Option<usize>| at.map(cell).filter(|cell| !cell.is_empty());
        let name = cell(name_at);
        let mut note = |code, more: Facts| {
            let mut met = facts([("row", &row), ("name", &name)]);
            met.extend(more);
            problems.push(DictionaryProblem { code, facts: met });
        };
        if name.is_empty() {
            // An empty line of the sheet is nothing to speak of.
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                note("no_name", Facts::new());
            }
            continue;
        }
        if !seen.insert(name.to_owned()) {
            note("duplicate_name", Facts::new());
            continue;
        }
        let kind = kind_of(cell(kind_at)).unwrap_or_else(|| {
            note("unknown_kind", facts([("kind", &cell(kind_at))]));
            ValueKind::Other
        });
        let dissemination = class_of(cell(class_at)).unwrap_or_else(|| {
            note("unknown_dissemination", facts([("class", &cell(class_at))]));
            Dissemination::Secret
        });
        let (choices, whole) = maybe(answers_at).map(choices_of).unwrap_or((Vec::new(), true));
        if !whole {
            note("odd_answers", Facts::new());
        }
        let counted = counting(name, kind);
        entries.push(Indicator {
            code: name.to_owned(),
            label: maybe(label_at).map(|label| Text::new().with("en", label)).unwrap_or_default(),
            kind,
            unit: counted.map(|(unit, ..)| unit),
            group: counted.and_then(|(_, group, _)| group),
            hxl: maybe(hxl_at).map(str::to_owned),
            dissemination,
            aggregation: counted.map_or(Aggregation::None, |(.., aggregation)| aggregation),
            core_in: core_tools(cell(tools_at)),
            choices,
        });
    }
    (entries, problems)
}

fn kind_of(word: &str) -> Option<ValueKind> {
    Some(match word {
        "integer" => ValueKind::Integer,
        "decimal" => ValueKind::Decimal,
        "text" => ValueKind::Text,
        "date" => ValueKind::Date,
        "start" | "end" | "datetime" => ValueKind::DateTime,
        "geopoint" | "start-geopoint" => ValueKind::Geopoint,
        "select_one" => ValueKind::SelectOne,
        "select_multiple" | "select_multiple_gis" => ValueKind::SelectMultiple,
        "select_one_gis" => ValueKind::SelectOneGis,
        "calculate" => ValueKind::Calculate,
        "note"
        | "time"
        | "background-geopoint"
        | "deviceid"
        | "acknowledge"
        | "geoshape"
        | "geotrace"
        | "image"
        | "audio"
        | "video"
        | "file"
        | "barcode"
        | "range" => ValueKind::Other,
        _ => return None,
    })
}

fn class_of(word: &str) -> Option<Dissemination> {
    Some(match word {
        "public" => Dissemination::Public,
        "confidential" => Dissemination::Confidential,
        "restricted_internal_use" | "restricted" => Dissemination::Restricted,
        "secret" => Dissemination::Secret,
        _ => return None,
    })
}

/// The tools that a question is core in, one line each: `Emergency Event Tracking : Core`.
fn core_tools(lines: &str) -> Vec<String> {
    let short = |tool: &str| -> String {
        match tool {
            "Baseline Location Assessment" => "B1".into(),
            "Baseline Sub-Area Assessment" => "B2".into(),
            "Multi-Sectoral Location Assessment (MSLA)" => "MSLA".into(),
            "Emergency Event Tracking" => "ETT".into(),
            "Flow Monitoring Registry" => "FMR".into(),
            "Flow Monitoring Survey" => "FMS".into(),
            other => other.to_owned(),
        }
    };
    let cores =
        lines.lines().filter_map(|line| line.rsplit_once(':')).filter(|(_, importance)| importance.trim() == "Core");
    let mut tools: Vec<String> =
        cores.map(|(tool, _)| tool.trim()).filter(|tool| !tool.is_empty()).map(short).collect();
    let order = ["B1", "B2", "MSLA", "ETT", "FMR"];
    tools.sort_by_key(|tool| (order.iter().position(|known| known == tool).unwrap_or(order.len()), tool.clone()));
    tools.dedup();
    tools
}

/// Reads `(code)Label,(code)Label`; labels may hold commas and brackets. Says whether all of it was understood.
fn choices_of(text: &str) -> (Vec<(String, Text)>, bool) {
    let mut choices: Vec<(String, Text)> = Vec::new();
    let Some(mut rest) = text.trim().strip_prefix('(') else { return (choices, text.trim().is_empty()) };
    loop {
        let Some((code, after)) = rest.split_once(')') else { return (choices, false) };
        let (label, next) = match after.split_once(",(") {
            Some((label, next)) => (label, Some(next)),
            None => (after, None),
        };
        choices.push((code.trim().to_owned(), Text::new().with("en", label.trim())));
        match next {
            Some(next) => rest = next,
            None => return (choices, true),
        }
    }
}

/// Unit, group and aggregation, where the name leaves no doubt that it is a number of people.
fn counting(name: &str, kind: ValueKind) -> Option<(Unit, Option<Group>, Aggregation)> {
    if kind != ValueKind::Integer {
        return None;
    }
    let parts: Vec<&str> = name.split('_').collect();
    let has = |word: &str| parts.contains(&word);
    let place = *parts.get(1)?;
    // Shares, ages and times hold no people, and a household's own answers do not add up without weights.
    if !has("num") || has("perc") || has("days") || has("mins") || !matches!(place, "loc" | "fmr") {
        return None;
    }
    let unit = match (has("hh"), has("ind")) {
        (true, false) => Unit::Households,
        (false, true) => Unit::Persons,
        _ => return None,
    };
    let returned = has("return") || has("returnee") || has("returnees");
    let group = match () {
        () if returned && has("abroad") => Some(Group::ReturneeAbroad),
        () if returned && has("idp") => Some(Group::ReturneeIdp),
        () if returned => None,
        () if has("idp") && !has("abroad") => Some(Group::Idp),
        () if has("migrant") || place == "fmr" => Some(Group::Migrant),
        () if has("hc") => Some(Group::HostCommunity),
        () => None,
    };
    let passing = place == "fmr" || has("depart") || has("arrival") || has("arrivals") || has("period");
    Some((unit, group, if passing { Aggregation::FlowSum } else { Aggregation::StockSum }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_with_commas_and_brackets_in_their_labels() {
        let (choices, whole) = choices_of("(no)No,(limited)Limited (by foot, only),(dnk)Do not know");
        let codes: Vec<_> = choices.iter().map(|(code, label)| format!("{code}={}", label.get(Lang::En))).collect();
        assert_eq!(codes, ["no=No", "limited=Limited (by foot, only)", "dnk=Do not know"]);
        assert!(whole);
        assert!(!choices_of("see list").1);
    }

    #[test]
    fn what_a_name_counts_is_told_only_where_it_is_certain() {
        let told = |name| counting(name, ValueKind::Integer);
        assert_eq!(told("m0310_loc_num_idp_ind"), Some((Unit::Persons, Some(Group::Idp), Aggregation::StockSum)));
        assert_eq!(
            told("m0847_loc_num_return_idp_hh"),
            Some((Unit::Households, Some(Group::ReturneeIdp), Aggregation::StockSum))
        );
        assert_eq!(told("m2550_fmr_num_depart_ind"), Some((Unit::Persons, Some(Group::Migrant), Aggregation::FlowSum)));
        assert_eq!(told("m1932_loc_school_dist_mins"), None);
        assert_eq!(told("m0346_loc_perc_idp_ind_period"), None);
        assert_eq!(counting("m0310_loc_num_idp_ind", ValueKind::SelectOne), None);
    }

    #[test]
    fn a_row_of_an_unknown_class_is_kept_secret() {
        let header =
            ["FieldName", "QuestionAnswerType", "DisseminationCategory", "QuestionComponent"].map(str::to_owned);
        let row = ["m9999_loc_x", "integer", "everybody", ""].map(str::to_owned).to_vec();
        let (entries, problems) = from_rows(&header, &[row.clone(), row]);
        assert_eq!(entries[0].dissemination, Dissemination::Secret);
        assert_eq!(problems.iter().map(|p| p.code).collect::<Vec<_>>(), ["unknown_dissemination", "duplicate_name"]);
        assert_eq!(
            problems[0].message(Lang::Fr),
            "ligne 2 : « m9999_loc_x » a la classe inconnue « everybody » et est gardé comme secret"
        );
    }
}
