//! What a form with a file posted.

use crate::http::problem::Problem;
use axum::extract::Multipart;
use axum::extract::multipart::MultipartRejection;
use bytes::Bytes;

/// The longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// The parts of a posted form, not yet read.
pub(super) type Parts = Result<Multipart, MultipartRejection>;

/// A file as it was brought.
pub(super) struct File {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) bytes: Bytes,
}

/// What a form posted: its fields, and its file where one was chosen that is not empty.
#[derive(Default)]
pub(super) struct Upload {
    fields: Vec<(String, String)>,
    pub(super) file: Option<File>,
}

impl Upload {
    /// Reads a posted form. Ask before whether the reader may bring anything.
    pub(super) async fn read(parts: Parts) -> Result<Self, Problem> {
        let mut parts = parts.map_err(|_| Self::unreadable())?;
        let mut upload = Self::default();
        while let Some(part) = parts.next_field().await.map_err(|error| Problem::of_multipart(&error))? {
            let field = part.name().unwrap_or_default().to_owned();
            let media_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
            let name: Option<String> = part
                .file_name()
                .map(|name| name.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect());
            let bytes = part.bytes().await.map_err(|error| Problem::of_multipart(&error))?;
            match name {
                Some(_) if bytes.is_empty() => {}
                Some(name) if field == "file" => upload.file = Some(File { name, media_type, bytes }),
                _ => upload.fields.push((field, String::from_utf8_lossy(&bytes).into_owned())),
            }
        }
        Ok(upload)
    }

    /// A field; empty where it was not posted.
    pub(super) fn text(&self, field: &str) -> &str {
        self.fields.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value)
    }

    /// Whether a box was ticked or a button pressed.
    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == field)
    }

    pub(super) fn unreadable() -> Problem {
        Problem::bad_request("bad_upload", "The upload could not be read.", "Le téléversement n’a pas pu être lu.")
    }
}
