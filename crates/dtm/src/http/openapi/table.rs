//! The table of what can be called under `/v1`: text files, one block an operation.
//!
//! ```text
//! GET /v1/projects/{project}/forms/{form}.xml form-xml of /v1/projects/{project}/forms/{form}
//!   query: st text
//!   with: paging extended
//!   body: json NewForm | xml | nothing
//!   gives: 201 json [Form]
//!   problems: 409.3
//! ```
//!
//! The first line has the method, the address, the operation's name (its words are `rest-op-` and the name) and, where the
//! router has another address for it, that one after `of`. `like` takes everything else from another operation. `open`
//! says that nobody needs to sign in, `openrosa` that problems come in the envelope of phones, `problem-xml` that they
//! come as the clients of `$metadata` expect. What follows from the address and the kind of operation (401, 403, 404,
//! unreadable bodies) is not repeated in the table; see [`Operation::problems`]. That the table and the routers have the
//! same addresses, and that every answer is as the table says, is tested (`tests/it/described.rs`).

use super::shape::{Record, Shape};
use std::sync::LazyLock;

const TEXTS: [&str; 14] = [
    include_str!("table/people.txt"),
    include_str!("table/forms.txt"),
    include_str!("table/submissions.txt"),
    include_str!("table/entities.txt"),
    include_str!("table/rounds.txt"),
    include_str!("table/events.txt"),
    include_str!("table/cleaning.txt"),
    include_str!("table/flows.txt"),
    include_str!("table/verification.txt"),
    include_str!("table/supervision.txt"),
    include_str!("table/checking.txt"),
    include_str!("table/mappings.txt"),
    include_str!("table/places.txt"),
    include_str!("table/published.txt"),
];

/// Everything the tables say.
pub(super) struct Table {
    pub(super) operations: Vec<Operation>,
    pub(super) records: Vec<Record>,
}

pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table { operations: read(&TEXTS), records: Record::read_all(include_str!("table/shapes.txt")) });

/// One thing that can be called.
#[derive(Clone, Debug, Default)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    /// The address as people read it.
    pub(super) path: &'static str,
    /// The address as the router has it.
    pub(super) route: &'static str,
    pub(super) name: &'static str,
    pub(super) tag: &'static str,
    /// The operation that this one is like, for another place.
    pub(super) like: Option<&'static str>,
    pub(super) query: Vec<Parameter>,
    pub(super) headers: Vec<Parameter>,
    pub(super) paging: bool,
    pub(super) extended: bool,
    pub(super) bodies: Vec<Content>,
    /// Whether there need be no body.
    pub(super) body_optional: bool,
    pub(super) status: u16,
    pub(super) gives: Option<Content>,
    further_problems: Vec<&'static str>,
    pub(super) open: bool,
    pub(super) openrosa: bool,
    pub(super) problem_xml: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
}

/// A body or an answer: its media type, and what it holds where that is JSON.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) media: &'static str,
    pub(super) shape: Option<Shape>,
}

impl Content {
    fn read(text: &'static str) -> Content {
        let (word, shape) = text.trim().split_once(' ').map_or((text.trim(), None), |(word, rest)| (word, Some(rest)));
        Content { media: media_type(word), shape: shape.map(Shape::read) }
    }
}

fn media_type(word: &'static str) -> &'static str {
    match word {
        "json" => "application/json",
        "xml" => "application/xml",
        "openrosa" => "text/xml",
        "csv" => "text/csv",
        "zip" => "application/zip",
        "geojson" => "application/geo+json",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xls" => "application/vnd.ms-excel",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "toml" => "application/toml",
        "form" => "application/x-www-form-urlencoded",
        "multipart" => "multipart/form-data",
        "any" => "*/*",
        other => other,
    }
}

impl Operation {
    /// The names that stand in braces in the address.
    pub(super) fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
    }

    /// Whether it changes something.
    pub(super) fn writes(&self) -> bool {
        !["GET", "HEAD"].contains(&self.method)
    }

    /// Whether a token in the address lets in.
    pub(super) fn by_token(&self) -> bool {
        self.path.starts_with("/v1/key/") || self.path.starts_with("/v1/test/")
    }

    /// Every problem that may come instead of the answer, by ODK Central's numbers, in order.
    pub(super) fn problems(&self) -> Vec<&'static str> {
        let mut all = self.further_problems.clone();
        let mut add = |codes: &[&'static str]| all.extend(codes);
        if !self.open {
            add(&["401.2", "401.3", "403.1", "429.1"]);
        }
        if self.path.contains('{') {
            add(&["404.1"]);
        }
        if self.path.contains('{') || !self.query.is_empty() || !self.bodies.is_empty() || self.paging || self.openrosa
        {
            add(&["400.1", "400.2", "400.8", "400.11"]);
        }
        if self.bodies.iter().any(|body| body.media == "multipart/form-data") {
            add(&["400.7"]);
        }
        if self.writes() {
            // A page of another site makes the browser send it.
            add(&["403.1", "507.1"]);
        }
        if !self.bodies.is_empty() {
            add(&["408.1", "413.1"]);
        }
        add(&["500.1", "503.1"]);
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The key of the words for what it does.
    pub(super) fn words(&self) -> String {
        format!("rest-op-{}", self.like.unwrap_or(self.name))
    }

    /// The key of the words for where, for those that are like another.
    pub(super) fn place(&self) -> Option<&'static str> {
        self.like?;
        Some(match self.path {
            path if path.starts_with("/v1/key/") => "rest-at-key",
            path if path.starts_with("/v1/test/") => "rest-at-test",
            path if path.contains("/draft") => "rest-at-draft",
            path if path.contains("/versions/") => "rest-at-version",
            path if path.contains("/forms/") => "rest-at-form",
            _ => "rest-at-project",
        })
    }
}

