//! The verification of a round: places whose sources disagree, each source beside the others, what an officer decides; the
//! household sizes and sample sheets that figures rest on; who signs for an area; what the exercise chose.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::checks::{VersionLine, history};
use super::clock::Clock;
use super::submissions::{Names, posted, value, values};
use super::{App, Desk, Pages, RoundHead, Said, round_address, said};
use crate::cli::Mistakes;
use crate::journey::RoundOf;
use crate::journey::events::area_name;
use crate::journey::verification::{self, NewDecision, NewSource, Verification, Wish, choose, sign, withdraw};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{Atlas, Exercise, Operation, Pcode, Round, RoundState};
use dtm_process::verification::{Basis, Decision, PlaceSource, Proximity, SourceKind, Standing, VerifiedPlace};
use dtm_publish::drawing::{Frame, RangeMark, Ranges, Settled, ranges};
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use dtm_store::CheckSetting;
use serde::Deserialize;
use std::sync::Arc;

/// Figures of single places, before anything is hidden: for those to whom every record is open.
const READS: Verb = Verb::SubmissionList;
const DECIDES: Verb = Verb::RoundUpdate;
/// Places on one page.
const EACH: usize = 20;
/// Places that the field for a new source proposes.
const PROPOSED: usize = 3_000;
/// What the page can show.
const SHOWS: [&str; 6] = ["open", "settled", "households", "sheets", "areas", "rules"];

/// A state of figures with its places and people.
struct StateLine {
    code: &'static str,
    places: String,
    persons: String,
    share: String,
}

/// A source of a place, as the page shows it.
struct SourceLine {
    id: String,
    who: String,
    href: String,
    persons: String,
    households: String,
    on: String,
    credibility: String,
    /// What the credibility is made of.
    why: Vec<String>,
    weight: String,
    standing: &'static str,
    note: String,
    /// Who added it, and when; empty for a record.
    by: String,
    may_undo: bool,
}

/// A place with its sources.
struct PlaceCard {
    ssid: String,
    name: String,
    area: String,
    is_open: bool,
    state: &'static str,
    reason: String,
    apart: String,
    drawing: String,
    sources: Vec<SourceLine>,
    decided: Option<DecidedLine>,
    size: String,
    /// What was decided or added and taken back.
    undone: Vec<String>,
}

struct DecidedLine {
    entry: String,
    told: String,
    by: String,
}

struct SizeLine {
    name: String,
    area: String,
    households: String,
    size: String,
    from: String,
    persons: String,
}

struct SheetLine {
    name: String,
    area: String,
    households: String,
    persons: String,
    off: i64,
    is_enough: bool,
    from: String,
    cells_reported: bool,
}

struct AreaLine {
    pcode: String,
    name: String,
    places: String,
    open: i64,
    persons: String,
    is_signed: bool,
    is_stale: bool,
    by: String,
    note: String,
    has_signature: bool,
    /// Signatures that were withdrawn.
    before: Vec<String>,
}

/// What the exercise chose, as the form holds it.
struct Choices {
    sign_off: bool,
    every_record: bool,
    households: bool,
    share: String,
    persons: String,
    level: u8,
}

#[derive(Template)]
#[template(path = "office/verification.html")]
struct VerificationView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    round: RoundHead,
    here: String,
    back: String,
    show: &'static str,
    tabs: Vec<(&'static str, String, bool)>,
    is_settled: bool,
    is_cleared: bool,
    states: Vec<StateLine>,
    places: Vec<PlaceCard>,
    pages: Pages,
    sizes: Vec<SizeLine>,
    sheets: Vec<SheetLine>,
    areas: Vec<AreaLine>,
    any_signed: bool,
    wants_signatures: bool,
    choices: Choices,
    version: i64,
    history: Vec<VersionLine>,
    /// Id and name of the places a source can be added for.
    known: Vec<(String, String)>,
    kinds: Vec<&'static str>,
    nearness: Vec<&'static str>,
    bases: Vec<&'static str>,
    today: String,
    may_act: bool,
    may_choose: bool,
}

