//! Writes a document for PowerPoint (ECMA-376): a message a slide, charts and tables that can be edited.
//!
//! One master with two layouts: the first slide, and a title above free space. A chart is native, with its numbers in a
//! workbook of its own; a map is a picture. Every slide says its source. No library writes charts, so this is ours.

mod chart;

use super::package::{Package, PackageError, escape, region};
use super::{Block, Column, Document, Drawn, Key, Table};
use crate::drawing;
use crate::words::{Arg, Words};

const TYPE: &str = "application/vnd.openxmlformats-officedocument.presentationml";
const MASTER: &str = "ppt/slideMasters/slideMaster1.xml";
/// Dots of a picture for each px of its drawing.
const SCALE: f32 = 4.0;
/// Rows of a table on one slide.
const ROWS: usize = 11;

/// A rectangle of a slide in English metric units: left, top, width, height.
#[derive(Clone, Copy)]
struct Room {
    x: i64,
    y: i64,
    wide: i64,
    high: i64,
}

/// What a slide has between its title and its source.
const BODY: Room = Room { x: 609_600, y: 1_500_000, wide: 10_972_800, high: 4_550_000 };

/// The document as a `.pptx`.
pub fn slides(document: &Document) -> Result<Vec<u8>, PackageError> {
    let mut package = Package::default();
    package.relate("", "officeDocument", "ppt/presentation.xml");
    package.describe(document);
    let lang = region(document.lang);
    let master = |package: &mut Package| {
        package.xml("ppt/theme/theme1.xml", "application/vnd.openxmlformats-officedocument.theme+xml", THEME);
        package.xml(MASTER, &format!("{TYPE}.slideMaster+xml"), include_str!("master.xml"));
        for (n, layout) in [include_str!("first.xml"), include_str!("titled.xml")].into_iter().enumerate() {
            let part = format!("ppt/slideLayouts/slideLayout{}.xml", n + 1);
            package.xml(&part, &format!("{TYPE}.slideLayout+xml"), layout);
            package.relate(MASTER, "slideLayout", &format!("../slideLayouts/slideLayout{}.xml", n + 1));
            package.relate(&part, "slideMaster", "../slideMasters/slideMaster1.xml");
        }
        package.relate(MASTER, "theme", "../theme/theme1.xml");
    };
    master(&mut package);
    let from = "ppt/presentation.xml";
    let master_id = package.relate(from, "slideMaster", "slideMasters/slideMaster1.xml");
    let mut deck =
        Deck { w: Words::of(document.lang), lang, document, package, n_slides: 0, n_charts: 0, ids: String::new() };
    deck.first();
    let mut section = String::new();
    for block in &document.blocks {
        deck.block(block, &mut section)?;
    }
    let mut package = deck.package;
    let presentation = format!(
        "<p:presentation xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\" \
         xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><p:sldMasterIdLst>\
         <p:sldMasterId id=\"2147483648\" r:id=\"{master_id}\"/></p:sldMasterIdLst><p:sldIdLst>{}</p:sldIdLst>\
         <p:sldSz cx=\"12192000\" cy=\"6858000\"/><p:notesSz cx=\"6858000\" cy=\"9144000\"/></p:presentation>",
        deck.ids
    );
    package.xml(from, &format!("{TYPE}.presentation.main+xml"), &presentation);
    package.pack()
}

struct Deck<'a> {
    w: &'static Words,
    lang: &'static str,
    document: &'a Document,
    package: Package,
    n_slides: usize,
    n_charts: usize,
    /// The list of slides.
    ids: String,
}

