//! One entity's versions in order, and what is to become of the next change.
//!
//! In: the versions an entity has, and what a submission wants. Out: the version that follows, or that the change has
//! to wait, or why it cannot be. A phone without a connection makes a *branch*: a chain of updates that counts its own
//! versions from the server's (`trunk`) on. Its links may arrive in any order; each waits for the one it is based on,
//! so that any order of arrival ends alike. What waited for too long is applied by force, on what is there; when the
//! missing link comes after all, it gives way wherever a later link of its branch has spoken. Rules: ODK Entities
//! specification 2024.1, with that last one ours.
//!
//! A conflict tells a person that two people spoke without knowing of each other. So what one phone said in its own branch
//! never conflicts with itself, in whatever order it arrived and whatever was forced; somebody else between the branch's
//! trunk and the change does (ODK Central marks some of the former: getodk/central #805).

use dtm_model::{EntityChange, EntityConflict, EntityId, EntityRefusal};
use std::collections::{BTreeMap, BTreeSet};

/// The label of an entity that was made by force from an update that gave none.
const NO_LABEL: &str = "auto generated";
/// The word under which a label stands among received values and conflicts.
const LABEL: &str = "label";

/// A version as far as the next change has to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) label: String,
    pub(crate) data: BTreeMap<String, String>,
    /// What was sent: properties, and the label under `label`.
    pub(crate) received: BTreeMap<String, String>,
    pub(crate) base_version: Option<u32>,
    pub(crate) branch: Option<EntityId>,
    pub(crate) trunk_version: Option<u32>,
    pub(crate) branch_base: Option<u32>,
    pub(crate) conflict: Option<EntityConflict>,
    pub(crate) conflicting: Vec<String>,
    /// Applied by force.
    pub(crate) forced: bool,
}

/// Whether the entity can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// It is there, or was never there.
    Open,
    /// It was deleted, or is gone for good.
    Deleted,
}

/// What becomes of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// This version follows; the first one makes the entity.
    Version(Link),
    /// It has to wait for what it is based on.
    Wait,
    /// It cannot be followed.
    Refused(EntityRefusal),
}

/// Decides what becomes of a change to an entity that has these versions, oldest first.
pub(crate) fn next(versions: &[Link], life: Life, change: &EntityChange, forced: bool) -> Next {
    if !change.update {
        return create(versions, life, change, forced);
    }
    match update(versions, life, change, forced) {
        Next::Refused(EntityRefusal::UnknownEntity | EntityRefusal::NoBaseVersion) if change.create || forced => {
            create(versions, life, change, forced)
        }
        decided => decided,
    }
}

fn received(change: &EntityChange) -> BTreeMap<String, String> {
    let label = change.label.iter().map(|label| (LABEL.to_owned(), label.clone()));
    change.data.clone().into_iter().chain(label).collect()
}

fn create(versions: &[Link], life: Life, change: &EntityChange, forced: bool) -> Next {
    if life == Life::Deleted {
        return Next::Refused(EntityRefusal::Deleted);
    }
    if let Some(first) = versions.first() {
        // Made by force from an update that came without its creation: here that is.
        let is_late = first.forced && !change.update;
        return if is_late { late(versions, change) } else { Next::Refused(EntityRefusal::Exists) };
    }
    let label = match &change.label {
        Some(label) => label.clone(),
        None if forced => NO_LABEL.to_owned(),
        None => return Next::Refused(EntityRefusal::NoLabel),
    };
    Next::Version(Link {
        label,
        data: change.data.clone(),
        received: received(change),
        base_version: None,
        branch: change.branch.clone(),
        trunk_version: change.trunk_version,
        branch_base: change.base_version.filter(|_| forced),
        conflict: None,
        conflicting: Vec::new(),
        forced,
    })
}

