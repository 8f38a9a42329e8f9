//! Keeps observations and figures as columns.
//!
//! Takes what processing reported or settled and returns one batch, sorted by indicator and place so that a query for one
//! indicator reads little; and reads them back as they were. Words that repeat are dictionary-encoded. Columns:
//! `place`, `area`, `setting`, `indicator`, `sex`, `age`, `reason`, `origin`, `direction`, `value`, `observed_on`, then
//! `record` for an observation, `how`, `carried_from`, `records`, `low` and `high` for a figure.

use crate::SegmentError;
use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Float64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
    StringDictionaryBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Field, Float64Type, Int32Type, Schema};
use chrono::{Days, NaiveDate};
use dtm_model::{Area, Atlas, Breakdown, Figure, How, Observation, Pcode, RecordId, RoundLabel, Setting, Sex, Ssid};
use std::sync::Arc;

/// Turns figures into one batch.
pub fn figures(figures: &[Figure]) -> RecordBatch {
    let mut sorted: Vec<&Figure> = figures.iter().collect();
    sorted.sort_by(|a, b| (&a.indicator, &a.place, &a.breakdown).cmp(&(&b.indicator, &b.place, &b.breakdown)));
    let mut columns = shared(&sorted, |figure| Counted {
        place: &figure.place,
        area: &figure.area,
        setting: figure.setting,
        indicator: &figure.indicator,
        breakdown: &figure.breakdown,
        value: figure.value,
        observed_on: figure.observed_on,
    });
    columns.push(words("how", sorted.iter().map(|figure| Some(how_word(&figure.how)))));
    columns.push(words(
        "carried_from",
        sorted.iter().map(|figure| match &figure.how {
            How::Carried { from } => Some(from.as_str()),
            _ => None,
        }),
    ));
    let mut records = ListBuilder::new(StringBuilder::new());
    for figure in &sorted {
        records.append_value(figure.records.iter().map(|id| Some(id.to_string())));
    }
    columns.push(("records", Arc::new(records.finish())));
    let (low, high) =
        (|figure: &&Figure| figure.range.map(|range| range.0), |figure: &&Figure| figure.range.map(|range| range.1));
    columns.push(("low", Arc::new(sorted.iter().map(low).collect::<Float64Array>())));
    columns.push(("high", Arc::new(sorted.iter().map(high).collect::<Float64Array>())));
    batch(columns)
}

/// Turns observations into one batch.
pub fn observations(observations: &[Observation]) -> RecordBatch {
    let mut sorted: Vec<&Observation> = observations.iter().collect();
    sorted.sort_by(|a, b| {
        (&a.indicator, &a.place, &a.breakdown, &a.record).cmp(&(&b.indicator, &b.place, &b.breakdown, &b.record))
    });
    let mut columns = shared(&sorted, |observation| Counted {
        place: &observation.place,
        area: &observation.area,
        setting: observation.setting,
        indicator: &observation.indicator,
        breakdown: &observation.breakdown,
        value: observation.value,
        observed_on: observation.observed_on,
    });
    let records: StringArray = sorted.iter().map(|observation| Some(observation.record.to_string())).collect();
    columns.push(("record", Arc::new(records)));
    batch(columns)
}

/// Turns areas into a table to join on: `area`, `level`, and the codes `admin0` to `admin4` above and with it.
pub fn areas(atlas: &Atlas) -> RecordBatch {
    let all: Vec<&Area> = atlas.areas().collect();
    let levels: arrow::array::Int64Array = all.iter().map(|area| Some(i64::from(area.level))).collect();
    let mut columns = vec![words("area", all.iter().map(|area| Some(area.pcode.as_str())))];
    columns.push(("level", Arc::new(levels)));
    for (level, name) in ["admin0", "admin1", "admin2", "admin3", "admin4"].into_iter().enumerate() {
        let above = all.iter().map(|area| atlas.ancestor(&area.pcode, level as u8).map(|area| area.pcode.as_str()));
        columns.push(words(name, above));
    }
    batch(columns)
}

