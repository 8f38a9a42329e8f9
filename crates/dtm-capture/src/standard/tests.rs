use super::*;
use crate::workbook::Workbook;
use crate::{xform, xlsform};
use dtm_model::{
    Aggregation, Area, Dictionary, Dissemination, Indicator, Lang, Pcode, Place, PlaceKind, Text, Tool, ValueKind,
};
use std::collections::BTreeMap;

fn entry(code: &str, kind: ValueKind, core_in: &[&str], choices: &[&str]) -> Indicator {
    Indicator {
        code: code.to_owned(),
        label: Text::both(code, code),
        kind,
        unit: None,
        group: None,
        hxl: None,
        dissemination: Dissemination::Public,
        aggregation: Aggregation::None,
        core_in: core_in.iter().map(|tool| (*tool).to_owned()).collect(),
        choices: choices.iter().map(|code| ((*code).to_owned(), Text::both(*code, *code))).collect(),
    }
}

fn dictionary() -> Dictionary {
    use ValueKind::*;
    Dictionary::new([
        entry("m0303_meta_adm1_pcode", SelectOneGis, &["B2"], &[]),
        entry("m0304_meta_adm2_pcode", SelectOneGis, &["B2"], &[]),
        entry("m0305_meta_adm3_pcode", SelectOneGis, &[], &[]),
        entry("m0309_loc_num_idp_hh", Integer, &["B2", "ETT"], &[]),
        entry("m0310_loc_num_idp_ind", Integer, &["B2", "ETT"], &[]),
        entry("m0329_loc_reason_disp_idp", SelectOne, &["B2"], &["conflict_displacement", "climate_disaster", "other"]),
        entry("m0291_meta_ki_phone", Text, &[], &[]),
        entry("m9901_loc_new_core", Integer, &["B2"], &[]),
    ])
}

fn languages(codes: &str) -> Vec<String> {
    codes.split(',').map(str::to_owned).collect()
}

struct Wish {
    tool: Tool,
    languages: Vec<String>,
    areas: Vec<Area>,
    places: Vec<Place>,
    with: Vec<String>,
    without: Vec<String>,
    order: Vec<String>,
    wording: BTreeMap<(String, String), String>,
}

impl Wish {
    fn new(tool: Tool) -> Self {
        Wish {
            tool,
            languages: languages("en,fr"),
            areas: Vec::new(),
            places: Vec::new(),
            with: Vec::new(),
            without: Vec::new(),
            order: Vec::new(),
            wording: BTreeMap::new(),
        }
    }

    fn try_draft(&self, dictionary: &Dictionary) -> Result<Draft, OrderError> {
        draft(&Order {
            tool: self.tool,
            dictionary,
            languages: &self.languages,
            areas: &self.areas,
            places: &self.places,
            with: &self.with,
            without: &self.without,
            order: &self.order,
            wording: &self.wording,
            form_id: "",
            title: "",
            version: "2026112201",
        })
    }

    fn draft(&self) -> Draft {
        self.try_draft(&dictionary()).unwrap()
    }
}

/// Names of the rows, groups in brackets.
fn names(draft: &Draft) -> Vec<&str> {
    draft.rows.iter().map(|row| row.name.as_str()).filter(|name| !name.is_empty()).collect()
}

fn row<'a>(draft: &'a Draft, name: &str) -> &'a Row {
    draft.rows.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn every_standard_form_converts_without_a_word_of_complaint() {
    for tool in TOOLS {
        let mut wish = Wish::new(tool);
        for everything in [false, true] {
            if everything {
                let outline = outline(tool).unwrap();
                let offers = outline.sections.iter().flat_map(|section| &section.questions).filter(|q| q.offer);
                wish.with = offers.map(|question| question.code.clone()).collect();
                (wish.areas, wish.places) = country();
            }
            let bytes = wish.draft().workbook().unwrap();
            let workbook = Workbook::read(&bytes, "form.xlsx").unwrap();
            let conversion = xlsform::convert(&workbook, "form");
            let problems: Vec<String> = conversion
                .problems
                .iter()
                .map(|problem| format!("{}: {}", problem.location(), problem.message(Lang::En)))
                .collect();
            assert_eq!(problems, Vec::<String>::new(), "{}", tool.code());
            let schema = xform::read(&conversion.xform.unwrap()).unwrap();
            assert_eq!(schema.xml_form_id, format!("dtm_{}", tool.code()));
        }
    }
}

