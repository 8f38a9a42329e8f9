//! Do the sources agree, and which figure stands?
//!
//! Takes what sources of this round say of a place, in the order they were heard, and the last verified figure; returns
//! the figure that stands, how it was reached and why, and whom to call back. Rules:
//!
//! - Two sources disagree where they lie more than 30 % of the larger *and* more than 50 persons apart.
//! - One source: its number is *reported*. Several that agree: *triangulated*, combined by credibility.
//! - Two that disagree: both are called back. Until a third is heard the verified figure of before is kept, *carried* and
//!   flagged; without one the combined number stands as *estimated*, with its wide range, flagged.
//! - The source heard last decides from the third on: those that agree with it are combined, the others set aside.
//! - Nobody agrees with the last: the verified figure of before is kept with the flag, as with two.
//! - Nothing heard: the figure of before is carried, its range growing with its age.

use super::{CombineRules, Combined, SourceFigure, combine};
use dtm_model::{How, Lang, RoundLabel};
use serde::{Deserialize, Serialize};

/// Choices of an operation about agreement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TriangulationRules {
    /// Sources farther apart than this share of the larger disagree…
    pub share_apart: f64,
    /// …where they are also more than so many persons apart.
    pub persons_apart: f64,
    /// How numbers are combined.
    pub combine: CombineRules,
}

impl Default for TriangulationRules {
    fn default() -> Self {
        Self { share_apart: 0.30, persons_apart: 50.0, combine: CombineRules::default() }
    }
}

/// The last verified figure of a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Previous {
    /// The figure.
    pub value: f64,
    /// The round it was collected in.
    pub round: RoundLabel,
    /// Rounds since then; 1 for the round just before.
    pub rounds_old: u32,
}

/// Why a figure stands as it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// One source spoke.
    OneSource,
    /// Several spoke and agree.
    SourcesAgree {
        /// How many.
        n: u32,
    },
    /// Sources disagreed, and the last one heard decided.
    LastSourceDecided {
        /// How many agree with it, itself included.
        n: u32,
        /// How many were set aside.
        set_aside: u32,
    },
    /// Sources disagree; the verified figure of before is kept until they are settled.
    DisputedKeptPrevious,
    /// Sources disagree and nothing was known before; the number is their middle.
    DisputedNothingBefore,
    /// Nobody was heard; the figure of before is carried.
    NobodyHeard,
    /// Several records were sent and nothing tells that they are of several sources: the latest speaks.
    LatestRecord {
        /// How many it took the place of.
        replaced: u32,
    },
    /// An officer took the word of one source.
    OfficerTook,
    /// An officer took what the sources say together.
    OfficerCombined {
        /// How many.
        n: u32,
    },
    /// An officer entered a figure.
    OfficerEntered {
        /// Why.
        why: String,
    },
    /// Only households were counted; persons are households times the average household.
    HouseholdsTimesSize,
}

impl Reason {
    /// Says the reason, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::OneSource, Lang::En) => "One source".into(),
            (Self::OneSource, Lang::Fr) => "Une seule source".into(),
            (Self::SourcesAgree { n }, Lang::En) => format!("{n} sources agree"),
            (Self::SourcesAgree { n }, Lang::Fr) => format!("{n} sources concordent"),
            (Self::LastSourceDecided { n, set_aside }, Lang::En) => {
                format!("Sources disagreed; the last one heard decided: {n} agree, {set_aside} set aside")
            }
            (Self::LastSourceDecided { n, set_aside }, Lang::Fr) => format!(
                "Les sources divergeaient ; la dernière entendue a tranché : concordantes {n}, écartées {set_aside}"
            ),
            (Self::DisputedKeptPrevious, Lang::En) => {
                "Sources disagree; the last verified figure is kept until they are called back".into()
            }
            (Self::DisputedKeptPrevious, Lang::Fr) => {
                "Les sources divergent ; le dernier chiffre vérifié est gardé en attendant leur rappel".into()
            }
            (Self::DisputedNothingBefore, Lang::En) => {
                "Sources disagree and no figure was verified before; their middle stands until they are called back"
                    .into()
            }
            (Self::DisputedNothingBefore, Lang::Fr) => "Les sources divergent et aucun chiffre n’a été vérifié \
                auparavant ; leur milieu vaut en attendant leur rappel"
                .into(),
            (Self::LatestRecord { replaced }, Lang::En) => {
                format!("The latest record speaks for the place; earlier ones replaced: {replaced}")
            }
            (Self::LatestRecord { replaced }, Lang::Fr) => {
                format!("Le dernier enregistrement vaut pour le lieu ; remplacés : {replaced}")
            }
            (Self::OfficerTook, Lang::En) => "An officer took the word of one source".into(),
            (Self::OfficerTook, Lang::Fr) => "Un responsable a retenu la parole d’une source".into(),
            (Self::OfficerCombined { n }, Lang::En) => format!("An officer took what {n} sources say together"),
            (Self::OfficerCombined { n }, Lang::Fr) => {
                format!("Un responsable a retenu ce que disent ensemble {n} sources")
            }
            (Self::OfficerEntered { why }, Lang::En) => format!("An officer entered the figure: {why}"),
            (Self::OfficerEntered { why }, Lang::Fr) => format!("Un responsable a saisi le chiffre : {why}"),
            (Self::HouseholdsTimesSize, Lang::En) => {
                "Only households were counted; persons are households times the average household".into()
            }
            (Self::HouseholdsTimesSize, Lang::Fr) => "Seuls les ménages ont été comptés ; les personnes sont les \
                ménages multipliés par le ménage moyen"
                .into(),
            (Self::NobodyHeard, Lang::En) => "Nobody could be heard; the last figure is carried".into(),
            (Self::NobodyHeard, Lang::Fr) => "Personne n’a pu être entendu ; le dernier chiffre est reporté".into(),
        }
    }
}

