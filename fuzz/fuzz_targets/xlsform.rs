//! The cells of a form: its expressions, types, names and references.
#![no_main]

use dtm_capture::{workbook::Workbook, xform, xlsform};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let workbook = Workbook::from_markdown(text);
    if let Some(made) = xlsform::convert(&workbook, "f").xform {
        xform::read(&made).expect("what the converter writes can be read");
    }
});
