//! Roles given to people, phones and public links: on everything, in an operation, or on one form.
//!
//! Whoever wants to know what a person may do reads [`Store::grants_of`] and asks each [`Grant`]; for phones and public
//! links there are the shorter [`Store::may_fill`] and [`Store::forms_to_fill`].

use crate::open::Write;
use crate::sql::{self, Columns, json as to_json, vals, word};
use crate::{Form, Result, Stamp, Store, StoreError};
use dtm_model::{Dissemination, FormId, Grant, GrantId, Held, OperationId, Pcode, Role, Sees};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, BTreeSet};

/// The forms that a phone or a public link may fill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormsToFill {
    /// Every form of these operations, those still to come included.
    pub operations: BTreeSet<OperationId>,
    /// And these.
    pub forms: BTreeSet<FormId>,
}

impl FormsToFill {
    /// Whether this form is among them.
    pub fn holds(&self, form: &Form) -> bool {
        self.operations.contains(&form.operation) || self.forms.contains(&form.id)
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, actor_id, role, operation_id, form_id, areas, sees, given_at FROM grants ", $rest)
    };
}

fn read(row: &AnyRow) -> Result<Grant> {
    let held = match (row.maybe_parsed(3)?, row.maybe_parsed(4)?) {
        (None, _) => Held::Site,
        (Some(operation), None) => Held::Project(operation),
        (Some(operation), Some(form)) => Held::Form(operation, form),
    };
    Ok(Grant {
        id: row.parsed(0)?,
        actor: row.text(1)?,
        role: row.word(2)?,
        held,
        areas: row.json(5)?,
        sees: row.word(6)?,
        given_at: row.instant(7)?,
    })
}

/// The word a place is kept under.
fn place(held: &Held) -> String {
    match held {
        Held::Site => "site".to_owned(),
        Held::Project(operation) => operation.to_string(),
        Held::Form(_, form) => form.to_string(),
    }
}

impl Write {
    /// Gives a role within a larger change.
    pub(crate) async fn give(&mut self, grant: &Grant, by: &str) -> Result<()> {
        let (operation, form) = match &grant.held {
            Held::Site => (None, None),
            Held::Project(operation) => (Some(operation.clone()), None),
            Held::Form(operation, form) => (Some(operation.clone()), Some(form.clone())),
        };
        let sql = "INSERT INTO grants (id, actor_id, role, place, operation_id, form_id, areas, sees, given_at, given_by) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)";
        let (role, sees, areas) = (word(&grant.role), word(&grant.sees), to_json(&grant.areas)?);
        let vals = vals![
            &grant.id,
            &grant.actor,
            &role,
            place(&grant.held),
            &operation,
            &form,
            areas,
            &sees,
            grant.given_at,
            by
        ];
        self.run(sql, vals).await?;
        self.note("grant.given", &grant.actor, facts(grant));
        Ok(())
    }
}

fn facts(grant: &Grant) -> serde_json::Value {
    json!({ "role": grant.role, "place": place(&grant.held), "areas": grant.areas, "sees": grant.sees })
}

impl Store {
    /// Gives a role; the same role a second time at the same place is a conflict.
    pub async fn give(&self, grant: &Grant, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        write.give(grant, &stamp.by).await?;
        write.commit().await
    }

    /// Changes what a role is narrowed to.
    pub async fn change_grant(&self, id: &GrantId, areas: &[Pcode], sees: Sees, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE grants SET areas = $1, sees = $2 WHERE id = $3";
        write.must(sql, vals![to_json(&areas)?, word(&sees), id], "grant", id).await?;
        let row = sql::one(write.conn(), select!("WHERE id = $1"), vals![id]).await?;
        let grant = row.as_ref().map(read).transpose()?.ok_or_else(|| StoreError::not_found("grant", id))?;
        write.note("grant.changed", &grant.actor, facts(&grant));
        write.commit().await
    }

