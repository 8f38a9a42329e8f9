//! Files of datasets, opened by the programs that analysts use: the same rows and values in every format and language.

use crate::browser::World;
use crate::program::{python, variable};
use std::path::Path;
use std::process::Command;

/// Opens every file of a folder and brings its cells back to the words of the exact CSV.
const READERS: &str = r##"
import csv, datetime, json, sys
import openpyxl, pandas, pyreadstat, hxl
folder, datasets = sys.argv[1], sys.argv[2].split(",")

def word(value):
    if value is None or value is pandas.NaT or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (datetime.datetime, pandas.Timestamp)):
        return value.date().isoformat()
    if isinstance(value, (float, int)):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return str(value)

def of_statistics(read, path, columns, codes):
    frame, meta = read(path)
    for at, name in enumerate(frame.columns):
        labels = meta.variable_value_labels.get(name)
        column = columns[at]
        if column in codes:
            by_number = {number: codes[column][label] for number, label in labels.items()}
            frame[name] = [by_number[value] for value in frame[name]]
    assert all(len(name) <= 32 for name in frame.columns), list(frame.columns)
    return [[word(value) for value in row] for row in frame.astype(object).itertuples(index=False)], meta

for lang in ["en", "fr"]:
    for name in datasets:
        path = lambda ending: f"{folder}/{name}.{lang}.{ending}"
        with open(path("csv"), encoding="utf-8", newline="") as file:
            head, *rows = list(csv.reader(file))
        # 12.0 and 12 are the same number.
        told = json.load(open(path("json"), encoding="utf-8"))
        exact = [[word(float(cell)) if "." in cell and cell.replace(".", "").replace("-", "").isdigit() and column["unit"] else cell
            for cell, column in zip(row, told["columns"])] for row in rows]
        equal = {}
        equal["json"] = [[word(row[column]) for column in head] for row in told["rows"]]
        with open(path("hxl.csv"), encoding="utf-8", newline="") as file:
            names, tags, *tagged = list(csv.reader(file))
        assert names == head and all(tag.startswith("#") for tag in tags), tags
        equal["hxl.csv"] = [[word(float(cell)) if cell and column["unit"] else cell for cell, column in zip(row, told["columns"])] for row in tagged]
        source = hxl.data(path("hxl.csv"), hxl.InputOptions(allow_local=True))
        assert sum(1 for _ in source) == len(rows)
        with open(path("sheet.csv"), encoding="utf-8-sig", newline="") as file:
            guarded = list(csv.reader(file))[2:]
        equal["sheet.csv"] = [[word(float(cell)) if cell and column["unit"] else cell.removeprefix("'") for cell, column in zip(row, told["columns"])] for row in guarded]
        assert not any(cell.startswith(("=", "+", "@")) for row in guarded for cell in row)
        book = openpyxl.load_workbook(path("xlsx"), read_only=False)
        assert book.sheetnames == ["README", "Data", "Dictionary"], book.sheetnames
        assert not any(cell.data_type == "f" for sheet in book.worksheets for line in sheet.iter_rows() for cell in line)
        lines = list(book["Data"].iter_rows(values_only=True))
        assert list(lines[0]) == head and list(lines[1]) == tags and book["Data"].freeze_panes == "A3"
        equal["xlsx"] = [[word(cell) for cell in line] for line in lines[2:]]
        listed = {row[1] for row in book["Dictionary"].iter_rows(min_row=2, values_only=True)}
        assert listed == set(head), listed ^ set(head)
        # What names a choice in the language is the value label there.
        codes = {c["name"]: {label: code for code, label in c["values"].items()} for c in told["columns"] if "values" in c}
        kept = [at for at, column in enumerate(head) if column.removesuffix("_name") not in codes or not column.endswith("_name")]
        columns = [head[at] for at in kept]
        narrowed = [[row[at] for at in kept] for row in exact]
        for ending, read in [("dta", pyreadstat.read_dta), ("sav", pyreadstat.read_sav)]:
            found, meta = of_statistics(read, path(ending), columns, codes)
            assert found == narrowed, next((a, b) for a, b in zip(found, narrowed) if a != b)
            labels = [c["label"] for c in told["columns"]]
            assert all(labels[at].startswith(meta.column_labels[n].split(" (")[0][:78]) for n, at in enumerate(kept)), meta.column_labels
            assert any("Cellule vide" in note or "Empty cell" in note for note in meta.notes), meta.notes
        assert len(pandas.read_stata(path("dta"))) == len(rows)
        for ending, found in equal.items():
            assert found == exact, (ending, next((a, b) for a, b in zip(found, exact) if a != b))
        states = sorted({row[at] for row in rows for at, column in enumerate(head) if column.endswith("_state")})
        print(lang, name, len(rows), "rows", "/".join(states))
