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
    let number =
        |text: &str| text.strip_prefix("n:").map(|text| text.replace("Infinity", "inf").parse::<f64>().unwrap());
    match (number(ours), number(theirs)) {
        (Some(a), Some(b)) => (a.is_nan() && b.is_nan()) || a == b || (a - b).abs() <= 1e-11 * a.abs().max(1.0),
        _ => ours == theirs,
    }
}

/// Columns: where the expression stands, the expression, what JavaRosa gives (`!` for an error), and what we give where
/// that differs on purpose.
#[test]
fn expressions_give_what_javarosa_gives_or_differ_on_purpose() {
    let logic = logic();
    let mut differ = Vec::new();
    for line in ANSWERS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let parts: Vec<&str> = line.split('\t').collect();
        let (context, expression, theirs) = (parts[0], parts[1], parts[2]);
        let path = context.trim_start_matches("/data").trim_start_matches('/');
        let outcome = logic.evaluate(expression, path, SUBMISSION, Moment::from(NOW));
        let ours = outcome.as_ref().map_or_else(|_| "!".to_owned(), shown);
        let expected = parts.get(3).unwrap_or(&theirs);
        if !same(&ours, expected) {
            differ.push(format!("{context}\t{expression}\t{theirs}\t{ours}"));
        }
        assert!(parts.len() < 4 || !same(parts[3], theirs), "no difference: {line}");
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
}

#[test]
fn whatever_nests_or_repeats_without_end_is_refused_or_ends() {
    let logic = logic();
    let value = |expression: &str| logic.evaluate(expression, "name", SUBMISSION, Moment::from(NOW));
    for (open, close) in [("(", ")"), ("not(", ")"), ("/data/grp[", "]"), ("if(1,1,", ")"), ("-(", ")")] {
        let deep = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
        assert!(value(&deep).is_err(), "{open}");
        let allowed = format!("{}1{}", open.repeat(150), close.repeat(150));
        assert!(value(&allowed).is_ok(), "{open} {:?}", value(&allowed));
    }
    assert_eq!(value(&format!("1{}", "+1".repeat(50_000))), Ok(Outcome::Number(50_001.0)));
    assert_eq!(value(&format!("{}5", "-".repeat(100_001))), Ok(Outcome::Number(-5.0)));
    assert!(matches!(
        value("regex('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '(a|aa)+$(?=x)\\1')"),
        Ok(Outcome::Truth(false)) | Err(_)
    ));
    assert_eq!(value(&format!("concat('{}')", "x".repeat(300_000))), Err(super::XPathError::TooLong));
    let doubled = (0..30).fold("'xxxxxxxxxx'".to_owned(), |inner, _| format!("translate({inner},'x','x')"));
    assert!(value(&doubled).is_ok());
    // Each predicate looks at everything again.
    let nested = (0..12).fold("1 = 1".to_owned(), |inner, _| format!("count(//*[{inner}]) > 0"));
    assert_eq!(value(&nested), Err(super::XPathError::OutOfSteps));
}
