//! The findings that applying a mapping can make, each with its weight, its reason and its advice.
//!
//! A finding carries the id and the facts; this list says it in the reader's language, and the manual is made from it.

use crate::wording::{Facts, Wording, say};
use dtm_model::{Finding, Lang, RecordId, Severity, Ssid};

/// One kind of finding that applying a mapping can make.
#[derive(Clone, Copy, Debug)]
pub struct Notice {
    /// The finding's `check`.
    pub id: &'static str,
    /// Its weight.
    pub severity: Severity,
    title_en: &'static str,
    title_fr: &'static str,
    /// The sentence, with the facts' names in braces.
    en: &'static str,
    fr: &'static str,
    advice_en: &'static str,
    advice_fr: &'static str,
}

impl Notice {
    /// Says a finding of this kind.
    pub fn message(&self, finding: &Finding, lang: Lang) -> String {
        say(&[Wording { code: self.id, en: self.en, fr: self.fr }], self.id, &finding.facts, lang)
    }

    /// Its name.
    pub fn title(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.title_en,
            Lang::Fr => self.title_fr,
        }
    }

    /// What to do about it.
    pub fn advice(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.advice_en,
            Lang::Fr => self.advice_fr,
        }
    }
}

/// The notice of this id.
pub fn notice(id: &str) -> Option<&'static Notice> {
    NOTICES.iter().find(|notice| notice.id == id)
}

/// Makes the finding of this id.
pub(super) fn finding(
    id: &'static str,
    record: Option<&RecordId>,
    place: Option<&Ssid>,
    question: Option<&str>,
    facts: Facts,
) -> Finding {
    Finding {
        check: id.to_owned(),
        severity: notice(id).map_or(Severity::Note, |notice| notice.severity),
        record: record.cloned(),
        place: place.cloned(),
        question: question.map(str::to_owned),
        facts,
    }
}

