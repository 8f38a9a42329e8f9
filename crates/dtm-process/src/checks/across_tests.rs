//! Interviews beside each other, and what is said of them.

use super::*;
use crate::answers::{AnswerTable, form_with};
use dtm_model::{Choice, Field, FieldKind, FormSchema, Instant, Lang, Point, Text};
use expect_test::{Expect, expect};

fn form() -> FormSchema {
    let field = |path: &str, kind, label: &str, choices: &[&str]| Field {
        path: path.to_owned(),
        kind,
        label: if label.is_empty() { Text::new() } else { Text::both(label, label) },
        hxl: None,
        choices: choices.iter().map(|name| Choice { name: (*name).to_owned(), label: Text::new() }).collect(),
    };
    let mut fields = vec![
        field("start", FieldKind::DateTime, "", &[]),
        field("end", FieldKind::DateTime, "", &[]),
        field("enumerator", FieldKind::Text, "Who asks?", &[]),
        field("position", FieldKind::Geopoint, "Where?", &[]),
        field("shelter", FieldKind::SelectOne, "Shelter?", &["tent", "school", "other"]),
        field("shelter_other", FieldKind::Text, "Which other?", &[]),
        field("litres", FieldKind::Integer, "Litres?", &[]),
    ];
    fields.extend((0..6).map(|n| field(&format!("q{n}"), FieldKind::SelectOne, "Q?", &["a", "b"])));
    form_with(fields)
}

/// One interview a line: start, end, enumerator, degrees north, shelter, other shelter, litres, six answers.
fn check(lines: &str, expect: Expect) {
    let form = form();
    let header: Vec<String> = form.fields.iter().map(|field| field.path.clone()).collect();
    let rows = lines.trim().lines().map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let mut row = vec![format!("2024-05-01T{}:00+01:00", cells[0]), format!("2024-05-01T{}:00+01:00", cells[1])];
        row.push(cells[2].to_owned());
        row.push(format!("{} 0", cells[3]));
        row.extend(cells[4..7].iter().map(|cell| (*cell).to_owned()));
        row.extend(cells[7].chars().map(String::from));
        row
    });
    let table = AnswerTable::of_sheet(&form, &header, rows);
    let records: Vec<RecordId> =
        (0..table.n_rows()).map(|row| RecordId::new(Instant::from_millis(row as i64), [0; 10])).collect();
    let sites = vec![Some(Point { lat: 10.0, lon: 0.0 }); table.n_rows()];
    let mut context = AnswersContext::new(&form, &table, &records, &Roles::of(&form));
    context.sites = &sites;
    context.thresholds.near.at_most = 2;
    context.thresholds.near.least_questions = 10;
    let short = |text: String| {
        let named = records.iter().enumerate();
        named.fold(text, |text, (row, record)| text.replace(&record.to_string(), &format!("#{row}")))
    };
    let said: Vec<String> = run_answers(&context)
        .iter()
        .flat_map(|finding| {
            let row = records.iter().position(|record| Some(record) == finding.record.as_ref()).unwrap();
            let does = match proposal(finding).unwrap() {
                Proposal::Ask => "ask".to_owned(),
                Proposal::Correct { question, new, .. } => {
                    format!(
                        "{} := {}",
                        question.unwrap_or_else(|| "record".into()),
                        new.unwrap_or_else(|| "out".into())
                    )
                }
            };
            let [en, fr] = [Lang::En, Lang::Fr].map(|lang| short(message(finding, lang)));
            [format!("#{row} {} ({does}): {en}", finding.check), format!("   {fr}")]
        })
        .collect();
    expect.assert_eq(&said.join("\n"));
}

#[test]
fn what_is_odd_beside_the_others_is_said_with_one_action() {
    check(
        "
09:00|09:30|Ana|10.0|tent |              |500  |aababa
09:20|09:50|Ana|10.0|other|schools       |600  |babbaa
11:00|11:30|Ana|11.0|tent |              |550  |abbaab
11:40|12:10|Ana|10.0|tent |              |5200 |bbaaba
23:00|23:40|Ben|10.0|tent |              |650  |aaaabb
09:00|08:00|Ben|10.0|other|under a bridge|480  |bababb
12:00|12:30|Ben|10.0|tent |              |52000|aabbbb
13:00|13:30|Ben|10.0|tent |              |550  |abbaab
14:00|14:30|Ben|10.0|tent |              |550  |abbaab
",
        expect![[r#"
            #1 interviews_overlap (ask): Ana held this interview and that of record #0 at the same time, for 10 minutes
               Ana a mené cet entretien et celui de la fiche #0 en même temps, pendant 10 minutes
            #1 other_to_recode (shelter := school): shelter_other says «schools»; that may be «school»
               shelter_other dit « schools » ; c’est peut-être « school »
            #2 far_from_site (ask): The interview was held 111.2 km from its site; up to 0.5 km is usual
               L’entretien a été mené à 111,2 km de son site ; jusqu’à 0,5 km est habituel
            #2 near_duplicate (ask): Nearly the same as record #7: 1 of 10 answers differ
               Presque la même que la fiche #7 : réponses différentes : 1 sur 10
            #3 outlier (litres := 520): litres: 5,200; 336 to 901 is usual among 9 records; 520 would be
               litres : 5 200 ; 336 à 901 est habituel parmi 9 fiches ; 520 le serait
            #3 travelled_too_fast (ask): Ana was 111.2 km away 10 minutes before, at record #2: 667 km/h
               Ana était à 111,2 km 10 minutes plus tôt, à la fiche #2 : 667 km/h
            #4 interview_at_night (ask): The interview began at 23:00
               L’entretien a commencé à 23:00
            #5 interview_ends_before_start (ask): The interview ends 60 minutes before it begins
               L’entretien se termine 60 minutes avant de commencer
            #5 other_to_recode (ask): shelter_other says «under a bridge»
               shelter_other dit « under a bridge »
            #6 outlier (litres := 520): litres: 52,000; 336 to 901 is usual among 9 records; 520 would be
               litres : 52 000 ; 336 à 901 est habituel parmi 9 fiches ; 520 le serait
            #7 near_duplicate (ask): Nearly the same as record #8: 0 of 10 answers differ; the same enumerator, Ben, held both
               Presque la même que la fiche #8 : réponses différentes : 0 sur 10 ; le même enquêteur, Ben, a mené les deux
            #8 near_duplicate (record := out): Nearly the same as record #7: 0 of 10 answers differ; the same enumerator, Ben, held both
               Presque la même que la fiche #7 : réponses différentes : 0 sur 10 ; le même enquêteur, Ben, a mené les deux"#]],
    );
}
