//! Sources, decisions and signatures: kept, taken back once, never changed.

use crate::is_missing;
use dtm_model::{Pcode, SignatureId, Ssid, VerificationEntryId};
use dtm_store::{NewSignature, VerificationKind};
use dtm_testkit::{draw, now, office, on_both_databases, stamp};

#[test]
fn a_source_and_a_decision_are_taken_back_once_and_stay_in_the_history() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        let place = Ssid::from("S1");
        let [source, decision] = [0, 1].map(|_| VerificationEntryId::new(now(), draw()));
        let said = (VerificationKind::Source, "partner", "{\"individuals\":40}");
        store.add_verification(round, (&source, &place), said, &stamp()).await.unwrap();
        let said = (VerificationKind::Decision, "take", "{}");
        store.add_verification(round, (&decision, &place), said, &stamp()).await.unwrap();
        store.undo_verification(round, &source, &stamp()).await.unwrap();
        assert!(is_missing(store.undo_verification(round, &source, &stamp()).await));
        let entries = store.verification_entries(round).await.unwrap();
        let of = |id: &VerificationEntryId| entries.iter().find(|entry| entry.id == *id).unwrap();
        assert_eq!((of(&source).kind, of(&source).undone.is_some()), (VerificationKind::Source, true));
        assert_eq!((of(&decision).undone.is_none(), of(&decision).body.as_str()), (true, "{}"));
        assert_eq!(of(&source).body, "{\"individuals\":40}");
        let log: Vec<String> =
            store.audit_of(&round.to_string()).await.unwrap().into_iter().map(|entry| entry.action).collect();
        assert!(log.ends_with(
            &["verification.source_added", "verification.decided", "verification.undone"].map(str::to_owned)
        ));
        let (_, touched) = store.rounds_touched(0).await.unwrap();
        assert!(touched.contains(round), "its figures are to be made again");
    });
}

#[test]
fn a_signature_is_withdrawn_with_a_reason_and_an_area_may_be_signed_again() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        let sign = |area: &str, fingerprint: &str| NewSignature {
            id: SignatureId::new(now(), draw()),
            area: Pcode::from(area),
            fingerprint: fingerprint.to_owned(),
            n_places: 3,
            persons: 400,
            note: String::new(),
            places: Some("{}".to_owned()),
        };
        let (first, second) = (sign("XS01", "a"), sign("XS02", "b"));
        store.sign_areas(round, &[first.clone(), second.clone()], &stamp()).await.unwrap();
        let area = Pcode::from("XS01");
        store.withdraw_signature(round, &area, "counted again", &stamp()).await.unwrap();
        assert!(is_missing(store.withdraw_signature(round, &area, "again", &stamp()).await));
        let again = sign("XS01", "c");
        store.sign_areas(round, std::slice::from_ref(&again), &stamp()).await.unwrap();
        let all = store.signatures(round).await.unwrap();
        let standing = |area: &str| {
            let of_area = |signature: &&dtm_store::Signature| signature.signed.area.as_str() == area;
            all.iter().filter(of_area).filter(|signature| signature.withdrawn.is_none()).collect::<Vec<_>>()
        };
        assert_eq!(standing("XS01").iter().map(|one| &one.signed).collect::<Vec<_>>(), [&again]);
        assert_eq!(standing("XS02").iter().map(|one| &one.signed).collect::<Vec<_>>(), [&second]);
        let gone = all.iter().find(|signature| signature.signed == first).unwrap();
        assert_eq!(gone.withdrawn.as_ref().map(|(_, _, why)| why.as_str()), Some("counted again"));
    });
}
