//! People: who they are, what they were given and where, adding and removing them. Administrators see everybody;
//! whoever gives roles in an operation sees the people of it.

use super::super::central::{Welcome, add_person, kept_administrator, new_grant, one_time_password};
use super::super::password;
use super::super::problem::Problem;
use super::super::viewer::{On, SECOND_FACTOR, Verb, Viewer};
use super::{App, Desk, Said, said};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dtm_model::{FormId, Grant, GrantId, Held, Operation, OperationId, Pcode, Role, Sees, UserId};
use dtm_publish::words::{Arg, Words};
use dtm_store::{StoreError, User};
use serde::Deserialize;

/// Whether this person gives roles in some operation.
pub(super) fn gives_somewhere(viewer: &Viewer) -> bool {
    viewer.due.is_none() && viewer.grants.iter().any(|grant| viewer.can(Verb::AssignmentCreate, grant.held.on()))
}

/// A role in words: «Reviewer · Sorelia · only XS01, XS02 · up to confidential answers».
pub(super) async fn grant_words(
    app: &App,
    w: &Words,
    grant: &Grant,
    operations: &[Operation],
) -> Result<String, Problem> {
    let named = |id: &OperationId| {
        operations.iter().find(|operation| operation.id == *id).map(|one| w.text(&one.name).to_owned())
    };
    let mut parts = vec![w.label("people-role", grant.role.code())];
    match &grant.held {
        Held::Site => parts.push(w.t("people-everything")),
        Held::Project(operation) => parts.extend(named(operation)),
        Held::Form(operation, form) => {
            parts.extend(named(operation));
            parts.extend(app.store.form(form).await?.map(|form| form.name));
        }
    }
    if !grant.areas.is_empty() {
        let areas = grant.areas.iter().map(Pcode::as_str).collect::<Vec<_>>().join(", ");
        parts.push(w.t_args("people-only-areas", &[("areas", Arg::from(areas))]));
    }
    if grant.sees != Sees::Secret {
        parts.push(w.label("people-sees", grant.sees.code()));
    }
    Ok(parts.join(" · "))
}

/// A person in the list.
struct PersonLine {
    href: String,
    name: String,
    email: String,
    roles: Vec<String>,
    factor: bool,
    seen: String,
}

