//! Turns an outline and an officer's choice into the rows of an XLSForm.
//!
//! A question is taken when it is Core, or usual and not left out, or on demand and asked for. What refers to a
//! question that is left out goes with it: a follow-up question, or a rule that looks at it. Area and place questions
//! offer the operation's own lists; without lists they ask for the code.

use super::outline::{self, Outline, Question, Rule, Section, Shared};
use dtm_model::{Area, Dictionary, Indicator, Lang, Pcode, Place, PlaceKind, Text, Tool, ValueKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Above this many places a form asks for the id as text, for no phone scrolls through the list.
const LONGEST_LIST: usize = 2000;

/// What an officer wants.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The tool.
    pub tool: Tool,
    /// The data dictionary.
    pub dictionary: &'a Dictionary,
    /// Languages, by BCP 47 code, the first shown first.
    pub languages: &'a [String],
    /// Areas of the operation.
    pub areas: &'a [Area],
    /// Places of the operation.
    pub places: &'a [Place],
    /// Codes of questions to add, of the outline or the dictionary.
    pub with: &'a [String],
    /// Codes of questions to leave out.
    pub without: &'a [String],
    /// Names of sections and codes of questions in the order wanted; the others keep their places.
    pub order: &'a [String],
    /// Wording by code and language.
    pub wording: &'a BTreeMap<(String, String), String>,
    /// The form id, the outline's if empty.
    pub form_id: &'a str,
    /// The title, the outline's if empty.
    pub title: &'a str,
    /// The version.
    pub version: &'a str,
}

/// Why an order cannot be met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The tool has no standard form.
    #[error("there is no standard form for `{0}`")]
    NoOutline(&'static str),
    /// A Core question was left out.
    #[error("`{0}` is a Core question of this tool and cannot be left out")]
    Core(String),
    /// No question has this code.
    #[error("no question has the code `{code}`{}", nearest.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    Unknown {
        /// As given.
        code: String,
        /// The most similar code, if one is.
        nearest: Option<String>,
    },
    /// No language was named.
    #[error("a form needs at least one language")]
    NoLanguage,
    /// Something that should be a language is none.
    #[error("`{0}` is not a language code, such as `fr`")]
    Language(String),
}

impl OrderError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            OrderError::NoOutline(tool) => format!("il n’y a pas de formulaire standard pour `{tool}`"),
            OrderError::Core(code) => {
                format!("`{code}` est une question essentielle (Core) de cet outil et ne peut être omise")
            }
            OrderError::Unknown { code, nearest } => {
                let near = nearest.as_ref().map(|near| format!(" ; vouliez-vous dire `{near}` ?")).unwrap_or_default();
                format!("aucune question n’a le code `{code}`{near}")
            }
            OrderError::NoLanguage => "un formulaire a besoin d’au moins une langue".to_owned(),
            OrderError::Language(code) => format!("`{code}` n’est pas un code de langue, comme `fr`"),
        }
    }
}

/// How firmly a question stands in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Cannot be left out.
    Core,
    /// Asked unless left out.
    Usual,
    /// Asked on demand.
    OnDemand,
}

/// One row of the survey sheet.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Row {
    /// Type, as XLSForm writes it.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Wording per language.
    pub label: Text,
    /// Hint per language.
    pub hint: Text,
    /// Whether it must be answered.
    pub required: bool,
    /// When it is asked.
    pub relevant: String,
    /// What the answer keeps to.
    pub constraint: String,
    /// What is said when it does not.
    pub constraint_message: Text,
    /// Which choices are offered.
    pub choice_filter: String,
    /// What it computes.
    pub calculation: String,
    /// Appearance.
    pub appearance: String,
    /// Parameters of the type.
    pub parameters: String,
    /// How often a repeat is asked.
    pub repeat_count: String,
    /// HXL tag.
    pub hxl: String,
    /// How firmly it stands here; none for groups and follow-ups.
    pub need: Option<Need>,
}

/// One row of the choices sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The list.
    pub list: String,
    /// What is stored.
    pub name: String,
    /// Wording per language.
    pub label: Text,
    /// Columns that choice filters look at.
    pub under: BTreeMap<String, String>,
}

