//! Imported rows, sealing, findings and corrections.

use crate::{conflict, is_missing};
use dtm_model::{
    Answer, Answers, BlobHash, Change, Correction, CorrectionId, Finding, FindingId, Record, RecordId, RoundId,
    Severity, Source,
};
use dtm_store::{NewSubmission, Segment};
use dtm_testkit::{draw, now, office, on_both_databases, record, stamp, submission};
use std::collections::BTreeMap;

fn rows(file: &BlobHash, numbers: std::ops::Range<u32>) -> Vec<Record> {
    let source = |row| Source::Row { file: file.clone(), name: "r3.xlsx".to_owned(), sheet: "Data".to_owned(), row };
    numbers.map(|row| record(source(row), i64::from(row) * 10)).collect()
}

#[test]
fn an_import_can_be_repeated() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let (round, file) = (&office.round.id, BlobHash::of(b"r3"));
        let first = rows(&file, 4..104);
        assert_eq!(store.put_imported(round, &file, "r3.xlsx", &first, &stamp()).await.unwrap(), 100);
        assert_eq!(store.put_imported(round, &file, "r3.xlsx", &rows(&file, 4..105), &stamp()).await.unwrap(), 1);
        let stored = store.records(round).await.unwrap();
        assert_eq!(stored.len(), 101);
        assert_eq!(stored[0].record, first[0]);
        assert_eq!(stored[0].form_version, None);
        assert_eq!(store.record(&first[5].id).await.unwrap().unwrap().record, first[5]);

        let page = store.records_page(round, Some(&first[97].id), 2).await.unwrap();
        let ids: Vec<_> = page.into_iter().map(|stored| stored.record.id).collect();
        assert_eq!(ids, [first[98].id.clone(), first[99].id.clone()]);
        assert_eq!(store.records_page(round, None, 7).await.unwrap().len(), 7);
    });
}

#[test]
fn sealed_answers_leave_the_store_and_a_late_edit_comes_back_hot() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let all: Vec<_> = (0..5).map(|n| submission(&office, &format!("uuid:{n}"), n)).collect();
        store.submit_many(all.clone()).await.unwrap();
        let hot = store.hot_records(&office.version, 3).await.unwrap();
        let names: Vec<(RecordId, i64)> = hot.iter().map(|one| (one.record.id.clone(), one.edition)).collect();
        let segment = Segment {
            hash: BlobHash::of(b"parquet"),
            form_version: office.version.clone(),
            table: String::new(),
            n_rows: 3,
            made_at: now(),
        };
        store.seal(&segment, &names, &stamp()).await.unwrap();
        assert_eq!(store.segments(&office.version).await.unwrap(), std::slice::from_ref(&segment));
        assert_eq!(store.hot_records(&office.version, 10).await.unwrap().len(), 2);
        assert_eq!(store.records(&office.round.id).await.unwrap().len(), 2);
        assert_eq!(store.count_records(&office.round.id).await.unwrap(), 5);
        assert_eq!(store.record(&names[0].0).await.unwrap(), None);
        assert_eq!(store.segment_of(&names[0].0).await.unwrap(), Some(segment.hash.clone()));
        assert_eq!(store.segment_of(&all[4].record.id).await.unwrap(), None);
        let again = Segment { hash: BlobHash::of(b"again"), ..segment.clone() };
        assert_eq!(conflict(store.seal(&again, &names, &stamp()).await), "record_changed");

        let edit = NewSubmission { deprecated_id: Some("uuid:0".to_owned()), ..submission(&office, "uuid:e", 99) };
        store.submit(edit.clone()).await.unwrap();
        let hot = store.record(&names[0].0).await.unwrap().unwrap();
        assert_eq!((hot.record.answers, hot.edition), (edit.record.answers, 2));
        assert_eq!(store.segments(&office.version).await.unwrap().len(), 1);
    });
}

