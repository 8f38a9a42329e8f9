//! What a finding speaks of, in the words of people: a question by its label, a place and another record by their names.
//!
//! In: findings. Out: [`Naming`], which says each as [`dtm_process::checks::message`] does, with labels in place of paths and names in
//! place of ids. What has no label or name is said as it is; the path stays in the finding.

use super::{records, settle};
use anyhow::Result;
use dtm_model::{Finding, FormSchema, FormVersionId, Lang, OperationId, Record, RecordId, Ssid, Text};
use dtm_process::corrections::path_of;
use dtm_store::Store;
use std::collections::{BTreeSet, HashMap};

/// The longest label in a sentence.
const LETTERS: usize = 80;
/// Facts that name another record.
const OTHERS: [&str; 2] = ["other", "kept"];
/// Of more other records none is looked up.
const MOST_OTHERS: usize = 200;

/// What is asked under a path.
struct Asked {
    label: Text,
    choices: Vec<(String, Text)>,
}

/// The names of what findings speak of.
#[derive(Default)]
pub(crate) struct Naming {
    forms: HashMap<FormVersionId, HashMap<String, Asked>>,
    of_record: HashMap<RecordId, FormVersionId>,
    places: HashMap<Ssid, String>,
    records: HashMap<String, String>,
}

fn shortened(label: &str) -> String {
    let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
    match label.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label,
    }
}

fn asked_in(schema: &FormSchema) -> HashMap<String, Asked> {
    let choices = |field: &dtm_model::Field| {
        field.choices.iter().map(|choice| (choice.name.clone(), choice.label.clone())).collect()
    };
    let asked = |field: &dtm_model::Field| Asked { label: field.label.clone(), choices: choices(field) };
    schema.fields.iter().map(|field| (field.path.clone(), asked(field))).collect()
}

/// The turn of the repeat in which a question was answered: `2` of `member[2]/age`.
fn turn(question: &str) -> Option<&str> {
    let (_, from) = question.rsplit_once('[')?;
    from.split_once(']').map(|(turn, _)| turn)
}

