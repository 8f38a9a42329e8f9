//! What somebody may be allowed to do: acts, roles, and grants of a role somewhere.
//!
//! Everything is refused unless a grant allows it. [`Role::may`] is the one table of roles and acts; [`Grant::sight`]
//! decides for one grant, and a person may do what any of their grants allows.

mod grant;
mod role;

pub use grant::{Grant, Held, On, Sees, Sight};
pub use role::Role;

/// One kind of act, under the name that ODK Central's `verbs` give it; those Central has no word for are ours.
macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// One kind of act. Its code is the one that ODK Central's `verbs` use, where Central has the act.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb {
            $($(#[$doc])* $name,)*
        }

        impl Verb {
            /// Every verb.
            pub const ALL: &'static [Verb] = &[$(Verb::$name,)*];

            /// The word used on the wire and in files.
            pub fn code(self) -> &'static str {
                match self {
                    $(Verb::$name => $code,)*
                }
            }

            /// The act of this word.
            pub fn from_code(code: &str) -> Option<Verb> {
                Verb::ALL.iter().copied().find(|verb| verb.code() == code)
            }
        }
    };
}

verbs! {
    /// Makes a project (an operation).
    ProjectCreate = "project.create",
    /// Sees a project.
    ProjectRead = "project.read",
    /// Renames or archives a project, sets its key.
    ProjectUpdate = "project.update",
    /// Deletes a project.
    ProjectDelete = "project.delete",
    /// Adds a form.
    FormCreate = "form.create",
    /// Reads a form's definition.
    FormRead = "form.read",
    /// Sees that a form exists.
    FormList = "form.list",
    /// Changes a form: drafts, publishing, state, files, mapping.
    FormUpdate = "form.update",
    /// Deletes a form.
    FormDelete = "form.delete",
    /// Takes a form back from the trash.
    FormRestore = "form.restore",
    /// Sends a submission.
    SubmissionCreate = "submission.create",
    /// Reads submissions and their files.
    SubmissionRead = "submission.read",
    /// Lists submissions.
    SubmissionList = "submission.list",
    /// Edits answers, adds files.
    SubmissionUpdate = "submission.update",
    /// Sets a review state, comments, resolves findings, corrects.
    SubmissionReview = "submission.review",
    /// Deletes a submission.
    SubmissionDelete = "submission.delete",
    /// Takes a submission back from the trash.
    SubmissionRestore = "submission.restore",
    /// Unlocks encrypted answers for a session.
    SubmissionUnlock = "submission.unlock",
    /// Makes an entity list.
    DatasetCreate = "dataset.create",
    /// Reads what an entity list is.
    DatasetRead = "dataset.read",
    /// Sees that an entity list exists.
    DatasetList = "dataset.list",
    /// Changes an entity list: properties, approval, access.
    DatasetUpdate = "dataset.update",
    /// Deletes an entity list.
    DatasetDelete = "dataset.delete",
    /// Adds an entity.
    EntityCreate = "entity.create",
    /// Reads entities.
    EntityRead = "entity.read",
    /// Lists entities.
    EntityList = "entity.list",
    /// Changes an entity.
    EntityUpdate = "entity.update",
    /// Deletes an entity.
    EntityDelete = "entity.delete",
    /// Takes an entity back from the trash.
    EntityRestore = "entity.restore",
    /// Makes the access of a phone.
    FieldKeyCreate = "field_key.create",
    /// Lists the access of phones.
    FieldKeyList = "field_key.list",
    /// Withdraws the access of a phone.
    FieldKeyDelete = "field_key.delete",
    /// Makes a public link.
    PublicLinkCreate = "public_link.create",
    /// Lists public links.
    PublicLinkList = "public_link.list",
    /// Withdraws a public link.
    PublicLinkDelete = "public_link.delete",
    /// Adds a person.
    UserCreate = "user.create",
    /// Lists people.
    UserList = "user.list",
    /// Reads one person.
    UserRead = "user.read",
    /// Changes a person.
    UserUpdate = "user.update",
    /// Removes a person.
    UserDelete = "user.delete",
    /// Gives a role to somebody.
    AssignmentCreate = "assignment.create",
    /// Sees who has which role.
    AssignmentList = "assignment.list",
    /// Takes a role from somebody.
    AssignmentDelete = "assignment.delete",
    /// Reads the audit log.
    AuditRead = "audit.read",
    /// Reads the settings of the server.
    ConfigRead = "config.read",
    /// Changes the settings of the server.
    ConfigSet = "config.set",
    /// Sees what the server counts about itself.
    AnalyticsRead = "analytics.read",
    /// Sees the messages to the outside, and to whom they go.
    OutboxRead = "outbox.read",
    /// Has messages sent again, or dropped.
    OutboxUpdate = "outbox.update",
    /// Sees rounds, their progress and figures before release.
    RoundRead = "round.read",
    /// Opens, settles and clears rounds.
    RoundUpdate = "round.update",
    /// Signs for the figures of areas.
    RoundSign = "round.sign",
    /// Releases figures.
    ReleaseCreate = "release.create",
}