/// What the page is made with.
struct Reader<'a> {
    app: &'a App,
    w: &'static Words,
    operation: &'a Operation,
    seen: &'a Verification,
    atlas: Arc<Atlas>,
}

impl Reader<'_> {
    fn area(&self, pcode: &Pcode) -> String {
        area_name(&self.atlas, pcode, self.w.lang())
    }

    async fn by(&self, names: &mut Names<'_>, who: &str, at: dtm_model::Instant) -> Result<String, Problem> {
        let when = Clock::of(self.w, self.operation).text(at);
        let args = [("who", Arg::from(names.of(who).await?)), ("when", Arg::from(when))];
        Ok(self.w.t_args("round-step-by", &args))
    }

    fn persons(&self, n: f64) -> String {
        self.w.decimal(n, 0)
    }

    /// Who a source is: its kind, and the organisation or role that was told.
    fn who(&self, source: &PlaceSource) -> String {
        let kind = match source.speaker.kind {
            Some(kind) => self.w.label("verify-kind", kind.code()),
            None => self.w.t("verify-kind-record"),
        };
        let added = self.seen.source(&source.source).map(|(_, kept)| kept.name).filter(|name| !name.is_empty());
        match added.or_else(|| source.speaker.informant.role.clone()) {
            Some(name) => format!("{kind} · {name}"),
            None => kind,
        }
    }

    async fn source(&self, names: &mut Names<'_>, source: &PlaceSource) -> Result<SourceLine, Problem> {
        let w = self.w;
        let added = self.seen.source(&source.source);
        let marks = source.credibility.marks.iter().map(|(what, mark, weight)| {
            let args = [
                ("what", Arg::from(w.label("verify-mark", what.code()))),
                ("mark", Arg::from(w.decimal(*mark, 2))),
                ("weight", Arg::from(w.decimal(*weight, 1))),
            ];
            w.t_args("verify-mark-line", &args)
        });
        let basis = source.speaker.informant.basis.map(|basis| w.label("verify-basis", basis.code()));
        let nearness = source.speaker.informant.proximity.map(|near| w.label("verify-nearness", near.code()));
        let by = match &added {
            Some((entry, _)) => self.by(names, &entry.by, entry.at).await?,
            None => String::new(),
        };
        let households = source.households.map(|n| w.t_n("verify-households-n", n as i64)).unwrap_or_default();
        Ok(SourceLine {
            who: self.who(source),
            href: if source.is_record { format!("/office/records/{}", source.source) } else { String::new() },
            persons: self.persons(source.persons),
            households: match source.from_households {
                true => format!("{households} · {}", w.t("verify-from-households")),
                false => households,
            },
            on: w.date(source.on),
            credibility: w.decimal(source.credibility.value, 2),
            why: basis.into_iter().chain(nearness).chain(marks).collect(),
            weight: if source.weight > 0.0 {
                w.percent((source.weight * 1000.0).round() as i64, 1000)
            } else {
                String::new()
            },
            standing: source.standing.code(),
            note: added.as_ref().map(|(_, kept)| kept.note.clone()).unwrap_or_default(),
            by,
            may_undo: added.is_some(),
            id: source.source.clone(),
        })
    }

    fn drawing(&self, at: usize, place: &VerifiedPlace) -> String {
        let Some(best) = place.persons.filter(|_| place.sources.len() > 1 || place.range.is_some()) else {
            return String::new();
        };
        let (low, high) = place.range.unwrap_or((best, best));
        let (w, id, name) = (self.w, format!("r{at}"), self.seen.name(&place.place));
        let title = w.t_args("verify-drawing", &[("place", Arg::from(name.to_owned()))]);
        let desc = w.t("verify-drawing-what");
        let heard = place.sources.iter().filter(|source| source.standing != Standing::Repeated);
        let marks = heard.map(|source| RangeMark {
            label: format!("{} · {}", self.who(source), w.date(source.on)),
            value: source.persons,
            range: source.range,
            counts: source.weight > 0.0,
        });
        let settled = Settled { label: w.label("verify-state", state(place)), low, best, high };
        let frame = Frame::new(&id, &title, &desc, w.lang());
        ranges(&Ranges { frame, marks: marks.collect(), settled: Some(settled) }).to_string()
    }

    fn decided(&self, decision: &Decision) -> String {
        let w = self.w;
        match decision {
            Decision::Take { .. } => w.t("verify-did-take"),
            Decision::Combine => w.t("verify-did-combine"),
            Decision::Ask => w.t("verify-did-ask"),
            Decision::Enter { persons, why, .. } => {
                let args = [("n", Arg::from(self.persons(*persons))), ("why", Arg::from(why.clone()))];
                w.t_args("verify-did-enter", &args)
            }
        }
    }

    async fn card(&self, names: &mut Names<'_>, at: usize, place: &VerifiedPlace) -> Result<PlaceCard, Problem> {
        let w = self.w;
        let mut sources = Vec::with_capacity(place.sources.len());
        for source in &place.sources {
            sources.push(self.source(names, source).await?);
        }
        let decided = match self.seen.decided(&place.place) {
            Some((entry, decision)) => Some(DecidedLine {
                entry: entry.id.to_string(),
                told: self.decided(&decision),
                by: self.by(names, &entry.by, entry.at).await?,
            }),
            None => None,
        };
        let mut undone = Vec::new();
        for entry in self.seen.entries_of(&place.place) {
            let Some((who, when)) = &entry.undone else { continue };
            let told = match verification::read(entry)? {
                verification::Said::Decision(decision) => self.decided(&decision),
                verification::Said::Source(source) => {
                    let n = source.individuals.or(source.households).unwrap_or(0.0);
                    let args = [
                        ("kind", Arg::from(w.label("verify-kind", source.kind.code()))),
                        ("n", Arg::from(self.persons(n))),
                    ];
                    w.t_args("verify-source-undone", &args)
                }
            };
            undone.push(format!("{told} — {}", self.by(names, who, *when).await?));
        }
        Ok(PlaceCard {
            ssid: place.place.to_string(),
            name: self.seen.name(&place.place).to_owned(),
            area: self.area(&self.seen.area_of(place, &self.atlas)),
            is_open: place.is_open(),
            state: state(place),
            reason: w.typeset(&place.reason.message(w.lang())),
            apart: match place.apart.as_ref().filter(|apart| apart.apart > 0.0) {
                Some(apart) => {
                    let share = w.percent((apart.share_apart * 1000.0).round() as i64, 1000);
                    let args = [("n", Arg::from(self.persons(apart.apart))), ("share", Arg::from(share))];
                    w.t_args("verify-apart", &args)
                }
                None => String::new(),
            },
            drawing: self.drawing(at, place),
            sources,
            decided,
            size: place
                .size
                .map(|size| {
                    let args = [
                        ("size", Arg::from(w.decimal(size.persons, 2))),
                        ("from", Arg::from(w.label("verify-size-from", size_from(size.from)))),
                    ];
                    w.t_args("verify-size-used", &args)
                })
                .unwrap_or_default(),
            undone,
        })
    }

    fn sizes(&self) -> Vec<SizeLine> {
        let w = self.w;
        let line = |place: &VerifiedPlace| {
            let size = place.size?;
            Some(SizeLine {
                name: self.seen.name(&place.place).to_owned(),
                area: self.area(&place.area),
                households: size.households.map_or_else(|| "–".to_owned(), |n| self.persons(n)),
                size: w.decimal(size.persons, 2),
                from: w.label("verify-size-from", size_from(size.from)),
                persons: place.persons.map_or_else(|| "–".to_owned(), |n| self.persons(n)),
            })
        };
        self.seen.places.iter().filter_map(line).collect()
    }

    fn sheets(&self) -> Vec<SheetLine> {
        let w = self.w;
        let mut sheets: Vec<_> = self.seen.places.iter().filter_map(|place| Some((place, place.sheet?))).collect();
        // What does not add up comes first, then what is too small.
        sheets.sort_by_key(|(_, sheet)| (std::cmp::Reverse(sheet.n_off), is_enough(sheet)));
        let line = |(place, sheet): (&VerifiedPlace, dtm_process::verification::SheetUsed)| SheetLine {
            name: self.seen.name(&place.place).to_owned(),
            area: self.area(&place.area),
            households: w.number(i64::from(sheet.n_households)),
            persons: w.number(i64::from(sheet.n_persons)),
            off: i64::from(sheet.n_off),
            is_enough: is_enough(&sheet),
            from: sheet.from.map(|from| w.label("verify-size-from", size_from(from))).unwrap_or_default(),
            cells_reported: sheet.cells_reported,
        };
        sheets.into_iter().map(line).collect()
    }

    async fn areas(&self) -> Result<Vec<AreaLine>, Problem> {
        let (w, mut names, mut lines) = (self.w, Names::new(self.app), Vec::new());
        for area in &self.seen.areas {
            let standing = &area.standing;
            let (by, note) = match &area.signature {
                Some(signature) => {
                    (self.by(&mut names, &signature.by, signature.at).await?, signature.signed.note.clone())
                }
                None => Default::default(),
            };
            let mut before = Vec::new();
            for signature in self.seen.signatures.iter().filter(|one| one.signed.area == standing.area) {
                if let Some((who, at, why)) = &signature.withdrawn {
                    before.push(format!("{} — {why}", self.by(&mut names, who, *at).await?));
                }
            }
            lines.push(AreaLine {
                pcode: standing.area.to_string(),
                name: self.area(&standing.area),
                places: w.number(i64::from(standing.n_places)),
                open: i64::from(standing.n_open),
                persons: w.number(standing.persons),
                is_signed: area.is_signed(),
                is_stale: area.is_stale(),
                has_signature: area.signature.is_some(),
                by,
                note,
                before,
            });
        }
        lines.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(lines)
    }
}

