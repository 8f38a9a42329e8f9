//! The rules of forms, run on the server: findings that wait for the reviewer, and the same verdicts as ODK Web Forms.

use crate::office::Office;
use crate::program::{checkout, variable};
use dtm_capture::logic::{Logic, Moment};
use dtm_model::Instant;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

const FORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms">
<h:head><h:title>Household</h:title><model>
<instance><data id="household" version="1"><hosts/><n_hosted/><dept/><commune/>
<member jr:template=""><name/><age/><adult/></member><n_members/><oldest/><word/><meta><instanceID/></meta></data></instance>
<instance id="communes"><root><item><name>pap</name><dept>ouest</dept></item><item><name>leo</name><dept>ouest</dept></item><item><name>jac</name><dept>sudest</dept></item></root></instance>
<bind nodeset="/data/hosts" type="string" required="true()"/>
<bind nodeset="/data/n_hosted" type="int" relevant="/data/hosts = 'yes'" required="true()" constraint=". &gt; 0" jr:constraintMsg="Count those who stay there."/>
<bind nodeset="/data/dept" type="string"/><bind nodeset="/data/commune" type="string" constraint="not(selected(., 'nowhere'))"/>
<bind nodeset="/data/member/name" type="string" required="true()"/>
<bind nodeset="/data/member/age" type="int" constraint=". &gt;= 0 and . &lt;= 120"/>
<bind nodeset="/data/member/adult" type="string" calculate="if( ../age &gt;= 18, 'yes', 'no')"/>
<bind nodeset="/data/n_members" type="int" calculate="count( /data/member )"/>
<bind nodeset="/data/oldest" type="int" calculate="max( /data/member/age )"/>
<bind nodeset="/data/word" type="string" calculate="concat(coalesce( /data/commune , 'nowhere'), '-', string-length( /data/hosts ), '-', round(10 div 4, 1))"/>
<bind nodeset="/data/meta/instanceID" type="string" readonly="true()"/>
</model></h:head><h:body>
<input ref="/data/hosts"><label>Hosts?</label></input><input ref="/data/n_hosted"><label>How many?</label></input>
<select1 ref="/data/dept"><label>Department</label><item><label>Ouest</label><value>ouest</value></item><item><label>Sud-Est</label><value>sudest</value></item></select1>
<select1 ref="/data/commune"><label>Commune</label><itemset nodeset="instance('communes')/root/item[dept = /data/dept]"><value ref="name"/><label ref="name"/></itemset></select1>
<group ref="/data/member"><label>Members</label><repeat nodeset="/data/member"><input ref="/data/member/name"><label>Name</label></input><input ref="/data/member/age"><label>Age</label></input></repeat></group>
</h:body></h:html>"#;

/// What a phone sends, with these answers.
fn household(instance: &str, inside: &str) -> String {
    format!("<data id=\"household\" version=\"1\">{inside}<meta><instanceID>{instance}</instanceID></meta></data>")
}

const SOUND: &str = "<hosts>yes</hosts><n_hosted>4</n_hosted><dept>ouest</dept><commune>leo</commune>\
    <member><name>Ana</name><age>34</age><adult>yes</adult></member><member><name>Bo</name><age>7</age><adult>no</adult></member>\
    <n_members>2</n_members><oldest>34</oldest><word>leo-3-2.5</word>";

fn findings(office: &Office) -> Vec<String> {
    let told = office.run(&["round", "findings", "-o", "xso", "-r", "1"]);
    let mut said: Vec<String> =
        told.as_array().unwrap().iter().map(|one| one["message"].as_str().unwrap().to_owned()).collect();
    said.sort();
    said
}

