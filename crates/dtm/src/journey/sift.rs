//! Chooses rows of ordered columns and sorts them.
//!
//! A condition on one question is held against each distinct value once, and the rows with the values that fit are taken
//! by their codes; a comparison with a value of the column's own kind is held against three values, for all below, at and
//! above it fare alike. Conditions joined by `and` and `or` are taken apart. Only what speaks of several questions at once
//! (`a add b gt 5`) is held against each row that the other conditions leave.

use super::choose::{Found, Looking};
use dtm_capture::odata::{Expression, Facts, Field, Moment, OrderBy, Value};
use dtm_engine::columns::Cell;
use dtm_engine::ordered::{Column, Kind, Table, first_not};
use dtm_model::RecordId;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A table with what of it is looked at.
pub(super) struct Sieve {
    table: Arc<Table>,
    /// The columns by the question that an expression means.
    columns: HashMap<Field, Column>,
    /// The rows that are wanted, in the order of their ids.
    pub(super) rows: Vec<u32>,
}

impl Sieve {
    /// The rows of a table that all what is looked for is true of, of those that are `live`.
    pub(super) fn new(table: Arc<Table>, paths: &HashMap<usize, String>, looking: &Looking, live: Vec<bool>) -> Self {
        let now = looking.now;
        let n_rows = table.ids().len();
        let mut columns: HashMap<Field, Column> = paths
            .iter()
            .map(|(node, path)| {
                (Field::Answer(*node), table.column(path).cloned().unwrap_or_else(|| Column::empty(n_rows)))
            })
            .collect();
        if looking.fields().any(|field| field == MADE_AT) {
            columns.insert(MADE_AT, Column::made_at(table.ids()));
        }
        let mut sieve = Self { table, columns, rows: Vec::new() };
        let mut wanted = live;
        // What is cheap to know comes first.
        let (plain, mixed): (Vec<_>, Vec<_>) = looking.rest.iter().partition(|part| part.fields().len() < 2);
        for part in plain.into_iter().chain(mixed) {
            wanted = sieve.wanted(part, now, &wanted);
        }
        sieve.rows = (0..n_rows as u32).filter(|row| wanted[*row as usize]).collect();
        sieve
    }

    /// Which rows an expression wants, of these. It nests no deeper than its reader allowed.
    fn wanted(&self, part: &Expression, now: Moment, among: &[bool]) -> Vec<bool> {
        match part.fields()[..] {
            [] => match part.wants(&Facts { value: &|_| Value::Null, now }) {
                true => among.to_vec(),
                false => vec![false; among.len()],
            },
            [field] if self.columns.contains_key(&field) => {
                let column = &self.columns[&field];
                let fits = fitting(column, part, now);
                let mut wanted = vec![false; among.len()];
                if fits.contains(&true) {
                    column.each_code(|row, code| wanted[row] = among[row] && fits[code]);
                }
                wanted
            }
            _ => self.wanted_of_many(part, now, among),
        }
    }

    fn wanted_of_many(&self, part: &Expression, now: Moment, among: &[bool]) -> Vec<bool> {
        let all = part.clone().conditions();
        if all.len() > 1 {
            return all.iter().fold(among.to_vec(), |among, part| self.wanted(part, now, &among));
        }
        if let Some(any) = part.alternatives() {
            let mut wanted = vec![false; among.len()];
            for part in &any {
                let by_this = self.wanted(part, now, among);
                wanted.iter_mut().zip(by_this).for_each(|(wanted, this)| *wanted |= this);
            }
            return wanted;
        }
        let wants = |row: usize| {
            let value = |field| {
                self.columns.get(&field).map_or(Value::Null, |column| value_of(column.of_code(column.code(row))))
            };
            part.wants(&Facts { value: &value, now })
        };
        among.iter().enumerate().map(|(row, is_among)| *is_among && wants(row)).collect()
    }

    /// The record of a row.
    pub(super) fn record(&self, row: u32) -> RecordId {
        RecordId::of_number(self.table.ids().at(row as usize))
    }

