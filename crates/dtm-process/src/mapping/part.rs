//! What a question is for in a mapping: the part that reads it, in a word for files and in words for people.

use super::{CellMapping, Mapping, PositionMapping, Question, REASONS};
use dtm_model::{Dictionary, Lang, Sex};
use std::collections::BTreeSet;

/// The kinds of places.
pub const KINDS: [&str; 3] = ["site", "host_community", "flow_point"];
/// Whether a group is there.
pub const PRESENCE: [&str; 2] = ["yes", "no"];
/// The directions of a flow.
pub const DIRECTIONS: [&str; 3] = ["in", "out", "within"];

/// The kinds of sources.
const SOURCE_KINDS: [&str; 6] = ["key_informant", "observation", "registration_list", "partner", "call", "other"];
/// How near an informant lives.
const NEARNESS: [&str; 4] = ["resident", "visitor", "neighbouring", "remote"];
/// What a number rests on.
const BASES: [&str; 4] = ["list", "count", "estimate", "hearsay"];
/// How reliable the interviewer found it.
const RELIABILITIES: [&str; 3] = ["low", "medium", "high"];

impl Part {
    /// What a question may be about who speaks.
    pub const OF_SOURCE: [&str; 6] = ["id", "kind", "role", "proximity", "basis", "reliability"];

    /// What a question may be in a sample sheet: the size of the household, and a cell of each sex and age, those first that
    /// its name and label tell. None where it stands in no repeat.
    pub fn of_sample(question: &Question, mapping: &Mapping) -> Vec<Part> {
        const AGES: [&str; 6] = ["0-4", "5-17", "0-17", "18-59", "18+", "60+"];
        if question.repeat.is_none() {
            return Vec::new();
        }
        let cell = |sex: Sex, age: &str| Part::Sample { sex: Some(sex), age: Some(age.to_owned()) };
        let mut parts: Vec<Part> =
            super::draft::voices::cell_of(question).map(|(sex, age)| cell(sex, &age)).into_iter().collect();
        parts.push(Part::Sample { sex: None, age: None });
        let known = mapping.sample.iter().flat_map(|sample| sample.cells.iter().map(|cell| cell.age.as_str()));
        let ages: BTreeSet<&str> = known.chain(AGES).collect();
        for age in ages {
            for sex in [Sex::Female, Sex::Male] {
                let part = cell(sex, age);
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
        }
        parts
    }
}

/// A part of a mapping that reads questions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The place's own id.
    Ssid,
    /// Its name.
    PlaceName,
    /// Site, host community or flow monitoring point.
    Kind,
    /// The kind of site.
    SiteType,
    /// A p-code.
    Area,
    /// Where it is, in one answer.
    Position,
    /// Degrees north.
    Latitude,
    /// Degrees east.
    Longitude,
    /// The first day the place held displaced people.
    OpenedOn,
    /// The day it closed.
    ClosedOn,
    /// The day of assessment.
    Day,
    /// Whether a group is there.
    Present(String),
    /// Why the people of a group left.
    Reason(String),
    /// Where they came from.
    Origin(String),
    /// Which way they move.
    Direction(String),
    /// A count.
    Count {
        /// The group of the mapping.
        group: String,
        /// The indicator's code.
        indicator: String,
        /// The sex counted, where it is one.
        sex: Option<Sex>,
        /// The ages counted, where they are some.
        age: Option<String>,
    },
    /// Something about who speaks: `id`, `kind`, `role`, `proximity`, `basis`.
    Source(String),
    /// A cell of the demographic sample sheet; the size of a household where there is no sex and no age.
    Sample {
        /// The sex counted.
        sex: Option<Sex>,
        /// The ages counted.
        age: Option<String>,
    },
}

impl Part {
    /// What does not depend on groups, in the order of the file.
    pub const PLAIN: [Part; 11] = [
        Part::Ssid,
        Part::PlaceName,
        Part::Kind,
        Part::SiteType,
        Part::Area,
        Part::Position,
        Part::Latitude,
        Part::Longitude,
        Part::OpenedOn,
        Part::ClosedOn,
        Part::Day,
    ];