fn country() -> (Vec<Area>, Vec<Place>) {
    let area = |code: &str, level, parent: Option<&str>| Area {
        pcode: Pcode::from(code),
        level,
        parent: parent.map(Pcode::from),
        name: Text::both(code, code),
        aliases: BTreeMap::new(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    };
    let areas = vec![
        area("XS", 0, None),
        area("XS01", 1, Some("XS")),
        area("XS0101", 2, Some("XS01")),
        area("XS0101-01", 3, Some("XS0101")),
    ];
    let place = |ssid: &str, kind| Place {
        ssid: ssid.into(),
        kind,
        name: format!("Camp {ssid}"),
        area: Pcode::from("XS0101-01"),
        site_type: None,
        position: None,
        opened_on: None,
        closed_on: None,
        aliases: Vec::new(),
        merged_into: None,
    };
    (areas, vec![place("S1", PlaceKind::Site), place("P1", PlaceKind::FlowPoint)])
}

#[test]
fn core_questions_cannot_be_left_out_and_others_can() {
    let mut wish = Wish::new(Tool::B2);
    wish.without = vec!["m0310_loc_num_idp_ind".to_owned()];
    let refused = wish.try_draft(&dictionary()).unwrap_err();
    assert_eq!(refused, OrderError::Core("m0310_loc_num_idp_ind".to_owned()));
    assert!(refused.message(Lang::Fr).contains("ne peut être omise"));
    wish.without = vec!["m2520_loc_num_girls".to_owned()];
    let draft = wish.draft();
    assert!(!names(&draft).contains(&"m2520_loc_num_girls"));
    assert!(!names(&draft).contains(&"sex_age_total"), "a sum without one of its parts is left out with it");
    assert!(names(&draft).contains(&"m2521_loc_num_boys"));
}

#[test]
fn a_core_question_that_only_the_dictionary_knows_is_asked_all_the_same() {
    let draft = Wish::new(Tool::B2).draft();
    assert_eq!(row(&draft, "m9901_loc_new_core").need, Some(Need::Core));
    assert_eq!(row(&draft, "m9901_loc_new_core").kind, "integer");
}

#[test]
fn a_code_nobody_knows_is_refused_with_the_nearest() {
    let mut wish = Wish::new(Tool::B2);
    wish.with = vec!["m0291_meta_ki_fone".to_owned()];
    let refused = wish.try_draft(&dictionary()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no question has the code `m0291_meta_ki_fone`; did you mean `m0291_meta_ki_phone`?"
    );
}

#[test]
fn areas_and_places_of_the_operation_are_offered_step_by_step() {
    let mut wish = Wish::new(Tool::B2);
    (wish.areas, wish.places) = country();
    let draft = wish.draft();
    assert_eq!(row(&draft, "m0303_meta_adm1_pcode").kind, "select_one adm1");
    assert_eq!(row(&draft, "m0304_meta_adm2_pcode").choice_filter, "adm1 = ${m0303_meta_adm1_pcode}");
    assert_eq!(row(&draft, "m0445_loc_site_id_ssid").choice_filter, "adm3 = ${m0305_meta_adm3_pcode}");
    let place = draft.choices.iter().find(|offer| offer.name == "S1").unwrap();
    assert_eq!((place.under["adm1"].as_str(), place.under["adm3"].as_str()), ("XS01", "XS0101-01"));
    assert!(!draft.choices.iter().any(|offer| offer.name == "P1"), "flow monitoring points are for registries");
    let without_lists = Wish::new(Tool::B2).draft();
    assert_eq!(row(&without_lists, "m0303_meta_adm1_pcode").kind, "text");
    assert!(!names(&without_lists).contains(&"m0305_meta_adm3_pcode"));
}

#[test]
fn order_and_wording_are_the_officers_own() {
    let mut wish = Wish::new(Tool::B2);
    wish.order = ["returned", "displaced", "m0310_loc_num_idp_ind", "m0309_loc_num_idp_hh"].map(str::to_owned).to_vec();
    wish.wording.insert(("m0309_loc_num_idp_hh".to_owned(), "ht".to_owned()), "Fanmi ki deplase".to_owned());
    wish.languages = languages("fr,ht");
    let draft = wish.draft();
    let at = |name: &str| names(&draft).iter().position(|known| *known == name).unwrap();
    assert!(at("returned") < at("displaced") && at("m0310_loc_num_idp_ind") < at("m0309_loc_num_idp_hh"));
    assert!(at("m0445_loc_site_id_ssid") < at("returned"), "what is not named stays where it is");
    let label = &row(&draft, "m0309_loc_num_idp_hh").label;
    assert_eq!(label.iter().collect::<Vec<_>>(), [("fr", "Ménages déplacés présents"), ("ht", "Fanmi ki deplase")]);
    let lacking = draft.untranslated();
    assert!(lacking["ht"] > 50 && !lacking.contains_key("fr"), "{lacking:?}");
}

#[test]
fn a_form_made_here_departs_only_where_the_officer_departed() {
    let check = |wish: &Wish, dictionary: &Dictionary, tool| {
        let bytes = wish.try_draft(dictionary).unwrap().workbook().unwrap();
        let conversion = xlsform::convert(&Workbook::read(&bytes, "form.xlsx").unwrap(), "form");
        let schema = xform::read(&conversion.xform.unwrap()).unwrap();
        let departures = align(&schema, dictionary, Some(tool));
        departures.iter().map(|departure| departure.message(Lang::En)).collect::<Vec<_>>()
    };
    let mut wish = Wish::new(Tool::B2);
    assert_eq!(check(&wish, &dictionary(), Tool::B2), Vec::<String>::new());
    wish.tool = Tool::Ett;
    let missing = check(&wish, &dictionary(), Tool::B2);
    assert_eq!(missing, ["the Core question `m9901_loc_new_core` (“m9901_loc_new_core”) is not asked"]);
}

#[test]
fn departures_are_told_one_by_one() {
    let form = "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:head><model>\
        <instance><data id=\"x\"><m0309_loc_num_idp_hh/><m0329_loc_reason_disp_idp/><m0311_loc_num_idp_ind/><m0291_meta_ki_phone/></data></instance>\
        <bind nodeset=\"/data/m0309_loc_num_idp_hh\" type=\"string\"/><bind nodeset=\"/data/m0329_loc_reason_disp_idp\" type=\"string\"/>\
        <bind nodeset=\"/data/m0311_loc_num_idp_ind\" type=\"int\"/><bind nodeset=\"/data/m0291_meta_ki_phone\" type=\"string\"/></model></h:head>\
        <h:body><input ref=\"/data/m0309_loc_num_idp_hh\"/><select1 ref=\"/data/m0329_loc_reason_disp_idp\"><item><label>a</label><value>climate_disaster</value></item>\
        <item><label>b</label><value>gangs</value></item></select1></h:body></h:html>";
    let mut dictionary = dictionary();
    let mut phone = dictionary.get("m0291_meta_ki_phone").unwrap().clone();
    phone.dissemination = Dissemination::Secret;
    dictionary.extend([phone]);
    let lines: Vec<String> = align(&xform::read(form).unwrap(), &dictionary, None)
        .iter()
        .map(|departure| format!("{:?} {}", departure.severity(), departure.message(Lang::En)))
        .collect();
    assert_eq!(
        lines,
        [
            "Block `m0309_loc_num_idp_hh` is of type text, the dictionary expects integer",
            "Confirm `m0329_loc_reason_disp_idp` offers choices that the dictionary does not know: gangs",
            "Note `m0329_loc_reason_disp_idp` does not offer every choice of the dictionary: conflict_displacement, other missing",
            "Confirm `m0311_loc_num_idp_ind` looks like a code of the dictionary, which does not have it; did you mean `m0310_loc_num_idp_ind`?",
            "Note `m0291_meta_ki_phone` collects a secret answer: encrypt the form and limit who sees it",
        ]
    );
}
