//! Words under «other» that wait for their place among the choices.

use super::{AnswersContext, Check, LooksAt, Words};
use crate::folding::{nearest, plain};
use crate::patterns::other_answers::other_answers;
use dtm_model::{Field, Finding, Lang, Severity};

pub(super) const CHECK: Check = Check {
    id: "other_to_recode",
    severity: Severity::Note,
    title: Words { en: "«Other» to be recoded", fr: "« Autre » à recoder" },
    why: Words {
        en: "What stays under «other» is in no table; often it is a choice that the enumerator did not find.",
        fr: "Ce qui reste sous « autre » n’entre dans aucun tableau ; souvent c’est un choix que l’enquêteur n’a pas trouvé.",
    },
    example: Words {
        en: "Shelter: other, «school class»; the list has «school»",
        fr: "Abri : autre, « salle de classe » ; la liste a « école »",
    },
    advice: Words {
        en: "Give all records with the same words the same choice, or make a new choice where many say it.",
        fr: "Donnez le même choix à toutes les fiches qui disent la même chose, ou créez-en un si beaucoup le disent.",
    },
    message: Words {
        en: "{question} says «{words}»[, as {others:n} other records do][; that may be «{proposed_new}»]",
        fr: "{question} dit « {words} »[, comme {others:n} autres fiches][ ; c’est peut-être « {proposed_new} »]",
    },
    looks_at: LooksAt::Answers(look),
};

fn look(context: &AnswersContext, findings: &mut Vec<Finding>) {
    for said in other_answers(context.table, &context.others) {
        let about = &context.others[said.about];
        let select = context.form.fields.iter().find(|field| field.path == about.select);
        let meant = select.and_then(|select| likely_choice(select, &about.other, &said.text));
        for row in &said.rows {
            let mut finding = context.find(&CHECK, *row, Some(&about.text), [("words", said.text.clone())]);
            let chosen = context.table.column(&about.select).and_then(|column| column.text(*row));
            let mut put = |name: &str, fact: &str| finding.facts.insert(name.to_owned(), fact.to_owned());
            if said.rows.len() > 1 {
                put("others", &(said.rows.len() - 1).to_string());
            }
            match (&meant, chosen) {
                (Some(meant), Some(chosen)) => {
                    let mut choices: Vec<&str> = chosen.split(' ').filter(|name| *name != about.other).collect();
                    if !choices.contains(&meant.as_str()) {
                        choices.push(meant);
                    }
                    put("proposed", "change_response");
                    put("proposed_question", &about.select);
                    put("proposed_old", chosen);
                    put("proposed_new", &choices.join(" "));
                }
                _ => drop(put("proposed", "ask")),
            }
            findings.push(finding);
        }
    }
}

/// The choice whose name or label these words nearly are.
fn likely_choice(select: &Field, other: &str, words: &str) -> Option<String> {
    let choices = select.choices.iter().filter(|choice| choice.name != other);
    let wordings = choices.flat_map(|choice| {
        [choice.name.as_str(), choice.label.get(Lang::En), choice.label.get(Lang::Fr)]
            .into_iter()
            .filter(|wording| !wording.is_empty())
            .map(move |wording| (wording, &choice.name))
    });
    let wordings: Vec<(&str, &String)> = wordings.collect();
    let like = nearest(words, wordings.iter().map(|(wording, _)| *wording))?;
    // A proposal is more than a likeness: the words are the same but for a slip.
    let is_near = strsim::jaro_winkler(&plain(words), &plain(like)) >= 0.92;
    wordings.iter().find(|(wording, _)| is_near && *wording == like).map(|(_, name)| (*name).clone())
}
