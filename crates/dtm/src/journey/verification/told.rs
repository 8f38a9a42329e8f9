//! What programs and commands are told of a verified round, and what stands in the way of clearing it.

use super::{SignedArea, Verification, of, rules};
use crate::cli::{Caller, Report};
use crate::journey::RoundOf;
use crate::journey::events::area_name;
use anyhow::Result;
use dtm_model::{Atlas, Lang};
use dtm_process::verification::{Adequacy, PlaceSource, VerifiedPlace};
use dtm_store::{Blobs, Store};
use serde_json::{Value, json};

/// How many areas are named to somebody who wants to clear a round.
const AREAS_NAMED: usize = 20;

/// The areas that must be signed before the round is cleared, a line each; none where the exercise does not want it.
pub(crate) async fn not_signed(store: &Store, blobs: &Blobs, round: RoundOf<'_>, lang: Lang) -> Result<Vec<String>> {
    if !rules(store, round.exercise).await?.sign_off {
        return Ok(Vec::new());
    }
    let atlas = store.atlas(&round.operation.admin0).await?;
    let Some(seen) = of(store, blobs, round, &atlas, None).await? else { return Ok(Vec::new()) };
    let line = |area: &SignedArea| {
        let name = area_name(&atlas, &area.standing.area, lang);
        let why = seen.why_stale(area, lang).join("; ");
        match (area.is_stale(), lang) {
            (true, Lang::En) => format!("{name}: the figures changed since they were signed – {why}"),
            (true, Lang::Fr) => format!("{name} : les chiffres ont changé depuis leur signature – {why}"),
            (false, Lang::En) => format!("{name}: nobody signed for the figures"),
            (false, Lang::Fr) => format!("{name} : personne n’a signé les chiffres"),
        }
    };
    let mut lines: Vec<String> = seen.unsigned().take(AREAS_NAMED).map(line).collect();
    if let Some(more) = seen.unsigned().count().checked_sub(AREAS_NAMED).filter(|more| *more > 0) {
        lines.push(match lang {
            Lang::En => format!("and {more} more areas that are not signed"),
            Lang::Fr => format!("et {more} autres zones qui ne sont pas signées"),
        });
    }
    Ok(lines)
}

impl Verification {
    fn source_json(&self, source: &PlaceSource) -> Value {
        let added = self.source(&source.source);
        let marks = source.credibility.marks.iter();
        json!({
            "id": source.source, "record": source.is_record, "kind": source.speaker.kind,
            "role": source.speaker.informant.role, "proximity": source.speaker.informant.proximity,
            "basis": source.speaker.informant.basis, "individuals": source.persons,
            "households": source.households, "fromHouseholds": source.from_households, "date": source.on,
            "credibility": source.credibility.value,
            "marks": marks.map(|(what, mark, weight)| json!({ "of": what, "mark": mark, "weight": weight })).collect::<Vec<_>>(),
            "weight": source.weight, "standing": source.standing,
            "name": added.as_ref().map(|(_, kept)| &kept.name), "note": added.as_ref().map(|(_, kept)| &kept.note),
        })
    }

    /// A place as programs read it.
    pub(crate) fn place_json(&self, place: &VerifiedPlace, lang: Lang) -> Value {
        let decided = self.decided(&place.place);
        json!({
            "ssid": place.place, "name": self.name(&place.place), "area": place.area, "state": how_code(place),
            "low": place.range.map(|range| range.0), "best": place.persons, "high": place.range.map(|range| range.1),
            "reason": place.reason.message(lang),
            "apart": place.apart.as_ref().map(|apart| apart.apart),
            "shareApart": place.apart.as_ref().map(|apart| apart.share_apart),
            "callBack": place.is_open(),
            "decision": decided.map(|(entry, decision)| json!({
                "entry": entry.id, "decision": decision.code(), "by": entry.by, "at": entry.at.to_string(),
            })),
            "sources": place.sources.iter().map(|source| self.source_json(source)).collect::<Vec<_>>(),
            "householdSize": place.size.map(|size| json!({
                "persons": size.persons, "from": size.from, "households": size.households,
            })),
            "sampleSheet": place.sheet.map(|sheet| json!({
                "households": sheet.n_households, "persons": sheet.n_persons, "notAddingUp": sheet.n_off,
                "enough": sheet.adequacy == Adequacy::Enough, "sharesFrom": sheet.from,
                "cellsReported": sheet.cells_reported,
            })),
        })
    }

