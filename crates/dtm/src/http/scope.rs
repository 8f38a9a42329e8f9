//! Which rows and which answers of a form somebody may see.
//!
//! [`Viewer::may`](super::viewer::Viewer::may) refuses, for acts on rows, everybody whose role is narrowed to areas, to
//! classes of answers or to what they sent themselves. A handler that can look at the limits asks for the [`Scope`]
//! instead, and then treats every row by it:
//!
//! ```ignore
//! let scope = viewer.scope(&app, Verb::SubmissionList, &form).await?;   // 403 for those who may see nothing there
//! for mut row in rows {
//!     // None: not theirs; leave the row out, of counts too (or answer 404 for a single one).
//!     let Some(share) = scope.share(&row.received_by, Some(&row.answers)) else { continue };
//!     share.keep(&mut row.answers);          // takes out the answers that are not theirs
//!     if share.is_whole() { /* raw XML, attachments, versions, diffs */ }
//! }
//! ```
//!
//! `scope.is_whole()` says that there is nothing to look at, which is so for nearly everybody: then take the quick way.
//! Raw XML and files carry every answer, so they are for whole shares only. What nobody classified is secret.
//!
//! The area of a row is the one its mapping tells (`dtm_process::mapping::Whereabouts`). The class of an answer is the
//! one an officer gave to the question, else that of the indicator it feeds or is named like, else secret.

use super::viewer::{On, Viewer};
use super::{App, Problem};
use crate::journey::locate::{self, Bearings};
use crate::journey::progress::{self, Progress};
use crate::journey::{RoundOf, settle};
use crate::world;
use dtm_model::{Answers, Atlas, Dictionary, Dissemination, Exercise, FormId, Operation, Pcode, Sees, Sight};
use dtm_process::mapping::Mapping;
use dtm_store::{Near, Store, StoreError};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The places of a round that somebody may see, with the areas they lie in.
pub(crate) async fn places_of_round(
    app: &App,
    viewer: &Viewer,
    of: RoundOf<'_>,
) -> Result<(Progress, Arc<Atlas>), Problem> {
    let atlas = app.editions.atlas(&app.store, &of.operation.admin0).await?;
    let all = progress::of(&app.store, &app.blobs, of, &atlas, world::today()).await?;
    let seen = match viewer.areas_seen(On::Project(&of.operation.id)) {
        Some(areas) => all.within(&areas, &atlas),
        None => all,
    };
    Ok((seen, atlas))
}

/// What of a form's rows somebody may see.
#[derive(Clone)]
pub(crate) struct Scope {
    sights: Vec<Sight>,
    /// Who asks, as submissions name who sent them.
    me: String,
    about: Option<Arc<About>>,
}

/// What is known of a form to narrow it.
struct About {
    bearings: Bearings,
    classes: Classes,
}

/// The classes of a form's questions.
pub(crate) struct Classes {
    dictionary: Dictionary,
    /// By path, group or question, as an officer set them.
    pub(crate) set: BTreeMap<String, Dissemination>,
    /// By path or name, as the mapping knows them.
    mapped: HashMap<String, Dissemination>,
}

/// Where the class of a question comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Because {
    /// An officer set it.
    Set,
    /// An officer set it on a group around the question.
    Around,
    /// It is what the mapping reads.
    Mapped,
    /// The dictionary knows an indicator of its name.
    Named,
    /// Nobody said anything.
    Nothing,
}

impl Classes {
    /// The classes of what comes from there, with the mapping it has now.
    async fn read(app: &App, mapping: &Mapping, origin: &Origin<'_>) -> Result<Self, Problem> {
        let dictionary = settle::dictionary(&app.store).await?;
        let mut mapped: HashMap<String, Dissemination> =
            mapping.described().into_iter().map(|(question, class)| (question.to_owned(), class)).collect();
        for (question, indicator) in mapping.measured() {
            let class = dictionary.get(indicator).map_or(Dissemination::Secret, |known| known.dissemination);
            mapped.insert(question.to_owned(), class);
        }
        let set = match origin.form {
            Some(form) => app.store.field_classes(form).await?,
            None => BTreeMap::new(),
        };
        Ok(Self { dictionary, set, mapped })
    }

    /// The classes of a form's questions.
    pub(crate) async fn of_form(app: &App, origin: &Origin<'_>) -> Result<Self, Problem> {
        Self::read(app, &mapping(app, origin).await?, origin).await
    }

    /// The class of a question and where it comes from. The nearest word of the officer counts: on the question, then on
    /// the groups around it; else the stricter one of what the mapping and the dictionary say.
    pub(crate) fn why(&self, path: &str) -> (Dissemination, Because) {
        if let Some(class) = self.set.get(path) {
            return (*class, Because::Set);
        }
        let mut around = path;
        while let Some((above, _)) = around.rsplit_once('/') {
            if let Some(class) = self.set.get(above) {
                return (*class, Because::Around);
            }
            around = above;
        }
        self.derived(path)
    }

