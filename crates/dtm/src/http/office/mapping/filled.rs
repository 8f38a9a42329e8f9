//! What a page of a mapping sends back: the mapping that is worked on as text, and what was filled in beside it.

use super::super::submissions::value;
use super::shown::Working;
use crate::journey::mapping::Workbench;
use dtm_model::{BlobHash, Sex};
use dtm_process::mapping::{Fold, MalesFemales, Mapping, Part, Question, Reading, WithoutSsid, is_age};

/// A page that came back.
pub(super) struct Filled {
    /// The button that was pressed.
    pub(super) button: String,
    pub(super) working: Working,
    /// The key of what is wrong with what was filled in.
    pub(super) mistake: Option<&'static str>,
}

/// A text as a page holds it: the line ends of browsers are ours again.
pub(super) fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let text = text.trim_start_matches(['\u{feff}', '\n']).trim_end();
    format!("{text}\n")
}

/// What tells whether a text was typed over since its page was shown.
pub(super) fn print(text: &str) -> String {
    BlobHash::of(text.as_bytes()).as_str()[..16].to_owned()
}

impl Filled {
    pub(super) fn read(fields: &[(String, String)], bench: &Workbench) -> Self {
        let text = tidy(value(fields, "text"));
        let mut working = Working {
            after: value(fields, "after").parse().unwrap_or_default(),
            reason: value(fields, "reason").trim().to_owned(),
            list: value(fields, "list").to_owned(),
            search: value(fields, "search").trim().to_owned(),
            page: value(fields, "page").to_owned(),
            open: value(fields, "open").to_owned(),
            ..Working::new(bench)
        };
        let was_typed = value(fields, "print") != print(&text);
        working.text = text;
        let (button, about) = match value(fields, "do").split_once(':') {
            Some((button, about)) => (button, about),
            None => (value(fields, "do"), ""),
        };
        let mut mistake = None;
        // Whoever typed over the text means the text, and not what stands beside it.
        if !was_typed && let Ok((mut mapping, _)) = Mapping::read(&working.text) {
            let before = mapping.clone();
            put_words(&mut mapping, fields);
            put_settings(&mut mapping, fields);
            let open = working.open.clone();
            mistake = give(&mut mapping, fields, &open, bench).err();
            if button == "take"
                && let Some((part, question)) = about.split_once('\t')
                && let Some(part) = part_of(&mapping, part)
            {
                mapping.take(&part, question);
            }
            // A text whose meaning is the same keeps its comments.
            if mapping != before {
                working.text = tidy(&mapping.to_toml());
            }
        }
        match button {
            "open" => working.open = about.to_owned(),
            "close" => working.open.clear(),
            "list" => {
                working.list = about.to_owned();
                working.page.clear();
            }
            "page" => working.page = about.to_owned(),
            "search" => working.page.clear(),
            "draft" => working.text = tidy(&bench.draft.mapping.to_toml()),
            _ => {}
        }
        Self { button: button.to_owned(), working, mistake }
    }
}

fn part_of(mapping: &Mapping, code: &str) -> Option<Part> {
    mapping.parts().into_iter().map(|(_, part)| part).find(|part| part.code() == code)
}

/// Puts what answers become into a mapping. Fields come in the order of the page: a part, how it is read, then its
/// answers, each with its word.
fn put_words(mapping: &mut Mapping, fields: &[(String, String)]) {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let (mut part, mut answer): (Option<Part>, &str) = (None, "");
    let mut reading: Option<Reading> = None;
    for (name, value) in fields {
        match name.as_str() {
            "part" => {
                if let (Some(part), Some(reading)) = (&part, reading.take()) {
                    mapping.set_reading(part, reading);
                }
                // A kind that every place has reads no question.
                let always = Some(Part::Kind).filter(|kind| kind.code() == *value);
                part = part_of(mapping, value).or(always);
            }
            "reading" => reading = Some(Reading::default()),
            "always" => reading.iter_mut().for_each(|reading| reading.always = some(value)),
            "otherwise" => reading.iter_mut().for_each(|reading| reading.otherwise = some(value)),
            "blank" => reading.iter_mut().for_each(|reading| reading.blank = some(value)),
            "fold" => reading.iter_mut().for_each(|reading| reading.fold.extend(Fold::from_code(value))),
            "answer" => answer = value,
            "word" => {
                if let Some(part) = &part {
                    mapping.translate(part, answer, some(value).as_deref());
                }
            }
            _ => {}
        }
    }
    if let (Some(part), Some(reading)) = (&part, reading) {
        mapping.set_reading(part, reading);
    }
}

fn put_settings(mapping: &mut Mapping, fields: &[(String, String)]) {
    if value(fields, "settings") != "yes" {
        return;
    }
    mapping.name = value(fields, "name").trim().to_owned();
    mapping.date.otherwise = value(fields, "date_otherwise").trim().parse().ok();
    mapping.place.without_ssid = match value(fields, "without_ssid") {
        "area_and_name" => WithoutSsid::AreaAndName,
        _ => WithoutSsid::Nothing,
    };
    mapping.tables.males_females = match value(fields, "males_females") {
        "only_as_reported" => MalesFemales::OnlyAsReported,
        _ => MalesFemales::FromSexAge,
    };
}

/// Lets the part that was chosen read the question that is open.
fn give(mapping: &mut Mapping, fields: &[(String, String)], open: &str, bench: &Workbench) -> Result<(), &'static str> {
    let (chosen, question) = (value(fields, "give"), bench.questions.get(open));
    let Some(question) = question.filter(|_| !chosen.is_empty()) else { return Ok(()) };
    let part = match chosen.strip_prefix("count:") {
        Some(indicator) => {
            let group = value(fields, "group").trim();
            let group = if group.is_empty() { Mapping::usual_group(indicator, &bench.dictionary) } else { group };
            let sex = [Sex::Female, Sex::Male].into_iter().find(|sex| sex.code() == value(fields, "sex"));
            let age = Some(value(fields, "age").trim().to_owned()).filter(|age| !age.is_empty());
            if age.as_deref().is_some_and(|age| !is_age(age)) {
                return Err("mapping-bad-age");
            }
            Part::Count { group: group.to_owned(), indicator: indicator.to_owned(), sex, age }
        }
        None => match offered(mapping, Some(question)).into_iter().find(|part| part.code() == chosen) {
            Some(part) => part,
            None => return Ok(()),
        },
    };
    mapping.give(&part, &question.name, &bench.questions, &bench.learnt_from());
    Ok(())
}

/// The parts that a question can be read by, counts apart.
pub(super) fn offered(mapping: &Mapping, question: Option<&Question>) -> Vec<Part> {
    let mut parts: Vec<Part> = Part::PLAIN.into();
    for name in mapping.groups.keys() {
        let of = [Part::Reason, Part::Origin, Part::Present, Part::Direction];
        parts.extend(of.map(|of| of(name.clone())));
    }
    parts.extend(Part::OF_SOURCE.map(|key| Part::Source(key.to_owned())));
    parts.extend(question.into_iter().flat_map(|question| Part::of_sample(question, mapping)));
    parts
}
