//! Roles, and what each may do: the one table of it.

use super::Verb;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What somebody is trusted with. The words are those of ODK Central on the wire; `reviewer` is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Everything, people and keys included.
    #[serde(rename = "admin")]
    Admin,
    /// Runs an operation: its forms, rounds, phones, people and releases.
    #[serde(rename = "manager")]
    Manager,
    /// Reads, resolves findings and corrects.
    #[serde(rename = "reviewer")]
    Reviewer,
    /// Reads.
    #[serde(rename = "viewer")]
    Viewer,
    /// A data collector who signs in: fills forms and sees what they sent themselves.
    #[serde(rename = "formfill")]
    Collector,
    /// A phone with a key: fills forms.
    #[serde(rename = "app-user")]
    AppUser,
    /// Whoever holds a public link: fills the form it leads to.
    #[serde(rename = "pub-link")]
    PublicLink,
    /// Whoever holds a one-time link: sets the password it was made for.
    #[serde(rename = "pwreset")]
    PasswordReset,
}

/// What a viewer may do; those above may do it as well.
const VIEW: &[Verb] = &[
    Verb::ProjectRead,
    Verb::FormList,
    Verb::FormRead,
    Verb::SubmissionList,
    Verb::SubmissionRead,
    Verb::DatasetList,
    Verb::DatasetRead,
    Verb::EntityList,
    Verb::EntityRead,
    Verb::RoundRead,
];
/// What a reviewer may do besides.
const REVIEW: &[Verb] = &[Verb::SubmissionReview];
/// What a manager may do besides.
const MANAGE: &[Verb] = &[
    Verb::ProjectUpdate,
    Verb::FormCreate,
    Verb::FormUpdate,
    Verb::FormDelete,
    Verb::FormRestore,
    Verb::SubmissionCreate,
    Verb::SubmissionUpdate,
    Verb::SubmissionDelete,
    Verb::SubmissionRestore,
    Verb::SubmissionUnlock,
    Verb::DatasetCreate,
    Verb::DatasetUpdate,
    Verb::DatasetDelete,
    Verb::EntityCreate,
    Verb::EntityUpdate,
    Verb::EntityDelete,
    Verb::EntityRestore,
    Verb::FieldKeyCreate,
    Verb::FieldKeyList,
    Verb::FieldKeyDelete,
    Verb::PublicLinkCreate,
    Verb::PublicLinkList,
    Verb::PublicLinkDelete,
    Verb::AssignmentCreate,
    Verb::AssignmentList,
    Verb::AssignmentDelete,
    Verb::RoundUpdate,
    Verb::RoundSign,
    Verb::ReleaseCreate,
];
/// What a data collector may do. Of submissions they reach their own alone.
const COLLECT: &[Verb] = &[
    Verb::ProjectRead,
    Verb::FormList,
    Verb::FormRead,
    Verb::SubmissionCreate,
    Verb::SubmissionList,
    Verb::SubmissionRead,
];
/// What phones and public links may do.
const FILL: &[Verb] = &[Verb::FormList, Verb::FormRead, Verb::SubmissionCreate];

impl Role {
    /// Every role, the one that may most first.
    pub const ALL: [Role; 8] = [
        Role::Admin,
        Role::Manager,
        Role::Reviewer,
        Role::Viewer,
        Role::Collector,
        Role::AppUser,
        Role::PublicLink,
        Role::PasswordReset,
    ];

    /// The roles that people are given, the one that may most first.
    pub const OF_PEOPLE: [Role; 5] = [Role::Admin, Role::Manager, Role::Reviewer, Role::Viewer, Role::Collector];

    /// Whether this role may do this at all. Whatever is not listed is refused.
    pub fn may(self, verb: Verb) -> bool {
        let listed: &[&[Verb]] = match self {
            Role::Admin => &[Verb::ALL],
            Role::Manager => &[VIEW, REVIEW, MANAGE],
            Role::Reviewer => &[VIEW, REVIEW],
            Role::Viewer => &[VIEW],
            Role::Collector => &[COLLECT],
            Role::AppUser | Role::PublicLink => &[FILL],
            Role::PasswordReset => &[],
        };
        listed.iter().any(|part| part.contains(&verb))
    }

    /// Everything this role may do, in the order of [`Verb::ALL`].
    pub fn verbs(self) -> impl Iterator<Item = Verb> {
        Verb::ALL.iter().copied().filter(move |verb| self.may(*verb))
    }

    /// The word used on the wire and in files.
    pub fn code(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Manager => "manager",
            Role::Reviewer => "reviewer",
            Role::Viewer => "viewer",
            Role::Collector => "formfill",
            Role::AppUser => "app-user",
            Role::PublicLink => "pub-link",
            Role::PasswordReset => "pwreset",
        }
    }

    /// The number that clients of ODK Central know it by (2 is the app user).
    pub fn number(self) -> i64 {
        match self {
            Role::Admin => 1,
            Role::AppUser => 2,
            Role::PasswordReset => 3,
            Role::Manager => 5,
            Role::Collector => 6,
            Role::Viewer => 7,
            Role::PublicLink => 8,
            Role::Reviewer => 100,
        }
    }

    /// The role of this word or number.
    pub fn from_code(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == code || role.number().to_string() == code)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