    /// The class of a question that no officer spoke of.
    pub(crate) fn derived(&self, path: &str) -> (Dissemination, Because) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let mapped = [path, name].iter().filter_map(|key| self.mapped.get(*key)).max().copied();
        let named = self.dictionary.get(name).map(|indicator| indicator.dissemination);
        match (named, mapped) {
            (Some(named), mapped) if mapped.is_none_or(|mapped| named >= mapped) => (named, Because::Named),
            (_, Some(mapped)) => (mapped, Because::Mapped),
            _ => (Dissemination::Secret, Because::Nothing),
        }
    }

    fn of(&self, path: &str) -> Dissemination {
        self.why(path).0
    }
}

/// The mapping of what comes from there; an empty one where there is none that can be read, so that rows lie nowhere and
/// answers have no class.
async fn mapping(app: &App, origin: &Origin<'_>) -> Result<Mapping, Problem> {
    let text = app.store.mapping(&origin.exercise.id, origin.form_key).await?;
    Ok(text.and_then(|(_, text)| Mapping::from_toml(&text).ok()).unwrap_or_default())
}

/// Where rows come from: a form, or imported tables of an exercise.
pub(crate) struct Origin<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) exercise: &'a Exercise,
    /// The key of the mapping.
    pub(crate) form_key: &'a str,
    /// None for imported tables.
    pub(crate) form: Option<&'a FormId>,
}

impl Scope {
    /// What these sights show of rows from there; nothing is read where nothing is narrowed.
    pub(crate) async fn new(app: &App, sights: Vec<Sight>, me: String, origin: &Origin<'_>) -> Result<Self, Problem> {
        let mut scope = Self { sights, me, about: None };
        if scope.is_whole() || scope.sights.iter().all(|sight| sight.areas.is_empty() && sight.sees == Sees::Secret) {
            return Ok(scope);
        }
        // A form without a mapping has rows that lie nowhere and answers of no class: nothing of it is shown.
        let narrowed_to_areas = scope.sights.iter().any(|sight| !sight.areas.is_empty());
        let places = match narrowed_to_areas {
            true => app.store.places(&origin.operation.id).await?,
            false => Vec::new(),
        };
        let text = app.store.mapping(&origin.exercise.id, origin.form_key).await?.map(|(_, text)| text);
        let atlas = app.editions.atlas(&app.store, &origin.operation.admin0).await?;
        let bearings = Bearings::of(&app.store, origin.operation, atlas, text, places).await?;
        let classes = Classes::read(app, &bearings.mapping, origin).await?;
        scope.about = Some(Arc::new(About { bearings, classes }));
        Ok(scope)
    }

    /// What the database can leave out of a list of the form before each row is looked at; none where that is nothing.
    pub(crate) async fn near(&self, store: &Store, form: &FormId) -> Result<Option<Near>, StoreError> {
        let sees_everywhere = self.sights.iter().any(|sight| sight.areas.is_empty() && !sight.own_only);
        if sees_everywhere {
            return Ok(None);
        }
        let areas = self.sights.iter().flat_map(|sight| &sight.areas).collect();
        let sender = self.sights.iter().any(|sight| sight.own_only).then(|| self.me.clone());
        let bearings = self.about.as_ref().map(|about| &about.bearings);
        locate::near(store, form, bearings, &areas, sender).await
    }

    /// Whether every row and every answer is theirs.
    pub(crate) fn is_whole(&self) -> bool {
        self.sights.iter().any(Sight::is_whole)
    }

    /// What they see of a row; none if the row is not theirs. `received_by` is who sent it; without answers (they
    /// cannot be read) it lies in no area.
    pub(crate) fn share(&self, received_by: &str, answers: Option<&Answers>) -> Option<Share<'_>> {
        let whole = Share { sees: Sees::Secret, about: None };
        if self.is_whole() {
            return Some(whole);
        }
        if self.sights.iter().any(|sight| sight.own_only) && received_by == self.me {
            return Some(whole);
        }
        let about = self.about.as_deref();
        let lies_in = |areas: &[Pcode]| {
            let (Some(about), Some(answers)) = (about, answers) else { return false };
            about.bearings.whereabouts().is_within(answers, areas)
        };
        let seen = self.sights.iter().filter(|sight| !sight.own_only);
        let sees =
            seen.filter(|sight| sight.areas.is_empty() || lies_in(&sight.areas)).map(|sight| sight.sees).max()?;
        (sees > Sees::Nothing).then_some(Share { sees, about })
    }
}

/// What somebody sees of one row.
#[derive(Clone, Copy)]
pub(crate) struct Share<'a> {
    sees: Sees,
    about: Option<&'a About>,
}