/// A creation that comes after updates were applied without it: it fills in what none of them has spoken of.
fn late(versions: &[Link], change: &EntityChange) -> Next {
    let Some(latest) = versions.last() else { return Next::Refused(EntityRefusal::UnknownEntity) };
    let spoken: BTreeSet<&String> = versions.iter().flat_map(|version| version.received.keys()).collect();
    let mut link = follow(latest, versions.len(), change, &spoken);
    // Updates of a branch without a trunk come from the phone that made the entity: it knew what it said.
    let own = versions.first().filter(|first| first.trunk_version.is_none()).and_then(|first| first.branch.as_ref());
    match own.filter(|own| versions.iter().all(|version| version.branch.as_ref() == Some(*own))) {
        Some(own) => {
            // It is the beginning of their branch.
            (link.branch, link.branch_base) = (Some(own.clone()), Some(0));
            link.conflicting.clear();
        }
        None => link.conflict = Some(severity(&link.conflicting)),
    }
    Next::Version(link)
}

fn update(versions: &[Link], life: Life, change: &EntityChange, forced: bool) -> Next {
    let base = match find_base(versions, life, change, forced) {
        Ok(base) => base,
        Err(decided) => return decided,
    };
    let Some(latest) = versions.last() else { return Next::Refused(EntityRefusal::UnknownEntity) };
    let later_of_branch = versions.iter().filter(|version| {
        change.branch.is_some() && version.branch == change.branch && version.branch_base > change.base_version
    });
    let spoken: BTreeSet<&String> = later_of_branch.flat_map(|version| version.received.keys()).collect();
    let mut link = follow(latest, base, change, &spoken);
    let is_of_branch = |version: &Link| change.branch.is_some() && version.branch == change.branch;
    if base == versions.len() || versions[base..].iter().all(is_of_branch) {
        let trunk = change.trunk_version.unwrap_or(1) as usize;
        let interrupted = change.branch.is_some() && versions.iter().skip(trunk).any(|version| !is_of_branch(version));
        link.conflict = interrupted.then_some(EntityConflict::Soft);
        link.conflicting.clear();
    } else if let Some(base) = base.checked_sub(1).and_then(|at| versions.get(at)) {
        link.conflicting.retain(|name| value(base, name) != value(latest, name));
        link.conflict = Some(severity(&link.conflicting));
    }
    link.forced = forced;
    Next::Version(link)
}

/// The number of the version a change is based on.
#[allow(clippy::result_large_err, reason = "made once for a change, and taken apart by the caller")]
fn find_base(versions: &[Link], life: Life, change: &EntityChange, forced: bool) -> Result<usize, Next> {
    let exists = life == Life::Open && !versions.is_empty();
    let numbered = |number: u32| {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        (exists && (1..=versions.len()).contains(&number)).then_some(number)
    };
    let base = change.base_version.ok_or(Next::Refused(EntityRefusal::NoBaseVersion))?;
    let missing = || match (exists, life) {
        (false, Life::Deleted) => EntityRefusal::Deleted,
        (false, Life::Open) => EntityRefusal::UnknownEntity,
        (true, _) => EntityRefusal::UnknownVersion { version: base },
    };
    let Some(branch) = &change.branch else { return numbered(base).ok_or_else(|| Next::Refused(missing())) };
    let begins = base == 1 || change.trunk_version == Some(base);
    let found = match begins {
        true => numbered(base),
        false => versions
            .iter()
            .position(|version| {
                exists && version.branch.as_ref() == Some(branch) && version.branch_base == Some(base - 1)
            })
            .map(|at| at + 1),
    };
    match found {
        Some(found) => Ok(found),
        None if forced && exists => Ok(versions.len()),
        None if forced => Err(Next::Refused(missing())),
        None => Err(Next::Wait),
    }
}

/// The version that follows the latest one; `spoken` names what the change must not touch.
fn follow(latest: &Link, base: usize, change: &EntityChange, spoken: &BTreeSet<&String>) -> Link {
    let received = received(change);
    let conflicting: Vec<String> = received
        .iter()
        .filter(|(name, sent)| value(latest, name).is_some_and(|known| known != sent.as_str()))
        .map(|(name, _)| name.clone())
        .collect();
    let mut data = latest.data.clone();
    data.extend(change.data.iter().filter(|(name, _)| !spoken.contains(name)).map(|(k, v)| (k.clone(), v.clone())));
    let label = change.label.clone().filter(|_| !spoken.contains(&LABEL.to_owned()));
    Link {
        label: label.unwrap_or_else(|| latest.label.clone()),
        data,
        received,
        base_version: u32::try_from(base).ok(),
        branch: change.branch.clone(),
        trunk_version: change.trunk_version,
        branch_base: change.base_version.filter(|_| change.branch.is_some()),
        conflict: None,
        conflicting,
        forced: false,
    }
}

