//! A KoboToolbox project's form, from the content its server keeps of each version.
//!
//! Takes the `content` of a version (rows of the survey and of the choices, translated columns as lists beside the names
//! of the languages) and returns the workbook that Kobo deploys of it: form id and root are the project's id, the last
//! row says the version. Kobo's own constructs for ranking and scoring become the groups it makes of them; a matrix has no
//! such workbook here, and the conversion says so.

use crate::workbook::{Sheet, Workbook};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// What a deployed version is called.
#[derive(Clone, Copy, Debug)]
pub struct Deployed<'a> {
    /// The project's id, which is the form's id and the name of its root.
    pub asset: &'a str,
    /// The project's name.
    pub title: &'a str,
    /// The version as submissions name it: `3 (2026-02-20 08:30:00)`.
    pub label: &'a str,
    /// The id of the version.
    pub version: &'a str,
}

/// The most rows a form may have.
const MAX_ROWS: usize = 50_000;

/// The workbook of a version. What the content lacks is left out; the conversion tells what that means.
pub fn workbook(content: &Value, deployed: &Deployed<'_>) -> Workbook {
    let languages: Vec<Option<&str>> =
        content["translations"].as_array().into_iter().flatten().map(Value::as_str).collect();
    let rows = |name: &str| content[name].as_array().into_iter().flatten().filter_map(Value::as_object).take(MAX_ROWS);
    let mut survey = Grid::default();
    let mut expansion = Expansion::default();
    for row in rows("survey") {
        for row in expansion.of(row) {
            survey.push(&row, &languages);
        }
    }
    let calculation = format!("'{}'", deployed.version.replace('\'', ""));
    let last = [("type", "calculate"), ("name", "__version__"), ("calculation", &calculation)];
    survey.push(&last.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect(), &languages);
    let mut choices = Grid::default();
    rows("choices").for_each(|row| choices.push(row, &languages));
    let mut settings = match &content["settings"] {
        Value::Array(list) => list.first().and_then(Value::as_object).cloned().unwrap_or_default(),
        Value::Object(one) => one.clone(),
        _ => Map::new(),
    };
    for old in ["form_id", "id_string", "title"] {
        settings.remove(old);
    }
    let own = [
        ("form_id", deployed.asset),
        ("name", deployed.asset),
        ("form_title", deployed.title),
        ("version", deployed.label),
        ("allow_choice_duplicates", "yes"),
    ];
    settings.extend(own.into_iter().map(|(name, text)| (name.to_owned(), text.into())));
    let mut setting = Grid::default();
    setting.push(&settings, &languages);
    let sheets = [("survey", survey), ("choices", choices), ("settings", setting)];
    Workbook { sheets: sheets.into_iter().map(|(name, grid)| grid.sheet(name)).collect() }
}

/// Columns as they are met, and rows below them.
#[derive(Default)]
struct Grid {
    header: Vec<String>,
    columns: HashMap<String, usize>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    fn push(&mut self, row: &Map<String, Value>, languages: &[Option<&str>]) {
        let mut cells = Vec::new();
        for (name, value) in row {
            // Names that begin so are Kobo's own book-keeping.
            if name.starts_with('$') || name.starts_with("kobo--") {
                continue;
            }
            match value {
                Value::Array(texts) => {
                    for (text, language) in texts.iter().zip(languages.iter().chain(std::iter::repeat(&None))) {
                        let column = match language {
                            Some(language) => format!("{name}::{language}"),
                            None => name.clone(),
                        };
                        self.put(&mut cells, column, text_of(text));
                    }
                }
                value => self.put(&mut cells, name.clone(), text_of(value)),
            }
        }
        self.rows.push(cells);
    }

    fn put(&mut self, cells: &mut Vec<String>, column: String, text: String) {
        if text.is_empty() {
            return;
        }
        let fresh = self.header.len();
        let at = *self.columns.entry(column.clone()).or_insert(fresh);
        if at == fresh {
            self.header.push(column);
        }
        if cells.len() <= at {
            cells.resize(at + 1, String::new());
        }
        cells[at] = text;
    }