impl Share<'_> {
    /// Whether every answer is theirs, and with it the XML and the files.
    pub(crate) fn is_whole(&self) -> bool {
        self.sees == Sees::Secret
    }

    /// Whether the answer at this path is theirs.
    pub(crate) fn shows(&self, path: &str) -> bool {
        self.is_whole() || self.about.is_some_and(|about| self.sees.covers(about.classes.of(path)))
    }

    /// Takes out the answers that are not theirs.
    pub(crate) fn keep(&self, answers: &mut Answers) {
        if !self.is_whole() {
            self.keep_below(answers, "", 0);
        }
    }

    fn keep_below(&self, answers: &mut Answers, above: &str, depth: usize) {
        const DEEPEST: usize = 32;
        let whole = |path: &str| match above {
            "" => path.to_owned(),
            above if path.starts_with(above) => path.to_owned(),
            above => format!("{above}/{path}"),
        };
        answers.values.retain(|path, _| self.shows(&whole(path)));
        if depth == DEEPEST {
            answers.repeats.clear();
            return;
        }
        for (path, turns) in &mut answers.repeats {
            let path = whole(path);
            for turn in turns {
                self.keep_below(turn, &path, depth + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{Aggregation, Answer, Indicator, Text, ValueKind};

    fn indicator(code: &str, dissemination: Dissemination) -> Indicator {
        Indicator {
            code: code.to_owned(),
            label: Text::new(),
            kind: ValueKind::Integer,
            unit: None,
            group: None,
            hxl: None,
            dissemination,
            aggregation: Aggregation::None,
            core_in: Vec::new(),
            choices: Vec::new(),
        }
    }

    fn about() -> About {
        let dictionary = Dictionary::new([
            indicator("idp_ind", Dissemination::Public),
            indicator("ki_name", Dissemination::Secret),
            indicator("needs", Dissemination::Confidential),
        ]);
        let set = BTreeMap::from([
            ("protection".to_owned(), Dissemination::Restricted),
            ("protection/lighting".to_owned(), Dissemination::Public),
        ]);
        let mapped = HashMap::from([("how_many".to_owned(), Dissemination::Public)]);
        About { bearings: Bearings::default(), classes: Classes { dictionary, set, mapped } }
    }

    #[test]
    fn an_answer_is_as_secret_as_the_officer_the_mapping_or_the_dictionary_says_and_secret_where_none_does() {
        let about = about();
        let seen_by = |sees| {
            let share = Share { sees, about: Some(&about) };
            let paths = [
                "place/idp_ind",
                "place/how_many",
                "needs",
                "protection/cases",
                "protection/lighting",
                "ki_name",
                "anything",
            ];
            paths.into_iter().filter(|path| share.shows(path)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(seen_by(Sees::Public), "place/idp_ind place/how_many protection/lighting");
        assert_eq!(seen_by(Sees::Confidential), "place/idp_ind place/how_many needs protection/lighting");
        assert_eq!(
            seen_by(Sees::Restricted),
            "place/idp_ind place/how_many needs protection/cases protection/lighting"
        );
        assert!(seen_by(Sees::Secret).ends_with("ki_name anything"));
    }

    #[test]
    fn what_is_not_theirs_leaves_the_turns_of_repeats_too() {
        let about = about();
        let share = Share { sees: Sees::Public, about: Some(&about) };
        let answers = |pairs: &[&str]| Answers {
            values: pairs.iter().map(|path| ((*path).to_owned(), Answer::Integer(1))).collect(),
            repeats: BTreeMap::new(),
        };
        let mut row = answers(&["idp_ind", "ki_name"]);
        row.repeats.insert("protection".to_owned(), vec![answers(&["lighting", "cases", "idp_ind"])]);
        share.keep(&mut row);
        assert_eq!(row.values.keys().collect::<Vec<_>>(), ["idp_ind"]);
        assert_eq!(row.repeats["protection"][0].values.keys().collect::<Vec<_>>(), ["lighting"]);
    }

    #[test]
    fn a_data_collector_sees_what_they_sent_and_nothing_else() {
        let own = Sight { areas: Vec::new(), sees: Sees::Secret, own_only: true };
        let scope = Scope { sights: vec![own.clone()], me: "user:1".to_owned(), about: None };
        assert!(scope.share("user:1", None).is_some_and(|share| share.is_whole()));
        assert!(scope.share("user:2", None).is_none() && scope.share("app-user:1", None).is_none());
        let public = Sight { areas: Vec::new(), sees: Sees::Public, own_only: false };
        let scope = Scope { sights: vec![own, public], me: "user:1".to_owned(), about: Some(Arc::new(about())) };
        let other = scope.share("user:2", None).unwrap();
        assert!(other.shows("idp_ind") && !other.shows("needs"), "besides what another role shows");
        assert!(scope.share("user:1", None).unwrap().is_whole());
    }

    #[test]
    fn a_row_that_lies_nowhere_is_not_shown_to_those_narrowed_to_areas() {
        let part = Sight { areas: vec![Pcode::from("XS01")], sees: Sees::Secret, own_only: false };
        let scope = Scope { sights: vec![part], me: String::new(), about: Some(Arc::new(about())) };
        assert!(scope.share("", Some(&Answers::default())).is_none());
        assert!(scope.share("", None).is_none());
    }
}
