//! Turns records into typed columns and back.
//!
//! Takes the records of one form version and its schema, and returns one table for the form (`records`) and one for
//! each repeat (its path). Every question has a column of its type; an answer that does not fit leaves it empty. The
//! root table also holds each record whole, so that nothing is lost and a record reads back exactly as it was.

use crate::SegmentError;
use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Float64Array, Int64Array, ListBuilder, RecordBatch, StringArray,
    StringBuilder, TimestampMillisecondArray, UInt32Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field as ArrowField, Schema};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use dtm_model::{Answer, Answers, Field, FieldKind, FormSchema, Point, Record, RecordId};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The name of the table that holds one row a record.
pub const ROOT: &str = "records";
/// The record's id, or the id of a turn of a repeat.
pub const ID: &str = "__id";
/// The id of the record that a turn of a repeat belongs to.
pub const ROOT_ID: &str = "__root";
/// The id of the record or turn that a turn of a repeat stands in.
pub const PARENT: &str = "__parent";
/// Which turn of its repeat, from 0.
pub const INDEX: &str = "__index";
/// Where the record came from, as JSON.
pub const SOURCE: &str = "__source";
/// The whole record, as JSON.
pub const RECORD: &str = "__record";

/// Turns records into tables: [`ROOT`] first, then one for each repeat in document order, each of them also when it is
/// empty. Of a record that stands twice in the slice, the later one counts.
pub fn records(schema: &FormSchema, records: &[Record]) -> Vec<(String, RecordBatch)> {
    let last: HashMap<&RecordId, usize> = records.iter().enumerate().map(|(at, record)| (&record.id, at)).collect();
    let kept: Vec<&Record> =
        records.iter().enumerate().filter(|(at, record)| last[&record.id] == *at).map(|(_, record)| record).collect();
    let mut turns: HashMap<&str, Vec<Turn<'_>>> = HashMap::new();
    for record in &kept {
        collect_turns(record, &mut turns);
    }
    let answers: Vec<&Answers> = kept.iter().map(|record| &record.answers).collect();
    let root = vec![
        text(ID, kept.iter().map(|record| Some(record.id.to_string()))),
        text(SOURCE, kept.iter().map(|record| serde_json::to_string(&record.source).ok())),
        text(RECORD, kept.iter().map(|record| Some(to_json(record)))),
    ];
    let mut tables = vec![(ROOT.to_owned(), table(root, schema, "", &answers))];
    let none = Vec::new();
    for repeat in repeats(schema) {
        let turns = turns.get(repeat).unwrap_or(&none);
        let answers: Vec<&Answers> = turns.iter().map(|turn| turn.answers).collect();
        let keys = vec![
            text(ID, turns.iter().map(|turn| Some(turn.id.clone()))),
            text(ROOT_ID, turns.iter().map(|turn| Some(turn.root.clone()))),
            text(PARENT, turns.iter().map(|turn| Some(turn.parent.clone()))),
            (
                INDEX.to_owned(),
                Arc::new(UInt32Array::from_iter_values(turns.iter().map(|turn| turn.index))) as ArrayRef,
            ),
        ];
        tables.push((repeat.to_owned(), table(keys, schema, repeat, &answers)));
    }
    tables
}

/// Reads the records back from root tables, exactly as they were.
pub fn records_back(batches: &[RecordBatch]) -> Result<Vec<Record>, SegmentError> {
    let mut records = Vec::new();
    for batch in batches {
        let column = batch.column_by_name(RECORD).ok_or(SegmentError::NoColumn(RECORD))?;
        let column = cast(column, &DataType::Utf8)?;
        for (row, json) in column.as_string::<i32>().iter().enumerate() {
            let record = json.and_then(from_json).ok_or_else(|| SegmentError::Value {
                column: RECORD,
                row,
                value: json.unwrap_or("nothing").chars().take(80).collect(),
            })?;
            records.push(record);
        }
    }
    Ok(records)
}

