//! A sample survey of 632 interviews, with the cleaning log that its team kept (`reference/cleaning`): form, answers and log
//! come in through the program, and it finds what the reference finds.

use crate::program::{Program, shared_data};
use dtm_process::corrections::{Sheet, SheetDiff, diff_sheets, write_log};
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub(crate) type Row = BTreeMap<String, String>;

pub(crate) fn reference() -> Option<PathBuf> {
    Some(shared_data()?.parent()?.join("reference/cleaning"))
}

pub(crate) fn rows(folder: &Path, file: &str) -> Vec<Row> {
    csv::Reader::from_path(folder.join(file)).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

/// The form as a workbook.
fn form(folder: &Path, to: &Path) {
    let mut book = Workbook::new();
    for name in ["survey", "choices"] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).from_path(folder.join(format!("{name}.csv"))).unwrap();
        for (row, cells) in reader.records().enumerate() {
            for (column, cell) in cells.unwrap().iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                sheet.write_string(row as u32, column as u16, cell).unwrap();
            }
        }
    }
    let settings = book.add_worksheet().set_name("settings").unwrap();
    for (column, (name, value)) in [("form_id", "water"), ("form_title", "Water"), ("version", "1")].iter().enumerate()
    {
        settings.write_string(0, column as u16, *name).unwrap();
        settings.write_string(1, column as u16, *value).unwrap();
    }
    book.save(to).unwrap();
}

/// A program with the survey's form and answers.
pub(crate) fn survey(folder: &Path) -> Program {
    let dtm = Program::new();
    let book = dtm.folder().join("water.xlsx");
    form(folder, &book);
    dtm.tell("operation add irq --name Iraq --country Iraq --iso3 IRQ --admin0 IQ");
    dtm.tell("operation exercise -o irq survey --name Survey --tool msla");
    dtm.tell("round add -o irq -r 1 --starts 2021-07-01 --ends 2021-07-20");
    dtm.tell("round move -o irq -r 1 collecting");
    dtm.tell(&format!("form upload -o irq -e survey --publish \"{}\"", book.display()));
    let raw = folder.join("raw_data.csv");
    let brought = dtm.tell(&format!("import submissions \"{}\" -o irq --form water --round 1", raw.display()));
    assert_eq!(brought["submissions"], 632, "{brought}");
    dtm
}

/// The findings of a check.
fn findings<'a>(told: &'a Value, check: &'a str) -> impl Iterator<Item = &'a Value> {
    told.as_array().unwrap().iter().map(|told| &told["finding"]).filter(move |finding| finding["check"] == check)
}

/// Holds what the program finds against what the reference finds.
fn check_findings(dtm: &Program, folder: &Path) {
    let told = dtm.tell("round findings -o irq -r 1");
    let name = |path: &Value| path.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let number = |text: &str| text.parse::<f64>().unwrap().to_string();
    let mut outliers: Vec<(String, String)> = findings(&told, "outlier")
        .map(|finding| (name(&finding["question"]), number(finding["facts"]["value"].as_str().unwrap())))
        .collect();
    let mut expected: Vec<(String, String)> = rows(folder, "expected_outliers_sf3.csv")
        .into_iter()
        .map(|row| (row["question"].clone(), number(&row["old_value"])))
        .collect();
    outliers.sort();
    expected.sort();
    assert_eq!(outliers, expected);
    assert_eq!(findings(&told, "near_duplicate").count(), 0, "none is flagged at seven differences");
    let unread: BTreeSet<String> =
        findings(&told, "unreadable_answer").map(|finding| name(&finding["question"])).collect();
    assert_eq!(unread, BTreeSet::new());
}

/// A sheet as the program writes it, with the joint of the reference between questions and choices.
fn sheet(path: &Path) -> Sheet {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    let mut rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
    let header = rows.next().unwrap().iter().map(|name| name.replace('/', ".")).collect();
    Sheet::new(header, rows.collect())
}

/// Record, question, old and new of each line, numbers as numbers.
fn changes(diff: &SheetDiff) -> BTreeSet<[String; 4]> {
    let number = |value: &Option<String>| {
        let value = value.clone().unwrap_or_default();
        value.parse::<f64>().map_or(value, |number| number.to_string())
    };
    diff.lines
        .iter()
        .map(|line| {
            let question = line.question.clone().unwrap_or_default();
            [line.uuid.clone(), question, number(&line.old), number(&line.new)]
        })
        .collect()
}

