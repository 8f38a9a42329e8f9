//! Operations, exercises and rounds are planned: what each needs to be sound, and every mistake in the reader's language.

use crate::cli::Mistakes;
use crate::world;
use anyhow::Result;
use chrono::NaiveDate;
use dtm_model::{
    Area, AssessmentType, Exercise, ExerciseId, Lang, Operation, OperationId, Pcode, Round, RoundId, RoundLabel,
    RoundState, Text, Tool,
};
use dtm_store::{Stamp, Store, StoreError};
use std::collections::BTreeMap;

/// The longest name of anything planned here.
const LONGEST: usize = 200;

/// An operation as somebody describes it.
pub(crate) struct NewOperation {
    pub(crate) slug: String,
    pub(crate) name: Text,
    pub(crate) country: Text,
    pub(crate) iso3: String,
    pub(crate) admin0: String,
}

/// An exercise as somebody describes it.
pub(crate) struct NewExercise {
    pub(crate) slug: String,
    pub(crate) name: Text,
    pub(crate) tool: Tool,
    pub(crate) assessment: AssessmentType,
    pub(crate) carry_rounds: u8,
}

/// A round as somebody describes it.
pub(crate) struct NewRound {
    pub(crate) label: String,
    pub(crate) starts_on: NaiveDate,
    pub(crate) ends_on: NaiveDate,
    /// The last day of collection where nothing else is said.
    pub(crate) reported_on: Option<NaiveDate>,
    pub(crate) scope: Vec<Pcode>,
}

fn in_words(lang: Lang, en: String, fr: String) -> String {
    match lang {
        Lang::En => en,
        Lang::Fr => fr,
    }
}

fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_name(text: &Text) -> bool {
    Lang::ALL.iter().all(|lang| {
        let name = text.get(*lang);
        !name.trim().is_empty() && name.chars().count() <= LONGEST
    })
}

/// What is stored, or the mistake that somebody has it already.
fn unless_taken(stored: Result<(), StoreError>, lang: Lang, name: &str) -> Result<()> {
    match stored {
        Err(StoreError::Conflict { what: "operation_slug" | "exercise_slug" | "round_label" }) => {
            Err(Mistakes::one(in_words(
                lang,
                format!("there is one of the name `{name}` already"),
                format!("il y en a déjà un du nom de « {name} »"),
            )))
        }
        other => Ok(other?),
    }
}

/// Adds an operation, and its country as the area that all others lie in.
pub(crate) async fn operation(store: &Store, new: NewOperation, lang: Lang, stamp: &Stamp) -> Result<Operation> {
    let NewOperation { slug, name, country, iso3, admin0 } = new;
    let mut lines = Vec::new();
    if !is_slug(&slug) || Operation::is_reserved(&slug) {
        lines.push(in_words(
            lang,
            format!("`{slug}` cannot be the short name of an operation: lower-case letters, digits and hyphens"),
            format!(
                "« {slug} » ne peut pas être le nom court d’une opération : minuscules, chiffres et traits d’union"
            ),
        ));
    }
    if iso3.len() != 3 || !iso3.bytes().all(|b| b.is_ascii_uppercase()) {
        lines.push(in_words(
            lang,
            format!("`{iso3}` is not an ISO alpha-3 code such as HTI"),
            format!("« {iso3} » n’est pas un code ISO alpha-3 comme HTI"),
        ));
    }
    if !is_name(&name) || !is_name(&country) || admin0.trim().is_empty() || admin0.len() > 40 {
        lines.push(in_words(
            lang,
            "an operation needs a name, a country and the country’s p-code".to_owned(),
            "une opération a besoin d’un nom, d’un pays et du p-code du pays".to_owned(),
        ));
    }
    if !lines.is_empty() {
        return Err(Mistakes { lines }.into());
    }
    let operation = Operation {
        id: world::fresh(OperationId::new),
        slug,
        name,
        admin0: Pcode(admin0.trim().to_owned()),
        iso3,
        country,
        active: true,
        time_zone: None,
    };
    unless_taken(store.create_operation(&operation, stamp).await.map(|_| ()), lang, &operation.slug)?;
    // Another operation may have named the country already.
    if store.atlas(&operation.admin0).await?.area(&operation.admin0).is_none() {
        store.put_areas(&operation.admin0, &[country_area(&operation)], &[], stamp).await?;
    }
    Ok(operation)
}

/// A time zone by its name in the zone table, such as `America/Port-au-Prince`.
pub(crate) fn zone(name: &str) -> Option<chrono_tz::Tz> {
    name.parse().ok()
}

/// The names of all time zones, for a person to choose from.
pub(crate) fn zone_names() -> impl Iterator<Item = &'static str> {
    chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| name.contains('/') && !name.starts_with("Etc/"))
}

