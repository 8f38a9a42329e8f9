//! An answer of the public DTM API, as a file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for level in 0..3 {
        if let Ok(rows) = dtm_process::api_import::read(bytes, level) {
            let _ = dtm_process::api_import::to_past_rounds(&rows, &[], &[]);
        }
    }
});
