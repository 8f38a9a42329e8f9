//! An uploaded XForm.
#![no_main]

use dtm_capture::xform;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = xform::read(text);
    let _ = xform::check(text, dtm_model::Lang::Fr);
});
