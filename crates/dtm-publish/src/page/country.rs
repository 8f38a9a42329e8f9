//! The page of an operation: its newest round, or an earlier one.

use super::asked::{asked, below};
use super::emergency::{self, Emergency};
use super::facts::{Facts, NOTHING, areas_of_level, cell, ranked};
use super::figures::{Standing, area_name, figure_svg, map_level};
use super::frame::{frame, public_nav, publisher_facts, source_line};
use super::links;
use super::message::{Message, points, title};
use super::shown::{Markup, bar, shown};
use crate::document::Component;
use crate::drawing::Svg;
use crate::words::{Arg, Words};
use askama::Template;
use dtm_model::{Atlas, Lang, Publisher, TOTAL};
use dtm_protect::{Release, ReleasedCell, Value, Why};

/// Rows of the ranking that are seen without asking.
const TOP: usize = 12;

/// Measures of the ranking beside the displaced people, with their headings.
const EXTRAS: [(&str, &str); 3] =
    [("idp_hh", "col-households"), ("in_sites", "measure-in-sites"), ("returnee_ind", "measure-returnee-ind")];

/// What the page of an operation is made from.
#[derive(Clone, Copy)]
pub struct CountryPage<'a> {
    /// The newest version of each published round, oldest first. Rounds of other exercises may stand among them: the
    /// page compares within the exercise of `current`. The page of the newest round also shows movements from the
    /// newest release that has any, and the newest emergency reported since the round began.
    pub releases: &'a [&'a Release],
    /// The round shown; one of `releases`.
    pub current: &'a Release,
    /// Areas and outlines.
    pub atlas: &'a Atlas,
    /// Who publishes, and under which licence.
    pub publisher: &'a Publisher,
    /// The reader's language.
    pub lang: Lang,
    /// The number of the round's newest version, where `current` is an older one.
    pub newer_version: Option<u32>,
    /// What else is published of the operation, with pages of its own.
    pub components: &'a [Component],
    /// Whether the reader may see what is behind a number; every number then leads there.
    pub viewer_may_explain: bool,
}

/// One key figure.
struct Key {
    label: String,
    value: Markup,
    note: String,
    class: &'static str,
    meter: Option<Markup>,
}

/// One row of a table of areas.
struct AreaRow {
    code: String,
    rank: usize,
    name: String,
    within: String,
    idp: Markup,
    bar: Markup,
    share: String,
    change: String,
    direction: &'static str,
    /// Cells of [`EXTRAS`] that the release has, in that order.
    extras: Vec<Markup>,
}

/// One figure with its heading and downloads.
struct Figure {
    name: &'static str,
    heading: String,
    sub: String,
    svg: Svg,
    gets: Vec<(String, String)>,
}

struct RoundRow {
    label: String,
    href: String,
    about: String,
    dates: String,
    idp: Markup,
    change: String,
    direction: &'static str,
    reached: String,
    version: u32,
    current: bool,
}

#[derive(Template)]
#[template(path = "country.html")]
struct CountryView {
    w: &'static Words,
    kicker: String,
    message: String,
    dates: String,
    version: String,
    reason: String,
    newer: Option<(String, String)>,
    keys: Vec<Key>,
    points: Vec<String>,
    map: Option<Figure>,
    provinces: Vec<AreaRow>,
    provinces_get: Vec<(String, String)>,
    charts: Vec<Figure>,
    flows: Option<(Figure, Vec<String>)>,
    emergency: Option<(Emergency, Vec<(String, String)>)>,
    extras: Vec<String>,
    top: Vec<AreaRow>,
    rest: Vec<AreaRow>,
    more: String,
    rounds: Vec<RoundRow>,
    documents: Vec<(String, String, String)>,
    tables: Vec<(String, Vec<(String, String)>)>,
    /// The page of all datasets.
    datasets: String,
    /// The explorer.
    explore: String,
    hiding: Vec<String>,
    /// A low and a high as they look, where the release has any.
    range: String,
    method: Vec<(String, String)>,
    publisher: Vec<(String, String)>,
    about: String,
    request: String,
    source: String,
    caption: String,
    /// Pages of the operation beside this one.
    beside: Vec<(String, String)>,
    /// Asks whether the page serves.
    asked: Markup,
}

