//! Drafts a mapping from what the questions are called: dictionary names first, then HXL tags, then labels.
//!
//! A name of the dictionary, or its number (`m0310_…`), and a tag are taken at their word. A label is taken only where
//! it names one indicator and no other, and is marked so that the officer looks at it. Who speaks, and which households
//! were sampled, is drafted in [`voices`]; what stands for a person (name, telephone) is never read.

mod roles;
pub(super) mod voices;

use super::coverage::{Coverage, FedBy, Feed, coverage};
use super::questions::{Question, QuestionSet};
use super::{
    DateMapping, GroupMapping, Mapping, MeasureMapping, OriginMapping, PlaceMapping, PositionMapping, REASONS,
    Translation, WithoutSsid, Words,
};
use crate::folding::{Fold, plain};
use dtm_model::{Answer, Answers, Dictionary, FieldKind, Group, Indicator, Sex, ValueKind};
use std::collections::{BTreeMap, BTreeSet};

/// A drafted mapping, and how far it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The mapping, to be looked at by an officer.
    pub mapping: Mapping,
    /// What it feeds and what it leaves.
    pub coverage: Coverage,
}

/// Counts of one sex or age, the indicator they are kept under, and which people they are.
const PARTS: [(&str, &str, Option<Sex>, &str); 14] = [
    ("m2968", "m0310", Some(Sex::Male), "18+"),
    ("m2969", "m0310", Some(Sex::Female), "18+"),
    ("m2970", "m0310", None, "0-17"),
    ("m2971", "m0851", Some(Sex::Male), "18+"),
    ("m2972", "m0851", Some(Sex::Female), "18+"),
    ("m2973", "m0851", None, "0-17"),
    ("m2589", "m2589", Some(Sex::Male), "18+"),
    ("m2590", "m2590", Some(Sex::Female), "18+"),
    ("m2591", "m2591", Some(Sex::Male), "0-17"),
    ("m2592", "m2592", Some(Sex::Female), "0-17"),
    ("m2697", "m2697", Some(Sex::Male), "18-59"),
    ("m2698", "m2698", Some(Sex::Female), "18-59"),
    ("m2699", "m2699", Some(Sex::Female), "60+"),
    ("m2700", "m2700", Some(Sex::Male), "60+"),
];

/// Totals, and the counts that make one up together where the form does not ask for it.
const WHOLES: [(&str, &[&str]); 3] = [
    ("m0310", &["m2968", "m2969", "m2970"]),
    ("m0851", &["m2971", "m2972", "m2973"]),
    ("m0701", &["m2589", "m2590", "m2591", "m2592"]),
];

/// Directions as forms write them.
const DIRECTIONS: [(&str, &str); 13] = [
    ("in", "in"),
    ("enter", "in"),
    ("entering", "in"),
    ("entry", "in"),
    ("incoming", "in"),
    ("out", "out"),
    ("exit", "out"),
    ("exiting", "out"),
    ("leaving", "out"),
    ("outgoing", "out"),
    ("within", "within"),
    ("internal", "within"),
    ("transit", "within"),
];

/// Words that stand for nothing in tables that other software wrote.
const LEFTOVERS: [&str; 6] = ["NULL", "NaT", "NaN", "NA", "N/A", "nan"];

/// Reasons in the codes of the dictionary and of older forms, as the words figures are kept by.
const REASON_CODES: [(&str, &str); 11] = [
    ("conflict_displacement", "conflict"),
    ("conflict", "conflict"),
    ("insecurity", "insecurity"),
    ("climate_disaster", "natural_disaster"),
    ("climate_floods", "natural_disaster"),
    ("climate_drought", "natural_disaster"),
    ("climate_other", "natural_disaster"),
    ("nonclimate_disaster", "natural_disaster"),
    ("environment_health", "other"),
    ("dnk", "not_reported"),
    ("pnta", "not_reported"),
];

