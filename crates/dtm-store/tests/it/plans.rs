//! What a round expects, what came late, and which rounds something happened to.

use crate::{conflict, is_missing};
use dtm_model::{
    AppUserId, Change, Correction, CorrectionId, Ssid, Team, TeamId, Ticked, Unreached, Visit, WhyUnreached,
};
use dtm_store::{AppUser, NewSubmission, ReviewState, Store};
use dtm_testkit::{Office, draw, now, office, on_both_databases, stamp, submission};
use std::collections::BTreeSet;

fn team(office: &Office, name: &str, phones: &[&AppUserId]) -> Team {
    Team {
        id: TeamId::new(now(), draw()),
        operation: office.operation.id.clone(),
        name: name.to_owned(),
        phones: phones.iter().map(|id| (*id).clone()).collect(),
        addresses: Vec::new(),
    }
}

fn visit(place: &str, team: Option<&Team>) -> Visit {
    Visit { place: Ssid::from(place), team: team.map(|team| team.id.clone()), due_on: None, unreached: None }
}

#[test]
fn a_phone_belongs_to_one_team_and_a_team_to_one_operation() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let phone = &AppUserId::new(now(), draw());
        let access = AppUser {
            id: phone.clone(),
            operation: office.operation.id.clone(),
            name: "Awa".to_owned(),
            token_hash: "hash".to_owned(),
            token_sealed: None,
            created_at: now(),
            created_by: None,
            revoked_at: None,
            expires_at: None,
            binds: false,
            device_id: None,
            seen_at: None,
        };
        store.create_app_user(&access, &stamp()).await.unwrap();
        let (north, south) = (team(&office, "North", &[phone]), team(&office, "South", &[phone]));
        store.put_team(&north, &stamp()).await.unwrap();
        store.put_team(&south, &stamp()).await.unwrap();
        let teams = store.teams(&office.operation.id).await.unwrap();
        assert_eq!(teams, [Team { phones: Vec::new(), ..north.clone() }, south.clone()]);
        assert_eq!(conflict(store.put_team(&team(&office, "North", &[]), &stamp()).await), "team_name");
        let stranger = AppUserId::new(now(), draw());
        assert!(is_missing(store.put_team(&Team { phones: vec![stranger], ..north.clone() }, &stamp()).await));
        assert_eq!(store.teams(&office.operation.id).await.unwrap().len(), 2);
    });
}

#[test]
fn a_planned_place_keeps_its_reason_when_it_gets_another_team_and_stays_when_the_team_goes() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        let north = team(&office, "North", &[]);
        store.put_team(&north, &stamp()).await.unwrap();
        store.plan_visits(round, &[visit("b", None), visit("a", None)], &stamp()).await.unwrap();
        let why = Unreached {
            why: WhyUnreached::Insecurity,
            note: "barricades".to_owned(),
            by: "user:x".to_owned(),
            at: now(),
        };
        store.set_unreached(round, &Ssid::from("a"), Some(&why), &stamp()).await.unwrap();
        store.plan_visits(round, &[visit("a", Some(&north))], &stamp()).await.unwrap();
        let planned = Visit { unreached: Some(why), ..visit("a", Some(&north)) };
        assert_eq!(store.visits(round).await.unwrap(), [planned.clone(), visit("b", None)]);
        store.remove_team(&north.id, &stamp()).await.unwrap();
        assert!(is_missing(store.remove_team(&north.id, &stamp()).await));
        store.set_unreached(round, &Ssid::from("a"), None, &stamp()).await.unwrap();
        assert_eq!(store.visits(round).await.unwrap(), [visit("a", None), visit("b", None)]);
        let gone = [Ssid::from("b"), Ssid::from("unknown")];
        assert_eq!(store.drop_visits(round, &gone, &stamp()).await.unwrap(), 1);
        assert_eq!(store.visits(round).await.unwrap(), [visit("a", None)]);
    });
}

#[test]
fn a_step_is_ticked_once_and_can_be_taken_back() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let tick = |note: &str| Ticked {
            round: office.round.id.clone(),
            step: "agreed".to_owned(),
            note: note.to_owned(),
            by: "user:x".to_owned(),
            at: now(),
        };
        store.tick(&tick("by phone"), true, &stamp()).await.unwrap();
        let second = tick("in writing");
        store.tick(&second, true, &stamp()).await.unwrap();
        assert_eq!(store.ticked(&office.round.id).await.unwrap(), std::slice::from_ref(&second));
        store.tick(&second, false, &stamp()).await.unwrap();
        assert_eq!(store.ticked(&office.round.id).await.unwrap(), []);
    });
}

#[test]
fn what_came_late_waits_until_somebody_has_reviewed_it() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        store.submit(submission(&office, "uuid:in-time", 1)).await.unwrap();
        for name in ["uuid:late-1", "uuid:late-2"] {
            store.submit(NewSubmission { late: true, ..submission(&office, name, 2) }).await.unwrap();
        }
        let late = store.late_records(round, 10).await.unwrap();
        assert_eq!((late.len(), store.count_late(round).await.unwrap()), (2, 2));
        let n = store.records(round).await.unwrap().iter().filter(|stored| stored.late).count();
        assert_eq!(n, 2);
        store.review(&late[..1], Some(ReviewState::Approved), &stamp()).await.unwrap();
        assert_eq!(store.late_records(round, 10).await.unwrap(), [late[1].clone()]);
        assert_eq!(store.count_late(round).await.unwrap(), 1);
    });
}

/// What the rounds of this office were told since an entry of the audit log.
async fn touched(store: &Store, after: &mut i64) -> BTreeSet<String> {
    let (end, rounds) = store.rounds_touched(*after).await.unwrap();
    *after = end;
    rounds.iter().map(ToString::to_string).collect()
}

#[test]
fn a_round_is_touched_by_what_comes_is_reviewed_and_is_corrected_and_by_nothing_else() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let this: BTreeSet<String> = [office.round.id.to_string()].into();
        let mut after = store.audit_end().await.unwrap();
        assert!(touched(&store, &mut after).await.is_empty());
        store.submit(submission(&office, "uuid:1", 1)).await.unwrap();
        assert_eq!(touched(&store, &mut after).await, this);
        store.plan_visits(&office.round.id, &[visit("a", None)], &stamp()).await.unwrap();
        assert!(touched(&store, &mut after).await.is_empty());
        let record = store.records(&office.round.id).await.unwrap()[0].record.id.clone();
        store.review(std::slice::from_ref(&record), Some(ReviewState::Approved), &stamp()).await.unwrap();
        assert_eq!(touched(&store, &mut after).await, this);
        let correction = Correction {
            id: CorrectionId::new(now(), draw()),
            record,
            question: Some("idp_ind".to_owned()),
            old: Some("1".to_owned()),
            new: Some("2".to_owned()),
            change: Change::ChangeResponse,
            reason: "call back".to_owned(),
            issue: String::new(),
            source: None,
            check: None,
            by: "user:x".to_owned(),
            at: now(),
        };
        store.add_corrections(&office.round.id, vec![correction], &stamp()).await.unwrap();
        assert_eq!(touched(&store, &mut after).await, this);
        assert!(touched(&store, &mut after).await.is_empty());
    });
}
