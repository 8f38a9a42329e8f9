use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;

const FORM: &str = r##"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>Site</h:title><model>
<itext>
  <translation lang="English (en)" default="true()"><text id="age"><value>An age is between 0 and 120.</value></text></translation>
  <translation lang="Français (fr)"><text id="age"><value>Un âge est entre 0 et 120.</value></text></translation>
</itext>
<instance><data id="site" version="3"><start/><end/><hosts/><n_hosted/><dept/><commune/><assessed_on/><camp/>
  <household jr:template=""><head/><age/><adult/></household><n_households/><total/><code/><needs/></data></instance>
<instance id="communes"><root>
  <item><name>pap</name><dept>ouest</dept></item><item><name>leo</name><dept>ouest</dept></item><item><name>jac</name><dept>sudest</dept></item>
</root></instance>
<instance id="camps" src="jr://file-csv/camps.csv"/>
<instance id="last" src="jr://instance/last-saved"/>
<bind nodeset="/data/start" type="dateTime" jr:preload="timestamp" jr:preloadParams="start"/>
<bind nodeset="/data/end" type="dateTime" jr:preload="timestamp" jr:preloadParams="end"/>
<bind nodeset="/data/hosts" type="string" required="true()"/>
<bind nodeset="/data/n_hosted" type="int" relevant="/data/hosts = 'yes'" required="true()" constraint=". &gt; 0"
  jr:constraintMsg="Count those who stay there."/>
<bind nodeset="/data/dept" type="string"/><bind nodeset="/data/commune" type="string"/>
<bind nodeset="/data/assessed_on" type="date" constraint=". &lt;= today()"/>
<bind nodeset="/data/camp" type="string" constraint="pulldata('camps', 'open', 'code', .) = 'yes'"/>
<bind nodeset="/data/household/head" type="string" required="true()"/>
<bind nodeset="/data/household/age" type="int" constraint=". &gt;= 0 and . &lt;= 120" jr:constraintMsg="jr:itext('age')"/>
<bind nodeset="/data/household/adult" type="string" calculate="if(../age &gt;= 18, 'yes', 'no')"/>
<bind nodeset="/data/n_households" type="int" calculate="count(/data/household)"/>
<bind nodeset="/data/total" type="int" calculate="sum(/data/household/age) + coalesce(/data/n_hosted, 0)"/>
<bind nodeset="/data/code" type="string" calculate="concat(/data/commune, '-', uuid())"/>
<bind nodeset="/data/needs" type="string" relevant="instance('last')/data/needs = 'x'"/>
</model></h:head><h:body>
<input ref="/data/hosts"/><input ref="/data/n_hosted"/>
<select1 ref="/data/dept"><item><label>Ouest</label><value>ouest</value></item><item><label>Sud-Est</label><value>sudest</value></item></select1>
<select1 ref="/data/commune"><itemset nodeset="randomize(instance('communes')/root/item[dept = /data/dept])"><value ref="name"/><label ref="name"/></itemset></select1>
<input ref="/data/assessed_on"/>
<select1 ref="/data/camp"><itemset nodeset="instance('camps')/root/item"><value ref="code"/><label ref="label"/></itemset></select1>
<group ref="/data/household"><repeat nodeset="/data/household"><input ref="/data/household/head"/><input ref="/data/household/age"/></repeat></group>
<select ref="/data/needs"><item><label>W</label><value>water</value></item><item><label>F</label><value>food</value></item></select>
</h:body></h:html>"##;

const CAMPS: &str = "code,label,open\nc1,Camp 1,yes\nc2,\"Camp, 2\",no\n";

fn logic() -> Logic {
    Logic::compile(FORM, &|name| (name == "camps.csv").then(|| CAMPS.into())).unwrap()
}

fn arrived() -> Moment {
    // 2 March 2024, noon
    Moment::from(Instant::from_millis(1_709_380_800_000))
}

fn submission(inside: &str) -> String {
    format!("<data id='site' version='3'><end>2024-02-29T23:30:00.000-05:00</end>{inside}</data>")
}