    /// The part as its keys stand in the file; what a count is of stands behind a colon.
    pub fn code(&self) -> String {
        let of_group = |group: &str, key: &str| format!("group.{group}.{key}");
        match self {
            Part::Ssid => "place.ssid".to_owned(),
            Part::PlaceName => "place.name".to_owned(),
            Part::Kind => "place.kind".to_owned(),
            Part::SiteType => "place.site_type".to_owned(),
            Part::Area => "place.area".to_owned(),
            Part::Position => "place.position".to_owned(),
            Part::Latitude => "place.position.lat".to_owned(),
            Part::Longitude => "place.position.lon".to_owned(),
            Part::OpenedOn => "place.opened_on".to_owned(),
            Part::ClosedOn => "place.closed_on".to_owned(),
            Part::Day => "date.question".to_owned(),
            Part::Present(group) => of_group(group, "present"),
            Part::Reason(group) => of_group(group, "reason"),
            Part::Origin(group) => of_group(group, "origin"),
            Part::Direction(group) => of_group(group, "direction"),
            Part::Count { group, indicator, sex, age } => {
                let sex = sex.map_or("", Sex::code);
                format!("group.{group}.measures:{indicator}:{sex}:{}", age.as_deref().unwrap_or_default())
            }
            Part::Source(key) => format!("source.{key}"),
            Part::Sample { sex, age } => {
                format!("sample:{}:{}", sex.map_or("", Sex::code), age.as_deref().unwrap_or_default())
            }
        }
    }

    /// The part in the reader's language.
    pub fn words(&self, dictionary: &Dictionary, lang: Lang) -> String {
        let say = |en: &str, fr: &str| if lang == Lang::En { en.to_owned() } else { fr.to_owned() };
        let of = |group: &str, en: &str, fr: &str| say(&format!("{en} ({group})"), &format!("{fr} ({group})"));
        match self {
            Part::Ssid => say("id of the place", "identifiant du lieu"),
            Part::PlaceName => say("name of the place", "nom du lieu"),
            Part::Kind => say("site or host community", "site ou communauté hôte"),
            Part::SiteType => say("kind of site", "type de site"),
            Part::Area => say("area (p-code)", "zone (p-code)"),
            Part::Position => say("position", "position"),
            Part::Latitude => say("latitude", "latitude"),
            Part::Longitude => say("longitude", "longitude"),
            Part::OpenedOn => say("day the site opened", "date d’ouverture du site"),
            Part::ClosedOn => say("day the site closed", "date de fermeture du site"),
            Part::Day => say("day of assessment", "date d’évaluation"),
            Part::Present(group) => of(group, "whether the group is there", "présence du groupe"),
            Part::Reason(group) => of(group, "reason of displacement", "raison du déplacement"),
            Part::Origin(group) => of(group, "area of origin", "zone d’origine"),
            Part::Direction(group) => of(group, "direction of the flow", "sens du flux"),
            Part::Count { group, indicator, sex, age } => {
                let label =
                    dictionary.get(indicator).map(|known| known.label.get(lang)).filter(|label| !label.is_empty());
                let mut said = label.unwrap_or(indicator).to_owned();
                let which = people(*sex, age.as_deref(), lang);
                if !which.is_empty() {
                    said = format!("{said}, {which}");
                }
                format!("{said} ({group})")
            }
            Part::Source(key) => match key.as_str() {
                "id" => say("who told us", "qui nous l’a dit"),
                "kind" => say("kind of source", "type de source"),
                "role" => say("role of the informant", "fonction de l’informateur"),
                "proximity" => say("how near the informant is", "proximité de l’informateur"),
                "reliability" => say("how reliable it is", "fiabilité"),
                _ => say("what the number rests on", "base du nombre"),
            },
            Part::Sample { sex, age } => {
                let sample = say("sample of households", "échantillon de ménages");
                match people(*sex, age.as_deref(), lang) {
                    which if which.is_empty() => {
                        format!("{sample}, {}", say("size of the household", "taille du ménage"))
                    }
                    which => format!("{sample}, {which}"),
                }
            }
        }
    }

