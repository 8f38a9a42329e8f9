//! What is wrong with an XLSForm, where, and what to do about it.
//!
//! Every kind of problem has one line in [`CATALOGUE`]: its code, its weight and its wording in both languages.
//! `{word}` is the offending word of the cell, `{other}` a second fact (another row, the words allowed).

use crate::workbook::column_letter;
use dtm_model::Lang;
use std::collections::HashSet;
use std::fmt;

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// There is no XForm until it is mended.
    Error,
    /// The form works; somebody should look at it.
    Warning,
}

/// One problem of a form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Problem {
    /// Weight.
    pub severity: Severity,
    /// The sheet, as its tab is named.
    pub sheet: String,
    /// The spreadsheet row, counted from 1.
    pub row: Option<u32>,
    /// The letters of the spreadsheet column.
    pub column: Option<String>,
    /// The stable code of this kind of problem.
    pub code: &'static str,
    /// The word that is at fault, empty where there is none.
    pub word: String,
    /// A second fact of the message.
    pub other: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl Problem {
    /// What is wrong, in the reader's language, without its place.
    pub fn message(&self, lang: Lang) -> String {
        let rule = rule(self.code);
        let wording = match lang {
            Lang::En => rule.en,
            Lang::Fr => rule.fr,
        };
        let mut message = wording.replace("{word}", &shorten(&self.word)).replace("{other}", &shorten(&self.other));
        if let Some(suggestion) = &self.suggestion {
            message += &match lang {
                Lang::En => format!(" Did you mean “{suggestion}”?"),
                Lang::Fr => format!(" Vouliez-vous dire « {suggestion} » ?"),
            };
        }
        message
    }

    /// Where it is, as a spreadsheet program names it: `survey!C12`, `survey!12`, `settings`.
    pub fn location(&self) -> String {
        match (self.row, &self.column) {
            (Some(row), Some(column)) => format!("{}!{column}{row}", self.sheet),
            (Some(row), None) => format!("{}!{row}", self.sheet),
            (None, Some(column)) => format!("{}!{column}", self.sheet),
            (None, None) => self.sheet.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location(), self.message(Lang::En))
    }
}

/// A cell may hold a page; a message quotes its beginning.
fn shorten(word: &str) -> String {
    match word.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}

/// The sheets of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum SheetId {
    Survey,
    Choices,
    Settings,
    ExternalChoices,
    Entities,
    Osm,
}

impl SheetId {
    pub(super) const ALL: [SheetId; 6] = [
        SheetId::Survey,
        SheetId::Choices,
        SheetId::Settings,
        SheetId::ExternalChoices,
        SheetId::Entities,
        SheetId::Osm,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            SheetId::Survey => "survey",
            SheetId::Choices => "choices",
            SheetId::Settings => "settings",
            SheetId::ExternalChoices => "external_choices",
            SheetId::Entities => "entities",
            SheetId::Osm => "osm",
        }
    }
}

/// The place of a cell, a row or a column. Row 0 and no column mean the sheet as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) sheet: SheetId,
    pub(super) row: u32,
    pub(super) column: Option<u32>,
}

impl At {
    pub(super) fn sheet(sheet: SheetId) -> At {
        At { sheet, row: 0, column: None }
    }

    pub(super) fn row(sheet: SheetId, row: u32) -> At {
        At { sheet, row, column: None }
    }

    pub(super) fn column(self, column: usize) -> At {
        At { column: Some(column as u32), ..self }
    }
}

/// Nobody reads more problems than this.
const MAX_PROBLEMS: usize = 5_000;
/// Words compared for suggestions, over a whole form.
const MAX_COMPARISONS: usize = 200_000;

