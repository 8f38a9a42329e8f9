//! What is printed inside a file, so that it speaks for itself when it has been passed on.
//!
//! In: a dataset, the language, where the file can be had again, whom it was made for. Out: a title and lines of a
//! heading and a sentence: operation, rounds with their dates, versions and releases, the policy and what it hides, the
//! rows asked for in words, how to add up, what an empty cell means.

use crate::dataset::Dataset;
use dtm_model::{Lang, Text};
use dtm_protect::Release;

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    lang: Lang,
    address: Option<String>,
    watermark: Option<String>,
}

/// One line: a heading and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The heading.
    pub heading: String,
    /// What it says.
    pub text: String,
}

impl About {
    /// Says it in this language.
    pub fn new(lang: Lang) -> About {
        About { lang, address: None, watermark: None }
    }

    /// With the address where the same file is to be had for ever.
    pub fn at(self, address: impl Into<String>) -> About {
        About { address: Some(address.into()), ..self }
    }

    /// With a note that this copy was made for somebody.
    pub fn marked(self, watermark: impl Into<String>) -> About {
        About { watermark: Some(watermark.into()), ..self }
    }

    /// The language of labels and lines.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Where the same file is to be had for ever.
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// Whom this copy was made for.
    pub fn watermark(&self) -> Option<&str> {
        self.watermark.as_deref()
    }

    fn say(&self, en: impl Into<String>, fr: impl Into<String>) -> String {
        Text::both(en, fr).get(self.lang).to_owned()
    }

    /// Country, operation, what the dataset holds.
    pub fn title(&self, dataset: &Dataset<'_>) -> String {
        let held = dataset.title().get(self.lang);
        match dataset.releases().last() {
            Some(release) => format!("{} – {held}", self.operation(release)),
            None => held.to_owned(),
        }
    }

    /// Country and operation.
    pub fn operation(&self, release: &Release) -> String {
        let heading = release.heading();
        format!("{} – {}", heading.country.get(self.lang), heading.operation_name.get(self.lang))
    }

    /// Which rows were asked for, in words; none where all were.
    pub fn filter(&self, dataset: &Dataset<'_>) -> Option<String> {
        let conditions = dataset.filter().iter().map(|(name, values)| {
            let column = dataset.column(name).map(|at| &dataset.columns()[at]);
            let label = column.map_or(name, |column| column.label.get(self.lang));
            let values: Vec<String> = values
                .map(|value| {
                    let choices = column.map_or(&[][..], |column| column.choices());
                    match choices.iter().find(|choice| choice.code == value) {
                        Some(choice) => format!("{} ({value})", choice.label.get(self.lang)),
                        None => value.to_owned(),
                    }
                })
                .collect();
            format!("{label} [{name}] = {}", values.join(&self.say(" or ", " ou ")))
        });
        let conditions: Vec<String> = conditions.collect();
        (!conditions.is_empty()).then(|| conditions.join(" ; "))
    }

    /// Everything about a file of this dataset, line after line.
    pub fn lines(&self, dataset: &Dataset<'_>) -> Vec<Line> {
        let mut lines = vec![self.line("Dataset", "Jeu de données", dataset.title().get(self.lang))];
        lines.extend(self.releases(dataset.releases()));
        let rows = match self.filter(dataset) {
            Some(filter) => self.say(format!("only those with {filter}"), format!("seulement celles où {filter}")),
            None => self.say("all", "toutes"),
        };
        lines.push(self.line("Rows", "Lignes", rows));
        lines.push(self.line("How to add up", "Comment additionner", dataset.how_to_sum().get(self.lang)));
        lines.push(self.empty_cell());
        lines.extend(self.address.as_ref().map(|address| self.line("Address", "Adresse", address)));
        lines.extend(self.watermark.as_ref().map(|watermark| self.line("This copy", "Cet exemplaire", watermark)));
        lines
    }

    /// Everything in sentences: heading, colon, text.
    pub fn sentences(&self, dataset: &Dataset<'_>) -> Vec<String> {
        let colon = self.say(": ", "\u{a0}: ");
        self.lines(dataset).into_iter().map(|line| format!("{}{colon}{}", line.heading, line.text)).collect()
    }

    fn line(&self, en: &str, fr: &str, text: impl Into<String>) -> Line {
        Line { heading: self.say(en, fr), text: text.into() }
    }

