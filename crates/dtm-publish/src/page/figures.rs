//! The drawings of a round, by the name of the figure: for the page and for its `.svg` downloads.

use super::country::rounds_of;
use super::facts::{Facts, areas_of_level, cell, ranked, values_of, years};
use super::frame::source_line;
use crate::dataset::hna;
use crate::drawing::{
    self, Bar, Choropleth, Column, Frame, MapArea, OriginDestination, PyramidRow, Reading, Stream, Svg,
};
use crate::words::{Arg, Words};
use chrono::NaiveDate;
use dtm_model::{Area, Atlas, Lang, Pcode, TOTAL};
use dtm_protect::{Release, ReleasedCell, ReleasedTable, Value};
use std::collections::BTreeMap;

/// Every figure that has a table behind it, and whether it has a drawing.
pub const FIGURES: [(&str, bool); 12] = [
    ("areas", true),
    ("places", false),
    ("sex_age", true),
    ("displacement", false),
    ("reasons", true),
    ("origins", true),
    ("trend", true),
    ("map", true),
    ("flows", true),
    ("points", true),
    ("needs", true),
    ("emergency", false),
];

/// Where a drawing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On the page of its round: areas lead to their row there.
    OnPage,
    /// In a document.
    InDocument,
    /// By itself: with its heading, its source and, on a map, the disclaimer.
    Alone,
}

/// Draws the figure of this name of `current`, or nothing where the release has no such figure. `releases` are the
/// newest versions of all rounds, oldest first; those of other exercises are left aside. `standing` says where it will be.
pub fn figure_svg(
    name: &str,
    current: &Release,
    releases: &[&Release],
    atlas: &Atlas,
    lang: Lang,
    standing: Standing,
) -> Option<Svg> {
    let releases = rounds_of(current, releases);
    let sheet = Sheet { current, releases: &releases, atlas, words: Words::of(lang), standing };
    match name {
        "map" => sheet.map(),
        "areas" => sheet.areas(),
        "trend" => sheet.trend(),
        "sex_age" => sheet.pyramid(),
        "reasons" => sheet.reasons(),
        "origins" => sheet.origins(),
        "flows" => sheet.flows(),
        "points" => sheet.points(),
        "needs" => sheet.needs(),
        _ => None,
    }
}

/// The name of an area, its code where the atlas does not know it.
pub(super) fn area_name(atlas: &Atlas, words: &Words, code: &str) -> String {
    if code == "unknown" {
        return words.t("origin-unknown");
    }
    let known = atlas.area(&Pcode::from(code)).map(|area| words.text(&area.name)).filter(|name| !name.is_empty());
    known.unwrap_or(code).to_owned()
}

/// The level a map of this release shows: 2 where the release has second-level areas and the atlas outlines, else 1.
pub fn map_level(release: &Release, atlas: &Atlas) -> Option<u8> {
    let areas = release.table("areas")?;
    [2, 1].into_iter().find(|level| {
        let any_figure = !areas_of_level(areas, *level).is_empty();
        any_figure && areas_to_draw(release, atlas, *level).len() > 1
    })
}

/// The areas of a level of the release's country that stood at its time and have an outline.
fn areas_to_draw<'a>(release: &Release, atlas: &'a Atlas, level: u8) -> Vec<&'a Area> {
    let heading = release.heading();
    let stood = |area: &Area| {
        area.valid_from.is_none_or(|from| from <= heading.ends_on)
            && area.valid_to.is_none_or(|to| to >= heading.starts_on)
    };
    atlas
        .level(level)
        .filter(|area| stood(area) && atlas.boundary(&area.pcode).is_some())
        .filter(|area| atlas.ancestor(&area.pcode, 0).is_none_or(|country| country.pcode == heading.admin0))
        .collect()
}