/// Gathers the problems of a form while it is read, each once.
#[derive(Default)]
pub(super) struct Problems {
    found: Vec<(At, Problem)>,
    seen: HashSet<(At, &'static str, String)>,
    errors: bool,
    fatal: bool,
    comparisons: usize,
    /// Where a tab bears another name than its sheet (a lone sheet is the survey whatever its name).
    pub(super) survey_name: Option<String>,
}

impl Problems {
    /// Notes a problem; the catalogue says whether it is an error.
    pub(super) fn note(&mut self, code: &'static str, at: At, word: &str) {
        self.note_with(code, at, word, "", None);
    }

    /// Notes a problem with a second fact.
    pub(super) fn note_other(&mut self, code: &'static str, at: At, word: &str, other: &str) {
        self.note_with(code, at, word, other, None);
    }

    /// Notes a problem with all that is known.
    pub(super) fn note_with(
        &mut self,
        code: &'static str,
        at: At,
        word: &str,
        other: &str,
        suggestion: Option<String>,
    ) {
        self.errors |= rule(code).severity == Severity::Error;
        self.fatal |= !rule(code).mendable;
        if self.found.len() >= MAX_PROBLEMS || !self.seen.insert((at, code, shorten(word))) {
            return;
        }
        let sheet = match (&self.survey_name, at.sheet) {
            (Some(name), SheetId::Survey) => name.clone(),
            (_, sheet) => sheet.name().to_owned(),
        };
        let problem = Problem {
            severity: rule(code).severity,
            sheet,
            row: (at.row > 0).then_some(at.row),
            column: at.column.map(|column| column_letter(column as usize)),
            code,
            word: shorten(word),
            other: shorten(other),
            suggestion,
        };
        self.found.push((at, problem));
    }

    pub(super) fn has_errors(&self) -> bool {
        self.errors
    }

    /// Whether there is an error that no form can be made around.
    pub(super) fn are_fatal(&self) -> bool {
        self.fatal
    }

    /// The nearest of these words, while there is patience left: a sheet of nothing but slips stays linear.
    pub(super) fn suggest<'a>(&mut self, word: &str, known: impl ExactSizeIterator<Item = &'a str>) -> Option<String> {
        self.comparisons += known.len();
        if self.comparisons > MAX_COMPARISONS { None } else { nearest(word, known) }
    }

    /// All problems, in the order of their places.
    pub(super) fn into_sorted(mut self) -> Vec<Problem> {
        self.found.sort_by(|(a, pa), (b, pb)| (a, pa.code, &pa.word).cmp(&(b, pb.code, &pb.word)));
        self.found.into_iter().map(|(_, problem)| problem).collect()
    }
}

/// The tab that is probably meant to be a sheet. A leading underscore says that the likeness is meant.
pub(super) fn near_tab(id: SheetId, tabs: &[String]) -> Option<String> {
    let known = |tab: &str| SheetId::ALL.iter().any(|id| id.name() == tab);
    let near = |tab: &&String| strsim::levenshtein(&tab.to_lowercase(), id.name()) <= 2;
    tabs.iter().filter(|tab| tab.len() < 40 && !tab.starts_with('_') && !known(tab)).find(near).cloned()
}

/// The nearest of these words, if it is near enough to have been meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = word.to_lowercase();
    let length = lower.chars().count();
    if length > 40 {
        return None;
    }
    let allowed = match length {
        0..=2 => 0,
        3..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    known
        .into_iter()
        .filter(|known| known.chars().count().abs_diff(length) <= allowed)
        .map(|known| (strsim::damerau_levenshtein(&lower, &known.to_lowercase()), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, known)| known.to_owned())
}

struct Rule {
    code: &'static str,
    severity: Severity,
    mendable: bool,
    en: &'static str,
    fr: &'static str,
}

fn rule(code: &str) -> &'static Rule {
    CATALOGUE.iter().find(|rule| rule.code == code).expect("a test holds every code used to be in the catalogue")
}

const fn error(code: &'static str, en: &'static str, fr: &'static str) -> Rule {
    Rule { code, severity: Severity::Error, mendable: false, en, fr }
}

