//! Imported rows, sealing, findings and corrections.

use crate::conflict;
use dtm_model::{
    Answer, Answers, BlobHash, Change, Correction, CorrectionId, Finding, FindingId, Record, RecordId, RoundId,
    Severity, Source,
};
use dtm_store::{
    FindingsTogether, Near, NewSubmission, PageFrom, Sealing, Segment, Stamp, Store, Wanted, WantedFindings,
};
use dtm_testkit::{Office, draw, now, office, on_both_databases, record, stamp, submission};
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

fn segment(office: &Office, content: &[u8], n_rows: u64) -> Segment {
    Segment {
        hash: BlobHash::of(content),
        form_version: office.version.clone(),
        table: String::new(),
        n_rows,
        made_at: now(),
        span: None,
    }
}

/// The hot records of the office's form as they go into a segment; each lies in one of these areas, in turn.
async fn sealings(store: &Store, office: &Office, areas: &[&str]) -> Vec<Sealing> {
    let hot = store.hot_records(&office.version, None, 1000).await.unwrap();
    let area = |at: usize| (!areas.is_empty()).then(|| areas[at % areas.len()].to_owned());
    hot.into_iter()
        .enumerate()
        .map(|(at, one)| Sealing { record: one.record.id, edition: one.edition, area: area(at) })
        .collect()
}

#[test]
fn sealed_answers_leave_the_store_and_a_late_edit_comes_back_hot() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let all: Vec<_> = (0..5).map(|n| submission(&office, &format!("uuid:{n}"), n)).collect();
        store.submit_many(all.clone()).await.unwrap();
        assert!(store.has_hot_records(&office.version, 5).await.unwrap());
        assert!(!store.has_hot_records(&office.version, 6).await.unwrap());
        let mut some = sealings(&store, &office, &[]).await;
        let after = store.hot_records(&office.version, Some(&some[2].record), 10).await.unwrap();
        assert_eq!(
            after.into_iter().map(|one| one.record.id).collect::<Vec<_>>(),
            [some[3].record.clone(), some[4].record.clone()]
        );
        some.truncate(3);
        let first = segment(&office, b"parquet", 3);
        store.add_segment(std::slice::from_ref(&first), &stamp()).await.unwrap();
        assert_eq!(store.seal(&first, &some, None, &stamp()).await.unwrap(), 3);
        assert_eq!(store.segments(&office.version).await.unwrap(), std::slice::from_ref(&first));
        assert_eq!(store.hot_records(&office.version, None, 10).await.unwrap().len(), 2);
        assert_eq!(store.records(&office.round.id).await.unwrap().len(), 2);
        assert_eq!(store.count_records(&office.round.id).await.unwrap(), 5);
        assert_eq!(store.record(&some[0].record).await.unwrap(), None);
        assert_eq!(store.segment_of(&some[0].record).await.unwrap(), Some(first.hash.clone()));
        assert_eq!(store.segment_of(&all[4].record.id).await.unwrap(), None);
        assert_eq!(store.seal(&first, &some, None, &stamp()).await.unwrap(), 0, "what is sealed is not sealed again");

        let edit = NewSubmission { deprecated_id: Some("uuid:0".to_owned()), ..submission(&office, "uuid:e", 99) };
        store.submit(edit.clone()).await.unwrap();
        let hot = store.record(&some[0].record).await.unwrap().unwrap();
        assert_eq!((hot.record.answers, hot.edition), (edit.record.answers, 2));
        assert_eq!(store.segments(&office.version).await.unwrap().len(), 1);
    });
}

#[test]
fn a_record_that_changed_or_left_while_it_was_sealed_stays_hot_and_its_neighbours_are_sealed() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        for n in 1..=3 {
            store.submit(submission(&office, &format!("uuid:{n}"), n)).await.unwrap();
        }
        let all = sealings(&store, &office, &[]).await;
        let edit = NewSubmission { deprecated_id: Some("uuid:1".to_owned()), ..submission(&office, "uuid:e", 2) };
        store.submit(edit).await.unwrap();
        store.trash_submission(&all[1].record, &stamp()).await.unwrap();
        let segment = segment(&office, b"parquet", 3);
        store.add_segment(std::slice::from_ref(&segment), &stamp()).await.unwrap();
        assert_eq!(store.seal(&segment, &all, None, &stamp()).await.unwrap(), 1);
        assert!(store.record(&all[0].record).await.unwrap().is_some(), "edited");
        assert!(store.record(&all[1].record).await.unwrap().is_some(), "in the trash");
        let lying = store.lying_in(&segment.hash, &all.iter().map(|one| one.record.clone()).collect::<Vec<_>>()).await;
        assert_eq!(lying.unwrap(), BTreeMap::from([(all[2].record.clone(), false)]));
        let lying = store.lying(&office.form).await.unwrap();
        assert_eq!(lying.segments.iter().map(|one| &one.hash).collect::<Vec<_>>(), [&segment.hash]);
        let unsettled: Vec<_> = lying.unsettled.iter().map(|one| (one.record.clone(), one.deleted)).collect();
        assert_eq!(unsettled, [(all[0].record.clone(), false), (all[1].record.clone(), true)]);
    });
}