impl Deck<'_> {
    /// The name of the part that the next slide will be.
    fn next(&self) -> String {
        format!("ppt/slides/slide{}.xml", self.n_slides + 1)
    }

    /// Adds a slide of a layout with this title and these shapes.
    fn add(&mut self, layout: u8, title: &str, shapes: &str) {
        let part = self.next();
        self.n_slides += 1;
        self.package.relate(&part, "slideLayout", &format!("../slideLayouts/slideLayout{layout}.xml"));
        let id = self.package.relate("ppt/presentation.xml", "slide", &format!("slides/slide{}.xml", self.n_slides));
        self.ids += &format!("<p:sldId id=\"{}\" r:id=\"{id}\"/>", 255 + self.n_slides);
        let kind = if layout == 1 { "ctrTitle" } else { "title" };
        let foot = if layout == 1 {
            String::new()
        } else {
            let number = format!(
                "<a:fld id=\"{{8F2C1A6E-0000-4000-8000-000000000001}}\" type=\"slidenum\">\
                                  <a:rPr lang=\"{}\"/><a:t>{}</a:t></a:fld>",
                self.lang, self.n_slides
            );
            let source = self.run(&self.document.source, "");
            placeholder(900, "ftr", 10, &format!("<a:p>{source}</a:p>"))
                + &placeholder(901, "sldNum", 11, &format!("<a:p>{number}</a:p>"))
        };
        let title = placeholder(2, kind, 0, &format!("<a:p>{}</a:p>", self.run(title, "")));
        let xml = format!(
            "<p:sld xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\" \
             xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
             xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><p:cSld><p:spTree>\
             <p:nvGrpSpPr><p:cNvPr id=\"1\" name=\"\"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>\
             {title}{shapes}{foot}</p:spTree></p:cSld></p:sld>"
        );
        self.package.xml(&part, &format!("{TYPE}.slide+xml"), &xml);
    }

    fn first(&mut self) {
        let document = self.document;
        let about = format!("{} · {}", document.country, document.operation);
        let when = format!("{} · {}", document.round, document.dates);
        let lines = [&document.kind, &about, &when];
        let lines: String = lines.iter().map(|line| format!("<a:p>{}</a:p>", self.run(line, ""))).collect();
        self.add(1, &document.title, &placeholder(3, "subTitle", 1, &lines));
    }

    fn block(&mut self, block: &Block, section: &mut String) -> Result<(), PackageError> {
        match block {
            Block::Heading { text } => section.clone_from(text),
            Block::Text { text } => {
                let shape = self.text_box(3, BODY, &self.paragraph(text, 2_000, false));
                self.add(2, section, &shape);
            }
            Block::Points { items } => {
                let lines: String = items.iter().map(|item| self.paragraph(item, 2_200, true)).collect();
                let shape = self.text_box(3, BODY, &lines);
                self.add(2, section, &shape);
            }
            Block::Keys { items, .. } => self.keys(section, items),
            Block::Figures { items } => {
                for item in items {
                    self.figure(item)?;
                }
            }
            Block::Table(table) => self.table(table),
            Block::States { items } => {
                let line = |state: &super::State| {
                    let said = format!("{} – {}", state.cell.text, state.meaning);
                    self.paragraph(&said, 1_800, true)
                };
                let lines: String = items.iter().map(line).collect();
                let shape = self.text_box(3, BODY, &lines);
                self.add(2, section, &shape);
            }
            Block::Facts { items } => {
                let mut lines: String = items
                    .iter()
                    .map(|fact| {
                        let (term, text) = (self.run(&fact.term, " sz=\"1400\" b=\"1\""), format!(" – {}", fact.text));
                        format!("<a:p>{SPACED}{term}{}</a:p>", self.run(&text, " sz=\"1400\""))
                    })
                    .collect();
                lines += &self.paragraph(&self.document.disclaimer, 1_100, false);
                let shape = self.text_box(3, BODY, &lines);
                self.add(2, section, &shape);
            }
        }
        Ok(())
    }

    fn run(&self, text: &str, properties: &str) -> String {
        format!("<a:r><a:rPr lang=\"{}\"{properties} dirty=\"0\"/><a:t>{}</a:t></a:r>", self.lang, escape(text))
    }

    /// A paragraph in hundredths of a point.
    fn paragraph(&self, text: &str, size: u32, bullet: bool) -> String {
        let before = if bullet { BULLET } else { SPACED };
        format!("<a:p>{before}{}</a:p>", self.run(text, &format!(" sz=\"{size}\"")))
    }

    fn text_box(&self, id: usize, room: Room, lines: &str) -> String {
        format!(
            "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"Text {id}\"/><p:cNvSpPr txBox=\"1\"/><p:nvPr/></p:nvSpPr><p:spPr>{}\
             <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom><a:noFill/></p:spPr><p:txBody><a:bodyPr wrap=\"square\" \
             lIns=\"0\" tIns=\"0\" rIns=\"0\" bIns=\"0\"><a:normAutofit/></a:bodyPr><a:lstStyle/>{lines}</p:txBody></p:sp>",
            placed("a", room)
        )
    }

    /// Tiles, three in a row.
    fn keys(&mut self, title: &str, keys: &[Key]) {
        let per_row = 3.min(keys.len().max(1)) as i64;
        let n_rows = (keys.len() as i64 + per_row - 1) / per_row;
        let gap = 200_000;
        let wide = (BODY.wide - gap * (per_row - 1)) / per_row;
        let high = ((BODY.high - gap * (n_rows - 1).max(0)) / n_rows.max(1)).min(2_100_000);
        let mut shapes = String::new();
        for (at, key) in keys.iter().enumerate() {
            let (row, column) = (at as i64 / per_row, at as i64 % per_row);
            let room = Room { x: BODY.x + column * (wide + gap), y: BODY.y + row * (high + gap), wide, high };
            let fill = if key.first { "E3ECF8" } else { "F5F7FA" };
            let size = if key.first { 4_000 } else { 3_200 };
            let mut lines = format!("<a:p>{}</a:p>", self.run(&key.label, " sz=\"1400\""));
            lines += &format!("<a:p>{}</a:p>", self.run(&key.cell.text, &format!(" sz=\"{size}\" b=\"1\"")));
            for more in [&key.cell.range, &key.note].into_iter().filter(|more| !more.is_empty()) {
                lines += &format!("<a:p>{}</a:p>", self.run(more, " sz=\"1400\""));
            }
            shapes += &format!(
                "<p:sp><p:nvSpPr><p:cNvPr id=\"{}\" name=\"{}\"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr>{}<a:prstGeom \
                 prst=\"rect\"><a:avLst/></a:prstGeom><a:solidFill><a:srgbClr val=\"{fill}\"/></a:solidFill><a:ln><a:noFill/>\
                 </a:ln></p:spPr><p:txBody><a:bodyPr wrap=\"square\" lIns=\"180000\" rIns=\"120000\" anchor=\"ctr\">\
                 <a:normAutofit/></a:bodyPr><a:lstStyle/>{lines}</p:txBody></p:sp>",
                10 + at,
                escape(&key.label),
                placed("a", room),
            );
        }
        self.add(2, title, &shapes);
    }

    fn figure(&mut self, drawn: &Drawn) -> Result<(), PackageError> {
        let part = self.next();
        let (title, sub) =
            if drawn.sub.is_empty() { (&drawn.heading, "") } else { (&drawn.sub, drawn.heading.as_str()) };
        let mut shapes = String::new();
        let mut room = BODY;
        if !sub.is_empty() {
            shapes += &self.text_box(3, Room { high: 330_000, ..room }, &self.paragraph(sub, 1_600, false));
            room = Room { y: room.y + 380_000, high: room.high - 380_000, ..room };
        }
        match &drawn.chart {
            Some(chart) => {
                if !chart.absent.is_empty() {
                    let absent = self.w.t_args("document-absent", &[("list", Arg::from(chart.absent.join("; ")))]);
                    let line = Room { y: room.y + room.high - 330_000, high: 330_000, ..room };
                    shapes += &self.text_box(4, line, &self.paragraph(&absent, 1_200, false));
                    room.high -= 380_000;
                }
                self.n_charts += 1;
                let n = self.n_charts;
                let chart_part = format!("ppt/charts/chart{n}.xml");
                let book = format!("ppt/embeddings/Microsoft_Excel_Sheet{n}.xlsx");
                self.package.bytes(&book, chart::workbook(chart)?);
                let data = self.package.relate(
                    &chart_part,
                    "package",
                    &format!("../embeddings/Microsoft_Excel_Sheet{n}.xlsx"),
                );
                let content_type = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml";
                self.package.xml(&chart_part, content_type, &chart::xml(chart, self.lang, &data));
                let id = self.package.relate(&part, "chart", &format!("../charts/chart{n}.xml"));
                let inner = format!(
                    "<c:chart xmlns:c=\"http://schemas.openxmlformats.org/drawingml/2006/chart\" r:id=\"{id}\"/>"
                );
                shapes += &frame(5, drawn, room, "http://schemas.openxmlformats.org/drawingml/2006/chart", &inner);
            }
            None => {
                let file = format!("../media/{}", drawn.file.replace(".svg", ".png"));
                let media = format!("ppt/media/{}", drawn.file.replace(".svg", ".png"));
                self.package.bytes(&media, drawing::png(&drawn.svg, SCALE)?);
                let id = self.package.relate(&part, "image", &file);
                shapes += &picture(5, drawn, room, &id);
            }
        }
        self.add(2, title, &shapes);
        Ok(())
    }

    /// A table over as many slides as it needs.
    fn table(&mut self, table: &Table) {
        let Table { caption, columns, rows, note } = table;
        let n_parts = rows.len().div_ceil(ROWS).max(1);
        for part in 0..n_parts {
            let rows = rows.get(part * ROWS..((part + 1) * ROWS).min(rows.len())).unwrap_or_default();
            let title = if n_parts > 1 { format!("{caption} ({}/{n_parts})", part + 1) } else { caption.to_owned() };
            let first = BODY.wide * 2 / (columns.len() as i64 + 1);
            let other = (BODY.wide - first) / (columns.len() as i64 - 1).max(1);
            let widths = std::iter::once(first).chain(std::iter::repeat(other));
            let grid: String =
                columns.iter().zip(widths).map(|(_, wide)| format!("<a:gridCol w=\"{wide}\"/>")).collect();
            let cell = |column: &Column, text: &str, properties: &str, look: &str| {
                let side = if column.numeric { "<a:pPr algn=\"r\"/>" } else { "" };
                format!(
                    "<a:tc><a:txBody><a:bodyPr/><a:lstStyle/><a:p>{side}{}</a:p></a:txBody><a:tcPr marT=\"36000\" \
                     marB=\"36000\">{look}</a:tcPr></a:tc>",
                    self.run(text, properties)
                )
            };
            let rule = "<a:lnB w=\"6350\"><a:solidFill><a:srgbClr val=\"DDE3EC\"/></a:solidFill></a:lnB>";
            let head_look = format!("{rule}<a:solidFill><a:srgbClr val=\"F5F7FA\"/></a:solidFill>");
            let look = format!("{rule}<a:noFill/>");
            let heads: String =
                columns.iter().map(|column| cell(column, &column.label, " sz=\"1200\" b=\"1\"", &head_look)).collect();
            let body: String = rows
                .iter()
                .map(|row| {
                    let cells: String = columns
                        .iter()
                        .zip(row)
                        .map(|(column, shown)| {
                            let properties = match shown.state {
                                "carried" => " sz=\"1400\" u=\"dotted\"",
                                "nothing" | "hidden" => " sz=\"1400\" i=\"1\"",
                                _ => " sz=\"1400\"",
                            };
                            cell(column, &shown.whole(), properties, &look)
                        })
                        .collect();
                    format!("<a:tr h=\"340000\">{cells}</a:tr>")
                })
                .collect();
            let inner = format!(
                "<a:tbl><a:tblPr firstRow=\"1\"/><a:tblGrid>{grid}</a:tblGrid><a:tr h=\"340000\">{heads}</a:tr>{body}</a:tbl>"
            );
            let room = Room { high: 340_000 * (rows.len() as i64 + 1), ..BODY };
            let uri = "http://schemas.openxmlformats.org/drawingml/2006/table";
            let mut shape = graphic(5, caption, "", room, uri, &inner);
            if part + 1 == n_parts && !note.is_empty() {
                let below = Room { y: room.y + room.high + 60_000, high: 300_000, ..room };
                shape += &self.text_box(6, below, &self.paragraph(note, 1_200, false));
            }
            self.add(2, &title, &shape);
        }
    }
}

