//! Flow monitoring points: the plan of an operation, and notes that are removed and put back.

use crate::is_missing;
use chrono::NaiveDate;
use dtm_model::{OperationId, PointNoteId};
use dtm_store::{NoteKind, Store};
use dtm_testkit::{draw, now, office, on_both_databases, stamp};

fn day(n: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, n).unwrap()
}

/// The notes of a kind about some days, as day and words, a removed one with a minus before it.
async fn notes(store: &Store, operation: &OperationId, kind: NoteKind, days: (u32, u32)) -> Vec<String> {
    let notes = store.point_notes(operation, kind, (day(days.0), day(days.1))).await.unwrap();
    let said = |note: &dtm_store::PointNote| {
        let sign = if note.removed { "-" } else { "" };
        format!("{sign}{} {}", note.day, note.body)
    };
    notes.iter().map(said).collect()
}

#[test]
fn shifts_and_states_of_points_are_found_by_the_days_they_are_about() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        let note = async |kind, n: u32, body: &str| {
            let id = PointNoteId::new(now(), draw());
            store.note_point(&operation, kind, (&id, day(n), body), &stamp()).await.unwrap();
            id
        };
        note(NoteKind::Shift, 12, "six to noon").await;
        let second = note(NoteKind::Shift, 10, "noon to six").await;
        note(NoteKind::State, 11, "closed").await;
        assert_eq!(
            notes(&store, &operation, NoteKind::Shift, (1, 31)).await,
            ["2026-03-10 noon to six", "2026-03-12 six to noon"],
            "by day, whenever they were noted"
        );
        assert_eq!(notes(&store, &operation, NoteKind::State, (11, 11)).await, ["2026-03-11 closed"]);
        assert!(notes(&store, &operation, NoteKind::Shift, (11, 11)).await.is_empty());

        store.remove_point_note(&operation, &second, true, &stamp()).await.unwrap();
        assert_eq!(notes(&store, &operation, NoteKind::Shift, (10, 10)).await, ["-2026-03-10 noon to six"]);
        store.remove_point_note(&operation, &second, false, &stamp()).await.unwrap();
        assert_eq!(notes(&store, &operation, NoteKind::Shift, (10, 10)).await, ["2026-03-10 noon to six"]);
        let unknown = PointNoteId::new(now(), draw());
        assert!(is_missing(store.remove_point_note(&operation, &unknown, true, &stamp()).await));
        let elsewhere = OperationId::new(now(), draw());
        assert!(is_missing(store.remove_point_note(&elsewhere, &second, true, &stamp()).await));
        let entries = store.audit(0, 10_000).await.unwrap();
        let told = |action: &str| entries.iter().filter(|entry| entry.action == action).count();
        assert_eq!((told("point.noted"), told("point.note_removed")), (3, 2));
    });
}

#[test]
fn the_plan_of_an_operation_is_the_one_that_was_set_last() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        assert_eq!(store.flow_plan(&operation).await.unwrap(), None);
        for plan in ["{\"points\":1}", "{\"points\":2}"] {
            store.put_flow_plan(&operation, plan, &stamp()).await.unwrap();
            assert_eq!(store.flow_plan(&operation).await.unwrap().as_deref(), Some(plan));
        }
        assert_eq!(store.flow_plan(&OperationId::new(now(), draw())).await.unwrap(), None);
    });
}
