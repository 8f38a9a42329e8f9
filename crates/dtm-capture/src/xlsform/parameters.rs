//! The parameters column: `key=value` pairs, and which of them a question type knows.

use super::cells::Cell;
use super::problem::{Problems, nearest};

/// The parameters of one row.
pub(super) struct Parameters {
    pairs: Vec<(String, Cell)>,
}

impl Parameters {
    /// Reads `start=1 end=10`, separated by blanks, commas or semicolons; blanks around `=` do not matter.
    pub(super) fn read(cell: Option<Cell>, problems: &mut Problems) -> Parameters {
        let mut pairs: Vec<(String, Cell)> = Vec::new();
        let Some(cell) = cell else { return Parameters { pairs } };
        let joined = join_around_equals(&cell.text);
        for pair in joined.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|pair| !pair.is_empty())
        {
            match pair.split_once('=') {
                Some((key, value)) if !key.is_empty() && !value.is_empty() && !value.contains('=') => {
                    let key = key.to_lowercase();
                    // Columns of a file keep their case; all other words do not.
                    let keeps_case = matches!(key.as_str(), "value" | "label");
                    let text = if keeps_case { value.to_owned() } else { value.to_lowercase() };
                    pairs.retain(|(known, _)| *known != key);
                    pairs.push((key, Cell { text, at: cell.at }));
                }
                _ => problems.note("parameter_malformed", cell.at, pair),
            }
        }
        Parameters { pairs }
    }

    /// Notes every parameter that the type does not know.
    pub(super) fn allow(&self, known: &[&str], problems: &mut Problems) {
        for (key, cell) in &self.pairs {
            if !known.contains(&key.as_str()) {
                let suggestion = nearest(key, known.iter().copied());
                problems.note_with("parameter_unknown", cell.at, key, &known.join(", "), suggestion);
            }
        }
    }

    /// A parameter's value.
    pub(super) fn get(&self, key: &str) -> Option<&Cell> {
        self.pairs.iter().find(|(name, _)| name == key).map(|(_, cell)| cell)
    }

    /// A value out of a few words, noted if it is another.
    pub(super) fn word(&self, key: &str, words: &[&str], problems: &mut Problems) -> Option<&Cell> {
        let cell = self.get(key)?;
        if words.contains(&cell.text.as_str()) {
            return Some(cell);
        }
        problems.note_with(
            "parameter_value",
            cell.at,
            &cell.text,
            &words.join(", "),
            nearest(&cell.text, words.iter().copied()),
        );
        None
    }

    /// A value that is a number by this test, noted if it is not.
    pub(super) fn number(
        &self,
        key: &str,
        expected: &str,
        holds: impl Fn(&str) -> bool,
        problems: &mut Problems,
    ) -> Option<&Cell> {
        let cell = self.get(key)?;
        if holds(&cell.text) {
            return Some(cell);
        }
        problems.note_other("parameter_value", cell.at, &cell.text, expected);
        None
    }
}

/// Whether a text is a whole number.
pub(super) fn whole(text: &str) -> bool {
    digits(text.strip_prefix(['-', '+']).unwrap_or(text))
}

/// Whether a text is a number of any kind.
pub(super) fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(bare, "inf" | "infinity" | "nan") {
        return true;
    }
    let (base, exponent) = bare.split_once('e').unwrap_or((bare, "0"));
    let (left, right) = base.split_once('.').unwrap_or((base, ""));
    let part = |text: &str| text.is_empty() || digits(text);
    part(left) && part(right) && !(left.is_empty() && right.is_empty()) && whole(exponent)
}

/// Digits, perhaps with single underscores between them.
fn digits(text: &str) -> bool {
    !text.is_empty() && text.split('_').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn join_around_equals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, part) in text.split('=').enumerate() {
        if index > 0 {
            out.truncate(out.trim_end().len());
            out.push('=');
        }
        out.push_str(if index > 0 { part.trim_start() } else { part });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::problem::{At, SheetId};
    use super::*;

    #[test]
    fn parameters_are_read_however_they_are_separated() {
        let mut problems = Problems::default();
        let at = At::row(SheetId::Survey, 3).column(1);
        let text = "Start = 1, end=10;step= 2 label=Nom".to_owned();
        let parameters = Parameters::read(Some(Cell { text, at }), &mut problems);
        let read = |key: &str| parameters.get(key).map(|cell| cell.text.clone());
        assert_eq!(read("start").as_deref(), Some("1"));
        assert_eq!(read("end").as_deref(), Some("10"));
        assert_eq!(read("step").as_deref(), Some("2"));
        assert_eq!(read("label").as_deref(), Some("Nom"));
        parameters.allow(&["start", "end", "label", "steps"], &mut problems);
        assert_eq!(problems.into_sorted()[0].suggestion.as_deref(), Some("steps"));
    }
}
