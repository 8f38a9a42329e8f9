//! What the rules of a form say against a submission. The findings are made where submissions are examined, and are only
//! worded here; those who fill forms on phones do not meet them, so each tells of another version of the form, another
//! tool, or an answer that was changed afterwards.

use super::{Check, LooksAt, Words};
use dtm_model::Severity;

pub(super) const ANSWERED_NOT_RELEVANT: Check = Check {
    id: "answered_not_relevant",
    severity: Severity::Note,
    title: Words {
        en: "Answer to a question that was not asked", fr: "Réponse à une question qui n’était pas posée"
    },
    why: Words {
        en: "The form does not ask this question in this case; counted, the answer would contradict another.",
        fr: "Le formulaire ne pose pas cette question dans ce cas ; comptée, la réponse en contredirait une autre.",
    },
    example: Words {
        en: "A number of displaced households where the site was said to hold none",
        fr: "Un nombre de ménages déplacés alors que le site est dit vide",
    },
    advice: Words {
        en: "Find out which of the two answers is right, and blank or correct the other.",
        fr: "Déterminez laquelle des deux réponses est juste, puis effacez ou corrigez l’autre.",
    },
    message: Words {
        en: "{question} is answered «{value}», though the form does not ask it in this case",
        fr: "{question} a la réponse « {value} », alors que le formulaire ne pose pas la question dans ce cas",
    },
    looks_at: LooksAt::Elsewhere,
};

pub(super) const CALCULATION_DIFFERS: Check = Check {
    id: "calculation_differs",
    severity: Severity::Confirm,
    title: Words { en: "Calculated value differs", fr: "Valeur calculée différente" },
    why: Words {
        en: "The value does not follow from the answers it is calculated from: one of them was changed afterwards, or the tool calculates otherwise.",
        fr: "La valeur ne découle pas des réponses dont elle est calculée : l’une d’elles a changé depuis, ou l’outil calcule autrement.",
    },
    example: Words {
        en: "A total of 40 over parts that add up to 38",
        fr: "Un total de 40 pour des parts qui font 38",
    },
    advice: Words {
        en: "Check the answers it is calculated from, then correct them or the value.",
        fr: "Vérifiez les réponses dont elle est calculée, puis corrigez celles-ci ou la valeur.",
    },
    message: Words {
        en: "{question} holds «{value}» where the form calculates «{expected}»",
        fr: "{question} contient « {value} » alors que le formulaire calcule « {expected} »",
    },
    looks_at: LooksAt::Elsewhere,
};

pub(super) const CHOICE_NOT_OFFERED: Check = Check {
    id: "choice_not_offered",
    severity: Severity::Confirm,
    title: Words { en: "Choice that is not offered in this case", fr: "Choix non proposé dans ce cas" },
    why: Words {
        en: "The form narrows the list by other answers, and this choice is not left: the two contradict each other.",
        fr: "Le formulaire restreint la liste selon d’autres réponses, et ce choix n’en fait plus partie : les deux se contredisent.",
    },
    example: Words {
        en: "A commune of the South where the department is West",
        fr: "Une commune du Sud alors que le département est l’Ouest",
    },
    advice: Words {
        en: "Correct the choice, or the answer that the list depends on.",
        fr: "Corrigez le choix, ou la réponse dont la liste dépend.",
    },
    message: Words {
        en: "«{value}» is not among the choices that the form offers in {question} in this case",
        fr: "« {value} » n’est pas parmi les choix que le formulaire propose à {question} dans ce cas",
    },
    looks_at: LooksAt::Elsewhere,
};

pub(super) const CONSTRAINT_BROKEN: Check = Check {
    id: "constraint_broken",
    severity: Severity::Confirm,
    title: Words { en: "Answer breaks a rule of the form", fr: "Réponse contraire à une règle du formulaire" },
    why: Words {
        en: "Those who wrote the form said that such an answer cannot be right.",
        fr: "Les auteurs du formulaire ont posé qu’une telle réponse ne peut être juste.",
    },
    example: Words { en: "An age of 340", fr: "Un âge de 340 ans" },
    advice: Words {
        en: "Ask the enumerator or the key informant, then correct the answer or confirm it.",
        fr: "Interrogez l’enquêteur ou l’informateur clé, puis corrigez la réponse ou confirmez-la.",
    },
    message: Words {
        en: "«{value}» in {question} breaks the form’s rule «{rule}»[: {words}]",
        fr: "« {value} » à {question} enfreint la règle du formulaire « {rule} »[ : {words}]",
    },
    looks_at: LooksAt::Elsewhere,
};

pub(super) const REQUIRED_MISSING: Check = Check {
    id: "required_missing",
    severity: Severity::Confirm,
    title: Words { en: "Required question without an answer", fr: "Question obligatoire sans réponse" },
    why: Words {
        en: "The form does not let anybody finish without this answer; it was lost, or never given.",
        fr: "Le formulaire ne peut être terminé sans cette réponse ; elle a été perdue, ou jamais donnée.",
    },
    example: Words { en: "No name of the site", fr: "Pas de nom de site" },
    advice: Words {
        en: "Ask for the answer and put it in by a correction.",
        fr: "Demandez la réponse et ajoutez-la par une correction.",
    },
    message: Words {
        en: "{question} is required and has no answer[: {words}]",
        fr: "{question} est obligatoire et n’a pas de réponse[ : {words}]",
    },
    looks_at: LooksAt::Elsewhere,
};
