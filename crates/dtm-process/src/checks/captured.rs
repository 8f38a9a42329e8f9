//! Findings that are made while submissions and tables are read, and that are only worded here.

use super::{Check, LooksAt, Words};
use dtm_model::Severity;

pub(super) const AMBIGUOUS_DATE: Check = Check {
    id: "ambiguous_date",
    severity: Severity::Note,
    title: Words { en: "Date that can be read in two ways", fr: "Date lisible de deux façons" },
    why: Words {
        en: "Day and month may be exchanged; guessed dates would put assessments into the wrong month.",
        fr: "Jour et mois peuvent être intervertis ; une date devinée mettrait l’évaluation dans le mauvais mois.",
    },
    example: Words { en: "03/04/2024", fr: "03/04/2024" },
    advice: Words {
        en: "Write year-month-day in the column, then import again.",
        fr: "Écrivez année-mois-jour dans la colonne, puis importez à nouveau.",
    },
    message: Words {
        en: "Dates in {column} can be read in two ways and were kept as text (cells: {count:n}, first in row {row})",
        fr: "Des dates de {column} se lisent de deux façons et sont gardées comme texte (cellules : {count:n}, première à la ligne {row})",
    },
    looks_at: LooksAt::Elsewhere,
};

pub(super) const AMBIGUOUS_NUMBER: Check = Check {
    id: "ambiguous_number",
    severity: Severity::Note,
    title: Words { en: "Number that can be read in two ways", fr: "Nombre lisible de deux façons" },
    why: Words {
        en: "A point or comma may group thousands or begin a fraction; the difference is a factor of a thousand.",
        fr: "Un point ou une virgule sépare les milliers ou les décimales ; l’écart est d’un facteur mille.",
    },
    example: Words { en: "1.234", fr: "1.234" },
    advice: Words {
        en: "Write numbers without separators of thousands.",
        fr: "Écrivez les nombres sans séparateur de milliers.",
    },
    message: Words {
        en: "Numbers in {column} can be read in two ways and were kept as text (cells: {count:n}, first in row {row})",
        fr: "Des nombres de {column} se lisent de deux façons et sont gardés comme texte (cellules : {count:n}, première à la ligne {row})",
    },
    looks_at: LooksAt::Elsewhere,
};

pub(super) const CHOICE_NOT_LISTED: Check = Check {
    id: "choice_not_listed",
    severity: Severity::Note,
    title: Words { en: "Choice not in the list", fr: "Choix absent de la liste" },
    why: Words {
        en: "The phone used another version of the list; the mapping may not know the word.",
        fr: "Le téléphone utilisait une autre version de la liste ; la correspondance peut ignorer ce mot.",
    },
    example: Words {
        en: "«flood» after the choice was renamed «climate_disaster»",
        fr: "« flood » alors que le choix s’appelle désormais « climate_disaster »",
    },
    advice: Words {
        en: "Have the phones fetch the newest form, and add the old word to the mapping.",
        fr: "Faites actualiser le formulaire sur les téléphones et ajoutez l’ancien mot à la correspondance.",
    },
    message: Words {
        en: "«{value}» is not among the choices of {question}",
        fr: "« {value} » n’est pas parmi les choix de {question}",
    },
    looks_at: LooksAt::Elsewhere,
};

pub(super) const ERROR_VALUE: Check = Check {
    id: "error_value",
    severity: Severity::Confirm,
    title: Words { en: "Error of a spreadsheet formula", fr: "Erreur d’une formule de tableur" },
    why: Words {
        en: "The number that should stand there was lost before the table came here.",
        fr: "Le nombre attendu a été perdu avant l’arrivée du tableau.",
    },
    example: Words { en: "#REF!, #N/A", fr: "#REF!, #N/A" },
    advice: Words {
        en: "Mend the formula in the spreadsheet and import it again.",
        fr: "Réparez la formule dans le tableur et importez-le à nouveau.",
    },
    message: Words {
        en: "{column} holds the error {word} in place of a value (cells: {count:n}, first in row {row})",
        fr: "{column} contient l’erreur {word} au lieu d’une valeur (cellules : {count:n}, première à la ligne {row})",
    },
    looks_at: LooksAt::Elsewhere,
};