/// Site types of the dictionary and the kind of place each is.
pub(super) const SITE_KINDS: [(&str, &str); 4] =
    [("camp", "site"), ("collective_centre", "site"), ("informal_settlement", "site"), ("dispersed", "host_community")];

/// Drafts a mapping for these questions; `sample` are some of the records, from which words are learnt.
pub fn draft(questions: &QuestionSet, dictionary: &Dictionary, sample: &[&Answers]) -> Draft {
    let fed = feeds(questions, dictionary);
    let told = Told { fed: &fed };
    let mut mapping = Mapping {
        words: Words { missing: leftovers(sample), not_applicable: roles::not_applicable(sample) },
        place: place(&told),
        date: DateMapping { questions: told.all(&["m1855", "m2682", "m1658"]), otherwise: None },
        ..Mapping::default()
    };
    roles::fill(&mut mapping, questions, sample);
    for feed in &fed {
        let Some((name, measure)) = measure(feed, dictionary) else { continue };
        let repeat = questions.get(&feed.question).and_then(|question| question.repeat.clone());
        // The counts of a repeat are a group of their own beside those of the record.
        let same = |group: &&mut GroupMapping| group.repeat == repeat;
        match mapping.groups.get_mut(name).filter(same) {
            Some(group) => group.measures.push(measure),
            None => {
                let name = match (&repeat, mapping.groups.contains_key(name)) {
                    (Some(repeat), true) => format!("{name}_{}", repeat.rsplit('/').next().unwrap_or(repeat)),
                    (None, true) => format!("{name}_in_all"),
                    _ => name.to_owned(),
                };
                let group: &mut GroupMapping = mapping.groups.entry(name).or_default();
                group.repeat = repeat;
                group.measures.push(measure);
            }
        }
    }
    add_wholes(&mut mapping, &fed, dictionary);
    for (name, group) in &mut mapping.groups {
        group.measures.sort_by_key(|measure| {
            (!measure.is_everyone(), measure.indicator.clone(), measure.sex, measure.age.clone())
        });
        if name.starts_with("migrant") {
            group.direction = told.first(&["m2704"]).map(|question| direction(question, questions, sample));
        }
        let (reasons, origins): (&[&str], &[&str]) = match name.split('_').next().unwrap_or_default() {
            "idp" => (&["m0329"], &["m3390", "m3391", "m2686", "m2685"]),
            "returnee" if !name.starts_with("returnee_abroad") => (&[], &["m2674", "m2675"]),
            _ => (&[], &[]),
        };
        group.reason = told.first(reasons).map(|question| reason(question, questions, sample));
        let origins = told.all(origins);
        group.origin = (!origins.is_empty()).then(|| OriginMapping { questions: origins, ..Default::default() });
    }
    mapping.source = voices::source(&told, questions);
    mapping.sample = voices::sample(&mapping, questions);
    Draft { coverage: coverage(&mapping, questions, dictionary), mapping }
}

pub(super) fn is_of_our_tools(indicator: &Indicator) -> bool {
    indicator.core_in.iter().any(|tool| ["B1", "B2", "MSLA", "ETT", "FMR"].contains(&tool.as_str()))
}

/// The number an indicator is known by: `m0310` of `m0310_loc_num_idp_ind`.
fn number(code: &str) -> Option<&str> {
    let number = code.split('_').next()?;
    let sound = number.len() == 5
        && matches!(number.as_bytes()[0], b'm' | b's')
        && number[1..].bytes().all(|digit| digit.is_ascii_digit());
    sound.then_some(number)
}

/// A tag and its attributes without their order.
fn tag(hxl: &str) -> (String, BTreeSet<String>) {
    let tidy = hxl.split_whitespace().collect::<String>().to_lowercase();
    let mut parts = tidy.split('+').map(str::to_owned);
    (parts.next().unwrap_or_default(), parts.collect())
}