fn value<'a>(link: &'a Link, name: &str) -> Option<&'a str> {
    if name == LABEL { Some(&link.label) } else { link.data.get(name).map(String::as_str) }
}

fn severity(conflicting: &[String]) -> EntityConflict {
    if conflicting.is_empty() { EntityConflict::Soft } else { EntityConflict::Hard }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: u8) -> EntityId {
        EntityId::new([n; 16])
    }

    fn pairs(text: &str) -> BTreeMap<String, String> {
        text.split_whitespace().filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect()
    }

    fn change(label: Option<&str>, data: &str) -> EntityChange {
        EntityChange {
            list: "sites".to_owned(),
            id: id(1),
            create: false,
            update: true,
            label: label.map(str::to_owned),
            base_version: None,
            trunk_version: None,
            branch: None,
            data: pairs(data),
        }
    }

    fn made(data: &str) -> EntityChange {
        EntityChange { create: true, update: false, ..change(Some("Site"), data) }
    }

    fn update(base: u32, data: &str) -> EntityChange {
        EntityChange { base_version: Some(base), ..change(None, data) }
    }

    /// A link of an offline branch.
    fn offline(branch: u8, trunk: Option<u32>, base: u32, data: &str) -> EntityChange {
        EntityChange { branch: Some(id(branch)), trunk_version: trunk, ..update(base, data) }
    }

    /// An entity as the store treats it: what waits is tried again after each version.
    #[derive(Default)]
    struct Entity {
        versions: Vec<Link>,
        waiting: Vec<EntityChange>,
        refused: Vec<EntityRefusal>,
    }

    impl Entity {
        fn take(&mut self, change: EntityChange, forced: bool) {
            match next(&self.versions, Life::Open, &change, forced) {
                Next::Wait => self.waiting.push(change),
                Next::Refused(why) => self.refused.push(why),
                Next::Version(link) => {
                    self.versions.push(link);
                    for waiting in std::mem::take(&mut self.waiting) {
                        self.take(waiting, false);
                    }
                }
            }
        }

        fn of(changes: Vec<EntityChange>) -> Entity {
            let mut entity = Entity::default();
            changes.into_iter().for_each(|change| entity.take(change, false));
            entity
        }

        fn force(&mut self) {
            let mut waiting = std::mem::take(&mut self.waiting);
            waiting.sort_by_key(|change| (change.branch.clone(), change.base_version));
            waiting.into_iter().for_each(|change| self.take(change, true));
        }

        /// One word a version: its number, what it is based on, its clash; then what is known at the end.
        fn story(&self) -> String {
            let versions = self.versions.iter().zip(1..).map(|(version, number)| {
                let clash = match version.conflict {
                    None => String::new(),
                    Some(EntityConflict::Soft) => " soft".to_owned(),
                    Some(EntityConflict::Hard) => format!(" hard({})", version.conflicting.join(",")),
                };
                format!("{number}<{}{clash}", version.base_version.unwrap_or(0))
            });
            let end = self.versions.last().map(|last| format!("{} {:?}", last.label, last.data)).unwrap_or_default();
            let mut story: Vec<String> = versions.chain([end]).collect();
            story.extend(self.refused.iter().map(|why| format!("{why:?}")));
            if !self.waiting.is_empty() {
                story.push(format!("{} wait", self.waiting.len()));
            }
            story.join("; ")
        }
    }

    fn check(changes: Vec<EntityChange>, story: &str) {
        assert_eq!(Entity::of(changes).story(), story);
    }

    #[test]
    fn updates_that_know_the_latest_version_follow_one_another() {
        check(
            vec![made("hh=1 area=XS01"), update(1, "hh=2"), update(2, "hh=")],
            "1<0; 2<1; 3<2; Site {\"area\": \"XS01\", \"hh\": \"\"}",
        );
    }

    #[test]
    fn two_phones_that_began_with_the_same_version_clash_softly_or_hard() {
        check(
            vec![made("hh=1 area=a"), update(1, "hh=2"), update(1, "area=b")],
            "1<0; 2<1; 3<1 soft; Site {\"area\": \"b\", \"hh\": \"2\"}",
        );
        check(vec![made("hh=1"), update(1, "hh=2"), update(1, "hh=3")], "1<0; 2<1; 3<1 hard(hh); Site {\"hh\": \"3\"}");
        check(vec![made("hh=1"), update(1, "hh=2"), update(1, "hh=2")], "1<0; 2<1; 3<1 soft; Site {\"hh\": \"2\"}");
    }

    #[test]
    fn what_is_not_there_cannot_be_changed_and_what_is_there_not_made() {
        check(vec![update(1, "hh=2")], "; UnknownEntity");
        check(vec![made(""), update(4, "hh=2")], "1<0; Site {}; UnknownVersion { version: 4 }");
        check(vec![made(""), made("")], "1<0; Site {}; Exists");
        check(vec![change(None, "hh=2")], "; NoBaseVersion");
        let upsert = EntityChange { create: true, ..change(Some("Site"), "hh=2") };
        check(vec![upsert], "1<0; Site {\"hh\": \"2\"}");
        assert_eq!(next(&[], Life::Deleted, &made(""), false), Next::Refused(EntityRefusal::Deleted));
    }

    #[test]
    fn an_offline_branch_waits_for_its_missing_link() {
        let (first, second) = (offline(9, Some(1), 1, "hh=2"), offline(9, Some(1), 2, "hh=3"));
        check(vec![made("hh=1"), second.clone()], "1<0; Site {\"hh\": \"1\"}; 1 wait");
        check(vec![made("hh=1"), second, first], "1<0; 2<1; 3<2; Site {\"hh\": \"3\"}");
    }

    #[test]
    fn a_branch_that_somebody_interrupted_clashes_softly() {
        check(
            vec![made("hh=1"), offline(9, Some(1), 1, "hh=2"), update(2, "area=b"), offline(9, Some(1), 2, "hh=3")],
            "1<0; 2<1; 3<2; 4<2 soft; Site {\"area\": \"b\", \"hh\": \"3\"}",
        );
    }

    #[test]
    fn what_waited_too_long_is_applied_by_force_and_the_late_link_gives_way() {
        let branch = || vec![offline(9, None, 1, "hh=2"), offline(9, None, 2, "hh=3 head=Awa")];
        let mut entity = Entity::of(branch());
        assert_eq!(entity.story(), "; 2 wait");
        entity.force();
        assert_eq!(entity.story(), "1<0; 2<1; auto generated {\"head\": \"Awa\", \"hh\": \"3\"}");
        entity.take(made("hh=1 area=XS01"), false);
        assert_eq!(entity.story(), "1<0; 2<1; 3<2; Site {\"area\": \"XS01\", \"head\": \"Awa\", \"hh\": \"3\"}");
    }

    #[test]
    fn a_phone_does_not_conflict_with_itself_when_its_last_update_was_forced_first() {
        // The case of getodk/central #805: three updates of one branch, the third applied by force before the others came.
        let link = |n| offline(9, Some(1), n, &format!("hh={n}"));
        let mut entity = Entity::of(vec![made("hh=0"), link(3)]);
        entity.force();
        entity.take(link(1), false);
        entity.take(link(2), false);
        assert_eq!(entity.story(), "1<0; 2<1; 3<1; 4<3; Site {\"hh\": \"3\"}");
    }

    #[test]
    fn a_phone_does_not_conflict_with_itself_when_two_of_four_updates_were_forced_at_different_times() {
        let link = |n| offline(9, Some(1), n, &format!("hh={n}"));
        let mut entity = Entity::of(vec![made("hh=0"), link(4)]);
        entity.force();
        entity.take(link(2), false);
        entity.force();
        entity.take(link(1), false);
        entity.take(link(3), false);
        assert!(entity.versions.iter().all(|version| version.conflict.is_none()), "{}", entity.story());
        assert!(entity.story().ends_with("Site {\"hh\": \"4\"}"), "{}", entity.story());
    }

    #[test]
    fn a_registration_that_comes_after_its_forced_updates_conflicts_only_with_what_others_said() {
        // The case of getodk/central #808 and #815: both updates first, then the registration.
        let branch = || vec![offline(9, None, 2, "hh=3"), offline(9, None, 1, "hh=2")];
        let mut entity = Entity::of(vec![offline(9, None, 2, "hh=3")]);
        entity.force();
        entity.take(offline(9, None, 1, "hh=2"), false);
        entity.take(made("hh=1 area=XS01"), false);
        assert!(entity.versions.iter().all(|version| version.conflict.is_none()), "{}", entity.story());
        assert!(entity.story().ends_with("Site {\"area\": \"XS01\", \"hh\": \"3\"}"), "{}", entity.story());
        let mut entity = Entity::of(branch());
        entity.force();
        entity.take(update(2, "area=XS09"), false);
        entity.take(made("hh=1 area=XS01"), false);
        assert_eq!(
            entity.versions.last().unwrap().conflict,
            Some(EntityConflict::Hard),
            "somebody in the office said another area: {}",
            entity.story()
        );
    }

    #[test]
    fn somebody_else_between_the_trunk_and_a_link_makes_every_later_link_a_possible_conflict() {
        // The case of getodk/central #698: the office changes what the second link changes, before the first one comes.
        check(
            vec![
                made("hh=1 area=a"),
                update(1, "area=b"),
                offline(9, Some(1), 1, "hh=2"),
                offline(9, Some(1), 2, "area=c"),
            ],
            "1<0; 2<1; 3<1 soft; 4<3 soft; Site {\"area\": \"c\", \"hh\": \"2\"}",
        );
    }

    #[test]
    fn two_phones_that_update_offline_side_by_side_are_told_of_each_other() {
        check(
            vec![made("hh=1"), offline(8, Some(1), 1, "hh=2"), offline(9, Some(1), 1, "hh=5")],
            "1<0; 2<1; 3<1 hard(hh); Site {\"hh\": \"5\"}",
        );
    }

    proptest! {
        /// However the links of branches arrive, the entity ends alike, as long as branches speak of different things.
        #[test]
        fn any_order_of_arrival_ends_alike(
            lengths in proptest::collection::vec(1_u32..6, 1..4),
            values in proptest::collection::vec(("[a-c]", "[0-9]"), 40),
            order in Just((0..40_usize).collect::<Vec<_>>()).prop_shuffle(),
            offline_creation in any::<bool>(),
            forced_after in proptest::option::of(0..20_usize),
        ) {
            let mut changes = vec![made("a0=start b0=start")];
            for (branch, length) in (0_u8..).zip(&lengths) {
                for link in 1..=*length {
                    let (name, value) = &values[changes.len() % values.len()];
                    // Only one phone can have made the entity; the others know it from the server.
                    let trunk = (branch > 0 || !offline_creation).then_some(1);
                    changes.push(offline(10 + branch, trunk, link, &format!("{name}{branch}={value}")));
                }
            }
            let straight = Entity::of(changes.clone());
            let mut shuffled: Vec<(usize, EntityChange)> =
                changes.into_iter().enumerate().map(|(at, change)| (order[at], change)).collect();
            shuffled.sort_by_key(|(at, _)| *at);
            let mut entity = Entity::default();
            for (n, (_, change)) in shuffled.into_iter().enumerate() {
                entity.take(change, false);
                if forced_after == Some(n) {
                    entity.force();
                }
            }
            prop_assert!(entity.waiting.is_empty() && entity.refused.is_empty(), "{}", entity.story());
            let (end, expected) = (entity.versions.last(), straight.versions.last());
            prop_assert_eq!(entity.versions.len(), straight.versions.len());
            prop_assert_eq!(end.map(|end| (&end.label, &end.data)), expected.map(|end| (&end.label, &end.data)));
        }
    }
}