fn state(place: &VerifiedPlace) -> &'static str {
    dtm_process::verification::State::of(&place.how).code()
}

fn size_from(from: dtm_process::verification::SizeFrom) -> &'static str {
    use dtm_process::verification::SizeFrom;
    match from {
        SizeFrom::Place => "place",
        SizeFrom::Admin2 => "admin2",
        SizeFrom::Admin1 => "admin1",
        SizeFrom::Country => "country",
    }
}

fn is_enough(sheet: &dtm_process::verification::SheetUsed) -> bool {
    sheet.adequacy == dtm_process::verification::Adequacy::Enough
}

/// What the page shows.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    show: String,
    page: String,
}

type Address = (String, String, String);

async fn view(
    app: &App,
    desk: &Desk,
    (operation, exercise, round): (&Operation, &Exercise, &Round),
    wanted: &Wanted,
) -> Result<VerificationView, Problem> {
    let w = desk.words();
    let on = On::Project(&operation.id);
    desk.must(READS, on)?;
    let of = RoundOf { operation, exercise, round };
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let seen = verification::of(&app.store, &app.blobs, of, &atlas).await?;
    let here = format!("{}/verification", round_address(operation, exercise, round));
    let show = SHOWS.into_iter().find(|known| *known == wanted.show).unwrap_or("open");
    let may_change = desk.can(DECIDES, on);
    let is_cleared = round.state >= RoundState::Cleared;
    let (chosen, rules) = verification::chosen(&app.store, exercise).await?;
    let setting = CheckSetting::Verification(&exercise.id);
    let mut view = VerificationView {
        w,
        said: String::new(),
        mistakes: None,
        round: RoundHead::new(w, operation, exercise, round),
        back: format!("{here}?show={show}"),
        show,
        tabs: Vec::new(),
        is_settled: seen.is_some(),
        is_cleared,
        states: Vec::new(),
        places: Vec::new(),
        pages: Pages::cut(w, &here, "", 0, EACH).0,
        sizes: Vec::new(),
        sheets: Vec::new(),
        areas: Vec::new(),
        any_signed: false,
        wants_signatures: rules.sign_off,
        version: chosen.as_ref().map_or(0, |chosen| chosen.version),
        history: if show == "rules" { history(app, desk, operation, setting).await? } else { Vec::new() },
        choices: Choices {
            sign_off: rules.sign_off,
            every_record: rules.every_record,
            households: rules.estimate_from_households,
            share: w.decimal(rules.triangulation.share_apart * 100.0, 0),
            persons: format!("{:.0}", rules.triangulation.persons_apart),
            level: rules.sign_level,
        },
        known: Vec::new(),
        kinds: SourceKind::ALL.map(SourceKind::code).into(),
        nearness: Proximity::ALL.map(Proximity::code).into(),
        bases: Basis::ALL.map(Basis::code).into(),
        today: crate::world::today().to_string(),
        may_act: may_change && !is_cleared && seen.is_some(),
        may_choose: may_change,
        here,
    };
    let Some(seen) = &seen else { return Ok(view) };
    let reader = Reader { app, w, operation, seen, atlas };
    let open = seen.open();
    let settled: Vec<&VerifiedPlace> =
        seen.places.iter().filter(|place| !place.is_open() && !place.sources.is_empty()).collect();
    view.sizes = reader.sizes();
    view.sheets = reader.sheets();
    let counts = [open.len(), settled.len(), view.sizes.len(), view.sheets.len(), seen.unsigned().count()];
    let number = |n: usize| w.number(n as i64);
    view.tabs = SHOWS
        .into_iter()
        .zip(counts.into_iter().map(number).chain([String::new()]))
        .map(|(code, n)| (code, n, code == show))
        .collect();
    let all: i64 = seen.states.iter().map(|(_, _, persons)| persons).sum();
    let line = |(state, places, persons): &(dtm_process::verification::State, u32, i64)| StateLine {
        code: state.code(),
        places: w.number(i64::from(*places)),
        persons: w.number(*persons),
        share: w.percent(*persons, all),
    };
    view.states = seen.states.iter().map(line).collect();
    let listed = if show == "settled" { &settled } else { &open };
    if ["open", "settled"].contains(&show) {
        let (pages, lines) = Pages::cut(w, &view.back, &wanted.page, listed.len(), EACH);
        let mut names = Names::new(app);
        for (at, place) in listed[lines].iter().enumerate() {
            view.places.push(reader.card(&mut names, at, place).await?);
        }
        view.pages = pages;
        if view.may_act {
            let mut known: Vec<(String, String)> =
                seen.known.values().map(|place| (place.ssid.to_string(), place.name.clone())).collect();
            known.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
            known.truncate(PROPOSED);
            view.known = known;
        }
    }
    if show == "areas" {
        view.areas = reader.areas().await?;
        view.any_signed = view.areas.iter().any(|area| area.has_signature);
    }
    Ok(view)
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<Address>,
    Query(wanted): Query<Wanted>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let mut view = view(&app, &desk, (&operation, &exercise, &round), &wanted).await?;
    view.said = told.sentence(desk.words());
    desk.page(&desk.words().t("verify-title"), view.render())
}