/// A form, ready to be written as a workbook.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Form id.
    pub form_id: String,
    /// Title.
    pub title: String,
    /// Version.
    pub version: String,
    /// How phones name a filled form.
    pub instance_name: String,
    /// Languages, by BCP 47 code.
    pub languages: Vec<String>,
    /// The survey sheet.
    pub rows: Vec<Row>,
    /// The choices sheet.
    pub choices: Vec<Offer>,
    /// What was left out, with how firmly it would stand.
    pub left_out: Vec<(String, Text)>,
}

impl Draft {
    /// How many texts lack a wording, by language.
    pub fn untranslated(&self) -> BTreeMap<String, usize> {
        let texts = self.rows.iter().flat_map(|row| [&row.label, &row.hint, &row.constraint_message]);
        let texts: Vec<&Text> = texts.chain(self.choices.iter().map(|offer| &offer.label)).collect();
        let lacks =
            |text: &&&Text, code: &str| text.iter().next().is_some() && !text.iter().any(|(known, _)| known == code);
        let count = |code: &String| (code.clone(), texts.iter().filter(|text| lacks(text, code)).count());
        self.languages.iter().map(count).filter(|(_, n)| *n > 0).collect()
    }
}

/// Makes a form.
pub fn draft(order: &Order<'_>) -> Result<Draft, OrderError> {
    let outline = outline::outline(order.tool).ok_or(OrderError::NoOutline(order.tool.code()))?;
    if order.languages.is_empty() {
        return Err(OrderError::NoLanguage);
    }
    for code in order.languages {
        let letters = code.split('-').next().unwrap_or_default();
        if !(2..=3).contains(&letters.len()) || !code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(OrderError::Language(code.clone()));
        }
    }
    let shared = outline::shared();
    let mut composer = Composer { order, shared: &shared, lists: Lists::new(order), rows: Vec::new() };
    let chosen = composer.choose(&outline)?;
    for section in &chosen.sections {
        composer.section(section);
    }
    let names: BTreeSet<&str> = composer.rows.iter().map(|row| row.name.as_str()).collect();
    let is_whole = references(&outline.instance_name).iter().all(|name| names.contains(name.as_str()));
    let or = |own: &str, usual: &str| if own.is_empty() { usual.to_owned() } else { own.to_owned() };
    let lang = Lang::from_code(&order.languages[0]).unwrap_or_default();
    Ok(Draft {
        form_id: or(order.form_id, &outline.id),
        title: or(order.title, outline.title.get(lang)),
        version: order.version.to_owned(),
        instance_name: if is_whole { outline.instance_name } else { String::new() },
        languages: order.languages.to_vec(),
        rows: composer.rows,
        choices: composer.lists.offers,
        left_out: chosen.left_out,
    })
}

/// The questions that an expression or a text refers to.
fn references(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        found.push(name.to_owned());
        rest = tail;
    }
    found
}

struct Chosen {
    sections: Vec<Section>,
    left_out: Vec<(String, Text)>,
}

struct Composer<'a> {
    order: &'a Order<'a>,
    shared: &'a Shared,
    lists: Lists<'a>,
    rows: Vec<Row>,
}

