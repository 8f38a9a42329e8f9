//! The house: which crate may import which (ARCHITECTURE.md).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every edge between our crates that may stand in a manifest, dev-dependencies aside.
const ALLOWED: &str = "
dtm-model:
dtm-store: model
dtm-engine: model
dtm-capture: model
dtm-process: model engine
dtm-protect: model
dtm-publish: model protect
dtm-demo: model
dtm-testkit: model store
dtm: model store engine capture process protect publish demo
";

#[test]
fn stages_do_not_know_each_other() {
    let allowed: BTreeMap<String, BTreeSet<String>> = ALLOWED
        .trim()
        .lines()
        .map(|line| {
            let (name, edges) = line.split_once(':').unwrap();
            (name.to_owned(), edges.split_whitespace().map(|edge| format!("dtm-{edge}")).collect())
        })
        .collect();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(crates).unwrap() {
        let manifest = std::fs::read_to_string(entry.unwrap().path().join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let name = manifest["package"]["name"].as_str().unwrap().to_owned();
        let imports: BTreeSet<String> = ["dependencies", "build-dependencies"]
            .iter()
            .filter_map(|section| manifest.get(*section)?.as_table())
            .flat_map(|section| section.keys())
            .filter(|dependency| dependency.starts_with("dtm-"))
            .cloned()
            .collect();
        let may = allowed
            .get(&name)
            .unwrap_or_else(|| panic!("{name} has no line in this test: which crates may it import?"));
        let forbidden: Vec<_> = imports.difference(may).collect();
        assert!(forbidden.is_empty(), "{name} imports {forbidden:?}; ARCHITECTURE.md does not allow that");
        seen.insert(name);
    }
    assert_eq!(seen, allowed.keys().cloned().collect(), "this test names crates that are gone");
}
