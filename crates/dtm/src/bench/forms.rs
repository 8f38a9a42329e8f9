//! Measures how fast XLSForms are converted, beside pyxform on the same files in the same run: the command line each time,
//! and in process once warm. What counts is the ratio of CPU time.

use crate::cli::{Caller, Mistakes, Report, millis, row};
use crate::world;
use anyhow::{Context, Result};
use dtm_capture::workbook::Workbook;
use dtm_capture::xlsform;
use rust_xlsxwriter::{Workbook as Book, Worksheet, XlsxError};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Questions of the forms that are made for it.
const SIZES: [usize; 3] = [50, 500, 2000];
/// Times that each is converted on the command line, and the seconds of work in process at least.
const STARTS: usize = 5;
const SECONDS: f64 = 0.5;

/// Converts a file in a process that stays, and prints the CPU seconds of one conversion.
const WARM: &str = "
import sys, time
from pyxform.xls2xform import convert
path, seconds = sys.argv[1], float(sys.argv[2])
convert(xlsform=path, validate=False, warnings=[])
n, began = 0, time.process_time()
while time.process_time() - began < seconds:
    convert(xlsform=path, validate=False, warnings=[])
    n += 1
print((time.process_time() - began) / n)
";

/// CPU seconds of one conversion.
struct Measured {
    file: String,
    ours: [f64; 2],
    theirs: Option<[f64; 2]>,
}

/// Converts the made forms and these files, and prints a table.
pub(crate) fn run(caller: &Caller, python: Option<&str>, files: Vec<PathBuf>) -> Result<Report> {
    let measured = world::in_scratch_folder(|folder| measure(caller, python, files, folder));
    Ok(report(&measured.context("no folder for the forms")??))
}

fn measure(caller: &Caller, python: Option<&str>, files: Vec<PathBuf>, folder: &Path) -> Result<Vec<Measured>> {
    let mut all = Vec::new();
    for size in SIZES {
        let path = folder.join(format!("{size} questions.xlsx"));
        std::fs::write(&path, of_size(size)?)?;
        all.push(path);
    }
    all.extend(files);
    let mut measured = Vec::new();
    for path in &all {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let ours = [started(Command::new(std::env::current_exe()?).args(["form", "convert"]).arg(path))?, warm(path)?];
        let theirs = match python {
            None => None,
            Some(python) => {
                let out = folder.join("out.xml");
                let mut cold = Command::new(python);
                cold.args(["-m", "pyxform.xls2xform", "--skip_validate"]).arg(path).arg(&out);
                let said = Command::new(python).args(["-c", WARM]).arg(path).arg(SECONDS.to_string()).output()?;
                let seconds = String::from_utf8_lossy(&said.stdout).trim().parse::<f64>();
                let why = || {
                    let (en, fr) = ("has no pyxform, or it refuses", "n’a pas pyxform, ou il refuse");
                    Mistakes::one(format!("{python} {} {name}", caller.say(en, fr)))
                };
                Some([started(&mut cold)?, seconds.map_err(|_| why())?])
            }
        };
        measured.push(Measured { file: name, ours, theirs });
    }
    Ok(measured)
}

fn report(measured: &[Measured]) -> Report {
    let head = ["start ms", "pyxform ms", "times", "warm ms", "pyxform ms", "times"].map(str::to_owned);
    let mut lines = vec![format!("{:<36} {}", "CPU time of one form", row(&head))];
    let mut json = Vec::new();
    for one in measured {
        let mut cells = Vec::new();
        for at in [0, 1] {
            let theirs = one.theirs.map(|theirs| theirs[at]);
            cells.push(format!("{:.2}", one.ours[at] * 1000.0));
            cells.push(theirs.map_or(String::new(), |theirs| format!("{:.1}", theirs * 1000.0)));
            cells.push(theirs.map_or(String::new(), |theirs| format!("{:.1}", theirs / one.ours[at].max(1e-6))));
        }
        let file: String = one.file.chars().take(36).collect();
        lines.push(format!("{file:<36} {}", row(&cells)));
        json.push(json!({ "file": one.file, "startSeconds": one.ours[0], "warmSeconds": one.ours[1],
            "pyxform": one.theirs.map(|[start, warm]| json!({ "startSeconds": start, "warmSeconds": warm })) }));
    }
    Report::new(lines.join("\n"), json.into())
}

/// CPU seconds of a command, the mean of several starts. Where the system does not tell CPU time, the time that passed.
fn started(command: &mut Command) -> Result<f64> {
    let (before, watch) = (children_seconds(), world::stopwatch());
    for _ in 0..STARTS {
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().context("a command did not start")?;
    }
    let spent = match (before, children_seconds()) {
        (Some(before), Some(after)) => after - before,
        _ => millis(watch) / 1000.0,
    };
    Ok(spent / STARTS as f64)
}

