//! More findings of one check than anybody reads, counted.

use super::{Check, LooksAt, Words};
use dtm_model::{Finding, Severity};
use std::collections::BTreeMap;

pub(super) const CHECK: Check = Check {
    id: "more_found",
    severity: Severity::Note,
    title: Words { en: "More findings of one kind", fr: "Autres constats de même nature" },
    why: Words {
        en: "A check that speaks of so many records speaks of the form, of a threshold, or of a team.",
        fr: "Un contrôle qui parle de tant de fiches parle du formulaire, d’un seuil ou d’une équipe.",
    },
    example: Words { en: "The position is missing in 30,000 records", fr: "La position manque dans 30 000 fiches" },
    advice: Words {
        en: "Look at a few; then mend the form, set another threshold, or talk to the team, and settle again.",
        fr: "Regardez-en quelques-unes ; puis réparez le formulaire, changez le seuil ou parlez à l’équipe, et consolidez à nouveau.",
    },
    message: Words {
        en: "{count:n} more findings of the check «{check_title}» are not listed",
        fr: "{count:n} autres constats du contrôle « {check_title} » ne sont pas listés",
    },
    looks_at: LooksAt::Elsewhere,
};

/// Keeps the first so many findings of each check, and counts the others in one finding. What keeps a record out of the
/// figures is always kept.
pub fn capped(findings: Vec<Finding>, most: usize) -> Vec<Finding> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len().min(most));
    for finding in findings {
        // Each of the officers' own rules counts for itself.
        let rule = finding.facts.get("rule").filter(|_| finding.check == Check::OWN_RULE).cloned();
        let n = counts.entry((finding.check.clone(), rule.unwrap_or_default())).or_default();
        *n += usize::from(finding.severity < Severity::Block);
        if finding.severity == Severity::Block || *n <= most {
            kept.push(finding);
        }
    }
    for ((check, rule), n) in counts.into_iter().filter(|(_, n)| *n > most) {
        let mut finding = CHECK.finding(None, None, [("count", (n - most).to_string()), ("check", check.clone())]);
        let titles = Check::by_id(&check).map_or([check.as_str(); 2], |check| [check.title.en, check.title.fr]);
        let titles = if rule.is_empty() { titles } else { [rule.as_str(); 2] };
        for (name, title) in ["check_title_en", "check_title_fr"].into_iter().zip(titles) {
            finding.facts.insert(name.to_owned(), title.to_owned());
        }
        kept.push(finding);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::{message, outlier};
    use super::*;
    use dtm_model::Lang;

    #[test]
    fn what_nobody_could_read_is_counted_and_what_blocks_is_kept() {
        let finding = |n: usize| outlier::CHECK.finding(None, None, [("value", n.to_string())]);
        let blocks = Finding { severity: Severity::Block, ..finding(0) };
        let all: Vec<Finding> = (0..1_204).map(finding).chain([blocks.clone(), blocks]).collect();
        let kept = capped(all, 3);
        assert_eq!(kept.len(), 3 + 2 + 1);
        let said = message(&kept[5], Lang::En);
        assert_eq!(said, format!("1,201 more findings of the check «{}» are not listed", outlier::CHECK.title.en));
        assert_eq!(capped(kept.clone(), 100), kept);
    }
}
