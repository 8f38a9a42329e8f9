//! The officers' own rules, as a sheet.
//!
//! In goes a sheet with one rule a line: `id`, `severity` (note, confirm, block), `flag_when` (what is true where something
//! is wrong, in the form's language), `label` and `why` per language, `question` and `action` with its `new_value`. Out come
//! the rules, and what cannot be read by row and column. Columns are told by their names, with those of the check lists
//! that IMPACT keeps among them; their order does not count. Whether an expression makes sense, the form says.

use crate::answers::clean_header;
use crate::folding::plain;
use crate::wording::{Facts, Wording, facts, say};
use dtm_model::{Change, Lang, Severity, Text};
use std::collections::BTreeSet;

/// A sheet has no more rules than this.
pub const MOST_RULES: usize = 500;

/// The columns of the template, in this order.
pub const RULE_COLUMNS: [&str; 10] = [
    "id",
    "severity",
    "flag_when",
    "question",
    "label::English (en)",
    "label::Français (fr)",
    "why::English (en)",
    "why::Français (fr)",
    "action",
    "new_value",
];

/// What a rule proposes to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleAction {
    /// Ask the enumerator or the key informant.
    Ask,
    /// Correct the answer.
    Correct(Change),
}

impl RuleAction {
    /// The word that findings keep it under.
    pub fn code(self) -> &'static str {
        match self {
            RuleAction::Ask => "ask",
            RuleAction::Correct(change) => crate::corrections::word(change),
        }
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRule {
    /// The row as a spreadsheet numbers it, from 1.
    pub row: usize,
    /// Its id.
    pub id: String,
    /// What its findings weigh.
    pub severity: Severity,
    /// What is true where something is wrong.
    pub flag_when: String,
    /// The question it speaks of; none where it speaks of the whole record.
    pub question: Option<String>,
    /// What is said of a finding.
    pub label: Text,
    /// Why it matters.
    pub why: Text,
    /// What is proposed.
    pub action: RuleAction,
    /// What the answer should be, as an expression.
    pub new_value: Option<String>,
}

/// A column of the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulePart {
    /// `id`.
    Id,
    /// `severity`.
    Severity,
    /// `flag_when`.
    FlagWhen,
    /// `question`.
    Question,
    /// `label`.
    Label,
    /// `why`.
    Why,
    /// `action`.
    Action,
    /// `new_value`.
    NewValue,
}

/// What is wrong in a sheet of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// The row as a spreadsheet numbers it, from 1.
    pub row: usize,
    /// The column that is to blame, counted from 0.
    pub column: Option<usize>,
    /// Stable code, such as `id_twice`.
    pub code: &'static str,
    /// What was met.
    pub facts: Facts,
}

impl RuleProblem {
    /// Says the problem in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        say(WORDINGS, self.code, &self.facts, lang)
    }
}

/// Rules as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleSheet {
    /// The rules, in the order of the sheet.
    pub rules: Vec<SheetRule>,
    /// What could not be read.
    pub problems: Vec<RuleProblem>,
    columns: Vec<(RulePart, usize)>,
}

impl RuleSheet {
    /// The first column that holds this part, counted from 0.
    pub fn column(&self, part: RulePart) -> Option<usize> {
        self.columns.iter().find(|(known, _)| *known == part).map(|(_, at)| *at)
    }
}

const NAMES: &[(RulePart, &[&str])] = &[
    (RulePart::Id, &["id", "check id", "rule", "name"]),
    (RulePart::Severity, &["severity", "gravite", "weight"]),
    (RulePart::FlagWhen, &["flag when", "expression", "check to perform", "signaler si"]),
    (RulePart::Question, &["question", "questions", "columns to clean", "column", "variable"]),
    (RulePart::Label, &["label", "description", "message", "libelle"]),
    (RulePart::Why, &["why", "reason", "pourquoi", "motif"]),
    (RulePart::Action, &["action", "change type"]),
    (RulePart::NewValue, &["new value", "proposed", "nouvelle valeur"]),
];

/// The language that a header names, as XLSForm writes it: `label::Français (fr)`, `label_fr`.
fn language(header: &str) -> Option<Lang> {
    let header = header.trim().to_lowercase();
    let code = header.rsplit_once('(').map_or_else(
        || header.rsplit(['_', ':', ' ']).next().unwrap_or_default().to_owned(),
        |(_, code)| code.trim_end_matches(')').to_owned(),
    );
    Lang::from_code(&code)
}

/// The part that a header names.
fn part_of(header: &str) -> Option<RulePart> {
    let bare = header.split("::").next().unwrap_or(header);
    let named = |text: &str| {
        let text = plain(text);
        NAMES.iter().find(|(_, names)| names.contains(&text.as_str())).map(|(part, _)| *part)
    };
    named(bare).or_else(|| language(header).and_then(|_| named(bare.rsplit_once(['_', ' '])?.0)))
}

