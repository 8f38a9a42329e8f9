//! The answers that a mapping translates, each with how often it was met and what it becomes.

use super::scope::{Names, Reader, Scope, choices_of, declared};
use super::tally::Tally;
use crate::mapping::{Mapping, OriginMapping, Part, Translation};
use dtm_model::{Atlas, Pcode, Record};
use std::collections::BTreeMap;

/// What an answer becomes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    /// Nobody said: our word for such answers, or nothing.
    Open(Option<String>),
    /// This word, as declared.
    Word(String),
    /// This word, as another spelling of a declared answer.
    Spelling {
        /// The answer as the mapping writes it.
        declared: String,
        /// Our word.
        word: String,
    },
    /// An area, as areas are called and coded.
    Area(Pcode),
}

/// An answer, and how often it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerMet {
    /// The answer as given.
    pub answer: String,
    /// In how many records or turns.
    pub n: usize,
    /// What it becomes.
    pub became: Became,
}

/// The answers to a part that translates them: those nobody spoke of first, of these the most frequent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetTable {
    /// The part.
    pub part: Part,
    /// What was answered.
    pub answers: Vec<AnswerMet>,
    /// How many records or turns answered nothing.
    pub n_blank: usize,
}

impl MetTable {
    /// The answers that nobody said anything about.
    pub fn open(&self) -> impl Iterator<Item = &AnswerMet> {
        self.answers.iter().filter(|met| matches!(met.became, Became::Open(_)))
    }
}

/// What reads an answer, and what it becomes, from a record or a turn.
type ReadsAnswer<'f> = &'f dyn Fn(&mut Reader<'_>, Scope<'_>) -> Option<(String, Became)>;

/// Counts the answers of these records to each part that translates them.
pub fn values_met(mapping: &Mapping, atlas: &Atlas, records: &[&Record]) -> Vec<MetTable> {
    let names = Names::of(mapping, records);
    let mut tally = Tally::default();
    let repeat_of = |part: &Part| match part {
        Part::Present(group) | Part::Reason(group) | Part::Direction(group) | Part::Origin(group) => {
            mapping.groups.get(group).and_then(|group| group.repeat.as_deref())
        }
        _ => None,
    };
    let mut count = |part: Part, read: ReadsAnswer<'_>| {
        let mut met: BTreeMap<String, (usize, Became)> = BTreeMap::new();
        let mut n_blank = 0;
        for record in records {
            let mut reader = Reader {
                names: &names,
                words: &mapping.words,
                atlas,
                record: &record.id,
                tally: &mut tally,
                findings: Vec::new(),
            };
            for scope in (Scope { turn: None, record: &record.answers }).turns(repeat_of(&part)) {
                match read(&mut reader, scope) {
                    Some((answer, became)) => met.entry(answer).or_insert((0, became)).0 += 1,
                    None => n_blank += 1,
                }
            }
        }
        let mut answers: Vec<AnswerMet> =
            met.into_iter().map(|(answer, (n, became))| AnswerMet { answer, n, became }).collect();
        answers.sort_by_key(|met| (!matches!(met.became, Became::Open(_)), std::cmp::Reverse(met.n)));
        MetTable { part, answers, n_blank }
    };
    let mut tables = Vec::new();
    for (part, words) in mapping.translations() {
        if !words.questions.is_empty() {
            tables.push(count(part, &|reader, scope| word_of(reader, words, scope)));
        }
    }
    for (name, group) in &mapping.groups {
        if let Some(origin) = &group.origin {
            tables.push(count(Part::Origin(name.clone()), &|reader, scope| area_of(reader, origin, scope)));
        }
    }
    tables.sort_by(|a, b| a.part.cmp(&b.part));
    tables
}

