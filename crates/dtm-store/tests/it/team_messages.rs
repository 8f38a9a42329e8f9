//! What officers write to teams: kept, withdrawn, restored, and carried by mails of the same transaction.

use crate::is_missing;
use dtm_model::{Lang, MessageId, Team, TeamId, TeamMessage, TeamMessageId};
use dtm_store::{MessageKind, NewMessage};
use dtm_testkit::{draw, now, office, on_both_databases, stamp};

#[test]
fn what_is_written_to_a_team_stands_until_it_is_withdrawn_and_stays_when_the_team_goes() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        let team = Team {
            id: TeamId::new(now(), draw()),
            operation: office.operation.id.clone(),
            name: "North".to_owned(),
            phones: Vec::new(),
            addresses: vec!["awa@example.org".to_owned(), "ines@example.org".to_owned()],
        };
        store.put_team(&team, &stamp()).await.unwrap();
        assert_eq!(store.teams(&office.operation.id).await.unwrap(), std::slice::from_ref(&team));
        let message = |team: Option<&Team>, text: &str| TeamMessage {
            id: TeamMessageId::new(now(), draw()),
            round: round.clone(),
            team: team.map(|team| team.id.clone()),
            text: text.to_owned(),
            by: "user:officer".to_owned(),
            at: now(),
            withdrawn: None,
        };
        let (one, all) = (message(Some(&team), "The bridge is open again"), message(None, "Ask for the list of tents"));
        let mail = NewMessage {
            id: MessageId::new(now(), draw()),
            kind: MessageKind::Mail,
            operation: Some(office.operation.id.clone()),
            recipient: "awa@example.org".to_owned(),
            lang: Lang::En,
            subject: "North".to_owned(),
            body: "The bridge is open again".to_owned(),
        };
        store.write_to_team(&one, std::slice::from_ref(&mail), &stamp()).await.unwrap();
        store.write_to_team(&all, &[], &stamp()).await.unwrap();
        assert_eq!(store.count_messages().await.unwrap().n_waiting, 1);
        let mut kept = store.team_messages(round).await.unwrap();
        kept.sort_by_key(|kept| kept.id != one.id);
        assert_eq!(kept, [one.clone(), all.clone()]);
        let stands =
            async || store.team_messages(round).await.unwrap().iter().filter(|one| one.is_for(&team.id)).count();
        assert_eq!(stands().await, 2);
        assert!(is_missing(store.withdraw_team_message(round, &one.id, false, &stamp()).await), "it stands already");
        store.withdraw_team_message(round, &one.id, true, &stamp()).await.unwrap();
        assert!(is_missing(store.withdraw_team_message(round, &one.id, true, &stamp()).await), "once is enough");
        assert_eq!(stands().await, 1);
        store.withdraw_team_message(round, &one.id, false, &stamp()).await.unwrap();
        store.remove_team(&team.id, &stamp()).await.unwrap();
        assert_eq!(store.team_messages(round).await.unwrap().len(), 2);
        assert!(!message(Some(&team), "").is_for(&TeamId::new(now(), draw())));
    });
}