impl Naming {
    /// The names of what these findings of an operation speak of.
    pub(crate) async fn of<'a>(
        store: &Store,
        operation: &OperationId,
        findings: impl Iterator<Item = &'a Finding> + Clone,
    ) -> Result<Self> {
        let mut naming = Self::default();
        let asking = findings.clone().filter(|finding| finding.question.is_some());
        let records: BTreeSet<RecordId> = asking.clone().filter_map(|finding| finding.record.clone()).collect();
        let records: Vec<RecordId> = records.into_iter().collect();
        naming.of_record = store.form_versions_by_record(&records).await?;
        let mut versions: BTreeSet<FormVersionId> = naming.of_record.values().cloned().collect();
        if asking.clone().any(|finding| finding.record.is_none()) {
            for form in store.published_forms(operation).await? {
                versions.insert(form.version.id);
            }
        }
        for version in versions {
            if let Some(known) = store.form_version_by_id(&version).await? {
                naming.forms.insert(version, asked_in(&known.schema));
            }
        }
        if findings.clone().any(|finding| finding.place.is_some()) {
            let places = store.places(operation).await?;
            naming.places = places.into_iter().map(|place| (place.ssid, place.name)).collect();
        }
        Ok(naming)
    }

    /// The same with the names of the other records that the findings name, as `title` says them.
    pub(crate) async fn with_records<'a>(
        mut self,
        store: &Store,
        findings: impl Iterator<Item = &'a Finding>,
        title: impl Fn(&Record) -> String,
    ) -> Result<Self> {
        let named = findings.flat_map(|finding| OTHERS.iter().filter_map(|fact| finding.facts.get(*fact)));
        let others: BTreeSet<RecordId> = named.filter_map(|id| id.parse().ok()).take(MOST_OTHERS).collect();
        let others: Vec<RecordId> = others.into_iter().collect();
        for record in records::several(store, &others).await? {
            self.records.insert(record.id.to_string(), title(&record));
        }
        Ok(self)
    }

    fn asked(&self, finding: &Finding, path: &str) -> Option<&Asked> {
        let path = path_of(path);
        let own = finding.record.as_ref().and_then(|record| self.of_record.get(record));
        match own {
            Some(version) => self.forms.get(version)?.get(&path),
            None => self.forms.values().find_map(|form| form.get(&path)),
        }
    }

    /// What a question is called; its path where it has no label.
    pub(crate) fn question(&self, finding: &Finding, path: &str, lang: Lang) -> String {
        let label = self.asked(finding, path).map_or("", |asked| asked.label.get(lang).trim());
        match (label, turn(path)) {
            ("", _) => path.rsplit('/').next().unwrap_or(path).to_owned(),
            (label, None) => shortened(label),
            (label, Some(turn)) => format!("{} ({turn})", shortened(label)),
        }
    }

    /// What an answer means, where it is a choice with a label.
    pub(crate) fn answer(&self, finding: &Finding, path: &str, value: &str, lang: Lang) -> String {
        let choices = self.asked(finding, path).map_or(&[][..], |asked| &asked.choices);
        let of = |name: &str| choices.iter().find(|(known, _)| known == name).map(|(_, label)| label.get(lang).trim());
        match of(value).filter(|label| !label.is_empty()) {
            Some(label) => shortened(label),
            None => value.to_owned(),
        }
    }

    /// What a place is called: its name, with its id where two may be called alike.
    pub(crate) fn place(&self, place: &Ssid) -> String {
        match self.places.get(place).map(|name| name.trim()).filter(|name| !name.is_empty()) {
            Some(name) if name != place.as_str() => format!("{name} ({place})"),
            _ => place.to_string(),
        }
    }

    /// Says a finding with these names.
    pub(crate) fn message(&self, finding: &Finding, lang: Lang) -> String {
        let mut named = finding.clone();
        if let Some(path) = &finding.question {
            // Mappings put the question among the facts; what people typed there stays theirs.
            named.facts.insert("question".to_owned(), self.question(finding, path, lang));
        }
        if let Some(place) = &finding.place {
            named.facts.entry("place".to_owned()).or_insert_with(|| self.place(place));
        }
        for fact in OTHERS {
            if let Some(name) = finding.facts.get(fact).and_then(|id| self.records.get(id)) {
                named.facts.insert(fact.to_owned(), name.clone());
            }
        }
        settle::message(&named, lang)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{Choice, Field, FieldKind, Severity};

    fn naming() -> Naming {
        let field = |path: &str, en: &str, fr: &str| Field {
            path: path.to_owned(),
            kind: FieldKind::SelectOne,
            label: Text::both(en, fr),
            hxl: None,
            choices: vec![Choice { name: "tent".to_owned(), label: Text::both("A tent", "Une tente") }],
        };
        let mut schema = records::schema_of(&[]);
        schema.fields =
            vec![field("home/shelter", "Where do\n they sleep?", "Où dorment-ils ?"), field("bare", "", "")];
        let version = FormVersionId::new(dtm_model::Instant::from_millis(0), [0; 10]);
        Naming {
            forms: HashMap::from([(version, asked_in(&schema))]),
            places: HashMap::from([(Ssid::from("XS-1"), "North camp".to_owned())]),
            ..Naming::default()
        }
    }

    fn finding(check: &str, question: Option<&str>, facts: &[(&str, &str)]) -> Finding {
        Finding {
            check: check.to_owned(),
            severity: Severity::Confirm,
            record: None,
            place: Some(Ssid::from("XS-1")),
            question: question.map(str::to_owned),
            facts: facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    #[test]
    fn a_finding_speaks_of_questions_by_their_label_and_of_places_by_their_name() {
        let naming = naming();
        let missing = finding("required_missing", Some("home/shelter"), &[]);
        assert_eq!(naming.message(&missing, Lang::En), "Where do they sleep? is required and has no answer");
        assert_eq!(naming.message(&missing, Lang::Fr), "Où dorment-ils ? est obligatoire et n’a pas de réponse");
        let carried = finding("place_carried", None, &[("from", "6")]);
        assert!(naming.message(&carried, Lang::En).starts_with("Place North camp (XS-1) was not reached"));
    }

    #[test]
    fn what_has_no_label_is_named_by_the_end_of_its_path_and_a_turn_is_told() {
        let naming = naming();
        let about = finding("required_missing", None, &[]);
        let said = |path: &str| naming.question(&about, path, Lang::En);
        assert_eq!((said("bare").as_str(), said("gone/away").as_str()), ("bare", "away"));
        assert_eq!(said("home[3]/shelter"), "Where do they sleep? (3)");
        assert_eq!(naming.answer(&about, "home/shelter", "tent", Lang::Fr), "Une tente");
        assert_eq!(naming.answer(&about, "home/shelter", "boat", Lang::Fr), "boat");
    }
}
