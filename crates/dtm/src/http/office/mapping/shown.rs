//! The page of a mapping: how far it goes, its questions with what they feed, its words with how often each was met, what
//! came of a trial, and the mapping as text.

use super::super::clock::Clock;
use super::super::submissions::Names;
use super::super::{App, Desk, OperationHead, Pages};
use super::filled::{offered, print, tidy};
use super::{address, may_change, overview_address};
use crate::http::{Problem, Samples};
use crate::journey::events::area_name;
use crate::journey::mapping::{self, Answered, Dimension, LOOKED_AT, Look, Mapped, Tried, TriedRow, Workbench};
use crate::journey::settle;
use askama::Template;
use axum::response::Response;
use dtm_model::{Breakdown, FieldKind, Observation, RoundState, Setting, Sex, ValueKind};
use dtm_process::mapping::{
    Became, Coverage, FedBy, Feed, Fold, MalesFemales, Mapping, MetTable, Part, Question, WithoutSsid,
};
use dtm_publish::words::{Arg, Words};
use dtm_store::StoredMapping;
use std::collections::{BTreeMap, BTreeSet};

/// Questions on one page.
const QUESTIONS: usize = 40;
/// Answers of one part that are listed.
const ANSWERS: usize = 200;
/// Examples of one question.
const EXAMPLES: usize = 4;
/// Letters of an answer that are shown.
const LETTERS: usize = 60;
/// Kinds of site that the dictionary knows.
const SITE_TYPES: [&str; 5] = ["camp", "collective_centre", "informal_settlement", "dispersed", "other"];

/// Indicators by code and name.
type NamedIndicators = Vec<(String, String)>;

/// A mapping that is worked on, and what the page was asked to show of it.
#[derive(Default)]
pub(super) struct Working {
    pub(super) said: String,
    pub(super) mistakes: Option<(String, Vec<String>)>,
    pub(super) text: String,
    /// The version it was made from.
    pub(super) after: u32,
    pub(super) reason: String,
    /// Which questions are listed: all, `used`, `unused`.
    pub(super) list: String,
    pub(super) search: String,
    pub(super) page: String,
    /// The question that is open.
    pub(super) open: String,
    /// Whether it was tried, and what came of it; nothing where there are no records.
    pub(super) is_tried: bool,
    pub(super) tried: Option<Tried>,
}

impl Working {
    pub(super) fn new(bench: &Workbench) -> Self {
        Self { text: tidy(&bench.text()), after: bench.version(), ..Self::default() }
    }
}

/// What reads a question, in words, why, and how a button names it.
struct PartLine {
    words: String,
    why: &'static str,
    button: String,
}

struct QuestionLine {
    anchor: String,
    path: String,
    label: String,
    kind: &'static str,
    repeat: String,
    examples: Vec<(String, String)>,
    is_personal: bool,
    parts: Vec<PartLine>,
    /// The indicator whose name it bears, where the mapping does not read it.
    by_name: String,
    is_open: bool,
}

/// What can be chosen for the question that is open.
struct Choices {
    groups: Vec<(String, Vec<(String, String)>)>,
    /// The mapping's own names of population groups.
    names: Vec<String>,
}

struct AnswerLine {
    answer: String,
    label: String,
    n: String,
    is_open: bool,
    /// The word that stands in the mapping for it.
    word: String,
    /// What it is understood as without one.
    understood: String,
}

