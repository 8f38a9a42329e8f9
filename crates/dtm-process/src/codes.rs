//! Codes of the core indicators that figures, tables and checks are made of.
//!
//! They are names of the DTM Data Dictionary; an operation may measure much more, and these few are what the agreed
//! tables show.

use dtm_model::Sex;

/// Internally displaced persons.
pub const IDP_IND: &str = "m0310_loc_num_idp_ind";
/// Households of internally displaced persons.
pub const IDP_HH: &str = "m0309_loc_num_idp_hh";
/// Returnees who were internally displaced, persons.
pub const RETURNEE_IND: &str = "m0851_loc_num_return_idp_ind";
/// Returnees who were internally displaced, households.
pub const RETURNEE_HH: &str = "m0847_loc_num_return_idp_hh";
/// Persons passing a flow monitoring point.
pub const FLOW_PERSONS: &str = "m0701_fmr_num_nation_ind";
/// Men, women, boys and girls passing a flow monitoring point, each with sex and age group.
pub const FLOW_PARTS: [(&str, Sex, &str); 4] = [
    ("m2589_fmr_num_men_enter", Sex::Male, "18+"),
    ("m2590_fmr_num_women_enter", Sex::Female, "18+"),
    ("m2591_fmr_num_boys_enter", Sex::Male, "0-17"),
    ("m2592_fmr_num_girls_enter", Sex::Female, "0-17"),
];
/// The day of the assessment.
pub const ASSESSED_ON: &str = "m1855_meta_assessment_date";
/// When most of the displaced people of a place arrived.
pub const ARRIVED_ON: &str = "m1727_loc_main_group_arrival_date";
/// Why most of them left.
pub const REASON: &str = "m0329_loc_reason_disp_idp";
/// The first-level area most of them came from.
pub const ORIGIN: &str = "m3390_loc_main_origin_adm1";
/// The position taken at the place.
pub const POSITION: &str = "m1650_loc_gps_coords";

/// Key of an origin, a sex or an age that was not reported.
pub const UNKNOWN: &str = "unknown";
/// Key of a reason that was not reported.
pub const NOT_REPORTED: &str = "not_reported";
/// Key of the direction of a flow that was not reported.
pub const ANY_DIRECTION: &str = "unknown";
