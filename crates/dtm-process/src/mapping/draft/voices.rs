//! Drafts who speaks through a record, and where the sampled households are.
//!
//! Takes the questions and what dictionary names told; returns the sections `[source]` and `[sample]`, none where the form has
//! no such questions. Rules:
//!
//! - `[source]` makes every record a source of its own, so it is drafted only where the form tells one source from
//!   another: by DTM's id of the informant, or by the kind of source. Their role, how near they live, what the number rests on
//!   and how reliable the interviewer found it come with it. The name, the telephone and the organisation of an informant
//!   are never read.
//! - `[sample]` is a repeat with a count of people for each sex and age, for both sexes, that no group of figures counts. Sex
//!   and age are read off the names and labels of its questions: «girls 5-17», `hommes_18_59`, «F 60+».

use super::{Told, words};
use crate::folding::{Fold, plain};
use crate::mapping::{CellMapping, Mapping, Question, QuestionSet, SampleMapping, SourceMapping, Translation};
use dtm_model::{FieldKind, Sex};
use std::collections::BTreeSet;

/// Kinds of sources as forms write them.
const KINDS: [(&str, &str); 18] = [
    ("key_informant", "key_informant"),
    ("ki", "key_informant"),
    ("informant", "key_informant"),
    ("informateur", "key_informant"),
    ("informateur_cle", "key_informant"),
    ("observation", "observation"),
    ("direct_observation", "observation"),
    ("observation_directe", "observation"),
    ("registration", "registration_list"),
    ("registration_list", "registration_list"),
    ("enregistrement", "registration_list"),
    ("liste", "registration_list"),
    ("partner", "partner"),
    ("partenaire", "partner"),
    ("ngo", "partner"),
    ("call", "call"),
    ("phone", "call"),
    ("appel", "call"),
];

/// How near an informant lives, by what the dictionary calls them.
const NEARNESS: [(&str, &str); 4] =
    [("idp", "resident"), ("host_community", "resident"), ("return_idp", "resident"), ("return_migrant", "resident")];

/// What a number rests on, in the codes of the dictionary.
const BASES: [(&str, &str); 13] = [
    ("all", "list"),
    ("most", "list"),
    ("ki_has_list", "list"),
    ("ki_registers", "list"),
    ("registration_list", "list"),
    ("registration_summary", "list"),
    ("observation_confirmed", "count"),
    ("demographic_calculator", "count"),
    ("some", "estimate"),
    ("no", "estimate"),
    ("ki_estimate", "estimate"),
    ("multiple_ki", "estimate"),
    ("ki_responder", "hearsay"),
];

/// How reliable an interviewer finds what was said.
const RELIABILITIES: [(&str, &str); 6] = [
    ("high", "high"),
    ("medium", "medium"),
    ("low", "low"),
    ("haute", "high"),
    ("moyenne", "medium"),
    ("faible", "low"),
];

/// Who speaks, where the form tells one source from another.
pub(super) fn source(told: &Told<'_>, questions: &QuestionSet) -> Option<SourceMapping> {
    let one = |numbers: &[&str], known: &[(&str, &str)]| {
        let asked = told.all(numbers);
        (!asked.is_empty()).then(|| translated(asked, known, questions))
    };
    let id = told.all(&["m3017"]);
    let kind = kind_asked(questions).map(|question| translated(vec![question.name.clone()], &KINDS, questions));
    if id.is_empty() && kind.is_none() {
        return None;
    }
    let role = told.first(&["m0290"]).map(|question| {
        let offered = questions.get(question).map(|question| question.choices.clone()).unwrap_or_default();
        // Their own codes: what each is worth is chosen with the exercise.
        let values = offered.into_iter().filter(|code| !is_unknown(code)).map(|code| (code.clone(), code)).collect();
        Translation { questions: vec![question.to_owned()], values, ..Default::default() }
    });
    Some(SourceMapping {
        id,
        kind,
        role: role.filter(|role| !role.values.is_empty()),
        proximity: one(&["m2450"], &NEARNESS),
        basis: one(&["m1469", "m3263", "m0435"], &BASES),
        reliability: one(&["m3031"], &RELIABILITIES),
    })
}

fn is_unknown(code: &str) -> bool {
    ["dnk", "pnta", "other"].contains(&code)
}

