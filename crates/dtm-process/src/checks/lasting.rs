//! By what a finding is known again when the records beside it change.
//!
//! Takes a finding; returns it without the facts that tell of other records. «60; 0 to 48 is usual among 150 records» moves
//! with every record that arrives, and somebody who has confirmed the 60 is not asked again for it.

use super::{dont_know_often, interview_long, interview_short, more_found, much_missing, near_duplicate};
use super::{other_to_recode, outlier};
use dtm_model::Finding;

/// Checks, with their facts that tell of the records beside. What an enumerator's answers are like moves with each interview:
/// such a finding stays the same for a round.
const OF_THE_OTHERS: [(&str, &[&str]); 8] = [
    (outlier::CHECK.id, &["from", "to", "compared"]),
    (dont_know_often::CHECK.id, &["own", "own_of", "others", "others_of"]),
    (much_missing::CHECK.id, &["usual"]),
    (near_duplicate::CHECK.id, &["compared"]),
    (interview_short::CHECK.id, &["least"]),
    (interview_long::CHECK.id, &["most"]),
    (other_to_recode::CHECK.id, &["others"]),
    (more_found::CHECK.id, &["count"]),
];

/// What a finding is known by; none where all its facts are its own.
pub fn lasting(finding: &Finding) -> Option<Finding> {
    let (_, facts) = OF_THE_OTHERS.iter().find(|(check, _)| *check == finding.check)?;
    let mut known = finding.clone();
    known.facts.retain(|name, _| !facts.contains(&name.as_str()));
    Some(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Severity;

    fn finding(check: &str, facts: &[(&str, &str)]) -> Finding {
        Finding {
            check: check.to_owned(),
            severity: Severity::Confirm,
            record: None,
            place: Some("XS-1".into()),
            question: Some("idp_ind".to_owned()),
            facts: facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    #[test]
    fn an_odd_number_is_the_same_among_more_records_and_another_when_it_was_corrected() {
        let odd = |value: &str, to: &str, compared: &str| {
            lasting(&finding("outlier", &[("value", value), ("from", "0"), ("to", to), ("compared", compared)]))
        };
        assert_eq!(odd("60", "48", "150"), odd("60", "49", "151"));
        assert_ne!(odd("60", "48", "150"), odd("70", "48", "150"));
        assert_eq!(lasting(&finding("big_change", &[("now", "2880"), ("before", "314")])), None);
    }
}