/// CPU seconds of all children that ended, as Linux tells in hundredths.
fn children_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    // Fields 16 and 17 of proc(5), counted from the state, which is the third.
    let [user, system] = [13, 14].map(|at| fields.get(at).and_then(|field| field.parse::<f64>().ok()));
    Some((user? + system?) / 100.0)
}

/// CPU seconds of one conversion in this process, of one thread.
fn warm(path: &Path) -> Result<f64> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let once = || -> Result<usize> {
        let bytes = std::fs::read(path)?;
        let workbook = Workbook::read(&bytes, &name)?;
        let conversion = xlsform::convert(&workbook, name.trim_end_matches(".xlsx"));
        Ok(conversion.xform.or(conversion.mended).map_or(0, |xform| xform.len()))
    };
    once()?;
    let (mut n, watch, before) = (0, world::stopwatch(), own_seconds());
    while millis(watch) < SECONDS * 1000.0 {
        once()?;
        n += 1;
    }
    let spent = match (before, own_seconds()) {
        (Some(before), Some(after)) => after - before,
        _ => millis(watch) / 1000.0,
    };
    Ok(spent / f64::from(n))
}

/// CPU seconds of this thread, as Linux tells in nanoseconds.
fn own_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

/// A form of so many questions in two languages, as field offices write them: groups, choices of lists, conditions on what
/// was answered before, constraints, hints, a calculation now and then.
fn of_size(n: usize) -> Result<Vec<u8>, XlsxError> {
    let mut book = Book::new();
    let survey = book.add_worksheet();
    survey.set_name("survey")?;
    line(
        survey,
        0,
        &[
            "type",
            "name",
            "label::English (en)",
            "label::French (fr)",
            "hint::English (en)",
            "hint::French (fr)",
            "required",
            "relevant",
            "constraint",
            "constraint_message::English (en)",
            "constraint_message::French (fr)",
            "calculation",
        ],
    )?;
    let mut at = 0;
    let mut put = |cells: &[&str]| {
        at += 1;
        line(survey, at, cells)
    };
    for question in 0..n {
        if question % 25 == 0 {
            if question > 0 {
                put(&["end_group"])?;
            }
            let name = format!("part_{}", question / 25);
            put(&["begin_group", &name, &format!("Part {}", question / 25), &format!("Partie {}", question / 25)])?;
        }
        let name = format!("q{question}");
        let (en, fr) =
            (format!("Question number {question} of the site"), format!("Question numéro {question} du site"));
        let before = question - question % 5;
        let relevant = if question % 5 > 0 { format!("${{q{before}}} = 'yes'") } else { String::new() };
        let number = ["yes", relevant.as_str(), ". >= 0 and . <= 100000", "Zero or more", "Zéro ou plus"];
        match question % 5 {
            0 => put(&["select_one yes_no", &name, &en, &fr, "Ask the informant", "Demander à l’informateur", "yes"])?,
            1 => put(&[&["integer", name.as_str(), en.as_str(), fr.as_str(), "", ""][..], &number[..]].concat())?,
            2 => put(&["select_multiple needs", &name, &en, &fr, "", "", "", &relevant])?,
            3 => put(&["text", &name, &format!("{en}: ${{q{}}}", question - 2), &fr, "", "", "", &relevant])?,
            _ => put(&[
                "calculate",
                &name,
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                &format!("coalesce(${{q{}}}, 0) * 2", question - 3),
            ])?,
        }
    }
    put(&["end_group"])?;
    let choices = book.add_worksheet();
    choices.set_name("choices")?;
    line(choices, 0, &["list_name", "name", "label::English (en)", "label::French (fr)"])?;
    line(choices, 1, &["yes_no", "yes", "Yes", "Oui"])?;
    line(choices, 2, &["yes_no", "no", "No", "Non"])?;
    for need in 0..20_u32 {
        let name = format!("need_{need}");
        line(choices, 3 + need, &["needs", &name, &format!("Need {need}"), &format!("Besoin {need}")])?;
    }
    let settings = book.add_worksheet();
    settings.set_name("settings")?;
    line(settings, 0, &["form_title", "form_id", "version", "default_language"])?;
    line(settings, 1, &["Sites", "sites", "1", "English (en)"])?;
    book.save_to_buffer()
}

fn line(sheet: &mut Worksheet, row: u32, cells: &[&str]) -> Result<(), XlsxError> {
    for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
        sheet.write(row, column as u16, *cell)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_made_forms_are_sound() {
        for size in [50, 500] {
            let workbook = Workbook::read(&of_size(size).unwrap(), "made.xlsx").unwrap();
            let conversion = xlsform::convert(&workbook, "made");
            assert_eq!(conversion.problems, [], "{size}");
            let schema = dtm_capture::xform::read(&conversion.xform.unwrap()).unwrap();
            assert!(schema.fields.len() > size);
        }
    }
}
