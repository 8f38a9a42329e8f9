//! The interface's words, numbers and dates, in every language it is complete in.
//!
//! In: a language. Out: [`Words`], which says a key of the Fluent files under `locales/`, and writes numbers, shares,
//! changes and dates as that language does. Every key exists in both languages with the same arguments; the tests at
//! the end hold that, and look up each key that code or templates mention.

use chrono::{Datelike, NaiveDate};
use dtm_model::{Lang, Text};
use dtm_protect::Value;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use std::sync::LazyLock;

/// An argument of a message: text or number. Numbers choose the plural and are written with separators.
pub use fluent_bundle::FluentValue as Arg;

/// No-break space between the parts of a number, and before the percent sign, in French.
const NARROW: char = '\u{202f}';
/// No-break space between a day and its month.
const NBSP: char = '\u{a0}';

/// Every file of words, per language.
const FILES: [(Lang, &[&str]); 2] = [
    (
        Lang::En,
        &[
            include_str!("../locales/en/common.ftl"),
            include_str!("../locales/en/drawing.ftl"),
            include_str!("../locales/en/maps.ftl"),
            include_str!("../locales/en/page.ftl"),
            include_str!("../locales/en/factsheet.ftl"),
            include_str!("../locales/en/document.ftl"),
            include_str!("../locales/en/office.ftl"),
            include_str!("../locales/en/outbox.ftl"),
            include_str!("../locales/en/entities.ftl"),
            include_str!("../locales/en/forms.ftl"),
            include_str!("../locales/en/fill.ftl"),
            include_str!("../locales/en/builder.ftl"),
            include_str!("../locales/en/bring.ftl"),
            include_str!("../locales/en/encryption.ftl"),
            include_str!("../locales/en/submissions.ftl"),
            include_str!("../locales/en/accounts.ftl"),
            include_str!("../locales/en/data.ftl"),
            include_str!("../locales/en/dataset.ftl"),
            include_str!("../locales/en/audit.ftl"),
            include_str!("../locales/en/rest.ftl"),
            include_str!("../locales/en/rounds.ftl"),
            include_str!("../locales/en/events.ftl"),
            include_str!("../locales/en/cleaning.ftl"),
            include_str!("../locales/en/places.ftl"),
            include_str!("../locales/en/flows.ftl"),
            include_str!("../locales/en/needs.ftl"),
            include_str!("../locales/en/verification.ftl"),
            include_str!("../locales/en/supervision.ftl"),
            include_str!("../locales/en/mapping.ftl"),
            include_str!("../locales/en/checking.ftl"),
            include_str!("../locales/en/sharing.ftl"),
            include_str!("../locales/en/publisher.ftl"),
            include_str!("../locales/en/guide.ftl"),
            include_str!("../locales/en/feedback.ftl"),
        ],
    ),
    (
        Lang::Fr,
        &[
            include_str!("../locales/fr/common.ftl"),
            include_str!("../locales/fr/drawing.ftl"),
            include_str!("../locales/fr/maps.ftl"),
            include_str!("../locales/fr/page.ftl"),
            include_str!("../locales/fr/factsheet.ftl"),
            include_str!("../locales/fr/document.ftl"),
            include_str!("../locales/fr/office.ftl"),
            include_str!("../locales/fr/outbox.ftl"),
            include_str!("../locales/fr/entities.ftl"),
            include_str!("../locales/fr/forms.ftl"),
            include_str!("../locales/fr/fill.ftl"),
            include_str!("../locales/fr/builder.ftl"),
            include_str!("../locales/fr/bring.ftl"),
            include_str!("../locales/fr/encryption.ftl"),
            include_str!("../locales/fr/submissions.ftl"),
            include_str!("../locales/fr/accounts.ftl"),
            include_str!("../locales/fr/data.ftl"),
            include_str!("../locales/fr/dataset.ftl"),
            include_str!("../locales/fr/audit.ftl"),
            include_str!("../locales/fr/rest.ftl"),
            include_str!("../locales/fr/rounds.ftl"),
            include_str!("../locales/fr/events.ftl"),
            include_str!("../locales/fr/cleaning.ftl"),
            include_str!("../locales/fr/places.ftl"),
            include_str!("../locales/fr/flows.ftl"),
            include_str!("../locales/fr/needs.ftl"),
            include_str!("../locales/fr/verification.ftl"),
            include_str!("../locales/fr/supervision.ftl"),
            include_str!("../locales/fr/mapping.ftl"),
            include_str!("../locales/fr/checking.ftl"),
            include_str!("../locales/fr/sharing.ftl"),
            include_str!("../locales/fr/publisher.ftl"),
            include_str!("../locales/fr/guide.ftl"),
            include_str!("../locales/fr/feedback.ftl"),
        ],
    ),
];

