//! What is measured of an enumerator's work, what it is called, what it may mean, and what to ask about it.

use crate::checks::Words;
use serde::{Deserialize, Serialize};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Interviews on a day on which there was one.
    PerDay,
    /// Minutes of the interview in the middle.
    Minutes,
    /// Metres from one interview to the next of the same day, in the middle.
    MetresBetween,
    /// Interviews about which a check wants an answer.
    Flagged,
    /// «Don't know» and refusals among the answers that could be.
    DontKnow,
    /// Counts of ten and more that end in 0 or 5.
    RoundCounts,
    /// Interviews on one spot.
    OneSpot,
    /// Interviews more like another of their own than hardly any two of different enumerators are.
    LikeOwn,
    /// «No» where «yes» would have brought more questions.
    NoOnGates,
    /// «Other» among the answers that could be.
    Other,
    /// Questions without an answer.
    Missing,
    /// Ages from 23 to 62 that end in 0 or 5.
    RoundAges,
    /// The chi-squared of the last digits of large counts.
    LastDigits,
    /// How varied the answers are, in bits a question.
    Entropy,
    /// How far the answers lie from those that others get, from 0 to 1.
    Divergence,
    /// Metres from the middle of their own interviews, in the middle.
    Spread,
    /// Metres to the site, in the middle.
    MetresToSite,
    /// Interviews far from their site.
    FarFromSite,
    /// Positions that may be far off.
    Inaccurate,
    /// Questions that were on the screen for less than it takes to read one out.
    QuickQuestions,
    /// Minutes with the form open and no question on the screen, in the middle.
    MinutesBetween,
    /// Interviews with answers that were changed when the form was opened again later.
    ChangedLater,
}

/// On which side something is worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Low,
    High,
    Both,
}

/// In what a measure is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// So many of so many.
    Share,
    /// A number.
    Number,
    /// Minutes.
    Minutes,
    /// Metres.
    Metres,
}

/// Of what a measure is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Interviews.
    Interviews,
    /// Days on which there was an interview.
    Days,
    /// Answers.
    Answers,
    /// Ways from one interview to the next.
    Ways,
}

impl Measure {
    /// Every measure, what a supervisor looks at daily first.
    pub const ALL: [Measure; 22] = [
        Measure::PerDay,
        Measure::Minutes,
        Measure::MetresBetween,
        Measure::Flagged,
        Measure::DontKnow,
        Measure::RoundCounts,
        Measure::OneSpot,
        Measure::LikeOwn,
        Measure::NoOnGates,
        Measure::Other,
        Measure::Missing,
        Measure::RoundAges,
        Measure::LastDigits,
        Measure::Entropy,
        Measure::Divergence,
        Measure::Spread,
        Measure::MetresToSite,
        Measure::FarFromSite,
        Measure::Inaccurate,
        Measure::QuickQuestions,
        Measure::MinutesBetween,
        Measure::ChangedLater,
    ];

