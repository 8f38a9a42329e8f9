//! The sheet of rules to begin with: for the questions of the standard location assessment, in our own judgement, made to be
//! changed by the sector experts of an operation.

use super::Sector;
use dtm_model::Lang;

/// Sector in English and French, indicator, test, value, severity.
type Row = (Sector, &'static str, &'static str, &'static str, u8);

/// How urgent informants say that a need is.
const DEGREES: [(&str, u8); 4] = [("low", 2), ("medium", 3), ("high", 4), ("very_high", 5)];

const NEEDS: [(Sector, &str); 9] = [
    (Sector::Shelter, "m0436_loc_shelter_need"),
    (Sector::Items, "m0437_loc_nfi_need"),
    (Sector::Food, "m0457_loc_food_need"),
    (Sector::Water, "m0442_loc_water_need"),
    (Sector::Sanitation, "m0443_loc_sanitation_need"),
    (Sector::Health, "m0438_loc_health_need"),
    (Sector::Education, "m0444_loc_edu_need"),
    (Sector::Protection, "m0456_loc_protection_need"),
    (Sector::Livelihoods, "m0458_loc_livelihood_need"),
];

const CONDITIONS: [Row; 32] = [
    (Sector::Shelter, "s0063_loc_num_sleep_open_hh", "=", "few", 3),
    (Sector::Shelter, "s0063_loc_num_sleep_open_hh", "=", "half", 4),
    (Sector::Shelter, "s0063_loc_num_sleep_open_hh", "=", "most|all", 5),
    (Sector::Shelter, "s0064_loc_num_emergency_shelter_hh", "=", "half", 3),
    (Sector::Shelter, "s0064_loc_num_emergency_shelter_hh", "=", "most|all", 4),
    (Sector::Shelter, "s0126_loc_eviction_risk", "=", "yes", 4),
    (Sector::Items, "s2570_loc_nfi_distr_quarter", "=", "no", 3),
    (Sector::Food, "s2014_loc_food_distr", "=", "no", 3),
    (Sector::Food, "s0029_loc_market_dist_mins", ">", "60", 3),
    (Sector::Food, "s0029_loc_market_dist_mins", ">", "180", 4),
    (Sector::Water, "s1061_loc_main_water_source", "=", "well", 3),
    (Sector::Water, "s1061_loc_main_water_source", "=", "surface", 5),
    (Sector::Water, "s1064_loc_adequate_drinking_water", "=", "half", 3),
    (Sector::Water, "s1064_loc_adequate_drinking_water", "=", "few", 4),
    (Sector::Water, "s1064_loc_adequate_drinking_water", "=", "none", 5),
    (Sector::Water, "s0233_loc_num_30min_collect_water_ind", "=", "half", 3),
    (Sector::Water, "s0233_loc_num_30min_collect_water_ind", "=", "few|none", 4),
    (Sector::Sanitation, "m3362_latrines_available", "=", "no", 5),
    (Sector::Sanitation, "s1071_loc_most_common_sanitation", "=", "pit_open", 4),
    (Sector::Sanitation, "s1071_loc_most_common_sanitation", "=", "none", 5),
    (Sector::Sanitation, "s1872_loc_defecation_evidence", "=", "yes", 4),
    (Sector::Sanitation, "s1066_loc_adequate_soap_access", "=", "few|none", 3),
    (Sector::Health, "s0094_loc_health_dist_mins", ">", "60", 3),
    (Sector::Health, "s0094_loc_health_dist_mins", ">", "120", 4),
    (Sector::Health, "s0095_loc_barriers_healthcare", "=", "cost|distance|insecurity", 3),
    (Sector::Health, "s0090_loc_high_deaths", "=", "yes", 5),
    (Sector::Education, "s1908_loc_idp_access_primary_school", "=", "no", 4),
    (Sector::Protection, "s0185_loc_safety_security_concern", "=", "theft|disputes", 3),
    (Sector::Protection, "s0185_loc_safety_security_concern", "=", "armed|gbv", 4),
    (Sector::Protection, "m1704_loc_idp_host_conflict", "=", "yes", 4),
    (Sector::Protection, "s1042_loc_children_uasc", ">", "0", 4),
    (Sector::Livelihoods, "main_income", "=", "none", 4),
];

/// The sheet as CSV, its sectors in a language.
pub fn standard_sheet(lang: Lang) -> String {
    let mut sheet = String::from("sector,indicator,test,value,severity\n");
    let mut line = |sector: Sector, indicator: &str, test: &str, value: &str, severity: u8| {
        sheet.push_str(&format!("{},{indicator},{test},{value},{severity}\n", sector.name().get(lang)));
    };
    for (sector, indicator) in NEEDS {
        for (degree, severity) in DEGREES {
            line(sector, indicator, "=", degree, severity);
        }
    }
    for (sector, indicator, test, value, severity) in CONDITIONS {
        line(sector, indicator, test, value, severity);
    }
    sheet
}