struct WordTable {
    code: String,
    anchor: String,
    name: String,
    questions: String,
    n_open: usize,
    open: String,
    blank: String,
    n_more: String,
    /// How many answers name an area as areas are called.
    n_areas: String,
    answers: Vec<AnswerLine>,
    /// Our words; none where any text may stand.
    words: Vec<(String, String)>,
    suggested: Vec<(String, String)>,
    is_origin: bool,
    /// The word for every record, where no question is read.
    always: Option<String>,
    otherwise: String,
    no_answer: String,
    folds: Vec<(&'static str, bool)>,
    is_personal: bool,
}

struct FigureRow {
    indicator: String,
    of: String,
    before: String,
    after: String,
    change: String,
    is_total: bool,
}

struct NoticeRow {
    severity: &'static str,
    message: String,
    before: String,
    after: String,
}

struct RowLine {
    title: String,
    href: String,
    is_changed: bool,
    answers: Vec<(String, String)>,
    before: Vec<String>,
    after: Vec<String>,
}

struct TrialView {
    about: String,
    settled_note: &'static str,
    keeps_figures: bool,
    changed: String,
    placed: String,
    figures: Vec<FigureRow>,
    notices: Vec<NoticeRow>,
    rows: Vec<RowLine>,
    hides_rows: bool,
}

struct Settings {
    name: String,
    date_otherwise: String,
    by_area_and_name: bool,
    only_as_reported: bool,
}

#[derive(Template)]
#[template(path = "office/mapping.html")]
struct View {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    /// The form; empty for imported tables.
    form: String,
    form_here: String,
    may_manage: bool,
    may_fill: bool,
    exercise: String,
    overview: String,
    here: String,
    may_change: bool,
    stands: String,
    reason_given: String,
    is_changed: bool,
    is_draft: bool,
    changes: Vec<String>,
    problems: Vec<String>,
    is_readable: bool,
    facts: Vec<(&'static str, String)>,
    sample: String,
    hides_answers: bool,
    list: &'static str,
    lists: Vec<(&'static str, String)>,
    search: String,
    pages: Pages,
    page: usize,
    questions: Vec<QuestionLine>,
    choices: Choices,
    tables: Vec<WordTable>,
    unfed: NamedIndicators,
    unfed_other: NamedIndicators,
    settings: Settings,
    is_tried: bool,
    trial: Option<TrialView>,
    text: String,
    rows: usize,
    print: String,
    after: u32,
    open: String,
    reason: String,
    versions: String,
    download: String,
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// One of our words in the reader's language.
fn word_name(w: &Words, part: &Part, word: &str) -> String {
    match part {
        Part::Kind => w.label("mapping-kind", word),
        Part::Present(_) => w.label("mapping-presence", word),
        Part::Reason(_) => w.reason(word),
        Part::Direction(_) => w.direction(word),
        Part::Source(key) => match key.as_str() {
            "kind" => w.label("verify-kind", word),
            "proximity" => w.label("verify-nearness", word),
            "basis" => w.label("verify-basis", word),
            "reliability" => w.label("mapping-reliability", word),
            _ => word.to_owned(),
        },
        _ => word.to_owned(),
    }
}

fn indicator_name(bench: &Workbench, w: &Words, code: &str) -> String {
    let label = bench.dictionary.get(code).map(|known| w.text(&known.label)).filter(|label| !label.is_empty());
    label.unwrap_or(code).to_owned()
}

fn kind_word(kind: Option<FieldKind>) -> &'static str {
    match kind {
        Some(FieldKind::Integer | FieldKind::Decimal) => "number",
        Some(FieldKind::Date | FieldKind::Time | FieldKind::DateTime) => "date",
        Some(FieldKind::Geopoint | FieldKind::Geotrace | FieldKind::Geoshape) => "position",
        Some(FieldKind::SelectOne) => "one",
        Some(FieldKind::SelectMultiple) => "several",
        Some(FieldKind::File) => "file",
        Some(FieldKind::Text) => "text",
        _ => "column",
    }
}

/// Why a question is read by a part: what the draft told it by, or somebody's choice.
fn why(part: &Part, path: &str, drafted: &[(String, Part)], told: &Coverage) -> &'static str {
    if !drafted.iter().any(|(known, by)| known == path && by == part) {
        return FedBy::Hand.code();
    }
    let fed = told.fed.iter().find(|feed| feed.question == path);
    // What no name and no tag told was told by the words of the label.
    fed.map_or(FedBy::Label, |feed| feed.by).code()
}

struct Shower<'a> {
    w: &'static Words,
    bench: &'a Workbench,
    samples: &'a Samples,
    look: &'a Look,
    /// What was answered to each question, with how often.
    met: Answered,
}

impl Shower<'_> {
    fn label(&self, question: &Question) -> String {
        let label = self.w.text(&question.label).trim();
        if label.is_empty() { question.short_name().to_owned() } else { label.to_owned() }
    }

