//! What was written to the teams of a round: listed, written, withdrawn and restored.

use super::super::clock::{Clock, Moment};
use super::super::submissions::{Names, posted, value};
use super::super::{App, Desk, Problem, round_address, said};
use super::{Address, Wanted, show};
use crate::cli::Mistakes;
use crate::http::viewer::Verb;
use crate::journey::RoundOf;
use crate::journey::supervision;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{Operation, Round, Team, TeamMessage};
use dtm_publish::words::{Arg, Words};

/// Messages on a page.
const MOST_MESSAGES: usize = 50;

/// Something that was written to a team.
pub(super) struct MessageLine {
    pub(super) id: String,
    pub(super) to: String,
    pub(super) text: String,
    pub(super) by: String,
    pub(super) at: Moment,
    /// Who withdrew it; empty while it stands.
    pub(super) withdrawn: String,
}

/// What was written to the teams of a round.
pub(super) struct Written {
    all: Vec<TeamMessage>,
    pub(super) teams: Vec<Team>,
}

impl Written {
    pub(super) async fn of(app: &App, operation: &Operation, round: &Round) -> Result<Self, Problem> {
        Ok(Self { all: app.store.team_messages(&round.id).await?, teams: app.store.teams(&operation.id).await? })
    }

    fn to(&self, w: &Words, message: &TeamMessage) -> String {
        match &message.team {
            None => w.t("supervise-to-all"),
            Some(id) => {
                let team = self.teams.iter().find(|team| team.id == *id);
                team.map_or_else(|| w.t("supervise-to-gone"), |team| team.name.clone())
            }
        }
    }

    /// The messages that are wanted, the newest first.
    pub(super) async fn lines(
        &self,
        app: &App,
        (w, clock): (&Words, Clock),
        wanted: impl Fn(&TeamMessage) -> bool,
    ) -> Result<Vec<MessageLine>, Problem> {
        let (mut lines, mut names) = (Vec::new(), Names::new(app));
        for message in self.all.iter().filter(|message| wanted(message)).take(MOST_MESSAGES) {
            lines.push(MessageLine {
                id: message.id.to_string(),
                to: self.to(w, message),
                text: message.text.clone(),
                by: names.of(&message.by).await?,
                at: clock.moment(message.at),
                withdrawn: match &message.withdrawn {
                    Some((by, at)) => {
                        let args = [("who", Arg::from(names.of(by).await?)), ("when", Arg::from(clock.text(*at)))];
                        w.t_args("supervise-withdrawn-by", &args)
                    }
                    None => String::new(),
                },
            });
        }
        Ok(lines)
    }
}

/// Writes to a team, withdraws what was written, or lets it stand again.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<Address>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundUpdate, (&operation, &exercise, &round)).await?;
    let stamp = desk.viewer()?.stamp();
    let fields = posted(&body);
    let field = |wanted: &str| value(&fields, wanted).trim();
    let here = format!("{}/supervision", round_address(&operation, &exercise, &round));
    if ["withdraw", "restore"].contains(&field("act")) {
        let id = field("message").parse().map_err(|_| Problem::not_found())?;
        let is_withdrawn = field("act") == "withdraw";
        app.store.withdraw_team_message(&round.id, &id, is_withdrawn, &stamp).await?;
        let what = if is_withdrawn { "message-withdrawn" } else { "message-restored" };
        return Ok(said(&here, what, &[]).into_response());
    }
    let teams = app.store.teams(&operation.id).await?;
    let team = match field("team") {
        "" => None,
        id => Some(teams.iter().find(|team| team.id.to_string() == id).ok_or_else(Problem::not_found)?),
    };
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let text = value(&fields, "text").replace("\r\n", "\n");
    match supervision::write_message(&app, of, team, &text, desk.lang, &stamp).await {
        Ok((_, n_mails)) => Ok(said(&here, "message-written", &[n_mails as i64]).into_response()),
        Err(error) => {
            let Mistakes { lines } = error.downcast::<Mistakes>()?;
            let given = (lines, field("team").to_owned(), text);
            show(&app, &desk, (&operation, &exercise, &round), Wanted::default(), String::new(), Some(given)).await
        }
    }
}