/// The answer that a translation takes, and its word.
fn word_of(reader: &mut Reader<'_>, words: &Translation, scope: Scope<'_>) -> Option<(String, Became)> {
    for question in &words.questions {
        let Some(answer) = reader.answer(question, scope) else { continue };
        let given = choices_of(answer);
        let known = given.iter().find_map(|given| Some((given, declared(words, given)?)));
        if let Some((given, (answer, word))) = known {
            let (given, answer, word) = (given.clone(), answer.to_owned(), word.to_owned());
            let became = if answer == given { Became::Word(word) } else { Became::Spelling { declared: answer, word } };
            return Some((given, became));
        }
        let Some(first) = given.into_iter().next() else { continue };
        return Some((first, Became::Open(words.otherwise.clone())));
    }
    None
}

/// The answer that says where people came from, and its area.
fn area_of(reader: &mut Reader<'_>, origin: &OriginMapping, scope: Scope<'_>) -> Option<(String, Became)> {
    let mut open = None;
    for question in &origin.questions {
        let Some((_, text)) = reader.first_text(std::slice::from_ref(question), scope) else { continue };
        if let Some(code) = origin.values.get(&text) {
            return Some((text, Became::Word(code.clone())));
        }
        match reader.known_code(question, &text) {
            Some(pcode) => return Some((text, Became::Area(pcode))),
            None => open = open.or(Some((text, Became::Open(None)))),
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::tests::record;
    use dtm_model::{Answer, Answers, Area, Text};
    use expect_test::expect;

    #[test]
    fn every_answer_is_counted_and_those_that_nobody_spoke_of_stand_first() {
        let text = "[place]\nssid = \"id\"\narea = \"adm2\"\n[place.kind]\nalways = \"site\"\n\
            [group.idp]\nmeasures = [{ indicator = \"m0310_loc_num_idp_ind\", question = \"n\" }]\n\
            [group.idp.reason]\nquestion = \"why\"\nfold = \"case\"\notherwise = \"other\"\n\
            [group.idp.reason.values]\n\"flood\" = \"natural_disaster\"\n\
            [group.idp.origin]\nquestion = \"from\"\n[group.idp.origin.values]\n\"the north\" = \"XS02\"\n";
        let mapping = Mapping::from_toml(text).unwrap();
        let area = |pcode: &str| Area {
            pcode: pcode.into(),
            level: 1,
            parent: None,
            name: Text::both("Delta", "Delta"),
            aliases: Default::default(),
            valid_from: None,
            valid_to: None,
            became: Vec::new(),
        };
        let atlas = Atlas::new([area("XS01"), area("XS02")], []);
        let rows =
            [("gangs", "XS01"), ("gangs", "the north"), ("fire", "over there"), ("Flood", ""), ("flood", ""), ("", "")];
        let records: Vec<Record> = (1..)
            .zip(rows)
            .map(|(row, (why, from))| {
                let values = [("why", why), ("from", from)].into_iter().filter(|(_, text)| !text.is_empty());
                let values = values.map(|(name, text)| (name.to_owned(), Answer::Text(text.to_owned()))).collect();
                record(row, Answers { values, ..Answers::default() })
            })
            .collect();
        let tables = values_met(&mapping, &atlas, &records.iter().collect::<Vec<_>>());
        let mut said = String::new();
        for table in &tables {
            said += &format!("{} ({} open, {} blank)\n", table.part.code(), table.open().count(), table.n_blank);
            for met in &table.answers {
                said += &format!("  {} {}: {:?}\n", met.n, met.answer, met.became);
            }
        }
        expect![[r#"
            group.idp.reason (2 open, 1 blank)
              2 gangs: Open(Some("other"))
              1 fire: Open(Some("other"))
              1 Flood: Spelling { declared: "flood", word: "natural_disaster" }
              1 flood: Word("natural_disaster")
            group.idp.origin (1 open, 3 blank)
              1 over there: Open(None)
              1 XS01: Area(Pcode("XS01"))
              1 the north: Word("XS02")
        "#]]
        .assert_eq(&said);
    }
}