/// Which question feeds which indicator; each question feeds one, and an indicator is fed by its surest question.
pub(super) fn feeds(questions: &QuestionSet, dictionary: &Dictionary) -> Vec<Feed> {
    let by_number: BTreeMap<&str, &Indicator> =
        dictionary.iter().filter_map(|indicator| Some((number(&indicator.code)?, indicator))).collect();
    let tags: Vec<_> =
        dictionary.iter().filter_map(|indicator| Some((tag(indicator.hxl.as_deref()?), indicator))).collect();
    let labels = Labels::new(dictionary);
    let mut fed: Vec<Feed> = Vec::new();
    let mut add = |question: &Question, indicator: &Indicator, by| {
        let fits = question.kind.is_none_or(|kind| may_hold(kind, indicator.kind));
        let (question, indicator) = (question.name.clone(), indicator.code.clone());
        let taken = |feed: &Feed| feed.question == question || feed.indicator == indicator;
        if fits && !fed.iter().any(taken) {
            fed.push(Feed { question, indicator, by });
        }
    };
    for question in questions.iter() {
        // A column for one choice of a question (`name/choice`) repeats what the question holds.
        let of_choice = question.name.rsplit_once('/').is_some_and(|(parent, _)| questions.get(parent).is_some());
        // «other, please specify» bears the number of the question it belongs to.
        let short = question.short_name();
        if of_choice || short.ends_with("_other") || short.starts_with('_') {
            continue;
        }
        let named = dictionary.get(short).or_else(|| by_number.get(number(short)?).copied());
        if let Some(indicator) = named {
            add(question, indicator, FedBy::Name);
        }
    }
    for question in questions.iter() {
        let Some(hxl) = question.hxl.as_deref().map(tag) else { continue };
        let mut same = tags.iter().filter(|(known, _)| *known == hxl);
        if let (Some((_, indicator)), None) = (same.next(), same.next()) {
            add(question, indicator, FedBy::Hxl);
        }
    }
    for question in questions.iter() {
        if let Some(indicator) = labels.nearest(question) {
            add(question, indicator, FedBy::Label);
        }
    }
    fed
}

/// Whether a question of this type can answer for an indicator of that one; text may hold anything.
fn may_hold(question: FieldKind, indicator: ValueKind) -> bool {
    match indicator {
        ValueKind::Integer | ValueKind::Decimal | ValueKind::Calculate => {
            matches!(question, FieldKind::Integer | FieldKind::Decimal | FieldKind::Text)
        }
        ValueKind::Date | ValueKind::DateTime => {
            matches!(question, FieldKind::Date | FieldKind::DateTime | FieldKind::Text)
        }
        ValueKind::Geopoint => matches!(question, FieldKind::Geopoint | FieldKind::Text),
        _ => true,
    }
}

/// The words of the labels, for comparing.
struct Labels<'d> {
    words: Vec<(BTreeSet<String>, &'d Indicator)>,
}

impl<'d> Labels<'d> {
    fn new(dictionary: &'d Dictionary) -> Self {
        let of = |indicator: &'d Indicator| {
            let labels = indicator.label.iter().map(|(_, label)| words(label));
            labels.map(|words| (words, indicator)).collect::<Vec<_>>()
        };
        Self { words: dictionary.iter().filter(|indicator| is_of_our_tools(indicator)).flat_map(of).collect() }
    }

    /// The indicator whose label shares most words with the question's, if it is one and most words are shared.
    fn nearest(&self, question: &Question) -> Option<&'d Indicator> {
        let asked: Vec<BTreeSet<String>> = question.label.iter().map(|(_, label)| words(label)).collect();
        let mut best: Option<(f64, &Indicator)> = None;
        let mut tied = false;
        for (known, indicator) in &self.words {
            for asked in asked.iter().filter(|words| !words.is_empty()) {
                let shared = asked.intersection(known).count() as f64;
                let score = shared / asked.union(known).count().max(1) as f64;
                match best {
                    Some((most, other)) if score == most => tied |= other.code != indicator.code,
                    Some((most, _)) if score < most => {}
                    _ => (best, tied) = (Some((score, *indicator)), false),
                }
            }
        }
        best.filter(|(score, _)| *score >= 0.75 && !tied).map(|(_, indicator)| indicator)
    }
}

