//! What a submission wants of entities.
//!
//! In: what the form declares ([`EntityForm`]) and the XML of a submission. Out: the changes it asks for, in document
//! order, and the blocks that cannot be followed, each with its reason; the submission is never refused for them. A
//! question that was not relevant, so that the phone left it out, changes nothing; one left empty empties its property.
//! Rules: ODK Entities specification, 2022.1 to 2025.1.

use crate::submission::SubmissionError;
use crate::xml::{MAX_ELEMENTS, Node, Tree};
use dtm_model::{EntityChange, EntityFeed, EntityForm, EntityId, EntityRefusal, EntityWishes, RefusedEntity};
use std::collections::BTreeMap;

pub use crate::xform::{EntityFormError, entities as declared, knows_offline};

/// How many entities one submission may speak of.
const MAX_CHANGES: usize = 10_000;

/// Reads what a submission wants of entities.
pub fn changes(form: &EntityForm, xml: &str) -> Result<EntityWishes, SubmissionError> {
    let tree = Tree::read(xml.as_bytes(), MAX_ELEMENTS)?;
    let mut wishes = EntityWishes::default();
    for feed in &form.feeds {
        for section in nodes_at(&tree, tree.root(), &feed.path) {
            let block = tree.child(section, "meta").and_then(|meta| tree.child(meta, "entity"));
            let Some(block) = block else { continue };
            let mut wish = wish(&tree, feed, section, block);
            if wishes.changes.len() >= MAX_CHANGES {
                wish = Err(EntityRefusal::TooMany);
            }
            match wish {
                Ok(Some(change)) => wishes.changes.push(change),
                Ok(None) => {}
                Err(why) => {
                    let is_last = why == EntityRefusal::TooMany;
                    let id = block.attribute("id").unwrap_or_default().chars().take(100).collect();
                    wishes.refused.push(RefusedEntity { list: feed.list.clone(), id, why });
                    if is_last {
                        return Ok(wishes);
                    }
                }
            }
        }
    }
    Ok(wishes)
}

/// The elements at a path below another, in document order; templates of repeats are the form's, not answers.
fn nodes_at<'a>(tree: &'a Tree, from: &'a Node, path: &str) -> Vec<&'a Node> {
    let mut found = vec![from];
    for step in path.split('/').filter(|step| !step.is_empty()) {
        let is_answer = |node: &&Node| !node.attributes.iter().any(|(name, _)| name.ends_with(":template"));
        found = found
            .into_iter()
            .flat_map(|node| tree.children(node).filter(|child| child.name == step))
            .filter(is_answer)
            .collect();
    }
    found
}

/// What one block asks for, nothing if it neither creates nor updates.
fn wish(tree: &Tree, feed: &EntityFeed, section: &Node, block: &Node) -> Result<Option<EntityChange>, EntityRefusal> {
    let is_set = |name: &str| matches!(block.attribute(name).map(str::trim), Some("1" | "true"));
    let (create, update) = (is_set("create"), is_set("update"));
    if !create && !update {
        return Ok(None);
    }
    for (asked, declared, action) in [(create, feed.creates, "create"), (update, feed.updates, "update")] {
        if asked && !declared {
            return Err(EntityRefusal::NotDeclared { action: action.to_owned() });
        }
    }
    let id = filled(block, "id").ok_or(EntityRefusal::NoId)?.parse().map_err(|_| EntityRefusal::BadId)?;
    let branch = filled(block, "branchId").map(str::parse::<EntityId>).transpose();
    let branch = branch.map_err(|_| EntityRefusal::BadVersion { field: "branchId".to_owned() })?;
    let label = tree.child(block, "label").map(|label| label.text.clone()).filter(|text| !text.trim().is_empty());
    if create && !update && label.is_none() {
        return Err(EntityRefusal::NoLabel);
    }
    let (base_version, trunk_version) = (version(block, "baseVersion")?, version(block, "trunkVersion")?);
    if trunk_version.is_some() && branch.is_none() {
        return Err(EntityRefusal::BadVersion { field: "branchId".to_owned() });
    }
    let data = feed
        .saves
        .iter()
        .filter_map(|save| {
            let below = match feed.path.as_str() {
                "" => save.path.as_str(),
                path => save.path.strip_prefix(path)?,
            };
            let node = nodes_at(tree, section, below).into_iter().next()?;
            Some((save.property.clone(), node.text.clone()))
        })
        .collect::<BTreeMap<_, _>>();
    Ok(Some(EntityChange {
        list: feed.list.clone(),
        id,
        create,
        update,
        label,
        base_version,
        trunk_version,
        branch,
        data,
    }))
}

fn filled<'a>(block: &'a Node, name: &str) -> Option<&'a str> {
    block.attribute(name).map(str::trim).filter(|text| !text.is_empty())
}