impl Composer<'_> {
    fn need(&self, question: &Question) -> Need {
        let known = self.order.dictionary.get(&question.code);
        let tool = self.order.tool.code();
        if question.core || known.is_some_and(|entry| entry.core_in.iter().any(|core| core.eq_ignore_ascii_case(tool)))
        {
            return Need::Core;
        }
        if question.offer { Need::OnDemand } else { Need::Usual }
    }

    /// The sections with the questions taken, in the order wanted.
    fn choose(&self, outline: &Outline) -> Result<Chosen, OrderError> {
        let mut sections = outline.sections.clone();
        self.complete(&mut sections)?;
        let mut left_out = Vec::new();
        let mut gone: BTreeSet<String> = BTreeSet::new();
        for section in &mut sections {
            section.questions.retain(|question| {
                let stays = match self.need(question) {
                    Need::Core => true,
                    Need::Usual => !self.order.without.contains(&question.code),
                    Need::OnDemand => self.order.with.contains(&question.code),
                };
                // An area level the operation has no list of is not asked, unless somebody asked for it.
                let has_list = question.level.is_none_or(|level| {
                    level <= 2 || self.lists.has_level(level) || self.order.with.contains(&question.code)
                });
                let stays = stays && (has_list || self.need(question) == Need::Core);
                if !stays {
                    gone.insert(question.code.clone());
                    left_out.push((question.code.clone(), Text::both(&question.en, &question.fr)));
                }
                stays
            });
        }
        // Follow-ups of what is left out go too, and theirs, until nothing changes.
        loop {
            let before = gone.len();
            for section in &mut sections {
                let refers =
                    |text: &str, gone: &BTreeSet<String>| references(text).iter().any(|name| gone.contains(name));
                let is_gone = refers(&section.when, &gone) || refers(&section.count, &gone);
                section.questions.retain(|question| {
                    let texts = [&question.when, &question.calc, &question.en, &question.fr];
                    let follows = is_gone || texts.iter().any(|text| refers(text, &gone));
                    if follows {
                        gone.insert(question.code.clone());
                    }
                    !follows
                });
            }
            if gone.len() == before {
                break;
            }
        }
        sections.retain(|section| !section.questions.is_empty());
        permute(&mut sections, self.order.order, |section| &section.name);
        for section in &mut sections {
            permute(&mut section.questions, self.order.order, |question| &question.code);
        }
        Ok(Chosen { sections, left_out })
    }

    /// Refuses what cannot be left out or found, and adds what the outline lacks: what was asked for from the
    /// dictionary, and Core questions that a newer dictionary brings.
    fn complete(&self, sections: &mut Vec<Section>) -> Result<(), OrderError> {
        let find = |code: &String| sections.iter().flat_map(|s| &s.questions).find(|question| question.code == *code);
        for code in self.order.without {
            match find(code) {
                Some(question) if self.need(question) == Need::Core => return Err(OrderError::Core(code.clone())),
                Some(_) => {}
                None => return Err(self.unknown(code, sections)),
            }
        }
        let mut more: Vec<Question> = Vec::new();
        for code in self.order.with {
            if find(code).is_none() && !more.iter().any(|known| known.code == *code) {
                let entry = self.order.dictionary.get(code).ok_or_else(|| self.unknown(code, sections))?;
                more.push(from_dictionary(entry, false));
            }
        }
        let tool = self.order.tool.code();
        let core = self.order.dictionary.iter().filter(|entry| {
            entry.core_in.iter().any(|core| core.eq_ignore_ascii_case(tool)) && find(&entry.code).is_none()
        });
        more.extend(core.map(|entry| from_dictionary(entry, true)));
        if !more.is_empty() {
            let section = Section {
                name: "more".to_owned(),
                title: Text::both("More questions", "Autres questions"),
                when: String::new(),
                bare: false,
                repeat: false,
                count: String::new(),
                questions: more,
            };
            let closing = sections.iter().position(|section| section.name == "closing").unwrap_or(sections.len());
            sections.insert(closing, section);
        }
        Ok(())
    }

    fn unknown(&self, code: &str, sections: &[Section]) -> OrderError {
        let codes = sections.iter().flat_map(|section| &section.questions).map(|question| &question.code);
        let all = codes.chain(self.order.dictionary.iter().map(|entry| &entry.code));
        OrderError::Unknown { code: code.to_owned(), nearest: super::alignment::nearest(code, all) }
    }

    fn section(&mut self, section: &Section) {
        if section.bare {
            for question in &section.questions {
                self.question(question, &section.when);
            }
            return;
        }
        let kind = if section.repeat { "repeat" } else { "group" };
        self.rows.push(Row {
            kind: format!("begin_{kind}"),
            name: section.name.clone(),
            label: self.words(&section.name, &section.title),
            relevant: section.when.clone(),
            repeat_count: section.count.clone(),
            ..Row::default()
        });
        for question in &section.questions {
            self.question(question, "");
        }
        self.rows.push(Row { kind: format!("end_{kind}"), ..Row::default() });
    }

    fn question(&mut self, question: &Question, section_when: &str) {
        let need = self.need(question);
        let entry = self.order.dictionary.get(&question.code);
        let asked = self.lists.kind(question, entry, self.shared, &self.rows);
        let relevant = match (section_when, question.when.as_str()) {
            ("", when) | (when, "") => when.to_owned(),
            (outer, inner) => format!("({outer}) and ({inner})"),
        };
        let (constraint, message) = self.rule(question);
        let silent = matches!(asked.kind.as_str(), "start" | "end" | "deviceid" | "calculate");
        let written = Text::both(&question.en, &question.fr);
        let hint = match &question.hint[..] {
            [en, fr] => Text::both(en, fr),
            _ if asked.by_code => Text::both("The code of the area or place", "Le code de la zone ou du lieu"),
            _ => Text::new(),
        };
        self.rows.push(Row {
            name: question.code.clone(),
            label: if silent { Text::new() } else { self.words(&question.code, &written) },
            hint: self.only(&hint),
            required: question.must,
            relevant: relevant.clone(),
            constraint,
            constraint_message: self.only(&message),
            choice_filter: asked.filter,
            calculation: question.calc.clone(),
            appearance: if question.look.is_empty() { asked.look.to_owned() } else { question.look.clone() },
            hxl: entry.and_then(|entry| entry.hxl.clone()).unwrap_or_default(),
            need: Some(need),
            // A photograph from a phone is many times larger than anybody needs, and the network is thin.
            parameters: if asked.kind == "image" { "max-pixels=1600" } else { "" }.to_owned(),
            kind: asked.kind,
            repeat_count: String::new(),
        });
        if question.specify && asked.has_other {
            let code = &question.code;
            let name = format!("{code}_other");
            self.rows.push(Row {
                kind: "text".to_owned(),
                label: self.words(&name, &Text::both("Please say which", "Veuillez préciser")),
                name,
                required: true,
                relevant: format!("selected(${{{code}}}, 'other')"),
                ..Row::default()
            });
        }
    }

    /// The constraint of a question and what is said when it is broken. A part that looks at a question left out of
    /// the form is left out with it.
    fn rule(&self, question: &Question) -> (String, Text) {
        let named = |name: &String| {
            let rule = self.shared.rules.get(name);
            rule.map(|[expression, en, fr]| (expression.clone(), Text::both(en, fr))).unwrap_or_default()
        };
        match &question.rule {
            None => (String::new(), Text::new()),
            Some(Rule::Named(name)) => named(name),
            Some(Rule::With([name, expression, en, fr])) => {
                let (base, said) = named(name);
                if !references(expression).iter().all(|name| self.rows.iter().any(|row| row.name == *name)) {
                    return (base, said);
                }
                let both = |lang, more: &str| format!("{}. {more}", said.get(lang));
                (format!("{base} and {expression}"), Text::both(both(Lang::En, en), both(Lang::Fr, fr)))
            }
        }
    }

    /// The wording of the form's languages, the officer's own before the outline's.
    fn words(&self, code: &str, written: &Text) -> Text {
        let own = |lang: &String| self.order.wording.get(&(code.to_owned(), lang.clone())).cloned();
        let known = |lang: &String| written.iter().find(|(known, _)| known == lang).map(|(_, words)| words.to_owned());
        let each = self.order.languages.iter().filter_map(|lang| Some((lang, own(lang).or_else(|| known(lang))?)));
        each.filter(|(_, words)| !words.trim().is_empty())
            .fold(Text::new(), |text, (lang, words)| text.with(lang, words))
    }

    fn only(&self, written: &Text) -> Text {
        self.words("", written)
    }
}

