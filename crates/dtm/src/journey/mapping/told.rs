//! Mappings as programs read them.

use super::sample::{Answered, LOOKED_AT};
use super::{Dimension, FigureLine, Look, NoticeLine, Tried, TriedRow, Workbench};
use crate::http::Samples;
use crate::journey::settle;
use dtm_model::{Lang, Observation, Setting, Sex};
use dtm_process::mapping::{AnswerMet, Became, Feed, MappingChange, MappingProblem, MetTable, Part};
use dtm_store::StoredMapping;
use serde_json::{Value, json};

/// A version without its text.
pub(crate) fn version_json(version: &StoredMapping) -> Value {
    json!({
        "version": version.version, "reason": version.reason, "madeBy": version.made_by,
        "madeAt": version.made_at.to_string(),
    })
}

/// What is otherwise between two versions, in words.
pub(crate) fn changes_json(changes: &[MappingChange], lang: Lang) -> Value {
    let told = |change: &MappingChange| json!({ "code": change.code, "message": change.message(lang) });
    changes.iter().map(told).collect()
}

/// What is wrong, each with its line where there is one.
pub(crate) fn problems_json(problems: &[MappingProblem], lang: Lang) -> Value {
    let told = |problem: &MappingProblem| json!({ "code": problem.code, "line": problem.line, "message": problem.message(lang) });
    problems.iter().map(told).collect()
}

fn feed_json(feed: &Feed) -> Value {
    json!({ "question": feed.question, "indicator": feed.indicator, "by": feed.by.code() })
}

fn became(became: &Became) -> Option<&str> {
    match became {
        Became::Open(word) => word.as_deref(),
        Became::Word(word) | Became::Spelling { word, .. } => Some(word),
        Became::Area(pcode) => Some(pcode.as_str()),
    }
}

fn table_json(table: &MetTable, paths: &[String], samples: &Samples) -> Value {
    let is_personal = paths.iter().any(|path| samples.is_personal(path));
    let answer = |met: &AnswerMet| {
        let is_open = matches!(met.became, Became::Open(_));
        json!({ "answer": met.answer, "n": met.n, "becomes": became(&met.became), "open": is_open })
    };
    json!({
        "part": table.part.code(), "blank": table.n_blank,
        "answers": table.answers.iter().filter(|_| !is_personal).map(answer).collect::<Vec<_>>(),
    })
}

/// A mapping with how far it goes; of answers those that may be shown.
pub(crate) fn look_json(bench: &Workbench, look: &Look, samples: &Samples, lang: Lang) -> Value {
    let coverage = &look.coverage;
    let feeds = |feeds: &[Feed]| feeds.iter().map(feed_json).collect::<Vec<_>>();
    let parts: Vec<(&str, Part)> = look.mapping.iter().flat_map(|mapping| mapping.parts()).collect();
    let read = parts.iter().map(|(question, part)| {
        json!({ "question": question, "part": part.code(), "words": part.words(&bench.dictionary, lang) })
    });
    let read: Vec<Value> = read.collect();
    let paths = |table: &MetTable| -> Vec<String> {
        parts.iter().filter(|(_, part)| *part == table.part).map(|(name, _)| bench.path(name)).collect()
    };
    let tables: Vec<Value> = look.tables.iter().map(|table| table_json(table, &paths(table), samples)).collect();
    json!({
        "form": bench.mapped.key,
        "problems": problems_json(&look.problems, lang),
        "reads": read,
        "coverage": {
            "fed": feeds(&coverage.fed), "unfed": coverage.unfed, "unused": coverage.unused,
            "byName": feeds(&coverage.by_name),
        },
        "values": tables, "unmapped": look.n_open(),
        "round": bench.sample.round.as_ref().map(|round| round.label.as_str()),
        "records": bench.sample.records.len(), "allRecords": bench.sample.is_all,
    })
}

/// Whom a figure is about, as a word and a value.
pub(crate) fn dimension(of: &Dimension) -> (&'static str, String) {
    match of {
        Dimension::Everyone => ("everyone", String::new()),
        Dimension::In(Setting::Site) => ("setting", "site".to_owned()),
        Dimension::In(Setting::HostCommunity) => ("setting", "host_community".to_owned()),
        Dimension::Reason(reason) => ("reason", reason.clone()),
        Dimension::Origin(origin) => ("origin", origin.as_ref().map(ToString::to_string).unwrap_or_default()),
        Dimension::Direction(direction) => ("direction", direction.clone()),
        Dimension::People(sex, age) => {
            ("people", format!("{} {}", sex.map_or("", Sex::code), age.as_deref().unwrap_or("")).trim().to_owned())
        }
    }
}

fn figure_json(line: &FigureLine) -> Value {
    let (by, value) = dimension(&line.of);
    json!({ "indicator": line.indicator, "by": by, "value": value, "before": line.before, "after": line.after })
}

fn observation_json(one: &Observation) -> Value {
    json!({ "indicator": one.indicator, "breakdown": one.breakdown, "value": one.value })
}

fn row_json(bench: &Workbench, row: &TriedRow, met: &Answered, samples: &Samples) -> Value {
    let is_shown = |question: &str, answer: &str| {
        let path = bench.path(question);
        let n = met.get(&path).and_then(|answers| answers.get(answer)).copied().unwrap_or_default();
        samples.shows(&path, answer, n)
    };
    let answers = row.answers.iter().filter(|(question, answer)| is_shown(question, answer));
    let answers: serde_json::Map<String, Value> =
        answers.map(|(question, answer)| (question.clone(), answer.as_str().into())).collect();
    json!({
        "record": row.record, "place": row.place.as_ref().map(|place| &place.ssid), "answers": answers,
        "changed": row.is_changed(),
        "before": row.before.iter().map(observation_json).collect::<Vec<_>>(),
        "after": row.after.iter().map(observation_json).collect::<Vec<_>>(),
    })
}

/// What came out of a trial; rows with the answers that may be shown, none at all where none may.
pub(crate) fn tried_json(bench: &Workbench, tried: &Tried, samples: &Samples, lang: Lang) -> Value {
    let notice = |line: &NoticeLine| {
        let mut told = json!({
            "check": line.check, "severity": settle::severity_code(line.severity),
            "before": line.n[0], "after": line.n[1],
        });
        if samples.are_shown() {
            told["example"] = settle::message(&line.example, lang).into();
        }
        told
    };
    let met = bench.sample.answers(LOOKED_AT);
    let rows = tried.rows.iter().filter(|_| samples.are_shown()).map(|row| row_json(bench, row, &met, samples));
    json!({
        "round": tried.round.label, "records": tried.n_records, "allRecords": tried.is_all,
        "changedRecords": tried.n_changed, "placedBefore": tried.n_placed[0], "placedAfter": tried.n_placed[1],
        "notices": tried.notices.iter().map(notice).collect::<Vec<_>>(),
        "settled": tried.is_settled,
        "figures": tried.figures.iter().map(figure_json).collect::<Vec<_>>(),
        "rows": rows.collect::<Vec<_>>(),
    })
}
