//! A whole round verified, place by place.
//!
//! Takes the figures that a round was consolidated to, what its records and other sources say, what officers decided, and
//! the figures of earlier rounds; returns the figures with the settled totals in them, and for every place that has more to
//! tell than one record the sources behind its figure, how it was settled and why. A place of which one record speaks, in
//! persons, and nobody decided anything keeps its figures to the letter.
//!
//! Where a settled total differs from that of the record that spoke for the place, its parts (reasons, origins, sex and
//! age) keep their proportions and are shared out anew in whole persons, so that they add up. Then, at places where only
//! households were counted, persons are households times the average household ([`super::household_sizes`]), and where a
//! sample sheet was filled in and no cells of sex and age were reported, its shares are laid over the total
//! ([`super::SexAgeSheet`]); a sheet too small to speak for its place lends the shares of the smallest area whose sheets
//! together are large enough.

use super::households::{self, SizeUsed};
use super::samples::{self, SampledSheet, SheetUsed};
use super::sources::{self, Heard, PlaceSource, Speaker, Standing, Statement};
use super::triangulate::{apart, settled};
use super::{CallBack, Combined, Previous, Reason, Settled, SourceFigure, VerificationRules, combine, triangulate};
use crate::apportion;
use crate::codes::IDP_IND;
use dtm_model::{
    Atlas, Breakdown, Figure, How, Observation, Pcode, Place, PlaceKind, RecordId, RoundLabel, Setting, Ssid,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What an officer decided about a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Decision {
    /// To take the word of one source.
    Take {
        /// Which.
        source: String,
    },
    /// To take what all of them say together.
    Combine,
    /// To ask again.
    Ask,
    /// To enter a figure.
    Enter {
        /// Persons.
        persons: f64,
        /// Low and high, where known.
        range: Option<(f64, f64)>,
        /// Why.
        why: String,
    },
}

impl Decision {
    /// The word used in addresses, audit entries and words of pages.
    pub fn code(&self) -> &'static str {
        match self {
            Decision::Take { .. } => "take",
            Decision::Combine => "combine",
            Decision::Ask => "ask",
            Decision::Enter { .. } => "enter",
        }
    }
}

/// What a round is verified from.
#[derive(Clone, Copy, Debug)]
pub struct VerificationInput<'a> {
    /// What the round's records say; those of blocked records left out.
    pub observations: &'a [Observation],
    /// The figures they were consolidated to.
    pub figures: &'a [Figure],
    /// What is known of the speaker behind a record.
    pub speakers: &'a BTreeMap<RecordId, Speaker>,
    /// How often the earlier figures of an informant were borne out, and overturned.
    pub track_records: &'a BTreeMap<String, (u32, u32)>,
    /// What was heard otherwise.
    pub statements: &'a [Statement],
    /// What officers decided.
    pub decisions: &'a BTreeMap<Ssid, Decision>,
    /// Households of which the members were counted.
    pub samples: &'a [SampledSheet],
    /// The places of the operation.
    pub places: &'a [Place],
    /// The areas.
    pub atlas: &'a Atlas,
    /// Figures of earlier rounds, the newest first.
    pub earlier: &'a [(RoundLabel, Vec<Figure>)],
    /// What the exercise chose.
    pub rules: &'a VerificationRules,
}

/// A place that has more to tell than one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerifiedPlace {
    /// The place.
    pub place: Ssid,
    /// The smallest area it is known to lie in.
    pub area: Pcode,
    /// Displaced persons; none where nothing is known of them.
    pub persons: Option<f64>,
    /// Low and high.
    pub range: Option<(f64, f64)>,
    /// How the figure was reached.
    pub how: How,
    /// Why it stands.
    pub reason: Reason,
    /// Its sources in the order they were heard.
    pub sources: Vec<PlaceSource>,
    /// Whom to call back; none where nothing is open.
    pub call_back: Option<CallBack>,
    /// How far the sources with a voice of their own lie apart; none where fewer than two spoke.
    pub apart: Option<CallBack>,
    /// What an officer decided, where it holds.
    pub decision: Option<Decision>,
    /// The average household, where persons were made of households.
    pub size: Option<SizeUsed>,
    /// The sample sheet, where one was filled in.
    pub sheet: Option<SheetUsed>,
}