/// A question for an entry of the dictionary that no outline words.
fn from_dictionary(entry: &Indicator, core: bool) -> Question {
    Question {
        code: entry.code.clone(),
        kind: String::new(),
        en: entry.label.get(Lang::En).to_owned(),
        fr: entry.label.get(Lang::Fr).to_owned(),
        hint: Vec::new(),
        must: core,
        when: String::new(),
        rule: (entry.kind == ValueKind::Integer).then(|| Rule::Named("count".to_owned())),
        list: String::new(),
        list_of: String::new(),
        level: level_of(entry),
        under: String::new(),
        places: String::new(),
        countries: false,
        look: String::new(),
        calc: String::new(),
        offer: false,
        specify: entry.choices.iter().any(|(code, _)| code == "other"),
        core,
    }
}

fn level_of(entry: &Indicator) -> Option<u8> {
    let (_, after) = entry.code.split_once("adm")?;
    let digit = after.trim_start_matches("in").trim_start_matches('_').chars().next()?.to_digit(10)?;
    (entry.kind == ValueKind::SelectOneGis).then_some(digit as u8)
}

/// Puts what the list names into its order; everything else stays where it is.
fn permute<T>(items: &mut Vec<T>, order: &[String], name: impl Fn(&T) -> &String) {
    let rank: HashMap<&String, usize> = order.iter().enumerate().map(|(at, name)| (name, at)).collect();
    let listed: Vec<usize> = (0..items.len()).filter(|at| rank.contains_key(name(&items[*at]))).collect();
    let mut wanted = listed.clone();
    wanted.sort_by_key(|at| rank[name(&items[*at])]);
    let mut slots: Vec<Option<T>> = items.drain(..).map(Some).collect();
    let mut moved: Vec<Option<T>> = wanted.iter().map(|at| slots[*at].take()).collect();
    for (slot, item) in listed.iter().zip(&mut moved) {
        slots[*slot] = item.take();
    }
    items.extend(slots.into_iter().flatten());
}

