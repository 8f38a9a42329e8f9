//! What a round expects: which places are to be visited, by whom and until when, and why one was not.

use crate::{AppUserId, Instant, OperationId, RoundId, Ssid, TeamId, TeamMessageId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Enumerators who go out together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// The operation it works for.
    pub operation: OperationId,
    /// Its name, such as «North 2».
    pub name: String,
    /// The accesses that its phones use.
    pub phones: Vec<AppUserId>,
    /// Mail addresses at which its people read what is written to it; may be empty.
    pub addresses: Vec<String>,
}

/// Something an officer wrote to a team, or to all of them, about a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TeamMessage {
    /// Its id.
    pub id: TeamMessageId,
    /// The round.
    pub round: RoundId,
    /// The team; none for all.
    pub team: Option<TeamId>,
    /// What it says.
    pub text: String,
    /// Who wrote it, as audit entries name them.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Who withdrew it, and when.
    pub withdrawn: Option<(String, Instant)>,
}

impl TeamMessage {
    /// Whether it stands and is for this team.
    pub fn is_for(&self, team: &TeamId) -> bool {
        self.withdrawn.is_none() && self.team.as_ref().is_none_or(|only| only == team)
    }
}

/// A place that a round is to visit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// The place.
    pub place: Ssid,
    /// Who goes; none while nobody is named.
    pub team: Option<TeamId>,
    /// The day it is due; the round's last day where none is named.
    pub due_on: Option<NaiveDate>,
    /// Why it could not be reached, once somebody has said so.
    pub unreached: Option<Unreached>,
}

/// That a place could not be assessed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unreached {
    /// The reason.
    pub why: WhyUnreached,
    /// More words.
    pub note: String,
    /// Who said so, as audit entries name them.
    pub by: String,
    /// When.
    pub at: Instant,
}

/// Why a place could not be assessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyUnreached {
    /// Fighting, armed groups, threats.
    Insecurity,
    /// A road, a bridge, the weather.
    NoRoad,
    /// Who holds the place did not let the team in.
    AccessRefused,
    /// Nobody there could or would answer.
    NoInformant,
    /// The place has no people any more.
    Empty,
    /// The place could not be found.
    NotFound,
    /// There was no time or no means.
    NoTime,
    /// Something else, said in the note.
    Other,
}

impl WhyUnreached {
    /// Every reason.
    pub const ALL: [WhyUnreached; 8] = [
        WhyUnreached::Insecurity,
        WhyUnreached::NoRoad,
        WhyUnreached::AccessRefused,
        WhyUnreached::NoInformant,
        WhyUnreached::Empty,
        WhyUnreached::NotFound,
        WhyUnreached::NoTime,
        WhyUnreached::Other,
    ];

    /// The word used in files, addresses and the store.
    pub fn code(self) -> &'static str {
        match self {
            WhyUnreached::Insecurity => "insecurity",
            WhyUnreached::NoRoad => "no_road",
            WhyUnreached::AccessRefused => "access_refused",
            WhyUnreached::NoInformant => "no_informant",
            WhyUnreached::Empty => "empty",
            WhyUnreached::NotFound => "not_found",
            WhyUnreached::NoTime => "no_time",
            WhyUnreached::Other => "other",
        }
    }

    /// The reason of this word.
    pub fn from_code(code: &str) -> Option<WhyUnreached> {
        WhyUnreached::ALL.into_iter().find(|why| why.code() == code)
    }
}

/// A step of a round's checklist that a person ticked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ticked {
    /// The round.
    pub round: RoundId,
    /// The step's word.
    pub step: String,
    /// More words.
    pub note: String,
    /// Who ticked it.
    pub by: String,
    /// When.
    pub at: Instant,
}