/// Reads figures back.
pub fn figures_back(batches: &[RecordBatch]) -> Result<Vec<Figure>, SegmentError> {
    let mut figures = Vec::new();
    for batch in batches {
        let columns = Columns::of(batch)?;
        let (how, from) = (text(batch, "how")?, text(batch, "carried_from")?);
        let records = batch.column_by_name("records").ok_or(SegmentError::NoColumn("records"))?;
        let records = records.as_list_opt::<i32>().ok_or(SegmentError::NoColumn("records"))?;
        let (low, high) = (bound(batch, "low")?, bound(batch, "high")?);
        for row in 0..batch.num_rows() {
            let ids = cast(&records.value(row), &DataType::Utf8)?;
            let ids = ids.as_string::<i32>().iter().flatten();
            figures.push(Figure {
                place: Ssid(columns.must("place", &columns.place, row)?),
                area: Pcode(columns.must("area", &columns.area, row)?),
                setting: columns.setting(row)?,
                indicator: columns.must("indicator", &columns.indicator, row)?,
                breakdown: columns.breakdown(row)?,
                value: columns.value.value(row),
                how: match (get(&how, row).as_deref(), get(&from, row)) {
                    (Some("reported"), _) => How::Reported,
                    (Some("triangulated"), _) => How::Triangulated,
                    (Some("estimated"), _) => How::Estimated,
                    (Some("carried"), Some(from)) => How::Carried { from: RoundLabel(from) },
                    (other, _) => return Err(odd("how", row, other.unwrap_or(""))),
                },
                observed_on: columns.day(row)?,
                records: ids.map(|id| record_id("records", row, id)).collect::<Result<_, _>>()?,
                range: number_at(&low, row).zip(number_at(&high, row)),
            });
        }
    }
    Ok(figures)
}

/// Reads observations back.
pub fn observations_back(batches: &[RecordBatch]) -> Result<Vec<Observation>, SegmentError> {
    let mut observations = Vec::new();
    for batch in batches {
        let columns = Columns::of(batch)?;
        let records = text(batch, "record")?;
        for row in 0..batch.num_rows() {
            observations.push(Observation {
                record: record_id("record", row, &columns.must("record", &records, row)?)?,
                place: Ssid(columns.must("place", &columns.place, row)?),
                area: Pcode(columns.must("area", &columns.area, row)?),
                setting: columns.setting(row)?,
                indicator: columns.must("indicator", &columns.indicator, row)?,
                breakdown: columns.breakdown(row)?,
                value: columns.value.value(row),
                observed_on: columns.day(row)?,
            });
        }
    }
    Ok(observations)
}

/// What observations and figures have in common.
struct Counted<'a> {
    place: &'a Ssid,
    area: &'a Pcode,
    setting: Option<Setting>,
    indicator: &'a str,
    breakdown: &'a Breakdown,
    value: f64,
    observed_on: NaiveDate,
}

type NamedColumn = (&'static str, ArrayRef);

fn shared<T>(rows: &[&T], counted: impl for<'a> Fn(&'a T) -> Counted<'a>) -> Vec<NamedColumn> {
    let rows: Vec<Counted<'_>> = rows.iter().map(|row| counted(row)).collect();
    let part = |name, of: fn(&Breakdown) -> Option<&str>| words(name, rows.iter().map(|row| of(row.breakdown)));
    let values: Float64Array = rows.iter().map(|row| Some(row.value)).collect();
    let days: Date32Array =
        rows.iter().map(|row| Some((row.observed_on - NaiveDate::default()).num_days() as i32)).collect();
    vec![
        words("place", rows.iter().map(|row| Some(row.place.as_str()))),
        words("area", rows.iter().map(|row| Some(row.area.as_str()))),
        words("setting", rows.iter().map(|row| row.setting.map(Setting::code))),
        words("indicator", rows.iter().map(|row| Some(row.indicator))),
        part("sex", |breakdown| breakdown.sex.map(Sex::code)),
        part("age", |breakdown| breakdown.age.as_deref()),
        part("reason", |breakdown| breakdown.reason.as_deref()),
        part("origin", |breakdown| breakdown.origin.as_ref().map(Pcode::as_str)),
        part("direction", |breakdown| breakdown.direction.as_deref()),
        ("value", Arc::new(values)),
        ("observed_on", Arc::new(days)),
    ]
}

fn words<'a>(name: &'static str, values: impl Iterator<Item = Option<&'a str>>) -> NamedColumn {
    let mut column = StringDictionaryBuilder::<Int32Type>::new();
    column.extend(values);
    (name, Arc::new(column.finish()))
}

