//! Reads real displacement spreadsheets, where the shared data lie beside the checkout.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]

use dtm_capture::table::{self, Table, TableOptions};
use dtm_capture::workbook::Workbook;
use dtm_model::Answer;
use std::path::PathBuf;

/// Reads a file of the shared data; none, with a word about it, where it is absent.
fn shared(path: &str) -> Option<Table> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("DTM_SHARED").map_or(here, PathBuf::from).join("data").join(path);
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("skipped: shared data not found at {}", path.display());
        return None;
    };
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let workbook = Workbook::read(&bytes, &name).unwrap();
    Some(table::read(&workbook, &TableOptions::default()).unwrap())
}

fn sum(table: &Table, column: &str) -> f64 {
    let name = &table.column(column).unwrap_or_else(|| panic!("no column {column}")).name;
    table.rows.iter().filter_map(|row| row.answers.values.get(name)).filter_map(Answer::number).sum()
}

#[test]
fn the_haitian_round_reads_with_sections_labels_and_hashtags() {
    for file in ["haiti-zmpp-r3/round-3-zmpp-dataset_public-hdx2.xlsx", "haiti-zmpp-r3/round-3-zmpp.csv"] {
        let Some(table) = shared(file) else { return };
        assert_eq!((table.rows.len(), table.columns.len(), table.header_rows), (459, 332, 3), "{file}");
        assert_eq!(sum(&table, "#affected+idps+hh"), 28_415.0);
        assert_eq!(sum(&table, "#affected+idps+ind"), 127_977.0);
        assert_eq!(sum(&table, "Ménages déplacés internes"), 28_415.0);
        assert_eq!(sum(&table, "Ménages retournés anciennes PDI"), 9_469.0);
        assert_eq!(sum(&table, "Personnes retournées anciennes PDI"), 45_864.0);
        assert_eq!(table.rows[0].row, 4);
        assert!(matches!(table.rows[0].answers.get("Date évaluation"), Some(Answer::Date(_))));
        let households = table.column("#affected+idps+hh").unwrap();
        assert!(households.section.as_deref().unwrap().starts_with("INFORMATIONS SUR LES PDI"));
        assert_eq!(table.column("Date évaluation").unwrap().section, None);
        assert_eq!(table.columns[0].name, "Reported Date");
    }
}

#[test]
fn the_malawian_export_reads_with_its_words_for_nothing_counted() {
    let Some(table) = shared("malawi-b2/survey.csv") else { return };
    assert_eq!((table.rows.len(), table.columns.len(), table.header_rows), (776, 151, 1));
    assert_eq!(sum(&table, "m0310_loc_num_idp_ind"), 139_312.0);
    assert_eq!(sum(&table, "m0851_loc_num_return_idp_ind"), 182_051.0);
    assert_eq!(sum(&table, "m0847_loc_num_return_idp_hh"), 49_105.0);
    let answered = table.rows.iter().filter(|row| row.answers.values.contains_key("m0310_loc_num_idp_ind")).count();
    assert_eq!(answered, 444);
    let counted = |word: &str| -> u32 {
        let notes = table.notes.iter().filter(|note| note.check == "missing_value_word" && note.facts["word"] == word);
        notes.map(|note| note.facts["count"].parse::<u32>().unwrap()).sum()
    };
    assert_eq!((counted("NULL"), counted("NaT")), (51_041, 1_183));
    let days = table.rows.iter().filter_map(|row| row.answers.values.get("m1855_meta_assessment_date"));
    assert!(days.into_iter().all(|day| matches!(day, Answer::Date(_))));
}

#[test]
fn the_african_toplines_read_though_their_only_header_is_hashtags() {
    let Some(table) = shared("africa-dtm-topline/alldata2.csv") else { return };
    assert_eq!((table.rows.len(), table.columns.len(), table.header_rows), (152, 6, 1));
    assert_eq!(sum(&table, "#affected+hh+idps"), 3_143_067.0);
    assert_eq!(sum(&table, "#affected+idps+ind"), 16_738_016.0);
    assert_eq!(table.columns[0].name, "#country+name");
}
