//! Writes a document for Word (ECMA-376): headings, lists, captions, tables that can be edited, pictures with their text.
//!
//! Ours, as the library for it writes no alternative text, no language and no repeated head of a table
//! (`docs/decisions/0043`).

use super::package::{Package, PackageError, escape, region};
use super::{Block, Column, Document, Drawn, Shown};
use crate::drawing;
use crate::words::{Arg, Words};

/// A4 with margins of two centimetres leaves this width, in twentieths of a point.
const TEXT_WIDTH: f64 = 9_638.0;
/// English metric units of a twentieth of a point.
const EMU: f64 = 635.0;
/// Dots of a picture for each px of its drawing.
const SCALE: f32 = 3.0;
/// A drawing is never wider or higher than this, in twentieths of a point.
const MOST: (f64, f64) = (7_400.0, 8_200.0);

const MAIN: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml";

/// The document as a `.docx`.
pub fn word(document: &Document) -> Result<Vec<u8>, PackageError> {
    let mut package = Package::default();
    package.relate("", "officeDocument", "word/document.xml");
    package.describe(document);
    let from = "word/document.xml";
    package.relate(from, "styles", "styles.xml");
    package.relate(from, "numbering", "numbering.xml");
    package.relate(from, "settings", "settings.xml");
    let footer = package.relate(from, "footer", "footer1.xml");
    let styles = include_str!("styles.xml").replace("{lang}", region(document.lang));
    package.xml("word/styles.xml", &format!("{MAIN}.styles+xml"), &styles);
    package.xml("word/numbering.xml", &format!("{MAIN}.numbering+xml"), NUMBERING);
    package.xml("word/settings.xml", &format!("{MAIN}.settings+xml"), SETTINGS);
    let mut writer = Writer { w: Words::of(document.lang), package, n_figures: 0, n_tables: 0 };
    let mut body = String::new();
    let head = [document.kind.as_str(), "·", &document.country, "·", &document.operation].join(" ");
    body += &paragraph("Kind", &head);
    body += &paragraph("Title", &document.title);
    body += &paragraph("Subtitle", &format!("{} · {}", document.round, document.dates));
    for block in &document.blocks {
        body += &writer.block(block)?;
    }
    body += &paragraph("Small", &document.source);
    body += &paragraph("Small", &document.disclaimer);
    let section = format!(
        "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"{footer}\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/>\
         <w:pgMar w:top=\"1134\" w:right=\"1134\" w:bottom=\"1134\" w:left=\"1134\" w:header=\"567\" w:footer=\"567\" \
         w:gutter=\"0\"/></w:sectPr>"
    );
    let mut package = writer.package;
    package.xml(
        from,
        &format!("{MAIN}.document.main+xml"),
        &root("document", &format!("<w:body>{body}{section}</w:body>")),
    );
    let page = [run(" · "), field("PAGE", "1"), run("/"), field("NUMPAGES", "1")].concat();
    let line = format!("<w:p>{}{}{page}</w:p>", style("Footer"), run(&document.source));
    package.xml("word/footer1.xml", &format!("{MAIN}.footer+xml"), &root("ftr", &line));
    package.pack()
}

fn root(name: &str, inner: &str) -> String {
    format!(
        "<w:{name} xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
         xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
         xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
         xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\">{inner}</w:{name}>"
    )
}

fn style(name: &str) -> String {
    format!("<w:pPr><w:pStyle w:val=\"{name}\"/></w:pPr>")
}

fn run(text: &str) -> String {
    format!("<w:r><w:t xml:space=\"preserve\">{}</w:t></w:r>", escape(text))
}

