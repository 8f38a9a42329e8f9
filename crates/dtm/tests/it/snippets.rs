//! The lines that the page of a dataset shows for each tool are run with the tool itself, as they stand on the page.

use crate::office::Office;
use crate::program::{has, python};
use crate::verification::{NAME, Round};
use std::process::Command;

/// What stands on the page for a tool, as a reader copies it.
fn snippet(page: &str, id: &str) -> String {
    let section = page.split(&format!("<details id={id}>")).nth(1);
    let section = section.or_else(|| page.split(&format!("<details id=\"{id}\">")).nth(1));
    let section = section.unwrap_or_else(|| panic!("nothing for {id} in {page}"));
    let code = section.split("<code>").nth(1).and_then(|rest| rest.split("</code>").next()).unwrap();
    let known = [
        ("&#60;", "<"),
        ("&lt;", "<"),
        ("&#62;", ">"),
        ("&gt;", ">"),
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    known.iter().fold(code.to_owned(), |text, (coded, plain)| text.replace(coded, plain))
}

fn check(tool: &str, mut command: Command, expected: &str) {
    let output = command.output().unwrap();
    let [said, failed] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "{tool}: {failed}");
    assert!(said.contains(expected), "{tool} said: {said}");
}

#[test]
fn the_lines_on_the_page_of_a_dataset_work_as_they_are() {
    let mut round = Round::with_reports(Office::new());
    for state in ["verifying", "cleared"] {
        round.office.run(&[&["round", "move"], &NAME[..], &[state]].concat());
    }
    round.office.run(&[&["release", "make"], &NAME[..]].concat());
    let key = round.office.run(&["key", "add", "analyst"])["key"].as_str().unwrap().to_owned();
    round.office.start(&[("DTM_SQL_LISTEN", "127.0.0.1:0")]);
    let page = round.office.get("/en/xso/data/areas", &[]).text();
    if has("psql", &["--version"]) {
        let mut command = Command::new("sh");
        command.args(["-c", &snippet(&page, "sql")]).env("DTM_KEY", &key);
        check("psql", command, "(5 rows)");
    }
    let folder = tempfile::tempdir().unwrap();
    if let Some(python) = python("pandas") {
        let mut command = Command::new(&python);
        command.args(["-c", &snippet(&page, "python")]);
        check("pandas", command, "places_state");
        // Stata and SPSS cannot be installed; their files are read by others at the addresses on the page.
        let stata = snippet(&page, "stata");
        let address = stata.split('"').nth(1).unwrap();
        let mut command = Command::new(&python);
        command.args(["-c", "import pandas, sys; print(list(pandas.read_stata(sys.argv[1]).columns))", address]);
        check("the address for Stata", command, "idp_ind_state");
        let spss = snippet(&page, "spss");
        let address = spss.lines().next().unwrap().trim_start_matches("* ");
        let (status, bytes) = fetched(&round.office, address);
        assert_eq!(status, 200);
        let kept = folder.path().join(spss.split('\'').nth(1).unwrap());
        std::fs::write(&kept, bytes).unwrap();
        let mut command = Command::new(&python);
        command.args(["-c", "import pyreadstat, sys; print(pyreadstat.read_sav(sys.argv[1])[1].column_names)"]);
        command.arg(&kept);
        check("the file for SPSS", command, "idp_ind_state");
    }
    if let Some(python) = python("duckdb") {
        // DuckDB fetches what reads by HTTP from its own server first; the file is brought to it here.
        let sql = snippet(&page, "duckdb");
        let address = sql.split('\'').nth(1).unwrap();
        let (status, bytes) = fetched(&round.office, address);
        assert_eq!(status, 200);
        let kept = folder.path().join("areas.parquet");
        std::fs::write(&kept, bytes).unwrap();
        let sql = sql.replace(address, kept.to_str().unwrap());
        let mut command = Command::new(&python);
        command.args(["-c", "import duckdb, sys; print(duckdb.sql(sys.argv[1]).fetchall())", &sql]);
        check("DuckDB", command, "[('1', ");
    }
    if has("Rscript", &["--version"]) {
        let mut command = Command::new("Rscript");
        command.args(["-e", &snippet(&page, "r")]);
        check("R", command, "idp_ind_state");
    }
    let mut command = Command::new("sh");
    command.current_dir(folder.path()).args(["-c", &format!("{} && ls", snippet(&page, "curl"))]);
    check("curl", command, "dtm-xso-areas-en.csv");
    let excel = snippet(&page, "excel");
    let path = &excel[excel.find("/odata").unwrap()..];
    assert_eq!(round.office.get(path, &[]).status, 200);
    assert!(snippet(&page, "powerbi").contains(&excel));
}

/// The file at an address of this office.
fn fetched(office: &Office, address: &str) -> (u16, Vec<u8>) {
    let path = &address[address.find("/en/").unwrap()..];
    let answer = office.get(path, &[]);
    (answer.status, answer.body)
}
