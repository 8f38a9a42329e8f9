//! Turns the names that forms give their languages into BCP 47 codes.
//!
//! Takes names such as «French (fr)», «fr» or «Français» and returns a code; what is not known becomes the name itself
//! in lower case, so that two languages never fall together. Source of the codes: IANA language subtag registry.

mod registry;

/// Whether the IANA language subtag registry has a code, such as `fr` or `ckb`.
pub fn is_registered(code: &str) -> bool {
    registry::has(code)
}

/// Names met in displacement forms, in lower case.
const NAMES: &[(&str, &[&str])] = &[
    ("am", &["amharic", "amharique", "አማርኛ"]),
    ("ar", &["arabic", "arabe", "العربية", "عربي"]),
    ("bn", &["bengali", "bangla", "বাংলা"]),
    ("en", &["english", "anglais", "inglés", "ingles", "eng"]),
    ("es", &["spanish", "espagnol", "español", "espanol"]),
    ("fa", &["farsi", "persian", "persan", "فارسی"]),
    ("ff", &["fulfulde", "fula", "peul", "fulah"]),
    ("fr", &["french", "français", "francais", "françai", "fra", "fre"]),
    ("ha", &["hausa", "haoussa"]),
    ("ht", &["haitian creole", "creole", "créole", "créole haïtien", "kreyòl", "kreyol", "kreyòl ayisyen", "haitian"]),
    ("ku", &["kurdish", "kurde", "kurmanji"]),
    ("ckb", &["sorani", "central kurdish"]),
    ("kr", &["kanuri"]),
    ("ln", &["lingala"]),
    ("my", &["burmese", "birman", "မြန်မာ"]),
    ("ny", &["chichewa", "nyanja"]),
    ("prs", &["dari"]),
    ("ps", &["pashto", "pachto"]),
    ("pt", &["portuguese", "portugais", "português", "portugues"]),
    ("ru", &["russian", "russe", "русский"]),
    ("rw", &["kinyarwanda"]),
    ("sg", &["sango"]),
    ("so", &["somali", "soomaali"]),
    ("sw", &["swahili", "kiswahili"]),
    ("ti", &["tigrinya", "tigrigna", "ትግርኛ"]),
    ("tr", &["turkish", "turc", "türkçe"]),
    ("uk", &["ukrainian", "ukrainien", "українська"]),
    ("zh", &["chinese", "chinois", "中文"]),
];

/// Undetermined: the code of words whose language the form does not name.
pub const UNNAMED: &str = "und";

/// Returns the code of the language that a form calls by this name.
pub fn code(name: &str) -> String {
    let name = name.trim();
    if let Some((_, rest)) = name.rsplit_once('(')
        && let Some(code) = rest.strip_suffix(')').map(str::trim).filter(|code| is_tag(code))
    {
        return normal(code);
    }
    let lower = name.to_lowercase();
    if lower.is_empty() || lower == "default" {
        return UNNAMED.to_owned();
    }
    match NAMES.iter().find(|(_, names)| names.contains(&lower.as_str())) {
        Some((code, _)) => (*code).to_owned(),
        None if is_tag(name) => normal(name),
        None => lower,
    }
}

/// The name a form gives the language of this code, such as «French (fr)».
pub fn named(code: &str) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == code).and_then(|(_, names)| names.first());
    let mut name = known.copied().unwrap_or(code).to_owned();
    if let Some(first) = name.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    format!("{name} ({code})")
}

/// Whether this looks like a language tag: two or three letters, then perhaps script and region.
fn is_tag(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let language = parts.next().unwrap_or("");
    matches!(language.len(), 2 | 3)
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| matches!(part.len(), 2..=8) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn normal(tag: &str) -> String {
    let mut parts = tag.split(['-', '_']);
    let mut code = parts.next().unwrap_or("").to_ascii_lowercase();
    for part in parts {
        code.push('-');
        match part.len() {
            2 => code.push_str(&part.to_ascii_uppercase()),
            _ => code.push_str(part),
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_languages_become_codes() {
        let cases = [
            ("French (fr)", "fr"),
            ("fr", "fr"),
            ("Français", "fr"),
            ("ENGLISH", "en"),
            ("English (en)", "en"),
            ("Portuguese (pt_br)", "pt-BR"),
            ("Kreyòl (ht)", "ht"),
            ("العربية", "ar"),
            ("default", UNNAMED),
            ("", UNNAMED),
            ("Klingon of the north", "klingon of the north"),
            ("Hausa", "ha"),
            ("zh-Hans", "zh-Hans"),
        ];
        for (name, expected) in cases {
            assert_eq!(code(name), expected, "{name}");
        }
    }
}