/// These questions with the words that are offered, or all that are known where nothing is.
pub(in crate::mapping) fn translated(
    asked: Vec<String>,
    known: &[(&str, &str)],
    questions: &QuestionSet,
) -> Translation {
    let offered: BTreeSet<String> = asked
        .iter()
        .filter_map(|question| questions.get(question))
        .flat_map(|question| question.choices.iter().cloned())
        .collect();
    let is_offered =
        |code: &str| offered.is_empty() || offered.iter().any(|offered| offered.eq_ignore_ascii_case(code));
    let values = known.iter().filter(|(code, _)| is_offered(code));
    Translation {
        questions: asked,
        fold: vec![Fold::Case],
        values: values.map(|(code, word)| ((*code).to_owned(), (*word).to_owned())).collect(),
        ..Default::default()
    }
}

/// The words that are known for a part about who speaks.
pub(in crate::mapping) fn known(key: &str) -> &'static [(&'static str, &'static str)] {
    match key {
        "kind" => &KINDS,
        "proximity" => &NEARNESS,
        "basis" => &BASES,
        "reliability" => &RELIABILITIES,
        _ => &[],
    }
}

/// The question that asks for the kind of source: its label says so, and it offers at least two kinds that are known.
fn kind_asked(questions: &QuestionSet) -> Option<&Question> {
    let of_source = |question: &&Question| {
        let said: BTreeSet<String> =
            question.label.iter().flat_map(|(_, label)| words(label)).chain(words(question.short_name())).collect();
        let is_kind = ["type", "kind", "sorte", "source"].iter().any(|word| said.contains(*word));
        let is_source = ["source", "informant", "informateur"].iter().any(|word| said.contains(*word));
        let of = |(code, kind): &(&str, &'static str)| {
            question.choices.iter().any(|choice| choice.eq_ignore_ascii_case(code)).then_some(*kind)
        };
        let kinds: BTreeSet<&str> = KINDS.iter().filter_map(of).collect();
        question.repeat.is_none() && is_kind && is_source && kinds.len() >= 2
    };
    questions.iter().find(of_source)
}

/// The demographic sample sheet: of the repeats that could be one, that with most cells.
pub(super) fn sample(mapping: &Mapping, questions: &QuestionSet) -> Option<SampleMapping> {
    let counted: BTreeSet<&str> = mapping.groups.values().filter_map(|group| group.repeat.as_deref()).collect();
    let repeats: BTreeSet<&String> = questions.iter().filter_map(|question| question.repeat.as_ref()).collect();
    let sheets = repeats.into_iter().filter(|repeat| !counted.contains(repeat.as_str()));
    let sheets = sheets.filter_map(|repeat| sheet(repeat, questions));
    sheets.max_by_key(|sheet| (sheet.cells.len(), std::cmp::Reverse(sheet.repeat.clone())))
}

fn sheet(repeat: &str, questions: &QuestionSet) -> Option<SampleMapping> {
    let mut sample = SampleMapping { repeat: repeat.to_owned(), size: None, cells: Vec::new() };
    for question in questions.iter().filter(|question| question.repeat.as_deref() == Some(repeat)) {
        if !question.kind.is_none_or(|kind| matches!(kind, FieldKind::Integer | FieldKind::Decimal)) {
            continue;
        }
        match cell_of(question) {
            Some((sex, age)) if sample.cells.iter().any(|cell| (cell.sex, &cell.age) == (sex, &age)) => {}
            Some((sex, age)) => sample.cells.push(CellMapping { question: question.name.clone(), sex, age }),
            None if sample.size.is_none() && is_size(question) => sample.size = Some(question.name.clone()),
            None => {}
        }
    }
    let both = [Sex::Female, Sex::Male].iter().all(|sex| sample.cells.iter().any(|cell| cell.sex == *sex));
    both.then_some(sample)
}

/// Whether a question asks how many a household has.
fn is_size(question: &Question) -> bool {
    const SIZES: [&str; 8] = ["size", "taille", "members", "membres", "total", "persons", "personnes", "people"];
    let said = said(question);
    said.iter().any(|said| said.split(' ').any(|word| SIZES.contains(&word)))
}