fn bold(text: &str) -> String {
    format!("<w:r><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">{}</w:t></w:r>", escape(text))
}

/// What Word works out itself, and what stands there until it does.
fn field(instruction: &str, shown: &str) -> String {
    format!(
        "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> {instruction} \
         </w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>{}<w:r><w:fldChar \
         w:fldCharType=\"end\"/></w:r>",
        run(shown)
    )
}

fn paragraph(name: &str, text: &str) -> String {
    format!("<w:p>{}{}</w:p>", style(name), run(text))
}

struct Writer {
    w: &'static Words,
    package: Package,
    n_figures: usize,
    n_tables: usize,
}

impl Writer {
    fn block(&mut self, block: &Block) -> Result<String, PackageError> {
        Ok(match block {
            Block::Heading { text } => paragraph("Heading1", text),
            Block::Text { text } => paragraph("BodyText", text),
            Block::Points { items } => items.iter().map(|item| paragraph("ListBullet", item)).collect(),
            Block::Keys { columns, items } => {
                let [figure, number, note] = columns;
                let columns = [(figure, false), (number, true), (note, false)]
                    .map(|(label, numeric)| Column { label: label.clone(), numeric });
                let row = |key: &super::Key| vec![Shown::plain(&key.label), key.cell.clone(), Shown::plain(&key.note)];
                table("", &columns, &items.iter().map(row).collect::<Vec<_>>())
            }
            Block::Figures { items } => {
                let drawn: Result<Vec<String>, PackageError> = items.iter().map(|item| self.figure(item)).collect();
                drawn?.concat()
            }
            Block::Table(of) => {
                self.n_tables += 1;
                let caption = self.caption("Table", "document-table-n", self.n_tables, &of.caption);
                let note = if of.note.is_empty() { String::new() } else { paragraph("Small", &of.note) };
                caption + &table(&of.caption, &of.columns, &of.rows) + &note
            }
            Block::States { items } => items
                .iter()
                .map(|state| {
                    let shown = format!("{}{}", look(&state.cell), run(&format!(" – {}", state.meaning)));
                    format!("<w:p>{}{shown}</w:p>", style("ListBullet"))
                })
                .collect(),
            Block::Facts { items } => items
                .iter()
                .map(|fact| {
                    let said = run(&format!(" – {}", fact.text));
                    format!("<w:p>{}{}{said}</w:p>", style("BodyText"), bold(&fact.term))
                })
                .collect(),
        })
    }

    /// «Figure 1. What it is», numbered by a field so that Word goes on counting.
    fn caption(&self, sequence: &str, key: &str, n: usize, text: &str) -> String {
        // The words around the number are those of the language, the number itself is Word's.
        let said = self.w.t_args(key, &[("n", Arg::from("\u{1}"))]);
        let (before, after) = said.split_once('\u{1}').unwrap_or((&said, ""));
        format!(
            "<w:p>{}{}{}{}</w:p>",
            style("Caption"),
            run(before),
            field(&format!("SEQ {sequence} \\* ARABIC"), &n.to_string()),
            run(&format!("{after} {text}")),
        )
    }

    fn figure(&mut self, drawn: &Drawn) -> Result<String, PackageError> {
        self.n_figures += 1;
        let n = self.n_figures;
        let file = format!("media/figure{n}.png");
        self.package.bytes(&format!("word/{file}"), drawing::png(&drawn.svg, SCALE)?);
        let id = self.package.relate("word/document.xml", "image", &file);
        let width = MOST.0.min(MOST.1 * drawn.aspect).min(TEXT_WIDTH);
        let (wide, high) = ((width * EMU).round(), (width / drawn.aspect * EMU).round());
        let alt = escape(&drawn.alt);
        let picture = format!(
            "<w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\">\
             <wp:extent cx=\"{wide}\" cy=\"{high}\"/><wp:docPr id=\"{n}\" name=\"{name}\" descr=\"{alt}\"/>\
             <wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect=\"1\"/></wp:cNvGraphicFramePr><a:graphic>\
             <a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic><pic:nvPicPr>\
             <pic:cNvPr id=\"{n}\" name=\"{name}\" descr=\"{alt}\"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>\
             <a:blip r:embed=\"{id}\"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>\
             <a:off x=\"0\" y=\"0\"/><a:ext cx=\"{wide}\" cy=\"{high}\"/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/>\
             </a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>",
            name = escape(&drawn.heading),
        );
        let mut figure = self.caption("Figure", "document-figure-n", n, &drawn.heading);
        if !drawn.sub.is_empty() {
            figure += &paragraph("Message", &drawn.sub);
        }
        Ok(figure + &format!("<w:p>{}{picture}</w:p>", style("Figure")))
    }
}

/// A number in its state: hidden and nothing in italics, carried underlined with dots.
fn look(cell: &Shown) -> String {
    let properties = match cell.state {
        "carried" => "<w:rPr><w:u w:val=\"dotted\"/></w:rPr>",
        "nothing" | "hidden" => "<w:rPr><w:i/><w:color w:val=\"52607A\"/></w:rPr>",
        _ => "",
    };
    format!("<w:r>{properties}<w:t xml:space=\"preserve\">{}</w:t></w:r>", escape(&cell.whole()))
}

fn table(caption: &str, columns: &[Column], rows: &[Vec<Shown>]) -> String {
    let described =
        if caption.is_empty() { String::new() } else { format!("<w:tblCaption w:val=\"{}\"/>", escape(caption)) };
    let width = (TEXT_WIDTH / columns.len().max(1) as f64).round();
    let grid: String = columns.iter().map(|_| format!("<w:gridCol w:w=\"{width}\"/>")).collect();
    let cell = |column: &Column, style: &str, inner: &str| {
        let side = if column.numeric { "<w:jc w:val=\"right\"/>" } else { "" };
        format!(
            "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/></w:tcPr><w:p><w:pPr><w:pStyle w:val=\"{style}\"/>{side}\
             </w:pPr>{inner}</w:p></w:tc>"
        )
    };
    let heads: String = columns.iter().map(|column| cell(column, "TableHead", &run(&column.label))).collect();
    let body: String = rows
        .iter()
        .map(|row| {
            let cells: String =
                columns.iter().zip(row).map(|(column, one)| cell(column, "TableText", &look(one))).collect();
            format!("<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
        })
        .collect();
    format!(
        "<w:tbl><w:tblPr><w:tblStyle w:val=\"Figures\"/><w:tblW w:w=\"5000\" w:type=\"pct\"/>\
         <w:tblLook w:val=\"0020\" w:firstRow=\"1\" w:lastRow=\"0\" w:firstColumn=\"0\" w:lastColumn=\"0\" \
         w:noHBand=\"1\" w:noVBand=\"1\"/>{described}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>\
         <w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{heads}</w:tr>{body}</w:tbl><w:p>{}</w:p>",
        style("Small")
    )
}

const NUMBERING: &str = "<w:numbering xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:abstractNum \
     w:abstractNumId=\"0\"><w:multiLevelType w:val=\"hybridMultilevel\"/><w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/>\
     <w:numFmt w:val=\"bullet\"/><w:lvlText w:val=\"•\"/><w:lvlJc w:val=\"left\"/><w:pPr><w:ind w:left=\"340\" \
     w:hanging=\"255\"/></w:pPr></w:lvl></w:abstractNum><w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num>\
     </w:numbering>";

/// The layout of today's Word, not the one it keeps for old files.
const SETTINGS: &str = "<w:settings xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:compat><w:compatSetting \
     w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/></w:compat>\
     </w:settings>";