#[test]
fn a_segment_gets_its_columns_in_order_once_and_takes_its_tables_along_when_it_goes() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        store.submit(submission(&office, "uuid:1", 1)).await.unwrap();
        let all = sealings(&store, &office, &[]).await;
        // Nobody answered the repeat in either, so that its table has the same content; both are made at one moment.
        let [first, second] = [b"first".as_slice(), b"other"].map(|content| segment(&office, content, 1));
        for root in [&first, &second] {
            let repeat = Segment { table: "household".to_owned(), ..segment(&office, b"nobody", 0) };
            store.add_segment(&[root.clone(), repeat], &stamp()).await.unwrap();
        }
        store.seal(&first, &all, None, &stamp()).await.unwrap();
        let waiting = [&first.hash, &second.hash].map(Clone::clone);
        let mut unordered = store.unordered_segments(&office.version).await.unwrap();
        unordered.sort();
        let mut sorted = waiting.to_vec();
        sorted.sort();
        assert_eq!(unordered, sorted);
        let ordered = BlobHash::of(b"in order");
        assert!(store.add_ordered(&first.hash, &ordered, &stamp()).await.unwrap());
        assert!(store.add_ordered(&first.hash, &ordered, &stamp()).await.unwrap(), "two servers may do it");
        assert_eq!(store.unordered_segments(&office.version).await.unwrap(), std::slice::from_ref(&second.hash));
        let lying = store.lying(&office.form).await.unwrap();
        let known: BTreeMap<_, _> = lying.segments.into_iter().map(|one| (one.hash, one.ordered)).collect();
        let expected = [(first.hash.clone(), Some(ordered.clone())), (second.hash.clone(), None)];
        assert_eq!(known, BTreeMap::from(expected));
        let dropped = store.drop_segment(&second.hash, &[], &stamp()).await.unwrap();
        assert!(dropped.contains(&second.hash) && !dropped.contains(&first.hash));
        assert!(!store.may_remove_blob(&BlobHash::of(b"nobody"), &stamp()).await.unwrap(), "the first names it still");
        assert!(!store.add_ordered(&second.hash, &ordered, &stamp()).await.unwrap(), "it is gone");
        let ids = [all[0].record.clone()];
        assert_eq!(conflict(store.drop_segment(&first.hash, &ids, &stamp()).await), "segment_in_use");
        assert!(store.files_of_evidence().await.unwrap().contains(&ordered));
    });
}

#[test]
fn records_move_from_small_segments_into_a_large_one_but_those_in_the_trash() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        for n in 1..=3 {
            store.submit(submission(&office, &format!("uuid:{n}"), n)).await.unwrap();
        }
        let all = sealings(&store, &office, &[]).await;
        let ids: Vec<RecordId> = all.iter().map(|one| one.record.clone()).collect();
        let (small, large) = (segment(&office, b"small", 3), segment(&office, b"large", 3));
        store.add_segment(std::slice::from_ref(&small), &stamp()).await.unwrap();
        store.seal(&small, &all, None, &stamp()).await.unwrap();
        store.trash_submission(&ids[0], &stamp()).await.unwrap();
        let large = Segment { made_at: dtm_model::Instant::from_millis(now().as_millis() + 1), ..large };
        store.add_segment(std::slice::from_ref(&large), &stamp()).await.unwrap();
        assert_eq!(store.move_records(&small.hash, &large, &ids, &stamp()).await.unwrap(), 2);
        assert_eq!(conflict(store.drop_segment(&small.hash, &ids, &stamp()).await), "segment_in_use");
        let back =
            record(Source::Row { file: BlobHash::of(b""), name: String::new(), sheet: String::new(), row: 1 }, 1);
        store.unseal(&small.hash, &[Record { id: ids[0].clone(), ..back }], &stamp()).await.unwrap();
        assert_eq!(store.drop_segment(&small.hash, &ids, &stamp()).await.unwrap(), std::slice::from_ref(&small.hash));
        assert_eq!(store.segments(&office.version).await.unwrap(), [large]);
    });
}

