//! Writes the documents of the OpenRosa protocol as ODK Collect expects them.
//!
//! Takes plain values and returns XML text for the form list, the manifest and the answer to a submission, and judges
//! the names of attached files. Protocol: OpenRosa Form Discovery 1.0 and Form Submission 1.0, `CAPTURE.md` §3.1.

use dtm_model::Lang;
use quick_xml::escape::escape;
use std::fmt::Write;

/// What `X-OpenRosa-Accept-Content-Length` promises: the largest request taken, in bytes.
pub const ACCEPT_CONTENT_LENGTH: u64 = 100_000_000;

/// The value of the `X-OpenRosa-Accept-Content-Length` header.
pub fn accept_content_length() -> String {
    ACCEPT_CONTENT_LENGTH.to_string()
}

/// One form that a phone may fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormListEntry {
    /// The form's id.
    pub form_id: String,
    /// Its title.
    pub name: String,
    /// Its version, empty if it has none.
    pub version: String,
    /// MD5 of the form's XML as served, 32 hexadecimal digits.
    pub md5: String,
    /// Where the form is.
    pub download_url: String,
    /// Where the list of its files is; none if it has no files.
    pub manifest_url: Option<String>,
}

/// Writes the list of forms. Without entries it is an empty list.
pub fn form_list(entries: &[FormListEntry]) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xforms xmlns=\"http://openrosa.org/xforms/xformsList\">\n",
    );
    for entry in entries {
        xml.push_str("  <xform>\n");
        element(&mut xml, "formID", &entry.form_id);
        element(&mut xml, "name", if entry.name.is_empty() { &entry.form_id } else { &entry.name });
        element(&mut xml, "version", &entry.version);
        element(&mut xml, "hash", &format!("md5:{}", entry.md5));
        element(&mut xml, "downloadUrl", &entry.download_url);
        if let Some(url) = &entry.manifest_url {
            element(&mut xml, "manifestUrl", url);
        }
        xml.push_str("  </xform>\n");
    }
    xml + "</xforms>"
}

/// One file that a form needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaFile {
    /// Its name, as the form says it.
    pub filename: String,
    /// MD5 of its content, 32 hexadecimal digits.
    pub md5: String,
    /// Where it is.
    pub download_url: String,
    /// Where a phone learns which entities were deleted, if the file is an entity list.
    pub integrity_url: Option<String>,
}

/// Writes the list of a form's files. Without files it is an empty list.
pub fn manifest(files: &[MediaFile]) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest xmlns=\"http://openrosa.org/xforms/xformsManifest\">\n",
    );
    for file in files {
        xml.push_str(if file.integrity_url.is_some() {
            "  <mediaFile type=\"entityList\">\n"
        } else {
            "  <mediaFile>\n"
        });
        element(&mut xml, "filename", &file.filename);
        element(&mut xml, "hash", &format!("md5:{}", file.md5));
        element(&mut xml, "downloadUrl", &file.download_url);
        if let Some(url) = &file.integrity_url {
            element(&mut xml, "integrityUrl", url);
        }
        xml.push_str("  </mediaFile>\n");
    }
    xml + "</manifest>"
}

/// Writes the answer to a submission; `nature` may be empty.
pub fn response(message: &str, nature: &str) -> String {
    let (message, nature) = (printable(message), printable(nature));
    format!(
        "<OpenRosaResponse xmlns=\"http://openrosa.org/http/response\" items=\"0\">\n  <message nature=\"{}\">{}</message>\n</OpenRosaResponse>",
        escape(nature.as_str()),
        escape(message.as_str())
    )
}

/// The MD5 of served bytes, as form list and manifest print it after `md5:`.
pub fn md5(bytes: &[u8]) -> String {
    use md5::Digest;
    hex::encode(md5::Md5::digest(bytes))
}

/// The part of an address that names a form or file, percent-encoded as JavaScript's `encodeURIComponent` does.
pub fn url_part(name: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: AsciiSet = NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'!')
        .remove(b'~')
        .remove(b'*')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')');
    utf8_percent_encode(name, &KEPT).to_string()
}

fn element(xml: &mut String, name: &str, value: &str) {
    let value = printable(value);
    // Writing to a String cannot fail.
    let _ = writeln!(xml, "    <{name}>{}</{name}>", escape(value.as_str()));
}

/// Characters that XML cannot hold become the replacement character.
fn printable(text: &str) -> String {
    let forbidden =
        |char: char| matches!(char, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
    text.chars().map(|char| if forbidden(char) { '\u{FFFD}' } else { char }).collect()
}

/// Why the name of an attached file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left of it.
    #[error("the file has no name")]
    Empty,
    /// It is longer than 255 bytes.
    #[error("the file's name is longer than 255 bytes")]
    TooLong,
    /// It points to another folder.
    #[error("the file's name holds a path")]
    Path,
    /// It holds characters that cannot be shown or that change the reading direction.
    #[error("the file's name holds control characters")]
    Control,
}