    fn label_of(&self, name: &str) -> String {
        self.bench.questions.get(name).map_or_else(|| name.to_owned(), |question| short(&self.label(question)))
    }

    fn parts(&self, mapping: &Mapping) -> Vec<(String, Part)> {
        mapping.parts().into_iter().map(|(name, part)| (self.bench.path(name), part)).collect()
    }

    /// The questions of this list, in the order of the form.
    fn listed(&self, working: &Working) -> Vec<&Question> {
        let unused: BTreeSet<&String> = self.look.coverage.unused.iter().collect();
        let wanted = working.search.to_lowercase();
        let is_wanted = |question: &&Question| {
            let in_list = match working.list.as_str() {
                "used" => !unused.contains(&question.name),
                "unused" => unused.contains(&question.name),
                _ => true,
            };
            let is_found = || {
                question.name.to_lowercase().contains(&wanted) || self.label(question).to_lowercase().contains(&wanted)
            };
            in_list && (wanted.is_empty() || is_found())
        };
        self.bench.questions.iter().filter(is_wanted).collect()
    }

    fn question_lines(&self, questions: &[&Question], open: &str) -> Vec<QuestionLine> {
        let w = self.w;
        let mapping = self.look.mapping.clone().unwrap_or_default();
        let drafted = self.parts(&self.bench.draft.mapping);
        let asked = mapping.parts();
        let place: BTreeMap<&str, usize> =
            self.bench.questions.iter().enumerate().map(|(at, question)| (question.name.as_str(), at)).collect();
        let line = |question: &&Question| {
            let path = question.name.as_str();
            let mut examples: Vec<(&String, usize)> = self
                .met
                .get(path)
                .into_iter()
                .flatten()
                .filter(|(answer, n)| self.samples.shows(path, answer, **n))
                .map(|(answer, n)| (answer, *n))
                .collect();
            examples.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
            let parts = asked.iter().filter(|(name, _)| self.bench.path(name) == path).map(|(name, part)| PartLine {
                words: w.typeset(&part.words(&self.bench.dictionary, w.lang())),
                why: why(part, path, &drafted, &self.bench.draft.coverage),
                button: format!("take:{}\t{name}", part.code()),
            });
            let by_name = self.look.coverage.by_name.iter().find(|feed: &&Feed| feed.question == path);
            QuestionLine {
                anchor: format!("q{}", place.get(path).copied().unwrap_or_default()),
                label: self.label(question),
                kind: kind_word(question.kind),
                repeat: question.repeat.clone().unwrap_or_default(),
                examples: examples
                    .into_iter()
                    .take(EXAMPLES)
                    .map(|(answer, n)| (short(&self.answer_label(path, answer)), w.number(n as i64)))
                    .collect(),
                is_personal: self.samples.are_shown() && self.samples.is_personal(path),
                parts: parts.collect(),
                by_name: by_name.map(|feed| indicator_name(self.bench, w, &feed.indicator)).unwrap_or_default(),
                is_open: open == path,
                path: path.to_owned(),
            }
        };
        questions.iter().map(line).collect()
    }

