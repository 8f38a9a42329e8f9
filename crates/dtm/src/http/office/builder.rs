//! The form builder: a standard form, made to measure and taken home as an XLSForm or stored as a draft.

use super::super::problem::Problem;
use super::super::viewer::Verb;
use super::{App, Desk, OperationHead};
use crate::cli::Mistakes;
use crate::journey::forms;
use crate::journey::standard::{Material, Wish, languages, version_of_today};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use dtm_capture::standard::{Draft, Need, TOOLS, outline};
use dtm_model::{Lang, Operation, Tool};
use dtm_publish::words::{Arg, Words};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The most fields one post of this page may hold; the largest form has a tenth of them.
const MAX_FIELDS: usize = 5000;

/// The wording of a question in one language.
struct Wording {
    field: String,
    lang: String,
    text: String,
}

/// A question as the page offers it.
struct Line {
    code: String,
    label: String,
    core: bool,
    taken: bool,
    position: usize,
    wording: Vec<Wording>,
}

struct Part {
    name: String,
    title: String,
    repeat: bool,
    position: usize,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "office/builder.html")]
struct BuilderView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    notes: Vec<String>,
    operation: OperationHead,
    here: String,
    /// Code and name of each tool that has a standard form.
    tools: Vec<(&'static str, String)>,
    tool: &'static str,
    languages: String,
    form_id: String,
    title: String,
    version: String,
    more: String,
    parts: Vec<Part>,
    /// Entries of the dictionary that may be added: code and label.
    dictionary: Vec<(String, String)>,
    exercises: Vec<(String, String)>,
    summary: String,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    tool: String,
    #[serde(default)]
    languages: String,
}

/// What the page's form holds.
struct Chosen {
    wish: Wish,
    taken: BTreeSet<String>,
    more: Vec<String>,
    act: String,
    exercise: String,
}

impl Chosen {
    /// The form as it stands in the outline.
    fn usual(tool: Tool, wanted: &str) -> Self {
        let languages = languages(if wanted.trim().is_empty() { "en,fr" } else { wanted });
        let wish = Wish {
            tool,
            languages,
            with: Vec::new(),
            without: Vec::new(),
            order: Vec::new(),
            wording: BTreeMap::new(),
            form_id: String::new(),
            title: String::new(),
            version: version_of_today(),
        };
        let questions = outline(tool).into_iter().flat_map(|outline| outline.sections).flat_map(|part| part.questions);
        let taken = questions.filter(|question| !question.offer).map(|question| question.code).collect();
        Self { wish, taken, more: Vec::new(), act: String::new(), exercise: String::new() }
    }

    fn read(fields: Vec<(String, String)>) -> Option<Self> {
        let of = |name: &str| fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim());
        let mut chosen = Self::usual(tool_of(of("tool"))?, of("languages"));
        (chosen.act, chosen.exercise) = (of("act").to_owned(), of("exercise").to_owned());
        let wish = &mut chosen.wish;
        (wish.form_id, wish.title) = (of("form_id").to_owned(), of("title").to_owned());
        if !of("version").is_empty() {
            wish.version = of("version").to_owned();
        }
        chosen.taken = fields.iter().filter(|(name, _)| name == "q").map(|(_, code)| code.clone()).collect();
        let more = of("more").split([',', ' ', ';', '\n']).map(str::trim).filter(|code| !code.is_empty());
        chosen.more = more.map(str::to_owned).collect();
        let outline = outline(wish.tool)?;
        let questions = || outline.sections.iter().flat_map(|part| &part.questions);
        for question in questions() {
            match (question.offer, chosen.taken.contains(&question.code)) {
                (true, true) => wish.with.push(question.code.clone()),
                (false, false) => wish.without.push(question.code.clone()),
                _ => {}
            }
        }
        wish.with.extend(chosen.more.iter().cloned());
        let mut positions: Vec<(usize, usize, String)> = Vec::new();
        for (at, (name, value)) in fields.iter().enumerate() {
            if let Some(code) = name.strip_prefix("p.")
                && let Ok(position) = value.trim().parse()
            {
                positions.push((position, at, code.to_owned()));
            }
            if let Some((code, lang)) = name.strip_prefix("w.").and_then(|rest| rest.rsplit_once('.')) {
                let written = questions().find(|question| question.code == code).map(|question| match lang {
                    "en" => question.en.as_str(),
                    "fr" => question.fr.as_str(),
                    _ => "",
                });
                if written != Some(value.trim()) && !value.trim().is_empty() {
                    wish.wording.insert((code.to_owned(), lang.to_owned()), value.trim().to_owned());
                }
            }
        }
        positions.sort();
        wish.order = positions.into_iter().map(|(_, _, code)| code).collect();
        Some(chosen)
    }

    /// Core questions are asked whether or not their box came back: a disabled box is not sent.
    fn keep_core(&mut self, material: &Material) {
        let tool = self.wish.tool.code();
        let is_core = |code: &String| {
            let entry = material.dictionary.get(code);
            let outline = outline(self.wish.tool).into_iter().flat_map(|outline| outline.sections);
            entry.is_some_and(|entry| entry.core_in.iter().any(|core| core.eq_ignore_ascii_case(tool)))
                || outline.flat_map(|part| part.questions).any(|question| question.core && question.code == *code)
        };
        self.wish.without.retain(|code| !is_core(code));
    }
}

