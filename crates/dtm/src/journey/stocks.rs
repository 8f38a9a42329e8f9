//! Stock and flow of a round: who should be there by what is known of movements since the round before, who is, and what
//! nothing explains.
//!
//! The stocks are the settled figures of both rounds. Movements are what officers know and write down (a register, an
//! agency, an event's reports that they take over); they stand beside the figures and never enter them. What places
//! counted in one of the rounds only make of the residual is told beside it. Methods: `dtm_process::rounds::stock_flow`.

use super::{RoundOf, events, settle};
use crate::cli::{Mistakes, Report};
use crate::world;
use anyhow::Result;
use dtm_model::{Area, Atlas, Figure, Lang, Movement, MovementId, MovementKind, Pcode, RoundLabel};
use dtm_process::codes::IDP_IND;
use dtm_process::rounds::{Balance, Comparison, Measured, STOCK_FLOW_TERMS, StockFlow, balance, compare};
use dtm_publish::words::{Arg, Words};
use dtm_store::{Blobs, Stamp, Store};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The level of the areas that an account is made for.
const LEVEL: u8 = 1;
/// The longest name of a source.
pub(crate) const LONGEST_SOURCE: usize = 200;
/// More people than any operation counts.
const MOST_PERSONS: i64 = 100_000_000;

/// What is known of an area, and what follows.
pub(crate) struct Account {
    /// None for all areas together, and for what lies in no known one.
    pub(crate) area: Option<Pcode>,
    pub(crate) known: StockFlow,
    pub(crate) balance: Balance,
    /// What places that were counted in one of the two rounds only make of the change.
    pub(crate) coverage: i64,
}

/// What an event reported and nobody took over yet.
pub(crate) struct Offer {
    pub(crate) area: Pcode,
    pub(crate) persons: i64,
    pub(crate) source: String,
}

/// The stocks and flows of a round.
pub(crate) struct Stocks {
    /// The round before.
    pub(crate) since: RoundLabel,
    pub(crate) accounts: Vec<Account>,
    pub(crate) whole: Account,
    /// What was written down, what was withdrawn too, in its order.
    pub(crate) movements: Vec<Movement>,
    pub(crate) offers: Vec<Offer>,
    pub(crate) atlas: Atlas,
}

/// A movement as somebody writes it down.
#[derive(Clone, Debug, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMovement {
    /// P-code of the area
    #[arg(long)]
    pub(crate) area: String,
    /// arrivals, births, departures, returns, deaths, reclassified
    #[arg(long)]
    pub(crate) kind: String,
    /// How many persons
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) persons: i64,
    /// So many more or fewer it may have been, eight times in ten
    #[arg(long, default_value_t = 0)]
    #[serde(default)]
    pub(crate) margin: i64,
    /// Who or what says so; never the name of a person
    #[arg(long)]
    pub(crate) source: String,
}

/// The stock of each area, with the error that the figures' own lows and highs give it.
fn stocks(figures: &[Figure], area_of: impl Fn(&Pcode) -> Option<Pcode>) -> BTreeMap<Option<Pcode>, Measured> {
    let mut stocks: BTreeMap<Option<Pcode>, Measured> = BTreeMap::new();
    for figure in figures.iter().filter(|figure| figure.indicator == IDP_IND && figure.breakdown.is_everyone()) {
        let half = figure.range.map_or(0.0, |(low, high)| (high - low) / 2.0);
        let stock = stocks.entry(area_of(&figure.area)).or_insert(NOBODY);
        *stock = stock.and(Measured::within(figure.value, half));
    }
    stocks
}

const NOBODY: Measured = Measured { value: 0.0, sd: 0.0 };

fn coverage(comparison: &Comparison) -> i64 {
    comparison.parts.new_places + comparison.parts.lost_coverage
}

