//! Files sealed on their own and keys that others hand in: no bytes stop the readers. What was submitted is sealed on arrival
//! without losing a byte, and what stays readable of it is a submission, too.
#![no_main]

use dtm_capture::encrypted::{KeyPair, PublicKey, Sealed, open_sealed_file, readable_part, seal_on_arrival};
use dtm_capture::submission;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Chance that is the same each time.
fn chance() -> impl FnMut(&mut [u8]) {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    move |bytes| {
        for byte in bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 56) as u8;
        }
    }
}

static PAIR: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(chance()).expect("a key"));
static READABLE: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| ["n", "g/p", "r/x", "meta/instanceID"].map(str::to_owned).into());

fuzz_target!(|bytes: &[u8]| {
    let _ = open_sealed_file("a.jpg", bytes, &PAIR);
    let _ = KeyPair::read(bytes);
    let (Ok(text), Ok(envelope)) = (std::str::from_utf8(bytes), submission::open(bytes)) else { return };
    let _ = PublicKey::read(text);
    if let Ok(parts) = seal_on_arrival(text, &envelope, &READABLE, &PAIR.public(), chance()) {
        let open = readable_part(&parts.xml).expect("what was sealed has a readable part");
        submission::open(open.as_bytes()).expect("the readable part is a submission");
        let sealed = Sealed::read(parts.xml.as_bytes()).expect("our own envelope");
        let opened = sealed.open(&PAIR, |_| Some(parts.files[0].1.clone())).expect("our own key");
        assert_eq!(opened.xml, bytes);
    }
});