fn tool_of(code: &str) -> Option<Tool> {
    Tool::from_code(code).filter(|tool| TOOLS.contains(tool))
}

async fn view(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    material: &Material,
    chosen: &Chosen,
) -> Result<BuilderView, Problem> {
    let w = desk.words();
    let tool = chosen.wish.tool;
    let draft = material.draft(&chosen.wish);
    let need = |code: &str| {
        let row = draft.as_ref().ok().and_then(|draft| draft.rows.iter().find(|row| row.name == code));
        row.and_then(|row| row.need)
    };
    let mut parts = Vec::new();
    for section in outline(tool).map(|outline| outline.sections).unwrap_or_default() {
        let lines = section.questions.iter().filter(|question| !question.en.is_empty());
        let lines: Vec<Line> = lines
            .map(|question| Line {
                code: question.code.clone(),
                label: if desk.lang == Lang::Fr { question.fr.clone() } else { question.en.clone() },
                core: need(&question.code) == Some(Need::Core),
                taken: chosen.taken.contains(&question.code) || need(&question.code) == Some(Need::Core),
                position: chosen.wish.order.iter().position(|code| *code == question.code).map_or(0, |at| at + 1),
                wording: chosen
                    .wish
                    .languages
                    .iter()
                    .map(|lang| Wording {
                        field: format!("w.{}.{lang}", question.code),
                        lang: lang.clone(),
                        text: chosen.wish.wording.get(&(question.code.clone(), lang.clone())).cloned().unwrap_or_else(
                            || match lang.as_str() {
                                "en" => question.en.clone(),
                                "fr" => question.fr.clone(),
                                _ => String::new(),
                            },
                        ),
                    })
                    .collect(),
            })
            .collect();
        if !lines.is_empty() {
            parts.push(Part {
                position: chosen.wish.order.iter().position(|name| *name == section.name).map_or(0, |at| at + 1),
                title: w.text(&section.title).to_owned(),
                name: section.name,
                repeat: section.repeat,
                lines,
            });
        }
    }
    let head = OperationHead::new(app, desk, operation).await?;
    let exercises = app.store.exercises(&operation.id).await?;
    let outline_id = outline(tool).map(|outline| outline.id).unwrap_or_default();
    Ok(BuilderView {
        w,
        said: String::new(),
        mistakes: draft
            .as_ref()
            .err()
            .map(|error| (w.t("builder-refused"), vec![w.typeset(&error.message(desk.lang))])),
        notes: draft.as_ref().map(|draft| untranslated(w, draft)).unwrap_or_default(),
        here: format!("{}/forms/new", head.here),
        operation: head,
        tools: TOOLS.iter().map(|tool| (tool.code(), w.label("tool", tool.code()))).collect(),
        tool: tool.code(),
        languages: chosen.wish.languages.join(", "),
        form_id: if chosen.wish.form_id.is_empty() { outline_id } else { chosen.wish.form_id.clone() },
        title: chosen.wish.title.clone(),
        version: chosen.wish.version.clone(),
        more: chosen.more.join(", "),
        parts,
        dictionary: material
            .dictionary
            .iter()
            .map(|entry| (entry.code.clone(), w.text(&entry.label).to_owned()))
            .collect(),
        exercises: exercises.iter().map(|e| (e.slug.clone(), w.text(&e.name).to_owned())).collect(),
        summary: draft.as_ref().map(|draft| summary(w, draft)).unwrap_or_default(),
    })
}