/// A number as somebody wrote it; none where nothing is written, not a number where it cannot be read.
fn written(text: &str) -> Option<f64> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    (!plain.is_empty()).then(|| plain.parse().unwrap_or(f64::NAN))
}

/// Adds a source, decides between sources, takes that back, signs for areas, or chooses for the exercise.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<Address>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, DECIDES, (&operation, &exercise, &round)).await?;
    let fields = posted(&body);
    let here = format!("{}/verification", round_address(&operation, &exercise, &round));
    let show = if value(&fields, "act") == "return" { "rules" } else { value(&fields, "show") };
    let back = SHOWS
        .into_iter()
        .find(|known| *known == show)
        .map_or_else(|| here.clone(), |show| format!("{here}?show={}", links::encode(show)));
    match perform(&app, &desk, (&operation, &exercise, &round), &fields).await {
        Ok((what, n)) => Ok(said(&back, what, &[n]).into_response()),
        Err(Refused::Problem(problem)) => Err(problem),
        Err(Refused::Mistakes(lines)) => {
            let wanted = Wanted { show: show.to_owned(), page: String::new() };
            let mut view = view(&app, &desk, (&operation, &exercise, &round), &wanted).await?;
            let w = desk.words();
            view.mistakes = Some((w.t("office-not-yet"), lines.iter().map(|line| w.typeset(line)).collect()));
            desk.answer(&w.t("verify-title"), view.render(), true)
        }
    }
}

