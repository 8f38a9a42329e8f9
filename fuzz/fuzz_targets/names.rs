//! Names of files, and what a phone calls an entity: whatever they are, the name that is kept leads nowhere else.
#![no_main]

use dtm_capture::flat::{ClientAudits, neutral};
use dtm_capture::openrosa;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut out = Vec::new();
    ClientAudits::new().write(&mut out, "uuid:1", data);
    let text = String::from_utf8_lossy(data);
    if let Ok(name) = openrosa::safe_name(&text) {
        assert!(!name.contains(['/', '\\', '\0']) && name != ".." && !name.is_empty());
    }
    assert!(openrosa::url_part(&text).is_ascii());
    let cell = neutral(&text);
    assert!(!cell.starts_with(['=', '@']));
    let _ = dtm_capture::geo_features::entity_feature("a", &text);
    let _ = dtm_capture::language::code(&text);
});
