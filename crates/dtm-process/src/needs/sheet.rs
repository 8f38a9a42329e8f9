//! The sheet of severity rules.
//!
//! One rule a row, under the headings `sector`, `indicator`, `test`, `value` and `severity`, in any order (French:
//! `secteur`, `indicateur`, `test`, `valeur`, `gravité`); other columns are notes of the experts. A test is `=`, `!=`,
//! `<`, `<=`, `>`, `>=` or `between`; `=` takes several words with `|` between them, `between` two numbers with `..`
//! between them. Severity is 1 (none or little) to 5 (catastrophic). A faulty row is named with its column and left out;
//! the others stand. Sizes are bounded, and nothing of the sheet is run.

use crate::folding::plain;
use crate::wording::{Facts, Wording, facts, say};
use dtm_model::Lang;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// More rules are not read.
pub const MOST_RULES: usize = 10_000;
/// Longer texts in a cell are cut in messages.
const LONGEST_SHOWN: usize = 40;

/// What an answer is held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "test", content = "value", rename_all = "snake_case")]
pub enum Test {
    /// The answer is one of these words, or names one of them.
    Is(Vec<String>),
    /// The answer is none of these words.
    IsNot(Vec<String>),
    /// A number below this.
    Below(f64),
    /// A number of this at most.
    AtMost(f64),
    /// A number above this.
    Above(f64),
    /// A number of this at least.
    AtLeast(f64),
    /// A number from this to that, both included.
    Between(f64, f64),
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeverityRule {
    /// The sector, as written.
    pub sector: String,
    /// Code of the indicator, or name of the question.
    pub indicator: String,
    /// The test.
    pub test: Test,
    /// 1 to 5, where the test holds.
    pub severity: u8,
    /// The row of the sheet, from 1, the heading being row 1.
    pub row: u32,
}

/// The rules of an exercise.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct SeveritySheet {
    /// The rules, in the order of the sheet.
    pub rules: Vec<SeverityRule>,
}

impl SeveritySheet {
    /// The sectors, in the order in which the sheet names them first.
    pub fn sectors(&self) -> Vec<&str> {
        let mut met = BTreeSet::new();
        self.rules.iter().map(|rule| rule.sector.as_str()).filter(|sector| met.insert(*sector)).collect()
    }
}

/// What is wrong with a sheet, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetProblem {
    /// Stable code, such as `not_a_severity`.
    pub code: &'static str,
    /// The row, from 1; none where it concerns the whole sheet.
    pub row: Option<u32>,
    /// The column, from 1; none where it concerns the row.
    pub column: Option<u32>,
    /// What was met, by the names that the message uses.
    pub facts: Facts,
}

impl SheetProblem {
    /// Says the problem in the reader's language, with its cell as a spreadsheet names it (`D7`).
    pub fn message(&self, lang: Lang) -> String {
        let said = say(WORDINGS, self.code, &self.facts, lang);
        let place = match (self.row, self.column, lang) {
            (Some(row), Some(column), Lang::En) => format!("cell {}{row}: ", letters(column)),
            (Some(row), Some(column), Lang::Fr) => format!("cellule {}{row} : ", letters(column)),
            (Some(row), None, Lang::En) => format!("row {row}: "),
            (Some(row), None, Lang::Fr) => format!("ligne {row} : "),
            (None, ..) => String::new(),
        };
        place + &said
    }
}

/// The letters of a column, from 1: `A`, `Z`, `AA`.
fn letters(column: u32) -> String {
    let mut left = column;
    let mut letters = Vec::new();
    while left > 0 {
        left -= 1;
        letters.push(char::from(b'A' + (left % 26) as u8));
        left /= 26;
    }
    letters.iter().rev().collect()
}

