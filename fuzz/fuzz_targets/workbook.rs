//! An uploaded workbook, whatever its name says it is, and the form or table in it.
#![no_main]

use dtm_capture::{table, workbook::Workbook, xlsform};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for name in ["f.xlsx", "f.xls", "f.ods", "f.csv"] {
        if let Ok(workbook) = Workbook::read(bytes, name) {
            let _ = xlsform::convert(&workbook, "f");
            let _ = table::read(&workbook, &table::TableOptions::default());
        }
    }
});
