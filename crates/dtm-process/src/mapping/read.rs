//! Reads a mapping file. All mistakes come back at once, each with its line and, where one is near, the word meant.

use super::part::{DIRECTIONS, KINDS, PRESENCE};
use super::problem::MappingProblem;
use super::values::{is_age, read_date_text};
use super::{
    CellMapping, DateMapping, GroupMapping, HouseholdMapping, MalesFemales, Mapping, MeasureMapping, NeedMapping,
    OriginMapping, PlaceMapping, PositionMapping, REASONS, SampleMapping, SourceMapping, TablesMapping, Translation,
    WithoutSsid, Words,
};
use crate::folding::{Fold, nearest};
use crate::needs::{GROUPS, Sector};
use crate::verification::{Basis, Proximity, Reliability, SourceKind};
use crate::wording::{Facts, facts};
use chrono::NaiveDate;
use dtm_model::Sex;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A mapping file is written by hand; larger than this it is something else.
const MAX_BYTES: usize = 1 << 20;

/// Problems of a mapping that is only not finished.
const GAPS: [&str; 3] = ["no_groups", "no_measures", "no_question"];

/// The parts of a mapping.
const KEYS: [&str; 9] = ["name", "words", "place", "date", "group", "tables", "source", "sample", "households"];

const STRINGS: [&str; 2] = ["a text or a list of texts", "un texte ou une liste de textes"];
const STRING: [&str; 2] = ["a text in quotes", "un texte entre guillemets"];
const TABLE: [&str; 2] = ["a table of keys", "une table de clés"];
const TABLES: [&str; 2] = ["a list of tables in braces", "une liste de tables entre accolades"];
const LEVEL: [&str; 2] = ["a level from 0 to 4", "un niveau de 0 à 4"];

impl Mapping {
    /// Reads a mapping file.
    pub fn from_toml(text: &str) -> Result<Mapping, Vec<MappingProblem>> {
        let (mapping, gaps) = Mapping::read(text)?;
        if gaps.is_empty() { Ok(mapping) } else { Err(gaps) }
    }

    /// Reads a mapping file that may be unfinished: what it lacks comes beside it, and nothing that stands in it is lost.
    pub fn read(text: &str) -> Result<(Mapping, Vec<MappingProblem>), Vec<MappingProblem>> {
        let mut reader = Reader { text, problems: Vec::new() };
        if text.len() > MAX_BYTES {
            reader.note("not_toml", None, facts([("detail", &format!("{} bytes", text.len()))]));
            return Err(reader.problems);
        }
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            reader.note("not_toml", error.span(), facts([("detail", &error.message())]));
        }
        // What follows a slip of syntax is guesswork; the slip is mended first.
        if !reader.problems.is_empty() {
            return Err(reader.problems);
        }
        let mapping = reader.mapping(document.get_ref());
        reader.problems.sort_by_key(|problem| problem.line);
        let is_gap = |problem: &MappingProblem| GAPS.contains(&problem.code);
        if reader.problems.iter().all(is_gap) { Ok((mapping, reader.problems)) } else { Err(reader.problems) }
    }
}

struct Reader<'t> {
    text: &'t str,
    problems: Vec<MappingProblem>,
}

type Value<'t> = Spanned<DeValue<'t>>;

impl<'t> Reader<'t> {
    fn note(&mut self, code: &'static str, span: Option<Range<usize>>, facts: Facts) {
        let line = span.map(|span| self.text.as_bytes().iter().take(span.start).filter(|b| **b == b'\n').count() + 1);
        self.problems.push(MappingProblem { code, line, facts });
    }

