//! What the checks of a form know beside its answers: which question stands for what, and from where on something is odd.
//!
//! In: a form, and what officers chose for it and for its operation. Out: [`FormChecks`], with a fingerprint that changes
//! when another choice may give other findings. [`FormChecks::of_many`] looks at all records of a round, [`FormChecks::of_one`]
//! at one that just arrived, by the checks that need no others beside it.

use super::own_rules::{self, KeptSheet};
use anyhow::Result;
use dtm_model::{Answers, Finding, FormId, FormSchema, OperationId, Point, Record, RecordId, Ssid};
use dtm_process::answers::TableBuilder;
use dtm_process::checks::{AnswersContext, CHECKS, LooksAt, Roles, Thresholds, capped, run_answers};
use dtm_process::patterns::durations::like_with_like;
use dtm_store::{CheckSetting, ChosenSetting, Store};
use std::collections::{BTreeMap, HashMap};

/// Findings of one check that are listed; the others are counted.
pub(crate) const MOST_FINDINGS: usize = 1_000;

/// Changes when the same choices may now give other findings.
const EDITION: &str = "1";

/// What was chosen for a form and its operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormChecks {
    /// None where the form's own names tell.
    chosen: Option<Roles>,
    pub(crate) thresholds: Thresholds,
    /// The officers' own rules.
    pub(crate) rules: Option<KeptSheet>,
    /// A fingerprint of the choices.
    pub(crate) print: String,
}

/// Where a record stands, as far as the mapping says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    pub(crate) place: Option<Ssid>,
    pub(crate) site: Option<Point>,
    /// A number for the area within which numbers are compared.
    pub(crate) area: Option<u32>,
    /// Minutes on questions, by the phone's log.
    pub(crate) answering_minutes: Option<f64>,
}

/// The thresholds that an operation set, by name.
pub(crate) fn thresholds_in(chosen: Option<&ChosenSetting>) -> BTreeMap<String, f64> {
    chosen.and_then(|chosen| serde_json::from_str(&chosen.body).ok()).unwrap_or_default()
}

/// The roles that were chosen for a form; none where nobody did.
pub(crate) fn roles_in(chosen: Option<&ChosenSetting>) -> Option<Roles> {
    chosen.and_then(|chosen| serde_json::from_str(&chosen.body).ok())
}

impl FormChecks {
    /// What stands now.
    pub(crate) async fn of(store: &Store, operation: &OperationId, form: Option<&FormId>) -> Result<Self> {
        let thresholds = store.setting(CheckSetting::Thresholds(operation)).await?;
        let roles = match form {
            Some(form) => store.setting(CheckSetting::Roles(form)).await?,
            None => None,
        };
        let rules = match form {
            Some(form) => store.setting(CheckSetting::Rules(form)).await?,
            None => None,
        };
        let version = |chosen: &Option<ChosenSetting>| chosen.as_ref().map_or(0, |chosen| chosen.version);
        Ok(Self {
            print: format!("{EDITION} {} {} {}", version(&thresholds), version(&roles), version(&rules)),
            rules: own_rules::sheet_in(rules.as_ref()),
            chosen: roles_in(roles.as_ref()),
            thresholds: Thresholds::set(&thresholds_in(thresholds.as_ref())),
        })
    }

    /// The column that names records, where somebody chose one.
    pub(crate) fn uuid(&self) -> Option<String> {
        self.chosen.as_ref()?.uuid.clone()
    }

    /// The roles of this form's questions: as chosen, as far as it asks them; else as their names suggest.
    pub(crate) fn roles(&self, schema: &FormSchema) -> Roles {
        match &self.chosen {
            Some(chosen) => chosen.clone().within(schema),
            None => Roles::of(schema),
        }
    }

    /// What is odd in these records beside each other.
    pub(crate) fn of_many(
        &self,
        schema: &FormSchema,
        records: &[Record],
        standing: &HashMap<RecordId, Standing>,
    ) -> Vec<Finding> {
        let mut builder = TableBuilder::new(schema);
        records.iter().for_each(|record| builder.push(&record.answers));
        let table = builder.finish();
        let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
        let nowhere = Standing::default();
        let stands: Vec<&Standing> = ids.iter().map(|id| standing.get(id).unwrap_or(&nowhere)).collect();
        let places: Vec<Option<Ssid>> = stands.iter().map(|one| one.place.clone()).collect();
        let sites: Vec<Option<Point>> = stands.iter().map(|one| one.site).collect();
        // Records of no known area are compared among themselves.
        let areas: Vec<u32> = stands.iter().map(|one| one.area.unwrap_or(u32::MAX)).collect();
        let mut context = AnswersContext::new(schema, &table, &ids, &self.roles(schema));
        for (interview, stands) in context.interviews.iter_mut().zip(&stands) {
            interview.answering_minutes = stands.answering_minutes;
        }
        like_with_like(&mut context.interviews);
        context.thresholds = self.thresholds.clone();
        context.places = &places;
        context.sites = &sites;
        context.groups = stands.iter().any(|one| one.area.is_some()).then_some(areas.as_slice());
        capped(run_answers(&context), MOST_FINDINGS)
    }

    /// What is odd in one record, whatever the others say.
    pub(crate) fn of_one(&self, schema: &FormSchema, record: &RecordId, answers: &Answers) -> Vec<Finding> {
        let mut builder = TableBuilder::new(schema);
        builder.push(answers);
        let (table, ids) = (builder.finish(), [record.clone()]);
        let mut context = AnswersContext::new(schema, &table, &ids, &self.roles(schema));
        context.thresholds = self.thresholds.clone();
        run_answers(&context)
    }
}

/// Whether the findings of this check come from [`FormChecks`].
pub(crate) fn is_of_answers(check: &str) -> bool {
    CHECKS.iter().any(|known| known.id == check && matches!(known.looks_at, LooksAt::Answers(_)))
}