#[test]
fn what_breaks_the_forms_own_rules_is_taken_and_waits_for_the_reviewer() {
    let office = Office::open();
    let form = office.data().join("household.xml");
    std::fs::write(&form, FORM).unwrap();
    office.run(&["form", "upload", "-o", "xso", "-e", "mobility", "--publish", form.to_str().unwrap()]);
    assert_eq!(office.submit(&household("uuid:sound", SOUND), &[]).status, 201);
    let broken = SOUND
        .replace("<n_hosted>4<", "<n_hosted>-4<")
        .replace("<name>Bo</name>", "")
        .replace("<n_members>2<", "<n_members>3<");
    assert_eq!(office.submit(&household("uuid:broken", &broken), &[]).status, 201, "nothing is refused");
    let expected = [
        "n_members holds «3» where the form calculates «2»",
        "Name (2) is required and has no answer",
        "«-4» in How many? breaks the form’s rule «. > 0»: Count those who stay there.",
    ];
    let mut expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
    expected.sort();
    // The examination follows the acknowledgement; nobody waits for it.
    for _ in 0..300 {
        if findings(&office).len() >= expected.len() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let plain = |lines: Vec<String>| -> Vec<String> {
        lines.into_iter().map(|line| line.replace(['\u{2068}', '\u{2069}'], "")).collect()
    };
    assert_eq!(plain(findings(&office)), expected);
    let log = office.run(&["audit", "--limit", "1000"]);
    assert!(log.as_array().unwrap().iter().any(|entry| entry["action"] == "record.examined"), "{log}");
}

/// The folder with the engine behind ODK Web Forms, if there is one.
fn engine() -> Option<String> {
    let folder = variable("DTM_XFORMS_ENGINE");
    if folder.is_none() {
        println!("skipped: no @getodk/xforms-engine (name the folder with its node_modules in DTM_XFORMS_ENGINE)");
        assert!(variable("DTM_NO_SKIP").is_none(), "DTM_NO_SKIP is set, and DTM_XFORMS_ENGINE names no folder");
    }
    folder
}

#[test]
fn odk_web_forms_comes_to_the_same_verdicts() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (form, sent) = (folder.path().join("form.xml"), folder.path().join("sent.xml"));
    std::fs::write(&form, FORM).unwrap();
    let logic = Logic::compile(FORM, &|_| None).unwrap();
    let changed = |from: &str, to: &str| SOUND.replace(from, to);
    // An age left out is not among these: Web Forms then has no oldest member, JavaRosa and we have the next.
    let cases = [
        SOUND.to_owned(),
        changed("<n_hosted>4<", "<n_hosted>0<"),
        changed("<n_hosted>4<", "<n_hosted><"),
        changed("<hosts>yes<", "<hosts><").replace("leo-3-", "leo-0-").replace("<n_hosted>4<", "<n_hosted><"),
        changed("<age>34<", "<age>121<").replace("<oldest>34<", "<oldest>121<"),
        changed("<age>7<", "<age>-1<"),
        changed("<name>Ana<", "<name><"),
        changed("<n_members>2<", "<n_members>5<"),
        changed("<word>leo-3-2.5<", "<word>leo<"),
    ];
    for inside in cases {
        let xml = household("uuid:one", &inside);
        std::fs::write(&sent, &xml).unwrap();
        let script = checkout().join("crates/dtm/tests/node/examine.mjs");
        let output =
            Command::new("node").arg(script).arg(&form).arg(&sent).env("DTM_XFORMS_ENGINE", &engine).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{out}\n{err}");
        let mut theirs = BTreeSet::new();
        for line in out.lines() {
            let node: Value = serde_json::from_str(line).unwrap();
            let path = node["path"].as_str().unwrap().trim_start_matches("/data/").to_owned();
            let (value, relevant) = (node["value"].as_str().unwrap(), node["relevant"] == true);
            match node["breaks"].as_str() {
                Some("required") if relevant => theirs.insert((path, "required_missing")),
                Some("constraint") if relevant => theirs.insert((path, "constraint_broken")),
                // The engine calculates anew; what it then holds is what should have been sent.
                _ if relevant && sent_value(&xml, &path).is_none_or(|sent| sent != value) => {
                    theirs.insert((path, "calculation_differs"))
                }
                _ => false,
            };
        }
        let examination = logic.examine(&xml, Moment::from(Instant::from_millis(1_767_700_000_000)));
        let ours: BTreeSet<_> = examination.findings.iter().map(|found| (found.path.clone(), found.code())).collect();
        assert_eq!(ours, theirs, "{xml}");
    }
}

/// What was sent at a path such as `member[2]/age`.
fn sent_value(xml: &str, path: &str) -> Option<String> {
    let mut rest = xml;
    for step in path.split('/') {
        let (name, turn) = step.strip_suffix(']').and_then(|step| step.split_once('[')).unwrap_or((step, "1"));
        let name = name.rsplit(':').next().unwrap();
        rest = rest.split(&format!("<{name}>")).nth(turn.parse().unwrap())?;
    }
    Some(rest.split('<').next().unwrap().to_owned())
}