/// How a question is asked.
struct Asked {
    kind: String,
    filter: String,
    look: &'static str,
    has_other: bool,
    /// Whether an area or place is asked by its code, for want of a list.
    by_code: bool,
}

/// The lists of choices as far as questions use them.
struct Lists<'a> {
    order: &'a Order<'a>,
    parents: HashMap<&'a Pcode, &'a Area>,
    used: BTreeSet<String>,
    offers: Vec<Offer>,
}

impl<'a> Lists<'a> {
    fn new(order: &'a Order<'a>) -> Self {
        let parents = order.areas.iter().map(|area| (&area.pcode, area)).collect();
        Self { order, parents, used: BTreeSet::new(), offers: Vec::new() }
    }

    fn has_level(&self, level: u8) -> bool {
        self.order.areas.iter().any(|area| area.level == level && area.valid_to.is_none())
    }

    fn kind(&mut self, question: &Question, entry: Option<&Indicator>, shared: &Shared, rows: &[Row]) -> Asked {
        let asked = |kind: &str| Asked {
            kind: kind.to_owned(),
            filter: String::new(),
            look: "",
            has_other: false,
            by_code: false,
        };
        if let Some(level) = question.level {
            return self.areas(level, &question.under, rows);
        }
        if !question.places.is_empty() {
            return self.places(&question.places, rows);
        }
        let multiple = question.kind == "select_multiple"
            || question.kind.is_empty() && entry.is_some_and(|entry| entry.kind == ValueKind::SelectMultiple);
        let select = if multiple { "select_multiple" } else { "select_one" };
        if question.countries {
            self.offer("countries", || outline::countries().map(|(code, label)| (code.to_owned(), label)).collect());
            return asked(&format!("{select} countries"));
        }
        if let Some(list) = shared.lists.get(&question.list) {
            let label = |[code, en, fr]: &[String; 3]| (code.clone(), Text::both(en, fr));
            self.offer(&question.list, || list.iter().map(label).collect());
            let has_other = list.iter().any(|[code, _, _]| code == "other");
            return Asked { has_other, ..asked(&format!("{select} {}", question.list)) };
        }
        let source = match question.list_of.as_str() {
            "" => entry,
            code => self.order.dictionary.get(code),
        };
        let choices = source.map(|source| (&source.code, &source.choices)).filter(|(_, choices)| !choices.is_empty());
        if let Some((code, choices)) =
            choices.filter(|_| question.kind.is_empty() || question.kind.starts_with("select"))
        {
            self.offer(code, || choices.clone());
            let has_other = choices.iter().any(|(code, _)| code == "other");
            return Asked { has_other, ..asked(&format!("{select} {code}")) };
        }
        if !question.kind.is_empty() && !question.kind.starts_with("select") {
            return asked(&question.kind);
        }
        asked(match entry.map(|entry| entry.kind) {
            Some(ValueKind::Integer) => "integer",
            Some(ValueKind::Decimal) => "decimal",
            Some(ValueKind::Date) => "date",
            Some(ValueKind::DateTime) => "dateTime",
            Some(ValueKind::Geopoint) => "geopoint",
            _ => "text",
        })
    }

