//! Sectors of needs, in the words that sheets, mappings and releases share.

use dtm_model::Text;

/// A sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sector {
    /// Where people live.
    Shelter,
    /// What a household needs to live.
    Items,
    /// Food.
    Food,
    /// Water.
    Water,
    /// Sanitation and hygiene.
    Sanitation,
    /// Health.
    Health,
    /// Education.
    Education,
    /// Protection.
    Protection,
    /// Livelihoods.
    Livelihoods,
    /// What people themselves name first, across sectors.
    Priorities,
}

impl Sector {
    /// Every sector.
    pub const ALL: [Sector; 10] = [
        Sector::Shelter,
        Sector::Items,
        Sector::Food,
        Sector::Water,
        Sector::Sanitation,
        Sector::Health,
        Sector::Education,
        Sector::Protection,
        Sector::Livelihoods,
        Sector::Priorities,
    ];

    /// The word of files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Shelter => "shelter",
            Self::Items => "items",
            Self::Food => "food",
            Self::Water => "water",
            Self::Sanitation => "sanitation",
            Self::Health => "health",
            Self::Education => "education",
            Self::Protection => "protection",
            Self::Livelihoods => "livelihoods",
            Self::Priorities => "priorities",
        }
    }

    /// The sector of this word.
    pub fn from_code(code: &str) -> Option<Sector> {
        Sector::ALL.into_iter().find(|sector| sector.code() == code)
    }

    /// Its name.
    pub fn name(self) -> Text {
        let (en, fr) = match self {
            Self::Shelter => ("Shelter", "Abris"),
            Self::Items => ("Household items", "Articles ménagers"),
            Self::Food => ("Food", "Nourriture"),
            Self::Water => ("Water", "Eau"),
            Self::Sanitation => ("Sanitation", "Assainissement"),
            Self::Health => ("Health", "Santé"),
            Self::Education => ("Education", "Éducation"),
            Self::Protection => ("Protection", "Protection"),
            Self::Livelihoods => ("Livelihoods", "Moyens de subsistance"),
            Self::Priorities => ("Priority needs", "Besoins prioritaires"),
        };
        Text::both(en, fr)
    }
}
