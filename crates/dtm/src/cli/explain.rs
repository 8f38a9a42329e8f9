//! The way back from a number.

use super::process::RoundName;
use super::{Absent, Caller, Report};
use crate::journey::explain::{self, CellName};
use anyhow::Result;
use dtm_model::{Correction, Figure, Record, RecordId};
use serde_json::json;
use std::collections::BTreeMap;

/// Show the records and submissions behind a number
#[derive(clap::Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    name: RoundName,
    /// Table: areas, sex_age, displacement, places or flows
    #[arg(long, default_value = "areas")]
    table: String,
    /// Key of the row, parts joined by | and * for all: "HT0111", "HT0111|female|*"
    #[arg(long)]
    key: String,
    /// Measure: idp_ind, idp_hh, in_sites, in_host, returnee_ind, returnee_hh, males, females, persons
    #[arg(long, default_value = "idp_ind")]
    measure: String,
}

impl Explain {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        let (operation, _, round) = self.name.find(&store).await?;
        let cell = CellName { table: &self.table, key: self.key.split('|').collect(), measure: &self.measure };
        let behind = explain::explain(&store, &blobs, &operation, &round, &cell).await?.ok_or_else(|| {
            Absent(caller.say(
                format!(
                    "round {} has no cell {} of {} in the table {}",
                    round.label, self.key, self.measure, self.table
                ),
                format!(
                    "le cycle {} n’a pas de case {} de {} dans le tableau {}",
                    round.label, self.key, self.measure, self.table
                ),
            ))
        })?;
        let e = &behind.explained;
        let total = e.total.map_or_else(|| "–".to_owned(), |total| total.to_string());
        let mut text = caller.say(
            format!(
                "{total} before protection, {} of it carried; {} figures, {} observations, {} records.\n",
                e.carried,
                e.figures.len(),
                e.observations.len(),
                e.records.len()
            ),
            format!(
                "{total} avant protection, dont {} reportés ; {} chiffres, {} observations, {} enregistrements.\n",
                e.carried,
                e.figures.len(),
                e.observations.len(),
                e.records.len()
            ),
        );
        if let Some((low, high)) = behind.range {
            text += &caller.say(
                format!("Four times in five between {low} and {high}: errors of places are unrelated, their squares add up.\n"),
                format!(
                    "Quatre fois sur cinq entre {low} et {high} : les erreurs des lieux sont sans lien, leurs carrés s’additionnent.\n"
                ),
            );
        }
        let sources: BTreeMap<&RecordId, &(Record, Vec<Correction>)> =
            behind.records.iter().map(|found| (&found.0.id, found)).collect();
        let mut figures: Vec<&Figure> = e.figures.iter().collect();
        figures.sort_by(|a, b| b.value.total_cmp(&a.value));
        for figure in figures {
            let name = behind.places.get(&figure.place).map_or("", |place| place.name.as_str());
            let range = figure.range.map_or_else(String::new, |(low, high)| format!(" ({low:.0}–{high:.0})"));
            text += &format!(
                "\n{:>8}{range}  {}, {}; {} {name}\n",
                figure.value,
                explain::of_whom(&figure.breakdown, caller.lang),
                explain::how(&figure.how, caller.lang),
                figure.place,
            );
            for (record, corrections) in figure.records.iter().filter_map(|id| sources.get(id)) {
                text += &format!("          {}\n", explain::source(&record.source, caller.lang));
                for correction in corrections {
                    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
                    text += &format!(
                        "            {} {} → {} ({}, {})\n",
                        or_none(&correction.question),
                        or_none(&correction.old),
                        or_none(&correction.new),
                        correction.reason,
                        correction.by
                    );
                }
            }
        }
        for place in behind.verified.values() {
            text += &format!("\n{}  {}\n", place.place, explain::why(place, caller.lang));
            for source in &place.sources {
                text += &format!("          {}\n", explain::heard(source, caller.lang));
            }
        }
        let json = json!({
            "verified": behind.verified.values().collect::<Vec<_>>(),
            "low": behind.range.map(|range| range.0), "high": behind.range.map(|range| range.1),
            "total": e.total, "carried": e.carried, "figures": e.figures, "observations": behind.observations,
            "records": behind.records.iter().map(|(record, corrections)| json!({
                "id": record.id, "source": record.source, "corrections": corrections,
            })).collect::<Vec<_>>(),
        });
        Ok(Report::new(text, json))
    }
}
