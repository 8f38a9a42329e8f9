//! A book as programs, spreadsheets and the command line read it.

use super::{Book, Line};
use crate::cli::{Caller, Report};
use crate::spreadsheet::{Cell, Table};
use dtm_process::patterns::enumerators::{Measure, Part, Unit};
use dtm_publish::words::{Arg, Words};
use serde_json::{Value, json};

/// A value of a measure in words: a share in percent, minutes, metres.
pub(crate) fn value_words(w: &Words, measure: Measure, value: f64) -> String {
    // 20 min and 39.5 min: a decimal that says nothing is left out.
    let tenths = |value: f64| w.decimal(value, usize::from((value * 10.0).round() % 10.0 != 0.0));
    match measure.unit() {
        Unit::Share => w.percent((value * 1000.0).round() as i64, 1000),
        Unit::Minutes => w.t_args("supervise-minutes", &[("n", Arg::from(tenths(value)))]),
        Unit::Metres if value >= 10_000.0 => {
            w.t_args("supervise-kilometres", &[("n", Arg::from(tenths(value / 1000.0)))])
        }
        Unit::Metres => w.t_args("supervise-metres", &[("n", Arg::from(w.number(value.round() as i64)))]),
        Unit::Number if measure == Measure::PerDay => tenths(value),
        Unit::Number => w.decimal(value, 2),
    }
}

fn part_json(part: &Part) -> Value {
    json!({
        "measure": part.measure, "value": part.value, "n": part.n, "of": part.of, "usual": part.usual,
        "beside": part.beside,
    })
}

/// The book as programs read it.
pub(crate) fn about_json(book: &Book, w: &Words) -> Value {
    let line = |line: &Line| {
        json!({
            "key": line.key, "name": book.name(line, w), "interviews": line.profile.n_interviews,
            "days": line.profile.n_days,
            "teams": book.teams_of(line).iter().map(|team| &team.id).collect::<Vec<_>>(),
            "measures": line.profile.parts.iter().map(part_json).collect::<Vec<_>>(),
        })
    };
    let form =
        |form: &super::FormCount| json!({ "xmlFormId": form.key, "title": form.title, "records": form.n_records });
    json!({
        "by": book.by.code(), "xmlFormId": book.form, "forms": book.forms.iter().map(form).collect::<Vec<_>>(),
        "records": book.n_all, "counted": book.held.len(), "onlyNewest": book.is_cut, "saysWho": book.says_who,
        "from": book.days.map(|(from, _)| from), "to": book.days.map(|(_, to)| to),
        "lines": book.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

/// The book as a table: each value with of how many it was taken, what is usual, and how it stands beside that.
pub(crate) fn table(book: &Book, w: &Words) -> Table {
    let measures: Vec<Measure> = Measure::ALL
        .into_iter()
        .filter(|measure| book.lines.iter().any(|line| line.profile.part(*measure).is_some()))
        .collect();
    let mut headings: Vec<String> =
        ["supervise-who", "visits-team", "supervise-interviews", "supervise-days"].map(|key| w.t(key)).to_vec();
    for measure in &measures {
        let name = w.typeset(measure.words().get(w.lang()));
        headings.push(name.clone());
        for key in ["supervise-of", "supervise-usual", "supervise-beside"] {
            headings.push(format!("{name} – {}", w.t(key)));
        }
    }
    let row = |line: &Line| {
        let teams: Vec<&str> = book.teams_of(line).into_iter().map(|team| team.name.as_str()).collect();
        let mut cells: Vec<Cell> = vec![
            book.name(line, w).into(),
            teams.join(", ").into(),
            line.profile.n_interviews.into(),
            line.profile.n_days.into(),
        ];
        for measure in &measures {
            match line.profile.part(*measure) {
                Some(part) => cells.extend([
                    Cell::Number(part.value),
                    part.of.into(),
                    part.usual.map_or(Cell::Nothing, Cell::Number),
                    w.label("supervise-beside", part.beside.code()).into(),
                ]),
                None => cells.extend(std::iter::repeat_n(Cell::Nothing, 4)),
            }
        }
        cells
    };
    Table { name: "supervision", headings, rows: book.lines.iter().map(row).collect() }
}

/// What the command says: a line for each, with what is worth a look.
pub(crate) fn report(book: &Book, caller: &Caller) -> Report {
    let w = Words::of(caller.lang);
    let line = |line: &Line| {
        let odd = line.profile.parts.iter().filter(|part| part.beside.is_unusual()).map(|part| {
            let usual = part.usual.map(|usual| value_words(w, part.measure, usual)).unwrap_or_default();
            format!(
                "\n      {}: {} ({} {}), {} {usual}: {}",
                part.measure.words().get(caller.lang),
                value_words(w, part.measure, part.value),
                w.t("supervise-of"),
                part.of,
                w.t("supervise-usual"),
                w.label("supervise-beside", part.beside.code())
            )
        });
        let (name, profile) = (book.name(line, w), &line.profile);
        format!("{:>6}  {name}{}", profile.n_interviews, odd.collect::<String>())
    };
    let lines: Vec<String> = book.lines.iter().map(line).collect();
    Report::new(lines.join("\n"), about_json(book, w))
}