#[test]
fn who_sees_one_area_is_read_the_records_of_that_area_and_those_not_looked_at_yet() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let page = async |areas: &[&str]| {
            let near = Near { areas: areas.iter().map(|area| (*area).to_owned()).collect(), sender: None };
            let ids =
                store.record_ids_page(&office.round.id, &PageFrom::Start, (Some(&near), None), 100).await.unwrap();
            let wanted = Wanted { near: Some(near), ..Wanted::of(&office.form) };
            let listed = store.list_submissions(&wanted, None, 0, 100).await.unwrap();
            assert_eq!((ids.len(), ids.len() as u64), (listed.len(), store.count_wanted(&wanted).await.unwrap()));
            ids.len()
        };
        for n in 0..40 {
            store.submit(submission(&office, &format!("uuid:{n}"), n)).await.unwrap();
        }
        store.begin_locating(&office.form, "work:1", &stamp()).await.unwrap();
        store.end_locating(&office.form, "work:1", "as it is", &stamp()).await.unwrap();
        let all = sealings(&store, &office, &["XS01", "XS02", "XS02", ""]).await;
        let (sealed, other) = all.split_at(36);
        let segment = segment(&office, b"parquet", 40);
        store.add_segment(std::slice::from_ref(&segment), &stamp()).await.unwrap();
        store.seal(&segment, sealed, Some("as it is"), &stamp()).await.unwrap();
        assert_eq!(page(&["XS01"]).await, 9 + 4, "of 40 records, those there and those still hot");
        assert_eq!(page(&["XS01", "XS02"]).await, 27 + 4);
        assert_eq!(page(&["XS03"]).await, 4);
        // What was found out under an older mapping does not count.
        store.seal(&segment, other, Some("as it was"), &stamp()).await.unwrap();
        assert_eq!(page(&["XS03"]).await, 4);

        // Of two that find it out anew the later one counts.
        store.begin_locating(&office.form, "work:2", &stamp()).await.unwrap();
        store.begin_locating(&office.form, "work:3", &stamp()).await.unwrap();
        let there: Vec<_> = all.iter().map(|one| (one.record.clone(), "XS03".to_owned())).collect();
        let early = store.locate(&office.form, "work:2", &segment.hash, &there, &stamp()).await;
        assert_eq!(conflict(early), "locating_overtaken");
        store.locate(&office.form, "work:3", &segment.hash, &there, &stamp()).await.unwrap();
        let overtaken = store.end_locating(&office.form, "work:2", "as it is", &stamp()).await;
        assert_eq!(conflict(overtaken), "locating_overtaken");
        store.end_locating(&office.form, "work:3", "as it is now", &stamp()).await.unwrap();
        assert_eq!(store.areas_known_by(&office.form).await.unwrap().as_deref(), Some("as it is now"));
        assert_eq!(page(&["XS03"]).await, 40);
        // An edit says anew where it lies.
        let edit = NewSubmission { deprecated_id: Some("uuid:0".to_owned()), ..submission(&office, "uuid:e", 99) };
        store.submit(edit).await.unwrap();
        assert_eq!(page(&["XS01"]).await, 1);
    });
}

#[test]
fn the_records_of_a_round_are_paged_by_key_in_both_directions() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        for n in 0..7 {
            store.submit(submission(&office, &format!("uuid:{n}"), n)).await.unwrap();
        }
        let page =
            async |from: PageFrom| store.record_ids_page(&office.round.id, &from, (None, None), 3).await.unwrap();
        let first = page(PageFrom::Start).await;
        let second = page(PageFrom::After(first[2].clone())).await;
        let third = page(PageFrom::After(second[2].clone())).await;
        assert_eq!((first.len(), second.len(), third.len()), (3, 3, 1));
        assert_eq!(page(PageFrom::Before(third[0].clone())).await, second);
        assert_eq!(page(PageFrom::Before(second[0].clone())).await, first);
        assert_eq!(page(PageFrom::Before(first[0].clone())).await, []);
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
        store.replace_findings(round, first.clone(), |_| None, &stamp()).await.unwrap();
        assert_eq!(store.findings(round).await.unwrap().len(), 2);
        let named = [first[0].0.clone()];
        let one = FindingsTogether::Named(&named);
        assert_eq!(store.resolve_findings(round, one, "confirmed by telephone", &stamp()).await.unwrap(), 1);
        assert_eq!(store.resolve_findings(round, one, "again", &stamp()).await.unwrap(), 0, "it is resolved already");
        let second = vec![finding("too_many", "900"), finding("in_future", "2028")];
        store.replace_findings(round, second.clone(), |_| None, &stamp()).await.unwrap();
        let findings = store.findings(round).await.unwrap();
        let open: Vec<_> = findings.iter().map(|one| (&one.id, one.resolution.as_deref())).collect();
        assert_eq!(open, [(&first[0].0, Some("confirmed by telephone")), (&second[1].0, None)]);
        assert_eq!(findings[0].resolved_by.as_deref(), Some("officer@example.org"));
        assert_eq!(store.finding(&second[1].0).await.unwrap().unwrap().finding, second[1].1);
        let gone = [first[1].0.clone()];
        assert_eq!(store.resolve_findings(round, FindingsTogether::Named(&gone), "late", &stamp()).await.unwrap(), 0);
    });
}

