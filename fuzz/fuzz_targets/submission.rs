//! What a phone may send: no bytes stop the reader, and what it accepts it can read to the end.
#![no_main]

use dtm_capture::{submission, xform};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const FORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>f</h:title>
<model><instance><data id="f" version="1"><n/><d/><g><p/></g><r><x/></r></data></instance>
<bind nodeset="/data/n" type="int"/><bind nodeset="/data/d" type="date"/><bind nodeset="/data/g/p" type="geopoint"/></model></h:head>
<h:body><repeat nodeset="/data/r"/></h:body></h:html>"#;

static SCHEMA: LazyLock<dtm_model::FormSchema> = LazyLock::new(|| xform::read(FORM).expect("the form is sound"));

fuzz_target!(|bytes: &[u8]| {
    if submission::open(bytes).is_ok() {
        let text = std::str::from_utf8(bytes).expect("what is opened is UTF-8");
        let _ = submission::answers(text, &SCHEMA);
    }
});
