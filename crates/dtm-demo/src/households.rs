//! The household needs assessment: its form, and the mapping that turns interviews into shares.

use crate::country::Country;
use crate::form::{Form, Offer, Row, ask, choice, end};
use crate::forms::{CONSENTED, NOT_FUTURE, area_choices, areas_down_to, opening};

/// A yes-or-no question: its name, its wording, its sector.
pub(crate) const YES_OR_NO: [(&str, &str, &str, &str); 5] = [
    (
        "m3380_hh_shelter_protected",
        "Does your shelter keep rain, wind and cold out?",
        "Votre abri protège-t-il de la pluie, du vent et du froid ?",
        "shelter",
    ),
    (
        "m2935_water_insufficient_month",
        "In the last month, did you ever have too little water to drink?",
        "Au cours du dernier mois, avez-vous parfois manqué d’eau à boire ?",
        "water",
    ),
    ("m2886_hh_soap_access", "Is there soap in the household?", "Y a-t-il du savon dans le ménage ?", "sanitation"),
    (
        "m2917_hh_coping_school",
        "In the last 30 days, did children leave school for want of food or of money for it?",
        "Ces 30 derniers jours, des enfants ont-ils quitté l’école faute de nourriture ou d’argent pour en acheter ?",
        "education",
    ),
    (
        "m2710_hh_received_aid_3months",
        "Did you receive aid in the last three months?",
        "Avez-vous reçu une aide ces trois derniers mois ?",
        "livelihoods",
    ),
];
/// The question of what is needed most.
pub(crate) const PRIORITIES: &str = "m3181_hh_priority_needs";
/// What may be needed.
pub(crate) const NEEDED: [(&str, &str, &str); 8] = [
    ("food", "Food", "Nourriture"),
    ("shelter", "Shelter", "Abri"),
    ("drinking_water", "Drinking water", "Eau à boire"),
    ("hygiene", "Soap and other hygiene supplies", "Savon et autres articles d’hygiène"),
    ("health", "Health care", "Soins de santé"),
    ("education", "Schooling", "Scolarisation"),
    ("livelihood", "Work and income", "Travail et revenus"),
    ("none", "Nothing", "Rien"),
];
/// The population groups that are interviewed, in the dictionary's words and in ours.
pub(crate) const STRATA: [(&str, &str); 3] =
    [("idp", "idp"), ("solutions_returnee_idp", "returnee_idp"), ("non_disp_hc", "host_community")];
/// The question that holds how many households of its commune and group an interview stands for.
pub(crate) const WEIGHT: &str = "household_weight";

/// The form.
pub(crate) fn form(country: &Country, version: &str) -> Form {
    let mut survey: Vec<Row> = opening();
    survey.push(ask("begin_group", "place", "Place", "Lieu").relevant(CONSENTED));
    survey.push(
        ask("date", "m1855_meta_assessment_date", "Date of interview", "Date de l’entretien").required().constraint(
            NOT_FUTURE,
            "This day has not come yet",
            "Ce jour n’est pas encore venu",
        ),
    );
    survey.extend(areas_down_to(false));
    survey.extend([
        ask("select_one strata", "m2788_loc_assessment_strata", "Population group", "Groupe de population").required(),
        ask("decimal", WEIGHT, "Weight, from the sampling sheet", "Pondération, selon la fiche d’échantillonnage")
            .constraint(". > 0", "Above zero", "Supérieure à zéro"),
        end("end_group"),
        ask("begin_group", "needs", "Needs", "Besoins").relevant(CONSENTED),
        ask(
            "select_multiple need",
            PRIORITIES,
            "What does your household need here and now?",
            "De quoi votre ménage a-t-il besoin ici et maintenant ?",
        ),
    ]);
    survey.extend(YES_OR_NO.map(|(name, en, fr, _)| ask("select_one yes_no_unsure", name, en, fr)));
    survey.push(end("end_group"));
    let mut choices: Vec<Offer> = vec![
        choice("yes_no", "yes", "Yes", "Oui"),
        choice("yes_no", "no", "No", "Non"),
        choice("yes_no_unsure", "yes", "Yes", "Oui"),
        choice("yes_no_unsure", "no", "No", "Non"),
        choice("yes_no_unsure", "dnk", "Does not know", "Ne sait pas"),
        choice("strata", "idp", "Displaced", "Déplacés"),
        choice("strata", "solutions_returnee_idp", "Returned", "Retournés"),
        choice("strata", "non_disp_hc", "Residents", "Résidents"),
    ];
    choices.extend(NEEDED.map(|(name, en, fr)| choice("need", name, en, fr)));
    choices.extend(area_choices(country, true).into_iter().filter(|offer| offer.list != "adm3"));
    Form {
        id: "xso_hna_households",
        version: version.to_owned(),
        title: "Sorelia – Household needs",
        instance_name: "concat(${m0304_meta_adm2_pcode}, ' ', ${m1855_meta_assessment_date})",
        survey,
        choices,
    }
}

/// The mapping of the form, as an officer would keep it.
pub(crate) fn mapping() -> String {
    let need = |name: &str, sector: &str| {
        format!("    {{ indicator = \"{name}\", question = \"{name}\", sector = \"{sector}\" }},\n")
    };
    let needs: String = std::iter::once(need(PRIORITIES, "priorities"))
        .chain(YES_OR_NO.iter().map(|(name, _, _, sector)| need(name, sector)))
        .collect();
    let groups: String = STRATA.iter().map(|(theirs, ours)| format!("\"{theirs}\" = \"{ours}\"\n")).collect();
    format!(
        "name = \"Household needs assessment\"\n\n[place]\narea = [\"m0304_meta_adm2_pcode\", \"m0303_meta_adm1_pcode\"]\n\n\
         [date]\nquestion = \"m1855_meta_assessment_date\"\n\n[households]\nweight = \"{WEIGHT}\"\nneeds = [\n{needs}]\n\n\
         [households.group]\nquestion = \"m2788_loc_assessment_strata\"\n[households.group.values]\n{groups}"
    )
}
