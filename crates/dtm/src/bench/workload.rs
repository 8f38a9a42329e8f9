//! The work that is measured: a site assessment of 85 binds with a repeat of eight turns, 4.6 kB of XML when filled in.
//!
//! A number makes a submission, always the same one for the same number, so that two servers can be sent the same. The
//! places lie in the areas of the demo country.

use chrono::{Days, NaiveDate};
use dtm_model::{Area, Pcode};
use std::fmt::Write;

/// The form's id.
pub(crate) const FORM: &str = "site_assessment";
/// The form's version.
pub(crate) const VERSION: &str = "2026010101";
/// The question that holds the smallest area.
pub(crate) const AREA: &str = "adm2";

const NEEDS: [&str; 12] = [
    "water",
    "food",
    "shelter",
    "health",
    "education",
    "protection",
    "nutrition",
    "hygiene",
    "livelihood",
    "documents",
    "energy",
    "transport",
];
const AGES: [&str; 5] = ["0_4", "5_11", "12_17", "18_59", "60"];
const REASONS: [&str; 5] = ["conflict", "insecurity", "flood", "drought", "eviction"];
const TYPES: [&str; 4] = ["site", "school", "host_community", "church"];
const ANSWERS: [&str; 3] = ["yes", "partly", "no"];
const WORDS: [&str; 16] = [
    "market", "river", "school", "road", "bridge", "hill", "chapel", "camp", "north", "south", "water", "point",
    "field", "port", "green", "old",
];
/// Turns of the repeat.
const TURNS: u64 = 8;

/// The questions of the form as rows of its survey sheet: type, name, label.
fn questions() -> Vec<(String, String, String)> {
    let mut rows: Vec<(String, String, String)> = Vec::new();
    let mut ask = |kind: &str, name: &str| {
        let label = match kind {
            "start" | "end" | "today" | "deviceid" | "end_group" | "end_repeat" => String::new(),
            _ => name.replace('_', " "),
        };
        rows.push((kind.to_owned(), name.to_owned(), label));
    };
    for kind in ["start", "end", "today", "deviceid"] {
        ask(kind, kind);
    }
    ask("begin_group", "place");
    for name in ["adm1", AREA, "ssid", "site_name", "enumerator"] {
        ask("text", name);
    }
    ask("select_one kind", "site_type");
    ask("geopoint", "position");
    ask("date", "opened_on");
    ask("select_one answer", "accessible");
    ask("end_group", "");
    ask("begin_group", "people");
    for name in ["idp_hh", "idp_ind", "returnee_hh", "returnee_ind", "migrant_ind"] {
        ask("integer", name);
    }
    for sex in ["f", "m"] {
        for age in AGES {
            ask("integer", &format!("idp_{sex}_{age}"));
        }
    }
    ask("end_group", "");
    ask("begin_group", "move");
    ask("select_one reason", "reason");
    ask("date", "first_arrival");
    ask("date", "last_arrival");
    ask("text", "origin");
    ask("end_group", "");
    ask("begin_repeat", "arrival");
    ask("date", "arrived_on");
    ask("text", "from_adm2");
    ask("integer", "households");
    ask("integer", "persons");
    ask("select_one reason", "why");
    ask("end_repeat", "");
    ask("begin_group", "needs");
    for need in NEEDS {
        ask("select_one answer", &format!("has_{need}"));
        ask("integer", &format!("n_{need}"));
        if need.len() < 6 {
            ask("text", &format!("on_{need}"));
        }
    }
    ask("select_multiple need", "first_needs");
    ask("end_group", "");
    for need in NEEDS {
        ask("text", &format!("remark_{need}"));
    }
    for name in ["access_road", "focal_point", "water_source", "market_nearby"] {
        ask("text", name);
    }
    for name in ["informants", "visits"] {
        ask("integer", name);
    }
    ask("text", "comment");
    ask("image", "photo");
    rows
}