/// The accounts of a round; none where it or every round before it was never settled.
pub(crate) async fn of(store: &Store, blobs: &Blobs, of: RoundOf<'_>, lang: Lang) -> Result<Option<Stocks>> {
    let RoundOf { operation, exercise, round } = of;
    let Some(figures) = settle::figures_of_round(store, blobs, round).await? else { return Ok(None) };
    let Some((since, before)) = settle::earlier_figures(store, blobs, exercise, round, 1).await?.pop() else {
        return Ok(None);
    };
    let atlas = store.atlas(&operation.admin0).await?;
    let area_of = |area: &Pcode| atlas.ancestor(area, LEVEL).map(|area| area.pcode.clone());
    let (then, now) = (stocks(&before, area_of), stocks(&figures, area_of));
    let comparison = compare(&before, &figures, IDP_IND, &atlas);
    let movements = store.movements(&round.id).await?;
    let standing = || movements.iter().filter(|movement| movement.withdrawn.is_none());
    let mut known: BTreeMap<Option<Pcode>, StockFlow> = BTreeMap::new();
    for area in then.keys().chain(now.keys()) {
        let stock = |of: &BTreeMap<_, Measured>| Some(of.get(area).copied().unwrap_or(NOBODY));
        known.insert(area.clone(), StockFlow { before: stock(&then), after: stock(&now), ..StockFlow::default() });
    }
    let mut whole = StockFlow::default();
    for movement in standing() {
        let account = known.entry(area_of(&movement.area)).or_insert(StockFlow {
            before: Some(NOBODY),
            after: Some(NOBODY),
            ..StockFlow::default()
        });
        account.add(movement.kind, Measured::within(movement.persons as f64, movement.margin as f64));
        whole.add(movement.kind, Measured::within(movement.persons as f64, movement.margin as f64));
    }
    let sum = |of: &BTreeMap<Option<Pcode>, Measured>| Some(of.values().fold(NOBODY, |sum, stock| sum.and(*stock)));
    (whole.before, whole.after) = (sum(&then), sum(&now));
    let account = |area: Option<Pcode>, known: StockFlow, coverage| {
        let balance = balance(&known)?;
        Some(Account { area, known, balance, coverage })
    };
    let of_area = |(area, known): (Option<Pcode>, StockFlow)| {
        let compared = area.as_ref().and_then(|area| comparison.areas.get(area));
        account(area, known, compared.map_or(0, coverage))
    };
    let accounts = known.into_iter().filter_map(of_area).collect();
    let Some(whole) = account(None, whole, coverage(&comparison)) else { return Ok(None) };
    let mut offers = Vec::new();
    if let Some(beside) = events::beside(store, blobs, of, &atlas, lang).await? {
        let title = |key| beside.events.iter().find(|(event, _)| event == key).map(|(_, title)| title.clone());
        for area in &beside.areas {
            for part in area.events.iter().filter(|part| part.persons > 0) {
                let source = title(&part.event).unwrap_or_default();
                offers.push(Offer { area: area.area.clone(), persons: part.persons, source });
            }
        }
    }
    let is_taken = |offer: &Offer| {
        standing().any(|movement| {
            movement.kind == MovementKind::Arrivals && movement.area == offer.area && movement.source == offer.source
        })
    };
    offers.retain(|offer| !is_taken(offer));
    Ok(Some(Stocks { since, accounts, whole, movements, offers, atlas }))
}

impl Stocks {
    /// The name of an area, or its code where it is not known any more.
    pub(crate) fn name<'a>(&'a self, area: &'a Pcode, w: &Words) -> &'a str {
        self.atlas.area(area).map_or(area.as_str(), |area| area.name.get(w.lang()))
    }

    /// The accounts, each with its name; that of all areas is the last.
    pub(crate) fn lines<'a>(&'a self, w: &'a Words) -> impl Iterator<Item = (String, &'a Account)> {
        let name = |account: &'a Account| match &account.area {
            Some(area) => (self.name(area, w).to_owned(), account),
            None => (w.t("stocks-elsewhere"), account),
        };
        self.accounts.iter().map(name).chain([(w.t("stocks-whole"), &self.whole)])
    }

    /// The areas in which something can have moved: those of the first level, each with those of the second.
    pub(crate) fn areas(&self) -> Vec<(&Area, Vec<&Area>)> {
        let below =
            |area: &Area| self.atlas.level(LEVEL + 1).filter(|one| one.parent.as_ref() == Some(&area.pcode)).collect();
        self.atlas.level(LEVEL).map(|area| (area, below(area))).collect()
    }
}