#[test]
fn a_record_that_changed_while_it_was_sealed_stays_hot() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        store.submit(submission(&office, "uuid:1", 1)).await.unwrap();
        let hot = store.hot_records(&office.version, 10).await.unwrap().remove(0);
        let edit = NewSubmission { deprecated_id: Some("uuid:1".to_owned()), ..submission(&office, "uuid:2", 2) };
        store.submit(edit).await.unwrap();
        let segment = Segment {
            hash: BlobHash::of(b"parquet"),
            form_version: office.version.clone(),
            table: String::new(),
            n_rows: 1,
            made_at: now(),
        };
        let sealed = store.seal(&segment, &[(hot.record.id.clone(), hot.edition)], &stamp()).await;
        assert_eq!(conflict(sealed), "record_changed");
        assert_eq!(store.segments(&office.version).await.unwrap(), []);
        assert!(store.record(&hot.record.id).await.unwrap().is_some());
    });
}

#[test]
fn a_number_that_is_none_does_not_make_a_round_unreadable() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let mut new = submission(&office, "uuid:1", 1);
        let mut turn = Answers::default();
        turn.values.insert("share".to_owned(), Answer::Decimal(f64::INFINITY));
        new.record.answers.repeats.insert("household".to_owned(), vec![turn]);
        new.record.answers.values.insert("mean".to_owned(), Answer::Decimal(f64::NAN));
        store.submit(new).await.unwrap();
        let answers = store.records(&office.round.id).await.unwrap().remove(0).record.answers;
        assert_eq!(answers.values["mean"], Answer::Unreadable("NaN".to_owned()));
        assert_eq!(answers.repeats["household"][0].values["share"], Answer::Unreadable("inf".to_owned()));
    });
}

#[test]
fn answers_nested_without_measure_are_refused_and_those_nested_deep_come_back() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let nested = |depth: usize| {
            let deepest = Answers::default();
            (0..depth).fold(deepest, |inner, _| Answers {
                repeats: BTreeMap::from([("r".to_owned(), vec![inner])]),
                ..Answers::default()
            })
        };
        let mut new = submission(&office, "uuid:1", 1);
        new.record.answers = nested(24);
        store.submit(new.clone()).await.unwrap();
        assert_eq!(store.records(&office.round.id).await.unwrap()[0].record.answers, new.record.answers);
        let mut new = submission(&office, "uuid:2", 1);
        new.record.answers = nested(25);
        assert_eq!(conflict(store.submit(new).await), "answers_too_deep");
    });
}

fn finding(check: &str, value: &str) -> (FindingId, Finding) {
    let finding = Finding {
        check: check.to_owned(),
        severity: Severity::Confirm,
        record: None,
        place: Some("XS-1".into()),
        question: Some("idp_hh".to_owned()),
        facts: BTreeMap::from([("value".to_owned(), value.to_owned())]),
    };
    (FindingId::new(now(), draw()), finding)
}

#[test]
fn a_finding_that_recurs_stays_resolved() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        let first = vec![finding("too_many", "900"), finding("in_future", "2027"), finding("too_many", "900")];
        store.replace_findings(round, first.clone(), &stamp()).await.unwrap();
        assert_eq!(store.findings(round).await.unwrap().len(), 2);
        store.resolve_finding(&first[0].0, "confirmed by telephone", &stamp()).await.unwrap();
        let second = vec![finding("too_many", "900"), finding("in_future", "2028")];
        store.replace_findings(round, second.clone(), &stamp()).await.unwrap();
        let findings = store.findings(round).await.unwrap();
        let open: Vec<_> = findings.iter().map(|one| (&one.id, one.resolution.as_deref())).collect();
        assert_eq!(open, [(&first[0].0, Some("confirmed by telephone")), (&second[1].0, None)]);
        assert_eq!(findings[0].resolved_by.as_deref(), Some("officer@example.org"));
        assert_eq!(store.finding(&second[1].0).await.unwrap().unwrap().finding, second[1].1);
        assert!(is_missing(store.resolve_finding(&first[1].0, "late", &stamp()).await));
    });
}