/// Whom to call back, and about what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallBack {
    /// The source that says least.
    pub lowest: String,
    /// The source that says most.
    pub highest: String,
    /// What the one says…
    pub least: f64,
    /// …and the other.
    pub most: f64,
    /// How many lie between them.
    pub apart: f64,
    /// The same as a share of the larger, 0 to 1.
    pub share_apart: f64,
}

/// The figure that stands for a place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settled {
    /// How it was reached.
    pub how: How,
    /// Why.
    pub reason: Reason,
    /// The figure and its range.
    pub figure: Combined,
    /// The sources it rests on, in the order given; empty where it is carried.
    pub sources: Vec<String>,
    /// Whom to call back; none where the matter is settled.
    pub call_back: Option<CallBack>,
}

/// Settles what the sources say. None where nothing is known: no source and nothing before.
pub fn triangulate(
    sources: &[SourceFigure],
    previous: Option<&Previous>,
    rules: &TriangulationRules,
) -> Option<Settled> {
    let heard: Vec<&SourceFigure> =
        sources.iter().filter(|source| source.value.is_finite() && source.value >= 0.0).collect();
    let (Some(call_back), Some(last)) = (apart(sources), heard.last().copied()) else {
        return carried(previous?, Reason::NobodyHeard, None, rules);
    };
    if rules.agree(call_back.least, call_back.most) {
        let n = heard.len() as u32;
        let (how, reason) =
            if n == 1 { (How::Reported, Reason::OneSource) } else { (How::Triangulated, Reason::SourcesAgree { n }) };
        return settled(how, reason, &heard, None, rules);
    }
    let with_last: Vec<&SourceFigure> =
        heard.iter().copied().filter(|source| rules.agree(source.value, last.value)).collect();
    if heard.len() >= 3 && with_last.len() >= 2 {
        let (n, set_aside) = (with_last.len() as u32, (heard.len() - with_last.len()) as u32);
        return settled(How::Triangulated, Reason::LastSourceDecided { n, set_aside }, &with_last, None, rules);
    }
    match previous {
        Some(previous) => carried(previous, Reason::DisputedKeptPrevious, Some(call_back), rules),
        None => settled(How::Estimated, Reason::DisputedNothingBefore, &heard, Some(call_back), rules),
    }
}

/// How far the sources lie apart: who says least, and who says most. None where nobody says a number.
pub(super) fn apart(sources: &[SourceFigure]) -> Option<CallBack> {
    let heard = || sources.iter().filter(|source| source.value.is_finite() && source.value >= 0.0);
    let lowest = heard().min_by(|a, b| a.value.total_cmp(&b.value))?;
    let highest = heard().max_by(|a, b| a.value.total_cmp(&b.value))?;
    let apart = highest.value - lowest.value;
    Some(CallBack {
        lowest: lowest.source.clone(),
        highest: highest.source.clone(),
        least: lowest.value,
        most: highest.value,
        apart,
        share_apart: if highest.value > 0.0 { apart / highest.value } else { 0.0 },
    })
}

impl TriangulationRules {
    /// Whether two numbers agree.
    pub fn agree(&self, a: f64, b: f64) -> bool {
        let apart = (a - b).abs();
        apart <= self.persons_apart || apart <= self.share_apart * a.max(b)
    }
}

pub(super) fn settled(
    how: How,
    reason: Reason,
    sources: &[&SourceFigure],
    call_back: Option<CallBack>,
    rules: &TriangulationRules,
) -> Option<Settled> {
    let figure = combine(sources.iter().copied(), &rules.combine)?;
    let sources = sources.iter().map(|source| source.source.clone()).collect();
    Some(Settled { how, reason, figure, sources, call_back })
}

fn carried(
    previous: &Previous,
    reason: Reason,
    call_back: Option<CallBack>,
    rules: &TriangulationRules,
) -> Option<Settled> {
    let known = SourceFigure {
        source: previous.round.to_string(),
        value: previous.value,
        credibility: 1.0,
        rounds_old: previous.rounds_old,
        range: None,
    };
    let figure = combine([&known], &rules.combine)?;
    let how = How::Carried { from: previous.round.clone() };
    Some(Settled { how, reason, figure, sources: Vec::new(), call_back })
}
