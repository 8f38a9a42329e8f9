//! The profile of one place: who was counted there, round by round. Only places that the release names have one.

use super::content::{Author, Parts};
use super::{Block, Column, Document, Drawn, Entry, Key, Shown, Sources, Table};
use crate::drawing::{self, Frame, TrendPoint};
use crate::page::cell;
use crate::words::{Arg, Words};
use dtm_model::PlaceKind;
use dtm_protect::{Release, ReleasedCell, ReleasedPlace};

/// The table of places.
const TABLE: &str = "places";

/// The profile of a place that `of.current` names, as it stood in that round; nothing for another place.
pub fn site_profile(of: &Sources<'_>, ssid: &str) -> Option<Document> {
    let place = of.current.places().iter().find(|place| place.ssid.as_str() == ssid)?;
    Some(Author::of(of, Words::of(of.lang)).profile(place))
}

impl Author<'_> {
    fn profile(&self, place: &ReleasedPlace) -> Document {
        let w = self.w;
        let ssid = place.ssid.as_str();
        let now = cell(self.of.current.table(TABLE), &[ssid], "idp_ind");
        let title = match now.value.number() {
            Some(number) => w.t_args(
                "document-place-title",
                &[("place", Arg::from(place.name.clone())), ("n", Arg::from(w.number(number)))],
            ),
            None => place.name.clone(),
        };
        let mut parts = Parts::new(w);
        parts.section("factsheet-keys", self.key_figures(self.counted(ssid)));
        parts.section("document-place", [Block::Facts { items: self.place_facts(place) }]);
        let line = self.line(place).map(|drawn| Block::Figures { items: vec![drawn] });
        parts.section("document-time", line.into_iter().chain([self.place_rounds(ssid)]));
        let mut document = self.document("document-kind-place", title, parts);
        document.ident = format!("{}/place/{ssid}/{}", self.of.current.id(), w.lang().code());
        document
    }

    /// What was counted at the place: measures that the release has.
    fn measures(&self) -> Vec<String> {
        let table = self.of.current.table(TABLE);
        table.map(|table| table.measures.iter().map(|measure| measure.name.clone()).collect()).unwrap_or_default()
    }

    fn counted(&self, ssid: &str) -> Vec<Key> {
        let w = self.w;
        let before = self.releases().into_iter().rev().nth(1);
        let key = |measure: &String| {
            let now = cell(self.of.current.table(TABLE), &[ssid], measure);
            let earlier = before.map(|before| cell(before.table(TABLE), &[ssid], measure).value.number());
            let since = match (now.value.number(), earlier.flatten(), before) {
                (Some(now), Some(earlier), Some(before)) => {
                    let label = before.heading().round.as_str();
                    let round = w.t_args("round-short", &[("label", Arg::from(label))]);
                    let change = w.change(earlier, now).unwrap_or_else(|| w.difference(now - earlier));
                    w.t_args("factsheet-since", &[("change", Arg::from(change)), ("round", Arg::from(round))])
                }
                _ => String::new(),
            };
            let label = w.label("measure", measure);
            Key { label, cell: self.shown(now), note: since, direction: "", first: measure == "idp_ind" }
        };
        self.measures().iter().map(key).collect()
    }

    fn place_facts(&self, place: &ReleasedPlace) -> Vec<Entry> {
        let w = self.w;
        let mut above = Vec::new();
        let mut area = Some(&place.area);
        while let Some(code) = area.filter(|code| **code != self.of.current.heading().admin0) {
            above.push(self.name(code.as_str()));
            area = self.of.atlas.area(code).and_then(|area| area.parent.as_ref());
        }
        let position = place.position.map(|at| {
            let said = format!("{}, {}", w.decimal(at.lat, 4), w.decimal(at.lon, 4));
            if place.coarsened { w.t_args("document-place-coarse", &[("position", Arg::from(said))]) } else { said }
        });
        let kind = match place.kind {
            PlaceKind::Site => "place-kind-site",
            PlaceKind::HostCommunity => "place-kind-host-community",
            PlaceKind::FlowPoint => "place-kind-flow-point",
        };
        let facts = [
            ("document-place-code", Some(place.ssid.to_string())),
            ("document-place-kind", Some(w.t(kind))),
            ("document-within", Some(above.join(", ")).filter(|areas| !areas.is_empty())),
            ("document-place-position", Some(position.unwrap_or_else(|| w.t("document-place-withheld")))),
        ];
        facts.into_iter().filter_map(|(term, text)| Some(Entry { term: w.t(term), text: text? })).collect()
    }

    fn line(&self, place: &ReleasedPlace) -> Option<Drawn> {
        let w = self.w;
        let named = self.of_rounds(place.ssid.as_str(), "idp_ind");
        if named.len() < 2 {
            return None;
        }
        let point = |(release, cell): &(&Release, ReleasedCell)| TrendPoint {
            label: w.t_args("round-short", &[("label", Arg::from(release.heading().round.as_str()))]),
            day: release.heading().reported_on,
            cell: *cell,
            partial: false,
        };
        let points: Vec<TrendPoint> = named.iter().map(point).collect();
        let heading = w.t("factsheet-trend");
        let list: Vec<String> =
            points.iter().rev().take(6).map(|point| w.pair(&point.label, &w.value(point.cell.value))).collect();
        let alt = format!("{} – {}", place.name, list.join("; "));
        let frame = Frame::new("trend", &heading, &alt, w.lang()).with_width(330.0);
        let svg = drawing::trend(&drawing::Trend { frame, points });
        let aspect = svg.aspect()?;
        let named = named.iter().map(|(release, cell)| {
            (w.t_args("round-short", &[("label", Arg::from(release.heading().round.as_str()))]), *cell)
        });
        let chart = self.line_of(named.collect());
        Some(Drawn {
            name: "",
            file: "trend.svg",
            heading: heading.clone(),
            sub: String::new(),
            alt,
            aspect,
            svg,
            chart,
        })
    }

    /// A measure of the place in every round that names it, oldest first.
    fn of_rounds(&self, ssid: &str, measure: &str) -> Vec<(&Release, ReleasedCell)> {
        let named = self.releases().into_iter().filter_map(|release| {
            let table = release.table(TABLE)?;
            table.row(&[ssid])?;
            Some((release, cell(Some(table), &[ssid], measure)))
        });
        named.collect()
    }

    fn place_rounds(&self, ssid: &str) -> Block {
        let w = self.w;
        let measures = self.measures();
        let mut columns = vec![
            Column { label: w.t("col-round"), numeric: false },
            Column { label: w.t("col-collected"), numeric: false },
        ];
        columns.extend(measures.iter().map(|name| Column { label: w.label("measure", name), numeric: true }));
        let row = |(release, _): &(&Release, ReleasedCell)| {
            let heading = release.heading();
            let mut cells = vec![
                Shown::plain(w.t_args("round", &[("label", Arg::from(heading.round.as_str()))])),
                Shown::plain(w.date_range(heading.starts_on, heading.ends_on)),
            ];
            cells.extend(measures.iter().map(|name| self.shown(cell(release.table(TABLE), &[ssid], name))));
            cells
        };
        Block::Table(Table {
            caption: w.t("document-place-rounds"),
            columns,
            rows: self.of_rounds(ssid, "idp_ind").iter().rev().map(row).collect(),
            note: String::new(),
        })
    }
}