const BULLET: &str = "<a:pPr marL=\"285750\" indent=\"-285750\"><a:spcAft><a:spcPts val=\"900\"/></a:spcAft><a:buFont \
                      typeface=\"Arial\"/><a:buChar char=\"•\"/></a:pPr>";
const SPACED: &str = "<a:pPr><a:spcAft><a:spcPts val=\"600\"/></a:spcAft><a:buNone/></a:pPr>";

/// Where a shape is; `of` is the namespace that its kind asks for.
fn placed(of: &str, room: Room) -> String {
    let Room { x, y, wide, high } = room;
    format!("<{of}:xfrm><a:off x=\"{x}\" y=\"{y}\"/><a:ext cx=\"{wide}\" cy=\"{high}\"/></{of}:xfrm>")
}

/// A shape that is where the layout has it.
fn placeholder(id: usize, kind: &str, index: u8, lines: &str) -> String {
    let index = if index == 0 { String::new() } else { format!(" idx=\"{index}\"") };
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"{kind} {id}\"/><p:cNvSpPr><a:spLocks noGrp=\"1\"/></p:cNvSpPr><p:nvPr>\
         <p:ph type=\"{kind}\"{index}/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:lstStyle/>{lines}</p:txBody></p:sp>"
    )
}

fn frame(id: usize, drawn: &Drawn, room: Room, uri: &str, inner: &str) -> String {
    graphic(id, &drawn.heading, &drawn.alt, room, uri, inner)
}

