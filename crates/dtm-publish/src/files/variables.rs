//! Columns as Stata and SPSS have them: legal names, numbers for choices, and how wide texts and numbers are.
//!
//! Names are the columns' own where they are legal, at most 32 characters; a longer one is cut and, where that makes two
//! alike, numbered; the whole name then stands in the notes. A choice is a labelled integer, with the same number in every
//! language and, for the words of the dictionary, in every file. Columns that only repeat the label of a choice are left
//! out: value labels say it. Widths are found in a first pass over the rows.

use crate::dataset::{Choice, Column, Dataset, Datum, Kind, Role};
use chrono::{DateTime, Datelike, Utc};
use dtm_model::{Lang, Text};
use std::collections::BTreeSet;

/// What a variable holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Holds {
    /// Text of at most so many bytes.
    Text { width: usize },
    /// Whole numbers, or the numbers of choices, between these.
    Whole { least: i64, most: i64 },
    /// Numbers.
    Decimal,
    /// Days.
    Day,
}

/// A column as a variable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variable<'a> {
    /// Its position among the columns.
    pub(super) at: usize,
    pub(super) column: &'a Column,
    /// A legal name.
    pub(super) name: String,
    pub(super) holds: Holds,
    /// The numbers of the choices, in their order.
    pub(super) numbers: Vec<i32>,
    /// The position of the column that says how this number stands.
    pub(super) state: Option<usize>,
}

/// The variables of a dataset, and the number of its rows.
pub(super) struct Variables<'a> {
    pub(super) all: Vec<Variable<'a>>,
    pub(super) n_rows: u64,
    /// For each variable, how many texts there are and how many bytes they take together.
    pub(super) texts: Vec<(u64, u64)>,
}

/// How a number that is absent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// Nothing is said.
    Plain,
    /// Nothing was collected.
    Nothing,
    /// It is hidden for protection.
    Hidden,
}

impl<'a> Variables<'a> {
    /// Looks through the rows once.
    pub(super) fn survey(dataset: &'a Dataset<'_>) -> Variables<'a> {
        let columns = dataset.columns();
        let names = legal_names(columns);
        let mut all: Vec<Variable<'a>> = columns
            .iter()
            .zip(names)
            .enumerate()
            .filter(|(_, (column, _))| column.role != Role::LabelOfChoice)
            .map(|(at, (column, name))| Variable {
                at,
                column,
                name,
                holds: match column.kind {
                    Kind::Text => Holds::Text { width: 0 },
                    Kind::Choice(_) | Kind::Integer | Kind::Flag => Holds::Whole { least: 0, most: 0 },
                    Kind::Decimal => Holds::Decimal,
                    Kind::Date => Holds::Day,
                },
                numbers: numbers(column.choices()),
                state: state_of(column, columns),
            })
            .collect();
        let mut n_rows = 0;
        let mut texts = vec![(0, 0); all.len()];
        for row in dataset.rows() {
            n_rows += 1;
            for (variable, texts) in all.iter_mut().zip(&mut texts) {
                let number = variable.number(&row.cells);
                match (&mut variable.holds, &row.cells[variable.at]) {
                    (Holds::Text { width }, cell) => {
                        let n = cell.plain(variable.column).len();
                        *width = n.max(*width);
                        *texts = (texts.0 + u64::from(n > 0), texts.1 + n as u64);
                    }
                    (Holds::Whole { least, most }, _) => {
                        if let Some(number) = number {
                            (*least, *most) = (number.min(*least), number.max(*most));
                        }
                    }
                    _ => {}
                }
            }
        }
        Variables { all, n_rows, texts }
    }
}

