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
        deprecated_id: None,
        instance_name: Some("Site 12 & annex"),
        readable: None,
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
    let key = envelope.unlock(&pair).unwrap();
    let one = |name: &str| envelope.open_file(&key, name, by_name(&parts)(name).unwrap()).unwrap();
    assert_eq!((envelope.xml_file(), &one("submission.xml.enc")[..]), ("submission.xml.enc", XML));
    assert_eq!(one("voice.m4a.enc"), b"");
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

/// A form with a household, and what a phone sends of it.
const FORM: &str = "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:dtm=\"urn:dtm:xforms\"><h:head><h:title>R</h:title><model>\
    <instance><data id=\"registration\" version=\"7\"><site/><idps/><household jr:template=\"\" xmlns:jr=\"http://openrosa.org/javarosa\"><head/><size/></household><photo/><meta><instanceID/><instanceName/></meta></data></instance>\
    <bind nodeset=\"/data/site\" type=\"string\" dtm:readable=\"yes\"/><bind nodeset=\"/data/idps\" type=\"int\" dtm:readable=\"true\"/>\
    <bind nodeset=\"/data/household\" dtm:readable=\"yes\"/><bind nodeset=\"/data/household/head\" dtm:readable=\"no\"/>\
    <bind nodeset=\"/data/photo\" type=\"binary\"/><bind nodeset=\"/data/meta/instanceName\" calculate=\"concat(/data/site, ' ', /data/idps)\"/>\
    </model></h:head><h:body><group ref=\"/data/household\"><repeat nodeset=\"/data/household\"/></group></h:body></h:html>";

const FILLED: &str = "<data xmlns:orx=\"http://openrosa.org/xforms\" id=\"registration\" version=\"7\" secret=\"Amina\"><!-- Amina --><site>Camp &amp; annex</site><idps>12</idps><household><head>Amina</head><size>4</size></household>\
    <household><head><![CDATA[Amina]]></head><size>2<x>Amina</x></size></household><photo>amina.jpg</photo><unasked>Amina</unasked><orx:meta><orx:instanceID>uuid:9</orx:instanceID><orx:instanceName>Camp &amp; annex 12</orx:instanceName></orx:meta></data>";

#[test]
fn what_the_server_seals_keeps_the_declared_answers_readable_and_no_others() {
    let schema = crate::xform::read(FORM).unwrap();
    let on_arrival = schema.on_arrival.clone().unwrap();
    let readable: Vec<&str> = on_arrival.readable.iter().map(String::as_str).collect();
    let expected = ["household/size", "idps", "meta/deprecatedID", "meta/instanceID", "meta/instanceName", "site"];
    assert_eq!((readable, on_arrival.key), (expected.to_vec(), None));
    let pair = pair(3);
    let envelope = crate::submission::open(FILLED.as_bytes()).unwrap();
    let parts = seal_on_arrival(FILLED, &envelope, &on_arrival.readable, &pair.public(), chance(5)).unwrap();
    assert!(!parts.xml.contains("Amina"), "{}", parts.xml);
    let open = readable_part(&parts.xml).unwrap();
    assert_eq!(
        open,
        "<data xmlns:orx=\"http://openrosa.org/xforms\" id=\"registration\" version=\"7\" xmlns=\"\"><site>Camp &amp; annex</site><idps>12</idps>\
         <household><size>4</size></household><household><size>2</size></household>\
         <orx:meta><orx:instanceID>uuid:9</orx:instanceID><orx:instanceName>Camp &amp; annex 12</orx:instanceName></orx:meta></data>"
    );
    let told = crate::submission::open(parts.xml.as_bytes()).unwrap();
    assert!(told.encrypted && told.files == ["submission.xml.enc"]);
    assert_eq!(told.instance_name.as_deref(), Some("Camp & annex 12"));
    let sealed = Sealed::read(parts.xml.as_bytes()).unwrap();
    let opened = sealed.open(&pair, by_name(&parts)).unwrap();
    assert_eq!((opened.xml.as_slice(), opened.signed), (FILLED.as_bytes(), Some(true)), "byte for byte");
}

#[test]
fn a_file_sealed_on_its_own_opens_under_its_own_name_alone() {
    let (ours, other) = (pair(1), pair(2));
    let sealed = seal_file("camp.jpg", b"a photo", &ours.public(), chance(4)).unwrap();
    assert!(is_sealed_file(&sealed) && !is_sealed_file(b"a photo"));
    assert_eq!(open_sealed_file("camp.jpg", &sealed, &ours).unwrap(), b"a photo");
    assert_eq!(open_sealed_file("camp.jpg", &sealed, &other), Err(SealError::WrongKey));
    for (name, bytes) in [
        ("other.jpg", sealed.clone()),
        ("camp.jpg", [&sealed[..sealed.len() - 1], &[sealed[sealed.len() - 1] ^ 1]].concat()),
        ("camp.jpg", sealed[..40].to_vec()),
        ("camp.jpg", b"a photo".to_vec()),
    ] {
        assert_eq!(open_sealed_file(name, &bytes, &ours), Err(SealError::Damaged(name.to_owned())));
    }
}

#[test]
fn a_form_is_told_what_stays_readable_and_the_server_s_key() {
    let wanted = std::collections::BTreeSet::from(["household/head".to_owned(), "unbound".to_owned()]);
    let form = FORM.replace("<photo/>", "<unbound/><photo/>");
    let told = crate::xform::with_readable(&form, "data", &wanted).unwrap();
    let schema = crate::xform::read(&told).unwrap();
    let readable: Vec<String> = schema.on_arrival.unwrap().readable.into_iter().collect();
    assert_eq!(readable, ["household/head", "meta/deprecatedID", "meta/instanceID", "unbound"]);
    assert_eq!(crate::xform::with_readable(&told, "data", &wanted).unwrap(), told, "twice is once");
    let key = pair(1).public();
    let own = told.replace("</model>", "<submission base64RsaPublicKey=\"AAAA\" action=\"x\"/></model>");
    let keyed = crate::xform::with_arrival_key(&own, &key, "[encrypted:k]").unwrap();
    let schema = crate::xform::read(&keyed).unwrap();
    assert_eq!(schema.sealing().map(|(key, _)| key.to_owned()), key.to_base64());
    assert!(!schema.encrypted && schema.version == "7[encrypted:k]" && public_key(&keyed).is_none(), "{keyed}");
    assert!(keyed.contains("action=\"x\""));
}