impl VerifiedPlace {
    /// Whether somebody is to be asked.
    pub fn is_open(&self) -> bool {
        self.call_back.is_some()
    }
}

/// A verified round.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct VerifiedRound {
    /// The figures that stand.
    pub figures: Vec<Figure>,
    /// The places that have more to tell than one record, in order.
    pub places: Vec<VerifiedPlace>,
}

/// Verifies a round.
pub fn verify_round(input: &VerificationInput<'_>) -> VerifiedRound {
    let rules = input.rules;
    let lies_in = areas_of_places(input);
    let sizes = households::of_round(input);
    let size =
        |place: &Ssid| sizes.as_ref().zip(lies_in.get(place)).map(|(sizes, area)| sizes.of(place, area, input.atlas));
    let speakers = with_track_records(input);
    let statements = statements_with_track_records(input);
    let heard = Heard { observations: input.observations, speakers: &speakers, statements: &statements, rules };
    let previous = previous_figures(input);
    let mut places: BTreeMap<Ssid, VerifiedPlace> = BTreeMap::new();
    let mut totals: BTreeMap<Ssid, Settled> = BTreeMap::new();
    let mut all = sources::sources(&heard, size);
    for place in input.decisions.keys() {
        all.entry(place.clone()).or_default();
    }
    for (place, mut sources) in all {
        let decision = input.decisions.get(&place);
        // What one record says in households alone is estimated below, in the parts that its households have.
        let is_plain = sources.len() < 2 && sources.iter().all(|source| source.is_record);
        if is_plain && decision.is_none() {
            continue;
        }
        let Some(outcome) = settle(&mut sources, previous.get(&place), decision, rules) else { continue };
        let size = sources.iter().any(|source| source.from_households).then(|| size(&place)).flatten();
        let persons = outcome.settled.figure.best;
        let stands_as_it_was = matches!(outcome.settled.reason, Reason::LatestRecord { .. } | Reason::OneSource)
            && sources
                .iter()
                .all(|source| source.is_record && (source.standing != Standing::Counted || !source.from_households));
        let range = (!stands_as_it_was).then_some((outcome.settled.figure.low, outcome.settled.figure.high));
        places.insert(
            place.clone(),
            VerifiedPlace {
                area: lies_in.get(&place).cloned().unwrap_or_else(|| Pcode::from("")),
                persons: Some(persons.round()),
                range: range.map(|(low, high)| (low.round(), high.round())),
                how: outcome.settled.how.clone(),
                reason: outcome.settled.reason.clone(),
                call_back: outcome.settled.call_back.clone(),
                apart: outcome.apart,
                decision: decision.filter(|_| outcome.holds).cloned(),
                size: size
                    .map(|size| SizeUsed::new(size, sources.iter().filter_map(|source| source.households).next_back())),
                sheet: None,
                sources,
                place: place.clone(),
            },
        );
        if !stands_as_it_was {
            totals.insert(place, outcome.settled);
        }
    }
    let mut figures = with_settled(input, &totals, &places, &lies_in);
    if rules.estimate_from_households {
        households::estimate(&mut figures, sizes.as_ref(), input, &mut places);
    }
    samples::lay_out(&mut figures, input, &mut places);
    figures.sort_by(|a, b| {
        (&a.place, &a.indicator, &a.breakdown, a.observed_on).cmp(&(
            &b.place,
            &b.indicator,
            &b.breakdown,
            b.observed_on,
        ))
    });
    VerifiedRound { figures, places: places.into_values().collect() }
}

/// What the sources of a place and a decision come to.
struct Outcome {
    settled: Settled,
    apart: Option<CallBack>,
    /// Whether the decision could be followed: a source that an officer took may be gone.
    holds: bool,
}

fn said(source: &PlaceSource) -> SourceFigure {
    SourceFigure {
        source: source.source.clone(),
        value: source.persons,
        credibility: source.credibility.value,
        rounds_old: 0,
        range: source.range,
    }
}

