//! What was done to a place or an area, as its page tells it; the newest change is taken back from here by who made it.

use crate::http::office::App;
use crate::http::office::clock::{Clock, Moment};
use crate::http::office::submissions::Names;
use crate::http::problem::Problem;
use dtm_model::{Instant, Operation};
use dtm_publish::words::Words;

/// How many states a page shows.
pub(super) const SHOWN: usize = 50;

/// A state of a place or an area, by what it was otherwise than before.
pub(super) struct Step {
    pub(super) what: Vec<String>,
    pub(super) why: String,
    pub(super) by: String,
    pub(super) at: Instant,
    /// Whether it is known no more from then on.
    pub(super) is_gone: bool,
}

/// A state as the page tells it.
pub(super) struct Past {
    pub(super) when: Moment,
    pub(super) who: String,
    pub(super) what: Vec<String>,
    pub(super) why: String,
    /// The change, where the reader can take it back.
    pub(super) undo: String,
}

/// States, newest first, as the page tells them to `reader`.
pub(super) async fn told(
    app: &App,
    w: &'static Words,
    operation: &Operation,
    reader: &str,
    states: Vec<Step>,
) -> Result<Vec<Past>, Problem> {
    let (clock, mut names) = (Clock::of(w, operation), Names::new(app));
    let mut history = Vec::new();
    for (at, state) in states.into_iter().take(SHOWN).enumerate() {
        let is_known = state.at.as_millis() > 0;
        let is_own = at == 0 && is_known && !state.is_gone && state.by == reader;
        history.push(Past {
            when: if is_known { clock.moment(state.at) } else { Moment::default() },
            who: if state.by.is_empty() { String::new() } else { names.of(&state.by).await? },
            what: state.what,
            why: state.why,
            undo: if is_own { state.at.as_millis().to_string() } else { String::new() },
        });
    }
    Ok(history)
}