#[test]
fn a_survey_and_its_log_give_the_findings_and_the_clean_data_of_the_reference_and_back() {
    let Some(folder) = reference() else { return };
    let dtm = survey(&folder);
    let set = "quality thresholds -o irq outlierRobustZ=0 outlierDeviations=3 outlierLeastDifferent=0";
    dtm.tell(&format!("{set} --reason \"as the reference\""));
    assert_eq!(dtm.tell("round settle -o irq -r 1")["records"], 632);
    check_findings(&dtm, &folder);
    // The log between the reference's raw and clean data, as the program reads one.
    let (raw, clean) = (sheet(&folder.join("raw_data.csv")), sheet(&folder.join("clean_data.csv")));
    let expected = diff_sheets(&raw, &clean).unwrap();
    assert_eq!(expected.lines.len(), 52 + 3 + 54);
    let path = |name: &str| dtm.folder().join(name);
    let log = write_log(&expected.lines, &expected.added_columns);
    let mut writer = csv::Writer::from_path(path("log.csv")).unwrap();
    log.iter().for_each(|line| writer.write_record(line).unwrap());
    writer.flush().unwrap();
    let import = |more: &str| {
        let line = format!("round log import -o irq -r 1 {more} \"{}\"", path("log.csv").display());
        let output = dtm.shell(&format!("dtm {line} --json"), &[]);
        // There is something to look at: the reference wrote FALSE where an amount of money is asked for.
        assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let told = import("");
    assert_eq!((&told["fits"], &told["overtaken"], &told["batchId"]), (&101.into(), &0.into(), &Value::Null), "{told}");
    let problems: BTreeSet<&str> =
        told["problems"].as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap()).collect();
    assert_eq!((&told["problemCount"], problems), (&8.into(), BTreeSet::from(["not_of_its_type"])), "{told}");
    let applied = import("--apply");
    assert_eq!(applied["changes"]["remove_survey"], 54, "{applied}");

    // What comes out is raw data and log, and leads from the one to the other.
    for (file, more) in [("raw.csv", "--raw"), ("clean.csv", "")] {
        let answers = dtm.tell(&format!("round answers -o irq -r 1 --form water {more} \"{}\"", path(file).display()));
        assert_eq!(answers["records"], if more.is_empty() { 578 } else { 632 });
    }
    let (our_raw, our_clean) = (sheet(&path("raw.csv")), sheet(&path("clean.csv")));
    let made = diff_sheets(&our_raw, &our_clean).unwrap();
    // The reference changed single choices and left their questions as they were; here the two agree, so each of the
    // four questions follows its choices.
    let (followed, same): (Vec<_>, Vec<_>) = changes(&made)
        .into_iter()
        .partition(|[_, question, ..]| ["water_sources", "treat_drink_water_how"].contains(&question.as_str()));
    let of_ours: BTreeSet<_> = same.into_iter().collect();
    let mut theirs = changes(&expected);
    theirs.retain(|[_, question, _, new]| !(question == "spend_tap" && new == "FALSE"));
    assert_eq!(followed.len(), 4, "{followed:?}");
    let left: Vec<_> = theirs.symmetric_difference(&of_ours).collect();
    // Where no choice is left, the question has no answer and its single columns none.
    let emptied: BTreeSet<&String> =
        followed.iter().filter(|[.., new]| new.is_empty()).map(|[uuid, ..]| uuid).collect();
    assert!(left.iter().all(|[uuid, question, ..]| emptied.contains(uuid) && question.contains('.')), "{left:?}");

    // Out and in again: there is nothing left to do.
    dtm.tell(&format!("round log export -o irq -r 1 \"{}\"", path("out.xlsx").display()));
    let again = dtm.tell(&format!("round log import -o irq -r 1 \"{}\"", path("out.xlsx").display()));
    assert_eq!((&again["fits"], &again["problemCount"]), (&0.into(), &0.into()), "{again}");
    let undone = dtm.tell(&format!("round log undo -o irq -r 1 {}", applied["batchId"].as_str().unwrap()));
    assert_eq!(undone["stay"], 0);
    dtm.tell(&format!("round answers -o irq -r 1 --form water \"{}\"", path("after.csv").display()));
    let after = diff_sheets(&our_raw, &sheet(&path("after.csv"))).unwrap();
    assert_eq!((after.lines, after.added_records), (Vec::new(), Vec::new()), "taken back, all is as it arrived");
}
