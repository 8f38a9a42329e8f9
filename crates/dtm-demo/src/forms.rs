//! The forms: baseline of localities and sites, flow monitoring registry, emergency tracking; that of households is in
//! [`crate::households`].
//!
//! Questions are named by the data dictionary where it has them, so that a mapping can be drafted from the names alone.

use crate::calendar::{ETT, FLOWS, HOUSEHOLDS, MOBILITY};
use crate::country::Country;
use crate::form::{Form, Offer, Row, ask, auto, choice, end};
use crate::households;
use dtm_model::{Area, Lang, Place, PlaceKind};

/// Cells by age, youngest first: women and girls.
pub(crate) const FEMALE: [&str; 6] = ["idp_f_0", "idp_f_1_5", "idp_f_6_11", "idp_f_12_17", "idp_f_18_59", "idp_f_60"];
/// Cells by age, youngest first: men and boys.
pub(crate) const MALE: [&str; 6] = ["idp_m_0", "idp_m_1_5", "idp_m_6_11", "idp_m_12_17", "idp_m_18_59", "idp_m_60"];
/// Above this many places the form asks for the id as text, for no phone would scroll through the list.
const LONGEST_LIST: usize = 2000;

/// An XLSForm ready to upload.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoForm {
    /// The exercise it belongs to.
    pub exercise: &'static str,
    /// Name of the workbook.
    pub file_name: &'static str,
    /// The form's id.
    pub form_id: &'static str,
    /// The form's version.
    pub version: String,
    /// The workbook.
    pub bytes: Vec<u8>,
}

/// Name of the workbook of an exercise.
pub(crate) fn file_name(exercise: &str) -> &'static str {
    match exercise {
        MOBILITY => "xso_b2_mobility.xlsx",
        FLOWS => "xso_fmr_flows.xlsx",
        HOUSEHOLDS => "xso_hna_households.xlsx",
        _ => "xso_ett_emergency.xlsx",
    }
}

