//! The field teams of an operation and the phones they carry.

use super::super::problem::Problem;
use super::super::viewer::Verb;
use super::submissions::{posted, value, values};
use super::{App, Desk, OperationHead, Said, operation_address, said};
use crate::journey::supervision;
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{AppUserId, Operation, Team, TeamId};
use dtm_publish::words::{Arg, Words};
use dtm_store::StoreError;

/// The longest name of a team.
const LONGEST: usize = 100;

/// A team in the list, with every phone of the operation and whether it is the team's.
struct TeamLine {
    id: String,
    name: String,
    n_phones: i64,
    phones: Vec<PhoneBox>,
    addresses: String,
}

struct PhoneBox {
    id: String,
    name: String,
    is_here: bool,
    /// The other team that carries it.
    elsewhere: String,
}

#[derive(Template)]
#[template(path = "office/teams.html")]
struct TeamsView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    teams: Vec<TeamLine>,
    fresh: Vec<PhoneBox>,
    given: String,
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    told: String,
    mistake: Option<(String, String)>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let now = world::now();
    let teams = app.store.teams(&operation.id).await?;
    let phones: Vec<_> =
        app.store.app_users(&operation.id).await?.into_iter().filter(|phone| phone.is_good(now)).collect();
    let boxes = |of: Option<&Team>| -> Vec<PhoneBox> {
        let line = |phone: &dtm_store::AppUser| {
            let carrier = teams.iter().find(|team| team.phones.contains(&phone.id));
            let is_here = carrier.is_some() && carrier.map(|team| &team.id) == of.map(|team| &team.id);
            let elsewhere = carrier.filter(|_| !is_here).map(|team| team.name.clone()).unwrap_or_default();
            PhoneBox { id: phone.id.to_string(), name: phone.name.clone(), is_here, elsewhere }
        };
        phones.iter().map(line).collect()
    };
    let (mistake, given) = mistake.unzip();
    let view = TeamsView {
        w,
        said: told,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        here: format!("{}/teams", operation_address(operation)),
        teams: teams
            .iter()
            .map(|team| TeamLine {
                id: team.id.to_string(),
                name: team.name.clone(),
                n_phones: team.phones.len() as i64,
                phones: boxes(Some(team)),
                addresses: team.addresses.join(" "),
            })
            .collect(),
        fresh: boxes(None),
        given: given.unwrap_or_default(),
    };
    desk.answer(&w.t("teams-title"), view.render(), view.mistakes.is_some())
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::FieldKeyList, &slug).await?;
    show(&app, &desk, &operation, told.sentence(desk.words()), None).await
}

/// Adds, changes or removes a team.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::FieldKeyCreate, &slug).await?;
    let stamp = desk.viewer()?.stamp();
    let fields = posted(&body);
    let field = |wanted: &str| value(&fields, wanted).trim();
    let here = format!("{}/teams", operation_address(&operation));
    let teams = app.store.teams(&operation.id).await?;
    let known = teams.into_iter().find(|team| team.id.to_string() == field("team"));
    if field("act") == "remove" {
        let team = known.ok_or_else(Problem::not_found)?;
        app.store.remove_team(&team.id, &stamp).await?;
        return Ok(said(&here, "teams-removed", &[]).into_response());
    }
    let name = field("name");
    if name.is_empty() || name.chars().count() > LONGEST {
        let mistake = (desk.words().t("teams-no-name"), name.to_owned());
        return show(&app, &desk, &operation, String::new(), Some(mistake)).await;
    }
    let addresses = match supervision::addresses(field("addresses")) {
        Ok(addresses) => addresses,
        Err(wrong) => {
            let mistake = desk.words().t_args("teams-bad-address", &[("address", Arg::from(wrong))]);
            return show(&app, &desk, &operation, String::new(), Some((mistake, name.to_owned()))).await;
        }
    };
    let phones: Result<Vec<AppUserId>, _> = values(&fields, "phone").map(str::parse).collect();
    let team = Team {
        id: known.map_or_else(|| world::fresh(TeamId::new), |team| team.id),
        operation: operation.id.clone(),
        name: name.to_owned(),
        phones: phones.map_err(|_| Problem::not_found())?,
        addresses,
    };
    match app.store.put_team(&team, &stamp).await {
        Ok(()) => Ok(said(&here, "teams-saved", &[]).into_response()),
        Err(StoreError::Conflict { what: "team_name" }) => {
            let mistake = (desk.words().t("teams-name-taken"), name.to_owned());
            show(&app, &desk, &operation, String::new(), Some(mistake)).await
        }
        Err(error) => Err(error.into()),
    }
}
