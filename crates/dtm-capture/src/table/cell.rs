//! Reads one cell of a table as a number, a date or text, by the habits of its column.

use chrono::{NaiveDate, NaiveTime};
use dtm_model::Answer;

/// Words that stand for «nothing was answered» in exports of other systems.
const MISSING: [&str; 9] = ["NULL", "null", "NaT", "NaN", "NA", "N/A", "n/a", "#N/A", "#N/D"];
/// What a spreadsheet shows where a formula failed.
const FAILED: [&str; 7] = ["#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#VALEUR!"];

/// Whether the text stands for «nothing».
pub(super) fn is_missing(text: &str) -> bool {
    MISSING.contains(&text)
}

/// A cell read.
pub(super) struct Read {
    pub(super) answer: Answer,
    /// The check that should note it.
    pub(super) odd: Option<&'static str>,
}

/// The habits of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// Whether a comma stands before the fraction, where that is known.
    decimal_comma: Option<bool>,
    /// The same for the table as a whole, asked only where `1,234` stands alone.
    table_comma: Option<bool>,
    /// Whether the day stands before the month, where that is known.
    day_first: Option<bool>,
    /// Whether most answers are numbers, so that `12 345` is one too.
    mostly_numbers: bool,
}

impl Style {
    /// Judges each column by all its cells. A column that leaves a comma open follows the rest of the table; its points
    /// never do, since a coordinate such as `18.543` must not become eighteen thousand.
    pub(super) fn of_columns(rows: &[Vec<String>], width: usize, decimal_comma: Option<bool>) -> Vec<Style> {
        let evidence: Vec<Evidence> = (0..width).map(|column| Evidence::of(rows, column)).collect();
        let n_commas = evidence.iter().filter(|column| column.comma() == Some(true)).count();
        let n_points = evidence.iter().filter(|column| column.comma() == Some(false)).count();
        let table = match (n_commas, n_points) {
            (1.., 0) => Some(true),
            (0, 1..) => Some(false),
            _ => None,
        };
        let style = |column: &Evidence| Style {
            decimal_comma: decimal_comma.or(column.comma()),
            table_comma: table,
            day_first: column.day_first(),
            mostly_numbers: column.n_numbers * 2 >= column.n_cells,
        };
        evidence.iter().map(style).collect()
    }

    /// Reads a trimmed, filled cell.
    pub(super) fn read(&self, text: &str) -> Read {
        let read = |answer, odd| Read { answer, odd };
        if FAILED.contains(&text) {
            return read(Answer::Unreadable(text.to_owned()), Some("error_value"));
        }
        if let Some(date) = self.date(text) {
            return match date {
                Some(answer) => read(answer, None),
                None => read(Answer::Text(text.to_owned()), Some("ambiguous_date")),
            };
        }
        match Digits::of(text).and_then(|digits| digits.value(self)) {
            Some(Some(answer)) => read(answer, None),
            Some(None) => read(Answer::Text(text.to_owned()), Some("ambiguous_number")),
            None => read(Answer::Text(text.to_owned()), None),
        }
    }

    /// None: not a date. Some(None): a date, but day and month cannot be told apart.
    fn date(&self, text: &str) -> Option<Option<Answer>> {
        if let Some(answer) = iso_date(text) {
            return Some(Some(answer));
        }
        let (first, second, year) = slashed(text)?;
        let day_first = match self.day_first {
            Some(order) => order,
            None if first == second => true,
            None => return Some(None),
        };
        let (day, month) = if day_first { (first, second) } else { (second, first) };
        Some(Some(Answer::Date(NaiveDate::from_ymd_opt(year, month, day)?)))
    }
}

/// What the cells of a column say about its habits.
#[derive(Default)]
struct Evidence {
    n_cells: usize,
    n_numbers: usize,
    n_commas: usize,
    n_points: usize,
    first_over_12: bool,
    second_over_12: bool,
}

impl Evidence {
    fn of(rows: &[Vec<String>], column: usize) -> Evidence {
        let mut evidence = Evidence::default();
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.trim());
        for cell in cells.filter(|cell| !cell.is_empty() && !is_missing(cell)) {
            evidence.n_cells += 1;
            if let Some((first, second, _)) = slashed(cell) {
                evidence.first_over_12 |= first > 12;
                evidence.second_over_12 |= second > 12;
            }
            let Some(digits) = Digits::of(cell) else { continue };
            evidence.n_numbers += 1;
            match digits.says_comma() {
                Some(true) => evidence.n_commas += 1,
                Some(false) => evidence.n_points += 1,
                None => {}
            }
        }
        evidence
    }

    fn comma(&self) -> Option<bool> {
        // A «3,5» among free text says nothing.
        if self.n_numbers * 2 < self.n_cells {
            return None;
        }
        match (self.n_commas, self.n_points) {
            (1.., 0) => Some(true),
            (0, 1..) => Some(false),
            _ => None,
        }
    }

    fn day_first(&self) -> Option<bool> {
        match (self.first_over_12, self.second_over_12) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }
}

/// A text made of digits with marks between them: the groups of digits, and the marks that part them.
struct Digits {
    negative: bool,
    groups: Vec<String>,
    marks: Vec<char>,
}