static ENGLISH: LazyLock<Words> = LazyLock::new(|| Words::load(Lang::En));
static FRENCH: LazyLock<Words> = LazyLock::new(|| Words::load(Lang::Fr));

/// The words of one language.
pub struct Words {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// The words of this language, read once and shared.
    pub fn of(lang: Lang) -> &'static Words {
        match lang {
            Lang::En => &ENGLISH,
            Lang::Fr => &FRENCH,
        }
    }

    fn load(lang: Lang) -> Words {
        let id = lang.code().parse().expect("the codes of Lang are language identifiers");
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Isolation marks would end up in titles, file names and drawings; none of our languages mixes directions yet.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match lang {
            Lang::En => |value, _| write_number(Lang::En, value),
            Lang::Fr => |value, _| write_number(Lang::Fr, value),
        }));
        for (_, files) in FILES.iter().filter(|(of, _)| *of == lang) {
            for file in *files {
                // A mistake in a file costs the message it is in, never the page; the tests refuse any mistake.
                let resource = match FluentResource::try_new((*file).to_owned()) {
                    Ok(resource) | Err((resource, _)) => resource,
                };
                bundle.add_resource_overriding(resource);
            }
        }
        Words { lang, bundle }
    }

    /// The language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The other language a reader can switch to.
    pub fn other(&self) -> Lang {
        match self.lang {
            Lang::En => Lang::Fr,
            Lang::Fr => Lang::En,
        }
    }

    /// Whether there is a message of this key.
    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// The message of this key; the key itself where there is none, so that a gap is seen and not silent.
    pub fn t(&self, key: &str) -> String {
        self.t_args(key, &[])
    }

    /// The message of this key with its arguments filled in.
    pub fn t_args(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let args: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, value.clone())).collect();
        self.bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }

    /// The message of this key with one argument called `n`.
    pub fn t_n(&self, key: &str, n: i64) -> String {
        self.t_args(key, &[("n", Arg::from(n))])
    }

    /// The words of `prefix-code` where the dictionary knows the code, else the code as it came.
    pub fn label(&self, prefix: &str, code: &str) -> String {
        let key: String = format!("{prefix}-{code}")
            .chars()
            .map(|c| match c {
                '_' | ' ' => '-',
                '+' => 'p',
                c => c,
            })
            .collect();
        if self.has(&key) { self.t(&key) } else { code.to_owned() }
    }

    /// A reason of displacement; reasons of imported rows pass through as they are.
    pub fn reason(&self, code: &str) -> String {
        self.label("reason", code)
    }

    /// An age group.
    pub fn age(&self, code: &str) -> String {
        let key = format!("age-{}", code.replace('+', "p"));
        if self.has(&key) {
            return self.t(&key);
        }
        match (code.strip_suffix('+'), code.split_once('-')) {
            (Some(from), _) => self.t_args("age-and-over", &[("from", from.into())]),
            (None, Some((from, to))) => self.t_args("age-range", &[("from", from.into()), ("to", to.into())]),
            _ => code.to_owned(),
        }
    }

    /// A sex.
    pub fn sex(&self, code: &str) -> String {
        self.label("sex", code)
    }

    /// A direction of a flow.
    pub fn direction(&self, code: &str) -> String {
        self.label("direction", code)
    }

    /// A name and what belongs to it, with the colon as the language sets it: `Arriving: 12`, `Arrivées : 12`.
    pub fn pair(&self, name: &str, value: &str) -> String {
        match self.lang {
            Lang::En => format!("{name}: {value}"),
            Lang::Fr => format!("{name}{NBSP}: {value}"),
        }
    }

    /// A sentence that was written with ordinary spaces, set with the no-break spaces that this language wants.
    pub fn typeset(&self, text: &str) -> String {
        if self.lang == Lang::En || !text.contains(' ') {
            return text.to_owned();
        }
        let mut set = String::with_capacity(text.len() + 8);
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            let opened = set.ends_with('«');
            match (letter, letters.peek()) {
                (' ', _) if opened => set.push(NBSP),
                (' ', Some(':' | '»')) => set.push(NBSP),
                (' ', Some(';' | '?' | '!')) => set.push(NARROW),
                (other, _) => set.push(other),
            }
        }
        set
    }

    /// A content text in this language, by its own fallback rule.
    pub fn text<'a>(&self, text: &'a Text) -> &'a str {
        text.get(self.lang)
    }

    /// A whole number with its separators: `1,287,593` or `1 287 593`.
    pub fn number(&self, number: i64) -> String {
        grouped(self.lang, number)
    }

    /// A low and a high.
    pub fn range(&self, (low, high): (i64, i64)) -> String {
        format!("{}–{}", self.number(low), self.number(high))
    }

    /// A number with this many decimals.
    pub fn decimal(&self, number: f64, decimals: usize) -> String {
        let written = format!("{:.decimals$}", number.abs());
        let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
        let mut text = String::new();
        if number < 0.0 && written.chars().any(|c| c.is_ascii_digit() && c != '0') {
            text.push('\u{2212}');
        }
        text.push_str(&grouped(self.lang, whole.parse().unwrap_or(i64::MAX)));
        if !fraction.is_empty() {
            text.push(if self.lang == Lang::Fr { ',' } else { '.' });
            text.push_str(fraction);
        }
        text
    }

    /// A released number, or the words for why there is none.
    pub fn value(&self, value: Value) -> String {
        match value {
            Value::Number(number) => self.number(number),
            Value::Nothing => self.t("value-nothing"),
            Value::Hidden(_) => self.t("value-hidden"),
        }
    }

    /// A share in the parts of [`dtm_model::Unit::Share`], or why there is none.
    pub fn share(&self, value: Value) -> String {
        match value {
            Value::Number(parts) => self.percent(parts, (100.0 * dtm_model::Unit::Share.parts()) as i64),
            other => self.value(other),
        }
    }

    /// A share in percent: `38%` or `38 %`; shares that would round to nothing or to all say so.
    pub fn percent(&self, part: i64, whole: i64) -> String {
        if whole == 0 {
            return self.t("value-nothing");
        }
        let share = 100.0 * part as f64 / whole as f64;
        match share {
            s if part > 0 && s < 0.5 => format!("<{}", self.percent_of("1")),
            s if part < whole && (99.5..100.0).contains(&s) => format!(">{}", self.percent_of("99")),
            s => self.percent_of(&self.decimal(s, 0)),
        }
    }

    /// The change from one number to the next in percent, with its sign: `+22%`; none where the first is zero.
    pub fn change(&self, from: i64, to: i64) -> Option<String> {
        if from <= 0 {
            return None;
        }
        let change = 100.0 * (to - from) as f64 / from as f64;
        // A change that rounds to nothing keeps a decimal, unless that is nothing too.
        let decimals = usize::from(change.abs() < 0.5 && change.abs() >= 0.05);
        let text = self.percent_of(&self.decimal(change.abs(), decimals));
        Some(if change.abs() < 0.05 { text } else { format!("{}{text}", if change < 0.0 { '\u{2212}' } else { '+' }) })
    }

    /// A difference with its sign: `+1,204`, `−38`, `0`.
    pub fn difference(&self, difference: i64) -> String {
        if difference > 0 { format!("+{}", self.number(difference)) } else { self.number(difference) }
    }

    fn percent_of(&self, number: &str) -> String {
        match self.lang {
            Lang::En => format!("{number}%"),
            Lang::Fr => format!("{number}{NARROW}%"),
        }
    }

    /// A number rounded for a headline: `1.29 million`, `128,000`, `8,420`.
    pub fn compact(&self, number: i64) -> String {
        let size = number.unsigned_abs();
        if size >= 999_500 {
            let millions = number as f64 / 1e6;
            let decimals = match millions.abs() {
                m if m < 9.995 => 2,
                m if m < 99.95 => 1,
                _ => 0,
            };
            let text = self.decimal(millions, decimals);
            let text = match decimals {
                0 => text,
                _ => text.trim_end_matches('0').trim_end_matches(['.', ',']).to_owned(),
            };
            // French has «1,29 million» up to two, English one word for all.
            let unit = if self.lang == Lang::Fr && millions.abs() >= 2.0 { "millions" } else { "million" };
            return format!("{text}{NBSP}{unit}");
        }
        if size < 10_000 {
            return self.number(number);
        }
        let step = if size < 100_000 { 100 } else { 1_000 };
        self.number((number as f64 / step as f64).round() as i64 * step)
    }

    /// A number short enough for the ticks of an axis: `1.2M`, `250k`.
    pub fn short(&self, number: i64) -> String {
        let trimmed = |value: f64| {
            let text = self.decimal(value, 1);
            text.strip_suffix(".0").or_else(|| text.strip_suffix(",0")).map(str::to_owned).unwrap_or(text)
        };
        let gap = if self.lang == Lang::Fr { NARROW.to_string() } else { String::new() };
        match number.unsigned_abs() {
            n if n >= 1_000_000 => format!("{}{gap}M", trimmed(number as f64 / 1e6)),
            n if n >= 10_000 => format!("{}{gap}k", trimmed(number as f64 / 1e3)),
            _ => self.number(number),
        }
    }

    /// How a headline's noun goes with the number: `one` person, «1,29 `million` de personnes», `plain` otherwise.
    pub fn scale(&self, number: i64) -> &'static str {
        match number.unsigned_abs() {
            1 => "one",
            n if n >= 999_500 => "million",
            _ => "plain",
        }
    }

    /// A day spelled out: `16 March 2023`, `1er mars 2023`.
    pub fn date(&self, day: NaiveDate) -> String {
        format!("{}{NBSP}{}{NBSP}{}", self.day_of_month(day), self.month_name(day), day.year())
    }

    /// A month spelled out: `March 2023`.
    pub fn month(&self, day: NaiveDate) -> String {
        format!("{}{NBSP}{}", self.month_name(day), day.year())
    }

    /// A month abbreviated for an axis: `Mar 2023`, `mars 2023`.
    pub fn month_short(&self, day: NaiveDate) -> String {
        format!("{}{NBSP}{}", self.t(&format!("month-short-{}", day.month())), day.year())
    }

    /// A span of days, saying month and year once where they are the same.
    pub fn date_range(&self, from: NaiveDate, to: NaiveDate) -> String {
        let dash = '\u{2013}';
        if from == to {
            self.date(to)
        } else if (from.year(), from.month()) == (to.year(), to.month()) {
            format!("{}{dash}{}", self.day_of_month(from), self.date(to))
        } else if from.year() == to.year() {
            format!("{}{NBSP}{} {dash} {}", self.day_of_month(from), self.month_name(from), self.date(to))
        } else {
            format!("{} {dash} {}", self.date(from), self.date(to))
        }
    }

    fn month_name(&self, day: NaiveDate) -> String {
        self.t(&format!("month-{}", day.month()))
    }

    fn day_of_month(&self, day: NaiveDate) -> String {
        match (self.lang, day.day()) {
            (Lang::Fr, 1) => "1er".to_owned(),
            (_, day) => day.to_string(),
        }
    }
}