const fn warning(code: &'static str, en: &'static str, fr: &'static str) -> Rule {
    Rule { code, severity: Severity::Warning, mendable: true, en, fr }
}

/// An error that a form can be made around, for those who look on: see [`super::Conversion::mended`].
const fn mendable(code: &'static str, en: &'static str, fr: &'static str) -> Rule {
    Rule { code, severity: Severity::Error, mendable: true, en, fr }
}

const CATALOGUE: &[Rule] = &[
    // Sheets and columns.
    error("survey_missing", "The workbook has no “survey” sheet.", "Le classeur n’a pas de feuille « survey »."),
    error("survey_empty", "The survey sheet asks no question.", "La feuille survey ne pose aucune question."),
    warning("sheet_near_miss", "The sheet “{word}” is ignored.", "La feuille « {word} » est ignorée."),
    warning(
        "rows_after_gap",
        "What follows more than 60 empty rows is ignored.",
        "Ce qui suit plus de 60 lignes vides est ignoré.",
    ),
    error("header_missing", "The column “{word}” is missing.", "La colonne « {word} » manque."),
    error(
        "header_duplicate",
        "The column “{word}” says the same as the column “{other}”. Keep one of them.",
        "La colonne « {word} » fait double emploi avec la colonne « {other} ». N’en gardez qu’une.",
    ),
    error(
        "header_language",
        "The column “{word}” holds no words for people, so it cannot have a language. Take the language off.",
        "La colonne « {word} » ne contient pas de texte à lire, elle ne peut donc pas avoir de langue. Retirez la langue.",
    ),
    error(
        "header_incomplete",
        "The column “{word}” does not say of what: write for example “{word}::x”.",
        "La colonne « {word} » ne dit pas de quoi : écrivez par exemple « {word}::x ».",
    ),
    warning("header_near_miss", "The column “{word}” is ignored.", "La colonne « {word} » est ignorée."),
    warning(
        "choice_header_invalid",
        "The column “{word}” cannot be used in choice filters: its name holds characters that XML names may not.",
        "La colonne « {word} » est inutilisable dans les filtres : son nom contient des caractères interdits en XML.",
    ),
    error(
        "prefix_unknown",
        "“{word}” is no valid attribute name: use letters and a declared prefix (settings, column namespaces).",
        "« {word} » n’est pas un nom d’attribut valide : lettres et préfixe déclaré (settings, colonne namespaces).",
    ),
    warning(
        "choice_header_blank",
        "The column “{word}” is ignored: the name of a column may not be empty or hold blanks.",
        "La colonne « {word} » est ignorée : un nom de colonne ne peut être vide ni contenir d’espaces.",
    ),
    warning(
        "form_ids_both",
        "There are both form_id and “{word}”; “{word}” is ignored.",
        "Il y a form_id et « {word} » ; « {word} » est ignoré.",
    ),
    error(
        "media_kind",
        "There is no kind of media “{word}”; there are image, big-image, audio and video.",
        "Il n’y a pas de média « {word} » ; il y a image, big-image, audio et video.",
    ),
    // Rows of the survey.
    warning(
        "row_disabled",
        "The “disabled” column is old; use “relevant”.",
        "La colonne « disabled » est ancienne ; utilisez « relevant ».",
    ),
    mendable(
        "name_duplicate",
        "“{word}” is already the name in row {other} of the same group; give this one another name.",
        "« {word} » est déjà le nom de la ligne {other} du même groupe ; choisissez un autre nom.",
    ),
    error(
        "type_missing",
        "This row has a name or a label but no type.",
        "Cette ligne a un nom ou un libellé mais pas de type.",
    ),
    error("type_unknown", "“{word}” is not a question type.", "« {word} » n’est pas un type de question."),
    warning(
        "row_skipped",
        "A row without type, name and label is skipped.",
        "Une ligne sans type, nom ni libellé est ignorée.",
    ),
    error("name_missing", "This row has no name.", "Cette ligne n’a pas de nom."),
    error(
        "name_invalid",
        "“{word}” is no valid name: begin with a letter or _, then letters, digits, - _ and full stops, no blanks.",
        "« {word} » n’est pas un nom valide : une lettre ou _, puis lettres, chiffres, - _ et points, sans espace.",
    ),
    error(
        "repeat_name_duplicate",
        "“{word}” is already the name of the repeat in row {other}; give this one another name.",
        "« {word} » est déjà le nom de la répétition de la ligne {other} ; choisissez un autre nom.",
    ),
    warning(
        "name_differs_by_case",
        "“{word}” and the name in row {other} differ by upper and lower case only.",
        "« {word} » et le nom de la ligne {other} ne diffèrent que par la casse.",
    ),
    error("name_reserved", "The name “{word}” is reserved.", "Le nom « {word} » est réservé."),
    error(
        "end_unmatched",
        "“{word}” closes nothing that is open here (open: {other}).",
        "« {word} » ne ferme rien d’ouvert ici (ouvert : {other}).",
    ),
    error("begin_unclosed", "“{word}” is never closed.", "« {word} » n’est jamais fermé."),
    error(
        "too_deep",
        "Groups are nested more than {other} deep.",
        "Les groupes sont imbriqués sur plus de {other} niveaux.",
    ),
    error("label_missing", "“{word}” has no label and no hint.", "« {word} » n’a ni libellé ni indication."),
    warning(
        "repeat_label_missing",
        "The repeat “{word}” has no label.",
        "La répétition « {word} » n’a pas de libellé.",
    ),
    warning(
        "group_shows_nothing",
        "The group “{word}” shows nothing to the enumerator.",
        "Le groupe « {word} » ne montre rien à l’enquêteur.",
    ),
    error(
        "calculation_missing",
        "The calculate row “{word}” has no calculation.",
        "Le calcul « {word} » n’a pas de formule.",
    ),
    error("big_image_alone", "“big-image” needs an image as well.", "« big-image » exige aussi une image."),
    warning(
        "max_pixels_missing",
        "Give max-pixels (column parameters) so that pictures are sent faster.",
        "Indiquez max-pixels (colonne parameters) pour des envois de photos plus rapides.",
    ),
    warning("device_field_old", "Phones no longer give “{word}”.", "Les téléphones ne donnent plus « {word} »."),
    error(
        "audit_name",
        "An audit row is named “audit” or has no name.",
        "Une ligne audit s’appelle « audit » ou n’a pas de nom.",
    ),
    // Choices.
    mendable(
        "choice_name_duplicate",
        "The choice “{word}” is already in row {other} of this list. If that is meant, set allow_choice_duplicates to yes in settings.",
        "Le choix « {word} » est déjà à la ligne {other} de cette liste. Si c’est voulu, mettez allow_choice_duplicates à yes dans settings.",
    ),
    warning(
        "choice_label_missing",
        "The choice “{word}” has no label; its name or picture is shown.",
        "Le choix « {word} » n’a pas de libellé ; son nom ou son image est affiché.",
    ),
    error(
        "or_other_list",
        "or_other needs a list of the choices sheet.",
        "or_other exige une liste de la feuille choices.",
    ),
    warning(
        "or_other_untranslated",
        "The words of or_other are not translated; add a choice and a text question of your own.",
        "Les mots de or_other ne sont pas traduits ; ajoutez un choix et une question texte.",
    ),
    warning(
        "external_unfiltered",
        "“{word}” takes external choices, which are meant for questions with a choice filter.",
        "« {word} » prend des choix externes, prévus pour les questions avec un filtre de choix.",
    ),
    error(
        "external_filter_missing",
        "Choices of the external list “{word}” are looked up by a choice filter; there is none.",
        "Les choix de la liste externe « {word} » se trouvent par un filtre de choix ; il n’y en a pas.",
    ),
    error(
        "select_type",
        "The answer of “{word}” is a choice, so that bind::type cannot be set.",
        "La réponse à « {word} » est un choix ; bind::type ne peut être fixé.",
    ),
    error(
        "none_list",
        "add_none_option: “{word}” has no list of the choices sheet to choose from.",
        "add_none_option : « {word} » n’a pas de liste de la feuille choices.",
    ),
    error(
        "search_file",
        "“{word}” takes its choices from a file; then search() is not possible.",
        "« {word} » prend ses choix dans un fichier ; search() est alors impossible.",
    ),
    error(
        "table_list_filter",
        "The first question of a table-list cannot have a choice filter (“{word}”).",
        "La première question d’un table-list ne peut avoir de filtre de choix (« {word} »).",
    ),
    error(
        "geometry_unknown",
        "“{word}” is no list, no file that the form looks into, and no repeat.",
        "« {word} » n’est ni une liste, ni un fichier que le formulaire consulte, ni une répétition.",
    ),
    error(
        "range_appearance",
        "The appearance “{word}” shows no ticks, so that {other} cannot be set.",
        "L’apparence « {word} » ne montre pas de graduation ; {other} ne peuvent être fixés.",
    ),
    error(
        "range_label",
        "“{word}” in the list “{other}” is no step of the range that uses the list as labels.",
        "« {word} » de la liste « {other} » n’est pas un pas de l’échelle dont la liste donne les libellés.",
    ),
    error(
        "range_ends",
        "Without ticks the list “{word}” should label the two ends of the range and nothing else.",
        "Sans graduation, la liste « {word} » ne doit nommer que les deux bouts de l’échelle.",
    ),
    error("choices_missing", "The workbook has no “choices” sheet.", "Le classeur n’a pas de feuille « choices »."),
    error(
        "external_choices_missing",
        "The workbook has no “external_choices” sheet.",
        "Le classeur n’a pas de feuille « external_choices ».",
    ),
    error(
        "list_unknown",
        "There is no list “{word}” in the choices.",
        "Il n’y a pas de liste « {word} » dans les choix.",
    ),
    error("list_missing", "The type “{word}” names no list.", "Le type « {word} » ne nomme aucune liste."),
    error(
        "list_name_invalid",
        "The list name “{word}” may not hold quotes.",
        "Le nom de liste « {word} » ne peut contenir de guillemets.",
    ),
    error("choice_name_missing", "This choice has no name.", "Ce choix n’a pas de nom."),
    error(
        "choice_name_blank",
        "The choice “{word}” holds a blank, which separates answers in select_multiple.",
        "Le choix « {word} » contient un espace, qui sépare les réponses dans select_multiple.",
    ),
    error(
        "or_other_filter",
        "or_other does not go with a choice filter.",
        "or_other n’est pas compatible avec un filtre de choix.",
    ),
    error(
        "file_kind",
        "“{word}” should be a .csv, .xml or .geojson file.",
        "« {word} » devrait être un fichier .csv, .xml ou .geojson.",
    ),
    error(
        "search_shared_list",
        "The list “{word}” is used with search() and without; use two lists.",
        "La liste « {word} » sert avec et sans search() ; utilisez deux listes.",
    ),
    error(
        "table_list_mixed",
        "All questions of a table-list share one list: “{word}” is not “{other}”.",
        "Les questions d’un table-list partagent une liste : « {word} » n’est pas « {other} ».",
    ),
    error(
        "instance_conflict",
        "The name “{word}” stands for two different files or lists.",
        "Le nom « {word} » désigne deux fichiers ou listes différents.",
    ),
    // Expressions.
    mendable(
        "reference_unknown",
        "There is no question named “{word}”.",
        "Il n’y a pas de question nommée « {word} ».",
    ),
    mendable(
        "reference_ambiguous",
        "Several questions are named “{word}” (rows {other}), so that the reference is not clear.",
        "Plusieurs questions s’appellent « {word} » (lignes {other}) ; la référence est ambiguë.",
    ),
    error(
        "reference_malformed",
        "“{word}” is no reference: write ${name} with nothing else between the braces.",
        "« {word} » n’est pas une référence : écrivez ${nom}, sans rien d’autre entre les accolades.",
    ),
    error(
        "parenthesis_unbalanced",
        "“{word}” has no partner in this expression.",
        "« {word} » n’a pas de pendant dans cette expression.",
    ),
    error(
        "quote_unclosed",
        "A quoted text that begins with {word} does not end.",
        "Un texte entre guillemets qui commence par {word} n’a pas de fin.",
    ),
    warning("function_unknown", "There is no function “{word}”.", "Il n’y a pas de fonction « {word} »."),
    error(
        "trigger_malformed",
        "“{word}” should be references such as ${name}, with commas between.",
        "« {word} » devrait être des références comme ${name}, séparées par des virgules.",
    ),
    warning(
        "trigger_silent",
        "A change of “{word}” sets nothing, as it is not shown to the enumerator.",
        "Un changement de « {word} » ne déclenche rien, car il n’est pas montré à l’enquêteur.",
    ),
    error(
        "trigger_invisible",
        "“{word}” is not shown to the enumerator, so it cannot trigger anything.",
        "« {word} » n’est pas montré à l’enquêteur et ne peut rien déclencher.",
    ),
    error(
        "trigger_missing",
        "A background-geopoint needs a trigger and no calculation.",
        "Un background-geopoint exige un trigger et aucun calcul.",
    ),
    // Parameters.
    error("parameter_malformed", "“{word}” should be key=value.", "« {word} » devrait être clé=valeur."),
    error(
        "parameter_unknown",
        "“{word}” is no parameter of this type; there are: {other}.",
        "« {word} » n’est pas un paramètre de ce type ; il y a : {other}.",
    ),
    error(
        "parameter_value",
        "“{word}” is no valid value; expected: {other}.",
        "« {word} » n’est pas une valeur valide ; attendu : {other}.",
    ),
    // Languages.
    warning(
        "language_without_code",
        "The language “{word}” has no code; write for example “French (fr)”.",
        "La langue « {word} » n’a pas de code ; écrivez par exemple « French (fr) ».",
    ),
    warning("translation_missing", "“{word}” is not translated: {other}.", "« {word} » n’est pas traduit : {other}."),
    warning(
        "default_language_unused",
        "No text is in the default language “{word}”.",
        "Aucun texte n’est dans la langue par défaut « {word} ».",
    ),
    // The rest.
    warning(
        "columns_many",
        "What is right of {other} columns is ignored.",
        "Ce qui est à droite de {other} colonnes est ignoré.",
    ),
    error("rows_many", "The survey has more than {other} questions.", "Le questionnaire a plus de {other} questions."),
    error("form_too_large", "The form grows beyond {other} bytes.", "Le formulaire dépasse {other} octets."),
    error(
        "omit_instance_id",
        "An encrypted form needs its instanceID.",
        "Un formulaire chiffré a besoin de son instanceID.",
    ),
    // Entities.
    error(
        "entities_missing",
        "“{word}” is saved to no list: there is no entities sheet.",
        "« {word} » n’est enregistré dans aucune liste : pas de feuille entities.",
    ),
    error("entity_list_missing", "This entity has no list_name.", "Cette entité n’a pas de list_name."),
    error(
        "entity_list_invalid",
        "“{word}” is no valid name of a list: letters, digits, - and _, no full stop, not __ first.",
        "« {word} » n’est pas un nom de liste valide : lettres, chiffres, - et _, sans point ni __ au début.",
    ),
    error("entity_list_twice", "The list “{word}” is declared twice.", "La liste « {word} » est déclarée deux fois."),
    error(
        "entity_id_missing",
        "“{word}” is updated, yet has no entity_id.",
        "« {word} » est mis à jour mais n’a pas d’entity_id.",
    ),
    error(
        "entity_update_missing",
        "“{word}” has create_if and entity_id; then it needs update_if.",
        "« {word} » a create_if et entity_id ; il faut alors update_if.",
    ),
    error(
        "entity_label_missing",
        "“{word}” makes entities, yet gives them no label.",
        "« {word} » crée des entités sans leur donner de label.",
    ),
    error(
        "entity_column_unknown",
        "The entities sheet knows no column “{word}”.",
        "La feuille entities ne connaît pas de colonne « {word} ».",
    ),
    error(
        "entity_outside",
        "What is saved to “{word}” does not all stand in the same repeat; copy this answer into the other with a calculate.",
        "Ce qui est enregistré dans « {word} » n’est pas dans une même répétition ; recopiez cette réponse par un calculate.",
    ),
    error(
        "entity_reference_outside",
        "“{word}” does not stand in the repeat from which “{other}” is made; copy it there with a calculate.",
        "« {word} » n’est pas dans la répétition dont vient « {other} » ; recopiez-le par un calculate.",
    ),
    error(
        "save_to_twice",
        "The property “{word}” is saved twice.",
        "La propriété « {word} » est enregistrée deux fois.",
    ),
    error(
        "entity_no_place",
        "“{word}” shares its section with another entity; put its questions into a group.",
        "« {word} » partage sa section avec une autre entité ; placez ses questions dans un groupe.",
    ),
    error(
        "save_to_section",
        "A group cannot be saved (“{word}”); save its questions.",
        "Un groupe ne s’enregistre pas (« {word} ») ; enregistrez ses questions.",
    ),
    error(
        "save_to_invalid",
        "“{word}” is no valid property: a name other than name and label, not __ first.",
        "« {word} » n’est pas une propriété valide : un nom autre que name et label, sans __ au début.",
    ),
    error(
        "save_to_list",
        "“{word}” should say which list, as list#property; there are: {other}.",
        "« {word} » devrait dire quelle liste, comme liste#propriété ; il y a : {other}.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_catalogue_once_and_said_in_both_languages() {
        let codes: HashSet<&str> = CATALOGUE.iter().map(|rule| rule.code).collect();
        assert_eq!(codes.len(), CATALOGUE.len());
        for rule in CATALOGUE {
            for fact in ["{word}", "{other}"] {
                assert_eq!(rule.en.contains(fact), rule.fr.contains(fact), "{}", rule.code);
            }
        }
        // Codes are string literals right behind the calls that note them.
        for source in [
            include_str!("mod.rs"),
            include_str!("cells.rs"),
            include_str!("choices.rs"),
            include_str!("entities.rs"),
            include_str!("names.rs"),
            include_str!("expression.rs"),
            include_str!("itext.rs"),
            include_str!("parameters.rs"),
            include_str!("settings.rs"),
            include_str!("survey.rs"),
            include_str!("references.rs"),
            include_str!("survey/blocks.rs"),
            include_str!("survey/finish.rs"),
            include_str!("survey/loops.rs"),
            include_str!("survey/range.rs"),
            include_str!("survey/select.rs"),
            include_str!("survey/typed.rs"),
            include_str!("write.rs"),
        ] {
            for call in source.split(".note").skip(1) {
                let Some((name, rest)) = call.split_once('(') else { continue };
                if !matches!(name, "" | "_other" | "_with") {
                    continue;
                }
                if let Some(literal) = rest.trim_start().strip_prefix('"') {
                    let code = literal.split('"').next().unwrap_or("");
                    assert!(codes.contains(code), "{code} is not in the catalogue");
                }
            }
        }
    }

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_a_stranger_is_not() {
        let known = ["select_one", "integer", "text"];
        assert_eq!(nearest("interger", known).as_deref(), Some("integer"));
        assert_eq!(nearest("Text", known).as_deref(), Some("text"));
        assert_eq!(nearest("photograph", known), None);
    }
}