    /// The words of ours that answers to this part may become, where they are few.
    pub fn allowed(&self) -> &'static [&'static str] {
        match self {
            Part::Kind => &KINDS,
            Part::Present(_) => &PRESENCE,
            Part::Reason(_) => &REASONS,
            Part::Direction(_) => &DIRECTIONS,
            Part::Source(key) => match key.as_str() {
                "kind" => &SOURCE_KINDS,
                "proximity" => &NEARNESS,
                "basis" => &BASES,
                "reliability" => &RELIABILITIES,
                _ => &[],
            },
            _ => &[],
        }
    }
}

impl Mapping {
    /// Every question that the mapping reads, as it calls it, with the part that reads it.
    pub fn parts(&self) -> Vec<(&str, Part)> {
        let place = &self.place;
        let mut parts: Vec<(&str, Part)> = Vec::new();
        push(&mut parts, &place.ssid, &Part::Ssid);
        push(&mut parts, &place.name, &Part::PlaceName);
        push(&mut parts, &place.kind.questions, &Part::Kind);
        if let Some(site_type) = &place.site_type {
            push(&mut parts, &site_type.questions, &Part::SiteType);
        }
        push(&mut parts, &place.area, &Part::Area);
        match &place.position {
            Some(PositionMapping::One { question }) => parts.push((question, Part::Position)),
            Some(PositionMapping::Two { lat, lon }) => {
                parts.extend([(lat.as_str(), Part::Latitude), (lon.as_str(), Part::Longitude)]);
            }
            None => {}
        }
        push(&mut parts, &place.opened_on, &Part::OpenedOn);
        push(&mut parts, &place.closed_on, &Part::ClosedOn);
        push(&mut parts, &self.date.questions, &Part::Day);
        for (name, group) in &self.groups {
            let words = [
                (&group.present, Part::Present(name.clone())),
                (&group.reason, Part::Reason(name.clone())),
                (&group.direction, Part::Direction(name.clone())),
            ];
            for (translation, part) in &words {
                if let Some(translation) = translation {
                    push(&mut parts, &translation.questions, part);
                }
            }
            if let Some(origin) = &group.origin {
                push(&mut parts, &origin.questions, &Part::Origin(name.clone()));
            }
            for measure in &group.measures {
                let part = Part::Count {
                    group: name.clone(),
                    indicator: measure.indicator.clone(),
                    sex: measure.sex,
                    age: measure.age.clone(),
                };
                parts.push((&measure.question, part));
            }
        }
        if let Some(source) = &self.source {
            push(&mut parts, &source.id, &Part::Source("id".to_owned()));
            for (key, words) in source.words() {
                if let Some(words) = words {
                    push(&mut parts, &words.questions, &Part::Source(key.to_owned()));
                }
            }
        }
        if let Some(sample) = &self.sample {
            let size = sample.size.as_deref().map(|question| (question, Part::Sample { sex: None, age: None }));
            let cell = |cell: &'_ CellMapping| Part::Sample { sex: Some(cell.sex), age: Some(cell.age.clone()) };
            parts.extend(size);
            parts.extend(sample.cells.iter().map(|one| (one.question.as_str(), cell(one))));
        }
        parts.retain(|(question, _)| !question.is_empty());
        parts
    }
}

/// Whom a count is of, in words; empty where it is everybody.
fn people(sex: Option<Sex>, age: Option<&str>, lang: Lang) -> String {
    let say = |en: &str, fr: &str| if lang == Lang::En { en.to_owned() } else { fr.to_owned() };
    let sex = sex.map(|sex| match sex {
        Sex::Female => say("women and girls", "femmes et filles"),
        Sex::Male => say("men and boys", "hommes et garçons"),
    });
    let age = age.map(|age| say(&format!("aged {age}"), &format!("{age} ans")));
    sex.into_iter().chain(age).collect::<Vec<_>>().join(", ")
}

fn push<'a>(parts: &mut Vec<(&'a str, Part)>, questions: &'a [String], part: &Part) {
    parts.extend(questions.iter().map(|question| (question.as_str(), part.clone())));
}
