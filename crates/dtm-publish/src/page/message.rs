//! Sentences with numbers, each bound to the condition under which it is true.
//!
//! A title that states a message is worth more than one that names a subject, and does more harm when it is wrong.
//! So every message carries its condition on the figures and refuses to be said where that fails; hidden and missing
//! figures fail every condition that needs them.

use super::facts::Facts;
use crate::words::{Arg, Words};
use dtm_protect::Value;

/// A sentence about a round. [`Message::holds`] says when it is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Message {
    /// More people than in the round before, by 2 % or more.
    Rising,
    /// Fewer people than in the round before, by 2 % or more.
    Falling,
    /// About as many people as in the round before: within 2 %.
    Steady,
    /// So many people, with no round to compare with.
    Counted,
    /// Nobody displaced was found.
    NobodyFound,
    /// The number is not shown, or was not collected.
    NotShown,
    /// More than half live outside sites.
    MostOutsideSites,
    /// More than half live on sites.
    MostOnSites,
    /// One area holds at least a third.
    OneAreaHoldsMuch,
    /// At least 45 % are under 18.
    ManyChildren,
    /// More women and girls than men and boys.
    MoreFemales,
    /// One reason explains more than half.
    OneReason,
    /// More than half left one area.
    OneOrigin,
    /// At least a fifth of the figure is carried from an earlier round.
    MuchCarried,
}

/// The message is not true of these figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("message {0:?} does not hold for these figures")]
pub struct Refused(pub Message);

/// Titles, the first that holds is said. One of them always holds.
pub const TITLES: [Message; 6] =
    [Message::Rising, Message::Falling, Message::Steady, Message::Counted, Message::NobodyFound, Message::NotShown];

/// Further messages, all that hold are said.
pub const POINTS: [Message; 8] = [
    Message::OneAreaHoldsMuch,
    Message::MostOutsideSites,
    Message::MostOnSites,
    Message::ManyChildren,
    Message::MoreFemales,
    Message::OneReason,
    Message::OneOrigin,
    Message::MuchCarried,
];

impl Message {
    /// Whether the message is true of these figures.
    pub fn holds(self, facts: &Facts) -> bool {
        let idp = facts.number("idp_ind");
        let change = match (idp, facts.earlier("idp_ind")) {
            (Some(now), Some((_, before))) if now > 0 && before > 0 => Some((now, before)),
            _ => None,
        };
        let share = |part: Option<i64>, whole: Option<i64>, percent: i64| match (part, whole) {
            (Some(part), Some(whole)) => whole > 0 && part.saturating_mul(100) >= whole.saturating_mul(percent),
            _ => false,
        };
        let more_than_half = |part: Option<i64>, whole: Option<i64>| match (part, whole) {
            (Some(part), Some(whole)) => whole > 0 && part.saturating_mul(2) > whole,
            _ => false,
        };
        match self {
            Message::Rising => {
                change.is_some_and(|(now, before)| now.saturating_mul(100) >= before.saturating_mul(102))
            }
            Message::Falling => {
                change.is_some_and(|(now, before)| now.saturating_mul(100) <= before.saturating_mul(98))
            }
            Message::Steady => change.is_some() && !Message::Rising.holds(facts) && !Message::Falling.holds(facts),
            Message::Counted => idp.is_some_and(|now| now > 0),
            Message::NobodyFound => idp == Some(0),
            Message::NotShown => idp.is_none(),
            Message::MostOutsideSites => more_than_half(facts.number("in_host"), idp),
            Message::MostOnSites => more_than_half(facts.number("in_sites"), idp),
            Message::OneAreaHoldsMuch => {
                facts.areas.len() > 2 && share(facts.areas.first().and_then(|(_, cell)| cell.value.number()), idp, 33)
            }
            Message::ManyChildren => share(facts.under_18.number(), facts.of_known_age.number(), 45),
            Message::MoreFemales => more_than_half(facts.females.number(), facts.of_known_age.number()),
            Message::OneReason => facts
                .reasons
                .first()
                .is_some_and(|(code, cell)| code != "not_reported" && more_than_half(cell.value.number(), idp)),
            Message::OneOrigin => facts
                .origins
                .first()
                .is_some_and(|(code, cell)| code != "unknown" && more_than_half(cell.value.number(), idp)),
            Message::MuchCarried => {
                let carried = facts.cell("idp_ind").known_carried();
                carried > 0 && share(Some(carried), idp, 20)
            }
        }
    }