fn settle(
    sources: &mut [PlaceSource],
    previous: Option<&Previous>,
    decision: Option<&Decision>,
    rules: &VerificationRules,
) -> Option<Outcome> {
    if matches!(decision, Some(Decision::Combine)) {
        // What was replaced by a later record is heard again: the officer says that they are several sources.
        for source in sources.iter_mut().filter(|source| source.standing == Standing::Replaced) {
            source.standing = Standing::Counted;
        }
    }
    let voices: Vec<SourceFigure> =
        sources.iter().filter(|source| source.standing == Standing::Counted).map(said).collect();
    let replaced = sources.iter().filter(|source| source.standing == Standing::Replaced).count() as u32;
    let everybody: Vec<SourceFigure> = sources.iter().map(said).collect();
    let distance = apart(&everybody);
    let combine_rules = &rules.triangulation.combine;
    let made = |how, reason, rests_on: &[&SourceFigure]| settled(how, reason, rests_on, None, &rules.triangulation);
    let several = if sources.len() > 1 { How::Triangulated } else { How::Reported };
    let decided = match decision {
        Some(Decision::Take { source }) => everybody
            .iter()
            .find(|said| said.source == *source)
            .and_then(|said| made(several, Reason::OfficerTook, &[said])),
        Some(Decision::Combine) => {
            let n = voices.len() as u32;
            made(several, Reason::OfficerCombined { n }, &voices.iter().collect::<Vec<_>>())
        }
        Some(Decision::Enter { persons, range, why }) => {
            let entered =
                SourceFigure { source: String::new(), value: *persons, credibility: 1.0, rounds_old: 0, range: None };
            let figure = combine([&entered], combine_rules)?;
            let (low, high) = range.unwrap_or((figure.low, figure.high));
            let figure = Combined { low, best: *persons, high, ..figure };
            let reason = Reason::OfficerEntered { why: why.clone() };
            Some(Settled { how: How::Estimated, reason, figure, sources: Vec::new(), call_back: None })
        }
        Some(Decision::Ask) | None => None,
    };
    let holds = decided.is_some() || matches!(decision, Some(Decision::Ask));
    let mut settled = match decided {
        Some(decided) => decided,
        None if voices.is_empty() => return None,
        None => triangulate(&voices, previous, &rules.triangulation)?,
    };
    if settled.reason == Reason::OneSource {
        if sources.iter().any(|source| source.standing == Standing::Counted && source.from_households) {
            (settled.how, settled.reason) = (How::Estimated, Reason::HouseholdsTimesSize);
        } else if replaced > 0 {
            settled.reason = Reason::LatestRecord { replaced };
        }
    }
    if matches!(decision, Some(Decision::Ask)) {
        settled.call_back = settled.call_back.or_else(|| distance.clone());
    }
    weigh(sources, &settled, rules);
    Some(Outcome { settled, apart: distance.filter(|_| sources.len() > 1), holds })
}

/// Says of every source what became of it, and what part it has in the figure.
fn weigh(sources: &mut [PlaceSource], settled: &Settled, rules: &VerificationRules) {
    let rests_on: BTreeSet<&str> = settled.sources.iter().map(String::as_str).collect();
    let is_entered = matches!(settled.reason, Reason::OfficerEntered { .. });
    let least = rules.triangulation.combine.least_credibility.max(1e-6);
    let weight = |source: &PlaceSource| source.credibility.value.clamp(least, 1.0).powi(2);
    let all: f64 = sources.iter().filter(|source| rests_on.contains(source.source.as_str())).map(weight).sum();
    for source in sources {
        if rests_on.contains(source.source.as_str()) {
            source.standing =
                if settled.call_back.is_some() && rests_on.len() > 1 { Standing::Disputed } else { Standing::Counted };
            source.weight = weight(source) / all;
        } else if source.standing == Standing::Counted {
            source.standing = if rests_on.is_empty() && !is_entered { Standing::Disputed } else { Standing::SetAside };
        }
    }
}

/// The areas that places lie in: as the round's figures say, then as the register does.
fn areas_of_places(input: &VerificationInput<'_>) -> BTreeMap<Ssid, Pcode> {
    let mut areas: BTreeMap<Ssid, Pcode> =
        input.places.iter().map(|place| (place.ssid.clone(), place.area.clone())).collect();
    areas.extend(input.figures.iter().map(|figure| (figure.place.clone(), figure.area.clone())));
    areas
}

