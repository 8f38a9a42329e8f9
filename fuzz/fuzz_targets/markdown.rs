//! A form written as Markdown tables, read as a file, against an earlier version of itself.
#![no_main]

use dtm_capture::{workbook::Workbook, xform, xlsform};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(workbook) = Workbook::read(bytes, "form.md") else { return };
    let Some(made) = xlsform::convert(&workbook, "form").xform else { return };
    let schema = xform::read(&made).expect("what the converter writes can be read");
    xform::gaps(&schema);
    let changes = xform::changes::between(&made, &made).expect("and compared");
    assert!(changes.is_empty(), "{changes:?}");
});
