//! One number out of several, with a low and a high.
//!
//! Takes what k sources say of one place; returns the best figure and a range that holds four times in five. People err
//! by proportion, so numbers are combined as logarithms of `x + 1` (an empty place takes part) and brought back. Each
//! source weighs the square of its credibility. The range has two parts:
//!
//! - *within*: every source has a standard error of its own on that scale, .25 at least (a key informant is off by a
//!   quarter), or more where the source itself gives a wider low and high, growing with the square root of the rounds that
//!   the number is old;
//! - *between*: how far the sources lie apart beyond that, τ² by the method of moments (DerSimonian and Laird 1986).
//!
//! With weights wᵢ, errors sᵢ and W = Σwᵢ the variance of the mean is Σwᵢ²sᵢ²/W² + τ²Σwᵢ²/W²; low and high are 1.28 of its
//! roots away. O(k).

use serde::{Deserialize, Serialize};

/// What one source says of a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceFigure {
    /// Who says it: a record, an informant, a partner's list.
    pub source: String,
    /// How many, in the indicator's unit; zero or more.
    pub value: f64,
    /// The source's credibility, 0 to 1.
    pub credibility: f64,
    /// Rounds since it was collected; 0 in this round.
    pub rounds_old: u32,
    /// What the source itself calls low and high, where it does.
    pub range: Option<(f64, f64)>,
}

/// Choices of an operation about ranges.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CombineRules {
    /// The standard error of one source, as a proportion.
    pub floor_sd: f64,
    /// Standard errors from the best figure to the low and the high; 1.28 for four times in five.
    pub z: f64,
    /// Credibility below which a source weighs no less, so that no number is thrown away unseen.
    pub least_credibility: f64,
}

impl Default for CombineRules {
    fn default() -> Self {
        Self { floor_sd: 0.25, z: 1.28, least_credibility: 0.05 }
    }
}

/// A combined figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Combined {
    /// Fewer than this once in ten.
    pub low: f64,
    /// The best figure.
    pub best: f64,
    /// More than this once in ten.
    pub high: f64,
    /// Variance within the sources, on the log scale.
    pub within: f64,
    /// Variance between them, on the log scale; zero where they agree as well as they can.
    pub between: f64,
    /// How many sources took part.
    pub n_sources: u32,
}

/// Combines sources; none without any usable one (a number that is negative or not finite does not take part).
pub fn combine<'s>(sources: impl IntoIterator<Item = &'s SourceFigure>, rules: &CombineRules) -> Option<Combined> {
    let said: Vec<Said> = sources.into_iter().filter_map(|source| Said::of(source, rules)).collect();
    let sum = |part: &dyn Fn(&Said) -> f64| said.iter().map(part).sum::<f64>();
    let weights = sum(&|s| s.weight);
    if said.is_empty() {
        return None;
    }
    let mean = sum(&|s| s.weight * s.log) / weights;
    let tau2 = between_sources(&said);
    let within = sum(&|s| s.weight.powi(2) * s.variance) / weights.powi(2);
    let between = tau2 * sum(&|s| s.weight.powi(2)) / weights.powi(2);
    let reach = rules.z * (within + between).sqrt();
    let back = |log: f64| log.exp_m1().max(0.0);
    Some(Combined {
        low: back(mean - reach),
        best: back(mean),
        high: back(mean + reach),
        within,
        between,
        n_sources: said.len() as u32,
    })
}

struct Said {
    log: f64,
    weight: f64,
    variance: f64,
}

impl Said {
    fn of(source: &SourceFigure, rules: &CombineRules) -> Option<Self> {
        let usable = source.value.is_finite() && source.value >= 0.0;
        let credibility = source.credibility.clamp(rules.least_credibility.max(1e-6), 1.0);
        let own = source.range.filter(|(low, high)| low.is_finite() && high.is_finite() && *low >= 0.0 && high >= low);
        let own = own.map_or(0.0, |(low, high)| (high.ln_1p() - low.ln_1p()) / (2.0 * rules.z.max(1e-6)));
        let sd = rules.floor_sd.max(own).max(1e-6) * f64::from(source.rounds_old.max(1)).sqrt();
        usable.then(|| Self { log: source.value.ln_1p(), weight: credibility.powi(2), variance: sd.powi(2) })
    }
}

/// τ² of DerSimonian and Laird: with vᵢ = 1/sᵢ², Q = Σvᵢ(yᵢ − ȳ)² and k sources,
/// max(0, (Q − (k − 1)) / (Σvᵢ − Σvᵢ²/Σvᵢ)).
fn between_sources(said: &[Said]) -> f64 {
    let precisions: Vec<f64> = said.iter().map(|s| 1.0 / s.variance).collect();
    let sum: f64 = precisions.iter().sum();
    let mean = said.iter().zip(&precisions).map(|(s, v)| v * s.log).sum::<f64>() / sum;
    let q: f64 = said.iter().zip(&precisions).map(|(s, v)| v * (s.log - mean).powi(2)).sum();
    let scale = sum - precisions.iter().map(|v| v * v).sum::<f64>() / sum;
    if scale <= 0.0 {
        return 0.0;
    }
    ((q - (said.len() as f64 - 1.0)) / scale).max(0.0)
}