fn version(block: &Node, name: &str) -> Result<Option<u32>, EntityRefusal> {
    let bad = || EntityRefusal::BadVersion { field: name.to_owned() };
    match filled(block, name) {
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().map(Some).map_err(|_| bad()),
        Some(_) => Err(bad()),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{FieldKind, SaveTo};
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn form() -> EntityForm {
        let save = |path: &str, property: &str| SaveTo {
            path: path.to_owned(),
            property: property.to_owned(),
            kind: FieldKind::Text,
        };
        let feed = |list: &str, path: &str, updates: bool, saves: Vec<SaveTo>| EntityFeed {
            list: list.to_owned(),
            path: path.to_owned(),
            in_repeat: !path.is_empty(),
            creates: true,
            updates,
            saves,
        };
        EntityForm {
            spec: "2025.1.0".to_owned(),
            feeds: vec![
                feed("sites", "", true, vec![save("where/pcode", "pcode"), save("hh", "households")]),
                feed("tents", "camp/tent", false, vec![save("camp/tent/number", "number")]),
            ],
        }
    }

    fn check(inner: &str, expected: Expect) {
        let wishes = changes(&form(), &format!("<data id='sites'>{inner}</data>")).unwrap();
        let mut printed = String::new();
        for change in &wishes.changes {
            let EntityChange { list, id, create, update, label, base_version, trunk_version, branch, data } = change;
            let short = |id: &EntityId| id.as_str()[..8].to_owned();
            printed += &format!(
                "{list} {} create={create} update={update} label={label:?} base={base_version:?} trunk={trunk_version:?} branch={:?} {data:?}\n",
                short(id),
                branch.as_ref().map(short)
            );
        }
        for refused in &wishes.refused {
            printed += &format!("{} «{}»: {:?}\n", refused.list, refused.id, refused.why);
        }
        expected.assert_eq(&printed);
    }

    const A: &str = "uuid:AAAAAAAA-0000-4000-8000-000000000001";
    const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";

    #[test]
    fn a_site_and_its_tents_are_read_from_one_submission() {
        check(
            &format!(
                "<where><pcode>XS01</pcode></where><hh/>
                 <camp><tent template=''><number>0</number></tent>
                 <tent><number>7</number><meta><entity dataset='tents' id='{B}' create='1'><label>Tent 7</label></entity></meta></tent>
                 <tent><meta><entity dataset='tents' id='' create='1'><label>Tent 8</label></entity></meta></tent>
                 <tent><meta><entity dataset='tents' id='{B}' create='0'/></meta></tent></camp>
                 <meta><entity dataset='sites' id='{A}' update='true' baseVersion='3' trunkVersion='2' branchId='{B}'/></meta>"
            ),
            expect![[r#"
                sites aaaaaaaa create=false update=true label=None base=Some(3) trunk=Some(2) branch=Some("bbbbbbbb") {"households": "", "pcode": "XS01"}
                tents bbbbbbbb create=true update=false label=Some("Tent 7") base=None trunk=None branch=None {"number": "7"}
                tents «»: NoId
            "#]],
        );
    }

    #[test]
    fn what_cannot_be_followed_is_told_and_the_rest_goes_on() {
        let site = |attributes: &str| format!("<meta><entity dataset='sites' {attributes}/></meta>");
        check(
            &site(&format!("id='{A}' create='1'")),
            expect![[r#"
            sites «uuid:AAAAAAAA-0000-4000-8000-000000000001»: NoLabel
        "#]],
        );
        check(
            &site("id='site-4' update='1'"),
            expect![[r#"
            sites «site-4»: BadId
        "#]],
        );
        check(
            &site(&format!("id='{B}' update='1' baseVersion='-1'")),
            expect![[r#"
            sites «bbbbbbbb-0000-4000-8000-000000000002»: BadVersion { field: "baseVersion" }
        "#]],
        );
        check(
            &site(&format!("id='{B}' update='1' baseVersion='1' trunkVersion='1'")),
            expect![[r#"
            sites «bbbbbbbb-0000-4000-8000-000000000002»: BadVersion { field: "branchId" }
        "#]],
        );
        check(
            &format!("<camp><tent><meta><entity id='{B}' update='1'/></meta></tent></camp>"),
            expect![[r#"
                tents «bbbbbbbb-0000-4000-8000-000000000002»: NotDeclared { action: "update" }
            "#]],
        );
        check("<hh>4</hh>", expect![""]);
    }

    proptest! {
        #[test]
        fn no_entity_block_brings_the_reader_down(
            attributes in proptest::collection::vec(("id|create|update|baseVersion|trunkVersion|branchId", "[0-9a-f\\-é:]{0,40}"), 0..6)
        ) {
            let mut seen = std::collections::BTreeMap::new();
            seen.extend(attributes);
            let attributes: String = seen.iter().map(|(name, value)| format!(" {name}='{value}'")).collect();
            let _ = changes(&form(), &format!("<data><meta><entity{attributes}/></meta></data>"));
        }
    }
}