const WORDINGS: &[Wording] = &[
    Wording {
        code: "not_a_table",
        en: "the file cannot be read as a table",
        fr: "le fichier n’est pas lisible comme tableau",
    },
    Wording { code: "empty", en: "the sheet has no rules", fr: "la feuille n’a pas de règles" },
    Wording {
        code: "missing_column",
        en: "the sheet has no column `{column_en}`",
        fr: "la feuille n’a pas de colonne « {column_fr} »",
    },
    Wording {
        code: "too_many_rules",
        en: "the sheet has more than {most} rules; the rest is not read",
        fr: "la feuille a plus de {most} règles ; le reste n’est pas lu",
    },
    Wording { code: "empty_cell", en: "nothing is written here", fr: "rien n’est écrit ici" },
    Wording {
        code: "unknown_test",
        en: "`{text}` is not a test; write =, !=, <, <=, >, >= or between",
        fr: "« {text} » n’est pas un test ; écrivez =, !=, <, <=, >, >= ou entre",
    },
    Wording { code: "not_a_number", en: "`{text}` is not a number", fr: "« {text} » n’est pas un nombre" },
    Wording {
        code: "not_a_range",
        en: "`{text}` is not a range; write the smaller number, `..` and the larger, as 5..10",
        fr: "« {text} » n’est pas un intervalle ; écrivez le plus petit nombre, « .. » et le plus grand, comme 5..10",
    },
    Wording {
        code: "not_a_severity",
        en: "`{text}` is not a severity; write a whole number from 1 to 5",
        fr: "« {text} » n’est pas une gravité ; écrivez un nombre entier de 1 à 5",
    },
    Wording {
        code: "unknown_indicator",
        en: "the form does not ask for `{text}`",
        fr: "le formulaire ne demande pas « {text} »",
    },
    Wording {
        code: "contradiction",
        en: "row {other} gives the same test another severity",
        fr: "la ligne {other} donne une autre gravité au même test",
    },
    Wording { code: "repeated", en: "row {other} says the same", fr: "la ligne {other} dit la même chose" },
];

/// A sheet and what was wrong with it.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ReadSheet {
    /// The rules that can be used.
    pub sheet: SeveritySheet,
    /// What is wrong, in order of rows and columns.
    pub problems: Vec<SheetProblem>,
}

/// The columns: name in English, in French, and other headings taken for it.
const COLUMNS: [(&str, &str, &[&str]); 5] = [
    ("sector", "secteur", &["cluster"]),
    ("indicator", "indicateur", &["question"]),
    ("test", "test", &["operator", "operateur"]),
    ("value", "valeur", &["values", "valeurs"]),
    ("severity", "gravité", &["severite", "score"]),
];
const SECTOR: usize = 0;
const INDICATOR: usize = 1;
const TEST: usize = 2;
const VALUE: usize = 3;
const SEVERITY: usize = 4;

/// Reads a sheet from CSV, a comma or semicolon between cells, UTF-8.
pub fn read_sheet_csv(bytes: &[u8], known: Option<&BTreeSet<String>>) -> ReadSheet {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let heading = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| heading.iter().filter(|byte| **byte == wanted).count();
    let delimiter = if count(b';') > count(b',') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    let mut rows = Vec::new();
    // A few rows more than rules, so that too many are noticed.
    for row in reader.records().take(MOST_RULES + 2) {
        let Ok(row) = row else {
            let problem = SheetProblem { code: "not_a_table", row: None, column: None, facts: Facts::new() };
            return ReadSheet { problems: vec![problem], ..ReadSheet::default() };
        };
        rows.push(row.iter().map(str::to_owned).collect());
    }
    read_sheet(&rows, known)
}