    /// Takes a role back. The last administrator stays.
    pub async fn take(&self, id: &GrantId, stamp: &Stamp) -> Result<Grant> {
        let mut write = self.write(stamp).await?;
        let row = sql::one(write.conn(), select!("WHERE id = $1"), vals![id]).await?;
        let grant = row.as_ref().map(read).transpose()?.ok_or_else(|| StoreError::not_found("grant", id))?;
        write.run("DELETE FROM grants WHERE id = $1", vals![id]).await?;
        write.note("grant.taken", &grant.actor, facts(&grant));
        if grant.role == Role::Admin {
            write.must_keep_an_administrator().await?;
        }
        write.commit().await?;
        Ok(grant)
    }

    /// What this person, phone or link was given, oldest first.
    pub async fn grants_of(&self, actor: impl ToString) -> Result<Vec<Grant>> {
        let sql = select!("WHERE actor_id = $1 ORDER BY id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![actor.to_string()]).await?;
        rows.iter().map(read).collect()
    }

    /// Who holds roles at exactly this place, oldest first.
    pub async fn grants_at(&self, held: &Held) -> Result<Vec<Grant>> {
        let sql = select!("WHERE place = $1 ORDER BY id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![place(held)]).await?;
        rows.iter().map(read).collect()
    }

    /// Who holds roles in an operation and on its forms, oldest first.
    pub async fn grants_in(&self, operation: &OperationId) -> Result<Vec<Grant>> {
        let sql = select!("WHERE operation_id = $1 ORDER BY id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(read).collect()
    }

    /// Every role that anybody holds, oldest first.
    pub async fn grants(&self) -> Result<Vec<Grant>> {
        let rows = sql::all(&mut *self.read().await?, select!("ORDER BY id"), vals![]).await?;
        rows.iter().map(read).collect()
    }

    /// Whether this phone or public link may fill this form.
    pub async fn may_fill(&self, actor: impl ToString, form: &Form) -> Result<bool> {
        let sql = "SELECT 1 FROM grants WHERE actor_id = $1 AND role IN ('app-user', 'pub-link') AND (place = $2 OR place = $3)";
        let vals = vals![actor.to_string(), &form.operation, &form.id];
        Ok(sql::one(&mut *self.read().await?, sql, vals).await?.is_some())
    }

    /// The forms that this phone or public link may fill.
    pub async fn forms_to_fill(&self, actor: impl ToString) -> Result<FormsToFill> {
        let grants = self.grants_of(actor).await?;
        let mut to_fill = FormsToFill::default();
        for grant in grants.into_iter().filter(|grant| matches!(grant.role, Role::AppUser | Role::PublicLink)) {
            match grant.held {
                Held::Project(operation) => drop(to_fill.operations.insert(operation)),
                Held::Form(_, form) => drop(to_fill.forms.insert(form)),
                Held::Site => {}
            }
        }
        Ok(to_fill)
    }

    /// The classes that an officer gave to questions of a form, by path.
    pub async fn field_classes(&self, form: &FormId) -> Result<BTreeMap<String, Dissemination>> {
        let sql = "SELECT path, class FROM field_classes WHERE form_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![form]).await?;
        rows.iter().map(|row| Ok((row.text(0)?, row.word(1)?))).collect()
    }

    /// Sets the classes of a form's questions; those not named lose theirs.
    pub async fn set_field_classes(
        &self,
        form: &FormId,
        classes: &BTreeMap<String, Dissemination>,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        write.run("DELETE FROM field_classes WHERE form_id = $1", vals![form]).await?;
        let rows = classes.iter().map(|(path, class)| vals![form, path, word(class)]).collect();
        sql::insert(write.conn(), "INSERT INTO field_classes (form_id, path, class)", "", rows).await?;
        write.note("form.classes_set", form, json!({ "classes": classes }));
        write.commit().await
    }
}

impl Write {
    /// Refuses a change after which nobody could manage people.
    pub(crate) async fn must_keep_an_administrator(&mut self) -> Result<()> {
        let sql = "SELECT g.id FROM grants g JOIN users u ON u.id = g.actor_id \
                   WHERE g.role = 'admin' AND g.place = 'site' AND u.removed_at IS NULL LIMIT 1";
        match sql::one(self.conn(), sql, vals![]).await? {
            Some(_) => Ok(()),
            None => Err(StoreError::Conflict { what: "last_administrator" }),
        }
    }
}