#[test]
fn the_cleaning_log_keeps_its_order_and_removes_records() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let new = submission(&office, "uuid:1", 1);
        store.submit(new.clone()).await.unwrap();
        let correction = |change, new_value: Option<&str>| Correction {
            id: CorrectionId::new(now(), draw()),
            record: new.record.id.clone(),
            question: new_value.map(|_| "idp_ind".to_owned()),
            old: Some("1".to_owned()),
            new: new_value.map(str::to_owned),
            change,
            reason: "typing error".to_owned(),
            check: None,
            by: "officer@example.org".to_owned(),
            at: now(),
        };
        let log = vec![correction(Change::ChangeResponse, Some("11")), correction(Change::RemoveSurvey, None)];
        store.add_corrections(&office.round.id, log.clone(), &stamp()).await.unwrap();
        assert_eq!(store.corrections(&office.round.id).await.unwrap(), log);
        assert_eq!(store.corrections_of(&new.record.id).await.unwrap(), log);
        assert!(store.record(&new.record.id).await.unwrap().unwrap().removed);
        assert_eq!(store.count_records(&office.round.id).await.unwrap(), 0);
        let stray = Correction { record: RecordId::new(now(), draw()), ..log[0].clone() };
        let stray = Correction { id: CorrectionId::new(now(), draw()), ..stray };
        assert_eq!(conflict(store.add_corrections(&office.round.id, vec![stray], &stamp()).await), "reference");
    });
}

#[test]
fn the_newest_version_of_a_rounds_data_counts() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        for version in [1, 3, 2] {
            let hash = BlobHash::of(&[version]);
            store.put_round_data(round, "figures", version.into(), &hash, &stamp()).await.unwrap();
        }
        assert_eq!(store.round_data(round, "figures").await.unwrap(), Some((3, BlobHash::of(&[3]))));
        assert_eq!(store.round_data(round, "tables").await.unwrap(), None);
        let stray = RoundId::new(now(), draw());
        let refused = store.put_round_data(&stray, "figures", 1, &BlobHash::of(b""), &stamp()).await;
        assert_eq!(conflict(refused), "reference");
    });
}

#[test]
fn what_a_forms_rules_said_stands_among_the_findings_until_it_is_no_longer_so() {
    use dtm_store::Examination;
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        let all: Vec<_> = (0..2).map(|n| submission(&office, &format!("uuid:{n}"), n)).collect();
        store.submit_many(all.clone()).await.unwrap();
        let record = &all[0].record.id;
        let finding = |check: &str| Finding {
            check: check.to_owned(),
            severity: Severity::Note,
            record: Some(record.clone()),
            place: None,
            question: Some("idp_ind".to_owned()),
            facts: BTreeMap::new(),
        };
        let examined = |looked_at: &str, findings: Vec<Finding>| Examination {
            record: record.clone(),
            round: Some(round.clone()),
            looked_at: looked_at.to_owned(),
            findings,
        };
        let put = async |examination: &Examination| {
            let id = || FindingId::new(now(), draw());
            store.put_examinations(std::slice::from_ref(examination), id, &stamp()).await.unwrap();
        };
        let other = finding("place_not_known");
        store.replace_findings(round, vec![(FindingId::new(now(), draw()), other.clone())], &stamp()).await.unwrap();

        let first = examined("one", vec![finding("required_missing"), finding("constraint_broken")]);
        put(&first).await;
        put(&first).await;
        assert_eq!(store.findings(round).await.unwrap().len(), 3);
        assert_eq!(store.examination(record).await.unwrap(), Some(first));
        put(&examined("two", vec![finding("constraint_broken")])).await;
        let mut left: Vec<_> = store.findings(round).await.unwrap().into_iter().map(|one| one.finding).collect();
        left.sort_by(|a, b| a.check.cmp(&b.check));
        assert_eq!(left, [finding("constraint_broken"), other]);
        assert_eq!(store.examinations(round).await.unwrap()[record].looked_at, "two");
        assert_eq!(store.examination(&all[1].record.id).await.unwrap(), None);

        let unknown = Examination { record: RecordId::new(now(), draw()), ..examined("one", Vec::new()) };
        put(&unknown).await;
        assert_eq!(store.examination(&unknown.record).await.unwrap(), None);
    });
}