    /// Says the message, if it is true of these figures. `name` gives the name of an area.
    pub fn say(self, facts: &Facts, words: &Words, name: &dyn Fn(&str) -> String) -> Result<String, Refused> {
        if !self.holds(facts) {
            return Err(Refused(self));
        }
        let idp = facts.number("idp_ind").unwrap_or(0);
        let people = [("n", Arg::from(words.compact(idp))), ("scale", Arg::from(words.scale(idp)))];
        let share = |part: Value| Arg::from(words.percent(part.number().unwrap_or(0), idp));
        let of_known = |part: Value| {
            Arg::from(words.percent(part.number().unwrap_or(0), facts.of_known_age.number().unwrap_or(0)))
        };
        let change = || {
            let (round, before) = match facts.earlier("idp_ind") {
                Some((round, before)) => (round.to_string(), before),
                None => (String::new(), idp),
            };
            let change = words.change(before, idp).unwrap_or_default();
            // «22% more», «22% fewer»: the words carry the direction; «about as many (−0.5%)» needs the sign.
            let change = match self {
                Message::Steady => change,
                _ => change.trim_start_matches(['+', '\u{2212}']).to_owned(),
            };
            let [n, scale] = people.clone();
            [n, scale, ("change", Arg::from(change)), ("round", Arg::from(round))]
        };
        let first = |list: &[(String, dtm_protect::ReleasedCell)]| {
            list.first().map_or((String::new(), Value::Nothing), |(code, cell)| (code.clone(), cell.value))
        };
        let named = |key: &str, place: String, part: Value| {
            words.t_args(key, &[("name", Arg::from(place)), ("share", share(part))])
        };
        Ok(match self {
            Message::Rising => words.t_args("message-rising", &change()),
            Message::Falling => words.t_args("message-falling", &change()),
            Message::Steady => words.t_args("message-steady", &change()),
            Message::Counted => words.t_args("message-counted", &people),
            Message::NobodyFound => words.t("message-nobody-found"),
            Message::NotShown => match facts.cell("idp_ind").value {
                Value::Hidden(_) => words.t("message-hidden"),
                _ => words.t("message-nothing"),
            },
            Message::MostOutsideSites => {
                words.t_args("message-outside-sites", &[("share", share(facts.cell("in_host").value))])
            }
            Message::MostOnSites => words.t_args("message-on-sites", &[("share", share(facts.cell("in_sites").value))]),
            Message::OneAreaHoldsMuch => {
                let (code, part) = first(&facts.areas);
                named("message-one-area", name(&code), part)
            }
            Message::ManyChildren => words.t_args("message-children", &[("share", of_known(facts.under_18))]),
            Message::MoreFemales => words.t_args("message-females", &[("share", of_known(facts.females))]),
            Message::OneReason => {
                let (code, part) = first(&facts.reasons);
                named("message-one-reason", words.reason(&code), part)
            }
            Message::OneOrigin => {
                let (code, part) = first(&facts.origins);
                named("message-one-origin", name(&code), part)
            }
            Message::MuchCarried => {
                let carried = Value::Number(facts.cell("idp_ind").known_carried());
                words.t_args("message-carried", &[("share", share(carried))])
            }
        })
    }
}

/// The title of a round: the first of [`TITLES`] that holds.
pub fn title(facts: &Facts, words: &Words) -> String {
    let nameless = |code: &str| code.to_owned();
    TITLES.iter().find_map(|message| message.say(facts, words, &nameless).ok()).unwrap_or_default()
}