    /// This record, if its row is wanted.
    pub(super) fn find(&self, record: &RecordId, order: &[OrderBy]) -> Option<Found> {
        let row = self.table.ids().row(record.number())? as u32;
        self.rows.binary_search(&row).is_ok().then(|| self.found(row, order))
    }

    /// Keeps the rows of these records.
    pub(super) fn keep(&mut self, records: &HashSet<RecordId>) {
        let ids = self.table.ids();
        self.rows.retain(|row| records.contains(&RecordId::of_number(ids.at(*row as usize))));
    }

    /// A row as others are compared with it.
    fn found(&self, row: u32, order: &[OrderBy]) -> Found {
        let key = |by: &OrderBy| {
            self.columns
                .get(&by.field)
                .map_or(Value::Null, |column| value_of(column.of_code(column.code(row as usize))).into_owned())
        };
        Found { keys: order.iter().map(key).collect(), record: self.record(row), turn: None, is_token: false }
    }

    /// The first `n` of the wanted rows, in no order yet; where `after` is said, of those that come after it.
    pub(super) fn first(&self, n: usize, order: &[OrderBy], after: Option<&Found>) -> Vec<Found> {
        let columns: Vec<(&Column, bool)> =
            order.iter().filter_map(|by| Some((self.columns.get(&by.field)?, by.descending))).collect();
        let is_newest_first = order.first().is_none_or(|by| by.descending);
        let mut rows = match after {
            None => self.rows.clone(),
            Some(after) => self.after(after, order, is_newest_first),
        };
        if n < rows.len() && n > 0 {
            rows.select_nth_unstable_by(n - 1, |a, b| {
                for (column, descending) in &columns {
                    let by = column.code(*a as usize).cmp(&column.code(*b as usize));
                    if by.is_ne() {
                        return if *descending { by.reverse() } else { by };
                    }
                }
                if is_newest_first { b.cmp(a) } else { a.cmp(b) }
            });
        }
        rows.truncate(n);
        rows.into_iter().map(|row| self.found(row, order)).collect()
    }

    fn after(&self, edge: &Found, order: &[OrderBy], is_newest_first: bool) -> Vec<u32> {
        // How each value stands to that of the row.
        let stands: Vec<(&Column, Vec<Ordering>)> = order
            .iter()
            .zip(&edge.keys)
            .filter_map(|(by, key)| {
                let column = self.columns.get(&by.field)?;
                let stands = |code| {
                    let stands = value_of(column.of_code(code)).sort(key);
                    if by.descending { stands.reverse() } else { stands }
                };
                Some((column, (0..=column.n_values()).map(stands).collect()))
            })
            .collect();
        let edge_id = edge.record.number();
        let comes_after = |row: u32| {
            let by_value = stands.iter().map(|(column, stands)| stands[column.code(row as usize)]);
            let by_id = self.table.ids().at(row as usize).cmp(&edge_id);
            let by_id = if is_newest_first { by_id.reverse() } else { by_id };
            by_value.fold(Ordering::Equal, Ordering::then).then(by_id).is_gt()
        };
        self.rows.iter().copied().filter(|row| comes_after(*row)).collect()
    }
}

/// The moment a submission arrived, which its id says.
pub(super) const MADE_AT: Field = Field::System(dtm_capture::odata::System::SubmissionDate);

/// Which values of a column an expression wants that speaks of nothing else, by their codes.
fn fitting(column: &Column, part: &Expression, now: Moment) -> Vec<bool> {
    let wants = |code: usize| part.wants(&Facts { value: &|_| value_of(column.of_code(code)), now });
    let n = column.n_values();
    if part.comparison().is_some_and(|(_, _, literal)| *literal == Value::Null) {
        // Whether there is an answer is all that is asked.
        let fit = n > 0 && wants(1);
        return (0..=n).map(|code| if code == 0 { wants(0) } else { fit }).collect();
    }
    let Some((_, _, literal)) = part.comparison().filter(|(_, _, literal)| are_alike(column.kind(), literal)) else {
        return (0..=n).map(wants).collect();
    };
    let stands = |at: usize| value_of(column.value(at)).compare(literal);
    let below = first_not(n, |at| stands(at) == Some(Ordering::Less));
    let beyond = first_not(n, |at| matches!(stands(at), Some(Ordering::Less | Ordering::Equal)));
    let mut fits = vec![wants(0)];
    for class in [0..below, below..beyond, beyond..n] {
        // One speaks for all of them.
        let fit = !class.is_empty() && wants(class.start + 1);
        fits.extend(class.map(|_| fit));
    }
    fits
}