/// The choices of a form that gives a role.
struct Choices {
    roles: Vec<(&'static str, String)>,
    /// Value and name of each place.
    places: Vec<(String, String)>,
    sees: Vec<(&'static str, String)>,
}

async fn choices(app: &App, w: &Words, viewer: &Viewer) -> Result<Choices, Problem> {
    // The least stands first, for what is not chosen stays as it is.
    let mut places = Vec::new();
    let site = gives_at(viewer, &Held::Site);
    for operation in app.store.operations().await? {
        if !gives_at(viewer, &Held::Project(operation.id.clone())) {
            continue;
        }
        let name = w.text(&operation.name).to_owned();
        places.push((format!("p:{}", operation.id), name.clone()));
        for exercise in app.store.exercises(&operation.id).await? {
            for form in app.store.forms(&exercise.id).await? {
                places.push((format!("f:{}", form.id), format!("{name} · {}", form.name)));
            }
        }
    }
    if site {
        places.push(("site".to_owned(), w.t("people-everything")));
    }
    let roles = Role::OF_PEOPLE.into_iter().rev().filter(|role| site || *role != Role::Admin);
    Ok(Choices {
        roles: roles.map(|role| (role.code(), w.label("people-role", role.code()))).collect(),
        places,
        sees: Sees::ALL.into_iter().rev().map(|sees| (sees.code(), w.label("people-sees", sees.code()))).collect(),
    })
}

/// Whether this person may give and take roles there. What holds everywhere is for administrators.
fn gives_at(viewer: &Viewer, held: &Held) -> bool {
    viewer.can(Verb::AssignmentCreate, held.on()) && (*held != Held::Site || viewer.can(Verb::UserUpdate, On::Site))
}

#[derive(Template)]
#[template(path = "office/people.html")]
struct PeopleView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    people: Vec<PersonLine>,
    /// Id, name and address of those removed.
    removed: Vec<(String, String)>,
    choices: Choices,
    /// Whether people are added and removed here, or only given roles.
    adds: bool,
    policy: String,
    /// Address and one-time password of somebody just added.
    fresh: Option<(String, String)>,
    given: NewPerson,
}

async fn view(app: &App, desk: &Desk, viewer: &Viewer) -> Result<PeopleView, Problem> {
    let w = desk.words();
    let adds = viewer.can(Verb::UserCreate, On::Site);
    let lists = viewer.can(Verb::UserList, On::Site);
    let (operations, grants) = (app.store.operations().await?, app.store.grants().await?);
    let mut people = Vec::new();
    for user in app.store.users().await? {
        let id = user.id.to_string();
        let mut roles = Vec::new();
        for grant in grants.iter().filter(|grant| grant.actor == id) {
            if lists || viewer.can(Verb::AssignmentList, grant.held.on()) {
                roles.push(grant_words(app, w, grant, &operations).await?);
            }
        }
        if !lists && roles.is_empty() {
            continue;
        }
        people.push(PersonLine {
            href: format!("/office/people/{id}"),
            name: if user.name.is_empty() { user.email.clone() } else { user.name },
            email: user.email,
            roles,
            factor: user.totp_since.is_some(),
            seen: user.signed_in_at.map_or_else(|| w.t("people-never-seen"), |at| w.date(at.date())),
        });
    }
    let removed = match adds {
        true => app.store.removed_users().await?,
        false => Vec::new(),
    };
    Ok(PeopleView {
        w,
        said: String::new(),
        mistakes: None,
        people,
        removed: removed.into_iter().map(|user| (user.id.to_string(), user.email)).collect(),
        choices: choices(app, w, viewer).await?,
        adds,
        policy: app.store.policies().await?.remove(SECOND_FACTOR).unwrap_or_else(|| "nobody".to_owned()),
        fresh: None,
        given: NewPerson::default(),
    })
}

/// Who may come here at all.
fn reader(desk: &Desk) -> Result<&Viewer, Problem> {
    let viewer = desk.viewer()?;
    match viewer.can(Verb::UserList, On::Site) || gives_somewhere(viewer) {
        true => Ok(viewer),
        false => Err(Problem::forbidden()),
    }
}

pub(super) async fn page(State(app): State<App>, desk: Desk, Query(told): Query<Said>) -> Result<Response, Problem> {
    let viewer = reader(&desk)?;
    let mut view = view(&app, &desk, viewer).await?;
    view.said = told.sentence(desk.words());
    desk.page(&desk.words().t("people"), view.render())
}

#[derive(Deserialize, Default)]
pub(super) struct NewPerson {
    #[serde(default)]
    act: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    sees: String,
    #[serde(default)]
    areas: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    policy: String,
}

/// The role that a form describes, for this person, if the giver may give it.
async fn described(app: &App, viewer: &Viewer, user: &UserId, given: &NewPerson) -> Result<Grant, Problem> {
    let bad = || {
        Problem::bad_request(
            "bad_role",
            "This role cannot be given there. An administrator is one on everything, without limits.",
            "Ce rôle ne peut pas être donné là. Un administrateur l’est sur tout, sans restriction.",
        )
    };
    let held = match given.place.split_at_checked(2) {
        _ if given.place == "site" => Held::Site,
        Some(("p:", id)) => Held::Project(id.parse().map_err(|_| bad())?),
        Some(("f:", id)) => {
            let id: FormId = id.parse().map_err(|_| bad())?;
            let form = app.store.form(&id).await?.ok_or_else(bad)?;
            Held::Form(form.operation, form.id)
        }
        _ => return Err(bad()),
    };
    if !gives_at(viewer, &held) {
        return Err(Problem::forbidden());
    }
    let role = Role::OF_PEOPLE.into_iter().find(|role| role.code() == given.role).ok_or_else(bad)?;
    let split = given.areas.split([',', ';', ' ', '\n', '\r', '\t']).map(str::trim).filter(|code| !code.is_empty());
    let areas: Vec<Pcode> = split.map(Pcode::from).collect();
    if areas.len() > 500 || areas.iter().any(|area| area.as_str().len() > 40) {
        return Err(bad());
    }
    let sees = Sees::from_code(&given.sees).ok_or_else(bad)?;
    let grant = Grant { areas, sees, ..new_grant(user, role, held, viewer.stamp().at) };
    if grant.is_sound() { Ok(grant) } else { Err(bad()) }
}

/// What a clash means to whoever typed the form.
fn clash(error: Problem) -> Problem {
    let is = |what: &str| error.details.iter().any(|detail| detail.as_str() == Some(what));
    if is("user_email") {
        return Problem::bad_request(
            "address_known",
            "Somebody has this address already; a removed person can be taken back below.",
            "Quelqu’un a déjà cette adresse ; une personne retirée peut être reprise ci-dessous.",
        );
    }
    if is("grant") {
        return Problem::bad_request(
            "role_known",
            "This person has this role there already. Take it back first to change its limits.",
            "Cette personne y a déjà ce rôle. Retirez-le d’abord pour changer ses limites.",
        );
    }
    error
}

/// Whether a problem is about what was typed, to be said on the page it was typed on.
fn is_about_input(problem: &Problem) -> bool {
    problem.status == StatusCode::BAD_REQUEST || problem.code == "last_administrator"
}

pub(super) async fn act(State(app): State<App>, desk: Desk, Form(given): Form<NewPerson>) -> Result<Response, Problem> {
    let viewer = reader(&desk)?;
    let problem = match given.act.as_str() {
        "add" => match add(&app, &desk, viewer, &given).await {
            Ok((user, Welcome::OneTime(password))) => {
                let mut view = view(&app, &desk, viewer).await?;
                view.fresh = Some((user.email, password));
                return desk.page(&desk.words().t("people"), view.render());
            }
            Ok((user, welcome)) => {
                let what = if matches!(welcome, Welcome::Mailed) { "people-invited" } else { "people-given" };
                return Ok(said(&format!("/office/people/{}", user.id), what, &[]).into_response());
            }
            Err(problem) => clash(problem),
        },
        "restore" => {
            viewer.may(Verb::UserDelete, On::Site)?;
            let id: UserId = given.id.parse().map_err(|_| Problem::not_found())?;
            app.store.restore_user(&id, &viewer.stamp()).await?;
            return Ok(said("/office/people", "people-restored", &[]).into_response());
        }
        "policy" => {
            viewer.may(Verb::UserUpdate, On::Site)?;
            if !["nobody", "admins", "managers"].contains(&given.policy.as_str()) {
                return Err(Problem::not_found());
            }
            app.store.set_policy(SECOND_FACTOR, &given.policy, &viewer.stamp()).await?;
            return Ok(said("/office/people", "people-policy-set", &[]).into_response());
        }
        _ => return Err(Problem::not_found()),
    };
    if !is_about_input(&problem) {
        return Err(problem);
    }
    let mut view = view(&app, &desk, viewer).await?;
    view.mistakes = Some((problem.sentence(desk.lang), Vec::new()));
    view.given = given;
    desk.answer(&desk.words().t("people"), view.render(), true)
}

/// Adds a person with a role; a manager of an operation gives a role there to somebody who is known already.
async fn add(app: &App, desk: &Desk, viewer: &Viewer, given: &NewPerson) -> Result<(User, Welcome), Problem> {
    if !viewer.can(Verb::UserCreate, On::Site) {
        let user = app.store.user_by_email(&given.email).await?.filter(|user| user.removed_at.is_none());
        let user = user.ok_or_else(|| {
            Problem::bad_request(
                "nobody_known",
                "Nobody has this address. Ask an administrator to add the person first.",
                "Personne n’a cette adresse. Demandez d’abord à un administrateur d’ajouter la personne.",
            )
        })?;
        app.store.give(&described(app, viewer, &user.id, given).await?, &viewer.stamp()).await?;
        return Ok((user, Welcome::Given));
    }
    // Looked at before the person is added, so that nothing is done by halves.
    let placeholder = crate::world::fresh(UserId::new);
    described(app, viewer, &placeholder, given).await?;
    let (user, welcome) = add_person(app, viewer, &given.email, &given.name, None, desk.lang).await?;
    app.store.give(&described(app, viewer, &user.id, given).await?, &viewer.stamp()).await?;
    Ok((user, welcome))
}

/// A role of a person, with what is needed to take it back.
struct RoleLine {
    id: String,
    words: String,
    takes: bool,
}

#[derive(Template)]
#[template(path = "office/person.html")]
struct PersonView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    here: String,
    name: String,
    email: String,
    seen: String,
    roles: Vec<RoleLine>,
    choices: Choices,
    given: NewPerson,
    factor: bool,
    /// Whether the reader may reset the password and remove the person.
    manages: bool,
    /// Whether a new password is chosen by a mailed link.
    mails: bool,
    fresh: Option<String>,
}

