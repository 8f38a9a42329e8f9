//! The records of a round become a book: who asked, in which team, and how the work looks beside that of the others.

use super::gather::{Gathered, MOST_RECORDS};
use super::{Alike, Asked, Book, FormCount, Group, Held, Line, NO_TEAM, Person, Within};
use crate::journey::records::RoundRecord;
use chrono::{Days, NaiveDate};
use dtm_model::{BlobHash, FormSchema, RecordId, Text, Timing};
use dtm_process::answers::{AnswerTable, Column, TableBuilder};
use dtm_process::checks::{AnswersContext, Thresholds};
use dtm_process::patterns::audit::minutes;
use dtm_process::patterns::dont_know::columns_of_form;
use dtm_process::patterns::durations::{Interview, like_with_like};
use dtm_process::patterns::enumerators::{ALIKE, NOBODY, Profile, Work, measure, put_beside};
use dtm_process::patterns::near_duplicates::{OwnAlike, OwnOptions, Rows, alike_to_own};
use dtm_process::patterns::positions::{Position, positions};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A form with fewer questions cannot tell people apart.
const LEAST_QUESTIONS: usize = 10;
/// Of a key that names somebody in addresses.
const KEY_LENGTH: usize = 16;

/// What is known of each row, beside its answers.
#[derive(Default)]
struct Facts {
    /// Who asked, by number.
    who: Vec<u32>,
    /// The team, by number; [`NOBODY`] for none.
    team: Vec<u32>,
    interviews: Vec<Interview>,
    days: Vec<Option<NaiveDate>>,
    flagged: Vec<bool>,
    own: Vec<Option<OwnAlike>>,
    positions: Vec<Position>,
    timings: Vec<Option<Timing>>,
}

fn pick<T: Clone>(all: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|row| all.get(*row).cloned()).collect()
}

impl Facts {
    /// The same of these rows only.
    fn of_rows(&self, rows: &[usize]) -> Self {
        Self {
            who: pick(&self.who, rows),
            team: pick(&self.team, rows),
            interviews: pick(&self.interviews, rows),
            days: pick(&self.days, rows),
            flagged: pick(&self.flagged, rows),
            own: pick(&self.own, rows),
            positions: pick(&self.positions, rows),
            timings: pick(&self.timings, rows),
        }
    }

    /// The number of each row's enumerator or team.
    fn numbers(&self, by: Group) -> &[u32] {
        match by {
            Group::Enumerator => &self.who,
            Group::Team => &self.team,
        }
    }
}

/// The questions that measures ask for, found once in the answers of the whole round.
struct Asks {
    no_answer: Vec<(usize, Vec<bool>)>,
    gates: Vec<(usize, String)>,
    others: Vec<(usize, String)>,
    ages: Vec<usize>,
}

fn profiles(table: &AnswerTable, facts: &Facts, asks: &Asks, by: Group, thresholds: &Thresholds) -> Vec<Profile> {
    let numbers = facts.numbers(by);
    let placed = facts.positions.iter().zip(numbers).map(|(one, number)| Position { enumerator: *number, ..*one });
    let work = Work {
        enumerators: numbers,
        interviews: &facts.interviews,
        days: &facts.days,
        flagged: &facts.flagged,
        timings: &facts.timings,
        positions: positions(&placed.collect::<Vec<_>>(), &thresholds.positions),
        own: &facts.own,
        no_answer: asks.no_answer.clone(),
        gates: asks.gates.clone(),
        others: asks.others.clone(),
        ages: asks.ages.clone(),
    };
    measure(table, &work)
}

/// The forms of which something came, those of which most came first.
fn forms(records: &[RoundRecord]) -> Vec<FormCount> {
    let mut forms: BTreeMap<&str, FormCount> = BTreeMap::new();
    for record in records {
        let Some(schema) = &record.schema else { continue };
        let one = forms.entry(&record.form_key).or_insert_with(|| {
            let title = if schema.title.is_empty() { &record.form_key } else { &schema.title };
            FormCount { key: record.form_key.clone(), title: title.clone(), n_records: 0 }
        });
        one.n_records += 1;
    }
    let mut forms: Vec<FormCount> = forms.into_values().collect();
    forms.sort_by_key(|form| std::cmp::Reverse(form.n_records));
    forms
}

/// The people of a form, with the number of each row's; the first of them is nobody.
struct People {
    people: Vec<Person>,
    numbers: HashMap<String, u32>,
}

impl People {
    fn new(form: &str) -> Self {
        let mut people = Self { people: Vec::new(), numbers: HashMap::new() };
        people.number(form, "", Text::new);
        people
    }