fn with_track_record(speaker: &Speaker, known: &BTreeMap<String, (u32, u32)>) -> Speaker {
    let mut speaker = speaker.clone();
    if let Some((agreed, disagreed)) = speaker.informant.id.as_ref().and_then(|id| known.get(id)) {
        (speaker.informant.agreed, speaker.informant.disagreed) = (*agreed, *disagreed);
    }
    speaker
}

fn with_track_records(input: &VerificationInput<'_>) -> BTreeMap<RecordId, Speaker> {
    let speakers = input.speakers.iter();
    speakers.map(|(record, speaker)| (record.clone(), with_track_record(speaker, input.track_records))).collect()
}

fn statements_with_track_records(input: &VerificationInput<'_>) -> Vec<Statement> {
    let with =
        |told: &Statement| Statement { speaker: with_track_record(&told.speaker, input.track_records), ..told.clone() };
    input.statements.iter().map(with).collect()
}

/// How often the figures of informants were borne out and overturned in verified rounds: at places where several spoke and
/// nothing is open, whether what they said agrees with the figure that stood.
pub fn track_records<'v>(
    rounds: impl IntoIterator<Item = &'v [VerifiedPlace]>,
    rules: &VerificationRules,
) -> BTreeMap<String, (u32, u32)> {
    let mut known: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let told = |place: &&VerifiedPlace| {
        !place.is_open() && place.sources.len() > 1 && !matches!(place.how, How::Carried { .. })
    };
    for place in rounds.into_iter().flatten().filter(told) {
        let Some(stands) = place.persons else { continue };
        for source in &place.sources {
            let Some(id) = &source.speaker.informant.id else { continue };
            let (agreed, disagreed) = known.entry(id.clone()).or_default();
            let count = if rules.triangulation.agree(source.persons, stands) { agreed } else { disagreed };
            *count += 1;
        }
    }
    known
}

/// The last figure of every place that was not carried.
fn previous_figures<'a>(input: &VerificationInput<'a>) -> BTreeMap<&'a Ssid, Previous> {
    let mut previous: BTreeMap<&Ssid, Previous> = BTreeMap::new();
    for ((round, figures), rounds_old) in input.earlier.iter().zip(1..) {
        let counts = |figure: &&Figure| {
            figure.indicator == IDP_IND && figure.breakdown.is_everyone() && !matches!(figure.how, How::Carried { .. })
        };
        let mut totals: BTreeMap<&Ssid, f64> = BTreeMap::new();
        for figure in figures.iter().filter(counts) {
            *totals.entry(&figure.place).or_default() += figure.value;
        }
        for (place, value) in totals {
            previous.entry(place).or_insert_with(|| Previous { value, round: round.clone(), rounds_old });
        }
    }
    previous
}

/// The figures of a round with the settled totals in them. Figures of other indicators, and of places that are not among
/// the settled, stay as they are. A place that had no figure of displaced persons gets one.
fn with_settled(
    input: &VerificationInput<'_>,
    totals: &BTreeMap<Ssid, Settled>,
    places: &BTreeMap<Ssid, VerifiedPlace>,
    lies_in: &BTreeMap<Ssid, Pcode>,
) -> Vec<Figure> {
    let mut of_place: BTreeMap<&Ssid, Vec<&Figure>> = BTreeMap::new();
    let is_settled = |figure: &&Figure| figure.indicator == IDP_IND && totals.contains_key(&figure.place);
    let (concerned, others): (Vec<&Figure>, Vec<&Figure>) = input.figures.iter().partition(is_settled);
    for figure in concerned {
        of_place.entry(&figure.place).or_default().push(figure);
    }
    let kinds: BTreeMap<&Ssid, PlaceKind> = input.places.iter().map(|place| (&place.ssid, place.kind)).collect();
    let mut made: Vec<Figure> = others.into_iter().cloned().collect();
    for (place, settled) in totals {
        let sources = places.get(place).map_or(&[][..], |place| place.sources.as_slice());
        let rests_on = RestsOn::of(settled, sources);
        match of_place.get(place) {
            Some(figures) => made.extend(resized(figures, settled, &rests_on)),
            None => {
                let of_record = input.figures.iter().find(|figure| figure.place == *place);
                let setting = of_record.and_then(|figure| figure.setting).or_else(|| setting_of(*kinds.get(place)?));
                let Some((area, on)) = lies_in.get(place).zip(rests_on.on) else { continue };
                made.push(Figure {
                    place: place.clone(),
                    area: area.clone(),
                    setting,
                    indicator: IDP_IND.to_owned(),
                    breakdown: Breakdown::default(),
                    value: settled.figure.best.round().max(0.0),
                    how: settled.how.clone(),
                    observed_on: on,
                    records: rests_on.records,
                    range: Some((settled.figure.low.round(), settled.figure.high.round())),
                });
            }
        }
    }
    made
}

