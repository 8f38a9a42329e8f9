//! Files of areas in every format, and of places.
#![no_main]

use dtm_process::places::{self, AreaOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for name in ["a.geojson", "a.topojson", "a.zip", "a.csv"] {
        let _ = places::read_areas(bytes, name, &AreaOptions::default());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = places::read_places(text, &dtm_model::Atlas::default());
    }
});