/// Name and labels in small letters without accents, words by blanks.
fn said(question: &Question) -> Vec<String> {
    let labels = question.label.iter().map(|(_, label)| label);
    let all = std::iter::once(question.short_name()).chain(labels);
    // A sign tells «over» from «under», and is lost with the others.
    all.map(|text| plain(&text.replace('+', " plus ").replace('<', " under ").replace('_', " "))).collect()
}

/// The sex and age that a question counts, by its name, then by its labels.
pub(in crate::mapping) fn cell_of(question: &Question) -> Option<(Sex, String)> {
    said(question).iter().find_map(|said| cell(said))
}

fn cell(said: &str) -> Option<(Sex, String)> {
    let tokens: Vec<&str> = said.split(' ').filter(|word| !word.is_empty()).collect();
    let has = |words: &[&str]| tokens.iter().any(|token| words.contains(token));
    let (women, girls) = (has(&["women", "woman", "femmes", "femme"]), has(&["girls", "girl", "filles", "fille"]));
    let (men, boys) = (has(&["men", "man", "hommes", "homme"]), has(&["boys", "boy", "garcons", "garcon"]));
    let female = women || girls || has(&["female", "females", "f", "feminin"]);
    let male = men || boys || has(&["male", "males", "m", "masculin"]);
    let sex = match (female, male) {
        (true, false) => Sex::Female,
        (false, true) => Sex::Male,
        _ => return None,
    };
    let age = match age(&tokens) {
        Some(age) => age,
        None if women || men => "18+".to_owned(),
        None if girls || boys => "0-17".to_owned(),
        None => return None,
    };
    Some((sex, age))
}