    fn area_json(&self, area: &SignedArea, lang: Lang) -> Value {
        let signature = area.signature.as_ref().map(|signature| {
            json!({
                "by": signature.by, "at": signature.at.to_string(), "note": signature.signed.note,
                "stale": area.is_stale(), "why": self.why_stale(area, lang),
            })
        });
        json!({
            "area": area.standing.area, "places": area.standing.n_places, "open": area.standing.n_open,
            "individuals": area.standing.persons, "low": area.range.map(|range| range.0),
            "high": area.range.map(|range| range.1), "signed": area.is_signed(), "signature": signature,
        })
    }

    /// The whole of it, as programs read it.
    pub(crate) fn json(&self, lang: Lang) -> Value {
        let states = self.states.iter();
        json!({
            "asOf": self.as_of.map(|at| at.to_string()),
            "states": states.map(|(state, places, people)| json!({ "state": state, "places": places, "individuals": people })).collect::<Vec<_>>(),
            "places": self.places.iter().map(|place| self.place_json(place, lang)).collect::<Vec<_>>(),
            "areas": self.areas.iter().map(|area| self.area_json(area, lang)).collect::<Vec<_>>(),
        })
    }
}

fn how_code(place: &VerifiedPlace) -> &'static str {
    dtm_process::verification::State::of(&place.how).code()
}

/// What a command says of it: every place with its range, its reason and its sources, then the areas.
pub(crate) fn report(seen: &Verification, atlas: &Atlas, caller: &Caller) -> Report {
    let mut lines = Vec::new();
    let n_open = seen.open().len();
    lines.push(caller.say(
        format!("Places with something to tell: {}, open: {n_open}.", seen.places.len()),
        format!("Lieux avec quelque chose à dire : {}, ouverts : {n_open}.", seen.places.len()),
    ));
    for place in &seen.places {
        let mark = if place.is_open() { "?" } else { " " };
        let best = place.persons.map_or_else(|| "–".to_owned(), |n| format!("{n:.0}"));
        let range = place.range.map_or_else(String::new, |(low, high)| format!(" ({low:.0}–{high:.0})"));
        let reason = place.reason.message(caller.lang);
        lines.push(format!("{mark} {}  {}  {best}{range}  {reason}", place.place, seen.name(&place.place)));
        for source in &place.sources {
            let kind = source.speaker.kind.map_or("record", |kind| kind.code());
            lines.push(format!(
                "      {}  {:.0}  {}  {kind}  {:.2}  {}",
                source.on,
                source.persons,
                source.source,
                source.credibility.value,
                source.standing.code()
            ));
        }
    }
    for area in &seen.areas {
        let mark = match (area.is_signed(), area.is_stale()) {
            (true, _) => "✓",
            (false, true) => "~",
            (false, false) => " ",
        };
        let (standing, name) = (&area.standing, area_name(atlas, &area.standing.area, caller.lang));
        let range = area.range.map_or_else(String::new, |(low, high)| format!(" ({low}–{high})"));
        lines.push(format!("{mark} {}  {name}  {}{range}  {} ?", standing.area, standing.persons, standing.n_open));
        lines.extend(seen.why_stale(area, caller.lang).into_iter().map(|why| format!("      {why}")));
    }
    Report::new(lines.join("\n"), seen.json(caller.lang))
}