/// Women and men of each age group in the whole country, the youngest first.
pub(crate) fn pyramid_rows(release: &Release, words: &Words) -> Option<Vec<PyramidRow>> {
    let table = release.table("sex_age")?;
    let admin0 = release.heading().admin0.as_str();
    let mut ages = values_of(Some(table), 2);
    ages.sort_by_key(|age| (years(age).map_or(u32::MAX, |(from, _)| from), *age));
    let cell = |sex: &str, age: &str| cell(Some(table), &[admin0, sex, age], "idp_ind");
    let row = |age: &str| PyramidRow { label: words.age(age), female: cell("female", age), male: cell("male", age) };
    (!ages.is_empty()).then(|| ages.into_iter().map(row).collect())
}

/// The points of a table of movements with who was counted at them: code, name and number, most first.
pub(crate) fn points_of(release: &Release, table: Option<&ReleasedTable>) -> Vec<(String, String, ReleasedCell)> {
    let codes = values_of(table, 0).into_iter();
    let cells = ranked(codes.map(|ssid| (ssid, cell(table, &[ssid, TOTAL, TOTAL], "persons"))));
    let name = |ssid: &str| {
        let place = release.places().iter().find(|place| place.ssid.as_str() == ssid);
        place.map_or_else(|| ssid.to_owned(), |place| place.name.clone())
    };
    cells.into_iter().map(|(ssid, cell)| (ssid.clone(), name(&ssid), cell)).collect()
}

/// The question with the most answers in the whole country, all groups together, and the share of households that gave
/// each of them, the most first; answers that nobody gave are left out. What is asked and answered is in words.
pub(crate) fn said_most(release: &Release, words: &Words) -> Option<(String, Vec<(String, ReleasedCell)>)> {
    let table = release.table(hna::TABLE)?;
    let admin0 = release.heading().admin0.as_str();
    let mut questions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, need) in &table.needs {
        questions.entry(need.indicator.as_str()).or_default().push(key);
    }
    let (_, answers) = questions.into_iter().max_by_key(|(_, answers)| answers.len())?;
    let asked = words.text(&table.needs.get(*answers.first()?)?.asked).to_owned();
    let cells = answers.into_iter().map(|key| (key, cell(Some(table), &[admin0, TOTAL, key], "share")));
    let given = ranked(cells.filter(|(_, cell)| !matches!(cell.value, Value::Number(0) | Value::Nothing)));
    let named =
        given.into_iter().filter_map(|(key, cell)| Some((words.text(&table.needs.get(&key)?.answer).to_owned(), cell)));
    Some((asked, named.collect()))
}

struct Sheet<'a> {
    current: &'a Release,
    releases: &'a [&'a Release],
    atlas: &'a Atlas,
    words: &'static Words,
    standing: Standing,
}

