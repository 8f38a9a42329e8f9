//! The forms, and the submissions against them.

use crate::{today, world};
use dtm_demo::{MOBILITY, World};
use std::collections::BTreeSet;

#[test]
fn each_exercise_has_a_workbook_and_a_mapping() {
    let forms = world().xlsforms().unwrap();
    for exercise in world().exercises() {
        let form = forms.iter().find(|form| form.exercise == exercise.slug).unwrap();
        assert!(form.bytes.starts_with(b"PK"), "{} is a workbook", form.file_name);
        assert!(form.file_name.ends_with(".xlsx"));
        assert!(world().mapping_toml(exercise.slug).is_some());
    }
    assert!(world().mapping_toml("registration").is_none());
}

#[test]
fn every_question_a_mapping_reads_is_answered_in_some_submission() {
    for exercise in world().exercises() {
        let mapping = world().mapping_toml(exercise.slug).unwrap();
        let asked = mapping.lines().flat_map(|line| line.split('"').skip(1).step_by(2)).filter(|word| {
            ["m0", "m1", "m2", "m3", "s1", "idp_f_", "idp_m_", "fmr_"].iter().any(|start| word.starts_with(start))
        });
        let asked: BTreeSet<&str> = asked.filter(|word| *word != "m0701_fmr_num_nation_ind").collect();
        let sent: String =
            world().submissions().filter(|one| one.exercise == exercise.slug).take(20).map(|one| one.xml).collect();
        for question in asked {
            assert!(sent.contains(&format!("<{question}>")), "{question} of {}", exercise.slug);
        }
    }
}

#[test]
fn every_submission_names_its_form_version_and_itself() {
    let forms = world().xlsforms().unwrap();
    for submission in world().submissions() {
        let form = forms.iter().find(|form| form.exercise == submission.exercise).unwrap();
        let document = roxmltree::Document::parse(&submission.xml).unwrap();
        let root = document.root_element();
        assert_eq!(
            (root.attribute("id"), root.attribute("version")),
            (Some(form.form_id), Some(form.version.as_str()))
        );
        let id = document.descendants().find(|node| node.has_tag_name("instanceID")).unwrap();
        assert_eq!(id.text(), Some(submission.instance_id.as_str()));
        for (name, bytes) in &submission.files {
            assert!(submission.xml.contains(name) && bytes.starts_with(b"\x89PNG"));
        }
    }
}

#[test]
fn a_large_world_asks_for_the_place_as_text_and_streams_its_submissions() {
    let world = World::generate(1, 10, today());
    assert!(world.n_submissions() > 25_000);
    let first: Vec<_> = world.submissions().take(3).collect();
    assert!(first.iter().all(|submission| submission.exercise == MOBILITY));
    let workbook = &world.xlsforms().unwrap()[0].bytes;
    assert!(workbook.len() < 60_000, "the list of places is not in the form: {}", workbook.len());
}
