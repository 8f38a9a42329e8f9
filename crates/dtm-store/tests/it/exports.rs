//! Submissions for those who take many.

use dtm_store::{Column, Condition, ExportSource, ReviewState as State, Stamp, Store, Trash};
use dtm_testkit::{Office, now, office, on_both_databases, stamp, submission};

fn source(office: &Office, trash: Trash, conditions: Vec<Condition>) -> ExportSource {
    ExportSource { form: office.form.clone(), draft: false, version: None, trash, until: now(), conditions, near: None }
}

async fn found(store: &Store, source: &ExportSource) -> String {
    let page = store.export_page(source, None, 0, 100).await.unwrap();
    assert_eq!(store.export_count(source, None).await.unwrap(), page.len() as u64);
    let names: Vec<&str> = page.iter().map(|one| one.instance_id.trim_start_matches("uuid:")).collect();
    names.join(" ")
}

#[test]
fn submissions_are_chosen_by_what_the_store_knows_of_them() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let mut records = Vec::new();
        for n in 1..=4 {
            let new = submission(&office, &format!("uuid:{n}"), n);
            records.push(new.record.id.clone());
            store.submit(new).await.unwrap().id();
        }
        let later = Stamp::new(dtm_model::Instant::from_millis(now().as_millis() + 5), "user:reviewer");
        store.review(&records[1..2], Some(State::Approved), &later).await.unwrap();
        store.trash_submission(&records[3], &stamp()).await.unwrap();
        use Column::*;
        let number = Condition::Number;
        let text = |column, is, text: &str| Condition::Text(column, is, text.to_owned());
        let at = now().as_millis();
        for (trash, conditions, expected) in [
            (Trash::Without, vec![], "3 2 1"),
            (Trash::With, vec![], "4 3 2 1"),
            (Trash::Only, vec![], "4"),
            (Trash::Without, vec![number(UpdatedAt, ">", at)], "2"),
            (Trash::Without, vec![number(UpdatedAt, "<>", at + 5)], "3 1"),
            (Trash::Without, vec![Condition::Known(UpdatedAt, false)], "3 1"),
            (Trash::Without, vec![text(ReviewState, true, "approved")], "2"),
            (Trash::Without, vec![text(ReviewState, false, "approved")], "3 1"),
            (Trash::Without, vec![text(InstanceId, true, "uuid:3")], "3"),
            (Trash::Without, vec![number(Edits, "=", 0), number(CreatedAt, "<=", at)], "3 2 1"),
            (Trash::Without, vec![number(CreatedAt, "<", at)], ""),
            (Trash::With, vec![Condition::Known(DeletedAt, true)], "4"),
            (Trash::Without, vec![text(SubmitterEnd, true, "%")], "3 2 1"),
            (Trash::Without, vec![text(SubmitterEnd, true, "nobody")], ""),
            (Trash::Without, vec![Condition::Any(vec![])], ""),
            (
                Trash::Without,
                vec![Condition::Any(vec![text(InstanceId, true, "uuid:3"), text(InstanceId, true, "uuid:4")])],
                "3",
            ),
            (Trash::Without, vec![text(DeviceId, true, "' OR 1 = 1 --")], ""),
        ] {
            assert_eq!(found(&store, &source(&office, trash, conditions.clone())).await, expected, "{conditions:?}");
        }
        let all = source(&office, Trash::With, vec![]);
        let page = store.export_page(&all, Some(&records[3]), 1, 1).await.unwrap();
        assert_eq!(page[0].instance_id, "uuid:2");
        assert_eq!(store.export_count(&all, Some(&records[2])).await.unwrap(), 2);
        let versions: Vec<_> = page.iter().map(|one| one.current.clone()).collect();
        let xml = store.xml_of(&versions).await.unwrap();
        assert_eq!(store.xml_sizes(&versions).await.unwrap()[&versions[0]], xml[&versions[0]].len() as u64);
    });
}