/// The forms by exercise.
pub(crate) fn all(country: &Country, places: &[Place], version: &str) -> [(&'static str, Form); 4] {
    [
        (MOBILITY, mobility(country, places, version)),
        (FLOWS, flows(country, places, version)),
        (ETT, emergency(country, places, version)),
        (HOUSEHOLDS, households::form(country, version)),
    ]
}

pub(crate) fn opening() -> Vec<Row> {
    vec![
        auto("start", "m2682_meta_date_auto"),
        auto("end", "m1844_meta_assessment_end"),
        auto("deviceid", "deviceid"),
        ask(
            "select_one yes_no",
            "m3085_ki_consent",
            "We collect figures on displaced people to plan assistance. Do you agree to answer?",
            "Nous recueillons des chiffres sur les personnes déplacées pour préparer l’assistance. Acceptez-vous de répondre ?",
        )
        .required(),
    ]
}

pub(crate) const CONSENTED: &str = "${m3085_ki_consent} = 'yes'";
pub(crate) const NOT_FUTURE: &str = ". <= today()";

pub(crate) fn areas_down_to(adm3: bool) -> Vec<Row> {
    let mut rows = vec![
        ask("select_one adm1", "m0303_meta_adm1_pcode", "Region", "Région")
            .required()
            .hxl("#adm1+code")
            .appearance("minimal"),
        ask("select_one adm2", "m0304_meta_adm2_pcode", "Commune", "Commune")
            .required()
            .choices_where("adm1 = ${m0303_meta_adm1_pcode}")
            .hxl("#adm2+code")
            .appearance("minimal"),
    ];
    if adm3 {
        rows.push(
            ask("select_one adm3", "m0305_meta_adm3_pcode", "Communal section", "Section communale")
                .required()
                .choices_where("adm2 = ${m0304_meta_adm2_pcode}")
                .hxl("#adm3+code")
                .appearance("minimal"),
        );
    }
    rows
}

fn place_question(places: &[Place]) -> Row {
    let (en, fr) = ("Site or locality (SSID)", "Site ou localité (SSID)");
    let row = if places.len() <= LONGEST_LIST {
        ask("select_one ssid", "m0445_loc_site_id_ssid", en, fr)
            .choices_where("adm3 = ${m0305_meta_adm3_pcode}")
            .appearance("minimal")
    } else {
        ask("text", "m0445_loc_site_id_ssid", en, fr)
    };
    row.required().hxl("#meta+location_id_ssid")
}

const WHOLE: &str = ". >= 0 and . <= 90000";

fn head_count(name: &'static str, en: &'static str, fr: &'static str, hxl: &'static str) -> Row {
    ask("integer", name, en, fr).required().constraint(WHOLE, "Between 0 and 90,000", "Entre 0 et 90 000").hxl(hxl)
}

fn cells() -> Vec<Row> {
    const LABELS: [[(&str, &str); 6]; 2] = [
        [
            ("Girls under 1 year", "Filles de moins d’un an"),
            ("Girls 1 to 5 years", "Filles de 1 à 5 ans"),
            ("Girls 6 to 11 years", "Filles de 6 à 11 ans"),
            ("Girls 12 to 17 years", "Filles de 12 à 17 ans"),
            ("Women 18 to 59 years", "Femmes de 18 à 59 ans"),
            ("Women 60 years and over", "Femmes de 60 ans et plus"),
        ],
        [
            ("Boys under 1 year", "Garçons de moins d’un an"),
            ("Boys 1 to 5 years", "Garçons de 1 à 5 ans"),
            ("Boys 6 to 11 years", "Garçons de 6 à 11 ans"),
            ("Boys 12 to 17 years", "Garçons de 12 à 17 ans"),
            ("Men 18 to 59 years", "Hommes de 18 à 59 ans"),
            ("Men 60 years and over", "Hommes de 60 ans et plus"),
        ],
    ];
    const TAGS: [[&str; 6]; 2] = [
        [
            "#affected+idps+ind+f+age_0",
            "#affected+idps+ind+f+age_1_5",
            "#affected+idps+ind+f+age_6_11",
            "#affected+idps+ind+f+age_12_17",
            "#affected+idps+ind+f+age_18_59",
            "#affected+idps+ind+f+age_60",
        ],
        [
            "#affected+idps+ind+m+age_0",
            "#affected+idps+ind+m+age_1_5",
            "#affected+idps+ind+m+age_6_11",
            "#affected+idps+ind+m+age_12_17",
            "#affected+idps+ind+m+age_18_59",
            "#affected+idps+ind+m+age_60",
        ],
    ];
    let mut rows = Vec::new();
    for age in 0..6 {
        for (sex, names) in [FEMALE, MALE].into_iter().enumerate() {
            let (en, fr) = LABELS[sex][age];
            rows.push(head_count(names[age], en, fr, TAGS[sex][age]));
        }
    }
    rows
}

fn mobility(country: &Country, places: &[Place], version: &str) -> Form {
    let mut survey = opening();
    survey.push(ask("begin_group", "interview", "Interview", "Entretien").relevant(CONSENTED));
    survey.extend([
        ask("decimal", "m0489_meta_survey_round", "Round", "Round").required().hxl("#meta+round"),
        ask("date", "m1855_meta_assessment_date", "Date of assessment", "Date de l’évaluation")
            .required()
            .constraint(NOT_FUTURE, "This day has not come yet", "Ce jour n’est pas encore venu")
            .hxl("#date+assessment"),
        ask("select_one interview", "m1725_meta_interview_type", "Type of interview", "Type d’entretien").required(),
        ask("text", "m0981_meta_enum_name", "Enumerator code", "Code de l’enquêteur").required(),
        end("end_group"),
        ask("begin_group", "place", "Place", "Lieu").relevant(CONSENTED),
    ]);
    survey.extend(areas_down_to(true));
    survey.push(place_question(places));
    survey.extend([
        ask("text", "m0448_loc_site_name", "Name of the place", "Nom du lieu").hxl("#loc+name"),
        ask("select_one site_type", "m3011_loc_site_type_single", "Type of site", "Type de site")
            .required()
            .hxl("#indicator+settlement"),
        ask("select_one access", "s1534_loc_loc_access", "Is the place accessible?", "Le lieu est-il accessible ?")
            .required(),
        ask("geopoint", "m1650_loc_gps_coords", "Position", "Position")
            .hint("Wait for 10 m", "Attendre une précision de 10 m"),
        end("end_group"),
        ask("begin_group", "informants", "Key informants", "Informateurs clés").relevant(CONSENTED),
        ask("begin_repeat", "key_informant", "Key informant", "Informateur clé"),
        ask("text", "m3017_loc_ki_dtm_id", "Key informant’s DTM code", "Code DTM de l’informateur clé").required(),
        ask("select_one role", "m0290_meta_ki_role", "Role", "Fonction").required().hxl("#respondee+type"),
        ask("select_one sex", "m1534_loc_ki_mobility_area_sex", "Sex", "Sexe").required(),
        ask("text", "m0291_meta_ki_phone", "Telephone", "Téléphone"),
        end("end_repeat"),
        end("end_group"),
        ask("begin_group", "displaced", "Displaced people", "Personnes déplacées").relevant(CONSENTED),
        ask(
            "select_multiple popgroup",
            "m2515_loc_popgroup_present",
            "Who is present in the place?",
            "Qui est présent dans le lieu ?",
        ),
        head_count("m0309_loc_num_idp_hh", "Displaced households", "Ménages déplacés", "#affected+idps+hh"),
        head_count("m0310_loc_num_idp_ind", "Displaced persons", "Personnes déplacées internes", "#affected+idps+ind"),
        ask("begin_group", "sex_age", "Displaced persons by sex and age", "Personnes déplacées par sexe et âge")
            .relevant("${m0310_loc_num_idp_ind} > 0"),
    ]);
    survey.extend(cells());
    survey.extend([
        auto("calculate", "sex_age_total").calculation(
            "${idp_f_0} + ${idp_f_1_5} + ${idp_f_6_11} + ${idp_f_12_17} + ${idp_f_18_59} + ${idp_f_60} + ${idp_m_0} + ${idp_m_1_5} + ${idp_m_6_11} + ${idp_m_12_17} + ${idp_m_18_59} + ${idp_m_60}",
        ),
        ask(
            "note",
            "sex_age_note",
            "By sex and age you gave ${sex_age_total}, in all ${m0310_loc_num_idp_ind}. Please check.",
            "Par sexe et âge : ${sex_age_total} ; au total : ${m0310_loc_num_idp_ind}. Veuillez vérifier.",
        )
        .relevant("${sex_age_total} != ${m0310_loc_num_idp_ind}"),
        end("end_group"),
        ask("begin_group", "cause", "Why and from where", "Causes et provenance").relevant("${m0310_loc_num_idp_ind} > 0"),
        ask("select_one reason", "m0329_loc_reason_disp_idp", "Main reason of displacement", "Principale raison du déplacement")
            .hxl("#cause+displaced+other"),
        ask("select_one adm1", "m3390_loc_main_origin_adm1", "Region of origin of the largest group", "Région d’origine du plus grand groupe")
            .appearance("minimal")
            .hxl("#adm1+origin+code"),
        ask("select_one adm2", "m3391_loc_main_origin_adm2", "Commune of origin of the largest group", "Commune d’origine du plus grand groupe")
            .choices_where("adm1 = ${m3390_loc_main_origin_adm1}")
            .appearance("minimal")
            .hxl("#adm2+origin+code"),
        ask("date", "m1727_loc_main_group_arrival_date", "When did the largest group arrive?", "Quand le plus grand groupe est-il arrivé ?"),
        end("end_group"),
        ask("begin_group", "returns", "Returned people", "Personnes retournées"),
        head_count("m0847_loc_num_return_idp_hh", "Returned households", "Ménages retournés", "#affected+returnees+hh"),
        head_count("m0851_loc_num_return_idp_ind", "Returned persons", "Personnes retournées", "#affected+returnees+ind"),
        end("end_group"),
        end("end_group"),
        ask("begin_group", "needs", "Needs", "Besoins").relevant(CONSENTED),
        ask("select_one degree", "m0436_loc_shelter_need", "Need of shelter", "Besoin d’abris").hxl("#need+shelter"),
        ask("select_one degree", "m0442_loc_water_need", "Need of water", "Besoin en eau").hxl("#need+water"),
        end("end_group"),
        ask("image", "site_photo", "Photo of the place (nobody recognisable)", "Photo du lieu (personne de reconnaissable)")
            .parameters("max-pixels=1024")
            .relevant(CONSENTED),
        ask("text", "remarks", "Remarks", "Remarques").relevant(CONSENTED),
    ]);
    let mut choices = common_choices();
    choices.extend([
        choice("interview", "inperson_mobile", "Face to face", "En face à face"),
        choice("interview", "inperson_paper", "Face to face, on paper", "En face à face, sur papier"),
        choice("interview", "phone", "By telephone", "Par téléphone"),
        choice("site_type", "camp", "Camp", "Camp"),
        choice("site_type", "collective_centre", "Collective centre", "Centre collectif"),
        choice("site_type", "informal_settlement", "Informal settlement", "Site spontané"),
        choice("site_type", "dispersed", "Host community", "Communauté d’accueil"),
        choice("access", "yes", "Yes", "Oui"),
        choice("access", "limited_access", "On foot or by motorbike only", "À pied ou à moto seulement"),
        choice("access", "no", "No", "Non"),
        choice("role", "government", "Local authority", "Autorité locale"),
        choice("role", "teacher", "Teacher", "Enseignant"),
        choice("role", "health_social", "Health or social worker", "Agent de santé ou travailleur social"),
        choice("role", "business", "Trader", "Commerçant"),
        choice("role", "other", "Site committee or other", "Comité de site ou autre"),
        choice("sex", "female", "Female", "Femme"),
        choice("sex", "male", "Male", "Homme"),
        choice("popgroup", "idp", "Displaced persons", "Personnes déplacées internes"),
        choice("popgroup", "solutions_returnee_idp", "Returned displaced persons", "Personnes déplacées retournées"),
        choice("popgroup", "non_disp_hc", "Host community", "Communauté d’accueil"),
        choice("degree", "low", "Low", "Faible"),
        choice("degree", "medium", "Medium", "Moyen"),
        choice("degree", "high", "High", "Élevé"),
        choice("degree", "very_high", "Very high", "Très élevé"),
    ]);
    choices.extend(area_choices(country, true));
    choices.extend(place_choices(places));
    Form {
        id: "xso_b2_mobility",
        version: version.to_owned(),
        title: "Sorelia – Baseline of localities and sites",
        instance_name: "concat(${m0445_loc_site_id_ssid}, ' R', ${m0489_meta_survey_round})",
        survey,
        choices,
    }
}

fn flows(country: &Country, places: &[Place], version: &str) -> Form {
    let mut survey = opening();
    survey.push(ask("begin_group", "point", "Flow monitoring point", "Point de suivi des flux").relevant(CONSENTED));
    survey.extend([
        ask("select_one fmp", "m0641_fmr_fmp_code", "Flow monitoring point", "Point de suivi des flux").required(),
        ask("date", "m1855_meta_assessment_date", "Day observed", "Jour d’observation")
            .required()
            .hxl("#date+assessment"),
        ask("geopoint", "m1650_loc_gps_coords", "Position", "Position"),
        ask("time", "observed_from", "Observation began at", "Début de l’observation"),
        ask("time", "observed_to", "Observation ended at", "Fin de l’observation"),
        end("end_group"),
        ask("begin_group", "movement", "The group passing", "Le groupe de passage").relevant(CONSENTED),
        ask("select_one direction", "fmr_direction", "Direction", "Sens du mouvement").required(),
        ask("select_one transport", "m0646_fmr_mode_transport", "Means of transport", "Moyen de transport").required(),
        ask("select_one adm1", "fmr_origin_adm1", "Region of departure", "Région de départ").appearance("minimal"),
        ask("select_one adm1", "fmr_destination_adm1", "Region of destination", "Région de destination")
            .appearance("minimal"),
        ask("select_one fmr_reason", "fmr_reason", "Main reason", "Raison principale"),
        head_count("m2589_fmr_num_men_enter", "Men", "Hommes", "#affected+m+adults"),
        head_count("m2590_fmr_num_women_enter", "Women", "Femmes", "#affected+f+adults"),
        head_count("m2591_fmr_num_boys_enter", "Boys", "Garçons", "#affected+m+children"),
        head_count("m2592_fmr_num_girls_enter", "Girls", "Filles", "#affected+f+children"),
        auto("calculate", "fmr_total").calculation(
            "${m2589_fmr_num_men_enter} + ${m2590_fmr_num_women_enter} + ${m2591_fmr_num_boys_enter} + ${m2592_fmr_num_girls_enter}",
        ),
        ask(
            "select_multiple nationality",
            "m2551_fmr_nationalities_group",
            "Nationalities in the group",
            "Nationalités du groupe",
        ),
        ask("begin_repeat", "nationality_count", "Nationality", "Nationalité"),
        ask("select_one nationality", "nationality", "Nationality", "Nationalité").required(),
        head_count(
            "m0701_fmr_num_nation_ind",
            "Persons of this nationality",
            "Personnes de cette nationalité",
            "#affected+ind",
        ),
        end("end_repeat"),
        auto("calculate", "m2567_fmr_num_nationality").calculation("count(${nationality_count})"),
        end("end_group"),
    ]);
    let mut choices = vec![
        choice("yes_no", "yes", "Yes", "Oui"),
        choice("yes_no", "no", "No", "Non"),
        choice("direction", "in", "Entering the region", "Entrée dans la région"),
        choice("direction", "out", "Leaving the region", "Sortie de la région"),
        choice("direction", "within", "Within the region", "À l’intérieur de la région"),
        choice("transport", "foot", "On foot", "À pied"),
        choice("transport", "motorbike", "Motorbike", "Moto"),
        choice("transport", "car", "Car", "Voiture"),
        choice("transport", "bus", "Bus", "Autocar"),
        choice("transport", "truck", "Truck", "Camion"),
        choice("transport", "boat", "Boat", "Bateau"),
        choice("fmr_reason", "conflict", "Violence or insecurity", "Violence ou insécurité"),
        choice("fmr_reason", "economic", "Work", "Travail"),
        choice("fmr_reason", "family", "Family", "Famille"),
        choice("fmr_reason", "return", "Return home", "Retour au foyer"),
        choice("fmr_reason", "other", "Other", "Autre"),
        choice("nationality", "XSO", "Sorelian", "Sorélienne"),
        choice("nationality", "other", "Other", "Autre"),
    ];
    choices.extend(area_choices(country, false).into_iter().filter(|choice| choice.list == "adm1"));
    for place in places.iter().filter(|place| place.kind == PlaceKind::FlowPoint) {
        choices.push(choice("fmp", place.ssid.as_str(), &place.name, &place.name));
    }
    Form {
        id: "xso_fmr_flows",
        version: version.to_owned(),
        title: "Sorelia – Flow monitoring registry",
        instance_name: "concat(${m0641_fmr_fmp_code}, ' ', ${m1855_meta_assessment_date})",
        survey,
        choices,
    }
}

fn emergency(country: &Country, places: &[Place], version: &str) -> Form {
    let mut survey = opening();
    survey.push(ask("begin_group", "event", "The event", "L’événement").relevant(CONSENTED));
    survey.extend([
        ask("date", "m3202_event_date", "Date of the event", "Date de l’événement").required().hxl("#date+start"),
        ask("select_one event_type", "event_type", "What happened?", "Que s’est-il passé ?").required(),
        ask("select_one adm1", "m3213_ttt_event_location_admin1", "Region of the event", "Région de l’événement")
            .required()
            .appearance("minimal"),
        ask("select_one adm2", "m3214_ttt_event_location_admin2", "Commune of the event", "Commune de l’événement")
            .required()
            .choices_where("adm1 = ${m3213_ttt_event_location_admin1}")
            .appearance("minimal"),
        ask(
            "select_one yes_no",
            "m3216_ttt_event_cause_disp",
            "Did it displace people?",
            "A-t-il provoqué des déplacements ?",
        )
        .required(),
        end("end_group"),
        ask("begin_group", "place", "Where people arrived", "Lieu d’arrivée").relevant(CONSENTED),
        ask("date", "m1855_meta_assessment_date", "Date of assessment", "Date de l’évaluation")
            .required()
            .hxl("#date+assessment"),
    ]);
    survey.extend(areas_down_to(true));
    survey.push(place_question(places));
    survey.extend([
        ask("select_one site_type", "m3011_loc_site_type_single", "Type of site", "Type de site").required(),
        ask("geopoint", "m1650_loc_gps_coords", "Position", "Position"),
        end("end_group"),
        ask("begin_group", "displaced", "Newly displaced people", "Personnes nouvellement déplacées")
            .relevant(CONSENTED),
        head_count("m0309_loc_num_idp_hh", "Displaced households", "Ménages déplacés", "#affected+idps+hh"),
        head_count("m0310_loc_num_idp_ind", "Displaced persons", "Personnes déplacées internes", "#affected+idps+ind"),
        ask(
            "select_one reason",
            "m0329_loc_reason_disp_idp",
            "Main reason of displacement",
            "Principale raison du déplacement",
        )
        .hxl("#cause+displaced+other"),
        ask("select_one adm1", "m3390_loc_main_origin_adm1", "Region they left", "Région quittée")
            .appearance("minimal"),
        ask("select_one adm2", "m3391_loc_main_origin_adm2", "Commune they left", "Commune quittée")
            .choices_where("adm1 = ${m3390_loc_main_origin_adm1}")
            .appearance("minimal"),
        ask("date", "m1727_loc_main_group_arrival_date", "When did they arrive?", "Quand sont-elles arrivées ?"),
        ask("select_multiple first_need", "first_needs", "First needs", "Premiers besoins"),
        end("end_group"),
    ]);
    let mut choices = common_choices();
    choices.extend([
        choice("event_type", "armed_clashes", "Armed clashes", "Affrontements armés"),
        choice("event_type", "flood", "Flood", "Inondation"),
        choice("site_type", "camp", "Camp", "Camp"),
        choice("site_type", "collective_centre", "Collective centre", "Centre collectif"),
        choice("site_type", "informal_settlement", "Informal settlement", "Site spontané"),
        choice("site_type", "dispersed", "Host community", "Communauté d’accueil"),
        choice("first_need", "food", "Food", "Nourriture"),
        choice("first_need", "water", "Water", "Eau"),
        choice("first_need", "shelter", "Shelter", "Abri"),
        choice("first_need", "health", "Health care", "Soins de santé"),
        choice("first_need", "protection", "Protection", "Protection"),
    ]);
    choices.extend(area_choices(country, true));
    choices.extend(place_choices(places));
    Form {
        id: "xso_ett_emergency",
        version: version.to_owned(),
        title: "Sorelia – Emergency tracking",
        instance_name: "concat(${m0445_loc_site_id_ssid}, ' ', ${m1855_meta_assessment_date})",
        survey,
        choices,
    }
}

fn common_choices() -> Vec<Offer> {
    vec![
        choice("yes_no", "yes", "Yes", "Oui"),
        choice("yes_no", "no", "No", "Non"),
        choice("reason", "conflict_displacement", "Attack or armed violence", "Attaque ou violence armée"),
        choice("reason", "insecurity", "Fear, general insecurity", "Peur, insécurité générale"),
        choice("reason", "climate_disaster", "Flood, storm or drought", "Inondation, tempête ou sécheresse"),
        choice("reason", "nonclimate_disaster", "Earthquake or other disaster", "Séisme ou autre catastrophe"),
        choice("reason", "environment_health", "Health or environmental hazard", "Risque sanitaire ou environnemental"),
        choice("reason", "other", "Other", "Autre"),
    ]
}

pub(crate) fn area_choices(country: &Country, below: bool) -> Vec<Offer> {
    let offer = |list, area: &Area, under: Option<&'static str>| Offer {
        list,
        name: area.pcode.0.clone(),
        label: (area.name.get(Lang::En).to_owned(), area.name.get(Lang::Fr).to_owned()),
        under: under.zip(area.parent.as_ref()).map(|(column, parent)| (column, parent.0.clone())).into_iter().collect(),
    };
    let lists = [(1, "adm1", None), (2, "adm2", Some("adm1")), (3, "adm3", Some("adm2"))];
    let mut offers = Vec::new();
    for (level, list, under) in lists.into_iter().take(if below { 3 } else { 1 }) {
        offers.extend(country.areas.iter().filter(|area| area.level == level).map(|area| offer(list, area, under)));
    }
    offers
}

fn place_choices(places: &[Place]) -> Vec<Offer> {
    if places.len() > LONGEST_LIST {
        return Vec::new();
    }
    let assessed = places.iter().filter(|place| place.kind != PlaceKind::FlowPoint);
    assessed
        .map(|place| Offer {
            list: "ssid",
            name: place.ssid.0.clone(),
            label: (place.name.clone(), place.name.clone()),
            under: vec![("adm3", place.area.0.clone())],
        })
        .collect()
}