    fn number(&mut self, form: &str, code: &str, label: impl FnOnce() -> Text) -> u32 {
        if let Some(number) = self.numbers.get(code) {
            return *number;
        }
        let number = self.people.len();
        let hash = BlobHash::of(format!("{form}\n{code}").as_bytes()).to_string();
        let key = hash.chars().take(KEY_LENGTH).collect();
        self.people.push(Person { key, number, code: code.to_owned(), label: label(), is_hidden: false });
        self.numbers.insert(code.to_owned(), number as u32);
        number as u32
    }
}

/// The words of a choice.
fn choice_label(schema: &FormSchema, question: &str, code: &str) -> Text {
    let field = schema.fields.iter().find(|field| field.path == question);
    let choice = field.and_then(|field| field.choices.iter().find(|choice| choice.name == code));
    choice.map(|choice| choice.label.clone()).unwrap_or_default()
}

/// Looks at what was gathered.
pub(super) fn look(gathered: Gathered, asked: &Asked) -> Book {
    let forms = forms(&gathered.records);
    let wanted = asked.form.as_deref().and_then(|key| forms.iter().find(|form| form.key == key)).or(forms.first());
    let mut book = Book {
        by: asked.by,
        form: wanted.map(|form| form.key.clone()).unwrap_or_default(),
        forms: forms.clone(),
        n_all: gathered.n_all,
        is_cut: gathered.n_all > MOST_RECORDS as u64,
        teams: gathered.teams.clone(),
        ..Book::default()
    };
    let records: Vec<&RoundRecord> = gathered.records.iter().filter(|one| one.form_key == book.form).collect();
    // Later versions know more questions.
    let Some(schema) = records.iter().rev().find_map(|record| record.schema.clone()) else { return book };
    let mut builder = TableBuilder::new(&schema);
    records.iter().for_each(|record| builder.push(&record.record.answers));
    let table = builder.finish();
    let ids: Vec<RecordId> = records.iter().map(|record| record.record.id.clone()).collect();
    let checks = gathered.checks.get(&book.form).cloned().unwrap_or_default();
    let roles = checks.roles(&schema);
    let context = AnswersContext::new(&schema, &table, &ids, &roles);
    let mut people = People::new(&book.form);
    let question = roles.enumerator.as_deref().filter(|_| !context.enumerators.is_empty());
    book.says_who = question.is_some();
    let facts = facts(&gathered, &context, &ids, roles.position.as_deref(), |row, by| match question {
        Some(question) => {
            let code = context.enumerator_names.get(context.enumerators[row] as usize).map_or("", String::as_str);
            people.number(&book.form, code.trim(), || choice_label(&schema, question, code))
        }
        None => {
            let name = gathered.names.get(by).cloned().unwrap_or_else(|| by.to_owned());
            people.number(&book.form, by, || Text::both(&name, &name))
        }
    });
    book.people = people.people;
    if !book.says_who {
        // The name of a phone stands for its id.
        for person in &mut book.people {
            person.code.clear();
        }
    }
    let held: Vec<Held> = held(&gathered, &facts, &ids, n_compared(&table));
    book.last_day = held.iter().filter_map(|held| held.day).filter(|day| *day <= gathered.today).max();
    book.days = days(asked.within, book.last_day);
    let asks = asks(&schema, &table, &context);
    let round = profiles(&table, &facts, &asks, asked.by, &checks.thresholds);
    let rows: Vec<usize> = match book.days {
        None => (0..table.n_rows()).collect(),
        Some((from, to)) => {
            let is_in = |row: &usize| held[*row].day.is_some_and(|day| (from..=to).contains(&day));
            (0..table.n_rows()).filter(is_in).collect()
        }
    };
    let mut found = match book.days {
        None => round.clone(),
        Some(_) => profiles(&table.of_rows(&rows), &facts.of_rows(&rows), &asks, asked.by, &checks.thresholds),
    };
    put_beside(&mut found, &round);
    book.lines = found.into_iter().map(|profile| line(&book, profile)).collect();
    book.held = pick(&held, &rows);
    book
}

fn line(book: &Book, profile: Profile) -> Line {
    let number = profile.enumerator as usize;
    match book.by {
        Group::Enumerator => Line { key: book.people[number].key.clone(), at: Some(number), profile },
        Group::Team => {
            let at = number.checked_sub(1);
            let key = at.map_or_else(|| NO_TEAM.to_owned(), |at| book.teams[at].id.to_string());
            Line { key, at, profile }
        }
    }
}