impl NameError {
    /// A stable word for this kind of error.
    pub fn code(self) -> &'static str {
        match self {
            NameError::Empty => "file_name_empty",
            NameError::TooLong => "file_name_too_long",
            NameError::Path => "file_name_path",
            NameError::Control => "file_name_control",
        }
    }

    /// The error in the reader's language.
    pub fn message(self, lang: Lang) -> String {
        let fr = match self {
            _ if lang == Lang::En => return self.to_string(),
            NameError::Empty => "le fichier n’a pas de nom",
            NameError::TooLong => "le nom du fichier dépasse 255 octets",
            NameError::Path => "le nom du fichier contient un chemin",
            NameError::Control => "le nom du fichier contient des caractères de contrôle",
        };
        fr.to_owned()
    }
}

/// Returns the name under which an attached file is kept and shown, blanks around it removed.
pub fn safe_name(name: &str) -> Result<String, NameError> {
    let name = name.trim_matches([' ', '\t']);
    let is_drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic();
    let turns =
        |char: char| matches!(char, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    match name {
        "" => Err(NameError::Empty),
        _ if name.len() > 255 => Err(NameError::TooLong),
        "." | ".." => Err(NameError::Path),
        _ if name.contains(['/', '\\']) || is_drive => Err(NameError::Path),
        _ if name.chars().any(|char| char.is_control() || turns(char)) => Err(NameError::Control),
        _ => Ok(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    #[test]
    fn a_form_list_carries_what_collect_reads() {
        let entry = FormListEntry {
            form_id: "b2&co".into(),
            name: "Base « B2 »".into(),
            version: "2024.1".into(),
            md5: md5(b"<h:html/>"),
            download_url: format!("https://x.org/v1/key/k/projects/1/forms/{}.xml", url_part("b2&co (é)")),
            manifest_url: None,
        };
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <xforms xmlns="http://openrosa.org/xforms/xformsList">
              <xform>
                <formID>b2&amp;co</formID>
                <name>Base « B2 »</name>
                <version>2024.1</version>
                <hash>md5:c715eca0d5372c12583041b8bc1e3f09</hash>
                <downloadUrl>https://x.org/v1/key/k/projects/1/forms/b2%26co%20(%C3%A9).xml</downloadUrl>
              </xform>
            </xforms>"#]]
        .assert_eq(&form_list(&[entry]));
        assert!(form_list(&[]).contains("xformsList"));
    }

    #[test]
    fn a_manifest_names_each_file_and_marks_entity_lists() {
        let file = MediaFile {
            filename: "sites.csv".into(),
            md5: "0".repeat(32),
            download_url: "https://x.org/a?b=1&c=2".into(),
            integrity_url: Some("https://x.org/integrity".into()),
        };
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <manifest xmlns="http://openrosa.org/xforms/xformsManifest">
              <mediaFile type="entityList">
                <filename>sites.csv</filename>
                <hash>md5:00000000000000000000000000000000</hash>
                <downloadUrl>https://x.org/a?b=1&amp;c=2</downloadUrl>
                <integrityUrl>https://x.org/integrity</integrityUrl>
              </mediaFile>
            </manifest>"#]]
        .assert_eq(&manifest(&[file]));
    }

    #[test]
    fn a_response_escapes_what_it_repeats() {
        expect![[r#"
            <OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0">
              <message nature="error">form &lt;b&gt; �</message>
            </OpenRosaResponse>"#]]
        .assert_eq(&response("form <b> \u{1}", "error"));
    }

    #[test]
    fn names_that_point_elsewhere_are_refused() {
        assert_eq!(safe_name(" photo é.jpg ").as_deref(), Ok("photo é.jpg"));
        assert_eq!(safe_name("a..b"), Ok("a..b".into()));
        for path in ["../../etc/passwd", "a/b", "a\\b", "..", ".", "C:x"] {
            assert_eq!(safe_name(path), Err(NameError::Path), "{path}");
        }
        assert_eq!(safe_name("a\0b"), Err(NameError::Control));
        assert_eq!(safe_name("gpj\u{202E}.exe"), Err(NameError::Control));
        assert_eq!(safe_name("  "), Err(NameError::Empty));
        assert_eq!(safe_name(&"é".repeat(128)), Err(NameError::TooLong));
    }

    proptest! {
        #[test]
        fn what_is_written_is_whole_xml(text in "\\PC*|[\\x00-\\x7f]*") {
            let xml = response(&text, &text);
            prop_assert!(crate::xml::Tree::read(xml.as_bytes(), 10).is_ok(), "{xml}");
        }
    }
}