/// Why nothing was done: a person can do something about mistakes.
enum Refused {
    Mistakes(Vec<String>),
    Problem(Problem),
}

impl<E: Into<anyhow::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        match error.into().downcast::<Mistakes>() {
            Ok(Mistakes { lines }) => Refused::Mistakes(lines),
            Err(other) => Refused::Problem(other.into()),
        }
    }
}

async fn perform(
    app: &App,
    desk: &Desk,
    (operation, exercise, round): (&Operation, &Exercise, &Round),
    fields: &[(String, String)],
) -> Result<(&'static str, i64), Refused> {
    let (store, blobs, lang) = (&app.store, &app.blobs, desk.lang);
    let stamp = desk.viewer().map_err(Refused::Problem)?.stamp();
    let of = RoundOf { operation, exercise, round };
    let field = |wanted: &str| value(fields, wanted).trim().to_owned();
    let act = field("act");
    let (wish, what) = match act.as_str() {
        "add" => {
            let new = NewSource {
                ssid: field("ssid"),
                kind: field("kind"),
                name: field("name"),
                role: field("role"),
                proximity: field("proximity"),
                basis: field("basis"),
                individuals: written(&field("individuals")),
                households: written(&field("households")),
                low: written(&field("low")),
                high: written(&field("high")),
                date: field("date").parse().ok(),
                note: field("note"),
            };
            (Wish::Add(new), "verify-said-added")
        }
        "take" | "combine" | "ask" | "enter" => {
            let new = NewDecision {
                ssid: field("ssid"),
                source: field("source"),
                individuals: written(&field("individuals")),
                low: written(&field("low")),
                high: written(&field("high")),
                reason: field("reason"),
                decision: act.clone(),
            };
            (Wish::Decide(new), "verify-said-decided")
        }
        "undo" => (
            Wish::Undo(field("entry").parse().map_err(|_| Refused::Problem(Problem::not_found()))?),
            "verify-said-undone",
        ),
        "sign" => {
            let areas: Vec<Pcode> = values(fields, "area").map(Pcode::from).collect();
            let atlas = app.editions.atlas(store, &operation.admin0).await?;
            let n = sign(store, blobs, of, (&atlas, &areas, &field("note")), lang, &stamp).await?;
            return Ok(("verify-signed", n as i64));
        }
        "withdraw" => {
            withdraw(store, of, (&Pcode::from(field("area").as_str()), &field("reason")), lang, &stamp).await?;
            return Ok(("verify-said-withdrawn", 0));
        }
        "choose" => {
            let (_, mut rules) = verification::chosen(store, exercise).await?;
            rules.sign_off = field("sign_off") == "yes";
            rules.every_record = field("every_record") == "yes";
            rules.estimate_from_households = field("households") == "yes";
            rules.sign_level = field("level").parse().unwrap_or(0);
            rules.triangulation.share_apart = written(&field("share")).unwrap_or(f64::NAN) / 100.0;
            rules.triangulation.persons_apart = written(&field("persons")).unwrap_or(f64::NAN);
            let after = field("version").parse().unwrap_or(0);
            choose(store, exercise, (after, &rules, &field("reason")), lang, &stamp).await?;
            verification::settle_anew(store, blobs, of, &stamp).await?;
            return Ok(("verify-said-chosen", 0));
        }
        "return" => {
            let version = field("version").parse().unwrap_or(0);
            let earlier = store.setting_version(CheckSetting::Verification(&exercise.id), version).await?;
            let earlier = earlier.ok_or_else(|| Refused::Problem(Problem::not_found()))?;
            let rules = serde_json::from_str(&earlier.body)?;
            let after = field("after").parse().unwrap_or(0);
            choose(store, exercise, (after, &rules, &field("reason")), lang, &stamp).await?;
            verification::settle_anew(store, blobs, of, &stamp).await?;
            return Ok(("verify-said-chosen", 0));
        }
        other => return Err(Refused::Problem(Problem::unexpected_value("act", other))),
    };
    match verification::act(store, blobs, of, wish, lang, &stamp).await? {
        true => Ok((what, 0)),
        false => Err(Refused::Problem(Problem::not_found())),
    }
}