pub(super) const MISSING_VALUE_WORD: Check = Check {
    id: "missing_value_word",
    severity: Severity::Note,
    title: Words { en: "Word for «missing»", fr: "Mot pour « manquant »" },
    why: Words {
        en: "Left by other software, it would be read as an answer.",
        fr: "Laissé par un autre logiciel, il serait lu comme une réponse.",
    },
    example: Words { en: "NULL, NaT", fr: "NULL, NaT" },
    advice: Words {
        en: "Nothing to do: it is read as no answer.",
        fr: "Rien à faire : il est lu comme une absence de réponse.",
    },
    message: Words {
        en: "«{word}» in {column} is read as no answer (cells: {count:n}, first in row {row})",
        fr: "« {word} » dans {column} est lu comme une absence de réponse (cellules : {count:n}, première à la ligne {row})",
    },
    looks_at: LooksAt::Elsewhere,
};

pub(super) const REPEATED_ELEMENT: Check = Check {
    id: "repeated_element",
    severity: Severity::Note,
    title: Words { en: "Question answered twice", fr: "Question répondue deux fois" },
    why: Words {
        en: "A question outside of repeats has one answer; the first is used, the others are kept.",
        fr: "Une question hors répétition a une seule réponse ; la première sert, les autres sont gardées.",
    },
    example: Words { en: "Two elements idp_ind in one submission", fr: "Deux éléments idp_ind dans un envoi" },
    advice: Words {
        en: "Ask which answer was meant, and report the application that sent it.",
        fr: "Demandez quelle réponse était voulue et signalez l’application qui l’a envoyée.",
    },
    message: Words {
        en: "{question} is answered again with «{value}»; the first answer is used",
        fr: "{question} a une seconde réponse, « {value} » ; la première est utilisée",
    },
    looks_at: LooksAt::Elsewhere,
};

pub(super) const UNKNOWN_ELEMENT: Check = Check {
    id: "unknown_element",
    severity: Severity::Note,
    title: Words { en: "Question not in the form", fr: "Question absente du formulaire" },
    why: Words {
        en: "The phone used another version of the form; what it sent is kept but feeds nothing.",
        fr: "Le téléphone utilisait une autre version du formulaire ; l’envoi est gardé mais n’alimente rien.",
    },
    example: Words {
        en: "A question that was renamed between versions",
        fr: "Une question renommée entre deux versions",
    },
    advice: Words {
        en: "Have the phones fetch the newest form.",
        fr: "Faites actualiser le formulaire sur les téléphones.",
    },
    message: Words {
        en: "{question} (answered «{value}») is not a question of this version of the form",
        fr: "{question} (réponse « {value} ») n’est pas une question de cette version du formulaire",
    },
    looks_at: LooksAt::Elsewhere,
};

pub(super) const UNREADABLE_VALUE: Check = Check {
    id: "unreadable_value",
    severity: Severity::Note,
    title: Words { en: "Value not of its type", fr: "Valeur d’un autre type" },
    why: Words {
        en: "It is kept as sent and counts for nothing until it is corrected.",
        fr: "Elle est gardée telle qu’envoyée et ne compte pas tant qu’elle n’est pas corrigée.",
    },
    example: Words {
        en: "«about 40» where a number is asked for", fr: "« environ 40 » là où un nombre est demandé"
    },
    advice: Words {
        en: "Correct the answer to what was meant.", fr: "Corrigez la réponse selon ce qui était voulu."
    },
    message: Words {
        en: "«{value}» in {question} is not what the question asks for",
        fr: "« {value} » dans {question} n’est pas ce que la question demande",
    },
    looks_at: LooksAt::Elsewhere,
};
