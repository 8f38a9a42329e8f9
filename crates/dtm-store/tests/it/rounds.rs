//! Operations, exercises and the states of rounds.

use crate::{conflict, is_missing};
use dtm_model::{Operation, RoundState};
use dtm_testkit::{draw, exercise, now, on_both_databases, operation, round, stamp};

#[test]
fn operations_are_found_by_slug_id_and_project_number() {
    on_both_databases(async |store| {
        let (first, second) = (operation("xso"), operation("xzz"));
        assert_eq!(store.create_operation(&first, &stamp()).await.unwrap(), 1);
        assert_eq!(store.create_operation(&second, &stamp()).await.unwrap(), 2);
        assert_eq!(conflict(store.create_operation(&operation("xso"), &stamp()).await), "operation_slug");
        assert_eq!(store.operations().await.unwrap(), [first.clone(), second.clone()]);
        assert_eq!(store.operation(&first.id).await.unwrap(), Some(first.clone()));
        assert_eq!(store.operation_by_slug("xzz").await.unwrap(), Some(second.clone()));
        assert_eq!(store.operation_by_project(2).await.unwrap(), Some(second.clone()));
        assert_eq!(store.operation_by_project(3).await.unwrap(), None);
        assert_eq!(store.project_of(&second.id).await.unwrap(), Some(2));
        let closed = Operation { active: false, ..first };
        store.update_operation(&closed, &stamp()).await.unwrap();
        assert_eq!(store.operation(&closed.id).await.unwrap(), Some(closed));
    });
}

#[test]
fn rounds_stand_in_the_order_of_their_labels() {
    on_both_databases(async |store| {
        let operation = operation("xso");
        store.create_operation(&operation, &stamp()).await.unwrap();
        let exercise = exercise(&operation, "mobility");
        store.create_exercise(&exercise, &stamp()).await.unwrap();
        assert_eq!(store.exercises(&operation.id).await.unwrap(), std::slice::from_ref(&exercise));
        assert_eq!(store.exercise(&exercise.id).await.unwrap(), Some(exercise.clone()));
        assert_eq!(store.exercise_by_slug(&operation.id, "mobility").await.unwrap(), Some(exercise.clone()));
        for label in ["10", "5.1", "0", "5", "6"] {
            store.create_round(&round(&exercise, label), &stamp()).await.unwrap();
        }
        assert_eq!(conflict(store.create_round(&round(&exercise, "5.1"), &stamp()).await), "round_label");
        let rounds = store.rounds(&exercise.id).await.unwrap();
        let labels: Vec<&str> = rounds.iter().map(|round| round.label.as_str()).collect();
        assert_eq!(labels, ["0", "5", "5.1", "6", "10"]);
        assert_eq!(store.round(&rounds[2].id).await.unwrap().as_ref(), Some(&rounds[2]));
        assert_eq!(store.round_by_label(&exercise.id, &"5.1".into()).await.unwrap().as_ref(), Some(&rounds[2]));
    });
}

#[test]
fn an_exercise_of_no_operation_is_refused_alike() {
    on_both_databases(async |store| {
        let stray = exercise(&operation("none"), "mobility");
        assert_eq!(conflict(store.create_exercise(&stray, &stamp()).await), "reference");
    });
}

#[test]
fn a_round_moves_one_step_and_only_from_where_it_is() {
    use RoundState::*;
    on_both_databases(async |store| {
        let operation = operation("xso");
        store.create_operation(&operation, &stamp()).await.unwrap();
        let exercise = exercise(&operation, "mobility");
        store.create_exercise(&exercise, &stamp()).await.unwrap();
        let round = round(&exercise, "1");
        store.create_round(&round, &stamp()).await.unwrap();
        let step = async |from, to| match store.move_round(&round.id, from, to, "as planned", &stamp()).await {
            Ok(()) => "moved".to_owned(),
            refused => conflict(refused),
        };
        assert_eq!(step(Planned, Verifying).await, "round_step");
        assert_eq!(step(Planned, Collecting).await, "moved");
        assert_eq!(step(Planned, Collecting).await, "round_state");
        assert_eq!(step(Collecting, Verifying).await, "moved");
        assert_eq!(step(Verifying, Collecting).await, "moved");
        assert_eq!(step(Collecting, Verifying).await, "moved");
        assert_eq!(step(Verifying, Cleared).await, "moved");
        assert_eq!(step(Cleared, Published).await, "moved");
        assert_eq!(step(Published, Cleared).await, "round_step");
        assert_eq!(store.round(&round.id).await.unwrap().unwrap().state, Published);
        let stray = dtm_model::RoundId::new(now(), draw());
        assert!(is_missing(store.move_round(&stray, Planned, Collecting, "", &stamp()).await));
        let moves = store.audit_of(&round.id.to_string()).await.unwrap();
        assert_eq!(moves.len(), 7);
        assert_eq!(moves[1].detail, r#"{"from":"planned","to":"collecting","reason":"as planned"}"#);
    });
}
