//! Writes the settings that ODK Collect takes from a QR code.
//!
//! Takes the server's address for one app user and the name shown for the project; returns the text of the code:
//! base64 of zlib-compressed JSON. The text holds the app user's key, so it is shown once and never logged.
//! Format: `CAPTURE.md` §3.1.

use base64::Engine;
use flate2::{Compression, write::ZlibEncoder};
use serde_json::json;
use std::io::Write;

/// Returns the text for a settings QR code.
pub fn payload(server_url: &str, project_name: &str) -> String {
    let settings = json!({
        "general": {
            "server_url": server_url,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
        },
        "admin": {},
        "project": { "name": project_name, "icon": "D", "color": "#1f5fa8" },
    });
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    let written = packed.write_all(settings.to_string().as_bytes()).and_then(|()| packed.finish());
    base64::engine::general_purpose::STANDARD.encode(written.expect("a vector takes all bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn collect_reads_the_server_and_the_project_back() {
        let text = payload("https://dtm.example.org/v1/key/abc$/projects/1", "Sorélie, mobilité");
        let packed = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        let mut json = String::new();
        flate2::read::ZlibDecoder::new(packed.as_slice()).read_to_string(&mut json).unwrap();
        let settings: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(settings["general"]["server_url"], "https://dtm.example.org/v1/key/abc$/projects/1");
        assert_eq!(settings["project"]["name"], "Sorélie, mobilité");
        assert!(settings["admin"].is_object());
    }
}
