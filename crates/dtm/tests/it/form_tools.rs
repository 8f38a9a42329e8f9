//! `dtm form convert`, `check` and `diff`, as a person at a terminal meets them.

use expect_test::{Expect, expect};
use std::path::Path;
use std::process::Command;

const GOOD: &str = "
| survey   |                |        |                     |                     |
|          | type           | name   | label::English (en) | label::French (fr)  |
|          | select_one yes | access | Is the site open?   | Le site est ouvert ? |
|          | image          | view   | Picture             |                     |
| choices  |                |        |                     |                     |
|          | list_name      | name   | label::English (en) | label::French (fr)  |
|          | yes            | yes    | Yes                 | Oui                 |
|          | yes            | no     | No                  | Non                 |
| settings |                |        |                     |                     |
|          | form_id        | form_title | version         |                     |
|          | access         | Access | 1                   |                     |
";

const BAD: &str = "
| survey  |                |        |            |           |
|         | type           | name   | label      | relevant  |
|         | select_one yes | access | Open?      |           |
|         | interger       | hh     | Households | ${acces} = 'yes' |
| choices |                |        |            |           |
|         | list_name      | name   | label      |           |
|         | yes            | yes    | Yes        |           |
|         | yes            | yes    | Yes        |           |
";

struct Said {
    exit: Option<i32>,
    out: String,
    err: String,
}

fn dtm(folder: &Path, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dtm"));
    let output = command.args(arguments).current_dir(folder).env("LANG", "C").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { exit: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn check(said: &Said, exit: i32, expected: Expect) {
    assert_eq!(said.exit, Some(exit), "{}", said.err);
    expected.assert_eq(&said.err);
}

#[test]
fn convert_prints_the_form_and_warns_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("access.md"), GOOD).unwrap();
    let said = dtm(folder.path(), &["--lang", "en", "form", "convert", "access.md"]);
    assert!(said.out.starts_with("<?xml") && said.out.contains("id=\"access\""), "{}", said.out);
    check(
        &said,
        0,
        expect![[r#"
        warning: survey!3: Give max-pixels (column parameters) so that pictures are sent faster.
    "#]],
    );
}

#[test]
fn convert_refuses_with_every_error_and_prints_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.md"), BAD).unwrap();
    let said = dtm(folder.path(), &["--lang", "en", "form", "convert", "bad.md"]);
    assert_eq!(said.out, "");
    check(
        &said,
        4,
        expect![[r#"
        error: survey!A3: “interger” is not a question type. Did you mean “integer”?
        error: survey!D3: There is no question named “acces”. Did you mean “access”?
        error: choices!B3: The choice “yes” is already in row 2 of this list. If that is meant, set allow_choice_duplicates to yes in settings.
    "#]],
    );
    let said = dtm(folder.path(), &["--lang", "fr", "form", "convert", "bad.md"]);
    check(
        &said,
        4,
        expect![[r#"
        error: survey!A3: « interger » n’est pas un type de question. Vouliez-vous dire « integer » ?
        error: survey!D3: Il n’y a pas de question nommée « acces ». Vouliez-vous dire « access » ?
        error: choices!B3: Le choix « yes » est déjà à la ligne 2 de cette liste. Si c’est voulu, mettez allow_choice_duplicates à yes dans settings.
    "#]],
    );
}

#[test]
fn check_tells_what_is_missing_in_which_language() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("access.md"), GOOD).unwrap();
    let said = dtm(folder.path(), &["--lang", "en", "form", "check", "access.md"]);
    assert_eq!(said.exit, Some(0));
    expect![[r#"
        Access (id access, version 1): 2 questions
          en: complete
          fr: 1 of 4 texts missing (view …)
        0 errors, 1 warnings
    "#]]
    .assert_eq(&said.out);
}

#[test]
fn diff_tells_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("old.md"), GOOD).unwrap();
    std::fs::write(
        folder.path().join("new.md"),
        GOOD.replace("| no     | No ", "| part   | Partly ").replace("| 1  ", "| 2  "),
    )
    .unwrap();
    let said = dtm(folder.path(), &["--lang", "en", "form", "diff", "old.md", "new.md"]);
    assert_eq!(said.exit, Some(0), "{}", said.err);
    expect![[r#"
        version: “1” → “2”
        access: choice “no” removed (No)
        access: choice “part” added (Partly)
    "#]]
    .assert_eq(&said.out);
}
