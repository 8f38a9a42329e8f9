//! The same forms through pyxform, where `DTM_PYTHON` names a Python that has it: what it converts we convert to the
//! same form, what it refuses we refuse, and what it warns of we warn of. The forms are the real ones of the shared
//! data and those of `forms/*.md`, one under each heading.

use dtm_capture::workbook::Workbook;
use dtm_capture::xlsform::{Severity, convert};
use roxmltree::{Document, Node};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Prints one JSON value a file: the form, the warnings, or why there is none.
const CLIENT: &str = "
import json, sys
from pyxform.xls2xform import convert
for path in sys.argv[1:]:
    warnings = []
    try:
        said = {'xform': convert(xlsform=path, warnings=warnings).xform}
    except Exception as error:
        said = {'error': str(error)}
    print(json.dumps({**said, 'warnings': warnings}))
";

fn skip(why: &str) {
    assert!(std::env::var_os("DTM_NO_SKIP").is_none(), "{why}");
    println!("skipped: {why}");
}

fn ask(python: &std::ffi::OsStr, files: &[PathBuf]) -> Option<Vec<serde_json::Value>> {
    let run = Command::new(python).arg("-c").arg(CLIENT).args(files).output().ok()?;
    let said = String::from_utf8(run.stdout).ok()?;
    let answers: Vec<_> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (answers.len() == files.len()).then_some(answers)
}

#[test]
fn the_real_forms_and_ours_come_out_as_pyxform_makes_them() {
    let Some(python) = std::env::var_os("DTM_PYTHON") else { return skip("DTM_PYTHON names no Python") };
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pyxform");
    std::fs::create_dir_all(&out).unwrap();
    let (mut files, mut refused) = (Vec::new(), BTreeSet::new());
    for (text, is_refused) in [(include_str!("forms/converted.md"), false), (include_str!("forms/refused.md"), true)] {
        for form in text.split("\n# ").skip(1) {
            let (title, tables) = form.split_once('\n').unwrap();
            let file = out.join(format!("{}.md", title.trim().replace(' ', "_")));
            std::fs::write(&file, tables).unwrap();
            if is_refused {
                refused.insert(file.clone());
            }
            files.push(file);
        }
    }
    let shared = std::env::var_os("DTM_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    match std::fs::read_dir(shared.join("data/xlsforms")) {
        Ok(entries) => {
            let is_form = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "xlsx" || ending == "xls");
            files.extend(entries.map(|entry| entry.unwrap().path()).filter(is_form));
        }
        Err(_) => skip("shared data not found"),
    }
    let Some(answers) = ask(&python, &files) else { return skip("the Python has no pyxform") };
    let mut wrong = Vec::new();
    for (file, answer) in files.iter().zip(answers) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let workbook = Workbook::read(&std::fs::read(file).unwrap(), name).unwrap();
        let ours = convert(&workbook, file.file_stem().unwrap().to_str().unwrap());
        match (answer["xform"].as_str(), ours.xform) {
            (Some(theirs), Some(ours)) => {
                let (theirs, ours) = (form(theirs), form(&ours));
                for line in theirs.symmetric_difference(&ours) {
                    wrong.push(format!("{name}: {} {line}", if ours.contains(line) { "ours" } else { "pyxform" }));
                }
            }
            (None, None) if refused.contains(file) || file.starts_with(&shared) => {}
            (theirs, ours) => wrong.push(format!("{name}: pyxform {}, ours {}", theirs.is_some(), ours.is_some())),
        }
        let warned: BTreeSet<u32> = ours
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Warning)
            .filter_map(|problem| problem.row)
            .collect();
        let theirs = answer["warnings"].as_array().into_iter().flatten().filter_map(|text| row(text.as_str()?));
        wrong.extend(theirs.filter(|row| !warned.contains(row)).map(|row| format!("{name}: no warning in row {row}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The row that a message of pyxform begins with.
fn row(message: &str) -> Option<u32> {
    message.strip_prefix("[row : ")?.split_once(']')?.0.parse().ok()
}

/// A form as a set of lines in which order and blanks that mean nothing are gone.
fn form(xml: &str) -> BTreeSet<String> {
    let document = Document::parse(xml).unwrap();
    let mut lines = BTreeSet::new();
    for node in document.descendants().filter(Node::is_element) {
        let parent = node.parent_element().map_or("", |parent| parent.tag_name().name());
        match (parent, node.tag_name().name()) {
            ("head", "title") | ("html", "body") => drop(lines.insert(line(node))),
            ("model", "instance" | "bind" | "setvalue" | "setgeopoint" | "recordaudio" | "submission") => {
                lines.insert(line(node));
            }
            ("translation", "text") => {
                let language = node.parent_element().and_then(|parent| parent.attribute("lang")).unwrap_or("");
                let mut values: Vec<String> = node.children().filter(Node::is_element).map(line).collect();
                values.sort();
                lines.insert(format!("{language} {} {}", node.attribute("id").unwrap_or(""), values.join(" ")));
            }
            ("head", "model") => drop(lines.insert(attributes(node))),
            _ => {}
        }
    }
    lines
}

fn attributes(node: Node<'_, '_>) -> String {
    let fold = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut all: Vec<String> =
        node.attributes().map(|a| format!("{:?}{}={}", a.namespace(), a.name(), fold(a.value()))).collect();
    all.sort();
    format!("{} {}", node.tag_name().name(), all.join(" "))
}

fn line(node: Node<'_, '_>) -> String {
    let inside: Vec<String> = node
        .children()
        .filter_map(|child| match child.is_element() {
            true => shows_something(child).then(|| line(child)),
            false => child.text().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")),
        })
        .filter(|text| !text.is_empty())
        .collect();
    format!("<{}>{}</>", attributes(node), inside.join(" "))
}

/// Clients refuse a group without content, so we leave it out.
fn shows_something(node: Node<'_, '_>) -> bool {
    let is_group = node.tag_name().name() == "group" && node.has_attribute("ref");
    !is_group
        || node
            .children()
            .any(|child| child.is_element() && child.tag_name().name() != "label" && shows_something(child))
}