impl Sheet<'_> {
    /// Draws within a frame that says the title and what is seen in words.
    fn framed(&self, id: &str, title: &str, desc: &str, width: f64, draw: impl FnOnce(Frame<'_>) -> Svg) -> Svg {
        let heading = self.current.heading();
        let head = format!(
            "{}, {}",
            self.words.text(&heading.country),
            self.words.t_args("round", &[("label", Arg::from(heading.round.as_str()))])
        );
        let head = format!("{title} ({head})");
        let mut source = source_line(self.current, self.words);
        if id == "map" {
            source = format!("{source} {}", self.words.t("boundary-disclaimer"));
        }
        let frame = Frame::new(id, title, desc, self.words.lang()).with_width(width);
        draw(if self.standing == Standing::Alone { frame.with_caption(&head, &source) } else { frame })
    }

    /// A sentence that lists the first few figures, for those who do not see the drawing.
    fn list(&self, named: &[(String, ReleasedCell)], reading: Reading) -> String {
        let value = |cell: &ReleasedCell| match reading {
            Reading::Share => self.words.share(cell.value),
            _ => self.words.value(cell.value),
        };
        let said: Vec<String> = named.iter().take(6).map(|(name, cell)| self.words.pair(name, &value(cell))).collect();
        said.join("; ")
    }

    fn named(&self, cells: &[(String, ReleasedCell)]) -> Vec<(String, ReleasedCell)> {
        cells.iter().map(|(code, cell)| (area_name(self.atlas, self.words, code), *cell)).collect()
    }

    fn map(&self) -> Option<Svg> {
        let level = map_level(self.current, self.atlas)?;
        let table = self.current.table("areas");
        let drawn = areas_to_draw(self.current, self.atlas, level);
        // One scale for all rounds, so that their maps compare.
        let everywhere = self.releases.iter().filter_map(|release| release.table("areas")).flat_map(|table| {
            let codes = areas_of_level(table, level).into_iter();
            codes.filter_map(|code| cell(Some(table), &[code], "idp_ind").value.number()).collect::<Vec<_>>()
        });
        let breaks = drawing::class_breaks(everywhere);
        let mut group_names = BTreeMap::new();
        let mut areas = Vec::with_capacity(drawn.len());
        let mut said = Vec::new();
        for area in drawn {
            let code = area.pcode.as_str();
            let group = if level > 1 { area.parent.as_ref().map_or(code, Pcode::as_str) } else { code };
            if let Some(above) = self.atlas.area(&Pcode::from(group)) {
                group_names.insert(group, self.words.text(&above.name));
            }
            let Some(boundary) = self.atlas.boundary(&area.pcode) else { continue };
            let cell = cell(table, &[code], "idp_ind");
            let href = (self.standing == Standing::OnPage).then(|| format!("#{code}"));
            said.push((code.to_owned(), cell));
            areas.push(MapArea { name: self.words.text(&area.name), shape: &boundary.shape, group, cell, href });
        }
        let title = self.words.t("figure-map");
        let legend = self.words.t("measure-idp-ind");
        let most = ranked(said.iter().map(|(code, cell)| (code.as_str(), *cell)));
        let desc =
            self.words.t_args("figure-map-desc", &[("list", Arg::from(self.list(&self.named(&most), Reading::Count)))]);
        Some(self.framed("map", &title, &desc, 340.0, |frame| {
            drawing::choropleth(&Choropleth { frame, areas, breaks, legend: &legend, group_names })
        }))
    }

    fn areas(&self) -> Option<Svg> {
        let areas = self.named(&Facts::of(self.current, None).areas);
        self.people("areas", "figure-areas", &areas)
    }

    fn reasons(&self) -> Option<Svg> {
        let reasons = Facts::of(self.current, None).reasons;
        let named: Vec<_> = reasons.iter().map(|(code, cell)| (self.words.reason(code), *cell)).collect();
        self.people("reasons", "figure-reasons", &named)
    }

    fn points(&self) -> Option<Svg> {
        let points = points_of(self.current, self.current.table("flows"));
        let named: Vec<_> = points.into_iter().map(|(_, name, cell)| (name, cell)).collect();
        let all = cell(self.current.table("flows"), &[TOTAL, TOTAL, TOTAL], "persons").value.number();
        self.bars("points", "document-points", &named, all.map_or(Reading::Count, Reading::PartOf))
    }

    fn needs(&self) -> Option<Svg> {
        let said: Vec<_> = said_most(self.current, self.words)?.1;
        self.bars("needs", "document-needs", &said, Reading::Share)
    }

    /// Bars of displaced people, each with its share of all of them.
    fn people(&self, id: &str, title: &str, named: &[(String, ReleasedCell)]) -> Option<Svg> {
        let whole = Facts::of(self.current, None).number("idp_ind");
        self.bars(id, title, named, whole.map_or(Reading::Count, Reading::PartOf))
    }

    fn bars(&self, id: &str, title: &str, named: &[(String, ReleasedCell)], reading: Reading) -> Option<Svg> {
        if named.is_empty() {
            return None;
        }
        let bars = named.iter().map(|(label, cell)| Bar { label: label.clone(), cell: *cell, colour: None }).collect();
        let title = if self.words.has(title) { self.words.t_args(title, &[]) } else { id.to_owned() };
        Some(self.framed(id, &title, &self.list(named, reading), 330.0, |frame| {
            drawing::bars(&drawing::Bars { frame, bars, reading })
        }))
    }

    fn trend(&self) -> Option<Svg> {
        let mut points = Vec::new();
        let mut named = Vec::new();
        for release in self.releases {
            let heading = release.heading();
            let cell = cell(release.table("areas"), &[heading.admin0.as_str()], "idp_ind");
            let label = self.words.t_args("round-short", &[("label", Arg::from(heading.round.as_str()))]);
            named.push((label.clone(), cell));
            let partial = u64::from(heading.n_places_reached) * 10 < u64::from(heading.n_places_planned) * 9;
            points.push(drawing::TrendPoint { label, day: heading.reported_on, cell, partial });
        }
        if points.is_empty() {
            return None;
        }
        points.sort_by_key(|point| point.day);
        named.reverse();
        let title = self.words.t("figure-trend");
        Some(self.framed("trend", &title, &self.list(&named, Reading::Count), 330.0, |frame| {
            drawing::trend(&drawing::Trend { frame, points })
        }))
    }

    fn pyramid(&self) -> Option<Svg> {
        let rows = pyramid_rows(self.current, self.words)?;
        let table = self.current.table("sex_age");
        let admin0 = self.current.heading().admin0.as_str();
        let cell = |sex: &str, age: &str| cell(table, &[admin0, sex, age], "idp_ind");
        let sexes = ["female", "male"].map(|sex| (self.words.sex(sex), cell(sex, TOTAL)));
        let whole = cell(TOTAL, TOTAL).value.number();
        let title = self.words.t("figure-sex-age");
        Some(self.framed("sexage", &title, &self.list(&sexes, Reading::Count), 330.0, |frame| {
            drawing::pyramid(&drawing::Pyramid { frame, rows, whole })
        }))
    }

    fn origins(&self) -> Option<Svg> {
        let table = self.current.table("displacement")?;
        let origins = values_of(Some(table), 2);
        let mut streams = Vec::new();
        for area in areas_of_level(table, 1) {
            for origin in &origins {
                let key = [area, TOTAL, origin];
                if table.row(&key).is_some() {
                    let from = area_name(self.atlas, self.words, origin);
                    let to = area_name(self.atlas, self.words, area);
                    streams.push(Stream { from, to, cell: cell(Some(table), &key, "idp_ind") });
                }
            }
        }
        if streams.is_empty() {
            return None;
        }
        let (from_title, to_title) = (self.words.t("figure-from"), self.words.t("figure-to"));
        let title = self.words.t("figure-origins");
        let desc = self.list(&self.named(&Facts::of(self.current, None).origins), Reading::Count);
        Some(self.framed("origins", &title, &desc, 330.0, |frame| {
            let spec = OriginDestination { frame, from_title: &from_title, to_title: &to_title, streams, most: 6 };
            drawing::origin_destination(&spec)
        }))
    }

    fn flows(&self) -> Option<Svg> {
        let table = self.current.table("flows")?;
        let columns: Vec<Column> = values_of(Some(table), 1)
            .into_iter()
            .filter_map(|day| {
                let cell = cell(Some(table), &[TOTAL, day, TOTAL], "persons");
                Some(Column { day: day.parse::<NaiveDate>().ok()?, cell })
            })
            .collect();
        if columns.is_empty() {
            return None;
        }
        let title = self.words.t("figure-flows");
        let all = [(self.words.t("measure-persons"), cell(Some(table), &[TOTAL, TOTAL, TOTAL], "persons"))];
        Some(self.framed("flows", &title, &self.list(&all, Reading::Count), 330.0, |frame| {
            drawing::columns(&drawing::Columns { frame, columns })
        }))
    }
}