/// The age group in completed years that these words tell.
fn age(tokens: &[&str]) -> Option<String> {
    const OLDEST: u32 = 120;
    let year = |token: &&str| token.parse::<u32>().ok().filter(|year| *year <= OLDEST);
    let years: Vec<(usize, u32)> =
        tokens.iter().enumerate().filter_map(|(at, token)| Some((at, year(token)?))).collect();
    let has = |words: &[&str]| tokens.iter().any(|token| words.contains(token));
    match years[..] {
        [(_, from), (_, to)] if from <= to => Some(format!("{from}-{to}")),
        [(_, from)] if has(&["plus", "over", "above", "older"]) => Some(format!("{from}+")),
        [(_, below)] if has(&["under", "below", "moins"]) && below > 0 => Some(format!("0-{}", below - 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::draft;
    use super::*;
    use crate::dictionary::builtin;
    use dtm_model::{Lang, Text};
    use expect_test::{Expect, expect};

    /// Questions, one a line: `name[in repeat] kind label | choices`. The drafted sections and what does not fit.
    fn check_draft(form: &str, expected: Expect) {
        let question = |line: &str| {
            let (told, choices) = line.split_once('|').unwrap_or((line, ""));
            let mut words = told.trim().splitn(3, ' ');
            let (name, kind) = (words.next().unwrap(), words.next().unwrap());
            let label = words.next().unwrap_or_default();
            let repeat = name.split_once('/').map(|(repeat, _)| repeat.to_owned());
            let kind = match kind {
                "int" => FieldKind::Integer,
                "one" => FieldKind::SelectOne,
                "several" => FieldKind::SelectMultiple,
                _ => FieldKind::Text,
            };
            Question {
                name: name.to_owned(),
                label: Text::both(label, label),
                hxl: None,
                kind: Some(kind),
                choices: choices.split_whitespace().map(str::to_owned).collect(),
                repeat,
            }
        };
        let lines = form.lines().map(str::trim).filter(|line| !line.is_empty());
        let questions = QuestionSet::new(lines.map(question));
        let drafted = draft(&questions, &builtin(), &[]).mapping;
        let text = drafted.to_toml();
        let wanted = text.split("\n\n").filter(|section| {
            let section = section.trim_start();
            section.starts_with("[source") || section.starts_with("[sample")
        });
        let shown: String = wanted.map(|section| format!("{}\n", section.trim())).collect();
        let read = Mapping::read(&text).unwrap();
        assert_eq!(read.0, drafted, "{:?}", read.1.iter().map(|gap| gap.message(Lang::En)).collect::<Vec<_>>());
        expected.assert_eq(&shown);
    }

    #[test]
    fn the_informant_questions_of_a_baseline_form_tell_who_speaks() {
        check_draft(
            "m0445_loc_site_id_ssid text Site
             m3017_loc_ki_dtm_id one Informant | k1 k2
             m0292_meta_ki_name text Name of the informant
             m0290_meta_ki_role one Role | government teacher dnk
             m2450_loc_mobility_ki_category one Category | idp host_community government
             m1469_loc_source_idp_record one Are there lists? | no all most dnk
             m3031_ki_credibility one Reliability | low medium high dnk
             m0310_loc_num_idp_ind int Displaced",
            expect![[r#"
                [source]
                id = "m3017_loc_ki_dtm_id"
                [source.role]
                question = "m0290_meta_ki_role"
                [source.role.values]
                "government" = "government"
                "teacher" = "teacher"
                [source.proximity]
                question = "m2450_loc_mobility_ki_category"
                fold = ["case"]
                [source.proximity.values]
                "host_community" = "resident"
                "idp" = "resident"
                [source.basis]
                question = "m1469_loc_source_idp_record"
                fold = ["case"]
                [source.basis.values]
                "all" = "list"
                "most" = "list"
                "no" = "estimate"
                [source.reliability]
                question = "m3031_ki_credibility"
                fold = ["case"]
                [source.reliability.values]
                "high" = "high"
                "low" = "low"
                "medium" = "medium"
            "#]],
        );
    }

    #[test]
    fn the_kind_of_source_is_known_by_its_label_and_its_answers() {
        check_draft(
            "source_type one Type de source d’information | informateur_cle observation_directe liste autre
             m0290_meta_ki_role one Fonction | teacher",
            expect![[r#"
                [source]
                [source.kind]
                question = "source_type"
                fold = ["case"]
                [source.kind.values]
                "informateur_cle" = "key_informant"
                "liste" = "registration_list"
                "observation_directe" = "observation"
                [source.role]
                question = "m0290_meta_ki_role"
                [source.role.values]
                "teacher" = "teacher"
            "#]],
        );
    }

    #[test]
    fn a_form_that_does_not_tell_one_informant_from_another_drafts_no_sources() {
        check_draft(
            "m0290_meta_ki_role one Role | teacher\n m3031_ki_credibility one Reliability | low high",
            expect![""],
        );
    }

    #[test]
    fn a_repeat_of_households_by_sex_and_age_is_a_sample_sheet() {
        check_draft(
            "households/head text Name of the head
             households/size int Members of the household
             households/f_0_17 int Girls
             households/f_18_59 int Women 18-59
             households/f_60 int Women of 60+
             households/m1 int Boys under 18
             households/m2 int Men 18 to 59
             households/m3 int Men over 60
             children/girls int Girls at school",
            expect![[r#"
                [sample]
                repeat = "households"
                size = "households/size"
                cells = [
                    { question = "households/f_0_17", sex = "female", age = "0-17" },
                    { question = "households/f_18_59", sex = "female", age = "18-59" },
                    { question = "households/f_60", sex = "female", age = "60+" },
                    { question = "households/m1", sex = "male", age = "0-17" },
                    { question = "households/m2", sex = "male", age = "18-59" },
                    { question = "households/m3", sex = "male", age = "60+" },
                ]
            "#]],
        );
    }

    #[test]
    fn sex_and_age_are_read_off_names_and_labels_in_both_languages() {
        let said = [
            "girls 5-17",
            "femmes_60_plus",
            "Garçons de 0 à 4 ans",
            "male 18+",
            "men",
            "filles",
            "m_0_5",
            "women and men 18-59",
            "female",
            "hommes",
            "F 12 17",
            "boys <5",
        ];
        let read = said.map(|said| {
            let cell = cell_of(&Question::column(said, None, None));
            format!("{said}: {}", cell.map_or("-".to_owned(), |(sex, age)| format!("{} {age}", sex.code())))
        });
        expect![[r#"
            girls 5-17: female 5-17
            femmes_60_plus: female 60+
            Garçons de 0 à 4 ans: male 0-4
            male 18+: male 18+
            men: male 18+
            filles: female 0-17
            m_0_5: male 0-5
            women and men 18-59: -
            female: -
            hommes: male 18+
            F 12 17: female 12-17
            boys <5: male 0-4
        "#]]
        .assert_eq(&(read.join("\n") + "\n"));
    }
}