/// Every kind of finding that applying a mapping can make.
pub const NOTICES: &[Notice] = &[
    Notice {
        id: "mixed_spelling",
        severity: Severity::Note,
        title_en: "One answer in several spellings",
        title_fr: "Une réponse écrite de plusieurs façons",
        en: "«{question}» writes the same answer in several ways: {spellings}",
        fr: "« {question} » écrit la même réponse de plusieurs façons : {spellings}",
        advice_en: "The answers were understood alike. Have the form offer one spelling, or correct the column.",
        advice_fr: "Les réponses ont été comprises de la même façon. Faites proposer une seule graphie par le formulaire, ou corrigez la colonne.",
    },
    Notice {
        id: "value_not_in_mapping",
        severity: Severity::Confirm,
        title_en: "Answer not in the mapping",
        title_fr: "Réponse absente de la correspondance",
        en: "«{value}» in «{question}» (rows: {n}) is not translated by the mapping and became {became}",
        fr: "« {value} » dans « {question} » (lignes : {n}) n’est pas traduit par la correspondance et devient {became}",
        advice_en: "Add the value to the mapping, or correct the answer.",
        advice_fr: "Ajoutez la valeur à la correspondance, ou corrigez la réponse.",
    },
    Notice {
        id: "missing_word",
        severity: Severity::Note,
        title_en: "Word for a missing answer",
        title_fr: "Mot pour une réponse manquante",
        en: "«{question}» holds the word «{word}» where nothing was answered (rows: {n})",
        fr: "« {question} » contient le mot « {word} » là où rien n’a été répondu (lignes : {n})",
        advice_en: "It is read as no answer. Export the table without such words where you can.",
        advice_fr: "Il est lu comme une absence de réponse. Exportez le tableau sans ces mots si possible.",
    },
    Notice {
        id: "not_a_pcode",
        severity: Severity::Confirm,
        title_en: "Not a p-code",
        title_fr: "Pas un p-code",
        en: "«{value}» in «{question}» is not a p-code; the area is taken as unknown",
        fr: "« {value} » dans « {question} » n’est pas un p-code ; la zone est considérée comme inconnue",
        advice_en: "Put the p-code of the area, or leave the answer empty.",
        advice_fr: "Mettez le p-code de la zone, ou laissez la réponse vide.",
    },
    Notice {
        id: "unknown_pcode",
        severity: Severity::Confirm,
        title_en: "Unknown p-code",
        title_fr: "P-code inconnu",
        en: "«{question}» holds p-codes that are not among the areas loaded: {value} (rows: {n})",
        fr: "« {question} » contient des p-codes absents des zones chargées : {value} (lignes : {n})",
        advice_en: "Load the areas of that level, or correct the codes.",
        advice_fr: "Chargez les zones de ce niveau, ou corrigez les codes.",
    },
    Notice {
        id: "pcode_repaired",
        severity: Severity::Note,
        title_en: "P-code repaired",
        title_fr: "P-code réparé",
        en: "the p-code «{value}» in «{question}» was read as {pcode} (rows: {n})",
        fr: "le p-code « {value} » dans « {question} » a été lu comme {pcode} (lignes : {n})",
        advice_en: "Have the form or the table use the code as the areas do.",
        advice_fr: "Faites utiliser par le formulaire ou le tableau le code tel que dans les zones.",
    },
    Notice {
        id: "alias_used",
        severity: Severity::Note,
        title_en: "Area known by another spelling",
        title_fr: "Zone reconnue sous une autre graphie",
        en: "«{value}» in «{question}» is another spelling of {pcode} (rows: {n})",
        fr: "« {value} » dans « {question} » est une autre graphie de {pcode} (lignes : {n})",
        advice_en: "Nothing needs doing; a p-code would be surer.",
        advice_fr: "Rien à faire ; un p-code serait plus sûr.",
    },
    Notice {
        id: "areas_disagree",
        severity: Severity::Confirm,
        title_en: "Areas that do not belong together",
        title_fr: "Zones qui ne vont pas ensemble",
        en: "{smaller} in «{question}» does not lie in {larger}, which the record also names",
        fr: "{smaller} dans « {question} » n’est pas dans {larger}, que l’enregistrement nomme aussi",
        advice_en: "Ask where the place is; the smaller area was used.",
        advice_fr: "Demandez où se trouve le lieu ; la plus petite zone a été retenue.",
    },
    Notice {
        id: "area_missing",
        severity: Severity::Block,
        title_en: "Area missing",
        title_fr: "Zone manquante",
        en: "the record names no area that is known; its numbers cannot be placed",
        fr: "l’enregistrement ne nomme aucune zone connue ; ses nombres ne peuvent être situés",
        advice_en: "Give the record the p-code of its area.",
        advice_fr: "Donnez à l’enregistrement le p-code de sa zone.",
    },
    Notice {
        id: "weight_missing",
        severity: Severity::Confirm,
        title_en: "Household without a weight",
        title_fr: "Ménage sans pondération",
        en: "`{question}` holds no weight above zero, so the household is in no share",
        fr: "« {question} » ne contient pas de pondération supérieure à zéro : le ménage n’entre dans aucune part",
        advice_en: "Give the record its weight, or leave `weight` out of the mapping if all households weigh the same.",
        advice_fr: "Donnez sa pondération à l’enregistrement, ou retirez « weight » de la correspondance si tous les ménages pèsent autant.",
    },
    Notice {
        id: "area_by_position",
        severity: Severity::Note,
        title_en: "Area found by position",
        title_fr: "Zone trouvée par la position",
        en: "records that name no known area, which their position told: {n}",
        fr: "enregistrements sans zone connue, indiquée par leur position : {n}",
        advice_en: "Have the form ask for the p-code as well; positions near a border may mislead.",
        advice_fr: "Faites aussi demander le p-code par le formulaire ; près d’une limite, une position peut tromper.",
    },
    Notice {
        id: "place_missing",
        severity: Severity::Block,
        title_en: "Place missing",
        title_fr: "Lieu manquant",
        en: "the record does not say which place it speaks of; its numbers do not count",
        fr: "l’enregistrement ne dit pas de quel lieu il parle ; ses nombres ne comptent pas",
        advice_en: "Give the record the place's id (SSID).",
        advice_fr: "Donnez à l’enregistrement l’identifiant du lieu (SSID).",
    },
    Notice {
        id: "place_without_ssid",
        severity: Severity::Note,
        title_en: "Place without SSID",
        title_fr: "Lieu sans SSID",
        en: "records without an id of their place: {n}; area and name stand in for it",
        fr: "enregistrements sans identifiant de lieu : {n} ; la zone et le nom en tiennent lieu",
        advice_en: "Give such places an id, so that the next round meets them again.",
        advice_fr: "Donnez un identifiant à ces lieux, pour que le prochain cycle les retrouve.",
    },
    Notice {
        id: "kind_missing",
        severity: Severity::Block,
        title_en: "Kind of place missing",
        title_fr: "Type de lieu manquant",
        en: "the record does not say whether its place is a site or a host community; its numbers do not count",
        fr: "l’enregistrement ne dit pas si son lieu est un site ou une communauté hôte ; ses nombres ne comptent pas",
        advice_en: "Answer the question, or let the mapping say what to take (`otherwise`, `blank`).",
        advice_fr: "Répondez à la question, ou indiquez dans la correspondance ce qu’il faut retenir (« otherwise », « blank »).",
    },
    Notice {
        id: "place_differs",
        severity: Severity::Confirm,
        title_en: "Place told otherwise",
        title_fr: "Lieu décrit autrement",
        en: "place {place} is described in several ways: {was} and {is}",
        fr: "le lieu {place} est décrit de plusieurs façons : {was} et {is}",
        advice_en: "Two places may share an id, or the place changed; the later record was used.",
        advice_fr: "Deux lieux partagent peut-être un identifiant, ou le lieu a changé ; le dernier enregistrement a été retenu.",
    },
    Notice {
        id: "date_missing",
        severity: Severity::Block,
        title_en: "Date missing",
        title_fr: "Date manquante",
        en: "the record has no day of assessment; its numbers do not count",
        fr: "l’enregistrement n’a pas de date d’évaluation ; ses nombres ne comptent pas",
        advice_en: "Give the day, or let the mapping name one (`date.otherwise`).",
        advice_fr: "Donnez la date, ou indiquez-en une dans la correspondance (« date.otherwise »).",
    },
    Notice {
        id: "unreadable_date",
        severity: Severity::Confirm,
        title_en: "Date that cannot be read",
        title_fr: "Date illisible",
        en: "«{value}» in «{question}» cannot be read as a date for certain",
        fr: "« {value} » dans « {question} » ne peut être lu comme date avec certitude",
        advice_en: "Write year-month-day.",
        advice_fr: "Écrivez année-mois-jour.",
    },
    Notice {
        id: "unreadable_position",
        severity: Severity::Confirm,
        title_en: "Position that cannot be read",
        title_fr: "Position illisible",
        en: "«{question}» does not hold a position on earth",
        fr: "« {question} » ne contient pas une position sur terre",
        advice_en: "Latitude comes first, in degrees; 0 0 means the receiver had no fix.",
        advice_fr: "La latitude vient d’abord, en degrés ; 0 0 signifie que le récepteur n’avait pas de signal.",
    },
    Notice {
        id: "indicator_not_in_dictionary",
        severity: Severity::Confirm,
        title_en: "Indicator not in the dictionary",
        title_fr: "Indicateur absent du dictionnaire",
        en: "the mapping feeds `{indicator}`, which is not in the dictionary; its numbers do not count (rows: {n})",
        fr: "la correspondance alimente « {indicator} », absent du dictionnaire ; ses nombres ne comptent pas (lignes : {n})",
        advice_en: "Import the dictionary that has the indicator, or correct the mapping.",
        advice_fr: "Importez le dictionnaire qui contient l’indicateur, ou corrigez la correspondance.",
    },
    Notice {
        id: "not_a_number",
        severity: Severity::Confirm,
        title_en: "Not a number",
        title_fr: "Pas un nombre",
        en: "«{value}» in «{question}» is not a number and was not counted",
        fr: "« {value} » dans « {question} » n’est pas un nombre et n’a pas été compté",
        advice_en: "Correct the answer, or leave it empty.",
        advice_fr: "Corrigez la réponse, ou laissez-la vide.",
    },
    Notice {
        id: "absent_with_numbers",
        severity: Severity::Confirm,
        title_en: "Absent, with numbers all the same",
        title_fr: "Absent, avec des nombres quand même",
        en: "«{question}» says that the group `{group}` is not there, yet {total} are counted",
        fr: "« {question} » dit que le groupe « {group} » est absent, mais {total} sont comptés",
        advice_en: "The count was kept. Ask which of the two is right.",
        advice_fr: "Le compte a été gardé. Demandez lequel des deux est juste.",
    },
];