fn read(texts: &[&'static str]) -> Vec<Operation> {
    let mut all: Vec<Operation> = Vec::new();
    for text in texts {
        let mut tag = "";
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            match (line.strip_prefix("  "), all.last_mut()) {
                (Some(line), Some(operation)) => operation.learn(line),
                _ => match line.strip_prefix("tag ") {
                    Some(name) => tag = name,
                    None => {
                        let operation = begun(line, tag, &all);
                        all.push(operation);
                    }
                },
            }
        }
    }
    all
}

/// The operation that a first line begins.
fn begun(line: &'static str, tag: &'static str, before: &[Operation]) -> Operation {
    let words: Vec<&'static str> = line.split(' ').collect();
    let after = |word: &str| {
        let at = words.iter().position(|known| *known == word)?;
        words.get(at + 1).copied()
    };
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let like = after("like");
    let model = like.and_then(|name| before.iter().find(|operation| operation.name == name)).cloned();
    let path = word(1);
    Operation {
        method: word(0),
        path,
        route: after("of").unwrap_or(path),
        name: word(2),
        tag,
        like,
        ..model.unwrap_or(Operation { status: 200, ..Operation::default() })
    }
}

impl Operation {
    /// Learns what one line below the first says.
    fn learn(&mut self, line: &'static str) {
        let (word, rest) = line.split_once(": ").unwrap_or((line, ""));
        match word {
            "query" => self.query = parameters(rest),
            "headers" => self.headers = parameters(rest),
            "with" => {
                self.paging = rest.contains("paging");
                self.extended = rest.contains("extended");
            }
            "body" => {
                let all = rest.split(" | ");
                self.body_optional = all.clone().any(|body| body == "nothing" || body.ends_with('?'));
                self.bodies = all.filter(|body| *body != "nothing").map(Content::read).collect();
            }
            "gives" => {
                let (status, content) = match rest.split_once(' ') {
                    Some((status, content)) if status.parse::<u16>().is_ok() => (status, content),
                    _ if rest.parse::<u16>().is_ok() => (rest, ""),
                    _ => ("200", rest),
                };
                self.status = status.parse().unwrap_or(200);
                self.gives = (!content.is_empty()).then(|| Content::read(content));
            }
            "problems" => self.further_problems = rest.split(' ').collect(),
            "open" => self.open = true,
            "openrosa" => self.openrosa = true,
            "problem-xml" => self.problem_xml = true,
            _ => {}
        }
    }
}

fn parameters(text: &'static str) -> Vec<Parameter> {
    let one = |text: &'static str| {
        let (name, shape) = text.trim().split_once(' ').unwrap_or((text, "text"));
        Parameter { name, shape: Shape::read(shape) }
    };
    text.split(',').map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_line_of_the_tables_is_understood() {
        for line in TEXTS.iter().flat_map(|text| text.lines()).filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let word = line.trim().split([':', ' ']).next().unwrap();
            let known = match line.starts_with("  ") {
                true => ["query", "headers", "with", "body", "gives", "problems", "open", "openrosa", "problem-xml"],
                false => ["tag", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "", ""],
            };
            assert!(known.contains(&word), "{line}");
        }
        for operation in &TABLE.operations {
            assert!(operation.gives.is_some() || [204, 303].contains(&operation.status), "{}", operation.name);
            let like = operation.like.is_none_or(|like| TABLE.operations.iter().any(|one| one.name == like));
            assert!(like, "{} is like nothing", operation.name);
        }
    }

    #[test]
    fn names_and_addresses_stand_once() {
        let mut seen = BTreeSet::new();
        for operation in &TABLE.operations {
            assert!(seen.insert(operation.name.to_owned()), "{}", operation.name);
            assert!(seen.insert(format!("{} {}", operation.method, operation.path)), "{}", operation.path);
        }
    }

    #[test]
    fn every_shape_that_is_named_exists_and_is_used() {
        let known: BTreeSet<&str> = TABLE.records.iter().map(|record| record.name).collect();
        assert_eq!(known.len(), TABLE.records.len(), "a shape stands twice");
        let contents = TABLE.operations.iter().flat_map(|one| one.bodies.iter().chain(&one.gives));
        let mut used: BTreeSet<&str> =
            contents.filter_map(|content| content.shape.as_ref()).flat_map(Shape::names).collect();
        used.extend(TABLE.records.iter().flat_map(|record| record.fields.iter().flat_map(|field| field.shape.names())));
        used.insert("Problem");
        assert_eq!(used, known);
    }
}
