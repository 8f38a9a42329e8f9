//! What somebody was given: a role, where it holds, and what it is narrowed to.

use super::{Role, Verb};
use crate::{Dissemination, FormId, GrantId, Instant, OperationId, Pcode};
use serde::{Deserialize, Serialize};

/// What an act would touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On<'a> {
    /// Everything on this server.
    Site,
    /// An operation and all in it.
    Project(&'a OperationId),
    /// One form of an operation.
    Form(&'a OperationId, &'a FormId),
}

/// Where a role holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Held {
    /// On everything of this server.
    Site,
    /// In one operation.
    Project(OperationId),
    /// On one form of an operation.
    Form(OperationId, FormId),
}

impl Held {
    /// The same place as an act would name it.
    pub fn on(&self) -> On<'_> {
        match self {
            Held::Site => On::Site,
            Held::Project(operation) => On::Project(operation),
            Held::Form(operation, form) => On::Form(operation, form),
        }
    }
}

/// The answers a role sees: up to this dissemination class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sees {
    /// None: forms, rounds and figures, but not a single record.
    Nothing,
    /// What anybody may know.
    Public,
    /// And what stays within the response.
    Confidential,
    /// And what stays within the organisation.
    Restricted,
    /// Everything.
    Secret,
}

impl Sees {
    /// Every ceiling, the lowest first.
    pub const ALL: [Sees; 5] = [Sees::Nothing, Sees::Public, Sees::Confidential, Sees::Restricted, Sees::Secret];

    /// Whether an answer of this class is below the ceiling.
    pub fn covers(self, class: Dissemination) -> bool {
        self >= match class {
            Dissemination::Public => Sees::Public,
            Dissemination::Confidential => Sees::Confidential,
            Dissemination::Restricted => Sees::Restricted,
            Dissemination::Secret => Sees::Secret,
        }
    }

    /// The word used in forms and files.
    pub fn code(self) -> &'static str {
        match self {
            Sees::Nothing => "nothing",
            Sees::Public => "public",
            Sees::Confidential => "confidential",
            Sees::Restricted => "restricted",
            Sees::Secret => "secret",
        }
    }

    /// The ceiling of this word.
    pub fn from_code(code: &str) -> Option<Sees> {
        Sees::ALL.into_iter().find(|sees| sees.code() == code)
    }
}

/// A role given to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The id of the person, phone or public link it was given to.
    pub actor: String,
    /// What they are trusted with.
    pub role: Role,
    /// Where.
    pub held: Held,
    /// The areas it is narrowed to, each with all below it; empty for everywhere.
    pub areas: Vec<Pcode>,
    /// The answers it shows.
    pub sees: Sees,
    /// When it was given.
    pub given_at: Instant,
}

/// The rows and answers that one grant shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Only in these areas and below; empty for everywhere.
    pub areas: Vec<Pcode>,
    /// Answers up to this class.
    pub sees: Sees,
    /// Only what they sent themselves.
    pub own_only: bool,
}

impl Sight {
    /// Whether nothing is kept from it.
    pub fn is_whole(&self) -> bool {
        self.areas.is_empty() && self.sees == Sees::Secret && !self.own_only
    }
}

impl Verb {
    /// Whether the act reaches rows about people, so that a narrowed role does it to some of them only.
    pub fn is_about_rows(self) -> bool {
        use Verb::*;
        matches!(
            self,
            SubmissionRead
                | SubmissionList
                | SubmissionUpdate
                | SubmissionReview
                | SubmissionDelete
                | SubmissionRestore
                | EntityCreate
                | EntityRead
                | EntityList
                | EntityUpdate
                | EntityDelete
                | EntityRestore
                | RoundSign
        )
    }

    /// Whether the act changes nothing.
    pub fn only_reads(self) -> bool {
        self.code().ends_with(".read") || self.code().ends_with(".list")
    }

    /// Whether a narrowed role may do it as if it were not narrowed: nothing in it is about single people.
    fn is_harmless(self) -> bool {
        use Verb::*;
        matches!(self, ProjectRead | FormList | FormRead | DatasetList | DatasetRead | RoundRead | SubmissionCreate)
    }
}

impl Grant {
    /// Whether a role may be given at such a place: phones and links in an operation only, administrators everywhere.
    pub fn is_sound(&self) -> bool {
        match self.role {
            Role::Admin => self.held == Held::Site && self.areas.is_empty() && self.sees == Sees::Secret,
            Role::AppUser | Role::PublicLink => self.held != Held::Site && self.areas.is_empty(),
            Role::PasswordReset => false,
            _ => true,
        }
    }

    /// Whether the role holds where the act would be done. A form makes its operation visible, and no more.
    fn reaches(&self, verb: Verb, on: On<'_>) -> bool {
        match (&self.held, on) {
            (Held::Site, _) => true,
            (Held::Project(held), On::Project(operation) | On::Form(operation, _)) => held == operation,
            (Held::Form(_, held), On::Form(_, form)) => held == form,
            (Held::Form(held, _), On::Project(operation)) => verb == Verb::ProjectRead && held == operation,
            (Held::Project(_) | Held::Form(..), On::Site) => false,
        }
    }

