//! What the parameters column means for each question type.

use super::super::cells::Cell;
use super::super::expression::{mentions, scan_text};
use super::super::model::{Action, Items, Kind, Node};
use super::super::parameters::Parameters;
use super::super::problem::{At, Problems, SheetId};
use super::super::question_type::{QuestionType, SelectKind};
use super::select::plain_select;
use super::{Reader, apply_type};

impl Reader<'_> {
    /// What the parameters of a type other than a select mean.
    pub(super) fn typed(&mut self, node: &mut Node, known: &QuestionType, parameters: &Parameters, row: usize) {
        let problems = &mut *self.problems;
        let whole = |number: f64| number.fract() == 0.0;
        match known.name {
            "text" => {
                parameters.allow(&["rows"], problems);
                if let Some((rows, _)) = parameters.number("rows", "1, 2, 3 …", whole, problems) {
                    node.set_control("rows", rows.clone());
                }
            }
            "image" => {
                parameters.allow(&["app", "max-pixels"], problems);
                match parameters.number("max-pixels", "1024", whole, problems) {
                    Some((pixels, _)) => node.set_bind("orx:max-pixels", pixels.clone()),
                    None if parameters.get("max-pixels").is_none() => {
                        problems.note("max_pixels_missing", node.at, "");
                    }
                    None => {}
                }
                if let Some(app) = parameters.get("app")
                    && matches!(node.appearance(), "" | "annotate")
                {
                    let valid = app.text.split('.').count() > 1
                        && app.text.split('.').all(|part| part.starts_with(|c: char| c.is_ascii_alphabetic()))
                        && app.text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
                    match valid {
                        true => node.set_control("intent", app.clone()),
                        false => problems.note_other("parameter_value", app.at, &app.text, "org.example.app"),
                    }
                }
                if let Some(default) = &mut node.default
                    && !node.dynamic_default
                    && !default.text.contains("jr://images/")
                {
                    default.text.insert_str(0, "jr://images/");
                }
            }
            "audio" => {
                parameters.allow(&["quality"], problems);
                let words = ["voice-only", "low", "normal", "external"];
                if let Some(quality) = parameters.word("quality", &words, problems) {
                    node.set_bind("odk:quality", quality.clone());
                }
            }
            "background-audio" => {
                parameters.allow(&["quality"], problems);
                let quality = parameters.word("quality", &["voice-only", "low", "normal"], problems);
                node.actions.push(Action::RecordAudio(quality.map(|cell| cell.text.clone())));
            }
            "start-geopoint" => node.actions.push(Action::SetGeopoint),
            "background-geopoint" if node.trigger.is_empty() || node.bind("calculate").is_some() => {
                problems.note("trigger_missing", node.at, &node.name);
            }
            "geopoint" | "geotrace" | "geoshape" => geography(node, known, parameters, problems),
            "range" => self.range(node, parameters, row),
            _ => {}
        }
    }

    fn range(&mut self, node: &mut Node, parameters: &Parameters, row: usize) {
        let names = ["start", "end", "step", "tick_interval", "placeholder", "tick_labelset"];
        parameters.allow(&names, self.problems);
        let mut read = |key: &str, default: Option<f64>| {
            let read = parameters.number(key, "1, 2.5, -3 …", |_| true, self.problems);
            read.map(|(_, number)| number).or(default)
        };
        let (start, end) = (read("start", Some(1.0)).unwrap_or(1.0), read("end", Some(10.0)).unwrap_or(10.0));
        let step = read("step", Some(1.0)).unwrap_or(1.0);
        let (interval, placeholder) = (read("tick_interval", None), read("placeholder", None));
        let width = (end - start).abs();
        let at = |key: &str| parameters.get(key).map_or(At::row(SheetId::Survey, row as u32 + 1), |cell| cell.at);
        let (low, high) = (start.min(end), start.max(end));
        for (key, number) in [("step", Some(step)), ("tick_interval", interval)] {
            if let Some(number) = number
                && (number == 0.0 || number > width)
            {
                let word = format!("{key}={number}");
                self.problems.note_other("parameter_value", at(key), &word, &format!("0 < {key} <= {width}"));
            }
        }
        let multiple = |number: f64, of: f64| of == 0.0 || ((number / of) - (number / of).round()).abs() < 1e-9;
        let fits = interval.is_none_or(|interval| multiple(interval, step));
        if !fits {
            self.problems.note_other("parameter_value", at("tick_interval"), "tick_interval", &format!("n × {step}"));
        }
        if let Some(placeholder) = placeholder
            && !((low..=high).contains(&placeholder) && multiple(placeholder - start, step))
        {
            let word = format!("placeholder={placeholder}");
            self.problems.note_other("parameter_value", at("placeholder"), &word, &format!("{low} … {high}"));
        }
        let place = at("start");
        for (key, parameter, default) in [("start", "start", "1"), ("end", "end", "10"), ("step", "step", "1")] {
            let text = parameters.get(parameter).map_or(default, |cell| &cell.text).to_owned();
            node.set_control(key, Cell { text, at: place });
        }
        for (key, parameter) in [("odk:tick-interval", "tick_interval"), ("odk:placeholder", "placeholder")] {
            if let Some(cell) = parameters.get(parameter) {
                node.set_control(key, cell.clone());
            }
        }
        let all = [Some(start), Some(end), Some(step), interval, placeholder];
        if all.into_iter().flatten().any(|number| number.fract() != 0.0) {
            node.set_bind("type", Cell { text: "decimal".to_owned(), at: place });
        }
        if let Some(list) = parameters.get("tick_labelset") {
            if self.choices.get(&list.text).is_none() {
                let suggestion = self.problems.suggest(&list.text, self.choices.names());
                self.problems.note_with("list_unknown", list.at, &list.text, "", suggestion);
            }
            node.select = Some(plain_select(SelectKind::One, Items::List(list.text.clone())));
        }
    }

    pub(super) fn audit(&mut self, row: usize, name: Option<Cell>, known: &'static QuestionType) {
        if let Some(name) = name.filter(|name| name.text != "audit") {
            self.problems.note("audit_name", name.at, &name.text);
        }
        let mut node = Node::new("audit", Kind::Question(known), self.grid.at(row));
        apply_type(&mut node, known);
        self.fill(&mut node, row);
        let parameters = Parameters::read(self.grid.get(row, self.columns.parameters), self.problems);
        let location = ["location-priority", "location-min-interval", "location-max-age"];
        let flags = ["track-changes", "track-changes-reasons", "identify-user"];
        let known_names: Vec<&str> = location.into_iter().chain(flags).collect();
        parameters.allow(&known_names, self.problems);
        for (key, words) in [
            ("track-changes", ["true", "false"].as_slice()),
            ("track-changes-reasons", &["on-form-edit"]),
            ("identify-user", &["true", "false"]),
            ("location-priority", &["no-power", "low-power", "balanced", "high-accuracy"]),
        ] {
            if let Some(cell) = parameters.word(key, words, self.problems) {
                node.set_bind(&format!("odk:{key}"), cell.clone());
            }
        }
        let whole = |number: f64| number >= 0.0 && number.fract() == 0.0;
        let mut seconds = Vec::new();
        for key in ["location-min-interval", "location-max-age"] {
            if let Some((cell, number)) = parameters.number(key, "0, 60, 120 …", whole, self.problems) {
                seconds.push(number);
                node.set_bind(&format!("odk:{key}"), cell.clone());
            }
        }
        if let Some(some) = location.iter().find_map(|key| parameters.get(key))
            && location.iter().any(|key| parameters.get(key).is_none())
        {
            self.problems.note_other("parameter_value", some.at, &some.text, &location.join(", "));
        } else if let (&[interval, age], Some(cell)) = (seconds.as_slice(), parameters.get("location-max-age"))
            && age < interval
        {
            self.problems.note_other("parameter_value", cell.at, &cell.text, &format!(">= {interval}"));
        }
        self.meta.push(node);
    }
}

