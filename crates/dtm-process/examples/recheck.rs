//! Measures the checks that look at many records at once: `cargo run --release -p dtm-process --example recheck -- 1000000`.
//!
//! Makes interviews of fifty questions by two thousand enumerators, one in a thousand copied from an earlier one with up
//! to three answers changed, and prints what each step takes and how many of the copies are found.
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use dtm_model::{Answer, Answers, Field, FieldKind, FormSchema, Instant, RecordId, Text};
use dtm_process::answers::{Column, TableBuilder};
use dtm_process::checks::{AnswersContext, Roles, run_answers};
use dtm_process::patterns::near_duplicates::{NearOptions, nearest};
use dtm_process::patterns::outliers::{OutlierOptions, numeric_columns, outliers};
use std::collections::{BTreeMap, BTreeSet};

const N_CHOICES: usize = 45;
const N_NUMBERS: usize = 5;

fn main() {
    let n: usize = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(100_000);
    let form = form();
    let mut draw = Draw(1);
    let (mut builder, mut last, mut copies) = (TableBuilder::new(&form), Vec::new(), BTreeSet::new());
    let mut clock = Clock::new();
    for row in 0..n {
        let mut interview = interview(&mut draw);
        if row > 0 && draw.below(1_000) == 0 {
            let of: &Vec<u64> = &last[draw.below(last.len() as u64) as usize];
            interview = changed(of, &mut draw);
            copies.insert(row);
        }
        builder.push(&answers(&interview, row));
        if last.len() < 1_000 {
            last.push(interview)
        } else {
            last[row % 1_000] = interview
        };
    }
    let table = builder.finish();
    clock.say("made and laid out", n);
    let found = outliers(&table, &numeric_columns(&table), None, &OutlierOptions::default());
    clock.say("outliers", found.len());
    let columns = table.positions(Column::is_substance);
    let near = nearest(&table, &columns, None, &NearOptions::default());
    let pairs = near.nearest.iter().flatten().count();
    clock.say("near duplicates", pairs);
    let missed = copies.iter().filter(|row| near.nearest[**row].is_none()).count();
    println!(
        "  {} copies, {missed} not found; {} pairs compared, {} left out",
        copies.len(),
        near.n_compared,
        near.n_left_out
    );
    let records: Vec<RecordId> = (0..n).map(|row| RecordId::new(Instant::from_millis(row as i64), [0; 10])).collect();
    let context = AnswersContext::new(&form, &table, &records, &Roles::of(&form));
    clock.say("who asked, when and where", n);
    let findings = run_answers(&context);
    clock.say("all checks of many records", findings.len());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    findings.iter().for_each(|finding| *counts.entry(&finding.check).or_default() += 1);
    println!("  {counts:?}");
}

fn form() -> FormSchema {
    let field = |path: String, kind| {
        let label = if kind == FieldKind::DateTime { Text::new() } else { Text::both(&*path, &*path) };
        Field { path, kind, label, hxl: None, choices: Vec::new() }
    };
    let mut fields = vec![field("start".into(), FieldKind::DateTime), field("end".into(), FieldKind::DateTime)];
    fields.push(field("enumerator".into(), FieldKind::Text));
    fields.extend((0..N_CHOICES).map(|at| field(format!("choice{at}"), FieldKind::SelectOne)));
    fields.extend((0..N_NUMBERS).map(|at| field(format!("number{at}"), FieldKind::Integer)));
    FormSchema {
        xml_form_id: "bench".into(),
        version: "1".into(),
        title: "Bench".into(),
        root: "data".into(),
        fields,
        media: Vec::new(),
        encrypted: false,
        client_editable: false,
        entities: None,
        on_arrival: None,
    }
}

/// Answers as numbers: a choice of six of which the first is common, and counts with a long tail.
fn interview(draw: &mut Draw) -> Vec<u64> {
    let mut values: Vec<u64> = (0..N_CHOICES).map(|_| draw.below(6) * u64::from(draw.below(10) > 3)).collect();
    values.extend((0..N_NUMBERS).map(|_| 1 + draw.below(12) * (1 + draw.below(12))));
    values
}

fn changed(of: &[u64], draw: &mut Draw) -> Vec<u64> {
    let mut copy = of.to_vec();
    for _ in 0..draw.below(4) {
        copy[draw.below(N_CHOICES as u64) as usize] = draw.below(6);
    }
    copy
}

fn answers(interview: &[u64], row: usize) -> Answers {
    let minute = row as i64 * 7 % 500_000;
    let moment = |minutes: i64| {
        let at = Instant::from_millis(1_700_000_000_000 + minutes * 60_000);
        Answer::DateTime(at.to_string())
    };
    let mut values = BTreeMap::from([
        ("start".to_owned(), moment(minute)),
        ("end".to_owned(), moment(minute + 20 + row as i64 % 17)),
        ("enumerator".to_owned(), Answer::Text(format!("e{}", row % 2_000))),
    ]);
    for (at, value) in interview.iter().enumerate() {
        let (name, answer) = match at.checked_sub(N_CHOICES) {
            None => (format!("choice{at}"), Answer::Choices(vec![format!("c{value}")])),
            Some(at) => (format!("number{at}"), Answer::Integer(*value as i64)),
        };
        values.insert(name, answer);
    }
    Answers { values, repeats: BTreeMap::new() }
}

struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

struct Clock(std::time::Instant);

impl Clock {
    fn new() -> Self {
        Self(std::time::Instant::now())
    }

    fn say(&mut self, what: &str, n: usize) {
        println!("{:>8.2} s  {what}: {n}", self.0.elapsed().as_secs_f64());
        self.0 = std::time::Instant::now();
    }
}