/// Whether values of this kind stand to this one as they stand to each other: then those below it come first.
fn are_alike(kind: Kind, literal: &Value<'_>) -> bool {
    match literal {
        Value::Int(_) | Value::Number(_) => matches!(kind, Kind::Int | Kind::Number),
        Value::Text(_) => matches!(kind, Kind::Text | Kind::Choices),
        Value::Date(_) | Value::Instant(_) => matches!(kind, Kind::Day | Kind::Millis),
        Value::Null | Value::Bool(_) => false,
    }
}

/// The rows that may have this answer in one of these columns, of those that are live; with an empty one, those that have
/// none in any.
pub(super) fn answering<'a>(
    columns: impl Iterator<Item = &'a Column>,
    wanted: &str,
    live: &[bool],
) -> impl Iterator<Item = usize> {
    let number: Option<f64> = wanted.parse().ok();
    let fits = |cell: Cell<'_>| match cell {
        Cell::Empty => false,
        Cell::Int(n) => number == Some(n as f64),
        Cell::Number(n) => number == Some(n),
        Cell::Text(text) => text.trim().eq_ignore_ascii_case(wanted),
        Cell::Choices(names) => names == wanted || names.split(' ').any(|name| name == wanted),
        Cell::Day(_) | Cell::Millis(_) => true,
    };
    let (mut may, mut answered) = (vec![false; live.len()], vec![false; live.len()]);
    for column in columns {
        match wanted.is_empty() {
            true => column.each_code(|row, code| answered[row] |= code > 0),
            false => {
                let fits: Vec<bool> = (0..=column.n_values()).map(|code| fits(column.of_code(code))).collect();
                if fits.contains(&true) {
                    column.each_code(|row, code| may[row] |= fits[code]);
                }
            }
        }
    }
    if wanted.is_empty() {
        may = answered.into_iter().map(|answered| !answered).collect();
    }
    let rows: Vec<usize> = (0..live.len()).filter(|row| live[*row] && may[*row]).collect();
    rows.into_iter()
}

