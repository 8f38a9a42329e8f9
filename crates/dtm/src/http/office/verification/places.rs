//! The places of the verification page: each source beside the others, how far they lie apart, what was decided; household sizes
//! and sample sheets.

use super::super::submissions::Names;
use super::Reader;
use crate::http::Problem;
use crate::journey::verification;
use dtm_process::verification::{Adequacy, Decision, PlaceSource, SheetUsed, SizeFrom, Standing, State, VerifiedPlace};
use dtm_publish::drawing::{Frame, RangeMark, Ranges, Settled, ranges};
use dtm_publish::words::Arg;

/// A source of a place, as the page shows it.
pub(super) struct SourceLine {
    pub(super) id: String,
    pub(super) who: String,
    pub(super) href: String,
    pub(super) persons: String,
    pub(super) households: String,
    pub(super) on: String,
    pub(super) credibility: String,
    /// What the credibility is made of.
    pub(super) why: Vec<String>,
    pub(super) weight: String,
    pub(super) standing: &'static str,
    pub(super) note: String,
    /// Who added it, and when; empty for a record.
    pub(super) by: String,
    pub(super) may_undo: bool,
}

/// A place with its sources.
pub(super) struct PlaceCard {
    pub(super) ssid: String,
    pub(super) name: String,
    pub(super) area: String,
    pub(super) is_open: bool,
    pub(super) state: &'static str,
    pub(super) reason: String,
    pub(super) apart: String,
    pub(super) drawing: String,
    pub(super) sources: Vec<SourceLine>,
    pub(super) decided: Option<DecidedLine>,
    pub(super) size: String,
    /// What was decided or added and taken back.
    pub(super) undone: Vec<String>,
}

pub(super) struct DecidedLine {
    pub(super) entry: String,
    pub(super) told: String,
    pub(super) by: String,
}

pub(super) struct SizeLine {
    pub(super) name: String,
    pub(super) area: String,
    pub(super) households: String,
    pub(super) size: String,
    pub(super) from: String,
    pub(super) persons: String,
}

pub(super) struct SheetLine {
    pub(super) name: String,
    pub(super) area: String,
    pub(super) households: String,
    pub(super) persons: String,
    pub(super) off: i64,
    pub(super) is_enough: bool,
    pub(super) from: String,
    pub(super) cells_reported: bool,
}

impl Reader<'_> {
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

    pub(super) async fn card(
        &self,
        names: &mut Names<'_>,
        at: usize,
        place: &VerifiedPlace,
    ) -> Result<PlaceCard, Problem> {
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

    pub(super) fn sizes(&self) -> Vec<SizeLine> {
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

    pub(super) fn sheets(&self) -> Vec<SheetLine> {
        let w = self.w;
        let mut sheets: Vec<_> = self.seen.places.iter().filter_map(|place| Some((place, place.sheet?))).collect();
        // What does not add up comes first, then what is too small.
        sheets.sort_by_key(|(_, sheet)| (std::cmp::Reverse(sheet.n_off), is_enough(sheet)));
        let line = |(place, sheet): (&VerifiedPlace, SheetUsed)| SheetLine {
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
}

fn state(place: &VerifiedPlace) -> &'static str {
    State::of(&place.how).code()
}

fn size_from(from: SizeFrom) -> &'static str {
    match from {
        SizeFrom::Place => "place",
        SizeFrom::Admin2 => "admin2",
        SizeFrom::Admin1 => "admin1",
        SizeFrom::Country => "country",
    }
}

fn is_enough(sheet: &SheetUsed) -> bool {
    sheet.adequacy == Adequacy::Enough
}
