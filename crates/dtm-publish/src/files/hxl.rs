//! The CSV file with HXL tags that HDX makes of DTM data: names in the first row, tags in the second.

use super::dtm_api::{Field, rows, status};
use dtm_model::Atlas;
use dtm_protect::Release;

/// Columns of the file, and their tags.
pub const COLUMNS: [(&str, &str); 21] = [
    ("id", "#id+code"),
    ("operation", "#operation+name"),
    ("admin0Name", "#country+name"),
    ("admin0Pcode", "#country+code"),
    ("admin1Name", "#adm1+name"),
    ("admin1Pcode", "#adm1+code"),
    ("admin2Name", "#adm2+name"),
    ("admin2Pcode", "#adm2+code"),
    ("adminLevel", "#adm+level"),
    ("numPresentIdpInd", "#affected+idps"),
    ("reportingDate", "#date+reported"),
    ("yearReportingDate", "#date+year+reported"),
    ("monthReportingDate", "#date+month+reported"),
    ("roundNumber", "#round+code"),
    ("displacementReason", "#cause+type"),
    ("numberMales", "#affected+idps+m"),
    ("numberFemales", "#affected+idps+f"),
    ("idpOriginAdmin1Name", "#adm1+name+origin"),
    ("idpOriginAdmin1Pcode", "#adm1+code+origin"),
    ("assessmentType", "#assessment+type"),
    ("operationStatus", "#operation+status"),
];

/// The rows of levels 0 to 2, level after level; `is_active` is asked with the operation's short name.
pub fn csv(releases: &[&Release], atlas: &Atlas, is_active: impl Fn(&str) -> bool) -> String {
    let mut lines = super::csv::lines(Vec::new());
    lines.write_record(COLUMNS.map(|(name, _)| name)).expect(IN_MEMORY);
    lines.write_record(COLUMNS.map(|(_, tag)| tag)).expect(IN_MEMORY);
    for level in 0..=2 {
        for release in releases {
            let status = status(is_active(&release.heading().operation));
            for row in rows(release, atlas, level) {
                let cells = row.cells().into_iter().map(|cell| match cell {
                    Field::Word(word) => word,
                    Field::Count(count) => count.to_string(),
                    Field::Nothing => String::new(),
                });
                lines.write_record(cells.chain([status.to_owned()])).expect(IN_MEMORY);
            }
        }
    }
    let bytes = lines.into_inner().unwrap_or_default();
    String::from_utf8(bytes).expect("lines of text are text")
}

const IN_MEMORY: &str = "memory takes every line";