/// The first and the last day asked for; none for all.
fn days(within: Within, last: Option<NaiveDate>) -> Option<(NaiveDate, NaiveDate)> {
    match within {
        Within::Round => None,
        Within::Day(day) => Some((day, day)),
        Within::LastDay => last.map(|day| (day, day)),
        Within::Week => last.map(|day| (day.checked_sub_days(Days::new(6)).unwrap_or(day), day)),
    }
}

fn asks(schema: &Arc<FormSchema>, table: &AnswerTable, context: &AnswersContext<'_>) -> Asks {
    let work = Work::of(table, &context.enumerators, &context.interviews, &context.others);
    Asks {
        no_answer: columns_of_form(table, schema, &context.dont_know),
        gates: work.gates,
        others: work.others,
        ages: work.ages,
    }
}

/// How many questions are compared between interviews; none where they are too few to tell people apart.
fn n_compared(table: &AnswerTable) -> usize {
    let n = table.positions(Column::is_substance).len();
    if n < LEAST_QUESTIONS { 0 } else { n }
}

/// What is known of each row; `number` tells who asked, by the row and who sent it.
fn facts(
    gathered: &Gathered,
    context: &AnswersContext<'_>,
    ids: &[RecordId],
    position: Option<&str>,
    mut number: impl FnMut(usize, &str) -> u32,
) -> Facts {
    let mut facts = Facts { interviews: context.interviews.clone(), ..Facts::default() };
    let team_of_phone: HashMap<String, usize> = (1..)
        .zip(&gathered.teams)
        .flat_map(|(number, team)| team.phones.iter().map(move |phone| (format!("app-user:{phone}"), number)))
        .collect();
    let team_of_place = |record: &RecordId| {
        let planned = gathered.planned.get(gathered.stands.get(record)?)?;
        Some(gathered.teams.iter().position(|team| team.id == *planned)? + 1)
    };
    for (row, id) in ids.iter().enumerate() {
        let sender = gathered.senders.get(id);
        let by = sender.map_or("", |sender| sender.by.as_str());
        let interview = facts.interviews[row];
        let arrived = sender.and_then(|sender| sender.at);
        let arrived = arrived.map(|at| at.to_utc().with_timezone(&gathered.zone).date_naive());
        facts.days.push(interview.started.map(|started| started.day()).or(arrived));
        let who = number(row, by);
        facts.who.push(who);
        facts.interviews[row].enumerator = Some(who);
        // A phone that no team carries works for the team that was to visit the place.
        let team = team_of_phone.get(by).copied().or_else(|| team_of_place(id));
        facts.team.push(team.map_or(NOBODY, |team| team as u32));
        facts.flagged.push(gathered.asked.contains_key(id));
        let site = gathered.stands.get(id).and_then(|place| gathered.places.get(place)?.position);
        let trace = gathered.traces.get(id);
        let accuracy_m = trace.zip(position).and_then(|(trace, question)| trace.accuracies.get(question).copied());
        facts.positions.push(Position { at: interview.position, accuracy_m, site, ..Position::default() });
        let timing = trace.and_then(|trace| trace.timing);
        facts.interviews[row].answering_minutes = timing.map(|timing| minutes(timing.answering_ms));
        facts.timings.push(timing);
    }
    like_with_like(&mut facts.interviews);
    if n_compared(context.table) > 0 {
        let columns = context.table.positions(Column::is_substance);
        let rows = Rows::of(context.table, &columns);
        facts.own = alike_to_own(&rows, &facts.who, &OwnOptions::default());
        // What nobody is known to have asked is not one person's work.
        for (own, who) in facts.own.iter_mut().zip(&facts.who) {
            *own = own.filter(|_| *who != NOBODY);
        }
    }
    facts
}

fn held(gathered: &Gathered, facts: &Facts, ids: &[RecordId], n_questions: usize) -> Vec<Held> {
    let alike = |row: usize| {
        let own = facts.own.get(row).copied().flatten().filter(|own| own.percentile < ALIKE)?;
        let record = ids.get(own.near.row as usize)?.clone();
        Some(Alike { record, n_different: own.near.n_different, n_questions })
    };
    let one = |(row, id): (usize, &RecordId)| Held {
        record: id.clone(),
        who: facts.who[row] as usize,
        team: (facts.team[row] as usize).checked_sub(1),
        day: facts.days[row],
        started: facts.interviews[row].started,
        minutes: facts.interviews[row].minutes(),
        at: facts.interviews[row].position,
        place: gathered.stands.get(id).cloned(),
        asked: gathered.asked.get(id).cloned().unwrap_or_default(),
        alike: alike(row),
    };
    ids.iter().enumerate().map(one).collect()
}
