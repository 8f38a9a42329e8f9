//! What dimensions, values and measures are called in files.

use dtm_model::{Atlas, Dim, Lang, Measure, Pcode, TOTAL, Text, Unit};

/// The stable name of a dimension's column.
pub(crate) fn column(dim: Dim) -> &'static str {
    match dim {
        Dim::Area => "area",
        Dim::Sex => "sex",
        Dim::Age => "age",
        Dim::Reason => "reason",
        Dim::Origin => "origin",
        Dim::Place => "place",
        Dim::Day => "day",
        Dim::Direction => "direction",
        Dim::Group => "group",
        Dim::Need => "need",
    }
}

/// What a dimension tells apart.
pub(crate) fn dim(dim: Dim) -> Text {
    match dim {
        Dim::Area => Text::both("Area", "Zone"),
        Dim::Sex => Text::both("Sex", "Sexe"),
        Dim::Age => Text::both("Age group", "Tranche d’âge"),
        Dim::Reason => Text::both("Reason of displacement", "Raison du déplacement"),
        Dim::Origin => Text::both("Area of origin", "Zone d’origine"),
        Dim::Place => Text::both("Place of assessment", "Lieu évalué"),
        Dim::Day => Text::both("Day", "Jour"),
        Dim::Direction => Text::both("Direction of movement", "Sens du mouvement"),
        Dim::Group => Text::both("Population group", "Groupe de population"),
        Dim::Need => Text::both("Answer of households", "Réponse des ménages"),
    }
}

/// The HXL tag of a dimension's codes.
pub(crate) fn dim_tag(dim: Dim) -> &'static str {
    match dim {
        Dim::Area => "#adm+code",
        Dim::Sex => "#meta+sex",
        Dim::Age => "#meta+age",
        Dim::Reason => "#cause+type",
        Dim::Origin => "#adm1+code+origin",
        Dim::Place => "#loc+code",
        Dim::Day => "#date",
        Dim::Direction => "#meta+direction",
        Dim::Group => "#population+type",
        Dim::Need => "#indicator+code",
    }
}

/// The HXL tag of a dimension's names.
pub(crate) fn dim_name_tag(dim: Dim) -> &'static str {
    match dim {
        Dim::Area => "#adm+name",
        Dim::Sex => "#meta+sex+name",
        Dim::Age => "#meta+age+name",
        Dim::Reason => "#cause+name",
        Dim::Origin => "#adm1+name+origin",
        Dim::Place => "#loc+name",
        Dim::Day => "#date+name",
        Dim::Direction => "#meta+direction+name",
        Dim::Group => "#population+type+name",
        Dim::Need => "#indicator+name",
    }
}

/// What a value of a dimension is called; places are named by the caller, who knows them.
pub(crate) fn value(dim: Dim, value: &str, atlas: &Atlas, lang: Lang) -> String {
    if value == TOTAL {
        return Text::both("Total", "Total").get(lang).to_owned();
    }
    let known = match (dim, value) {
        (Dim::Area, code) | (Dim::Origin, code) if atlas.area(&Pcode::from(code)).is_some() => {
            return atlas.area(&Pcode::from(code)).map_or_else(String::new, |area| area.name.get(lang).to_owned());
        }
        (Dim::Origin, "unknown") => Text::both("Not reported", "Non renseignée"),
        (Dim::Sex, "female") => Text::both("Female", "Femmes"),
        (Dim::Sex, "male") => Text::both("Male", "Hommes"),
        (Dim::Reason, "conflict") => Text::both("Conflict", "Conflit"),
        (Dim::Reason, "insecurity") => Text::both("Insecurity", "Insécurité"),
        (Dim::Reason, "natural_disaster") => Text::both("Natural disaster", "Catastrophe naturelle"),
        (Dim::Reason, "other") => Text::both("Other reason", "Autre raison"),
        (Dim::Reason, "not_reported") => Text::both("Not reported", "Non renseignée"),
        (Dim::Direction, "in" | "incoming") => Text::both("Arriving", "Arrivées"),
        (Dim::Direction, "out" | "outgoing") => Text::both("Leaving", "Départs"),
        (Dim::Group, "idp") => Text::both("Internally displaced", "Déplacés internes"),
        (Dim::Group, "returnee_idp") => Text::both("Returned within the country", "Retournés dans le pays"),
        (Dim::Group, "returnee_abroad") => Text::both("Returned from abroad", "Retournés de l’étranger"),
        (Dim::Group, "migrant") => Text::both("Migrants", "Migrants"),
        (Dim::Group, "host_community") => Text::both("Not displaced", "Non déplacés"),
        (Dim::Group, "unknown") => Text::both("Not reported", "Non renseigné"),
        (Dim::Direction, "within") => Text::both("Moving within", "Mouvements internes"),
        _ => return value.to_owned(),
    };
    known.get(lang).to_owned()
}

/// What a value of a closed list is called, in every language.
pub(crate) fn value_in_all(dim: Dim, code: &str) -> Text {
    let atlas = Atlas::default();
    Lang::ALL.into_iter().fold(Text::new(), |text, lang| text.with(lang.code(), value(dim, code, &atlas, lang)))
}

