//! Rebuilds the crate when a migration is added, as they are embedded at compile time.
#![allow(clippy::print_stdout)]

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