fn graphic(id: usize, name: &str, alt: &str, room: Room, uri: &str, inner: &str) -> String {
    format!(
        "<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id=\"{id}\" name=\"{}\" descr=\"{}\"/><p:cNvGraphicFramePr><a:graphicFrameLocks \
         noGrp=\"1\"/></p:cNvGraphicFramePr><p:nvPr/></p:nvGraphicFramePr>{}<a:graphic><a:graphicData uri=\"{uri}\">{inner}\
         </a:graphicData></a:graphic></p:graphicFrame>",
        escape(name),
        escape(alt),
        placed("p", room),
    )
}

/// A picture as large as fits, in the middle.
fn picture(id: usize, drawn: &Drawn, room: Room, relation: &str) -> String {
    let wide = (room.wide as f64).min(room.high as f64 * drawn.aspect) as i64;
    let high = (wide as f64 / drawn.aspect) as i64;
    let place = Room { x: room.x + (room.wide - wide) / 2, y: room.y, wide, high };
    format!(
        "<p:pic><p:nvPicPr><p:cNvPr id=\"{id}\" name=\"{}\" descr=\"{}\"/><p:cNvPicPr><a:picLocks noChangeAspect=\"1\"/>\
         </p:cNvPicPr><p:nvPr/></p:nvPicPr><p:blipFill><a:blip r:embed=\"{relation}\"/><a:stretch><a:fillRect/></a:stretch>\
         </p:blipFill><p:spPr>{}<a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></p:spPr></p:pic>",
        escape(&drawn.heading),
        escape(&drawn.alt),
        placed("a", place),
    )
}

const THEME: &str = include_str!("theme.xml");
