//! A stand-in for an OpenID provider, and people who sign in with it.
//!
//! It answers discovery, keys and the token request over plain HTTP, and signs with a key made from a counter. What the
//! next token says is set by the test; the code verifier is checked against the challenge of the address we led to.

use crate::office::{Answer, Office};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::rand_core::{CryptoRng, RngCore, impls};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};

/// Chance that is none, so that keys are the same in every run.
struct Counter(u64, u64);

impl RngCore for Counter {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.1 += 1;
        let digest = Sha256::digest([self.0.to_be_bytes(), self.1.to_be_bytes()].concat());
        u64::from_be_bytes(digest[..8].try_into().unwrap())
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        impls::fill_bytes_via_next(self, bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Counter {}

fn key(which: u64) -> &'static RsaPrivateKey {
    static KEYS: [OnceLock<RsaPrivateKey>; 2] = [const { OnceLock::new() }; 2];
    KEYS[which as usize].get_or_init(|| RsaPrivateKey::new(&mut Counter(which, 0), 2048).unwrap())
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Signs claims as a JWT (RS256, RFC 7515).
fn signed(claims: &Value, which: u64) -> String {
    let head = encoded(json!({ "alg": "RS256", "typ": "JWT", "kid": "1" }).to_string().as_bytes());
    let text = format!("{head}.{}", encoded(claims.to_string().as_bytes()));
    // The DER prefix of a SHA-256 digest (RFC 8017, 9.2).
    const PREFIX: [u8; 19] = [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
    let padding = Pkcs1v15Sign { hash_len: Some(32), prefix: Box::new(PREFIX) };
    let signature = key(which).sign(padding, &Sha256::digest(text.as_bytes())).unwrap();
    format!("{text}.{}", encoded(&signature))
}

/// What the provider says next.
#[derive(Clone, Default)]
struct Next {
    challenge: String,
    claims: Value,
    /// The key it signs with; its own is 0.
    key: u64,
}

struct Provider {
    issuer: String,
    next: Arc<Mutex<Next>>,
}

impl Provider {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let next = Arc::new(Mutex::new(Next::default()));
        let (address, said) = (issuer.clone(), next.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &address, &said);
            }
        });
        Self { issuer, next }
    }
}

