use super::*;
use crate::xlsform;
use dtm_model::{Field, FieldKind, Text};
use expect_test::{Expect, expect};

/// A form of a site with its households.
fn form() -> FormSchema {
    let book = crate::workbook::Workbook::from_markdown(
        "
| survey  |                     |           |               |                |
|         | type                | name      | label::English (en) | label::French (fr) |
|         | start               | start     |               |                |
|         | begin group         | site      | Site          | Site           |
|         | text                | name      | Name          | Nom            |
|         | geopoint            | at        | Where         | Où             |
|         | select_multiple why | why       | Why           | Pourquoi       |
|         | end group           |           |               |                |
|         | begin repeat        | household | Household     | Ménage         |
|         | integer             | size      | Size          | Taille         |
|         | select_one yn       | stays     | Stays         | Reste          |
|         | begin repeat        | member    | Member        | Membre         |
|         | integer             | age       | Age           | Âge            |
|         | end repeat          |           |               |                |
|         | end repeat          |           |               |                |
|         | image               | photo     | Photo         | Photo          |
| choices |                     |           |               |                |
|         | list_name           | name      | label::English (en) | label::French (fr) |
|         | why                 | conflict  | Armed conflict | Conflit armé  |
|         | why                 | flood     | Flood         | Inondation     |
|         | yn                  | 1         | Yes           | Oui            |
|         | yn                  | 0         | No            | Non            |
| settings |                    |           |               |                |
|         | form_id             | version   |               |                |
|         | sites               | 7         |               |                |
",
    );
    let conversion = xlsform::convert(&book, "sites");
    crate::xform::read(&conversion.xform.unwrap()).unwrap()
}

fn sheet(name: &str, text: &str) -> Sheet {
    let rows = text.trim().lines().map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect());
    Sheet { name: name.to_owned(), rows: rows.collect() }
}

fn check(sheets: &[Sheet], expected: Expect) {
    let schema = form();
    let tabled = read(&schema, "7", sheets).unwrap();
    let mut told = String::new();
    for row in &tabled.rows {
        let inner = row.xml.split_once("version=\"7\">").unwrap().1;
        told += &format!("{} {} {} {}\n{inner}\n", row.line, row.instance_id, row.submitted, row.review);
        // What is made is what a phone could have sent.
        let reading = crate::submission::answers(&row.xml, &schema).unwrap();
        assert!(reading.notes.iter().all(|note| note.check.as_str() == "choice_not_listed"), "{:?}", reading.notes);
    }
    for (sheet, column) in &tabled.unmatched {
        told += &format!("unmatched {sheet}: {column}\n");
    }
    if !tabled.unanswered.is_empty() {
        told += &format!("unanswered {}\n", tabled.unanswered.join(" "));
    }
    for (path, values) in &tabled.odd {
        told += &format!("odd {path}: {}\n", values.join(", "));
    }
    if !tabled.unused.is_empty() || tabled.orphans > 0 {
        told += &format!("unused {} orphans {}\n", tabled.unused.join(" "), tabled.orphans);
    }
    expected.assert_eq(&told);
}

