//! Walks one cell of a table back to the figures, observations and records behind it.
//!
//! Takes the figures of a round, the observations they rest on (those of earlier rounds too, where figures are carried)
//! and the cell asked for; returns what it is made of. The same sorting of figures as in [`crate::tables`] decides, so
//! the explained total is the number in the cell. A cell of males or females that the table leaves empty because the
//! two do not make up the whole still shows here what was counted.

use crate::codes::{FLOW_PERSONS, UNKNOWN};
use crate::sheet::{MalesFemales, Part, Sheet, for_each_place};
use crate::tables::{direction_of, is_flow_total};
use dtm_model::{Atlas, Dim, Figure, Observation, Pcode, RecordId, Setting, Sex, Ssid, TOTAL};
use std::collections::{BTreeSet, HashMap};

/// The cell asked for: the table's dimensions, the row's key and the measure, as tables name them.
#[derive(Clone, Copy, Debug)]
pub struct Query<'q> {
    /// The dimensions of the table.
    pub dims: &'q [Dim],
    /// The key of the row, in their order; [`TOTAL`] for a margin.
    pub key: &'q [&'q str],
    /// The measure, such as `idp_ind`.
    pub measure: &'q str,
    /// The choice the tables were made with.
    pub males_females: MalesFemales,
}

impl Query<'_> {
    fn wants(&self, dim: Dim) -> Option<&str> {
        let at = self.dims.iter().position(|known| *known == dim)?;
        self.key.get(at).copied().filter(|key| *key != TOTAL)
    }

    fn admits(&self, dim: Dim, value: &str) -> bool {
        self.wants(dim).is_none_or(|wanted| wanted == value)
    }
}

/// What a cell is made of.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Explained {
    /// The number; none where no figure contributes.
    pub total: Option<i64>,
    /// How much of it is carried from an earlier round.
    pub carried: i64,
    /// The figures, by place.
    pub figures: Vec<Figure>,
    /// The observations the figures rest on, as far as they were given.
    pub observations: Vec<Observation>,
    /// The places, in order.
    pub places: Vec<Ssid>,
    /// The records, in order.
    pub records: Vec<RecordId>,
}

/// Returns the figures, observations and records behind one cell. `country` is the area every figure counts to.
pub fn explain(
    figures: &[Figure],
    observations: &[Observation],
    atlas: &Atlas,
    country: &Pcode,
    query: &Query,
) -> Explained {
    let mut explained = Explained::default();
    let in_area = |figure: &Figure| match query.wants(Dim::Area) {
        None => true,
        Some(area) if area == country.as_str() => true,
        Some(area) => {
            (0..=4).any(|level| atlas.ancestor(&figure.area, level).is_some_and(|above| above.pcode.as_str() == area))
        }
    };
    let here = |figure: &Figure| query.admits(Dim::Place, figure.place.as_str()) && in_area(figure);
    if query.measure == "persons" {
        for_each_place(
            figures,
            |figure| is_flow_total(figure) && here(figure),
            |of_place| {
                let of_row = |figure: &&&Figure| {
                    query.admits(Dim::Day, &figure.observed_on.to_string())
                        && query.admits(Dim::Direction, direction_of(figure))
                };
                let parts: Vec<Part> = of_place
                    .iter()
                    .filter(of_row)
                    .map(|figure| Part { figure, reason: TOTAL, origin: TOTAL, sex: None, age: None })
                    .collect();
                explained.add(&parts, false);
            },
        );
    } else {
        for_each_place(
            figures,
            |figure| figure.indicator != FLOW_PERSONS && here(figure),
            |of_place| {
                let sheet = Sheet::of(of_place, query.males_females);
                let parts = parts_of(&sheet, of_place, query);
                if matches!(query.measure, "in_sites" | "in_host") && !sheet.idp_ind.is_empty() {
                    // Nobody of a host community lives on a site: that is zero, not nothing.
                    explained.total.get_or_insert(0);
                }
                explained.add(&parts, query.measure == "places");
            },
        );
    }
    explained.places.dedup();
    let records: BTreeSet<RecordId> = explained.figures.iter().flat_map(|figure| figure.records.clone()).collect();
    explained.records = records.into_iter().collect();
    explained.observations = observations_behind(&explained.figures, observations);
    explained
}

impl Explained {
    fn add(&mut self, parts: &[Part], places: bool) {
        if parts.is_empty() {
            return;
        }
        let (mut value, mut carried) =
            (parts.iter().map(Part::value).sum::<i64>(), parts.iter().map(Part::carried).sum::<i64>());
        if places {
            (value, carried) = (i64::from(value > 0), i64::from(value > 0 && carried > 0));
        }
        self.total = Some(self.total.unwrap_or(0) + value);
        self.carried += carried;
        for part in parts {
            self.places.push(part.figure.place.clone());
            self.figures.push(part.figure.clone());
        }
    }
}

/// The parts of one place's sheet that belong to the cell.
fn parts_of<'f>(sheet: &Sheet<'f>, figures: &[&'f Figure], query: &Query) -> Vec<Part<'f>> {
    let by_sex_or_age = query.dims.contains(&Dim::Sex) || query.dims.contains(&Dim::Age);
    let setting = figures.first().and_then(|figure| figure.setting);
    let parts = match query.measure {
        "idp_ind" if by_sex_or_age => &sheet.sex_age,
        "in_sites" if setting != Some(Setting::Site) => return Vec::new(),
        "in_host" if setting != Some(Setting::HostCommunity) => return Vec::new(),
        "idp_ind" | "in_sites" | "in_host" => &sheet.idp_ind,
        "places" if sheet.idp_ind.is_empty() => &sheet.idp_hh,
        "places" => &sheet.idp_ind,
        "idp_hh" => &sheet.idp_hh,
        "returnee_ind" => &sheet.returnee_ind,
        "returnee_hh" => &sheet.returnee_hh,
        "males" | "females" => &sheet.sexes,
        _ => return Vec::new(),
    };
    let sex = match query.measure {
        "males" => Some(Sex::Male),
        "females" => Some(Sex::Female),
        _ => None,
    };
    let of_cell = |part: &&Part| {
        query.admits(Dim::Reason, part.reason)
            && query.admits(Dim::Origin, part.origin)
            && query.admits(Dim::Sex, part.sex.map_or(UNKNOWN, Sex::code))
            && query.admits(Dim::Age, part.age.unwrap_or(UNKNOWN))
            && sex.is_none_or(|sex| part.sex == Some(sex))
    };
    parts.iter().filter(of_cell).copied().collect()
}

fn observations_behind(figures: &[Figure], observations: &[Observation]) -> Vec<Observation> {
    let mut headings: HashMap<(&RecordId, &Ssid), Vec<&Figure>> = HashMap::new();
    for figure in figures {
        for record in &figure.records {
            headings.entry((record, &figure.place)).or_default().push(figure);
        }
    }
    let behind = |observation: &&Observation| {
        headings.get(&(&observation.record, &observation.place)).is_some_and(|figures| {
            figures.iter().any(|figure| {
                let flow =
                    figure.indicator == FLOW_PERSONS && figure.breakdown.direction == observation.breakdown.direction;
                flow || (figure.indicator == observation.indicator && figure.breakdown == observation.breakdown)
            })
        })
    };
    observations.iter().filter(behind).cloned().collect()
}