    fn mapping(&mut self, document: &DeTable<'t>) -> Mapping {
        self.only(document, "mapping", &KEYS);
        let mut mapping = Mapping {
            name: self.string(document, "name", "name").unwrap_or_default(),
            words: self.table(document, "words", "words").map(|table| self.words(table)).unwrap_or_default(),
            date: self.table(document, "date", "date").map(|table| self.date(table)).unwrap_or_default(),
            tables: self.table(document, "tables", "tables").map(|table| self.tables(table)).unwrap_or_default(),
            source: self.table(document, "source", "source").map(|table| self.source(table)),
            sample: self.table(document, "sample", "sample").map(|table| self.sample(table)),
            households: self.table(document, "households", "households").map(|table| self.households(table)),
            ..Mapping::default()
        };
        match self.table(document, "place", "place") {
            Some(table) => {
                let counts = document.get("households").is_none() || document.get("group").is_some();
                mapping.place = self.place(table, counts);
            }
            None if document.get("place").is_none() => {
                self.note("missing_key", None, facts([("part", &"mapping"), ("key", &"place")]));
            }
            None => {}
        }
        if let Some(groups) = self.table(document, "group", "group") {
            for (name, value) in groups {
                let part = format!("group.{}", name.get_ref());
                if let Some(table) = self.as_table(value, &part) {
                    let group = self.group(table, name.get_ref(), name.span());
                    mapping.groups.insert(name.get_ref().to_string(), group);
                }
            }
        }
        if document.get("group").is_none() && document.get("households").is_none() {
            self.note("no_groups", None, Facts::new());
        }
        mapping
    }

    fn words(&mut self, table: &DeTable<'t>) -> Words {
        self.only(table, "words", &["not_applicable", "missing"]);
        Words {
            not_applicable: self.strings(table, "not_applicable", "words.not_applicable"),
            missing: self.strings(table, "missing", "words.missing"),
        }
    }

    fn date(&mut self, table: &DeTable<'t>) -> DateMapping {
        self.only(table, "date", &["question", "otherwise"]);
        DateMapping {
            questions: self.strings(table, "question", "date.question"),
            otherwise: table.get("otherwise").and_then(|value| self.day(value)),
        }
    }

    fn tables(&mut self, table: &DeTable<'t>) -> TablesMapping {
        self.only(table, "tables", &["males_females"]);
        let words = ["from_sex_age", "only_as_reported"];
        let males_females = match self.word(table, "males_females", "tables.males_females", &words).as_deref() {
            Some("only_as_reported") => MalesFemales::OnlyAsReported,
            _ => MalesFemales::FromSexAge,
        };
        TablesMapping { males_females }
    }

    fn source(&mut self, table: &DeTable<'t>) -> SourceMapping {
        self.only(table, "source", &["id", "kind", "role", "proximity", "basis", "reliability"]);
        let (kinds, near) = (SourceKind::ALL.map(SourceKind::code), Proximity::ALL.map(Proximity::code));
        let (bases, degrees) = (Basis::ALL.map(Basis::code), Reliability::ALL.map(Reliability::code));
        SourceMapping {
            id: self.strings(table, "id", "source.id"),
            kind: self.translation(table, "kind", "source.kind", Some(&kinds)),
            role: self.translation(table, "role", "source.role", None),
            proximity: self.translation(table, "proximity", "source.proximity", Some(&near)),
            basis: self.translation(table, "basis", "source.basis", Some(&bases)),
            reliability: self.translation(table, "reliability", "source.reliability", Some(&degrees)),
        }
    }

    fn sample(&mut self, table: &DeTable<'t>) -> SampleMapping {
        self.only(table, "sample", &["repeat", "size", "cells"]);
        for key in ["repeat", "cells"] {
            if table.get(key).is_none() {
                self.note("missing_key", self.near(table), facts([("part", &"sample"), ("key", &key)]));
            }
        }
        let mut cells = Vec::new();
        match table.get("cells").map(|value| (value, value.get_ref())) {
            Some((_, DeValue::Array(lines))) => {
                cells.extend(lines.iter().filter_map(|line| self.cell(line)));
            }
            Some((value, _)) => self.wrong(value, "sample.cells", TABLES),
            None => {}
        }
        SampleMapping {
            repeat: self.string(table, "repeat", "sample.repeat").unwrap_or_default(),
            size: self.string(table, "size", "sample.size"),
            cells,
        }
    }

