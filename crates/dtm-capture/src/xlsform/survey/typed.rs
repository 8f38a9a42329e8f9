//! What the parameters column means for each question type.

use super::super::cells::Cell;
use super::super::model::{Action, Items, Kind, Node};
use super::super::parameters::{Parameters, is_number, whole};
use super::super::problem::Problems;
use super::super::question_type::{QuestionType, SelectKind};
use super::select::plain_select;
use super::{Reader, apply_type};

impl Reader<'_> {
    /// What the parameters of a type other than a select mean.
    pub(super) fn typed(&mut self, node: &mut Node, name: &str, parameters: &Parameters) {
        let problems = &mut *self.problems;
        match name {
            "text" => {
                parameters.allow(&["rows"], problems);
                if let Some(rows) = parameters.number("rows", "1, 2, 3 …", whole, problems) {
                    node.set_control("rows", rows.clone());
                }
            }
            "image" => {
                parameters.allow(&["app", "max-pixels"], problems);
                match parameters.number("max-pixels", "1024", whole, problems) {
                    Some(pixels) => node.set_bind("orx:max-pixels", pixels.clone()),
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
            "geopoint" | "geotrace" | "geoshape" => {
                geography(node, name == "geopoint", parameters, problems);
                if let Some(cell) = parameters.get("reference-geometry") {
                    self.geometries.push(cell.clone());
                }
            }
            "range" => self.range(node, parameters),
            _ => {}
        }
    }

    pub(super) fn audit(&mut self, row: usize, name: Option<Cell>, known: &'static QuestionType) {
        if let Some(name) = name.filter(|name| name.text != "audit") {
            self.problems.note("audit_name", name.at, &name.text);
        }
        let mut node = Node::new("audit", Kind::Question(known), self.grid.at(row));
        apply_type(&mut node, known);
        self.fill(&mut node, row);
        node.trigger = self.trigger(row);
        self.defaults(&mut node, "audit", row);
        let parameters = self.parameters(row);
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
        let mut seconds = Vec::new();
        for key in ["location-min-interval", "location-max-age"] {
            let positive = |text: &str| whole(text) && !text.trim_start().starts_with('-');
            if let Some(cell) = parameters.number(key, "0, 60, 120 …", positive, self.problems) {
                seconds.push(cell.text.replace('_', "").parse::<f64>().unwrap_or(0.0));
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

fn geography(node: &mut Node, is_point: bool, parameters: &Parameters, problems: &mut Problems) {
    let names: &[&str] = match is_point {
        true => &["allow-mock-accuracy", "capture-accuracy", "reference-geometry", "warning-accuracy"],
        false => &["allow-mock-accuracy", "incremental", "reference-geometry"],
    };
    parameters.allow(names, problems);
    if is_point {
        for (key, attribute) in
            [("capture-accuracy", "accuracyThreshold"), ("warning-accuracy", "unacceptableAccuracyThreshold")]
        {
            if let Some(cell) = parameters.number(key, "5, 10.5 …", is_number, problems) {
                node.set_control(attribute, cell.clone());
            }
        }
    } else if let Some(cell) = parameters.word("incremental", &["true", "yes", "true()"], problems) {
        node.set_control("incremental", Cell { text: "true".to_owned(), at: cell.at });
    }
    if let Some(cell) = parameters.word("allow-mock-accuracy", &["true", "false"], problems) {
        node.set_bind("odk:allow-mock-accuracy", cell.clone());
    }
    if let Some(cell) = parameters.get("reference-geometry") {
        node.select = Some(plain_select(SelectKind::One, Items::Geometry(cell.clone())));
    }
}
