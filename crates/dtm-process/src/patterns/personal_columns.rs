//! Questions and columns whose names say that the answers tell who a person is or where to find them.
//!
//! Names only: what the answers say is for disclosure control to look at. A name is read word by word, so that
//! `phone_number` and `telephone` are met, and `username` and `ship_name` with them; a person decides.

use crate::answers::AnswerTable;
use crate::folding::plain;

/// What the name of a column hints at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Personal {
    /// A telephone number, an e-mail address.
    Contact,
    /// A person's name.
    Name,
    /// Where a person lives, or stood when asked.
    Whereabouts,
    /// A document or a case number.
    Document,
    /// A birthday.
    Birth,
    /// A phone or a SIM card.
    Device,
}

/// Parts of names in English, French and Spanish, and what they hint at.
const HINTS: &[(&str, Personal)] = &[
    ("phone", Personal::Contact),
    ("telefono", Personal::Contact),
    ("contact", Personal::Contact),
    ("whatsapp", Personal::Contact),
    ("email", Personal::Contact),
    ("e mail", Personal::Contact),
    ("courriel", Personal::Contact),
    ("firstname", Personal::Name),
    ("first name", Personal::Name),
    ("lastname", Personal::Name),
    ("last name", Personal::Name),
    ("surname", Personal::Name),
    ("full name", Personal::Name),
    ("respondent name", Personal::Name),
    ("name of respondent", Personal::Name),
    ("prenom", Personal::Name),
    ("nom de famille", Personal::Name),
    ("nom enquete", Personal::Name),
    ("nombre completo", Personal::Name),
    ("apellido", Personal::Name),
    ("neighbourhood", Personal::Whereabouts),
    ("neighborhood", Personal::Whereabouts),
    ("quartier", Personal::Whereabouts),
    ("address", Personal::Whereabouts),
    ("adresse", Personal::Whereabouts),
    ("direccion", Personal::Whereabouts),
    ("street", Personal::Whereabouts),
    ("gps", Personal::Whereabouts),
    ("latitude", Personal::Whereabouts),
    ("longitude", Personal::Whereabouts),
    ("geopoint", Personal::Whereabouts),
    ("passport", Personal::Document),
    ("passeport", Personal::Document),
    ("pasaporte", Personal::Document),
    ("national id", Personal::Document),
    ("id number", Personal::Document),
    ("identity card", Personal::Document),
    ("carte d identite", Personal::Document),
    ("date of birth", Personal::Birth),
    ("birthdate", Personal::Birth),
    ("birthday", Personal::Birth),
    ("date de naissance", Personal::Birth),
    ("deviceid", Personal::Device),
    ("imei", Personal::Device),
    ("simserial", Personal::Device),
    ("simid", Personal::Device),
    ("subscriberid", Personal::Device),
];

/// Words that name a telephone number.
const TELEPHONES: [&str; 6] = ["phone", "telephone", "telefono", "tel", "mobile", "whatsapp"];

/// Whether this answer is a telephone number: its question is called so, and it has digits enough.
pub fn is_telephone(path: &str, answer: &str) -> bool {
    let name = plain(path.rsplit('/').next().unwrap_or(path));
    let is_called = name.split(' ').any(|word| TELEPHONES.contains(&word) || word.ends_with("phone"));
    let n_digits = answer.chars().filter(char::is_ascii_digit).count();
    is_called && (6..=20).contains(&n_digits) && answer.len() <= 60
}

/// What the name of this column hints at, if anything.
pub fn hint(name: &str) -> Option<Personal> {
    let words = plain(name);
    HINTS.iter().find(|(part, _)| words.contains(part)).map(|(_, personal)| *personal)
}

/// The columns whose names hint at persons. The choices of a question with several are told with it.
pub fn personal_columns(table: &AnswerTable) -> Vec<(usize, Personal)> {
    let told = table.columns().iter().enumerate().filter(|(_, column)| column.child_of.is_none());
    told.filter_map(|(at, column)| Some((at, hint(column.name())?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hint_at_persons_in_two_languages_and_ordinary_questions_do_not() {
        let hints = ["consent_telephone_number", "prénom", "date_de_naissance", "hoh/gps-point", "deviceid"].map(hint);
        let expected =
            [Personal::Contact, Personal::Name, Personal::Birth, Personal::Whereabouts, Personal::Device].map(Some);
        assert_eq!(hints, expected);
        assert_eq!(["idp_ind", "site_name", "age_hoh", "num_hh_member"].map(hint), [None; 4]);
    }
}
