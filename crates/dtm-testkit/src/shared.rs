//! Real data beside the checkout, where there are any.

use std::path::PathBuf;

/// Whether a test that cannot run must fail: `DTM_NO_SKIP` is set.
pub fn no_skip() -> bool {
    std::env::var_os("DTM_NO_SKIP").is_some_and(|value| !value.is_empty() && value != "0")
}

/// The folder `data` of the shared folder: `DTM_SHARED`, else the folder `shared` beside the checkout. Prints that
/// something is skipped when it is absent, or panics when `DTM_SHARED` promises it and nothing may be skipped.
pub fn shared_data() -> Option<PathBuf> {
    let promised = std::env::var_os("DTM_SHARED").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let data = promised.clone().unwrap_or(beside).join("data");
    if data.is_dir() {
        return Some(data);
    }
    assert!(!(promised.is_some() && no_skip()), "DTM_SHARED is set, but {} does not exist", data.display());
    eprintln!("skipped: shared data not found");
    None
}
