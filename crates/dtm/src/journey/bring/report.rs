//! What came over, what did not, and what to do about it.

use dtm_model::Lang;
use serde::{Deserialize, Serialize};

/// More problems than this are only counted.
const PROBLEMS_TOLD: usize = 200;

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "end", content = "why")]
pub(crate) enum Ended {
    /// At its end.
    #[default]
    Whole,
    /// Because somebody asked it to.
    Stopped,
    /// Because the source could not be read further.
    CutOff(String),
}

/// What came over.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Brought {
    pub(crate) forms: u64,
    pub(crate) versions: u64,
    pub(crate) drafts: u64,
    pub(crate) form_files: u64,
    pub(crate) submissions: u64,
    /// Later versions of submissions.
    pub(crate) edits: u64,
    /// Submissions that were here already.
    pub(crate) known: u64,
    pub(crate) files: u64,
    pub(crate) reviews: u64,
    pub(crate) comments: u64,
    pub(crate) entity_lists: u64,
    pub(crate) entities: u64,
    /// Later versions of entities.
    pub(crate) entity_edits: u64,
    /// Entities that were deleted there, and are in the trash here.
    pub(crate) entities_deleted: u64,
    /// What could not be taken, in the reader's language.
    pub(crate) problems: Vec<String>,
    /// What else is worth knowing of what was taken.
    pub(crate) notes: Vec<String>,
    /// What is not brought on purpose, and what to do.
    pub(crate) left_behind: Vec<String>,
    #[serde(flatten)]
    pub(crate) ended: Ended,
}

impl Brought {
    pub(crate) fn trouble(&mut self, what: impl std::fmt::Display) {
        match self.problems.len() {
            n if n < PROBLEMS_TOLD => self.problems.push(what.to_string()),
            PROBLEMS_TOLD => self.problems.push("…".to_owned()),
            _ => {}
        }
    }

    pub(crate) fn note(&mut self, what: String) {
        if self.notes.len() < PROBLEMS_TOLD && !self.notes.contains(&what) {
            self.notes.push(what);
        }
    }

    /// Whether somebody should look at it.
    pub(crate) fn is_smooth(&self) -> bool {
        self.problems.is_empty() && self.ended == Ended::Whole
    }

    /// What came, a number and its words each.
    pub(crate) fn counts(&self, lang: Lang) -> Vec<(u64, &'static str)> {
        let words: [(u64, &str, &str); 13] = [
            (self.forms, "forms", "formulaires"),
            (self.versions, "versions of forms", "versions de formulaires"),
            (self.drafts, "drafts of forms", "brouillons de formulaires"),
            (self.form_files, "files of forms", "fichiers de formulaires"),
            (self.submissions, "submissions", "soumissions"),
            (self.edits, "later versions of submissions", "versions ultérieures de soumissions"),
            (self.files, "files of submissions", "fichiers de soumissions"),
            (self.reviews, "review states", "états de révision"),
            (self.comments, "comments", "commentaires"),
            (self.entity_lists, "entity lists", "listes d’entités"),
            (self.entities, "entities", "entités"),
            (self.entity_edits, "later versions of entities", "versions ultérieures d’entités"),
            (self.known, "submissions that were here already", "soumissions déjà présentes"),
        ];
        let told = words.into_iter().filter(|(n, _, _)| *n > 0);
        told.map(|(n, en, fr)| (n, if lang == Lang::Fr { fr } else { en })).collect()
    }

    /// A few lines for a person.
    pub(crate) fn text(&self, lang: Lang) -> String {
        let say = |en: &str, fr: &str| (if lang == Lang::Fr { fr } else { en }).to_owned();
        let mut lines: Vec<String> =
            self.counts(lang).into_iter().map(|(n, words)| format!("{n:>9} {words}")).collect();
        if lines.is_empty() {
            lines.push(say("Nothing new.", "Rien de nouveau."));
        }
        let mut part = |title: String, told: &[String]| {
            if !told.is_empty() {
                lines.push(title);
                lines.extend(told.iter().map(|line| format!("  {line}")));
            }
        };
        part(say("Could not be taken:", "N’ont pu être repris :"), &self.problems);
        part(say("Worth knowing:", "À savoir :"), &self.notes);
        part(say("Not brought, on purpose:", "Non repris, à dessein :"), &self.left_behind);
        match &self.ended {
            Ended::Whole => {}
            Ended::Stopped => {
                lines.push(say("Stopped. Run it again to go on.", "Arrêté. Relancez la commande pour poursuivre."))
            }
            Ended::CutOff(why) => lines.push(match lang {
                Lang::En => format!("Cut off: {why}. Run it again to go on."),
                Lang::Fr => format!("Interrompu : {why}. Relancez la commande pour poursuivre."),
            }),
        }
        lines.join("\n")
    }
}