fn geography(node: &mut Node, known: &QuestionType, parameters: &Parameters, problems: &mut Problems) {
    let is_point = known.name == "geopoint";
    let names: &[&str] = match is_point {
        true => &["allow-mock-accuracy", "capture-accuracy", "reference-geometry", "warning-accuracy"],
        false => &["allow-mock-accuracy", "incremental", "reference-geometry"],
    };
    parameters.allow(names, problems);
    if is_point {
        for (key, attribute) in
            [("capture-accuracy", "accuracyThreshold"), ("warning-accuracy", "unacceptableAccuracyThreshold")]
        {
            if let Some((cell, _)) = parameters.number(key, "5, 10.5 …", |_| true, problems) {
                node.set_control(attribute, cell.clone());
            }
        }
    } else if let Some(cell) = parameters.word("incremental", &["true", "yes"], problems) {
        node.set_control("incremental", Cell { text: "true".to_owned(), at: cell.at });
    }
    if let Some(cell) = parameters.word("allow-mock-accuracy", &["true", "false"], problems) {
        node.set_bind("odk:allow-mock-accuracy", cell.clone());
    }
    if let Some(cell) = parameters.get("reference-geometry") {
        if mentions(&cell.text) {
            scan_text(cell, problems);
        }
        node.select = Some(plain_select(SelectKind::One, Items::Geometry(cell.clone())));
    }
}
