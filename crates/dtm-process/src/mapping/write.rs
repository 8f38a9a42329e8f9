//! Writes a mapping as the file an officer reads: one line a count, one line a value, nothing that is a default.

use super::{HouseholdMapping, MalesFemales, Mapping, PositionMapping, SampleMapping, Translation, WithoutSsid};
use std::collections::BTreeMap;
use std::fmt::Write;

impl Mapping {
    /// Writes the mapping as TOML; reading it again gives the same mapping.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        line(&mut out, "name", Some(&quoted(&self.name)).filter(|_| !self.name.is_empty()));
        if !self.words.not_applicable.is_empty() || !self.words.missing.is_empty() {
            out.push_str("\n[words]\n");
            line(&mut out, "not_applicable", some_list(&self.words.not_applicable).as_ref());
            line(&mut out, "missing", some_list(&self.words.missing).as_ref());
        }
        self.write_place(&mut out);
        if !self.date.questions.is_empty() || self.date.otherwise.is_some() {
            out.push_str("\n[date]\n");
            line(&mut out, "question", some_list(&self.date.questions).as_ref());
            line(&mut out, "otherwise", self.date.otherwise.map(|day| quoted(&day.to_string())).as_ref());
        }
        for name in self.groups.keys() {
            self.write_group(&mut out, name);
        }
        if let Some(source) = &self.source {
            out.push_str("\n[source]\n");
            line(&mut out, "id", some_list(&source.id).as_ref());
            for (key, words) in source.words() {
                if let Some(words) = words {
                    translation(&mut out, &format!("source.{key}"), words);
                }
            }
        }
        if let Some(sample) = &self.sample {
            write_sample(&mut out, sample);
        }
        if let Some(households) = &self.households {
            write_households(&mut out, households);
        }
        if self.tables.males_females == MalesFemales::OnlyAsReported {
            out.push_str("\n[tables]\n");
            line(&mut out, "males_females", Some(&quoted("only_as_reported")));
        }
        out
    }

    fn write_place(&self, out: &mut String) {
        let place = &self.place;
        out.push_str("\n[place]\n");
        if !self.is_of_households() || !place.ssid.is_empty() {
            line(out, "ssid", Some(&list(&place.ssid)));
        }
        if place.without_ssid == WithoutSsid::AreaAndName {
            line(out, "without_ssid", Some(&quoted("area_and_name")));
        }
        line(out, "name", some_list(&place.name).as_ref());
        line(out, "area", Some(&list(&place.area)));
        match &place.position {
            Some(PositionMapping::One { question }) => {
                line(out, "position", Some(&format!("{{ question = {} }}", quoted(question))));
            }
            Some(PositionMapping::Two { lat, lon }) => {
                line(out, "position", Some(&format!("{{ lat = {}, lon = {} }}", quoted(lat), quoted(lon))));
            }
            None => {}
        }
        line(out, "opened_on", some_list(&place.opened_on).as_ref());
        line(out, "closed_on", some_list(&place.closed_on).as_ref());
        if !self.is_of_households() || place.kind != Translation::default() {
            translation(out, "place.kind", &place.kind);
        }
        if let Some(site_type) = &place.site_type {
            translation(out, "place.site_type", site_type);
        }
    }

    fn write_group(&self, out: &mut String, name: &str) {
        let group = &self.groups[name];
        let part = format!("group.{}", key(name));
        let _ = writeln!(out, "\n[{part}]");
        line(out, "repeat", group.repeat.as_deref().map(quoted).as_ref());
        out.push_str("measures = [\n");
        for measure in &group.measures {
            let indicator = quoted(&measure.indicator);
            let _ = write!(out, "    {{ indicator = {indicator}, question = {}", quoted(&measure.question));
            if let Some(sex) = measure.sex {
                let _ = write!(out, ", sex = {}", quoted(sex.code()));
            }
            if let Some(age) = &measure.age {
                let _ = write!(out, ", age = {}", quoted(age));
            }
            out.push_str(" },\n");
        }
        out.push_str("]\n");
        let words = [("present", &group.present), ("reason", &group.reason), ("direction", &group.direction)];
        for (key, words) in words {
            if let Some(words) = words {
                translation(out, &format!("{part}.{key}"), words);
            }
        }
        if let Some(origin) = &group.origin {
            let _ = writeln!(out, "\n[{part}.origin]");
            line(out, "question", Some(&list(&origin.questions)));
            line(out, "level", Some(&origin.level.to_string()).filter(|_| origin.level != 1));
            values(out, &format!("{part}.origin"), &origin.values);
        }
    }
}

fn write_sample(out: &mut String, sample: &SampleMapping) {
    out.push_str("\n[sample]\n");
    line(out, "repeat", Some(&quoted(&sample.repeat)));
    line(out, "size", sample.size.as_deref().map(quoted).as_ref());
    out.push_str("cells = [\n");
    for cell in &sample.cells {
        let (question, sex, age) = (quoted(&cell.question), quoted(cell.sex.code()), quoted(&cell.age));
        let _ = writeln!(out, "    {{ question = {question}, sex = {sex}, age = {age} }},");
    }
    out.push_str("]\n");
}

fn write_households(out: &mut String, households: &HouseholdMapping) {
    out.push_str("\n[households]\n");
    line(out, "weight", households.weight.as_deref().map(quoted).as_ref());
    out.push_str("needs = [\n");
    for need in &households.needs {
        let (indicator, question, sector) = (quoted(&need.indicator), quoted(&need.question), quoted(&need.sector));
        let _ = writeln!(out, "    {{ indicator = {indicator}, question = {question}, sector = {sector} }},");
    }
    out.push_str("]\n");
    if let Some(group) = &households.group {
        translation(out, "households.group", group);
    }
}

fn translation(out: &mut String, part: &str, translation: &Translation) {
    let _ = writeln!(out, "\n[{part}]");
    line(out, "always", translation.always.as_deref().map(quoted).as_ref());
    line(out, "question", some_list(&translation.questions).as_ref());
    let folds: Vec<String> = translation.fold.iter().map(|fold| fold.code().to_owned()).collect();
    line(out, "fold", some_list(&folds).map(|one| if folds.len() == 1 { format!("[{one}]") } else { one }).as_ref());
    line(out, "otherwise", translation.otherwise.as_deref().map(quoted).as_ref());
    line(out, "blank", translation.blank.as_deref().map(quoted).as_ref());
    values(out, part, &translation.values);
}

fn values(out: &mut String, part: &str, values: &BTreeMap<String, String>) {
    if values.is_empty() {
        return;
    }
    let _ = writeln!(out, "[{part}.values]");
    for (answer, word) in values {
        let _ = writeln!(out, "{} = {}", quoted(answer), quoted(word));
    }
}

fn line(out: &mut String, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        let _ = writeln!(out, "{name} = {value}");
    }
}

/// One question stands alone, several in a list.
fn list(items: &[String]) -> String {
    match items {
        [one] => quoted(one),
        _ => format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", ")),
    }
}

fn some_list(items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| list(items))
}

fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", control as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