fn summary(w: &Words, draft: &Draft) -> String {
    let count = |need| draft.rows.iter().filter(|row| row.need == Some(need)).count() as i64;
    let [core, usual, demand] = [Need::Core, Need::Usual, Need::OnDemand].map(count);
    let numbers = [("n", w.number(core + usual + demand).into()), ("core", w.number(core).into())];
    w.t_args("builder-summary", &numbers)
}

fn untranslated(w: &Words, draft: &Draft) -> Vec<String> {
    let line = |(lang, n): (&String, &usize)| {
        w.t_args("builder-untranslated", &[("n", w.number(*n as i64).into()), ("lang", Arg::from(lang.as_str()))])
    };
    draft.untranslated().iter().map(line).collect()
}

/// Shows a tool's standard form with everything that can be chosen.
pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::FormCreate, &slug).await?;
    let material = Material::of(&app.store, &operation).await?;
    let chosen = Chosen::usual(tool_of(&asked.tool).unwrap_or(Tool::B2), &asked.languages);
    let view = view(&app, &desk, &operation, &material, &chosen).await?;
    desk.page(&desk.words().t("builder-title"), view.render())
}

/// Makes the form as chosen: shows it again, gives the workbook, or stores it as a draft.
pub(super) async fn make(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::FormCreate, &slug).await?;
    let bad = || Problem::bad_request("bad_form", "The form could not be read.", "Le formulaire n’a pas pu être lu.");
    if fields.len() > MAX_FIELDS {
        return Err(bad());
    }
    let mut chosen = Chosen::read(fields).ok_or_else(bad)?;
    let material = Material::of(&app.store, &operation).await?;
    chosen.keep_core(&material);
    let w = desk.words();
    let mut told = None;
    if let Ok(draft) = material.draft(&chosen.wish)
        && chosen.act != "show"
    {
        let bytes = draft.workbook().map_err(Problem::internal)?;
        if chosen.act == "download" {
            return Ok(workbook(&draft, bytes));
        }
        told = Some(store(&app, &desk, &operation, &chosen, &draft, bytes).await?);
    }
    let mut view = view(&app, &desk, &operation, &material, &chosen).await?;
    match told {
        Some(Ok(said)) => view.said = said,
        Some(Err(mistakes)) => view.mistakes = Some(mistakes),
        None => {}
    }
    desk.answer(&w.t("builder-title"), view.render(), view.mistakes.is_some())
}

fn workbook(draft: &Draft, bytes: Vec<u8>) -> Response {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = draft.form_id.chars().take(100).map(safe).collect();
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}.xlsx\""));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ),
        (header::CONTENT_DISPOSITION, disposition.expect("the name holds only letters, digits, `-`, `_` and `.`")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, bytes).into_response()
}

type Told = Result<String, (String, Vec<String>)>;

/// Stores the form as a draft of an exercise, by the way every uploaded form takes.
async fn store(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    chosen: &Chosen,
    draft: &Draft,
    bytes: Vec<u8>,
) -> Result<Told, Problem> {
    let w = desk.words();
    let Some(exercise) = app.store.exercise_by_slug(&operation.id, &chosen.exercise).await? else {
        return Ok(Err((w.t("office-no-exercise"), Vec::new())));
    };
    let file_name = format!("{}.xlsx", draft.form_id);
    let upload = forms::Upload { file_name: &file_name, bytes, publish: false, lang: desk.lang };
    match forms::upload(&app.store, &app.blobs, &app.vault, &exercise, upload, desk.viewer()?.stamp()).await {
        Ok(uploaded) => {
            let names = [
                ("form", Arg::from(uploaded.version.schema.xml_form_id)),
                ("version", Arg::from(uploaded.version.version)),
            ];
            Ok(Ok(w.t_args("office-form-uploaded", &names)))
        }
        Err(error) => match error.downcast::<Mistakes>() {
            Ok(mistakes) => {
                Ok(Err((w.t("office-form-mistakes"), mistakes.lines.iter().map(|line| w.typeset(line)).collect())))
            }
            Err(other) => Err(other.into()),
        },
    }
}