/// The page of an operation as HTML.
pub fn country(page: &CountryPage<'_>) -> String {
    let heading = page.current.heading();
    let w = Words::of(page.lang);
    let desk = Desk::new(page);
    let view = desk.view();
    let round = || format!("/{}/{}", links::encode(&heading.operation), links::encode(heading.round.as_str()));
    let path = match desk.is_newest() {
        _ if page.newer_version.is_some() => links::of_version(&round(), page.current.version()),
        true => format!("/{}", links::encode(&heading.operation)),
        false => round(),
    };
    let mut nav = public_nav(page.lang, &path, "home");
    if page.viewer_may_explain
        && let Some(office) = nav.items.last_mut()
    {
        // Who is signed in already goes to work from here.
        office.label = w.t("office");
    }
    nav.description = Some(format!("{}: {}", w.text(&heading.country), view.message));
    let round = w.t_args("round", &[("label", Arg::from(heading.round.as_str()))]);
    let head = format!("{} – {} – {round}", view.message, w.text(&heading.country));
    let inner = view.render().expect("rendering to a String fails only where a template's value does");
    frame(page.lang, &head, &nav, &inner)
}

/// What the parts of the page are made with.
struct Desk<'a> {
    page: &'a CountryPage<'a>,
    w: &'static Words,
    /// The rounds of the exercise shown.
    rounds: Vec<&'a Release>,
    /// The release that movements are shown from.
    flows: Option<&'a Release>,
    /// The event shown beside the round.
    emergency: Option<&'a Release>,
    before: Option<&'a Release>,
    facts: Facts,
}