fn batch(columns: Vec<NamedColumn>) -> RecordBatch {
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("every column has one value for each row")
}

fn how_word(how: &How) -> &'static str {
    match how {
        How::Reported => "reported",
        How::Triangulated => "triangulated",
        How::Carried { .. } => "carried",
        How::Estimated => "estimated",
    }
}

/// The columns that observations and figures share, read as plain text.
struct Columns {
    place: StringArray,
    area: StringArray,
    setting: StringArray,
    indicator: StringArray,
    sex: StringArray,
    age: StringArray,
    reason: StringArray,
    origin: StringArray,
    direction: StringArray,
    value: Float64Array,
    observed_on: Date32Array,
}

impl Columns {
    fn of(batch: &RecordBatch) -> Result<Columns, SegmentError> {
        let column = |name: &'static str| batch.column_by_name(name).ok_or(SegmentError::NoColumn(name));
        Ok(Columns {
            place: text(batch, "place")?,
            area: text(batch, "area")?,
            setting: text(batch, "setting")?,
            indicator: text(batch, "indicator")?,
            sex: text(batch, "sex")?,
            age: text(batch, "age")?,
            reason: text(batch, "reason")?,
            origin: text(batch, "origin")?,
            direction: text(batch, "direction")?,
            value: cast(column("value")?, &DataType::Float64)?.as_primitive::<Float64Type>().clone(),
            observed_on: cast(column("observed_on")?, &DataType::Date32)?.as_primitive::<Date32Type>().clone(),
        })
    }

    fn must(&self, name: &'static str, column: &StringArray, row: usize) -> Result<String, SegmentError> {
        get(column, row).ok_or_else(|| odd(name, row, ""))
    }

    fn setting(&self, row: usize) -> Result<Option<Setting>, SegmentError> {
        match get(&self.setting, row).as_deref() {
            None => Ok(None),
            Some("site") => Ok(Some(Setting::Site)),
            Some("host_community") => Ok(Some(Setting::HostCommunity)),
            Some(other) => Err(odd("setting", row, other)),
        }
    }

    fn breakdown(&self, row: usize) -> Result<Breakdown, SegmentError> {
        let sex = match get(&self.sex, row).as_deref() {
            None => None,
            Some("female") => Some(Sex::Female),
            Some("male") => Some(Sex::Male),
            Some(other) => return Err(odd("sex", row, other)),
        };
        Ok(Breakdown {
            sex,
            age: get(&self.age, row),
            reason: get(&self.reason, row),
            origin: get(&self.origin, row).map(Pcode),
            direction: get(&self.direction, row),
        })
    }

    fn day(&self, row: usize) -> Result<NaiveDate, SegmentError> {
        let days = self.observed_on.value(row);
        let epoch = NaiveDate::default();
        let span = Days::new(u64::from(days.unsigned_abs()));
        let day = if days < 0 { epoch.checked_sub_days(span) } else { epoch.checked_add_days(span) };
        day.ok_or_else(|| odd("observed_on", row, &days.to_string()))
    }
}

/// One end of the ranges; none in what was kept before figures had any.
fn bound(batch: &RecordBatch, name: &str) -> Result<Option<Float64Array>, SegmentError> {
    let Some(column) = batch.column_by_name(name) else { return Ok(None) };
    Ok(Some(cast(column, &DataType::Float64)?.as_primitive::<Float64Type>().clone()))
}

fn number_at(column: &Option<Float64Array>, row: usize) -> Option<f64> {
    column.as_ref().filter(|column| column.is_valid(row)).map(|column| column.value(row))
}

fn text(batch: &RecordBatch, name: &'static str) -> Result<StringArray, SegmentError> {
    let column = batch.column_by_name(name).ok_or(SegmentError::NoColumn(name))?;
    Ok(cast(column, &DataType::Utf8)?.as_string::<i32>().clone())
}

fn get(column: &StringArray, row: usize) -> Option<String> {
    column.is_valid(row).then(|| column.value(row).to_owned())
}

fn record_id(column: &'static str, row: usize, id: &str) -> Result<RecordId, SegmentError> {
    id.parse().map_err(|_| odd(column, row, id))
}

fn odd(column: &'static str, row: usize, value: &str) -> SegmentError {
    SegmentError::Value { column, row, value: value.chars().take(80).collect() }
}