#[test]
fn an_export_of_central_gives_its_submissions_back() {
    check(
        &[
            sheet(
                "sites",
                "
SubmissionDate|start|site-name|site-at-Latitude|site-at-Longitude|site-at-Altitude|site-at-Accuracy|site-why|site-why/conflict|site-why/flood|photo|KEY|SubmitterID|SubmitterName|AttachmentsPresent|AttachmentsExpected|Status|ReviewState|DeviceID|Edits|FormVersion
2026-02-20T08:00:00.000Z|2026-02-20T07:00:00.000+01:00|Alpha & co|18.5|-72.3|12|4.5|flood conflict|1|1|a.jpg|uuid:one|3|Awa|1|1||approved|collect:x|0|7
2026-02-21T08:00:00.000Z||Bravo||||||||b.jpg|uuid:two|3|Awa|0|1|||collect:x|0|7",
            ),
            sheet(
                "sites-household",
                "
size|stays|SET-OF-member|PARENT_KEY|KEY
5|1|x|uuid:one|uuid:one/household[1]
2|0|x|uuid:one|uuid:one/household[2]
9|1|x|uuid:gone|uuid:gone/household[1]",
            ),
            sheet("sites-member", "age|PARENT_KEY|KEY\n33|uuid:one/household[2]|uuid:one/household[2]/member[1]"),
        ],
        expect![[r#"
            2 uuid:one 2026-02-20T08:00:00.000Z approved
            <start>2026-02-20T07:00:00.000+01:00</start><site><name>Alpha &amp; co</name><at>18.5 -72.3 12 4.5</at><why>flood conflict</why></site><household><size>5</size><stays>1</stays></household><household><size>2</size><stays>0</stays><member><age>33</age></member></household><photo>a.jpg</photo><meta><instanceID>uuid:one</instanceID></meta></data>
            3 uuid:two 2026-02-21T08:00:00.000Z 
            <start/><site><name>Bravo</name><at/><why/></site><photo>b.jpg</photo><meta><instanceID>uuid:two</instanceID></meta></data>
            unused  orphans 1
        "#]],
    );
}

#[test]
fn an_export_of_kobo_with_labels_gives_its_submissions_back() {
    check(
        &[
            sheet(
                "Sites of the operation",
                "
start|Site/Nom|Site/Où|Site/_Où_latitude|Site/Pourquoi|Site/Pourquoi/Conflit armé|Site/Pourquoi/Inondation|Photo|Photo_URL|Remarques|_id|_uuid|_submission_time|_validation_status|_notes|_status|_submitted_by|__version__|_tags|_index
2026-02-20 07:00:00|Alpha|18.5 -72.3 0 0|18.5|Conflit armé Inondation|1|1|a.jpg|https://x/a.jpg|?|12|5c408d9d-6a76-4fbb-bf4e-9ed8f8e3e382|2026-02-20 08:00:00|Approved|||awa|v1||1
|Bravo|||Épidémie|0|0||||13|6c408d9d-6a76-4fbb-bf4e-9ed8f8e3e382|2026-02-21 08:00:00||||awa|v1||2",
            ),
            sheet(
                "household",
                "
Taille|Reste|_index|_parent_table_name|_parent_index|_submission__id|_submission__uuid
5|Oui|1|Sites of the operation|1|12|5c408d9d-6a76-4fbb-bf4e-9ed8f8e3e382
6|Peut-être|2|Sites of the operation|2|13|6c408d9d-6a76-4fbb-bf4e-9ed8f8e3e382",
            ),
            sheet("member", "Âge|_index|_parent_table_name|_parent_index\n4|1|household|2"),
        ],
        expect![[r#"
            2 uuid:5c408d9d-6a76-4fbb-bf4e-9ed8f8e3e382 2026-02-20 08:00:00 Approved
            <start>2026-02-20T07:00:00</start><site><name>Alpha</name><at>18.5 -72.3 0 0</at><why>conflict flood</why></site><household><size>5</size><stays>1</stays></household><photo>a.jpg</photo><meta><instanceID>uuid:5c408d9d-6a76-4fbb-bf4e-9ed8f8e3e382</instanceID></meta></data>
            3 uuid:6c408d9d-6a76-4fbb-bf4e-9ed8f8e3e382 2026-02-21 08:00:00 
            <start/><site><name>Bravo</name><at/><why>Épidémie</why></site><household><size>6</size><stays>Peut-être</stays><member><age>4</age></member></household><photo/><meta><instanceID>uuid:6c408d9d-6a76-4fbb-bf4e-9ed8f8e3e382</instanceID></meta></data>
            unmatched Sites of the operation: Remarques
            odd household/stays: Peut-être
            odd site/why: Épidémie
        "#]],
    );
}

#[test]
fn a_table_without_names_of_submissions_names_the_same_line_alike_each_time() {
    let lines = "name|why|Other\n#loc+name|#cause|\nAlpha|flood|1\nAlpha|flood|2\nBravo|Flood, Armed conflict|3";
    let schema = form();
    let once = read(&schema, "7", &[sheet("any", lines)]).unwrap();
    let names: Vec<&str> = once.rows.iter().map(|row| row.instance_id.as_str()).collect();
    assert_eq!(names.len(), 3);
    assert!(names[0] != names[1] && names[1] != names[2], "{names:?}");
    let longer =
        read(&schema, "7", &[sheet("any", &lines.replace("Alpha|flood|1", "Charlie||0\nAlpha|flood|1"))]).unwrap();
    assert_eq!(longer.rows[1..].iter().map(|row| row.instance_id.as_str()).collect::<Vec<_>>(), names);
    assert!(once.rows[2].xml.contains("<why>flood conflict</why>"), "{}", once.rows[2].xml);
    assert_eq!(once.unmatched, [("any".to_owned(), "Other".to_owned())]);
}

#[test]
fn a_table_of_another_form_fits_badly() {
    let schema = form();
    let other = [sheet("x", "district|population|name\nA|1|b")];
    assert_eq!(fit(&schema, &other), (1, 3));
    assert_eq!(read(&schema, "7", &[sheet("x", "district\nA")]), None);
    assert_eq!(read(&schema, "7", &[]), None);
}

#[test]
fn a_table_that_went_through_r_keeps_its_names_and_its_numbers() {
    let lines = "X.U.FEFF.name|age|X_uuid\nAlpha|3e+05|one\nBravo|NA|two";
    let schema = FormSchema {
        fields: vec![
            Field { path: "name".into(), kind: FieldKind::Text, label: Text::new(), hxl: None, choices: Vec::new() },
            Field { path: "age".into(), kind: FieldKind::Integer, label: Text::new(), hxl: None, choices: Vec::new() },
        ],
        ..form()
    };
    let read = read(&schema, "7", &[sheet("raw", lines)]).unwrap();
    assert_eq!(read.unmatched, []);
    let told: Vec<&str> = read.rows.iter().map(|row| row.instance_id.as_str()).collect();
    assert_eq!(told, ["one", "two"]);
    assert!(read.rows[0].xml.contains("<name>Alpha</name><age>300000</age>"), "{}", read.rows[0].xml);
    assert!(read.rows[1].xml.contains("<age/>"), "{}", read.rows[1].xml);
}