    /// What of the rows there this grant shows to do this with; none if it does not allow the act.
    pub fn sight(&self, verb: Verb, on: On<'_>) -> Option<Sight> {
        if !self.role.may(verb) || !self.reaches(verb, on) {
            return None;
        }
        let sight = Sight { areas: self.areas.clone(), sees: self.sees, own_only: self.role == Role::Collector };
        let is_enough = match verb {
            _ if verb.is_about_rows() => sight.sees != Sees::Nothing,
            _ if verb.is_harmless() => true,
            // What touches a whole operation is not for those who know a part of it.
            _ => sight.is_whole(),
        };
        is_enough.then_some(sight)
    }

    /// Whether it allows the act without any limit that would have to be looked at.
    pub fn allows(&self, verb: Verb, on: On<'_>) -> bool {
        self.sight(verb, on).is_some_and(|sight| !verb.is_about_rows() || sight.is_whole())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(n: u8) -> OperationId {
        OperationId::new(Instant::from_millis(0), [n; 10])
    }

    fn form(n: u8) -> FormId {
        FormId::new(Instant::from_millis(0), [n; 10])
    }

    fn grant(role: Role, held: Held) -> Grant {
        let id = GrantId::new(Instant::from_millis(0), [0; 10]);
        let given_at = Instant::from_millis(0);
        Grant { id, actor: String::new(), role, held, areas: Vec::new(), sees: Sees::Secret, given_at }
    }

    #[test]
    fn a_role_in_one_operation_is_nothing_in_another() {
        let manager = grant(Role::Manager, Held::Project(operation(1)));
        for verb in Verb::ALL {
            assert_eq!(manager.allows(*verb, On::Project(&operation(1))), Role::Manager.may(*verb), "{verb:?}");
            assert!(!manager.allows(*verb, On::Project(&operation(2))), "{verb:?}");
            assert!(!manager.allows(*verb, On::Form(&operation(2), &form(1))), "{verb:?}");
            assert!(!manager.allows(*verb, On::Site), "{verb:?}");
        }
    }

    #[test]
    fn a_role_on_a_form_shows_its_operation_and_no_other_form() {
        let viewer = grant(Role::Viewer, Held::Form(operation(1), form(1)));
        assert!(viewer.allows(Verb::ProjectRead, On::Project(&operation(1))));
        assert!(viewer.allows(Verb::SubmissionList, On::Form(&operation(1), &form(1))));
        for verb in Verb::ALL.iter().filter(|verb| **verb != Verb::ProjectRead) {
            assert!(!viewer.allows(*verb, On::Project(&operation(1))), "{verb:?}");
        }
        assert!(!viewer.allows(Verb::FormRead, On::Form(&operation(1), &form(2))));
    }

    #[test]
    fn a_narrowed_manager_reviews_some_rows_and_runs_no_operation() {
        let part = Grant { areas: vec![Pcode::from("XS01")], ..grant(Role::Manager, Held::Site) };
        let here = On::Project(&operation(1));
        assert!(part.allows(Verb::RoundRead, here) && part.allows(Verb::FormRead, here));
        assert!(!part.allows(Verb::SubmissionList, here), "who lists must look at the limit");
        for verb in [Verb::SubmissionList, Verb::RoundSign] {
            assert_eq!(part.sight(verb, here).unwrap().areas, [Pcode::from("XS01")], "{verb:?}");
        }
        for verb in [Verb::ReleaseCreate, Verb::RoundUpdate, Verb::FormUpdate, Verb::AssignmentCreate, Verb::UserList] {
            assert!(part.sight(verb, here).is_none(), "{verb:?}");
        }
    }

    #[test]
    fn a_viewer_who_sees_no_answers_reaches_no_rows_at_all() {
        let blind = Grant { sees: Sees::Nothing, ..grant(Role::Viewer, Held::Site) };
        for verb in Verb::ALL.iter().filter(|verb| verb.is_about_rows()) {
            assert!(blind.sight(*verb, On::Site).is_none(), "{verb:?}");
        }
        assert!(blind.allows(Verb::RoundRead, On::Site));
    }

    #[test]
    fn a_data_collector_reaches_their_own_rows_alone() {
        let collector = grant(Role::Collector, Held::Project(operation(1)));
        let sight = collector.sight(Verb::SubmissionRead, On::Form(&operation(1), &form(1))).unwrap();
        assert!(sight.own_only && !sight.is_whole());
        assert!(!collector.allows(Verb::SubmissionRead, On::Project(&operation(1))));
        assert!(collector.allows(Verb::SubmissionCreate, On::Form(&operation(1), &form(1))));
    }

    #[test]
    fn an_answer_is_seen_up_to_the_class_of_the_ceiling() {
        use Dissemination::*;
        for sees in Sees::ALL {
            let seen = [Public, Confidential, Restricted, Secret].iter().filter(|class| sees.covers(**class)).count();
            assert_eq!(seen, Sees::ALL.iter().position(|one| *one == sees).unwrap());
        }
    }

    #[test]
    fn only_an_unlimited_administrator_of_everything_is_one() {
        assert!(grant(Role::Admin, Held::Site).is_sound());
        assert!(!grant(Role::Admin, Held::Project(operation(1))).is_sound());
        assert!(!Grant { areas: vec![Pcode::from("XS01")], ..grant(Role::Admin, Held::Site) }.is_sound());
        assert!(!grant(Role::AppUser, Held::Site).is_sound());
        assert!(grant(Role::AppUser, Held::Form(operation(1), form(1))).is_sound());
    }
}