#[test]
fn a_finding_whose_neighbours_changed_stays_resolved_and_says_what_is_so_now() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        let among = |value: &str, compared: &str| {
            let (id, mut found) = finding("outlier", value);
            found.facts.insert("compared".to_owned(), compared.to_owned());
            (id, found)
        };
        let lasting = |found: &Finding| {
            let mut known = found.clone();
            known.facts.remove("compared").map(|_| known)
        };
        let first = among("60", "150");
        let named = [first.0.clone()];
        store.replace_findings(round, vec![first], lasting, &stamp()).await.unwrap();
        let one = FindingsTogether::Named(&named);
        store.resolve_findings(round, one, "counted twice", &stamp()).await.unwrap();
        store.replace_findings(round, vec![among("60", "151")], lasting, &stamp()).await.unwrap();
        let kept = store.finding(&named[0]).await.unwrap().unwrap();
        assert_eq!(
            (kept.resolution.as_deref(), kept.finding.facts["compared"].as_str()),
            (Some("counted twice"), "151")
        );
        store.replace_findings(round, vec![among("70", "151")], lasting, &stamp()).await.unwrap();
        let other = store.findings(round).await.unwrap();
        assert!(other.len() == 1 && other[0].resolution.is_none(), "another number is another finding: {other:?}");
    });
}

#[test]
fn findings_of_one_check_are_counted_resolved_and_reopened_together() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        let found = vec![finding("too_many", "900"), finding("too_many", "901"), finding("in_future", "2027")];
        store.replace_findings(round, found, |_| None, &stamp()).await.unwrap();
        let open = async || {
            let kinds = store.finding_kinds(round).await.unwrap();
            kinds
                .iter()
                .map(|kind| format!("{} {}+{}", kind.check, kind.count.open, kind.count.resolved))
                .collect::<Vec<_>>()
        };
        assert_eq!(open().await, ["too_many 2+0", "in_future 1+0"]);
        let together = FindingsTogether::Check("too_many");
        assert_eq!(store.resolve_findings(round, together, "true, said the mayor", &stamp()).await.unwrap(), 2);
        assert_eq!(open().await, ["in_future 1+0", "too_many 0+2"]);
        let listed = async |check, resolved| {
            let wanted = WantedFindings { check, resolved, ..WantedFindings::default() };
            store.findings_page(round, wanted, 0, 10).await.unwrap().len()
        };
        assert_eq!(listed(Some("too_many"), None).await, 2);
        assert_eq!((listed(None, Some(true)).await, listed(None, Some(false)).await), (2, 1));
        let another = Stamp::new(stamp().at, "user:another");
        let at = FindingsTogether::ResolvedAt(stamp().at);
        assert_eq!(store.reopen_findings(round, at, &another).await.unwrap(), 0, "what another resolved stays so");
        assert_eq!(store.reopen_findings(round, at, &stamp()).await.unwrap(), 2);
        assert_eq!(open().await, ["too_many 2+0", "in_future 1+0"]);
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
            issue: String::new(),
            reason: "typing error".to_owned(),
            check: None,
            by: "officer@example.org".to_owned(),
            at: now(),
            source: None,
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
        store
            .replace_findings(round, vec![(FindingId::new(now(), draw()), other.clone())], |_| None, &stamp())
            .await
            .unwrap();

        let first = examined("one", vec![finding("required_missing"), finding("constraint_broken")]);
        put(&first).await;
        put(&first).await;
        assert_eq!(store.findings(round).await.unwrap().len(), 3);
        assert_eq!(store.findings_about(std::slice::from_ref(record)).await.unwrap().len(), 3);
        assert_eq!(store.findings_about(std::slice::from_ref(&all[1].record.id)).await.unwrap(), []);
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