/// One turn of a repeat.
struct Turn<'a> {
    id: String,
    root: String,
    parent: String,
    index: u32,
    answers: &'a Answers,
}

fn collect_turns<'a>(record: &'a Record, turns: &mut HashMap<&'a str, Vec<Turn<'a>>>) {
    let root = record.id.to_string();
    let mut queue = vec![(root.clone(), &record.answers)];
    while let Some((parent, answers)) = queue.pop() {
        for (repeat, inner) in &answers.repeats {
            for (index, answers) in inner.iter().enumerate() {
                let name = repeat.rsplit('/').next().unwrap_or(repeat);
                let id = format!("{parent}/{name}[{index}]");
                queue.push((id.clone(), answers));
                let turn = Turn { id, root: root.clone(), parent: parent.clone(), index: index as u32, answers };
                turns.entry(repeat).or_default().push(turn);
            }
        }
    }
}

fn repeats(schema: &FormSchema) -> impl Iterator<Item = &str> {
    let mut seen = HashSet::new();
    let repeats = schema.fields.iter().filter(|field| field.kind == FieldKind::Repeat).map(|field| field.path.as_str());
    repeats.filter(move |path| seen.insert(*path))
}

/// The repeat that a path stands in, the innermost; empty for the root.
fn home<'a>(repeats: &HashSet<&str>, path: &'a str) -> &'a str {
    let ends = path.rmatch_indices('/').map(|(at, _)| &path[..at]);
    ends.into_iter().find(|above| repeats.contains(above)).unwrap_or("")
}

/// A table of the keys and of the questions asked in this repeat.
fn table(keys: Vec<(String, ArrayRef)>, schema: &FormSchema, repeat: &str, answers: &[&Answers]) -> RecordBatch {
    let repeats: HashSet<&str> = repeats(schema).collect();
    let mut columns = keys;
    let mut taken: HashSet<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    for field in schema.fields.iter().filter(|field| home(&repeats, &field.path) == repeat) {
        for (name, column) in question(field, answers) {
            if taken.insert(name.clone()) {
                columns.push((name, column));
            }
        }
    }
    let fields: Vec<ArrowField> =
        columns.iter().map(|(name, column)| ArrowField::new(name, column.data_type().clone(), true)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("every column has one value for each row")
}

/// The columns of one question; a position has two.
pub(crate) fn question(field: &Field, answers: &[&Answers]) -> Vec<(String, ArrayRef)> {
    let path = field.path.as_str();
    let given = || answers.iter().map(|answers| answers.values.get(path));
    let points = || given().map(|answer| answer.and_then(point));
    let column: ArrayRef = match field.kind {
        FieldKind::Group | FieldKind::Repeat => return Vec::new(),
        FieldKind::Geopoint => {
            let lat: Float64Array = points().map(|point| point.map(|point| point.lat)).collect();
            let lon: Float64Array = points().map(|point| point.map(|point| point.lon)).collect();
            return vec![(format!("{path}.lat"), Arc::new(lat)), (format!("{path}.lon"), Arc::new(lon))];
        }
        FieldKind::Integer => Arc::new(given().map(|answer| answer.and_then(integer)).collect::<Int64Array>()),
        FieldKind::Decimal => Arc::new(given().map(|answer| answer.and_then(decimal)).collect::<Float64Array>()),
        FieldKind::Date => Arc::new(given().map(|answer| answer.and_then(day)).collect::<Date32Array>()),
        FieldKind::DateTime => {
            let instants: TimestampMillisecondArray = given().map(|answer| answer.and_then(millis)).collect();
            Arc::new(instants.with_timezone("UTC"))
        }
        FieldKind::SelectMultiple => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for answer in given() {
                match answer {
                    Some(Answer::Choices(names)) => lists.append_value(names.iter().map(Some)),
                    _ => lists.append_null(),
                }
            }
            Arc::new(lists.finish())
        }
        FieldKind::Text
        | FieldKind::Time
        | FieldKind::Geotrace
        | FieldKind::Geoshape
        | FieldKind::SelectOne
        | FieldKind::File => text(path, given().map(|answer| answer.and_then(words))).1,
    };
    vec![(path.to_owned(), column)]
}