/// Sets the time zone in which the operation's people read moments; an empty one is UTC.
pub(crate) async fn set_time_zone(
    store: &Store,
    operation: &Operation,
    name: &str,
    lang: Lang,
    stamp: &Stamp,
) -> Result<Operation> {
    let name = Some(name.trim()).filter(|name| !name.is_empty());
    if name.is_some_and(|name| zone(name).is_none()) {
        return Err(Mistakes::one(in_words(
            lang,
            "there is no time zone of this name; they are called like Africa/Ndjamena".to_owned(),
            "aucun fuseau ne porte ce nom ; ils s’appellent comme Africa/Ndjamena".to_owned(),
        )));
    }
    let operation = Operation { time_zone: name.map(str::to_owned), ..operation.clone() };
    store.update_operation(&operation, stamp).await?;
    Ok(operation)
}

/// The area of level 0, under the name the operation gives its country.
fn country_area(operation: &Operation) -> Area {
    Area {
        pcode: operation.admin0.clone(),
        level: 0,
        parent: None,
        name: operation.country.clone(),
        aliases: BTreeMap::new(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    }
}

/// Adds an exercise to an operation.
pub(crate) async fn exercise(
    store: &Store,
    operation: &Operation,
    new: NewExercise,
    lang: Lang,
    stamp: &Stamp,
) -> Result<Exercise> {
    let NewExercise { slug, name, tool, assessment, carry_rounds } = new;
    if !is_slug(&slug) || !is_name(&name) {
        return Err(Mistakes::one(in_words(
            lang,
            format!(
                "an exercise needs a name and a short name of lower-case letters, digits and hyphens, unlike `{slug}`"
            ),
            format!(
                "un exercice a besoin d’un nom et d’un nom court en minuscules, chiffres et traits d’union, pas comme « {slug} »"
            ),
        )));
    }
    if Exercise::is_reserved(&slug) {
        return Err(Mistakes::one(in_words(
            lang,
            format!(
                "`{slug}` is the name of a page of every operation, so an exercise needs another short name, such as `{slug}-1`"
            ),
            format!(
                "« {slug} » est le nom d’une page de chaque opération : l’exercice a besoin d’un autre nom court, comme « {slug}-1 »"
            ),
        )));
    }
    let exercise = Exercise {
        id: world::fresh(ExerciseId::new),
        operation: operation.id.clone(),
        slug,
        name,
        tool,
        assessment,
        carry_rounds,
    };
    unless_taken(store.create_exercise(&exercise, stamp).await, lang, &exercise.slug)?;
    Ok(exercise)
}

/// Plans a round of an exercise.
pub(crate) async fn round(
    store: &Store,
    operation: &Operation,
    exercise: &Exercise,
    new: NewRound,
    lang: Lang,
    stamp: &Stamp,
) -> Result<Round> {
    let NewRound { label, starts_on, ends_on, reported_on, scope } = new;
    let mut lines = Vec::new();
    let is_sound = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    if label.trim().is_empty() || label.chars().count() > 20 || !label.chars().all(is_sound) {
        lines.push(in_words(
            lang,
            format!("`{label}` cannot be the label of a round: up to 20 letters, digits, points and hyphens, such as 5.1"),
            format!(
                "« {label} » ne peut pas être le numéro d’un cycle : 20 lettres, chiffres, points et traits d’union au plus, comme 5.1"
            ),
        ));
    }
    if ends_on < starts_on {
        lines.push(in_words(
            lang,
            "the round ends before it starts".to_owned(),
            "le cycle finit avant de commencer".to_owned(),
        ));
    }
    let atlas = store.atlas(&operation.admin0).await?;
    for pcode in scope.iter().filter(|pcode| atlas.area(pcode).is_none()) {
        lines.push(in_words(
            lang,
            format!("no area has the p-code {pcode}"),
            format!("aucune zone n’a le p-code {pcode}"),
        ));
    }
    if !lines.is_empty() {
        return Err(Mistakes { lines }.into());
    }
    let round = Round {
        id: world::fresh(RoundId::new),
        exercise: exercise.id.clone(),
        label: RoundLabel(label.trim().to_owned()),
        starts_on,
        ends_on,
        reported_on: reported_on.unwrap_or(ends_on),
        scope,
        state: RoundState::Planned,
    };
    unless_taken(store.create_round(&round, stamp).await, lang, round.label.as_str())?;
    Ok(round)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_stands_in_addresses_and_a_name_is_said_in_both_languages() {
        for (slug, sound) in [("haiti", true), ("xso-2", true), ("Haïti", false), ("", false), ("a b", false)] {
            assert_eq!(is_slug(slug), sound, "{slug}");
        }
        assert!(is_name(&Text::both("Sorelia crisis", "Crise en Sorélie")));
        assert!(!is_name(&Text::both("Sorelia crisis", " ")) && !is_name(&Text::new()));
    }
}