/// Reads a sheet of rules; the first row names the columns.
pub fn read_rules<Row: AsRef<[String]>>(rows: &[Row]) -> RuleSheet {
    let mut sheet = RuleSheet::default();
    let header: Vec<&str> =
        rows.first().map(|row| row.as_ref().iter().map(|cell| clean_header(cell)).collect()).unwrap_or_default();
    let parts: Vec<Option<(RulePart, Option<Lang>)>> =
        header.iter().map(|name| Some((part_of(name)?, language(name)))).collect();
    sheet.columns = (0..).zip(&parts).filter_map(|(at, part)| Some((part.as_ref()?.0, at))).collect();
    for (part, name) in [(RulePart::Id, "id"), (RulePart::FlagWhen, "flag_when"), (RulePart::Label, "label")] {
        if sheet.column(part).is_none() {
            let facts = facts([("column", &name)]);
            sheet.problems.push(RuleProblem { row: 1, column: None, code: "no_column", facts });
        }
    }
    if !sheet.problems.is_empty() {
        return sheet;
    }
    let mut ids = BTreeSet::new();
    for (row, cells) in (2..).zip(rows.iter().skip(1)) {
        let cells = cells.as_ref();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if sheet.rules.len() >= MOST_RULES {
            let facts = facts([("most", &MOST_RULES)]);
            sheet.problems.push(RuleProblem { row, column: None, code: "too_many", facts });
            break;
        }
        let line = Line { row, cells, parts: &parts };
        match line.rule(&sheet, &mut ids) {
            Ok(rule) => sheet.rules.push(rule),
            Err(problem) => sheet.problems.push(problem),
        }
    }
    sheet
}

struct Line<'a> {
    row: usize,
    cells: &'a [String],
    parts: &'a [Option<(RulePart, Option<Lang>)>],
}

