//! Reports as people open them: Word, PowerPoint and PDF, read by the programs that know these formats.

use crate::browser::World;
use crate::program::{has, python};
use std::fs;
use std::process::Command;

/// Reads what the server gave out in both languages, and holds it against the figures of the same round.
const READER: &str = r##"
import csv, io, re, sys, zipfile
import docx, pptx, pypdf
from docx.oxml.ns import qn
folder = sys.argv[1]
file = lambda name: f"{folder}/{name}"
digits = lambda text: re.sub(r"\D", "", text)
numbers = {}
for lang, region in (("en", "en-GB"), ("fr", "fr-FR")):
    word = docx.Document(file(f"{lang}-report.docx"))
    core = word.core_properties
    assert core.title and core.language == region and core.author == "DTM", (core.title, core.language)
    styles = [p.style.name for p in word.paragraphs]
    headings = [p.text for p in word.paragraphs if p.style.name == "Heading 1"]
    assert styles.count("Title") == 1 and len(headings) >= 6, headings
    pictures = word.inline_shapes
    texts = [shape._inline.docPr.get("descr") for shape in pictures]
    assert len(texts) >= 5 and all(texts), texts
    captions = [p.text for p in word.paragraphs if p.style.name == "Caption"]
    assert len(captions) == len(pictures) + len(word.tables) - 1, captions
    assert captions[0].startswith("Figure 1."), captions
    for table in word.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert len({len(row.cells) for row in table.rows}) == 1
    numbers[lang] = [[digits(cell.text) for cell in row.cells] for table in word.tables for row in table.rows[1:]]
    with open(file(f"{lang}-areas.csv"), encoding="utf-8-sig") as rows:
        areas = {row["area_name"]: row for row in csv.DictReader(rows)}
    checked = 0
    for table in word.tables[1:3]:
        for row in table.rows[1:]:
            cells = [cell.text for cell in row.cells]
            people = digits(cells[2] if len(cells) == 5 else cells[1])
            assert areas[cells[0]]["idp_ind"] == people, (cells, areas[cells[0]])
            checked += 1
    assert checked > 30, checked

    deck = pptx.Presentation(file(f"{lang}-report.pptx"))
    assert deck.core_properties.language == region
    charts = tables = pictures = 0
    for slide in deck.slides:
        assert slide.shapes.title is not None and slide.shapes.title.text.strip(), slide.slide_id
        for shape in slide.shapes:
            if shape.has_chart:
                charts += 1
                plot = shape.chart.plots[0]
                assert len(plot.categories) == len(plot.series[0].values) > 2
                assert shape._element.nvGraphicFramePr.cNvPr.get("descr")
                book = shape.chart.part.chart_workbook.xlsx_part.blob
                import openpyxl
                sheet = openpyxl.load_workbook(io.BytesIO(book))["Data"]
                told = [cell.value for cell in sheet["B"][1:]]
                assert [value and int(value) for value in told] == [
                    None if value is None else int(value) for value in plot.series[0].values], told
            if shape.has_table:
                tables += 1
            if shape.shape_type is not None and shape.shape_type.name == "PICTURE":
                pictures += 1
                assert shape._element.nvPicPr.cNvPr.get("descr")
    trend = next(s.chart for slide in deck.slides for s in slide.shapes if s.has_chart)
    assert digits(deck.slides[2].shapes[1].text_frame.text.split("\n")[1]) == str(int(trend.plots[0].series[0].values[-1]))
    assert charts == 4 and tables >= 3 and pictures == 1, (charts, tables, pictures)

    pdf = pypdf.PdfReader(file(f"{lang}-report.pdf"))
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == lang and root["/MarkInfo"]["/Marked"], root
    assert pdf.metadata.title == core.title
    pages = "".join(page.extract_text() for page in pdf.pages)
    whole = str(int(trend.plots[0].series[0].values[-1]))
    assert whole in digits(pages)
    print(lang, len(headings), "sections,", len(captions), "captions,", charts, "charts,", checked, "areas")
assert numbers["en"] == numbers["fr"], "both languages show the same numbers"
"##;

/// Every figure as a picture, and the three documents, in both languages.
const FILES: [&str; 5] = ["report.docx", "report.pptx", "report.pdf", "areas.csv", "map.png"];

fn fetched() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for lang in ["en", "fr"] {
        for name in FILES {
            let answer = World::get().open(&format!("/{lang}/xso/6/{name}"), &[]);
            assert_eq!(answer.status, 200, "{name}");
            fs::write(folder.path().join(format!("{lang}-{name}")), answer.body).unwrap();
        }
    }
    folder
}

#[test]
fn reports_open_in_the_programs_that_know_them_with_the_figures_of_the_round() {
    let (Some(python), Some(_), Some(_)) = (python("docx"), python("pptx"), python("pypdf")) else { return };
    let folder = fetched();
    let read = Command::new(python).args(["-c", READER]).arg(folder.path()).output().unwrap();
    let (said, wrong) = (String::from_utf8_lossy(&read.stdout), String::from_utf8_lossy(&read.stderr));
    assert!(read.status.success(), "{said}\n{wrong}");
    assert_eq!(said, "en 8 sections, 8 captions, 4 charts, 50 areas\nfr 8 sections, 8 captions, 4 charts, 50 areas\n");
}

#[test]
fn an_office_suite_opens_word_and_slides_and_every_page_of_them_is_there() {
    if !has("soffice", &["--version"]) || !has("pdfinfo", &["-v"]) {
        return;
    }
    let folder = fetched();
    let profile = format!("-env:UserInstallation=file://{}", folder.path().join("profile").display());
    for name in ["fr-report.docx", "en-report.pptx"] {
        let made = Command::new("soffice")
            .args(["--headless", &profile, "--convert-to", "pdf", "--outdir"])
            .arg(folder.path().join("opened"))
            .arg(folder.path().join(name))
            .output()
            .unwrap();
        assert!(made.status.success(), "{name}: {}", String::from_utf8_lossy(&made.stderr));
        let opened = folder.path().join("opened").join(name).with_extension("pdf");
        let info = Command::new("pdfinfo").arg(&opened).output().unwrap();
        let told = String::from_utf8_lossy(&info.stdout);
        let pages = told.lines().find_map(|line| line.strip_prefix("Pages:")).map(|n| n.trim().parse::<u32>().unwrap());
        assert!(pages.is_some_and(|pages| pages >= 5), "{name}: {told}");
    }
}

#[test]
fn a_report_says_where_newer_figures_are() {
    let world = World::get();
    let text = |path: &str| String::from_utf8(world.open(path, &[]).body).unwrap();
    let newest = text("/en/xso/6/report");
    assert!(!newest.contains("class=\"hero\"><div class=\"wrap\">\n<p class=\"small\"><a"), "nothing is newer");
    let older = text("/en/xso/5/report");
    assert!(older.contains("<p class=\"small\"><a href=\"/en/xso/6/report\">"), "{older}");
    // A picture stands beside every drawing, with its heading and its source.
    let picture = world.open("/fr/xso/6/trend.png", &[]);
    assert!(picture.header("content-type") == Some("image/png") && picture.body.starts_with(b"\x89PNG"));
}
