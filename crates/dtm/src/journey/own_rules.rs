//! The officers' own rules of a form: read from their sheet, held against the form, and run on each version of a submission.
//!
//! In: a sheet as it was brought, and the form's logic. Out: rules that can be run, and what is wrong by row and column.
//! A sheet with anything wrong is not taken, as rules that are left out in silence would be believed to hold.

use crate::world;
use anyhow::Result;
use dtm_capture::logic::{Held, Logic, OwnFinding, OwnPart, OwnRule, OwnRules};
use dtm_capture::submission::is_encrypted;
use dtm_model::{Change, Finding, Lang, RecordId, SubmissionId};
use dtm_process::checks::Check;
use dtm_process::corrections;
use dtm_process::rule_sheet::{RuleAction, RulePart, SheetRule, read_rules};
use dtm_store::{Blobs, ChosenSetting, ExportSource, Form, Store, Trash};
use serde::{Deserialize, Serialize};

/// A sheet of rules as it is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct KeptSheet {
    /// The name of the file.
    pub(crate) name: String,
    pub(crate) rows: Vec<Vec<String>>,
}

/// What is wrong in a sheet, as it is told.
#[derive(Clone, Debug)]
pub(crate) struct SheetProblem {
    /// From 1.
    pub(crate) row: usize,
    /// From 0.
    pub(crate) column: Option<usize>,
    pub(crate) code: &'static str,
    pub(crate) en: String,
    pub(crate) fr: String,
    /// The word at fault.
    pub(crate) word: Option<String>,
}

impl SheetProblem {
    pub(crate) fn message(&self, lang: Lang) -> &str {
        if lang == Lang::En { &self.en } else { &self.fr }
    }
}

/// Rules that can be run.
#[derive(Debug, Default)]
pub(crate) struct Running {
    own: OwnRules,
    pub(crate) rules: Vec<SheetRule>,
}

/// The sheet that stands for a form; none where nobody brought one, or it was emptied.
pub(crate) fn sheet_in(chosen: Option<&ChosenSetting>) -> Option<KeptSheet> {
    let sheet: KeptSheet = serde_json::from_str(&chosen?.body).ok()?;
    (!sheet.rows.is_empty()).then_some(sheet)
}

/// Reads a sheet for a form.
pub(crate) fn read(rows: &[Vec<String>], logic: &Logic) -> (Running, Vec<SheetProblem>) {
    let sheet = read_rules(rows);
    let mut problems: Vec<SheetProblem> = sheet
        .problems
        .iter()
        .map(|problem| SheetProblem {
            row: problem.row,
            column: problem.column,
            code: problem.code,
            en: problem.message(Lang::En),
            fr: problem.message(Lang::Fr),
            word: problem.facts.get("value").cloned(),
        })
        .collect();
    let written: Vec<OwnRule> = sheet
        .rules
        .iter()
        .map(|rule| OwnRule {
            expression: rule.flag_when.clone(),
            question: rule.question.clone(),
            proposed: rule.new_value.clone(),
        })
        .collect();
    let (own, refused) = logic.own_rules(&written);
    problems.extend(refused.into_iter().map(|problem| {
        let (part, code) = match problem.part {
            OwnPart::Expression => (RulePart::FlagWhen, "expression_unreadable"),
            OwnPart::Question => (RulePart::Question, "unknown_question"),
            OwnPart::Proposed => (RulePart::NewValue, "new_value_unreadable"),
        };
        SheetProblem {
            row: sheet.rules[problem.rule].row,
            column: sheet.column(part),
            code,
            en: problem.error.message(Lang::En),
            fr: problem.error.message(Lang::Fr),
            word: problem.error.word().map(str::to_owned),
        }
    }));
    problems.sort_by_key(|problem| (problem.row, problem.column));
    (Running { own, rules: sheet.rules }, problems)
}

/// Submissions that rules are tried on.
const MOST_TRIED: u32 = 500;
/// Records that are shown of each rule.
const EXAMPLES: usize = 3;

/// What one rule finds among real records.
pub(crate) struct Tried {
    pub(crate) rule: SheetRule,
    pub(crate) n: u64,
    /// The newest of them.
    pub(crate) examples: Vec<Finding>,
}

