//! The six real XLSForms of the shared data. `DTM_ODK_VALIDATE` names the jar of ODK Validate, which needs Java;
//! `DTM_KEEP_XFORMS` names a folder that keeps what was converted.

use dtm_capture::workbook::Workbook;
use dtm_capture::xlsform::{Conversion, Severity, convert};
use expect_test::expect;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const FORMS: [&str; 6] = [
    "CAR_2019_MSNA_HH.fr.xlsx",
    "IRQ_2022_MCNA_X.en-ar.xlsx",
    "LBN_2022_MSNA.en-ar.xlsx",
    "NGA_2018_MSNA_KeyInformant.en-ha.xlsx",
    "Nairobi_2021.en.xls",
    "REACH_2024_MSNA-kobo-tool_draft_v11.en-fr.xlsx",
];

fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("DTM_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = root.join("data").join(path);
    path.exists().then_some(path)
}

fn skip(why: &str) {
    assert!(std::env::var_os("DTM_NO_SKIP").is_none(), "{why}");
    println!("skipped: {why}");
}

fn convert_file(path: &Path) -> Conversion {
    let name = path.file_name().unwrap().to_str().unwrap();
    let workbook = Workbook::read(&std::fs::read(path).unwrap(), name).unwrap();
    convert(&workbook, name.rsplit_once('.').unwrap().0)
}

#[test]
fn the_real_forms_convert_and_pass_odk_validate() {
    let Some(folder) = shared("xlsforms") else { return skip("shared data not found") };
    let kept = std::env::var_os("DTM_KEEP_XFORMS").map(PathBuf::from);
    let out = kept.clone().unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("real_forms"));
    std::fs::create_dir_all(&out).unwrap();
    let (mut files, mut refused) = (Vec::new(), String::new());
    for form in FORMS {
        let conversion = convert_file(&folder.join(form));
        if kept.is_some() {
            let all: Vec<String> = conversion.problems.iter().map(ToString::to_string).collect();
            std::fs::write(out.join(format!("{form}.problems.txt")), all.join("\n")).unwrap();
        }
        let mut errors: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for problem in conversion.problems.iter().filter(|problem| problem.severity == Severity::Error) {
            errors.entry(problem.code).or_default().push(problem.location());
        }
        refused += &format!("{form}\n");
        for (code, places) in errors {
            refused += &format!("  {} {code}: {} …\n", places.len(), places[0]);
        }
        let file = out.join(form).with_extension("xml");
        std::fs::write(&file, conversion.xform.or(conversion.mended).unwrap()).unwrap();
        files.push(file);
    }
    // Kobo's server took all six; three of them repeat names, one lost its consent question on its way to publication.
    expect![[r#"
        CAR_2019_MSNA_HH.fr.xlsx
          73 choice_name_duplicate: choices!B242 …
          1 reference_unknown: survey!F2 …
        IRQ_2022_MCNA_X.en-ar.xlsx
        LBN_2022_MSNA.en-ar.xlsx
        NGA_2018_MSNA_KeyInformant.en-ha.xlsx
          1007 choice_name_duplicate: choices!B562 …
        Nairobi_2021.en.xls
          3 name_duplicate: survey!B62 …
        REACH_2024_MSNA-kobo-tool_draft_v11.en-fr.xlsx
    "#]]
    .assert_eq(&refused);
    let Some(jar) = std::env::var_os("DTM_ODK_VALIDATE") else { return skip("DTM_ODK_VALIDATE names no jar") };
    for file in files {
        let run = Command::new("java").arg("-jar").arg(&jar).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success() && !said.contains("Invalid"), "{}:\n{said}", file.display());
    }
}

#[test]
fn the_same_form_gives_the_same_bytes() {
    let Some(folder) = shared("xlsforms") else { return skip("shared data not found") };
    let form = folder.join(FORMS[5]);
    assert_eq!(convert_file(&form).xform, convert_file(&form).xform);
}