/// A person, for those who manage people or give roles where this person has some.
async fn find(app: &App, viewer: &Viewer, id: &str) -> Result<User, Problem> {
    let id: UserId = id.parse().map_err(|_| viewer.absent(Verb::UserRead, On::Site))?;
    let user = app.store.user(&id).await?.filter(|user| user.removed_at.is_none());
    if viewer.can(Verb::UserRead, On::Site) {
        return user.ok_or_else(Problem::not_found);
    }
    let grants = app.store.grants_of(&id).await?;
    let known = grants.iter().any(|grant| viewer.can(Verb::AssignmentList, grant.held.on()));
    user.filter(|_| known).ok_or_else(Problem::forbidden)
}

async fn person_view(app: &App, desk: &Desk, viewer: &Viewer, user: &User) -> Result<PersonView, Problem> {
    let w = desk.words();
    let operations = app.store.operations().await?;
    let mut roles = Vec::new();
    for grant in app.store.grants_of(&user.id).await? {
        if viewer.can(Verb::UserRead, On::Site) || viewer.can(Verb::AssignmentList, grant.held.on()) {
            roles.push(RoleLine {
                id: grant.id.to_string(),
                words: grant_words(app, w, &grant, &operations).await?,
                takes: gives_at(viewer, &grant.held),
            });
        }
    }
    Ok(PersonView {
        w,
        said: String::new(),
        mistakes: None,
        here: format!("/office/people/{}", user.id),
        name: if user.name.is_empty() { user.email.clone() } else { user.name.clone() },
        email: user.email.clone(),
        seen: user.signed_in_at.map_or_else(|| w.t("people-never-seen"), |at| w.date(at.date())),
        roles,
        choices: choices(app, w, viewer).await?,
        given: NewPerson::default(),
        factor: user.totp_since.is_some(),
        manages: viewer.can(Verb::UserUpdate, On::Site),
        mails: app.outward.mail.is_some(),
        fresh: None,
    })
}