/// A cell as expressions compute with it.
fn value_of(cell: Cell<'_>) -> Value<'_> {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Int(n) => Value::Int(n),
        Cell::Number(n) => Value::Number(n),
        Cell::Text(text) => Value::text(text),
        Cell::Day(day) => Value::Date(day),
        Cell::Millis(at) => Value::Instant(at),
        Cell::Choices(names) => Value::text(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_capture::instance::Shape;
    use dtm_capture::odata::{Table as OfForm, parse};
    use dtm_engine::columns::Columns;
    use dtm_model::{
        Answer, Answers, Field as FormField, FieldKind, FormSchema, Instant, Record, Source, SubmissionId, Text,
    };

    /// Numbers in an order that the seed decides.
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, n: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % n
        }

        fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
            &of[self.below(of.len() as u64) as usize]
        }
    }

    const KINDS: [(&str, FieldKind); 6] = [
        ("name", FieldKind::Text),
        ("needs", FieldKind::SelectMultiple),
        ("idp_hh", FieldKind::Integer),
        ("share", FieldKind::Decimal),
        ("seen_on", FieldKind::Date),
        ("met_at", FieldKind::DateTime),
    ];

    fn schema() -> FormSchema {
        let field = |(path, kind): &(&str, FieldKind)| FormField {
            path: (*path).to_owned(),
            kind: *kind,
            label: Text::new(),
            hxl: None,
            choices: Vec::new(),
        };
        let fields = KINDS.iter().map(field).collect();
        FormSchema { fields, ..crate::journey::records::schema_of(&[]) }
    }

    fn record(chance: &mut Chance, n: u64) -> Record {
        let mut answers = Answers::default();
        let words = ["", "Camp", "camp", "École", "x y", "10", "9", "2026-01-02", "ab"];
        for (path, kind) in KINDS {
            let answer = match (chance.below(5), kind) {
                (0, _) => continue,
                (1, FieldKind::Integer) => Answer::Unreadable("many".to_owned()),
                (_, FieldKind::Text) => Answer::Text((*chance.one(&words)).to_owned()),
                (_, FieldKind::SelectMultiple) => Answer::Choices(
                    ["water", "food"][..chance.below(3) as usize].iter().map(|x| (*x).to_owned()).collect(),
                ),
                (_, FieldKind::Integer) => Answer::Integer(chance.below(12) as i64 - 4),
                (_, FieldKind::Decimal) => {
                    Answer::Decimal([0.5, -0.0, 0.0, -2.25, 10.0, 1e17][chance.below(6) as usize])
                }
                (_, FieldKind::Date) => Answer::Date(format!("2026-01-0{}", 1 + chance.below(5)).parse().unwrap()),
                _ => Answer::DateTime(format!("2026-01-0{}T10:0{}:00.000+01:00", 1 + chance.below(3), chance.below(3))),
            };
            answers.values.insert(path.to_owned(), answer);
        }
        // Several of the same millisecond.
        let at = Instant::from_millis(1_767_225_600_000 + n as i64 / 3 * 40_000_000);
        let mut tail = [0; 10];
        tail[..8].copy_from_slice(&chance.below(u64::MAX).to_be_bytes());
        tail[9] = n as u8;
        let source = Source::Submission { id: SubmissionId::new(at, tail) };
        Record { id: RecordId::new(at, tail), source, answers }
    }

    fn filter(chance: &mut Chance, depth: u32) -> String {
        if depth > 0 && chance.below(3) == 0 {
            let (a, b) = (filter(chance, depth - 1), filter(chance, depth - 1));
            return match chance.below(4) {
                0 => format!("not ({a})"),
                1 => format!("({a} or {b})"),
                2 => format!("not ({a} and {b})"),
                _ => format!("({a} and {b})"),
            };
        }
        let field = *chance.one(&["name", "needs", "idp_hh", "share", "seen_on", "met_at", "__system/submissionDate"]);
        let how = *chance.one(&["eq", "ne", "lt", "le", "gt", "ge"]);
        let literal = *chance.one(&[
            "'Camp'",
            "'10'",
            "'a'",
            "0",
            "0.5",
            "-1",
            "7",
            "null",
            "2026-01-02",
            "2026-01-02T09:01:00Z",
            "'water food'",
        ]);
        match chance.below(9) {
            0 => format!("contains(tolower({field}),'a')"),
            1 => format!("{field} in ({literal}, 'food', 3)"),
            2 => format!("{field} has 'food'"),
            3 => format!("idp_hh add share {how} 4"),
            4 => format!("{literal} {how} {field}"),
            5 => format!("idp_hh {how} share"),
            _ => format!("{field} {how} {literal}"),
        }
    }

    /// What a column says of an answer.
    fn value(record: &Record, field: Field, shape: &Shape) -> Value<'static> {
        let Field::Answer(node) = field else {
            return Value::Instant(dtm_engine::ordered::made_at(record.id.number()));
        };
        match record.answers.values.get(&shape.node(node).path) {
            None | Some(Answer::Unreadable(_)) => Value::Null,
            Some(Answer::Integer(n)) => Value::Int(*n),
            Some(Answer::Decimal(n)) => Value::Number(*n),
            Some(Answer::Date(day)) => Value::Date(*day),
            Some(Answer::DateTime(at)) => {
                Value::Instant(chrono::DateTime::parse_from_rfc3339(at).unwrap().timestamp_millis())
            }
            Some(Answer::Choices(names)) => Value::text(names.join(" ")),
            Some(other) => Value::text(other.to_text()),
        }
    }

    #[test]
    fn rows_of_columns_are_those_that_looking_at_each_record_finds_in_the_same_order() {
        let (schema, now) = (schema(), Moment(1_767_400_000_000));
        let shape = Arc::new(Shape::of(&schema));
        let of_form = OfForm { shape: &shape, repeat: None };
        let paths: Vec<String> = KINDS.iter().map(|(path, _)| (*path).to_owned()).collect();
        let nodes: HashMap<usize, String> = paths.iter().map(|path| (shape.at(path).unwrap(), path.clone())).collect();
        let mut n_found = 0;
        for seed in 0..400 {
            let chance = &mut Chance(seed);
            let records: Vec<Record> = (0..chance.below(60)).map(|n| record(chance, n)).collect();
            // Some lie in one table, some in another, and some do not count.
            let in_first: Vec<bool> = records.iter().map(|_| chance.below(3) > 0).collect();
            let counts: Vec<bool> = records.iter().map(|_| chance.below(8) > 0).collect();
            let text = filter(chance, 3);
            let fields = ["name", "needs", "idp_hh", "share", "seen_on", "met_at", "__system/submissionDate"];
            let order: Vec<OrderBy> = (0..chance.below(3))
                .map(|_| OrderBy {
                    field: of_form.field(chance.one::<&str>(&fields)).unwrap(),
                    descending: chance.below(2) == 0,
                })
                .collect();
            let rest = parse(&text, &|path| of_form.field(path)).unwrap().conditions();
            let looking = Looking {
                shape: shape.clone(),
                repeat: None,
                rest,
                order: order.clone(),
                now,
                token: None,
                counts: true,
            };

            let mut expected: Vec<Found> = Vec::new();
            for (record, _) in records.iter().zip(&counts).filter(|(_, counts)| **counts) {
                let said = |field| value(record, field, &shape);
                if looking.rest.iter().all(|part| part.wants(&Facts { value: &said, now })) {
                    let keys = order.iter().map(|by| said(by.field)).collect();
                    expected.push(Found { keys, record: record.id.clone(), turn: None, is_token: false });
                }
            }
            expected.sort_by(|a, b| a.compare(b, &order));
            n_found += expected.len();

            let sieves = [true, false].map(|first| {
                let here = |at: &usize| in_first[*at] == first;
                let mine: Vec<Record> = (0..records.len()).filter(here).map(|at| records[at].clone()).collect();
                let table = Table::of(&Columns::of(&schema, &mine, &paths));
                let live = (0..table.ids().len()).map(|row| {
                    let id = RecordId::of_number(table.ids().at(row));
                    counts[records.iter().position(|record| record.id == id).unwrap()]
                });
                let live = live.collect();
                Sieve::new(Arc::new(table), &nodes, &looking, live)
            });
            let sifted = |n: usize, edge: Option<&Found>| {
                let mut rows: Vec<Found> = sieves.iter().flat_map(|sieve| sieve.first(n, &order, edge)).collect();
                rows.sort_by(|a, b| a.compare(b, &order));
                rows.truncate(n);
                rows.into_iter().map(|row| row.record).collect::<Vec<_>>()
            };
            let ids: Vec<RecordId> = expected.iter().map(|row| row.record.clone()).collect();
            assert_eq!(sifted(usize::MAX, None), ids, "seed {seed}: {text} by {order:?}");
            let n = chance.below(8) as usize;
            assert_eq!(sifted(n, None), ids[..n.min(ids.len())], "seed {seed}: the first {n} of {text} by {order:?}");
            for (at, edge) in expected.iter().enumerate().step_by(5) {
                let page = &ids[at + 1..(at + 1 + n).min(ids.len())];
                assert_eq!(sifted(n, Some(edge)), page, "seed {seed}: {n} after row {at} of {text} by {order:?}");
                let known = sieves.iter().filter_map(|sieve| sieve.find(&edge.record, &order)).count();
                assert_eq!(known, 1, "seed {seed}");
            }
        }
        assert!(n_found > 2000, "the filters choose something: {n_found}");
    }
}
