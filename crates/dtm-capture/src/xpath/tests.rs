//! Every expression here was evaluated by JavaRosa once; its answer stands beside it.

use crate::logic::{Logic, Moment, Outcome};
use dtm_model::Instant;

const FORM: &str = include_str!("tests/form.xml");
const SUBMISSION: &str = include_str!("tests/submission.xml");
const ANSWERS: &str = include_str!("tests/javarosa.txt");

/// 22 November 2026, noon.
const NOW: Instant = Instant::from_millis(1_795_348_800_000);

fn logic() -> Logic {
    Logic::compile(FORM, &|_| None).unwrap()
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Truth(truth) => format!("b:{truth}"),
        Outcome::Number(number) => format!("n:{number}"),
        Outcome::Text(text) => format!("s:{}", text.replace('\n', "\\n")),
        Outcome::Time(time) => format!("d:{time}"),
    }
}

/// Whether two shown values are the same, numbers to twelve digits.
fn same(ours: &str, theirs: &str) -> bool {
    let number = |text: &str| text.strip_prefix("n:").map(|text| text.replace("Infinity", "inf").parse::<f64>().unwrap());
    match (number(ours), number(theirs)) {
        (Some(a), Some(b)) => (a.is_nan() && b.is_nan()) || a == b || (a - b).abs() <= 1e-11 * a.abs().max(1.0),
        _ => ours == theirs,
    }
}

#[test]
fn expressions_give_what_javarosa_gives() {
    let logic = logic();
    let mut n_same = 0;
    let mut differ = Vec::new();
    for line in ANSWERS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [context, expression, theirs] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let path = context.trim_start_matches("/data").trim_start_matches('/');
        let outcome = logic.evaluate(expression, path, SUBMISSION, Moment::from(NOW));
        let ours = outcome.as_ref().map_or_else(|_| "!".to_owned(), shown);
        if same(&ours, theirs) || (ours == "!" && theirs.starts_with('!')) {
            n_same += 1;
        } else {
            differ.push(format!("{context}\t{expression}\n    JavaRosa {theirs}\n    ours     {ours} {outcome:?}"));
        }
    }
    assert!(differ.is_empty(), "{n_same} the same, {} not:\n{}", differ.len(), differ.join("\n"));
}