    /// An answer as the form words it.
    fn answer_label(&self, path: &str, answer: &str) -> String {
        let fields = self.bench.schema.iter().flat_map(|schema| &schema.fields);
        let choice = fields.filter(|field| field.path == path).flat_map(|field| &field.choices);
        let choice = choice.into_iter().find(|choice| choice.name == answer);
        let label = choice.map(|choice| self.w.text(&choice.label).trim()).filter(|label| !label.is_empty());
        label.unwrap_or(answer).to_owned()
    }

    /// What the question that is open may be read as.
    fn choices(&self, mapping: &Mapping, open: &str) -> Choices {
        let w = self.w;
        let tool = self.bench.mapped.exercise.tool.code().to_uppercase();
        let mut counts: BTreeMap<(u8, String), Vec<(String, String)>> = BTreeMap::new();
        for indicator in self.bench.dictionary.iter() {
            if !matches!(indicator.kind, ValueKind::Integer | ValueKind::Decimal | ValueKind::Calculate) {
                continue;
            }
            let is_core = indicator.core_in.contains(&tool);
            let group = match is_core {
                true => (0, w.t_args("mapping-core", &[("tool", Arg::from(tool.clone()))])),
                false if indicator.group.is_some() && indicator.unit.is_some() => (1, w.t("mapping-counts-of-people")),
                false => (2, w.t("mapping-other-numbers")),
            };
            let name = w.pair(&indicator_name(self.bench, w, &indicator.code), &indicator.code);
            counts.entry(group).or_default().push((format!("count:{}", indicator.code), name));
        }
        let named = |part: &Part| (part.code(), w.typeset(&part.words(&self.bench.dictionary, w.lang())));
        let (plain, others): (Vec<Part>, Vec<Part>) =
            offered(mapping, self.bench.questions.get(open)).into_iter().partition(|part| Part::PLAIN.contains(part));
        let (voices, of_groups): (Vec<Part>, Vec<Part>) =
            others.into_iter().partition(|part| matches!(part, Part::Source(_) | Part::Sample { .. }));
        let mut groups: Vec<_> = counts.into_iter().map(|((_, name), choices)| (name, choices)).collect();
        groups.insert(groups.len().min(1), (w.t("mapping-of-place"), plain.iter().map(named).collect()));
        if !of_groups.is_empty() {
            groups.insert(2.min(groups.len()), (w.t("mapping-of-groups"), of_groups.iter().map(named).collect()));
        }
        groups.push((w.t("mapping-of-voices"), voices.iter().map(named).collect()));
        let usual = ["idp", "returnee", "returnee_abroad", "migrant", "host_community"].map(str::to_owned);
        let names: BTreeSet<String> = mapping.groups.keys().cloned().chain(usual).collect();
        Choices { groups, names: names.into_iter().collect() }
    }

    fn word_tables(&self, mapping: &Mapping) -> Vec<WordTable> {
        let met = self.look.tables.iter().enumerate().map(|(at, table)| self.word_table(mapping, table, at));
        let mut tables: Vec<WordTable> = met.collect();
        if mapping.place.kind.questions.is_empty() {
            let table = MetTable { part: Part::Kind, answers: Vec::new(), n_blank: 0 };
            let always = mapping.place.kind.always.clone().unwrap_or_default();
            tables.insert(0, WordTable { always: Some(always), ..self.word_table(mapping, &table, usize::MAX) });
        }
        tables
    }