impl<'a> Desk<'a> {
    fn new(page: &'a CountryPage<'a>) -> Desk<'a> {
        let heading = page.current.heading();
        let rounds = rounds_of(page.current, page.releases);
        let earlier = rounds.iter().filter(|release| release.heading().round < heading.round);
        let before = earlier.max_by(|a, b| a.heading().round.cmp(&b.heading().round)).copied();
        // What other exercises found lately stands beside the newest round; an earlier page is about its own time.
        let others = if is_last(page.current, &rounds) { page.releases } else { &[] };
        let with_flows = others.iter().filter(|release| release.table("flows").is_some());
        let flows = match page.current.table("flows") {
            Some(_) => Some(page.current),
            None => with_flows.max_by_key(|release| release.heading().reported_on).copied(),
        };
        let emergency = emergency::since(page.current, others);
        let facts = Facts::of(page.current, before);
        Desk { page, rounds, flows, emergency, w: Words::of(page.lang), before, facts }
    }

    fn is_newest(&self) -> bool {
        is_last(self.page.current, &self.rounds)
    }

    fn name(&self, code: &str) -> String {
        area_name(self.page.atlas, self.w, code)
    }

    fn file(&self, name: &str) -> String {
        let heading = self.page.current.heading();
        self.of_version(links::file(self.page.lang, &heading.operation, &heading.round, name))
    }

    /// The address, of the version that is shown where a newer one exists.
    fn of_version(&self, address: String) -> String {
        match self.page.newer_version {
            Some(_) => links::of_version(&address, self.page.current.version()),
            None => address,
        }
    }

    fn gets(&self, name: &str, drawn: bool) -> Vec<(String, String)> {
        let formats: &[&str] = if drawn { &["csv", "json", "svg", "png"] } else { &["csv", "json"] };
        formats.iter().map(|format| (format.to_uppercase(), self.file(&format!("{name}.{format}")))).collect()
    }

    /// A cell of a table of the current release, leading to its explanation for those who may see that.
    fn shown(&self, table: &str, key: &[&str], measure: &str) -> Markup {
        let heading = self.page.current.heading();
        let cell = cell(self.page.current.table(table), key, measure);
        let explain = self.page.viewer_may_explain && cell.value != Value::Nothing;
        let href = explain.then(|| links::explain(self.page.lang, heading, table, key, measure));
        shown(self.w, cell, href)
    }

    fn view(&self) -> CountryView {
        let (w, release) = (self.w, self.page.current);
        let heading = release.heading();
        let round = w.t_args("round", &[("label", Arg::from(heading.round.as_str()))]);
        let (top, rest) = self.ranking();
        let n_rest = rest.len() as i64;
        let dates = w.t_args(
            "hero-dates",
            &[
                ("round", Arg::from(round)),
                ("collected", Arg::from(w.date_range(heading.starts_on, heading.ends_on))),
                ("reported", Arg::from(w.date(heading.reported_on))),
            ],
        );
        let made_on = w.date(release.made_at().date());
        let version = w.t_args(
            "hero-version",
            &[("version", Arg::from(i64::from(release.version()))), ("date", Arg::from(made_on))],
        );
        let round_page = links::round(self.page.lang, &heading.operation, &heading.round);
        let product = below(&round_page, self.page.lang, &heading.operation).to_owned();
        let newer_version = self.page.newer_version.map(|number| {
            let words = w.t_args("newer-version", &[("version", Arg::from(i64::from(number)))]);
            (links::round(self.page.lang, &heading.operation, &heading.round), words)
        });
        let newer = (!self.is_newest()).then(|| links::country(self.page.lang, &heading.operation)).zip(
            self.rounds
                .last()
                .map(|last| w.t_args("newer-round", &[("round", Arg::from(last.heading().round.as_str()))])),
        );
        CountryView {
            w,
            kicker: format!("{} · {}", w.text(&heading.country), w.text(&heading.operation_name)),
            message: title(&self.facts, w),
            dates,
            version,
            reason: w.text(release.reason()).to_owned(),
            newer: newer_version.or(newer),
            keys: self.keys(),
            points: points(&self.facts, w, &|code| self.name(code)),
            map: self.figure("map", "figure-map", &[Message::OneAreaHoldsMuch]),
            provinces: self.provinces(),
            provinces_get: self.gets("areas", true),
            charts: [
                self.figure("trend", "figure-trend", &[]),
                self.figure("reasons", "figure-reasons", &[Message::OneReason]),
                self.figure("sex_age", "figure-sex-age", &[Message::ManyChildren, Message::MoreFemales]),
                self.figure("origins", "figure-origins", &[Message::OneOrigin]),
            ]
            .into_iter()
            .flatten()
            .collect(),
            flows: self.flows(),
            emergency: self.emergency(),
            extras: self.extras().map(|(_, key)| w.t_args(key, &[])).collect(),
            top,
            rest,
            more: w.t_n("ranking-more", n_rest),
            rounds: self.rounds(),
            documents: self.documents(),
            datasets: links::datasets(self.page.lang, &heading.operation),
            explore: links::explore(self.page.lang, &heading.operation),
            tables: ["displacement", "places"]
                .into_iter()
                .filter(|name| release.table(name).is_some())
                .map(|name| (w.label("figure", name), self.gets(name, false)))
                .collect(),
            hiding: self.hiding(),
            range: if release.has_ranges() { w.range((98, 161)) } else { String::new() },
            method: self.method(),
            publisher: publisher_facts(self.page.publisher, w),
            about: links::about(self.page.lang, &heading.operation, &heading.round),
            request: links::request(self.page.lang, &heading.operation),
            source: source_line(release, w),
            asked: asked(self.page.lang, &heading.operation, &product),
            beside: beside(&heading.operation, self.page.components, self.page.lang),
            caption: w.t_args("ranking-caption", &[("date", Arg::from(w.date(heading.reported_on)))]),
        }
    }

    /// «+22% since R7», and which way it points; empty where the rounds do not compare.
    fn since(&self, measure: &str) -> String {
        let (Some(now), Some((round, before))) = (self.facts.number(measure), self.facts.earlier(measure)) else {
            return String::new();
        };
        let round = self.w.t_args("round-short", &[("label", Arg::from(round.as_str()))]);
        let change = self.w.change(before, now).unwrap_or_else(|| self.w.difference(now - before));
        self.w.t_args("since", &[("change", Arg::from(change)), ("round", Arg::from(round))])
    }

    fn keys(&self) -> Vec<Key> {
        let w = self.w;
        let admin0 = self.page.current.heading().admin0.as_str();
        let whole = self.facts.number("idp_ind");
        let meter = |part: Option<i64>, whole: Option<i64>| match (part, whole) {
            (Some(part), Some(whole)) if whole > 0 => Some(Markup(format!(
                "<svg class=meter viewBox=\"0 0 100 6\" preserveAspectRatio=none aria-hidden=true>\
                 <rect width={} height=6 /></svg>",
                (100.0 * part as f64 / whole as f64).clamp(0.0, 100.0).round()
            ))),
            _ => None,
        };
        let of_displaced = |part: Option<i64>| match (part, whole) {
            (Some(part), Some(whole)) if whole > 0 => {
                w.t_args("share-of-displaced", &[("share", Arg::from(w.percent(part, whole)))])
            }
            _ => String::new(),
        };
        let mut keys = Vec::new();
        for (measure, class) in [("idp_ind", "first"), ("idp_hh", ""), ("returnee_ind", "")] {
            if self.facts.country.contains_key(measure) {
                keys.push(Key {
                    label: w.label("measure", measure),
                    value: self.shown("areas", &[admin0], measure),
                    note: self.since(measure),
                    class,
                    meter: None,
                });
            }
        }
        for measure in ["in_sites", "in_host"] {
            if self.facts.country.contains_key(measure) {
                let part = self.facts.number(measure);
                keys.push(Key {
                    label: w.label("measure", measure),
                    value: self.shown("areas", &[admin0], measure),
                    note: of_displaced(part),
                    class: "",
                    meter: meter(part, whole),
                });
            }
        }
        let (reached, planned) = (i64::from(self.facts.n_reached), i64::from(self.facts.n_planned));
        if planned > 0 {
            keys.push(Key {
                label: w.t("key-reached"),
                value: Markup(w.number(reached)),
                note: w.t_args(
                    "key-reached-of",
                    &[("planned", Arg::from(planned)), ("share", Arg::from(w.percent(reached, planned)))],
                ),
                class: "",
                meter: meter(Some(reached), Some(planned)),
            });
        }
        let idp = self.facts.cell("idp_ind");
        if let Some(whole) = idp.value.number().filter(|whole| *whole > 0) {
            keys.push(Key {
                label: w.t("key-carried"),
                value: match idp.carried {
                    Some(carried) => Markup(super::shown::escape(&w.percent(carried, whole))),
                    None => super::shown::withheld(w),
                },
                note: w.t_n("key-carried-places", i64::from(self.facts.n_carried)),
                class: "",
                meter: meter(idp.carried, Some(whole)),
            });
        }
        keys
    }

    fn figure(&self, name: &'static str, neutral: &str, messages: &[Message]) -> Option<Figure> {
        let CountryPage { current, releases, atlas, lang, .. } = *self.page;
        let current = if name == "flows" { self.flows? } else { current };
        let svg = figure_svg(name, current, releases, atlas, lang, Standing::OnPage)?;
        let said = messages.iter().find_map(|m| m.say(&self.facts, self.w, &|code| self.name(code)).ok());
        let subject = self.w.t_args(neutral, &[]);
        let (heading, sub) = match said {
            Some(message) => (message, subject),
            None => (subject, String::new()),
        };
        Some(Figure { name, heading, sub, svg, gets: self.gets(name, true) })
    }

    /// The table of one level of areas, most displaced people first.
    fn rows(&self, level: u8) -> Vec<AreaRow> {
        let w = self.w;
        let Some(table) = self.page.current.table("areas") else { return Vec::new() };
        let cells = areas_of_level(table, level).into_iter().map(|code| (code, cell(Some(table), &[code], "idp_ind")));
        let ranked = ranked(cells);
        let most = ranked.iter().filter_map(|(_, cell)| cell.value.number()).max().unwrap_or(0);
        let whole = self.facts.number("idp_ind");
        let mut rows = Vec::with_capacity(ranked.len());
        for (at, (code, idp)) in ranked.into_iter().enumerate() {
            let key = [code.as_str()];
            let number = idp.value.number();
            let before = self.before.map_or(NOTHING, |before| cell(before.table("areas"), &key, "idp_ind"));
            let (change, direction) = self.change(idp, before);
            rows.push(AreaRow {
                rank: at + 1,
                name: self.name(&code),
                within: table.parents.get(&code).map(|parent| self.name(parent)).unwrap_or_default(),
                idp: self.shown("areas", &key, "idp_ind"),
                bar: bar(number, most),
                share: number.zip(whole).map(|(part, whole)| w.percent(part, whole)).unwrap_or_default(),
                change,
                direction,
                extras: self.extras().map(|(measure, _)| self.shown("areas", &key, measure)).collect(),
                code,
            });
        }
        rows
    }

    /// Those of [`EXTRAS`] that the release has.
    fn extras(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        EXTRAS.into_iter().filter(|(measure, _)| self.facts.country.contains_key(*measure))
    }

    fn change(&self, now: ReleasedCell, before: ReleasedCell) -> (String, &'static str) {
        match (now.value, before.value) {
            (Value::Number(now), Value::Number(before)) => {
                let text = match self.w.change(before, now) {
                    Some(change) => change,
                    None if now == 0 => "0".to_owned(),
                    None => self.w.t("change-new"),
                };
                (
                    text,
                    if now > before {
                        "up"
                    } else if now < before {
                        "down"
                    } else {
                        ""
                    },
                )
            }
            _ => ("–".to_owned(), ""),
        }
    }

    fn provinces(&self) -> Vec<AreaRow> {
        self.rows(1)
    }

    fn ranking(&self) -> (Vec<AreaRow>, Vec<AreaRow>) {
        let mut rows = self.rows(2);
        // A few more rows cost less than a click that brings only them.
        let rest = if rows.len() > TOP + 3 { rows.split_off(TOP) } else { Vec::new() };
        (rows, rest)
    }

    fn flows(&self) -> Option<(Figure, Vec<String>)> {
        let w = self.w;
        let figure = self.figure("flows", "figure-flows", &[])?;
        let table = self.flows?.table("flows");
        let days = super::facts::values_of(table, 1);
        let n_points = super::facts::values_of(table, 0).len() as i64;
        let all = cell(table, &[TOTAL, TOTAL, TOTAL], "persons");
        let mut lines = Vec::new();
        if let (Some(first), Some(last)) = (days.first(), days.last())
            && let (Ok(first), Ok(last)) = (first.parse(), last.parse())
        {
            lines.push(w.t_args(
                "flows-observed",
                &[
                    ("persons", Arg::from(w.value(all.value))),
                    ("points", Arg::from(n_points)),
                    ("dates", Arg::from(w.date_range(first, last))),
                ],
            ));
        }
        if let Some(sum) = all.value.number().filter(|_| !days.is_empty()) {
            lines.push(w.t_n("flows-a-day", (sum as f64 / days.len() as f64).round() as i64));
        }
        for direction in super::facts::values_of(table, 2) {
            let value = cell(table, &[TOTAL, TOTAL, direction], "persons").value;
            lines.push(w.pair(&w.direction(direction), &w.value(value)));
        }
        Some((figure, lines))
    }

    fn emergency(&self) -> Option<(Emergency, Vec<(String, String)>)> {
        let CountryPage { atlas, viewer_may_explain, .. } = *self.page;
        let event = Emergency::of(self.emergency?, atlas, self.w, viewer_may_explain)?;
        Some((event, self.gets("emergency", false)))
    }

    fn rounds(&self) -> Vec<RoundRow> {
        let w = self.w;
        let mut rows = Vec::new();
        let mut before = NOTHING;
        for release in &self.rounds {
            let heading = release.heading();
            let idp = cell(release.table("areas"), &[heading.admin0.as_str()], "idp_ind");
            let (change, direction) = self.change(idp, before);
            let planned = i64::from(heading.n_places_planned);
            let reached = i64::from(heading.n_places_reached);
            rows.push(RoundRow {
                label: w.t_args("round", &[("label", Arg::from(heading.round.as_str()))]),
                href: links::round(self.page.lang, &heading.operation, &heading.round),
                about: links::about(self.page.lang, &heading.operation, &heading.round),
                dates: w.date_range(heading.starts_on, heading.ends_on),
                idp: shown(w, idp, None),
                change,
                direction,
                reached: if planned > 0 { w.percent(reached, planned) } else { w.t("value-nothing") },
                version: release.version(),
                current: heading.round == self.page.current.heading().round,
            });
            before = idp;
        }
        rows.reverse();
        rows
    }

    fn documents(&self) -> Vec<(String, String, String)> {
        let mut documents = vec![
            ("factsheet.pdf", "get-factsheet", "get-factsheet-what"),
            ("report", "get-report", "get-report-what"),
            ("data.xlsx", "get-xlsx", "get-xlsx-what"),
            ("data.csv", "get-csv", "get-csv-what"),
        ];
        if map_level(self.page.current, self.page.atlas).is_some() {
            documents.push(("areas.geojson", "get-geojson", "get-geojson-what"));
        }
        let say = |key: &str| self.w.t_args(key, &[]);
        documents.into_iter().map(|(name, key, what)| (self.file(name), say(key), say(what))).collect()
    }

    fn hiding(&self) -> Vec<String> {
        hiding(self.page.current, self.w)
    }

    fn method(&self) -> Vec<(String, String)> {
        method(self.page.current, self.w)
    }
}

