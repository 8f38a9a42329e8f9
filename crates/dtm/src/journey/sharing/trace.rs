//! Whose copy a file is. In: the cells of a file that turned up somewhere, and every agreement. Out: the agreement it was
//! made under, told by the names of the rows, or where these are gone, by the order in which the rows stand.

use crate::http::App;
use anyhow::Result;
use dtm_protect::ReleasedRecords;
use dtm_store::{Agreement, DataRequest};
use std::collections::{HashMap, HashSet};

/// Whose copy a file is.
pub(crate) struct Traced {
    pub(crate) request: DataRequest,
    pub(crate) agreement: Agreement,
    /// How many rows were recognised, and by what.
    pub(crate) n_rows: usize,
    pub(crate) by: &'static str,
}

/// Fewer rows in the order of a release may stand so by chance.
const LEAST_IN_ORDER: usize = 20;

/// Finds the agreement that this table was made under. The first row holds the names of the columns.
pub(crate) async fn trace(app: &App, table: &[Vec<String>]) -> Result<Option<Traced>> {
    let mut best: Option<Traced> = None;
    for agreement in app.store.agreements().await? {
        let release = super::opened(app, &agreement).await?;
        let Some(records) = release.records() else { continue };
        let by_name = named(records, table);
        let (n_rows, by) = match by_name {
            0 => (in_order(records, table), "order"),
            n => (n, "names"),
        };
        let least = if by == "names" { 1 } else { LEAST_IN_ORDER };
        if n_rows >= least
            && best.as_ref().is_none_or(|best| n_rows > best.n_rows)
            && let Some(request) = app.store.data_request_by_id(&agreement.request).await?
        {
            best = Some(Traced { request, agreement, n_rows, by });
        }
    }
    Ok(best)
}

/// How many rows hold a name that only this release gave.
fn named(records: &ReleasedRecords, table: &[Vec<String>]) -> usize {
    let ids: HashSet<&str> = records.ids.iter().map(String::as_str).collect();
    table.iter().filter(|row| row.iter().any(|cell| ids.contains(cell.trim()))).count()
}

/// How many rows follow the row that they follow in this release, and in no other place of it.
fn in_order(records: &ReleasedRecords, table: &[Vec<String>]) -> usize {
    let Some((names, rows)) = table.split_first() else { return 0 };
    let known: Vec<(usize, usize)> = records
        .fields
        .iter()
        .enumerate()
        .filter_map(|(at, field)| Some((at, names.iter().position(|name| name.trim() == field.name)?)))
        .collect();
    if known.is_empty() {
        return 0;
    }
    let theirs: Vec<Vec<String>> = rows
        .iter()
        .map(|row| known.iter().map(|(_, at)| row.get(*at).map_or("", |cell| cell.trim()).to_owned()).collect())
        .collect();
    let ours: Vec<Vec<String>> = (0..records.ids.len())
        .map(|row| known.iter().map(|(at, _)| records.columns[*at].plain(row)).collect())
        .collect();
    // Runs of rows tell, where single rows say what many say.
    const RUN: usize = 8;
    let mut runs: HashMap<&[Vec<String>], usize> = HashMap::new();
    for run in ours.windows(RUN) {
        *runs.entry(run).or_default() += 1;
    }
    let found = theirs.windows(RUN).filter(|run| runs.get(*run) == Some(&1)).count();
    if found == 0 { 0 } else { found + RUN - 1 }
}