    fn households(&mut self, table: &DeTable<'t>) -> HouseholdMapping {
        self.only(table, "households", &["group", "weight", "needs"]);
        let mut needs = Vec::new();
        match table.get("needs").map(|value| (value, value.get_ref())) {
            Some((_, DeValue::Array(lines))) => needs.extend(lines.iter().filter_map(|line| self.need(line))),
            Some((value, _)) => self.wrong(value, "households.needs", TABLES),
            None => self.note("missing_key", self.near(table), facts([("part", &"households"), ("key", &"needs")])),
        }
        HouseholdMapping {
            group: self.translation(table, "group", "households.group", Some(&GROUPS)),
            weight: self.string(table, "weight", "households.weight"),
            needs,
        }
    }

    fn need(&mut self, line: &Value<'t>) -> Option<NeedMapping> {
        let part = "households.needs";
        let table = self.as_table(line, part)?;
        self.only(table, part, &["indicator", "question", "sector"]);
        for key in ["indicator", "question", "sector"] {
            if table.get(key).is_none() {
                self.note("missing_key", Some(line.span()), facts([("part", &part), ("key", &key)]));
            }
        }
        Some(NeedMapping {
            indicator: self.string(table, "indicator", "households.needs.indicator")?,
            question: self.string(table, "question", "households.needs.question")?,
            sector: self.word(table, "sector", "households.needs.sector", &Sector::ALL.map(Sector::code))?,
        })
    }

    fn cell(&mut self, line: &Value<'t>) -> Option<CellMapping> {
        let part = "sample.cells";
        let table = self.as_table(line, part)?;
        self.only(table, part, &["question", "sex", "age"]);
        for key in ["question", "sex", "age"] {
            if table.get(key).is_none() {
                self.note("missing_key", Some(line.span()), facts([("part", &part), ("key", &key)]));
            }
        }
        let age = self.string(table, "age", "sample.cells.age")?;
        if !is_age(&age) {
            self.note("bad_age", Some(line.span()), facts([("age", &age)]));
        }
        let question = self.string(table, "question", "sample.cells.question")?;
        let sex = self.word(table, "sex", "sample.cells.sex", &["female", "male"])?;
        Some(CellMapping { question, sex: if sex == "female" { Sex::Female } else { Sex::Male }, age })
    }