impl Variable<'_> {
    /// The whole number of this cell: a count, the number of a choice, 1 or 0.
    pub(super) fn number(&self, cells: &[Datum<'_>]) -> Option<i64> {
        match cells[self.at] {
            Datum::Integer(number) => Some(number),
            Datum::Choice(at) => self.numbers.get(at).map(|number| i64::from(*number)),
            Datum::Flag(yes) => Some(i64::from(yes)),
            _ => None,
        }
    }

    /// Why a number is absent, as the column beside it says.
    pub(super) fn absent(&self, cells: &[Datum<'_>], columns: &[Column]) -> Absent {
        let Some(state) = self.state else { return Absent::Plain };
        match cells[state].plain(&columns[state]).as_ref() {
            "hidden" => Absent::Hidden,
            "nothing" => Absent::Nothing,
            // Beside a number that is shown, the carried part is withheld where it would tell of a hidden one.
            "shown" if self.column.name.ends_with("carried") => Absent::Hidden,
            _ => Absent::Plain,
        }
    }

    /// The values with their labels: of choices, and no and yes of flags.
    pub(super) fn labels(&self, lang: Lang) -> Vec<(i32, String)> {
        if self.column.kind == Kind::Flag {
            let [no, yes] = [Text::both("No", "Non"), Text::both("Yes", "Oui")];
            return vec![(0, no.get(lang).to_owned()), (1, yes.get(lang).to_owned())];
        }
        let choices = self.numbers.iter().zip(self.column.choices());
        choices.map(|(number, choice)| (*number, choice.label.get(lang).to_owned())).collect()
    }

    /// What its codes are called in every other format: `1 = conflict, 2 = insecurity`; empty where it has none.
    pub(super) fn codes(&self) -> String {
        let choices = self.numbers.iter().zip(self.column.choices());
        choices.map(|(number, choice)| format!("{number} = {}", choice.code)).collect::<Vec<_>>().join(", ")
    }

    /// What it says, with its unit.
    pub(super) fn label(&self, lang: Lang) -> String {
        let label = self.column.label.get(lang);
        match &self.column.unit {
            Some(unit) => format!("{label} ({})", unit.get(lang)),
            None => label.to_owned(),
        }
    }
}

/// The column that says how the numbers of this one stand.
fn state_of(column: &Column, columns: &[Column]) -> Option<usize> {
    if column.kind != Kind::Integer {
        return None;
    }
    let stem = ["_carried", "_low", "_high"].iter().find_map(|end| column.name.strip_suffix(end));
    let state = match column.name.as_str() {
        "value" | "carried" | "low" | "high" => "state".to_owned(),
        name => format!("{}_state", stem.unwrap_or(name)),
    };
    columns.iter().position(|column| column.name == state)
}

/// The numbers of codes that files are to agree on, whichever round and filter they are of.
const NUMBERS: [(&str, i32); 25] = [
    ("*", 0),
    ("conflict", 1),
    ("insecurity", 2),
    ("natural_disaster", 3),
    ("other", 4),
    ("not_reported", 5),
    ("male", 1),
    ("female", 2),
    ("in", 1),
    ("incoming", 1),
    ("out", 2),
    ("outgoing", 2),
    ("within", 3),
    ("shown", 1),
    ("nothing", 2),
    ("hidden", 3),
    ("site", 1),
    ("host_community", 2),
    ("flow_point", 3),
    ("BA", 1),
    ("SA", 2),
    ("ETT", 3),
    ("idp_ind", 1),
    ("males", 11),
    ("females", 12),
];

/// Numbers of choices nobody has fixed begin here.
const OTHERS: i32 = 101;

fn numbers(choices: &[Choice]) -> Vec<i32> {
    let known = |code: &str| NUMBERS.iter().find(|(known, _)| *known == code).map(|(_, number)| *number);
    let mut taken = BTreeSet::new();
    let mut free = OTHERS..;
    choices
        .iter()
        .map(|choice| {
            let number = known(&choice.code).or_else(|| first_age(&choice.code)).filter(|number| taken.insert(*number));
            number.or_else(|| free.find(|number| taken.insert(*number))).unwrap_or(i32::MAX)
        })
        .collect()
}

/// The number of an age group: its first year, with the last behind it, so that `0-4` and `0-17` differ: 1005 is
/// none, `18-59` is 1859, `60+` is 6099.
fn first_age(code: &str) -> Option<i32> {
    let (from, to) = match (code.strip_suffix('+'), code.split_once('-')) {
        (Some(from), _) => (from, "99"),
        (None, Some(range)) => range,
        (None, None) => (code, code),
    };
    let year = |text: &str| text.parse::<i32>().ok().filter(|year| (0..=99).contains(year));
    Some(10_000 + year(from)? * 100 + year(to)?)
}

/// When the newest release was made.
pub(super) fn made_at(dataset: &Dataset<'_>) -> DateTime<Utc> {
    let made = dataset.releases().iter().map(|release| release.made_at().as_millis()).max();
    made.and_then(DateTime::from_timestamp_millis).unwrap_or_default()
}

/// The month of this moment, as both programs write it in any language.
pub(super) fn month(moment: &DateTime<Utc>) -> &'static str {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    MONTHS[moment.month0() as usize % MONTHS.len()]
}