impl Digits {
    fn of(text: &str) -> Option<Digits> {
        let (negative, text) = match text.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mut groups, mut marks) = (vec![String::new()], Vec::new());
        for char in text.chars() {
            match char {
                '0'..='9' => groups.last_mut()?.push(char),
                '.' | ',' => marks.push(char),
                ' ' | '\u{A0}' | '\u{202F}' => marks.push(' '),
                _ => return None,
            }
            if marks.len() == groups.len() {
                groups.push(String::new());
            }
        }
        // Every group is filled, only that before a leading mark (`.5`) may be empty.
        let whole_ok =
            groups[1..].iter().all(|group| !group.is_empty()) && (groups.len() == 2 || !groups[0].is_empty());
        (whole_ok && groups.iter().any(|group| !group.is_empty())).then_some(Digits { negative, groups, marks })
    }

    /// Whether the marks can only be thousands: groups of three after a first of one to three.
    fn is_grouped(&self, groups: &[String]) -> bool {
        matches!(groups[0].len(), 1..=3) && groups[1..].iter().all(|group| group.len() == 3)
    }

    /// Whether the number by itself says that its comma (true) or its point (false) stands before the fraction.
    fn says_comma(&self) -> Option<bool> {
        let last = *self.marks.last()?;
        let before = &self.marks[..self.marks.len() - 1];
        let same_before = before.iter().all(|mark| *mark == ' ') || before.iter().all(|mark| *mark != last);
        if before.contains(&last) {
            // `1,234,567`: repeated marks part thousands, so the other one stands before fractions.
            let thousands = self.is_grouped(&self.groups) && before.iter().all(|mark| *mark == last);
            return match (thousands, last) {
                (true, ',') => Some(false),
                (true, '.') => Some(true),
                _ => None,
            };
        }
        let fraction_len = self.groups.last()?.len();
        let grouped_before = before.is_empty() || self.is_grouped(&self.groups[..self.groups.len() - 1]);
        let decided = fraction_len != 3 || !before.is_empty();
        (last != ' ' && same_before && grouped_before && decided).then_some(last == ',')
    }

    /// None: not a number. Some(None): a number, but what its mark means is open.
    fn value(&self, style: &Style) -> Option<Option<Answer>> {
        let Some(last) = self.marks.last().copied() else { return Some(Some(self.integer()?)) };
        if self.marks.iter().all(|mark| *mark == ' ') {
            return (style.mostly_numbers && self.is_grouped(&self.groups)).then(|| self.integer()).flatten().map(Some);
        }
        let decimal_comma = match self.says_comma().or(style.decimal_comma) {
            Some(decimal_comma) => decimal_comma,
            // `1.234` alone is a fraction in every export that writes points; `1,234` alone could be either.
            None if self.marks == ['.'] => false,
            None if self.marks == [','] && self.is_grouped(&self.groups) => match style.table_comma {
                Some(decimal_comma) => decimal_comma,
                None => return Some(None),
            },
            None => return None,
        };
        let fraction_mark = if decimal_comma { ',' } else { '.' };
        if last != fraction_mark {
            let one_kind = self.marks.iter().all(|mark| *mark == last);
            return (one_kind && self.is_grouped(&self.groups)).then(|| self.integer()).flatten().map(Some);
        }
        let (fraction, whole) = self.groups.split_last()?;
        let thousands = &self.marks[..self.marks.len() - 1];
        let one_kind = thousands.iter().all(|mark| *mark != fraction_mark && Some(mark) == thousands.first());
        if !(thousands.is_empty() || one_kind && self.is_grouped(whole)) {
            return None;
        }
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}0{}.{fraction}", whole.concat()).parse().ok().map(|n| Some(Answer::Decimal(n)))
    }

    fn integer(&self) -> Option<Answer> {
        let digits = self.groups.concat();
        // A leading zero is kept: it is a code or a telephone number.
        if digits.len() > 1 && digits.starts_with('0') || digits.is_empty() {
            return None;
        }
        let n: i64 = digits.parse().ok()?;
        Some(Answer::Integer(if self.negative { -n } else { n }))
    }
}

/// A date or an instant that starts with year, month and day.
fn iso_date(text: &str) -> Option<Answer> {
    let (day, rest) = text.split_at_checked(10)?;
    let date = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().filter(|_| day.as_bytes()[4] == b'-')?;
    if rest.is_empty() {
        return Some(Answer::Date(date));
    }
    let time = rest.strip_prefix([' ', 'T'])?;
    let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let read = NaiveTime::parse_from_str(clock, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M"));
    match read.ok()? {
        NaiveTime::MIN if zone.is_empty() => Some(Answer::Date(date)),
        _ => Some(Answer::DateTime(format!("{day}T{time}"))),
    }
}

/// The parts of `25/3/2024`, also with points or hyphens.
fn slashed(text: &str) -> Option<(u32, u32, i32)> {
    let mark = text.chars().find(|char| !char.is_ascii_digit()).filter(|char| matches!(char, '/' | '.' | '-'))?;
    let mut parts = text.split(mark);
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = matches!((first.len(), second.len(), year.len()), (1..=2, 1..=2, 4)) && parts.next().is_none();
    if !fits || ![first, second, year].into_iter().all(digits) {
        return None;
    }
    let (first, second) = (first.parse().ok()?, second.parse().ok()?);
    let (small, large) = (u32::min(first, second), u32::max(first, second));
    ((1..=12).contains(&small) && large <= 31).then_some((first, second, year.parse().ok()?))
}
