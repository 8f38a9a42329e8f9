#![no_main]
//! `$filter`, `$orderby`, `$select` and `$skiptoken` of an OData request, and a submission that they are held against.

use dtm_capture::instance::{Instance, Shape};
use dtm_capture::odata::{Facts, Moment, Options, RowWriter, SystemValues, Table};
use dtm_model::{Field, FieldKind, FormSchema};
use libfuzzer_sys::fuzz_target;

fn schema() -> FormSchema {
    let field = |(path, kind): (&str, FieldKind)| Field {
        path: path.to_owned(),
        kind,
        label: Default::default(),
        hxl: None,
        choices: Vec::new(),
    };
    FormSchema {
        client_editable: false,
        on_arrival: None,
        xml_form_id: "f".to_owned(),
        version: String::new(),
        title: String::new(),
        root: "data".to_owned(),
        fields: [
            ("a", FieldKind::Integer),
            ("b", FieldKind::Text),
            ("g", FieldKind::Group),
            ("g/d", FieldKind::Date),
            ("g/w", FieldKind::Geopoint),
            ("r", FieldKind::Repeat),
            ("r/n", FieldKind::Decimal),
            ("r/r", FieldKind::Repeat),
            ("r/r/t", FieldKind::DateTime),
        ]
        .into_iter()
        .map(field)
        .collect(),
        media: Vec::new(),
        encrypted: false,
        entities: None,
    }
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (first, xml) = text.split_once('\n').unwrap_or((&text, "<data><a>1</a><r><n>2</n></r></data>"));
    let shape = Shape::of(&schema());
    let parameters: Vec<(String, String)> = first
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut instance = Instance::default();
    let whole = instance.read(xml, &shape).is_ok();
    let system = SystemValues { instance_id: "u".to_owned(), ..SystemValues::default() };
    for repeat in [None, shape.at("r"), shape.at("r/r")] {
        let Ok(options) = Options::read(&parameters, &Table { shape: &shape, repeat }) else { continue };
        let selection = &options.selection;
        let writer = RowWriter { shape: &shape, repeat, wkt: options.wkt, expand: options.expand, selection };
        if !whole {
            continue;
        }
        for turn in writer.turns(&instance) {
            if let Some(filter) = &options.filter {
                let value = |field| writer.value(field, &instance, &system, turn);
                filter.wants(&Facts { value: &value, now: Moment(0) });
            }
            let mut out = Vec::new();
            writer.write(&mut out, &instance, &system, turn);
        }
    }
});