impl Line<'_> {
    fn text(&self, part: RulePart) -> Option<&str> {
        let at = self.parts.iter().position(|known| known.is_some_and(|(known, _)| known == part))?;
        self.cells.get(at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

    /// The words of a part in every language it is written in; a column without a language is English.
    fn words(&self, part: RulePart) -> Text {
        let mut words = Text::new();
        for (known, cell) in self.parts.iter().zip(self.cells) {
            let Some((_, lang)) = known.filter(|(known, _)| *known == part) else { continue };
            if !cell.trim().is_empty() {
                words = words.with(lang.unwrap_or(Lang::En).code(), cell.trim());
            }
        }
        words
    }

    fn rule(&self, sheet: &RuleSheet, ids: &mut BTreeSet<String>) -> Result<SheetRule, RuleProblem> {
        let problem = |part, code, value: &str| RuleProblem {
            row: self.row,
            column: sheet.column(part),
            code,
            facts: facts([("value", &value)]),
        };
        let id = self.text(RulePart::Id).ok_or_else(|| problem(RulePart::Id, "no_id", ""))?.to_owned();
        let is_plain = id.len() <= 60 && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if !is_plain {
            return Err(problem(RulePart::Id, "bad_id", &id));
        }
        if !ids.insert(id.clone()) {
            return Err(problem(RulePart::Id, "id_twice", &id));
        }
        let flag_when = self.text(RulePart::FlagWhen);
        let flag_when = flag_when.ok_or_else(|| problem(RulePart::FlagWhen, "no_expression", &id))?.to_owned();
        let label = self.words(RulePart::Label);
        if label.iter().next().is_none() {
            return Err(problem(RulePart::Label, "no_label", &id));
        }
        let severity = match self.text(RulePart::Severity).map(plain).as_deref() {
            None | Some("confirm" | "warning" | "a confirmer") => Severity::Confirm,
            Some("note" | "info" | "remarque") => Severity::Note,
            Some("block" | "error" | "bloquant") => Severity::Block,
            Some(other) => return Err(problem(RulePart::Severity, "bad_severity", other)),
        };
        let new_value = self.text(RulePart::NewValue).map(str::to_owned);
        let action = match self.text(RulePart::Action).map(|word| plain(word).replace(' ', "_")).as_deref() {
            None if new_value.is_some() => RuleAction::Correct(Change::ChangeResponse),
            None | Some("ask" | "demander") => RuleAction::Ask,
            Some("change_response" | "change") => RuleAction::Correct(Change::ChangeResponse),
            Some("blank_response" | "blank") => RuleAction::Correct(Change::BlankResponse),
            Some("remove_survey" | "remove") => RuleAction::Correct(Change::RemoveSurvey),
            Some(other) => return Err(problem(RulePart::Action, "bad_action", other)),
        };
        // Of several questions the first is the one that is corrected.
        let question = self.text(RulePart::Question).and_then(|text| text.split([',', ';']).next());
        let question = question.map(|text| text.trim().trim_start_matches("${").trim_end_matches('}').to_owned());
        match action {
            RuleAction::Correct(Change::ChangeResponse) if new_value.is_none() => {
                return Err(problem(RulePart::NewValue, "no_new_value", &id));
            }
            RuleAction::Correct(Change::ChangeResponse | Change::BlankResponse) if question.is_none() => {
                return Err(problem(RulePart::Question, "no_question", &id));
            }
            _ => {}
        }
        let why = self.words(RulePart::Why);
        Ok(SheetRule { row: self.row, id, severity, flag_when, question, label, why, action, new_value })
    }
}

const WORDINGS: &[Wording] = &[
    Wording {
        code: "no_column", en: "the sheet has no column {column}", fr: "la feuille n’a pas de colonne {column}"
    },
    Wording { code: "too_many", en: "there are more than {most} rules", fr: "il y a plus de {most} règles" },
    Wording { code: "no_id", en: "the rule has no id", fr: "la règle n’a pas d’identifiant" },
    Wording {
        code: "bad_id",
        en: "«{value}» cannot be an id: letters, digits, points and hyphens, sixty at most",
        fr: "« {value} » ne peut être un identifiant : lettres, chiffres, points et traits d’union, soixante au plus",
    },
    Wording {
        code: "id_twice",
        en: "another rule has the id «{value}»",
        fr: "une autre règle a l’identifiant « {value} »",
    },
    Wording {
        code: "no_expression",
        en: "rule {value} does not say when something is wrong",
        fr: "la règle {value} ne dit pas quand quelque chose ne va pas",
    },
    Wording {
        code: "no_label",
        en: "rule {value} has no words for the reader",
        fr: "la règle {value} n’a pas de mots pour le lecteur",
    },
    Wording {
        code: "bad_severity",
        en: "«{value}» is no severity; note, confirm and block are",
        fr: "« {value} » n’est pas une gravité ; ce sont note, confirm et block",
    },
    Wording {
        code: "bad_action",
        en: "«{value}» is no action; ask, change_response, blank_response and remove_survey are",
        fr: "« {value} » n’est pas une action ; ce sont ask, change_response, blank_response et remove_survey",
    },
    Wording {
        code: "no_new_value",
        en: "rule {value} changes an answer and does not say to what",
        fr: "la règle {value} change une réponse et ne dit pas en quoi",
    },
    Wording {
        code: "no_question",
        en: "rule {value} corrects an answer and names no question",
        fr: "la règle {value} corrige une réponse et ne nomme aucune question",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// A sheet, cells apart by bars.
    fn check(sheet: &str, expect: Expect) {
        let rows: Vec<Vec<String>> =
            sheet.trim().lines().map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect()).collect();
        let read = read_rules(&rows);
        let mut told: Vec<String> = read
            .rules
            .iter()
            .map(|rule| {
                let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
                let (en, fr) = (rule.label.get(Lang::En), rule.label.get(Lang::Fr));
                format!(
                    "{} {:?} {} [{}] {} {} {en}/{fr}",
                    rule.id,
                    rule.severity,
                    rule.flag_when,
                    text(&rule.question),
                    rule.action.code(),
                    text(&rule.new_value)
                )
            })
            .collect();
        told.extend(read.problems.iter().map(|problem| {
            assert!(!problem.message(Lang::Fr).contains(['{', '?']));
            format!("row {} column {:?}: {}", problem.row, problem.column, problem.message(Lang::En))
        }));
        expect.assert_eq(&told.join("\n"));
    }

    #[test]
    fn rules_are_read_in_our_columns_and_in_those_of_check_lists() {
        check(
            "
id | severity | flag_when | question | label::English (en) | label::Français (fr) | new_value
big | block | ${ind} < ${hh} | ind, hh | Fewer people than households | Moins de personnes que de ménages |
zero | note | . = 0 | litres | No water | Pas d’eau | 10
",
            expect![[r#"
                big Block ${ind} < ${hh} [ind] ask - Fewer people than households/Moins de personnes que de ménages
                zero Note . = 0 [litres] change_response 10 No water/Pas d’eau"#]],
        );
        check(
            "check_id|description|check_to_perform|columns_to_clean\nc1|Too much|${x} > 5|x",
            expect!["c1 Confirm ${x} > 5 [x] ask - Too much/Too much"],
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_by_row_and_column() {
        check("id|label\na|b", expect!["row 1 column None: the sheet has no column flag_when"]);
        check(
            "
id | severity | flag_when | label | action
a | heavy | 1 | x |
a b | | 1 | x |
c | | | x |
d | | 1 | |
e | | 1 | x | burn
f | | 1 | x | blank
g | | 1 | x |
g | | 1 | x |
",
            expect![[r#"
                g Confirm 1 [-] ask - x/x
                row 2 column Some(1): «heavy» is no severity; note, confirm and block are
                row 3 column Some(0): «a b» cannot be an id: letters, digits, points and hyphens, sixty at most
                row 4 column Some(2): rule c does not say when something is wrong
                row 5 column Some(3): rule d has no words for the reader
                row 6 column Some(4): «burn» is no action; ask, change_response, blank_response and remove_survey are
                row 7 column None: rule f corrects an answer and names no question
                row 9 column Some(0): another rule has the id «g»"#]],
        );
    }
}