/// The words of a label that tell something, in a form in which they compare.
fn words(label: &str) -> BTreeSet<String> {
    const SMALL: [&str; 24] = [
        "the", "of", "and", "in", "at", "to", "is", "who", "by", "le", "la", "les", "l", "de", "du", "des", "d", "et",
        "en", "a", "au", "aux", "pdi", "idp",
    ];
    plain(label).split(' ').filter(|word| !SMALL.contains(word) && !word.is_empty()).map(str::to_owned).collect()
}

/// What the questions were told to be, by the indicators' numbers.
struct Told<'a> {
    fed: &'a [Feed],
}

impl Told<'_> {
    fn first(&self, numbers: &[&str]) -> Option<&str> {
        numbers.iter().find_map(|wanted| {
            let fed = self.fed.iter().find(|feed| number(&feed.indicator) == Some(wanted));
            fed.map(|feed| feed.question.as_str())
        })
    }

    fn all(&self, numbers: &[&str]) -> Vec<String> {
        let fed = |wanted: &&str| self.fed.iter().find(|feed| number(&feed.indicator) == Some(*wanted));
        numbers.iter().filter_map(fed).map(|feed| feed.question.clone()).collect()
    }

    fn has(&self, number: &str) -> bool {
        self.first(&[number]).is_some()
    }
}

fn place(told: &Told<'_>) -> PlaceMapping {
    let flow = told.has("m0641");
    let site_type = told.first(&["m3011", "m0342"]).map(str::to_owned);
    let kind = match (&site_type, flow) {
        (_, true) => Translation { always: Some("flow_point".into()), ..Default::default() },
        (Some(question), _) => Translation {
            questions: vec![question.clone()],
            otherwise: Some("host_community".into()),
            blank: Some("host_community".into()),
            values: SITE_KINDS.iter().map(|(code, kind)| ((*code).to_owned(), (*kind).to_owned())).collect(),
            ..Default::default()
        },
        (None, false) => Translation { always: Some("host_community".into()), ..Default::default() },
    };
    let own = |code: &str| (code.to_owned(), code.to_owned());
    let names = told.all(&["m0448"]);
    PlaceMapping {
        kind,
        ssid: told.all(&["m0445", "m0641"]),
        without_ssid: if names.is_empty() { WithoutSsid::Nothing } else { WithoutSsid::AreaAndName },
        name: names,
        area: told.all(&["m0306", "m0305", "m0304", "m0303", "m0302"]),
        position: position(told),
        site_type: site_type.map(|question| Translation {
            questions: vec![question],
            otherwise: Some("other".into()),
            values: SITE_KINDS.iter().map(|(code, _)| own(code)).chain([own("other"), own("no_displaced")]).collect(),
            ..Default::default()
        }),
        opened_on: told.all(&["s0127"]),
        closed_on: Vec::new(),
    }
}

fn position(told: &Told<'_>) -> Option<PositionMapping> {
    if let Some(question) = told.first(&["m1650"]) {
        return Some(PositionMapping::One { question: question.to_owned() });
    }
    let (lat, lon) = (told.first(&["m0446"])?, told.first(&["m0447"])?);
    Some(PositionMapping::Two { lat: lat.to_owned(), lon: lon.to_owned() })
}

/// The group a question counts, and how; none where it holds no count of people.
pub(super) fn measure(feed: &Feed, dictionary: &Dictionary) -> Option<(&'static str, MeasureMapping)> {
    let indicator = dictionary.get(&feed.indicator)?;
    let known = number(&indicator.code)?;
    if !matches!(indicator.kind, ValueKind::Integer | ValueKind::Calculate) {
        return None;
    }
    indicator.unit?;
    let group = match indicator.group? {
        Group::Idp => "idp",
        Group::ReturneeIdp => "returnee",
        Group::ReturneeAbroad => "returnee_abroad",
        Group::Migrant => "migrant",
        Group::HostCommunity => "host_community",
    };
    let part = PARTS.iter().find(|(number, ..)| *number == known);
    let whole = part.and_then(|(_, whole, ..)| code_of(whole, dictionary));
    let question = feed.question.clone();
    let measure = match (part, whole) {
        (Some((.., sex, age)), Some(indicator)) => {
            MeasureMapping { indicator, question, sex: *sex, age: Some((*age).to_owned()) }
        }
        _ => MeasureMapping { indicator: indicator.code.clone(), question, sex: None, age: None },
    };
    Some((group, measure))
}