/// The form as a workbook in Markdown; `more` questions of plain text make it as large as forms in use are.
pub(crate) fn workbook(form: &str, more: usize) -> String {
    let mut text = String::from("| survey |\n| | type | name | label::English (en) | label::Français (fr) |\n");
    let mut ask = |kind: &str, name: &str, label: &str| {
        let _ = writeln!(text, "| | {kind} | {name} | {label} | {label} |");
    };
    for (kind, name, label) in questions() {
        ask(&kind, &name, &label);
    }
    for n in 0..more {
        ask("text", &format!("more_{n}"), &format!("A further question, with the number {n}"));
    }
    text += "| choices |\n| | list_name | name | label::English (en) | label::Français (fr) |\n";
    for (list, names) in
        [("kind", &TYPES[..]), ("answer", &ANSWERS[..]), ("reason", &REASONS[..]), ("need", &NEEDS[..])]
    {
        for name in names {
            let _ = writeln!(text, "| | {list} | {name} | {name} | {name} |");
        }
    }
    let _ = write!(
        text,
        "| settings |\n| | form_id | form_title | version | default_language |\n\
         | | {form} | Site assessment | {VERSION} | English (en) |\n"
    );
    text
}

/// Which answers tell the place, for those who may see some areas only.
pub(crate) const MAPPING: &str = r#"
[place]
kind = { always = "site" }
ssid = ["ssid"]
area = ["adm2"]
[group.idp]
measures = [{ indicator = "idp_ind", question = "idp_ind" }]
"#;

/// Spreads the bits of a number (the finisher of SplitMix64).
fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Draws, one after the other, that belong to a number.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = mix(self.0);
        self.0 % n
    }

    fn words(&mut self, n: usize) -> String {
        (0..n).map(|_| self.of(&WORDS)).collect::<Vec<_>>().join(" ")
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len() as u64) as usize]
    }
}

/// The areas that submissions speak of: the smallest one, and the one it lies in.
pub(crate) struct Areas(Vec<(Pcode, Pcode)>);

impl Areas {
    /// Those of the second level.
    pub(crate) fn of(areas: &[Area]) -> Areas {
        let second = areas.iter().filter(|area| area.level == 2);
        Areas(second.filter_map(|area| Some((area.parent.clone()?, area.pcode.clone()))).collect())
    }

    fn draw(&self, draws: &mut Draws) -> (&str, &str) {
        match self.0.len() {
            0 => ("XX01", "XX0101"),
            n => {
                let (first, second) = &self.0[draws.below(n as u64) as usize];
                (first.as_str(), second.as_str())
            }
        }
    }
}

/// A submission as a phone sends it.
pub(crate) struct Filled {
    pub(crate) xml: String,
    /// The name of the photo that its answers name.
    pub(crate) photo: Option<String>,
}