/// Tries rules on the newest submissions of a form, corrections applied, and keeps nothing. Tells on how many; what is
/// sealed is passed over.
pub(crate) async fn try_on(store: &Store, form: &Form, running: Running, logic: Logic) -> Result<(u64, Vec<Tried>)> {
    let source = ExportSource {
        form: form.id.clone(),
        draft: false,
        version: None,
        trash: Trash::Without,
        until: world::now(),
        conditions: Vec::new(),
        near: None,
    };
    let sent = store.export_page(&source, None, 0, MOST_TRIED).await?;
    let ids: Vec<SubmissionId> = sent.iter().map(|one| one.current.clone()).collect();
    let records: Vec<RecordId> = sent.iter().map(|one| one.record.clone()).collect();
    let heads = store.submission_heads(&ids).await?;
    let mut texts = store.xml_of(&ids).await?;
    let log = corrections::by_record(store.corrections_of_records(&records).await?);
    let held = move || {
        let mut tried: Vec<Tried> =
            running.rules.iter().map(|rule| Tried { rule: rule.clone(), n: 0, examples: Vec::new() }).collect();
        let mut n_tried = 0;
        for (id, record) in ids.iter().zip(&records) {
            let Some((xml, head)) = texts.remove(id).zip(heads.get(id)).filter(|(xml, _)| !is_encrypted(xml)) else {
                continue;
            };
            n_tried += 1;
            let changes = super::logic::changes(log.get(record).map_or(&[][..], Vec::as_slice));
            for found in running.hold(&logic, record, (&xml, &changes), head.received_at.into()) {
                let of = found.facts.get("rule").and_then(|id| tried.iter_mut().find(|one| one.rule.id == *id));
                let Some(of) = of else { continue };
                of.n += 1;
                if of.examples.len() < EXAMPLES {
                    of.examples.push(found);
                }
            }
        }
        (n_tried, tried)
    };
    Ok(tokio::task::spawn_blocking(held).await?)
}

/// The logic of the questions that a form asks now, to read rules for it.
pub(crate) async fn logic_of(store: &Store, blobs: &Blobs, form: &Form) -> Result<Option<Logic>> {
    let version = match store.current_version(&form.id).await? {
        Some(version) => Some(version),
        None => store.draft(&form.id).await?.map(|draft| draft.version),
    };
    let Some(version) = version else { return Ok(None) };
    let mut files = std::collections::HashMap::new();
    for media in store.form_media(&version.id).await? {
        files.insert(media.name, blobs.get(&media.hash).await?.to_vec());
    }
    let compile = move || Logic::compile(&version.xform, &|name| files.get(name).cloned()).ok();
    Ok(tokio::task::spawn_blocking(compile).await?)
}

impl Running {
    /// The rules of a sheet that was taken before; what a newer version of the form dropped is left out.
    pub(crate) fn of(sheet: &KeptSheet, logic: &Logic) -> Self {
        read(&sheet.rows, logic).0
    }

    /// What a submission breaks, with other answers in place of those sent.
    pub(crate) fn hold(
        &self,
        logic: &Logic,
        record: &RecordId,
        (xml, changes): (&str, &[(String, String)]),
        at: dtm_capture::logic::Moment,
    ) -> Vec<Finding> {
        let Held { findings, undecided } = logic.hold(&self.own, xml, changes, at);
        for (rule, error) in undecided {
            let rule = self.rules.get(rule).map_or("", |rule| rule.id.as_str());
            tracing::debug!(rule, %error, "a rule could not be decided");
        }
        findings.into_iter().filter_map(|found| Some(finding(record, self.rules.get(found.rule)?, found))).collect()
    }
}

fn finding(record: &RecordId, rule: &SheetRule, found: OwnFinding) -> Finding {
    let question = Some(found.path).filter(|path| !path.is_empty());
    let mut finding = Finding {
        check: Check::OWN_RULE.to_owned(),
        severity: rule.severity,
        record: Some(record.clone()),
        place: None,
        question,
        facts: std::collections::BTreeMap::new(),
    };
    let mut fact = |name: &str, value: &str| {
        if !value.is_empty() {
            finding.facts.insert(name.to_owned(), value.to_owned());
        }
    };
    fact("rule", &rule.id);
    fact("value", &found.answer);
    for (name, words) in [("words", &rule.label), ("why", &rule.why)] {
        fact(&format!("{name}_en"), words.get(Lang::En));
        fact(&format!("{name}_fr"), words.get(Lang::Fr));
    }
    // Where the new value cannot be computed, a person has to find it.
    let needs_value = rule.action == RuleAction::Correct(Change::ChangeResponse);
    let action = if needs_value && found.proposed.is_none() { RuleAction::Ask } else { rule.action };
    fact("proposed", action.code());
    if let RuleAction::Correct(_) = action {
        fact("proposed_old", &found.answer);
        fact("proposed_new", found.proposed.as_deref().unwrap_or_default());
    }
    finding
}
