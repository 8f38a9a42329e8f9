//! What the words of a label tell about a column of a table that bears no dictionary name: the day of assessment, the
//! place's id, name and kind. Weaker than names and tags, and used only where those left a gap.

use super::words;
use crate::folding::plain;
use crate::mapping::{Mapping, QuestionSet, Translation, WithoutSsid};
use dtm_model::{Answer, Answers};
use std::collections::{BTreeMap, BTreeSet};

/// Words of which a label holds one in each group, in English and French.
type Clue = &'static [&'static [&'static str]];

const DATE: Clue = &[
    &["date", "day", "jour"],
    &["evaluation", "assessment", "collecte", "collection", "interview", "enquete", "visite", "visit"],
];
const SSID: Clue = &[
    &["ssid", "code", "pcode", "id", "identifiant"],
    &["ssid", "site", "place", "location", "lieu", "locality", "localite", "quartier", "neighbourhood", "village"],
];
const NAME: Clue = &[
    &["name", "nom"],
    &["site", "place", "location", "lieu", "locality", "localite", "quartier", "neighbourhood", "village"],
];
const KIND: Clue = &[&["type", "kind", "genre"], &["lieu", "place", "location", "site"]];

/// Labels with one of these speak of somewhere or some time else than the place and day of assessment.
const ELSEWHERE: [&str; 18] = [
    "origin",
    "provenance",
    "destination",
    "intention",
    "intended",
    "departure",
    "depart",
    "arrival",
    "arrivee",
    "return",
    "retour",
    "opening",
    "creation",
    "closing",
    "fermeture",
    "enregistrement",
    "registration",
    "autre",
];

/// Fills what is still open in a drafted mapping.
pub(super) fn fill(mapping: &mut Mapping, questions: &QuestionSet, sample: &[&Answers]) {
    let labels: Vec<(&str, BTreeSet<String>)> = questions
        .iter()
        .filter(|question| question.repeat.is_none())
        .map(|question| {
            let said: BTreeSet<String> = question.label.iter().flat_map(|(_, label)| words(label)).collect();
            // What the phone fills in by itself has no label.
            let said = if said.is_empty() { words(question.short_name()) } else { said };
            (question.name.as_str(), said)
        })
        .collect();
    let found = |clue: Clue| -> Vec<String> {
        let fits = |said: &BTreeSet<String>| {
            let one_of_each = clue.iter().all(|group| group.iter().any(|word| said.contains(*word)));
            one_of_each && !ELSEWHERE.iter().any(|word| said.contains(*word))
        };
        let mut fitting: Vec<_> = labels.iter().filter(|(_, said)| fits(said)).collect();
        // A site lies within a locality and is the narrower answer.
        fitting.sort_by_key(|(_, said)| !said.contains("ssid") && !said.contains("site"));
        fitting.into_iter().map(|(name, _)| (*name).to_owned()).take(3).collect()
    };
    let areas: Vec<String> = ["3", "2", "1"]
        .iter()
        .flat_map(|level| labels.iter().filter(move |(_, said)| is_area(said, level)))
        .map(|(name, _)| (*name).to_owned())
        .filter(|name| !mapping.place.area.contains(name))
        .collect();
    // Smallest first: what tags did not tell lies below what they did.
    mapping.place.area.splice(0..0, areas);
    if mapping.date.questions.is_empty() {
        mapping.date.questions = found(DATE);
        // When figures are reported for is the next best thing to when they were collected.
        let reported = questions.iter().filter(|question| question.hxl.as_deref() == Some("#date+reported"));
        mapping.date.questions.extend(reported.map(|question| question.name.clone()));
    }
    let place = &mut mapping.place;
    if place.ssid.is_empty() {
        place.ssid = found(SSID).into_iter().filter(|name| !place.area.contains(name)).collect();
    }
    if place.name.is_empty() {
        place.name = found(NAME);
        if !place.name.is_empty() {
            place.without_ssid = WithoutSsid::AreaAndName;
        }
    }
    if place.kind.always.as_deref() == Some("host_community")
        && let Some(kind) = found(KIND).into_iter().find_map(|question| kind(question, sample))
    {
        place.kind = kind;
    }
}

/// Whether a label names the code of an area of this level: «P-code admin3 (…)».
fn is_area(said: &BTreeSet<String>, level: &str) -> bool {
    let code = ["pcode", "code"].iter().any(|word| said.contains(*word));
    let of_level = ["admin", "adm"].iter().any(|word| said.contains(&format!("{word}{level}")));
    code && of_level && !ELSEWHERE.iter().any(|word| said.contains(*word))
}

/// A translation of the column, if its answers speak of sites or host communities.
fn kind(question: String, sample: &[&Answers]) -> Option<Translation> {
    let mut values = BTreeMap::new();
    for answer in sample.iter().filter_map(|answers| answers.get(&question)) {
        let text = answer.to_text();
        let words = plain(&text);
        let kind = match words.as_str() {
            "site" | "camp" | "site spontane" | "displacement site" => "site",
            _ if words.contains("communaute hote") || words.contains("host community") => "host_community",
            _ => continue,
        };
        values.insert(text, kind.to_owned());
    }
    let blank = Some("host_community".to_owned());
    (!values.is_empty()).then(|| Translation { questions: vec![question], values, blank, ..Translation::default() })
}

/// Answers that say the question does not apply.
pub(super) fn not_applicable(sample: &[&Answers]) -> Vec<String> {
    let mut met = BTreeSet::new();
    for answer in sample.iter().flat_map(|answers| answers.values.values()) {
        if let Answer::Text(text) = answer {
            let text = text.trim();
            let begins = ["pas applicable", "non applicable", "not applicable", "sans objet"];
            // Short enough to be a set phrase and no answer of its own.
            if text.len() <= 60 && begins.iter().any(|words| plain(text).starts_with(words)) {
                met.insert(text.to_owned());
            }
        }
    }
    met.into_iter().collect()
}