    /// What an empty cell means.
    pub(super) fn empty_cell(&self) -> Line {
        let text = self.say(
            "see the column that ends in _state: hidden for protection (hidden), or nothing collected (nothing); 0 means that nobody was found; the column that ends in _carried tells how many come from an earlier round, and is empty beside a number where that would tell of a hidden one",
            "voir la colonne terminée par _state : masqué par protection (hidden) ou non collecté (nothing) ; 0 signifie que personne n’a été trouvé ; la colonne terminée par _carried dit combien viennent d’un cycle antérieur, et reste vide à côté d’un nombre là où elle en révélerait un autre, masqué",
        );
        self.line("Empty cell", "Cellule vide", text)
    }

    /// What is said of the releases: one in many lines, several in one line each.
    pub(super) fn releases(&self, releases: &[&Release]) -> Vec<Line> {
        let Some(newest) = releases.last() else { return Vec::new() };
        let heading = newest.heading();
        let country = format!("{} ({})", heading.country.get(self.lang), heading.iso3);
        let mut lines = vec![
            self.line("Country", "Pays", country),
            self.line("Operation", "Opération", heading.operation_name.get(self.lang)),
        ];
        match releases {
            [release] => lines.extend(self.one(release)),
            several => {
                lines.extend(several.iter().map(|release| self.line("Round", "Cycle", self.in_one_line(release))));
            }
        }
        for policy in self.policies(releases) {
            lines.push(self.line("Disclosure policy", "Politique de divulgation", policy));
        }
        let n_hidden: usize = releases.iter().map(|release| release.hidden().len()).sum();
        lines.push(self.line("Numbers hidden", "Nombres masqués", n_hidden.to_string()));
        lines
    }

    fn one(&self, release: &Release) -> Vec<Line> {
        let heading = release.heading();
        let reason = release.reason().get(self.lang);
        let mut lines = vec![
            self.line("Round", "Cycle", heading.round.to_string()),
            self.line("Exercise", "Exercice", heading.exercise.as_str()),
            self.line("Collected", "Collecte", format!("{} – {}", heading.starts_on, heading.ends_on)),
            self.line("Reported for", "Chiffres au", heading.reported_on.to_string()),
            self.line("Places planned", "Lieux prévus", heading.n_places_planned.to_string()),
            self.line("Places assessed", "Lieux évalués", heading.n_places_reached.to_string()),
            self.line(
                "Places carried from an earlier round",
                "Lieux reportés d’un cycle antérieur",
                heading.n_places_carried.to_string(),
            ),
            self.line("Version", "Version", release.version().to_string()),
        ];
        if !reason.is_empty() {
            lines.push(self.line("Reason for this version", "Motif de cette version", reason));
        }
        lines.push(self.line("Made", "Établi le", release.made_at().to_string()));
        lines.push(self.line("Release", "Diffusion", release.id().to_string()));
        lines
    }

    fn in_one_line(&self, release: &Release) -> String {
        let heading = release.heading();
        let (round, exercise, reported_on) = (&heading.round, &heading.exercise, heading.reported_on);
        let (version, id) = (release.version(), release.id());
        let said = self.say(
            format!("{round} ({exercise}), reported for {reported_on}, version {version}, release {id}"),
            format!("{round} ({exercise}), chiffres au {reported_on}, version {version}, diffusion {id}"),
        );
        match release.reason().get(self.lang) {
            "" => said,
            reason => format!("{said}, {reason}"),
        }
    }

    /// The policies of the releases and what they leave out, each once.
    fn policies(&self, releases: &[&Release]) -> Vec<String> {
        let mut policies: Vec<String> = Vec::new();
        for release in releases {
            let policy = release.policy();
            let left_out = match release.already_public() {
                Some(source) => {
                    self.say(format!("published before by {source}"), format!("publié auparavant par {source}"))
                }
                None => self.say(
                    format!(
                        "numbers of fewer than {} persons or {} households are not shown, nor others that would give them away",
                        policy.min_persons, policy.min_households
                    ),
                    format!(
                        "les nombres de moins de {} personnes ou {} ménages ne sont pas montrés, ni d’autres qui les révéleraient",
                        policy.min_persons, policy.min_households
                    ),
                ),
            };
            let of_samples = match release.table("needs") {
                Some(_) if release.already_public().is_none() => self.say(
                    format!(
                        "; nothing is said of answers of fewer than {} interviewed households, and low and high hold for households drawn one by one",
                        policy.min_sample
                    ),
                    format!(
                        " ; rien n’est dit des réponses de moins de {} ménages interrogés, et le bas et le haut valent pour des ménages tirés un à un",
                        policy.min_sample
                    ),
                ),
                _ => String::new(),
            };
            let said = format!("{} ({left_out}{of_samples})", policy.name);
            if !policies.contains(&said) {
                policies.push(said);
            }
        }
        policies
    }
}