fn text(name: &str, values: impl Iterator<Item = Option<String>>) -> (String, ArrayRef) {
    (name.to_owned(), Arc::new(values.collect::<StringArray>()))
}

fn words(answer: &Answer) -> Option<String> {
    // What was not readable is not an answer of this type; it stands in the whole record.
    (!matches!(answer, Answer::Unreadable(_))).then(|| answer.to_text())
}

fn integer(answer: &Answer) -> Option<i64> {
    match answer {
        Answer::Integer(n) => Some(*n),
        _ => None,
    }
}

fn decimal(answer: &Answer) -> Option<f64> {
    match answer {
        Answer::Integer(n) => Some(*n as f64),
        Answer::Decimal(n) => Some(*n),
        _ => None,
    }
}

fn day(answer: &Answer) -> Option<i32> {
    match answer {
        Answer::Date(date) => i32::try_from((*date - NaiveDate::default()).num_days()).ok(),
        _ => None,
    }
}

fn millis(answer: &Answer) -> Option<i64> {
    let Answer::DateTime(text) = answer else { return None };
    // Some clients write the zone as hours only.
    let whole = match text.len().checked_sub(3).and_then(|at| text.get(at..)) {
        Some(zone) if zone.starts_with(['+', '-']) => format!("{text}:00"),
        _ => text.clone(),
    };
    let zoned = DateTime::parse_from_str(&whole, "%Y-%m-%dT%H:%M:%S%.f%#z").map(|at| at.timestamp_millis());
    let zoned = zoned.or_else(|_| DateTime::parse_from_rfc3339(&whole).map(|at| at.timestamp_millis()));
    let naive =
        || NaiveDateTime::parse_from_str(&whole, "%Y-%m-%dT%H:%M:%S%.f").map(|at| at.and_utc().timestamp_millis());
    zoned.or_else(|_| naive()).ok()
}

fn point(answer: &Answer) -> Option<Point> {
    match answer {
        Answer::Point(point) => Some(*point),
        _ => None,
    }
}

/// JSON that gives back the very same record. The reader of JSON numbers may miss the last bit of a fraction; where it
/// would, the fractions and positions of this record are written as text.
fn to_json(record: &Record) -> String {
    let plain = serde_json::to_string(record).unwrap_or_default();
    if serde_json::from_str::<Record>(&plain).is_ok_and(|back| back == *record) {
        return plain;
    }
    let mut value = serde_json::to_value(record).unwrap_or_default();
    visit_numbers(&mut value, |number| number.as_f64().map(|n| Value::String(format!("{n:?}"))));
    value.to_string()
}

fn from_json(json: &str) -> Option<Record> {
    if let Ok(record) = serde_json::from_str(json) {
        return Some(record);
    }
    let mut value = serde_json::from_str(json).ok()?;
    visit_numbers(&mut value, |text| Some(Value::from(text.as_str()?.parse::<f64>().ok()?)));
    serde_json::from_value(value).ok()
}

/// Replaces the numbers of every fraction (`{"t":"decimal","v":…}`) and position. The reader of JSON bounds the depth.
fn visit_numbers(value: &mut Value, change: impl Fn(&Value) -> Option<Value>) {
    let replace = |slot: &mut Value| *slot = change(slot).unwrap_or_else(|| slot.take());
    let mut queue = vec![value];
    while let Some(value) = queue.pop() {
        match value {
            Value::Object(map) if map.get("t").is_some_and(|kind| kind == "decimal" || kind == "point") => {
                match map.get_mut("v") {
                    Some(Value::Object(position)) => position.values_mut().for_each(replace),
                    Some(number) => replace(number),
                    None => {}
                }
            }
            Value::Object(map) => queue.extend(map.values_mut()),
            Value::Array(values) => queue.extend(values),
            _ => {}
        }
    }
}