/// What else is true of a round.
pub fn points(facts: &Facts, words: &Words, name: &dyn Fn(&str) -> String) -> Vec<String> {
    POINTS.iter().filter_map(|message| message.say(facts, words, name).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::facts::Before;
    use dtm_model::{Lang, RoundLabel};
    use dtm_protect::{ReleasedCell, Why};
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn cell(number: i64) -> ReleasedCell {
        ReleasedCell::from(Value::Number(number))
    }

    fn round(idp: Value, before: Option<Value>) -> Facts {
        Facts {
            country: BTreeMap::from([("idp_ind".to_owned(), ReleasedCell::from(idp))]),
            before: before.map(|value| Before {
                round: RoundLabel::from("7"),
                country: BTreeMap::from([("idp_ind".to_owned(), value)]),
            }),
            females: Value::Nothing,
            under_18: Value::Nothing,
            of_known_age: Value::Nothing,
            areas: Vec::new(),
            reasons: Vec::new(),
            origins: Vec::new(),
            n_planned: 10,
            n_reached: 9,
            n_carried: 1,
        }
    }

    fn check(facts: &Facts, expected: Expect) {
        let mut said = String::new();
        for lang in Lang::ALL {
            let words = Words::of(lang);
            for line in [title(facts, words)].into_iter().chain(points(facts, words, &|code| code.to_owned())) {
                said.push_str(&line.replace(['\u{a0}', '\u{202f}'], " "));
                said.push('\n');
            }
        }
        expected.assert_eq(&said);
    }

    #[test]
    fn a_rise_is_said_with_the_round_it_is_since() {
        check(
            &round(Value::Number(702_973), Some(Value::Number(578_074))),
            expect![[r#"
            703,000 people are displaced, 22% more than in round 7
            703 000 personnes sont déplacées, 22 % de plus qu’au cycle 7
        "#]],
        );
        check(
            &round(Value::Number(1_287_593), Some(Value::Number(1_041_229))),
            expect![[r#"
            1.29 million people are displaced, 24% more than in round 7
            1,29 million de personnes sont déplacées, 24 % de plus qu’au cycle 7
        "#]],
        );
    }

    #[test]
    fn without_a_comparable_round_no_change_is_said() {
        check(
            &round(Value::Number(9_120), None),
            expect![[r#"
            9,120 people are displaced
            9 120 personnes sont déplacées
        "#]],
        );
        check(
            &round(Value::Number(9_120), Some(Value::Nothing)),
            expect![[r#"
            9,120 people are displaced
            9 120 personnes sont déplacées
        "#]],
        );
        check(
            &round(Value::Number(9_120), Some(Value::Hidden(Why::Dominated))),
            expect![[r#"
            9,120 people are displaced
            9 120 personnes sont déplacées
        "#]],
        );
    }

    #[test]
    fn zero_nothing_and_hidden_have_titles_of_their_own() {
        check(
            &round(Value::Number(0), Some(Value::Number(5))),
            expect![[r#"
            No displaced people were found
            Aucune personne déplacée n’a été trouvée
        "#]],
        );
        check(
            &round(Value::Nothing, None),
            expect![[r#"
            No count of displaced people in this round
            Pas de décompte des personnes déplacées dans ce cycle
        "#]],
        );
        check(
            &round(Value::Hidden(Why::FewerThanMinimum), None),
            expect![[r#"
            The number of displaced people is hidden to protect them
            Le nombre de personnes déplacées est masqué pour les protéger
        "#]],
        );
    }

    #[test]
    fn all_messages_of_a_round_are_said_in_both_languages() {
        let mut facts = round(Value::Number(1000), Some(Value::Number(1005)));
        facts.country.insert("in_host".to_owned(), cell(620));
        facts.country.insert("in_sites".to_owned(), cell(380));
        facts
            .country
            .insert("idp_ind".to_owned(), ReleasedCell { value: Value::Number(1000), carried: Some(250), range: None });
        facts.areas = ["Ouest", "Sud", "Nord"].iter().map(|a| ((*a).to_owned(), cell(400))).collect();
        facts.reasons = vec![("insecurity".to_owned(), cell(800))];
        facts.origins = vec![("Ouest".to_owned(), cell(700))];
        facts.of_known_age = Value::Number(1000);
        facts.under_18 = Value::Number(550);
        facts.females = Value::Number(530);
        check(
            &facts,
            expect![[r#"
                1,000 people are displaced, about as many as in round 7 (change: −0.5%)
                Ouest hosts 40% of displaced people
                More than half of displaced people, 62%, live outside sites, in host communities
                55% of those whose age is known are under 18
                53% of those whose sex is known are women and girls
                Insecurity: the reason for 80% of displacement
                Ouest: where 70% of displaced people come from
                25% of the total is carried from an earlier round, for places not assessed in this one
                1 000 personnes sont déplacées, à peu près autant qu’au cycle 7 (écart : −0,5 %)
                Ouest accueille 40 % des personnes déplacées
                Plus de la moitié des personnes déplacées, 62 %, vivent hors des sites, en communauté d’accueil
                55 % des personnes d’âge connu ont moins de 18 ans
                53 % des personnes de sexe connu sont des femmes et des filles
                Insécurité : la raison de 80 % des déplacements
                Ouest : l’origine de 70 % des personnes déplacées
                25 % du total est reporté d’un cycle antérieur, pour des lieux non évalués dans celui-ci
            "#]],
        );
    }

    #[test]
    fn a_message_whose_condition_fails_is_refused() {
        let facts = round(Value::Number(100), Some(Value::Number(200)));
        let say = |message: Message| message.say(&facts, Words::of(Lang::En), &|code| code.to_owned());
        assert_eq!(say(Message::Rising), Err(Refused(Message::Rising)));
        assert_eq!(say(Message::MostOutsideSites), Err(Refused(Message::MostOutsideSites)));
        assert!(say(Message::Falling).is_ok());
        // «Not reported» is no reason, and half is not more than half.
        let mut facts = facts;
        facts.reasons = vec![("not_reported".to_owned(), cell(90))];
        facts.country.insert("in_host".to_owned(), cell(50));
        assert!(!Message::OneReason.holds(&facts));
        assert!(!Message::MostOutsideSites.holds(&facts));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            (0_i64..3_000_000).prop_map(Value::Number),
            Just(Value::Nothing),
            Just(Value::Hidden(Why::FewerThanMinimum)),
        ]
    }

    proptest! {
        #[test]
        fn every_round_has_exactly_one_title_and_opposites_never_hold_together(
            now in any_value(), before in proptest::option::of(any_value()), host in any_value(), sites in any_value()
        ) {
            let mut facts = round(now, before);
            facts.country.insert("in_host".to_owned(), ReleasedCell::from(host));
            facts.country.insert("in_sites".to_owned(), ReleasedCell::from(sites));
            prop_assert!(!title(&facts, Words::of(Lang::Fr)).is_empty());
            let holding = [Message::Rising, Message::Falling, Message::Steady];
            prop_assert!(holding.iter().filter(|message| message.holds(&facts)).count() <= 1);
            if now.number().is_none() {
                prop_assert!(POINTS.iter().all(|message| !message.holds(&facts)));
            }
        }
    }
}