    fn word_table(&self, mapping: &Mapping, table: &MetTable, at: usize) -> WordTable {
        let (w, part) = (self.w, &table.part);
        let asked: Vec<&str> =
            mapping.parts().into_iter().filter(|(_, known)| known == part).map(|(name, _)| name).collect();
        let paths: Vec<String> = asked.iter().map(|name| self.bench.path(name)).collect();
        let is_personal = paths.iter().any(|path| self.samples.is_personal(path));
        let label = |answer: &str| {
            let labels = paths.iter().map(|path| self.answer_label(path, answer));
            labels.into_iter().find(|label| label != answer).unwrap_or_default()
        };
        let declared = mapping.declared(part);
        let mut answers: Vec<AnswerLine> = Vec::new();
        let mut listed: BTreeSet<&str> = BTreeSet::new();
        let mut n_areas = 0;
        for met in table.answers.iter().filter(|_| !is_personal) {
            if matches!(met.became, Became::Area(_)) {
                n_areas += met.n;
                continue;
            }
            let understood = match &met.became {
                Became::Spelling { declared, word } => format!("{declared} → {}", word_name(w, part, word)),
                _ => String::new(),
            };
            listed.insert(&met.answer);
            answers.push(AnswerLine {
                label: label(&met.answer),
                n: w.number(met.n as i64),
                is_open: matches!(met.became, Became::Open(_)),
                word: declared.get(&met.answer).cloned().unwrap_or_default(),
                understood,
                answer: met.answer.clone(),
            });
        }
        // What may be answered and what somebody translated stands there, too, though nobody answered it yet.
        let offered = paths.iter().filter_map(|path| self.bench.questions.get(path)).flat_map(|known| &known.choices);
        let offered = offered.filter(|_| !matches!(part, Part::Origin(_))).chain(declared.keys());
        for answer in offered {
            if listed.insert(answer) {
                answers.push(AnswerLine {
                    label: label(answer),
                    n: w.number(0),
                    is_open: false,
                    word: declared.get(answer).cloned().unwrap_or_default(),
                    understood: String::new(),
                    answer: answer.clone(),
                });
            }
        }
        let n_more = answers.len().saturating_sub(ANSWERS);
        answers.truncate(ANSWERS);
        let reading = mapping.reading(part).unwrap_or_default();
        let n_open = table.open().count();
        let n_open_records: usize = table.open().map(|met| met.n).sum();
        let open = [("n", Arg::from(n_open as i64)), ("records", w.number(n_open_records as i64).into())];
        let suggested = match part {
            Part::SiteType => SITE_TYPES.map(|word| (word.to_owned(), word.to_owned())).into(),
            Part::Origin(name) => {
                let level = mapping.groups.get(name).and_then(|group| group.origin.as_ref()).map_or(1, |of| of.level);
                let areas = self.bench.atlas.areas().filter(|area| area.level == level);
                areas.map(|area| (area.pcode.to_string(), w.text(&area.name).to_owned())).collect()
            }
            _ => Vec::new(),
        };
        WordTable {
            code: part.code(),
            anchor: if at == usize::MAX { "kind".to_owned() } else { format!("t{at}") },
            name: w.typeset(&part.words(&self.bench.dictionary, w.lang())),
            questions: asked.iter().map(|name| self.label_of(name)).collect::<Vec<_>>().join(" · "),
            n_open,
            open: w.t_args("mapping-open-n", &open),
            blank: w.t_n("mapping-blank-n", table.n_blank as i64),
            n_more: if n_more > 0 { w.t_n("mapping-more-answers", n_more as i64) } else { String::new() },
            n_areas: if n_areas > 0 { w.t_n("mapping-areas-n", n_areas as i64) } else { String::new() },
            answers,
            words: part.allowed().iter().map(|word| ((*word).to_owned(), word_name(w, part, word))).collect(),
            suggested,
            is_origin: matches!(part, Part::Origin(_)),
            always: None,
            otherwise: reading.otherwise.unwrap_or_default(),
            no_answer: reading.blank.unwrap_or_default(),
            folds: Fold::ALL.map(|fold| (fold.code(), reading.fold.contains(&fold))).into(),
            is_personal,
        }
    }

