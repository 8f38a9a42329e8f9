//! Reads the real forms of the shared data back from their XForms: what converting wrote, reading must understand.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]

use dtm_capture::workbook::Workbook;
use dtm_capture::{xform, xlsform};
use dtm_model::{FieldKind, FormSchema, Lang};
use expect_test::expect;
use std::path::PathBuf;

#[test]
fn every_real_form_reads_back_with_its_questions_words_and_choices() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("DTM_SHARED").map_or(here, PathBuf::from).join("data/xlsforms");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: shared data not found at {}", folder.display());
        return;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "xlsx" || extension == "xls"));
    paths.sort();
    let mut lines = String::new();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let workbook = Workbook::read(&std::fs::read(&path).unwrap(), name).unwrap();
        let conversion = xlsform::convert(&workbook, name.rsplit_once('.').unwrap().0);
        let xml = conversion.xform.or(conversion.mended).unwrap();
        let schema = xform::read(&xml).unwrap();
        lines += &summary(name, &schema);
        let problems = xform::check(&xml, Lang::En);
        problems.iter().for_each(|problem| lines += &format!("  {}\n", problem.message(Lang::En)));
    }
    expect![[r#"
        CAR_2019_MSNA_HH.fr.xlsx: 536 nodes, 2 repeats, 149 select_one, 22 select_multiple, 299 integer, 1988 choices, 0 lists from files, languages und, media 
          the form has no version, so changes to it cannot be told apart
        IRQ_2022_MCNA_X.en-ar.xlsx: 432 nodes, 1 repeats, 144 select_one, 46 select_multiple, 48 integer, 3078 choices, 0 lists from files, languages ar en, media 
          the form has no version, so changes to it cannot be told apart
        LBN_2022_MSNA.en-ar.xlsx: 468 nodes, 1 repeats, 141 select_one, 45 select_multiple, 47 integer, 5624 choices, 0 lists from files, languages ar en, media 
          the form has no version, so changes to it cannot be told apart
        NGA_2018_MSNA_KeyInformant.en-ha.xlsx: 39 nodes, 0 repeats, 13 select_one, 2 select_multiple, 4 integer, 2358 choices, 0 lists from files, languages und, media 
        Nairobi_2021.en.xls: 118 nodes, 2 repeats, 55 select_one, 5 select_multiple, 8 integer, 287 choices, 0 lists from files, languages und, media 
          the form has no version, so changes to it cannot be told apart
        REACH_2024_MSNA-kobo-tool_draft_v11.en-fr.xlsx: 300 nodes, 4 repeats, 94 select_one, 19 select_multiple, 61 integer, 689 choices, 0 lists from files, languages en fr, media 
          the form has no version, so changes to it cannot be told apart
    "#]].assert_eq(&lines);
}

fn summary(name: &str, schema: &FormSchema) -> String {
    let n = |kind: FieldKind| schema.fields.iter().filter(|field| field.kind == kind).count();
    let n_choices: usize = schema.fields.iter().map(|field| field.choices.len()).sum();
    let without = schema.fields.iter().filter(|field| {
        matches!(field.kind, FieldKind::SelectOne | FieldKind::SelectMultiple) && field.choices.is_empty()
    });
    let mut languages: Vec<&str> =
        schema.fields.iter().flat_map(|field| field.label.iter().map(|(code, _)| code)).collect();
    languages.sort_unstable();
    languages.dedup();
    format!(
        "{name}: {} nodes, {} repeats, {} select_one, {} select_multiple, {} integer, {n_choices} choices, {} lists from files, languages {}, media {}\n",
        schema.fields.len(),
        n(FieldKind::Repeat),
        n(FieldKind::SelectOne),
        n(FieldKind::SelectMultiple),
        n(FieldKind::Integer),
        without.count(),
        languages.join(" "),
        schema.media.join(" "),
    )
}
