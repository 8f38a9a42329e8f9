//! A number is walked back: to the figures by place, the observations, the records and what was corrected in them.

use super::{records, settle, verification};
use anyhow::Result;
use dtm_model::{
    Breakdown, Correction, Figure, How, Lang, Observation, Operation, Place, Record, RecordId, Round, Source, Ssid,
};
use dtm_process::rounds::{self, Explained, Query};
use dtm_process::verification::{PlaceSource, VerifiedPlace};
use dtm_store::{Blobs, Store};
use std::collections::{BTreeMap, BTreeSet};

/// What is behind a number.
pub(crate) struct Behind {
    pub(crate) explained: Explained,
    /// Low and high of the number, where the round's sources were weighed.
    pub(crate) range: Option<(i64, i64)>,
    pub(crate) places: BTreeMap<Ssid, Place>,
    /// The records of the figures, with their corrections. Records of carried figures lie in earlier rounds.
    pub(crate) records: Vec<(Record, Vec<Correction>)>,
    /// The dimensions of the table, for reading the key.
    pub(crate) observations: Vec<Observation>,
    /// How the places were verified that have more to tell than one record.
    pub(crate) verified: BTreeMap<Ssid, VerifiedPlace>,
}

/// Which cell.
pub(crate) struct CellName<'a> {
    pub(crate) table: &'a str,
    pub(crate) key: Vec<&'a str>,
    pub(crate) measure: &'a str,
}

/// At most this many records are read for one explanation.
const MOST_RECORDS: usize = 2000;

/// Walks one cell of a settled round back; none where the round has no such table or was never settled here.
pub(crate) async fn explain(
    store: &Store,
    blobs: &Blobs,
    operation: &Operation,
    round: &Round,
    cell: &CellName<'_>,
) -> Result<Option<Behind>> {
    let Some((tables, males_females)) = settle::tables_to_explain(store, blobs, round).await? else { return Ok(None) };
    let Some(table) = tables.iter().find(|table| table.name == cell.table) else { return Ok(None) };
    let Some(measure) = table.measure(cell.measure).filter(|_| table.dims.len() == cell.key.len()) else {
        return Ok(None);
    };
    let range = table.row(&cell.key).and_then(|row| row.cells[measure].range);
    let figures = settle::figures_of_round(store, blobs, round).await?.unwrap_or_default();
    let atlas = store.atlas(&operation.admin0).await?;
    let mut observations = settle::observations_of_round(store, blobs, round).await?;
    // A carried figure rests on observations of the round it was collected in.
    let from: BTreeSet<&str> = figures
        .iter()
        .filter_map(|figure| match &figure.how {
            How::Carried { from } => Some(from.as_str()),
            _ => None,
        })
        .collect();
    for earlier in store.rounds(&round.exercise).await? {
        if from.contains(earlier.label.as_str()) {
            observations.extend(settle::observations_of_round(store, blobs, &earlier).await?);
        }
    }
    let query = Query { dims: &table.dims, key: &cell.key, measure: cell.measure, males_females };
    let explained = rounds::explain(&figures, &observations, &atlas, &operation.admin0, &query);
    let places = store.places(&operation.id).await?.into_iter().map(|place| (place.ssid.clone(), place)).collect();
    let mut found = Vec::new();
    let first = &explained.records[..explained.records.len().min(MOST_RECORDS)];
    for record in records::several(store, first).await? {
        let corrections = store.corrections_of(&record.id).await?;
        found.push((record, corrections));
    }
    let verified = verification::of_places(store, blobs, round, &explained.places).await?;
    Ok(Some(Behind {
        observations: explained.observations.clone(),
        explained,
        range,
        places,
        records: found,
        verified,
    }))
}

/// How a figure was reached, in words.
pub(crate) fn how(how: &How, lang: Lang) -> String {
    let w = dtm_publish::words::Words::of(lang);
    match how {
        How::Reported => w.t("office-how-reported"),
        How::Triangulated => w.t("office-how-triangulated"),
        How::Estimated => w.t("office-how-estimated"),
        How::Carried { from } => w.t_args("office-how-carried", &[("from", from.as_str().into())]),
    }
}

/// Why the figure of a verified place stands, in words, with its range.
pub(crate) fn why(place: &VerifiedPlace, lang: Lang) -> String {
    let w = dtm_publish::words::Words::of(lang);
    let reason = w.typeset(&place.reason.message(lang));
    match place.range.zip(place.persons) {
        Some(((low, high), best)) => {
            let n = |n: f64| dtm_publish::words::Arg::from(w.decimal(n, 0));
            let range = w.t_args("verify-range", &[("low", n(low)), ("best", n(best)), ("high", n(high))]);
            w.pair(&reason, &range)
        }
        None => reason,
    }
}

/// What a source of a place says, how far its word goes, and what part it has in the figure.
pub(crate) fn heard(source: &PlaceSource, lang: Lang) -> String {
    let w = dtm_publish::words::Words::of(lang);
    let kind = source.speaker.kind.map_or("record", |kind| kind.code());
    let text = |text: String| dtm_publish::words::Arg::from(text);
    w.t_args(
        "verify-heard",
        &[
            ("kind", text(w.label("verify-kind", kind))),
            ("n", text(w.decimal(source.persons, 0))),
            ("on", text(w.date(source.on))),
            ("credibility", text(w.decimal(source.credibility.value, 2))),
            ("weight", text(w.percent((source.weight * 1000.0).round() as i64, 1000))),
            ("standing", text(w.label("verify-standing", source.standing.code()))),
        ],
    )
}

/// Which of the people a figure counts, in words.
pub(crate) fn of_whom(breakdown: &Breakdown, lang: Lang) -> String {
    let w = dtm_publish::words::Words::of(lang);
    let mut parts = Vec::new();
    parts.extend(breakdown.sex.map(|sex| w.sex(sex.code())));
    parts.extend(breakdown.age.as_deref().map(|age| w.age(age)));
    parts.extend(breakdown.reason.as_deref().map(|reason| w.reason(reason)));
    parts.extend(breakdown.origin.as_ref().map(|origin| format!("← {origin}")));
    parts.extend(breakdown.direction.as_deref().map(|direction| w.direction(direction)));
    if parts.is_empty() { w.t("office-everyone") } else { parts.join(", ") }
}

/// Where a record came from, in words.
pub(crate) fn source(source: &Source, lang: Lang) -> String {
    let w = dtm_publish::words::Words::of(lang);
    match source {
        Source::Submission { id } => id.to_string(),
        Source::Row { name, row, .. } => {
            w.t_args("office-source-row", &[("row", row.to_string().into()), ("file", name.as_str().into())])
        }
    }
}

/// A figure's first record, for links.
pub(crate) fn first_record(figure: &Figure) -> Option<&RecordId> {
    figure.records.first()
}