fn setting_of(kind: PlaceKind) -> Option<Setting> {
    match kind {
        PlaceKind::Site => Some(Setting::Site),
        PlaceKind::HostCommunity => Some(Setting::HostCommunity),
        PlaceKind::FlowPoint => None,
    }
}

/// What a settled figure rests on.
struct RestsOn {
    records: Vec<RecordId>,
    /// The last day that one of its sources speaks of.
    on: Option<chrono::NaiveDate>,
}

impl RestsOn {
    fn of(settled: &Settled, sources: &[PlaceSource]) -> Self {
        let used = |source: &&PlaceSource| settled.sources.is_empty() || settled.sources.contains(&source.source);
        let records = sources.iter().filter(|source| source.is_record && settled.sources.contains(&source.source));
        Self {
            records: records.filter_map(|source| source.source.parse().ok()).collect(),
            on: sources.iter().filter(used).map(|source| source.on).max(),
        }
    }
}

/// The figures of one place in proportion to a new total: everyone, each sex, each age and each cell by themselves.
fn resized(figures: &[&Figure], settled: &Settled, rests_on: &RestsOn) -> Vec<Figure> {
    let wanted = settled.figure.best.round().max(0.0);
    let whole = |figures: &[&Figure]| figures.iter().map(|figure| figure.whole_count()).sum::<i64>() as f64;
    let mut layers: BTreeMap<(bool, bool), Vec<&Figure>> = BTreeMap::new();
    for figure in figures {
        layers.entry((figure.breakdown.sex.is_some(), figure.breakdown.age.is_some())).or_default().push(figure);
    }
    let before = layers.get(&(false, false)).map_or_else(|| whole(figures), |everyone| whole(everyone));
    let mut made = Vec::with_capacity(figures.len());
    for ((sexes, ages), layer) in layers {
        let weights: Vec<f64> = layer.iter().map(|figure| figure.whole_count() as f64).collect();
        let target = if before > 0.0 { (wanted * whole(&layer) / before).round() } else { wanted };
        let parts = match apportion(target as u64, &weights) {
            Some(parts) => parts,
            // Nothing is known of the parts of a total that was zero: it stands alone, its parts are left out.
            None if sexes || ages => continue,
            None => (0..layer.len()).map(|at| if at == 0 { target as u64 } else { 0 }).collect(),
        };
        let is_carried = matches!(settled.how, How::Carried { .. });
        made.extend(layer.into_iter().zip(parts).map(|(figure, part)| Figure {
            value: part as f64,
            how: settled.how.clone(),
            observed_on: rests_on.on.filter(|_| !is_carried).unwrap_or(figure.observed_on),
            records: if rests_on.records.is_empty() { figure.records.clone() } else { rests_on.records.clone() },
            range: range_of_part(settled, part as f64),
            ..figure.clone()
        }));
    }
    made
}

/// The range of a part: that of the total in the part's proportion.
fn range_of_part(settled: &Settled, part: f64) -> Option<(f64, f64)> {
    let best = settled.figure.best;
    let share = if best > 0.0 { part / best } else { 1.0 };
    Some(((settled.figure.low * share).round(), (settled.figure.high * share).round()))
}

trait WholeCount {
    fn whole_count(&self) -> i64;
}

impl WholeCount for Figure {
    /// The count in whole persons, never below zero.
    fn whole_count(&self) -> i64 {
        (self.value.round() as i64).max(0)
    }
}