pub(super) async fn person(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let viewer = reader(&desk)?;
    let user = find(&app, viewer, &id).await?;
    let mut view = person_view(&app, &desk, viewer, &user).await?;
    view.said = told.sentence(desk.words());
    let title = view.name.clone();
    desk.page(&title, view.render())
}

pub(super) async fn act_on(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
    Form(given): Form<NewPerson>,
) -> Result<Response, Problem> {
    let viewer = reader(&desk)?;
    let user = find(&app, viewer, &id).await?;
    let here = format!("/office/people/{}", user.id);
    let done = match given.act.as_str() {
        "give" => give(&app, viewer, &user, &given).await.map(|()| (here.clone(), "people-given")),
        "take" => take(&app, viewer, &user, &given.id).await.map(|()| (here.clone(), "people-taken")),
        "reset" => {
            viewer.may(Verb::UserUpdate, On::Site)?;
            if password::replace_by_mail(&app, viewer, &user, desk.lang).await? {
                return Ok(said(&here, "people-reset-mailed", &[]).into_response());
            }
            let password = one_time_password(&app, viewer, &user).await?;
            let mut view = person_view(&app, &desk, viewer, &user).await?;
            view.fresh = Some(password);
            return desk.page(&user.email, view.render());
        }
        "factor-off" => {
            viewer.may(Verb::UserUpdate, On::Site)?;
            app.store.drop_totp(&user.id, &viewer.stamp()).await?;
            Ok((here.clone(), "people-factor-off"))
        }
        "remove" => {
            viewer.may(Verb::UserDelete, On::Site)?;
            let removed = app.store.remove_user(&user.id, &viewer.stamp()).await;
            removed.map(|()| ("/office/people".to_owned(), "people-removed")).map_err(kept_administrator)
        }
        _ => Err(Problem::not_found()),
    };
    match done.map_err(clash) {
        Ok((address, what)) => Ok(said(&address, what, &[]).into_response()),
        Err(problem) if is_about_input(&problem) => {
            let mut view = person_view(&app, &desk, viewer, &user).await?;
            view.mistakes = Some((problem.sentence(desk.lang), Vec::new()));
            view.given = given;
            desk.answer(&user.email, view.render(), true)
        }
        Err(other) => Err(other),
    }
}

async fn give(app: &App, viewer: &Viewer, user: &User, given: &NewPerson) -> Result<(), Problem> {
    let grant = described(app, viewer, &user.id, given).await?;
    Ok(app.store.give(&grant, &viewer.stamp()).await?)
}

async fn take(app: &App, viewer: &Viewer, user: &User, id: &str) -> Result<(), Problem> {
    let id: GrantId = id.parse().map_err(|_| Problem::not_found())?;
    let grants = app.store.grants_of(&user.id).await?;
    let grant = grants.into_iter().find(|grant| grant.id == id).ok_or_else(Problem::not_found)?;
    if !gives_at(viewer, &grant.held) {
        return Err(Problem::forbidden());
    }
    match app.store.take(&id, &viewer.stamp()).await {
        Ok(_) => Ok(()),
        Err(error @ StoreError::Conflict { .. }) => Err(kept_administrator(error)),
        Err(other) => Err(other.into()),
    }
}