fn code_of(wanted: &str, dictionary: &Dictionary) -> Option<String> {
    dictionary.iter().find(|indicator| number(&indicator.code) == Some(wanted)).map(|indicator| indicator.code.clone())
}

/// Where no question asks for a total, the counts that make it up add up to it, if all of them are asked.
fn add_wholes(mapping: &mut Mapping, fed: &[Feed], dictionary: &Dictionary) {
    let question = |wanted: &str| fed.iter().find(|feed| number(&feed.indicator) == Some(wanted));
    for (whole, parts) in WHOLES {
        let parts: Option<Vec<&Feed>> = parts.iter().map(|part| question(part)).collect();
        let (None, Some(parts), Some(indicator)) = (question(whole), parts, code_of(whole, dictionary)) else {
            continue;
        };
        for group in mapping.groups.values_mut() {
            let here = |feed: &&&Feed| group.measures.iter().any(|measure| measure.question == feed.question);
            if parts.iter().filter(here).count() == parts.len() {
                group.measures.extend(parts.iter().map(|part| MeasureMapping {
                    indicator: indicator.clone(),
                    question: part.question.clone(),
                    sex: None,
                    age: None,
                }));
            }
        }
    }
}

pub(super) fn direction(question: &str, questions: &QuestionSet, sample: &[&Answers]) -> Translation {
    let met = words_met(question, questions, sample);
    let known = DIRECTIONS.iter().filter(|(word, _)| met.is_empty() || met.contains(*word));
    Translation {
        questions: vec![question.to_owned()],
        fold: vec![Fold::Case],
        values: known.map(|(word, way)| ((*word).to_owned(), (*way).to_owned())).collect(),
        ..Default::default()
    }
}

/// The answers offered or given.
fn words_met(question: &str, questions: &QuestionSet, sample: &[&Answers]) -> BTreeSet<String> {
    let given = sample.iter().filter_map(|answers| Some(answers.get(question)?.to_text()));
    let offered = questions.get(question).into_iter().flat_map(|question| question.choices.iter().cloned());
    given.chain(offered).collect()
}

/// Translates the codes that are known; what else stands in the sample is left to the officer and reported meanwhile.
pub(super) fn reason(question: &str, questions: &QuestionSet, sample: &[&Answers]) -> Translation {
    let met = words_met(question, questions, sample);
    let known = REASON_CODES.iter().chain(&[("other", "other")]);
    let known = known.filter(|(code, _)| met.is_empty() || met.contains(*code));
    let own = REASONS.iter().filter(|word| met.contains(**word)).map(|word| (*word, *word));
    Translation {
        questions: vec![question.to_owned()],
        fold: vec![Fold::Case, Fold::Blanks],
        otherwise: Some("other".into()),
        blank: Some("not_reported".into()),
        values: known.copied().chain(own).map(|(code, word)| (code.to_owned(), word.to_owned())).collect(),
        ..Default::default()
    }
}

/// Leftovers of other software that stand in the sample.
fn leftovers(sample: &[&Answers]) -> Vec<String> {
    let mut met = BTreeSet::new();
    for answer in sample.iter().flat_map(|answers| answers.values.values()) {
        if let Answer::Text(text) | Answer::Unreadable(text) = answer
            && let Some(word) = LEFTOVERS.iter().find(|word| **word == text.trim())
        {
            met.insert((*word).to_owned());
        }
    }
    met.into_iter().collect()
}
