//! Rules that others wrote: no expression stops the reader, and what it reads it evaluates to an end within its bounds.
#![no_main]

use dtm_capture::logic::{Logic, Moment};
use dtm_model::Instant;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const FORM: &str = r#"<html xmlns:jr="x"><head><model><instance><data id="f"><n/><d/><t/><r jr:template=""><x/><y/></r></data></instance>
<instance id="list"><root><item><name>a</name><n>1</n></item><item><name>b</name><n>2</n></item></root></instance>
<bind nodeset="/data/n" type="int"/><bind nodeset="/data/d" type="date"/><bind nodeset="/data/r/x" type="decimal"/></model></head>
<body><group ref="/data/r"><repeat nodeset="/data/r"/></group></body></html>"#;
const SENT: &str =
    "<data id='f'><n>12</n><d>2024-02-29</d><t>a b</t><r><x>1.5</x><y>z</y></r><r><x/><y>a</y></r></data>";

static LOGIC: LazyLock<Logic> = LazyLock::new(|| Logic::compile(FORM, &|_| None).expect("the form is sound"));

fuzz_target!(|expression: &str| {
    let at = Moment::from(Instant::from_millis(1_700_000_000_000));
    let _ = LOGIC.evaluate(expression, "r[2]/y", SENT, at);
    // The same as a rule of a form, and as the answers to one.
    let rule = expression.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let form = FORM.replace("type=\"int\"", &format!("relevant=\"{rule}\" calculate=\"{rule}\""));
    if let Ok(logic) = Logic::compile(&form, &|_| None) {
        let _ = logic.examine(SENT, at);
    }
    let _ = LOGIC.examine(expression, at);
});
