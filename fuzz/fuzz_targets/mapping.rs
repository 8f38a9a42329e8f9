//! A mapping as an officer writes it: what is read can be written and read again.
#![no_main]

use dtm_process::mapping::Mapping;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(mapping) = Mapping::from_toml(text) {
        let again = Mapping::from_toml(&mapping.to_toml()).expect("what is written can be read");
        assert_eq!(again, mapping);
    }
});
