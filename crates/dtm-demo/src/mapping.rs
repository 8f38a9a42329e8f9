//! The mappings of the demo's forms, as an officer would keep them.

use crate::calendar::{ETT, FLOWS, HOUSEHOLDS, MOBILITY};
use crate::forms::{FEMALE, MALE};
use crate::households;
use std::fmt::Write;

/// Ages of the cells as the model writes them, youngest first.
const AGES: [&str; 6] = ["0", "1-5", "6-11", "12-17", "18-59", "60+"];

const KIND: &str = r#"
[place.kind]
question = "m3011_loc_site_type_single"
[place.kind.values]
"camp" = "site"
"collective_centre" = "site"
"dispersed" = "host_community"
"informal_settlement" = "site"

[place.site_type]
question = "m3011_loc_site_type_single"
[place.site_type.values]
"camp" = "camp"
"collective_centre" = "collective_centre"
"dispersed" = "dispersed"
"informal_settlement" = "informal_settlement"
"#;

const AREAS: &str = r#"area = ["m0305_meta_adm3_pcode", "m0304_meta_adm2_pcode", "m0303_meta_adm1_pcode"]
position = { question = "m1650_loc_gps_coords" }
"#;

const DATE: &str = r#"
[date]
question = "m1855_meta_assessment_date"
"#;

const REASON_AND_ORIGIN: &str = r#"
[group.idp.reason]
question = "m0329_loc_reason_disp_idp"
blank = "not_reported"
[group.idp.reason.values]
"climate_disaster" = "natural_disaster"
"conflict_displacement" = "conflict"
"environment_health" = "other"
"insecurity" = "insecurity"
"nonclimate_disaster" = "natural_disaster"
"other" = "other"

[group.idp.origin]
question = "m3390_loc_main_origin_adm1"
"#;

const IDP_COUNTS: [&str; 2] = ["m0309_loc_num_idp_hh", "m0310_loc_num_idp_ind"];

/// The mapping of an exercise's form; none for an unknown exercise.
pub(crate) fn toml(exercise: &str) -> Option<String> {
    match exercise {
        MOBILITY => Some(mobility()),
        FLOWS => Some(flows()),
        ETT => Some(emergency()),
        HOUSEHOLDS => Some(households::mapping()),
        _ => None,
    }
}

fn count(out: &mut String, indicator: &str, question: &str, breakdown: &str) {
    let _ = writeln!(out, "    {{ indicator = \"{indicator}\", question = \"{question}\"{breakdown} }},");
}

fn mobility() -> String {
    let mut out = String::from(
        "name = \"Baseline of localities and sites\"\n\n[place]\nssid = \"m0445_loc_site_id_ssid\"\nname = \"m0448_loc_site_name\"\n",
    );
    out.push_str(AREAS);
    out.push_str(KIND);
    out.push_str(DATE);
    out.push_str("\n[group.idp]\nmeasures = [\n");
    for code in IDP_COUNTS {
        count(&mut out, code, code, "");
    }
    for (sex, names) in [("female", FEMALE), ("male", MALE)] {
        for (name, age) in names.into_iter().zip(AGES) {
            count(&mut out, IDP_COUNTS[1], name, &format!(", sex = \"{sex}\", age = \"{age}\""));
        }
    }
    out.push_str("]\n");
    out.push_str(REASON_AND_ORIGIN);
    out.push_str("\n[group.returnee]\nmeasures = [\n");
    for code in ["m0847_loc_num_return_idp_hh", "m0851_loc_num_return_idp_ind"] {
        count(&mut out, code, code, "");
    }
    out.push_str("]\n");
    out
}

fn emergency() -> String {
    let mut out = String::from("name = \"Emergency tracking\"\n\n[place]\nssid = \"m0445_loc_site_id_ssid\"\n");
    out.push_str(AREAS);
    out.push_str(KIND);
    out.push_str(DATE);
    out.push_str("\n[group.idp]\nmeasures = [\n");
    for code in IDP_COUNTS {
        count(&mut out, code, code, "");
    }
    out.push_str("]\n");
    out.push_str(REASON_AND_ORIGIN);
    out
}

fn flows() -> String {
    let mut out =
        String::from("name = \"Flow monitoring registry\"\n\n[place]\nssid = \"m0641_fmr_fmp_code\"\narea = []\n");
    out.push_str("position = { question = \"m1650_loc_gps_coords\" }\n\n[place.kind]\nalways = \"flow_point\"\n");
    out.push_str(DATE);
    out.push_str("\n[group.migrant]\nmeasures = [\n");
    count(&mut out, "m0701_fmr_num_nation_ind", "fmr_total", "");
    let counts = [
        ("m2589_fmr_num_men_enter", "male", "18+"),
        ("m2590_fmr_num_women_enter", "female", "18+"),
        ("m2591_fmr_num_boys_enter", "male", "0-17"),
        ("m2592_fmr_num_girls_enter", "female", "0-17"),
    ];
    for (code, sex, age) in counts {
        count(&mut out, code, code, &format!(", sex = \"{sex}\", age = \"{age}\""));
    }
    out.push_str("]\n\n[group.migrant.direction]\nquestion = \"fmr_direction\"\n[group.migrant.direction.values]\n");
    for direction in ["in", "out", "within"] {
        let _ = writeln!(out, "\"{direction}\" = \"{direction}\"");
    }
    out
}