    fn breakdown(&self, breakdown: &Breakdown) -> String {
        let w = self.w;
        let parts = [
            breakdown.sex.map(|sex| w.sex(sex.code())),
            breakdown.age.as_ref().map(|age| w.age(age)),
            breakdown.reason.as_ref().map(|reason| w.reason(reason)),
            breakdown.origin.as_ref().map(|origin| area_name(&self.bench.atlas, origin, w.lang())),
            breakdown.direction.as_ref().map(|direction| w.direction(direction)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn observation(&self, one: &Observation) -> String {
        let name = indicator_name(self.bench, self.w, &one.indicator);
        let which = self.breakdown(&one.breakdown);
        let name = if which.is_empty() { name } else { format!("{name} ({which})") };
        self.w.pair(&name, &self.w.decimal(one.value, usize::from(one.value.fract() != 0.0)))
    }

    fn dimension(&self, of: &Dimension) -> String {
        let w = self.w;
        match of {
            Dimension::Everyone => String::new(),
            Dimension::In(Setting::Site) => w.label("mapping-kind", "site"),
            Dimension::In(Setting::HostCommunity) => w.label("mapping-kind", "host_community"),
            Dimension::Reason(reason) => w.reason(reason),
            Dimension::Origin(Some(origin)) => {
                let name = area_name(&self.bench.atlas, origin, w.lang());
                w.t_args("mapping-from-area", &[("area", Arg::from(name))])
            }
            Dimension::Origin(None) => w.t("mapping-from-nowhere"),
            Dimension::Direction(direction) => w.direction(direction),
            Dimension::People(sex, age) => {
                let parts = [sex.map(|sex: Sex| w.sex(sex.code())), age.as_ref().map(|age| w.age(age))];
                parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
            }
        }
    }

    fn row(&self, row: &TriedRow) -> RowLine {
        let is_shown = |question: &String, answer: &String| {
            let path = self.bench.path(question);
            let n = self.met.get(&path).and_then(|answers| answers.get(answer)).copied().unwrap_or_default();
            self.samples.shows(&path, answer, n)
        };
        let answers = row.answers.iter().map(|(question, answer)| {
            let shown = match is_shown(question, answer) {
                true => short(&self.answer_label(&self.bench.path(question), answer)),
                false => "•••".to_owned(),
            };
            (self.label_of(question), shown)
        });
        let told = |observations: &[Observation]| observations.iter().map(|one| self.observation(one)).collect();
        RowLine {
            title: row.place.as_ref().map_or_else(|| self.w.t("mapping-no-place"), |place| place.name.clone()),
            href: format!("/office/records/{}", row.record),
            is_changed: row.is_changed(),
            answers: answers.collect(),
            before: if row.is_changed() { told(&row.before) } else { Vec::new() },
            after: told(&row.after),
        }
    }

    fn trial(&self, tried: &Tried) -> TrialView {
        let w = self.w;
        let number = |n: Option<f64>| n.map_or_else(|| "–".to_owned(), |n| w.number(n.round() as i64));
        let figures = tried.figures.iter().map(|line| {
            let change = (line.after.unwrap_or_default() - line.before.unwrap_or_default()).round() as i64;
            FigureRow {
                indicator: indicator_name(self.bench, w, &line.indicator),
                of: self.dimension(&line.of),
                before: number(line.before),
                after: number(line.after),
                change: if line.before == line.after { String::new() } else { w.difference(change) },
                is_total: line.of == Dimension::Everyone,
            }
        });
        let notices = tried.notices.iter().map(|line| NoticeRow {
            severity: settle::severity_code(line.severity),
            message: match self.samples.are_shown() {
                true => w.typeset(&settle::message(&line.example, w.lang())),
                false => line.check.clone(),
            },
            before: w.number(line.n[0] as i64),
            after: w.number(line.n[1] as i64),
        });
        let label = Arg::from(tried.round.label.as_str());
        let n = Arg::from(tried.n_records as i64);
        let about = if tried.is_all { "mapping-tried-all" } else { "mapping-tried-newest" };
        let [before, after] = tried.n_placed.map(|n| Arg::from(w.number(n as i64)));
        TrialView {
            about: w.t_args(about, &[("n", n), ("label", label)]),
            settled_note: if tried.is_settled { "mapping-figures-settled" } else { "mapping-figures-sums" },
            keeps_figures: tried.round.state >= RoundState::Cleared,
            changed: w.t_n("mapping-rows-changed", tried.n_changed as i64),
            placed: w.t_args("mapping-placed", &[("before", before), ("after", after)]),
            figures: figures.collect(),
            notices: notices.collect(),
            rows: tried.rows.iter().filter(|_| self.samples.are_shown()).map(|row| self.row(row)).collect(),
            hides_rows: !self.samples.are_shown(),
        }
    }

    /// Core indicators of this tool that nothing feeds, and those of other tools.
    fn unfed(&self) -> [NamedIndicators; 2] {
        let tool = self.bench.mapped.exercise.tool.code().to_uppercase();
        let named = |code: &String| (code.clone(), indicator_name(self.bench, self.w, code));
        let is_core =
            |code: &&String| self.bench.dictionary.get(code).is_some_and(|known| known.core_in.contains(&tool));
        let (core, other): (Vec<&String>, Vec<&String>) = self.look.coverage.unfed.iter().partition(is_core);
        [core.into_iter().map(named).collect(), other.into_iter().map(named).collect()]
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let (w, coverage) = (self.w, &self.look.coverage);
        let number = |n: usize| w.number(n as i64);
        let n_questions = self.bench.questions.iter().count();
        let of = |n: usize, all: usize| {
            w.t_args("mapping-n-of", &[("n", Arg::from(number(n))), ("all", Arg::from(number(all)))])
        };
        let [core, _] = self.unfed();
        let mut facts = vec![
            ("mapping-fact-fed", number(self.look.n_fed())),
            ("mapping-fact-unfed", number(core.len())),
            ("mapping-fact-used", of(n_questions - coverage.unused.len(), n_questions)),
            ("mapping-fact-unused", number(coverage.unused.len())),
        ];
        facts.push(("mapping-fact-open", number(self.look.n_open())));
        facts
    }
}

/// The sentence about a version: who made it, when.
pub(super) async fn told_of(
    app: &App,
    desk: &Desk,
    mapped: &Mapped,
    version: &StoredMapping,
) -> Result<String, Problem> {
    let w = desk.words();
    let by = match version.made_by.as_str() {
        // A job drafted it from names; nobody chose anything.
        by if by.starts_with("job:") => w.t("mapping-by-draft"),
        by => Names::new(app).of(by).await?,
    };
    let args = [
        ("n", Arg::from(version.version.to_string())),
        ("by", Arg::from(by)),
        ("when", Arg::from(Clock::of(w, &mapped.operation).text(version.made_at))),
    ];
    Ok(w.t_args("mapping-version-by", &args))
}

/// What is said where somebody else kept a version meanwhile.
pub(super) async fn kept_since(
    app: &App,
    desk: &Desk,
    mapped: &Mapped,
    newer: &StoredMapping,
) -> Result<String, Problem> {
    let told = told_of(app, desk, mapped, newer).await?;
    let args = [("version", Arg::from(told)), ("reason", Arg::from(newer.reason.clone()))];
    Ok(desk.words().t_args("mapping-kept-since", &args))
}

/// The records that the page looks at, in words.
pub(super) fn sample_words(w: &Words, bench: &Workbench) -> String {
    let Some(round) = &bench.sample.round else { return w.t("mapping-no-records") };
    let key = if bench.sample.is_all { "mapping-sample-all" } else { "mapping-sample-newest" };
    let n = Arg::from(bench.sample.records.len() as i64);
    w.t_args(key, &[("n", n), ("label", Arg::from(round.label.as_str()))])
}

pub(super) async fn page(
    app: &App,
    desk: &Desk,
    bench: &Workbench,
    samples: &Samples,
    working: Working,
) -> Result<Response, Problem> {
    let (w, mapped) = (desk.words(), &bench.mapped);
    let look = bench.look(&working.text);
    let met = if samples.are_shown() { bench.sample.answers(LOOKED_AT) } else { Answered::new() };
    let shower = Shower { w, bench, samples, look: &look, met };
    let mapping = look.mapping.clone().unwrap_or_default();
    let here = address(mapped);
    let listed = shower.listed(&working);
    let list = ["used", "unused"].into_iter().find(|list| *list == working.list).unwrap_or("all");
    let kept = format!(
        "{here}?list={list}&search={}",
        percent_encoding::utf8_percent_encode(&working.search, percent_encoding::NON_ALPHANUMERIC)
    );
    let (pages, range) = Pages::cut(w, &kept, &working.page, listed.len(), QUESTIONS);
    let page = range.start / QUESTIONS + 1;
    let in_force = bench.stands.as_ref().map(|stands| tidy(&stands.text));
    let changes = match &in_force {
        Some(text) => mapping::differences(text, &working.text, &bench.dictionary),
        None => Vec::new(),
    };
    let n_all = bench.questions.iter().count();
    let n_unused = look.coverage.unused.len();
    let [unfed, unfed_other] = shower.unfed();
    let stands = match &bench.stands {
        Some(version) => told_of(app, desk, mapped, version).await?,
        None => w.t("mapping-none-yet"),
    };
    let may_change = may_change(desk, mapped);
    let view = View {
        w,
        said: working.said,
        mistakes: working.mistakes,
        operation: OperationHead::new(app, desk, &mapped.operation).await?,
        form: mapped.form.as_ref().map(|form| form.name.clone()).unwrap_or_default(),
        form_here: here.trim_end_matches("/mapping").to_owned(),
        may_manage: may_change,
        may_fill: false,
        exercise: w.text(&mapped.exercise.name).to_owned(),
        overview: overview_address(&mapped.operation),
        may_change,
        stands,
        reason_given: bench.stands.as_ref().map(|stands| stands.reason.clone()).unwrap_or_default(),
        is_changed: in_force.as_ref() != Some(&working.text),
        is_draft: in_force.is_none(),
        changes: changes.iter().map(|change| w.typeset(&change.message(desk.lang))).collect(),
        problems: look.problems.iter().map(|problem| w.typeset(&problem.message(desk.lang))).collect(),
        is_readable: look.mapping.is_some(),
        facts: shower.facts(),
        sample: sample_words(w, bench),
        hides_answers: !samples.are_shown(),
        list,
        lists: [("all", n_all), ("used", n_all - n_unused), ("unused", n_unused)]
            .map(|(list, n)| (list, w.number(n as i64)))
            .into(),
        search: working.search,
        questions: shower.question_lines(&listed[range], &working.open),
        page,
        pages,
        choices: shower.choices(&mapping, &working.open),
        tables: if look.mapping.is_some() { shower.word_tables(&mapping) } else { Vec::new() },
        unfed,
        unfed_other,
        settings: Settings {
            name: mapping.name.clone(),
            date_otherwise: mapping.date.otherwise.map(|day| day.to_string()).unwrap_or_default(),
            by_area_and_name: mapping.place.without_ssid == WithoutSsid::AreaAndName,
            only_as_reported: mapping.tables.males_females == MalesFemales::OnlyAsReported,
        },
        is_tried: working.is_tried,
        trial: working.tried.as_ref().map(|tried| shower.trial(tried)),
        rows: working.text.lines().count().clamp(8, 40),
        print: print(&working.text),
        text: working.text,
        after: working.after,
        open: working.open,
        reason: working.reason,
        versions: format!("{here}/versions"),
        download: bench.stands.as_ref().map(|stands| format!("{here}/{}.toml", stands.version)).unwrap_or_default(),
        here,
    };
    desk.answer(&w.t("mapping-title"), view.render(), view.mistakes.is_some())
}