/// The pages of an operation beside its first.
pub(super) fn beside(operation: &str, components: &[Component], lang: Lang) -> Vec<(String, String)> {
    let w = Words::of(lang);
    let of = |component: &Component| {
        (links::component(lang, operation, *component), w.t(&format!("component-{}", component.slug())))
    };
    let mut pages: Vec<_> = components.iter().map(of).collect();
    pages.push((links::places(lang, operation, ""), w.t("public-places-title")));
    pages.push((links::datasets(lang, operation), w.t("datasets-title")));
    pages.push((links::explore(lang, operation), w.t("explore-title")));
    pages.push((links::request(lang, operation), w.t("request-link")));
    pages
}

/// The releases of the same exercise as `current`, as they stand.
pub(super) fn rounds_of<'a>(current: &Release, releases: &[&'a Release]) -> Vec<&'a Release> {
    releases.iter().filter(|release| release.heading().exercise == current.heading().exercise).copied().collect()
}

/// Whether the round of `current` is the newest of these, oldest first.
fn is_last(current: &Release, rounds: &[&Release]) -> bool {
    rounds.last().is_none_or(|last| last.heading().round == current.heading().round)
}

/// How a round was made, as terms and their descriptions.
pub(super) fn method(release: &Release, w: &Words) -> Vec<(String, String)> {
    let heading = release.heading();
    let mut lines = vec![
        (w.t("method-tool"), w.label("tool", heading.tool.code())),
        (w.t("method-collected"), w.date_range(heading.starts_on, heading.ends_on)),
    ];
    if heading.n_places_planned > 0 {
        lines.push((
            w.t("method-coverage"),
            w.t_args(
                "method-coverage-what",
                &[
                    ("reached", Arg::from(i64::from(heading.n_places_reached))),
                    ("planned", Arg::from(i64::from(heading.n_places_planned))),
                ],
            ),
        ));
    }
    lines.push((w.t("method-carried"), w.t_n("method-carried-what", i64::from(heading.n_places_carried))));
    let protection = match release.already_public() {
        Some(source) => w.t_args("method-already-public", &[("source", Arg::from(source.to_owned()))]),
        None => w.t_args(
            "method-protection-what",
            &[
                ("policy", Arg::from(release.policy().name.clone())),
                ("persons", Arg::from(i64::from(release.policy().min_persons))),
                ("households", Arg::from(i64::from(release.policy().min_households))),
            ],
        ),
    };
    lines.push((w.t("method-protection"), protection));
    if release.has_ranges() {
        lines.push((w.t("method-ranges"), w.t("method-ranges-what")));
    }
    lines.push((w.t("method-limits"), w.t("method-limits-what")));
    lines
}

/// How many numbers were hidden, by reason.
pub(super) fn hiding(release: &Release, w: &Words) -> Vec<String> {
    let reasons = [
        (Why::FewerThanMinimum, "hidden-few"),
        (Why::Complementary, "hidden-complementary"),
        (Why::Dominated, "hidden-dominated"),
        (Why::Class, "hidden-class"),
    ];
    let mut lines = Vec::new();
    for (why, key) in reasons {
        let count = release.hidden().iter().filter(|entry| entry.why == why).count();
        if count > 0 {
            lines.push(w.t_args(key, &[("n", Arg::from(count as i64))]));
        }
    }
    lines
}