fn write_number(lang: Lang, value: &Arg<'_>) -> Option<String> {
    let Arg::Number(number) = value else { return None };
    let decimals = usize::from(number.value.fract() != 0.0);
    Some(match decimals {
        0 => grouped(lang, number.value as i64),
        _ => Words::of(lang).decimal(number.value, decimals),
    })
}

fn grouped(lang: Lang, number: i64) -> String {
    let separator = if lang == Lang::Fr { NARROW } else { ',' };
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    if number < 0 {
        text.push('\u{2212}');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    fn in_both(say: impl Fn(&Words) -> String) -> [String; 2] {
        Lang::ALL.map(|lang| say(Words::of(lang)).replace([NARROW, NBSP], "_"))
    }

    #[test]
    fn numbers_are_written_as_each_language_does() {
        assert_eq!(in_both(|w| w.number(1_287_593)), ["1,287,593", "1_287_593"]);
        assert_eq!(in_both(|w| w.number(-38)), ["−38", "−38"]);
        assert_eq!(in_both(|w| w.decimal(1234.56, 1)), ["1,234.6", "1_234,6"]);
        assert_eq!(in_both(|w| w.percent(48_762, 127_977)), ["38%", "38_%"]);
        assert_eq!(in_both(|w| w.percent(1, 1000)), ["<1%", "<1_%"]);
        assert_eq!(in_both(|w| w.change(578_074, 702_973).unwrap_or_default()), ["+22%", "+22_%"]);
        assert_eq!(in_both(|w| w.change(1000, 980).unwrap_or_default()), ["−2%", "−2_%"]);
        assert_eq!(in_both(|w| w.change(10_000, 10_010).unwrap_or_default()), ["+0.1%", "+0,1_%"]);
        assert_eq!(in_both(|w| w.change(100, 100).unwrap_or_default()), ["0%", "0_%"]);
        assert_eq!(Words::of(Lang::En).change(0, 5), None);
    }

    #[test]
    fn headline_numbers_are_rounded_and_small_ones_stay_exact() {
        assert_eq!(in_both(|w| w.compact(1_287_593)), ["1.29_million", "1,29_million"]);
        assert_eq!(in_both(|w| w.compact(2_000_000)), ["2_million", "2_millions"]);
        assert_eq!(in_both(|w| w.compact(127_977)), ["128,000", "128_000"]);
        assert_eq!(in_both(|w| w.compact(8_420)), ["8,420", "8_420"]);
        assert_eq!(in_both(|w| w.short(1_250_000)), ["1.2M", "1,2_M"]);
    }

    #[test]
    fn dates_are_spelled_and_ranges_say_things_once() {
        let day = |m, d| NaiveDate::from_ymd_opt(2023, m, d).unwrap();
        assert_eq!(in_both(|w| w.date(day(3, 16))), ["16_March_2023", "16_mars_2023"]);
        assert_eq!(in_both(|w| w.date_range(day(3, 1), day(3, 16))), ["1–16_March_2023", "1er–16_mars_2023"]);
        assert_eq!(
            in_both(|w| w.date_range(day(2, 14), day(3, 16))),
            ["14_February – 16_March_2023", "14_février – 16_mars_2023"]
        );
    }

    #[test]
    fn reasons_of_imported_rows_pass_through() {
        assert_eq!(Words::of(Lang::Fr).reason("natural_disaster"), "Catastrophe naturelle");
        assert_eq!(Words::of(Lang::Fr).reason("Conflict; Insecurity"), "Conflict; Insecurity");
        assert_eq!(in_both(|w| w.age("12-17")), ["12–17", "12–17"]);
        assert_eq!(in_both(|w| w.age("60+")), ["60+", "60+"]);
    }

    /// Keys of one language with the arguments each message takes.
    fn messages(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
        let mut found = BTreeMap::new();
        for (_, files) in FILES.iter().filter(|(of, _)| *of == lang) {
            for file in *files {
                FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
                let mut key = String::new();
                for line in file.lines() {
                    if let Some((name, _)) = line.split_once('=')
                        && line.starts_with(|c: char| c.is_ascii_lowercase())
                    {
                        key = name.trim().to_owned();
                        assert!(found.insert(key.clone(), BTreeSet::new()).is_none(), "{key} stands twice");
                    }
                    for after in line.split('$').skip(1) {
                        let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                        found.get_mut(&key).map(|args: &mut BTreeSet<String>| args.insert(name));
                    }
                }
            }
        }
        found
    }

    #[test]
    fn a_french_sentence_never_breaks_before_its_punctuation() {
        let (fr, en) = (Words::of(Lang::Fr), Words::of(Lang::En));
        let said = fr.typeset("Ligne 3 : « ménage » manque ; que faire ?");
        assert_eq!(said, "Ligne 3\u{a0}: «\u{a0}ménage\u{a0}» manque\u{202f}; que faire\u{202f}?");
        assert_eq!(en.typeset("at 10 : 30 « x »"), "at 10 : 30 « x »");
        for file in FILES.iter().filter(|(lang, _)| *lang == Lang::Fr).flat_map(|(_, files)| *files) {
            for line in file.lines().filter(|line| !line.starts_with('#')) {
                let words = line.split_once(" = ").map_or(line, |(_, words)| words);
                assert!(!words.contains("« ") && !words.contains(" »"), "{line}");
                for mark in [" :", " ;", " ?", " !"] {
                    let breaks = words
                        .match_indices(mark)
                        .any(|(at, mark)| words[at + mark.len()..].chars().next().is_none_or(char::is_whitespace));
                    assert!(!breaks, "{line}");
                }
                assert!(!words.contains("'") || words.contains("{"), "an apostrophe is ’: {line}");
            }
        }
    }

    #[test]
    fn every_message_exists_in_both_languages_with_the_same_arguments() {
        let (en, fr) = (messages(Lang::En), messages(Lang::Fr));
        let only = |a: &BTreeMap<String, _>, b: &BTreeMap<String, _>| -> Vec<String> {
            a.keys().filter(|key| !b.contains_key(*key)).cloned().collect()
        };
        assert_eq!(only(&en, &fr), Vec::<String>::new(), "missing in French");
        assert_eq!(only(&fr, &en), Vec::<String>::new(), "missing in English");
        for (key, args) in &en {
            assert_eq!(Some(args), fr.get(key), "arguments of {key}");
        }
    }

    const LISTED: [&str; 12] = [
        "about-", "api-", "col-", "drawing-", "figure-", "get-", "hidden-", "key-", "measure-", "message-", "method-",
        "state-",
    ];

    #[test]
    fn every_key_that_code_or_templates_mention_exists() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let known = messages(Lang::En);
        let mut folders = vec![root.join("src"), root.join("templates")];
        let mut missing = Vec::new();
        while let Some(folder) = folders.pop() {
            let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            entries.sort();
            for path in entries {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let Ok(text) = std::fs::read_to_string(&path) else { continue };
                // Keys also stand in lists: any quoted word that begins like one must be one.
                for quoted in text.split('"').filter(|quoted| LISTED.iter().any(|begin| quoted.starts_with(begin))) {
                    let like_a_key = quoted.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
                    if like_a_key && !quoted.ends_with('-') && !known.contains_key(quoted) {
                        missing.push(format!("{}: {quoted}", path.display()));
                    }
                }
                for call in [".t(\"", ".t_args(\"", ".t_n(\""] {
                    for after in text.split(call).skip(1) {
                        let key = after.split('"').next().unwrap_or_default();
                        if !key.is_empty() && !known.contains_key(key) {
                            missing.push(format!("{}: {key}", path.display()));
                        }
                    }
                }
            }
        }
        assert_eq!(missing, Vec::<String>::new());
    }
}