/// What is wrong with a movement, in the reader's language.
fn mistakes(new: &NewMovement, kind: Option<MovementKind>, atlas: &Atlas, w: &Words) -> Vec<String> {
    let mut told = Vec::new();
    let area = Pcode::from(new.area.trim());
    if atlas.ancestor(&area, LEVEL).is_none() {
        told.push(w.t_args("stocks-no-area", &[("code", Arg::from(area.as_str()))]));
    }
    let (least, what) = match kind {
        None => {
            told.push(w.t_args("stocks-no-kind", &[("kind", Arg::from(new.kind.trim()))]));
            (1, "stocks-no-persons")
        }
        Some(MovementKind::Reclassified) => (-MOST_PERSONS, "stocks-no-change"),
        Some(_) => (1, "stocks-no-persons"),
    };
    if !(least..=MOST_PERSONS).contains(&new.persons) || new.persons == 0 {
        told.push(w.t(what));
    }
    if !(0..=MOST_PERSONS).contains(&new.margin) {
        told.push(w.t("stocks-no-margin"));
    }
    let source = new.source.trim();
    if source.is_empty() || source.chars().count() > LONGEST_SOURCE {
        told.push(w.t_args("stocks-no-source", &[("most", Arg::from(LONGEST_SOURCE as i64))]));
    }
    told
}

/// Writes a movement down. What is wrong with it comes back as [`Mistakes`].
pub(crate) async fn add(
    store: &Store,
    of: RoundOf<'_>,
    new: &NewMovement,
    lang: Lang,
    stamp: &Stamp,
) -> Result<Movement> {
    let atlas = store.atlas(&of.operation.admin0).await?;
    let kind = MovementKind::from_code(new.kind.trim());
    let lines = mistakes(new, kind, &atlas, Words::of(lang));
    let Some(kind) = kind.filter(|_| lines.is_empty()) else { return Err(Mistakes { lines }.into()) };
    let movement = Movement {
        id: world::fresh(MovementId::new),
        round: of.round.id.clone(),
        area: Pcode::from(new.area.trim()),
        kind,
        persons: new.persons,
        margin: new.margin,
        source: new.source.trim().to_owned(),
        by: stamp.by.clone(),
        at: stamp.at,
        withdrawn: None,
    };
    store.add_movement(&movement, stamp).await?;
    Ok(movement)
}

/// Writes down every arrival that events reported and nobody took over yet. Returns how many.
pub(crate) async fn take_over(
    store: &Store,
    blobs: &Blobs,
    of: RoundOf<'_>,
    lang: Lang,
    stamp: &Stamp,
) -> Result<usize> {
    let Some(seen) = self::of(store, blobs, of, lang).await? else { return Ok(0) };
    for offer in &seen.offers {
        let new = NewMovement {
            area: offer.area.to_string(),
            kind: MovementKind::Arrivals.code().to_owned(),
            persons: offer.persons,
            margin: 0,
            source: offer.source.clone(),
        };
        add(store, of, &new, lang, stamp).await?;
    }
    Ok(seen.offers.len())
}

/// A movement as programs read it.
pub(crate) fn movement_json(movement: &Movement) -> Value {
    let withdrawn = movement.withdrawn.as_ref().map(|(by, at)| json!({ "by": by, "at": at.to_string() }));
    json!({
        "id": movement.id, "area": movement.area, "kind": movement.kind, "persons": movement.persons,
        "margin": movement.margin, "source": movement.source, "by": movement.by, "at": movement.at.to_string(),
        "withdrawn": withdrawn,
    })
}

