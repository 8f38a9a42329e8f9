use super::between;
use crate::workbook::Workbook;
use crate::xlsform::convert;
use dtm_model::Lang;
use expect_test::{Expect, expect};

fn form(tables: &str) -> String {
    let conversion = convert(&Workbook::from_markdown(tables), "baseline");
    conversion.xform.unwrap_or_else(|| panic!("{:?}", conversion.problems))
}

fn check(old: &str, new: &str, lang: Lang, expected: Expect) {
    let changes = between(&form(old), &form(new)).unwrap();
    let line = |change: &super::Change| {
        format!("{}{}\n", if change.breaks_series() { "! " } else { "  " }, change.message(lang))
    };
    expected.assert_eq(&changes.iter().map(line).collect::<String>());
}

const ROUND_1: &str = "
| survey  |                 |          |                     |                    |            |          |
|         | type            | name     | label::English (en) | label::French (fr) | constraint | relevant |
|         | date            | visit    | Date of visit       | Date de visite     | . <= today() |        |
|         | begin_group     | site     | Site                | Site               |            |          |
|         | text            | name     | Name of the site    | Nom du site        |            |          |
|         | integer         | idp_hh   | Displaced households | Ménages déplacés  | . >= 0     |          |
|         | integer         | idp_ind  | Displaced people    | Personnes déplacées | . >= 0    | ${idp_hh} > 0 |
|         | end_group       |          |                     |                    |            |          |
|         | select_one why  | reason   | Reason              | Raison             |            |          |
|         | text            | remark   | Remarks             | Remarques          |            |          |
| choices |                 |          |                     |                    |            |          |
|         | list_name       | name     | label::English (en) | label::French (fr) |            |          |
|         | why             | conflict | Conflict            | Conflit            |            |          |
|         | why             | flood    | Flood               | Inondation         |            |          |
| settings |                |          |                     |                    |            |          |
|         | form_title      | form_id  | version             |                    |            |          |
|         | Baseline        | b2       | 1                   |                    |            |          |
";

#[test]
fn a_form_does_not_differ_from_itself() {
    check(ROUND_1, ROUND_1, Lang::En, expect![[""]]);
}

const ROUND_2: &str = "
| survey  |                 |          |                     |                    |            |          | |
|         | type            | name     | label::English (en) | label::French (fr) | constraint | relevant | required |
|         | begin_group     | site     | Site                | Site               |            |          | |
|         | text            | name     | Name of the site    | Nom du site        |            |          | |
|         | decimal         | idp_hh   | Displaced households | Ménages déplacés  | . > 0      |          | yes |
|         | date            | visit    | Date of visit       | Date de visite     | . <= today() |        | |
|         | end_group       |          |                     |                    |            |          | |
|         | text            | remark   | Remarks             | Observations       |            |          | |
|         | select_one why  | reason   | Reason              |                    |            |          | |
|         | integer         | returnee | Returnees           | Retournés          |            |          | |
| choices |                 |          |                     |                    |            |          | |
|         | list_name       | name     | label::English (en) | label::French (fr) |            |          | |
|         | why             | conflict | Armed conflict      | Conflit            |            |          | |
|         | why             | drought  | Drought             | Sécheresse         |            |          | |
| settings |                |          |                     |                    |            |          | |
|         | form_title      | form_id  | version             |                    |            |          | |
|         | Baseline        | b2       | 2                   |                    |            |          | |
";

#[test]
fn every_kind_of_change_is_told_at_its_field() {
    check(
        ROUND_1,
        ROUND_2,
        Lang::En,
        expect![[r#"
          version: “1” → “2”
        ! site/idp_ind: removed (whole number)
        ! site/idp_hh: type: “whole number” → “decimal number”
          site/idp_hh: constraint: “. >= 0” → “. > 0”
          site/idp_hh: required added: “true()”
        ! site/visit: moved from visit
          remark: now after site
          remark: label [fr]: “Remarques” → “Observations”
          reason: choice “conflict” [en]: “Conflict” → “Armed conflict”
          reason: choice “drought” added (Drought)
        ! reason: choice “flood” removed (Flood)
          reason: label [fr] removed: “Raison”
          returnee: added (whole number)
    "#]],
    );
    check(
        ROUND_1,
        ROUND_2,
        Lang::Fr,
        expect![[r#"
          version : « 1 » → « 2 »
        ! site/idp_ind : supprimé (nombre entier)
        ! site/idp_hh : type : « nombre entier » → « nombre décimal »
          site/idp_hh : contrainte : « . >= 0 » → « . > 0 »
          site/idp_hh : obligation, ajout : « true() »
        ! site/visit : déplacé depuis visit
          remark : maintenant après site
          remark : libellé [fr] : « Remarques » → « Observations »
          reason : choix « conflict » [en] : « Conflict » → « Armed conflict »
          reason : choix « drought » ajouté (Drought)
        ! reason : choix « flood » supprimé (Flood)
          reason : libellé [fr], suppression : « Raison »
          returnee : ajouté (nombre entier)
    "#]],
    );
}

#[test]
fn a_group_that_moves_takes_its_questions_along() {
    let old = "
| survey |             |      |       |
|        | type        | name | label |
|        | begin_group | a    | A     |
|        | begin_group | b    | B     |
|        | integer     | hh   | HH    |
|        | end_group   |      |       |
|        | end_group   |      |       |
|        | text        | c    | C     |
";
    let new = "
| survey |             |      |       |
|        | type        | name | label |
|        | begin_group | b    | B     |
|        | integer     | hh   | HH    |
|        | end_group   |      |       |
|        | text        | c    | C     |
";
    check(
        old,
        new,
        Lang::En,
        expect![[r#"
          a: removed (group)
        ! b: moved from a/b
    "#]],
    );
}