"##;

const IN_R: &str = r#"
library(haven)
folder <- commandArgs(trailingOnly = TRUE)[1]
for (lang in c("en", "fr")) {
  hidden <- 0
  for (name in c("areas", "displacement", "sex_age")) {
    path <- function(ending) file.path(folder, paste(name, lang, ending, sep = "."))
    dta <- read_dta(path("dta"))
    sav <- read_sav(path("sav"))
    csv <- read.csv(path("csv"), colClasses = "character", fileEncoding = "UTF-8")
    stopifnot(nrow(dta) == nrow(csv), nrow(sav) == nrow(csv), inherits(dta$reported_on, "Date"))
    stopifnot(identical(as.character(dta$reported_on), csv$reported_on))
    for (state in grep("_state$", names(csv), value = TRUE)) {
      measure <- sub("_state$", "", state)
      stopifnot(identical(as.vector(zap_missing(dta[[measure]])), as.vector(sav[[measure]])))
      stopifnot(identical(is.na(dta[[measure]]), csv[[measure]] == ""))
      stopifnot(all(na_tag(dta[[measure]])[csv[[state]] == "hidden"] == "h"))
      stopifnot(all(na_tag(dta[[measure]])[csv[[state]] == "nothing"] == "n"))
      hidden <- hidden + sum(csv[[state]] == "hidden")
    }
    if (name == "displacement") word <- as.character(as_factor(dta$reason[dta$reason == 1][1]))
  }
  cat(lang, word, "some are hidden:", hidden > 0, "\n")
}
"#;

const DATASETS: [&str; 5] = ["areas", "displacement", "sex_age", "places", "idps"];
const ENDINGS: [&str; 7] = ["csv", "hxl.csv", "sheet.csv", "json", "xlsx", "dta", "sav"];

fn fetch(folder: &Path) {
    for lang in ["en", "fr"] {
        for (name, ending) in DATASETS.iter().flat_map(|name| ENDINGS.map(|ending| (name, ending))) {
            let answer = World::get().open(&format!("/{lang}/xso/data/{name}.{ending}"), &[]);
            assert_eq!(answer.status, 200, "{lang} {name}.{ending}: {}", String::from_utf8_lossy(&answer.body));
            std::fs::write(folder.join(format!("{name}.{lang}.{ending}")), answer.body).unwrap();
        }
    }
}

/// A program of the machine, or none; where nothing may be left out it has to be there.
fn program(name: &str, tried: &[&str]) -> bool {
    let found = Command::new(name).args(tried).output().is_ok_and(|output| output.status.success());
    if !found {
        println!("skipped: no {name} here");
        assert!(variable("DTM_NO_SKIP").is_none(), "DTM_NO_SKIP is set, and {name} is missing");
    }
    found
}

#[test]
fn every_reader_finds_the_same_rows_and_values_in_every_format_and_both_languages() {
    let Some(python) = python("openpyxl, hxl, pandas, pyreadstat") else { return };
    let folder = tempfile::tempdir().unwrap();
    fetch(folder.path());
    let read = Command::new(python).args(["-c", READERS]).arg(folder.path()).arg(DATASETS.join(",")).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let said = String::from_utf8_lossy(&read.stdout);
    assert_eq!(said.lines().count(), 10, "{said}");
    assert!(said.contains("hidden") && said.contains("shown"), "{said}");
    if program("Rscript", &["-e", "library(haven)"]) {
        let script = folder.path().join("read.R");
        std::fs::write(&script, IN_R).unwrap();
        let read = Command::new("Rscript").arg(&script).arg(folder.path()).env("LC_ALL", "C.UTF-8").output().unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        assert_eq!(
            String::from_utf8_lossy(&read.stdout),
            "en Conflict some are hidden: TRUE \nfr Conflit some are hidden: TRUE \n"
        );
    }
}
