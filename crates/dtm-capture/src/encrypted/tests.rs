use super::*;
use crate::xform::{RewriteError, public_key, with_public_key, with_version};
use rand::{RngCore, SeedableRng};

fn chance(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    move |bytes| rng.fill_bytes(bytes)
}

fn pair(seed: u64) -> KeyPair {
    KeyPair::generate(chance(seed)).unwrap()
}

const XML: &[u8] = b"<data id=\"registration\" version=\"7\"><head>Amina</head><photo>camp.jpg</photo></data>";

fn sealed(pair: &KeyPair) -> SealedParts {
    let files = [("camp.jpg".to_owned(), vec![7; 5000]), ("voice.m4a".to_owned(), vec![])];
    let clear = Clear {
        form_id: "registration",
        version: "7[encrypted:k1]",
        instance_id: "uuid:4b1f",
        instance_name: Some("Site 12 & annex"),
        xml: XML,
        files: &files,
    };
    seal(clear, &pair.public(), chance(9)).unwrap()
}

fn by_name(parts: &SealedParts) -> impl FnMut(&str) -> Option<Vec<u8>> {
    |name| parts.files.iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes.clone())
}

#[test]
fn what_a_phone_seals_is_opened_with_the_key_and_with_no_other() {
    let (pair, other) = (pair(1), pair(2));
    let parts = sealed(&pair);
    assert!(!parts.xml.contains("Amina") && parts.xml.contains("Site 12 &amp; annex"));
    let envelope = Sealed::read(parts.xml.as_bytes()).unwrap();
    let opened = envelope.open(&pair, by_name(&parts)).unwrap();
    assert_eq!(opened.xml, XML);
    let names: Vec<&str> = opened.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["camp.jpg", "voice.m4a"]);
    assert_eq!(opened.files[0].1, vec![7; 5000]);
    assert_eq!(opened.signed, Some(true));
    assert_eq!(envelope.open(&other, by_name(&parts)), Err(SealError::WrongKey));
    assert_eq!(envelope.open_file(&pair, "submission.xml", by_name(&parts)).unwrap(), XML);
    assert_eq!(envelope.open_file(&pair, "voice.m4a", by_name(&parts)).unwrap(), b"");
}

#[test]
fn a_file_that_is_missing_damaged_or_exchanged_is_told() {
    let pair = pair(1);
    let mut parts = sealed(&pair);
    let envelope = Sealed::read(parts.xml.as_bytes()).unwrap();
    let lost = envelope.open(&pair, |name| (name != "camp.jpg.enc").then(|| by_name(&parts)(name)).flatten());
    assert_eq!(lost, Err(SealError::FileMissing("camp.jpg.enc".to_owned())));
    parts.files[0].1[10] ^= 1;
    let opened = envelope.open(&pair, by_name(&parts)).unwrap();
    assert_eq!(opened.signed, Some(false), "a flipped bit leaves the padding whole; the signature tells");
    let end = parts.files[2].1.len() - 1;
    parts.files[2].1[end] ^= 0x40;
    let damaged = envelope.open(&pair, by_name(&parts));
    assert_eq!(damaged, Err(SealError::Damaged("submission.xml.enc".to_owned())));
}

#[test]
fn a_form_with_a_key_keeps_every_other_byte() {
    let form = "<?xml version=\"1.0\"?>\n<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:orx=\"http://openrosa.org/xforms\">\
        <h:head><h:title>B2 &amp; sites</h:title><model odk:xforms-version=\"1.0.0\"><instance><data id=\"b2\" version=\"3\"><idps/>\
        <meta><instanceID/></meta></data></instance><instance id=\"x\"><root/></instance><bind nodeset=\"/data/idps\" type=\"int\"/></model></h:head><h:body/></h:html>";
    let key = pair(1).public();
    let base64 = key.to_base64().unwrap();
    assert_eq!(PublicKey::read(&base64), Some(key.clone()));
    let keyed = with_public_key(form, &key, "[encrypted:abc]").unwrap();
    let expected = form
        .replace("version=\"3\"", "version=\"3[encrypted:abc]\"")
        .replace("</model>", &format!("<submission base64RsaPublicKey=\"{base64}\"/></model>"));
    assert_eq!(keyed, expected);
    assert_eq!((public_key(form), public_key(&keyed)), (None, Some(base64.clone())));
    assert_eq!(with_version(form, "v2<").unwrap(), form.replace("version=\"3\"", "version=\"v2&lt;\""));
    assert_eq!(with_public_key(&keyed, &key, "x"), Err(RewriteError::OwnKey));
    assert_eq!(with_public_key("<a/>", &key, "x"), Err(RewriteError::NoInstance));
    let nameless = form.replace("<instanceID/>", "");
    assert_eq!(with_public_key(&nameless, &key, "x"), Err(RewriteError::NoInstanceId));
}

#[test]
fn what_is_no_envelope_is_refused_with_its_reason() {
    let check = |xml: &str| Sealed::read(xml.as_bytes()).unwrap_err().to_string();
    assert_eq!(check("<data id=\"a\"/>"), "the envelope has no `base64EncryptedKey`");
    assert_eq!(
        check("<data id=\"a\"><base64EncryptedKey>QUJD</base64EncryptedKey></data>"),
        "the envelope has no `instanceID`"
    );
    assert!(check("<data id=\"a\"><base64Enc").starts_with("the submission is not whole"));
}