/// What a table holds.
pub(crate) fn table(name: &str) -> Text {
    match name {
        "areas" => Text::both("Numbers by area", "Nombres par zone"),
        "sex_age" => Text::both("Numbers by sex and age", "Nombres par sexe et âge"),
        "displacement" => Text::both(
            "Displaced persons by area, reason and origin, with totals",
            "Personnes déplacées par zone, raison et origine, avec totaux",
        ),
        "places" => Text::both("Places of assessment", "Lieux évalués"),
        "records" => Text::both("Records", "Enregistrements"),
        "flows" => Text::both("Persons counted passing, by day", "Personnes comptées au passage, par jour"),
        "needs" => Text::both(
            "Needs: shares of interviewed households by area, population group and answer",
            "Besoins : parts des ménages interrogés par zone, groupe de population et réponse",
        ),
        name => Text::both(name, name),
    }
}

/// What a measure counts.
pub(crate) fn measure(measure: &Measure) -> Text {
    match measure.name.as_str() {
        "idp_ind" => Text::both("Internally displaced persons", "Personnes déplacées internes"),
        "idp_hh" => Text::both("Displaced households", "Ménages déplacés"),
        "in_sites" => Text::both("Displaced persons in sites", "Personnes déplacées dans des sites"),
        "in_host" => {
            Text::both("Displaced persons in host communities", "Personnes déplacées dans des communautés d’accueil")
        }
        "returnee_ind" => Text::both("Returned persons", "Personnes retournées"),
        "returnee_hh" => Text::both("Returned households", "Ménages retournés"),
        "places" => Text::both("Places with displaced persons", "Lieux accueillant des personnes déplacées"),
        "males" => Text::both("Displaced men and boys", "Hommes et garçons déplacés"),
        "females" => Text::both("Displaced women and girls", "Femmes et filles déplacées"),
        "persons" => Text::both("Persons counted passing", "Personnes comptées au passage"),
        "asked_hh" => Text::both("Households that answered the question", "Ménages ayant répondu à la question"),
        "with_hh" => Text::both("Households that gave the answer", "Ménages ayant donné la réponse"),
        "without_hh" => Text::both("Households that did not give it", "Ménages ne l’ayant pas donnée"),
        "share" => Text::both(
            "Share of households that gave the answer, weighted",
            "Part des ménages ayant donné la réponse, pondérée",
        ),
        name => Text::both(name, name),
    }
}

/// The HXL tag of a measure.
pub(crate) fn measure_tag(measure: &Measure) -> String {
    let tag = match (measure.name.as_str(), measure.unit) {
        ("idp_ind", _) => "#affected+idps+ind",
        ("idp_hh", _) => "#affected+idps+hh",
        ("in_sites", _) => "#affected+idps+ind+sites",
        ("in_host", _) => "#affected+idps+ind+host",
        ("males", _) => "#affected+idps+ind+m",
        ("females", _) => "#affected+idps+ind+f",
        ("returnee_ind", _) => "#affected+returnees+ind",
        ("returnee_hh", _) => "#affected+returnees+hh",
        ("places", _) => "#indicator+places+num",
        ("persons", _) => "#population+ind",
        ("asked_hh", _) => "#indicator+asked+hh",
        ("with_hh", _) => "#indicator+with+hh",
        ("without_hh", _) => "#indicator+without+hh",
        (_, Unit::Share) => "#indicator+value+pct",
        (_, Unit::Persons) => "#affected+ind",
        (_, Unit::Households) => "#affected+hh",
        (_, Unit::Places) => "#indicator+num",
    };
    tag.to_owned()
}

/// What is counted.
pub(crate) fn unit(unit: Unit) -> Text {
    match unit {
        Unit::Persons => Text::both("persons", "personnes"),
        Unit::Households => Text::both("households", "ménages"),
        Unit::Places => Text::both("places", "lieux"),
        Unit::Share => Text::both("percent of households", "pour cent des ménages"),
    }
}

/// What was asked of households.
pub(crate) fn asked() -> Text {
    Text::both("Question", "Question")
}

/// The sector of a need.
pub(crate) fn sector() -> Text {
    Text::both("Sector", "Secteur")
}

/// What a sector is called.
pub(crate) fn sector_name(code: &str) -> Text {
    match code {
        "shelter" => Text::both("Shelter", "Abris"),
        "items" => Text::both("Household items", "Articles ménagers"),
        "food" => Text::both("Food", "Nourriture"),
        "water" => Text::both("Water", "Eau"),
        "sanitation" => Text::both("Sanitation", "Assainissement"),
        "health" => Text::both("Health", "Santé"),
        "education" => Text::both("Education", "Éducation"),
        "protection" => Text::both("Protection", "Protection"),
        "livelihoods" => Text::both("Livelihoods", "Moyens de subsistance"),
        "priorities" => Text::both("Priority needs", "Besoins prioritaires"),
        code => Text::both(code, code),
    }
}