fn said(examination: &Examination) -> String {
    let line = |finding: &LogicFinding| format!("{} | {}\n", finding.message(Lang::En), finding.message(Lang::Fr));
    examination.findings.iter().map(line).collect::<String>()
        + if examination.was_cut_short { "cut short\n" } else { "" }
}

fn check(inside: &str, expected: Expect) {
    expected.assert_eq(&said(&logic().examine(&submission(inside), arrived())));
}

const SOUND: &str = "<hosts>yes</hosts><n_hosted>4</n_hosted><dept>ouest</dept><commune>leo</commune>
    <assessed_on>2024-02-29</assessed_on><camp>c1</camp>
    <household><head>Ana</head><age>34</age><adult>yes</adult></household>
    <household><head>Bo</head><age>7</age><adult>no</adult></household>
    <n_households>2</n_households><total>45</total><code>leo-7f</code>";

#[test]
fn where_some_answers_are_encrypted_only_rules_that_read_none_of_them_decide() {
    // The age of people and how many are hosted are readable; whether anybody is, names and the sums are not.
    let readable =
        ["n_hosted", "dept", "commune", "household/age", "household/adult", "assessed_on", "meta/instanceID"];
    let readable: BTreeSet<String> = readable.map(str::to_owned).into();
    let check = |inside: &str, expected: Expect| {
        let xml = format!("<data id='site' version='3'>{inside}</data>");
        expected.assert_eq(&said(&logic().examine_readable(&xml, &[], &readable, arrived())));
    };
    check(
        "<n_hosted>4</n_hosted><dept>ouest</dept><commune>leo</commune><household><age>34</age><adult>yes</adult></household>",
        expect![[""]],
    );
    check(
        "<n_hosted>0</n_hosted><dept>ouest</dept><commune>jac</commune><household><age>134</age><adult>no</adult></household>",
        expect![[r#"
            «0» in `n_hosted` breaks the form’s rule . > 0: “Count those who stay there.” | « 0 » dans `n_hosted` enfreint la règle du formulaire . > 0 : « Count those who stay there. »
            «jac» is not among the choices that the form offers in `commune` here | « jac » n’est pas parmi les choix que le formulaire offre ici dans `commune`
            «134» in `household[1]/age` breaks the form’s rule . >= 0 and . <= 120: “An age is between 0 and 120.” | « 134 » dans `household[1]/age` enfreint la règle du formulaire . >= 0 and . <= 120 : « Un âge est entre 0 et 120. »
            `household[1]/adult` holds «no» where the form calculates «yes» | `household[1]/adult` contient « no » alors que le formulaire calcule « yes »
        "#]],
    );
    // What decides whether it was asked is encrypted: unanswered, nobody can say that it should have been.
    check("<dept>ouest</dept>", expect![[""]]);
    let of_choices = readable.iter().filter(|path| *path != "dept").cloned().collect();
    let xml = "<data id='site' version='3'><commune>jac</commune></data>";
    assert_eq!(logic().examine_readable(xml, &[], &of_choices, arrived()).findings, []);
}

#[test]
fn a_sound_submission_has_no_findings() {
    assert_eq!(logic().problems(), []);
    check(SOUND, expect![[""]]);
}

#[test]
fn an_answer_to_a_question_that_was_not_asked_is_found() {
    let sent =
        SOUND.replace("<hosts>yes</hosts>", "<hosts>no</hosts>").replace("<total>45</total>", "<total>41</total>");
    check(
        &sent,
        expect![[r#"
            `n_hosted` is answered «4» though the form does not ask it here | `n_hosted` a la réponse « 4 » alors que le formulaire ne pose pas la question ici
        "#]],
    );
}

#[test]
fn what_the_form_requires_in_each_turn_of_a_repeat_is_missed() {
    let sent = SOUND
        .replace("<head>Bo</head>", "")
        .replace("<n_hosted>4</n_hosted>", "")
        .replace("<total>45</total>", "<total>41</total>");
    check(
        &sent,
        expect![[r#"
            `n_hosted` is required and has no answer | `n_hosted` est obligatoire et n’a pas de réponse
            `household[2]/head` is required and has no answer | `household[2]/head` est obligatoire et n’a pas de réponse
        "#]],
    );
}

#[test]
fn a_broken_rule_is_told_in_the_forms_own_words() {
    let sent = SOUND
        .replace("<n_hosted>4<", "<n_hosted>-4<")
        .replace("<age>34</age>", "<age>340</age>")
        .replace("<total>45</total>", "<total>343</total>");
    check(
        &sent,
        expect![[r#"
            «-4» in `n_hosted` breaks the form’s rule . > 0: “Count those who stay there.” | « -4 » dans `n_hosted` enfreint la règle du formulaire . > 0 : « Count those who stay there. »
            «340» in `household[1]/age` breaks the form’s rule . >= 0 and . <= 120: “An age is between 0 and 120.” | « 340 » dans `household[1]/age` enfreint la règle du formulaire . >= 0 and . <= 120 : « Un âge est entre 0 et 120. »
        "#]],
    );
}

#[test]
fn today_is_the_day_on_the_phone_when_the_form_was_finished() {
    // Half past eleven at night in Port-au-Prince: in UTC it is March already.
    let sent = SOUND.replace("<assessed_on>2024-02-29<", "<assessed_on>2024-03-01<");
    check(
        &sent,
        expect![[r#"
            «2024-03-01» in `assessed_on` breaks the form’s rule . <= today() | « 2024-03-01 » dans `assessed_on` enfreint la règle du formulaire . <= today()
        "#]],
    );
}

#[test]
fn a_commune_of_another_department_was_not_offered() {
    check(
        &SOUND.replace("<commune>leo<", "<commune>jac<"),
        expect![[r#"
            «jac» is not among the choices that the form offers in `commune` here | « jac » n’est pas parmi les choix que le formulaire offre ici dans `commune`
        "#]],
    );
    check(
        &SOUND.replace("<dept>ouest<", "<dept>nord<").replace("<commune>leo<", "<commune><"),
        expect![[r#"
            «nord» is not among the choices that the form offers in `dept` here | « nord » n’est pas parmi les choix que le formulaire offre ici dans `dept`
        "#]],
    );
}

#[test]
fn lists_and_tables_are_read_from_files_and_without_them_nothing_is_said() {
    let sent = SOUND.replace("<camp>c1<", "<camp>c2<");
    check(
        &sent,
        expect![[r#"
            «c2» in `camp` breaks the form’s rule pulldata('camps', 'open', 'code', .) = 'yes' | « c2 » dans `camp` enfreint la règle du formulaire pulldata('camps', 'open', 'code', .) = 'yes'
        "#]],
    );
    let without = Logic::compile(FORM, &|_| None).unwrap();
    assert_eq!(said(&without.examine(&submission(&sent), arrived())), "");
}

#[test]
fn a_wrong_sum_is_found_once_and_a_value_made_by_chance_is_left_alone() {
    let sent =
        SOUND.replace("<total>45</total>", "<total>44</total>").replace("<adult>no</adult>", "<adult>yes</adult>");
    check(
        &sent,
        expect![[r#"
            `household[2]/adult` holds «yes» where the form calculates «no» | `household[2]/adult` contient « yes » alors que le formulaire calcule « no »
            `total` holds «44» where the form calculates «45» | `total` contient « 44 » alors que le formulaire calcule « 45 »
        "#]],
    );
}

#[test]
fn an_answer_of_another_type_is_found() {
    check(
        &SOUND.replace("<n_hosted>4<", "<n_hosted>about four<").replace("<total>45</total>", "<total/>"),
        expect![[r#"
            «about four» in `n_hosted` is not of the type int | « about four » dans `n_hosted` n’est pas du type int
        "#]],
    );
}

#[test]
fn corrections_stand_in_place_of_what_was_sent() {
    let sent = submission(
        &SOUND.replace("<age>34</age>", "<age>340</age>").replace("<total>45</total>", "<total>351</total>"),
    );
    let corrected = |path: &str, answer: &str| vec![(path.to_owned(), answer.to_owned())];
    let mended = logic().examine_corrected(&sent, &corrected("household[1]/age", "34"), arrived());
    expect![[r#"
        `total` holds «351» where the form calculates «45» | `total` contient « 351 » alors que le formulaire calcule « 45 »
    "#]]
    .assert_eq(&said(&mended));
    let unknown = logic().examine_corrected(&sent, &corrected("household[9]/age", "34"), arrived());
    assert_eq!(unknown.findings.len(), 1);
}

#[test]
fn what_is_encrypted_or_no_submission_has_nothing_to_examine() {
    for xml in ["<data id='site' encrypted='yes'><base64EncryptedKey>x</base64EncryptedKey></data>", "<data", ""] {
        assert_eq!(logic().examine(xml, arrived()), Examination::default());
    }
}

/// A form of questions that each take the one before, in repeats if any.
fn long_form(n_questions: usize, repeated: bool) -> String {
    let names: String = (0..n_questions).map(|n| format!("<q{n}/>")).collect();
    let base = if repeated { "/data/turn" } else { "/data" };
    let binds: String = (1..n_questions)
        .map(|n| {
            let before = n - 1;
            format!(
                "<bind nodeset='{base}/q{n}' type='int' calculate='{base}/q{before} + 1' relevant='{base}/q{before} &gt;= 0' constraint='. &lt; 1000000'/>"
            )
        })
        .collect();
    let inside = if repeated { format!("<turn>{names}</turn>") } else { names };
    let body = if repeated {
        "<group ref='/data/turn'><repeat nodeset='/data/turn'><input ref='/data/turn/q0'/></repeat></group>"
    } else {
        ""
    };
    format!(
        "<html xmlns:jr='x'><head><model><instance><data id='long'>{inside}</data></instance>{binds}</model></head><body>{body}</body></html>"
    )
}

#[test]
fn thousands_of_questions_and_hundreds_of_turns_are_examined_whole() {
    let answers = |n: usize| (0..n).map(|n| format!("<q{n}>{n}</q{n}>")).collect::<String>();
    let logic = Logic::compile(&long_form(6000, false), &|_| None).unwrap();
    let examination = logic.examine(&format!("<data id='long'>{}</data>", answers(6000)), arrived());
    assert_eq!(examination, Examination::default());

    let logic = Logic::compile(&long_form(300, true), &|_| None).unwrap();
    let turns = format!("<turn>{}</turn>", answers(300)).repeat(200);
    assert_eq!(logic.examine(&format!("<data id='long'>{turns}</data>"), arrived()), Examination::default());
    let wrong = format!("<data id='long'>{}</data>", turns.replace("<q7>7<", "<q7>8<"));
    let examination = logic.examine(&wrong, arrived());
    assert_eq!(examination.findings.len(), 300);
    assert!(examination.was_cut_short);
}

#[test]
fn calculations_in_a_ring_end_and_say_nothing() {
    let form = "<html><head><model><instance><data id='ring'><a/><b/><c/></data></instance>
        <bind nodeset='/data/a' calculate='/data/b + 1'/><bind nodeset='/data/b' calculate='/data/a + 1'/>
        <bind nodeset='/data/c' relevant='/data/a &gt; 3' calculate='. + 1'/></model></head><body/></html>";
    let logic = Logic::compile(form, &|_| None).unwrap();
    let examination = logic.examine("<data id='ring'><a>1</a><b>1</b></data>", arrived());
    assert_eq!(examination, Examination::default());
}

#[test]
fn a_form_made_to_exhaust_us_is_cut_short() {
    let greedy = (0..8).fold("true()".to_owned(), |inner, _| format!("count(//*[{inner}]) >= 0"));
    let form = format!(
        "<html><head><model><instance><data id='greedy'><a/><b/></data></instance>
        <bind nodeset='/data/a' relevant=\"{}\"/><bind nodeset='/data/b' constraint=\"regex(., '(a|aa)+(?=x)\\1')\"/></model></head><body/></html>",
        greedy.replace('>', "&gt;")
    );
    let many: String = (0..200).map(|n| format!("<x{n}/>")).collect();
    let form = form.replace("<a/>", &format!("<a/>{many}"));
    let logic = Logic::compile(&form, &|_| None).unwrap();
    let sent = format!("<data id='greedy'><a>1</a><b>{}</b></data>", "a".repeat(50_000));
    assert!(logic.examine(&sent, arrived()).was_cut_short);
}

#[test]
fn rules_that_cannot_be_read_are_named_and_decide_nothing() {
    let form = FORM
        .replace("sum(/data/household/age)", "sum(/data/household/age")
        .replace(". &lt;= today()", ". &lt;= tomorrow()");
    let logic = Logic::compile(&form, &|_| None).unwrap();
    let named: Vec<_> = logic.problems().iter().map(|problem| (problem.path.as_str(), problem.rule)).collect();
    assert_eq!(named, [("total", "calculate")]);
    assert_eq!(said(&logic.examine(&submission(SOUND), arrived())), "");
}

proptest! {
    #[test]
    fn no_rule_and_no_submission_brings_it_down(
        rule in "([a-z./@*\\[\\]()=<>+-]|//|count\\(|/data/household/|'x'|1|, |instance\\('communes'\\)/root/item| and | div |regex\\(|substr\\(|date\\(){0,24}",
        at in 0..SOUND.len(),
        with in "\\PC{0,8}",
    ) {
        let form = FORM.replace("count(/data/household)", &rule.replace('<', "&lt;"));
        let logic = Logic::compile(&form, &|_| None).unwrap();
        if let Some((before, after)) = SOUND.split_at_checked(at) {
            let _ = logic.examine(&submission(&format!("{before}{with}{after}")), arrived());
        }
        let _ = logic.evaluate(&rule, "household[2]/age", &submission(SOUND), arrived());
    }
}

/// Rules of an officer, one a line (expression, question, what the answer should be), held against a submission.
fn check_own(rules: &str, inside: &str, expected: Expect) {
    let part = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let written: Vec<OwnRule> = rules
        .trim()
        .lines()
        .map(|line| {
            let mut parts = line.split('|');
            let mut next = || part(parts.next().unwrap_or_default());
            OwnRule { expression: next().unwrap_or_default(), question: next(), proposed: next() }
        })
        .collect();
    let logic = logic();
    let (own, problems) = logic.own_rules(&written);
    let mut told: Vec<String> = problems
        .iter()
        .map(|problem| {
            assert_ne!(problem.error.message(Lang::Fr), problem.error.message(Lang::En));
            format!("{} {:?}: {}", problem.rule, problem.part, problem.error.message(Lang::En))
        })
        .collect();
    let held = logic.hold(&own, &submission(inside), &[], arrived());
    told.extend(held.findings.iter().map(|found| {
        format!("{} {} «{}» → {}", found.rule, found.path, found.answer, found.proposed.as_deref().unwrap_or("?"))
    }));
    told.extend(held.undecided.iter().map(|(rule, error)| format!("{rule} undecided: {error}")));
    expected.assert_eq(&told.join("\n"));
}

#[test]
fn an_officers_rule_is_asked_of_the_record_or_in_every_turn() {
    check_own(
        "
${n_hosted} > 50 | n_hosted | ${n_hosted} div 10
${age} < 15 and position(..) >= 1 | age |
count(/data/household) > 3 | |
sum(/data/household/age) > 40 | |
. = 'yes' | hosts | 'no'
",
        "<hosts>yes</hosts><n_hosted>70</n_hosted><household><head>A</head><age>40</age></household><household><head>B</head><age>9</age></household>",
        expect![[r#"
            0 n_hosted «70» → 7
            1 household[2]/age «9» → ?
            3  «» → ?
            4 hosts «yes» → no"#]],
    );
}

#[test]
fn what_an_officer_mistyped_is_told_with_the_word() {
    check_own(
        "
${n_host} > 50 | n_hosted |
${n_hosted} >> 50 | n_hosted |
${n_hosted} > | |
sume(${age}) > 1 | |
/data/nobody = 1 | |
. > 1 | nothing |
",
        "<hosts>yes</hosts>",
        expect![[r#"
            0 Expression: the form has no question «n_host», or several of that name
            1 Expression: the expression makes no sense at «>»
            2 Expression: the expression ends too early
            3 Expression: the function `sume` is not known
            4 Expression: the form has no question «nobody», or several of that name
            5 Question: the form has no question «nothing», or several of that name"#]],
    );
}