    /// Adds a list once.
    fn offer(&mut self, list: &str, choices: impl FnOnce() -> Vec<(String, Text)>) {
        if !self.used.insert(list.to_owned()) {
            return;
        }
        let languages = self.order.languages;
        self.offers.extend(choices().into_iter().map(|(name, label)| Offer {
            list: list.to_owned(),
            name,
            label: of_languages(&label, languages, false),
            under: BTreeMap::new(),
        }));
    }

    fn areas(&mut self, level: u8, under: &str, rows: &[Row]) -> Asked {
        let by_code =
            Asked { kind: "text".to_owned(), filter: String::new(), look: "", has_other: false, by_code: true };
        if !self.has_level(level) {
            if level > 0 {
                return by_code;
            }
            self.offer("countries", || outline::countries().map(|(code, label)| (code.to_owned(), label)).collect());
            return Asked { kind: "select_one countries".to_owned(), look: "minimal", by_code: false, ..by_code };
        }
        let list = format!("adm{level}");
        if self.used.insert(list.clone()) {
            let areas = self.order.areas.iter().filter(|area| area.level == level && area.valid_to.is_none());
            for area in areas {
                self.offers.push(Offer {
                    list: list.clone(),
                    name: area.pcode.to_string(),
                    label: of_languages(&area.name, self.order.languages, true),
                    under: self.ancestors(area.parent.as_ref()),
                });
            }
        }
        let is_listed = rows.iter().any(|row| row.name == under && row.kind.starts_with("select_one"));
        let filter = if is_listed { format!("adm{} = ${{{under}}}", level - 1) } else { String::new() };
        Asked { kind: format!("select_one {list}"), filter, look: "minimal", by_code: false, ..by_code }
    }

    /// The areas that something lies in, as the columns choice filters look at.
    fn ancestors(&self, mut area: Option<&'a Pcode>) -> BTreeMap<String, String> {
        let mut columns = BTreeMap::new();
        while let Some(found) = area.and_then(|code| self.parents.get(code)) {
            // A loop in the list of areas would come back to a level it has passed.
            if columns.insert(format!("adm{}", found.level), found.pcode.to_string()).is_some() {
                break;
            }
            area = found.parent.as_ref();
        }
        columns
    }

    fn places(&mut self, which: &str, rows: &[Row]) -> Asked {
        let points = which == "points";
        let places: Vec<&Place> =
            self.order.places.iter().filter(|place| (place.kind == PlaceKind::FlowPoint) == points).collect();
        let by_code =
            Asked { kind: "text".to_owned(), filter: String::new(), look: "", has_other: false, by_code: true };
        if places.is_empty() || places.len() > LONGEST_LIST {
            return by_code;
        }
        let under: Vec<BTreeMap<String, String>> =
            places.iter().map(|place| self.ancestors(Some(&place.area))).collect();
        if self.used.insert(which.to_owned()) {
            self.offers.extend(places.iter().zip(&under).map(|(place, under)| Offer {
                list: which.to_owned(),
                name: place.ssid.to_string(),
                label: of_languages(&Text::both(&place.name, &place.name), self.order.languages, true),
                under: under.clone(),
            }));
        }
        // Narrowed by the deepest area question asked before whose level every place has.
        let asked = |level: u8| {
            let list = format!("select_one adm{level}");
            rows.iter().rev().find(|row| row.kind == list).map(|row| (format!("adm{level}"), row.name.clone()))
        };
        let by = (1..=4).rev().filter_map(asked).find(|(column, _)| under.iter().all(|u| u.contains_key(column)));
        let filter = by.map_or(String::new(), |(column, question)| format!("{column} = ${{{question}}}"));
        Asked { kind: format!("select_one {which}"), filter, look: "minimal", by_code: false, ..by_code }
    }
}

/// The wording of these languages; a proper name stands for itself where it has none.
fn of_languages(text: &Text, languages: &[String], is_name: bool) -> Text {
    let words = |code: &String| {
        let exact = text.iter().find(|(known, _)| known == code).map(|(_, words)| words);
        exact.or_else(|| is_name.then(|| text.get(Lang::En)))
    };
    languages.iter().filter_map(|code| Some((code, words(code)?))).fold(Text::new(), |text, (c, w)| text.with(c, w))
}
