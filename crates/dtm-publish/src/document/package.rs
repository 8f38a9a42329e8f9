//! The container of Word and PowerPoint: parts, their types and their relations, in a zip (ECMA-376, part 2).

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Why no document came out. All are faults of ours, for the log: no release can cause them.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A drawing could not be made a picture.
    #[error(transparent)]
    Picture(#[from] crate::drawing::RasterError),
    /// The workbook behind a chart could not be written.
    #[error("the numbers of a chart could not be written")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The container could not be written.
    #[error("the parts of the document could not be packed")]
    Pack(#[from] zip::result::ZipError),
    /// The container could not be written.
    #[error("the parts of the document could not be packed")]
    Write(#[from] std::io::Error),
}

const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// A document in the making.
#[derive(Default)]
pub(super) struct Package {
    /// Bytes of parts by their name, without a slash before it.
    parts: BTreeMap<String, Vec<u8>>,
    /// Types of parts by their name.
    types: BTreeMap<String, String>,
    /// Type and target of relations, by the part they belong to; `""` is the package itself.
    relations: BTreeMap<String, Vec<(String, String)>>,
}

impl Package {
    /// Adds an XML part of this type.
    pub(super) fn xml(&mut self, name: &str, content_type: &str, xml: &str) {
        self.parts.insert(name.to_owned(), [XML, xml].concat().into_bytes());
        self.types.insert(name.to_owned(), content_type.to_owned());
    }

    /// Adds a part whose type its extension tells.
    pub(super) fn bytes(&mut self, name: &str, bytes: Vec<u8>) {
        self.parts.insert(name.to_owned(), bytes);
    }

    /// Says that a part needs another, and by which id it calls it. `kind` is the last part of the relation's name in
    /// the standard; the target is told as seen from the part.
    pub(super) fn relate(&mut self, from: &str, kind: &str, target: &str) -> String {
        let relations = self.relations.entry(from.to_owned()).or_default();
        relations.push((kind.to_owned(), target.to_owned()));
        format!("rId{}", relations.len())
    }

    /// Says what the document is called, when and in which language it was made.
    pub(super) fn describe(&mut self, of: &super::Document) {
        let made = of.made_at.to_utc().format("%Y-%m-%dT%H:%M:%SZ");
        self.xml(
            "docProps/core.xml",
            "application/vnd.openxmlformats-package.core-properties+xml",
            &format!(
                "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
                 xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
                 xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title>\
                 <dc:creator>DTM</dc:creator><cp:keywords>{}</cp:keywords><dc:description>{}</dc:description>\
                 <dc:language>{}</dc:language>\
                 <dcterms:created xsi:type=\"dcterms:W3CDTF\">{made}</dcterms:created>\
                 <dcterms:modified xsi:type=\"dcterms:W3CDTF\">{made}</dcterms:modified></cp:coreProperties>",
                escape(&of.document_title),
                escape(&of.keywords.join(", ")),
                escape(&of.source),
                region(of.lang),
            ),
        );
        self.parts.insert("docProps/app.xml".to_owned(), [XML, APP].concat().into_bytes());
        let app = "application/vnd.openxmlformats-officedocument.extended-properties+xml";
        self.types.insert("docProps/app.xml".to_owned(), app.to_owned());
        self.relate("", "extended-properties", "docProps/app.xml");
        let metadata = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties";
        self.relate("", metadata, "docProps/core.xml");
    }

    /// The document as a file.
    pub(super) fn pack(mut self) -> Result<Vec<u8>, PackageError> {
        for (from, relations) in std::mem::take(&mut self.relations) {
            let mut xml =
                format!("{XML}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
            for (at, (kind, target)) in relations.iter().enumerate() {
                let kind = if kind.contains(':') { kind.clone() } else { format!("{RELATION}/{kind}") };
                xml += &format!("<Relationship Id=\"rId{}\" Type=\"{kind}\" Target=\"{target}\"/>", at + 1);
            }
            xml += "</Relationships>";
            let (folder, name) = from.rsplit_once('/').unwrap_or(("", &from));
            let path =
                if folder.is_empty() { format!("_rels/{name}.rels") } else { format!("{folder}/_rels/{name}.rels") };
            self.parts.insert(path, xml.into_bytes());
        }
        let mut types = format!("{XML}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">");
        let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        let defaults = [
            ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
            ("xml", "application/xml"),
            ("png", "image/png"),
            ("xlsx", sheet),
        ];
        for (extension, content_type) in defaults {
            types += &format!("<Default Extension=\"{extension}\" ContentType=\"{content_type}\"/>");
        }
        for (name, content_type) in &self.types {
            types += &format!("<Override PartName=\"/{name}\" ContentType=\"{content_type}\"/>");
        }
        types += "</Types>";
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        // Readers look for the list of types first.
        zip.start_file("[Content_Types].xml", SimpleFileOptions::default())?;
        zip.write_all(types.as_bytes())?;
        for (name, bytes) in self.parts {
            zip.start_file(name, SimpleFileOptions::default())?;
            zip.write_all(&bytes)?;
        }
        Ok(zip.finish()?.into_inner())
    }
}

const APP: &str = "<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\">\
                   <Application>dtm</Application></Properties>";

/// The text as XML, without the characters that XML forbids.
pub(super) fn escape(text: &str) -> String {
    crate::drawing::escape(text)
}

/// The language with a country, as office programs ask for it.
pub(super) fn region(lang: dtm_model::Lang) -> &'static str {
    match lang {
        dtm_model::Lang::En => "en-GB",
        dtm_model::Lang::Fr => "fr-FR",
    }
}
