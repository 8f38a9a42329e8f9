//! Which answers may stand as examples where questions are looked at, not people.
//!
//! Only those who see every answer of a form are shown any. What an officer, the mapping or the dictionary calls secret or
//! restricted is about persons or says where exactly they are, and shown to nobody here. Of what nobody classified, only
//! what tells nobody apart is shown: answers that several records share, small numbers, days; never which phone sent it.

use super::scope::{Because, Classes, Origin};
use super::viewer::{Verb, Viewer};
use super::{App, Problem};
use crate::journey::mapping::Mapped;
use dtm_model::Dissemination;

/// So many records must share an answer that nobody classified.
const SHARED_BY: usize = 3;
/// From here on a number may be a telephone's or a document's.
const SMALL: f64 = 100_000.0;
/// What phones say about themselves.
const SENDER: [&str; 7] = ["deviceid", "subscriberid", "simserial", "phonenumber", "username", "email", "instanceName"];
/// More digits behind the point may be a precise position.
const DECIMALS: usize = 2;

/// What of a form's answers may be shown as examples.
pub(crate) enum Samples {
    /// This reader sees a part of the answers only.
    Nothing,
    /// What the classes of the questions allow.
    Classified(Classes),
    /// Who asks has the database at hand.
    Everything,
}

impl Samples {
    pub(crate) async fn of(app: &App, viewer: &Viewer, mapped: &Mapped) -> Result<Self, Problem> {
        let Mapped { operation, exercise, key, form } = mapped;
        let verb = Verb::SubmissionList;
        let scope = match form {
            Some(form) => viewer.scope(app, verb, form).await,
            None => viewer.scope_of_tables(app, verb, operation, exercise).await,
        };
        if !scope.is_ok_and(|scope| scope.is_whole()) {
            return Ok(Self::Nothing);
        }
        let origin = Origin { operation, exercise, form_key: key, form: form.as_ref().map(|form| &form.id) };
        Ok(Self::Classified(Classes::of_form(app, &origin).await?))
    }

    /// Whether this reader is shown examples at all.
    pub(crate) fn are_shown(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// Whether a question is about persons, or says more than a page about questions may.
    pub(crate) fn is_personal(&self, path: &str) -> bool {
        match self {
            Self::Nothing => true,
            Self::Everything => false,
            Self::Classified(classes) => {
                let (class, because) = classes.why(path);
                class > Dissemination::Confidential && because != Because::Nothing
            }
        }
    }

    /// Whether this answer, given in so many records, may be shown.
    pub(crate) fn shows(&self, path: &str, answer: &str, n: usize) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Classified(classes) => {
                let is_known = classes.why(path).1 != Because::Nothing;
                let name = path.rsplit('/').next().unwrap_or(path);
                let is_open = is_known || (tells_nobody_apart(answer, n) && !SENDER.contains(&name));
                !self.is_personal(path) && is_open
            }
        }
    }
}

fn tells_nobody_apart(answer: &str, n: usize) -> bool {
    let decimals = answer.trim().split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let is_small = answer.trim().parse::<f64>().is_ok_and(|number| number.abs() < SMALL) && decimals <= DECIMALS;
    let is_day = answer.get(..10).is_some_and(|day| day.parse::<chrono::NaiveDate>().is_ok());
    n >= SHARED_BY || is_small || is_day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_nobody_classified_only_what_tells_nobody_apart_is_shown() {
        for (answer, n) in [("Site spontané", 3), ("420", 1), ("2023-02-14", 1), ("-2.25", 1)] {
            assert!(tells_nobody_apart(answer, n), "{answer}");
        }
        for (answer, n) in [("Jean Baptiste", 2), ("50934123456", 1), ("+509 3412 3456", 1), ("18.54213", 1), ("", 1)] {
            assert!(!tells_nobody_apart(answer, n), "{answer}");
        }
    }
}