/// What is filled in under this number. `instance_id` is the phone's name for it; every `photo_every`th has a photo.
pub(crate) fn fill(n: u64, instance_id: &str, day: NaiveDate, areas: &Areas, photo_every: u64) -> Filled {
    let mut draws = Draws(mix(n));
    let before = |draws: &mut Draws, most: u64| day.checked_sub_days(Days::new(draws.below(most))).unwrap_or(day);
    let photo = (photo_every > 0 && n.is_multiple_of(photo_every)).then(|| format!("{n}.jpg"));
    let mut xml = format!("<?xml version=\"1.0\"?><data id=\"{FORM}\" version=\"{VERSION}\">");
    let (mut in_arrival, mut turn): (bool, Vec<(String, String)>) = (false, Vec::new());
    let mut group = String::new();
    let households = 5 + draws.below(400);
    for (kind, name, _) in questions() {
        match kind.as_str() {
            "begin_group" => {
                let _ = write!(xml, "<{name}>");
                group = name;
                continue;
            }
            "end_group" => {
                let _ = write!(xml, "</{group}>");
                continue;
            }
            "begin_repeat" => {
                in_arrival = true;
                continue;
            }
            "end_repeat" => {
                in_arrival = false;
                for _ in 0..TURNS {
                    xml += "<arrival>";
                    for (kind, name) in &turn {
                        let value = match kind.as_str() {
                            "date" => before(&mut draws, 300).to_string(),
                            "text" => areas.draw(&mut draws).1.to_owned(),
                            "integer" => (1 + draws.below(60)).to_string(),
                            _ => draws.of(&REASONS).to_owned(),
                        };
                        let _ = write!(xml, "<{name}>{value}</{name}>");
                    }
                    xml += "</arrival>";
                }
                continue;
            }
            _ if in_arrival => {
                turn.push((kind, name));
                continue;
            }
            _ => {}
        }
        let value = match (kind.as_str(), name.as_str()) {
            ("start", _) => format!("{day}T08:12:31.000+00:00"),
            ("end", _) => format!("{day}T08:55:02.000+00:00"),
            ("today", _) => day.to_string(),
            ("deviceid", _) => format!("collect:{:016x}", mix(n % 200)),
            (_, "adm1") => String::new(),
            (_, AREA) => {
                // Both areas at once, so that they fit each other.
                let (first, second) = areas.draw(&mut draws);
                xml = xml.replace("<adm1></adm1>", &format!("<adm1>{first}</adm1>"));
                second.to_owned()
            }
            (_, "ssid") => format!("S{:06}", draws.below(20_000)),
            (_, "idp_hh") => households.to_string(),
            (_, "idp_ind") => (households * (3 + draws.below(4))).to_string(),
            ("geopoint", _) => {
                format!("{}.{:05} {}.{:05} 12.0 4.5", 4, draws.below(99_999), 20, draws.below(99_999))
            }
            ("date", _) => before(&mut draws, 700).to_string(),
            ("integer", _) => draws.below(120).to_string(),
            ("select_one kind", _) => draws.of(&TYPES).to_owned(),
            ("select_one reason", _) => draws.of(&REASONS).to_owned(),
            ("select_one answer", _) => draws.of(&ANSWERS).to_owned(),
            ("select_multiple need", _) => {
                let first = draws.below(9) as usize;
                NEEDS[first..first + 3].join(" ")
            }
            ("image", _) => photo.clone().unwrap_or_default(),
            (_, "comment") => draws.words(68),
            (_, "site_name" | "enumerator" | "origin") => draws.words(2),
            _ => draws.words(5),
        };
        let _ = write!(xml, "<{name}>{value}</{name}>");
    }
    let _ = write!(xml, "<meta><instanceID>{instance_id}</instanceID></meta></data>");
    Filled { xml, photo }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_capture::{submission, xform};
    use dtm_model::Lang;

    #[test]
    fn the_work_is_85_binds_with_a_repeat_of_eight_in_4600_bytes() {
        let book = workbook(FORM, 0);
        let form = crate::journey::forms::translate(book.as_bytes(), "site.md", Lang::En).unwrap();
        assert!(form.errors.is_empty(), "{:?}", form.errors);
        assert_eq!(form.xform.matches("<bind ").count(), 85);
        let schema = xform::read(&form.xform).unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        let filled = fill(7, "uuid:7", day, &Areas(Vec::new()), 0);
        assert!((4500..4700).contains(&filled.xml.len()), "{}", filled.xml.len());
        let reading = submission::answers(&filled.xml, &schema).unwrap();
        assert_eq!(reading.answers.repeats["arrival"].len(), 8);
        assert_eq!(reading.answers.get("place/adm2").map(|answer| answer.to_text()).as_deref(), Some("XX0101"));
        assert!(dtm_process::mapping::Mapping::from_toml(MAPPING).is_ok());
        assert_eq!(filled.xml, fill(7, "uuid:7", day, &Areas(Vec::new()), 0).xml, "the same for the same number");
    }
}