    fn sheet(self, name: &str) -> Sheet {
        let mut rows = vec![self.header];
        rows.extend(self.rows);
        Sheet { name: name.to_owned(), rows }
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => String::new(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Turns Kobo's own rows into those of an XLSForm.
#[derive(Default)]
struct Expansion {
    /// The list of the ranking or scoring group the rows stand in.
    list: Option<String>,
    names: Vec<String>,
}

impl Expansion {
    fn of(&mut self, row: &Map<String, Value>) -> Vec<Map<String, Value>> {
        let mut row = row.clone();
        if row.get("name").and_then(Value::as_str).is_none_or(str::is_empty)
            && let Some(given) = row.get("$autoname").or(row.get("$autovalue")).cloned()
        {
            row.insert("name".to_owned(), given);
        }
        let kind = row.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let with = |row: &mut Map<String, Value>, name: &str, text: &str| {
            row.insert(name.to_owned(), text.into());
        };
        let listed = |row: &Map<String, Value>, name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
        match kind.as_str() {
            "begin_score" | "begin_rank" => {
                let of = if kind == "begin_score" { "kobo--score-choices" } else { "kobo--rank-items" };
                self.list = listed(&row, of);
                self.names.clear();
                let name = listed(&row, "name").unwrap_or_default();
                let mut head = row.clone();
                head.remove("required");
                with(&mut row, "type", "begin_group");
                with(&mut row, "appearance", "field-list");
                for column in ["label", "hint", "required"] {
                    row.remove(column);
                }
                if kind == "begin_score" {
                    with(&mut head, "type", &format!("select_one {}", self.list.as_deref().unwrap_or_default()));
                    with(&mut head, "name", &format!("{name}_header"));
                    with(&mut head, "appearance", "label");
                } else {
                    with(&mut head, "type", "note");
                    with(&mut head, "name", &format!("{name}_label"));
                }
                head.remove("relevant");
                vec![row, head]
            }
            "end_score" | "end_rank" => {
                self.list = None;
                with(&mut row, "type", "end_group");
                vec![row]
            }
            "score__row" => {
                with(&mut row, "type", &format!("select_one {}", self.list.as_deref().unwrap_or_default()));
                with(&mut row, "appearance", "list-nolabel");
                vec![row]
            }
            "rank__level" => {
                with(&mut row, "type", &format!("select_one {}", self.list.as_deref().unwrap_or_default()));
                with(&mut row, "appearance", "minimal");
                // No item may take two places.
                let others: Vec<String> = self.names.iter().map(|name| format!("${{{name}}} != .")).collect();
                if !others.is_empty() {
                    with(&mut row, "constraint", &others.join(" and "));
                }
                self.names.extend(listed(&row, "name"));
                vec![row]
            }
            _ => {
                if let Some(list) = listed(&row, "select_from_list_name") {
                    row.remove("select_from_list_name");
                    let kind = if kind == "select_one_or_other" { "select_one" } else { &kind };
                    let or_other = row.get("type").and_then(Value::as_str) == Some("select_one_or_other");
                    with(&mut row, "type", &format!("{kind} {list}{}", if or_other { " or_other" } else { "" }));
                } else if kind.ends_with("_from_file")
                    && let Some(file) = listed(&row, "file")
                {
                    row.remove("file");
                    with(&mut row, "type", &format!("{kind} {file}"));
                }
                vec![row]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xlsform;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(content: Value, expected: Expect) {
        let deployed = Deployed { asset: "aSite", title: "Sites", label: "2 (2026-02-20 08:30:00)", version: "vB" };
        let conversion = xlsform::convert(&workbook(&content, &deployed), "aSite");
        let told = match &conversion.xform {
            Some(xform) => {
                let schema = crate::xform::read(xform).unwrap();
                let fields = schema.fields.iter().map(|field| {
                    let labels: Vec<String> = field.label.iter().map(|(lang, text)| format!("{lang}:{text}")).collect();
                    format!("{} {:?} {} {}\n", field.path, field.kind, labels.join(" "), field.choices.len())
                });
                format!("{} {} {}\n{}", schema.root, schema.xml_form_id, schema.version, fields.collect::<String>())
            }
            None => {
                let lines = conversion.problems.iter().map(|problem| problem.message(dtm_model::Lang::En));
                lines.collect::<Vec<_>>().join("\n")
            }
        };
        expected.assert_eq(&told);
    }

    #[test]
    fn a_version_of_two_languages_becomes_the_form_that_was_deployed() {
        check(
            json!({
                "schema": "1",
                "translations": ["English (en)", "French (fr)"],
                "translated": ["label", "hint"],
                "survey": [
                    { "type": "start", "name": "start", "$kuid": "a1" },
                    { "type": "begin_group", "name": "site", "label": ["Site", "Site"], "$kuid": "a2" },
                    { "type": "integer", "$autoname": "idp_hh", "label": ["Households", "Ménages"], "required": true },
                    { "type": "select_one", "name": "reason", "select_from_list_name": "why", "label": ["Why", "Pourquoi"], "required": false },
                    { "type": "end_group", "$kuid": "a3" }
                ],
                "choices": [
                    { "list_name": "why", "name": "conflict", "label": ["Conflict", "Conflit"] },
                    { "list_name": "why", "name": "flood", "label": ["Flood", "Inondation"] }
                ],
                "settings": { "id_string": "old", "style": "pages" }
            }),
            expect![[r#"
                aSite aSite 2 (2026-02-20 08:30:00)
                start DateTime  0
                site Group en:Site fr:Site 0
                site/idp_hh Integer en:Households fr:Ménages 0
                site/reason SelectOne en:Why fr:Pourquoi 2
                __version__ Text  0
                meta Group  0
                meta/instanceID Text  0
            "#]],
        );
    }

    #[test]
    fn rankings_and_scores_become_groups_of_choices() {
        check(
            json!({
                "translations": [null],
                "survey": [
                    { "type": "begin_rank", "name": "needs", "label": ["Needs"], "kobo--rank-items": "need" },
                    { "type": "rank__level", "name": "first", "label": ["First"] },
                    { "type": "rank__level", "name": "second", "label": ["Second"] },
                    { "type": "end_rank" },
                    { "type": "begin_score", "name": "safe", "label": ["How safe"], "kobo--score-choices": "scale" },
                    { "type": "score__row", "name": "by_day", "label": ["By day"] },
                    { "type": "end_score" }
                ],
                "choices": [
                    { "list_name": "need", "name": "food", "label": ["Food"] },
                    { "list_name": "need", "name": "water", "label": ["Water"] },
                    { "list_name": "scale", "name": "good", "label": ["Good"] }
                ]
            }),
            expect![[r#"
                aSite aSite 2 (2026-02-20 08:30:00)
                needs Group  0
                needs/needs_label Text und:Needs 0
                needs/first SelectOne und:First 2
                needs/second SelectOne und:Second 2
                safe Group  0
                safe/safe_header SelectOne und:How safe 1
                safe/by_day SelectOne und:By day 1
                __version__ Text  0
                meta Group  0
                meta/instanceID Text  0
            "#]],
        );
    }
}
