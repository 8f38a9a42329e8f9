//! Comparing what people write: case, blanks, accents and hyphens may be folded away, only where somebody said so.

use serde::{Deserialize, Serialize};

/// A difference of writing that is to be overlooked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fold {
    /// Capital and small letters.
    Case,
    /// Blanks at the ends, and their number in between.
    Blanks,
    /// Accents and cedillas.
    Accents,
}

impl Fold {
    /// Every kind.
    pub const ALL: [Fold; 3] = [Fold::Case, Fold::Blanks, Fold::Accents];

    /// The word used in mapping files.
    pub fn code(self) -> &'static str {
        match self {
            Fold::Case => "case",
            Fold::Blanks => "blanks",
            Fold::Accents => "accents",
        }
    }

    /// The kind of this word.
    pub fn from_code(code: &str) -> Option<Fold> {
        Fold::ALL.into_iter().find(|fold| fold.code() == code)
    }
}

/// Writes a text without the differences that are to be overlooked.
pub(crate) fn fold(text: &str, folds: &[Fold]) -> String {
    let mut folded = text.to_owned();
    if folds.contains(&Fold::Accents) {
        folded = without_accents(&folded);
    }
    if folds.contains(&Fold::Case) {
        folded = folded.to_lowercase();
    }
    if folds.contains(&Fold::Blanks) {
        folded = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    folded
}

/// Writes a name in the form in which names are compared: small letters without accents, words apart by one blank.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in without_accents(text).to_lowercase().chars() {
        if letter.is_alphanumeric() {
            plain.push(letter);
        } else if !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain.trim().to_owned()
}

fn without_accents(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            // Combining marks, as in text that was decomposed on the way.
            '\u{300}'..='\u{36f}' => {}
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => bare.push('a'),
            'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' | 'Ā' | 'Ă' | 'Ą' => bare.push('A'),
            'ç' | 'ć' | 'č' => bare.push('c'),
            'Ç' | 'Ć' | 'Č' => bare.push('C'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => bare.push('e'),
            'È' | 'É' | 'Ê' | 'Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' => bare.push('E'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => bare.push('i'),
            'Ì' | 'Í' | 'Î' | 'Ï' | 'Ī' | 'Į' | 'İ' => bare.push('I'),
            'ñ' | 'ń' | 'ň' => bare.push('n'),
            'Ñ' | 'Ń' | 'Ň' => bare.push('N'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => bare.push('o'),
            'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' | 'Ō' | 'Ő' => bare.push('O'),
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => bare.push('u'),
            'Ù' | 'Ú' | 'Û' | 'Ü' | 'Ū' | 'Ů' | 'Ű' => bare.push('U'),
            'ý' | 'ÿ' => bare.push('y'),
            'Ý' | 'Ÿ' => bare.push('Y'),
            'š' | 'ś' | 'ş' | 'ș' => bare.push('s'),
            'Š' | 'Ś' | 'Ş' | 'Ș' => bare.push('S'),
            'ž' | 'ź' | 'ż' => bare.push('z'),
            'Ž' | 'Ź' | 'Ż' => bare.push('Z'),
            'œ' => bare.push_str("oe"),
            'Œ' => bare.push_str("Oe"),
            'æ' => bare.push_str("ae"),
            'Æ' => bare.push_str("Ae"),
            'ß' => bare.push_str("ss"),
            other => bare.push(other),
        }
    }
    bare
}

/// The candidate most like `word`, if one is like it enough to be what was meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = plain(word);
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&wanted, &plain(candidate)), candidate))
        .filter(|(score, _)| *score >= 0.82)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_differences_named_are_overlooked() {
        assert_eq!(fold("Désastre ", &[Fold::Accents]), "Desastre ");
        assert_eq!(fold("Désastre ", &[Fold::Case, Fold::Blanks]), "désastre");
        assert_eq!(fold("Oui", &[]), "Oui");
    }

    #[test]
    fn names_compare_without_accents_hyphens_and_capitals() {
        assert_eq!(plain("  Croix-des-Bouquets "), "croix des bouquets");
        assert_eq!(plain("Pe\u{301}tion-Ville"), plain("Pétion Ville"));
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        assert_eq!(nearest("indicatr", ["question", "indicator", "sex"]), Some("indicator"));
        assert_eq!(nearest("zzz", ["question", "indicator"]), None);
    }
}