/// As much of the text as fits, never half a character.
pub(super) fn at_most(text: &str, n_bytes: usize) -> &str {
    let mut end = n_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// How long names may be.
const LONGEST: usize = 32;

/// Names that Stata and SPSS accept, each once whatever the case of its letters.
fn legal_names(columns: &[Column]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    columns.iter().map(|column| legal_name(&column.name, &mut taken)).collect()
}

fn legal_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut legal: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    // SPSS wants a letter first; words of either program's language are no names.
    if !legal.starts_with(|c: char| c.is_ascii_alphabetic()) || RESERVED.contains(&legal.to_lowercase().as_str()) {
        legal.insert_str(0, "v_");
    }
    legal.truncate(LONGEST);
    let mut candidate = legal.clone();
    for n in 2.. {
        // SPSS does not tell case apart and wants no underscore last.
        let trimmed = candidate.trim_end_matches('_').to_owned();
        if taken.insert(trimmed.to_lowercase()) {
            return trimmed;
        }
        let end = format!("_{n}");
        candidate = legal.chars().take(LONGEST - end.len()).collect::<String>() + &end;
    }
    legal
}

const RESERVED: [&str; 42] = [
    "_all",
    "_b",
    "_coef",
    "_cons",
    "_n",
    "_pi",
    "_pred",
    "_rc",
    "_skip",
    "aggregate",
    "all",
    "and",
    "array",
    "boolean",
    "break",
    "by",
    "byte",
    "case",
    "colvector",
    "complex",
    "const",
    "continue",
    "double",
    "eq",
    "float",
    "ge",
    "gt",
    "if",
    "in",
    "int",
    "le",
    "long",
    "lt",
    "ne",
    "not",
    "or",
    "str",
    "strl",
    "to",
    "using",
    "variable",
    "with",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(given: &[&str]) -> Vec<String> {
        let mut taken = BTreeSet::new();
        given.iter().map(|name| legal_name(name, &mut taken)).collect()
    }

    #[test]
    fn names_are_legal_short_and_differ() {
        let state = "m0310_displaced_persons_in_host_families_state";
        let carried = "m0310_displaced_persons_in_host_families_carried";
        assert_eq!(
            names(&["round", "in", "1st", "Âge", "ROUND", state, carried]),
            [
                "round",
                "v_in",
                "v_1st",
                "v__ge",
                "ROUND_2",
                "m0310_displaced_persons_in_host",
                "m0310_displaced_persons_in_hos_2"
            ]
        );
    }

    #[test]
    fn choices_have_the_same_number_in_every_file() {
        let choices = |codes: &[&str]| -> Vec<Choice> {
            codes.iter().map(|code| Choice { code: (*code).to_owned(), label: Text::both(*code, *code) }).collect()
        };
        assert_eq!(numbers(&choices(&["*", "conflict", "flood", "other"])), [0, 1, 101, 4]);
        assert_eq!(numbers(&choices(&["*", "other"])), [0, 4]);
        assert_eq!(numbers(&choices(&["0", "0-4", "18-59", "60+", "old"])), [10_000, 10_004, 11_859, 16_099, 101]);
    }
}
