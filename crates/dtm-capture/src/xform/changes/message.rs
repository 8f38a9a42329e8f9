//! What a difference is called in the reader's language.

use super::{Change, Part, Rule, What};
use dtm_model::{FieldKind, Lang};

impl Change {
    /// The difference as a line, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let what = self.what.message(lang);
        match (self.path.is_empty(), lang) {
            (true, _) => what,
            (false, Lang::En) => format!("{}: {what}", self.path),
            (false, Lang::Fr) => format!("{} : {what}", self.path),
        }
    }
}

impl What {
    /// What happened, without the field it happened to.
    pub fn message(&self, lang: Lang) -> String {
        let en = lang == Lang::En;
        match self {
            What::Form { part, old, new } => {
                let part = match (*part, en) {
                    ("title", true) => "title",
                    ("title", false) => "titre",
                    (other, _) => other,
                };
                changed(part, old, new, lang)
            }
            What::LanguageAdded { language } if en => format!("language “{language}” added"),
            What::LanguageAdded { language } => format!("langue « {language} » ajoutée"),
            What::LanguageRemoved { language } if en => format!("language “{language}” removed"),
            What::LanguageRemoved { language } => format!("langue « {language} » supprimée"),
            What::Added { kind } if en => format!("added ({})", kind_word(*kind, lang)),
            What::Added { kind } => format!("ajouté ({})", kind_word(*kind, lang)),
            What::Removed { kind } if en => format!("removed ({})", kind_word(*kind, lang)),
            What::Removed { kind } => format!("supprimé ({})", kind_word(*kind, lang)),
            What::Moved { from } if en => format!("moved from {from}"),
            What::Moved { from } => format!("déplacé depuis {from}"),
            What::Reordered { after: Some(after) } if en => format!("now after {after}"),
            What::Reordered { after: Some(after) } => format!("maintenant après {after}"),
            What::Reordered { after: None } if en => "now first in its group".to_owned(),
            What::Reordered { after: None } => "maintenant en tête de son groupe".to_owned(),
            What::Type { old, new } => changed("type", kind_word(*old, lang), kind_word(*new, lang), lang),
            What::ChoiceAdded { choice, label } if en => format!("choice “{choice}” added ({label})"),
            What::ChoiceAdded { choice, label } => format!("choix « {choice} » ajouté ({label})"),
            What::ChoiceRemoved { choice, label } if en => format!("choice “{choice}” removed ({label})"),
            What::ChoiceRemoved { choice, label } => format!("choix « {choice} » supprimé ({label})"),
            What::Wording { part, language, old, new } => {
                let part = part.words(lang);
                let part = if language == crate::language::UNNAMED { part } else { format!("{part} [{language}]") };
                changed(&part, old, new, lang)
            }
            What::Logic { rule, old, new } => changed(rule.words(lang), old, new, lang),
        }
    }
}

/// «label: “a” → “b”», or that it came or went.
fn changed(what: &str, old: &str, new: &str, lang: Lang) -> String {
    match (old.is_empty(), new.is_empty(), lang) {
        (true, _, Lang::En) => format!("{what} added: “{new}”"),
        (true, _, Lang::Fr) => format!("{what}, ajout : « {new} »"),
        (_, true, Lang::En) => format!("{what} removed: “{old}”"),
        (_, true, Lang::Fr) => format!("{what}, suppression : « {old} »"),
        (_, _, Lang::En) => format!("{what}: “{old}” → “{new}”"),
        (_, _, Lang::Fr) => format!("{what} : « {old} » → « {new} »"),
    }
}

fn kind_word(kind: FieldKind, lang: Lang) -> &'static str {
    let (en, fr) = match kind {
        FieldKind::Text => ("text", "texte"),
        FieldKind::Integer => ("whole number", "nombre entier"),
        FieldKind::Decimal => ("decimal number", "nombre décimal"),
        FieldKind::Date => ("date", "date"),
        FieldKind::Time => ("time", "heure"),
        FieldKind::DateTime => ("date and time", "date et heure"),
        FieldKind::Geopoint => ("position", "position"),
        FieldKind::Geotrace => ("line on the map", "ligne sur la carte"),
        FieldKind::Geoshape => ("shape on the map", "surface sur la carte"),
        FieldKind::SelectOne => ("one choice", "un choix"),
        FieldKind::SelectMultiple => ("several choices", "plusieurs choix"),
        FieldKind::File => ("file", "fichier"),
        FieldKind::Group => ("group", "groupe"),
        FieldKind::Repeat => ("repeat", "répétition"),
    };
    if lang == Lang::En { en } else { fr }
}

impl Part {
    fn words(&self, lang: Lang) -> String {
        let (en, fr) = match self {
            Part::Label => ("label", "libellé"),
            Part::Hint => ("hint", "indication"),
            Part::ConstraintMessage => ("constraint message", "message de contrainte"),
            Part::RequiredMessage => ("required message", "message d’obligation"),
            Part::Choice(choice) if lang == Lang::En => return format!("choice “{choice}”"),
            Part::Choice(choice) => return format!("choix « {choice} »"),
        };
        if lang == Lang::En { en } else { fr }.to_owned()
    }
}

impl Rule {
    fn words(self, lang: Lang) -> &'static str {
        let (en, fr) = match self {
            Rule::Relevant => ("relevant", "condition (relevant)"),
            Rule::Constraint => ("constraint", "contrainte"),
            Rule::Calculate => ("calculation", "calcul"),
            Rule::Required => ("required", "obligation"),
            Rule::Readonly => ("read only", "lecture seule"),
            Rule::Choices => ("choices offered", "choix proposés"),
            Rule::Count => ("number of repeats", "nombre de répétitions"),
            Rule::Appearance => ("appearance", "apparence"),
            Rule::Default => ("default", "valeur par défaut"),
        };
        if lang == Lang::En { en } else { fr }
    }
}