/// Reads a sheet from its cells, row by row, the headings first. `known` are the indicators and questions that the form
/// asks for; without them any is taken.
pub fn read_sheet(rows: &[Vec<String>], known: Option<&BTreeSet<String>>) -> ReadSheet {
    let mut read = ReadSheet::default();
    let mut problem = |code, row, column, facts| read.problems.push(SheetProblem { code, row, column, facts });
    let headings: Vec<String> =
        rows.first().map_or(&[][..], Vec::as_slice).iter().map(|heading| plain(heading)).collect();
    let find = |(en, fr, others): &(&str, &str, &[&str])| {
        headings
            .iter()
            .position(|heading| *heading == plain(en) || *heading == plain(fr) || others.contains(&heading.as_str()))
    };
    let columns: Vec<Option<usize>> = COLUMNS.iter().map(find).collect();
    for (column, (en, fr, _)) in columns.iter().zip(COLUMNS) {
        if column.is_none() && !headings.is_empty() {
            problem("missing_column", Some(1), None, facts([("column_en", &en), ("column_fr", &fr)]));
        }
    }
    let Some(columns) = columns.into_iter().collect::<Option<Vec<usize>>>() else {
        if headings.is_empty() {
            problem("empty", None, None, Facts::new());
        }
        return read;
    };
    let filled = |row: &[String]| row.iter().any(|cell| !cell.trim().is_empty());
    let mut met: BTreeMap<String, (u8, u32)> = BTreeMap::new();
    for (number, cells) in (1..).zip(rows).skip(1).filter(|(_, cells)| filled(cells)) {
        if read.sheet.rules.len() >= MOST_RULES {
            problem("too_many_rules", Some(number), None, facts([("most", &MOST_RULES)]));
            break;
        }
        let cell = |which: usize| cells.get(columns[which]).map_or("", |cell| cell.trim());
        match rule(number, cell, known) {
            Ok(rule) => {
                let same = format!("{}\u{0}{}\u{0}{:?}", rule.sector, rule.indicator, rule.test);
                if let Some((severity, other)) = met.get(&same) {
                    let code = if *severity == rule.severity { "repeated" } else { "contradiction" };
                    problem(code, Some(number), None, facts([("other", other)]));
                    continue;
                }
                met.insert(same, (rule.severity, number));
                read.sheet.rules.push(rule);
            }
            Err((code, which, facts)) => problem(code, Some(number), Some(columns[which] as u32 + 1), facts),
        }
    }
    if read.sheet.rules.is_empty() && read.problems.is_empty() {
        read.problems.push(SheetProblem { code: "empty", row: None, column: None, facts: Facts::new() });
    }
    read
}

type Fault = (&'static str, usize, Facts);

fn rule<'c>(
    row: u32,
    cell: impl Fn(usize) -> &'c str,
    known: Option<&BTreeSet<String>>,
) -> Result<SeverityRule, Fault> {
    let shown = |text: &str| text.chars().take(LONGEST_SHOWN).collect::<String>();
    let fault = |code, which, text: &str| Err((code, which, facts([("text", &shown(text))])));
    for which in [SECTOR, INDICATOR, TEST, VALUE, SEVERITY] {
        if cell(which).is_empty() {
            return fault("empty_cell", which, "");
        }
    }
    if known.is_some_and(|known| !known.contains(cell(INDICATOR))) {
        return fault("unknown_indicator", INDICATOR, cell(INDICATOR));
    }
    let value = cell(VALUE);
    let number = || number(value).ok_or(("not_a_number", VALUE, facts([("text", &shown(value))])));
    let words = || value.split('|').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let test = match plain_test(cell(TEST)).as_str() {
        "=" | "is" | "est" => Test::Is(words()),
        "!=" | "≠" | "<>" | "is not" | "n est pas" => Test::IsNot(words()),
        "<" => Test::Below(number()?),
        "<=" | "≤" => Test::AtMost(number()?),
        ">" => Test::Above(number()?),
        ">=" | "≥" => Test::AtLeast(number()?),
        "between" | "entre" => match range(value) {
            Some((least, most)) => Test::Between(least, most),
            None => return fault("not_a_range", VALUE, value),
        },
        _ => return fault("unknown_test", TEST, cell(TEST)),
    };
    let severity = match self::number(cell(SEVERITY)) {
        Some(severity) if severity.fract() == 0.0 && (1.0..=5.0).contains(&severity) => severity as u8,
        _ => return fault("not_a_severity", SEVERITY, cell(SEVERITY)),
    };
    let (sector, indicator) = (cell(SECTOR).to_owned(), cell(INDICATOR).to_owned());
    Ok(SeverityRule { sector, indicator, test, severity, row })
}

/// A test's sign as it stands, or its words without capitals and accents.
fn plain_test(text: &str) -> String {
    if text.chars().any(char::is_alphabetic) {
        plain(text)
    } else {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }
}

/// Reads a number with a point or a comma before its fraction. «1,200» is not read: it may be 1.2 or 1200.
fn number(text: &str) -> Option<f64> {
    let thousands = text.trim().split_once(',').is_some_and(|(_, fraction)| fraction.len() == 3);
    if thousands {
        return None;
    }
    text.trim().replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
}

fn range(text: &str) -> Option<(f64, f64)> {
    let (least, most) = text.split_once("..")?;
    let (least, most) = (number(least)?, number(most)?);
    (least <= most).then_some((least, most))
}