fn answer(mut stream: TcpStream, issuer: &str, next: &Mutex<Next>) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let text = loop {
        let n = stream.read(&mut piece).unwrap_or(0);
        bytes.extend(&piece[..n]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let length =
            text.to_lowercase().split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
        if n == 0 || body.is_some_and(|body| body >= length.unwrap_or(0)) {
            break text;
        }
    };
    let path = text.split_whitespace().nth(1).unwrap_or("");
    let public = RsaPublicKey::from(key(0));
    let (status, body) = match path {
        "/.well-known/openid-configuration" => (
            200,
            json!({
                "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }),
        ),
        "/jwks" => (
            200,
            json!({ "keys": [{
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1",
                "n": encoded(&public.n().to_bytes_be()), "e": encoded(&public.e().to_bytes_be()),
            }] }),
        ),
        "/token" => {
            let next = next.lock().unwrap().clone();
            let verifier = text.split("code_verifier=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or("");
            match encoded(&Sha256::digest(verifier.as_bytes())) == next.challenge {
                true => (
                    200,
                    json!({ "access_token": "a", "token_type": "Bearer", "id_token": signed(&next.claims, next.key) }),
                ),
                false => (400, json!({ "error": "invalid_grant" })),
            }
        }
        _ => (404, json!({})),
    };
    let body = body.to_string();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

/// What an address says under a name.
fn said<'a>(address: &'a str, name: &str) -> &'a str {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or("")
}

/// Goes to the provider and comes back, with the claims it is made to say.
fn sign_in(
    office: &Office,
    provider: &Provider,
    next: &str,
    change: impl FnOnce(&mut Next),
) -> (Answer, String, String) {
    let to = office.get(&format!("/office/sign-in/provider?next={next}"), &[]);
    assert_eq!(to.status, 303, "{}", to.text());
    let address = to.header("location").unwrap().to_owned();
    assert!(address.starts_with(&format!("{}/authorize?", provider.issuer)), "{address}");
    assert_eq!(said(&address, "code_challenge_method"), "S256");
    let mut told = Next {
        challenge: said(&address, "code_challenge").to_owned(),
        claims: json!({
            "iss": provider.issuer, "aud": "dtm", "sub": "subject-1", "nonce": said(&address, "nonce"),
            "exp": 4_102_444_800_u64, "iat": 1_700_000_000, "email": "Reviewer@example.org", "email_verified": true,
        }),
        key: 0,
    };
    change(&mut told);
    *provider.next.lock().unwrap() = told;
    let cookie = to.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let back = format!("/office/sign-in/callback?code=c&state={}", said(&address, "state"));
    let answer = office.get(&back, &[("Cookie", &cookie)]);
    (answer, back, cookie)
}

#[test]
fn people_sign_in_with_their_organisation_by_a_verified_address_and_nobody_else_gets_in() {
    let provider = Provider::start();
    let mut office = Office::new();
    office.start(&[
        ("DTM_OIDC_ISSUER", &provider.issuer),
        ("DTM_OIDC_CLIENT_ID", "dtm"),
        ("DTM_OIDC_CLIENT_SECRET", "s"),
    ]);
    assert!(office.get("/office/sign-in", &[]).text().contains("/office/sign-in/provider?next="));
    let go = |next: &str, change: &dyn Fn(&mut Next)| sign_in(&office, &provider, next, change);

    let unverified = go("", &|next| next.claims["email_verified"] = false.into()).0;
    assert_eq!(unverified.status, 401, "an address that anybody can claim opens nothing");
    assert!(unverified.text().contains("verified e-mail address"));
    let unsaid = go("", &|next| next.claims["email_verified"] = Value::Null).0;
    assert_eq!(unsaid.status, 401);
    let stranger = go("", &|next| next.claims["email"] = "stranger@example.org".into()).0;
    assert_eq!(stranger.status, 401, "nobody is added by signing in");
    for (what, change) in [
        ("another nonce", (|next: &mut Next| next.claims["nonce"] = "x".into()) as fn(&mut Next)),
        ("for another client", |next| next.claims["aud"] = "other".into()),
        ("of another issuer", |next| next.claims["iss"] = "https://evil.org".into()),
        ("over", |next| next.claims["exp"] = 1_700_000_001.into()),
        ("signed by somebody else", |next| next.key = 1),
        ("for another challenge", |next| next.challenge = "x".into()),
    ] {
        assert_eq!(go("", &change).0.status, 502, "a token {what}");
    }

    let (answer, back, cookie) = go("%2Foffice%2Fo%2Fxso", &|_| {});
    assert_eq!((answer.status, answer.header("location")), (303, Some("/office/o/xso")), "{}", answer.text());
    let session = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let me = office.get("/v1/users/current", &[("Cookie", &session)]).json();
    assert_eq!(me["email"], "reviewer@example.org");
    assert_eq!(office.get(&back, &[("Cookie", &cookie)]).status, 401, "an answer is good once");

    let led = go("https%3A%2F%2Fevil.org", &|_| {}).0;
    assert_eq!((led.status, led.header("location")), (303, Some("/office")), "nobody is led to another site");
    let renamed = go("", &|next| {
        next.claims["email"] = "admin@example.org".into();
        next.claims["email_verified"] = false.into();
    });
    let session = renamed.0.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let me = office.get("/v1/users/current", &[("Cookie", &session)]).json();
    assert_eq!(me["email"], "reviewer@example.org", "once linked, the provider's subject counts and no address");

    let to = office.get("/office/sign-in/provider", &[]);
    let state = said(to.header("location").unwrap(), "state").to_owned();
    let elsewhere = office.get(&format!("/office/sign-in/callback?code=c&state={state}"), &[]);
    assert_eq!(elsewhere.status, 401, "a link of somebody else's sign-in signs nobody in");

    office.run(&["user", "remove", "reviewer@example.org"]);
    assert_eq!(sign_in(&office, &provider, "", |_| {}).0.status, 401, "who was removed stays out");
    let log = office.log();
    assert!(!log.contains("subject-1") && !log.contains("id_token"), "{log}");
}