    fn day(&mut self, value: &Value<'t>) -> Option<NaiveDate> {
        let written = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            _ => "?".to_owned(),
        };
        let day = read_date_text(&written);
        if day.is_none() {
            self.note("bad_date", Some(value.span()), facts([("value", &written)]));
        }
        day
    }

    /// Reads how the place of a record is known; where records are households and count no places, the area is enough.
    fn place(&mut self, table: &DeTable<'t>, counts: bool) -> PlaceMapping {
        let keys = ["kind", "ssid", "without_ssid", "name", "area", "position", "site_type", "opened_on", "closed_on"];
        self.only(table, "place", &keys);
        for key in ["kind", "ssid", "area"] {
            if table.get(key).is_none() && (counts || key == "area") {
                self.note("missing_key", self.near(table), facts([("part", &"place"), ("key", &key)]));
            }
        }
        PlaceMapping {
            kind: self.translation(table, "kind", "place.kind", Some(&KINDS)).unwrap_or_default(),
            ssid: self.strings(table, "ssid", "place.ssid"),
            without_ssid: self.without_ssid(table),
            name: self.strings(table, "name", "place.name"),
            area: self.strings(table, "area", "place.area"),
            position: self.table(table, "position", "place.position").and_then(|table| self.position(table)),
            site_type: self.translation(table, "site_type", "place.site_type", None),
            opened_on: self.strings(table, "opened_on", "place.opened_on"),
            closed_on: self.strings(table, "closed_on", "place.closed_on"),
        }
    }

    fn without_ssid(&mut self, table: &DeTable<'t>) -> WithoutSsid {
        match self.word(table, "without_ssid", "place.without_ssid", &["nothing", "area_and_name"]).as_deref() {
            Some("area_and_name") => WithoutSsid::AreaAndName,
            _ => WithoutSsid::Nothing,
        }
    }

    fn position(&mut self, table: &DeTable<'t>) -> Option<PositionMapping> {
        self.only(table, "place.position", &["question", "lat", "lon"]);
        if let Some(question) = self.string(table, "question", "place.position.question") {
            return Some(PositionMapping::One { question });
        }
        let lat = self.string(table, "lat", "place.position.lat");
        let lon = self.string(table, "lon", "place.position.lon");
        if let (Some(lat), Some(lon)) = (lat, lon) {
            return Some(PositionMapping::Two { lat, lon });
        }
        self.note("no_question", self.near(table), facts([("part", &"place.position")]));
        None
    }

    fn group(&mut self, table: &DeTable<'t>, name: &str, span: Range<usize>) -> GroupMapping {
        let part = format!("group.{name}");
        self.only(table, &part, &["repeat", "present", "reason", "origin", "direction", "measures"]);
        let inner = |key: &str| format!("{part}.{key}");
        let group = GroupMapping {
            repeat: self.string(table, "repeat", &inner("repeat")),
            present: self.translation(table, "present", &inner("present"), Some(&PRESENCE)),
            reason: self.translation(table, "reason", &inner("reason"), Some(&REASONS)),
            origin: self.table(table, "origin", &inner("origin")).map(|origin| self.origin(origin, &inner("origin"))),
            direction: self.translation(table, "direction", &inner("direction"), Some(&DIRECTIONS)),
            measures: self.measures(table, &inner("measures")),
        };
        if group.measures.is_empty() {
            self.note("no_measures", Some(span), facts([("group", &name)]));
        }
        group
    }

    fn origin(&mut self, table: &DeTable<'t>, part: &str) -> OriginMapping {
        self.only(table, part, &["question", "level", "values"]);
        let questions = self.strings(table, "question", &format!("{part}.question"));
        if questions.is_empty() {
            self.note("no_question", self.near(table), facts([("part", &part)]));
        }
        let mut level = 1;
        if let Some(value) = table.get("level") {
            let read = match value.get_ref() {
                DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok().filter(|n| *n <= 4),
                _ => None,
            };
            match read {
                Some(number) => level = number,
                None => self.wrong(value, &format!("{part}.level"), LEVEL),
            }
        }
        OriginMapping { questions, level, values: self.values(table, part, None) }
    }

    fn measures(&mut self, table: &DeTable<'t>, part: &str) -> Vec<MeasureMapping> {
        let Some(value) = table.get("measures") else { return Vec::new() };
        let DeValue::Array(lines) = value.get_ref() else {
            self.wrong(value, part, TABLES);
            return Vec::new();
        };
        let mut measures = Vec::new();
        for line in lines.iter() {
            let Some(table) = self.as_table(line, part) else { continue };
            self.only(table, part, &["indicator", "question", "sex", "age"]);
            for key in ["indicator", "question"] {
                if table.get(key).is_none() {
                    self.note("missing_key", Some(line.span()), facts([("part", &part), ("key", &key)]));
                }
            }
            let age = self.string(table, "age", &format!("{part}.age"));
            if let Some(age) = age.as_deref().filter(|age| !is_age(age)) {
                self.note("bad_age", Some(line.span()), facts([("age", &age)]));
            }
            let sex = self.word(table, "sex", &format!("{part}.sex"), &["female", "male"]);
            measures.push(MeasureMapping {
                indicator: self.string(table, "indicator", &format!("{part}.indicator")).unwrap_or_default(),
                question: self.string(table, "question", &format!("{part}.question")).unwrap_or_default(),
                sex: sex.map(|sex| if sex == "female" { Sex::Female } else { Sex::Male }),
                age,
            });
        }
        measures
    }

    /// Reads a translation; `words` are the words of ours it may yield, where they are few.
    fn translation(
        &mut self,
        table: &DeTable<'t>,
        key: &str,
        part: &str,
        words: Option<&[&str]>,
    ) -> Option<Translation> {
        let table = self.table(table, key, part)?;
        self.only(table, part, &["always", "question", "fold", "otherwise", "blank", "values"]);
        let mut translation = Translation {
            questions: self.strings(table, "question", &format!("{part}.question")),
            values: self.values(table, part, words),
            ..Translation::default()
        };
        for (key, slot) in [
            ("always", &mut translation.always),
            ("otherwise", &mut translation.otherwise),
            ("blank", &mut translation.blank),
        ] {
            let part = format!("{part}.{key}");
            *slot = match words {
                Some(words) => self.word(table, key, &part, words),
                None => self.string(table, key, &part),
            };
        }
        for name in self.strings(table, "fold", &format!("{part}.fold")) {
            match Fold::from_code(&name) {
                Some(fold) => translation.fold.push(fold),
                None => self.unknown_word(&name, &format!("{part}.fold"), &Fold::ALL.map(Fold::code), self.near(table)),
            }
        }
        match (&translation.always, translation.questions.is_empty()) {
            (Some(_), false) => self.note("always_and_question", self.near(table), facts([("part", &part)])),
            (None, true) => self.note("no_question", self.near(table), facts([("part", &part)])),
            _ => {}
        }
        Some(translation)
    }

    fn values(&mut self, table: &DeTable<'t>, part: &str, words: Option<&[&str]>) -> BTreeMap<String, String> {
        let part = format!("{part}.values");
        let Some(table) = self.table(table, "values", &part) else { return BTreeMap::new() };
        let mut values = BTreeMap::new();
        for (answer, value) in table {
            let DeValue::String(word) = value.get_ref() else {
                self.wrong(value, &part, STRING);
                continue;
            };
            if let Some(words) = words.filter(|words| !words.contains(&word.as_ref())) {
                self.unknown_word(word, &part, words, Some(value.span()));
            }
            values.insert(answer.get_ref().to_string(), word.to_string());
        }
        values
    }

    fn word(&mut self, table: &DeTable<'t>, key: &str, part: &str, words: &[&str]) -> Option<String> {
        let word = self.string(table, key, part)?;
        if !words.contains(&word.as_str()) {
            self.unknown_word(&word, part, words, table.get(key).map(Spanned::span));
            return None;
        }
        Some(word)
    }

    fn unknown_word(&mut self, word: &str, part: &str, words: &[&str], span: Option<Range<usize>>) {
        let mut facts = facts([("word", &word), ("part", &part), ("expected", &words.join(", "))]);
        if let Some(near) = nearest(word, words.iter().copied()) {
            facts.insert("nearest".into(), near.into());
        }
        self.note("unknown_word", span, facts);
    }

    fn only(&mut self, table: &DeTable<'t>, part: &str, keys: &[&str]) {
        for (key, _) in table {
            if keys.contains(&key.get_ref().as_ref()) {
                continue;
            }
            let mut facts = facts([("part", &part), ("key", key.get_ref())]);
            if let Some(near) = nearest(key.get_ref(), keys.iter().copied()) {
                facts.insert("nearest".into(), near.into());
            }
            self.note("unknown_key", Some(key.span()), facts);
        }
    }

    fn table<'v>(&mut self, table: &'v DeTable<'t>, key: &str, part: &str) -> Option<&'v DeTable<'t>> {
        let value = table.get(key)?;
        self.as_table(value, part)
    }

    fn as_table<'v>(&mut self, value: &'v Value<'t>, part: &str) -> Option<&'v DeTable<'t>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => {
                self.wrong(value, part, TABLE);
                None
            }
        }
    }

    fn string(&mut self, table: &DeTable<'t>, key: &str, part: &str) -> Option<String> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => {
                self.wrong(value, part, STRING);
                None
            }
        }
    }

    fn strings(&mut self, table: &DeTable<'t>, key: &str, part: &str) -> Vec<String> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let read = match value.get_ref() {
            DeValue::String(text) => Some(vec![text.to_string()]),
            DeValue::Array(items) => items
                .iter()
                .map(|item| match item.get_ref() {
                    DeValue::String(text) => Some(text.to_string()),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        read.unwrap_or_else(|| {
            self.wrong(value, part, STRINGS);
            Vec::new()
        })
    }

    fn wrong(&mut self, value: &Value<'t>, key: &str, [en, fr]: [&str; 2]) {
        let facts = facts([("key", &key), ("expected", &en), ("expected_fr", &fr)]);
        self.note("wrong_type", Some(value.span()), facts);
    }

    /// The place of a table's first key, for what is missing from the table.
    fn near(&self, table: &DeTable<'t>) -> Option<Range<usize>> {
        table.iter().map(|(key, _)| key.span()).min_by_key(|span| span.start)
    }
}