fn account_json(account: &Account) -> Value {
    let Account { area, known, balance, coverage } = account;
    let moved: Vec<Value> = MovementKind::ALL
        .into_iter()
        .filter_map(|kind| {
            known.moved(kind).map(|moved| json!({ "kind": kind, "persons": moved.value, "sd": moved.sd }))
        })
        .collect();
    let fitted: BTreeMap<&str, f64> =
        STOCK_FLOW_TERMS.iter().zip(balance.fitted).filter_map(|((term, _), value)| Some((*term, value?))).collect();
    json!({
        "area": area, "before": known.before.map(|stock| stock.value), "moved": moved, "expected": known.expected(),
        "after": known.after.map(|stock| stock.value), "residual": balance.residual, "residualZ": balance.residual_z,
        "coverage": coverage, "fitted": balance.fits.then_some(fitted),
    })
}

/// The accounts as programs read them.
pub(crate) fn json(seen: &Stocks) -> Value {
    let offers =
        seen.offers.iter().map(|offer| json!({ "area": offer.area, "persons": offer.persons, "source": offer.source }));
    json!({
        "since": seen.since, "accounts": seen.accounts.iter().map(account_json).collect::<Vec<_>>(),
        "whole": account_json(&seen.whole), "movements": seen.movements.iter().map(movement_json).collect::<Vec<_>>(),
        "offers": offers.collect::<Vec<_>>(),
    })
}

/// What the command says: a line for each area, and what was written down.
pub(crate) fn report(seen: &Stocks, w: &Words) -> Report {
    let number = |n: f64| w.number(n.round() as i64);
    let told = seen.lines(w).map(|(name, account)| {
        let args = [
            ("area", Arg::from(name)),
            ("before", Arg::from(account.known.before.map(|stock| number(stock.value)).unwrap_or_default())),
            ("expected", Arg::from(account.known.expected().map(number).unwrap_or_default())),
            ("after", Arg::from(account.known.after.map(|stock| number(stock.value)).unwrap_or_default())),
            ("residual", Arg::from(w.difference(account.balance.residual.round() as i64))),
        ];
        w.t_args("stocks-line", &args)
    });
    let written = seen.movements.iter().map(|movement| {
        let mark = if movement.withdrawn.is_some() { "×" } else { " " };
        let kind = w.label("stocks-kind", movement.kind.code());
        let (name, persons) = (seen.name(&movement.area, w), w.number(movement.persons));
        format!(
            "{mark} {kind}: {persons} ± {}, {name}, {}  [{}]",
            w.number(movement.margin),
            movement.source,
            movement.id
        )
    });
    Report::new(told.chain(written).collect::<Vec<_>>().join("\n"), json(seen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Text;

    fn atlas() -> Atlas {
        let area = |code: &str, level: u8, parent: Option<&str>| Area {
            pcode: code.into(),
            level,
            name: Text::both(code, code),
            parent: parent.map(Into::into),
            aliases: BTreeMap::new(),
            valid_from: None,
            valid_to: None,
            became: Vec::new(),
        };
        Atlas::new([area("XS", 0, None), area("XS01", 1, Some("XS")), area("XS0101", 2, Some("XS01"))], [])
    }

    #[test]
    fn a_movement_that_cannot_be_is_refused_with_all_its_mistakes() {
        let w = Words::of(Lang::En);
        let told = |area: &str, kind: &str, persons: i64, margin: i64, source: &str| {
            let new = NewMovement {
                area: area.to_owned(),
                kind: kind.to_owned(),
                persons,
                margin,
                source: source.to_owned(),
            };
            mistakes(&new, MovementKind::from_code(kind), &atlas(), w).len()
        };
        assert_eq!(told("XS01", "arrivals", 300, 40, "Register of the mayor"), 0);
        assert_eq!(told("XS0101", "reclassified", -20, 0, "Host families counted apart"), 0);
        assert_eq!(told("XS", "births", 1, 0, "Clinic"), 1, "the country is not an area of it");
        assert_eq!(told("XS01", "arrivals", -1, 0, "Register"), 1);
        assert_eq!(told("XS01", "reclassified", 0, 0, "Register"), 1);
        assert_eq!(told("XS09", "flight", 0, -1, " "), 5);
    }
}
