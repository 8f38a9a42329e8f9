//! An encrypted submission as others send it: an envelope of any kind, and one that was sealed rightly with files that
//! were changed afterwards. What lies in an envelope is not to be trusted before it is open, nor after.
#![no_main]

use dtm_capture::encrypted::{Clear, KeyPair, Sealed, SealedParts, seal};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// Chance that is the same in every run.
fn fill(mut n: u64) -> impl FnMut(&mut [u8]) {
    move |bytes| {
        for byte in bytes {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (n >> 33) as u8;
        }
    }
}

static PAIR: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(fill(1)).expect("there are primes enough"));
static WHOLE: LazyLock<SealedParts> = LazyLock::new(|| {
    let files = [("a.jpg".to_owned(), vec![7; 100])];
    let clear = Clear {
        form_id: "f",
        version: "1",
        instance_id: "uuid:1",
        deprecated_id: None,
        instance_name: None,
        readable: None,
        xml: b"<data id='f'/>",
        files: &files,
    };
    seal(clear, &PAIR.public(), fill(2)).expect("it can be sealed")
});

fuzz_target!(|data: &[u8]| {
    if let Ok(sealed) = Sealed::read(data) {
        let _ = sealed.open(&PAIR, |_| Some(data.to_vec()));
    }
    let sealed = Sealed::read(WHOLE.xml.as_bytes()).expect("what we sealed can be read");
    let _ = sealed.open(&PAIR, |name| {
        let (_, content) = WHOLE.files.iter().find(|(known, _)| known == name)?;
        let mut content = content.clone();
        for (byte, change) in content.iter_mut().zip(data) {
            *byte ^= change;
        }
        content.truncate(data.len().max(1));
        Some(content)
    });
});