    /// The word used in addresses and files.
    pub fn code(self) -> &'static str {
        match self {
            Measure::PerDay => "per_day",
            Measure::Minutes => "minutes",
            Measure::MetresBetween => "metres_between",
            Measure::Flagged => "flagged",
            Measure::DontKnow => "dont_know",
            Measure::RoundCounts => "round_counts",
            Measure::OneSpot => "one_spot",
            Measure::LikeOwn => "like_own",
            Measure::NoOnGates => "no_on_gates",
            Measure::Other => "other",
            Measure::Missing => "missing",
            Measure::RoundAges => "round_ages",
            Measure::LastDigits => "last_digits",
            Measure::Entropy => "entropy",
            Measure::Divergence => "divergence",
            Measure::Spread => "spread",
            Measure::MetresToSite => "metres_to_site",
            Measure::FarFromSite => "far_from_site",
            Measure::Inaccurate => "inaccurate",
            Measure::QuickQuestions => "quick_questions",
            Measure::MinutesBetween => "minutes_between",
            Measure::ChangedLater => "changed_later",
        }
    }

    /// The measure of this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Measure::ALL.into_iter().find(|measure| measure.code() == code)
    }

    /// In what it is told.
    pub fn unit(self) -> Unit {
        use Measure::*;
        match self {
            PerDay | LastDigits | Entropy | Divergence => Unit::Number,
            Minutes | MinutesBetween => Unit::Minutes,
            MetresBetween | Spread | MetresToSite => Unit::Metres,
            Flagged | DontKnow | RoundCounts | OneSpot | LikeOwn | NoOnGates | Other | Missing | RoundAges
            | FarFromSite | Inaccurate | QuickQuestions | ChangedLater => Unit::Share,
        }
    }

    /// Of what it is taken.
    pub fn of(self) -> Of {
        use Measure::*;
        match self {
            PerDay => Of::Days,
            MetresBetween => Of::Ways,
            Minutes | Flagged | OneSpot | LikeOwn | Spread | MetresToSite | FarFromSite | Inaccurate
            | MinutesBetween | ChangedLater => Of::Interviews,
            DontKnow | RoundCounts | NoOnGates | Other | Missing | RoundAges | LastDigits | Entropy | Divergence
            | QuickQuestions => Of::Answers,
        }
    }

    /// On which side it is worth a look.
    pub(super) fn side(self) -> Side {
        match self {
            Measure::Minutes | Measure::PerDay => Side::Both,
            Measure::Entropy | Measure::Spread | Measure::MetresBetween => Side::Low,
            _ => Side::High,
        }
    }

    /// What it is called.
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Measure::PerDay => ("Interviews per working day", "Entretiens par jour de travail"),
            Measure::Minutes => ("Minutes per interview (median)", "Minutes par entretien (médiane)"),
            Measure::MetresBetween => {
                ("Metres from one interview to the next (median)", "Mètres d’un entretien au suivant (médiane)")
            }
            Measure::Flagged => ("Interviews with something to ask", "Entretiens avec une question à poser"),
            Measure::DontKnow => ("«Don’t know» and refusals", "« Ne sait pas » et refus"),
            Measure::RoundCounts => ("Counts ending in 0 or 5", "Nombres terminés par 0 ou 5"),
            Measure::OneSpot => ("Interviews on one spot", "Entretiens au même endroit"),
            Measure::LikeOwn => ("Interviews alike", "Entretiens semblables"),
            Measure::NoOnGates => ("«No» that skips questions", "« Non » qui saute des questions"),
            Measure::Other => ("«Other»", "« Autre »"),
            Measure::Missing => ("Questions without an answer", "Questions sans réponse"),
            Measure::RoundAges => ("Ages ending in 0 or 5", "Âges terminés par 0 ou 5"),
            Measure::LastDigits => ("Last digits (chi-squared)", "Derniers chiffres (khi-deux)"),
            Measure::Entropy => ("Variety of answers (bits)", "Variété des réponses (bits)"),
            Measure::Divergence => ("Distance from others’ answers", "Écart aux réponses des autres"),
            Measure::Spread => ("Metres from the middle (median)", "Mètres du milieu (médiane)"),
            Measure::MetresToSite => ("Metres to the site (median)", "Mètres jusqu’au site (médiane)"),
            Measure::FarFromSite => ("Interviews far from the site", "Entretiens loin du site"),
            Measure::Inaccurate => ("Inaccurate positions", "Positions imprécises"),
            Measure::QuickQuestions => {
                ("Questions on the screen for under two seconds", "Questions affichées moins de deux secondes")
            }
            Measure::MinutesBetween => ("Minutes between questions (median)", "Minutes entre les questions (médiane)"),
            Measure::ChangedLater => {
                ("Interviews with answers changed later", "Entretiens aux réponses changées plus tard")
            }
        };
        Words { en, fr }
    }

    /// What an unusual value may mean, the harmless first.
    pub fn meaning(self) -> Words {
        let (en, fr) = match self {
            Measure::PerDay => (
                "Places near each other, a longer day or a team that shares the work; or interviews that were not all held.",
                "Des lieux proches, une journée plus longue ou une équipe qui se partage le travail ; ou des entretiens qui n’ont pas tous eu lieu.",
            ),
            Measure::Minutes => (
                "Practice, small households or a slow telephone; or questions that were skipped or filled in afterwards.",
                "De l’habitude, de petits ménages ou un téléphone lent ; ou des questions sautées ou remplies après coup.",
            ),
            Measure::MetresBetween => (
                "A dense site, or people who come to one place to be asked; or forms filled in at a desk.",
                "Un site dense, ou des personnes qui viennent au même endroit ; ou des formulaires remplis à un bureau.",
            ),
            Measure::Flagged => (
                "A hard district, or a question that is not understood; or haste.",
                "Un secteur difficile, ou une question mal comprise ; ou de la hâte.",
            ),
            Measure::DontKnow => (
                "People who are afraid or do not know, questions that are not understood; or answers not asked for.",
                "Des personnes qui ont peur ou ne savent pas, des questions mal comprises ; ou des réponses qu’on n’a pas demandées.",
            ),
            Measure::RoundCounts => (
                "Informants who estimate; or numbers that were rounded or guessed on the form.",
                "Des informateurs qui estiment ; ou des nombres arrondis ou devinés sur le formulaire.",
            ),
            Measure::OneSpot => (
                "A camp, a market or an office where people come to be asked; or forms filled in without going there.",
                "Un camp, un marché ou un bureau où l’on vient répondre ; ou des formulaires remplis sans s’y rendre.",
            ),
            Measure::LikeOwn => (
                "Neighbours who live alike; or a form that was filled in from another.",
                "Des voisins qui vivent de même ; ou un formulaire recopié d’un autre.",
            ),
            Measure::NoOnGates => (
                "A place where it is so; or a «no» that makes the interview shorter.",
                "Un lieu où c’est ainsi ; ou un « non » qui raccourcit l’entretien.",
            ),
            Measure::Other => (
                "A choice that the form lacks; or choices that were not read out.",
                "Un choix qui manque au formulaire ; ou des choix qui n’ont pas été lus.",
            ),
            Measure::Missing => (
                "Questions that do not apply there; or questions that were passed over.",
                "Des questions qui ne s’appliquent pas ; ou des questions passées.",
            ),
            Measure::RoundAges => (
                "People who do not know their age; or ages that were guessed.",
                "Des personnes qui ne connaissent pas leur âge ; ou des âges devinés.",
            ),
            Measure::LastDigits => (
                "Informants who estimate; or numbers that were made up.",
                "Des informateurs qui estiment ; ou des nombres inventés.",
            ),
            Measure::Entropy => (
                "A district where people live alike; or the same answers again and again.",
                "Un secteur où l’on vit de même ; ou toujours les mêmes réponses.",
            ),
            Measure::Divergence => (
                "A district unlike the others; or a question that is asked otherwise.",
                "Un secteur différent des autres ; ou une question posée autrement.",
            ),
            Measure::Spread => (
                "A small district; or positions taken at one place.",
                "Un petit secteur ; ou des positions prises au même endroit.",
            ),
            Measure::MetresToSite | Measure::FarFromSite => (
                "A site whose position is wrong, or a position taken before or after; or interviews held elsewhere.",
                "Un site mal situé, ou une position prise avant ou après ; ou des entretiens menés ailleurs.",
            ),
            Measure::Inaccurate => {
                ("Positions taken indoors or in haste.", "Des positions prises à l’intérieur ou à la hâte.")
            }
            Measure::QuickQuestions => (
                "Questions known by heart, or answered before they were asked; or questions that were not read out.",
                "Des questions sues par cœur, ou répondues avant d’être posées ; ou des questions qui n’ont pas été lues.",
            ),
            Measure::MinutesBetween => (
                "Talks, interruptions, a slow telephone; or a form left open until evening.",
                "Des conversations, des interruptions, un téléphone lent ; ou un formulaire resté ouvert jusqu’au soir.",
            ),
            Measure::ChangedLater => (
                "Numbers that an informant gave afterwards, or slips that were noticed; or answers made to fit.",
                "Des nombres donnés après coup par un informateur, ou des erreurs remarquées ; ou des réponses arrangées.",
            ),
        };
        Words { en, fr }
    }

    /// What to ask or to do first.
    pub fn ask(self) -> Words {
        let (en, fr) = match self {
            Measure::PerDay => (
                "Ask how the day went, and compare with the plan.",
                "Demandez comment s’est passée la journée, et comparez avec le plan.",
            ),
            Measure::Minutes => (
                "Sit in on one interview, and open the shortest and the longest.",
                "Assistez à un entretien, et ouvrez le plus court et le plus long.",
            ),
            Measure::MetresBetween | Measure::OneSpot | Measure::Spread => (
                "Ask where people were met, and look at the map with the enumerator.",
                "Demandez où les personnes ont été rencontrées, et regardez la carte avec l’enquêteur.",
            ),
            Measure::Flagged => (
                "Go through what the checks ask, interview by interview.",
                "Parcourez ce que demandent les contrôles, entretien par entretien.",
            ),
            Measure::DontKnow => (
                "Sit in on an interview before asking why; the place may be harder than others.",
                "Assistez à un entretien avant de demander pourquoi ; le lieu est peut-être plus difficile.",
            ),
            Measure::RoundCounts | Measure::RoundAges | Measure::LastDigits => (
                "Ask how numbers are obtained: from a list, by counting, by estimate.",
                "Demandez d’où viennent les nombres : d’une liste, d’un comptage, d’une estimation.",
            ),
            Measure::LikeOwn => {
                ("Open both side by side with the enumerator.", "Ouvrez les deux côte à côte avec l’enquêteur.")
            }
            Measure::NoOnGates | Measure::Entropy | Measure::Divergence => (
                "Call some of these households back with the same question.",
                "Rappelez quelques-uns de ces ménages avec la même question.",
            ),
            Measure::Other => (
                "Read the words given with «other», and add the choice if many say the same.",
                "Lisez les mots donnés avec « autre », et ajoutez le choix si beaucoup disent de même.",
            ),
            Measure::Missing => (
                "Ask which questions are hard to ask, and why.",
                "Demandez quelles questions sont difficiles à poser, et pourquoi.",
            ),
            Measure::MetresToSite | Measure::FarFromSite => (
                "Check the position of the site first, then ask when the phone takes its own.",
                "Vérifiez d’abord la position du site, puis demandez quand le téléphone prend la sienne.",
            ),
            Measure::Inaccurate => (
                "Ask to wait outdoors until the telephone says twenty metres or less.",
                "Demandez d’attendre dehors jusqu’à ce que le téléphone indique vingt mètres ou moins.",
            ),
            Measure::QuickQuestions => (
                "Sit in on an interview, and see which questions are not read out.",
                "Assistez à un entretien, et voyez quelles questions ne sont pas lues.",
            ),
            Measure::MinutesBetween => (
                "Ask how the interviews go; nothing needs doing where people talk.",
                "Demandez comment se passent les entretiens ; rien à faire si l’on y parle.",
            ),
            Measure::ChangedLater => (
                "Ask which answers were changed, and where the new ones come from.",
                "Demandez quelles réponses ont été changées, et d’où viennent les nouvelles.",
            ),
        };
        Words { en, fr }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_has_a_word_of_its_own_that_leads_back_to_it() {
        for measure in Measure::ALL {
            assert_eq!(Measure::from_code(measure.code()), Some(measure));
            assert_eq!(serde_json::to_value(measure).unwrap(), measure.code());
        }
    }
}
